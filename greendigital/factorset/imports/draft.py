"""What an importer gives: the rows of a factor set that is not yet written, and what was not taken."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from greendigital.errors import Problem
from greendigital.factorset.tables import OWN_COLUMNS

FACTOR_COLUMNS = OWN_COLUMNS
"""The long schema of ``factors.csv``; columns that tell two factors apart (``group``, ``route`` ...) follow it."""

PRODUCT_COLUMNS = (
    "pcf_id",
    "manufacturer",
    "model",
    "device_type",
    "subcategory",
    "embodied_kg_co2e",
    "manufacture_kg_co2e",
    "transport_kg_co2e",
    "end_of_life_kg_co2e",
    "annual_use_kwh",
    "lifetime_years",
    "weight_kg",
    "screen_size_inches",
    "memory_gb",
    "storage",
    "report_year",
    "error_ratio",
    "total_kg_co2e",
    "use_share",
    "use_location",
    "mean_estimate_kg_co2e",
    "statistic",
    "boundary",
    "usable_embodied",
    "usable_energy",
    "quality_flags",
    "upstream_status",
    "source_url",
    "source_id",
)
"""The columns of the product table; ``supersedes`` follows where a row revises a known one."""

SOURCE_COLUMNS = ("source_id", "publisher", "title", "year", "url", "licence", "retrieved", "checksum", "note")

UNITS: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("value", "low", "high", "kgco2", "kgch4_co2e", "kgn2o_co2e"), ("number", "by row")),
    "n_values": ("number", "1"),
    "shared_share": ("number", "share"),
    "data_year": ("integer", "1"),
    **dict.fromkeys(
        (
            "embodied_kg_co2e",
            "manufacture_kg_co2e",
            "transport_kg_co2e",
            "end_of_life_kg_co2e",
            "total_kg_co2e",
            "mean_estimate_kg_co2e",
        ),
        ("number", "kg_co2e/device"),
    ),
    "annual_use_kwh": ("number", "kwh/device*year"),
    "lifetime_years": ("number", "year"),
    "weight_kg": ("number", "kg/device"),
    "screen_size_inches": ("number", "inch"),
    "memory_gb": ("number", "gb"),
    "error_ratio": ("number", "ratio"),
    "use_share": ("number", "share"),
    "report_year": ("integer", "1"),
}
"""Type and unit of every numeric field; other fields are text, dates or yes and no."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A factor set that is not yet written.

    Attributes
    ----------
    kind
        ``factors`` (rows of the long schema) or ``products`` (rows of the product table).
    rows, row_numbers
        The rows taken, as text, and the row of the user's file that each came from.
    left_out
        Sentences about what was not taken, with counts.
    revisions
        Sentences about figures that the library holds with another value; among ``rows`` only when asked for.
    problems
        Warnings and notes about the file.
    sources
        Rows of ``sources.csv``; the date of the import and the checksum are added when it is written.
    file, sha256, imported, importer, options
        Where the rows came from: file name, its checksum, the day, the importer and what it was told.
    """

    name: str
    title: str
    edition: str
    description: str
    caveats: tuple[str, ...]
    publisher: str
    licence_name: str
    licence_title: str
    licence_path: str
    url: str
    share_alike: bool
    kind: Literal["factors", "products"]
    rows: tuple[Mapping[str, str], ...]
    row_numbers: tuple[int, ...]
    sources: tuple[Mapping[str, str], ...]
    file: str
    sha256: str
    imported: date
    importer: str
    options: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    revisions: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the table: the schema's, then further ones in the order in which they come up."""
        known = FACTOR_COLUMNS if self.kind == "factors" else PRODUCT_COLUMNS
        return tuple(dict.fromkeys([*known, *(c for row in self.rows for c in row)]))


def slug(text: str) -> str:
    """Text as part of an id: lower case, with hyphens; the signs that tell two classes apart as words.

    Examples
    --------
    >>> slug("Rigid (>3.5 - 7.5 tonnes)")
    'rigid-over-3-5-7-5-tonnes'
    """
    for sign, word in ((">", " over "), ("<", " under "), ("+", " plus "), ("&", " and ")):
        text = text.replace(sign, word)
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")


def counted(count: int, noun: str) -> str:
    """A number and its noun.

    Examples
    --------
    >>> counted(1, "row"), counted(2, "row")
    ('1 row', '2 rows')
    """
    return f"{count} {noun}{'' if count == 1 else 's'}"


def checksum(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
