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
from greendigital.estimation.cloud_activity import region_country, region_twins, resolve_pue
from greendigital.estimation.ranges import percentiles
from greendigital.factorset import Factor, FactorLibrary
from greendigital.period import Period
from greendigital.recommendations.model import TCOP_EMISSIONS, Advice, Saving

_HOURS_PER_WEEK = 168.0
_ROUND_THE_CLOCK = 0.95
_TAG_KEYS = ("environment", "env", "stage", "environment_type")
_USE = ("use_direct_kg_co2e", "use_losses_kg_co2e", "use_wtt_kg_co2e", "use_life_cycle_kg_co2e")


def cloud_advice(
    rows: Sequence[Mapping[str, Any]], library: FactorLibrary, period: Period, as_of: date, config: Config
) -> list[Advice]:
    """One row per cloud line and rule that fires.

    Parameters
    ----------
    rows
        Physical cloud lines with ``resource_id``, ``tags`` (JSON text) and ``span_hours``.
    """
    basis = "per_year" if period.days >= 365 else "once"
    running = _round_the_clock(rows)
    finder = _Regions(library, config, max(part.factor_year for part in period.parts))
    found: list[Advice] = []
    for row in rows:
        left = 1.0
        if _resource(row) in running and is_non_production(row, config):
            advice = _schedule(row, config, basis)
            if advice is not None:
                found.append(advice)
                left = config.advice.off_hours_weekly_hours / _HOURS_PER_WEEK
        moved = finder.advise(row, left, basis)
        if moved is not None:
            found.append(moved)
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


def _schedule(row: Mapping[str, Any], config: Config, basis: str) -> Advice | None:
    """Switch off outside working hours: saves 1 - on/168 of the operational part, and no embodied carbon."""
    if row["quantity_kind"] != "instance_hours":
        return None
    on = config.advice.off_hours_weekly_hours
    share = 1.0 - on / _HOURS_PER_WEEK
    use = sum(row[c] or 0.0 for c in _USE)
    if use <= 0:
        return None
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
        0.0,
        "reduces_footprint",
        basis,
        row["use_kg_co2e_low"] * share,
        use * share,
        row["use_kg_co2e_high"] * share,
        saving_cost=cost * share if cost is not None else None,
        saving_currency=row["currency"],
    )


class _Regions:
    """Regions of a provider compared on one basis: the same set, basis and data year for both ends, and PUE of both."""

    def __init__(self, library: FactorLibrary, config: Config, year: int) -> None:
        self.library = library
        self.allowed = set(config.residency.allowed)
        self.year = year
        self._best: dict[tuple[str, str], tuple[str, float, float, float, str] | None] = {}

    def _intensity(self, provider: str, region: str, country: str, year: int) -> tuple[float, Factor] | None:
        found = [
            f
            for f in self.library.find("electricity_life_cycle", country)
            if f.valid_from and f.valid_from.year == year
        ]
        pue = resolve_pue(self.library, provider, region, self.year)
        if not found or pue is None:
            return None
        return found[0].value * pue.value, found[0]

    def _data_year(self, countries: set[str]) -> int | None:
        """Newest year, not after the factor year, that the set has for all the countries."""
        years = [
            {f.valid_from.year for f in self.library.find("electricity_life_cycle", c) if f.valid_from}
            for c in countries
        ]
        common = {y for y in set.intersection(*years) if y <= self.year} if years else set()
        return max(common) if common else None

    def better(self, provider: str, region: str) -> tuple[str, float, float, float, str] | None:
        """The allowed region with the lowest intensity times PUE, and the share of the electricity carbon it saves."""
        key = (provider, region)
        if key not in self._best:
            self._best[key] = self._search(provider, region)
        return self._best[key]

    def _search(self, provider: str, region: str) -> tuple[str, float, float, float, str] | None:
        own = region_country(self.library, provider, region)
        twins = [t for t in region_twins(self.library, provider) if t["country"] in self.allowed]
        if own is None or not twins:
            return None
        year = self._data_year({own, *(t["country"] for t in twins)})
        here = self._intensity(provider, region, own, year) if year else None
        if here is None or year is None:
            return None
        options = [
            (found[0], t["region"], found[1])
            for t in twins
            if (found := self._intensity(provider, t["region"], t["country"], year)) is not None
        ]
        if not options or min(options, key=lambda o: o[0])[0] >= here[0]:
            return None
        intensity, name, factor = min(options, key=lambda o: (o[0], o[1]))
        width = percentiles(factor, self.library)
        low = here[0] - intensity * width.high / factor.value
        high = here[0] - intensity * width.low / factor.value
        text = f"{here[0] * 1000:.0f} to {intensity * 1000:.0f} g/kWh with PUE (Ember, {year}, both)"
        return name, max(low, 0.0) / here[0], 1.0 - intensity / here[0], min(max(high, 0.0) / here[0], 1.0), text

    def advise(self, row: Mapping[str, Any], left: float, basis: str) -> Advice | None:
        """Move what is left of the line's electricity; the share saved, on one basis, is applied to its own figure."""
        if not self.allowed or not row["region"]:
            return None
        best = self.better(row["provider"], row["region"])
        use = sum(row[c] or 0.0 for c in _USE)
        if best is None or use <= 0:
            return None
        name, low, central, high, text = best
        saving = Saving(use * left * low, use * left * central, use * left * high)
        return Advice(
            row["line_id"],
            None,
            "lower_carbon_region",
            "change_region",
            f"{row['region']} to {name}: {text}. Within the residency list; moving data has a cost of its own.",
            TCOP_EMISSIONS,
            "low",
            0.0,
            "reduces_footprint",
            basis,
            saving.low,
            saving.central,
            saving.high,
        )
