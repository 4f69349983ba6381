"""Names of Apple products: line, screen size, year, generation and chip, in whatever order they are written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from greendigital.matching.words import words_of

_CHIP = re.compile(r"\b(m[1-9])(?: (pro|max|ultra))?\b")
_YEAR = re.compile(r"\b(20\d\d)\b")
_INCHES = re.compile(r"\b(\d\d(?:_\d)?)inch\b")
_GENERATION = re.compile(r"\bg(\d{1,2})\b")
_PORTS = re.compile(r"\b(two|four) thunderbolt\b")
_LAST_INTEL_YEAR = 2020


@dataclass(frozen=True, slots=True)
class AppleName:
    """Parts of an Apple name; empty or None where the name does not say it."""

    line: frozenset[str]
    size: int | None = None
    year: int | None = None
    generation: str = ""
    chip: str = ""
    ports: str = ""


@lru_cache(maxsize=1)
def _lines() -> tuple[str, ...]:
    return tuple(sorted(words_of("apple_line"), key=len, reverse=True))


def apple_name(text: str) -> AppleName | None:
    """Parts of a normalised Apple name; None for what is no Mac and no iPad."""
    chip = _CHIP.search(text)
    rest = _CHIP.sub(" ", text)
    padded = f" {rest} "
    line = next((line for line in _lines() if f" {line} " in padded), None)
    if line is None:
        return None
    size, year, generation, ports = (p.search(rest) for p in (_INCHES, _YEAR, _GENERATION, _PORTS))
    number = re.search(rf"\b{line} (\d{{1,2}})\b", rest) if "ipad" in line else None
    return AppleName(
        line=frozenset(line.split()),
        size=int(float(size[1].replace("_", "."))) if size else int(number[1]) if number else None,
        year=int(year[1]) if year else None,
        generation=generation[1] if generation else "",
        chip=" ".join(filter(None, chip.groups())) if chip else "",
        ports=ports[1] if ports else "",
    )


def relation_of_apple_names(written: AppleName, published: AppleName) -> Literal["same"] | None:
    """Whether two Apple names are of one model.

    A MacBook of 2020 or before without a chip in its name has an Intel processor; Apple's own later names leave the
    chip out where a model has several.
    """
    if written.generation != published.generation or _differ(written.size, published.size):
        return None
    if _differ(written.year, published.year) or (written.ports and written.ports != published.ports):
        return None
    if written.chip != published.chip:
        if written.chip and published.chip:
            return None
        year = written.year or published.year
        if year is None or year <= _LAST_INTEL_YEAR:
            return None
    return "same"


def _differ(one: object, other: object) -> bool:
    return bool(one and other and one != other)
