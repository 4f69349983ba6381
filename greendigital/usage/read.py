"""Reading cloud bills: recognise each file, make one usage frame of all."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

from greendigital.columns import USAGE, schema
from greendigital.errors import InputError, Problem
from greendigital.factorset import FactorLibrary, load_library
from greendigital.inputs import LIKELY_BILL, InputRecord, source_ids
from greendigital.usage.bills import FOCUS_NEEDED, focus_version, header_of
from greendigital.usage.from_focus import from_focus
from greendigital.usage.usage import Usage

_ENDINGS = (".csv", ".gz", ".parquet", ".pq", ".tsv", ".txt")
_AWS_REMEDY = "Export it as FOCUS 1.0 (AWS Billing, Data Exports)."
_AZURE_REMEDY = "Export it as FOCUS 1.0 (Azure Cost Management, Exports)."
_GOOGLE_REMEDY = "Leave it out: charges of Google Cloud are not estimated yet."
_OTHER_BILLS: tuple[tuple[tuple[str, ...], tuple[str, ...], str, str], ...] = (
    (("lineitem/usageamount",), (), "an AWS Cost and Usage Report", _AWS_REMEDY),
    (("line_item_usage_amount",), (), "an AWS Cost and Usage Report", _AWS_REMEDY),
    (("metercategory",), ("costinbillingcurrency", "pretaxcost", "cost"), "an Azure cost export", _AZURE_REMEDY),
    (("usage.amount",), ("cost",), "a Google Cloud billing export", _GOOGLE_REMEDY),
    (("sku.description",), ("cost",), "a Google Cloud billing export", _GOOGLE_REMEDY),
)
"""Providers' own bills: columns all of which are there, columns one of which is, what it is, and what to do."""

_TYPES = {"string": "VARCHAR", "float": "DOUBLE", "int": "BIGINT", "date": "DATE"}


def recognise(path: str | Path) -> str | None:
    """``focus-1.0`` and so on when the header is that of a bill; None for any other file.

    Raises
    ------
    InputError
        If the file is missing or empty, not what its name says, or a provider's own bill that is not read.
    """
    path = Path(path)
    if path.exists() and path.suffix.lower() not in _ENDINGS:
        return None
    columns = header_of(path)
    found = focus_version(columns)
    if found is not None:
        return found
    if other := _other_bill(path, columns):
        raise InputError(other)
    if len(set(FOCUS_NEEDED) & set(columns)) >= LIKELY_BILL:
        raise InputError(_unknown(path, columns))
    return None


def read_usage(
    *paths: str | Path,
    connection: Any = None,
    library: FactorLibrary | None = None,
    failed: list[Problem] | None = None,
) -> Usage:
    """Read bills lazily into one usage frame.

    Parameters
    ----------
    failed
        Where given, the problems of files that cannot be used are added to it, and the other files are read.

    Raises
    ------
    InputError
        If a file is missing, empty, or no bill this program knows.
    """
    import duckdb

    connection = connection or duckdb.connect()
    library = library or load_library()
    files = [Path(p) for p in paths]
    unusable: list[Problem] = []
    views: list[str] = []
    usage = Usage(None, connection)
    for number, (path, source_id) in enumerate(zip(files, source_ids(files), strict=True)):
        try:
            if recognise(path) is None:
                raise InputError(_unknown(path, header_of(path)))
            view, record, problems = from_focus(connection, path, source_id, number, library)
            if not record.lines:
                raise InputError(_no_rows(path))
        except InputError as error:
            unusable += error.problems
            continue
        views.append(view)
        usage.problems += [*problems, *_repeated(record, usage.inputs)]
        usage.inputs.append(record)
    if unusable and failed is None:
        raise InputError(unusable)
    if failed is not None:
        failed += unusable
    if not views:
        return usage
    columns = ", ".join(f'CAST("{n}" AS {_TYPES[k]}) AS "{n}"' for n, k in schema(USAGE).items())
    union = " UNION ALL ".join(f"SELECT {columns} FROM {view}" for view in views)
    usage.relation = connection.sql(union)
    return usage


def _other_bill(path: Path, columns: list[str]) -> Problem | None:
    present = {c.casefold() for c in columns}
    for needed, one_of, what, remedy in _OTHER_BILLS:
        if present.issuperset(needed) and (not one_of or present.intersection(one_of)):
            return Problem("error", "bill_not_read", f"This is {what}, which is not read yet.", remedy, path.name)
    return None


def _repeated(record: InputRecord, earlier: list[InputRecord]) -> list[Problem]:
    same = next((r for r in earlier if r.sha256 == record.sha256), None)
    if same is None:
        return []
    message = f'It has the same content as "{same.source_id}"; its charges are counted twice.'
    return [Problem("warning", "file_repeated", message, "Give the file once.", record.source_id)]


def _no_rows(path: Path) -> Problem:
    return Problem("error", "file_no_rows", "The bill holds a header and no charges.", "Export it again.", path.name)


def _unknown(path: Path, columns: list[str]) -> Problem:
    missing = [c for c in FOCUS_NEEDED if c not in columns]
    near = difflib.get_close_matches(missing[0], columns, n=1) if missing else []
    hint = f' Is "{near[0]}" meant for it?' if near else ""
    return Problem(
        "error",
        "format_unknown",
        f'The bill has no column "{missing[0] if missing else "ChargeCategory"}".{hint}',
        "Give a FOCUS 1.0 bill of AWS or Azure as CSV, gz or Parquet.",
        path.name,
        1,
    )
