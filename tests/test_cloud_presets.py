"""The presets give the figures that Cloud Carbon Footprint and Boavizta document, and nothing where those have none.

Sources: Cloud Carbon Footprint, methodology and constants (commit b7a049c, 2024); its embodied total of an m5 server as
in ccf-coefficients (commit b0032d9, 2026); BoaviztAPI 2.5.0 (2026).
"""

import re

import pandas as pd
import polars as pl
import pytest

import greendigital as gd
from greendigital.factorset import load_library
from tests.conftest import ROOT

LIBRARY = load_library()
CCF, BOAVIZTA = "cloud-carbon-footprint", "boavizta"
PER_CENT = 0.01
"""The tolerance asked for; the server totals of the two sources of Cloud Carbon Footprint differ by 0.03 %."""

BASE = {
    "provider": "aws",
    "service": "Amazon Elastic Compute Cloud",
    "region": "eu-west-2",
    "charge_class": "usage",
    "period_start": "2025-09-01",
    "period_end": "2025-10-01",
    "currency": "USD",
}
MONTH = {**BASE, "quantity_kind": "instance_hours", "instance_type": "m5.xlarge", "quantity": 720.0}
OBJECTS = {**BASE, "quantity_kind": "tb_hours", "storage_class": "hdd:S3 Standard", "quantity": 730.0}
VOLUME = {**BASE, "quantity_kind": "tb_hours", "storage_class": "ssd:EBS volume", "quantity": 730.0}
INTERNET = {**BASE, "quantity_kind": "gb_moved", "transfer_path": "internet_out", "quantity": 1000.0}


def estimate(rows, **cloud):
    frame = pl.DataFrame(rows, infer_schema_length=None)
    found = gd.estimate_cloud(frame, period="2025", library=LIBRARY, config={"cloud": cloud})
    return found.sort("source_row").to_dicts()


def line(row, **cloud):
    (found,) = estimate([row], **cloud)
    return found


# --- one m5.xlarge for 720 h in eu-west-2 -----------------------------------------------------------------------------


def test_cloud_carbon_footprint_of_an_m5_xlarge_month_in_london():
    """(0.65 + 0.5 x (4.26 - 0.65)) x 4 W, memory (384 - 81.32) x 4/96 GB x 0.392 W, PUE 1.135, 0.225 kg/kWh."""
    watts = (0.65 + 0.5 * (4.26 - 0.65)) * 4 + (384 - 81.32) * 4 / 96 * 0.392
    kwh = watts * 720 / 1000 * 1.135
    found = line(MONTH, method=CCF)
    assert found["status"] == "estimated"
    assert kwh == pytest.approx(12.07, rel=PER_CENT)
    assert found["use_kwh"] == pytest.approx(kwh, rel=PER_CENT)
    assert found["use_life_cycle_kg_co2e"] == pytest.approx(kwh * 0.225, rel=PER_CENT)
    assert found["use_life_cycle_kg_co2e"] == pytest.approx(2.715, rel=PER_CENT)
    assert found["embodied_unsplit_kg_co2e"] == pytest.approx(1610.79 * 4 / 96 * 720 / 35040, rel=PER_CENT)
    assert found["total_kg_co2e"] == pytest.approx(4.09, rel=PER_CENT)


def test_boavizta_of_an_m5_xlarge_month_in_london():
    """Two processors of 240 W at 0.75, twelve modules of 32 GB at (3 + 0.055 x 32) x 0.85 W, a third more, no PUE."""
    watts = (2 * 240 * 0.75 + 12 * (3 + 0.055 * 32) * 0.85) * 4 / 96 * 1.33
    kwh = watts * 720 / 1000
    found = line(MONTH, method=BOAVIZTA)
    assert found["status"] == "estimated"
    assert kwh == pytest.approx(16.3, rel=PER_CENT)
    assert found["use_kwh"] == pytest.approx(kwh, rel=PER_CENT)
    assert (found["pue"], found["pue_factor_id"]) == (1.0, None)
    assert found["use_life_cycle_kg_co2e"] == pytest.approx(4.00, rel=PER_CENT)
    assert found["embodied_unsplit_kg_co2e"] == pytest.approx(0.66, rel=PER_CENT)


@pytest.mark.parametrize("method", [CCF, BOAVIZTA])
def test_no_losses_and_no_well_to_tank_are_added_to_the_electricity_of_a_preset(method):
    found = line(MONTH, method=method)
    assert found["loss_factor_id"] is None and found["wtt_factor_id"] is None
    assert not found["use_direct_kg_co2e"] and not found["use_losses_kg_co2e"] and not found["use_wtt_kg_co2e"]


def test_the_default_lies_where_the_published_totals_do_and_its_range_holds_them():
    """UK edition of 2025; 4.09 kg is Cloud Carbon Footprint's total as documented, 4.66 kg BoaviztAPI 2.5.0's."""
    found = line(MONTH)
    assert 5.5 < found["total_kg_co2e"] < 7.5
    assert 3.8 < found["use_direct_kg_co2e"] < 4.2
    for published in (4.09, 4.66):
        assert found["total_kg_co2e_low"] < published < found["total_kg_co2e_high"]


# --- storage and transfer ---------------------------------------------------------------------------------------------


def test_storage_of_cloud_carbon_footprint_has_energy_and_no_embodied_carbon():
    """0.65 Wh per TB-hour x 6 copies of S3, 1.2 Wh x 2 of a volume; 730 h; PUE 1.135."""
    objects, volume = estimate([OBJECTS, VOLUME], method=CCF)
    assert objects["use_kwh"] == pytest.approx(730 * 0.65 * 6 / 1000 * 1.135)
    assert volume["use_kwh"] == pytest.approx(730 * 1.2 * 2 / 1000 * 1.135)
    for found in (objects, volume):
        assert (found["status"], found["stages_missing"]) == ("partial", "embodied")
        assert found["embodied_factor_id"] is None and found["embodied_unsplit_kg_co2e"] is None


def test_a_transfer_of_cloud_carbon_footprint_takes_its_links_with_pue():
    found = line(INTERNET, method=CCF)
    assert found["use_kwh"] == pytest.approx(1000 * 0.001 * 1.135)
    assert found["network_kg_co2e"] == pytest.approx(1000 * 0.001 * 1.135 * 0.225)


def test_thousand_gb_months_of_s3_standard_are_never_near_zero():
    assert 2.5 < line(OBJECTS)["use_kwh"] < 3.6


def test_data_transfer_is_a_line_class_of_its_own():
    assert [found["line_class"] for found in estimate([MONTH, INTERNET])] == ["compute", "network"]
    found = line(INTERNET)
    assert found["total_kg_co2e"] == found["network_kg_co2e"]


# --- what a method has no figure for ----------------------------------------------------------------------------------


@pytest.mark.parametrize("usage", [OBJECTS, VOLUME, INTERNET])
def test_boavizta_has_no_storage_and_no_network_and_says_so(usage):
    found = line(usage, method=BOAVIZTA)
    assert (found["status"], found["reason_code"], found["total_kg_co2e"]) == ("excluded", "no_basis", None)


def test_usage_without_a_figure_takes_the_ratio_of_the_bill_as_usual():
    rows = [{**MONTH, "list_cost": 10.0} for _ in range(21)] + [{**OBJECTS, "list_cost": 20.0}]
    found = estimate(rows, method=BOAVIZTA)[-1]
    assert (found["status"], found["use_basis"]) == ("fallback", "service_ratio")
    assert found["fallback_kg_co2e"] == pytest.approx(20 * line(MONTH, method=BOAVIZTA)["total_kg_co2e"] / 10)


def test_a_type_of_which_boavizta_has_no_watts_here_is_partial_with_its_embodied_carbon():
    """BoaviztAPI through SPRUCE, c5.xlarge; its watts are not among the facts of the set."""
    published = next(r for r in LIBRARY.table("cloud-instances", "instances") if r["instance_type"] == "c5.xlarge")
    found = line({**MONTH, "instance_type": "c5.xlarge"}, method=BOAVIZTA)
    assert (found["status"], found["stages_missing"], found["use_kwh"]) == ("partial", "use", None)
    assert found["embodied_unsplit_kg_co2e"] == pytest.approx(720 * published["boavizta_g_co2e_per_hour"] / 1000)


@pytest.mark.parametrize(("method", "name"), [(CCF, "m8g.xlarge"), (CCF, "no.such"), (BOAVIZTA, "no.such")])
def test_a_type_that_a_method_does_not_know_never_takes_the_figures_of_the_default(method, name):
    assert line({**MONTH, "instance_type": name}, method=method)["status"] == "excluded"


def test_a_region_of_which_boavizta_has_no_electricity_here_is_partial():
    found = line({**MONTH, "region": "eu-west-1"}, method=BOAVIZTA)
    assert (found["status"], found["stages_missing"], found["grid_factor_id"]) == ("partial", "use", None)


def test_no_line_of_a_preset_names_a_factor_of_the_default():
    """Copies of storage and BoaviztAPI's own embodied carbon are the exceptions, and told."""
    rows = [MONTH, {**MONTH, "instance_type": "t3.large"}, {**MONTH, "instance_type": "p3.2xlarge"}, OBJECTS, INTERNET]
    for method in (CCF, BOAVIZTA):
        for found in estimate(rows, method=method):
            for name in ("energy", "embodied", "network", "pue", "grid"):
                factor_id = found[f"{name}_factor_id"] or "preset:"
                assert factor_id.startswith(("preset:", "ccf-", "boavizta-")), (method, name, factor_id)


# --- more of Cloud Carbon Footprint -----------------------------------------------------------------------------------


def test_a_burstable_type_counts_its_baseline_and_no_memory():
    """t3.xlarge: Cascade Lake 0.64 to 3.97 W, baseline 40 % over a load of 50 %; memory of t types is left out."""
    found = line({**MONTH, "instance_type": "t3.xlarge"}, method=CCF)
    assert found["use_kwh"] == pytest.approx((0.64 + 0.5 * (3.97 - 0.64)) * 4 * 40 / 50 * 720 / 1000 * 1.135)


def test_a_gpu_type_adds_its_gpus():
    """p3.2xlarge: 8 vCPUs of Broadwell, 0.71 to 3.69 W; memory (488 - 69.65) x 61/488 GB; one V100, 35 to 306 W."""
    watts = 8 * (0.71 + 0.5 * (3.69 - 0.71)) + (488 - 69.65) * 61 / 488 * 0.392 + (35 + 0.5 * (306 - 35))
    found = line({**MONTH, "instance_type": "p3.2xlarge"}, method=CCF)
    assert found["use_kwh"] == pytest.approx(watts * 720 / 1000 * 1.135, rel=1e-6)


def test_azure_and_google_take_their_own_pue_and_region():
    """D2s v3: mean of four generations; n2-standard-4: Cascade Lake; uksouth 0.225, europe-west2 0.172 kg/kWh."""
    low = (0.65 + 0.71 + 1 + 0.64) / 4
    high = (4.26 + 3.69 + 4.74 + 3.97) / 4
    tested = (81.32 + 69.65 + 27.71 + 98.12) / 4
    watts = 2 * (low + high) / 2 + (256 - tested) * 8 / 256 * 0.392
    azure = line({**MONTH, "provider": "azure", "region": "uksouth", "instance_type": "Standard_D2s_v3"}, method=CCF)
    assert azure["use_kwh"] == pytest.approx(watts * 720 / 1000 * 1.185, rel=1e-6)
    assert azure["use_life_cycle_kg_co2e"] == pytest.approx(azure["use_kwh"] * 0.225)
    google = line({**MONTH, "provider": "gcp", "region": "europe-west2", "instance_type": "n2-standard-4"}, method=CCF)
    assert google["use_kwh"] == pytest.approx(4 * (0.64 + 3.97) / 2 * 720 / 1000 * 1.1)
    assert google["use_life_cycle_kg_co2e"] == pytest.approx(google["use_kwh"] * 0.172)


def test_a_region_that_cloud_carbon_footprint_does_not_know_takes_its_average():
    found = line({**MONTH, "region": "il-central-1"}, method=CCF)
    assert found["use_life_cycle_kg_co2e"] == pytest.approx(found["use_kwh"] * 0.39278188)


def test_every_type_of_the_presets_has_watts_or_says_nothing():
    rows = [r for r in LIBRARY.table("cloud-presets", "machines") if r["instance_type"]]
    regions = {"aws": "eu-west-2", "azure": "uksouth", "gcp": "europe-west2"}
    usage = [
        {**MONTH, "provider": r["provider"], "region": regions[r["provider"]], "instance_type": r["name_as_published"]}
        for r in rows
    ]
    found = estimate(usage, method=CCF)
    assert len(found) == len(rows) > 1000
    for row, known in zip(rows, found, strict=True):
        assert known["status"] in ("estimated", "partial"), row["instance_type"]
        assert known["use_kwh"] is not None or row["gpu_count"], row["instance_type"]


# --- what the user gives ----------------------------------------------------------------------------------------------


def test_utilisation_changes_the_watts_of_a_preset_by_its_own_curve():
    """Cloud Carbon Footprint at 10 %: min + 0.1 x (max - min); BoaviztAPI at 10 %: 0.32 of the thermal design power."""
    memory = (384 - 81.32) * 4 / 96 * 0.392
    at_10 = (4 * (0.65 + 0.1 * (4.26 - 0.65)) + memory) * 720 / 1000 * 1.135
    assert line(MONTH, method=CCF, utilisation=0.1)["use_kwh"] == pytest.approx(at_10)
    watts = (2 * 240 * 0.32 + 12 * (3 + 0.055 * 32) * (0.7 + 0.3 * 0.1)) * 4 / 96 * 1.33
    assert line(MONTH, method=BOAVIZTA, utilisation=0.1)["use_kwh"] == pytest.approx(watts * 720 / 1000)


@pytest.mark.parametrize(("method", "published"), [(CCF, 4), (BOAVIZTA, 6)])
def test_a_longer_life_spreads_the_embodied_carbon_of_a_preset(method, published):
    ours, theirs = line(MONTH, method=method, server_life_years=8), line(MONTH, method=method)
    assert ours["embodied_unsplit_kg_co2e"] == pytest.approx(theirs["embodied_unsplit_kg_co2e"] * published / 8)
    assert ours["override_ids"] == "config:cloud-server-life-years"


def test_a_run_by_a_preset_says_so_and_what_it_is_made_of():
    run = gd.estimate(usage=pd.DataFrame([MONTH]), period="2025", config={"cloud": {"method": CCF}})
    assert [p.message for p in run.problems if p.code == "cloud_choice"] == [
        'Cloud lines are estimated by the method of Cloud Carbon Footprint: to compare, not to report, as "method" '
        "under [cloud] asks."
    ]
    told = run.explain("dataframe:2")
    assert "Cloud Carbon Footprint" in told
    assert "4 vCPU x (minimum + 50% x (maximum - minimum)) of Skylake + 12.61 GB above the tested memory" in told


# --- docs/cloud.md ----------------------------------------------------------------------------------------------------

USAGE = {
    "m5.xlarge, 720 h": MONTH,
    "1,000 GB-months of S3 Standard": OBJECTS,
    "1,000 GB-months of EBS gp3": VOLUME,
    "1,000 GB to the internet": INTERNET,
}
METHODS = {
    "default": {},
    "default, with access networks": {"network": "with_access_networks"},
    "Cloud Carbon Footprint": {"method": CCF},
    "Boavizta": {"method": BOAVIZTA},
}


def digits(value):
    return "-" if value is None else f"{value:.3g}"


def shown(name, usage, method, cloud):
    """A row of the page: energy with PUE, electricity and transfer, embodied, total, range."""
    found = line(usage, **cloud)
    if found["status"] == "excluded":
        return f"| {name} | {method} | no figure | - | - | - | - |"
    electricity = sum(found[f"{c}_kg_co2e"] or 0 for c in ("use_direct", "use_losses", "use_wtt", "use_life_cycle"))
    electricity += found["network_kg_co2e"] or 0
    low, high = found["total_kg_co2e_low"], found["total_kg_co2e_high"]
    figures = (found["use_kwh"], electricity, found["embodied_unsplit_kg_co2e"], found["total_kg_co2e"])
    cells = " | ".join(digits(v) for v in figures)
    return f"| {name} | {method} | {cells} | {digits(low)} to {digits(high)} |"


def test_the_page_on_cloud_shows_what_the_methods_give():
    expected = [
        shown(name, usage, method, cloud)
        for name, usage in USAGE.items()
        for method, cloud in METHODS.items()
        if "network" not in cloud or usage is INTERNET
    ]
    page = (ROOT / "docs" / "cloud.md").read_text(encoding="utf-8")
    table = re.search(r"<!-- methods -->\n\n(.*?)\n\n", page, flags=re.DOTALL)[1].splitlines()
    assert table[2:] == expected
