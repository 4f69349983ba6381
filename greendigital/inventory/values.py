"""Cell values to typed values: numbers, countries, words, device categories."""

from __future__ import annotations

import csv
import difflib
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from greendigital.columns import CONDITIONS, LOCATION_TYPES, OWNERSHIPS, SANITISATIONS, STATUSES
from greendigital.factorset import FactorLibrary
from greendigital.inventory.profiles import plain

MISSING = {"", "n/a", "na", "?", "-", "none", "null", "unknown", "not checked", "not known", "tbc", "no tag", "nan"}
CHOICES = {
    "status": STATUSES,
    "location_type": LOCATION_TYPES,
    "condition": CONDITIONS,
    "ownership": OWNERSHIPS,
    "sanitisation": SANITISATIONS,
}
KEEPS_NONE = ("sanitisation",)
"""Columns in which the word ``none`` is a value and not a missing one."""

_NUMBER = re.compile(r"^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$", re.IGNORECASE)
_FLAGS = {"true": True, "yes": True, "y": True, "1": True, "false": False, "no": False, "n": False, "0": False}
_VIRTUAL = ("vmware", "virtualbox", "qemu", "kvm", "bochs", "standard pc", "parallels virtual", "xen")
_PLACEHOLDERS = {
    "to be filled by o e m",
    "default string",
    "system serial number",
    "not specified",
    "not available",
    "invalid",
    "0",
    "00000000",
    "123456789",
    "chassis serial number",
    "system product name",
    "system manufacturer",
    "o e m",
}


def is_missing(value: Any, column: str = "") -> bool:
    """Whether a cell says nothing: empty, or one of the words people write instead."""
    if value is None:
        return True
    if column in KEEPS_NONE and str(value).strip().casefold() == "none":
        return False
    return isinstance(value, str) and value.strip().casefold() in MISSING


def is_placeholder(text: str | None) -> bool:
    """Whether firmware left a placeholder where a serial number or model should be."""
    return text is not None and (plain(text) in _PLACEHOLDERS or set(plain(text)) <= {"0", " "})


def is_virtual(manufacturer: str | None, model: str | None) -> bool:
    """Whether the row is a virtual machine among hosts."""
    text = f"{manufacturer or ''} {model or ''}".casefold()
    hyper_v = "microsoft corporation" in text and plain(model) == "virtual machine"
    return hyper_v or any(word in text for word in _VIRTUAL)


def parse_number(value: Any) -> float:
    """A number with currency sign, unit or thousands separators.

    Raises
    ------
    ValueError
        If it is none.
    """
    if isinstance(value, bool):
        raise ValueError(str(value))
    if isinstance(value, int | float):
        return float(value)
    text = re.sub(r"[£$€\s]|(?:gbp|usd|eur|kg|gb|kwh|inches|inch|in|\"|″)$", "", str(value).strip().casefold())
    text = re.sub(r"[£$€\s\"″]", "", text)
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    elif re.fullmatch(r"-?\d+,\d{1,2}", text):
        text = text.replace(",", ".")
    if text.endswith("%") and _NUMBER.match(text[:-1]):
        return float(text[:-1]) / 100
    if not _NUMBER.match(text):
        raise ValueError(str(value))
    return float(text)


def parse_flag(value: Any) -> bool:
    """Yes or no.

    Raises
    ------
    ValueError
        If it is neither.
    """
    if isinstance(value, bool):
        return value
    try:
        return _FLAGS[str(value).strip().casefold().removesuffix(".0")]
    except KeyError:
        raise ValueError(str(value)) from None


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    path = Path(__file__).parent / "countries.csv"
    found: dict[str, str] = {}
    with path.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            for name in (row["alpha3"], row["alpha2"], row["name"], *row["other_names"].split("|")):
                if name:
                    found[plain(name)] = row["alpha3"]
    return found


def parse_country(value: Any) -> str:
    """ISO 3166-1 alpha-3 code of a code or English name.

    Raises
    ------
    ValueError
        If there is no such country; the text names the nearest.
    """
    known = _countries()
    text = plain(value)
    if text in known:
        return known[text]
    near = difflib.get_close_matches(text, known, n=3, cutoff=0.6)
    raise ValueError(", ".join(f"{n.title()} ({known[n]})" for n in near) or "GBR, IRL, FRA")


@lru_cache(maxsize=8)
def category_words(library: FactorLibrary) -> dict[str, str]:
    """Everyday and export words to our device categories."""
    rows = library.table("device-category-defaults", "category_synonyms")
    return {plain(row["synonym"]): row["category"] for row in rows} | {
        plain(row["category"]): row["category"] for row in rows
    }


def parse_category(value: str, library: FactorLibrary) -> str | None:
    """Our category of an everyday word; None when the word is not known."""
    words = category_words(library)
    text = plain(value)
    for candidate in (text, text.removesuffix("s"), text.removesuffix("es")):
        if candidate in words:
            return words[candidate]
    return None
