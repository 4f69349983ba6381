"""Sheets of the workbook on bills: splits with cost beside carbon, water, meters without a physical estimate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from greendigital.reports.cloud_sections import (
    WATER_NOTE,
    SplitRow,
    currencies,
    meter_rows,
    split_rows,
    tag_rows,
    unmatched_sentence,
    untagged_sentences,
    water_sentence,
    wue_words,
)
from greendigital.reports.cost_words import reason
from greendigital.reports.workbook import Book
from greendigital.reports.workbook_rows import figure_cells

MOST_METERS = 100_000
"""Meters on the sheet: more than any bill was seen to have, fewer than a sheet has rows."""
_FIGURE = ("Low (kg CO2e)", "Central (kg CO2e)", "High (kg CO2e)")
_NOTE = (
    "Low and high are the 5th and 95th percentile; they are not additive. Central figures are. "
    "Currencies are never added together."
)


def left_out(summary: Mapping[str, Any], meters: Sequence[Mapping[str, Any]]) -> set[str]:
    """Sheets that this run has nothing for."""
    found = {"Tags"} if not summary["totals"]["by_tag"] else set()
    if not summary["water"]:
        found.add("Water")
    if not _excluded(summary):
        found.add("Excluded costs")
    return found if meters else {*found, "Unmatched meters"}


def cloud_notes(summary: Mapping[str, Any]) -> list[str]:
    """Notes on bills: a note on its own sheet would make the print of that sheet too small to read."""
    return [*untagged_sentences(summary).values(), *([WATER_NOTE] if summary["water"] else [])]


def add_splits(book: Book, summary: Mapping[str, Any]) -> None:
    """Add the sheets of services, accounts, regions and tags."""
    tags = list(summary["totals"]["by_tag"])
    billed = [f"Billed ({currency or 'no currency'})" for currency in currencies(summary)]
    for name, title in (("service", "Services"), ("account", "Accounts"), ("region", "Regions")):
        rows = [_cells(row) for row in split_rows(summary, name)]
        book.sheet(title, f"Total by {name}", _NOTE, [name.capitalize(), *_FIGURE, *billed], rows)
    if tags:
        rows = [[tag, *_cells(row)] for tag in tags for row in tag_rows(summary, tag)]
        note = "Each tag adds up to the total."
        book.sheet(
            "Tags", "Total by value of each chosen tag", f"{note} {_NOTE}", ["Tag", "Value", *_FIGURE, *billed], rows
        )


def _cells(row: SplitRow) -> list[Any]:
    figure = figure_cells(row.figure) if row.figure else [None, None, None]
    return [row.label, *figure, *row.costs]


def _excluded(summary: Mapping[str, Any]) -> list[list[Any]]:
    return [
        [cost["currency"], reason(entry["reason_code"]), entry["lines"], entry["billed"], entry["share"]]
        for cost in summary["coverage"]["usage"]["costs"]
        for entry in cost["excluded_by_reason"]
    ]


def add_excluded(book: Book, summary: Mapping[str, Any]) -> None:
    """Add the sheet of billed cost that is excluded, by reason, where there is any."""
    rows = _excluded(summary)
    if rows:
        book.sheet(
            "Excluded costs",
            "Billed cost that is excluded, by reason",
            "Shares are of the charges: billed once, credits and the like apart.",
            ["Currency", "Reason", "Lines", "Billed", "Share of the charges"],
            rows,
        )


def add_water(book: Book, summary: Mapping[str, Any]) -> None:
    """Add the sheet of water, where any line has energy in a data centre of a provider."""
    water = summary["water"]
    if not water:
        return
    sources = {source["source_id"]: source["source"] for source in water["sources"]}
    figures = ("provider", "region", "it_kwh", "wue_litre_per_kwh", "litres")
    rows = [[*(r[name] for name in figures), wue_words(r), sources.get(r["source_id"])] for r in water["by_region"]]
    book.sheet(
        "Water",
        "Water of cloud data centres, a second figure beside the carbon",
        f"{water_sentence(water)} What is in it: see Notes.",
        ["Provider", "Region", "IT energy (kWh)", "WUE (litres/kWh)", "Water (litres)", "WUE of", "Source"],
        rows,
    )


def add_unmatched(book: Book, meters: Sequence[Mapping[str, Any]]) -> None:
    """Add the sheet of meters without a physical estimate: a row for each meter and currency, the dearest first."""
    if not meters:
        return
    told = meter_rows(meters[:MOST_METERS])
    # Kilograms are of the meter, not of a currency: they stand once.
    pairs = [
        (meter if number == 0 else {**meter, "kg_co2e": None}, cost)
        for meter in told
        for number, cost in enumerate(meter["costs"])
    ]
    book.sheet(
        "Unmatched meters",
        "Meters without a physical estimate, the dearest first",
        f"{unmatched_sentence(meters)} The share is of the list cost of all usage in the currency.",
        [*_METER, *_METER_COST],
        [[*(meter[c] for c in _METER.values()), *(cost[c] for c in _METER_COST.values())] for meter, cost in pairs],
    )


_METER = {
    "Provider": "provider",
    "Service": "service",
    "Meter": "meter",
    "Unit": "quantity_unit",
    "Kind": "quantity_kind",
    "Why": "why",
    "What to do": "remedy",
    "Why not from cost": "no_ratio",
    "Status": "status",
    "Rule": "meter_rule_id",
    "Seen in a real bill": "seen",
    "Lines": "lines",
    "From cost (kg CO2e)": "kg_co2e",
}
_METER_COST = {"Currency": "currency", "List cost": "list", "Billed": "billed", "Share": "share"}
