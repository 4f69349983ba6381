"""Conversions as sums a reader can check, and the refusal of what does not fit."""

import pytest

from greendigital.errors import UnitError
from greendigital.units import factor_between, is_known


@pytest.mark.parametrize(
    ("unit", "target", "factor"),
    [
        ("g_co2e/kwh", "kg_co2e/kwh", 1 / 1000),
        ("kg_co2e/mwh", "kg_co2e/kwh", 1 / 1000),
        ("t_co2e/kwh", "kg_co2e/kwh", 1000),
        ("wh/tb*hour", "kwh/tb*hour", 1 / 1000),
        ("mj", "kwh", 1 / 3.6),
        ("kwh/gb*second", "kwh/gb*hour", 3600),
        ("kg_co2e/t", "kg_co2e/kg", 1 / 1000),
        ("percent", "share", 1 / 100),
        ("kg_co2e/mile", "kg_co2e/km", 1 / 1.609344),
        ("kg_co2e/megalitre", "kg_co2e/m3", 1 / 1000),
        ("litre", "m3", 1 / 1000),
        ("kg_co2e/t*mile", "kg_co2e/t*km", 1 / 1.609344),
    ],
)
def test_a_conversion_is_the_ratio_of_the_two_units(unit, target, factor):
    assert factor_between(unit, target) == pytest.approx(factor, rel=1e-12)
    assert factor_between(target, unit) == pytest.approx(1 / factor, rel=1e-12)


@pytest.mark.parametrize(
    ("unit", "target"),
    [("kwh", "kg"), ("kg", "kg_co2e"), ("kwh/gb", "kwh/gb*hour"), ("w", "kwh"), ("kg_co2e/kwh", "kg_co2e/vcpu")],
)
def test_unlike_dimensions_are_refused(unit, target):
    with pytest.raises(UnitError, match="different things"):
        factor_between(unit, target)


def test_an_unknown_unit_is_refused_with_those_that_are_known():
    assert not is_known("furlong")
    with pytest.raises(UnitError, match="kwh"):
        factor_between("furlong", "kwh")
