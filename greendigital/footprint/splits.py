"""Totals by account, service, region and tag, each with the billed cost beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from greendigital.columns import STAGE_COLUMNS
from greendigital.footprint.store import LineStore
from greendigital.footprint.totals import Totals
from greendigital.uncertainty import ZERO
from greendigital.usage.overlap import IN_OTHER_BILL

SPLITS = ("account", "service", "region")
"""Columns of the lines by which the summary splits what is billed; chosen tags stand beside them."""

_Key = tuple[Any, ...]

_BESIDE = {"account": "account_id"}
"""What is told apart beside a column: two accounts may have one name."""


def splits_document(totals: Totals) -> dict[str, Any]:
    """``by_account``, ``by_service``, ``by_region``, ``by_tag`` and ``untagged`` of the totals.

    Each array adds up to the total; what has not the attribute stands under null, devices among it.
    """
    store = totals.store
    has_bill = bool(store.query("SELECT 1 FROM lines WHERE kind = 'cloud' LIMIT 1"))
    return {
        **{f"by_{name}": _split(totals, name, name, has_bill) for name in SPLITS},
        "by_tag": {tag: _split(totals, f"tags_{tag}", "value", has_bill) for tag in store.tag_columns},
        "untagged": [_untagged(totals, tag) for tag in store.tag_columns] if has_bill else [],
    }


def _split(totals: Totals, column: str, name: str, has_bill: bool) -> list[dict[str, Any]]:
    """Entries of one array, the largest first, null last among equals; without a bill everything stands under null.

    What was billed but not estimated, such as tax, has an entry too, of nothing: the costs add up as well.
    """
    names = {name: column, **({_BESIDE[name]: _BESIDE[name]} if name in _BESIDE else {})}
    columns = list(names.values())
    costs = costs_by(totals.store, columns) if has_bill else {}
    nothing: _Key = (None,) * len(columns)
    grouped = totals.grouped(columns) if has_bill else {nothing: totals.figure(STAGE_COLUMNS)}
    figures = {**dict.fromkeys(costs, ZERO), **grouped}
    ranked = sorted(figures.items(), key=lambda item: (-item[1].central, item[0] == nothing, str(item[0])))
    return [
        {**dict(zip(names, key, strict=True)), "total": figure.as_dict(), "costs": costs.get(key, [])}
        for key, figure in ranked
    ]


def costs_by(store: LineStore, columns: Sequence[str]) -> dict[_Key, list[dict[str, Any]]]:
    """Billed cost by the values of columns, an entry for each currency: they are never added together.

    What another bill holds too is in none of them.
    """
    keys = ", ".join(f'"{column}" AS k{number}' for number, column in enumerate(columns))
    rows = store.query(
        f"SELECT {keys}, currency, coalesce(fsum(billed_cost), 0) AS billed FROM lines "
        f"WHERE kind = 'cloud' AND reason_code IS DISTINCT FROM '{IN_OTHER_BILL}' "
        "GROUP BY ALL ORDER BY currency NULLS LAST"
    )
    found: dict[_Key, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[tuple(row[f"k{number}"] for number in range(len(columns)))].append(
            {"currency": row["currency"], "billed": row["billed"]}
        )
    return dict(found)


def _untagged(totals: Totals, tag: str) -> dict[str, Any]:
    """Carbon and billed cost of the bill lines without a tag, and their shares of those of all bills."""
    column = f"tags_{tag}"
    figures = totals.grouped(["kind", column])
    cloud = sum(figure.central for (kind, _), figure in figures.items() if kind == "cloud")
    figure = figures.get(("cloud", None), ZERO)
    costs = costs_by(totals.store, [column])
    whole: dict[str | None, float] = defaultdict(float)
    for entries in costs.values():
        for cost in entries:
            whole[cost["currency"]] += cost["billed"]
    return {
        "tag": tag,
        "total": figure.as_dict(),
        "share": figure.central / cloud if cloud else None,
        "costs": [_with_share(cost, whole) for cost in costs.get((None,), [])],
    }


def _with_share(cost: Mapping[str, Any], whole: Mapping[str | None, float]) -> dict[str, Any]:
    of = whole[cost["currency"]]
    return {**cost, "share": cost["billed"] / of if of else None}
