"""Sheets of a workbook: each a title, a note and one table, with text that never becomes a formula."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

_NUMBER, _COUNT = "#,##0.0##", "#,##0"
_TITLE_ROW, _NOTE_ROW, _HEAD_ROW = 0, 1, 3
_NOT_ALLOWED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Control characters that a workbook cannot hold."""
_LOOKED_AT = 200
"""Rows by which widths and formats of columns are chosen."""
_WIDEST = 70
"""Characters of the widest column; text that is longer stands on several lines, or a page of it would be tiny."""
_LINE_POINTS, _MOST_POINTS = 15, 400
"""Height of a line of text, and the greatest of a row that Excel takes without complaint."""
_LONGEST = 32_767
"""Characters that a cell holds."""
_OPTIONS = {"default_date_format": "yyyy-mm-dd"}


class Book:
    """Sheets in order, each a title, a note, and one table from row 4 on."""

    def __init__(self, path: Path) -> None:
        self.book = xlsxwriter.Workbook(str(path), _OPTIONS)
        self.title = self.book.add_format({"bold": True, "font_size": 14})
        self.head = self.book.add_format({"bold": True})
        self.raw_head = self.book.add_format({"bold": True, "bottom": 1})
        self.number = self.book.add_format({"num_format": _NUMBER, "valign": "top"})
        self.count = self.book.add_format({"num_format": _COUNT, "valign": "top"})
        self.plain = self.book.add_format({"valign": "top"})
        self.wrapped = self.book.add_format({"text_wrap": True, "valign": "top"})

    def sheet(
        self, name: str, title: str, note: str, header: Sequence[str], rows: Sequence[Sequence[Any]], raw: bool = False
    ) -> None:
        """Add a sheet with one table.

        ``raw`` is for very many cells: numbers take the format of their column, and the table is a filtered range,
        which need not be told of each of its cells.
        """
        sheet = self.book.add_worksheet(name)
        for index, width in enumerate(_widths(header, rows)):
            sheet.set_column(index, index, width, self._format_of(rows, index) if raw else None)
        sheet.freeze_panes(_HEAD_ROW + 1, 0)
        sheet.set_landscape()
        if not raw:
            sheet.fit_to_pages(1, 0)
        sheet.write_string(_TITLE_ROW, 0, _allowed(title), self.title)
        sheet.write_string(_NOTE_ROW, 0, _allowed(note))
        last = _HEAD_ROW + max(len(rows), 1)
        if raw:
            for index, heading in enumerate(header):
                sheet.write_string(_HEAD_ROW, index, heading, self.raw_head)
            sheet.autofilter(_HEAD_ROW, 0, last, len(header) - 1)
        else:
            columns = [{"header": heading, "header_format": self.head} for heading in header]
            options = {"name": f"T_{name.replace(' ', '_')}", "style": "Table Style Light 1", "columns": columns}
            sheet.add_table(_HEAD_ROW, 0, last, len(header) - 1, options)
        for number, row in enumerate(rows, start=_HEAD_ROW + 1):
            if not raw and (lines := _lines_of(row)) > 1:
                sheet.set_row(number, min(lines * _LINE_POINTS, _MOST_POINTS))
            for column, value in enumerate(row):
                if value is not None:
                    self._write(sheet, number, column, value, raw)
        if not rows:
            sheet.write_string(_HEAD_ROW + 1, 0, "none")

    def _format_of(self, rows: Sequence[Sequence[Any]], index: int) -> Any:
        """Format of a column of figures; of text none."""
        figures = [row[index] for row in rows[:_LOOKED_AT] if type(row[index]) in (float, int)]
        if not figures:
            return None
        return self.count if all(float(figure).is_integer() for figure in figures) else self.number

    def _write(self, sheet: Any, row: int, column: int, value: Any, raw: bool) -> None:
        if isinstance(value, str):
            # Text stays text, whatever sign it starts with: nothing from a file becomes a formula or a link.
            sheet.write_string(row, column, _allowed(value), None if raw else self._of_text(value))
        elif type(value) is float and not raw:
            sheet.write_number(row, column, value, self.count if value.is_integer() else self.number)
        elif type(value) in (float, int):
            sheet.write_number(row, column, value)
        else:
            sheet.write(row, column, value)

    def _of_text(self, value: str) -> Any:
        return self.wrapped if len(value) > _WIDEST else self.plain

    def save(self) -> None:
        """Write the file."""
        self.book.close()


def _allowed(text: str) -> str:
    """Text without the control characters that a workbook cannot hold, and no longer than a cell."""
    return text if text.isprintable() and len(text) <= _LONGEST else _NOT_ALLOWED.sub("", text)[:_LONGEST]


def _lines_of(row: Sequence[Any]) -> int:
    """Lines that the longest text of a row takes: not every program finds the height of a row by itself."""
    return max((math.ceil(len(cell) / _WIDEST) for cell in row if isinstance(cell, str)), default=1)


def _widths(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[float]:
    found = []
    for index, heading in enumerate(header):
        longest = max(
            (len(str(row[index])) for row in rows[:_LOOKED_AT] if index < len(row) and isinstance(row[index], str)),
            default=0,
        )
        found.append(float(min(max(len(heading) + 4, longest + 2, 11), _WIDEST)))
    return found
