"""Azure sizes whose processors Microsoft names on its size pages.

Source: Microsoft, Azure virtual machines documentation: host specifications of Av2 (2026-01-29), Bv1 (2025-11-06),
NCasT4_v3, NCv3, ND, NP, NV, NVv3 (2024-07-31) and NDv2 (2025-02-10); M-series (2020-03-31); Previous generations of
virtual machine sizes (2020-11-01: NC, NCv2); Compute benchmark scores (GS).
"""

import pytest

from greendigital.estimation.instance_power import fit_instance_power, power_rows
from greendigital.estimation.instances import instance_row, resolve_instance
from greendigital.factorset import load_library

LIBRARY = load_library()
GENERATIONS = {
    "8370C": "Ice Lake",
    "8272CL": "Cascade Lake",
    "8280M": "Cascade Lake",
    "8171M": "Skylake",
    "8168": "Skylake",
    "E5-2673 v4": "Broadwell",
    "E5-2690 v4": "Broadwell",
    "E5-2673 v3": "Haswell",
    "E5-2690 v3": "Haswell",
    "E5-2698B v3": "Haswell",
    "E7-8890 v3": "Haswell",
    "8573C": "Emerald Rapids",
    "7V12": "EPYC 2nd Gen",
}
NAMED = {
    "B1s": "8370C, 8272CL, 8171M, E5-2673 v4, E5-2673 v3",
    "B2ms": "8370C, 8272CL, 8171M, E5-2673 v4, E5-2673 v3",
    "B1ls": "8370C, 8272CL, 8171M, E5-2673 v4, E5-2673 v3",
    "A2m_v2": "8370C, 8272CL, 8171M, E5-2673 v4, E5-2673 v3, 8573C",
    "GS5-8": "E5-2698B v3",
    "M64-16ms": "E7-8890 v3, 8280M",
    "NC6": "E5-2690 v3",
    "NC24rs_v2": "E5-2690 v4",
    "NC24rs_v3": "E5-2690 v4",
    "NC4as_T4_v3": "7V12",
    "ND24rs": "E5-2690 v4",
    "ND40rs_v2": "8168",
    "NP10s": "8171M",
    "NV6": "E5-2690 v3",
    "NV12s_v3": "E5-2690 v4",
}


def row(size):
    found = instance_row(LIBRARY, "azure", f"Standard_{size}")
    assert found is not None, size
    return found


@pytest.mark.parametrize("size", NAMED)
def test_a_size_has_the_generations_of_all_processors_that_its_page_names(size):
    assert set(row(size)["power_keys"].split("; ")) == {GENERATIONS[name] for name in NAMED[size].split(", ")}


@pytest.mark.parametrize("size", NAMED)
def test_a_size_with_processors_has_watts_with_a_range(size):
    found = resolve_instance(LIBRARY, "azure", f"Standard_{size}")
    assert found is not None and found.watts is not None
    assert found.watts.low < found.watts.value < found.watts.high


def test_no_azure_size_is_without_a_processor():
    rows = [r for r in LIBRARY.table("cloud-instances", "instances") if r["provider"] == "azure"]
    assert [r["instance_type"] for r in rows if not r["power_keys"] and not r["watts_50"]] == []
    known = power_rows(LIBRARY)
    assert {key for r in rows for key in (r["power_keys"] or "").split("; ") if key} <= known.keys()


def test_watts_of_a_b1s_are_a_thread_of_the_mean_of_its_five_processors():
    """Half-way between the idle and the full watts per thread of Haswell, Broadwell, Skylake, Cascade and Ice Lake."""
    halves = (0.6569 + 3.8333) / 2, (0.5295 + 3.0909) / 2, (0.5348 + 4.1485) / 2, (0.6027 + 4.0407) / 2
    mean = (sum(halves) + (0.9236 + 4.0994) / 2) / 5
    found = resolve_instance(LIBRARY, "azure", "Standard_B1s")
    assert found is not None and found.watts is not None
    assert found.watts.value == pytest.approx(fit_instance_power(LIBRARY).k * mean, rel=1e-6)


@pytest.mark.parametrize(
    ("size", "card", "gpus", "per_card"),
    [  # "1 GPU = one-half K80 card", "1 GPU = one-half M60 card", "1 GPU = one P100 card" (P40, V100)
        ("NC24", "NVIDIA Tesla K80", 4, 2),
        ("NV6", "NVIDIA Tesla M60", 1, 2),
        ("NV48s_v3", "NVIDIA Tesla M60", 4, 2),
        ("NC12s_v2", "NVIDIA Tesla P100", 2, 1),
        ("ND24s", "NVIDIA Tesla P40", 4, 1),
        ("ND40rs_v2", "NVIDIA Tesla V100", 8, 1),
        ("NC64as_T4_v3", "NVIDIA T4", 4, 1),
        ("NP20s", "Xilinx Alveo U250", 2, 1),
    ],
)
def test_accelerators_are_counted_in_cards_as_their_watts_are(size, card, gpus, per_card):
    assert (row(size)["gpu_model"], row(size)["gpu_count"]) == (card, gpus / per_card)


@pytest.mark.parametrize(("size", "base"), [("M128-64ms", "M128ms"), ("M64-32ms", "M64ms"), ("M64-16ms", "M64ms")])
def test_a_size_with_constrained_vcpus_holds_the_platform_of_its_base_size(size, base):
    for column in ("platform_embodied_kg_co2e", "platform_share", "vcpus", "power_keys"):
        assert row(size)[column] == row(base)[column], column
