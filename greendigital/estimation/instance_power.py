"""Watts of instance types without a measured curve: k and m by least squares.

They are fitted on half of the measured families and judged on the other half.

``watts = k x vCPU x per-vCPU watts of the processor + m x GB above the tested memory``, where the per-vCPU watts are
SPECpower medians at the assumed utilisation (wall watts, memory and fans of the tested server in).

Sources: SPECpower_ssj2008 results; measured AWS instances of Teads through ccf-coefficients.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from statistics import median
from typing import Any

from greendigital.factorset import FactorLibrary

_INSTANCES = "cloud-instances"
_POWER = "processor-power"
_ARM_SPAN = ("Ampere Altra Max", "NVIDIA Grace")
"""Arm cloud processors have only proxies: the span from one to the other is their range."""

_OF_SERVICES = ("db", "cache", "dc2", "ds2", "ra3")
_STEM = re.compile(r"[a-z]+-?\d*[agi]?")


@dataclass(frozen=True, slots=True)
class PowerFit:
    """The fitted coefficients and how they were judged.

    Attributes
    ----------
    k, m
        Ratio of cloud host to tested server, and watts per GB above the tested memory.
    n_fit, n_test
        Measured types in the half used for the fit, and in the other half.
    error_fit, error_test
        Median absolute relative error on each half.
    low_ratio, high_ratio
        5th and 95th percentile of measured over fitted watts on the judged half.
    """

    k: float
    m: float
    n_fit: int
    n_test: int
    error_fit: float
    error_test: float
    low_ratio: float
    high_ratio: float


@dataclass(frozen=True, slots=True)
class Processor:
    """Per-vCPU watts of a processor generation at a utilisation, and the tested memory per vCPU."""

    watts: float
    low: float
    high: float
    memory_gb: float


@lru_cache(maxsize=8)
def power_rows(library: FactorLibrary) -> dict[str, Mapping[str, Any]]:
    """Rows of the processor power table by key."""
    return {row["power_key"]: row for row in library.table(_POWER, "power")}


def is_accelerated(row: Mapping[str, Any]) -> bool:
    """Whether the type has a GPU or another accelerator, whole or in part, of a known number or not."""
    return bool(row["gpu_count"] or row["gpu_model"])


def processor_watts(library: FactorLibrary, row: Mapping[str, Any], utilisation: float) -> Processor | None:
    """Per-vCPU watts of an instance type's processor; mean and span where it may run on several.

    A vCPU that is a whole core of a processor with two threads per core counts two threads.
    """
    found = []
    spans: list[float] = []
    for key in (row["power_keys"] or "").split("; "):
        power = power_rows(library).get(key)
        if power is None:
            continue
        threads = power["threads_per_core"] if row["vcpu_is"] == "core" else 1.0
        watts = threads * _at(power, utilisation)
        found.append((watts, threads * library.factor("assumption-tested-memory-per-thread").value))
        spans.append(watts)
        if power["basis"] == "proxy":
            spans += [_at(power_rows(library)[k], utilisation) for k in _ARM_SPAN]
    if not found:
        return None
    watts = sum(w for w, _ in found) / len(found)
    memory = sum(g for _, g in found) / len(found)
    return Processor(watts, min(spans), max(spans), memory)


def _at(power: Mapping[str, Any], utilisation: float) -> float:
    idle, most = float(power["idle_w_per_thread"]), float(power["max_w_per_thread"])
    return idle + utilisation * (most - idle)


_FITTED_AT = 0.5
"""Load at which measured and modelled watts are compared, whatever load a report assumes: k and m belong together."""


@lru_cache(maxsize=8)
def fit_instance_power(library: FactorLibrary) -> PowerFit:
    """Fit k and m by least squares of relative errors on every other measured family, and judge them on the others.

    Raises
    ------
    ValueError
        If the instance table holds too few measured types.
    """
    fit, test = _halves(library)
    if len(fit) < 20 or len(test) < 20:
        raise ValueError("too few measured instance types to fit")
    k, m = _least_squares(fit)
    fitted = [abs(k * x + m * g - w) / w for _, x, g, w in fit]
    judged = [abs(k * x + m * g - w) / w for _, x, g, w in test]
    ratios = sorted(_ratios(test, k, m))
    return PowerFit(
        k,
        m,
        len(fit),
        len(test),
        median(fitted),
        median(judged),
        ratios[int(0.05 * (len(ratios) - 1))],
        ratios[math.ceil(0.95 * (len(ratios) - 1))],
    )


def _halves(
    library: FactorLibrary,
) -> tuple[list[tuple[str, float, float, float]], list[tuple[str, float, float, float]]]:
    """The measured types of every other family, and those of the families between."""
    points = _measured(library)
    chosen = set(sorted({family for family, *_ in points})[::2])
    return [p for p in points if p[0] in chosen], [p for p in points if p[0] not in chosen]


def _ratios(points: list[tuple[str, float, float, float]], k: float, m: float) -> list[float]:
    return [w / (k * x + m * g) for _, x, g, w in points]


def measured_over_fitted(library: FactorLibrary) -> list[float]:
    """Measured over modelled watts of each type of the families that were not used for the fit."""
    fit = fit_instance_power(library)
    return _ratios(_halves(library)[1], fit.k, fit.m)


def _measured(library: FactorLibrary) -> list[tuple[str, float, float, float]]:
    """Family, vCPU x processor watts, GB above the tested memory, measured watts.

    Types with an accelerator are left out, and so are ``db.r5.large`` and its like: they are the measurement of
    ``r5.large`` under another name. For the same reason ``m5d`` and ``m5n`` count as the family of ``m5``: a type must
    not be judged by its own twin.
    """
    found = []
    for row in library.table(_INSTANCES, "instances"):
        if not row["watts_50"] or is_accelerated(row) or not row["memory_gb"] or row["family"] in _OF_SERVICES:
            continue
        processor = processor_watts(library, row, _FITTED_AT)
        if processor is not None:
            extra = max(row["memory_gb"] - row["vcpus"] * processor.memory_gb, 0.0)
            stem = _STEM.match(row["family"])
            found.append((stem[0] if stem else row["family"], row["vcpus"] * processor.watts, extra, row["watts_50"]))
    return found


def _least_squares(points: list[tuple[str, float, float, float]]) -> tuple[float, float]:
    """k and m that make the sum of squared relative errors least; m is never negative."""
    a = b = c = d = e = 0.0
    for _, x, g, w in points:
        x, g = x / w, g / w
        a += x * x
        b += x * g
        c += g * g
        d += x
        e += g
    determinant = a * c - b * b
    if determinant > 0:
        k, m = (d * c - e * b) / determinant, (a * e - b * d) / determinant
        if m >= 0:
            return k, m
    return d / a, 0.0
