"""Everything that is refused in a factor set, told by file, row and column."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from greendigital.errors import FactorError, Problem
from greendigital.factorset.additions import shipped_fields
from greendigital.factorset.check_additions import check_additions
from greendigital.factorset.check_products import PRODUCTS, check_products
from greendigital.factorset.check_rows import check_factors, error
from greendigital.factorset.model import FactorSet
from greendigital.factorset.tables import NEEDED, read_package, rows_of, typed

_SHARE_ALIKE = ("odbl", "cc-by-sa", "cc by-sa", "open database licen", "sharealike", "share-alike")
_SOURCE_NEEDS = ("source_id", "publisher", "title", "licence")


def check_set(folder: Path) -> list[Problem]:
    """All problems of a factor set; none for a good one.

    Parameters
    ----------
    folder
        The folder of one set, with its ``datapackage.json``.

    Returns
    -------
    list of Problem
        Each with file (``set/file``), row as a spreadsheet numbers it, column, message and remedy.
    """
    if (problem := _licence_problem(folder)) is not None:
        return [problem]
    try:
        metadata = read_package(folder)
    except FactorError as refused:
        return [Problem("error", "package_incomplete", str(refused), file=folder.name)]
    if not (metadata.path / "sources.csv").is_file():
        message = "There is no sources.csv. Every factor set names its sources."
        return [Problem("error", "package_incomplete", message, file=folder.name)]
    found = [*_check_package(metadata), *_check_files(metadata)]
    if found:  # without whole files the rows cannot be judged
        return found
    sources: set[str] = set()
    found += _check_sources(metadata, sources)
    found += check_factors(metadata, sources)
    for resource in metadata.lookups:
        found += _check_lookup(metadata, resource, sources)
        if resource == PRODUCTS:
            found += check_products(metadata)
    return [*found, *check_additions(metadata)]


def _licence_problem(folder: Path) -> Problem | None:
    """A set without a licence, told apart from one that cannot be read at all."""
    try:
        package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8-sig"))
        licences = package.get("licenses") or [{}]
        named = licences[0].get("title") or licences[0].get("name")
    except (OSError, ValueError, AttributeError, LookupError, TypeError):
        return None  # read_package names the fault
    if named:
        return None
    file = f"{folder.name}/datapackage.json"
    return error(file, None, "licenses", "licence_missing", "The set has no licence.", "Name one.")


def _check_package(metadata: FactorSet) -> Iterator[Problem]:
    """A unit on every numeric field, a source on every lookup table, and a share-alike licence named as one."""
    file = f"{metadata.name}/datapackage.json"
    if any(word in metadata.licence.casefold() for word in _SHARE_ALIKE) and not metadata.share_alike:
        yield error(
            file,
            None,
            "share_alike",
            "share_alike_unmarked",
            f'"{metadata.licence}" binds whoever passes the data on, and the set does not say so.',
            'Add "share_alike": true.',
        )
    for name, resource in metadata.resources.items():
        fields = resource["schema"]["fields"]
        for field in fields:
            if field["type"] in ("number", "integer") and not field.get("unit"):
                yield error(
                    file,
                    None,
                    field["name"],
                    "unit_missing",
                    f'The numeric field "{field["name"]}" of "{name}" has no unit.',
                    'Add one ("1" for a plain number, "by row" where a unit column says it).',
                )
        if "source_id" not in {field["name"] for field in fields}:
            yield error(
                file,
                None,
                name,
                "source_column_missing",
                f'The table "{name}" has no field "source_id".',
                "Add it, and name the source of every row.",
            )


def _check_files(metadata: FactorSet) -> Iterator[Problem]:
    """A readable file for every resource, inside the set, with the columns that its schema names."""
    if (problem := _header_of(metadata, metadata.path / "sources.csv")[1]) is not None:
        yield problem
    for name, resource in metadata.resources.items():
        path, place = metadata.file(name), f"{metadata.name}/datapackage.json"
        if metadata.path.resolve() not in path.resolve().parents:
            message = f'The path "{resource["path"]}" leads out of the set.'
            yield error(place, None, name, "path_outside", message, "Keep every file of a set in its folder.")
            continue
        if not path.is_file():
            message = f'The file "{resource["path"]}" is missing.'
            yield error(place, None, name, "resource_missing", message, "Add it or take the resource out.")
            continue
        header, problem = _header_of(metadata, path)
        if problem is not None:
            yield problem
            continue
        for column in sorted({c for c in header if header.count(c) > 1}):
            message = f'The column "{column}" stands twice in the header.'
            yield error(f"{metadata.name}/{path.name}", 1, column, "column_twice", message, "Keep one.")
        wanted = [field["name"] for field in resource["schema"]["fields"]]
        wanted += [c for c in NEEDED if c not in wanted] if name in metadata.factor_resources else []
        for column in (c for c in wanted if c not in header):
            message = f'The column "{column}" is missing.'
            yield error(f"{metadata.name}/{path.name}", 1, column, "column_missing", message, "Add it to the header.")
        for column in (c for c in dict.fromkeys(header) if c not in (*wanted, "source_id")):
            message = f'The column "{column}" is not in the schema of datapackage.json.'
            remedy = "Declare it there, with its unit if it is a number, or take it out."
            if metadata.adds_to:
                message = f'The table "{name}" of {metadata.adds_to} has no column "{column}".'
                remedy = f"Take it out; it has {', '.join(f['name'] for f in shipped_fields(metadata.adds_to, name))}."
            yield error(f"{metadata.name}/{path.name}", 1, column, "column_undeclared", message, remedy)


def _header_of(metadata: FactorSet, path: Path) -> tuple[list[str], Problem | None]:
    """The header of a file, or what keeps the file from being read at all."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.reader(handle)
            header = next(reader, [])
            for _ in reader:  # to the end: what is no CSV is told before any row is judged
                pass
    except (UnicodeDecodeError, csv.Error) as reason:
        message = f"The file is not a CSV in UTF-8 ({reason})."
        return [], error(f"{metadata.name}/{path.name}", None, "", "not_text", message, "Save it as CSV in UTF-8.")
    return header, None


def _check_sources(metadata: FactorSet, declared: set[str]) -> Iterator[Problem]:
    """Publisher, title and licence of every source; fills ``declared`` with their ids."""
    file = f"{metadata.name}/sources.csv"
    for number, row in rows_of(metadata.path / "sources.csv"):
        for column in _SOURCE_NEEDS:
            if not (row.get(column) or "").strip():
                message, remedy = f"{column} is empty.", f"A source needs {', '.join(_SOURCE_NEEDS)}."
                yield error(file, number, column, "source_incomplete", message, remedy)
        source_id = row.get("source_id") or ""
        if source_id in declared:
            message = f'"{source_id}" is declared twice.'
            yield error(file, number, "source_id", "source_twice", message, "Give every source its own id.")
        declared.add(source_id)


def _check_lookup(metadata: FactorSet, resource: str, sources: set[str]) -> Iterator[Problem]:
    """A declared source on every row of a lookup table, and cells of the type and unit that its schema names."""
    file = f"{metadata.name}/{metadata.file(resource).name}"
    fields: list[Mapping[str, Any]] = metadata.resources[resource]["schema"]["fields"]
    for number, row in rows_of(metadata.file(resource)):
        if None in row:
            yield _too_long(file, number)
        if (row.get("source_id") or "") not in sources:
            message = f'"{row.get("source_id") or ""}" is not in sources.csv.'
            yield error(file, number, "source_id", "source_undeclared", message, "Declare the source.")
        for field in fields:
            text = row.get(field["name"]) or ""
            try:
                value = typed(text, field["type"])
            except ValueError:
                message = f'"{text}" is no {field["type"]}.'
                yield error(file, number, field["name"], "wrong_type", message, "Correct the cell, or leave it empty.")
                continue
            if field.get("unit") == "share" and value is not None and not 0 <= value <= 1:
                message = f'"{text}" is not a share between 0 and 1.'
                remedy = "Divide a percentage by 100."
                yield error(file, number, field["name"], "share_out_of_range", message, remedy)


def _too_long(file: str, number: int) -> Problem:
    message = "The row has more cells than the header."
    return error(file, number, "", "row_too_long", message, "Put a cell that holds a comma in quotation marks.")
