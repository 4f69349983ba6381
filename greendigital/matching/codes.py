"""Model codes that management tools show, and the names they stand for.

A table is read when a string has the shape of its codes, and no earlier: an estate without HP product numbers never
reads their 14,000 rows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from greendigital.factorset import FactorLibrary
from greendigital.matching.names import is_known_maker, normalise_maker, normalise_model

CODE_SET = "device-model-codes"
_CLEAR_SHARE = 0.9
"""A code of which fewer reports give its first name stands for several products."""

_LENOVO = re.compile(r"^(?=.*\d)([0-9A-Z]{4})(?:[0-9A-Z]{3}|[0-9A-Z]{6})?$", re.IGNORECASE)
_LENOVO_IN_TEXT = re.compile(
    r"\b((?:\d\d|F0)(?=[A-Z]*\d)[0-9A-Z]{8}|\d{4}[0-9A-Z]{3})\b|\(((?:\d\d|F0)[0-9A-Z]{2})\)", re.IGNORECASE
)
_LENOVO_LAST = re.compile(r"\b((?:\d\d|F0)[0-9A-Z]{2})$", re.IGNORECASE)
"""A bare type after a family is looked up (ThinkPad 20L7), and never cut off: a YOGA 900S is no type."""
_APPLE = re.compile(r"^[A-Za-z]+\d{1,2},\d{1,2}$")
_HP = re.compile(r"^((?=.*\d)[0-9A-Z]{6,7})(?:#[0-9A-Z]{3})?$")
_HP_IN_TEXT = re.compile(r"\(?\b[0-9A-Z]{6,7}#[0-9A-Z]{3}\b\)?")
_DELL = re.compile(r"^0[0-9A-F]{3}$")
_EDID = re.compile(r"^([A-Z]{3})[0-9A-F]{4}$")
_SURFACE = re.compile(r"^Surface_[\w+:]+$")


class CodedName(NamedTuple):
    """What a code stands for.

    Attributes
    ----------
    maker
        Maker in our spelling.
    names
        One name; several where the code covers several products, so that it does not decide between them.
    category
        Category of the device; empty where the table does not tell.
    """

    maker: str
    names: tuple[str, ...]
    category: str


@lru_cache(maxsize=100_000)
def name_of_code(library: FactorLibrary, maker: str, model: str) -> CodedName | None:
    """The name that a model code stands for; None when the text is no code, or names the model beside it.

    Parameters
    ----------
    maker
        Maker in our spelling; empty where it is not known.
    model
        Model as written: ``20L7S0XX00``, ``ThinkPad 20L7``, ``MacBookPro16,1``, ``DEL40F4``, ``3JX07EA#ABU``.
    """
    if CODE_SET not in library.sets:
        return None
    text = _alone(model)
    if _APPLE.match(text):
        return _found(library, "apple_identifiers", "apple", text)
    if _SURFACE.match(text):
        return _found(library, "surface_skus", "microsoft", text)
    if (edid := _EDID.match(text)) and is_known_maker(edid[1]):
        return _found(library, "edid_monitor_codes", normalise_maker(edid[1]), text)
    if maker == "lenovo" and (lenovo := _lenovo_type(text)):
        return _found(library, "lenovo_machine_types", "lenovo", lenovo)
    if maker == "dell" and _DELL.match(text.upper()):
        return _found(library, "dell_system_ids", "dell", text.upper())
    if maker == "hp" and (hp := _HP.match(text)):
        return _found(library, "hp_product_numbers", "hp", hp[1])
    return None


def without_codes(maker: str, model: str) -> str:
    """A model without the code that stands beside its name: ``EliteBook 840 G5 (3JX07EA#ABU)``."""
    text = model
    if maker == "lenovo":
        text = _LENOVO_IN_TEXT.sub(" ", text)
    elif maker == "hp":
        text = _HP_IN_TEXT.sub(" ", text)
    first, _, rest = text.strip().partition(" ")
    if rest and (edid := _EDID.match(first)) and is_known_maker(edid[1]):
        text = rest
    return text if any(c.isalnum() for c in text) else model


def _alone(model: str) -> str:
    """The text without a maker before it."""
    words = model.split()
    while len(words) > 1 and is_known_maker(words[0]):
        words = words[1:]
    if len(words) > 1 and words[0].rstrip(".").casefold() in ("inc", "computer"):
        words = words[1:]
    return " ".join(words)


def _lenovo_type(text: str) -> str | None:
    """The machine type of a text that is one, or that names a family and nothing else beside it."""
    if whole := _LENOVO.match(text):
        return whole[1]
    inside = _LENOVO_IN_TEXT.search(text) or _LENOVO_LAST.search(text)
    if inside is None:
        return None
    rest = normalise_model(text.replace(inside[0], " "), "lenovo")
    return None if any(c.isdigit() for c in rest) else inside[0].strip("()")[:4]


def _found(library: FactorLibrary, table: str, maker: str, code: str) -> CodedName | None:
    row = _table(library, table).get(code.casefold())
    if row is None:
        return None
    unclear = row.get("ambiguous") or (row.get("share") or 1) < _CLEAR_SHARE
    others = (row.get("other_names") or "").split("; ") if unclear else []
    said = set(normalise_model(row["model_name"], maker).split())
    # A name that says less than the first ("ThinkPad" beside "ThinkPad X395") is no other product.
    others = [name for name in others if set(normalise_model(name, maker).split()) - said]
    category = "monitor" if table == "edid_monitor_codes" else row.get("category") or ""
    return CodedName(maker, (row["model_name"], *others), category)


@lru_cache(maxsize=64)
def _table(library: FactorLibrary, resource: str) -> Mapping[str, Mapping[str, Any]]:
    rows = library.table(CODE_SET, resource)
    key = next(iter(rows[0]))
    return {row[key].casefold(): row for row in rows}
