"""Totals and groups of a footprint: each a group-by of the lines over group keys and factor ids, then ranges."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from greendigital.columns import STAGE_COLUMNS
from greendigital.estimation.scopes import DISPOSAL_SCOPE, INVENTORY_SCOPES
from greendigital.footprint.store import LineStore
from greendigital.uncertainty import COMPONENT_SOURCES, FACTOR_COLUMNS, Figure, Spread, Sum, spreads, sum_components

USE = STAGE_COLUMNS[:4]
EMBODIED = STAGE_COLUMNS[4:8]
INVENTORY = (*USE, "network_kg_co2e", "fallback_kg_co2e", "purchase_year_kg_co2e", "disposal_kg_co2e")

STAGES: dict[str, tuple[str, ...]] = {
    "manufacture": ("manufacture_kg_co2e",),
    "transport": ("transport_kg_co2e",),
    "embodied_unsplit": ("embodied_unsplit_kg_co2e",),
    "use": USE,
    "network": ("network_kg_co2e",),
    "end_of_life": ("end_of_life_kg_co2e",),
    "written_off": ("written_off_kg_co2e",),
    "fallback": ("fallback_kg_co2e",),
}
COMPONENTS: dict[str, tuple[str, ...]] = {
    "use_direct": (USE[0],),
    "use_losses": (USE[1],),
    "use_wtt": (USE[2],),
    "use_life_cycle": (USE[3],),
    "embodied_annualised": EMBODIED,
    "written_off": ("written_off_kg_co2e",),
    "network": ("network_kg_co2e",),
    "fallback": ("fallback_kg_co2e",),
}
_BY_METER = """
    (SELECT l.* REPLACE (CASE WHEN by_meter THEN meter_factor_id ELSE energy_factor_id END AS energy_factor_id,
                         CASE WHEN by_meter THEN NULL ELSE utilisation_factor_id END AS utilisation_factor_id),
            CASE WHEN by_meter THEN calibrated_share ELSE 1 - coalesce(calibrated_share, 0) END AS source_share
     FROM lines l, (VALUES (true), (false)) AS s(by_meter)
     WHERE by_meter = (calibrated_share IS NOT NULL) OR (NOT by_meter AND calibrated_share < 1))
"""
"""The lines with each calibrated one in two: what a site meter gave errs as the meter does, the rest as its model."""

_EMBODIED_BASIS = (*EMBODIED, "written_off_kg_co2e")
_MONTHS = """
    (SELECT strftime(m, '%Y-%m') AS month,
            greatest(m, l.period_start) AS first, least(last_day(m), l.period_end) AS last
     FROM unnest(generate_series(date_trunc('month', l.period_start), l.period_end, INTERVAL 1 MONTH)) AS s(m))
"""


class Totals:
    """Figures of a line store.

    Low and high are the 5th and 95th percentile; they are not additive over groups, the central figures are.
    """

    def __init__(self, store: LineStore) -> None:
        self.store = store

    @cached_property
    def known(self) -> dict[str, Spread]:
        """Sources of error of each factor used."""
        return spreads(self.store.factors())

    @cached_property
    def signatures(self) -> list[dict[str, Any]]:
        """Component sums by kind, scopes and factor ids."""
        return self._signatures(["kind", "use_scope", "upstream_scope", "embodied_scope"])

    @cached_property
    def _has_meters(self) -> bool:
        return bool(self.store.query("SELECT 1 FROM lines WHERE calibrated_share IS NOT NULL LIMIT 1"))

    @property
    def _source(self) -> str:
        return _BY_METER if self._has_meters else "lines"

    def _signatures(self, keys: Sequence[str], weight: str = "", source: str = "") -> list[dict[str, Any]]:
        source = source or f"{self._source} l"
        weight += " * source_share" if self._has_meters else ""
        components = ", ".join(f'sum("{c}"{weight}) AS "{c}"' for c in COMPONENT_SOURCES)
        columns = ", ".join(f'"{c}"' for c in (*keys, *FACTOR_COLUMNS))
        order = ", ".join(f'"{c}" NULLS LAST' for c in (*keys, *FACTOR_COLUMNS))
        return self.store.query(
            f"SELECT {columns}, {components} FROM {source} WHERE status IN ('estimated', 'partial', 'fallback') "
            f"GROUP BY {columns} ORDER BY {order}"
        )

    def by_site_in_scope_2(self) -> list[dict[str, Any]]:
        """Signatures of the electricity in scope 2 by site, for the market-based figure."""
        return [row for row in self._signatures(["site", "use_scope", "kind"]) if row["use_scope"] == "2"]

    def sum(self, components: Sequence[str], where: Mapping[str, Any] | None = None) -> Sum:
        """The named components over all lines, or over those with the given kind or scope."""
        chosen = [s for s in self.signatures if all(s[k] == v for k, v in (where or {}).items())]
        return sum_components(chosen, components, self.known)

    def figure(self, components: Sequence[str], where: Mapping[str, Any] | None = None) -> Figure:
        """Low, central and high of :meth:`sum`."""
        return self.sum(components, where).figure()

    def grouped(self, keys: Sequence[str], components: Sequence[str] = STAGE_COLUMNS) -> dict[tuple[Any, ...], Figure]:
        """Management total by group; lines without the attribute stand under None.

        Parameters
        ----------
        keys
            Columns of the lines; ``month`` spreads each line by days over its period.
        """
        signatures = self._by_month(keys) if "month" in keys else self._signatures(list(keys))
        groups: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
        for row in signatures:
            groups[tuple(row[k] for k in keys)].append(row)
        return {key: sum_components(rows, components, self.known).figure() for key, rows in groups.items()}

    def _by_month(self, keys: Sequence[str]) -> list[dict[str, Any]]:
        """Signatures by calendar month and any other keys: lines of one period are added up before they are spread."""
        others = [key for key in keys if key != "month"]
        if self._has_meters:
            others.append("source_share")
        columns = ", ".join(f'"{c}"' for c in (*others, *FACTOR_COLUMNS, "status", "period_start", "period_end"))
        amounts = ", ".join(f'sum("{c}") AS "{c}"' for c in COMPONENT_SOURCES)
        of_periods = f"(SELECT {columns}, {amounts} FROM {self._source} l GROUP BY {columns})"
        source = (
            "(SELECT l.* EXCLUDE (period_start, period_end), x.month AS month, "
            "(date_diff('day', x.first, x.last) + 1)::DOUBLE / (date_diff('day', l.period_start, l.period_end) + 1) "
            f"AS day_share FROM {of_periods} l, LATERAL {_MONTHS} x)"
        )
        return self._signatures(list(keys), " * day_share", source)

    def by_basis(self) -> dict[str | None, Figure]:
        """Management total by where the figure came from; use and embodied of a line each by its own basis."""
        found: dict[str | None, Sum] = defaultdict(Sum)
        for row in self._signatures(["use_basis", "embodied_basis"]):
            for component in STAGE_COLUMNS:
                if row[component]:
                    basis = row["embodied_basis" if component in _EMBODIED_BASIS else "use_basis"]
                    ids = (row[name] for name in COMPONENT_SOURCES[component])
                    found[basis].add(row[component], ids, self.known)
        return {basis: total.figure() for basis, total in found.items()}

    def scopes(self) -> dict[str, Figure]:
        """Inventory by scope and category, GHG Protocol view; all seven keys always stand."""
        found = {scope: Sum() for scope in INVENTORY_SCOPES}
        for row in self.signatures:
            for component in INVENTORY:
                scope = _scope_of(row, component)
                amount = row[component]
                if amount and scope:
                    ids = (row[name] for name in COMPONENT_SOURCES[component])
                    found[scope].add(amount, ids, self.known)
        return {scope: total.figure() for scope, total in found.items()}


def _scope_of(row: Mapping[str, Any], component: str) -> str:
    """The scope that a component of a signature belongs to in the inventory view."""
    if component in ("use_losses_kg_co2e", "use_wtt_kg_co2e"):
        return str(row["upstream_scope"] or "")
    if component == "purchase_year_kg_co2e":
        return str(row["embodied_scope"] or "")
    if component == "disposal_kg_co2e":
        return DISPOSAL_SCOPE
    return str(row["use_scope"] or "")
