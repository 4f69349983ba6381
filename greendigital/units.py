"""The only place that knows unit names and conversion numbers.

A unit is written as in the factor files, for example ``kg_co2e/kwh``. :func:`factor_between` gives the number to
multiply by, and refuses what is dimensionally wrong.
"""

from __future__ import annotations

import re

from greendigital.errors import UnitError

# Each simple unit: (dimension, size in the dimension's base unit).
_SIMPLE: dict[str, tuple[str, float]] = {
    "kg_co2e": ("emission", 1.0),
    "g_co2e": ("emission", 1e-3),
    "t_co2e": ("emission", 1e3),
    "kwh": ("energy", 1.0),
    "wh": ("energy", 1e-3),
    "mwh": ("energy", 1e3),
    "mj": ("energy", 1 / 3.6),
    "kg": ("mass", 1.0),
    "t": ("mass", 1e3),
    "hour": ("time", 1.0),
    "second": ("time", 1 / 3600),
    "year": ("time", 8760.0),
    "gb": ("data", 1.0),
    "tb": ("data", 1e3),
    "w": ("power", 1.0),
    "kw": ("power", 1e3),
    "device": ("device", 1.0),
    "drive": ("drive", 1.0),
    "part": ("part", 1.0),
    "vcpu": ("vcpu", 1.0),
    "gpu": ("gpu", 1.0),
    "instance": ("instance", 1.0),
    "gbp": ("gbp", 1.0),
    "usd": ("usd", 1.0),
    "eur": ("eur", 1.0),
    "litre": ("volume", 1e-3),
    "m3": ("volume", 1.0),
    "megalitre": ("volume", 1e3),
    "km": ("length", 1e3),
    "mile": ("length", 1609.344),
    "fte": ("person", 1.0),
    "share": ("share", 1.0),
    "ratio": ("share", 1.0),
    "percent": ("share", 1e-2),
    "inch": ("length", 0.0254),
    "1": ("number", 1.0),
}

HOURS_PER_DAY = 24
KG_PER_TONNE = 1000.0
WATT_HOURS_PER_KWH = 1000.0
GRAMS_PER_KG = 1000.0
HOURS_PER_YEAR = 8760.0
SECONDS_PER_HOUR = 3600.0

MEBIBYTES_PER_GB_OF_MEMORY = 1024.0
KIBIBYTES_PER_GB_OF_MEMORY = 1024.0**2
BYTES_PER_GB = 1e9
GIGABYTES_PER_TB = 1000.0
_SIZE_STEPS = {"k": -2, "m": -1, "g": 0, "t": 1}


def gigabytes(size: float, unit: str, of_memory: bool) -> float:
    """GB of a size with its unit (KB to TB, KiB to TiB), as inventories count them.

    Of memory each unit is 1,024 of the one below, however it is written, since modules come in powers of two and a
    "GB" of it is a GiB. Of drives it is 1,000, as makers sell them, and 1,024 where the unit is written with an i.

    Raises
    ------
    UnitError
        If the unit is none of these.

    Examples
    --------
    >>> gigabytes(65536, "MB", of_memory=True), gigabytes(1.5, "TB", of_memory=False)
    (64.0, 1500.0)
    """
    letter, rest = unit.lower()[:1], unit.lower()[1:]
    if letter not in _SIZE_STEPS or rest not in ("b", "ib"):
        raise UnitError(f'"{unit}" is not a unit of memory. Use KB, MB, GB or TB.')
    if of_memory:
        return float(size * 1024.0 ** _SIZE_STEPS[letter])
    if rest == "ib":
        return float(size * 1024.0 ** (_SIZE_STEPS[letter] + 3) / BYTES_PER_GB)
    return float(size * 1000.0 ** _SIZE_STEPS[letter])


def _resolve(unit: str) -> tuple[dict[str, int], float]:
    """Dimensions (with exponents) and size of a unit such as ``kg_co2e/kwh`` or ``gb*hour``."""
    dimensions: dict[str, int] = {}
    size = 1.0
    for position, side in enumerate(unit.strip().lower().split("/")):
        sign = 1 if position == 0 else -1
        for part in side.split("*"):
            if part not in _SIMPLE:
                known = ", ".join(sorted(_SIMPLE))
                raise UnitError(f'"{unit}" is not a known unit. Use a combination of: {known}.')
            dimension, scale = _SIMPLE[part]
            dimensions[dimension] = dimensions.get(dimension, 0) + sign
            size *= scale**sign
    return {k: v for k, v in dimensions.items() if v and k != "number"}, size


def is_known(unit: str) -> bool:
    """Whether the unit can be used in a factor file."""
    try:
        _resolve(unit)
    except UnitError:
        return False
    return True


def canonical(unit: str) -> str:
    """The unit in which factors of this kind are reckoned: emissions in kg CO2e, per kWh, per tonne, shares as shares.

    Raises
    ------
    UnitError
        If the unit is not known.

    Examples
    --------
    >>> canonical("g_co2e/mwh")
    'kg_co2e/kwh'
    """
    _resolve(unit)
    numerator, *denominators = unit.strip().lower().split("/")
    top = "*".join(_NUMERATORS.get(part, part) for part in numerator.split("*"))
    if top != "kg_co2e":
        return "/".join((top, *denominators))
    return "/".join((top, *("*".join(_DENOMINATORS.get(p, p) for p in side.split("*")) for side in denominators)))


def nearest(text: str, like: str = "") -> str | None:
    """The unit that somebody meant who wrote it in another way (``gCO2e/kWh``); None when there is none near.

    ``like``: a unit that it must be convertible to.
    """
    tidy = re.sub(r"\s+", "", text.lower()).replace("per", "/").replace("_", "")
    tidy = re.sub(r"(kg|g|t)co2(?:e|eq)?(?![a-z])", r"\1_co2e", tidy).replace("tonnes", "t").replace("tonne", "t")
    if not is_known(tidy) or tidy == text or (like and _resolve(tidy)[0] != _resolve(like)[0]):
        return None
    return tidy


_NUMERATORS = {"g_co2e": "kg_co2e", "t_co2e": "kg_co2e", "percent": "share", "mwh": "kwh"}
_DENOMINATORS = {"mwh": "kwh", "wh": "kwh", "mj": "kwh", "kg": "t"}


def factor_between(unit: str, target: str) -> float:
    """The number that turns a value in ``unit`` into one in ``target``.

    Raises
    ------
    UnitError
        If a unit is unknown, or the two measure different things.

    Examples
    --------
    >>> factor_between("g_co2e/kwh", "kg_co2e/kwh")
    0.001
    """
    dimensions, size = _resolve(unit)
    target_dimensions, target_size = _resolve(target)
    if dimensions != target_dimensions:
        raise UnitError(f'"{unit}" cannot be turned into "{target}": they measure different things.')
    return size / target_size
