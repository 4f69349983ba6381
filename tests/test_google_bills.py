"""Billing exports of Google Cloud: nested and flat, credits and commitments, and what each SKU counts.

Bills: constructed rows with real SKU texts, and generated rows of random numbers (``tests/data/bills/README.md``).
"""

import csv
import json
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import pytest

import greendigital as gd
from greendigital.errors import InputError
from greendigital.factorset import load_library
from greendigital.usage import recognise
from greendigital.usage.meters import Meter, type_meter

BILLS = Path(__file__).parent / "data" / "bills"
NESTED = BILLS / "gcp_detailed_export.jsonl"
FLAT = BILLS / "generated_gcp_billing_export.csv"
LIBRARY = load_library()

CORE = "N2 Instance Core running in London"
RAM = "N2 Instance Ram running in London"
MONTH = 720 * 3600  # seconds of June


def row(sku=CORE, amount=MONTH, unit="seconds", service="Compute Engine", **changes):
    """One row of June in London; a dictionary among the changes is laid over that of the row."""
    base = {
        "billing_account_id": "A",
        "service": {"id": "", "description": service},
        "sku": {"id": "", "description": sku},
        "usage_start_time": "2026-06-01 00:00:00 UTC",
        "usage_end_time": "2026-07-01 00:00:00 UTC",
        "project": {"id": "p", "name": ""},
        "labels": [],
        "system_labels": [],
        "location": {"location": "europe-west2", "country": "GB", "region": "europe-west2", "zone": None},
        "resource": {"name": "", "global_name": ""},
        "cost": 10.0,
        "currency": "GBP",
        "usage": {"amount": amount, "unit": unit, "amount_in_pricing_units": 1.0, "pricing_unit": "hour"},
        "credits": [],
        "cost_type": "regular",
    }
    for name, value in changes.items():
        base[name] = {**base[name], **value} if isinstance(value, dict) else value
    return base


def write_lines(path, *rows):
    path.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    return path


def usage_of(path):
    frame = gd.read_usage(path).frame
    return [dict(zip(frame.columns, r, strict=True)) for r in frame.order("source_row").fetchall()]


def typed(sku, unit="seconds", service="Compute Engine", machine=""):
    return type_meter(LIBRARY, Meter("gcp", service, "", "", sku, unit, machine))


def flat(record, before=""):
    """A nested row as a table laid flat has it: names joined by full stops, lists as JSON text."""
    found = {}
    for name, value in record.items():
        if isinstance(value, dict):
            found |= flat(value, f"{before}{name}.")
        else:
            found[f"{before}{name}"] = json.dumps(value) if isinstance(value, list) else value
    return found


# --- files whole ------------------------------------------------------------------------------------------------------


def costs_of(path):
    """Sum of the cost column, by the plainest reader there is."""
    if path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8") as handle:
            return [Decimal(r["cost"]) for r in csv.DictReader(handle)]
    return [Decimal(str(json.loads(line)["cost"])) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("path", [NESTED, FLAT], ids=lambda p: p.name)
def test_every_row_and_every_penny_is_accounted_for(path):
    result = gd.estimate(usage=gd.read_usage(path), period="2026")
    costs = costs_of(path)
    coverage = result.summary["coverage"]["usage"]
    states = ("estimated", "partial", "fallback", "excluded")
    assert coverage["lines"] == sum(coverage[s] for s in states) == len(costs)
    (cost,) = coverage["costs"]
    assert cost["billed"] == pytest.approx(float(sum(costs)), abs=0.005)
    assert sum(cost[f"billed_{s}"] for s in states) == pytest.approx(float(sum(costs)), abs=0.005)
    assert recognise(path) == "google-billing"


def test_nested_lines_nested_parquet_and_a_flat_table_of_the_same_rows_give_equal_lines(tmp_path):
    records = [json.loads(line) for line in NESTED.read_text(encoding="utf-8").splitlines()]
    records[3]["labels"] = [{"key": "env", "value": 'a "dev" one'}]
    records[4]["location"]["region"] = None
    lines = write_lines(tmp_path / "bill.jsonl", *records)
    parquet, table = tmp_path / "bill.parquet", tmp_path / "bill.csv"
    duckdb.sql(f"COPY (SELECT * FROM read_json('{lines}', sample_size=-1)) TO '{parquet}'")
    with table.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(flat(records[0])))
        writer.writeheader()
        writer.writerows(flat(r) for r in records)

    def kept(path):
        left_out = ("source_id", "source_row")
        return [{k: v for k, v in r.items() if k not in left_out} for r in usage_of(path)]

    assert kept(lines) == kept(parquet) == kept(table)
    assert json.loads(kept(table)[3]["tags"]) == {"env": 'a "dev" one'}


def test_a_table_laid_flat_with_underscores_is_the_same_bill(tmp_path):
    path = tmp_path / "flat.csv"
    record = {name.replace(".", "_"): value for name, value in flat(row()).items()}
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(record))
        writer.writeheader()
        writer.writerow(record)
    (found,) = usage_of(path)
    assert (found["quantity"], found["region"], found["sub_account"]) == (720, "europe-west2", "p")


def test_every_usage_row_of_the_samples_is_typed_by_a_rule():
    for path in (NESTED, FLAT):
        untyped = {r["meter"] for r in usage_of(path) if r["charge_class"] == "usage" and not r["meter_rule_id"]}
        assert untyped == set()


def test_an_export_without_its_cost_is_told_as_a_bill_that_lacks_it(tmp_path):
    record = row()
    del record["cost"]
    with pytest.raises(InputError, match='no column "cost"'):
        gd.read_usage(write_lines(tmp_path / "b.jsonl", record))


# --- one bill of lines that need an estimate --------------------------------------------------------------------------

NO_USAGE = {
    "tax": {"cost_type": "tax"},
    "adjustment": {"cost_type": "adjustment"},
    "rounding": {"cost_type": "rounding_error"},
    "purchase": {"sku": "Commitment v1: N2 Cpu in Americas for 1 Year"},
    "purchase of C2": {"sku": "Commitment: Compute optimized Core running in Frankfurt for 1 Year"},
    "support": {"service": "Support", "sku": "Enhanced"},
}
CREDITS = [
    {"name": "", "type": "SUSTAINED_USAGE_DISCOUNT", "amount": -2.5},
    {"name": "", "type": "COMMITTED_USAGE_DISCOUNT", "amount": -1.0},
]
STORED = ("Standard Storage", 2**30 * MONTH, "byte-seconds", "Cloud Storage")
DISK = (2**30 * MONTH, "byte-seconds")
BILL = {
    "plain": row(),
    "credited": row(credits=CREDITS),
    "zonal": row("SSD backed PD Capacity in London", *DISK),
    "regional": row("Regional SSD backed PD Capacity in London", *DISK),
    **{place: row(*STORED, location={"location": place, "region": None}) for place in ("eu", "US", "global")},
    **{name: row(**changes) for name, changes in NO_USAGE.items()},
}


@pytest.fixture(scope="module")
def bill(tmp_path_factory):
    usage = gd.read_usage(write_lines(tmp_path_factory.mktemp("google") / "b.jsonl", *BILL.values()))
    lines = gd.estimate(usage=usage, period="2026").lines.sort_values("line_id", key=lambda c: c.str[8:].astype(int))
    return usage, dict(zip(BILL, lines.to_dict("records"), strict=True))


def test_a_charge_that_is_no_usage_is_a_line_with_its_cost_and_without_a_figure(bill):
    _, lines = bill
    for name in NO_USAGE:
        line = lines[name]
        found = (line["status"], line["reason_code"], line["billed_cost"])
        assert found == ("excluded", name.split(" ")[0], 10.0)
        assert pd.isna(line["total_kg_co2e"])


def test_credits_lower_the_effective_cost_and_neither_the_billed_cost_nor_the_emissions(bill):
    plain, credited = bill[1]["plain"], bill[1]["credited"]
    assert credited["billed_cost"] == plain["billed_cost"] == 10.0
    assert (plain["effective_cost"], credited["effective_cost"]) == (10.0, 10.0 - 2.5 - 1.0)
    assert credited["list_cost"] == 10.0
    assert credited["total_kg_co2e"] == plain["total_kg_co2e"] > 0


def test_a_commitment_adds_nothing_to_the_cores_that_use_it(bill):
    """The fee has the hours of the cores too; they count with the rows of the cores alone."""
    counted = [line["quantity"] for line in bill[1].values() if line["instance_type"] == "N2"]
    assert counted == [720, 720]


def test_london_takes_the_uk_government_factor_and_a_published_pue(bill):
    line = bill[1]["plain"]
    assert line["country"] == "GBR"
    assert line["grid_factor_id"].startswith("desnz-")
    assert line["pue_factor_id"].startswith("pue:gcp:")


def test_a_multi_region_has_no_grid_so_its_lines_are_partial_and_no_warning_is_given(bill):
    usage, lines = bill
    assert "region_unknown" not in [p.code for p in usage.problems]
    for place in ("eu", "US", "global"):
        line = lines[place]
        assert (line["region"], line["status"], line["stages_missing"]) == (place.lower(), "partial", "use")


def test_a_regional_disk_takes_twice_the_electricity_of_one_in_a_zone(bill):
    assert bill[1]["regional"]["use_kwh"] == pytest.approx(2 * bill[1]["zonal"]["use_kwh"])


# --- money ------------------------------------------------------------------------------------------------------------


def test_an_unknown_cost_type_is_told_and_left_out(tmp_path):
    usage = gd.read_usage(write_lines(tmp_path / "b.jsonl", row(cost_type="surprise")))
    assert "charge_category_unknown" in [p.code for p in usage.problems]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"cost_at_list": 14.0}, 14.0),
        (
            {
                "price": {"list_price": 3.0, "pricing_unit_quantity": 1000},
                "usage": {"amount_in_pricing_units": 5000.0},
            },
            3.0 * 5000 / 1000,
        ),
        ({}, 10.0),
    ],
)
def test_list_cost_is_the_published_one_then_price_times_quantity_then_the_cost(tmp_path, changes, expected):
    record = row()
    for name, value in changes.items():
        record[name] = {**record.get(name, {}), **value} if isinstance(value, dict) else value
    (found,) = usage_of(write_lines(tmp_path / "b.jsonl", record))
    assert found["list_cost"] == pytest.approx(expected)


def test_without_a_list_cost_the_note_says_that_the_cost_before_credits_stands_in(tmp_path):
    usage = gd.read_usage(write_lines(tmp_path / "b.jsonl", row()))
    (note,) = [p for p in usage.problems if p.code == "list_cost_from_effective"]
    assert "cost before credits" in note.message


# --- labels, machine types and places ---------------------------------------------------------------------------------


def test_labels_become_one_object_and_text_that_is_no_list_stays(tmp_path):
    path = tmp_path / "b.csv"
    records = [flat(row(labels=[{"key": "a", "value": "1"}, {"key": "b", "value": ""}])), flat(row()), flat(row())]
    records[2]["labels"] = "[{'key': 'not', 'value': 'json'}]"
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(records[0]))
        writer.writeheader()
        writer.writerows(records)
    labelled, empty, broken = (r["tags"] for r in usage_of(path))
    assert json.loads(labelled) == {"a": "1", "b": ""}
    assert empty is None
    assert broken == "[{'key': 'not', 'value': 'json'}]"


def test_the_machine_type_of_the_system_labels_stands_in_for_a_series_that_the_sku_does_not_name(tmp_path):
    spec = [{"key": "compute.googleapis.com/machine_spec", "value": "n2d-standard-8"}]
    named, unnamed = usage_of(
        write_lines(
            tmp_path / "b.jsonl",
            row(system_labels=spec),
            row("Instance Core running in Americas", system_labels=spec),
        )
    )
    assert (named["instance_type"], unnamed["instance_type"]) == ("N2", "n2d-standard-8")
    assert {named["quantity_kind"], unnamed["quantity_kind"]} == {"vcpu_hours"}


# --- quantities -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sku", "amount", "unit", "service", "kind", "expected"),
    [
        (CORE, 4 * MONTH, "seconds", "Compute Engine", "vcpu_hours", 4 * 720),
        (RAM, 16 * 2**30 * MONTH, "byte-seconds", "Compute Engine", "gb_hours", 16 * 720),
        ("Nvidia L4 GPU running in London", MONTH, "seconds", "Compute Engine", "gpu_hours", 720),
        ("Balanced PD Capacity in London", 500 * 2**30 * MONTH, "byte-seconds", "Compute Engine", "tb_hours", 360),
        ("Storage PD Capacity in London", 500, "gibibyte month", "Compute Engine", "tb_hours", 500 * 720 / 1000),
        ("Standard Storage London", 2**30 * MONTH, "byte-seconds", "Cloud Storage", "tb_hours", 0.72),
        ("Network Internet Data Transfer Out from London to Americas", 2**30, "bytes", "Networking", "gb_moved", 1),
        ("Services CPU (Instance-based billing) in europe-west2", 3600, "seconds", "Cloud Run", "vcpu_hours", 1),
        ("Services Memory (Instance-based billing)", 2**30 * 3600, "byte-seconds", "Cloud Run", "gb_hours", 1),
        ("Autopilot Pod mCPU Requests (europe-west2)", 500 * 3600, "seconds", "Kubernetes Engine", "vcpu_hours", 0.5),
        ("Cloud SQL for MySQL: Zonal - vCPU in London", 3600, "seconds", "Cloud SQL", "vcpu_hours", 1),
        ("Cloud SQL for MySQL: Regional - vCPU in London", 3600, "seconds", "Cloud SQL", "vcpu_hours", 2),
        ("Cloud SQL for MySQL: Regional - RAM in London", 2**30 * 3600, "byte-seconds", "Cloud SQL", "gb_hours", 2),
        (
            "Redis Capacity Standard M1 London",
            2**30 * 3600,
            "byte-seconds",
            "Cloud Memorystore for Redis",
            "gb_hours",
            2,
        ),
    ],
)
def test_a_sku_is_counted_in_its_own_unit(tmp_path, sku, amount, unit, service, kind, expected):
    (found,) = usage_of(write_lines(tmp_path / "b.jsonl", row(sku, amount, unit, service)))
    assert found["quantity_kind"] == kind
    assert found["quantity"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("sku", "series"),
    [
        ("N1 Predefined Instance Core running in London", "N1"),
        ("N2D AMD Instance Core running in London", "N2D"),
        ("N2D AMD Custom Extended Instance Ram running in London", "N2D"),
        ("Spot Preemptible E2 Instance Core running in London", "E2"),
        ("T2A Arm Instance Core running in Iowa", "T2A"),
        ("T2D AMD Instance Core running in London", "T2D"),
        ("C3D Instance Ram running in London", "C3D"),
        ("C4A Arm Instance Core running in London", "C4A"),
        ("M3 Memory-optimized Instance Core running in London", "M3"),
        ("A3Plus Instance Core running in London", "A3Plus"),
        ("Compute optimized Core running in London", "c2"),
        ("Spot Preemptible Compute optimized Ram running in London", "c2"),
        ("Custom Instance Core running in London", "n1"),
        ("Spot Preemptible Custom Instance Ram running in London", "n1"),
    ],
)
def test_the_series_is_read_from_the_sku(sku, series):
    ram = "Ram " in sku
    found = typed(sku, "byte-seconds" if ram else "seconds")
    assert (found.quantity_kind, found.instance_type) == ("gb_hours" if ram else "vcpu_hours", series)


@pytest.mark.parametrize(
    "sku",
    [
        "Licensing Fee for Windows Server 2019 Datacenter Edition (CPU cost)",
        "Licensing Fee for Red Hat Enterprise Linux 8 (RAM cost)",
        "Memory Optimized Upgrade Premium for Memory-optimized Instance Core",
        "Sole Tenancy Premium for N2 Sole Tenancy Instance Core running in London",
        "Hyperdisk Extreme IOPS",
    ],
)
def test_a_licence_a_premium_and_a_performance_unit_are_no_cores(sku):
    assert typed(sku).quantity_kind == "not_physical"


@pytest.mark.parametrize(
    ("sku", "storage_class"),
    [
        ("Storage PD Capacity in London", "hdd:zonal disk"),
        ("SSD backed PD Capacity in London", "ssd:zonal disk"),
        ("Balanced PD Capacity", "ssd:zonal disk"),
        ("Regional Storage PD Capacity in London", "hdd:persistent disk"),
        ("Regional SSD backed PD Capacity in London", "ssd:persistent disk"),
        ("Hyperdisk Balanced Capacity in London", "ssd:zonal disk"),
        ("Hyperdisk Balanced High Availability Capacity in London", "ssd:persistent disk"),
        ("SSD backed Local Storage", "ssd:local SSD"),
    ],
)
def test_medium_and_copies_of_a_disk_are_read_from_the_sku(sku, storage_class):
    assert typed(sku, "byte-seconds").storage_class == storage_class


@pytest.mark.parametrize(
    ("sku", "path"),
    [
        ("Network Inter Zone Egress", "inter_az"),
        ("Network Inter Zone Ingress", "ignored_inbound"),
        ("Network Inter Region Data Transfer Out from Americas to Los Angeles", "inter_region"),
        ("Network Inter Region Data Transfer In from APAC to Americas", "ignored_inbound"),
        ("Network Internet Data Transfer Out from London to EMEA", "internet_out"),
        ("Network Data Transfer to Google Services from Americas to Americas", "processed"),
    ],
)
def test_bytes_are_counted_on_one_side_of_a_transfer(sku, path):
    found = typed(sku, "bytes")
    assert (found.quantity_kind, found.transfer_path) == ("gb_moved", path)


@pytest.mark.parametrize(
    ("sku", "service"),
    [
        ("Analysis (europe-west2)", "BigQuery"),
        ("BigQuery Enterprise Edition for London", "BigQuery Reservation API"),
        ("Cloud Functions (1st Gen) Invocations", "Cloud Functions"),
    ],
)
def test_queries_slots_and_calls_have_no_physical_method(sku, service):
    assert typed(sku, "requests", service).quantity_kind == "requests"


def test_a_unit_that_does_not_fit_is_unknown_and_never_guessed():
    assert typed(CORE, "byte-seconds").unit_refused
    assert typed(RAM, "requests").unit_refused
    assert typed("Standard Storage London", "seconds", "Cloud Storage").unit_refused


def test_the_focus_export_is_typed_by_the_same_rules():
    """FOCUS rows of Google name the SKU in the description; a SkuMeter beside it must not hide it."""
    meter = Meter("gcp", "Compute Engine", "Compute Engine CPU", "", CORE, "seconds")
    assert type_meter(LIBRARY, meter).quantity_kind == "vcpu_hours"


def test_a_focus_row_of_google_is_estimated_as_its_own_export_is(tmp_path):
    path = tmp_path / "focus.csv"
    record = {
        "ProviderName": "Google Cloud", "ServiceName": "Compute Engine", "ServiceCategory": "Compute",
        "RegionId": "europe-west2", "ChargeCategory": "Usage", "ChargeDescription": CORE,
        "ChargePeriodStart": "2026-06-01T00:00:00Z", "ChargePeriodEnd": "2026-07-01T00:00:00Z",
        "ConsumedQuantity": str(MONTH), "ConsumedUnit": "seconds", "BilledCost": "10", "EffectiveCost": "10",
        "ListCost": "10", "BillingCurrency": "GBP",
    }  # fmt: skip
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(record))
        writer.writeheader()
        writer.writerow(record)
    usage = gd.read_usage(path)
    assert usage.problems == []
    (focus,), (own,) = usage_of(path), usage_of(write_lines(tmp_path / "own.jsonl", row()))
    kept = ("provider", "region", "quantity", "quantity_kind", "instance_type", "meter_rule_id", "billed_cost")
    assert {k: focus[k] for k in kept} == {k: own[k] for k in kept}
    assert focus["quantity"] == 720
