"""What no other rule takes: what to find out."""

from __future__ import annotations

from greendigital.recommendations.device import COMPUTERS, Device
from greendigital.recommendations.model import TCOP_RECORD, Advice
from greendigital.recommendations.support import data_age_months


def check(device: Device) -> Advice:
    """Everything else: what to find out."""
    support = device.support
    if device.line.get("match_level") in (None, "F"):
        what = "its category and model"
    elif support.state == "unknown" and device.ends_by_itself:
        what = f"whether {support.label} still gets updates: what is published of it does not decide it"
    elif support.state == "unknown" and len(support.dates) > 1:
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
