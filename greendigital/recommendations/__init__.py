"""Advice: device and cloud rules in the order of the method, each a small function in a written-out list."""

from greendigital.recommendations.cases import RunAdvice
from greendigital.recommendations.cloud import cloud_advice
from greendigital.recommendations.group import Counted, group_advice
from greendigital.recommendations.model import Advice
from greendigital.recommendations.rules import device_advice
from greendigital.recommendations.support import support_state, windows11_eligibility

__all__ = [
    "Advice",
    "Counted",
    "RunAdvice",
    "cloud_advice",
    "device_advice",
    "group_advice",
    "support_state",
    "windows11_eligibility",
]
