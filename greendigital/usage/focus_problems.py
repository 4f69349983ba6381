"""What is wrong with a FOCUS bill, told by row, column and value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from greendigital.errors import Problem, Severity
from greendigital.factorset import FactorLibrary
from greendigital.usage.meters import Meter, TypedMeter

NUMBERS = ("BilledCost", "EffectiveCost", "ListCost", "ConsumedQuantity", "PricingQuantity", "ListUnitPrice")
"""Columns that must hold numbers."""

_MOST = 10
_ESTIMATED = ("aws", "azure")
"""Providers with meter rules and factors."""

_NO_REGION = ("", "global", "aws-global", "unassigned")
"""What providers write for a service without a region."""

_CATEGORIES = "Usage, Purchase, Tax, Credit, Adjustment"


def finite_number(column: str) -> str:
    """SQL that gives the number of a text column, NULL where it holds none; NaN and infinity are no numbers."""
    number = f'TRY_CAST("{column}" AS DOUBLE)'
    return f"CASE WHEN isfinite({number}) THEN {number} END"


def find_problems(
    connection: Any, bill: str, rows: str, file: str, columns: Sequence[str], typed: Sequence[tuple[Meter, TypedMeter]]
) -> list[Problem]:
    """All problems of a bill.

    Parameters
    ----------
    bill, rows
        Views of the file's own columns, and of the columns of the usage frame, both with ``source_row``.
    columns
        The header, in order.
    """
    found = [*_columns_twice(file, columns), *_units_refused(file, typed)]
    for name in [c for c in NUMBERS if c in columns]:
        sql = (
            f'SELECT source_row, "{name}" FROM {bill} JOIN {rows} r USING (source_row) WHERE "{name}" IS NOT NULL '
            f"AND {finite_number(name)} IS NULL AND r.charge_class <> 'total_row'"
        )
        found += _by_row(connection, sql, file, name, "error", "number_invalid", "is not a number",
                         "Write a plain number.")  # fmt: skip
    found += _by_row(
        connection,
        f'SELECT source_row, "ChargePeriodStart" FROM {bill} JOIN {rows} r USING (source_row) '
        "WHERE r.period_start IS NULL AND r.charge_class <> 'total_row'",
        file,
        "ChargePeriodStart",
        "error",
        "date_invalid",
        "is not a date",
        "Write it as YYYY-MM-DD; the line is left out of the period.",
    )
    found += _by_row(
        connection,
        f'SELECT source_row, "ChargeCategory" FROM {bill} JOIN {rows} r USING (source_row) WHERE r.charge_class = '
        "'adjustment' AND lower(coalesce(\"ChargeCategory\", '')) <> 'adjustment'",
        file,
        "ChargeCategory",
        "warning",
        "charge_category_unknown",
        "is no charge category; the line is left out as an adjustment",
        f"Write one of {_CATEGORIES}.",
    )
    found += _by_row(
        connection,
        f"SELECT source_row, total_text FROM {rows} WHERE charge_class = 'total_row'",
        file,
        None,
        "warning",
        "total_row",
        "is a totals row, not a charge; it is left out",
        "",
    )
    found += _providers(connection, bill, rows, file)
    return [*found, *_currencies(connection, rows, file), *_list_cost(file, columns)]


def _by_row(
    connection: Any, sql: str, file: str, column: str | None, severity: Severity, code: str, what: str, remedy: str
) -> list[Problem]:
    """A problem for each row of a question that gives row number and value; the first ten, then a count."""
    rows = connection.execute(f"{sql} ORDER BY source_row LIMIT {_MOST + 1}").fetchall()
    found = [
        Problem(severity, code, f'"{value if value is not None else ""}" {what}.', remedy, file, row, column)
        for row, value in rows[:_MOST]
    ]
    if len(rows) > _MOST:
        count = connection.execute(f"SELECT count(*) FROM ({sql})").fetchone()[0]
        found.append(Problem(severity, f"{code}_more", f"{count - _MOST:,} more like this.", "", file, None, column))
    return found


def _providers(connection: Any, bill: str, rows: str, file: str) -> list[Problem]:
    """A note for each provider whose charges there are no rules for, by the name the bill gives it."""
    known = ", ".join(f"'{name}'" for name in _ESTIMATED)
    found = connection.execute(
        f'SELECT "ProviderName", count(*), min(source_row) FROM {bill} JOIN {rows} r USING (source_row) '
        f"WHERE r.provider NOT IN ({known}) AND r.charge_class <> 'total_row' "
        'GROUP BY "ProviderName" ORDER BY min(source_row)'
    ).fetchall()
    return [
        Problem(
            "note",
            "provider_not_estimated",
            f'Charges of "{name}" are not estimated yet; {"its line stays" if n == 1 else f"its {n:,} lines stay"} '
            "in the report with the cost, and without a figure.",
            "",
            file,
            row,
            "ProviderName",
        )
        for name, n, row in found[:_MOST]
    ]


def unknown_regions(connection: Any, usage: str, file: str, library: FactorLibrary) -> list[Problem]:
    """A warning for each region without a country in the table: the electricity of its charges cannot be estimated.

    Parameters
    ----------
    usage
        View with the columns of the usage frame.
    """
    known = {(row["provider"], row["region"]) for row in library.table("cloud-regions", "regions")}
    providers = ", ".join(f"'{name}'" for name in _ESTIMATED)
    found = connection.execute(
        f"SELECT u.provider, u.region, count(*), min(u.source_row) FROM {usage} u WHERE u.charge_class = 'usage' "
        f"AND u.quantity_kind <> 'not_physical' AND u.provider IN ({providers}) AND u.region IS NOT NULL "
        "GROUP BY ALL ORDER BY min(u.source_row)"
    ).fetchall()
    missing = [r for r in found if r[1] not in _NO_REGION and (r[0], r[1]) not in known]
    return [
        Problem(
            "warning",
            "region_unknown",
            f'"{region}" is no region of {provider} known here; the electricity of '
            f"{'its line' if n == 1 else f'its {n:,} lines'} is not estimated.",
            "Correct it, or add the region, see docs/meters.md.",
            file,
            row,
            "RegionId",
        )
        for provider, region, n, row in missing
    ]


def _currencies(connection: Any, rows: str, file: str) -> list[Problem]:
    found = connection.execute(
        f"SELECT currency, min(source_row) FROM {rows} WHERE currency IS NOT NULL AND charge_class <> 'total_row' "
        "GROUP BY currency ORDER BY min(source_row)"
    ).fetchall()
    if len(found) < 2:
        return []
    (first, _), (second, row) = found[:2]
    others = f", and {len(found) - 2} more" if len(found) > 2 else ""
    return [
        Problem(
            "warning",
            "mixed_currencies",
            f'"{second}" stands beside "{first}" above{others}; currencies are never added together.',
            "Give a bill for each currency if one total is wanted.",
            file,
            row,
            "BillingCurrency",
        )
    ]


def _list_cost(file: str, columns: Sequence[str]) -> list[Problem]:
    if "ListCost" in columns or "ListUnitPrice" in columns:
        return []
    return [
        Problem(
            "note",
            "list_cost_from_effective",
            "There is no list cost; the effective cost stands in.",
            "Export ListCost, so that a negotiated price does not look like a carbon cut.",
            file,
        )
    ]


def _columns_twice(file: str, columns: Sequence[str]) -> list[Problem]:
    found: list[Problem] = []
    for name in sorted({c for c in columns if columns.count(c) > 1}):
        first, second = [i for i, c in enumerate(columns, 1) if c == name][:2]
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
    return found


def _units_refused(file: str, typed: Sequence[tuple[Meter, TypedMeter]]) -> list[Problem]:
    refused = [(m, t) for m, t in typed if t.unit_refused]
    return [
        Problem(
            "note",
            "meter_unit_unexpected",
            f'"{meter.meter or meter.usage_type or meter.description}" is billed in "{meter.unit}", '
            f"which does not fit rule {kind.rule_id}; its quantity is not used.",
            "Add a rule or unit, see docs/meters.md.",
            file,
        )
        for meter, kind in refused[:_MOST]
    ]
