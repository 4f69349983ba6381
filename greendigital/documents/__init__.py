"""The documents other programs read, as pydantic models: summary.json, run.json and what ``check`` prints.

Keys are only ever added. ``greendigital schema summary`` prints the JSON Schema.
"""

from __future__ import annotations

from pydantic import BaseModel

from greendigital.documents.base import FigureDocument, to_json
from greendigital.documents.check import CheckDocument
from greendigital.documents.run import RunDocument, SummaryDocument

__all__ = ["SCHEMAS", "CheckDocument", "FigureDocument", "RunDocument", "SummaryDocument", "to_json"]

SCHEMAS: dict[str, type[BaseModel]] = {"summary": SummaryDocument, "run": RunDocument, "check": CheckDocument}
