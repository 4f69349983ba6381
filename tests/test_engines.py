"""One body for every engine: pandas, Polars eager and lazy, and DuckDB give the same lines to 1e-12 relative."""

import math
from datetime import date

import duckdb
import pandas as pd
import polars as pl
import pytest

import greendigital as gd
from greendigital.columns import LINES

LIBRARY = gd.load_library()
PERIOD = "2023-04-01..2025-03-31"
REGISTER = [
    {"category": "laptop", "acquired_date": "2022-05-17", "country": "GBR", "home_share": 0.4},
    {"category": "laptop", "manufacturer": "Dell", "model": "Latitude 5420", "acquired_date": "2021-03-01"},
    {"category": "workstation", "manufacturer": "Dell", "model": "Precision 7760", "acquired_date": "2024-01-01"},
    {"category": "server_rack", "location_type": "server_room", "acquired_date": "2020-01-01", "country": "FRA"},
    {"category": "server_rack", "location_type": "colocation", "pue": 1.3, "ownership": "leased", "quantity": 4.0},
    {"category": "monitor", "screen_size_inches": 23.8, "quantity": 12.0, "expensed": True},
    {"category": "laptop", "status": "retired", "acquired_date": "2021-01-01", "retired_date": "2024-02-29"},
    {"category": "laptop", "status": "retired"},
    {"category": "tablet", "status": "in_stock", "ownership": "byod", "acquired_date": "2019-01-01"},
    {"category": "laptop", "condition": "refurbished", "annual_kwh": 30.0, "planned_life_years": 3.0},
    {"manufacturer": "Acme", "model": "Gizmo", "quantity": 2.0},
    {"category": "firewall", "country": "LIE"},
]
TEXT = ("category", "manufacturer", "model", "acquired_date", "retired_date", "country", "location_type", "status")
TEXT = (*TEXT, "ownership", "condition")
NUMBERS = ("home_share", "pue", "quantity", "screen_size_inches", "annual_kwh", "planned_life_years")
COLUMNS = {
    **{name: [row.get(name) for row in REGISTER] for name in (*TEXT, *NUMBERS)},
    "expensed": [row.get("expensed") for row in REGISTER],
    "source_id": ["register"] * len(REGISTER),
    "source_row": list(range(2, len(REGISTER) + 2)),
    "line_id": [f"register:{n}" for n in range(2, len(REGISTER) + 2)],
}
SCHEMA = {
    **dict.fromkeys(TEXT, pl.String),
    **dict.fromkeys(NUMBERS, pl.Float64),
    "expensed": pl.Boolean,
    "source_id": pl.String,
    "source_row": pl.Int64,
    "line_id": pl.String,
}


def as_pandas():
    return pd.DataFrame(COLUMNS)


def as_polars():
    return pl.DataFrame(COLUMNS, schema=SCHEMA)


def as_duckdb(connection):
    typed = {pl.String: "VARCHAR", pl.Float64: "DOUBLE", pl.Boolean: "BOOLEAN", pl.Int64: "BIGINT"}
    columns = ", ".join(f"{name} {typed[kind]}" for name, kind in SCHEMA.items())
    connection.execute(f"CREATE TABLE register ({columns})")
    places = ", ".join("?" for _ in SCHEMA)
    for row in zip(*(COLUMNS[name] for name in SCHEMA), strict=True):
        connection.execute(f"INSERT INTO register VALUES ({places})", row)
    return connection.table("register")


def rows_of(frame):
    """Lines in order, as plain values; whatever an engine writes for a missing one is None."""
    if isinstance(frame, pl.LazyFrame):
        frame = frame.collect()
    if isinstance(frame, pl.DataFrame):
        found = frame.to_dicts()
    elif isinstance(frame, pd.DataFrame):
        found = frame.to_dict("records")
    else:
        found = [dict(zip(frame.columns, row, strict=True)) for row in frame.fetchall()]
    plain = [
        {k: None if v is None or v != v else str(v)[:10] if isinstance(v, date) else v for k, v in r.items()}
        for r in found
    ]
    return sorted(plain, key=lambda r: (r["source_row"], r["part"]))


@pytest.fixture(scope="module")
def expected():
    """The lines of pandas; the others are held against them."""
    return rows_of(gd.estimate_hardware(as_pandas(), period=PERIOD, library=LIBRARY))


def assert_same(found, expected):
    assert len(found) == len(expected)
    for row, other in zip(found, expected, strict=True):
        for column in LINES:
            one, two = row[column.name], other[column.name]
            if isinstance(two, float):
                assert math.isclose(one, two, rel_tol=1e-12, abs_tol=1e-12), (row["line_id"], column.name, one, two)
            else:
                assert one == two, (row["line_id"], column.name, one, two)


def test_the_register_has_every_status_and_both_parts(expected):
    assert {r["status"] for r in expected} >= {"estimated", "partial", "excluded"}
    assert {r["part"] for r in expected} == {1, 2, 3, 4}
    assert sum(r["total_kg_co2e"] or 0 for r in expected) > 0


def test_pandas_gives_pandas():
    assert isinstance(gd.estimate_hardware(as_pandas(), period=PERIOD, library=LIBRARY), pd.DataFrame)


def test_polars_eager_is_equal_and_gives_polars(expected):
    found = gd.estimate_hardware(as_polars(), period=PERIOD, library=LIBRARY)
    assert isinstance(found, pl.DataFrame)
    assert_same(rows_of(found), expected)


def test_polars_lazy_is_equal_and_stays_lazy(expected):
    found = gd.estimate_hardware(as_polars().lazy(), period=PERIOD, library=LIBRARY)
    assert isinstance(found, pl.LazyFrame)
    assert_same(rows_of(found), expected)


def test_duckdb_is_equal_and_gives_a_relation(expected):
    connection = duckdb.connect()
    found = gd.estimate_hardware(as_duckdb(connection), period=PERIOD, library=LIBRARY, connection=connection)
    assert isinstance(found, duckdb.DuckDBPyRelation)
    assert_same(rows_of(found), expected)


def test_the_footprint_of_a_frame_is_the_sum_of_its_lines(expected):
    total = gd.estimate(as_polars(), period=PERIOD, library=LIBRARY).summary["totals"]["total"]["central"]
    assert total == pytest.approx(math.fsum(r["total_kg_co2e"] or 0 for r in expected), rel=1e-12)
