"""What a person can do about a meter without a physical estimate, and why its bill has no ratio."""

import openpyxl
import pytest

import greendigital as gd
from greendigital.footprint.next_steps import next_step
from greendigital.preflight.check import run_preflight
from greendigital.preflight.to_text import to_text
from tests.test_usage import BASE, write_bill

METER = {
    "provider": "aws",
    "service": "AmazonEC2",
    "meter": "NatGateway-Hours",
    "meter_rule_id": "aws-0140",
    "quantity_kind": "unknown",
    "quantity_unit": "Hours",
    "quantity": 744.0,
    "instance_type": None,
    "region": "eu-west-2",
}
# What METER lacks in each case, the code of what to do, and the words that say it.
CASES = {
    "no rule": ({"meter_rule_id": None}, "add_rule", "No rule fits it: add one (docs/meters.md)."),
    "no meter": ({"meter_rule_id": None, "meter": None}, "export_column", "with its meters"),
    "no service": ({"meter_rule_id": None, "service": None}, "export_column", "with its services"),
    "a rule that knows of no figure": ({}, "none", "no figure is published for gateway hours of AmazonEC2"),
    "a unit that its rule does not know": (
        {"meter_rule_id": "aws-0270", "service": "AmazonS3", "quantity_unit": "Pages"},
        "add_unit",
        '"Pages" is no unit that rule aws-0270 knows',
    ),
    "no unit": ({"meter_rule_id": "aws-0270", "quantity_unit": None}, "export_column", "with its units"),
    "requests": (
        {"meter_rule_id": "aws-0940", "quantity_kind": "requests", "service": "AWSQueueService"},
        "none",
        "no figure is published for requests or events of AWSQueueService",
    ),
    "no quantity": (
        {"meter_rule_id": "aws-0010", "quantity_kind": "instance_hours", "quantity": None},
        "export_column",
        "with its quantities",
    ),
    "a machine without its type": (
        {"meter_rule_id": "aws-0010", "quantity_kind": "instance_hours"},
        "export_column",
        "with its instance types",
    ),
    "a type of nobody's tables": (
        {"meter_rule_id": "aws-0010", "quantity_kind": "instance_hours", "instance_type": "zz9.large"},
        "none",
        "the instance type zz9.large",
    ),
    "a transfer without a region": (
        {"meter_rule_id": "aws-0190", "quantity_kind": "gb_moved", "region": None},
        "export_column",
        "with its regions",
    ),
    "a transfer from a region nobody knows": (
        {"meter_rule_id": "aws-0190", "quantity_kind": "gb_moved", "region": "xx-moon-1"},
        "add_region",
        'The region "xx-moon-1" is not known: add it (docs/meters.md#regions).',
    ),
    "a category alone": (
        {"provider": "azure", "meter_rule_id": "azure-1775"},
        "export_column",
        "subcategories and names of meters",
    ),
}


@pytest.mark.parametrize(("change", "code", "words"), CASES.values(), ids=CASES)
def test_what_to_do_about_a_meter_without_a_physical_estimate(change, code, words):
    step = next_step({**METER, **change}, gd.load_library())
    assert step.code == code
    assert words in step.text


GATEWAY = {**BASE, "ChargeDescription": "$0.05 per NAT Gateway Hour", "ListCost": "40.16"}


def test_a_bill_without_a_ratio_says_how_far_it_is_from_one(tmp_path):
    """Three machines of 100.10 among 340.46 of list cost: 88 %, but 3 lines of the 20 that a ratio needs."""
    path = write_bill(tmp_path / "bill.csv", *[{**BASE, "ListCost": "100.10"}] * 3, GATEWAY)
    footprint = gd.estimate(usage=gd.read_usage(path))
    (meter,) = footprint.summary["unmatched_meters"]
    said = "a ratio needs 20 physical lines with 20% of the list cost of their provider; this bill has 3 with 88%"
    assert said in meter["no_ratio"]
    (line,) = footprint.lines.query("status == 'excluded'")["line_id"]
    told = footprint.explain(line)
    assert said in told and meter["remedy"] in told
    assert f"by rule {meter['meter_rule_id'] or 'none'}" in told and "unknown (" in told
    assert said in " ".join(to_text(run_preflight([path])).split())
    folder = footprint.write(tmp_path / "run", charts=False)
    assert said in (folder / "report.html").read_text(encoding="utf-8")
    cells = [c for row in openpyxl.load_workbook(folder / "report.xlsx")["Unmatched meters"].values for c in row]
    assert meter["no_ratio"] in cells and meter["remedy"] in cells


def test_a_meter_estimated_from_cost_has_a_ratio_and_a_free_one_has_nothing_to_multiply(tmp_path):
    paid = write_bill(tmp_path / "paid.csv", *[{**BASE, "ListCost": "100.10"}] * 20, GATEWAY)
    free = write_bill(tmp_path / "free.csv", *[{**BASE, "ListCost": "100.10"}] * 20, {**GATEWAY, "ListCost": "0"})
    for path, status in ((paid, "fallback"), (free, "excluded")):
        (meter,) = gd.estimate(usage=gd.read_usage(path)).unmatched_meters
        assert meter["status"] == status
        assert meter["no_ratio"] == (
            None if status == "fallback" else "Not estimated from cost either: it has no list cost."
        )
