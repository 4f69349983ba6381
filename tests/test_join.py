"""Files joined by serial number, and disposals put to their assets. All rows are made up."""

from datetime import date

import pytest

import greendigital as gd
from greendigital.inventory import read_inventory

REGISTER = "Asset Tag,Type,Make,Model,Serial No,Date Purchased,Status,Cost\n"
INTUNE = "Device name,Enrollment date,Last check-in,OS version,Serial number,Manufacturer,Model,Compliance,Managed by\n"


@pytest.fixture
def read(tmp_path):
    def of(**files):
        paths = []
        for name, text in files.items():
            path = tmp_path / f"{name}.csv"
            path.write_text(text, encoding="utf-8")
            paths.append(path)
        return read_inventory(*paths)

    return of


def by_line(assets):
    return {row["line_id"]: row for row in assets.rows}


def codes(assets, severity=None):
    return [p.code for p in assets.problems if severity in (None, p.severity)]


def test_the_register_keeps_dates_status_and_price_and_the_tool_gives_model_and_last_check_in(read):
    assets = read(
        register=REGISTER + "T1,Laptop,Dell,Latitude,ABC-123,2021-05-01,Spare,£900\n",
        intune=INTUNE + "PC1,2021-09-14,2026-11-20 07:45,10.0.22631.4460,abc123,Dell Inc.,Latitude 5420,ok,Intune\n",
    )
    kept, merged = assets.rows
    assert kept["acquired_date"] == date(2021, 5, 1)
    assert kept["status"] == "in_stock"
    assert kept["price_gbp"] == 900
    assert kept["category"] == "laptop"
    assert kept["asset_id"] == "T1"
    assert kept["model"] == "Latitude 5420"
    assert kept["manufacturer"] == "Dell Inc."
    assert kept["last_seen_date"] == date(2026, 11, 20)
    assert (kept["os_name"], kept["os_build"]) == ("Windows", "22631")
    assert (kept["merged_into"], merged["merged_into"]) == ("", "register.csv:2")


def test_it_does_not_matter_which_file_comes_first(read):
    register = REGISTER + "T1,Laptop,Dell,Latitude,S1,2021-05-01,Spare,900\n"
    intune = INTUNE + "PC1,2021-09-14,2026-11-20,,S1,Dell Inc.,Latitude 5420,ok,Intune\n"
    first = by_line(read(register=register, intune=intune))
    second = by_line(read(intune=intune, register=register))
    assert first == second


@pytest.mark.parametrize(
    "written", ["HP,EliteBook 840 G7", "HP,HP EliteBook 840 G7", "Hewlett Packard,HP EliteBook 840 G7"]
)
def test_a_tool_that_writes_the_same_model_with_its_maker_is_no_conflict(read, written):
    assets = read(
        register=REGISTER + f"T1,Laptop,{written},S1,2021-05-01,,\n",
        intune=INTUNE + "PC1,2021-09-14,2026-11-20,,S1,HP,HP EliteBook 840 G7,ok,Intune\n",
    )
    assert "model_conflict" not in codes(assets)


@pytest.mark.parametrize("code", ["20W1S0XX00", "20W0004UUK", "11DTS00000"])
def test_a_lenovo_type_code_of_the_tool_does_not_replace_the_name_in_the_register(read, code):
    assets = read(
        register=REGISTER + "T1,Laptop,Lenovo,ThinkPad T14 Gen 2,S1,2021-05-01,,\n",
        intune=INTUNE + f"PC1,2021-09-14,2026-11-20,,S1,LENOVO,{code},ok,Intune\n",
    )
    kept = assets.rows[0]
    assert (kept["model"], kept["last_seen_date"]) == ("ThinkPad T14 Gen 2", date(2026, 11, 20))
    assert "model_conflict" not in codes(assets)


@pytest.mark.parametrize("written", ["", "20W0004UUK"])
def test_a_lenovo_type_code_is_taken_where_the_register_has_no_name(read, written):
    assets = read(
        register=REGISTER + f"T1,Laptop,Lenovo,{written},S1,2021-05-01,,\n",
        intune=INTUNE + "PC1,2021-09-14,2026-11-20,,S1,LENOVO,20W1S0XX00,ok,Intune\n",
    )
    assert assets.rows[0]["model"] == "20W1S0XX00"


def test_a_name_of_the_tool_replaces_a_lenovo_type_code_in_the_register(read):
    assets = read(
        register=REGISTER + "T1,Laptop,Lenovo,20W1S0XX00,S1,2021-05-01,,\n",
        intune=INTUNE + "PC1,2021-09-14,2026-11-20,,S1,LENOVO,ThinkPad T14 Gen 2,ok,Intune\n",
    )
    assert assets.rows[0]["model"] == "ThinkPad T14 Gen 2"


def test_a_tool_that_sees_another_model_is_told_with_both(read):
    assets = read(
        register=REGISTER + "T1,Laptop,HP,EliteBook 840 G5,S1,2021-05-01,,\n",
        intune=INTUNE + "PC1,2021-09-14,2026-11-20,,S1,HP,HP EliteBook 840 G7,ok,Intune\n",
    )
    (problem,) = [p for p in assets.problems if p.code == "model_conflict"]
    assert problem.file == "intune.csv"
    assert '"HP EliteBook 840 G7" here, "EliteBook 840 G5" in register.csv:2' in problem.message


def test_a_serial_number_twice_in_one_file_is_warned_and_counts_once(read):
    assets = read(register=REGISTER + "T1,Laptop,Dell,Latitude 5420,S1,,,\nT2,Laptop,Dell,Latitude 5420,s-1,,,\n")
    (problem,) = [p for p in assets.problems if p.code == "serial_twice"]
    assert (problem.severity, problem.row) == ("warning", 3)
    assert [row["merged_into"] for row in assets.rows] == ["", "register.csv:2"]


def test_a_device_enrolled_anew_keeps_its_newest_check_in(read):
    """The older entry of the tool stands below the newer one and must not hide it."""
    assets = read(
        register=REGISTER + "T1,Laptop,Dell,Latitude 5420,S1,2021-05-01,,\n",
        intune=INTUNE
        + "NEW,2025-01-10,2026-11-20,10.0.26100.1,S1,Dell Inc.,Latitude 5420,ok,Intune\n"
        + "OLD,2021-09-14,2024-12-30,10.0.19045.1,S1,Dell Inc.,Latitude 5420,ok,Intune\n",
    )
    assert assets.rows[0]["last_seen_date"] == date(2026, 11, 20)
    assert assets.rows[0]["os_build"] == "26100"


def test_the_newest_check_in_wins_within_a_tool_too(read):
    assets = read(
        intune=INTUNE
        + "OLD,2021-09-14,2024-12-30,10.0.19045.1,S1,Dell Inc.,Latitude 5420,ok,Intune\n"
        + "NEW,2025-01-10,2026-11-20,10.0.26100.1,S1,Dell Inc.,Latitude 5420,ok,Intune\n",
    )
    assert assets.rows[0]["last_seen_date"] == date(2026, 11, 20)
    assert assets.rows[0]["acquired_date"] == date(2021, 9, 14)


def test_placeholders_of_firmware_never_join_devices(read):
    lines = "".join(f"T{i},Laptop,Dell,Latitude 5420,To be filled by O.E.M.,,,\n" for i in range(3))
    assets = read(register=REGISTER + lines)
    assert [row["merged_into"] for row in assets.rows] == ["", "", ""]


def test_serial_numbers_that_a_spreadsheet_has_rounded_never_join_devices(read):
    lines = "".join(f"T{i},Laptop,Dell,Latitude 5420,1.23457E+15,,,\n" for i in range(3))
    assets = read(register=REGISTER + lines)
    assert [row["merged_into"] for row in assets.rows] == ["", "", ""]
    (problem,) = [p for p in assets.problems if p.code == "serial_mangled"]
    assert problem.message.endswith("3 rows in all: 2, 3, 4.")


def test_serial_numbers_of_other_scripts_are_told_apart(read):
    assets = read(register=REGISTER + "T1,Laptop,Dell,Latitude 5420,機一,,,\nT2,Laptop,Dell,Latitude 5420,機二,,,\n")
    assert [row["serial_number"] for row in assets.rows] == ["機一", "機二"]
    assert [row["merged_into"] for row in assets.rows] == ["", ""]


def test_a_tool_that_knows_the_model_helps_a_row_whose_model_is_a_placeholder(read):
    assets = read(
        register=REGISTER + "T1,,,System Product Name,S1,2021-05-01,,\n",
        intune=INTUNE + "PC1,2021-09-14,2026-11-20,,S1,Dell Inc.,Latitude 5420,ok,Intune\n",
    )
    assert assets.rows[0]["model"] == "Latitude 5420"
    assert [row["set_aside"] for row in assets.rows] == ["", ""]


def test_the_note_on_enrolment_counts_only_devices_whose_date_stands_in(read):
    """Three devices enrolled, one of them with a day of purchase in the register."""
    assets = read(
        register=REGISTER + "T1,Laptop,Dell,Latitude 5420,S1,2021-05-01,,\nT2,Laptop,Dell,Latitude 5420,S2,,,\n",
        intune=INTUNE + "".join(f"PC{i},2021-09-14,2026-11-20,,S{i},Dell Inc.,X,ok,Intune\n" for i in (1, 2, 3)),
    )
    (problem,) = [p for p in assets.problems if p.code == "enrolment_stands_in"]
    assert problem.message.endswith("2 rows in all: 3, 4.")
    assert by_line(assets)["register.csv:3"]["acquired_date"] == date(2021, 9, 14)


def test_an_enrolment_after_retirement_is_no_day_of_purchase(read):
    assets = read(
        register="model,serial number,retired date\nLatitude 5420,S1,2020-01-01\n",
        intune=INTUNE + "PC1,2021-09-14,2026-11-20,,S1,Dell Inc.,Latitude 5420,ok,Intune\n",
    )
    assert assets.rows[0]["acquired_date"] is None
    assert codes(assets, "error") == []


def test_the_same_file_twice_is_warned(tmp_path):
    path = tmp_path / "register.csv"
    path.write_text(REGISTER + "T1,Laptop,Dell,Latitude 5420,,,,\n", encoding="utf-8")
    assets = read_inventory(path, path)
    (problem,) = [p for p in assets.problems if p.code == "file_repeated"]
    assert problem.file == "register.csv#2"
    assert [row["line_id"] for row in assets.rows] == ["register.csv:2", "register.csv#2:2"]


# By asset tag and by host name


def test_rows_without_serial_numbers_are_joined_by_asset_tag(read):
    assets = read(
        register=REGISTER + "AST-1,Laptop,Dell,Latitude 5420,,2021-05-01,Spare,900\n",
        other="Asset Tag,Model,Serial,Location\nast 1,Latitude 5420,S1,Main\nAST-2,Latitude 5430,S2,Main\n",
    )
    assert [row["merged_into"] for row in assets.rows] == ["", "register.csv:2", ""]
    assert [assets.rows[0][n] for n in ("serial_number", "site", "price_gbp")] == ["S1", "Main", 900]


def test_rows_are_joined_by_host_name_where_it_stands_once_in_each_file(read):
    assets = read(
        register="Asset Tag,Type,Model,Computer name\nA1,Laptop,Latitude 5420,CC-LT-1\nA2,Laptop,X,TWICE\n",
        intune=INTUNE
        + "CC-LT-1,2021-09-14,2026-11-20,,S1,Dell Inc.,Latitude 5420,ok,Intune\n"
        + "TWICE,2021-09-14,2026-11-20,,S2,Dell Inc.,X,ok,Intune\n"
        + "TWICE,2021-09-14,2026-11-20,,S3,Dell Inc.,X,ok,Intune\n",
    )
    assert [row["merged_into"] for row in assets.rows] == ["", "", "register.csv:2", "", ""]
    assert (assets.rows[0]["serial_number"], assets.rows[0]["last_seen_date"]) == ("S1", date(2026, 11, 20))


def test_a_host_name_with_its_domain_is_the_same_host(read):
    assets = read(
        register="Asset Tag,Type,Model,Host name\nA1,Server,PowerEdge R740,esx-01\n",
        vhost="Host,Cluster,CPU Model,# CPU,# Cores,CPU usage %,Vendor,Model,ESX Version\n"
        "ESX-01.council.example,CL1,Xeon Gold 6130,2,32,37,Dell Inc.,PowerEdge R740,7.0\n",
    )
    assert [row["merged_into"] for row in assets.rows] == ["", "register.csv:2"]
    assert (assets.rows[0]["utilisation_share"], assets.rows[0]["cpu_units"]) == (0.37, 2)


@pytest.mark.parametrize("tag", ["TBC", "No tag", "0000", "xxx"])
def test_what_stands_for_no_tag_never_joins_devices(read, tag):
    assets = read(
        register=REGISTER + f"{tag},Laptop,Dell,Latitude 5420,,,,\n", other=REGISTER + f"{tag},Laptop,Dell,X,,,,\n"
    )
    assert [row["merged_into"] for row in assets.rows] == ["", ""]


def test_one_tag_for_two_serial_numbers_is_two_devices_and_told(read):
    assets = read(
        register=REGISTER + "A1,Laptop,Dell,Latitude 5420,S1,,,\n",
        other=REGISTER + "A1,Laptop,Dell,Latitude 5420,S9,,,\n",
    )
    assert [row["merged_into"] for row in assets.rows] == ["", ""]
    (problem,) = [p for p in assets.problems if p.code == "join_contradicted"]
    assert (problem.severity, problem.file, problem.row) == ("warning", "other.csv", 2)
    assert '"A1" is the asset id of "S9" here and of "S1" in register.csv:2' in problem.message


def test_two_registers_that_number_their_rows_alike_are_not_joined_by_it(read):
    assets = read(
        laptops="Asset no,Type,Model\n1,Laptop,Latitude 5420\n2,Laptop,Latitude 5430\n",
        screens="Asset no,Type,Model\n1,Monitor,P2419H\n2,Monitor,E24 G4\n",
    )
    assert [row["merged_into"] for row in assets.rows] == [""] * 4
    assert codes(assets, "warning") == ["join_contradicted"]


def test_two_registers_that_disagree_are_told_by_column_and_the_first_is_taken(read):
    assets = read(
        one=REGISTER + "A1,Laptop,Dell,X,S1,2021-05-01,In use,900\nA2,Laptop,Dell,X,S2,2021-05-01,In use,900\n",
        two=REGISTER + "A1,Laptop,Dell,X,S1,2021-06-01,Spare,900\nA2,Laptop,Dell,X,S2,2021-06-01,In use,\n",
    )
    told = {p.column: p for p in assets.problems if p.code == "value_conflict"}
    assert told.keys() == {"acquired_date", "status"}
    assert '"2021-06-01" here, "2021-05-01" in one.csv:2' in told["acquired_date"].message
    assert told["acquired_date"].message.endswith("2 rows in all: 2, 3.")
    assert (assets.rows[0]["acquired_date"], assets.rows[0]["status"]) == (date(2021, 5, 1), "in_use")


def test_a_row_merged_twice_over_names_the_line_that_stayed(read):
    """Two tools know the device by its serial number; the register has its host name alone."""
    assets = read(
        intune=INTUNE + "PC1,2021-09-14,2026-11-20,,S1,Dell Inc.,Latitude 5420,ok,Intune\n",
        jamf="Computer Name,Serial Number,Model,Last Check-in,Jamf Pro Computer ID,AppleCare ID\n"
        "PC1,S1,Latitude 5420,2026-11-21,1,2\n",
        register="Asset Tag,Type,Model,Computer name\nA1,Laptop,Latitude 5420,PC1\n",
    )
    assert [row["merged_into"] for row in assets.rows] == ["register.csv:2", "register.csv:2", ""]
    assert assets.rows[2]["last_seen_date"] == date(2026, 11, 21)


@pytest.mark.parametrize("key", ["serial", "tag", "name"])
def test_two_exports_of_500_devices_are_500_devices_and_500_merged_lines(read, key):
    numbers = range(500)
    serial = [f"TEST{n:04}" if key == "serial" else "" for n in numbers]
    tag = [f"AST-{n:04}" if key == "tag" else "" for n in numbers]
    name = [f"CC-LT-{n:04}" if key == "name" else "" for n in numbers]
    register = "Asset Tag,Type,Make,Model,Serial No,Computer name,Date Purchased,Status\n" + "".join(
        f"{tag[n]},Laptop,Dell,Latitude 5420,{serial[n]},{name[n]},2021-05-01,In use\n" for n in numbers
    )
    manageengine = (
        "Product Type,Product,Vendor,Service Tag,Asset Tag,Asset Name,Asset State,Last Success Scan\n"
        + "".join(
            f"Laptop,Latitude 5420,Reseller Ltd,{serial[n]},{tag[n]},{name[n]},In Use,2026-11-20\n" for n in numbers
        )
    )
    assets = read(register=register, manageengine=manageengine)
    assert len(assets.rows) == 1000
    kept = [row for row in assets.rows if not row["merged_into"]]
    merged = [row for row in assets.rows if row["merged_into"]]
    assert (len(kept), len(merged)) == (500, 500)
    assert [row["merged_into"] for row in merged] == [row["line_id"] for row in kept]
    assert sum(row["quantity"] for row in kept) == 500
    assert {row["last_seen_date"] for row in kept} == {date(2026, 11, 20)}


DISPOSALS = "asset_id,serial_number,disposal_date,disposal_route,mass_kg,carrier,transfer_note_id,sanitisation\n"


def test_a_disposal_is_joined_by_serial_number_or_asset_id(read):
    assets = read(
        register=REGISTER + "T1,Laptop,Dell,A,AB-12,2020-01-01,,\nT2,Laptop,Dell,B,,2020-01-01,Retired,\n",
        out=DISPOSALS + ",AB12,2024-05-27,Sold,1.4,Carrier Ltd,N1,purge\n" + "t-2,,2024-06-01,recycling,,,,destroyed\n",
    )
    first, second = assets.rows
    assert (first["status"], first["retired_date"], first["disposal_route"]) == (
        "disposed",
        date(2024, 5, 27),
        "resale",
    )
    assert (first["mass_kg"], first["sanitisation"], first["disposal_evidence"]) == (1.4, "purge", True)
    assert (second["status"], second["disposal_route"], second["sanitisation"]) == ("disposed", "recycle", "destroy")
    assert second["disposal_evidence"] is False
    assert [(p.code, p.row) for p in assets.problems if p.severity == "warning"] == [("disposal_without_carrier", 3)]


@pytest.mark.parametrize("column", ["carrier", "facility", "transfer_note_id"])
def test_a_carrier_facility_or_note_is_evidence_that_a_device_went_on(read, column):
    """Evidence decides whether the embodied carbon left is written off here or goes on with the device."""
    assets = read(
        register=REGISTER + "T1,Laptop,Dell,Latitude 5420,S1,2022-04-01,,\n",
        out=f"serial_number,disposal_date,disposal_route,{column}\nS1,2024-05-27,donation,X1\n",
    )
    assert assets.rows[0]["disposal_evidence"] is True
    run = gd.estimate(assets, period="2024-25")
    assert run.store.query("SELECT sum(transferred_kg_co2e) AS kg FROM lines")[0]["kg"] > 0
    assert run.summary["totals"]["by_stage"]["written_off"]["central"] == 0


def test_a_disposal_under_the_name_that_a_merged_row_has_is_joined(read):
    """The tool calls it PC1; its row was merged into the register's."""
    assets = read(
        register=REGISTER + "T1,Laptop,Dell,A,S1,2020-01-01,,\n",
        intune=INTUNE + "PC1,2021-09-14,2024-01-20,,S1,Dell Inc.,A,ok,Intune\n",
        out=DISPOSALS + "PC1,,2024-05-27,recycle,,Carrier Ltd,,\n",
    )
    assert assets.rows[0]["disposal_date"] == date(2024, 5, 27)
    assert codes(assets, "warning") == []


def test_a_disposal_without_an_asset_is_reported_with_its_name(read):
    assets = read(
        register=REGISTER + "T1,Laptop,Dell,A,S1,2020-01-01,,\n", out=DISPOSALS + "T9,,2024-05-27,recycle,,,,\n"
    )
    (problem,) = [p for p in assets.problems if p.code == "disposal_unmatched"]
    assert str(problem).startswith('out.csv, row 2, asset_id: No asset has the asset id "T9"')


def test_an_unknown_disposal_route_is_warned(read):
    assets = read(register=REGISTER + "T1,Laptop,Dell,A,S1,2020-01-01,,\n", out=DISPOSALS + ",S1,2024-05-27,skip,,,,\n")
    (problem,) = [p for p in assets.problems if p.code == "word_unknown"]
    assert str(problem).startswith('out.csv, row 2, disposal_route: "skip" is not understood')


def test_a_device_disposed_of_twice_and_a_line_of_many_are_warned(read):
    assets = read(
        register="asset_id,model,quantity\nT1,Latitude 5420,30\n",
        out=DISPOSALS + "T1,,2024-05-27,recycle,,Carrier Ltd,,\nT1,,2024-05-28,recycle,,Carrier Ltd,,\n",
    )
    assert codes(assets, "warning") == ["disposal_of_several", "disposal_twice", "disposal_of_several"]
    assert "30 devices" in assets.problems[0].message or "30 devices" in assets.problems[1].message


def test_a_disposal_before_the_purchase_is_an_error(read):
    assets = read(
        register=REGISTER + "T1,Laptop,Dell,A,S1,2022-01-01,,\n", out=DISPOSALS + ",S1,2021-05-27,recycle,,,,\n"
    )
    (problem,) = [p for p in assets.problems if p.severity == "error"]
    assert str(problem).startswith('out.csv, row 2, disposal_date: "2021-05-27" is before the day of purchase')
