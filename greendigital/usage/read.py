"""Reading cloud bills: recognise each file, make one usage frame of all."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

from greendigital.columns import USAGE, schema
from greendigital.errors import InputError, Problem
from greendigital.factorset import FactorLibrary, load_library
from greendigital.inputs import LIKELY_BILL, expand, source_ids
from greendigital.usage.account_ids import account_names, named_accounts_sql
from greendigital.usage.bills import header_of
from greendigital.usage.charges import read_bill
from greendigital.usage.formats import BillFormat
from greendigital.usage.from_azure import AZURE
from greendigital.usage.from_cur import CUR_LEGACY, CUR_SNAKE_CASE
from greendigital.usage.from_focus import FOCUS
from greendigital.usage.from_google import GOOGLE
from greendigital.usage.from_oracle import ORACLE
from greendigital.usage.overlap import BillView, leave_out_repeated
from greendigital.usage.own_columns import OwnColumns, quoted
from greendigital.usage.usage import Usage

_ENDINGS = (".csv", ".gz", ".parquet", ".pq", ".tsv", ".txt", ".json", ".jsonl", ".ndjson")
FORMATS: tuple[BillFormat, ...] = (
    FOCUS,
    CUR_LEGACY,
    CUR_SNAKE_CASE,
    AZURE,
    GOOGLE,
    ORACLE,
)
"""The formats of bills that are read, in the order in which they are asked."""

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
    found = _format_of(OwnColumns(columns))
    if found is not None:
        return found.recognise(OwnColumns(columns))
    if any(len(set(form.wanted) & set(columns)) >= LIKELY_BILL for form in FORMATS):
        raise InputError(_unknown(path, columns))
    return None


def _format_of(own: OwnColumns) -> BillFormat | None:
    return next((form for form in FORMATS if form.recognise(own)), None)


def read_usage(
    *paths: str | Path,
    connection: Any = None,
    library: FactorLibrary | None = None,
    failed: list[Problem] | None = None,
) -> Usage:
    """Read bills into one usage frame, held in the database: on disk where a bill is long.

    Parameters
    ----------
    paths
        Files, folders of them, and patterns such as ``bills/*.parquet``.
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
    files = expand(paths)
    unusable: list[Problem] = []
    views: list[str] = []
    usage = Usage(None, connection)
    for number, (path, source_id) in enumerate(zip(files, source_ids(files), strict=True)):
        try:
            form = _format_of(OwnColumns(header_of(path)))
            if form is None:
                raise InputError(_unknown(path, header_of(path)))
            bill = read_bill(connection, path, source_id, number, library, form)
            if not bill.record.lines:
                raise InputError(_no_rows(path))
        except InputError as error:
            unusable += error.problems
            continue
        views.append(bill.usage)
        usage.problems += bill.problems
        usage.inputs.append(bill.record)
        usage.bills[source_id] = bill.own
    if unusable and failed is None:
        raise InputError(unusable)
    read = zip(usage.inputs, views, strict=True)
    bills = [BillView(r.source_id, r.format, view, r.cost_basis) for r, view in read]
    views, repeated = leave_out_repeated(connection, bills)
    usage.problems += repeated
    if failed is not None:
        failed += unusable
    if not views:
        return usage
    usage.relation = _one_frame(connection, views)
    return usage


def _one_frame(connection: Any, views: list[str]) -> Any:
    """The charges of all bills with the columns of the usage frame; what one bill calls an account, all do."""
    named = {"sub_account": named_accounts_sql(account_names(connection, views))}
    columns = ", ".join(
        f"CAST({named.get(name, quoted(name))} AS {_TYPES[kind]}) AS {quoted(name)}"
        for name, kind in schema(USAGE).items()
    )
    return connection.sql(" UNION ALL ".join(f"SELECT {columns} FROM {view}" for view in views))


def _no_rows(path: Path) -> Problem:
    return Problem("error", "file_no_rows", "The bill holds a header and no charges.", "Export it again.", path.name)


def _unknown(path: Path, columns: list[str]) -> Problem:
    """What the file lacks to be a bill of the format that it is nearest to."""
    form = max(FORMATS, key=lambda form: len(set(form.wanted) & set(columns)))
    missing = [c for c in form.wanted if c not in columns]
    near = difflib.get_close_matches(missing[0], columns, n=1) if missing else []
    hint = f' Is "{near[0]}" meant for it?' if near else ""
    return Problem(
        "error",
        "format_unknown",
        f'The bill has no column "{missing[0] if missing else form.wanted[0]}".{hint}',
        "Give a bill as its provider exports it, as CSV, gz, Parquet or JSON lines; docs/formats.md lists the formats.",
        path.name,
        1,
    )
