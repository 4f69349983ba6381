"""Screen size of a monitor from its model name, where the maker's naming tells it: Dell P2419H, HP E24, Lenovo T24i.

The rules are a table beside this module, one pattern to a line: maker, the pattern of a whole word whose two digits
are the size, an example and its size. They give the size that the maker names, which is up to half an inch above the
measured one (24 for 23.8), in the same size class. Valid for monitors of the makers listed, 15 to 55 inches.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from greendigital.factorset import FactorLibrary
from greendigital.matching.codes import name_of_code, without_codes
from greendigital.matching.names import maker_of, normalise_maker, screen_size_in

SIZE_UNKNOWN = "size_unknown"
"""Variant of a monitor of which neither the line nor a product tells the size."""
_SMALLEST, _LARGEST = 15, 55
_TWO_SIZES = 21
"""Makers call 20.7 and 21.5 inches alike so, which are of two size classes."""
_BETWEEN_WORDS = re.compile(r"[\s/,()]+")


def monitor_size_of(library: FactorLibrary, manufacturer: str | None, model: str | None) -> float | None:
    """Screen size in inches that the model of a monitor tells; None where it does not, or not one alone.

    Parameters
    ----------
    model
        As written, a name or a code that stands for one: ``P2419H``, ``HP E24 G4``, ``DEL40F4``.
    """
    if not model:
        return None
    maker = maker_of(manufacturer, model)
    code = name_of_code(library, maker, model)
    names = code.names if code else (without_codes(maker, model),)
    sizes = {size_in_name(code.maker if code else maker, name) for name in names}
    return sizes.pop() if len(sizes) == 1 else None


def size_in_name(maker: str, name: str) -> float | None:
    """Screen size in inches that the name of a monitor states outright, or that the maker's naming tells.

    Parameters
    ----------
    maker
        Maker in our spelling.

    Examples
    --------
    >>> size_in_name("dell", "U2720Q")
    27.0
    """
    if stated := screen_size_in(name):
        return stated
    words = [word.upper() for word in _BETWEEN_WORDS.split(name) if word and normalise_maker(word) != maker]
    found = {float(match[1]) for word in words for rule in _rules(maker) if (match := rule.fullmatch(word))}
    found = {size for size in found if _SMALLEST <= size <= _LARGEST and size != _TWO_SIZES}
    return found.pop() if len(found) == 1 else None


@lru_cache(maxsize=64)
def _rules(maker: str) -> Sequence[re.Pattern[str]]:
    return [re.compile(row["pattern"]) for row in naming_rules() if row["maker"] == maker]


@lru_cache(maxsize=1)
def naming_rules() -> Sequence[dict[str, str]]:
    """Rows of the table: maker, pattern, example, inches, note."""
    with Path(__file__).with_suffix(".csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))
