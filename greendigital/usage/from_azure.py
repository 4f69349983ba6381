"""Azure cost exports: Enterprise Agreement, Microsoft Customer Agreement, pay-as-you-go, and shortened ones.

Source of the columns: Microsoft, Cost Management documentation, "Understand usage details fields". Names differ by
contract, year and case; look-ups ignore case.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from greendigital.errors import Problem
from greendigital.usage.bill_dates import BillDates
from greendigital.usage.formats import BillFormat
from greendigital.usage.own_columns import OwnColumns

_DAY = ("Date", "UsageDateTime", "UsageDate")
_COST = ("CostInBillingCurrency", "Cost", "PreTaxCost")
_QUANTITY = ("Quantity", "UsageQuantity", "ConsumedQuantity")
_PRICES = ("PayGPrice", "UnitPrice", "ResourceRate")
_PAID_AS_YOU_GO = ("SubscriptionGuid", "ResourceRate")
_CUSTOMER_AGREEMENT = ("PricingCurrency", "ExchangeRatePricingToBilling", "ServicePeriodStartDate", "CostInUsd")
_ENTERPRISE = ("AccountOwnerId", "PartNumber", "InvoiceSection", "InvoiceSectionName", "EnrollmentNumber")

CHARGE_TYPES = {
    "usage": "usage",
    "purchase": "purchase",
    "refund": "refund",
    "tax": "tax",
    "credit": "credit",
    "adjustment": "adjustment",
    "roundingadjustment": "rounding",
    "rounding": "rounding",
    "unusedreservation": "unused_commitment",
    "unusedsavingsplan": "unused_commitment",
}
"""ChargeType in lower case without spaces, and the charge class it is."""

_COMMITMENTS = "('reservation', 'savingsplan')"

_PRICE_REGION = "^[A-Z]{2,3} (North|South|East|West|Central|Southeast|Gov|DoD|Sec)"
"""Names of places among the regions that meters are priced by; ``Zone 1``, ``North America``, ``Virginia`` are none."""

# A value without its closing quotation mark was cut off: D2s_v3 could be what is left of D2s_v35.
_SIZE = r"""ServiceType[\\"'\s]*[:=][\s]*[\\"']+((?:Standard|Basic)_[A-Za-z0-9_-]+)[\\"']"""


def _name(own: OwnColumns) -> str | None:
    """``azure-cost-ea`` and so on, when the columns are those of a cost export."""
    if not own.has("MeterCategory") or not own.first(*_DAY) or not own.first(*_COST):
        return None
    if own.all_of(_PAID_AS_YOU_GO):
        return "azure-cost-payg"
    if own.all_of(_CUSTOMER_AGREEMENT):
        return "azure-cost-mca"
    return "azure-cost-ea" if own.all_of(_ENTERPRISE) else "azure-cost"


def size_of_machine(text: str) -> str:
    """SQL for the size of a virtual machine in a text that may be JSON, cut-off JSON, or something else."""
    pattern = _SIZE.replace("'", "''")
    return f"nullif(regexp_extract({text}, '{pattern}', 1, 'i'), '')"


def tags_as_json(tags: str) -> str:
    """SQL for tags as JSON, braces put around those that have none; what is no JSON stays as it is."""
    braced = f"'{{' || {tags} || '}}'"
    return f"CASE WHEN json_valid({tags}) THEN {tags} WHEN json_valid({braced}) THEN {braced} ELSE {tags} END"


def _charges(own: OwnColumns, dates: BillDates) -> Mapping[str, str]:
    text, number = own.text, own.number
    category, unit, seller = text("MeterCategory"), text("UnitOfMeasure"), text("PublisherType")
    quantity, cost = number(*_QUANTITY), number(*_COST)
    day = dates.as_date(text(*_DAY))
    effective = f"coalesce({cost}, {number('EffectivePrice', 'ResourceRate')} * {quantity})"
    return {
        "provider": "'azure'",
        "account": text("BillingAccountId", "BillingAccountName", "EnrollmentNumber"),
        "sub_account": text("SubscriptionName", "SubscriptionId", "SubscriptionGuid"),
        "account_key": text("SubscriptionId", "SubscriptionGuid", "SubscriptionName", "BillingAccountId"),
        "service": category,
        # Rules ask by it whether somebody else than Microsoft sells the thing.
        "service_key": f"CASE WHEN lower({seller}) = 'marketplace' THEN 'Marketplace' ELSE {category} END",
        "service_category": f"lower(replace(replace({text('ServiceFamily')}, '+', 'and'), ' ', '_'))",
        "region": _region_sql(own),
        "resource_id": text("ResourceId", "InstanceId"),
        "period_start": day,
        "period_end": f"{day} + 1",
        "billing_start": f"coalesce({dates.as_date(text('BillingPeriodStartDate'))}, {day})",
        "charge_class": _class_sql(own),
        "meter_text": _meter_sql(own),
        "description": text("ProductName", "Product"),
        # Without a quantity no unit is guessed for it: that machines are billed by the hour only keeps their size.
        "unit": f"CASE WHEN {unit} IS NULL AND {quantity} IS NULL AND {category} = 'Virtual Machines' THEN 'Hours' "
        f"ELSE {unit} END",
        "instance_hint": size_of_machine(text("AdditionalInfo")),
        "raw_quantity": quantity,
        "billed_cost": cost,
        "effective_cost": effective,
        "list_cost": _list_sql(own, quantity, effective),
        "currency": text("BillingCurrencyCode", "BillingCurrency", "Currency"),
        "tags": tags_as_json(text("Tags")),
    }


def _meter_sql(own: OwnColumns) -> str:
    category, group, name = (own.text(c) for c in ("MeterCategory", "MeterSubCategory", "MeterName"))
    joined = f"coalesce({category}, '') || ' | ' || coalesce({group}, '') || ' | ' || coalesce({name}, '')"
    return f"CASE WHEN coalesce({group}, {name}) IS NULL THEN {category} ELSE {joined} END"


def _region_sql(own: OwnColumns) -> str:
    """Where the resource is, in lower case without spaces; else the region that its meter is priced by."""
    place, priced = own.text("ResourceLocation", "Location"), own.text("MeterRegion")
    found = f"coalesce({place}, CASE WHEN regexp_matches({priced}, '{_PRICE_REGION}') THEN {priced} END)"
    plain = f"lower(replace({found}, ' ', ''))"
    return f"CASE WHEN {plain} NOT IN ('unknown', 'unassigned', '') THEN {plain} END"


def _class_sql(own: OwnColumns) -> str:
    support = f"lower({own.text('MeterCategory')}) LIKE '%azure support%'"
    if not own.has("ChargeType"):
        # Exports from before 2019, and pay-as-you-go, hold usage alone.
        return f"CASE WHEN {support} THEN 'support' ELSE 'usage' END"
    words = f"lower(replace({own.text('ChargeType')}, ' ', ''))"
    classes = " ".join(f"WHEN '{word}' THEN '{found}'" for word, found in CHARGE_TYPES.items())
    known = f"CASE {words} {classes} ELSE 'adjustment' END"
    return f"CASE WHEN {support} AND {words} = 'usage' THEN 'support' ELSE {known} END"


def _list_sql(own: OwnColumns, quantity: str, effective: str) -> str:
    """Cost at the pay-as-you-go price, else at the contract's; prices may be in another currency than the bill."""
    rate = "1"
    if own.has("PricingCurrency"):
        same = f"upper({own.text('PricingCurrency')}) = upper({own.text('BillingCurrencyCode', 'BillingCurrency')})"
        known = f"coalesce({own.text('PricingCurrency')}, '') <> ''"
        rate = f"CASE WHEN {known} AND NOT ({same}) THEN {own.number('ExchangeRatePricingToBilling')} ELSE 1 END"
    prices = [f"nullif({own.number(name)}, 0) * {quantity} * ({rate})" for name in _PRICES]
    stated = f"nullif({own.number('PayGCostInBillingCurrency')}, 0)"
    return f"coalesce({stated}, {', '.join(prices)}, {effective})"


def _cost_basis(connection: Any, bill: str, own: OwnColumns) -> str | None:
    """Actual or amortised, as far as the rows of reservations and savings plans say; both where rows of both are there.

    In an actual export commitments are purchases, and the usage they cover costs nothing. In an amortised one they are
    spread over usage, and what was not used is a charge of its own.
    """
    if not own.has("ChargeType", "PricingModel"):
        return None
    words = f"lower(replace({own.text('ChargeType')}, ' ', ''))"
    covered = f"lower(replace({own.text('PricingModel')}, ' ', '')) IN {_COMMITMENTS}"
    cost, quantity = own.number(*_COST), own.number(*_QUANTITY)
    actual, amortised = connection.execute(
        f"SELECT coalesce(bool_or({covered} AND ({words} IN ('purchase', 'refund') "
        f"OR {words} = 'usage' AND {cost} = 0 AND {quantity} <> 0)), false), "
        f"coalesce(bool_or({words} IN ('unusedreservation', 'unusedsavingsplan') "
        f"OR {covered} AND {words} = 'usage' AND {cost} <> 0), false) FROM {bill}"
    ).fetchone()
    return {(True, False): "actual", (False, True): "amortised", (True, True): "both"}.get((actual, amortised))


def _notes(connection: Any, bill: str, file: str, own: OwnColumns) -> list[Problem]:
    found: list[Problem] = []
    basis = _cost_basis(connection, bill, own)
    if basis == "amortised":
        message = "Its costs are amortised: what commitments cost is spread over usage, and is not what was invoiced."
        found.append(Problem("note", "cost_basis_amortised", message, "", file))
    if basis == "both":
        message = (
            "It holds both purchases of commitments and usage with their cost spread over it, as if an actual and an "
            "amortised export were joined; that cost is in it twice."
        )
        found.append(Problem("warning", "cost_basis_both", message, "Give the amortised or the actual export.", file))
    return found


AZURE = BillFormat(
    recognise=_name,
    charges=_charges,
    start=_DAY,
    month_first=True,
    dates=(*_DAY, "BillingPeriodStartDate", "BillingPeriodEndDate", "ServicePeriodStartDate", "ServicePeriodEndDate"),
    numbers=(*_COST, *_QUANTITY, "EffectivePrice", *_PRICES, "PayGCostInBillingCurrency"),
    category=("ChargeType",),
    currency=("BillingCurrencyCode", "BillingCurrency", "Currency"),
    region=("ResourceLocation", "Location", "MeterRegion"),
    service=("MeterCategory", "ProductName", "Product"),
    wanted=("MeterCategory", "Date", "CostInBillingCurrency", "MeterName", "UnitOfMeasure"),
    categories="Usage, Purchase, Refund, Tax, Credit, UnusedReservation, UnusedSavingsPlan, RoundingAdjustment",
    list_cost=(*_PRICES, "PayGCostInBillingCurrency"),
    notes=_notes,
    cost_basis=_cost_basis,
    fields={
        "BillingAccountId": "account",
        "SubscriptionName": "sub_account",
        "SubscriptionId": "sub_account",
        "SubscriptionGuid": "sub_account",
        "MeterCategory": "meter",
        "MeterSubCategory": "meter",
        "MeterName": "meter",
        "ServiceFamily": "service_category",
        "ResourceLocation": "region",
        "MeterRegion": "region",
        "ResourceId": "resource_id",
        "InstanceId": "resource_id",
        "Date": "period_start",
        "UsageDateTime": "period_start",
        "ChargeType": "charge_class",
        "AdditionalInfo": "instance_type",
        "Quantity": "quantity",
        "UsageQuantity": "quantity",
        "ConsumedQuantity": "quantity",
        "UnitOfMeasure": "quantity_unit",
        "ProductName": "description",
        "Product": "description",
        "PayGPrice": "list_cost",
        "UnitPrice": "list_cost",
        "ResourceRate": "list_cost",
        "PayGCostInBillingCurrency": "list_cost",
        "CostInBillingCurrency": "billed_cost",
        "Cost": "billed_cost",
        "PreTaxCost": "billed_cost",
        "BillingCurrencyCode": "currency",
        "BillingCurrency": "currency",
        "Currency": "currency",
        "Tags": "tags",
    },
)
