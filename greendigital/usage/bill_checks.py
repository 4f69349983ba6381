"""What is odd in a bill, told with its file and count: corrections, renamed columns, a cut file."""

from __future__ import annotations

import csv
import difflib
import gzip
import re
from pathlib import Path
from typing import Any

from greendigital.errors import Problem
from greendigital.usage.formats import BillFormat
from greendigital.usage.own_columns import OwnColumns, literal

_NEARLY = 0.8
"""Likeness of two headings from which on one is taken for the other with another spelling."""

_WITH_METERS = ("aws", "azure")
"""Providers whose bills name the meter of a charge; those of others describe it."""

_IS_UNIT = re.compile(r"(?<!discount)unit(readable|ofmeasure)?$", re.I)
"""Headings of columns of units, of any format: ConsumedUnit, pricing/unit, UnitOfMeasure, billingUnitReadable."""

_BLOCK = 1 << 22
_TEXT = (".csv", ".tsv", ".txt", ".gz")


def check_corrections(connection: Any, usage: str, file: str) -> list[Problem]:
    """A warning where corrections are larger than what they correct."""
    count, row = connection.execute(
        "SELECT count(*), min(row) FROM (SELECT min(source_row) AS row FROM "
        f"{usage} WHERE charge_class = 'usage' GROUP BY provider, account, sub_account, region, resource_id, meter "
        "HAVING sum(quantity) < -1e-9 * sum(abs(quantity)))"
    ).fetchone()
    if not count:
        return []
    what = "meter of a resource is" if count == 1 else "meters of resources are"
    message = f"{count:,} {what} corrected by more than the bill holds of it; the sum stays below zero."
    remedy = "Give the bill of the month that is corrected too, or ask the provider."
    return [Problem("warning", "correction_exceeds_usage", message, remedy, file, row)]


_NEEDED = (
    "quantity",
    "quantity_unit",
    "meter",
    "region",
    "list_cost",
    "effective_cost",
    "billed_cost",
    "currency",
    "period_start",
    "period_end",
    "charge_class",
    "tags",
)
"""Columns without which figures are missing; of others (the name of an account) many bills lack one."""


def renamed_columns(own: OwnColumns, form: BillFormat, file: str) -> list[Problem]:
    """A warning for each column of the format that is missing while a column of nearly its name is not known."""
    known = {name.casefold() for name in (*form.fields, *form.numbers, *form.dates)}
    filled = {form.fields[k] for k in form.fields if own.has(k)}
    strange = {name.casefold(): name for name in own.names if name.casefold() not in known}
    found = []
    for name, ours in form.fields.items():
        if own.has(name) or ours in filled or ours not in _NEEDED:
            continue
        near = difflib.get_close_matches(name.casefold(), strange, n=1, cutoff=_NEARLY)
        if near:
            message = f'The column "{name}" is missing; "{strange[near[0]]}" may be meant for it, and is not read.'
            remedy = f'Rename the column to "{name}".'
            found.append(Problem("warning", "column_renamed", message, remedy, file, 1, strange[near[0]]))
    return found


def missing_columns(connection: Any, usage: str, own: OwnColumns, form: BillFormat, file: str) -> list[Problem]:
    """A warning where no column of the bill says how much was used, in what unit, or what, as far as that is missed."""
    found = []
    quantities = [name for name, ours in form.fields.items() if ours == "quantity"]
    meters = [name for name, ours in form.fields.items() if ours == "meter"]
    if not own.first(*quantities):
        message = "There is no column of quantities, so that no line of it can have a physical figure."
        remedy = f"Export {' or '.join(quantities[:2])}, with the unit."
        found.append(Problem("warning", "quantity_column_missing", message, remedy, file))
    elif not any(_IS_UNIT.search(name) for name in own.names):
        units = [name for name, ours in form.fields.items() if ours == "quantity_unit"]
        message = "There is no column of units, so that no quantity can be used."
        remedy = f"Export {' or '.join(units)}." if units else "Export the unit of each quantity."
        found.append(Problem("warning", "unit_column_missing", message, remedy, file))
    if meters and not own.first(*meters):
        named = ", ".join(literal(provider) for provider in _WITH_METERS)
        lines, untold = connection.execute(
            # A meter that a rule fits is told, whatever became of its quantity: that of one without a unit is unknown.
            "SELECT count(*), count(*) FILTER (quantity_kind = 'unknown' AND (meter_rule_id IS NULL OR "
            f"quantity_unit IS NOT NULL)) FROM {usage} "
            f"WHERE charge_class = 'usage' AND provider IN ({named})"
        ).fetchone()
        if untold:
            message = (
                f"There is no column of meters, and of {untold:,} of {lines:,} usage charges the description does not "
                "say what they are."
            )
            remedy = f"Export {' or '.join(meters)}."
            found.append(Problem("warning", "meter_column_missing", message, remedy, file))
    return found


def check_whole(path: Path, source_id: str, columns: int, delimiter: str) -> list[Problem]:
    """An error where the file was cut short: it ends inside quotation marks, or in a row of too few cells.

    Parameters
    ----------
    columns, delimiter
        Of the header.
    """
    if path.suffix.lower() not in _TEXT:
        return []
    opener: Any = gzip.open if path.suffix.lower() == ".gz" else open
    marks, last = 0, b""
    with opener(path, "rb") as handle:
        while block := handle.read(_BLOCK):
            marks += block.count(b'"')
            last = (last + block)[-_BLOCK:]
    # A whole file ends with the end of a line; without it, what stands last may be all there is of it, or not.
    if last.endswith((b"\n", b"\n\x00", b"\r")):
        return []
    row = last.replace(b"\x00", b"").rpartition(b"\n")[2].decode("utf-8", "replace")
    if marks % 2:
        where = "inside quotation marks"
    elif len(next(csv.reader([row], delimiter=delimiter), [])) < columns:
        where = "in the middle of a row"
    else:
        return []
    message = f"The bill ends {where}, in its last line: it was cut short."
    return [Problem("error", "bill_cut_short", message, "Export it again; what is behind is missing.", source_id)]
