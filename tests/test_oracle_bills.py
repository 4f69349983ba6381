"""Bills of Oracle: the real native report and real FOCUS rows, OCPUs, months of 744 hours, and what is no capacity.

Bills: see ``tests/data/bills/README.md``.
"""

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest

import greendigital as gd
from greendigital.factorset import load_library
from greendigital.usage import recognise
from greendigital.usage.from_oracle import ORACLE
from greendigital.usage.meters import Meter, type_meter
from greendigital.usage.own_columns import OwnColumns

BILLS = Path(__file__).parent / "data" / "bills"
REPORT, FOCUS = BILLS / "oci_cost_report.csv", BILLS / "focus_1_0_oci.csv"
LIBRARY = load_library()


def typed(text, unit, service="COMPUTE"):
    return type_meter(LIBRARY, Meter("oci", service, "", "", text, unit))


def own(path):
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def usage_of(path):
    frame = gd.read_usage(path).frame
    return [dict(zip(frame.columns, r, strict=True)) for r in frame.order("source_row").fetchall()]


def edited(path, **changes):
    """The first row of the real report, with other cells."""
    record = own(REPORT)[0] | changes
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(record))
        writer.writeheader()
        writer.writerow(record)
    return path


@pytest.mark.parametrize(
    ("path", "name", "cost", "period"),
    [(REPORT, "oracle-cost-report", "cost/myCost", "2023"), (FOCUS, "focus-1.0", "BilledCost", "2024")],
    ids=["report", "focus"],
)
def test_every_row_and_every_penny_is_accounted_for(path, name, cost, period):
    assert recognise(path) == name
    usage = gd.read_usage(path)
    assert [p for p in usage.problems if p.severity != "note"] == []
    result = gd.estimate(usage=usage, period=period)
    rows = own(path)
    coverage = result.summary["coverage"]["usage"]
    states = ("estimated", "partial", "fallback", "excluded")
    assert coverage["lines"] == sum(coverage[s] for s in states) == len(rows)
    expected = float(sum(Decimal(r[cost]) for r in rows))
    (found,) = coverage["costs"]
    assert found["currency"] == "USD"
    assert found["billed"] == pytest.approx(expected, abs=0.005)
    assert sum(found[f"billed_{s}"] for s in states) == pytest.approx(expected, abs=0.005)
    physical = result.lines[result.lines["status"].isin(["estimated", "partial"])]
    assert set(physical["country"]) == {"USA"} and (physical["use_kwh"] >= 0).all()


def test_every_row_of_the_real_report_is_typed_by_a_rule():
    assert {r["meter"] for r in usage_of(REPORT) if not r["meter_rule_id"]} == set()


def test_the_older_report_of_aws_has_slashes_too_and_is_not_taken_for_oracles():
    header = ["identity/LineItemId", "lineItem/UsageStartDate", "lineItem/UsageAmount", "lineItem/UnblendedCost",
              "product/region", "product/servicecode", "pricing/unit", "lineItem/UsageType"]  # fmt: skip
    assert ORACLE.recognise(OwnColumns(header)) is None
    assert ORACLE.recognise(OwnColumns(list(own(REPORT)[0]))) == "oracle-cost-report"


@pytest.mark.parametrize(
    ("text", "vcpus"),
    [
        ("Standard - E4", 2),
        ("Standard - E5", 2),
        ("Optimized - X9", 2),
        ("Compute - Standard - E5 - OCPU", 2),
        ("Standard - A1", 1),
        ("Standard - A2", 2),
    ],
)
@pytest.mark.parametrize("unit", ["OCPU Hours", "OCPU Per Hour", "1 NONE HOURS OCPUS"])
def test_an_ocpu_is_two_vcpus_on_x86_and_one_on_the_first_arm_series(text, vcpus, unit):
    """Oracle, Compute Shapes: 1 OCPU of x86 = 2 vCPUs; of A1 = 1 core; of A2 = 2 cores."""
    found = typed(text, unit)
    assert (found.quantity_kind, found.multiplier) == ("vcpu_hours", vcpus)


@pytest.mark.parametrize("text", ["Standard - E3 - Memory", "Compute - Standard - E4 - Memory"])
@pytest.mark.parametrize("unit", ["GB Hours", "1 GiB HOURS MEMORY"])
def test_memory_of_a_shape_is_gb_hours_and_no_ocpu(text, unit):
    found = typed(text, unit)
    assert (found.quantity_kind, found.multiplier, found.instance_type[:1]) == ("gb_hours", 1.0, "E")


def test_performance_units_are_no_capacity():
    found = typed("Block Volume - Performance Units", "1 GiB MONTHS PERFORMANCE_UNITS", "BLOCK_STORAGE")
    assert found.quantity_kind == "not_physical"
    assert typed("Block Volume - Storage", "1 GiB MONTHS PERFORMANCE_UNITS", "BLOCK_STORAGE").unit_refused


def test_a_month_has_744_hours_whatever_the_month():
    """A database volume of 32 GB reads 0.043010752688 GB-months an hour, in November: 32 / 744, and not 32 / 720."""
    rows = zip(own(REPORT), usage_of(REPORT), strict=True)
    (held,) = {found["quantity"] for row, found in rows if row["usage/billedQuantity"].startswith("0.043010752688")}
    assert held == pytest.approx(32 / 1000, rel=1e-9)


def test_a_tebibyte_month_is_1024_gb_months():
    found = typed("Oracle Autonomous Transaction Processing - Exadata Storage", "1 TiB MONTHS STORAGE_SIZE", "DATABASE")
    assert (found.quantity_kind, found.per_month) == ("tb_hours", 0.0)
    assert found.multiplier == pytest.approx(1024 * 744 / 1000)


@pytest.mark.parametrize("unit", ["GB Months", "1 GiB HOURS DATA_TRANSFERRED"])
def test_outbound_transfer_is_gb_moved_whatever_its_unit_is_called(unit):
    found = typed("Outbound Data Transfer Zone 1", unit, "NETWORK")
    assert (found.quantity_kind, found.multiplier, found.transfer_path) == ("gb_moved", 1.0, "internet_out")


def test_nodes_of_an_unknown_size_and_data_points_have_no_physical_method():
    node = typed("MySQL Database for HeatWave - Standard - Node per hour", "1 NONE HOURS INSTANCE", "MYSQL")
    points = typed("Monitoring Service - Retrieval", "1000000 NONE NONE DATAPOINTS", "TELEMETRY")
    assert (node.quantity_kind, points.quantity_kind) == ("unknown", "requests")


def test_focus_rows_take_the_region_from_its_name_since_the_id_is_empty():
    assert [r["region"] for r in usage_of(FOCUS)] == ["us-sanjose-1", "us-sanjose-1", "us-phoenix-1"]


def test_list_cost_is_unit_price_times_quantity_where_a_credit_made_the_cost_nothing(tmp_path):
    path = edited(tmp_path / "b.csv", **{"usage/billedQuantity": "8", "cost/unitPrice": "0.25", "cost/myCost": "0"})
    (found,) = usage_of(path)
    assert (found["list_cost"], found["billed_cost"]) == (8 * 0.25, 0)


def test_a_correction_keeps_its_sign(tmp_path):
    changes = {
        "product/Description": "Standard - E4",
        "cost/billingUnitReadable": "1 NONE HOURS OCPUS",
        "usage/billedQuantity": "-3",
        "cost/myCost": "-0.02",
        "lineItem/isCorrection": "true",
    }
    (found,) = usage_of(edited(tmp_path / "b.csv", **changes))
    assert (found["charge_class"], found["quantity"], found["billed_cost"]) == ("usage", -6, -0.02)


def test_tag_columns_become_one_object_without_the_empty_ones(tmp_path):
    tags = {"tags/Team.name": 'the "A" team', "tags/env": "", "tags/cost-centre": "12"}
    (found,) = usage_of(edited(tmp_path / "b.csv", **tags))
    assert json.loads(found["tags"]) == {"Team.name": 'the "A" team', "cost-centre": "12"}


def test_a_region_of_the_united_kingdom_takes_the_uk_government_factor(tmp_path):
    path = edited(tmp_path / "b.csv", **{"product/region": "UK-London-1", "product/Description": "Standard - E4",
                                         "cost/billingUnitReadable": "1 NONE HOURS OCPUS"})  # fmt: skip
    (line,) = gd.estimate(usage=gd.read_usage(path), period="2023").lines.to_dict("records")
    assert (line["country"], line["status"], line["stages_missing"]) == ("GBR", "partial", "embodied")
    assert line["grid_factor_id"].startswith("desnz-")
    assert line["pue_factor_id"] == "pue-colocation-2023"
