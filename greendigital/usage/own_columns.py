"""The columns that a bill has, asked by name: absent ones are empty, and capitals do not matter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class OwnColumns:
    """Columns of one bill as expressions of the database, where every one of them is text.

    Parameters
    ----------
    names
        The header, in order.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = list(names)
        self._by_key: dict[str, str] = {}
        for name in names:
            self._by_key.setdefault(name.casefold(), name)

    def has(self, *names: str) -> bool:
        """Whether the bill has all of the columns."""
        return all(name.casefold() in self._by_key for name in names)

    def all_of(self, candidates: Iterable[str]) -> list[str]:
        """Those of the names that the bill has, as it writes them."""
        return [self._by_key[c.casefold()] for c in candidates if c.casefold() in self._by_key]

    def first(self, *candidates: str) -> str | None:
        """The first of the names that the bill has, as it writes it."""
        return next(iter(self.all_of(candidates)), None)

    def text(self, *candidates: str) -> str:
        """The first filled of the columns; NULL where the bill has none of them."""
        found = [quoted(name) for name in self.all_of(candidates)]
        return f"coalesce({', '.join(found)})" if found else "NULL::VARCHAR"

    def number(self, *candidates: str) -> str:
        """The first of the columns that holds a number; NaN and infinity are none."""
        found = [finite_number(name) for name in self.all_of(candidates)]
        return f"coalesce({', '.join(found)})" if found else "NULL::DOUBLE"

    def date(self, *candidates: str) -> str:
        """As :meth:`text`, for a date of ISO form; NULL where it is none."""
        return f"TRY_CAST(substr({self.text(*candidates)}, 1, 10) AS DATE)"


def quoted(name: str) -> str:
    """A column name in the quotation marks of the database."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text in the quotation marks of the database."""
    return "'" + text.replace("'", "''") + "'"


def finite_number(column: str) -> str:
    """Expression that gives the number of a text column, NULL where it holds none; NaN and infinity are no numbers."""
    number = f"TRY_CAST({quoted(column)} AS DOUBLE)"
    return f"CASE WHEN isfinite({number}) THEN {number} END"
