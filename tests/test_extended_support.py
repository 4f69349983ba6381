"""Prices of extended security updates: Microsoft's, as published, and what they add up to."""

from datetime import date

import pytest

from greendigital.factorset import load_library
from greendigital.recommendations import extended_support_offers, support_state

LIBRARY = load_library()
FIRST_DAY = date(2025, 10, 15)


def offer(as_of, years=1, customer="commercial and public sector", product="Windows 10 22H2"):
    return next(o for o in extended_support_offers(LIBRARY, product, as_of, years) if o.customer == customer)


def test_three_years_of_windows_10_cost_427_dollars_a_device():
    """Microsoft, Windows IT Pro blog, 2 April 2024: 61 dollars, doubling each year. (Case OS-01 of refresh_cases.)"""
    found = offer(FIRST_DAY, 3)
    assert [y.price for y in found.years] == [61, 61 * 2, 61 * 4]
    assert found.total == 61 + 122 + 244 == 427
    assert (found.currency, found.per, found.includes_vat) == ("USD", "device", False)


def test_three_years_for_education_cost_7_dollars_a_device():
    """Microsoft Education blog, as reported: 1, 2 and 4 dollars. (Case OS-03 of refresh_cases.)"""
    assert offer(FIRST_DAY, 3, "education").total == 1 + 2 + 4 == 7


def test_joining_late_pays_for_the_years_before():
    """Microsoft, as above: whoever buys in year two must buy year one as well."""
    late = offer(date(2026, 11, 25))
    assert (late.year, late.on_sale, late.earlier_years_charged) == (2, True, True)
    assert late.total == 61 + 122
    assert offer(date(2026, 11, 25), 2).total == 427


@pytest.mark.parametrize(
    ("day", "year", "on_sale"),
    [
        (date(2025, 10, 14), 1, False),  # the last day of free updates
        (date(2025, 10, 15), 1, True),
        (date(2026, 10, 13), 1, True),
        (date(2026, 10, 14), 2, True),
        (date(2028, 10, 10), 3, True),
        (date(2028, 10, 11), None, False),
    ],
)
def test_year_of_the_programme_on_its_first_and_last_days(day, year, on_sale):
    found = offer(day)
    assert (found.year, found.on_sale) == (year, on_sale)
    assert (found.total is None) == (year is None)


def test_no_price_beyond_the_last_year():
    assert offer(date(2026, 11, 25), 3).total is None


def test_a_price_that_was_not_found_is_not_nil():
    """25 % off with cloud activation, of which only year 1 is published; nil with Windows 365."""
    found = offer(FIRST_DAY, 1, "commercial")
    assert found.total == 45 and found.per == "user, up to 5 devices"
    assert offer(FIRST_DAY, 2, "commercial").total is None
    assert offer(FIRST_DAY, 3, "any").total == 0
    assert offer(FIRST_DAY, 1, "home users").total is None


def test_whether_earlier_years_are_charged_is_not_guessed():
    assert offer(date(2026, 11, 25), 1, "any").total is None


def test_offers_are_found_by_the_label_of_the_system():
    for words in ("Windows 10 Pro 22H2", "Windows Server 2012 R2 Standard", "Windows Server 2012 Standard"):
        label = support_state(LIBRARY, words, "", "", FIRST_DAY).label
        assert extended_support_offers(LIBRARY, label, FIRST_DAY), label


@pytest.mark.parametrize("label", ["Windows 10 21H2", "Windows 10", "Windows 11 22H2", "macOS 12 (Monterey)", ""])
def test_other_systems_have_no_offer(label):
    assert extended_support_offers(LIBRARY, label, FIRST_DAY) == []


def test_server_2012_has_no_price_on_premises_and_2016_none_yet():
    for product in ("Windows Server 2012 R2", "Windows Server 2016"):
        for found in extended_support_offers(LIBRARY, product, date(2026, 1, 1)):
            assert found.total is None
    azure = offer(date(2026, 10, 13), 1, "any", "Windows Server 2016")
    assert azure.on_sale is False and azure.years[0].start == date(2027, 1, 13)
