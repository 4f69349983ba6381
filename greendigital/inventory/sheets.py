"""Tables out of files: text with its delimiter and encoding, workbooks with their sheets."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import itertools
import re
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from greendigital.errors import InputError, Problem
from greendigital.inputs import check_readable, utf16_of
from greendigital.inventory.profiles import find_header

_DELIMITERS = ",;\t|"
_HEAD_BYTES = 1 << 20
_HEAD_LINES = 60
_SEPARATOR_LINE = re.compile(r"^\ufeff?sep=(.)\r?\n", re.IGNORECASE)
Row = tuple[int, list[Any]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: rows with the number a spreadsheet shows; cells are text, numbers, dates or None.

    Attributes
    ----------
    is_text
        Whether the table comes from delimited text, where a cell too many means that cells have moved.
    stray_quotes
        Rows with an opening quotation mark that is not closed as it must be; they are read as they stand.
    """

    name: str
    rows: list[Row]
    is_text: bool = False
    stray_quotes: tuple[int, ...] = ()


def read_sheets(path: Path, first: int | None = None) -> list[Sheet]:
    """All tables of a file, blank rows left out.

    Parameters
    ----------
    path
        Delimited text (also as .gz), or a workbook.
    first
        Read only so many filled rows of each table: enough to recognise it.

    Raises
    ------
    InputError
        If the file is missing, empty, or not what its name says.
    """
    check_readable(path)
    if path.suffix.lower() in (".parquet", ".pq"):
        message, remedy = "Parquet is read for bills only.", "Save a list of assets as CSV or XLSX."
        raise InputError(Problem("error", "file_kind_not_read", message, remedy, path.name))
    is_workbook = path.suffix.lower() in (".xlsx", ".xlsm")
    sheets = _workbook(path, first) if is_workbook else [_text(path, first)]
    if not any(sheet.rows for sheet in sheets):
        raise InputError(Problem("error", "file_empty", "The file holds no rows.", "Export it again.", path.name))
    return sheets


def _text(path: Path, first: int | None) -> Sheet:
    text = _decode(_bytes(path, None if first is None else _HEAD_BYTES), whole=first is None)
    named = _SEPARATOR_LINE.match(text)
    # The line "sep=;" steers Excel, which does not show it; rows are counted after it.
    text = text[named.end() :] if named else text
    delimiter = named[1] if named and named[1] in _DELIMITERS else _delimiter(text)
    rows: list[Row] = []
    stray: list[int] = []
    for number, (cells, is_stray) in enumerate(_records(text, delimiter), start=1):
        # A record counts as one row, as a spreadsheet shows it, whatever line breaks its cells hold.
        values = [cell.strip() or None for cell in cells]
        if is_stray:
            stray.append(number)
        if any(values):
            rows.append((number, values))
        if first is not None and len(rows) >= first:
            break
    return Sheet("", rows, True, tuple(stray))


def _bytes(path: Path, size: int | None) -> bytes:
    opener: Any = gzip.open if path.suffix.lower() == ".gz" else open
    try:
        with opener(path, "rb") as handle:
            return bytes(handle.read(size if size is not None else -1))
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            Problem("error", "file_not_readable", f"The file cannot be read ({error}).", "Export it again.", path.name)
        ) from None


def _decode(data: bytes, whole: bool = True) -> str:
    """Text of the bytes; a head of a file may end in the middle of a character."""
    if encoding := utf16_of(data[:4096]):
        return codecs.getincrementaldecoder(encoding)(errors="replace").decode(data, final=False)
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(data, final=whole)
    except UnicodeDecodeError:
        return data.decode("windows-1252", errors="replace")


def _records(text: str, delimiter: str) -> Iterator[tuple[list[str], bool]]:
    """Records of delimited text, and whether one has a stray quotation mark.

    A mark that opens a cell and is never closed, or is closed by the next stray one, would swallow every row between
    them. Its line is taken as it stands instead, and reading goes on with the line below.
    """
    lines = list(io.StringIO(text, newline=""))
    start = width = 0
    while start < len(lines):
        reader = csv.reader(itertools.islice(lines, start, None), delimiter=delimiter)
        end = start
        while end < len(lines):
            begin = end
            try:
                cells = next(reader)
                end = start + reader.line_num
                swallows = (end - begin > 1 or end == len(lines)) and (
                    _is_stray(lines[begin:end], delimiter) or _holds_rows(lines[begin:end], cells, width, delimiter)
                )
                width = max(width, 0 if swallows else len(cells))
            except csv.Error:  # a cell of more than 131,072 characters
                swallows = True
            if swallows:
                yield [cell.strip('"') for cell in lines[begin].rstrip("\r\n").split(delimiter)], True
                start = begin + 1
                break
            yield cells, False
        else:
            return


def _is_stray(lines: list[str], delimiter: str) -> bool:
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        return len(lines) > 1 or "unexpected end" in str(error)
    return False


def _holds_rows(lines: list[str], cells: list[str], width: int, delimiter: str) -> bool:
    """Whether the lines of a record are rows of their own, which two stray marks have made into one."""
    if len(lines) < 2 or width < 3:
        return False
    inner = lines[1:] if len(cells) != width else lines[1:-1]
    return any(line.count(delimiter) >= width - 1 for line in inner)


def _delimiter(text: str) -> str:
    """The delimiter with which most columns are understood; else the one that a single line holds most often."""
    lines = list(itertools.islice(io.StringIO(text, newline=""), _HEAD_LINES))

    def understood(delimiter: str) -> int:
        try:
            rows = [(n, [c.strip() or None for c in r]) for n, r in enumerate(csv.reader(lines, delimiter=delimiter))]
        except csv.Error:
            return 0
        header = find_header([(n, cells) for n, cells in rows if any(cells)])
        return sum(name is not None for name in header.columns) if header else 0

    def frequency(delimiter: str) -> int:
        return max((line.count(delimiter) for line in lines), default=0)

    return max(_DELIMITERS, key=lambda d: (understood(d), frequency(d), -_DELIMITERS.index(d)))


def _workbook(path: Path, first: int | None) -> list[Sheet]:
    from xml.etree.ElementTree import ParseError

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    broken = (BadZipFile, InvalidFileException, ParseError, zlib.error)
    broken += (KeyError, IndexError, OSError, EOFError, ValueError, TypeError, AttributeError)  # type: ignore[assignment]
    try:
        with warnings.catch_warnings():
            # openpyxl warns of styles and validations that do not concern the values
            warnings.simplefilter("ignore")
            book = load_workbook(path, read_only=True, data_only=True)
            sheets = [Sheet(sheet.title, _rows(sheet, first)) for sheet in book.worksheets]
            book.close()
    except broken:
        message = "The workbook cannot be opened: it is damaged, or no workbook."
        raise InputError(Problem("error", "file_not_workbook", message, "Save it again as XLSX.", path.name)) from None
    return sheets


def _rows(sheet: Any, first: int | None) -> list[Row]:
    # Some exporters write a size of A1; believing it would lose all but one cell.
    sheet.reset_dimensions()
    rows: list[Row] = []
    for number, values in enumerate(sheet.iter_rows(values_only=True), start=1):
        cells = [_cell(value) for value in values]
        if any(c is not None for c in cells):
            rows.append((number, cells))
        if first is not None and len(rows) >= first:
            break
    return rows


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, bool | int | float | date) or value is None:
        return value
    return str(value)
