"""Rows of a table to canonical rows: every cell typed or reported, every row kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from greendigital.columns import ASSETS, DISPOSALS, names
from greendigital.factorset import FactorLibrary
from greendigital.inventory.assets import HOST_NAME
from greendigital.inventory.cells import KINDS, CellReader
from greendigital.inventory.dates import DateOrder, orders_of
from greendigital.inventory.devices import DeviceReader, Draft
from greendigital.inventory.findings import Findings
from greendigital.inventory.mapping import HELPERS
from greendigital.inventory.profiles import DISPOSAL, Header, plain
from greendigital.inventory.sheets import FORMULA, LONGEST_CELL, Sheet
from greendigital.inventory.values import FORMULA_ERRORS, is_missing, parse_number

_TOTAL = re.compile(r"^(?:(?:grand|sub|overall|running)[ -]?)?totals?\b|\b(?:sub[ -]?)?totals?\s*:?$", re.IGNORECASE)
_NAMING = ("asset_id", "category", "manufacturer", "model", "serial_number", HOST_NAME)
"""Columns that say which device a row is about."""

_MERGED = frozenset(
    ("category", "manufacturer", "model", "status", "site", "department", "country", "location_type", "acquired_date")
)
"""Columns in which a cell merged over several rows is meant for each of them; a quantity or a price is not."""

_MOST_REMEMBERED = 100_000
_NEVER = object()


class RowReader:
    """Turns the rows below a header into canonical rows.

    Attributes
    ----------
    devices
        What the columns of a row say together.
    """

    def __init__(self, header: Header, sheet: Sheet, library: FactorLibrary, findings: Findings) -> None:
        self.header = header
        self.is_text = sheet.is_text
        self.stray_quotes = frozenset(sheet.stray_quotes)
        self.cut = dict(sheet.cut)
        self.torn = self.stray_quotes | self.cut.keys()
        self.library = library
        self.findings = findings
        self.preference = header.preference()
        self.naming = [i for i in self.preference if header.columns[i] in _NAMING]
        self.naming_names = [header.columns[i] or "" for i in self.naming]
        self.heads = [plain(c) for c in _trimmed(header.cells)]
        first = header.cells[0]
        self.rows = [
            row for row in sheet.rows if row[0] > header.row and not (row[1][0] == first and self._is_header(row[1]))
        ]
        self._fill_merged(sheet)
        self.cells = CellReader(header, self._date_orders(), findings)
        self.devices = DeviceReader(header, library, findings)
        # One dictionary a column: a cell that gives a value and nothing to report is typed once.
        self.plan: list[tuple[int, str, dict[Any, Any]]] = [(i, header.columns[i] or "", {}) for i in self.preference]
        own = names(DISPOSALS) if header.profile.name == DISPOSAL else names(ASSETS)
        self._known = frozenset((*own, "disposal_date", "disposal_route", *HELPERS))
        self.width = len(header.cells)
        self.headless = [i for i, c in enumerate(header.cells) if c is None]

    def _is_header(self, cells: Sequence[Any]) -> bool:
        """Whether the row repeats the header, as exports of several pages do."""
        return cells[0] is not None and [plain(c) for c in _trimmed(cells)] == self.heads

    def _fill_merged(self, sheet: Sheet) -> None:
        """Give each row the text of a cell that is merged over several."""
        spans = [s for s in sheet.merged if s[2] > s[0] > self.header.row and s[1] < len(self.header.columns)]
        spans = [s for s in spans if self.header.columns[s[1]] in _MERGED]
        if not spans:
            return
        by_number = dict(self.rows)
        for top, column, bottom, _ in sorted(spans):
            value = by_number[top][column] if top in by_number and column < len(by_number[top]) else None
            for number in range(top + 1, bottom + 1):
                cells = by_number.get(number)
                if value is None or cells is None:
                    continue
                cells += [None] * (column + 1 - len(cells))
                cells[column] = value if cells[column] is None else cells[column]
                message = f'"{str(value)[:40]}" stands in a cell merged over several rows; each of them gets it.'
                heading = self.header.cells[column]
                self.findings.share("note", "cell_merged", column, message, "", number, heading)

    def _date_orders(self) -> dict[int, DateOrder]:
        columns = {
            index: [cells[index] for _, cells in self.rows if index < len(cells)]
            for index, name in enumerate(self.header.columns)
            if name is not None and KINDS.get(name) == "date"
        }
        found = orders_of(columns)
        for index, order in found.items():
            if not order.example or (order.decided and not order.mixed):
                continue
            said = "the dates of the column say both" if order.mixed else "no date of the file says which"
            self.findings.add(
                "warning",
                "date_order_mixed" if order.mixed else "date_order_undecided",
                f'"{order.example}" has the day or the month first, {said}; the day is taken.',
                "Write dates as YYYY-MM-DD.",
                next(n for n, cells in self.rows if index < len(cells) and cells[index] == order.example),
                self.header.cells[index],
            )
        return found

    def read(self) -> Iterator[Draft]:
        """All rows, in order."""
        for index, (number, cells) in enumerate(self.rows):
            yield self.row(number, cells, index)

    def row(self, number: int, cells: Sequence[Any], index: int) -> Draft:
        """One row, and what is to be told of it; ``index`` counts it from the first below the header."""
        if reason := self._torn(number, cells) or self._total(number, cells):
            # No device, so a quantity of zero: an empty one counts as one.
            return Draft(source_row=number, set_aside=reason, quantity=0.0)
        row = self._values(number, cells)
        row["source_row"] = number
        if self.devices.complete(row, number, index) and row["retired_date"] and row["acquired_date"]:
            self._check_dates(row, number, cells)
        return row

    def _torn(self, number: int, cells: Sequence[Any]) -> str:
        """Reason code of a row whose cells are not under their headings."""
        width, filled = self.width, len(cells)
        ordinary = filled <= width and not self.headless
        if ordinary and not self.stray_quotes and not self.cut:
            return ""
        filled = len(_trimmed(cells))
        start = next((str(c) for c in cells if c is not None), "")[:40]
        if number in self.stray_quotes:
            self.findings.add(
                "error",
                "quote_stray",
                f'The row beginning "{start}" opens a quotation mark that is not closed before a separator.',
                "Double the mark inside a cell, or take it out.",
                number,
            )
        if number in self.cut:
            self.findings.add(
                "error",
                "cell_too_long",
                f'The row beginning "{start}" has a cell or line of {self.cut[number]:,} characters, of which at most '
                f"{LONGEST_CELL:,} are read; the line is left out.",
                "Take out what is no name of a device.",
                number,
            )
            return "row_too_long"
        if self.is_text and filled > width:
            if number not in self.stray_quotes:
                self.findings.add(
                    "error",
                    "row_too_long",
                    f'The row beginning "{start}" has {filled} cells, its header {width}; the line is left out.',
                    "Put a cell that holds the separator in quotation marks.",
                    number,
                )
            return "row_too_long"
        loose = next((i for i, c in enumerate(cells) if c is not None and _headless(self.header, i)), None)
        if loose is not None:
            message = f'"{str(cells[loose])[:40]}" stands under no heading and is not read.'
            self.findings.share("note", "cell_without_heading", "", message, "Give the column a heading.", number)
        return ""

    def _total(self, number: int, cells: Sequence[Any]) -> str:
        """Reason code of a row that adds up others."""
        label = next(str(c) for c in cells if c is not None)
        is_named = any(i < len(cells) and cells[i] is not None and not is_missing(cells[i]) for i in self.naming)
        if is_named and not _TOTAL.search(label):
            return ""
        named = {self.header.columns[i]: cells[i] for i in self.naming if i < len(cells) and not is_missing(cells[i])}
        if _TOTAL.search(label):
            if named.get("serial_number") or named.get("model", label) != label:
                return ""
            message = f'"{label}" heads a totals row, not a device; it is left out.'
        elif not named and all(_is_number(c) for c in cells if c is not None):
            message = f'"{label}" and no name of a device: a totals row; it is left out.'
        else:
            return ""
        remedy = "If it is a device, give its model; else take the row out."
        column = next(h for h, c in zip(self.header.cells, cells, strict=False) if c is not None)
        self.findings.add("warning", "total_row", message, remedy, number, column)
        return "total_row"

    def _values(self, number: int, cells: Sequence[Any]) -> Draft:
        """Typed values of the understood cells."""
        values = Draft()
        length = len(cells)
        for index, name, seen in self.plan:
            if index >= length or (cell := cells[index]) is None:
                continue
            value = seen.get(cell, _NEVER)
            if value is _NEVER:
                value = self.typed(name, cell, number, index, seen)
            if value is None:
                continue
            if name not in values:
                values[name] = value
            elif name == "category" and not self.is_category(values[name]) and self.is_category(value):
                # "Hardware" in one column, "Laptop" in another: the one that is understood
                values[name] = value
        return values

    def empty(self) -> Sheet:
        """A table without rows, of the kind that is read."""
        return Sheet("", [], self.is_text)

    def is_category(self, word: str) -> bool:
        """Whether a word of the file is a device type known here."""
        return self.devices.category_of(word) is not None

    def typed(self, name: str, cell: Any, number: int, index: int, seen: dict[Any, Any]) -> Any:
        """The value of a cell; remembered when there was nothing to report."""
        before = self.findings.told
        if is_missing(cell, name, KINDS.get(name, "")):
            value = None
            if isinstance(cell, str) and (cell == FORMULA or cell.casefold() in FORMULA_ERRORS):
                self._note_formula(cell, number, index)
        else:
            value = self.cells.value(name, cell, number, index) if name in self._known else None
        if self.findings.told == before and len(seen) < _MOST_REMEMBERED:
            seen[cell] = value
        return value

    def _note_formula(self, cell: str, number: int, index: int) -> None:
        heading = self.header.cells[index]
        if cell == FORMULA:
            message = "A formula that was never calculated; it is read as empty."
            remedy = "Open the workbook in a spreadsheet program and save it."
            self.findings.share("error", "formula_without_value", index, message, remedy, number, heading)
        else:
            message = f'"{cell}" is a formula that failed; it is read as empty.'
            remedy = "Correct the formula, or paste its values."
            self.findings.share("warning", "formula_failed", (index, cell), message, remedy, number, heading)

    def _check_dates(self, row: Mapping[str, Any], number: int, cells: Sequence[Any]) -> None:
        if not row["retired_date"] or not row["acquired_date"] or row["retired_date"] >= row["acquired_date"]:
            return
        places = {name: i for i in reversed(self.preference) if (name := self.header.columns[i])}
        retired, acquired = (
            cells[places[name]] if name in places else row[name] for name in ("retired_date", "acquired_date")
        )
        self.findings.add(
            "error",
            "retired_before_acquired",
            f'"{retired}" is before the day of purchase, "{acquired}"; the line is left out.',
            "Correct one of the two dates.",
            number,
            self.header.heading("retired_date"),
        )


def _trimmed(cells: Sequence[Any]) -> list[Any]:
    """The cells without the empty ones at the end."""
    last = max((i for i, c in enumerate(cells) if c is not None), default=-1)
    return list(cells[: last + 1])


def _headless(header: Header, index: int) -> bool:
    return index >= len(header.cells) or header.cells[index] is None


def _is_number(cell: Any) -> bool:
    try:
        parse_number(cell)
    except ValueError:
        return False
    return True
