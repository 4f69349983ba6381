"""What it takes to make one replacement part: memory and drives by size, battery, disk, motherboard.

Source: factors/replacement-parts; which of its rows is taken, and why, stands in its ``choices.csv``.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from greendigital.factorset import Factor, FactorLibrary

_SET = "replacement-parts"


@dataclass(frozen=True, slots=True)
class PartFigure:
    """Embodied carbon of one part, manufacture alone.

    Attributes
    ----------
    kg_co2e, low, high
        kg CO2e a part; low and high None where none are published.
    factors
        The factor, or the two that it lies between.
    how
        How it comes about, with the numbers.
    """

    kg_co2e: float
    low: float | None
    high: float | None
    factors: tuple[Factor, ...]
    how: str


def part_figure(library: FactorLibrary, part: str, size_gb: float | None = None) -> PartFigure | None:
    """Figure of a part, None where none is published for it or its size.

    Parameters
    ----------
    part
        ``ram``, ``ssd``, ``hdd``, ``battery`` or ``motherboard``.
    size_gb
        Of memory and SSD, GB of one module or drive. Between two published sizes the figure lies on the straight line
        between theirs, which is how these were made: a base, and so much per GB. Outside of them there is none.
    """
    chosen = [r for r in library.table(_SET, "choices") if r["part"] == part]
    held = sorted(((r["size_gb"], library.factor(r["factor_id"])) for r in chosen), key=lambda h: h[0] or 0.0)
    if not held:
        return None
    if held[0][0] is None:
        return _of_one(held[0][1])
    if size_gb is None:
        return None
    for size, factor in held:
        if size == size_gb:
            return _of_one(factor)
    for (below, one), (above, other) in itertools.pairwise(held):
        if below < size_gb < above:
            return _between(one, other, below, above, size_gb)
    return None


def _of_one(factor: Factor) -> PartFigure:
    return PartFigure(factor.value, factor.low, factor.high, (factor,), f"{factor.value:g} kg ({factor.factor_id})")


def _between(one: Factor, other: Factor, below: float, above: float, size: float) -> PartFigure:
    per_gb = (other.value - one.value) / (above - below)
    how = (
        f"{one.value:g} kg ({one.factor_id}, {below:g} GB) and {per_gb:.3g} kg for each of {size - below:g} GB more, "
        f"towards {other.value:g} kg ({other.factor_id}, {above:g} GB)"
    )
    share = (size - below) / (above - below)
    value = one.value + (other.value - one.value) * share
    return PartFigure(
        value, _on_line(one.low, other.low, share), _on_line(one.high, other.high, share), (one, other), how
    )


def _on_line(start: float | None, end: float | None, share: float) -> float | None:
    return None if start is None or end is None else start + (end - start) * share
