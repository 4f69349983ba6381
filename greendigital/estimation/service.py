"""When a device serves, and how much of its embodied carbon each part of the period is charged.

Two views, never added. *Annualised*: all non-use stages over the planned life, nothing after it, and what is not yet
charged when the device is retired is written off then, unless it goes to another owner with evidence. *Year of
purchase* (GHG Protocol Corporate Value Chain Standard, category 2): the part in which it was bought.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from greendigital.columns import REUSE_ROUTES
from greendigital.period import Part, Period, service_years

_ONE_DAY = timedelta(days=1)
_GONE = ("retired", "disposed")


@dataclass(frozen=True, slots=True)
class ServiceKey:
    """What decides the service of a device."""

    acquired: date | None
    retired: date | None
    status: str
    life_years: float | None
    disposal: date | None = None
    disposal_route: str = ""
    evidence: bool = False

    @property
    def transferred(self) -> bool:
        """Whether the device went on to another owner with evidence of reuse."""
        return self.disposal_route in REUSE_ROUTES and self.evidence

    @property
    def left(self) -> date | None:
        """Day the device became waste; None while it has not, or when it went on to another owner."""
        if self.disposal_route in REUSE_ROUTES:
            return None
        if self.disposal is not None:
            return self.disposal
        return self.retired if self.status in _GONE else None


@dataclass(frozen=True, slots=True)
class Service:
    """Service of a device in one part of the period.

    Attributes
    ----------
    years
        Service years in the part.
    charged_share, written_off_share
        Shares of the embodied total charged over the planned life, and at once at retirement.
    transferred_share
        Remainder that went on with the device to another owner; shown, not charged.
    bought, left
        Whether the device was bought, or became waste, in the part.
    first, last
        First and last day in service in the part; the day it left when it served on none.
    """

    part: int
    years: float = 0.0
    charged_share: float | None = 0.0
    written_off_share: float = 0.0
    transferred_share: float = 0.0
    bought: bool = False
    left: bool = False
    reason_code: str = ""
    first: date | None = None
    last: date | None = None


def resolve_service(key: ServiceKey, period: Period) -> list[Service]:
    """Service by part; a single entry with a ``reason_code`` for a device that has none in the period."""
    if key.status in _GONE and key.retired is None and key.disposal is None:
        return [Service(1, reason_code="retired_without_date")]
    retired = key.retired if key.retired is not None else (key.disposal if key.status in _GONE else None)
    if retired is not None and key.acquired is not None and retired < key.acquired:
        return [Service(1, reason_code="retired_before_acquired")]
    found = [s for part in period.parts if (s := _in_part(key, retired, part, period.scale)) is not None]
    return found or [Service(1, reason_code="outside_period")]


def _in_part(key: ServiceKey, retired: date | None, part: Part, scale: str) -> Service | None:
    first = part.start if key.acquired is None else max(part.start, key.acquired)
    last = part.end if retired is None else min(part.end, retired)
    left = key.left is not None and part.start <= key.left <= part.end
    if last < first and not left:
        return None
    years = service_years(first, last, scale)
    charged, remainder = _embodied_shares(key, retired, part, years, scale)
    bought = key.acquired is not None and part.start <= key.acquired <= part.end
    return Service(
        part=part.number,
        years=years,
        charged_share=charged,
        written_off_share=0.0 if key.transferred else remainder,
        transferred_share=remainder if key.transferred else 0.0,
        bought=bought,
        left=left,
        first=first if first <= last else key.left,
        last=last if first <= last else key.left,
    )


def _embodied_shares(
    key: ServiceKey, retired: date | None, part: Part, years: float, scale: str
) -> tuple[float | None, float]:
    """Share charged in the part, and share not yet charged when the device is retired in it."""
    life = key.life_years
    if life is None:
        return None, 0.0
    if key.acquired is None:
        return years / life, 0.0
    before = service_years(key.acquired, part.start - _ONE_DAY, scale)
    if retired is not None:
        before = min(before, service_years(key.acquired, retired, scale))
    charged = min(life, before + years) - min(life, before)
    retires_here = retired is not None and part.start <= retired <= part.end
    remainder = life - min(life, before + years) if retires_here else 0.0
    return charged / life, remainder / life


def charged_over(services: Iterable[Service]) -> float:
    """Everything charged in the annualised view, as a share of the embodied total."""
    return sum((s.charged_share or 0.0) + s.written_off_share for s in services)
