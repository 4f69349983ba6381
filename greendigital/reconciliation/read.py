"""Provider exports as files: CSV, JSON, JSON lines (each also as gz), Parquet; recognised by columns, not by name."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from greendigital.errors import InputError, Problem
from greendigital.inputs import check_readable, kind_of, sha256_of, utf16_of
from greendigital.reconciliation import from_aws, from_azure, from_google
from greendigital.reconciliation.emissions import Emission, Export

_PARQUET = (".parquet", ".pq")
_KNOWN = "the carbon emissions data export of AWS, Azure Carbon Optimization or Google Carbon Footprint"
_READERS = (("aws", from_aws.is_aws, from_aws.emissions_of), ("gcp", from_google.is_google, from_google.emissions_of))
_FORMATS = {"aws": "aws-carbon", "gcp": "google-carbon-footprint"}
Row = tuple[int, Mapping[str, Any]]


def read_exports(paths: Sequence[Path], month: str | None = None) -> list[Export]:
    """Read provider exports; what is wrong with several files is told together.

    Parameters
    ----------
    month
        The month of exports that do not say theirs (Azure item details), ``2026-05``.

    Raises
    ------
    InputError
        If a file is missing or damaged, is no carbon export, or lacks a column, or a value or unit is none.
    """
    found, problems = [], []
    for path in paths:
        try:
            found.append(read_export(path, month))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return found


def read_export(path: Path, month: str | None = None) -> Export:
    """Read one provider export; see :func:`read_exports`."""
    check_readable(path)
    if path.suffix.lower() in _PARQUET:
        return _table(path, *_parquet(path))
    text = _text(path)
    if not text.lstrip().startswith(("{", "[")):
        return _table(path, *_csv(text, path))
    document, rows = _json(text, path)
    pages = from_azure.pages_of(document)
    if pages:
        export = from_azure.read_pages(pages, path.name, sha256_of(path), month)
        return _not_empty(export)
    return _table(path, {name for _, row in rows[:1] for name in row}, iter(rows))


def _table(path: Path, columns: set[str], rows: Iterator[Row]) -> Export:
    for provider, is_its, emissions_of in _READERS:
        if is_its(columns):
            emissions: list[Emission] = emissions_of(rows, columns, path.name)
            return _not_empty(Export(path.name, sha256_of(path), provider, _FORMATS[provider], emissions))
    named = ", ".join(sorted(columns)[:5]) or "none"
    message = f"This is no carbon export of a provider (columns: {named})."
    raise InputError(Problem("error", "export_unknown", message, f"Give {_KNOWN}.", path.name))


def _not_empty(export: Export) -> Export:
    if not export.emissions:
        message = "The export holds no emissions."
        raise InputError(Problem("error", "file_no_rows", message, "Export it again.", export.file))
    return export


def _text(path: Path) -> str:
    with (gzip.open if path.suffix.lower() == ".gz" else open)(path, "rb") as handle:
        content: bytes = handle.read()
    kind = kind_of(content[:16])
    if kind:
        message = f"The content is binary ({kind})."
        raise InputError(
            Problem("error", "export_unknown", message, "Give the export as CSV, JSON or Parquet.", path.name)
        )
    encoding = utf16_of(content[:4096]) or "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _csv(text: str, path: Path) -> tuple[set[str], Iterator[Row]]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t|", key=lambda d: (first.count(d), d == ","))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header = [cell.strip() for cell in next(reader, [])]
    return set(header), _csv_rows(reader, header, path)


def _csv_rows(reader: Iterator[list[str]], header: Sequence[str], path: Path) -> Iterator[Row]:
    number = 1
    try:
        for number, row in enumerate(reader, start=2):
            if not any(row):
                continue
            if len(row) != len(header):
                raise _broken_row(path, number, f"The row has {len(row)} cells, the header {len(header)}.")
            yield number, dict(zip(header, row, strict=True))
    except csv.Error as error:
        raise _broken_row(path, number + 1, f"The row cannot be read ({error}).") from None


def _broken_row(path: Path, row: int, message: str) -> InputError:
    return InputError(Problem("error", "export_row_broken", message, "Export or copy it again.", path.name, row))


def _json(text: str, path: Path) -> tuple[Any, list[Row]]:
    """The document, JSON lines as a list; and the rows it may be a table of."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg != "Extra data":
            raise _not_json(path, error.lineno, error.msg) from None
        rows = list(_json_lines(text, path))
        return [row for _, row in rows], rows
    listed = document if isinstance(document, list) else [document]
    return document, [(n, row) for n, row in enumerate(listed, start=1) if isinstance(row, Mapping)]


def _json_lines(text: str, path: Path) -> Iterator[Row]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise _not_json(path, number, error.msg) from None
            if not isinstance(row, Mapping):
                raise _not_json(path, number, "not an object")
            yield number, row


def _not_json(path: Path, row: int, reason: str) -> InputError:
    message = f"The file begins as JSON but is none ({reason})."
    return InputError(Problem("error", "export_not_json", message, "Export or copy it again.", path.name, row))


def _parquet(path: Path) -> tuple[set[str], Iterator[Row]]:
    import duckdb

    try:
        connection = duckdb.connect()
        connection.execute("SET TimeZone = 'UTC'")
        relation = connection.read_parquet(str(path))
        columns = list(relation.columns)
        # A time with a zone becomes a Python object only with a further package: here it is plain, in UTC.
        zoned = [c for c, kind in zip(columns, relation.types, strict=True) if str(kind) == "TIMESTAMP WITH TIME ZONE"]
        plain = ", ".join(f'CAST("{c}" AS TIMESTAMP) AS "{c}"' for c in zoned)
        rows = relation.project(f"* REPLACE ({plain})" if zoned else "*").fetchall()
    except duckdb.Error as error:
        message = f"The Parquet file cannot be read ({str(error).splitlines()[0]})."
        raise InputError(Problem("error", "file_not_readable", message, "Export it again.", path.name)) from None
    return set(columns), ((n, dict(zip(columns, row, strict=True))) for n, row in enumerate(rows, start=1))
