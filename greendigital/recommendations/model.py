"""What a piece of advice is."""

from __future__ import annotations

import math
from dataclasses import dataclass

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
    "schedule": "prevent",
    "change_region": "prevent",
    "correct_data": "prevent",
    "check": "prevent",
    "sanitise": "reuse",
    "reuse": "reuse",
    "resale": "reuse",
    "donation": "reuse",
    "recycle": "recycle",
}
"""Rank of each action in the waste hierarchy."""


@dataclass(frozen=True, slots=True)
class Saving:
    """kg CO2e saved, 5th percentile, central and 95th percentile."""

    low: float
    central: float
    high: float


def difference(first: Saving, second: Saving) -> Saving:
    """First less second, their errors independent."""
    central = first.central - second.central
    low = central - math.hypot(first.central - first.low, second.high - second.central)
    high = central + math.hypot(first.high - first.central, second.central - second.low)
    return Saving(low, central, high)


@dataclass(frozen=True, slots=True)
class Advice:
    """One row of ``recommendations.csv``.

    Attributes
    ----------
    effect
        ``reduces_footprint``, ``avoids_purchase``, ``avoided_elsewhere``, or empty; totals are by effect only.
    basis
        ``per_year``, ``once``, or empty.
    saving_*_kg_co2e
        None where nothing is known.
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
    saving_low_kg_co2e: float | None = None
    saving_kg_co2e: float | None = None
    saving_high_kg_co2e: float | None = None
    saving_gbp: float | None = None
    saving_cost: float | None = None
    saving_currency: str | None = None

    @property
    def hierarchy(self) -> str:
        """Rank of the action in the waste hierarchy."""
        return HIERARCHY[self.action]
