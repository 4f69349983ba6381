"""Published methods of others as resolution tables: Cloud Carbon Footprint and Boavizta.

They give the figures that those tools document, so that a user can see why tools differ; parameters and sources stand
in the factor set ``cloud-presets``. Where a method has no figure it gives none: this program's own never stands in.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from greendigital.estimation.cloud_settings import CloudSettings, cloud_settings
from greendigital.estimation.grid import GridFactors
from greendigital.estimation.tables import RunTables
from greendigital.factorset import Factor, FactorLibrary

_SET = "cloud-presets"


class Preset:
    """What both have in common: parameters by name, PUE and electricity from tables."""

    name = ""
    short = ""
    pue_without_figure: float | None = None

    def __init__(self, tables: RunTables) -> None:
        self.library = tables.library
        published = {"utilisation": f"{self.short}-utilisation", "server_life_years": f"{self.short}-server-life"}
        self.settings: CloudSettings = cloud_settings(tables.library, tables.config.cloud, published)

    def value(self, parameter: str) -> float:
        """The value of a parameter of the method."""
        return self.parameter(parameter).value

    def parameter(self, parameter: str) -> Factor:
        """A parameter of the method, or what takes its place."""
        return self.library.factor(f"{self.short}-{parameter}")

    def rows(self, table: str) -> list[Mapping[str, Any]]:
        """Rows of a table that are of this method."""
        return rows_of(self.library, table, self.name)

    def factor(self, name: str, value: float, unit: str, width_kind: str, **fields: Any) -> Factor:
        """A figure of the method, under an id of its own."""
        found = Factor(
            factor_id=f"preset:{self.name}:{name}",
            activity=fields.pop("activity", "cloud_preset"),
            value=value,
            unit=unit,
            set_name=_SET,
            edition=self.library.sets[_SET].edition,
            width_kind=width_kind,
            **fields,
        )
        return self.library.in_place_of(found)

    def pue(self, provider: str, region: str, year: int) -> Factor | None:
        """PUE of the region, else of the provider; the method knows no years."""
        row = _of_place(self.rows("pue"), provider, region.lower())
        if row is None:
            return None
        return self.factor(
            f"pue:{provider}:{row['region'] or 'all'}",
            row["pue"],
            "ratio",
            "pue",
            activity="pue_cloud",
            error_group=f"pue:{provider}",
            source_id=row["source_id"],
            source_locator=row["source_locator"],
        )

    def electricity(self, provider: str, region: str, country: str, year: int, zone: str) -> GridFactors:
        """One figure of the method for the region or its country; losses and well-to-tank are not added to it."""
        row = _of_place(self.rows("electricity"), provider, region.lower(), country)
        if row is None:
            return GridFactors(year=year)
        place = f"{row['provider'] or 'country'}:{row['region'] or (row['country'] or 'average').lower()}"
        return GridFactors(
            life_cycle=self.factor(
                f"electricity:{place}",
                row["kg_co2e_per_kwh"],
                "kg_co2e/kwh",
                "electricity_life_cycle",
                activity="electricity_life_cycle",
                basis="not stated",
                region=row["country"] or "",
                source_id=row["source_id"],
                source_locator=row["source_locator"],
            ),
            year=year,
        )


@lru_cache(maxsize=32)
def rows_of(library: FactorLibrary, table: str, method: str) -> list[Mapping[str, Any]]:
    """Rows of a table of the set that are of a method."""
    return [row for row in library.table(_SET, table) if row["method"] == method]


def _of_place(rows: list[Mapping[str, Any]], provider: str, region: str, country: str = "") -> Mapping[str, Any] | None:
    """The row of a region, else of its country, else of any region of the provider."""
    exact = [r for r in rows if r["region"] and (r["provider"], r["region"]) == (provider, region)]
    of_country = [r for r in rows if country and r.get("country") == country]
    of_all = [r for r in rows if r["provider"] == provider and not r["region"] and not r.get("country")]
    return next(iter(exact or of_country or of_all), None)


@lru_cache(maxsize=8)
def row_by_type(library: FactorLibrary, table: str, method: str) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Rows of a table of a method by provider and instance type."""
    return {(r["provider"], r["instance_type"]): r for r in rows_of(library, table, method)}
