"""Words for categories, numbers and models."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from greendigital.units import KG_PER_TONNE

_MOST_NAMED = 5
_AS_THEY_ARE = {"tv": "TV", "ups": "UPS", "mfp_floor": "floor-standing MFP", "mfp_large": "large MFP"}


def words_of(category: str | None) -> str:
    """A category as a person says it."""
    return _AS_THEY_ARE.get(category or "", (category or "device").replace("_", " "))


def plural(n: float, noun: str) -> str:
    """So many of a thing."""
    ending = "" if n == 1 else "es" if noun.endswith(("s", "x", "ch", "sh")) else "s"
    return f"{n:,.10g} {noun}{ending}"


def named_models(cells: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The models of unmatched cells, with maker, those with the most devices first; five at most."""
    found: dict[str, float] = defaultdict(float)
    for cell in cells:
        if cell["match_level"] in ("E", "F") and cell["written_model"]:
            maker, model = cell["written_maker"] or "", cell["written_model"]
            name = model if model.casefold().startswith(maker.casefold()) else f"{maker} {model}"
            found[name] += cell["devices"]
    return tuple(sorted(found, key=lambda name: (-found[name], name))[:_MOST_NAMED])


def mass_of(kilograms: float) -> str:
    """An emission with at most three significant digits, in kg or t CO2e."""
    value, unit = (kilograms / KG_PER_TONNE, "t") if abs(kilograms) >= KG_PER_TONNE else (kilograms, "kg")
    if not value:
        return f"0 {unit}"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    rounded = float(f"{value:.3g}")
    text = f"{rounded:,.{digits}f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} {unit}"
