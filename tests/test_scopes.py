"""Scope of use, of losses and well-to-tank, and of the embodied figure: GHG Protocol Corporate Standard, chapter 4;
Corporate Value Chain (Scope 3) Standard, categories 1, 2, 3, 7 and 8. tests/test_hardware.py holds the whole table."""

import itertools

import pytest

from greendigital.columns import LOCATION_TYPES, OWNERSHIPS
from greendigital.estimation.scopes import INVENTORY_SCOPES, scopes_of

ALL = list(itertools.product(LOCATION_TYPES, OWNERSHIPS, (True, False, None), (True, False)))


@pytest.mark.parametrize(("place", "owner", "control", "expensed"), ALL)
def test_every_device_has_scopes_of_the_inventory(place, owner, control, expensed):
    found = scopes_of(place, owner, control, expensed)
    assert found.use in INVENTORY_SCOPES
    assert found.upstream in INVENTORY_SCOPES
    assert found.embodied in ("", "3.1" if expensed else "3.2")
    # Category 3 belongs to electricity that the organisation buys; elsewhere everything stands in one category.
    assert (found.upstream == "3.3") == (found.use == "2")


@pytest.mark.parametrize(
    ("place", "control", "expensed"), list(itertools.product(LOCATION_TYPES, (True, False, None), (True, False)))
)
def test_a_device_of_the_user_is_outside_the_inventory_but_for_its_use(place, control, expensed):
    assert scopes_of(place, "byod", control, expensed) == ("3.7", "3.7", "")


@pytest.mark.parametrize("place", LOCATION_TYPES)
def test_what_is_leased_without_control_was_never_bought(place):
    assert scopes_of(place, "leased", False, False).embodied == ""
    assert scopes_of(place, "leased", True, False).embodied == "3.2"
