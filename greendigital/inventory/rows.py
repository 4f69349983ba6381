"""Rows of a table to canonical rows: every cell typed or reported, every row kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from greendigital.columns import DISPOSALS, names
from greendigital.factorset import FactorLibrary
from greendigital.inventory.assets import COLUMNS
from greendigital.inventory.cells import KINDS, CellReader
from greendigital.inventory.dates import DateOrder, orders_of
from greendigital.inventory.findings import Findings
from greendigital.inventory.profiles import DISPOSAL, Header, plain
from greendigital.inventory.sheets import Sheet
from greendigital.inventory.values import (
    is_mangled,
    is_missing,
    is_placeholder,
    is_virtual,
    parse_category,
    parse_number,
)

_TOTAL = re.compile(r"^(?:(?:grand|sub|overall|running)[ -]?)?totals?\b|\b(?:sub[ -]?)?totals?\s*:?$", re.IGNORECASE)
_WINDOWS_BUILD = re.compile(r"^10\.0\.(\d{5})")
_NAMING = ("asset_id", "category", "manufacturer", "model", "serial_number")
"""Columns that say which device a row is about."""


class RowReader:
    """Turns the rows below a header into canonical rows.

    Attributes
    ----------
    enrolled
        Rows in which the day of enrolment stands in for the day of purchase.
    placeholders
        Rows whose model is a placeholder of the firmware and whose category is not known.
    """

    def __init__(self, header: Header, sheet: Sheet, library: FactorLibrary, findings: Findings) -> None:
        self.header = header
        self.is_text = sheet.is_text
        self.stray_quotes = frozenset(sheet.stray_quotes)
        self.library = library
        self.findings = findings
        self.preference = header.preference()
        self.naming = [i for i in self.preference if header.columns[i] in _NAMING]
        self.heads = [plain(c) for c in _trimmed(header.cells)]
        self.rows = [(n, cells) for n, cells in sheet.rows if n > header.row and not self._is_header(cells)]
        self.cells = CellReader(header, self._date_orders(), findings)
        self.enrolled: list[dict[str, Any]] = []
        self.placeholders: list[dict[str, Any]] = []
        self._extra = names(DISPOSALS) if header.profile.name == DISPOSAL else []

    def _is_header(self, cells: Sequence[Any]) -> bool:
        """Whether the row repeats the header, as exports of several pages do."""
        return plain(cells[0]) == self.heads[0] and [plain(c) for c in _trimmed(cells)] == self.heads

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

    def read(self) -> list[dict[str, Any]]:
        """All rows, in order."""
        return [self._row(number, cells) for number, cells in self.rows]

    def _row(self, number: int, cells: Sequence[Any]) -> dict[str, Any]:
        row: dict[str, Any] = dict.fromkeys((*COLUMNS, *self._extra))
        row.update(source_row=number, set_aside="", merged_into="", country_assumed=False, disposal_evidence=False)
        if reason := self._torn(number, cells) or self._total(number, cells):
            # No device, so a quantity of zero: an empty one counts as one.
            row.update(set_aside=reason, quantity=0.0)
            return row
        values = self._values(number, cells)
        row.update((k, v) for k, v in values.items() if v is not None and k in row)
        if self._particulars(row, values, number):
            self._check_dates(row, number, cells)
        return row

    def _torn(self, number: int, cells: Sequence[Any]) -> str:
        """Reason code of a row whose cells are not under their headings."""
        width, filled = len(self.header.cells), len(_trimmed(cells))
        start = next((str(c) for c in cells if c is not None), "")[:40]
        if number in self.stray_quotes:
            self.findings.add(
                "error",
                "quote_stray",
                f'The row beginning "{start}" opens a quotation mark that is not closed before a separator.',
                "Double the mark inside a cell, or take it out.",
                number,
            )
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

    def _values(self, number: int, cells: Sequence[Any]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for index in self.preference:
            name = self.header.columns[index]
            if name is None or index >= len(cells) or is_missing(cells[index], name, KINDS.get(name, "")):
                continue
            if name not in values:
                values[name] = self.cells.value(name, cells[index], number, index)
            elif name == "category" and parse_category(values[name], self.library) is None:
                # "Hardware" in one column, "Laptop" in another: the one that is understood
                word = str(cells[index])
                values[name] = word if parse_category(word, self.library) else values[name]
        return values

    def _particulars(self, row: dict[str, Any], values: Mapping[str, Any], number: int) -> bool:
        """Names, categories and what a management tool writes in its own way; whether the row is hardware."""
        if not self._quantity(row, number):
            return False
        if is_virtual(row["manufacturer"], row["model"], row["category"]):
            row.update(set_aside="virtual_machine", quantity=0.0)
            self.findings.share(
                "note",
                "virtual_machine",
                "",
                f'"{row["model"] or row["category"] or row["manufacturer"]}" is a virtual machine, not hardware; '
                "it is set aside.",
                "Its host stands for it.",
                number,
            )
            return False
        placeholder = is_placeholder(row["model"])
        self._clean_names(row, number)
        self._category(row, number)
        if placeholder and row["category"] is None:
            self.placeholders.append(row)
        self._management(row, values)
        return True

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

    def _quantity(self, row: dict[str, Any], number: int) -> bool:
        """Whether the row has a quantity that can be used; one device where it says nothing."""
        quantity = row["quantity"] = 1.0 if row["quantity"] is None else row["quantity"]
        if quantity > 0 and quantity == int(quantity):
            return True
        heading = self.header.heading("quantity")
        remedy = "Write how many devices there are, or take the row out."
        if quantity < 0:
            message = f'"{quantity:g}" is a negative quantity; the line is left out.'
            self.findings.add("error", "quantity_negative", message, remedy, number, heading)
        elif quantity == 0:
            message = f'"{quantity:g}" devices: the line is left out.'
            self.findings.add("warning", "quantity_zero", message, remedy, number, heading)
        else:
            message = f'"{quantity:g}" is no whole number of devices; it is used as it stands.'
            self.findings.add("warning", "quantity_fractional", message, remedy, number, heading)
        if quantity > 0:
            return True
        row.update(set_aside="invalid_quantity", quantity=0.0)
        return False

    def _clean_names(self, row: dict[str, Any], number: int) -> None:
        if is_mangled(row["serial_number"]):
            self.findings.share(
                "warning",
                "serial_mangled",
                "",
                f'"{row["serial_number"]}" is a serial number that a spreadsheet has rounded; it is not used.',
                "Export it as text.",
                number,
                self.header.heading("serial_number"),
            )
            row["serial_number"] = None
        for name in ("serial_number", "model", "manufacturer"):
            if is_placeholder(row[name]):
                row[name] = None
        if row["model"] and row["manufacturer"] and plain(row["model"]) == plain(row["manufacturer"]):
            row["model"] = None

    def _category(self, row: dict[str, Any], number: int) -> None:
        word = row["category"]
        if word is None:
            return
        if word.isdigit():
            # "Item" heads a running number as often as a device type.
            row["category"] = None
            return
        row["category"] = parse_category(word, self.library)
        if row["category"] is None and not self.header.profile.management_tool:
            self.findings.share(
                "note",
                "category_unknown",
                word,
                f'"{word}" is no device type known here; the model decides.',
                "Use a device type such as laptop, desktop or monitor.",
                number,
                self.header.heading("category"),
            )

    def _management(self, row: dict[str, Any], values: Mapping[str, Any]) -> None:
        """Build number out of a Windows version; storage in bytes or megabytes; date of enrolment as a stand-in."""
        if row["os_build"] and (match := _WINDOWS_BUILD.match(row["os_build"])):
            row["os_build"] = match[1]
            row["os_name"] = row["os_name"] or "Windows"
        for source, target in (("storage", "ssd_gb"), ("memory", "memory_gb")):
            if size := values.get(source):
                row[target] = round(size / 1e9 if size > 1e8 else size / 1024, 1) or None
        if row["acquired_date"] is None and values.get("enrolled_date"):
            row["acquired_date"] = values["enrolled_date"]
            self.enrolled.append(row)


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
