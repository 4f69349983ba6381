"""What is refused in the rows of a factor resource: the long schema."""

from __future__ import annotations

import csv
import difflib
import itertools
import math
import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache

from greendigital.errors import Problem, UnitError
from greendigital.factorset.model import INTERVALS, Factor, FactorSet
from greendigital.factorset.shipped import factor_folders
from greendigital.factorset.tables import NEEDED, rows_of
from greendigital.units import canonical, factor_between, is_known, nearest

THING_COLUMNS = (
    "group",
    "detail",
    "route",
    "category",
    "variant",
    "location_type",
    "provider",
    "replication_key",
    "medium",
    "path",
    "sic2007_division",
)
"""Columns that say what a factor is of, beside activity and region; a set that adds one to tell two factors apart
adds it here."""

BASES = {
    "electricity_generation": "direct",
    "electricity_td_losses": "losses",
    "electricity_wtt_generation": "wtt",
    "electricity_wtt_td": "wtt",
    "electricity_life_cycle": "life_cycle",
    "electricity_consumption": "consumption",
}
"""The basis that the factors of an activity must state: what may be added to what depends on it."""

BY_YEAR = (*BASES, "waste_disposal")
"""Activities whose factors are chosen by the factor year of a period."""

_GAS_PARTS = ("kgco2", "kgch4_co2e", "kgn2o_co2e")
_GAS_TOLERANCE = 2e-5
"""Total and gas parts are each rounded to the fifth decimal; of factors above 1 the last digit is coarser."""


def same_thing(factor: Factor) -> tuple[object, ...]:
    """What a factor is of, and when: two factors of one key would be chosen between by chance."""
    names = _names(factor.activity, factor.extra)
    return (factor.activity, factor.region, *names, _per(factor.unit), factor.valid_from, factor.valid_to)


def _names(activity: str, row: Mapping[str, str]) -> tuple[str, ...]:
    """What a factor is of, beside activity and region; the electricity of a place has no further name."""
    return () if activity in BASES else tuple(row.get(c) or "" for c in THING_COLUMNS)


def _per(unit: str) -> str:
    return unit.partition("/")[2]


def error(file: str, row: int | None, column: str, code: str, message: str, remedy: str) -> Problem:
    """A problem of a factor set; whatever is wrong there is an error."""
    return Problem("error", code, message, remedy, file, row, column or None)


Place = tuple[str, int]
"""File and row."""


def check_factors(metadata: FactorSet, sources: set[str]) -> Iterator[Problem]:
    """Problems of the rows of all factor resources of a set.

    Parameters
    ----------
    sources
        Ids declared in ``sources.csv``.
    """
    seen: dict[str, Place] = {}
    spans: dict[tuple[str, ...], list[tuple[str, str, Place]]] = {}
    for resource, activities in metadata.factor_resources.items():
        file = f"{metadata.name}/{metadata.file(resource).name}"
        for number, row in rows_of(metadata.file(resource)):
            yield from _check_row(file, number, row, sources, set(activities))
            factor_id = row.get("factor_id") or ""
            if factor_id in seen:
                message = f'"{factor_id}" stands in {_place(seen[factor_id], file)} already.'
                yield error(file, number, "factor_id", "duplicate_id", message, "Give every factor its own id.")
            elif factor_id:
                seen[factor_id] = (file, number)
            # A row without dates is valid always; a second one of the same thing would be chosen by chance.
            per = _per(canonical(row["unit"])) if row.get("unit") and is_known(row["unit"]) else ""
            activity = row.get("activity") or ""
            key = (per, activity, row.get("region") or "", *_names(activity, row))
            span = (row.get("valid_from") or "0001-01-01", row.get("valid_to") or "9999-12-31", (file, number))
            spans.setdefault(key, []).append(span)
    yield from _check_spans(spans)


def _place(place: Place, here: str) -> str:
    return f"row {place[1]}" if place[0] == here else f"{place[0]}, row {place[1]}"


def _check_spans(spans: Mapping[tuple[str, ...], list[tuple[str, str, Place]]]) -> Iterator[Problem]:
    """Two factors of one thing at one time."""
    for entries in spans.values():
        entries.sort()
        for (_, end, first), (start, _, (file, number)) in itertools.pairwise(entries):
            if start <= end:
                message = f'"{start}" lies within the validity of {_place(first, file)}, which ends on {end}.'
                remedy = "Let one edition end before the next begins."
                yield error(file, number, "valid_from", "validity_overlap", message, remedy)


def _check_row(
    file: str, number: int, row: Mapping[str, str], sources: set[str], activities: set[str]
) -> Iterator[Problem]:
    for column in NEEDED:
        if not (row.get(column) or "").strip():
            remedy = "A factor needs id, activity, value, unit and source."
            yield error(file, number, column, "value_missing", f"{column} is empty.", remedy)
    for column in ("factor_id", "supersedes"):
        if row.get(column) and re.search(r"^\s|\s$|\s\s" if column == "supersedes" else r"\s", row[column]):
            message = f'"{row[column]}" holds blanks.'
            yield error(
                file, number, column, "id_with_blanks", message, "Write ids without blanks, one blank between two."
            )
    if None in row:
        remedy = "Put a cell that holds a comma in quotation marks."
        yield error(file, number, "", "row_too_long", "The row has more cells than the header.", remedy)
    if row.get("source_id") and row["source_id"] not in sources:
        message = f'"{row["source_id"]}" is not in sources.csv.'
        yield error(file, number, "source_id", "source_undeclared", message, "Declare the source.")
    activity = row.get("activity") or ""
    if activity and activity not in activities:
        message = f'"{activity}" is not among the activities of datapackage.json.'
        near = difflib.get_close_matches(activity, sorted(activities | {a for _, a in plausible_ranges() if a}), n=1)
        remedy = f"Did you mean {near[0]}? Else add it there." if near else "Add it there."
        yield error(file, number, "activity", "activity_undeclared", message, remedy)
    if activity in BASES and (row.get("basis") or "") != BASES[activity]:
        message = f'"{row.get("basis") or ""}" is not the basis of {activity}.'
        remedy = f'Write "{BASES[activity]}", or give the row the activity that its basis belongs to.'
        yield error(file, number, "basis", "basis_wrong", message, remedy)
    if row.get("width_kind") and row["width_kind"] not in known_widths():
        message = f'"{row["width_kind"]}" is no kind of width.'
        near = difflib.get_close_matches(row["width_kind"], known_widths(), n=1) or ["default"]
        remedy = f"Write a row of the assumptions' widths.csv, such as {near[0]}, or leave it empty."
        yield error(file, number, "width_kind", "width_unknown", message, remedy)
    if (row.get("interval") or "none") not in INTERVALS:
        message = f'"{row["interval"]}" is no kind of interval.'
        yield error(file, number, "interval", "interval_unknown", message, f"Use one of {', '.join(INTERVALS)}.")
    region = row.get("region") or ""
    if region and activity != "electricity_consumption" and region not in known_regions():
        message = f'"{region}" is no region.'
        meant = _ALPHA_3.get(region.upper()) or next(
            iter(difflib.get_close_matches(region, known_regions(), n=1)), "GBR"
        )
        remedy = f"Write an ISO 3166-1 alpha-3 code, such as {meant}, or leave it empty."
        yield error(file, number, "region", "region_unknown", message, remedy)
    yield from _check_numbers(file, number, row)
    yield from _check_dates(file, number, row)


def _check_dates(file: str, number: int, row: Mapping[str, str]) -> Iterator[Problem]:
    """Dates that exist, the first not after the last, and a whole year where factors are chosen by year."""
    days: dict[str, date] = {}
    for column in ("valid_from", "valid_to"):
        try:
            if row.get(column):
                if len(row[column]) != len("YYYY-MM-DD"):
                    raise ValueError
                days[column] = date.fromisoformat(row[column])
        except ValueError:
            message = f'"{row[column]}" is not a date.'
            yield error(file, number, column, "not_a_date", message, "Write it as YYYY-MM-DD.")
            return
    activity = row.get("activity") or ""
    if len(days) == 2 and days["valid_to"] < days["valid_from"]:
        message = f'"{row["valid_to"]}" lies before "{row["valid_from"]}".'
        yield error(file, number, "valid_to", "validity_reversed", message, "Swap the two dates.")
    elif activity in BY_YEAR and not _is_a_year(days):
        message = f"Factors of {activity} are chosen by calendar year, and this one is not valid for just one."
        remedy = "Write the first and the last day of its year, such as 2025-01-01 and 2025-12-31."
        yield error(file, number, "valid_from", "validity_no_year", message, remedy)


def _is_a_year(days: Mapping[str, date]) -> bool:
    if len(days) < 2:
        return False
    first, last = days["valid_from"], days["valid_to"]
    return first.year == last.year and (first.month, first.day, last.month, last.day) == (1, 1, 12, 31)


def _check_numbers(file: str, number: int, row: Mapping[str, str]) -> Iterator[Problem]:
    """Numbers that are numbers, in order, and in the range that their unit allows."""
    figures: dict[str, float] = {}
    for column in ("low", "value", "high", "n_values", "shared_share", "data_year", *_GAS_PARTS):
        if not row.get(column):
            continue
        try:
            figures[column] = float(row[column])
        except ValueError:
            figures[column] = math.nan
        if not math.isfinite(figures[column]):
            message = f'"{row[column]}" is no number.'
            yield error(file, number, column, "not_a_number", message, "Write a plain decimal number.")
            return
    if "data_year" in figures and not row["data_year"].isdigit():
        message = f'"{row["data_year"]}" is not a year.'
        yield error(file, number, "data_year", "not_a_year", message, "Write four digits.")
    value = figures.get("value")
    if value is None:
        return
    if row.get("interval") in INTERVALS[:-1] and not (figures.get("low", 0) > 0 and "high" in figures) and value:
        message = f'The interval is "{row["interval"]}", and low or high is missing or zero.'
        yield error(file, number, "interval", "interval_without_range", message, 'Give both above 0, or write "none".')
    if not figures.get("low", value) <= value <= figures.get("high", value):
        message = f'"{row["value"]}" lies outside "{row.get("low")}" to "{row.get("high")}".'
        yield error(file, number, "value", "order", message, "Let low <= value <= high.")
    if not 0 <= figures.get("shared_share", 1.0) <= 1:
        message = f'"{row["shared_share"]}" is not a share between 0 and 1.'
        yield error(file, number, "shared_share", "share_out_of_range", message, "Divide a percentage by 100.")
    yield from _check_unit(file, number, row, value)
    yield from _check_gases(file, number, row, figures)


def _check_unit(file: str, number: int, row: Mapping[str, str], value: float) -> Iterator[Problem]:
    """A known unit, that of the activity, and a value that is possible in it."""
    if not row.get("unit"):
        return
    try:
        unit = canonical(row["unit"])
        value *= factor_between(row["unit"], unit)
    except UnitError:
        message = f'"{row["unit"]}" is not a known unit.'
        meant = nearest(row["unit"])
        remedy = f"Write {meant}." if meant else "Use a combination of known units, such as kg_co2e/kwh."
        yield error(file, number, "unit", "unit_unknown", message, remedy)
        return
    activity = row.get("activity") or ""
    ranges = plausible_ranges()
    units = [u for u, a in ranges if a == activity]
    if units and unit not in units:
        message = f'"{row["unit"]}" is not a unit of {activity}.'
        yield error(file, number, "unit", "unit_unexpected", message, f"Give the figure in {' or '.join(units)}.")
        return
    low, high = ranges.get((unit, activity)) or ranges.get((unit, "")) or (-math.inf, math.inf)
    if not low <= value <= high:
        message = f'"{row["value"]}" {row["unit"]} is not plausible for {activity}: {low:g} to {high:g} {unit}.'
        yield error(file, number, "value", "implausible_value", message, "Check the value and its unit.")


def _check_gases(file: str, number: int, row: Mapping[str, str], figures: Mapping[str, float]) -> Iterator[Problem]:
    """The total of the published gas parts."""
    if not all(part in figures for part in _GAS_PARTS):
        return
    total = math.fsum(figures[part] for part in _GAS_PARTS)
    if abs(total - figures["value"]) > _GAS_TOLERANCE * max(1.0, figures["value"]):
        message = f'"{row["value"]}" is not the sum of its gas parts, {total:.6g}.'
        yield error(file, number, "value", "gas_parts", message, "Take the total, not its CO2 part.")


_ALPHA_3 = {"UK": "GBR", "GB": "GBR", "ENG": "GBR", "US": "USA", "EU": "agg:eu-27"}
"""How people write a region for the code that is wanted."""


@lru_cache(maxsize=1)
def known_regions() -> frozenset[str]:
    """Countries and aggregates that a factor may be of: those of the shipped grid intensities."""
    path = factor_folders() / "grid-intensity-by-country" / "factors.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        return frozenset(row["region"] for row in csv.DictReader(handle))


@lru_cache(maxsize=1)
def known_widths() -> frozenset[str]:
    """Kinds of default widths of the shipped assumptions."""
    with (factor_folders() / "assumptions" / "widths.csv").open(encoding="utf-8", newline="") as handle:
        return frozenset(row["width_kind"] for row in csv.DictReader(handle))


@lru_cache(maxsize=1)
def plausible_ranges() -> Mapping[tuple[str, str], tuple[float, float]]:
    """Lowest and highest plausible value by unit and activity (empty: any), from the shipped assumptions."""
    path = factor_folders() / "assumptions" / "plausible.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        return {(r["unit"], r["activity"]): (float(r["low"]), float(r["high"])) for r in csv.DictReader(handle)}
