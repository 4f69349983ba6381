"""Analytic ranges of the whole example against a seeded Monte Carlo of the same structure."""

import duckdb
import pytest

from greendigital.columns import STAGE_COLUMNS
from greendigital.footprint.totals import INVENTORY
from greendigital.uncertainty import COMPONENT_SOURCES, FACTOR_COLUMNS
from tests.montecarlo import simulate


def rows_of(run, name, where="TRUE"):
    relation = duckdb.read_parquet(str(run / name)).filter(where)
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def signatures(run, where):
    """Component sums by factor ids, made here by SQL of our own from the written lines."""
    sums = ", ".join(f"sum({c}) AS {c}" for c in COMPONENT_SOURCES)
    keys = ", ".join(FACTOR_COLUMNS)
    relation = duckdb.sql(
        f"SELECT {keys}, {sums} FROM read_parquet('{run / 'lines.parquet'}') "
        f"WHERE status IN ('estimated', 'partial', 'fallback') AND {where} GROUP BY {keys}"
    )
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


@pytest.mark.parametrize(
    ("where", "components", "figure"),
    [
        ("TRUE", STAGE_COLUMNS, lambda t: t["total"]),
        ("kind = 'hardware'", STAGE_COLUMNS, lambda t: t["hardware"]),
        ("kind = 'cloud'", STAGE_COLUMNS, lambda t: t["cloud"]),
        ("TRUE", INVENTORY, lambda t: t["inventory"]["total"]),
        ("TRUE", ("use_kwh",), lambda t: t["energy_kwh"]),
    ],
    ids=["total", "hardware", "cloud", "inventory", "energy_kwh"],
)
def test_low_and_high_agree_with_monte_carlo(example_run, example_summary, where, components, figure):
    """Within 5 %, or 10 % where more than a fifth rests on fallback; tolerances as agreed for the method."""
    found = figure(example_summary["totals"])
    factors = rows_of(example_run, "factors_used.parquet")
    rows = signatures(example_run, where)
    fallback = sum(row["fallback_kg_co2e"] or 0.0 for row in rows)
    tolerance = 0.10 if fallback > found["central"] / 5 else 0.05
    low, high = simulate(rows, components, factors, draws=20_000, seed=20_24)
    assert found["low"] == pytest.approx(low, rel=tolerance)
    assert found["high"] == pytest.approx(high, rel=tolerance)


@pytest.mark.parametrize(("group", "column"), [("by_category", "category"), ("by_service", "service")])
def test_every_group_agrees_with_monte_carlo_within_a_tenth(example_run, example_summary, group, column):
    factors = rows_of(example_run, "factors_used.parquet")
    for entry in example_summary["totals"][group]:
        name = entry[column]
        where = f"{column} IS NULL" if name is None else f"{column} = '{name}'"
        low, high = simulate(signatures(example_run, where), STAGE_COLUMNS, factors, draws=30_000, seed=7)
        assert entry["total"]["low"] == pytest.approx(low, rel=0.10), name
        assert entry["total"]["high"] == pytest.approx(high, rel=0.10), name


def test_drivers_are_shares_of_one_whole_and_ranked(example_summary):
    shares = [d["share_of_variance"] for d in example_summary["totals"]["drivers"]]
    assert shares == sorted(shares, reverse=True)
    assert 0.5 < sum(shares) <= 1.0 + 1e-9
