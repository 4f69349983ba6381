"""Routes of a disposal, ranked by the waste hierarchy and by nothing else."""

from __future__ import annotations

from greendigital.columns import DISPOSAL_ROUTES
from greendigital.recommendations.model import HIERARCHY, RANKS

NOT_RANKED = (
    "The UK government's waste factors hold collection and transport, and of landfill its own gas: they give scope 3.5 "
    "and never rank routes. Routes are ranked by the waste hierarchy alone."
)
"""Source: 2025 Government greenhouse gas conversion factors, methodology paper, paragraphs 12.27 to 12.29."""


def rank_of(route: str | None) -> int:
    """Place of a route in the waste hierarchy, 1 being the best; after the last for a route that is not known.

    Source: Waste (England and Wales) Regulations 2011, regulation 12(1). The emission factors of a year have no say.

    Examples
    --------
    >>> rank_of("donation"), rank_of("recycle"), rank_of("recovery"), rank_of("landfill")
    (2, 3, 4, 5)
    """
    return RANKS.index(HIERARCHY[route]) + 1 if route else len(RANKS) + 1


ROUTES = tuple(sorted(DISPOSAL_ROUTES, key=rank_of))
"""Routes, the best first."""
