"""The check of several files: read them, estimate them, and say for each what it holds and what it lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from greendigital.api import estimate
from greendigital.config import Config, load_config
from greendigital.errors import InputError, Problem
from greendigital.factorset import FactorLibrary, load_library
from greendigital.footprint.cost_coverage import NO_COSTS, cost_coverage
from greendigital.footprint.tag_notes import tag_keys
from greendigital.footprint.unmatched import unmatched_meters
from greendigital.inputs import InputRecord, expand
from greendigital.inventory import Assets, read_inventory
from greendigital.period import Period, parse_period
from greendigital.preflight.cells import Estate, blanks_of, estate_of
from greendigital.preflight.contents import computable_of, levels_of
from greendigital.preflight.fixes import FixFinder
from greendigital.usage import Usage, read_usage
from greendigital.usage import recognise as recognise_usage
from greendigital.usage.carbon_exports import carbon_export_problem

_PLURAL = {"virtual_machine": "virtual_machines", "placeholder": "placeholders", "total_row": "totals"}
_MOST_METERS = 10
_BILLED = ("estimated", "partial", "fallback", "excluded")


@dataclass(slots=True)
class Preflight:
    """What was found.

    Attributes
    ----------
    documents
        One entry per file, as ``check --format json`` prints them.
    estate
        The same facts of the joined estate, where several files list devices; None else.
    problems
        All problems, those that belong to no file among them.
    """

    documents: list[dict[str, Any]]
    estate: dict[str, Any] | None = None
    problems: list[Problem] = field(default_factory=list)


def check(
    *files: str | Path,
    config: Config | str | Path | None = None,
    columns: str | Path | None = None,
    period: str | Period | None = None,
    library: FactorLibrary | None = None,
) -> list[dict[str, Any]]:
    """What each file is, how it was understood, what can be computed from it, and what would narrow the range most.

    Parameters
    ----------
    files
        Asset files and cloud bills, in any order. Asset files are joined; each entry speaks of its lines after that.
    period
        Reporting period of the estimate; default: the last complete financial year, for bills their own span.

    Returns
    -------
    list of dict
        One entry per file, plain data, as :class:`greendigital.documents.CheckDocument` describes them; figures in
        kg CO2e.

    Raises
    ------
    ConfigError, PeriodError, FactorError
        As their texts say. A file that cannot be read raises nothing: it is an entry with its problems.
    """
    paths = [Path(file) for file in files]
    return run_preflight(paths, config=config, columns=columns, period=period, library=library).documents


def run_preflight(
    files: Sequence[Path],
    *,
    config: Config | str | Path | None = None,
    columns: str | Path | None = None,
    period: str | Period | None = None,
    library: FactorLibrary | None = None,
) -> Preflight:
    """As :func:`check`, with the joined estate and the problems that belong to no file."""
    settings, library = load_config(config), library or load_library()
    chosen = parse_period(period) if isinstance(period, str) else period
    assets, usage, failed = read_files(files, settings, library, Path(columns) if columns else None)
    problems = [*failed, *(assets.problems if assets else ()), *(usage.problems if usage else ())]
    found = Preflight([], problems=problems)
    if assets is not None:
        _add_assets(found, assets, settings, library, chosen)
    if usage is not None:
        _add_bills(found, usage, settings, library, chosen)
    known = {entry["file"] for entry in found.documents}
    for name in dict.fromkeys(p.file for p in failed if p.file not in known):
        found.documents.append(_entry(InputRecord(name, "", name, ""), problems))
    return found


def read_files(
    files: Sequence[Path], config: Config, library: FactorLibrary, columns: Path | None = None
) -> tuple[Assets | None, Usage | None, list[Problem]]:
    """Read every file by what its header says it is; a file that cannot be used becomes problems.

    ``files`` may be folders and patterns too.
    """
    inventories: list[Path] = []
    bills: list[Path] = []
    failed: list[Problem] = []
    for path in expand(files):
        try:
            is_bill = recognise_usage(path)
            export = None if is_bill else carbon_export_problem(path)
            if export is not None:
                failed.append(export)
            else:
                (bills if is_bill else inventories).append(path)
        except InputError as error:
            failed += error.problems
    assets = None
    if inventories:
        assets = read_inventory(*inventories, config=config, library=library, failed=failed, columns=columns)
    usage = read_usage(*bills, library=library, failed=failed) if bills else None
    return assets if assets and assets.inputs else None, usage if usage and usage.inputs else None, failed


def _entry(record: InputRecord, problems: Sequence[Problem]) -> dict[str, Any]:
    """What is known of any file; an unreadable one has no format."""
    own = [p for p in problems if p.file in (record.file, record.source_id)]
    return {
        "file": record.file,
        "source_id": record.source_id,
        "format": record.format or None,
        "profile_verified": record.profile_verified,
        "lines": record.lines,
        "devices": 0.0,
        "problems": [{k: v for k, v in p.as_dict().items() if k != "file"} for p in own],
        "columns": record.columns,
        "set_aside": {_PLURAL.get(name, name): count for name, count in record.set_aside.items()},
        "costs": record.costs,
    }


def _add_assets(
    found: Preflight, assets: Assets, config: Config, library: FactorLibrary, period: Period | None
) -> None:
    # An instrument changes the market-based figure alone, and may not fit a part of the files.
    plain = config.model_copy(update={"instruments": ()})
    footprint = estimate(assets, period=period, config=plain, library=library)
    estate = estate_of(footprint, assets)
    finder = FixFinder(footprint, estate)
    listing = [record for record in assets.inputs if record.source_id in estate.sources]
    for record in assets.inputs:
        entry = _entry(record, found.problems)
        if record in listing:
            counts = estate.counts(record.source_id)
            set_aside = {_PLURAL.get(name, name): n for name, n in counts.set_aside.items()}
            entry["set_aside"] = {**dict.fromkeys((*_PLURAL.values(), "duplicates"), 0), **set_aside}
            entry |= {"active_lines": counts.active, "joined_elsewhere": counts.joined_elsewhere}
            entry |= _facts(footprint.period, estate, finder, record.source_id)
        found.documents.append(entry)
    if len(listing) > 1:
        found.estate = {"files": [record.file for record in listing], **_facts(footprint.period, estate, finder, None)}


def _facts(period: Period, estate: Estate, finder: FixFinder, source: str | None) -> dict[str, Any]:
    """What the lines of one file, or of all, hold after the join."""
    cells = estate.of(source)
    return {
        "devices": sum(cell["devices"] for cell in cells),
        "period": period.label,
        "blanks": blanks_of(estate, source),
        "computable": computable_of(estate, cells),
        "match_levels": levels_of(cells),
        "total_kg_co2e": finder.total(source).as_dict(),
        "fixes": [fix.as_dict() for fix in finder.find(source)],
    }


def _add_bills(found: Preflight, usage: Usage, config: Config, library: FactorLibrary, period: Period | None) -> None:
    footprint = estimate(usage=usage, period=period, config=config, library=library)
    billed = footprint.store.query(
        "SELECT source_id, currency, status, coalesce(sum(billed_cost), 0) AS billed FROM lines WHERE kind = 'cloud' "
        "GROUP BY ALL ORDER BY source_id, currency NULLS LAST"
    )
    found.problems += [problem for problem in footprint.problems if problem.code == "tag_not_found"]
    tags = tag_keys(footprint.store)
    for record in usage.inputs:
        own = [row for row in billed if row["source_id"] == record.source_id]
        became = cost_coverage(footprint.store, record.source_id)
        entry = _entry(record, found.problems)
        entry |= {"period": footprint.period.label, "billed_by_status": _by_status(own, became)}
        entry["unmatched_meters"] = unmatched_meters(footprint.store, record.source_id, library)[:_MOST_METERS]
        entry["tags"] = [
            {name: tag[name] for name in ("key", "lines", "share")}
            for tag in tags
            if tag["source_id"] == record.source_id
        ]
        found.documents.append(entry)


def _by_status(
    rows: Sequence[Mapping[str, Any]], became: Mapping[str | None, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Billed cost of each currency by what becomes of its lines, the share of the whole, and why lines are excluded."""
    found = []
    for currency in dict.fromkeys(row["currency"] for row in rows):
        costs = dict.fromkeys(_BILLED, 0.0) | {r["status"]: r["billed"] for r in rows if r["currency"] == currency}
        whole = sum(costs.values())
        shares = {name: cost / whole if whole else None for name, cost in costs.items()}
        found.append({"currency": currency, "billed": costs, "share": shares, **became.get(currency, NO_COSTS)})
    return found
