"""What a register says of servers: memory in any unit, a PUE without a room; a register that is no export."""

import pytest

import greendigital as gd


def read(tmp_path, header, *rows):
    path = tmp_path / "servers.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return gd.read_inventory(path)


@pytest.mark.parametrize(("column", "value"), [("memory_gb", "65536"), ("cpu_units", "1000"), ("ssd_gb", "1e9")])
def test_more_than_any_machine_has_is_left_empty_and_told(tmp_path, column, value):
    assets = read(tmp_path, f"category,model,{column}", f"server_rack,Box,{value}")
    assert assets.rows[0][column] is None
    (problem,) = [p for p in assets.problems if p.code == "number_implausible"]
    assert (problem.row, problem.column) == (2, column)


def test_a_pue_on_a_line_without_a_room_is_told(tmp_path):
    assets = read(
        tmp_path, "category,model,pue,location_type", "server_rack,Box,1.5,", "server_rack,Box,1.5,server_room"
    )
    (problem,) = [p for p in assets.problems if p.code == "pue_not_applied"]
    assert problem.message.startswith("1 line names a PUE")


def test_servers_of_which_no_room_is_known_are_told(tmp_path):
    assets = read(tmp_path, "category,model,location_type", "server_rack,Box,", "laptop,X,", "server_rack,Box,office")
    (problem,) = [p for p in assets.problems if p.code == "server_without_room"]
    assert problem.message.startswith("1 line names servers and no room")


@pytest.mark.parametrize(
    ("heading", "cell", "column", "gigabytes"),
    [
        # Memory comes in powers of two, and a "GB" of it is a GiB; drives are sold by the thousand.
        ("RAM (MB)", "65536", "memory_gb", 64),
        ("RAM (MB)", "128GB", "memory_gb", 128),
        ("RAM", "1.5 TB", "memory_gb", 1.5 * 1024),
        ("RAM", "65536 MB", "memory_gb", 64),
        ("Memory", "16 GiB", "memory_gb", 16),
        ("RAM", "16 GB DDR4", "memory_gb", 16),
        ("SSD", "1.92 TB", "ssd_gb", 1920),
        ("SSD", "512GB SSD", "ssd_gb", 512),
        ("SSD", "960 GiB", "ssd_gb", 960 * 2**30 / 10**9),
    ],
)
def test_a_size_may_carry_any_unit(tmp_path, heading, cell, column, gigabytes):
    row = of_register(tmp_path, {heading: cell}).rows[0]
    assert row[column] == pytest.approx(gigabytes)


@pytest.mark.parametrize("cell", ["lots TB", "16 PB", "16 GBs of it"])
def test_a_size_that_is_none_is_refused(tmp_path, cell):
    assets = of_register(tmp_path, {"RAM": cell})
    assert assets.rows[0]["memory_gb"] is None
    assert "number_invalid" in {p.code for p in assets.problems}


def test_a_tool_that_counts_in_kilobytes_reads_a_size_with_its_unit_all_the_same(tmp_path):
    """Configuration Manager's TotalPhysicalMemory0 is in KB."""
    path = tmp_path / "sccm.csv"
    head = "ResourceID,Name0,Manufacturer0,Model0,Client0,Total Physical Memory0,Chassis Types0,User Name0"
    path.write_text(
        f"{head}\n1,PC1,Dell Inc.,Latitude 5420,1,16 GB,10,x\n2,PC2,Dell Inc.,Latitude 5420,1,16777216,10,x\n"
    )
    assets = gd.read_inventory(path)
    assert (assets.inputs[0].format, [r["memory_gb"] for r in assets.rows]) == ("configmgr", [16, 16])


@pytest.mark.parametrize(
    "extra",
    [
        "",
        "Disk space (GB)",
        "Assigned to,Updated,Substatus,Managed by",
        "CPU core count,CPU speed,IP address,Cost center",
    ],
)
def test_a_register_of_servers_is_not_taken_for_a_tool_by_columns_nothing_is_made_of(tmp_path, extra):
    path = tmp_path / "servers.csv"
    more = "," * (extra.count(",") + 1) if extra else ""
    head = "Name,Manufacturer,Model,Serial number,Location,RAM (MB),CPU count"
    path.write_text(f"{head}{',' if extra else ''}{extra}\nA1,Dell,PowerEdge R740,S1,Main,65536,2{more}\n")
    assets = gd.read_inventory(path)
    assert assets.inputs[0].format == "register"
    assert (assets.rows[0]["memory_gb"], assets.rows[0]["cpu_units"]) == (64, 2)


def of_register(tmp_path, cells):
    path = tmp_path / "register.csv"
    path.write_text(f"Asset tag,Type,Model,{','.join(cells)}\nA1,Server,R740,{','.join(cells.values())}\n")
    return gd.read_inventory(path)
