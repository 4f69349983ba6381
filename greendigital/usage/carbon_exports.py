"""Providers' own carbon exports, told from bills: they are for ``greendigital reconcile``, and never mixed in."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from greendigital.errors import Problem

_HEAD_BYTES = 65_536
_EXPORTS = {
    "AWS": (r"\btotal_\w+_emissions_value\b", r"\busage_period_start\b"),
    "Google": (r"\bcarbon_footprint", r"\busage_month\b"),
    "Azure": (r'"latestMonthEmissions"', r'"dataType"'),
}
"""What stands at the start of an export, and nowhere else together: names of its columns."""


def carbon_export_problem(path: Path) -> Problem | None:
    """The problem that a file is a carbon export of a provider; None for any other file."""
    try:
        with (gzip.open if path.suffix.lower() == ".gz" else open)(path, "rb") as handle:
            head = handle.read(_HEAD_BYTES)
            if head.startswith(b"PAR1"):
                # The names stand in the footer.
                handle.seek(-min(_HEAD_BYTES, path.stat().st_size), 2)
                head = handle.read()
    except OSError:
        return None
    # In UTF-16 every second byte of such a name is nought.
    text = head.replace(b"\x00", b"").decode("utf-8", "replace")
    for provider, patterns in _EXPORTS.items():
        if all(re.search(pattern, text) for pattern in patterns):
            message = f"This is {provider}'s own carbon export, not a bill and no list of assets."
            remedy = "Compare it with a run made from the bill: greendigital reconcile DIR FILE."
            return Problem("error", "carbon_export", message, remedy, path.name)
    return None
