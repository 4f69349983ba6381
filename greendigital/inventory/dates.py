"""Dates as registers write them; whether day or month comes first is decided per column from all its values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

_EXCEL_ORIGIN = date(1899, 12, 30)
_EXCEL_FIRST, _EXCEL_LAST = 20_000, 80_000
"""Excel day numbers that are read as dates: 1954 to 2119."""

_MONTHS = {
    m: i for i, m in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)
}
_NUMERIC = re.compile(r"^(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})(?:[ T].*)?$")
_ISO = re.compile(r"^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T].*)?$")
_MONTH_NAME = re.compile(r"^(?:(\d{1,2})[ -])?([A-Za-z]{3})[a-z]*[ -]'?(\d{4}|\d{2})$")
_YEAR_MONTH = re.compile(r"^(\d{4})-(\d{2})$")
_YEAR = re.compile(r"^(19|20)\d{2}$")
_FINANCIAL = re.compile(r"^FY ?(\d{4})[/-]\d{2,4}$", re.IGNORECASE)


class DateOrder(NamedTuple):
    """Whether the day comes first in a column, and whether its values decided that."""

    day_first: bool
    decided: bool
    example: str = ""


def order_of(values: Sequence[Any]) -> DateOrder:
    """Day or month first, from all values of a column; day first where none decides."""
    undecided = ""
    day = month = False
    for value in values:
        match = _NUMERIC.match(str(value)) if isinstance(value, str) else None
        if not match:
            continue
        first, second = int(match[1]), int(match[2])
        day |= first > 12
        month |= second > 12 and first <= 12
        if first <= 12 and second <= 12 and first != second:
            undecided = undecided or value
    if day or not month:
        return DateOrder(True, day or not undecided, undecided)
    return DateOrder(False, True, undecided)


def parse_date(value: Any, order: DateOrder) -> tuple[date | None, str]:
    """A date, and a code when it was written loosely: ``year_only``, ``month_only``, ``financial_year``, ``excel_day``.

    Raises
    ------
    ValueError
        If the value is no date.
    """
    if isinstance(value, date):
        return value, ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _excel(float(value))
    text = str(value).strip()
    if match := _ISO.match(text):
        return date(int(match[1]), int(match[2]), int(match[3])), ""
    if match := _NUMERIC.match(text):
        first, second, year = int(match[1]), int(match[2]), _year(match[3])
        return (date(year, second, first) if order.day_first else date(year, first, second)), ""
    return _loose(text)


def _loose(text: str) -> tuple[date | None, str]:
    if match := _YEAR_MONTH.match(text):
        return date(int(match[1]), int(match[2]), 1), "month_only"
    if match := _FINANCIAL.match(text):
        return date(int(match[1]), 4, 1), "financial_year"
    if _YEAR.match(text):
        return date(int(text), 1, 1), "year_only"
    if (match := _MONTH_NAME.match(text)) and match[2].lower() in _MONTHS:
        month = _MONTHS[match[2].lower()]
        if match[1]:
            return date(_year(match[3]), month, int(match[1])), ""
        return date(_year(match[3]), month, 1), "month_only"
    if re.fullmatch(r"\d{5}(\.\d+)?", text):
        return _excel(float(text))
    raise ValueError(text)


def _excel(number: float) -> tuple[date | None, str]:
    if 1990 <= number <= 2100 and number == int(number):
        return date(int(number), 1, 1), "year_only"
    if _EXCEL_FIRST <= number <= _EXCEL_LAST:
        return _EXCEL_ORIGIN + timedelta(days=int(number)), "excel_day"
    raise ValueError(f"{number:g}")


def _year(text: str) -> int:
    year = int(text)
    return year if year >= 100 else year + (2000 if year < 70 else 1900)
