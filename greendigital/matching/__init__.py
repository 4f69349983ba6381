"""Distinct models to products, variants and categories."""

from greendigital.matching.match import Match, match_device, model_key
from greendigital.matching.names import normalise_maker, normalise_model

__all__ = ["Match", "match_device", "model_key", "normalise_maker", "normalise_model"]
