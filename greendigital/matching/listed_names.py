"""The names in one row of a product table, which may list several models: EliteBook 840, 846 G5."""

from __future__ import annotations

import re

from greendigital.matching.names import normalise_model
from greendigital.matching.words import family_words, words_of

_SENTENCES = re.compile(r"\s*[,，]\s*|(?<=[A-Za-z0-9)])\.\s*(?=[A-Z])|\((?=Think)")
_WITH_CODE = re.compile(r"^(.+) \(([A-Z]{2}-[A-Z0-9]+)\)$")
"""Samsung's names give the code beside: Galaxy A12 (SM-A127F)."""
_GENERATION = re.compile(r"\bg\d{1,2}\b")
_MORE_FAMILIES = ("ideapad", "yoga", "flex", "legion", "xiaoxin", "yangtian", "zhaoyang", "tianyi", "lenovo", "zhan")


def names_of_row(model: str, maker: str) -> list[str]:
    """Each model that a published name lists, whole.

    A name without family takes that of the first; a name without generation and form takes those of a next one
    without family (EliteBook 840, 846 G5), never those of another family (ThinkPad E14, ThinkPad S3 Gen 2).
    An Apple name is one: its commas and points belong to it.
    """
    if maker == "apple" or not re.search(r"[/,，.(]", model):
        return [model]
    if coded := _WITH_CODE.match(model):
        return [coded[1], coded[2]]
    parts = [part for whole in _SENTENCES.split(model) for part in re.split(r"\s*/\s*", whole)]
    parts = [part for part in parts if re.search(r"\d", part) or len(parts) == 1]
    texts = [normalise_model(part, maker) for part in parts] or [normalise_model(model, maker)]
    family = _family(texts[0])
    found: list[str] = []
    for position, text in enumerate(texts):
        if family and not _family(text):
            text = f"{family} {text}"
        following = texts[position + 1 :]
        abbreviated = [t for t in following if not _family(t)]
        if abbreviated and following and following[0] == abbreviated[0]:
            text = _with_tail(text, abbreviated[-1])
        found.append(text)
    return found


def _family(text: str) -> str:
    padded = f" {text} "
    families = [word for word, _ in family_words()] + list(_MORE_FAMILIES)
    return next((word for word in families if f" {word} " in padded), "")


def _with_tail(text: str, last: str) -> str:
    """A name with the generation and the form that stand only at the end of the list."""
    words = set(text.split())
    tail = [w for w in last.split() if w in words_of("form") and w not in words]
    generation = _GENERATION.search(last)
    if generation and not _GENERATION.search(text):
        tail.insert(0, generation[0])
    return " ".join([text, *tail])
