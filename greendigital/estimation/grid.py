"""The electricity factors of a country and year, each with its basis, and the refusal to add what must not be added."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from greendigital.errors import FactorError
from greendigital.estimation.ranges import sum_log_widths
from greendigital.factorset import Factor, FactorLibrary

_UK = "GBR"


@dataclass(frozen=True)
class GridFactors:
    """Electricity factors in kg CO2e per kWh; either direct with losses and well-to-tank, or one life-cycle figure.

    Attributes
    ----------
    provisional
        The edition of the year does not exist yet; the newest earlier one stands in.
    """

    direct: Factor | None = None
    losses: Factor | None = None
    wtt: Factor | None = None
    life_cycle: Factor | None = None
    inputs: tuple[Factor, ...] = ()
    provisional: bool = False
    year: int = 0

    def __post_init__(self) -> None:
        if self.life_cycle is not None and (self.losses is not None or self.wtt is not None):
            raise FactorError(
                f"{self.life_cycle.factor_id}: a {self.life_cycle.basis} factor holds losses and upstream already. "
                "Add losses or well-to-tank to a direct factor only."
            )

    @property
    def main(self) -> Factor | None:
        """The factor of generation: direct where there is one, else the life-cycle figure."""
        return self.direct or self.life_cycle

    @cached_property
    def total(self) -> float | None:
        """Everything a kWh causes, in kg CO2e; None when nothing is known."""
        found = [f.value for f in (self.direct, self.losses, self.wtt, self.life_cycle) if f is not None]
        return sum(found) if found else None

    def log_widths(self, library: FactorLibrary) -> tuple[float, float]:
        """Squared log widths of :attr:`total`."""
        parts = [(f, f.value) for f in (self.direct, self.losses, self.wtt, self.life_cycle) if f is not None]
        return sum_log_widths(parts, library)


def sum_basis(first: Factor, second: Factor, factor_id: str, activity: str) -> Factor:
    """Two well-to-tank factors as one derived factor.

    Raises
    ------
    FactorError
        If basis, unit or region of the two differ: unlike factors are never added.
    """
    for field in ("basis", "unit", "region"):
        if getattr(first, field) != getattr(second, field):
            raise FactorError(
                f"{first.factor_id} and {second.factor_id} differ in {field} "
                f'("{getattr(first, field)}", "{getattr(second, field)}") and cannot be added.'
            )
    return Factor(
        factor_id=factor_id,
        activity=activity,
        value=first.value + second.value,
        unit=first.unit,
        set_name="derived",
        edition=first.edition,
        basis=first.basis,
        region=first.region,
        valid_from=first.valid_from,
        valid_to=first.valid_to,
        scope=first.scope,
        error_group=activity,
        width_kind=first.width_kind,
        source_id=first.source_id,
        source_locator=first.source_locator,
        note=f"{first.value:g} ({first.factor_id}) + {second.value:g} ({second.factor_id})",
    )


def resolve_grid(library: FactorLibrary, country: str, year: int, zone: str = "") -> GridFactors:
    """Electricity factors of a country, or of a grid zone in it, for a factor year.

    The United Kingdom takes the government's conversion factors of that edition: generation, losses and well-to-tank
    of both. Other countries take the newest life-cycle intensity that is not later (Ember through Our World in Data);
    a zone takes that of what is consumed there, where a set with zones was given.
    """
    if country != _UK:
        of_zone = library.at("electricity_consumption", zone, year) if _lies_in(library, zone, country) else None
        if of_zone is not None:
            return GridFactors(life_cycle=of_zone[0], year=_year_of(of_zone[0], year))
        found = library.at("electricity_life_cycle", country, year)
        if found is None:
            return GridFactors(year=year)
        return GridFactors(life_cycle=found[0], provisional=False, year=_year_of(found[0], year))
    generation = library.at("electricity_generation", country, year)
    if generation is None:
        return GridFactors(year=year)
    direct, provisional = generation
    edition = _year_of(direct, year)
    losses = library.at("electricity_td_losses", country, edition)
    of_generation = library.at("electricity_wtt_generation", country, edition)
    of_losses = library.at("electricity_wtt_td", country, edition)
    wtt: Factor | None = None
    inputs: tuple[Factor, ...] = ()
    if of_generation and of_losses and not of_generation[1] and not of_losses[1]:
        inputs = (of_generation[0], of_losses[0])
        name = f"derived:electricity-wtt-{country.lower()}-{edition}"
        wtt = library.in_place_of(sum_basis(*inputs, factor_id=name, activity="electricity_wtt"))
    return GridFactors(
        direct=direct,
        losses=losses[0] if losses and not losses[1] else None,
        wtt=wtt,
        inputs=inputs,
        provisional=provisional,
        year=edition,
    )


def _lies_in(library: FactorLibrary, zone: str, country: str) -> bool:
    """Whether a zone is of the country, as far as a set of zones says so."""
    countries = {r["country"] for name in library.sets for r in _zones(library, name) if r["zone"] == zone}
    return bool(zone) and (not countries or country in countries)


def _zones(library: FactorLibrary, set_name: str) -> list[dict[str, Any]]:
    return library.table(set_name, "zones") if "zones" in library.sets[set_name].lookups else []


def _year_of(factor: Factor, default: int) -> int:
    return factor.valid_from.year if factor.valid_from else default
