"""Slow but sound: another part, in place of another computer.

Source of the rule: ADEME (2022), who find that the parts changed decide the result, and that with several major parts
hardly anything is left of the benefit; so with two of them the sum is left to a person.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from greendigital.recommendations.device import Device
from greendigital.recommendations.model import TCOP_LIFESPAN, Advice, Part, in_kg, spread_of
from greendigital.recommendations.parts import PartFigure, part_figure
from greendigital.uncertainty import Spread

_WITH_PARTS = ("laptop", "desktop", "workstation", "all_in_one")
"""Computers whose parts can be changed; the need for memory is that of Windows and the like."""

_MAJOR = ("ram", "ssd")
_SSD_GB = 256.0
"""Size of the drive taken in place of a disk (ours): the smallest that is sold for office computers."""


class Need(NamedTuple):
    """A part that a computer lacks, its size in GB, and why."""

    part: str
    size_gb: float | None
    why: str


def needs_of(device: Device) -> list[Need]:
    """Parts that a computer lacks, by what is known of it."""
    a, settings, found = device.asset, device.run.settings, []
    memory, battery = a["memory_gb"], a["battery_health_share"]
    # Of 8 GB a system reports 7.7 or so.
    if memory and memory < settings.memory_need_gb * 0.9:
        need = settings.memory_need_gb
        found.append(Need("ram", need, f"{memory:g} GB of memory where {need:g} GB are needed"))
    if (a["hdd_count"] or 0) > 0 and not a["ssd_gb"]:
        found.append(Need("ssd", _SSD_GB, "a spinning disk alone"))
    if battery is not None and battery < settings.battery_health_share:
        found.append(Need("battery", None, f"a battery at {battery:.0%} of its capacity"))
    return found


def part(device: Device) -> Advice | None:
    """A computer in use on a supported system that lacks a part."""
    if device.status != "in_use" or device.category not in _WITH_PARTS:
        return None
    if "chrom" in (device.asset["os_name"] or "").lower():
        return None
    if device.support.state == "ended" or device.asset["ownership"] == "byod":
        return None
    needs = needs_of(device)
    if not needs:
        return None
    why = "It has " + " and ".join(need.why for need in needs)
    figures = [part_figure(device.run.library, need.part, need.size_gb) for need in needs]
    settings, year = device.run.settings, device.one_more_year()
    if sum(need.part in _MAJOR for need in needs) > 1:
        text = f"{why}: with several parts changed little is left of the benefit; compare with a redeployed computer."
        return device.advise("part", "check", text, TCOP_LIFESPAN, "low")
    if not year or None in figures:
        text = f"{why}: change the part; no figure of the part or of a new computer is known."
        return device.advise("part", "replace_part", text, TCOP_LIFESPAN, "low")
    made = [f for f in figures if f is not None]
    parts = (
        *(p.times(settings.part_years) for p in year),
        *(Part(-figure.kg_co2e, _spreads(device, figure)) for figure in made),
    )
    saved = math.fsum(p.kg_co2e for p in parts)
    cost = math.fsum(figure.kg_co2e for figure in made)
    saves = math.fsum(p.kg_co2e for p in year) * settings.part_years
    sum_ = f"{settings.part_years:g} more years save {in_kg(saves)} CO2e of a new one, {_parts(made)} {in_kg(cost)}"
    if saved <= 0:
        return device.advise("part", "check", f"{why}, but changing it saves no carbon: {sum_}.", TCOP_LIFESPAN, "low")
    return device.advise(
        "part",
        "replace_part",
        f"{why}: change {'it' if len(made) == 1 else 'them'}; {sum_}.",
        TCOP_LIFESPAN,
        "medium",
        effect="avoids_purchase",
        basis="once",
        parts=parts,
        gbp=_pounds(device, [need.part for need in needs]),
    )


def _parts(made: list[PartFigure]) -> str:
    return "the part takes" if len(made) == 1 else "the parts take"


def _pounds(device: Device, parts: list[str]) -> float | None:
    """What the years are worth less the parts; None where a price is not known, or the computer is leased."""
    new, prices = device.price_per_year, device.run.settings.parts_gbp
    parts = ["memory" if part == "ram" else part for part in parts]
    if new is None or device.asset["ownership"] == "leased" or any(part not in prices for part in parts):
        return None
    return new * device.run.settings.part_years - math.fsum(prices[part] for part in parts)


def _spreads(device: Device, figure: PartFigure) -> tuple[Spread, ...]:
    """Errors of the factor, or of the two that the figure lies between."""
    return tuple(spread for factor in figure.factors for spread in spread_of(factor, device.run.library))
