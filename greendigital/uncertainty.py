"""Ranges of sums: sources of error, signatures of lines, and which source matters most.

A line's figure is a product of factors; each factor is a source of error, or shares one with others of its error
group. A sum's range moves one source at a time over all lines, so that an error shared by thousands of lines does not
average away, and then combines the sources, upper and lower side apart.

Two combinations meet. *Sources alone*: what each source does to the sum, in logarithms, in quadrature; exact for one
source, and for several that all multiply the whole sum. *Moments*: mean, variance and skewness of the sum, fitted by a
shifted lognormal; right for many sources, whose mean lies above their median. The more one source rules the variance,
the more the first counts.

Sources: IPCC 2006 Guidelines, volume 1, chapter 3, approach 1 (error propagation), carried out on logarithms because
factors are positive and skewed; GHG Protocol, Quantitative Inventory Uncertainty guidance; the shifted lognormal from
its first three moments is standard (Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions, volume 1,
chapter 14). A seeded Monte Carlo of the same structure stands in the tests.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
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


_GRID_POINTS, _GRID_REACH = 121, 6.0
"""Points of the standard normal at which the response of a sum to a source is taken for its moments."""


class _Responses(NamedTuple):
    """What each source does to a sum, as shares of the sum.

    ``share``: how much of the sum it moves, at most 1; ``up``, ``down``: the change at its 95th and 5th percentile, the
    larger first; ``mean``, ``variance``, ``third``: central moments of the change.
    """

    share: Any
    up: Any
    down: Any
    mean: Any
    variance: Any
    third: Any


@dataclass(slots=True)
class Sum:
    """A sum of line components under construction.

    Attributes
    ----------
    amounts
        By source of error: how much of the sum moves with each pair of ln(high/central) and ln(central/low).
    """

    central: float = 0.0
    amounts: dict[str, dict[tuple[float, float], float]] = field(default_factory=dict)

    def add(self, amount: float, factor_ids: Iterable[str | None], known: Mapping[str, Spread]) -> None:
        """Add an amount that is proportional to each of the factors."""
        found = (known.get(factor_id) for factor_id in factor_ids if factor_id)
        self.move(amount, (spread for spread in found if spread is not None))

    def move(self, amount: float, found: Iterable[Spread]) -> None:
        """Add an amount that moves with each of the errors."""
        self.central += amount
        for spread in found:
            for source, up, down in spread.sources:
                by = self.amounts.setdefault(source, {})
                by[up, down] = by.get((up, down), 0.0) + amount

    def changes(self) -> dict[str, tuple[float, float]]:
        """By source: how far the sum moves when the source stands at its 95th and at its 5th percentile."""
        return {
            source: (
                math.fsum(a * math.expm1(up) for (up, _), a in by.items()),
                math.fsum(a * math.expm1(-down) for (_, down), a in by.items()),
            )
            for source, by in self.amounts.items()
        }

    def figure(self) -> Figure:
        """Low, central and high of the sum."""
        total = self.central
        if not self.amounts or total == 0:
            return Figure(total, total, total)
        changes = self.changes().values()
        if total < 0 or any(total + min(change) <= 0 for change in changes):
            # A sum that may be negative has no logarithm: add the changes in quadrature as they are.
            low = total - math.hypot(*(max(-min(change), 0.0) for change in changes))
            high = total + math.hypot(*(max(*change, 0.0) for change in changes))
        else:
            low, high = _combine(total, self._responses())
        return Figure(min(low, total), total, max(high, total))

    def _responses(self) -> _Responses:
        import numpy as np

        grid, weights = _normal_grid()
        above, below = np.maximum(grid, 0) / Z_95, np.minimum(grid, 0) / Z_95
        entries = [(i, u, d, a) for i, by in enumerate(self.amounts.values()) for (u, d), a in by.items()]
        owner, up, down, amount = (np.array(column) for column in zip(*entries, strict=True))
        share_of_sum = amount / self.central

        def by_source(values: Any) -> Any:
            found = np.zeros((len(self.amounts), *values.shape[1:]))
            np.add.at(found, owner.astype(int), values)
            return found

        change = by_source(share_of_sum[:, None] * np.expm1(np.outer(up, above) + np.outer(down, below)))
        mean = change @ weights
        deviation = change - mean[:, None]
        at_high, at_low = by_source(share_of_sum * np.expm1(up)), by_source(share_of_sum * np.expm1(-down))
        return _Responses(
            np.minimum(np.abs(by_source(share_of_sum)), 1.0),
            np.maximum(at_high, at_low),
            np.minimum(at_high, at_low),
            mean,
            deviation**2 @ weights,
            deviation**3 @ weights,
        )

    def drivers(self) -> list[tuple[str, float]]:
        """Sources with their share of the variance of the sum, largest first."""
        squares = {source: max(abs(up), abs(down)) ** 2 for source, (up, down) in self.changes().items()}
        whole = math.fsum(squares.values())
        if whole == 0:
            return []
        return sorted(((s, v / whole) for s, v in squares.items()), key=lambda item: (-item[1], item[0]))


@lru_cache(maxsize=1)
def _normal_grid() -> tuple[Any, Any]:
    """Points of the standard normal and their weights, which add up to 1."""
    import numpy as np

    grid = np.linspace(-_GRID_REACH, _GRID_REACH, _GRID_POINTS)
    weights = np.exp(-(grid**2) / 2)
    return grid, weights / weights.sum()


def _combine(total: float, found: _Responses) -> tuple[float, float]:
    """Low and high of a positive sum: sources alone and moments, weighted by how much one source rules."""
    import numpy as np

    alone_low = math.exp(-math.sqrt(float((np.log1p(found.down) ** 2).sum())))
    alone_high = math.exp(math.sqrt(float((np.log1p(found.up) ** 2).sum())))
    moments = _moments(found)
    if moments is None:
        return total * alone_low, total * alone_high
    mean, deviation, skewness, ruled = moments
    low, high = _shifted_lognormal(mean, deviation, skewness)
    many = 1.0 - ruled
    # Three moments say little about the lower tail of a very skewed sum.
    many_low = many / (1.0 + skewness**2) if low > 0 else 0.0
    return (
        total * alone_low * (max(low, alone_low * 1e-9) / alone_low) ** many_low,
        total * alone_high * (high / alone_high) ** many,
    )


def _moments(found: _Responses) -> tuple[float, float, float, float] | None:
    """Mean, standard deviation and skewness of the sum over its central figure, and how much one source rules.

    Sources that each move the whole sum multiply, those that move parts of it add: products enter by the shares.
    """

    def joined(values: Any) -> float:
        weighted = found.share * values
        return float(values.sum() + (1.0 + weighted).prod() - 1.0 - weighted.sum())

    mean = 1.0 + joined(found.mean)
    if mean <= 0 or not found.variance.any():
        return None
    lifted = (1.0 + found.share * (mean / (1.0 + found.mean) - 1.0)) / mean
    variance, third = found.variance * lifted**2, found.third * lifted**3
    second = joined(variance)
    skewness = (joined(3 * variance + third) - 3 * second) / second**1.5
    ruled = float((variance**2).sum() / variance.sum() ** 2)
    return mean, mean * math.sqrt(second), skewness, ruled


def _shifted_lognormal(mean: float, deviation: float, skewness: float) -> tuple[float, float]:
    """5th and 95th percentile of the shifted lognormal with these moments; mirrored where the skewness is negative."""
    steep = abs(skewness)
    if steep < _NO_SKEWNESS:
        return mean - Z_95 * deviation, mean + Z_95 * deviation
    root = (1 + steep**2 / 2 + steep * math.sqrt(1 + steep**2 / 4)) ** (1 / 3)
    spread = root + 1 / root - 1
    sigma, scale = math.sqrt(math.log(spread)), deviation / math.sqrt(spread * (spread - 1))
    ends = [scale * (math.exp(z * sigma) - math.sqrt(spread)) for z in (-Z_95, Z_95)]
    low, high = ends if skewness > 0 else (-ends[1], -ends[0])
    return mean + low, mean + high


_NO_SKEWNESS = 1e-6


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
