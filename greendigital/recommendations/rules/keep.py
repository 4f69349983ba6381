"""Keep what is supported: one more year saves a share of a new device."""

from __future__ import annotations

import math
from datetime import timedelta

from greendigital.recommendations.device import COMPUTERS, FIRMWARE, Device
from greendigital.recommendations.model import TCOP_LIFESPAN, Advice, in_kg

_NO_SYSTEM = "Nothing says that it must go"
_FIRMWARE = "Keep it as long as its maker gives security updates, which are not known here"
_DAYS_PER_YEAR = 365.25


def keep(device: Device) -> Advice | None:
    """Supported for another year, or a known device without a system that ends: one more year saves a share."""
    if device.status not in ("in_use", "repair"):
        return None
    if device.category in COMPUTERS:
        horizon = device.as_of + timedelta(days=round(_DAYS_PER_YEAR * device.run.settings.keep_support_years))
        if device.support.state != "supported" or (device.support.until or device.as_of) < horizon:
            # A status without a date is no promise for a year.
            return None
        why = f"{device.support.label} is supported until {device.support.until}"
    elif device.line.get("match_level") in (None, "F"):
        return None
    else:
        why = _NO_SYSTEM if device.category not in FIRMWARE else _FIRMWARE
    return with_one_year(device, "keep", "keep", why, "medium")


def with_one_year(
    device: Device, rule: str, action: str, why: str, confidence: str, cost_gbp: float | None = 0.0
) -> Advice:
    """A row whose saving is that of one more year, in kilograms and, where a price is known, pounds.

    Parameters
    ----------
    cost_gbp
        What the year costs, taken off its pounds; None where it is not known, and then no pounds are told.
    """
    parts, ownership, new = device.one_more_year(), device.asset["ownership"], device.price_per_year
    if not parts or ownership == "byod":
        return device.advise(rule, action, f"{why}.", TCOP_LIFESPAN, confidence)
    kilograms = math.fsum(part.kg_co2e for part in parts)
    if kilograms <= 0:
        text = (
            f"{why}, but it draws so much that one more year costs {in_kg(-kilograms)} CO2e more than a new "
            "one would, its embodied carbon spread over its planned life: compare it with a successor."
        )
        return device.advise(rule, "check" if action == "keep" else action, text, TCOP_LIFESPAN, "low")
    text = f"{why}; {_both_figures(device)}one more year saves {in_kg(kilograms)} CO2e, its share of a planned life"
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
        gbp=new - cost_gbp if new is not None and cost_gbp is not None and ownership != "leased" else None,
    )


def _both_figures(device: Device) -> str:
    """What a year of use takes and what making a new one takes, as far as both are known."""
    use, new = device.electricity_of_a_year(), device.new_device
    if not use or new is None:
        return ""
    kilograms = math.fsum(part.kg_co2e for part in use)
    return f"in use it takes {kilograms:.1f} kg CO2e a year, to make a new one takes {in_kg(new.kg_co2e)}: "
