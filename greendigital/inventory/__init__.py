"""Any asset export to the assets frame and problems."""

from greendigital.inventory.assets import Assets
from greendigital.inventory.read import read_inventory, recognise

__all__ = ["Assets", "read_inventory", "recognise"]
