"""The words of maker and model names, read from the tables beside this module."""

from __future__ import annotations

import csv
import re
from functools import lru_cache
from pathlib import Path

_FOLDER = Path(__file__).parent


def plain_words(text: str) -> str:
    """Text without case and punctuation; the plus sign stays."""
    return re.sub(r"[^a-z0-9+]+", " ", text.casefold()).strip()


def _rows(name: str) -> list[dict[str, str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@lru_cache(maxsize=1)
def maker_aliases() -> dict[str, str]:
    """Makers by each of their names."""
    return {plain_words(row["alias"]): row["maker"] for row in _rows("makers.csv")}


@lru_cache(maxsize=1)
def family_words() -> tuple[tuple[str, str], ...]:
    """Words of product families with their device category, longest first."""
    rows = [(row["word"], row["category"]) for row in _rows("family_words.csv") if row["category"]]
    return tuple(sorted(rows, key=lambda item: -len(item[0])))


@lru_cache(maxsize=1)
def family_makers() -> tuple[tuple[str, str], ...]:
    """Words of product families with the one maker that uses them, longest first."""
    rows = [(row["word"], row["maker"]) for row in _rows("family_words.csv") if row["maker"]]
    return tuple(sorted(rows, key=lambda item: -len(item[0])))


@lru_cache(maxsize=16)
def words_of(kind: str) -> dict[str, str]:
    """Words of one kind with what they mean; the kinds are

    - joined: phrases written as one word, or left out where they tell nothing;
    - filler: words that describe a model and never tell two apart ('laptop' is none: a Surface Laptop Go is no
      Surface Go);
    - brand: names of a monitor range before a number that says it all;
    - form: shapes of one model, which may be missing on one side;
    - processor: makers of the processor;
    - numbered: families whose small number is the generation (iPhone 13);
    - variant: words with a number that is none (x360);
    - apple_line: product lines of Apple.
    """
    return {row["words"]: row["means"] for row in _rows("words.csv") if row["kind"] == kind}


@lru_cache(maxsize=1)
def joined_phrases() -> re.Pattern[str]:
    """One pattern of all phrases that become one word, the longest first."""
    phrases = sorted(words_of("joined"), key=len, reverse=True)
    return re.compile(r"\b(?:" + "|".join(re.escape(p) for p in phrases) + r")\b")
