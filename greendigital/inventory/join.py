"""Several files joined by serial number; no device is counted twice, every row stays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from greendigital.inventory.findings import Findings
from greendigital.inventory.profiles import plain

_FROM_MANAGEMENT = ("manufacturer", "model", "last_seen_date", "os_name", "os_version", "os_build")
_DISPOSAL_COLUMNS = ("disposal_date", "disposal_route")


def join_by_serial(rows: Sequence[dict[str, Any]], managed: set[str], findings: dict[str, Findings]) -> None:
    """Merge rows of one serial number into one, in place.

    The register's row is kept and its dates, status and price with it; the management tool wins for model, last
    check-in and operating system. A merged row names the line it went into.
    """
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["serial_number"] and not row["set_aside"]:
            groups[plain(row["serial_number"]).replace(" ", "")].append(row)
    for group in groups.values():
        if len(group) > 1:
            _merge(group, managed, findings)


def _merge(group: list[dict[str, Any]], managed: set[str], findings: dict[str, Findings]) -> None:
    kept = next((row for row in group if row["source_id"] not in managed), group[0])
    for row in group:
        if row is kept:
            continue
        row["merged_into"] = kept["line_id"]
        if row["source_id"] == kept["source_id"]:
            findings[row["source_id"]].add(
                "warning",
                "serial_twice",
                f'"{row["serial_number"]}" stands in row {kept["source_row"]} already; the device is counted once.',
                "Correct the serial number if these are two devices.",
                row["source_row"],
                "serial_number",
            )
        _fill(kept, row, row["source_id"] in managed and kept["source_id"] not in managed, findings)


def _fill(kept: dict[str, Any], row: dict[str, Any], from_tool: bool, findings: dict[str, Findings]) -> None:
    identity = (
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
    if from_tool and kept["model"] and row["model"] and plain(kept["model"]) != plain(row["model"]):
        findings[row["source_id"]].add(
            "note",
            "model_conflict",
            f'"{row["model"]}" here, "{kept["model"]}" in {kept["line_id"]}; the management tool is taken.',
            "",
            row["source_row"],
            "model",
        )
    for name, value in row.items():
        if name in identity or value is None or value == "":
            continue
        if name == "acquired_date" and from_tool and kept["acquired_date"] is not None:
            continue
        if kept[name] is None or kept[name] == "" or (from_tool and name in _FROM_MANAGEMENT):
            kept[name] = value


def join_disposals(rows: Sequence[dict[str, Any]], disposals: Sequence[dict[str, Any]], findings: Findings) -> None:
    """Put disposal records to their assets, by serial number or else asset id; the unmatched are reported."""
    by_serial = {plain(r["serial_number"]): r for r in rows if r["serial_number"] and not r["merged_into"]}
    by_asset = {plain(r["asset_id"]): r for r in rows if r["asset_id"] and not r["merged_into"]}
    for record in disposals:
        asset = by_serial.get(plain(record.get("serial_number") or "\0")) or by_asset.get(
            plain(record.get("asset_id") or "\0")
        )
        if asset is None:
            findings.add(
                "warning",
                "disposal_unmatched",
                "No asset has this serial number or asset id.",
                "Correct it, or add the asset.",
                record["source_row"],
            )
            continue
        for name in (*_DISPOSAL_COLUMNS, "mass_kg", "sanitisation"):
            asset[name] = record.get(name) if record.get(name) is not None else asset[name]
        asset["disposal_evidence"] = any(record.get(n) for n in ("carrier", "facility", "transfer_note_id"))
        asset["retired_date"] = asset["retired_date"] or record.get("disposal_date")
        if asset["status"] in (None, "in_use", "retired"):
            asset["status"] = "disposed"
