"""Writing a draft as a new factor set folder, whole or not at all."""

from __future__ import annotations

import csv
import json
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from greendigital.errors import FactorError, InputError, Problem
from greendigital.factorset.check import check_set
from greendigital.factorset.imports.draft import SOURCE_COLUMNS, UNITS, Draft
from greendigital.factorset.imports.reading import refuse

_DATES = ("valid_from", "valid_to")
_BOOLEANS = ("usable_embodied", "usable_energy")


def write_set(draft: Draft, folder: Path | str) -> Path:
    """Write a draft as ``folder/<name>`` and give that path.

    The set is written beside its place, checked, and moved there when it is whole and right.

    Raises
    ------
    InputError
        If the draft has no rows, or a row breaks a rule of factor sets; the row of the user's file is named.
    FactorError
        If the name is no folder name, or the folder is there already: an edition is never overwritten.
    """
    folder = Path(folder)
    target = folder / draft.name
    _refuse_early(draft, target)
    made = [p for p in (folder, *folder.parents) if not p.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        workshop = Path(tempfile.mkdtemp(prefix=".import-", dir=folder))
    except OSError as error:
        raise FactorError(
            f'"{folder}" cannot be written to: {error.strerror}. Choose another folder with -o.'
        ) from None
    try:
        # A folder below the hidden one: it must have the set's name for the check, and no library may find it.
        draft_folder = workshop / draft.name
        draft_folder.mkdir()
        _write_files(draft, draft_folder)
        if problems := [p for p in check_set(draft_folder) if p.severity == "error"]:
            raise InputError([_of_the_users_file(p, draft) for p in problems])
        draft_folder.rename(target)
    except BaseException:
        shutil.rmtree(workshop)
        for empty in made:
            empty.rmdir()
        raise
    workshop.rmdir()
    return target


def _refuse_early(draft: Draft, target: Path) -> None:
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]*", draft.name):
        raise FactorError(f'"{draft.name}" is no name for a factor set. Use small letters, digits and hyphens.')
    if target.exists():
        raise FactorError(
            f'"{target}" is there already, and an edition is never overwritten. '
            "Give another name with --name, or move it away."
        )
    if not draft.rows:
        message = f"There is nothing new in the file. {' '.join(draft.left_out)}".strip()
        raise refuse(draft.file, "nothing_new", message, "")


def _of_the_users_file(problem: Problem, draft: Draft) -> Problem:
    """The problem at the row of the file that the user has, not of the one that we wrote."""
    if problem.row is None or not problem.file.endswith(_table_name(draft)):
        return replace(problem, file=draft.file)
    row = draft.row_numbers[problem.row - 2]
    # Messages may name an earlier row of the written table as well.
    message = re.sub(r"\brow (\d+)", lambda m: f"row {draft.row_numbers[int(m[1]) - 2]}", problem.message)
    return replace(problem, file=draft.file, row=row, message=message)


def _table_name(draft: Draft) -> str:
    return f"{draft.kind}.csv"


def _write_files(draft: Draft, folder: Path) -> None:
    _write_csv(folder / _table_name(draft), draft.columns, draft.rows)
    sources = [
        {"retrieved": draft.imported.isoformat(), "checksum": f"sha256:{draft.sha256}", **source}
        for source in draft.sources
    ]
    _write_csv(folder / "sources.csv", SOURCE_COLUMNS, sources)
    text = json.dumps(_package(draft), indent=2, ensure_ascii=False)
    (folder / "datapackage.json").write_text(text + "\n", encoding="utf-8")
    (folder / "LICENSE.txt").write_text(_licence_text(draft), encoding="utf-8")


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _package(draft: Draft) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "name": draft.kind,
        "path": _table_name(draft),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
    }
    if draft.kind == "factors":
        resource["activities"] = sorted({row["activity"] for row in draft.rows})
    resource["schema"] = {"fields": [_field(column) for column in draft.columns]}
    licence = {"name": draft.licence_name, "title": draft.licence_title, "path": draft.licence_path}
    source = {"title": draft.title, "publisher": draft.publisher, "path": draft.url}
    return {
        "name": draft.name,
        "title": draft.title,
        "version": draft.edition,
        "created": f"{draft.imported.isoformat()}T00:00:00Z",
        "description": draft.description,
        "caveats": list(draft.caveats),
        "licenses": [{k: v for k, v in licence.items() if v}],
        "sources": [{k: v for k, v in source.items() if v}],
        "share_alike": draft.share_alike,
        "import": {
            "file": draft.file,
            "sha256": draft.sha256,
            "date": draft.imported.isoformat(),
            "importer": draft.importer,
            "options": dict(draft.options),
            "rows": len(draft.rows),
            "left_out": list(draft.left_out),
        },
        "resources": [resource],
    }


def _field(column: str) -> dict[str, str]:
    if column in UNITS:
        kind, unit = UNITS[column]
        return {"name": column, "type": kind, "unit": unit}
    kind = "date" if column in _DATES else "boolean" if column in _BOOLEANS else "string"
    return {"name": column, "type": kind}


def _licence_text(draft: Draft) -> str:
    where = f" ({draft.licence_path})" if draft.licence_path else ""
    lines = [
        draft.title,
        "",
        f"{draft.licence_title}{where}.",
        f"Publisher: {draft.publisher}. See sources.csv.",
        f"Changed: rows selected from {draft.file}, set in one table.",
    ]
    if draft.share_alike:
        lines.append("Share-alike: data derived from this set carries the same licence.")
    return "\n".join(lines) + "\n"
