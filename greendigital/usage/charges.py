"""Charges of a bill to the usage frame.

Everything per row is done by DuckDB; only distinct meters go through Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from greendigital import frames
from greendigital.errors import Problem
from greendigital.factorset import FactorLibrary
from greendigital.inputs import InputRecord, sha256_of
from greendigital.usage.account_ids import account_id_sql
from greendigital.usage.bill_checks import check_corrections, check_whole, missing_columns, renamed_columns
from greendigital.usage.bill_dates import decide_dates
from greendigital.usage.bill_problems import find_problems, unknown_regions
from greendigital.usage.bills import columns_of, header_of, open_bill, shape_of
from greendigital.usage.charge_checks import check_charges
from greendigital.usage.formats import CHARGE_COLUMNS, BillFormat
from greendigital.usage.held import hold
from greendigital.usage.meters import Meter, TypedMeter, type_meters
from greendigital.usage.own_columns import OwnColumns, literal, quoted

_METER_KEY = (
    "provider",
    "service_key",
    "usage_type",
    "meter_text",
    "description",
    "unit",
    "instance_hint",
    "operation",
)
_COSTS = ("billed_cost", "effective_cost", "list_cost")


class Bill(NamedTuple):
    """A bill that was read.

    Attributes
    ----------
    own, usage
        View of the bill's own columns, and table of the usage frame, both with ``source_row``.
    record, problems
        What was read, and what was found.
    """

    own: str
    usage: str
    record: InputRecord
    problems: list[Problem]


def read_bill(
    connection: Any, path: Path, source_id: str, number: int, library: FactorLibrary, form: BillFormat
) -> Bill:
    """One bill as a table with the columns of the usage frame.

    Raises
    ------
    InputError
        If it cannot be read to its end.
    """
    opened = open_bill(connection, path, number)
    own = OwnColumns(columns_of(connection, opened))
    bill = _data_rows(connection, opened, number, own, form)
    dates, undecided = decide_dates(connection, bill, source_id, own.all_of(form.dates), form.month_first)
    charges = _rows_sql(bill, own, source_id, form, form.charges(own, dates))
    rows = hold(connection, f"charges_{number}", charges, path)
    typed = _type_distinct(connection, rows, library)
    usage = hold(connection, f"usage_{number}", _usage_of(connection, rows, typed, number, library), path)
    record = InputRecord(
        file=path.name,
        sha256=sha256_of(path),
        source_id=source_id,
        format=form.recognise(own) or "",
        columns={c: form.fields[k] for k in form.fields for c in own.all_of([k])},
        cost_basis=form.cost_basis(connection, bill, own) if form.cost_basis else None,
    )
    problems = [*undecided, *find_problems(connection, bill, rows, source_id, header_of(path, connection), own, form)]
    problems += unknown_regions(connection, usage, source_id, library, own.first(*form.region))
    problems += form.notes(connection, bill, source_id, own) if form.notes else []
    problems += units_refused(source_id, typed)
    problems += missing_columns(connection, usage, own, form, source_id)
    problems += renamed_columns(own, form, source_id)
    told = any(p.code == "number_invalid" for p in problems)
    problems += check_charges(connection, usage, source_id, numbers_told=told)
    problems += check_corrections(connection, usage, source_id)
    _count(connection, usage, record)
    problems += check_whole(path, source_id, *shape_of(path))
    connection.execute(f"DROP TABLE {rows}")
    return Bill(bill, usage, record, problems)


def _data_rows(connection: Any, bill: str, number: int, own: OwnColumns, form: BillFormat) -> str:
    """The bill without blank rows and repeated headers, which are no lines; rows keep their numbers."""
    told = (*form.start, *form.numbers, *form.category, *form.provider, *form.service)
    columns = own.all_of(dict.fromkeys(told)) or own.names[:1]
    filled = " OR ".join(f"{quoted(c)} IS NOT NULL" for c in columns)
    start = own.first(*form.start) or columns[0]
    name = f"data_{number}"
    connection.execute(
        f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM {bill} WHERE ({filled}) "
        f"AND {quoted(start)} IS DISTINCT FROM {literal(start)}"
    )
    return name


def _rows_sql(bill: str, own: OwnColumns, source_id: str, form: BillFormat, charges: Any) -> str:
    """One select that names every column of a charge; a totals row carries no cost."""
    total = _total_sql(own, form)
    named = {name: charges.get(name, "NULL::VARCHAR") for name in CHARGE_COLUMNS}
    key = charges.get("account_key") or f"coalesce({named['sub_account']}, {named['account']})"
    named["account_key"] = f"regexp_replace(lower({key}), '^/?subscriptions/', '')"
    named |= {c: f"CASE WHEN total_text IS NULL THEN {charges.get(c, 'NULL::DOUBLE')} END" for c in _COSTS}
    named["charge_class"] = f"CASE WHEN total_text IS NOT NULL THEN 'total_row' ELSE {named['charge_class']} END"
    columns = ", ".join(f"{expression} AS {name}" for name, expression in named.items())
    # The text of a totals row looks at every column: said once, or it would fill the question.
    rows = f"(SELECT *, {total} AS total_text FROM {bill})"
    return f"SELECT {literal(source_id)} AS source_id, source_row, total_text, {columns} FROM {rows}"


def _total_sql(own: OwnColumns, form: BillFormat) -> str:
    """The text of a totals row: no category, no charge period, and a cell that begins with total; else NULL."""
    texts = [c for c in dict.fromkeys(own.names) if c not in own.all_of(form.numbers) and c != "source_row"]
    cells = ", ".join(
        f"CASE WHEN regexp_matches(lower({quoted(c)}), '^(grand |sub ?)?totals?\\b') THEN {quoted(c)} END"
        for c in texts
    )
    said = [c for c in (own.first(*form.category), own.first(*form.start)) if c]
    empty = " AND ".join(f"{quoted(c)} IS NULL" for c in said) or "false"
    return f"CASE WHEN {empty} THEN coalesce({cells}, NULL) END"


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
        "load_state": "string",
    }
    columns = {field: [getattr(m, field) for m, _ in typed] for field in Meter._fields}
    columns |= {k: [getattr(t, k) for _, t in typed] for k in kinds if k not in columns}
    frames.duckdb_table(connection, columns, kinds).create_view(name, replace=True)


def _known_names(connection: Any, name: str, library: FactorLibrary, table: str) -> str:
    """A view of what names in bills stand for, of a table of the meters: regions, services; gives its name."""
    rows = library.table("cloud-meters", table)
    values = ", ".join(f"({', '.join(literal(text or '') for text in row.values())})" for row in rows)
    columns = ", ".join(rows[0])
    connection.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM (VALUES {values}) n({columns})")
    return name


def _usage_of(
    connection: Any, rows: str, typed: Sequence[tuple[Meter, TypedMeter]], number: int, library: FactorLibrary
) -> str:
    """Question for the usage frame of the charges, with what their meters mean."""
    meters = f"meters_{number}"
    _meter_table(connection, meters, typed)
    regions = _known_names(connection, f"region_names_{number}", library, "region_names")
    services = _known_names(connection, f"service_categories_{number}", library, "service_categories")
    full = _known_names(connection, f"service_names_{number}", library, "services")
    return _usage_sql(rows, meters, regions, services, full, library)


def _usage_sql(rows: str, meters: str, regions: str, services: str, full: str, library: FactorLibrary) -> str:
    hours = "day(last_day(coalesce(r.billing_start, r.period_start))) * 24"
    joined = " AND ".join(
        f"coalesce(r.{ours}, '') = m.{field}" for ours, field in zip(_METER_KEY, Meter._fields, strict=True)
    )
    return f"""
        SELECT r.source_id, r.source_row, r.provider, r.account, r.sub_account, r.account_key,
            {account_id_sql("r.provider", "r.account_key", "coalesce(r.sub_account, r.account)")} AS account_id,
            coalesce(f.service_name, r.service) AS service,
            coalesce(r.service_category, p.category, s.category) AS service_category,
            coalesce(n.region, r.region, {_region_sql(library)}) AS region, r.resource_id, r.period_start, r.period_end,
            r.charge_class,
            coalesce(r.usage_type, r.meter_text, r.description) AS meter, nullif(m.rule_id, '') AS meter_rule_id,
            r.description, nullif(m.instance_type, '') AS instance_type,
            r.raw_quantity * m.multiplier * CASE WHEN m.per_month = 1 THEN {hours} / 1000.0 ELSE 1 END AS quantity,
            coalesce(nullif(m.quantity_unit, ''), r.unit) AS quantity_unit,
            coalesce(m.quantity_kind, 'unknown') AS quantity_kind, nullif(m.storage_class, '') AS storage_class,
            nullif(m.transfer_path, '') AS transfer_path,
            nullif(m.load_state, '') AS load_state, r.list_cost, r.effective_cost, r.billed_cost, r.currency,
            r.tags
        FROM {rows} r LEFT JOIN {meters} m ON r.charge_class = 'usage' AND {joined}
            LEFT JOIN {regions} n ON r.provider = n.provider AND r.region = n.name
            LEFT JOIN {services} s ON s.usage_part = '' AND r.provider = s.provider AND r.service_key = s.service
            LEFT JOIN {services} p ON p.usage_part <> '' AND r.provider = p.provider AND r.service_key = p.service
                AND contains(r.usage_type, p.usage_part)
            LEFT JOIN {full} f ON r.provider = 'aws' AND r.service = f.service_code"""


def _region_sql(library: FactorLibrary) -> str:
    """The region that a prefix of a usage type stands for."""
    known = " ".join(
        f"WHEN {literal(row['provider'] + ':' + row['usage_prefix'])} THEN {literal(row['region'])}"
        for row in library.table("cloud-meters", "usage_prefixes")
    )
    return f"CASE r.provider || ':' || r.region_prefix {known} END"


def _count(connection: Any, usage: str, record: InputRecord) -> None:
    """Lines of the file, and its costs by currency over all of them."""
    rows = connection.execute(
        f"SELECT currency, count(*), fsum(billed_cost), fsum(effective_cost), fsum(list_cost) FROM {usage} "
        "GROUP BY currency ORDER BY currency NULLS LAST"
    ).fetchall()
    record.lines = sum(row[1] for row in rows)
    record.costs = [
        {"currency": c, "billed": b or 0.0, "effective": e or 0.0, "list": li or 0.0} for c, _, b, e, li in rows
    ]


_MOST = 10


def units_refused(file: str, typed: Sequence[tuple[Meter, TypedMeter]]) -> list[Problem]:
    """A note for each meter whose unit does not fit what its rule expects, and one for all that are without a unit."""
    refused = [(m, t) for m, t in typed if t.unit_refused]
    found = [
        Problem(
            "note",
            "meter_unit_unexpected",
            f'"{meter.meter or meter.usage_type or meter.description}" is billed in "{meter.unit}", which does not fit '
            f"rule {kind.rule_id}; its quantity is not used.",
            "Add a rule or unit, see docs/meters.md.",
            file,
        )
        for meter, kind in [(m, t) for m, t in refused if m.unit][:_MOST]
    ]
    without = sum(not meter.unit for meter, _ in refused)
    # A bill without any unit lacks the column, which is told once.
    if without and any(meter.unit for meter, _ in typed):
        what = "meter is billed without a unit; its" if without == 1 else "meters are billed without a unit; their"
        message = f"{without:,} {what} quantity is not used."
        found.append(Problem("note", "meter_unit_missing", message, "Export the unit of each quantity.", file))
    return found
