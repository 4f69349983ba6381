"""Reading the CSV resources of a factor set, typed by their schema; units are converted once, here."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from greendigital.errors import FactorError, UnitError
from greendigital.factorset.model import Factor, FactorSet, Source
from greendigital.units import factor_between

_BASE_UNITS = {
    "g_co2e/kwh": "kg_co2e/kwh",
    "t_co2e/kwh": "kg_co2e/kwh",
    "kg_co2e/mwh": "kg_co2e/kwh",
    "g_co2e/device": "kg_co2e/device",
}
"""Spellings of a quantity that are turned into one on load, so that factors of one activity share a unit."""

_OWN_COLUMNS = {
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
    "life_cycle_stage",
    "scope",
    "error_group",
    "shared_share",
    "width_kind",
    "source_id",
    "source_locator",
    "quality",
    "note",
}


def read_package(folder: Path) -> FactorSet:
    """The metadata of a set.

    Raises
    ------
    FactorError
        If ``datapackage.json`` is missing, is not JSON, or lacks name, version or licence.
    """
    path = folder / "datapackage.json"
    try:
        package = json.loads(path.read_text(encoding="utf-8"))
        licence = package["licenses"][0]
        return FactorSet(
            name=package["name"],
            title=package["title"],
            edition=package["version"],
            publisher="; ".join(dict.fromkeys(s.get("publisher") or s["title"] for s in package["sources"])),
            licence=licence.get("title") or licence["name"],
            url=package["sources"][0].get("path", ""),
            path=folder,
            activities=tuple(a for r in package["resources"] for a in r.get("activities", ())),
            resources={r["name"]: r for r in package["resources"]},
            share_alike=bool(package.get("share_alike")),
        )
    except FileNotFoundError:
        raise FactorError(f"{folder}: there is no datapackage.json. Every factor set needs one.") from None
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise FactorError(f"{path}: not a complete Data Package: {error!r}. See docs/factor-sets.md.") from None


def rows_of(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of a CSV with the row number a spreadsheet shows."""
    with path.open(encoding="utf-8-sig", newline="") as handle:
        yield from enumerate(csv.DictReader(handle), start=2)


def read_factors(metadata: FactorSet) -> list[Factor]:
    """The factors of a set.

    Raises
    ------
    FactorError
        If a row has no id, source, unit or value; the row is named.
    """
    path = metadata.path / "factors.csv"
    if not path.is_file():
        return []
    return [_factor(row, number, path, metadata) for number, row in rows_of(path)]


def _factor(row: Mapping[str, str], number: int, path: Path, metadata: FactorSet) -> Factor:
    for column in ("factor_id", "activity", "value", "unit", "source_id"):
        if not (row.get(column) or "").strip():
            raise FactorError(
                f"{path.parent.name}/{path.name}, row {number}, {column}: it is empty. "
                "A factor needs id, activity, value, unit and source."
            )
    unit = row["unit"]
    target = _BASE_UNITS.get(unit, unit)
    try:
        scale = factor_between(unit, target)
        value, low, high = (None if not row.get(c) else float(row[c]) * scale for c in ("value", "low", "high"))
        assert value is not None
        return Factor(
            factor_id=row["factor_id"],
            activity=row["activity"],
            value=value,
            unit=target,
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
            life_cycle_stage=row.get("life_cycle_stage") or "",
            scope=row.get("scope") or "",
            error_group=row.get("error_group") or "",
            shared_share=float(row["shared_share"]) if row.get("shared_share") else 1.0,
            width_kind=row.get("width_kind") or "",
            source_id=row["source_id"],
            source_locator=row.get("source_locator") or "",
            quality=row.get("quality") or "",
            note=row.get("note") or "",
            extra={k: v for k, v in row.items() if k not in _OWN_COLUMNS and v},
        )
    except (ValueError, UnitError) as error:
        raise FactorError(f"{path.parent.name}/{path.name}, row {number}: {error} Correct the row.") from None


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
    fields = {f["name"]: f for f in description["schema"]["fields"]}  # type: ignore[index]
    path = metadata.path / str(description["path"])
    for name, field in fields.items():
        if field["type"] in ("number", "integer") and not field.get("unit"):
            raise FactorError(f"{metadata.name}/{path.name}, {name}: the numeric field has no unit. Declare one.")
    found = []
    for number, row in rows_of(path):
        if not (row.get("source_id") or "").strip():
            raise FactorError(f"{metadata.name}/{path.name}, row {number}, source_id: it is empty. Name the source.")
        try:
            found.append({name: _typed(row.get(name, ""), field["type"]) for name, field in fields.items()})
        except ValueError as error:
            raise FactorError(f"{metadata.name}/{path.name}, row {number}: {error}. Correct the cell.") from None
    return found


def _typed(text: str | None, kind: str) -> Any:
    if text is None or text == "":
        return None
    if kind == "number":
        return float(text)
    if kind == "integer":
        return int(float(text))
    if kind == "boolean":
        return text.lower() in ("true", "yes", "1")
    return _day(text) if kind == "date" else text


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
        )
        for _, row in rows_of(path)
    }
