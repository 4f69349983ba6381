"""Machines billed by the core: watts, memory and GPUs counted once, and embodied carbon from the table."""

import csv
from pathlib import Path
from statistics import median

import pytest

from greendigital.estimation.cloud_activity import resolve_activity, resolve_pue
from greendigital.estimation.core_hours import core_activity
from greendigital.estimation.instance_power import fit_instance_power
from greendigital.estimation.instances import resolve_instance
from greendigital.factorset import load_library

LIBRARY = load_library()
FACTORS = Path(__file__).parent.parent / "factors"
MEMORY_W = 0.392  # per GB, Cloud Carbon Footprint, memory coefficient 0.000392 kWh per GB-hour
TESTED_GB = 1.143  # per vCPU, memory of tested servers (assumptions set)
YEARS, HOURS = 6, 8760  # life of a server (assumptions set), hours of a year


def core(kind, instance, provider="gcp", service="Compute Engine"):
    by_the_core = core_activity(LIBRARY, provider, kind, instance)
    return by_the_core or resolve_activity(LIBRARY, provider, service, kind, instance, None, None)


def per_thread(key):
    """Idle and full watts of a processor generation, from the table of SPECpower medians."""
    with (FACTORS / "processor-power" / "power.csv").open(newline="", encoding="utf-8") as handle:
        row = next(r for r in csv.DictReader(handle) if r["power_key"] == key)
    return float(row["idle_w_per_thread"]), float(row["max_w_per_thread"])


def halfway(*keys):
    return sum(sum(per_thread(key)) / 2 for key in keys) / len(keys)


@pytest.mark.parametrize(
    ("provider", "instance", "watts"),
    [
        ("gcp", "C3", halfway("Sapphire Rapids")),
        ("gcp", "N2", halfway("Cascade Lake", "Ice Lake")),
        ("gcp", "c2", halfway("Cascade Lake")),
        ("gcp", "T2A", halfway("Ampere Altra")),
        ("gcp", "T2D", 2 * halfway("EPYC 3rd Gen")),  # a vCPU of T2D is a whole core of two threads
        ("gcp", "n2; n2d", halfway("Cascade Lake", "Ice Lake", "EPYC 2nd Gen", "EPYC 3rd Gen")),
        ("oci", "E4", halfway("EPYC 3rd Gen")),
        ("oci", "A1", halfway("Ampere Altra")),
    ],
)
def test_a_vcpu_takes_the_watts_of_its_processor_without_the_memory_of_the_tested_server(provider, instance, watts):
    k = fit_instance_power(LIBRARY).k
    tested = TESTED_GB * (2 if instance == "T2D" else 1)
    found = core("vcpu_hours", instance, provider)
    assert found.kwh_per_unit * 1000 == pytest.approx(k * watts - tested * MEMORY_W, rel=1e-3)


def test_cores_and_memory_of_a_machine_are_the_processor_and_the_memory_above_the_tested_and_nothing_twice():
    """n2-standard-4: 4 vCPUs and 16 GB. SPECpower watts hold the tested server's own memory already."""
    k = fit_instance_power(LIBRARY).k
    apart = 4 * core("vcpu_hours", "N2").kwh_per_unit + 16 * core("gb_hours", "N2").kwh_per_unit
    whole = 4 * k * halfway("Cascade Lake", "Ice Lake") + (16 - 4 * TESTED_GB) * MEMORY_W
    assert apart * 1000 == pytest.approx(whole, rel=1e-3)


@pytest.mark.parametrize(
    ("machine", "vcpus", "gigabytes"),
    [("n2-standard-4", 4, 16), ("e2-highcpu-8", 8, 8), ("c3-highmem-8", 8, 64), ("t2d-standard-8", 8, 32)],
)
def test_rows_of_a_machine_agree_with_the_machine_as_one_instance(machine, vcpus, gigabytes):
    """The two ways differ by the watts of a GB alone: 0.39 (table) and what the fit gives it."""
    apart = vcpus * core("vcpu_hours", machine).kwh_per_unit + gigabytes * core("gb_hours", machine).kwh_per_unit
    whole = resolve_instance(LIBRARY, "gcp", machine).watts.value / 1000
    assert 0.8 < apart / whole < 1.25


def test_memory_beside_cores_has_no_embodied_carbon_since_the_cores_hold_that_of_the_machine():
    memory, cores = core("gb_hours", "N2"), core("vcpu_hours", "N2")
    assert (memory.stages, memory.embodied_kg_per_unit) == (("use",), None)
    assert cores.embodied_kg_per_unit > 0


def test_embodied_carbon_of_a_vcpu_is_the_median_of_the_types_of_its_series():
    with (FACTORS / "cloud-instances" / "instances.csv").open(newline="", encoding="utf-8") as handle:
        rows = [r for r in csv.DictReader(handle) if r["provider"] == "gcp" and r["family"].startswith("n2-")]
    shares = [
        float(r["platform_embodied_kg_co2e"]) * float(r["platform_share"]) / float(r["vcpus"])
        for r in rows
        if r["platform_embodied_kg_co2e"]
    ]
    assert core("vcpu_hours", "N2").embodied_kg_per_unit == pytest.approx(median(shares) / (YEARS * HOURS))


def test_cores_without_an_embodied_figure_leave_that_of_the_memory_to_its_own_row():
    """DRAM: 1.38802 kg per GB (Cloud Carbon Footprint, after Teads), over six years."""
    assert core("vcpu_hours", "E4", "oci").embodied_kg_per_unit is None
    assert core("gb_hours", "E4", "oci").embodied_kg_per_unit == pytest.approx(1.38802 / (YEARS * HOURS))


@pytest.mark.parametrize("model", ["Nvidia Tesla T4", "NVIDIA T4", "Nvidia T4"])
def test_a_gpu_draws_its_watts_at_the_assumed_utilisation(model):
    """Cloud Carbon Footprint: T4 from 8 to 71 W, 150 kg for a GPU."""
    found = core("gpu_hours", model)
    assert found.kwh_per_unit == pytest.approx((8 + 0.5 * (71 - 8)) / 1000)
    assert found.embodied_kg_per_unit == pytest.approx(150 / (YEARS * HOURS))


def test_the_size_of_its_memory_makes_no_other_gpu():
    assert core("gpu_hours", "Nvidia Tesla A100 80GB").kwh_per_unit == pytest.approx((46 + 0.5 * (407 - 46)) / 1000)


@pytest.mark.parametrize("model", ["", "RTX PRO 6000", "Cloud TPU v5e", "Nvidia GB200"])
def test_an_accelerator_without_published_watts_has_no_figure(model):
    assert core("gpu_hours", model).kwh_per_unit is None


@pytest.mark.parametrize("instance", ["Z9", "z9-standard-4", "c4n", ""])
def test_a_series_without_a_known_processor_has_no_watts(instance):
    assert core("vcpu_hours", instance).kwh_per_unit is None


def test_a_series_of_oracle_without_a_known_processor_takes_no_serverless_figure():
    assert core("vcpu_hours", "A2", "oci").kwh_per_unit is None
    assert core("gb_hours", "A2", "oci").kwh_per_unit == pytest.approx(MEMORY_W / 1000)


@pytest.mark.parametrize(("text", "same"), [("n2d-standard-8", "N2D"), ("A3Plus", "a3"), ("custom-4-16384", "N1")])
def test_a_machine_type_and_its_series_are_the_same_processor(text, same):
    assert core("vcpu_hours", text).kwh_per_unit == core("vcpu_hours", same).kwh_per_unit


@pytest.mark.parametrize("instance", ["N1", "E2", "N2D", "C3D", "C4", "C4A", "N4", "M3", "A2", "G2", "n2; n2d"])
def test_ranges_hold_their_centre_and_are_wide(instance):
    found = core("vcpu_hours", instance)
    for factor in (found.energy_factor, found.utilisation_factor, found.embodied_factor):
        assert 0 < factor.low < factor.value < factor.high
    assert found.energy_factor.low / found.energy_factor.value <= 0.6
    assert found.energy_factor.high / found.energy_factor.value >= 1.7


def test_other_providers_and_serverless_are_as_before():
    fargate = core("vcpu_hours", "fargate", "aws", "Amazon Elastic Container Service")
    assert (fargate.line_class, fargate.energy_factor.factor_id) == ("serverless", "serverless-vcpu-x86")
    assert core("vcpu_hours", "cloud-run", service="Cloud Run").line_class == "serverless"
    # An instance type of AWS that is spelt as a series of Google is none.
    assert core("vcpu_hours", "c3", "aws").energy_factor.factor_id == "serverless-vcpu-x86"


@pytest.mark.parametrize(("year", "value"), [(2023, 1.58), (2024, 1.56), (2019, 1.59)])
def test_oracle_publishes_no_pue_so_the_survey_of_large_sites_stands_in_with_its_wide_range(year, value):
    """Uptime Institute, Global Data Center Survey: 1.59 (2020), 1.58 (2023), 1.56 (2024); range of ours 1.2 to 2.1."""
    found = resolve_pue(LIBRARY, "oci", "uk-london-1", year)
    assert (found.value, found.low, found.high) == (value, 1.2, 2.1)


def test_a_provider_that_is_not_known_has_no_pue():
    assert resolve_pue(LIBRARY, "elsewhere", "uk-1", 2024) is None
