"""GHG Protocol scopes of a device by place and ownership.

Source: GHG Protocol Corporate Standard chapter 4; Corporate Value Chain (Scope 3) Standard, categories 1, 2, 3, 5, 7
and 8.
"""

from __future__ import annotations

from typing import NamedTuple

INVENTORY_SCOPES = ("2", "3.1", "3.2", "3.3", "3.5", "3.7", "3.8")
DISPOSAL_SCOPE = "3.5"
CLOUD_SCOPE = "3.1"


class Scopes(NamedTuple):
    """Scope of use, of losses and well-to-tank, and of the embodied figure (empty: outside the inventory)."""

    use: str
    upstream: str
    embodied: str


def scopes_of(location_type: str, ownership: str, operational_control: bool | None, expensed: bool) -> Scopes:
    """Scopes of a device.

    A leased device in the organisation's own rooms is taken to be under its operational control unless the file says
    otherwise; a colocated one is taken not to be.
    """
    bought = "3.1" if expensed else "3.2"
    if ownership == "byod":
        return Scopes("3.7", "3.7", "")
    controlled = operational_control if operational_control is not None else location_type != "colocation"
    embodied = "" if ownership == "leased" and not controlled else bought
    if location_type == "home":
        return Scopes("3.7", "3.7", embodied)
    if controlled:
        return Scopes("2", "3.3", embodied)
    if location_type == "colocation" or ownership == "leased":
        return Scopes("3.8", "3.8", embodied)
    return Scopes("2", "3.3", embodied)
