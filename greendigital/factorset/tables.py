"""Reading the resources of a factor set: nothing is turned into factors before it is asked for.

Units are converted once, here, so that factors of one activity share a unit.
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from greendigital.errors import FactorError, UnitError
from greendigital.factorset.additions import with_shipped_schema
from greendigital.factorset.model import Factor, FactorSet, Source
from greendigital.units import canonical, factor_between

NEEDED = ("factor_id", "activity", "value", "unit", "source_id")
"""Columns without which a row is no factor."""

OWN_COLUMNS = (
    "factor_id",
    "activity",
    "value",
    "low",
    "high",
    "interval",
    "n_values",
    "unit",
    "basis",
    "region",
    "valid_from",
    "valid_to",
    "data_year",
    "life_cycle_stage",
    "scope",
    "gwp_basis",
    "error_group",
    "shared_share",
    "width_kind",
    "source_id",
    "source_locator",
    "supersedes",
    "quality",
    "note",
)
"""Columns of the long schema; any further one says what the factor is of (``extra``)."""


RESERVED = ("overrides", "derived", "config")
"""Names that figures without a set of files stand under."""

_FIELD_TYPES = ("string", "number", "integer", "boolean", "date")


def read_package(folder: Path) -> FactorSet:
    """The metadata of a set.

    Raises
    ------
    FactorError
        If ``datapackage.json`` is missing, is not JSON, or lacks name, title, version, licence, source or schema, or
        holds something else than it must under one of them.
    """
    path = folder / "datapackage.json"
    try:
        package = json.loads(path.read_text(encoding="utf-8-sig"))
        return _metadata(package, folder)
    except FileNotFoundError:
        raise FactorError(f"{folder}: there is no datapackage.json. Every factor set needs one.") from None
    except json.JSONDecodeError as error:
        raise FactorError(f"{path}, line {error.lineno}: not JSON: {error.msg}. Correct it there or before.") from None
    except (ValueError, RecursionError) as error:
        raise FactorError(f"{path}: not a complete Data Package: {error}. See docs/factors.md.") from None
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise FactorError(f"{path}: not a complete Data Package: {error!r}. See docs/factors.md.") from None


def _metadata(package: dict[str, Any], folder: Path) -> FactorSet:
    """The package as metadata; every part of the type it must have."""
    name = _is(package["name"], str, "name")
    if name in RESERVED or not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", name):
        raise ValueError(f'"{name}" cannot be the name of a set: use small letters, digits and hyphens')
    licence = _is(package["licenses"], list, "licenses")[0]
    sources = _is(package["sources"], list, "sources")
    resources = _is(package["resources"], list, "resources")
    if adds_to := _is(package.get("adds_to", ""), str, "adds_to"):
        resources = [with_shipped_schema(r, adds_to, folder) for r in resources]
    resources = [_resource(r) for r in resources]
    names = [r["name"] for r in resources]
    if not names or len(set(names)) < len(names):
        raise ValueError("a set needs a resource, and two resources cannot have one name")
    caveats = _is(package.get("caveats", []), list, "caveats")
    imported = _is(package.get("import", {}), dict, "import")
    if imported:
        imported = {"date": "", "file": "", "sha256": "", **imported}
    return FactorSet(
        name=name,
        title=_is(package["title"], str, "title"),
        edition=_is(package["version"], str, "version"),
        publisher="; ".join(dict.fromkeys(_is(s.get("publisher") or s["title"], str, "publisher") for s in sources)),
        licence=_is(licence.get("title") or licence["name"], str, "licenses"),
        url=_is(sources[0].get("path", ""), str, "path of the source"),
        path=folder,
        resources=dict(zip(names, resources, strict=True)),
        description=_is(package.get("description", ""), str, "description"),
        caveats=tuple(_is(caveat, str, "caveats") for caveat in caveats),
        created=_is(package.get("created", ""), str, "created")[:10],
        share_alike=_is(package.get("share_alike", False), bool, "share_alike"),
        optional=_is(package.get("optional", False), bool, "optional"),
        adds_to=adds_to,
        imported=imported,
    )


def _resource(resource: Any) -> dict[str, Any]:
    """A resource with a name, a path, and a schema of named and typed fields."""
    _is(resource, dict, "resources")
    _is(resource["name"], str, "name of a resource")
    _is(resource["path"], str, "path of a resource")
    fields = [_is(field["name"], str, "name of a field") for field in resource["schema"]["fields"]]
    if not fields or len(set(fields)) < len(fields):
        raise ValueError(f'"{resource["name"]}" has no fields, or two of one name')
    for field in resource["schema"]["fields"]:
        if field["type"] not in _FIELD_TYPES:
            raise ValueError(f'"{field["type"]}" is no type of a field: use {", ".join(_FIELD_TYPES)}')
    if "activities" in resource:
        activities = _is(resource["activities"], list, "activities")
        if not activities or not all(isinstance(a, str) for a in activities):
            raise ValueError(f'"activities" of "{resource["name"]}" must be a list of names')
    return dict(resource)


def _is(value: Any, kind: type, name: str) -> Any:
    if not isinstance(value, kind):
        raise ValueError(f'"{name}" must be {_KINDS[kind]}')
    return value


_KINDS = {str: "text", list: "a list", dict: "an object", bool: "true or false"}


def rows_of(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of a CSV with the row number a spreadsheet shows; blank ones are left out, extra cells stand under None.

    Raises
    ------
    UnicodeDecodeError, csv.Error
        If the file is no CSV in UTF-8.
    """
    with path.open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.reader(handle)
        header = next(reader, [])
        for number, cells in enumerate(reader, start=2):
            if cells:
                row: dict[Any, Any] = dict(zip(header, cells, strict=False))
                if len(cells) > len(header):
                    row[None] = cells[len(header) :]
                yield number, row


class FactorTable:
    """The rows of one factor resource by activity and region; a row becomes a factor when it is asked for.

    Raises
    ------
    FactorError
        On reading, if the file is missing or is no UTF-8 CSV; on asking, if a row has no id, source, unit or value or
        holds what is no number or date. The row is named.
    """

    def __init__(self, metadata: FactorSet, resource: str) -> None:
        self._set = metadata
        self._path = metadata.file(resource)
        self._made: dict[int, Factor] = {}
        self._place: dict[tuple[str, str], list[int]] = {}
        self._ids: dict[str, int] = {}
        try:
            with self._path.open(encoding="utf-8-sig", newline="") as handle:
                reader = csv.reader(handle)
                self._header = next(reader, [])
                self._rows = list(reader)
        except OSError:
            raise FactorError(f"{self._path}: the file is missing. {metadata.name} needs it.") from None
        except (UnicodeDecodeError, csv.Error) as error:
            raise FactorError(f"{self._path}: not a CSV in UTF-8: {error}. Save it as one.") from None
        column = {name: i for i, name in enumerate(self._header)}
        missing = [name for name in NEEDED if name not in column]
        if missing:
            raise FactorError(f"{self._path}: the column {missing[0]} is missing. A factor needs {', '.join(NEEDED)}.")
        activity, region, factor_id = column["activity"], column.get("region"), column["factor_id"]
        for index, row in enumerate(self._rows):
            if not row:
                continue
            if len(row) <= max(activity, region or 0, factor_id):
                row += [""] * (len(self._header) - len(row))
            self._place.setdefault((row[activity], "" if region is None else row[region]), []).append(index)
            self._ids[row[factor_id]] = index

    def __contains__(self, factor_id: str) -> bool:
        return factor_id in self._ids

    @property
    def ids(self) -> Sequence[str]:
        """Ids of the factors, in the order of the file."""
        return list(self._ids)

    def get(self, factor_id: str) -> Factor:
        """The factor of an id."""
        return self._factor(self._ids[factor_id])

    def of(self, activity: str, region: str | None = None) -> list[Factor]:
        """Factors of an activity, of one region where given, in the order of the file."""
        if region is not None:
            return [self._factor(i) for i in self._place.get((activity, region), ())]
        found = sorted(i for (a, _), places in self._place.items() if a == activity for i in places)
        return [self._factor(i) for i in found]

    def all(self) -> list[Factor]:
        """Every factor of the resource."""
        return [self._factor(i) for i, row in enumerate(self._rows) if row]

    def _factor(self, index: int) -> Factor:
        if index not in self._made:
            row = dict(zip(self._header, self._rows[index], strict=False))
            self._made[index] = factor_of(row, index + 2, self._path, self._set)
        return self._made[index]


def factor_of(row: Mapping[str, str], number: int, path: Path, metadata: FactorSet) -> Factor:
    """A row of the long schema as a factor, in the unit its activity is reckoned in."""
    for column in NEEDED:
        if not (row.get(column) or "").strip():
            raise FactorError(
                f"{path.parent.name}/{path.name}, row {number}, {column}: it is empty. "
                "A factor needs id, activity, value, unit and source."
            )
    try:
        unit = canonical(row["unit"])
        scale = factor_between(row["unit"], unit)
        low, high = (float(row[c]) * scale if row.get(c) else None for c in ("low", "high"))
        return Factor(
            factor_id=row["factor_id"],
            activity=row["activity"],
            value=float(row["value"]) * scale,
            unit=unit,
            set_name=metadata.name,
            edition=metadata.edition,
            low=low,
            high=high,
            interval=row.get("interval") or "none",
            n_values=float(row["n_values"]) if row.get("n_values") else None,
            basis=row.get("basis") or "",
            region=row.get("region") or "",
            valid_from=_day(row.get("valid_from")),
            valid_to=_day(row.get("valid_to")),
            data_year=int(row["data_year"]) if row.get("data_year") else None,
            life_cycle_stage=row.get("life_cycle_stage") or "",
            scope=row.get("scope") or "",
            gwp_basis=row.get("gwp_basis") or "",
            error_group=row.get("error_group") or "",
            shared_share=float(row["shared_share"]) if row.get("shared_share") else 1.0,
            width_kind=row.get("width_kind") or "",
            source_id=row["source_id"],
            source_locator=row.get("source_locator") or "",
            supersedes=row.get("supersedes") or "",
            quality=row.get("quality") or "",
            note=row.get("note") or "",
            extra={k: v for k, v in row.items() if k not in _OWN and v},
        )
    except (ValueError, UnitError) as error:
        raise FactorError(f"{path.parent.name}/{path.name}, row {number}: {error} Correct the row.") from None


_OWN = frozenset(OWN_COLUMNS)


@lru_cache(maxsize=4096)
def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def read_lookup(metadata: FactorSet, resource: str) -> list[dict[str, Any]]:
    """Rows of a lookup table, typed by its schema; empty cells are None.

    Raises
    ------
    FactorError
        If the set has no such table, a numeric field has no unit, a cell is not of its type, or a row names no source.
    """
    description = metadata.resources.get(resource)
    if description is None:
        raise FactorError(f'{metadata.name}: there is no table "{resource}". Tables: {", ".join(metadata.resources)}.')
    fields = {f["name"]: f for f in description["schema"]["fields"]}
    path = metadata.file(resource)
    for name, field in fields.items():
        if field["type"] in ("number", "integer") and not field.get("unit"):
            raise FactorError(f"{metadata.name}/{path.name}, {name}: the numeric field has no unit. Declare one.")
    found = []
    for number, row in rows_of(path):
        if not (row.get("source_id") or "").strip():
            raise FactorError(f"{metadata.name}/{path.name}, row {number}, source_id: it is empty. Name the source.")
        try:
            found.append({name: typed(row.get(name, ""), field["type"]) for name, field in fields.items()})
        except ValueError as error:
            raise FactorError(f"{metadata.name}/{path.name}, row {number}: {error}. Correct the cell.") from None
    return found


def typed(text: str | None, kind: str) -> Any:
    """A cell in the type of its field; None when empty.

    Raises
    ------
    ValueError
        If the cell is not of the type; a number must be finite.
    """
    if text is None or text == "":
        return None
    if kind in ("number", "integer"):
        value = float(text)
        if not math.isfinite(value) or (kind == "integer" and value != int(value)):
            raise ValueError(f'"{text}" is no {kind}')
        return int(value) if kind == "integer" else value
    if kind == "boolean":
        if text.lower() not in _BOOLEANS:
            raise ValueError(f'"{text}" is neither true nor false')
        return _BOOLEANS[text.lower()]
    return _day(text) if kind == "date" else text


_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def read_sources(metadata: FactorSet) -> dict[str, Source]:
    """Rows of ``sources.csv`` by id."""
    path = metadata.path / "sources.csv"
    if not path.is_file():
        raise FactorError(f"{metadata.name}: there is no sources.csv. Every factor set names its sources.")
    return {
        row["source_id"]: Source(
            row["source_id"],
            row["publisher"],
            row["title"],
            row.get("year") or "",
            row.get("url") or "",
            row.get("licence") or metadata.licence,
            row.get("note") or "",
        )
        for _, row in rows_of(path)
    }
