"""Dates as registers write them; whether day or month comes first is decided per file from all its values."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

_EXCEL_ORIGIN = date(1899, 12, 30)
_EXCEL_FIRST, _EXCEL_LAST = 20_000, 80_000
"""Excel day numbers that are read as dates: 1954 to 2119."""

_FIRST_YEAR, _LAST_YEAR = 1980, 2100
"""Years between which a date of an IT device lies; databases write 01/01/1900 or 31/12/9999 for none."""

_MONTHS = {
    m: i for i, m in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)
} | {"fev": 2, "avr": 4, "mai": 5, "juin": 6, "juil": 7, "aou": 8}
"""How the English and French names of months begin; the other French ones begin as the English ones do."""

_TIME = r"(?:[ T,].*)?$"
_NUMERIC = re.compile(r"^(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})" + _TIME, re.ASCII)
_ISO = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})" + _TIME, re.ASCII)
_COMPACT = re.compile(r"^((?:19|20)\d{2})(\d{2})(\d{2})$", re.ASCII)
_DAY_MONTH_NAME = re.compile(
    r"^(?:(\d{1,2})(?:st|nd|rd|th|er)?[ \-/])?([A-Za-z]{3,})\.?,?[ \-/]'?(\d{4}|\d{2})(?: \d{1,2}:.*)?$", re.ASCII
)
_MONTH_NAME_DAY = re.compile(r"^([A-Za-z]{3,})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})(?: \d{1,2}:.*)?$", re.ASCII)
_YEAR_MONTH = re.compile(r"^(\d{4})-(\d{2})$", re.ASCII)
_MONTH_YEAR = re.compile(r"^(\d{1,2})/(\d{4})$", re.ASCII)
_YEAR = re.compile(r"^(19|20)\d{2}$", re.ASCII)
_FINANCIAL = re.compile(r"^(?:FY ?)?(\d{4})/(\d{2}|\d{4})$|^FY ?(\d{4})-(\d{2}|\d{4})$", re.IGNORECASE | re.ASCII)


class DateOrder(NamedTuple):
    """Whether the day comes first in a column, and how that was decided.

    ``decided``: a value of the file says so; ``mixed``: values of the column say both; ``example``: a value that could
    be read either way.
    """

    day_first: bool
    decided: bool
    example: str = ""
    mixed: bool = False


class ImplausibleDateError(ValueError):
    """A date that no IT device has: what databases and spreadsheets write where there is none."""


def order_of(values: Sequence[Any]) -> DateOrder:
    """Day or month first, from all values of a column; day first where none decides, or where they disagree."""
    undecided = ""
    day = month = False
    for value in values:
        match = _NUMERIC.match(value) if isinstance(value, str) else None
        if not match:
            continue
        first, second = int(match[1]), int(match[2])
        day |= first > 12
        month |= second > 12 and first <= 12
        if first <= 12 and second <= 12 and first != second:
            undecided = undecided or value
    decided = day or month or not undecided
    return DateOrder(day or not month, decided, undecided, day and month)


def orders_of(columns: Mapping[int, Sequence[Any]]) -> dict[int, DateOrder]:
    """The order of each date column; one that decides nothing follows the others of its file where these agree."""
    # Each distinct value once, in the order of the rows: the first undecided one is the example.
    columns = {index: list(dict.fromkeys(values)) for index, values in columns.items()}
    found = {index: order_of(values) for index, values in columns.items()}
    said = {order.day_first for index, order in found.items() if not order.mixed and _decides(columns[index])}
    if len(said) != 1:
        return found
    common = said.pop()
    return {i: o if o.decided else o._replace(day_first=common, decided=True) for i, o in found.items()}


def _decides(values: Sequence[Any]) -> bool:
    matches = (_NUMERIC.match(v) for v in values if isinstance(v, str))
    return any(m and (int(m[1]) > 12 or int(m[2]) > 12) for m in matches)


def parse_date(value: Any, order: DateOrder) -> tuple[date | None, str]:
    """A date, and a code when it was written loosely: ``year_only``, ``month_only``, ``financial_year``, ``excel_day``.

    Raises
    ------
    ImplausibleDateError
        If it is a date before 1980 or after 2100.
    ValueError
        If the value is no date.
    """
    found, looseness = _parsed(value, order)
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise ImplausibleDateError(found.isoformat())
    return found, looseness


def _parsed(value: Any, order: DateOrder) -> tuple[date, str]:
    if isinstance(value, date):
        return value, ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value)
    text = str(value).strip()
    if match := _ISO.match(text) or _COMPACT.match(text):
        return date(int(match[1]), int(match[2]), int(match[3])), ""
    if match := _NUMERIC.match(text):
        first, second, year = int(match[1]), int(match[2]), _year(match[3])
        return (date(year, second, first) if order.day_first else date(year, first, second)), ""
    return _loose(text)


def _loose(text: str) -> tuple[date, str]:
    if match := _YEAR_MONTH.match(text):
        return date(int(match[1]), int(match[2]), 1), "month_only"
    if match := _MONTH_YEAR.match(text):
        return date(int(match[2]), int(match[1]), 1), "month_only"
    if match := _FINANCIAL.match(text):
        start, end = int(match[1] or match[3]), match[2] or match[4]
        if int(end) % 100 == (start + 1) % 100:
            return date(start, 4, 1), "financial_year"
    if _YEAR.match(text):
        return date(int(text), 1, 1), "year_only"
    words = _without_accents(text)
    if (match := _DAY_MONTH_NAME.match(words)) and (month := _month(match[2])):
        if match[1]:
            return date(_year(match[3]), month, int(match[1])), ""
        return date(_year(match[3]), month, 1), "month_only"
    if (match := _MONTH_NAME_DAY.match(words)) and (month := _month(match[1])):
        return date(int(match[3]), month, int(match[2])), ""
    if re.fullmatch(r"\d{5}(\.\d+)?", text, re.ASCII):
        return _number(float(text))
    raise ValueError(text)


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def _month(word: str) -> int | None:
    """Number of the month that an English or French name, or the beginning of one, stands for."""
    return next((number for start, number in _MONTHS.items() if word.lower().startswith(start)), None)


def _number(number: int | float) -> tuple[date, str]:
    """A year, a date of eight digits, or an Excel day number."""
    if 1990 <= number <= 2100 and number == int(number):
        return date(int(number), 1, 1), "year_only"
    if _EXCEL_FIRST <= number <= _EXCEL_LAST:
        return _EXCEL_ORIGIN + timedelta(days=int(number)), "excel_day"
    if isinstance(number, int) and (match := _COMPACT.match(str(number)[:9])):
        return date(int(match[1]), int(match[2]), int(match[3])), ""
    raise ValueError(str(number)[:40])


def _year(text: str) -> int:
    year = int(text)
    return year if year >= 100 else year + (2000 if year < 70 else 1900)
