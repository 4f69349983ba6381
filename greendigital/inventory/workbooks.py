"""Excel workbooks: values, what formulas never gave one, and merged cells; within bounds of memory."""

from __future__ import annotations

import re
import warnings
import zlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from greendigital.errors import InputError, Problem
from greendigital.inventory.sheets import FORMULA, LONGEST_CELL, Row, Sheet, Span

MOST_UNPACKED = 1 << 30
"""Bytes that the parts of a workbook may have unpacked; a million rows of twelve columns have about 600 million."""

MOST_STRINGS = 1 << 28
"""Bytes of the strings of a workbook, which are held in memory whole."""

_STRINGS = "xl/sharedStrings.xml"
_BLOCK, _OVERLAP = 1 << 20, 1 << 13
_LONGEST_ROW = 1 << 26
"""Bytes of a row, which is held in memory whole; the 16,384 cells that a row can have need about a sixtieth of it."""

_UNCALCULATED = re.compile(
    rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]+)(\d+)"[^>]*>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*'
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml$")
_LAST_ROW = re.compile(rb"</(?:\w+:)?sheetData>")
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*?\bref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
_BROKEN = (BadZipFile, zlib.error, KeyError, IndexError, OSError, EOFError, ValueError, TypeError, AttributeError)


def read_workbook(path: Path, first: int | None) -> list[Sheet]:
    """The sheets of an XLSX workbook.

    Raises
    ------
    InputError
        If the workbook is damaged, or larger than is read.
    """
    from xml.etree.ElementTree import ParseError

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        check_unpacked(path)
        with warnings.catch_warnings():
            # openpyxl warns of styles and validations that do not concern the values
            warnings.simplefilter("ignore")
            with ZipFile(path) as archive:
                parts = archive.namelist()
                # Before the workbook is opened: openpyxl holds a row whole, however long it is.
                marks = {part: _Marks(archive, part) for part in parts if _SHEET.match(part)}
                pictures = any(part.startswith("xl/media/") for part in parts)
            book = load_workbook(path, read_only=True, data_only=True)
            sheets = [_sheet(sheet, first, marks) for sheet in book.worksheets]
            book.close()
    except (*_BROKEN, InvalidFileException, ParseError):
        message = "The workbook cannot be opened: it is damaged, or no workbook."
        raise InputError(Problem("error", "file_not_workbook", message, "Save it again as XLSX.", path.name)) from None
    if pictures and not any(sheet.rows for sheet in sheets):
        message = "The workbook holds pictures and no cells."
        raise InputError(Problem("error", "file_empty", message, "Ask for the list itself, as cells.", path.name))
    return sheets


def check_unpacked(path: Path) -> None:
    """Refuse a zip file whose parts would take more memory than is given to them.

    Raises
    ------
    InputError
        If it does. The sizes are those that the archive states; Python reads no further than these.
    """
    with ZipFile(path) as archive:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
    total, strings = sum(sizes.values()), sizes.get(_STRINGS, 0)
    if total <= MOST_UNPACKED and strings <= MOST_STRINGS:
        return
    what, size, most = (
        ("The workbook", total, MOST_UNPACKED) if total > MOST_UNPACKED else ("Its text", strings, MOST_STRINGS)
    )
    raise InputError(
        Problem(
            "error",
            "file_too_large",
            f"{what} is {size / 1e6:,.0f} MB unpacked; at most {most / 1e6:,.0f} MB are read.",
            "Save the list of devices alone, as CSV.",
            path.name,
        )
    )


class _Marks:
    """What openpyxl does not tell of a sheet that it reads as a stream.

    Attributes
    ----------
    uncalculated
        Columns of formulas without a value, by row.
    merged
        Merged cells.
    """

    def __init__(self, archive: ZipFile, part: str) -> None:
        self.uncalculated: dict[int, list[int]] = {}
        self.merged: list[Span] = []
        for match in _matches(archive, part):
            if match.re is _MERGED:
                self.merged.append((int(match[2]), _column(match[1]), int(match[4]), _column(match[3])))
            elif b't="str"' not in match[0].split(b">", 1)[0]:  # that one was calculated, to an empty text
                self.uncalculated.setdefault(int(match[2]), []).append(_column(match[1]))


def _sheet(sheet: Any, first: int | None, marks: Mapping[str, _Marks]) -> Sheet:
    own = marks.get(sheet._worksheet_path.lstrip("/"))
    rows, cut = _rows(sheet, first, own.uncalculated if own else {})
    return Sheet(sheet.title, rows, cut=tuple(cut), merged=tuple(own.merged) if own else ())


def _matches(archive: ZipFile, part: str) -> Iterator[re.Match[bytes]]:
    """Formulas without a value and merged cells of a sheet, found without holding it whole."""
    with archive.open(part) as handle:
        kept, in_rows, since_row = b"", True, 0
        while block := handle.read(_BLOCK):
            text = kept + block
            in_rows = in_rows and not _LAST_ROW.search(text)
            since_row = 0 if b"row>" in text else since_row + len(block)
            if in_rows and since_row > _LONGEST_ROW:
                raise ValueError("a row that no spreadsheet program writes")
            # A match that touches the overlap is found with the next block.
            end = len(text) - _OVERLAP if len(block) == _BLOCK else len(text)
            last = 0
            for pattern, sign in ((_UNCALCULATED, b"<f"), (_UNCALCULATED, b":f"), (_MERGED, b"mergeCell ")):
                if sign not in text or (sign == b":f" and b"<f" in text):
                    continue
                for match in pattern.finditer(text):
                    if match.start() < end:
                        last = max(last, match.end())
                        yield match
            kept = text[max(end, last) :]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _rows(sheet: Any, first: int | None, uncalculated: dict[int, list[int]]) -> tuple[list[Row], list[tuple[int, int]]]:
    # Some exporters write a size of A1; believing it would lose all but one cell.
    sheet.reset_dimensions()
    rows: list[Row] = []
    cut: list[tuple[int, int]] = []
    for number, values in enumerate(sheet.iter_rows(values_only=True), start=1):
        cells = [cell_value(value) for value in values]
        for index in uncalculated.get(number, ()):
            cells += [None] * (index + 1 - len(cells))
            cells[index] = FORMULA if cells[index] is None else cells[index]
        if any(c is not None for c in cells):
            if longest := max((len(c) for c in cells if isinstance(c, str) and len(c) > LONGEST_CELL), default=0):
                cut.append((number, longest))
                cells = [c[:LONGEST_CELL] if isinstance(c, str) else c for c in cells]
            rows.append((number, cells))
        if first is not None and len(rows) >= first:
            break
    return rows, cut


def cell_value(value: Any) -> Any:
    """A cell as the readers take it: text without blanks around it, a number, a day, or None."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, bool | int | float | date) or value is None:
        return value
    return str(value)
