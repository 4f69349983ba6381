"""Analytic ranges against a seeded Monte Carlo of the same structure."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greendigital.uncertainty import COMPONENT_SOURCES, Sum, spreads, sum_components
from tests.montecarlo import simulate

USE = "use_direct_kg_co2e"
EMBODIED = "embodied_unsplit_kg_co2e"


def factor(factor_id, low, high, group="", shared=1.0):
    return {
        "factor_id": factor_id,
        "value": 1.0,
        "low_p5": low,
        "high_p95": high,
        "error_group": group,
        "shared_share": shared,
    }


def signature(**values):
    row = dict.fromkeys(COMPONENT_SOURCES, 0.0)
    row |= {name: "" for names in COMPONENT_SOURCES.values() for name in names}
    return row | values


def total(rows, factors, components=(USE, EMBODIED)):
    return sum_components(rows, components, spreads(factors)).figure()


def test_one_line_with_one_source_keeps_its_range():
    figure = total([signature(**{EMBODIED: 200.0, "embodied_factor_id": "a"})], [factor("a", 0.6, 1.5)])
    assert (figure.low, figure.central, figure.high) == pytest.approx((120.0, 200.0, 300.0))


def test_sources_of_one_line_combine_in_logs():
    rows = [signature(**{USE: 10.0, "energy_factor_id": "e", "grid_factor_id": "g"})]
    figure = total(rows, [factor("e", 0.5, 2.0), factor("g", 0.8, 1.25)])
    width = math.hypot(math.log(2), math.log(1.25))
    assert figure.high == pytest.approx(10 * math.exp(width), rel=0.02)
    assert figure.low == pytest.approx(10 * math.exp(-width), rel=0.02)


def test_four_thousand_laptops_on_one_factor_keep_its_whole_spread():
    rows = [signature(**{EMBODIED: 40.0, "embodied_factor_id": "category-laptop-embodied"})] * 4000
    figure = total(rows, [factor("category-laptop-embodied", 0.55, 1.6)])
    assert figure.low / figure.central == pytest.approx(0.55)
    assert figure.high / figure.central == pytest.approx(1.6)


def test_independent_sources_average_away_and_shared_ones_do_not():
    rows = [signature(**{EMBODIED: 1.0, "embodied_factor_id": f"f{i}"}) for i in range(400)]
    alone = total(rows, [factor(f"f{i}", 0.6, 1 / 0.6) for i in range(400)])
    shared = total(rows, [factor(f"f{i}", 0.6, 1 / 0.6, "maker", 0.5) for i in range(400)])
    assert (alone.high - alone.low) / 400 < 0.15
    assert shared.high / 400 > 1.3


@pytest.mark.parametrize("seed", range(6))
def test_analytic_range_agrees_with_monte_carlo(seed):
    random = np.random.default_rng(seed)
    factors = [factor(f"e{i}", low, 1 / low**0.9) for i, low in enumerate(random.uniform(0.4, 0.95, 12))]
    factors += [factor("grid", 0.93, 1.08), factor("pue", 0.9, 1.2)]
    factors += [
        factor(f"m{i}", low, 1 / low, f"maker{i % 3}", 0.5) for i, low in enumerate(random.uniform(0.5, 0.8, 30))
    ]
    rows = [
        signature(
            **{
                USE: float(random.lognormal(3, 1)),
                EMBODIED: float(random.lognormal(4, 1)),
                "energy_factor_id": f"e{i % 12}",
                "grid_factor_id": "grid",
                "pue_factor_id": "pue" if i % 4 == 0 else "",
                "embodied_factor_id": f"m{i % 30}",
            }
        )
        for i in range(60)
    ]
    figure = total(rows, factors)
    low, high = simulate(rows, (USE, EMBODIED), factors, draws=40_000, seed=seed)
    assert figure.low == pytest.approx(low, rel=0.05)
    assert figure.high == pytest.approx(high, rel=0.05)


def test_very_wide_sources_agree_with_monte_carlo():
    rows = [signature(**{EMBODIED: 100.0, "embodied_factor_id": f"w{i}"}) for i in range(8)]
    factors = [factor(f"w{i}", 0.3, 3.0) for i in range(8)]
    figure = total(rows, factors)
    low, high = simulate(rows, (USE, EMBODIED), factors, draws=80_000, seed=1)
    assert figure.low == pytest.approx(low, rel=0.10)
    assert figure.high == pytest.approx(high, rel=0.10)


amounts = st.lists(st.floats(-1000, 10_000, allow_nan=False), min_size=1, max_size=20)


@given(amounts, st.floats(0.05, 0.99), st.floats(1.01, 20))
def test_low_central_and_high_are_ordered_even_with_corrections(kilograms, low, high):
    rows = [signature(**{EMBODIED: kg, "embodied_factor_id": f"f{i % 3}"}) for i, kg in enumerate(kilograms)]
    figure = total(rows, [factor(f"f{i}", low, high) for i in range(3)])
    assert figure.low <= figure.central <= figure.high


@given(st.floats(1, 1e6), st.floats(0.1, 0.9))
def test_splitting_a_line_in_two_changes_nothing(kilograms, share):
    known = [factor("a", 0.7, 1.4), factor("g", 0.9, 1.1)]
    whole = [signature(**{USE: kilograms, "energy_factor_id": "a", "grid_factor_id": "g"})]
    halves = [
        signature(**{USE: kilograms * s, "energy_factor_id": "a", "grid_factor_id": "g"}) for s in (share, 1 - share)
    ]
    first, second = total(whole, known), total(halves, known)
    assert (first.low, first.high) == pytest.approx((second.low, second.high))


def test_drivers_rank_the_source_that_moves_the_sum_most():
    rows = [
        signature(**{EMBODIED: 100.0, "embodied_factor_id": "big"}),
        signature(**{USE: 100.0, "grid_factor_id": "small"}),
    ]
    found: Sum = sum_components(rows, (USE, EMBODIED), spreads([factor("big", 0.5, 2), factor("small", 0.9, 1.1)]))
    drivers = found.drivers()
    assert drivers[0][0] == "own:big"
    assert sum(share for _, share in drivers) == pytest.approx(1.0)
