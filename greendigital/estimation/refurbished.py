"""Refurbished intake: the work of refurbishing and the second delivery in place of the first manufacture.

The first manufacture is the first owner's. Sources: 3 Step IT, sustainability report 2017 (a refurbished laptop);
Circular Computing, 2021 (a remanufactured laptop, the vendor's claim); both single. Other kinds of device have no
published figure and keep none. The end of life of the device is in neither.
"""

from __future__ import annotations

from dataclasses import replace

from greendigital.estimation.devices import DeviceFigures
from greendigital.factorset import FactorLibrary

NEW = "new"
MISSING = "refurbishment_factor_missing"


def with_refurbishment(
    library: FactorLibrary, figures: DeviceFigures, category: str, condition: str
) -> tuple[DeviceFigures, str]:
    """Figures of a device bought in a condition, and why a stage is missing (empty where none is).

    Parameters
    ----------
    condition
        ``new``, ``refurbished`` or ``remanufactured``.

    Returns
    -------
    tuple
        The figures with kg CO2e of refurbishing and delivery of one device for what is embodied, not split; without
        any where no figure of that category and condition is published. Yearly energy, life and mass stay.
    """
    if condition == NEW:
        return figures, ""
    found = next(
        (
            factor
            for factor in library.find("device_refurbishment")
            if (factor.extra.get("category"), factor.extra.get("detail")) == (category, condition)
        ),
        None,
    )
    if found is None:
        return replace(figures, embodied=None, stages_kg_co2e=None, embodied_basis="none"), MISSING
    stages = {"embodied_unsplit": found.value}
    return replace(figures, embodied=found, stages_kg_co2e=stages, embodied_basis="category"), ""
