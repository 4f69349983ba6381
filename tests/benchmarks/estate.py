"""A made-up estate of any size: real model names, in turn, with dates, sites and systems as registers hold them."""

import csv
from datetime import date, timedelta
from pathlib import Path

from greendigital.factorset import load_library

HEADER = (
    "Asset tag",
    "Type",
    "Manufacturer",
    "Model",
    "Serial number",
    "Site",
    "Country",
    "Purchase date",
    "Status",
    "Last seen",
    "OS",
    "OS version",
    "OS build",
)
_OF_REGISTER = 9
_KINDS = (
    "laptop",
    "laptop",
    "laptop",
    "desktop",
    "monitor",
    "monitor",
    "smartphone",
    "tablet",
    "switch",
    "rack server",
)
_SYSTEMS = {
    "laptop": (("Windows", "11 Enterprise", "26100"), ("Windows", "10 Pro", "19045"), ("", "", "")),
    "desktop": (("Windows", "11 Enterprise", "26100"), ("Windows", "10 Pro", "19045"), ("", "", "")),
}
_FIRST, _DAYS, _SITES = date(2017, 4, 1), 3000, 40


def write_estate(path: Path, n_rows: int, n_models: int, managed: bool = False) -> None:
    """Write a register of ``n_rows`` devices of ``n_models`` models; a third of the models are real ones.

    ``managed`` adds what a management tool knows: when a device was last seen, and its operating system.
    """
    models = _models(n_models)
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(HEADER if managed else HEADER[:_OF_REGISTER])
        for number in range(n_rows):
            kind, maker, model = models[number * 7919 % n_models]
            bought = _FIRST + timedelta(days=number * 31 % _DAYS)
            system = _SYSTEMS.get(kind, (("", "", ""),))
            seen = date(2026, 3, 31) - timedelta(days=number * 13 % 160)
            status = "in stock" if number % 23 == 0 else "in use"
            asset = (f"T{number:07}", kind, maker, model, f"SN{number:09}", f"Site {number % _SITES}", "GBR", bought)
            tool = (seen, *system[number % len(system)]) if managed else ()
            writer.writerow((*asset, status, *tool))


def _models(n_models: int) -> list[tuple[str, str, str]]:
    """Type, maker and model: every third a product of the shipped table, the others names that no table holds."""
    rows = load_library().table("device-product-footprints", "products")
    kinds = {"laptop": "laptop", "desktop": "desktop", "monitor": "monitor", "smartphone": "smartphone"}
    real = [
        (kinds[row["device_type"]], row["manufacturer"], row["model"])
        for row in rows
        if row["device_type"] in kinds and row["upstream_status"] == "current"
    ]
    found = []
    for number in range(n_models):
        if number % 3 == 0 and number // 3 < len(real):
            found.append(real[number // 3])
        else:
            maker = ("Dell", "HP", "Lenovo", "Acme")[number % 4]
            found.append((_KINDS[number % len(_KINDS)], maker, f"Benchmark {number}"))
    return found
