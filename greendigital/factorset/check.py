"""Everything that is refused in a factor set, told by file, row and column."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from greendigital.errors import FactorError, Problem
from greendigital.factorset.model import INTERVALS, FactorSet
from greendigital.factorset.tables import read_package, read_sources, rows_of
from greendigital.units import is_known

_SAME_THING = (
    "activity",
    "detail",
    "region",
    "route",
    "category",
    "variant",
    "location_type",
    "provider",
    "replication_key",
    "medium",
    "path",
)
"""Columns that say what a factor is of; a column that a set adds to tell two factors apart belongs here."""
_NEEDED = ("factor_id", "activity", "value", "unit", "source_id")


def check_set(folder: Path) -> list[Problem]:
    """All problems of a factor set; none for a good one."""
    if (problem := _licence_problem(folder)) is not None:
        return [problem]
    try:
        metadata = read_package(folder)
        sources = set(read_sources(metadata))
    except FactorError as error:
        return [Problem("error", "package_incomplete", str(error), file=folder.name)]
    return [*_check_schema(metadata), *_check_factors(metadata, sources), *_check_lookups(metadata, sources)]


def _licence_problem(folder: Path) -> Problem | None:
    """A set without a licence, told apart from one that cannot be read at all."""
    try:
        package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
        licences = package.get("licenses") or [{}]
        named = licences[0].get("title") or licences[0].get("name")
    except (OSError, ValueError, AttributeError, LookupError, TypeError):
        return None  # read_package names the fault
    if named:
        return None
    file = f"{folder.name}/datapackage.json"
    return _error(file, None, "licenses", "licence_missing", "The set has no licence.", "Name one.")


def _error(file: str, row: int | None, column: str, code: str, message: str, remedy: str) -> Problem:
    return Problem("error", code, message, remedy, file, row, column)


def _check_schema(metadata: FactorSet) -> Iterator[Problem]:
    """A unit on every numeric field; a file for every resource."""
    for name, resource in metadata.resources.items():
        if not (metadata.path / str(resource["path"])).is_file():
            yield _error(
                f"{metadata.name}/datapackage.json",
                None,
                name,
                "resource_missing",
                f'The file "{resource["path"]}" is missing.',
                "Add it or take the resource out.",
            )
        for field in resource["schema"]["fields"]:  # type: ignore[index]
            if field["type"] in ("number", "integer") and not field.get("unit"):
                yield _error(
                    f"{metadata.name}/datapackage.json",
                    None,
                    field["name"],
                    "unit_missing",
                    f'The numeric field "{field["name"]}" of "{name}" has no unit.',
                    'Add one ("1" for a plain number, "by row" where a unit column says it).',
                )


def _check_factors(metadata: FactorSet, sources: set[str]) -> Iterator[Problem]:
    path = metadata.path / "factors.csv"
    if not path.is_file():
        return
    file = f"{metadata.name}/factors.csv"
    seen: dict[str, int] = {}
    spans: dict[tuple[str, ...], list[tuple[str, str, int]]] = {}
    for number, row in rows_of(path):
        yield from _check_row(file, number, row, sources, set(metadata.activities))
        factor_id = row.get("factor_id") or ""
        if factor_id in seen:
            yield _error(
                file,
                number,
                "factor_id",
                "duplicate_id",
                f'"{factor_id}" stands in row {seen[factor_id]} already.',
                "Give every factor its own id.",
            )
        elif factor_id:
            seen[factor_id] = number
        # A row without dates is valid always; a second one of the same thing would be chosen by chance.
        per = (row.get("unit") or "").partition("/")[2]
        key = (per, *(row.get(c) or "" for c in _SAME_THING))
        span = (row.get("valid_from") or "0001-01-01", row.get("valid_to") or "9999-12-31", number)
        spans.setdefault(key, []).append(span)
    yield from _check_spans(file, spans)


def _check_spans(file: str, spans: Mapping[tuple[str, ...], list[tuple[str, str, int]]]) -> Iterator[Problem]:
    """Two factors of one thing at one time."""
    for entries in spans.values():
        entries.sort()
        for (_, end, first), (start, _, second) in itertools.pairwise(entries):
            if start <= end:
                yield _error(
                    file,
                    second,
                    "valid_from",
                    "validity_overlap",
                    f'"{start}" lies within the validity of row {first}, which ends on {end}.',
                    "Let one edition end before the next begins.",
                )


def _check_row(
    file: str, number: int, row: Mapping[str, str], sources: set[str], activities: set[str]
) -> Iterator[Problem]:
    for column in _NEEDED:
        if not (row.get(column) or "").strip():
            yield _error(
                file,
                number,
                column,
                "value_missing",
                f"{column} is empty.",
                "A factor needs id, activity, value, unit and source.",
            )
    if row.get("unit") and not is_known(row["unit"]):
        yield _error(
            file,
            number,
            "unit",
            "unit_unknown",
            f'"{row["unit"]}" is not a known unit.',
            "Use a combination of the units of greendigital.units.",
        )
    if row.get("source_id") and row["source_id"] not in sources:
        yield _error(
            file,
            number,
            "source_id",
            "source_undeclared",
            f'"{row["source_id"]}" is not in sources.csv.',
            "Declare the source.",
        )
    if row.get("activity") and row["activity"] not in activities:
        yield _error(
            file,
            number,
            "activity",
            "activity_undeclared",
            f'"{row["activity"]}" is not among the activities of datapackage.json.',
            "Add it there.",
        )
    if (row.get("interval") or "none") not in INTERVALS:
        yield _error(
            file,
            number,
            "interval",
            "interval_unknown",
            f'"{row["interval"]}" is no kind of interval.',
            f"Use one of {', '.join(INTERVALS)}.",
        )
    yield from _check_order(file, number, row)
    yield from _check_dates(file, number, row)


def _check_dates(file: str, number: int, row: Mapping[str, str]) -> Iterator[Problem]:
    """Dates that exist, the first not after the last."""
    for column in ("valid_from", "valid_to"):
        try:
            date.fromisoformat(row.get(column) or "0001-01-01")
        except ValueError:
            yield _error(
                file, number, column, "not_a_date", f'"{row[column]}" is not a date.', "Write it as YYYY-MM-DD."
            )
    if row.get("valid_from") and row.get("valid_to") and row["valid_to"] < row["valid_from"]:
        yield _error(
            file,
            number,
            "valid_to",
            "validity_reversed",
            f'"{row["valid_to"]}" lies before "{row["valid_from"]}".',
            "Swap the two dates.",
        )


def _check_order(file: str, number: int, row: Mapping[str, str]) -> Iterator[Problem]:
    try:
        low, value, high = (float(row[c]) if row.get(c) else None for c in ("low", "value", "high"))
    except ValueError as error:
        yield _error(file, number, "value", "not_a_number", f"{error}.", "Write a plain decimal number.")
        return
    if not all(math.isfinite(n) for n in (low, value, high) if n is not None):
        yield _error(file, number, "value", "not_a_number", "A figure is not finite.", "Write a plain decimal number.")
        return
    if value is not None and ((low is not None and low > value) or (high is not None and high < value)):
        yield _error(
            file,
            number,
            "value",
            "order",
            f'"{row["value"]}" lies outside "{row.get("low")}" to "{row.get("high")}".',
            "Let low <= value <= high.",
        )


def _check_lookups(metadata: FactorSet, sources: set[str]) -> Iterator[Problem]:
    """A declared source on every row of every lookup table."""
    for name, resource in metadata.resources.items():
        fields = [f["name"] for f in resource["schema"]["fields"]]  # type: ignore[index]
        if "source_id" not in fields:
            yield _error(
                f"{metadata.name}/datapackage.json",
                None,
                name,
                "source_column_missing",
                f'The table "{name}" has no field "source_id".',
                "Add it, and name the source of every row.",
            )
            continue
        if name == "factors" or not (metadata.path / str(resource["path"])).is_file():
            continue
        for number, row in rows_of(metadata.path / str(resource["path"])):
            if (row.get("source_id") or "") not in sources:
                yield _error(
                    f"{metadata.name}/{resource['path']}",
                    number,
                    "source_id",
                    "source_undeclared",
                    f'"{row.get("source_id") or ""}" is not in sources.csv.',
                    "Declare the source.",
                )
