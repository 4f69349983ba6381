"""``enriched.parquet``: the bills with their own columns untouched, and ours beside them under names with ``x_``.

Source of the prefix: FinOps Open Cost and Usage Specification 1.2, "Custom columns".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from greendigital import disk
from greendigital.errors import GreenDigitalError, Problem, UsageError
from greendigital.footprint import LineStore
from greendigital.footprint.water import HAS_WATER, IT_KWH

FILE = "enriched.parquet"
_USE = "list_sum([use_direct_kg_co2e, use_losses_kg_co2e, use_wtt_kg_co2e, use_life_cycle_kg_co2e])"
COLUMNS: dict[str, tuple[str, str]] = {
    "x_SourceId": ("source_id", "the bill, as in `lines.parquet`"),
    "x_SourceRow": ("source_row", "row of the bill, as a spreadsheet numbers it"),
    "x_LineId": ("line_id", "line of `lines.parquet`, for `greendigital explain`"),
    "x_Provider": ("nullif(provider, '')", "aws, azure, gcp or oci"),
    "x_SubAccountName": (
        "nullif(account, '')",
        "account, subscription or project billed, by its name where the bill has one",
    ),
    "x_SubAccountId": ("nullif(account_id, '')", "its id, in small letters; empty where the bill has names alone"),
    "x_Service": ("nullif(service, '')", "service name as billed"),
    "x_ServiceCategory": ("nullif(category, '')", "ServiceCategory of FOCUS in snake_case"),
    "x_Region": ("nullif(region, '')", "provider's region id, lower case"),
    "x_ChargePeriodStart": ("period_start", "first day of the charge period, a date"),
    "x_ChargePeriodEnd": ("CAST(period_end + INTERVAL 1 DAY AS DATE)", "the day after its last one, a date"),
    "x_BillingCurrency": ("nullif(currency, '')", "ISO 4217 code of the three costs"),
    "x_BilledCost": ("billed_cost", "cost as invoiced, a number"),
    "x_EffectiveCost": ("effective_cost", "cost after commitments are spread, a number"),
    "x_ListCost": ("list_cost", "cost at list price, a number; where the bill has none, what stands in for it"),
    "x_EstimateStatus": ("status", "estimated, partial, fallback or excluded"),
    "x_EstimateReason": ("reason_code", "why the row is not estimated, or only in part"),
    "x_MeterRuleId": ("meter_rule_id", "rule that typed the meter"),
    "x_MeterSeen": ("meter_seen", "how well the rule's example was seen: verbatim, pattern or not_seen"),
    "x_QuantityKind": ("quantity_kind", "what the quantity is of"),
    "x_Quantity": ("quantity", "typed quantity"),
    "x_QuantityUnit": ("quantity_unit", "unit of the quantity"),
    "x_UseKwh": ("use_kwh", "electricity in kWh, PUE included"),
    "x_UseKgCO2e": (_USE, "electricity, with losses and well-to-tank"),
    "x_EmbodiedKgCO2e": ("embodied_unsplit_kg_co2e", "embodied carbon"),
    "x_NetworkKgCO2e": ("network_kg_co2e", "data transfer"),
    "x_FallbackKgCO2e": ("nullif(fallback_kg_co2e, 0)", "estimated from cost"),
    "x_TotalKgCO2e": ("total_kg_co2e", "the four above"),
    "x_TotalKgCO2eLow": ("total_kg_co2e_low", "5th percentile"),
    "x_TotalKgCO2eHigh": ("total_kg_co2e_high", "95th percentile"),
    "x_UseBasis": ("use_basis", "where the energy figure came from"),
    "x_EmbodiedBasis": ("embodied_basis", "where the embodied figure came from"),
    "x_WaterLitres": (
        f"CASE WHEN {HAS_WATER} THEN {IT_KWH} * wue_litre_per_kwh END",
        "water of the data centre, where its WUE is published",
    ),
}
"""Our columns: the expression over a line that gives each, and what it means; kilograms are of CO2e.

Provider, account, costs and so on stand in the bill too, under names and in types that every format has of its own.
``x_AccountId`` and ``x_AccountName`` are columns of Azure's FOCUS export, of another account than the one billed.
"""


def columns_with(tags: Iterable[str]) -> dict[str, str]:
    """Our columns with one for each chosen tag behind them, and the expression over a line that gives each.

    Examples
    --------
    >>> list(columns_with(["cost-centre"]).items())[-1]
    ('x_Tag_cost-centre', '"tags_cost-centre"')
    """
    ours = {name: expression for name, (expression, _) in COLUMNS.items()}
    return ours | {f"x_Tag_{tag}": _quoted(f"tags_{tag}") for tag in tags}


def check_bills(bills: Mapping[str, str]) -> None:
    """Refuse a run without a bill.

    Raises
    ------
    UsageError
        If no bill was read.
    """
    if not bills:
        raise UsageError("--enrich: no cloud bill was read, so there is none to enrich. Give a bill, or leave it out.")


def enriched_names(own: Iterable[str], ours: Iterable[str] = COLUMNS) -> dict[str, str]:
    """Our columns to the names they get in the file: another one where a bill has a column of that name already.

    Examples
    --------
    >>> enriched_names(["BilledCost", "x_usekwh"])["x_UseKwh"]
    'x_GreendigitalUseKwh'
    """
    taken = {name.casefold() for name in own}
    found = {}
    for name in ours:
        chosen = name
        while chosen.casefold() in taken:
            chosen = f"x_Greendigital{chosen.removeprefix('x_')}"
        found[name] = chosen
    return found


def renamed_columns(names: Mapping[str, str]) -> list[Problem]:
    """A note on our columns that stand under another name."""
    told = [f"{ours} stands as {chosen}" for ours, chosen in names.items() if ours != chosen]
    if not told:
        return []
    message = f"A bill has columns of these names already, in {FILE} {', '.join(told)}."
    return [Problem("note", "enriched_column_renamed", message, "The bill's own columns are as they were.", FILE)]


def write_enriched(folder: Path, store: LineStore, bills: Mapping[str, str]) -> list[Problem]:
    """Write ``enriched.parquet``: a row for each row of the bills, in their order; gives what is to be said of it.

    The bills are read again by the database, which joins, sorts and writes without holding them in memory: what it has
    no room for goes to a folder beside the file.

    Parameters
    ----------
    store
        Lines of the run, with the table of :func:`greendigital.footprint.water.load_wue`.
    bills
        View of each bill's own columns, with ``source_row``, by ``source_id``.

    Raises
    ------
    UsageError
        If no bill was read.
    GreenDigitalError
        If rows were lost, as when a bill was changed since it was read.
    """
    check_bills(bills)
    cursor = store.connection.cursor()
    own = {source: _own_columns(cursor, view) for source, view in bills.items()}
    ours = columns_with(store.tag_columns)
    names = enriched_names((name for columns in own.values() for name in columns), ours)
    target = folder / FILE
    _copy(store, _select(own, bills, {names[name]: expression for name, expression in ours.items()}), target)
    _check_rows(cursor, target, names)
    return renamed_columns(names)


def _copy(store: LineStore, select: str, target: Path) -> None:
    """Write the rows within the memory of very large runs; with all there is where that does not do."""
    import duckdb

    options = "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"
    sql = f"COPY ({select}) TO {_literal(str(target))} {options}"
    try:
        with disk.bounded_memory(store.connection):
            store.connection.execute(sql)
    except duckdb.OutOfMemoryException:
        disk.unbound_memory(store.connection)
        store.connection.execute(sql)


def _own_columns(cursor: Any, view: str) -> list[str]:
    return [row[0] for row in cursor.execute(f"DESCRIBE {view}").fetchall() if row[0] != "source_row"]


def _select(own: Mapping[str, list[str]], bills: Mapping[str, str], expressions: Mapping[str, str]) -> str:
    """Rows of the bills one after the other; columns of one name become one, and are empty where a bill has none."""
    rows = " UNION ALL BY NAME ".join(
        f"SELECT {', '.join(_quoted(c) for c in own[source])}, {number} AS _bill_, source_row AS _row_, "
        f"{_literal(source)} AS _source_ FROM {view}"
        for number, (source, view) in enumerate(bills.items())
    )
    ours = ", ".join(f"{expression} AS {_quoted(name)}" for name, expression in expressions.items())
    lines = (
        f"SELECT source_id AS _source_, source_row AS _row_, {ours} FROM (SELECT l.*, w.wue_litre_per_kwh FROM lines l "
        "LEFT JOIN wue w ON w.provider = l.provider AND w.region = l.region AND w.part = l.part WHERE kind = 'cloud')"
    )
    return (
        f"SELECT * EXCLUDE (_bill_, _row_, _source_) FROM ({rows}) LEFT JOIN ({lines}) USING (_source_, _row_) "
        "ORDER BY _bill_, _row_"
    )


def _check_rows(cursor: Any, target: Path, names: Mapping[str, str]) -> None:
    """Every line of the bills is in the file, once."""
    line = _quoted(names["x_LineId"])
    wanted = cursor.execute("SELECT count(*) FROM lines WHERE kind = 'cloud'").fetchone()[0]
    written, found = cursor.execute(
        f"SELECT count(*), count(DISTINCT {line}) FROM read_parquet({_literal(str(target))})"
    ).fetchone()
    if not wanted == written == found:
        raise GreenDigitalError(
            f"{FILE}: {wanted:,} lines of the bills became {written:,} rows, {found:,} of them with a line. Was a bill "
            "changed while the report was made? Make it again; if it says the same, please report it as a defect."
        )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
