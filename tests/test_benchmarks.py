"""The benchmark compares like with like: the body written by hand gives what the program gives, on the same estate."""

import csv

import pytest

import greendigital as gd
from greendigital.config import load_config
from greendigital.estimation.tables import RunTables
from greendigital.period import parse_period
from tests.benchmarks.estate import HEADER, write_estate
from tests.benchmarks.pandas_body import pandas_lines
from tests.benchmarks.report import PERIOD, main


@pytest.fixture
def register(tmp_path):
    path = tmp_path / "register.csv"
    write_estate(path, 600, 150, managed=True)
    return path


def test_the_made_up_estate_has_as_many_devices_and_models_as_asked_for(register):
    with register.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) == 600
    assert len({(row["Manufacturer"], row["Model"]) for row in rows}) == 150
    assert len({row["Serial number"] for row in rows}) == 600


def test_every_column_of_the_made_up_estate_is_understood(register):
    (record,) = gd.read_inventory(register).inputs
    assert list(record.columns) == list(HEADER)


def test_the_body_by_hand_gives_the_lines_of_the_program(register):
    assets = gd.read_inventory(register)
    tables = RunTables(gd.load_library(), parse_period(PERIOD), load_config(None))
    by_hand = pandas_lines(assets.frame, tables).set_index("line_id")
    lines = gd.estimate(assets, period=PERIOD).lines.set_index("line_id")
    lines = lines[lines["status"] != "excluded"]
    assert len(lines) == len(by_hand) > 500
    for column in ("use_kwh", "use_direct_kg_co2e", "use_losses_kg_co2e", "use_wtt_kg_co2e", "total_kg_co2e",
                   "total_kg_co2e_low", "total_kg_co2e_high"):  # fmt: skip
        known = lines[column].notna()
        assert known.sum() > 500
        assert by_hand.loc[lines.index[known], column].to_numpy() == pytest.approx(lines[column][known].to_numpy())


def test_the_benchmark_prints_the_time_and_the_ratio_of_each_size(register, capsys):
    main(((300, 60, False, ("--no-charts", "--workbook-lines", "0")),))
    told = capsys.readouterr().out
    assert told.startswith(
        "300 assets of 60 models, in a register\n  greendigital report --no-charts --workbook-lines 0: "
    )
    assert "ratio" in told
