"""Water of cloud data centres, a second figure beside the carbon: energy of the IT equipment times its WUE.

Source of the method: The Green Grid, Water Usage Effectiveness (2011), site WUE, and ISO/IEC 30134-9:2022: litres of
water that a data centre takes in a year, over the kWh of its IT equipment. Not the water of electricity generation.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from greendigital import frames
from greendigital.factorset import FactorLibrary
from greendigital.footprint.store import LineStore
from greendigital.period import Period

WUE_SET = "cloud-wue"
_SCOPES = ("region", "region_pattern", "continental_average_assigned_to_region")
"""Whose a figure is, the nearest to the region first."""
_KEY = ("provider", "region", "part")
_SCHEMA = {
    "provider": "string",
    "region": "string",
    "part": "int",
    "wue_litre_per_kwh": "float",
    "scope": "string",
    "year": "int",
    "source_id": "string",
}
IT_KWH = "use_kwh / nullif(pue, 0)"
"""Energy of the IT equipment of a line in kWh: before PUE."""
HAS_WATER = (
    "kind = 'cloud' AND status IN ('estimated', 'partial') AND coalesce(line_class, '') <> 'network' "
    "AND use_kwh IS NOT NULL AND pue IS NOT NULL"
)
"""Lines with energy inside a data centre of the provider: neither data transfer nor what is estimated from cost."""


def find_wue(library: FactorLibrary, provider: str, region: str, year: int) -> Mapping[str, Any] | None:
    """Row of ``cloud-wue`` for a region: its own, its area's, its continent's; the newest year not after ``year``.

    Parameters
    ----------
    year
        Year of the factors; where all figures of a kind are later, the earliest of them is taken, and one without a
        year stands behind those with one.

    Returns
    -------
    mapping or None
        ``wue_litre_per_kwh`` in litres per kWh of IT energy; None where none is published, which is never zero.
    """
    found = [
        row
        for row in library.table(WUE_SET, "wue")
        if row["provider"] == provider and re.fullmatch(row["region_pattern"], region.lower())
    ]
    if not found:
        return None

    def distance(row: Mapping[str, Any]) -> tuple[int, int]:
        published = row["year"] or 0
        return _SCOPES.index(row["scope"]), year - published if published <= year else 10_000 + published

    return min(found, key=distance)


def load_wue(store: LineStore, library: FactorLibrary, period: Period) -> None:
    """Make the table ``wue`` of the store: a row for each provider, region and part of the lines that has a figure."""
    years = {part.number: part.factor_year for part in period.parts}
    keys = store.query(f"SELECT DISTINCT {', '.join(_KEY)} FROM lines WHERE {HAS_WATER} AND region IS NOT NULL")
    rows = []
    for key in keys:
        row = find_wue(
            library, key["provider"] or "", key["region"], years.get(key["part"], period.parts[0].factor_year)
        )
        if row is not None:
            rows.append({**key, **{name: row[name] for name in _SCHEMA if name not in _KEY}})
    table = frames.duckdb_table(store.connection, {n: [r[n] for r in rows] for n in _SCHEMA}, _SCHEMA)
    table.create_view("wue_in", replace=True)
    store.connection.execute("CREATE OR REPLACE TABLE wue AS SELECT * FROM wue_in")


def water_document(store: LineStore, library: FactorLibrary, period: Period) -> dict[str, Any] | None:
    """The ``water`` of summary.json in litres; None where no line has energy in a data centre of a provider."""
    load_wue(store, library, period)
    regions = store.query(
        f"SELECT l.provider, l.region, w.wue_litre_per_kwh, w.scope, w.year, w.source_id, sum({IT_KWH}) AS it_kwh, "
        f"sum({IT_KWH} * w.wue_litre_per_kwh) AS litres FROM (SELECT * FROM lines WHERE {HAS_WATER}) l "
        "LEFT JOIN wue w ON w.provider = l.provider AND w.region = l.region AND w.part = l.part "
        "GROUP BY ALL ORDER BY litres DESC NULLS LAST, it_kwh DESC, l.provider, l.region, w.year"
    )
    if not regions:
        return None
    providers: dict[str | None, list[dict[str, Any]]] = defaultdict(list)
    for row in regions:
        providers[row["provider"]].append(row)
    return {
        **_whole(regions),
        "by_provider": [{"provider": name, **_whole(rows)} for name, rows in providers.items()],
        "by_region": regions,
        "sources": _sources(library, [row["source_id"] for row in regions if row["source_id"]]),
    }


def _whole(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Litres of several regions, and the share of their IT energy that has a WUE."""
    energy = sum(row["it_kwh"] for row in rows)
    told = [row for row in rows if row["litres"] is not None]
    covered = sum(row["it_kwh"] for row in told)
    return {
        # No publisher gives a range of a WUE: low and high are not known, and are not made up.
        "litres": {"low": None, "central": sum(row["litres"] for row in told) if told else None, "high": None},
        "it_kwh": energy,
        "covered_share": covered / energy if energy else None,
    }


def _sources(library: FactorLibrary, ids: Sequence[str]) -> list[dict[str, str]]:
    found = []
    for source_id in sorted(set(ids)):
        source = library.source(WUE_SET, source_id)
        year = f", {source.year}" if source.year and source.year not in source.title else ""
        found.append(
            {
                "source_id": source_id,
                "source": f"{source.publisher}: {source.title}{year}" + (f" ({source.url})" if source.url else ""),
                "licence": source.licence,
            }
        )
    return found
