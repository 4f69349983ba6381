"""Ranges of sums: sources of error, signatures of lines, and which source matters most.

A line's figure is a product of factors; each factor is a source of error, or shares one with others of its error
group. A sum's range moves one source at a time over all lines, so that an error shared by thousands of lines does not
average away, and combines the sources in quadrature, upper and lower side apart.

Sources: IPCC 2006 Guidelines, volume 1, chapter 3, approach 1 (error propagation), carried out on logarithms because
factors are positive and skewed; GHG Protocol, Quantitative Inventory Uncertainty guidance. The median of a sum of
skewed sources lies above the sum of their medians; the shift follows from the lognormal mean and variance.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Z_95 = 1.6448536269514722

_USE = ("energy_factor_id", "utilisation_factor_id", "replication_factor_id", "pue_factor_id")
_EMBODIED = ("embodied_factor_id", "replication_factor_id")

COMPONENT_SOURCES: dict[str, tuple[str, ...]] = {
    "use_direct_kg_co2e": (*_USE, "grid_factor_id"),
    "use_losses_kg_co2e": (*_USE, "loss_factor_id"),
    "use_wtt_kg_co2e": (*_USE, "wtt_factor_id"),
    "use_life_cycle_kg_co2e": (*_USE, "grid_factor_id"),
    "manufacture_kg_co2e": _EMBODIED,
    "transport_kg_co2e": _EMBODIED,
    "end_of_life_kg_co2e": _EMBODIED,
    "embodied_unsplit_kg_co2e": _EMBODIED,
    "written_off_kg_co2e": _EMBODIED,
    "network_kg_co2e": ("network_factor_id", "pue_factor_id", "grid_factor_id"),
    "fallback_kg_co2e": ("fallback_factor_id",),
    "purchase_year_kg_co2e": _EMBODIED,
    "disposal_kg_co2e": ("disposal_factor_id",),
    "use_kwh": (*_USE, "network_factor_id"),
}
"""Which factor columns are sources of error of each component of a line."""

FACTOR_COLUMNS = tuple(dict.fromkeys(name for names in COMPONENT_SOURCES.values() for name in names))
"""All factor columns of a signature, in order."""


class Spread(NamedTuple):
    """Error of one factor as a source: ln(high/central) and ln(central/low), and the sources it belongs to."""

    sources: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """Low, central and high; low and high are the 5th and 95th percentile."""

    low: float
    central: float
    high: float

    def as_dict(self) -> dict[str, float]:
        """The figure as summary.json carries it."""
        return {"low": self.low, "central": self.central, "high": self.high}


ZERO = Figure(0.0, 0.0, 0.0)


def spreads(factors: Iterable[Mapping[str, Any]]) -> dict[str, Spread]:
    """Sources of error of each factor of ``factors_used``.

    A factor in an error group splits its log variance: ``shared_share`` goes to the group, the rest is its own.
    """
    found = {}
    for factor in factors:
        value, low, high = factor["value"], factor["low_p5"], factor["high_p95"]
        if not value or not low or not high or (low == value == high):
            continue
        up, down = math.log(high / value), math.log(value / low)
        group, shared = factor["error_group"], factor["shared_share"]
        shared = 0.0 if not group else 1.0 if shared is None else shared
        parts = ((group, math.sqrt(shared)), (f"own:{factor['factor_id']}", math.sqrt(1 - shared)))
        found[factor["factor_id"]] = Spread(tuple((name, up * k, down * k) for name, k in parts if k > 0))
    return found


def lognormal_mean(up: float, down: float) -> float:
    """Mean of a two-piece lognormal with median 1 whose 95th and 5th percentile are exp(up) and exp(-down)."""
    a, b = up / Z_95, down / Z_95
    return math.exp(a * a / 2) * _phi(a) + math.exp(b * b / 2) * _phi(-b)


def _phi(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2))


class _Lognormal(NamedTuple):
    """Mean, and standard deviation over the mean, of a lognormal with median 1."""

    mean: float
    deviation: float


def lognormal(log_p95: float) -> _Lognormal:
    """Lognormal with median 1 whose 95th percentile is exp(log_p95)."""
    variance = (log_p95 / Z_95) ** 2
    return _Lognormal(math.exp(variance / 2), math.sqrt(math.expm1(variance)))


@dataclass(slots=True)
class _Moves:
    """What a source does to a sum, in its unit.

    ``amount``: how much of the sum it moves; ``up``, ``down``: by how much, at its 95th and 5th percentile; ``mean``:
    shift of the mean, ``deviation``: standard deviation, ``skew``: the deviation of a lognormal with that mean;
    ``upper_*``, ``lower_*``: the same of lognormals that fit one side alone.
    """

    amount: float = 0.0
    up: float = 0.0
    down: float = 0.0
    mean: float = 0.0
    deviation: float = 0.0
    skew: float = 0.0
    upper_mean: float = 0.0
    upper_deviation: float = 0.0
    lower_mean: float = 0.0
    lower_deviation: float = 0.0

    def add(self, amount: float, up: float, down: float) -> None:
        """Add an amount proportional to a factor of this source."""
        upper, lower = lognormal(up), lognormal(down)
        self.up += amount * math.expm1(up)
        self.down += amount * math.expm1(-down)
        mean = lognormal_mean(up, down)
        self.amount += amount
        self.mean += amount * (mean - 1)
        self.deviation += amount * math.sqrt(max(lognormal_mean(2 * up, 2 * down) - mean * mean, 0.0))
        self.skew += amount * mean * math.sqrt(max(mean * mean - 1, 0.0))
        self.upper_mean += amount * (upper.mean - 1)
        self.upper_deviation += amount * upper.mean * upper.deviation
        self.lower_mean += amount * (lower.mean - 1)
        self.lower_deviation += amount * lower.mean * lower.deviation

    def high_variance(self, total: float, lifted: float) -> float:
        """Log variance that the source gives the upper side of the sum; a negative amount swaps the sides."""
        upper = self.amount >= 0
        return self._log_variance(
            total,
            lifted,
            self.upper_deviation if upper else self.lower_deviation,
            self.upper_mean if upper else self.lower_mean,
        )

    def low_variance(self, total: float, lifted: float) -> float:
        """Log variance that the source gives the lower side of the sum."""
        upper = self.amount < 0
        return self._log_variance(
            total,
            lifted,
            self.upper_deviation if upper else self.lower_deviation,
            self.upper_mean if upper else self.lower_mean,
        )

    def _log_variance(self, total: float, lifted: float, side: float, side_mean: float) -> float:
        # A source that is the whole of the sum keeps its own side, and the other sources multiply it; one of many acts
        # by its variance, in a sum that the others lift.
        share = min(abs(self.amount) / total, 1.0)
        one = abs(side) / max(total + side_mean, total * 1e-9)
        many = abs(self.deviation) / max(total + self.mean + (1 - share) * (lifted - self.mean), total * 1e-9)
        return math.log1p((share * one + (1 - share) * many) ** 2)

    def median_shift(self, total: float) -> float:
        """How far the source lifts the median of the sum above the sum of the medians.

        It is 1 for a source that is the whole of the sum, and its mean for one of very many.
        """
        if total + self.mean <= 0:
            return 1.0
        return (1 + self.mean / total) / math.sqrt(1 + (self.skew / (total + self.mean)) ** 2)


@dataclass(slots=True)
class Sum:
    """A sum of line components under construction."""

    central: float = 0.0
    moves: dict[str, _Moves] = field(default_factory=lambda: defaultdict(_Moves))

    def add(self, amount: float, factor_ids: Iterable[str | None], known: Mapping[str, Spread]) -> None:
        """Add an amount that is proportional to each of the factors."""
        self.central += amount
        for factor_id in factor_ids:
            spread = known.get(factor_id) if factor_id else None
            if spread is None:
                continue
            for source, up, down in spread.sources:
                self.moves[source].add(amount, up, down)

    def figure(self) -> Figure:
        """Low, central and high of the sum."""
        total = self.central
        if not self.moves or total == 0:
            return Figure(total, total, total)
        moves = list(self.moves.values())
        if total < 0 or any(total + min(m.up, m.down) <= 0 for m in moves):
            # No lognormal fits a sum that may be negative: move it source by source.
            low = total - math.hypot(*(max(-m.up, -m.down, 0.0) for m in moves))
            high = total + math.hypot(*(max(m.up, m.down, 0.0) for m in moves))
        else:
            median = total * math.prod(m.median_shift(total) for m in moves)
            lifted = math.fsum(m.mean for m in moves)
            high = median * math.exp(Z_95 * math.sqrt(sum(m.high_variance(total, lifted) for m in moves)))
            low = median * math.exp(-Z_95 * math.sqrt(sum(m.low_variance(total, lifted) for m in moves)))
        return Figure(min(low, total), total, max(high, total))

    def drivers(self) -> list[tuple[str, float]]:
        """Sources with their share of the variance of the sum, largest first."""
        squares = {s: max(abs(m.up), abs(m.down)) ** 2 for s, m in self.moves.items()}
        whole = math.fsum(squares.values())
        if whole == 0:
            return []
        return sorted(((s, v / whole) for s, v in squares.items()), key=lambda item: (-item[1], item[0]))


def sum_components(
    signatures: Iterable[Mapping[str, Any]], components: Sequence[str], known: Mapping[str, Spread]
) -> Sum:
    """Add the named components of signatures (rows with component sums and factor ids)."""
    found = Sum()
    for row in signatures:
        for component in components:
            amount = row[component]
            if amount:
                found.add(amount, (row[name] for name in COMPONENT_SOURCES[component]), known)
    return found
