"""What is wrong with a bill, told by row, column and value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from greendigital.errors import Problem, Severity
from greendigital.factorset import FactorLibrary
from greendigital.usage.formats import BillFormat
from greendigital.usage.own_columns import OwnColumns, finite_number, literal, quoted

_MOST = 10
_SHOWN = 80
"""Characters of a value that are shown where it may be long."""

_ESTIMATED = ("aws", "azure", "gcp", "oci")
"""Providers with meter rules and factors."""

_NO_REGION = ("", "global", "aws-global", "unassigned")
"""What providers write for a service without a region."""


def find_problems(
    connection: Any, bill: str, rows: str, file: str, header: Sequence[str], own: OwnColumns, form: BillFormat
) -> list[Problem]:
    """All problems of a bill.

    Parameters
    ----------
    bill, rows
        Views of the file's own columns, and of its charges, both with ``source_row``.
    header
        Columns as the file names them, in order.
    """
    found = [
        *_columns_twice(file, header),
        *_numbers(connection, bill, rows, file, own.all_of(form.numbers)),
        *_dates_and_categories(connection, bill, rows, file, own, form),
    ]
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
    if provider := own.first(*form.provider):
        found += _providers(connection, bill, rows, file, provider)
    found += _currencies(connection, rows, file, own.first(*form.currency))
    found += _tags(connection, rows, file, own.first(*(name for name, ours in form.fields.items() if ours == "tags")))
    return [*found, *_list_cost(file, own, form)]


def _numbers(connection: Any, bill: str, rows: str, file: str, columns: Sequence[str]) -> list[Problem]:
    found: list[Problem] = []
    for name in _holding_words(connection, bill, columns):
        sql = (
            f"SELECT source_row, {quoted(name)} FROM {bill} JOIN {rows} r USING (source_row) "
            f"WHERE {_is_word(name)} AND r.charge_class <> 'total_row'"
        )
        found += _by_row(connection, sql, file, name, "error", "number_invalid", "is not a number",
                         "Write a plain number.")  # fmt: skip
    return found


def _dates_and_categories(
    connection: Any, bill: str, rows: str, file: str, own: OwnColumns, form: BillFormat
) -> list[Problem]:
    found: list[Problem] = []
    start, category = own.first(*form.start), own.first(*form.category)
    # Asked of the charges first: to find a row among the bill's own columns, the whole bill is read once more.
    if start and _any(connection, rows, "period_start IS NULL AND charge_class <> 'total_row'"):
        found += _by_row(
            connection,
            f"SELECT source_row, {quoted(start)} FROM {bill} JOIN {rows} r USING (source_row) "
            "WHERE r.period_start IS NULL AND r.charge_class <> 'total_row'",
            file,
            start,
            "error",
            "date_invalid",
            "is not a date",
            "Write it as YYYY-MM-DD; the line is left out of the period.",
        )
    if category and form.categories and _any(connection, rows, "charge_class = 'adjustment'"):
        understood = ", ".join(literal(word) for word in ("adjustment", *form.adjustments))
        found += _by_row(
            connection,
            f"SELECT source_row, {quoted(category)} FROM {bill} JOIN {rows} r USING (source_row) "
            f"WHERE r.charge_class = 'adjustment' AND lower(coalesce({quoted(category)}, '')) NOT IN ({understood})",
            file,
            category,
            "warning",
            "charge_category_unknown",
            "is no charge category; the line is left out as an adjustment",
            f"Write one of {form.categories}.",
        )
    return found


def _any(connection: Any, rows: str, where: str) -> bool:
    """Whether there is a row of which that holds."""
    return connection.execute(f"SELECT 1 FROM {rows} WHERE {where} LIMIT 1").fetchone() is not None


def _is_word(column: str) -> str:
    """Whether a cell holds something that is no number; programs in Python write None for an empty one."""
    return f"coalesce({quoted(column)}, 'None') <> 'None' AND {finite_number(column)} IS NULL"


def _holding_words(connection: Any, bill: str, columns: Sequence[str]) -> list[str]:
    """Those of the columns that hold something else than numbers: asked of all at once, since bills are long."""
    if not columns:
        return []
    asked = ", ".join(f"bool_or({_is_word(column)})" for column in columns)
    answers = connection.execute(f"SELECT {asked} FROM {bill}").fetchone()
    return [column for column, answer in zip(columns, answers, strict=True) if answer]


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


def _providers(connection: Any, bill: str, rows: str, file: str, column: str) -> list[Problem]:
    """A note for each provider whose charges there are no rules for, by the name the bill gives it."""
    known = ", ".join(f"'{name}'" for name in _ESTIMATED)
    found = connection.execute(
        f"SELECT {quoted(column)}, count(*), min(source_row) FROM {bill} JOIN {rows} r USING (source_row) "
        f"WHERE r.provider NOT IN ({known}) AND r.charge_class <> 'total_row' "
        f"GROUP BY {quoted(column)} ORDER BY min(source_row)"
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
            column,
        )
        for name, n, row in found[:_MOST]
    ]


def unknown_regions(
    connection: Any, usage: str, file: str, library: FactorLibrary, column: str | None
) -> list[Problem]:
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
            column,
        )
        for provider, region, n, row in missing
    ]


def _currencies(connection: Any, rows: str, file: str, column: str | None) -> list[Problem]:
    found = connection.execute(
        f"SELECT currency, min(source_row) FROM {rows} WHERE currency IS NOT NULL AND charge_class <> 'total_row' "
        "GROUP BY currency ORDER BY min(source_row)"
    ).fetchall()
    if len(found) < 2:
        return []
    (first, _), (second, row) = found[:2]
    others = [f'"{currency}"' for currency, _ in found[2:]]
    named = f" ({', '.join(others)} too)" if others else ""
    return [
        Problem(
            "warning",
            "mixed_currencies",
            f'"{second}" stands beside "{first}" above{named}; currencies are never added together.',
            "Give a bill for each currency if one total is wanted.",
            file,
            row,
            column,
        )
    ]


def _tags(connection: Any, rows: str, file: str, column: str | None) -> list[Problem]:
    """One note for all tags that are no JSON; they are kept as they are."""
    if column is None:
        return []
    count, row, value = connection.execute(
        f"SELECT count(*), min(source_row), arg_min(tags, source_row) FROM {rows} WHERE NOT json_valid(tags)"
    ).fetchone()
    if not count:
        return []
    lines = "it is" if count == 1 else f"the tags of {count:,} lines are"
    message = f'"{value[:_SHOWN]}" is not JSON; {lines} kept as written, and in no group by tag.'
    return [Problem("note", "tags_not_json", message, "Write tags as a JSON object.", file, row, column)]


def _list_cost(file: str, own: OwnColumns, form: BillFormat) -> list[Problem]:
    if own.all_of(form.list_cost):
        return []
    return [
        Problem(
            "note",
            "list_cost_from_effective",
            f"There is no list cost; the {form.list_cost_stand_in} stands in.",
            "Export the list cost too, so that a negotiated price does not look like a carbon cut.",
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
