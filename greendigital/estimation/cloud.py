"""The cloud body: typed usage to lines, then the fallback by cost, in one set of Narwhals expressions.

Source of the formulae: Cloud Carbon Footprint methodology and Etsy Cloud Jewels for the structure (quantity x watts x
PUE x grid), with units carried by the typed quantity; the fallback is a ratio of this bill's own physical lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw

from greendigital import frames
from greendigital.columns import USAGE
from greendigital.estimation.cloud_tables import (
    ACTIVITY_KEY,
    REGION_KEY,
    SPAN_KEY,
    activity_table,
    region_table,
    seen_table,
    span_table,
)
from greendigital.estimation.expressions import bounded, key_of, text_column
from greendigital.estimation.fallback import FALLBACK_KEYS, fallback_tables
from greendigital.estimation.hardware import name_overrides, select_lines
from greendigital.estimation.tables import RunTables

RESOURCE_COLUMNS = ("resource_id", "tags", "storage_class", "transfer_path", "load_state")
"""Text columns that ride along for the advice and for the effect of assumptions, and are not in ``lines.parquet``."""

_TEXT = [c.name for c in USAGE if c.kind in ("string", "date")]
_NUMBERS = [c.name for c in USAGE if c.kind == "float"]


def cloud_lines(frame: Any, tables: RunTables, connection: Any = None, keep: tuple[str, ...] = ()) -> nw.LazyFrame[Any]:
    """Lines of a usage frame, one per billed row.

    Parameters
    ----------
    frame
        Any supported dataframe with columns of :data:`greendigital.columns.USAGE`; missing ones are empty.
    tables
        What the tables of the run share; every factor used is added to it.
    keep
        Further columns to carry along (``resource_id``, ``tags``).

    Returns
    -------
    The lines with the columns of :data:`greendigital.columns.LINES`, and those kept.
    """
    prepared = _prepare(frame)

    def join(left: nw.LazyFrame[Any], found: tuple[Mapping[str, list[Any]], Mapping[str, str]], on: list[str]) -> Any:
        return left.join(frames.table(left, *found, connection=connection), on=on, how="left")

    prepared = prepared.with_columns(
        _activity_key=key_of(ACTIVITY_KEY), _region_key=key_of(REGION_KEY), _span_key=key_of(SPAN_KEY)
    )
    prepared = join(prepared, span_table(tables, _distinct(prepared, "_span_key", SPAN_KEY)), ["_span_key"])
    prepared = prepared.with_columns(_inside=~nw.col("period_part").is_null())
    prepared = join(
        prepared, activity_table(tables, _distinct(prepared, "_activity_key", ACTIVITY_KEY)), ["_activity_key"]
    )
    prepared = join(
        prepared, region_table(tables, _distinct(prepared, "_region_key", REGION_KEY)), ["_region_key", "period_part"]
    )
    prepared = join(prepared, seen_table(tables), ["meter_rule_id"])
    physical = _states(_physical(prepared))
    if frames.is_duckdb(physical):
        # The fallback reads the physical lines three times: hold them once.
        physical = frames.as_lazy(frames.materialise(connection, physical))
    physical = physical.with_columns(*[key_of(parts).alias(name) for name, parts in FALLBACK_KEYS.items()])
    for name, table in fallback_tables(tables, physical).items():
        physical = join(physical, table, [name])
    return select_lines(name_overrides(_finish(_ranges(_fallback(physical))), tables), text_extra=keep)


def _prepare(frame: Any) -> nw.LazyFrame[Any]:
    """The frame with every usage column, typed."""
    lazy = frames.as_lazy(frame)
    present = set(lazy.collect_schema().names())
    lazy = lazy.with_columns(
        *[text_column(n) if n in present else nw.lit("").alias(n) for n in _TEXT],
        *[nw.col(n).cast(nw.Float64) if n in present else nw.lit(None, dtype=nw.Float64).alias(n) for n in _NUMBERS],
        nw.col("source_row").cast(nw.Int64),
    )
    lazy = lazy.with_columns(nw.col("period_start").str.slice(0, 10), nw.col("period_end").str.slice(0, 10))
    return lazy.with_columns(
        line_id=nw.concat_str(nw.col("source_id"), nw.col("source_row").cast(nw.String), separator=":")
    )


def _distinct(frame: nw.LazyFrame[Any], key: str, parts: tuple[str, ...]) -> list[dict[str, str]]:
    # Sorted: the order of distinct rows is left to the engine, and a table must not depend on it.
    found = frames.rows(frame.select(key, *parts).unique().sort(key), [key, *parts])
    return [dict(zip((key, *parts), row, strict=True)) for row in found]


def _physical(frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Energy, network and embodied from the typed quantity."""
    c = nw.col
    pue = nw.when(c("pue_applies") == 1.0).then(c("pue_region")).otherwise(nw.lit(1.0))
    usable = c("_inside") & (c("charge_class") == "usage")
    # Where no PUE applies (access networks) it is no source of error either.
    inside = c("pue_applies") == 1.0
    frame = frame.with_columns(
        _usable=usable,
        pue_factor_id=nw.when(inside).then(c("pue_factor_id")).otherwise(nw.lit("")),
        pue_down2=nw.when(inside).then(c("pue_down2")),
        pue_up2=nw.when(inside).then(c("pue_up2")),
        pue=nw.when(usable & (c("expects_use") + c("expects_network") > 0)).then(pue),
        it_kwh=nw.when(usable & (c("expects_use") == 1.0)).then(c("quantity") * c("kwh_per_unit")),
        _network_kwh=nw.when(usable & (c("expects_network") == 1.0)).then(c("quantity") * c("network_kwh_per_unit")),
        hours=nw.when(usable).then(c("quantity") * c("hours_per_unit")),
    )
    frame = frame.with_columns(_use_kwh=c("it_kwh") * c("pue"), _network_kwh=c("_network_kwh") * c("pue"))
    zero = nw.lit(0.0)
    return frame.with_columns(
        use_direct_kg_co2e=c("_use_kwh") * c("grid_direct"),
        use_losses_kg_co2e=c("_use_kwh") * c("grid_losses"),
        use_wtt_kg_co2e=c("_use_kwh") * c("grid_wtt"),
        use_life_cycle_kg_co2e=c("_use_kwh") * c("grid_life_cycle"),
        network_kg_co2e=c("_network_kwh") * c("grid_total"),
        embodied_unsplit_kg_co2e=nw.when(c("_usable") & (c("expects_embodied") == 1.0)).then(
            c("quantity") * c("embodied_per_unit")
        ),
        manufacture_kg_co2e=zero,
        transport_kg_co2e=zero,
        end_of_life_kg_co2e=zero,
        written_off_kg_co2e=zero,
        _use=nw.when(~(c("_use_kwh") * c("grid_total")).is_null()).then(c("_use_kwh") * c("grid_total")),
    )


def _states(frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Which rows are physical, which are set aside, and which wait for the fallback."""
    c = nw.col
    blank = nw.lit("")
    electricity = (c("_use").fill_null(0.0) != 0) | (c("network_kg_co2e").fill_null(0.0) != 0)
    whole = c("embodied_complete").fill_null(1.0) == 1.0
    missing = nw.concat_str(
        nw.when((c("expects_use") == 1.0) & c("_use").is_null()).then(nw.lit("use,")).otherwise(blank),
        nw.when(electricity & (c("grid_missing") != ""))
        .then(nw.concat_str(c("grid_missing"), nw.lit(",")))
        .otherwise(blank),
        nw.when((c("expects_embodied") == 1.0) & (c("embodied_unsplit_kg_co2e").is_null() | ~whole))
        .then(nw.lit("embodied,"))
        .otherwise(blank),
        nw.when((c("expects_network") == 1.0) & c("network_kg_co2e").is_null())
        .then(nw.lit("network,"))
        .otherwise(blank),
    ).str.strip_chars(",")
    known = ~c("_use").is_null() | ~c("embodied_unsplit_kg_co2e").is_null() | ~c("network_kg_co2e").is_null()
    frame = frame.with_columns(_missing=missing, _known=known)
    excluded = (
        nw.when(c("charge_class") != "usage")
        .then(c("charge_class"))
        .when(c("period_start") == "")
        .then(nw.lit("charge_period_missing"))
        .when(~c("_inside"))
        .then(nw.lit("outside_period"))
        .when(c("quantity_kind") == "not_physical")
        .then(nw.lit("not_physical"))
        .when(c("use_basis") == "counted_elsewhere")
        .then(nw.lit("counted_elsewhere"))
        .otherwise(blank)
    )
    frame = frame.with_columns(_excluded=excluded)
    return frame.with_columns(
        _state=nw.when(c("_excluded") != "")
        .then(nw.lit("excluded"))
        .when(c("_known") & (c("_missing") == ""))
        .then(nw.lit("estimated"))
        .when(c("_known"))
        .then(nw.lit("partial"))
        .otherwise(nw.lit("open")),
        _physical_kg=nw.sum_horizontal("_use", "network_kg_co2e", "embodied_unsplit_kg_co2e"),
    )


def _fallback(frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Rows without a physical figure take the first ratio that qualifies, in the order of the method."""
    c = nw.col
    is_open = c("_state") == "open"
    ratio = nw.coalesce("service_ratio", "provider_ratio")
    can = is_open & ~ratio.is_null() & ~c("list_cost").is_null() & (c("list_cost") != 0)
    by_service = can & ~c("service_ratio").is_null()
    # There is a factor, and nothing to multiply it by.
    expected = _zero("expects_use") + _zero("expects_network") + _zero("expects_embodied") > 0
    return frame.with_columns(
        _can=can,
        fallback_kg_co2e=nw.when(can).then(c("list_cost") * ratio).otherwise(nw.lit(0.0)),
        fallback_factor_id=nw.when(by_service)
        .then(c("service_factor_id"))
        .when(can)
        .then(c("provider_factor_id"))
        .otherwise(nw.lit("")),
        _fallback_down2=nw.coalesce("service_down2", "provider_down2"),
        _fallback_up2=nw.coalesce("service_up2", "provider_up2"),
        use_basis=nw.when(by_service)
        .then(nw.lit("service_ratio"))
        .when(can)
        .then(nw.lit("provider_ratio"))
        .when(c("_state") == "open")
        .then(nw.lit("none"))
        .when(c("_state") == "excluded")
        .then(nw.lit("none"))
        .otherwise(c("use_basis")),
        status=nw.when(can).then(nw.lit("fallback")).when(is_open).then(nw.lit("excluded")).otherwise(c("_state")),
        reason_code=nw.when(can & (c("quantity_kind") == "unknown"))
        .then(nw.lit("meter_without_physical_meaning"))
        .when(can & expected & c("quantity").is_null())
        .then(nw.lit("quantity_missing"))
        .when(can)
        .then(nw.concat_str(c("quantity_kind"), nw.lit("_without_factor")))
        .when(is_open)
        .then(nw.lit("no_basis"))
        .when(c("_state") == "partial")
        .then(nw.lit("factor_missing"))
        .otherwise(c("_excluded")),
    )


def _is_physical() -> nw.Expr:
    return (nw.col("status") == "estimated") | (nw.col("status") == "partial")


def _ranges(frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Central figures of the lines that count, each with low and high."""
    c = nw.col
    physical = _is_physical()

    def only(name: str) -> nw.Expr:
        return nw.when(physical).then(c(name)).otherwise(nw.lit(None, dtype=nw.Float64))

    def zeroed(name: str) -> nw.Expr:
        return nw.when(physical).then(c(name).fill_null(0.0)).otherwise(nw.lit(0.0))

    stages = ("use_direct", "use_losses", "use_wtt", "use_life_cycle", "network", "embodied_unsplit")
    frame = frame.with_columns(
        **{f"{s}_kg_co2e": only(f"{s}_kg_co2e") for s in stages},
        use_kwh=nw.when(physical & (~c("_use_kwh").is_null() | ~c("_network_kwh").is_null())).then(
            c("_use_kwh").fill_null(0.0) + c("_network_kwh").fill_null(0.0)
        ),
        _u=zeroed("_use"),
    )
    frame = frame.with_columns(
        _e=zeroed("embodied_unsplit_kg_co2e"),
        _n=zeroed("network_kg_co2e"),
        _f=c("fallback_kg_co2e"),
        _kwh_down2=_zero("kwh_down2") * c("expects_use").fill_null(0.0)
        + _zero("network_down2") * c("expects_network").fill_null(0.0)
        + _zero("pue_down2"),
        _kwh_up2=_zero("kwh_up2") * c("expects_use").fill_null(0.0)
        + _zero("network_up2") * c("expects_network").fill_null(0.0)
        + _zero("pue_up2"),
    )
    return frame.with_columns(
        **bounded("use_kwh", c("use_kwh"), c("_kwh_down2"), c("_kwh_up2")),
        **bounded("_uu", c("_u"), c("_kwh_down2") + _zero("grid_down2"), c("_kwh_up2") + _zero("grid_up2")),
        **bounded("_nn", c("_n"), c("_kwh_down2") + _zero("grid_down2"), c("_kwh_up2") + _zero("grid_up2")),
        **bounded("_ee", c("_e"), _zero("embodied_down2"), _zero("embodied_up2")),
        **bounded("_ff", c("_f"), _zero("_fallback_down2"), _zero("_fallback_up2")),
        _total=c("_u") + c("_e") + c("_n") + c("_f"),
    )


def _finish(frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Scopes and the columns of the contract."""
    c = nw.col
    physical = _is_physical()
    counted = physical | c("_can")
    down = sum_of_squares("low")
    up = sum_of_squares("high")
    nothing = nw.lit(None, dtype=nw.Float64)
    return frame.with_columns(
        kind=nw.lit("cloud"),
        period_end=c("last_day"),
        part=nw.coalesce("period_part", nw.lit(1)),
        category=c("service_category"),
        account=nw.when(c("sub_account") != "").then(c("sub_account")).otherwise(c("account")),
        total_kg_co2e=nw.when(counted).then(c("_total")).otherwise(nothing),
        total_kg_co2e_low=nw.when(counted).then(c("_total") - down.sqrt()).otherwise(nothing),
        total_kg_co2e_high=nw.when(counted).then(c("_total") + up.sqrt()).otherwise(nothing),
        use_kg_co2e_low=nw.when(physical).then(c("_uu_low")).otherwise(nothing),
        use_kg_co2e_high=nw.when(physical).then(c("_uu_high")).otherwise(nothing),
        embodied_kg_co2e_low=nw.when(physical).then(c("_ee_low")).otherwise(nothing),
        embodied_kg_co2e_high=nw.when(physical).then(c("_ee_high")).otherwise(nothing),
        purchase_year_kg_co2e=nw.when(counted).then(c("_e")).otherwise(nothing),
        fallback_kg_co2e=nw.when(counted).then(c("fallback_kg_co2e")).otherwise(nothing),
        disposal_kg_co2e=nw.when(counted).then(nw.lit(0.0)).otherwise(nothing),
        stages_missing=nw.when(c("status") == "partial").then(c("_missing")).otherwise(nw.lit("")),
        line_class=nw.when(physical).then(c("line_class")).otherwise(nw.lit("")),
        **{
            s: nw.when(counted).then(nw.lit("3.1")).otherwise(nw.lit(""))
            for s in ("use_scope", "upstream_scope", "embodied_scope")
        },
        **{
            n: nw.when(physical).then(c(n)).otherwise(nw.lit(""))
            for n in (
                "energy_factor_id",
                "utilisation_factor_id",
                "replication_factor_id",
                "network_factor_id",
                "embodied_factor_id",
                "life_factor_id",
                "embodied_basis",
                "pue_factor_id",
                "grid_factor_id",
                "loss_factor_id",
                "wtt_factor_id",
            )
        },
    )


def _zero(name: str) -> nw.Expr:
    return nw.col(name).fill_null(0.0)


def sum_of_squares(side: str) -> nw.Expr:
    """Deviations of use, embodied, network and fallback of a line on one side, squared and added."""
    pairs = (("_u", "_uu"), ("_e", "_ee"), ("_n", "_nn"), ("_f", "_ff"))
    return sum((nw.col(f"{wide}_{side}") - nw.col(mid)) ** 2 for mid, wide in pairs)  # type: ignore[return-value]
