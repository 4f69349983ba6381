"""Lists of objects (JSON): what Microsoft Graph and osquery write; one object a row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from greendigital.errors import InputError, Problem
from greendigital.inventory.sheets import Sheet

_MOST_BYTES = 1 << 28
"""Bytes of a JSON file, which is held in memory whole."""

_LIST_KEYS = ("value", "data", "results", "rows", "snapshot")


def read_objects(path: Path, first: int | None) -> Sheet:
    """The list in a JSON file: an array, the ``value`` of a Graph answer, or one object a line.

    Raises
    ------
    InputError
        If it is no list of objects, or larger than is read.
    """
    if path.stat().st_size > _MOST_BYTES:
        message = f"The file is larger than the {_MOST_BYTES / 1e6:,.0f} MB of JSON that are read."
        raise InputError(Problem("error", "file_too_large", message, "Export it as CSV.", path.name))
    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    try:
        found = json.loads(text)
    except ValueError:
        try:
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError:
            raise _refused(path) from None
    except RecursionError:
        raise _refused(path) from None
    if isinstance(found, dict):
        found = next((found[key] for key in _LIST_KEYS if isinstance(found.get(key), list)), [found])
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise _refused(path)
    headings = list(dict.fromkeys(key for item in found for key in item))
    rows = [(n, [_cell(item.get(key)) for key in headings]) for n, item in enumerate(found, start=2)]
    filled = [(n, cells) for n, cells in rows if any(c is not None for c in cells)]
    return Sheet("", [(1, [*headings]), *filled][:first] if headings else [])


def _refused(path: Path) -> InputError:
    message, remedy = "This is no JSON list of devices.", "Export it as CSV, or as a list of objects."
    return InputError(Problem("error", "format_unknown", message, remedy, path.name))


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False) if value else None
    return value
