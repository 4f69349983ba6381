"""The documents other programs read, as pydantic models: summary.json, run.json, and what two commands print.

``check`` and ``reconcile`` print theirs with ``--format json``. Keys are only ever added. ``greendigital schema
summary`` prints the JSON Schema.
"""

from __future__ import annotations

from pydantic import BaseModel

from greendigital.documents.base import FigureDocument, to_json
from greendigital.documents.check import CheckDocument
from greendigital.documents.reconcile import ReconcileDocument
from greendigital.documents.run import RunDocument, SummaryDocument

__all__ = [
    "SCHEMAS",
    "CheckDocument",
    "FigureDocument",
    "ReconcileDocument",
    "RunDocument",
    "SummaryDocument",
    "to_json",
]

SCHEMAS: dict[str, type[BaseModel]] = {
    "summary": SummaryDocument,
    "run": RunDocument,
    "check": CheckDocument,
    "reconcile": ReconcileDocument,
}
