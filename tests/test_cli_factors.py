"""``greendigital factors`` as a person types it."""

# ruff: noqa: E501 - a row of the workbook a line
import csv
import io
import json

import openpyxl
import pytest
from typer.testing import CliRunner

from greendigital.cli.app import app
from greendigital.errors import FactorError, UsageError
from greendigital.factorset import factor_folders

SETS = sorted(p.parent.name for p in factor_folders().glob("*/datapackage.json"))
# UK government conversion factors 2026, for a small workbook in the layout of the flat file; the last digits of the first
# are changed, since no edition of 2027 is published.
ROWS = [
    ("Scope 2", "UK electricity", "Electricity generated", "Electricity: UK", "", "", "kWh", 0.13),
    ("Scope 3", "Transmission and distribution", "T&D- UK electricity", "Electricity: UK", "", "", "kWh", 0.01299),
    ("Scope 3", "WTT- UK electricity", "WTT- UK electricity (generation)", "Electricity: UK", "", "", "kWh", 0.03682),
    ("Scope 3", "WTT- UK electricity", "WTT- UK electricity (T&D)", "Electricity: UK", "", "", "kWh", 0.00359),
    ("Scope 3", "Waste disposal", "Electrical items", "WEEE - mixed", "", "Landfill", "tonnes", 9.00687),
    ("Scope 3", "Material use", "Electrical items", "Electrical items - IT", "", "Primary material production", "tonnes", 24865.48),
    ("Scope 3", "Water supply", "Water supply", "", "", "", "cubic metres", 0.17),
    ("Scope 3", "Water treatment", "Water treatment", "", "", "", "cubic metres", 0.17),
    ("Scope 3", "Freighting goods", "Vans", "Average (up to 3.5 tonnes)", "", "Diesel", "km", 0.25),
    ("Scope 3", "WTT- delivery vehs & freight", "WTT- vans", "Average (up to 3.5 tonnes)", "", "Diesel", "km", 0.06),
    ("Scope 2", "Heat and steam", "Heat and steam", "District heat and steam", "", "", "kWh", 0.17),
    ("Scope 3", "WTT- heat and steam", "WTT- heat and steam", "District heat and steam", "", "", "kWh", 0.03),
    ("Scope 3", "Transmission and distribution", "Distribution - district heat & steam", "5% loss", "", "", "kWh", 0.009),
    ("Scope 3", "Homeworking", "Office Equipment", "", "", "", "per FTE Working Hour", 0.02),
]  # fmt: skip


def run(*arguments):
    found = CliRunner().invoke(app, ["factors", *map(str, arguments)])
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found.stdout


@pytest.fixture
def flat_file(tmp_path):
    """A workbook in the published layout for 2027."""
    book = openpyxl.Workbook()
    book.active.title = "Introduction"
    sheet = book.create_sheet("Factors by Category")
    for _ in range(5):
        sheet.append(["UK Government GHG Conversion Factors for Company Reporting"])
    heads = ["ID", "Scope", "Level 1", "Level 2", "Level 3", "Level 4", "Column Text", "UOM", "GHG/Unit"]
    sheet.append([*heads, "GHG Conversion Factor 2027"])
    for number, row in enumerate(ROWS):
        sheet.append([f"1_{number}", *row[:-1], "kg CO2e", row[-1]])
    path = tmp_path / "ghg-conversion-factors-2027-flat-format.xlsx"
    book.save(path)
    return path


def test_list_names_every_set_with_its_facts():
    found = {row["set"]: row for row in json.loads(run("list", "--format", "json"))}
    assert sorted(found) == SETS
    for name, row in found.items():
        package = json.loads((factor_folders() / name / "datapackage.json").read_text(encoding="utf-8"))
        assert row["edition"] == package["version"]
        assert row["licence"] == package["licenses"][0]["title"]
        assert row["rows"] > 0
    assert found["grid-intensity-by-country"]["newest_data_year"] == 2024
    assert found["electricity-maps-zones"]["optional"]
    assert found["electricity-maps-zones"]["share_alike"]


def test_the_table_of_sets_fits_the_csv():
    table, rows = run("list"), list(csv.DictReader(io.StringIO(run("list", "--format", "csv"))))
    assert [row["set"] for row in rows] == SETS
    assert all(row["set"] in table for row in rows)


def test_show_gives_every_edition_of_a_factor_with_source_and_place():
    """Generation factors of the UK government's editions 2014 to 2026, kg CO2e per kWh."""
    published = dict(zip(range(2014, 2027), (
        0.49426, 0.46219, 0.41205, 0.35156, 0.28307, 0.2556, 0.23314, 0.21233, 0.19338, 0.207074, 0.20705, 0.177, 0.13096,
    ), strict=True))  # fmt: skip
    for key in ("electricity_generation", "desnz-2024-electricity-generation"):
        found = json.loads(run("show", key, "--format", "json"))
        shown = {int(f["valid_from"][:4]): round(f["value"], 6) for f in found if f["valid_from"] >= "2014"}
        assert shown == published  # to the digits given: the table of 2023 prints eight
        assert all(f["source"] and f["source_locator"] and f["licence"] for f in found)
    told = run("show", "desnz-2024-electricity-generation")
    assert "0.20705" in told
    assert "Electricity generated | Electricity: UK" in told
    assert "0.20493 is the CO2 part" in told


def test_show_of_a_set_tells_its_facts_from_its_data_package():
    package = json.loads((factor_folders() / "uk-spend-factors" / "datapackage.json").read_text(encoding="utf-8"))
    told = " ".join(run("show", "uk-spend-factors").split())
    for text in (package["title"], package["description"], *package["caveats"]):
        assert " ".join(text.split()) in told


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("Latitude 5450", "boavizta-0213"),
        ("boavizta-0213", "Latitude 5450"),
        ("m5.large", "cloud-instances/instances"),
        ("US-CAL-CISO", "zone"),
    ],
)
def test_show_finds_rows_of_tables_by_any_key(key, told):
    assert told in run("show", key)


def test_an_unknown_key_names_the_nearest():
    with pytest.raises(FactorError, match="Nearest: electricity_generation"):
        run("show", "electricity_generatoin")


@pytest.mark.parametrize("command", [("list",), ("show", "electricity_generation"), ("diff", "room-pue", "room-pue")])
def test_an_unknown_format_is_refused(command):
    with pytest.raises(UsageError, match=r'--format: "xml" is unknown\. Use table, csv, json'):
        run(*command, "--format", "xml")


def test_diff_of_two_editions_gives_both_values():
    """UK electricity generated: 0.177 (2025) and 0.13096 (2026), a fall of 26 %."""
    rows = json.loads(run("diff", "uk-conversion-factors@2025", "uk-conversion-factors@2026", "--format", "json"))
    row = next(r for r in rows if r["new_id"] == "desnz-2026-electricity-generation")
    assert (row["change"], row["old"], row["new"]) == ("changed", 0.177, 0.13096)
    assert row["relative_change"] == pytest.approx(0.13096 / 0.177 - 1)
    # 2026 freight holds the average van and HGV alone: the rest is told as removed.
    assert any(r["change"] == "removed" and r["activity"] == "freight" for r in rows)


def test_a_set_does_not_differ_from_itself():
    assert "0 changed, 0 added, 0 removed" in run("diff", "room-pue", "room-pue")
    assert "0 rows added, 0 removed" in run("diff", "windows11-processors", "windows11-processors")


def test_a_year_or_set_that_is_not_there_is_refused():
    with pytest.raises(FactorError, match="has no factor of 1999"):
        run("diff", "uk-conversion-factors@1999", "uk-conversion-factors@2026")
    with pytest.raises(FactorError, match='"99" is not a year'):
        run("diff", "uk-conversion-factors@99", "uk-conversion-factors@2026")


def test_the_next_edition_is_imported_shown_and_used(flat_file, tmp_path):
    """1,000 kWh in 2027 at the 0.13 kg of the workbook are 130 kg; no line of the program knows of 2027."""
    told = run("import", flat_file, "-o", tmp_path / "mine")
    assert "uk-conversion-factors-2027: 14 factors" in told
    assert "desnz-2027-electricity-generation" in told
    written = tmp_path / "mine" / "uk-conversion-factors-2027"
    package = json.loads((written / "datapackage.json").read_text(encoding="utf-8"))
    assert package["import"]["file"] == flat_file.name
    estate = tmp_path / "estate.csv"
    estate.write_text("category,country,annual_kwh\nlaptop,GBR,1000\n", encoding="utf-8")
    arguments = [
        "report",
        estate,
        "--factors",
        tmp_path / "mine",
        "--period",
        "2027",
        "-o",
        tmp_path / "out",
        "--no-charts",
    ]
    done = CliRunner().invoke(app, [str(a) for a in arguments])
    assert done.exit_code == 0, done.output
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["totals"]["by_component"]["use_direct"]["central"] == pytest.approx(1000 * 0.13)
    (used,) = [s for s in summary["factor_sets"] if s["name"] == "uk-conversion-factors-2027"]
    assert used["imported"]["sha256"] == package["import"]["sha256"]
    assert "provisional_edition" not in (tmp_path / "out" / "run.json").read_text(encoding="utf-8")


def test_a_dry_run_writes_nothing(flat_file, tmp_path):
    told = run("import", flat_file, "-o", tmp_path / "mine", "--dry-run")
    assert "desnz-2027-electricity-generation" in told
    assert "Nothing was written" in told
    assert not (tmp_path / "mine").exists()


def test_a_second_import_of_the_same_edition_overwrites_nothing(flat_file, tmp_path):
    run("import", flat_file, "-o", tmp_path / "mine")
    before = {p: p.read_bytes() for p in (tmp_path / "mine").rglob("*") if p.is_file()}
    with pytest.raises(Exception, match="2027"):
        run("import", flat_file, "-o", tmp_path / "mine")
    assert {p: p.read_bytes() for p in (tmp_path / "mine").rglob("*") if p.is_file()} == before
