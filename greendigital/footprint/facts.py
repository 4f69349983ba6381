"""What the advice needs to know of each line."""

from __future__ import annotations

from typing import Any

from greendigital.footprint.store import LineStore


def cloud_facts(store: LineStore) -> list[dict[str, Any]]:
    """Physical cloud lines with ``resource_id`` and ``tags``."""
    return store.query(
        "SELECT * FROM lines WHERE kind = 'cloud' AND status IN ('estimated', 'partial') ORDER BY source_id, source_row"
    )
