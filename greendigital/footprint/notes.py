"""What a reader must know beside the figures: left out, provisional, old or assumed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping

from greendigital.config import Config
from greendigital.errors import Problem
from greendigital.factorset import OVERRIDES, REPLACED, Factor, FactorLibrary
from greendigital.footprint.store import LineStore
from greendigital.period import Period

_OLD_ELECTRICITY_YEARS = 2
_FAR = 10.0
"""A figure more than so many times another is taken for a slip of unit, and told."""

REASONS = {
    "outside_period": "outside the period",
    "retired_without_date": "retired or disposed without a date",
    "retired_before_acquired": "retired before they were acquired",
    "not_matched": "model and category unknown",
    "no_factor": "no published figure for the category",
    "total_row": "totals of the source file",
    "virtual_machine": "virtual machines, not hardware",
    "placeholder": "firmware placeholders",
    "row_too_long": "more cells than the header",
    "invalid_quantity": "a quantity that cannot be used",
    "tax": "tax",
    "credit": "credits",
    "purchase": "purchases of commitments",
    "refund": "refunds",
    "support": "support charges",
    "adjustment": "adjustments",
    "rounding": "rounding",
    "unused_commitment": "unused commitments",
    "not_physical": "licences, fees and other charges that are not physical",
    "counted_elsewhere": "the far side of a transfer, counted once elsewhere",
    "no_basis": "no factor and no ratio of the bill to estimate by",
    "charge_period_missing": "no charge period",
}
"""Reason codes of excluded lines, in words."""

STAGES_MISSING = {
    "use": "electricity",
    "use_losses": "losses of the grid",
    "use_wtt": "well-to-tank",
    "embodied": "embodied carbon",
    "network": "data transfer",
}
"""Codes of missing stages, in words."""

_ALWAYS = (
    "Software, services and staff devices that are in none of the files.",
    "Networks of others between the provider and the reader of a page; access networks are off by default.",
    "Water, minerals and other impacts than greenhouse gases.",
)


def not_covered(store: LineStore) -> list[str]:
    """Sentences on what the footprint leaves out, with counts."""
    rows = store.query(
        "SELECT kind, reason_code, count(DISTINCT line_id) AS n FROM lines WHERE status = 'excluded' "
        "GROUP BY ALL ORDER BY n DESC, kind, reason_code"
    )
    found = [
        f"{row['n']:,} {'asset' if row['kind'] == 'hardware' else 'bill'} "
        f"line{'s' if row['n'] != 1 else ''} excluded: {REASONS.get(row['reason_code'], row['reason_code'])}."
        for row in rows
    ]
    gaps = store.query(
        "SELECT coalesce(category, service, 'unknown') AS what, stages_missing, count(DISTINCT line_id) AS n "
        "FROM lines "
        "WHERE status = 'partial' GROUP BY ALL ORDER BY n DESC, what"
    )
    found += [
        f"{row['n']:,} line{'s' if row['n'] != 1 else ''} of {row['what'].replace('_', ' ')} without a whole figure "
        f"for {' and '.join(STAGES_MISSING[s] for s in row['stages_missing'].split(','))}; what is known is counted."
        for row in gaps
    ]
    waste = store.query(
        "SELECT category, count(DISTINCT line_id) AS n FROM lines WHERE disposal_kg_co2e IS NULL AND "
        "status IN ('estimated', 'partial') AND kind = 'hardware' GROUP BY category ORDER BY n DESC"
    )
    found += [
        f"Waste treatment of {row['n']:,} {row['category']} that left: mass or waste factor unknown." for row in waste
    ]
    moved = store.query("SELECT sum(transferred_kg_co2e) AS kg FROM lines")[0]["kg"]
    if moved:
        found.append(f"{moved:,.0f} kg CO2e of embodied carbon went on with devices to other owners, not charged here.")
    return [*found, *_ALWAYS]


def run_notes(
    store: LineStore, period: Period, used: Mapping[str, Factor], library: FactorLibrary, config: Config
) -> list[Problem]:
    """Notes and warnings on the factors of the run: provisional edition, old electricity data, upstream included."""
    found = [note for year, factor in _electricity(store, period, used) for note in _lag_notes(year, factor)]
    found += _unused_overrides(store, library, used)
    found += _zones_unknown(library, config)
    found += _mixed_places(store, used, library)
    found += _own_electricity(used, library, store)
    found += _far_overrides(used, library, store)
    found += _unused_sets(used, library, store)
    found += _months_missing(store, period)
    if store.query("SELECT 1 FROM lines WHERE kind = 'hardware' AND use_life_cycle_kg_co2e > 0 LIMIT 1"):
        found.append(
            Problem(
                "note",
                "includes_upstream",
                "Electricity of own sites abroad is a life-cycle figure: it stands in scope 2 and includes upstream.",
            )
        )
    return found


def _months_missing(store: LineStore, period: Period) -> list[Problem]:
    """A warning for each bill that does not cover every month of the period: nothing is scaled up."""
    rows = store.query(
        "SELECT source_id, list(DISTINCT strftime(period_start, '%Y-%m')) FILTER (status <> 'excluded') AS months "
        "FROM lines WHERE kind = 'cloud' GROUP BY source_id ORDER BY source_id"
    )
    wanted = period.months()
    found = []
    for row in rows:
        covered = sorted(set(row["months"] or ()) & set(wanted))
        if covered and len(covered) < len(wanted):
            missing = [month for month in wanted if month not in covered]
            named = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
            found.append(
                Problem(
                    "warning",
                    "months_missing",
                    f"The bill covers {len(covered)} of the {len(wanted)} months of the period ({named} missing); "
                    "nothing is scaled up.",
                    "Add the other months, or shorten --period.",
                    row["source_id"],
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


def _far_overrides(used: Mapping[str, Factor], library: FactorLibrary, store: LineStore) -> Iterator[Problem]:
    """A warning where a figure is far from the one it takes the place of: most often its unit slipped."""
    named = store.used_factor_ids()
    for factor in (f for f in used.values() if f.factor_id in named and library.is_override(f)):
        old = float(factor.extra.get(REPLACED, 0))
        if old and not 1 / _FAR <= factor.value / old <= _FAR:
            yield Problem(
                "warning",
                "override_far_from_published",
                f"{factor.factor_id}, {factor.value:g} {factor.unit}, stands in place of {old:g}: "
                f"{factor.value / old:.3g} times as much.",
                "Check its unit.",
            )


def _unused_sets(used: Mapping[str, Factor], library: FactorLibrary, store: LineStore) -> Iterator[Problem]:
    """A note for each set given beside the shipped ones that no line uses."""
    named = [used[i] for i in store.used_factor_ids() if i in used]
    made_of = " ".join(f.note for f in named if f.set_name == "derived")
    replaced = {old for f in named for old in f.supersedes.split()}
    names = {f.set_name for f in named}
    names |= {f.set_name for i, f in used.items() if _is_named(i, made_of)}
    for name in (n for n in library.sets if library.layer(n) and n != OVERRIDES):
        ids = (
            [str(row["pcf_id"]) for row in library.table(name, "products")]
            if "products" in library.sets[name].lookups
            else []
        )
        ids += [f.factor_id for f in library.factors_of(name)]
        if replaced & set(ids) or any(_is_named(i, made_of) for i in ids if i.split(":")[0] in made_of):
            names.add(name)
    for name, metadata in library.sets.items():
        held = {a for activities in metadata.factor_resources.values() for a in activities}
        if library.layer(name) and name not in (*names, OVERRIDES) and "assumption" not in held:
            message = f'No line uses a figure of the set "{name}": it has none of this period, these places or models.'
            yield Problem("note", "set_unused", message)


def _is_named(factor_id: str, note: str) -> bool:
    """Whether the note of a derived factor names a factor that it was made of."""
    return bool(re.search(rf"[( ]{re.escape(factor_id)}[,)]", note))


def _what_is_used(name: str, by_activity: Mapping[str, str], used: Collection[str], library: FactorLibrary) -> str:
    """What the report used where the override was meant to be used, as far as that can be told."""
    published = library.published(name)
    if published is not None and published.activity in by_activity:
        return f"This report uses {by_activity[published.activity]}."
    near = difflib.get_close_matches(name, used, n=1)
    if near:
        return f"Did you mean {near[0]}?"
    return "Compare its id or model with greendigital explain, or take it out."


def _unused_overrides(
    store: LineStore, library: FactorLibrary, used_factors: Mapping[str, Factor]
) -> Iterator[Problem]:
    """A warning for each override that no line uses: most often its id or model is mistyped."""
    used = set(store.used_factor_ids())
    made_of = " ".join(str(f["note"]) for f in store.factors() if f["set"] == "derived")
    stand_in = {f.activity: i for i, f in used_factors.items() if i in used}
    for name, ids in library.own_figures().items():
        if not any(i in used or _is_named(i, made_of) for i in ids) and not name.startswith("assumption-"):
            yield Problem(
                "warning",
                "override_unused",
                f'No line uses the override of "{name}".',
                _what_is_used(name, stand_in, used, library),
            )
