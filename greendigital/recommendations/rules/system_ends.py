"""An operating system that has ended or ends soon, with every way out."""

from __future__ import annotations

from greendigital.recommendations.device import Device
from greendigital.recommendations.model import TCOP_LIFESPAN, Advice
from greendigital.recommendations.rules.keep import with_one_year


def system_ends(device: Device) -> Advice | None:
    """Operating system that has ended or ends within the year: upgrade where the hardware may run the next one."""
    support = device.support
    if support.state not in ("ended", "ends_soon"):
        return None
    text = f"{support.label} {'ended' if support.state == 'ended' else 'ends'} on {support.until}"
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
    return with_one_year(device, "system_ends", "upgrade_os", f"{text} instead of replacing it", "high")
