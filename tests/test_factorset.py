"""What a factor set must hold, and that each thing missing is refused by file, row and column."""

import csv
import json
import shutil

import frictionless
import polars as pl
import pytest

import greendigital as gd
from greendigital.errors import FactorError
from greendigital.factorset import FactorLibrary, check_set, factor_folders, load_library, tables
from greendigital.factorset.tables import FactorTable, read_lookup, read_package

SETS = sorted(p.parent for p in factor_folders().glob("*/datapackage.json"))
UK = "uk-conversion-factors"
OS = "operating-system-support"


@pytest.fixture
def copy(tmp_path):
    """A function that copies a shipped set to a folder where it may be broken."""

    def make(name):
        return shutil.copytree(factor_folders() / name, tmp_path / name)

    return make


def edit_rows(path, change):
    """Rewrite a CSV after ``change`` has altered its rows."""
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        rows, fields = list(reader), reader.fieldnames
    change(rows)
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, fields)
        writer.writeheader()
        writer.writerows(rows)


def edit_package(folder, change):
    """Rewrite datapackage.json after ``change`` has altered it."""
    path = folder / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    change(package)
    path.write_text(json.dumps(package), encoding="utf-8")


def set_cell(number, column, value):
    """A change that puts a value into the row that a spreadsheet shows under ``number``."""
    return lambda rows: rows[number - 2].__setitem__(column, value)


@pytest.mark.parametrize("folder", SETS, ids=lambda p: p.name)
def test_every_shipped_set_passes(folder):
    assert check_set(folder) == []


def test_there_is_a_set_for_every_kind_of_factor():
    assert {UK, OS, "grid-intensity-by-country", "device-category-defaults", "device-product-footprints"} <= {
        p.name for p in SETS
    }


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("source_id", "", "value_missing"),
        ("unit", "", "value_missing"),
        ("value", "", "value_missing"),
        ("factor_id", "", "value_missing"),
        ("source_id", "desnz-1066", "source_undeclared"),
        ("unit", "kg_co2e/furlong", "unit_unknown"),
        ("activity", "alchemy", "activity_undeclared"),
        ("interval", "one_sigma", "interval_unknown"),
        ("valid_from", "2024-02-30", "not_a_date"),
    ],
)
def test_a_wrong_cell_is_refused_by_row_and_column(copy, column, value, code):
    folder = copy(UK)
    edit_rows(folder / "factors.csv", set_cell(7, column, value))
    found = [p for p in check_set(folder) if p.code == code]
    assert [(p.severity, p.file, p.row, p.column) for p in found] == [("error", f"{UK}/factors.csv", 7, column)]
    assert found[0].remedy


@pytest.mark.parametrize("value", ["0.2O705", "nan", "inf"])
def test_a_value_that_is_no_number_is_refused(copy, value):
    folder = copy(UK)
    edit_rows(folder / "factors.csv", set_cell(7, "value", value))
    assert [(p.code, p.row, p.column) for p in check_set(folder)] == [("not_a_number", 7, "value")]


def test_a_duplicate_id_is_refused_with_the_row_it_repeats(copy):
    folder = copy(UK)
    edit_rows(folder / "factors.csv", lambda rows: rows[9].update(factor_id=rows[0]["factor_id"]))
    (problem,) = check_set(folder)
    assert (problem.code, problem.file, problem.row, problem.column) == (
        "duplicate_id",
        f"{UK}/factors.csv",
        11,
        "factor_id",
    )
    assert "row 2" in problem.message


def test_two_editions_that_overlap_are_refused(copy):
    folder = copy(UK)

    def overlap(rows):
        number = next(i for i, r in enumerate(rows) if r["factor_id"] == "desnz-2024-electricity-generation")
        rows[number].update(valid_from="2025-01-01", valid_to="2025-12-31")
        overlap.row = next(i for i, r in enumerate(rows) if r["factor_id"] == "desnz-2025-electricity-generation") + 2

    edit_rows(folder / "factors.csv", overlap)
    assert [(p.code, p.row, p.column) for p in check_set(folder)] == [("validity_overlap", overlap.row, "valid_from")]


def test_two_undated_factors_of_one_thing_are_refused(copy):
    folder = copy("device-category-defaults")

    def repeat(rows):
        rows.append({**rows[0], "factor_id": "a-second-one"})
        repeat.row = len(rows) + 1

    edit_rows(folder / "factors.csv", repeat)
    assert [(p.code, p.row) for p in check_set(folder)] == [("validity_overlap", repeat.row)]


def test_a_validity_that_ends_before_it_begins_is_refused(copy):
    folder = copy(UK)
    edit_rows(folder / "factors.csv", set_cell(7, "valid_to", "1999-12-31"))
    assert [(p.code, p.row, p.column) for p in check_set(folder)] == [("validity_reversed", 7, "valid_to")]


@pytest.mark.parametrize(("low", "high"), [("999999", ""), ("", "0"), ("999999", "9999999")])
def test_a_value_outside_its_own_range_is_refused(copy, low, high):
    folder = copy(UK)
    edit_rows(folder / "factors.csv", lambda rows: rows[5].update(low=low, high=high))
    assert [(p.code, p.row, p.column) for p in check_set(folder)] == [("order", 7, "value")]


@pytest.mark.parametrize("licences", [None, [], [{}], [{"name": ""}]])
def test_a_set_without_a_licence_is_refused(copy, licences):
    folder = copy(UK)
    edit_package(folder, lambda p: p.pop("licenses") if licences is None else p.update(licenses=licences))
    (problem,) = check_set(folder)
    assert (problem.code, problem.file, problem.column) == ("licence_missing", f"{UK}/datapackage.json", "licenses")


def test_a_folder_without_datapackage_or_sources_is_refused(copy, tmp_path):
    assert [p.code for p in check_set(tmp_path)] == ["package_incomplete"]
    folder = copy(UK)
    (folder / "sources.csv").unlink()
    assert [p.code for p in check_set(folder)] == ["package_incomplete"]


def drop_unit(package):
    """Take the unit from the first numeric field of a lookup table."""
    fields = package["resources"][0]["schema"]["fields"]
    next(f for f in fields if f["type"] in ("number", "integer")).pop("unit")


def test_a_numeric_lookup_field_without_unit_is_refused(copy):
    folder = copy("windows11-processors")
    edit_package(folder, drop_unit)
    (problem,) = check_set(folder)
    assert (problem.code, problem.file, problem.column) == (
        "unit_missing",
        "windows11-processors/datapackage.json",
        "order",
    )
    with pytest.raises(FactorError, match="order: the numeric field has no unit"):
        read_lookup(read_package(folder), "rules")


@pytest.mark.parametrize("source", ["", "hearsay"])
def test_a_lookup_row_without_a_declared_source_is_refused(copy, source):
    folder = copy(OS)
    edit_rows(folder / "os_support.csv", set_cell(4, "source_id", source))
    (problem,) = check_set(folder)
    assert (problem.code, problem.file, problem.row, problem.column) == (
        "source_undeclared",
        f"{OS}/os_support.csv",
        4,
        "source_id",
    )


def test_a_lookup_table_without_a_source_field_is_refused(copy):
    folder = copy(OS)

    def drop(package):
        fields = package["resources"][0]["schema"]["fields"]
        fields.remove(next(f for f in fields if f["name"] == "source_id"))

    edit_package(folder, drop)
    assert [(p.code, p.column) for p in check_set(folder)] == [("source_column_missing", "os_support")]


def test_a_missing_table_file_is_refused(copy):
    folder = copy(OS)
    (folder / "os_support.csv").unlink()
    assert [(p.code, p.column) for p in check_set(folder)] == [("resource_missing", "os_support")]


@pytest.mark.parametrize("column", ["source_id", "unit", "value", "factor_id", "activity"])
def test_the_loader_refuses_a_row_without_a_needed_cell(copy, column):
    folder = copy(UK)
    edit_rows(folder / "factors.csv", set_cell(7, column, ""))
    with pytest.raises(FactorError, match=f"factors.csv, row 7, {column}: it is empty"):
        FactorTable(read_package(folder), "factors").all()


def test_the_loader_refuses_a_lookup_row_without_source(copy):
    folder = copy(OS)
    edit_rows(folder / "os_support.csv", set_cell(7, "source_id", ""))
    with pytest.raises(FactorError, match=r"os_support\.csv, row 7, source_id: it is empty"):
        read_lookup(read_package(folder), "os_support")


def test_the_loader_refuses_a_cell_of_another_type(copy):
    folder = copy(OS)
    edit_rows(folder / "os_support.csv", set_cell(7, "release_date", "soon"))
    with pytest.raises(FactorError, match=r"os_support\.csv, row 7"):
        read_lookup(read_package(folder), "os_support")


def test_a_citation_names_publisher_title_and_year():
    library = load_library()
    cited = library.cite(library.factor("desnz-2024-electricity-generation"))
    assert cited.startswith("DESNZ: ")
    assert "UK Government GHG Conversion Factors for Company Reporting 2024" in cited
    assert "https://www.gov.uk/" in cited


@pytest.mark.parametrize("folder", SETS, ids=lambda p: p.name)
def test_every_source_can_be_cited(folder):
    library = load_library([folder])
    for factor in library.factors_of(folder.name):
        source = library.source(factor.set_name, factor.source_id)
        assert source.publisher
        assert source.title in library.cite(factor)
        assert source.year in library.cite(factor)


def test_a_unit_in_grams_is_brought_to_kilograms_on_load():
    """Ember through Our World in Data, carbon intensity of electricity: United Kingdom 2023, 228.246 gCO2e/kWh."""
    factor = load_library().factor("ember-gbr-2023")
    assert (factor.value, factor.unit) == (pytest.approx(228.246 / 1000), "kg_co2e/kwh")


def test_a_set_of_the_same_name_with_another_content_is_refused(copy):
    folder = copy(UK)
    load_library([folder])  # an untouched copy is the same set
    edit_rows(
        folder / "factors.csv",
        lambda rows: next(r for r in rows if r["factor_id"] == "desnz-2024-electricity-generation").update(value="0.5"),
    )
    with pytest.raises(FactorError, match='another set named "uk-conversion-factors" with other content'):
        load_library([folder])


def test_a_factor_of_the_same_id_in_a_set_of_ones_own_takes_the_place_of_the_shipped_one(copy):
    folder = copy(UK)
    edit_package(folder, lambda package: package.update(name="ours"))
    edit_rows(
        folder / "factors.csv",
        lambda rows: next(r for r in rows if r["factor_id"] == "desnz-2024-electricity-generation").update(
            value="0.5", kgco2="", kgch4_co2e="", kgn2o_co2e=""
        ),
    )
    library = load_library([folder])
    assert library.factor("desnz-2024-electricity-generation").value == 0.5
    assert (
        "in place of desnz-2024-electricity-generation, 0.20705"
        in library.at("electricity_generation", "GBR", 2024)[0].note
    )
    assert load_library().factor("desnz-2024-electricity-generation").value == 0.20705


def test_an_unknown_factor_names_the_nearest():
    with pytest.raises(FactorError, match="desnz-2024-electricity-generation"):
        load_library().factor("desnz-2024-electricity-generatoin")


def test_a_folder_without_a_set_is_refused(tmp_path):
    with pytest.raises(FactorError, match="holds no factor set"):
        load_library([tmp_path])


def test_a_year_without_an_edition_takes_the_newest_earlier_one_and_says_so():
    library = load_library()
    factor, stands_in = library.at("electricity_generation", "GBR", 2030)
    assert (factor.factor_id, stands_in) == ("desnz-2026-electricity-generation", True)
    assert library.at("electricity_generation", "GBR", 2026)[1] is False
    assert library.at("electricity_generation", "GBR", 2011) is None


def test_an_empty_library_finds_nothing():
    assert FactorLibrary({}).find("electricity_generation") == []


def test_an_assumption_can_be_replaced_by_a_set_of_another_name(tmp_path):
    folder = tmp_path / "ours"
    shutil.copytree(factor_folders() / "assumptions", folder)
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    package["name"] = "our-assumptions"
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    text = (folder / "factors.csv").read_text(encoding="utf-8")
    shipped = "assumption-not-seen-days,assumption,not seen days,90,"
    assert shipped in text
    (folder / "factors.csv").write_text(text.replace(shipped, shipped.replace("90", "30")), encoding="utf-8")
    assert load_library([folder]).factor("assumption-not-seen-days").value == 30
    assert load_library().factor("assumption-not-seen-days").value == 90


@pytest.mark.parametrize("folder", SETS, ids=lambda p: p.name)
def test_every_set_is_a_data_package_by_frictionless(folder):
    """The reference library of the standard (datapackage.org) reads every row by its schema."""
    report = frictionless.validate(str(folder / "datapackage.json"))
    assert report.valid, report.flatten(["rowNumber", "fieldName", "message"])[:3]
    assert len(report.tasks) == len(read_package(folder).resources)


def test_frictionless_does_refuse_a_text_in_a_number_column(copy):
    folder = copy(UK)
    edit_rows(folder / "factors.csv", set_cell(7, "value", "O.2"))
    report = frictionless.validate(str(folder / "datapackage.json"))
    assert report.flatten(["rowNumber", "fieldName"]) == [[7, "value"]]


def test_a_report_of_laptops_reads_only_the_files_it_needs():
    """200 laptops in the UK: no country table, no waste or freight factors, nothing of the cloud."""
    library = FactorLibrary(load_library().sets)
    frame = pl.DataFrame(
        {"category": ["laptop"] * 200, "manufacturer": ["Dell"] * 200, "model": ["Latitude 5420"] * 200}
    )
    result = gd.estimate(frame, period="2025-26", library=library)
    assert result.summary["totals"]["total"]["central"] > 0
    read = {f"{path.parent.name}/{path.name}" for path in library.files_read}
    assert read <= {
        "assumptions/factors.csv",
        "assumptions/widths.csv",
        "device-category-defaults/category_synonyms.csv",
        "device-category-defaults/category_table.csv",
        "device-category-defaults/factors.csv",
        "device-product-footprints/products.csv",
        "operating-system-support/os_support.csv",
        "uk-conversion-factors/factors.csv",
        "windows11-processors/requirements.csv",
    }


def test_only_the_rows_asked_for_become_factors(monkeypatch):
    made = []
    real = tables.factor_of
    monkeypatch.setattr(tables, "factor_of", lambda *row: made.append(row) or real(*row))
    library = FactorLibrary(load_library().sets)
    found = library.find("electricity_life_cycle", "FRA")
    assert {f.region for f in found} == {"FRA"}
    assert len(made) == len(found) == 25  # 2000 to 2024


def test_an_optional_set_is_read_only_when_it_is_named(tmp_path, copy):
    folder = copy("room-pue")
    assert "electricity-maps-zones" not in load_library().sets
    named = load_library(["electricity-maps-zones"])
    assert named.sets["electricity-maps-zones"].share_alike
    assert "electricity-maps-zones" not in load_library([folder]).sets


def test_a_supersedes_that_names_nothing_is_refused(copy):
    folder = copy("room-pue")
    edit_package(folder, lambda package: package.update(name="ours"))
    edit_rows(folder / "factors.csv", set_cell(3, "supersedes", "pue-data-center-2021"))
    with pytest.raises(
        FactorError, match=r'factors\.csv, row 3, supersedes: there is no factor "pue-data-center-2021"'
    ):
        load_library([folder])
