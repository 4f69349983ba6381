"""Profiles of export formats: header aliases, markers and words, as data in ``profiles/*.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from greendigital.columns import ASSETS, DISPOSALS, names

_FOLDER = Path(__file__).parent / "profiles"
CANONICAL = "assets"
DISPOSAL = "disposals"
HEADER_WITHIN = 25
"""Filled rows among which the header must be."""

_LEAST_REGISTER_HEADERS = 3
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")
_WORD_COLUMNS = ("status", "ownership", "location_type", "condition", "sanitisation", "disposal_route")


def plain(text: Any) -> str:
    """A header or word without case, punctuation and double spaces."""
    return _plain(str(text))


@lru_cache(maxsize=1 << 16)
def _plain(text: str) -> str:
    return _NOT_PLAIN.sub(" ", text.casefold()).strip()


def heading_key(text: Any) -> str:
    """A heading as it is compared: also without spaces, so that "AssetID" and "Asset ID" are the same."""
    return plain(text).replace(" ", "")


@dataclass(frozen=True, slots=True)
class Profile:
    """How one format names its columns and words; ``columns`` are by :func:`heading_key`."""

    name: str
    verified: bool | None
    columns: Mapping[str, str]
    markers: frozenset[str] = frozenset()
    least_markers: int = 0
    management_tool: bool = False
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Header:
    """A header row as understood: row number, profile, and our column for each of its cells."""

    row: int
    profile: Profile
    cells: tuple[Any, ...]
    columns: tuple[str | None, ...]

    def preference(self) -> list[int]:
        """Positions of the understood cells, the plainest heading of each column first.

        A "Model" counts before a "Description", wherever they stand.
        """
        ranks = {alias: rank for rank, alias in enumerate(self.profile.columns)}
        found = [i for i, name in enumerate(self.columns) if name is not None]
        rank = {i: ranks.get(heading_key(self.cells[i]), 0) for i in found}
        return sorted(found, key=lambda i: (self.cells[i] != self.columns[i], rank[i], i))

    def heading(self, column: str) -> Any:
        """How the file heads one of our columns."""
        return next((self.cells[i] for i in self.preference() if self.columns[i] == column), column)


@lru_cache(maxsize=1)
def all_profiles() -> tuple[Profile, ...]:
    """The profiles, the most particular first."""
    found = []
    for path in sorted(_FOLDER.glob("*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        aliases = {heading_key(a): ours for ours, words in data["columns"].items() for a in words}
        if not data.get("markers"):
            aliases |= {heading_key(name): name for name in names(ASSETS) if heading_key(name) not in aliases}
        words: dict[str, Mapping[str, str]] = {
            column: {plain(w): ours for ours, several in data[column].items() for w in several}
            for column in _WORD_COLUMNS
            if column in data
        }
        found.append(
            (
                -data["priority"],
                Profile(
                    data["name"],
                    data["verified"],
                    aliases,
                    frozenset(plain(m) for m in data.get("markers", ())),
                    data.get("least_markers", 0),
                    data.get("management_tool", False),
                    words,
                ),
            )
        )
    return tuple(profile for _, profile in sorted(found, key=lambda item: item[0]))


def _register() -> Profile:
    return next(p for p in all_profiles() if not p.markers)


def canonical_profile(name: str) -> Profile:
    """A format with our own column names; its words are those of a register."""
    return Profile(name, None, {}, words=_register().words)


def known_headings(profile: Profile) -> dict[str, str]:
    """Headings that the profile knows, by :func:`heading_key`, with our column of each."""
    own = names(DISPOSALS if profile.name == DISPOSAL else ASSETS)
    return dict(profile.columns) or {heading_key(name): name for name in own}


def register_headings() -> dict[str, str]:
    """Headings of an everyday register, for a file whose format is not known."""
    return known_headings(_register())


def find_header(rows: Sequence[tuple[int, list[Any]]], within: int = HEADER_WITHIN) -> Header | None:
    """The header among the first rows and the profile it fits best; None when nothing is understood."""
    best: tuple[int, int, Header] | None = None
    for number, cells in rows[:within]:
        header = _understand(number, cells)
        if header is None:
            continue
        score = sum(c is not None for c in header.columns)
        if best is None or score > best[0]:
            best = (score, number, header)
    return best[2] if best else None


def _understand(number: int, cells: Sequence[Any]) -> Header | None:
    present = [c for c in cells if isinstance(c, str)]
    canonical = set(names(ASSETS))
    exact = [c for c in present if c in canonical]
    disposal = set(names(DISPOSALS))
    if {"disposal_date", "disposal_route"} <= set(present) and not {"category", "model"} & set(present):
        columns = tuple(c if c in disposal else None for c in cells)
        return Header(number, canonical_profile(DISPOSAL), tuple(cells), columns)
    for profile in all_profiles():
        markers = sum(plain(c) in profile.markers for c in present)
        if profile.markers and markers >= profile.least_markers:
            return _mapped(number, cells, profile)
    register = _mapped(number, cells, _register())
    known = [c for c in register.columns if c]
    # Our own names are read letter for letter, unless a register understands more of the headings.
    if len(exact) > len(present) / 2 and {"category", "model"} & set(exact) and len(exact) >= len(known):
        columns = tuple(c if c in canonical else None for c in cells)
        return Header(number, canonical_profile(CANONICAL), tuple(cells), columns)
    if len(known) >= min(_LEAST_REGISTER_HEADERS, len(present)) and {"category", "model"} & set(known):
        return register
    return None


def _mapped(number: int, cells: Sequence[Any], profile: Profile) -> Header:
    columns = tuple(profile.columns.get(heading_key(c)) if isinstance(c, str) else None for c in cells)
    return Header(number, profile, tuple(cells), columns)
