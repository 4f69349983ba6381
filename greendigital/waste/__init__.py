"""Reuse and recycling: what left by which route, what its notes lack, and what its reuse keeps from being made."""

from greendigital.waste.document import waste_document
from greendigital.waste.routes import ROUTES, rank_of

__all__ = ["ROUTES", "rank_of", "waste_document"]
