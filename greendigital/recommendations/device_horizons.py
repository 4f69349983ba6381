"""Until when a device of a model gets updates from its maker: by identifier, else by the exact name of the model.

A name is brought to one spelling and must then be the same: iPhone 12 is not iPhone 12 Pro. A name that several models
have (MacBook Pro) stands for all of them, and is undecided where they do not agree.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from greendigital.factorset import FactorLibrary
from greendigital.matching.names import normalise_maker
from greendigital.recommendations.support import FIRMWARE, UNKNOWN, SupportState, state_of_rows

_SET = "device-support"
_APPLE_IDENTIFIER = re.compile(r"(i?mac\w*|iphone|ipad|ipod|watch)\d+,\d+")
_IN_BRACKETS = re.compile(r"\((?![^)]*(?:5G|4G|LTE))[^)]*\)")
"""What a name is also written without; Pixel 4a (5G) is another phone than Pixel 4a."""
_INCHES = re.compile(r'(?<=\d)(?:"|″|”)')
_SAMSUNG_NUMBER = re.compile(r"(sm-[a-z]\d{3})[a-z]\w*(?:/\w+)?", re.IGNORECASE)
"""Number of a phone with the letter of its region: SM-A536B is an SM-A536."""
_TELLS_ITS_MAKER = re.compile(r"[a-z]{4,}")
"""Names that begin so need no maker (iPhone, Galaxy, Surface); that of a OnePlus, 13T, does."""
_SAME_MAKER = {"hmd": "nokia", "hmd global": "nokia"}

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Index:
    """Rows by identifier, by maker and name, and the makers."""

    by_identifier: Mapping[str, Sequence[Row]]
    by_name: Mapping[tuple[str, str], Sequence[Row]]
    makers: Sequence[str]


def device_support(
    library: FactorLibrary,
    manufacturer: str | None,
    model: str | None,
    model_identifier: str | None,
    as_of: date,
    soon: date | None = None,
    auto_update_through: date | None = None,
) -> SupportState:
    """State of a device's updates on a day. *Ended*: end date not after it; *ends soon*: not after ``soon``.

    Parameters
    ----------
    model, model_identifier
        The name of the model, or an identifier of Apple (``MacBookPro16,1``) in either; the identifier may be the board
        of a ChromeOS device.
    auto_update_through
        Last day of updates as the ChromeOS admin export states it for the device; it goes before what is shipped.

    Returns
    -------
    SupportState
        ``basis`` tells a published date from a derived one (Macs) and from a mere status (ChromeOS, current phones of
        Apple); ``what`` is ``firmware and driver servicing`` of Surface, where Windows goes on by its own dates.

    Notes
    -----
    Source: factors/device-support (endoflife.date, SOFA, kudit/Device, cros.tech).
    """
    if auto_update_through is not None:
        row = {"security_support_end": auto_update_through, "as_of": None, "what_ends": "automatic updates"}
        return state_of_rows([row], model or "the device", as_of, soon)
    rows = _rows_of(library, manufacturer or "", model or "", model_identifier or "")
    return state_of_rows(rows, _label(rows, model or ""), as_of, soon) if rows else UNKNOWN


@lru_cache(maxsize=8)
def _index(library: FactorLibrary) -> _Index:
    by_identifier: dict[str, list[Row]] = {}
    by_name: dict[tuple[str, str], list[Row]] = {}
    for row in library.table(_SET, "device_support"):
        for identifier in (row["model_identifier"] or "").split("; "):
            by_identifier.setdefault(identifier.casefold(), []).append(row)
        maker = normalise_maker(row["manufacturer"])
        for key in _keys(row, maker):
            by_name.setdefault((maker, key), []).append(row)
    by_identifier.pop("", None)
    return _Index(by_identifier, by_name, sorted({maker for maker, _ in by_name}))


def _keys(row: Row, maker: str) -> set[str]:
    """Names of a row: as published, without what stands in brackets, and with each of its model numbers."""
    base = _key(_IN_BRACKETS.sub(" ", row["model"]), maker)
    codes = [_key(code, maker) for code in (row["model_codes"] or "").split("; ") if code]
    return {_key(row["model"], maker), base, *codes, *(base + code for code in codes)} - {""}


@lru_cache(maxsize=100_000)
def _key(model: str, maker: str) -> str:
    """A name in one spelling, without its maker and without blanks; the plus sign becomes a word."""
    text = _INCHES.sub(" inch ", unicodedata.normalize("NFKC", model).casefold()).replace("+", " plus ")
    words = re.findall(r"[a-z0-9]+(?:\.\d+)?", re.sub(r"\bgeneration\b", "gen", text))
    return "".join(words[1:] if words[:1] == [maker] else words)


@lru_cache(maxsize=4096)
def _rows_of(library: FactorLibrary, manufacturer: str, model: str, identifier: str) -> tuple[Row, ...]:
    index = _index(library)
    told = [identifier.strip().casefold(), model.strip().casefold()]
    if not _APPLE_IDENTIFIER.fullmatch(told[1]):
        told.pop()  # a model may be called as a board of ChromeOS is
    for text in told:
        if text in index.by_identifier:
            return tuple(index.by_identifier[text])
    if number := _SAMSUNG_NUMBER.fullmatch(model.strip()):
        model, manufacturer = number[1], manufacturer or "Samsung"
    written = normalise_maker(manufacturer)
    written = _SAME_MAKER.get(written, written)
    first = model.casefold().split()[:1]
    if written:
        makers = [m for m in index.makers if written == m or written.startswith(f"{m} ")]
    else:
        makers = [m for m in index.makers if first == [m]] or list(index.makers)
    found: list[Row] = []
    for maker in makers:
        key = _key(model, maker)
        if written or first == [maker] or _TELLS_ITS_MAKER.match(key):
            found += index.by_name.get((maker, key), ())
    return tuple(found)


def _label(rows: Sequence[Row], model: str) -> str:
    """The name of the one model, else what was written; firmware is called so."""
    names = {row["model"] for row in rows}
    name = names.pop() if len(names) == 1 else model
    maker = rows[0]["manufacturer"]
    name = name if name.casefold().startswith(maker.casefold()) else f"{maker} {name}"
    return f"firmware and drivers of {name}" if rows[0]["what_ends"] == FIRMWARE else name
