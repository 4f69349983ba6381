"""One laptop that uses 100 kWh a year, against the UK Government GHG Conversion Factors for Company Reporting.

The expected figures are those of the published workbooks (Defra / DECC / BEIS / DESNZ, Open Government Licence v3.0),
one edition a year, in kg CO2e per kWh:

- generation: sheet "UK electricity", row "Electricity: UK", column kg CO2e (total, not the CO2 part)
- losses: sheet "Transmission and distribution", row "Electricity: UK" (T&D- UK electricity)
- well-to-tank: sheet "WTT- UK electricity", rows "Electricity: UK" of WTT- UK electricity (generation) and (T&D)

Figures are given here with five decimals (generation and losses of 2023 with six, where the workbook has more): sums
are held to half a unit of the last place per kWh.
"""

import pytest

import greendigital as gd

KWH = 100
LIBRARY = gd.load_library()

# year: generation, losses, well-to-tank of generation, well-to-tank of losses
WORKBOOKS = {
    2016: (0.41205, 0.03727, 0.06188, 0.0056),
    2017: (0.35156, 0.03287, 0.05605, 0.00524),
    2018: (0.28307, 0.02413, 0.04198, 0.00358),
    2019: (0.2556, 0.0217, 0.03565, 0.00303),
    2020: (0.23314, 0.02005, 0.03217, 0.00277),
    2021: (0.21233, 0.01879, 0.05529, 0.00489),
    2022: (0.19338, 0.01769, 0.04625, 0.00423),
    2023: (0.207074, 0.017915, 0.0459, 0.00397),
    2024: (0.20705, 0.0183, 0.0459, 0.00397),
    2025: (0.177, 0.01853, 0.0459, 0.00397),
    2026: (0.13096, 0.01299, 0.03682, 0.00359),
}


def totals(tmp_path, period, row="laptop,100,GBR,2012-01-01"):
    path = tmp_path / "register.csv"
    path.write_text(f"category,annual_kwh,country,acquired_date\n{row}\n", encoding="utf-8")
    return gd.estimate(gd.read_inventory(path, library=LIBRARY), period=period, library=LIBRARY).summary["totals"]


def assert_electricity(found, share, factors):
    """Scopes and components of ``share`` of a year at 100 kWh."""
    generation, losses, wtt_generation, wtt_losses = factors
    kwh = KWH * share
    last_place = kwh * 0.5e-5
    scopes = {scope: figure["central"] for scope, figure in found["inventory"]["by_scope"].items()}
    component = {name: figure["central"] for name, figure in found["by_component"].items()}
    assert found["energy_kwh"]["central"] == pytest.approx(kwh, rel=1e-9)
    assert scopes["2"] == pytest.approx(kwh * generation, abs=last_place)
    assert scopes["3.3"] == pytest.approx(kwh * (losses + wtt_generation + wtt_losses), abs=last_place)
    assert component["use_direct"] == pytest.approx(kwh * generation, abs=last_place)
    assert component["use_losses"] == pytest.approx(kwh * losses, abs=last_place)
    assert component["use_wtt"] == pytest.approx(kwh * (wtt_generation + wtt_losses), abs=last_place)
    assert component["use_life_cycle"] == 0
    assert scopes["3.7"] == scopes["3.8"] == scopes["3.5"] == 0


def test_calendar_year_2024(tmp_path):
    """20.705 kg in scope 2; 1.83 of losses; 4.59 and 0.397 of well-to-tank."""
    found = totals(tmp_path, "2024")
    assert found["inventory"]["by_scope"]["2"]["central"] == pytest.approx(20.705, rel=1e-9)
    assert found["by_component"]["use_losses"]["central"] == pytest.approx(1.83, rel=1e-9)
    assert found["by_component"]["use_wtt"]["central"] == pytest.approx(4.59 + 0.397, rel=1e-9)
    assert found["inventory"]["by_scope"]["3.3"]["central"] == pytest.approx(1.83 + 4.59 + 0.397, rel=1e-9)


def test_2024_takes_the_total_and_not_the_carbon_dioxide_part(tmp_path):
    """The CO2 part of the 2024 factor, 0.20493, is widely misquoted as the total."""
    assert totals(tmp_path, "2024")["inventory"]["by_scope"]["2"]["central"] != pytest.approx(20.493, abs=0.1)


@pytest.fixture(scope="module")
def eleven_years(tmp_path_factory):
    """One run over 2016 to 2026: a part, and an edition, for each calendar year."""
    path = tmp_path_factory.mktemp("years") / "register.csv"
    path.write_text("category,annual_kwh,country,acquired_date\nlaptop,100,GBR,2012-01-01\n", encoding="utf-8")
    assets = gd.read_inventory(path, library=LIBRARY)
    return gd.estimate(assets, period="2016-01-01..2026-12-31", library=LIBRARY).lines


@pytest.mark.parametrize("year", WORKBOOKS)
def test_each_calendar_year_takes_its_own_edition(eleven_years, year):
    generation, losses, wtt_generation, wtt_losses = WORKBOOKS[year]
    (line,) = (row for row in eleven_years.itertuples() if str(row.period_start).startswith(str(year)))
    last_place = KWH * 0.5e-5
    assert line.use_kwh == pytest.approx(KWH)
    assert line.use_direct_kg_co2e == pytest.approx(KWH * generation, abs=last_place)
    assert line.use_losses_kg_co2e == pytest.approx(KWH * losses, abs=last_place)
    assert line.use_wtt_kg_co2e == pytest.approx(KWH * (wtt_generation + wtt_losses), abs=last_place)


@pytest.mark.parametrize(("period", "edition"), [("2025-26", 2025), ("2024-25", 2024), ("2019-20", 2019)])
def test_a_financial_year_takes_the_edition_of_the_year_that_holds_most_of_it(tmp_path, period, edition):
    assert_electricity(totals(tmp_path, period), 1, WORKBOOKS[edition])


def test_financial_year_2025_26(tmp_path):
    found = totals(tmp_path, "2025-26")
    assert found["inventory"]["by_scope"]["2"]["central"] == pytest.approx(17.7, rel=1e-9)
    assert found["by_component"]["use_losses"]["central"] == pytest.approx(1.853, rel=1e-9)
    assert found["by_component"]["use_wtt"]["central"] == pytest.approx(4.59 + 0.397, rel=1e-9)


def test_the_last_quarter_of_a_leap_year_is_92_days_of_366(tmp_path):
    assert_electricity(totals(tmp_path, "2024-10-01..2024-12-31"), 92 / 366, WORKBOOKS[2024])


def test_in_service_from_1_july_2023_is_184_days_of_365(tmp_path):
    assert_electricity(totals(tmp_path, "2023", "laptop,100,GBR,2023-07-01"), 184 / 365, WORKBOOKS[2023])


def test_a_financial_year_with_29_february_counts_366_days(tmp_path):
    """2023-24 runs from April 2023 to March 2024: a device from 1 January 2024 serves 91 days of its 366."""
    assert_electricity(totals(tmp_path, "2023-24", "laptop,100,GBR,2024-01-01"), 91 / 366, WORKBOOKS[2023])


def test_two_financial_years_take_an_edition_each(tmp_path):
    found = totals(tmp_path, "2024-04-01..2026-03-31")
    assert found["by_component"]["use_direct"]["central"] == pytest.approx(20.705 + 17.7, rel=1e-9)


def test_a_year_without_an_edition_takes_the_newest_and_warns(tmp_path):
    path = tmp_path / "register.csv"
    path.write_text("category,annual_kwh,country\nlaptop,100,GBR\n", encoding="utf-8")
    result = gd.estimate(gd.read_inventory(path, library=LIBRARY), period="2027", library=LIBRARY)
    assert result.summary["totals"]["by_component"]["use_direct"]["central"] == pytest.approx(13.096, rel=1e-9)
    assert "provisional_edition" in {p.code for p in result.problems}


def test_before_2016_no_well_to_tank_is_published_and_the_line_is_partial(tmp_path):
    """2014: sheet "UK electricity" 0.49426, "Transmission and distribution" 0.04322; the WTT sheets start in 2016."""
    path = tmp_path / "register.csv"
    path.write_text("category,annual_kwh,country,acquired_date\nlaptop,100,GBR,2013-01-01\n", encoding="utf-8")
    result = gd.estimate(gd.read_inventory(path, library=LIBRARY), period="2014", library=LIBRARY)
    line = result.lines.iloc[0]
    assert (line.status, line.stages_missing) == ("partial", "use_wtt")
    assert line.use_direct_kg_co2e == pytest.approx(100 * 0.49426)
    assert line.use_losses_kg_co2e == pytest.approx(100 * 0.04322)


def test_the_gas_parts_of_the_2024_factor_add_up_to_its_total():
    """2024, sheet "UK electricity": CO2 0.20493, and with CH4 and N2O 0.20705 (parts are rounded to five decimals)."""
    factor = LIBRARY.factor("desnz-2024-electricity-generation")
    parts = [float(factor.extra[name]) for name in ("kgco2", "kgch4_co2e", "kgn2o_co2e")]
    assert parts[0] == 0.20493
    assert sum(parts) == pytest.approx(0.20705, abs=1.5e-5)


def test_generation_and_losses_of_2025_make_the_factor_of_a_consumed_kwh():
    """2025 methodology paper, table 9: consumed 0.19553 = generated 0.17700 + losses 0.01853."""
    generation = LIBRARY.factor("desnz-2025-electricity-generation").value
    losses = LIBRARY.factor("desnz-2025-electricity-td-losses").value
    assert generation + losses == pytest.approx(0.19553, abs=1e-9)
