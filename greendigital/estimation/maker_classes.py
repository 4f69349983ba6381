"""Class of maker: the middle of one maker's reports for a kind of device, its size and its report generation.

Between a product's own figure and the category's stands what other products of the same maker report. Where that is
nearer than the category is measured by leaving out one report at a time, and by the reports of later years; the table
``class_rules`` of the category defaults says for which makers and kinds it is, and which it is not.

Sources: medians over makers' product carbon footprints as collected in Boavizta's environmental-footprint-data; their
valid range is the years of those reports, to early 2023. The width of the range is an assumption made of the error on
later reports.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

from greendigital.estimation.devices import DeviceFigures
from greendigital.estimation.ranges import FEWEST_VALUES, default_width, percentiles
from greendigital.factorset import Factor, FactorLibrary
from greendigital.matching import Match
from greendigital.matching.codes import name_of_code
from greendigital.matching.model_name import parse_name
from greendigital.matching.monitor_sizes import SIZE_UNKNOWN
from greendigital.matching.names import maker_of, normalise_maker, screen_size_in

_SET = "device-category-defaults"
_ALL = "all"
_OWN, _OWN_OR_ALL = "own", "own_or_all"
"""Report generations a rule may take: the device's or the newest before it, that or all of them, else one it names."""

_GENERATIONS = ((2016, "2016_and_before"), (2018, "2017_2018"), (2020, "2019_2020"), (9999, "2021_and_later"))
_IN_WORDS = {name: name.replace("_and_", " and ").replace("_", " to ") for _, name in _GENERATIONS}
_ALL_YEARS = "all years"
_SIZES = {
    "laptop": (
        (12.95, "under_13_inch"),
        (13.95, "13_to_13.9_inch"),
        (14.95, "14_to_14.9_inch"),
        (15.95, "15_to_15.9_inch"),
        (float("inf"), "16_inch_and_over"),
    ),
    "all_in_one": ((22.95, "under_23_inch"), (25.95, "23_to_25.9_inch"), (float("inf"), "26_inch_and_over")),
}
_FORMS = {
    **dict.fromkeys(("micro", "tiny", "dm", "usdt"), "mini"),
    "sff": "small_form_factor",
    **dict.fromkeys(("tower", "mt"), "tower"),
}
_SERVERS = {"server_rack": "Rack", "server_tower": "Tower", "server_blade": "Blade", "server_any": ""}
_SERVER_MAKERS = {"hpe": "hp"}
"""Servers of Hewlett Packard Enterprise stand in the reports under the house they came from."""
_TOO_WIDE = ("35_to_45_inch", "over_45_inch_signage")
"""Monitors that the classes put together and the categories tell apart."""

_METRICS = (("device_embodied", "embodied", "class_embodied"), ("device_annual_use", "kwh", "class_energy"))


class _Device(NamedTuple):
    """What the classes tell devices apart by; a size class of None has no class, an empty one is not known."""

    maker: str
    device_type: str
    size_class: str | None
    generation: str


def with_maker_class(
    library: FactorLibrary,
    figures: DeviceFigures,
    match: Match,
    manufacturer: str,
    model: str,
    screen_size_inches: float | None = None,
    acquired_year: int | None = None,
) -> DeviceFigures:
    """Figures of a device with those of its maker's class in place of the category's, where that lowers the error.

    Parameters
    ----------
    figures
        What is known of the device; only figures of basis ``category`` are replaced, and none that the user gave.
    screen_size_inches, acquired_year
        Of the line; None where it does not say. The year chooses the report generation.

    Returns
    -------
    DeviceFigures
        kWh a year and kg CO2e of one device, with basis ``class``. Embodied carbon is not split: the classes hold
        manufacture, transport and end of life together.
    """
    weak = {
        "device_embodied": figures.embodied if figures.embodied_basis == "category" else None,
        "device_annual_use": figures.energy if figures.use_basis == "category" else None,
    }
    if match.match_level == "F" or not any(weak.values()):
        return figures
    device = _device(library, match, manufacturer, model, screen_size_inches, acquired_year)
    for metric, suffix, width in _METRICS:
        category = weak[metric]
        if category is None or library.is_override(category):
            continue
        found = _class_factor(library, device, metric, suffix, width, category)
        if found is not None and metric == "device_embodied":
            stages = {"embodied_unsplit": found.value}
            figures = replace(figures, embodied=found, stages_kg_co2e=stages, embodied_basis="class")
        elif found is not None:
            figures = replace(figures, energy=found, use_basis="class")
    return figures


def report_generation(year: int | None) -> str:
    """Years of report that a device of a year belongs to; empty where the year is not known."""
    return next(name for last, name in _GENERATIONS if year <= last) if year else ""


def _device(
    library: FactorLibrary, match: Match, manufacturer: str, model: str, screen: float | None, year: int | None
) -> _Device:
    maker = maker_of(manufacturer, model)
    code = name_of_code(library, maker, model)
    maker = code.maker if code else maker
    name = code.names[0] if code and len(code.names) == 1 else model
    kind = "server" if match.category in _SERVERS else match.category
    maker = _SERVER_MAKERS.get(maker, maker) if kind == "server" else maker
    return _Device(maker, kind, _size_class(match, name, maker, screen), report_generation(year))


def _size_class(match: Match, name: str, maker: str, screen: float | None) -> str | None:
    """Class of size: of a screen as stated, of the product, or written in the model's name; of a case by its shape."""
    if match.category == "monitor":
        return None if match.variant in _TOO_WIDE else "" if match.variant == SIZE_UNKNOWN else match.variant
    if limits := _SIZES.get(match.category):
        published = (r["screen_size_inches"] for r in match.products if r["screen_size_inches"])
        size = screen or next(published, None) or screen_size_in(name)
        return next(band for limit, band in limits if size < limit) if size else ""
    if match.category == "desktop":
        found = {_FORMS[form] for form in parse_name(name, maker).forms if form in _FORMS}
        return found.pop() if len(found) == 1 else ""
    return _SERVERS.get(match.category, "")


def _class_factor(
    library: FactorLibrary, device: _Device, metric: str, suffix: str, width: str, category: Factor
) -> Factor | None:
    rule = _rules(library).get((metric, device.maker, device.device_type))
    if rule is None or not rule["is_used"] or device.size_class is None:
        return None
    row = next((r for r in _classes_of(library, device, metric, rule["report_years"]) if _is_enough(r)), None)
    if row is None:
        return None
    where = f"{row['manufacturer']} {row['device_type']} {row['size_class'] or _ALL} {row['report_years']}"
    factor = Factor(
        factor_id=f"class:{where.lower().replace(' ', ':')}:{suffix}",
        activity=metric,
        value=row["median"],
        unit=row["unit"],
        set_name=_SET,
        edition=library.sets[_SET].edition,
        low=row["p10"],
        high=row["p90"],
        interval="p10_p90",
        n_values=row["n_reports"],
        basis=category.basis,
        error_group=f"maker:{device.maker}:{metric}",
        shared_share=library.factor("assumption-product-shared-error").value,
        width_kind=width,
        source_id=row["source_id"],
        source_locator=f"class_medians.csv, {where}",
        note=_said_of(row, rule, category),
    )
    span, forward = percentiles(factor, library), default_width(factor, library)
    low, high = min(span.low, forward.low), max(span.high, forward.high)
    return library.in_place_of(replace(factor, low=low, high=high, interval="p5_p95"))


def _is_enough(row: Mapping[str, Any]) -> bool:
    """Whether a class is of enough documents; several configurations of one document are one."""
    return bool(row["n_reports"] >= FEWEST_VALUES)


def _classes_of(library: FactorLibrary, device: _Device, metric: str, report_years: str) -> Iterator[Mapping[str, Any]]:
    """Classes a device belongs to, the narrowest first: a generation of reports tells more than a size."""
    if report_years in (_OWN, _OWN_OR_ALL):
        names = [name for _, name in _GENERATIONS]
        known = names[: names.index(device.generation) + 1] if device.generation else []
        years = known[::-1]
    else:
        years = [report_years]
    sizes = [device.size_class or _ALL, _ALL]
    places = [(size, year) for year in years for size in sizes]
    if report_years == _OWN_OR_ALL:
        places += [(size, _ALL) for size in sizes]
    for size, year in dict.fromkeys(places):
        if row := _medians(library).get((metric, device.maker, device.device_type, size, year)):
            yield row


def _said_of(row: Mapping[str, Any], rule: Mapping[str, Any], category: Factor) -> str:
    size = "" if row["size_class"] in ("", _ALL) else f", {row['size_class'].replace('_', ' ')}"
    years = _ALL_YEARS if row["report_years"] == _ALL else _IN_WORDS[row["report_years"]]
    unit = row["unit"].partition("/")[0].replace("kg_co2e", "kg CO2e").replace("kwh", "kWh")
    return (
        f"median of {row['n_reports']} reports of {row['manufacturer']} for {row['device_type'].replace('_', ' ')}"
        f"{size}, reports of {years}; {row['p10']:g} to {row['p90']:g} {unit} from the 10th to the 90th percentile; in "
        f"place of the category's {category.value:g}: left out one at a time, the maker's {rule['n_reports']} reports "
        f"are missed by {rule['class_error']:.0%} in the median, against {rule['category_error']:.0%}"
    )


@lru_cache(maxsize=8)
def _rules(library: FactorLibrary) -> Mapping[tuple[str, str, str], Mapping[str, Any]]:
    """Rules by metric, maker in our spelling and device type."""
    rows = library.table(_SET, "class_rules")
    return {(row["metric"], normalise_maker(row["manufacturer"]), row["device_type"]): row for row in rows}


@lru_cache(maxsize=8)
def _medians(library: FactorLibrary) -> Mapping[tuple[str, ...], Mapping[str, Any]]:
    """Medians of single makers by metric, maker in our spelling, device type, size class and years of report."""
    keys = ("device_type", "size_class", "report_years")
    return {
        (row["metric"], normalise_maker(row["manufacturer"]), *(row[k] or "" for k in keys)): row
        for row in library.table(_SET, "class_medians")
        if row["manufacturer"] != _ALL
    }
