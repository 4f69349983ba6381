"""Who a model is: exact product (A), one model in several configurations (B), category (E) or unknown (F)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from greendigital.errors import ConfigError
from greendigital.factorset import OVERRIDES, FactorLibrary
from greendigital.matching.names import category_from_words, normalise_maker, normalise_model, screen_size_in

_CATEGORY_SET = "device-category-defaults"
_YEARS_APART = 2
_REUSED_NAME = re.compile(r"^latitude (3150|3350|3550|5250|5450|5550)$")
"""Dell names of 2015 that stand for other products since 2024."""
_NOT_GENERATION = re.compile(r"\bx1\b|\bx360\b|(?<!\biphone )\b1[0-9](_\d)?(inch)?\b|\b\d+gb\b")
"""Numbers in a name that are a line or a screen size, not a generation: ThinkPad X1 Carbon, ENVY 15 x360.

The number of an iPhone is its generation."""
_UNKNOWN = "other"
_SIZES = (
    (21.0, "under_21_inch"),
    (23.45, "21_to_23.4_inch"),
    (25.95, "23.5_to_25.9_inch"),
    (29.95, "26_to_29.9_inch"),
    (34.95, "30_to_34.9_inch"),
    (45.05, "35_to_45_inch"),
    (float("inf"), "over_45_inch_signage"),
)


class Match(NamedTuple):
    """What a model was matched to.

    ``products`` are rows of the product table: one at level A, several at level B, none at E and F.
    """

    match_level: str
    category: str
    variant: str
    products: tuple[Mapping[str, Any], ...]
    matched_name: str


def match_device(
    library: FactorLibrary,
    manufacturer: str | None,
    model: str | None,
    category: str | None,
    screen_size_inches: float | None,
    acquired_year: int | None,
) -> Match:
    """Match a model by its normalised name, else by category, else not at all.

    A name that two products share needs the device's year within two years of the report; so does a name without any
    generation. An EliteBook 840 G5 never takes the figure of a G6, a G7 or an 845.
    """
    rows = _candidates(library, manufacturer, model, acquired_year)
    if rows:
        kind = category if category not in (None, _UNKNOWN) else str(rows[0]["device_type"])
        names = " | ".join(dict.fromkeys(str(r["model"]) for r in rows))
        own = str(rows[0]["device_type"]) if str(rows[0]["device_type"]) in _known_categories(library) else kind
        size = screen_size_inches or rows[0]["screen_size_inches"]
        return Match(_level(rows), own or "", _variant(own, size), rows, names)
    found = category if category not in (None, _UNKNOWN) else category_from_words(model)
    if found is None or found not in _known_categories(library):
        return Match("F", category or "", "", (), "")
    size = screen_size_inches or (screen_size_in(model) if found == "monitor" else None)
    return Match("E", found, _variant(found, size), (), "")


def _level(rows: Sequence[Mapping[str, Any]]) -> str:
    """B when a figure has several configurations; a product whose documents share out its figures stays exact."""
    each = [sum(bool(row[column]) for row in rows) for column in ("usable_embodied", "usable_energy")]
    return "B" if max(each) > 1 else "A"


def _variant(category: str | None, size: float | None) -> str:
    """Size class of a monitor."""
    if category != "monitor":
        return ""
    if not size:
        return "size_unknown"
    return next(name for limit, name in _SIZES if size < limit)


@lru_cache(maxsize=8)
def _known_categories(library: FactorLibrary) -> frozenset[str]:
    rows = library.table(_CATEGORY_SET, "category_table")
    return frozenset(row["category"] for row in rows if row["category"] != _UNKNOWN)


@lru_cache(maxsize=8)
def _index(library: FactorLibrary) -> dict[tuple[str, str], list[Mapping[str, Any]]]:
    """Products by maker and normalised model."""
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for set_name, rows in library.products():
        for row in rows:
            maker = normalise_maker(row["manufacturer"])
            found[maker, normalise_model(row["model"], maker)].append({**row, "set_name": set_name})
    return {key: _of_the_last(library, rows) for key, rows in found.items()}


def _of_the_last(library: FactorLibrary, rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Rows of one model: what a set given later knows of it takes the place of what an earlier one does."""
    layers = {library.layer(row["set_name"]) for row in rows}
    if len(layers) == 1:
        return rows
    if sum(row["set_name"] == OVERRIDES for row in rows) > 1:
        names = " and ".join(f'"{r["manufacturer"]} {r["model"]}"' for r in rows if r["set_name"] == OVERRIDES)
        raise ConfigError(f"overrides: {names} mean the same model. Take one out.")
    known = {c: next((r[c] for r in rows if r.get(c)), None) for c in ("device_type", "screen_size_inches")}
    found: list[Mapping[str, Any]] = [{**r, **{c: r.get(c) or v for c, v in known.items()}} for r in rows]
    for usable, figure in (("usable_embodied", "embodied_kg_co2e"), ("usable_energy", "annual_use_kwh")):
        last = max((library.layer(r["set_name"]) for r in found if r[usable]), default=0)
        old = [r for r in found if r[usable] and library.layer(r["set_name"]) < last]
        said = {f"{figure}_replaces": {r["pcf_id"]: r[figure] for r in old}} if old else {}
        found = [
            {**r, usable: False} if r in old else {**r, **said} if library.layer(r["set_name"]) == last else r
            for r in found
        ]
    return found


def _candidates(
    library: FactorLibrary, manufacturer: str | None, model: str | None, year: int | None
) -> tuple[Mapping[str, Any], ...]:
    """Rows of the same model that may be used, the better document of a product first."""
    if not model:
        return ()
    maker = normalise_maker(manufacturer) or normalise_maker(model.split()[0])
    name = normalise_model(model, maker)
    if not name:
        return ()
    rows = _index(library).get((maker, name), [])
    if maker == "hp" and not rows:
        rows = _index(library).get(("hpe", name), [])
    usable = [r for r in rows if r["usable_embodied"] or r["usable_energy"] or _is_own(library, r)]
    if not usable:
        return ()
    if _REUSED_NAME.match(name) or not re.search(r"\d", _NOT_GENERATION.sub(" ", name)):
        usable = [r for r in usable if _is_own(library, r) or _of_those_years(r, year)]
    return tuple(_best(usable))


def _is_own(library: FactorLibrary, row: Mapping[str, Any]) -> bool:
    """Whether a row was given beside the shipped ones: it is meant for the model as written, without a report."""
    return library.layer(row["set_name"]) > 0


def _of_those_years(row: Mapping[str, Any], year: int | None) -> bool:
    """Whether a report is of the years in which the device was bought; an override needs no report."""
    return bool(year and row["report_year"] and abs(row["report_year"] - year) <= _YEARS_APART)


def _best(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Rows retired by their collection give way to current ones, and lend at most their yearly energy.

    A retired row's embodied figure is of an older document, or of one that can no longer be read; its yearly kWh stays
    a fact of the product, which re-issued documents do not carry. A product with retired rows alone is still known.
    """
    current = [r for r in rows if r["upstream_status"] == "current"]
    retired: list[Mapping[str, Any]] = [
        {**r, "usable_embodied": False} for r in rows if r["upstream_status"] != "current"
    ]
    embodied = [r for r in current if r["usable_embodied"]]
    energy = [r for r in current if r["usable_energy"]] or [r for r in retired if r["usable_energy"]]
    weighed = [r for r in current if r["weight_kg"] and not (r["usable_embodied"] or r["usable_energy"])]
    return [*embodied, *(r for r in energy if r not in embodied), *weighed] or retired
