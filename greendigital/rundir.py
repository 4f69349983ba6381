"""The run directory: written whole into a temporary folder and moved into place; read back for explain and advice."""

from __future__ import annotations

import csv
import platform
import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greendigital import __version__
from greendigital.documents import RunDocument, SummaryDocument, to_json
from greendigital.errors import RunDirectoryError
from greendigital.factorset import OVERRIDES
from greendigital.footprint.added_rows import added_sets_used
from greendigital.footprint.summary import SCHEMA
from greendigital.footprint.unmatched import MOST_UNMATCHED
from greendigital.footprint.water import WUE_SET
from greendigital.period import Period
from greendigital.reports.to_enriched import FILE as ENRICHED
from greendigital.reports.to_enriched import check_bills, write_enriched

if TYPE_CHECKING:
    from greendigital.result import Footprint

WORKBOOK_LINES = 10_000
"""Lines and rows of advice that the workbook holds unless told otherwise; all of them are in the files beside it."""

RUN_SCHEMA = "greendigital/run/1"
FILES = (
    "report.html",
    "report.xlsx",
    "summary.json",
    "lines.parquet",
    "factors_used.parquet",
    "recommendations.csv",
    "run.json",
)
ADVICE_COLUMNS = (
    "line_id",
    "asset_id",
    "rule",
    "action",
    "category",
    "manufacturer",
    "model",
    "site",
    "department",
    "account",
    "service",
    "region",
    "devices",
    "hierarchy",
    "effect",
    "basis",
    "saving_low_kg_co2e",
    "saving_kg_co2e",
    "saving_high_kg_co2e",
    "saving_gbp",
    "saving_cost",
    "saving_currency",
    "confidence",
    "reason",
    "tcop",
)
_NUMBERS = ("devices", "saving_low_kg_co2e", "saving_kg_co2e", "saving_high_kg_co2e", "saving_gbp", "saving_cost")
ASSURANCE = (
    "Not independently assured. Every figure can be traced with 'greendigital explain' to a published factor or a "
    "stated assumption; inputs are identified by their SHA-256 in run.json."
)


def period_document(period: Period) -> dict[str, Any]:
    """The ``period`` of summary.json."""
    return {
        "label": period.label,
        "start": period.start.isoformat(),
        "end": period.end.isoformat(),
        "factor_year": period.parts[0].factor_year,
        "parts": [
            {"number": p.number, "start": p.start.isoformat(), "end": p.end.isoformat(), "factor_year": p.factor_year}
            for p in period.parts
        ],
    }


def _factor_sets(footprint: Footprint) -> list[dict[str, Any]]:
    used = {f["set"] for f in footprint.factors_used} | {"assumptions"}
    used.update(added_sets_used(footprint.store, footprint.library))
    water_years = _water_years(footprint)
    if water_years is not None:
        used.add(WUE_SET)
    found = []
    for name in sorted((used & set(footprint.library.sets)) - {OVERRIDES}):
        of_set = [f for f in footprint.factors_used if f["set"] == name]
        years = {column: {f[column] for f in of_set if f[column]} for column in ("data_year", "published_year")}
        if name == WUE_SET:
            years["data_year"] |= water_years or set()
        metadata = footprint.library.sets[name]
        found.append(
            {
                "name": name,
                "edition": metadata.edition,
                "publisher": metadata.publisher,
                "licence": metadata.licence,
                "url": metadata.url,
                "share_alike": metadata.share_alike,
                "data_years": _ends(years["data_year"]),
                "published_years": _ends(years["published_year"]),
                "caveats": list(metadata.caveats),
                "imported": dict(metadata.imported),
            }
        )
    return found


def _water_years(footprint: Footprint) -> set[int] | None:
    """Years of the water figures used; None where there are none. No line names them: they are a second figure."""
    regions = footprint.water["by_region"] if footprint.water else []
    used = [region for region in regions if region["litres"] is not None]
    return {region["year"] for region in used if region["year"]} if used else None


def _ends(years: set[int]) -> list[int]:
    """The first and the last year."""
    return sorted({min(years), max(years)}) if years else []


def _overrides(footprint: Footprint) -> list[dict[str, Any]]:
    """Factors in the place of shipped ones, with the source and the reason of each."""
    columns = ("factor_id", "supersedes", "value", "unit", "set", "source", "note")
    return [{c: f[c] for c in columns} for f in footprint.factors_used if f["is_override"]]


def _input_documents(footprint: Footprint) -> list[dict[str, Any]]:
    return [
        {
            "file": record.file,
            "sha256": record.sha256,
            "format": record.format,
            "lines": record.lines,
            "costs": record.costs,
            "problems": sum(p.file in (record.file, record.source_id) for p in footprint.problems),
        }
        for record in footprint.inputs
    ]


def summary_document(footprint: Footprint) -> dict[str, Any]:
    """summary.json as plain data, validated against its model."""
    parts = footprint.summary_parts()
    document = {
        "schema": SCHEMA,
        "tool_version": __version__,
        "organisation": footprint.config.organisation.name,
        "period": period_document(footprint.period),
        "totals": parts["totals"],
        "coverage": parts["coverage"],
        "recommendations": footprint.recommend(),
        "factor_sets": _factor_sets(footprint),
        "overrides": _overrides(footprint),
        "assumptions": footprint.assumptions,
        "inputs": _input_documents(footprint),
        "not_covered": parts["not_covered"],
        "assurance": ASSURANCE,
        "water": footprint.water,
        "unmatched_meters": footprint.unmatched_meters[:MOST_UNMATCHED],
        "waste": footprint.waste,
    }
    SummaryDocument.model_validate(document)
    return document


def run_document(footprint: Footprint, options: dict[str, Any], seconds: float) -> dict[str, Any]:
    """run.json as plain data, validated against its model."""
    inputs = [
        {
            **document,
            "source_id": record.source_id,
            "profile_verified": record.profile_verified,
            "columns": record.columns,
            "set_aside": record.set_aside,
        }
        for document, record in zip(_input_documents(footprint), footprint.inputs, strict=True)
    ]
    document = {
        "schema": RUN_SCHEMA,
        "tool_version": __version__,
        "created": datetime.now(UTC).replace(microsecond=0).isoformat(),
        "as_of": footprint.as_of.isoformat(),
        "seconds": round(seconds, 3),
        "options": {"period": footprint.period.label, **options},
        "config": footprint.config.model_dump(mode="json", by_alias=True),
        "versions": _versions(),
        "inputs": inputs,
        "factor_sets": _factor_sets(footprint),
        "derived_factors": [f for f in footprint.factors_used if f["set"] == "derived"],
        "problems": [p.as_dict() for p in footprint.problems],
    }
    RunDocument.model_validate(document)
    return document


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in ("duckdb", "narwhals", "pandas", "pydantic", "matplotlib", "openpyxl", "xlsxwriter"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def write_run(
    footprint: Footprint,
    folder: Path,
    *,
    force: bool = False,
    charts: bool = True,
    workbook_lines: int = WORKBOOK_LINES,
    enrich: bool = False,
    options: dict[str, Any] | None = None,
) -> Path:
    """Write every file of the run directory; an existing directory is replaced only with ``force``.

    The workbook holds the first ``workbook_lines`` lines and rows of advice; with 0 it has no sheets of them. With
    ``enrich`` the bills are written too, with our columns beside their own.

    Raises
    ------
    UsageError
        If there is no bill to enrich.
    RunDirectoryError
        If the folder exists and may not be replaced, or is not a run directory.
    """
    started = time.perf_counter()
    check_target(folder, force)
    if enrich:
        check_bills(footprint.bills)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise RunDirectoryError(
            f'"{folder}" cannot be written: {error.strerror}. Name another folder, or ask for the right to write there.'
        ) from None
    try:
        if enrich:
            _enrich(footprint, temporary)
        told = {"enrich": enrich, **(options or {})}
        _write_files(footprint, temporary, charts, workbook_lines, told, started)
        temporary.chmod(0o755)
        if folder.exists():
            shutil.rmtree(folder)
        temporary.rename(folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return folder


def check_target(folder: Path, force: bool) -> None:
    """Refuse a folder that must not be replaced, before any work is done."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise RunDirectoryError(f'"{folder}" is a file. Name a folder with -o.')
    if any(folder.iterdir()) and not force:
        raise RunDirectoryError(
            f'"{folder}" exists already. Give --force (in a script force=True) to replace it, or another folder.'
        )
    foreign = [p.name for p in folder.iterdir() if p.name not in _KNOWN]
    if foreign:
        raise RunDirectoryError(
            f'"{folder}" holds "{foreign[0]}", which is no part of a run, and is not replaced. Name another folder.'
        )


_KNOWN = {*FILES, "refresh.json", "plan.csv", "tcop.csv", ENRICHED}


def _enrich(footprint: Footprint, folder: Path) -> None:
    """Write the bills with our columns; what is to be said of it is said once, however often they are written."""
    # It makes the table of water figures that the file takes its litres from.
    _ = footprint.water
    footprint.problems += [
        p for p in write_enriched(folder, footprint.store, footprint.bills) if p not in footprint.problems
    ]


def _write_files(
    footprint: Footprint, folder: Path, charts: bool, workbook_lines: int, options: dict[str, Any], started: float
) -> None:
    from greendigital.reports import write_html, write_xlsx
    from greendigital.reports.workbook_rows import ADVICE_COLUMNS as SHOWN_ADVICE
    from greendigital.reports.workbook_rows import LINE_COLUMNS

    with ThreadPoolExecutor(1) as pool:
        # The database writes the lines while the figures are added up here.
        lines_written = pool.submit(footprint.store.write_parquet, folder)
        summary = footprint.summary
        advice = footprint.run_advice
        lines_written.result()
    (folder / "summary.json").write_text(to_json(summary), encoding="utf-8")
    advice.write_csv(folder / "recommendations.csv", ADVICE_COLUMNS)
    # The workbook shows the first lines only; fetching and writing all of a large bill would take minutes.
    lines = footprint.store.first_rows(LINE_COLUMNS, workbook_lines)
    rows = advice.first_rows(SHOWN_ADVICE, workbook_lines) if workbook_lines else []
    run = run_document(footprint, {"charts": charts, **options}, time.perf_counter() - started)
    write_html(folder / "report.html", summary, footprint.factors_used, run, charts=charts)
    counts = len(footprint.store), len(advice)
    write_xlsx(
        folder / "report.xlsx",
        summary,
        lines,
        counts[0],
        footprint.factors_used,
        rows,
        counts[1],
        run,
        footprint.unmatched_meters,
    )
    run["seconds"] = round(time.perf_counter() - started, 3)
    (folder / "run.json").write_text(to_json(run), encoding="utf-8")


def check_run(folder: Path) -> None:
    """Refuse what is no run directory, naming what is missing.

    Raises
    ------
    RunDirectoryError
        If the folder or one of the files it needs is missing.
    """
    if not folder.is_dir():
        raise RunDirectoryError(f'"{folder}" is not a folder. Name the folder that "greendigital report -o" wrote.')
    needed = ("lines.parquet", "factors_used.parquet", "recommendations.csv", "run.json")
    missing = [name for name in needed if not (folder / name).is_file()]
    if missing:
        raise RunDirectoryError(f'"{folder}" holds no {missing[0]}: it is not a run directory, or not a whole one.')


def line_of_asset(folder: Path, asset_id: str) -> str | None:
    """The line of an asset id of the input, from the advice; None where no asset has it."""
    if not (folder / "recommendations.csv").is_file():
        return None
    return next((row["line_id"] for row in read_advice(folder) if row["asset_id"] == asset_id), None)


def read_advice(folder: Path) -> list[dict[str, Any]]:
    """Rows of a written recommendations.csv, numbers as numbers."""
    check_run(folder)
    with (folder / "recommendations.csv").open(encoding="utf-8", newline="") as handle:
        rows: list[dict[str, Any]] = []
        for row in csv.DictReader(handle):
            typed: dict[str, Any] = dict(row)
            for name in _NUMBERS:
                typed[name] = float(row[name]) if row.get(name) else None
            rows.append(typed)
    return rows
