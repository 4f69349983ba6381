"""What is in the factor sets, for people: a list of the sets, and everything known about one key."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from greendigital.errors import FactorError
from greendigital.factorset.check_rows import same_thing
from greendigital.factorset.library import FactorLibrary
from greendigital.factorset.model import Factor, FactorSet, Source
from greendigital.factorset.tables import read_sources, rows_of

_YEAR_FIELDS = ("data_year", "report_year", "year")
_NOT_KEYS = ("source_id", "source_url", "url", "note", "quality", "reason", "quality_flags")
_MOST_ROWS = 20
_MOST_NEAR = 6


@dataclass(frozen=True, slots=True)
class SetFacts:
    """A line of ``greendigital factors list``.

    Attributes
    ----------
    rows
        Factors and lookup rows together.
    newest_data_year
        Newest year that a row's data are of; None where no row says.
    newest_source_year
        Newest year in which a source was published.
    age_years
        Years between the newest data year and the year asked for; None where that is not known.
    """

    set: str
    edition: str
    publisher: str
    licence: str
    rows: int
    newest_data_year: int | None
    newest_source_year: int | None
    age_years: int | None
    optional: bool
    share_alike: bool


def set_facts(metadata: FactorSet, year: int) -> SetFacts:
    """Facts of a set; ages are counted to ``year``."""
    rows, newest = 0, 0
    for resource, described in metadata.resources.items():
        dated = [f["name"] for f in described["schema"]["fields"] if f["name"] in _YEAR_FIELDS]
        for _, row in rows_of(metadata.file(resource)):
            rows += 1
            newest = max([newest, *(_year(row.get(name)) for name in dated)])
    return SetFacts(
        set=metadata.name,
        edition=metadata.edition,
        publisher=metadata.publisher,
        licence=metadata.licence,
        rows=rows,
        newest_data_year=newest or None,
        newest_source_year=max((_year(s.year) for s in read_sources(metadata).values()), default=0) or None,
        age_years=max(0, year - newest) if newest else None,
        optional=metadata.optional,
        share_alike=metadata.share_alike,
    )


def _year(text: str | None) -> int:
    found = re.findall(r"\b(?:19|20)\d\d\b", text or "")
    return int(found[-1]) if found else 0


def timeless(factor: Factor) -> tuple[object, ...]:
    """What a factor is of, whenever: the editions of one factor share it."""
    return same_thing(factor)[:-2]


def editions_of(library: FactorLibrary, factor: Factor) -> list[Factor]:
    """Every edition of a factor in all sets, oldest first; what another takes the place of stays in."""
    wanted = timeless(factor)
    found = [f for f in all_of(library, factor.activity) if timeless(f) == wanted]
    return sorted(found, key=lambda f: (str(f.valid_from or ""), library.layer(f.set_name), f.factor_id))


def all_of(library: FactorLibrary, activity: str, region: str | None = None) -> Iterator[Factor]:
    """Factors of an activity in all sets, those included whose place another takes."""
    for name in sorted(library.sets, key=library.layer):
        for resource, activities in library.sets[name].factor_resources.items():
            if activity in activities:
                yield from library.factor_table(name, resource).of(activity, region)


@dataclass(frozen=True, slots=True)
class Shown:
    """What ``greendigital factors show`` found: a set, factors (editions of one, or an activity), or lookup rows."""

    kind: str
    factors: Sequence[Factor] = ()
    set: FactorSet | None = None
    rows: Sequence[tuple[str, Mapping[str, Any]]] = ()
    more: int = 0


def show(library: FactorLibrary, key: str, region: str | None = None) -> Shown:
    """What is known under a key: name of a set, factor id, activity, product id, model, instance type, region...

    Raises
    ------
    FactorError
        If nothing has the key; the nearest are named.
    """
    if key in library.sets:
        return Shown("set", set=library.sets[key])
    activities = {a for s in library.sets.values() for held in s.factor_resources.values() for a in held}
    if key in activities:
        factors = list(all_of(library, key, region))
        newest = {timeless(f): f for f in sorted(factors, key=lambda f: str(f.valid_from or ""))}
        if len(newest) == 1:
            return Shown("editions", factors)
        if region and not factors:
            raise FactorError(_no_region(library, key, region))
        # Aggregates after countries; else as the files have them, by id.
        return Shown("activity", sorted(newest.values(), key=lambda f: (f.region.startswith("agg:"), f.factor_id)))
    for name, metadata in library.sets.items():
        for resource in metadata.factor_resources:
            if key in (table := library.factor_table(name, resource)):
                return Shown("factor", editions_of(library, table.get(key)))
    rows = list(_lookup_rows(library, key.casefold().removesuffix(":kwh").removesuffix(":mass")))
    if rows:
        return Shown("rows", rows=rows[:_MOST_ROWS], more=max(0, len(rows) - _MOST_ROWS))
    raise FactorError(_not_found(library, key, activities))


def _no_region(library: FactorLibrary, activity: str, region: str) -> str:
    """The regions that may have been meant, by code or by name."""
    names = {f.region: f.extra.get("detail", "") for f in all_of(library, activity)}
    plain = region.casefold()
    near = [code for code, name in names.items() if plain in (code.casefold(), name.casefold())]
    near = near or difflib.get_close_matches(region.upper(), names, n=3)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    return f'{activity} has no factor of the region "{region}".{hint}'


def _not_found(library: FactorLibrary, key: str, activities: Collection[str]) -> str:
    """What may have been meant by a key that nothing has."""
    if key.startswith(("override:", "derived:", "policy:", "width:")):
        return f'"{key}" is an id of one report: greendigital explain DIR shows it with its sources.'
    plain = key.casefold()
    near = [name for name in sorted({*library.sets, *activities}) if plain in name]
    near += _models_like(library, plain)
    near += difflib.get_close_matches(key, [*library.sets, *activities, *library.ids()], n=3)
    named = ", ".join(dict.fromkeys(near[:_MOST_NEAR]))
    hint = f"Nearest: {named}." if near else "greendigital factors list names the sets."
    return f'"{key}" is no set, activity, factor, product or key of a table of the sets read. {hint}'


def _models_like(library: FactorLibrary, text: str) -> list[str]:
    """Models whose maker and name hold all words."""
    words = text.split()
    return [
        str(row["model"])
        for _, rows in library.products()
        for row in rows
        if all(word in f"{row['manufacturer']} {row['model']}".casefold() for word in words)
    ]


def _lookup_rows(library: FactorLibrary, key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, metadata in library.sets.items():
        for resource in metadata.lookups:
            texts = [f["name"] for f in metadata.resources[resource]["schema"]["fields"] if f["type"] == "string"]
            texts = [t for t in texts if t not in _NOT_KEYS]
            for row in library.table(name, resource):
                if any(row[t] and str(row[t]).casefold() == key for t in texts):
                    yield f"{name}/{resource}", row


def sources_of(library: FactorLibrary, factors: Iterable[Factor]) -> dict[tuple[str, str], Source]:
    """The sources of factors by set and id."""
    return {(f.set_name, f.source_id): library.source(f.set_name, f.source_id) for f in factors}
