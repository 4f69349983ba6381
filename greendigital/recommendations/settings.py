"""Thresholds and prices of the advice: the organisation's own, else those of the assumptions set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from greendigital.config import Config
from greendigital.factorset import FactorLibrary
from greendigital.recommendations.model import spread_of
from greendigital.uncertainty import Spread

_THRESHOLDS = (
    "not_seen_days",
    "ends_soon_months",
    "keep_support_years",
    "repair_years",
    "part_years",
    "memory_need_gb",
    "battery_health_share",
    "ample_memory_gb",
    "idle_server_share",
)


@dataclass(frozen=True)
class Settings:
    """Thresholds of the rules.

    Attributes
    ----------
    displacement_spread
        Error of ``displacement``; empty where the organisation gave its own figure, which is taken as exact.
    prices_gbp
        Price of a new device by category, without VAT or with it as the organisation counts.
    parts_gbp
        Price of a part, fitted: ``memory``, ``ssd``, ``battery``.
    exits_gbp_per_year
        Price a year of what a computer can go on with when its system ends: ``extended_support``, ``other_system``,
        ``virtual_desktop``.
    light_roles
        Roles, in small letters, that a light system or a thin client serves.
    """

    not_seen_days: float
    ends_soon_months: float
    keep_support_years: float
    repair_years: float
    part_years: float
    memory_need_gb: float
    battery_health_share: float
    ample_memory_gb: float
    idle_server_share: float
    displacement: float
    displacement_spread: tuple[Spread, ...]
    max_data_age_months: float
    prices_gbp: Mapping[str, float]
    parts_gbp: Mapping[str, float]
    exits_gbp_per_year: Mapping[str, float]
    light_roles: frozenset[str]

    @classmethod
    def of(cls, config: Config, library: FactorLibrary) -> Settings:
        """Settings of the config, completed from the assumptions."""
        own, displacement = config.advice, library.factor("assumption-displacement")

        def assumed(name: str) -> float:
            return library.factor(f"assumption-{name.replace('_', '-')}").value

        given = {name: getattr(own, name) for name in _THRESHOLDS}
        return cls(
            **{name: assumed(name) if value is None else value for name, value in given.items()},
            displacement=displacement.value if own.displacement is None else own.displacement,
            displacement_spread=spread_of(displacement, library) if own.displacement is None else (),
            max_data_age_months=assumed("os-data-max-age-months"),
            prices_gbp=own.prices_gbp,
            parts_gbp={str(name): price for name, price in own.parts_gbp.items()},
            exits_gbp_per_year={str(name): price for name, price in own.exits_gbp_per_year.items()},
            light_roles=frozenset(role.casefold().strip() for role in own.light_roles),
        )
