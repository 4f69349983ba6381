"""What a person can do about a meter without a physical estimate, and why its bill has no ratio to estimate it by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from greendigital.estimation.cloud_activity import region_country, resolve_activity
from greendigital.factorset import FactorLibrary
from greendigital.footprint.store import LineStore

_WITHOUT_FIGURES = ("requests", "tokens")
"""Kinds of quantity of which no source publishes a figure."""
_CATEGORY_ALONE = "a category alone"
"""What a rule says its unit means where the export is too short to tell the meter."""
_EVERYWHERE = ("global", "aws-global", "unassigned", "eu", "us", "asia")
"""What stands in the place of a region for services that run everywhere; it has no electricity."""
_METERS, _FORMATS, _METHOD = "docs/meters.md", "docs/formats.md#bills", "docs/method.md#cloud"


class NextStep(NamedTuple):
    """What to do: ``add_rule``, ``add_unit``, ``add_region``, ``export_column`` or ``none``, and the sentence."""

    code: str
    text: str


@lru_cache(maxsize=8)
def _rules(library: FactorLibrary) -> dict[str, Mapping[str, Any]]:
    return {row["rule_id"]: row for row in library.table("cloud-meters", "rules")}


def next_step(meter: Mapping[str, Any], library: FactorLibrary) -> NextStep:
    """What would give a meter a physical estimate.

    Parameters
    ----------
    meter
        ``provider``, ``service``, ``meter``, ``meter_rule_id``, ``quantity_kind``, ``quantity_unit``, ``quantity``
        (None: no line has one), ``instance_type`` and ``region`` of its lines.
    """
    rule = _rules(library).get(meter["meter_rule_id"] or "")
    if not meter["meter_rule_id"]:
        missing = [name for name in ("service", "meter") if not meter[name]]
        if missing:
            return _export(f"{' and '.join(f'{name}s' for name in missing)}: without them no rule can tell the meter")
        return NextStep("add_rule", f"No rule fits it: add one ({_METERS}).")
    kind = meter["quantity_kind"]
    meant = (rule["unit_meaning"] if rule else "") or ""
    if meant == _CATEGORY_ALONE:
        return _export("subcategories and names of meters: the category alone does not tell the meter")
    if kind == "unknown" and rule is not None and rule["quantity_kind"] != "unknown":
        if not meter["quantity_unit"]:
            return _export(f"units: rule {meter['meter_rule_id']} expects {meant or 'another unit'}")
        said = f'"{meter["quantity_unit"]}" is no unit that rule {meter["meter_rule_id"]} knows'
        return NextStep("add_unit", f"{said} ({meant}): add the unit, or a rule ({_METERS}).")
    if kind in ("unknown", *_WITHOUT_FIGURES):
        return _nothing(meant or str(kind), meter)
    if meter["quantity"] is None:
        return _export("quantities: none of its lines has one")
    return _of_kind(meter, str(kind), library)


def _of_kind(meter: Mapping[str, Any], kind: str, library: FactorLibrary) -> NextStep:
    """What a quantity with a meaning lacks: the type of the machine, the electricity of its region, or a figure."""
    instance = meter["instance_type"] or ""
    if kind == "instance_hours":
        if not instance:
            return _export("instance types: the meter does not name the machine")
        return _nothing(f"the instance type {instance}", meter)
    activity = resolve_activity(library, meter["provider"] or "", meter["service"] or "", kind, instance, "", "")
    if kind == "gb_moved" or (kind == "vcpu_hours" and activity.line_class):
        return _of_region(meter, library)
    return _nothing(kind.replace("gb_", "GB-").replace("tb_", "TB-").replace("_", "-"), meter)


def _of_region(meter: Mapping[str, Any], library: FactorLibrary) -> NextStep:
    region = meter["region"] or ""
    if not region:
        return _export("regions: its electricity has no factor without one")
    if region in _EVERYWHERE or region_country(library, meter["provider"] or "", region):
        return NextStep("none", f'Nothing: no electricity factor is published for "{region}".')
    return NextStep("add_region", f'The region "{region}" is not known: add it ({_METERS}#regions).')


def _export(what: str) -> NextStep:
    return NextStep("export_column", f"Export the bill with its {what} ({_FORMATS}).")


def _nothing(what: str, meter: Mapping[str, Any]) -> NextStep:
    of = f" of {meter['service']}" if meter["service"] else ""
    return NextStep("none", f"Nothing: no figure is published for {what}{of}.")


class Ratios:
    """Why lines without a physical figure have no ratio of their bill, with the numbers of the rule."""

    def __init__(self, store: LineStore, library: FactorLibrary) -> None:
        # What the estimation takes for physical: a figure of electricity, the embodied one alone is not enough.
        physical = (
            "status IN ('estimated', 'partial') AND "
            "coalesce(use_direct_kg_co2e, use_life_cycle_kg_co2e, network_kg_co2e) IS NOT NULL"
        )
        rows = store.query(
            f"SELECT source_id, provider, currency, count(*) FILTER ({physical}) AS n, "
            f"coalesce(sum(list_cost) FILTER ({physical}), 0) AS cost, coalesce(sum(list_cost), 0) AS all_cost "
            "FROM lines WHERE kind = 'cloud' AND (status IN ('estimated', 'partial', 'fallback') "
            "OR reason_code = 'no_basis') GROUP BY ALL"
        )
        self._populations = {(row["source_id"], row["provider"], row["currency"]): row for row in rows}
        self._fewest = library.factor("assumption-fallback-min-lines").value
        self._least = library.factor("assumption-fallback-min-cost-share").value

    def reason(self, source_id: str, provider: str | None, currency: str | None, has_list_cost: bool) -> str:
        """Why there is none for lines of a bill, provider and currency."""
        if not has_list_cost:
            return "Not estimated from cost either: it has no list cost."
        found = self._populations[source_id, provider, currency]
        share = found["cost"] / found["all_cost"] if found["all_cost"] else 0.0
        return (
            f"Not estimated from cost either: a ratio needs {self._fewest:.0f} physical lines with {self._least:.0%} "
            f"of the list cost of their provider; this bill has {found['n']:,} with {share:.0%} ({_METHOD})."
        )


def steps_of_line(store: LineStore, row: Mapping[str, Any], library: FactorLibrary) -> list[str]:
    """What can be done about a line that has no physical figure, and why it has none by cost."""
    found = [next_step(row, library).text]
    if row["reason_code"] == "no_basis":
        ratios = Ratios(store, library)
        found.append(ratios.reason(row["source_id"], row["provider"], row["currency"], bool(row["list_cost"])))
    return found


def sentences_of(reasons: Sequence[str]) -> str | None:
    """Reasons of the bills of one meter; the same one once."""
    return " ".join(dict.fromkeys(reasons)) or None
