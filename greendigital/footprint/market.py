"""Market-based scope 2: contractual instruments first, then the residual mix or the location-based factor.

Source: GHG Protocol Scope 2 Guidance (2015), chapters 6 and 7: figure = sum of instrument energy x its factor + rest x
residual mix; where no residual mix is published the location-based factor stands in and is disclosed. Losses and
well-to-tank do not change, and cloud has none of it: its electricity is scope 3.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from greendigital.config import Config
from greendigital.config_sections import Instrument
from greendigital.errors import ConfigError, Problem
from greendigital.footprint.totals import Totals
from greendigital.period import Period, parse_period
from greendigital.uncertainty import COMPONENT_SOURCES, Figure, Sum

_SCOPE_2 = ("use_direct_kg_co2e", "use_life_cycle_kg_co2e")
_TOLERANCE_KWH = 1e-6


class MarketBased(NamedTuple):
    """Scope 2 by the market-based method, its rest in kWh, and what must be disclosed with it."""

    figure: Figure
    kwh: float
    covered_kwh: float
    notes: tuple[Problem, ...]


def market_based(totals: Totals, config: Config, period: Period) -> MarketBased | None:
    """Scope 2 of the run under the instruments of the configuration; None where it names none.

    Raises
    ------
    ConfigError
        If the instruments of a site hold more energy than it used, or one lies outside the period.
    """
    if not config.instruments:
        return None
    signatures = totals.by_site_in_scope_2()
    used: dict[str | None, float] = defaultdict(float)
    for row in signatures:
        used[row["site"]] += row["use_kwh"] or 0.0
    rest = dict(used)
    result = Sum()
    for instrument in config.instruments:
        _check_period(instrument, period)
        _take(instrument, rest, used)
        result.central += instrument.kwh * instrument.factor_kg_co2e_per_kwh
    mix = config.residual_mix
    for row in signatures:
        share = rest[row["site"]] / used[row["site"]] if used[row["site"]] else 0.0
        if mix is not None:
            result.central += (row["use_kwh"] or 0.0) * share * mix.factor_kg_co2e_per_kwh
            continue
        for component in _SCOPE_2:
            if row[component]:
                ids = (row[name] for name in COMPONENT_SOURCES[component])
                result.add(row[component] * share, ids, totals.known)
    kwh, left = sum(used.values()), sum(rest.values())
    return MarketBased(result.figure(), kwh, kwh - left, tuple(_notes(config, kwh, left)))


def _check_period(instrument: Instrument, period: Period) -> None:
    if not instrument.period:
        return
    own = parse_period(instrument.period)
    if own.start < period.start or own.end > period.end:
        raise ConfigError(
            f'instruments, "{instrument.name}": its period "{instrument.period}" is not within the report\'s, '
            f'"{period.label}". Give only what was cancelled for the period, or leave the instrument out.'
        )


def _take(instrument: Instrument, rest: dict[str | None, float], used: Mapping[str | None, float]) -> None:
    """Take the instrument's energy from what is left of its sites, in proportion."""
    names = {name.casefold() for name in instrument.sites}
    sites = [site for site in rest if not names or (site or "").casefold() in names]
    unknown = [n for n in instrument.sites if n.casefold() not in {(s or "").casefold() for s in rest}]
    if unknown:
        known = ", ".join(sorted(s for s in used if s)) or "none"
        raise ConfigError(
            f'instruments, "{instrument.name}": the site "{unknown[0]}" used no scope 2 electricity. Sites: {known}.'
        )
    left = sum(rest[site] for site in sites)
    if instrument.kwh > left + _TOLERANCE_KWH:
        raise ConfigError(
            f'instruments, "{instrument.name}": "{instrument.kwh:,.6g}" kWh are more than the {left:,.6g} kWh of '
            "scope 2 electricity that are left to cover. Count only what the devices here used."
        )
    share = instrument.kwh / left if left else 0.0
    for site in sites:
        rest[site] -= rest[site] * share


def _notes(config: Config, kwh: float, left: float) -> Sequence[Problem]:
    covered = ", ".join(f"{i.name} ({i.kind}, {i.kwh:,.6g} kWh)" for i in config.instruments)
    mix: Any = config.residual_mix
    how = (
        f"the residual mix of {mix.factor_kg_co2e_per_kwh:g} kg CO2e/kWh ({mix.source})"
        if mix is not None
        else "the location-based factor, since no residual mix was given"
    )
    return [
        Problem(
            "note",
            "market_based",
            f"Market-based scope 2: {kwh - left:,.6g} of {kwh:,.6g} kWh under {covered}; the other {left:,.6g} kWh by "
            f"{how}. Losses, well-to-tank and cloud do not change.",
        )
    ]
