"""A dataframe with canonical columns to the assets frame, by the same checks that a file goes through."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from greendigital import frames
from greendigital.columns import ASSET_IDENTITY, ASSETS, names
from greendigital.config import Config
from greendigital.errors import UsageError
from greendigital.factorset import FactorLibrary
from greendigital.inventory.assets import Assets
from greendigital.inventory.profiles import CANONICAL, Header, canonical_profile
from greendigital.inventory.read import Reader
from greendigital.inventory.sheets import Row, Sheet

SOURCE = "dataframe"
_FIRST_ROW = 2
"""Rows count from here where the frame has no ``source_row``, as under a header."""


def from_frame(frame: Any, config: Config, library: FactorLibrary) -> Assets:
    """Rows of a pandas, Polars or DuckDB frame, typed, checked and completed from the configuration.

    Columns of :data:`greendigital.columns.ASSET_IDENTITY` are kept where the frame has them, so that ``Assets.frame``
    can be changed and given back; other columns that are not canonical are left alone.

    Raises
    ------
    UsageError
        If the frame has neither a column category nor model.
    """
    lazy = frames.as_lazy(frame)
    columns = lazy.collect_schema().names()
    if not {"category", "model"} & set(columns):
        raise UsageError(
            "The frame has neither a column category nor model, so no device can be told. Rename its columns to the "
            f"canonical names, or read the file with read_inventory. Columns: {', '.join(columns[:12])}."
        )
    given = [dict(zip(columns, row, strict=True)) for row in frames.rows(lazy, columns)]
    canonical = [*names(ASSETS), "disposal_date", "disposal_route"]
    header = Header(
        1, canonical_profile(CANONICAL), tuple(columns), tuple(c if c in canonical else None for c in columns)
    )
    numbered = [(int(row.get("source_row") or n), row) for n, row in enumerate(given, start=_FIRST_ROW)]
    filled = [(n, row) for n, row in numbered if any(row[c] is not None for c in columns if c in canonical)]
    cells: list[Row] = [(n, [_cell(row[c]) for c in columns]) for n, row in filled]
    reader = Reader(config, library)
    reader.read_rows(SOURCE, Sheet("", cells), header)
    for (number, row), read in zip(filled, reader.assets.rows, strict=True):
        kept = [name for name in names(ASSET_IDENTITY) if name not in canonical and row.get(name) is not None]
        own = {name: _cell(row[name]) for name in kept}
        read.update({**own, "source_row": number})
        read["line_id"] = own.get("line_id") or f"{read['source_id']}:{number}"
    return reader.finish(joined="merged_into" in columns)


def _cell(value: Any) -> Any:
    """A value as a workbook would hold it."""
    if isinstance(value, datetime):
        return value.date()
    return value.strip() or None if isinstance(value, str) else value
