"""Servers: the measured power curve of the model, else the parts stated, else the category; makers' figures first."""

import math
from functools import partial
from statistics import median

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import greendigital as gd
from greendigital.errors import UsageError
from greendigital.estimation.components import embodied_of_parts, processor_of, processor_watts, watts_of_parts
from greendigital.estimation.equipment import SEPARATOR, Configuration, names_of, read_configuration, rows_of_model
from greendigital.estimation.ranges import percentiles
from greendigital.estimation.servers import _at_utilisation, _curve, _index
from greendigital.factorset import load_library
from greendigital.matching import Match

from .factor_files import rows

LIBRARY = load_library()
HOURS = 8760
MODELS = ("server-power", "servers")


def line(**values):
    """The line of one rack server in the United Kingdom, in service for the whole of 2024."""
    device = {"category": "server_rack", "country": "GBR", "acquired_date": "2023-01-01", **values}
    found = gd.estimate_hardware(pl.DataFrame([device], infer_schema_length=None), period="2024", library=LIBRARY)
    (row,) = found.to_dicts()
    return row


def results(manufacturer, model):
    return rows_of_model(partial(_index, LIBRARY), manufacturer, [model])


# SPECpower_ssj2008, spec.org/power_ssj2008: PowerEdge R740 (Xeon Platinum 8180), September 2017, and (8280), April
# 2019: 52.3 and 49.8 W at active idle, 457 and 432 W at full load.
R740 = [(52.3, 457.0), (49.8, 432.0)]


def test_poweredge_r740_has_both_published_results():
    found = results("Dell Inc.", "PowerEdge R740")
    assert sorted((r["idle_w"], r["full_load_w"]) for r in found) == sorted(R740)


@pytest.mark.parametrize("share", [0, 0.25, 1])
def test_curve_is_the_middle_of_the_results_on_the_line_from_idle_to_full_load(share):
    watts = sum(idle + share * (full - idle) for idle, full in R740) / 2
    found = _curve(LIBRARY, results("Dell", "PowerEdge R740"), share)
    assert found.value == pytest.approx(watts * HOURS / 1000)
    assert found.low < min(i + share * (f - i) for i, f in R740) * HOURS / 1000
    assert found.high > max(i + share * (f - i) for i, f in R740) * HOURS / 1000


def test_curve_reaches_further_up_than_down_since_tested_servers_are_lean():
    found = _curve(LIBRARY, results("Dell", "PowerEdge R740"), 0.15)
    assert found.high / found.value > found.value / found.low


def test_makers_yearly_energy_lies_in_the_range_of_the_curve_at_the_assumed_load():
    """Dell and HP, as collected by Boavizta; a range of 5th to 95th percentile holds nine in ten, give or take one."""
    inside = []
    for _, products in LIBRARY.products():
        for product in products:
            if not (product["device_type"] or "").startswith("server") or not product["usable_energy"]:
                continue
            found = results(product["manufacturer"], product["model"])
            if found and product["annual_use_kwh"]:
                energy, load = _at_utilisation(LIBRARY, Configuration(), lambda u, r=found: _curve(LIBRARY, r, u))
                up = math.hypot(math.log(energy.high / energy.value), math.log(load.high))
                down = math.hypot(math.log(energy.value / energy.low), math.log(load.low))
                ratio = math.log(product["annual_use_kwh"] / energy.value)
                inside.append(-down <= ratio <= up)
    assert len(inside) >= 15
    assert sum(inside) >= 0.9 * len(inside) - 1


@pytest.mark.parametrize(
    ("manufacturer", "model"),
    [
        ("Lenovo", "ThinkSystem SR650"),
        ("LENOVO", "Think System SR650"),
        ("Lenovo Global Technology", "ThinkSystem SR650 -[7X06CTO1WW]-"),
        ("Lenovo", "ThinkSystem SR650 Rack Server"),
    ],
)
def test_spellings_of_one_server_take_its_curve(manufacturer, model):
    found = line(manufacturer=manufacturer, model=model, utilisation_share=0.15)
    assert found["use_basis"] == "power_curve"
    assert found["energy_factor_id"].startswith("server-power:lenovo-thinksystem-sr650:")


@pytest.mark.parametrize(
    ("manufacturer", "model"),
    [("Lenovo", "ThinkSystem SR650 V2"), ("Dell", "ThinkSystem SR650"), ("Lenovo", "ThinkSystem SR655 V2")],
)
def test_sibling_or_another_maker_takes_no_curve(manufacturer, model):
    assert line(manufacturer=manufacturer, model=model)["use_basis"] == "category"


def test_server_sold_as_hp_and_as_hpe_is_one():
    assert results("HP", "ProLiant DL380 Gen10") == results("Hewlett Packard Enterprise", "ProLiant DL380 Gen 10") != []


def test_results_with_the_stated_number_of_processors_are_used():
    # SPECpower_ssj2008, ThinkSystem SR650: with one processor 183 and 177 W at full load, 45.6 and 50 W idle.
    found = line(manufacturer="Lenovo", model="ThinkSystem SR650", cpu_units=1, utilisation_share=1.0)
    assert found["annual_kwh"] == pytest.approx((183 + 177) / 2 * HOURS / 1000)


SR650 = {"manufacturer": "Lenovo", "model": "ThinkSystem SR650", "utilisation_share": 0.5}


def test_parts_go_before_a_curve_measured_with_another_number_of_processors():
    of_parts = {"cpu_model": "Xeon Gold 6248R", "memory_gb": 64.0}
    assert line(**SR650, cpu_units=2, **of_parts)["use_basis"] == "power_curve"
    found = line(**SR650, cpu_units=4, **of_parts)
    assert found["use_basis"] == "components"
    # boaviztapi 2.5.0: 94.6 W a processor at half load; memory by its published watts; and a third for the rest.
    watts = watts_of_parts(LIBRARY, Configuration("Xeon Gold 6248R", 4.0, 64.0), 0.5).value * 1000 / HOURS
    assert watts > 4 * 94.6 * 1.33


def test_a_curve_measured_with_another_number_of_processors_stands_in_a_wider_range():
    every, four = line(**SR650), line(**SR650, cpu_units=4)
    assert (four["use_basis"], four["annual_kwh"]) == ("power_curve", every["annual_kwh"])
    assert four["use_kwh_low"] < every["use_kwh_low"] < every["use_kwh_high"] < four["use_kwh_high"]
    assert four["energy_factor_id"] == every["energy_factor_id"] + ":for-4p"


def test_range_of_a_curve_of_another_number_holds_what_models_tested_with_both_draw():
    """One type of processor, twice as many: 1.5 to 1.8 times at 15 % load and 1.8 to 2.0 at full load, SPECpower."""
    by_type = {}
    for row in LIBRARY.table(*MODELS):
        key = row["manufacturer"], row["model"], row["cpu"].removesuffix(" CPU")
        by_type.setdefault(key, {}).setdefault(row["chips"], []).append(row)
    pairs = [several for several in by_type.values() if len(several) > 1]
    assert len(pairs) == 5
    for share, least, most in ((0.15, 1.5, 1.8), (1.0, 1.8, 2.04)):
        for several in pairs:
            fewer, more = (median(_at(r, share) for r in several[n]) for n in sorted(several))
            assert least <= more / fewer <= most
    widths = {r["width_kind"]: r for r in rows("assumptions", "widths")}
    plain, wider = widths["server_power_curve"], widths["server_power_curve_other_processors"]
    assert float(plain["low_ratio"]) / float(wider["low_ratio"]) == pytest.approx(1.8, abs=0.1)
    assert float(wider["high_ratio"]) / float(plain["high_ratio"]) == pytest.approx(1.8, abs=0.1)


def _at(row, share):
    return row["idle_w"] + share * (row["full_load_w"] - row["idle_w"])


def test_assumed_utilisation_is_told_and_widens_the_range():
    stated = line(manufacturer="Lenovo", model="ThinkSystem SR650", utilisation_share=0.15)
    assumed = line(manufacturer="Lenovo", model="ThinkSystem SR650")
    assert assumed["utilisation_share"] == LIBRARY.factor("assumption-server-utilisation").value == 0.15
    assert assumed["use_kwh"] == pytest.approx(stated["use_kwh"])
    assert assumed["use_kwh_high"] > stated["use_kwh_high"]
    assert assumed["use_kwh_low"] < stated["use_kwh_low"]
    assert (stated["utilisation_factor_id"], bool(assumed["utilisation_factor_id"])) == (None, True)


def test_metered_energy_goes_before_the_curve_and_stays_exact():
    found = line(manufacturer="Lenovo", model="ThinkSystem SR650", annual_kwh=3000.0)
    assert (found["use_basis"], found["use_kwh"], found["energy_factor_id"]) == ("metered", 3000.0, None)
    assert found["utilisation_factor_id"] is found["utilisation_share"] is None
    assert found["use_kwh_low"] == found["use_kwh_high"] == 3000.0


def test_published_yearly_energy_of_the_product_goes_before_its_curve():
    # Dell, product carbon footprint of the PowerEdge R740: 1,760.3 kWh a year.
    found = line(manufacturer="Dell", model="PowerEdge R740", utilisation_share=1.0, cpu_units=2, memory_gb=64)
    assert (found["use_basis"], found["annual_kwh"], found["embodied_basis"]) == ("product", 1760.3, "product")


def test_own_assumption_of_the_load_is_used_and_named_on_the_line(tmp_path):
    config = tmp_path / "greendigital.toml"
    config.write_text(
        '[[overrides]]\nfactor = "assumption-server-utilisation"\nvalue = 0.4\n'
        'source = "Our hypervisors"\nreason = "measured"\n',
        encoding="utf-8",
    )
    server = {"category": "server_rack", "manufacturer": "Lenovo", "model": "ThinkSystem SR650", "country": "GBR"}
    frame = pl.DataFrame([{**server, "acquired_date": "2023-01-01"}])
    (found,) = gd.estimate_hardware(frame, period="2024", config=config).to_dicts()
    assert found["utilisation_share"] == 0.4
    assert found["override_ids"] == "override:assumption-server-utilisation"
    assert found["use_kwh"] == pytest.approx(line(**server, utilisation_share=0.4)["use_kwh"])


def test_name_of_a_sibling_lends_no_curve():
    sibling = Match("D", "server_rack", "", (), "ThinkSystem SR650")
    several = Match("E", "server_rack", "", (), "", code_name="ThinkSystem SR650 | ThinkSystem SR630")
    of_a_code = Match("E", "server_rack", "", (), "", code_name="ThinkSystem SR650")
    assert names_of(sibling, "7X06") == names_of(several, "7X06") == ["7X06"]
    assert names_of(of_a_code, "7X06") == ["7X06", "ThinkSystem SR650"]


def test_utilisation_in_per_cent_is_refused():
    with pytest.raises(UsageError, match='utilisation_share: "45" is not a share from 0 to 1'):
        line(manufacturer="Lenovo", model="ThinkSystem SR650", utilisation_share=45.0)


@given(st.sampled_from(rows(*MODELS)), st.floats(0, 1), st.floats(0, 1))
def test_more_load_never_takes_less_energy_and_ranges_are_ordered(row, one, other):
    found = results(row["manufacturer"], row["model"])
    lower, higher = (_curve(LIBRARY, found, share) for share in sorted((one, other)))
    assert lower.value <= higher.value
    assert all(f.low < f.value < f.high for f in (lower, higher))


def test_every_result_of_the_table_is_found_by_its_own_name():
    lost = [r["model"] for r in rows(*MODELS) if not results(r["manufacturer"], r["model"])]
    assert lost == []


# By parts. German Environment Agency, Green Cloud Computing, TEXTE 94/2021, as published with boaviztapi 2.5.0.

HOST = {"cpu_model": "Intel(R) Xeon(R) Gold 6130 CPU @ 2.10GHz", "cpu_units": 2.0, "memory_gb": 384.0}


def stated(**values):
    return Configuration(**{**HOST, **values})


def test_embodied_of_a_rack_server_is_the_sum_of_the_published_parts():
    found = embodied_of_parts(LIBRARY, "server_rack", stated(ssd_gb=2000.0, hdd_count=4.0))
    processors = 2 * (694 * 0.0197 + 9.14)
    memory = 384 / 1.2444 * 2.2 + 384 / 32 * 5.22
    flash = 2000 / 54.8842 * 2.2 + 2 * 6.34
    housing = 66.1 + 2 * 2.99 * 24.3 + 150 + 6.68
    assert found.value == pytest.approx(processors + memory + flash + 4 * 31.11 + housing)
    assert found.basis == "manufacture"
    assert "no end of life" in found.note


def test_blade_has_a_sixteenth_of_its_enclosure_and_no_supply():
    rack, blade = (embodied_of_parts(LIBRARY, c, stated()).value for c in ("server_rack", "server_blade"))
    assert rack - blade == pytest.approx(150 + 2 * 2.99 * 24.3 - (30.9 + 880 / 16))


@pytest.mark.parametrize(("component", "central", "low", "high"), [("ram", 1.768, 0.926, 3.52)])
def test_more_memory_adds_the_published_figure_per_gb(component, central, low, high):
    """derived_per_gb of the same source: 2.2 kg/cm2 over mean, best and worst density; each module adds its base."""
    small, large = (embodied_of_parts(LIBRARY, "server_rack", stated(memory_gb=gb)) for gb in (320.0, 640.0))
    assert (large.value - small.value - 10 * 5.22) / 320 == pytest.approx(central, abs=5e-4)
    assert 320 * low < large.value - small.value < 320 * high


def test_line_with_configuration_counts_manufacture_by_parts():
    found = line(manufacturer="Acme", model="One", **HOST)
    assert (found["embodied_basis"], found["use_basis"]) == ("components", "components")
    assert found["manufacture_kg_co2e"] > 0
    assert found["end_of_life_kg_co2e"] == found["transport_kg_co2e"] == found["embodied_unsplit_kg_co2e"] == 0


def test_configuration_of_another_device_changes_nothing():
    laptop = {"category": "laptop", "manufacturer": "Acme", "model": "One"}
    assert line(**laptop, **HOST)["use_kwh"] == line(**laptop)["use_kwh"]
    assert line(**laptop, **HOST)["embodied_basis"] == "category"


@pytest.mark.parametrize("missing", ["cpu_units", "memory_gb"])
def test_without_processors_or_memory_the_category_stands(missing):
    found = line(manufacturer="Acme", model="One", **{**HOST, missing: None})
    assert (found["embodied_basis"], found["use_basis"]) == ("category", "category")


def test_drives_that_are_not_stated_are_said_to_be_left_out():
    assert "flash and disks not stated" in embodied_of_parts(LIBRARY, "server_rack", stated()).note
    assert "not stated" not in embodied_of_parts(LIBRARY, "server_rack", stated(ssd_gb=0.0, hdd_count=0.0)).note


# boaviztapi 2.5.0, cpu_profile: watts of one processor at 0, 10, 50 and 100 % load.
CURVES = [
    ("Intel(R) Xeon(R) Platinum 8180 CPU @ 2.50GHz", [35.6, 76.6, 182.2, 260.0]),
    ("Xeon Gold 6248R", [29.9, 55.2, 94.6, 116.3]),
    ("Intel Xeon Silver 4114", [20.4, 36.7, 60.7, 73.5]),
    ("Intel(R) Xeon(R) CPU E5-2690v4 @ 2.60GHz", [32.1, 56.2, 102.1, 129.8]),
]


@pytest.mark.parametrize(("cpu", "published"), CURVES)
def test_processor_draws_the_published_watts(cpu, published):
    row = processor_of(LIBRARY, cpu)
    found = [processor_watts(LIBRARY, row, load) for load in (0, 0.1, 0.5, 1)]
    assert found == [pytest.approx(w, abs=0.06) for w in published]


def test_processor_without_a_curve_draws_by_its_thermal_design_power():
    # EPYC Milan, median of 225 W; Teads: 0.12, 0.32, 0.75 and 1.02 of it.
    row = processor_of(LIBRARY, "AMD EPYC 7543 32-Core Processor")
    found = [processor_watts(LIBRARY, row, load) for load in (0, 0.1, 0.5, 1)]
    assert found == pytest.approx([225 * ratio for ratio in (0.12, 0.32, 0.75, 1.02)])


@pytest.mark.parametrize(
    ("cpu", "code_name"),
    [
        ("AMD EPYC 7551 32-Core Processor", "Naples"),
        ("AMD EPYC 7F52", "Rome"),
        ("AMD EPYC 74F3", "Milan"),
        ("AMD EPYC 9654", "Genoa"),
        ("Intel(R) Xeon(R) CPU E5-2670 0 @ 2.60GHz", "Sandy Bridge"),
        ("Intel Xeon E5-2680 v3", "Haswell"),
        ("Intel(R) Xeon(R) Gold 6338N CPU", "Ice Lake"),
        ("Intel(R) Xeon(R) Platinum 8592+", "Emerald Rapids"),
        # As registers write them: without the family's name, glued, with a hyphen, with how many there are.
        ("E5-2680v4", "Broadwell"),
        ("E5-2670", "Sandy Bridge"),
        ("2 x E5-2680 v4", "Broadwell"),
        ("Gold-6338", "Ice Lake"),
        ("Intel(R) Xeon(R) Gold 6448Y CPU @ 2.10GHz", "Sapphire Rapids"),
        ("XeonPlatinum8380", "Ice Lake"),
        ("Silver 4510", "Emerald Rapids"),
        ("E7-8890 v3", "Haswell"),
        ("E-2136", "Coffee Lake"),
        ("EPYC 7763", "Milan"),
        ("EPYC7742", "Rome"),
        # Other processors have numbers, and metals, too.
        ("Pentium Gold 6500Y", ""),
        ("Pentium Silver 5030", ""),
        ("Core i5-2500", ""),
        ("Core i7-6700E-2136X", ""),
        ("SPARC T5", ""),
        ("", ""),
    ],
)
def test_processor_number_tells_the_generation(cpu, code_name):
    assert (processor_of(LIBRARY, cpu)["code_name"] or "") == code_name


def test_xeon_e3_has_no_watts_since_its_curve_is_wrong():
    assert watts_of_parts(LIBRARY, stated(cpu_model="Intel Xeon E3-1230 v5"), 0.5) is None


@pytest.mark.parametrize(
    ("cpu", "units"), [("2 x E5-2680 v4", 2), ("(4)x Xeon Gold 6248R", 4), ("2nd Gen Xeon", None), ("Xeon E5", None)]
)
def test_name_that_counts_its_processors_says_how_many_there_are(cpu, units):
    assert read_configuration(SEPARATOR.join([cpu, "", "64.0", "", "", ""])).cpu_units == units
    assert read_configuration(SEPARATOR.join([cpu, "1.0", "64.0", "", "", ""])).cpu_units == 1


def test_supplies_and_fans_add_a_third_to_processors_and_memory():
    with_drives = watts_of_parts(LIBRARY, stated(hdd_count=2.0), 1.0).value
    memory = 12 * (3 + 0.055 * 32)
    watts = (2 * 116.3 + memory) * (1 + 0.33) + 2 * 6.4
    assert with_drives == pytest.approx(watts * HOURS / 1000, rel=1e-3)


@given(st.sampled_from([c for c, _ in CURVES]), st.floats(0, 1), st.floats(0, 1), st.floats(1, 4000))
def test_parts_draw_no_less_at_more_load_and_ranges_are_ordered(cpu, one, other, memory):
    host = Configuration(cpu, 2.0, memory, 500.0, 1.0)
    lower, higher = (watts_of_parts(LIBRARY, host, share) for share in sorted((one, other)))
    assert lower.value <= higher.value
    for factor in (lower, embodied_of_parts(LIBRARY, "server_tower", host)):
        span = percentiles(factor, LIBRARY)
        assert 0 < span.low < factor.value < span.high


def test_an_override_of_the_energy_by_parts_keeps_the_range_of_the_load():
    """The ends of the assumed load are those of the parts, whatever figure stands in their place."""
    parts = {"cpu_model": "Intel Xeon Gold 6230", "cpu_units": 2.0, "memory_gb": 256.0}
    device = {
        "category": "server_rack",
        "country": "GBR",
        "acquired_date": "2023-01-01",
        "manufacturer": "Acme",
        **parts,
    }
    frame = pl.DataFrame([{**device, "model": "Box"}])
    plain = gd.estimate_hardware(frame, period="2024", library=LIBRARY).to_dicts()[0]
    own = {"factor": plain["energy_factor_id"], "value": 500, "source": "meter", "reason": "measured"}
    found = gd.estimate_hardware(frame, period="2024", library=LIBRARY, config={"overrides": [own]}).to_dicts()[0]
    assert found["use_kwh"] == pytest.approx(500)
    assert found["use_kwh_low"] < 500 < found["use_kwh_high"]
    ratio = plain["use_kwh_high"] / plain["use_kwh"]
    assert found["use_kwh_high"] / 500 == pytest.approx(ratio, rel=0.01)
