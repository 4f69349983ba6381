"""Numbers, codes and sources of error in words for people."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from greendigital.units import KG_PER_TONNE

FIRST_TONNE = KG_PER_TONNE - 0.5
"""From here on three significant digits read 1.00 t."""

_LEAST = 1 / 1000
"""What people need not be told more closely."""


def three_significant(kg: float) -> str:
    """kg CO2e for people: three significant digits, tonnes from 1,000 kg.

    Examples
    --------
    >>> three_significant(123456.0), three_significant(12.3456)
    ('123 t', '12.3 kg')
    """
    unit = "kg"
    if abs(kg) >= FIRST_TONNE:
        kg, unit = kg / KG_PER_TONNE, "t"
    return f"{digits(kg)} {unit}"


def digits(value: float) -> str:
    """A number with three significant digits and thousands separators; a tiny one only says that it is.

    Examples
    --------
    >>> digits(0.01234), digits(0.00001)
    ('0.0123', '<0.001')
    """
    if value == 0 or not math.isfinite(value):
        return "0"
    if abs(value) < _LEAST:
        return f"<{_LEAST:g}" if value > 0 else f">-{_LEAST:g}"
    places = 2 - math.floor(math.log10(abs(value)))
    rounded = round(value, places)
    return f"{rounded:,.{max(places, 0)}f}"


def plural(number: float, noun: str) -> str:
    """A number with its noun, which takes an s unless there is one."""
    return f"{number:,.0f} {noun}{'' if number == 1 else 's'}"


def words(code: Any) -> str:
    """A code as words; nothing becomes 'not stated'."""
    return "not stated" if code in (None, "") else str(code).replace("_", " ")


_CLOUD_CATEGORIES = (
    "ai_and_machine_learning",
    "analytics",
    "business_applications",
    "compute",
    "databases",
    "developer_tools",
    "identity",
    "integration",
    "internet_of_things",
    "management_and_governance",
    "media",
    "migration",
    "mobile",
    "multicloud",
    "networking",
    "security",
    "storage",
    "web",
)
"""ServiceCategory of FOCUS 1.0 in snake_case; 'other' is also a device category."""


def category_words(code: Any) -> str:
    """A device category, or service category of a bill, in the form people use."""
    known = {
        "server_rack": "rack server",
        "server_blade": "blade server",
        "server_tower": "tower server",
        "mfp_floor": "multifunction printer (floor)",
        "mfp_large": "multifunction printer (large)",
        "printer_small": "printer",
        "server_any": "server",
        "tv": "TV",
        "ups": "UPS",
        "ai_and_machine_learning": "cloud: AI and machine learning",
    }
    name = f"cloud: {words(code)}" if code in _CLOUD_CATEGORIES else words(code)
    return known.get(str(code), name)


def source_words(source: str, factors: Mapping[str, Mapping[str, Any]]) -> str:
    """A source of error in words: what a maker's products share, or which figure of what."""
    if source.startswith("maker:"):
        _, maker, activity = source.split(":", 2)
        name = maker.upper() if len(maker) <= 3 else maker.title()
        return f"{activity.removeprefix('device_').replace('_', ' ')} figures of {name}, shared by its products"
    if match := re.fullmatch(r"category-(.+?)-(annual-kwh|embodied|lifetime|mass)", source):
        return f"{_CATEGORY_FIGURES[match[2]]} of {category_words(match[1].replace('-', '_'))} (category default)"
    if match := re.fullmatch(r"class:([^:]+):([^:]+):.+:(kwh|embodied)", source):
        kind = f"{words(match[2])} of {match[1].upper() if len(match[1]) <= 3 else match[1].title()}"
        return f"{_CATEGORY_FIGURES[match[3]]} of {kind} (class of its maker)"
    factor = factors.get(source)
    if factor is not None and factor["unit"] in ("kg_co2e/device", "kwh/device*year") and factor["note"]:
        figure = "yearly energy" if source.endswith(":kwh") else "embodied carbon"
        return f"{figure} of {factor['note']}"
    return _shared_words(source)


def _shared_words(source: str) -> str:
    """An error that several figures share, or the figure of a cloud type, in words."""
    if source in _SHARED:
        return _SHARED[source]
    if match := re.fullmatch(r"pue:(\w+)", source):
        return f"PUE of {_PROVIDERS.get(match[1], match[1])}"
    if match := re.fullmatch(r"(instance|core):([^:]+):(.+):(watts|embodied)", source):
        what = "series" if match[1] == "core" else "instance type"
        figure = "watts" if match[4] == "watts" else "embodied carbon"
        return f"{figure} of {what} {match[3]} ({_PROVIDERS.get(match[2], match[2])})"
    if match := re.fullmatch(r"derived:(service|provider)-ratio:(.+)", source):
        return f"kg per unit of cost by {match[1]} ({match[2].replace(':', ', ')})"
    return source.replace("_", " ")


_PROVIDERS = {"aws": "AWS", "azure": "Azure", "gcp": "Google Cloud", "oci": "Oracle Cloud"}
_SHARED = {
    "accelerator_power": "watts of accelerators",
    "cloud_utilisation": "load of rented machines (assumed)",
    "instance_embodied": "embodied carbon of instance types, their shared method",
    "instance_power_fitted": "watts of instance types, by the fit to their processor",
    "instance_power_measured": "watts of instance types, their measured curves",
    "instance_power_preset": "watts of instance types, by the preset's method",
    "server_power_curve": "power curves of servers",
    "server_utilisation": "load of servers (assumed)",
    "server_components_energy": "energy of servers by parts",
    "server_components_embodied": "embodied carbon of servers by parts",
    "storage_energy": "energy of cloud storage",
    "storage_embodied": "embodied carbon of cloud storage",
    "storage_replication": "copies that cloud storage keeps",
    "serverless_energy": "energy of services without servers",
    "memory_energy": "energy of memory",
    "network_energy": "energy of data transfer, the provider's links",
    "network_energy_access": "energy of data transfer, access networks included",
    "cloud-components": "embodied carbon of parts of servers",
    "electricity_wtt": "well-to-tank of electricity",
    "ember-country-year": "electricity intensity of countries (Ember)",
    "desnz:electricity_generation": "electricity of the UK, generation (DESNZ)",
    "desnz:electricity_td_losses": "electricity of the UK, losses (DESNZ)",
    "desnz:electricity_wtt_generation": "electricity of the UK, well-to-tank (DESNZ)",
    "desnz:electricity_wtt_td": "electricity of the UK, well-to-tank of losses (DESNZ)",
    "pue-data_centre": "PUE of data centres",
    "pue-colocation": "PUE of colocation",
    "pue-server_room": "PUE of server rooms",
}
"""Errors that many figures share, in words."""


_CATEGORY_FIGURES = {
    "annual-kwh": "yearly energy",
    "kwh": "yearly energy",
    "embodied": "embodied carbon",
    "lifetime": "planned life",
    "mass": "mass",
}
