"""Several files joined by serial number; no device is counted twice, every row stays."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from greendigital.inventory.findings import Findings
from greendigital.inventory.profiles import plain
from greendigital.inventory.values import key_of

_FROM_MANAGEMENT = ("manufacturer", "model", "last_seen_date", "os_name", "os_version", "os_build")
_TYPE_CODE = re.compile(r"^\d{2}[0-9A-Z]{8}$")
"""A Lenovo machine type with its model suffix, as 20W1S0XX00; Lenovo's firmware gives it where others give a name."""

_DISPOSAL_COLUMNS = ("disposal_date", "disposal_route", "mass_kg", "sanitisation")
_EVIDENCE = ("carrier", "facility", "transfer_note_id")
_OWN = (
    "source_id",
    "source_row",
    "line_id",
    "merged_into",
    "set_aside",
    "country_assumed",
    "disposal_evidence",
    "asset_id",
    "serial_number",
)
"""What belongs to the line and not to the device."""


def join_by_serial(rows: Sequence[dict[str, Any]], managed: set[str], findings: dict[str, Findings]) -> None:
    """Merge rows of one serial number into one, in place.

    The register's row is kept and its dates, status and price with it; the management tool wins for model, last
    check-in and operating system, its newest check-in first; only a Lenovo type code never replaces a name. A merged
    row names the line it went into.
    """
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["serial_number"] and not row["set_aside"]:
            groups[key_of(row["serial_number"])].append(row)
    for group in groups.values():
        if len(group) > 1:
            _merge(group, managed, findings)


def _merge(group: list[dict[str, Any]], managed: set[str], findings: dict[str, Findings]) -> None:
    kept = next((row for row in group if row["source_id"] not in managed), group[0])
    seen = {row["source_id"]: row for row in reversed(group)}
    for row in group:
        if row is kept:
            continue
        row["merged_into"] = kept["line_id"]
        first = seen[row["source_id"]]
        if first is not row:
            findings[row["source_id"]].add(
                "warning",
                "serial_twice",
                f'"{row["serial_number"]}" stands in row {first["source_row"]} already; the device is counted once.',
                "Correct the serial number if these are two devices.",
                row["source_row"],
                "serial_number",
            )
    kept_is_managed = kept["source_id"] in managed
    # A device enrolled anew stands in the tool twice; the older entry must not hide the newer check-in.
    for row in sorted((r for r in group if r is not kept), key=lambda r: r["last_seen_date"] or date.min):
        from_tool = row["source_id"] in managed
        newer = (row["last_seen_date"] or date.min) > (kept["last_seen_date"] or date.min)
        _fill(kept, row, from_tool and (newer or not kept_is_managed), findings)


def _fill(kept: dict[str, Any], row: dict[str, Any], tool_wins: bool, findings: dict[str, Findings]) -> None:
    keeps_name = _is_type_code(row["model"]) and bool(kept["model"]) and not _is_type_code(kept["model"])
    if tool_wins and not keeps_name and kept["model"] and row["model"] and _differ(kept, row):
        findings[row["source_id"]].share(
            "note",
            "model_conflict",
            (row["model"], kept["model"]),
            f'"{row["model"]}" here, "{kept["model"]}" in {kept["line_id"]}; the management tool is taken.',
            "Correct the register if the tool is right.",
            row["source_row"],
            "model",
        )
    for name, value in row.items():
        if name in _OWN or value is None or value == "":
            continue
        if name == "acquired_date" and kept["retired_date"] and value > kept["retired_date"]:
            continue  # enrolled anew after the register wrote it off: no day of purchase
        if name == "model" and keeps_name:
            continue
        if kept[name] is None or kept[name] == "" or (tool_wins and name in _FROM_MANAGEMENT):
            kept[name] = value


def _is_type_code(model: str | None) -> bool:
    return model is not None and _TYPE_CODE.match(model) is not None


def _differ(kept: dict[str, Any], row: dict[str, Any]) -> bool:
    """Whether two rows name unlike models; one file may name the maker with the model and the other not."""
    makers = {plain(r["manufacturer"] or "").split(" ")[0] for r in (kept, row)}

    def spellings(model: str) -> set[str]:
        return {plain(model).removeprefix(maker).strip() for maker in makers}

    return not spellings(kept["model"]) & spellings(row["model"])


def join_disposals(rows: Sequence[dict[str, Any]], disposals: Sequence[dict[str, Any]], findings: Findings) -> None:
    """Put disposal records to their assets, by serial number or else asset id; the unmatched are reported."""
    lines = {row["line_id"]: row for row in rows}
    by_serial: dict[str, dict[str, Any]] = {}
    by_asset: dict[str, dict[str, Any]] = {}
    for row in rows:
        asset = lines[row["merged_into"]] if row["merged_into"] else row
        for index, name in ((by_serial, "serial_number"), (by_asset, "asset_id")):
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


def _unmatched(record: dict[str, Any], findings: Findings) -> None:
    name = "serial_number" if record["serial_number"] else "asset_id"
    findings.add(
        "warning",
        "disposal_unmatched",
        f'No asset has the {name.replace("_", " ")} "{record[name] or ""}"; the disposal is not counted.',
        "Correct it, or add the asset.",
        record["source_row"],
        name,
    )


def _note_doubtful(asset: dict[str, Any], record: dict[str, Any], before: int | None, findings: Findings) -> None:
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


def _dispose(asset: dict[str, Any], record: dict[str, Any]) -> None:
    for name in _DISPOSAL_COLUMNS:
        asset[name] = record[name] if record[name] is not None else asset[name]
    asset["disposal_evidence"] = any(record[name] for name in _EVIDENCE)
    asset["retired_date"] = asset["retired_date"] or record["disposal_date"]
    if asset["status"] in (None, "in_use", "retired"):
        asset["status"] = "disposed"
