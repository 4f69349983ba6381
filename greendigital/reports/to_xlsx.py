"""The workbook, in the manner of the Analysis Function: one table a sheet, numbers as numbers, nothing merged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from greendigital.reports.cloud_sheets import add_excluded, add_splits, add_unmatched, add_water, cloud_notes, left_out
from greendigital.reports.cost_words import cost_sentences
from greendigital.reports.figures import (
    ASSUMPTION_NAMES,
    SCOPE_NAMES,
    action_sentence,
    actions,
    assumption_value,
    basis_words,
    category_words,
    component_entries,
    electricity_notes,
    factor_year_words,
    group_entries,
    has_devices,
    has_figure,
    headline,
    overrides_sentence,
    source_words,
    stage_entries,
    with_range,
)
from greendigital.reports.waste_sheets import WASTE_SHEETS, add_waste, waste_left_out, waste_notes
from greendigital.reports.workbook import Book
from greendigital.reports.workbook_rows import add_advice, add_data, figure_cells, is_left_out

_SHEETS = (
    "Totals",
    "Scopes",
    "Categories",
    "Sites",
    "Services",
    "Accounts",
    "Regions",
    "Tags",
    "Months",
    "Water",
    "Drivers",
    "Assumptions",
    "Advice groups",
    "Advice",
    *WASTE_SHEETS,
    "Lines",
    "Factors",
    "Coverage",
    "Costs",
    "Excluded costs",
    "Unmatched meters",
    "Inputs",
    "Factor sets",
    "Overrides",
    "Problems",
    "Notes",
)
_FIGURE = ("Low (kg CO2e)", "Central (kg CO2e)", "High (kg CO2e)")
_RANGES = "Low and high are the 5th and 95th percentile; they are not additive. Central figures are."


def write_xlsx(
    path: Path,
    summary: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    n_lines: int,
    factors_used: Sequence[Mapping[str, Any]],
    recommendations: Sequence[Mapping[str, Any]],
    n_recommendations: int,
    run: Mapping[str, Any],
    meters: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Write ``report.xlsx``: the figures of summary.json, the lines, the factors and the advice, in full precision.

    Parameters
    ----------
    lines, recommendations
        The first of them, with ``LINE_COLUMNS`` and ``ADVICE_COLUMNS`` of
        :mod:`greendigital.reports.workbook_rows`; a sheet of none is left out.
    n_lines, n_recommendations
        How many there are in all.
    meters
        All meters without a physical estimate, of which summary.json has the first.
    """
    book = Book(path)
    without = {
        name
        for name, is_out in (
            ("Advice", is_left_out(recommendations, n_recommendations)),
            ("Lines", is_left_out(lines, n_lines)),
            ("Overrides", not summary["overrides"]),
            ("Assumptions", not summary["assumptions"]),
            ("Sites", not _has_site(summary)),
        )
        if is_out
    }
    without |= left_out(summary, meters) | waste_left_out(summary)
    _cover(book, summary, run, [name for name in _SHEETS if name not in without])
    _totals(book, summary)
    _groups(book, summary, {factor["factor_id"]: factor for factor in factors_used})
    if summary["assumptions"]:
        _assumptions(book, summary)
    add_advice(book, summary, recommendations, n_recommendations)
    add_waste(book, summary)
    add_data(book, lines, n_lines, factors_used)
    _coverage(book, summary)
    add_unmatched(book, meters)
    _notes(book, summary, run)
    book.save()


def _cover(book: Book, summary: Mapping[str, Any], run: Mapping[str, Any], sheets: Sequence[str]) -> None:
    period = summary["period"]
    rows = [
        ["Organisation", summary["organisation"] or "not stated"],
        ["Period", f"{period['label']}: {period['start']} to {period['end']}"],
        ["Total, management view", f"{headline(summary)}{' CO2e' if has_figure(summary) else ''}"],
        ["Total, GHG Protocol inventory", f"{with_range(summary['totals']['inventory']['total'])} CO2e"],
        ["Factors", factor_year_words(summary, run)],
        *([["Overrides", told]] if (told := overrides_sentence(summary)) else []),
        *[["Cost", told] for told in cost_sentences(summary["coverage"]["usage"]["costs"])],
        ["Advice as at", run["as_of"]],
        ["Made with", f"greendigital {summary['tool_version']}, {run['created']}"],
        ["Shorthand", "An empty cell is not available; see Notes for what is left out."],
        ["Sheets", ", ".join(sheets)],
        *[[f"Action {n}", action_sentence(group)] for n, group in enumerate(actions(summary), start=1)],
        ["Assurance", summary["assurance"]],
    ]
    book.sheet(
        "Cover",
        f"Carbon footprint of IT, {summary['organisation'] or 'organisation not stated'}",
        "Figures in kg CO2e unless a heading says otherwise.",
        ["Item", "Content"],
        rows,
    )


def _totals(book: Book, summary: Mapping[str, Any]) -> None:
    totals = summary["totals"]
    rows: list[list[Any]] = [["total", "Total", *figure_cells(totals["total"])]]
    rows += [["kind", k.capitalize(), *figure_cells(totals[k])] for k in ("hardware", "cloud", "energy")]
    rows += [["stage", name, *figure_cells(f)] for name, f in stage_entries(summary)]
    rows += [["component", name, *figure_cells(f)] for name, f in component_entries(summary)]
    rows += [["basis", basis_words(name), *figure_cells(f)] for name, f in group_entries(totals, "basis")]
    book.sheet(
        "Totals",
        "Total by kind, life cycle stage, component and basis, management view",
        "Kinds, stages, components and bases each add up to the total. " + _RANGES,
        ["Group", "Name", *_FIGURE],
        rows,
    )
    inventory = totals["inventory"]
    rows = [[scope, SCOPE_NAMES[scope], *figure_cells(f)] for scope, f in inventory["by_scope"].items()]
    rows.append(["total", "Inventory total", *figure_cells(inventory["total"])])
    if totals["market_based_scope_2"]:
        rows.append(
            ["2 market", "Scope 2, market-based (not in the total)", *figure_cells(totals["market_based_scope_2"])]
        )
    book.sheet(
        "Scopes",
        "Inventory by scope and category, GHG Protocol view",
        "Embodied carbon counts in the year of purchase, waste as scope 3.5; never added to the management view. "
        + _RANGES,
        ["Scope", "Name", *_FIGURE],
        rows,
    )


def _has_site(summary: Mapping[str, Any]) -> bool:
    return has_devices(summary) or any(entry["site"] is not None for entry in summary["totals"]["by_site"])


def _groups(book: Book, summary: Mapping[str, Any], factors: Mapping[str, Mapping[str, Any]]) -> None:
    totals = summary["totals"]
    book.sheet(
        "Categories",
        "Total by device category and cloud service category",
        _RANGES,
        ["Category", "Devices", *_FIGURE],
        [[category_words(e["category"]), e["devices"], *figure_cells(e["total"])] for e in totals["by_category"]],
    )
    if _has_site(summary):
        _group(book, totals, "site", "Sites")
    add_splits(book, summary)
    _group(book, totals, "month", "Months")
    add_water(book, summary)
    book.sheet(
        "Drivers",
        "What the range of the total rests on",
        "Share of the variance by source of error.",
        ["Source of error", "Share of variance", "Id"],
        [[source_words(d["source"], factors), d["share_of_variance"], d["source"]] for d in totals["drivers"]],
    )


def _assumptions(book: Book, summary: Mapping[str, Any]) -> None:
    book.sheet(
        "Assumptions",
        "What the cloud figures assume, and their effect on the total",
        "Set under [cloud] in the configuration. Totals of the whole report under the other value; central figures. "
        "Lines without a figure there, which this report estimates physically, take a ratio of the bill by cost.",
        [
            "Assumption",
            "Value",
            "Source",
            "Instead",
            "Total (kg CO2e)",
            "Change (kg CO2e)",
            "From cost (kg CO2e)",
            "Lines without a figure",
            "By cost for them (kg CO2e)",
        ],
        [
            [
                ASSUMPTION_NAMES[a["name"]],
                assumption_value(a["value"], a["unit"]),
                a["source"],
                assumption_value(o["value"], a["unit"]),
                o["central"],
                o["change"],
                o["fallback_kg_co2e"],
                o["lines_without_figure"],
                o["without_figure_kg_co2e"],
            ]
            for a in summary["assumptions"]
            for o in a["alternatives"]
        ],
    )


def _group(book: Book, totals: Mapping[str, Any], name: str, title: str) -> None:
    book.sheet(
        title,
        f"Total by {name}",
        _RANGES,
        [name.capitalize(), *_FIGURE],
        [[label, *figure_cells(figure)] for label, figure in group_entries(totals, name)],
    )


def _coverage(book: Book, summary: Mapping[str, Any]) -> None:
    coverage = summary["coverage"]
    rows: list[list[Any]] = []
    for part in [name for name in coverage if name == "usage" or coverage[name]["lines"]]:
        rows += [
            [part, key.replace("_", " "), value]
            for key, value in coverage[part].items()
            if isinstance(value, int | float)
        ]
        rows.append([part, "months covered", len(coverage[part]["months_covered"])])
    levels = coverage["assets"]["by_match_level"] if has_devices(summary) else {}
    for level, found in levels.items():
        rows.append(["match level", f"{level}: devices", found["devices"]])
        rows.append(["match level", f"{level}: kg CO2e", found["kg_co2e"]])
    rows += [["method", name, count] for name, count in coverage["usage"]["by_method"].items()]
    book.sheet(
        "Coverage",
        "What became of every line of input",
        "Lines in = estimated + partial + fallback + excluded + merged.",
        ["Part", "Item", "Count"],
        rows,
    )
    columns = [
        "currency",
        "billed",
        "effective",
        "list",
        "billed_estimated",
        "billed_partial",
        "billed_fallback",
        "billed_excluded",
        "billed_in_other_bill",
        "charges",
        "physical_share",
        "fallback_share",
        "excluded_share",
    ]
    book.sheet(
        "Costs",
        "Billed cost by status",
        "Currencies are never added together. What another bill holds too is among the excluded. Shares are of the "
        "charges: billed once, credits and the like apart.",
        [c.replace("_", " ").capitalize() for c in columns],
        [[c[k] if k != "currency" else (c[k] or "not stated") for k in columns] for c in coverage["usage"]["costs"]],
    )
    add_excluded(book, summary)


def _notes(book: Book, summary: Mapping[str, Any], run: Mapping[str, Any]) -> None:
    book.sheet(
        "Inputs",
        "Files read",
        "Identified by their SHA-256.",
        ["File", "Format", "Lines", "Problems", "SHA-256"],
        [[i["file"], i["format"], i["lines"], i["problems"], i["sha256"]] for i in summary["inputs"]],
    )
    book.sheet(
        "Factor sets",
        "Factor sets used, with licence",
        "A share-alike licence (ODbL, CC BY-SA) holds for data derived from that set.",
        ["Set", "Edition of the set", "Factors of", "Data of", "Publisher", "Licence", "Share-alike", "Address"],
        [
            [
                s["name"],
                s["edition"],
                " to ".join(map(str, s["published_years"])),
                " to ".join(map(str, s["data_years"])) or "not stated",
                s["publisher"],
                s["licence"],
                "yes" if s["share_alike"] else "no",
                s["url"],
            ]
            for s in summary["factor_sets"]
        ],
    )
    if summary["overrides"]:
        book.sheet(
            "Overrides",
            "Figures in the place of shipped ones",
            "From the configuration or from factor sets given beside; the note says what each replaces, and why.",
            ["Factor", "Replaces", "Value", "Unit", "Set", "Source", "Note"],
            [
                [o[c] for c in ("factor_id", "supersedes", "value", "unit", "set", "source", "note")]
                for o in summary["overrides"]
            ],
        )
    book.sheet(
        "Problems",
        "What was found in the files",
        "Errors, warnings and notes.",
        ["Severity", "File", "Row", "Column", "Message", "Remedy", "Code"],
        [
            [p["severity"], p["file"], p["row"], p["column"], p["message"], p["remedy"], p["code"]]
            for p in run["problems"]
        ],
    )
    fixed = [
        *electricity_notes(summary),
        "Management view and inventory view are two views of the same devices and are never added.",
    ]
    book.sheet(
        "Notes",
        "Notes, and what is not covered",
        "Read before use.",
        ["Note"],
        [[n] for n in (*fixed, *cloud_notes(summary), *waste_notes(summary), *summary["not_covered"])],
    )
