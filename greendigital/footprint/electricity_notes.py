"""What a reader must know of the electricity factors of a run: provisional, old, of zones, of one's own."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from greendigital.config import Config
from greendigital.errors import Problem
from greendigital.factorset import Factor, FactorLibrary
from greendigital.footprint.store import LineStore
from greendigital.period import Period

_OLD_ELECTRICITY_YEARS = 2


def electricity_notes(
    store: LineStore, period: Period, used: Mapping[str, Factor], library: FactorLibrary, config: Config
) -> list[Problem]:
    """Provisional edition, old data, upstream included, zones that have no effect, factors of one's own."""
    found = [note for year, factor in _electricity(store, period, used) for note in _lag_notes(year, factor)]
    found += _zones_unknown(library, config)
    found += _mixed_places(store, used, library)
    found += _own_electricity(used, library, store)
    if store.query("SELECT 1 FROM lines WHERE kind = 'hardware' AND use_life_cycle_kg_co2e > 0 LIMIT 1"):
        found.append(
            Problem(
                "note",
                "includes_upstream",
                "Electricity of own sites abroad is a life-cycle figure: it stands in scope 2 and includes upstream.",
            )
        )
    return found


def _electricity(store: LineStore, period: Period, used: Mapping[str, Factor]) -> list[tuple[int, Factor]]:
    """Each electricity factor with the newest factor year of the parts it was used for."""
    newest: dict[str, int] = {}
    rows = store.query("SELECT DISTINCT part, grid_factor_id AS id FROM lines WHERE grid_factor_id IS NOT NULL")
    for row in rows:
        # The home share of a hybrid device is numbered on after the last part.
        year = period.parts[(row["part"] - 1) % len(period.parts)].factor_year
        newest[row["id"]] = max(year, newest.get(row["id"], 0))
    return [(year, used[i]) for i, year in sorted(newest.items()) if i in used and used[i].valid_from is not None]


def _lag_notes(year: int, factor: Factor) -> Iterator[Problem]:
    """Warnings where the factor is of an earlier edition than the year, or of data that are too old for it."""
    assert factor.valid_from is not None
    edition = factor.valid_from.year
    if factor.basis == "direct" and year > edition:
        yield Problem(
            "warning",
            "provisional_edition",
            f'There is no edition of "{factor.activity}" for {year} yet; {edition} stands in.',
            "Import the edition with greendigital factors import once it is published, and run again.",
        )
    lag = year - (factor.data_year or edition)
    if lag > _OLD_ELECTRICITY_YEARS:
        yield Problem(
            "warning",
            "old_electricity_factor",
            f'The newest electricity intensity of "{factor.region}" is of {factor.data_year or edition}, '
            f"{lag} years before the period ({factor.factor_id}).",
            "Import a newer table with greendigital factors import, and give it with --factors.",
        )


def _zones_unknown(library: FactorLibrary, config: Config) -> Iterator[Problem]:
    """A warning for each site whose grid zone no set given holds: its country's factor was used."""
    zones = {f.region for f in library.find("electricity_consumption")}
    for site in (s for s in config.site_list if s.grid_zone):
        if (site.country or config.country) == "GBR":
            message = (
                f'The grid zone of the site "{site.name}" has no effect: UK sites take the UK government\'s factors.'
            )
            yield Problem("note", "grid_zone_unused", message)
        elif site.grid_zone not in zones:
            near = difflib.get_close_matches(site.grid_zone, zones, n=1)
            yield Problem(
                "warning",
                "grid_zone_unknown",
                f'The grid zone "{site.grid_zone}" of the site "{site.name}" is in no factor set given; '
                "the figure of its country was used.",
                (f"Did you mean {near[0]}?" if near else "Write the zone as the set does.")
                if zones
                else "Add --factors electricity-maps-zones.",
            )


def _mixed_places(store: LineStore, used: Mapping[str, Factor], library: FactorLibrary) -> Iterator[Problem]:
    """A note where some electricity abroad is of grid zones and some of whole countries: the two do not compare."""
    if not library.find("electricity_consumption"):
        return
    rows = store.query(
        "SELECT DISTINCT coalesce(provider || ' ' || region, site, country) AS place, grid_factor_id AS id FROM lines "
        "WHERE grid_factor_id IS NOT NULL ORDER BY place"
    )
    places = [r["place"] for r in rows if r["id"] in used and used[r["id"]].basis == "life_cycle"]
    if places:
        named = ", ".join(str(p) for p in places[:5]) + (f" and {len(places) - 5} more" if len(places) > 5 else "")
        yield Problem(
            "note",
            "places_not_comparable",
            f"No grid zone is known of {named}: they stand at the figure of their country, whose basis is another.",
            "Compare places of one basis only.",
        )


def _own_electricity(used: Mapping[str, Factor], library: FactorLibrary, store: LineStore) -> Iterator[Problem]:
    """A note where the location-based figure rests on an electricity factor of the organisation's own."""
    named = store.used_factor_ids()
    for factor in used.values():
        if factor.factor_id in named and factor.activity == "electricity_generation" and library.is_override(factor):
            yield Problem(
                "note",
                "own_electricity_factor",
                f"The location-based figure of scope 2 uses {factor.factor_id} {factor.note}.",
                "Contracts and certificates belong under [[instruments]], beside the location-based figure.",
            )
