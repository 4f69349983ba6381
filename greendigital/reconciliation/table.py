"""The rows of a reconciliation as a table for people: the largest of what both sides have first."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from greendigital.reconciliation.emissions import LEVELS
from greendigital.reconciliation.views import BASES
from greendigital.reports.figures import digits, plural, three_significant, with_range

PLACE = ("account", "account_name", *LEVELS[1:])
"""What tells a row apart, in the order of its columns."""

MARKS = {"market": "M", "unlabelled": "?"}
"""What stands beside a ratio that is not over a location-based figure."""

MOST_ROWS = {"both": 15, "theirs_only": 8, "ours_only": 8}
"""Rows shown of each side; the others are one row."""

_SMALLEST = 1000
"""A row below this part of the sum of its side is a small one."""

_WIDEST = 36
"""An id of 128 bits with its hyphens stands whole."""

_CUT = " ... "
_HEADINGS = {"location": "theirs, location", "market": "theirs, market", "unlabelled": "theirs"}
_SIDES = {"both": "On both sides", "theirs_only": "Theirs alone", "ours_only": "Ours alone"}

Row = Mapping[str, Any]


def table_of(rows: Sequence[Row], numbers: Mapping[str, int]) -> list[str]:
    """Lines of the table.

    Parameters
    ----------
    rows
        Groups of one view, as in the JSON document.
    numbers
        Numbers of the reasons that are listed beneath, by code.
    """
    levels = [level for level in PLACE if any(row[level] is not None for row in rows)]
    bases = [basis for basis in _HEADINGS if any(row["theirs"][basis] is not None for row in rows)]
    in_part = any(_is_part(row) for row in rows)
    names = {level: shortened(row[level] for row in rows) for level in levels}
    shared = ["theirs in both", "ours in both"] if in_part else []
    head = [*(_HEADINGS[basis] for basis in bases), "ours (low to high)", *shared, "ours/theirs", "why"]
    lines: list[tuple[list[str], list[str]]] = [([level.replace("_", " ") for level in levels], head)]
    sides = [side for side in _SIDES if any(row["side"] == side for row in rows)]
    for side in sides:
        if len(sides) > 1:
            lines.append(([_SIDES[side]], []))
        largest, smaller = _parted(rows, side)
        for row in largest:
            place = ["-" if row[level] is None else names[level][row[level]] for level in levels]
            lines.append((place, _figures([row], bases, in_part, numbers)))
        if smaller:
            lines.append(([plural(len(smaller), "smaller row")], _figures(smaller, bases, in_part, numbers)))
    return _aligned(lines, len(levels))


def has_smaller(rows: Sequence[Row]) -> bool:
    """Whether the table has rows that stand for several."""
    return any(_parted(rows, side)[1] for side in _SIDES)


def shortened(values: Iterable[str | None]) -> dict[str, str]:
    """Long texts without their middle; those that would look the same then stand whole.

    Examples
    --------
    >>> shortened(["/subscriptions/0001/resourcegroups/finance/virtualmachines/a"])
    {'/subscriptions/0001/resourcegroups/finance/virtualmachines/a': '/subscriptions/ ... virtualmachines/a'}
    """
    kept = sorted({value for value in values if value is not None})
    half = (_WIDEST - len(_CUT)) // 2
    short = {v: v if len(v) <= _WIDEST else f"{v[:half]}{_CUT}{v[-half - 1 :]}" for v in kept}
    shown = list(short.values())
    return {value: text if shown.count(text) == 1 else value for value, text in short.items()}


def mass(kilograms: float | None) -> str:
    """An emission with three significant digits; a dash where it is not known."""
    return "-" if kilograms is None else three_significant(kilograms)


def ratio_of(compared: Mapping[str, Any] | None) -> str:
    """Ours over theirs, marked where theirs is not location-based."""
    if not compared or compared["ratio"] is None:
        return "-"
    return f"{digits(compared['ratio'])} {MARKS.get(compared['basis'], '')}".rstrip()


def _parted(rows: Sequence[Row], side: str) -> tuple[list[Row], list[Row]]:
    """The largest rows of a side, most first, and the smaller ones; a single smaller one is shown as itself."""
    ordered = sorted((row for row in rows if row["side"] == side), key=_size, reverse=True)
    whole = math.fsum(map(_size, ordered))
    most = sum(_size(row) * _SMALLEST >= whole for row in ordered[: MOST_ROWS[side]])
    return (ordered[:most], ordered[most:]) if len(ordered) - most > 1 else (ordered, [])


def _size(row: Row) -> float:
    """The larger side of a row, kg CO2e; theirs on the basis that is compared first."""
    theirs = next((row["theirs"][basis] for basis in BASES if row["theirs"][basis] is not None), 0.0)
    ours = row["ours"]["central"] if row["ours"] else 0.0
    return max(abs(float(theirs)), abs(float(ours)))


def _figures(rows: Sequence[Row], bases: Sequence[str], in_part: bool, numbers: Mapping[str, int]) -> list[str]:
    """Figures of a row, or the sums of several; only a single row has a range, since ranges do not add up."""
    ours = [row["ours"] for row in rows if row["ours"]]
    central = math.fsum(figure["central"] for figure in ours) if ours else None
    compared = _compared(rows)
    given = sorted({numbers[reason["code"]] for row in rows for reason in row["reasons"] if reason["code"] in numbers})
    return [
        *(mass(_sum(row["theirs"][basis] for row in rows)) for basis in bases),
        with_range(ours[0]) if ours and len(rows) == 1 else mass(central),
        *((mass(compared.get("theirs")), mass(compared.get("ours"))) if in_part else ()),
        ratio_of(compared or None),
        ",".join(map(str, given)),
    ]


def _compared(rows: Sequence[Row]) -> dict[str, Any]:
    """What rows hold on both sides, added up where all of it is on one basis; empty where it is not."""
    found = [row["compared"] for row in rows if row["compared"]]
    if len({compared["basis"] for compared in found}) != 1:
        return {}
    theirs, ours = (math.fsum(compared[side] for compared in found) for side in ("theirs", "ours"))
    return {"basis": found[0]["basis"], "theirs": theirs, "ours": ours, "ratio": ours / theirs if theirs > 0 else None}


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) if known else None


def _is_part(row: Row) -> bool:
    """Whether the ratio of a row is over less than what the row holds."""
    compared = row["compared"]
    return bool(compared) and (
        not math.isclose(compared["theirs"], row["theirs"][compared["basis"]], rel_tol=1e-9)
        or not math.isclose(compared["ours"], row["ours"]["central"], rel_tol=1e-9)
    )


def _aligned(lines: Sequence[tuple[list[str], list[str]]], levels: int) -> list[str]:
    """Places to the left, figures to the right, reasons to the left; a place of one cell spans all its columns."""
    whole = [place for place, _ in lines if len(place) == levels]
    widths = [max(len(place[i]) for place in whole) for i in range(levels)]
    labels = [
        "  ".join(v.ljust(w) for v, w in zip(p, widths, strict=True)) if len(p) == levels else p[0] for p, _ in lines
    ]
    first = max(map(len, labels))
    figures = [cells for _, cells in lines if cells]
    right = [max(len(cells[i]) for cells in figures) for i in range(len(figures[0]) - 1)]
    found = []
    for label, (_, cells) in zip(labels, lines, strict=True):
        columns = [cell.rjust(width) for cell, width in zip(cells, right, strict=False)]
        found.append(f"  {'  '.join([label.ljust(first), *columns, *cells[-1:]])}".rstrip())
    return found
