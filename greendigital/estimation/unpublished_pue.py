"""PUE of a provider that publishes none: the average of large sites, in the range that surveys show.

Source: Uptime Institute, Global Data Center Survey (the set ``room-pue``, colocation).
"""

from __future__ import annotations

from greendigital.factorset import Factor, FactorLibrary

_WITHOUT_PUE = ("oci",)
"""Providers with meter rules and no published PUE; Oracle builds in halls of its own and of others."""


def unpublished_pue(library: FactorLibrary, provider: str, year: int) -> Factor | None:
    """The survey's figure of the newest year not after ``year``, else its first; None for any other provider."""
    if provider not in _WITHOUT_PUE:
        return None
    found = [f for f in library.find("pue_room") if f.extra.get("location_type") == "colocation"]
    past = [f for f in found if f.valid_from is None or f.valid_from.year <= year]
    return past[-1] if past else next(iter(found), None)
