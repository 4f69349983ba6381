"""Providers' carbon exports beside our figure: both sides whole, in one unit, and never mixed."""

import ast
import csv
import gzip
import itertools
import json
import math
import random
import re
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

import greendigital as gd
from greendigital.cli.app import app
from greendigital.documents import ReconcileDocument
from greendigital.errors import InputError, RunDirectoryError, UsageError
from greendigital.footprint import LineStore
from greendigital.reconciliation.emissions import FIGURES, LEVELS
from greendigital.reconciliation.read import read_export
from tests.conftest import ROOT
from tests.test_usage import BASE, write_bill

EXPORTS = Path(__file__).parent / "data" / "provider_carbon"
V3, EARLY = EXPORTS / "aws_carbon_export_v3.csv", EXPORTS / "aws_carbon_export_early.csv"
ITEMS, RESOURCES = EXPORTS / "azure_carbon_item_details.json", EXPORTS / "azure_carbon_resources.json"
SUMMARY = EXPORTS / "azure_carbon_monthly_summary.json"
NESTED, FLAT = EXPORTS / "gcp_carbon_footprint.jsonl", EXPORTS / "gcp_carbon_footprint_flat.csv"
ACCOUNTS = ("111122223333", "444455556666")
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
KG = 1000
"""Kilograms of a metric ton, the unit of AWS."""

DISK = {
    "ServiceName": "Amazon Elastic Block Store",
    "ChargeDescription": "$0.0928 per GB-month of General Purpose (gp3) provisioned storage - EU (London)",
    "ConsumedUnit": "GB-Months",
    "ConsumedQuantity": "1000",
}
AZURE = {
    **BASE,
    "ProviderName": "Microsoft",
    "RegionId": "uksouth",
    "ServiceName": "Virtual Machines",
    "SubAccountId": f"/subscriptions/{SUBSCRIPTION}",
    "x_SkuMeterCategory": "Virtual Machines",
    "x_SkuMeterSubcategory": "Dv3/DSv3 Series",
    "x_SkuMeterName": "D2 v3/D2s v3",
}


def in_month(row, month):
    year, number = (int(part) for part in month.split("-"))
    after = f"{year + number // 12}-{number % 12 + 1:02d}-01"
    return {**row, "ChargePeriodStart": f"{month}-01", "ChargePeriodEnd": after, "BillingPeriodStart": f"{month}-01"}


def run_of(folder, *rows, period="2026-01-01..2026-04-30"):
    return gd.estimate(usage=gd.read_usage(write_bill(folder / "bill.csv", *rows)), period=period)


def aws_rows():
    """January to April 2026: machines in two of the export's three regions, a disk service that the export has not."""
    months = [f"2026-{n:02d}" for n in range(1, 5)]
    for month, account in itertools.product(months, ACCOUNTS):
        for region in ("eu-west-2", "eu-west-1"):
            yield in_month({**BASE, "SubAccountId": account, "RegionId": region}, month)
        yield in_month({**BASE, **DISK, "SubAccountId": account}, month)


@pytest.fixture(scope="module")
def aws(tmp_path_factory):
    return run_of(tmp_path_factory.mktemp("aws"), *aws_rows())


@pytest.fixture(scope="module")
def azure(tmp_path_factory):
    return run_of(tmp_path_factory.mktemp("azure"), in_month(AZURE, "2026-05"), period="2026-05-01..2026-05-31")


def altered(run, folder, change, period=None):
    """A copy of a run whose lines an UPDATE changed, as if the bill had said so; much faster than reading another."""
    run.store.write_parquet(folder)
    store = LineStore.read(folder, duckdb.connect())
    store.connection.execute(f"UPDATE lines SET {change}")
    period = gd.parse_period(period) if period else run.period
    return gd.Footprint(store, period=period, config=run.config, library=run.library, as_of=run.as_of)


def one(rows, **place):
    (found,) = [row for row in rows if all(row[k] == v for k, v in place.items())]
    return found


def codes(row):
    return {reason["code"] for reason in row["reasons"]}


def text(row, code):
    return one(row["reasons"], code=code)["text"]


def total_of(result, view="export"):
    return one(result.totals, view=view)


def column(path, name):
    with path.open(encoding="utf-8", newline="") as handle:
        return [Decimal(row[name]) for row in csv.DictReader(handle)]


def rewritten(path, target, change):
    """A copy of a CSV export with each row changed."""
    with path.open(encoding="utf-8", newline="") as handle:
        rows = [change(row) for row in csv.DictReader(handle)]
    return write_bill(target, *(row for row in rows if row is not None))


# Theirs: units, scopes, bases


def test_tonnes_of_aws_become_kilograms_and_none_is_lost(aws):
    theirs = total_of(gd.reconcile(aws, V3))["theirs"]
    assert theirs["location"] == pytest.approx(float(sum(column(V3, "total_lbm_emissions_value"))) * KG, rel=1e-12)
    assert theirs["market"] == pytest.approx(float(sum(column(V3, "total_mbm_emissions_value"))) * KG, rel=1e-12)
    assert theirs["unlabelled"] is None


@pytest.mark.parametrize("path", [V3, NESTED, FLAT], ids=lambda p: p.name)
def test_scopes_of_each_row_add_up_to_its_totals(aws, path):
    """To the rounding of the file: six decimals of a tonne at AWS, of a kilogram at Google, over four figures."""
    rounding = 4 * 0.5e-6 * (KG if path == V3 else 1)
    result = gd.reconcile(aws, path)
    rows = [row["theirs"] for row in result.rows if row["records"]]
    assert len(rows) == total_of(result)["records"]
    for theirs in rows:
        for basis in ("location", "market"):
            scopes = theirs["scope_1"] + theirs[f"scope_2_{basis}"] + theirs[f"scope_3_{basis}"]
            assert scopes == pytest.approx(theirs[basis], abs=rounding)


def test_an_early_export_gives_no_location_based_figure_and_never_a_zero(aws):
    result = gd.reconcile(aws, EARLY)
    for row in [*result.rows, *result.totals]:
        assert {row["theirs"][name] for name in FIGURES if name != "market"} == {None}
    total = total_of(result)
    assert total["theirs"]["market"] == pytest.approx(float(sum(column(EARLY, "total_mbm_emissions_value"))) * KG)
    assert total["compared"]["basis"] == "market"
    assert {"market_based_only", "lacks_scope_3"} <= codes(total)
    assert "v2.0.0" in text(total, "lacks_scope_3")


def test_a_full_export_is_compared_on_the_location_basis_and_has_scope_3(aws):
    total = total_of(gd.reconcile(aws, V3))
    assert total["compared"]["basis"] == "location"
    assert not codes(total) & {"market_based_only", "lacks_scope_3", "scopes_not_stated", "basis_not_stated"}


def test_rows_with_and_without_a_location_based_figure_are_told_and_not_compared_by_it(aws, tmp_path):
    def without_february(row):
        if row["usage_period_start"].startswith("2026-02"):
            row["total_lbm_emissions_value"] = row["total_lbm_emissions_unit"] = ""
        return row

    total = total_of(gd.reconcile(aws, rewritten(V3, tmp_path / "mixed.csv", without_february)))
    assert text(total, "location_based_in_part").startswith("60 of 72 rows")
    assert total["compared"]["basis"] == "market"


# Both sides whole


@pytest.mark.parametrize("by", [(), *itertools.chain(*(itertools.combinations(LEVELS, n) for n in (1, 2)))], ids=str)
def test_rows_add_up_to_both_wholes_however_they_are_grouped(aws, by):
    result = gd.reconcile(aws, V3, by=by)
    ours = aws.lines["total_kg_co2e"].sum()
    assert sum(row["ours"]["central"] for row in result.rows if row["ours"]) == pytest.approx(ours)
    assert sum(row["lines"] for row in result.rows) == len(aws.lines)
    assert sum(row["records"] for row in result.rows) == 72
    for name in ("location", "market", "scope_1", "scope_3_market"):
        rows = [row["theirs"][name] for row in result.rows if row["theirs"][name] is not None]
        assert sum(rows) == pytest.approx(total_of(result)["theirs"][name])
    for row in [*result.rows, *result.totals]:
        assert (row["our_parts"] is None) == (row["ours"] is None) == (row["side"] == "theirs_only")
        if row["ours"]:
            assert sum(row["our_parts"].values()) == pytest.approx(row["ours"]["central"])
            assert row["ours"]["low"] <= row["ours"]["central"] <= row["ours"]["high"]


def test_a_matched_row_holds_the_lines_and_the_row_of_its_account_service_region_and_month(aws):
    row = one(gd.reconcile(aws, V3).rows, account=ACCOUNTS[0], region="eu-west-2", month="2026-01",
              service="Amazon Elastic Compute Cloud")  # fmt: skip
    lines = aws.lines
    same = (lines["account"] == ACCOUNTS[0]) & (lines["region"] == "eu-west-2") & (lines["service"] == row["service"])
    ours = lines[same & (lines["period_start"].astype(str) == "2026-01-01")]["total_kg_co2e"]
    assert (len(ours), row["records"], row["side"]) == (1, 1, "both")
    # First row of the file: total_lbm_emissions_value 0.266021 MTCO2e.
    assert row["theirs"]["location"] == pytest.approx(0.266021 * KG)
    assert row["compared"]["ratio"] == pytest.approx(ours.sum() / (0.266021 * KG))


def test_what_one_side_alone_has_is_a_row_of_its_own_with_the_reason(aws):
    by_service = gd.reconcile(aws, V3, by="service").rows
    database = one(by_service, service="Amazon Relational Database Service")
    disk = one(by_service, service=DISK["ServiceName"])
    assert (database["side"], database["ours"], database["compared"]) == ("theirs_only", None, None)
    assert (disk["side"], disk["theirs"]["location"], disk["compared"]) == ("ours_only", None, None)
    assert "services_not_in_bill" in codes(database) and "services_not_in_export" in codes(disk)
    america = one(gd.reconcile(aws, V3, by="region").rows, region="us-east-1")
    assert "us-east-1" in text(america, "regions_not_in_bill")


def test_what_both_sides_name_but_not_together_is_counted(aws):
    """The early export leaves out four of 24 combinations; those of EC2 in regions of the bill stand there alone."""
    with EARLY.open(encoding="utf-8", newline="") as handle:
        given = {
            (row["usage_account_id"], row["region_code"], row["usage_period_start"][:7])
            for row in csv.DictReader(handle)
            if row["product_code"] == "AmazonEC2"
        }
    billed = set(itertools.product(ACCOUNTS, ("eu-west-1", "eu-west-2"), ("2026-01", "2026-02")))
    told = text(total_of(gd.reconcile(aws, EARLY)), "combination_not_in_export")
    assert told.startswith(f"{len(billed - given)} combination") and billed - given


def test_the_ratio_of_a_coarse_group_is_over_what_both_sides_have(aws):
    """January to April, two regions, two accounts of EC2 stand on both sides: 16 of the 72 rows of the export."""
    compared = total_of(gd.reconcile(aws, V3))["compared"]
    with V3.open(encoding="utf-8", newline="") as handle:
        shared = [
            Decimal(row["total_lbm_emissions_value"])
            for row in csv.DictReader(handle)
            if row["product_code"] == "AmazonEC2"
            and row["region_code"] in ("eu-west-1", "eu-west-2")
            and row["usage_period_start"] < "2026-05"
        ]
    machines = aws.lines[aws.lines["service"] == BASE["ServiceName"]]["total_kg_co2e"].sum()
    assert len(shared) == 4 * 2 * 2
    assert compared["theirs"] == pytest.approx(float(sum(shared)) * KG)
    assert compared["ours"] == pytest.approx(machines)
    assert compared["ratio"] == pytest.approx(machines / (float(sum(shared)) * KG))


def test_the_order_of_rows_of_an_export_changes_nothing(aws, tmp_path):
    with V3.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    random.Random(1).shuffle(rows)
    shuffled = gd.reconcile(aws, write_bill(tmp_path / "shuffled.csv", *rows)).as_dict()
    plain = gd.reconcile(aws, V3).as_dict()
    assert shuffled["rows"] == plain["rows"]
    assert shuffled["totals"] == plain["totals"]


# Names


def test_a_service_billed_by_its_code_and_one_by_its_name_are_the_same(aws, tmp_path):
    code = "service = 'AmazonEC2' WHERE region = 'eu-west-2' AND service = 'Amazon Elastic Compute Cloud'"
    row = one(gd.reconcile(altered(aws, tmp_path, code), V3, by="service").rows, service="Amazon Elastic Compute Cloud")
    assert (row["lines"], row["records"], row["side"]) == (16, 36, "both")


def test_a_region_is_matched_whatever_its_case_and_spaces(azure):
    row = one(gd.reconcile(azure, ITEMS, month="2026-05").rows, view="location", region="uksouth")
    assert row["side"] == "both"
    assert row["theirs"]["unlabelled"] == pytest.approx(8.187982)


def test_a_subscription_is_matched_by_its_id_within_a_path(azure):
    row = one(gd.reconcile(azure, ITEMS, month="2026-05").rows, view="subscription")
    assert (row["account"], row["side"], row["lines"]) == (SUBSCRIPTION, "both", 1)
    assert row["compared"]["ratio"] == pytest.approx(azure.lines["total_kg_co2e"].sum() / 2.545375)


def test_a_resource_type_of_azure_is_matched_by_the_name_it_ends_in(azure):
    rows = [row for row in gd.reconcile(azure, ITEMS, month="2026-05").rows if row["view"] == "resource_type"]
    assert {row["service"]: row["side"] for row in rows} == {
        "Virtual Machines": "both",
        "microsoft.sql/servers/databases": "theirs_only",
    }


def test_accounts_that_a_bill_calls_by_name_are_compared_together_and_told(aws, tmp_path):
    result = gd.reconcile(altered(aws, tmp_path, "account = 'Council ' || account[:2], account_id = NULL"), V3)
    assert [p.code for p in result.problems] == ["export_accounts_differ"]
    row = one(result.rows, service=BASE["ServiceName"], region="eu-west-2", month="2026-01")
    assert (row["account"], row["records"], row["lines"]) == (None, 2, 2)
    assert "accounts_named_otherwise" in codes(row)


def test_the_export_of_another_account_is_not_compared(aws, tmp_path):
    result = gd.reconcile(altered(aws, tmp_path, "account = '999900001111', account_id = '999900001111'"), V3)
    assert {row["side"] for row in result.rows} == {"theirs_only", "ours_only"}
    assert total_of(result)["compared"] is None
    assert {"accounts_not_in_bill", "accounts_not_in_export"} <= codes(total_of(result))


def test_an_account_that_lost_its_leading_zero_in_a_spreadsheet_is_matched(aws, tmp_path):
    first = ACCOUNTS[0]
    zero = rewritten(V3, tmp_path / "e.csv", lambda r: {**r, "usage_account_id": r["usage_account_id"].replace(
        first, "12345678901")})  # fmt: skip
    zeroed = f"account = '012345678901', account_id = '012345678901' WHERE account = '{first}'"
    run = altered(aws, tmp_path, zeroed)
    assert one(gd.reconcile(run, zero, by="account").rows, account="12345678901")["side"] == "both"


def test_rows_without_a_region_are_compared_with_none_and_told(aws, tmp_path):
    nowhere = rewritten(V3, tmp_path / "e.csv", lambda r: {**r, "region_code": r["region_code"].replace(
        "us-east-1", "")})  # fmt: skip
    row = one(gd.reconcile(aws, nowhere, by="region").rows, region=None)
    assert row["side"] == "theirs_only"
    assert text(row, "region_unknown") == "Some rows of the export name no region."


# Periods


def test_months_outside_the_period_of_the_run_stand_with_theirs_alone(aws):
    by_month = gd.reconcile(aws, V3, by="month").rows
    assert {r["month"] for r in by_month if "months_outside_period" in codes(r)} == {"2026-05", "2026-06"}
    assert {r["month"] for r in by_month if r["side"] == "theirs_only"} == {"2026-05", "2026-06"}
    assert "2026-05 to 2026-06" in text(total_of(gd.reconcile(aws, V3)), "months_outside_period")


def test_months_that_the_export_has_not_are_told(aws):
    assert "2026-03 to 2026-04" in text(total_of(gd.reconcile(aws, EARLY)), "months_not_in_export")


def test_a_month_that_the_period_cuts_is_told(aws, tmp_path):
    run = altered(aws, tmp_path, "part = 1", period="2026-01-01..2026-02-15")
    by_month = {row["month"]: codes(row) for row in gd.reconcile(run, V3, by="month").rows}
    assert "month_in_part" in by_month["2026-02"]
    assert "month_in_part" not in by_month["2026-01"]


def test_lines_outside_the_period_are_told_beside_the_month_of_the_export(tmp_path):
    rows = [in_month({**BASE, "SubAccountId": ACCOUNTS[0]}, month) for month in ("2026-01", "2026-05")]
    row = one(gd.reconcile(run_of(tmp_path, *rows), V3, by="month").rows, month="2026-05")
    assert row["ours"] is None
    assert text(row, "lines_excluded") == "1 line of the bill there is not estimated (outside_period)."


# Each emission once


def test_a_month_in_an_old_and_a_new_model_is_counted_once_by_the_new(aws):
    both, new = gd.reconcile(aws, EARLY, V3), gd.reconcile(aws, V3)
    assert both.rows == new.rows
    assert both.exports[0]["set_aside"] == {"superseded": 20}
    assert [p.code for p in both.problems] == ["export_superseded"]


def test_an_export_given_twice_is_counted_once(aws, tmp_path):
    copy = tmp_path / "copy.csv"
    copy.write_bytes(V3.read_bytes())
    result = gd.reconcile(aws, V3, copy)
    assert result.rows == gd.reconcile(aws, V3).rows
    assert [p.code for p in result.problems] == ["export_repeated"]


def test_of_two_deliveries_of_a_month_the_one_last_worked_out_counts(aws, tmp_path):
    later = rewritten(V3, tmp_path / "later.csv", lambda r: {
        **r, "last_refresh_timestamp": "2026-09-16T00:00:00Z", "total_lbm_emissions_value": "1"})  # fmt: skip
    for paths in ((V3, later), (later, V3)):
        assert total_of(gd.reconcile(aws, *paths))["theirs"]["location"] == pytest.approx(72 * 1 * KG)


def test_parts_of_one_month_in_two_files_are_added(aws, tmp_path):
    first = rewritten(V3, tmp_path / "1.csv", lambda r: r if r["product_code"] == "AmazonEC2" else None)
    second = rewritten(V3, tmp_path / "2.csv", lambda r: r if r["product_code"] != "AmazonEC2" else None)
    assert gd.reconcile(aws, first, second).rows == gd.reconcile(aws, V3).rows


def test_two_answers_of_azure_with_other_figures_for_one_item_are_refused(azure, tmp_path):
    other = tmp_path / "other.json"
    other.write_text(ITEMS.read_text(encoding="utf-8").replace("8.187982", "9.1"), encoding="utf-8")
    with pytest.raises(InputError, match="different months"):
        gd.reconcile(azure, ITEMS, other)


# Azure: views, pages, access, months


def test_views_of_azure_are_never_added(azure):
    """Sums of the items of each kind in the file; together they would be three times the emissions."""
    totals = gd.reconcile(azure, ITEMS, month="2026-05").totals
    assert {t["view"]: t["theirs"]["unlabelled"] for t in totals} == pytest.approx(
        {"subscription": 2.545375, "location": 8.187982 + 6.974531, "resource_type": 5.921298 + 8.655805}
    )
    ours = azure.lines["total_kg_co2e"].sum()
    assert [t["ours"]["central"] for t in totals] == pytest.approx([ours] * 3)


def test_a_denied_subscription_makes_a_partial_total(azure):
    result = gd.reconcile(azure, SUMMARY)
    total = total_of(result, "month")
    assert result.is_partial and total["is_partial"]
    assert "00000000-0000-0000-0000-000000000002" in text(total, "access_denied")
    assert [p.code for p in result.problems] == ["export_access_denied"]
    assert result.exports[0]["denied"] == ["00000000-0000-0000-0000-000000000002"]


def test_an_answer_with_all_subscriptions_allowed_and_no_further_page_is_whole(azure):
    assert not gd.reconcile(azure, ITEMS, month="2026-05").is_partial


def test_a_monthly_summary_is_compared_month_by_month(azure):
    row = one(gd.reconcile(azure, SUMMARY).rows, month="2026-05")
    assert row["compared"]["ratio"] == pytest.approx(azure.lines["total_kg_co2e"].sum() / 6.2)
    assert {"basis_not_stated", "scopes_not_stated"} <= codes(row)


def test_a_page_that_is_not_the_last_makes_a_partial_total_until_the_last_is_given(azure, tmp_path):
    first = gd.reconcile(azure, RESOURCES, month="2026-05")
    assert first.is_partial and "more_pages" in codes(total_of(first, "resource"))
    page = json.loads(RESOURCES.read_text(encoding="utf-8"))
    item = {**page["value"][0], "itemName": "last", "resourceId": "/subscriptions/x/last", "latestMonthEmissions": 1.5}
    last = tmp_path / "last.json"
    last.write_text(json.dumps({**page, "skipToken": "", "value": [item]}), encoding="utf-8")
    whole = gd.reconcile(azure, RESOURCES, last, month="2026-05")
    assert not whole.is_partial
    # Four resources of the first page and the one of the last.
    expected = 0.992823 + 1.137119 + 0.366418 + 1.86437 + 1.5
    assert total_of(whole, "resource")["theirs"]["unlabelled"] == pytest.approx(expected)


def test_all_pages_in_one_file_of_json_lines_are_whole(azure, tmp_path):
    """The overall summary, said in two answers of which the second is the last: 5 and 7 kg."""
    pages = [
        {"value": [{"dataType": "OverallSummaryData", "latestMonthEmissions": n, "previousMonthEmissions": 100}],
         "skipToken": token} for n, token in ((5, "more"), (7, ""))
    ]  # fmt: skip
    path = tmp_path / "pages.jsonl"
    path.write_text("".join(json.dumps(page) + "\n" for page in pages), encoding="utf-8")
    result = gd.reconcile(azure, path, month="2026-05")
    assert total_of(result, "overall")["theirs"]["unlabelled"] == 5 + 7
    assert not result.is_partial


def test_the_largest_items_alone_make_a_partial_total(azure, tmp_path):
    path = tmp_path / "top.json"
    path.write_text(ITEMS.read_text(encoding="utf-8").replace("ItemDetailsData", "TopItemsSummaryData"), "utf-8")
    total = total_of(gd.reconcile(azure, path, month="2026-05"), "location")
    assert total["is_partial"] and "top_items_only" in codes(total)


def test_an_answer_without_a_month_is_not_compared_with_several_months_of_ours(tmp_path):
    run = run_of(tmp_path, in_month(AZURE, "2026-04"), in_month(AZURE, "2026-05"), period="2026")
    result = gd.reconcile(run, ITEMS)
    assert all(total["compared"] is None for total in result.totals)
    assert {p.code for p in result.problems} == {"export_month_not_stated"}
    named = one(gd.reconcile(run, ITEMS, month="2026-05").rows, view="subscription", month="2026-05")
    (may,) = run.lines[run.lines["period_start"].astype(str) == "2026-05-01"]["total_kg_co2e"]
    assert named["compared"]["ratio"] == pytest.approx(may / 2.545375)


def test_an_answer_without_a_month_is_compared_with_the_only_month_of_ours_and_says_so(azure):
    total = total_of(gd.reconcile(azure, ITEMS), "subscription")
    assert total["compared"]["theirs"] == pytest.approx(2.545375)
    assert "only month of the bill" in text(total, "month_not_stated")


# Google


def test_google_nested_flattened_and_parquet_give_the_same_rows(tmp_path):
    wide, narrow, parquet = tmp_path / "wide.csv", tmp_path / "narrow.csv", tmp_path / "g.parquet"
    wide.write_text(FLAT.read_text(encoding="utf-8"), encoding="utf-8")
    header, rest = FLAT.read_text(encoding="utf-8").split("\n", 1)
    narrow.write_text(header.replace(".", "_") + "\n" + rest, encoding="utf-8")
    duckdb.sql(f"COPY (SELECT * FROM read_json('{NESTED}')) TO '{parquet}'")

    def rows(path):
        return sorted((e.identity, tuple(e.figures.items())) for e in read_export(path).emissions)

    assert rows(parquet) == rows(NESTED)
    assert rows(wide) == rows(narrow)
    assert len(rows(wide)) == 20 and set(rows(wide)) < set(rows(NESTED))


def test_google_is_matched_by_project_service_name_and_region(aws, tmp_path):
    """Lines of another provider, called as Google's bill would: Google's own are not estimated yet."""
    called_so = "provider = 'gcp', account_id = 'fixture-a', service = 'Compute Engine', region = 'europe-west2'"
    run = altered(aws, tmp_path, called_so)
    row = one(gd.reconcile(run, FLAT).rows, side="both", month="2026-01")
    lines = run.lines[run.lines["period_start"].astype(str) == "2026-01-01"]
    assert (row["account"], row["service"], row["lines"]) == ("fixture-a", "Compute Engine", len(lines))
    # First row of the file: 2.161549 kg location-based.
    assert row["compared"]["ratio"] == pytest.approx(lines["total_kg_co2e"].sum() / 2.161549)


# Runs


def test_of_two_providers_only_the_lines_of_the_exports_provider_are_compared(tmp_path):
    run = run_of(tmp_path, in_month({**BASE, "SubAccountId": ACCOUNTS[0]}, "2026-01"), in_month(AZURE, "2026-01"))
    result = gd.reconcile(run, V3)
    ours = run.lines[run.lines["provider"] == "aws"]["total_kg_co2e"].sum()
    assert total_of(result)["ours"]["central"] == pytest.approx(ours)
    assert ours < run.lines["total_kg_co2e"].sum()
    assert {row["provider"] for row in result.rows} == {"aws"}


def test_the_export_of_a_provider_that_was_not_billed_has_nothing_of_ours_beside_it(aws):
    result = gd.reconcile(aws, NESTED)
    assert {row["side"] for row in result.rows} == {"theirs_only"}
    assert [p.code for p in result.problems] == ["provider_not_in_run"]


def test_a_run_without_cloud_lines_is_refused_in_one_sentence(tmp_path):
    (tmp_path / "a.csv").write_text("category,country\nlaptop,GBR\n", encoding="utf-8")
    run = gd.estimate(gd.read_inventory(tmp_path / "a.csv"), period="2025")
    with pytest.raises(RunDirectoryError, match="no lines of a cloud bill"):
        gd.reconcile(run, V3)


def test_fallback_share_and_upstream_are_told_from_the_lines(aws):
    total = total_of(gd.reconcile(aws, V3))
    lines = aws.lines
    upstream = lines["use_losses_kg_co2e"].sum() + lines["use_wtt_kg_co2e"].sum()
    assert total["our_parts"]["losses_and_well_to_tank"] == pytest.approx(upstream) and upstream > 0
    assert "so does scope 3 of the export" in text(total, "upstream_electricity")
    assert "fallback_share" not in codes(total) and not lines["fallback_kg_co2e"].sum()
    assert "50%" in text(total, "allocation")
    early = total_of(gd.reconcile(aws, EARLY))
    assert "the export holds none" in text(early, "upstream_electricity")


def test_the_share_from_cost_is_told(tmp_path):
    machines = [in_month({**BASE, "SubAccountId": ACCOUNTS[0]}, "2026-01")] * 20
    unknown = in_month(
        {**BASE, "SubAccountId": ACCOUNTS[0], "ChargeDescription": "$0.048 per NAT Gateway Hour",
         "ListCost": str(159.84 * 20)}, "2026-01")  # fmt: skip
    run = run_of(tmp_path, *machines, unknown)
    assert list(run.lines["status"]).count("fallback") == 1
    # Its list cost is that of all machines together, so the ratio of cost gives it as much as they have.
    assert text(total_of(gd.reconcile(run, V3)), "fallback_share") == "50% of ours is estimated from cost."


# Files


def test_an_export_is_recognised_by_its_columns_under_any_name(aws, tmp_path):
    named, packed, parquet = tmp_path / "mail.txt", tmp_path / "part-0.csv.gz", tmp_path / "carbon.parquet"
    named.write_bytes(b"\xef\xbb\xbf" + V3.read_bytes())
    packed.write_bytes(gzip.compress(V3.read_bytes()))
    duckdb.sql(f"COPY (SELECT * FROM read_csv('{V3}')) TO '{parquet}'")
    expected = gd.reconcile(aws, V3).rows
    for path in (named, packed, parquet):
        found = gd.reconcile(aws, path).rows
        assert [(r["account"], r["service"], r["region"], r["month"]) for r in found] == [
            (r["account"], r["service"], r["region"], r["month"]) for r in expected
        ]
        for name in FIGURES:
            values = [(f["theirs"][name], e["theirs"][name]) for f, e in zip(found, expected, strict=True)]
            assert all(a == b or math.isclose(a, b, rel_tol=1e-12) for a, b in values)


UNIT = "total_mbm_emissions_unit"
HEADER = EARLY.read_text(encoding="utf-8").splitlines()[0]
ROW = EARLY.read_text(encoding="utf-8").splitlines()[1]
GOOGLE = FLAT.read_text(encoding="utf-8")
AZURE_TEXT = ITEMS.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (f"{HEADER}\n{ROW.replace('MTCO2e', 'MWh')}\n", "export_unit_unknown", f'row 2, {UNIT}: "MWh"'),
        (f"{HEADER}\n{ROW.replace('MTCO2e', '')}\n", "export_unit_unknown", f'row 2, {UNIT}: ""'),
        (f"{HEADER.replace('region_code', 'place')}\n{ROW}\n", "export_column_missing", '"region_code"'),
        (f"{HEADER.replace('total_mbm_emissions_unit', 'unit')}\n{ROW}\n", "export_column_missing", "emissions_unit"),
        (f"{HEADER}\n{ROW.replace('0.043772', 'n/a')}\n", "export_value_invalid", '"n/a" is not a number'),
        (f"{HEADER}\n{ROW.replace('2026-01-01T00:00', '1/1/26 00:00')}\n", "export_value_invalid", '"1/1/26'),
        (f"{HEADER}\n{ROW}\n2026-08-16T00:00:00Z,EU (Lon", "export_row_broken", "row 3: The row has 2 cells"),
        (f"{HEADER}\n", "file_no_rows", "no emissions"),
        (GOOGLE.replace("location.region", "place"), "export_column_missing", '"location_region"'),
        (GOOGLE.replace("total_kgCO2e", "total_gCO2e"), "export_column_missing", "location_based"),
        (AZURE_TEXT.replace("latestMonthEmissions", "emissions"), "export_column_missing", "latestMonthEmissions"),
        (AZURE_TEXT.replace("ItemDetailsData", "WeeklyData"), "export_value_invalid", '"WeeklyData"'),
        (AZURE_TEXT.replace("8.187982", '"much"'), "export_value_invalid", '"much" is not a number'),
        (AZURE_TEXT[:200], "export_not_json", "begins as JSON"),
        (NESTED.read_text(encoding="utf-8")[:-40], "export_not_json", "row 36"),
        ("name,cost\nA,1\n", "export_unknown", "columns: cost, name"),
        ('{"value": []}', "file_no_rows", "no emissions"),
        ('{"hello": 1}', "export_unknown", "no carbon export"),
    ],
)  # fmt: skip
def test_an_export_that_cannot_be_used_is_refused_in_one_sentence_with_its_name(aws, tmp_path, content, code, words):
    path = tmp_path / "export.dat"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as error:
        gd.reconcile(aws, path)
    assert [p.code for p in error.value.problems] == [code]
    assert str(error.value).startswith("export.dat") and words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "words"), [("export.xlsx", "a workbook or zip"), ("folder", "folder"), ("no.csv", "no such")]
)
def test_a_workbook_a_folder_and_a_missing_file_are_refused_with_their_name(aws, tmp_path, name, words):
    (tmp_path / "folder").mkdir()
    (tmp_path / "export.xlsx").write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(InputError, match=words) as error:
        gd.reconcile(aws, tmp_path / name)
    assert str(error.value).startswith(name)


def test_what_is_wrong_with_several_exports_is_told_together(aws, tmp_path):
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for path in paths:
        path.write_text("x\n1\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        gd.reconcile(aws, V3, *paths)
    assert [p.file for p in error.value.problems] == ["a.csv", "b.csv"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [({"by": "colour"}, "Levels: account, service, region, month"), ({"month": "May"}, "YYYY-MM")],
)
def test_a_wrong_level_or_month_is_wrong_usage(aws, arguments, words):
    with pytest.raises(UsageError, match=words):
        gd.reconcile(aws, V3, **arguments)
    with pytest.raises(UsageError, match="no export"):
        gd.reconcile(aws)


# The command


@pytest.fixture(scope="module")
def folder(aws, tmp_path_factory):
    return aws.write(tmp_path_factory.mktemp("run") / "out", charts=False)


def called(*arguments):
    return CliRunner().invoke(app, ["reconcile", *map(str, arguments)])


def test_a_written_run_gives_what_the_footprint_gives(aws, folder):
    ours = [row["ours"] for row in gd.reconcile(aws, V3).rows]
    written = [row["ours"] for row in gd.reconcile(folder, V3).rows]
    for a, b in zip(ours, written, strict=True):
        assert (a is None) == (b is None) and (a is None or a == pytest.approx(b))


def test_json_follows_its_schema_and_holds_the_rows_of_the_library(folder):
    done = called(folder, V3, "--format", "json")
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    ReconcileDocument.model_validate(document)
    assert document["schema"] == "greendigital/reconcile/1"
    assert len(document["rows"]) == len(gd.reconcile(folder, V3).rows)


def test_csv_has_the_rows_and_sums_of_the_json_and_leaves_unknown_figures_empty(folder):
    rows = list(csv.DictReader(called(folder, EARLY, "--format", "csv").stdout.splitlines()))
    document = json.loads(called(folder, EARLY, "--format", "json").stdout)
    assert len(rows) == len(document["rows"])
    assert {row["theirs_location_kg_co2e"] for row in rows} == {""}
    theirs = sum(float(row["theirs_market_kg_co2e"] or 0) for row in rows)
    assert theirs == pytest.approx(document["totals"][0]["theirs"]["market"])
    assert all(set(row["reasons"].split()) == codes(other) for row, other in zip(rows, document["rows"], strict=True))


def test_the_table_has_a_row_for_each_group_three_digits_and_every_reason(folder):
    shown = called(folder, V3, "--by", "month").stdout
    result = gd.reconcile(folder, V3, by="month")
    for row in result.rows:
        assert f"\n  {row['month']}  " in shown
    for reason in total_of(result)["reasons"]:
        assert " ".join(reason["text"].split()) in " ".join(shown.split())
    assert "18.2 t location-based" in shown  # 18.249439 t in the file


def test_results_go_to_stdout_and_problems_to_stderr(folder):
    loud, quiet = called(folder, EARLY, V3), called(folder, EARLY, V3, "--quiet")
    assert "newer model" in loud.stderr and "newer model" not in loud.stdout
    assert quiet.stderr == "" and quiet.stdout == loud.stdout


@pytest.mark.parametrize(
    ("arguments", "error", "code"),
    [
        ((V3, "--by", "colour"), UsageError, 2),
        ((V3, "--format", "xlsx"), UsageError, 2),
        ((V3, "--month", "2026"), UsageError, 2),
        (("nothing.csv",), InputError, 1),
    ],
)
def test_wrong_usage_ends_with_2_and_a_wrong_file_with_1(folder, arguments, error, code):
    done = called(folder, *arguments)
    assert isinstance(done.exception, error)
    assert done.exception.exit_code == code
    assert done.stdout == ""


def test_schema_of_the_document_is_printed():
    shown = CliRunner().invoke(app, ["schema", "reconcile"])
    assert json.loads(shown.stdout)["title"] == "ReconcileDocument"


def test_every_reason_has_its_row_in_the_docs():
    """Codes are the first of each pair that a rule yields; those of levels are put together of their parts."""
    tree = ast.parse((Path(gd.__file__).parent / "reconciliation" / "reasons.py").read_text(encoding="utf-8"))
    yielded = [node.value.elts[0] for node in ast.walk(tree) if isinstance(node, ast.Yield)]
    codes_given = {code.value for code in yielded if isinstance(code, ast.Constant)}
    made = {f"{what}_{where}" for what in ("accounts", "services", "regions", "months", "combination")
            for where in ("not_in_bill", "not_in_export")}  # fmt: skip
    page = (ROOT / "docs" / "reconcile.md").read_text(encoding="utf-8").partition("## Why they may differ")[2]
    cells = re.findall(r"^\| (`[^|]+`) \|", page, flags=re.MULTILINE)
    assert {code for cell in cells for code in re.findall(r"`([a-z_0-9]+)`", cell)} == codes_given | made
