"""How long an operating system is supported, and whether a processor may run Windows 11.

Three states, never two: supported until a date, ended, unknown. One build may end on two dates by edition; without the
edition both count.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from greendigital.errors import FactorError
from greendigital.factorset import FactorLibrary

_SUPPORT = "operating-system-support"
_WINDOWS_11 = "windows11-processors"
_ENTERPRISE = re.compile(r"enterprise|education", re.IGNORECASE)
_PRO = re.compile(r"\bpro\b|home|professional", re.IGNORECASE)
_LTSC = re.compile(r"ltsc|ltsb", re.IGNORECASE)
_RELEASE = re.compile(r"\b(\d{2}h[12]|1[5-9]\d{2}|2004)\b", re.IGNORECASE)
_LEADING_NUMBER = re.compile(r"\s*(\d+(?:\.\d+)?)")
_REPORTED_SHARE = 0.9
"""Tools report a 64 GB drive as 58 to 64 GB, a 4 GB machine as 3.7: what is within a tenth counts as enough."""


@dataclass(frozen=True, slots=True)
class SupportState:
    """``state`` is ``supported``, ``ends_soon``, ``ended`` or ``unknown``; ``until`` the first of the dates that apply.

    ``dates`` holds every date that the build and edition allow; they fall on either side of ``as_of`` when unknown.
    """

    state: str
    until: date | None
    dates: tuple[date, ...]
    label: str
    as_of: date | None = None


_PRODUCT_NAMES = {"windows": "Windows", "ios": "iOS", "ipados": "iPadOS", "macos": "macOS", "android": "Android"}
"""Products whose releases are labelled without their name."""

UNKNOWN = SupportState("unknown", None, (), "")


@dataclass(frozen=True, slots=True)
class Eligibility:
    """``answer`` is ``eligible``, ``not eligible``, ``unclear`` or ``unknown``, with the reason."""

    answer: str
    reason: str


def support_state(
    library: FactorLibrary,
    os_name: str | None,
    os_version: str | None,
    os_build: str | None,
    as_of: date,
    soon: date | None = None,
) -> SupportState:
    """State of an operating system on a day. *Ended*: end date not after it; *ends soon*: not after ``soon``."""
    rows = _rows_of(library, os_name or "", os_version or "", os_build or "")
    dates = tuple(sorted({r["security_support_end"] for r in rows if r["security_support_end"]}))
    if not dates:
        return UNKNOWN
    label = re.sub(r" \([EW]\)$", "", rows[0]["label"])
    name = f"{_PRODUCT_NAMES[rows[0]['product']]} {label}" if rows[0]["product"] in _PRODUCT_NAMES else label
    taken = rows[0]["as_of"]
    if dates[-1] <= as_of:
        return SupportState("ended", dates[-1], dates, name, taken)
    if dates[0] <= as_of:
        return SupportState("unknown", dates[0], dates, name, taken)
    state = "ends_soon" if soon is not None and dates[0] <= soon else "supported"
    return SupportState(state, dates[0], dates, name, taken)


@lru_cache(maxsize=8)
def _support_rows(library: FactorLibrary) -> list[Mapping[str, Any]]:
    return list(library.table(_SUPPORT, "os_support"))


@lru_cache(maxsize=4096)
def _rows_of(library: FactorLibrary, os_name: str, os_version: str, os_build: str) -> tuple[Mapping[str, Any], ...]:
    text = f"{os_name} {os_version}".casefold().strip()
    rows = _support_rows(library)
    if "server" in text and "windows" in text:
        year = re.search(r"\b(20\d{2})\b", text)
        return tuple(r for r in rows if r["product"] == "windows-server" and year and r["release"] == year[1])
    if "windows" in text or re.match(r"win\s?\d", text) or re.fullmatch(r"\d{5}", os_build):
        return _windows_rows(rows, text, os_build)
    for word, product in (
        ("macos", "macos"),
        ("macmdm", "macos"),
        ("ios", "ios"),
        ("ipados", "ipados"),
        ("android", "android"),
    ):
        if word in text.split():
            return _by_major(rows, product, os_build or os_version)
    return ()


def _windows_rows(rows: list[Mapping[str, Any]], text: str, build: str) -> tuple[Mapping[str, Any], ...]:
    windows = [r for r in rows if r["product"] == "windows"]
    found = [r for r in windows if build and r["build_number"] == build]
    if not found:
        release = _RELEASE.search(text)
        major = re.search(r"\b(7|8\.1|8|10|11)\b", text.replace("windows", " ").replace("win", " "))
        if not major:
            return ()
        found = [
            r
            for r in windows
            if str(r["release"]).split("-")[0] == major[1]
            and (release is None or release[1].lower() in str(r["release"]))
        ]
    if _LTSC.search(text):
        return tuple(r for r in found if r["lts"] == "yes")
    found = [r for r in found if r["lts"] != "yes"]
    if _ENTERPRISE.search(text):
        # "Pro Education" ends with Pro
        return tuple(r for r in found if not r["edition"] or r["edition"].startswith(("Enterprise", "all")))
    if _PRO.search(text):
        return tuple(r for r in found if not r["edition"] or not r["edition"].startswith("Enterprise"))
    return tuple(found)


def _by_major(rows: list[Mapping[str, Any]], product: str, version: str) -> tuple[Mapping[str, Any], ...]:
    major = re.match(r"(\d+)(?:\.(\d+))?", version)
    if not major:
        return ()
    wanted = {major[1], f"{major[1]}.{major[2]}"} if major[2] else {major[1]}
    return tuple(r for r in rows if r["product"] == product and str(r["release"]) in wanted)


def data_age_months(state: SupportState, as_of: date) -> int:
    """Months from the day the support data were taken to ``as_of``; 0 when later."""
    if state.as_of is None or as_of <= state.as_of:
        return 0
    return (as_of.year - state.as_of.year) * 12 + as_of.month - state.as_of.month


@lru_cache(maxsize=8)
def _processor_rules(library: FactorLibrary) -> list[tuple[re.Pattern[str], Mapping[str, Any]]]:
    rows = sorted(library.table(_WINDOWS_11, "rules"), key=lambda r: r["order"])
    return [(re.compile(r["name_pattern"], re.IGNORECASE), r) for r in rows]


@lru_cache(maxsize=8)
def _exceptions(library: FactorLibrary) -> dict[str, Mapping[str, Any]]:
    return {str(r["model"]).casefold(): r for r in library.table(_WINDOWS_11, "exceptions")}


@lru_cache(maxsize=32)
def _minimum(library: FactorLibrary, requirement: str) -> float:
    """The least memory or storage in GB, or version, of the requirements table."""
    row = next(r for r in library.table(_WINDOWS_11, "requirements") if r["requirement"] == requirement)
    match = _LEADING_NUMBER.match(row["minimum"])
    if match is None:
        raise FactorError(f'{_WINDOWS_11}/requirements.csv: "{row["minimum"]}" of "{requirement}" holds no number.')
    return float(match[1])


def windows11_eligibility(
    library: FactorLibrary,
    cpu_model: str | None,
    tpm_version: str | None = None,
    memory_gb: float | None = None,
    ssd_gb: float | None = None,
) -> Eligibility:
    """Whether the hardware may run Windows 11: rules by processor family first, then the table of listed models."""
    memory, storage, tpm = (_minimum(library, name) for name in ("memory", "storage", "TPM"))
    if memory_gb is not None and memory_gb < memory * _REPORTED_SHARE:
        return Eligibility("not eligible", f"{memory_gb:g} GB of memory, {memory:g} GB are needed")
    if ssd_gb is not None and 0 < ssd_gb < storage * _REPORTED_SHARE:
        return Eligibility("not eligible", f"{ssd_gb:g} GB of storage, {storage:g} GB are needed")
    if (version := _LEADING_NUMBER.match(tpm_version or "")) and float(version[1]) < tpm:
        return Eligibility("not eligible", f"TPM {version[1]}, {tpm:.1f} is needed")
    if not cpu_model:
        return Eligibility("unknown", "the processor is not known")
    for word in re.findall(r"[A-Za-z0-9][\w-]+", cpu_model):
        row = _exceptions(library).get(word.casefold())
        if row and row["rule_status"] and row["rule_status"] != row["windows11_status"]:
            return Eligibility(row["windows11_status"], f"{row['model']} is listed so by itself")
    for pattern, row in _processor_rules(library):
        if pattern.search(cpu_model):
            answer = row["windows11_status"]
            if answer not in ("eligible", "not eligible"):
                answer = "unclear"
            return Eligibility(answer, f"{row['family']}: {row['windows11_status']}")
    row = next((_exceptions(library)[w] for w in cpu_model.casefold().split() if w in _exceptions(library)), None)
    if row is not None:
        return Eligibility(row["windows11_status"], f"{row['model']} is on the list")
    return Eligibility("unknown", f'the processor "{cpu_model}" is in no rule and on no list')
