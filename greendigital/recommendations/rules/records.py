"""Data that contradict each other, or that are of a later day."""

from __future__ import annotations

from greendigital.recommendations.device import GONE, Device
from greendigital.recommendations.model import TCOP_RECORD, Advice


def contradiction(device: Device) -> Advice | None:
    """Data that cannot all be true."""
    a = device.asset
    acquired, retired, seen = a["acquired_date"], a["retired_date"], a["last_seen_date"]
    found = None
    if acquired and retired and retired < acquired:
        found = f"retired on {retired}, before it was acquired on {acquired}"
    elif acquired and seen and seen < acquired:
        found = f"last seen on {seen}, before it was acquired on {acquired}"
    elif retired and retired <= device.as_of and device.status not in GONE:
        found = f"{device.status.replace('_', ' ')}, but retired on {retired}"
    elif device.status in GONE and seen and retired and seen > retired:
        found = f"last seen on {seen}, after it was retired on {retired}"
    elif device.status in GONE and not retired:
        found = f"{device.status} without a date"
    if not found:
        return None
    text = f"The data contradict each other: {found}."
    return device.advise("contradiction", "correct_data", text, TCOP_RECORD, "high")


def not_yet(device: Device) -> Advice | None:
    """A device that came after the day of the advice."""
    acquired = device.asset["acquired_date"]
    if not acquired or acquired <= device.as_of:
        return None
    text = f"Acquired on {acquired}, after the day of this advice, {device.as_of}: ask again with a later one."
    return device.advise("not_yet", "check", text, TCOP_RECORD, "high")
