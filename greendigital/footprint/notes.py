"""What a reader must know beside the figures: left out, provisional, old or assumed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from greendigital.config import Config
from greendigital.errors import Problem
from greendigital.factorset import Factor, FactorLibrary
from greendigital.footprint.electricity_notes import electricity_notes
from greendigital.footprint.override_notes import override_notes
from greendigital.footprint.store import LineStore
from greendigital.footprint.tag_notes import tags_not_found
from greendigital.period import Period

REASONS = {
    "outside_period": "outside the period",
    "retired_without_date": "retired or disposed without a date",
    "retired_before_acquired": "retired before they were acquired",
    "not_matched": "model and category unknown",
    "no_factor": "no published figure for the category",
    "total_row": "totals of the source file",
    "virtual_machine": "virtual machines, not hardware",
    "placeholder": "firmware placeholders",
    "on_order": "on order, not there yet",
    "row_too_long": "more cells than the header",
    "invalid_quantity": "a quantity that cannot be used",
    "carried_by_devices": "energy that the devices of the site carry, scaled to the meter",
    "meter_ratio": "a meter too far from what the devices of its site are estimated at",
    "meter_not_it_only": "a meter that is not marked as one of IT equipment alone",
    "meter_twice": "several readings of one site and month",
    "invalid_reading": "a meter reading that cannot be used",
    "tax": "tax",
    "credit": "credits",
    "purchase": "purchases of commitments",
    "refund": "refunds",
    "support": "support charges",
    "adjustment": "adjustments",
    "rounding": "rounding",
    "unused_commitment": "unused commitments",
    "in_other_bill": "charges that another bill holds too",
    "not_physical": "licences, fees, performance units, and charges whose hardware another line counts",
    "counted_elsewhere": "the far side of a transfer, counted once elsewhere",
    "no_basis": "no factor and no ratio of the bill to estimate by",
    "charge_period_missing": "no charge period",
}
"""Reason codes of excluded lines, in words."""

STAGES_MISSING = {
    "use": "electricity",
    "use_losses": "losses of the grid",
    "use_wtt": "well-to-tank",
    "embodied": "embodied carbon",
    "network": "data transfer",
}
"""Codes of missing stages, in words."""

_LINE_NAMES = {"hardware": "asset", "cloud": "bill", "energy": "meter"}

_ALWAYS = (
    "Software, services and staff devices that are in none of the files.",
    "Networks of others between the provider and the reader of a page; access networks are off by default.",
    "Other impacts than greenhouse gases, but for the water of cloud data centres where its figures are published.",
)
_ACCESS_NETWORKS = _ALWAYS[1]
_CHOICES = {
    (
        "method",
        "cloud-carbon-footprint",
    ): "by the method of Cloud Carbon Footprint: to compare, not to report",
    ("method", "boavizta"): "by the method of Boavizta, which has instances alone: to compare, not to report",
    ("network", "with_access_networks"): "with the networks up to the reader for transfers to and from the internet",
    ("power_source", "fitted"): "with fitted watts for types that have a measured curve too",
}
"""What a word under ``[cloud]`` does to cloud lines."""


def not_covered(store: LineStore) -> list[str]:
    """Sentences on what the footprint leaves out, with counts."""
    rows = store.query(
        "SELECT kind, reason_code, count(*) AS n, sum(quantity) AS devices FROM "
        "(SELECT DISTINCT line_id, kind, reason_code, CASE WHEN kind = 'hardware' THEN quantity END AS quantity "
        "FROM lines WHERE status = 'excluded') GROUP BY ALL ORDER BY n DESC, kind, reason_code"
    )
    found = [
        f"{row['n']:,} {_LINE_NAMES[row['kind']]} line{'s' if row['n'] != 1 else ''}{_of_devices(row)} excluded: "
        f"{REASONS.get(row['reason_code'], row['reason_code'])}."
        for row in rows
    ]
    found += _without_date(store)
    gaps = store.query(
        "SELECT coalesce(category, service, 'unknown') AS what, stages_missing, count(DISTINCT line_id) AS n "
        "FROM lines "
        "WHERE status = 'partial' GROUP BY ALL ORDER BY n DESC, what"
    )
    found += [
        f"{row['n']:,} line{'s' if row['n'] != 1 else ''} of {row['what'].replace('_', ' ')} without a whole figure "
        f"for {' and '.join(STAGES_MISSING[s] for s in row['stages_missing'].split(','))}; what is known is counted."
        for row in gaps
    ]
    waste = store.query(
        "SELECT category, count(DISTINCT line_id) AS n FROM lines WHERE disposal_kg_co2e IS NULL AND "
        "status IN ('estimated', 'partial') AND kind = 'hardware' GROUP BY category ORDER BY n DESC"
    )
    found += [
        f"Waste treatment of {row['n']:,} {row['category']} that left: mass or waste factor unknown." for row in waste
    ]
    moved = store.query("SELECT sum(transferred_kg_co2e) AS kg FROM lines")[0]["kg"]
    if moved:
        found.append(f"{moved:,.0f} kg CO2e of embodied carbon went on with devices to other owners, not charged here.")
    with_access = store.query("SELECT 1 FROM lines WHERE network_factor_id = 'network-access' LIMIT 1")
    return [*found, *(said for said in _ALWAYS if not with_access or said != _ACCESS_NETWORKS)]


def _of_devices(row: Mapping[str, Any]) -> str:
    """How many devices the lines stand for, where a line stands for several."""
    return f" ({row['devices']:,.10g} devices)" if row["devices"] and row["devices"] != row["n"] else ""


def _without_date(store: LineStore) -> list[str]:
    """That devices without a day of purchase are in no year of purchase."""
    if not store.has_assets:
        return []
    devices = store.query(
        "SELECT sum(l.quantity) AS n FROM assets a JOIN (SELECT DISTINCT line_id, quantity FROM lines "
        "WHERE kind = 'hardware' AND status IN ('estimated', 'partial') AND embodied_scope IS NOT NULL) l "
        "ON l.line_id = a.line_id WHERE a.acquired_date IS NULL"
    )[0]["n"]
    if not devices:
        return []
    what = f"{devices:,.10g} device{'s' if devices != 1 else ''} without a date of purchase"
    return [
        f"Capital goods of {what}: in no year of purchase, so that the inventory is too low by what of them was bought "
        "in the period. Their annualised embodied carbon is in the total."
    ]


def run_notes(
    store: LineStore, period: Period, used: Mapping[str, Factor], library: FactorLibrary, config: Config
) -> list[Problem]:
    """Notes and warnings on the factors of the run, the overrides among them, and months that the bills leave out."""
    return [
        *electricity_notes(store, period, used, library, config),
        *_months_missing(store, period),
        *_across_the_edge(store, period),
        *_cloud_choices(store, config),
        *tags_not_found(store, config.tags.columns),
        *override_notes(store, used, library),
    ]


def _cloud_choices(store: LineStore, config: Config) -> list[Problem]:
    """A note for each choice under ``[cloud]`` that is no figure; figures stand among the overrides."""
    found = [
        Problem("note", "cloud_choice", f'Cloud lines are estimated {said}, as "{key}" under [cloud] asks.')
        for (key, value), said in _CHOICES.items()
        if getattr(config.cloud, key) == value
    ]
    return found if found and store.query("SELECT 1 FROM lines WHERE kind = 'cloud' LIMIT 1") else []


def _across_the_edge(store: LineStore, period: Period) -> list[Problem]:
    """A warning for each bill with charges on both sides of an end of the period, which are never cut."""
    start, end = (f"DATE '{day.isoformat()}'" for day in (period.start, period.end))
    rows = store.query(
        f"SELECT source_id, count(*) FILTER (period_start < {start}) AS before, "
        f"count(*) FILTER (period_end > {end}) AS after, "
        f"min(period_start) AS first, max(period_end) AS last FROM lines WHERE kind = 'cloud' "
        f"AND (status <> 'excluded' OR reason_code = 'outside_period') AND quantity_kind <> 'not_physical' "
        f"AND (period_start < {start} AND period_end >= {start} OR period_start <= {end} AND period_end > {end}) "
        "GROUP BY source_id ORDER BY source_id"
    )
    found = []
    for row in rows:
        sides = [
            f"{row[side]:,} {'charge' if row[side] == 1 else 'charges'} {what} {one if row[side] == 1 else many}"
            for side, what, one, many in (
                ("before", f"begun before it (from {row['first']})", "is not counted", "are not counted"),
                ("after", f"lasting beyond it (to {row['last']})", "counts whole", "count whole"),
            )
            if row[side]
        ]
        message = f"Charges are never cut at the ends of the period: {', and '.join(sides)}."
        remedy = "Give a bill by the day, or a period that begins and ends where the charges do."
        found.append(Problem("warning", "charge_across_period", message, remedy, row["source_id"]))
    return found


def _months_missing(store: LineStore, period: Period) -> list[Problem]:
    """A warning for each bill that does not cover every month of the period: nothing is scaled up."""
    rows = store.query(
        "SELECT source_id, list(DISTINCT strftime(period_start, '%Y-%m')) FILTER (status <> 'excluded') AS months "
        "FROM lines WHERE kind = 'cloud' GROUP BY source_id ORDER BY source_id"
    )
    wanted = period.months()
    found = []
    for row in rows:
        covered = sorted(set(row["months"] or ()) & set(wanted))
        if covered and len(covered) < len(wanted):
            missing = [month for month in wanted if month not in covered]
            named = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
            found.append(
                Problem(
                    "warning",
                    "months_missing",
                    f"The bill covers {len(covered)} of the {len(wanted)} months of the period ({named} missing); "
                    "nothing is scaled up.",
                    "Add the other months, or shorten --period.",
                    row["source_id"],
                )
            )
    return found
