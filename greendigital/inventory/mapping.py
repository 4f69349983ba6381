"""A column mapping of the user's own: what the reader would otherwise have to guess."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from greendigital.columns import ASSETS, names
from greendigital.errors import ConfigError
from greendigital.inventory.profiles import Profile, heading_key, names_of_profiles, profile_named

HELPERS = ("host_name", "enrolled_date", "model_version", "storage", "memory", "virtual")
"""Columns that help the reader and stand in no frame."""

_KEYS = ("profile", "columns", "ignore")


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Our column of headings, by :func:`~greendigital.inventory.profiles.heading_key`; wins over every profile.

    Attributes
    ----------
    columns
        Heading to our column.
    ignored
        Headings that nothing is made of.
    profile
        The profile that reads the other headings; None lets the reader choose.
    written
        The headings as the user wrote them.
    """

    name: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    profile: Profile | None = None
    written: tuple[str, ...] = ()

    @property
    def is_given(self) -> bool:
        """Whether it says anything."""
        return bool(self.columns or self.ignored or self.profile)

    def applied(self, headings: Iterable[str]) -> set[str]:
        """Those of the headings that the mapping names, by their key."""
        return {heading_key(h) for h in headings} & {*self.columns, *self.ignored}

    def columns_of(self, cells: Sequence[Any], read: Sequence[str | None]) -> tuple[str | None, ...]:
        """The reading of a header with the mapping laid over it: a mapped column comes from no other heading."""
        keys = [heading_key(c) if isinstance(c, str) else "" for c in cells]
        taken = {self.columns[k] for k in keys if k in self.columns}
        return tuple(
            self.columns.get(key, None if key in self.ignored or name in taken else name)
            for key, name in zip(keys, read, strict=True)
        )


NOTHING_MAPPED = ColumnMapping()


def load_mapping(given: str | Path | Mapping[str, Any] | None) -> ColumnMapping:
    """A mapping from a TOML file, or from a dictionary: our column to the heading of the file, or several of them.

    A dictionary may be the columns alone, or hold ``columns``, ``ignore`` and ``profile`` as the file does.

    Raises
    ------
    ConfigError
        If the file cannot be read, names a column or profile that does not exist, or no heading of a column, or has
        one heading under two columns.
    """
    if given is None:
        return NOTHING_MAPPED
    if isinstance(given, Mapping):
        whole = bool({"columns", "ignore"} & set(given))
        return _mapping("columns", given if whole else {"columns": given})
    path = Path(given)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{path.name}: The file cannot be read ({error.strerror}). Check its name.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f'{path.name}: This is not TOML ({error}). Write lines such as model = "Bezeichnung".'
        ) from None
    return _mapping(path.name, data)


def _mapping(name: str, data: Mapping[str, Any]) -> ColumnMapping:
    if unknown := next((key for key in data if key not in _KEYS), None):
        raise ConfigError(f'{name}: "{unknown}" is not understood. Use {", ".join(_KEYS)}.')
    profile = data.get("profile")
    found = profile_named(str(profile)) if profile is not None else None
    if profile is not None and found is None:
        raise ConfigError(f'{name}, profile: "{profile}" is unknown. Use one of {", ".join(names_of_profiles())}.')
    columns: dict[str, str] = {}
    written: list[str] = []
    pairs = data.get("columns", {})
    if not isinstance(pairs, Mapping):
        raise ConfigError(f'{name}, columns: Write a table of lines such as model = "Bezeichnung".')
    for ours, headings in pairs.items():
        ours = _known(name, ours)
        for heading in _headings(name, ours, headings):
            if columns.setdefault(heading_key(heading), ours) != ours:
                raise _twice(name, heading, columns[heading_key(heading)], ours)
            written.append(heading)
    ignored = _texts(name, "ignore", data.get("ignore", []))
    if both := next((h for h in ignored if heading_key(h) in columns), None):
        raise _twice(name, both, columns[heading_key(both)], "ignore")
    return ColumnMapping(name, columns, frozenset(heading_key(h) for h in ignored), found, (*written, *ignored))


def _twice(name: str, heading: str, one: str, other: str) -> ConfigError:
    return ConfigError(f'{name}: The heading "{heading}" stands under both {one} and {other}. Take one of them out.')


def _headings(name: str, ours: str, value: Any) -> list[str]:
    """The headings of one of our columns, one at least."""
    if found := _texts(name, ours, value):
        return found
    raise ConfigError(f"{name}, {ours}: No heading is given. Write one in quotation marks, or take the line out.")


def _texts(name: str, key: str, value: Any) -> list[str]:
    several = [value] if isinstance(value, str) else value
    if not isinstance(several, list | tuple) or not all(isinstance(v, str) and heading_key(v) for v in several):
        raise ConfigError(f'{name}, {key}: "{value}" is no heading. Write the heading of the file in quotation marks.')
    return list(several)


def _known(name: str, ours: str) -> str:
    known = [*names(ASSETS), *HELPERS]
    if ours in known:
        return ours
    near = difflib.get_close_matches(ours, known, n=3) or known[:4]
    raise ConfigError(
        f'{name}, columns: "{ours}" is not a column. Use our name on the left, such as {", ".join(near)}.'
    )
