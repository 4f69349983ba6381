"""How long an operating system is supported, and whether a processor may run Windows 11.

Three states, never two: supported until a date, ended, unknown. One build may end on two dates by edition; without the
edition both count.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from greendigital.errors import FactorError, Problem
from greendigital.factorset import FactorLibrary
from greendigital.recommendations.os_names import rows_of

_WINDOWS_11 = "windows11-processors"
_LEADING_NUMBER = re.compile(r"\s*(\d+(?:\.\d+)?)")
_REPORTED_SHARE = 0.9
"""Tools report a 64 GB drive as 58 to 64 GB, a 4 GB machine as 3.7: what is within a tenth counts as enough."""


@dataclass(frozen=True, slots=True)
class SupportState:
    """Whether something gets updates on a day.

    Attributes
    ----------
    state
        ``supported``, ``ends_soon``, ``ended`` or ``unknown``.
    until
        The first of the dates that apply, of what has ended the last; None where only a status is published.
    dates
        Every date that the build and edition, or the model name, allow; they fall on either side of ``as_of`` when
        unknown.
    label
        What it is of.
    as_of
        The day the data were taken.
    basis
        ``published`` date, ``derived`` date (of a Mac: the end of the last macOS that runs on it), or ``status``: no
        date is published, only whether updates go on. Empty when unknown.
    what
        What ends: updates of the system, of firmware and drivers, or automatic updates.
    """

    state: str
    until: date | None
    dates: tuple[date, ...]
    label: str
    as_of: date | None = None
    basis: str = ""
    what: str = ""

    @property
    def when(self) -> str:
        """The end as words of a sentence: ``on 2025-10-14``, or that no date is published."""
        return f"on {self.until}" if self.until else "on a day that is not published"


UNKNOWN = SupportState("unknown", None, (), "")
FIRMWARE = "firmware and driver servicing"

_PRODUCT_NAMES = {"windows": "Windows", "ios": "iOS", "ipados": "iPadOS", "macos": "", "windows-server": ""}
"""Products whose releases are labelled in another way than by family and release."""


@dataclass(frozen=True, slots=True)
class Eligibility:
    """``answer`` is ``eligible``, ``not eligible``, ``unclear`` or ``unknown``, with the reason.

    ``by_part``: the processor would do, and what is lacking is memory or storage, which can be changed.
    """

    answer: str
    reason: str
    by_part: bool = False


def support_state(
    library: FactorLibrary,
    os_name: str | None,
    os_version: str | None,
    os_build: str | None,
    as_of: date,
    soon: date | None = None,
) -> SupportState:
    """State of an operating system on a day. *Ended*: end date not after it; *ends soon*: not after ``soon``."""
    rows = rows_of(library, os_name or "", os_version or "", os_build or "")
    return state_of_rows(rows, _label(rows), as_of, soon) if rows else UNKNOWN


def _label(rows: Sequence[Mapping[str, Any]]) -> str:
    """The name of the release, or what the names of several have in common (Windows 10)."""
    names = list(dict.fromkeys(_name(row) for row in rows))
    alike = [words[0] for words in zip(*(n.split() for n in names), strict=False) if len(set(words)) == 1]
    return " ".join(alike) or names[0]


def _name(row: Mapping[str, Any]) -> str:
    label = re.sub(r" \([EW]\)$| '[^']*'", "", row["label"])
    name = _PRODUCT_NAMES.get(row["product"], row["family"])
    return label if not name or label.casefold().startswith(name.casefold()) else f"{name} {label}"


def state_of_rows(rows: Sequence[Mapping[str, Any]], label: str, as_of: date, soon: date | None) -> SupportState:
    """State by all the rows that something can be: the same for all, else unknown.

    Parameters
    ----------
    rows
        With ``security_support_end``, ``security_support_status``, ``as_of`` and, where they differ, ``basis`` and
        ``what_ends``. A status without a date holds from the day the data were taken; that updates have ended says
        nothing of a day before it.
    """
    dates = tuple(sorted({r["security_support_end"] for r in rows if r["security_support_end"]}))
    taken, what = rows[0]["as_of"], rows[0].get("what_ends") or "operating-system security updates"
    kinds = {r.get("basis") or "published" for r in rows}
    basis = "status" if not dates else "derived" if "derived" in kinds else "published"
    states = {_ended(row, as_of) for row in rows}
    if len(states) > 1 or None in states:
        return SupportState("unknown", dates[0] if dates else None, dates, label, taken, "", what)
    if True in states:
        return SupportState("ended", dates[-1] if dates else None, dates, label, taken, basis, what)
    state = "ends_soon" if soon is not None and dates and dates[0] <= soon else "supported"
    return SupportState(state, dates[0] if dates else None, dates, label, taken, basis, what)


def _ended(row: Mapping[str, Any], as_of: date) -> bool | None:
    """Whether updates have ended on a day; None where that is not known."""
    if row["security_support_end"]:
        return bool(row["security_support_end"] <= as_of)
    if "ended" in row["security_support_status"] or "expired" in row["security_support_status"]:
        return True if as_of >= row["as_of"] else None
    return False


def combined(system: SupportState, device: SupportState) -> SupportState:
    """Which of the two ends first: the support of the operating system or that of the device.

    What has ended stands before what goes on, then the earlier date; a status without a date gives way to a date. Where
    only one is known that one stands; a system whose releases end on either side of the day stays unknown. Firmware and
    drivers (Surface) end nothing while the system is known, since Windows goes on by its own dates.
    """
    if device.what == FIRMWARE and (system.state != "unknown" or system.dates):
        return system
    told = [s for s in (system, device) if s.state != "unknown" or s.dates]
    if not told:
        return system
    ended = [s for s in told if s.state == "ended"]
    undecided = [s for s in told if s.state == "unknown"]
    return min(ended or undecided or told, key=lambda s: s.until or date.max)


def old_data_note(library: FactorLibrary, as_of: date) -> list[Problem]:
    """A warning where the end dates were taken longer before the day of the advice than the assumption allows."""
    taken = max(row["as_of"] for row in library.table("operating-system-support", "os_support"))
    months = data_age_months(SupportState("unknown", None, (), "", taken), as_of)
    limit = library.factor("assumption-os-data-max-age-months").value
    if months <= limit:
        return []
    message = (
        f"The end dates of operating systems and devices are of {taken}, {months} months before the day of the advice: "
        "what was released or announced since is not in them."
    )
    remedy = "Use a newer release of this program, or give newer sets with --factors."
    return [Problem("warning", "support_data_old", message, remedy)]


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
    would_do = bool(cpu_model) and _of_processor(library, cpu_model or "").answer == "eligible"
    if memory_gb is not None and memory_gb < memory * _REPORTED_SHARE:
        return Eligibility("not eligible", f"{memory_gb:g} GB of memory, {memory:g} GB are needed", would_do)
    if ssd_gb is not None and 0 < ssd_gb < storage * _REPORTED_SHARE:
        return Eligibility("not eligible", f"{ssd_gb:g} GB of storage, {storage:g} GB are needed", would_do)
    if (version := _LEADING_NUMBER.match(tpm_version or "")) and float(version[1]) < tpm:
        return Eligibility("not eligible", f"TPM {version[1]}, {tpm:.1f} is needed")
    if not cpu_model:
        return Eligibility("unknown", "the processor is not known")
    return _of_processor(library, cpu_model)


def _of_processor(library: FactorLibrary, cpu_model: str) -> Eligibility:
    """A model whose list differs from the rule of its family, then the rules, then any listed model."""
    listed = _exceptions(library)
    rows = [listed[w] for w in re.findall(r"[a-z0-9][\w-]+", cpu_model.casefold()) if w in listed]
    for row in rows:
        if row["rule_status"] and row["rule_status"] != row["windows11_status"]:
            return Eligibility(_answer(row), f"{row['model']} is listed so by itself: {row['windows11_status']}")
    plain = re.sub(r"\((?:R|TM)\)", "", cpu_model, flags=re.IGNORECASE)
    for pattern, row in _processor_rules(library):
        if pattern.search(cpu_model) or pattern.search(plain):
            return Eligibility(_answer(row), f"{row['family']}: {row['windows11_status']}")
    if rows:
        return Eligibility(_answer(rows[0]), f"{rows[0]['model']} is on the list: {rows[0]['windows11_status']}")
    return Eligibility("unknown", f'the processor "{cpu_model}" is in no rule and on no list')


def _answer(row: Mapping[str, Any]) -> str:
    """One of three words; what is eligible in some devices only, or on one list and not on another, is unclear."""
    status = str(row["windows11_status"])
    return status if status in ("eligible", "not eligible") else "unclear"
