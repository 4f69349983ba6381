"""Accounts that a bill calls by name and a provider's carbon export by id."""

import csv
import itertools
import json
from decimal import Decimal

import duckdb
import pandas as pd
import pytest

import greendigital as gd
from greendigital.documents import ReconcileDocument
from greendigital.reconciliation.to_text import to_csv, to_text
from tests.test_azure_bills import MACHINE
from tests.test_reconcile import (
    ACCOUNTS,
    DISK,
    ITEMS,
    KG,
    SUBSCRIPTION,
    V3,
    codes,
    in_month,
    one,
    run_of,
    text,
    total_of,
)
from tests.test_usage import BASE, read, write_bill

CALLED = dict(zip(ACCOUNTS, ("Council Web", "Council Data"), strict=True))
"""What the bill calls the two accounts of the export."""


def rows_of_accounts(**changes):
    """A machine of each account in January and February 2026, in one region of the export."""
    for month, (account, name) in itertools.product(("2026-01", "2026-02"), CALLED.items()):
        yield in_month({**BASE, "SubAccountId": account, "SubAccountName": name, **changes}, month)


@pytest.fixture(scope="module")
def named(tmp_path_factory):
    return run_of(tmp_path_factory.mktemp("named"), *rows_of_accounts(), period="2026-01-01..2026-02-28")


def theirs_of(account):
    """The sum of an account over the whole export, kg CO2e."""
    with V3.open(encoding="utf-8", newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if row["usage_account_id"] == account]
    return float(sum(Decimal(row["total_lbm_emissions_value"]) for row in rows)) * KG


# The column


AZURE_ROW = {**MACHINE, "SubscriptionName": "Council", "SubscriptionId": SUBSCRIPTION.upper()}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({**BASE, "SubAccountId": ACCOUNTS[0], "SubAccountName": "Web"}, ("Web", ACCOUNTS[0])),
        ({**BASE, "SubAccountId": ACCOUNTS[0]}, (ACCOUNTS[0], ACCOUNTS[0])),
        ({**BASE, "SubAccountName": "Web"}, ("Web", None)),
        ({**BASE, "SubAccountId": "", "SubAccountName": "Web"}, ("Web", None)),
        ({**BASE, "SubAccountName": ACCOUNTS[0]}, (ACCOUNTS[0], ACCOUNTS[0])),
        ({**BASE, "SubAccountName": "Web", "BillingAccountId": ACCOUNTS[1]}, ("Web", None)),
        (BASE, (None, None)),
        (AZURE_ROW, ("Council", SUBSCRIPTION)),
        ({**AZURE_ROW, "SubscriptionName": ""}, (SUBSCRIPTION.upper(), SUBSCRIPTION)),
        ({**AZURE_ROW, "SubscriptionId": ""}, ("Council", None)),
        (
            {**BASE, "ProviderName": "Microsoft", "SubAccountId": f"/subscriptions/{SUBSCRIPTION}"},
            (f"/subscriptions/{SUBSCRIPTION}", SUBSCRIPTION),
        ),
        ({**BASE, "ProviderName": "Google Cloud", "SubAccountId": "council-web-1", "SubAccountName": "Web"},
         ("Web", "council-web-1")),
        ({**BASE, "ProviderName": "Google Cloud", "SubAccountName": "Council web"}, ("Council web", None)),
    ],
)  # fmt: skip
def test_the_id_of_an_account_is_kept_beside_its_name_and_empty_where_the_bill_has_none(tmp_path, row, expected):
    (found,) = read(write_bill(tmp_path / "bill.csv", row))
    assert (found["sub_account"], found["account_id"]) == expected


@pytest.mark.parametrize("given", [ACCOUNTS[0], None])
def test_a_frame_of_ones_own_gives_the_id_where_it_has_one(given):
    row = {
        "provider": "aws", "sub_account": "Web", "region": "eu-west-2", "charge_class": "usage", "quantity": 720.0,
        "quantity_kind": "instance_hours", "instance_type": "m5.xlarge", "period_start": "2026-01-01",
        "period_end": "2026-02-01",
    }  # fmt: skip
    frame = pd.DataFrame([row if given is None else {**row, "account_id": given}])
    (found,) = gd.estimate_cloud(frame, period="2026-01-01..2026-01-31").to_dict("records")
    assert found["account"] == "Web" and found["status"] in ("estimated", "partial")
    assert (None if pd.isna(found["account_id"]) else found["account_id"]) == given


# Matched by id


def test_accounts_billed_by_name_are_matched_by_their_id_and_shown_with_their_name(named):
    result = gd.reconcile(named, V3, by="account")
    assert result.problems == []
    for account, name in CALLED.items():
        row = one(result.rows, account=account)
        lines = named.lines[named.lines["account"] == name]
        assert (row["account_name"], row["side"], row["lines"]) == (name, "both", 2)
        assert row["ours"]["central"] == pytest.approx(lines["total_kg_co2e"].sum())
        assert row["theirs"]["location"] == pytest.approx(theirs_of(account))
    assert "accounts_named_otherwise" not in codes(total_of(result))


def test_a_name_beside_the_id_changes_no_figure(named, tmp_path):
    """The same bill without its column of names."""
    bare = run_of(tmp_path, *({k: v for k, v in row.items() if k != "SubAccountName"} for row in rows_of_accounts()),
                  period="2026-01-01..2026-02-28")  # fmt: skip
    with_names, without = gd.reconcile(named, V3).rows, gd.reconcile(bare, V3).rows
    assert {row["account_name"] for row in without} == {None}
    assert [{**row, "account_name": None} for row in with_names] == without


def test_two_accounts_of_one_name_are_told_apart(tmp_path):
    rows = [*rows_of_accounts(SubAccountName="Council"), next(rows_of_accounts(SubAccountName="Council"))]
    result = gd.reconcile(run_of(tmp_path, *rows), V3, by="account")
    found = [(row["account"], row["account_name"], row["lines"]) for row in result.rows]
    assert found == [(ACCOUNTS[0], "Council", 3), (ACCOUNTS[1], "Council", 2)]


def test_an_account_that_was_renamed_is_one_row_with_both_names(tmp_path):
    first, *rest = rows_of_accounts()
    run = run_of(tmp_path, {**first, "SubAccountName": "Website"}, *rest)
    row = one(gd.reconcile(run, V3, by="account").rows, account=ACCOUNTS[0])
    assert (row["account_name"], row["lines"]) == ("Council Web, Website", 2)


def test_the_name_of_an_account_is_shown_where_none_of_its_lines_counts(tmp_path):
    kept, *rest = [row for row in rows_of_accounts() if row["SubAccountId"] == ACCOUNTS[0]]
    lost = {**DISK, "SubAccountId": ACCOUNTS[1], "SubAccountName": "Council Data", "ChargeCategory": "Tax"}
    run = run_of(tmp_path, kept, *rest, in_month({**BASE, **lost}, "2026-01"))
    row = one(gd.reconcile(run, V3, by="account").rows, account=ACCOUNTS[1])
    assert (row["side"], row["account_name"]) == ("theirs_only", "Council Data")


def test_an_account_that_the_export_has_not_is_told_by_id_and_name(tmp_path):
    other = in_month({**BASE, "SubAccountId": "999900001111", "SubAccountName": "Trial"}, "2026-01")
    total = total_of(gd.reconcile(run_of(tmp_path, *rows_of_accounts(), other), V3))
    assert text(total, "accounts_not_in_export") == "Account 999900001111 (Trial): no row of the export has it."


def test_a_subscription_billed_by_name_is_matched_by_its_id(tmp_path):
    """2.545375 kg CO2e: the item of the subscription in the file."""
    row = {
        **AZURE_ROW,
        "Date": "05/10/2026",
        "BillingPeriodStartDate": "05/01/2026",
        "BillingPeriodEndDate": "05/31/2026",
    }
    run = gd.estimate(usage=gd.read_usage(write_bill(tmp_path / "bill.csv", row)), period="2026-05-01..2026-05-31")
    result = gd.reconcile(run, ITEMS, month="2026-05")
    found = one(result.rows, view="subscription")
    assert (found["account"], found["account_name"], found["side"]) == (SUBSCRIPTION, "Council", "both")
    assert found["compared"]["ratio"] == pytest.approx(run.lines["total_kg_co2e"].sum() / 2.545375)
    assert result.problems == []


# Names alone


def test_a_bill_with_names_alone_is_compared_with_all_accounts_together(tmp_path):
    rows = [{k: v for k, v in row.items() if k != "SubAccountId"} for row in rows_of_accounts()]
    result = gd.reconcile(run_of(tmp_path, *rows), V3)
    assert [p.code for p in result.problems] == ["export_accounts_differ"]
    row = one(result.rows, service=BASE["ServiceName"], region="eu-west-2", month="2026-01")
    assert (row["account"], row["account_name"], row["records"], row["lines"]) == (None, None, 2, 2)
    assert "accounts_named_otherwise" in codes(row)


# Runs written before the column


@pytest.fixture(scope="module")
def older(named, tmp_path_factory):
    """The written run, as it was before lines had the column."""
    folder = named.write(tmp_path_factory.mktemp("older") / "out", charts=False)
    lines = folder / "lines.parquet"
    kept = duckdb.sql(f"SELECT * EXCLUDE (account_id) FROM read_parquet('{lines}')").df()
    assert "account_id" not in kept.columns
    duckdb.sql(f"COPY kept TO '{lines}' (FORMAT parquet)")
    return folder


def test_a_run_without_the_column_is_read_whole_with_the_column_empty(named, older):
    run = gd.read_run(older)
    assert list(run.lines.columns) == list(named.lines.columns)
    assert run.lines["account_id"].isna().all()
    assert run.lines["total_kg_co2e"].sum() == pytest.approx(named.lines["total_kg_co2e"].sum())


def test_a_run_without_the_column_is_compared_by_the_name_of_its_accounts_as_it_was(named, older):
    result = gd.reconcile(older, V3)
    assert [p.code for p in result.problems] == ["export_accounts_differ"]
    assert total_of(result)["compared"]["ours"] == pytest.approx(named.lines["total_kg_co2e"].sum())


def test_a_written_run_with_the_column_is_matched_by_it(named, tmp_path):
    result = gd.reconcile(named.write(tmp_path / "out", charts=False), V3, by="account")
    assert {row["account"]: row["account_name"] for row in result.rows} == CALLED


# What is shown


def test_text_csv_and_json_show_the_name_beside_the_id(named):
    result = gd.reconcile(named, V3, by="account")
    shown = to_text(result)
    assert "  account       account name  " in shown
    for account, name in CALLED.items():
        assert f"\n  {account}  {name}" in shown
    rows = list(csv.DictReader(to_csv(result).splitlines()))
    assert {row["account"]: row["account_name"] for row in rows} == CALLED
    document = json.loads(json.dumps(result.as_dict()))
    ReconcileDocument.model_validate(document)
    assert {row["account"]: row["account_name"] for row in document["rows"]} == CALLED


def test_a_table_without_known_names_has_no_column_for_them(tmp_path):
    bare = ({k: v for k, v in row.items() if k != "SubAccountName"} for row in rows_of_accounts())
    shown = to_text(gd.reconcile(run_of(tmp_path, *bare), V3, by="account"))
    assert ACCOUNTS[0] in shown and "account name" not in shown
