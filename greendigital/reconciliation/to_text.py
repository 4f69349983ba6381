"""A reconciliation as text for people, and as CSV for spreadsheets; the same figures in both."""

from __future__ import annotations

import csv
import io
import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from greendigital.preflight.wording import mass_of
from greendigital.reconciliation.comparison import Reconciliation
from greendigital.reconciliation.emissions import FIGURES, LEVELS
from greendigital.reconciliation.views import PARTS

_PLACE = ("account", "account_name", *LEVELS[1:])
_WIDTH = 100
_WIDEST = 32
_PROVIDERS = {"aws": "AWS", "azure": "Azure", "gcp": "Google Cloud"}
_BASES = {"location": "location-based", "market": "market-based", "unlabelled": "of no stated basis"}
_MARKS = {"market": "M", "unlabelled": "?"}
_HEADINGS = {"location": "theirs, location", "market": "theirs, market", "unlabelled": "theirs"}


def to_text(found: Reconciliation) -> str:
    """A block for each provider and view: totals, scopes, a row for each group, and the numbered reasons."""
    blocks = []
    for total in found.totals:
        rows = [r for r in found.rows if (r["provider"], r["view"]) == (total["provider"], total["view"])]
        blocks.append("\n".join(_block(total, rows, found.period)))
    blocks.append("\n".join(_wrapped("Providers' figures are for reporting; nothing of theirs is in ours.", 0)))
    return "\n\n".join(blocks)


def to_csv(found: Reconciliation) -> str:
    """A line for each row, kg CO2e with 12 significant digits; a figure that is not known is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        [
            *("provider", "view", *_PLACE, "side", "records", "lines"),
            *(f"theirs_{name}_kg_co2e" for name in FIGURES),
            *(f"ours_{name}_kg_co2e" for name in ("low", "central", "high", *PARTS)),
            *("compared_basis", "compared_theirs_kg_co2e", "compared_ours_kg_co2e", "ratio", "reasons"),
        ]
    )
    for row in found.rows:
        ours, parts, compared = row["ours"] or {}, row["our_parts"] or {}, row["compared"] or {}
        cells = [
            *(row[name] for name in ("provider", "view", *_PLACE, "side", "records", "lines")),
            *(row["theirs"][name] for name in FIGURES),
            *(ours.get(name) for name in ("low", "central", "high")),
            *(parts.get(name) for name in PARTS),
            *(compared.get(name) for name in ("basis", "theirs", "ours", "ratio")),
            " ".join(reason["code"] for reason in row["reasons"]),
        ]
        writer.writerow([f"{cell:.12g}" if isinstance(cell, float) else cell for cell in cells])
    return text.getvalue().rstrip("\n")


def _block(total: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], period: str) -> list[str]:
    provider = _PROVIDERS.get(total["provider"], total["provider"])
    view = "" if total["view"] == "export" else f", by {total['view'].replace('_', ' ')}"
    partial = "; the provider's total is partial" if total["is_partial"] else ""
    numbers = {reason["code"]: n for n, reason in enumerate(total["reasons"], start=1)}
    lines = [f"{provider}{view}, our run of {period}{partial}", *_totals(total), ""]
    lines += _table(rows, numbers)
    marks = [mark for mark in _MARKS if any((row["compared"] or {}).get("basis") == mark for row in rows)]
    lines += [f"  {_MARKS[mark]}: ours over theirs {_BASES[mark]}" for mark in marks]
    if total["reasons"]:
        lines += ["", "  Why they may differ"]
        for reason in total["reasons"]:
            lines += _wrapped(f"{numbers[reason['code']]:>2}. {reason['text']}", 4, 8)
    return lines


def _totals(total: Mapping[str, Any]) -> list[str]:
    theirs, ours = total["theirs"], total["ours"]
    told = [f"{_mass(theirs[basis])} {word}" for basis, word in _BASES.items() if theirs[basis] is not None]
    whole = "no figure"
    if ours:
        whole = f"{_mass(ours['central'])} ({_mass(ours['low'])} to {_mass(ours['high'])}) location-based"
    lines = _wrapped(f"CO2e: theirs {', '.join(told) or 'no figure'}; ours {whole}", 2)
    scopes = [
        f"{label} {_mass(theirs[name])}"
        for name, label in (
            ("scope_1", "scope 1"),
            ("scope_2_location", "scope 2 location-based"),
            ("scope_2_market", "scope 2 market-based"),
            ("scope_3_location", "scope 3"),
        )
        if theirs[name] is not None
    ]
    if scopes:
        lines += _wrapped(f"Theirs by scope: {', '.join(scopes)}", 2)
    if total["our_parts"]:
        parts = [f"{name.replace('_', ' ')} {_mass(value)}" for name, value in total["our_parts"].items() if value]
        lines += _wrapped(f"Ours by part: {', '.join(parts)}", 2)
    compared = total["compared"]
    if compared:
        words = (
            f"Over what both have: theirs {_mass(compared['theirs'])} {_BASES[compared['basis']]}, ours "
            f"{_mass(compared['ours'])}, ratio {_ratio(compared)}"
        )
        return [*lines, *_wrapped(words, 2)]
    return [*lines, "  Nothing stands on both sides in a comparable way, so there is no ratio."]


def _table(rows: Sequence[Mapping[str, Any]], numbers: Mapping[str, int]) -> list[str]:
    """The rows in columns; what both sides have stands apart where a row holds more than that."""
    levels = [level for level in _PLACE if any(row[level] is not None for row in rows)]
    bases = [basis for basis in _HEADINGS if any(row["theirs"][basis] is not None for row in rows)]
    in_part = any(_is_part(row) for row in rows)
    shared = ("theirs in both", "ours in both") if in_part else ()
    heads = [*(level.replace("_", " ") for level in levels), *(_HEADINGS[basis] for basis in bases)]
    cells = [[*heads, "ours", "low to high", *shared, "ours/theirs", "why"]]
    for row in rows:
        ours, compared = row["ours"], row["compared"] or {}
        cells.append(
            [
                *(_short(row[level]) for level in levels),
                *(_mass(row["theirs"][basis]) for basis in bases),
                _mass(ours["central"] if ours else None),
                f"{_mass(ours['low'])} to {_mass(ours['high'])}" if ours else "-",
                *((_mass(compared.get("theirs")), _mass(compared.get("ours"))) if in_part else ()),
                _ratio(row["compared"]),
                ",".join(str(numbers[r["code"]]) for r in row["reasons"] if r["code"] in numbers),
            ]
        )
    widths = [max(len(line[i]) for line in cells) for i in range(len(cells[0]))]
    right = range(len(levels), len(cells[0]) - 1)
    aligned = [
        [v.rjust(w) if i in right else v.ljust(w) for i, (v, w) in enumerate(zip(line, widths, strict=True))]
        for line in cells
    ]
    return [f"  {'  '.join(line)}".rstrip() for line in aligned]


def _is_part(row: Mapping[str, Any]) -> bool:
    """Whether the ratio of a row is over less than what the row holds."""
    compared = row["compared"]
    return bool(compared) and (
        not math.isclose(compared["theirs"], row["theirs"][compared["basis"]], rel_tol=1e-9)
        or not math.isclose(compared["ours"], row["ours"]["central"], rel_tol=1e-9)
    )


def _short(text: str | None) -> str:
    if text is None:
        return "-"
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 3]}..."


def _mass(kilograms: float | None) -> str:
    return "-" if kilograms is None else mass_of(kilograms)


def _ratio(compared: Mapping[str, Any] | None) -> str:
    """Ours over theirs, marked where theirs is not location-based."""
    if not compared or compared["ratio"] is None:
        return "-"
    return f"{_three_digits(compared['ratio'])} {_MARKS.get(compared['basis'], '')}".rstrip()


def _three_digits(value: float) -> str:
    return mass_of(value).partition(" ")[0] if value < 1000 else f"{float(f'{value:.3g}'):,.0f}"


def _wrapped(text: str, first: int, rest: int = 4) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=" " * first, subsequent_indent=" " * rest, break_on_hyphens=False)
