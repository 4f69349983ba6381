"""Cell values to typed values: numbers, countries, words, device categories."""

from __future__ import annotations

import csv
import difflib
import math
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from greendigital.columns import CONDITIONS, DISPOSAL_ROUTES, LOCATION_TYPES, OWNERSHIPS, SANITISATIONS, STATUSES
from greendigital.factorset import FactorLibrary
from greendigital.inventory.profiles import plain
from greendigital.units import BYTES_PER_GB, KIBIBYTES_PER_GB_OF_MEMORY, MEBIBYTES_PER_GB_OF_MEMORY, gigabytes

FORMULA_ERRORS = ("#ref!", "#value!", "#div/0!", "#name?", "#null!", "#num!")
"""What a spreadsheet shows where a formula failed."""

MISSING = {
    "",
    "n/a",
    "#n/a",
    "na",
    "?",
    "-",
    "none",
    "null",
    "unknown",
    "not checked",
    "not known",
    "not applicable",
    "tbc",
    "tba",
    "no tag",
    "nan",
    "#formula!",
    *FORMULA_ERRORS,
}
_NO_DATE = ("0000-00-00", "00/00/0000", "0001-01-01")
"""How databases and Microsoft Graph write that there is no date; a time may follow."""

CHOICES = {
    "status": STATUSES,
    "location_type": LOCATION_TYPES,
    "condition": CONDITIONS,
    "ownership": OWNERSHIPS,
    "sanitisation": SANITISATIONS,
    "disposal_route": DISPOSAL_ROUTES,
}
KEEPS_NONE = ("sanitisation",)
"""Columns in which the word ``none`` is a value and not a missing one."""

_NUMBER = re.compile(r"^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$", re.IGNORECASE | re.ASCII)
_UNIT = re.compile(r"\s*(?:kg|gb|kwh|years?|yrs?|inches|inch|in|\"|″)$")
_SIZED = re.compile(r"^(.*\d)\s*([kmgt]i?b)(?:\s+(?:ram|memory|ddr\d\w*|ssd|nvme))*$")
MEMORY_UNITS = {"kb": KIBIBYTES_PER_GB_OF_MEMORY, "mb": MEBIBYTES_PER_GB_OF_MEMORY, "bytes": BYTES_PER_GB}
"""How many of the unit of a tool's memory are a GB."""
_FOREIGN = re.compile(r"[$€¥]|\b(?:usd|eur|chf|cad|aud|jpy)\b", re.IGNORECASE)
_FLAGS = {"true": True, "yes": True, "y": True, "1": True, "false": False, "no": False, "n": False, "0": False}
_VIRTUAL_MAKERS = ("vmware", "innotek", "qemu", "bochs", "xen", "parallels software", "parallels international")
_VIRTUAL_MODELS = re.compile(
    r"^(?:vmware(?:\d| virtual| \d)|virtualbox|kvm$|qemu|bochs$|standard pc\b|parallels virtual|virtual machine$|"
    r"virtual server$|hvm domu$|cloud pc\b|google compute engine$|amazon ec2$|openstack )"
)
_VIRTUAL_CATEGORIES = ("virtual machine", "virtual server", "virtual desktop", "vm", "vms", "virtual machines")
_TYPE_CODE = re.compile(r"^\d{2}[0-9A-Z]{8}$")
"""Lenovo's firmware gives the type where others give a name."""

_MANGLED = re.compile(r"^\d(?:\.\d+)?E\+\d+$", re.IGNORECASE | re.ASCII)
_NOT_OF_KIND = {"for", "with", "of", "without", "no", "not", "ex", "pour", "fur"}
_PLACEHOLDERS = {
    "to be filled by o e m",
    "default string",
    "system serial number",
    "not specified",
    "not available",
    "no serial",
    "no serial number",
    "not visible",
    "unreadable",
    "illegible",
    "various",
    "invalid",
    "0",
    "00000000",
    "123456789",
    "0123456789",
    "1234567890",
    "chassis serial number",
    "system product name",
    "system manufacturer",
    "o e m",
    "oem",
}


def is_missing(value: Any, column: str = "", kind: str = "") -> bool:
    """Whether a cell says nothing: empty, or one of the words people and databases write instead."""
    if value is None:
        return True
    if not isinstance(value, str):
        return False
    text = value.strip().casefold()
    if column in KEEPS_NONE and text == "none":
        return False
    return text in MISSING or (kind == "date" and text.startswith(_NO_DATE))


@lru_cache(maxsize=1 << 16)
def key_of(text: str) -> str:
    """A serial number or asset id without case, blanks and punctuation, as files are joined by it."""
    return "".join(c for c in text.casefold() if c.isalnum())


def is_placeholder(text: str | None) -> bool:
    """Whether firmware or a person left a placeholder where a serial number or model should be."""
    if text is None:
        return False
    key = key_of(text)
    return plain(text) in _PLACEHOLDERS or not key.strip("0") or (len(key) > 2 and not key.strip("x"))


def is_mangled(text: str | None) -> bool:
    """Whether a spreadsheet made a rounded number of a serial number, as 1.23457E+15; several then look alike."""
    return text is not None and _MANGLED.match(text) is not None


def is_virtual(manufacturer: str | None, model: str | None, category: str | None = None) -> bool:
    """Whether the row is a virtual machine among hosts.

    A KVM switch, or a host that is called one of VMware, is hardware: words inside a name do not count.
    """
    if category is not None and plain(category) in _VIRTUAL_CATEGORIES:
        return True
    maker, name = plain(manufacturer or ""), plain(model or "")
    return maker.startswith(_VIRTUAL_MAKERS) or _VIRTUAL_MODELS.match(name) is not None


def is_type_code(model: str | None) -> bool:
    """Whether a model is a Lenovo machine type with its suffix, as 20W1S0XX00, and no name."""
    return model is not None and _TYPE_CODE.match(model) is not None


def is_foreign_money(value: Any) -> bool:
    """Whether a price names a currency that is not the pound."""
    return isinstance(value, str) and _FOREIGN.search(value) is not None


def parse_number(value: Any, share: bool = False) -> float:
    """A number with pound sign, unit or thousands separators; with a percent sign only where a share is meant.

    Raises
    ------
    ValueError
        If it is none, or not finite.
    """
    if isinstance(value, bool):
        raise ValueError(str(value))
    if isinstance(value, int | float):
        return _finite(value)
    text = str(value).strip().casefold()
    text = _UNIT.sub("", re.sub(r"£|\bgbp\b", "", text).strip())
    text = re.sub(r"\s", "", text)
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    elif re.fullmatch(r"-?\d+,\d{1,2}", text):
        text = text.replace(",", ".")
    if share and text.endswith("%") and _NUMBER.match(text[:-1]):
        return _finite(text[:-1]) / 100
    if not _NUMBER.match(text):
        raise ValueError(str(value))
    return _finite(text)


def parse_size(value: Any, of_memory: bool) -> float | None:
    """GB of a size that is written with its unit (1.5 TB, 65536 MB, 16 GiB); None where it has none.

    Raises
    ------
    ValueError
        If what stands before the unit is no number.
    """
    match = _SIZED.match(value.strip().casefold()) if isinstance(value, str) else None
    return gigabytes(parse_number(match[1]), match[2], of_memory) if match else None


def _finite(value: Any) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(str(value)[:40])
    return number


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
    near = difflib.get_close_matches(text, known, n=3, cutoff=0.7)
    raise ValueError(", ".join(f"{n.title()} ({known[n]})" for n in near) or "GBR, IRL, FRA")


@lru_cache(maxsize=8)
def category_words(library: FactorLibrary) -> dict[str, str]:
    """Everyday and export words to our device categories."""
    rows = library.table("device-category-defaults", "category_synonyms")
    words = {plain(row["synonym"]): row["category"] for row in rows} | {
        plain(row["category"]): row["category"] for row in rows
    }
    # "Dockingstation" in one word is a docking station.
    return {word.replace(" ", ""): category for word, category in words.items()} | words


def parse_category(value: str, library: FactorLibrary) -> str | None:
    """Our category of an everyday word; None when the word is not known.

    Of two or three words the last may name the device ("Distribution switch"), but not behind "for" or "with".
    """
    words = category_words(library)
    text = plain(value)
    parts = text.split(" ")
    ends = (
        [" ".join(parts[i:]) for i in range(1, len(parts))] if len(parts) <= 3 and not _NOT_OF_KIND & {*parts} else []
    )
    for whole in (text, *ends):
        for candidate in (whole, whole.removesuffix("s"), whole.removesuffix("es"), whole.replace(" ", "")):
            if candidate in words:
                return words[candidate]
    return None
