"""Problems of one file: at most ten of a kind one by one, and what many rows share told once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import Any

from greendigital.errors import Problem, Severity

_MOST = 10
_ROWS_NAMED = 5


@dataclass(slots=True)
class _Shared:
    """A finding that several rows share."""

    problem: Problem
    rows: list[int] = field(default_factory=list)

    def told(self) -> Problem:
        """The finding at its first row, with how many rows share it and the first of them."""
        if len(self.rows) < 2:
            return self.problem
        named = ", ".join(str(n) for n in self.rows[:_ROWS_NAMED])
        more = len(self.rows) - _ROWS_NAMED
        tail = f" and {more:,} more" if more > 0 else ""
        message = f"{self.problem.message} {len(self.rows):,} rows in all: {named}{tail}."
        return replace(self.problem, message=message)


class Findings:
    """Collects the problems of a file, or of one of its sheets."""

    def __init__(self, file: str, sheet: str = "") -> None:
        self.file = file
        self.sheet = sheet
        self.problems: list[Problem] = []
        self._counts: Counter[tuple[Severity, str]] = Counter()
        self._shared: dict[tuple[str, Hashable], _Shared] = {}
        self.told = 0
        """How many findings there were, each row counted."""

    def add(
        self,
        severity: Severity,
        code: str,
        message: str,
        remedy: str = "",
        row: int | None = None,
        column: Any = None,
    ) -> None:
        """Add a problem; errors are all kept, of other kinds the first ten."""
        self.told += 1
        self._counts[severity, code] += 1
        if severity == "error" or self._counts[severity, code] <= _MOST:
            self.problems.append(self._problem(severity, code, message, remedy, row, column))

    def share(
        self, severity: Severity, code: str, key: Hashable, message: str, remedy: str, row: int, column: Any = None
    ) -> None:
        """Add a finding that other rows may share: rows with the same code and key become one problem."""
        self.told += 1
        shared = self._shared.get((code, key))
        if shared is None:
            shared = _Shared(self._problem(severity, code, message, remedy, row, column))
            self._shared[code, key] = shared
        shared.rows.append(row)

    def _problem(
        self, severity: Severity, code: str, message: str, remedy: str, row: int | None, column: Any
    ) -> Problem:
        place = f'On sheet "{self.sheet}": ' if self.sheet else ""
        name = str(column) if column is not None else None
        return Problem(severity, code, place + message, remedy, self.file, row, name)

    def close(self) -> list[Problem]:
        """The problems, with one line for each kind that was cut short."""
        found = list(self.problems)
        counts = Counter({kind: n for kind, n in self._counts.items() if kind[0] != "error"})
        for (code, _), shared in self._shared.items():
            kind = (shared.problem.severity, code)
            counts[kind] += 1
            if counts[kind] <= _MOST:
                found.append(shared.told())
        for (severity, code), count in counts.items():
            if count > _MOST:
                found.append(
                    Problem(severity, f"{code}_more", f"{count - _MOST:,} more like this ({code}).", file=self.file)
                )
        return found
