"""Factors and device figures that the configuration puts in the place of published ones, with source and reason."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from greendigital.config import Config
from greendigital.config_sections import Override
from greendigital.errors import ConfigError, UnitError
from greendigital.factorset.check_rows import plausible_ranges
from greendigital.factorset.model import Factor, FactorSet, Source
from greendigital.units import GRAMS_PER_KG, factor_between, nearest

OVERRIDES = "overrides"
"""Name under which they stand beside the factor sets."""


REPLACED = "replaced_value"
"""Under ``extra``: the value that a factor took the place of, in its own unit."""


def check_plausible(place: str, activity: str, value: float, unit: str) -> None:
    """Refuse a value outside the plausible range of its unit.

    Raises
    ------
    ConfigError
        With the range, and the unit in which the value would be plausible.
    """
    ranges = plausible_ranges()
    low, high = ranges.get((unit, activity)) or ranges.get((unit, "")) or (-math.inf, math.inf)
    if not low <= value <= high:
        grams = unit.replace("kg_co2e", "g_co2e") if unit.startswith("kg_co2e") else ""
        meant = f' Did you mean unit = "{grams}"?' if grams and low <= value / GRAMS_PER_KG <= high else ""
        raise ConfigError(f"{place}: {value:g} {unit} is not plausible ({low:g} to {high:g}).{meant} Check the unit.")


@dataclass(frozen=True)
class Overrides:
    """The overrides of a configuration.

    Attributes
    ----------
    metadata
        The set they stand in as; it has no files.
    by_id
        Replacements of a factor and the id of their source, by the id of what they replace.
    products
        Device models, in the columns of a ``products`` table.
    sources
        The source of each, by id.
    """

    metadata: FactorSet
    by_id: Mapping[str, tuple[Override, str]]
    products: Sequence[dict[str, Any]]
    sources: Mapping[str, Source]

    def in_place_of(self, factor: Factor) -> Factor | None:
        """What replaces the factor, in its unit and of its basis; None when nothing does.

        Raises
        ------
        ConfigError
            If the unit given is of another kind, or the figures are not in order.
        """
        if factor.factor_id not in self.by_id:
            return None
        own, source_id = self.by_id[factor.factor_id]
        try:
            scale = factor_between(own.unit, factor.unit) if own.unit else 1.0
        except UnitError:
            meant = nearest(own.unit, factor.unit) or f"{factor.unit}, and the value in it"
            raise ConfigError(
                f'overrides, {factor.factor_id}, unit: "{own.unit}" is not a unit of this factor. Write {meant}.'
            ) from None
        assert own.value is not None
        value = own.value * scale
        check_plausible(f"overrides, {factor.factor_id}", factor.activity, value, factor.unit)
        low, high = (v if v is None else v * scale for v in (own.low, own.high))
        interval = "p5_p95"
        if low is None or high is None:
            low, high, interval = range_kept(factor, value)
        return replace(
            factor,
            factor_id=f"override:{factor.factor_id}",
            value=value,
            low=low,
            high=high,
            interval=interval,
            n_values=None,
            set_name=OVERRIDES,
            edition="",
            data_year=own.data_year,
            source_id=source_id,
            source_locator="",
            supersedes=factor.factor_id,
            quality="override",
            note=f"in place of {factor.factor_id}, {factor.value:g} {factor.unit}; reason: {own.reason}",
            extra={**factor.extra, REPLACED: repr(factor.value)},
        )


def range_kept(old: Factor, value: float) -> tuple[float | None, float | None, str]:
    """Low, high and kind of interval of a value given without a range: those of what it replaces.

    The range of a measured factor is relative to its value; the ends of an assumption (the least and the greatest load
    of a processor) stay where they are.
    """
    if old.low is None or old.high is None or old.value == 0:
        return None, None, "none"
    if old.activity == "assumption":
        return min(old.low, value), max(old.high, value), old.interval
    return old.low * value / old.value, old.high * value / old.value, old.interval


def overrides_of(config: Config) -> Overrides | None:
    """The overrides of a configuration; None when it has none.

    Raises
    ------
    ConfigError
        If a factor or a model is overridden twice.
    """
    if not config.overrides:
        return None
    by_id: dict[str, tuple[Override, str]] = {}
    products: dict[tuple[str, str], dict[str, Any]] = {}
    sources: dict[str, Source] = {}
    for number, own in enumerate(config.overrides, start=1):
        source_id = f"override-{number}"
        sources[source_id] = Source(source_id, "", own.source, "", "", "as given in the configuration file")
        if own.factor:
            if own.factor in by_id:
                raise ConfigError(f'overrides: the factor "{own.factor}" is given twice. Take one out.')
            by_id[own.factor] = own, source_id
        else:
            key = (own.manufacturer.casefold(), own.model.casefold())
            if key in products:
                raise ConfigError(
                    f'overrides: the model "{own.manufacturer} {own.model}" is given twice. Take one out.'
                )
            products[key] = _product(own, source_id)
    metadata = FactorSet(
        name=OVERRIDES,
        title="Overrides of the configuration",
        edition="",
        publisher=config.organisation.name or "the organisation",
        licence="",
        url="",
        path=Path(),
        resources={},
    )
    return Overrides(metadata, by_id, list(products.values()), sources)


def _product(own: Override, source_id: str) -> dict[str, Any]:
    name = f"overrides, {own.manufacturer} {own.model}"
    for activity, value, unit in (
        ("device_embodied", own.embodied_kg_co2e, "kg_co2e/device"),
        ("device_annual_use", own.annual_use_kwh, "kwh/device*year"),
        ("device_mass", own.mass_kg, "kg/device"),
    ):
        if value is not None:
            check_plausible(name, activity, value, unit)
    slug = re.sub(r"[^a-z0-9]+", "-", f"{own.manufacturer} {own.model}".casefold()).strip("-")
    return {
        "pcf_id": f"override:{slug}",
        "manufacturer": own.manufacturer,
        "model": own.model,
        "device_type": own.category,
        "embodied_kg_co2e": own.embodied_kg_co2e,
        "annual_use_kwh": own.annual_use_kwh,
        "weight_kg": own.mass_kg,
        "boundary": own.boundary,
        "usable_embodied": own.embodied_kg_co2e is not None,
        "usable_energy": own.annual_use_kwh is not None,
        "upstream_status": "current",
        "report_year": own.data_year,
        "screen_size_inches": None,
        "source_url": "",
        "source_id": source_id,
        "reason": own.reason,
    }
