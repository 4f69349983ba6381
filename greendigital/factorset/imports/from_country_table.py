"""Carbon intensity of electricity by country and year: Our World in Data's grapher CSV and Ember's yearly CSVs.

Four headers are known. Our World in Data: ``Entity, Code, Year`` and "Carbon intensity of electricity - gCO2/kWh",
later "... per kWh"; with short names ``entity, code, year, co2_intensity__gco2_kwh``. Ember until mid 2026: one row for
each variable (``Area, ISO 3 code, Year, ..., Variable, Unit, Value``); since then one for each source of electricity
(``..., Electricity source, ..., Emissions intensity (gCO2e/kWh), ...``). All are life-cycle figures of generation.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from greendigital.factorset.imports.draft import Draft, counted, slug
from greendigital.factorset.imports.held import held_factors, settle
from greendigital.factorset.imports.publication import Publication, suffix_of
from greendigital.factorset.imports.reading import AGAIN, Findings, Table, read_table, refuse
from greendigital.factorset.library import FactorLibrary

ACTIVITY = "electricity_life_cycle"
_OWN_CODES = {"OWID_KOS": "XKX"}
_UNIT = "gCO2/kWh"
_UNITS = ("gco2/kwh", "gco2e/kwh")
_WIDE = re.compile(r"emissions intensity \((.+)\)")
_SHORT = "co2_intensity__gco2_kwh"


def _publication(publisher: str, url: str) -> Publication:
    return Publication(
        importer="country-table",
        kind="factors",
        publisher=publisher,
        licence_name="CC-BY-4.0",
        licence_title="Creative Commons Attribution 4.0",
        licence_path="https://creativecommons.org/licenses/by/4.0/",
        url=url,
        caveats=("Life-cycle figures of generation: add no well-to-tank factor.", "Recent years are revised."),
    )


_OWID = _publication(
    "Our World in Data, from Ember and the Energy Institute",
    "https://ourworldindata.org/grapher/carbon-intensity-electricity",
)
_EMBER = _publication("Ember", "https://ember-energy.org/data/yearly-electricity-data/")


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which columns hold what, and which rows count.

    Attributes
    ----------
    place
        The columns of area, code and year.
    only
        Column and value (in small letters) of the rows that hold the carbon intensity.
    unit
        The column of the unit, where there is one.
    """

    publication: Publication
    place: tuple[str, str, str]
    value: str
    only: Mapping[str, str]
    unit: str = ""

    @property
    def source_id(self) -> str:
        """The id of the source, as the shipped set has it for Our World in Data."""
        return "owid-ember" if self.publication is _OWID else "ember-yearly"

    @property
    def title(self) -> str:
        """What the publisher calls the table."""
        of_owid = "Carbon intensity of electricity generation"
        return of_owid if self.publication is _OWID else "Yearly Electricity Data"


def is_country_table(header: tuple[str, ...]) -> bool:
    """Whether a header is one of the known ones."""
    return _layout(header) is not None


def _layout(header: tuple[str, ...]) -> _Layout | None:
    names = {h.casefold(): h for h in header}
    if {"entity", "code", "year"} <= set(names):
        values = [h for h in header if h.casefold().startswith("carbon intensity of electricity") or h == _SHORT]
        values = [h for h in values if "original year" not in h.casefold()]
        if len(values) == 1:
            return _Layout(_OWID, (names["entity"], names["code"], names["year"]), values[0], {})
    if {"area", "iso 3 code", "year"} <= set(names):
        place = (names["area"], names["iso 3 code"], names["year"])
        if {"variable", "unit", "value"} <= set(names):
            return _Layout(_EMBER, place, names["value"], {names["variable"]: "co2 intensity"}, names["unit"])
        wide = [h for h in header if _WIDE.fullmatch(h.casefold())]
        if len(wide) == 1 and "electricity source" in names:
            return _Layout(_EMBER, place, wide[0], {names["electricity source"]: "total generation"})
    return None


def from_country_table(
    path: Path, library: FactorLibrary, today: date, *, name: str | None = None, revisions: bool = False
) -> Draft:
    """A draft of the country-years in a table that the library does not hold.

    Raises
    ------
    InputError
        If the header is none of the known ones, or a figure, year or unit is not what it should be.
    """
    table = read_table(path)
    layout = _layout(table.header)
    if layout is None:
        raise refuse(
            path.name,
            "format_unknown",
            f"The header is that of no known country table: {', '.join(table.header[:8])}.",
            "Take the CSV of Our World in Data's chart, or Ember's yearly data, as published.",
            table.header_row,
        )
    findings = Findings(path.name, [], table.decimal_comma)
    candidates, empty = _rows(table, layout, findings)
    findings.stop()
    if not candidates:
        raise refuse(path.name, "file_no_rows", "There is no figure of carbon intensity in the table.", AGAIN)
    held = held_factors(library, [ACTIVITY])
    settled = settle(candidates, held, _key, ("value",), 2, revisions, suffix_of(today))
    newest = max(row["valid_from"][:4] for _, row in candidates)
    publication, title, source_id = layout.publication, layout.title, layout.source_id
    return publication.draft(
        path,
        today,
        settled,
        findings,
        name=name or f"grid-intensity-by-country-{newest}",
        title="Carbon intensity of electricity generation by country and year",
        edition=newest,
        sources=[publication.source(source_id, title, str(today.year), f"file {path.name}", "CC BY 4.0")],
        left_out=[f"{counted(empty, 'row')} without a figure: not published."] if empty else [],
        revisions=revisions,
    )


def _key(row: Mapping[str, str]) -> Hashable:
    return row.get("region"), (row.get("valid_from") or "")[:4]


def _rows(table: Table, layout: _Layout, findings: Findings) -> tuple[list[tuple[int, dict[str, str]]], int]:
    """The factor rows of the table, and the number of rows without a figure."""
    found: list[tuple[int, dict[str, str]]] = []
    seen: dict[Hashable, int] = {}
    empty = 0
    area, code, year_column = layout.place
    _check_unit_of_heading(table, layout, findings)
    for number, cells in table.rows:
        if any(cells[column].casefold() != wanted for column, wanted in layout.only.items()):
            continue
        unit = cells[layout.unit] if layout.unit else _UNIT
        if unit.casefold() not in _UNITS:
            _refuse_unit(number, layout.unit, unit, findings)
            continue
        year = findings.year(number, year_column, cells[year_column])
        value = findings.number(number, layout.value, cells[layout.value])
        if year is None or value is None:
            empty += not cells[layout.value]
            continue
        row = _row(cells[area], cells[code], year, value, layout.source_id)
        if (first := seen.setdefault(_key(row), number)) != number:
            message = f'"{cells[area]}, {year}" stands in row {first} already.'
            findings.error(number, area, "duplicate_row", message, "Take out one of the two rows.")
        found.append((number, row))
    return found, empty


def _check_unit_of_heading(table: Table, layout: _Layout, findings: Findings) -> None:
    """Some headings name a unit; a figure per MWh or in tonnes must not pass for grams per kWh."""
    heading = layout.value.casefold()
    match = _WIDE.fullmatch(heading) or re.fullmatch(r"carbon intensity of electricity.* - (\S*co2\S*)", heading)
    if match and match[1] not in _UNITS:
        _refuse_unit(table.header_row, layout.value, match[1], findings)


def _refuse_unit(row: int, column: str, unit: str, findings: Findings) -> None:
    message = f'"{unit}" is not the unit of earlier editions ({_UNIT}).'
    findings.error(row, column, "unit_changed", message, "Check the file: a factor of another unit is another factor.")


def region_of(area: str, code: str) -> str:
    """The country code (ISO 3166 alpha-3), or ``agg:`` and the name for a group of countries."""
    code = _OWN_CODES.get(code.upper(), code.upper())
    return code if re.fullmatch(r"[A-Z]{3}", code) else f"agg:{slug(area)}"


def _row(area: str, code: str, year: int, value: str, source_id: str) -> dict[str, str]:
    region = region_of(area, code)
    return {
        "factor_id": f"ember-{slug(region)}-{year}",
        "activity": ACTIVITY,
        "detail": area,
        "value": value,
        "interval": "none",
        "unit": "g_co2e/kwh",
        "basis": "life_cycle",
        "region": region,
        "valid_from": f"{year}-01-01",
        "valid_to": f"{year}-12-31",
        "data_year": str(year),
        "life_cycle_stage": "use",
        "error_group": "ember-country-year",
        "shared_share": "1",
        "width_kind": "electricity_life_cycle",
        "source_id": source_id,
        "source_locator": f"{area}, {year}",
        "quality": "table as published",
        "note": "an aggregate, no country" if region.startswith("agg:") else "",
    }
