"""A device that leaves the organisation or has left: sanitisation first, then reuse before recycling."""

from __future__ import annotations

from datetime import date

from greendigital.columns import REUSE_ROUTES
from greendigital.recommendations.device import GONE, NO_DATA, Device
from greendigital.recommendations.model import TCOP_REUSE, TCOP_SANITISE, TCOP_WASTE, Advice

_WIPED = ("clear", "purge")
_OTHERS = {"leased": "leased", "byod": "its user's own"}
"""Ownership under which a device is not the organisation's to give away."""


def leaving(device: Device) -> Advice | None:
    """A device that leaves or has left: sanitisation first, then reuse before recycling."""
    a = device.asset
    if device.status == "faulty":
        warranty = a["warranty_end_date"]
        # With a quote, or under warranty, it is not beyond repair: that rule compares.
        is_mendable = a["repair_quote_gbp"] is not None or (warranty is not None and warranty >= device.as_of)
        return None if is_mendable else _faulty(device)
    if device.status not in GONE:
        return None
    route, left = a["disposal_route"], a["disposal_date"]
    if device.status == "disposed" and (left or a["retired_date"]) <= device.as_of:
        return _left(device, str(route or "an unknown route"), left or a["retired_date"])
    if a["ownership"] in _OTHERS:
        text = f"Retired and {_OTHERS[a['ownership']]}: sanitise what data of yours it holds, and give it back."
        action = "check" if device.is_sanitised else "sanitise"
        return device.advise("leaving", action, text, TCOP_SANITISE, "medium")
    if device.category in NO_DATA:
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
    if route in REUSE_ROUTES and not device.is_sanitised and device.category not in NO_DATA:
        text = f"Left by {route} on {day} without a sanitisation status: find the certificate, or report the loss."
        return device.advise("leaving", "sanitise", text, TCOP_SANITISE, "high")
    if not device.asset["disposal_evidence"]:
        text = f"Left by {route} on {day}: carrier, facility or transfer note is missing."
        return device.advise("leaving", "check", text, TCOP_WASTE, "medium")
    text = f"Left by {route} on {day} with evidence: keep the record."
    return device.advise("leaving", "check", text, TCOP_WASTE, "high")
