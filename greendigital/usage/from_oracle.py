"""The cost report of Oracle Cloud Infrastructure. (Oracle's FOCUS reports are read as any FOCUS bill.)

Source of the columns: Oracle Cloud Infrastructure documentation, "Cost and Usage Reports Overview", and a real report.
Its names with slashes look like those of AWS's older cost and usage report; the parts behind the slash do not.
"""

from __future__ import annotations

from collections.abc import Mapping

from greendigital.usage.bill_dates import BillDates
from greendigital.usage.formats import BillFormat
from greendigital.usage.own_columns import OwnColumns, literal, quoted

_NEEDED = ("lineItem/intervalUsageStart", "product/service", "usage/billedQuantity", "cost/myCost")


def _recognise(own: OwnColumns) -> str | None:
    return "oracle-cost-report" if own.has(*_NEEDED) else None


def _charges(own: OwnColumns, dates: BillDates) -> Mapping[str, str]:
    text, number = own.text, own.number
    quantity, cost = number("usage/billedQuantity"), number("cost/myCost")
    return {
        "provider": "'oci'",
        "account": text("lineItem/tenantId"),
        "sub_account": text("product/compartmentName", "product/compartmentId"),
        "account_key": text("product/compartmentId", "product/compartmentName"),
        "service": text("product/service"),
        "service_key": text("product/service"),
        "region": f"lower({text('product/region')})",
        "resource_id": text("product/resourceId"),
        "period_start": dates.as_date(text("lineItem/intervalUsageStart")),
        "period_end": dates.as_date(text("lineItem/intervalUsageEnd")),
        "billing_start": dates.as_date(text("lineItem/intervalUsageStart")),
        # Every row is usage; corrections are usage that is taken back.
        "charge_class": "'usage'",
        "description": text("product/Description"),
        # It tells performance units from gigabytes, and a count of data points from its block; the other does not.
        "unit": text("cost/billingUnitReadable", "cost/skuUnitDescription"),
        "raw_quantity": quantity,
        "billed_cost": cost,
        "effective_cost": cost,
        "list_cost": f"coalesce({quantity} * {number('cost/unitPrice')}, {cost})",
        "currency": text("cost/currencyCode"),
        "tags": _tags(own),
    }


def _tags(own: OwnColumns) -> str:
    """One JSON object of the columns ``tags/...`` that are filled."""
    columns = [name for name in own.names if name.startswith("tags/")]
    if not columns:
        return "NULL::VARCHAR"
    pairs = ", ".join(
        f"CASE WHEN {quoted(c)} IS NOT NULL THEN to_json({literal(c.removeprefix('tags/'))}) || ': ' || "
        f"to_json({quoted(c)}) END"
        for c in columns
    )
    return f"'{{' || nullif(concat_ws(', ', {pairs}), '') || '}}'"


ORACLE = BillFormat(
    recognise=_recognise,
    charges=_charges,
    start=("lineItem/intervalUsageStart",),
    dates=("lineItem/intervalUsageStart", "lineItem/intervalUsageEnd"),
    numbers=("usage/billedQuantity", "cost/unitPrice", "cost/myCost"),
    currency=("cost/currencyCode",),
    region=("product/region",),
    service=("product/service", "product/Description"),
    wanted=_NEEDED,
    list_cost=("cost/unitPrice",),
    fields={
        "lineItem/tenantId": "account",
        "product/compartmentName": "sub_account",
        "product/service": "service",
        "product/region": "region",
        "product/resourceId": "resource_id",
        "lineItem/intervalUsageStart": "period_start",
        "lineItem/intervalUsageEnd": "period_end",
        "product/Description": "meter",
        "usage/billedQuantity": "quantity",
        "cost/billingUnitReadable": "quantity_unit",
        "cost/unitPrice": "list_cost",
        "cost/myCost": "billed_cost",
        "cost/currencyCode": "currency",
    },
)
