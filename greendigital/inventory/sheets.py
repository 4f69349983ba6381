"""Tables out of files: text with its delimiter and encoding, workbooks with their sheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from greendigital.errors import InputError, Problem
from greendigital.inputs import check_readable

_DELIMITERS = ",;\t|"
Row = tuple[int, list[Any]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: rows with the number a spreadsheet shows; cells are text, numbers, dates or None."""

    name: str
    rows: list[Row]


def read_sheets(path: Path) -> list[Sheet]:
    """All tables of a file, blank rows left out.

    Raises
    ------
    InputError
        If the file is missing, empty, or not what its name says.
    """
    check_readable(path)
    sheets = list(_workbook(path)) if path.suffix.lower() in (".xlsx", ".xlsm") else [_text(path)]
    if not any(sheet.rows for sheet in sheets):
        raise InputError(Problem("error", "file_empty", "The file holds no rows.", "Export it again.", path.name))
    return sheets


def _text(path: Path) -> Sheet:
    text = _decode(path.read_bytes())
    rows: list[Row] = []
    number = 1
    for cells in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)):
        # A record counts as one row, as a spreadsheet shows it, whatever line breaks its cells hold.
        values = [cell.strip() or None for cell in cells]
        if any(values):
            rows.append((number, values))
        number += 1
    return Sheet("", rows)


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("windows-1252", errors="replace")


def _delimiter(text: str) -> str:
    """The delimiter that the fullest of the first lines holds most often."""
    lines = text.splitlines()[:30]
    return max(_DELIMITERS, key=lambda d: (max((line.count(d) for line in lines), default=0), -_DELIMITERS.index(d)))


def _workbook(path: Path) -> Iterator[Sheet]:
    from zipfile import BadZipFile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, OSError) as error:
        raise InputError(
            Problem(
                "error",
                "file_not_workbook",
                f"The workbook cannot be opened ({error}).",
                "Save it again as XLSX.",
                path.name,
            )
        ) from None
    for sheet in book.worksheets:
        rows = [
            (number, [_cell(value) for value in values])
            for number, values in enumerate(sheet.iter_rows(values_only=True), start=1)
        ]
        yield Sheet(sheet.title, [(n, cells) for n, cells in rows if any(c is not None for c in cells)])
    book.close()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, bool | int | float | date) or value is None:
        return value
    return str(value)
