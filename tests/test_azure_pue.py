"""Measured PUE of Azure: of a region where Microsoft published one, else of its area.

Source: Microsoft, "Datacenter efficiency" (datacenters.microsoft.com/sustainability/efficiency), fiscal years 2024 and
2025, as quoted by the Green Software Foundation (real-time-cloud, ``metrics/2025/azure-2025-metrics.md``, commit
55b6a6d); its region metadata of 2022 and 2023 (commit b2858aa).
"""

import pytest

from greendigital.estimation.cloud_activity import resolve_pue
from greendigital.factorset import load_library

LIBRARY = load_library()


def pue(region, year):
    found = resolve_pue(LIBRARY, "azure", region, year)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("region", "fy2024", "fy2025"),
    [
        ("brazilsouth", 1.16, 1.16),  # Americas
        ("australiaeast", 1.25, 1.28),  # Asia Pacific
        ("uksouth", 1.16, 1.16),  # Europe, the Middle East and Africa
        ("polandcentral", 1.16, 1.16),
        ("nowhere", 1.16, 1.17),  # global
    ],
)
def test_a_region_without_a_figure_takes_that_of_its_area_and_fiscal_year(region, fy2024, fy2025):
    assert (pue(region, 2024).value, pue(region, 2025).value) == (fy2024, fy2025)
    assert pue(region, 2025).data_year == 2025


def test_years_before_the_first_of_an_area_take_the_nearest():
    assert pue("australiaeast", 2022).value == 1.25


@pytest.mark.parametrize(("region", "value"), [("westeurope", 1.14), ("swedencentral", 1.16), ("southeastasia", 1.34)])
def test_a_measured_figure_of_the_region_itself_comes_first(region, value):
    assert (pue(region, 2025).value, pue(region, 2025).data_year) == (value, 2023)


def test_washington_is_west_us_2_and_not_west_us():
    """Microsoft's fact sheet of Washington is of West US 2; West US is in California and has none."""
    assert (pue("westus2", 2023).value, pue("westus", 2025).value) == (1.15, 1.16)


def test_ireland_is_not_averaged_with_the_design_of_finland():
    assert pue("northeurope", 2022).value == 1.197


def test_no_figure_of_azure_is_a_design_target():
    """1.12 is what Microsoft designs new sites for (2022); no measured figure is 1.12."""
    assert 1.12 not in {row["pue"] for row in LIBRARY.table("cloud-pue", "pue") if row["provider"] == "azure"}
