"""An operating system that has ended or ends soon: update it, or every way out with its price.

Sources: end dates and prices of extended support in the sets ``operating-system-support``, ``device-support`` and
``extended-support-prices``; processors in ``windows11-processors``. Prices in pounds are the organisation's own.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from greendigital.recommendations.device import SERVERS, Device
from greendigital.recommendations.extended_support import offers
from greendigital.recommendations.model import TCOP_LIFESPAN, Advice
from greendigital.recommendations.rules.keep import with_one_year
from greendigital.units import KG_PER_TONNE

_PUBLIC = "commercial and public sector"
_NAMES = {
    "extended_support": "extended support",
    "other_system": "another system (ChromeOS Flex, Linux)",
    "virtual_desktop": "a virtual desktop",
    "replace": "a new one",
}
_ACTIONS = {
    "extended_support": "extended_support",
    "other_system": "change_os",
    "virtual_desktop": "change_os",
    "replace": "replace",
}


class Exit(NamedTuple):
    """A way out: pounds a year where they are known, and the carbon of a new computer that it does not need."""

    name: str
    gbp_per_year: float | None
    carbon_gbp: float

    @property
    def net_gbp(self) -> float | None:
        """Pounds a year less what the carbon is worth that a new computer would take."""
        return None if self.gbp_per_year is None else self.gbp_per_year - self.carbon_gbp

    @property
    def words(self) -> str:
        """The way out with its price."""
        price = "price not given" if self.gbp_per_year is None else f"{self.gbp_per_year:,.0f} GBP a year"
        return f"{_NAMES[self.name]} ({price})"


def system_ends(device: Device) -> Advice | None:
    """Support has ended or ends within the year: update where the hardware may run what comes next."""
    support = device.support
    if support.state not in ("ended", "ends_soon") or device.status in ("repair", "faulty"):
        # What is broken is compared with its repair first.
        return None
    text = f"{support.label} {'ended' if support.state == 'ended' else 'ends'} {support.when}"
    if device.ends_by_itself:
        return _device_ends(device, text)
    if device.asset["ownership"] == "byod":
        text += ": its user's own, for its user to bring up to date or to take off your network."
        return device.advise("system_ends", "check", text, TCOP_LIFESPAN, "medium")
    if support.label.startswith("Windows 11"):
        return _upgrade(device, f"{text}; the hardware runs Windows 11 already: update to a newer release")
    if not support.label.startswith("Windows") or "Server" in support.label:
        text += ": find out whether a newer system runs on the device."
        return device.advise("system_ends", "check", text, TCOP_LIFESPAN, "medium")
    answer = device.eligibility
    if answer.answer == "eligible":
        return _upgrade(device, f"{text}; the hardware may run Windows 11 ({answer.reason}): upgrade it")
    if answer.answer != "not eligible":
        text += f"; whether it may run Windows 11 is {answer.answer}: {answer.reason}."
        return device.advise("system_ends", "check", text, TCOP_LIFESPAN, "low")
    if answer.by_part:
        text += f"; its processor may run Windows 11, but it has {answer.reason}: change that part and upgrade it"
        return with_one_year(device, "system_ends", "replace_part", text, "medium", None)
    return _way_out(device, f"{text} and the hardware may not run Windows 11 ({answer.reason})")


def _device_ends(device: Device, text: str) -> Advice:
    """The updates of the device itself end, so that no newer system follows."""
    text = f"{text[:1].upper()}{text[1:]}, and no newer system follows: plan its successor, refurbished first"
    return device.advise("system_ends", "check", f"{text}, or use it where nothing of yours is at risk.",
                         TCOP_LIFESPAN, "medium")  # fmt: skip


def exits_of(device: Device) -> list[Exit]:
    """Every way out for a computer whose system ends and that may not run the next one."""
    given = device.run.settings.exits_gbp_per_year
    worth = _carbon_worth(device)
    found = [Exit("replace", device.price_per_year, 0.0), Exit("virtual_desktop", given.get("virtual_desktop"), worth)]
    if device.category not in SERVERS:
        found.append(Exit("other_system", given.get("other_system"), worth))
    if any(offer.on_sale or offer.year for offer in offers(device.run.library, device.support.label, device.as_of)):
        found.append(Exit("extended_support", given.get("extended_support"), worth))
    return found


def _carbon_worth(device: Device) -> float:
    kilograms = math.fsum(part.kg_co2e for part in device.one_more_year())
    value = device.run.carbon_value_gbp_per_t or 0.0
    return max(0.0, kilograms) / KG_PER_TONNE * value


def _way_out(device: Device, why: str) -> Advice:
    exits = exits_of(device)
    priced = ", ".join(found.words for found in exits)
    listed = _list_prices(device)
    text = f"{why}: {priced}{listed}"
    light = device.role in device.run.settings.light_roles
    if light and device.category not in SERVERS:
        return with_one_year(
            device,
            "system_ends",
            "change_os",
            f"{text}; its role is light: another system serves it",
            "medium",
            device.run.settings.exits_gbp_per_year.get("other_system"),
        )
    unpriced = [found for found in exits if found.gbp_per_year is None]
    can_be_extended = any(found.name == "extended_support" for found in exits)
    if unpriced or not device.age_is_known or not can_be_extended:
        missing = "give the prices under [advice]" if unpriced else "find out its age"
        if not can_be_extended and device.support.label.startswith("Windows 10"):
            missing = "bring it to release 22H2, the only one with extended support, or find out its release"
        return device.advise("system_ends", "check", f"{text}. To decide, {missing}.", TCOP_LIFESPAN, "medium")
    best = min(exits, key=lambda found: (found.net_gbp or 0.0, found.name))
    text += f". Least a year, with what carbon is worth: {_NAMES[best.name]}"
    if best.name == "replace":
        return device.advise("system_ends", "replace", f"{text}.", TCOP_LIFESPAN, "medium")
    return with_one_year(device, "system_ends", _ACTIONS[best.name], text, "medium", best.gbp_per_year)


def _list_prices(device: Device) -> str:
    """What extended support costs by list, in the currency in which it is published."""
    for offer in offers(device.run.library, device.support.label, device.as_of):
        prices = [year.price for year in offer.years]
        if offer.customer == _PUBLIC and prices and None not in prices:
            years = " + ".join(f"{price:g}" for price in prices if price is not None)
            return f"; extended support lists at {years} {offer.currency} a {offer.per} for its {len(prices)} years"
    return ""


def _upgrade(device: Device, text: str) -> Advice:
    return with_one_year(device, "system_ends", "upgrade_os", f"{text} instead of replacing it", "high")
