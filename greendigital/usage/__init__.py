"""Any cloud bill to the usage frame and problems."""

from greendigital.usage.read import read_usage, recognise
from greendigital.usage.usage import Usage

__all__ = ["Usage", "read_usage", "recognise"]
