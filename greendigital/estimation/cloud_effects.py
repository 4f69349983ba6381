"""What cloud usage would come to under other assumptions: the same resolution tables, summed over kinds of usage.

Lines of one kind of usage in one region differ by their quantity and cost alone, so their sums are enough: a bill of
millions of lines is estimated again in as many steps as it has kinds. The arithmetic is that of
:mod:`greendigital.estimation.cloud`, and a test holds the two to the same total.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from greendigital.estimation.cloud_tables import ACTIVITY_KEY, REGION_KEY, activity_table, region_table
from greendigital.estimation.fallback import FALLBACK_KEYS, cost_ratio
from greendigital.estimation.tables import RunTables, Table

USAGE_SUMS = (
    *dict.fromkeys((*(k for keys in FALLBACK_KEYS.values() for k in keys), *ACTIVITY_KEY, *REGION_KEY)),
    "part",
)
"""Columns that tell one kind of usage from another."""


class UsageSum(NamedTuple):
    """Lines of one kind of usage: what they are, their quantity (None: not known), list cost, and number."""

    keys: Mapping[str, Any]
    quantity: float | None
    list_cost: float | None
    lines: int


class CloudSum(NamedTuple):
    """Lines added up: kg CO2e, and of it what each sum without a figure by hardware takes by cost, by its place.

    A sum without a ratio too takes nothing.
    """

    kg: float
    from_cost: Mapping[int, float]


class _Estimate(NamedTuple):
    """kg CO2e of a sum of lines by hardware (None: open), and whether its electricity or transfer is in it."""

    kg: float | None
    is_physical: bool


def cloud_central(tables: RunTables, sums: Sequence[UsageSum]) -> CloudSum:
    """Central figure of all lines in kg CO2e, the fallback by cost included and told apart.

    Parameters
    ----------
    tables
        With the configuration that the figure is asked for.
    sums
        Usage inside the period that counts, by kind; what is excluded whatever is assumed is not among it.
    """
    activities = _by_key(activity_table(tables, _keys(sums, ACTIVITY_KEY, "_activity_key")), "_activity_key")
    regions = _by_key(region_table(tables, _keys(sums, REGION_KEY, "_region_key")), "_region_key", "period_part")
    found: list[tuple[int, UsageSum, _Estimate]] = []
    for place, usage in enumerate(sums):
        activity = activities[(_key(usage, ACTIVITY_KEY),)]
        if activity["use_basis"] != "counted_elsewhere":
            region = regions[_key(usage, REGION_KEY), usage.keys["part"]]
            found.append((place, usage, _estimated(usage, activity, region)))
    physical = sum(estimate.kg for _, _, estimate in found if estimate.kg is not None)
    from_cost = _fallback(tables, found)
    return CloudSum(physical + sum(from_cost.values()), from_cost)


def _keys(sums: Iterable[UsageSum], parts: Sequence[str], name: str) -> list[dict[str, str]]:
    distinct = {_key(usage, parts): usage for usage in sums}
    return [{name: key, **{p: distinct[key].keys[p] or "" for p in parts}} for key in sorted(distinct)]


def _key(usage: UsageSum, parts: Sequence[str]) -> str:
    return "\x1f".join(usage.keys[p] or "" for p in parts)


def _by_key(table: Table, *keys: str) -> dict[tuple[Any, ...], dict[str, Any]]:
    columns, _ = table
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    return {tuple(row[k] for k in keys): row for row in rows}


def _estimated(usage: UsageSum, activity: Mapping[str, Any], region: Mapping[str, Any]) -> _Estimate:
    pue = region["pue_region"] if activity["pue_applies"] == 1.0 else 1.0
    per_kwh = (pue, region["grid_total"])
    use = _product(usage.quantity, activity["kwh_per_unit"], *per_kwh) if activity["expects_use"] else None
    moved = (
        _product(usage.quantity, activity["network_kwh_per_unit"], *per_kwh) if activity["expects_network"] else None
    )
    made = _product(usage.quantity, activity["embodied_per_unit"]) if activity["expects_embodied"] else None
    known = [part for part in (use, moved, made) if part is not None]
    return _Estimate(sum(known) if known else None, use is not None or moved is not None)


def _product(*parts: float | None) -> float | None:
    result = 1.0
    for part in parts:
        if part is None:
            return None
        result *= part
    return result


def _fallback(tables: RunTables, found: Sequence[tuple[int, UsageSum, _Estimate]]) -> dict[int, float]:
    """kg CO2e of open lines by place: those of service and region, else of the provider, as in the body."""
    ratios: list[tuple[tuple[str, ...], dict[tuple[Any, ...], float]]] = []
    for name, parts in FALLBACK_KEYS.items():
        populations: dict[tuple[Any, ...], dict[str, Any]] = defaultdict(lambda: dict.fromkeys(_POPULATION, 0))
        for _, usage, estimate in found:
            population = populations[tuple(usage.keys[p] for p in parts)]
            population["all_cost"] += usage.list_cost or 0.0
            if estimate.is_physical:
                population["n"] += usage.lines
                population["kg"] += estimate.kg or 0.0
                population["cost"] += usage.list_cost or 0.0
        tier = name.split("_")[1]
        factors = {
            key: cost_ratio(tables, {**dict(zip(parts, key, strict=True)), **population}, parts, tier)
            for key, population in populations.items()
        }
        ratios.append((parts, {key: factor.value for key, factor in factors.items() if factor is not None}))
    taken = {}
    for place, usage, estimate in found:
        if estimate.kg is None:
            chosen = (by_key.get(tuple(usage.keys[p] for p in parts)) for parts, by_key in ratios)
            taken[place] = (usage.list_cost or 0.0) * next((ratio for ratio in chosen if ratio is not None), 0.0)
    return taken


_POPULATION = ("n", "kg", "cost", "all_cost")
