"""Figures for people: at most three significant digits, kilograms below a tonne, names instead of codes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# Named again: whoever writes for people finds all of it here.
from greendigital.footprint.wording import FIRST_TONNE
from greendigital.footprint.wording import category_words as category_words
from greendigital.footprint.wording import digits as digits
from greendigital.footprint.wording import plural as plural
from greendigital.footprint.wording import source_words as source_words
from greendigital.footprint.wording import three_significant as three_significant
from greendigital.footprint.wording import words as words
from greendigital.units import KG_PER_TONNE

STAGE_NAMES = {
    "manufacture": "Manufacture",
    "transport": "Transport",
    "embodied_unsplit": "Embodied, not split by stage",
    "use": "Use (electricity)",
    "network": "Data transfer",
    "end_of_life": "End of life",
    "written_off": "Written off at early retirement",
    "fallback": "Estimated from cost",
}
COMPONENT_NAMES = {
    "use_direct": "Electricity, generation",
    "use_losses": "Electricity, transmission and distribution losses",
    "use_wtt": "Electricity, well-to-tank",
    "use_life_cycle": "Electricity abroad, life cycle (upstream included)",
    "embodied_annualised": "Embodied, annualised",
    "written_off": "Written off at early retirement",
    "network": "Data transfer",
    "fallback": "Estimated from cost",
}
SCOPE_NAMES = {
    "2": "Scope 2: purchased electricity",
    "3.1": "Scope 3, category 1: purchased goods and services (cloud)",
    "3.2": "Scope 3, category 2: capital goods",
    "3.3": "Scope 3, category 3: losses and well-to-tank",
    "3.5": "Scope 3, category 5: waste",
    "3.7": "Scope 3, category 7: homeworking and staff-owned devices",
    "3.8": "Scope 3, category 8: upstream leased assets",
}
EFFECT_NAMES = {
    "reduces_footprint": "Reduces the footprint",
    "avoids_purchase": "Avoids a purchase",
    "avoided_elsewhere": "Avoided elsewhere",
    "": "No figure",
}
BASIS_NAMES = {"per_year": "a year", "once": "once", "": ""}


def with_range(figure: Mapping[str, float]) -> str:
    """Central figure with its range in brackets, one unit for the three."""
    low, central, high = figure["low"], figure["central"], figure["high"]
    if max(abs(low), abs(central), abs(high)) >= FIRST_TONNE and abs(central) >= KG_PER_TONNE / 2:
        return f"{digits(central / KG_PER_TONNE)} t ({digits(low / KG_PER_TONNE)} to {digits(high / KG_PER_TONNE)})"
    return f"{digits(central)} kg ({digits(low)} to {digits(high)})"


def share(part: float, whole: float) -> str:
    """A share in per cent, whole numbers; of a sum below zero there is none."""
    if whole < 0:
        return "-"
    return f"{part / whole:.0%}".replace("-0%", "0%") if whole else "0%"


BASIS_GROUPS = {
    "category": ("class", "category", "family_median"),
    "product": ("product", "variants", "series", "power_curve", "components"),
    "meter": ("metered", "calibrated_to_meter"),
    "table": ("instance_measured", "instance_fitted", "table"),
    "fallback": ("service_ratio", "provider_ratio", "spend"),
}
"""Bases of a figure in groups for the first page: defaults, the products' own, meters, cloud types and tables, cost."""


def resting(summary: Mapping[str, Any]) -> dict[str, str]:
    """Shares of the total that rest on defaults, products' own figures, meters, cloud types and tables, and cost."""
    total = summary["totals"]["total"]["central"]
    kilograms = {entry["basis"]: entry["total"]["central"] for entry in summary["totals"]["by_basis"]}
    return {
        name: share(sum(kilograms.get(basis, 0.0) for basis in bases), total) for name, bases in BASIS_GROUPS.items()
    }


BASIS_NAMES_LONG = {
    "metered": "Metered",
    "product": "The product's own figure",
    "variants": "The product, middle of several configurations",
    "series": "Product series",
    "power_curve": "Power curve of the server",
    "components": "Components",
    "class": "Class of maker and size",
    "category": "Category default",
    "calibrated_to_meter": "Scaled to the site's meter",
    "instance_measured": "Instance type, measured curve",
    "instance_fitted": "Instance type, fitted to its processor",
    "table": "Cloud tables (storage, memory, network, embodied)",
    "family_median": "Median of the instance family",
    "service_ratio": "From cost, by service and region",
    "provider_ratio": "From cost, by provider",
    "spend": "From cost, by published spend factor",
}
"""Bases in words."""


def basis_words(code: str) -> str:
    """A basis in words."""
    return BASIS_NAMES_LONG.get(code, words(code).capitalize())


_RESTS_ON = {
    "category": "on figures of a category or of a maker's class",
    "product": "on the products' own figures",
    "meter": "on meters",
    "table": "on instance types and cloud tables",
    "fallback": "on cost (fallback)",
}


def resting_sentence(summary: Mapping[str, Any]) -> str:
    """What the carbon of the total rests on, in one sentence; groups without a share are left out."""
    found = [f"{part} {_RESTS_ON[name]}" for name, part in resting(summary).items() if part not in ("0%", "-")]
    if summary["totals"]["total"]["central"] < 0:
        return "The total is below zero: corrections are larger than what they correct."
    if not found:
        return "The total rests on nothing: no line was estimated."
    return f"Of the carbon, {found[0].replace(' on ', ' rests on ', 1)}{''.join(f', {part}' for part in found[1:])}."


def intensity_sentence(summary: Mapping[str, Any], fte: float | None) -> str:
    """The total per head and the estate per device, where the divisors are known; empty where not."""
    intensity, found = summary["totals"]["intensity"], []
    if intensity["per_fte"]:
        found.append(f"{digits(intensity['per_fte']['central'])} kg CO2e per head ({fte:,.0f} FTE)")
    if intensity["per_device"]:
        found.append(f"{digits(intensity['per_device']['central'])} kg CO2e per device")
    return ", ".join(found)


def electricity_notes(summary: Mapping[str, Any]) -> list[str]:
    """Whose electricity it is that the figures hold, for the estate and for the cloud, as far as there are any."""
    coverage = summary["coverage"]
    found = []
    if coverage["assets"]["lines"] or coverage["meters"]["lines"]:
        found += [
            "Electricity here is part of the organisation's metered electricity, not an addition to its scope 2.",
            "Home use overlaps the UK government's homeworking factor: report one of the two.",
        ]
    if coverage["usage"]["lines"]:
        found.append("Electricity of the cloud is its providers': scope 3, category 1, and in no meter of yours.")
    return found


def headline(summary: Mapping[str, Any]) -> str:
    """The total with its range; where nothing was estimated it is no figure, never zero."""
    if has_figure(summary):
        return with_range(summary["totals"]["total"])
    lines = sum(part["lines"] for part in summary["coverage"].values())
    return f"no figure: none of {plural(lines, 'line')} could be estimated"


def has_figure(summary: Mapping[str, Any]) -> bool:
    """Whether any line was estimated."""
    parts = summary["coverage"].values()
    return any(part.get(status) for part in parts for status in ("estimated", "partial", "fallback"))


def has_devices(summary: Mapping[str, Any]) -> bool:
    """Whether there is any asset or site meter: a report of bills alone has no furniture of devices."""
    return any(summary["coverage"][part]["lines"] for part in ("assets", "meters"))


def stage_entries(summary: Mapping[str, Any]) -> list[tuple[str, Mapping[str, float]]]:
    """Name and figure of each stage; of bills alone those that have any."""
    return _with_any(summary, "by_stage", STAGE_NAMES)


def component_entries(summary: Mapping[str, Any]) -> list[tuple[str, Mapping[str, float]]]:
    """Name and figure of each component; of bills alone those that have any."""
    return _with_any(summary, "by_component", COMPONENT_NAMES)


def _with_any(summary: Mapping[str, Any], key: str, names: Mapping[str, str]) -> list[tuple[str, Mapping[str, float]]]:
    entries, all_of = summary["totals"][key].items(), has_devices(summary)
    return [(names[name], figure) for name, figure in entries if all_of or any(figure.values())]


def factor_year_words(summary: Mapping[str, Any], run: Mapping[str, Any]) -> str:
    """The factor year, and that its edition is not published yet where that is so."""
    years = sorted({part["factor_year"] for part in summary["period"]["parts"]})
    year = f"{years[0]} to {years[-1]}" if len(years) > 1 else f"{years[0]}"
    provisional = any(p["code"] == "provisional_edition" for p in run["problems"])
    return f"factors of {year}" + (" (not published yet: the newest earlier edition stands in)" if provisional else "")


NOT_STATED = {
    "site": "no site stated, cloud included",
    "month": "no month",
    "basis": "no basis",
}
"""What stands for lines without the attribute of a group."""


def group_entries(totals: Mapping[str, Any], name: str) -> list[tuple[str, Mapping[str, float]]]:
    """Label and figure of each entry of a ``by_<name>`` array."""
    return [(e[name] if e[name] is not None else NOT_STATED[name], e["total"]) for e in totals[f"by_{name}"]]


def span_of_months(months: list[str]) -> str:
    """Months as a span: '2024-04 to 2025-03 (12)'."""
    if not months:
        return "none"
    return f"{months[0]} to {months[-1]} ({len(months)} months)" if len(months) > 1 else months[0]


def hotspots(summary: Mapping[str, Any], most: int = 3) -> list[tuple[str, float]]:
    """The device categories, metered load and cloud services with the largest central figures."""
    totals = summary["totals"]
    found = [
        (category_words(e["category"]), e["total"]["central"])
        for e in totals["by_category"]
        if e["devices"] or e["category"] == "metered_load"
    ]
    found += [(e["service"], e["total"]["central"]) for e in totals["by_service"] if e["service"]]
    return sorted(found, key=lambda item: -item[1])[:most]


def actions(summary: Mapping[str, Any], most: int = 3) -> list[Mapping[str, Any]]:
    """The groups of advice with the largest savings."""
    with_saving = [g for g in summary["recommendations"] if g["saving_kg_co2e"]]
    return sorted(with_saving, key=lambda g: -g["saving_kg_co2e"]["central"])[:most]


def overrides_sentence(summary: Mapping[str, Any]) -> str:
    """How many figures stand in the place of shipped ones, or settings of many figures; empty for none."""
    rows = override_rows(summary)
    own = sum(o["set"] in ("overrides", "config") for o in rows)
    given = len(rows) - own
    parts = [f"{own} from the configuration"] if own else []
    parts += [f"{given} from factor sets given beside"] if given else []
    if not parts:
        return ""
    figures = len(summary["overrides"])
    is_setting = len(rows) < figures
    count = plural(len(rows), "setting" if is_setting else "figure")
    verb, of = "stands" if len(rows) == 1 else "stand", f"{figures} shipped figures" if is_setting else "shipped ones"
    return f"{count} {verb} in the place of {of} ({', '.join(parts)})."


def override_rows(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Overrides for people: one PUE given for all regions of a provider is one, whatever number it replaces."""
    groups: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for override in summary["overrides"]:
        name = override["factor_id"]
        is_pue = override["set"] == "config" and name.startswith(_OWN_PUE)
        key = (":".join(name.split(":")[:3]), override["value"]) if is_pue else (name,)
        groups.setdefault(key, []).append(override)
    found = []
    for key, rows in groups.items():
        row = dict(rows[0])
        if len(rows) > 1:
            row |= {
                "factor_id": key[0],
                "note": f"in place of {row['supersedes']} and {len(rows) - 1} more; pue of [cloud]",
            }
        found.append(row)
    return found


_OWN_PUE = "config:cloud-pue:"


def unit_words(unit: str) -> str:
    """A unit for people: 'kg CO₂e/kWh', 'kWh/device and year'."""
    found = unit
    for name, word in _UNIT_WORDS:
        found = re.sub(rf"(?<![a-z_0-9]){name}(?![a-z_0-9])", word, found)
    return found.replace("*", " and ") if "/" in found else found.replace("*", " ")


_UNIT_WORDS = (
    ("kg_co2e", "kg CO₂e"),
    ("g_co2e", "g CO₂e"),
    ("t_co2e", "t CO₂e"),
    ("kwh", "kWh"),
    ("wh", "Wh"),
    ("w", "W"),
    ("gbp", "£"),
    ("gb", "GB"),
    ("tb", "TB"),
    ("vcpu", "vCPU"),
    ("gpu", "GPU"),
    ("fte", "FTE"),
    ("m3", "m³"),
)

ASSUMPTION_NAMES = {
    "method": "Method",
    "utilisation": "Mean load of a vCPU",
    "pue": "PUE, mean of the energy used",
    "server_life_years": "Life of servers",
    "storage_life_years": "Life of drives",
    "network": "Boundary of data transfer",
    "power_source": "Watts of instance types",
}
"""What cloud lines assume, in words."""


def assumption_value(value: float | str, unit: str) -> str:
    """The value of an assumption in words.

    Examples
    --------
    >>> assumption_value(0.5, "share"), assumption_value(6.0, "year"), assumption_value("provider_links", "")
    ('50%', '6 years', 'provider links')
    """
    if isinstance(value, str):
        return words(value)
    if unit == "share":
        return f"{value:.0%}"
    return f"{value:g} year{'' if value == 1 else 's'}" if unit == "year" else digits(value)


def without_figure_sentences(summary: Mapping[str, Any]) -> list[str]:
    """For each alternative that has no figure for lines which the report estimates: what they take by cost."""
    return [
        f"{ASSUMPTION_NAMES[a['name']]} {assumption_value(o['value'], a['unit'])} has no figure for "
        f"{plural(o['lines_without_figure'], 'line')} that this report estimates physically: there "
        f"{three_significant(o['without_figure_kg_co2e'])} of its total is estimated from cost for want of one, which "
        "says nothing of the two methods."
        for a in summary["assumptions"]
        for o in a["alternatives"]
        if o["lines_without_figure"]
    ]


ACTION_PHRASES = {
    "keep": "Keep {} for one more year",
    "redeploy": "Redeploy {} that nobody uses",
    "upgrade_os": "Upgrade the operating system of {} instead of replacing them",
    "schedule": "Switch non-production off outside working hours ({})",
    "change_region": "Move to a region with cleaner electricity ({})",
    "replace_part": "Give {} another part instead of replacing them",
    "repair": "Repair {}",
    "replace": "Replace {}",
    "swap": "Swap {} with users who need more",
    "change_os": "Move {} to another system instead of replacing them",
    "extended_support": "Buy extended support for {} instead of replacing them",
    "reuse": "Give {} away for reuse",
    "resale": "Sell {}",
    "donation": "Donate {}",
}
"""What to do with so many devices or bill lines."""

RULE_PHRASES = {
    "peripheral": "Keep {} (screens, docks and the like) when the computers change",
    "wasteful": "Replace {} early, which draw more than a new one takes to make",
    "idle_server": "Switch off {} without useful work",
}
"""The same, of rules whose action alone does not say enough."""


def action_sentence(group: Mapping[str, Any]) -> str:
    """One line on a group of advice."""
    what = plural(group["devices"], "device") if group["devices"] else plural(group["lines"], "bill line")
    plain = ACTION_PHRASES.get(group["action"], words(group["action"]).capitalize() + " {}")
    acts = group["action"] not in ("check", "correct_data")
    phrase = (RULE_PHRASES.get(group["rule"], plain) if acts else plain).format(what)
    basis = f" {BASIS_NAMES[group['basis']]}" if group["basis"] else ""
    money = money_of(group)
    return f"{phrase}: {with_range(group['saving_kg_co2e'])}{basis}" + (f", {money}" if money else "")


def money_of(group: Mapping[str, Any]) -> str:
    """Pounds, or the bill's currency, that go with a saving; empty where no price is known."""
    amount, currency = group["saving_cost"]["amount"], group["saving_cost"]["currency"]
    if group["saving_gbp"] is not None:
        amount, currency = group["saving_gbp"], "GBP"
    return "" if amount is None else f"{digits(amount)} {currency or 'of the bill currency'}"
