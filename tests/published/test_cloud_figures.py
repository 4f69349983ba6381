"""Cloud figures worked out as sums of published inputs, then compared with the lines.

Sources of the inputs:

- Teads Engineering, "EC2 Instances Dataset" (2021), in ccf-coefficients, commit b0032d9 (2026-04-24).
- Cloud Carbon Footprint, methodology and constants (application commit b7a049c, 2024): 0.65 Wh per TB-hour of disk,
  1.2 of flash, replication factors, 0.001 kWh per GB moved; memory 0.000392 kWh per GB-hour.
- SPRUCE 1.2 (commit 8840d3c, 2026-07-20): BoaviztAPI's embodied figure per instance-hour over six years, energy of a
  serverless vCPU-hour; pull request 275 (2026): 2 kg CO2e per TB of disk over five years.
- AWS, data centre PUE by region (2024): Europe 1.11. Microsoft, data centre PUE: EMEA 1.16.
- DESNZ, Greenhouse gas reporting: conversion factors 2024, sheets "UK electricity" (0.20705 kg CO2e per kWh),
  "Transmission and distribution" (0.0183), "WTT - UK electricity" (0.0459 and 0.00397).
- AWS Lambda Developer Guide, "Configure Lambda function memory": 1,769 MB has the equivalent of one vCPU.
"""

import shutil

import pandas as pd
import pytest

import greendigital as gd
from greendigital.estimation.cloud_activity import resolve_pue
from greendigital.estimation.instances import resolve_instance
from greendigital.factorset import factor_folders, load_library

LIBRARY = load_library()

UK_2024 = {"direct": 0.20705, "losses": 0.0183, "wtt": 0.0459 + 0.00397}
UK_ALL = sum(UK_2024.values())
LONDON_PUE, UK_SOUTH_PUE = 1.11, 1.16
HOURS_PER_YEAR = 365 * 24
EXACT = 1e-9


def line(**values):
    base = {
        "provider": "aws",
        "service": "Amazon Elastic Compute Cloud",
        "region": "eu-west-2",
        "charge_class": "usage",
        "period_start": "2024-09-01",
        "period_end": "2024-10-01",
        "quantity": 1.0,
        "list_cost": 1.0,
        "currency": "USD",
    }
    (found,) = gd.estimate_cloud(pd.DataFrame([base | values]), period="2024", library=LIBRARY).to_dict("records")
    assert found["status"] in ("estimated", "partial")
    return found


def test_an_m5_xlarge_hour_in_london_is_the_measured_curve_at_half_load():
    """Teads: m5.xlarge draws 28.2 W at 50 % of the processor, memory and platform in."""
    kwh = 28.2 / 1000 * LONDON_PUE
    found = line(quantity_kind="instance_hours", instance_type="m5.xlarge")
    assert found["use_basis"] == "instance_measured"
    assert found["use_kwh"] == pytest.approx(kwh, rel=EXACT)
    assert found["use_direct_kg_co2e"] == pytest.approx(kwh * UK_2024["direct"], rel=EXACT)
    assert found["use_losses_kg_co2e"] == pytest.approx(kwh * UK_2024["losses"], rel=EXACT)
    assert found["use_wtt_kg_co2e"] == pytest.approx(kwh * UK_2024["wtt"], rel=EXACT)


def test_an_m5_xlarge_month_holds_20_3_kwh_before_pue():
    """The month of 720 hours that the published tools were compared on: Teads watts give 20.30 kWh."""
    found = line(quantity_kind="instance_hours", instance_type="m5.xlarge", quantity=720.0)
    assert found["use_kwh"] / found["pue"] == pytest.approx(20.30, abs=0.005)


def test_the_embodied_figure_of_an_m5_xlarge_hour_is_boaviztas():
    """0.91 g per hour (BoaviztAPI through SPRUCE); 720 hours are the 0.655 kg of SPRUCE's own month."""
    found = line(quantity_kind="instance_hours", instance_type="m5.xlarge", quantity=720.0)
    assert found["embodied_unsplit_kg_co2e"] == pytest.approx(720 * 0.91 / 1000, rel=EXACT)
    assert found["embodied_unsplit_kg_co2e"] == pytest.approx(0.655, abs=0.0005)


def test_the_embodied_range_reaches_the_other_published_source():
    """Teads and CCF: a platform of 1,610.79 kg, 4 of 96 vCPUs; over six years it is above Boavizta's figure."""
    other = 1610.79 * 4 / 96 / (6 * HOURS_PER_YEAR)
    longest, shortest = 0.91 / 1000 * 6 / 8, 0.91 / 1000 * 6 / 4
    found = line(quantity_kind="instance_hours", instance_type="m5.xlarge")
    assert found["embodied_kg_co2e_low"] == pytest.approx(min(other, longest), rel=1e-4)
    assert found["embodied_kg_co2e_high"] == pytest.approx(max(other, shortest), rel=1e-4)


def test_a_type_without_boaviztas_figure_takes_the_platform_over_six_years():
    """Azure D2 v3: a platform of 1,483.12 kg with 64 vCPUs (ccf-coefficients)."""
    found = line(provider="azure", region="uksouth", quantity_kind="instance_hours", instance_type="D2 v3")
    assert found["embodied_unsplit_kg_co2e"] == pytest.approx(1483.12 * 2 / 64 / (6 * HOURS_PER_YEAR), rel=1e-4)


@pytest.mark.parametrize(
    ("storage_class", "copies"), [("hdd:S3 Standard", 6), ("hdd:EBS volume", 2), ("hdd:S3 One Zone", 2)]
)
def test_a_terabyte_month_of_disk_is_065_wh_per_hour_and_copy(storage_class, copies):
    found = line(quantity_kind="tb_hours", storage_class=storage_class, quantity=730.0)
    assert found["use_kwh"] == pytest.approx(0.65 / 1000 * 730 * copies * LONDON_PUE, rel=EXACT)
    assert found["embodied_unsplit_kg_co2e"] == pytest.approx(2.0 / (5 * HOURS_PER_YEAR) * 730 * copies, rel=EXACT)


def test_a_thousand_gb_months_of_s3_are_what_cloud_carbon_footprint_documents():
    """CCF as documented: 3.19 kWh with its PUE of 1.135 and a month of 720 hours; its code gives about zero."""
    found = line(quantity_kind="tb_hours", storage_class="hdd:S3 Standard", quantity=720.0)
    assert found["use_kwh"] / found["pue"] * 1.135 == pytest.approx(3.19, abs=0.005)


def test_a_thousand_gb_months_of_gp3_are_what_cloud_carbon_footprint_gives():
    """CCF: 1.96 kWh for 1,000 GB-months of EBS gp3, PUE 1.135 and two copies in."""
    found = line(quantity_kind="tb_hours", storage_class="ssd:EBS volume", quantity=720.0)
    assert found["use_kwh"] / found["pue"] * 1.135 == pytest.approx(1.96, abs=0.005)


def test_a_terabyte_month_of_an_azure_disk_has_three_copies():
    found = line(
        provider="azure", region="uksouth", quantity_kind="tb_hours", storage_class="ssd:managed disk", quantity=730.0
    )
    assert found["use_kwh"] == pytest.approx(1.2 / 1000 * 730 * 3 * UK_SOUTH_PUE, rel=EXACT)


def test_a_thousand_gb_to_the_internet_take_one_kwh_of_provider_links():
    """CCF: 0.001 kWh per GB; with its PUE of 1.135 a thousand GB read 1.14 kWh."""
    found = line(quantity_kind="gb_moved", transfer_path="internet_out", quantity=1000.0)
    assert found["use_kwh"] == pytest.approx(1000 * 0.001 * LONDON_PUE, rel=EXACT)
    assert found["use_kwh"] / found["pue"] * 1.135 == pytest.approx(1.14, abs=0.006)
    assert found["network_kg_co2e"] == pytest.approx(found["use_kwh"] * UK_ALL, rel=EXACT)
    assert found["network_kg_co2e"] == pytest.approx(found["total_kg_co2e"], rel=EXACT)


def test_a_gb_hour_of_container_memory_takes_spruces_coefficient():
    """SPRUCE 1.2: 0.0000598 kWh per GB-hour."""
    found = line(service="Amazon Elastic Container Service", quantity_kind="gb_hours", instance_type="fargate")
    assert found["use_kwh"] == pytest.approx(0.0000598 * LONDON_PUE, rel=EXACT)


@pytest.mark.parametrize(("runtime", "kwh"), [("fargate", 0.0088121875), ("fargate-arm", 0.0019101562)])
def test_a_container_vcpu_hour_takes_the_figure_of_its_processor(runtime, kwh):
    """SPRUCE 1.2: 0.0088 kWh per vCPU-hour on x86, 0.0019 on Arm."""
    found = line(service="Amazon Elastic Container Service", quantity_kind="vcpu_hours", instance_type=runtime)
    assert found["use_kwh"] == pytest.approx(kwh * LONDON_PUE, rel=EXACT)
    assert (found["status"], found["stages_missing"]) == ("partial", "embodied")


def test_a_lambda_gb_hour_carries_the_processor_that_comes_with_the_memory():
    found = line(service="AWS Lambda", quantity_kind="gb_hours", instance_type="lambda")
    assert found["use_kwh"] == pytest.approx((0.0000598 + 0.0088121875 / 1.769) * LONDON_PUE, rel=EXACT)


@pytest.mark.parametrize("runtime", ["lambda", "lambda-arm"])
def test_a_function_counts_the_memory_it_is_made_of_and_says_that_its_processor_is_missing(runtime):
    """The memory is that of a container's GB-hour, which is whole; a container's vCPU-hour is partial likewise."""
    function = line(service="AWS Lambda", quantity_kind="gb_hours", instance_type=runtime)
    container = line(service="Amazon Elastic Container Service", quantity_kind="gb_hours", instance_type="fargate")
    assert function["embodied_unsplit_kg_co2e"] == container["embodied_unsplit_kg_co2e"] > 0
    assert (function["status"], function["stages_missing"]) == ("partial", "embodied")
    assert container["status"] == "estimated" and pd.isna(container["stages_missing"])


@pytest.mark.parametrize(
    ("provider", "region", "pue"),
    [("aws", "eu-west-2", 1.11), ("aws", "eu-central-1", 1.35), ("azure", "uksouth", 1.16), ("azure", "ukwest", 1.16)],
)
def test_pue_is_the_regions_own_or_its_areas(provider, region, pue):
    """AWS 2024: Frankfurt 1.35, no figure of London's own, Europe 1.11; Microsoft EMEA 1.16."""
    found = line(provider=provider, region=region, quantity_kind="tb_hours", storage_class="hdd:LRS")
    assert found["pue"] == pytest.approx(pue)


@pytest.mark.parametrize(("year", "pue"), [(2022, 1.32), (2023, 1.33), (2024, 1.35), (2026, 1.35)])
def test_a_year_takes_its_own_pue_and_never_a_later_one(year, pue):
    """Green Software Foundation, Real-time cloud, region metadata (2026): Frankfurt 2022 to 2024."""
    assert resolve_pue(LIBRARY, "aws", "eu-central-1", year).value == pytest.approx(pue)


def test_a_shorter_server_life_raises_boaviztas_hourly_figure(tmp_path):
    """Boavizta spreads over six years: 0.91 g an hour are 0.91 x 6 / 4 where servers serve four."""
    folder = shutil.copytree(factor_folders() / "assumptions", tmp_path / "ours")
    package = (folder / "datapackage.json").read_text(encoding="utf-8")
    (folder / "datapackage.json").write_text(package.replace('"assumptions"', '"ours"', 1), encoding="utf-8")
    text = (folder / "factors.csv").read_text(encoding="utf-8")
    shipped, ours = "server life years,6,4,8,", "server life years,4,3,6,"
    assert shipped in text
    (folder / "factors.csv").write_text(text.replace(shipped, ours), encoding="utf-8")
    found = resolve_instance(load_library([folder]), "aws", "m5.xlarge").embodied
    assert found.value == pytest.approx(0.91 / 1000 * 6 / 4, rel=EXACT)
    assert found.high >= 0.91 / 1000 * 6 / 3 * (1 - EXACT)


def test_a_gpu_type_adds_the_watts_of_its_gpu():
    """CCF: NVIDIA A10G, 18 W idle and 153 W at full load, hence 85.5 W at half load, above its host's watts."""
    gpu = line(quantity_kind="instance_hours", instance_type="g5.xlarge")
    host = gpu["use_kwh"] / LONDON_PUE * 1000 - (18 + 0.5 * (153 - 18))
    # The host is an EPYC 2nd Gen with 4 vCPUs: 0.4371 to 1.6641 W per thread (SPECpower median of 36 results).
    assert 4 * 0.4371 < host < 4 * 1.6641 * 3


def test_the_published_m5_xlarge_totals_of_other_tools_lie_within_the_range():
    """An m5.xlarge month in London: CCF as documented 4.09 kg, BoaviztAPI 4.66, SPRUCE with its unit put right 5.73."""
    found = line(quantity_kind="instance_hours", instance_type="m5.xlarge", quantity=720.0)
    for published in (4.09, 4.66, 5.73):
        assert found["total_kg_co2e_low"] < published < found["total_kg_co2e_high"]
