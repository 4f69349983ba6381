"""Maker and model names brought to one spelling, keeping every word that tells two models apart."""

from __future__ import annotations

import csv
import re
from functools import lru_cache
from pathlib import Path

_FOLDER = Path(__file__).parent
_FILLER = {
    "notebook",
    "pc",
    "monitor",
    "business",
    "display",
    "led",
    "lcd",
    "inch",
    "in",
    "with",
    "the",
    "wide",
    "series",
    "inc",
    "corporation",
    "ltd",
}
_PHRASES = ("mobile workstation", "desktop mini", "touchscreen")
"""Words that describe a model and never tell two apart. 'laptop' is none: Surface Laptop Go is no Surface Go."""
_GENERATION = re.compile(
    r"\b(?:gen(?:eration)?[ .]*(\d{1,2})|(\d{1,2})(?:st|nd|rd|th)[ -]*gen(?:eration)?|g(\d{1,2}))\b"
)
_JOINED = {
    "elite book": "elitebook",
    "pro book": "probook",
    "think pad": "thinkpad",
    "think center": "thinkcentre",
    "thinkcenter": "thinkcentre",
    "think centre": "thinkcentre",
    "opti plex": "optiplex",
    "think vision": "thinkvision",
    "think station": "thinkstation",
    "mac book": "macbook",
    "pro desk": "prodesk",
    "elite desk": "elitedesk",
    "small form factor": "sff",
    "all in one": "aio",
    "2 in 1": "2in1",
    "two in one": "2in1",
    "tiny in one": "tio",
}


@lru_cache(maxsize=1)
def _makers() -> dict[str, str]:
    with (_FOLDER / "makers.csv").open(encoding="utf-8", newline="") as handle:
        return {_words(row["alias"]): row["maker"] for row in csv.DictReader(handle)}


@lru_cache(maxsize=1)
def family_words() -> tuple[tuple[str, str], ...]:
    """Words of product families with their device category, longest first."""
    with (_FOLDER / "family_words.csv").open(encoding="utf-8", newline="") as handle:
        rows = [(row["word"], row["category"]) for row in csv.DictReader(handle)]
    return tuple(sorted(rows, key=lambda item: -len(item[0])))


def _words(text: str) -> str:
    return re.sub(r"[^a-z0-9+]+", " ", text.casefold()).strip()


@lru_cache(maxsize=100_000)
def normalise_maker(text: str | None) -> str:
    """The maker under one name; an unknown maker stays as written, without case and punctuation."""
    plain = _words(text or "")
    return _makers().get(plain, plain)


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
    text = (model or "").casefold().replace("″", '"').replace("”", '"')
    text = re.sub(r'(\d+(?:\.\d+)?)\s*(?:"|-?\s*inch(?:es)?\b)', r"\1inch ", text)
    text = re.sub(r"(?<=\d)\.(?=\d)", "_", text)
    text = re.sub(r"[^a-z0-9+_]+", " ", text).strip()
    for written, joined in _JOINED.items():
        text = re.sub(rf"\b{written}\b", joined, text)
    for phrase in _PHRASES:
        text = text.replace(phrase, " ")
    text = _GENERATION.sub(lambda m: f"g{m[1] or m[2] or m[3]}", text)
    words = [w for w in text.split() if w not in _FILLER]
    while words and maker and normalise_maker(words[0]) == maker:
        words = words[1:]
    return " ".join(words)


def category_from_words(model: str | None) -> str | None:
    """Device category from the family word in a model name; None when there is none."""
    text = f" {normalise_model(model)} "
    return next((category for word, category in family_words() if f" {word} " in text), None)


_SIZE = re.compile(r'(\d{2}(?:\.\d)?)\s*(?:"|″|”|-?\s*inch)', re.IGNORECASE)


def screen_size_in(model: str | None) -> float | None:
    """Screen size that a model name states outright (24", 23.8-inch)."""
    match = _SIZE.search(model or "")
    return float(match[1]) if match else None
