"""OpenDocument spreadsheets, read as a stream: a cell far from the others costs no memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError, iterparse
from zipfile import BadZipFile, ZipFile

from greendigital.errors import InputError, Problem
from greendigital.inventory.sheets import FORMULA, LONGEST_CELL, MOST_COLUMNS, Row, Sheet, Span
from greendigital.inventory.workbooks import cell_value, check_unpacked

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_NUMBERS = ("float", "currency", "percentage")
_MOST_CELLS = 20_000
"""Elements that one row may hold; a spreadsheet program makes at most 16,384 cells."""

_MOST_REPEATED = 10_000
"""Like rows that one entry may stand for; a longer run is a formatted sheet, not a list."""


def read_opendocument(path: Path, first: int | None) -> list[Sheet]:
    """The sheets of an ODS workbook.

    Raises
    ------
    InputError
        If the workbook is damaged, protected by a password, or larger than is read.
    """
    try:
        check_unpacked(path)
        with ZipFile(path) as archive:
            with archive.open("META-INF/manifest.xml") as manifest:
                if b"encryption-data" in manifest.read(1 << 20):
                    raise _refused(path, "The workbook is protected by a password.", "Save it without one.")
            with archive.open("content.xml") as handle:
                return list(_sheets(handle, first))
    except (BadZipFile, KeyError, ParseError, OSError, EOFError, ValueError, NotImplementedError, RuntimeError):
        message = "The workbook cannot be opened: it is damaged, or no workbook."
        raise _refused(path, message, "Save it again as ODS or XLSX.") from None


def _refused(path: Path, message: str, remedy: str) -> InputError:
    return InputError(Problem("error", "file_not_workbook", message, remedy, path.name))


def _sheets(handle: Any, first: int | None) -> Iterator[Sheet]:
    name, number = "", 0
    rows: list[Row] = []
    cut: list[tuple[int, int]] = []
    merged: list[Span] = []
    parents: list[Element] = []
    for event, element in iterparse(handle, events=("start", "end")):
        if event == "start":
            parents.append(element)
            if element.tag == f"{_TABLE}table":
                name, number, rows, cut, merged = element.get(f"{_TABLE}name", ""), 0, [], [], []
            continue
        parents.pop()
        if parents and len(parents[-1]) > _MOST_CELLS:
            raise ValueError("a row that no spreadsheet program writes")
        if element.tag == f"{_TABLE}table-row":
            repeated = int(element.get(f"{_TABLE}number-rows-repeated", "1"))
            if first is None or len(rows) < first:
                cells = _cells(element, number + 1, merged)
                if any(c is not None for c in cells):
                    longest = max((len(c) for c in cells if isinstance(c, str)), default=0)
                    if longest > LONGEST_CELL:
                        cut.append((number + 1, longest))
                        cells = [c[:LONGEST_CELL] if isinstance(c, str) else c for c in cells]
                    rows += [(number + n + 1, list(cells)) for n in range(min(repeated, _MOST_REPEATED))]
            number += repeated
            # What was read is forgotten: a list of a million rows is not held as a tree.
            parents[-1].clear()
        elif element.tag == f"{_TABLE}table":
            yield Sheet(name, rows, cut=tuple(cut), merged=tuple(merged))
            element.clear()


def _cells(row: Element, number: int, merged: list[Span]) -> list[Any]:
    cells: list[Any] = []
    for element in row:
        if element.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            continue
        repeated = int(element.get(f"{_TABLE}number-columns-repeated", "1"))
        value = _value(element)
        down = int(element.get(f"{_TABLE}number-rows-spanned", "1"))
        across = int(element.get(f"{_TABLE}number-columns-spanned", "1"))
        if down > 1 or across > 1:
            merged.append((number, len(cells), number + down - 1, len(cells) + across - 1))
        # A row ends in one entry for all cells up to the edge of the sheet.
        cells += [value] * min(repeated, MOST_COLUMNS + 1)
    while cells and cells[-1] is None:
        cells.pop()
    return cells


def _value(cell: Element) -> Any:
    kind = cell.get(f"{_OFFICE}value-type")
    if kind in _NUMBERS:
        number = float(cell.get(f"{_OFFICE}value", ""))
        return int(number) if number.is_integer() and abs(number) < 1e15 else number
    if kind == "date":
        return date.fromisoformat(cell.get(f"{_OFFICE}date-value", "")[:10])
    if kind == "boolean":
        return cell.get(f"{_OFFICE}boolean-value") == "true"
    # Only its own paragraphs: a comment on the cell holds some too.
    text = "\n".join(_paragraph(p) for p in cell if p.tag == f"{_TEXT}p")
    if not text and cell.get(f"{_TABLE}formula"):
        return FORMULA
    return cell_value(text)


def _paragraph(element: Element) -> str:
    """Text of a paragraph; blanks and line breaks are elements of their own in it."""
    parts = [element.text or ""]
    for child in element:
        if child.tag == f"{_TEXT}s":
            parts.append(" " * int(child.get(f"{_TEXT}c", "1")))
        elif child.tag == f"{_TEXT}line-break":
            parts.append("\n")
        elif child.tag != f"{_OFFICE}annotation":
            parts.append(_paragraph(child))
        parts.append(child.tail or "")
    return "".join(parts)
