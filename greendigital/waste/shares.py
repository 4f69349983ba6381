"""Shares of the routes in items and kg: of the reporting period, and year on year."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from greendigital.period import Period, year_end, year_start
from greendigital.recommendations.model import HIERARCHY
from greendigital.waste.records import Disposal, items_of, mass_of, without_mass
from greendigital.waste.routes import ROUTES, rank_of


def shares_of_period(disposals: Sequence[Disposal], period: Period) -> dict[str, Any]:
    """What left in the reporting period, by route."""
    return {"label": period.label, **_shares([d for d in disposals if is_within(d.record.disposal_date, period)])}


def shares_by_year(disposals: Sequence[Disposal], period: Period) -> list[dict[str, Any]]:
    """What left in each April to March year of the table, the first year first; without a date comes last.

    ``in_period`` says whether the year lies in the reporting period: ``yes``, ``in part`` or ``no``; null without date.
    """
    years: dict[date | None, list[Disposal]] = defaultdict(list)
    for disposal in disposals:
        day = disposal.record.disposal_date
        years[year_start(day, "financial") if day else None].append(disposal)
    ordered = sorted(years, key=lambda start: (start is None, start or date.min))
    return [
        {
            "label": f"{start.year}-{(start.year + 1) % 100:02d}" if start else None,
            "in_period": _in_period(start, period) if start else None,
            **_shares(years[start]),
        }
        for start in ordered
    ]


def is_within(day: date | None, period: Period) -> bool:
    """Whether a day lies in the period."""
    return day is not None and period.start <= day <= period.end


def _in_period(start: date, period: Period) -> str:
    end = year_end(start, "financial")
    if period.start <= start and end <= period.end:
        return "yes"
    return "no" if end < period.start or period.end < start else "in part"


def _shares(disposals: Sequence[Disposal]) -> dict[str, Any]:
    """Items and kg of all, and of each route; a route that is not recorded stands under null, where there is one."""
    whole, mass = items_of(disposals), mass_of(disposals)
    routes: list[str | None] = [*ROUTES]
    if any(d.record.disposal_route is None for d in disposals):
        routes.append(None)
    found = []
    for route in routes:
        of_route = [d for d in disposals if d.record.disposal_route == route]
        items, kilograms = items_of(of_route), mass_of(of_route)
        found.append(
            {
                "route": route,
                "hierarchy": HIERARCHY[route] if route else None,
                "rank": rank_of(route) if route else None,
                "items": items,
                "share_of_items": items / whole if whole else None,
                "mass_kg": kilograms,
                "share_of_mass": kilograms / mass if mass and kilograms is not None else None,
            }
        )
    return {"items": whole, "mass_kg": mass, "items_without_mass": without_mass(disposals), "routes": found}
