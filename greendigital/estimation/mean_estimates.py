"""Embodied carbon of products whose report gives a 95th percentile and no phases.

Such a row enters by its mean estimate alone, never by its total, and the mean has no split: the embodied part is that
share of it which the same maker's reports of the same kind of device give, in the middle. Where fewer than twenty
reports tell the share, nothing is worked out and the category's figure stands.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from statistics import median, quantiles
from typing import NamedTuple

from greendigital.estimation.ranges import default_width
from greendigital.factorset import Factor, FactorLibrary
from greendigital.matching import Match

P95 = "p95"
_FEWEST_REPORTS = 20
_WHOLE_LIFE = "manufacture_transport_end_of_life"


class EmbodiedShare(NamedTuple):
    """Share of the whole-life total that is not use: 5th percentile, middle and 95th percentile of some reports."""

    low: float
    middle: float
    high: float
    n_reports: int


def embodied_of_mean_estimates(library: FactorLibrary, match: Match, width_kind: str) -> Factor | None:
    """Embodied kg CO2e of one device from the mean estimates of its rows; None without one, or without a share.

    Returns
    -------
    Factor
        Mean of the total worked out from the 95th percentile x embodied share of the maker's reports of that kind.
        The range joins the width of a product figure, the span of the share and that of the rows.
    """
    rows = [r for r in match.products if r.get("statistic") == P95 and r.get("mean_estimate_kg_co2e")]
    if not rows:
        return None
    first = min(rows, key=lambda r: str(r["pcf_id"]))
    share = _embodied_shares(library, first["set_name"]).get((first["manufacturer"], first["device_type"]))
    if share is None:
        return None
    totals = [r["mean_estimate_kg_co2e"] for r in rows]
    total = median(totals)
    ids = sorted(r["pcf_id"] for r in rows)
    factor = Factor(
        factor_id=f"derived:mean-estimate:{'+'.join(ids)}",
        activity="device_embodied",
        value=total * share.middle,
        unit="kg_co2e/device",
        set_name="derived",
        edition=library.sets[first["set_name"]].edition,
        basis=_WHOLE_LIFE,
        data_year=first["report_year"],
        error_group=f"maker:{first['manufacturer'].lower()}:device_embodied",
        shared_share=library.factor("assumption-product-shared-error").value,
        width_kind=width_kind,
        source_id=first["source_id"],
        source_locator=first["source_url"] or "",
        interval="p5_p95",
        note=f"{first['manufacturer']} {first['model']}: mean of {total:g} kg worked out from the 95th percentile, "
        f"x {share.middle:.2g}, the embodied share in the middle of {share.n_reports} reports of the maker for "
        f"{first['device_type']}, {share.low:.2g} to {share.high:.2g} ({', '.join(ids)})",
    )
    width = default_width(factor, library)
    down = math.hypot(
        math.log(factor.value / width.low), math.log(share.middle / share.low), math.log(total / min(totals))
    )
    up = math.hypot(
        math.log(width.high / factor.value), math.log(share.high / share.middle), math.log(max(totals) / total)
    )
    low, high = factor.value * math.exp(-down), factor.value * math.exp(up)
    return library.in_place_of(replace(factor, low=low, high=high))


@lru_cache(maxsize=8)
def _embodied_shares(library: FactorLibrary, set_name: str) -> Mapping[tuple[str, str], EmbodiedShare]:
    """Embodied share by maker and device type, of the reports that split a mean total."""
    shares: dict[tuple[str, str], list[float]] = {}
    for row in library.table(set_name, "products"):
        split = row["usable_embodied"] and row["total_kg_co2e"] and row["boundary"] == _WHOLE_LIFE
        if split and row["upstream_status"] == "current" and row["statistic"] != P95:
            key = (row["manufacturer"], row["device_type"])
            shares.setdefault(key, []).append(row["embodied_kg_co2e"] / row["total_kg_co2e"])
    return {key: _middle(values) for key, values in shares.items() if len(values) >= _FEWEST_REPORTS}


def _middle(values: list[float]) -> EmbodiedShare:
    twentieths = quantiles(values, n=20)
    return EmbodiedShare(twentieths[0], median(values), twentieths[-1], len(values))
