"""The UK government's conversion factors, from the flat-file workbook that is published each June.

Sheet "Factors by Category": some title rows, then a header ``ID, Scope, Level 1 ... Level 4, Column Text, UOM,
GHG/Unit, GHG Conversion Factor <year>``, then a row for each factor and each of its gas parts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from greendigital.factorset.imports.draft import Draft, counted
from greendigital.factorset.imports.held import held_factors, settle
from greendigital.factorset.imports.publication import Publication, suffix_of
from greendigital.factorset.imports.reading import (
    AGAIN,
    PLAIN_NUMBER,
    Cell,
    Findings,
    number_text,
    refuse,
    sheet_cells,
    sheet_names,
)
from greendigital.factorset.imports.uk_editions import Editions
from greendigital.factorset.imports.uk_flat_rows import FlatFile, FlatRow
from greendigital.factorset.imports.uk_subjects import (
    ACTIVITIES,
    GAS_COLUMNS,
    Thing,
    activity_of,
    plain,
    route_of,
    thing_of,
)
from greendigital.factorset.library import FactorLibrary

SHEET = "Factors by Category"
PUBLICATION = Publication(
    importer="uk-flat-file",
    kind="factors",
    publisher="DESNZ",
    licence_name="OGL-UK-3.0",
    licence_title="Open Government Licence v3.0",
    licence_path="https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    url="https://www.gov.uk/government/collections/government-conversion-factors-for-company-reporting",
    caveats=(
        "Waste factors count collection and transport to the first treatment point only: never rank routes by them.",
        "Basis, scope, GWP basis and error group are carried on from the edition before.",
        "Data year of electricity: one year before the edition, as since 2026; see the publisher's methodology paper.",
    ),
)
_TEXTS = ("Level 1", "Level 2", "Level 3", "Level 4", "Column Text", "UOM", "GHG/Unit")
_FACTOR = re.compile(r"ghg conversion factor\s*(.*)")
_SEARCHED = 40  # Rows in which a header may stand; the published files have it within ten.


def from_uk_flat_file(
    path: Path, library: FactorLibrary, today: date, *, name: str | None = None, revisions: bool = False
) -> Draft:
    """A draft of the edition in a flat-file workbook.

    Parameters
    ----------
    library
        The editions known so far: ids and attributes are carried on from them.
    revisions
        Take figures that differ from those the library holds for the same year.

    Raises
    ------
    InputError
        If the file is not the workbook as published, or a figure in it is not one.
    """
    findings = Findings(path.name, [])
    flat = read_flat_file(path, findings)
    editions = Editions(held_factors(library, ACTIVITIES))
    editions.check(flat, findings)
    findings.stop()
    settled = settle(editions.rows_for(flat), editions.held, editions.key, ("value",), 5, revisions, suffix_of(today))
    title = f"UK Government GHG Conversion Factors for Company Reporting {flat.year}"
    note = f"flat file {path.name}, sheet {SHEET}; Crown copyright"
    return PUBLICATION.draft(
        path,
        today,
        settled,
        findings,
        name=name or f"uk-conversion-factors-{flat.year}",
        title=title,
        edition=str(flat.year),
        sources=[PUBLICATION.source(f"desnz-{flat.year}", title, str(flat.year), note)],
        left_out=_left_out(flat),
        revisions=revisions,
    )


def _left_out(flat: FlatFile) -> list[str]:
    found = []
    if flat.other:
        named = ", ".join(f"{name} ({count})" for name, count in sorted(flat.other.items()))
        found.append(f"{counted(flat.other.total(), 'row')} of other subjects: {named}.")
    if flat.empty:
        found.append(f"{counted(flat.empty, 'cell')} without a figure: not published.")
    return found


def read_flat_file(path: Path, findings: Findings) -> FlatFile:
    """The factor rows of the workbook; what is wrong with single cells goes to ``findings``."""
    names = sheet_names(path)
    if SHEET not in names:
        raise refuse(
            path.name,
            "sheet_missing",
            f'There is no sheet "{SHEET}"; the sheets are {", ".join(names)}.',
            "Take the flat file as published, and do not rename its sheets.",
        )
    lines = iter(sheet_cells(path, SHEET))
    header = _header(path.name, lines)
    year = _year(path.name, header)
    columns = {plain(h): i for i, h in enumerate(header) if h}
    value_at = next(i for i, h in enumerate(header) if _FACTOR.fullmatch(plain(h)))
    reader = _Reader(FlatFile(year, [], Counter(), 0), header[value_at], findings)
    for number, cells in lines:
        level_1, *texts = (_text(cells, columns[plain(c)]) for c in _TEXTS)
        figure = cells[value_at] if value_at < len(cells) else Cell(None)
        if not level_1 and any(texts) and figure.value is not None:
            message = "The row has a figure and no Level 1: it cannot be told what it is of."
            findings.error(number, "Level 1", "value_missing", message, "Take the flat file as published.")
        if level_1:
            reader.take(number, level_1, texts, figure)
    _refuse_formulas(path, set(reader.blanks), header[value_at], value_at, findings)
    reader.flat.rows = [row for row in reader.by_key.values() if "value" in row.figures]
    return reader.flat


@dataclass(slots=True)
class _Reader:
    """Puts the lines of the sheet together: a factor and its gas parts stand in lines of their own."""

    flat: FlatFile
    heading: str
    findings: Findings
    by_key: dict[tuple[Thing, str], FlatRow] = field(default_factory=dict)
    seen: dict[tuple[Thing, str, str], int] = field(default_factory=dict)
    blanks: list[int] = field(default_factory=list)

    def take(self, number: int, level_1: str, texts: Sequence[str], cell: Cell) -> None:
        """Take a line: the levels below the first, column text, unit and gas, and the cell of the figure."""
        *levels, column_text, uom, gas = texts
        activity = activity_of(level_1, levels[0])
        if activity is None:
            self.flat.other[level_1] += 1
            return
        thing = thing_of(activity, levels, route_of(column_text))
        column = GAS_COLUMNS.get(plain(gas))
        if column is None:
            known = "kg CO2e, and kg CO2e of CO2, of CH4 and of N2O per unit"
            self.findings.error(number, "GHG/Unit", "unit_unknown", f'"{gas}" is not known.', f"Known are {known}.")
            return
        if (first := self.seen.setdefault((thing, plain(uom), column), number)) != number:
            named = " | ".join(text for text in (level_1, *texts) if text)
            message = f'"{named}" stands in row {first} already.'
            self.findings.error(number, "Level 1", "duplicate_row", message, "Take out one of the two rows.")
            return
        if cell.value is None or cell.value == "":
            self.flat.empty += 1
            self.blanks.append(number)
        elif figure := _figure(number, self.heading, cell, self.findings):
            row = self.by_key.setdefault((thing, plain(uom)), FlatRow(number, thing, tuple(levels), column_text, uom))
            row.figures[column] = figure
            row.number = number if column == "value" else row.number


def _header(file: str, lines: Iterator[tuple[int, list[Cell]]]) -> list[str]:
    """The header row, which stands below some title rows."""
    for number, cells in lines:
        texts = [_text(cells, i) for i in range(len(cells))]
        names = {plain(t) for t in texts}
        if {"level 1", "uom"} <= names:
            missing = [c for c in _TEXTS if plain(c) not in names]
            if missing:
                raise refuse(
                    file,
                    "column_missing",
                    f'The column "{missing[0]}" is missing; the header has {", ".join(t for t in texts if t)}.',
                    "Take the flat file as published.",
                    number,
                    missing[0],
                )
            return texts
        if number > _SEARCHED:
            break
    raise refuse(
        file,
        "header_missing",
        f'The sheet "{SHEET}" has no header row with "Level 1" and "UOM" in its first {_SEARCHED} rows.',
        "Take the flat file as published.",
    )


def _year(file: str, header: Sequence[str]) -> int:
    """The year of the edition, from the heading of its factor column."""
    found = [(h, m[1]) for h in header if (m := _FACTOR.fullmatch(plain(h)))]
    years = [text for _, text in found if re.fullmatch(r"20\d\d", text)]
    heading = 'The heading of the factor column is "GHG Conversion Factor" and the year.'
    if len(found) > 1:
        names = ", ".join(h for h, _ in found)
        raise refuse(file, "years_several", f"The sheet has more than one factor column: {names}.", "Keep one year.")
    if not found:
        named = ", ".join(h for h in header if h)
        message = f'There is no column "GHG Conversion Factor <year>"; the header has {named}.'
        raise refuse(file, "column_missing", message, f"{heading} {AGAIN}")
    if not years:
        raise refuse(file, "year_missing", f'No year is named in "{found[0][0]}".', f"{heading} {AGAIN}")
    return int(years[0])


def _text(cells: Sequence[Cell], at: int) -> str:
    value = cells[at].value if at < len(cells) else None
    return "" if value is None else " ".join(str(value).split())


def _figure(number: int, column: str, cell: Cell, findings: Findings) -> str | None:
    """The figure of a cell as text; what is none is noted."""
    if isinstance(cell.value, bool) or not isinstance(cell.value, int | float):
        return findings.number(number, column, " ".join(str(cell.value).split()) or "(blank)")
    if cell.is_percent:
        message = f'"{number_text(cell.value * 100)}%" is a percentage where a factor belongs.'
        findings.error(number, column, "percent_not_number", message, PLAIN_NUMBER)
        return None
    return findings.number(number, column, number_text(float(cell.value)))


def _refuse_formulas(path: Path, blanks: set[int], column: str, value_at: int, findings: Findings) -> None:
    """A formula without a stored value reads as an empty cell; it must not pass for "not published"."""
    if not blanks:
        return
    for number, cells in sheet_cells(path, SHEET, formulas=True):
        if number in blanks and value_at < len(cells) and str(cells[value_at].value or "").startswith("="):
            message = f'"{cells[value_at].value}" is a formula without a stored value.'
            remedy = "Open the file in a spreadsheet program and save it, or take it as published."
            findings.error(number, column, "formula_without_value", message, remedy)
