"""Disposal records put to their assets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from greendigital.columns import DISPOSALS, REUSE_ROUTES, names
from greendigital.inventory.assets import HOST_NAME, Row, Rows
from greendigital.inventory.findings import Findings
from greendigital.inventory.values import key_of

_DISPOSAL_COLUMNS = ("disposal_date", "disposal_route", "mass_kg", "sanitisation")
_EVIDENCE = ("carrier", "facility", "transfer_note_id")


@dataclass(slots=True)
class DisposalRecord:
    """A row of a disposals table, and the asset it was put to.

    Attributes
    ----------
    line_id
        source_id:source_row of the row.
    mass_kg
        Mass of one device, as the record has it; None where it has none.
    hazardous
        None where it is not said.
    asset_line_id
        Line of the asset; empty where no asset has its serial number or asset id.
    is_replaced
        Whether a later row disposes of the same asset, and is used in its place.
    """

    line_id: str
    source_id: str
    source_row: int
    asset_id: str | None = None
    serial_number: str | None = None
    disposal_date: date | None = None
    disposal_route: str | None = None
    mass_kg: float | None = None
    carrier: str | None = None
    transfer_note_id: str | None = None
    facility: str | None = None
    hazardous: bool | None = None
    sanitisation: str | None = None
    income_gbp: float | None = None
    asset_line_id: str = ""
    is_replaced: bool = False


_RECORDED = names(DISPOSALS)


def join_disposals(
    rows: Rows, name: str, disposals: Iterable[Mapping[str, Any]], findings: Findings, taken: dict[str, DisposalRecord]
) -> list[DisposalRecord]:
    """Put disposal records to their assets, by serial number or else asset id; the unmatched are kept and reported.

    Parameters
    ----------
    name
        ``source_id`` of the table.
    taken
        The record of each asset, by its line, of the tables joined before; those of this one are added.
    """
    by_serial, by_asset = _indexes(rows)
    found = []
    for row in disposals:
        if row["set_aside"]:
            continue
        number = row["source_row"]
        record = DisposalRecord(f"{name}:{number}", name, number, **{column: row[column] for column in _RECORDED})
        found.append(record)
        asset = by_serial.get(key_of(record.serial_number)) if record.serial_number else None
        asset = asset or (by_asset.get(key_of(record.asset_id)) if record.asset_id else None)
        if asset is None:
            _unmatched(record, findings)
            continue
        record.asset_line_id = asset["line_id"]
        _note_evidence(record, findings)
        before = taken.get(record.asset_line_id)
        _note_doubtful(asset, record, before, findings)
        if before is not None:
            before.is_replaced = True
        taken[record.asset_line_id] = record
        _dispose(asset, record)
    return found


def _indexes(rows: Rows) -> tuple[dict[str, Row], dict[str, Row]]:
    """The assets that count, by serial number, and by asset id or host name."""
    lines = {row["line_id"]: row for row in rows}
    by_serial: dict[str, Row] = {}
    by_asset: dict[str, Row] = {}
    for row in rows:
        asset = lines[row["merged_into"]] if row["merged_into"] else row
        for index, name in ((by_serial, "serial_number"), (by_asset, "asset_id"), (by_asset, HOST_NAME)):
            if row[name] and not row["set_aside"]:
                index.setdefault(key_of(row[name]), asset)
    return by_serial, by_asset


def _named(record: DisposalRecord) -> tuple[str, str]:
    """The column that names the device, and what stands in it."""
    return ("serial_number", record.serial_number) if record.serial_number else ("asset_id", record.asset_id or "")


def _note_evidence(record: DisposalRecord, findings: Findings) -> None:
    """A record without a carrier, and what that does to the advice."""
    if record.carrier:
        return
    if any(getattr(record, name) for name in _EVIDENCE):
        effect = "its transfer note is listed as incomplete"
    elif record.disposal_route in REUSE_ROUTES:
        effect = (
            "without carrier, facility or note it is no evidence of reuse: what is left of its embodied carbon is "
            "written off, and the advice is to find the evidence"
        )
    else:
        effect = "without carrier, facility or note the advice is to find the evidence"
    findings.share(
        "warning",
        "disposal_without_carrier",
        effect,
        f"No carrier is named; {effect}.",
        "Fill in who took it.",
        record.source_row,
        "carrier",
    )


def _unmatched(record: DisposalRecord, findings: Findings) -> None:
    name, text = _named(record)
    findings.add(
        "warning",
        "disposal_unmatched",
        f'No asset has the {name.replace("_", " ")} "{text}"; it stands among the disposals as unmatched, and no '
        "device is taken out of use.",
        "Correct it, or add the asset.",
        record.source_row,
        name,
    )


def _note_doubtful(asset: Row, record: DisposalRecord, before: DisposalRecord | None, findings: Findings) -> None:
    row = record.source_row
    name, text = _named(record)
    if before is not None:
        place = f"row {before.source_row}"
        if before.source_id != record.source_id:
            place += f" of {before.source_id}"
        message = f'"{text}" is disposed of in {place} already; the later row is used.'
        findings.add("warning", "disposal_twice", message, "Take one of the two out.", row, name)
    if (asset["quantity"] or 1.0) > 1:
        message = f'"{text}" is a line of {asset["quantity"]:g} devices; all of them count as disposed of.'
        findings.add("warning", "disposal_of_several", message, "Split the line of the asset in two.", row, name)
    day, bought = record.disposal_date, asset["acquired_date"]
    if day and bought and day < bought and not asset["retired_date"]:
        findings.add(
            "error",
            "retired_before_acquired",
            f'"{day}" is before the day of purchase in {asset["line_id"]}, "{bought}"; that line is left out, and the '
            "advice for it is to correct the data.",
            "Correct one of the two dates.",
            row,
            "disposal_date",
        )


def _dispose(asset: Row, record: DisposalRecord) -> None:
    for name in _DISPOSAL_COLUMNS:
        value = getattr(record, name)
        asset[name] = value if value is not None else asset[name]
    asset["disposal_evidence"] = any(getattr(record, name) for name in _EVIDENCE)
    asset["retired_date"] = asset["retired_date"] or record.disposal_date
    if asset["status"] in (None, "in_use", "retired"):
        asset["status"] = "disposed"
