"""The public verbs, and the Footprint they give.

``read_inventory`` and ``read_usage`` read files, ``estimate`` makes lines, factors and totals of them;
``estimate_hardware`` and ``estimate_cloud`` take any dataframe and give back the same kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from greendigital import frames
from greendigital.columns import ASSET_IDENTITY, ASSETS, schema
from greendigital.config import Config, load_config
from greendigital.errors import Problem, UsageError
from greendigital.estimation.cloud import RESOURCE_COLUMNS, cloud_lines
from greendigital.estimation.hardware import hardware_lines
from greendigital.estimation.hardware_tables import HardwareTables
from greendigital.explain import explain_line, explain_total
from greendigital.factorset import Factor, FactorLibrary, load_library
from greendigital.footprint import LineStore, Totals, factors_used_rows
from greendigital.footprint.facts import cloud_facts, device_facts
from greendigital.footprint.notes import not_covered, run_notes
from greendigital.footprint.summary import check_invariants, coverage_document, totals_document
from greendigital.inputs import InputRecord
from greendigital.inventory import Assets
from greendigital.inventory import read_inventory as _read_inventory
from greendigital.period import Period, last_complete_financial_year, parse_period, span_of
from greendigital.recommendations import Advice, cloud_advice, device_advice, group_advice
from greendigital.usage import Usage
from greendigital.usage import read_usage as _read_usage

_SOURCE = "dataframe"


def read_inventory(
    *paths: str | Path, config: Config | str | Path | None = None, library: FactorLibrary | None = None
) -> Assets:
    """Read asset files and join them by serial number.

    Parameters
    ----------
    paths
        CSV or XLSX: canonical columns, an everyday register, an Intune export, a disposals table.

    Returns
    -------
    Assets
        ``.frame`` has the columns of :data:`greendigital.columns.ASSETS`; ``.problems`` what was found on the way.

    Raises
    ------
    InputError
        If a file is missing, empty, or of no known format.
    """
    return _read_inventory(*paths, config=load_config(config), library=library or load_library())


def read_usage(*paths: str | Path, library: FactorLibrary | None = None) -> Usage:
    """Read cloud bills lazily: FOCUS 1.0 of AWS and Azure as CSV, gz or Parquet.

    Raises
    ------
    InputError
        If a file is missing, empty, or no bill this program knows.
    """
    return _read_usage(*paths, library=library or load_library())


class Footprint:
    """Lines, the factors they used, totals, ranges and advice of one run.

    Attributes
    ----------
    period, config, library, as_of
        What the run was made with; advice is given as at ``as_of``.
    inputs, problems
        The files read and what was found in them.
    """

    def __init__(
        self,
        store: LineStore,
        *,
        period: Period,
        config: Config,
        library: FactorLibrary,
        as_of: date,
        assets: Assets | None = None,
        usage: Usage | None = None,
        used: dict[str, Factor] | None = None,
        notes: Sequence[Problem] = (),
    ) -> None:
        self.store = store
        self.period = period
        self.config = config
        self.library = library
        self.as_of = as_of
        self.used = used or {}
        self.inputs: list[InputRecord] = [*(assets.inputs if assets else ()), *(usage.inputs if usage else ())]
        self.problems: list[Problem] = [
            *(assets.problems if assets else ()),
            *(usage.problems if usage else ()),
            *notes,
        ]
        self._assets = assets

    @property
    def lines(self) -> Any:
        """The lines as a pandas DataFrame, columns of ``lines.parquet``."""
        import pandas as pd

        return pd.DataFrame(self.store.rows(), columns=self.store.columns)

    @cached_property
    def factors_used(self) -> list[dict[str, Any]]:
        """Rows of ``factors_used.parquet``."""
        return self.store.factors()

    @cached_property
    def calculator(self) -> Totals:
        """Totals and groups with their ranges."""
        return Totals(self.store)

    def totals(self, by: Sequence[str] = ()) -> Any:
        """Management total in kg CO2e, by any columns of the lines.

        Returns
        -------
        pandas.DataFrame
            The key columns, then ``low_kg_co2e, central_kg_co2e, high_kg_co2e``; lows and highs are not additive.
        """
        import pandas as pd

        unknown = [name for name in by if name not in (*self.store.columns, "month")]
        if unknown:
            raise UsageError(f'"{unknown[0]}" is not a column of the lines. Columns: {", ".join(self.store.columns)}.')
        groups = self.calculator.grouped(list(by)) if by else {(): self.calculator.figure(_MANAGEMENT)}
        rows = [(*key, f.low, f.central, f.high) for key, f in groups.items()]
        frame = pd.DataFrame(rows, columns=[*by, "low_kg_co2e", "central_kg_co2e", "high_kg_co2e"])
        return frame.sort_values("central_kg_co2e", ascending=False, ignore_index=True)

    def explain(self, line_id: str | None = None) -> str:
        """A line's figure, or the total's: formula with its numbers, factors, sources, match and range.

        Raises
        ------
        UsageError
            If there is no such line; the nearest ids are named.
        """
        return explain_line(self.store, line_id) if line_id else explain_total(self.calculator)

    @cached_property
    def advice(self) -> list[Advice]:
        """Rows of ``recommendations.csv``: one per asset that counts, one per cloud line and rule."""
        devices: list[Advice] = []
        if self._assets is not None:
            facts = device_facts(self.store, self.factors_used)
            devices = device_advice(self._assets.rows, facts, self.library, self.as_of, self.config)
        cloud = cloud_advice(cloud_facts(self.store), self.library, self.period, self.as_of, self.config)
        return [*devices, *cloud]

    def recommend(self, by: Sequence[str] = ("rule", "action")) -> list[dict[str, Any]]:
        """Advice grouped, as in ``summary.json``."""
        return group_advice(self.advice, by)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """summary.json as plain data; checked against the invariants of the method."""
        from greendigital.rundir import summary_document

        document = summary_document(self)
        check_invariants(document, self.inputs, self.store)
        return document

    def summary_parts(self) -> dict[str, Any]:
        """Totals, coverage and what is not covered."""
        return {
            "totals": totals_document(self.calculator, self.config),
            "coverage": coverage_document(self.store, self.period, self.inputs),
            "not_covered": not_covered(self.store),
        }

    def write(self, folder: str | Path, *, force: bool = False, charts: bool = True) -> Path:
        """Write the run directory; it appears whole or not at all.

        Raises
        ------
        RunDirectoryError
            If the folder exists and ``force`` is not set.
        """
        from greendigital.rundir import write_run

        return write_run(self, Path(folder), force=force, charts=charts)


_MANAGEMENT = tuple(
    f"{name}_kg_co2e"
    for name in (
        "use_direct",
        "use_losses",
        "use_wtt",
        "use_life_cycle",
        "manufacture",
        "transport",
        "end_of_life",
        "embodied_unsplit",
        "written_off",
        "network",
        "fallback",
    )
)


def estimate(
    assets: Any = None,
    usage: Any = None,
    *,
    period: str | Period | None = None,
    as_of: date | None = None,
    config: Config | str | Path | None = None,
    library: FactorLibrary | None = None,
    today: date | None = None,
) -> Footprint:
    """Estimate the footprint of assets and cloud usage.

    Parameters
    ----------
    assets, usage
        What ``read_inventory`` and ``read_usage`` gave, or a pandas or Polars frame with their columns.
    period
        ``2025-26``, ``2024`` or two dates; default: the last complete financial year, for bills alone their span.
    as_of
        Day at which advice is given; default: the period's end.

    Raises
    ------
    PeriodError, ConfigError, FactorError
        As their texts say.
    """
    settings, factors = load_config(config), library or load_library()
    connection = usage.connection if isinstance(usage, Usage) else _connect()
    found = _period(period, assets, usage, connection, today)
    tables = HardwareTables(factors, found, settings)
    store = LineStore(connection, settings.tags.columns)
    relations = []
    if assets is not None:
        lines, used = hardware_lines(_asset_relation(assets, connection), factors, found, settings, connection)
        tables.used.update(used)
        relations.append(lines.to_native())
    if usage is not None:
        relation = usage.relation if isinstance(usage, Usage) else _relation(usage, connection)
        lines, used = cloud_lines(relation, tables, connection, RESOURCE_COLUMNS)
        relations.append(lines.to_native())
    if not relations:
        raise UsageError("There is nothing to estimate. Give assets, usage, or both.")
    store.load(relations)
    store.load_factors(factors_used_rows(tables.used, store.used_factor_ids(), factors))
    return Footprint(
        store,
        period=found,
        config=settings,
        library=factors,
        as_of=as_of or found.end,
        assets=assets if isinstance(assets, Assets) else None,
        usage=usage if isinstance(usage, Usage) else None,
        used=tables.used,
        notes=run_notes(store, found, tables.used),
    )


def _connect() -> Any:
    import duckdb

    return duckdb.connect()


def _period(period: str | Period | None, assets: Any, usage: Any, connection: Any, today: date | None) -> Period:
    if isinstance(period, Period):
        return period
    if period:
        return parse_period(period)
    if assets is None and isinstance(usage, Usage):
        usage.relation.create_view("usage_span", replace=True)
        first, last = connection.execute(
            "SELECT min(period_start), max(greatest(period_start, period_end - 1)) FROM usage_span "
            "WHERE charge_class = 'usage'"
        ).fetchone()
        if first is not None:
            return span_of(_as_date(first), _as_date(last))
    return last_complete_financial_year(today or date.today())


def _as_date(value: Any) -> date:
    return date.fromisoformat(str(value)[:10])


def _asset_relation(assets: Any, connection: Any) -> Any:
    if isinstance(assets, Assets):
        kinds = schema((*ASSETS, *ASSET_IDENTITY))
        return frames.duckdb_table(connection, {n: [row[n] for row in assets.rows] for n in kinds}, kinds)
    return _relation(assets, connection)


def _relation(frame: Any, connection: Any) -> Any:
    """A frame of any engine as a DuckDB relation, with line identity where it has none."""
    lazy = with_identity(frames.as_lazy(frame))
    if frames.is_duckdb(lazy):
        return lazy.to_native()
    eager = lazy.collect()
    data = eager.to_pandas() if hasattr(eager, "to_pandas") else eager.to_native()
    handle = f"frame_in_{id(data)}"
    connection.register(handle, data)
    return connection.table(handle)


def with_identity(lazy: Any) -> Any:
    """Add ``source_id``, ``source_row`` (from 2, as under a header) and ``line_id`` to a frame that has none."""
    import narwhals as nw

    present = lazy.collect_schema().names()
    if "source_id" not in present:
        lazy = lazy.with_columns(source_id=nw.lit(_SOURCE))
    if "source_row" not in present:
        if frames.is_duckdb(lazy):
            native = lazy.to_native()
            lazy = frames.as_lazy(native.project("*, row_number() OVER () + 1 AS source_row"))
        else:
            lazy = lazy.collect().with_row_index("source_row").with_columns(nw.col("source_row") + 2).lazy()
    if "line_id" not in present:
        lazy = lazy.with_columns(
            line_id=nw.concat_str(
                nw.col("source_id"), nw.col("source_row").cast(nw.Int64).cast(nw.String), separator=":"
            )
        )
    return lazy


def estimate_hardware(
    frame: Any,
    *,
    period: str | Period | None = None,
    config: Config | str | Path | None = None,
    library: FactorLibrary | None = None,
    connection: Any = None,
) -> Any:
    """Lines of an assets frame, as the same kind of dataframe.

    Parameters
    ----------
    frame
        pandas, Polars (eager or lazy) or DuckDB relation with columns of :data:`greendigital.columns.ASSETS`.
    connection
        The connection of a DuckDB relation; the default connection when not given.

    Returns
    -------
    A frame with the columns of :data:`greendigital.columns.LINES`, one row per device row, part and place.
    """
    found = period if isinstance(period, Period) else parse_period(period) if period else None
    found = found or last_complete_financial_year(date.today())
    lazy = with_identity(frames.as_lazy(frame))
    lines, _ = hardware_lines(lazy, library or load_library(), found, load_config(config), _own(lazy, connection))
    return _like(frame, lines)


def estimate_cloud(
    frame: Any,
    *,
    period: str | Period,
    config: Config | str | Path | None = None,
    library: FactorLibrary | None = None,
    connection: Any = None,
) -> Any:
    """Lines of a usage frame (columns of :data:`greendigital.columns.USAGE`), as the same kind of dataframe."""
    found = period if isinstance(period, Period) else parse_period(period)
    lazy = with_identity(frames.as_lazy(frame))
    tables = HardwareTables(library or load_library(), found, load_config(config))
    lines, _ = cloud_lines(lazy, tables, _own(lazy, connection))
    return _like(frame, lines)


def _own(lazy: Any, connection: Any) -> Any:
    """The connection for a DuckDB frame; None for the others."""
    if not frames.is_duckdb(lazy) or connection is not None:
        return connection
    import duckdb

    return duckdb.default_connection()


def _like(frame: Any, lines: Any) -> Any:
    """Eager when the given frame was eager."""
    import narwhals as nw

    return lines.collect().to_native() if isinstance(nw.from_native(frame), nw.DataFrame) else lines.to_native()


def read_run(folder: str | Path) -> Footprint:
    """A written run directory as a Footprint: totals, groups and explain, from its two Parquet files alone.

    Raises
    ------
    RunDirectoryError
        If the folder is not a run directory, or not a whole one.
    """
    import json

    from greendigital.rundir import check_run

    path = Path(folder)
    check_run(path)
    run = json.loads((path / "run.json").read_text(encoding="utf-8"))
    return Footprint(
        LineStore.read(path, _connect()),
        period=parse_period(run["options"]["period"]),
        config=Config.model_validate(run["config"]),
        library=load_library(),
        as_of=date.fromisoformat(run["as_of"]),
    )
