"""Watts and embodied carbon of instance types: measured where there is a curve, fitted where there is none."""

from __future__ import annotations

import itertools
import math
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import median
from typing import Any

from greendigital.estimation.cloud_settings import CloudSettings, default_settings, resting_on
from greendigital.estimation.instance_power import fit_instance_power, is_accelerated, processor_watts
from greendigital.estimation.ranges import default_width
from greendigital.factorset import Factor, FactorLibrary
from greendigital.units import GRAMS_PER_KG, HOURS_PER_YEAR

_SET = "cloud-instances"
_SERVICE_PREFIX = re.compile(r"^(?:db|cache|ml|dax|mq|kafka)\.")
BOAVIZTA_YEARS = 6.0
"""Life over which BoaviztAPI spreads the figures per hour of the instance table."""


@dataclass(frozen=True, slots=True)
class Instance:
    """Factors of an instance type, per instance-hour."""

    watts: Factor | None
    utilisation: Factor | None
    use_basis: str
    embodied: Factor | None
    embodied_basis: str


def instance_key(provider: str, instance_type: str) -> str:
    """An instance type as the table spells it.

    Examples
    --------
    >>> instance_key("azure", "Standard_D2s_v5"), instance_key("aws", "db.t3.micro")
    ('d2s-v5', 't3.micro')
    """
    text = instance_type.strip().lower()
    if provider == "azure":
        return re.sub(r"[ _]+", "-", re.sub(r"^standard[_ ]", "", text))
    return _SERVICE_PREFIX.sub("", text)


@lru_cache(maxsize=8)
def _instances(library: FactorLibrary) -> dict[tuple[str, str], Mapping[str, Any]]:
    return {(r["provider"], r["instance_type"]): r for r in library.table(_SET, "instances")}


@lru_cache(maxsize=8)
def _families(library: FactorLibrary) -> dict[tuple[str, str], list[Mapping[str, Any]]]:
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for row in library.table(_SET, "instances"):
        found[row["provider"], row["family"]].append(row)
        found[row["provider"], ""].append(row)
    return found


def instance_row(library: FactorLibrary, provider: str, instance_type: str) -> Mapping[str, Any] | None:
    """The row of an instance type; None for a type that the table does not hold."""
    return _instances(library).get((provider, instance_key(provider, instance_type)))


def resolve_instance(
    library: FactorLibrary, provider: str, instance_type: str, settings: CloudSettings | None = None
) -> Instance | None:
    """Factors of an instance type; None for a type that the table does not hold.

    With ``settings.fitted_power`` the fit gives the watts of types with a measured curve too, where it can.
    """
    settings = settings or default_settings(library)
    row = instance_row(library, provider, instance_type)
    if row is None:
        return None
    watts: Factor | None = None
    utilisation: Factor | None = None
    basis = "none"
    if settings.fitted_power or not row["watts_50"]:
        watts, utilisation = _fitted(library, row, settings.utilisation)
        basis = "instance_fitted" if watts else "none"
    if watts is None and row["watts_50"]:
        watts, utilisation = _measured(library, row, settings.utilisation)
        basis = "instance_measured"
    embodied, embodied_basis = _embodied(library, row, settings.server_life)
    watts, embodied = (library.in_place_of(f) if f else None for f in (watts, embodied))
    return Instance(watts, utilisation, basis, embodied, embodied_basis)


def _id(row: Mapping[str, Any], what: str) -> str:
    return f"instance:{row['provider']}:{row['instance_type']}:{what}"


def at_work(assumed: Factor) -> bool:
    """Whether the assumed load is of machines at work; those that are held and not used have figures of their own."""
    return assumed.value > 0


def utilisation_span(provider: str, instance_type: str, low: float, high: float, assumed: Factor) -> Factor:
    """The assumed utilisation as a source of error: watts at its low and its high end over those at it.

    Parameters
    ----------
    low, high
        Those ratios.
    """
    return Factor(
        factor_id=f"derived:{'utilisation' if at_work(assumed) else 'idle'}:{provider}:{instance_type}",
        activity="utilisation_ratio",
        value=1.0,
        unit="ratio",
        set_name="derived",
        edition="",
        low=low,
        high=high,
        interval="p5_p95",
        error_group="cloud_utilisation" if at_work(assumed) else "idle_capacity",
        width_kind="default",
        note=f"watts at the low and the high utilisation over those at the assumed one ({assumed.factor_id})",
    )


_CURVE = ((0.0, "watts_idle"), (0.1, "watts_10"), (0.5, "watts_50"), (1.0, "watts_100"))
"""Loads of the measured curve."""


def measured_watts(row: Mapping[str, Any], utilisation: float) -> float | None:
    """Watts of the measured curve at a load, on a straight line between the loads measured; None outside them."""
    points = [(load, float(row[column])) for load, column in _CURVE if row[column]]
    if utilisation in dict(points):
        return dict(points)[utilisation]
    for (first, low), (last, high) in itertools.pairwise(points):
        if first <= utilisation <= last:
            return low + (high - low) * (utilisation - first) / (last - first)
    return None


def _measured(library: FactorLibrary, row: Mapping[str, Any], assumed: Factor) -> tuple[Factor | None, Factor | None]:
    """The measured curve; it holds memory, platform and, for GPU types, the GPU (Teads)."""
    metadata = library.sets[_SET]
    at, least, most = (measured_watts(row, u) for u in _levels(assumed))
    if at is None or least is None or most is None:
        return None, None
    watts = Factor(
        factor_id=_id(row, "watts" if at_work(assumed) else "idle-watts"),
        activity="instance_power",
        value=at,
        unit="w/instance",
        set_name=_SET,
        edition=metadata.edition,
        error_group="instance_power_measured",
        shared_share=0.5,
        width_kind="instance_power",
        source_id="ccf-coefficients",
        source_locator=f"{row['name_as_published']}, watts at {assumed.value:.0%} of the processor",
    )
    span = utilisation_span(row["provider"], row["instance_type"], least / at, most / at, assumed)
    return resting_on(watts, assumed), span


def _fitted(library: FactorLibrary, row: Mapping[str, Any], assumed: Factor) -> tuple[Factor | None, Factor | None]:
    """k and m of the fit applied to the processor's watts; GPU watts are added."""
    mid, low, high = _levels(assumed)
    at = {u: processor_watts(library, row, u) for u in (mid, low, high)}
    centre = at[mid]
    if centre is None or not row["vcpus"]:
        return None, None
    fit = fit_instance_power(library)
    extra = max((row["memory_gb"] or 0.0) - row["vcpus"] * centre.memory_gb, 0.0)
    gpu = {u: _gpu(library, row, u) for u in at}
    if is_accelerated(row) and not gpu[mid]:
        # A GPU type without watts for its GPU would be far too low.
        return None, None
    watts = {u: fit.k * row["vcpus"] * p.watts + fit.m * extra + gpu[u] for u, p in at.items() if p}
    value = watts[mid]
    # Two sources of error: the fit itself, and the processor the provider chose.
    down = math.hypot(math.log(fit.low_ratio), math.log(centre.low / centre.watts))
    up = math.hypot(math.log(fit.high_ratio), math.log(centre.high / centre.watts))
    # The judged types are one provider's of 2021 and before: the default width is the least range of any other.
    least = default_width(_fitted_factor(row, value, assumed), library)
    factor = replace(
        _fitted_factor(row, value, assumed),
        low=min(value * math.exp(-down), least.low),
        high=max(value * math.exp(up), least.high),
        interval="p5_p95",
        note=(
            f"{fit.k:.4g} x {row['vcpus']:g} vCPU x {centre.watts:.4g} W of {row['power_keys']} at {mid:.0%} + "
            f"{fit.m:.4g} W x {extra:.4g} GB above the tested memory"
            + (f" + {gpu[mid]:.4g} W of {row['gpu_count']:g} x {row['gpu_model']}" if gpu[mid] else "")
            + f"; k and m fitted on {fit.n_fit} measured types, judged on {fit.n_test} others: median error "
            f"{fit.error_test:.0%}"
        ),
    )
    span = utilisation_span(row["provider"], row["instance_type"], watts[low] / value, watts[high] / value, assumed)
    return resting_on(factor, assumed), span


def _fitted_factor(row: Mapping[str, Any], value: float, assumed: Factor) -> Factor:
    return Factor(
        factor_id=_id(row, "fitted-watts" if at_work(assumed) else "idle-fitted-watts"),
        activity="instance_power",
        value=value,
        unit="w/instance",
        set_name="derived",
        edition="",
        error_group="instance_power_fitted",
        shared_share=0.5,
        width_kind="instance_power_fitted",
    )


def _levels(assumed: Factor) -> tuple[float, float, float]:
    assert assumed.low is not None and assumed.high is not None
    return assumed.value, assumed.low, assumed.high


def _gpu(library: FactorLibrary, row: Mapping[str, Any], utilisation: float) -> float:
    if not row["gpu_count"]:
        return 0.0
    for gpu in library.table(_SET, "accelerators"):
        if gpu["gpu_model"] == row["gpu_model"]:
            draw = gpu["min_watts"] + utilisation * (gpu["max_watts"] - gpu["min_watts"])
            return float(row["gpu_count"] * draw)
    return 0.0


def _embodied(library: FactorLibrary, row: Mapping[str, Any], years: Factor) -> tuple[Factor | None, str]:
    """kg CO2e per instance-hour: BoaviztAPI's figure, else the platform total over the life, else the family's median.

    Low and high are the central figure over eight and four years, widened to the other source where there is one.
    """
    assert years.low is not None and years.high is not None
    first, second = embodied_per_hour(row, years.value)
    value = first if first is not None else second
    basis, locator = (
        "table",
        "BoaviztAPI through SPRUCE" if first is not None else f"platform total over {years.value:g} years",
    )
    source = "spruce" if first is not None else "ccf-coefficients"
    if value is None:
        value, locator = _family_median(library, row, years.value)
        if value is None:
            return None, "none"
        basis, source = "family_median", "ccf-coefficients"
    candidates = [value * years.value / years.high, value * years.value / years.low]
    candidates += [other for other in (first, second) if other is not None]
    factor = Factor(
        factor_id=_id(row, "embodied"),
        activity="instance_embodied",
        value=value,
        unit="kg_co2e/instance*hour",
        set_name=_SET,
        edition=library.sets[_SET].edition,
        low=min(candidates),
        high=max(candidates),
        interval="p5_p95",
        basis="manufacture",
        error_group="instance_embodied",
        shared_share=0.5,
        width_kind="instance_embodied",
        source_id=source,
        source_locator=f"{row['name_as_published']}, {locator}",
        quality="weak" if basis == "family_median" else "",
    )
    return resting_on(factor, years), basis


def embodied_per_hour(row: Mapping[str, Any], years: float) -> tuple[float | None, float | None]:
    """kg CO2e per hour by BoaviztAPI, and by the platform total."""
    boavizta = row["boavizta_g_co2e_per_hour"]
    platform = row["platform_embodied_kg_co2e"]
    first = boavizta / GRAMS_PER_KG * BOAVIZTA_YEARS / years if boavizta else None
    second = platform * row["platform_share"] / (years * HOURS_PER_YEAR) if platform and row["platform_share"] else None
    return first, second


def _family_median(library: FactorLibrary, row: Mapping[str, Any], years: float) -> tuple[float | None, str]:
    pools = [(row["family"], f"family {row['family']}")]
    if not is_accelerated(row):
        pools.append(("", "all types of the provider"))
    for family, name in pools:
        per_vcpu = [
            (first if first is not None else second) / other["vcpus"]
            for other in _families(library).get((row["provider"], family), ())
            for first, second in (embodied_per_hour(other, years),)
            if other["vcpus"]
            and (first is not None or second is not None)
            # The carbon of GPUs is no guide to a type without one, nor the other way round.
            and is_accelerated(other) == is_accelerated(row)
        ]
        if per_vcpu:
            return median(per_vcpu) * row["vcpus"], f"median per vCPU of {name} ({len(per_vcpu)} types)"
    return None, ""
