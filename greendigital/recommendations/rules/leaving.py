"""A device that leaves the organisation or has left: sanitisation first, then reuse before recycling."""

from __future__ import annotations

from datetime import date

from greendigital.columns import REUSE_ROUTES
from greendigital.recommendations.device import GONE, NO_DATA, Device
from greendigital.recommendations.model import TCOP_REUSE, TCOP_SANITISE, TCOP_WASTE, Advice

_WIPED = ("clear", "purge")


def leaving(device: Device) -> Advice | None:
    """A device that leaves or has left: sanitisation first, then reuse before recycling."""
    a = device.asset
    if device.status == "faulty":
        # With a quote it is not beyond repair: that rule compares.
        return _faulty(device) if a["repair_quote_gbp"] is None else None
    if device.status not in GONE:
        return None
    route, left = a["disposal_route"], a["disposal_date"]
    if device.status == "disposed" and (left or a["retired_date"]) <= device.as_of:
        return _left(device, str(route or "an unknown route"), left or a["retired_date"])
    if device.category in NO_DATA and not a["sanitisation"]:
        text = "Retired and holds no data: offer it for reuse before recycling."
        return device.advise("leaving", "reuse", text, TCOP_REUSE, "medium")
    if not device.is_sanitised:
        text = (
            "Retired without a sanitisation status: sanitise and record it, then reuse, resale or donation come "
            "before recycling."
        )
        return device.advise("leaving", "sanitise", text, TCOP_SANITISE, "high")
    if a["sanitisation"] in _WIPED:
        action = str(route) if route in REUSE_ROUTES else "reuse"
        text = f"Retired and sanitised ({a['sanitisation']}): reuse comes before recycling."
        return device.advise("leaving", action, text, TCOP_REUSE, "medium")
    text = "Retired with its storage destroyed: recycle, with a certificate."
    return device.advise("leaving", "recycle", text, TCOP_WASTE, "medium")


def _faulty(device: Device) -> Advice:
    if not device.is_sanitised and device.category not in NO_DATA:
        text = "Faulty and without a sanitisation status: wipe or destroy the storage before it leaves."
        return device.advise("leaving", "sanitise", text, TCOP_SANITISE, "high")
    text = "Faulty: parts first, then a WEEE recycler with a certificate."
    return device.advise("leaving", "recycle", text, TCOP_WASTE, "medium")


def _left(device: Device, route: str, day: date) -> Advice:
    """What is still missing of a device that has gone."""
    if route in REUSE_ROUTES and not device.is_sanitised:
        text = f"Left by {route} on {day} without a sanitisation status: find the certificate, or report the loss."
        return device.advise("leaving", "sanitise", text, TCOP_SANITISE, "high")
    if not device.asset["disposal_evidence"]:
        text = f"Left by {route} on {day}: carrier, facility or transfer note is missing."
        return device.advise("leaving", "check", text, TCOP_WASTE, "medium")
    text = f"Left by {route} on {day} with evidence: keep the record."
    return device.advise("leaving", "check", text, TCOP_WASTE, "high")
