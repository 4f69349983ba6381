"""What was read: one record per input file, as it stands in run.json and summary.json."""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from greendigital.errors import InputError, Problem


@dataclass(slots=True)
class InputRecord:
    """One input file.

    Attributes
    ----------
    file, sha256
        File name without folder, and the checksum of its bytes.
    source_id
        Name of the source in ``line_id``: the file name, with ``#2`` when it repeats.
    format
        ``assets``, ``register``, ``intune``, ``focus-1.0`` ...
    profile_verified
        Whether the profile of the format was verified on a real file; None where no profile is needed.
    lines
        Data rows, blank rows and repeated headers left out.
    columns
        Source column to our column.
    set_aside
        Counts of rows that are not hardware to estimate, by reason.
    costs
        Per currency: ``{"currency", "billed", "effective", "list"}`` over all rows of a bill.
    cost_basis
        Whether the costs of a bill are ``actual`` or ``amortised``, or ``both`` in one; None where it does not say.
    """

    file: str
    sha256: str
    source_id: str
    format: str
    lines: int = 0
    profile_verified: bool | None = None
    columns: dict[str, str] = field(default_factory=dict)
    set_aside: dict[str, int] = field(default_factory=dict)
    costs: list[dict[str, object]] = field(default_factory=list)
    cost_basis: str | None = None


def sha256_of(path: Path) -> str:
    """SHA-256 of the file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    for block in _blocks(path):
        digest.update(block)
    return digest.hexdigest()


def _blocks(path: Path, size: int = 1 << 20) -> Iterator[bytes]:
    with path.open("rb") as handle:
        while block := handle.read(size):
            yield block


def source_ids(paths: list[Path]) -> list[str]:
    """File names, with ``#2``, ``#3`` where a name repeats."""
    seen: dict[str, int] = {}
    found = []
    for path in paths:
        count = seen[path.name] = seen.get(path.name, 0) + 1
        found.append(path.name if count == 1 else f"{path.name}#{count}")
    return found


_TABLES = (".csv", ".gz", ".parquet", ".pq", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".xlsx", ".xlsm", ".ods")
"""Endings of files that are looked at in a folder."""


def expand(paths: Iterable[str | Path]) -> list[Path]:
    """Files of folders and patterns, in the order of their names; a file stands for itself.

    Of a folder every file at any depth that may be a table is taken, hidden ones and manifests of an export left out.
    Patterns are those of a shell, which Windows leaves to the program: ``bills/*.csv``, ``bills/**/*.parquet``.

    Raises
    ------
    InputError
        If a folder holds no such file, or a pattern fits none.
    """
    found: list[Path] = []
    for given in map(Path, paths):
        if given.is_dir():
            inside = [p for p in sorted(given.rglob("*")) if p.is_file() and _is_table(p.relative_to(given))]
            if not inside:
                message = "The folder holds no file that may be a table."
                raise _refused("file_missing", message, f"Name one with files of {', '.join(_TABLES)}.", given)
        elif not given.exists() and any(sign in str(given) for sign in "*?["):
            anchor = Path(given.anchor or ".")
            inside = sorted(p for p in anchor.glob(str(given.relative_to(given.anchor))) if p.is_file())
            if not inside:
                raise _refused("file_missing", "No file fits the pattern.", "Check the names and folder.", given)
        else:
            inside = [given]
        found += inside
    return found


def _is_table(path: Path) -> bool:
    """Whether a file of a folder may be a table: of a known kind, not hidden, and not the manifest of an export."""
    hidden = any(part.startswith((".", "_")) for part in path.parts)
    return not hidden and path.suffix.lower() in _TABLES and "manifest" not in path.name.casefold()


_WORKBOOKS = (".xlsx", ".xlsm")
_OPEN_WORKBOOK = ".ods"
_BINARY = (*_WORKBOOKS, _OPEN_WORKBOOK, ".gz", ".parquet", ".pq")
BILL_COLUMNS = ("ChargeCategory", "ChargePeriodStart", "ProviderName", "ServiceName", "BilledCost")
"""Columns that a FOCUS bill must have; no asset list has several of them."""

LIKELY_BILL = 3
"""A file with so many of them is meant as a bill."""

_OLE = b"\xd0\xcf\x11\xe0"
"""Start of old Excel files, and of new ones that are locked by a password."""

_ZIP = b"PK\x03\x04"
_OPEN_DOCUMENT = b"mimetypeapplication/vnd.oasis.opendocument"
"""What an OpenDocument file begins with, right behind the 30 bytes of its first zip entry."""

_WEB_PAGE = re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype\s+html|html)\b", re.IGNORECASE)

_KINDS = {
    b"PK\x03\x04": "a workbook or zip",
    _OLE: "an old or password-protected Office file",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "gzip",
    b"PAR1": "Parquet",
}


def check_readable(path: Path) -> None:
    """Refuse a file that nothing can be read from, before anybody asks what format it has.

    Raises
    ------
    InputError
        If the file is missing, a folder, empty, locked, or not what its name says.
    """
    if not path.exists():
        raise _refused("file_missing", "There is no such file.", "Check the name and folder.", path)
    if path.is_dir():
        raise _refused("file_is_folder", "This is a folder.", "Name the files in it.", path)
    try:
        size = path.stat().st_size
        with path.open("rb") as handle:
            head = handle.read(4096)
    except OSError as error:
        reason = error.strerror or "no access"
        raise _refused(
            "file_not_readable", f"The file cannot be opened ({reason}).", "Close or copy it, and try again.", path
        ) from None
    if size == 0:
        raise _refused("file_empty", "The file is empty.", "Export it again.", path)
    _check_other_kinds(path, head)
    _check_kind(path, head)
    if path.suffix.lower() == ".gz":
        status = path.stat()
        _check_gzip(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=64)
def _check_gzip(path: Path, _size: int, _changed: int) -> None:
    """Read a gzip file to its end, once: a reader that meets a cut one gives the rows before the cut, and no word."""
    try:
        with gzip.open(path, "rb") as handle:
            while handle.read(1 << 20):
                pass
    except (OSError, EOFError, zlib.error):
        message = "The gzip file is damaged, cut short, or no gzip file."
        raise _refused("file_not_readable", message, "Export or copy it again.", path) from None


def _check_other_kinds(path: Path, head: bytes) -> None:
    """Files people do have, and that no reader here reads: each with the way out."""
    ending = path.suffix.lower()
    named = f" named {ending}" if ending != ".pdf" else ""
    if head.startswith(_ZIP) and head[30:].startswith(_OPEN_DOCUMENT) and ending != _OPEN_WORKBOOK:
        message, remedy = (
            f"This is an OpenDocument file{named}.",
            "Give a spreadsheet the ending .ods, or save it as CSV.",
        )
    elif head.startswith(b"%PDF"):
        message, remedy = f"This is a PDF{named}.", "Ask for the list itself, as XLSX or CSV."
    elif _WEB_PAGE.match(head):
        message = "This is a web page, not the list itself."
        remedy = "Export it again as CSV or XLSX; a download that asks to sign in leaves such a page."
    elif head.startswith(_OLE) and ending == ".xls":
        message, remedy = "Excel workbooks of the old kind (.xls) are not read.", "Save it as XLSX or CSV."
    elif head.startswith(_ZIP) and ending == ".xlsb":
        message, remedy = "Binary Excel workbooks (.xlsb) are not read.", "Save it as XLSX or CSV."
    elif head.startswith(_ZIP) and ending == ".zip":
        message, remedy = "This is a ZIP archive.", "Unpack it, and name the files in it."
    else:
        return
    raise _refused("file_kind_not_read", message, remedy, path)


def _check_kind(path: Path, head: bytes) -> None:
    ending, kind = path.suffix.lower(), kind_of(head)
    if ending not in _BINARY and (kind or _is_binary(head)):
        raise _refused(
            "file_not_text",
            f'The name ends in "{ending}" but the content is binary{f" ({kind})" if kind else ""}.',
            "Save it as CSV or XLSX, or give it the ending of what it is.",
            path,
        )
    if ending in (*_WORKBOOKS, _OPEN_WORKBOOK) and not head.startswith(b"PK"):
        raise _refused(
            "file_not_workbook",
            f'The name ends in "{ending}" but the content is {kind or "no workbook"}.',
            "Save it as XLSX without a password, or as CSV.",
            path,
        )


def _refused(code: str, message: str, remedy: str, path: Path) -> InputError:
    return InputError(Problem("error", code, message, remedy, path.name))


def kind_of(head: bytes) -> str:
    """What a binary file is, from its first bytes; empty when it is none of the known ones."""
    return next((name for start, name in _KINDS.items() if head.startswith(start)), "")


def utf16_of(head: bytes) -> str:
    """The byte order of UTF-16 text, with or without its mark; empty for anything else."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    even, odd = head[:1024:2], head[1:1024:2]
    # Western text in UTF-16 has a zero in every second byte, and only there.
    if len(odd) > 1 and odd.count(0) > 0.9 * len(odd) and not even.count(0):
        return "utf-16-le"
    if len(even) > 1 and even.count(0) > 0.9 * len(even) and not odd.count(0):
        return "utf-16-be"
    return ""


def _is_binary(head: bytes) -> bool:
    return b"\x00" in head and not utf16_of(head)
