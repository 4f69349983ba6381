"""The report as one self-contained page: no scripts, no remote parts, a table behind each chart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from greendigital.explain import age_words
from greendigital.matching.match import LEVELS
from greendigital.reports import figures
from greendigital.reports.charts import Bar, bar_chart, column_chart
from greendigital.reports.cloud_sections import page_parts, split_tables
from greendigital.reports.cost_words import cost_sentences, money, percent, reason
from greendigital.reports.waste_sections import waste_parts

_MOST_BARS = 12
_STATUSES = ("estimated", "partial", "fallback", "excluded", "merged")


def write_html(
    path: Path,
    summary: Mapping[str, Any],
    factors_used: Sequence[Mapping[str, Any]],
    run: Mapping[str, Any],
    charts: bool = True,
) -> None:
    """Write ``report.html``; three significant digits for people, all of them in ``data-kg``."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    page = environment.get_template("report.html.j2").render(**_context(summary, factors_used, run, charts))
    path.write_text(page.strip() + "\n", encoding="utf-8")


def _context(
    summary: Mapping[str, Any], factors: Sequence[Mapping[str, Any]], run: Mapping[str, Any], charts: bool
) -> dict[str, Any]:
    totals = summary["totals"]
    groups = _groups(summary, charts)
    known = {f["factor_id"]: f for f in factors}
    return {
        "summary": summary,
        "t": totals,
        "cov": summary["coverage"],
        "period": summary["period"],
        "run": run,
        "organisation": summary["organisation"] or "organisation not stated",
        "factors": factors,
        "hotspots": figures.hotspots(summary),
        "actions": _actions(summary),
        "months": {
            k: figures.span_of_months(summary["coverage"][k]["months_covered"]) for k in ("assets", "usage", "meters")
        },
        "has_devices": figures.has_devices(summary),
        "override_rows": figures.override_rows(summary),
        "stages": figures.stage_entries(summary),
        "components": figures.component_entries(summary),
        "scopes": [(figures.SCOPE_NAMES[k], f) for k, f in totals["inventory"]["by_scope"].items()],
        "groups": groups,
        "bases": [(figures.basis_words(name), f) for name, f in figures.group_entries(totals, "basis")],
        "charts": _charts(totals) if charts else defaultdict(lambda: None),
        "effects": _effects(summary),
        "effect_names": figures.EFFECT_NAMES,
        "basis_names": figures.BASIS_NAMES,
        "level_names": tuple(LEVELS.items()),
        "statuses": _STATUSES,
        "problems": run["problems"],
        "contents": _contents(groups, summary),
        "bills": page_parts(summary),
        "waste": waste_parts(summary),
        "market_note": " ".join(p["message"] for p in run["problems"] if p["code"] == "market_based"),
        "assumptions": _assumptions(summary),
        "without_figure": figures.without_figure_sentences(summary),
        "headline": figures.headline(summary),
        "has_figure": figures.has_figure(summary),
        "electricity": figures.electricity_notes(summary),
        "factor_year": figures.factor_year_words(summary, run),
        "intensity": figures.intensity_sentence(summary, run["config"]["organisation"]["fte"]),
        "rests": " ".join(s for s in (figures.resting_sentence(summary), figures.overrides_sentence(summary)) if s),
        "cost_sentences": cost_sentences(summary["coverage"]["usage"]["costs"]),
        **_functions(known),
    }


def _assumptions(summary: Mapping[str, Any]) -> list[tuple[str, str, str, list[tuple[str, Any]]]]:
    """Name, value and source of each assumption of the cloud figures, and what it might be instead."""
    return [
        (
            figures.ASSUMPTION_NAMES[a["name"]],
            figures.assumption_value(a["value"], a["unit"]),
            a["source"],
            [(figures.assumption_value(o["value"], a["unit"]), o) for o in a["alternatives"]],
        )
        for a in summary["assumptions"]
    ]


def _functions(known: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What the template puts figures and codes into words with; ``known``: the factors used by id."""
    return {
        "age_words": age_words,
        "category_words": figures.category_words,
        "digits": figures.digits,
        "money": money,
        "money_of": figures.money_of,
        "percent": percent,
        "range_of": lambda f: figures.with_range(f).partition(" (")[2].rstrip(")") + _unit(f),
        "reason": reason,
        "share": figures.share,
        "source_words": lambda source: figures.source_words(source, known),
        "three_significant": figures.three_significant,
        "unit_words": figures.unit_words,
        "with_range": figures.with_range,
        "words": figures.words,
    }


def _contents(groups: Sequence[Any], summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Anchor and title of each section."""
    return [
        ("s-advice", "Advice"),
        *([("s-waste", "Reuse and recycling")] if summary["waste"] else []),
        ("s-stage", "By life cycle stage and component"),
        ("s-cat", "By category"),
        ("s-scope", "Inventory by scope"),
        *((f"s-{g[0]}", f"By {g[1]}") for g in groups if g[2]),
        *([("s-water", "Water of cloud data centres")] if summary["water"] else []),
        ("s-basis", "What the total rests on"),
        ("s-range", "What the range rests on"),
        *([("s-assume", "What the cloud figures assume")] if summary["assumptions"] else []),
        ("s-cover", "Coverage"),
        *([("s-unmatched", "Meters without a physical estimate")] if summary["unmatched_meters"] else []),
        ("s-src", "Sources and licences"),
        ("s-prob", "Problems in the files"),
        ("s-rep", "Reproduce and trace"),
    ]


def _unit(figure: Mapping[str, float]) -> str:
    return " t" if " t (" in figures.with_range(figure) else " kg"


def _actions(summary: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        {
            "sentence": figures.action_sentence(g),
            "effect": figures.EFFECT_NAMES[g["effect"]].lower(),
            "confidence": g["confidence"],
        }
        for g in figures.actions(summary)
    ]


def _bars(entries: Sequence[tuple[str, Mapping[str, float]]]) -> list[Bar]:
    """The largest entries, and the rest together."""
    ranked = sorted((e for e in entries if e[1]["central"]), key=lambda e: -e[1]["central"])
    shown = [Bar(name, f["low"], f["central"], f["high"]) for name, f in ranked[:_MOST_BARS]]
    rest = [f["central"] for _, f in ranked[_MOST_BARS:]]
    # Corrections would cancel what is above zero: a bar of both would be shorter than its parts.
    for kilograms, words in (([kg for kg in rest if kg > 0], "others"), ([kg for kg in rest if kg < 0], "below zero")):
        if kilograms:
            whole = sum(kilograms)
            shown.append(Bar(f"{len(kilograms)} {words}", whole, whole, whole))
    return shown


def _finding(bars: Sequence[Bar], what: str, whole: float | None = None) -> str:
    """The largest bar, and its share of the carbon of all bills, or of all bars."""
    total = sum(b.central for b in bars) if whole is None else whole
    if not bars or not total:
        return f"There is nothing to show by {what}."
    first, of = bars[0], "" if whole is None else " of the carbon of the bills"
    part = f", {figures.share(first.central, total)}{of}" if total > 0 else ""
    return f"The largest part by {what} is {first.label}: {figures.three_significant(first.central)}{part}."


def _chart(
    entries: Sequence[tuple[str, Mapping[str, float]]], name: str, what: str, whole: float | None = None
) -> dict[str, str] | None:
    bars = _bars(entries)
    if not bars:
        return None
    finding = _finding(bars, what, whole)
    caption = f"{finding} Bars: central figure; lines: 5th to 95th percentile. Source: this report, table below."
    return {"svg": bar_chart(bars, f"chart-{name}", finding), "caption": caption}


def _charts(totals: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "stage": _chart([(figures.STAGE_NAMES[k], f) for k, f in totals["by_stage"].items()], "stage", "stage"),
        "category": _chart(
            [(figures.category_words(e["category"]), e["total"]) for e in totals["by_category"]], "category", "category"
        ),
    }


def _groups(summary: Mapping[str, Any], charts: bool) -> list[tuple[str, str, list[Any], Any]]:
    totals = summary["totals"]
    entries = figures.group_entries(totals, "site")
    has_site = any(label != figures.NOT_STATED["site"] for label, _ in entries)
    chart = _chart(entries, "site", "site") if charts and has_site else None
    found: list[tuple[str, str, list[Any], Any]] = [("site", "site", entries if has_site else [], chart)]
    for name, table in split_tables(summary).items():
        # Devices have no service or account: a bar of theirs would dwarf the others.
        drawn = [(row.label, row.figure) for row in table["rows"] if row.figure and (row.is_named or row.is_untagged)]
        cloud = totals["cloud"]["central"]
        chart = _chart(drawn, name, table["what"], cloud) if charts else None
        found.append((name, table["what"], table["rows"], chart))
    months = figures.group_entries(totals, "month")
    chart = None
    if charts and months and totals["total"]["central"] > 0:
        bars = [Bar(n, f["low"], f["central"], f["high"]) for n, f in months]
        peak = max(bars, key=lambda b: b.central)
        spread = " Devices are spread by days." if figures.has_devices(summary) else ""
        finding = f"{peak.label} is the highest month: {figures.three_significant(peak.central)}."
        chart = {
            "svg": column_chart(bars[-36:], "chart-month", finding),
            "caption": f"{finding}{spread} Source: this report, table below.",
        }
    found.append(("month", "month", months, chart))
    return found


def _effects(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    sums: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for group in summary["recommendations"]:
        if group["saving_kg_co2e"]:
            entry = sums[group["effect"], group["basis"]]
            entry[0] += group["lines"]
            entry[1] += group["saving_kg_co2e"]["central"]
    return [
        {"effect": figures.EFFECT_NAMES[effect], "basis": figures.BASIS_NAMES[basis], "rows": int(rows), "kg": kg}
        for (effect, basis), (rows, kg) in sums.items()
    ]
