"""Yearly energy of servers: the measured curve of the model, else their parts.

Sources: SPECpower_ssj2008 results (Standard Performance Evaluation Corporation), watts at the wall at active idle and
at full load; between them a straight line, the usual model P = idle + (full - idle) x utilisation. Valid for whole
servers; enclosures tested as one are not in the table.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from statistics import median
from typing import Any

from greendigital.estimation.components import embodied_of_parts, watts_of_parts
from greendigital.estimation.devices import DeviceFigures
from greendigital.estimation.equipment import (
    KWH_PER_WATT_YEAR,
    SERVERS,
    WEAK_BASES,
    Configuration,
    Index,
    Rows,
    index_models,
    lookup,
    names_of,
    rows_by_maker,
    rows_of_model,
)
from greendigital.estimation.ranges import default_width
from greendigital.factorset import Factor, FactorLibrary
from greendigital.matching import Match

_SET = "server-power"
_ASSUMED = "assumption-server-utilisation"
_OTHER_COUNT = "server_power_curve_other_processors"
FOR_OTHER_COUNT = ":for-"
"""In the id of a curve that was measured with another number of processors than the line states."""


def with_server_figures(
    library: FactorLibrary, figures: DeviceFigures, match: Match, manufacturer: str, model: str, stated: Configuration
) -> DeviceFigures:
    """Figures of a server with what its power curve or its parts tell in place of the category's.

    Anything else than a server, and a product's own figure, stays as it is.
    """
    if match.category not in SERVERS:
        return figures
    if figures.use_basis in WEAK_BASES:
        energy, basis = _energy(library, match, manufacturer, model, stated)
        if energy is not None:
            figures = replace(figures, energy=energy[0], utilisation=energy[1], use_basis=basis)
    # A class here is the mean estimate of the product's own report: it goes before parts.
    if figures.embodied_basis in ("none", "category"):
        parts = embodied_of_parts(library, match.category, stated)
        if parts is not None:
            figures = replace(
                figures, embodied=parts, stages_kg_co2e={"manufacture": parts.value}, embodied_basis="components"
            )
    return figures


def _energy(
    library: FactorLibrary, match: Match, manufacturer: str, model: str, stated: Configuration
) -> tuple[tuple[Factor, Factor | None] | None, str]:
    rows = rows_of_model(partial(_index, library), manufacturer, names_of(match, model))
    alike = [row for row in rows if stated.cpu_units in (None, row["chips"])]
    if alike:
        return _at_utilisation(library, stated, lambda share: _curve(library, alike, share)), "power_curve"

    def by_parts(share: float) -> Factor:
        found = watts_of_parts(library, stated, share)
        assert found is not None, "the parts of a server do not depend on its load"
        return found

    if watts_of_parts(library, stated, 0.0) is not None:
        return _at_utilisation(library, stated, by_parts), "components"
    if rows:
        return _at_utilisation(library, stated, lambda share: _of_other_count(library, rows, share, stated)), (
            "power_curve"
        )
    return None, "none"


@lru_cache(maxsize=8)
def _by_maker(library: FactorLibrary) -> Mapping[str, Rows]:
    return rows_by_maker(lookup(library, _SET, "servers"))


@lru_cache(maxsize=1000)
def _index(library: FactorLibrary, maker: str) -> Index:
    return index_models(_by_maker(library).get(maker, ()), maker, "model")


def _at_utilisation(
    library: FactorLibrary, stated: Configuration, yearly: Callable[[float], Factor]
) -> tuple[Factor, Factor | None]:
    """The yearly energy at the stated utilisation, else at the assumed one with its ends as a source of error."""
    if stated.utilisation_share is not None:
        return library.in_place_of(yearly(stated.utilisation_share)), None
    assumed = library.factor(_ASSUMED)
    energy = yearly(assumed.value)
    ends = [yearly(end).value / energy.value for end in (assumed.low or assumed.value, assumed.high or assumed.value)]
    utilisation = Factor(
        factor_id=f"derived:utilisation:{energy.factor_id}",
        activity="utilisation_ratio",
        value=1.0,
        unit="ratio",
        set_name="derived",
        edition="",
        low=ends[0],
        high=ends[1],
        interval="p5_p95",
        # Whether an estate is busy or idle is one question for all its servers.
        error_group="server_utilisation",
        width_kind="default",
        note=f"energy at the low and the high utilisation over that at the assumed one ({assumed.factor_id})",
        extra={"utilisation_share": repr(assumed.value)},
    )
    return library.in_place_of(energy), utilisation


def utilisation_of(utilisation: Factor | None) -> float | None:
    """The share of full load that was assumed for a server; None where none was."""
    text = utilisation.extra.get("utilisation_share") if utilisation else None
    return float(text) if text else None


def _of_other_count(
    library: FactorLibrary, rows: Sequence[Mapping[str, Any]], share: float, stated: Configuration
) -> Factor:
    """The curve of a model that was tested with other numbers of processors only, in a range that allows for it.

    Watts are not scaled: the board, the fans and an idle processor do not halve with the number of processors.
    """
    curve = _curve(library, rows, share, _OTHER_COUNT)
    units = f"{stated.cpu_units:g}"
    return replace(
        curve,
        factor_id=f"{curve.factor_id}{FOR_OTHER_COUNT}{units}p",
        note=f"the line states {units} processor{'' if units == '1' else 's'}, and none was tested with as many; "
        f"{curve.note}",
    )


def _curve(
    library: FactorLibrary,
    rows: Sequence[Mapping[str, Any]],
    share: float,
    width_kind: str = "server_power_curve",
) -> Factor:
    """kWh a year of the middle result at a utilisation; the span of several results is part of the range."""
    found = [(row["idle_w"] + share * (row["full_load_w"] - row["idle_w"])) * KWH_PER_WATT_YEAR for row in rows]
    value, first = median(found), rows[0]
    name = f"{first['manufacturer']} {first['model']}"
    chips = "+".join(f"{n:g}" for n in sorted({row["chips"] for row in rows}))
    years = sorted({int(row["published_year"]) for row in rows})
    factor = Factor(
        factor_id=f"server-power:{name.lower().replace(' ', '-')}:{chips}p:at-{share:g}",
        activity="device_annual_use",
        value=value,
        unit="kwh/device*year",
        set_name=_SET,
        edition=library.sets[_SET].edition,
        data_year=years[-1],
        error_group="server_power_curve",
        # How much more than the tested machine a real one draws differs by site more than by model.
        shared_share=0.5,
        width_kind=width_kind,
        source_id=first["source_id"],
        source_locator=" | ".join(dict.fromkeys(row["system_as_published"] for row in rows)),
        note=(
            f"{name}: {_span(rows, 'idle_w')} W at active idle, {_span(rows, 'full_load_w')} W at full load in "
            f"{len(rows)} result{'s' * (len(rows) > 1)} ({years[0]}-{years[-1]}), at {share:.0%} utilisation, 8,760 h; "
            "tested machines are lean: a real one draws more"
        ),
    )
    width = default_width(factor, library)
    down = math.hypot(math.log(value / min(found)), math.log(value / width.low))
    up = math.hypot(math.log(max(found) / value), math.log(width.high / value))
    return replace(factor, low=value * math.exp(-down), high=value * math.exp(up), interval="p5_p95")


def _span(rows: Sequence[Mapping[str, Any]], column: str) -> str:
    low, high = min(row[column] for row in rows), max(row[column] for row in rows)
    return f"{low:g}" if low == high else f"{low:g}-{high:g}"
