"""What a reconciliation shows people: the comparable pair first, the largest rows, and no small figure written out."""

import csv
import json
import re
import shutil

import pytest
from typer.testing import CliRunner

import greendigital as gd
from greendigital.cli.app import app
from greendigital.errors import InputError
from greendigital.reconciliation.emissions import FIGURES
from greendigital.reconciliation.names import Names
from greendigital.reconciliation.table import MOST_ROWS, shortened, table_of
from tests.test_reconcile import EARLY, EXPORTS, V3, aws_rows, run_of


def row(region, theirs, ours, reasons=()):
    """A group of one region, kg CO2e; compared where both sides have a figure."""
    side = "both" if theirs is not None and ours is not None else "theirs_only" if ours is None else "ours_only"
    compared = {"basis": "location", "theirs": theirs, "ours": ours, "ratio": ours / theirs} if side == "both" else None
    return {
        **dict.fromkeys(("account", "account_name", "service", "month")),
        "region": region,
        "side": side,
        "theirs": {**dict.fromkeys(FIGURES), "location": theirs},
        "ours": None if ours is None else {"low": ours / 2, "central": ours, "high": ours * 2},
        "compared": compared,
        "reasons": [{"code": code, "text": ""} for code in reasons],
    }


def regions(lines):
    return [line.split()[0] for line in lines]


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """A run of one of the six months of the export: the most of theirs has nothing of ours beside it."""
    folder = tmp_path_factory.mktemp("run")
    return run_of(
        folder,
        *(row for row in aws_rows() if row["ChargePeriodStart"] == "2026-02-01"),
        period="2026-02-01..2026-02-28",
    ).write(folder / "out", charts=False)


def called(*arguments):
    return CliRunner().invoke(app, ["reconcile", *map(str, arguments)])


def test_what_both_have_stands_above_the_wholes_that_hold_more(out):
    shown = called(out, V3).stdout
    total = gd.reconcile(out, V3).totals[0]
    assert total["compared"]["theirs"] < total["theirs"]["location"] / 2
    first, second = (line for line in shown.splitlines() if "CO2e: theirs" in line)
    assert first.startswith("  What both have") and second.startswith("  All of each")


def test_rows_of_both_come_first_and_in_each_part_the_largest():
    rows = [row("a", 1.0, 2.0), row("b", 900.0, None), row("c", 5.0, 1.0), row("d", None, 30.0), row("e", None, 40.0)]
    expected = ["region", "On", "c", "a", "Theirs", "b", "Ours", "e", "d"]
    assert regions(table_of(rows, {})) == expected


def test_smaller_rows_are_one_with_their_number_their_sums_and_their_reasons():
    """100 + 99 + ... + 96 are five rows beyond the most; their sum is 490, of ours a tenth."""
    most = MOST_ROWS["both"]
    rows = [row(f"r{n}", 100.0 + n, 10.0 + n / 10, ["x"]) for n in range(most)]
    rows += [row(f"s{n}", 100.0 - n, 10.0 - n / 10, ["y"]) for n in range(5)]
    last = table_of(rows, {"x": 1, "y": 2})[-1]
    assert last.split() == ["5", "smaller", "rows", "490", "kg", "49.0", "kg", "0.100", "2"]
    assert len(table_of(rows, {})) == 1 + most + 1


def test_rows_below_a_thousandth_of_their_side_are_smaller_ones_and_a_single_one_is_shown():
    large, small = row("large", None, 1000.0), [row(f"s{n}", None, 0.25) for n in range(2)]
    assert regions(table_of([large, *small], {})) == ["region", "large", "2"]
    assert regions(table_of([large, small[0]], {})) == ["region", "large", "s0"]


def test_no_ratio_stands_over_rows_of_two_bases():
    rows = [row(f"r{n}", 2.0, 1.0) for n in range(MOST_ROWS["both"])]
    for n, basis in enumerate(("location", "market")):
        other = row(f"s{n}", 0.5, 0.25)
        theirs = {**dict.fromkeys(FIGURES), basis: 0.5}
        rows.append({**other, "theirs": theirs, "compared": {**other["compared"], "basis": basis}})
    assert table_of(rows, {})[-1].split() == ["2", "smaller", "rows", "0.500", "kg", "0.500", "kg", "0.500", "kg", "-"]


def test_figures_have_three_digits_and_a_tiny_one_only_says_that_it_is():
    line = table_of([row("a", 0.000000113, 1.2345)], {})[-1]
    assert re.split(r"\s{2,}", line.strip())[1:3] == ["<0.001 kg", "1.23 kg (0.617 to 2.47)"]


def test_long_ids_that_differ_stay_different_and_ids_of_128_bits_stand_whole():
    subscription = "00000000-0000-0000-0000-000000000001"
    ends = [f"/subscriptions/{subscription}/resourcegroups/finance/virtualmachines/{name}" for name in ("a1", "a2")]
    middles = [f"/subscriptions/{n}{'0' * 40}/virtualmachines/database" for n in ("one", "two")]
    short = shortened([subscription, *ends, *middles, None])
    assert short[subscription] == subscription
    assert all(len(short[text]) == 36 for text in ends)
    assert len(set(short.values())) == len(short) == 5


@pytest.mark.parametrize(("text", "name"), [
    ("AWSGlue", "AWS Glue"), ("AmazonEC2", "Amazon Elastic Compute Cloud"), ("awskms", "AWS Key Management Service"),
    ("AWS Lambda", "AWS Lambda"), ("AWSELB", "Elastic Load Balancing"), ("Virtual Machines", "Virtual Machines"),
])  # fmt: skip
def test_a_code_is_shown_as_the_name_of_its_service(text, name):
    assert Names(gd.load_library()).shown(text) == name


def test_every_row_stands_in_json_and_csv_however_few_the_text_shows(out):
    shown = called(out, V3).stdout
    assert " smaller rows " in shown
    rows = json.loads(called(out, V3, "--format", "json").stdout)["rows"]
    assert len(list(csv.DictReader(called(out, V3, "--format", "csv").stdout.splitlines()))) == len(rows)
    assert f"All {len(rows)} rows: --format csv or json" in shown


def test_a_folder_and_a_pattern_stand_for_the_exports_in_them(out, tmp_path):
    for path in (V3, EARLY):
        (tmp_path / "in" / "deeper").mkdir(parents=True, exist_ok=True)
        shutil.copy(path, tmp_path / "in" / "deeper" / path.name)
    expected = called(out, EARLY, V3, "--format", "json").stdout
    assert called(out, tmp_path / "in", "--format", "json").stdout == expected
    assert called(out, tmp_path / "in" / "**" / "aws_*.csv", "--format", "json").stdout == expected


def test_a_pattern_that_fits_no_file_is_refused_with_its_text(out):
    with pytest.raises(InputError, match="No file fits the pattern"):
        gd.reconcile(out, EXPORTS / "azure_2025_*.json")
