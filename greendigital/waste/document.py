"""The key ``waste`` of summary.json."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from greendigital.config import Config
from greendigital.factorset import FactorLibrary
from greendigital.footprint import LineStore, Totals
from greendigital.inventory.disposals import DisposalRecord
from greendigital.period import Period
from greendigital.recommendations.model import figure_of
from greendigital.recommendations.settings import Settings
from greendigital.waste.batches import batches_of
from greendigital.waste.notes import SOURCES
from greendigital.waste.records import Disposal, disposals_of, items_of, mass_of, without_mass
from greendigital.waste.routes import NOT_RANKED
from greendigital.waste.shares import is_within, shares_by_year, shares_of_period

MOST_LISTED = 500
"""Batches, and items without sanitisation, that summary.json and the workbook list; their counts are of all."""

_MASS_FROM = ("record", "asset", "product", "category")


def waste_document(
    totals: Totals,
    records: Sequence[DisposalRecord],
    library: FactorLibrary,
    config: Config,
    period: Period,
) -> dict[str, Any] | None:
    """What left the organisation; None where no disposals table was read and no asset is retired."""
    without_record = _without_record(totals.store, records)
    if not records and not without_record["items"]:
        return None
    disposals = disposals_of(totals.store, records, totals.known)
    batches = batches_of(disposals, period)
    return {
        "records": len(records),
        "replaced_records": sum(r.is_replaced for r in records),
        "unmatched_records": sum(not d.is_matched for d in disposals),
        "undated_records": sum(d.record.disposal_date is None for d in disposals),
        "items": items_of(disposals),
        "mass_kg": mass_of(disposals),
        "items_without_mass": without_mass(disposals),
        "mass_from": _mass_from(disposals),
        "without_record": without_record,
        "period": shares_of_period(disposals, period),
        "by_year": shares_by_year(disposals, period),
        "batches_in_all": len(batches),
        "batches_incomplete": sum(bool(batch["missing"]) for batch in batches),
        "batches": batches[:MOST_LISTED],
        "sanitisation_gate": _gate(disposals),
        "avoided_manufacture": _avoided(disposals, Settings.of(config, library), period),
        "emissions": {"scope": "3.5", "total": totals.scopes()["3.5"].as_dict(), "note": NOT_RANKED},
        "sources": [dict(source) for source in SOURCES],
    }


def _mass_from(disposals: Sequence[Disposal]) -> list[dict[str, Any]]:
    """Items and kg by where the mass comes from."""
    found = []
    for source in _MASS_FROM:
        members = [d for d in disposals if d.mass_from == source]
        if members:
            found.append({"mass_from": source, "items": items_of(members), "mass_kg": mass_of(members)})
    return found


def _without_record(store: LineStore, records: Sequence[DisposalRecord]) -> dict[str, Any]:
    """Assets that the device list calls retired or disposed, and that no record says the way of."""
    rows = store.query(
        "SELECT l.category, sum(coalesce(a.quantity, 1)) AS items FROM assets a LEFT JOIN "
        "(SELECT DISTINCT line_id, category FROM lines WHERE kind = 'hardware' AND line_id IN "
        "(SELECT line_id FROM assets WHERE status IN ('retired', 'disposed'))) l ON l.line_id = a.line_id "
        "WHERE a.status IN ('retired', 'disposed') AND coalesce(a.merged_into, '') = '' "
        "AND coalesce(a.set_aside, '') = '' AND a.line_id NOT IN (SELECT unnest(?::VARCHAR[])) "
        "GROUP BY l.category ORDER BY items DESC, l.category NULLS LAST",
        [[record.asset_line_id for record in records if record.asset_line_id]],
    )
    return {
        "items": float(sum(row["items"] for row in rows)),
        "by_category": [{"category": row["category"], "items": float(row["items"])} for row in rows],
    }


def _gate(disposals: Sequence[Disposal]) -> dict[str, Any]:
    """What left for reuse, resale or donation without a sanitisation status, one entry for each record."""
    found = [d for d in disposals if d.lacks_sanitisation]
    return {
        "records": len(found),
        "items": items_of(found),
        "listed": [
            {
                "record": d.record.line_id,
                "asset_id": d.record.asset_id,
                "serial_number": d.record.serial_number,
                "category": d.category or None,
                "route": d.record.disposal_route,
                "disposal_date": d.record.disposal_date.isoformat() if d.record.disposal_date else None,
                "items": d.items,
            }
            for d in found[:MOST_LISTED]
        ],
    }


def _avoided(disposals: Sequence[Disposal], settings: Settings, period: Period) -> dict[str, Any]:
    """New devices that reuse by others is taken to keep from being made; apart, and netted with nothing.

    Embodied carbon of a new device of the kind x displacement, over what left for reuse, resale or donation in the
    reporting period. Devices bought second-hand have no figure of a new one.
    """
    reused = [d for d in disposals if d.is_reuse and is_within(d.record.disposal_date, period)]
    share, spreads = settings.displacement, settings.displacement_spread
    parts = []
    for disposal in reused:
        if disposal.new_device is not None:
            new = disposal.new_device
            parts.append(new._replace(kg_co2e=new.kg_co2e * share * disposal.items, spreads=(*new.spreads, *spreads)))
    return {
        "effect": "avoided_elsewhere",
        "basis": "once",
        "items": items_of(reused),
        "items_without_figure": items_of([d for d in reused if d.new_device is None]),
        "displacement": share,
        "displacement_source": "assumption-displacement" if spreads else "[advice] displacement",
        "saving_kg_co2e": figure_of(parts).as_dict() if parts else None,
    }
