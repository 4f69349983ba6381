"""The rows of a user's table of factors."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Hashable, Mapping, Sequence
from datetime import date

from greendigital.errors import FactorError, UnitError
from greendigital.factorset.check_rows import BASES
from greendigital.factorset.imports.draft import slug
from greendigital.factorset.imports.held import Settled, held_factors, settle
from greendigital.factorset.imports.publication import suffix_of
from greendigital.factorset.imports.reading import Findings, Table, number_text, refuse
from greendigital.factorset.imports.user_sources import Told
from greendigital.factorset.library import FactorLibrary
from greendigital.units import factor_between, is_known

NEEDED = ("activity", "region", "value", "unit")
_NAMES = ("detail", "group", "category", "variant", "route")
_SHARES = ("share", "ratio")
_FROM_THE_ACTIVITY = ("basis", "life_cycle_stage", "scope", "width_kind")


def factor_rows(
    table: Table,
    name: str,
    told: Told,
    findings: Findings,
    library: FactorLibrary,
    revisions: bool,
    today: date,
) -> Settled:
    """The factors of a table, parted into new ones and those that the library holds.

    A row that names a factor of the library, by ``supersedes`` or as its ``factor_id``, is taken as it stands.

    Raises
    ------
    InputError
        If a column is missing or a row is wrong.
    """
    missing = [c for c in NEEDED if c not in table.header]
    if "year" not in table.header and "valid_from" not in table.header:
        missing.append("year")
    if missing:
        message = f'The column "{missing[0]}" is missing; the header has {", ".join(table.header)}.'
        remedy = (
            f"A table of factors needs {', '.join(NEEDED)}, year; one of devices manufacturer, model and their figures."
        )
        raise refuse(table.file, "column_missing", message, remedy, table.header_row, missing[0])
    held = held_factors(library, {cells["activity"] for _, cells in table.rows})
    held_ids = {row["factor_id"] for row in held}
    rows = [(number, _row(number, cells, name, told, findings, held)) for number, cells in table.rows]
    _refuse_unknown(rows, held_ids, library, findings)
    _refuse_duplicates(rows, findings)
    findings.stop()
    explicit = {n for n, row in rows if row.get("supersedes") or row["factor_id"] in held_ids}
    compared = [(n, _in_held_unit(row, held)) for n, row in rows if n not in explicit]
    settled = settle(compared, held, _key, ("value",), least=12, revisions=revisions, suffix=suffix_of(today))
    as_written = dict(rows)
    chosen = {
        # The user's own figure in the user's own unit; ids come from the comparison.
        n: {**row, "value": as_written[n]["value"], "unit": as_written[n]["unit"]}
        for n, row in zip(settled.row_numbers, settled.rows, strict=True)
    }
    chosen |= {n: as_written[n] for n in explicit}
    numbers = tuple(sorted(chosen))
    return Settled(tuple(chosen[n] for n in numbers), numbers, settled.alike, settled.revisions)


def _key(row: Mapping[str, str]) -> Hashable:
    return (*_thing(row), row.get("unit") or "")


def _thing(row: Mapping[str, str]) -> tuple[str, ...]:
    # The electricity of a place has no further name: what somebody calls it does not make it another factor.
    names = () if row.get("activity") in BASES else _NAMES
    return tuple(row.get(column) or "" for column in ("activity", "region", *names, "valid_from", "valid_to"))


def _in_held_unit(row: dict[str, str], held: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The row in the unit in which the library holds the same thing, so that the two can be compared."""
    thing = _thing(row)
    for other in held:
        if _thing(other) == thing:
            try:
                scale = factor_between(row["unit"], other["unit"])
            except UnitError:
                continue
            return {**row, "value": number_text(float(row["value"]) * scale), "unit": other["unit"]}
    return row


def _row(
    number: int,
    cells: Mapping[str, str],
    name: str,
    told: Told,
    findings: Findings,
    held: Sequence[Mapping[str, str]],
) -> dict[str, str]:
    source_id, reason = told.of(number, cells, findings)
    read = findings.share if cells["unit"].lower() in _SHARES else findings.number
    figures = {c: read(number, c, cells[c]) or "" for c in ("value", "low", "high") if c in cells}
    _check_words(number, cells, findings)
    first, last = _validity(number, cells, findings)
    names = {c: cells[c] for c in _NAMES if cells.get(c)}
    note = f"{reason}; {cells['note']}" if cells.get("note") else reason
    has_range = bool(figures.get("low") and figures.get("high"))
    pieces = (cells["activity"], cells["region"], *names.values(), first[:4])
    return {
        "factor_id": cells.get("factor_id") or f"{name}-{slug(' '.join(pieces))}",
        "activity": cells["activity"],
        **figures,
        # Low and high are the 5th and 95th percentile in this program, unless the table says what they are.
        "interval": cells.get("interval") or ("p5_p95" if has_range else "none"),
        "unit": cells["unit"].lower(),
        "region": cells["region"],
        "valid_from": first,
        "valid_to": last,
        "error_group": f"user:{name}",
        "source_id": source_id,
        "source_locator": f"row {number}",
        "supersedes": cells.get("supersedes", ""),
        "quality": "stated by the user",
        "note": note,
        **names,
        **{c: cells.get(c) or _only(held, cells["activity"], c) for c in _FROM_THE_ACTIVITY},
    }


def _only(held: Sequence[Mapping[str, str]], activity: str, column: str) -> str:
    """What all factors of an activity have in a column; empty when they differ."""
    found = {row.get(column) or "" for row in held if row["activity"] == activity}
    return found.pop() if len(found) == 1 else ""


def _check_words(number: int, cells: Mapping[str, str], findings: Findings) -> None:
    for column in ("activity", "value"):
        if not cells[column]:
            findings.error(number, column, "value_missing", f"{column} is empty.", "Fill it, or take the row out.")
    if not is_known(cells["unit"].lower() or "-"):
        remedy = "Write it as kg_co2e/kwh, kg_co2e/t, kwh/device*year, share, or another combination of known units."
        findings.error(number, "unit", "unit_unknown", f'"{cells["unit"]}" is not a known unit.', remedy)
    if not re.fullmatch(r"[A-Z]{3}|[a-z]+:\S+|", cells["region"]):
        remedy = "Write the country as three capital letters (GBR), or leave it empty where the factor has no place."
        findings.error(number, "region", "region_unknown", f'"{cells["region"]}" is not a region.', remedy)


def _validity(number: int, cells: Mapping[str, str], findings: Findings) -> tuple[str, str]:
    """First and last day: of the year, else as written."""
    if cells.get("year"):
        year = findings.year(number, "year", cells["year"])
        return (f"{year}-01-01", f"{year}-12-31") if year else ("", "")
    found = []
    for column in ("valid_from", "valid_to"):
        text = cells.get(column, "")
        try:
            found.append(date.fromisoformat(text).isoformat() if text else "")
        except ValueError:
            findings.error(number, column, "not_a_date", f'"{text}" is not a date.', "Write it as YYYY-MM-DD.")
            found.append("")
    return found[0], found[1]


def _refuse_unknown(
    rows: Sequence[tuple[int, Mapping[str, str]]],
    held_ids: Collection[str],
    library: FactorLibrary,
    findings: Findings,
) -> None:
    """A superseded id must exist; an activity that no set has would be used by nothing."""
    known = {a for s in library.sets.values() for held in s.factor_resources.values() for a in held}
    for number, row in rows:
        replaced = row.get("supersedes")
        if replaced and replaced not in held_ids:
            try:
                library.factor(replaced)
            except FactorError as error:
                findings.error(number, "supersedes", "factor_unknown", str(error), "Write the id of a factor.")
        if row["activity"] and row["activity"] not in known:
            near = difflib.get_close_matches(row["activity"], sorted(known), n=3)
            meant = f" Did you mean {' or '.join(near)}?" if near else ""
            message = f'No factor set has the activity "{row["activity"]}": nothing will use the row.{meant}'
            findings.warn(number, "activity", "activity_unknown", message)


def _refuse_duplicates(rows: Sequence[tuple[int, Mapping[str, str]]], findings: Findings) -> None:
    seen: dict[str, int] = {}
    for number, row in rows:
        if (first := seen.setdefault(row["factor_id"], number)) != number:
            message = f'"{row["factor_id"]}" stands in row {first} already.'
            remedy = "Take out one of the two rows, or tell them apart by detail or factor_id."
            findings.error(number, "factor_id", "duplicate_row", message, remedy)
