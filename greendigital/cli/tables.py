"""The advice of a written run on the terminal: groups, and totals of each effect, which are never added together."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from greendigital.documents import to_json
from greendigital.errors import UsageError
from greendigital.reports.figures import BASIS_NAMES, EFFECT_NAMES, digits
from greendigital.rundir import ADVICE_COLUMNS, read_advice

_FORMATS = ("table", "csv", "json")
_PARTS = ("effect", "basis", "saving_currency")
"""What always parts groups: savings of unlike effects, bases or currencies are never added."""

_AMOUNTS = ("saving_kg_co2e", "saving_gbp", "saving_cost")
_SUMS = ("rows", "devices", *_AMOUNTS)
_WITHOUT_ROWS = "No rule gives advice on what is in this run."


def advice_table(directory: Path, by: Sequence[str], format_: str, top: int | None = None) -> str:
    """Advice of a run by the given columns: rows, devices and savings; an amount that nothing is known of is empty.

    Raises
    ------
    UsageError
        If the format or a column is not known.
    RunDirectoryError
        If ``directory`` is no run directory.
    """
    if format_ not in _FORMATS:
        raise UsageError(f'--format: "{format_}" is unknown. Use {", ".join(_FORMATS)}.')
    for name in by:
        if name not in ADVICE_COLUMNS:
            raise UsageError(f'--by: "{name}" is no column of the advice. Columns: {", ".join(ADVICE_COLUMNS)}.')
    keys = [*by, *(name for name in _PARTS if name not in by)]
    advice = read_advice(directory)
    groups = _groups(advice, keys)[:top]
    if format_ == "json":
        return to_json(groups)
    if format_ == "csv":
        return _csv(groups, [*keys, *_SUMS])
    if not groups:
        return _WITHOUT_ROWS
    return "\n\n".join(_sections(groups, _groups(advice, _PARTS), by))


def _groups(advice: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> list[dict[str, Any]]:
    """Groups of the rows, the largest saving first."""
    members: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for row in advice:
        members.setdefault(tuple(row[key] or None for key in keys), []).append(row)
    found = [{**dict(zip(keys, key, strict=True)), **_sums(rows)} for key, rows in members.items()]
    return sorted(found, key=lambda g: (-(g["saving_kg_co2e"] or 0.0), -g["rows"], [str(g[key]) for key in keys]))


def _sums(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    known = {name: [row[name] for row in rows if row[name] is not None] for name in ("devices", *_AMOUNTS)}
    sums = {name: math.fsum(values) if values else None for name, values in known.items()}
    return {"rows": len(rows), **sums, "devices": sums["devices"] or 0.0}


def _csv(groups: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(groups)
    return text.getvalue().rstrip("\n")


def _sections(groups: Sequence[dict[str, Any]], totals: Sequence[dict[str, Any]], by: Sequence[str]) -> list[str]:
    """A table for each effect and basis, with the total of all its groups; what has no figure comes last."""
    found = []
    parts = dict.fromkeys((total["effect"], total["basis"]) for total in totals)
    for effect, basis in sorted(parts, key=lambda part: (part[0] is None, list(parts).index(part))):
        rows, of_all = (
            [group for group in of if (group["effect"], group["basis"]) == (effect, basis)] for of in (groups, totals)
        )
        if rows:
            title = EFFECT_NAMES[effect or ""] + (f", {BASIS_NAMES[basis]}" if basis else "")
            found.append(f"{title}\n{_aligned(rows, of_all, by)}")
    if len({effect for effect, _ in parts if effect}) > 1:
        found.append("Savings of unlike effects are never added; only what reduces the footprint may stand beside it.")
    return found


def _aligned(rows: Sequence[Mapping[str, Any]], totals: Sequence[Mapping[str, Any]], by: Sequence[str]) -> str:
    """The rows with a column for each currency, and the total of all groups of the effect, those not shown too."""
    currencies = sorted({currency for row in (*rows, *totals) for currency in _money(row)})
    has_carbon = any(row["saving_kg_co2e"] is not None for row in (*rows, *totals))
    heads = ["rows", "devices", *(["kg CO2e"] if has_carbon else []), *currencies]

    def numbers(given: Sequence[Mapping[str, Any]]) -> list[str]:
        carbon = [row["saving_kg_co2e"] for row in given if row["saving_kg_co2e"] is not None]
        shown = [f"{sum(row['rows'] for row in given):,}", f"{math.fsum(row['devices'] for row in given):,.0f}"]
        shown += [digits(math.fsum(carbon)) if carbon else "-"] if has_carbon else []
        for currency in currencies:
            money = [_money(row)[currency] for row in given if currency in _money(row)]
            shown.append(f"{math.fsum(money):,.0f}" if money else "-")
        return shown

    cells = [[*(name.replace("_", " ") for name in by), *heads]]
    cells += [[*("-" if row[name] is None else str(row[name]) for name in by), *numbers([row])] for row in rows]
    if by and numbers(totals) != numbers(rows[:1]):
        cells.append(["all", *[""] * (len(by) - 1), *numbers(totals)])
    widths = [max(len(line[i]) for line in cells) for i in range(len(cells[0]))]
    return "\n".join(
        "  "
        + "  ".join(
            cell.rjust(width) if place >= len(by) else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    )


def _money(row: Mapping[str, Any]) -> dict[str, float]:
    """What a group saves by currency: pounds of devices, and of bills their own currency."""
    found: dict[str, float] = {}
    if row["saving_gbp"] is not None:
        found["GBP"] = row["saving_gbp"]
    if row["saving_cost"] is not None:
        currency = row["saving_currency"] or "cost"
        found[currency] = found.get(currency, 0.0) + row["saving_cost"]
    return found
