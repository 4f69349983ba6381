"""PUE of a room whose own is not known: the average of a survey, with its wide range.

Source: Uptime Institute, Global Data Center Survey, in the factor set ``room-pue``.
"""

from __future__ import annotations

from greendigital.factorset import Factor, FactorLibrary


def room_pue(library: FactorLibrary, location_type: str, year: int) -> Factor | None:
    """The survey's figure of the newest year not after ``year``; before its first year the first, which is nearest."""
    found = [f for f in library.find("pue_room") if f.extra.get("location_type") == location_type]
    past = [f for f in found if f.valid_from is None or f.valid_from.year <= year]
    return past[-1] if past else next(iter(found), None)
