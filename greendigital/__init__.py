"""greendigital: the carbon footprint of an IT estate and its cloud bills, and what to do about it.

Examples
--------
>>> import greendigital as gd
>>> gd.__version__[0].isdigit()
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_PUBLIC = {
    "read_inventory": "greendigital.api",
    "read_usage": "greendigital.api",
    "read_run": "greendigital.api",
    "estimate": "greendigital.api",
    "estimate_hardware": "greendigital.api",
    "estimate_cloud": "greendigital.api",
    "reconcile": "greendigital.reconciliation",
    "Reconciliation": "greendigital.reconciliation",
    "Footprint": "greendigital.result",
    "Config": "greendigital.config",
    "load_config": "greendigital.config",
    "load_library": "greendigital.factorset",
    "parse_period": "greendigital.period",
    "GreenDigitalError": "greendigital.errors",
    "Problem": "greendigital.errors",
}

__all__ = [
    "Config",
    "Footprint",
    "GreenDigitalError",
    "Problem",
    "Reconciliation",
    "estimate",
    "estimate_cloud",
    "estimate_hardware",
    "load_config",
    "load_library",
    "parse_period",
    "read_inventory",
    "read_run",
    "read_usage",
    "reconcile",
]

if TYPE_CHECKING:
    from greendigital.api import (
        estimate,
        estimate_cloud,
        estimate_hardware,
        read_inventory,
        read_run,
        read_usage,
    )
    from greendigital.config import Config, load_config
    from greendigital.errors import GreenDigitalError, Problem
    from greendigital.factorset import load_library
    from greendigital.period import parse_period
    from greendigital.reconciliation import Reconciliation, reconcile
    from greendigital.result import Footprint


def __getattr__(name: str) -> Any:
    """Resolve a public name on first use, so that importing the package stays light (PEP 562)."""
    if name in _PUBLIC:
        from importlib import import_module

        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'greendigital' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])
