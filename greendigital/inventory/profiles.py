"""Profiles of export formats: header aliases and words, as data in ``profiles/*.toml``."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from greendigital.columns import ASSETS, DISPOSALS, names

_FOLDER = Path(__file__).parent / "profiles"
CANONICAL = "assets"
DISPOSAL = "disposals"
METER = "meter"
REGISTER = "register"

_NOT_PLAIN = re.compile(r"[\W_]+")
_WORD_COLUMNS = ("category", "status", "ownership", "location_type", "condition", "sanitisation", "disposal_route")


def plain(text: Any) -> str:
    """A header or word without case, accents, punctuation and double spaces."""
    return _plain(str(text))


@lru_cache(maxsize=1 << 16)
def _plain(text: str) -> str:
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return _NOT_PLAIN.sub(" ", text.casefold()).strip()


def heading_key(text: Any) -> str:
    """A heading as it is compared: also without spaces, so that "AssetID" and "Asset ID" are the same."""
    return plain(text).replace(" ", "")


@dataclass(frozen=True, slots=True)
class Profile:
    """How one format names its columns and words.

    Attributes
    ----------
    columns
        Our column of each heading, by :func:`heading_key`, the plainest heading of a column first.
    other
        Headings of the format that are understood and not used, such as the reseller.
    words
        Words of a column, by :func:`plain`, with what they mean.
    defaults
        What the format implies for all its rows: the maker of a Jamf export, the category of a list of monitors.
    percent
        Columns whose shares are written as 37 for 37 %.
    memory_unit
        ``kb``, ``mb`` or ``bytes`` where the size of a number alone does not tell it.
    set_aside
        Reason why no row of the format is hardware.
    count_only
        The format names no model and no category: it gives a count and the last check-ins.
    first_line
        Several values may stand in one cell, a line each; the first is taken.
    family
        Formats of one tool share most headings and do not compete for them.
    required
        Headings without which it is another table of the tool.
    """

    name: str
    verified: bool | None
    columns: Mapping[str, str]
    other: frozenset[str] = frozenset()
    management_tool: bool = False
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    percent: frozenset[str] = frozenset()
    memory_unit: str = ""
    set_aside: str = ""
    count_only: bool = False
    first_line: bool = False
    family: str = ""
    required: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Header:
    """A header row as understood: row number, profile, and our column for each of its cells.

    ``rival`` is the profile that fits about as well and reads some column otherwise.
    """

    row: int
    profile: Profile
    cells: tuple[Any, ...]
    columns: tuple[str | None, ...]
    rival: Profile | None = None

    def preference(self) -> list[int]:
        """Positions of the understood cells, the plainest heading of each column first.

        A "Model" counts before a "Description", wherever they stand; where the file is a register, our own names first.
        """
        ranks = {alias: rank for rank, alias in enumerate(self.profile.columns)}
        found = [i for i, name in enumerate(self.columns) if name is not None]
        rank = {i: ranks.get(heading_key(self.cells[i]), 0) for i in found}
        ours_first = self.profile.family in (REGISTER, CANONICAL, DISPOSAL, METER)
        return sorted(found, key=lambda i: (ours_first and self.cells[i] != self.columns[i], rank[i], i))

    def heading(self, column: str) -> Any:
        """How the file heads one of our columns."""
        return next((self.cells[i] for i in self.preference() if self.columns[i] == column), column)


@lru_cache(maxsize=1)
def all_profiles() -> tuple[Profile, ...]:
    """The profiles of tools by name, without the register."""
    return tuple(_profile(name) for name in sorted(_files()) if name != REGISTER)


@lru_cache(maxsize=1)
def register() -> Profile:
    """The profile of a register kept by hand."""
    data = _files()[REGISTER]
    aliases = _aliases(data["columns"])
    # Our own names are understood among everyday ones.
    aliases |= {heading_key(name): name for name in names(ASSETS) if heading_key(name) not in aliases}
    return Profile(REGISTER, data["verified"], aliases, words=_words(data), family=REGISTER)


_METER_WORDS = ("energy", "electricity", "consumption", "energy consumption", "energy used", "usage", "metered")
_METER_UNITS = ("kwh", "mwh", "wh")


@lru_cache(maxsize=1)
def meter_profile() -> Profile:
    """The format of a meter file: electricity of a site by month; the unit stands in the heading."""
    kwh = [*_METER_UNITS, *(f"{w} {u}" for w in _METER_WORDS for u in _METER_UNITS)]
    kwh += [f"{u} {w}" for u in _METER_UNITS for w in ("used", "consumed", "metered", "total")]
    columns = {
        "site": ["site", "site name", "location", "building", "office"],
        "month": ["month", "period", "billing month", "reading month", "month of reading"],
        "kwh": [*kwh, *(f"it {w}" for w in _METER_UNITS), *(f"total {w}" for w in _METER_UNITS)],
        "it_only": ["it only", "it load only", "only it", "it meter", "it only meter", "it equipment only"],
    }
    return Profile(METER, None, _aliases(columns), family=METER)


@lru_cache(maxsize=1)
def _files() -> dict[str, dict[str, Any]]:
    return {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in _FOLDER.glob("*.toml")}


def _aliases(columns: Mapping[str, list[str]]) -> dict[str, str]:
    return {heading_key(alias): ours for ours, several in columns.items() for alias in several}


def _words(data: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    return {
        column: {plain(w): ours for ours, several in data[column].items() for w in several}
        for column in _WORD_COLUMNS
        if column in data
    }


@lru_cache(maxsize=64)
def _profile(name: str) -> Profile:
    """A profile on top of the one it extends; what neither knows is read as in a register kept by hand."""
    data = _files()[name]
    base = _profile(data["extends"]) if "extends" in data else None
    own = _aliases(data["columns"])
    other = {heading_key(h) for h in data.get("other", ())} | (base.other if base else frozenset())
    aliases = own | {h: c for h, c in (base.columns if base else {}).items() if h not in own}
    other -= own.keys()
    aliases |= {h: c for h, c in register().columns.items() if h not in aliases and h not in other}
    everyday, words = (base or register()).words, _words(data)
    return Profile(
        name,
        data["verified"],
        aliases,
        frozenset(other),
        data.get("management_tool", base.management_tool if base else False),
        {column: {**everyday.get(column, {}), **words.get(column, {})} for column in {*everyday, *words}},
        {**(base.defaults if base else {}), **data.get("defaults", {})},
        frozenset(data.get("percent", ())),
        data.get("memory_unit", ""),
        data.get("set_aside", ""),
        data.get("count_only", False),
        data.get("first_line", base.first_line if base else False),
        base.family if base else name,
        frozenset(heading_key(h) for h in data.get("required", ())),
    )


@lru_cache(maxsize=64)
def own_headings(name: str) -> frozenset[str]:
    """Headings that a profile itself or the one it extends lists, used or not."""
    data = _files()[name]
    found = {*_aliases(data["columns"]), *(heading_key(h) for key in ("other", "everyday") for h in data.get(key, ()))}
    return frozenset(found | own_headings(data["extends"])) if "extends" in data else frozenset(found)


@lru_cache(maxsize=1)
def everyday_headings() -> frozenset[str]:
    """Headings that a register kept by hand may have as well as a tool, read or not: they name no tool."""
    return own_headings(REGISTER) | register().columns.keys()


@lru_cache(maxsize=1)
def heading_weights() -> dict[str, float]:
    """How much a heading says about the tool it comes from: 1 over the number of tools that have it."""
    families: dict[str, set[str]] = {}
    for profile in (*all_profiles(), register()):
        for heading in own_headings(profile.name):
            families.setdefault(heading, set()).add(profile.family)
    return {heading: 1 / len(several) for heading, several in families.items()}


def canonical_profile(name: str) -> Profile:
    """A format with our own column names; its words are those of a register."""
    return Profile(name, None, {}, words=register().words, family=name)


def known_headings(profile: Profile) -> dict[str, str]:
    """Headings that the profile knows, by :func:`heading_key`, with our column of each."""
    own = names(DISPOSALS if profile.name == DISPOSAL else ASSETS)
    return dict(profile.columns) or {heading_key(name): name for name in own}


def register_headings() -> dict[str, str]:
    """Headings of an everyday register, for a file whose format is not known."""
    return known_headings(register())


def profile_named(name: str) -> Profile | None:
    """The profile of that name."""
    return next((p for p in (*all_profiles(), register()) if p.name == name), None)


def names_of_profiles() -> list[str]:
    """Names of all profiles."""
    return [register().name, *(p.name for p in all_profiles())]
