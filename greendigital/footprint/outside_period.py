"""Bills whose charges lie outside the period: which months they have instead."""

from __future__ import annotations

from collections.abc import Iterator

from greendigital.errors import Problem
from greendigital.footprint.store import LineStore
from greendigital.period import Period


def outside_period_notes(store: LineStore, period: Period) -> Iterator[Problem]:
    """A warning for each bill without a charge in the period, a note for one with charges outside it too."""
    start, end = period.start.isoformat(), period.end.isoformat()
    rows = store.query(
        "SELECT source_id, count(*) FILTER (reason_code = 'outside_period') AS outside, "
        f"count(*) FILTER (period_start BETWEEN DATE '{start}' AND DATE '{end}') AS inside, "
        "strftime(min(period_start), '%Y-%m') AS first, strftime(max(period_start), '%Y-%m') AS last, "
        "strftime(last_day(max(period_start)), '%Y-%m-%d') AS last_day "
        "FROM lines WHERE kind = 'cloud' AND period_start IS NOT NULL GROUP BY source_id ORDER BY source_id"
    )
    for row in (row for row in rows if row["outside"]):
        months = row["first"] if row["first"] == row["last"] else f"{row['first']} to {row['last']}"
        if not row["inside"]:
            message = f"The bill has no charge in the period {period.label}; its charges are of {months}."
            remedy = f"Write --period {row['first']}-01..{row['last_day']}; bills alone need none."
            yield Problem("warning", "no_charge_in_period", message, remedy, row["source_id"])
            continue
        lines = "line lies" if row["outside"] == 1 else "lines lie"
        message = f"{row['outside']:,} {lines} outside the period; the bill has charges of {months}."
        yield Problem("note", "charges_outside_period", message, "", row["source_id"])
