"""Answers of Azure Carbon Optimization: item details, summaries and top items, one page each.

Source of the fields, their unit (kg CO2e) and the kinds of answer: Microsoft, Azure REST API, Microsoft.Carbon, Query
Carbon Emission Reports, version 2025-04-01. The scopes, and for all but the monthly answers the month, stand in the
request alone. ``previousMonthEmissions`` is of a range that overlaps, and is not read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from greendigital.errors import InputError, Problem
from greendigital.reconciliation.emissions import Emission, Export, lacks_column, month_of, number_of, text_of

_SUMMARIES = {"OverallSummaryData": "overall", "MonthlySummaryData": "month"}
_DETAILS = ("ItemDetailsData", "ResourceItemDetailsData", "ResourceGroupItemDetailsData")
_TOP = (
    "TopItemsSummaryData",
    "ResourceTopItemsSummaryData",
    "ResourceGroupTopItemsSummaryData",
    "TopItemsMonthlySummaryData",
    "ResourceTopItemsMonthlySummaryData",
    "ResourceGroupTopItemsMonthlySummaryData",
)
_VIEWS = {
    "Resource": "resource",
    "ResourceGroup": "resource_group",
    "ResourceType": "resource_type",
    "Location": "location",
    "Subscription": "subscription",
}
_VALUE = "latestMonthEmissions"
_SUBSCRIPTION = re.compile(r"/subscriptions/([^/]+)", re.IGNORECASE)


def pages_of(document: Any) -> list[Mapping[str, Any]]:
    """The answers in a JSON document: one, a list of them, or the bare list of items; empty where it holds none."""
    listed = document if isinstance(document, list) else [document]
    if not all(isinstance(part, Mapping) for part in listed):
        return []
    pages = [part for part in listed if isinstance(part.get("value"), list)]
    if pages or not listed:
        return pages
    return [{"value": listed}] if all("dataType" in part and _VALUE in part for part in listed) else []


def read_pages(pages: Sequence[Mapping[str, Any]], file: str, sha256: str, month: str | None) -> Export:
    """The export that answers of Azure make up.

    Parameters
    ----------
    month
        The month asked for, ``2026-05``; answers by month name their own.

    Raises
    ------
    InputError
        If an item has no figure, or is of a kind not known here.
    """
    found = Export(file, sha256, "azure", "azure-carbon-optimization", [])
    items = [item for page in pages for item in page["value"]]
    for number, item in enumerate(items, start=1):
        if not isinstance(item, Mapping) or "dataType" not in item or _VALUE not in item:
            raise lacks_column(file, f"an answer of Azure Carbon Optimization (item {number})", ["dataType", _VALUE])
        found.has_top_items_only |= item["dataType"] in _TOP
        found.emissions.append(_emission(item, file, number, month))
    # Pages of one answer may stand in one file: the last of them has no token.
    found.has_more_pages = all(text_of(page.get("skipToken")) is not None for page in pages)
    for page in pages:
        decisions = page.get("subscriptionAccessDecisionList")
        for decision in decisions if isinstance(decisions, list) else ():
            if not isinstance(decision, Mapping):
                continue
            name = text_of(decision.get("subscriptionId")) or ""
            if str(decision.get("decision")).lower() == "denied" and name not in found.denied:
                found.denied.append(name)
    return found


def _emission(item: Mapping[str, Any], file: str, number: int, month: str | None) -> Emission:
    kind, category, name = text_of(item["dataType"]), text_of(item.get("categoryType")), text_of(item.get("itemName"))
    view = _SUMMARIES.get(kind or "") or (_VIEWS.get(category or "") if kind in (*_DETAILS, *_TOP) else None)
    if view is None:
        known = ", ".join((*_SUMMARIES, *_DETAILS, *_TOP))
        message = f'Item {number} is of the kind "{kind}" by "{category}", which is not known.'
        remedy = f"Kinds: {known}; by {', '.join(_VIEWS)}."
        raise InputError(Problem("error", "export_value_invalid", message, remedy, file, None, "dataType"))
    return Emission(
        provider="azure",
        view=view,
        account=_account(item, view, name),
        service=name if view == "resource_type" else None,
        region=name if view == "location" else text_of(item.get("location")),
        month=month_of(item.get("date"), file, None, "date") or month,
        figures={"unlabelled": number_of(item[_VALUE], file, None, _VALUE)},
        item=text_of(item.get("resourceId")) or text_of(item.get("resourceGroupUrl")) or "",
        file=file,
    )


def _account(item: Mapping[str, Any], view: str, name: str | None) -> str | None:
    if view == "subscription":
        return name
    if text_of(item.get("subscriptionId")):
        return text_of(item["subscriptionId"])
    found = _SUBSCRIPTION.search(str(item.get("resourceId") or item.get("resourceGroupUrl") or ""))
    return found[1] if found else None
