"""Releases of the support table that a system can be, by the words and numbers that inventories write.

Which product the words name stands in ``product_names.csv`` of the set; how its releases are told apart is one of four
ways: by version number, by year of the label, by all words of the label, or as Windows does, by build and edition.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from greendigital.factorset import FactorLibrary

_SET = "operating-system-support"
_ENTERPRISE = re.compile(r"enterprise|education", re.IGNORECASE)
_PRO = re.compile(r"\bpro\b|home|professional", re.IGNORECASE)
_LTSC = re.compile(r"ltsc|ltsb|enterprises\b", re.IGNORECASE)
_LTSC_RELEASE = {"2015": "1507", "2016": "1607", "2019": "1809", "2021": "21h2", "2024": "24h2"}
_RELEASE = re.compile(r"\b(\d{2}h[12]|1[5-9]\d{2}|2004)\b", re.IGNORECASE)
_YEAR = re.compile(r"\b(20\d{2})\b")
_SERVICE_PACK = re.compile(r"\bsp\s?(\d)\b")
_LEVEL = re.compile(r"\btl\s?(\d+)\b")
_UNSAID = re.compile(r" '[^']*'| SP\d$")
"""Parts of a label that inventories leave out."""
_BITS = re.compile(r"\(?\b(32|64)[- ]?bits?\b\)?|\bx64\b|\bx86(_64)?\b")
_VERSION = re.compile(r"(?<![\d.a-z])v?(\d+(?:\.\d+)*)")
_BUILD_CODE = re.compile(r"\b\d{2}[a-z]\d{2,}[a-z]?\b")
"""Apple's builds: 18A373 is one of iOS 14, not of iOS 18."""
_CODENAME = re.compile(r"[('](?:v\. )?([^()']+)[)']")

Row = Mapping[str, Any]


@lru_cache(maxsize=4096)
def rows_of(library: FactorLibrary, os_name: str, os_version: str, os_build: str) -> tuple[Row, ...]:
    """Every row of the support table that a system can be; none where the product or its release is not told."""
    text = f"{os_name} {os_version}".casefold().strip()
    if not (text or os_build):
        return ()
    for pattern, names, releases_by in _products(library):
        if pattern.search(text):
            rows = [r for r in _support_rows(library) if r["product"] in names]
            return _of_product(rows, text, os_build, releases_by)
    if re.fullmatch(r"\d{5}", os_build):
        return _windows([r for r in _support_rows(library) if r["product"] == "windows"], text, os_build)
    return ()


def _of_product(rows: Sequence[Row], text: str, build: str, releases_by: str) -> tuple[Row, ...]:
    if releases_by == "windows":
        return _windows(rows, text, build)
    if releases_by == "numbers":
        # An export may hold the version under the build: "14.6.1 (23G93)"; a build of its own, 23G93, is none.
        return _by_number(rows, text) or _by_number(rows, build) or _by_codename(rows, text)
    if releases_by == "years":
        return _by_year(rows, text) or tuple(r for r in rows if build and r["build_number"] == build)
    if releases_by == "words":
        return tuple(r for r in rows if _plain(_UNSAID.sub("", r["label"])) <= _plain(text))
    return ()


@lru_cache(maxsize=8)
def _products(library: FactorLibrary) -> list[tuple[re.Pattern[str], tuple[str, ...], str]]:
    rows = sorted(library.table(_SET, "product_names"), key=lambda r: r["order"])
    return [(re.compile(r["name_pattern"]), tuple((r["product"] or "").split(";")), r["releases_by"]) for r in rows]


@lru_cache(maxsize=8)
def _support_rows(library: FactorLibrary) -> list[Row]:
    return list(library.table(_SET, "os_support"))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _by_number(rows: Sequence[Row], text: str) -> tuple[Row, ...]:
    """The release that a version begins with (22.04.4 is 22.04); else all that begin with the version (SLES 12)."""
    pack = _SERVICE_PACK.search(text)
    plain = _BUILD_CODE.sub(" ", _BITS.sub(" ", text.casefold()))
    versions = [_numbers(v) for v in _VERSION.findall(plain)]
    if pack and versions:
        versions[0] = (*versions[0][:1], int(pack[1]))
    if versions and (level := _LEVEL.search(text)):
        versions[0] = (*versions[0], int(level[1]))
    held = [(_numbers(r["release"]), r) for r in rows if re.fullmatch(r"\d+(\.\d+)*", r["release"])]
    for version in versions:
        for length in range(len(version), 0, -1):
            if found := tuple(r for release, r in held if release == version[:length]):
                return found
    for version in versions:
        if found := tuple(r for release, r in held if release[: len(version)] == version):
            return found
    return ()


def _by_codename(rows: Sequence[Row], text: str) -> tuple[Row, ...]:
    """The release of a name (Sonoma, bookworm, jammy): the longest that the text holds, High Sierra before Sierra."""
    named = [(m[1].casefold(), r) for r in rows if (m := _CODENAME.search(r["label"]))]
    for shown in (named, [(name.split()[0], r) for name, r in named]):
        held = [(name, r) for name, r in shown if re.search(rf"\b{re.escape(name)}\b", text)]
        if held:
            longest = max(len(name) for name, _ in held)
            return tuple(r for name, r in held if len(name) == longest)
    return ()


def _by_year(rows: Sequence[Row], text: str) -> tuple[Row, ...]:
    """Releases whose label holds the year of the text (2012 R2 is not 2012); with a service pack, those of it."""
    wanted = {m[1] for m in (_YEAR.search(text), _RELEASE.search(text)) if m}
    found = [r for r in rows if wanted & _plain(r["label"])]
    by_year = [r for r in found if (year := _YEAR.search(text)) and year[1] in _plain(r["label"])]
    found = [r for r in by_year or found if ("r2" in _plain(r["label"])) == bool(re.search(r"\br2\b", text))]
    if "subscription" in text:
        found = [r for r in rows if "subscription" in r["label"].casefold()]
    if pack := _SERVICE_PACK.search(text):
        found = [r for r in found if f"sp{pack[1]}" in _plain(r["label"])] or found
    return tuple(found)


def _plain(label: str) -> set[str]:
    return set(re.findall(r"[\w.]+", label.casefold()))


def _windows(rows: Sequence[Row], text: str, build: str) -> tuple[Row, ...]:
    found = [r for r in rows if build and r["build_number"] == build]
    if not found:
        release = _RELEASE.search(text)
        wanted = release[1].lower() if release else None
        if _LTSC.search(text) and (year := _YEAR.search(text)):
            wanted = _LTSC_RELEASE.get(year[1], wanted)
        major = re.search(r"\b(7|8\.1|8|10|11|xp|vista)\b", text.replace("windows", " ").replace("win", " "))
        if not major:
            return ()
        number = {"xp": "5", "vista": "6"}.get(major[1], major[1])
        found = [
            r
            for r in rows
            if str(r["release"]).split("-")[0] == number and (wanted is None or wanted in str(r["release"]))
        ]
    return _of_edition(found, text)


def _of_edition(found: Sequence[Row], text: str) -> tuple[Row, ...]:
    if _LTSC.search(text):
        held = [r for r in found if r["lts"] == "yes"]
        named = [r for r in held if (r["edition"] or "").startswith("IoT")]
        # The edition for things has the same build and ends years later; unless it is named both count.
        return tuple(named if named and re.search(r"\biot", text) else held)
    found = [r for r in found if r["lts"] != "yes"]
    if _ENTERPRISE.search(text):
        # "Pro Education" ends with Pro
        return tuple(r for r in found if not r["edition"] or r["edition"].startswith(("Enterprise", "all")))
    if _PRO.search(text):
        return tuple(r for r in found if not r["edition"] or not r["edition"].startswith("Enterprise"))
    return tuple(found)
