"""What a piece of advice is, and how its saving gets its range."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from greendigital.estimation.ranges import percentiles
from greendigital.factorset import Factor, FactorLibrary
from greendigital.footprint.wording import digits
from greendigital.uncertainty import Figure, Spread, Sum, spreads

TCOP_LIFESPAN = "TCoP 12: resources and waste, keep technology longer"
TCOP_REUSE = "TCoP 12: resources and waste, reuse before recycling; Waste Regulations 2011 reg. 12"
TCOP_WASTE = "TCoP 12: resources and waste; WEEE Regulations 2013"
TCOP_SANITISE = "NCSC sanitisation guidance; UK GDPR art. 32"
TCOP_RECORD = "TCoP 12: record and report"
TCOP_EMISSIONS = "TCoP 12: cut emissions"

HIERARCHY = {
    "keep": "prevent",
    "redeploy": "prevent",
    "upgrade_os": "prevent",
    "change_os": "prevent",
    "extended_support": "prevent",
    "repair": "prevent",
    "replace_part": "prevent",
    "swap": "prevent",
    "schedule": "prevent",
    "change_region": "prevent",
    "correct_data": "prevent",
    "check": "prevent",
    # What is replaced goes on to another user where it can.
    "replace": "reuse",
    "sanitise": "reuse",
    "reuse": "reuse",
    "resale": "reuse",
    "donation": "reuse",
    "recycle": "recycle",
    "recovery": "recover",
    "landfill": "dispose",
}
"""Rank of each action in the waste hierarchy, and of the two routes of a disposal that are never advised."""

RANKS = ("prevent", "reuse", "recycle", "recover", "dispose")
"""The waste hierarchy, best first (Waste (England and Wales) Regulations 2011, regulation 12(1)).

It alone ranks the routes of a disposal: the UK government's waste factors hold collection and transport, and of
landfill its own gas, and in the editions of 2016 to 2023 landfill of mixed WEEE reads lower than recycling.
"""


_THREE_DIGITS = 1000


class Part(NamedTuple):
    """An amount of kg CO2e saved (negative: added), and the errors it is proportional to."""

    kg_co2e: float
    spreads: tuple[Spread, ...] = ()

    def times(self, number: float) -> Part:
        """The part, ``number`` times over."""
        return Part(self.kg_co2e * number, self.spreads)


def in_kg(value: float) -> str:
    """An amount for the sentence of a reason: whole kilograms, and from a thousand on three digits.

    Examples
    --------
    >>> in_kg(48.2), in_kg(1356.4)
    ('48 kg', '1,360 kg')
    """
    return f"{value:.0f} kg" if abs(value) < _THREE_DIGITS else f"{digits(value)} kg"


def spread_of(factor: Factor | None, library: FactorLibrary) -> tuple[Spread, ...]:
    """The error of a factor as it enters the ranges; empty for none."""
    if factor is None or not factor.value:
        return ()
    found = percentiles(factor, library)
    row = {
        "factor_id": factor.factor_id,
        "value": factor.value,
        "low_p5": found.low,
        "high_p95": found.high,
        "error_group": factor.error_group,
        "shared_share": factor.shared_share,
    }
    return tuple(spreads([row]).values())


def figure_of(parts: Iterable[Part]) -> Figure:
    """Low, central and high of a sum of parts; errors that parts share do not average away."""
    total = Sum()
    for part in parts:
        total.move(part.kg_co2e, part.spreads)
    return total.figure()


@lru_cache(maxsize=100_000)
def figure_of_one(parts: tuple[Part, ...]) -> Figure:
    """As :func:`figure_of`, for the parts of one device: many devices share them."""
    return figure_of(parts)


@dataclass(frozen=True, slots=True)
class Advice:
    """One row of ``recommendations.csv``.

    Attributes
    ----------
    effect
        ``reduces_footprint``, ``avoids_purchase``, ``avoided_elsewhere``, or empty; totals are by effect only.
    basis
        ``per_year``, ``once``, or empty.
    parts
        What the saving is made of, for ranges of groups; empty where no figure is known.
    saving_gbp
        Pounds, where a price is known; ``saving_cost`` is the same for bills, in the bill's currency.
    """

    line_id: str
    asset_id: str | None
    rule: str
    action: str
    reason: str
    tcop: str
    confidence: str
    devices: float = 0.0
    effect: str = ""
    basis: str = ""
    parts: tuple[Part, ...] = ()
    saving_gbp: float | None = None
    saving_cost: float | None = None
    saving_currency: str | None = None

    @property
    def hierarchy(self) -> str:
        """Rank of the action in the waste hierarchy."""
        return HIERARCHY[self.action]

    @property
    def saving(self) -> Figure | None:
        """kg CO2e saved with its range; None where nothing is known."""
        return figure_of_one(self.parts) if self.parts else None
