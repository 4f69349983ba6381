"""What a bill of any format is turned into first: charges, one a row, in columns of one set of names.

A format is a module ``from_<format>.py`` with a :class:`BillFormat`; :mod:`greendigital.usage.read` lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from greendigital.errors import Problem
from greendigital.usage.bill_dates import BillDates
from greendigital.usage.own_columns import OwnColumns

CHARGE_COLUMNS = (
    "provider",
    "account",
    "sub_account",
    "account_key",
    "service",
    "service_key",
    "service_category",
    "region",
    "region_prefix",
    "resource_id",
    "period_start",
    "period_end",
    "billing_start",
    "charge_class",
    "usage_type",
    "meter_text",
    "description",
    "unit",
    "instance_hint",
    "operation",
    "raw_quantity",
    "billed_cost",
    "effective_cost",
    "list_cost",
    "currency",
    "tags",
)
"""Columns of a charge, each an expression of the database; one that a format does not name is empty.

``account_key``: id of the sub-account, by which bills of unlike formats are compared. ``service_key``: what rules on
services are asked by (a code, else the name). ``usage_type``: the provider's code of the meter (AWS). ``meter_text``:
category, subcategory and name of the meter, joined by `` | `` (Azure). ``description``: text of the charge or of the
SKU, looked at where there is no meter. ``region_prefix``: the short name of a region that a usage type begins with,
looked up where there is no ``region``. ``unit``: unit of ``raw_quantity`` as billed. ``instance_hint``: instance type
or size that the bill names beside the meter. ``operation``: what was done (AWS). ``billing_start``: a day of the
billed month, for units such as GB- months. ``charge_class``: as in the usage frame.
"""


@dataclass(frozen=True, slots=True)
class BillFormat:
    """A format of bills.

    Attributes
    ----------
    recognise
        Name of the format, with its version, from the header; None for any other file.
    charges
        Expressions of the database for :data:`CHARGE_COLUMNS`, from the bill's own columns.
    start, dates
        Own columns that may hold the start of the charge period, and all that hold dates.
    numbers
        Own columns that must hold numbers.
    category, provider, currency, region, service
        Own columns of these, each the first one that the bill has.
    fields
        Own columns that are used, and ours that they become.
    wanted
        Columns told of when a file is nearly a bill of this format.
    categories
        What may stand in ``category``, for the problem of one that is not known; empty where every word is understood.
    adjustments
        Further words in ``category``, in small letters, that are understood as adjustments.
    list_cost
        Own columns of list cost or price; without any of them it is noted what stands in.
    list_cost_stand_in
        What stands in for a list cost that is not there.
    notes
        Further problems, of the database, the view of the bill's own columns, the file and the columns.
    month_first
        Whether dates that may be read either way have the month first.
    cost_basis
        ``actual``, ``amortised``, ``both``, or None where the rows do not say, of the same without the file.
    """

    recognise: Callable[[OwnColumns], str | None]
    charges: Callable[[OwnColumns, BillDates], Mapping[str, str]]
    start: tuple[str, ...]
    dates: tuple[str, ...]
    numbers: tuple[str, ...]
    fields: Mapping[str, str]
    category: tuple[str, ...] = ()
    provider: tuple[str, ...] = ()
    currency: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    service: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()
    categories: str = ""
    adjustments: tuple[str, ...] = ()
    list_cost: tuple[str, ...] = ()
    list_cost_stand_in: str = "effective cost"
    notes: Callable[[Any, str, str, OwnColumns], list[Problem]] | None = None
    cost_basis: Callable[[Any, str, OwnColumns], str | None] | None = None
    month_first: bool = False
