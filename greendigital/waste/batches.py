"""Batches: what left together, with what its note lacks and the declaration of the waste hierarchy."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from greendigital.period import Period
from greendigital.waste.declaration import declaration_of
from greendigital.waste.notes import CONSIGNMENT_BY_PERSON, NEEDED, TRANSFER_BY_PERSON, missing_of
from greendigital.waste.records import Disposal, items_of, mass_of, without_mass
from greendigital.waste.routes import rank_of
from greendigital.waste.shares import is_within


def batches_of(disposals: Sequence[Disposal], period: Period) -> list[dict[str, Any]]:
    """One batch for each day, route, carrier, facility and note, the latest first."""
    groups: dict[tuple[Any, ...], list[Disposal]] = defaultdict(list)
    for disposal in disposals:
        record = disposal.record
        texts = (record.carrier, record.facility, record.transfer_note_id)
        key = (record.disposal_date, record.disposal_route, *((text or "").strip().casefold() for text in texts))
        groups[key].append(disposal)
    ordered = sorted(groups.items(), key=lambda pair: (_latest_first(pair[0][0]), rank_of(pair[0][1]), *pair[0][2:]))
    return [_batch(members, period) for _, members in ordered]


def _latest_first(day: date | None) -> int:
    return -day.toordinal() if day else 1


def _batch(members: Sequence[Disposal], period: Period) -> dict[str, Any]:
    first = members[0].record
    incomes = [d.record.income_gbp for d in members if d.record.income_gbp is not None]
    hazardous = _hazardous(members)
    return {
        "disposal_date": first.disposal_date.isoformat() if first.disposal_date else None,
        "in_period": is_within(first.disposal_date, period),
        "route": first.disposal_route,
        "carrier": first.carrier,
        "facility": first.facility,
        "transfer_note_id": first.transfer_note_id,
        "records": len(members),
        "unmatched_records": sum(not d.is_matched for d in members),
        "items": items_of(members),
        "mass_kg": mass_of(members),
        "items_without_mass": without_mass(members),
        "categories": _categories(members),
        "hazardous": hazardous,
        "income_gbp": sum(incomes) if incomes else None,
        "missing": _missing(members),
        "add_by_person": [
            *(TRANSFER_BY_PERSON if hazardous != "yes" else ()),
            *(CONSIGNMENT_BY_PERSON if hazardous != "no" else ()),
        ],
        "declaration": declaration_of(members),
    }


def _categories(members: Sequence[Disposal]) -> list[dict[str, Any]]:
    counts: dict[str | None, float] = defaultdict(float)
    for disposal in members:
        counts[disposal.category or None] += disposal.items
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0] is None, pair[0] or ""))
    return [{"category": name, "items": items} for name, items in ordered]


def _hazardous(members: Sequence[Disposal]) -> str:
    """``yes`` or ``no`` where it is said of all, ``in part`` where it is so of some, else ``unknown``."""
    flags = {d.record.hazardous for d in members}
    if flags == {True}:
        return "yes"
    if flags == {False}:
        return "no"
    return "in part" if True in flags else "unknown"


def _missing(members: Sequence[Disposal]) -> list[dict[str, Any]]:
    counts = Counter(name for disposal in members for name in missing_of(disposal))
    return [{"field": name, "records": counts[name], "text": text} for name, text in NEEDED.items() if counts[name]]
