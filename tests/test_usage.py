"""FOCUS bills: the real public rows whole, in every container, and what a reader must not get wrong."""

import csv
import gc
import gzip
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

import greendigital as gd
from greendigital import frames
from greendigital.columns import USAGE, names
from greendigital.errors import InputError
from greendigital.usage import recognise

FOCUS = Path(__file__).parent / "data" / "focus"
REAL = ["focus_1_0_aws.csv", "focus_1_0_azure.csv"]
ROWS = {"focus_1_0_aws.csv": 473, "focus_1_0_azure.csv": 25}  # counts of the published extract, see the README beside

BASE = {
    "ProviderName": "AWS",
    "ServiceName": "Amazon Elastic Compute Cloud",
    "ServiceCategory": "Compute",
    "RegionId": "eu-west-2",
    "ChargeCategory": "Usage",
    "ChargeDescription": "$0.222 per On Demand Linux m5.xlarge Instance Hour",
    "ChargePeriodStart": "2024-09-01 00:00:00",
    "ChargePeriodEnd": "2024-10-01 00:00:00",
    "BillingPeriodStart": "2024-09-01 00:00:00",
    "ConsumedQuantity": "720",
    "ConsumedUnit": "Hours",
    "BilledCost": "100.10",
    "EffectiveCost": "100.10",
    "ListCost": "159.84",
    "BillingCurrency": "USD",
}


def write_bill(path, *rows):
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


def read(path):
    usage = gd.read_usage(path)
    return [dict(zip(usage.frame.columns, row, strict=True)) for row in usage.frame.order("source_row").fetchall()]


def decimals(path, column):
    with path.open(newline="", encoding="utf-8") as handle:
        return sum(Decimal(row[column]) for row in csv.DictReader(handle) if row[column] not in ("", "NULL"))


@pytest.fixture(scope="module", params=REAL)
def real(request):
    path = FOCUS / request.param
    return path, gd.estimate(usage=gd.read_usage(path), period="2024")


def test_every_real_line_is_accounted_for(real):
    path, result = real
    coverage = result.summary["coverage"]["usage"]
    parts = [coverage[status] for status in ("estimated", "partial", "fallback", "excluded")]
    assert coverage["lines"] == sum(parts) == ROWS[path.name]
    assert not set(result.lines["status"]) - {"estimated", "partial", "fallback", "excluded"}
    assert (result.lines[result.lines["status"] == "excluded"]["reason_code"].fillna("") != "").all()


def test_billed_cost_of_a_real_file_is_conserved_to_the_penny(real):
    path, result = real
    (cost,) = result.summary["coverage"]["usage"]["costs"]
    assert cost["currency"] == "USD"
    expected = float(decimals(path, "BilledCost"))
    assert cost["billed"] == pytest.approx(expected, abs=0.005)
    by_status = [cost[f"billed_{status}"] for status in ("estimated", "partial", "fallback", "excluded")]
    assert sum(by_status) == pytest.approx(expected, abs=0.005)
    assert result.lines["billed_cost"].sum() == pytest.approx(expected, abs=0.005)


def test_every_physical_or_fallback_line_names_a_factor(real):
    _, result = real
    ids = ["energy_factor_id", "network_factor_id", "embodied_factor_id", "fallback_factor_id"]
    counted = result.lines[result.lines["status"] != "excluded"]
    assert (counted[ids].fillna("") != "").any(axis=1).all()


def test_corrections_keep_their_sign_and_the_order_of_their_range(real):
    _, result = real
    lines = result.lines.dropna(subset=["total_kg_co2e"])
    assert (lines["total_kg_co2e_low"] <= lines["total_kg_co2e"]).all()
    assert (lines["total_kg_co2e"] <= lines["total_kg_co2e_high"]).all()
    usage = lines[(lines["status"] == "estimated") & lines["quantity"].notna()]
    assert (usage["total_kg_co2e"] * usage["quantity"] >= 0).all()


def test_the_real_azure_file_has_a_negative_virtual_machine_line():
    result = gd.estimate(usage=gd.read_usage(FOCUS / "focus_1_0_azure.csv"), period="2024")
    (line,) = result.lines[result.lines["instance_type"] == "D11 v2"].to_dict("records")
    assert line["quantity"] == -1
    assert line["total_kg_co2e_low"] < line["total_kg_co2e"] < line["total_kg_co2e_high"] < 0


@pytest.mark.parametrize("name", REAL)
def test_csv_gz_and_parquet_give_equal_lines(name, tmp_path):
    plain = FOCUS / name
    packed, parquet = tmp_path / f"{name}.gz", tmp_path / "bill.parquet"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    # Typed as an export is: numbers as DOUBLE, times as TIMESTAMP.
    duckdb.sql(f"COPY (SELECT * FROM read_csv('{plain}', nullstr=['NULL', ''], decimal_separator='.')) TO '{parquet}'")
    assert {str(t) for t in duckdb.read_parquet(str(parquet)).types} >= {"DOUBLE", "TIMESTAMP", "VARCHAR"}

    def lines(path):
        frame = gd.estimate(usage=gd.read_usage(path), period="2024").lines
        frame = frame.drop(columns=["line_id", "source_id", "fallback_factor_id"])
        return [tuple(None if v != v else v for v in row) for row in frame.itertuples(index=False)]

    first = lines(plain)
    assert len(first) == ROWS[name]
    assert lines(packed) == first
    assert lines(parquet) == first


def test_charges_of_a_long_bill_are_held_on_disk_until_the_figures_are_made(tmp_path, monkeypatch):
    bill = write_bill(tmp_path / "bill.csv", BASE, {**BASE, "ConsumedQuantity": "24"})
    in_memory = gd.estimate(usage=gd.read_usage(bill)).store.rows()
    monkeypatch.setattr("greendigital.usage.held._LONG_BYTES", 0)
    folders = tmp_path / "folders"
    folders.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folders))
    usage = gd.read_usage(bill)
    assert [path.name for path in folders.glob("*/*.duckdb")] == ["bills_on_disk.duckdb"]
    footprint = gd.estimate(usage=usage)
    del usage
    assert footprint.store.rows() == in_memory
    footprint.write(tmp_path / "run", charts=False)
    del footprint
    gc.collect()
    assert not list(folders.iterdir())


def test_only_distinct_meters_go_through_python(tmp_path, monkeypatch):
    """A bill is a view over its file: what Python holds grows with the meters, not with the rows."""
    path = write_bill(tmp_path / "long.csv", *[{**BASE, "ConsumedQuantity": str(i)} for i in range(3000)])
    held = []
    original = frames.duckdb_table
    monkeypatch.setattr(
        frames,
        "duckdb_table",
        lambda c, columns, s: held.append(len(next(iter(columns.values())))) or original(c, columns, s),
    )
    usage = gd.read_usage(path)
    assert isinstance(usage.frame, duckdb.DuckDBPyRelation)
    assert usage.frame.count("*").fetchone() == (3000,)
    assert held == [1]


def test_frame_has_the_columns_of_the_contract():
    assert gd.read_usage(FOCUS / REAL[0]).frame.columns == list(names(USAGE))


def test_rows_are_numbered_as_a_spreadsheet_numbers_them():
    with (FOCUS / REAL[0]).open(newline="", encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    found = read(FOCUS / REAL[0])
    assert [row["source_row"] for row in found] == list(range(2, 475))
    assert [row["description"] for row in found] == [row["ChargeDescription"] for row in rows]


def test_aws_rows_without_a_meter_are_typed_from_the_charge_description():
    found = {row["description"]: row for row in read(FOCUS / REAL[0])}
    kinds = {
        "$0.111 per On Demand Linux m5.large Instance Hour": ("instance_hours", "m5.large"),
        "AWS Fargate - ARM - Memory - US West (Oregon)": ("gb_hours", "fargate-arm"),
        "AWS Lambda - Total Compute - US East (Northern Virginia)-Tier-1": ("gb_hours", "lambda"),
        "$0.02 per GB - EU (London) data transfer to EU (Ireland)": ("gb_moved", None),
        "USD 0.10 per hour per vCPU running RDS Extended Support for MySQL 5.7 in Year 1, Year 2": (
            "not_physical",
            None,
        ),
        "$0.045 per NAT Gateway Hour": ("unknown", None),
    }
    assert {d: (found[d]["quantity_kind"], found[d]["instance_type"]) for d in kinds} == kinds


def test_usage_type_wins_over_the_description(tmp_path):
    path = write_bill(tmp_path / "b.csv", {**BASE, "SkuMeter": "EUW2-BoxUsage:m5.large", "x_ServiceCode": "AmazonEC2"})
    assert read(path)[0]["instance_type"] == "m5.large"


def test_usage_type_is_typed_when_only_the_service_name_is_known(tmp_path):
    path = write_bill(tmp_path / "b.csv", {**BASE, "SkuMeter": "EUW2-BoxUsage:m5.large"})
    (row,) = read(path)
    assert (row["quantity_kind"], row["instance_type"], row["meter_rule_id"]) == (
        "instance_hours",
        "m5.large",
        "aws-0010",
    )


def test_a_description_is_typed_when_only_the_service_code_is_known(tmp_path):
    (row,) = read(write_bill(tmp_path / "b.csv", {**BASE, "ServiceName": "AmazonEC2"}))
    assert (row["quantity_kind"], row["instance_type"], row["quantity"]) == ("instance_hours", "m5.xlarge", 720)


@pytest.mark.parametrize(
    ("changes", "charge_class"),
    [
        ({"ChargeCategory": "Tax"}, "tax"),
        ({"ChargeCategory": "Credit"}, "credit"),
        ({"ChargeCategory": "Purchase"}, "purchase"),
        ({"ChargeCategory": "Adjustment"}, "adjustment"),
        ({"CommitmentDiscountStatus": "Unused"}, "unused_commitment"),
        ({"ServiceName": "AWS Support (Business)"}, "support"),
    ],
)
def test_other_charges_are_set_aside_with_their_class_and_cost(tmp_path, changes, charge_class):
    path = write_bill(tmp_path / "b.csv", {**BASE, **changes}, BASE)
    lines = gd.estimate(usage=gd.read_usage(path), period="2024").lines
    assert list(lines["status"]) == ["excluded", "estimated"]
    assert lines["reason_code"][0] == charge_class
    assert lines["billed_cost"].sum() == pytest.approx(100.10 + 100.10)


def test_hours_of_a_used_commitment_are_usage(tmp_path):
    path = write_bill(tmp_path / "b.csv", {**BASE, "CommitmentDiscountStatus": "Used", "BilledCost": "0"})
    assert read(path)[0]["charge_class"] == "usage"


def test_gb_months_become_tb_hours_of_the_billed_month(tmp_path):
    """An hourly row holds its share of a month: 1 GB for one hour of September is billed as 1/720 GB-month."""
    storage = {
        **BASE,
        "ChargeDescription": "$0.0928 per GB-month of General Purpose (gp3) provisioned storage - EU (London)",
        "ConsumedUnit": "GB-Months",
    }
    whole = {**storage, "ConsumedQuantity": "1000"}
    hour = {**storage, "ConsumedQuantity": repr(1 / 720), "ChargePeriodEnd": "2024-09-01 01:00:00"}
    leap = {
        **whole,
        "ChargePeriodStart": "2024-02-01",
        "ChargePeriodEnd": "2024-03-01",
        "BillingPeriodStart": "2024-02-01",
    }
    quantities = [row["quantity"] for row in read(write_bill(tmp_path / "b.csv", whole, hour, leap))]
    assert quantities == pytest.approx([1 * 30 * 24, 0.001 * 1, 1 * 29 * 24])


def test_pricing_quantity_in_blocks_stands_in_for_a_missing_consumed_quantity(tmp_path):
    azure = {
        **BASE,
        "ProviderName": "Microsoft",
        "RegionId": "uksouth",
        "ServiceName": "Virtual Machines",
        "ConsumedQuantity": "",
        "ConsumedUnit": "",
        "x_SkuMeterCategory": "Virtual Machines",
        "x_SkuMeterSubcategory": "Dv3/DSv3 Series",
        "x_SkuMeterName": "D2 v3/D2s v3",
        "PricingQuantity": "7.2",
    }
    rows = [
        {**azure, "PricingUnit": "Hours", "x_PricingBlockSize": "100"},
        {**azure, "PricingUnit": "100 Hours", "x_PricingBlockSize": "100"},
        {**azure, "PricingUnit": "100 Hours", "x_PricingBlockSize": ""},
    ]
    assert [r["quantity"] for r in read(write_bill(tmp_path / "b.csv", *rows))] == pytest.approx([7.2 * 100] * 3)


def test_list_cost_is_never_the_discounted_cost_where_a_list_price_is_known(tmp_path):
    rows = [
        BASE,
        {**BASE, "ListCost": "", "PricingQuantity": "720", "ListUnitPrice": "0.222"},
        {**BASE, "ListCost": "", "PricingQuantity": "", "ListUnitPrice": ""},
        {**BASE, "ListCost": "0", "PricingQuantity": "", "ListUnitPrice": ""},
    ]
    found = [row["list_cost"] for row in read(write_bill(tmp_path / "b.csv", *rows))]
    assert found == pytest.approx([159.84, 720 * 0.222, 100.10, 0.0])


def test_a_line_belongs_whole_to_the_part_in_which_its_charge_period_starts(tmp_path):
    across = {**BASE, "ChargePeriodStart": "2024-03-31 12:00:00", "ChargePeriodEnd": "2024-04-30 12:00:00"}
    after = {**BASE, "ChargePeriodStart": "2024-04-01 00:00:00", "ChargePeriodEnd": "2024-04-02 00:00:00"}
    before = {**BASE, "ChargePeriodStart": "2023-03-31 23:00:00", "ChargePeriodEnd": "2023-04-01 00:00:00"}
    usage = gd.read_usage(write_bill(tmp_path / "b.csv", across, after, before))
    lines = gd.estimate(usage=usage, period="2023-04-01..2025-03-31").lines.set_index("source_row")
    assert list(lines["part"][[2, 3]]) == [1, 2]
    assert lines["hours"][2] == lines["hours"][3] == 720
    assert (lines["status"][4], lines["reason_code"][4]) == ("excluded", "outside_period")
    # The first part is 2023-24 and takes the edition of 2023, the second that of 2024.
    assert [lines["wtt_factor_id"][r] for r in (2, 3)] == [f"derived:electricity-wtt-gbr-{y}" for y in (2023, 2024)]


def test_times_with_a_zone_keep_their_day_whatever_the_clock_of_the_machine(tmp_path):
    path = tmp_path / "b.parquet"
    columns = ", ".join(
        f"TIMESTAMPTZ '{v}+00' AS \"{k}\"" if k.startswith(("ChargePeriod", "BillingPeriod")) else f"'{v}' AS \"{k}\""
        for k, v in BASE.items()
    )
    duckdb.sql(f"COPY (SELECT {columns}) TO '{path}'")
    for zone in ("America/New_York", "Asia/Tokyo", "UTC"):
        connection = duckdb.connect()
        connection.execute(f"SET TimeZone = '{zone}'")
        frame = gd.usage.read_usage(path, connection=connection).frame
        (found,) = frame.project("period_start, period_end, quantity").fetchall()
        assert [str(v) for v in found] == ["2024-09-01", "2024-10-01", "720.0"], zone


def test_a_line_break_inside_a_tag_does_not_split_a_row(tmp_path):
    tagged = {**BASE, "Tags": '{"note": "one\ntwo"}'}
    path = write_bill(tmp_path / "b.csv", *[tagged] * 5000)
    assert gd.read_usage(path).frame.count("*").fetchone() == (5000,)


def test_blank_rows_and_repeated_headers_are_no_lines_and_rows_keep_their_numbers(tmp_path):
    """Two months pasted under each other, with a row of empty cells between them."""
    header = {name: name for name in BASE}
    path = write_bill(tmp_path / "b.csv", BASE, dict.fromkeys(BASE, ""), header, BASE)
    usage = gd.read_usage(path)
    assert usage.inputs[0].lines == 2
    assert [row["source_row"] for row in read(path)] == [2, 5]
    assert not usage.problems


def test_two_currencies_are_kept_apart(tmp_path):
    path = write_bill(tmp_path / "b.csv", BASE, {**BASE, "BillingCurrency": "GBP", "BilledCost": "7.77"})
    usage = gd.read_usage(path)
    assert [p.code for p in usage.problems] == ["mixed_currencies"]
    costs = gd.estimate(usage=usage, period="2024").summary["coverage"]["usage"]["costs"]
    assert {c["currency"]: c["billed"] for c in costs} == pytest.approx({"USD": 100.10, "GBP": 7.77})


def test_a_file_that_is_no_bill_is_refused_with_the_missing_column(tmp_path):
    row = {k: v for k, v in BASE.items() if k != "ChargeCategory"}
    with pytest.raises(InputError, match="ChargeCategory"):
        gd.read_usage(write_bill(tmp_path / "b.csv", row))


def test_a_bill_that_lacks_one_needed_column_is_named_as_a_bill(tmp_path):
    row = {k: v for k, v in BASE.items() if k != "BilledCost"}
    with pytest.raises(InputError, match='no column "BilledCost"'):
        gd.usage.recognise(write_bill(tmp_path / "b.csv", row))


def test_a_header_without_charges_is_refused(tmp_path):
    path = tmp_path / "b.csv"
    path.write_text(",".join(BASE) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="no charges"):
        gd.read_usage(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_every_encoding_a_spreadsheet_saves_is_read(tmp_path, encoding):
    name = "Café “Münster” – 5 €"
    plain = write_bill(tmp_path / "plain.csv", *[{**BASE, "SubAccountName": name}] * 3)
    path = tmp_path / "b.csv"
    path.write_bytes(plain.read_text(encoding="utf-8").encode(encoding))
    assert [row["sub_account"] for row in read(path)] == [name] * 3


def test_a_bill_whose_first_sign_of_windows_1252_stands_far_down_is_read(tmp_path):
    rows = [{**BASE, "Tags": "x" * 1000}] * 1000
    plain = write_bill(tmp_path / "plain.csv", *rows, {**BASE, "SubAccountName": "5 €", "Tags": ""})
    path = tmp_path / "b.csv"
    path.write_bytes(plain.read_text(encoding="utf-8").encode("cp1252"))
    assert read(path)[-1]["sub_account"] == "5 €"


def test_a_totals_row_is_a_line_that_is_left_out_with_its_cost(tmp_path):
    total = dict.fromkeys(BASE, "") | {next(iter(BASE)): "Total", "BilledCost": "100.10"}
    usage = gd.read_usage(write_bill(tmp_path / "b.csv", BASE, total))
    assert [(p.severity, p.code, p.row) for p in usage.problems] == [("warning", "total_row", 3)]
    coverage = gd.estimate(usage=usage, period="2024").summary["coverage"]["usage"]
    assert coverage["lines"] == 2 and coverage["excluded"] >= 1
    assert sum(c["billed"] for c in coverage["costs"]) == pytest.approx(float(BASE["BilledCost"]))


def test_an_unknown_charge_category_is_told_with_its_row_and_value(tmp_path):
    usage = gd.read_usage(write_bill(tmp_path / "b.csv", BASE, {**BASE, "ChargeCategory": "Usge"}))
    (problem,) = usage.problems
    assert (problem.code, problem.row, problem.column) == ("charge_category_unknown", 3, "ChargeCategory")
    assert '"Usge"' in problem.message and "Usage" in problem.remedy


def test_mixed_currencies_name_the_row_of_the_second(tmp_path):
    usage = gd.read_usage(write_bill(tmp_path / "b.csv", BASE, {**BASE, "BillingCurrency": "GBP"}))
    (problem,) = usage.problems
    assert (problem.severity, problem.row) == ("warning", 3)
    assert '"GBP"' in problem.message and '"USD"' in problem.message


def test_more_than_two_currencies_are_all_named(tmp_path):
    rows = [{**BASE, "BillingCurrency": currency} for currency in ("USD", "CAD", "EUR", "GBP")]
    (problem,) = gd.read_usage(write_bill(tmp_path / "b.csv", *rows)).problems
    assert problem.message.startswith('"CAD" stands beside "USD" above ("EUR", "GBP" too); ')


def test_an_asset_list_with_a_cost_is_no_bill(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("category,model,cost\nlaptop,X,900\n", encoding="utf-8")
    assert recognise(path) is None


def test_charges_of_a_provider_that_is_not_estimated_are_noted_once_and_stay_lines(tmp_path):
    other = {**BASE, "ProviderName": "Alibaba Cloud", "ServiceName": "Elastic Compute", "BilledCost": "7.50"}
    usage = gd.read_usage(write_bill(tmp_path / "b.csv", BASE, other, {**other, "ChargeCategory": "Tax"}))
    (problem,) = usage.problems
    assert (problem.severity, problem.code, problem.row, problem.column) == (
        "note", "provider_not_estimated", 3, "ProviderName",
    )  # fmt: skip
    assert '"Alibaba Cloud"' in problem.message and "its 2 lines" in problem.message
    coverage = gd.estimate(usage=usage, period="2024").summary["coverage"]["usage"]
    assert (coverage["lines"], coverage["estimated"], coverage["excluded"]) == (3, 1, 2)
    assert coverage["costs"][0]["billed_excluded"] == pytest.approx(7.5 * 2)


def test_usage_is_shown_by_its_counts_and_not_its_rows(tmp_path):
    usage = gd.read_usage(write_bill(tmp_path / "b.csv", BASE, {**BASE, "BillingCurrency": "GBP"}))
    assert repr(usage) == "Usage(rows=2, files=1, problems=1)"


# --- dates that a spreadsheet has rewritten ---------------------------------------------------------------------------


def dated(start, end):
    return {**BASE, "ChargePeriodStart": start, "ChargePeriodEnd": end, "BillingPeriodStart": start}


def days_and_codes(path):
    usage = gd.read_usage(path)
    days = usage.frame.order("source_row").select("period_start, period_end").fetchall()
    return [tuple(str(day) for day in row) for row in days], [p.code for p in usage.problems]


def test_one_day_above_twelve_makes_every_date_of_the_bill_day_first(tmp_path):
    """The second row alone could be the first of April or the fourth of January."""
    path = write_bill(tmp_path / "b.csv", dated("30/04/2024", "01/05/2024"), dated("01/04/2024", "02/04/2024"))
    days, codes = days_and_codes(path)
    assert days == [("2024-04-30", "2024-05-01"), ("2024-04-01", "2024-04-02")]
    assert codes == []


def test_one_second_number_above_twelve_makes_every_date_of_the_bill_month_first(tmp_path):
    path = write_bill(tmp_path / "b.csv", dated("4/30/2024", "5/1/2024"), dated("4/1/2024", "4/2/2024"))
    days, codes = days_and_codes(path)
    assert days == [("2024-04-30", "2024-05-01"), ("2024-04-01", "2024-04-02")]
    assert codes == []


def test_the_end_of_a_charge_period_decides_for_its_start_too(tmp_path):
    days, codes = days_and_codes(write_bill(tmp_path / "b.csv", dated("01/04/2024", "30/04/2024")))
    assert (days, codes) == ([("2024-04-01", "2024-04-30")], [])


def test_dates_that_decide_nothing_are_day_first_with_one_warning(tmp_path):
    rows = [dated("05/05/2024", "06/05/2024"), dated("01/04/2024", "01/05/2024"), dated("01/04/2024", "01/05/2024")]
    usage = gd.read_usage(write_bill(tmp_path / "b.csv", *rows))
    assert [str(d) for (d,) in usage.frame.order("source_row").select("period_start").fetchall()] == [
        "2024-05-05", "2024-04-01", "2024-04-01",
    ]  # fmt: skip
    (problem,) = usage.problems
    assert (problem.severity, problem.code) == ("warning", "date_order_undecided")
    assert (problem.row, problem.column) == (3, "ChargePeriodStart")
    assert '"01/04/2024"' in problem.message


def test_dates_that_say_both_are_day_first_with_a_warning_and_the_impossible_ones_are_errors(tmp_path):
    rows = [dated("13/04/2024", "14/04/2024"), dated("01/04/2024", "02/04/2024"), dated("04/15/2024", "04/16/2024")]
    usage = gd.read_usage(write_bill(tmp_path / "b.csv", *rows))
    starts = [d and str(d) for (d,) in usage.frame.order("source_row").select("period_start").fetchall()]
    assert starts == ["2024-04-13", "2024-04-01", None]
    found = [(p.severity, p.code, p.row, p.column) for p in usage.problems]
    assert found == [
        ("warning", "date_order_mixed", 4, "ChargePeriodStart"),
        ("error", "date_invalid", 4, "ChargePeriodStart"),
    ]


def test_a_year_of_two_digits_is_of_this_century_and_iso_dates_beside_it_stay_iso(tmp_path):
    days, codes = days_and_codes(
        write_bill(tmp_path / "b.csv", dated("30/04/24", "01/05/24 00:00"), dated("2024-04-05", "2024-05-01T00:00:00Z"))
    )
    assert days == [("2024-04-30", "2024-05-01"), ("2024-04-05", "2024-05-01")]
    assert codes == []


# --- given twice, no numbers, unknown regions -------------------------------------------------------------------------


def test_a_bill_given_twice_is_read_twice_and_told_by_the_name_of_the_other(tmp_path):
    (tmp_path / "again").mkdir()
    first, second = write_bill(tmp_path / "a.csv", BASE), write_bill(tmp_path / "again" / "b.csv", BASE)
    usage = gd.read_usage(first, second)
    (problem,) = usage.problems
    assert (problem.severity, problem.code, problem.file) == ("warning", "bills_overlap", "b.csv")
    assert '"a.csv"' in problem.message
    assert [record.lines for record in usage.inputs] == [1, 1]


@pytest.mark.parametrize("text", ["NaN", "nan", "inf", "-Infinity", "1e400"])
@pytest.mark.parametrize("column", ["ConsumedQuantity", "BilledCost", "ListCost"])
def test_nan_and_infinity_are_no_numbers(tmp_path, text, column):
    path = write_bill(tmp_path / "b.csv", BASE, {**BASE, column: text})
    usage = gd.read_usage(path)
    (problem,) = usage.problems
    assert (problem.severity, problem.code, problem.row, problem.column) == ("error", "number_invalid", 3, column)
    assert f'"{text}"' in problem.message
    ours = {"ConsumedQuantity": "quantity", "BilledCost": "billed_cost"}
    if column in ours:
        assert read(path)[1][ours[column]] is None
    assert usage.inputs[0].costs[0]["billed"] == pytest.approx(100.10 * (1 if column == "BilledCost" else 2))


def test_a_region_that_is_not_in_the_table_is_told_once_with_its_lines(tmp_path):
    mars = {**BASE, "RegionId": "mars-1"}
    tax = {**mars, "ChargeCategory": "Tax"}
    usage = gd.read_usage(write_bill(tmp_path / "b.csv", BASE, mars, mars, tax))
    (problem,) = usage.problems
    assert (problem.severity, problem.code, problem.row, problem.column) == ("warning", "region_unknown", 3, "RegionId")
    assert '"mars-1" is no region of aws' in problem.message and "its 2 lines" in problem.message
    assert "docs/meters.md" in problem.remedy


@pytest.mark.parametrize("region", ["", "global", "Global", "UK South"])
def test_a_service_without_a_region_is_in_no_unknown_region(tmp_path, region):
    row = {**BASE, "ProviderName": "Microsoft", "RegionId": region}
    problems = gd.read_usage(write_bill(tmp_path / "b.csv", BASE, row)).problems
    assert "region_unknown" not in {problem.code for problem in problems}


def test_real_aws_rows_billed_by_the_request_are_typed_requests():
    with (FOCUS / "focus_1_0_aws.csv").open(encoding="utf-8", newline="") as handle:
        billed = {n for n, row in enumerate(csv.DictReader(handle), 2) if "Requests" in row["ConsumedUnit"]}
    kinds = [row["quantity_kind"] for row in read(FOCUS / "focus_1_0_aws.csv") if row["source_row"] in billed]
    assert len(kinds) == len(billed) > 20
    assert set(kinds) == {"requests"}
