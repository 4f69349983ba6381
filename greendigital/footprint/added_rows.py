"""Rows that sets given beside add to the tables of shipped ones: which of the sets the lines rest on."""

from __future__ import annotations

from collections.abc import Iterator

from greendigital.errors import Problem
from greendigital.factorset import FactorLibrary
from greendigital.footprint.store import LineStore

_UNTOLD = ("units", "pricing_units", "disk_tiers")
"""Tables whose use no line tells: the unit that the bill has is not kept beside the quantity that is made of it."""


def added_sets_used(store: LineStore, library: FactorLibrary) -> list[str]:
    """Names of the sets that add rows, of which a line uses at least one."""
    adding = [name for name, metadata in library.sets.items() if metadata.adds_to]
    if not adding:
        return []
    query = "SELECT DISTINCT provider, region, service, meter_rule_id FROM lines WHERE kind = 'cloud'"
    lines = store.query(query)
    rules = {row["meter_rule_id"] for row in lines}
    services = {row["service"] for row in lines}
    regions = {(row["provider"], (row["region"] or "").lower()) for row in lines}

    def is_used(name: str) -> bool:
        """Whether a line rests on a row of the set."""
        tables = {resource: library.table(name, resource) for resource in library.sets[name].lookups}
        return (
            any(row["rule_id"] in rules for row in tables.get("rules", ()))
            or any({row["service_name"], row["service_code"]} & services for row in tables.get("services", ()))
            or any(
                (row["provider"], row["region"]) in regions
                for resource in ("regions", "region_names", "usage_prefixes")
                for row in tables.get(resource, ())
            )
        )

    return [name for name in adding if is_used(name)]


def added_rows_notes(store: LineStore, library: FactorLibrary) -> Iterator[Problem]:
    """A note for each set of further rows that no line uses, as far as the lines can tell."""
    used = added_sets_used(store, library)
    for name, metadata in library.sets.items():
        told = [resource for resource in metadata.lookups if resource not in _UNTOLD]
        if metadata.adds_to and told and name not in used:
            message = f'No line uses a row of the set "{name}" ({", ".join(told)}).'
            remedy = "Compare it with a line of the bill; the rule of the lowest priority number that fits is taken."
            yield Problem("note", "set_unused", message, remedy if "rules" in told else "")
