"""Country, room and PUE of a row from its site, the organisation, or the default, flagged."""

from __future__ import annotations

import difflib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection

from greendigital.config import Config
from greendigital.errors import Problem
from greendigital.inventory.assets import Rows
from greendigital.inventory.findings import Findings

_DEFAULT_COUNTRY = "GBR"
ROOMS_WITH_PUE = ("server_room", "data_centre", "colocation")
"""Places in which a PUE is applied; elsewhere the electricity is that of the device."""


def complete_rows(
    rows: Rows, config: Config, findings_of: Callable[[str], Findings], metered: Collection[str] = ()
) -> list[Problem]:
    """Complete the rows in place; problems that belong to no file are given back.

    ``metered``: sites, in lower case, that a meter file names.
    """
    sites = {name.casefold(): site for name, site in config.sites.items()}
    assumed: Counter[str] = Counter()
    unknown: dict[str, Counter[str]] = defaultdict(Counter)
    countries = rows.made("country")
    named, sources = rows.column("site"), rows.column("source_id")
    into, aside = rows.column("merged_into"), rows.column("set_aside")
    flags = rows.made("country_assumed")
    for index, word in enumerate(named):
        site = sites.get(word.casefold()) if word else None
        if site is not None:
            row = rows[index]
            row["site"] = site.name
            row["location_type"] = row["location_type"] or site.location_type
            row["pue"] = row["pue"] if row["pue"] is not None else site.pue
        counts = not into[index] and not aside[index]
        if countries[index] is None:
            country = (site.country if site else None) or config.country
            countries[index] = country or _DEFAULT_COUNTRY
            if country is None:
                flags[index] = True
                assumed[sources[index]] += counts
        if counts and sites and word and site is None:
            unknown[sources[index]][word] += 1
    for source_id, count in assumed.items():
        if count:
            findings_of(source_id).add(
                "note",
                "country_assumed",
                f"{count:,} {'lines name' if count > 1 else 'line names'} no country; {_DEFAULT_COUNTRY} is taken.",
                "Give a country column, or the country of the organisation in greendigital.toml.",
            )
    for source_id, words in unknown.items():
        few = ", ".join(f'"{word}"' for word, _ in words.most_common(5))
        more = f" and {len(words) - 5} more" if len(words) > 5 else ""
        findings_of(source_id).add(
            "note",
            "site_unknown",
            f"The configuration does not know these sites, of {sum(words.values()):,} lines: {few}{more}.",
            "Add them there, for their country and room.",
        )
    _without_a_room(rows, findings_of)
    return _unused_sites(rows, config, {word for words in unknown.values() for word in words}, metered)


def _without_a_room(rows: Rows, findings_of: Callable[[str], Findings]) -> None:
    """Warnings for a PUE that is not applied, and for servers of which no room is known: both draw too little here."""
    pue: Counter[str] = Counter()
    servers: Counter[str] = Counter()
    columns = ("source_id", "pue", "location_type", "category", "merged_into", "set_aside")
    kinds = Counter(zip(*(rows.column(c) for c in columns), strict=True))
    for (source_id, given, place, category, into, aside), count in kinds.items():
        if place in ROOMS_WITH_PUE or into or aside:
            continue
        pue[source_id] += count * (given is not None)
        servers[source_id] += count * (given is None and not place and str(category).startswith("server"))
    for counts, code, what in (
        (pue, "pue_not_applied", "a PUE and no server room, data centre or colocation"),
        (servers, "server_without_room", "servers and no room"),
    ):
        for source_id, count in counts.items():
            if count:
                message = f"{count:,} {'lines name' if count > 1 else 'line names'} {what}; PUE 1 is used."
                remedy = "Give location_type on the line, or for the site in greendigital.toml."
                findings_of(source_id).add("warning", code, message, remedy)


def _unused_sites(rows: Rows, config: Config, unknown: set[str], metered: Collection[str]) -> list[Problem]:
    """Sites of the configuration that no line names: most often two spellings of one."""
    met = {site.casefold() for site in set(rows.column("site")) if site}
    found = []
    for name in config.sites:
        if not met or name.casefold() in met or name.lower() in metered:
            continue
        folded = {word.casefold(): word for word in sorted(unknown)}
        near = difflib.get_close_matches(name.casefold(), folded, n=1)
        remedy = f'Is "{folded[near[0]]}" in the files meant? Write both alike.' if near else "Check its name."
        message = f'The configuration has a site "{name}", which no line of the files names.'
        found.append(Problem("note", "site_unused", message, remedy))
    return found
