"""A device in repair: mend it, unless that costs more a year than a new one and the carbon it saves is worth.

The repair is spread over the years that it gives, the new one over its planned life; what is saved in carbon counts at
the appraisal value of the year (Department for Energy Security and Net Zero, valuation of greenhouse gas emissions),
which is a social value and no price, and is told apart. Price and carbon once paid for the device are sunk.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from greendigital.recommendations.device import Device
from greendigital.recommendations.model import TCOP_LIFESPAN, Advice, in_kg
from greendigital.units import KG_PER_TONNE


class Comparison(NamedTuple):
    """Pounds a year of a repair, of a new device, and what the carbon that the repair saves is worth."""

    repair_gbp: float
    new_gbp: float
    carbon_gbp: float

    @property
    def pays(self) -> bool:
        """Whether the repair costs less, the worth of its carbon counted."""
        return self.repair_gbp <= self.new_gbp + self.carbon_gbp


def repair(device: Device) -> Advice | None:
    """In repair, or faulty with a quote: under warranty, at a price that pays, or not."""
    quote, warranty = device.asset["repair_quote_gbp"], device.asset["warranty_end_date"]
    is_covered = warranty is not None and warranty >= device.as_of
    if device.status != "repair" and not (device.status == "faulty" and (quote is not None or is_covered)):
        return None
    if device.asset["ownership"] == "byod":
        text = "Its user's own: whether it is repaired is for its user to decide."
        return device.advise("repair", "check", text, TCOP_LIFESPAN, "low")
    if is_covered:
        return _mend(device, f"Its warranty runs until {warranty}: have it repaired under it", "high", 0.0)
    if quote is None:
        limit = _most(device)
        text = "Out of warranty, or its end is not known: get a quote for the repair"
        text += f"; up to {limit:,.0f} GBP it pays." if limit is not None else ", and give the price of a new one."
        return device.advise("repair", "check", text, TCOP_LIFESPAN, "low")
    found = compare_repair(device, quote)
    if found is None:
        text = f"A repair costs {quote:,.0f} GBP: give the price of a new one under [advice.prices_gbp] to compare."
        return device.advise("repair", "check", text, TCOP_LIFESPAN, "low")
    years = device.run.settings.repair_years
    sum_ = (
        f"a repair at {quote:,.0f} GBP is {found.repair_gbp:,.0f} GBP a year over {years:g} years, a new one "
        f"{found.new_gbp:,.0f} GBP a year; the carbon it saves is worth {found.carbon_gbp:,.0f} GBP a year"
    )
    if found.pays:
        return _mend(device, f"Repair it: {sum_}", "medium", quote)
    if not device.age_is_known:
        text = f"Its age is not known: find it out before replacing it ({sum_})."
        return device.advise("repair", "check", text, TCOP_LIFESPAN, "low")
    return device.advise("repair", "replace", f"Replace it: {sum_}.", TCOP_LIFESPAN, "medium")


def compare_repair(device: Device, quote_gbp: float) -> Comparison | None:
    """Both ways in pounds a year; None where the price of a new device is not known."""
    new = device.price_per_year
    if new is None:
        return None
    return Comparison(quote_gbp / device.run.settings.repair_years, new, _carbon_worth(device))


def _carbon_worth(device: Device) -> float:
    """Pounds a year that the carbon of one more year is worth; nothing where it saves none or no figure is known."""
    kilograms = math.fsum(part.kg_co2e for part in device.one_more_year())
    value = device.run.carbon_value_gbp_per_t
    return max(0.0, kilograms) / KG_PER_TONNE * value if value is not None else 0.0


def _most(device: Device) -> float | None:
    """Pounds up to which a repair pays."""
    new = device.price_per_year
    return (new + _carbon_worth(device)) * device.run.settings.repair_years if new is not None else None


def _mend(device: Device, why: str, confidence: str, price_gbp: float) -> Advice:
    parts = device.one_more_year()
    saved, years, new = math.fsum(p.kg_co2e for p in parts), device.run.settings.repair_years, device.price_per_year
    if device.asset["ownership"] == "byod" or saved <= 0:
        return device.advise("repair", "repair", f"{why}.", TCOP_LIFESPAN, confidence)
    return device.advise(
        "repair",
        "repair",
        f"{why}; one more year saves {in_kg(saved)} CO2e, a new one's embodied carbon over its planned life.",
        TCOP_LIFESPAN,
        confidence,
        effect="avoids_purchase",
        basis="per_year",
        parts=parts,
        gbp=new - price_gbp / years if new is not None and device.asset["ownership"] != "leased" else None,
    )
