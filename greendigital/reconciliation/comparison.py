"""Our figure of a cloud bill beside the provider's own: groups, ratio and likely reasons."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from greendigital import __version__
from greendigital.api import read_run
from greendigital.documents.reconcile import ReconcileDocument
from greendigital.errors import Problem, UsageError
from greendigital.inputs import expand
from greendigital.reconciliation.billed import billed_of
from greendigital.reconciliation.duplicates import set_duplicates_aside
from greendigital.reconciliation.emissions import FIGURES, LEVELS, Export
from greendigital.reconciliation.names import Names
from greendigital.reconciliation.read import read_exports
from greendigital.reconciliation.reasons import reasons_of
from greendigital.reconciliation.views import Group, View
from greendigital.result import Footprint

SCHEMA = "greendigital/reconcile/1"
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The provider's own figures beside ours.

    Attributes
    ----------
    rows
        A dictionary per group, as in the JSON document: theirs, ours, the ratio and the likely reasons.
    totals
        The same for all of each provider and view; figures of two views are never added.
    exports
        The exports as read.
    problems
        What was found in them.
    period
        The period of the run.
    """

    rows: list[dict[str, Any]]
    totals: list[dict[str, Any]]
    exports: list[dict[str, Any]]
    problems: list[Problem]
    period: str

    @property
    def is_partial(self) -> bool:
        """Whether a provider's total is known not to be whole."""
        return any(total["is_partial"] for total in self.totals)

    def as_dict(self) -> dict[str, Any]:
        """The document, ``greendigital schema reconcile``."""
        document = {
            "schema": SCHEMA,
            "tool_version": __version__,
            "period": self.period,
            "exports": self.exports,
            "totals": self.totals,
            "rows": self.rows,
            "problems": [problem.as_dict() for problem in self.problems],
        }
        ReconcileDocument.model_validate(document)
        return document


def reconcile(
    run: str | Path | Footprint, *paths: str | Path, by: str | Sequence[str] = (), month: str | None = None
) -> Reconciliation:
    """Put the figures of providers' carbon exports beside ours, in kg CO2e.

    Parameters
    ----------
    run
        A run directory, or the footprint itself.
    paths
        Exports of AWS, Azure or Google Cloud, recognised by their columns; of a folder all tables in it at any depth,
        of a pattern (``carbon/*.json``) all files that fit.
    by
        Levels to group by: ``account``, ``service``, ``region``, ``month``; default: the finest that both sides have.
    month
        The month of exports that do not say theirs (Azure item details), ``2026-05``.

    Returns
    -------
    Reconciliation
        What stands on one side alone is a row too: over all rows of a view, theirs and ours add up to their whole.

    Raises
    ------
    InputError
        If an export cannot be used.
    RunDirectoryError
        If the run cannot be read, or has no cloud lines.
    UsageError
        If there is no export, or ``by`` or ``month`` is written wrongly.

    Examples
    --------
    >>> import greendigital as gd
    >>> gd.reconcile("out", "aws_carbon.csv", by="service").rows  # doctest: +SKIP
    """
    levels = _checked(paths, by, month)
    footprint = run if isinstance(run, Footprint) else read_run(run)
    exports = read_exports(expand(paths), month)
    problems = set_duplicates_aside(exports)
    views = _views(exports, footprint)
    problems += dict.fromkeys(problem for view in views for problem in _problems(view))
    problems += _levels_not_there(levels, views)
    rows = [{**_place(group), **_figures(group)} for view in views for group in view.groups(levels or LEVELS)]
    totals = [
        {"levels": list(view.levels), "is_partial": view.is_partial, **_figures(group)}
        for view in views
        for group in view.groups(())
    ]
    documents = [_export_document(export) for export in exports]
    return Reconciliation(rows, totals, documents, problems, footprint.period.label)


def _checked(paths: Sequence[str | Path], by: str | Sequence[str], month: str | None) -> list[str]:
    """The levels asked for, in their order."""
    if not paths:
        raise UsageError("There is no export to compare with. Name the files of the provider's carbon export.")
    asked = [name.strip() for name in by.split(",") if name.strip()] if isinstance(by, str) else list(by)
    unknown = [name for name in asked if name not in LEVELS]
    if unknown:
        raise UsageError(f'--by: "{unknown[0]}" is no level. Levels: {", ".join(LEVELS)}.')
    if month is not None and not _MONTH.fullmatch(month):
        raise UsageError(f'--month: "{month}" is not a month. Write it as YYYY-MM.')
    return [level for level in LEVELS if level in asked]


def _views(exports: Sequence[Export], footprint: Footprint) -> list[View]:
    """Each provider's views in the order of their names, beside the lines of that provider alone."""
    found = sorted({(e.provider, e.view) for export in exports for e in export.emissions})
    billed = billed_of(footprint.store, {provider for provider, _ in found})
    names = Names(footprint.library)
    return [View(provider, view, exports, billed, names, footprint.period) for provider, view in found]


def _place(group: Group) -> dict[str, Any]:
    """The levels of a group, with the name of its account beside the id."""
    place = {level: group.view.label(level, group.place.get(level)) for level in LEVELS}
    return {**place, "account_name": group.view.account_name(group.place.get("account"))}


def _figures(group: Group) -> dict[str, Any]:
    compared = group.compared
    return {
        "provider": group.view.provider,
        "view": group.view.name,
        "side": group.side,
        "records": len(group.emissions),
        "lines": sum(row["lines"] for row in group.signatures),
        "theirs": {name: group.theirs(name) for name in FIGURES},
        "ours": group.ours.as_dict() if group.ours else None,
        "our_parts": group.parts,
        "compared": {**compared._asdict(), "ratio": compared.ratio} if compared else None,
        "reasons": [reason._asdict() for reason in reasons_of(group)],
    }


def _export_document(export: Export) -> dict[str, Any]:
    return {
        "file": export.file,
        "sha256": export.sha256,
        "provider": export.provider,
        "format": export.format,
        "records": len(export.emissions),
        "views": sorted({e.view for e in export.emissions}),
        "set_aside": dict(export.set_aside),
        "denied": list(export.denied),
        "has_more_pages": export.has_more_pages,
    }


def _problems(view: View) -> list[Problem]:
    """What makes the comparison of a view weak, as findings about its files."""
    files = ", ".join(dict.fromkeys(export.file for export in view.exports))
    found: list[tuple[str, str, str]] = []
    if not view.ours["month"] and not view.ours["service"]:
        found.append(
            (
                "provider_not_in_run",
                f'The run has no counted line of "{view.provider}", so there is nothing of ours to compare.',
                "Make the run with the bill of the same provider.",
            )
        )
    if view.denied:
        message = f"The figures leave out subscriptions that were denied: {', '.join(view.denied)}."
        found.append(("export_access_denied", message, "Export again with the right to read their emissions."))
    if view.has_more_pages:
        message = "The answer has further pages (skipToken is set), and its total is partial."
        found.append(("export_has_more_pages", message, "Give the other pages too."))
    if view.has_top_items_only:
        message = "The answer holds the largest items alone, and its total is partial."
        found.append(("export_top_items_only", message, "Export the item details."))
    if not view.states_month and len(view.ours["month"]) > 1:
        message = "The export does not say of which month it is, and the bill has several: no ratio is given."
        found.append(("export_month_not_stated", message, "Name the month, with --month YYYY-MM."))
    if view.has_other_account_names:
        message = (
            "No account of the export is in the bill, which names accounts in another way: all are compared together."
        )
        remedy = "Make the run again with a bill that has their ids (SubAccountId, SubscriptionId)."
        found.append(("export_accounts_differ", message, remedy))
    return [Problem("warning", code, message, remedy, files) for code, message, remedy in found]


def _levels_not_there(asked: Sequence[str], views: Sequence[View]) -> list[Problem]:
    """Levels asked for that no view of a provider has."""
    found = []
    for provider in dict.fromkeys(view.provider for view in views):
        of_it = [view for view in views if view.provider == provider]
        files = ", ".join(dict.fromkeys(export.file for view in of_it for export in view.exports))
        found += [
            Problem("note", "export_level_missing", f"The two sides cannot be compared by {level} here.", "", files)
            for level in asked
            if not any(level in view.levels for view in of_it)
        ]
    return found
