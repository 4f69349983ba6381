"""Sets that add rows to the lookup tables of a shipped set: meter rules, units, names of services, regions.

Such a set says ``"adds_to": "cloud-meters"`` in its ``datapackage.json`` and holds the further rows alone; the schema
of its tables is that of the tables they are added to.
"""

from __future__ import annotations

import csv
import difflib
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from greendigital.factorset.shipped import factor_folders


class Addable(NamedTuple):
    """A table that rows can be added to.

    Attributes
    ----------
    key
        Columns that tell its rows apart: a row of the same key takes the place of the shipped one.
    needed
        Columns that a further row cannot be without; the others of the shipped table may be left out.
    """

    key: tuple[str, ...]
    needed: tuple[str, ...]


ADDABLE: Mapping[str, Mapping[str, Addable]] = {
    "cloud-meters": {
        "rules": Addable(
            ("rule_id",),
            (
                "rule_id",
                "priority",
                "provider",
                "service_pattern",
                "match_field",
                "pattern",
                "quantity_kind",
                "unit_family",
                "multiplier",
                "source_id",
            ),
        ),
        "units": Addable(("unit_family", "unit"), ("unit_family", "unit", "multiplier", "source_id")),
        "services": Addable(("service_name", "service_code"), ("service_name", "service_code", "source_id")),
        "region_names": Addable(("provider", "name"), ("provider", "name", "region", "source_id")),
        "usage_prefixes": Addable(("provider", "usage_prefix"), ("provider", "usage_prefix", "region", "source_id")),
        "disk_tiers": Addable(("tier",), ("tier", "capacity_gb", "source_id")),
        "pricing_units": Addable(("unit_of_measure",), ("unit_of_measure", "block_size", "unit", "source_id")),
    },
    "cloud-regions": {
        "regions": Addable(("provider", "region"), ("provider", "region", "country", "in_service", "source_id")),
    },
}
"""Tables that rows can be added to, by shipped set."""

_UNSAID = {"seen": "not_seen"}
"""What a row means whose set leaves a column out, where that is not nothing."""


def addable_tables(adds_to: str) -> Mapping[str, Addable]:
    """The tables of a set that rows can be added to.

    Raises
    ------
    ValueError
        If rows can be added to none of its tables.
    """
    if adds_to not in ADDABLE:
        raise ValueError(f'rows can be added to {" or ".join(ADDABLE)}, not to "{adds_to}"')
    return ADDABLE[adds_to]


def with_shipped_schema(resource: Any, adds_to: str, folder: Path) -> Any:
    """A resource with the schema of the table that it adds to: the needed columns, and those that its file has.

    Raises
    ------
    ValueError
        If the set has no such table.
    """
    tables = addable_tables(adds_to)
    if not isinstance(resource, dict) or "name" not in resource or "path" not in resource:
        return resource  # told by whoever reads a resource
    name = resource["name"]
    if name not in tables:
        near = difflib.get_close_matches(str(name), tables, n=1)
        hint = f'; did you mean "{near[0]}"?' if near else ""
        raise ValueError(f'"{name}" is no table of {adds_to} that rows can be added to: {", ".join(tables)}{hint}')
    header = _header(folder / str(resource["path"]))
    fields = [f for f in shipped_fields(adds_to, name) if f["name"] in header or f["name"] in tables[name].needed]
    return {key: value for key, value in resource.items() if key != "activities"} | {"schema": {"fields": fields}}


@lru_cache(maxsize=16)
def shipped_fields(set_name: str, resource: str) -> tuple[Mapping[str, Any], ...]:
    """Fields of a table of a shipped set, in order."""
    package = json.loads((factor_folders() / set_name / "datapackage.json").read_text(encoding="utf-8"))
    return tuple(next(r for r in package["resources"] if r["name"] == resource)["schema"]["fields"])


def _header(path: Path) -> list[str]:
    """The header of a file; empty where there is none to read, which the check of the set tells."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            return next(csv.reader(handle), [])
    except (OSError, UnicodeDecodeError, csv.Error):
        return []


def with_added(
    rows: Sequence[dict[str, Any]], added: Sequence[Sequence[Mapping[str, Any]]], key: Sequence[str]
) -> list[dict[str, Any]]:
    """Rows of a shipped table with further ones before them, those of the set given last first.

    A row of the same key as a later one stands in its place. What comes first matters to rules of one priority alone.
    """
    held: dict[tuple[Any, ...], dict[str, Any]] = {}
    columns = list(rows[0]) if rows else []
    for table in reversed(added):
        for row in table:
            whole = {c: _UNSAID.get(c) if row.get(c) is None else row[c] for c in columns}
            held.setdefault(tuple(whole[k] for k in key), whole)
    for row in rows:
        held.setdefault(tuple(row[k] for k in key), row)
    return list(held.values())
