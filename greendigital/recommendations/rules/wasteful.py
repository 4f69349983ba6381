"""A device that draws so much that a successor saves more than it takes to make.

Replacing pays in carbon where the electricity saved in a year is more than the embodied carbon of a successor over its
planned life: the payback is shorter than that life. Only where the whole range says so is it advised.
"""

from __future__ import annotations

import math

from greendigital.recommendations.device import Device
from greendigital.recommendations.model import TCOP_EMISSIONS, Advice, figure_of_one, in_kg
from greendigital.recommendations.service_life import payback_years


def wasteful(device: Device) -> Advice | None:
    """In use, and one more year of it costs more carbon than a successor's year would."""
    if device.status != "in_use" or device.asset["ownership"] == "byod":
        return None
    year = device.one_more_year()
    if len(year) < 2 or math.fsum(part.kg_co2e for part in year) >= 0:
        return None
    figure = figure_of_one(year)
    new, life = device.new_device, device.line["life_years"]
    embodied = new.kg_co2e if new else 0.0
    electricity = embodied / life - figure.central
    paid_back = payback_years(embodied, electricity)
    sum_ = (
        f"a successor that draws what its kind does saves {in_kg(electricity)} CO2e a year in electricity and takes "
        f"{in_kg(embodied)} to make: paid back after {paid_back:.1f} of its {life:g} years"
    )
    if figure.high >= 0:
        text = f"It draws much: {sum_}. The range leaves it open: meter it, and compare with a successor."
        return device.advise("wasteful", "check", text, TCOP_EMISSIONS, "low")
    if not device.age_is_known:
        text = f"It draws much: {sum_}. Its age is not known: find it out before replacing it."
        return device.advise("wasteful", "check", text, TCOP_EMISSIONS, "low")
    return device.advise(
        "wasteful",
        "replace",
        f"Replace it early: {sum_}.",
        TCOP_EMISSIONS,
        "medium",
        effect="reduces_footprint",
        basis="per_year",
        parts=tuple(part.times(-1.0) for part in year),
    )
