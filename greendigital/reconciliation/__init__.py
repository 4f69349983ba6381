"""Our figure of a cloud bill beside the provider's own."""

from __future__ import annotations

from greendigital.reconciliation.comparison import Reconciliation, reconcile

__all__ = ["Reconciliation", "reconcile"]
