"""Rows of a table to canonical rows: every cell typed or reported, every row kept."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from greendigital.columns import ASSETS, DISPOSALS, schema
from greendigital.factorset import FactorLibrary
from greendigital.inventory.assets import COLUMNS
from greendigital.inventory.dates import DateOrder, order_of, parse_date
from greendigital.inventory.findings import Findings
from greendigital.inventory.profiles import Header, plain
from greendigital.inventory.sheets import Row
from greendigital.inventory.values import (
    CHOICES,
    is_missing,
    is_placeholder,
    is_virtual,
    parse_category,
    parse_country,
    parse_flag,
    parse_number,
)

_KINDS = {**schema(DISPOSALS), **schema(ASSETS), "enrolled_date": "date"}
_TOTAL = re.compile(r"^(?:grand |sub ?)?total(?:s)?\b", re.IGNORECASE)
_LOOSE = {
    "year_only": "only a year; 1 January of it is taken",
    "month_only": "only a month; its first day is taken",
    "financial_year": "a financial year; its first day is taken",
}
_WINDOWS_BUILD = re.compile(r"^10\.0\.(\d{5})")
_SHARES = ("home_share", "utilisation_share", "battery_health_share")


class RowReader:
    """Turns the rows below a header into canonical rows."""

    def __init__(self, header: Header, rows: Sequence[Row], library: FactorLibrary, findings: Findings) -> None:
        self.header = header
        self.rows = [(n, cells) for n, cells in rows if n > header.row and not self._repeats(cells)]
        self.library = library
        self.findings = findings
        self.orders = self._date_orders()
        self.unknown_words: Counter[tuple[str, str]] = Counter()

    def _repeats(self, cells: Sequence[Any]) -> bool:
        """Whether the row repeats the header, as exports of several pages do."""
        filled = [c for c in self.header.cells if c is not None]
        return [c for c in cells if c is not None] == filled

    def _date_orders(self) -> dict[int, DateOrder]:
        found = {}
        for index, name in enumerate(self.header.columns):
            if name is None or _KINDS.get(name) != "date":
                continue
            order = order_of([cells[index] for _, cells in self.rows if index < len(cells)])
            found[index] = order
            if not order.decided:
                self.findings.add(
                    "warning",
                    "date_order_undecided",
                    f'No value says whether day or month comes first, as in "{order.example}"; day first is taken.',
                    "Write dates as YYYY-MM-DD.",
                    None,
                    self.header.cells[index],
                )
        return found

    def read(self) -> list[dict[str, Any]]:
        """All rows, in order."""
        found = [self._row(number, cells) for number, cells in self.rows]
        for (column, word), count in self.unknown_words.items():
            self.findings.add(
                "warning",
                "word_unknown",
                f'"{word}" ({count} rows) is not understood; the default is taken.',
                f"Use one of {', '.join(CHOICES[column])}.",
                None,
                self._heading(column),
            )
        return found

    def _heading(self, column: str) -> Any:
        return next((c for c, n in zip(self.header.cells, self.header.columns, strict=True) if n == column), column)

    def _row(self, number: int, cells: Sequence[Any]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for index, name in enumerate(self.header.columns):
            if name is None or name in values or index >= len(cells) or is_missing(cells[index], name):
                continue
            values[name] = self._value(name, cells[index], number, index)
        row: dict[str, Any] = dict.fromkeys(COLUMNS)
        row.update(source_row=number, set_aside="", merged_into="", country_assumed=False, disposal_evidence=False)
        row.update((k, v) for k, v in values.items() if v is not None and k in row)
        self._particulars(row, values, number, cells)
        return row

    def _value(self, name: str, cell: Any, number: int, index: int) -> Any:
        heading = self.header.cells[index]
        kind = _KINDS.get(name, "string")
        if name in CHOICES:
            return self._choice(name, str(cell))
        if name == "country":
            return self._country(cell, number, heading)
        if kind == "date":
            return self._date(cell, number, index)
        if kind in ("float", "bool"):
            return self._number(name, cell, number, heading) if kind == "float" else self._flag(cell, number, heading)
        if isinstance(cell, float) and cell == int(cell):
            return str(int(cell))
        return str(cell)

    def _choice(self, name: str, word: str) -> str | None:
        text = plain(word)
        if text.replace(" ", "_") in CHOICES[name]:
            return text.replace(" ", "_")
        words = self.header.profile.words.get(name, {})
        for candidate in (text, text.replace(" ", "")):
            if candidate in words:
                return words[candidate]
        self.unknown_words[name, word] += 1
        return None

    def _country(self, cell: Any, number: int, heading: Any) -> str | None:
        try:
            return parse_country(cell)
        except ValueError as error:
            self.findings.add(
                "error",
                "country_unknown",
                f'"{cell}" is not a country; the default is taken.',
                f"Write the ISO code or name, for example {error}.",
                number,
                heading,
            )
            return None

    def _date(self, cell: Any, number: int, index: int) -> date | None:
        heading = self.header.cells[index]
        try:
            found, looseness = parse_date(cell, self.orders[index])
        except ValueError:
            self.findings.add(
                "error",
                "date_invalid",
                f'"{cell}" is not a date.',
                "Write it as YYYY-MM-DD, or leave it empty.",
                number,
                heading,
            )
            return None
        if looseness in _LOOSE:
            self.findings.add("note", f"date_{looseness}", f'"{cell}" is {_LOOSE[looseness]}.', "", number, heading)
        return found

    def _number(self, name: str, cell: Any, number: int, heading: Any) -> float | None:
        try:
            found = parse_number(cell)
        except ValueError:
            self.findings.add(
                "error",
                "number_invalid",
                f'"{cell}" is not a number.',
                "Write a plain number, or leave it empty.",
                number,
                heading,
            )
            return None
        if name in _SHARES and not 0 <= found <= 1:
            self.findings.add(
                "error", "share_invalid", f'"{cell}" is not a share of 0 to 1.', "Write 0.4 or 40%.", number, heading
            )
            return None
        if found < 0 and name != "quantity":
            self.findings.add(
                "error", "number_negative", f'"{cell}" is negative.', "Correct it, or leave it empty.", number, heading
            )
            return None
        return found

    def _flag(self, cell: Any, number: int, heading: Any) -> bool | None:
        try:
            return parse_flag(cell)
        except ValueError:
            self.findings.add(
                "error", "flag_invalid", f'"{cell}" is neither yes nor no.', "Write yes or no.", number, heading
            )
            return None

    def _particulars(self, row: dict[str, Any], values: Mapping[str, Any], number: int, cells: Sequence[Any]) -> None:
        """Rows that are no hardware, categories, placeholders, and what a management tool writes in its own way."""
        first = next((c for c in cells if c is not None), None)
        if isinstance(first, str) and _TOTAL.match(first) and not row["serial_number"] and not row["model"]:
            row.update(set_aside="total_row", quantity=None)
            self.findings.add(
                "warning", "total_row", f'"{first}": a totals row, not a device; it is left out.', "", number
            )
            return
        if row["quantity"] is not None and (row["quantity"] < 0 or row["quantity"] != row["quantity"]):
            self.findings.add(
                "error",
                "quantity_negative",
                f'"{row["quantity"]:g}" is a negative quantity; the line is left out.',
                "Write how many devices there are.",
                number,
                self._heading("quantity"),
            )
            row.update(set_aside="invalid_quantity", quantity=None)
            return
        row["quantity"] = 1.0 if row["quantity"] is None else row["quantity"]
        if is_virtual(row["manufacturer"], row["model"]):
            row.update(set_aside="virtual_machine", quantity=None)
            return
        for name in ("serial_number", "model", "manufacturer"):
            if is_placeholder(row[name]):
                row[name] = None
        if row["model"] and row["manufacturer"] and plain(row["model"]) == plain(row["manufacturer"]):
            row["model"] = None
        self._category(row, number)
        self._management(row, values)

    def _category(self, row: dict[str, Any], number: int) -> None:
        word = row["category"]
        if word is None:
            return
        row["category"] = parse_category(word, self.library)
        if row["category"] is None and not self.header.profile.management_tool:
            self.findings.add(
                "note",
                "category_unknown",
                f'"{word}" is no device type known here; the model decides.',
                "",
                number,
                self._heading("category"),
            )

    def _management(self, row: dict[str, Any], values: Mapping[str, Any]) -> None:
        """Build number out of a Windows version; storage in bytes or megabytes; date of enrolment as a stand-in."""
        if row["os_build"] and (match := _WINDOWS_BUILD.match(row["os_build"])):
            row["os_build"] = match[1]
            row["os_name"] = row["os_name"] or "Windows"
        for source, target in (("storage", "ssd_gb"), ("memory", "memory_gb")):
            if values.get(source):
                size = parse_number(values[source])
                row[target] = round(size / 1e9 if size > 1e8 else size / 1024, 1) or None
        if row["acquired_date"] is None and values.get("enrolled_date"):
            row["acquired_date"] = values["enrolled_date"]
            self.findings.add(
                "note",
                "enrolment_stands_in",
                "No purchase date: the day of enrolment stands in for it.",
                "Join a register by serial number.",
                row["source_row"],
            )
