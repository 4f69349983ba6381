"""What is refused in a set that adds rows to the tables of a shipped set, and in one that forgot to say so."""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from greendigital.errors import Problem
from greendigital.factorset.additions import ADDABLE
from greendigital.factorset.check_rows import error, known_regions
from greendigital.factorset.model import FactorSet
from greendigital.factorset.shipped import factor_folders
from greendigital.factorset.tables import rows_of

_CLOSED = {
    "rules": ("provider", "match_field", "quantity_kind", "transfer_path", "storage_medium", "seen"),
    "region_names": ("provider",),
    "usage_prefixes": ("provider",),
    "regions": ("provider",),
}
"""Columns that may hold only what the shipped table holds: the program knows no other value."""

_LOWER = {"units": ("unit",), "regions": ("region",), "region_names": ("name",)}
"""Columns that are compared with what the bill says in lower case."""


def check_additions(metadata: FactorSet) -> Iterator[Problem]:
    """Problems of the rows that a set adds, and tables that nothing reads since the set does not say it adds them."""
    if not metadata.adds_to:
        yield from _unsaid(metadata)
        return
    for resource in metadata.lookups:
        file = f"{metadata.name}/{metadata.file(resource).name}"
        table = ADDABLE[metadata.adds_to][resource]
        seen: dict[tuple[str, ...], int] = {}
        for number, row in rows_of(metadata.file(resource)):
            for column in table.needed:
                if not (row.get(column) or "").strip() and column != "source_id":  # told of every table
                    message, remedy = f"{column} is empty.", f"A row needs {', '.join(table.needed)}."
                    yield error(file, number, column, "value_missing", message, remedy)
            key = tuple(row.get(column) or "" for column in table.key)
            if key in seen:
                message = f'"{", ".join(key)}" stands in row {seen[key]} already.'
                yield error(file, number, table.key[-1], "duplicate_id", message, "Keep one of them.")
            seen[key] = number
            yield from _check_values(metadata, resource, file, number, row)
            if resource == "rules":
                yield from _check_rule(metadata, file, number, row)
            if resource == "regions" and row.get("country") and row["country"] not in known_regions():
                message = f'"{row["country"]}" is no country.'
                remedy = "Write its ISO 3166-1 alpha-3 code, such as GBR."
                yield error(file, number, "country", "region_unknown", message, remedy)


def _unsaid(metadata: FactorSet) -> Iterator[Problem]:
    """Tables of the name and columns of those that rows can be added to."""
    for set_name, tables in ADDABLE.items():
        fields = {r: {f["name"] for f in metadata.resources[r]["schema"]["fields"]} for r in metadata.lookups}
        unread = [r for r, columns in fields.items() if r in tables and columns.issuperset(tables[r].needed)]
        if unread and metadata.name != set_name:
            named = ", ".join(unread)
            yield error(
                f"{metadata.name}/datapackage.json",
                None,
                "adds_to",
                "adds_to_missing",
                f"{named}: {'a table' if len(unread) == 1 else 'tables'} of {set_name}, and nothing reads "
                f"{'it' if len(unread) == 1 else 'them'} from another set.",
                f'Write "adds_to": "{set_name}" into it, and keep the further rows alone (docs/meters.md).',
            )


def _check_values(
    metadata: FactorSet, resource: str, file: str, number: int, row: Mapping[str, str]
) -> Iterator[Problem]:
    """Values that the program knows, in lower case where they are compared so, and multipliers above nothing."""
    for column in (c for c in _CLOSED.get(resource, ()) if row.get(c)):
        known = _shipped_values(metadata.adds_to, resource, column)
        if row[column] not in known:
            near = difflib.get_close_matches(row[column], known, n=1, cutoff=0.7)
            remedy = f"Did you mean {near[0]}?" if near else f"Write {', '.join(sorted(known))}."
            yield error(file, number, column, "value_unknown", f'"{row[column]}" is not known.', remedy)
    for column in _LOWER.get(resource, ()):
        text = row.get(column) or ""
        if text != text.strip().casefold():
            message = f'"{text}" would never be met: bills are compared with it in lower case.'
            yield error(file, number, column, "value_unknown", message, f'Write "{text.strip().casefold()}".')
    for column in ("multiplier", "capacity_gb", "block_size"):
        if _number(row.get(column)) <= 0:
            message = f'"{row[column]}" is not above 0.'
            yield error(file, number, column, "value_unknown", message, "Write what one billed unit holds.")


def _check_rule(metadata: FactorSet, file: str, number: int, row: Mapping[str, str]) -> Iterator[Problem]:
    """Patterns that can be searched for and find the example, and a family that has units."""
    sound = True
    for column in ("service_pattern", "pattern"):
        try:
            re.compile(row.get(column) or "")
        except re.error as reason:
            sound = False
            message = f'"{row[column]}" is no regular expression: {reason}.'
            yield error(file, number, column, "pattern_invalid", message, "Put a backslash before ( ) [ ] * + ? . |")
    if sound and row.get("example") and not re.search(row["pattern"], row["example"]):
        message = f'The pattern does not find "{row["example"]}".'
        yield error(file, number, "example", "example_not_found", message, "Correct the pattern, or the example.")
    families = _families(metadata)
    if row.get("unit_family") and row["unit_family"] not in families:
        near = difflib.get_close_matches(row["unit_family"], families, n=1)
        remedy = f"Did you mean {near[0]}?" if near else f"Write {', '.join(sorted(families))}, or add it to units."
        message = f'"{row["unit_family"]}" is no family of units.'
        yield error(file, number, "unit_family", "value_unknown", message, remedy)


def _families(metadata: FactorSet) -> set[str]:
    """Families of units: those of the shipped table, of the set's own, and the one that any unit fits."""
    own = rows_of(metadata.file("units")) if "units" in metadata.resources else ()
    return {"any", *_shipped_values("cloud-meters", "units", "unit_family"), *(r["unit_family"] for _, r in own)}


@lru_cache(maxsize=64)
def _shipped_values(set_name: str, resource: str, column: str) -> frozenset[str]:
    """What a column of a shipped table holds."""
    path: Path = factor_folders() / set_name / f"{resource}.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        return frozenset(row[column] for row in csv.DictReader(handle) if row[column])


def _number(text: str | None) -> float:
    """A cell as a number; 1 where it is none, which is told of every table."""
    try:
        return float(text or 1)
    except ValueError:
        return 1.0
