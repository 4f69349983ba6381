"""Words and rows on disposals, for the page and the workbook alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from greendigital.reports.figures import category_words, plural, share, with_range

MOST_SHOWN = 20
"""Batches, and items without sanitisation, that the page shows."""

NO_RECORD = "not recorded"
APART = "Avoided elsewhere: shown apart, never netted with the footprint."


def waste_parts(summary: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the section of the page shows; None where there is nothing to show."""
    waste = summary["waste"]
    if not waste:
        return None
    batches, gate = waste["batches"], waste["sanitisation_gate"]
    return {
        "sentence": waste_sentence(waste),
        "routes": [r["route"] or NO_RECORD for r in _routes(waste)],
        "years": [(year_words(y), _cells(y, waste)) for y in waste["by_year"]],
        "batches": [_batch(b) for b in batches[:MOST_SHOWN]],
        "batches_sentence": batches_sentence(waste),
        "by_person": list(dict.fromkeys(text for b in batches for text in b["add_by_person"])),
        "has_more_batches": waste["batches_in_all"] > MOST_SHOWN,
        "gate": gate["listed"][:MOST_SHOWN],
        "has_more_in_gate": gate["records"] > MOST_SHOWN,
        "gate_sentence": gate_sentence(gate),
        "avoided": with_range(saving) if (saving := waste["avoided_manufacture"]["saving_kg_co2e"]) else "",
        "avoided_sentence": avoided_sentence(waste["avoided_manufacture"]),
        "emissions": with_range(waste["emissions"]["total"]),
        "note": waste["emissions"]["note"],
        "sources": waste["sources"],
    }


def waste_sentence(waste: Mapping[str, Any]) -> str:
    """What left in the period, how much of it for reuse, and what no record tells the way of."""
    period = waste["period"]
    reused = sum(r["items"] for r in period["routes"] if r["hierarchy"] == "reuse")
    if not waste["records"]:
        told = "No disposals table was given."
    elif not period["items"]:
        told = f"Of the records none is of {period['label']}."
    else:
        told = (
            f"{plural(period['items'], 'item')} left in {period['label']}, {mass_words(period)}; "
            f"{share(reused, period['items'])} of them for reuse, resale or donation."
        )
    parts = [told]
    if waste["without_record"]["items"]:
        parts.append(
            f"{plural(waste['without_record']['items'], 'device')} retired or disposed of on the device list without a "
            "record of the way they went."
        )
    for key, words in (
        ("unmatched_records", "with no asset of its serial number or asset id"),
        ("undated_records", "without a date"),
        ("replaced_records", "replaced by a later row of the same asset, and not counted"),
    ):
        if waste[key]:
            parts.append(f"{plural(waste[key], 'record')} {words}.")
    return " ".join(parts)


def mass_words(part: Mapping[str, Any]) -> str:
    """Mass with how many items have none."""
    if part["mass_kg"] is None:
        return "mass not known"
    lacking = part["items_without_mass"]
    return f"{part['mass_kg']:,.1f} kg" + (f" ({plural(lacking, 'item')} without a mass)" if lacking else "")


def batches_sentence(waste: Mapping[str, Any]) -> str:
    """How many batches there are, and how many lack something."""
    return (
        f"{plural(waste['batches_in_all'], 'batch').replace('batchs', 'batches')} of one day, route, carrier, facility "
        f"and note; {waste['batches_incomplete']:,} with something missing that a column could hold. Where the items "
        "are waste when handed over, a note has to go with them."
    )


def gate_sentence(gate: Mapping[str, Any]) -> str:
    """What went on for use by others without a sanitisation status."""
    if not gate["records"]:
        return "Nothing is recorded as reused, sold or donated without a sanitisation status."
    return (
        f"{plural(gate['items'], 'item')} left for reuse, resale or donation without a sanitisation status: find the "
        "certificate of each, or report the loss."
    )


def avoided_sentence(avoided: Mapping[str, Any]) -> str:
    """What the avoided manufacture is of, and what it assumes."""
    lacking = avoided["items_without_figure"]
    of = f"{plural(avoided['items'], 'item')} reused, sold or donated in the period"
    whose = "our assumption" if avoided["displacement_source"] == "assumption-displacement" else "as configured"
    less = f", {lacking:,.0f} of them without a figure of a new one" if lacking else ""
    return (
        f"New devices that others need not buy: {of}{less}, each taken to keep {avoided['displacement']:.0%} of a "
        f"new one from being made ({whose}). {APART}"
    )


def year_words(year: Mapping[str, Any]) -> str:
    """Name of a year, marked where it is not all in the reporting period."""
    if year["label"] is None:
        return "day not recorded"
    marks = {"yes": "", "in part": " (in the period in part)", "no": " (outside the period)"}
    return f"{year['label']}{marks[year['in_period']]}"


def _routes(waste: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The routes, with that of no record where any year has it."""
    return list(max((y["routes"] for y in waste["by_year"]), key=len, default=()))


def _cells(year: Mapping[str, Any], waste: Mapping[str, Any]) -> dict[str, Any]:
    found = {r["route"]: r for r in year["routes"]}
    return {
        "items": year["items"],
        "mass": mass_words(year),
        "routes": [_route_words(found.get(r["route"]), year) for r in _routes(waste)],
    }


def _route_words(route: Mapping[str, Any] | None, year: Mapping[str, Any]) -> tuple[str, str]:
    if route is None or not route["items"]:
        return "-", ""
    items = f"{route['items']:,.0f}, {share(route['items'], year['items'])}"
    if route["mass_kg"] is None:
        return items, "mass not known"
    whole = year["mass_kg"]
    return items, f"{route['mass_kg']:,.1f} kg" + (f", {share(route['mass_kg'], whole)}" if whole else "")


def categories_words(categories: Sequence[Mapping[str, Any]]) -> str:
    """Categories with their items."""
    return ", ".join(
        f"{c['items']:g} {category_words(c['category']) if c['category'] else 'of no known asset'}" for c in categories
    )


def missing_words(missing: Sequence[Mapping[str, Any]], records: int) -> str:
    """What is missing, and of how many records where not of all."""
    return "; ".join(
        m["text"] + (f" ({m['records']:,} of {records:,} records)" if m["records"] < records else "") for m in missing
    )


def _batch(batch: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **batch,
        "route": batch["route"] or NO_RECORD,
        "mass": mass_words(batch),
        "what": categories_words(batch["categories"]),
        "missing": missing_words(batch["missing"], batch["records"]),
    }
