"""Disposal records with what the run knows of their assets: category, number, mass, and a new device of the kind."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from greendigital.columns import REUSE_ROUTES
from greendigital.footprint import LineStore
from greendigital.inventory.disposals import DisposalRecord
from greendigital.recommendations.device import NO_DATA
from greendigital.recommendations.model import Part
from greendigital.uncertainty import Spread

_FAULTY = ("faulty", "repair")


@dataclass(frozen=True, slots=True)
class Disposal:
    """A record that counts, with its asset.

    Attributes
    ----------
    category
        As matched; empty where no asset is known.
    items
        Devices of the asset's line; 1 where no asset is known.
    mass_kg
        Mass of all its items; None where no mass is known.
    mass_from
        ``record``, ``asset``, ``product`` or ``category``; empty where no mass is known.
    sanitisation
        Of the record, else of the asset; empty where none is recorded.
    considered
        What the device list holds that shows that reuse was considered: ``fault``, ``quote``, ``grade``.
    new_device
        Embodied carbon of one new device; None where no figure is known for the period.
    """

    record: DisposalRecord
    category: str = ""
    items: float = 1.0
    mass_kg: float | None = None
    mass_from: str = ""
    sanitisation: str = ""
    considered: tuple[str, ...] = ()
    new_device: Part | None = None

    @property
    def is_matched(self) -> bool:
        """Whether an asset is known."""
        return bool(self.record.asset_line_id)

    @property
    def is_reuse(self) -> bool:
        """Whether it went on for reuse, resale or donation."""
        return self.record.disposal_route in REUSE_ROUTES

    @property
    def lacks_sanitisation(self) -> bool:
        """Whether it went on for use by another without a sanitisation status, and may hold data."""
        return self.is_reuse and not self.sanitisation and self.category not in NO_DATA


def disposals_of(store: LineStore, records: Sequence[DisposalRecord], known: Mapping[str, Spread]) -> list[Disposal]:
    """The records that count, each with its asset: a record that a later row replaces is left out.

    Parameters
    ----------
    known
        Errors of the factors used, by id.
    """
    counted = [record for record in records if not record.is_replaced]
    assets = _assets(store, [r.asset_line_id for r in counted if r.asset_line_id])
    return [_disposal(record, assets.get(record.asset_line_id), known) for record in counted]


def _assets(store: LineStore, line_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What the lines and the assets say of the devices, by line."""
    rows = store.query(
        "SELECT a.line_id, a.status, a.quantity, a.sanitisation, a.grade, a.repair_quote_gbp, a.category AS own, "
        "l.category, l.device_mass_kg, l.device_mass_from, l.device_embodied_kg_co2e, l.embodied_factor_id "
        "FROM assets a LEFT JOIN (SELECT DISTINCT ON (line_id) * FROM lines "
        "WHERE kind = 'hardware' AND line_id IN (SELECT unnest($1::VARCHAR[])) "
        "ORDER BY line_id, device_embodied_kg_co2e IS NULL, part) l ON l.line_id = a.line_id "
        "WHERE a.line_id IN (SELECT unnest($1::VARCHAR[]))",
        [list(line_ids)],
    )
    return {row["line_id"]: row for row in rows}


def _disposal(record: DisposalRecord, asset: Mapping[str, Any] | None, known: Mapping[str, Spread]) -> Disposal:
    sanitisation = record.sanitisation or (asset["sanitisation"] if asset else None) or ""
    sanitisation = "" if sanitisation == "none" else sanitisation
    items = float((asset["quantity"] if asset else None) or 1.0)
    each, source = record.mass_kg, "record"
    if each is None and asset:
        each, source = asset["device_mass_kg"], asset["device_mass_from"]
    mass, source = (None, "") if each is None else (each * items, source)
    if asset is None:
        return Disposal(record, "", items, mass, source, sanitisation)
    embodied, spread = asset["device_embodied_kg_co2e"], known.get(asset["embodied_factor_id"] or "")
    return Disposal(
        record,
        str(asset["category"] or asset["own"] or ""),
        items,
        mass,
        source,
        sanitisation,
        _considered(asset),
        None if embodied is None else Part(embodied, (spread,) if spread else ()),
    )


def _considered(asset: Mapping[str, Any]) -> tuple[str, ...]:
    shown = {
        "fault": asset["status"] in _FAULTY,
        "quote": asset["repair_quote_gbp"] is not None,
        "grade": bool(asset["grade"]),
    }
    return tuple(name for name, is_shown in shown.items() if is_shown)


def items_of(disposals: Sequence[Disposal]) -> float:
    """How many items."""
    return math.fsum(d.items for d in disposals)


def mass_of(disposals: Sequence[Disposal]) -> float | None:
    """Their mass in kg, of those whose mass is known; None where it is known of none of them."""
    known = [d.mass_kg for d in disposals if d.mass_kg is not None]
    return math.fsum(known) if known or not disposals else None


def without_mass(disposals: Sequence[Disposal]) -> float:
    """How many items have no mass known."""
    return math.fsum(d.items for d in disposals if d.mass_kg is None)
