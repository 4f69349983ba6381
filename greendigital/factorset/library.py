"""The factor sets at hand, read only when first asked for."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from greendigital.errors import FactorError
from greendigital.factorset.model import Factor, FactorSet, Source
from greendigital.factorset.tables import read_factors, read_lookup, read_package, read_sources


def factor_folders() -> Path:
    """The folder of the shipped sets: inside the installed package, else beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "factors", package.parent / "factors"):
        if folder.is_dir():
            return folder
    raise FactorError("The shipped factor sets are missing. Install the package again.")


class FactorLibrary:
    """Factor sets by name; later folders take precedence for factors of the same id."""

    def __init__(self, sets: Mapping[str, FactorSet]) -> None:
        self.sets = sets
        self._factors: dict[str, list[Factor]] = {}
        self._tables: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self._sources: dict[str, dict[str, Source]] = {}
        self._found: dict[tuple[str, str | None], list[Factor]] = {}

    def _of_set(self, name: str) -> list[Factor]:
        if name not in self._factors:
            self._factors[name] = read_factors(self.sets[name])
        return self._factors[name]

    @cached_property
    def _by_activity(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name, metadata in self.sets.items():
            for activity in metadata.activities:
                found.setdefault(activity, []).append(name)
        return found

    @cached_property
    def _by_id(self) -> dict[str, Factor]:
        return {f.factor_id: f for name in self.sets for f in self._of_set(name)}

    def factor(self, factor_id: str) -> Factor:
        """The factor of an id.

        Raises
        ------
        FactorError
            If there is none; the nearest ids are named.
        """
        if factor_id.startswith("assumption-"):
            # By far the most asked for; spares reading the large sets. The set given last counts.
            sets = reversed(self._by_activity.get("assumption", ()))
            found = next((f for name in sets for f in self._of_set(name) if f.factor_id == factor_id), None)
        else:
            found = self._by_id.get(factor_id)
        if found is None:
            near = difflib.get_close_matches(factor_id, list(self._by_id), n=3) or ["none"]
            raise FactorError(f'There is no factor "{factor_id}". Nearest: {", ".join(near)}.')
        return found

    def find(self, activity: str, region: str | None = None) -> list[Factor]:
        """Factors of an activity, of one region where given, oldest first."""
        key = (activity, region)
        if key not in self._found:
            found = {
                f.factor_id: f
                for name in self._by_activity.get(activity, ())
                for f in self._of_set(name)
                if f.activity == activity and (region is None or f.region == region)
            }
            self._found[key] = sorted(found.values(), key=lambda f: (str(f.valid_from or ""), f.factor_id))
        return self._found[key]

    def at(self, activity: str, region: str, year: int) -> tuple[Factor, bool] | None:
        """The factor valid in a year, else the newest earlier one; True says that it stands in for a later year."""
        chosen: Factor | None = None
        for factor in self.find(activity, region):
            if factor.valid_from is None or factor.valid_from.year <= year:
                chosen = factor
        if chosen is None:
            return None
        return chosen, chosen.valid_to is not None and chosen.valid_to.year < year

    def table(self, set_name: str, resource: str) -> list[dict[str, Any]]:
        """Rows of a lookup table, typed by its schema."""
        key = (set_name, resource)
        if key not in self._tables:
            if set_name not in self.sets:
                raise FactorError(f'There is no factor set "{set_name}". Sets: {", ".join(sorted(self.sets))}.')
            self._tables[key] = read_lookup(self.sets[set_name], resource)
        return self._tables[key]

    def source(self, set_name: str, source_id: str) -> Source:
        """The source of a row.

        Raises
        ------
        FactorError
            If the set does not declare it.
        """
        if set_name not in self._sources:
            self._sources[set_name] = read_sources(self.sets[set_name])
        try:
            return self._sources[set_name][source_id]
        except KeyError:
            raise FactorError(f'{set_name}: the source "{source_id}" is not declared in sources.csv.') from None

    def cite(self, factor: Factor) -> str:
        """Publisher, title and year of the factor's source, and its address."""
        source = self.source(factor.set_name, factor.source_id)
        year = f", {source.year}" if source.year and source.year not in source.title else ""
        return f"{source.publisher}: {source.title}{year}" + (f" ({source.url})" if source.url else "")

    def licence(self, factor: Factor) -> str:
        """Licence of the factor's source."""
        return self.source(factor.set_name, factor.source_id).licence


def load_library(extra: Sequence[Path | str] = ()) -> FactorLibrary:
    """The shipped sets, and those in further folders (a set, or a folder of sets).

    The shipped sets alone are read once in a process.

    Raises
    ------
    FactorError
        If a folder holds no factor set, or one without a complete ``datapackage.json``.
    """
    return _load([factor_folders(), *(Path(p) for p in extra)]) if extra else _shipped()


@lru_cache(maxsize=1)
def _shipped() -> FactorLibrary:
    return _load([factor_folders()])


def _load(folders: Sequence[Path]) -> FactorLibrary:
    sets: dict[str, FactorSet] = {}
    for folder in folders:
        is_set = (folder / "datapackage.json").is_file()
        packages = [folder] if is_set else sorted(p.parent for p in folder.glob("*/datapackage.json"))
        if not packages:
            raise FactorError(f'"{folder}" holds no factor set: there is no datapackage.json in it or below it.')
        for package in packages:
            metadata = read_package(package)
            sets[metadata.name] = metadata
    return FactorLibrary(sets)
