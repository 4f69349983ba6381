"""What is refused in a table of device models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from greendigital.errors import Problem
from greendigital.factorset.check_rows import error, plausible_ranges
from greendigital.factorset.model import FactorSet
from greendigital.factorset.tables import rows_of

PRODUCTS = "products"
"""Name of the lookup table of device models; every set may hold one."""

BOUNDARIES = (
    "manufacture",
    "manufacture_transport",
    "manufacture_end_of_life",
    "manufacture_transport_end_of_life",
)
"""Life cycle stages that an embodied figure may hold."""

_UNITS = {
    "embodied_kg_co2e": "kg_co2e/device",
    "manufacture_kg_co2e": "kg_co2e/device",
    "transport_kg_co2e": "kg_co2e/device",
    "end_of_life_kg_co2e": "kg_co2e/device",
    "annual_use_kwh": "kwh/device*year",
    "weight_kg": "kg/device",
    "screen_size_inches": "inch",
}
_ACTIVITIES = {
    "embodied_kg_co2e": "device_embodied",
    "annual_use_kwh": "device_annual_use",
    "weight_kg": "device_mass",
}
_TEXTS = ("pcf_id", "manufacturer", "model", "device_type", "boundary", "upstream_status", "source_url", "source_id")
_OTHERS = ("usable_embodied", "usable_energy", "report_year")
_STATUSES = ("current", "removed")


def check_products(metadata: FactorSet) -> Iterator[Problem]:
    """Problems of a ``products`` table: columns, units, ids, boundaries, and figures that cannot be."""
    fields = {field["name"]: field for field in metadata.resources[PRODUCTS]["schema"]["fields"]}
    package = f"{metadata.name}/datapackage.json"
    for name in (*_TEXTS, *_UNITS, *_OTHERS):
        if name not in fields:
            message = f'The table of products has no field "{name}".'
            yield error(package, None, name, "column_missing", message, "Add it; it may stay empty where not known.")
    for name, unit in _UNITS.items():
        if name in fields and fields[name].get("unit") != unit:
            message = f'"{fields[name].get("unit")}" is not the unit of "{name}".'
            yield error(package, None, name, "unit_unexpected", message, f"Give the figures in {unit}.")
    file = f"{metadata.name}/{metadata.file(PRODUCTS).name}"
    seen: dict[str, int] = {}
    for number, row in rows_of(metadata.file(PRODUCTS)):
        yield from _check_product(file, number, row)
        pcf_id = row.get("pcf_id") or ""
        if pcf_id in seen:
            message = f'"{pcf_id}" stands in row {seen[pcf_id]} already.'
            yield error(file, number, "pcf_id", "duplicate_id", message, "Give every product its own id.")
        seen.setdefault(pcf_id, number)


def _check_product(file: str, number: int, row: Mapping[str, str]) -> Iterator[Problem]:
    for column in ("pcf_id", "manufacturer", "model"):
        if not (row.get(column) or "").strip():
            yield error(
                file, number, column, "value_missing", f"{column} is empty.", "A product needs id, maker and model."
            )
    if row.get("usable_embodied") == "true" and row.get("boundary") not in BOUNDARIES:
        message = f'"{row.get("boundary") or ""}" is no boundary of an embodied figure.'
        yield error(file, number, "boundary", "boundary_unknown", message, f"Write one of {', '.join(BOUNDARIES)}.")
    for flag, column in (("usable_embodied", "embodied_kg_co2e"), ("usable_energy", "annual_use_kwh")):
        if row.get(flag) == "true" and not row.get(column):
            message = f"{column} is empty, and {flag} says it can be used."
            yield error(file, number, column, "value_missing", message, "Give the figure, or write false.")
    status = row.get("upstream_status") or ""
    if not status.startswith(_STATUSES):
        message = f'"{status}" is no status of a document.'
        yield error(file, number, "upstream_status", "status_unknown", message, f"Write {' or '.join(_STATUSES)}.")
    ranges = plausible_ranges()
    for column, activity in _ACTIVITIES.items():
        try:
            value = float(row.get(column) or "nan")
        except ValueError:
            continue  # told by the check of types
        low, high = ranges[_UNITS[column], activity]
        if value < low or value > high:
            message = f'"{row[column]}" {_UNITS[column]} is not plausible: {low:g} to {high:g}.'
            yield error(file, number, column, "implausible_value", message, "Check the value and its unit.")
