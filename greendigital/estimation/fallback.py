"""The fallback by cost: kg CO2e per unit of list cost of this bill's own physical lines.

Tiers, in this order: same service and region; same provider. A ratio needs enough physical lines, their electricity
known, and a large enough share of the list cost of its own population (both in the assumptions set); it is a derived
factor with an id, its numerator and its denominator.
"""

from __future__ import annotations

import math
from typing import Any

import narwhals as nw

from greendigital import frames
from greendigital.estimation.tables import RunTables, Table, columnar
from greendigital.factorset import Factor

FALLBACK_KEYS = {
    "_service_fallback": ("source_id", "provider", "service", "region", "currency"),
    "_provider_fallback": ("source_id", "provider", "currency"),
}


def fallback_tables(tables: RunTables, physical: nw.LazyFrame[Any]) -> dict[str, Table]:
    """One table per tier: the join key, the ratio, its factor id and squared log widths."""
    return {
        name: _tier_table(tables, physical, name, parts, name.split("_")[1]) for name, parts in FALLBACK_KEYS.items()
    }


def _tier_table(tables: RunTables, physical: nw.LazyFrame[Any], key: str, parts: tuple[str, ...], tier: str) -> Table:
    c = nw.col
    counts = (c("_state") == "estimated") | (c("_state") == "partial")
    # A line of which only the embodied figure is known (a region without a country) would make the ratio far too low.
    is_physical = counts & ~(c("_use").is_null() & c("network_kg_co2e").is_null())
    eligible = physical.filter(counts | (c("_state") == "open"))
    grouped = (
        eligible.with_columns(
            _n=is_physical.cast(nw.Int64),
            _kg=nw.when(is_physical).then(c("_physical_kg")).otherwise(nw.lit(0.0)),
            _cost=nw.when(is_physical).then(c("list_cost").fill_null(0.0)).otherwise(nw.lit(0.0)),
            _all=c("list_cost").fill_null(0.0),
        )
        .group_by(key, *parts)
        .agg(
            c("_n").sum().alias("n"),
            c("_kg").sum().alias("kg"),
            c("_cost").sum().alias("cost"),
            c("_all").sum().alias("all_cost"),
        )
        .sort(key)
    )
    columns = [key, *parts, "n", "kg", "cost", "all_cost"]
    rows = []
    for row in sorted(frames.rows(grouped, columns), key=lambda r: str(r[0])):
        found = dict(zip(columns, row, strict=True))
        factor = cost_ratio(tables, found, parts, tier)
        if factor is not None:
            down2, up2 = tables.widths(factor)
            rows.append(
                {
                    key: found[key],
                    f"{tier}_ratio": factor.value,
                    f"{tier}_factor_id": tables.use(factor),
                    f"{tier}_down2": down2,
                    f"{tier}_up2": up2,
                }
            )
    schema = {
        key: "string",
        f"{tier}_ratio": "float",
        f"{tier}_factor_id": "string",
        f"{tier}_down2": "float",
        f"{tier}_up2": "float",
    }
    return columnar(rows, schema)


def cost_ratio(tables: RunTables, found: dict[str, Any], parts: tuple[str, ...], tier: str) -> Factor | None:
    """The ratio of a population, or None where it does not qualify."""
    fewest = tables.library.factor("assumption-fallback-min-lines").value
    least_share = tables.library.factor("assumption-fallback-min-cost-share").value
    if found["n"] < fewest or found["cost"] <= 0 or found["kg"] <= 0 or not math.isfinite(found["kg"]):
        return None
    if found["cost"] < least_share * found["all_cost"]:
        return None
    name = ":".join(str(found[p]) for p in parts if found[p])
    value = found["kg"] / found["cost"]
    currency = str(found["currency"] or "unit of currency")
    factor = Factor(
        factor_id=f"derived:{tier}-ratio:{name}",
        activity="cost_ratio",
        value=value,
        unit=f"kg_co2e/{currency}",
        set_name="derived",
        edition="",
        width_kind="fallback",
        n_values=float(found["n"]),
        note=(
            f"{found['kg']:.6g} kg CO2e / {found['cost']:.6g} {currency} of list cost, {found['n']} physical lines, "
            f"{found['cost'] / found['all_cost']:.0%} of the list cost of their population"
        ),
    )
    return tables.library.in_place_of(factor)
