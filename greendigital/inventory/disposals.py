"""Disposal records put to their assets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from greendigital.inventory.assets import HOST_NAME, Row, Rows
from greendigital.inventory.findings import Findings
from greendigital.inventory.values import key_of

_DISPOSAL_COLUMNS = ("disposal_date", "disposal_route", "mass_kg", "sanitisation")
_EVIDENCE = ("carrier", "facility", "transfer_note_id")


def join_disposals(rows: Rows, disposals: Iterable[Mapping[str, Any]], findings: Findings) -> None:
    """Put disposal records to their assets, by serial number or else asset id; the unmatched are reported."""
    lines = {row["line_id"]: row for row in rows}
    by_serial: dict[str, Row] = {}
    by_asset: dict[str, Row] = {}
    for row in rows:
        asset = lines[row["merged_into"]] if row["merged_into"] else row
        for index, name in ((by_serial, "serial_number"), (by_asset, "asset_id"), (by_asset, HOST_NAME)):
            if row[name] and not row["set_aside"]:
                index.setdefault(key_of(row[name]), asset)
    taken: dict[str, int] = {}
    for record in disposals:
        if record["set_aside"]:
            continue
        serial, number = record["serial_number"], record["asset_id"]
        found = by_serial.get(key_of(serial)) if serial else None
        found = found or (by_asset.get(key_of(number)) if number else None)
        if found is None:
            _unmatched(record, findings)
            continue
        _note_doubtful(found, record, taken.get(found["line_id"]), findings)
        taken[found["line_id"]] = record["source_row"]
        _dispose(found, record)


def _unmatched(record: Mapping[str, Any], findings: Findings) -> None:
    name = "serial_number" if record["serial_number"] else "asset_id"
    findings.add(
        "warning",
        "disposal_unmatched",
        f'No asset has the {name.replace("_", " ")} "{record[name] or ""}"; the disposal is not counted.',
        "Correct it, or add the asset.",
        record["source_row"],
        name,
    )


def _note_doubtful(asset: Row, record: Mapping[str, Any], before: int | None, findings: Findings) -> None:
    row, name = record["source_row"], "serial_number" if record["serial_number"] else "asset_id"
    if before is not None:
        message = f'"{record[name]}" is disposed of in row {before} already; the later row is used.'
        findings.add("warning", "disposal_twice", message, "Take one of the two out.", row, name)
    if (asset["quantity"] or 1.0) > 1:
        message = f'"{record[name]}" is a line of {asset["quantity"]:g} devices; all of them count as disposed of.'
        findings.add("warning", "disposal_of_several", message, "Split the line of the asset in two.", row, name)
    day, bought = record["disposal_date"], asset["acquired_date"]
    if day and bought and day < bought and not asset["retired_date"]:
        findings.add(
            "error",
            "retired_before_acquired",
            f'"{day}" is before the day of purchase in {asset["line_id"]}, "{bought}"; that line is left out.',
            "Correct one of the two dates.",
            row,
            "disposal_date",
        )


def _dispose(asset: Row, record: Mapping[str, Any]) -> None:
    for name in _DISPOSAL_COLUMNS:
        asset[name] = record[name] if record[name] is not None else asset[name]
    asset["disposal_evidence"] = any(record[name] for name in _EVIDENCE)
    asset["retired_date"] = asset["retired_date"] or record["disposal_date"]
    if asset["status"] in (None, "in_use", "retired"):
        asset["status"] = "disposed"
