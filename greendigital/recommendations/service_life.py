"""Formulae of keeping and replacing: what a year of a device takes, and when a successor has paid for itself.

Sources: Prakash et al. (German Environment Agency, Öko-Institut, Fraunhofer IZM, 2012), Timely replacement of a
notebook; TCO Certified, Using a notebook computer for three more years can cut emissions in half. Range of validity:
any positive figures; embodied carbon of a device already bought is sunk and enters neither.
"""

from __future__ import annotations

import math


def kg_co2e_per_year(embodied_kg_co2e: float, life_years: float, use_kg_co2e_per_year: float = 0.0) -> float:
    """Emissions of a device for each year of its service, in kg CO2e: embodied carbon / life + use.

    Examples
    --------
    >>> kg_co2e_per_year(250.0, 4.0)
    62.5
    """
    return embodied_kg_co2e / life_years + use_kg_co2e_per_year


def payback_years(embodied_kg_co2e: float, saved_kg_co2e_per_year: float) -> float:
    """Years after which a successor has saved in use what it takes to make; infinity where it never does.

    Examples
    --------
    >>> payback_years(200.0, 40.0)
    5.0
    """
    return embodied_kg_co2e / saved_kg_co2e_per_year if saved_kg_co2e_per_year > 0 else math.inf
