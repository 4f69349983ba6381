"""The few things that differ between dataframe engines, so that the bodies need not know them.

Engines: pandas, Polars and DuckDB (a relation on a connection). Bodies are written once in Narwhals expressions;
this module makes small tables for the engine a frame belongs to, and fetches rows without needing PyArrow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw

Schema = Mapping[str, str]
"""Column name to one of ``string``, ``float``, ``int``, ``bool``."""

_DUCKDB_TYPES = {"string": "VARCHAR", "float": "DOUBLE", "int": "BIGINT", "bool": "BOOLEAN", "date": "DATE"}
_NARWHALS_TYPES = {"string": nw.String, "float": nw.Float64, "int": nw.Int64, "bool": nw.Boolean}
_PANDAS_TYPES = {"string": "object", "float": "float64", "int": "int64", "bool": "bool"}


def as_lazy(frame: Any) -> nw.LazyFrame[Any]:
    """Any supported dataframe as a Narwhals lazy frame."""
    wrapped = nw.from_native(frame)
    return wrapped.lazy() if isinstance(wrapped, nw.DataFrame) else wrapped


def is_duckdb(frame: nw.LazyFrame[Any]) -> bool:
    """Whether the frame lives in DuckDB."""
    return frame.implementation is nw.Implementation.DUCKDB


def rows(frame: nw.LazyFrame[Any], columns: Sequence[str]) -> list[tuple[Any, ...]]:
    """The named columns as a list of plain Python tuples; missing values are None."""
    selected = frame.select(*columns)
    if is_duckdb(selected):
        return list(selected.to_native().fetchall())
    # Collected once: a second run of the query may give its rows in another order.
    collected = selected.collect()
    values = [[None if v is None or v != v else v for v in collected[c].to_list()] for c in columns]
    return list(zip(*values, strict=True))


def table(
    like: nw.LazyFrame[Any], columns: Mapping[str, Sequence[Any]], schema: Schema, connection: Any = None
) -> nw.LazyFrame[Any]:
    """A small table for the engine that ``like`` belongs to.

    Parameters
    ----------
    like
        The frame it will be joined to.
    columns, schema
        Equal-length sequences by name, and the type of each.
    connection
        The DuckDB connection of ``like``; needed only there.
    """
    if is_duckdb(like):
        return as_lazy(duckdb_table(connection, columns, schema))
    import pandas as pd

    if like.implementation is nw.Implementation.PANDAS:
        data = {
            name: pd.Series(list(columns[name]), dtype=_pandas_type(kind, columns[name]))
            for name, kind in schema.items()
        }
        return as_lazy(pd.DataFrame(data))
    native = nw.from_dict(
        {name: list(columns[name]) for name in schema},
        schema={name: _NARWHALS_TYPES[kind]() for name, kind in schema.items()},
        backend=like.implementation,
    )
    return native.lazy()


def _pandas_type(kind: str, values: Sequence[Any]) -> str:
    # pandas has no missing value in int64
    return "float64" if kind == "int" and None in values else _PANDAS_TYPES[kind]


@dataclass(frozen=True, slots=True)
class Constant:
    """A column that holds one value in every row: a table need not store it."""

    value: Any


@dataclass(frozen=True, slots=True)
class Derived:
    """A column that follows from stored ones: the expression of the database that gives it."""

    sql: str


Columns = Mapping[str, Sequence[Any] | Constant | Derived]
"""Equal-length sequences by name, at least one of them; what is not stored stands for as many rows as the others."""


def duckdb_table(connection: Any, columns: Columns, schema: Schema) -> Any:
    """A DuckDB relation, held in a temporary table, with exactly the types of ``schema``."""
    import pandas as pd

    stored = {n: v for n in schema if not isinstance(v := columns[n], Constant | Derived)}
    handle = f"t{_next_number()}"
    frame = pd.DataFrame({name: _values_for_duckdb(values, schema[name]) for name, values in stored.items()})
    connection.register(f"{handle}_in", frame)
    casts = ", ".join(f'CAST("{n}" AS {_DUCKDB_TYPES[schema[n]]}) AS "{n}"' for n in stored)
    connection.execute(f"CREATE TEMP TABLE {handle} AS SELECT {casts} FROM {handle}_in")
    connection.unregister(f"{handle}_in")
    table = connection.table(handle)
    if len(stored) == len(schema):
        return table
    return table.project(", ".join(f'"{n}"' if n in stored else _not_stored(n, columns[n], schema[n]) for n in schema))


def _not_stored(name: str, column: Sequence[Any] | Constant | Derived, kind: str) -> str:
    if isinstance(column, Derived):
        return f'CAST({column.sql} AS {_DUCKDB_TYPES[kind]}) AS "{name}"'
    assert isinstance(column, Constant)
    literal = "NULL" if column.value is None else "'" + str(column.value).replace("'", "''") + "'"
    return f'CAST({literal} AS {_DUCKDB_TYPES[kind]}) AS "{name}"'


_FEW, _LOOKED_AT = 4, 2_000
"""A text column in which each value stands so often, on average, is handed over as codes and a list of words; the first
rows tell serial numbers from sites."""


def _values_for_duckdb(values: Sequence[Any], kind: str) -> Any:
    """A column as DuckDB reads it fastest."""
    import numpy as np
    import pandas as pd

    if kind == "float":
        return np.array(values, dtype="float64")
    if kind == "int" and values and None not in values:
        return np.array(values, dtype="int64")
    objects = np.empty(len(values), dtype=object)
    objects[:] = values
    if not _repeats(values[:_LOOKED_AT]) and not _repeats(values):
        is_text = set(map(type, values)) <= {str, type(None)}
        return objects if is_text else np.array([None if v is None else str(v) for v in values], dtype=object)
    codes, distinct = pd.factorize(objects)
    return pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype([str(v) for v in distinct]))


def _repeats(values: Sequence[Any]) -> bool:
    """Whether each value stands several times, on average."""
    return len(set(values)) * _FEW <= len(values)


def materialise(connection: Any, frame: nw.LazyFrame[Any]) -> Any:
    """Run a DuckDB query once and hold its rows in a temporary table."""
    handle = f"t{_next_number()}"
    frame.to_native().create(handle)
    return connection.table(handle)


_counter = 0


def _next_number() -> int:
    global _counter
    _counter += 1
    return _counter
