"""Published cases of longer service, payback and reuse, reproduced by the formulae that the advice uses."""

import math

import pytest

from greendigital.factorset import load_library
from greendigital.recommendations.service_life import kg_co2e_per_year, payback_years


@pytest.mark.parametrize(
    ("total_kg", "improvement", "published", "tolerance"),
    [
        # 10 % more efficient, lowest data set (EuP Lot 3): published as 33 years.
        (230, 0.1, 33, 0.02),
        # An unrealistic 70 %: published as "about 13 years", the formula gives 12.5.
        (380, 0.7, 13, 0.05),
    ],
)
def test_payback_of_a_new_notebook_as_the_german_environment_agency_published_it(
    total_kg, improvement, published, tolerance
):
    """Prakash et al. (UBA, Öko-Institut, Fraunhofer IZM, 2012), Timely replacement of a notebook: 138.5 kg of use."""
    use_per_year = 138.5 / 5
    assert payback_years(total_kg - 138.5, improvement * use_per_year) == pytest.approx(published, rel=tolerance)


def test_payback_of_a_laptop_of_20_watts_in_place_of_one_of_45():
    """AgentCalc, laptop upgrade environmental impact calculator: 8 h on 365 days, 0.4 kg/kWh, 200 kg: 6.8 years."""
    saved_kwh = (45 - 20) / 1000 * 8 * 365
    assert saved_kwh == pytest.approx(73)
    assert payback_years(200, saved_kwh * 0.4) == pytest.approx(6.8, rel=0.01)


def test_a_notebook_kept_four_years_instead_of_three():
    """TCO Certified, Using a notebook computer for three more years can cut emissions in half.

    20.9 kg a year less, 23.5 %; rounded to three digits there.
    """
    use = (266.6 - 251) / 3
    three, four = (kg_co2e_per_year(251, years, use) for years in (3, 4))
    assert three - four == pytest.approx(20.9, rel=0.005)
    assert 1 - four / three == pytest.approx(0.235, rel=0.005)


@pytest.mark.parametrize(
    ("embodied", "years", "published"),
    [
        # ThinkTwice, after J. Groeger (Öko-Institut): 250 kg over two, four and eight years.
        (250, 2, 125),
        (250, 4, 62.5),
        (250, 8, 31.25),
        # Green Software Foundation, practitioner course: a server of 4,000 kg over four years.
        (4000, 4, 1000),
    ],
)
def test_embodied_carbon_over_the_years_of_service(embodied, years, published):
    assert kg_co2e_per_year(embodied, years) == pytest.approx(published)


def test_two_new_laptops_of_three_years_each_take_600_kg():
    """3 Step IT, sustainability report 2017 (EY): 225 to make, 25 to ship, 50 in three years of use, twice."""
    assert 2 * 3 * kg_co2e_per_year(225 + 25, 3, 50 / 3) == pytest.approx(600)


def test_remanufacturing_takes_what_is_left_of_a_new_one():
    """Circular Computing (vendor, 2021): 316 of 331 kg saved; the remanufactured laptop of the shipped factors."""
    found = next(
        f
        for f in load_library().find("device_refurbishment")
        if (f.extra.get("category"), f.extra.get("detail")) == ("laptop", "remanufactured")
    )
    assert found.value == pytest.approx(331 - 316)


def test_what_saves_nothing_never_pays_back():
    assert payback_years(100, 0) == payback_years(100, -5) == math.inf
