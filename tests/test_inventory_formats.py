"""Exports of each tool, recognised with no option; their rows are made up, see ``data/inventories/README.md``."""

import csv
import gzip
import io
import json
import sys
import zipfile
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook

from greendigital.cli.app import main
from greendigital.columns import ASSETS, names
from greendigital.errors import ConfigError, InputError
from greendigital.inventory import profiles, read_inventory
from greendigital.inventory.mapping import HELPERS
from greendigital.inventory.recognition import find_header

DATA = Path(__file__).parent / "data" / "inventories"
SAMPLES, FORMATS = DATA / "samples", DATA / "formats"


def problems(assets, code):
    return [p for p in assets.problems if p.code == code]


def column(assets, name):
    return [row[name] for row in assets.rows]


def rows_in(path):
    """Data rows of a delimited file as the csv module counts them, title rows and blank rows left out."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    text = data.decode("utf-16" if data.startswith(b"\xff\xfe") else "windows-1252")
    rows = list(csv.reader(io.StringIO(text), delimiter=max(",;|\t", key=text.count)))
    wide = [row for row in rows if sum(bool(cell.strip()) for cell in row) > 1]
    return len(wide) - 1


SAMPLE_FORMATS = {
    "g4it_numecoeval_equipement_physique.csv": "g4it",
    "intune_all_devices_portal.csv": "intune",
    "intune_managed_devices_graph.csv": "intune",
    "netbox_devices.csv": "netbox",
    "servicenow_cmdb_ci_computer.csv": "servicenow",
    "snipeit_custom_asset_report.csv": "snipeit",
    "spreadsheet_register_messy.csv": "register",
}
FORMAT_FILES = {
    "active_directory_computers.csv": "active_directory",
    "configmgr_query.txt": "configmgr",
    "freshservice_assets.csv": "freshservice",
    "g4it_physical_equipment_en.csv": "g4it",
    "glpi_computers_en.csv": "glpi",
    "glpi_moniteurs_fr.csv": "glpi_monitors",
    "glpi_network_en.csv": "glpi_network",
    "glpi_ordinateurs_fr.csv": "glpi",
    "glpi_printers_en.csv": "glpi_printers",
    "intune_azure_monitor.csv": "intune",
    "jamf_computers.csv": "jamf",
    "lansweeper_assets.csv": "lansweeper",
    "manageengine_assets.csv": "manageengine",
    "netbox_table_export.csv": "netbox",
    "ocs_computers_en.csv": "ocs",
    "ocs_computers_fr.csv": "ocs",
    "osquery_system_info.csv": "osquery",
    "rvtools_tabvhost.csv": "rvtools_vhost",
    "rvtools_tabvinfo.csv": "rvtools_vinfo",
    "servicenow_alm_hardware.csv": "servicenow",
}


@pytest.mark.parametrize(("file", "format_"), [*SAMPLE_FORMATS.items(), *FORMAT_FILES.items()])
def test_an_export_is_recognised_with_no_option_and_no_row_is_lost(file, format_):
    path = (SAMPLES if file in SAMPLE_FORMATS else FORMATS) / file
    assets = read_inventory(path)
    (record,) = assets.inputs
    assert record.format == format_
    assert record.lines == len(assets.rows) == rows_in(path)
    assert not [p for p in assets.problems if p.severity == "error"]
    assert not problems(assets, "format_ambiguous")


def test_every_file_of_the_folders_is_tested():
    others = {"spreadsheet_register_messy.xlsx", "graph_managed_devices.json"}
    found = {p.name for folder in (SAMPLES, FORMATS) for p in folder.iterdir()}
    assert found == {*SAMPLE_FORMATS, *FORMAT_FILES, *others}


def test_the_workbook_of_the_messy_register_is_read_as_its_csv():
    kept = [name for name in names(ASSETS) if name != "acquired_date"]
    one, other = (read_inventory(SAMPLES / f"spreadsheet_register_messy.{e}") for e in ("csv", "xlsx"))
    assert [[row[n] for n in kept] for row in one.rows] == [[row[n] for n in kept] for row in other.rows]
    assert column(one, "acquired_date") == column(other, "acquired_date")


def test_the_firmware_records_are_recognised_and_each_is_a_line():
    """3,000 records; two of them are emulated machines of QEMU."""
    assets = read_inventory(DATA / "linux_hardware_dmi_3000.csv.gz")
    (record,) = assets.inputs
    assert (record.format, record.profile_verified, record.lines) == ("linux_hardware", True, 3000)
    assert record.set_aside == {"virtual_machine": 2}
    assert record.columns == {
        "device_type": "category",
        "manufacturer": "manufacturer",
        "product_name": "model",
        "version": "model_version",
        "anonymous_hardware_id": "asset_id",
    }
    assert None not in column(assets, "category")


READINGS = {
    "netbox_devices.csv": {
        "name": "host_name", "role": "category", "manufacturer": "manufacturer", "device_type": "model",
        "serial": "serial_number", "asset_tag": "asset_id", "status": "status", "site": "site", "comments": "notes",
    },
    "snipeit_custom_asset_report.csv": {
        "Asset Name": "host_name", "Asset Tag": "asset_id", "Model": "model", "Model No.": "model",
        "Category": "category", "Manufacturer": "manufacturer", "Serial": "serial_number",
        "Purchase Date": "acquired_date", "Purchase Cost": "price_gbp", "Warranty Expires": "warranty_end_date",
        "Location": "site", "Status": "status", "Last Audit": "last_seen_date", "Notes": "notes",
    },
    "servicenow_cmdb_ci_computer.csv": {
        "name": "host_name", "asset_tag": "asset_id", "serial_number": "serial_number",
        "manufacturer": "manufacturer", "model_id": "model", "model_number": "model", "category": "category",
        "install_status": "status", "department": "department", "location": "site", "purchase_date": "acquired_date",
        "warranty_expiration": "warranty_end_date", "os": "os_name", "os_version": "os_version",
        "cpu_type": "cpu_model", "cpu_count": "cpu_units", "ram": "memory", "virtual": "virtual",
        "form_factor": "category", "sys_class_name": "category",
    },
    "intune_all_devices_portal.csv": {
        "Device name": "host_name", "Enrollment date": "enrolled_date", "Last check-in": "last_seen_date",
        "OS version": "os_build", "Serial number": "serial_number", "Manufacturer": "manufacturer", "Model": "model",
        "Total storage": "storage", "Category": "category", "Ownership": "ownership", "OS": "os_name",
        "SkuFamily": "os_version",
    },
    "intune_managed_devices_graph.csv": {
        "deviceName": "host_name", "managedDeviceOwnerType": "ownership", "enrolledDateTime": "enrolled_date",
        "lastSyncDateTime": "last_seen_date", "operatingSystem": "os_name", "osVersion": "os_build",
        "deviceCategoryDisplayName": "category", "model": "model", "manufacturer": "manufacturer",
        "serialNumber": "serial_number", "totalStorageSpaceInBytes": "storage", "physicalMemoryInBytes": "memory",
    },
    "g4it_numecoeval_equipement_physique.csv": {
        "nomEquipementPhysique": "asset_id", "modele": "model", "quantite": "quantity", "nomCourtDatacenter": "site",
        "dateAchat": "acquired_date", "dateRetrait": "retired_date", "type": "category", "statut": "status",
        "paysDUtilisation": "country", "consoElecAnnuelle": "annual_kwh", "nomEntite": "department",
        "fabricant": "manufacturer", "tailleMemoire": "memory_gb", "typeDeProcesseur": "cpu_model",
    },
    "spreadsheet_register_messy.csv": {
        "Tag No": "asset_id", "Asset Type": "category", "Asset Make": "manufacturer", "Asset Model": "model",
        "Serial Number": "serial_number", "Location": "site", "Asset Status": "status", "OS Version": "os_version",
        "Qty": "quantity", "Date Purchased": "acquired_date",
    },
}  # fmt: skip


@pytest.mark.parametrize("file", READINGS)
def test_the_columns_of_a_sample_are_read_as_what_they_are(file):
    assert read_inventory(SAMPLES / file).inputs[0].columns == READINGS[file]


def rows_of(file):
    return read_inventory(FORMATS / file).rows


def test_the_device_type_of_netbox_is_the_model_and_its_role_the_category():
    assets = read_inventory(SAMPLES / "netbox_devices.csv")
    assert column(assets, "model")[0] == "Catalyst 9500-48Y4C"
    assert column(assets, "category")[:4] == ["switch", "switch", "switch", "firewall"]
    assert column(assets, "category")[6:8] == ["ups", "wireless_access_point"]
    assert column(assets, "status")[8] == "retired"
    assert column(assets, "set_aside")[9] == "on_order", "a planned device is not there yet"


@pytest.mark.parametrize("file", ["freshservice_assets.csv", "manageengine_assets.csv", "jamf_computers.csv",
                                  "servicenow_alm_hardware.csv"])  # fmt: skip
def test_the_vendor_of_an_asset_list_is_the_reseller_and_never_the_maker(file):
    assert "Reseller Ltd" in (FORMATS / file).read_text(encoding="windows-1252")
    assert "Reseller Ltd" not in [row["manufacturer"] for row in rows_of(file)]


def test_the_vendor_of_a_register_is_no_maker_either(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("Asset tag,Model,Vendor,Serial\nA1,Latitude 5420,Reseller Ltd,S1\n", encoding="utf-8")
    assert read_inventory(path).rows[0]["manufacturer"] is None


def test_configuration_manager_writes_chassis_numbers_kilobytes_and_lenovo_names_as_version():
    """16,252,912 KB are 15.5 GB; chassis type 10 is a notebook and 35 a mini PC (DMTF DSP0134)."""
    first, second, virtual = rows_of("configmgr_query.txt")
    assert (first["model"], first["category"], first["memory_gb"]) == ("ThinkPad T480s", "laptop", 15.5)
    assert (second["model"], second["category"]) == ("HP ProDesk 600 G4 DM", "desktop")
    assert (first["last_seen_date"], virtual["set_aside"]) == (date(2026, 11, 19), "virtual_machine")


def test_osquery_gives_the_name_of_a_lenovo_as_hardware_version():
    assert [(r["model"], r["memory_gb"]) for r in rows_of("osquery_system_info.csv")] == [
        ("ThinkPad T480s", 16.0),
        ("Latitude 5420", 16.0),
    ]


def test_hosts_of_rvtools_carry_processor_memory_and_utilisation_of_the_file():
    first, second = rows_of("rvtools_tabvhost.csv")
    assert (first["category"], first["manufacturer"], first["model"]) == ("server_rack", "Dell Inc.", "PowerEdge R740")
    assert (first["cpu_model"], first["cpu_units"]) == ("Intel(R) Xeon(R) Gold 6130 CPU @ 2.10GHz", 2)
    assert [first["utilisation_share"], second["utilisation_share"]] == [0.37, 0.52]
    assert first["memory_gb"] == round(524184 / 1024, 1)
    assert first["acquired_date"] is None, "the date of its BIOS is no day of purchase"


def test_virtual_machines_of_rvtools_are_counted_and_never_hardware():
    assets = read_inventory(FORMATS / "rvtools_tabvinfo.csv")
    assert column(assets, "set_aside") == ["virtual_machine"] * 2
    assert sum(column(assets, "quantity")) == 0


def test_a_workbook_of_rvtools_gives_its_hosts_and_sets_its_machines_aside(tmp_path):
    book = Workbook()
    book.remove(book.active)
    sheets = {"vInfo": "rvtools_tabvinfo.csv", "vHost": "rvtools_tabvhost.csv"}
    for title, file in sheets.items():
        text = (FORMATS / file).read_text(encoding="utf-8")
        sheet = book.create_sheet(title)
        for row in csv.reader(io.StringIO(text), delimiter=";" if ";" in text.splitlines()[0] else ","):
            sheet.append(row)
    for title in ("vCPU", "vMemory", "vDisk", "vNetwork", "vSnapshot"):
        sheet = book.create_sheet(title)
        sheet.append(["VM", "Powerstate", "Template", "CPUs", "Cluster", "Host", "VM ID", "VM UUID", "VI SDK Server"])
        sheet.append(["CC-SQL-01", "poweredOn", "False", 4, "CL1", "esx-01.council.example", "vm-101", "4201", "vc"])
    path = tmp_path / "RVTools_export.xlsx"
    book.save(path)
    assets = read_inventory(path)
    hardware = [row for row in assets.rows if not row["set_aside"]]
    assert [row["model"] for row in hardware] == ["PowerEdge R740", "PowerEdge R740"]
    assert len(assets.rows) == 4
    (note,) = problems(assets, "sheet_not_understood")
    assert note.message.startswith("5 sheets list no devices")


def test_a_directory_gives_a_count_last_check_ins_and_no_model():
    laptop, server, old = rows_of("active_directory_computers.csv")
    assert [row["model"] for row in (laptop, server, old)] == [None, None, None]
    assert [row["category"] for row in (laptop, server, old)] == [None, "server_any", None]
    assert (laptop["last_seen_date"], old["last_seen_date"]) == (date(2026, 11, 19), date(2019, 2, 3))
    assert (laptop["asset_id"], laptop["os_build"]) == ("CC-LT-0001", "22631")


def test_a_machine_of_a_directory_that_rvtools_knows_as_virtual_is_no_hardware():
    assets = read_inventory(FORMATS / "active_directory_computers.csv", FORMATS / "rvtools_tabvinfo.csv")
    assert [row["set_aside"] for row in assets.rows[:3]] == ["", "virtual_machine", ""]


def test_lists_of_glpi_in_french_and_english_are_read_alike():
    french, english = rows_of("glpi_ordinateurs_fr.csv"), rows_of("glpi_computers_en.csv")
    for rows in (french, english):
        assert [r["category"] for r in rows[:2]] == ["laptop", "desktop"]
        assert [r["status"] for r in rows[:2]] == ["in_use", "in_stock"]
        assert (rows[0]["manufacturer"], rows[0]["asset_id"]) == ("Dell", "INV-001")
    assert (french[2]["status"], french[0]["acquired_date"]) == ("retired", date(2021, 9, 14))
    assert french[1]["cpu_model"] == "Intel Core i5-8500T", "of several values in a cell the first"


def test_monitors_and_printers_of_glpi_are_what_their_list_is_of():
    assert [(r["category"], r["screen_size_inches"]) for r in rows_of("glpi_moniteurs_fr.csv")] == [
        ("monitor", 23.8),
        ("monitor", 24),
    ]
    assert [r["category"] for r in rows_of("glpi_printers_en.csv")] == ["printer_small"]
    assert [r["category"] for r in rows_of("glpi_network_en.csv")] == ["switch", "firewall"]


def test_an_answer_of_graph_as_json_is_read_as_its_csv():
    assets = read_inventory(FORMATS / "graph_managed_devices.json")
    assert assets.inputs[0].format == "intune"
    assert column(assets, "model")[0] == "Latitude 5440"
    assert column(assets, "last_seen_date") == [date(2026, 11, 19), None]
    assert column(assets, "set_aside") == ["", "virtual_machine"]


def test_every_computer_of_servicenow_is_not_a_desktop():
    """The model category "Computer" is of laptops too, so the model decides."""
    assets = read_inventory(FORMATS / "servicenow_alm_hardware.csv")
    assert column(assets, "category") == [None, "monitor", None, None]
    assert not problems(assets, "category_unknown")
    assert column(assets, "retired_date")[2] == date(2024, 5, 30)
    assert column(assets, "set_aside")[3] == "on_order"


def test_labels_of_servicenow_in_a_workbook_are_read_as_its_field_names(tmp_path):
    book = Workbook()
    labels = ["Name", "Asset tag", "Serial number", "Manufacturer", "Model ID", "Status", "Assigned to", "Department",
              "Location", "Purchased", "Warranty expiration", "Operating System", "CPU count", "RAM (MB)",
              "Disk space (GB)", "Form factor", "Is Virtual", "Class", "Updated"]  # fmt: skip
    book.active.append(labels)
    book.active.append(["CC-LT-1", "AST-1", "TEST1", "Dell", "Dell Latitude 5420", "Installed", "User", "Finance",
                        "County Hall", "14/09/2021", "14/09/2024", "Windows 11", 1, 16384, 476, "Laptop", "false",
                        "Computer", "20/11/2026"])  # fmt: skip
    book.active.append(["CC-VM-1", None, None, "Nutanix", "AHV", "Installed", None, "ICT", "County Hall", None, None,
                        "Linux", 1, 16384, 476, None, "true", "Linux Server", "20/11/2026"])  # fmt: skip
    path = tmp_path / "cmdb.xlsx"
    book.save(path)
    assets = read_inventory(path)
    first, second = assets.rows
    assert assets.inputs[0].format == "servicenow"
    assert (first["category"], first["status"], first["memory_gb"]) == ("laptop", "in_use", 16)
    assert (first["acquired_date"], second["set_aside"]) == (date(2021, 9, 14), "virtual_machine")


# Variants


@pytest.mark.parametrize("file", [f for f in FORMAT_FILES if not f.startswith(("rvtools", "active"))])
def test_a_variant_with_columns_of_its_own_is_recognised_too(file):
    """Columns in another order, two more of the user's own, and the first three in another place."""
    data = (FORMATS / file).read_bytes()
    text = data.decode("utf-16" if data.startswith(b"\xff\xfe") else "utf-8-sig", errors="replace")
    delimiter = max(",;|\t", key=text.splitlines()[0].count)
    rows = [r for r in csv.reader(io.StringIO(text), delimiter=delimiter) if len(r) > 1]
    mixed = [
        [*r[3:], "Our code" if n == 0 else "x", *r[:3], "Charge to" if n == 0 else "y"] for n, r in enumerate(rows)
    ]
    header = find_header([(n, [c or None for c in r]) for n, r in enumerate(mixed, start=1)])
    assert header.profile.name == FORMAT_FILES[file]
    assert header.row == 1


def test_a_heading_that_the_profile_does_not_know_is_read_as_in_a_register(tmp_path):
    text = (SAMPLES / "snipeit_custom_asset_report.csv").read_text(encoding="utf-8-sig").replace("Order Number", "Qty")
    path = tmp_path / "snipe.csv"
    path.write_text(text, encoding="utf-8")
    assert read_inventory(path).inputs[0].columns["Qty"] == "quantity"


def test_everyday_headings_that_a_tool_has_too_make_no_export_of_it(tmp_path):
    """Each of them is ServiceNow's, and each is what people write of themselves."""
    path = tmp_path / "kit.csv"
    path.write_text(
        "Asset tag,Form factor,Model,Serial number,Status,Purchased,Retired date,Cost,Location,Department\n"
        "A1,Laptop,X,S1,In use,2021-05-01,,900,Main,ICT\n",
        encoding="utf-8",
    )
    assert read_inventory(path).inputs[0].format == "register"


def test_two_tools_that_fit_alike_are_both_named_with_what_they_would_read(tmp_path):
    """Half the headings are Jamf's and half ServiceNow's; "Class" and "PO Date" are read by one of them alone."""
    path = tmp_path / "mixed.csv"
    path.write_text(
        "Computer Name,Model,Serial Number,Class,Jamf Pro Computer ID,AppleCare ID,PO Date,sys_class_name,Substatus,"
        "Install status\nPC1,Latitude 5420,S1,Laptop,1,2,2021-05-01,Computer,Available,Installed\n",
        encoding="utf-8",
    )
    assets = read_inventory(path)
    (problem,) = problems(assets, "format_ambiguous")
    assert problem.severity == "warning"
    assert {"jamf", "servicenow"} <= set(problem.message.replace(";", " ").replace(":", " ").split())
    assert "--columns" in problem.remedy


def test_a_column_of_models_headed_device_type_is_read_by_what_it_holds(tmp_path):
    path = tmp_path / "kit.csv"
    rows = "".join(f"A{n},{model},Main,In use\n" for n, model in enumerate(["Latitude 5420", "X280", "T14", "R740"]))
    path.write_text("Asset tag,Device type,Location,Status\n" + rows, encoding="utf-8")
    assets = read_inventory(path)
    assert column(assets, "model") == ["Latitude 5420", "X280", "T14", "R740"]
    assert assets.inputs[0].columns["Device type"] == "model"


@pytest.mark.parametrize(
    ("word", "category"),
    [("Dockingstation", "docking_station"), ("Thinclient", "thin_client"), ("Distribution switch", "switch"),
     ("Network printers", "printer_small"), ("All-in-One", "all_in_one")],
)  # fmt: skip
def test_a_device_type_in_one_word_or_with_a_word_before_it_is_understood(tmp_path, word, category):
    path = tmp_path / "kit.csv"
    path.write_text(f"Asset tag,Type,Model\nA1,{word},X\n", encoding="utf-8")
    assets = read_inventory(path)
    assert column(assets, "category") == [category]
    assert not problems(assets, "category_unknown")


@pytest.mark.parametrize("word", ["Stand for laptop", "Bag with tablet", "Laptop bag", "No monitor"])
def test_what_belongs_to_a_device_is_not_that_device(tmp_path, word):
    path = tmp_path / "kit.csv"
    path.write_text(f"Asset tag,Type,Model\nA1,{word},X\n", encoding="utf-8")
    assert column(read_inventory(path), "category") == [None]


@pytest.mark.parametrize(("word", "status"), [("Loan", "in_use"), ("On loan", "in_use"), ("Checkedout", "in_use"),
                                              ("Instock", "in_stock"), ("Inrepair", "repair")])  # fmt: skip
def test_a_status_is_understood_in_one_word_and_in_two(tmp_path, word, status):
    path = tmp_path / "kit.csv"
    path.write_text(f"Asset tag,Type,Model,Status\nA1,Laptop,X,{word}\n", encoding="utf-8")
    assert column(read_inventory(path), "status") == [status]


@pytest.mark.parametrize("profile", [p.name for p in profiles.all_profiles()])
def test_a_profile_names_columns_that_exist_and_no_heading_twice(profile):
    data = profiles._files()[profile]
    assert set(data["columns"]) <= {*names(ASSETS), *HELPERS}
    used = {profiles.heading_key(h) for several in data["columns"].values() for h in several}
    assert not used & {profiles.heading_key(h) for h in data.get("other", ())}
    assert isinstance(data["verified"], bool)


@pytest.mark.parametrize("name", profiles.names_of_profiles())
@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Loan", "in_use"),
        ("On loan", "in_use"),
        ("Spare", "in_stock"),
        ("In storage", "in_stock"),
        ("Deployed", "in_use"),
    ],
)
def test_everyday_status_words_are_understood_whatever_tool_they_come_from(name, word, status):
    assert profiles.profile_named(name).words["status"][profiles.plain(word)] == status


def test_a_docking_station_in_one_word_and_a_loaned_device_of_netbox_are_understood(tmp_path):
    path = tmp_path / "netbox.csv"
    path.write_text(
        "Name,Device role,Manufacturer,Device type,Serial,Status,Site,Rack,Position,Tenant\n"
        "d1,Dockingstation,Dell,WD19,S1,Loan,x,,,\nd2,Dockingstations,Dell,WD19,S2,Spare,x,,,\n"
    )
    assets = read_inventory(path)
    assert assets.inputs[0].format == "netbox"
    assert column(assets, "category") == ["docking_station"] * 2
    assert column(assets, "status") == ["in_use", "in_stock"]
    assert not {"word_unknown", "category_unknown"} & {p.code for p in assets.problems}


# A mapping of the user's own


@pytest.fixture
def inventur(tmp_path):
    path = tmp_path / "inventur.csv"
    path.write_text("Bezeichnung;Kürzel;Wo;Menge\nLatitude 5420;L1;Rathaus;3\n", encoding="utf-8")
    return path


def test_a_file_that_nothing_understands_is_read_by_a_mapping(inventur, tmp_path):
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('[columns]\nmodel = "Bezeichnung"\nserial_number = ["Kürzel"]\nsite = "Wo"\n', encoding="utf-8")
    with pytest.raises(InputError):
        read_inventory(inventur)
    assets = read_inventory(inventur, columns=mapping)
    assert assets.inputs[0].columns == {
        "Bezeichnung": "model", "Kürzel": "serial_number", "Wo": "site", "Menge": "quantity",
    }  # fmt: skip
    assert [assets.rows[0][n] for n in ("model", "serial_number", "site", "quantity")] == [
        "Latitude 5420", "L1", "Rathaus", 3,
    ]  # fmt: skip


def test_a_mapping_wins_over_the_profile_and_its_column_comes_from_nowhere_else():
    assets = read_inventory(SAMPLES / "snipeit_custom_asset_report.csv", columns={"model": "Model No."})
    assert assets.inputs[0].columns["Model No."] == "model"
    assert "Model" not in assets.inputs[0].columns
    assert column(assets, "model")[3] == "20L7S0XX00"


def test_a_mapping_settles_which_tool_a_file_comes_from(tmp_path):
    mapping = tmp_path / "m.toml"
    mapping.write_text('profile = "register"\nignore = ["Category"]\n', encoding="utf-8")
    assets = read_inventory(SAMPLES / "snipeit_custom_asset_report.csv", columns=mapping)
    assert assets.inputs[0].format == "register"
    assert "Category" not in assets.inputs[0].columns


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[columns]\nmodell = "Bezeichnung"\n', '"modell" is not a column. Use our name on the left, such as model'),
        ('[columns]\nmodel = "Bezeichung"\n', 'No file has the heading "Bezeichung".'),
        ('profile = "sapp"\n', '"sapp" is unknown. Use one of register'),
        ('model = "Bezeichnung"\n', '"model" is not understood. Use profile, columns, ignore.'),
        ("[columns]\nmodel = 3\n", '"3" is no heading.'),
        ("[columns\n", "This is not TOML"),
        (
            '[columns]\nmodel = "Bezeichnung"\ncategory = "bezeichnung"\n',
            'The heading "bezeichnung" stands under both model and category. Take one of them out.',
        ),
        ('ignore = ["Wo"]\n[columns]\nsite = "Wo"\n', 'The heading "Wo" stands under both site and ignore.'),
        ("[columns]\nmodel = []\n", "model: No heading is given."),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused_with_what_would_work(inventur, tmp_path, text, sentence):
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_inventory(inventur, columns=mapping)
    assert sentence in str(caught.value)
    assert str(caught.value).startswith("mapping.toml")


# OpenDocument


ODS = """<?xml version="1.0" encoding="UTF-8"?><office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><office:body><office:spreadsheet>{}</office:spreadsheet>
</office:body></office:document-content>"""


def ods(path, *tables):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", ODS.format("".join(tables)))
    return path


def text_cell(text, attributes=""):
    return f'<table:table-cell office:value-type="string"{attributes}><text:p>{text}</text:p></table:table-cell>'


def ods_row(*cells, repeated=1):
    filled = "".join(c if c.startswith("<") else text_cell(c) for c in cells)
    edge = '<table:table-cell table:number-columns-repeated="16370"/>'
    return f'<table:table-row table:number-rows-repeated="{repeated}">{filled}{edge}</table:table-row>'


def test_an_opendocument_sheet_is_read_as_libreoffice_writes_it(tmp_path):
    """Typed cells, a blank entry up to the edge, like rows in one entry, a comment on a cell, and a merged cell."""
    day = '<table:table-cell office:value-type="date" office:date-value="2021-05-01T00:00:00"/>'
    three = '<table:table-cell office:value-type="float" office:value="3"><text:p>3</text:p></table:table-cell>'
    blank = "<table:table-cell/>"
    commented = (
        '<table:table-cell office:value-type="string"><office:annotation><text:p>ask</text:p></office:annotation>'
        "<text:p>Latitude<text:s/>5420</text:p></table:table-cell>"
    )
    path = ods(
        tmp_path / "kit.ods",
        '<table:table table:name="Kit">',
        ods_row("IT ASSETS"),
        ods_row(blank, repeated=2),
        ods_row("Type", "Model", "Qty", "Date Purchased", "Location"),
        ods_row("Laptop", commented, three, day, text_cell("Main", ' table:number-rows-spanned="2"')),
        ods_row("Monitor", "P2419H", blank, blank, "<table:covered-table-cell/>"),
        ods_row("Mouse", "M100", blank, blank, "Store", repeated=2),
        ods_row(blank, repeated=1_048_000),
        "</table:table>",
        '<table:table table:name="Notes">',
        ods_row("nothing here"),
        "</table:table>",
    )
    assets = read_inventory(path)
    assert column(assets, "source_row") == [5, 6, 7, 8]
    assert column(assets, "model") == ["Latitude 5420", "P2419H", "M100", "M100"]
    assert column(assets, "quantity") == [3, 1, 1, 1]
    assert column(assets, "acquired_date") == [date(2021, 5, 1), None, None, None]
    assert column(assets, "site") == ["Main", "Main", "Store", "Store"]
    assert '"Notes" (1 rows)' in problems(assets, "sheet_not_understood")[0].message


def test_a_formula_of_an_opendocument_sheet_without_a_value_is_told(tmp_path):
    formula = '<table:table-cell table:formula="of:=[Source.B2]"/>'
    path = ods(
        tmp_path / "kit.ods",
        '<table:table table:name="Kit">',
        ods_row("Type", "Model", "Qty"),
        ods_row("Laptop", formula, "2"),
        "</table:table>",
    )
    assets = read_inventory(path)
    assert [(p.row, p.column) for p in problems(assets, "formula_without_value")] == [(2, "Model")]


def test_the_command_reads_opendocument_json_and_a_mapping(inventur, tmp_path, monkeypatch, capsys):
    (tmp_path / "m.toml").write_text('[columns]\nmodel = "Bezeichnung"\n', encoding="utf-8")
    kit = ods(
        tmp_path / "kit.ods",
        '<table:table table:name="Kit">',
        ods_row("Type", "Model", "Qty"),
        ods_row("Laptop", "Latitude 5420", "2"),
        "</table:table>",
    )
    graph = FORMATS / "graph_managed_devices.json"
    options = ["--columns", str(tmp_path / "m.toml"), "--format", "json"]
    monkeypatch.setattr(sys, "argv", ["greendigital", "check", str(inventur), str(kit), str(graph), *options])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code in (0, None)
    found = json.loads(capsys.readouterr().out)
    assert [(f["format"], f["devices"]) for f in found] == [("register", 3), ("register", 2), ("intune", 1)]
    assert found[0]["columns"]["Bezeichnung"] == "model"


def test_check_tells_what_belongs_to_no_file(tmp_path, monkeypatch, capsys):
    (tmp_path / "kit.csv").write_text("Asset tag,Type,Model,Location\nA1,Laptop,X,Main\n", encoding="utf-8")
    (tmp_path / "g.toml").write_text('[[sites]]\nname = "Depot"\ncountry = "GBR"\n', encoding="utf-8")
    command = ["greendigital", "check", str(tmp_path / "kit.csv"), "--config", str(tmp_path / "g.toml")]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit):
        main()
    assert 'The configuration has a site "Depot", which no line of the files names.' in capsys.readouterr().err
