"""Our figure beside the provider's own, on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from greendigital.documents import to_json
from greendigital.errors import UsageError
from greendigital.reconciliation import reconcile
from greendigital.reconciliation.to_text import to_csv, to_text

_FORMATS = ("table", "csv", "json")


def run_reconcile(
    directory: Path, exports: Sequence[Path], by: str, month: str | None, format_: str, quiet: bool
) -> int:
    """Print the comparison; problems go to stderr, and none of them is an error."""
    if format_ not in _FORMATS:
        raise UsageError(f'--format: "{format_}" is unknown. Use {", ".join(_FORMATS)}.')
    found = reconcile(directory, *exports, by=by, month=month)
    if format_ == "json":
        typer.echo(to_json(found.as_dict()), nl=False)
    else:
        typer.echo(to_csv(found) if format_ == "csv" else to_text(found))
    for problem in () if quiet else found.problems:
        typer.echo(f"{problem.severity}: {problem}", err=True)
    return 0
