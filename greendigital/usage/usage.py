"""The usage frame with what was found while reading it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from greendigital.errors import Problem
from greendigital.inputs import InputRecord


@dataclass
class Usage:
    """Typed cloud usage of one or several bills.

    Attributes
    ----------
    relation
        A DuckDB relation with the columns of :data:`greendigital.columns.USAGE`; it reads the files when asked.
    connection
        The DuckDB connection the relation belongs to.
    """

    relation: Any
    connection: Any
    problems: list[Problem] = field(default_factory=list)
    inputs: list[InputRecord] = field(default_factory=list)

    def __repr__(self) -> str:
        rows = sum(record.lines for record in self.inputs)
        return f"Usage(rows={rows}, files={len(self.inputs)}, problems={len(self.problems)})"

    @property
    def frame(self) -> Any:
        """The relation; ``.df()`` of it gives a pandas DataFrame."""
        return self.relation
