"""Network and rack equipment: energy and weight of the model from the device-type library, by an assumed share."""

import polars as pl
import pytest

import greendigital as gd
from greendigital.estimation.devices import DeviceFigures
from greendigital.estimation.network_devices import with_network_figures
from greendigital.factorset import load_library
from greendigital.matching import Match

from .factor_files import rows

LIBRARY = load_library()
ALLOCATED = LIBRARY.factor("assumption-network-allocated-share")
MAXIMUM = LIBRARY.factor("assumption-network-maximum-share")
HOURS = 8760
SWITCH = Match("E", "switch", "", (), "")


def line(**values):
    """The line of one device in a UK office, in service for the whole of 2024 unless told otherwise."""
    device = {"country": "GBR", "acquired_date": "2023-01-01", **values}
    frame = pl.DataFrame([device], infer_schema_length=None)
    (found,) = gd.estimate_hardware(frame, period="2024", library=LIBRARY).to_dicts()
    return found


# NetBox device-type library, commit of 31 May 2025: Meraki MX84, one supply, 32 W at most, 26 W allocated; FortiGate
# 60F, 19 W at most, 17 W allocated; Juniper EX2300-24T, 55 W at most, none allocated, 3.289 kg.


@pytest.mark.parametrize(
    ("category", "manufacturer", "model", "watts"),
    [
        ("router", "Cisco", "Meraki MX84", 26),
        ("router", "Cisco Meraki", "MX84", 26),
        ("firewall", "Fortinet, Inc.", "FortiGate 60F", 17),
        ("firewall", "Fortinet", "FG-60F", 17),
    ],
)
def test_allocated_draw_goes_before_the_maximum(category, manufacturer, model, watts):
    found = line(category=category, manufacturer=manufacturer, model=model)
    assert (found["status"], found["use_basis"]) == ("estimated", "components")
    assert found["annual_kwh"] == pytest.approx(watts * ALLOCATED.value * HOURS / 1000)


def test_maximum_draw_counts_by_its_own_lower_share():
    found = line(category="switch", manufacturer="Juniper Networks", model="EX2300-24T")
    assert found["annual_kwh"] == pytest.approx(55 * MAXIMUM.value * HOURS / 1000)
    assert MAXIMUM.value < ALLOCATED.value


def test_range_holds_the_ends_of_the_assumed_share():
    found = line(category="switch", manufacturer="Juniper", model="EX2300-24T")
    assert found["use_kwh_low"] <= 55 * MAXIMUM.low * HOURS / 1000
    assert found["use_kwh_high"] >= 55 * MAXIMUM.high * HOURS / 1000
    assert found["use_kwh_low"] < found["use_kwh"] < found["use_kwh_high"]


def test_assumed_share_is_one_error_for_all_models():
    one, two = (line(category="router", manufacturer="Cisco", model=model) for model in ("Meraki MX84", "Meraki MX100"))
    assert one["utilisation_factor_id"] == two["utilisation_factor_id"]
    assert one["energy_factor_id"] != two["energy_factor_id"]
    # It is a share of a rating, and no load of a processor.
    assert one["utilisation_share"] is None


def test_every_model_of_the_table_has_one_figure_under_one_id():
    """A name may stand for several part numbers; the figure of the name is not that of one of them."""
    seen = {}
    for row in rows("network-device-power", "models"):
        for name in filter(None, (row["model"], row["part_number"])):
            found = with_network_figures(LIBRARY, DeviceFigures(), SWITCH, row["manufacturer"], name)
            for factor in filter(None, (found.energy, found.mass)):
                assert seen.setdefault(factor.factor_id, factor) == factor
    assert len(seen) > 1000


def test_router_that_no_table_knows_stays_partial():
    found = line(category="router", manufacturer="Cisco", model="No Such 1000")
    assert (found["status"], found["use_basis"], found["stages_missing"]) == ("partial", "none", "use")


def test_switch_that_feeds_others_takes_no_draw_from_its_supply():
    # Catalyst 2960X-24PS-L: 419 W, of which 370 W are the budget for telephones and access points.
    found = line(category="switch", manufacturer="Cisco Systems, Inc.", model="WS-C2960X-24PS-L")
    assert found["use_basis"] == "category"


def test_draw_of_a_ups_is_no_energy_of_its_own():
    # Ippon Innova RT II 2000: 2,000 W, the load that it passes on.
    assert line(category="ups", manufacturer="Ippon", model="Innova RT II 2000")["use_basis"] == "none"


def test_metered_device_needs_no_share():
    found = line(category="router", manufacturer="Cisco", model="Meraki MX84", annual_kwh=200.0)
    assert (found["use_basis"], found["use_kwh"]) == ("metered", 200.0)
    assert found["energy_factor_id"] is found["utilisation_factor_id"] is None


def test_category_that_is_no_network_device_takes_no_draw():
    found = line(category="laptop", manufacturer="Cisco", model="Meraki MX84")
    assert found["use_basis"] == "category"


def test_weight_of_the_model_gives_the_mass_of_its_waste():
    left = {
        "retired_date": "2024-06-30",
        "status": "disposed",
        "disposal_route": "recycle",
        "disposal_evidence": "note",
    }
    own = line(category="switch", manufacturer="Juniper", model="EX2300-24T", **left)
    stated = line(category="switch", manufacturer="Acme", model="None", mass_kg=3.289, **left)
    assert own["disposal_kg_co2e"] == stated["disposal_kg_co2e"] > 0


def test_allocated_draw_is_half_of_the_maximum_as_the_assumption_says():
    """The reason of the assumption names the median of the table, and the share is 0.7 of it."""
    both = [
        float(r["allocated_draw_w"]) / float(r["maximum_draw_w"])
        for r in rows("network-device-power", "models")
        if r["allocated_draw_w"] and r["maximum_draw_w"] and r["feeds_poe"] == "false"
    ]
    assert f"median of {len(both)} models" in MAXIMUM.note
    assert sorted(both)[len(both) // 2] == 0.5
    assert MAXIMUM.value == pytest.approx(0.5 * ALLOCATED.value)


def test_a_switch_that_feeds_others_never_takes_the_draw_of_its_plain_sibling():
    """Cisco MS120-24P-HW feeds power over its ports; MS120-24 does not, and the library gives both one part number."""
    assert not line(category="switch", manufacturer="Cisco", model="MS120-24P-HW")["energy_factor_id"].startswith(
        "network-device:"
    )


def test_a_model_takes_its_own_draw_where_a_sibling_shares_its_part_number():
    """NetBox device-type library: Zyxel GS1900-24E, 15 W at most; the GS1900-24 beside it has 16 W."""
    found = line(category="switch", manufacturer="Zyxel", model="GS1900-24E")
    share = LIBRARY.factor("assumption-network-maximum-share").value
    assert found["annual_kwh"] == pytest.approx(15 * share * 8760 / 1000)
