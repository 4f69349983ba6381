"""Electricity factors: each with its basis, and unlike ones never added."""

from dataclasses import replace

import pytest

from greendigital.errors import FactorError
from greendigital.estimation.grid import GridFactors, resolve_grid, sum_basis
from greendigital.factorset import load_library

LIBRARY = load_library()
UK = resolve_grid(LIBRARY, "GBR", 2024)
FRANCE = resolve_grid(LIBRARY, "FRA", 2024)


def test_the_united_kingdom_has_generation_losses_and_well_to_tank_apart():
    assert (UK.direct.basis, UK.losses.basis, UK.wtt.basis) == ("direct", "losses", "wtt")
    assert UK.life_cycle is None
    # DESNZ 2024: 0.20705 + 0.0183 + 0.0459 + 0.00397
    assert UK.total == pytest.approx(0.20705 + 0.0183 + 0.0459 + 0.00397)


def test_a_country_abroad_has_one_life_cycle_factor():
    assert FRANCE.life_cycle.basis == "life_cycle"
    assert (FRANCE.direct, FRANCE.losses, FRANCE.wtt) == (None, None, None)


@pytest.mark.parametrize("addition", [{"losses": UK.losses}, {"wtt": UK.wtt}, {"losses": UK.losses, "wtt": UK.wtt}])
def test_losses_or_well_to_tank_on_a_life_cycle_factor_are_refused(addition):
    with pytest.raises(FactorError, match="holds losses and upstream already"):
        GridFactors(life_cycle=FRANCE.life_cycle, **addition)


@pytest.mark.parametrize("country", ["FRA", "DEU", "IRL", "USA", "IND"])
@pytest.mark.parametrize("year", [2015, 2024, 2026])
def test_no_country_abroad_ever_gets_losses_or_well_to_tank(country, year):
    found = resolve_grid(LIBRARY, country, year)
    assert found.life_cycle is not None
    assert found.year <= year
    assert (found.direct, found.losses, found.wtt) == (None, None, None)


@pytest.mark.parametrize(("field", "value"), [("basis", "direct"), ("unit", "kg_co2e/t"), ("region", "FRA")])
def test_factors_that_differ_in_basis_unit_or_region_are_not_added(field, value):
    first, second = UK.inputs
    with pytest.raises(FactorError, match=f"differ in {field}"):
        sum_basis(first, replace(second, **{field: value}), factor_id="x", activity="y")


def test_the_derived_well_to_tank_names_both_its_parts():
    """DESNZ 2024, sheet "WTT- UK electricity": 0.0459 of generation and 0.00397 of losses."""
    assert UK.wtt.value == pytest.approx(0.0459 + 0.00397)
    assert all(part.factor_id in UK.wtt.note for part in UK.inputs)


def test_all_parts_of_a_provisional_year_are_of_one_edition():
    found = resolve_grid(LIBRARY, "GBR", 2029)
    assert (found.provisional, found.year) == (True, 2026)
    assert {f.valid_from.year for f in (found.direct, found.losses, *found.inputs)} == {2026}


def test_a_later_intensity_is_never_used_for_an_earlier_year():
    assert resolve_grid(LIBRARY, "FRA", 1999).total is None
    assert resolve_grid(LIBRARY, "GBR", 2011).total is None


def test_a_country_that_no_set_knows_has_no_factor():
    assert resolve_grid(LIBRARY, "LIE", 2024).total is None


def test_the_range_of_the_sum_is_narrower_than_its_widest_part_and_not_a_point():
    down, up = UK.log_widths(LIBRARY)
    assert down > 0
    assert up > 0
