"""Charges that two bills hold: what is in an earlier bill is not counted again in a later one.

People give actual and amortised cost of one month, an export of a quarter beside one of its months, or a bill in two
formats. The files are taken in the order given; a charge that an earlier one holds is left out of a later one, with its
cost shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from greendigital import frames
from greendigital.errors import Problem

IN_OTHER_BILL = "in_other_bill"
"""Charge class of a charge that an earlier bill holds."""

_LEAST_SHARE = 0.5
"""Share of the charges of the common days that must be in both bills for them to be taken for one (ours).

Of the parts of one export few charges are alike; of two exports of the same days nearly all."""

_ACCOUNT = "coalesce(sub_account, account, '')"
_CHARGE = (
    "provider",
    "account",
    "sub_account",
    "service",
    "region",
    "lower(resource_id)",
    "meter",
    "description",
    "period_start",
    "period_end",
    "quantity",
)
"""What makes two charges one: everything but the cost, which differs between actual and amortised."""

Day = tuple[str, str, date]
"""Provider, account and the day on which a charge period starts."""


class BillView(NamedTuple):
    """A bill that was read: its source, its format, and its view of the usage frame."""

    source_id: str
    format: str
    view: str


class _Pair(NamedTuple):
    """Numbers of an earlier and a later bill."""

    earlier: int
    later: int


def leave_out_repeated(connection: Any, bills: Sequence[BillView]) -> tuple[list[str], list[Problem]]:
    """Views of the usage frame without what an earlier bill holds, and a warning for each two bills concerned.

    A charge that an earlier bill holds has the class ``in_other_bill`` in the view of the later one.
    """
    views = [bill.view for bill in bills]
    held = [_days(connection, bill.view) for bill in bills] if len(bills) > 1 else []
    common = _common_days(held)
    if not common:
        return views, []
    alike = {pair for pair in common if _family(bills[pair.earlier]) == _family(bills[pair.later])}
    counts = _equal_charges(connection, views) if alike else {}
    left_out: dict[int, set[_Pair]] = defaultdict(set)
    problems = []
    for pair in sorted(common, key=lambda pair: (pair.later, pair.earlier)):
        whole = sum(held[pair.later][day] for day in common[pair])
        count = counts.get(pair, 0) if pair in alike else whole
        if count >= _LEAST_SHARE * whole:
            left_out[pair.later].add(pair)
            problems.append(_warning(bills, pair, common[pair], count, whole))
    for later, pairs in left_out.items():
        days = {day for pair in pairs - alike for day in common[pair]}
        views[later] = _once(connection, views[later], later, pairs & alike, days)
    return views, problems


def _family(bill: BillView) -> str:
    """Formats whose charges can be told to be the same: versions and kinds of one export."""
    return bill.format.split("-")[0]


def _days(connection: Any, view: str) -> dict[Day, int]:
    """Charges of usage of each account and day."""
    rows = connection.execute(
        f"SELECT coalesce(provider, ''), {_ACCOUNT}, period_start, count(*) FROM {view} "
        "WHERE charge_class = 'usage' AND period_start IS NOT NULL GROUP BY ALL"
    ).fetchall()
    return {(provider, account, day): count for provider, account, day, count in rows}


def _common_days(held: Sequence[Mapping[Day, int]]) -> dict[_Pair, set[Day]]:
    """Days that an earlier and a later bill both hold."""
    holders: dict[Day, list[int]] = defaultdict(list)
    for number, days in enumerate(held):
        for day in days:
            holders[day].append(number)
    found: dict[_Pair, set[Day]] = defaultdict(set)
    for day, numbers in holders.items():
        for place, later in enumerate(numbers):
            for earlier in numbers[:place]:
                found[_Pair(earlier, later)].add(day)
    return found


def _equal_charges(connection: Any, views: Sequence[str]) -> dict[_Pair, int]:
    """Make the table of charges that an earlier bill holds as well; how many there are of each two bills.

    Equal charges of one bill are counted: a second one is in an earlier bill only where that has two as well.
    """
    # One number stands for the whole key: rows are compared by a hash of 64 bits.
    key = f"hash({', '.join(_CHARGE)})"
    numbered = " UNION ALL ".join(
        f"SELECT {number} AS bill, source_row, {key} AS k, row_number() OVER (PARTITION BY {key} ORDER BY source_row) "
        f"AS n FROM {view} WHERE charge_class = 'usage'"
        for number, view in enumerate(views)
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE charges_held AS SELECT * FROM "
        f"(SELECT bill, source_row, min(bill) OVER (PARTITION BY k, n) AS holder FROM ({numbered})) WHERE holder < bill"
    )
    rows = connection.execute("SELECT holder, bill, count(*) FROM charges_held GROUP BY ALL").fetchall()
    return {_Pair(holder, bill): count for holder, bill, count in rows}


def _once(connection: Any, view: str, number: int, pairs: set[_Pair], days: set[Day]) -> str:
    """The view of a bill in which what others hold is left out: equal charges, and whole days of other formats."""
    holders = ", ".join(str(pair.earlier) for pair in pairs) or "-1"
    table = "charges_held" if pairs else "(SELECT 0 AS bill, 0 AS source_row, 0 AS holder)"
    columns = list(zip(*sorted(days), strict=True)) or [(), (), ()]
    kinds = {"held_provider": "string", "held_account": "string", "held_day": "date"}
    held = frames.duckdb_table(connection, dict(zip(kinds, columns, strict=True)), kinds)
    held.create_view(f"held_{number}", replace=True)
    name = f"{view}_once"
    connection.execute(
        f"CREATE OR REPLACE VIEW {name} AS SELECT u.* REPLACE (CASE WHEN u.charge_class = 'usage' "
        f"AND (r.source_row IS NOT NULL OR h.held_day IS NOT NULL) THEN '{IN_OTHER_BILL}' ELSE u.charge_class END "
        f"AS charge_class) FROM {view} u LEFT JOIN (SELECT DISTINCT source_row FROM {table} WHERE bill = {number} "
        f"AND holder IN ({holders})) r ON r.source_row = u.source_row LEFT JOIN held_{number} h "
        f"ON h.held_provider = coalesce(u.provider, '') AND h.held_account = {_ACCOUNT} AND h.held_day = u.period_start"
    )
    return name


def _warning(bills: Sequence[BillView], pair: _Pair, days: set[Day], count: int, of: int) -> Problem:
    accounts = {account for _, account, _ in days}
    named = f'account "{next(iter(accounts))}"' if len(accounts) == 1 else f"{len(accounts)} accounts"
    first, last = min(day for *_, day in days), max(day for *_, day in days)
    message = (
        f"{count:,} of its {of:,} charges of {named} from {first} to {last} are in "
        f'"{bills[pair.earlier].source_id}" too; they are left out here, with their cost.'
    )
    remedy = "Give one of the two; of actual and amortised cost, the amortised one."
    return Problem("warning", "bills_overlap", message, remedy, bills[pair.later].source_id)
