"""Charges of a bill, held in a table of the database: they are asked many times, and a CSV is slow to read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from greendigital import disk

_LONG_BYTES = 32_000_000
"""Size of a file from which on its charges are held on disk, so that memory does not grow with them."""

_TIMES = {".gz": 10, ".parquet": 10, ".pq": 10}
"""How many times as long a compressed file is taken to be."""


def hold(connection: Any, name: str, sql: str, path: Path) -> str:
    """Make a table of a question to the bill at ``path``; gives its name, qualified."""
    if path.stat().st_size * _TIMES.get(path.suffix.lower(), 1) <= _LONG_BYTES:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")
        return name
    table = f"{disk.attach(connection, 'bills_on_disk')}.{name}"
    disk.bound_memory(connection)
    connection.execute(f"CREATE OR REPLACE TABLE {table} AS {sql}")
    return table
