"""The lines of an estate in few cells: alike in file, match, gaps and factors, with their devices and kilograms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from greendigital.columns import STAGE_COLUMNS
from greendigital.estimation.devices import resolve_device
from greendigital.estimation.network_devices import with_network_figures
from greendigital.factorset import FactorLibrary
from greendigital.inventory import Assets
from greendigital.matching import match_device
from greendigital.recommendations.device import COMPUTERS, GONE
from greendigital.result import Footprint
from greendigital.uncertainty import FACTOR_COLUMNS

BLANKS = (
    "model",
    "manufacturer",
    "category",
    "serial_number",
    "status",
    "acquired_date",
    "site",
    "country",
    "location_type",
    "os_name",
    "os_version",
    "last_seen_date",
    "price_gbp",
    "memory_gb",
)
"""Columns that a figure, an age or an advice may need, in the order they are told."""

_KEYS = (
    "source",
    "match_level",
    "status",
    "reason_code",
    "stages_missing",
    "category",
    "variant",
    "use_basis",
    "embodied_basis",
    "has_model",
    "has_date",
    "has_kwh",
    "has_grid",
    "has_mass",
    "has_room",
    "country_assumed",
    "os_gap",
    "written_maker",
    "written_model",
    "written_site",
)


@dataclass(frozen=True, slots=True)
class Counts:
    """Lines of a file: those that count, those merged into a line of another file, and those set aside by reason."""

    active: int
    joined_elsewhere: int
    set_aside: Mapping[str, int]


@dataclass
class Estate:
    """Cells of the lines, and the files they came from.

    Attributes
    ----------
    sources
        Files that list devices, by ``source_id``.
    cells
        Rows with :data:`_KEYS`, the factor columns, ``devices`` and kg CO2e by component; merged lines and lines set
        aside are in none.
    """

    footprint: Footprint
    sources: Sequence[str]
    cells: Sequence[Mapping[str, Any]]
    lines: Sequence[Mapping[str, Any]]

    @property
    def library(self) -> FactorLibrary:
        """The factor sets of the estimate."""
        return self.footprint.library

    def of(self, source: str | None) -> Sequence[Mapping[str, Any]]:
        """Cells of one file; of all for None."""
        return [cell for cell in self.cells if source in (None, cell["source"])]

    def counts(self, source: str) -> Counts:
        """What became of the lines of a file."""
        own = [row for row in self.lines if row["source"] == source]
        aside: Counter[str] = Counter()
        elsewhere = active = 0
        for row in own:
            if row["set_aside"]:
                aside[row["set_aside"]] += row["n"]
            elif row["into"] is None:
                active += row["n"]
            elif row["into"] == source:
                aside["duplicates"] += row["n"]
            else:
                elsewhere += row["n"]
        return Counts(active, elsewhere, dict(aside))

    @cached_property
    def weighed_categories(self) -> frozenset[str]:
        """Categories with a published mass."""
        return frozenset(f.extra.get("category", "") for f in self.library.find("device_mass"))

    def has_mass(self, cell: Mapping[str, Any]) -> bool:
        """Whether the mass of the devices of a cell is known: on the line, by category, or by model."""
        if cell["match_level"] == "F":
            return bool(cell["has_mass"])
        return bool(cell["has_mass"] or cell["category"] in self.weighed_categories or self._model_has_mass(cell))

    def _model_has_mass(self, cell: Mapping[str, Any]) -> bool:
        maker, model = cell["written_maker"], cell["written_model"]
        if not model:
            return False
        match = match_device(self.library, maker, model, cell["category"], None, None)
        figures = with_network_figures(self.library, resolve_device(self.library, match), match, maker or "", model)
        return figures.mass is not None


def estate_of(footprint: Footprint, assets: Assets) -> Estate:
    """The lines of a footprint in cells, with the gaps of the asset rows behind them."""
    store = footprint.store
    owners = {record.source_id for record in assets.inputs}
    names = {name: _owner(name, owners) for name in set(assets.table.column("source_id"))}
    store.connection.execute("CREATE OR REPLACE TEMP TABLE check_sources (source_id VARCHAR, source VARCHAR)")
    if names:
        store.connection.executemany("INSERT INTO check_sources VALUES (?, ?)", [list(item) for item in names.items()])
    store.connection.execute(
        "CREATE OR REPLACE TEMP TABLE check_rows AS SELECT r.*, s.source FROM assets r "
        "JOIN check_sources s USING (source_id)"
    )
    lines = store.query(
        "SELECT r.source, r.set_aside, k.source AS into, count(*) AS n FROM check_rows r "
        "LEFT JOIN check_rows k ON r.merged_into <> '' AND k.line_id = r.merged_into GROUP BY ALL"
    )
    weighed = sorted({f.extra.get("category", "") for f in footprint.library.find("device_mass")})
    cells = store.query(_cells_sql(), [weighed])
    sources = [record.source_id for record in assets.inputs if record.source_id in set(names.values())]
    return Estate(footprint, sources, cells, lines)


def _owner(name: str, owners: set[str]) -> str:
    """The file that a source belongs to: a further sheet stands under its file's name and its own."""
    return name if name in owners else max((o for o in owners if name.startswith(f"{o}!")), key=len, default=name)


def _cells_sql() -> str:
    def listed(words: Sequence[str]) -> str:
        return ", ".join(f"'{word}'" for word in words)

    keys = ", ".join(f'"{name}"' for name in (*_KEYS, *FACTOR_COLUMNS))
    sums = ", ".join(f'coalesce(sum("{name}"), 0) AS "{name}"' for name in STAGE_COLUMNS)
    # A name is needed only of a model that is not known, or whose weight its category does not tell.
    unclear = "(l.match_level IN ('E', 'F') OR NOT list_contains($1::VARCHAR[], l.category))"
    no_room = "(coalesce(r.location_type, '') = '' AND r.pue IS NULL AND starts_with(l.category, 'server'))"
    needs_system = f"l.category IN ({listed(COMPUTERS)}) AND coalesce(r.status, '') NOT IN ({listed(GONE)})"
    return f"""
    WITH found AS (
        SELECT l.*, r.source,
            coalesce(r.model, '') <> '' AS has_model, r.acquired_date IS NOT NULL AS has_date,
            l.annual_kwh IS NOT NULL AS has_kwh, l.grid_factor_id IS NOT NULL AS has_grid,
            r.mass_kg IS NOT NULL AS has_mass,
            NOT {no_room} AS has_room, coalesce(r.country_assumed, false) AS country_assumed,
            CASE WHEN NOT coalesce({needs_system}, false) THEN '' WHEN coalesce(r.os_name, '') = '' THEN 'os_name'
                WHEN coalesce(r.os_version, '') = '' AND coalesce(r.os_build, '') = '' THEN 'os_version'
                ELSE '' END AS os_gap,
            CASE WHEN {unclear} THEN r.manufacturer END AS written_maker,
            CASE WHEN {unclear} THEN r.model END AS written_model,
            CASE WHEN l.pue_factor_id IS NOT NULL OR {no_room} THEN r.site END AS written_site,
            row_number() OVER (PARTITION BY l.line_id ORDER BY l.part) = 1 AS is_first
        FROM lines l JOIN check_rows r USING (line_id)
        WHERE r.merged_into = '' AND r.set_aside = ''
    )
    SELECT {keys}, coalesce(sum(quantity) FILTER (is_first), 0) AS devices, count(*) FILTER (is_first) AS n_lines,
        {sums}
    FROM found GROUP BY {keys} ORDER BY {keys}
    """


def blanks_of(estate: Estate, source: str | None) -> dict[str, dict[str, float]]:
    """Blank cells by column: how many of the lines that count, and their share; a default counts as blank."""
    tests = [
        f'count(*) FILTER ({"country_assumed OR " if name == "country" else ""}coalesce(CAST("{name}" AS VARCHAR), '
        f"'') = '') AS \"{name}\""
        for name in BLANKS
    ]
    where = "merged_into = '' AND set_aside = '' AND (source = $1 OR $1 IS NULL)"
    row = estate.footprint.store.query(
        f"SELECT count(*) AS n, {', '.join(tests)} FROM check_rows WHERE {where}", [source]
    )[0]
    if not row["n"]:
        return {}
    return {name: {"lines": row[name], "share": row[name] / row["n"]} for name in BLANKS}
