"""enriched.parquet: the bills as they were, row for row, with our columns beside their own."""

import csv
import json
import math
import re
from datetime import date
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

import greendigital as gd
from greendigital.cli.app import app
from greendigital.errors import GreenDigitalError, UsageError
from greendigital.reports.to_enriched import COLUMNS, enriched_names
from tests.conftest import EXAMPLES, ROOT
from tests.test_cli import run as command_line
from tests.test_usage import BASE, write_bill

REAL = Path(__file__).parent / "data" / "focus"
BILLS = Path(__file__).parent / "data" / "bills"
ALIKE = ("x_Provider", "x_SubAccountName", "x_SubAccountId", "x_Service", "x_ServiceCategory", "x_Region",
         "x_ChargePeriodStart", "x_ChargePeriodEnd", "x_BillingCurrency", "x_BilledCost", "x_EffectiveCost",
         "x_ListCost")  # fmt: skip


def enrich(folder, *paths, period=None, config=None):
    """The rows of enriched.parquet, its column names, and the run directory."""
    footprint = gd.estimate(usage=gd.read_usage(*paths), period=period, config=config)
    run = footprint.write(folder / "run", charts=False, enrich=True)
    relation = duckdb.read_parquet(str(run / "enriched.parquet"))
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()], relation.columns, run


def as_read(path):
    """Rows of a CSV file as text; NULL, as providers write it, is a missing value."""
    with path.open(newline="", encoding="utf-8-sig") as handle:
        return [{n: None if v in ("", "NULL") else v for n, v in row.items()} for row in csv.DictReader(handle)]


@pytest.mark.parametrize("name", ["focus_1_0_aws.csv", "focus_1_0_azure.csv"])
def test_own_columns_of_a_real_bill_are_as_they_were_row_for_row(name, tmp_path):
    rows, columns, _ = enrich(tmp_path, REAL / name)
    own = as_read(REAL / name)
    assert [{n: row[n] for n in own[0]} for row in rows] == own
    assert columns == [*own[0], *COLUMNS]
    assert [row["x_SourceRow"] for row in rows] == list(range(2, len(own) + 2))


def test_bills_of_unlike_columns_stand_one_after_the_other_and_lack_what_they_never_had(tmp_path):
    aws = write_bill(tmp_path / "aws.csv", BASE, {**BASE, "ConsumedQuantity": "24"})
    azure = write_bill(tmp_path / "azure.csv", {**BASE, "ProviderName": "Microsoft", "x_SkuMeterCategory": "Storage"})
    rows, _, _ = enrich(tmp_path, azure, aws)
    assert [row["x_LineId"] for row in rows] == ["azure.csv:2", "aws.csv:2", "aws.csv:3"]
    assert [row["x_SkuMeterCategory"] for row in rows] == ["Storage", None, None]
    assert [row["ConsumedQuantity"] for row in rows] == ["720", "720", "24"]


def test_our_columns_are_those_of_the_line(tmp_path):
    rows, _, run = enrich(tmp_path, EXAMPLES / "aws_focus.csv", period="2024-25")
    lines = duckdb.sql(
        "SELECT line_id, status, reason_code, meter_rule_id, quantity, use_kwh, total_kg_co2e, total_kg_co2e_low FROM "
        f"read_parquet('{run / 'lines.parquet'}')"
    ).fetchall()
    ours = ("x_LineId", "x_EstimateStatus", "x_EstimateReason", "x_MeterRuleId", "x_Quantity", "x_UseKwh",
            "x_TotalKgCO2e", "x_TotalKgCO2eLow")  # fmt: skip
    assert [tuple(row[n] for n in ours) for row in rows] == lines


@pytest.fixture(scope="module")
def of_four_formats(tmp_path_factory):
    """A FOCUS bill, a Cost and Usage Report, an Azure export and a Google export in one file."""
    names = ("focus_1_2_azure.csv", "aws_cur_2_0.csv", "azure_ea_actual_cost.csv", "gcp_detailed_export.jsonl")
    rows, _, run = enrich(tmp_path_factory.mktemp("four"), *(BILLS / name for name in names))
    return rows, run


def test_bills_of_four_formats_are_grouped_by_columns_of_one_name_and_type(of_four_formats):
    """Without a join: the summary, made from the lines, has the same billed cost of each file and currency."""
    rows, run = of_four_formats
    assert {row["x_Provider"] for row in rows} == {"aws", "azure", "gcp"}
    for name, kind in zip(ALIKE, (str,) * 6 + (date, date, str, float, float, float), strict=True):
        assert {type(row[name]) for row in rows} - {type(None)} == {kind}, name
    inputs = json.loads((run / "summary.json").read_text(encoding="utf-8"))["inputs"]
    for entry in inputs:
        for cost in entry["costs"]:
            own = [r for r in rows if (r["x_SourceId"], r["x_BillingCurrency"]) == (entry["file"], cost["currency"])]
            assert own
            assert math.fsum(r["x_BilledCost"] or 0 for r in own) == pytest.approx(cost["billed"]), entry["file"]


def test_columns_of_one_name_and_type_say_what_the_row_of_the_bill_says(tmp_path):
    row = {**BASE, "SubAccountId": "111122223333", "SubAccountName": "Finance"}
    hour = {**row, "ChargePeriodStart": "2024-09-30 23:00:00", "ChargePeriodEnd": "2024-10-01 00:00:00"}
    rows, _, _ = enrich(tmp_path, write_bill(tmp_path / "bill.csv", row, hour))
    costs = ("USD", 100.10, 100.10, 159.84)
    place = ("aws", "Finance", "111122223333", BASE["ServiceName"], "compute", "eu-west-2")
    assert [tuple(r[name] for name in ALIKE) for r in rows] == [
        (*place, date(2024, 9, 1), date(2024, 10, 1), *costs),
        (*place, date(2024, 9, 30), date(2024, 10, 1), *costs),
    ]


def test_what_a_bill_does_not_say_is_empty_and_no_text_of_length_zero(tmp_path):
    rows, _, _ = enrich(tmp_path, write_bill(tmp_path / "bill.csv", {**BASE, "RegionId": ""}))
    assert [rows[0][name] for name in ("x_SubAccountName", "x_SubAccountId", "x_Region")] == [None, None, None]


def test_chosen_tags_are_columns_behind_ours_under_their_name(tmp_path):
    bill = write_bill(tmp_path / "bill.csv", {**BASE, "Tags": '{"cost-centre": "F1", "Env": "prod"}'}, BASE)
    rows, columns, _ = enrich(tmp_path, bill, config={"tags": {"columns": ["Env", "cost-centre"]}})
    assert columns[-2:] == ["x_Tag_Env", "x_Tag_cost-centre"]
    assert [(r["x_Tag_Env"], r["x_Tag_cost-centre"]) for r in rows] == [("prod", "F1"), (None, None)]


@pytest.mark.parametrize("path", sorted([*BILLS.glob("*.csv"), *REAL.glob("*.csv")]), ids=lambda path: path.name)
def test_no_format_has_a_column_of_our_names_so_that_ours_are_the_same_beside_each(path):
    with path.open(newline="", encoding="utf-8-sig") as handle:
        header = next(csv.reader(handle))
    assert all(ours == name for ours, name in enriched_names(header).items())


def test_every_column_of_ours_has_the_prefix_and_the_capitals_that_focus_asks_for():
    """FOCUS 1.2, "Column naming and ordering": custom columns with the prefix x_, Pascal case behind it."""
    assert [name for name in COLUMNS if not re.fullmatch(r"x_([A-Z][a-z0-9]*|CO2e|KgCO2e)+", name)] == []


def test_parts_of_a_row_add_up_to_its_total_and_what_is_unknown_is_empty(tmp_path):
    rows, _, _ = enrich(tmp_path, EXAMPLES / "aws_focus.csv", period="2024-25")
    parts = ("x_UseKgCO2e", "x_EmbodiedKgCO2e", "x_NetworkKgCO2e", "x_FallbackKgCO2e")
    states = set()
    for row in rows:
        states.add(row["x_EstimateStatus"])
        if row["x_EstimateStatus"] == "excluded":
            assert [row[n] for n in (*parts, "x_TotalKgCO2e", "x_WaterLitres")] == [None] * 6
        else:
            assert sum(row[n] or 0.0 for n in parts) == pytest.approx(row["x_TotalKgCO2e"])
    assert states == {"estimated", "partial", "fallback", "excluded"}


def test_water_of_a_row_is_its_energy_before_pue_times_the_published_wue(tmp_path):
    """AWS, Power and water usage effectiveness by region, 2024: Europe 1.11 and 0.04 litres per kWh."""
    rows, _, _ = enrich(tmp_path, write_bill(tmp_path / "bill.csv", BASE))
    assert rows[0]["x_WaterLitres"] == pytest.approx(rows[0]["x_UseKwh"] / 1.11 * 0.04)


def test_blank_rows_and_repeated_headers_are_no_rows_and_others_keep_their_numbers(tmp_path):
    bill = write_bill(tmp_path / "bill.csv", BASE, dict.fromkeys(BASE, ""), {n: n for n in BASE}, BASE)
    rows, _, _ = enrich(tmp_path, bill)
    assert [row["x_SourceRow"] for row in rows] == [2, 5]


def test_a_column_of_the_bill_with_a_name_of_ours_stays_and_ours_gets_another_which_is_said(tmp_path):
    bill = write_bill(tmp_path / "bill.csv", {**BASE, "x_usekwh": "theirs"})
    rows, columns, run = enrich(tmp_path, bill)
    assert rows[0]["x_usekwh"] == "theirs"
    assert rows[0]["x_GreendigitalUseKwh"] > 0
    assert "x_UseKwh" not in columns
    told = [p for p in json.loads((run / "run.json").read_text())["problems"] if p["code"] == "enriched_column_renamed"]
    assert [p["message"] for p in told] == [
        "A bill has columns of these names already, in enriched.parquet x_UseKwh stands as x_GreendigitalUseKwh."
    ]


def test_a_name_that_is_taken_twice_gets_a_third():
    assert enriched_names(["x_LineId", "x_GreendigitalLineId"])["x_LineId"] == "x_GreendigitalGreendigitalLineId"


def test_bills_of_one_name_in_two_folders_keep_their_rows_apart(tmp_path):
    for number, folder in enumerate(("a", "b")):
        (tmp_path / folder).mkdir()
        write_bill(tmp_path / folder / "bill.csv", {**BASE, "ConsumedQuantity": str(number + 1)})
    rows, _, _ = enrich(tmp_path, tmp_path / "a" / "bill.csv", tmp_path / "b" / "bill.csv")
    assert [(r["x_LineId"], r["ConsumedQuantity"]) for r in rows] == [("bill.csv:2", "1"), ("bill.csv#2:2", "2")]


def test_a_bill_named_as_an_asset_file_keeps_its_rows(tmp_path):
    bill = write_bill(tmp_path / "estate.csv", BASE)
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "estate.csv").write_text("category,quantity\nlaptop,2\n", encoding="utf-8")
    assets = gd.read_inventory(tmp_path / "assets" / "estate.csv")
    run = gd.estimate(assets, gd.read_usage(bill), period="2024-25").write(tmp_path / "run", charts=False, enrich=True)
    found = duckdb.sql(f"SELECT x_LineId, x_EstimateStatus FROM read_parquet('{run / 'enriched.parquet'}')").fetchall()
    assert found == [("estate.csv#2:2", "estimated")]


def test_a_bill_that_was_changed_after_it_was_read_is_told_and_nothing_is_written(tmp_path):
    bill = write_bill(tmp_path / "bill.csv", BASE, BASE)
    footprint = gd.estimate(usage=gd.read_usage(bill))
    write_bill(bill, BASE)
    with pytest.raises(GreenDigitalError, match="2 lines of the bills became 1 rows"):
        footprint.write(tmp_path / "run", charts=False, enrich=True)
    assert not (tmp_path / "run").exists()


def test_a_run_without_a_bill_cannot_be_enriched(tmp_path):
    (tmp_path / "assets.csv").write_text("category\nlaptop\n", encoding="utf-8")
    footprint = gd.estimate(gd.read_inventory(tmp_path / "assets.csv"), period="2024-25")
    with pytest.raises(UsageError, match="no cloud bill was read"):
        footprint.write(tmp_path / "run", enrich=True)
    assert not (tmp_path / "run").exists()


def test_the_option_without_a_bill_is_wrong_usage(tmp_path):
    (tmp_path / "assets.csv").write_text("category\nlaptop\n", encoding="utf-8")
    done = command_line("report", tmp_path / "assets.csv", "--enrich", "-o", tmp_path / "run")
    assert done.returncode == 2
    assert "Give a bill, or leave it out." in done.stderr
    assert not (tmp_path / "run").exists()


def test_the_option_writes_the_file_and_stands_in_the_options_of_the_run(tmp_path):
    bill = write_bill(tmp_path / "bill.csv", BASE)
    result = CliRunner().invoke(app, ["report", str(bill), "--enrich", "--no-charts", "-o", str(tmp_path / "run")])
    assert result.exit_code == 0
    assert (tmp_path / "run" / "enriched.parquet").is_file()
    assert json.loads((tmp_path / "run" / "run.json").read_text())["options"]["enrich"] is True


def test_a_run_without_the_option_has_no_such_file(tmp_path):
    run = gd.estimate(usage=gd.read_usage(write_bill(tmp_path / "b.csv", BASE))).write(tmp_path / "run", charts=False)
    assert not (run / "enriched.parquet").exists()


def test_the_docs_list_every_column():
    text = (ROOT / "docs" / "run-directory.md").read_text(encoding="utf-8")
    rows = "".join(f"| `{name}` | {meaning} |\n" for name, (_, meaning) in COLUMNS.items())
    assert f"{rows}<!-- columns: enriched -->" in text
