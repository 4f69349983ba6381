"""A device that nobody uses: redeploy it before another is bought."""

from __future__ import annotations

from greendigital.recommendations.device import COMPUTERS, Device
from greendigital.recommendations.model import TCOP_REUSE, Advice, Part, in_kg


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
    new, settings, price = device.new_device, device.run.settings, device.price_of_new
    text = f"{why}: redeploy it before buying."
    parts: tuple[Part, ...] = ()
    ended = device.category in COMPUTERS and device.support.state == "ended"
    if ended:
        text = f"{why}, and support of {device.support.label} ended {device.support.when}."
    elif new is not None:
        taken = Part(new.kg_co2e * settings.displacement, (*new.spreads, *settings.displacement_spread))
        parts = (taken,)
        text = (
            f"{why}: redeploy it before buying; a new one is {in_kg(new.kg_co2e)} CO2e, of which "
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
