"""Product rows by maker and name, and which of them may be used for what."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from greendigital.errors import ConfigError
from greendigital.factorset import OVERRIDES, FactorLibrary
from greendigital.matching.listed_names import names_of_row
from greendigital.matching.model_name import ModelName, parse_name
from greendigital.matching.names import normalise_maker

Row = Mapping[str, Any]
Index = Mapping[frozenset[str], Sequence[tuple[ModelName, Row]]]

_YEARS_APART = 2
_REUSED_NAME = "name_used_for_two_product_years"
_REISSUE = re.compile(r"\breissue_of_([\w-]+)")
_TEMPLATE_DATE = "report_date_is_template_date"


@lru_cache(maxsize=8)
def _rows_by_maker(library: FactorLibrary) -> Mapping[str, Sequence[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for set_name, rows in library.products():
        years = {row["pcf_id"]: report_year(row) for row in rows}
        for row in rows:
            # A document issued again, without a date, is of the product of the first one.
            first = _REISSUE.search(row.get("quality_flags") or "")
            made = {"launch_year": years.get(first[1])} if first else {}
            found[normalise_maker(row["manufacturer"])].append({**row, "set_name": set_name, **made})
    return found


def rows_of_maker(library: FactorLibrary, maker: str) -> Sequence[Row]:
    """Product rows of a maker in our spelling."""
    return _rows_by_maker(library).get(maker, ())


def makers(library: FactorLibrary) -> Sequence[str]:
    """Makers that have product rows."""
    return list(_rows_by_maker(library))


@lru_cache(maxsize=128)
def index_of(library: FactorLibrary, maker: str) -> Index:
    """Rows of a maker by what two names of one model have in common."""
    found: dict[frozenset[str], list[tuple[ModelName, Row]]] = defaultdict(list)
    for row in rows_of_maker(library, maker):
        for text in names_of_row(row["model"], maker):
            name = parse_name(text, maker)
            if name.key:
                found[name.key].append((name, row))
    return found


@lru_cache(maxsize=8)
def rows_by_id(library: FactorLibrary) -> Mapping[str, Row]:
    """Every product row by its id."""
    return {row["pcf_id"]: row for rows in _rows_by_maker(library).values() for row in rows}


def report_year(row: Row) -> int | None:
    """Year of the report; None when its date is that of a template."""
    return None if _TEMPLATE_DATE in (row.get("quality_flags") or "") else row["report_year"]


def is_reused_name(row: Row) -> bool:
    """Whether the maker gave the name to a later product too (Dell, Latitude 5450 of 2015 and of 2024)."""
    return _REUSED_NAME in (row.get("quality_flags") or "")


def is_own(library: FactorLibrary, row: Row) -> bool:
    """Whether a row was given beside the shipped ones: it is meant for the model as written, without a report."""
    return library.layer(row["set_name"]) > 0


def of_those_years(row: Row, year: int | None) -> bool:
    """Whether a report is of the years in which the device was bought.

    A reused name is that of the older product until two years after the report.
    """
    published = report_year(row) or row.get("launch_year")
    if not year or not published:
        return False
    return year <= published + _YEARS_APART if is_reused_name(row) else abs(published - year) <= _YEARS_APART


def chosen(library: FactorLibrary, rows: Sequence[Row]) -> list[Row]:
    """Of the rows of one model those that are used: of a set given later, of the newer document, with a figure.

    Raises
    ------
    ConfigError
        If two overrides are of one model.
    """
    unique = list({row["pcf_id"]: row for row in rows}.values())
    return _best(_of_the_last(library, unique))


def _of_the_last(library: FactorLibrary, rows: Sequence[Row]) -> Sequence[Row]:
    """Rows of one model: what a set given later knows of it takes the place of what an earlier one does."""
    if len({library.layer(row["set_name"]) for row in rows}) <= 1:
        return rows
    _refuse_two_overrides([row for row in rows if row["set_name"] == OVERRIDES])
    known = {c: next((r[c] for r in rows if r.get(c)), None) for c in ("device_type", "screen_size_inches")}
    found: list[Row] = [{**r, **{c: r.get(c) or v for c, v in known.items()}} for r in rows]
    for usable, figure in (("usable_embodied", "embodied_kg_co2e"), ("usable_energy", "annual_use_kwh")):
        last = max((library.layer(r["set_name"]) for r in found if r[usable]), default=0)
        new = [r for r in found if r[usable] and library.layer(r["set_name"]) == last]
        replaced = {
            r["pcf_id"]: [n for n in new if _may_be_one(n, r)]
            for r in found
            if r[usable] and library.layer(r["set_name"]) < last
        }
        found = [_with_figure(row, usable, figure, found, replaced) for row in found]
    return found


def _with_figure(row: Row, usable: str, figure: str, rows: Sequence[Row], replaced: Mapping[str, Sequence[Row]]) -> Row:
    """A row without the figure that another replaces, or with a word on those that its own replaces."""
    if replaced.get(row["pcf_id"]):
        return {**row, usable: False}
    old = {
        r["pcf_id"]: r[figure] for r in rows if row["pcf_id"] in {n["pcf_id"] for n in replaced.get(r["pcf_id"], ())}
    }
    return {**row, f"{figure}_replaces": old} if old else row


def _refuse_two_overrides(rows: Sequence[Row]) -> None:
    for number, row in enumerate(rows):
        maker = normalise_maker(row["manufacturer"])
        same = [r for r in rows[number + 1 :] if parse_name(r["model"], maker) == parse_name(row["model"], maker)]
        if same:
            names = " and ".join(f'"{r["manufacturer"]} {r["model"]}"' for r in (row, same[0]))
            raise ConfigError(f"overrides: {names} mean the same model. Take one out.")


def _may_be_one(new: Row, old: Row) -> bool:
    """Whether a row given later may be of the configuration of an earlier one: its own Micro is not the Tower."""
    maker = normalise_maker(new["manufacturer"])
    one, other = parse_name(new["model"], maker), parse_name(old["model"], maker)
    if not (one.forms <= other.forms or other.forms <= one.forms):
        return False
    said = ((one.capacity, other.capacity), (one.size, other.size))
    return not any(a and b and a != b for a, b in said)


def _best(rows: Sequence[Row]) -> list[Row]:
    """Rows retired by their collection give way to current ones, and lend at most their yearly energy.

    A retired row's embodied figure is of an older document, or of one that can no longer be read; its yearly kWh stays
    a fact of the product, which re-issued documents do not carry. A row without any usable figure (a 95th percentile,
    a server's) says who the model is where no other does.
    """
    current = [r for r in rows if r["upstream_status"] == "current"]
    retired: list[Row] = [{**r, "usable_embodied": False} for r in rows if r["upstream_status"] != "current"]
    embodied = [r for r in current if r["usable_embodied"]]
    energy = [r for r in current if r["usable_energy"]] or [r for r in retired if r["usable_energy"]]
    weighed = [r for r in current if r["weight_kg"] and not (r["usable_embodied"] or r["usable_energy"])]
    used = [*embodied, *(r for r in energy if r not in embodied)]
    return [*used, *weighed] if used else current or retired
