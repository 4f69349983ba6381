"""The shipped UK figures against the publications, read from the files without the loader.

``uk_conversion_factors.csv`` and ``uk_money.csv`` beside this module hold the published figures with publisher,
document and table, to the digits given; a shipped figure may differ by half a unit of the last of them.
"""

import csv
from pathlib import Path

import pytest

from tests.factor_files import UK_FILES, half_a_last_digit, rows

HERE = Path(__file__).resolve().parent
UK = "uk-conversion-factors"
SHIPPED = [row for name in UK_FILES for row in rows(UK, name)]


def published(name):
    with (HERE / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def of_edition(year, **wanted):
    return [
        row
        for row in SHIPPED
        if row["valid_from"] == f"{year}-01-01" and all(row[name] == text for name, text in wanted.items())
    ]


def carbon_value(year, column="value"):
    found = {row["valid_from"][:4]: row for row in rows("uk-carbon-values", "factors")}
    return float(found[str(year)][column])


def deflator(year):
    found = {row["year"]: row for row in rows("uk-gdp-deflator", "deflator")}
    return float(found[str(year)]["index_2024_100"])


def test_every_published_conversion_factor_is_shipped_once_to_its_digits():
    columns = ("activity", "group", "detail", "route", "unit")
    for expected in published("uk_conversion_factors.csv"):
        found = of_edition(expected["edition"], **{c: expected[c] for c in columns})
        assert len(found) == 1, expected
        assert float(found[0]["value"]) == pytest.approx(
            float(expected["value"]), abs=half_a_last_digit(expected["value"])
        ), expected


def test_the_generation_factors_of_thirteen_editions_are_those_of_the_sheets():
    """UK Government GHG Conversion Factors, 2014 to 2026, sheet "UK electricity", kg CO2e (total)."""
    sheets = ["0.49426", "0.46219", "0.41205", "0.35156", "0.28307", "0.2556", "0.23314"]  # 2014 to 2020
    sheets += ["0.21233", "0.19338", "0.207074", "0.20705", "0.177", "0.13096"]  # 2021 to 2026
    for year, text in zip(range(2014, 2027), sheets, strict=True):
        (found,) = of_edition(year, activity="electricity_generation")
        assert float(found["value"]) == pytest.approx(float(text), abs=half_a_last_digit(text)), year


GASES = ("kgco2", "kgch4_co2e", "kgn2o_co2e")
WITH_GASES = {
    "electricity_generation",
    "electricity_td_losses",
    "heat_and_steam",
    "heat_distribution_losses",
    "freight",
}


@pytest.mark.parametrize("activity", sorted(WITH_GASES))
def test_a_total_is_the_sum_of_its_gases(activity):
    """Four figures of five decimals: 4 x 0.000005. A figure per mile is 1.609344 times a rounded one per kilometre."""
    found = [row for row in SHIPPED if row["activity"] == activity and row["kgco2"]]
    assert found
    for row in found:
        scale = 1.609344 if row["unit"].endswith("/mile") else 1
        gases = sum(float(row[gas]) for gas in GASES)
        assert float(row["value"]) == pytest.approx(gases, abs=0.00002 * scale * (1 + 1e-6)), row["factor_id"]


def test_no_other_activity_publishes_gases():
    assert {row["activity"] for row in SHIPPED if any(row[gas] for gas in GASES)} == WITH_GASES


def test_the_2024_total_is_not_its_carbon_dioxide_part():
    """DESNZ 2024, sheet "UK electricity": 0.20705 in all, 0.20493 of it CO2; the second is often quoted for it."""
    (found,) = of_edition(2024, activity="electricity_generation")
    assert (found["value"], found["kgco2"]) == ("0.20705", "0.20493")


def test_each_edition_has_electricity_data_two_years_old_and_one_from_2026():
    """DESNZ 2025 methodology paper, table 9, gives the data year of each edition; 2026 has a lag of one."""
    for row in SHIPPED:
        if row["activity"] in ("electricity_generation", "electricity_td_losses"):
            edition = int(row["valid_from"][:4])
            assert int(row["data_year"]) == edition - (1 if edition >= 2026 else 2)


def test_the_edition_and_the_series_of_the_methodology_paper_agree():
    """2025 methodology paper, table 9, five decimals: generation and losses as published, by edition."""
    series = {
        row["factor_set_year"]: row
        for row in rows(UK, "grid_time_series")
        if row["series"] == "as_published_for_company_reporting"
    }
    columns = {
        "electricity_generation": "generated_kg_co2e_per_kwh",
        "electricity_td_losses": "td_losses_kg_co2e_per_kwh",
    }
    compared = 0
    for row in SHIPPED:
        if row["activity"] in columns and (in_paper := series.get(row["valid_from"][:4])):
            assert float(row["value"]) == pytest.approx(
                float(in_paper[columns[row["activity"]]]), abs=0.000005 * (1 + 1e-6)
            )
            assert row["data_year"] == in_paper["data_year"]
            compared += 1
    assert compared == 2 * len(range(2012, 2026))


def test_losses_are_what_is_consumed_less_what_is_generated():
    """2025 methodology paper, tables 9 and 1.6: three figures of five decimals."""
    for row in rows(UK, "grid_time_series"):
        generated, lost, consumed = (
            float(row[f"{name}_kg_co2e_per_kwh"]) for name in ("generated", "td_losses", "consumed")
        )
        assert generated + lost == pytest.approx(consumed, abs=0.000015 * (1 + 1e-6)), row


def test_a_megalitre_of_water_is_a_thousand_cubic_metres():
    """Both are published; up to 2022 the figures have three decimals a cubic metre, later five or more."""
    for year in range(2016, 2027):
        for activity in ("water_supply", "water_treatment"):
            (cubic,) = of_edition(year, activity=activity, unit="kg_co2e/m3")
            (mega,) = of_edition(year, activity=activity, unit="kg_co2e/megalitre")
            assert float(mega["value"]) / 1000 == pytest.approx(float(cubic["value"]), abs=0.000005 * (1 + 1e-6))


def test_equipment_and_heating_make_up_homeworking():
    """DESNZ and BEIS, sheet "Homeworking", 2022 to 2026; three figures of five decimals."""
    for year in range(2022, 2027):
        value = {row["group"]: float(row["value"]) for row in of_edition(year, activity="homeworking")}
        assert value["Office Equipment"] + value["Heating"] == pytest.approx(
            value["Homeworking (office equipment + heating)"], abs=0.000015 * (1 + 1e-6)
        )


def test_every_published_figure_of_money_and_grid_is_shipped_to_its_digits():
    for expected in published("uk_money.csv"):
        found = [
            row for row in rows(expected["set"], expected["resource"]) if row[expected["key_column"]] == expected["key"]
        ]
        assert len(found) == 1, expected
        assert float(found[0][expected["column"]]) == pytest.approx(
            float(expected["value"]), abs=half_a_last_digit(expected["value"])
        ), expected


def test_the_green_book_case_of_a_hundred_tonnes_a_year():
    """100 t a year from 2024 to 2030 are worth 196.5 thousand pounds in prices of 2024.

    The example of ``gb_carbon_npv`` in the R package greenbook (vignette "Carbon and environmental valuation", 2026).
    Each year: tonnes x carbon value (prices of 2022) x deflator 2024 / 2022, discounted at 3.5 % from 2024.
    """
    (first,) = [row for row in rows("uk-discount-rates", "rates") if row["year_from"] == "0"]
    rate = float(first["standard_rate"])
    value = sum(
        100 * carbon_value(year) * deflator(2024) / deflator(2022) / (1 + rate) ** (year - 2024)
        for year in range(2024, 2031)
    )
    assert value / 1000 == pytest.approx(196.5, abs=0.05)


def test_low_and_high_carbon_values_are_half_and_one_and_a_half_times_the_central_one():
    """DESNZ data table 3 (November 2023): each figure is rounded to pence, the central one before it is halved."""
    for year in range(2020, 2051):
        central = carbon_value(year)
        assert carbon_value(year, "low") == pytest.approx(0.5 * central, abs=0.011)
        assert carbon_value(year, "high") == pytest.approx(1.5 * central, abs=0.011)


@pytest.mark.parametrize(("year", "pounds_of_2020"), [(2021, 245), (2050, 378)])
def test_carbon_values_agree_with_the_policy_paper_of_2021(year, pounds_of_2020):
    """BEIS 2021, Valuation of greenhouse gas emissions: 245 and 378 in prices of 2020, whole pounds.

    Two releases of the deflator lie between the two, so the prices of 2022 differ by up to 2 %.
    """
    repriced = carbon_value(year) * deflator(2020) / deflator(2022)
    assert repriced == pytest.approx(pounds_of_2020, rel=0.02)


def test_a_division_without_a_published_multiplier_has_none():
    """Divisions 27, 33, 61 and 63 were in no public copy; the mean of all categories is not Defra's."""
    shipped = {row["sic2007_division"] for row in rows("uk-spend-factors", "factors")}
    missing = {row["sic2007_division"] for row in rows("uk-spend-factors", "not_found")}
    assert missing == {"27", "33", "61", "63"}
    assert shipped.isdisjoint(missing)
    assert all(division.isdigit() for division in shipped)
