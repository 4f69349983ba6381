"""FOCUS bills to the usage frame.

Source of the columns: FinOps Open Cost and Usage Specification 1.0 to 1.2. Everything per row is done by DuckDB; only
distinct meters go through Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from greendigital import frames
from greendigital.columns import USAGE, names
from greendigital.errors import Problem
from greendigital.factorset import FactorLibrary
from greendigital.inputs import InputRecord, sha256_of
from greendigital.usage.bills import focus_version, header_of, open_bill
from greendigital.usage.meters import Meter, TypedMeter, type_meters

_METER_KEY = ("provider", "service_key", "usage_type", "meter_text", "description", "unit")
_NUMBERS = ("BilledCost", "EffectiveCost", "ListCost", "ConsumedQuantity", "PricingQuantity", "ListUnitPrice")
_MOST = 10


def from_focus(
    connection: Any, path: Path, source_id: str, number: int, library: FactorLibrary
) -> tuple[str, InputRecord, list[Problem]]:
    """The bill as a view with the columns of the usage frame, what was read, and the problems found."""
    columns = header_of(path, connection)
    bill = open_bill(connection, path, number)
    rows = f"focus_{number}"
    connection.execute(f"CREATE OR REPLACE VIEW {rows} AS {_rows_sql(bill, set(columns), source_id)}")
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
    problems = _problems(connection, bill, rows, path.name, set(columns), columns, typed)
    _count(connection, usage, record)
    return usage, record, problems


def _rows_sql(bill: str, present: set[str], source_id: str) -> str:
    """One select that names every FOCUS column we use; absent ones are empty."""

    def text(*candidates: str) -> str:
        found = [f'"{c}"' for c in candidates if c in present]
        return f"coalesce({', '.join(found)})" if found else "NULL"

    def number(column: str) -> str:
        return f'TRY_CAST("{column}" AS DOUBLE)' if column in present else "NULL::DOUBLE"

    joined = "NULL"
    if "x_SkuMeterCategory" in present:
        name = text("x_SkuMeterName", "SkuMeter")
        joined = (
            f"\"x_SkuMeterCategory\" || ' | ' || coalesce({text('x_SkuMeterSubcategory')}, '') || ' | ' || "
            f"coalesce({name}, '')"
        )
    source = source_id.replace("'", "''")
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
            {_day(text("ChargePeriodStart"))} AS period_start, {_day(text("ChargePeriodEnd"))} AS period_end,
            {_day(text("BillingPeriodStart", "ChargePeriodStart"))} AS billing_start,
            {_class_sql(text)} AS charge_class,
            CASE WHEN {text("x_SkuMeterCategory")} IS NULL THEN {text("x_UsageType", "SkuMeter")} END AS usage_type,
            {joined} AS meter_text, {text("ChargeDescription")} AS description,
            coalesce({text("ConsumedUnit")}, {text("PricingUnit")}) AS unit,
            coalesce({number("ConsumedQuantity")},
                     {number("PricingQuantity")} * coalesce({number("x_PricingBlockSize")}, 1))
                AS raw_quantity,
            {number("BilledCost")} AS billed_cost, {number("EffectiveCost")} AS effective_cost,
            coalesce(nullif({number("ListCost")}, 0), {number("PricingQuantity")} * {number("ListUnitPrice")},
                     {number("ListCost")}, {number("EffectiveCost")}) AS list_cost,
            {text("BillingCurrency")} AS currency, {text("Tags")} AS tags
        FROM {bill}"""


def _day(expression: str) -> str:
    return f"coalesce(TRY_CAST(substr({expression}, 1, 10) AS DATE), TRY_STRPTIME({expression}, '%m/%d/%Y')::DATE)"


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


def _problems(
    connection: Any,
    bill: str,
    rows: str,
    file: str,
    present: set[str],
    columns: list[str],
    typed: Sequence[tuple[Meter, TypedMeter]],
) -> list[Problem]:
    found: list[Problem] = []
    for name in sorted({c for c in columns if columns.count(c) > 1}):
        first, second = (i for i, c in enumerate(columns, 1) if c == name)
        found.append(
            Problem(
                "error",
                "column_twice",
                f'"{name}" is there twice, in columns {first} and {second}; the first is used.',
                "Take one out, or rename it.",
                file,
                1,
                name,
            )
        )
    for name in [c for c in _NUMBERS if c in present]:
        found += _bad(
            connection,
            file,
            name,
            f'SELECT source_row, "{name}" FROM {bill} WHERE "{name}" IS NOT NULL '
            f'AND TRY_CAST("{name}" AS DOUBLE) IS NULL',
            "number_invalid",
            "is not a number",
            "Write a plain number.",
        )
    found += _bad(
        connection,
        file,
        "ChargePeriodStart",
        f'SELECT b.source_row, b."ChargePeriodStart" FROM {bill} b JOIN {rows} r USING (source_row) '
        "WHERE r.period_start IS NULL",
        "date_invalid",
        "is not a date",
        "Write it as YYYY-MM-DD; the line is left out of the period.",
    )
    currencies = [r[0] for r in connection.execute(f"SELECT DISTINCT currency FROM {rows} ORDER BY 1").fetchall()]
    if len(currencies) > 1:
        found.append(
            Problem(
                "warning",
                "mixed_currencies",
                f"The bill holds {', '.join(str(c) for c in currencies)}; currencies are never added together.",
                "",
                file,
                None,
                "BillingCurrency",
            )
        )
    if "ListCost" not in present and "ListUnitPrice" not in present:
        found.append(
            Problem(
                "note",
                "list_cost_from_effective",
                "There is no list cost; the effective cost stands in.",
                "Export ListCost, so that a negotiated price does not look like a carbon cut.",
                file,
            )
        )
    refused = [(m, t) for m, t in typed if t.unit_refused]
    for meter, kind in refused[:_MOST]:
        found.append(
            Problem(
                "note",
                "meter_unit_unexpected",
                f'"{meter.meter or meter.usage_type or meter.description}" is billed in "{meter.unit}", '
                f"which does not fit rule {kind.rule_id}; its quantity is not used.",
                "Add a rule or unit, see docs/meters.md.",
                file,
            )
        )
    return found


def _bad(connection: Any, file: str, column: str, sql: str, code: str, what: str, remedy: str) -> list[Problem]:
    rows = connection.execute(f"{sql} ORDER BY source_row LIMIT {_MOST + 1}").fetchall()
    found = [
        Problem("error", code, f'"{value if value is not None else ""}" {what}.', remedy, file, row, column)
        for row, value in rows[:_MOST]
    ]
    if len(rows) > _MOST:
        count = connection.execute(f"SELECT count(*) FROM ({sql})").fetchone()[0]
        found.append(Problem("error", f"{code}_more", f"{count - _MOST:,} more like this.", "", file, None, column))
    return found


USAGE_COLUMNS = tuple(names(USAGE))
