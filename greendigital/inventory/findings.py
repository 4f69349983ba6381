"""Problems of one file, at most ten of a kind with a count of the rest."""

from __future__ import annotations

from collections import Counter
from typing import Any

from greendigital.errors import Problem, Severity

_MOST = 10


class Findings:
    """Collects the problems of a file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._counts: Counter[tuple[Severity, str]] = Counter()

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
        self._counts[severity, code] += 1
        if severity == "error" or self._counts[severity, code] <= _MOST:
            self.problems.append(
                Problem(severity, code, message, remedy, self.file, row, str(column) if column is not None else None)
            )

    def close(self) -> list[Problem]:
        """The problems, with one line for each kind that was cut short."""
        for (severity, code), count in self._counts.items():
            if severity != "error" and count > _MOST:
                self.problems.append(
                    Problem(severity, f"{code}_more", f"{count - _MOST} more like this ({code}).", file=self.file)
                )
        return self.problems
