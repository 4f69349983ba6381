"""Importers: a publisher's file becomes a new, checked factor set; a wrong file is refused and leaves nothing behind.

Figures of the UK workbook: DESNZ, UK Government GHG Conversion Factors for Company Reporting 2025, flat file, sheet
"Factors by Category" (Open Government Licence v3.0). The 2027 edition is not published: where a test needs one, it is
the 2025 figures below a heading of 2027. Files are built here, in the layout of the publisher.
"""

import csv
import json
import shutil
import zipfile
from datetime import date

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import greendigital as gd
from greendigital.errors import FactorError, InputError, UsageError
from greendigital.factorset import FactorLibrary, check_set, load_library
from greendigital.factorset.imports import IMPORTERS, kind_of, read_publication, write_set
from greendigital.factorset.imports.from_uk_flat_file import FlatFile, FlatRow
from greendigital.factorset.imports.uk_editions import Editions
from greendigital.factorset.imports.uk_subjects import activity_of, plain, route_of, thing_of
from greendigital.factorset.tables import read_package

TODAY = date(2026, 11, 25)
SHEET = "Factors by Category"
HEADER = ["ID", "Scope", "Level 1", "Level 2", "Level 3", "Level 4", "Column Text", "UOM", "GHG/Unit"]
FACTOR = "GHG Conversion Factor 2027"
TITLE_ROWS = 5  # The header stands in row 6, the first figure in row 7.
LINES_2025 = """\
2|UK electricity|Electricity generated|Electricity: UK|kWh||kWh|kg CO2e|0.177
2|UK electricity|Electricity generated|Electricity: UK|kWh||kWh|kg CO2e of CO2 per unit|0.17489
2|UK electricity|Electricity generated|Electricity: UK|kWh||kWh|kg CO2e of CH4 per unit|0.00088
2|UK electricity|Electricity generated|Electricity: UK|kWh||kWh|kg CO2e of N2O per unit|0.00123
3|Transmission and distribution|T&D- UK electricity|Electricity: UK|kWh||kWh|kg CO2e|0.01853
3|WTT- UK electricity|WTT- UK electricity (generation)|Electricity: UK|kWh||kWh|kg CO2e|0.0459
3|WTT- UK electricity|WTT- UK electricity (T&D)|Electricity: UK|kWh||kWh|kg CO2e|0.00397
2|Heat and steam|Heat and steam|District heat and steam|kWh||kWh|kg CO2e|0.17529
3|WTT- heat and steam|WTT- heat and steam|District heat and steam|kWh||kWh|kg CO2e|0.03341
3|Water supply|Water supply|Water supply|||cubic metres|kg CO2e|0.1913
3|Water supply|Water supply|Water supply|||million litres|kg CO2e|191.30156
3|Water treatment|Water treatment|Water treatment|||cubic metres|kg CO2e|0.17088
3|Material use|Electrical items|Electrical items - IT||Primary material production|tonnes|kg CO2e|24865.47556
3|Waste disposal|Electrical items|WEEE - mixed||Re-use|tonnes|kg CO2e|
3|Waste disposal|Electrical items|WEEE - mixed||Open-loop|tonnes|kg CO2e|4.68568
3|Waste disposal|Electrical items|WEEE - mixed||Landfill|tonnes|kg CO2e|8.98311
3|Freighting goods|Vans|Class I (up to 1.305 tonnes)||Diesel|tonne.km|kg CO2e|0.87423
3|Freighting goods|Vans|Class I (up to 1.305 tonnes)||Diesel|km|kg CO2e|0.15738
3|Freighting goods|Rail|Freight train|||tonne.km|kg CO2e|0.02779
3|WTT- delivery vehs & freight|WTT- rail|Freight train|||tonne.km|kg CO2e|0.00691
3|Homeworking|Office Equipment||||per FTE Working Hour|kg CO2e|0.03144
3|WTT- fuels|Gaseous fuels|Butane|||kWh (Gross CV)|kg CO2e|0.02524
"""


def published(line):
    """The cells of a line as the publisher's workbook has them."""
    scope, *names, figure = line.split("|")
    return ["", f"Scope {scope}", *names, float(figure) if figure else None]


ROWS_2025 = [published(line) for line in LINES_2025.splitlines()]
ELECTRICITY_ROW = TITLE_ROWS + 2


def row_of(*words):
    """The row, as a spreadsheet numbers it, of the first line that holds the words."""
    return next(n for n, line in enumerate(ROWS_2025, ELECTRICITY_ROW) if set(words) <= set(line))


@pytest.fixture
def flat_file(tmp_path):
    """A function that builds a workbook as published, changed by the test."""

    def make(year=2027, change=None, sheet=SHEET, header=None, name=None):
        book = openpyxl.Workbook()
        book.active.title = "Introduction"
        table = book.create_sheet(sheet)
        for text in ("UK Government GHG Conversion Factors for Company Reporting", sheet, None, "Year", None):
            table.append([text])
        table.append(header or [*HEADER, f"GHG Conversion Factor {year}"])
        for line in ROWS_2025:
            table.append(line)
        if change:
            change(table)
        path = tmp_path / (name or f"flat-{year}.xlsx")
        book.save(path)
        return path

    return make


@pytest.fixture
def folder(tmp_path):
    """A folder of factor sets with something in it, which a refused import must not touch."""
    there = tmp_path / "sets"
    there.mkdir()
    (there / "README.txt").write_text("sets of our own\n", encoding="utf-8")
    return there


def listing(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))


def refusal(path, folder, kind=None, **options):
    """The one problem for which a file is refused; nothing may be written."""
    before = listing(folder)
    with pytest.raises(InputError) as refused:
        write_set(read_publication(path, kind, today=TODAY, **options), folder)
    assert listing(folder) == before
    assert len(refused.value.problems) == 1, str(refused.value)
    problem = refused.value.problems[0]
    assert problem.file == path.name
    return problem


def by_id(draft):
    return {row.get("factor_id") or row["pcf_id"]: row for row in draft.rows}


def write_csv(path, text):
    path.write_text(text, encoding="utf-8")
    return path


# The UK government's flat file


def test_next_years_flat_file_becomes_a_set_that_passes_the_check_and_gives_that_years_factor(flat_file, folder):
    path = write_set(read_publication(flat_file(), today=TODAY), folder)
    assert path.name == "uk-conversion-factors-2027"
    assert check_set(path) == []
    factor, stands_in = load_library([folder]).at("electricity_generation", "GBR", 2027)
    assert (factor.factor_id, factor.value, stands_in) == ("desnz-2027-electricity-generation", 0.177, False)
    assert factor.edition == "2027"


def test_a_report_of_2027_uses_the_imported_edition(flat_file, folder, tmp_path):
    write_set(read_publication(flat_file(), today=TODAY), folder)
    assets = write_csv(tmp_path / "assets.csv", "category,country,location_type,annual_kwh\nlaptop,GBR,office,1000\n")
    kept = gd.estimate(gd.read_inventory(assets), period="2027", library=load_library([folder]))
    assert kept.summary["totals"]["inventory"]["by_scope"]["2"]["central"] == pytest.approx(1000 * 0.177)


def test_attributes_and_ids_are_carried_on_from_the_edition_before(flat_file):
    rows = by_id(read_publication(flat_file(), today=TODAY))
    losses = rows["desnz-2027-electricity-td-losses"]
    assert (losses["basis"], losses["scope"], losses["width_kind"]) == ("losses", "3.3", "electricity_losses")
    landfill = rows["desnz-2027-waste-weee-mixed-landfill"]
    assert (landfill["detail"], landfill["route"], landfill["value"]) == ("WEEE - mixed", "landfill", "8.98311")
    assert landfill["error_group"] == "desnz:waste"
    assert landfill["unit"] == "kg_co2e/t"


def test_units_of_one_thing_stay_apart(flat_file):
    draft = read_publication(flat_file(), today=TODAY)
    vans = {r["unit"]: r["value"] for r in draft.rows if r["activity"] == "freight" and "Vans" in r["source_locator"]}
    assert vans == {"kg_co2e/t*km": "0.87423", "kg_co2e/km": "0.15738"}


def test_the_gas_parts_stand_beside_the_total(flat_file):
    row = by_id(read_publication(flat_file(), today=TODAY))["desnz-2027-electricity-generation"]
    assert (row["kgco2"], row["kgch4_co2e"], row["kgn2o_co2e"]) == ("0.17489", "0.00088", "0.00123")
    assert float(row["kgco2"]) + float(row["kgch4_co2e"]) + float(row["kgn2o_co2e"]) == pytest.approx(0.177, abs=2e-5)


def test_gas_parts_that_do_not_make_the_total_are_told(flat_file):
    draft = read_publication(flat_file(change=lambda t: t.cell(ELECTRICITY_ROW, 10, 0.18)), today=TODAY)
    (problem,) = draft.problems
    assert (problem.severity, problem.code, problem.row) == ("warning", "parts_and_total", ELECTRICITY_ROW)
    assert problem.message == "The gas parts make 0.177, the total is 0.18; they are left out."
    assert "kgco2" not in by_id(draft)["desnz-2027-electricity-generation"]


@pytest.mark.parametrize(("year", "data_year"), [(2025, "2023"), (2026, "2025"), (2027, "2026")])
def test_electricity_lags_two_years_until_2025_and_one_since(flat_file, year, data_year):
    draft = read_publication(flat_file(year), library=FactorLibrary({}), today=TODAY)
    (row,) = [r for r in draft.rows if r["activity"] == "electricity_generation"]
    assert (row["data_year"], row["valid_from"], row["valid_to"]) == (data_year, f"{year}-01-01", f"{year}-12-31")


def test_other_subjects_and_empty_cells_are_counted_not_taken(flat_file):
    draft = read_publication(flat_file(), today=TODAY)
    assert "1 row of other subjects: WTT- fuels (1)." in draft.left_out
    assert "1 cell without a figure: not published." in draft.left_out
    assert not [r for r in draft.rows if r["route"] == "reuse"]


def test_the_set_tells_where_it_came_from(flat_file, folder):
    source = flat_file()
    package = json.loads((write_set(read_publication(source, today=TODAY), folder) / "datapackage.json").read_text())
    assert package["import"]["file"] == "flat-2027.xlsx"
    assert package["import"]["date"] == "2026-11-25"
    assert package["import"]["importer"] == "uk-flat-file"
    assert len(package["import"]["sha256"]) == 64
    assert package["licenses"][0]["name"] == "OGL-UK-3.0"
    numeric = [f for f in package["resources"][0]["schema"]["fields"] if f["type"] in ("number", "integer")]
    assert all(f["unit"] for f in numeric)


def test_a_file_imported_already_holds_nothing_new(flat_file, folder):
    write_set(read_publication(flat_file(), today=TODAY), folder)
    library = load_library([folder])
    again = read_publication(flat_file(), name="again", library=library, today=TODAY)
    assert again.rows == ()
    with pytest.raises(InputError, match="There is nothing new in the file"):
        write_set(again, folder)
    assert not (folder / "again").exists()


def test_a_set_of_the_same_name_is_not_taken_over_by_a_further_import(flat_file, folder):
    write_set(read_publication(flat_file(), today=TODAY), folder)
    path = flat_file(change=lambda t: t.append(published("3|Freighting goods|Rail|Tram|||tonne.km|kg CO2e|1")))
    with pytest.raises(UsageError, match='There is a factor set "uk-conversion-factors-2027" already'):
        read_publication(path, library=load_library([folder]), today=TODAY)
    more = read_publication(path, name="uk-2027-more", library=load_library([folder]), today=TODAY)
    assert list(by_id(more)) == ["desnz-2027-freight-rail-tram-per-t-km"]


def change_electricity(table):
    table.cell(ELECTRICITY_ROW, 10, 0.178)


def test_another_value_of_a_past_year_is_left_out_and_told(flat_file):
    draft = read_publication(flat_file(2025, change_electricity), today=TODAY)
    assert "desnz-2025-electricity-generation" not in by_id(draft)
    assert draft.revisions == (
        f"Row {ELECTRICITY_ROW}: desnz-2025-electricity-generation is 0.177 in the library, 0.178 in the file (value).",
    )


def test_a_revision_asked_for_has_an_id_of_its_own_and_names_what_it_supersedes(flat_file, folder):
    draft = read_publication(flat_file(2025, change_electricity), revisions=True, today=TODAY)
    row = by_id(draft)["desnz-2025-electricity-generation-r20261125"]
    assert (row["value"], row["supersedes"]) == ("0.178", "desnz-2025-electricity-generation")
    write_set(draft, folder)
    library = load_library([folder])
    assert library.published("desnz-2025-electricity-generation").value == 0.177
    assert library.factor("desnz-2025-electricity-generation").value == 0.178
    factor, _ = library.at("electricity_generation", "GBR", 2025)
    assert (factor.factor_id, library.is_override(factor)) == ("desnz-2025-electricity-generation-r20261125", True)


def test_a_later_edition_leaves_the_factors_of_past_years_as_they_were(flat_file, folder):
    before = {year: load_library().at("electricity_generation", "GBR", year) for year in range(2014, 2027)}
    write_set(read_publication(flat_file(), today=TODAY), folder)
    after = load_library([folder])
    assert {year: after.at("electricity_generation", "GBR", year) for year in range(2014, 2027)} == before


LANDFILL_ROW = row_of("Landfill")
SUPPLY_ROW = row_of("Water supply", "cubic metres")


def set_cell(row, column, value, number_format=None):
    def change(table):
        cell = table.cell(row, column, value)
        if number_format:
            cell.number_format = number_format

    return change


def add_twin(table):
    table.append(ROWS_2025[0])


def cut_below_electricity(table):
    table.delete_rows(LANDFILL_ROW - 2, 100)


NUMBER = "Write a plain decimal number, or leave the cell empty."
WRONG_WORKBOOKS = {
    "text": (set_cell(LANDFILL_ROW, 10, "n/a"), LANDFILL_ROW, FACTOR, f'"n/a" is not a plain number. {NUMBER}'),
    "percent as text": (set_cell(LANDFILL_ROW, 10, "5%"), LANDFILL_ROW, FACTOR, '"5%" is not a plain number.'),
    "percent as format": (
        set_cell(LANDFILL_ROW, 10, 0.05, "0.00%"),
        LANDFILL_ROW,
        FACTOR,
        f'"5%" is a percentage where a factor belongs. {NUMBER}',
    ),
    "negative": (set_cell(LANDFILL_ROW, 10, -8.98311), LANDFILL_ROW, FACTOR, '"-8.98311" is negative.'),
    "infinite": (set_cell(LANDFILL_ROW, 10, "inf"), LANDFILL_ROW, FACTOR, '"inf" is not a plain number.'),
    "too large": (set_cell(LANDFILL_ROW, 10, "1e999"), LANDFILL_ROW, FACTOR, '"1e999" is not a plain number.'),
    "formula": (
        set_cell(LANDFILL_ROW, 10, "=2*4.49"),
        LANDFILL_ROW,
        FACTOR,
        '"=2*4.49" is a formula without a stored value. Open the file in a spreadsheet program and save it',
    ),
    "changed unit": (
        set_cell(LANDFILL_ROW, 8, "kg"),
        LANDFILL_ROW,
        "UOM",
        '"kg" is not the unit of earlier editions (kg_co2e/t) for Electrical items | WEEE - mixed | Landfill. '
        "Check the row against the publisher's file",
    ),
    "unit of the gas": (
        set_cell(LANDFILL_ROW, 9, "g CO2e"),
        LANDFILL_ROW,
        "GHG/Unit",
        '"g CO2e" is not known. Known are kg CO2e',
    ),
    "row twice": (
        add_twin,
        ELECTRICITY_ROW + len(ROWS_2025),
        "Level 1",
        '"UK electricity | Electricity generated | Electricity: UK | kWh | kWh | kg CO2e" stands in row 7 already. '
        "Take out one of the two rows.",
    ),
    "cut short": (cut_below_electricity, None, None, "which every edition since 2016 has. The file was cut short"),
}


@pytest.mark.parametrize("case", WRONG_WORKBOOKS)
def test_a_wrong_figure_in_the_workbook_is_refused_by_row_and_column(case, flat_file, folder):
    change, row, column, said = WRONG_WORKBOOKS[case]
    problem = refusal(flat_file(change=change), folder)
    assert (problem.row, problem.column) == (row, column)
    assert said in f"{problem.message} {problem.remedy}"


def test_a_workbook_cut_short_names_what_is_missing(flat_file, folder):
    problem = refusal(flat_file(change=lambda t: t.delete_rows(ELECTRICITY_ROW, 4)), folder)
    assert problem.message.startswith("There is no figure for electricity_generation, which every edition since 2016")


def test_a_unit_that_nobody_knows_is_refused_for_a_new_thing_too(flat_file, folder):
    def add(table):
        table.append(["", "Scope 3", "Freighting goods", "Drone", "Small", "", "", "furlongs", "kg CO2e", 1])

    problem = refusal(flat_file(change=add), folder)
    assert problem.message == '"furlongs" is not a known unit.'
    assert "tonne.km" in problem.remedy


def test_all_wrong_cells_of_a_workbook_are_told_together(flat_file, folder):
    def change(table):
        table.cell(LANDFILL_ROW, 10, "n/a")
        table.cell(SUPPLY_ROW, 10, -1)

    with pytest.raises(InputError) as refused:
        read_publication(flat_file(change=change), today=TODAY)
    assert [p.row for p in refused.value.problems] == [SUPPLY_ROW, LANDFILL_ROW]


def test_a_renamed_sheet_is_refused_naming_the_sheets_found(flat_file, folder):
    problem = refusal(flat_file(sheet="Factors"), folder, "uk-flat-file")
    assert problem.message == 'There is no sheet "Factors by Category"; the sheets are Introduction, Factors.'
    assert problem.remedy == "Take the flat file as published, and do not rename its sheets."


HEADERS = {
    "no header": (["A", "B"], None, 'has no header row with "Level 1" and "UOM" in its first 40 rows.'),
    "no column text": ([*HEADER[:6], *HEADER[7:], FACTOR], "Column Text", 'The column "Column Text" is missing'),
    "no year": ([*HEADER, "GHG Conversion Factor"], None, 'No year is named in "GHG Conversion Factor".'),
    "no factor": (
        [*HEADER, "Factor"],
        None,
        'There is no column "GHG Conversion Factor <year>"; the header has ID, Scope',
    ),
    "two years": ([*HEADER, "GHG Conversion Factor 2026", FACTOR], None, "more than one factor column"),
}


@pytest.mark.parametrize("case", HEADERS)
def test_a_header_that_is_not_the_published_one_is_refused(case, flat_file, folder):
    header, column, said = HEADERS[case]
    problem = refusal(flat_file(header=header), folder)
    assert problem.column == column
    assert said in problem.message


def test_a_truncated_workbook_is_refused(flat_file, folder):
    path = flat_file()
    path.write_bytes(path.read_bytes()[:-2000])
    assert "was cut short" in refusal(path, folder, "uk-flat-file").message


def test_a_workbook_without_its_parts_is_refused(flat_file, folder, tmp_path):
    path = tmp_path / "parts.xlsx"
    with zipfile.ZipFile(flat_file()) as whole, zipfile.ZipFile(path, "w") as parts:
        for name in whole.namelist():
            if name != "xl/workbook.xml":
                parts.writestr(name, whole.read(name))
    assert "not a whole workbook" in refusal(path, folder, "uk-flat-file").message


def test_a_text_file_called_a_workbook_is_refused(folder, tmp_path):
    path = write_csv(tmp_path / "flat.xlsx", "not a workbook")
    assert "not a whole workbook" in refusal(path, folder, "uk-flat-file").message


def test_an_edition_is_never_overwritten(flat_file, folder):
    draft = read_publication(flat_file(), today=TODAY)
    written = write_set(draft, folder)
    before = {p: p.read_bytes() for p in written.iterdir()}
    with pytest.raises(FactorError, match="an edition is never overwritten"):
        write_set(draft, folder)
    assert {p: p.read_bytes() for p in written.iterdir()} == before


def test_the_name_of_a_set_that_is_there_is_refused(flat_file):
    with pytest.raises(UsageError, match='There is a factor set "uk-conversion-factors" already'):
        read_publication(flat_file(), name="uk-conversion-factors", today=TODAY)


def test_a_set_that_fails_the_check_leaves_nothing_behind_not_even_the_folder(tmp_path):
    path = write_csv(tmp_path / "own.csv", OWN_FACTORS.replace(",0.2,0.3", ",0.26,0.3"))
    draft = read_publication(path, name="own", source="Meter study", reason="measured", today=TODAY)
    before = listing(tmp_path)
    with pytest.raises(InputError) as refused:
        write_set(draft, tmp_path / "new" / "sets")
    assert listing(tmp_path) == before
    assert str(refused.value) == (
        'own.csv, row 3, value: "0.25" lies outside "0.26" to "0.3". Let low <= value <= high.'
    )


NAMES = st.text(st.sampled_from("aB1 (>%-)/&"), min_size=1, max_size=8).filter(lambda s: plain(s).strip("- "))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=8, unique_by=lambda p: thing_of("freight", p, "")))
def test_ids_are_unique_and_do_not_depend_on_the_order_of_the_rows(names):
    def ids(ordered):
        rows = [
            FlatRow(number, thing_of("freight", pair, ""), (*pair, ""), "", "km", {"value": "1"})
            for number, pair in enumerate(ordered)
        ]
        drafted = Editions([]).rows_for(FlatFile(2027, rows, {}, 0))
        return {row["source_locator"]: row["factor_id"] for _, row in drafted}

    forward, backward = ids(names), ids(names[::-1])
    assert forward == backward
    assert len(set(forward.values())) == len(names)


def test_names_of_editions_that_differ_in_case_and_dashes_are_one_thing():
    assert activity_of("WTT - UK electricity", "WTT- UK electricity (T&D)") == "electricity_wtt_td"
    first = thing_of("waste_disposal", ("Electrical items", "WEEE \u2013 mixed"), route_of("Combustion"))
    second = thing_of("waste_disposal", ("Electrical Items", "WEEE - mixed"), "incineration_with_energy_recovery")
    assert first == second


# Carbon intensity by country

# Our World in Data, Carbon intensity of electricity generation, 2024 (CC BY 4.0).
OWID = "Entity,Code,Year,{heading}\nAustria,AUT,2024,103.48\nKosovo,OWID_KOS,2024,958.72\nWorld,OWID_WRL,2025,\n"
EMBER_LONG = (
    "Area,ISO 3 code,Year,Area type,Continent,Ember region,EU,OECD,G20,G7,ASEAN,Category,Subcategory,Variable,Unit,"
    "Value,YoY absolute change,YoY % change\n"
    "Germany,DEU,2024,Country or economy,Europe,Europe,1.0,1.0,1.0,1.0,0.0,"
    "Electricity generation,Fuel,Coal,TWh,99.5,,\n"
    "Germany,DEU,2024,Country or economy,Europe,Europe,1.0,1.0,1.0,1.0,0.0,"
    "Power sector emissions,CO2 intensity,CO2 intensity,gCO2/kWh,336.38,,\n"
)
# Ember, Yearly Electricity Data, release_generation_yearly_global.csv of August 2026 (CC BY 4.0): World, 2025.
EMBER_WIDE = (
    "Area,ISO 3 code,Year,Area type,Electricity source,Is aggregated source,Generation (TWh),"
    "Emissions intensity (gCO2e/kWh),Continent\n"
    "World,,2025,Region,Coal,False,,,\nWorld,,2025,Region,Total generation,True,,458.54,\n"
)


@pytest.mark.parametrize(
    "heading",
    [
        "Carbon intensity of electricity - gCO2/kWh",
        "Carbon intensity of electricity per kWh",
        "co2_intensity__gco2_kwh",
    ],
)
def test_our_world_in_data_is_read_under_each_of_its_headings(heading, tmp_path):
    path = write_csv(tmp_path / "owid.csv", OWID.format(heading=heading))
    draft = read_publication(path, library=FactorLibrary({}), today=TODAY)
    assert {i: (r["region"], r["value"], r["unit"], r["basis"]) for i, r in by_id(draft).items()} == {
        "ember-aut-2024": ("AUT", "103.48", "g_co2e/kwh", "life_cycle"),
        "ember-xkx-2024": ("XKX", "958.72", "g_co2e/kwh", "life_cycle"),
    }
    assert draft.left_out == ("1 row without a figure: not published.",)
    assert draft.name == "grid-intensity-by-country-2024"


def test_a_further_column_and_the_original_year_do_not_disturb(tmp_path):
    heading = f"{CARBON},{CARBON} (Original Year),World region according to OWID"
    text = f"Entity,Code,Year,{heading}\nAustria,AUT,2024,103.48,2024,Europe\n"
    draft = read_publication(write_csv(tmp_path / "owid.csv", text), library=FactorLibrary({}), today=TODAY)
    assert [r["value"] for r in draft.rows] == ["103.48"]


def test_embers_long_table_gives_only_its_carbon_intensity(tmp_path):
    draft = read_publication(write_csv(tmp_path / "ember.csv", EMBER_LONG), library=FactorLibrary({}), today=TODAY)
    (row,) = draft.rows
    assert (row["factor_id"], row["value"], row["source_id"]) == ("ember-deu-2024", "336.38", "ember-yearly")
    assert draft.row_numbers == (3,)


def test_embers_table_of_2026_is_imported_and_found(tmp_path, folder):
    draft = read_publication(write_csv(tmp_path / "ember.csv", EMBER_WIDE), today=TODAY)
    path = write_set(draft, folder)
    assert check_set(path) == []
    factor, stands_in = load_library([folder]).at("electricity_life_cycle", "agg:world", 2025)
    assert factor.value == pytest.approx(458.54 / 1000)
    assert not stands_in


def test_a_country_year_that_the_library_holds_is_left_out_or_told_as_a_revision(tmp_path):
    # 237.589 is the United Kingdom's 2023 in an earlier vintage of the same table (as carried by codecarbon).
    heading = "Carbon intensity of electricity per kWh"
    text = f"Entity,Code,Year,{heading}\nUnited Kingdom,GBR,2022,250.768\nUnited Kingdom,GBR,2023,237.589\n"
    path = write_csv(tmp_path / "owid.csv", text)
    draft = read_publication(path, today=TODAY)
    assert draft.rows == ()
    assert draft.left_out[0] == "1 row left out: the library holds the same value."
    assert draft.revisions == ("Row 3: ember-gbr-2023 is 228.246 in the library, 237.589 in the file (value).",)
    revised = read_publication(path, revisions=True, today=TODAY)
    assert [(r["factor_id"], r["supersedes"]) for r in revised.rows] == [("ember-gbr-2023-r20261125", "ember-gbr-2023")]


CARBON = "Carbon intensity of electricity per kWh"
WRONG_TABLES = {
    "text": (f"Entity,Code,Year,{CARBON}\nAustria,AUT,2024,low\n", 2, CARBON, '"low" is not a plain number.'),
    "negative": (f"Entity,Code,Year,{CARBON}\nAustria,AUT,2024,-1\n", 2, CARBON, '"-1" is negative.'),
    "infinite": (f"Entity,Code,Year,{CARBON}\nAustria,AUT,2024,inf\n", 2, CARBON, '"inf" is not a plain number.'),
    "year": (f"Entity,Code,Year,{CARBON}\nAustria,AUT,24,103\n", 2, "Year", '"24" is not a year. Write it as 2027.'),
    "twice": (
        f"Entity,Code,Year,{CARBON}\nAustria,AUT,2024,103\nAustria,AUT,2024,104\n",
        3,
        "Entity",
        '"Austria, 2024" stands in row 2 already.',
    ),
    "cut short": (f"Entity,Code,Year,{CARBON}\nAustria,AUT,2024,103\nBelg", 3, None, "The file was cut short."),
    "unit of a row": (
        EMBER_LONG.replace("gCO2/kWh,336.38", "kgCO2/MWh,336.38"),
        3,
        "Unit",
        '"kgCO2/MWh" is not the unit of earlier editions (gCO2/kWh).',
    ),
    "unit of the heading": (
        EMBER_WIDE.replace("(gCO2e/kWh)", "(tCO2e/GWh)"),
        1,
        "Emissions intensity (tCO2e/GWh)",
        '"tco2e/gwh" is not the unit of earlier editions (gCO2/kWh).',
    ),
    "no figure at all": (f"Entity,Code,Year,{CARBON}\nAustria,AUT,2024,\n", None, None, "There is no figure"),
    "header only": (f"Entity,Code,Year,{CARBON}\n", 1, None, "There are no rows below the header."),
    "empty": ("", None, None, "The file is empty."),
}


@pytest.mark.parametrize("case", WRONG_TABLES)
def test_a_wrong_country_table_is_refused(case, tmp_path, folder):
    text, row, column, said = WRONG_TABLES[case]
    problem = refusal(write_csv(tmp_path / "table.csv", text), folder, "country-table")
    assert (problem.row, problem.column) == (row, column)
    assert said in f"{problem.message} {problem.remedy}"


# Boavizta's products

# Rows of Boavizta, environmental-footprint-data, boavizta-data-us.csv, commit 61323eb of 2023-02-23 (ODbL 1.0).
BOAVIZTA_COLUMNS = (
    "manufacturer,name,category,subcategory,gwp_total,gwp_use_ratio,yearly_tec,lifetime,use_location,report_date,"
    "sources,gwp_error_ratio,gwp_manufacturing_ratio,weight,screen_size,server_type,hard_drive,memory,"
    "gwp_transport_ratio,gwp_eol_ratio"
)
DELL = "https://i.dell.com/sites/csdocuments/CorpComm_Docs/en/carbon-footprint"
BOAVIZTA = {
    "Apple": "Apple,14-inch MacBook Pro with 64GB,Workplace,Laptop,243.0,0.2,,3.5,WW,January 17 2023,"
    "https://www.apple.com/environment/pdf/products/notebooks/14-inch_MacBook_Pro_PER_Jan2023.pdf,,0.79,,14.0,,"
    "64GB SSD,,0.01,0.01",
    "R640": f"Dell,PowerEdge R640,Datacenter,Server,7730,0.8300,1760.3,4,EU,January 2019,{DELL}-poweredge-r640.pdf,"
    "1.0220,0.1660,26.3,,Rack,x4 300GB 2.5in HDD,32,,",
    "Chromecast": "Google,Chromecast with Google TV (HD),Home,Multimedia,305.0,0.6,9.0,4,,September 2022,"
    "https://www.gstatic.com/gumdrop/sustainability/chromecast-google-tv-hd-product-environmental-report.pdf,,0.37,"
    ",,,,,0.02,0.01",
    "Lexmark": "Lexmark,B3340dw,Workplace,Printer,8230,0.9891,23.4,5,US,2020,"
    "https://csr.lexmark.com/env-epd_19_363767456.pdf,,,,,Laser,42ppm,,,",
    "Ultra": "Dell,OptiPlex 7070 Ultra,Workplace,Desktop,196.0,0.18,16.74,4.0,EU,July 2019,"
    "https://www.delltechnologies.com/asset/en-us/products/desktops-and-all-in-ones/technical-support/"
    "optiplex-7070-ultra.pdf,0.265,7.76,0.6,0,,,,0.042,0.002",
}


@pytest.fixture(scope="module")
def products_without(tmp_path_factory):
    """A library that does not know the products of the rows above, but for the one with a fault."""
    shipped = load_library().sets["device-product-footprints"]
    copy = shutil.copytree(shipped.path, tmp_path_factory.mktemp("products") / shipped.name)
    new = ("MacBook Pro with 64GB", "R640", "Chromecast with Google TV (HD)", "B3340dw")
    path = copy / "products.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        rows = [r for r in reader if not r["model"].endswith(new)]
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, reader.fieldnames)
        writer.writeheader()
        writer.writerows(rows)
    return FactorLibrary({shipped.name: read_package(copy)})


def boavizta(path, *names, change=("", "")):
    lines = [BOAVIZTA[name].replace(*change) if change[0] else BOAVIZTA[name] for name in names]
    return write_csv(path, "\n".join([BOAVIZTA_COLUMNS, *lines, ""]))


def test_embodied_carbon_is_the_total_less_the_use_share_and_stages_need_all_four_shares(tmp_path, products_without):
    draft = read_publication(boavizta(tmp_path / "us.csv", "Apple", "R640"), library=products_without, today=TODAY)
    laptop, server = draft.rows
    assert float(laptop["embodied_kg_co2e"]) == pytest.approx(243 * (1 - 0.2))
    assert float(laptop["manufacture_kg_co2e"]) == pytest.approx(243 * 0.79)
    assert laptop["device_type"] == "laptop"
    assert (laptop["usable_embodied"], laptop["usable_energy"], laptop["report_year"]) == ("true", "false", "2023")
    assert float(server["embodied_kg_co2e"]) == pytest.approx(7730 * (1 - 0.83))
    assert "manufacture_kg_co2e" not in server
    assert (server["device_type"], server["usable_energy"]) == ("server_rack", "true")


def test_the_traps_of_the_table_are_flagged(tmp_path, products_without):
    path = boavizta(tmp_path / "us.csv", "R640", "Chromecast", "Lexmark")
    server, stick, printer = read_publication(path, library=products_without, today=TODAY).rows
    # 7730 x 0.83 / (1760.3 x 4) = 0.911 kg/kWh, above a grid; 305 x 0.6 / (9 x 4) = 5.1, of no grid.
    assert server["quality_flags"] == "server_use_implies_factor_above_grid_probably_includes_cooling"
    assert stick["quality_flags"] == "implied_grid_factor_outside_0.2_1.0"
    assert (stick["usable_embodied"], stick["usable_energy"]) == ("false", "false")
    assert printer["quality_flags"] == "use_share_includes_paper_and_toner"
    assert (printer["usable_embodied"], printer["usable_energy"]) == ("true", "true")


def test_the_french_file_gives_the_same_figures(tmp_path, products_without):
    us = boavizta(tmp_path / "us.csv", "Apple", "R640")
    french = us.read_text(encoding="utf-8").replace(",", ";").replace(".0;", ",0;")
    for point in ("0.2;", "3.5;", "0.79", "0.01", "0.8300", "1760.3", "1.0220", "0.1660", "26.3"):
        french = french.replace(point, point.replace(".", ","))
    fr = write_csv(tmp_path / "fr.csv", french)
    first = read_publication(us, library=products_without, today=TODAY)
    second = read_publication(fr, library=products_without, today=TODAY)
    assert second.rows == first.rows


def test_products_that_the_library_holds_are_left_out_and_so_is_the_share_it_has_flagged(tmp_path):
    draft = read_publication(boavizta(tmp_path / "us.csv", *BOAVIZTA), today=TODAY)
    assert draft.rows == ()
    assert draft.revisions == ()
    assert "1 row with a share above 1 that the library has flagged." in draft.left_out


def test_another_total_of_a_known_product_is_a_revision(tmp_path):
    path = boavizta(tmp_path / "us.csv", "Apple", change=("243.0", "250.0"))
    assert (
        read_publication(path, today=TODAY)
        .revisions[0]
        .endswith("is 243 in the library, 250 in the file (total_kg_co2e).")
    )
    (row,) = read_publication(path, revisions=True, today=TODAY).rows
    assert row["pcf_id"] == f"{row['supersedes']}-r20261125"


def test_imported_products_pass_the_check_and_carry_share_alike(tmp_path, products_without, folder):
    draft = read_publication(boavizta(tmp_path / "us.csv", "Apple"), library=products_without, today=TODAY)
    path = write_set(draft, folder)
    assert check_set(path) == []
    library = load_library([folder])
    assert library.sets[path.name].share_alike
    (row,) = library.table(path.name, "products")
    assert (row["model"], row["embodied_kg_co2e"]) == ("14-inch MacBook Pro with 64GB", pytest.approx(194.4))
    assert row["usable_embodied"] is True


WRONG_PRODUCTS = {
    "percent": (("0.8300", "83"), "gwp_use_ratio", '"83" is not a share. Write a share from 0 to 1: 0.15, not 15.'),
    "percent sign": (("0.8300", "83%"), "gwp_use_ratio", '"83%" is not a plain number. Write a share from 0 to 1'),
    "text": (("7730", "about 8 t"), "gwp_total", '"about 8 t" is not a plain number.'),
    "negative": (("1760.3", "-1760.3"), "yearly_tec", '"-1760.3" is negative.'),
}


@pytest.mark.parametrize("case", WRONG_PRODUCTS)
def test_a_wrong_product_row_is_refused(case, tmp_path, folder, products_without):
    change, column, said = WRONG_PRODUCTS[case]
    path = boavizta(tmp_path / "us.csv", "Apple", "R640", change=change)
    problem = refusal(path, folder, library=products_without)
    assert (problem.row, problem.column) == (3, column)
    assert said in f"{problem.message} {problem.remedy}"


def test_a_product_table_without_a_column_is_refused(tmp_path, folder):
    path = write_csv(tmp_path / "us.csv", "name,gwp_total,gwp_use_ratio\nx,1,0.2\n")
    assert refusal(path, folder).message == 'The column "manufacturer" is missing.'


# ENERGY STAR

# US EPA, ENERGY STAR certified computers, version 5 list, as kept in AMEE's dataset; ids and dates are made up.
COMPUTERS = (
    "ENERGY STAR Unique ID,Brand Name,Model Name,Model Number,Type,TEC Requirement (kWh),TEC of Model (kWh),"
    "Date Certified\n"
    "1001,HP,Compaq dc5800 Microtower PC,dc5800 MT,Desktop,234,185.2,01/02/2009\n"
    "1002,HP,Compaq dc5800 Microtower PC,dc5800 MT,Desktop,234,186.2,01/02/2009\n"
    "1003,HP,Compaq dc5800 Microtower PC,dc5800 MT,Desktop,250,200.2,01/02/2009\n"
    "1004,HP,Counter,c1,Point of Sale,250,150,01/02/2009\n"
)
API_NAMES = "pd_id,brand_name,model_name,model_number,type,tec_requirement_kwh,tec_of_model_kwh,date_certified"


@pytest.mark.parametrize("header", [COMPUTERS.split("\n")[0], API_NAMES])
def test_configurations_of_a_certified_model_stay_rows_of_their_own(header, tmp_path):
    path = write_csv(tmp_path / "computers.csv", "\n".join([header, *COMPUTERS.split("\n")[1:]]))
    draft = read_publication(path, today=TODAY)
    assert [(r["pcf_id"], r["annual_use_kwh"]) for r in draft.rows] == [
        ("energystar-1001", "185.2"),
        ("energystar-1002", "186.2"),
        ("energystar-1003", "200.2"),
    ]
    assert {(r["device_type"], r["usable_energy"], r["usable_embodied"]) for r in draft.rows} == {
        ("desktop", "true", "false")
    }
    assert draft.left_out == ('1 row of type "Point of Sale".',)


def test_the_figure_of_a_display_at_230_volts_is_taken(tmp_path):
    text = (
        "Brand Name,Model Name,Product Type,Annual Energy Consumption at 115V (kWh),"
        "Annual Energy Consumption at 230V (kWh),Maximum Annual Energy Consumption (kWh)\nExample,M1,Monitor,20,21,60\n"
    )
    draft = read_publication(write_csv(tmp_path / "displays.csv", text), today=TODAY)
    assert [(r["device_type"], r["annual_use_kwh"]) for r in draft.rows] == [("monitor", "21")]


def test_certified_products_become_a_set_that_passes_the_check(tmp_path, folder):
    path = write_set(read_publication(write_csv(tmp_path / "c.csv", COMPUTERS), today=TODAY), folder)
    assert path.name == "energy-star-2026-11-25"
    assert check_set(path) == []
    assert len(load_library([folder]).table(path.name, "products")) == 3


WRONG_EXPORTS = {
    "no energy": (COMPUTERS.replace("TEC of Model (kWh)", "Off Mode (W)"), 1, None, "No column holds yearly energy"),
    "text": (COMPUTERS.replace("186.2", "N/A"), 3, "TEC of Model (kWh)", '"N/A" is not a plain number.'),
    "negative": (COMPUTERS.replace("186.2", "-186.2"), 3, "TEC of Model (kWh)", '"-186.2" is negative.'),
    "twice": (COMPUTERS.replace("1002,", "1001,"), 3, None, "stands in row 2 already, in the same configuration."),
}


@pytest.mark.parametrize("case", WRONG_EXPORTS)
def test_a_wrong_export_is_refused(case, tmp_path, folder):
    text, row, column, said = WRONG_EXPORTS[case]
    problem = refusal(write_csv(tmp_path / "c.csv", text), folder)
    assert (problem.row, problem.column) == (row, column)
    assert said in problem.message


# Tables of the user's own

OWN_FACTORS = (
    "activity,region,year,value,low,high,unit,detail\n"
    "electricity_life_cycle,GBR,2027,0.2,0.18,0.22,kg_co2e/kwh,campus\n"
    "electricity_life_cycle,FRA,2027,0.25,0.2,0.3,kg_co2e/kwh,campus\n"
)
OWN = {"name": "own", "source": "Campus meter study 2027", "reason": "measured on site", "library": None}


def own_factors(tmp_path, text=OWN_FACTORS, **options):
    return read_publication(write_csv(tmp_path / "own.csv", text), **{**OWN, **options}, today=TODAY)


def test_a_users_factors_are_found_with_their_source_and_reason(tmp_path, folder):
    path = write_set(own_factors(tmp_path), folder)
    assert check_set(path) == []
    library = load_library([folder])
    factor = library.factor("own-electricity-life-cycle-gbr-campus-2027")
    assert (factor.value, factor.low, factor.high, factor.interval) == (0.2, 0.18, 0.22, "p5_p95")
    assert (factor.note, factor.basis) == ("measured on site", "life_cycle")
    assert library.cite(factor).startswith("Campus meter study 2027")


def test_a_workbook_of_the_users_reads_like_a_csv(tmp_path):
    book = openpyxl.Workbook()
    for line in csv.reader(OWN_FACTORS.splitlines()):
        book.active.append([float(c) if c.replace(".", "").isdigit() else c for c in line])
    book.save(tmp_path / "own.xlsx")
    from_book = read_publication(tmp_path / "own.xlsx", **OWN, today=TODAY)
    assert from_book.rows == own_factors(tmp_path).rows


def test_a_factor_that_the_library_holds_needs_supersedes_or_revisions(tmp_path):
    text = "activity,region,year,value,unit,detail\nelectricity_generation,GBR,2025,150,g_co2e/kwh,UK electricity\n"
    told = own_factors(tmp_path, with_group(text))
    assert told.rows == ()
    assert "desnz-2025-electricity-generation is 0.177 in the library, 0.15 in the file" in told.revisions[0]
    (row,) = own_factors(tmp_path, with_group(text), revisions=True).rows
    assert (row["value"], row["unit"], row["supersedes"]) == ("150", "g_co2e/kwh", "desnz-2025-electricity-generation")
    lines = text.splitlines()
    explicit = f"{lines[0]},supersedes\n{lines[1]},desnz-2025-electricity-generation\n"
    assert [r["factor_id"] for r in own_factors(tmp_path, explicit).rows] == [
        "own-electricity-generation-gbr-uk-electricity-2025"
    ]


def with_group(text):
    """The table with the group of the shipped factor, where the shipped set has one."""
    shipped = load_library().factor("desnz-2025-electricity-generation")
    group = shipped.extra.get("group", "")
    head, row = text.splitlines()
    return f"{head},group\n{row},{group}\n" if group else text


OWN_DEVICES = (
    "manufacturer,model,category,manufacture_kg_co2e,transport_kg_co2e,annual_use_kwh,report_year\n"
    "Example,Slate 9,tablet,60,5,12,2026\n"
)


def test_a_users_device_figures_become_products(tmp_path, folder):
    draft = own_factors(tmp_path, OWN_DEVICES)
    path = write_set(draft, folder)
    assert check_set(path) == []
    (row,) = load_library([folder]).table("own", "products")
    assert (row["embodied_kg_co2e"], row["boundary"]) == (60 + 5, "manufacture_transport")
    assert (row["device_type"], row["usable_embodied"], row["usable_energy"]) == ("tablet", True, True)
    assert row["note"] == "measured on site"


WRONG_OWN = {
    "no source": (OWN_FACTORS.replace("FRA", "DEU"), {"source": ""}, 2, "source", "The row has no source."),
    "no reason": (OWN_FACTORS, {"reason": ""}, 2, "reason", "The row has no reason. Fill the column reason"),
    "unit": (OWN_FACTORS.replace("0.3,kg_co2e/kwh", "0.3,kg/kilowatt"), {}, 3, "unit", '"kg/kilowatt" is not a known'),
    "region": (OWN_FACTORS.replace("FRA", "France"), {}, 3, "region", '"France" is not a region. Write the country as'),
    "year": (OWN_FACTORS.replace("FRA,2027", "FRA,soon"), {}, 3, "year", '"soon" is not a year.'),
    "text": (OWN_FACTORS.replace("0.25", "low"), {}, 3, "value", '"low" is not a plain number.'),
    "no value": (OWN_FACTORS.replace("0.25", ""), {}, 3, "value", "value is empty."),
    "percent": (
        "activity,region,year,value,unit\nassumption,,2027,15,share\nassumption,GBR,2027,0.15,share\n",
        {},
        2,
        "value",
        '"15" is not a share. Write a share from 0 to 1: 0.15, not 15.',
    ),
    "twice": (OWN_FACTORS.replace("FRA", "GBR"), {}, 3, "factor_id", "stands in row 2 already."),
    "supersedes": (
        "activity,region,year,value,unit,supersedes\nelectricity_generation,GBR,2025,0.15,kg_co2e/kwh,desnz-2025-power\n",
        {},
        2,
        "supersedes",
        'There is no factor "desnz-2025-power". Nearest:',
    ),
    "column": ("activity,region,value,unit\nx,GBR,1,kg\n", {}, 1, "year", 'The column "year" is missing'),
    "no figure": (OWN_DEVICES.replace("60,5,12", ",,"), {}, 2, None, "The row has no figure."),
    "category": (OWN_DEVICES.replace("tablet", "tablett"), {}, 2, "category", '"tablett" is not a category. Write for'),
    "negative kWh": (OWN_DEVICES.replace("12", "-12"), {}, 2, "annual_use_kwh", '"-12" is negative.'),
}


@pytest.mark.parametrize("case", WRONG_OWN)
def test_a_wrong_table_of_the_users_is_refused(case, tmp_path, folder):
    text, options, row, column, said = WRONG_OWN[case]
    if not options:
        problem = refusal(write_csv(tmp_path / "own.csv", text), folder, **OWN)
    else:
        with pytest.raises(InputError) as refused:
            own_factors(tmp_path, text, **options)
        problem = refused.value.problems[0]
    assert (problem.row, problem.column) == (row, column)
    assert said in f"{problem.message} {problem.remedy}"


def test_a_table_of_ones_own_needs_a_name(tmp_path):
    with pytest.raises(UsageError, match="needs a name for its factor set"):
        own_factors(tmp_path, name=None)


# Recognition


def test_each_kind_is_recognised_by_its_sheets_and_header(tmp_path, flat_file):
    files = {
        "uk-flat-file": flat_file(),
        "country-table": write_csv(tmp_path / "1.csv", EMBER_WIDE),
        "boavizta": boavizta(tmp_path / "2.csv", "Apple"),
        "energy-star": write_csv(tmp_path / "3.csv", COMPUTERS),
        "table": write_csv(tmp_path / "4.csv", OWN_DEVICES),
    }
    assert {kind: kind_of(path) for kind, path in files.items()} == {kind: kind for kind in IMPORTERS}


def test_a_file_of_no_kind_is_refused_with_the_kinds(tmp_path, folder):
    problem = refusal(write_csv(tmp_path / "list.csv", "colour,flavour\nred,sweet\n"), folder)
    assert problem.message == "The file is of no known kind: its header is colour, flavour."
    assert all(kind in problem.remedy for kind in IMPORTERS)


def test_a_kind_that_does_not_exist_is_refused_with_the_kinds(tmp_path):
    with pytest.raises(UsageError, match="Kinds: uk-flat-file, country-table, boavizta, energy-star, table"):
        read_publication(tmp_path / "any.csv", "defra")


def test_a_file_that_is_not_there_is_refused(tmp_path, folder):
    assert refusal(tmp_path / "gone.csv", folder).message == "There is no such file."


def test_a_file_that_is_not_text_is_refused(tmp_path, folder):
    path = tmp_path / "bytes.csv"
    path.write_bytes(b"\xff\xfe\x00\x01")
    assert refusal(path, folder).message == "The file is not UTF-8 text."
