"""Cloud rules in order on a line, recomputed after each: off-hours for non-production, then a region with a lower grid.

Savings on one line never exceed the line. Capacity freed is not counted as emission avoided.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from greendigital.config import Config
from greendigital.factorset import FactorLibrary
from greendigital.period import Period
from greendigital.recommendations.model import TCOP_EMISSIONS, Advice, Part
from greendigital.recommendations.regions import RegionFinder
from greendigital.uncertainty import COMPONENT_SOURCES, Spread

_USE = ("use_direct_kg_co2e", "use_losses_kg_co2e", "use_wtt_kg_co2e", "use_life_cycle_kg_co2e")

CLOUD_FACTS = (
    "line_id",
    "resource_id",
    "tags",
    "provider",
    "region",
    "instance_type",
    "quantity_kind",
    "quantity",
    "period_start",
    "period_end",
    "effective_cost",
    "currency",
    *_USE,
    *dict.fromkeys(source for component in _USE for source in COMPONENT_SOURCES[component]),
)
"""Columns of a line that the cloud rules read; a rule that needs another adds it here."""

_HOURS_PER_WEEK = 168.0
_ROUND_THE_CLOCK = 0.95
_TAG_KEYS = ("environment", "env", "stage", "environment_type")
_YEAR_DAYS = (365, 366)


def cloud_advice(
    rows: Sequence[Mapping[str, Any]],
    library: FactorLibrary,
    period: Period,
    config: Config,
    known: Mapping[str, Spread] | None = None,
) -> list[Advice]:
    """One row per cloud line and rule that fires.

    Parameters
    ----------
    rows
        Physical cloud lines with the columns of :data:`CLOUD_FACTS`; ``tags`` are JSON text.
    known
        Errors of the factors used, by id.
    """
    basis = _basis(rows, period)
    running = _round_the_clock(rows)
    finder = RegionFinder(library, config, max(part.factor_year for part in period.parts))
    given = config.advice.off_hours_weekly_hours
    on = given if given is not None else library.factor("assumption-off-hours-weekly-hours").value
    found: list[Advice] = []
    for row in rows:
        parts = use_parts(row, known or {})
        if not parts or sum(p.kg_co2e for p in parts) <= 0:
            continue
        left = 1.0
        if row["quantity_kind"] == "instance_hours" and _resource(row) in running and is_non_production(row, config):
            left = on / _HOURS_PER_WEEK
            found.append(_schedule(row, on, parts, basis))
        moved = finder.advise(row, [p.times(left) for p in parts], basis)
        if moved is not None:
            found.append(moved)
    return found


def _basis(rows: Sequence[Mapping[str, Any]], period: Period) -> str:
    """A year's saving only where the bills cover every month of one year: a line saves for its own charge period."""
    months = {f"{row['period_start']:%Y-%m}" for row in rows if row["period_start"] is not None}
    return "per_year" if period.days in _YEAR_DAYS and months >= set(period.months()) else "once"


def use_parts(row: Mapping[str, Any], known: Mapping[str, Spread]) -> list[Part]:
    """The electricity of a line by component, each with the errors of its factors."""
    found = []
    for component in _USE:
        if row[component]:
            ids = (row[name] for name in COMPONENT_SOURCES[component])
            found.append(Part(row[component], tuple(known[i] for i in ids if i and i in known)))
    return found


def _resource(row: Mapping[str, Any]) -> str:
    return str(row["resource_id"] or row["line_id"])


def is_non_production(row: Mapping[str, Any], config: Config) -> bool:
    """Whether a tag says that the resource is for development or test."""
    try:
        tags = json.loads(row["tags"] or "{}")
    except ValueError:
        return False
    if not isinstance(tags, dict):
        return False
    words = {w.casefold() for w in config.advice.non_production}
    return any(str(v).casefold() in words for k, v in tags.items() if str(k).strip().casefold() in _TAG_KEYS)


def _round_the_clock(rows: Iterable[Mapping[str, Any]]) -> set[str]:
    """Resources whose instance hours fill the days they were billed for."""
    hours: dict[str, float] = defaultdict(float)
    days: dict[str, set[date]] = defaultdict(set)
    for row in rows:
        if row["quantity_kind"] != "instance_hours" or row["period_start"] is None:
            continue
        name = _resource(row)
        hours[name] += row["quantity"] or 0.0
        day = row["period_start"]
        while day <= (row["period_end"] or day):
            days[name].add(day)
            day += timedelta(days=1)
    return {n for n, total in hours.items() if total > 0 and total >= _ROUND_THE_CLOCK * 24.0 * len(days[n])}


def _schedule(row: Mapping[str, Any], on: float, parts: Sequence[Part], basis: str) -> Advice:
    """Switch off outside working hours: saves 1 - on/168 of the operational part, and no embodied carbon."""
    share = 1.0 - on / _HOURS_PER_WEEK
    cost = row["effective_cost"]
    return Advice(
        row["line_id"],
        None,
        "off_hours",
        "schedule",
        f"Non-production {row['instance_type'] or ''} runs round the clock: {on:g} hours a week instead of 168 save "
        f"{share:.0%} of its electricity. Embodied carbon is saved only where capacity is released, and not counted.",
        TCOP_EMISSIONS,
        "medium",
        effect="reduces_footprint",
        basis=basis,
        parts=tuple(part.times(share) for part in parts),
        saving_cost=cost * share if cost is not None else None,
        saving_currency=row["currency"],
    )
