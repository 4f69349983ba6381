"""Meters that have no physical estimate, the dearest first: what to fix first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from greendigital.factorset import FactorLibrary, load_library
from greendigital.footprint.next_steps import Ratios, next_step, sentences_of
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


def unmatched_meters(
    store: LineStore, source_id: str | None = None, library: FactorLibrary | None = None
) -> list[dict[str, Any]]:
    """Meters of lines estimated from cost, or of which nothing is known, by their share of the list cost.

    Parameters
    ----------
    source_id
        Of one bill alone; default: of all.
    library
        The sets whose rules typed the meters; default: the shipped ones.

    Returns
    -------
    list of dict
        The key columns of the lines; ``lines``; ``next_step``, what a person can do (``add_rule``, ``add_unit``,
        ``add_region``, ``export_column`` or ``none``), with a sentence in ``remedy``; ``no_ratio``, why there is no
        ratio to estimate it from cost, None where there is one; ``kg_co2e``, as estimated from cost, None where it was
        not; and ``costs``, an entry for each currency: ``currency``, ``list``, ``billed``, and ``share``, of the list
        cost of all usage in that currency, None where that is nothing. Currencies are never added together: the order
        goes by the largest share, then by the number of lines.
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
        "sum(list_cost) AS list_cost, sum(billed_cost) AS billed, max(quantity) AS quantity, "
        "min(instance_type) AS instance_type, min(region) AS region, "
        "coalesce(bool_or(list_cost <> 0), false) AS has_list_cost, list_sort(list(DISTINCT source_id)) AS sources "
        f"FROM lines WHERE {UNMATCHED}{where} "
        f"GROUP BY {keys}, currency "
        f"ORDER BY {', '.join(f'{k} NULLS LAST' for k in _KEY)}, currency NULLS LAST",
        parameters,
    )
    library = library or load_library()
    ratios = Ratios(store, library)
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in _KEY), []).append(row)
    return sorted((_entry(found, whole, library, ratios) for found in groups.values()), key=_rank)


def _entry(
    rows: Sequence[Mapping[str, Any]],
    whole: Mapping[str | None, float | None],
    library: FactorLibrary,
    ratios: Ratios,
) -> dict[str, Any]:
    """The entry of a meter from its rows, one for each currency."""
    kilograms = [row["kg"] for row in rows if row["kg"] is not None]
    known = next((row for row in rows if row["quantity"] is not None), rows[0])
    step = next_step(known, library)
    reasons = [
        ratios.reason(source, row["provider"], row["currency"], row["has_list_cost"])
        for row in rows
        if row["reason_code"] == "no_basis"
        for source in row["sources"]
    ]
    return {
        **{name: rows[0][name] for name in _KEY},
        "lines": sum(row["n"] for row in rows),
        "kg_co2e": sum(kilograms) if kilograms else None,
        "costs": [_cost(row, whole) for row in rows],
        "next_step": step.code,
        "remedy": step.text,
        "no_ratio": sentences_of(reasons),
    }


def _cost(row: Mapping[str, Any], whole: Mapping[str | None, float | None]) -> dict[str, Any]:
    all_of = whole.get(row["currency"])
    share = row["list_cost"] / all_of if all_of and row["list_cost"] is not None else None
    return {"currency": row["currency"], "list": row["list_cost"], "billed": row["billed"], "share": share}


def _rank(entry: Mapping[str, Any]) -> tuple[float, float]:
    return -max((cost["share"] or 0.0 for cost in entry["costs"]), default=0.0), -entry["lines"]


def is_unmatched(row: Mapping[str, Any]) -> bool:
    """Whether a line is one of those that :data:`UNMATCHED` selects."""
    code = row["reason_code"] or ""
    without = code in ("no_basis", "meter_without_physical_meaning") or code.endswith("_without_factor")
    return row["kind"] == "cloud" and (row["status"] == "fallback" or (row["status"] == "excluded" and without))


def unmatched_share(entries: Sequence[Mapping[str, Any]]) -> dict[str | None, float]:
    """Share of the usage list cost of each currency that the entries hold together."""
    found: dict[str | None, float] = {}
    for entry in entries:
        for cost in entry["costs"]:
            found[cost["currency"]] = found.get(cost["currency"], 0.0) + (cost["share"] or 0.0)
    return found
