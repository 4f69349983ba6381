"""Bills as DuckDB tables of text: the file's own columns, with the row number a spreadsheet shows.

What is nested (Parquet, JSON) is laid flat, with the names joined by a full stop: ``service.description``. Maps and
lists stay, as JSON text.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import json
import shutil
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from greendigital import disk
from greendigital.errors import InputError, Problem
from greendigital.inputs import check_readable, utf16_of
from greendigital.usage.own_columns import literal, quoted

_PARQUET = (".parquet", ".pq")
_JSON = (".json", ".jsonl", ".ndjson")
_HEAD_BYTES = 1_000_000
_BLOCK_BYTES = 1 << 22
_WINDOWS = "cp1252"
"""What a text is taken to be that is neither UTF-8 nor UTF-16; Latin-1 is the same but for signs that no text has."""


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
    if path.suffix.lower() in _JSON:
        return _json_header(path)
    return _dialect(path)[1]


def _dialect(path: Path) -> tuple[str, list[str]]:
    """The delimiter and the header of a delimited text, from its first line."""
    encoding = _encoding(path)
    try:
        with _opener(path)(path, "rt", encoding=encoding or "utf-8-sig", errors="replace", newline="") as handle:
            line = handle.readline(1_000_000).removeprefix("\ufeff")
    except (OSError, EOFError) as error:
        raise InputError(
            Problem("error", "file_not_readable", f"The file cannot be read ({error}).", "Export it again.", path.name)
        ) from None
    delimiter = max(",;\t|", key=lambda d: (line.count(d), d == ","))
    return delimiter, [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]


def shape_of(path: Path) -> tuple[int, str]:
    """How many columns a delimited text has, and its delimiter; nought for a file of another kind."""
    if path.suffix.lower() in (*_PARQUET, *_JSON):
        return 0, ","
    delimiter, header = _dialect(path)
    return len(header), delimiter


def _opener(path: Path) -> Any:
    return gzip.open if path.suffix.lower() == ".gz" else open


@lru_cache(maxsize=64)
def _encoding_of(path: Path, size: int, changed: int) -> str:
    """``utf-16``, or ``cp1252`` where a sign anywhere in the file is not UTF-8; empty for UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with _opener(path)(path, "rb") as handle:
            block = handle.read(_HEAD_BYTES)
            if utf16_of(block):
                return "utf-16"
            while block:
                decoder.decode(block)
                block = handle.read(_BLOCK_BYTES)
    except UnicodeDecodeError:
        return _WINDOWS
    except (OSError, EOFError, zlib.error):
        return ""
    return ""


def _encoding(path: Path) -> str:
    found = path.stat()
    return _encoding_of(path, found.st_size, found.st_mtime_ns)


def _parquet_header(path: Path, connection: Any) -> list[str]:
    import duckdb

    try:
        relation = (connection or duckdb.connect()).read_parquet(str(path))
    except duckdb.Error as error:
        raise _unreadable(path, "The Parquet file", error) from None
    return [name for name, _, _ in _flat(relation.columns, relation.types)]


def _unreadable(path: Path, what: str, error: Exception) -> InputError:
    message = f"{what} cannot be read ({str(error).splitlines()[0]})."
    return InputError(Problem("error", "file_not_readable", message, "Export it again.", path.name))


def _json_header(path: Path) -> list[str]:
    """Names of the first record, where the file holds one record a line; else none: it is no bill."""
    with path.open("rb") as handle:
        line = handle.readline(_HEAD_BYTES)
    try:
        record = json.loads(line)
    except ValueError:
        return []
    return list(_names_in(record, "")) if isinstance(record, dict) else []


def _names_in(record: dict[str, Any], before: str) -> Iterator[str]:
    for name, value in record.items():
        if isinstance(value, dict):
            yield from _names_in(value, f"{before}{name}.")
        else:
            yield f"{before}{name}"


def columns_of(connection: Any, bill: str) -> list[str]:
    """Columns of an opened bill, without the number of the row."""
    described = connection.execute(f"DESCRIBE {bill}").fetchall()
    return [row[0] for row in described if row[0] != "source_row"]


def open_bill(connection: Any, path: Path, number: int) -> str:
    """A view of the bill with every column as text (missing as NULL) and ``source_row``; gives its name."""
    import duckdb

    name = f"bill_{number}"
    ending = path.suffix.lower()
    try:
        if ending in _PARQUET:
            _open_nested(
                connection, f"read_parquet({literal(str(path))}, file_row_number=true)", "file_row_number + 2", name
            )
        elif ending in _JSON:
            source = f"read_json({literal(str(path))}, format='newline_delimited', sample_size=-1, maximum_depth=-1)"
            _open_nested(connection, source, "row_number() OVER ()", name)
        else:
            _open_csv(connection, path, name)
    except duckdb.Error as error:
        raise _unreadable(path, "The bill", error) from None
    return name


def _open_csv(connection: Any, path: Path, name: str) -> None:
    """The view over a CSV; in parallel where that can be done.

    The dialect is given, not found out: of a bill that is cut short DuckDB may take every line for one cell. It cannot
    fill short rows up in parallel when a quoted field holds a line break (a tag, for instance), and says so only when
    it comes to that row: hence the count over the whole file.
    """
    import duckdb

    delimiter, header = _dialect(path)
    columns = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in _apart(header))

    def create(text: Path, options: str = "") -> None:
        connection.execute(
            f"CREATE OR REPLACE VIEW {name} AS SELECT row_number() OVER () + 1 AS source_row, * FROM "
            f"read_csv({literal(str(text))}, auto_detect=false, columns={{{columns}}}, delim={literal(delimiter)}, "
            f"header=true, nullstr=['NULL', ''], quote='\"', escape='\"', null_padding=true, "
            f"strict_mode=false{options})"
        )
        connection.execute(f"SELECT count(*) FROM {name}")

    encoding = _encoding(path)
    text = _as_utf8(connection, path, name) if encoding == _WINDOWS else path
    known = ", encoding='utf-16'" if encoding == "utf-16" else ""
    try:
        create(text, known)
    except duckdb.Error:
        create(text, f"{known}, parallel=false")


def _as_utf8(connection: Any, path: Path, name: str) -> Path:
    """The text with every sign as UTF-8: the database knows Latin-1, which has no euro and no curly quotes."""
    target = disk.folder_of(connection) / f"{name}.csv"
    with (
        _opener(path)(path, "rt", encoding=_WINDOWS, errors="replace", newline="") as source,
        target.open("w", encoding="utf-8", newline="") as copy,
    ):
        shutil.copyfileobj(source, copy, _BLOCK_BYTES)
    return target


def _apart(header: list[str]) -> list[str]:
    """Names of columns that differ, whatever the capitals: a second one of a name gets a number, an empty one too."""
    found: dict[str, str] = {}
    for place, name in enumerate(header, start=1):
        unlike = name or f"column{place}"
        while unlike.casefold() in found:
            unlike += f"_{place}"
        found[unlike.casefold()] = unlike
    return list(found.values())


def _open_nested(connection: Any, source: str, row: str, name: str) -> None:
    relation = connection.sql(f"SELECT * FROM {source}")
    columns = ", ".join(
        f"{_as_text(expression, kind)} AS {quoted(column)}"
        for column, expression, kind in _flat(relation.columns, relation.types)
        if column != "file_row_number"
    )
    connection.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT {row} AS source_row, {columns} FROM {source}")


def _flat(names: Sequence[str], kinds: Sequence[Any]) -> Iterator[tuple[str, str, Any]]:
    """Each column with the expression that gives it and its type; fields of a structure are columns of their own."""
    for name, kind in zip(names, kinds, strict=True):
        yield from _fields(name, quoted(name), kind)


def _fields(name: str, expression: str, kind: Any) -> Iterator[tuple[str, str, Any]]:
    if kind.id != "struct":
        yield name, expression, kind
        return
    for field, inner in kind.children:
        yield from _fields(f"{name}.{field}", f"{expression}.{quoted(field)}", inner)


def _as_text(expression: str, kind: Any) -> str:
    if kind.id in ("map", "list", "array"):
        return f"to_json({expression})::VARCHAR"
    if str(kind) == "TIMESTAMP WITH TIME ZONE":
        # As text it would follow the clock of the machine, and a charge at midnight could change its day.
        return f"CAST(make_timestamp(epoch_us({expression})) AS VARCHAR)"
    return f"nullif(nullif(CAST({expression} AS VARCHAR), 'NULL'), '')"
