"""Any asset export to the assets frame and problems."""

from greendigital.inventory.assets import Assets
from greendigital.inventory.from_frame import from_frame
from greendigital.inventory.read import read_inventory, recognise

__all__ = ["Assets", "from_frame", "read_inventory", "recognise"]
