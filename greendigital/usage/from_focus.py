"""FOCUS bills to the usage frame.

Source of the columns: FinOps Open Cost and Usage Specification 1.0 to 1.2. Everything per row is done by DuckDB; only
distinct meters go through Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from greendigital import frames
from greendigital.errors import Problem
from greendigital.factorset import FactorLibrary
from greendigital.inputs import InputRecord, sha256_of
from greendigital.usage.bills import FOCUS_NEEDED, focus_version, header_of, open_bill
from greendigital.usage.focus_dates import BillDates, decide_dates
from greendigital.usage.focus_problems import NUMBERS, find_problems, finite_number, unknown_regions
from greendigital.usage.meters import Meter, TypedMeter, type_meters

_METER_KEY = ("provider", "service_key", "usage_type", "meter_text", "description", "unit")


def from_focus(
    connection: Any, path: Path, source_id: str, number: int, library: FactorLibrary
) -> tuple[str, InputRecord, list[Problem]]:
    """The bill as a view with the columns of the usage frame, what was read, and the problems found."""
    columns = header_of(path, connection)
    bill = _data_rows(connection, open_bill(connection, path, number), number, set(columns))
    dates, undecided = decide_dates(connection, bill, source_id, columns)
    rows = f"focus_{number}"
    connection.execute(f"CREATE OR REPLACE VIEW {rows} AS {_rows_sql(bill, columns, source_id, dates)}")
    meters = f"meters_{number}"
    typed = _type_distinct(connection, rows, library)
    _meter_table(connection, meters, typed)
    usage = f"usage_{number}"
    connection.execute(f"CREATE OR REPLACE VIEW {usage} AS {_usage_sql(rows, meters)}")
    record = InputRecord(
        file=path.name,
        sha256=sha256_of(path),
        source_id=source_id,
        format=focus_version(columns) or "focus",
        columns=_understood(columns),
    )
    problems = [*undecided, *find_problems(connection, bill, rows, source_id, columns, typed)]
    problems += unknown_regions(connection, usage, source_id, library)
    _count(connection, usage, record)
    return usage, record, problems


def _data_rows(connection: Any, bill: str, number: int, present: set[str]) -> str:
    """The bill without blank rows and repeated headers, which are no lines; rows keep their numbers."""
    filled = " OR ".join(f'"{c}" IS NOT NULL' for c in (*FOCUS_NEEDED, *NUMBERS, "ChargeDescription") if c in present)
    name = f"data_{number}"
    connection.execute(
        f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM {bill} WHERE ({filled}) "
        "AND \"ChargeCategory\" IS DISTINCT FROM 'ChargeCategory'"
    )
    return name


def _rows_sql(bill: str, columns: list[str], source_id: str, dates: BillDates) -> str:
    """One select that names every FOCUS column we use; absent ones are empty, and a totals row carries no cost."""
    present = set(columns)

    def text(*candidates: str) -> str:
        found = [f'"{c}"' for c in candidates if c in present]
        return f"coalesce({', '.join(found)})" if found else "NULL"

    def number(column: str) -> str:
        return finite_number(column) if column in present else "NULL::DOUBLE"

    joined = "NULL"
    if "x_SkuMeterCategory" in present:
        name = text("x_SkuMeterName", "SkuMeter")
        joined = (
            f"\"x_SkuMeterCategory\" || ' | ' || coalesce({text('x_SkuMeterSubcategory')}, '') || ' | ' || "
            f"coalesce({name}, '')"
        )
    source = source_id.replace("'", "''")
    total = _total_sql(text, columns)
    return f"""
        SELECT '{source}' AS source_id, source_row,
            CASE WHEN lower({text("ProviderName")}) LIKE '%aws%' OR lower({text("ProviderName")}) LIKE 'amazon%'
                 THEN 'aws' WHEN lower({text("ProviderName")}) LIKE '%microsoft%'
                   OR lower({text("ProviderName")}) LIKE '%azure%' THEN 'azure'
                 WHEN lower({text("ProviderName")}) LIKE '%google%' THEN 'gcp'
                 WHEN lower({text("ProviderName")}) LIKE '%oracle%' THEN 'oci'
                 ELSE lower({text("ProviderName")}) END AS provider,
            {text("BillingAccountId")} AS account, {text("SubAccountName", "SubAccountId")} AS sub_account,
            {text("ServiceName")} AS service, {text("x_ServiceCode", "ServiceName")} AS service_key,
            lower(replace({text("ServiceCategory")}, ' ', '_')) AS service_category,
            lower(replace({text("RegionId")}, ' ', '')) AS region, {text("ResourceId")} AS resource_id,
            {dates.as_date(text("ChargePeriodStart"))} AS period_start,
            {dates.as_date(text("ChargePeriodEnd"))} AS period_end,
            {dates.as_date(text("BillingPeriodStart", "ChargePeriodStart"))} AS billing_start,
            {total} AS total_text, CASE WHEN {total} IS NOT NULL THEN 'total_row' ELSE {_class_sql(text)} END
                AS charge_class,
            CASE WHEN {text("x_SkuMeterCategory")} IS NULL THEN {text("x_UsageType", "SkuMeter")} END AS usage_type,
            {joined} AS meter_text, {text("ChargeDescription")} AS description,
            CASE WHEN {number("ConsumedQuantity")} IS NULL THEN coalesce({text("PricingUnit")}, {text("ConsumedUnit")})
                 ELSE coalesce({text("ConsumedUnit")}, {text("PricingUnit")}) END AS unit,
            coalesce({number("ConsumedQuantity")},
                     {number("PricingQuantity")} * CASE WHEN {text("PricingUnit")} SIMILAR TO '[0-9].*' THEN 1
                         ELSE coalesce({number("x_PricingBlockSize")}, 1) END) AS raw_quantity,
            CASE WHEN {total} IS NULL THEN {number("BilledCost")} END AS billed_cost,
            CASE WHEN {total} IS NULL THEN {number("EffectiveCost")} END AS effective_cost,
            CASE WHEN {total} IS NULL THEN coalesce(
                nullif({number("ListCost")}, 0), {number("PricingQuantity")} * {number("ListUnitPrice")},
                {number("ListCost")}, {number("EffectiveCost")}) END AS list_cost,
            {text("BillingCurrency")} AS currency, {text("Tags")} AS tags
        FROM {bill}"""


def _total_sql(text: Any, columns: list[str]) -> str:
    """The text of a totals row: no category, no charge period, and a cell that begins with total; else NULL."""
    cells = ", ".join(f"""CASE WHEN regexp_matches(lower("{c}"), '^(grand |sub ?)?totals?\\b') THEN "{c}" END"""
                      for c in dict.fromkeys(columns) if c not in NUMBERS)  # fmt: skip
    return f"""CASE WHEN {text("ChargeCategory")} IS NULL AND {text("ChargePeriodStart")} IS NULL
                    THEN coalesce({cells}) END"""


def _class_sql(text: Any) -> str:
    category, status = text("ChargeCategory"), text("CommitmentDiscountStatus")
    service = f"lower(coalesce({text('ServiceCategory')}, '') || ' ' || coalesce({text('ServiceName')}, ''))"
    return f"""CASE lower({category}) WHEN 'usage' THEN CASE WHEN lower({status}) = 'unused' THEN 'unused_commitment'
                   WHEN {service} LIKE '%support%' THEN 'support' ELSE 'usage' END
               WHEN 'tax' THEN 'tax' WHEN 'credit' THEN 'credit' WHEN 'purchase' THEN 'purchase'
               WHEN 'refund' THEN 'refund' WHEN 'adjustment' THEN 'adjustment' WHEN 'rounding' THEN 'rounding'
               ELSE 'adjustment' END"""


def _type_distinct(connection: Any, rows: str, library: FactorLibrary) -> list[tuple[Meter, TypedMeter]]:
    selected = ", ".join(f"coalesce({c}, '')" for c in _METER_KEY)
    found = connection.execute(f"SELECT DISTINCT {selected} FROM {rows} WHERE charge_class = 'usage'").fetchall()
    return type_meters(library, (Meter(*row) for row in sorted(found)))


def _meter_table(connection: Any, name: str, typed: Sequence[tuple[Meter, TypedMeter]]) -> None:
    kinds = {
        **dict.fromkeys(Meter._fields, "string"),
        "rule_id": "string",
        "quantity_kind": "string",
        "quantity_unit": "string",
        "multiplier": "float",
        "per_month": "float",
        "instance_type": "string",
        "storage_class": "string",
        "transfer_path": "string",
    }
    columns = {field: [getattr(m, field) for m, _ in typed] for field in Meter._fields}
    columns |= {k: [getattr(t, k) for _, t in typed] for k in kinds if k not in columns}
    frames.duckdb_table(connection, columns, kinds).create_view(name, replace=True)


def _usage_sql(rows: str, meters: str) -> str:
    hours = "day(last_day(coalesce(r.billing_start, r.period_start))) * 24"
    return f"""
        SELECT r.source_id, r.source_row, r.provider, r.account, r.sub_account, r.service, r.service_category, r.region,
            r.resource_id, r.period_start, r.period_end, r.charge_class,
            coalesce(r.usage_type, r.meter_text, r.description) AS meter, nullif(m.rule_id, '') AS meter_rule_id,
            r.description, nullif(m.instance_type, '') AS instance_type,
            r.raw_quantity * m.multiplier * CASE WHEN m.per_month = 1 THEN {hours} / 1000.0 ELSE 1 END AS quantity,
            coalesce(nullif(m.quantity_unit, ''), r.unit) AS quantity_unit,
            coalesce(m.quantity_kind, 'unknown') AS quantity_kind, nullif(m.storage_class, '') AS storage_class,
            nullif(m.transfer_path, '') AS transfer_path, r.list_cost, r.effective_cost, r.billed_cost, r.currency,
            r.tags
        FROM {rows} r LEFT JOIN {meters} m ON r.charge_class = 'usage'
            AND coalesce(r.provider, '') = m.provider AND coalesce(r.service_key, '') = m.service
            AND coalesce(r.usage_type, '') = m.usage_type AND coalesce(r.meter_text, '') = m.meter
            AND coalesce(r.description, '') = m.description AND coalesce(r.unit, '') = m.unit"""


def _understood(columns: list[str]) -> dict[str, str]:
    ours = {
        "ProviderName": "provider",
        "BillingAccountId": "account",
        "SubAccountName": "sub_account",
        "ServiceName": "service",
        "RegionId": "region",
        "ResourceId": "resource_id",
        "ChargePeriodStart": "period_start",
        "ChargePeriodEnd": "period_end",
        "ChargeCategory": "charge_class",
        "ConsumedQuantity": "quantity",
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
        "ServiceCategory": "service_category",
    }
    return {c: ours[c] for c in columns if c in ours}


def _count(connection: Any, usage: str, record: InputRecord) -> None:
    """Lines of the file, and its costs by currency over all of them."""
    rows = connection.execute(
        f"SELECT currency, count(*), sum(billed_cost), sum(effective_cost), sum(list_cost) FROM {usage} "
        "GROUP BY currency ORDER BY currency NULLS LAST"
    ).fetchall()
    record.lines = sum(row[1] for row in rows)
    record.costs = [
        {"currency": c, "billed": b or 0.0, "effective": e or 0.0, "list": li or 0.0} for c, _, b, e, li in rows
    ]
