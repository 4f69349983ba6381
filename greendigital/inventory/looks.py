"""What the cells of a column look like, where its heading can mean two things."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from greendigital.factorset import FactorLibrary
from greendigital.inventory.mapping import ColumnMapping
from greendigital.inventory.profiles import CANONICAL, DISPOSAL, Header, heading_key
from greendigital.inventory.sheets import Sheet
from greendigital.inventory.values import is_missing, parse_category

_LOOKED_AT = 200
_LEAST_WORDS = 3
"""Unlike words that a column must hold before its content is believed rather than its heading."""


def by_content(header: Header, sheet: Sheet, library: FactorLibrary, mapping: ColumnMapping) -> Header:
    """The header with a column of models read as models, where its heading says "device type", and the other way.

    Only where the file has no other column of that meaning, and the user has not settled it.
    """
    if header.profile.name in (CANONICAL, DISPOSAL) or header.profile.defaults:
        return header
    for name, other in (("category", "model"), ("model", "category")):
        places = [i for i, column in enumerate(header.columns) if column == name]
        if len(places) != 1 or other in header.columns or heading_key(header.cells[places[0]]) in mapping.columns:
            continue
        words = _words(sheet, header.row, places[0])
        known = sum(parse_category(word, library) is not None for word in words)
        is_other = known == 0 if name == "category" else known == len(words)
        if len(words) >= _LEAST_WORDS and is_other:
            columns = tuple(other if i == places[0] else c for i, c in enumerate(header.columns))
            return replace(header, columns=columns)
    return header


def _words(sheet: Sheet, below: int, index: int) -> set[str]:
    cells: list[Any] = [c[index] for n, c in sheet.rows[:_LOOKED_AT] if n > below and index < len(c)]
    return {c for c in cells if isinstance(c, str) and not c.isdigit() and not is_missing(c)}
