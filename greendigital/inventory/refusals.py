"""Why a file cannot be read as a list of assets, in one sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from greendigital.errors import Problem
from greendigital.factorset import FactorLibrary
from greendigital.inputs import BILL_COLUMNS, LIKELY_BILL
from greendigital.inventory.dates import DateOrder, parse_date
from greendigital.inventory.header import suggestion
from greendigital.inventory.profiles import Header, heading_key, meter_profile, register_headings
from greendigital.inventory.recognition import HEADER_WITHIN
from greendigital.inventory.sheets import FORMULA, Sheet
from greendigital.inventory.values import parse_category


def unknown_format(path: Path, sheets: Sequence[Sheet], library: FactorLibrary) -> Problem:
    """What stands where a header should, and what would make it one."""
    rows = next(sheet.rows for sheet in sheets if sheet.rows)[:HEADER_WITHIN]
    if path.suffix.lower() == ".json" and len(rows) == 2 and _is_answer(*(cells for _, cells in rows)):
        message = f"The file holds the answer of a server, {_quoted(rows[1][1])}, and no list."
        remedy = "Look what the request was refused for, and export the list again."
        return Problem("error", "format_unknown", message, remedy, path.name)
    row, cells = max(rows, key=lambda r: sum(isinstance(c, str) for c in r[1]))
    words = [str(c) for c in cells if c is not None]
    if len(set(BILL_COLUMNS) & set(words)) >= LIKELY_BILL:
        is_text = path.suffix.lower() not in (".xlsx", ".xlsm", ".ods")
        remedy = "Read it with read_usage." if is_text else "Save it as CSV, and read that with read_usage."
        return Problem("error", "format_unknown", "This is a cloud bill.", remedy, path.name)
    if all(c == FORMULA for _, several in rows for c in several if c is not None):
        message = "The cells are formulas that were never calculated."
        remedy = "Open the workbook in a spreadsheet program and save it."
        return Problem("error", "formula_without_value", message, remedy, path.name, row)
    first_row, first = rows[0]
    if _holds_data(first, library) and len(first) == len(cells):
        message = f"The first row holds data, {_quoted(first)}, and no row above says what the columns are."
        remedy = "Put a row of headings above it, with category or model among them."
        return Problem("error", "header_missing", message, remedy, path.name, first_row)
    known = register_headings()
    understood = [word for word in words if heading_key(word) in known]
    says_device = bool({"category", "model"} & {known[heading_key(word)] for word in understood})
    if not says_device and _is_cost_summary(words):
        message = f"The headings, {_quoted(words)}, are those of a summary of costs, without meters and quantities."
        return Problem("error", "format_unknown", message, _WHOLE_BILL, path.name, row)
    if says_device:
        missing = f"Of these only {', '.join(understood)} can be understood, which is too little for a header."
        remedy = "Rename more headings, to names such as serial_number, site or acquired_date."
    else:
        missing, remedy = "No column says what each device is.", 'Rename one heading to "category" or "model".'
        of_meter = {meter_profile().columns.get(heading_key(word)) for word in words}
        if "month" in of_meter and {"site", "kwh"} & of_meter:
            missing, remedy = (
                "This looks like a meter file without all its columns.",
                'Head them "site", "month", "kwh" and "it_only".',
            )
    hint = suggestion([word for word in words if word not in understood], known)
    return Problem(
        "error",
        "format_unknown",
        f"The fullest of the first rows holds {_quoted(words)}. {missing}",
        f"{remedy} {hint}".strip(),
        path.name,
        row,
    )


_COST = re.compile(r"\b(costs?|charges?|spend|spending|amount)\b|[($£€]{1,2}[$£€)]", re.I)
_BILLED = re.compile(r"\b(service|account|subscription|resource group|usage type|meter)s?\b", re.I)
_WHOLE_BILL = (
    "Export the bill itself, with a row for each charge: FOCUS or the Cost and Usage Report of AWS, FOCUS or cost "
    "details of Azure, the detailed export of Google Cloud, the cost report of Oracle; see docs/formats.md."
)


def _is_cost_summary(words: Sequence[str]) -> bool:
    """Whether a heading of costs stands beside one of what is paid for."""
    costs = [word for word in words if _COST.search(word)]
    return bool(costs) and any(_BILLED.search(word) for word in words if word not in costs)


_ANSWERS = {"message", "error", "errors", "code", "errormessage", "detail", "status", "title", "requestid", "type"}


def _is_answer(headings: Sequence[Any], cells: Sequence[Any]) -> bool:
    """Whether one object says what went wrong: an error or a message, and nothing else."""
    names = {str(name).casefold() for name in headings}
    return names <= _ANSWERS and bool(names & {"message", "error", "errors", "errormessage", "detail"}) and any(cells)


def _quoted(cells: Sequence[Any]) -> str:
    filled = [f'"{str(cell)[:40]}"' for cell in cells if cell is not None]
    return ", ".join(filled[:6]) + (f" and {len(filled) - 6} more" if len(filled) > 6 else "")


def _holds_data(cells: Sequence[Any], library: FactorLibrary) -> bool:
    """Whether a row holds what no heading does: a date, a number, or a device type beside other values."""
    known = register_headings()
    filled = [c for c in cells if c is not None]
    if len(filled) < 2 or any(heading_key(c) in known for c in filled):
        return False
    return any(not isinstance(c, str) or _is_date(c) or parse_category(c, library) for c in filled)


def _is_date(text: str) -> bool:
    try:
        parse_date(text, DateOrder(True, True))
    except ValueError:
        return False
    return True


def no_rows(path: Path, header: Header) -> Problem:
    """A header and nothing below it."""
    return Problem(
        "error",
        "file_no_rows",
        f'There are no rows below the header, which begins "{next(c for c in header.cells if c is not None)}".',
        "Export it again with its rows.",
        path.name,
        header.row,
    )
