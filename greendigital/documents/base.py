"""What all documents share: figures, and how a document becomes text."""

from __future__ import annotations

import json
import math
from typing import Any

from pydantic import BaseModel, ConfigDict


class Document(BaseModel):
    """A document or a part of one; a key it does not know is refused."""

    model_config = ConfigDict(extra="forbid")


class FigureDocument(Document):
    """kg CO2e (or kWh where said); low and high are the 5th and 95th percentile."""

    low: float
    central: float
    high: float


def to_json(document: Any) -> str:
    """JSON text in a stable order, figures with 12 significant digits, missing numbers as null."""
    return json.dumps(_rounded(document), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return float(f"{value:.12g}")
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(v) for v in value]
    return value
