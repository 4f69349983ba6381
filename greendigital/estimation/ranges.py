"""What the low and high of a factor mean, brought to one scale: the 5th and 95th percentile.

Source of the rules: IPCC 2006 Guidelines, volume 1, chapter 3 (uncertainties); the default widths are assumptions of
this project and lie in the assumptions set.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from greendigital.errors import FactorError
from greendigital.factorset import Factor, FactorLibrary

Z_95 = 1.6448536269514722
"""Standard normal quantile of 95 %."""

Z_90 = 1.2815515655446004
"""Standard normal quantile of 90 %."""

FEWEST_VALUES = 5


@dataclass(frozen=True, slots=True)
class Range:
    """5th and 95th percentile of a factor, and the assumption the width came from (empty: the source's own)."""

    low: float
    high: float
    width_id: str = ""


def percentiles(factor: Factor, library: FactorLibrary) -> Range:
    """The 5th and 95th percentile of a factor.

    ``p10_p90`` is widened in logs by 1.645/1.282; ``min_max`` of five values or more stands as it is; ``none``, fewer
    than five values, or low = high takes the default width of the factor's kind.
    """
    value = factor.value
    if value == 0:
        return Range(0.0, 0.0)
    low, high = factor.low, factor.high
    few = factor.n_values is not None and factor.n_values < FEWEST_VALUES
    published = low is not None and high is not None and 0 < low < high and low <= value <= high
    if factor.interval == "none" or few or not published:
        return default_width(factor, library)
    assert low is not None and high is not None
    if factor.interval == "p10_p90":
        stretch = Z_95 / Z_90
        return Range(value * (low / value) ** stretch, value * (high / value) ** stretch)
    return Range(low, high)


def default_width(factor: Factor, library: FactorLibrary) -> Range:
    """The range that the assumptions set gives to factors of this kind.

    Raises
    ------
    FactorError
        If the factor names a kind that the assumptions set does not hold.
    """
    kind = factor.width_kind or "default"
    for row in library.table("assumptions", "widths"):
        if row["width_kind"] == kind:
            return Range(factor.value * row["low_ratio"], factor.value * row["high_ratio"], f"width:{kind}")
    raise FactorError(f'{factor.factor_id}: "{kind}" is not a width of the assumptions set. Add it to widths.csv.')


def log_widths(factor: Factor | None, library: FactorLibrary) -> tuple[float, float]:
    """Squares of ln(central/low) and ln(high/central), ready to be added up; zero for none or a zero value."""
    if factor is None or factor.value == 0:
        return 0.0, 0.0
    found = percentiles(factor, library)
    return math.log(factor.value / found.low) ** 2, math.log(found.high / factor.value) ** 2


def sum_log_widths(parts: Iterable[tuple[Factor | None, float]], library: FactorLibrary) -> tuple[float, float]:
    """Squared log widths of a sum of independent parts, each a factor and its amount.

    The deviations of the parts are combined in quadrature and related to their sum.
    """
    present = [(factor, amount) for factor, amount in parts if factor is not None and amount]
    total = sum(amount for _, amount in present)
    if total <= 0:
        return 0.0, 0.0
    down = up = 0.0
    for factor, amount in present:
        found = percentiles(factor, library)
        down += (amount * (1 - found.low / factor.value)) ** 2
        up += (amount * (found.high / factor.value - 1)) ** 2
    return math.log(1 - math.sqrt(down) / total) ** 2, math.log(1 + math.sqrt(up) / total) ** 2
