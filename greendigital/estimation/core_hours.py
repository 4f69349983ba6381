"""Machines that are billed by the core: vCPU-hours, GB-hours of their memory, and GPU-hours as rows of their own.

A vCPU-hour draws ``k x W - m x G``: W the per-vCPU watts of the series' processor (SPECpower medians), k the ratio of
:mod:`~greendigital.estimation.instance_power`, and G the memory per vCPU of the tested servers, whose watts m are in W
already: the memory of the machine has a row of its own. Embodied carbon of a vCPU is that of the whole machine, memory
in, so that a row of memory beside it has none.

Sources: SPECpower_ssj2008 results; Cloud Carbon Footprint (memory, accelerators); platform totals through
ccf-coefficients (embodied); Oracle and Google documentation (processors of a series).
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from statistics import median
from typing import Any

from greendigital.estimation.cloud_activity import NOTHING, CloudActivity, machine_activity
from greendigital.estimation.cloud_settings import CloudSettings, default_settings, resting_on
from greendigital.estimation.instance_power import Processor, fit_instance_power, is_accelerated, processor_watts
from greendigital.estimation.instances import embodied_per_hour, utilisation_span
from greendigital.estimation.ranges import default_width
from greendigital.factorset import Factor, FactorLibrary
from greendigital.units import HOURS_PER_YEAR, WATT_HOURS_PER_KWH

_SET = "cloud-instances"
_PROVIDERS = ("gcp", "oci")
_KINDS = ("vcpu_hours", "gb_hours", "gpu_hours")
_SERIES = re.compile(r"[a-z]+\d+[a-z]?")
_DEVICE = ("use", "embodied")


def core_activity(
    library: FactorLibrary, provider: str, kind: str, instance: str, settings: CloudSettings | None = None
) -> CloudActivity | None:
    """What one unit of a core, of its memory or of a GPU means; None for what is no machine or no known GPU.

    Parameters
    ----------
    kind
        ``vcpu_hours``, ``gb_hours`` or ``gpu_hours``.
    instance
        Series or machine type (``N2``, ``n2-standard-4``), several with a semicolon between them where a row may run on
        any of them; of a GPU its model.
    """
    if provider not in _PROVIDERS or kind not in _KINDS:
        return None
    settings = settings or default_settings(library)
    if kind == "gpu_hours":
        return _gpu(library, instance, settings)
    known = _series(library)
    names = [name for text in instance.split(";") if (name := _series_of(text, provider, known))]
    if not names:
        # What looks like a series is a machine, and must not pass for a container of which nothing is known either.
        is_machine = _SERIES.match(instance.strip().lower()) is not None
        return (_memory(library, None, settings.server_life) if kind == "gb_hours" else NOTHING) if is_machine else None
    rows = [row for name in names for row in known[provider, name]]
    key = f"{provider}:{'+'.join(names)}"
    embodied, basis = _embodied(library, key, rows, settings.server_life)
    if kind == "vcpu_hours":
        return _core(library, key, rows, embodied, basis, settings.utilisation)
    return _memory(library, embodied, settings.server_life)


def _series_of(text: str, provider: str, known: Mapping[tuple[str, str], Any]) -> str:
    """``n2d`` of ``N2D`` and of ``n2d-standard-4``, ``a3`` of ``A3Plus``."""
    word = text.strip().lower().split("-")[0]
    if (provider, word) == ("gcp", "custom"):
        word = "n1"  # custom machines of the first series have no series in their type
    found = _SERIES.match(word)
    candidates = (word, found[0], found[0].rstrip("abcdefghijklmnopqrstuvwxyz")) if found else (word,)
    return next((c for c in candidates if (provider, c) in known), "")


@lru_cache(maxsize=8)
def _series(library: FactorLibrary) -> dict[tuple[str, str], list[Mapping[str, Any]]]:
    """Machine types of each series; a series without types is one row with its processor alone."""
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for row in library.table(_SET, "instances"):
        if row["provider"] in _PROVIDERS:
            found[row["provider"], row["family"].split("-")[0]].append(row)
    for row in library.table(_SET, "series"):
        found[row["provider"], row["series"]].append(row)
    return dict(found)


def _core(
    library: FactorLibrary,
    key: str,
    rows: Sequence[Mapping[str, Any]],
    embodied: Factor | None,
    basis: str,
    assumed: Factor,
) -> CloudActivity:
    watts, utilisation = _watts(library, key, rows, assumed)
    found = machine_activity((watts, utilisation, "instance_fitted"), (embodied, basis), assumed)
    return replace(found, hours_per_unit=None)  # hours of a core, not of a machine


def _watts(
    library: FactorLibrary, key: str, rows: Sequence[Mapping[str, Any]], assumed: Factor
) -> tuple[Factor | None, Factor | None]:
    """Watts of a vCPU without the memory of the tested server, and the assumed utilisation as a source of error."""
    keys = "; ".join(dict.fromkeys(k for row in rows for k in (row["power_keys"] or "").split("; ") if k))
    row = {"power_keys": keys, "vcpu_is": rows[0]["vcpu_is"]}
    memory = library.factor("memory-energy")
    assert assumed.low is not None and assumed.high is not None
    at = {u: processor_watts(library, row, u) for u in (assumed.value, assumed.low, assumed.high)}
    centre = at[assumed.value]
    if centre is None:
        return None, None
    fit = fit_instance_power(library)
    tested = memory.value * WATT_HOURS_PER_KWH * centre.memory_gb
    draw = {u: fit.k * p.watts - tested for u, p in at.items() if p}
    value = draw[assumed.value]
    factor = _with_range(
        library,
        Factor(
            factor_id=f"core:{key}:watts",
            activity="core_power",
            value=value,
            unit="w/vcpu",
            set_name="derived",
            edition="",
            error_group="instance_power_fitted",
            shared_share=0.5,
            width_kind="instance_power_fitted",
            note=(
                f"{fit.k:.4g} x {centre.watts:.4g} W of {keys} at {assumed.value:.0%} - {tested:.3g} W of "
                f"{centre.memory_gb:.4g} GB of memory in them, which has a row of its own; the ratio was fitted on "
                f"{fit.n_fit} measured types of another provider and judged on {fit.n_test}: median error "
                f"{fit.error_test:.0%}"
            ),
        ),
        centre,
        (fit.low_ratio, fit.high_ratio),
    )
    provider, _, series = key.partition(":")
    span = utilisation_span(provider, series, draw[assumed.low] / value, draw[assumed.high] / value, assumed)
    return library.in_place_of(resting_on(factor, assumed)), span


def _with_range(library: FactorLibrary, factor: Factor, centre: Processor, fit: tuple[float, float]) -> Factor:
    """The fit and the processor that the provider chose are two sources of error; never less than the default width."""
    least = default_width(factor, library)
    down = math.hypot(math.log(fit[0]), math.log(centre.low / centre.watts))
    up = math.hypot(math.log(fit[1]), math.log(centre.high / centre.watts))
    low, high = factor.value * math.exp(-down), factor.value * math.exp(up)
    return replace(factor, low=min(low, least.low), high=max(high, least.high), interval="p5_p95")


def _memory(library: FactorLibrary, embodied: Factor | None, life: Factor) -> CloudActivity:
    """Memory of a machine; its embodied carbon stands with the cores where those have a figure."""
    energy = library.factor("memory-energy")
    found = CloudActivity("memory", ("use",), kwh_per_unit=energy.value, energy_factor=energy, use_basis="table")
    if embodied is not None:
        return found
    dram = library.factor("cloud-component-dram-gb")
    return replace(
        found,
        stages=_DEVICE,
        embodied_kg_per_unit=dram.value / (life.value * HOURS_PER_YEAR),
        embodied_factor=dram,
        embodied_basis="table",
        life=life,
    )


def _gpu(library: FactorLibrary, model: str, settings: CloudSettings) -> CloudActivity | None:
    found = next((r for r in library.table(_SET, "accelerators") if _gpu_key(r["gpu_model"]) == _gpu_key(model)), None)
    if found is None:
        return None
    assumed = settings.utilisation
    assert assumed.low is not None and assumed.high is not None
    least, most = float(found["min_watts"]), float(found["max_watts"])
    at = {u: least + u * (most - least) for u in (assumed.value, assumed.low, assumed.high)}
    watts = Factor(
        factor_id=f"accelerator:{found['gpu_model']}:watts",
        activity="accelerator_power",
        value=at[assumed.value],
        unit="w/gpu",
        set_name=_SET,
        edition=library.sets[_SET].edition,
        error_group="accelerator_power",
        width_kind="instance_power_fitted",
        source_id=found["source_id"],
        source_locator=f"{found['gpu_model']}, minimum and maximum watts",
        note=f"{least:g} W + {assumed.value:.0%} x ({most:g} - {least:g}) W",
    )
    watts = library.in_place_of(resting_on(watts, assumed))
    ratios = at[assumed.low] / at[assumed.value], at[assumed.high] / at[assumed.value]
    life, gpu = settings.server_life, library.factor("cloud-component-gpu")
    span = utilisation_span("accelerator", found["gpu_model"], *ratios, assumed)
    return replace(
        machine_activity((watts, span, "table"), (gpu, "table"), assumed),
        # What is published is of a whole GPU, not of an hour of it.
        embodied_kg_per_unit=gpu.value / (life.value * HOURS_PER_YEAR),
        life=life,
        hours_per_unit=None,
    )


def _gpu_key(model: str) -> str:
    """``t4`` of ``NVIDIA T4`` and of ``Nvidia Tesla T4``; the size of the memory and the link make no other model."""
    words = [w for w in re.sub(r"[^a-z0-9 ]", " ", model.lower()).split() if w not in ("nvidia", "tesla", "gpu")]
    return words[0] if words and words[0] != "rtx" else " ".join(words)


def _embodied(
    library: FactorLibrary, key: str, rows: Sequence[Mapping[str, Any]], years: Factor
) -> tuple[Factor | None, str]:
    """kg CO2e per vCPU-hour: the median of the series' types without accelerator, else of all such of the provider."""
    assert years.low is not None and years.high is not None
    provider = rows[0]["provider"]
    everything = [row for (owner, _), found in _series(library).items() if owner == provider for row in found]
    for pool, name in ((rows, "the series"), (everything, "all types of the provider")):
        per_vcpu = _per_vcpu(pool, years.value)
        if per_vcpu:
            value = median(per_vcpu)
            factor = Factor(
                factor_id=f"core:{key}:embodied",
                activity="core_embodied",
                value=value,
                unit="kg_co2e/vcpu*hour",
                set_name=_SET,
                edition=library.sets[_SET].edition,
                low=value * years.value / years.high,
                high=value * years.value / years.low,
                interval="p5_p95",
                basis="manufacture",
                error_group="instance_embodied",
                shared_share=0.5,
                width_kind="instance_embodied",
                source_id="ccf-coefficients",
                source_locator=f"median per vCPU of {name} ({len(per_vcpu)} types without accelerator), memory in",
                quality="weak",
            )
            return resting_on(factor, years), "family_median"
    return None, "none"


def _per_vcpu(rows: Sequence[Mapping[str, Any]], years: float) -> list[float]:
    found = []
    for row in rows:
        if not row.get("vcpus") or is_accelerated(row):
            continue
        first, second = embodied_per_hour(row, years)
        value = first if first is not None else second
        if value is not None:
            found.append(value / row["vcpus"])
    return found
