"""Reading asset files: formats, encodings, headers, and that no row is ever lost. All rows are made up."""

import csv
import io
import tomllib
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from greendigital.columns import ASSETS, names
from greendigital.errors import InputError
from greendigital.factorset import factor_folders, load_library
from greendigital.inventory import profiles, read_inventory, recognise, values
from greendigital.inventory.assets import Rows
from greendigital.inventory.blocks import BlockReader
from greendigital.inventory.findings import Findings
from greendigital.inventory.recognition import find_header
from greendigital.inventory.rows import RowReader
from greendigital.inventory.sheets import Sheet, read_sheets

CANONICAL = (
    "asset_id,category,manufacturer,model,serial_number,quantity,status,acquired_date,country,annual_kwh,home_share\n"
    "A1,laptop,Dell Inc.,Latitude 5420,S1,2,in_use,2022-05-01,GBR,30.5,0.4\n"
    "A2,monitor,Dell Inc.,P2419H,S2,,In-service,,IE,,\n"
)


@pytest.fixture
def write(tmp_path):
    def to(content, name="estate.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return to


@pytest.fixture
def workbook(tmp_path):
    def to(**sheets):
        book = Workbook()
        book.remove(book.active)
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
        path = tmp_path / "estate.xlsx"
        book.save(path)
        return path

    return to


def problems(assets, code):
    return [p for p in assets.problems if p.code == code]


def column(assets, name):
    return [row[name] for row in assets.rows]


# Formats


def test_canonical_csv_is_typed(write):
    assets = read_inventory(write(CANONICAL))
    first, second = assets.rows
    assert assets.inputs[0].format == "assets"
    assert (first["quantity"], first["annual_kwh"], first["home_share"]) == (2.0, 30.5, 0.4)
    assert first["acquired_date"] == date(2022, 5, 1)
    assert (first["line_id"], first["source_row"]) == ("estate.csv:2", 2)
    assert (second["quantity"], second["status"], second["country"]) == (1.0, "in_use", "IRL")
    assert second["annual_kwh"] is None
    assert assets.problems == []


REGISTER = [
    ["IT ASSET REGISTER - UPDATED NOV 2026"],
    [None],
    ["Tag No", "Asset Type", "Asset Make", "Asset Model", "Serial Number", "Location", "Asset Status", "Qty", "Bought"],
    ["No tag", "Desktop", "HP", "Hp ProOne 440 G9", None, "Reception", "In-service", 1, "Mar-23"],
    ["196", "CPU", "HP", "HP Z230SFF Workstation", "R1", "Records", "Retired", 1, 2014],
    [4338, "Monitor", "Dell", "Dell", "R2", "Records", "In-service", 1, None],
    ["", "", "", "", "", "", "", "", ""],
    ["Tag No", "Asset Type", "Asset Make", "Asset Model", "Serial Number", "Location", "Asset Status", "Qty", "Bought"],
    [2660, "Monitor", "HP", "HP Compact LE1712", None, "Records", "Retired", 2, "FY 2012/13"],
    ["not checked", "Laptop", "HP", "HP Elite Book 840 G7", "R4", "Main", "In-service", 6, "12/11/2020"],
    [None, "Laptop", "HP", "HP ProBook 440 G10 ", "R5", "Main", "in service", 8, "15.08.2024"],
    [None, "CPU", "Lenovo", "Think Center M70s Gen 5", "R6", "Open area", "In-service", 1, 45322],
    [None, "TV", "Samsung", "UA32F4000AKXKE", None, "Boardroom", "In-service", 1, datetime(2019, 6, 1)],
    ["TOTAL", None, None, None, None, None, None, 21, None],
]


def test_everyday_register_with_title_rows_repeated_header_and_totals(workbook):
    """Rows keep the numbers of the spreadsheet: the title is row 1, the totals row 14."""
    assets = read_inventory(workbook(Register=REGISTER))
    assert assets.inputs[0].format == "register"
    assert column(assets, "source_row") == [4, 5, 6, 9, 10, 11, 12, 13, 14]
    assert column(assets, "set_aside") == ["", "", "", "", "", "", "", "", "total_row"]
    assert sum(column(assets, "quantity")) == 1 + 1 + 1 + 2 + 6 + 8 + 1 + 1
    assert assets.inputs[0].lines == 9
    assert assets.inputs[0].set_aside == {"total_row": 1}


def test_mixed_dates_of_a_register_are_read_day_first_where_the_file_says_so(workbook):
    """15.08.2024 says that the day comes first, so 12/11/2020 is 12 November."""
    assets = read_inventory(workbook(Register=REGISTER))
    assert column(assets, "acquired_date") == [
        date(2023, 3, 1),
        date(2014, 1, 1),
        None,
        date(2012, 4, 1),
        date(2020, 11, 12),
        date(2024, 8, 15),
        date(2024, 1, 31),
        date(2019, 6, 1),
        None,
    ]
    assert problems(assets, "date_order_undecided") == []


def test_an_american_register_is_read_month_first(write):
    text = "Model,Serial,Purchase Date,Warranty End\nLatitude 5420,S1,12/25/2021,03/04/2024\n"
    row = read_inventory(write(text)).rows[0]
    assert (row["acquired_date"], row["warranty_end_date"]) == (date(2021, 12, 25), date(2024, 3, 4))


def test_words_of_a_register_are_understood(workbook):
    assets = read_inventory(workbook(Register=REGISTER))
    assert column(assets, "category")[:4] == ["desktop", "desktop", "monitor", "monitor"]
    assert column(assets, "status")[:5] == ["in_use", "retired", "in_use", "retired", "in_use"]
    assert column(assets, "asset_id")[:3] == [None, "196", "4338"]
    assert column(assets, "model")[2] is None, "a model that only repeats the maker is none"


INTUNE_PORTAL = (
    "Device ID,Device name,Enrollment date,Last check-in,OS version,Serial number,Manufacturer,Model,Total storage,"
    "Category,Primary user UPN,Compliance,Managed by,Ownership,Device state,OS,SkuFamily\n"
    "0-1,PC1,2021-07-06 09:14:03.1234567,2025-03-31 07:45:10.0000000,10.0.19045.5608,S1,Dell Inc.,Latitude 5420,244224,"
    "Corporate,user1@council.example,Compliant,Intune,Corporate,Managed,Windows,Enterprise\n"
    "0-2,VM1,2021-07-06,0001-01-01T00:00:00Z,10.0.19045.5608,S2,Microsoft Corporation,Virtual Machine,244224,"
    "Corporate,user2@council.example,Compliant,Intune,Personal,Managed,Windows,Enterprise\n"
)


def test_intune_portal_export(write):
    assets = read_inventory(write("\ufeff" + INTUNE_PORTAL))
    first, second = assets.rows
    assert assets.inputs[0].format == "intune"
    assert (first["asset_id"], first["serial_number"], first["model"]) == ("PC1", "S1", "Latitude 5420")
    assert (first["os_name"], first["os_version"], first["os_build"]) == ("Windows", "Enterprise", "19045")
    assert (first["acquired_date"], first["last_seen_date"]) == (date(2021, 7, 6), date(2025, 3, 31))
    assert (first["ownership"], first["ssd_gb"]) == ("owned", 244224 / 1024)
    assert (second["set_aside"], second["quantity"]) == ("virtual_machine", 0.0)
    assert [p.row for p in problems(assets, "virtual_machine")] == [3]


def test_intune_header_of_microsoft_graph(write):
    text = (
        '"id","deviceName","managedDeviceOwnerType","enrolledDateTime","lastSyncDateTime","operatingSystem",'
        '"complianceState","managementAgent","osVersion","userPrincipalName","model","manufacturer","serialNumber",'
        '"totalStorageSpaceInBytes","physicalMemoryInBytes"\n'
        '"1","PC1","company","2021-09-14T09:14:03.1234567Z","0001-01-01T00:00:00Z","Windows","compliant","mdm",'
        '"10.0.22631.4460","u@council.example","20L7S0XX00","LENOVO","S1","256000000000","0"\n'
    )
    assets = read_inventory(write(text))
    row = assets.rows[0]
    assert assets.inputs[0].format == "intune"
    assert (row["model"], row["manufacturer"], row["serial_number"]) == ("20L7S0XX00", "LENOVO", "S1")
    assert (row["acquired_date"], row["last_seen_date"]) == (date(2021, 9, 14), None)
    assert (row["ssd_gb"], row["memory_gb"]) == (256.0, None)
    assert not [p for p in assets.problems if p.severity != "note"]


def test_storage_that_is_no_number_is_reported_and_does_not_stop_the_reader(write):
    assets = read_inventory(write(INTUNE_PORTAL.replace(",244224,", ",lots,", 1)))
    (problem,) = [p for p in assets.problems if p.severity == "error"]
    assert str(problem).startswith('estate.csv, row 2, Total storage: "lots" is not a number.')


# Encodings and delimiters


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "windows-1252"])
def test_every_encoding_of_an_export_gives_the_same_rows(write, encoding):
    text = CANONICAL.replace("A2", "Büro-2")
    if encoding in ("utf-16-le", "utf-16-be"):
        text = CANONICAL.replace("A2", "Buro-2")
    assets = read_inventory(write(text, encoding=encoding))
    assert column(assets, "model") == ["Latitude 5420", "P2419H"]
    assert column(assets, "asset_id")[1] in ("Büro-2", "Buro-2")
    assert assets.problems == []


def test_a_utf16_file_cut_in_the_middle_of_a_character_is_read(write):
    data = CANONICAL.encode("utf-16")
    assert len(read_inventory(write(data + b"\n")).rows) == 2


@pytest.mark.parametrize(("delimiter", "ending"), [(";", "csv"), ("\t", "tsv"), ("|", "txt"), (",", "csv")])
def test_every_delimiter_gives_the_same_rows(write, delimiter, ending):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(csv.reader(io.StringIO(CANONICAL)))
    assert column(read_inventory(write(text.getvalue(), f"estate.{ending}")), "quantity") == [2.0, 1.0]


def test_commas_in_a_note_do_not_make_a_semicolon_file_one_of_commas(write):
    text = "category;model;notes\nlaptop;Latitude 5420;a, b, c, d, e, f, g, h\n"
    row = read_inventory(write(text)).rows[0]
    assert (row["category"], row["notes"]) == ("laptop", "a, b, c, d, e, f, g, h")


def test_the_line_that_tells_excel_the_separator_is_no_row(write):
    assets = read_inventory(write("sep=;\r\ncategory;model\r\nlaptop;Latitude 5420\r\n"))
    assert column(assets, "source_row") == [2]


def test_a_gzipped_csv_is_read(write):
    import gzip

    assert len(read_inventory(write(gzip.compress(CANONICAL.encode()), "estate.csv.gz")).rows) == 2


# Rows


def test_a_quoted_line_break_is_one_row(write):
    text = 'category,model,notes\nlaptop,Latitude 5420,"first\nsecond"\nmonitor,P2419H,\n'
    assets = read_inventory(write(text))
    assert column(assets, "source_row") == [2, 3]
    assert column(assets, "notes") == ["first\nsecond", None]
    assert assets.problems == [p for p in assets.problems if p.code == "country_assumed"]


def test_trailing_separators_are_nothing(write):
    assets = read_inventory(write("category,model\nlaptop,Latitude 5420,,,,\nmonitor,P2419H\n"))
    assert column(assets, "set_aside") == ["", ""]
    assert [p.code for p in assets.problems] == ["country_assumed"]


def test_a_row_with_more_cells_than_the_header_is_left_out_and_said(write):
    """A comma inside an unquoted model moves every cell after it."""
    text = "category,model,quantity\ntablet,iPad (9th, 2021),30\nlaptop,Latitude 5420,2\n"
    assets = read_inventory(write(text))
    assert column(assets, "set_aside") == ["row_too_long", ""]
    assert column(assets, "quantity") == [0.0, 2.0]
    (problem,) = [p for p in assets.problems if p.severity == "error"]
    assert (problem.code, problem.row) == ("row_too_long", 2)


def test_remarks_beside_the_table_of_a_workbook_are_noted_and_move_nothing(workbook):
    assets = read_inventory(workbook(A=[["category", "model"], ["laptop", "Latitude 5420", None, "ask Facilities"]]))
    assert column(assets, "model") == ["Latitude 5420"]
    assert '"ask Facilities" stands under no heading' in problems(assets, "cell_without_heading")[0].message


@pytest.mark.parametrize(
    "second", ['3,monitor,P2419H,"\n', '3,monitor,"P2419H 24" wide,\n', '3,monitor,24",\n'], ids=["end", "word", "cell"]
)
def test_two_stray_quotation_marks_swallow_no_rows(write, second):
    """A mark opens in row 3 and another stands in row 53: the 49 rows between them are devices, not one cell."""
    rows = "".join(f"{n},laptop,Latitude 5420,\n" for n in range(49))
    text = 'asset_id,category,model,notes\n1,laptop,A,\n2,laptop,"Latitude,\n' + rows + second
    assets = read_inventory(write(text))
    assert len(assets.rows) == 1 + 1 + 49 + 1
    assert problems(assets, "quote_stray")[0].row == 3


def test_a_stray_quotation_mark_in_a_large_file_stops_nothing(write):
    """Beyond 131,072 characters the csv module refuses a cell."""
    rows = "".join(f"{n},laptop,Latitude 5420\n" for n in range(10_000))
    assets = read_inventory(write('asset_id,category,model\nx,laptop,"Latitude\n' + rows))
    assert len(assets.rows) == 10_001
    assert [p.row for p in problems(assets, "quote_stray")] == [2]


def test_a_row_of_a_quantity_alone_is_a_totals_row(write):
    assets = read_inventory(write("category,model,quantity\nlaptop,Latitude 5420,2\n,,2\n"))
    assert column(assets, "set_aside") == ["", "total_row"]
    assert problems(assets, "total_row")[0].severity == "warning"


@pytest.mark.parametrize("label", ["TOTAL", "Total:", "Grand total", "Sub-total", "Laptops total"])
def test_a_totals_row_is_known_whatever_column_its_label_stands_in(write, label):
    assets = read_inventory(write(f"model,quantity\nLatitude 5420,2\n{label},2\n"))
    assert column(assets, "set_aside") == ["", "total_row"]


def test_a_device_whose_name_begins_with_total_is_a_device(write):
    assets = read_inventory(write("category,model,serial number\nTotal station,TS-1,S1\nlaptop,Latitude 5420,S2\n"))
    assert column(assets, "set_aside") == ["", ""]


# What is no hardware


@pytest.mark.parametrize(
    ("category", "maker", "model"),
    [
        ("", "VMware, Inc.", "VMware Virtual Platform"),
        ("", "VMware, Inc.", "VMware7,1"),
        ("", "QEMU", "Standard PC (Q35 + ICH9, 2009)"),
        ("", "Microsoft Corporation", "Virtual Machine"),
        ("", "Microsoft Corporation", "Cloud PC Enterprise 2vCPU/8GB/128GB"),
        ("", "innotek GmbH", "VirtualBox"),
        ("Virtual server", "", "db-01"),
    ],
)
def test_virtual_machines_are_set_aside_and_stay_lines(write, category, maker, model):
    assets = read_inventory(write(f'category,manufacturer,model\n"{category}","{maker}","{model}"\n'))
    assert column(assets, "set_aside") == ["virtual_machine"]
    assert assets.inputs[0].set_aside == {"virtual_machine": 1}


@pytest.mark.parametrize(
    ("maker", "model"),
    [
        ("Belkin", "KVM Switch 4-port"),
        ("Dell", "PowerEdge R740 (VMware host)"),
        ("Lexend", "Xenon 12"),
        ("Microsoft Corporation", "Surface Pro 7"),
    ],
)
def test_hardware_with_a_word_of_virtual_machines_in_its_name_is_hardware(write, maker, model):
    assets = read_inventory(write(f'category,manufacturer,model\nlaptop,"{maker}","{model}"\n'))
    assert column(assets, "set_aside") == [""]


def test_a_placeholder_for_a_model_is_set_aside_unless_the_category_is_known(write):
    text = "category,model,serial number\n,To be filled by O.E.M.,S1\nlaptop,System Product Name,S2\n"
    assets = read_inventory(write(text))
    assert column(assets, "set_aside") == ["placeholder", ""]
    assert [p.row for p in problems(assets, "placeholder")] == [2]


# Columns


def test_the_plainest_heading_of_a_column_wins_wherever_it_stands(write):
    text = "Description,Model,Form factor,Category\nOld laptop of Housing,Latitude 5420,Laptop,Hardware\n"
    row = read_inventory(write(text)).rows[0]
    assert (row["model"], row["category"]) == ("Latitude 5420", "laptop")


def test_canonical_names_among_everyday_ones_do_not_hide_those(write):
    """Three of five headings are canonical; a register understands all five."""
    text = "category,model,status,Serial No,Purchased\nlaptop,Latitude 5420,in_use,S1,2021-05-01\n"
    assets = read_inventory(write(text))
    assert (assets.rows[0]["serial_number"], assets.rows[0]["acquired_date"]) == ("S1", date(2021, 5, 1))
    assert not problems(assets, "columns_ignored")


def test_a_heading_with_a_slip_is_not_used_and_the_right_name_is_offered(write):
    assets = read_inventory(write("category,model,quantty,serial_number\nlaptop,Latitude 5420,30,S1\n"))
    (problem,) = problems(assets, "columns_ignored")
    assert "quantty" in problem.message
    assert 'If "quantty" is meant for quantity, rename it.' in problem.remedy


LANSWEEPER = "AssetID,AssetName,AssetType,Manufacturer,Model,Serialnumber,Lastseen,Warranty date"


def test_headings_are_understood_without_their_spaces(write):
    text = f"{LANSWEEPER}\n7,PC7,Notebook,Dell Inc.,Latitude 5420,S1,20/11/2026,31/05/2027\n"
    row = read_inventory(write(text)).rows[0]
    assert [row[n] for n in ("asset_id", "category", "serial_number", "last_seen_date", "warranty_end_date")] == [
        "7", "laptop", "S1", date(2026, 11, 20), date(2027, 5, 31),
    ]  # fmt: skip


@pytest.mark.parametrize("file", sorted(profiles._FOLDER.glob("*.toml")), ids=lambda p: p.stem)
def test_no_heading_without_its_spaces_means_two_columns(file):
    columns = tomllib.loads(file.read_text(encoding="utf-8"))["columns"]
    meant = {(profiles.heading_key(word), column) for column, words in columns.items() for word in words}
    assert len({heading for heading, _ in meant}) == len(meant)


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        *[(h, "category") for h in ("Kit type", "Equipment", "Item type", "Item", "Model Category", "Device type",
                                    "model_category", "Asset category")],
        ("Where", "site"),
        ("How many", "quantity"),
        ("model.display_name", "model"),
        ("Model0", "model"),
        ("Manufacturer0", "manufacturer"),
        ("SerialNumber0", "serial_number"),
    ],
)  # fmt: skip
def test_everyday_headings_are_understood(write, heading, name):
    text = f"Asset tag,Status,Model no,Asset type,{heading}\n1,In use,X,Laptop,3\n"
    assert read_inventory(write(text)).inputs[0].columns[heading] == name


def test_a_running_number_under_item_is_no_device_type(write):
    assets = read_inventory(write("Item,Model,Serial number\n1,Latitude 5420,S1\n2,P2419H,S2\n"))
    assert column(assets, "category") == [None, None]
    assert not problems(assets, "category_unknown")


def test_one_column_says_what_a_device_is_under_the_name_item(write):
    assets = read_inventory(write("Item,Where,How many\nLaptop,Main,30\n"))
    assert [assets.rows[0][n] for n in ("category", "site", "quantity")] == ["laptop", "Main", 30]


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("Modle", "model"),
        ("Serail Number", "serial_number"),
        ("Manufaturer", "manufacturer"),
        ("Staus", "status"),
        ("Locatoin", "site"),
        ("Purchse Date", "acquired_date"),
    ],
)
def test_a_misspelt_heading_is_offered_a_documented_column(write, heading, name):
    assets = read_inventory(write(f"Asset tag,Type,Qty,{heading}\n1,Laptop,2,x\n"))
    assert problems(assets, "columns_ignored")[0].remedy == f'If "{heading}" is meant for {name}, rename it.'
    assert name in names(ASSETS)


@pytest.mark.parametrize(
    "heading",
    ["County", "Last user", "Purchaser", "Room", "Colour", "Supplier", "PO Number", "Assigned To", "Phone",
     "Warranty Start", "Order Date", "Unit", "Stage", "Trade", "Comment by"],
)  # fmt: skip
def test_an_ordinary_heading_of_another_meaning_is_offered_nothing(write, heading):
    assets = read_inventory(write(f"Type,Qty,Serial no,{heading}\nLaptop,2,S1,x\n"))
    assert [p.remedy for p in problems(assets, "columns_ignored")] == [""]


def test_a_heading_of_a_tool_is_never_offered_a_name_that_is_not_documented(write):
    """The reader of Intune calls its storage column "storage", which no file may be headed with to any effect."""
    assets = read_inventory(write(INTUNE_PORTAL.replace("Total storage", "Total storaeg")))
    assert "storage" not in problems(assets, "columns_ignored")[0].remedy


def test_a_file_with_too_few_understood_headings_says_which_they_are(write):
    with pytest.raises(InputError) as caught:
        read_inventory(write("Model,Who,Desk,Phone\nLatitude 5420,x,1,2\n"))
    (problem,) = caught.value.problems
    assert problem.code == "format_unknown"
    assert "only Model can be understood" in problem.message


FOCUS_HEADER = "BilledCost,ChargeCategory,ChargePeriodStart,ProviderName,ServiceName"


def test_a_cloud_bill_among_the_assets_is_called_one(write):
    with pytest.raises(InputError) as caught:
        read_inventory(write(f"{FOCUS_HEADER}\n1,Usage,2024-04-01,AWS,Amazon S3\n", "bill.csv"))
    assert str(caught.value) == "bill.csv: This is a cloud bill. Read it with read_usage."


def test_a_cloud_bill_in_a_workbook_is_told_to_be_saved_as_csv(workbook):
    with pytest.raises(InputError, match=r"This is a cloud bill\. Save it as CSV"):
        read_inventory(workbook(Bill=[FOCUS_HEADER.split(","), [1, "Usage", "2024-04-01", "AWS", "Amazon S3"]]))


def test_assets_as_parquet_are_refused_in_one_sentence(write):
    with pytest.raises(InputError, match=r"Parquet is read for bills only\. Save a list of assets as CSV or XLSX\."):
        read_inventory(write(b"PAR1" + bytes(20) + b"PAR1", "estate.parquet"))


@pytest.mark.parametrize(
    ("name", "word", "meaning"),
    [
        ("status", "Zapped", "in_use"),
        ("location_type", "Attic", "office"),
        ("condition", "Dusty", "new"),
        ("ownership", "Unclear", "owned"),
        (
            "sanitisation",
            "Perhaps",
            "none recorded: no reuse, resale or donation is advised for what holds data",
        ),
    ],
)
def test_an_unknown_word_says_what_it_is_read_as(write, name, word, meaning):
    assets = read_inventory(write(f"category,model,{name}\nlaptop,X,{word}\n"))
    assert problems(assets, "word_unknown")[0].message == f'"{word}" is not understood; it is read as {meaning}.'


def test_assets_are_shown_by_their_counts_and_not_their_rows(write):
    assets = read_inventory(write("category,model,country\nlaptop,X,GBR\nmonitor,Y,Englnd\n"))
    assert repr(assets) == f"Assets(rows=2, files=1, problems={len(assets.problems)})"


@pytest.mark.parametrize("name", [n for n in names(ASSETS) if n not in ("category", "model")])
def test_a_register_with_one_canonical_heading_has_it_understood(write, name):
    text = f"Asset Type,Asset Model,Asked for by,Room no,Colour,{name}\nLaptop,Latitude 5420,x,y,z,1\n"
    assert read_inventory(write(text)).inputs[0].columns[name] == name


@pytest.mark.parametrize("text", ["16 GB", "16GB", "16.0", "16"])
def test_a_number_may_carry_its_unit(write, text):
    assert read_inventory(write(f"category,model,memory_gb\nlaptop,X,{text}\n")).rows[0]["memory_gb"] == 16


@pytest.mark.parametrize(
    ("text", "value"), [("£1,299.00", 1299), ("1,299", 1299), ("12,50", 12.5), ("900 GBP", 900), ("GBP 900", 900)]
)
def test_a_price_may_carry_its_pound_sign_and_separators(write, text, value):
    assert read_inventory(write(f'category,model,price_gbp\nlaptop,X,"{text}"\n')).rows[0]["price_gbp"] == value


def test_a_percentage_is_a_share_and_no_quantity(write):
    assets = read_inventory(write("category,model,home_share,quantity\nlaptop,X,40%,50%\n"))
    assert assets.rows[0]["home_share"] == 0.4
    assert [p.column for p in assets.problems if p.code == "number_invalid"] == ["quantity"]


# Workbooks


def test_a_sheet_that_is_not_understood_is_said(workbook):
    assets = read_inventory(workbook(Kit=[["category", "model"], ["laptop", "X"]], Costs=[["month", "GBP"], [1, 2]]))
    (problem,) = problems(assets, "sheet_not_understood")
    assert '"Costs" (2 rows)' in problem.message


def test_every_sheet_of_devices_is_read_and_its_problems_name_it(workbook):
    assets = read_inventory(
        workbook(
            Laptops=[["category", "model"], ["laptop", "X"]],
            Screens=[["category", "model", "quantity"], ["monitor", "Y", -1], ["Total", None, 3]],
        )
    )
    assert column(assets, "line_id") == ["estate.xlsx:2", "estate.xlsx!Screens:2", "estate.xlsx!Screens:3"]
    assert assets.inputs[0].lines == 3
    assert assets.inputs[0].set_aside == {"invalid_quantity": 1, "total_row": 1}
    assert problems(assets, "quantity_negative")[0].message.startswith('On sheet "Screens": "-1"')


def test_a_workbook_that_gives_its_size_as_one_cell_is_read_whole(workbook, tmp_path):
    """Some exporters write a size of A1 whatever the sheet holds."""
    import re
    import zipfile

    source = workbook(Kit=[["category", "model"], ["laptop", "X"], [None, None], ["monitor", "Y"]])
    path = tmp_path / "small.xlsx"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
        for item in old.namelist():
            data = old.read(item)
            if item.endswith("sheet1.xml"):
                data, changed = re.subn(rb'<dimension ref="[^"]+"', b'<dimension ref="A1"', data)
                assert changed == 1
            new.writestr(item, data)
    assert column(read_inventory(path), "source_row") == [2, 4]


def test_a_damaged_sheet_inside_a_workbook_is_one_error(workbook, tmp_path):
    import zipfile

    source = workbook(Kit=[["category", "model"], ["laptop", "X"]])
    path = tmp_path / "torn.xlsx"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
        for item in old.namelist():
            data = old.read(item)
            new.writestr(item, data[: len(data) // 2] if item.endswith("sheet1.xml") else data)
    with pytest.raises(InputError) as caught:
        read_inventory(path)
    assert [p.code for p in caught.value.problems] == ["file_not_workbook"]


def test_recognising_a_large_file_reads_only_its_beginning(write, monkeypatch):
    path = write(CANONICAL + "A3,laptop,Dell,X,,1,,,GBR,,\n" * 50_000)
    assert path.stat().st_size > 1 << 20
    assert len(read_sheets(path, first=25)[0].rows) == 25
    assert recognise(path) == "assets"


# What many rows share is told once


def test_what_many_rows_share_is_told_once_with_a_count_and_the_first_rows(write):
    lines = "".join(f"laptop,X,S{n},{2010 + n % 5}\n" for n in range(40))
    assets = read_inventory(write("category,model,serial number,purchased\n" + lines))
    (problem,) = problems(assets, "date_year_only")
    assert problem.row == 2
    assert problem.message.endswith("40 rows in all: 2, 3, 4, 5, 6 and 35 more.")


def test_an_unknown_word_is_told_once_with_its_first_row(write):
    lines = "".join(f"laptop,X,S{n},Zapped\n" for n in range(4))
    assets = read_inventory(write("category,model,serial number,status\n" + lines))
    (problem,) = problems(assets, "word_unknown")
    assert str(problem).startswith('estate.csv, row 2, status: "Zapped" is not understood')
    assert "4 rows in all: 2, 3, 4, 5." in problem.message


def test_every_error_is_kept_and_other_kinds_are_cut_at_ten(write):
    lines = "".join(f"laptop,X,S{n},word{n},soon\n" for n in range(15))
    assets = read_inventory(write("category,model,serial number,status,purchased\n" + lines))
    assert len(problems(assets, "date_invalid")) == 15
    assert len(problems(assets, "word_unknown")) == 10
    assert problems(assets, "word_unknown_more")[0].message.startswith("5 more")


# Rows in, rows out

# A zero byte is left out: a file that holds one is refused as binary.
CELL = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12),
    st.sampled_from(["Total", "-1", "0", "1e999", "31/02/2021", "n/a", "€5", '"', "VMware", "99%", "S1", "laptop"]),
    st.floats().map(str),
    st.dates().map(str),
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(CELL, min_size=1, max_size=44), min_size=1, max_size=6))
def test_rows_in_are_rows_out_whatever_the_cells_hold(tmp_path, rows):
    """Every row that is not blank and not the header again is a line, in its place, with a known fate."""
    header = list(names(ASSETS))
    path = tmp_path / "any.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows([header, *rows, ["A1", "laptop", "Dell", "Latitude 5420"]])
    assets = read_inventory(path)
    expected = [n for n, row in enumerate(rows, start=2) if any(cell.strip() for cell in row)]
    assert column(assets, "source_row") == [*expected, len(rows) + 2]
    assert assets.inputs[0].lines == len(assets.rows)
    for row in assets.rows:
        assert row["quantity"] >= 0
        assert (row["quantity"] == 0) == (
            row["set_aside"] in {"total_row", "virtual_machine", "invalid_quantity"}
            or (row["set_aside"] == "row_too_long")
        )


WORDS = st.sampled_from(
    ["", "laptop", "Hardware", "Laptop", "X280", "20L7S0XX00", "Dell", "S1", "S2", "2021-05-01", "03/04/2021", "2019",
     "In use", "On order", "Zapped", "2", "-1", "1.5", "n/a", "Total", "To be filled by O.E.M.", "VMware7,1", "GBR",
     "Englnd", "true", "16384", "244198", "10.0.22631.1", "1.23E+11", "x\ny"]
)  # fmt: skip
PROFILED = {
    "register": ["Asset Tag", "Type", "Form factor", "Make", "Model", "Serial", "Qty", "Status", "Purchased",
                 "Retired date", "Country", "Computer name", "", "Expensed"],
    "intune": ["Device name", "Enrollment date", "Last check-in", "OS version", "Serial number", "Manufacturer",
               "Model", "Compliance", "Managed by", "Total storage", "Category"],
    "glpi": ["Nom", "Entité", "Statut", "Fabricant", "Numéro de série", "Type", "Modèle", "Lieu", "Date d'achat", ""],
    "servicenow": ["name", "asset_tag", "model_id", "sys_class_name", "install_status", "virtual", "ram",
                   "form_factor"],
}  # fmt: skip


@pytest.mark.parametrize("profile", PROFILED)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), is_text=st.booleans())
def test_rows_read_by_column_are_those_read_one_by_one_and_so_is_what_is_told(library, profile, data, is_text):
    heads = PROFILED[profile]
    row = st.lists(WORDS, min_size=len(heads) - 1, max_size=len(heads) + is_text).map(lambda c: [v or None for v in c])
    drawn = [cells for cells in data.draw(st.lists(row, min_size=1, max_size=12)) if any(cells)]
    if not is_text:
        drawn = [[int(c) if c and c.lstrip("-").isdigit() else c == "true" or c for c in cells] for cells in drawn]
        drawn = [[None if c == "" else c for c in cells] for cells in drawn]
    rows = [(1, [h or None for h in heads]), *enumerate(drawn, start=2)]
    header = find_header(rows)
    assert header.profile.name == profile
    one, other = Findings("f"), Findings("f")
    single = RowReader(header, Sheet("", rows, is_text), library, one)
    expected = Rows()
    for draft in single.read():
        expected.append(draft)
    found = Rows()
    blocks = RowReader(header, Sheet("", rows, is_text), library, other)
    for count, columns in BlockReader(blocks).read():
        found.extend(count, columns)
    assert [dict(r) for r in found] == [dict(r) for r in expected]
    assert sorted(map(str, other.close())) == sorted(map(str, one.close()))
    assert sorted(set(blocks.devices.enrolled)) == single.devices.enrolled
    assert blocks.devices.placeholders == single.devices.placeholders


@pytest.fixture(scope="module")
def library():
    return load_library()


def test_ten_thousand_rows_are_read_in_far_less_than_two_seconds_of_computing(write):
    import time

    rows = "".join(f"A{n},Laptop,Dell,Latitude {n % 500},SN{n:06}X,Site {n % 9},2021-05-01\n" for n in range(10_000))
    path = write("Asset tag,Type,Make,Model,Serial,Location,Purchased\n" + rows)
    start = time.process_time()
    assets = read_inventory(path, library=load_library())
    assert time.process_time() - start < 2
    assert len(assets.rows) == 10_000


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_in_one_sentence(tmp_path, data):
    path = tmp_path / "any.csv"
    path.write_bytes(b"category,model\nlaptop,X\n" + data)
    try:
        assert read_inventory(path).rows
    except InputError as error:
        assert len(error.problems) == 1


# --- countries --------------------------------------------------------------------------------------------------------


def countries():
    path = Path(values.__file__).parent / "countries.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_the_country_list_is_the_whole_of_iso_3166_1_and_kosovo():
    """ISO 3166-1 has 249 officially assigned entries (ISO, Online Browsing Platform); XKX is user-assigned."""
    codes = [row["alpha3"] for row in countries()]
    assert len(codes) == len(set(codes)) == 249 + 1
    assert len({row["alpha2"] for row in countries()}) == 249 + 1
    assert "XKX" in codes


def test_no_name_means_two_countries():
    meanings = {}
    for row in countries():
        for name in filter(None, (row["alpha3"], row["alpha2"], row["name"], *row["other_names"].split("|"))):
            assert meanings.setdefault(name.casefold(), row["alpha3"]) == row["alpha3"], name
            assert values.parse_country(name) == row["alpha3"]


@pytest.mark.parametrize(
    ("set_name", "resource", "column"),
    [("grid-intensity-by-country", "factors", "region"), ("cloud-regions", "regions", "country")],
)
def test_every_country_with_a_factor_or_a_cloud_region_is_in_the_list(set_name, resource, column):
    with (factor_folders() / set_name / f"{resource}.csv").open(encoding="utf-8", newline="") as handle:
        met = {row[column] for row in csv.DictReader(handle) if not row[column].startswith("agg:")} - {""}
    assert met - {row["alpha3"] for row in countries()} == set()


@pytest.mark.parametrize("headings", [
    "Service,Cost($)",  # Cost Explorer of AWS by service
    'Service,"EC2-Instances($)","S3($)","Total costs($)"',  # the same by day
    "Service name,Cost (£),Month",
])  # fmt: skip
def test_a_summary_of_costs_is_told_with_the_export_to_ask_for(tmp_path, headings):
    (tmp_path / "costs.csv").write_text(f"{headings}\nAmazon EC2{',1.5' * headings.count(',')}\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_inventory(tmp_path / "costs.csv")
    (problem,) = caught.value.problems
    assert problem.code == "format_unknown"
    assert "a summary of costs" in problem.message and "Cost and Usage Report of AWS" in problem.remedy


def test_a_list_of_devices_with_their_costs_is_no_summary_of_costs(tmp_path):
    (tmp_path / "known.csv").write_text("model,cost,account,serial\nThing,12.3,9,A1\n", encoding="utf-8")
    assert len(read_inventory(tmp_path / "known.csv").rows) == 1


@pytest.mark.parametrize("text", ['{"Message": "Access denied"}', '{"error": {"code": "AuthorizationFailed"}}'])
def test_the_error_of_a_server_is_no_list(tmp_path, text):
    (tmp_path / "devices.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="answer of a server"):
        read_inventory(tmp_path / "devices.json")


def test_one_device_alone_is_a_list_for_all_that_it_has_a_status(tmp_path):
    text = '{"model": "Latitude 5450", "status": "in use", "serial_number": "A1"}'
    (tmp_path / "devices.json").write_text(text, encoding="utf-8")
    assert len(read_inventory(tmp_path / "devices.json").rows) == 1
