"""Regions of a provider compared on one basis: the same set, basis and data year at both ends, and the PUE of both.

Source of the electricity figures: Ember through Our World in Data (life cycle), for the United Kingdom too; the UK
government's factors stay with the footprint and never enter a comparison of places.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from greendigital.config import Config
from greendigital.estimation.cloud_activity import region_country, region_twins, resolve_pue
from greendigital.factorset import Factor, FactorLibrary
from greendigital.recommendations.model import TCOP_EMISSIONS, Advice, Part, spread_of
from greendigital.uncertainty import Spread
from greendigital.units import GRAMS_PER_KG


class Move(NamedTuple):
    """The best region to move to.

    ``ratio``: its intensity times PUE over that of the present region; ``here``, ``there`` in kg CO2e per kWh of IT.
    """

    region: str
    ratio: float
    here: float
    there: float
    year: int
    spreads: tuple[Spread, ...]


class RegionFinder:
    """Finds the region with the lowest intensity times PUE among those that the residency list allows."""

    def __init__(self, library: FactorLibrary, config: Config, year: int) -> None:
        self.library = library
        self.allowed = set(config.residency.allowed)
        self.year = year
        self._best: dict[tuple[str, str], Move | None] = {}

    def better(self, provider: str, region: str) -> Move | None:
        """The best allowed region, or None where none is lower than the present one."""
        key = (provider, region)
        if key not in self._best:
            self._best[key] = self._search(provider, region)
        return self._best[key]

    def _by_year(self, country: str) -> dict[int, Factor]:
        found = self.library.find("electricity_life_cycle", country)
        return {f.valid_from.year: f for f in found if f.valid_from and f.valid_from.year <= self.year}

    def _search(self, provider: str, region: str) -> Move | None:
        country = region_country(self.library, provider, region)
        own_pue = resolve_pue(self.library, provider, region, self.year)
        if country is None or own_pue is None:
            return None
        own, options = self._by_year(country), []
        for twin in region_twins(self.library, provider):
            if twin["country"] not in self.allowed:
                continue
            other, pue = self._by_year(twin["country"]), resolve_pue(self.library, provider, twin["region"], self.year)
            common = set(own) & set(other)
            if not common or pue is None:
                continue
            year = max(common)
            here, there = own[year].value * own_pue.value, other[year].value * pue.value
            spreads = (*spread_of(other[year], self.library), *spread_of(pue, self.library))
            options.append(Move(twin["region"], there / here, here, there, year, spreads))
        best = min(options, key=lambda m: (m.ratio, m.region), default=None)
        return best if best is not None and best.ratio < 1 else None

    def advise(self, row: Mapping[str, Any], parts: Sequence[Part], basis: str) -> Advice | None:
        """Move the electricity; the ratio of the two regions, on one basis, is applied to the line's own figure."""
        if not self.allowed or not row["region"]:
            return None
        best = self.better(row["provider"], row["region"])
        if best is None:
            return None
        after = tuple(Part(-p.kg_co2e * best.ratio, (*p.spreads, *best.spreads)) for p in parts)
        return Advice(
            row["line_id"],
            None,
            "lower_carbon_region",
            "change_region",
            f"{row['region']} to {best.region}: {best.here * GRAMS_PER_KG:.0f} to {best.there * GRAMS_PER_KG:.0f} "
            f"g/kWh with PUE (Ember, {best.year}, both). Within the residency list; moving data has a cost of its own.",
            TCOP_EMISSIONS,
            "low",
            effect="reduces_footprint",
            basis=basis,
            parts=(*parts, *after),
        )
