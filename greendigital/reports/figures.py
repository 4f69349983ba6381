"""Figures for people: at most three significant digits, kilograms below a tonne, names instead of codes."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from greendigital.units import KG_PER_TONNE

_FIRST_TONNE = KG_PER_TONNE - 0.5
"""From here on three significant digits read 1.00 t."""

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


_LEAST = 0.001
"""What people need not be told more closely."""


def three_significant(kg: float) -> str:
    """kg CO2e for people: three significant digits, tonnes from 1,000 kg.

    Examples
    --------
    >>> three_significant(123456.0), three_significant(12.3456)
    ('123 t', '12.3 kg')
    """
    unit = "kg"
    if abs(kg) >= _FIRST_TONNE:
        kg, unit = kg / KG_PER_TONNE, "t"
    return f"{digits(kg)} {unit}"


def digits(value: float) -> str:
    """A number with three significant digits and thousands separators; a tiny one only says that it is.

    Examples
    --------
    >>> digits(0.01234), digits(0.00001)
    ('0.0123', '<0.001')
    """
    if value == 0 or not math.isfinite(value):
        return "0"
    if abs(value) < _LEAST:
        return f"<{_LEAST}" if value > 0 else f">-{_LEAST}"
    places = 2 - math.floor(math.log10(abs(value)))
    rounded = round(value, places)
    return f"{rounded:,.{max(places, 0)}f}"


def with_range(figure: Mapping[str, float]) -> str:
    """Central figure with its range in brackets, one unit for the three."""
    low, central, high = figure["low"], figure["central"], figure["high"]
    if max(abs(low), abs(central), abs(high)) >= _FIRST_TONNE and abs(central) >= KG_PER_TONNE / 2:
        return f"{digits(central / KG_PER_TONNE)} t ({digits(low / KG_PER_TONNE)} to {digits(high / KG_PER_TONNE)})"
    return f"{digits(central)} kg ({digits(low)} to {digits(high)})"


def plural(number: float, noun: str) -> str:
    """A number with its noun, which takes an s unless there is one."""
    return f"{number:,.0f} {noun}{'' if number == 1 else 's'}"


def words(code: Any) -> str:
    """A code as words; nothing becomes 'not stated'."""
    return "not stated" if code in (None, "") else str(code).replace("_", " ")


_CLOUD_CATEGORIES = (
    "ai_and_machine_learning",
    "analytics",
    "business_applications",
    "compute",
    "databases",
    "developer_tools",
    "identity",
    "integration",
    "internet_of_things",
    "management_and_governance",
    "media",
    "migration",
    "mobile",
    "multicloud",
    "networking",
    "security",
    "storage",
    "web",
)
"""ServiceCategory of FOCUS 1.0 in snake_case; 'other' is also a device category."""


def category_words(code: Any) -> str:
    """A device category, or service category of a bill, in the form people use."""
    known = {
        "server_rack": "rack server",
        "server_blade": "blade server",
        "server_tower": "tower server",
        "mfp_floor": "multifunction printer (floor)",
        "mfp_large": "multifunction printer (large)",
        "printer_small": "printer",
        "server_any": "server",
        "tv": "TV",
        "ups": "UPS",
        "ai_and_machine_learning": "cloud: AI and machine learning",
    }
    name = f"cloud: {words(code)}" if code in _CLOUD_CATEGORIES else words(code)
    return known.get(str(code), name)


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


def source_words(source: str, factors: Mapping[str, Mapping[str, Any]]) -> str:
    """A source of error in words: what a maker's products share, or which figure of what."""
    if source.startswith("maker:"):
        _, maker, activity = source.split(":", 2)
        name = maker.upper() if len(maker) <= 3 else maker.title()
        return f"{activity.removeprefix('device_').replace('_', ' ')} figures of {name}, shared by its products"
    if match := re.fullmatch(r"category-(.+?)-(annual-kwh|embodied|lifetime|mass)", source):
        return f"{_CATEGORY_FIGURES[match[2]]} of {category_words(match[1].replace('-', '_'))} (category default)"
    if match := re.fullmatch(r"class:([^:]+):([^:]+):.+:(kwh|embodied)", source):
        kind = f"{words(match[2])} of {match[1].upper() if len(match[1]) <= 3 else match[1].title()}"
        return f"{_CATEGORY_FIGURES[match[3]]} of {kind} (class of its maker)"
    factor = factors.get(source)
    if factor is not None and factor["unit"] in ("kg_co2e/device", "kwh/device*year") and factor["note"]:
        figure = "yearly energy" if source.endswith(":kwh") else "embodied carbon"
        return f"{figure} of {factor['note']}"
    return source.replace("_", " ")


_CATEGORY_FIGURES = {
    "annual-kwh": "yearly energy",
    "kwh": "yearly energy",
    "embodied": "embodied carbon",
    "lifetime": "planned life",
    "mass": "mass",
}


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
    """How many figures stand in the place of shipped ones; empty for none."""
    own = sum(o["set"] in ("overrides", "config") for o in summary["overrides"])
    given = len(summary["overrides"]) - own
    parts = [f"{own} from the configuration"] if own else []
    parts += [f"{given} from factor sets given beside"] if given else []
    verb = "stands" if own + given == 1 else "stand"
    count = plural(own + given, "figure")
    return f"{count} {verb} in the place of shipped ones ({', '.join(parts)})." if parts else ""


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
        f"{plural(o['lines_without_figure'], 'line')} that this report estimates physically; by cost they come to "
        f"{three_significant(o['without_figure_kg_co2e'])} there, so compare the totals without them."
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
}
"""What to do with so many devices or bill lines."""


def action_sentence(group: Mapping[str, Any]) -> str:
    """One line on a group of advice."""
    what = plural(group["devices"], "device") if group["devices"] else plural(group["lines"], "bill line")
    phrase = ACTION_PHRASES.get(group["action"], words(group["action"]).capitalize() + " {}").format(what)
    basis = f" {BASIS_NAMES[group['basis']]}" if group["basis"] else ""
    money = money_of(group)
    return f"{phrase}: {with_range(group['saving_kg_co2e'])}{basis}" + (f", {money}" if money else "")


def money_of(group: Mapping[str, Any]) -> str:
    """Pounds, or the bill's currency, that go with a saving; empty where no price is known."""
    amount, currency = group["saving_cost"]["amount"], group["saving_cost"]["currency"]
    if group["saving_gbp"] is not None:
        amount, currency = group["saving_gbp"], "GBP"
    return "" if amount is None else f"{digits(amount)} {currency or 'of the bill currency'}"
