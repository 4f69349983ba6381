"""The hardware body: one set of Narwhals expressions for pandas, Polars and DuckDB.

Distinct models, places and service spans are resolved in plain Python (:mod:`hardware_tables`); the frame only joins
the resolution tables and multiplies.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw

from greendigital import frames
from greendigital.columns import ASSET_IDENTITY, ASSETS, LINES, schema
from greendigital.config_sections import Site
from greendigital.errors import UsageError
from greendigital.estimation.equipment import CONFIGURATION, SERVERS
from greendigital.estimation.equipment import SEPARATOR as CELLS
from greendigital.estimation.expressions import bounded, coalesce_text, key_of, text_column
from greendigital.estimation.hardware_tables import (
    PLACE_KEY,
    PRODUCT_KEY,
    SERVICE_KEY,
    place_table,
    product_table,
    service_table,
)
from greendigital.estimation.site_meters import calibrate
from greendigital.estimation.tables import RunTables

_TEXT = [c.name for c in (*ASSETS, *ASSET_IDENTITY) if c.kind in ("string", "date")]
_NUMBERS = [c.name for c in (*ASSETS, *ASSET_IDENTITY) if c.kind in ("float", "int")]
_FLAGS = [c.name for c in (*ASSETS, *ASSET_IDENTITY) if c.kind == "bool"]
_STAGES = ("manufacture", "transport", "end_of_life", "embodied_unsplit")
EXTRA, EXTRA_TEXT = ("device_embodied_kg_co2e", "device_mass_kg"), ("device_mass_from",)
"""Working columns beside those of ``lines.parquet``: embodied carbon of one new device; of one that leaves its mass,
and whether that is stated for it (``asset``), the product's or its category's."""


def hardware_lines(frame: Any, tables: RunTables, connection: Any = None) -> nw.LazyFrame[Any]:
    """Lines of an assets frame, one per device row, part of the period and place.

    Parameters
    ----------
    frame
        Any supported dataframe with columns of :data:`greendigital.columns.ASSETS`; missing ones are empty.
    tables
        What the tables of the run share; every factor used is added to it.
    connection
        DuckDB connection of the frame, needed only for a DuckDB relation.

    Returns
    -------
    The lines with the columns of :data:`greendigital.columns.LINES` and of :data:`EXTRA` and ``EXTRA_TEXT``.

    Raises
    ------
    FactorError
        If factors of unlike basis would have to be added, or a factor set is incomplete.
    """
    prepared = prepare(frame).with_columns(_zone=_zone_of(tables.config.sites))
    active = prepared.filter((nw.col("set_aside") == "") & (nw.col("merged_into") == ""))
    passive = prepared.filter((nw.col("set_aside") != "") | (nw.col("merged_into") != ""))

    def join(left: nw.LazyFrame[Any], found: tuple[Mapping[str, list[Any]], Mapping[str, str]], on: list[str]) -> Any:
        right = frames.table(left, *found, connection=connection)
        return left.join(right, on=on, how="left")

    # Before the joins, which a question to the joined frame would run again.
    products, places = (_distinct(active, k, p) for k, p in (("_product_key", PRODUCT_KEY), ("_place_key", PLACE_KEY)))
    active = active.with_columns(_product_key=key_of(PRODUCT_KEY), _place_key=key_of(PLACE_KEY))
    active = join(active, product_table(tables, products), ["_product_key"])
    active = active.with_columns(life_years=nw.coalesce("planned_life_years", "life_default"))
    active = active.with_columns(_life=coalesce_text("life_years"))
    services = _distinct(active, "_service_key", SERVICE_KEY)
    active = active.with_columns(_service_key=key_of(SERVICE_KEY))
    active = join(active, service_table(tables, services), ["_service_key"])
    active = join(active, place_table(tables, places), ["_place_key", "period_part"])
    return nw.concat([_estimate(active, tables, connection), _set_aside(passive)], how="vertical")


def prepare(frame: Any) -> nw.LazyFrame[Any]:
    """The frame with every canonical column, typed: text without missing values, numbers as floats."""
    lazy = frames.as_lazy(frame)
    present = set(lazy.collect_schema().names())
    if not {"category", "model"} & present:
        raise UsageError("The frame has neither a column category nor model, so no device can be told.")
    flags = []
    for name in _FLAGS:
        if name not in present:
            flags.append(nw.lit("").alias(name))
        else:
            flags.append(text_column(name).str.to_lowercase().alias(name))
    lazy = lazy.with_columns(
        *[text_column(n) if n in present else nw.lit("").alias(n) for n in _TEXT],
        *[
            nw.col(n).cast(nw.Float64) if n in present else nw.lit(None, dtype=nw.Float64).alias(n)
            for n in _NUMBERS
            if n not in ("source_row",)
        ],
        *flags,
    )
    day = [c.name for c in (*ASSETS, *ASSET_IDENTITY) if c.kind == "date"]
    lazy = lazy.with_columns(*[nw.col(n).str.slice(0, 10) for n in day])
    if "source_row" not in present:
        raise KeyError("source_row")
    return lazy.with_columns(
        nw.col("source_row").cast(nw.Int64),
        quantity=nw.coalesce(nw.col("quantity"), nw.lit(1.0)),
        _year=nw.col("acquired_date").str.slice(0, 4),
        _screen=coalesce_text("screen_size_inches"),
        _home=coalesce_text("home_share"),
        _pue=coalesce_text("pue"),
        _configuration=_configuration(),
        country_assumed=nw.when(nw.col("country") == "").then(nw.lit("true")).otherwise(nw.col("country_assumed")),
        **{
            name: nw.when(nw.col(name) == "").then(nw.lit(default)).otherwise(nw.col(name))
            for name, default in (
                ("status", "in_use"),
                ("location_type", "office"),
                ("ownership", "owned"),
                ("condition", "new"),
                ("country", "GBR"),
            )
        },
    )


def _configuration() -> nw.Expr:
    """What a line says of a server's make-up and load; empty for other devices, to keep distinct models few."""
    category = nw.col("category")
    # Without a type the model's name must tell a server; only servers come with processors counted, or a load.
    counted = ~nw.col("cpu_units").is_null() | ~nw.col("utilisation_share").is_null()
    is_server = category.is_in(list(SERVERS)) | (category.is_in(["", "other"]) & counted)
    cells = [nw.col(name) if name == "cpu_model" else coalesce_text(name) for name in CONFIGURATION]
    return nw.when(is_server).then(nw.concat_str(*cells, separator=CELLS)).otherwise(nw.lit(""))


def _zone_of(sites: Mapping[str, Site]) -> nw.Expr:
    """Grid zone of the site of a line; empty where the configuration names none."""
    found = nw.lit("")
    for name, site in sites.items():
        if site.grid_zone:
            found = (
                nw.when(nw.col("site").str.to_lowercase() == name.lower()).then(nw.lit(site.grid_zone)).otherwise(found)
            )
    return found


def _distinct(frame: nw.LazyFrame[Any], key: str, parts: tuple[str, ...]) -> list[dict[str, str]]:
    # Sorted: the order of distinct rows is left to the engine, and a table must not depend on it.
    distinct = frame.select(*parts).unique().with_columns(key_of(parts).alias(key))
    found = frames.rows(distinct.sort(key), [key, *parts])
    return [dict(zip((key, *parts), row, strict=True)) for row in found]


def _estimate(frame: nw.LazyFrame[Any], tables: RunTables, connection: Any = None) -> nw.LazyFrame[Any]:
    """All figures of the active rows."""
    c = nw.col
    # A device that was retired in the period drew power until then; stock and repair draw nothing.
    draws = c("status").is_in(["in_use", "retired", "disposed"]).cast(nw.Float64)
    served = c("time_reason") == ""
    frame = frame.with_columns(
        _active=served,
        annual_kwh=nw.coalesce(c("annual_kwh"), c("product_kwh")),
        _metered=~c("annual_kwh").is_null(),
        _draws=draws == 1.0,
    )
    frame = frame.with_columns(
        use_kwh=nw.when(c("_active"))
        .then(
            nw.when(draws == 0)
            .then(nw.lit(0.0))
            .otherwise(c("annual_kwh") * c("quantity") * c("years") * c("pue_applied") * c("use_share"))
        )
        .otherwise(nw.lit(None, dtype=nw.Float64)),
        _embodied_share=nw.when(c("_active")).then(c("quantity") * c("embodied_share") * c("charged_share")),
        _written_off=nw.when(c("_active")).then(c("quantity") * c("embodied_share") * c("written_off_share")),
    )
    frame = _carbon(calibrate(frame, tables, connection))
    frame = _states(frame)
    return _finish(frame, tables)


def _carbon(frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Kilograms by component, and their ranges."""
    c = nw.col
    frame = frame.with_columns(
        use_direct_kg_co2e=c("use_kwh") * c("grid_direct"),
        use_losses_kg_co2e=c("use_kwh") * c("grid_losses"),
        use_wtt_kg_co2e=c("use_kwh") * c("grid_wtt"),
        use_life_cycle_kg_co2e=c("use_kwh") * c("grid_life_cycle"),
        **{f"{s}_kg_co2e": c(f"device_{s}") * c("_embodied_share") for s in _STAGES},
        written_off_kg_co2e=c("device_total") * c("_written_off"),
        transferred_kg_co2e=c("device_total") * c("quantity") * c("embodied_share") * c("transferred_share"),
        purchase_year_kg_co2e=nw.when(c("_active") & (c("embodied_scope") != "")).then(
            (c("device_total") - c("device_end_of_life")) * c("quantity") * c("embodied_share") * c("bought")
        ),
        # A device outside the inventory (BYOD, leased without control) brings no waste of the organisation either.
        disposal_kg_co2e=nw.when(c("_active") & ((c("left_part") == 0) | (c("embodied_scope") == "")))
        .then(nw.lit(0.0))
        .when(c("_active"))
        .then(nw.coalesce("mass_kg", "mass_default") * c("quantity") * c("embodied_share") * c("waste_kg_co2e_per_kg")),
    )
    zero = nw.lit(0.0)
    use = nw.sum_horizontal(*(f"use_{n}_kg_co2e" for n in ("direct", "losses", "wtt", "life_cycle")))
    embodied = nw.sum_horizontal(*(f"{s}_kg_co2e" for s in _STAGES), "written_off_kg_co2e")
    frame = frame.with_columns(_use=use, _embodied=embodied)
    kwh_down = c("energy_down2").fill_null(0.0) * (~c("_metered")).cast(nw.Float64) + c("pue_down2").fill_null(0.0)
    kwh_up = c("energy_up2").fill_null(0.0) * (~c("_metered")).cast(nw.Float64) + c("pue_up2").fill_null(0.0)
    frame = frame.with_columns(
        total_kg_co2e=c("_use") + c("_embodied"),
        **bounded("use_kwh", c("use_kwh"), kwh_down, kwh_up),
        **bounded(
            "use_kg_co2e", c("_use"), kwh_down + c("grid_down2").fill_null(0.0), kwh_up + c("grid_up2").fill_null(0.0)
        ),
        **bounded(
            "embodied_kg_co2e", c("_embodied"), c("embodied_down2").fill_null(0.0), c("embodied_up2").fill_null(0.0)
        ),
    )
    down = (c("_use") - c("use_kg_co2e_low")) ** 2 + (c("_embodied") - c("embodied_kg_co2e_low")) ** 2
    up = (c("use_kg_co2e_high") - c("_use")) ** 2 + (c("embodied_kg_co2e_high") - c("_embodied")) ** 2
    return frame.with_columns(
        total_kg_co2e_low=c("total_kg_co2e") - down.sqrt(),
        total_kg_co2e_high=c("total_kg_co2e") + up.sqrt(),
        network_kg_co2e=zero,
        fallback_kg_co2e=zero,
    )


def _states(frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Status, reason and missing stages of each row."""
    c = nw.col
    has_use = ~c("use_kwh").is_null() & ((c("use_kwh") == 0) | ~c("grid_total").is_null())
    has_embodied = ~c("device_total").is_null() & ~c("charged_share").is_null()
    frame = frame.with_columns(_has_use=has_use, _has_embodied=has_embodied | (c("embodied_share") == 0))
    blank = nw.lit("")
    missing = nw.concat_str(
        nw.when(~c("_has_use")).then(nw.lit("use,")).otherwise(blank),
        nw.when(c("_has_use") & (c("use_kwh") != 0) & (c("grid_missing") != ""))
        .then(nw.concat_str(c("grid_missing"), nw.lit(",")))
        .otherwise(blank),
        nw.when(~c("_has_embodied")).then(nw.lit("embodied,")).otherwise(blank),
    ).str.strip_chars(",")
    frame = frame.with_columns(stages_missing=nw.when(c("_active")).then(missing).otherwise(blank))
    nothing = (~c("_has_use") | (c("use_kwh") == 0) & (c("annual_kwh").is_null())) & ~c("_has_embodied")
    return frame.with_columns(
        status=nw.when(~c("_active"))
        .then(nw.lit("excluded"))
        .when(nothing)
        .then(nw.lit("excluded"))
        .when(c("stages_missing") != "")
        .then(nw.lit("partial"))
        .otherwise(nw.lit("estimated")),
        reason_code=nw.when(~c("_active"))
        .then(c("time_reason"))
        .when(c("product_reason") != "")
        .then(c("product_reason"))
        .when(nothing)
        .then(nw.lit("no_factor"))
        .when(c("stages_missing") != "")
        .then(nw.lit("factor_missing"))
        .when(c("transferred_kg_co2e") > 0)
        .then(nw.lit("transferred_to_another_owner"))
        .when(c("country_assumed") == "true")
        .then(nw.lit("country_assumed"))
        .when(c("acquired_date") == "")
        .then(nw.lit("acquired_date_unknown"))
        .otherwise(nw.lit("")),
        use_basis=nw.when(~c("_draws"))
        .then(nw.lit("none"))
        .when(c("_metered"))
        .then(nw.lit("metered"))
        .otherwise(c("product_use_basis")),
    )


_FIGURES = [c.name for c in LINES if c.aggregation == "sum" or c.name.endswith(("_low", "_high"))]
_MONEY = ("billed_cost", "effective_cost", "list_cost", "currency")


def _finish(frame: nw.LazyFrame[Any], tables: RunTables) -> nw.LazyFrame[Any]:
    """Columns in the order of the contract; an excluded row carries no figure."""
    c = nw.col
    counted = c("status") != "excluded"
    leaves = (c("status") == "disposed") | (c("disposal_date") != "") | (c("disposal_route") != "")
    frame = frame.with_columns(
        part=(c("period_part") + c("part_offset").fill_null(0)),
        kind=nw.lit("hardware"),
        line_class=nw.lit("device"),
        quantity_kind=nw.lit("devices"),
        quantity_unit=nw.lit("device"),
        service_years=c("years"),
        pue=c("pue_applied"),
        use_scope=c("place_use_scope"),
        location_type=c("place_location_type"),
        category=nw.when(c("matched_category") == "").then(c("category")).otherwise(c("matched_category")),
        period_start=c("part_start"),
        period_end=c("part_end"),
        utilisation_factor_id=nw.when(c("_metered") | (c("use_basis") == "none"))
        .then(nw.lit(""))
        .otherwise(c("utilisation_factor_id")),
        utilisation_share=nw.when(c("_metered"))
        .then(c("utilisation_share"))
        .otherwise(nw.coalesce("utilisation_share", "product_utilisation")),
        energy_factor_id=nw.when(c("_metered") | (c("use_basis") == "none"))
        .then(nw.lit(""))
        .otherwise(c("product_energy_id")),
        life_factor_id=nw.when(c("planned_life_years").is_null()).then(c("product_life_id")).otherwise(nw.lit("")),
        disposal_factor_id=nw.when(c("disposal_kg_co2e") > 0).then(c("waste_factor_id")).otherwise(nw.lit("")),
        # What a new one would carry is not known of a device that came refurbished.
        device_embodied_kg_co2e=nw.when(c("condition") == "new").then(c("device_total")),
        # A batch of disposals is weighed in whatever year it left, so that an excluded row keeps its mass.
        device_mass_kg=nw.when(leaves).then(nw.coalesce("mass_kg", "mass_default")),
        device_mass_from=nw.when(leaves & ~c("mass_kg").is_null())
        .then(nw.lit("asset"))
        .when(leaves)
        .then(c("mass_from"))
        .otherwise(nw.lit("")),
    )
    figures = [*(n for n in _FIGURES if n not in _MONEY), "device_embodied_kg_co2e"]
    ids = [c.name for c in LINES if c.name.endswith("_factor_id") or c.name.endswith("_scope")]
    present = set(frame.collect_schema().names())
    frame = frame.with_columns(
        *[nw.when(counted).then(c(n)).otherwise(nw.lit(None, dtype=nw.Float64)).alias(n) for n in figures],
        *[
            nw.when(counted).then(c(n)).otherwise(nw.lit("")).alias(n) if n in present else nw.lit("").alias(n)
            for n in ids
        ],
    )
    return select_lines(name_overrides(frame, tables), EXTRA, EXTRA_TEXT)


def _set_aside(frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Merged rows and rows that are no hardware: lines without figures."""
    c = nw.col
    merged = c("merged_into") != ""
    frame = frame.with_columns(
        part=nw.lit(1, dtype=nw.Int64),
        kind=nw.lit("hardware"),
        line_class=nw.lit(""),
        status=nw.when(merged).then(nw.lit("merged")).otherwise(nw.lit("excluded")),
        reason_code=nw.when(merged).then(nw.lit("merged")).otherwise(c("set_aside")),
        quantity_kind=nw.lit("devices"),
        quantity_unit=nw.lit("device"),
        pue=nw.lit(None, dtype=nw.Float64),
        annual_kwh=nw.lit(None, dtype=nw.Float64),
        utilisation_share=nw.lit(None, dtype=nw.Float64),
    )
    return select_lines(frame, EXTRA, EXTRA_TEXT)


def name_overrides(frame: nw.LazyFrame[Any], tables: RunTables) -> nw.LazyFrame[Any]:
    """The column of the overrides that a line's factors are, or were made of."""
    overrides = tables.overrides()
    if not overrides:
        return frame
    present = set(frame.collect_schema().names())
    columns = [c.name for c in LINES if c.name.endswith("_factor_id") and c.name in present]
    named = [
        nw.when(nw.any_horizontal(*(nw.col(c).is_in(ids) for c in columns), ignore_nulls=True)).then(nw.lit(override))
        for override, ids in sorted(overrides.items())
    ]
    return frame.with_columns(override_ids=nw.concat_str(*named, separator=",", ignore_nulls=True))


def select_lines(
    frame: nw.LazyFrame[Any], extra: tuple[str, ...] = (), text_extra: tuple[str, ...] = ()
) -> nw.LazyFrame[Any]:
    """Exactly the columns of the contract, in order and typed; absent ones are empty."""
    present = set(frame.collect_schema().names())
    kinds = {"string": nw.String, "date": nw.String, "float": nw.Float64, "int": nw.Int64, "bool": nw.Boolean}
    wanted = [*schema(LINES).items(), *((name, "float") for name in extra), *((name, "string") for name in text_extra)]
    columns = []
    for name, kind in wanted:
        column = nw.col(name) if name in present else nw.lit(None, dtype=kinds[kind]())
        if kind in ("string", "date"):
            column = nw.when(column != "").then(column) if name in present else column
        columns.append(column.cast(kinds[kind]()).alias(name))
    # The number of the row in its frame, by which the lines of many rows are made block by block.
    return frame.select(*columns, *(["place"] if "place" in present else []))
