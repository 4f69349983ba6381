"""The public verbs; :class:`greendigital.result.Footprint` is what they give.

``read_inventory`` and ``read_usage`` read files, ``estimate`` makes lines, factors and totals of them;
``estimate_hardware`` and ``estimate_cloud`` take any dataframe and give back the same kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from greendigital import frames
from greendigital.config import Config, load_config
from greendigital.errors import Problem, RunDirectoryError, UsageError
from greendigital.estimation.any_frame import (
    connection_of,
    like,
    relation_of,
    relation_of_rows,
    span_of_charges,
    with_identity,
)
from greendigital.estimation.cloud import RESOURCE_COLUMNS, cloud_lines
from greendigital.estimation.hardware import hardware_lines
from greendigital.estimation.meter_lines import meter_lines
from greendigital.estimation.tables import RunTables
from greendigital.factorset import FactorLibrary, load_library, overrides_of
from greendigital.footprint import LineStore, factors_used_rows
from greendigital.footprint.added_rows import added_rows_notes
from greendigital.footprint.device_notes import device_notes
from greendigital.footprint.notes import run_notes
from greendigital.footprint.outside_period import outside_period_notes
from greendigital.inventory import Assets, from_frame
from greendigital.inventory import read_inventory as _read_inventory
from greendigital.matching.review import ConfirmedMatches, read_matches
from greendigital.period import Period, last_complete_financial_year, parse_period, span_of
from greendigital.recommendations.support import old_data_note
from greendigital.result import Footprint
from greendigital.usage import Usage
from greendigital.usage import read_usage as _read_usage


def read_inventory(
    *paths: str | Path,
    config: Config | str | Path | None = None,
    library: FactorLibrary | None = None,
    columns: str | Path | Mapping[str, Any] | None = None,
) -> Assets:
    """Read asset files and join them by serial number, asset tag and host name.

    Parameters
    ----------
    paths
        CSV, XLSX, ODS or JSON: canonical columns, an everyday register, the export of a tool, a disposals table, a
        meter file (``site, month, kwh, it_only``).
    columns
        Our columns to headings of the files, or the TOML file that says so: ``{"model": "Bezeichnung"}``.

    Returns
    -------
    Assets
        ``.frame`` has the columns of :data:`greendigital.columns.ASSETS`; ``.meters`` the readings of site meters;
        ``.problems`` what was found on the way.

    Raises
    ------
    InputError
        If a file is missing, empty, or of no known format.
    ConfigError
        If ``columns`` names a column that does not exist, or a heading that no file has.
    """
    settings = load_config(config)
    return _read_inventory(*paths, config=settings, library=library or load_library(), columns=columns)


def read_usage(*paths: str | Path, library: FactorLibrary | None = None) -> Usage:
    """Read cloud bills, as CSV, gz, Parquet or JSON lines: FOCUS, and providers' own (docs/formats.md).

    Raises
    ------
    InputError
        If a file is missing, empty, or no bill this program knows.
    """
    return _read_usage(*paths, library=library or load_library())


def estimate(
    assets: Any = None,
    usage: Any = None,
    *,
    period: str | Period | None = None,
    as_of: date | None = None,
    config: Config | str | Path | None = None,
    library: FactorLibrary | None = None,
    matches: ConfirmedMatches | str | Path | None = None,
    today: date | None = None,
    connection: Any = None,
) -> Footprint:
    """Estimate the footprint of assets and cloud usage.

    Parameters
    ----------
    assets, usage
        What ``read_inventory`` and ``read_usage`` gave, or a pandas, Polars or DuckDB frame with their columns. An
        assets frame goes through the checks of a file and is completed from the configuration. What a reader gave is
        taken for what it is in either place.
    period
        ``2025-26``, ``2024`` or two dates; default: the last complete financial year, for bills alone their span.
    as_of
        Day at which advice is given; default: the period's end.
    matches
        The review file of ``greendigital match`` with what a person confirmed; it wins over every rule of matching.
    connection
        DuckDB connection of ``usage`` when that is a relation; the default connection when not given.

    Raises
    ------
    PeriodError, ConfigError, FactorError
        As their texts say.
    """
    assets, usage = _in_place(assets, usage)
    settings = load_config(config)
    factors = _library(library, settings)
    connection = _connection_for(usage, connection)
    found = _period(period, assets, usage, today)
    confirmed = _confirmed(matches, factors)
    held = assets if assets is None or isinstance(assets, Assets) else from_frame(assets, settings, factors)
    day = as_of or found.end
    tables = RunTables(factors, found, settings, confirmed.by_model, confirmed.name, held.meters if held else ())
    store = _store_of(held, usage, tables, connection)
    result = Footprint(
        store,
        period=found,
        config=settings,
        library=factors,
        as_of=day,
        read=[part for part in (held, usage) if isinstance(part, Assets | Usage)],
        used=tables.used,
        notes=_notes(store, tables, confirmed, day if held is not None else None),
        confirmed=confirmed,
    )
    if result.market_based is not None:
        result.problems += result.market_based.notes
    return result


def _notes(
    store: LineStore, tables: RunTables, confirmed: ConfirmedMatches, day_of_advice: date | None
) -> list[Problem]:
    """What there is to say of a run beside the problems of its files; ``day_of_advice`` is None without assets."""
    library, period = tables.library, tables.period
    return [
        *_match_notes(confirmed, tables),
        *_meter_problems(tables),
        *device_notes(store, tables.match_reasons, confirmed.name),
        *run_notes(store, period, tables.used, library, tables.config),
        *(old_data_note(library, day_of_advice) if day_of_advice is not None else ()),
        *outside_period_notes(store, period),
        *added_rows_notes(store, library),
    ]


def _in_place(assets: Any, usage: Any) -> tuple[Any, Any]:
    """Assets and usage, each for what it is: what a reader gave says so, whichever place it was given in."""
    if isinstance(assets, Usage) or isinstance(usage, Assets):
        assets, usage = usage, assets
    if isinstance(assets, Usage):
        raise UsageError("Both are cloud usage. Read all bills at once: read_usage(first, second).")
    if isinstance(usage, Assets):
        raise UsageError("Both are assets. Read all files at once: read_inventory(first, second).")
    for name, given, reader in (("assets", assets, "read_inventory"), ("usage", usage, "read_usage")):
        if isinstance(given, str | Path):
            raise UsageError(f'{name}: "{given}" is a file. Read it first: {name}=greendigital.{reader}("{given}").')
    return assets, usage


def _store_of(assets: Assets | None, usage: Any, tables: RunTables, connection: Any) -> LineStore:
    """The lines of a run and the factors they used, with the assets that the advice asks of."""
    store = LineStore(connection, tables.config.tags.columns)
    rows = assets.rows if assets is not None else []
    store.keep_assets(relation_of_rows(rows, connection))
    store.load(_relations_of_lines(assets, usage, tables, store), _sources_of(assets, usage), len(rows))
    year = tables.period.parts[-1].factor_year
    store.load_factors(factors_used_rows(tables.used, store.used_factor_ids(), tables.library, year))
    return store


def _relations_of_lines(assets: Assets | None, usage: Any, tables: RunTables, store: LineStore) -> list[Any]:
    """Lines of the estate and of the bills, each a relation of the connection."""
    if assets is None and usage is None:
        raise UsageError("There is nothing to estimate. Give assets, usage, or both.")
    found, connection = [], store.connection
    if assets is not None and (assets.rows or not assets.meters):
        found.append(hardware_lines(connection.table("assets"), tables, connection).to_native())
    if tables.readings:
        found.append(meter_lines(tables, connection))
    if usage is not None:
        if isinstance(usage, Usage):
            usage.name_apart([record.source_id for record in assets.inputs] if assets else [])
        relation = usage.relation if isinstance(usage, Usage) else relation_of(usage, connection)
        found.append(cloud_lines(relation, tables, connection, RESOURCE_COLUMNS).to_native())
    return found


def _sources_of(assets: Assets | None, usage: Any) -> set[str]:
    """Every ``source_id`` of the lines."""
    found = set(assets.table.column("source_id")) if assets is not None else set()
    found.update(reading.source_id for reading in (assets.meters if assets is not None else ()))
    if isinstance(usage, Usage):
        found.update(record.source_id for record in usage.inputs)
    elif usage is not None:
        lazy = with_identity(frames.as_lazy(usage)).select("source_id").unique()
        found.update(row[0] for row in frames.rows(lazy, ["source_id"]))
    return found


def _match_notes(confirmed: ConfirmedMatches, tables: RunTables) -> list[Problem]:
    """What was found in the matches file, and each confirmed model that the estate does not have."""
    unused = [
        Problem(
            "warning",
            "match_not_used",
            f'No device is of the model "{" ".join(key).strip()}" that was confirmed.',
            "A spreadsheet may have changed the name: write the model as the inventory does.",
        )
        for key in confirmed.by_model
        if key not in tables.confirmed_used
    ]
    return [*confirmed.problems, *unused]


def _meter_problems(tables: RunTables) -> list[Problem]:
    """Meters that are too far from what their devices are estimated at."""
    return tables.meters.problems if tables.meters else []


def _confirmed(matches: ConfirmedMatches | str | Path | None, library: FactorLibrary) -> ConfirmedMatches:
    if matches is None:
        return ConfirmedMatches({}, ())
    return matches if isinstance(matches, ConfirmedMatches) else read_matches(matches, library)


def _library(library: FactorLibrary | None, config: Config) -> FactorLibrary:
    """The factor sets, with the overrides of the configuration above them."""
    found = library or load_library()
    overrides = overrides_of(config)
    return found.with_overrides(overrides) if overrides else found


def _connection_for(usage: Any, connection: Any) -> Any:
    """The connection that the usage lives in, else a new one."""
    if isinstance(usage, Usage):
        return usage.connection
    return (connection_of(usage, connection) if usage is not None else None) or _connect()


def _connect() -> Any:
    import duckdb

    return duckdb.connect()


def _period(period: str | Period | None, assets: Any, usage: Any, today: date | None = None) -> Period:
    """The period asked for; else the span of the bills where there is nothing else, else the last financial year."""
    if isinstance(period, Period):
        return period
    if period:
        return parse_period(period)
    if assets is None and usage is not None:
        span = span_of_charges(usage.relation if isinstance(usage, Usage) else usage)
        if span is not None:
            return span_of(*span)
    return last_complete_financial_year(today or date.today())


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
    period
        As in :func:`estimate`; default: the last complete financial year.
    connection
        The connection of a DuckDB relation; the default connection when not given.

    Returns
    -------
    A frame with the columns of :data:`greendigital.columns.LINES`, one row per device row, part and place; the order
    of rows is the engine's. Values are taken as they stand: :func:`estimate` checks them.
    """
    settings = load_config(config)
    tables = RunTables(_library(library, settings), _period(period, frame, None), settings)
    lazy = with_identity(frames.as_lazy(frame))
    return like(frame, hardware_lines(lazy, tables, connection_of(lazy, connection)))


def estimate_cloud(
    frame: Any,
    *,
    period: str | Period | None = None,
    config: Config | str | Path | None = None,
    library: FactorLibrary | None = None,
    connection: Any = None,
) -> Any:
    """Lines of a usage frame, as the same kind of dataframe.

    Parameters
    ----------
    frame
        pandas, Polars (eager or lazy) or DuckDB relation with columns of :data:`greendigital.columns.USAGE`.
    period
        As in :func:`estimate`; default: the span of the charges.
    connection
        The connection of a DuckDB relation; the default connection when not given.

    Returns
    -------
    A frame with the columns of :data:`greendigital.columns.LINES`, one row per billed row.
    """
    settings = load_config(config)
    tables = RunTables(_library(library, settings), _period(period, None, frame), settings)
    lazy = with_identity(frames.as_lazy(frame))
    return like(frame, cloud_lines(lazy, tables, connection_of(lazy, connection)))


def read_run(folder: str | Path) -> Footprint:
    """A written run directory as a Footprint: totals, groups and explain, from its two Parquet files alone.

    Raises
    ------
    RunDirectoryError
        If the folder is not a run directory, or not a whole one.
    """
    import json

    import duckdb

    from greendigital.rundir import check_run

    path = Path(folder)
    check_run(path)
    try:
        run = json.loads((path / "run.json").read_text(encoding="utf-8"))
        return Footprint(
            LineStore.read(path, _connect()),
            period=parse_period(run["options"]["period"]),
            config=Config.model_validate(run["config"]),
            library=load_library(),
            as_of=date.fromisoformat(run["as_of"]),
        )
    except (ValueError, KeyError, TypeError, OSError, duckdb.Error) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise RunDirectoryError(f'"{path}" is damaged ({reason}). Make the report again.') from None
