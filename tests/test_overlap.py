"""Bills that hold the same charges: each is counted once, and no penny is lost."""

import math
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import greendigital as gd
from greendigital.errors import InputError

from .test_usage import BASE, write_bill

BILLS = Path(__file__).parent / "data" / "bills"
DAYS = [
    {
        **BASE,
        "ResourceId": f"i-{number % 3}",
        "SubAccountId": "111122223333",
        "ChargePeriodStart": f"2024-09-{number + 1:02} 00:00:00",
        "ChargePeriodEnd": f"2024-09-{number + 2:02} 00:00:00",
        "ConsumedQuantity": str(number + 1),
        "BilledCost": f"{number + 1}.10",
    }
    for number in range(12)
]


def read(folder, **bills):
    return gd.read_usage(*[write_bill(folder / f"{name}.csv", *rows) for name, rows in bills.items()])


def kilograms(usage):
    return lines(usage).total_kg_co2e.sum()


def lines(usage):
    return gd.estimate(usage=usage, period="2024").lines


def warnings(usage):
    return [p for p in usage.problems if p.code == "bills_overlap"]


def test_actual_and_amortised_cost_of_a_month_are_counted_once_and_both_keep_their_cost(tmp_path):
    amortised = [{**row, "BilledCost": "0", "EffectiveCost": "55.5"} for row in DAYS]
    usage = read(tmp_path, actual=DAYS, amortised=amortised)
    found = lines(usage)
    later = found[found.source_id == "amortised.csv"]
    assert set(later.status) == {"excluded"}
    assert set(later.reason_code) == {"in_other_bill"}
    assert math.isclose(later.effective_cost.sum(), 12 * 55.5)
    assert math.isclose(found.billed_cost.sum(), sum(float(row["BilledCost"]) for row in DAYS))
    (problem,) = warnings(usage)
    assert problem.file == "amortised.csv"
    assert '12 of its 12 charges of account "111122223333" from 2024-09-01 to 2024-09-12 are in "actual.csv"' in str(
        problem
    )


def test_of_a_longer_export_only_the_days_that_another_holds_are_left_out(tmp_path):
    usage = read(tmp_path, week=DAYS[2:7], month=DAYS)
    found = lines(usage)
    month = found[found.source_id == "month.csv"]
    assert sorted(month[month.reason_code == "in_other_bill"].source_row) == [4, 5, 6, 7, 8]
    assert (month.status == "estimated").sum() == 7


def test_a_day_of_another_account_is_no_overlap(tmp_path):
    usage = read(tmp_path, one=DAYS, other=[{**row, "SubAccountId": "444455556666"} for row in DAYS])
    assert not warnings(usage)
    assert set(lines(usage).status) == {"estimated"}


def test_equal_charges_of_one_bill_are_two_charges(tmp_path):
    usage = read(tmp_path, bill=[*DAYS, *DAYS])
    assert set(lines(usage).status) == {"estimated"}
    assert not warnings(usage)


def test_a_second_equal_charge_is_left_out_only_where_the_earlier_bill_has_two(tmp_path):
    found = lines(read(tmp_path, once=DAYS, twice=[*DAYS, *DAYS]))
    twice = found[found.source_id == "twice.csv"]
    assert (twice.reason_code == "in_other_bill").sum() == 12
    assert (twice.status == "estimated").sum() == 12


def test_parts_of_one_export_with_a_few_charges_alike_are_all_counted(tmp_path):
    other = [{**row, "ResourceId": "i-9"} for row in DAYS[:11]]
    usage = read(tmp_path, one=DAYS, other=[*other, DAYS[11]])
    assert not warnings(usage)
    assert set(lines(usage).status) == {"estimated"}


def test_tax_and_purchases_of_a_bill_given_twice_cost_once(tmp_path):
    tax = {**DAYS[0], "ChargeCategory": "Tax", "BilledCost": "20"}
    purchase = {**DAYS[0], "ChargeCategory": "Purchase", "BilledCost": "400"}
    own = {**tax, "ChargeDescription": "of another invoice", "BilledCost": "7"}
    usage = read(tmp_path, one=[*DAYS, tax, purchase], other=[*DAYS, tax, tax, purchase, own])
    found = lines(usage)
    other = found[found.source_id == "other.csv"]
    # The first tax and the purchase are in the earlier bill, which has no second tax and nothing of another invoice.
    assert list(other.reason_code)[12:] == ["in_other_bill", "tax", "in_other_bill", "tax"]
    (problem,) = warnings(usage)
    assert "12 of its 12 charges" in problem.message
    assert "and 2 other charges are in" in problem.message


def test_tax_is_not_left_out_where_the_usage_is_another(tmp_path):
    tax = {**DAYS[0], "ChargeCategory": "Tax"}
    other = [{**row, "ResourceId": "i-9", "ConsumedQuantity": "0.5"} for row in DAYS]
    found = lines(read(tmp_path, one=[*DAYS, tax], other=[*other, tax]))
    assert list(found[found.reason_code == "tax"].source_id) == ["one.csv", "other.csv"]


def test_costs_of_the_splits_are_those_of_each_bill_once(tmp_path):
    tax = {**DAYS[0], "ChargeCategory": "Tax", "BilledCost": "20"}
    footprint = gd.estimate(usage=read(tmp_path, one=[*DAYS, tax], other=[*DAYS, tax]), period="2024")
    once = sum(float(row["BilledCost"]) for row in DAYS) + 20
    (cost,) = footprint.summary["coverage"]["usage"]["costs"]
    assert cost["billed"] == pytest.approx(2 * once)
    assert cost["billed_in_other_bill"] == pytest.approx(once)
    for name in ("by_account", "by_service", "by_region"):
        entries = footprint.summary["totals"][name]
        assert sum(c["billed"] for entry in entries for c in entry["costs"]) == pytest.approx(once)


def cur(row, **changes):
    """A row of FOCUS as AWS's own report has it."""
    return {
        "line_item_line_item_type": "Usage",
        "line_item_usage_account_id": row["SubAccountId"],
        "line_item_product_code": "AmazonEC2",
        "line_item_usage_type": "EUW2-BoxUsage:m5.xlarge",
        "line_item_usage_start_date": row["ChargePeriodStart"],
        "line_item_usage_end_date": row["ChargePeriodEnd"],
        "line_item_usage_amount": row["ConsumedQuantity"],
        "line_item_unblended_cost": row["BilledCost"],
        "line_item_currency_code": "USD",
        "pricing_unit": "Hrs",
        "product_region_code": "eu-west-2",
        "bill_payer_account_id": "999988887777",
        **changes,
    }


def test_of_a_bill_in_two_formats_the_days_of_the_later_one_that_the_first_holds_are_left_out(tmp_path):
    usage = read(tmp_path, focus=DAYS[:8], cur=[cur(row) for row in DAYS[2:10]])
    found = lines(usage)
    later = found[found.source_id == "cur.csv"]
    assert list(later.reason_code == "in_other_bill") == [True] * 6 + [False] * 2
    assert math.isclose(kilograms(usage), kilograms(read(tmp_path, all=DAYS[:10])))
    (problem,) = warnings(usage)
    assert problem.message.startswith("6 of its 6 charges")


def test_bills_of_two_formats_that_hold_other_things_of_the_same_days_are_both_counted(tmp_path):
    other = [cur(row, line_item_usage_type="EUW2-BoxUsage:c5.large") for row in DAYS]
    usage = read(tmp_path, focus=DAYS, cur=other)
    assert not warnings(usage)
    assert set(lines(usage).status) == {"estimated"}


MONTH = {
    **DAYS[0],
    "ResourceId": "i-0",
    "ChargePeriodEnd": "2024-10-01 00:00:00",
    "ConsumedQuantity": "720",
}


def by_the_day(days, hours):
    """The same machine, a charge for each so many hours."""
    return [
        {
            **MONTH,
            "ChargePeriodStart": f"2024-09-{day:02} {hour:02}:00:00",
            "ChargePeriodEnd": f"2024-09-{day:02} {hour + hours:02}:00:00" if hour + hours < 24 else
            f"2024-{'10-01' if day == 30 else f'09-{day + 1:02}'} 00:00:00",
            "ConsumedQuantity": str(hours),
        }
        for day in range(1, days + 1)
        for hour in range(0, 24, hours)
    ]  # fmt: skip


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(("one", "other"), [([MONTH], by_the_day(30, 24)), (by_the_day(30, 24), by_the_day(30, 6))])
def test_a_bill_by_the_month_by_the_day_and_by_the_hour_is_one_bill(tmp_path, one, other, swapped):
    bills = (other, one) if swapped else (one, other)
    usage = read(tmp_path, first=bills[0], second=bills[1])
    assert math.isclose(kilograms(usage), kilograms(read(tmp_path, month=[MONTH])), rel_tol=1e-9)
    assert len(warnings(usage)) == 1


def test_a_month_beside_a_week_of_it_is_counted_whole_and_the_days_that_count_twice_are_told(tmp_path):
    usage = read(tmp_path, week=by_the_day(7, 24), month=[MONTH])
    assert set(lines(usage).status) == {"estimated"}
    (problem,) = [p for p in usage.problems if p.code == "bills_overlap_in_part"]
    assert str(problem).startswith('month.csv: 1 charge of it is in part in "week.csv"')


def test_a_month_beside_a_week_of_another_machine_is_no_overlap(tmp_path):
    week = [{**row, "ResourceId": "i-9"} for row in by_the_day(7, 24)]
    assert not [p for p in read(tmp_path, week=week, month=[MONTH]).problems if p.code.startswith("bills_overlap")]


AZURE = {
    "SubscriptionId": "00000000-0000-0000-0000-000000000001",
    "Date": "2024-09-03",
    "MeterCategory": "Virtual Machines",
    "MeterSubCategory": "Dv3/DSv3 Series",
    "MeterName": "D2 v3/D2s v3",
    "ResourceLocation": "uksouth",
    "ResourceId": "/subscriptions/1/vm1",
    "Quantity": "24",
    "UnitOfMeasure": "1 Hour",
    "BillingCurrencyCode": "GBP",
    "ChargeType": "Usage",
    "PricingModel": "Reservation",
    "AccountOwnerId": "1",
}


@pytest.mark.parametrize("amortised_first", [True, False])
def test_what_a_commitment_cost_is_counted_once_of_an_actual_and_an_amortised_export(tmp_path, amortised_first):
    bought = {**AZURE, "Date": "2024-09-01", "ChargeType": "Purchase", "CostInBillingCurrency": "100", "Quantity": "1",
              "ResourceId": ""}  # fmt: skip
    unused = {**AZURE, "ChargeType": "UnusedReservation", "CostInBillingCurrency": "40", "ResourceId": ""}
    days = [{**AZURE, "Date": f"2024-09-{day:02}"} for day in (1, 2, 3)]
    bills = {
        "amortised": [*({**row, "CostInBillingCurrency": "20"} for row in days), unused],
        "actual": [*({**row, "CostInBillingCurrency": "0"} for row in days), bought],
    }
    names = list(bills) if amortised_first else list(bills)[::-1]
    footprint = gd.estimate(usage=read(tmp_path, **{name: bills[name] for name in names}), period="2024")
    (cost,) = footprint.summary["coverage"]["usage"]["costs"]
    # Three days at 20 and 40 for what was not used, or the 100 that were paid.
    assert cost["billed"] - cost["billed_in_other_bill"] == pytest.approx(3 * 20 + 40 if amortised_first else 100)


def test_an_azure_export_and_the_same_rows_in_focus_are_counted_once():
    files = [BILLS / "azure_mca_cost_details.csv", BILLS / "focus_1_2_azure.csv"]
    usage = gd.read_usage(*files)
    alone = [
        gd.estimate(usage=gd.read_usage(f), period="2023-09-01..2026-06-30").lines.total_kg_co2e.sum() for f in files
    ]
    both = gd.estimate(usage=usage, period="2023-09-01..2026-06-30").lines.total_kg_co2e.sum()
    # One or two rows differ: what the conversion left empty.
    assert both < 1.05 * max(alone)


@settings(max_examples=2, deadline=None)
@given(copies=st.integers(2, 4), cut=st.integers(0, 12))
def test_however_often_a_bill_is_given_it_counts_once_and_its_parts_make_the_whole(tmp_path_factory, copies, cut):
    folder = tmp_path_factory.mktemp("bills")
    whole = kilograms(read(folder, whole=DAYS))
    again = read(folder, **{f"copy{n}": DAYS for n in range(copies)})
    assert math.isclose(kilograms(again), whole, rel_tol=1e-12)
    assert math.isclose(sum(r.costs[0]["billed"] for r in again.inputs), copies * again.inputs[0].costs[0]["billed"])
    parts = {name: rows for name, rows in (("first", DAYS[:cut]), ("second", DAYS[cut:])) if rows}
    assert math.isclose(kilograms(read(folder, **parts)), whole, rel_tol=1e-12)


# --- odd charges ------------------------------------------------------------------------------------------------------


def told(usage, code):
    (problem,) = [p for p in usage.problems if p.code == code]
    return problem


def test_tags_that_are_no_json_are_counted_and_stay_untagged(tmp_path):
    rows = [{**DAYS[0], "Tags": '{"team": "web"}'}, {**DAYS[1], "Tags": "team:web"}, {**DAYS[2], "Tags": ""}]
    problem = told(read(tmp_path, bill=rows), "tags_not_json")
    assert (problem.file, problem.row) == ("bill.csv", 3)
    assert '"team:web" is not JSON' in problem.message


def test_a_correction_larger_than_the_usage_is_told_and_kept(tmp_path):
    rows = [{**DAYS[0], "ConsumedQuantity": "5"}, {**DAYS[3], "ConsumedQuantity": "-8"}]
    usage = read(tmp_path, bill=rows)
    assert "1 meter of a resource is corrected" in told(usage, "correction_exceeds_usage").message
    assert kilograms(usage) < 0


def test_a_correction_within_the_usage_is_not_told(tmp_path):
    rows = [{**DAYS[0], "ConsumedQuantity": "8"}, {**DAYS[3], "ConsumedQuantity": "-8"}]
    assert not read(tmp_path, bill=rows).problems


def test_a_column_renamed_by_a_newer_export_is_told_with_its_new_name(tmp_path):
    rows = [{("Consumed Quantity" if k == "ConsumedQuantity" else k): v for k, v in row.items()} for row in DAYS]
    problem = told(read(tmp_path, bill=rows), "column_renamed")
    assert problem.column == "Consumed Quantity"
    assert problem.message.startswith('The column "ConsumedQuantity" is missing; "Consumed Quantity" may be meant')


def test_a_bill_whose_quantities_have_an_unlike_name_is_told(tmp_path):
    rows = [{("UsedAmount" if k == "ConsumedQuantity" else k): v for k, v in row.items()} for row in DAYS]
    problem = told(read(tmp_path, bill=rows), "quantity_column_missing")
    assert str(problem).endswith("Export ConsumedQuantity or PricingQuantity, with the unit.")


def test_a_bill_without_meters_is_told_where_descriptions_do_not_say_what_was_used(tmp_path):
    vague = [{**row, "ChargeDescription": "Compute"} for row in DAYS[:5]]
    problem = told(read(tmp_path, bill=[*vague, *DAYS[5:]]), "meter_column_missing")
    assert problem.message.startswith("There is no column of meters, and of 5 of 12 usage charges the description")
    for name, rows in {
        "said": DAYS,
        "metered": [{**row, "SkuMeter": "EUW2-BoxUsage:m5.xlarge"} for row in vague],
        "without": [{**row, "ProviderName": "Oracle"} for row in vague],
    }.items():
        assert "meter_column_missing" not in {p.code for p in read(tmp_path, **{name: rows}).problems}


def test_a_bill_without_units_is_told_once_and_its_meters_still_count_as_described(tmp_path):
    rows = [{k: v for k, v in row.items() if k != "ConsumedUnit"} for row in DAYS]
    usage = read(tmp_path, bill=rows)
    assert [p.code for p in usage.problems] == ["unit_column_missing"]
    assert told(usage, "unit_column_missing").remedy == "Export ConsumedUnit."


def test_a_bill_without_quantities_and_units_is_told_the_quantities_with_their_unit_and_no_meter(tmp_path):
    gone = ("ConsumedUnit", "ConsumedQuantity")
    usage = read(tmp_path, bill=[{k: v for k, v in row.items() if k not in gone} for row in DAYS])
    assert [p.code for p in usage.problems] == ["quantity_column_missing"]


def test_meters_without_a_unit_beside_others_with_one_are_one_note(tmp_path):
    other = DAYS[0] | {"ChargeDescription": "$0.2 per On Demand Linux m5.large Instance Hour", "ConsumedUnit": ""}
    problem = told(read(tmp_path, bill=[*DAYS, other]), "meter_unit_missing")
    assert problem.message == "1 meter is billed without a unit; its quantity is not used."


@pytest.mark.parametrize("ending", ['2024-09-13,"half a des', '2024-09-13,"two\nlines'])
def test_a_bill_cut_inside_quotation_marks_is_told_and_what_is_there_is_read(tmp_path, ending):
    path = write_bill(tmp_path / "bill.csv", *DAYS)
    text = path.read_text(encoding="utf-8")
    path.write_text(text + f'"AWS",EC2,Compute,eu-west-2,Usage,{ending}', encoding="utf-8")
    usage = gd.read_usage(path)
    problem = told(usage, "bill_cut_short")
    assert (problem.severity, problem.file) == ("error", "bill.csv")
    assert usage.inputs[0].lines >= 12


def test_a_bill_cut_in_the_middle_of_a_row_is_told(tmp_path):
    path = write_bill(tmp_path / "bill.csv", *DAYS)
    whole = path.read_text(encoding="utf-8").rstrip()
    path.write_text(whole, encoding="utf-8")
    assert not gd.read_usage(path).problems
    path.write_text(whole[:-40], encoding="utf-8")
    assert "ends in the middle of a row" in told(gd.read_usage(path), "bill_cut_short").message


def test_a_quotation_mark_in_a_whole_bill_is_no_cut(tmp_path):
    usage = read(tmp_path, bill=[{**DAYS[0], "ChargeDescription": 'a 27" screen, or "two"'}, DAYS[1]])
    assert not [p for p in usage.problems if p.code == "bill_cut_short"]


# --- folders and patterns ---------------------------------------------------------------------------------------------


def test_a_folder_and_a_pattern_stand_for_their_files_in_order_without_manifests(tmp_path):
    for name in ("2024-10", "2024-09"):
        (tmp_path / name).mkdir()
        write_bill(tmp_path / name / "part-1.csv", {**DAYS[0], "BillingAccountId": name, "SubAccountId": name})
        (tmp_path / name / "manifest.json").write_text("{}", encoding="utf-8")
        (tmp_path / name / ".hidden.csv").write_text("x", encoding="utf-8")
        (tmp_path / name / "_SUCCESS").write_text("", encoding="utf-8")
    folder, pattern = gd.read_usage(tmp_path), gd.read_usage(str(tmp_path / "*" / "*-1.csv"))
    for usage in (folder, pattern):
        assert [r.source_id for r in usage.inputs] == ["part-1.csv", "part-1.csv#2"]
        assert [row[0] for row in usage.frame.select("account").fetchall()] == ["2024-09", "2024-10"]


@pytest.mark.parametrize("given", ["", "*.parquet"])
def test_a_folder_or_pattern_without_files_is_one_sentence(tmp_path, given):
    (tmp_path / "notes.md").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match=r"holds no file|No file fits"):
        gd.read_usage(tmp_path / given)


def test_a_half_written_parquet_is_refused_and_the_good_file_is_read(tmp_path):
    good = write_bill(tmp_path / "good.csv", *DAYS)
    duckdb.sql(f"COPY (SELECT * FROM read_csv('{good}', all_varchar=true)) TO '{tmp_path / 'whole.parquet'}'")
    half = tmp_path / "half.parquet"
    half.write_bytes((tmp_path / "whole.parquet").read_bytes()[:-200])
    failed = []
    usage = gd.usage.read_usage(half, good, failed=failed)
    assert [(p.code, p.file) for p in failed] == [("file_not_readable", "half.parquet")]
    assert [r.lines for r in usage.inputs] == [12]


def test_an_azure_bill_and_the_same_rows_in_focus_are_one_bill_though_they_name_the_size_unlike(tmp_path):
    machines = [f"/subscriptions/1/vm{number}" for number in range(3)]
    export = [
        {**AZURE, "PricingModel": "OnDemand", "ResourceId": machine, "CostInBillingCurrency": "10",
         "AdditionalInfo": '{"ServiceType":"Standard_D2s_v3"}'}
        for machine in machines
    ]  # fmt: skip
    focus = [
        {
            **BASE,
            "ProviderName": "Microsoft",
            "SubAccountId": AZURE["SubscriptionId"],
            "RegionId": "uksouth",
            "ResourceId": machine,
            "ChargePeriodStart": "2024-09-03",
            "ChargePeriodEnd": "2024-09-04",
            "ConsumedQuantity": "24",
            "BilledCost": "10",
            "BillingCurrency": "GBP",
            "x_SkuMeterCategory": AZURE["MeterCategory"],
            "x_SkuMeterSubcategory": AZURE["MeterSubCategory"],
            "x_SkuMeterName": AZURE["MeterName"],
        }
        for machine in machines
    ]
    usage = read(tmp_path, export=export, focus=focus)
    assert math.isclose(kilograms(usage), kilograms(read(tmp_path, alone=export)))
    assert len(warnings(usage)) == 1


def test_unlike_bills_of_an_account_and_days_in_two_formats_are_told(tmp_path):
    other = [cur(row, line_item_usage_type="EUW2-BoxUsage:c5.large") for row in DAYS]
    problem = told(read(tmp_path, focus=DAYS, cur=other), "bills_of_two_formats")
    assert (problem.severity, problem.file) == ("note", "cur.csv")


def test_an_account_has_the_name_that_another_bill_gives_it(tmp_path):
    named = [{**row, "SubAccountName": "Web", "ResourceId": "i-7"} for row in DAYS]
    found = lines(read(tmp_path, focus=named, cur=[cur(row) for row in DAYS]))
    assert set(found.account) == {"Web"}


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"BilledCost": ""}, "cost_missing", "1 charge without a billed cost: the costs"),
        ({"BillingCurrency": ""}, "currency_missing", "1 charge with a cost and no currency: told apart"),
        ({"ConsumedQuantity": ""}, "quantity_missing", "1 charge without a quantity: estimated from cost at best"),
        ({"ChargePeriodEnd": "2024-08-01"}, "charge_period_reversed", "1 charge with an end before the start"),
    ],
)
def test_what_a_charge_lacks_is_told_with_its_row(tmp_path, change, code, said):
    problem = told(read(tmp_path, bill=[*DAYS, {**DAYS[0], **change}]), code)
    assert (problem.row, problem.message.startswith(said)) == (14, True)
