"""Tables of a written run on the terminal."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from greendigital.documents import to_json
from greendigital.errors import UsageError
from greendigital.rundir import ADVICE_COLUMNS, read_advice

_FORMATS = ("table", "csv", "json")


_SUMS = ("rows", "devices", "saving_kg_co2e", "saving_gbp")


def advice_table(directory: Path, by: Sequence[str], format_: str, top: int | None = None) -> str:
    """Advice of a run by the given columns: rows, devices and savings, each effect and basis apart."""
    if format_ not in _FORMATS:
        raise UsageError(f'--format: "{format_}" is unknown. Use {", ".join(_FORMATS)}.')
    for name in by:
        if name not in ADVICE_COLUMNS:
            raise UsageError(f'--by: "{name}" is no column of the advice. Columns: {", ".join(ADVICE_COLUMNS)}.')
    keys = [*by, *(name for name in ("effect", "basis") if name not in by)]
    groups: dict[tuple[Any, ...], dict[str, Any]] = defaultdict(lambda: dict.fromkeys(_SUMS, 0.0))
    for row in read_advice(directory):
        group = groups[tuple(row[k] for k in keys)]
        group["rows"] += 1
        for name in _SUMS[1:]:
            group[name] += row[name] or 0.0
    rows = [{**dict(zip(keys, key, strict=True)), **values} for key, values in groups.items()]
    rows.sort(key=lambda r: (-r["saving_kg_co2e"], -r["rows"], [str(r[k]) for k in keys]))
    rows = rows[:top]
    if format_ == "json":
        return to_json(rows)
    columns = [*keys, *_SUMS]
    if format_ == "csv":
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue().rstrip("\n")
    return _aligned(rows, columns) if rows else "No rule gives advice on what is in this run."


def _aligned(rows: list[dict[str, Any]], columns: list[str]) -> str:
    cells = [[name.replace("_", " ") for name in columns]]
    for row in rows:
        cells.append([f"{row[c]:,.0f}" if isinstance(row[c], float) else str(row[c] or "-") for c in columns])
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    numeric = [c in _SUMS for c in columns]
    return "\n".join(
        "  ".join(v.rjust(w) if n else v.ljust(w) for v, w, n in zip(line, widths, numeric, strict=True)).rstrip()
        for line in cells
    )
