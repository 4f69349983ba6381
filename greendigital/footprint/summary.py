"""``summary.json`` as plain data: every key of the contract, from the lines and factors alone where they can say it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from greendigital.columns import STAGE_COLUMNS
from greendigital.config import Config
from greendigital.errors import GreenDigitalError
from greendigital.footprint.cost_coverage import NO_COSTS, cost_coverage
from greendigital.footprint.market import MarketBased
from greendigital.footprint.splits import SPLITS, splits_document
from greendigital.footprint.store import LineStore
from greendigital.footprint.totals import COMPONENTS, INVENTORY, STAGES, Totals
from greendigital.inputs import InputRecord
from greendigital.period import Period
from greendigital.uncertainty import Figure
from greendigital.usage.overlap import IN_OTHER_BILL

SCHEMA = "greendigital/summary/1"
_RANK = (
    "CASE status WHEN 'merged' THEN 1 WHEN 'excluded' THEN 2 WHEN 'estimated' THEN 3 WHEN 'fallback' THEN 4 ELSE 5 END"
)
_STATUS = {1: "merged", 2: "excluded", 3: "estimated", 4: "fallback", 5: "partial"}
_MOST_DRIVERS = 10


def totals_document(totals: Totals, config: Config, market: MarketBased | None = None) -> dict[str, Any]:
    """The ``totals`` of summary.json."""
    whole = totals.sum(STAGE_COLUMNS)
    inventory = totals.figure(INVENTORY)
    hardware = totals.figure(STAGE_COLUMNS, {"kind": "hardware"})
    return {
        "total": whole.figure().as_dict(),
        "hardware": hardware.as_dict(),
        "cloud": totals.figure(STAGE_COLUMNS, {"kind": "cloud"}).as_dict(),
        "energy": totals.figure(STAGE_COLUMNS, {"kind": "energy"}).as_dict(),
        "energy_kwh": totals.figure(("use_kwh",)).as_dict(),
        "by_stage": {name: totals.figure(c).as_dict() for name, c in STAGES.items()},
        "by_component": {name: totals.figure(c).as_dict() for name, c in COMPONENTS.items()},
        "by_category": _by_category(totals),
        "by_site": [{"site": key[0], "total": f.as_dict()} for key, f in _sorted(totals.grouped(["site"]))],
        **splits_document(totals),
        "by_basis": [
            {"basis": key[0], "total": f.as_dict()}
            for key, f in _sorted({(basis,): f for basis, f in totals.by_basis().items()})
        ],
        "by_month": [{"month": key[0], "total": f.as_dict()} for key, f in sorted(totals.grouped(["month"]).items())],
        "intensity": _intensity(totals, whole.figure(), hardware, config),
        "inventory": {
            "total": inventory.as_dict(),
            "by_scope": {scope: f.as_dict() for scope, f in totals.scopes().items()},
        },
        "market_based_scope_2": market.figure.as_dict() if market else None,
        "drivers": [
            {"source": source.removeprefix("own:"), "share_of_variance": share}
            for source, share in whole.drivers()[:_MOST_DRIVERS]
        ],
    }


def _sorted(groups: Mapping[tuple[Any, ...], Figure]) -> list[tuple[tuple[Any, ...], Figure]]:
    """Largest first, then by name, null last among equals."""
    return sorted(groups.items(), key=lambda item: (-item[1].central, item[0][0] is None, str(item[0][0])))


def _by_category(totals: Totals) -> list[dict[str, Any]]:
    devices = {
        row["category"]: row["devices"]
        for row in totals.store.query(
            "SELECT category, sum(quantity) AS devices FROM (SELECT DISTINCT line_id, category, quantity FROM lines "
            "WHERE kind = 'hardware' AND status NOT IN ('merged', 'excluded')) GROUP BY category"
        )
    }
    return [
        {"category": key[0], "devices": devices.get(key[0], 0.0), "total": figure.as_dict()}
        for key, figure in _sorted(totals.grouped(["category"]))
    ]


def _intensity(totals: Totals, whole: Figure, hardware: Figure, config: Config) -> dict[str, Any]:
    devices = totals.store.query(
        "SELECT sum(quantity) AS n FROM (SELECT DISTINCT line_id, quantity FROM lines "
        "WHERE kind = 'hardware' AND status IN ('estimated', 'partial'))"
    )[0]["n"]
    return {
        "per_device": _divided(hardware, devices),
        "per_fte": _divided(whole, config.organisation.fte),
        "per_gbp": _divided(whole, config.organisation.income_gbp),
    }


def _divided(figure: Figure, by: float | None) -> dict[str, float] | None:
    if not by:
        return None
    return {name: value / by for name, value in figure.as_dict().items()}


def coverage_document(store: LineStore, period: Period, inputs: Sequence[InputRecord]) -> dict[str, Any]:
    """The ``coverage`` of summary.json: every line of input under one status, every penny of the bills."""
    has_assets = bool(store.query("SELECT 1 FROM lines WHERE kind = 'hardware' LIMIT 1"))
    return {
        "assets": _asset_coverage(store, period.months() if has_assets else []),
        "usage": _usage_coverage(store),
        "meters": _meter_coverage(store),
    }


def _status_counts(store: LineStore, kind: str) -> dict[str, int]:
    rows = store.query(
        f"SELECT r, count(*) AS n FROM (SELECT line_id, max({_RANK}) AS r FROM lines WHERE kind = ? GROUP BY line_id) "
        "GROUP BY r",
        [kind],
    )
    found = {_STATUS[row["r"]]: row["n"] for row in rows}
    return {name: found.get(name, 0) for name in ("estimated", "partial", "fallback", "excluded", "merged")}


def _asset_coverage(store: LineStore, months: list[str]) -> dict[str, Any]:
    counts = _status_counts(store, "hardware")
    per_level = store.query(
        "SELECT match_level, sum(quantity) AS devices FROM (SELECT DISTINCT line_id, match_level, quantity FROM lines "
        "WHERE kind = 'hardware' AND status <> 'merged') GROUP BY match_level"
    )
    kilograms = {
        row["match_level"]: row["kg"]
        for row in store.query(
            "SELECT match_level, sum(total_kg_co2e) AS kg FROM lines WHERE kind = 'hardware' GROUP BY match_level"
        )
    }
    devices = {row["match_level"]: row["devices"] or 0.0 for row in per_level}
    return {
        "lines": sum(counts.values()),
        "devices": math.fsum(devices.values()),
        **counts,
        "by_match_level": {
            level: {"devices": devices.get(level, 0.0), "kg_co2e": kilograms.get(level) or 0.0} for level in "ABCDEF"
        },
        "months_covered": months,
    }


def _usage_coverage(store: LineStore) -> dict[str, Any]:
    counts = _status_counts(store, "cloud")
    states = ", ".join(
        f"coalesce(fsum(billed_cost) FILTER (status = '{s}'), 0) AS billed_{s}"
        for s in ("estimated", "partial", "fallback", "excluded")
    )
    repeated = f"coalesce(fsum(billed_cost) FILTER (reason_code = '{IN_OTHER_BILL}'), 0) AS billed_in_other_bill"
    costs = store.query(
        "SELECT currency, coalesce(fsum(billed_cost), 0) AS billed, coalesce(fsum(effective_cost), 0) AS effective, "
        f"coalesce(fsum(list_cost), 0) AS list, {states}, {repeated} FROM lines WHERE kind = 'cloud' GROUP BY currency "
        "ORDER BY currency NULLS LAST"
    )
    if not costs:
        costs = [
            dict.fromkeys(
                (
                    "billed",
                    "effective",
                    "list",
                    "billed_estimated",
                    "billed_partial",
                    "billed_fallback",
                    "billed_excluded",
                    "billed_in_other_bill",
                ),
                0.0,
            )
        ]
        costs[0] = {"currency": None, **costs[0]}
    became = cost_coverage(store)
    methods = store.query(
        "SELECT coalesce(use_basis, 'none') AS method, count(DISTINCT line_id) AS n FROM lines WHERE kind = 'cloud' "
        "GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    months = store.query(
        "SELECT DISTINCT strftime(period_start, '%Y-%m') AS m FROM lines WHERE kind = 'cloud' AND "
        "status <> 'excluded' AND period_start IS NOT NULL ORDER BY m"
    )
    counts.pop("merged")
    return {
        "lines": sum(counts.values()),
        **counts,
        "costs": [{**cost, **became.get(cost["currency"], NO_COSTS)} for cost in costs],
        "by_method": {row["method"]: row["n"] for row in methods},
        "months_covered": [row["m"] for row in months],
    }


def _meter_coverage(store: LineStore) -> dict[str, Any]:
    """A reading covers its month where it is an estimate, or where the devices carry it."""
    counts = _status_counts(store, "energy")
    carried = store.query("SELECT count(*) AS n FROM lines WHERE reason_code = 'carried_by_devices'")[0]["n"]
    months = store.query(
        "SELECT DISTINCT strftime(period_start, '%Y-%m') AS m FROM lines WHERE kind = 'energy' AND "
        "(status <> 'excluded' OR reason_code = 'carried_by_devices') ORDER BY m"
    )
    return {
        "lines": sum(counts.values()),
        **{name: counts[name] for name in ("estimated", "partial", "excluded")},
        "carried_by_devices": carried,
        "months_covered": [row["m"] for row in months],
    }


def check_invariants(document: Mapping[str, Any], inputs: Sequence[InputRecord], store: LineStore) -> None:
    """Stop when a figure contradicts another.

    Raises
    ------
    GreenDigitalError
        If parts do not add up to their whole, a line or a cost was lost, or a range is not in order. This is a defect
        of the program, never of the input.
    """
    totals = document["totals"]
    total = totals["total"]["central"]
    for name in ("by_stage", "by_component"):
        _same(name, math.fsum(f["central"] for f in totals[name].values()), total)
    for name in ("by_category", "by_site", "by_month", "by_basis"):
        _same(name, math.fsum(entry["total"]["central"] for entry in totals[name]), total)
    _check_splits(document)
    _same("hardware, cloud and energy", sum(totals[k]["central"] for k in ("hardware", "cloud", "energy")), total)
    inventory = totals["inventory"]
    _same("scopes", math.fsum(f["central"] for f in inventory["by_scope"].values()), inventory["total"]["central"])
    for figure in (*(totals[k] for k in ("total", "hardware", "cloud", "energy")), inventory["total"]):
        if not figure["low"] <= figure["central"] <= figure["high"]:
            raise GreenDigitalError(f"a range is out of order: {figure}. Please report this as a defect.")
    _check_lines(inputs, store)


def _check_splits(document: Mapping[str, Any]) -> None:
    """Carbon and billed cost by account, service, region and tag are those of the whole, each bill counted once."""
    totals, usage = document["totals"], document["coverage"]["usage"]
    arrays = {f"by_{name}": totals[f"by_{name}"] for name in SPLITS}
    arrays |= {f'by_tag "{name}"': entries for name, entries in totals["by_tag"].items()}
    for name, entries in arrays.items():
        _same(name, math.fsum(entry["total"]["central"] for entry in entries), totals["total"]["central"])
        for cost in usage["costs"]:
            costs = [c["billed"] for entry in entries for c in entry["costs"] if c["currency"] == cost["currency"]]
            _same(f"billed cost {name}", math.fsum(costs), cost["billed"] - cost["billed_in_other_bill"])


def _check_lines(inputs: Sequence[InputRecord], store: LineStore) -> None:
    """Lines and billed cost of every file and currency are the same in as out."""
    counts = {
        row["source_id"]: row["n"]
        for row in store.query("SELECT source_id, count(DISTINCT line_id) AS n FROM lines GROUP BY 1")
    }
    own = {record.source_id for record in inputs}
    for record in inputs:
        # Further sheets of a workbook stand under their file's name and their own.
        sheets = [n for n in counts if n == record.source_id or (n not in own and n.startswith(f"{record.source_id}!"))]
        out = sum(counts[name] for name in sheets)
        if record.format != "disposals" and out != record.lines:
            raise GreenDigitalError(
                f"{record.file}: {record.lines} lines were read but {out} are accounted for. "
                "Please report this as a defect."
            )
        for cost in record.costs:
            billed = store.query(
                "SELECT coalesce(fsum(billed_cost), 0) AS b FROM lines WHERE source_id = ? "
                "AND currency IS NOT DISTINCT FROM ?",
                [record.source_id, cost["currency"]],
            )[0]["b"]
            _same(f"{record.file}, billed cost in {cost['currency']}", billed, float(str(cost["billed"] or 0)))


def _same(what: str, parts: float, whole: float) -> None:
    if not math.isclose(parts, whole, rel_tol=1e-9, abs_tol=1e-6):
        raise GreenDigitalError(
            f"{what}: the parts add up to {parts!r} but the whole is {whole!r}. Please report this as a defect."
        )
