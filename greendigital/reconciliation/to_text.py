"""A reconciliation as text for people, and as CSV for spreadsheets; the same figures in both."""

from __future__ import annotations

import csv
import io
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from greendigital.reconciliation.comparison import Reconciliation
from greendigital.reconciliation.emissions import FIGURES
from greendigital.reconciliation.table import MARKS, PLACE, has_smaller, mass, ratio_of, table_of
from greendigital.reconciliation.views import PARTS
from greendigital.reports.figures import with_range

_WIDTH = 100
_PROVIDERS = {"aws": "AWS", "azure": "Azure", "gcp": "Google Cloud"}
_BASES = {"location": "location-based", "market": "market-based", "unlabelled": "of no stated basis"}


def to_text(found: Reconciliation) -> str:
    """A block for each provider and view: what both have, the wholes, the largest rows and the numbered reasons."""
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
            *("provider", "view", *PLACE, "side", "records", "lines"),
            *(f"theirs_{name}_kg_co2e" for name in FIGURES),
            *(f"ours_{name}_kg_co2e" for name in ("low", "central", "high", *PARTS)),
            *("compared_basis", "compared_theirs_kg_co2e", "compared_ours_kg_co2e", "ratio", "reasons"),
        ]
    )
    for row in found.rows:
        ours, parts, compared = row["ours"] or {}, row["our_parts"] or {}, row["compared"] or {}
        cells = [
            *(row[name] for name in ("provider", "view", *PLACE, "side", "records", "lines")),
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
    lines += table_of(rows, numbers)
    marks = [mark for mark in MARKS if any((row["compared"] or {}).get("basis") == mark for row in rows)]
    lines += [f"  {MARKS[mark]}: ours over theirs {_BASES[mark]}" for mark in marks]
    if has_smaller(rows):
        lines += _wrapped(
            f"All {len(rows):,} rows: --format csv or json. Fewer and larger ones: fewer levels with --by", 2
        )
    if total["reasons"]:
        lines += ["", "  Why they may differ"]
        for reason in total["reasons"]:
            lines += _wrapped(f"{numbers[reason['code']]:>2}. {reason['text']}", 4, 8)
    return lines


def _totals(total: Mapping[str, Any]) -> list[str]:
    """What can be compared first: the wholes hold months, services and regions that only one side has."""
    theirs, ours, compared = total["theirs"], total["ours"], total["compared"]
    words = "Nothing stands on both sides in a comparable way, so there is no ratio."
    if compared:
        words = (
            f"What both have, CO2e: theirs {mass(compared['theirs'])} {_BASES[compared['basis']]}, ours "
            f"{mass(compared['ours'])} location-based; ours over theirs {ratio_of(compared)}"
        )
    told = [f"{mass(theirs[basis])} {word}" for basis, word in _BASES.items() if theirs[basis] is not None]
    whole = f"{with_range(ours)} location-based" if ours else "no figure"
    lines = _wrapped(words, 2)
    lines += _wrapped(f"All of each, CO2e: theirs {', '.join(told) or 'no figure'}; ours {whole}", 2)
    scopes = [
        f"{label} {mass(theirs[name])}"
        for name, label in (
            ("scope_1", "scope 1"),
            ("scope_2_location", "scope 2 location-based"),
            ("scope_2_market", "scope 2 market-based"),
            ("scope_3_location", "scope 3"),
        )
        if theirs[name] is not None
    ]
    if scopes:
        lines += _wrapped(f"All of theirs by scope: {', '.join(scopes)}", 2)
    if total["our_parts"]:
        parts = [f"{name.replace('_', ' ')} {mass(value)}" for name, value in total["our_parts"].items() if value]
        lines += _wrapped(f"All of ours by part: {', '.join(parts)}", 2)
    return lines


def _wrapped(text: str, first: int, rest: int = 4) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=" " * first, subsequent_indent=" " * rest, break_on_hyphens=False)
