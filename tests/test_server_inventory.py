"""What a register says of servers: memory in the wrong unit, a PUE without a room."""

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
