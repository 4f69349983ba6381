"""Billed meters to typed quantities, by rules that are data; applied to distinct meters only.

A quantity whose unit does not fit what the rule expects is never guessed: it becomes ``unknown``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from greendigital.factorset import FactorLibrary
from greendigital.units import GIGABYTES_PER_TB

_SET = "cloud-meters"
_INSTANCE_GROUPS = ("instance", "size", "series")
_MACHINE = "{machine}"
"""Instance of a rule whose meter does not say it: the type that the bill names beside the meter."""
_WHOLE_HOST = "whole host"
"""What a rule says of a meter that names a family and bills a host."""


class Meter(NamedTuple):
    """What identifies a distinct meter of a bill.

    ``usage_type`` is the provider's meter code (AWS usage type), ``meter`` Azure's joined meter text; either may be
    empty. ``instance`` is the instance type that the bill names beside the meter, ``operation`` what was done
    (AWS), which tells the sides of a transfer apart.
    """

    provider: str
    service: str
    usage_type: str
    meter: str
    description: str
    unit: str
    instance: str = ""
    operation: str = ""


class TypedMeter(NamedTuple):
    """The quantity that a meter means.

    ``multiplier`` turns the billed number into the typed quantity; where ``per_month`` is 1, hours of the billed month
    still multiply it.
    """

    rule_id: str
    seen: str
    quantity_kind: str
    quantity_unit: str
    multiplier: float
    per_month: float
    instance_type: str
    storage_class: str
    transfer_path: str
    load_state: str = ""
    unit_refused: bool = False


_UNITS = {
    "instance_hours": "instance-hours",
    "vcpu_hours": "vCPU-hours",
    "gb_hours": "GB-hours",
    "tb_hours": "TB-hours",
    "gb_moved": "GB",
    "gpu_hours": "GPU-hours",
    "tokens": "tokens",
    "requests": "requests",
}
NOT_TYPED = TypedMeter("", "", "unknown", "", 1.0, 0.0, "", "", "")


class _Rule(NamedTuple):
    row: dict[str, Any]
    service: re.Pattern[str]
    pattern: re.Pattern[str]


@lru_cache(maxsize=8)
def _rules(library: FactorLibrary) -> tuple[_Rule, ...]:
    rows = sorted(library.table(_SET, "rules"), key=lambda r: r["priority"])
    return tuple(_Rule(r, re.compile(r["service_pattern"]), re.compile(r["pattern"])) for r in rows)


@lru_cache(maxsize=8)
def _units(library: FactorLibrary) -> dict[tuple[str, str], float]:
    return {(r["unit_family"], r["unit"]): float(r["multiplier"]) for r in library.table(_SET, "units")}


@lru_cache(maxsize=8)
def _blocks(library: FactorLibrary) -> dict[str, tuple[float, str]]:
    """Units that come in blocks: ``100 GB/Month`` is a hundred of ``gb/month``."""
    return {
        r["unit_of_measure"].casefold(): (float(r["block_size"]), r["unit"].casefold())
        for r in library.table(_SET, "pricing_units")
    }


@lru_cache(maxsize=8)
def _names(library: FactorLibrary) -> dict[str, str]:
    """Code of a service by its name, and name by its code."""
    rows = library.table(_SET, "services")
    names = {r["service_code"]: r["service_name"] for r in rows}
    return names | {r["service_name"]: r["service_code"] for r in rows}


def unit_multiplier(library: FactorLibrary, family: str, unit: str) -> float | None:
    """The number that turns an amount in a bill's unit into the unit of a family; None where it does not fit.

    Any unit fits the family ``any``, whose amount is a plain count: only its block matters.
    """
    text = unit.strip().casefold()
    block, name = _blocks(library).get(text, (1.0, text))
    if family == "any":
        return block
    known = _units(library)
    if (family, text) in known:
        return known[family, text]
    return block * known[family, name] if (family, name) in known else None


@lru_cache(maxsize=8)
def _tiers(library: FactorLibrary) -> dict[str, float]:
    return {r["tier"]: r["capacity_gb"] for r in library.table(_SET, "disk_tiers")}


def type_meter(library: FactorLibrary, meter: Meter) -> TypedMeter:
    """The first rule that fits the meter, and the quantity it means."""
    # Rules on usage types speak of service codes, those on descriptions of service names; a bill may have either.
    other = _names(library).get(meter.service, meter.service)
    for rule in _rules(library):
        if rule.row["provider"] != meter.provider:
            continue
        text = _text_of(meter, rule.row["match_field"])
        if not text or not (rule.service.fullmatch(meter.service) or rule.service.fullmatch(other)):
            continue
        match = rule.pattern.search(text)
        if match:
            return _typed(library, rule.row, match, meter)
    return NOT_TYPED


def _text_of(meter: Meter, field: str) -> str:
    if field == "usage_type":
        return meter.usage_type
    if field == "usage_type_operation":
        return f"{meter.usage_type} {meter.operation}"
    if field == "meter":
        return meter.meter
    if field == "sku_description":
        return meter.description or meter.usage_type
    # Descriptions are looked at only where the bill has no meter of its own.
    return "" if meter.usage_type or meter.meter else meter.description


def _typed(library: FactorLibrary, row: dict[str, Any], match: re.Match[str], meter: Meter) -> TypedMeter:
    kind, family = row["quantity_kind"], row["unit_family"]
    groups = {name: value or "" for name, value in match.groupdict().items()}
    multiplier, per_month = float(row["multiplier"]), 0.0
    held = unit_multiplier(library, "gb_held", meter.unit) if family == "gb_months" else None
    if family in ("gb_months", "disk_months") and held is None:
        per_month = 1.0
    if family == "disk_months":
        size = _tiers(library).get(groups.get("tier", ""))
        if size is None:
            return NOT_TYPED._replace(rule_id=row["rule_id"], seen=row["seen"])
        multiplier *= size
    if groups.get("az") == "Multi-AZ" or groups.get("ha") == "Regional":
        multiplier *= 2.0  # a standby runs beside it
    if groups.get("n"):
        multiplier *= float(groups["n"])
    # Bytes times seconds hold their time already, whatever the length of the month.
    of_unit = held / GIGABYTES_PER_TB if held is not None else unit_multiplier(library, family, meter.unit)
    if of_unit is None:
        return NOT_TYPED._replace(rule_id=row["rule_id"], seen=row["seen"], unit_refused=True)
    multiplier *= of_unit
    return TypedMeter(
        row["rule_id"],
        row["seen"],
        kind,
        _UNITS.get(kind, meter.unit),
        multiplier,
        per_month,
        _instance(library, row, groups, meter),
        _storage_class(row, groups, meter),
        row["transfer_path"] or "",
        row["load_state"] or "",
    )


def _instance(library: FactorLibrary, row: dict[str, Any], groups: dict[str, str], meter: Meter) -> str:
    """The type that the bill or its meter names, else what the rule says it runs on (``fargate-arm``, ``lambda``)."""
    fixed = (row["instance"] or "").replace(_MACHINE, meter.instance)
    if fixed == _WHOLE_HOST:
        return _hosts(library).get((meter.provider, groups.get("family", "")), "")
    if fixed and groups.get("arm"):
        fixed += "-arm"
    named = next((groups[name].strip() for name in _INSTANCE_GROUPS if groups.get(name)), fixed)
    if row["quantity_kind"] == "instance_hours" and meter.instance:
        # A size that nobody knows must not hide the one of the meter, which has watts.
        types = _types(library)
        known = (meter.provider, _squeezed(named)) in types and (meter.provider, _squeezed(meter.instance)) not in types
        return named if known else meter.instance
    return named


def _squeezed(instance_type: str) -> str:
    """A type by its letters and digits: ``Standard_D2s_v3``, ``D2s v3`` and ``d2s-v3`` are one."""
    return re.sub(r"^standard|[^a-z0-9]", "", instance_type.casefold())


@lru_cache(maxsize=8)
def _types(library: FactorLibrary) -> frozenset[tuple[str, str]]:
    """Provider and name of each type in the table of instances."""
    rows = library.table("cloud-instances", "instances")
    return frozenset((row["provider"], _squeezed(row["instance_type"])) for row in rows)


@lru_cache(maxsize=8)
def _hosts(library: FactorLibrary) -> dict[tuple[str, str], str]:
    """By provider and family, the type that takes up a whole host: bare metal, or one that has its whole platform."""
    found: dict[tuple[str, str], tuple[float, str]] = {}
    for row in library.table("cloud-instances", "instances"):
        bare = row["instance_type"].partition(".")[2].startswith("metal")
        if row["vcpus"] and (bare or row["platform_share"] == 1):
            key = (row["provider"], row["family"])
            found[key] = max(found.get(key, (0.0, "")), (row["vcpus"], row["instance_type"]))
    return {key: name for key, (_, name) in found.items()}


_LEAST_REDUNDANCY = {"azure": "LRS"}

_CLASS_WORDS = (
    ("glacier deep archive", "S3 Glacier Deep Archive"),
    ("glacier instant", "S3 Glacier Instant"),
    ("glacier", "S3 Glacier Flexible"),
    ("one zone", "S3 One Zone"),
    ("infrequent access", "S3 Standard-IA"),
    ("standard-ia", "S3 Standard-IA"),
    ("intelligent", "S3 Intelligent-Tiering"),
)


def _storage_class(row: dict[str, Any], groups: dict[str, str], meter: Meter) -> str:
    """Medium and redundancy key, as ``hdd:S3 Standard``; groups of the pattern are filled in."""
    if row["quantity_kind"] != "tb_hours":
        return ""
    key = row["replication_key"] or "default"
    for name, value in groups.items():
        # The least redundancy a provider sells stands for one that the meter does not name.
        least = _LEAST_REDUNDANCY.get(meter.provider, "")
        key = key.replace(f"{{{name}}}", value or (least if name == "red" else ""))
    if key == "S3 Standard":
        text = meter.description.casefold()
        key = next((found for words, found in _CLASS_WORDS if words in text), key)
    return f"{row['storage_medium'] or 'hdd'}:{key or 'default'}"


def type_meters(library: FactorLibrary, meters: Iterable[Meter]) -> list[tuple[Meter, TypedMeter]]:
    """Each distinct meter with its typed quantity."""
    return [(meter, type_meter(library, meter)) for meter in meters]
