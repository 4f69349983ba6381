"""AWS Cost and Usage Reports: legacy (``lineItem/UsageType``), as Athena writes it, and 2.0 (``line_item_usage_type``).

Athena's names are those of the legacy report in snake_case, and 2.0 has them too; what varies from account to account
(product, tags) stands in columns of its own in the legacy report and in maps in 2.0.

Source of the columns: AWS, Data Exports User Guide, "Cost and Usage Report (CUR) 2.0" and "Line item details", 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from greendigital.usage.bill_dates import BillDates
from greendigital.usage.cur_columns import (
    both_names,
    number_sql,
    product_sql,
    region_prefix_sql,
    snake,
    tags_sql,
    text_sql,
    transfer_operation_sql,
)
from greendigital.usage.cur_costs import effective_cost_sql, list_cost_sql, unused_commitment_sql
from greendigital.usage.formats import BillFormat
from greendigital.usage.own_columns import OwnColumns

_NEEDED = (
    "lineItem/LineItemType",
    "lineItem/UsageStartDate",
    "lineItem/UsageType",
    "lineItem/ProductCode",
    "lineItem/UnblendedCost",
)
_ONLY_IN_2_0 = (
    "product",
    "resource_tags",
    "cost_category",
    "discount",
    "tags",
    "bill_payer_account_name",
    "line_item_usage_account_name",
)
_USAGE = ("usage", "discountedusage", "savingsplancoveredusage")
_FEES = ("fee", "rifee", "savingsplanrecurringfee", "savingsplanupfrontfee")
# Granted by AWS for a contract, or for the use of something else: what is paid falls, nothing is put right.
_DISCOUNTS = ("bundleddiscount", "discount", "distributordiscount", "edpdiscount", "privateratediscount", "sppdiscount")
# Cancels what covered usage would cost on demand, since the fee of the plan is a row of its own.
_NEGATION = "savingsplannegation"
_REGION = r"^([a-z]{2}(?:-[a-z]+)+-\d)"


def _legacy(own: OwnColumns) -> str | None:
    return "aws-cur-legacy" if own.has(*_NEEDED) else None


def _snake_case(own: OwnColumns) -> str | None:
    """Legacy as Athena names it, unless a column is there that only 2.0 has."""
    if not own.has(*(snake(name) for name in _NEEDED)):
        return None
    new = own.all_of(_ONLY_IN_2_0) or any(n.startswith(("product.", "resource_tags.")) for n in own.names)
    return "aws-cur-2.0" if new else "aws-cur-legacy"


def _charges(own: OwnColumns, dates: BillDates) -> Mapping[str, str]:
    def text(*legacy: str) -> str:
        return text_sql(own, *legacy)

    code, usage_type = text("lineItem/ProductCode"), text("lineItem/UsageType", "product/usagetype")
    seller = text("bill/BillingEntity")
    effective = effective_cost_sql(own)
    return {
        "provider": "'aws'",
        "account": text("bill/PayerAccountId"),
        # The number rather than the name, which the legacy report does not have and an owner may change.
        "sub_account": text("lineItem/UsageAccountId", "lineItem/UsageAccountName"),
        "service": f"coalesce({product_sql(own, 'ProductName', 'servicename')}, {code})",
        # Sellers on the marketplace have codes of their own making.
        "service_key": f"CASE WHEN {seller} = 'AWS Marketplace' THEN 'AWSMarketplace' ELSE {code} END",
        "region": _region_sql(own, usage_type),
        "region_prefix": region_prefix_sql(usage_type, code),
        "resource_id": text("lineItem/ResourceId"),
        "period_start": dates.as_date(text("lineItem/UsageStartDate")),
        "period_end": dates.as_date(text("lineItem/UsageEndDate")),
        "billing_start": dates.as_date(text("bill/BillingPeriodStartDate", "lineItem/UsageStartDate")),
        "charge_class": _class_sql(own, code),
        "usage_type": usage_type,
        "operation": transfer_operation_sql(text("lineItem/Operation"), usage_type),
        "description": text("lineItem/LineItemDescription"),
        "unit": _unit_sql(text("pricing/unit"), text("lineItem/LineItemDescription")),
        # After a colon the usage type names the instance itself, and without the suffixes that some services add.
        "instance_hint": f"CASE WHEN {usage_type} NOT LIKE '%:%' THEN {product_sql(own, 'instanceType')} END",
        "raw_quantity": number_sql(own, "lineItem/UsageAmount"),
        "billed_cost": number_sql(own, "lineItem/UnblendedCost"),
        "effective_cost": effective,
        "list_cost": list_cost_sql(own, effective),
        "currency": text("lineItem/CurrencyCode"),
        "tags": tags_sql(own),
    }


def _region_sql(own: OwnColumns, usage_type: str) -> str:
    """Region of the product, of its zone, or that the usage type begins with (``eu-west-2-KMS-Requests``)."""
    zone = text_sql(own, "lineItem/AvailabilityZone")
    named = product_sql(own, "regionCode", "region")
    found = [f"nullif(regexp_extract({text}, '{_REGION}', 1), '')" for text in (zone, usage_type)]
    return f"coalesce(lower({named}), {', '.join(found)})"


def _unit_sql(unit: str, description: str) -> str:
    """The pricing columns of spot instances are empty; the description says ``Spot Instance-hour``."""
    return f"coalesce({unit}, CASE WHEN regexp_matches({description}, 'Instance[- ][Hh]our') THEN 'Hrs' END)"


def _class_sql(own: OwnColumns, code: str) -> str:
    kind = f"lower({text_sql(own, 'lineItem/LineItemType')})"

    def among(kinds: tuple[str, ...]) -> str:
        return f"{kind} IN ({', '.join(repr(k) for k in kinds)})"

    return f"""CASE WHEN {among((*_USAGE, *_FEES))} AND lower({code}) LIKE '%support%' THEN 'support'
                   WHEN {among(_USAGE)} THEN 'usage' WHEN {among(("tax", "credit", "refund"))} THEN {kind}
                   WHEN {among(_FEES)} THEN CASE WHEN {unused_commitment_sql(own)} > 0 THEN 'unused_commitment'
                                                 ELSE 'purchase' END
                   WHEN {among(_DISCOUNTS)} THEN 'credit' ELSE 'adjustment' END"""


_START = both_names("lineItem/UsageStartDate")
_CATEGORY = both_names("lineItem/LineItemType")
_LIST = both_names("pricing/publicOnDemandCost", "pricing/publicOnDemandRate", "lineItem/UnblendedRate")

CUR_LEGACY = BillFormat(
    recognise=_legacy,
    charges=_charges,
    start=_START,
    dates=both_names("lineItem/UsageStartDate", "lineItem/UsageEndDate", "bill/BillingPeriodStartDate"),
    numbers=both_names(
        "lineItem/UsageAmount",
        "lineItem/UnblendedCost",
        "pricing/publicOnDemandCost",
        "savingsPlan/SavingsPlanEffectiveCost",
        "reservation/EffectiveCost",
    ),
    category=_CATEGORY,
    currency=both_names("lineItem/CurrencyCode"),
    region=both_names("product/regionCode", "product/region", "lineItem/AvailabilityZone", "lineItem/UsageType"),
    service=both_names("lineItem/ProductCode", "lineItem/LineItemDescription"),
    wanted=_NEEDED,
    categories="Usage, DiscountedUsage, SavingsPlanCoveredUsage, Tax, Credit, Refund, Fee, RIFee",
    adjustments=(_NEGATION,),
    list_cost=_LIST,
    fields={
        name: ours
        for legacy, ours in {
            "bill/PayerAccountId": "account",
            "lineItem/UsageAccountId": "sub_account",
            "lineItem/Operation": "meter",
            "product/ProductName": "service",
            "lineItem/ProductCode": "service",
            "product/regionCode": "region",
            "product/region": "region",
            "lineItem/ResourceId": "resource_id",
            "lineItem/UsageStartDate": "period_start",
            "lineItem/UsageEndDate": "period_end",
            "lineItem/LineItemType": "charge_class",
            "lineItem/UsageType": "meter",
            "product/usagetype": "meter",
            "lineItem/AvailabilityZone": "region",
            "lineItem/LineItemDescription": "description",
            "product/instanceType": "instance_type",
            "lineItem/UsageAmount": "quantity",
            "pricing/unit": "quantity_unit",
            "pricing/publicOnDemandCost": "list_cost",
            "savingsPlan/SavingsPlanEffectiveCost": "effective_cost",
            "reservation/EffectiveCost": "effective_cost",
            "lineItem/UnblendedCost": "billed_cost",
            "lineItem/CurrencyCode": "currency",
        }.items()
        for name in both_names(legacy)
    }
    | {"product": "service", "resource_tags": "tags", "tags": "tags"},
)
"""The legacy report with the names that AWS gives it."""

CUR_SNAKE_CASE = replace(CUR_LEGACY, recognise=_snake_case, wanted=tuple(snake(name) for name in _NEEDED))
"""The legacy report as Athena names it, and 2.0."""
