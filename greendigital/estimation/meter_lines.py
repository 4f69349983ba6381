"""Lines of kind ``energy``: one per row of a meter file, an estimate where no device carries the load."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from greendigital import frames
from greendigital.columns import LINES, schema
from greendigital.estimation.hardware_tables import PLACE_KEY, place_table
from greendigital.estimation.site_meters import SiteMonth, months_in_period
from greendigital.estimation.tables import RunTables
from greendigital.inventory.site_meters import MeterReading

CATEGORY = "metered_load"
_COMPONENTS = ("direct", "losses", "wtt", "life_cycle")
_NO_EMBODIED = ("manufacture", "transport", "end_of_life", "embodied_unsplit", "written_off", "network", "fallback")
_IDS = ("grid_factor_id", "loss_factor_id", "wtt_factor_id", "pue_factor_id")


def meter_lines(tables: RunTables, connection: Any) -> Any:
    """A DuckDB relation of the readings of the run, with the columns of :data:`greendigital.columns.LINES`.

    The hardware body comes first, where there is any: it says which readings the devices carry.
    """
    outcome = tables.meters or months_in_period(tables.readings, tables.period)
    places = _places(tables, list(outcome.months.values()))
    overrides = tables.overrides()
    rows = []
    for reading in tables.readings:
        month, reason = outcome.months.get(reading.line_id), outcome.reasons.get(reading.line_id, "")
        line = _identity(reading, tables)
        if month is None or reason:
            line |= {"status": "excluded", "reason_code": reason, "part": 1}
        else:
            line |= _figures(month, places[reading.line_id], overrides)
        rows.append(line)
    kinds = schema(LINES)
    return frames.duckdb_table(connection, {n: [row.get(n) for row in rows] for n in kinds}, kinds)


def _identity(reading: MeterReading, tables: RunTables) -> dict[str, Any]:
    period = tables.period
    inside = reading.month is not None and reading.month <= period.end and reading.last >= period.start
    return {
        "line_id": reading.line_id,
        "source_id": reading.source_id,
        "source_row": reading.source_row,
        "kind": "energy",
        "line_class": "energy",
        "category": CATEGORY,
        "site": reading.site or None,
        "country": reading.country,
        "location_type": reading.location_type,
        "period_start": max(reading.month, period.start) if inside and reading.month else reading.month,
        "period_end": min(reading.last, period.end) if inside else reading.last if reading.month else None,
        "quantity_kind": "metered_kwh",
        "quantity": reading.kwh,
        "quantity_unit": "kwh",
    }


def _places(tables: RunTables, months: Sequence[SiteMonth]) -> dict[str, dict[str, Any]]:
    """Electricity factors, PUE and scopes of each reading that lies in the period."""
    keys = [
        {
            **dict.fromkeys(PLACE_KEY, ""),
            "_place_key": month.reading.line_id,
            "country": month.reading.country,
            "location_type": month.reading.location_type,
            "ownership": "owned",
            "_pue": "" if month.reading.pue is None else str(month.reading.pue),
            "_zone": month.reading.grid_zone,
        }
        for month in months
    ]
    columns, _ = place_table(tables, keys)
    part_of = {m.reading.line_id: p.number for m in months for p in tables.period.parts if p.start <= m.first <= p.end}
    rows = (dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True))
    return {row["_place_key"]: row for row in rows if part_of[row["_place_key"]] == row["period_part"]}


def _figures(month: SiteMonth, place: Mapping[str, Any], overrides: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The reading is stated exact; its range is that of the PUE and of the electricity."""
    kwh = month.kwh * place["pue_applied"]
    grid = {f"use_{name}_kg_co2e": _times(kwh, place[f"grid_{name}"]) for name in _COMPONENTS}
    if place["grid_total"] is None:
        return {"status": "excluded", "reason_code": "no_factor", "part": 1}
    total = math.fsum(value for value in grid.values() if value is not None)
    pue = (place["pue_down2"] or 0.0, place["pue_up2"] or 0.0)
    whole = (pue[0] + (place["grid_down2"] or 0.0), pue[1] + (place["grid_up2"] or 0.0))
    ids = {name: place[name] or None for name in _IDS}
    named = [override for override, made in sorted(overrides.items()) if set(made) & set(ids.values())]
    missing = place["grid_missing"]
    assumed = "country_assumed" if month.reading.country_assumed else ""
    return {
        "part": place["period_part"],
        "status": "partial" if missing else "estimated",
        "reason_code": ("factor_missing" if missing else assumed) or None,
        "stages_missing": missing or None,
        "use_basis": "metered",
        "embodied_basis": "none",
        "quantity": month.kwh,
        "pue": place["pue_applied"],
        "use_scope": place["place_use_scope"],
        "upstream_scope": place["upstream_scope"],
        **ids,
        "override_ids": ",".join(named) or None,
        **grid,
        **{f"{name}_kg_co2e": 0.0 for name in _NO_EMBODIED},
        "use_kwh": kwh,
        "total_kg_co2e": total,
        **_range("use_kwh", kwh, pue),
        **_range("use_kg_co2e", total, whole),
        **_range("total_kg_co2e", total, whole),
    }


def _times(kwh: float, factor: float | None) -> float | None:
    return None if factor is None else kwh * factor


def _range(name: str, central: float, widths: tuple[float, float]) -> dict[str, float]:
    """Low and high of a figure from squared log widths."""
    down, up = (math.sqrt(w) for w in widths)
    return {f"{name}_low": central * math.exp(-down), f"{name}_high": central * math.exp(up)}
