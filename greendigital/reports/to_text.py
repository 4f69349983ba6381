"""The one-page summary on the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from typing import Any

from greendigital.reports.cost_words import cost_sentences
from greendigital.reports.figures import (
    EFFECT_NAMES,
    action_sentence,
    actions,
    digits,
    factor_year_words,
    has_figure,
    headline,
    hotspots,
    intensity_sentence,
    overrides_sentence,
    plural,
    resting_sentence,
    share,
    span_of_months,
    three_significant,
    with_range,
)

_BOLD, _PLAIN = "\033[1m", "\033[0m"


def summary_text(
    summary: Mapping[str, Any],
    run: Mapping[str, Any],
    *,
    colour: bool,
    width: int = 88,
) -> str:
    """The summary: total with range, both views, hotspots, actions, what it rests on and what is left out."""
    totals, period = summary["totals"], summary["period"]

    def strong(text: str) -> str:
        return f"{_BOLD}{text}{_PLAIN}" if colour else text

    name = summary["organisation"] or "Footprint"
    lines = [
        strong(f"{name}, {period['label']}"),
        f"{period['start']} to {period['end']}, {factor_year_words(summary, run)}, advice as at {run['as_of']}",
        "",
        strong(f"Total      {headline(summary)}{' CO2e' if has_figure(summary) else ''}"),
    ]
    for key in ("hardware", "cloud", "energy"):
        if totals[key]["central"]:
            lines.append(f"  {key:<9}{with_range(totals[key])}")
    if has_figure(summary):
        lines += _figures(summary, run, width, strong)
    lines += ["", strong("What it rests on"), *_rests_on(summary, width), "", strong("Left out")]
    for sentence in summary["not_covered"][:5]:
        lines += textwrap.wrap(sentence, width - 2, initial_indent="  ", subsequent_indent="    ")
    if len(summary["not_covered"]) > 5:
        lines.append(f"  and {len(summary['not_covered']) - 5} more points, in the report")
    where = run.get("options", {}).get("output")
    if where:
        lines += [
            "",
            f"Report: {where}/report.html, report.xlsx, recommendations.csv",
            f"Any figure: greendigital explain {where} [LINE]",
        ]
    return "\n".join(lines)


def _figures(summary: Mapping[str, Any], run: Mapping[str, Any], width: int, strong: Callable[[str], str]) -> list[str]:
    """Both views, intensity, hotspots and actions."""
    totals = summary["totals"]
    total = totals["total"]["central"]
    lines = [
        f"  embodied annualised over planned life (management view), {digits(totals['energy_kwh']['central'])} kWh",
        f"Inventory  {with_range(totals['inventory']['total'])} CO2e",
        "  embodied in the year of purchase and waste (GHG Protocol view); never added to the total",
    ]
    per = intensity_sentence(summary, run["config"]["organisation"]["fte"])
    lines += [f"Intensity  {per}"] if per else []
    lines += ["", strong("Hotspots")]
    lines += [f"  {three_significant(kg):>9}  {share(kg, total):>4}  {name}" for name, kg in hotspots(summary)]
    lines += ["", strong("Actions that save most")]
    for group in actions(summary):
        lines += textwrap.wrap(action_sentence(group), width - 2, initial_indent="  ", subsequent_indent="    ")
        lines.append(f"    {EFFECT_NAMES[group['effect']].lower()}; confidence {group['confidence']}")
    if not actions(summary):
        with_advice = bool(summary["recommendations"])
        lines.append("  none with a figure; see recommendations.csv" if with_advice else "  no rule gives advice here")
    return lines


def _rests_on(summary: Mapping[str, Any], width: int) -> list[str]:
    coverage = summary["coverage"]
    found = []
    for key, name in (("assets", "asset"), ("usage", "bill"), ("meters", "meter")):
        part = coverage[key]
        if part["lines"]:
            states = ", ".join(
                f"{part[s]:,} {s}" for s in ("estimated", "partial", "fallback", "excluded", "merged") if part.get(s)
            )
            found.append(
                f"{plural(part['lines'], f'{name} line')}: {states}; months {span_of_months(part['months_covered'])}"
            )
    if has_figure(summary):
        found.append(resting_sentence(summary))
    if coverage["usage"]["lines"]:
        found += cost_sentences(coverage["usage"]["costs"])
    found += [told] if (told := overrides_sentence(summary)) else []
    wrapped = []
    for sentence in found:
        wrapped += textwrap.wrap(sentence, width - 2, initial_indent="  ", subsequent_indent="    ")
    return wrapped
