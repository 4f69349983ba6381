"""What is wrong or lost in a header: columns that are there twice, and columns that nothing is made of."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping

from greendigital.inventory.findings import Findings
from greendigital.inventory.profiles import Header, heading_key, known_headings, plain
from greendigital.inventory.recognition import columns_under, differences

_ALIKE = 0.85
"""Ratio of difflib above which a heading is a misspelling: one wrong letter in eight passes, one in six does not."""

_LEAST_LETTERS = 4
_OTHER_WORDS = ("county", "mode", "unit")
"""Ordinary headings that only look like a misspelling of another."""


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
    _note_rival(header, findings)
    pairs = zip(header.cells, header.columns, strict=True)
    # What the profile lists as of no use, such as the reseller, is no surprise.
    unused = [str(c) for c, n in pairs if n is None and c is not None and heading_key(c) not in header.profile.other]
    if unused:
        findings.add(
            "note",
            "columns_ignored",
            f"Columns not used: {', '.join(_first(unused, 12))}.",
            suggestion(unused, known_headings(header.profile), header.columns),
            header.row,
        )


def _note_rival(header: Header, findings: Findings) -> None:
    """A second tool whose headings fit about as well, and what it would make of them."""
    if header.rival is None:
        return
    others = columns_under(header, header.rival)
    unlike = [
        f'"{header.cells[i]}" as {header.columns[i] or "nothing"}, not {others[i] or "nothing"}'
        for i in differences(header.columns, others)
    ]
    findings.add(
        "warning",
        "format_ambiguous",
        f"The headings fit {header.profile.name} and {header.rival.name} about as well; the file is read as "
        f"{header.profile.name}: {', '.join(unlike[:4])}.",
        "Look whether that is right; else give --columns with a profile or the columns.",
        header.row,
    )


def suggestion(unused: Iterable[str], known: Mapping[str, str], taken: Iterable[str | None] = ()) -> str:
    """Columns that misspelt headings may have been meant for, as sentences; at most three.

    Parameters
    ----------
    unused
        Headings that are not understood.
    known
        Our column of each heading, by :func:`~greendigital.inventory.profiles.heading_key`.
    taken
        Columns that the file has already.
    """
    gone = set(taken)
    # Only a column whose own name the format understands can be proposed as the new heading.
    free = {h: column for h, column in known.items() if column not in gone and known.get(heading_key(column)) == column}
    found = []
    for cell in unused:
        word = heading_key(cell)
        near = difflib.get_close_matches(word, [h for h in free if _misspelt(word, h)], n=1, cutoff=0)
        if near and word not in _OTHER_WORDS:
            found.append(f'If "{cell}" is meant for {free[near[0]]}, rename it.')
    return " ".join(found[:3])


def _misspelt(word: str, known: str) -> bool:
    """Whether a heading is a known one with letters swapped, or a wrong, missing or added letter inside or at the end.

    "Last user" is not "Last used": another ending makes another word.
    """
    if len(word) < _LEAST_LETTERS or word[0] != known[0]:
        return False
    if sorted(word) == sorted(known):
        return True
    same_end = word[-1] == known[-1] or known[:-1] == word or word[:-1] == known
    return same_end and difflib.SequenceMatcher(None, word, known).ratio() >= _ALIKE


def _first(words: list[str], most: int) -> Iterator[str]:
    yield from words[:most]
    if len(words) > most:
        yield f"and {len(words) - most} more"
