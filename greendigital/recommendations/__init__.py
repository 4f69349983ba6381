"""Advice: device and cloud rules in the order of the method, each a small function in a written-out list."""

from greendigital.recommendations.cases import RunAdvice
from greendigital.recommendations.cloud import cloud_advice
from greendigital.recommendations.device_horizons import device_support
from greendigital.recommendations.extended_support import offers as extended_support_offers
from greendigital.recommendations.group import Counted, group_advice
from greendigital.recommendations.model import Advice
from greendigital.recommendations.parts import part_figure
from greendigital.recommendations.rules import device_advice
from greendigital.recommendations.support import combined, support_state, windows11_eligibility

__all__ = [
    "Advice",
    "Counted",
    "RunAdvice",
    "cloud_advice",
    "combined",
    "device_advice",
    "device_support",
    "extended_support_offers",
    "group_advice",
    "part_figure",
    "support_state",
    "windows11_eligibility",
]
