"""The Carbon Footprint export of Google Cloud from BigQuery: nested, or flattened with dots or underscores.

Source of the columns and their unit (kg of CO2 equivalent): Google Cloud, "Carbon Footprint export data schema". The
figure of scope 3 is one, and stands in the location- and the market-based total alike.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from greendigital.reconciliation.emissions import Emission, lacks_column, month_of, number_of, text_of

_TOTALS = "carbon_footprint_total_kgco2e"
_SCOPES = "carbon_footprint_kgco2e"
_FIGURES = {
    "location": f"{_TOTALS}_location_based",
    "market": f"{_TOTALS}_market_based",
    "scope_1": f"{_SCOPES}_scope1",
    "scope_2_location": f"{_SCOPES}_scope2_location_based",
    "scope_2_market": f"{_SCOPES}_scope2_market_based",
    "scope_3_location": f"{_SCOPES}_scope3",
    "scope_3_market": f"{_SCOPES}_scope3",
}
_NEEDED = ("usage_month", "service_description", "location_region")


def is_google(columns: Collection[str]) -> bool:
    """Whether columns are those of Google's export, or nearly so."""
    return any(name.lower().startswith("carbon_footprint") for name in columns)


def flat(row: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """A row with the fields of its records as columns of their own: ``project.id`` is ``project_id``."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        key = f"{before}{name}".replace(".", "_").lower()
        if isinstance(value, Mapping):
            found |= flat(value, f"{key}_")
        else:
            found[key] = value
    return found


def emissions_of(rows: Iterator[tuple[int, Mapping[str, Any]]], columns: Collection[str], file: str) -> list[Emission]:
    """Records of the rows, kg CO2e.

    Raises
    ------
    InputError
        If a column is missing, or a value cannot be used.
    """
    found, seen = [], {name.replace(".", "_").lower() for name in columns}
    for number, nested in rows:
        row = flat(nested)
        seen |= row.keys()
        found.append(_emission(row, file, number))
    missing = [name for name in _NEEDED if name not in seen]
    missing += ["project_id"] if not {"project_id", "project_number"} & seen else []
    missing += [_FIGURES["location"]] if not {_FIGURES["location"], _FIGURES["market"]} & seen else []
    if missing:
        raise lacks_column(file, "a Carbon Footprint export of Google Cloud", missing)
    return found


def _emission(row: Mapping[str, Any], file: str, number: int) -> Emission:
    return Emission(
        provider="gcp",
        view="export",
        account=text_of(row.get("project_id")) or text_of(row.get("project_number")),
        service=text_of(row.get("service_description")),
        region=text_of(row.get("location_region")),
        month=month_of(row.get("usage_month"), file, number, "usage_month"),
        figures={name: number_of(row.get(column), file, number, column) for name, column in _FIGURES.items()},
        item=text_of(row.get("location_location")) or "",
        model_version=text_of(row.get("carbon_model_version")) or "",
        file=file,
        row=number,
    )
