"""FOCUS bills, of any provider.

Source of the columns: FinOps Open Cost and Usage Specification 1.0 to 1.2.
"""

from __future__ import annotations

from collections.abc import Mapping

from greendigital.inputs import BILL_COLUMNS
from greendigital.usage.bill_dates import BillDates
from greendigital.usage.cur_columns import region_prefix_sql, transfer_operation_sql
from greendigital.usage.formats import BillFormat
from greendigital.usage.from_azure import size_of_machine
from greendigital.usage.own_columns import OwnColumns

_FOCUS_1_1 = ("SkuMeter", "SkuPriceDetails", "ServiceSubcategory")
_FOCUS_1_2 = ("InvoiceId", "SubAccountType", "BillingAccountType")


def _version(own: OwnColumns) -> str | None:
    """``focus-1.0``, ``focus-1.1`` or ``focus-1.2`` when the columns are those of a FOCUS bill."""
    if not own.has(*BILL_COLUMNS):
        return None
    if own.all_of(_FOCUS_1_2):
        return "focus-1.2"
    return "focus-1.1" if own.all_of(_FOCUS_1_1) else "focus-1.0"


def provider_sql(name: str) -> str:
    """The provider in our word, from what it calls itself."""
    return (
        f"CASE WHEN lower({name}) LIKE '%aws%' OR lower({name}) LIKE 'amazon%' THEN 'aws' "
        f"WHEN lower({name}) LIKE '%microsoft%' OR lower({name}) LIKE '%azure%' THEN 'azure' "
        f"WHEN lower({name}) LIKE '%google%' THEN 'gcp' WHEN lower({name}) LIKE '%oracle%' THEN 'oci' "
        f"ELSE lower({name}) END"
    )


def _charges(own: OwnColumns, dates: BillDates) -> Mapping[str, str]:
    text, number = own.text, own.number
    meter = "NULL::VARCHAR"
    if own.has("x_SkuMeterCategory"):
        name = text("x_SkuMeterName", "SkuMeter")
        meter = (
            f"\"x_SkuMeterCategory\" || ' | ' || coalesce({text('x_SkuMeterSubcategory')}, '') || ' | ' || "
            f"coalesce({name}, '')"
        )
    consumed, priced = number("ConsumedQuantity"), number("PricingQuantity")
    return {
        "provider": provider_sql(text("ProviderName")),
        "account": text("BillingAccountId"),
        "sub_account": text("SubAccountName", "SubAccountId"),
        "account_key": text("SubAccountId", "SubAccountName", "BillingAccountId"),
        # Azure exports by other tools leave ServiceName empty; its category of meters is the same word.
        "service": text("ServiceName", "x_SkuMeterCategory"),
        "service_key": text("x_ServiceCode", "ServiceName"),
        "service_category": f"lower(replace({text('ServiceCategory')}, ' ', '_'))",
        "region": f"lower(replace({_region(own)}, ' ', ''))",
        "region_prefix": region_prefix_sql(text("x_UsageType", "SkuMeter"), text("x_ServiceCode", "ServiceName")),
        "resource_id": text("ResourceId"),
        "period_start": dates.as_date(text("ChargePeriodStart")),
        "period_end": dates.as_date(text("ChargePeriodEnd")),
        "billing_start": dates.as_date(text("BillingPeriodStart", "ChargePeriodStart")),
        "charge_class": _class_sql(own),
        "usage_type": f"CASE WHEN {text('x_SkuMeterCategory')} IS NULL THEN {text('x_UsageType', 'SkuMeter')} END",
        "operation": transfer_operation_sql(text("x_Operation"), text("x_UsageType", "SkuMeter")),
        "meter_text": meter,
        "description": text("ChargeDescription"),
        "unit": f"CASE WHEN {consumed} IS NULL THEN {text('PricingUnit', 'ConsumedUnit')} "
        f"ELSE {text('ConsumedUnit', 'PricingUnit')} END",
        "instance_hint": size_of_machine(text("x_SkuDetails")),
        "raw_quantity": f"coalesce({consumed}, {priced} * CASE WHEN {text('PricingUnit')} SIMILAR TO '[0-9].*' THEN 1 "
        f"ELSE coalesce({number('x_PricingBlockSize')}, 1) END)",
        "billed_cost": number("BilledCost"),
        "effective_cost": number("EffectiveCost"),
        "list_cost": f"coalesce(nullif({number('ListCost')}, 0), {priced} * {number('ListUnitPrice')}, "
        f"{number('ListCost')}, {number('EffectiveCost')})",
        "currency": text("BillingCurrency"),
        "tags": text("Tags"),
    }


def _region(own: OwnColumns) -> str:
    """Oracle leaves the id of the region empty, and has it for the name."""
    provider = provider_sql(own.text("ProviderName"))
    return f"coalesce({own.text('RegionId')}, CASE WHEN {provider} = 'oci' THEN {own.text('RegionName')} END)"


def _class_sql(own: OwnColumns) -> str:
    category, status = own.text("ChargeCategory"), own.text("CommitmentDiscountStatus")
    service = f"lower(coalesce({own.text('ServiceCategory')}, '') || ' ' || coalesce({own.text('ServiceName')}, ''))"
    return f"""CASE lower({category}) WHEN 'usage' THEN CASE WHEN lower({status}) = 'unused' THEN 'unused_commitment'
                   WHEN {service} LIKE '%support%' THEN 'support' ELSE 'usage' END
               WHEN 'tax' THEN 'tax' WHEN 'credit' THEN 'credit' WHEN 'purchase' THEN 'purchase'
               WHEN 'refund' THEN 'refund' WHEN 'adjustment' THEN 'adjustment' WHEN 'rounding' THEN 'rounding'
               ELSE 'adjustment' END"""


FOCUS = BillFormat(
    recognise=_version,
    charges=_charges,
    start=("ChargePeriodStart",),
    dates=("ChargePeriodStart", "ChargePeriodEnd", "BillingPeriodStart"),
    numbers=("BilledCost", "EffectiveCost", "ListCost", "ConsumedQuantity", "PricingQuantity", "ListUnitPrice"),
    category=("ChargeCategory",),
    provider=("ProviderName",),
    currency=("BillingCurrency",),
    region=("RegionId",),
    service=("ServiceName", "ChargeDescription"),
    wanted=BILL_COLUMNS,
    categories="Usage, Purchase, Tax, Credit, Adjustment",
    list_cost=("ListCost", "ListUnitPrice"),
    fields={
        "ProviderName": "provider",
        "BillingAccountId": "account",
        "SubAccountName": "sub_account",
        "ServiceName": "service",
        "ServiceCategory": "service_category",
        "RegionId": "region",
        "ResourceId": "resource_id",
        "ChargePeriodStart": "period_start",
        "ChargePeriodEnd": "period_end",
        "ChargeCategory": "charge_class",
        "ConsumedQuantity": "quantity",
        "PricingQuantity": "quantity",
        "ConsumedUnit": "quantity_unit",
        "ChargeDescription": "description",
        "ListCost": "list_cost",
        "EffectiveCost": "effective_cost",
        "BilledCost": "billed_cost",
        "BillingCurrency": "currency",
        "Tags": "tags",
        "x_SkuMeterName": "meter",
        "SkuMeter": "meter",
        "x_UsageType": "meter",
    },
)
