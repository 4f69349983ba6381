"""A table of a user's own: factors, or figures of device models. Each row says where it is from and why it is used.

Factors have the columns ``activity, region, value, unit`` and ``year`` (or ``valid_from`` and ``valid_to``); devices
``manufacturer, model`` and at least one figure. ``source`` and ``reason`` are columns, or are given for all rows.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from pathlib import Path

from greendigital.errors import UsageError
from greendigital.factorset.check_rows import THING_COLUMNS
from greendigital.factorset.imports.draft import FACTOR_COLUMNS as FACTOR_ROW_COLUMNS
from greendigital.factorset.imports.draft import Draft
from greendigital.factorset.imports.publication import Publication
from greendigital.factorset.imports.reading import Findings, Table, read_table
from greendigital.factorset.imports.user_devices import FIGURES, device_rows
from greendigital.factorset.imports.user_factors import factor_rows
from greendigital.factorset.imports.user_sources import Told
from greendigital.factorset.library import FactorLibrary

DEVICE_COLUMNS = (
    *("manufacturer", "model", "category", "report_year", "boundary", "source", "reason", "licence"),
    *FIGURES,
)
FACTOR_COLUMNS = (
    *(c for c in FACTOR_ROW_COLUMNS if c != "source_id"),
    *THING_COLUMNS,
    *("year", "source", "reason", "licence"),
)
"""Columns that are read; others are named in a warning."""


def from_user_table(
    path: Path,
    library: FactorLibrary,
    today: date,
    *,
    name: str | None = None,
    source: str = "",
    reason: str = "",
    licence: str = "",
    revisions: bool = False,
) -> Draft:
    """A draft of the factors, or device figures, in a CSV or workbook of the user's.

    Parameters
    ----------
    name
        Name of the set; needed.
    source, reason, licence
        Of all rows, where the table has no column of that name.

    Raises
    ------
    UsageError
        If no name is given.
    InputError
        If a column, a source or a reason is missing, or a figure, unit, date or region is none.
    """
    if not name:
        raise UsageError(f"{path.name}: a table of your own needs a name for its factor set. Give one.")
    table = read_table(path)
    findings = Findings(path.name, [], table.decimal_comma)
    told = Told(source, reason, licence)
    is_devices = {"manufacturer", "model"} <= set(table.header)
    rows_of = device_rows if is_devices else factor_rows
    _name_unused(table, DEVICE_COLUMNS if is_devices else FACTOR_COLUMNS, findings)
    settled = rows_of(table, name, told, findings, library, revisions, today)
    sources = list(told.sources.values())
    publication = Publication(
        importer="table",
        kind="products" if is_devices else "factors",
        publisher="; ".join(dict.fromkeys(s["publisher"] for s in sources)),
        licence_name="other",
        licence_title="; ".join(dict.fromkeys(s["licence"] for s in sources)),
        licence_path="",
        url="",
        caveats=("Not published with the program: the source and the reason of each row are the user's.",),
    )
    options = {"source": source, "reason": reason, "licence": licence}
    return publication.draft(
        path,
        today,
        settled,
        findings,
        name=name,
        title=f"Figures of {path.name}",
        edition=today.isoformat(),
        sources=sources,
        options={part: text for part, text in options.items() if text},
        revisions=revisions,
    )


def _name_unused(table: Table, read: Collection[str], findings: Findings) -> None:
    """A warning for each column that nothing is made of."""
    for column in (c for c in table.header if c and c not in read):
        hint = " Planned life is a policy: give planned_life_years." if column == "lifetime_years" else ""
        findings.warn(table.header_row, column, "column_unknown", f"The column is not used.{hint}")
