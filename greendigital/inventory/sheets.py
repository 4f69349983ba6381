"""Tables out of files: delimited text, workbooks with their sheets, lists of objects; and how large they may be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from greendigital.errors import InputError, Problem
from greendigital.inputs import check_readable

MOST_COLUMNS = 1_000
"""Filled cells of a row; the widest export known has 100."""

LONGEST_CELL = 32_767
"""Characters of a cell, as many as Excel holds."""

FORMULA = "#FORMULA!"
"""Stands for a formula whose value was never calculated."""

Row = tuple[int, list[Any]]
Span = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: rows with the number a spreadsheet shows; cells are text, numbers, dates or None.

    Attributes
    ----------
    is_text
        Whether the table comes from delimited text, where a cell too many means that cells have moved.
    stray_quotes
        Rows with an opening quotation mark that is not closed as it must be; they are read as they stand.
    cut
        Rows with a cell or line longer than is read, and its length.
    merged
        Merged cells, as first row, first column, last row and last column; rows from 1, columns from 0.
    """

    name: str
    rows: list[Row]
    is_text: bool = False
    stray_quotes: tuple[int, ...] = ()
    cut: tuple[tuple[int, int], ...] = ()
    merged: tuple[Span, ...] = ()


def read_sheets(path: Path, first: int | None = None) -> list[Sheet]:
    """All tables of a file, blank rows left out.

    Parameters
    ----------
    path
        Delimited text (also as .gz), a workbook (XLSX, ODS), or a list of objects (JSON).
    first
        Read only so many filled rows of each table: enough to recognise it.

    Raises
    ------
    InputError
        If the file is missing, empty, not what its name says, or larger than is read.
    """
    check_readable(path)
    ending = path.suffix.lower()
    if ending in (".parquet", ".pq"):
        message, remedy = "Parquet is read for bills only.", "Save a list of assets as CSV or XLSX."
        raise InputError(Problem("error", "file_kind_not_read", message, remedy, path.name))
    sheets = _read(path, ending, first)
    if not any(sheet.rows for sheet in sheets):
        raise InputError(Problem("error", "file_empty", "The file holds no rows.", "Export it again.", path.name))
    for sheet in sheets:
        _check_width(sheet, path)
    return sheets


def _read(path: Path, ending: str, first: int | None) -> list[Sheet]:
    if ending in (".xlsx", ".xlsm"):
        from greendigital.inventory.workbooks import read_workbook

        return read_workbook(path, first)
    if ending == ".ods":
        from greendigital.inventory.opendocument import read_opendocument

        return read_opendocument(path, first)
    if ending in (".json", ".jsonl", ".ndjson"):
        from greendigital.inventory.objects import read_objects

        return [read_objects(path, first)]
    from greendigital.inventory.text import read_text

    return [read_text(path, first)]


def _check_width(sheet: Sheet, path: Path) -> None:
    widest = max((row for row in sheet.rows[:100]), key=lambda row: len(row[1]), default=(0, []))
    filled = sum(c is not None for c in widest[1])
    if filled > MOST_COLUMNS:
        place = f'On sheet "{sheet.name}": ' if sheet.name else ""
        raise InputError(
            Problem(
                "error",
                "too_many_columns",
                f"{place}The row has {filled:,} filled cells; at most {MOST_COLUMNS:,} columns are read.",
                "Keep the columns that say what each device is.",
                path.name,
                widest[0],
            )
        )
