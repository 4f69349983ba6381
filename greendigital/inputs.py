"""What was read: one record per input file, as it stands in run.json and summary.json."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
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


_WORKBOOKS = (".xlsx", ".xlsm")
_PLAIN_TEXT = (".csv", ".tsv", ".txt")


def check_readable(path: Path) -> None:
    """Refuse a file that nothing can be read from, before anybody asks what format it has.

    Raises
    ------
    InputError
        If the file is missing, a folder, empty, or not text although its name says so.
    """
    if not path.exists():
        raise InputError(
            Problem("error", "file_missing", "There is no such file.", "Check the name and folder.", path.name)
        )
    if path.is_dir():
        raise InputError(Problem("error", "file_is_folder", "This is a folder.", "Name the files in it.", path.name))
    if path.stat().st_size == 0:
        raise InputError(Problem("error", "file_empty", "The file is empty.", "Export it again.", path.name))
    with path.open("rb") as handle:
        head = handle.read(4096)
    if path.suffix.lower() in _PLAIN_TEXT and _is_binary(head):
        raise InputError(
            Problem(
                "error",
                "file_not_text",
                f'The name ends in "{path.suffix}" but the content is binary{_kind_of(head)}.',
                "Save it as CSV, or give it the ending of what it is.",
                path.name,
            )
        )
    if path.suffix.lower() in _WORKBOOKS and not head.startswith(b"PK"):
        raise InputError(
            Problem(
                "error",
                "file_not_workbook",
                f'The name ends in "{path.suffix}" but the content is no workbook.',
                "Save it as XLSX or CSV.",
                path.name,
            )
        )


def _is_binary(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    return b"\x00" in head or head.startswith((b"PK\x03\x04", b"\x89PNG", b"%PDF", b"\xff\xd8\xff", b"\x1f\x8b"))


def _kind_of(head: bytes) -> str:
    kinds = {
        b"PK": " (a workbook or zip)",
        b"\x89PNG": " (a picture)",
        b"%PDF": " (a PDF)",
        b"\xff\xd8": " (a picture)",
        b"\x1f\x8b": " (gzip)",
    }
    return next((name for start, name in kinds.items() if head.startswith(start)), "")
