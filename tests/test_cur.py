"""AWS Cost and Usage Reports: real rows whole, every form of the report, and what a reader must not get wrong."""

import csv
import json
from decimal import Decimal
from functools import cache
from pathlib import Path

import duckdb
import pytest

import greendigital as gd
from greendigital.errors import InputError
from greendigital.usage import recognise
from greendigital.usage.cur_columns import snake

BILLS = Path(__file__).parent / "data" / "bills"
REAL = BILLS / "aws_cur_legacy.csv"
# Counts as in the README beside the files; the column of cost; the year of most charges.
FILES = {
    "aws_cur_legacy.csv": (641, "lineItem/UnblendedCost", "2023"),
    "aws_cur_2_0.csv": (99, "line_item_unblended_cost", "2023"),
    "focus_1_2_aws.csv": (99, "BilledCost", "2023"),
    "generated_aws_cur_legacy.csv": (100, "lineItem/UnblendedCost", "2026"),
}

BASE = {
    "bill/PayerAccountId": "111122223333",
    "bill/BillingEntity": "AWS",
    "bill/BillingPeriodStartDate": "2024-09-01T00:00:00Z",
    "lineItem/UsageAccountId": "444455556666",
    "lineItem/LineItemType": "Usage",
    "lineItem/UsageStartDate": "2024-09-01T00:00:00Z",
    "lineItem/UsageEndDate": "2024-10-01T00:00:00Z",
    "lineItem/ProductCode": "AmazonEC2",
    "lineItem/UsageType": "EUW2-BoxUsage:m5.xlarge",
    "lineItem/UsageAmount": "720",
    "lineItem/CurrencyCode": "USD",
    "lineItem/UnblendedCost": "159.84",
    "lineItem/LineItemDescription": "$0.222 per On Demand Linux m5.xlarge Instance Hour",
    "product/ProductName": "Amazon Elastic Compute Cloud",
    "product/instanceType": "m5.xlarge",
    "product/regionCode": "eu-west-2",
    "pricing/unit": "Hrs",
    "pricing/publicOnDemandCost": "159.84",
}


def row(**changes):
    """A row of the legacy report; ``lineItem/UsageType`` may be given as ``UsageType`` and so on."""
    full = {name.split("/")[1]: name for name in BASE}
    return BASE | {full.get(name, name): value for name, value in changes.items()}


def write(path, *rows):
    columns = list(dict.fromkeys(name for r in rows for name in r))
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def read(path):
    frame = gd.read_usage(path).frame
    return [dict(zip(frame.columns, r, strict=True)) for r in frame.order("source_row").fetchall()]


def read_rows(tmp_path, *rows):
    return read(write(tmp_path / "cur.csv", *rows))


# --- whole files ------------------------------------------------------------------------------------------------------


@cache
def footprint(name):
    return gd.estimate(usage=gd.read_usage(BILLS / name), period=FILES[name][2])


@pytest.fixture(scope="module", params=FILES)
def result(request):
    return request.param, footprint(request.param)


def test_a_file_is_read_with_no_option_and_every_line_is_accounted_for(result):
    name, found = result
    coverage = found.summary["coverage"]["usage"]
    parts = [coverage[status] for status in ("estimated", "partial", "fallback", "excluded")]
    assert coverage["lines"] == sum(parts) == FILES[name][0]
    assert not [p for p in found.problems if p.severity == "error"]
    assert (found.lines.loc[found.lines["status"] == "excluded", "reason_code"].fillna("") != "").all()


def test_billed_cost_of_a_file_is_conserved_to_the_penny(result):
    name, found = result
    (cost,) = found.summary["coverage"]["usage"]["costs"]
    expected = float(sum(Decimal(r[FILES[name][1]]) for r in rows_of(BILLS / name)))
    assert expected > 0
    assert cost["billed"] == pytest.approx(expected, abs=0.005)
    by_status = [cost[f"billed_{status}"] for status in ("estimated", "partial", "fallback", "excluded")]
    assert sum(by_status) == pytest.approx(expected, abs=0.005)


def test_files_are_recognised_by_their_header():
    found = {name: recognise(BILLS / name) for name in FILES}
    assert found == {
        "aws_cur_legacy.csv": "aws-cur-legacy",
        "aws_cur_2_0.csv": "aws-cur-2.0",
        "focus_1_2_aws.csv": "focus-1.2",
        "generated_aws_cur_legacy.csv": "aws-cur-legacy",
    }


@pytest.mark.parametrize("named", [str, snake])
def test_a_report_with_a_renamed_column_is_refused_with_the_name_it_should_have(named, tmp_path):
    path = write(tmp_path / "cur.csv", {named(n).replace("Cost", "Costs").replace("cost", "costs"): v
                                        for n, v in BASE.items() if n != "pricing/publicOnDemandCost"})  # fmt: skip
    with pytest.raises(InputError) as error:
        recognise(path)
    wanted = named("lineItem/UnblendedCost")
    assert f'no column "{wanted}". Is "{wanted}s" meant' in str(error.value)


def test_every_usage_row_of_the_real_report_gets_a_kind_from_the_meter_table():
    wanted = sum(r["lineItem/LineItemType"] == "Usage" for r in rows_of(REAL))
    lines = footprint(REAL.name).lines
    usage = lines[lines["reason_code"] != "tax"]
    assert len(usage) == wanted == 635
    assert usage["meter_rule_id"].str.startswith("aws-").all()
    assert set(usage["meter_seen"]) <= {"verbatim", "pattern", "not_seen"}
    assert not set(usage["quantity_kind"]) & {"unknown", ""}
    assert usage["quantity"].notna().all()


def test_taxes_of_the_real_report_are_lines_with_that_reason():
    taxes = [r for r in rows_of(REAL) if r["lineItem/LineItemType"] == "Tax"]
    lines = footprint(REAL.name).lines
    assert (lines["reason_code"] == "tax").sum() == len(taxes) == 6


def test_byte_hours_of_a_real_row_are_gb_months_of_a_month_of_thirty_days():
    wanted = ("AmazonCloudWatch", "USE2-TimedStorage-ByteHrs")
    given, found = next(
        pair
        for pair in zip(rows_of(REAL), read(REAL), strict=True)
        if (pair[0]["lineItem/ProductCode"], pair[0]["lineItem/UsageType"]) == wanted
    )
    assert (found["quantity_kind"], found["storage_class"]) == ("tb_hours", "hdd:S3 Standard")
    # November 2023: GB-months x 30 days x 24 hours / 1000 GB per TB.
    assert found["quantity"] == pytest.approx(float(given["lineItem/UsageAmount"]) * 30 * 24 / 1000)


def test_transfer_between_regions_of_the_real_report_is_counted_on_the_sending_side_only():
    usage = [u for u in read(REAL) if u["quantity_kind"] == "gb_moved"]
    sent = {u["transfer_path"] for u in usage if "-AWS-Out-" in u["meter"]}
    received = {u["transfer_path"] for u in usage if "-AWS-In-" in u["meter"] or u["meter"].endswith("xAZ-In-Bytes")}
    assert (sent, received) == ({"inter_region"}, {"ignored_inbound"})


@pytest.mark.parametrize(
    ("meter", "kind", "quantity"),
    [
        ("Lambda-Provisioned-Concurrency", "gb_hours", 36_000 / 3600),  # billed in seconds
        ("USE1-Fargate-GB-Hours", "gb_hours", 400),
        ("EUW2-BoxUsage:t3.xlarge", "instance_hours", 720),
        ("Kafka.m5.large", "instance_hours", 720),
        ("EBS:VolumeUsage.st1", "tb_hours", 500 * 30 * 24 / 1000),  # of June
        ("EUW2-RDS:Multi-AZ-GP3-Storage", "tb_hours", 2 * 500 * 30 * 24 / 1000),  # with its standby
        ("EBS:VolumeP-Throughput.gp3", "not_physical", 24),
        ("EBSOptimized:m1.large", "not_physical", 24),
        ("ExtendedSupport:Yr1-Yr2:MySQL5.7", "not_physical", 24),
        ("EarlyDelete-SIA", "not_physical", 24),
    ],
)
def test_meters_of_cur_2_0_mean_what_they_mean_in_the_legacy_report(meter, kind, quantity):
    (found,) = [u for u in read(BILLS / "aws_cur_2_0.csv") if u["meter"] == meter]
    assert (found["quantity_kind"], found["quantity"]) == (kind, pytest.approx(quantity))


def test_the_fee_of_emr_on_an_instance_is_no_second_instance():
    kinds = {u["service"]: u["quantity_kind"] for u in read(BILLS / "aws_cur_2_0.csv") if "BoxUsage" in u["meter"]}
    assert kinds == {"Amazon Elastic Compute Cloud": "instance_hours", "ElasticMapReduce": "not_physical"}


# --- one content in every form ----------------------------------------------------------------------------------------


def one_of_each():
    """A real row of each meter, with rows of kinds that the real account does not have; tagged."""
    with REAL.open(newline="", encoding="utf-8") as handle:
        header = next(csv.reader(handle))
    real = {(r["lineItem/ProductCode"], r["lineItem/UsageType"]): r for r in rows_of(REAL)}
    further = [
        row(),
        row(UsageType="EUW2-SpotUsage:g5.xlarge", instanceType="g5.xlarge", unit="", publicOnDemandCost="",
            LineItemDescription="g5.xlarge Linux/UNIX Spot Instance-hour in EU (London) in VPC Zone #1"),
        row(LineItemType="SavingsPlanCoveredUsage", **{"savingsPlan/SavingsPlanEffectiveCost": "100.5"}),
        row(LineItemType="DiscountedUsage", UnblendedCost="0", **{"reservation/EffectiveCost": "90.25"}),
        row(UsageType="BoxUsage", instanceType="m1.small"),
        row(LineItemType="Credit", UsageType="", UnblendedCost="-5", publicOnDemandCost=""),
    ]  # fmt: skip
    tags = [{"resourceTags/user:team": t} for t in ('web, "user_x"', "", "données")]
    found = [r | tags[i % 3] for i, r in enumerate([*real.values(), *further])]
    columns = list(dict.fromkeys([*header, *BASE, *(name for r in found for name in r)]))
    return [{name: r.get(name) or "" for name in columns} for r in found]


FIXED = set(next(csv.reader((BILLS / "aws_cur_2_0.csv").open(encoding="utf-8"))))


def as_2_0(given):
    """The row of the 2.0 report: product attributes without a column of their own, and tags, as JSON objects."""
    found, product, tags = {}, {}, {}
    for name, value in given.items():
        new = snake(name)
        if new.startswith("product_") and new not in FIXED:
            product |= {new.removeprefix("product_"): value} if value else {}
        elif name.startswith("resourceTags/"):
            tags |= {name.removeprefix("resourceTags/").replace(":", "_"): value} if value else {}
        else:
            found[new] = value
    return found | {"product": json.dumps(product), "resource_tags": json.dumps(tags), "cost_category": "{}"}


MAP = "CAST({0}::JSON AS MAP(VARCHAR, VARCHAR))"


def parquet(csv_path, path, form):
    """Parquet as an export types it: numbers, times, and maps in one of their forms."""
    maps = ", ".join(f"{form.format(MAP.format(c))} AS {c}" for c in ("product", "resource_tags", "cost_category"))
    duckdb.sql(
        f"COPY (SELECT * REPLACE ({maps}) FROM read_csv('{csv_path}', nullstr='', types={{"
        "'line_item_usage_account_id': 'VARCHAR', 'bill_payer_account_id': 'VARCHAR'})) "
        f"TO '{path}'"
    )
    return path


def charges_of(path):
    """Rows of the usage frame, with tags as a dictionary."""
    return [{**u, "source_id": "", "tags": json.loads(u["tags"] or "{}")} for u in read(path)]


def lines_of(path):
    lines = gd.estimate(usage=gd.read_usage(path), period="2023-11-01..2024-10-31").lines
    lines = lines.drop(columns=["line_id", "source_id", "fallback_factor_id"]).sort_values("source_row")
    return [tuple(None if v != v else v for v in r) for r in lines.itertuples(index=False)]


@pytest.fixture(scope="module")
def legacy(tmp_path_factory):
    return write(tmp_path_factory.mktemp("cur") / "bill.csv", *one_of_each())


@pytest.fixture(scope="module")
def legacy_charges(legacy):
    return charges_of(legacy)


def test_tags_of_the_legacy_report_lose_user_and_keep_their_text(legacy_charges):
    assert {tuple(charge["tags"].items()) for charge in legacy_charges} == {
        (("team", 'web, "user_x"'),), (), (("team", "données"),)
    }  # fmt: skip


def test_athena_names_give_the_charges_of_the_legacy_report(legacy_charges, tmp_path):
    rows = [{snake(n).replace("resource_tags_user:", "resource_tags_user_"): v for n, v in r.items()}
            for r in one_of_each()]  # fmt: skip
    path = write(tmp_path / "bill.csv", *rows)
    assert recognise(path) == "aws-cur-legacy"
    assert charges_of(path) == legacy_charges


def test_cur_2_0_as_csv_gives_the_charges_of_the_legacy_report(legacy_charges, tmp_path):
    path = write(tmp_path / "bill.csv", *map(as_2_0, one_of_each()))
    assert recognise(path) == "aws-cur-2.0"
    assert charges_of(path) == legacy_charges


@pytest.mark.parametrize(("form", "kind"), [("{0}", "MAP"), ("map_entries({0})", "STRUCT"), ("to_json({0})", "JSON")])
def test_cur_2_0_as_parquet_gives_the_charges_of_the_legacy_report(form, kind, legacy_charges, tmp_path):
    path = parquet(write(tmp_path / "bill.csv", *map(as_2_0, one_of_each())), tmp_path / "bill.parquet", form)
    relation = duckdb.read_parquet(str(path))
    types = dict(zip(relation.columns, map(str, relation.types), strict=True))
    assert types["resource_tags"].startswith(kind)
    assert types["line_item_usage_amount"] == "DOUBLE"
    assert recognise(path) == "aws-cur-2.0"
    assert charges_of(path) == legacy_charges


def test_cur_2_0_as_parquet_gives_equal_lines(legacy, tmp_path):
    path = parquet(write(tmp_path / "bill.csv", *map(as_2_0, one_of_each())), tmp_path / "bill.parquet", "{0}")
    found = lines_of(path)
    assert len(found) == len(one_of_each())
    assert found == lines_of(legacy)


# --- charge classes and costs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("Usage", "usage"),
        ("DiscountedUsage", "usage"),
        ("SavingsPlanCoveredUsage", "usage"),
        ("Tax", "tax"),
        ("Credit", "credit"),
        ("Refund", "refund"),
        ("Fee", "purchase"),
        ("RIFee", "purchase"),
        ("SavingsPlanRecurringFee", "purchase"),
        ("SavingsPlanUpfrontFee", "purchase"),
        ("SavingsPlanNegation", "adjustment"),
        ("BundledDiscount", "credit"),
        ("EdpDiscount", "credit"),
        ("PrivateRateDiscount", "credit"),
    ],
)
def test_line_item_types_have_their_charge_class_without_a_word(kind, wanted, tmp_path):
    usage = gd.read_usage(write(tmp_path / "cur.csv", row(LineItemType=kind)))
    assert usage.frame.project("charge_class").fetchall() == [(wanted,)]
    assert not usage.problems


def test_a_line_item_type_that_is_not_known_is_an_adjustment_and_told(tmp_path):
    usage = gd.read_usage(write(tmp_path / "cur.csv", row(), row(LineItemType="Levy")))
    assert usage.frame.order("source_row").project("charge_class").fetchall() == [("usage",), ("adjustment",)]
    (problem,) = usage.problems
    assert (problem.code, problem.row, problem.column) == ("charge_category_unknown", 3, "lineItem/LineItemType")
    assert '"Levy"' in problem.message


@pytest.mark.parametrize("kind", ["Usage", "Fee"])
@pytest.mark.parametrize("code", ["AWSSupportBusiness", "OCBPremiumSupport", "AWSDeveloperSupport"])
def test_support_is_told_by_its_product(kind, code, tmp_path):
    (found,) = read_rows(tmp_path, row(LineItemType=kind, ProductCode=code, UsageType="Dollar", unit="Dollar"))
    assert found["charge_class"] == "support"


def test_software_of_the_marketplace_is_not_physical_and_its_instance_is(tmp_path):
    software = row(BillingEntity="AWS Marketplace", ProductCode="4mqfhz1p3p0kl", UsageType="SoftwareUsage:m5.xlarge")
    found = read_rows(tmp_path, software, row())
    assert [u["quantity_kind"] for u in found] == ["not_physical", "instance_hours"]


SAVINGS_PLAN = [
    row(LineItemType="SavingsPlanCoveredUsage", UnblendedCost="10", publicOnDemandCost="10",
        **{"savingsPlan/SavingsPlanEffectiveCost": "5"}),
    row(LineItemType="SavingsPlanNegation", UnblendedCost="-10", publicOnDemandCost=""),
    row(LineItemType="SavingsPlanRecurringFee", UnblendedCost="6", publicOnDemandCost="", UsageType="ComputeSP:1yrNo",
        **{"savingsPlan/TotalCommitmentToDate": "6", "savingsPlan/UsedCommitment": "5"}),
]  # fmt: skip


def test_a_savings_plan_costs_its_fee_once_however_it_is_summed(tmp_path):
    found = read_rows(tmp_path, *SAVINGS_PLAN)
    assert [u["charge_class"] for u in found] == ["usage", "adjustment", "unused_commitment"]
    assert [u["effective_cost"] for u in found] == [5, 0, 6 - 5]
    assert sum(u["effective_cost"] for u in found) == sum(u["billed_cost"] for u in found) == 10 - 10 + 6


def test_without_effective_costs_the_rows_of_a_savings_plan_still_add_up_to_its_fee(tmp_path):
    plain = [{k: v for k, v in r.items() if k != "savingsPlan/SavingsPlanEffectiveCost"} for r in SAVINGS_PLAN]
    found = read_rows(tmp_path, *plain)
    assert sum(u["effective_cost"] for u in found) == sum(u["billed_cost"] for u in found) == 10 - 10 + 6


def test_a_reservation_costs_its_fee_once_and_what_nobody_used_is_unused_commitment(tmp_path):
    unused = {"reservation/UnusedAmortizedUpfrontFeeForBillingPeriod": "0", "reservation/UnusedRecurringFee": "12"}
    found = read_rows(
        tmp_path,
        row(LineItemType="DiscountedUsage", UnblendedCost="0", **{"reservation/EffectiveCost": "60"}),
        row(LineItemType="RIFee", UnblendedCost="72", publicOnDemandCost="", **unused),
    )
    assert [u["charge_class"] for u in found] == ["usage", "unused_commitment"]
    assert [u["effective_cost"] for u in found] == [60, 12]
    assert sum(u["billed_cost"] for u in found) == 60 + 12
    assert found[0]["list_cost"] == 159.84


def test_a_fee_whose_commitment_was_used_up_is_a_purchase_without_effective_cost(tmp_path):
    unused = {"reservation/UnusedRecurringFee": "0.0", "reservation/EffectiveCost": ""}
    (found,) = read_rows(tmp_path, row(LineItemType="RIFee", UnblendedCost="72", publicOnDemandCost="", **unused))
    assert (found["charge_class"], found["effective_cost"], found["billed_cost"]) == ("purchase", 0, 72)


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, 159.84),
        ({"publicOnDemandCost": "", "pricing/publicOnDemandRate": "0.2"}, 720 * 0.2),
        ({"publicOnDemandCost": "0", "pricing/publicOnDemandRate": "0.2"}, 720 * 0.2),
        ({"publicOnDemandCost": "", "lineItem/UnblendedRate": "0.25"}, 720 * 0.25),
        ({"publicOnDemandCost": ""}, 100),
        ({"publicOnDemandCost": "0"}, 0),
    ],
)
def test_list_cost_is_the_public_one_else_a_price_times_the_amount_else_the_effective_cost(changes, wanted, tmp_path):
    (found,) = read_rows(tmp_path, row(UnblendedCost="100") | row(UnblendedCost="100", **changes))
    assert found["list_cost"] == pytest.approx(wanted)


def test_a_report_without_list_cost_is_noted(tmp_path):
    plain = {k: v for k, v in BASE.items() if k != "pricing/publicOnDemandCost"}
    assert [p.code for p in gd.read_usage(write(tmp_path / "cur.csv", plain)).problems] == ["list_cost_from_effective"]


def test_a_number_that_is_none_is_told_unless_it_is_the_none_of_a_program(tmp_path):
    costs = {"savingsPlan/SavingsPlanEffectiveCost": "None"}, {"savingsPlan/SavingsPlanEffectiveCost": "much"}
    usage = gd.read_usage(write(tmp_path / "cur.csv", *(row(**c) for c in costs)))
    assert [(p.code, p.row) for p in usage.problems] == [("number_invalid", 3)]


# --- region, unit, tags -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, "eu-west-2"),
        ({"product/region": "eu-north-1"}, "eu-north-1"),
        ({"lineItem/AvailabilityZone": "eu-west-3b"}, "eu-west-3"),
        ({"lineItem/AvailabilityZone": "us-west-2-lax-1a"}, "us-west-2"),
        ({"lineItem/AvailabilityZone": "us-gov-west-1a"}, "us-gov-west-1"),
        ({"lineItem/UsageType": "EU-BoxUsage:m5.xlarge"}, "eu-west-1"),
        ({"lineItem/UsageType": "APS3-BoxUsage:m5.xlarge"}, "ap-south-1"),
        ({"lineItem/UsageType": "CAN1-EUW2-AWS-Out-Bytes", "pricing/unit": "GB"}, "ca-central-1"),
        ({"lineItem/UsageType": "ca-central-1-KMS-Requests", "lineItem/ProductCode": "awskms"}, "ca-central-1"),
        ({"lineItem/UsageType": "BoxUsage:m5.xlarge"}, None),
        ({"lineItem/UsageType": "EU-DataTransfer-Out-Bytes", "lineItem/ProductCode": "AmazonCloudFront"}, None),
    ],
)
def test_region_comes_from_the_product_the_zone_or_the_usage_type(changes, wanted, tmp_path):
    given = BASE | ({"product/regionCode": ""} if changes else {}) | {"lineItem/UsageType": "EUW2-BoxUsage:m5.xlarge"}
    (found,) = read_rows(tmp_path, given | changes)
    assert found["region"] == wanted


def test_prefixes_are_the_ones_that_the_real_report_has_beside_its_regions():
    """USE1, CAN1, EU ...: the region column of real rows says what each stands for."""
    pairs = {(r["lineItem/UsageType"].split("-")[0], r["product/region"]) for r in rows_of(REAL)}
    with (Path(gd.__file__).parents[1] / "factors/cloud-meters/usage_prefixes.csv").open(encoding="utf-8") as handle:
        known = {r["usage_prefix"]: r["region"] for r in csv.DictReader(handle)}
    met = {prefix: region for prefix, region in pairs if prefix in known}
    assert {"USE1", "USW2", "CAN1", "EU", "EUW2", "APN3", "APS1", "APS3", "SAE1"} <= set(met)
    assert met == {prefix: known[prefix] for prefix in met}


def test_spot_hours_have_their_unit_in_the_description_alone(tmp_path):
    spot = row(UsageType="EUW2-SpotUsage:m5.xlarge", unit="", LineItemDescription="m5.xlarge Linux/UNIX Spot "
               "Instance-hour in EU (London) in VPC Zone #1")  # fmt: skip
    found = read_rows(tmp_path, spot, row(unit="", LineItemDescription="m5.xlarge"))
    assert [(u["quantity_kind"], u["quantity"]) for u in found] == [("instance_hours", 720), ("unknown", 720)]


def test_instance_comes_from_the_usage_type_else_from_the_product(tmp_path):
    search = row(ProductCode="AmazonES", UsageType="EUW2-ESInstance:r5.large", instanceType="r5.large.search")
    found = read_rows(tmp_path, search, row(UsageType="BoxUsage", instanceType="m1.small"))
    assert [u["instance_type"] for u in found] == ["r5.large", "m1.small"]


def test_tags_of_owners_lose_their_prefix_and_tags_of_aws_keep_it(tmp_path):
    tags = {
        "resourceTags/user:Cost Centre": "C-12",
        "resourceTags/aws:createdBy": "Root:1",
        "resourceTags/user:app": "",
    }
    (found,) = read_rows(tmp_path, row(**tags))
    assert json.loads(found["tags"]) == {"Cost Centre": "C-12", "aws:createdBy": "Root:1"}


@pytest.mark.parametrize(
    ("column", "text", "wanted"),
    [
        ("resource_tags", '{"user_app": "a", "aws_created_by": "b"}', {"app": "a", "aws_created_by": "b"}),
        ("resource_tags", '{"user:app":"a,\\"user:x"}', {"app": 'a,"user:x'}),
        ("resource_tags", '[{"key":"user_app","value":"a"},{"key":"user_b","value":null}]', {"app": "a"}),
        ("tags", '{"resourceTags/app": "a", "accountTag/app": "b"}', {"app": "a", "accountTag/app": "b"}),
    ],
)
def test_tags_in_a_map_have_the_same_names(column, text, wanted, tmp_path):
    (found,) = read_rows(tmp_path, {snake(n): v for n, v in BASE.items()} | {column: text})
    assert json.loads(found["tags"]) == wanted


def test_maps_that_are_no_json_lose_no_line_and_no_cost(tmp_path):
    given = {snake(n): v for n, v in BASE.items()} | {"resource_tags": "{user_app=a}", "product": "{region=x"}
    (found,) = read_rows(tmp_path, given)
    assert (found["quantity"], found["billed_cost"], found["tags"]) == (720, 159.84, "{user_app=a}")


# --- nothing twice ----------------------------------------------------------------------------------------------------


def estimate(tmp_path, *rows):
    return gd.estimate(usage=gd.read_usage(write(tmp_path / "cur.csv", *rows)), period="2024").lines


def test_a_dedicated_host_is_counted_and_the_instances_on_it_are_not(tmp_path):
    host = row(UsageType="EUW2-HostUsage:m5", instanceType="m5")
    instances = row(UsageType="EUW2-HostBoxUsage:m5.xlarge", UnblendedCost="0", publicOnDemandCost="0")
    alone = estimate(tmp_path, host)["total_kg_co2e"].sum()
    lines = estimate(tmp_path, host, instances, instances)
    assert list(lines["status"]) == ["estimated", "excluded", "excluded"]
    assert set(lines["reason_code"][1:]) == {"not_physical"}
    assert lines["total_kg_co2e"].sum() == alone > 0


def test_a_dedicated_host_has_the_processors_of_the_bare_metal_of_its_family(tmp_path):
    lines = estimate(
        tmp_path,
        row(UsageType="EUW2-HostUsage:m5", instanceType="m5"),
        row(UsageType="EUW2-BoxUsage:m5.metal", instanceType="m5.metal"),
    )
    assert list(lines["instance_type"]) == ["m5.metal", "m5.metal"]
    assert lines["total_kg_co2e"].nunique() == 1


def test_a_host_of_a_family_whose_whole_platform_is_not_known_has_no_figure(tmp_path):
    lines = estimate(tmp_path, row(UsageType="EUW2-HostUsage:t3", instanceType="t3"))
    assert list(lines["status"]) != ["estimated"]
    assert list(lines["quantity_kind"]) == ["instance_hours"]
    assert lines["use_kwh"].isna().all()


def test_instances_that_are_on_no_host_of_ones_own_are_counted_like_any(tmp_path):
    """Reserved capacity that nobody uses is kept free for its owner: it is a machine like the others, that idles."""
    others = ("DedicatedUsage", "SpotUsage", "SchedUsage")
    idle = ("UnusedBox", "UnusedDed")
    named = [row(UsageType=f"EUW2-{usage}:m5.xlarge") for usage in (*others, *idle)]
    lines = estimate(tmp_path, row(), *named)
    assert set(lines["status"]) == {"estimated"}
    assert lines["total_kg_co2e"][:4].nunique() == 1
    assert lines["total_kg_co2e"][4:].nunique() == 1
    assert lines["embodied_unsplit_kg_co2e"].nunique() == 1


def test_disks_inside_an_instance_are_in_the_instance_and_a_volume_stands_beside_it(tmp_path):
    lines = estimate(
        tmp_path,
        row(UsageType="EUW2-BoxUsage:m5d.xlarge", instanceType="m5d.xlarge", **{"product/storage": "1 x 150 NVMe SSD"}),
        row(UsageType="EUW2-EBS:VolumeUsage.gp3", unit="GB-Mo", UsageAmount="100", instanceType=""),
        row(UsageType="EUW2-EBS:VolumeP-IOPS.gp3", unit="IOPS-Mo", UsageAmount="100", instanceType=""),
        row(UsageType="EUW2-EBSOptimized:m5d.xlarge"),
    )
    assert list(lines["quantity_kind"]) == ["instance_hours", "tb_hours", "not_physical", "not_physical"]
    assert list(lines["status"]) == ["estimated", "estimated", "excluded", "excluded"]


# --- how far a bill is physical ---------------------------------------------------------------------------------------


@cache
def focus_lines():
    return gd.estimate(usage=gd.read_usage(Path(__file__).parent / "data/focus/focus_1_0_aws.csv"), period="2024").lines


def test_nine_tenths_of_the_list_cost_of_the_focus_sample_are_estimated_physically(capsys):
    """Asked for of the real FOCUS 1.0 rows of AWS; prints the share, and the rest by meter."""
    lines = focus_lines()
    physical = lines["status"].isin(["estimated", "partial"])
    share = lines.loc[physical, "list_cost"].sum() / lines["list_cost"].sum()
    rest = lines[~physical].groupby("meter")["list_cost"].sum().sort_values(ascending=False)
    with capsys.disabled():
        print(f"\n{share:.1%} of the list cost of {len(lines)} lines is physical; the rest by meter:")
        print("\n".join(f"  {cost:10.6f} {meter}" for meter, cost in rest.items() if cost > 0))
    assert share >= 0.9


@pytest.mark.parametrize(("family", "low", "high"), [("g5.", 18, 153), ("g3.", 35, 306)])
def test_machines_with_gpus_of_the_focus_sample_are_estimated_with_them(family, low, high):
    """They draw more than their one GPU half-way between idle and full load (Cloud Carbon Footprint: A10G, M60)."""
    lines = focus_lines()
    lines = lines[lines["instance_type"].fillna("").str.startswith(family)]
    assert len(lines) >= 1
    assert set(lines["status"]) == {"estimated"}
    assert (lines["use_kwh"] / lines["quantity"] * 1000 > (low + high) / 2).all()


def test_a_service_is_called_by_its_name_whether_the_report_has_name_or_code(tmp_path):
    rows = [row(**{"lineItem/ProductCode": "AmazonS3", "product/ProductName": name}) for name in ("", S3)]
    assert {found["service"] for found in read_rows(tmp_path, *rows)} == {S3}


S3 = "Amazon Simple Storage Service"
