"""The fallback by cost: which ratio is taken, when none is, and that it can be asked where it came from."""

import pandas as pd
import pytest

import greendigital as gd
from greendigital.config import load_config
from greendigital.estimation.cloud import cloud_lines
from greendigital.estimation.tables import RunTables
from greendigital.factorset import load_library
from greendigital.period import parse_period

LIBRARY = load_library()
EC2, VPC = "Amazon Elastic Compute Cloud", "Amazon Virtual Private Cloud"


def row(**values):
    return {
        "provider": "aws",
        "service": EC2,
        "region": "eu-west-2",
        "charge_class": "usage",
        "period_start": "2024-09-01",
        "period_end": "2024-10-01",
        "currency": "USD",
        **values,
    }


def hours(count=1, cost=1.0, quantity=10.0, **values):
    physical = {"quantity_kind": "instance_hours", "instance_type": "m5.large", "quantity": quantity}
    return [row(**physical, list_cost=cost, **values)] * count


def gateway(cost=5.0, **values):
    return row(quantity_kind="unknown", quantity=1.0, list_cost=cost, **values)


def estimate(rows):
    return gd.estimate_cloud(pd.DataFrame(rows), period="2024", library=LIBRARY)


def last(rows):
    return estimate(rows).iloc[-1]


def factors(rows):
    tables = RunTables(LIBRARY, parse_period("2024"), load_config(None))
    frame = pd.DataFrame([{"source_id": "b", "source_row": i, **r} for i, r in enumerate(rows)])
    cloud_lines(frame, tables).collect()
    return tables.used


def test_the_ratio_of_the_same_service_and_region_comes_first():
    """20 lines at 1 USD in EC2 London, 20 dearer ones elsewhere: the gateway takes London's kg per USD."""
    rows = [*hours(20), *hours(20, cost=4.0, region="us-east-1"), gateway()]
    lines = estimate(rows)
    kilograms = lines["total_kg_co2e"][:20].sum()
    assert lines.iloc[-1]["use_basis"] == "service_ratio"
    assert lines.iloc[-1]["fallback_kg_co2e"] == pytest.approx(5.0 * kilograms / (20 * 1.0))


def test_the_ratio_of_the_provider_comes_second():
    rows = [*hours(20), *hours(20, cost=4.0, region="us-east-1"), gateway(service=VPC)]
    lines = estimate(rows)
    kilograms = lines["total_kg_co2e"][:40].sum()
    assert lines.iloc[-1]["use_basis"] == "provider_ratio"
    assert lines.iloc[-1]["fallback_kg_co2e"] == pytest.approx(5.0 * kilograms / (20 * 1.0 + 20 * 4.0))


def test_a_service_of_another_region_lends_no_service_ratio():
    assert last([*hours(20), gateway(region="us-east-1")])["use_basis"] == "provider_ratio"


def test_without_a_ratio_a_line_has_no_basis():
    found = last([*hours(20), gateway(provider="azure", region="uksouth")])
    assert (found["status"], found["reason_code"], found["use_basis"]) == ("excluded", "no_basis", "none")


@pytest.mark.parametrize(("lines", "status"), [(19, "excluded"), (20, "fallback")])
def test_a_ratio_needs_twenty_physical_lines(lines, status):
    assert last([*hours(lines), gateway()])["status"] == status


@pytest.mark.parametrize(("cost", "status"), [(79.9, "fallback"), (80.1, "excluded")])
def test_a_ratio_needs_a_fifth_of_the_list_cost_of_its_population(cost, status):
    """Twenty lines of 1 USD are a fifth of 100 USD."""
    assert last([*hours(20), gateway(cost=cost)])["status"] == status


def test_a_service_below_a_fifth_falls_to_the_provider():
    """EC2 London: 20 of 120 USD are physical; the provider: 20 + 300 of 420."""
    rows = [*hours(20), *hours(20, cost=15.0, region="us-east-1"), gateway(cost=100.0)]
    assert last(rows)["use_basis"] == "provider_ratio"


def test_lines_that_are_set_aside_are_not_of_the_population():
    """Tax, licences and the far side of transfers have cost, but are no usage that a ratio must stand for."""
    aside = [
        row(charge_class="tax", list_cost=500.0),
        row(quantity_kind="not_physical", list_cost=500.0),
        row(quantity_kind="gb_moved", transfer_path="ignored_inbound", quantity=1.0, list_cost=500.0),
    ]
    assert last([*hours(20), *aside, gateway()])["use_basis"] == "service_ratio"


@pytest.mark.parametrize("cost", [None, 0.0])
def test_a_line_without_list_cost_has_no_basis(cost):
    found = last([*hours(20), gateway(cost=cost)])
    assert (found["status"], found["reason_code"]) == ("excluded", "no_basis")
    assert pd.isna(found["total_kg_co2e"])


def test_the_range_is_at_least_a_fifth_to_twice():
    found = last([*hours(20), gateway()])
    assert found["total_kg_co2e_low"] <= 0.2 * found["total_kg_co2e"] * (1 + 1e-12)
    assert found["total_kg_co2e_high"] >= 2.0 * found["total_kg_co2e"] * (1 - 1e-12)


def test_a_ratio_is_a_derived_factor_with_numerator_and_denominator():
    rows = [*hours(20, cost=2.5), gateway()]
    lines = estimate([{"source_id": "b", "source_row": i, **r} for i, r in enumerate(rows)])
    used = factors(rows)
    factor = used[lines.iloc[-1]["fallback_factor_id"]]
    kilograms = lines["total_kg_co2e"][:20].sum()
    assert factor.factor_id.startswith("derived:service-ratio:")
    assert factor.unit == "kg_co2e/USD"
    assert factor.value == pytest.approx(kilograms / (20 * 2.5))
    assert factor.n_values == 20
    for part in (f"{kilograms:.6g} kg CO2e", "50 USD of list cost", "20 physical lines"):
        assert part in factor.note


def test_a_negative_line_keeps_its_sign_and_its_order():
    """A correction of a gateway takes back what the gateway gave."""
    lines = estimate([*hours(20), gateway(), gateway(cost=-5.0)])
    plus, minus = lines.iloc[-2], lines.iloc[-1]
    assert minus["fallback_kg_co2e"] == pytest.approx(-plus["fallback_kg_co2e"])
    assert minus["total_kg_co2e_low"] <= minus["total_kg_co2e"] <= minus["total_kg_co2e_high"] < 0


def test_a_negative_physical_line_lowers_the_ratio_it_feeds():
    """21 lines of which one is taken back: kg and USD of twenty remain, and so does their ratio."""
    plain = last([*hours(20), gateway()])
    corrected = last([*hours(21), *hours(1, cost=-1.0, quantity=-10.0), gateway()])
    assert corrected["fallback_kg_co2e"] == pytest.approx(plain["fallback_kg_co2e"])


def test_currencies_never_meet_in_a_ratio():
    found = last([*hours(20, currency="USD"), gateway(currency="GBP")])
    assert found["status"] == "excluded"
    both = [*hours(20, currency="USD"), *hours(20, currency="GBP", cost=0.8), gateway(currency="GBP", cost=4.0)]
    lines = estimate(both)
    pounds = lines["total_kg_co2e"][20:40].sum() / (20 * 0.8)
    assert lines.iloc[-1]["fallback_kg_co2e"] == pytest.approx(4.0 * pounds)
    assert "GBP" in lines.iloc[-1]["fallback_factor_id"]


def test_a_bill_lends_no_ratio_to_another_bill():
    rows = [{"source_id": "one.csv", "source_row": i, **r} for i, r in enumerate(hours(20))]
    rows.append({"source_id": "two.csv", "source_row": 2, **gateway()})
    assert last(rows)["status"] == "excluded"


def test_what_is_not_physical_takes_no_fallback_and_shows_its_cost():
    found = last([*hours(20), row(quantity_kind="not_physical", list_cost=9.0, billed_cost=9.0)])
    assert (found["status"], found["reason_code"]) == ("excluded", "not_physical")
    assert found["billed_cost"] == 9.0
    assert pd.isna(found["total_kg_co2e"])


def test_a_discount_on_the_bill_does_not_look_like_a_carbon_cut():
    """The ratio is by list cost: half the billed and effective cost changes nothing."""
    full, half = (
        last([*hours(20, effective_cost=1.0 * s, billed_cost=1.0 * s), gateway(effective_cost=5.0 * s)])
        for s in (1.0, 0.5)
    )
    assert full["fallback_kg_co2e"] == pytest.approx(half["fallback_kg_co2e"])


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"quantity_kind": "unknown"}, "meter_without_physical_meaning"),
        ({"quantity_kind": "requests"}, "requests_without_factor"),
        ({"quantity_kind": "instance_hours", "instance_type": "no-such.type"}, "instance_hours_without_factor"),
        ({"quantity_kind": "gb_hours", "instance_type": "acu"}, "gb_hours_without_factor"),
    ],
)
def test_the_reason_tells_why_a_line_needed_the_fallback(values, reason):
    found = last([*hours(20), row(quantity=1.0, list_cost=1.0, **values)])
    assert (found["status"], found["reason_code"]) == ("fallback", reason)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"quantity_kind": "instance_hours", "instance_type": "m5.large"}, "quantity_missing"),
        ({"quantity_kind": "tb_hours", "storage_class": "ssd:EBS volume"}, "quantity_missing"),
        ({"quantity_kind": "gb_moved", "transfer_path": "internet_out"}, "quantity_missing"),
        # A quantity would not help these.
        ({"quantity_kind": "requests"}, "requests_without_factor"),
        ({"quantity_kind": "instance_hours", "instance_type": "no-such.type"}, "instance_hours_without_factor"),
        ({"quantity_kind": "unknown"}, "meter_without_physical_meaning"),
    ],
)
def test_a_line_without_a_quantity_says_so_where_a_quantity_is_what_it_lacks(values, reason):
    found = last([*hours(20), row(quantity=None, list_cost=1.0, **values)])
    assert (found["status"], found["reason_code"]) == ("fallback", reason)


def test_the_whole_of_a_fallback_line_stands_in_the_fallback_stage():
    found = last([*hours(20), gateway()])
    assert found["total_kg_co2e"] == found["fallback_kg_co2e"]
    assert pd.isna(found["use_direct_kg_co2e"])
    assert found["purchase_year_kg_co2e"] == 0
    assert pd.isna(found["use_kwh"])


def test_lines_in_a_region_without_electricity_do_not_thin_the_ratio():
    """Twenty lines are known whole; as many more have only embodied carbon and would halve the kg per USD."""
    mars = hours(20, region="mars-1")
    lines = estimate([*hours(20), *mars, gateway(service=VPC)])
    assert set(lines["stages_missing"][20:40]) == {"use"}
    kilograms = lines["total_kg_co2e"][:20].sum()
    assert lines.iloc[-1]["use_basis"] == "provider_ratio"
    assert lines.iloc[-1]["fallback_kg_co2e"] == pytest.approx(5.0 * kilograms / (20 * 1.0))


def test_lines_in_a_region_without_electricity_count_against_the_share_that_a_ratio_needs():
    """Twenty USD are a fifth of 100, but not of 120."""
    assert last([*hours(20), *hours(20, cost=4.0, region="mars-1"), gateway(cost=1.0, service=VPC)])["status"] == (
        "excluded"
    )


def test_embodied_figures_alone_make_no_ratio():
    assert last([*hours(20, region="mars-1"), gateway(region="mars-1")])["status"] == "excluded"
