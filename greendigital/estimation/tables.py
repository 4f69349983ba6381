"""What all resolution tables of a run share: the library, the period, the config, the factors met, the electricity."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from greendigital.config import Config
from greendigital.errors import ConfigError, FactorError
from greendigital.estimation.grid import GridFactors, resolve_grid
from greendigital.estimation.ranges import log_widths
from greendigital.factorset import Factor, FactorLibrary
from greendigital.inventory.values import parse_category
from greendigital.matching.match import MATCHES_FILE
from greendigital.period import Period

if TYPE_CHECKING:
    from greendigital.estimation.site_meters import Outcome
    from greendigital.inventory.site_meters import MeterReading

Table = tuple[Mapping[str, list[Any]], Mapping[str, str]]
"""Columns by name, and the type of each."""

GRID_SCHEMA = {
    "grid_direct": "float",
    "grid_losses": "float",
    "grid_wtt": "float",
    "grid_life_cycle": "float",
    "grid_total": "float",
    "grid_missing": "string",
    "grid_down2": "float",
    "grid_up2": "float",
    "grid_factor_id": "string",
    "loss_factor_id": "string",
    "wtt_factor_id": "string",
}
"""Columns of the electricity of a place: kg CO2e per kWh by component, squared log widths of their sum, and ids."""


class RunTables:
    """What the tables of one run share; ``used`` holds every factor met so far, by id.

    ``confirmed``: factor ids by model that a person confirmed; they win over every rule of matching. ``confirmed_in``:
    the file they are from. ``match_reasons``: what each note of a match is about. ``readings``: of site meters; the
    hardware body says in ``meters`` what became of them.
    """

    def __init__(
        self,
        library: FactorLibrary,
        period: Period,
        config: Config,
        confirmed: Mapping[tuple[str, str], Sequence[str]] | None = None,
        confirmed_in: str = MATCHES_FILE,
        readings: Sequence[MeterReading] = (),
    ) -> None:
        self.library = library
        self.period = period
        self.config = config
        self.confirmed = confirmed or {}
        self.confirmed_in = confirmed_in
        self.match_reasons: dict[str, str] = {}
        self.readings = readings
        self.meters: Outcome | None = None
        self.confirmed_used: set[tuple[str, str]] = set()
        self.used: dict[str, Factor] = {f.factor_id: f for f in library.own_assumptions()}
        self.planned_lives = _planned_lives(config, library)
        self._widths: dict[str, tuple[float, float]] = {}
        self.grid = lru_cache(maxsize=None)(self._grid)

    def use(self, factor: Factor | None) -> str:
        """Remember the factor and give its id, empty for none.

        Raises
        ------
        FactorError
            If two different figures go by one id: a report could show but one of them.
        """
        if factor is None:
            return ""
        known = self.used.get(factor.factor_id)
        if known is not None and _figure(known) != _figure(factor):
            raise FactorError(f"{factor.factor_id}: two figures go by this id, {_figure(known)} and {_figure(factor)}.")
        self.used[factor.factor_id] = factor
        return factor.factor_id

    def overrides(self) -> dict[str, list[str]]:
        """Factors used that stand in the place of a shipped one, each with the ids of what was made of it."""
        found = {i: [i] for i, f in self.used.items() if self.library.is_override(f)}
        for derived in (f for f in self.used.values() if f.set_name == "derived"):
            for override in found:
                if derived.is_made_of(override):
                    found[override].append(derived.factor_id)
        return found

    def widths(self, factor: Factor | None) -> tuple[float, float]:
        """Squared log widths of the factor."""
        if factor is None:
            return 0.0, 0.0
        if factor.factor_id not in self._widths:
            self._widths[factor.factor_id] = log_widths(factor, self.library)
        return self._widths[factor.factor_id]

    def _grid(self, country: str, year: int, zone: str = "") -> GridFactors:
        found = resolve_grid(self.library, country, year, zone)
        for factor in (found.direct, found.losses, found.wtt, found.life_cycle, *found.inputs):
            self.use(factor)
        return found

    def grid_values(self, country: str, year: int, zone: str = "") -> dict[str, Any]:
        """The columns of :data:`GRID_SCHEMA` for a country, or a grid zone in it, and factor year."""
        return self.electricity_values(self.grid(country, year, zone))

    def electricity_values(self, grid: GridFactors) -> dict[str, Any]:
        """The columns of :data:`GRID_SCHEMA` of the electricity factors of a place."""
        down2, up2 = grid.log_widths(self.library)

        def value(factor: Factor | None) -> float | None:
            return factor.value if factor else None

        return {
            "grid_direct": value(grid.direct),
            "grid_losses": value(grid.losses),
            "grid_wtt": value(grid.wtt),
            "grid_life_cycle": value(grid.life_cycle),
            "grid_total": grid.total,
            "grid_missing": ",".join(
                name
                for name, factor in (("use_losses", grid.losses), ("use_wtt", grid.wtt))
                if grid.direct and not factor
            ),
            "grid_down2": down2,
            "grid_up2": up2,
            "grid_factor_id": self.use(grid.main),
            "loss_factor_id": self.use(grid.losses),
            "wtt_factor_id": self.use(grid.wtt),
        }


def _figure(factor: Factor) -> tuple[object, ...]:
    return factor.value, factor.low, factor.high, factor.unit, factor.width_kind


def columnar(rows: Sequence[Mapping[str, Any]], schema: Mapping[str, str]) -> Table:
    """Records as columns, in the order of the schema."""
    return {name: [row[name] for row in rows] for name in schema}, schema


def _planned_lives(config: Config, library: FactorLibrary) -> dict[str, float]:
    """Planned lives of the configuration by our category; everyday words are understood as in a register.

    Raises
    ------
    ConfigError
        If a key is no device type, or two mean the same; the nearest is named.
    """
    found: dict[str, float] = {}
    for word, years in config.planned_life_years.items():
        category = parse_category(word, library)
        if category is None:
            known = sorted({row["category"] for row in library.table("device-category-defaults", "category_table")})
            near = difflib.get_close_matches(word, known, n=1)
            hint = f' Did you mean "{near[0]}"?' if near else ""
            raise ConfigError(
                f'planned_life_years.{word}: "{word}" is not a device type.{hint} Types: {", ".join(known)}.'
            )
        if category in found:
            raise ConfigError(f'planned_life_years.{word}: "{category}" is given twice. Take one out.')
        found[category] = years
    return found
