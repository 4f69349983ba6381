"""Many rows at once: what needs no word is read by column, each distinct cell once; other rows one by one.

A row is read here only where nothing is to be told of it; the row reader stays the one that decides what is. A million
rows have some thousand distinct cells in most columns, and each is typed once.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from greendigital.inventory.assets import HOST_NAME, KEPT
from greendigital.inventory.cells import KINDS, ON_ORDER
from greendigital.inventory.devices import ORDINARY_SERIAL, Draft
from greendigital.inventory.findings import Findings
from greendigital.inventory.rows import RowReader
from greendigital.inventory.sheets import Row
from greendigital.inventory.values import CHOICES, MISSING

_BLOCK = 8192
_TOGETHER = (
    "manufacturer",
    "model",
    "model_version",
    "category",
    "virtual",
    "os_name",
    "os_version",
    "os_build",
    "storage",
    "memory",
    "ssd_gb",
    "memory_gb",
)
"""Columns that the device reader looks at together; a file holds few distinct combinations of them."""

_OF_DEVICE = tuple(name for name in _TOGETHER if name in KEPT)
_NO_DEVICE = (None,) * len(_OF_DEVICE)
_MOST_REMEMBERED = 200_000
_UNKNOWN = object()


class BlockReader:
    """Reads the rows of a :class:`~greendigital.inventory.rows.RowReader` in blocks of columns."""

    def __init__(self, reader: RowReader) -> None:
        self.reader = reader
        self.silent = Findings("")
        self.trial = RowReader(reader.header, reader.empty(), reader.library, self.silent)
        self.trial.cells.orders = reader.cells.orders
        self.seen: list[dict[Any, Any]] = [{None: None} for _ in reader.plan]
        self.together: dict[tuple[Any, ...], tuple[Any, ...] | None] = {}

    def read(self) -> Iterator[tuple[int, dict[str, list[Any]]]]:
        """Blocks of rows: how many, and the values of each column in which something is said."""
        rows = iter(self.reader.rows)
        begin = 0
        while block := list(itertools.islice(rows, _BLOCK)):
            yield len(block), self._block(block, begin)
            begin += len(block)

    def _block(self, block: Sequence[Row], begin: int) -> dict[str, list[Any]]:
        across = list(itertools.zip_longest(*[cells for _, cells in block]))
        apart = self._apart(block, across)
        values = self._columns(across, apart)
        found = self._devices(values, len(block), begin, apart)
        found["source_row"] = [number for number, _ in block]
        for place in sorted(apart):
            number, cells = block[place]
            row = self.reader.row(number, cells, begin + place)
            for name in row.keys() & KEPT:
                if name not in found:
                    found[name] = [KEPT[name]] * len(block)
            for name, column in found.items():
                column[place] = row[name] if name in row else KEPT[name]
        return found

    def _apart(self, block: Sequence[Row], across: Sequence[Sequence[Any]]) -> set[int]:
        """Places of rows that are read one by one whatever their cells are: torn ones, and those that name a total."""
        reader = self.reader
        apart = {p for p, (number, cells) in enumerate(block) if len(cells) > reader.width or number in reader.torn}
        for index, cells in enumerate(across):
            if index in reader.headless:
                apart.update(place for place, cell in enumerate(cells) if cell is not None)
            texts = cells if reader.is_text else [c if type(c) is str else None for c in cells]
            if "total" in "\n".join(filter(None, texts)).casefold():
                apart.update(place for place, text in enumerate(texts) if text and "total" in text.casefold())
        return apart

    def _columns(self, across: Sequence[Sequence[Any]], apart: set[int]) -> dict[str, list[Any]]:
        """Typed values of the understood columns; rows with a cell that needs a word are put apart."""
        values: dict[str, list[Any]] = {}
        for (index, name, _), seen in zip(self.reader.plan, self.seen, strict=True):
            if index >= len(across):
                continue
            typed = self._column(name, index, across[index], seen)
            if _UNKNOWN in typed:
                apart.update(place for place, value in enumerate(typed) if value is _UNKNOWN)
                typed = [None if value is _UNKNOWN else value for value in typed]
            values[name] = self._first_filled(name, values[name], typed) if name in values else typed
        return values

    def _column(self, name: str, index: int, cells: Sequence[Any], seen: dict[Any, Any]) -> list[Any]:
        if KINDS.get(name, "string") == "string" and name not in CHOICES and name != "country":
            plain = not self.reader.header.profile.first_line and self.reader.is_text
            if plain:
                distinct = set(filter(None, cells))
                if MISSING.isdisjoint(map(str.casefold, distinct)):
                    return list(cells)
                missing = {c for c in distinct if c.casefold() in MISSING}
                return [None if c in missing else c for c in cells]
        for cell in set(cells) - seen.keys() if len(seen) < _MOST_REMEMBERED else ():
            # Spreadsheets have cells that are equal and not alike: True and 1.
            if type(cell) is not bool:
                before = self.silent.told
                value = self.trial.typed(name, cell, 0, index, {})
                if self.silent.told == before:
                    seen[cell] = value
        if self.reader.is_text:
            return [seen.get(cell, _UNKNOWN) for cell in cells]
        return [_UNKNOWN if type(cell) is bool else seen.get(cell, _UNKNOWN) for cell in cells]

    def _first_filled(self, name: str, one: list[Any], other: list[Any]) -> list[Any]:
        """Of two headings of one column the first that is filled; of two device types the one that is understood."""
        if name != "category":
            return [a if a is not None else b for a, b in zip(one, other, strict=True)]
        is_known = self.trial.is_category
        return [
            b if a is None or (b is not None and not is_known(a) and is_known(b)) else a
            for a, b in zip(one, other, strict=True)
        ]

    def _devices(self, values: dict[str, list[Any]], count: int, begin: int, apart: set[int]) -> dict[str, list[Any]]:
        """The columns of a row together, once for each distinct combination."""
        nothing = [None] * count
        quantities = values.get("quantity", nothing)
        serials = values.get("serial_number", nothing)
        names = [values.get(name, nothing) for name in self.reader.naming_names]
        apart.update(i for i, s in enumerate(serials) if s is not None and not ORDINARY_SERIAL.match(s))
        apart.update(i for i, word in enumerate(values.get("status", ())) if word == ON_ORDER)
        if not any(map(all, names)):
            apart.update(i for i, row in enumerate(zip(*names, strict=True)) if not any(row))
        apart.update(i for i, q in enumerate(quantities) if q is not None and not (q > 0 and q % 1 == 0))
        keys = list(zip(*[values.get(name, nothing) for name in _TOGETHER], strict=True))
        devices = [self.together.get(key, _UNKNOWN) for key in keys]
        for place, device in enumerate(devices):
            if device is _UNKNOWN and place not in apart:
                device = devices[place] = self._together(keys[place])
            if device is None:
                apart.add(place)
            if device is None or device is _UNKNOWN:
                devices[place] = _NO_DEVICE
        found = {name: list(column) for name, column in values.items() if name in KEPT and name not in _TOGETHER}
        for name, column in zip(_OF_DEVICE, zip(*devices, strict=True), strict=True):
            if column.count(None) < count:
                found[name] = list(column)
        found["quantity"] = [1.0 if q is None else q for q in quantities]
        if HOST_NAME in values:
            tags = values.get("asset_id", nothing)
            found["asset_id"] = [t or h for t, h in zip(tags, values[HOST_NAME], strict=True)]
        self._dates(values, found, begin, apart)
        return found

    def _together(self, key: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """What the device reader makes of a combination, by the columns kept; None where there is something to tell."""
        draft = Draft((name, value) for name, value in zip(_TOGETHER, key, strict=True) if value is not None)
        devices, before = self.trial.devices, (self.silent.told, len(self.trial.devices.placeholders))
        is_device = devices.complete(draft, 0, 0)
        told = (self.silent.told, len(devices.placeholders)) != before
        kept = tuple(draft[name] for name in _OF_DEVICE) if is_device and not told else None
        if len(self.together) < _MOST_REMEMBERED:
            self.together[key] = kept
        return kept

    def _dates(self, values: dict[str, list[Any]], found: dict[str, list[Any]], begin: int, apart: set[int]) -> None:
        """The day of enrolment stands in for that of purchase; a device retired before it was bought is put apart."""
        enrolled = values.get("enrolled_date")
        if enrolled is not None:
            acquired = found.setdefault("acquired_date", [None] * len(enrolled))
            for place, day in enumerate(enrolled):
                if day is not None and acquired[place] is None and place not in apart:
                    acquired[place] = day
                    self.reader.devices.enrolled.append(begin + place)
        if "retired_date" in found and "acquired_date" in found:
            for place, (retired, day) in enumerate(zip(found["retired_date"], found["acquired_date"], strict=True)):
                if retired and day and place not in apart and retired < day:
                    apart.add(place)
