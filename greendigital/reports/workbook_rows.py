"""The sheets of rows: lines, factors and advice, as far as a workbook shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from greendigital.columns import FACTORS_USED, names
from greendigital.reports.figures import words
from greendigital.reports.workbook import Book

LINE_COLUMNS = (
    "line_id",
    "part",
    "status",
    "reason_code",
    "category",
    "manufacturer",
    "model",
    "site",
    "account",
    "service",
    "region",
    "quantity",
    "match_level",
    "use_basis",
    "embodied_basis",
    "use_kwh",
    "use_kg_co2e",
    "embodied_kg_co2e",
    "network_kg_co2e",
    "fallback_kg_co2e",
    "total_kg_co2e_low",
    "total_kg_co2e",
    "total_kg_co2e_high",
    "billed_cost",
    "currency",
)
"""What a person looks up of a line; the other columns of a line are in ``lines.parquet``."""

ADVICE_COLUMNS = (
    "asset_id",
    "line_id",
    "rule",
    "action",
    "category",
    "model",
    "site",
    "service",
    "devices",
    "saving_kg_co2e",
    "saving_gbp",
    "saving_cost",
    "saving_currency",
    "confidence",
    "reason",
)
"""What a person looks up of a row of advice; the others are in ``recommendations.csv``."""

_WHERE_SAID = {
    "part": 1,
    "reason_code": None,
    "account": None,
    "service": None,
    "region": None,
    "network_kg_co2e": 0.0,
    "fallback_kg_co2e": 0.0,
    "billed_cost": None,
    "currency": None,
    "saving_cost": None,
    "saving_currency": None,
}
"""Columns shown only where a row says something in them, and what says nothing: an estate has no bill."""


def figure_cells(figure: Mapping[str, float]) -> list[float]:
    """Low, central and high of a figure."""
    return [figure["low"], figure["central"], figure["high"]]


def add_advice(
    book: Book, summary: Mapping[str, Any], recommendations: Sequence[Mapping[str, Any]], n_recommendations: int
) -> None:
    """Add the sheets of advice, by group and by row."""
    rows = []
    for g in summary["recommendations"]:
        saving = figure_cells(g["saving_kg_co2e"]) if g["saving_kg_co2e"] else [None, None, None]
        rows.append(
            [
                words(g["rule"]),
                words(g["action"]),
                g["hierarchy"],
                g["lines"],
                g["devices"],
                words(g["effect"]) if g["effect"] else "",
                words(g["basis"]) if g["basis"] else "",
                *saving,
                g["saving_gbp"],
                g["saving_cost"]["amount"],
                g["saving_cost"]["currency"],
                g["confidence"],
                g["reason"],
                g["tcop"],
            ]
        )
    book.sheet(
        "Advice groups",
        "Advice by rule and action",
        "Savings of different effects are never added together, and never taken off the footprint.",
        [
            "Rule",
            "Action",
            "Waste hierarchy",
            "Rows",
            "Devices",
            "Effect",
            "Basis",
            "Saving low (kg CO2e)",
            "Saving (kg CO2e)",
            "Saving high (kg CO2e)",
            "Saving (GBP)",
            "Saving on the bill",
            "Currency",
            "Confidence",
            "Reason",
            "Serves",
        ],
        rows,
    )
    if is_left_out(recommendations, n_recommendations):
        return
    book.sheet(
        "Advice",
        "Advice, a row for each asset and each cloud line and rule, the largest saving first",
        _how_many(len(recommendations), n_recommendations, "rows", "recommendations.csv"),
        shown := _shown(ADVICE_COLUMNS, recommendations),
        [[r[c] for c in shown] for r in recommendations],
        raw=True,
    )


def is_left_out(rows: Sequence[Any], n_rows: int) -> bool:
    """Whether there are rows, and none of them was asked for."""
    return n_rows > 0 and not rows


def _shown(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The columns that say something of a row."""
    return [c for c in columns if c not in _WHERE_SAID or any(r[c] not in (None, "", _WHERE_SAID[c]) for r in rows)]


def _how_many(shown: int, of: int, what: str, file: str) -> str:
    """How much of a file a sheet shows."""
    first = f"The first {shown:,} of {of:,} {what}. " if of > shown else ""
    return f"{first}All {what}, with all their columns, are in {file}. An empty figure is not known, never zero."


_FIRST = (
    "factor_id",
    "value",
    "low_p5",
    "high_p95",
    "unit",
    "basis",
    "set",
    "edition",
    "published_year",
    "data_year",
    "age_years",
    "source",
    "locator",
    "licence",
    "is_override",
    "note",
)


def add_data(
    book: Book, lines: Sequence[Mapping[str, Any]], n_lines: int, factors_used: Sequence[Mapping[str, Any]]
) -> None:
    """Add the sheets of lines and of the factors used."""
    if not is_left_out(lines, n_lines):
        book.sheet(
            "Lines",
            "Lines, one for each row of the input and part of the period, in kg CO2e",
            _how_many(len(lines), n_lines, "lines", "lines.parquet"),
            shown := _shown(LINE_COLUMNS, lines),
            [[line[c] for c in shown] for line in lines],
            raw=True,
        )
    # What an auditor asks for first; the statistics behind it after that.
    columns = [*_FIRST, *(n for n in names(FACTORS_USED) if n not in _FIRST)]
    book.sheet(
        "Factors",
        "Factors used, with source and range",
        "As factors_used.parquet.",
        columns,
        [[f[c] for c in columns] for f in factors_used],
    )
