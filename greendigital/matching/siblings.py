"""The nearest relative of a model that has no row: another generation, another variant, the next number.

Never used unless it is asked for, and shown with both names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from greendigital.factorset import FactorLibrary
from greendigital.matching.model_name import ModelName, parse_name
from greendigital.matching.rows import Row, index_of
from greendigital.matching.words import words_of

_GENERATIONS_APART = 2
_NUMBERS_APART = 10


def siblings_of(library: FactorLibrary, maker: str, text: str) -> Sequence[Row]:
    """Rows of the nearest relative; none when there is none near enough.

    Near, in this order: the same name one or two generations away; the same number and generation with other variant
    words; the same family and generation with a number at most ten away (840 and 845).
    """
    written = parse_name(text, maker)
    if not written.core:
        return ()
    ranked: list[tuple[tuple[int, int], str, Row]] = []
    for names in index_of(library, maker).values():
        for name, row in names:
            if not name.apple and (distance := _distance(written, name)):
                ranked.append((distance, row["model"], row))
    if not ranked:
        return ()
    nearest = min(ranked, key=lambda item: item[:2])
    return [row for distance, model, row in ranked if (distance, model) == nearest[:2]]


def _distance(written: ModelName, published: ModelName) -> tuple[int, int] | None:
    """How near two names are; None when they are no siblings."""
    apart = abs(_number(written.generation) - _number(published.generation))
    if written.core == published.core:
        return (1, apart) if apart <= _GENERATIONS_APART else None
    if apart:
        return None
    ours, theirs = _numbers(written), _numbers(published)
    if ours == theirs and ours:
        other = len(written.core ^ published.core)
        return (2, other) if other <= 1 else None
    if written.core - ours != published.core - theirs or len(ours) != 1 or len(theirs) != 1:
        return None
    one, two = _parts(*ours), _parts(*theirs)
    gap = abs(one[1] - two[1])
    if one[0] != two[0] or gap > _NUMBERS_APART:
        return None
    return (2, 1) if not gap else (3, gap) if one[2] == two[2] else None


def _numbers(name: ModelName) -> frozenset[str]:
    """Words with a number that names the model."""
    return frozenset(w for w in name.core - words_of("variant").keys() if any(c.isdigit() for c in w))


def _number(text: str) -> int:
    digits = re.sub(r"\D", "", text)
    return int(digits) if digits else 0


def _parts(word: str) -> tuple[str, int, str]:
    """Letters, number and letters of a model number: T480s."""
    match = re.match(r"^([a-z]*)(\d+)(.*)$", word)
    return (match[1], int(match[2]), match[3]) if match else (word, 0, "")
