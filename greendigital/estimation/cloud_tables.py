"""Resolution tables of the cloud body: distinct usage kinds and distinct regions by part of the period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from greendigital.estimation.cloud_activity import CloudActivity, region_country, region_zone
from greendigital.estimation.cloud_method import cloud_method
from greendigital.estimation.tables import GRID_SCHEMA, RunTables, Table, columnar
from greendigital.factorset import Factor

ACTIVITY_KEY = (
    "provider",
    "service",
    "quantity_kind",
    "instance_type",
    "storage_class",
    "transfer_path",
    "load_state",
)
REGION_KEY = ("provider", "region")
SPAN_KEY = ("period_start", "period_end")

_ACTIVITY_SCHEMA = {
    "_activity_key": "string",
    "line_class": "string",
    "expects_use": "float",
    "expects_embodied": "float",
    "expects_network": "float",
    "embodied_complete": "float",
    "kwh_per_unit": "float",
    "network_kwh_per_unit": "float",
    "embodied_per_unit": "float",
    "pue_applies": "float",
    "hours_per_unit": "float",
    "utilisation_share": "float",
    "energy_factor_id": "string",
    "utilisation_factor_id": "string",
    "replication_factor_id": "string",
    "network_factor_id": "string",
    "embodied_factor_id": "string",
    "life_factor_id": "string",
    "life_years": "float",
    "use_basis": "string",
    "embodied_basis": "string",
    "kwh_down2": "float",
    "kwh_up2": "float",
    "network_down2": "float",
    "network_up2": "float",
    "embodied_down2": "float",
    "embodied_up2": "float",
}


def activity_table(tables: RunTables, keys: Sequence[Mapping[str, str]]) -> Table:
    """What one unit of each distinct kind of usage means in kWh and embodied kg CO2e."""
    rows = []
    method = cloud_method(tables)
    for factor in method.settings.own:
        tables.use(factor)
    for key in keys:
        found = method.activity(key)
        rows.append({"_activity_key": key["_activity_key"], **_activity_values(tables, found)})
    return columnar(rows, _ACTIVITY_SCHEMA)


def _activity_values(tables: RunTables, found: CloudActivity) -> dict[str, Any]:
    kwh = _summed(tables, found.energy_factor, found.utilisation_factor, found.replication_factor)
    embodied = _summed(tables, found.embodied_factor, found.replication_factor)
    network = _summed(tables, found.network_factor)
    return {
        "line_class": found.line_class,
        "expects_use": float("use" in found.stages),
        "expects_embodied": float("embodied" in found.stages),
        "expects_network": float("network" in found.stages),
        "embodied_complete": float(found.embodied_complete),
        "kwh_per_unit": found.kwh_per_unit,
        "network_kwh_per_unit": found.network_kwh_per_unit,
        "embodied_per_unit": found.embodied_kg_per_unit,
        "pue_applies": float(found.pue_applies),
        "hours_per_unit": found.hours_per_unit,
        "utilisation_share": found.utilisation_share,
        "energy_factor_id": tables.use(found.energy_factor),
        "utilisation_factor_id": tables.use(found.utilisation_factor),
        "replication_factor_id": tables.use(found.replication_factor),
        "network_factor_id": tables.use(found.network_factor),
        "embodied_factor_id": tables.use(found.embodied_factor),
        "life_factor_id": tables.use(found.life),
        "life_years": found.life.value if found.life else None,
        "use_basis": found.use_basis,
        "embodied_basis": found.embodied_basis,
        "kwh_down2": kwh[0],
        "kwh_up2": kwh[1],
        "network_down2": network[0],
        "network_up2": network[1],
        "embodied_down2": embodied[0],
        "embodied_up2": embodied[1],
    }


def _summed(tables: RunTables, *factors: Factor | None) -> tuple[float, float]:
    widths = [tables.widths(f) for f in factors]
    return sum(w[0] for w in widths), sum(w[1] for w in widths)


_SEEN_SCHEMA = {"meter_rule_id": "string", "meter_seen": "string"}


def seen_table(tables: RunTables) -> Table:
    """How well the example of each meter rule was seen: letter for letter, by its shape, or not."""
    rules = tables.library.table("cloud-meters", "rules")
    return columnar([{"meter_rule_id": row["rule_id"], "meter_seen": row["seen"]} for row in rules], _SEEN_SCHEMA)


_SPAN_SCHEMA = {"_span_key": "string", "period_part": "int", "last_day": "string"}


def span_table(tables: RunTables, keys: Sequence[Mapping[str, str]]) -> Table:
    """Part of the period in which each charge period starts (none: outside), and its last day, included."""
    rows: list[dict[str, Any]] = []
    for key in keys:
        first = _day(key["period_start"])
        after = _day(key["period_end"])
        part = next((p.number for p in tables.period.parts if first and p.start <= first <= p.end), None)
        last = max(first, after - timedelta(days=1)) if first and after else first
        rows.append({"_span_key": key["_span_key"], "period_part": part, "last_day": last.isoformat() if last else ""})
    return columnar(rows, _SPAN_SCHEMA)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


_REGION_SCHEMA = {
    "_region_key": "string",
    "period_part": "int",
    "country": "string",
    "pue_region": "float",
    "pue_factor_id": "string",
    "pue_down2": "float",
    "pue_up2": "float",
    **GRID_SCHEMA,
}


def region_table(tables: RunTables, keys: Sequence[Mapping[str, str]]) -> Table:
    """Country, PUE and electricity factors of each distinct region, by part of the period."""
    rows = []
    method = cloud_method(tables)
    for key in keys:
        country = region_country(tables.library, key["provider"], key["region"]) or ""
        zone = region_zone(tables.library, key["provider"], key["region"])
        for part in tables.period.parts:
            pue = method.pue(key["provider"], key["region"], part.factor_year)
            grid = method.electricity(key["provider"], key["region"], country, part.factor_year, zone)
            rows.append(
                {
                    "_region_key": key["_region_key"],
                    "period_part": part.number,
                    "country": country,
                    **_pue_values(tables, pue, method.pue_without_figure),
                    **tables.electricity_values(grid),
                }
            )
    return columnar(rows, _REGION_SCHEMA)


def _pue_values(tables: RunTables, pue: Factor | None, without: float | None) -> dict[str, Any]:
    down2, up2 = tables.widths(pue)
    return {
        "pue_region": pue.value if pue else without,
        "pue_factor_id": tables.use(pue),
        "pue_down2": down2,
        "pue_up2": up2,
    }
