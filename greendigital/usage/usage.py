"""The usage frame with what was found while reading it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from greendigital.errors import Problem
from greendigital.inputs import InputRecord


@dataclass
class Usage:
    """Typed cloud usage of one or several bills.

    Attributes
    ----------
    relation
        A DuckDB relation with the columns of :data:`greendigital.columns.USAGE`.
    connection
        The DuckDB connection the relation belongs to.
    bills
        Name of the view of each bill's own columns, with ``source_row``, by ``source_id``.
    """

    relation: Any
    connection: Any
    problems: list[Problem] = field(default_factory=list)
    inputs: list[InputRecord] = field(default_factory=list)
    bills: dict[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        rows = sum(record.lines for record in self.inputs)
        return f"Usage(rows={rows}, files={len(self.inputs)}, problems={len(self.problems)})"

    def name_apart(self, taken: Sequence[str]) -> None:
        """Give sources whose name another file has a name of their own (``bill.csv#2``): line ids stay unique."""
        renamed: dict[str, str] = {}
        used = {*taken, *(record.source_id for record in self.inputs)}
        for record in self.inputs:
            if record.source_id in taken:
                new = next(f"{record.file}#{n}" for n in itertools.count(2) if f"{record.file}#{n}" not in used)
                used.add(new)
                renamed[record.source_id] = new
                record.source_id = new
        if not renamed:
            return
        quoted = [(old.replace("'", "''"), new.replace("'", "''")) for old, new in renamed.items()]
        cases = " ".join(f"WHEN '{old}' THEN '{new}'" for old, new in quoted)
        self.relation = self.relation.project(f"* REPLACE (CASE source_id {cases} ELSE source_id END AS source_id)")
        self.bills = {renamed.get(source, source): view for source, view in self.bills.items()}
        self.problems = [replace(p, file=renamed.get(p.file, p.file)) for p in self.problems]

    @property
    def frame(self) -> Any:
        """The relation; ``.df()`` of it gives a pandas DataFrame."""
        return self.relation
