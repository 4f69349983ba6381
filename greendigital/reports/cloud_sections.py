"""What the page and the workbook show of bills: splits with cost beside carbon, water, meters to fix first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from greendigital.footprint.notes import REASONS
from greendigital.footprint.splits import SPLITS
from greendigital.footprint.unmatched import MOST_UNMATCHED, unmatched_share
from greendigital.reports.figures import plural, share, words

MOST_METERS = 15
"""Meters without a physical estimate on the page; the workbook holds them all."""
SEEN_WORDS = {
    "verbatim": "yes",
    "pattern": "its form only",
    "not_seen": "no",
}
"""Whether a string that the meter's rule is for was seen in a real bill."""
WATER_NOTE = (
    "Water of cloud data centres is for cooling and humidification: energy of the IT equipment, before PUE, times the "
    "water usage effectiveness (WUE) that the provider publishes for the region or its area. It is in no carbon total. "
    "Water of electricity generation, of data transfer and of lines estimated from cost is left out; no source gives a "
    "range."
)
_SCOPE_WORDS = {
    "region": "the region",
    "region_pattern": "average of its area",
    "continental_average_assigned_to_region": "average of its continent",
}


def currencies(summary: Mapping[str, Any]) -> list[str | None]:
    """Currencies of the bills, in the order of the costs; none without a bill."""
    return [c["currency"] for c in summary["coverage"]["usage"]["costs"]] if has_bills(summary) else []


def has_bills(summary: Mapping[str, Any]) -> bool:
    """Whether there is any line of a bill."""
    return bool(summary["coverage"]["usage"]["lines"])


def cost_cells(entry: Mapping[str, Any], of: Sequence[str | None]) -> list[float | None]:
    """Billed cost of an entry in each of the currencies; None where there is none."""
    costs = {cost["currency"]: cost["billed"] for cost in entry["costs"]}
    return [costs.get(currency) for currency in of]


class SplitRow(NamedTuple):
    """A row of a split: ``figure`` is None where nothing was estimated, ``is_named`` False for what has no name.

    ``is_untagged``: bill lines without the tag that the split is by.
    """

    label: str
    figure: Mapping[str, float] | None
    costs: list[float | None]
    is_named: bool
    is_untagged: bool = False


def split_tables(summary: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Splits by id that have any name in them: what they are by, currencies, rows, and billed cost in all.

    A tag that was asked for has its table even where no line has it: that all is untagged is the answer.
    """
    of = currencies(summary)
    found = {name: (name, split_rows(summary, name)) for name in SPLITS}
    for number, tag in enumerate(summary["totals"]["by_tag"], start=1):
        found[f"tag-{number}"] = (f'tag "{tag}"', tag_rows(summary, tag))
    return {
        name: {
            "what": what,
            "currencies": [currency or "no currency" for currency in of],
            "rows": rows,
            "billed": [sum(row.costs[n] or 0.0 for row in rows) for n in range(len(of))],
        }
        for name, (what, rows) in found.items()
        if any(row.is_named for row in rows) or (name.startswith("tag-") and has_bills(summary))
    }


def split_rows(summary: Mapping[str, Any], name: str) -> list[SplitRow]:
    """Rows of the split by account, service or region."""
    totals, of = summary["totals"], currencies(summary)
    times = Counter(entry[name] for entry in totals[f"by_{name}"])

    def label(entry: Mapping[str, Any]) -> str:
        if entry[name] is None:
            return _without_words(totals, name, entry)
        said = entry[name] or "(empty)"
        # Two accounts of one name are told apart by their ids.
        return f"{said} ({entry[f'{name}_id'] or 'no id'})" if times[entry[name]] > 1 else said

    return [
        SplitRow(
            label(entry),
            _known(entry["total"]),
            cost_cells(entry, of),
            entry[name] is not None,
        )
        for entry in totals[f"by_{name}"]
    ]


def tag_rows(summary: Mapping[str, Any], tag: str) -> list[SplitRow]:
    """Rows of the split by a tag; what has none is told apart: bill lines, devices and metered load."""
    totals, of = summary["totals"], currencies(summary)
    rows = [
        SplitRow(entry["value"] or "(empty)", _known(entry["total"]), cost_cells(entry, of), True)
        for entry in totals["by_tag"][tag]
        if entry["value"] is not None
    ]
    rows += [
        SplitRow("untagged bill lines", _known(entry["total"]), cost_cells(entry, of), False, True)
        for entry in totals["untagged"]
        if entry["tag"] == tag and (entry["costs"] or entry["total"]["central"])
    ]
    for kind, label in (("hardware", "devices"), ("energy", "metered load without devices")):
        if _known(totals[kind]):
            rows.append(SplitRow(label, totals[kind], [None for _ in of], False))
    return sorted(rows, key=lambda row: -row.figure["central"] if row.figure else 0.0)


def _known(figure: Mapping[str, float]) -> Mapping[str, float] | None:
    """The figure; None where nothing was estimated, which is not zero."""
    return figure if any(figure.values()) else None


def _without_words(totals: Mapping[str, Any], what: str, entry: Mapping[str, Any]) -> str:
    """What stands under null: devices, bill lines without the attribute, or both."""
    if _known(totals["hardware"]) or _known(totals["energy"]):
        return f"devices, and bill lines of no {what}" if entry["costs"] else f"devices, of no cloud {what}"
    return f"bill lines of no {what}"


def untagged_sentences(summary: Mapping[str, Any]) -> dict[str, str]:
    """For each tag how much of the carbon and of the cost of the bills has none."""
    found = {}
    for tag in summary["totals"]["untagged"]:
        parts = [f"{share(tag['share'] or 0.0, 1.0)} of the carbon"]
        parts += [
            f"{share(cost['share'], 1.0)} of the cost in {cost['currency'] or 'no currency'}"
            for cost in tag["costs"]
            if cost["share"] is not None
        ]
        joined = f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]
        found[tag["tag"]] = f'Of the bills, {joined} is without the tag "{tag["tag"]}".'
    return found


def water_sentence(water: Mapping[str, Any]) -> str:
    """Litres, and the share of the IT energy that they are of."""
    litres, covered = water["litres"]["central"], water["covered_share"]
    if litres is None:
        return "No figure: no water usage effectiveness is published for the regions of these bills."
    of = share(covered or 0.0, 1.0)
    return f"{litres:,.0f} litres, of {of} of the energy of IT equipment in data centres of the cloud providers."


def wue_words(region: Mapping[str, Any]) -> str:
    """Whose figure the WUE of a region is, and of what year."""
    if region["scope"] is None:
        return "none published"
    return f"{_SCOPE_WORDS.get(region['scope'], words(region['scope']))}, {region['year'] or 'no year given'}"


def page_parts(summary: Mapping[str, Any]) -> dict[str, Any]:
    """What the template of the page needs for its parts on bills."""
    water, meters = summary["water"], summary["unmatched_meters"]
    tags = untagged_sentences(summary)
    names = [f"tag-{number}" for number in range(1, len(tags) + 1)]
    return {
        "splits": split_tables(summary),
        "untagged": dict(zip(names, tags.values(), strict=True)),
        "water_sentence": water_sentence(water) if water else "",
        "water_note": WATER_NOTE,
        "water_regions": [(region, wue_words(region)) for region in water["by_region"]] if water else [],
        "unmatched": meter_rows(meters[:MOST_METERS]),
        "unmatched_sentence": unmatched_sentence(meters) if meters else "",
        "unmatched_todo": todo_sentence(meters),
    }


def meter_rows(meters: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Meters without a physical estimate with their codes in words."""
    return [
        {
            **meter,
            "why": reason_words(meter["reason_code"]) if meter["meter_rule_id"] else "no rule types it",
            "todo": " ".join(said for said in (meter["remedy"], meter["no_ratio"]) if said),
            "shares": [_share_words(cost["share"]) for cost in meter["costs"]],
            "seen": SEEN_WORDS.get(meter["meter_seen"] or "", "no rule"),
        }
        for meter in meters
    ]


def _share_words(part: float | None) -> str:
    """A share with one decimal; what is there is never shown as none."""
    if part is None:
        return "-"
    if part and round(part, 3) == 0:
        return "<0.1%" if part > 0 else ">-0.1%"
    return f"{part + 0.0:.1%}"


def reason_words(code: str | None) -> str:
    """Why a meter has no physical estimate."""
    if code == "no_basis":
        return "no factor"
    if code == "meter_without_physical_meaning":
        return "its unit has no physical meaning"
    if code and code.endswith("_without_factor"):
        return f"no factor for {words(code.removesuffix('_without_factor'))}"
    return REASONS.get(code or "", words(code))


_STEP_WORDS = {
    "add_rule": "a rule can be added",
    "add_unit": "a unit can be added to a rule",
    "add_region": "a region can be added",
    "export_column": "a column of the bill is missing",
    "none": "nothing can be done, since no figure is published",
}


def todo_sentence(meters: Sequence[Mapping[str, Any]]) -> str:
    """For how many of the meters there is something that a person can do."""
    counts = Counter(meter["next_step"] for meter in meters)
    told = [f"for {counts[code]:,} {words_of}" for code, words_of in _STEP_WORDS.items() if counts[code]]
    return f"{told[0][:1].upper()}{told[0][1:]}{''.join(f'; {part}' for part in told[1:])}." if told else ""


def unmatched_sentence(meters: Sequence[Mapping[str, Any]]) -> str:
    """How much of the list cost the meters hold; as many as summary.json holds may be the first of more."""
    shares = [
        f"{share(part, 1.0)} in {currency or 'no currency'}" for currency, part in unmatched_share(meters).items()
    ]
    verb = "holds" if len(meters) == 1 else "hold"
    which = "The dearest " if len(meters) == MOST_UNMATCHED else ""
    return f"{which}{plural(len(meters), 'meter')} {verb} {' and '.join(shares)} of the list cost of all usage."
