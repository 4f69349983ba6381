"""The two sides matched: cells at the finest level both have, and groups of cells."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from greendigital.columns import STAGE_COLUMNS
from greendigital.period import Period
from greendigital.reconciliation.billed import Billed
from greendigital.reconciliation.emissions import LEVELS, Emission, Export, add_up
from greendigital.reconciliation.names import Names, is_account_id
from greendigital.uncertainty import Figure, sum_components

PARTS: dict[str, tuple[str, ...]] = {
    "electricity": ("use_direct_kg_co2e", "use_life_cycle_kg_co2e"),
    "losses_and_well_to_tank": ("use_losses_kg_co2e", "use_wtt_kg_co2e"),
    "embodied": (*STAGE_COLUMNS[4:8], "written_off_kg_co2e"),
    "network": ("network_kg_co2e",),
    "fallback": ("fallback_kg_co2e",),
}
"""What our figure is made of; together it is the whole."""

BASES = ("location", "market", "unlabelled")
"""Totals of an export, the one to compare with first: ours is location-based."""

Key = tuple[str | None, ...]


@dataclass(slots=True)
class Cell:
    """What the two sides hold of one place and month."""

    emissions: list[Emission] = field(default_factory=list)
    signatures: list[dict[str, Any]] = field(default_factory=list)
    excluded: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_matched(self) -> bool:
        """Whether both sides hold a figure."""
        return bool(self.emissions and self.signatures)


class Compared(NamedTuple):
    """The sums over what both sides have, kg CO2e, and on which basis theirs is."""

    basis: str
    theirs: float
    ours: float

    @property
    def ratio(self) -> float | None:
        """Ours over theirs."""
        return self.ours / self.theirs if self.theirs > 0 else None


class View:
    """One way in which a provider's exports cut its emissions, beside our lines of the provider.

    Attributes
    ----------
    levels
        What cells are told apart by: the levels that both sides have.
    first_month, last_month
        Those of the period of the run.
    has_other_account_names
        Whether accounts are left out of the levels, since the bill names them in another way than the export.
    """

    def __init__(
        self, provider: str, name: str, exports: Sequence[Export], billed: Billed, names: Names, period: Period
    ) -> None:
        self.provider, self.name, self.period, self.billed = provider, name, period, billed
        self.first_month, self.last_month = f"{period.start:%Y-%m}", f"{period.end:%Y-%m}"
        self.exports = [e for e in exports if any(m.view == name and m.provider == provider for m in e.emissions)]
        self._names = names
        emissions = [m for e in self.exports for m in e.emissions if m.view == name]
        signatures = [r for r in billed.signatures if r["provider"] == provider]
        self.theirs = {level: {self._key(level, _place(e)) for e in emissions} - {None} for level in LEVELS}
        self.ours = {level: {self._key(level, row) for row in signatures} - {None} for level in LEVELS}
        self._labels = {level: self._label_of(level, emissions, signatures) for level in ("account", "service")}
        self._account_names = self._names_of_accounts()
        self.has_other_account_names = self._has_other_account_names()
        self.levels = self._levels()
        self.cells = self._cells(emissions, signatures)

    @property
    def states_month(self) -> bool:
        """Whether the exports say of which month they are."""
        return bool(self.theirs["month"])

    @property
    def denied(self) -> list[str]:
        """Subscriptions that the exports leave out."""
        return sorted({name for export in self.exports for name in export.denied})

    @property
    def has_more_pages(self) -> bool:
        """Whether none of the exports is the last page."""
        return all(export.has_more_pages for export in self.exports)

    @property
    def has_top_items_only(self) -> bool:
        """Whether an export holds the largest items alone."""
        return any(export.has_top_items_only for export in self.exports)

    @property
    def is_partial(self) -> bool:
        """Whether the provider's total is known not to be whole."""
        return bool(self.denied) or self.has_more_pages or self.has_top_items_only

    def label(self, level: str, key: str | None) -> str | None:
        """What a key is called: a service by its full name, an account as the export writes it."""
        return self._labels.get(level, {}).get(key or "", key)

    def account_name(self, key: str | None) -> str | None:
        """What the bill calls an account that is matched by its id, all names where it had several; None if unknown."""
        return ", ".join(self._account_names.get(key or "", ())) or None

    def told(self, level: str, key: str | None) -> str:
        """The label of a key in a sentence: an account with its name behind the id."""
        name = self.account_name(key) if level == "account" else None
        label = self.label(level, key) or ""
        return f"{label} ({name})" if name else label

    def groups(self, by: Sequence[str]) -> list[Group]:
        """Cells by some of the levels, in the order of their names; those that the view does not have are left out."""
        kept = [level for level in self.levels if level in by]
        found: dict[Key, list[tuple[Key, Cell]]] = defaultdict(list)
        for key, cell in self.cells.items():
            found[tuple(key[self.levels.index(level)] for level in kept)].append((key, cell))
        return [Group(self, dict(zip(kept, key, strict=True)), found[key]) for key in sorted(found, key=_in_order)]

    def _cells(self, emissions: Sequence[Emission], signatures: Sequence[dict[str, Any]]) -> dict[Key, Cell]:
        """Cells in the order of their keys, so that no sum hangs on the order of a file."""
        found: dict[Key, Cell] = defaultdict(Cell)
        for e in emissions:
            found[self._keys(_place(e))].emissions.append(e)
        for row in signatures:
            found[self._keys(row)].signatures.append(row)
        for row in self.billed.excluded:
            if row["provider"] == self.provider and self._keys(row) in found:
                found[self._keys(row)].excluded.append(row)
        return {key: found[key] for key in sorted(found, key=_in_order)}

    def _label_of(
        self, level: str, emissions: Sequence[Emission], signatures: Sequence[Mapping[str, Any]]
    ) -> dict[str, str]:
        theirs = [_place(e)[level] for e in emissions]
        ours = [row[level] for row in signatures]
        found: dict[str, str] = {}
        for text in (*ours, *theirs) if level == "service" else (*theirs, *ours):
            key = self._names.key(level, self.provider, text)
            if key and text:
                found.setdefault(key, self._names.shown(text) if level == "service" else text)
        return found

    def _names_of_accounts(self) -> dict[str, list[str]]:
        """Names that the bill gives to accounts, by the key of their id, in alphabetical order."""
        found: dict[str, set[str]] = defaultdict(set)
        for row in (*self.billed.signatures, *self.billed.excluded):
            if row["provider"] != self.provider:
                continue
            key, name = self._key("account", row), row["account_name"]
            if key and name and self._names.key("account", self.provider, name) != key:
                found[key].add(name)
        return {key: sorted(names) for key, names in found.items()}

    def _levels(self) -> list[str]:
        """A level that the export leaves empty is none; save the month, or one month of theirs met several of ours."""
        kept = [level for level in LEVELS if self.theirs[level]]
        if self.has_other_account_names and "account" in kept:
            kept.remove("account")
        if not self.states_month and len(self.ours["month"]) > 1:
            kept.append("month")
        return kept

    def _has_other_account_names(self) -> bool:
        """Whether theirs are ids and ours, none of which is the same, are names."""
        theirs, ours = self.theirs["account"], self.ours["account"]
        if not theirs or not ours or theirs & ours:
            return False
        return not all(is_account_id(self.provider, key) for key in ours if key)

    def _key(self, level: str, row: Mapping[str, Any]) -> str | None:
        return self._names.key(level, self.provider, row[level])

    def _keys(self, row: Mapping[str, Any]) -> Key:
        return tuple(self._key(level, row) for level in self.levels)


class Group:
    """Cells of a view that make one row."""

    def __init__(self, view: View, place: Mapping[str, str | None], cells: Iterable[tuple[Key, Cell]]) -> None:
        self.view, self.place, self.cells = view, place, list(cells)
        self.emissions = [e for _, cell in self.cells for e in cell.emissions]
        self.signatures = [row for _, cell in self.cells for row in cell.signatures]
        self.excluded = [row for _, cell in self.cells for row in cell.excluded]

    @property
    def side(self) -> str:
        """Who has a figure: ``both``, ``theirs_only`` or ``ours_only``."""
        if not self.signatures:
            return "theirs_only"
        return "both" if self.emissions else "ours_only"

    @cached_property
    def ours(self) -> Figure | None:
        """Low, central and high; None where no line counts."""
        if not self.signatures:
            return None
        return sum_components(self.signatures, STAGE_COLUMNS, self.view.billed.known).figure()

    @cached_property
    def parts(self) -> dict[str, float] | None:
        """What ours is made of, kg CO2e."""
        return {name: _central(self.signatures, columns) for name, columns in PARTS.items()} if self.ours else None

    def theirs(self, name: str) -> float | None:
        """A figure of the export, kg CO2e; None where it does not give it."""
        return add_up(self.emissions, name)

    @cached_property
    def compared(self) -> Compared | None:
        """Sums over the cells that both sides have; None where there are none, or they share no basis."""
        cells = [cell for _, cell in self.cells if cell.is_matched]
        emissions = [e for cell in cells for e in cell.emissions]
        for basis in BASES:
            if cells and all(e.figures.get(basis) is not None for e in emissions):
                ours = math.fsum(_central(cell.signatures, STAGE_COLUMNS) for cell in cells)
                return Compared(basis, add_up(emissions, basis) or 0.0, ours)
        return None


def _in_order(key: Key) -> list[tuple[bool, str]]:
    return [(part is None, part or "") for part in key]


def _place(e: Emission) -> dict[str, str | None]:
    return {"account": e.account, "service": e.service, "region": e.region, "month": e.month}


def _central(signatures: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> float:
    return math.fsum(row[c] or 0.0 for row in signatures for c in columns)
