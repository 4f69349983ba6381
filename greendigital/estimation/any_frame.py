"""Frames of any engine in and out: line identity, DuckDB relations, and back to what was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import narwhals as nw

from greendigital import frames
from greendigital.columns import ASSET_IDENTITY, ASSETS, schema
from greendigital.inventory.assets import Rows

_SOURCE = "dataframe"


def relation_of_rows(rows: Sequence[Mapping[str, Any]], connection: Any) -> Any:
    """Rows of an assets frame as a DuckDB relation, numbered from 0 in a column ``place``."""
    kinds = {**schema((*ASSETS, *ASSET_IDENTITY)), "place": "int"}
    columns: dict[str, Any] = {"place": range(len(rows))}
    for name in kinds.keys() - columns.keys():
        columns[name] = rows.held(name) if isinstance(rows, Rows) else [row[name] for row in rows]
    return frames.duckdb_table(connection, columns, kinds)


def relation_of(frame: Any, connection: Any) -> Any:
    """A frame of any engine as a relation of the connection, with line identity where it has none.

    A DuckDB relation stays what it is, and must belong to the connection.
    """
    lazy = with_identity(frames.as_lazy(frame))
    return lazy.to_native() if frames.is_duckdb(lazy) else _registered(lazy, connection)


def _registered(lazy: nw.LazyFrame[Any], connection: Any) -> Any:
    import pandas as pd

    eager = lazy.collect()
    data = eager.to_native()
    if not isinstance(data, pd.DataFrame):
        # By way of lists: Polars' own way to pandas or DuckDB needs PyArrow, which is no dependency.
        data = pd.DataFrame({name: pd.Series(eager[name].to_list(), dtype="object") for name in eager.columns})
    handle = f"frame_in_{id(data)}"
    connection.register(handle, data)
    return connection.table(handle)


def with_identity(lazy: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Add ``source_id``, ``source_row`` (from 2, as under a header) and ``line_id`` to a frame that has none."""
    present = lazy.collect_schema().names()
    if "source_id" not in present:
        lazy = lazy.with_columns(source_id=nw.lit(_SOURCE))
    if "source_row" not in present:
        if frames.is_duckdb(lazy):
            lazy = frames.as_lazy(lazy.to_native().project("*, row_number() OVER () + 1 AS source_row"))
        else:
            numbered = lazy.collect().with_row_index("source_row")
            lazy = numbered.with_columns(nw.col("source_row").cast(nw.Int64) + 2).lazy()
    if "line_id" not in present:
        row = nw.col("source_row").cast(nw.Int64).cast(nw.String)
        lazy = lazy.with_columns(line_id=nw.concat_str(nw.col("source_id"), row, separator=":"))
    return lazy


def connection_of(frame: Any, connection: Any = None) -> Any:
    """The connection for a DuckDB frame, the default one when none is given; None for other engines."""
    if connection is not None or not frames.is_duckdb(frames.as_lazy(frame)):
        return connection
    import duckdb

    return duckdb.default_connection()


def like(frame: Any, lines: nw.LazyFrame[Any]) -> Any:
    """The lines as the kind of frame that was given: eager when it was eager."""
    return lines.collect().to_native() if isinstance(nw.from_native(frame), nw.DataFrame) else lines.to_native()


def span_of_charges(frame: Any) -> tuple[date, date] | None:
    """First and last day of the usage charges of a frame; None when no charge has a date."""
    lazy = frames.as_lazy(frame)
    present = lazy.collect_schema().names()
    if "period_start" not in present:
        return None
    if "charge_class" in present:
        lazy = lazy.filter(nw.col("charge_class") == "usage")
    columns = [name for name in ("period_start", "period_end") if name in present]
    spans = [tuple(_day(v) for v in row) for row in frames.rows(lazy.select(*columns).unique(), columns)]
    # The end of a charge period is the day after its last.
    ends = [max(start, (rest[0] - timedelta(days=1)) if rest and rest[0] else start) for start, *rest in spans if start]
    starts = [span[0] for span in spans if span[0]]
    return (min(starts), max(ends)) if starts else None


def _day(value: Any) -> date | None:
    """A date of whatever an engine gives for one."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
