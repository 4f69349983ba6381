"""A server that does no useful work: switch it off.

Source of the rule: Koomey and Taylor (2017), "Zombie/comatose servers redux": a quarter to a third of servers in the
samples did no useful work over six months.
"""

from __future__ import annotations

import math

from greendigital.recommendations.device import SERVERS, Device
from greendigital.recommendations.model import TCOP_EMISSIONS, Advice, in_kg


def idle_server(device: Device) -> Advice | None:
    """A server in use whose stated mean load is under the limit; without a stated load nothing is said."""
    load, limit = device.asset["utilisation_share"], device.run.settings.idle_server_share
    if device.category not in SERVERS or device.status != "in_use" or load is None or load >= limit:
        return None
    year = device.electricity_of_a_year()
    text = (
        f"Its mean load is {load:.0%}, under {limit:.0%}: find its owner, move what is left of its work, switch it off"
    )
    if year:
        text += f"; its electricity is {in_kg(math.fsum(part.kg_co2e for part in year))} CO2e a year"
    return device.advise(
        "idle_server",
        "redeploy",
        f"{text}. What it ran on is free to be used again.",
        TCOP_EMISSIONS,
        "medium",
        effect="reduces_footprint",
        basis="per_year",
        parts=year,
    )
