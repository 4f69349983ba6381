"""What the advice needs to know of each line, taken from the lines and the factors used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from greendigital.footprint.store import LineStore


def device_facts(store: LineStore, factors: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Hardware lines by ``line_id`` (first part), with per-device figures of the model.

    Added keys: ``device_embodied_kg_co2e``, ``..._low``, ``..._high`` of one new device, ``device_life_years``,
    ``device_annual_kwh``, ``device_grid_kg_co2e_per_kwh`` (generation, losses and well-to-tank, or life cycle).
    """
    known = {f["factor_id"]: f for f in factors}
    rows = store.query(
        "SELECT * FROM lines WHERE kind = 'hardware' QUALIFY row_number() OVER (PARTITION BY line_id ORDER BY part) = 1"
    )
    found = {}
    for row in rows:
        embodied = row["device_embodied_kg_co2e"]
        factor = known.get(row["embodied_factor_id"] or "")
        low = high = embodied
        if factor and embodied is not None and factor["value"]:
            low = embodied * factor["low_p5"] / factor["value"]
            high = embodied * factor["high_p95"] / factor["value"]
        grid = [
            known[row[c]]["value"] for c in ("grid_factor_id", "loss_factor_id", "wtt_factor_id") if row[c] in known
        ]
        found[row["line_id"]] = {
            **row,
            "device_embodied_kg_co2e_low": low,
            "device_embodied_kg_co2e_high": high,
            "device_life_years": row["life_years"],
            "device_annual_kwh": row["annual_kwh"],
            "device_grid_kg_co2e_per_kwh": sum(grid) if grid else None,
        }
    return found


def cloud_facts(store: LineStore) -> list[dict[str, Any]]:
    """Physical cloud lines with ``resource_id``, ``tags`` and ``span_hours``, the hours of the charge period."""
    return store.query(
        "SELECT *, (date_diff('day', period_start, period_end) + 1) * 24.0 AS span_hours FROM lines "
        "WHERE kind = 'cloud' AND status IN ('estimated', 'partial') ORDER BY source_id, source_row"
    )
