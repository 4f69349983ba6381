"""Reading asset files: find the header, understand the columns, type the cells, join the files."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from greendigital.config import Config
from greendigital.errors import ConfigError, InputError, Problem
from greendigital.factorset import FactorLibrary, load_library
from greendigital.inputs import InputRecord, sha256_of, source_ids
from greendigital.inventory.assets import Assets
from greendigital.inventory.blocks import BlockReader
from greendigital.inventory.completion import complete_rows
from greendigital.inventory.devices import DeviceReader, Draft
from greendigital.inventory.disposals import DisposalRecord, join_disposals
from greendigital.inventory.findings import Findings
from greendigital.inventory.header import check_columns
from greendigital.inventory.join import join_files
from greendigital.inventory.looks import by_content
from greendigital.inventory.mapping import NOTHING_MAPPED, ColumnMapping, load_mapping
from greendigital.inventory.profiles import DISPOSAL, METER, Header, heading_key
from greendigital.inventory.recognition import HEADER_WITHIN, find_header
from greendigital.inventory.refusals import no_rows, unknown_format
from greendigital.inventory.rows import RowReader
from greendigital.inventory.sheets import Sheet, read_sheets
from greendigital.inventory.site_meters import complete_readings, read_meters

_MOST_SHEETS_NAMED = 3


def recognise(path: str | Path) -> str | None:
    """The format of an asset file from its header; None when it is not understood."""
    for sheet in read_sheets(Path(path), first=HEADER_WITHIN):
        header = find_header(sheet.rows)
        if header is not None:
            return header.profile.name
    return None


def read_inventory(
    *paths: str | Path,
    config: Config | None = None,
    library: FactorLibrary | None = None,
    failed: list[Problem] | None = None,
    columns: str | Path | Mapping[str, Any] | None = None,
) -> Assets:
    """Read asset files and join them by serial number, asset tag and host name.

    Parameters
    ----------
    failed
        Where given, the problems of files that cannot be used are added to it, and the other files are read.
    columns
        A mapping of our columns to headings of the files, or the TOML file that holds one; it wins over every profile.

    Raises
    ------
    InputError
        If a file is missing, empty, not what its name says, or of no format known here.
    ConfigError
        If the mapping names a column or profile that does not exist, or a heading that no file has.
    """
    config, library = config or Config(), library or load_library()
    files = [Path(p) for p in paths]
    reader = Reader(config, library, load_mapping(columns))
    unusable: list[Problem] = []
    with _uncollected():
        for path, source_id in zip(files, source_ids(files), strict=True):
            try:
                reader.read(path, source_id)
            except InputError as error:
                unusable += error.problems
        reader.check_mapping()
        if failed is not None:
            failed += unusable
        elif unusable:
            raise InputError(unusable)
        return reader.finish()


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the search for circles of references: it would walk a million rows again and again, to find none."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class Reader:
    """State of one reading of several files."""

    def __init__(self, config: Config, library: FactorLibrary, mapping: ColumnMapping = NOTHING_MAPPED) -> None:
        self.config = config
        self.library = library
        self.mapping = mapping
        self.assets = Assets()
        self.findings: dict[str, Findings] = {}
        self.managed: set[str] = set()
        self.disposals: list[tuple[str, list[Draft], Findings]] = []
        self.readers: list[tuple[DeviceReader, int, Findings]] = []
        self.headings: set[str] = set()

    def read(self, path: Path, source_id: str) -> None:
        """Read the tables of one file that look like an asset list."""
        sheets = read_sheets(path)
        found = [(sheet, self._header(sheet)) for sheet in sheets]
        understood = [(s, h) for s, h in found if h is not None]
        if not understood:
            raise InputError(unknown_format(path, sheets, self.library))
        if not any(s.rows[-1][0] > h.row for s, h in understood):
            raise InputError(no_rows(path, understood[0][1]))
        first = understood[0][1]
        record = InputRecord(
            file=path.name,
            sha256=sha256_of(path),
            source_id=source_id,
            format=first.profile.name,
            profile_verified=first.profile.verified,
            columns={str(c): n for c, n in zip(first.cells, first.columns, strict=True) if n},
        )
        for index, (sheet, header) in enumerate(understood):
            name = source_id if index == 0 else f"{source_id}!{sheet.name}"
            findings = self.findings[name] = Findings(source_id, sheet.name if index else "")
            self._read_sheet(name, sheet, header, findings, record)
        self._note_other_sheets(source_id, [sheet for sheet, header in found if header is None and sheet.rows])
        self._check_repeated(record)
        self.assets.inputs.append(record)

    def _header(self, sheet: Sheet) -> Header | None:
        if self.mapping.is_given:
            self.headings |= {
                heading_key(c) for _, row in sheet.rows[:HEADER_WITHIN] for c in row if isinstance(c, str)
            }
        header = find_header(sheet.rows, self.mapping)
        if header is None:
            return None
        return by_content(header, sheet, self.library, self.mapping)

    def _note_other_sheets(self, source_id: str, sheets: Sequence[Sheet]) -> None:
        if len(sheets) > _MOST_SHEETS_NAMED:
            named = ", ".join(f'"{sheet.name}"' for sheet in sheets[:_MOST_SHEETS_NAMED])
            self._findings_of(source_id).add(
                "note",
                "sheet_not_understood",
                f"{len(sheets)} sheets list no devices that are understood and are not read: {named} and "
                f"{len(sheets) - _MOST_SHEETS_NAMED} more.",
                "Give one a column category or model if it lists devices.",
            )
            return
        for sheet in sheets:
            self._findings_of(source_id).add(
                "note",
                "sheet_not_understood",
                f'The sheet "{sheet.name}" ({len(sheet.rows):,} rows) has no header known here and is not read.',
                "Give it a column category or model if it lists devices.",
            )

    def _read_sheet(self, name: str, sheet: Sheet, header: Header, findings: Findings, record: InputRecord) -> None:
        check_columns(header, findings)
        if header.profile.management_tool:
            self.managed.add(name)
        lines, aside = self._read_rows(name, sheet, header, findings)
        record.lines += lines
        record.set_aside = dict(Counter(record.set_aside) + aside)

    def read_rows(self, name: str, sheet: Sheet, header: Header) -> None:
        """Read rows that come from no file; their problems are filed under the name."""
        findings = self.findings[name] = Findings(name)
        self._read_rows(name, sheet, header, findings)

    def _read_rows(self, name: str, sheet: Sheet, header: Header, findings: Findings) -> tuple[int, Counter[str]]:
        """How many rows there were, and how many of them are no hardware, by reason."""
        aside: Counter[str] = Counter()
        if header.profile.name == METER:
            readings = read_meters(name, sheet, header, findings)
            self.assets.meters += readings
            aside.update(r.reason_code for r in readings if r.reason_code)
            return len(readings), aside
        reader = RowReader(header, sheet, self.library, findings)
        if header.profile.name == DISPOSAL:
            disposals = list(reader.read())
            self.disposals.append((name, disposals, findings))
            aside.update(row["set_aside"] for row in disposals if row["set_aside"])
            return len(disposals), aside
        begin = len(self.assets.table)
        for count, columns in BlockReader(reader).read():
            columns["source_id"] = [name] * count
            self.assets.table.extend(count, columns)
            aside.update(filter(None, columns.get("set_aside", ())))
        self.readers.append((reader.devices, begin, findings))
        return len(reader.rows), aside

    def _check_repeated(self, record: InputRecord) -> None:
        same = next((r for r in self.assets.inputs if r.sha256 == record.sha256), None)
        if same is not None:
            self.findings[record.source_id].add(
                "warning",
                "file_repeated",
                f'It has the same content as "{same.source_id}"; devices without a serial number, tag or host name are '
                "counted twice.",
                "Give the file once.",
            )

    def check_mapping(self) -> None:
        """Refuse a mapping that names a heading which no file has."""
        missing = [h for h in self.mapping.written if heading_key(h) not in self.headings]
        if missing and self.headings:
            named = ", ".join(f'"{heading}"' for heading in missing)
            raise ConfigError(f"{self.mapping.name}: No file has the heading {named}. Write it as the file does.")

    def finish(self, joined: bool = False) -> Assets:
        """Join, unless that is done, complete from sites and organisation, and close the findings."""
        table = self.assets.table
        if not joined:
            join_files(table, self.managed, self.findings)
        taken: dict[str, DisposalRecord] = {}
        for name, rows, findings in self.disposals:
            self.assets.disposals += join_disposals(table, name, rows, findings, taken)
        self._after_join()
        metered = {reading.key for reading in self.assets.meters}
        self.assets.problems += complete_rows(table, self.config, self._findings_of, metered)
        complete_readings(self.assets.meters, table, self.config, self._findings_of)
        for findings in self.findings.values():
            self.assets.problems += findings.close()
        return self.assets

    def _after_join(self) -> None:
        """What can be said only when the files are joined: stand-ins that stayed, and devices that nothing names."""
        table = self.assets.table
        merged = any(table.column("merged_into"))
        lines = {line: i for i, line in enumerate(table.column("line_id"))} if merged else {}
        acquired, into = table.column("acquired_date"), table.column("merged_into")
        numbers = table.column("source_row")
        for devices, begin, findings in self.readers:
            for index in (begin + i for i in sorted(set(devices.enrolled))):
                target = lines[into[index]] if into[index] else index
                # The very same object: the date of the register may happen to be equal.
                if acquired[target] is acquired[index]:
                    findings.share(
                        "note",
                        "enrolment_stands_in",
                        "",
                        "No purchase date: the day of enrolment stands in for it.",
                        "Join a register by serial number.",
                        numbers[index],
                    )
            for index in (begin + i for i in devices.placeholders):
                row = table[index]
                if not row["merged_into"] and row["model"] is None and row["category"] is None:
                    row["set_aside"] = "placeholder"
                    findings.share(
                        "note",
                        "placeholder",
                        "",
                        "The model is a placeholder of the firmware and no category is given; it is set aside.",
                        "Give the model or a category.",
                        row["source_row"],
                        devices.header.heading("model"),
                    )

    def _findings_of(self, source_id: str) -> Findings:
        """Findings of a source; rows of a frame may name a source that was not read here."""
        return self.findings.setdefault(source_id, Findings(source_id))
