"""Yearly energy and weight of network and rack equipment, by model, from the device-type library.

What a data sheet prints is the limit of a supply, or what a planner reserves for it, and not a consumption: either is
multiplied by the share of it that such equipment typically draws, an assumption with a wide range. Source: NetBox
device-type library (CC0 1.0).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from statistics import median
from typing import Any

from greendigital.estimation.devices import DeviceFigures
from greendigital.estimation.equipment import (
    KWH_PER_WATT_YEAR,
    SERVERS,
    WEAK_BASES,
    Index,
    Rows,
    index_models,
    lookup,
    model_name,
    names_of,
    rows_by_maker,
    rows_of_model,
)
from greendigital.estimation.ranges import percentiles
from greendigital.factorset import Factor, FactorLibrary
from greendigital.matching import Match

_SET = "network-device-power"
_CATEGORIES = "device-category-defaults"
_DRAWS = ("firewall", "router", "switch", "wireless_access_point")
"""Categories whose draw is their own; a UPS passes on the load of others."""
_WEIGHED = (*_DRAWS, *SERVERS, "storage_array", "ups")
_RATINGS = (
    ("allocated_draw_w", "assumption-network-allocated-share"),
    ("maximum_draw_w", "assumption-network-maximum-share"),
)


def with_network_figures(
    library: FactorLibrary, figures: DeviceFigures, match: Match, manufacturer: str, model: str
) -> DeviceFigures:
    """Figures of a network device with the energy and the weight of its model in place of the category's.

    The basis is ``components``: the energy is put together from a rated draw, an assumed share of it and the hours. It
    is no figure of the product (its maker publishes none), and no curve was measured.
    """
    if match.category not in _WEIGHED:
        return figures
    rows = rows_of_model(partial(_index, library), manufacturer, names_of(match, model))
    if not rows:
        return figures
    if match.category in _DRAWS and figures.use_basis in WEAK_BASES and (found := _energy(library, rows)):
        figures = replace(figures, energy=found[0], utilisation=found[1], use_basis="components")
    weighed = [row for row in rows if row["weight_kg"]]
    if weighed and (figures.mass is None or figures.mass.set_name == _CATEGORIES):
        figures = replace(figures, mass=_mass(library, weighed))
    return figures


@lru_cache(maxsize=8)
def _by_maker(library: FactorLibrary) -> Mapping[str, Rows]:
    return rows_by_maker(lookup(library, _SET, "models"))


@lru_cache(maxsize=1000)
def _index(library: FactorLibrary, maker: str) -> Index:
    rows = _by_maker(library).get(maker, ())
    # A part number that the library gives to unlike models tells none of them; a model's own name goes before.
    parts = index_models(rows, maker, "part_number")
    told = {name: of for name, of in parts.items() if len({model_name(r["model"], maker) for r in of}) == 1}
    return {**told, **index_models(rows, maker, "model")}


def _name(row: Mapping[str, Any]) -> str:
    return f"{row['manufacturer']} {row['model']}"


def _id(rows: Iterable[Mapping[str, Any]], what: str) -> str:
    """Id of a figure by the rows it is of: one name may stand for several part numbers, each with a draw of its own."""
    paths = sorted(row["source_path"].removeprefix("device-types/").rpartition(".")[0] for row in rows)
    return f"network-device:{'+'.join(paths).lower()}:{what}"


def _energy(library: FactorLibrary, rows: Sequence[Mapping[str, Any]]) -> tuple[Factor, Factor] | None:
    """kWh a year, and the assumed share as a source of error; None where neither draw is given.

    The allocated draw goes before the maximum. A draw that holds the budget for devices powered through the ports says
    nothing about the device itself.
    """
    rows = [row for row in rows if not row["feeds_poe"]]
    for column, assumption in _RATINGS:
        rated = sorted((row for row in rows if row[column]), key=lambda row: (row[column], row["source_path"]))
        if not rated:
            continue
        share = library.factor(assumption)
        watts = median(row[column] for row in rated)
        value, first = watts * share.value * KWH_PER_WATT_YEAR, rated[0]
        kind = column.split("_")[0]
        factor = Factor(
            factor_id=_id(rated, "kwh"),
            activity="device_annual_use",
            value=value,
            unit="kwh/device*year",
            set_name=_SET,
            edition=library.sets[_SET].edition,
            width_kind="network_draw",
            source_id=first["source_id"],
            source_locator=" | ".join(row["source_path"] for row in rated),
            note=(
                f"{_name(first)}: {kind} draw {watts:g} W{_span(rated, column)} x {share.value:g} typical "
                f"({share.factor_id}) x 8,760 h"
            ),
        )
        return library.in_place_of(factor), _share_as_error(library, share)
    return None


def _span(rows: Sequence[Mapping[str, Any]], column: str) -> str:
    """That a draw is the middle of several, where it is."""
    values = {row[column] for row in rows}
    return f" (middle of {len(rows)} rows, {min(values):g} to {max(values):g})" if len(values) > 1 else ""


def _share_as_error(library: FactorLibrary, share: Factor) -> Factor:
    """The assumed share of a rated draw as a source of error: its low and its high over its value."""
    ends = percentiles(share, library)
    return Factor(
        factor_id=f"derived:{share.factor_id}",
        activity="utilisation_ratio",
        value=1.0,
        unit="ratio",
        set_name="derived",
        edition="",
        low=ends.low / share.value,
        high=ends.high / share.value,
        interval="p5_p95",
        # Whether the assumed share is right is one question for all models.
        error_group=share.factor_id,
        width_kind="default",
        note=f"the ends of the assumed share over its value ({share.factor_id})",
    )


def _mass(library: FactorLibrary, rows: Sequence[Mapping[str, Any]]) -> Factor:
    ordered = sorted(rows, key=lambda row: (row["weight_kg"], row["source_path"]))
    row = ordered[(len(ordered) - 1) // 2]
    return library.in_place_of(
        Factor(
            factor_id=_id((row,), "mass"),
            activity="device_mass",
            value=row["weight_kg"],
            unit="kg/device",
            set_name=_SET,
            edition=library.sets[_SET].edition,
            width_kind="mass",
            source_id=row["source_id"],
            source_locator=row["source_path"],
            note=_name(row),
        )
    )
