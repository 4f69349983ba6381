"""Tax, purchases and other charges that are no usage, of bills that hold the same usage: they cost once.

Of two bills that were found to hold the same usage (:mod:`greendigital.usage.overlap`), a charge of the later one is
left out where the earlier one has it just so; in unlike formats where the charges of its class and account come to the
same cost; and where one bill spreads commitments over usage while the other has their purchase.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from greendigital.usage.own_columns import literal

_CHARGE = (
    "charge_class",
    "service",
    "region",
    "lower(resource_id)",
    "meter",
    "description",
    "period_start",
    "period_end",
    "currency",
    "billed_cost",
)
"""What makes two charges one, provider and account beside it."""

_PENNY = 0.01
"""How far two sums of one class may lie apart: formats round."""

_OF_BASIS = {"actual": "purchase", "amortised": "unused_commitment"}
"""Class of charges that only a bill of that basis has: the cost of commitments that the other has otherwise."""


class Repeat(NamedTuple):
    """Two bills of the same usage, by number, and the days they share."""

    earlier: int
    later: int
    first: date
    last: date
    same_format: bool


def hold_other_charges(connection: Any, views: Sequence[str]) -> None:
    """Make the table ``other_charges`` of all charges that are no usage, with one number for each key."""
    key = f"hash({', '.join(('provider', 'account_key', *_CHARGE))})"
    each = " UNION ALL ".join(
        f"SELECT {number} AS bill, source_row, charge_class, coalesce(provider, '') AS provider, "
        "coalesce(account_key, '') AS account, currency, billed_cost, period_start AS first, "
        f"{key} AS charge, row_number() OVER (PARTITION BY {key} ORDER BY source_row) AS n "
        f"FROM {view} WHERE charge_class NOT IN ('usage', 'total_row')"
        for number, view in enumerate(views)
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE other_charges AS {each}")


def repeated_costs(connection: Any, repeat: Repeat, bases: tuple[str | None, str | None]) -> list[int]:
    """Rows of the later bill that the earlier one has the cost of.

    Parameters
    ----------
    bases
        Cost basis of the earlier and of the later bill.
    """
    asked = [_equal(repeat)]
    if not repeat.same_format:
        asked.append(_of_equal_sums(repeat))
    if {*bases} == {*_OF_BASIS}:
        only = literal(_OF_BASIS[bases[1] or ""])
        asked.append(f"{_within(repeat, repeat.later)} AND charge_class = {only}")
    rows = connection.execute(f"SELECT DISTINCT source_row FROM ({' UNION ALL '.join(asked)}) ORDER BY 1").fetchall()
    return [row[0] for row in rows]


def _equal(repeat: Repeat) -> str:
    held = f"SELECT charge, n FROM other_charges WHERE bill = {repeat.earlier}"
    return f"SELECT source_row FROM other_charges WHERE bill = {repeat.later} AND (charge, n) IN ({held})"


def _within(repeat: Repeat, bill: int, columns: str = "source_row") -> str:
    days = f"first BETWEEN DATE '{repeat.first}' AND DATE '{repeat.last}'"
    return f"SELECT {columns} FROM other_charges WHERE bill = {bill} AND {days}"


def _of_equal_sums(repeat: Repeat) -> str:
    group = "charge_class, provider, account, currency"

    def sums(bill: int) -> str:
        return f"{_within(repeat, bill, f'{group}, sum(billed_cost) AS cost')} GROUP BY ALL"

    same = (
        f"SELECT {group} FROM ({sums(repeat.earlier)}) a JOIN ({sums(repeat.later)}) b USING ({group}) "
        f"WHERE abs(a.cost - b.cost) <= {_PENNY}"
    )
    return f"{_within(repeat, repeat.later)} AND ({group}) IN ({same})"
