"""The lines of a run, held in DuckDB: every report is a question to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from greendigital import frames
from greendigital.columns import FACTORS_USED, LINES, names, schema

_SQL_TYPES = {"string": "VARCHAR", "float": "DOUBLE", "int": "BIGINT", "bool": "BOOLEAN", "date": "DATE"}
_ROW_GROUP = 122_880


class LineStore:
    """Lines and factors used, as tables ``lines`` and ``factors_used`` of one DuckDB connection."""

    def __init__(self, connection: Any, tag_columns: Sequence[str] = ()) -> None:
        self.connection = connection
        self.tag_columns = tuple(tag_columns)

    @property
    def columns(self) -> list[str]:
        """Columns of the contract, with a ``tags_<name>`` column for each chosen tag."""
        return [*names(LINES), *(f"tags_{name}" for name in self.tag_columns)]

    def load(self, relations: Sequence[Any]) -> None:
        """Make the table ``lines`` of DuckDB relations that have the columns of the contract, sorted by source."""
        kinds = schema(LINES)
        for number, relation in enumerate(relations):
            relation.create_view(f"lines_in_{number}", replace=True)
        union = " UNION ALL BY NAME ".join(f"SELECT * FROM lines_in_{n}" for n in range(len(relations)))
        casts = ", ".join(f'CAST("{n}" AS {_SQL_TYPES[kinds[n]]}) AS "{n}"' for n in kinds)
        self.connection.execute(
            f"CREATE OR REPLACE TABLE lines AS SELECT * REPLACE ({casts}) FROM ({union}) "
            "ORDER BY source_id, source_row, part"
        )
        present = {row[0] for row in self.connection.execute("DESCRIBE lines").fetchall()}
        for name, kind in (("resource_id", "VARCHAR"), ("tags", "VARCHAR"), ("device_embodied_kg_co2e", "DOUBLE")):
            if name not in present:
                self.connection.execute(f"ALTER TABLE lines ADD COLUMN {name} {kind}")
        self._add_tags()

    def _add_tags(self) -> None:
        for name in self.tag_columns:
            key = name.replace("'", "''").replace('"', '\\"')
            self.connection.execute(f'ALTER TABLE lines ADD COLUMN "tags_{name}" VARCHAR')
            self.connection.execute(
                f'UPDATE lines SET "tags_{name}" = json_extract_string(tags, \'$."{key}"\') '
                "WHERE tags IS NOT NULL AND json_valid(tags)"
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

    def rows(self, most: int | None = None) -> list[dict[str, Any]]:
        """The lines as dictionaries, in the order of the file; the first ``most`` of them where given."""
        wanted = ", ".join(f'"{c}"' for c in self.columns)
        limit = f" LIMIT {most}" if most is not None else ""
        return self.query(f"SELECT {wanted} FROM lines ORDER BY source_id, source_row, part{limit}")

    def __len__(self) -> int:
        return int(self.query("SELECT count(*) AS n FROM lines")[0]["n"])

    def factors(self) -> list[dict[str, Any]]:
        """Rows of ``factors_used``."""
        return self.query("SELECT * FROM factors_used ORDER BY factor_id")

    def used_factor_ids(self) -> set[str]:
        """Ids of every factor that a line names."""
        columns = [c for c in self.columns if c.endswith("_factor_id")]
        union = " UNION ".join(f'SELECT "{c}" AS i FROM lines' for c in columns)
        return {row["i"] for row in self.query(f"SELECT DISTINCT i FROM ({union}) WHERE i IS NOT NULL")}

    def write_parquet(self, folder: Path) -> None:
        """Write ``lines.parquet`` and ``factors_used.parquet``."""
        wanted = ", ".join(f'"{c}"' for c in self.columns)
        for name, sql in (
            ("lines", f"SELECT {wanted} FROM lines ORDER BY source_id, source_row, part"),
            ("factors_used", "SELECT * FROM factors_used ORDER BY factor_id"),
        ):
            target = str(folder / f"{name}.parquet").replace("'", "''")
            self.connection.execute(
                f"COPY ({sql}) TO '{target}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROW_GROUP})"
            )

    @classmethod
    def read(cls, folder: Path, connection: Any) -> LineStore:
        """The lines and factors of a written run."""
        for name in ("lines", "factors_used"):
            source = str(folder / f"{name}.parquet").replace("'", "''")
            connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM read_parquet('{source}')")
        found = [row[0] for row in connection.execute("DESCRIBE lines").fetchall()]
        return cls(connection, [c.removeprefix("tags_") for c in found if c.startswith("tags_")])
