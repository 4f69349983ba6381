"""Advice by group, as summary.json carries it; effects and bases are never added together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from greendigital.recommendations.model import Advice, figure_of

_ORDER = {"high": 0, "medium": 1, "low": 2}


def group_advice(advice: Sequence[Advice], by: Sequence[str] = ("rule", "action")) -> list[dict[str, Any]]:
    """Groups of advice rows, largest saving first; currency, effect and basis always part them."""
    groups: dict[tuple[Any, ...], list[Advice]] = defaultdict(list)
    for row in advice:
        groups[(*(getattr(row, k) for k in by), row.effect, row.basis, row.saving_currency)].append(row)
    found = [_group(rows) for rows in groups.values()]
    return sorted(found, key=lambda g: (-((g["saving_kg_co2e"] or {}).get("central", 0.0)), g["rule"], g["action"]))


def _group(rows: list[Advice]) -> dict[str, Any]:
    first = rows[0]
    parts = [part for row in rows for part in row.parts]
    pounds = [r.saving_gbp for r in rows if r.saving_gbp is not None]
    costs = [r.saving_cost for r in rows if r.saving_cost is not None]
    reason = Counter(r.reason for r in rows).most_common(1)[0][0]
    return {
        "rule": first.rule,
        "action": first.action,
        "hierarchy": first.hierarchy,
        "lines": len(rows),
        "devices": sum(r.devices for r in rows),
        "effect": first.effect,
        "basis": first.basis,
        "saving_kg_co2e": figure_of(parts).as_dict() if parts else None,
        "saving_gbp": sum(pounds) if pounds else None,
        "saving_cost": {"amount": sum(costs) if costs else None, "currency": first.saving_currency},
        "confidence": max((r.confidence for r in rows), key=lambda c: _ORDER[c]),
        "reason": reason if len(rows) == 1 else f"For example: {reason}",
        "tcop": first.tcop,
    }
