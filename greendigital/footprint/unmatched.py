"""Meters that have no physical estimate, the dearest first: what to fix first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from greendigital.footprint.store import LineStore

MOST_UNMATCHED = 50
"""Entries in summary.json; the workbook holds all of them."""
UNMATCHED = (
    "kind = 'cloud' AND (status = 'fallback' OR status = 'excluded' AND (reason_code IN ('no_basis', "
    "'meter_without_physical_meaning') OR ends_with(reason_code, '_without_factor')))"
)
_USAGE = (
    "kind = 'cloud' AND (status IN ('estimated', 'partial', 'fallback') "
    f"OR reason_code IN ('not_physical', 'counted_elsewhere') OR {UNMATCHED})"
)
"""Lines of usage within the period, licences and fees among them: what a share of the list cost is of."""
_KEY = (
    "provider",
    "service",
    "meter",
    "quantity_unit",
    "quantity_kind",
    "status",
    "reason_code",
    "meter_rule_id",
    "meter_seen",
)


def unmatched_meters(store: LineStore, source_id: str | None = None) -> list[dict[str, Any]]:
    """Meters of lines estimated from cost, or of which nothing is known, by their share of the list cost.

    Parameters
    ----------
    source_id
        Of one bill alone; default: of all.

    Returns
    -------
    list of dict
        The key columns of the lines; ``lines``; ``kg_co2e``, as estimated from cost, None where it was not; and
        ``costs``, an entry for each currency: ``currency``, ``list``, ``billed``, and ``share``, of the list cost of
        all usage in that currency, None where that is nothing. Currencies are never added together: the order goes
        by the largest share, then by the number of lines.
    """
    where, parameters = ("", []) if source_id is None else (" AND source_id = ?", [source_id])
    whole = {
        row["currency"]: row["list_cost"]
        for row in store.query(
            f"SELECT currency, sum(list_cost) AS list_cost FROM lines WHERE ({_USAGE}){where} GROUP BY currency",
            parameters,
        )
    }
    keys = ", ".join(_KEY)
    rows = store.query(
        f"SELECT {keys}, currency, count(DISTINCT line_id) AS n, sum(total_kg_co2e) AS kg, "
        f"sum(list_cost) AS list_cost, sum(billed_cost) AS billed FROM lines WHERE {UNMATCHED}{where} "
        f"GROUP BY {keys}, currency "
        f"ORDER BY {', '.join(f'{k} NULLS LAST' for k in _KEY)}, currency NULLS LAST",
        parameters,
    )
    groups: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = tuple(row[name] for name in _KEY)
        entry = groups.setdefault(key, {**dict(zip(_KEY, key, strict=True)), "lines": 0, "kg_co2e": None, "costs": []})
        entry["lines"] += row["n"]
        if row["kg"] is not None:
            entry["kg_co2e"] = (entry["kg_co2e"] or 0.0) + row["kg"]
        entry["costs"].append(_cost(row, whole))
    return sorted(groups.values(), key=_rank)


def _cost(row: Mapping[str, Any], whole: Mapping[str | None, float | None]) -> dict[str, Any]:
    all_of = whole.get(row["currency"])
    share = row["list_cost"] / all_of if all_of and row["list_cost"] is not None else None
    return {"currency": row["currency"], "list": row["list_cost"], "billed": row["billed"], "share": share}


def _rank(entry: Mapping[str, Any]) -> tuple[float, float]:
    return -max((cost["share"] or 0.0 for cost in entry["costs"]), default=0.0), -entry["lines"]


def unmatched_share(entries: Sequence[Mapping[str, Any]]) -> dict[str | None, float]:
    """Share of the usage list cost of each currency that the entries hold together."""
    found: dict[str | None, float] = {}
    for entry in entries:
        for cost in entry["costs"]:
            found[cost["currency"]] = found.get(cost["currency"], 0.0) + (cost["share"] or 0.0)
    return found
