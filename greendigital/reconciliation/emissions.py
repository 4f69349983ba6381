"""What a provider's carbon export says, whichever provider it is: one record per row, in kg CO2e."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from greendigital.errors import InputError, Problem

LEVELS = ("account", "service", "region", "month")
"""What a group is told apart by, beside provider and view."""

FIGURES = (
    "location",
    "market",
    "unlabelled",
    "scope_1",
    "scope_2_location",
    "scope_2_market",
    "scope_3_location",
    "scope_3_market",
)
"""Figures of a record. ``location`` and ``market`` are totals of all scopes given; ``unlabelled`` is a total without a
stated basis."""

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])(?![0-9])")


@dataclass(frozen=True, slots=True)
class Emission:
    """A row of a provider's export.

    Attributes
    ----------
    provider
        ``aws``, ``azure`` or ``gcp``, as in the lines of a run.
    view
        How the export cuts the emissions; figures of two views are the same emissions, and are never added.
    account, service, region, month
        As the export writes them, month as ``2026-01``; None where it does not say.
    figures
        kg CO2e by the names of :data:`FIGURES`; None where the export has none.
    item
        What tells the row apart beside these, such as the id of a resource.
    model_version, refreshed
        The provider's method, and when it last worked the figure out.
    """

    provider: str
    view: str
    account: str | None
    service: str | None
    region: str | None
    month: str | None
    figures: dict[str, float | None]
    item: str = ""
    model_version: str = ""
    refreshed: str = ""
    file: str = ""
    row: int | None = None

    @property
    def identity(self) -> tuple[str | None, ...]:
        """What must be the same for two rows to be the same row."""
        place = (self.account, self.service, self.region, self.month)
        return (self.provider, self.view, *place, self.item, self.model_version)


@dataclass(slots=True)
class Export:
    """A provider's export as it was read.

    Attributes
    ----------
    denied
        Subscriptions that the account that asked may not see: the figures leave them out.
    has_more_pages, has_top_items_only
        Whether the file is not the whole answer.
    set_aside
        Counts of records that are not compared, by reason.
    """

    file: str
    sha256: str
    provider: str
    format: str
    emissions: list[Emission]
    denied: list[str] = field(default_factory=list)
    has_more_pages: bool = False
    has_top_items_only: bool = False
    set_aside: dict[str, int] = field(default_factory=dict)


def add_up(emissions: Iterable[Emission], name: str) -> float | None:
    """The sum of a figure over records, kg CO2e; None where no record has it."""
    known = [value for value in (e.figures.get(name) for e in emissions) if value is not None]
    return math.fsum(known) if known else None


def text_of(value: Any) -> str | None:
    """A cell as text; None where it is blank."""
    text = "" if value is None else str(value).strip()
    return text if text and text.upper() != "NULL" else None


def number_of(value: Any, file: str, row: int | None, column: str) -> float | None:
    """A cell as a number; None where it is blank.

    Raises
    ------
    InputError
        If the cell holds something else.
    """
    text = text_of(value)
    if text is None:
        return None
    try:
        number = float(text) if not isinstance(value, bool) else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise _refused("export_value_invalid", f'"{text}" is not a number.', "Export it again.", file, row, column)
    return number


def month_of(value: Any, file: str, row: int | None, column: str) -> str | None:
    """The month of a date, ``2026-01``; None where the cell is blank.

    Raises
    ------
    InputError
        If the cell holds no date that begins with year and month.
    """
    text = value.isoformat() if isinstance(value, date) else text_of(value)
    if text is None:
        return None
    found = _MONTH.match(text)
    if not found:
        remedy = "Export it again; a spreadsheet program may have rewritten the dates."
        raise _refused("export_value_invalid", f'"{text}" is not a date YYYY-MM-DD.', remedy, file, row, column)
    return f"{found[1]}-{found[2]}"


def lacks_column(file: str, what: str, columns: Iterable[str]) -> InputError:
    """The error of an export that lacks columns it needs."""
    named = ", ".join(f'"{c}"' for c in columns)
    return _refused(
        "export_column_missing", f"This is {what} without the column {named}.", "Export it with all columns.", file
    )


def _refused(
    code: str, message: str, remedy: str, file: str, row: int | None = None, column: str | None = None
) -> InputError:
    return InputError(Problem("error", code, message, remedy, file, row, column))
