"""The carbon emissions data export of AWS: 23 columns since model v3, 11 before it (market-based only).

Source of the columns and their unit: AWS, Data Exports User Guide, "Carbon emissions columns" (metric tons of carbon
dioxide equivalent, written MTCO2e).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

from greendigital.errors import InputError, Problem, UnitError
from greendigital.reconciliation.emissions import Emission, lacks_column, month_of, number_of, text_of
from greendigital.units import factor_between, nearest

_NEEDED = ("usage_account_id", "usage_period_start", "region_code", "product_code")
_VALUES = {
    "location": "total_lbm_emissions",
    "market": "total_mbm_emissions",
    "scope_1": "total_scope_1_emissions",
    "scope_2_location": "total_scope_2_lbm_emissions",
    "scope_2_market": "total_scope_2_mbm_emissions",
    "scope_3_location": "total_scope_3_lbm_emissions",
    "scope_3_market": "total_scope_3_mbm_emissions",
}
_METRIC_TON = {"mtco2e": "t_co2e"}
"""M is for metric here, not for a million."""


def is_aws(columns: Collection[str]) -> bool:
    """Whether columns are those of an AWS carbon export, or nearly so."""
    has_value = any(c.startswith("total_") and c.endswith("_emissions_value") for c in columns)
    return has_value or sum(c in columns for c in ("usage_account_id", "model_version", *_NEEDED)) > len(_NEEDED)


def emissions_of(rows: Iterator[tuple[int, Mapping[str, Any]]], columns: Collection[str], file: str) -> list[Emission]:
    """Records of the rows, tonnes turned into kg CO2e.

    Raises
    ------
    InputError
        If a column is missing, or a value or unit cannot be used.
    """
    figures = {name: stem for name, stem in _VALUES.items() if f"{stem}_value" in columns}
    missing = [name for name in _NEEDED if name not in columns]
    missing += [f"{stem}_unit" for stem in figures.values() if f"{stem}_unit" not in columns]
    if not {"location", "market"} & figures.keys():
        missing.append("total_lbm_emissions_value")
    if missing:
        raise lacks_column(file, "a carbon export of AWS", missing)
    return [
        Emission(
            provider="aws",
            view="export",
            account=text_of(row["usage_account_id"]),
            service=text_of(row["product_code"]),
            region=text_of(row["region_code"]),
            month=month_of(row["usage_period_start"], file, number, "usage_period_start"),
            figures={name: _kilograms(row, stem, file, number) for name, stem in figures.items()},
            model_version=text_of(row.get("model_version")) or "",
            # To the second, and alike in CSV and Parquet, so that two can be compared.
            refreshed=(text_of(row.get("last_refresh_timestamp")) or "")[:19].replace("T", " "),
            file=file,
            row=number,
        )
        for number, row in rows
    ]


def _kilograms(row: Mapping[str, Any], stem: str, file: str, number: int) -> float | None:
    value = number_of(row[f"{stem}_value"], file, number, f"{stem}_value")
    if value is None:
        return None
    unit = text_of(row[f"{stem}_unit"]) or ""
    try:
        return value * _kilograms_per(unit)
    except UnitError:
        raise InputError(
            Problem(
                "error",
                "export_unit_unknown",
                f'"{unit}" is not a known unit of emissions.',
                "AWS writes MTCO2e; export it again.",
                file,
                number,
                f"{stem}_unit",
            )
        ) from None


@lru_cache(maxsize=64)
def _kilograms_per(unit: str) -> float:
    """Kilograms of one unit; a file has hardly more than one of them in all its rows."""
    return factor_between(_METRIC_TON.get(unit.lower()) or nearest(unit, like="kg_co2e") or unit, "kg_co2e")
