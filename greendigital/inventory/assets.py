"""The assets frame with what was found while reading it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from greendigital.columns import ASSET_IDENTITY, ASSETS, names
from greendigital.errors import Problem
from greendigital.frames import Constant, Derived
from greendigital.inputs import InputRecord

if TYPE_CHECKING:
    import pandas as pd

    from greendigital.inventory.disposals import DisposalRecord
    from greendigital.inventory.site_meters import MeterReading

COLUMNS = tuple(names((*ASSETS, *ASSET_IDENTITY)))
_COLUMN_SET = frozenset(COLUMNS)
HOST_NAME = "host_name"
"""Kept beside the columns of a frame to join files by, and in no frame: a host name may name its user."""

_LINE_ID = "line_id"
"""Held only where it is not the source and the number of the row, as that of a given frame may be."""

_WITHOUT = {"set_aside": "", "merged_into": "", "country_assumed": False, "disposal_evidence": False}
"""What a row holds in a column that nothing was said in; None elsewhere."""


KEPT: dict[str, Any] = {name: _WITHOUT.get(name) for name in (*COLUMNS, HOST_NAME)}
"""Columns that rows keep, with what stands in them where nothing was said."""


class Row(MutableMapping[str, Any]):
    """One row of :class:`Rows`, read and changed as a dictionary is."""

    __slots__ = ("_rows", "index")

    def __init__(self, rows: Rows, index: int) -> None:
        self._rows = rows
        self.index = index

    def __getitem__(self, name: str) -> Any:
        values = self._rows.columns.get(name)
        if values is not None:
            return values[self.index]
        if name == _LINE_ID:
            return f"{self['source_id']}:{self['source_row']}"
        if name in _COLUMN_SET or name == HOST_NAME:
            return _WITHOUT.get(name)
        raise KeyError(name)

    def __setitem__(self, name: str, value: Any) -> None:
        if name not in _COLUMN_SET and name != HOST_NAME:
            raise KeyError(name)
        self._rows.made(name)[self.index] = value

    def said(self) -> Iterator[tuple[str, Any]]:
        """What the row holds in the columns in which any row holds something."""
        return ((name, values[self.index]) for name, values in self._rows.columns.items())

    def __delitem__(self, name: str) -> None:
        raise TypeError("A row keeps all its columns.")

    def __iter__(self) -> Iterator[str]:
        return iter(COLUMNS)

    def __len__(self) -> int:
        return len(COLUMNS)

    def __repr__(self) -> str:
        return repr(dict(self))


class Rows(Sequence[Row]):
    """Rows held by column, of which most are empty: a million rows take some hundred megabytes.

    Attributes
    ----------
    columns
        Values of each column in which something was said.
    """

    def __init__(self) -> None:
        self.columns: dict[str, list[Any]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [Row(self, i) for i in range(*index.indices(self._count))]
        if not -self._count <= index < self._count:
            raise IndexError(index)
        return Row(self, index % self._count)

    def __iter__(self) -> Iterator[Row]:
        return map(Row, itertools.repeat(self), range(self._count))

    def append(self, row: Mapping[str, Any]) -> None:
        """Add a row; what it does not name is empty."""
        for name in row:
            if name not in self.columns and (name in _COLUMN_SET or name == HOST_NAME):
                self.made(name)
        for name, values in self.columns.items():
            values.append(row[name] if name in row else _WITHOUT.get(name))
        self._count += 1

    def extend(self, count: int, columns: Mapping[str, list[Any]]) -> None:
        """Add rows by their columns; what is not named is empty."""
        for name in columns:
            if name in KEPT:
                self.made(name)
        for name, values in self.columns.items():
            values += columns[name] if name in columns else [KEPT[name]] * count
        self._count += count

    def made(self, name: str) -> list[Any]:
        """Values of a column, made where it has none yet."""
        values = self.columns.get(name)
        if values is None:
            values = self.columns[name] = self.column(name)
        return values

    def column(self, name: str) -> list[Any]:
        """Values of a column, one for each row."""
        values = self.columns.get(name)
        if values is not None:
            return values
        if name == _LINE_ID:
            both = zip(self.column("source_id"), self.column("source_row"), strict=True)
            return [f"{source}:{row}" for source, row in both]
        return [_WITHOUT.get(name)] * self._count

    def held(self, name: str) -> list[Any] | Constant | Derived:
        """Values of a column; of one in which nothing was said what stands in every row, or what it follows from."""
        values = self.columns.get(name)
        if values is not None:
            return values
        return Derived("source_id || ':' || source_row") if name == _LINE_ID else Constant(_WITHOUT.get(name))


@dataclass
class Assets:
    """Rows of asset files, one per input line.

    Attributes
    ----------
    rows
        A sequence of dictionaries with the columns of :data:`greendigital.columns.ASSETS` and ``ASSET_IDENTITY``,
        typed; nothing is dropped: a merged row names the line it went into, a set-aside row its reason.
    meters
        Readings of site meters, one per row of a meter file.
    disposals
        Records of disposals tables, one per row, with the line of the asset that each was put to.
    """

    table: Rows = field(default_factory=Rows)
    problems: list[Problem] = field(default_factory=list)
    inputs: list[InputRecord] = field(default_factory=list)
    meters: list[MeterReading] = field(default_factory=list)
    disposals: list[DisposalRecord] = field(default_factory=list)

    @property
    def rows(self) -> Sequence[dict[str, Any]]:
        """The rows, in the order of the files."""
        # A Row is read and changed as a dictionary is, and those who read rows say so in their types.
        return cast(Sequence[dict[str, Any]], self.table)

    def __repr__(self) -> str:
        return f"Assets(rows={len(self.table)}, files={len(self.inputs)}, problems={len(self.problems)})"

    @property
    def frame(self) -> pd.DataFrame:
        """The rows as a pandas DataFrame."""
        import pandas as pd

        return pd.DataFrame({name: self.table.column(name) for name in COLUMNS}, columns=list(COLUMNS))
