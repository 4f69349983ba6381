"""Charges that two bills hold: what is in an earlier bill is not counted again in a later one.

People give actual and amortised cost of one month, a quarter beside one of its months, hours beside days, or one bill
in two formats. The files are taken in the order given. Of every account and day that both hold, the bills are compared
three times, each time by less: charge by charge; the quantity of each meter of a resource, whatever its hours; and, of
unlike formats, the quantity of each kind of usage. What is left out of the later bill stays a line with its cost.
Where usage is left out, the other charges of the two bills are compared too (:mod:`.repeated_costs`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from greendigital import frames
from greendigital.errors import Problem
from greendigital.usage.own_columns import literal
from greendigital.usage.repeated_costs import Repeat, hold_other_charges, repeated_costs

IN_OTHER_BILL = "in_other_bill"
"""Charge class of a charge that an earlier bill holds."""

_LEAST_SHARE = 0.5
"""Share of the charges of the common days that must be in both bills for them to be taken for one (ours).

Of the parts of one export few charges are alike; of two exports of the same days nearly all."""

_ALIKE = 0.01
"""How far, as a share, two quantities of one thing and the same days may lie apart (ours): formats round."""

_NEARLY_INSIDE = 0.9
"""Share of its days from which on a charge lies in the common days (ours): a month beside 29 daily rows of it."""

_MOST_PAIRS = 200
"""Pairs of bills that are compared by more than equal charges: more of them are the parts of one export."""

_CHARGE = ("service", "region", "lower(resource_id)", "meter", "description", "period_start", "period_end", "quantity")
_METER = ("region", "lower(resource_id)", "meter")
_USAGE = ("region", "quantity_kind", "instance_type", "storage_class", "transfer_path")
"""What makes two charges one (all but the cost), two meters, and two kinds of usage; provider and account beside it."""

_COMPARABLE = ("instance_hours", "vcpu_hours", "gb_hours", "gpu_hours", "tb_hours", "gb_moved")
"""Quantities that mean the same in every format."""

Span = tuple[str, str, date, date]
"""Provider, account, first day of a charge, and the day after its last."""
Day = tuple[str, str, date]


class BillView(NamedTuple):
    """A bill that was read: its source, its format, and its view of the usage frame with ``account_key``.

    ``cost_basis``: ``actual``, ``amortised``, ``both``, or None where it has no such basis.
    """

    source_id: str
    format: str
    view: str
    cost_basis: str | None = None


class _Pair(NamedTuple):
    """Numbers of an earlier and a later bill."""

    earlier: int
    later: int


def leave_out_repeated(connection: Any, bills: Sequence[BillView]) -> tuple[list[str], list[Problem]]:
    """Views of the usage frame without what an earlier bill holds, and a warning for each two bills concerned.

    A charge that an earlier bill holds has the class ``in_other_bill`` in the view of the later one.
    """
    views = [bill.view for bill in bills]
    spans = [_spans(connection, bill.view) for bill in bills] if len(bills) > 1 else []
    common = _common_days(spans)
    if not common:
        return views, []
    _hold_charges(connection, views)
    hold_other_charges(connection, views)
    problems = []
    equal = _equal(connection)
    for pair in sorted(common, key=lambda pair: (pair.later, pair.earlier)):
        whole = _inside(spans[pair.later], common[pair])
        count, cut = equal.get(pair, 0), 0
        if count and count >= _LEAST_SHARE * whole:
            _insert(connection, pair, f"FROM charges_equal WHERE bill = {pair.later} AND holder = {pair.earlier}")
        elif len(common) <= _MOST_PAIRS:
            count, cut = _leave_out(connection, bills, pair, common[pair], whole)
        else:
            count = 0
        if count:
            others = _leave_out_costs(connection, bills, pair, common[pair])
            problems.append(_warning(bills, pair, common[pair], count, whole, others))
        elif not _same_format(bills, pair):
            problems.append(_two_formats(bills, pair, common[pair]))
        if cut:
            problems.append(_partly(bills, pair, cut))
    left = {row[0] for row in connection.execute("SELECT DISTINCT bill FROM charges_left_out").fetchall()}
    return [_once(connection, view, n) if n in left else view for n, view in enumerate(views)], problems


def _spans(connection: Any, view: str) -> dict[Span, int]:
    """How many charges of usage there are of each account and each span of days."""
    rows = connection.execute(
        "SELECT coalesce(provider, ''), coalesce(account_key, ''), period_start, "
        f"greatest(period_end, period_start + 1)::DATE, count(*) FROM {view} "
        "WHERE charge_class = 'usage' AND period_start IS NOT NULL GROUP BY ALL"
    ).fetchall()
    return {(provider, account, first, after): n for provider, account, first, after, n in rows}


def _days_of(span: Span) -> Iterable[Day]:
    provider, account, first, after = span
    return ((provider, account, first + timedelta(n)) for n in range((after - first).days))


def _common_days(spans: Sequence[Mapping[Span, int]]) -> dict[_Pair, set[Day]]:
    """Days that an earlier and a later bill both hold."""
    holders: dict[Day, list[int]] = defaultdict(list)
    for number, held in enumerate(spans):
        for day in {day for span in held for day in _days_of(span)}:
            holders[day].append(number)
    found: dict[_Pair, set[Day]] = defaultdict(set)
    for day, numbers in holders.items():
        for place, later in enumerate(numbers):
            for earlier in numbers[:place]:
                found[_Pair(earlier, later)].add(day)
    return found


def _hold_charges(connection: Any, views: Sequence[str]) -> None:
    """Make the table of all charges of usage, with one number for each key, and that of those left out, empty yet."""

    def key(columns: Sequence[str]) -> str:
        # A hash of 64 bits stands for the whole key; one type of machine is written in several ways.
        named = ["provider", "account_key", *columns]
        spelt = ["regexp_replace(lower(instance_type), '^standard|[ _-]', '', 'g')" if c == "instance_type" else c
                 for c in named]  # fmt: skip
        return f"hash({', '.join(spelt)})"

    kinds = ", ".join(map(literal, _COMPARABLE))
    each = " UNION ALL ".join(
        f"SELECT {number} AS bill, source_row, coalesce(provider, '') AS provider, "
        "coalesce(account_key, '') AS account, period_start AS first, "
        "greatest(period_end, period_start + 1)::DATE AS after, "
        f"quantity, quantity_kind IN ({kinds}) AS comparable, {key(_CHARGE)} AS charge, {key(_METER)} AS meter, "
        f"{key(_USAGE)} AS usage, row_number() OVER (PARTITION BY {key(_CHARGE)} ORDER BY source_row) AS n FROM {view} "
        "WHERE charge_class = 'usage' AND period_start IS NOT NULL"
        for number, view in enumerate(views)
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE charges_held AS {each}")
    # Equal charges of one bill are counted: a second one is in an earlier bill only where that has two as well.
    holder = "SELECT bill, source_row, min(bill) OVER (PARTITION BY charge, n) AS holder FROM charges_held"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE charges_equal AS SELECT * FROM ({holder}) WHERE holder < bill")
    connection.execute("CREATE OR REPLACE TEMP TABLE charges_left_out (bill INTEGER, source_row BIGINT)")


def _equal(connection: Any) -> dict[_Pair, int]:
    """How many charges of each later bill stand in an earlier one just so."""
    rows = connection.execute("SELECT holder, bill, count(*) FROM charges_equal GROUP BY ALL").fetchall()
    return {_Pair(holder, bill): count for holder, bill, count in rows}


def _inside(spans: Mapping[Span, int], common: set[Day]) -> int:
    """How many charges lie in the common days with nearly all of their own."""
    return sum(count for span, count in spans.items() if _share_of(span, common) >= _NEARLY_INSIDE)


def _share_of(span: Span, common: set[Day]) -> float:
    """Share of the days of a charge that are common to both bills."""
    days = list(_days_of(span))
    return sum(day in common for day in days) / len(days)


def _insert(connection: Any, pair: _Pair, rows: str) -> None:
    connection.execute(f"INSERT INTO charges_left_out SELECT {pair.later}, source_row {rows}")


def _leave_out(
    connection: Any, bills: Sequence[BillView], pair: _Pair, common: set[Day], whole: int
) -> tuple[int, int]:
    """Leave out of the later bill what the earlier one holds in other charges.

    How many there are, and how many charges beside them reach beyond the common days, so that they stay whole.
    """
    _span_table(connection, pair, common)
    touching = (
        f"FROM charges_held c JOIN common_spans s USING (provider, account, first, after) WHERE c.bill = {pair.later}"
    )
    inside = f"{touching} AND s.inside"
    same = _same_format(bills, pair)
    alike = f"c.meter IN ({_alike('meter', pair)})"
    if not same:
        # Some formats name the meter alike; where they do not, the kind of usage has to do.
        alike = f"({alike} OR c.comparable AND c.usage IN ({_alike('usage', pair)}))"
    rows, of = f"{inside} AND {alike}", whole if same else _count(connection, f"{inside} AND c.comparable")
    count = _count(connection, rows)
    cut = _count(connection, f"{touching} AND NOT s.inside AND {alike}")
    if not count or count < _LEAST_SHARE * of:
        return 0, cut
    _insert(connection, pair, rows)
    if same:
        return count, cut
    # Requests and licences of the same days are of the same bill, and have no quantity to compare.
    rest = f"{inside} AND NOT c.comparable AND NOT {alike}"
    _insert(connection, pair, rest)
    return count + _count(connection, rest), cut


def _leave_out_costs(connection: Any, bills: Sequence[BillView], pair: _Pair, days: set[Day]) -> int:
    """Leave out of the later bill the other charges that the earlier one has the cost of; how many there are."""
    first, last = min(day for *_, day in days), max(day for *_, day in days)
    repeat = Repeat(*pair, first, last, _same_format(bills, pair))
    rows = repeated_costs(connection, repeat, (bills[pair.earlier].cost_basis, bills[pair.later].cost_basis))
    if rows:
        connection.executemany("INSERT INTO charges_left_out VALUES (?, ?)", [(pair.later, row) for row in rows])
    return len(rows)


def _count(connection: Any, rows: str) -> int:
    return int(connection.execute(f"SELECT count(*) {rows}").fetchone()[0])


def _same_format(bills: Sequence[BillView], pair: _Pair) -> bool:
    """Whether charges of both can be told to be the same: the formats are versions and kinds of one export."""
    earlier, later = (bills[number].format.split("-")[0] for number in pair)
    return earlier == later


def _span_table(connection: Any, pair: _Pair, common: set[Day]) -> None:
    """Make the table of the spans of both bills that touch the common days, with their share of them."""
    both = f"FROM charges_held WHERE bill IN ({pair.earlier}, {pair.later})"
    rows = connection.execute(f"SELECT DISTINCT provider, account, first, after {both}").fetchall()
    found = []
    for span in rows:
        share = _share_of(span, common)
        if share:
            found.append((*span, share, share >= _NEARLY_INSIDE))
    kinds = {"provider": "string", "account": "string", "first": "date", "after": "date", "share": "float",
             "inside": "bool"}  # fmt: skip
    columns = list(zip(*found, strict=True)) or [()] * len(kinds)
    table = frames.duckdb_table(connection, dict(zip(kinds, columns, strict=True)), kinds)
    table.create_view("common_spans", replace=True)


def _alike(key: str, pair: _Pair) -> str:
    """Question for the keys of which both bills hold the same quantity in the common days."""
    held = (
        f"SELECT c.{key} AS k, sum(c.quantity * s.share) AS q FROM charges_held c "
        "JOIN common_spans s USING (provider, account, first, after) WHERE c.bill = {bill} GROUP BY 1"
    )
    return (
        f"SELECT a.k FROM ({held.format(bill=pair.earlier)}) a JOIN ({held.format(bill=pair.later)}) b ON a.k = b.k "
        f"WHERE abs(a.q - b.q) <= {_ALIKE} * greatest(abs(a.q), abs(b.q))"
    )


def _once(connection: Any, view: str, number: int) -> str:
    """The view of a bill in which what others hold is left out."""
    name = f"{view.rpartition('.')[2]}_once"
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT u.* REPLACE (CASE WHEN r.source_row IS NULL THEN u.charge_class "
        f"ELSE '{IN_OTHER_BILL}' END AS charge_class) FROM {view} u LEFT JOIN "
        f"(SELECT DISTINCT source_row FROM charges_left_out WHERE bill = {number}) r ON r.source_row = u.source_row"
    )
    return name


def _warning(bills: Sequence[BillView], pair: _Pair, days: set[Day], count: int, of: int, others: int) -> Problem:
    accounts = {account for _, account, _ in days}
    named = f'account "{next(iter(accounts))}"' if len(accounts) == 1 else f"{len(accounts)} accounts"
    first, last = min(day for *_, day in days), max(day for *_, day in days)
    beside = f" and {others:,} other charge{'s' if others != 1 else ''}" if others else ""
    message = (
        f"{count:,} of its {of:,} charges of {named} from {first} to {last}{beside} are in "
        f'"{bills[pair.earlier].source_id}" too; they are left out here, with their cost.'
    )
    remedy = "Give one of the two; of actual and amortised cost, give the amortised one alone."
    return Problem("warning", "bills_overlap", message, remedy, bills[pair.later].source_id)


def _two_formats(bills: Sequence[BillView], pair: _Pair, days: set[Day]) -> Problem:
    """Bills of an account and days in two formats that do not look like one: a person has to know."""
    first, last = min(day for *_, day in days), max(day for *_, day in days)
    message = (
        f'It is of an account and days ({first} to {last}) of which "{bills[pair.earlier].source_id}" is too, in '
        "another format; their charges are not alike, and both count."
    )
    remedy = "If both are one bill, give one of the two."
    return Problem("note", "bills_of_two_formats", message, remedy, bills[pair.later].source_id)


def _partly(bills: Sequence[BillView], pair: _Pair, count: int) -> Problem:
    """Charges of which the other bill has a part of the days: neither leaving them out nor counting them is right."""
    what = "charge of it is" if count == 1 else "charges of it are"
    message = (
        f'{count:,} {what} in part in "{bills[pair.earlier].source_id}", which has other days of the same meters; '
        "counted whole in both, some days count twice."
    )
    remedy = "Give bills of the same days, or one of the two."
    return Problem("warning", "bills_overlap_in_part", message, remedy, bills[pair.later].source_id)
