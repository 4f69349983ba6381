"""What changes from one edition to another: factors added, removed and changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from greendigital.errors import FactorError
from greendigital.factorset.check_rows import same_thing
from greendigital.factorset.describe import timeless
from greendigital.factorset.library import FactorLibrary, sets_in
from greendigital.factorset.model import Factor

_SAME = 1e-12


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; ``old`` and ``new`` are values in ``unit``, None where there is none."""

    change: Literal["added", "removed", "changed"]
    what: str
    activity: str
    region: str
    old: float | None
    new: float | None
    unit: str
    old_id: str
    new_id: str

    @property
    def relative(self) -> float | None:
        """Change as a share of the old value; None where there is no old value to relate it to."""
        return None if self.old in (None, 0) or self.new is None else self.new / self.old - 1


@dataclass(frozen=True, slots=True)
class Difference:
    """Changes of factors, how many stayed as they were, and by lookup table how many rows came and went."""

    changes: list[Change]
    unchanged: int
    rows: dict[str, tuple[int, int]]


def diff(old: str, new: str) -> Difference:
    """What changes from one set to another.

    Parameters
    ----------
    old, new
        A folder with one set, the name of a shipped set, or either with ``@YEAR`` for the factors valid in that year:
        ``uk-conversion-factors@2025``.

    Raises
    ------
    FactorError
        If there is no such set, or none of its factors is of the year.
    """
    (first, first_year), (second, second_year) = _side(old), _side(new)
    dated = first_year is None and second_year is None
    before, after = (_factors(s, y) for s, y in ((first, first_year), (second, second_year)))
    found = compare(before, after, dated=dated)
    rows = {} if first_year or second_year else _rows(first, second)
    return Difference(found, _unchanged(before, after, found), rows)


def _side(text: str) -> tuple[FactorLibrary, int | None]:
    name, _, year = text.rpartition("@") if "@" in text else (text, "", "")
    if year and not (year.isdigit() and len(year) == 4):
        raise FactorError(f'"{text}": "{year}" is not a year. Write a set, or set@2025.')
    found = sets_in(name)
    if len(found) > 1:
        raise FactorError(f'"{name}" holds several sets: {", ".join(sorted(found))}. Name one.')
    return FactorLibrary(found), int(year) if year else None


def _factors(library: FactorLibrary, year: int | None) -> list[Factor]:
    factors = [f for name in library.sets for f in library.factors_of(name)]
    if year is None:
        return factors
    found = [f for f in factors if f.valid_from and f.valid_to and f.valid_from.year <= year <= f.valid_to.year]
    if not found:
        raise FactorError(f"{', '.join(library.sets)} has no factor of {year}.")
    return found


def compare(old: Iterable[Factor], new: Iterable[Factor], *, dated: bool = True) -> list[Change]:
    """Differences by what a factor is of; ``dated``: and when.

    Returns
    -------
    list of Change
        The largest relative change first, then what was added and removed.
    """
    key = same_thing if dated else timeless
    before, after = {key(f): f for f in old}, {key(f): f for f in new}
    found = [change_of(before.get(k), after.get(k)) for k in dict.fromkeys([*before, *after])]
    order = {"changed": 0, "added": 1, "removed": 2}
    changes = [c for c in found if c is not None]
    return sorted(changes, key=lambda c: (order[c.change], -abs(c.relative or 0), c.new_id or c.old_id))


def change_of(old: Factor | None, new: Factor | None) -> Change | None:
    """The difference between two factors of one thing; None where there is none."""
    some = new or old
    assert some is not None
    if old and new and abs(old.value - new.value) <= _SAME * max(abs(old.value), abs(new.value)):
        return None
    names = (some.extra.get(c, "") for c in ("group", "detail", "route", "category", "variant"))
    return Change(
        change="changed" if old and new else "added" if new else "removed",
        what=", ".join(dict.fromkeys(n for n in names if n)) or some.activity,
        activity=some.activity,
        region=some.region,
        old=old.value if old else None,
        new=new.value if new else None,
        unit=some.unit,
        old_id=old.factor_id if old else "",
        new_id=new.factor_id if new else "",
    )


def _unchanged(old: Sequence[Factor], new: Sequence[Factor], changes: Sequence[Change]) -> int:
    return len(new) - sum(c.change in ("changed", "added") for c in changes)


def changes_by(library: FactorLibrary, set_name: str) -> list[Change]:
    """What a set changes: each of its factors beside the one it takes the place of, else the edition before it."""
    own = library.factors_of(set_name)
    earlier = [n for n in library.sets if library.layer(n) < library.layer(set_name)]
    others = [
        f
        for name in earlier
        for resource, activities in library.sets[name].factor_resources.items()
        for activity in {f.activity for f in own} & set(activities)
        for f in library.factor_table(name, resource).of(activity)
    ]
    by_id = {f.factor_id: f for f in others}
    editions: dict[tuple[object, ...], list[Factor]] = {}
    for factor in others:
        editions.setdefault(timeless(factor), []).append(factor)
    found = []
    for factor in own:
        replaced = next((by_id[i] for i in (factor.factor_id, *factor.supersedes.split()) if i in by_id), None)
        before = [f for f in editions.get(timeless(factor), ()) if _from(f) <= _from(factor)]
        found.append(change_of(replaced or max(before, key=_from, default=None), factor))
    return [c for c in found if c is not None]


def _from(factor: Factor) -> str:
    return str(factor.valid_from or "")


def _rows(first: FactorLibrary, second: FactorLibrary) -> dict[str, tuple[int, int]]:
    """Rows added to and removed from each lookup table."""
    sides = []
    for library in (first, second):
        (name,) = library.sets
        tables = {r: library.table(name, r) for r in library.sets[name].lookups}
        sides.append({r: Counter(tuple(map(str, row.values())) for row in rows) for r, rows in tables.items()})
    names = dict.fromkeys([*sides[0], *sides[1]])
    pairs = {n: (sides[0].get(n, Counter()), sides[1].get(n, Counter())) for n in names}
    return {n: ((b - a).total(), (a - b).total()) for n, (a, b) in pairs.items()}
