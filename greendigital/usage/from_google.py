"""The billing export of Google Cloud: BigQuery to Parquet, JSON lines or CSV, nested or laid flat.

Source of the columns: Google Cloud documentation, "Structure of Detailed data export" (table
``gcp_billing_export_resource_v1_*``). Cores, memory and accelerators of a machine are rows of their own.
"""

from __future__ import annotations

from collections.abc import Mapping

from greendigital.usage.bill_dates import BillDates
from greendigital.usage.formats import BillFormat
from greendigital.usage.own_columns import OwnColumns, literal

_NEEDED = ("service.description", "sku.description", "usage_start_time", "usage.amount", "usage.unit", "cost")
_ENTRIES = """'[{"key": "VARCHAR", "value": "VARCHAR"}]'"""
_CREDITS = """'[{"amount": "DOUBLE"}]'"""
_MACHINE = "compute.googleapis.com/machine_spec"


def _both(*names: str) -> tuple[str, ...]:
    """Each name as it is nested, and as people spell it who lay the table flat by hand."""
    return tuple(spelling for name in names for spelling in (name, name.replace(".", "_")))


def _recognise(own: OwnColumns) -> str | None:
    return "google-billing" if all(own.first(*_both(name)) for name in _NEEDED) else None


def _charges(own: OwnColumns, dates: BillDates) -> Mapping[str, str]:
    def text(*names: str) -> str:
        return own.text(*_both(*names))

    def number(*names: str) -> str:
        return own.number(*_both(*names))

    service, cost = text("service.description"), number("cost")
    priced = f"{number('usage.amount_in_pricing_units')} / coalesce({number('price.pricing_unit_quantity')}, 1)"
    return {
        "provider": "'gcp'",
        "account": text("billing_account_id"),
        "sub_account": text("project.id"),
        "service": service,
        "service_key": service,
        # A service of a multi-region has no region, and the multi-region (eu, us) as its location.
        "region": f"lower({text('location.region', 'location.location')})",
        "resource_id": text("resource.global_name", "resource.name"),
        "period_start": dates.as_date(text("usage_start_time")),
        "period_end": dates.as_date(text("usage_end_time")),
        "billing_start": dates.as_date(text("usage_start_time")),
        "charge_class": _class(own),
        "description": text("sku.description"),
        "unit": text("usage.unit"),
        "instance_hint": _machine(text("system_labels")),
        "raw_quantity": number("usage.amount"),
        "billed_cost": cost,
        # Credits (sustained use, committed use, promotions) are parts of a row and no charges of their own.
        "effective_cost": f"{cost} + {_credits(text('credits'))}",
        "list_cost": f"coalesce(nullif({number('cost_at_list')}, 0), {number('price.list_price')} * {priced}, {cost})",
        "currency": text("currency"),
        "tags": _tags(text("labels")),
    }


def _class(own: OwnColumns) -> str:
    """A commitment is a purchase: the machines that use it are rows of their own, with a credit."""
    cost_type, sku = own.text("cost_type"), own.text(*_both("sku.description"))
    return f"""CASE lower(replace(coalesce({cost_type}, 'regular'), ' ', '_'))
        WHEN 'regular' THEN CASE WHEN {sku} ILIKE 'commitment%' THEN 'purchase'
            WHEN {own.text(*_both("service.description"))} ILIKE '%support%' THEN 'support' ELSE 'usage' END
        WHEN 'tax' THEN 'tax' WHEN 'rounding_error' THEN 'rounding' ELSE 'adjustment' END"""


def _list_of(text: str, shape: str, holds: str = "key") -> str:
    """A list of structures from its JSON text; NULL where it is empty or none."""
    # Most lists are empty, or lack what is looked for: asked first, since JSON costs more than all other columns.
    is_list = f"{text} LIKE {literal(f'%{holds}%')} AND json_valid({text}) AND json_type({text}) = 'ARRAY'"
    return f"CASE WHEN {is_list} THEN from_json({text}, {shape}) END"


def _tags(labels: str) -> str:
    """Labels, a list of keys and values, as one JSON object; text that is no such list stays as it is."""
    pairs = (
        f"list_transform({_list_of(labels, _ENTRIES)}, x -> to_json(x.key) || ': ' || to_json(coalesce(x.value, '')))"
    )
    return f"coalesce('{{' || array_to_string({pairs}, ', ') || '}}', nullif({labels}, '[]'))"


def _machine(system_labels: str) -> str:
    """Machine type of the row's machine, from the labels that the system sets."""
    entries = _list_of(system_labels, _ENTRIES, _MACHINE)
    return f"list_filter({entries}, x -> x.key = {literal(_MACHINE)})[1].value"


def _credits(text: str) -> str:
    amounts = f"list_transform({_list_of(text, _CREDITS, 'amount')}, x -> x.amount)"
    return f"coalesce(list_sum({amounts}), 0)"


GOOGLE = BillFormat(
    recognise=_recognise,
    charges=_charges,
    start=_both("usage_start_time"),
    dates=_both("usage_start_time", "usage_end_time"),
    numbers=_both("cost", "usage.amount", "usage.amount_in_pricing_units", "cost_at_list"),
    category=("cost_type",),
    currency=("currency",),
    region=_both("location.region", "location.location"),
    service=_both("service.description", "sku.description"),
    wanted=_NEEDED,
    categories="regular, tax, adjustment, rounding_error",
    list_cost=_both("cost_at_list", "price.list_price"),
    list_cost_stand_in="cost before credits",
    fields={
        spelling: ours
        for name, ours in {
            "billing_account_id": "account",
            "project.id": "sub_account",
            "service.description": "service",
            "location.region": "region",
            "location.location": "region",
            "resource.global_name": "resource_id",
            "usage_start_time": "period_start",
            "usage_end_time": "period_end",
            "cost_type": "charge_class",
            "usage.amount": "quantity",
            "usage.unit": "quantity_unit",
            "sku.description": "meter",
            "system_labels": "instance_type",
            "cost_at_list": "list_cost",
            "credits": "effective_cost",
            "cost": "billed_cost",
            "currency": "currency",
            "labels": "tags",
        }.items()
        for spelling in _both(name)
    },
)
