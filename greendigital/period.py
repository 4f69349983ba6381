"""Reporting periods, their parts, the factor edition of each, and service years on the period's scale.

A UK financial year is written ``2025-26`` (1 April 2025 to 31 March 2026), a calendar year ``2024``, two dates
``2024-10-01..2024-12-31``; both ends are included.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from greendigital.errors import PeriodError

_ONE_DAY = timedelta(days=1)
_MONTHS = 12
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
"""Periods beyond these are slips of the keyboard."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of at most twelve months that takes one factor edition."""

    number: int
    start: date
    end: date

    @property
    def days(self) -> int:
        """Number of days, both ends counted."""
        return (self.end - self.start).days + 1

    @property
    def factor_year(self) -> int:
        """Calendar year that holds most days of the part; the earlier one when two hold as many.

        Source: UK government conversion factors, methodology, "which year's factors to use".
        """
        days: dict[int, int] = {}
        for year in range(self.start.year, self.end.year + 1):
            first = max(self.start, date(year, 1, 1))
            last = min(self.end, date(year, 12, 31))
            days[year] = (last - first).days + 1
        return max(days, key=lambda year: (days[year], -year))


@dataclass(frozen=True, slots=True)
class Period:
    """A reporting period, both ends included.

    Attributes
    ----------
    scale
        ``financial`` when the period is made of whole April to March years, else ``calendar``: the year on which a
        day counts as 1/days.
    """

    label: str
    start: date
    end: date

    @property
    def scale(self) -> str:
        """``financial`` or ``calendar``."""
        whole = (self.start.month, self.start.day) == (4, 1) and (self.end.month, self.end.day) == (3, 31)
        return "financial" if whole else "calendar"

    @property
    def days(self) -> int:
        """Number of days, both ends counted."""
        return (self.end - self.start).days + 1

    @property
    def parts(self) -> tuple[Part, ...]:
        """One part for up to twelve months; a longer period is cut after each year end of its scale."""
        if self.end < _add_year(self.start):
            return (Part(1, self.start, self.end),)
        found: list[Part] = []
        start = self.start
        while start <= self.end:
            end = min(self.end, year_end(start, self.scale))
            found.append(Part(len(found) + 1, start, end))
            start = end + _ONE_DAY
        return tuple(found)

    def months(self) -> list[str]:
        """Calendar months the period touches, as ``2024-04``."""
        found = []
        year, month = self.start.year, self.start.month
        while (year, month) <= (self.end.year, self.end.month):
            found.append(f"{year:04d}-{month:02d}")
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        return found


def _add_year(day: date) -> date:
    """The same day a year later (29 February becomes 1 March)."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return date(day.year + 1, 3, 1)


def year_start(day: date, scale: str) -> date:
    """First day of the year, on the scale, that holds the day."""
    if scale == "calendar":
        return date(day.year, 1, 1)
    return date(day.year if day.month >= 4 else day.year - 1, 4, 1)


def year_end(day: date, scale: str) -> date:
    """Last day of the year, on the scale, that holds the day."""
    start = year_start(day, scale)
    return start.replace(year=start.year + 1) - _ONE_DAY


@lru_cache(maxsize=100_000)
def position(day: date, scale: str) -> float:
    """Years from the scale's origin to the start of the day, a day counting 1/days of its year."""
    start = year_start(day, scale)
    return start.year + (day - start).days / ((year_end(day, scale) - start).days + 1)


def service_years(first: date, last: date, scale: str) -> float:
    """Years in service from ``first`` to ``last``, both days counted; 0 when ``last`` is before ``first``.

    Each day counts 1/days of its April to March year (``financial``) or calendar year, so that a full year is
    exactly 1.

    Examples
    --------
    >>> service_years(date(2024, 1, 1), date(2024, 12, 31), "calendar")
    1.0
    """
    if last < first:
        return 0.0
    return position(last + _ONE_DAY, scale) - position(first, scale)


def parse_period(text: str) -> Period:
    """Read a period.

    Raises
    ------
    PeriodError
        If the text is none of the three forms, or ends before it starts.
    """
    text = text.strip()
    period = _parse(text)
    if not period.start.year >= _FIRST_YEAR or not period.end.year <= _LAST_YEAR:
        raise PeriodError(f'"{text}" is not within {_FIRST_YEAR} to {_LAST_YEAR}. Correct the year.')
    return period


def _parse(text: str) -> Period:
    if match := re.fullmatch(r"(\d{4})[-/](\d{2})", text):
        year = int(match[1])
        if int(match[2]) != (year + 1) % 100:
            raise PeriodError(
                f'"{text}" is not a financial year: {year} is followed by {(year + 1) % 100:02d}. '
                f"Write {year}-{(year + 1) % 100:02d}{_as_month(year, int(match[2]))}."
            )
        return Period(f"{year}-{match[2]}", date(max(year, 1), 4, 1), date(min(year + 1, 9999), 3, 31))
    if re.fullmatch(r"\d{4}", text) and int(text):
        return Period(text, date(int(text), 1, 1), date(int(text), 12, 31))
    if match := re.fullmatch(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})", text):
        try:
            start, end = date.fromisoformat(match[1]), date.fromisoformat(match[2])
        except ValueError as error:
            raise PeriodError(f'"{text}" holds a date that does not exist: {error}.') from None
        if end < start:
            raise PeriodError(f'"{text}" ends before it starts. Swap the two dates.')
        return Period(text, start, end)
    raise PeriodError(
        f'"{text}" is not a period. Write a financial year as 2025-26, a calendar year as 2024, '
        "or two dates as 2024-10-01..2024-12-31."
    )


def _as_month(year: int, month: int) -> str:
    """How the month that may have been meant is written; 2009-10 alone is a financial year, and no month for that."""
    if not 1 <= month <= _MONTHS or not year:
        return ""
    last = calendar.monthrange(year, month)[1]
    return f", or for the month {year:04d}-{month:02d}-01..{year:04d}-{month:02d}-{last}"


def last_complete_financial_year(today: date) -> Period:
    """The default period: the last April to March year that has ended before ``today``."""
    start = year_start(today, "financial").replace(year=year_start(today, "financial").year - 1)
    return parse_period(f"{start.year}-{(start.year + 1) % 100:02d}")


def span_of(first: date, last: date) -> Period:
    """A period from the first to the last day, labelled as a year where it is one."""
    for label in (f"{first.year}-{(first.year + 1) % 100:02d}", f"{first.year}"):
        period = parse_period(label)
        if (period.start, period.end) == (first, last):
            return period
    return Period(f"{first.isoformat()}..{last.isoformat()}", first, last)
