"""Advice by group, as summary.json carries it; effects and bases are never added together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from greendigital.recommendations.model import Advice, figure_of

_ORDER = {"high": 0, "medium": 1, "low": 2}


class Counted(NamedTuple):
    """A row of advice, the lines it is given to, and how many times over its amounts count."""

    advice: Advice
    lines: int = 1
    times: float = 1.0


def group_advice(advice: Iterable[Counted], by: Sequence[str] = ("rule", "action")) -> list[dict[str, Any]]:
    """Groups of advice rows, largest saving first; currency, effect and basis always part them."""
    groups: dict[tuple[Any, ...], list[Counted]] = defaultdict(list)
    for row in advice:
        a = row.advice
        groups[(*(getattr(a, k) for k in by), a.effect, a.basis, a.saving_currency)].append(row)
    found = [_group(rows) for rows in groups.values()]
    return sorted(found, key=lambda g: (-((g["saving_kg_co2e"] or {}).get("central", 0.0)), g["rule"], g["action"]))


def _group(rows: list[Counted]) -> dict[str, Any]:
    first, n = rows[0].advice, sum(row.lines for row in rows)
    parts = [part.times(row.times) for row in rows for part in row.advice.parts]
    pounds = [r.advice.saving_gbp * r.times for r in rows if r.advice.saving_gbp is not None]
    costs = [r.advice.saving_cost * r.times for r in rows if r.advice.saving_cost is not None]
    reasons: Counter[str] = Counter()
    for row in rows:
        reasons[row.advice.reason] += row.lines
    reason = reasons.most_common(1)[0][0]
    return {
        "rule": first.rule,
        "action": first.action,
        "hierarchy": first.hierarchy,
        "lines": n,
        "devices": sum(r.advice.devices * r.times for r in rows),
        "effect": first.effect,
        "basis": first.basis,
        "saving_kg_co2e": figure_of(parts).as_dict() if parts else None,
        "saving_gbp": sum(pounds) if pounds else None,
        "saving_cost": {"amount": sum(costs) if costs else None, "currency": first.saving_currency},
        "confidence": max((r.advice.confidence for r in rows), key=lambda c: _ORDER[c]),
        "reason": reason if n == 1 else f"For example: {reason}",
        "tcop": first.tcop,
    }
