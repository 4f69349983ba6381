"""The main job as the command line runs it: sort the files, read, estimate, write, print."""

from __future__ import annotations

import gc
import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import typer

from greendigital.api import estimate
from greendigital.config import Config, load_config
from greendigital.documents import to_json
from greendigital.errors import InputError, Problem, UsageError
from greendigital.factorset import load_library
from greendigital.matching.review import matches_text, write_matches
from greendigital.preflight import read_files, run_preflight, to_text
from greendigital.reports import summary_text
from greendigital.reports.to_enriched import check_bills
from greendigital.result import Footprint
from greendigital.rundir import WORKBOOK_LINES, check_target, write_run

_MOST_SHOWN = 10
_BUDGET_EXCEEDED = 3
_SETTINGS = Path("greendigital.toml")
"""The usual name of the settings file; one that lies in the working folder is never read unasked."""
_IN_REPORT = '"greendigital report" writes all of them to run.json'


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """Options of ``greendigital report``."""

    files: list[Path]
    output: Path
    period: str | None
    config: Path | None
    as_of: str | None
    factors: list[Path]
    budget_kg: float | None
    charts: bool
    force: bool
    strict: bool
    quiet: bool
    colour: bool
    matches: Path | None = None
    columns: Path | None = None
    workbook_lines: int = WORKBOOK_LINES
    enrich: bool = False


def run_report(options: ReportOptions) -> int:
    """Do the main job and give the exit code."""
    if options.budget_kg is not None and not (math.isfinite(options.budget_kg) and options.budget_kg >= 0):
        raise UsageError(f'--budget-kg: "{options.budget_kg}" is not a number of kilograms. Write 0 or more.')
    check_target(options.output, options.force)
    as_of = _day(options.as_of)
    config = _settings(options.config, options.quiet)
    library = load_library(options.factors)
    assets, usage, failed = read_files(options.files, config, library, options.columns)
    if failed and (options.strict or (assets is None and usage is None)):
        raise InputError(failed)
    if options.enrich:
        check_bills(usage.bills if usage is not None else {})
    # What was read lives on: the collector need not walk through a million rows time and again.
    gc.freeze()
    footprint = estimate(
        assets,
        usage,
        period=options.period,
        as_of=as_of,
        config=config,
        library=library,
        matches=options.matches,
    )
    # The lines are made: what was read of a million devices takes as much room as all that follows.
    del assets, usage
    footprint.problems[:0] = failed
    if options.strict and any(p.severity in ("error", "warning") for p in footprint.problems):
        show_problems(footprint.problems, quiet=False, rest="without --strict all of them stand in run.json")
        typer.echo("Stopped: --strict allows no errors or warnings.", err=True)
        return 1
    written = write_run(
        footprint,
        options.output,
        force=options.force,
        charts=options.charts,
        workbook_lines=options.workbook_lines,
        enrich=options.enrich,
        options=_recorded(options),
    )
    show_problems(footprint.problems, options.quiet)
    typer.echo(summary_of(footprint, written, options.colour))
    return _exit_code(footprint, options)


def _recorded(options: ReportOptions) -> dict[str, Any]:
    """Options as run.json keeps them: names of files, not where they lay."""
    kept = asdict(options)
    for name in ("output", "period", "quiet", "colour", "force", "charts"):
        kept.pop(name)
    kept["files"] = [p.name for p in options.files]
    kept["factors"] = [p.name for p in options.factors]
    kept["config"] = options.config.name if options.config else None
    kept["matches"] = options.matches.name if options.matches else None
    kept["columns"] = options.columns.name if options.columns else None
    return kept


def _settings(path: Path | None, quiet: bool = False) -> Config:
    """The configuration; a note where a file of its usual name lies there and was not given."""
    if path is None and _SETTINGS.is_file() and not quiet:
        typer.echo(f"note: {_SETTINGS} in this folder is not used. Give it with --config {_SETTINGS}.", err=True)
    return load_config(path)


def run_match(
    files: Sequence[Path],
    output: Path | None,
    config_path: Path | None,
    factors: Sequence[Path],
    matches: Path | None,
    period: str | None,
    columns: Path | None = None,
) -> int:
    """Write the review file of the models of asset files; 1 if a file could not be used."""
    config, library = _settings(config_path), load_library(factors)
    assets, _, failed = read_files(files, config, library, columns)
    if assets is None:
        raise InputError(failed or [Problem("error", "format_unknown", "There is no asset file to match.")])
    footprint = estimate(assets, period=period, config=config, library=library, matches=matches)
    rows = footprint.match_review()
    show_problems([*failed, *(p for p in footprint.problems if p.severity == "error")], quiet=False, rest=_IN_REPORT)
    if output is None:
        typer.echo(matches_text(rows), nl=False)
    else:
        write_matches(output, rows)
        typer.echo(_match_words(rows, output))
    return int(bool(failed))


def _match_words(rows: Sequence[dict[str, Any]], output: Path) -> str:
    """How many models and devices stand at each level, and what to do with the file."""
    lines = []
    for level in sorted({row["match_level"] for row in rows}):
        of = [row for row in rows if row["match_level"] == level]
        kilograms = sum(row["kg_co2e_at_stake"] or 0.0 for row in of)
        devices = sum(row["devices"] for row in of)
        lines.append(f"{level}  {len(of):>6,} models  {devices:>8,.0f} devices  {kilograms:>12,.0f} kg CO2e")
    return "\n".join(
        [
            *lines,
            "",
            f"Written: {output}. Put the id of the right product, or a suggestion, under confirmed_factor_id, and give "
            f"the file back:",
            f"  greendigital report ... --matches {output}",
        ]
    )


def summary_of(footprint: Footprint, folder: Path, colour: bool) -> str:
    """The one-page summary, with the folder that holds the report."""
    from greendigital.rundir import run_document

    run = run_document(footprint, {"output": str(folder)}, 0.0)
    return summary_text(footprint.summary, run, colour=colour)


def _exit_code(footprint: Footprint, options: ReportOptions) -> int:
    total = footprint.summary["totals"]["total"]["central"]
    if options.budget_kg is not None and total > options.budget_kg:
        typer.echo(f"The total of {total:,.0f} kg CO2e is above the budget of {options.budget_kg:,.0f} kg.", err=True)
        return _BUDGET_EXCEEDED
    return int(any(p.severity == "error" for p in footprint.problems))


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f'--as-of: "{text}" is not a date. Write it as YYYY-MM-DD.') from None


def show_problems(problems: Iterable[Problem], quiet: bool, rest: str = "all of them stand in run.json") -> None:
    """Problems on stderr: errors, warnings, then notes; the first ten of each, then a count and where the rest is."""
    if quiet:
        return
    for severity in ("error", "warning", "note"):
        chosen = [p for p in problems if p.severity == severity]
        for problem in chosen[:_MOST_SHOWN]:
            typer.echo(f"{severity}: {problem}", err=True)
        if len(chosen) > _MOST_SHOWN:
            typer.echo(f"{severity}: {len(chosen) - _MOST_SHOWN} more; {rest}.", err=True)
    sys.stderr.flush()


def run_check(
    files: Sequence[Path],
    format_: str,
    config_path: Path | None,
    columns: Path | None = None,
    period: str | None = None,
    factors: Sequence[Path] = (),
) -> int:
    """What each file is, what can be computed from it, and what is wrong with it."""
    if format_ not in ("text", "json"):
        raise UsageError(f'--format: "{format_}" is unknown. Use text or json.')
    config, library = _settings(config_path), load_library(factors)
    found = run_preflight(files, config=config, columns=columns, period=period, library=library)
    typer.echo(to_json(found.documents) if format_ == "json" else to_text(found), nl=format_ != "json")
    # What belongs to no file, such as a site of the configuration that none names, has no place among them.
    show_problems([p for p in found.problems if not p.file], quiet=False, rest=_IN_REPORT)
    return int(any(p.severity == "error" for p in found.problems))
