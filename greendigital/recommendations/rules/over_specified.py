"""More than its user needs: swap it with somebody who would otherwise get a new one."""

from __future__ import annotations

from greendigital.recommendations.device import COMPUTERS, SERVERS, Device
from greendigital.recommendations.model import TCOP_REUSE, Advice, Part, in_kg


def over_specified(device: Device) -> Advice | None:
    """A workstation, or a computer with ample memory, in a light role; staff's own devices are theirs."""
    settings, memory = device.run.settings, device.asset["memory_gb"] or 0.0
    if device.status != "in_use" or device.role not in settings.light_roles or device.asset["ownership"] == "byod":
        return None
    if device.category not in COMPUTERS or device.category in SERVERS or device.support.state == "ended":
        return None
    if device.category == "workstation":
        what = "A workstation"
    elif memory >= settings.ample_memory_gb * 0.9:
        what = f"{memory:g} GB of memory"
    else:
        return None
    new, price = device.new_device, device.price_of_new
    text = f"{what} in a light role ({device.role}): swap it with a user who needs it and would get a new one"
    parts: tuple[Part, ...] = ()
    if new is not None:
        share = settings.displacement
        parts = (Part(new.kg_co2e * share, (*new.spreads, *settings.displacement_spread)),)
        text += f"; a new one is {in_kg(new.kg_co2e)} CO2e, of which {share:.0%} is taken as avoided"
    return device.advise(
        "over_specified",
        "swap",
        f"{text}.",
        TCOP_REUSE,
        "low",
        effect="avoids_purchase",
        basis="once",
        parts=parts,
        gbp=price * settings.displacement if price and device.asset["ownership"] != "leased" else None,
    )
