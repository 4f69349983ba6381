"""What the advice needs to know of each line."""

from __future__ import annotations

from typing import Any

from greendigital.footprint.store import LineStore


def device_facts(store: LineStore) -> dict[str, dict[str, Any]]:
    """Hardware lines by ``line_id`` (first part), with ``device_embodied_kg_co2e`` of one new device of the model."""
    rows = store.query(
        "SELECT * FROM lines WHERE kind = 'hardware' QUALIFY row_number() OVER (PARTITION BY line_id ORDER BY part) = 1"
    )
    return {row["line_id"]: row for row in rows}


def cloud_facts(store: LineStore) -> list[dict[str, Any]]:
    """Physical cloud lines with ``resource_id`` and ``tags``."""
    return store.query(
        "SELECT * FROM lines WHERE kind = 'cloud' AND status IN ('estimated', 'partial') ORDER BY source_id, source_row"
    )
