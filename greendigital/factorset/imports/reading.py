"""The user's file as rows of text with the row numbers that a spreadsheet shows; strict about numbers."""

from __future__ import annotations

import csv
import io
import math
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from greendigital.errors import InputError, Problem

WORKBOOKS = (".xlsx", ".xlsm")
PLAIN_NUMBER = "Write a plain decimal number, or leave the cell empty."
AGAIN = "Download it from the publisher again."
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a workbook: its value, and whether it is shown as a percentage."""

    value: Any
    is_percent: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A header and the rows below it.

    Attributes
    ----------
    rows
        Row number as a spreadsheet shows it, and the cells by column, stripped.
    decimal_comma
        Whether numbers are written with a comma.
    """

    file: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]
    decimal_comma: bool = False
    header_row: int = 1


def refuse(
    file: str, code: str, message: str, remedy: str, row: int | None = None, column: str | None = None
) -> InputError:
    """The error for a file that cannot be used."""
    return InputError(Problem("error", code, message, remedy, file, row, column))


def read_table(path: Path) -> Table:
    """A CSV (comma, semicolon or tab; UTF-8), or the first sheet of a workbook.

    Raises
    ------
    InputError
        If the file is missing, empty, not what its name says, or has no rows, or names a column twice.
    """
    if path.suffix.lower() in WORKBOOKS:
        name = sheet_names(path)[0]
        grid = [(number, [_as_text(cell) for cell in cells]) for number, cells in sheet_cells(path, name)]
        return _table(path.name, [(n, cells) for n, cells in grid if any(cells)], decimal_comma=False)
    text = _text_of(path)
    delimiter = max(",;\t", key=text.split("\n", 1)[0].count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    lines = []
    try:
        for cells in reader:
            if any(c.strip() for c in cells):
                lines.append((reader.line_num, [c.strip() for c in cells]))
    except csv.Error as error:
        raise refuse(
            path.name, "file_not_readable", f"The file is not a CSV: {error}.", AGAIN, reader.line_num
        ) from None
    return _table(path.name, lines, decimal_comma=delimiter == ";")


def _text_of(path: Path) -> str:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise refuse(path.name, "file_missing", "There is no such file.", "Check the name and folder.") from None
    except OSError as error:
        raise refuse(
            path.name, "file_not_readable", f"The file cannot be read: {error.strerror}.", "Check it."
        ) from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refuse(path.name, "file_not_text", "The file is not UTF-8 text.", AGAIN) from None
    if not text.strip():
        raise refuse(path.name, "file_empty", "The file is empty.", AGAIN)
    return text


def _table(file: str, lines: Sequence[tuple[int, list[str]]], decimal_comma: bool) -> Table:
    if not lines:
        raise refuse(file, "file_empty", "The file is empty.", AGAIN)
    header_row, header = lines[0]
    named = [h for h in header if h]
    twice = next((h for h in named if named.count(h) > 1), None)
    if twice:
        raise refuse(file, "column_twice", f'The column "{twice}" stands twice.', "Keep one.", header_row, twice)
    if len(lines) == 1:
        raise refuse(file, "file_no_rows", "There are no rows below the header.", AGAIN, header_row)
    rows = []
    for number, cells in lines[1:]:
        if len(cells) < len(header):
            # A workbook leaves out empty cells at the end of a row; a CSV does not: there the file was cut.
            if not file.lower().endswith(WORKBOOKS):
                message = f"The row has {len(cells)} cells under {len(header)} headings."
                raise refuse(file, "row_cut_short", message, f"The file was cut short. {AGAIN}", number)
            cells = [*cells, *[""] * (len(header) - len(cells))]
        rows.append((number, {h: c for h, c in zip(header, cells, strict=False) if h}))
    return Table(file, tuple(header), tuple(rows), decimal_comma, header_row)


def sheet_names(path: Path) -> list[str]:
    """Names of a workbook's sheets.

    Raises
    ------
    InputError
        If it is no workbook, or was cut short.
    """
    book = _open(path, formulas=False)
    try:
        return [str(name) for name in book.sheetnames]
    finally:
        book.close()


def _open(path: Path, formulas: bool) -> Any:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    if not path.is_file():
        raise refuse(path.name, "file_missing", "There is no such file.", "Check the name and folder.")
    try:
        return load_workbook(path, read_only=True, data_only=not formulas)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError, EOFError, ParseError, zlib.error):
        raise _damaged(path) from None


def _damaged(path: Path) -> InputError:
    message = "The file is not a whole workbook (.xlsx): it is damaged, was cut short, or is of another format."
    return refuse(path.name, "file_not_workbook", message, AGAIN)


def sheet_cells(path: Path, sheet: str, formulas: bool = False) -> Iterator[tuple[int, list[Cell]]]:
    """The rows of a sheet with their numbers; with ``formulas``, formulas instead of the values stored for them.

    Raises
    ------
    InputError
        If the workbook turns out to be cut short while it is read.
    """
    book = _open(path, formulas)
    try:
        # The size that a workbook states of a sheet may be wrong; without it, the rows themselves are read.
        book[sheet].reset_dimensions()
        for cells in book[sheet].iter_rows():
            found = [Cell(c.value, "%" in str(getattr(c, "number_format", ""))) for c in cells]
            if any(c.value is not None for c in found):
                yield next(c.row for c in cells if hasattr(c, "row")), found
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError, ParseError, zlib.error):
        raise _damaged(path) from None
    finally:
        book.close()


def _as_text(cell: Cell) -> str:
    if cell.value is None:
        return ""
    if isinstance(cell.value, bool):
        return str(cell.value).lower()
    if isinstance(cell.value, int | float):
        # Told as people see it, so that it is refused with the value that they can find.
        return f"{number_text(cell.value * 100)}%" if cell.is_percent else number_text(float(cell.value))
    if hasattr(cell.value, "isoformat"):
        return str(cell.value.isoformat())[:10]
    return str(cell.value).strip()


def number_text(value: float) -> str:
    """A number as text, without the noise of binary fractions (0.17700000000000002 is 0.177)."""
    return f"{value:.12g}"


@dataclass(slots=True)
class Findings:
    """Collects the problems of one file, so that they are told together."""

    file: str
    problems: list[Problem]
    decimal_comma: bool = False

    def error(self, row: int | None, column: str | None, code: str, message: str, remedy: str) -> None:
        """Note an error; :meth:`stop` ends the work when there is one."""
        self.problems.append(Problem("error", code, message, remedy, self.file, row, column))

    def warn(self, row: int | None, column: str | None, code: str, message: str, remedy: str = "") -> None:
        """Note something to look at."""
        self.problems.append(Problem("warning", code, message, remedy, self.file, row, column))

    def stop(self) -> None:
        """Raise InputError with all errors, if there is any."""
        if errors := [p for p in self.problems if p.severity == "error"]:
            raise InputError(errors)

    def number(self, row: int, column: str, text: str, remedy: str = PLAIN_NUMBER) -> str | None:
        """A number that is not negative, as text; None for an empty cell or one that was refused (and noted)."""
        if not text:
            return None
        plain = text.replace(",", ".") if self.decimal_comma and text.count(",") == 1 else text
        if not _NUMBER.fullmatch(plain) or not math.isfinite(float(plain)):
            code = "percent_not_number" if text.endswith("%") else "not_a_number"
            self.error(row, column, code, f'"{text}" is not a plain number.', remedy)
            return None
        if float(plain) < 0:
            self.error(row, column, "number_negative", f'"{text}" is negative.', remedy)
            return None
        return plain

    def share(self, row: int, column: str, text: str) -> str | None:
        """A share from 0 to 1, as text."""
        remedy = "Write a share from 0 to 1: 0.15, not 15."
        plain = self.number(row, column, text, remedy)
        if plain is not None and float(plain) > 1:
            self.error(row, column, "share_out_of_range", f'"{text}" is not a share.', remedy)
            return None
        return plain

    def year(self, row: int, column: str, text: str) -> int | None:
        """A year as people write it."""
        digits = text.removesuffix(".0")
        if not re.fullmatch(r"(19|20|21)\d\d", digits):
            self.error(row, column, "not_a_year", f'"{text}" is not a year.', "Write it as 2027.")
            return None
        return int(digits)
