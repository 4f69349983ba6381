"""Screens, docks and phones: keep them when the computers beside them change."""

from __future__ import annotations

from greendigital.recommendations.device import PERIPHERALS, Device
from greendigital.recommendations.model import Advice
from greendigital.recommendations.rules.keep import with_one_year


def peripheral(device: Device) -> Advice | None:
    """A peripheral in use of a known kind."""
    if device.category not in PERIPHERALS or device.status != "in_use":
        return None
    if device.line.get("match_level") in (None, "F"):
        return None
    return with_one_year(device, "peripheral", "keep", "Keep it when the computer beside it changes", "medium")
