"""Room on the disk for a database: what is too long for memory is held in a temporary folder that goes with it."""

from __future__ import annotations

import contextlib
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_MEMORY = "1000MB"
"""What a database with very many rows may hold in memory."""

_folders: weakref.WeakKeyDictionary[Any, tempfile.TemporaryDirectory[str]] = weakref.WeakKeyDictionary()


def attach(connection: Any, name: str) -> str:
    """A database in a file, beside the one in memory; the same one when asked again. Tables in it are compressed."""
    if not any(row[0] == name for row in connection.execute("SELECT database_name FROM duckdb_databases()").fetchall()):
        connection.execute(f"ATTACH {_literal(str(folder_of(connection) / f'{name}.duckdb'))} AS {name}")
    return name


def bound_memory(connection: Any) -> None:
    """Let the database put on the disk what it has no room for in a bounded part of the memory."""
    import duckdb

    # Refused where another folder is in use already, or more memory: then it goes on as it was.
    for setting in (f"temp_directory = {_literal(str(folder_of(connection)))}", f"memory_limit = '{_MEMORY}'"):
        with contextlib.suppress(duckdb.Error):
            connection.execute(f"SET {setting}")


@contextlib.contextmanager
def bounded_memory(connection: Any) -> Iterator[None]:
    """Within it memory is bounded, and after it as it was."""
    before = connection.execute("SELECT current_setting('memory_limit')").fetchone()[0]
    bound_memory(connection)
    try:
        yield
    finally:
        connection.execute(f"SET memory_limit = {_literal(before)}")


def unbound_memory(connection: Any) -> None:
    """Let the database have all the memory there is."""
    connection.execute("RESET memory_limit")


def folder_of(connection: Any) -> Path:
    """The folder of a connection, which goes when the connection goes."""
    if connection not in _folders:
        _folders[connection] = tempfile.TemporaryDirectory(prefix="greendigital-", ignore_cleanup_errors=True)
    return Path(_folders[connection].name)


def _literal(text: str) -> str:
    quoted = text.replace("'", "''")
    return f"'{quoted}'"
