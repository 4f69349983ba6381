"""Reading asset files: find the header, understand the columns, type the cells, join the files."""

from __future__ import annotations

import difflib
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from greendigital.config import Config
from greendigital.errors import InputError, Problem
from greendigital.factorset import FactorLibrary, load_library
from greendigital.inputs import BILL_COLUMNS, LIKELY_BILL, InputRecord, sha256_of, source_ids
from greendigital.inventory.assets import Assets
from greendigital.inventory.findings import Findings
from greendigital.inventory.header import check_columns, suggestion
from greendigital.inventory.join import join_by_serial, join_disposals
from greendigital.inventory.profiles import DISPOSAL, HEADER_WITHIN, Header, find_header, heading_key, register_headings
from greendigital.inventory.rows import RowReader
from greendigital.inventory.sheets import Sheet, read_sheets

_DEFAULT_COUNTRY = "GBR"


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
) -> Assets:
    """Read asset files and join them by serial number.

    Parameters
    ----------
    failed
        Where given, the problems of files that cannot be used are added to it, and the other files are read.

    Raises
    ------
    InputError
        If a file is missing, empty, not what its name says, or of no format known here.
    """
    config, library = config or Config(), library or load_library()
    files = [Path(p) for p in paths]
    reader = Reader(config, library)
    unusable: list[Problem] = []
    for path, source_id in zip(files, source_ids(files), strict=True):
        try:
            reader.read(path, source_id)
        except InputError as error:
            unusable += error.problems
    if failed is not None:
        failed += unusable
    elif unusable:
        raise InputError(unusable)
    return reader.finish()


class Reader:
    """State of one reading of several files."""

    def __init__(self, config: Config, library: FactorLibrary) -> None:
        self.config = config
        self.library = library
        self.assets = Assets()
        self.findings: dict[str, Findings] = {}
        self.managed: set[str] = set()
        self.disposals: list[tuple[list[dict[str, Any]], Findings]] = []
        self.readers: list[tuple[RowReader, Findings]] = []

    def read(self, path: Path, source_id: str) -> None:
        """Read the tables of one file that look like an asset list."""
        sheets = [(s, find_header(s.rows)) for s in read_sheets(path)]
        understood = [(s, h) for s, h in sheets if h is not None]
        if not understood:
            raise InputError(_unknown_format(path, sheets[0][0]))
        if not any(s.rows[-1][0] > h.row for s, h in understood):
            raise InputError(_no_rows(path, understood[0][1]))
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
        for sheet, found in sheets:
            if found is None and sheet.rows:
                self._findings_of(source_id).add(
                    "note",
                    "sheet_not_understood",
                    f'The sheet "{sheet.name}" ({len(sheet.rows):,} rows) has no header known here and is not read.',
                    "Give it a column category or model if it lists devices.",
                )
        self._check_repeated(record)
        self.assets.inputs.append(record)

    def _read_sheet(self, name: str, sheet: Sheet, header: Header, findings: Findings, record: InputRecord) -> None:
        check_columns(header, findings)
        reader = RowReader(header, sheet, self.library, findings)
        rows = reader.read()
        for row in rows:
            row.update(source_id=name, line_id=f"{name}:{row['source_row']}")
        if header.profile.name == DISPOSAL:
            self.disposals.append((rows, findings))
        else:
            self.assets.rows += rows
            self.readers.append((reader, findings))
        if header.profile.management_tool:
            self.managed.add(name)
        record.lines += len(rows)
        aside = Counter(r["set_aside"] for r in rows if r["set_aside"])
        record.set_aside = dict(Counter(record.set_aside) + aside)

    def read_rows(self, name: str, sheet: Sheet, header: Header) -> None:
        """Read rows that come from no file; their problems are filed under the name."""
        findings = self.findings[name] = Findings(name)
        reader = RowReader(header, sheet, self.library, findings)
        rows = reader.read()
        for row in rows:
            row.update(source_id=name, line_id=f"{name}:{row['source_row']}")
        self.assets.rows += rows
        self.readers.append((reader, findings))

    def _check_repeated(self, record: InputRecord) -> None:
        same = next((r for r in self.assets.inputs if r.sha256 == record.sha256), None)
        if same is not None:
            self.findings[record.source_id].add(
                "warning",
                "file_repeated",
                f'It has the same content as "{same.source_id}"; devices without a serial number are counted twice.',
                "Give the file once.",
            )

    def finish(self, joined: bool = False) -> Assets:
        """Join, unless that is done, complete from sites and organisation, and close the findings."""
        if not joined:
            join_by_serial(self.assets.rows, self.managed, self.findings)
        for rows, findings in self.disposals:
            join_disposals(self.assets.rows, rows, findings)
        self._after_join()
        self._complete()
        for findings in self.findings.values():
            self.assets.problems += findings.close()
        return self.assets

    def _after_join(self) -> None:
        """What can be said only when the files are joined: stand-ins that stayed, and devices that nothing names."""
        lines = {row["line_id"]: row for row in self.assets.rows}
        for reader, findings in self.readers:
            for row in reader.enrolled:
                device = lines[row["merged_into"]] if row["merged_into"] else row
                # The very same object: the date of the register may happen to be equal.
                if device["acquired_date"] is row["acquired_date"]:
                    findings.share(
                        "note",
                        "enrolment_stands_in",
                        "",
                        "No purchase date: the day of enrolment stands in for it.",
                        "Join a register by serial number.",
                        row["source_row"],
                    )
            for row in reader.placeholders:
                if not row["merged_into"] and row["model"] is None and row["category"] is None:
                    row["set_aside"] = "placeholder"
                    findings.share(
                        "note",
                        "placeholder",
                        "",
                        "The model is a placeholder of the firmware and no category is given; it is set aside.",
                        "Give the model or a category.",
                        row["source_row"],
                        reader.header.heading("model"),
                    )

    def _complete(self) -> None:
        """Country, room and PUE from the site, the organisation, or the default, flagged."""
        sites = {name.casefold(): site for name, site in self.config.sites.items()}
        assumed: Counter[str] = Counter()
        unknown: dict[str, Counter[str]] = defaultdict(Counter)
        for row in self.assets.rows:
            site = sites.get((row["site"] or "").casefold())
            if site is not None:
                row["site"] = site.name
                row["location_type"] = row["location_type"] or site.location_type
                row["pue"] = row["pue"] if row["pue"] is not None else site.pue
            row["country"] = row["country"] or (site.country if site else None) or self.config.country
            counts = not row["merged_into"] and not row["set_aside"]
            if row["country"] is None:
                row.update(country=_DEFAULT_COUNTRY, country_assumed=True)
                assumed[row["source_id"]] += counts
            if counts and sites and row["site"] and site is None:
                unknown[row["source_id"]][row["site"]] += 1
        for source_id, count in assumed.items():
            if count:
                self._findings_of(source_id).add(
                    "note",
                    "country_assumed",
                    f"{count:,} {'lines name' if count > 1 else 'line names'} no country; {_DEFAULT_COUNTRY} is taken.",
                    "Give a country column, or the country of the organisation in greendigital.toml.",
                )
        for source_id, words in unknown.items():
            named = ", ".join(f'"{word}"' for word, _ in words.most_common(5))
            more = f" and {len(words) - 5} more" if len(words) > 5 else ""
            self._findings_of(source_id).add(
                "note",
                "site_unknown",
                f"The configuration does not know these sites, of {sum(words.values()):,} lines: {named}{more}.",
                "Add them there, for their country and room.",
            )
        self._note_unused_sites({word for words in unknown.values() for word in words})

    def _findings_of(self, source_id: str) -> Findings:
        """Findings of a source; rows of a frame may name a source that was not read here."""
        return self.findings.setdefault(source_id, Findings(source_id))

    def _note_unused_sites(self, unknown: set[str]) -> None:
        """Sites of the configuration that no line names: most often two spellings of one."""
        met = {row["site"].casefold() for row in self.assets.rows if row["site"]}
        for name in self.config.sites:
            if not met or name.casefold() in met:
                continue
            folded = {word.casefold(): word for word in sorted(unknown)}
            near = difflib.get_close_matches(name.casefold(), folded, n=1)
            remedy = f'Is "{folded[near[0]]}" in the files meant? Write both alike.' if near else "Check its name."
            message = f'The configuration has a site "{name}", which no line of the files names.'
            self.assets.problems.append(Problem("note", "site_unused", message, remedy))


def _unknown_format(path: Path, sheet: Sheet) -> Problem:
    row, cells = max(sheet.rows[:HEADER_WITHIN], key=lambda r: sum(isinstance(c, str) for c in r[1]))
    words = [str(c) for c in cells if c is not None]
    if len(set(BILL_COLUMNS) & set(words)) >= LIKELY_BILL:
        is_text = path.suffix.lower() not in (".xlsx", ".xlsm")
        remedy = "Read it with read_usage." if is_text else "Save it as CSV, and read that with read_usage."
        return Problem("error", "format_unknown", "This is a cloud bill.", remedy, path.name)
    filled = [f'"{word[:40]}"' for word in words]
    met = ", ".join(filled[:6]) + (f" and {len(filled) - 6} more" if len(filled) > 6 else "")
    known = register_headings()
    understood = [word for word in words if heading_key(word) in known]
    if {"category", "model"} & {known[heading_key(word)] for word in understood}:
        missing = f"Of these only {', '.join(understood)} can be understood, which is too little for a header."
        remedy = "Rename more headings, to names such as serial_number, site or acquired_date."
    else:
        missing, remedy = "No column says what each device is.", 'Rename one heading to "category" or "model".'
    hint = suggestion([word for word in words if word not in understood], known)
    return Problem(
        "error",
        "format_unknown",
        f"The fullest of the first rows holds {met}. {missing}",
        f"{remedy} {hint}".strip(),
        path.name,
        row,
    )


def _no_rows(path: Path, header: Header) -> Problem:
    return Problem(
        "error",
        "file_no_rows",
        f'There are no rows below the header, which begins "{next(c for c in header.cells if c is not None)}".',
        "Export it again with its rows.",
        path.name,
        header.row,
    )
