"""Device rules, tested in order; the first that fires wins, and every asset gets exactly one row.

Source of the order: waste hierarchy (Waste (England and Wales) Regulations 2011, regulation 12) and the Technology Code
of Practice point 12. Embodied carbon and price of a device already bought are sunk and never count; what counts is the
new device that need not be bought, at the price once paid for this one where that is known.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from greendigital.columns import REUSE_ROUTES
from greendigital.config import Config
from greendigital.factorset import FactorLibrary
from greendigital.recommendations.device import COMPUTERS, FIRMWARE, GONE, Device, Settings, Surroundings
from greendigital.recommendations.model import (
    TCOP_LIFESPAN,
    TCOP_RECORD,
    TCOP_REUSE,
    TCOP_SANITISE,
    TCOP_WASTE,
    Advice,
    Part,
)
from greendigital.recommendations.support import data_age_months
from greendigital.uncertainty import Spread

_WIPED = ("clear", "purge")
_NO_SYSTEM = "Nothing says that it must go"
_FIRMWARE = "Keep it as long as its maker gives security updates, which are not known here"
_DAYS_PER_YEAR = 365.25


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


def leaving(device: Device) -> Advice | None:
    """A device that leaves or has left: sanitisation first, then reuse before recycling."""
    a = device.asset
    if device.status == "faulty":
        return _faulty(device)
    if device.status not in GONE:
        return None
    route, left = a["disposal_route"], a["disposal_date"]
    if device.status == "disposed" and (left or a["retired_date"]) <= device.as_of:
        return _left(device, str(route or "an unknown route"), left or a["retired_date"])
    if device.category not in COMPUTERS and not a["sanitisation"]:
        text = "Retired and holds no personal storage: offer it for reuse before recycling."
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
    if not device.is_sanitised and device.category in COMPUTERS:
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


def not_in_use(device: Device) -> Advice | None:
    """Stock, and devices in use that nobody has seen: redeploy before buying. Staff's own devices are theirs."""
    if device.asset["ownership"] == "byod":
        return None
    if device.status == "in_stock":
        why = "In stock"
    elif device.status == "in_use" and device.asset["last_seen_date"]:
        days = (device.as_of - device.asset["last_seen_date"]).days
        if days <= device.run.settings.not_seen_days:
            return None
        why = f"In use but last seen {days} days before {device.as_of}"
    else:
        return None
    new, settings, price = device.new_device, device.run.settings, device.asset["price_gbp"]
    text = f"{why}: redeploy it before buying."
    parts: tuple[Part, ...] = ()
    ended = device.category in COMPUTERS and device.support.state == "ended"
    if ended:
        text = f"{why}, and support of {device.support.label} ended {device.support.when}."
    elif new is not None:
        taken = Part(new.kg_co2e * settings.displacement, (*new.spreads, *settings.displacement_spread))
        parts = (taken,)
        text = (
            f"{why}: redeploy it before buying; a new one is {new.kg_co2e:.0f} kg CO2e, of which "
            f"{settings.displacement:.0%} is taken as avoided."
        )
    sound = device.category not in COMPUTERS or device.support.state in ("supported", "ends_soon")
    if not sound:
        text += " Check first that it can run a supported system."
    return device.advise(
        "not_in_use",
        "redeploy",
        text,
        TCOP_REUSE,
        "medium" if sound else "low",
        effect="avoids_purchase",
        basis="once",
        parts=parts,
        gbp=price * settings.displacement if price and device.asset["ownership"] != "leased" else None,
    )


def system_ends(device: Device) -> Advice | None:
    """Operating system that has ended or ends within the year: upgrade where the hardware may run the next one."""
    support = device.support
    if support.state not in ("ended", "ends_soon"):
        return None
    text = f"{support.label} {'ended' if support.state == 'ended' else 'ends'} {support.when}"
    if support.label.startswith("Windows 11"):
        return _upgrade(device, f"{text}; the hardware runs Windows 11 already: update to a newer release")
    if not support.label.startswith("Windows") or "Server" in support.label:
        text += ": find out whether a newer system runs on the device."
        return device.advise("system_ends", "check", text, TCOP_LIFESPAN, "medium")
    answer = device.eligibility
    if answer.answer == "eligible":
        return _upgrade(device, f"{text}; the hardware may run Windows 11 ({answer.reason}): upgrade it")
    if answer.answer == "not eligible":
        text += (
            f" and the hardware may not run Windows 11 ({answer.reason}): compare extended support, another system, a "
            "light role and replacement."
        )
        return device.advise("system_ends", "check", text, TCOP_LIFESPAN, "medium")
    text += f"; whether it may run Windows 11 is {answer.answer}: {answer.reason}."
    return device.advise("system_ends", "check", text, TCOP_LIFESPAN, "low")


def _upgrade(device: Device, text: str) -> Advice:
    return _with_one_year(device, "system_ends", "upgrade_os", f"{text} instead of replacing it", "high")


def keep(device: Device) -> Advice | None:
    """Supported for another year, or a known device without a system that ends: one more year saves a share."""
    if device.status not in ("in_use", "repair"):
        return None
    if device.category in COMPUTERS:
        horizon = device.as_of + timedelta(days=round(_DAYS_PER_YEAR * device.run.settings.keep_support_years))
        if device.support.state != "supported" or (device.support.until or device.as_of) < horizon:
            return None
        why = f"{device.support.label} is supported until {device.support.until}"
    elif device.line.get("match_level") in (None, "F"):
        return None
    else:
        why = _NO_SYSTEM if device.category not in FIRMWARE else _FIRMWARE
    return _with_one_year(device, "keep", "keep", why, "medium")


def _with_one_year(device: Device, rule: str, action: str, why: str, confidence: str) -> Advice:
    """A row whose saving is that of one more year, in kilograms and, where a price is known, pounds."""
    parts, life = device.one_more_year(), device.line.get("life_years")
    ownership, price = device.asset["ownership"], device.asset["price_gbp"]
    if not parts or ownership == "byod":
        return device.advise(rule, action, f"{why}.", TCOP_LIFESPAN, confidence)
    kilograms = math.fsum(part.kg_co2e for part in parts)
    if kilograms <= 0:
        text = (
            f"{why}, but it draws so much that one more year costs {-kilograms:.0f} kg CO2e a device more than a new "
            "one would, its embodied carbon spread over its planned life: compare it with a successor."
        )
        return device.advise(rule, "check" if action == "keep" else action, text, TCOP_LIFESPAN, "low")
    share = "a new one's embodied carbon over its planned life"
    text = f"{why}; one more year saves {kilograms:.0f} kg CO2e a device, {share}"
    text += " less the electricity this one draws beyond a new one." if len(parts) > 1 else "."
    return device.advise(
        rule,
        action,
        text,
        TCOP_LIFESPAN,
        confidence,
        effect="avoids_purchase",
        basis="per_year",
        parts=parts,
        gbp=price / life if price and life and ownership != "leased" else None,
    )


def check(device: Device) -> Advice:
    """Everything else: what to find out."""
    support = device.support
    if device.line.get("match_level") in (None, "F"):
        what = "its category and model"
    elif support.state == "unknown" and support.dates:
        days = " or ".join(d.isoformat() for d in support.dates)
        what = f"the edition of {support.label}, which decides whether support ends on {days}"
    elif device.category in COMPUTERS and support.state == "unknown":
        named = device.asset["os_name"] and (device.asset["os_version"] or device.asset["os_build"])
        what = (
            "how long its operating system is supported; no end date is known here"
            if named
            else ("its operating system and build")
        )
    elif data_age_months(support, device.as_of) > device.run.settings.max_data_age_months:
        what = "the present end of support: the data are older than six months"
    else:
        what = f"what follows {support.label or 'its present role'}"
        what += f", which is supported until {support.until}" if support.until else ""
    return device.advise("check", "check", f"Find out {what}.", TCOP_RECORD, "low")


RULES: tuple[Callable[[Device], Advice | None], ...] = (
    contradiction,
    not_yet,
    leaving,
    not_in_use,
    system_ends,
    keep,
)
"""The rules in order; :func:`check` takes what none of them does."""


def device_advice(
    assets: Sequence[Mapping[str, Any]],
    lines: Mapping[str, Mapping[str, Any]],
    library: FactorLibrary,
    as_of: date,
    config: Config,
    factors: Sequence[Mapping[str, Any]] = (),
    known: Mapping[str, Spread] | None = None,
) -> list[Advice]:
    """One row for every asset that is neither merged nor set aside.

    Parameters
    ----------
    assets
        Rows of an assets frame.
    lines
        Lines of the footprint by ``line_id``, as ``footprint.facts.device_facts`` gives them.
    factors, known
        Rows of ``factors_used``, and their errors by id.
    """
    run = Surroundings(library, as_of, Settings.of(config, library), {f["factor_id"]: f for f in factors}, known or {})
    found = []
    for asset in assets:
        if asset["merged_into"] or asset["set_aside"]:
            continue
        device = Device(asset, lines.get(asset["line_id"], {}), run)
        found.append(next((advice for rule in RULES if (advice := rule(device)) is not None), None) or check(device))
    return found
