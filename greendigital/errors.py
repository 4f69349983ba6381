"""Everything that can go wrong, told in a way a person can act on.

Errors stop the work; a :class:`Problem` is a finding about one place in one file. Readers collect problems
and return them with the good lines; nothing is printed here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding about an input: where it is, what was met there, and what to do about it.

    Parameters
    ----------
    severity
        ``error``: the value or line cannot be used as it stands (exit code 1);
        ``warning``: used, but look at it; ``note``: for information.
    code
        Stable, snake_case, documented in ``docs/problems.md``.
    message
        What was met, with the value in double quotes.
    remedy
        What to do, as an instruction.
    file, row, column
        File name; row as a spreadsheet numbers it (the header counts); column as the file heads it.
    """

    severity: Severity
    code: str
    message: str
    remedy: str = ""
    file: str = ""
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        place = self.file
        if self.row is not None:
            place += f", row {self.row}"
        if self.column:
            place += f", {self.column}"
        text = f"{self.message} {self.remedy}".strip()
        return f"{place}: {text}" if place else text

    def as_dict(self) -> dict[str, object]:
        """The problem as the record that run.json and ``check --format json`` carry."""
        return asdict(self)


class GreenDigitalError(Exception):
    """Base of all errors a caller may want to catch; its text is one clear sentence."""

    exit_code = 1


class InputError(GreenDigitalError):
    """An input file cannot be used at all: missing, empty, not what its name says, or of no known format."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: list[Problem] = [problems] if isinstance(problems, Problem) else list(problems)
        super().__init__("\n".join(str(p) for p in self.problems))


class ConfigError(GreenDigitalError):
    """The configuration file or an option holds something that cannot be used."""


class PeriodError(ConfigError):
    """A period is not written as 2025-26, 2024 or 2024-10-01..2024-12-31."""

    exit_code = 2


class FactorError(GreenDigitalError):
    """A factor set is not as it must be: a row without source or unit, a duplicate id, a basis that cannot be added."""


class UnitError(GreenDigitalError):
    """A unit is unknown, or two quantities of unlike dimension were to be added or converted."""


class RunDirectoryError(GreenDigitalError):
    """A run directory is missing, incomplete, or exists already and may not be replaced."""


class UsageError(GreenDigitalError):
    """The command or call was put wrongly; the text says how to put it."""

    exit_code = 2
