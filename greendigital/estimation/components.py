"""A server put together from its parts: embodied carbon of manufacture, and yearly energy at a load.

Sources: German Environment Agency (UBA), Green Cloud Computing, TEXTE 94/2021 (embodied carbon of parts), and the
watts, densities and defaults published with boaviztapi 2.5.0. Single source throughout; manufacture alone, without
transport and end of life.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from greendigital.estimation.equipment import KWH_PER_WATT_YEAR, SEPARATOR, Configuration, lookup, named
from greendigital.estimation.ranges import default_width
from greendigital.factorset import Factor, FactorLibrary

_SET = "server-components"
_LOADS = (0, 10, 50, 100)
"""Loads in percent at which watts over thermal design power are tabulated."""
_BLADES_IN_ENCLOSURE = 16
_XEON_WITHOUT_ITS_NAME = re.compile(
    r"\b(?=e[357] \d{4}|e 2\d{3})|(?<!pentium )\b(?=(?:platinum|gold|silver|bronze) \d{4})"
)
"""Where the numbers of Xeon processors begin; Pentiums are Gold and Silver too."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a sum, and what it would be at the ends of its parameter."""

    name: str
    value: float
    low: float
    high: float


@lru_cache(maxsize=8)
def _table(library: FactorLibrary, resource: str) -> dict[tuple[str, str], Mapping[str, Any]]:
    return dict(named(lookup(library, _SET, resource)))


@lru_cache(maxsize=8)
def _profiles(library: FactorLibrary) -> dict[str, Mapping[str, Any]]:
    return {row["model_range"]: row for row in lookup(library, _SET, "profiles")}


@lru_cache(maxsize=1024)
def processor_of(library: FactorLibrary, cpu_model: str) -> Mapping[str, Any] | None:
    """Range and generation of a server processor by its number; the row of any processor when it fits none.

    None only where the set of parts is not at hand.
    """
    text = _processor_name(cpu_model)
    for row in lookup(library, _SET, "processors"):
        pattern = row["name_pattern"]
        if not pattern or re.search(rf"\b(?:{pattern})[a-z+]{{0,2}}(?![a-z0-9])", text):
            return row
    return None


def _processor_name(cpu_model: str) -> str:
    """A processor's name in the spelling of the table: registers leave out the family, or glue its words together."""
    text = re.sub(r"\(r\)|\(tm\)|®|™|\bcpu\b|\bprocessor\b", " ", cpu_model.casefold())
    text = re.sub(r"[^a-z0-9+]+", " ", text)
    text = re.sub(r"(?:(?<=\d)|(?<=\d[a-z]))v(?=\d\b)", " v", text)
    text = re.sub(r"\b(xeon|epyc)(?=[a-z]{4}|e[357]?\b|\d)", r"\1 ", text)
    text = re.sub(r"\b(platinum|gold|silver|bronze)(?=\d{4})", r"\1 ", text)
    if "xeon" not in text:
        text = _XEON_WITHOUT_ITS_NAME.sub("xeon ", text)
    return text


def processor_watts(library: FactorLibrary, row: Mapping[str, Any], share: float) -> float | None:
    """Watts of one processor at a load: the fitted curve of its range, else by thermal design power; None for neither.

    The curve is ``a ln(b (load + c)) + d`` with the load in percent, at least 1 W (boaviztapi 2.5.0).
    """
    profile = _profiles(library).get(row["profile"] or "")
    if profile is not None:
        load = 100 * share
        return max(float(profile["a"]) * math.log(profile["b"] * (load + profile["c"])) + float(profile["d"]), 1.0)
    if not row["tdp_w"]:
        return None
    ratios = [_table(library, "parameters")["cpu", f"tdp_ratio_at_{load}"]["value"] for load in _LOADS]
    upper = next(i for i in range(1, len(_LOADS)) if 100 * share <= _LOADS[i])
    start, end = _LOADS[upper - 1], _LOADS[upper]
    along = (100 * share - start) / (end - start)
    return float(row["tdp_w"] * (ratios[upper - 1] + along * (ratios[upper] - ratios[upper - 1])))


def watts_of_parts(library: FactorLibrary, stated: Configuration, share: float) -> Factor | None:
    """kWh a year of a server at a load, from processors, memory and drives; None when the line does not say enough.

    Supplies and fans are 33 % (20 to 60 %) over processors and memory. Needs the processor, how many, and the memory.
    """
    row = processor_of(library, stated.cpu_model) if stated.cpu_model else None
    watts = processor_watts(library, row, share) if row else None
    if watts is None or row is None or not stated.cpu_units or not stated.memory_gb:
        return None
    p = _table(library, "parameters")
    modules = math.ceil(stated.memory_gb / p["ram", "module_gb"]["value"])
    idle = p["ram", "idle_ratio"]["value"]
    memory = modules * p["ram", "module_base_w"]["value"] + stated.memory_gb * p["ram", "module_w_per_gb"]["value"]
    base = stated.cpu_units * watts + memory * (idle + (1 - idle) * share)
    other = p["server", "other_ratio"]
    parts = [
        Part("processors and memory", base, base, base),
        Part("supplies and fans", *(base * other[end] for end in ("value", "low", "high"))),
        *_scaled("flash", _flash_drives(library, stated), p["ssd", "drive_w"]),
        *_scaled("disks", stated.hdd_count or 0.0, p["hdd", "drive_w"]),
    ]
    return _sum(
        library,
        parts,
        KWH_PER_WATT_YEAR,
        f"energy:{_key(stated)}:at-{share:g}",
        "device_annual_use",
        "kwh/device*year",
        f"W at {share:.0%} load, 8,760 h; processor: {row['model_range']} {row['code_name']}" + _not_counted(stated),
        row["source_id"],
    )


def embodied_of_parts(library: FactorLibrary, category: str, stated: Configuration) -> Factor | None:
    """kg CO2e of making a server, from its parts; None when the line does not say how many processors and GB.

    Manufacture alone: transport and end of life are not in the parts.
    """
    row = processor_of(library, stated.cpu_model)
    if row is None or not stated.cpu_units or not stated.memory_gb:
        return None
    e, p = _table(library, "embodied"), _table(library, "parameters")

    def kg(component: str, parameter: str) -> float:
        return float(e[component, parameter]["value"])

    units, modules = stated.cpu_units, math.ceil(stated.memory_gb / p["ram", "module_gb"]["value"])
    dies = [
        units * (row[die] * kg("cpu", "per_die_mm2") + kg("cpu", "per_unit"))
        for die in ("die_mm2", "die_mm2_low", "die_mm2_high")
    ]
    parts = [
        Part("processors", *dies),
        _memory("memory", stated.memory_gb, modules, e, p, "ram"),
        _memory("flash", stated.ssd_gb or 0.0, _flash_drives(library, stated), e, p, "ssd"),
        _fixed("disks", (stated.hdd_count or 0.0) * kg("hdd", "per_unit")),
        _fixed("board", kg("motherboard", "per_unit")),
        *_housing(library, category, kg),
        _fixed("assembly", kg("assembly", "per_server")),
    ]
    found = _sum(
        library,
        parts,
        1.0,
        f"embodied:{category}:{_key(stated)}",
        "device_embodied",
        "kg_co2e/device",
        "kg CO2e by parts, manufacture alone: no transport, no end of life" + _not_counted(stated),
        e["cpu", "per_die_mm2"]["source_id"],
        basis="manufacture",
    )
    return library.in_place_of(found)


def _housing(library: FactorLibrary, category: str, kg: Any) -> list[Part]:
    """Chassis and supplies: a blade has its share of the enclosure, and no supply of its own."""
    if category == "server_blade":
        return [
            _fixed("chassis", kg("chassis_blade", "per_blade")),
            _fixed("enclosure", kg("chassis_blade", "enclosure_of_16") / _BLADES_IN_ENCLOSURE),
        ]
    count = library.factor("assumption-server-supplies").value
    mass = _table(library, "parameters")["power_supply", "unit_kg"]
    supplies = (count * mass[end] * kg("power_supply", "per_kg") for end in ("value", "low", "high"))
    # A tower has no figure of its own in the source: that of a rack chassis stands in.
    return [_fixed("chassis", kg("chassis_rack", "per_unit")), Part("supplies", *supplies)]


def _memory(name: str, gb: float, units: float, e: Any, p: Any, component: str) -> Part:
    """Dies of so many GB at the mean, the greatest and the least density, and what each unit brings besides."""
    density = p[component, "density"]
    die = e[component, "per_die_cm2"]["value"]
    fixed = units * e[component, "per_unit"]["value"]
    return Part(name, *(gb / density[end] * die + fixed for end in ("value", "high", "low")))


def _fixed(name: str, value: float) -> Part:
    return Part(name, value, value, value)


def _scaled(name: str, count: float, row: Mapping[str, Any]) -> list[Part]:
    return [Part(name, *(count * row[end] for end in ("value", "low", "high")))]


def _flash_drives(library: FactorLibrary, stated: Configuration) -> float:
    each = float(_table(library, "parameters")["ssd", "drive_gb"]["value"])
    return math.ceil((stated.ssd_gb or 0.0) / each)


def _not_counted(stated: Configuration) -> str:
    missing = [n for n, v in (("flash", stated.ssd_gb), ("disks", stated.hdd_count)) if v is None]
    return f"; {' and '.join(missing)} not stated, not counted" if missing else ""


def _key(stated: Configuration) -> str:
    """The configuration in a factor's id; the utilisation is no part of what a server is."""
    cells = (stated.cpu_units, stated.memory_gb, stated.ssd_gb, stated.hdd_count)
    name = re.sub(r"[^a-z0-9+]+", "-", stated.cpu_model.casefold().replace(SEPARATOR, " ")).strip("-")
    return ":".join([name or "any", *("" if cell is None else f"{cell:g}" for cell in cells)])


def _sum(
    library: FactorLibrary,
    parts: list[Part],
    scale: float,
    key: str,
    activity: str,
    unit: str,
    note: str,
    source_id: str,
    basis: str = "",
) -> Factor:
    """The sum of the parts; their spans in quadrature, and the error all figures by parts have, are its range."""
    parts = [part for part in parts if part.value]
    total = math.fsum(part.value for part in parts)
    is_energy = activity == "device_annual_use"
    factor = Factor(
        factor_id=f"server-components:{key}",
        activity=activity,
        value=total * scale,
        unit=unit,
        set_name=_SET,
        edition=library.sets[_SET].edition,
        interval="p5_p95",
        basis=basis,
        error_group=f"server_components_{'energy' if is_energy else 'embodied'}",
        shared_share=0.5,
        width_kind=f"server_components_{'energy' if is_energy else 'embodied'}",
        source_id=source_id,
        note=" + ".join(f"{part.name} {part.value:.4g}" for part in parts) + f" = {total:.5g} {note}",
    )
    width = default_width(factor, library)
    down = math.hypot(*((part.value - part.low) for part in parts)) / total
    up = math.hypot(*((part.high - part.value) for part in parts)) / total
    low = factor.value * math.exp(-math.hypot(math.log(1 - down), math.log(factor.value / width.low)))
    high = factor.value * math.exp(math.hypot(math.log(1 + up), math.log(width.high / factor.value)))
    return replace(factor, low=low, high=high)
