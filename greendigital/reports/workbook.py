"""Sheets of a workbook: each a title, a note and one table, with text that never becomes a formula."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.filters import AutoFilter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.table import Table, TableColumn, TableStyleInfo

_TITLE, _HEAD = Font(name="Calibri", bold=True, size=14), Font(name="Calibri", bold=True)
_NUMBER, _COUNT = "#,##0.0##", "#,##0"


class Book:
    """Sheets in order, each a title, a note, and one table from row 4 on."""

    def __init__(self) -> None:
        self.book = Workbook(write_only=True)
        self.titles: list[tuple[str, str]] = []

    def sheet(
        self, name: str, title: str, note: str, header: Sequence[str], rows: Sequence[Sequence[Any]], raw: bool = False
    ) -> None:
        """Add a sheet with one table; ``raw`` leaves numbers without a format, several times faster for many cells."""
        self.titles.append((name, title))
        sheet = self.book.create_sheet(name)
        widths = _widths(header, rows)
        for index, width in enumerate(widths, start=1):
            sheet.column_dimensions[get_column_letter(index)].width = width
        sheet.freeze_panes = "A5"
        sheet.page_setup.orientation = "landscape"
        if not raw:
            sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
            sheet.page_setup.fitToHeight = False
        reference = f"A4:{get_column_letter(len(header))}{4 + max(len(rows), 1)}"
        table = Table(displayName=f"T_{name.replace(' ', '_')}", ref=reference)
        table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=True)
        table.autoFilter = AutoFilter(ref=reference)
        for number, heading in enumerate(header, start=1):
            table.tableColumns.append(TableColumn(id=number, name=heading))
        sheet.append([_cell(sheet, title, _TITLE)])
        sheet.append([_cell(sheet, note)])
        sheet.append([])
        sheet.append([_cell(sheet, heading, _HEAD) for heading in header])
        for row in rows:
            sheet.append([_plain(sheet, value) if raw else _cell(sheet, value) for value in row])
        if not rows:
            sheet.append([_cell(sheet, "none")])
        with warnings.catch_warnings():
            # The columns are given above; openpyxl warns all the same when a sheet is write-only.
            warnings.simplefilter("ignore", UserWarning)
            sheet.add_table(table)


def _cell(sheet: Any, value: Any, font: Font | None = None) -> Any:
    cell = WriteOnlyCell(sheet, value=_allowed(value) if isinstance(value, str) else value)
    if isinstance(value, str):
        # Text stays text, whatever sign it starts with: nothing from a file becomes a formula.
        cell.data_type = "s"
    elif isinstance(value, float):
        cell.number_format = _COUNT if value.is_integer() else _NUMBER
    if font is not None:
        cell.font = font
    return cell


def _plain(sheet: Any, value: Any) -> Any:
    """The value itself; only text that would become a formula needs a cell of its own."""
    if isinstance(value, str):
        return _cell(sheet, value) if value.startswith("=") else _allowed(value)
    return value


def _allowed(text: str) -> str:
    """Text without the control characters that a workbook cannot hold."""
    return ILLEGAL_CHARACTERS_RE.sub("", text)


def _widths(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[float]:
    found = []
    for index, heading in enumerate(header):
        longest = max(
            (len(str(row[index])) for row in rows[:200] if index < len(row) and isinstance(row[index], str)), default=0
        )
        found.append(float(min(max(len(heading) + 4, longest + 2, 11), 70)))
    return found
