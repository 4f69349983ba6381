"""Bills as DuckDB tables of text: the file's own columns, with the row number a spreadsheet shows."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import Any

from greendigital.errors import InputError, Problem
from greendigital.inputs import BILL_COLUMNS, check_readable, utf16_of

FOCUS_NEEDED = BILL_COLUMNS
_FOCUS_1_1 = ("SkuMeter", "SkuPriceDetails", "ServiceSubcategory")
_FOCUS_1_2 = ("InvoiceId", "SubAccountType", "BillingAccountType")
_PARQUET = (".parquet", ".pq")
_HEAD_BYTES = 1_000_000


def header_of(path: Path, connection: Any = None) -> list[str]:
    """Column names of a bill, without reading further.

    Raises
    ------
    InputError
        If the file is missing, empty, or not what its name says.
    """
    check_readable(path)
    if path.suffix.lower() in _PARQUET:
        return _parquet_header(path, connection)
    encoding = _encoding(path)
    try:
        with _opener(path)(path, "rt", encoding=encoding or "utf-8-sig", errors="replace", newline="") as handle:
            line = handle.readline(1_000_000).removeprefix("\ufeff")
    except (OSError, EOFError) as error:
        raise InputError(
            Problem("error", "file_not_readable", f"The file cannot be read ({error}).", "Export it again.", path.name)
        ) from None
    delimiter = max(",;\t|", key=lambda d: (line.count(d), d == ","))
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]


def _opener(path: Path) -> Any:
    return gzip.open if path.suffix.lower() == ".gz" else open


def _encoding(path: Path) -> str:
    """``utf-16`` or ``latin-1`` where the start of the file says so; empty for UTF-8."""
    try:
        with _opener(path)(path, "rb") as handle:
            head = handle.read(_HEAD_BYTES)
    except (OSError, EOFError):
        return ""
    if utf16_of(head):
        return "utf-16"
    try:
        # A character may be cut at the end of the head.
        head[:-4].decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return ""


def _parquet_header(path: Path, connection: Any) -> list[str]:
    import duckdb

    try:
        relation = (connection or duckdb.connect()).read_parquet(str(path))
    except duckdb.Error as error:
        raise InputError(
            Problem(
                "error",
                "file_not_readable",
                f"The Parquet file cannot be read ({str(error).splitlines()[0]}).",
                "Export it again.",
                path.name,
            )
        ) from None
    return list(relation.columns)


def focus_version(columns: list[str]) -> str | None:
    """``focus-1.0``, ``focus-1.1`` or ``focus-1.2`` when the columns are those of a FOCUS bill."""
    if not set(FOCUS_NEEDED) <= set(columns):
        return None
    if set(_FOCUS_1_2) & set(columns):
        return "focus-1.2"
    return "focus-1.1" if set(_FOCUS_1_1) & set(columns) else "focus-1.0"


def open_bill(connection: Any, path: Path, number: int) -> str:
    """A view of the bill with every column as text (missing as NULL) and ``source_row``; gives its name."""
    import duckdb

    name = f"bill_{number}"
    target = str(path).replace("'", "''")
    try:
        if path.suffix.lower() in _PARQUET:
            _open_parquet(connection, target, name)
        else:
            _open_csv(connection, target, name, _encoding(path))
    except duckdb.Error as error:
        raise InputError(
            Problem(
                "error",
                "file_not_readable",
                f"The bill cannot be read ({str(error).splitlines()[0]}).",
                "Export it again.",
                path.name,
            )
        ) from None
    return name


def _open_csv(connection: Any, target: str, name: str, encoding: str) -> None:
    """The view over a CSV; in parallel where that can be done.

    DuckDB cannot fill short rows up in parallel when a quoted field holds a line break (a tag, for instance), and says
    so only when it comes to that row: hence the count over the whole file.
    """
    import duckdb

    def create(options: str) -> None:
        connection.execute(
            f"CREATE OR REPLACE VIEW {name} AS SELECT row_number() OVER () + 1 AS source_row, * FROM "
            f"read_csv('{target}', all_varchar=true, header=true, nullstr=['NULL', ''], quote='\"', escape='\"', "
            f"null_padding=true, strict_mode=false{options})"
        )
        connection.execute(f"SELECT count(*) FROM {name}")

    known = f", encoding='{encoding}'" if encoding else ""
    try:
        create(known)
    except duckdb.Error as error:
        if not encoding and "utf" in str(error).casefold():
            # Not UTF-8 further down than the start of the file.
            known = ", encoding='latin-1'"
        create(f"{known}, parallel=false")


def _open_parquet(connection: Any, target: str, name: str) -> None:
    relation = connection.read_parquet(target)
    columns = ", ".join(_as_text(c, str(t)) for c, t in zip(relation.columns, relation.types, strict=True))
    connection.execute(
        f"CREATE OR REPLACE VIEW {name} AS SELECT file_row_number + 2 AS source_row, {columns} "
        f"FROM read_parquet('{target}', file_row_number=true)"
    )


def _as_text(column: str, kind: str) -> str:
    quoted = '"' + column.replace('"', '""') + '"'
    if kind.startswith(("MAP", "STRUCT")) or kind.endswith("[]"):
        return f"to_json({quoted})::VARCHAR AS {quoted}"
    if kind == "TIMESTAMP WITH TIME ZONE":
        # As text it would follow the clock of the machine, and a charge at midnight could change its day.
        return f"CAST(make_timestamp(epoch_us({quoted})) AS VARCHAR) AS {quoted}"
    return f"nullif(nullif(CAST({quoted} AS VARCHAR), 'NULL'), '') AS {quoted}"
