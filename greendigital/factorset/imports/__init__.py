"""Importers: a publisher's file, or a table of the user's, to a new factor set with its provenance."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from greendigital.errors import UsageError
from greendigital.factorset.imports.draft import Draft
from greendigital.factorset.imports.from_boavizta import NEEDED as BOAVIZTA_COLUMNS
from greendigital.factorset.imports.from_boavizta import from_boavizta
from greendigital.factorset.imports.from_country_table import from_country_table, is_country_table
from greendigital.factorset.imports.from_energy_star import columns_of, from_energy_star
from greendigital.factorset.imports.from_uk_flat_file import SHEET, from_uk_flat_file
from greendigital.factorset.imports.from_user_table import from_user_table
from greendigital.factorset.imports.reading import WORKBOOKS, read_table, refuse, sheet_names
from greendigital.factorset.imports.user_factors import NEEDED as FACTOR_COLUMNS
from greendigital.factorset.imports.write import write_set
from greendigital.factorset.library import FactorLibrary, load_library

__all__ = ["IMPORTERS", "Draft", "kind_of", "read_publication", "write_set"]

IMPORTERS: Mapping[str, str] = {
    "uk-flat-file": "the UK government's conversion factors of a year: the flat-file workbook (.xlsx)",
    "country-table": "carbon intensity of electricity by country: the CSV of Our World in Data, or Ember's yearly CSV",
    "boavizta": "product footprints: Boavizta's boavizta-data-us.csv or boavizta-data-fr.csv",
    "energy-star": "yearly energy of computers or displays: a CSV export of the ENERGY STAR certified products",
    "table": "a table of your own, CSV or workbook: factors, or figures of device models, with source and reason",
}
"""What can be imported, by the name of its kind."""


def kind_of(path: Path | str) -> str:
    """The kind of a file, from its sheets and its header.

    Raises
    ------
    InputError
        If it is of no kind; the kinds are listed.
    """
    path = Path(path)
    if path.suffix.lower() in WORKBOOKS and SHEET in sheet_names(path):
        return "uk-flat-file"
    header = read_table(path).header
    names = set(header)
    if is_country_table(header):
        return "country-table"
    if {"name", "gwp_total", "gwp_use_ratio"} <= names or set(BOAVIZTA_COLUMNS) <= names:
        return "boavizta"
    if {"brand", "model"} <= set(columns_of(header)):
        return "energy-star"
    if set(FACTOR_COLUMNS) <= names or {"manufacturer", "model"} <= names:
        return "table"
    kinds = "; ".join(f"{kind} ({what})" for kind, what in IMPORTERS.items())
    named = ", ".join(h for h in header[:8] if h)
    sheets = f"its sheets are {', '.join(sheet_names(path))}, and " if path.suffix.lower() in WORKBOOKS else ""
    message = f"The file is of no known kind: {sheets}its header is {named}."
    remedy = f"Name the kind, if it is one of these: {kinds}."
    raise refuse(path.name, "format_unknown", message, remedy)


def read_publication(
    path: Path | str,
    kind: str | None = None,
    *,
    name: str | None = None,
    source: str = "",
    reason: str = "",
    licence: str = "",
    library: FactorLibrary | None = None,
    revisions: bool = False,
    today: date | None = None,
) -> Draft:
    """Read a publisher's file, or a table of your own, as a factor set to be written.

    Parameters
    ----------
    kind
        One of :data:`IMPORTERS`; recognised when not given.
    name
        Name of the new set; by default that of the publication and its year or day. A table of your own needs one.
    source, reason, licence
        For a table of your own: of all rows, where it has no columns of these names.
    library
        What is held already; by default the shipped sets. Rows that it holds alike are left out.
    revisions
        Take figures too that the library holds with another value, under ids of their own.
    today
        The day of the import, in the provenance only; by default today.

    Raises
    ------
    InputError
        If the file is not what it should be; file, row, column and value are named.
    UsageError
        If the kind is unknown, or the name is that of a set of the library.

    Examples
    --------
    >>> draft = read_publication("flat-file-2027.xlsx")  # doctest: +SKIP
    >>> write_set(draft, "factors")  # doctest: +SKIP
    """
    path = Path(path)
    library = library or load_library()
    today = today or date.today()
    kind = kind or kind_of(path)
    if kind not in IMPORTERS:
        raise UsageError(f'"{kind}" is no kind of publication. Kinds: {", ".join(IMPORTERS)}.')
    _refuse_known_name(name, library)
    if kind == "table":
        own = {"source": source, "reason": reason, "licence": licence}
        return from_user_table(path, library, today, name=name, revisions=revisions, **own)
    draft = _OF_PUBLISHERS[kind](path, library, today, name=name, revisions=revisions)
    if draft.rows:
        _refuse_known_name(draft.name, library)
    return draft


_OF_PUBLISHERS = {
    "uk-flat-file": from_uk_flat_file,
    "country-table": from_country_table,
    "boavizta": from_boavizta,
    "energy-star": from_energy_star,
}


def _refuse_known_name(name: str | None, library: FactorLibrary) -> None:
    """A set of the same name would take the place of the one that is there, for every report to come."""
    if name in library.sets:
        raise UsageError(
            f'There is a factor set "{name}" already, and it is never overwritten. Give another with --name.'
        )
