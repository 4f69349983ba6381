"""What is wrong or lost in a header: columns that are there twice, and columns that nothing is made of."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from greendigital.inventory.findings import Findings
from greendigital.inventory.profiles import Header, known_headings, plain

_ALIKE = 0.88


def check_columns(header: Header, findings: Findings) -> None:
    """Report columns of one name or meaning, and those that are not used, with what they may be meant for."""
    used: dict[str, int] = {}
    for position in header.preference():
        name, cell = header.columns[position], header.cells[position]
        assert name is not None
        first = used.setdefault(name, position)
        if first == position:
            continue
        if plain(header.cells[first]) == plain(cell):
            findings.add(
                "error",
                "column_twice",
                f'"{cell}" is there twice, in columns {first + 1} and {position + 1}; the first is used.',
                "Take one out, or rename it.",
                header.row,
                cell,
            )
        else:
            findings.add(
                "note",
                "column_second",
                f'"{cell}" means the same as "{header.cells[first]}", which is used where it is filled.',
                "",
                header.row,
                cell,
            )
    unused = [str(c) for c, n in zip(header.cells, header.columns, strict=True) if n is None and c is not None]
    if unused:
        findings.add(
            "note",
            "columns_ignored",
            f"Columns not used: {', '.join(_first(unused, 12))}.",
            _suggestion(header, unused),
            header.row,
        )


def _suggestion(header: Header, unused: list[str]) -> str:
    """Names that a heading may have been meant for, where it misses one by a letter or two."""
    free = [h for h, column in known_headings(header.profile).items() if column not in header.columns]
    found = []
    for cell in unused:
        near = difflib.get_close_matches(plain(cell), free, n=1, cutoff=_ALIKE)
        if near:
            found.append(f'If "{cell}" is meant for {near[0].replace(" ", "_")}, rename it.')
    return " ".join(found[:3])


def _first(words: list[str], most: int) -> Iterator[str]:
    yield from words[:most]
    if len(words) > most:
        yield f"and {len(words) - most} more"
