"""The factor sets at hand, in layers: those shipped, further folders as given, overrides of the configuration.

Nothing is read before it is asked for. A factor of a later layer takes the place of an earlier one when it has its id,
names it under ``supersedes``, or is of the same thing in the same time; its own ``supersedes`` then says which.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from greendigital.errors import FactorError
from greendigital.factorset.additions import ADDABLE, with_added
from greendigital.factorset.check_products import PRODUCTS
from greendigital.factorset.check_rows import same_thing
from greendigital.factorset.model import Factor, FactorSet, Source
from greendigital.factorset.overrides import OVERRIDES, REPLACED, Overrides, range_kept
from greendigital.factorset.refusals import refuse_broken, refuse_unknown_supersedes, same_content
from greendigital.factorset.shipped import factor_folders
from greendigital.factorset.tables import FactorTable, read_lookup, read_package, read_sources

SHIPPED = 0
"""Layer of the shipped sets."""


class FactorLibrary:
    """Factor sets by name.

    Attributes
    ----------
    sets
        Metadata of every set by name.
    """

    def __init__(
        self, sets: Mapping[str, FactorSet], layers: Mapping[str, int] | None = None, overrides: Overrides | None = None
    ) -> None:
        self.sets = dict(sets)
        self._layers = dict(layers or {})
        self._overrides = overrides
        if overrides is not None:
            self.sets[OVERRIDES] = overrides.metadata
            self._layers[OVERRIDES] = max(self._layers.values(), default=0) + 1
        self._tables: dict[tuple[str, str], FactorTable] = {}
        self._lookups: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self._sources: dict[str, Mapping[str, Source]] = {}
        self._found: dict[tuple[str, str | None], list[Factor]] = {}
        self._by_id: dict[str, Factor] = {}
        self._own_factors: list[Factor] | None = None
        self._replacing: dict[str, Factor] = {}

    def with_overrides(self, overrides: Overrides) -> FactorLibrary:
        """The same library with a last layer of overrides; the shipped sets already read are shared."""
        for factor_id in overrides.by_id:
            if factor_id.startswith("assumption-") and self.published(factor_id) is None:
                near = difflib.get_close_matches(factor_id, self.ids(), n=1)
                hint = f" Did you mean {near[0]}?" if near else ""
                raise FactorError(f"overrides, {factor_id}: there is no such assumption.{hint}")
        found = FactorLibrary(self.sets, self._layers, overrides)
        found._tables, found._lookups = self._tables, self._lookups
        return found

    def layer(self, set_name: str) -> int:
        """0 for a shipped set, then counting up in the order in which sets were given."""
        return self._layers.get(set_name, SHIPPED)

    @property
    def files_read(self) -> list[Path]:
        """Files of factors and tables read so far."""
        return sorted({self.sets[s].file(r) for s, r in (*self._tables, *self._lookups) if s in self.sets})

    def factor_table(self, set_name: str, resource: str) -> FactorTable:
        """The factors of one resource of a set."""
        key = (set_name, resource)
        if key not in self._tables:
            self._tables[key] = FactorTable(self.sets[set_name], resource)
        return self._tables[key]

    def factors_of(self, set_name: str) -> list[Factor]:
        """Every factor of a set, in the order of its files."""
        return [f for r in self.sets[set_name].factor_resources for f in self.factor_table(set_name, r).all()]

    def _tables_of(self, activity: str) -> Iterator[FactorTable]:
        """Tables that hold an activity, earlier layers first."""
        for name in sorted(self.sets, key=self.layer):
            for resource, activities in self.sets[name].factor_resources.items():
                if activity in activities:
                    yield self.factor_table(name, resource)

    def _later(self) -> list[Factor]:
        """Factors of all layers but the shipped one, the set given last at the end."""
        if self._own_factors is None:
            names = sorted((n for n in self.sets if self.layer(n) != SHIPPED), key=self.layer)
            self._own_factors = [f for n in names for f in self.factors_of(n)]
            self._replacing = {old: f for f in self._own_factors for old in (f.factor_id, *f.supersedes.split())}
        return self._own_factors

    def _replacement(self, factor_id: str) -> Factor | None:
        """What the sets given beside put in the place of an id, to the end of the chain; the set given last wins."""
        self._later()
        found: Factor | None = None
        seen: set[str] = set()
        while factor_id not in seen and (next_one := self._replacing.get(factor_id)) is not None:
            seen.add(factor_id)
            found, factor_id = next_one, next_one.factor_id
        return found

    def in_place_of(self, factor: Factor) -> Factor:
        """What the configuration puts in the place of a factor, else the factor itself."""
        return (self._overrides.in_place_of(factor) if self._overrides else None) or factor

    def is_override(self, factor: Factor) -> bool:
        """Whether a factor stands in the place of a shipped one, by the configuration or by a set given beside."""
        given = self.layer(factor.set_name) or factor.set_name in ("derived", "config")
        return factor.set_name == OVERRIDES or bool(given and factor.supersedes)

    def own_assumptions(self) -> list[Factor]:
        """Assumptions that the configuration or a set given beside replaces; they bear on figures beyond any line."""
        if self._overrides is None and not any(self._layers.values()):
            return []
        shipped = [n for n in self.sets if self.layer(n) == SHIPPED and "assumption" in self._activities(n)]
        ids = [f.factor_id for name in shipped for f in self.factors_of(name) if f.activity == "assumption"]
        return [f for f in map(self.factor, ids) if self.is_override(f)]

    def _activities(self, set_name: str) -> set[str]:
        return {a for held in self.sets[set_name].factor_resources.values() for a in held}

    def own_figures(self) -> dict[str, list[str]]:
        """What the configuration overrides, each with the ids of the factors that come of it."""
        if self._overrides is None:
            return {}
        found = {name: [f"override:{name}"] for name in self._overrides.by_id}
        for row in self._overrides.products:
            # A mass stands in no line: whether it was used cannot be told.
            figures = (("embodied_kg_co2e", ""), ("annual_use_kwh", ":kwh"))
            found[f"{row['manufacturer']} {row['model']}"] = [f"{row['pcf_id']}{s}" for f, s in figures if row[f]]
        return {name: ids for name, ids in found.items() if ids}

    def factor(self, factor_id: str) -> Factor:
        """The factor of an id, or what takes its place.

        Raises
        ------
        FactorError
            If there is none; the nearest ids are named.
        """
        if factor_id not in self._by_id:
            self._by_id[factor_id] = self._of_id(factor_id)
        return self._by_id[factor_id]

    def _of_id(self, factor_id: str) -> Factor:
        own, published = self._replacement(factor_id), self.published(factor_id)
        if own is not None:
            return self.in_place_of(_in_place(own, published) if published else own)
        if published is None:
            near = difflib.get_close_matches(factor_id, self.ids(), n=3) or ["none"]
            raise FactorError(f'There is no factor "{factor_id}". Nearest: {", ".join(near)}.')
        return self.in_place_of(published)

    def given_or_published(self, factor_id: str) -> Factor | None:
        """The factor that has the id, of a set given beside or shipped, whatever takes its place."""
        return next((f for f in self._later() if f.factor_id == factor_id), None) or self.published(factor_id)

    def published(self, factor_id: str) -> Factor | None:
        """The shipped factor of an id, whatever takes its place."""
        shipped = [(n, r) for n in self.sets if self.layer(n) == SHIPPED for r in self.sets[n].factor_resources]

        def unlikely(key: tuple[str, str]) -> tuple[bool, int]:
            """First the files whose activity the id names, then the small ones: what is asked for by id is there."""
            metadata, resource = self.sets[key[0]], key[1]
            named = any(a.replace("_", "-") in factor_id for a in metadata.factor_resources[resource])
            return not named, _size(metadata.file(resource))

        for name, resource in sorted(shipped, key=unlikely):
            if factor_id in (table := self.factor_table(name, resource)):
                return table.get(factor_id)
        return None

    def ids(self) -> list[str]:
        """Every id there is; reads all sets."""
        own = [f.factor_id for f in self._later()]
        return [*own, *(i for n, s in self.sets.items() for r in s.factor_resources for i in self._ids(n, r))]

    def _ids(self, set_name: str, resource: str) -> Sequence[str]:
        return self.factor_table(set_name, resource).ids

    def find(self, activity: str, region: str | None = None) -> list[Factor]:
        """Factors of an activity, of one region where given, oldest first; what was replaced is left out."""
        key = (activity, region)
        if key not in self._found:
            found: dict[tuple[object, ...], Factor] = {}
            things: dict[str, tuple[object, ...]] = {}
            for factor in (f for table in self._tables_of(activity) for f in table.of(activity, region)):
                thing = same_thing(factor)
                for old_thing in (*(things.get(i) for i in (factor.factor_id, *factor.supersedes.split())), thing):
                    old = found.pop(old_thing, None) if old_thing else None
                    factor = _in_place(factor, old) if old else factor
                found[thing] = factor
                things[factor.factor_id] = thing
            chosen = (self.in_place_of(f) for f in found.values())
            self._found[key] = sorted(chosen, key=lambda f: (str(f.valid_from or ""), f.factor_id))
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
        """Rows of a lookup table, typed by its schema, with those that sets given beside add to it."""
        key = (set_name, resource)
        if key not in self._lookups:
            if set_name not in self.sets:
                raise FactorError(f'There is no factor set "{set_name}". Sets: {", ".join(sorted(self.sets))}.')
            rows = read_lookup(self.sets[set_name], resource)
            added = [
                self.table(n, resource) for n, s in self.sets.items() if s.adds_to == set_name and resource in s.lookups
            ]
            self._lookups[key] = with_added(rows, added, ADDABLE[set_name][resource].key) if added else rows
        return self._lookups[key]

    def products(self) -> Iterator[tuple[str, Sequence[Mapping[str, Any]]]]:
        """Rows of device models by set, earlier layers first."""
        for name in sorted(self.sets, key=self.layer):
            if PRODUCTS in self.sets[name].lookups:
                yield name, self.table(name, PRODUCTS)
        if self._overrides is not None:
            yield OVERRIDES, self._overrides.products

    def source(self, set_name: str, source_id: str) -> Source:
        """The source of a row.

        Raises
        ------
        FactorError
            If the set does not declare it.
        """
        if set_name not in self._sources:
            own = self._overrides.sources if self._overrides and set_name == OVERRIDES else None
            self._sources[set_name] = own or read_sources(self.sets[set_name])
        try:
            return self._sources[set_name][source_id]
        except KeyError:
            raise FactorError(f'{set_name}: the source "{source_id}" is not declared in sources.csv.') from None

    def cite(self, factor: Factor) -> str:
        """Publisher, title and year of the factor's source, and its address."""
        source = self.source(factor.set_name, factor.source_id)
        year = f", {source.year}" if source.year and source.year not in source.title else ""
        publisher = f"{source.publisher}: " if source.publisher not in ("", source.title) else ""
        return f"{publisher}{source.title}{year}" + (f" ({source.url})" if source.url else "")

    def licence(self, factor: Factor) -> str:
        """Licence of the factor's source."""
        return self.source(factor.set_name, factor.source_id).licence


def _in_place(new: Factor, old: Factor) -> Factor:
    """The new factor, saying which it stands for and what that one was."""
    said = f"in place of {old.factor_id}, {old.value:g} {old.unit}"
    if old.set_name != new.set_name:
        said += f" ({old.set_name})"
    low, high, interval = new.low, new.high, new.interval
    if low is None or high is None:
        low, high, interval = range_kept(old, new.value)
    return replace(
        new,
        low=low,
        high=high,
        interval=interval,
        supersedes=old.factor_id,
        note=f"{said}; reason: {new.note}" if new.note else said,
        # Without a range of its own it is known as well as what it replaces.
        width_kind=new.width_kind or old.width_kind,
        error_group=new.error_group or old.error_group,
        extra={**new.extra, REPLACED: repr(old.value)},
    )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def load_library(extra: Sequence[Path | str] = ()) -> FactorLibrary:
    """The shipped sets, and those in further folders: a set, a folder of sets, or the name of an optional shipped set.

    The shipped sets alone are read once in a process. Sets in further folders are checked first.

    Raises
    ------
    FactorError
        If a folder holds no factor set, one that :func:`greendigital.factorset.check.check_set` refuses, or one of the
        name of another with other content.
    """
    if not extra:
        return _shipped()
    found = {name: metadata for name, metadata in _packages(factor_folders()).items() if not metadata.optional}
    layers = dict.fromkeys(found, SHIPPED)
    for folder in extra:
        for name, metadata in sets_in(folder).items():
            if name in found and not same_content(found[name].path, metadata.path):
                raise FactorError(
                    f'{metadata.path}: there is another set named "{name}" with other content. {_named(name)}'
                )
            if name not in found:
                refuse_broken(metadata)
                # What adds rows to a table replaces no factor: it is no layer of its own.
                found[name], layers[name] = metadata, SHIPPED if metadata.adds_to else max(layers.values()) + 1
    library = FactorLibrary(found, layers)
    for name in (n for n, layer in layers.items() if layer):
        refuse_unknown_supersedes(library, name)
    return library


def _named(name: str) -> str:
    """What to do about a name that is taken."""
    if name in ADDABLE:
        return (
            f'To add rows to it, give a set with a name of its own and "adds_to": "{name}" in datapackage.json, which '
            "holds the further rows alone: docs/meters.md has one."
        )
    return "Give this one a name of its own in datapackage.json; what it replaces goes under supersedes."


@lru_cache(maxsize=1)
def _shipped() -> FactorLibrary:
    return FactorLibrary({n: m for n, m in _packages(factor_folders()).items() if not m.optional})


def sets_in(folder: Path | str) -> dict[str, FactorSet]:
    """The sets of a folder by name; a name that is no folder may be that of a shipped set."""
    path = Path(folder)
    if not path.exists() and (factor_folders() / str(folder) / "datapackage.json").is_file():
        path = factor_folders() / str(folder)
    return _packages(path)


def _packages(folder: Path) -> dict[str, FactorSet]:
    is_set = (folder / "datapackage.json").is_file()
    packages = [folder] if is_set else sorted(p.parent for p in folder.glob("*/datapackage.json"))
    if not packages:
        raise FactorError(f'"{folder}" holds no factor set: there is no datapackage.json in it or below it.')
    found: dict[str, FactorSet] = {}
    for package in packages:
        metadata = read_package(package)
        if metadata.name in found:
            raise FactorError(f'{package}: "{metadata.name}" is the name of {found[metadata.name].path} already.')
        found[metadata.name] = metadata
    return found
