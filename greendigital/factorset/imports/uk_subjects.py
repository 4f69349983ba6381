"""What the subjects, units and routes of the UK government's factors are called here, and when two rows are one thing.

The publisher's names are those of the flat files of 2016 to 2025 (sheet "Factors by Category").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from greendigital.factorset.imports.draft import slug

UNITS: Mapping[str, str] = {
    "kwh": "kg_co2e/kwh",
    "tonnes": "kg_co2e/t",
    "tonne.km": "kg_co2e/t*km",
    "km": "kg_co2e/km",
    "miles": "kg_co2e/mile",
    "cubic metres": "kg_co2e/m3",
    "million litres": "kg_co2e/megalitre",
    "per fte working hour": "kg_co2e/fte*hour",
}

GAS_COLUMNS: Mapping[str, str] = {
    "kg co2e": "value",
    "kg co2e of co2 per unit": "kgco2",
    "kg co2e of ch4 per unit": "kgch4_co2e",
    "kg co2e of n2o per unit": "kgn2o_co2e",
}

_BY_FIRST_LEVEL: Mapping[str, str] = {
    "heat and steam": "heat_and_steam",
    "wtt- heat and steam": "heat_and_steam_wtt",
    "water supply": "water_supply",
    "water treatment": "water_treatment",
    "waste disposal": "waste_disposal",
    "material use": "material_use",
    "freighting goods": "freight",
    "wtt- delivery vehs & freight": "freight_wtt",
    "homeworking": "homeworking",
}
_BY_SECOND_LEVEL: Mapping[tuple[str, str], str] = {
    ("uk electricity", "electricity generated"): "electricity_generation",
    ("transmission and distribution", "t&d- uk electricity"): "electricity_td_losses",
    ("transmission and distribution", "distribution - district heat & steam"): "heat_distribution_losses",
    **{
        (first, f"wtt- uk electricity ({second})"): f"electricity_wtt_{end}"
        for first in ("wtt- uk electricity", "wtt- uk & overseas elec")
        for second, end in (("generation", "generation"), ("t&d", "td"))
    },
}
ACTIVITIES = frozenset({*_BY_FIRST_LEVEL.values(), *_BY_SECOND_LEVEL.values()})

ATTRIBUTES: Mapping[str, tuple[str, str, str]] = {
    "electricity_generation": ("direct", "use", "2"),
    "electricity_td_losses": ("losses", "use", "3.3"),
    "electricity_wtt_generation": ("wtt", "use", "3.3"),
    "electricity_wtt_td": ("wtt", "use", "3.3"),
    "heat_and_steam": ("direct", "use", "2"),
    "heat_and_steam_wtt": ("wtt", "use", "3.3"),
    "heat_distribution_losses": ("losses", "use", "3.3"),
    "water_supply": ("", "use", "3.1"),
    "water_treatment": ("", "use", "3.5"),
    "waste_disposal": ("", "end_of_life", "3.5"),
    "material_use": ("", "manufacture", "3.1"),
    "freight": ("direct", "transport", "3.4"),
    "freight_wtt": ("wtt", "transport", "3.4"),
    "homeworking": ("", "use", "3.7"),
}
"""Basis, life cycle stage and scope (or GHG Protocol category) of an activity that no shipped edition has."""

_ROUTES: Mapping[str, str] = {
    "re-use": "reuse",
    "re-used": "reuse",
    "open-loop": "recycling_open_loop",
    "closed-loop": "recycling_closed_loop",
    "open-loop source": "recycling_open_loop",
    "closed-loop source": "recycling_closed_loop",
    "combustion": "incineration_with_energy_recovery",
    "incineration with energy recovery": "incineration_with_energy_recovery",
    "composting": "composting",
    "landfill": "landfill",
    "anaerobic digestion": "anaerobic_digestion",
    "primary material production": "primary_material_production",
}
_SAME_ROUTE: Mapping[str, str] = {
    "open_loop_source": "recycling_open_loop",
    "closed_loop_source": "recycling_closed_loop",
}
"""In material use, editions name a recycled source in two ways."""

Thing = tuple[str, str, str]
"""Activity, levels and route: what a factor is of, in every edition and unit."""


def plain(text: str) -> str:
    """A name as it is compared: editions differ in case, spaces and dashes."""
    text = re.sub(r"[\u2010-\u2015\ufffd]", "-", text.casefold())
    return re.sub(r"^(wtt|t&d)\s*-\s*", r"\1- ", " ".join(text.split()))


def activity_of(level_1: str, level_2: str) -> str | None:
    """The activity of a row; None for a subject that is not taken."""
    first, second = plain(level_1), plain(level_2)
    return _BY_FIRST_LEVEL.get(first) or _BY_SECOND_LEVEL.get((first, second))


def route_of(column_text: str) -> str:
    """The route in our words where we have one, else the publisher's column heading as it stands."""
    return _ROUTES.get(plain(column_text), column_text.strip())


def thing_of(activity: str, levels: Iterable[str], route: str) -> Thing:
    """What a row is of. A unit among the levels (as in "Electricity: UK | kWh") is none of its name."""
    names = [plain(level) for level in levels if level.strip()]
    kept = tuple(dict.fromkeys(name for name in names if name not in UNITS))
    way = _SAME_ROUTE.get(route, route) if activity == "material_use" else route
    return activity, " | ".join(kept), slug(way)


def thing_of_held(row: Mapping[str, str]) -> Thing:
    """What a row of the library is of, from the place in the source that it names."""
    levels = (row.get("source_locator") or "").partition(";")[0]
    return thing_of(row.get("activity") or "", levels.split("|"), row.get("route") or "")


def new_id(year: int, activity: str, group: str, detail: str, route: str, unit: str) -> str:
    """The id of a thing that no edition has had yet.

    Examples
    --------
    >>> new_id(2027, "freight", "Vans", "Class I (up to 1.305 tonnes)", "Hydrogen", "kg_co2e/t*km")
    'desnz-2027-freight-vans-class-i-up-to-1-305-tonnes-hydrogen-per-t-km'
    """
    subject = slug(activity)
    pieces = [subject]
    for name in (group, detail, route):
        piece = slug(name)
        # "WTT- vans" below freight_wtt, and "Water supply" below itself, would say the same twice.
        piece = piece.removeprefix("wtt-") if subject.endswith("-wtt") else piece
        if piece and piece not in pieces:
            pieces.append(piece)
    return "-".join(["desnz", str(year), *pieces, "per", slug(unit.partition("/")[2])])


def next_id(known_id: str, year: int) -> str | None:
    """The id of a known thing in another year; None where the id holds no year."""
    match = re.fullmatch(r"desnz-\d{4}-(.+?)(-r\d+)?", known_id)
    return f"desnz-{year}-{match[1]}" if match else None
