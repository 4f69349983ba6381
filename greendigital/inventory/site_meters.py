"""Site meters: electricity of a site by month, each row of a meter file a reading.

A reading counts only where its meter is marked as one of IT equipment alone. What cannot be used keeps its place as a
line, with the reason; nothing is dropped.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from greendigital.config import Config
from greendigital.inventory.assets import Rows
from greendigital.inventory.dates import DateOrder, order_of, parse_date
from greendigital.inventory.findings import Findings
from greendigital.inventory.profiles import Header, plain
from greendigital.inventory.sheets import Sheet
from greendigital.inventory.values import is_missing, parse_flag, parse_number
from greendigital.units import factor_between

INVALID, NOT_IT_ONLY, TWICE = "invalid_reading", "meter_not_it_only", "meter_twice"
_DEFAULT_COUNTRY = "GBR"
_LARGEST_KWH = 1e9
_YEAR_MONTH = re.compile(r"^((?:19|20)\d{2})[-/. ]?(0[1-9]|1[0-2])(?:\.0)?$", re.ASCII)
_NUMERIC = re.compile(r"^(\d{1,2})[/.\-](\d{1,2})[/.\-]\d{2,4}\b", re.ASCII)
_TOTALS = {"total", "totals", "subtotal", "subtotals"}
_FLAG_WORDS = {"it": True, "it only": True, "only it": True, "all": False, "whole building": False, "mixed": False}
_MONTH_REMEDY = "Write it as YYYY-MM."


@dataclass(slots=True)
class MeterReading:
    """Electricity of a site in a month, and where it was read.

    Attributes
    ----------
    month
        First day of the calendar month; None where it could not be read.
    kwh
        Before PUE; None where it could not be read.
    reason_code
        Why the reading is not used; empty where it may be.
    country, country_assumed, location_type, pue, grid_zone
        Of the site, from the configuration, else from its devices.
    """

    line_id: str
    source_id: str
    source_row: int
    site: str = ""
    month: date | None = None
    kwh: float | None = None
    it_only: bool = False
    reason_code: str = ""
    country: str = _DEFAULT_COUNTRY
    country_assumed: bool = False
    location_type: str = "office"
    pue: float | None = None
    grid_zone: str = ""

    @property
    def key(self) -> str:
        """The site as readings and devices are compared."""
        return site_key(self.site)

    @property
    def last(self) -> date:
        """Last day of the month."""
        assert self.month is not None
        return (self.month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def site_key(site: str) -> str:
    """A site name without case."""
    return site.strip().lower()


def read_meters(name: str, sheet: Sheet, header: Header, findings: Findings) -> list[MeterReading]:
    """One reading for each data row; repeated headers are none."""
    rows = [(n, cells) for n, cells in sheet.rows if n > header.row and tuple(cells) != header.cells]
    return list(_Reader(name, header, findings, sheet.is_text).read(rows))


class _Reader:
    """Types the cells of a meter file."""

    def __init__(self, name: str, header: Header, findings: Findings, is_text: bool) -> None:
        self.name, self.header, self.findings, self.is_text = name, header, findings, is_text
        self.places = {header.columns[i]: i for i in reversed(header.preference())}
        unit = next(w for w in plain(self.heading("kwh")).split() if w in ("kwh", "mwh", "wh"))
        self.to_kwh = factor_between(unit, "kwh")
        self.order = DateOrder(True, True)

    def heading(self, column: str) -> Any:
        return self.header.cells[self.places[column]] if column in self.places else column

    def cell(self, cells: Sequence[Any], column: str) -> Any:
        index = self.places.get(column)
        found = cells[index] if index is not None and index < len(cells) else None
        return None if is_missing(found) else found

    def read(self, rows: Sequence[tuple[int, list[Any]]]) -> Iterator[MeterReading]:
        self.order = self._order(rows)
        for number, cells in rows:
            reading = MeterReading(f"{self.name}:{number}", self.name, number)
            self._fill(reading, cells)
            yield reading

    def _order(self, rows: Sequence[tuple[int, list[Any]]]) -> DateOrder:
        """Day or month first: a column of months has one day throughout, most often the first."""
        values = [(n, self.cell(cells, "month")) for n, cells in rows]
        found = order_of([value for _, value in values])
        if found.decided and not found.mixed:
            return found
        matches = [m for _, v in values if isinstance(v, str) and (m := _NUMERIC.match(v))]
        days, months = {int(m[1]) for m in matches}, {int(m[2]) for m in matches}
        if days == {1} or months == {1}:
            return found._replace(day_first=days == {1}, decided=True, mixed=False)
        self.findings.add(
            "warning",
            "date_order_undecided",
            f'"{found.example}" has the day or the month first, and no date of the file says which; the day is taken.',
            "Write months as YYYY-MM.",
            next(n for n, value in values if value == found.example),
            self.heading("month"),
        )
        return found

    def _fill(self, reading: MeterReading, cells: Sequence[Any]) -> None:
        number = reading.source_row
        filled = max((i for i, c in enumerate(cells) if c is not None), default=-1) + 1
        if self.is_text and filled > len(self.header.cells):
            message = f"The row has {filled} cells, its header {len(self.header.cells)}; the reading is left out."
            self._refuse(
                reading, "row_too_long", message, "Put a cell that holds the separator in quotation marks.", None
            )
            reading.reason_code = "row_too_long"
            return
        site, month, kwh = (self.cell(cells, column) for column in ("site", "month", "kwh"))
        reading.site = _text(site)
        if self._is_total(cells, month):
            label = next(str(c) for c in cells if c is not None)
            message = f'"{label}" heads a totals row, not a reading; it is left out.'
            self.findings.add("warning", "total_row", message, "Take the row out.", number)
            reading.site, reading.reason_code = "", "total_row"
            return
        empty = [column for column, cell in (("site", site), ("month", month), ("kwh", kwh)) if cell is None]
        if empty:
            words = " and ".join(str(self.heading(column)) for column in empty)
            message = f'The reading of "{reading.site or _text(month)}" has no {words}; it is not used.'
            self._refuse(reading, "reading_incomplete", message, "Fill it in, or take the row out.", empty[0])
        if month is not None:
            reading.month = self._month(reading, month)
        if kwh is not None:
            reading.kwh = self._kwh(reading, kwh)
        reading.it_only = self._flag(reading, self.cell(cells, "it_only"))
        if not reading.reason_code and not reading.it_only:
            reading.reason_code = NOT_IT_ONLY

    def _is_total(self, cells: Sequence[Any], month: Any) -> bool:
        label = set(plain(next((c for c in cells if c is not None), "")).split())
        bare = label <= {*_TOTALS, "grand", "overall", "sub", "all", "sites"}
        return bool(label & _TOTALS) and (month is None or bare)

    def _refuse(self, reading: MeterReading, code: str, message: str, remedy: str, column: str | None) -> None:
        heading = self.heading(column) if column else None
        self.findings.add("error", code, message, remedy, reading.source_row, heading)
        reading.reason_code = INVALID

    def _month(self, reading: MeterReading, cell: Any) -> date | None:
        if match := _YEAR_MONTH.match(_text(cell)):
            return date(int(match[1]), int(match[2]), 1)
        try:
            found, looseness = parse_date(cell, self.order)
        except ValueError:
            found, looseness = None, "none"
        if found is None or looseness in ("year_only", "financial_year"):
            self._refuse(reading, "month_invalid", f'"{_text(cell)[:40]}" is not a month.', _MONTH_REMEDY, "month")
            return None
        return found.replace(day=1)

    def _kwh(self, reading: MeterReading, cell: Any) -> float | None:
        try:
            found = parse_number(cell) * self.to_kwh
        except ValueError:
            message, remedy = f'"{str(cell)[:40]}" is not a number.', "Write a plain number, or take the row out."
            self._refuse(reading, "number_invalid", message, remedy, "kwh")
            return None
        if found < 0:
            message, remedy = f'"{cell}" is negative; the reading is not used.', "Correct it, or take the row out."
            self._refuse(reading, "number_negative", message, remedy, "kwh")
        elif found > _LARGEST_KWH:
            message, remedy = f'"{cell}" is too large to be true.', "Correct it, or take the row out."
            self._refuse(reading, "number_implausible", message, remedy, "kwh")
        return found if 0 <= found <= _LARGEST_KWH else None

    def _flag(self, reading: MeterReading, cell: Any) -> bool:
        if cell is None:
            return False
        words = plain(cell)
        if words in _FLAG_WORDS:
            return _FLAG_WORDS[words]
        try:
            return parse_flag(cell)
        except ValueError:
            message = f'"{cell}" is neither yes nor no; the reading is not used.'
            self._refuse(reading, "flag_invalid", message, "Write yes or no.", "it_only")
            return False


def _text(cell: Any) -> str:
    """A cell as text; a whole number without its decimal point."""
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def complete_readings(
    readings: Sequence[MeterReading], rows: Rows, config: Config, findings_of: Callable[[str], Findings]
) -> None:
    """Refuse what is there twice, say what is not used, and give each reading the country and room of its site."""
    _refuse_twice(readings, findings_of)
    sites = {site_key(name): site for name, site in config.sites.items()}
    of_devices = _sites_of(rows, {r.key for r in readings if r.key})
    known = {*sites, *(site_key(s) for s in set(rows.column("site")) if s)} if readings else set()
    told: set[tuple[str, str]] = set()
    for reading in readings:
        if reading.reason_code == NOT_IT_ONLY:
            findings_of(reading.source_id).share(
                "note",
                "meter_not_it_only",
                reading.key,
                f'The meter of "{reading.site}" is not marked as one of IT equipment alone; it is not used.',
                "Write yes under it_only where nothing else hangs on the meter.",
                reading.source_row,
            )
        site, found = sites.get(reading.key), of_devices.get(reading.key, {})
        reading.site = site.name if site else found.get("site") or reading.site
        country = (site.country if site else None) or found.get("country") or config.country
        reading.country, reading.country_assumed = country or _DEFAULT_COUNTRY, country is None
        reading.location_type = (site.location_type if site else None) or found.get("location_type") or "office"
        reading.pue, reading.grid_zone = (site.pue, site.grid_zone) if site else (None, "")
        if (
            known
            and not reading.reason_code
            and reading.key not in known
            and (reading.source_id, reading.key) not in told
        ):
            told.add((reading.source_id, reading.key))
            _note_unknown(reading, rows, config, findings_of(reading.source_id))


def _refuse_twice(readings: Sequence[MeterReading], findings_of: Callable[[str], Findings]) -> None:
    """None of several readings of one site and month is used: they may be one meter twice, or the parts of a sum."""
    same: dict[tuple[str, date | None], list[MeterReading]] = defaultdict(list)
    for reading in readings:
        if not reading.reason_code:
            same[reading.key, reading.month].append(reading)
    for several in same.values():
        if len(several) < 2:
            continue
        places = ", ".join(str(r.source_row) if r.source_id == several[0].source_id else r.line_id for r in several)
        for reading in several:
            reading.reason_code = TWICE
        assert several[0].month is not None
        findings_of(several[0].source_id).add(
            "error",
            "meter_twice",
            f'"{several[0].site}" has {len(several)} readings for {several[0].month:%Y-%m}, in rows {places}; none is '
            "used, since they may be one meter twice or several to be added.",
            "Give one row with the sum of the meters.",
            several[0].source_row,
        )


def _sites_of(rows: Rows, wanted: set[str]) -> dict[str, dict[str, Any]]:
    """Name, country and room of the wanted sites as their devices give them; what differs among them is left out."""
    found: dict[str, dict[str, Any]] = {}
    if not wanted:
        return found
    columns = ("site", "country", "location_type", "country_assumed", "merged_into", "set_aside")
    for site, country, place, assumed, into, aside in zip(*(rows.column(c) for c in columns), strict=True):
        if not site or into or aside or (key := site_key(site)) not in wanted:
            continue
        met = {"site": site, "country": None if assumed else country, "location_type": place}
        before = found.setdefault(key, met)
        if before is not met:
            found[key] = {n: v if n == "site" or v == met[n] else None for n, v in before.items()}
    return found


def _note_unknown(reading: MeterReading, rows: Rows, config: Config, findings: Findings) -> None:
    names: Mapping[str, str] = {site_key(s): s for s in {*config.sites, *filter(None, set(rows.column("site")))}}
    near = difflib.get_close_matches(reading.key, sorted(names), n=1)
    findings.add(
        "warning" if near else "note",
        "meter_site_unknown",
        f'No device and no site of the configuration is called "{reading.site}"; its reading counts as load without '
        "devices.",
        f'Is "{names[near[0]]}" meant? Write both alike, or the energy counts twice.' if near else "",
        reading.source_row,
    )
