"""Which row is the header and which tool it comes from: by how much of it each profile knows, not by equality."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from greendigital.columns import ASSETS, DISPOSALS, names
from greendigital.inventory.mapping import NOTHING_MAPPED, ColumnMapping
from greendigital.inventory.profiles import (
    CANONICAL,
    DISPOSAL,
    Header,
    Profile,
    all_profiles,
    canonical_profile,
    everyday_headings,
    heading_key,
    heading_weights,
    meter_profile,
    own_headings,
    register,
)

HEADER_WITHIN = 25
"""Filled rows among which the header must be."""

_LEAST_REGISTER_HEADERS = 3
_LEAST_SCORE = 1.5
"""A tool is taken when its headings weigh so much: at least one that no other tool has, and another that few have."""

_LEAST_OWN = 0.9
"""So much of it must come from headings that no register has: everyday words, however many, name no tool."""

_OF_NO_USE = 0.5
"""What a heading counts for that the tool's profile knows and makes nothing of."""

_ALIKE = 0.8
"""A second tool whose headings weigh so large a share of the best's might be meant as well."""

_DECIDING = frozenset(
    ("category", "manufacturer", "model", "serial_number", "asset_id", "acquired_date", "quantity", "status")
)
"""Columns that two tools must read alike; in others a wrong guess changes no figure."""


_METER_COLUMNS = {"site", "month", "kwh"}
"""What a meter file must have; a list of devices may have them as well."""

_DEVICE_COLUMNS = {"category", "model", "manufacturer"}


class _Fit(NamedTuple):
    """How well a profile fits the headings of a row."""

    score: float
    profile: Profile
    columns: tuple[str | None, ...]


def find_header(
    rows: Sequence[tuple[int, list[Any]]], mapping: ColumnMapping = NOTHING_MAPPED, within: int = HEADER_WITHIN
) -> Header | None:
    """The header among the first rows and the profile it fits best; None when nothing is understood."""
    best: tuple[int, Header] | None = None
    for number, cells in rows[:within]:
        header = _understand(number, cells, mapping)
        if header is None:
            continue
        score = sum(c is not None for c in header.columns)
        if best is None or score > best[0]:
            best = (score, header)
    return best[1] if best else None


def _understand(number: int, cells: Sequence[Any], mapping: ColumnMapping) -> Header | None:
    present = [c for c in cells if isinstance(c, str)]
    if not present:
        return None
    mapped = mapping.applied(present)
    header = _chosen(number, cells, present, mapping if mapped or mapping.profile else NOTHING_MAPPED)
    if header is None or not mapped:
        return header
    columns = mapping.columns_of(header.cells, header.columns)
    return Header(number, header.profile, header.cells, columns, None if mapping.profile else header.rival)


def _chosen(number: int, cells: Sequence[Any], present: list[str], mapping: ColumnMapping) -> Header | None:
    whole = tuple(cells)
    if mapping.profile is not None:
        return Header(number, mapping.profile, whole, _columns(cells, mapping.profile))
    if {"disposal_date", "disposal_route"} <= set(present) and not {"category", "model"} & set(present):
        disposal = set(names(DISPOSALS))
        columns = tuple(c if c in disposal else None for c in cells)
        return Header(number, canonical_profile(DISPOSAL), whole, columns)
    meter = _columns(cells, meter_profile())
    lists_devices = bool(_DEVICE_COLUMNS & set(_columns(cells, register())))
    if set(meter) >= _METER_COLUMNS and ("it_only" in meter or not lists_devices):
        return Header(number, meter_profile(), whole, meter)
    fits = sorted(_fits(cells, present), key=lambda f: -f.score)
    tool = fits[0] if fits else None
    everyday = _Fit(0.0, register(), _columns(cells, register()))
    canonical = set(names(ASSETS))
    exact = [c for c in present if c in canonical]
    understood = [c for c in (tool or everyday).columns if c]
    # Our own names are read letter for letter, unless a tool or a register understands more of the headings.
    if len(exact) > len(present) / 2 and {"category", "model"} & set(exact) and len(exact) >= len(understood):
        columns = tuple(c if c in canonical else None for c in cells)
        return Header(number, canonical_profile(CANONICAL), whole, columns)
    if tool is not None:
        return Header(number, tool.profile, whole, tool.columns, _rival(fits))
    known = [c for c in everyday.columns if c]
    if mapping.is_given or (
        len(known) >= min(_LEAST_REGISTER_HEADERS, len(present)) and {"category", "model"} & {*known}
    ):
        return Header(number, everyday.profile, whole, everyday.columns)
    return None


def _fits(cells: Sequence[Any], present: Iterable[str]) -> Iterable[_Fit]:
    """Tools whose headings stand in the row, each with their weight."""
    keys = {heading_key(c) for c in present}
    weights, everyday = heading_weights(), everyday_headings()
    for profile in all_profiles():
        known = keys & own_headings(profile.name)
        # A register may bring a column of no use that one tool alone lists: such headings say less of the tool.
        said = {key: weights[key] * (_OF_NO_USE if key in profile.other else 1.0) for key in known}
        score, own = sum(said.values()), sum(weight for key, weight in said.items() if key not in everyday)
        if score < _LEAST_SCORE or own < _LEAST_OWN or len(known) < _LEAST_REGISTER_HEADERS or profile.required - keys:
            continue
        columns = _columns(cells, profile)
        if profile.count_only or profile.set_aside or {"category", "model"} & ({*columns} | {*profile.defaults}):
            yield _Fit(score, profile, columns)


def _rival(fits: Sequence[_Fit]) -> Profile | None:
    best = fits[0]
    for fit in fits[1:]:
        if fit.score < _ALIKE * best.score:
            return None
        if fit.profile.family != best.profile.family and list(differences(best.columns, fit.columns)):
            return fit.profile
    return None


def differences(one: Sequence[str | None], other: Sequence[str | None]) -> Iterable[int]:
    """Positions that two readings of a header take for unlike columns, where that may change a figure."""
    for index, (a, b) in enumerate(zip(one, other, strict=True)):
        if a != b and {a, b} & _DECIDING:
            yield index


def _columns(cells: Sequence[Any], profile: Profile) -> tuple[str | None, ...]:
    return tuple(profile.columns.get(heading_key(c)) if isinstance(c, str) else None for c in cells)


def columns_under(header: Header, profile: Profile) -> tuple[str | None, ...]:
    """The headings of a file as another profile reads them."""
    return _columns(header.cells, profile)
