"""Reading asset files: find the header, understand the columns, type the cells, join the files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from greendigital.columns import ASSETS, names
from greendigital.config import Config
from greendigital.errors import InputError, Problem
from greendigital.factorset import FactorLibrary, load_library
from greendigital.inputs import InputRecord, sha256_of, source_ids
from greendigital.inventory.assets import Assets
from greendigital.inventory.findings import Findings
from greendigital.inventory.join import join_by_serial, join_disposals
from greendigital.inventory.profiles import DISPOSAL, Header, find_header
from greendigital.inventory.rows import RowReader
from greendigital.inventory.sheets import Sheet, read_sheets

_DEFAULT_COUNTRY = "GBR"


def recognise(path: str | Path) -> str | None:
    """The format of an asset file from its header; None when it is not understood."""
    for sheet in read_sheets(Path(path)):
        header = find_header(sheet.rows)
        if header is not None:
            return header.profile.name
    return None


def read_inventory(*paths: str | Path, config: Config | None = None, library: FactorLibrary | None = None) -> Assets:
    """Read asset files and join them by serial number.

    Raises
    ------
    InputError
        If a file is missing, empty, not what its name says, or of no format known here.
    """
    config, library = config or Config(), library or load_library()
    files = [Path(p) for p in paths]
    reader = _Reader(config, library)
    failed: list[Problem] = []
    for path, source_id in zip(files, source_ids(files), strict=True):
        try:
            reader.read(path, source_id)
        except InputError as error:
            failed += error.problems
    if failed:
        raise InputError(failed)
    return reader.finish()


class _Reader:
    """State of one reading of several files."""

    def __init__(self, config: Config, library: FactorLibrary) -> None:
        self.config = config
        self.library = library
        self.assets = Assets()
        self.findings: dict[str, Findings] = {}
        self.managed: set[str] = set()
        self.disposals: list[tuple[dict[str, Any], Findings]] = []

    def read(self, path: Path, source_id: str) -> None:
        """Read the tables of one file that look like an asset list."""
        understood = [(s, h) for s in read_sheets(path) if (h := find_header(s.rows)) is not None]
        if not understood:
            raise InputError(_unknown_format(path))
        for index, (sheet, header) in enumerate(understood):
            name = source_id if index == 0 else f"{source_id}!{sheet.name}"
            self._read_sheet(path, name, sheet, header, index)

    def _read_sheet(self, path: Path, source_id: str, sheet: Sheet, header: Header, index: int) -> None:
        findings = self.findings[source_id] = Findings(path.name)
        _check_columns(header, findings)
        reader = RowReader(header, sheet.rows, self.library, findings)
        rows = reader.read()
        if header.profile.name == DISPOSAL:
            self.disposals += [(row, findings) for row in rows]
        else:
            for row in rows:
                row.update(source_id=source_id, line_id=f"{source_id}:{row['source_row']}")
            self.assets.rows += rows
            if header.profile.management_tool:
                self.managed.add(source_id)
        if index == 0:
            self.assets.inputs.append(
                InputRecord(
                    file=path.name,
                    sha256=sha256_of(path),
                    source_id=source_id,
                    format=header.profile.name,
                    lines=len(rows),
                    profile_verified=header.profile.verified,
                    columns={str(c): n for c, n in zip(header.cells, header.columns, strict=True) if n},
                    set_aside=dict(Counter(r["set_aside"] for r in rows if r["set_aside"])),
                )
            )
        else:
            record = self.assets.inputs[-1]
            record.lines += len(rows)

    def finish(self) -> Assets:
        """Join, complete from sites and organisation, and close the findings."""
        join_by_serial(self.assets.rows, self.managed, self.findings)
        for findings in {id(f): f for _, f in self.disposals}.values():
            join_disposals(self.assets.rows, [r for r, f in self.disposals if f is findings], findings)
        self._complete()
        for findings in self.findings.values():
            self.assets.problems += findings.close()
        return self.assets

    def _complete(self) -> None:
        """Country, room and PUE from the site, the organisation, or the default, flagged."""
        sites = {name.casefold(): site for name, site in self.config.sites.items()}
        assumed: Counter[str] = Counter()
        for row in self.assets.rows:
            site = sites.get((row["site"] or "").casefold())
            if site is not None:
                row["site"] = site.name
                row["location_type"] = row["location_type"] or site.location_type
                row["pue"] = row["pue"] if row["pue"] is not None else site.pue
            row["country"] = row["country"] or (site.country if site else None) or self.config.country
            if row["country"] is None:
                row.update(country=_DEFAULT_COUNTRY, country_assumed=True)
                assumed[row["source_id"]] += 1
        for source_id, count in assumed.items():
            self.findings[source_id].add(
                "note",
                "country_assumed",
                f"{count:,} lines name no country; {_DEFAULT_COUNTRY} is taken.",
                "Give a country column, or the country of the organisation in greendigital.toml.",
            )


def _check_columns(header: Header, findings: Findings) -> None:
    """Columns that are there twice, and columns that are not used."""
    seen: dict[str, int] = {}
    unused = []
    for position, (cell, name) in enumerate(zip(header.cells, header.columns, strict=True), start=1):
        if name is None:
            if cell is not None:
                unused.append(str(cell))
            continue
        if name in seen and str(header.cells[seen[name] - 1]) == str(cell):
            findings.add(
                "error",
                "column_twice",
                f'"{cell}" is there twice, in columns {seen[name]} and {position}; the first is used.',
                "Take one out, or rename it.",
                header.row,
                cell,
            )
        elif name in seen:
            findings.add(
                "note",
                "column_second",
                f'"{cell}" means the same as "{header.cells[seen[name] - 1]}"; the first is used.',
                "",
                header.row,
                cell,
            )
        seen.setdefault(name, position)
    if unused:
        findings.add("note", "columns_ignored", f"Columns not used: {', '.join(_first(unused, 12))}.", "", header.row)


def _first(words: list[str], most: int) -> Iterator[str]:
    yield from words[:most]
    if len(words) > most:
        yield f"and {len(words) - most} more"


def _unknown_format(path: Path) -> Problem:
    return Problem(
        "error",
        "format_unknown",
        "No header of a known format was found in the first rows.",
        f"Give a column category or model, under names such as {', '.join(names(ASSETS)[1:6])}; "
        "or a FOCUS bill. See docs/formats.md.",
        path.name,
    )
