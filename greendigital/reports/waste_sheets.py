"""Sheets of the workbook on disposals: batches, shares of the routes, and what lacks a sanitisation status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from greendigital.reports.waste_sections import (
    avoided_sentence,
    batches_sentence,
    categories_words,
    gate_sentence,
    missing_words,
    waste_sentence,
    year_words,
)
from greendigital.reports.workbook import Book

WASTE_SHEETS = ("Disposals", "Waste shares", "Sanitisation gate")
_BATCH = {
    "Date": "disposal_date",
    "Route": "route",
    "Carrier": "carrier",
    "Facility": "facility",
    "Note": "transfer_note_id",
    "Records": "records",
    "Items": "items",
    "Mass (kg)": "mass_kg",
    "Items without mass": "items_without_mass",
    "Hazardous": "hazardous",
    "Income (GBP)": "income_gbp",
}
_GATE = {
    "Record": "record",
    "Asset": "asset_id",
    "Serial number": "serial_number",
    "Category": "category",
    "Route": "route",
    "Date": "disposal_date",
    "Items": "items",
}


def waste_left_out(summary: Mapping[str, Any]) -> set[str]:
    """Sheets that this run has nothing for."""
    waste = summary["waste"]
    if not waste or not waste["records"]:
        return set(WASTE_SHEETS)
    return set() if waste["sanitisation_gate"]["records"] else {"Sanitisation gate"}


def waste_notes(summary: Mapping[str, Any]) -> list[str]:
    """Notes on disposals."""
    waste = summary["waste"]
    if not waste:
        return []
    sources = "; ".join(f"{s['source']}, {s['url']}" for s in waste["sources"])
    return [
        waste_sentence(waste),
        avoided_sentence(waste["avoided_manufacture"]),
        waste["emissions"]["note"],
        f"What notes of transfers must hold, and the waste hierarchy: {sources}.",
    ]


def add_waste(book: Book, summary: Mapping[str, Any]) -> None:
    """Add the sheets of disposals, where there are any."""
    left_out = waste_left_out(summary)
    if "Disposals" in left_out:
        return
    waste = summary["waste"]
    _batches(book, waste)
    _shares(book, waste)
    if "Sanitisation gate" not in left_out:
        rows = [[entry[key] for key in _GATE.values()] for entry in waste["sanitisation_gate"]["listed"]]
        book.sheet(
            "Sanitisation gate",
            "Reused, sold or donated without a sanitisation status",
            gate_sentence(waste["sanitisation_gate"]),
            list(_GATE),
            rows,
        )


def _batches(book: Book, waste: Mapping[str, Any]) -> None:
    book.sheet(
        "Disposals",
        "Batches of disposals, with what their notes lack",
        f"{batches_sentence(waste)} The first {len(waste['batches']):,} are listed.",
        [*_BATCH, "What", "Missing", "To be added by a person", "Can be signed", "Declaration"],
        [
            [
                *(b[key] for key in _BATCH.values()),
                categories_words(b["categories"]),
                missing_words(b["missing"], b["records"]),
                "; ".join(b["add_by_person"]),
                "yes" if b["declaration"]["can_be_signed"] else "no",
                b["declaration"]["text"],
            ]
            for b in waste["batches"]
        ],
    )


def _shares(book: Book, waste: Mapping[str, Any]) -> None:
    """A row for each year and route, the reporting period first: one table can be filtered and pivoted."""
    parts = [(f"reporting period {waste['period']['label']}", waste["period"])]
    parts += [(year_words(year), year) for year in waste["by_year"]]
    book.sheet(
        "Waste shares",
        "Shares of the routes of what left, by April to March year of the day it left",
        f"Rank: place in the waste hierarchy, 1 the best. {waste['emissions']['note']}",
        ["Year", "Route", "Waste hierarchy", "Rank", "Items", "Share of items", "Mass (kg)", "Share of mass"],
        [
            [
                label,
                r["route"] or "not recorded",
                r["hierarchy"],
                r["rank"],
                *(r[key] for key in ("items", "share_of_items", "mass_kg", "share_of_mass")),
            ]
            for label, part in parts
            for r in part["routes"]
        ],
    )
