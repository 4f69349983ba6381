"""The declaration that the waste hierarchy was applied: a text to sign, true to the device list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from greendigital.waste.notes import shows_hierarchy
from greendigital.waste.records import Disposal, items_of

_CONFIRMED = (
    "I confirm that the duty to apply the waste hierarchy in regulation 12 of the Waste (England and Wales) "
    "Regulations 2011 has been discharged. Name: ____ Position: ____ Date: ____ Signature: ____"
)
_CONSIDERED = {"fault": "with a fault", "quote": "with a quote for repair", "grade": "with a grade"}
_TO_RECORD = "Record a grade, the fault or a quote for repair"
_DEPART = "or write down why the order was departed from (regulation 12(2)), then sign"
_VERBS = {
    "reuse": "passed on for reuse",
    "resale": "sold for reuse",
    "donation": "given away for reuse",
    "recycle": "sent for recycling",
    "recovery": "sent for recovery",
    "landfill": "sent to landfill",
}


def declaration_of(disposals: Sequence[Disposal]) -> dict[str, Any]:
    """The declaration of a batch of one route, and whether the data allow it to be signed.

    It says that the hierarchy was applied only where the device list shows it of every item, and nothing that may hold
    data went on without a sanitisation status.
    """
    shown = items_of([d for d in disposals if shows_hierarchy(d)])
    whole = items_of(disposals)
    route = disposals[0].record.disposal_route
    return {
        "can_be_signed": shown == whole and not any(d.lacks_sanitisation for d in disposals),
        "items": whole,
        "items_shown": shown,
        "text": _text(disposals, route, whole, whole - shown),
    }


def _text(disposals: Sequence[Disposal], route: str | None, whole: float, lacking: float) -> str:
    if route is None:
        return f"Not to be signed yet: the route of {_items(whole)} is not recorded."
    day = disposals[0].record.disposal_date
    sent = f"{_items(whole)} ({_categories(disposals)}) {_were(whole)} {_VERBS[route]}"
    sent += f" on {day}." if day else ", on a day that is not recorded."
    unwiped = items_of([d for d in disposals if d.lacks_sanitisation])
    if unwiped:
        return f"Not to be signed yet. {sent} Find the sanitisation certificate of {_items(unwiped)} first."
    if disposals[0].is_reuse:
        return f"{sent} Preparing for re-use comes before recycling in the waste hierarchy. {_CONFIRMED}"
    if route != "recycle":
        return (
            f"Not to be signed yet. {sent} The device list does not show that reuse and recycling were considered "
            f"first. Record it, {_DEPART}."
        )
    if lacking:
        of = "" if lacking == whole else f" of {lacking:g} of them"
        return (
            f"Not to be signed yet. {sent} The device list does not show{of} that reuse was considered first. "
            f"{_TO_RECORD}, {_DEPART}."
        )
    return f"{sent} Reuse was considered first: {_shown(disposals)}. {_CONFIRMED}"


def _shown(disposals: Sequence[Disposal]) -> str:
    # One thing shown for each item, so that the counts add up to the items.
    counts = {name: items_of([d for d in disposals if d.considered[0] == name]) for name in _CONSIDERED}
    return ", ".join(f"{counts[name]:g} {words}" for name, words in _CONSIDERED.items() if counts[name])


def _categories(disposals: Sequence[Disposal]) -> str:
    counts: dict[str, float] = {}
    for disposal in disposals:
        name = disposal.category.replace("_", " ") or "kind not known"
        counts[name] = counts.get(name, 0.0) + disposal.items
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{n:g} {name}" if len(ordered) > 1 else name for name, n in ordered)


def _items(number: float) -> str:
    return f"{number:g} item{'' if number == 1 else 's'}"


def _were(number: float) -> str:
    return "was" if number == 1 else "were"
