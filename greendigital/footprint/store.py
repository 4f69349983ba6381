"""The lines of a run, held in DuckDB: every report is a question to them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from greendigital import disk, frames
from greendigital.columns import FACTORS_USED, LINES, STAGE_COLUMNS, names, schema

_SQL_TYPES = {"string": "VARCHAR", "float": "DOUBLE", "int": "BIGINT", "bool": "BOOLEAN", "date": "DATE"}
_WORKING = {
    "resource_id": "VARCHAR",
    "tags": "VARCHAR",
    "device_embodied_kg_co2e": "DOUBLE",
    "device_mass_kg": "DOUBLE",
    "device_mass_from": "VARCHAR",
}
"""Working columns beside those of the contract, which some lines come with."""

_ROW_GROUP = 122_880
_MANY, _BLOCK = 250_000, 2 * _ROW_GROUP
"""Assets from which on their lines are held on disk, and how many are taken at once: a group of rows for each core."""
_MOST_ROWS, _MOST_PARTS = 2**32, 2**10
"""Rows of a file and parts of a row that the one number of a place has room for: Excel has 2**20 rows."""


class LineStore:
    """Lines and factors used, as tables ``lines`` and ``factors_used`` of one DuckDB connection."""

    def __init__(self, connection: Any, tag_columns: Sequence[str] = ()) -> None:
        self.connection = connection
        self.tag_columns = tuple(tag_columns)
        self.has_assets = False
        self._table = "lines"

    @property
    def columns(self) -> list[str]:
        """Columns of the contract, with a ``tags_<name>`` column for each chosen tag."""
        return [*names(LINES), *(f"tags_{name}" for name in self.tag_columns)]

    def load(self, relations: Sequence[Any], source_ids: Collection[str], n_assets: int = 0) -> None:
        """Make the table ``lines`` of DuckDB relations that have the columns of the contract, sorted by source.

        A table gives its rows in the order in which they went in, so that nothing has to sort them again.

        Parameters
        ----------
        source_ids
            All those of the relations.
        n_assets
            Rows of the assets frame; the lines of very many of them, alone, are made in blocks and held on disk.
        """
        kinds = schema(LINES)
        for number, relation in enumerate(relations):
            relation.create_view(f"lines_in_{number}", replace=True)
        union = " UNION ALL BY NAME ".join(f"SELECT * FROM lines_in_{n}" for n in range(len(relations)))
        casts = ", ".join(f'CAST("{n}" AS {_SQL_TYPES[kinds[n]]}) AS "{n}"' for n in kinds)
        select = f"SELECT * REPLACE ({casts}) FROM ({union})"
        # One whole number to sort by: a key that begins with a text takes several times as long over so many columns.
        places = ", ".join(_literal(source) for source in sorted(source_ids))
        key = f"(list_position([{places}], source_id)::BIGINT * {_MOST_ROWS} + source_row) * {_MOST_PARTS} + part"
        if n_assets > _MANY and len(relations) == 1:
            self._load_blocks(select, key, n_assets)
        else:
            self.connection.execute(f"CREATE OR REPLACE TABLE lines AS {select} ORDER BY {key}")
        present = {row[0] for row in self.connection.execute(f"DESCRIBE {self._table}").fetchall()}
        for name, kind in _WORKING.items():
            if name not in present:
                self.connection.execute(f"ALTER TABLE {self._table} ADD COLUMN {name} {kind}")
        self._add_tags()
        if self._table != "lines":
            self.connection.execute(f"CREATE OR REPLACE VIEW lines AS SELECT * FROM {self._table}")

    def _load_blocks(self, select: str, key: str, n_assets: int) -> None:
        """Lines of very many assets, a block at a time, into a file that holds them compressed."""
        where = disk.attach(self.connection, "lines_on_disk")
        run, self._table = self.connection.execute, f"{where}.lines"
        made = f"CREATE TABLE {self._table} AS"
        for first in range(0, n_assets, _BLOCK):
            run(f"{made} {select} WHERE place BETWEEN {first} AND {first + _BLOCK - 1} ORDER BY {key}")
            made = f"INSERT INTO {self._table}"
        before = f"SELECT {key} AS k, lag(k) OVER () AS before FROM {self._table}"
        if self.query(f"SELECT 1 FROM ({before}) WHERE k < before LIMIT 1"):
            run(f"CREATE TABLE {where}.sorted AS SELECT * FROM {self._table} ORDER BY {key}")
            run(f"DROP TABLE {self._table}; ALTER TABLE {where}.sorted RENAME TO lines")
        disk.bound_memory(self.connection)

    def _add_tags(self) -> None:
        for name in self.tag_columns:
            key = name.replace("'", "''").replace('"', '\\"')
            self.connection.execute(f'ALTER TABLE {self._table} ADD COLUMN "tags_{name}" VARCHAR')
            self.connection.execute(
                f'UPDATE {self._table} SET "tags_{name}" = json_extract_string(tags, \'$."{key}"\') '
                "WHERE tags IS NOT NULL AND json_valid(tags)"
            )

    def keep_assets(self, relation: Any) -> None:
        """Make the view ``assets`` of the rows that the hardware lines are made of; advice asks it too."""
        relation.create_view("assets", replace=True)
        self.has_assets = True

    def assets(self) -> list[dict[str, Any]]:
        """What the rows of the assets say of their models, in the order of the files."""
        return self.query(
            "SELECT manufacturer, model, category, quantity, screen_size_inches, acquired_date, merged_into, set_aside "
            "FROM assets ORDER BY place"
        )

    def load_factors(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Make the table ``factors_used``."""
        kinds = schema(FACTORS_USED)
        table = frames.duckdb_table(self.connection, {n: [r[n] for r in rows] for n in kinds}, kinds)
        table.create_view("factors_in", replace=True)
        self.connection.execute("CREATE OR REPLACE TABLE factors_used AS SELECT * FROM factors_in ORDER BY factor_id")

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Rows of a question as dictionaries."""
        cursor = self.connection.execute(sql, list(parameters))
        columns = [d[0] for d in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]

    def rows(self) -> list[dict[str, Any]]:
        """The lines as dictionaries, in the order of the file."""
        wanted = ", ".join(f'"{c}"' for c in self.columns)
        return self.query(f"SELECT {wanted} FROM lines")

    def first_rows(self, columns: Sequence[str], most: int) -> list[dict[str, Any]]:
        """The first lines for a person to look at; use and embodied of a line each added up to one figure."""
        sums = {"use_kg_co2e": STAGE_COLUMNS[:4], "embodied_kg_co2e": STAGE_COLUMNS[4:9]}
        wanted = [f"list_sum([{', '.join(sums[c])}]) AS {c}" if c in sums else f'"{c}"' for c in columns]
        return self.query(f"SELECT {', '.join(wanted)} FROM lines LIMIT {most}")

    def __len__(self) -> int:
        return int(self.query("SELECT count(*) AS n FROM lines")[0]["n"])

    def factors(self) -> list[dict[str, Any]]:
        """Rows of ``factors_used``."""
        return self.query("SELECT * FROM factors_used ORDER BY factor_id")

    def used_factor_ids(self) -> set[str]:
        """Ids of every factor that a line names."""
        columns = [c for c in self.columns if c.endswith("_factor_id")]
        found = self.query("SELECT " + ", ".join(f'list(DISTINCT "{c}") AS "{c}"' for c in columns) + " FROM lines")[0]
        return {i for ids in found.values() for i in ids or () if i is not None}

    def write_parquet(self, folder: Path) -> None:
        """Write ``lines.parquet`` and ``factors_used.parquet``; another thread may ask the store meanwhile."""
        cursor = self.connection.cursor()
        wanted = ", ".join(f'"{c}"' for c in self.columns)
        for name, sql in (
            ("lines", f"SELECT {wanted} FROM lines"),
            ("factors_used", "SELECT * FROM factors_used ORDER BY factor_id"),
        ):
            target = str(folder / f"{name}.parquet").replace("'", "''")
            cursor.execute(
                f"COPY ({sql}) TO '{target}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROW_GROUP})"
            )

    @classmethod
    def read(cls, folder: Path, connection: Any) -> LineStore:
        """The lines and factors of a written run; a column that it was made without is empty."""
        for name in ("lines", "factors_used"):
            source = str(folder / f"{name}.parquet").replace("'", "''")
            connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM read_parquet('{source}')")
        found = [row[0] for row in connection.execute("DESCRIBE lines").fetchall()]
        for name, kind in schema(LINES).items():
            if name not in found:
                connection.execute(f'ALTER TABLE lines ADD COLUMN "{name}" {_SQL_TYPES[kind]}')
        return cls(connection, [c.removeprefix("tags_") for c in found if c.startswith("tags_")])


def _literal(text: str) -> str:
    quoted = text.replace("'", "''")
    return f"'{quoted}'"
