"""The library as scripts use it: frames are checked like files, names kept apart, errors in one sentence."""

import re
import shutil

import duckdb
import pandas as pd
import polars as pl
import pytest

import greendigital as gd
from greendigital.errors import GreenDigitalError, PeriodError, RunDirectoryError, UsageError
from greendigital.period import parse_period
from tests.conftest import BILLS, EXAMPLES
from tests.test_usage import write_bill

ROWS = {
    "asset_id": ["A", "B", "C", "D"],
    "category": ["Notebook", "laptop", "monitor", "server_rack"],
    "quantity": [1, -5, 2, 1],
    "country": ["Germany", "GBR", None, None],
    "site": [None, None, None, "north"],
    "pue": [None, None, None, None],
    "acquired_date": ["2023-05-01", "2023-05-01", "31/12/2022", None],
}
CONFIG = {
    "organisation": {"country": "IRL"},
    "sites": [{"name": "North", "country": "FRA", "location_type": "data_centre", "pue": 1.3}],
}


def frames():
    table = pd.DataFrame(ROWS)
    return [table, pl.DataFrame(ROWS), pl.LazyFrame(ROWS), duckdb.from_df(table)]


@pytest.mark.parametrize("kind", range(4), ids=["pandas", "polars", "polars lazy", "duckdb"])
def test_a_frame_goes_through_the_checks_of_a_file_and_is_completed_from_the_config(kind):
    result = gd.estimate(frames()[kind], period="2024", config=CONFIG)
    lines = {row["line_id"]: row for row in result.lines.to_dict("records")}
    first, second, third, fourth = (lines[f"dataframe:{n}"] for n in (2, 3, 4, 5))
    assert (first["category"], first["country"], first["status"]) == ("laptop", "DEU", "estimated")
    assert (second["status"], second["reason_code"]) == ("excluded", "invalid_quantity")
    assert third["country"] == "IRL"
    assert (fourth["country"], fourth["location_type"], fourth["pue"]) == ("FRA", "data_centre", 1.3)
    (problem,) = [p for p in result.problems if p.severity == "error"]
    assert (problem.code, problem.file, problem.row) == ("quantity_negative", "dataframe", 3)
    assert len(result.advice) == 3


def test_the_frame_of_read_files_can_be_changed_and_given_back():
    assets = gd.read_inventory(EXAMPLES / "register.xlsx", EXAMPLES / "intune.csv")
    whole = gd.estimate(assets, period="2024-25")
    again = gd.estimate(assets.frame, period="2024-25")
    assert again.totals().iloc[0].tolist() == pytest.approx(whole.totals().iloc[0].tolist(), rel=1e-12)
    assert list(again.lines["line_id"]) == list(whole.lines["line_id"])
    assert list(again.lines["status"]) == list(whole.lines["status"])


def test_a_frame_that_names_no_device_is_refused():
    with pytest.raises(UsageError, match="neither a column category nor model"):
        gd.estimate(pd.DataFrame({"Kit": ["laptop"]}), period="2024")


def test_a_text_that_is_no_date_is_a_problem_and_no_traceback():
    frame = pd.DataFrame({"category": ["laptop"], "acquired_date": ["31/02/2022"], "quantity": ["two"]})
    result = gd.estimate(frame, period="2024")
    assert {p.code for p in result.problems if p.severity == "error"} == {"date_invalid", "number_invalid"}
    with pytest.raises(UsageError, match=r"31/0.*YYYY-MM-DD"):
        gd.estimate_hardware(frame[["category", "acquired_date"]], period="2024")


def test_an_asset_file_and_a_bill_of_one_name_stay_apart(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "x.csv").write_text("category\nlaptop\n", encoding="utf-8")
    shutil.copy(EXAMPLES / BILLS[0], tmp_path / "b" / "x.csv")
    usage = gd.read_usage(tmp_path / "b" / "x.csv")
    result = gd.estimate(gd.read_inventory(tmp_path / "a" / "x.csv"), usage, period="2024-25")
    inputs = result.summary["inputs"]
    assert [i["file"] for i in inputs] == ["x.csv", "x.csv"]
    assert set(result.lines["source_id"]) == {"x.csv", "x.csv#2"}
    assert result.lines["line_id"].is_unique


def test_an_exclamation_mark_in_a_file_name_does_no_harm(tmp_path):
    path = tmp_path / "estate!final.csv"
    path.write_text("category\nlaptop\n", encoding="utf-8")
    assert gd.estimate(gd.read_inventory(path), period="2024").summary["coverage"]["assets"]["lines"] == 1


def test_totals_by_month_and_category_add_up(example):
    frame = example.totals(by=["month", "category"])
    assert frame["central_kg_co2e"].sum() == pytest.approx(example.totals()["central_kg_co2e"][0], rel=1e-9)
    assert example.totals(by="category").columns[0] == "category"
    with pytest.raises(UsageError, match="colour"):
        example.totals(by=["colour"])


def test_a_damaged_run_is_named_in_one_sentence(example, tmp_path):
    for name, damage in (("lines.parquet", b"no"), ("run.json", b"{}"), ("factors_used.parquet", b"")):
        run = example.write(tmp_path / name, charts=False)
        (run / name).write_bytes(damage)
        with pytest.raises(RunDirectoryError, match="damaged"):
            gd.read_run(run)
    run = example.write(tmp_path / "missing", charts=False)
    (run / "recommendations.csv").unlink()
    with pytest.raises(RunDirectoryError, match=r"recommendations\.csv"):
        gd.read_run(run)


def test_a_written_run_gives_totals_and_says_where_its_advice_is(example_run):
    run = gd.read_run(example_run)
    assert run.totals(by="category")["central_kg_co2e"].sum() > 0
    with pytest.raises(UsageError, match=r"recommendations\.csv"):
        run.recommend()


@pytest.mark.parametrize("text", ["9999", "9999-00", "0000", "1066", "2150"])
def test_a_year_that_no_report_can_mean_is_refused(text):
    with pytest.raises(PeriodError):
        parse_period(text)


def test_a_folder_that_cannot_be_made_is_named(example, tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(GreenDigitalError, match="cannot be written"):
        example.write(tmp_path / "file" / "out")


def test_objects_print_short(example):
    assert len(repr(example)) < 200 and "2024-25" in repr(example)


def two_lines(tmp_path, tags='{"environment": "dev"}'):
    row = {"ProviderName": "AWS", "ServiceName": "Amazon Elastic Compute Cloud", "ServiceCategory": "Compute",
           "RegionId": "eu-west-2", "ChargeCategory": "Usage", "ChargePeriodStart": "2024-09-01",
           "ChargePeriodEnd": "2024-10-01", "ChargeDescription": "$0.222 per On Demand Linux m5.xlarge Instance Hour",
           "ConsumedQuantity": "1", "ConsumedUnit": "Hours", "BilledCost": "1", "EffectiveCost": "1", "ListCost": "1",
           "BillingCurrency": "USD", "Tags": tags}  # fmt: skip
    return gd.read_usage(write_bill(tmp_path / "bill.csv", row, {**row, "Tags": ""}))


def test_usage_and_assets_are_taken_for_what_they_are_in_either_place(tmp_path):
    usage = two_lines(tmp_path)
    (tmp_path / "estate.csv").write_text("category,country\nlaptop,GBR\n", encoding="utf-8")
    assets = gd.read_inventory(tmp_path / "estate.csv")
    alone, named = gd.estimate(usage, period="2024"), gd.estimate(usage=usage, period="2024")
    assert alone.totals().equals(named.totals())
    assert len(gd.estimate(usage, assets, period="2024").lines) == 3
    with pytest.raises(UsageError, match="Read all bills at once"):
        gd.estimate(usage, usage)
    with pytest.raises(UsageError, match="Read all files at once"):
        gd.estimate(assets, assets)
    with pytest.raises(UsageError, match=r'usage=greendigital\.read_usage\("bill\.csv"\)'):
        gd.estimate(usage="bill.csv")


def test_totals_go_by_the_name_of_a_chosen_tag_as_by_its_column(tmp_path):
    result = gd.estimate(usage=two_lines(tmp_path), period="2024", config={"tags": {"columns": ["environment"]}})
    by_name = result.totals(by="environment")
    assert by_name.equals(result.totals(by=["tags_environment"]))
    assert list(by_name["tags_environment"].fillna("")) in (["dev", ""], ["", "dev"])
    with pytest.raises(UsageError, match="Name a tag under"):
        gd.estimate(usage=two_lines(tmp_path), period="2024").totals(by="environment")


def test_a_small_footprint_prints_three_significant_digits(tmp_path):
    result = gd.estimate(usage=two_lines(tmp_path), period="2024")
    shown = re.search(r": ([\d.]+) kg CO2e", repr(result))[1]
    assert len(shown.replace(".", "").lstrip("0")) <= 3
    assert float(shown) == pytest.approx(result.totals()["central_kg_co2e"][0], rel=0.005)


def test_a_row_beyond_the_file_is_told_the_rows_that_there_are(tmp_path):
    """Two charges below a header: rows 2 and 3 of a spreadsheet."""
    result = gd.estimate(usage=two_lines(tmp_path), period="2024")
    with pytest.raises(UsageError, match=r"The lines of bill\.csv are those of rows 2 to 3"):
        result.explain("bill.csv:9999")
