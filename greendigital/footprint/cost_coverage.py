"""What became of billed cost: estimated from usage, estimated from cost, or excluded and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from greendigital.footprint.store import LineStore
from greendigital.usage.overlap import IN_OTHER_BILL

PARTS = ("physical", "fallback", "excluded")
"""Parts of the charges: shares of them add up to one."""


def cost_coverage(store: LineStore, source_id: str | None = None) -> dict[str | None, dict[str, Any]]:
    """Shares of the charges of the bills by what became of them, for each currency.

    Parameters
    ----------
    source_id
        Of one bill alone; default: of all.

    Returns
    -------
    dict
        By currency: ``charges``, billed cost without what another bill holds too and without what is below zero as a
        whole, such as credits, so that no share is more than all; ``physical_share``, ``fallback_share`` and
        ``excluded_share`` of it, None where there are no charges; and ``excluded_by_reason``, the largest first:
        ``reason_code``, ``lines``, ``billed`` and ``share``, None for what is no part of the charges.
    """
    where, parameters = ("", []) if source_id is None else (" AND source_id = ?", [source_id])
    rows = store.query(
        "SELECT currency, CASE status WHEN 'estimated' THEN 'physical' WHEN 'partial' THEN 'physical' ELSE status END "
        "AS state, CASE WHEN status = 'excluded' THEN reason_code END AS reason_code, "
        "count(DISTINCT line_id) AS n, coalesce(fsum(billed_cost), 0) AS billed FROM lines "
        f"WHERE kind = 'cloud'{where} GROUP BY ALL ORDER BY currency NULLS LAST, billed DESC, state, reason_code",
        parameters,
    )
    return {
        currency: _of_currency([row for row in rows if row["currency"] == currency])
        for currency in dict.fromkeys(row["currency"] for row in rows)
    }


def _of_currency(rows: list[dict[str, Any]]) -> dict[str, Any]:
    part_of = {id(row): row["billed"] if _is_charge(row) else 0.0 for row in rows}
    charges = sum(part_of.values())

    def share(billed: float) -> float | None:
        return billed / charges if charges else None

    states = {name: share(sum(part_of[id(row)] for row in rows if row["state"] == name)) for name in PARTS}
    return {
        "charges": charges,
        **{f"{name}_share": part for name, part in states.items()},
        "excluded_by_reason": [
            {
                "reason_code": row["reason_code"],
                "lines": row["n"],
                "billed": row["billed"],
                "share": share(row["billed"]) if _is_charge(row) else None,
            }
            for row in rows
            if row["state"] == "excluded"
        ],
    }


def _is_charge(row: Mapping[str, Any]) -> bool:
    return bool(row["billed"] >= 0 and row["reason_code"] != IN_OTHER_BILL)


NO_COSTS: dict[str, Any] = {
    "charges": 0.0,
    **dict.fromkeys((f"{name}_share" for name in PARTS), None),
    "excluded_by_reason": [],
}
"""The coverage of no bill."""
