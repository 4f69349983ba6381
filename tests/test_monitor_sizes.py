"""Screen size of a monitor from its model name, against the sizes that the makers' reports state."""

import pandas as pd
import polars as pl
import pytest

import greendigital as gd
from greendigital.explain import explain_line
from greendigital.factorset import load_library
from greendigital.matching.monitor_sizes import monitor_size_of, naming_rules, size_in_name
from greendigital.matching.names import normalise_maker

from .factor_files import rows

LIBRARY = load_library()


@pytest.mark.parametrize("rule", naming_rules(), ids=lambda rule: f"{rule['maker']}-{rule['example']}")
def test_example_of_a_rule_has_its_size(rule):
    assert size_in_name(rule["maker"], rule["example"]) == float(rule["inches"])
    assert size_in_name(rule["maker"], f"{rule['maker']} {rule['example']} LED monitor") == float(rule["inches"])


def test_sizes_told_are_those_that_makers_state_in_their_reports():
    """Dell, HP and Lenovo, product carbon footprints: within an inch (23.8 is called 24, and Dell prints 23 for it).

    Six of some 360 differ: four are slips of the collection (U4320Q at 25 inches, V19b at 23.6).
    """
    found = []
    for row in rows("device-product-footprints", "products"):
        if row["device_type"] == "monitor" and row["screen_size_inches"]:
            told = size_in_name(normalise_maker(row["manufacturer"]), row["model"])
            found += [abs(told - float(row["screen_size_inches"]))] if told else []
    assert len(found) > 330
    assert sum(difference <= 1 for difference in found) / len(found) >= 0.98


@pytest.mark.parametrize(
    ("maker", "model"),
    [
        ("Dell", "C1422H"),  # a portable screen of 14 inches
        ("Dell", "C8618QT"),  # a wall of 86 inches
        ("HP", "P21b G4"),  # 20.7 inches, where others call 21.5 so
        ("Lenovo", "ThinkVision M14t"),
        ("Lenovo", "T24i-10/P27h-10"),  # two sizes
        ("Acme", "P2419H"),  # another maker's naming is not known
        ("Dell", "DELLE2"),
        ("Dell", ""),
        (None, None),
    ],
)
def test_name_that_does_not_tell_one_size_gives_none(maker, model):
    assert monitor_size_of(LIBRARY, maker, model) is None


@pytest.mark.parametrize(
    ("maker", "model", "size"),
    [
        ("Dell Inc.", "DELL P2419H", 24),
        (None, "Dell U2720Q", 27),
        ("HP", "HP E24 G4 FHD Monitor", 24),
        ("HP Inc.", "EliteDisplay E243i", 24),
        ("LENOVO", "ThinkVision P27h-20", 27),
        ("Samsung", "LS24R350", 24),
        ("Philips", "PHL 241B8Q", 24),
        ("Iiyama", "ProLite XUB2493HS-B5", 24),
        ("Acme", 'One 23.8"', 23.8),
    ],
)
def test_name_as_registers_write_it_tells_the_size(maker, model, size):
    assert monitor_size_of(LIBRARY, maker, model) == size


@pytest.mark.parametrize(("code", "size"), [("DEL40F4", 23), ("DELD0D9", 24)])
def test_edid_code_tells_the_size_of_the_name_it_stands_for(code, size):
    """P2317H and P2419H in the EDID files that linuxhw collects."""
    assert monitor_size_of(LIBRARY, None, code) == size


def line(**values):
    device = {"category": "monitor", "country": "GBR", "acquired_date": "2022-01-01", **values}
    found = gd.estimate_hardware(pl.DataFrame([device], infer_schema_length=None), period="2024", library=LIBRARY)
    (row,) = found.to_dicts()
    return row


def test_monitor_without_a_product_takes_the_size_class_its_name_tells():
    found = line(manufacturer="Samsung", model="S27R999")
    assert (found["match_level"], found["variant"]) == ("E", "26_to_29.9_inch")
    assert found["embodied_factor_id"] == "category-monitor-26-to-29-9-inch-embodied"
    assert found["energy_factor_id"] == "category-monitor-26-to-29-9-inch-annual-kwh"


def test_size_of_the_line_goes_before_that_of_the_name():
    found = line(manufacturer="Samsung", model="S27R999", screen_size_inches=24.0)
    assert found["variant"] == "23.5_to_25.9_inch"


def test_size_told_by_the_name_chooses_the_class_of_the_maker():
    found = line(manufacturer="Dell", model="P2799X")
    assert found["embodied_factor_id"] == "class:dell:monitor:26_to_29.9_inch:2021_and_later:embodied"


def test_number_in_the_name_of_another_device_is_no_screen():
    assert line(category="printer_small", manufacturer="Samsung", model="S27R999")["variant"] is None


def test_explain_says_that_the_size_is_from_the_name():
    frame = pd.DataFrame([{"category": "monitor", "manufacturer": "Samsung", "model": "S24R999", "country": "GBR"}])
    run = gd.estimate(frame, period="2024", library=LIBRARY)
    (found,) = run.store.query("SELECT line_id FROM lines")
    assert "23.5 to 25.9 inch (size 24 in by the model name)" in explain_line(run.store, found["line_id"])
