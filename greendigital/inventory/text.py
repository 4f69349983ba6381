"""Delimited text: its encoding, its delimiter, and records that a stray quotation mark does not swallow."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import itertools
import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from greendigital.errors import InputError, Problem
from greendigital.inputs import utf16_of
from greendigital.inventory.recognition import find_header
from greendigital.inventory.sheets import LONGEST_CELL, Row, Sheet

_DELIMITERS = ",;\t|"
_HEAD_BYTES = 1 << 20
_HEAD_LINES = 60
_LONGEST_LINE = 1 << 20
"""Characters of a line; what is longer is cut, and the line left out."""

_CUT_CHARACTER = "\ufffd"
"""What the half character at the end of a cut UTF-16 file is decoded to."""

_BLOCK_LINES = 4096
_FEW_RECORDS = 8
_UNLIKE = 0.97
"""Share of the cells of a column that are the only ones of their value, from which on it holds numbers of devices."""
_MOST_REMEMBERED = 100_000
_SEPARATOR_LINE = re.compile(r"^\ufeff?sep=(.)\r?\n", re.IGNORECASE)


def read_text(path: Path, first: int | None) -> Sheet:
    """The one table of a delimited text.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    try:
        encoding = _encoding(path, None if first is None else _HEAD_BYTES)
        with _opened(path) as raw, io.TextIOWrapper(raw, encoding, errors="replace", newline="") as handle:
            return _table(handle, first)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            Problem("error", "file_not_readable", f"The file cannot be read ({error}).", "Export it again.", path.name)
        ) from None


def _opened(path: Path) -> Any:
    return gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")


def _encoding(path: Path, size: int | None) -> str:
    """UTF-16, UTF-8, or else Windows-1252; a head of a file may end in the middle of a character."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    with _opened(path) as handle:
        block = handle.read(_HEAD_BYTES)
        if encoding := utf16_of(block[:4096]):
            return encoding
        try:
            while block:
                decoder.decode(block)
                block = handle.read(_HEAD_BYTES) if size is None else b""
            if size is None:
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "windows-1252"
    return "utf-8-sig"


def _table(handle: io.TextIOWrapper, first: int | None) -> Sheet:
    lines = _Lines(handle)
    head = lines.peek(_HEAD_LINES)
    named = _SEPARATOR_LINE.match(head[0]) if head else None
    if named:
        # The line "sep=;" steers Excel, which does not show it; rows are counted after it.
        lines.drop(1)
        head = lines.peek(_HEAD_LINES)
    delimiter = named[1] if named and named[1] in _DELIMITERS else _delimiter(head)
    rows: list[Row] = []
    stray: list[int] = []
    cut: list[tuple[int, int]] = []
    same = _Cells()
    number = 0
    for records, is_stray in _records(lines, delimiter):
        # A record counts as one row, as a spreadsheet shows it, whatever line breaks its cells hold.
        whole = None if lines.cut else same.rows(records)
        if whole is not None:
            rows += zip(range(number + 1, number + 1 + len(whole)), whole, strict=True)
        else:
            for place, cells in enumerate(records, start=number + 1):
                values = [cell.strip() or None for cell in cells]
                if not any(values):
                    continue
                longest = lines.cut.pop(cells[0], 0) or max(len(v or "") for v in values)
                if longest > LONGEST_CELL:
                    cut.append((place, longest))
                    values = [v[:LONGEST_CELL] if v else v for v in values]
                rows.append((place, values))
        number += len(records)
        if is_stray:
            stray.append(number)
        if first is not None and len(rows) >= first:
            del rows[first:]
            break
    return Sheet("", rows, True, tuple(stray), tuple(cut))


class _Cells(dict[str, str | None]):
    """Cells without blanks around them, None for nothing; one object for all cells of a value that repeats.

    A million rows of an export repeat most of them.
    """

    def rows(self, records: Sequence[list[str]]) -> list[list[str | None]] | None:
        """Rows of many records, by column; None where they are of unlike widths, or one is blank or too long."""
        if len(records) < _FEW_RECORDS or len(set(map(len, records))) > 1:
            return None
        columns = []
        for cells in zip(*records, strict=True):
            distinct = set(cells)
            if max(map(len, distinct)) > LONGEST_CELL:
                return None
            if len(distinct) > _UNLIKE * len(cells):
                columns.append([cell.strip() or None for cell in cells])
                continue
            if len(self) > _MOST_REMEMBERED:
                self.clear()
            self.update((cell, cell.strip() or None) for cell in distinct - self.keys())
            columns.append(list(map(self.__getitem__, cells)))
        if all(None in column for column in columns) and not all(map(any, zip(*columns, strict=True))):
            return None
        return list(map(list, zip(*columns, strict=True)))


class _Lines:
    """Lines of a text with a window that can be looked at twice; one that is too long is cut.

    Attributes
    ----------
    cut
        The beginning of each line that was cut, with its whole length.
    """

    def __init__(self, handle: io.TextIOWrapper) -> None:
        self._handle = handle
        self._window: list[str] = []
        self._ended = False
        self.cut: dict[str, int] = {}

    def peek(self, count: int) -> list[str]:
        """The next lines, as many as there are."""
        while len(self._window) < count and not self._ended:
            line = self._handle.readline(_LONGEST_LINE)
            if not line or line == _CUT_CHARACTER:
                self._ended = True
            elif len(line) == _LONGEST_LINE and not line.endswith("\n"):
                self._window.append(self._skipped(line))
            else:
                self._window.append(line)
        return self._window[:count]

    def _skipped(self, line: str) -> str:
        """The beginning of a line that is too long; the rest of it is read and forgotten."""
        length = len(line)
        while (rest := self._handle.readline(_LONGEST_LINE)) and not rest.endswith("\n"):
            length += len(rest)
        start = re.split(r'[,;\t|"]', line[:200].lstrip('"'))[0]
        self.cut[start] = length + len(rest)
        return start + "\n"

    def line(self, index: int) -> str | None:
        """The line at a place of the window; None behind the last."""
        if index >= len(self._window):
            self.peek(max(index + 1, _BLOCK_LINES))
        return self._window[index] if index < len(self._window) else None

    def drop(self, count: int) -> None:
        """Forget the first lines of the window."""
        del self._window[:count]


def _records(lines: _Lines, delimiter: str) -> Iterator[tuple[Sequence[list[str]], bool]]:
    """Records of delimited text, some at a time, and whether it is one with a stray quotation mark.

    A mark that opens a cell and is never closed, or is closed by the next stray one, would swallow every row between
    them. Its line is taken as it stands instead, and reading goes on with the line below.
    """
    width = 0
    while block := lines.peek(_BLOCK_LINES):
        whole = _one_a_line(block, delimiter)
        if whole is not None:
            lines.drop(len(block))
            width = max(width, *map(len, whole))
            yield whole, False
            continue
        reader = csv.reader(_from(lines), delimiter=delimiter)
        begin = 0
        while begin < len(block):
            try:
                cells = next(reader)
                end = reader.line_num
                several = end - begin > 1
                swallows = (several or lines.line(end) is None) and (
                    _is_stray(lines.peek(end)[begin:end], delimiter)
                    or _holds_rows(lines.peek(end)[begin:end], cells, width, delimiter)
                )
                width = max(width, 0 if swallows else len(cells))
            except StopIteration:
                break
            except csv.Error:  # a cell of more than 131,072 characters
                swallows = True
            if swallows:
                line = lines.line(begin) or ""
                lines.drop(begin + 1)
                yield [[cell.strip('"') for cell in line.rstrip("\r\n").split(delimiter)]], True
                break
            yield [cells], False
            begin = end
        else:
            lines.drop(begin)


def _one_a_line(block: list[str], delimiter: str) -> list[list[str]] | None:
    """The records of lines each of which is one; None where a quotation mark says otherwise, or may be a stray one."""
    marked = any('"' in line for line in block)
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if marked else csv.QUOTE_NONE
    try:
        found = list(csv.reader(block, delimiter=delimiter, strict=marked, quoting=quoting))
    except csv.Error:
        return None
    return found if len(found) == len(block) else None


def _from(lines: _Lines) -> Iterator[str]:
    index = 0
    while (line := lines.line(index)) is not None:
        yield line
        index += 1


def _is_stray(lines: list[str], delimiter: str) -> bool:
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        return len(lines) > 1 or "unexpected end" in str(error)
    return False


def _holds_rows(lines: list[str], cells: list[str], width: int, delimiter: str) -> bool:
    """Whether the lines of a record are rows of their own, which two stray marks have made into one."""
    if len(lines) < 2 or width < 3:
        return False
    inner = lines[1:] if len(cells) != width else lines[1:-1]
    return any(line.count(delimiter) >= width - 1 for line in inner)


def _delimiter(lines: Sequence[str]) -> str:
    """The delimiter with which most columns are understood; else the one that a single line holds most often."""

    def understood(delimiter: str) -> int:
        try:
            rows = [(n, [c.strip() or None for c in r]) for n, r in enumerate(csv.reader(lines, delimiter=delimiter))]
        except csv.Error:
            return 0
        header = find_header([(n, cells) for n, cells in rows if any(cells)])
        return sum(name is not None for name in header.columns) if header else 0

    def frequency(delimiter: str) -> int:
        return max((line.count(delimiter) for line in itertools.islice(lines, _HEAD_LINES)), default=0)

    return max(_DELIMITERS, key=lambda d: (understood(d), frequency(d), -_DELIMITERS.index(d)))
