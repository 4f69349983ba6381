"""Category defaults against the published values behind them.

Quantiles and means of makers' product carbon footprints: Boavizta contributors, environmental-footprint-data, commit
61323eb (2023, ODbL 1.0). Other values: CNRS EcoInfo EcoDiag, ADEME, as the locator of each factor says.
"""

from types import SimpleNamespace

import polars as pl
import pytest

import greendigital as gd
from greendigital.estimation.devices import category_factor
from greendigital.estimation.ranges import percentiles

LIBRARY = gd.load_library()
FACTORS = [f for name in ("device_embodied", "device_annual_use") for f in LIBRARY.find(name)]


def factor(category, activity, variant=""):
    return category_factor(LIBRARY, activity, category, variant)


@pytest.mark.parametrize(
    ("category", "activity", "n", "median"),
    [
        ("laptop", "device_embodied", 489, 239.1),
        ("laptop", "device_annual_use", 402, 19.0),
        ("desktop", "device_annual_use", 207, 64.2),
        ("smartphone", "device_embodied", 50, 55.5),
    ],
)
def test_many_unknown_devices_take_the_mean_of_twenty_and_more_reports(category, activity, n, median):
    """The median of the reports is published; the mean of a skewed spread lies above it, and is what a sum needs."""
    found = factor(category, activity)
    assert (found.n_values, found.extra["method"]) == (n, "mean")
    assert median < found.value < found.high
    assert f"their median is {median:g}" in found.note


def test_the_mean_desktop_uses_72_and_not_64_kilowatt_hours():
    assert factor("desktop", "device_annual_use").value == pytest.approx(72, abs=0.6)


@pytest.mark.parametrize(
    ("category", "activity", "n", "median"),
    [
        ("tablet", "device_annual_use", 12, 15.5),
        ("smartphone", "device_annual_use", 16, 7.0),
        ("server_blade", "device_embodied", 8, 1724.0),
        ("desk_phone", "device_embodied", 1, 17.0),
    ],
)
def test_fewer_than_twenty_reports_give_their_median(category, activity, n, median):
    found = factor(category, activity)
    assert (found.n_values, found.extra["method"], found.value) == (n, "median", median)


def test_a_mean_needs_twenty_values_and_twenty_values_give_a_mean():
    for found in FACTORS:
        if found.interval == "p10_p90":
            assert (found.extra["method"] == "mean") == (found.n_values >= 20), found.factor_id


def test_the_tenth_and_ninetieth_percentile_are_widened_to_the_fifth_and_ninety_fifth():
    """Laptop, embodied: p10 157.0, p90 327.6 of 489 reports; in logs by 1.645 / 1.282 (standard normal quantiles)."""
    found = factor("laptop", "device_embodied")
    low, high = (
        found.value * (157.0 / found.value) ** (1.645 / 1.282),
        found.value * (327.6 / found.value) ** (1.645 / 1.282),
    )
    spread = percentiles(found, LIBRARY)
    assert (spread.low, spread.high) == (pytest.approx(low, rel=1e-3), pytest.approx(high, rel=1e-3))


def test_a_single_published_value_takes_an_assumed_width():
    """EcoDiag, desk phone 17 kg: one value has no spread of its own."""
    spread = percentiles(factor("desk_phone", "device_embodied"), LIBRARY)
    assert spread.low < 17 < spread.high
    assert spread.width_id == "width:category_embodied"


@pytest.mark.parametrize(
    ("size", "variant", "n_energy"),
    [
        (19.5, "under_21_inch", 40),
        (21.5, "21_to_23.4_inch", 93),
        (23.8, "23.5_to_25.9_inch", 70),
        (27.0, "26_to_29.9_inch", 69),
        (34.0, "30_to_34.9_inch", 22),
        (43.0, "35_to_45_inch", 8),
        (55.0, "over_45_inch_signage", 8),
    ],
)
def test_a_monitor_takes_the_figures_of_its_size(size, variant, n_energy):

    frame = pl.DataFrame([{"category": "monitor", "screen_size_inches": size, "country": "GBR"}])
    found = SimpleNamespace(**gd.estimate_hardware(frame, period="2024", library=LIBRARY).to_dicts()[0])
    assert found.variant == variant
    assert LIBRARY.factor(found.energy_factor_id).extra["variant"] == variant
    assert LIBRARY.factor(found.energy_factor_id).n_values == n_energy
    assert LIBRARY.factor(found.embodied_factor_id).extra["variant"] == variant


def test_a_generic_server_has_the_life_of_a_rack_server():
    assert factor("server_any", "device_lifetime").value == factor("server_rack", "device_lifetime").value == 4.5


@pytest.mark.parametrize("category", ["ups", "headset", "webcam"])
def test_what_was_not_found_has_no_figure(category):
    assert factor(category, "device_embodied") is None
    assert factor(category, "device_annual_use") is None
