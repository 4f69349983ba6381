"""What the library holds already: an import adds to it and never changes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass

from greendigital.factorset.imports.draft import counted
from greendigital.factorset.library import FactorLibrary
from greendigital.factorset.tables import rows_of

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Settled:
    """Rows to write, with their row numbers; how many the library holds alike; those it holds with another value."""

    rows: tuple[dict[str, str], ...]
    row_numbers: tuple[int, ...]
    alike: int
    revisions: tuple[str, ...]

    def sentences(self, taken: bool) -> list[str]:
        """What was left out because the library holds it."""
        found = []
        if self.alike:
            found.append(f"{counted(self.alike, 'row')} left out: the library holds the same value.")
        if self.revisions and not taken:
            found.append(
                f"{counted(len(self.revisions), 'row')} left out: the library holds another value. "
                "--revisions takes such figures under ids of their own."
            )
        return found


def held_factors(library: FactorLibrary, activities: Collection[str]) -> list[dict[str, str]]:
    """The rows of some activities as they stand in the files, of all sets; a later set wins for the same id."""
    found: dict[str, dict[str, str]] = {}
    for metadata in library.sets.values():
        for resource, declared in metadata.factor_resources.items():
            if not set(declared) & set(activities):
                continue
            for _, row in rows_of(metadata.file(resource)):
                if row.get("activity") in activities:
                    found[row["factor_id"]] = row
    return list(found.values())


def held_products(library: FactorLibrary) -> list[dict[str, str]]:
    """The rows of every product table."""
    found = []
    for metadata in library.sets.values():
        if "products" in metadata.resources:
            found += [row for _, row in rows_of(metadata.file("products"))]
    return found


def same_value(one: str, other: str, least: int) -> bool:
    """Whether two figures agree to the digits that both give, but at least ``least`` decimals.

    Examples
    --------
    >>> same_value("0.207074", "0.20707429", 5), same_value("0.177", "0.1774", 5)
    (True, False)
    """
    if not one or not other:
        return one == other
    decimals = max(least, min(_decimals(one), _decimals(other)))
    return round(abs(float(one) - float(other)), decimals + 3) <= 0.5 * 10.0**-decimals


def _decimals(text: str) -> int:
    return 12 if "e" in text.lower() else len(text.partition(".")[2])


def settle(
    candidates: Sequence[tuple[int, dict[str, str]]],
    held: Sequence[Row],
    key: Callable[[Row], Hashable],
    values: Sequence[str],
    least: int,
    revisions: bool,
    suffix: str,
) -> Settled:
    """Part the rows of a file into new ones, ones held alike, and revisions.

    Parameters
    ----------
    candidates
        Row number and row.
    key
        What makes two rows figures of the same thing and time.
    values
        The columns whose figures are compared, to at least ``least`` decimals.
    revisions
        Take a changed figure too, under its own id (``-r<suffix>``) and with ``supersedes``.
    """
    id_column = "factor_id" if values[0] == "value" else "pcf_id"
    known: dict[Hashable, list[Row]] = {}
    for row in held:
        known.setdefault(key(row), []).append(row)
    taken: list[tuple[int, dict[str, str]]] = []
    used: set[str] = set()
    alike, changed = 0, []
    for number, row in candidates:
        twins = known.get(key(row), [])
        if any(all(same_value(row.get(c) or "", t.get(c) or "", least) for c in values) for t in twins):
            alike += 1
            continue
        if twins:
            replaced = {t.get("supersedes") for t in twins}
            newest = next((t for t in reversed(twins) if t[id_column] not in replaced), twins[-1])
            column = next(c for c in values if not same_value(row.get(c) or "", newest.get(c) or "", least))
            changed.append(
                f"Row {number}: {newest[id_column]} is {newest.get(column) or 'empty'} in the library, "
                f"{row.get(column) or 'empty'} in the file ({column})."
            )
            if not revisions:
                continue
            first = re.sub(r"-r\d+$", "", newest[id_column])
            new_id = f"{first}-r{suffix}"
            while new_id in used:
                new_id += "-2"  # Two rows of one product in one file.
            used.add(new_id)
            row = {**row, id_column: new_id, "supersedes": newest[id_column]}
        taken.append((number, row))
    return Settled(tuple(r for _, r in taken), tuple(n for n, _ in taken), alike, tuple(changed))
