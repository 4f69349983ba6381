"""What can be computed of the devices of a file, which column the others lack, and who the models are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from greendigital.columns import STAGE_COLUMNS
from greendigital.footprint.notes import REASONS
from greendigital.preflight.cells import Estate

Lack = tuple[str | None, str] | None
"""The column that is missing, None where no column of a file would help, and why; None where nothing is missing."""

_COUNTED = ("estimated", "partial")


def levels_of(cells: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float | None]]:
    """Devices and kg CO2e (central figure of the management total) at each match level, with their shares."""
    devices: dict[str, float] = dict.fromkeys("ABCDEF", 0.0)
    kilograms: dict[str, float] = dict.fromkeys("ABCDEF", 0.0)
    for cell in cells:
        level = cell["match_level"] or "F"
        devices[level] += cell["devices"]
        kilograms[level] += sum(cell[name] for name in STAGE_COLUMNS)
    return {
        level: {
            "devices": devices[level],
            "share_of_devices": _share(devices[level], sum(devices.values())),
            "kg_co2e": kilograms[level],
            "share_of_kg_co2e": _share(kilograms[level], sum(kilograms.values())),
        }
        for level in "ABCDEF"
    }


def computable_of(estate: Estate, cells: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """For use, embodied, age, refresh advice and waste mass: devices whose data suffice, and what the others lack."""
    questions: dict[str, Callable[[Mapping[str, Any]], Lack]] = {
        "use": _use,
        "embodied": _embodied,
        "age": _age,
        "refresh_advice": _refresh,
        "waste_mass": lambda cell: None if estate.has_mass(cell) else _unknown(cell) or ("mass_kg", "no mass known"),
    }
    whole = sum(cell["devices"] for cell in cells)
    found = {}
    for name, lack_of in questions.items():
        lacking: dict[tuple[str | None, str], float] = defaultdict(float)
        for cell in cells:
            lack = lack_of(cell)
            if lack is not None:
                lacking[lack] += cell["devices"]
        able = whole - sum(lacking.values())
        missing = [
            {"column": column, "devices": devices, "why": why}
            for (column, why), devices in sorted(lacking.items(), key=lambda item: (-item[1], str(item[0])))
        ]
        found[name] = {"devices": able, "share": _share(able, whole), "missing": missing}
    return found


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _unknown(cell: Mapping[str, Any]) -> Lack:
    """The category of a device that is nowhere in the tables."""
    if cell["match_level"] == "F" or cell["match_level"] is None:
        return "category", REASONS["not_matched"]
    return None


def _not_counted(cell: Mapping[str, Any]) -> Lack:
    """Why a device has no figure at all; a device outside the period lacks nothing."""
    if lack := _unknown(cell):
        return lack
    if cell["reason_code"] in ("retired_without_date", "retired_before_acquired"):
        return "retired_date", REASONS[cell["reason_code"]]
    return None


def _use(cell: Mapping[str, Any]) -> Lack:
    if lack := _not_counted(cell):
        return lack
    if cell["reason_code"] == "no_factor" or "use" in (cell["stages_missing"] or "").split(","):
        if cell["has_kwh"]:
            return "country", "no electricity factor for the country"
        return "annual_kwh", "no published consumption for the category"
    return None


def _embodied(cell: Mapping[str, Any]) -> Lack:
    if lack := _not_counted(cell):
        return lack
    if cell["reason_code"] == "refurbishment_factor_missing":
        return None, "no published figure for refurbishment"
    if cell["reason_code"] == "no_factor" or "embodied" in (cell["stages_missing"] or "").split(","):
        return None, "no published figure for the category"
    return None


def _age(cell: Mapping[str, Any]) -> Lack:
    return None if cell["has_date"] else ("acquired_date", "no date acquired")


def _refresh(cell: Mapping[str, Any]) -> Lack:
    """Advice on the next device needs to know what it is, how old, and of a computer its system."""
    if lack := _not_counted(cell) or _age(cell):
        return lack
    if cell["os_gap"]:
        return cell["os_gap"], "end of support unknown"
    return None
