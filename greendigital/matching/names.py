"""Maker and model names brought to one spelling, keeping every word that tells two models apart."""

from __future__ import annotations

import re
from functools import lru_cache

from greendigital.matching.words import (
    family_makers,
    family_words,
    joined_phrases,
    maker_aliases,
    plain_words,
    words_of,
)

_INCH_SIGNS = str.maketrans({"″": '"', "”": '"', "“": '"', "′": '"'})
_INCH = re.compile(r'\b(\d+(?:[._]\d+)?)\s*(?:"|-?\s*inch(?:es)?\b)|\b(\d{2}(?:\.\d+)?)-?\s?in\b(?!-)')
_GENERATION = re.compile(
    r"\b(?:gen(?:eration)?[ .]*(\d{1,2})([ai]?)|(\d{1,2})(?:st|nd|rd|th)(?: gen(?:eration)?)?|g(\d{1,2}))\b"
)
_PROCESSOR_LETTER = {"a": " amd", "i": " intel", "": ""}
_LICENCE = re.compile(r"^w\d+(dg|p|h|pdg)$")
"""Windows licences in a model name: ThinkPad T470s W10DG."""
_FOOTNOTE = re.compile(r"\b(server|system|module|plus)\d\b")
"""HPE's names end in the mark of a footnote: ProLiant DL380 Gen10 server4."""
_HP_CONSUMER = re.compile(r"\b(\d{2}[a-z]?)-([a-z]{2})(?:\d(?:xxx|\d{3}[a-z]{0,2}))?\b")
"""A consumer line of HP, with the number of the configuration: 15-fd0xxx is a 15-fd."""


@lru_cache(maxsize=100_000)
def normalise_maker(text: str | None) -> str:
    """The maker under one name; an unknown maker stays as written, without case and punctuation."""
    plain = plain_words(text or "")
    return maker_aliases().get(plain, plain)


def is_known_maker(text: str) -> bool:
    """Whether a word is one of the names of a maker."""
    return plain_words(text) in maker_aliases()


@lru_cache(maxsize=100_000)
def maker_of(manufacturer: str | None, model: str | None) -> str:
    """The maker as written, else the first words of the model, else the one that uses the family's name."""
    if maker := normalise_maker(manufacturer):
        return maker
    words = plain_words(model or "").split()
    for count in (3, 2, 1):
        if found := maker_aliases().get(" ".join(words[:count])):
            return found
    text = f" {normalise_model(model)} "
    return next((maker for word, maker in family_makers() if f" {word} " in text), words[0] if words else "")


@lru_cache(maxsize=100_000)
def normalise_model(model: str | None, maker: str = "") -> str:
    """A model name as words in one spelling.

    Case, punctuation, filler words and a repeated maker go; generation is written ``g7`` however it was spelt; the plus
    sign stays, since Surface Pro 7+ is not Surface Pro 7. Screen sizes written with an inch sign become one word.

    Examples
    --------
    >>> normalise_model("HP EliteBook 840 G7 Notebook PC", "hp") == normalise_model("Elite Book 840 Gen 7", "hp")
    True
    """
    text = (model or "").casefold().translate(_INCH_SIGNS)
    text = _INCH.sub(lambda m: f"{m[1] or m[2]}inch ", text)
    if maker == "hp":
        text = _HP_CONSUMER.sub(r"\1_\2", text)
    text = re.sub(r"(?<=\d)\.(?=\d)", "_", text)
    text = _FOOTNOTE.sub(r"\1", text)
    text = re.sub(r"[^a-z0-9+_]+", " ", text).strip()
    joined = words_of("joined")
    text = joined_phrases().sub(lambda m: joined[m[0]], text)
    text = _GENERATION.sub(_generation, text)
    filler = words_of("filler")
    words = [w for w in text.split() if w not in filler and not _LICENCE.match(w)]
    return " ".join(_without_maker(words, maker))


def _generation(match: re.Match[str]) -> str:
    """Generation in one spelling; the letter of Lenovo's Gen 2a and Gen 2i names the processor."""
    return f"g{match[1] or match[3] or match[4]}{_PROCESSOR_LETTER[match[2] or '']}"


def _without_maker(words: list[str], maker: str) -> list[str]:
    while words and maker:
        count = next((n for n in (3, 2, 1) if maker_aliases().get(" ".join(words[:n])) == maker), 0)
        count = count or int(words[0] == maker)
        if not count:
            break
        words = words[count:]
    return words


def category_from_words(model: str | None) -> str | None:
    """Device category from the family word in a model name; None when there is none."""
    text = f" {normalise_model(model)} "
    return next((category for word, category in family_words() if f" {word} " in text), None)


_SIZE = re.compile(r'(\d{2}(?:\.\d)?)\s*(?:"|″|”|-?\s*inch)', re.IGNORECASE)


def screen_size_in(model: str | None) -> float | None:
    """Screen size that a model name states outright (24", 23.8-inch)."""
    match = _SIZE.search(model or "")
    return float(match[1]) if match else None
