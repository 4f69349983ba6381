"""One small wrong file per mistake, through the real command: one clear sentence, and the good lines still reported.

The files stand in ``bad_inputs``; all are made up. In most the mistake is in row 3, between two good lines.
"""

import csv
import json
import os
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

import pytest
from openpyxl import Workbook

import greendigital
from greendigital.cli.app import main
from greendigital.inventory import read_inventory

FOLDER = Path(__file__).parent / "bad_inputs"
NOT_A_DATE = "Write it as YYYY-MM-DD, or leave it empty."
NUMBER = "Write a plain number, or leave it empty."
EMPTY = "Correct it, or leave it empty."
HOW_MANY = "Write how many devices there are, or take the row out."


class Done(NamedTuple):
    code: int
    stdout: str
    stderr: str
    folder: Path

    def told(self, severity):
        """Sentences of a severity, in the order they were told."""
        start = f"{severity}: "
        return [line.removeprefix(start) for line in self.stderr.splitlines() if line.startswith(start)]

    @property
    def summary(self):
        return json.loads((self.folder / "summary.json").read_text(encoding="utf-8"))


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    def report(*files, options=()):
        out = tmp_path / "out"
        command = ["greendigital", "report", *(str(FOLDER / f) for f in files), "-o", str(out), "--no-charts"]
        monkeypatch.setattr(sys, "argv", [*command, "--period", "2024", *options])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return Done(int(ended.value.code or 0), captured.out, captured.err, out)

    return report


UNUSABLE = {
    "missing.csv": "missing.csv: There is no such file. Check the name and folder.",
    "empty.csv": "empty.csv: The file is empty. Export it again.",
    "header_only.csv": 'header_only.csv, row 1: There are no rows below the header, which begins "asset_id". '
    "Export it again with its rows.",
    "unknown_format.csv": 'unknown_format.csv, row 1: The fullest of the first rows holds "colour", "flavour". '
    'No column says what each device is. Rename one heading to "category" or "model".',
    "meter_without_site.csv": 'meter_without_site.csv, row 1: The fullest of the first rows holds "month", "kwh", '
    '"it_only". This looks like a meter file without all its columns. Head them "site", "month", "kwh" and "it_only".',
    "misspelt_headings.csv": "misspelt_headings.csv, row 1: The fullest of the first rows holds "
    '"Modle", "Serail Number", "Manufaturer". No column says what each device is. Rename one heading to "category" or '
    '"model". If "Modle" is meant for model, rename it. If "Serail Number" is meant for serial_number, rename it. '
    'If "Manufaturer" is meant for manufacturer, rename it.',
    "damaged.ods": "damaged.ods: The workbook cannot be opened: it is damaged, or no workbook. "
    "Save it again as ODS or XLSX.",
    "locked.ods": "locked.ods: The workbook is protected by a password. Save it without one.",
    "open_document.odt": "open_document.odt: This is an OpenDocument file named .odt. Give a spreadsheet the ending "
    ".ods, or save it as CSV.",
    "pictures.xlsx": "pictures.xlsx: The workbook holds pictures and no cells. Ask for the list itself, as cells.",
    "only_formulas.xlsx": "only_formulas.xlsx, row 1: The cells are formulas that were never calculated. Open "
    "the workbook in a spreadsheet program and save it.",
    "no_header.csv": 'no_header.csv, row 1: The first row holds data, "A1", "Laptop", "Latitude 5420", "S1", '
    '"2021-05-01", '
    "and no row above says what the columns are. Put a row of headings above it, with category or model among them.",
    "many_columns.csv.gz": "many_columns.csv.gz, row 1: The row has 10,000 filled cells; at most 1,000 columns are "
    "read. Keep the columns that say what each device is.",
    "no_objects.json": "no_objects.json: This is no JSON list of devices. Export it as CSV, or as a list of objects.",
    "old_workbook.xls": "old_workbook.xls: Excel workbooks of the old kind (.xls) are not read. "
    "Save it as XLSX or CSV.",
    "archive.zip": "archive.zip: This is a ZIP archive. Unpack it, and name the files in it.",
    "list.pdf": "list.pdf: This is a PDF. Ask for the list itself, as XLSX or CSV.",
    "pdf.csv": "pdf.csv: This is a PDF named .csv. Ask for the list itself, as XLSX or CSV.",
    "binary.csv": 'binary.csv: The name ends in ".csv" but the content is binary (a picture). Save it as CSV or XLSX, '
    "or give it the ending of what it is.",
    "text.xlsx": 'text.xlsx: The name ends in ".xlsx" but the content is no workbook. Save it as XLSX without a '
    "password, or as CSV.",
    "locked.xlsx": 'locked.xlsx: The name ends in ".xlsx" but the content is an old or password-protected Office file. '
    "Save it as XLSX without a password, or as CSV.",
    "damaged.xlsx": "damaged.xlsx: The workbook cannot be opened: it is damaged, or no workbook. "
    "Save it again as XLSX.",
    "broken.csv.gz": "broken.csv.gz: The gzip file is damaged, cut short, or no gzip file. Export or copy it again.",
    "bill_broken.csv.gz": "bill_broken.csv.gz: The gzip file is damaged, cut short, or no gzip file. "
    "Export or copy it again.",
    # Cut after 184 whole rows: a reader that stops at the cut would report them as the bill.
    "bill_cut_short.csv.gz": "bill_cut_short.csv.gz: The gzip file is damaged, cut short, or no gzip file. "
    "Export or copy it again.",
}


@pytest.mark.parametrize("file", UNUSABLE)
def test_a_file_that_cannot_be_used_gets_one_sentence_and_exit_1(run, file):
    done = run(file)
    assert done.code == 1
    assert done.stderr.splitlines() == [UNUSABLE[file]]
    assert done.stdout == ""
    assert not done.folder.exists()


@pytest.mark.parametrize("file", ["empty.csv", "header_only.csv"])
def test_the_other_files_are_reported_beside_one_that_cannot_be_used(run, file):
    done = run(file, "total_row.csv")
    assert done.code == 1
    assert done.told("error") == [UNUSABLE[file]]
    assert done.summary["coverage"]["assets"]["lines"] == 3


@pytest.mark.parametrize("file", ["empty.csv", "damaged.xlsx", "broken.csv.gz"])
def test_strict_stops_at_a_file_that_cannot_be_used(run, file):
    done = run(file, "total_row.csv", options=["--strict"])
    assert done.code == 1
    assert done.stderr.splitlines() == [UNUSABLE[file]]
    assert not done.folder.exists()


MEBI = 1 << 20
MOST_MEMORY = 300 * MEBI
"""What a reader may take for a file that is refused; the files unpack to 100 MB, 2 GB and more."""


def read_apart(*paths):
    """Problems of reading files, and the most memory that took, in a process of its own."""
    code = (
        "import json, resource, sys\n"
        "from greendigital.inventory import read_inventory\n"
        "from greendigital.factorset import load_library\n"
        "library, failed = load_library(), []\n"
        "library.table('device-category-defaults', 'category_synonyms')\n"
        "import openpyxl\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "assets = read_inventory(*sys.argv[1:], library=library, failed=failed)\n"
        "after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "told = [str(p) for p in (*failed, *assets.problems) if p.severity == 'error']\n"
        "print(json.dumps([told, len(assets.rows), (after - before) * 1024]))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(greendigital.__file__).parent.parent)}
    command = [sys.executable, "-c", code, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return json.loads(done.stdout)


def zip_bomb(path, mebibytes):
    """A workbook whose one sheet is so much white space: one deflated mebibyte, again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(b" " * MEBI) + packer.flush(zlib.Z_FULL_FLUSH)
    data, name = block * mebibytes + packer.flush(), b"xl/worksheets/sheet1.xml"
    sizes = struct.pack("<III", 0, len(data), mebibytes * MEBI) + struct.pack("<HH", len(name), 0)
    local = b"PK\x03\x04" + struct.pack("<HHHHH", 20, 0, 8, 0, 33) + sizes + name
    central = b"PK\x01\x02" + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 33) + sizes + bytes(14) + name
    size, start = len(central), len(local) + len(data)
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, size, start, 0)
    path.write_bytes(local + data + central + end)
    return path


def test_a_zip_bomb_called_a_workbook_is_refused_and_the_good_file_is_read(tmp_path):
    bomb = zip_bomb(tmp_path / "bomb.xlsx", 2048)
    assert bomb.stat().st_size < 4 * MEBI
    told, rows, memory = read_apart(bomb, FOLDER / "total_row.csv")
    assert told == [
        "bomb.xlsx: The workbook is 2,147 MB unpacked; at most 1,074 MB are read. Save the list of devices alone, "
        "as CSV."
    ]
    assert (rows, memory < MOST_MEMORY) == (3, True)


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_cell_of_100_mb_is_told_and_its_line_left_out(tmp_path, quote):
    path = tmp_path / "huge.csv"
    with path.open("w", encoding="utf-8") as handle:
        handle.write("asset_id,category,model,country\nA1,laptop,Latitude 5420,GBR\nA2,laptop," + quote)
        for _ in range(100):
            handle.write("x" * MEBI)
        handle.write(f"{quote},GBR\nA3,laptop,Latitude 5420,GBR\n")
    told, rows, memory = read_apart(path)
    (sentence,) = told
    assert sentence.startswith('huge.csv, row 3: The row beginning "A2" has a cell or line of 104,857,6')
    assert (rows, memory < MOST_MEMORY) == (3, True)


def test_two_cells_at_the_corners_of_a_workbook_take_no_memory(tmp_path):
    """A reader that makes a table of all cells between them needs 17 thousand million of them."""
    book = Workbook()
    book.active.append(["category", "model", "country"])
    book.active.append(["laptop", "Latitude 5420", "GBR"])
    book.active.cell(1_048_576, 16_384).value = "a remark"
    path = tmp_path / "far.xlsx"
    book.save(path)
    told, rows, memory = read_apart(path)
    assert (told, rows, memory < MOST_MEMORY) == ([], 2, True)


def test_formulas_that_were_never_calculated_are_told_and_the_other_cells_are_read(tmp_path):
    book = Workbook()
    book.active.append(["category", "model", "country", "quantity"])
    book.active.append(["laptop", "=Source!B2", "GBR", "=1+1"])
    book.active.append(["laptop", "Latitude 5420", "GBR", 3])
    book.active.append(["=Source!A4", "=Source!B4", None, None])
    path = tmp_path / "formulas.xlsx"
    book.save(path)
    assets = read_inventory(path)
    told = {p.column: p for p in assets.problems if p.code == "formula_without_value"}
    assert told.keys() == {"category", "model", "quantity"}
    assert told["model"].severity == "error"
    assert told["model"].message.endswith("2 rows in all: 2, 4.")
    assert [row["quantity"] for row in assets.rows] == [1, 3, 1], "a row of formulas alone is a row"


def test_a_formula_whose_value_is_an_empty_text_was_calculated(tmp_path):
    """Excel writes it with the type of a text: <c t="str"><f>""</f><v></v></c>."""
    book = Workbook()
    book.active.append(["category", "model", "notes"])
    book.active.append(["laptop", "Latitude 5420", '=""'])
    plain, path = tmp_path / "plain.xlsx", tmp_path / "empty_text.xlsx"
    book.save(plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.endswith("sheet1.xml"):
                assert b'<c r="C2"><f>' in data
                data = data.replace(b'<c r="C2"><f>', b'<c r="C2" t="str"><f>')
            new.writestr(name, data)
    assert [p for p in read_inventory(path).problems if p.severity == "error"] == []


@pytest.mark.parametrize("ending", ["xlsx", "ods"])
def test_a_row_of_millions_of_cells_is_refused_within_bounded_memory(tmp_path, ending):
    path = tmp_path / f"wide.{ending}"
    if ending == "xlsx":
        plain, book = tmp_path / "plain.xlsx", Workbook()
        book.active.append(["category", "model"])
        book.save(plain)
        with zipfile.ZipFile(plain) as old:
            parts = {name: old.read(name) for name in old.namelist()}
        start, cells = b"<worksheet><sheetData><row>", b"<c/>" * (MEBI // 4)
        name = "xl/worksheets/sheet1.xml"
    else:
        parts = {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "META-INF/manifest.xml": b"<manifest/>"}
        start = b'<a xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><table:table><table:table-row>'
        cells = b"<table:table-cell/>" * (MEBI // 19)
        name = "content.xml"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        for part, data in parts.items():
            if part != name:
                new.writestr(part, data)
        with new.open(name, "w") as handle:
            handle.write(start)
            for _ in range(80):
                handle.write(cells)
    told, rows, memory = read_apart(path, FOLDER / "total_row.csv")
    assert len(told) == 1
    assert told[0].startswith(f"wide.{ending}: The workbook cannot be opened")
    assert (rows, memory < MOST_MEMORY) == (3, True)


def test_a_cell_merged_over_rows_is_meant_for_each_but_a_quantity_is_not(tmp_path):
    book = Workbook()
    sheet = book.active
    sheet.append(["Asset Type", "Asset Model", "Location", "Qty"])
    sheet.append(["Laptop", "Latitude 5420", "Main", 2])
    sheet.append([None, "Latitude 5430", None, None])
    sheet.append(["Monitor", "P2419H", None, None])
    for cells in ("A2:A3", "C2:C4", "D2:D3"):
        sheet.merge_cells(cells)
    path = tmp_path / "merged.xlsx"
    book.save(path)
    assets = read_inventory(path)
    assert [row["category"] for row in assets.rows] == ["laptop", "laptop", "monitor"]
    assert [row["site"] for row in assets.rows] == ["Main"] * 3
    assert [row["quantity"] for row in assets.rows] == [2, 1, 1]
    assert [p.column for p in assets.problems if p.code == "cell_merged"] == ["Asset Type", "Location"]


class Case(NamedTuple):
    """The sentence told, what becomes of the three lines, and how many devices there are."""

    sentence: str
    estimated: int = 3
    excluded: int = 0
    merged: int = 0
    devices: float = 3


ERRORS = {
    "bad_date.csv": Case(f'row 3, acquired_date: "31/02/2021" is not a date. {NOT_A_DATE}'),
    "negative_quantity.csv": Case(
        f'row 3, quantity: "-4" is a negative quantity; the line is left out. {HOW_MANY}', 2, 1, devices=2
    ),
    "infinite_quantity.csv": Case(f'row 3, quantity: "1e999" is not a number; one device is counted. {NUMBER}'),
    "unknown_country.csv": Case(
        'row 3, country: "Englnd" is not a country; the default is taken. Write the ISO code or name, for example '
        "England (GBR)."
    ),
    "column_twice.csv": Case(
        'row 1, model: "model" is there twice, in columns 4 and 9; the first is used. Take one out, or rename it.'
    ),
    "not_a_number.csv": Case(f'row 3, annual_kwh: "lots" is not a number. {NUMBER}'),
    "negative_annual_kwh.csv": Case(f'row 3, annual_kwh: "-30" is negative. {EMPTY}'),
    "share_out_of_range.csv": Case('row 3, home_share: "40" is not a share of 0 to 1. Write 0.4 or 40%.'),
    "battery_over_full.csv": Case(
        'row 3, battery_health_share: "140%" is not a share of 0 to 1, so that nothing is advised on the battery. '
        "Write 0.4 or 40%."
    ),
    "negative_repair_quote.csv": Case(
        f'row 3, repair_quote_gbp: "-50" is negative, so that the repair is not compared with a new device. {EMPTY}'
    ),
    "zero_planned_life.csv": Case(f'row 3, planned_life_years: "0" must be above zero. {EMPTY}'),
    "pue_below_one.csv": Case(
        'row 3, pue: "0.8" is below 1, which no PUE can be. Write total energy of the room over that of the equipment, '
        "or leave it empty."
    ),
    "neither_yes_nor_no.csv": Case('row 3, expensed: "maybe" is neither yes nor no. Write yes or no.'),
    "retired_before_acquired.csv": Case(
        'row 3, retired_date: "2020-05-01" is before the day of purchase, "2022-05-01"; the line is left out. '
        "Correct one of the two dates.",
        2,
        1,
    ),
    "row_too_long.csv": Case(
        'row 3: The row beginning "A2" has 9 cells, its header 8; the line is left out. Put a cell that holds the '
        "separator in quotation marks.",
        2,
        1,
        devices=2,
    ),
    "stray_quote.csv": Case(
        'row 3: The row beginning "A2" opens a quotation mark that is not closed before a separator. '
        "Double the mark inside a cell, or take it out."
    ),
}

WARNINGS = {
    "total_row.csv": Case(
        'row 4, asset_id: "TOTAL" heads a totals row, not a device; it is left out. '
        "If it is a device, give its model; else take the row out.",
        2,
        1,
        devices=2,
    ),
    "zero_quantity.csv": Case(f'row 3, quantity: "0" devices: the line is left out. {HOW_MANY}', 2, 1, devices=2),
    "fractional_quantity.csv": Case(
        f'row 3, quantity: "2.5" is no whole number of devices; it is used as it stands. {HOW_MANY}',
        devices=1 + 2.5 + 1,
    ),
    "implausible_date.csv": Case(
        f'row 3, acquired_date: "1900-01-01" is no date of an IT device; it is read as empty. {EMPTY}'
    ),
    "undecided_dates.csv": Case(
        'row 3, acquired_date: "03/04/2021" has the day or the month first, no date of the file says which; '
        "the day is taken. Write dates as YYYY-MM-DD."
    ),
    "unknown_status.csv": Case(
        'row 3, status: "in orbit" is not understood; it is read as in_use. '
        "Use one of in_use, in_stock, repair, faulty, retired, disposed."
    ),
    "foreign_price.csv": Case('row 3, price_gbp: "$900" is not in pounds; it is not used. Give prices in GBP.'),
    "same_serial_twice.csv": Case(
        'row 3, serial_number: "S1" stands in row 2 already; the device is counted once. '
        "Correct the serial number if these are two devices.",
        2,
        merged=1,
        devices=2,
    ),
    "rounded_serial.csv": Case(
        'row 3, serial_number: "1.23457E+15" is a serial number that a spreadsheet has rounded; it is not used. '
        "Export it as text."
    ),
}


def assert_every_line_is_accounted_for(done, case):
    found = done.summary["coverage"]["assets"]
    counts = {name: found[name] for name in ("estimated", "partial", "fallback", "excluded", "merged")}
    assert counts == {
        "estimated": case.estimated,
        "partial": 0,
        "fallback": 0,
        "excluded": case.excluded,
        "merged": case.merged,
    }
    assert found["lines"] == sum(counts.values())
    assert done.summary["inputs"][0]["lines"] == found["lines"]
    assert found["devices"] == case.devices
    assert found["devices"] == sum(level["devices"] for level in found["by_match_level"].values())


@pytest.mark.parametrize("file", ERRORS)
def test_a_mistake_in_an_assets_file_is_told_once_and_the_good_lines_are_reported(run, file):
    done = run(file)
    assert done.code == 1
    assert done.told("error") == [f"{file}, {ERRORS[file].sentence}"]
    assert done.told("warning") == []
    assert_every_line_is_accounted_for(done, ERRORS[file])
    assert done.summary["totals"]["total"]["central"] > 0


@pytest.mark.parametrize("file", WARNINGS)
def test_a_doubtful_assets_file_is_told_once_and_ends_with_exit_0(run, file):
    done = run(file)
    assert done.code == 0
    assert done.told("error") == []
    assert done.told("warning") == [f"{file}, {WARNINGS[file].sentence}"]
    assert_every_line_is_accounted_for(done, WARNINGS[file])


@pytest.mark.parametrize("file", [*ERRORS, *WARNINGS])
def test_strict_stops_at_errors_and_warnings_and_writes_nothing(run, file, tmp_path):
    done = run(file, options=["--strict"])
    assert done.code == 1
    assert f"{file}, {(ERRORS | WARNINGS)[file].sentence}" in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_disposal_of_no_known_asset_is_told(run):
    done = run("total_row.csv", "unmatched_disposal.csv")
    assert done.code == 0
    assert done.told("warning")[-1] == (
        'unmatched_disposal.csv, row 2, serial_number: No asset has the serial number "S9"; it stands among '
        "the disposals as unmatched, and no device is taken out of use. Correct it, or add the asset."
    )


DISPOSALS = {
    "disposal_without_carrier.csv": (
        "warning: disposal_without_carrier.csv, row 2, carrier: No carrier is named; without carrier, facility or note "
        "the advice is to find the evidence. Fill in who took it."
    ),
    "disposal_note_without_carrier.csv": (
        "warning: disposal_note_without_carrier.csv, row 2, carrier: No carrier is named; its transfer note is listed "
        "as incomplete. Fill in who took it."
    ),
    "disposal_unknown_route.csv": (
        'warning: disposal_unknown_route.csv, row 2, disposal_route: "skip" is not understood; it is read as empty: it '
        "is no evidence of reuse, and counts as recycled in scope 3.5. Use one of reuse, resale, donation, recycle, "
        "recovery, landfill."
    ),
    "disposal_unknown_sanitisation.csv": (
        'warning: disposal_unknown_sanitisation.csv, row 2, sanitisation: "Perhaps" is not understood; it is read as '
        "none recorded: no reuse, resale or donation is advised for what holds data. Use one of none, clear, purge, "
        "destroy."
    ),
    "disposal_before_purchase.csv": (
        'error: disposal_before_purchase.csv, row 2, disposal_date: "2021-06-01" is before the day of purchase in '
        'total_row.csv:2, "2022-05-01"; that line is left out, and the advice for it is to correct the data. Correct '
        "one of the two dates."
    ),
}


@pytest.mark.parametrize("file", DISPOSALS)
def test_a_mistake_in_a_disposals_table_is_told_with_its_effect_and_the_record_still_counts(run, file):
    done = run("total_row.csv", file)
    assert done.code == int(DISPOSALS[file].startswith("error"))
    assert [s for s in done.stderr.splitlines() if file in s and not s.startswith("note: ")] == [DISPOSALS[file]]
    waste = done.summary["waste"]
    assert (waste["records"], waste["items"], waste["unmatched_records"]) == (1, 1, 0)


@pytest.mark.parametrize(
    ("file", "action", "words"),
    [
        ("disposal_without_carrier.csv", "check", "carrier, facility or transfer note is missing"),
        ("disposal_unknown_route.csv", "check", "an unknown route"),
        ("disposal_unknown_sanitisation.csv", "sanitise", "without a sanitisation status"),
        ("disposal_before_purchase.csv", "correct_data", "before it was acquired"),
    ],
)
def test_the_effect_of_a_mistake_in_a_disposals_table_on_the_advice_is_the_one_told(run, file, action, words):
    advice = run("total_row.csv", file).folder / "recommendations.csv"
    with advice.open(encoding="utf-8", newline="") as handle:
        (row,) = [r for r in csv.DictReader(handle) if r["line_id"] == "total_row.csv:2"]
    assert row["action"] == action
    assert words in row["reason"]


BILL_ERRORS = {
    "bill_bad_date.csv": 'row 3, ChargePeriodStart: "2024-31-04" is not a date.',
    "bill_not_a_number.csv": 'row 3, BilledCost: "free" is not a number.',
    "bill_column_twice.csv": 'row 1, ServiceName: "ServiceName" is there twice, in columns 19 and 21; the first is '
    "used.",
}


@pytest.mark.parametrize("file", BILL_ERRORS)
def test_a_mistake_in_a_bill_is_told_once_and_the_good_lines_are_reported(run, file):
    done = run(file)
    assert done.code == 1
    (told,) = done.told("error")
    assert told.startswith(f"{file}, {BILL_ERRORS[file]}")
    assert len(told) > len(f"{file}, {BILL_ERRORS[file]}"), "a remedy follows"
    assert_every_bill_line_is_accounted_for(done)


def assert_every_bill_line_is_accounted_for(done, lines=3):
    found = done.summary["coverage"]["usage"]
    assert found["lines"] == lines
    assert found["lines"] == sum(found[name] for name in ("estimated", "partial", "fallback", "excluded"))
    for cost in found["costs"]:
        parts = sum(cost[f"billed_{name}"] for name in ("estimated", "partial", "fallback", "excluded"))
        assert parts == pytest.approx(cost["billed"], abs=0.005)


def test_mixed_currencies_are_a_warning_and_are_never_added(run):
    # The bill is of one month, and so is the period: no warning of months that are missing.
    done = run("bill_mixed_currencies.csv", options=["--period", "2024-04-01..2024-04-30"])
    assert done.code == 0
    assert done.told("error") == []
    (told,) = done.told("warning")
    assert told.startswith("bill_mixed_currencies.csv")
    assert "GBP" in told and "USD" in told
    assert_every_bill_line_is_accounted_for(done)
    assert sorted(cost["currency"] for cost in done.summary["coverage"]["usage"]["costs"]) == ["GBP", "USD"]


@pytest.mark.parametrize("file", [*BILL_ERRORS, "bill_mixed_currencies.csv"])
def test_strict_stops_at_a_mistake_in_a_bill_and_writes_nothing(run, file, tmp_path):
    done = run(file, options=["--strict"])
    assert done.code == 1
    assert file in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_text_called_parquet_gets_one_sentence(run):
    done = run("text.parquet")
    assert done.code == 1
    (told,) = done.stderr.splitlines()
    assert told.startswith("text.parquet: The Parquet file cannot be read")
    assert not done.folder.exists()


def test_a_mistake_never_ends_in_a_traceback_of_the_real_program(tmp_path):
    command = [sys.executable, "-m", "greendigital", "report", str(FOLDER / "binary.csv"), "-o", str(tmp_path / "o")]
    environment = {**os.environ, "PYTHONPATH": str(Path(greendigital.__file__).parent.parent)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 1
    assert done.stderr.strip() == UNUSABLE["binary.csv"]


def test_check_tells_the_mistakes_of_each_file_and_ends_with_exit_1(monkeypatch, capsys):
    files = [str(FOLDER / name) for name in ("bad_date.csv", "empty.csv")]
    monkeypatch.setattr(sys, "argv", ["greendigital", "check", *files, "--format", "json"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    first, second = json.loads(capsys.readouterr().out)
    assert [(p["row"], p["column"], p["code"]) for p in first["problems"] if p["severity"] == "error"] == [
        (3, "acquired_date", "date_invalid")
    ]
    assert (second["file"], second["format"]) == ("empty.csv", None)


METER_ROWS = {
    "meter_negative_kwh.csv": (
        'error: meter_negative_kwh.csv, row 3, kwh: "-5" is negative; the reading is not used. Correct it, or take the '
        "row out."
    ),
    "meter_kwh_no_number.csv": (
        'error: meter_kwh_no_number.csv, row 3, kwh: "n.k." is not a number. Write a plain number, or take the row out.'
    ),
    "meter_without_kwh.csv": (
        'error: meter_without_kwh.csv, row 3, kwh: The reading of "Main" has no kwh; it is not used. Fill it in, or '
        "take the row out."
    ),
    "meter_unknown_month.csv": (
        'error: meter_unknown_month.csv, row 3, month: "2024-13" is not a month. Write it as YYYY-MM.'
    ),
    "meter_neither_yes_nor_no.csv": (
        'error: meter_neither_yes_nor_no.csv, row 3, it_only: "perhaps" is neither yes nor no; the reading is not '
        "used. Write yes or no."
    ),
    "meter_month_twice.csv": (
        'error: meter_month_twice.csv, row 3: "Main" has 2 readings for 2024-03, in rows 3, 4; none is used, since '
        "they may be one meter twice or several to be added. Give one row with the sum of the meters."
    ),
    "meter_total_row.csv": (
        'warning: meter_total_row.csv, row 3: "Total" heads a totals row, not a reading; it is left out. Take the row '
        "out."
    ),
}


@pytest.mark.parametrize("file", METER_ROWS)
def test_a_mistake_in_a_meter_file_is_told_once_and_the_other_readings_count(run, file):
    """Rows 2 and 4 are 100 and 120 kWh without devices; none is used of a site and month that is there twice."""
    done = run(file)
    assert done.code == int(METER_ROWS[file].startswith("error"))
    assert [s for s in done.stderr.splitlines() if not s.startswith("note: ")] == [METER_ROWS[file]]
    left_out = 2 if file == "meter_month_twice.csv" else 1
    found = done.summary["coverage"]["meters"]
    assert (found["lines"], found["estimated"], found["excluded"]) == (3, 3 - left_out, left_out)
    assert done.summary["totals"]["energy_kwh"]["central"] == pytest.approx(100 if left_out == 2 else 220)


def test_every_wrong_file_is_tested():
    tested = {*UNUSABLE, *ERRORS, *WARNINGS, *BILL_ERRORS, *METER_ROWS, *DISPOSALS}
    tested |= {"bill_mixed_currencies.csv", "unmatched_disposal.csv", "text.parquet"}
    assert {path.name for path in FOLDER.iterdir()} == tested - {"missing.csv"}
