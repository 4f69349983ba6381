"""Disposal of electrical waste, scope 3 category 5.

Expected figures: UK Government GHG Conversion Factors for Company Reporting (BEIS / DESNZ, Open Government Licence
v3.0), sheet "Waste disposal", rows "Electrical items: WEEE - mixed", in kg CO2e per tonne. DESNZ says that they hold
collection and transport only, and must not be used to rank the routes (2025 methodology paper, 12.27 to 12.29).
"""

import pytest

import greendigital as gd

LIBRARY = gd.load_library()

# edition: open-loop recycling, landfill; the published figures to two decimals
SHEET = {2019: (21.35, 8.99), 2022: (21.28, 8.88), 2024: (6.41, 8.88), 2025: (4.69, 8.98)}

HEADER = "asset_id,category,quantity,mass_kg,country,acquired_date,retired_date,status\n"
DISPOSALS = "asset_id,disposal_date,disposal_route,carrier\n"


def run(tmp_path, register, period, disposals=""):
    (tmp_path / "register.csv").write_text(HEADER + register, encoding="utf-8")
    files = [tmp_path / "register.csv"]
    if disposals:
        (tmp_path / "disposals.csv").write_text(DISPOSALS + disposals, encoding="utf-8")
        files.append(tmp_path / "disposals.csv")
    return gd.estimate(gd.read_inventory(*files, library=LIBRARY), period=period, library=LIBRARY)


def scope_3_5(result):
    return result.summary["totals"]["inventory"]["by_scope"]["3.5"]["central"]


@pytest.mark.parametrize("year", SHEET)
def test_ten_monitors_of_five_kilograms_are_a_twentieth_of_a_tonne(tmp_path, year):
    """Recycling, 10 x 5 kg = 0.05 t; the sheet's two decimals are within 0.1 % of the factor."""
    result = run(tmp_path, f"M,monitor,10,5,GBR,2015-01-01,{year}-06-30,disposed\n", str(year))
    assert scope_3_5(result) == pytest.approx(10 * 5 / 1000 * SHEET[year][0], rel=1e-3)


def test_the_route_of_the_disposals_table_decides_the_factor(tmp_path):
    result = run(tmp_path, "M,monitor,1,1000,GBR,2015-01-01,,in_use\n", "2024", "M,2024-06-30,landfill,Waste Ltd\n")
    assert scope_3_5(result) == pytest.approx(SHEET[2024][1], rel=1e-3)


@pytest.mark.parametrize("route", ["reuse", "resale", "donation"])
def test_what_is_used_again_is_no_waste(tmp_path, route):
    result = run(tmp_path, "M,monitor,1,1000,GBR,2015-01-01,,in_use\n", "2024", f"M,2024-06-30,{route},Waste Ltd\n")
    assert scope_3_5(result) == 0


def test_a_device_retired_earlier_is_waste_in_the_year_it_is_disposed_of(tmp_path):
    register = "M,monitor,1,1000,GBR,2015-01-01,2023-03-31,retired\n"
    disposal = "M,2024-06-30,recycle,Waste Ltd\n"
    assert scope_3_5(run(tmp_path, register, "2024", disposal)) == pytest.approx(SHEET[2024][0], rel=1e-3)
    assert scope_3_5(run(tmp_path, register, "2023", disposal)) == 0


def test_without_a_mass_the_category_has_one(tmp_path):
    """Median mass of 636 laptops in makers' reports (Boavizta, environmental-footprint-data, 2023): 1.8 kg."""
    result = run(tmp_path, "L,laptop,4,,GBR,2020-01-01,2024-06-30,disposed\n", "2024")
    assert scope_3_5(result) == pytest.approx(4 * 1.8 / 1000 * SHEET[2024][0], rel=1e-3)


def test_without_any_mass_the_disposal_is_listed_and_the_line_is_not_partial(tmp_path):
    result = run(tmp_path, "K,keyboard,3,,GBR,2020-01-01,2024-06-30,disposed\n", "2024")
    assert scope_3_5(result) == 0
    assert list(result.lines.status) == ["estimated"]
    assert any("Waste treatment of 1 keyboard" in text for text in result.summary["not_covered"])


def test_a_year_without_an_edition_takes_the_newest(tmp_path):
    """Edition of 2026: 4.65 kg per tonne of mixed WEEE, recycled."""
    result = run(tmp_path, "M,monitor,1,1000,GBR,2020-01-01,2027-06-30,disposed\n", "2027")
    assert scope_3_5(result) == pytest.approx(4.65, rel=2e-3)


def test_landfill_reads_lower_than_recycling_in_2022_and_is_never_recommended(tmp_path):
    """The trap DESNZ warns of: 8.88 against 21.28 kg per tonne."""
    result = run(tmp_path, "M,monitor,1,5,GBR,2015-01-01,,in_stock\n", "2022")
    assert SHEET[2022][1] < SHEET[2022][0]
    assert {a["action"] for a in result.recommend()}.isdisjoint({"landfill"})
