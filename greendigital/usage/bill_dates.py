"""Dates of a bill: ISO, or day and month in an order that is decided once for the whole bill."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from greendigital.errors import Problem

# No cloud was billed before 2000, so that two digits of a year are enough.
_NUMERIC = r"^(\d{1,2})[/.-](\d{1,2})[/.-](?:20)?(\d\d)(?:[ T,].*)?$"


class BillDates(NamedTuple):
    """How the dates of a bill are written.

    Attributes
    ----------
    numeric
        Whether any is written as two numbers and a year; the others are ISO.
    day_first
        Which of the two numbers is the day.
    """

    numeric: bool = False
    day_first: bool = True

    def as_date(self, expression: str) -> str:
        """SQL that gives the date of a text column, NULL where it holds none."""
        iso = f"TRY_CAST(substr({expression}, 1, 10) AS DATE)"
        if not self.numeric:
            return iso
        order = r"20\3-\2-\1" if self.day_first else r"20\3-\1-\2"
        # Asked first: as ISO, 01/04/24 would be a day of the year 1.
        return (
            f"CASE WHEN regexp_matches({expression}, '{_NUMERIC}') "
            f"THEN TRY_CAST(regexp_replace({expression}, '{_NUMERIC}', '{order}') AS DATE) ELSE {iso} END"
        )


def decide_dates(
    connection: Any, bill: str, file: str, columns: Sequence[str], month_first: bool = False
) -> tuple[BillDates, list[Problem]]:
    """Day or month first, from all dates of the bill; where they say neither, as the format has it, with a warning.

    Where they say both the day comes first.
    """
    present = list(columns)
    if not present:
        return BillDates(), []
    listed = ", ".join(f'"{c}"' for c in present)
    values = f"SELECT DISTINCT unnest([{listed}]) AS value FROM {bill}"
    numbers = (
        f"SELECT value, regexp_extract(value, '{_NUMERIC}', 1)::INT AS one, "
        f"regexp_extract(value, '{_NUMERIC}', 2)::INT AS two FROM ({values}) WHERE regexp_matches(value, '{_NUMERIC}')"
    )
    day, month, open_value, month_value = connection.execute(
        "SELECT bool_or(one > 12), bool_or(two > 12 AND one <= 12), "
        "min(value) FILTER (one <= 12 AND two <= 12 AND one <> two), min(value) FILTER (two > 12 AND one <= 12) "
        f"FROM ({numbers})"
    ).fetchone()
    if day is None:
        return BillDates(), []
    found = BillDates(True, bool(day or not month))
    if day and month:
        message = "would have the month first, other dates of the bill the day; the day is taken to come first."
        return found, [_warning(connection, bill, file, present, "date_order_mixed", month_value, message)]
    if day or month or open_value is None:
        return found, []
    taken = "month, as in most bills of this format," if month_first else "day"
    message = f"may have day or month first, and no date of the bill decides it; the {taken} is taken to come first."
    found = BillDates(True, not month_first)
    return found, [_warning(connection, bill, file, present, "date_order_undecided", open_value, message)]


def _warning(
    connection: Any, bill: str, file: str, present: Sequence[str], code: str, value: str, message: str
) -> Problem:
    where = " UNION ALL ".join(
        f"SELECT source_row, '{c}' AS name, {i} AS place FROM {bill} WHERE \"{c}\" = $value"
        for i, c in enumerate(present)
    )
    row, name = connection.execute(
        f"SELECT source_row, name FROM ({where}) ORDER BY source_row, place LIMIT 1", {"value": value}
    ).fetchone()
    return Problem("warning", code, f'"{value}" {message}', "Write dates as YYYY-MM-DD.", file, row, name)
