"""Why the two figures of a group differ: only what the export and the bill themselves show.

Sources on the methods: AWS News Blog, "Customer Carbon Footprint Tool Expands", October 2025 (scope 3 of model v3 holds
fuel- and energy-related activities, IT hardware, buildings and transport); AWS, Data Exports User Guide, "Carbon
emissions columns" (before it: scopes 1 and 2 alone); Microsoft, "Microsoft Cloud for Sustainability API calculation
methodology" (scope 3 is categories 1, 2, 4, 5, 9 and 12); Schneider and Mattia, "Carbon accounting in the Cloud", 2024,
arXiv 2406.09645 (Google measures the energy of its machines and shares it out).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import NamedTuple

from greendigital.preflight.wording import plural
from greendigital.reconciliation.emissions import LEVELS
from greendigital.reconciliation.views import Group, View
from greendigital.reports.figures import three_significant

_MOST_NAMED = 5
_FIRST_WITH_SCOPE_3 = 3
_PLURALS = {"account": "accounts", "service": "services", "region": "regions", "month": "months"}
_UPSTREAM_OF_THEIRS = {
    "azure": "Microsoft's method does not name them (category 3 is not among its categories of scope 3)",
    "gcp": "the export does not say whether theirs does",
}


class Reason(NamedTuple):
    """A likely reason for a difference, with a stable code."""

    code: str
    text: str


def reasons_of(group: Group) -> list[Reason]:
    """The likely reasons for what a group shows, those about the export first."""
    return [Reason(code, text) for rule in _RULES for code, text in rule(group)]


Found = Iterator[tuple[str, str]]


def _basis(group: Group) -> Found:
    if not group.emissions:
        return
    location, market, unlabelled = (
        sum(e.figures.get(name) is not None for e in group.emissions) for name in ("location", "market", "unlabelled")
    )
    if market and not location:
        yield (
            "market_based_only",
            "The export gives the market-based figure alone, which counts the provider's purchases of renewable "
            "energy; ours is location-based.",
        )
    elif location and location < len(group.emissions):
        yield (
            "location_based_in_part",
            f"{location} of {plural(len(group.emissions), 'row')} of the export have a location-based figure; their "
            "sum leaves the others out.",
        )
    if unlabelled:
        yield (
            "basis_not_stated",
            "The export does not say whether its figure is location- or market-based.",
        )


def _scopes(group: Group) -> Found:
    bare = [e for e in group.emissions if all(e.figures.get(f"scope_3_{b}") is None for b in ("location", "market"))]
    if not bare:
        return
    old = [e for e in bare if e.provider == "aws" and _is_before_scope_3(e.model_version)]
    if old:
        ours = f"; ours holds {three_significant(group.parts['embodied'])} of embodied carbon" if group.parts else ""
        versions = ", ".join(sorted({e.model_version for e in old}))
        yield "lacks_scope_3", f"Model {versions} of the export has scopes 1 and 2 alone{ours}."
    if len(old) < len(bare):
        yield "scopes_not_stated", "The export does not say which scopes its figure holds."


def _is_before_scope_3(version: str) -> bool:
    number = re.search(r"\d+", version)
    return bool(number and int(number[0]) < _FIRST_WITH_SCOPE_3)


def _wholeness(group: Group) -> Found:
    view = group.view
    if not group.emissions:
        return
    if view.denied:
        yield (
            "access_denied",
            f"The export leaves out {plural(len(view.denied), 'subscription')} that its reader may not see "
            f"({_named(view.denied)}): the provider's total is partial.",
        )
    if view.has_more_pages:
        yield "more_pages", "The export has further pages (skipToken is set): the provider's total is partial."
    if view.has_top_items_only:
        yield "top_items_only", "The export holds the largest items alone: the provider's total is partial."


def _months(group: Group) -> Found:
    view, period = group.view, group.view.period
    if group.emissions and not view.states_month:
        rest = (
            "the figures of one month and of several are not compared; give --month YYYY-MM"
            if len(view.ours["month"]) > 1
            else "it is compared with the only month of the bill"
        )
        yield "month_not_stated", f"The export does not say of which month it is: {rest}."
    months = {e.month for e in group.emissions if e.month}
    outside = sorted(month for month in months if not _is_inside(view, month))
    if outside:
        yield (
            "months_outside_period",
            f"{_listed('month', outside)} of the export lie outside {period.label}, the run's.",
        )
    cut = {view.first_month} if period.start.day > 1 else set()
    cut |= {view.last_month} if (period.end + timedelta(days=1)).day > 1 else set()
    if months & cut:
        yield "month_in_part", f"The period of the run holds {_spans(sorted(months & cut))} in part alone."


def _is_inside(view: View, month: str) -> bool:
    return view.first_month <= month <= view.last_month


def _one_sided(group: Group) -> Found:
    """What only one side names, level by level; then what both name, but not together."""
    view = group.view
    for side, other, code in (("theirs", view.ours, "not_in_bill"), ("ours", view.theirs, "not_in_export")):
        cells = [
            (key, cell)
            for key, cell in group.cells
            if not cell.is_matched and (cell.emissions if side == "theirs" else cell.signatures)
        ]
        if not cells:
            continue
        explained = set()
        for level in LEVELS:
            if level not in view.levels or (level == "month" and not view.states_month):
                continue
            place = view.levels.index(level)
            lone = [(key, cell) for key, cell in cells if key[place] and key[place] not in other[level]]
            explained |= {key for key, _ in lone}
            if level == "month":
                lone = [(key, cell) for key, cell in lone if _is_inside(view, key[place] or "")]
            if lone:
                where = "no counted line of the bill" if side == "theirs" else "no row of the export"
                labels = sorted({view.told(level, key[place]) for key, _ in lone})
                yield f"{_PLURALS[level]}_{code}", f"{_listed(level, labels)}: {where} has {_it(labels)}."
        rest = [key for key, _ in cells if key not in explained and all(part is not None for part in key)]
        if rest and (view.states_month or "month" not in view.levels):
            only = "the export" if side == "theirs" else "the bill"
            yield (
                f"combination_{code}",
                f"{plural(len(rest), 'combination')} of {', '.join(view.levels)} in {only} alone.",
            )


def _lines(group: Group) -> Found:
    view = group.view
    if group.emissions and group.excluded:
        lines = sum(row["lines"] for row in group.excluded)
        codes = sorted({row["reason_code"] or "no reason" for row in group.excluded})
        yield (
            "lines_excluded",
            f"{plural(lines, 'line')} of the bill there {_is(lines)} not estimated ({_named(codes)}).",
        )
    if view.has_other_account_names and group.emissions and group.signatures:
        yield (
            "accounts_named_otherwise",
            "The bill names accounts in another way than the export, so all of them are compared together.",
        )
    if "region" in view.levels:
        place = view.levels.index("region")
        without = [cell for key, cell in group.cells if key[place] is None]
        if without:
            sides = [
                name
                for name, has in (
                    ("rows of the export", any(cell.emissions for cell in without)),
                    ("lines of the bill", any(cell.signatures for cell in without)),
                )
                if has
            ]
            yield "region_unknown", f"Some {' and '.join(sides)} name no region."


def _method(group: Group) -> Found:
    """How differently the two are made; only where there is something to compare."""
    if not group.parts or not group.emissions:
        return
    ours = group.ours.central if group.ours else 0.0
    fallback, upstream = group.parts["fallback"], group.parts["losses_and_well_to_tank"]
    if fallback > 0 and ours > 0:
        yield "fallback_share", f"{fallback / ours:.0%} of ours is estimated from cost."
    loads = group.view.billed.utilisations.get(group.view.provider, [])
    if loads:
        shares = " or ".join(f"{share:.0%}" for share in loads[:_MOST_NAMED])
        yield (
            "allocation",
            f"The provider shares out what its data centres used; ours takes each machine at a load of {shares}.",
        )
    if upstream > 0:
        yield (
            "upstream_electricity",
            f"Ours holds {three_significant(upstream)} of grid losses and well-to-tank emissions; "
            f"{_upstream_of_theirs(group)}.",
        )


def _upstream_of_theirs(group: Group) -> str:
    if group.view.provider != "aws":
        return _UPSTREAM_OF_THEIRS.get(group.view.provider, "the export does not say whether theirs does")
    old = [_is_before_scope_3(e.model_version) for e in group.emissions]
    if all(old):
        return "the export holds none, being without scope 3"
    return "so does scope 3 of the export" if not any(old) else "so does the export from model v3 on"


_RULES: tuple[Callable[[Group], Found], ...] = (_basis, _scopes, _wholeness, _months, _one_sided, _lines, _method)


def _named(names: Iterable[str]) -> str:
    listed = list(names)
    more = len(listed) - _MOST_NAMED
    return ", ".join(listed[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _listed(level: str, labels: list[str]) -> str:
    noun = level if len(labels) == 1 else _PLURALS[level]
    return f"{noun.capitalize()} {_spans(labels) if level == 'month' else _named(labels)}"


def _spans(months: list[str]) -> str:
    """Months in their order, those that follow each other as one span."""
    spans: list[list[str]] = []
    for month in months:
        if spans and _next(spans[-1][-1]) == month:
            spans[-1].append(month)
        else:
            spans.append([month])
    return _named(span[0] if len(span) == 1 else f"{span[0]} to {span[-1]}" for span in spans)


def _next(month: str) -> str:
    year, number = (int(part) for part in month.split("-"))
    return f"{year + number // 12}-{number % 12 + 1:02d}"


def _it(labels: list[str]) -> str:
    return "it" if len(labels) == 1 else "them"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"
