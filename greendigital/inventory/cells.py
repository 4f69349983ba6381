"""Cells of a column to typed values; what cannot be typed is reported with its place and left empty."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from greendigital.columns import ASSETS, DISPOSALS, schema
from greendigital.inventory.dates import DateOrder, ImplausibleDateError, parse_date
from greendigital.inventory.findings import Findings
from greendigital.inventory.profiles import Header, plain
from greendigital.inventory.values import (
    CHOICES,
    MEMORY_UNITS,
    is_foreign_money,
    parse_country,
    parse_flag,
    parse_number,
    parse_size,
)
from greendigital.units import BYTES_PER_GB

KINDS = {
    **schema(DISPOSALS),
    **schema(ASSETS),
    "enrolled_date": "date",
    "storage": "float",
    "memory": "float",
    "virtual": "bool",
}
"""Type of each column that a profile may name; ``storage`` and ``memory`` are what a management tool measures."""

ON_ORDER = "on_order"
"""What a status of a device that has not come yet is read as; it is set aside."""

_LOOSE = {
    "year_only": "only a year; 1 January of it is taken",
    "month_only": "only a month; its first day is taken",
    "financial_year": "a financial year; its first day is taken",
}
_SHARES = ("home_share", "utilisation_share", "battery_health_share")
_ABOVE_ZERO = ("planned_life_years", "mass_kg", "screen_size_inches")
_MONEY = ("price_gbp", "annual_support_gbp", "repair_quote_gbp", "income_gbp")
_DEFAULTS = {
    "status": "in_use",
    "location_type": "office",
    "condition": "new",
    "ownership": "owned",
    "sanitisation": "none recorded: no reuse, resale or donation is advised for what holds data",
    "disposal_route": "empty: it is no evidence of reuse, and counts as recycled in scope 3.5",
}
"""What an empty cell of a word column stands for."""

_LARGEST = 1e9
"""No quantity, price, energy or mass of a line of devices is larger."""
_IN_BYTES = ("storage", "memory")
_SIZES = ("memory_gb", "ssd_gb", *_IN_BYTES)
_LARGEST_OF = {"memory_gb": 12_288.0, "cpu_units": 64.0, "ssd_gb": 2e6, "hdd_count": 2_000.0}
"""What no machine has more of; memory above it is most often in MB."""
_LEFT_EMPTY = "Correct it, or leave it empty."

_EFFECTS = {
    "battery_health_share": ", so that nothing is advised on the battery",
    "repair_quote_gbp": ", so that the repair is not compared with a new device",
    "memory_gb": ", so that nothing is advised on the memory",
}
"""What a value that cannot be used means for the advice."""
_LINE_BREAK = re.compile(r"\s*(?:\r?\n|<br\s*/?>)\s*", re.IGNORECASE)


def first_line(text: str) -> str:
    """The first of several values that stand in one cell, a line each."""
    return next((part for part in _LINE_BREAK.split(text) if part), text)


def _glued(words: Mapping[str, str]) -> dict[str, str]:
    """Words without their spaces."""
    return {word.replace(" ", ""): meaning for word, meaning in words.items()}


class CellReader:
    """Types the cells of a table."""

    def __init__(self, header: Header, orders: Mapping[int, DateOrder], findings: Findings) -> None:
        self.header = header
        self.orders = orders
        self.findings = findings

    def value(self, name: str, cell: Any, row: int, index: int) -> Any:
        """The cell as its column wants it; None when it cannot be."""
        heading = self.header.cells[index]
        kind = KINDS.get(name, "string")
        if name in CHOICES:
            return self._choice(name, str(cell), row, heading)
        if name == "country":
            return self._country(cell, row, heading)
        if kind == "date":
            return self._date(cell, row, index)
        if kind == "float":
            return self._number(name, cell, row, heading)
        if kind == "bool":
            return self._flag(cell, row, heading)
        if isinstance(cell, float) and cell.is_integer():
            return str(int(cell))
        return first_line(str(cell)) if self.header.profile.first_line else str(cell)

    def _error(self, code: str, message: str, remedy: str, row: int, heading: Any) -> None:
        self.findings.add("error", code, message, remedy, row, heading)

    def _choice(self, name: str, word: str, row: int, heading: Any) -> str | None:
        text = plain(word)
        words = self.header.profile.words.get(name, {})
        if text in words:
            return words[text]
        if text.replace(" ", "_") in CHOICES[name]:
            return text.replace(" ", "_")
        if found := _glued(words).get(text.replace(" ", "")):
            return found
        self.findings.share(
            "warning",
            "word_unknown",
            (name, word),
            f'"{word}" is not understood; it is read as {_DEFAULTS.get(name, "empty")}.',
            f"Use one of {', '.join(CHOICES[name])}.",
            row,
            heading,
        )
        return None

    def _country(self, cell: Any, row: int, heading: Any) -> str | None:
        try:
            return parse_country(cell)
        except ValueError as error:
            self._error(
                "country_unknown",
                f'"{cell}" is not a country; the default is taken.',
                f"Write the ISO code or name, for example {error}.",
                row,
                heading,
            )
            return None

    def _date(self, cell: Any, row: int, index: int) -> date | None:
        heading = self.header.cells[index]
        try:
            found, looseness = parse_date(cell, self.orders[index])
        except ImplausibleDateError:
            self.findings.share(
                "warning",
                "date_implausible",
                (index, str(cell)),
                f'"{cell}" is no date of an IT device; it is read as empty.',
                _LEFT_EMPTY,
                row,
                heading,
            )
            return None
        except ValueError:
            self._error(
                "date_invalid", f'"{cell}" is not a date.', "Write it as YYYY-MM-DD, or leave it empty.", row, heading
            )
            return None
        if looseness in _LOOSE:
            message = f'"{cell}" is {_LOOSE[looseness]}.'
            self.findings.share("note", f"date_{looseness}", index, message, "", row, heading)
        return found

    def _number(self, name: str, cell: Any, row: int, heading: Any) -> float | None:
        if name in _MONEY and is_foreign_money(cell):
            message = f'"{cell}" is not in pounds; it is not used.'
            self.findings.share("warning", "price_not_gbp", name, message, "Give prices in GBP.", row, heading)
            return None
        try:
            found = self._size(name, cell) if name in _SIZES else parse_number(cell, share=name in _SHARES)
            if name in self.header.profile.percent and "%" not in str(cell):
                found /= 100
        except ValueError:
            instead = "; one device is counted" if name == "quantity" else ""
            message = f'"{cell}" is not a number{instead}.'
            self._error("number_invalid", message, "Write a plain number, or leave it empty.", row, heading)
            return None
        if abs(found) > _LARGEST and name not in _IN_BYTES:
            self._error("number_implausible", f'"{cell}" is too large to be true.', _LEFT_EMPTY, row, heading)
            return None
        if name in _LARGEST_OF and found > _LARGEST_OF[name]:
            message = f'"{cell}" is too large to be true{" in GB" if name.endswith("_gb") else ""}.'
            remedy = "Give GB, not MB, or leave it empty." if name.endswith("_gb") else _LEFT_EMPTY
            self._error("number_implausible", message, remedy, row, heading)
            return None
        # The row decides what a quantity below zero means for it.
        if name == "quantity" or self._in_range(name, found, cell, row, heading):
            return found
        return None

    def _size(self, name: str, cell: Any) -> float:
        """A size in GB; where a tool's own unit is expected, in that unit, whatever unit the cell writes."""
        size = parse_size(cell, of_memory=name.startswith("memory"))
        if size is None:
            return parse_number(cell)
        if name in _IN_BYTES:
            size *= MEMORY_UNITS.get(self.header.profile.memory_unit if name == "memory" else "", BYTES_PER_GB)
        return size

    def _in_range(self, name: str, number: float, cell: Any, row: int, heading: Any) -> bool:
        effect = _EFFECTS.get(name, "")
        if name in _SHARES and not 0 <= number <= 1:
            what = f'"{cell}" is not a share of 0 to 1{effect}.'
            self._error("share_invalid", what, "Write 0.4 or 40%.", row, heading)
        elif number < 0:
            self._error("number_negative", f'"{cell}" is negative{effect}.', _LEFT_EMPTY, row, heading)
        elif name in _ABOVE_ZERO and number == 0:
            self._error("number_zero", f'"{cell}" must be above zero.', _LEFT_EMPTY, row, heading)
        elif name == "pue" and number < 1:
            remedy = "Write total energy of the room over that of the equipment, or leave it empty."
            self._error("pue_below_one", f'"{cell}" is below 1, which no PUE can be.', remedy, row, heading)
        else:
            return True
        return False

    def _flag(self, cell: Any, row: int, heading: Any) -> bool | None:
        try:
            return parse_flag(cell)
        except ValueError:
            self._error("flag_invalid", f'"{cell}" is neither yes nor no.', "Write yes or no.", row, heading)
            return None
