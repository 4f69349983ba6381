"""Site meters: the estimated use of a site's devices brought to what its meter of IT equipment read.

A meter counts only where it is marked as one of IT equipment alone. The devices of that site and calendar month are
scaled by metered / modelled, both before PUE; devices with a meter of their own keep what was stated, and are taken off
first. Outside :data:`LOWEST_RATIO` to :data:`HIGHEST_RATIO` nothing is scaled and the reading is reported: either the
list of devices or the meter is not what it is taken for. A reading without devices is load of its own.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

import narwhals as nw

from greendigital import frames
from greendigital.errors import Problem
from greendigital.estimation.tables import RunTables, Table, columnar
from greendigital.factorset import Factor
from greendigital.inventory.site_meters import MeterReading
from greendigital.period import Period, service_years

LOWEST_RATIO, HIGHEST_RATIO = 0.5, 2.0
BASIS = "calibrated_to_meter"
CARRIED, RATIO, OUTSIDE = "carried_by_devices", "meter_ratio", "outside_period"
_KEY = ("_meter_site", "period_part", "part_start", "part_end")
_SCHEMA = {
    "_meter_site": "string",
    "period_part": "int",
    "part_start": "string",
    "part_end": "string",
    "_meter_ratio": "float",
    "_meter_share": "float",
    "_meter_id": "string",
}
_MOST_NAMED = 3
_ROUNDING = 1e-9
"""Days are differences of years such as 2024.08, so sums of them are exact to about so much."""


class Load(NamedTuple):
    """IT load of devices of a site that serve on the same days: kWh in a full year, before PUE."""

    site: str
    first: date
    last: date
    part: int
    modelled: float
    stated: float

    def years_in(self, first: date, last: date, scale: str) -> float:
        """Service years that lie between two days."""
        return service_years(max(first, self.first), min(last, self.last), scale)


@dataclass(slots=True)
class SiteMonth:
    """A reading beside what the devices of its site are estimated at, both for its days within the period, in kWh."""

    reading: MeterReading
    first: date
    last: date
    kwh: float
    modelled: float = 0.0
    stated: float = 0.0

    @property
    def rest(self) -> float:
        """What the meter read less what devices with a meter of their own drew; all of it where there are no others."""
        return self.kwh - self.stated if self.modelled else self.kwh

    @property
    def ratio(self) -> float:
        """Metered / modelled, devices with a meter of their own taken off both where there are others."""
        return self.rest / (self.modelled or self.stated)

    @property
    def has_load(self) -> bool:
        """Whether any device of the site drew power, as far as is known."""
        return self.modelled + self.stated > 0

    @property
    def is_plausible(self) -> bool:
        """Whether the devices are scaled to it."""
        return LOWEST_RATIO * (1 - _ROUNDING) <= self.ratio <= HIGHEST_RATIO * (1 + _ROUNDING)


@dataclass
class Outcome:
    """What became of the readings of a run.

    Attributes
    ----------
    months
        Readings that lie in the period, by line id.
    reasons
        Why a reading is no estimate of its own, by line id.
    """

    months: dict[str, SiteMonth] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def months_in_period(readings: Sequence[MeterReading], period: Period) -> Outcome:
    """The readings that can be used, cut to the days of the period as if a month were even."""
    found = Outcome()
    for reading in readings:
        if reading.reason_code or reading.month is None or reading.kwh is None:
            found.reasons[reading.line_id] = reading.reason_code
            continue
        first, last = max(reading.month, period.start), min(reading.last, period.end)
        if last < first:
            found.reasons[reading.line_id] = OUTSIDE
            continue
        share = ((last - first).days + 1) / ((reading.last - reading.month).days + 1)
        found.months[reading.line_id] = SiteMonth(reading, first, last, reading.kwh * share)
    return found


def compare(outcome: Outcome, loads: Sequence[Load], scale: str) -> None:
    """Put the estimated kWh beside each reading, and say which readings the devices carry and which are refused."""
    by_site: dict[str, list[Load]] = defaultdict(list)
    for load in loads:
        by_site[load.site].append(load)
    refused: dict[tuple[str, str], list[SiteMonth]] = defaultdict(list)
    for line_id, month in outcome.months.items():
        served = [(x, x.years_in(month.first, month.last, scale)) for x in by_site[month.reading.key]]
        month.modelled = math.fsum(x.modelled * years for x, years in served)
        month.stated = math.fsum(x.stated * years for x, years in served)
        if not month.has_load:
            continue
        outcome.reasons[line_id] = CARRIED if month.is_plausible else RATIO
        if not month.is_plausible:
            refused[month.reading.source_id, month.reading.key].append(month)
    outcome.problems += [_refusal(months) for months in refused.values()]


def _refusal(months: Sequence[SiteMonth]) -> Problem:
    named = "; ".join(
        f"{m.first:%Y-%m} {m.rest:,.6g} kWh metered, {m.modelled or m.stated:,.6g} kWh estimated, ratio {m.ratio:.5g}"
        for m in months[:_MOST_NAMED]
    )
    more = f"; and {len(months) - _MOST_NAMED} more" if len(months) > _MOST_NAMED else ""
    first = months[0].reading
    less = " Devices with a meter of their own are taken off." if any(m.modelled and m.stated for m in months) else ""
    return Problem(
        "error",
        "meter_ratio",
        f'The meter of "{first.site}" and its devices are too far apart to scale one to the other, outside '
        f"{LOWEST_RATIO:g} to {HIGHEST_RATIO:g} ({named}{more}); the estimates stand.{less}",
        "Look whether devices of the site are missing or too many, or other load hangs on the meter.",
        first.source_id,
        first.source_row,
    )


def calibration_table(outcome: Outcome, loads: Sequence[Load], tables: RunTables) -> Table:
    """Ratio and metered share of the use of each distinct site and service span that a reading applies to."""
    scale = tables.period.scale
    applied: dict[str, list[SiteMonth]] = defaultdict(list)
    for month in outcome.months.values():
        if month.modelled > 0 and outcome.reasons.get(month.reading.line_id) == CARRIED:
            applied[month.reading.key].append(month)
    ids = {site: tables.use(_site_factor(months)) for site, months in applied.items()}
    rows = []
    for load in loads:
        served = [(m.ratio, load.years_in(m.first, m.last, scale)) for m in applied.get(load.site, ())]
        metered = math.fsum(ratio * years for ratio, years in served)
        months = math.fsum(years for _, years in served)
        years = service_years(load.first, load.last, scale)
        if not months or not load.modelled:
            continue
        # Where every day is metered the rest is a rounding error of the sums.
        rest = max(0.0, years - months) if years - months > years * _ROUNDING else 0.0
        rows.append(
            {
                "_meter_site": load.site,
                "period_part": load.part,
                "part_start": load.first.isoformat(),
                "part_end": load.last.isoformat(),
                "_meter_ratio": (metered + rest) / years,
                "_meter_share": metered / (metered + rest),
                "_meter_id": ids[load.site],
            }
        )
    return columnar(rows, _SCHEMA)


def _site_factor(months: Sequence[SiteMonth]) -> Factor:
    """The ratio of a site over all months it was applied in."""
    ordered = sorted(months, key=lambda m: m.first)
    metered, modelled = (math.fsum(values) for values in ((m.kwh for m in ordered), (m.modelled for m in ordered)))
    stated = math.fsum(m.stated for m in ordered)
    less = f" less {stated:.6g} kWh of devices with a meter of their own" if stated else ""
    span = ", ".join(f"{m.first:%Y-%m} {m.ratio:.4g}" for m in ordered)
    site = ordered[0].reading.site
    return Factor(
        factor_id=f"derived:meter:{site}",
        activity="meter_ratio",
        value=(metered - stated) / modelled,
        unit="ratio",
        set_name="derived",
        edition="",
        width_kind="site_meter",
        note=f"{metered:.6g} kWh metered{less} / {modelled:.6g} kWh modelled before PUE; by month: {span}",
    )


def calibrate(frame: nw.LazyFrame[Any], tables: RunTables, connection: Any = None) -> nw.LazyFrame[Any]:
    """Rows of the hardware body with their use scaled to the site meters; the same frame where there are none.

    The energy of a scaled row has the error of the meter for its metered share, and that of its model for the rest.
    """
    if not tables.readings:
        return frame
    c = nw.col
    outcome = tables.meters = months_in_period(tables.readings, tables.period)
    keys = sorted({month.reading.key for month in outcome.months.values()})
    frame = frame.with_columns(_meter_site=c("site").str.strip_chars().str.to_lowercase())
    loads = _loads(frame, keys) if keys else []
    compare(outcome, loads, tables.period.scale)
    found, schema = calibration_table(outcome, loads, tables)
    down2, up2 = _meter_widths(tables, found)
    frame = frame.join(frames.table(frame, found, schema, connection=connection), on=list(_KEY), how="left")
    scaled = _is_modelled() & ~c("_meter_ratio").is_null()
    share, rest = c("_meter_share"), 1.0 - c("_meter_share")
    nothing = nw.lit(None, dtype=nw.Float64)
    return frame.with_columns(
        use_kwh=nw.when(scaled).then(c("use_kwh") * c("_meter_ratio")).otherwise(c("use_kwh")),
        energy_down2=nw.when(scaled)
        .then(share * share * down2 + rest * rest * c("energy_down2").fill_null(0.0))
        .otherwise(c("energy_down2")),
        energy_up2=nw.when(scaled)
        .then(share * share * up2 + rest * rest * c("energy_up2").fill_null(0.0))
        .otherwise(c("energy_up2")),
        product_use_basis=nw.when(scaled).then(nw.lit(BASIS)).otherwise(c("product_use_basis")),
        meter_factor_id=nw.when(scaled).then(c("_meter_id")).otherwise(nw.lit("")),
        calibrated_share=nw.when(scaled).then(share).otherwise(nothing),
    )


def _is_modelled() -> nw.Expr:
    """Rows whose power a meter of the site sees and no meter of their own stated."""
    c = nw.col
    drawn = c("_active") & c("_draws") & (c("place_location_type") != "home")
    return drawn & ~c("_metered") & ~c("annual_kwh").is_null() & (c("years") > 0)


def _loads(frame: nw.LazyFrame[Any], sites: Sequence[str]) -> list[Load]:
    c = nw.col
    seen = c("_active") & c("_draws") & (c("place_location_type") != "home") & (c("years") > 0)
    chosen = frame.filter(seen & c("_meter_site").is_in(list(sites)) & ~c("annual_kwh").is_null())
    kwh = c("annual_kwh") * c("quantity") * c("use_share")
    own = c("_metered").cast(nw.Float64)
    grouped = (
        chosen.with_columns(_modelled=kwh * (1.0 - own), _stated=kwh * own)
        .group_by(*_KEY)
        .agg(c("_modelled").sum().alias("modelled"), c("_stated").sum().alias("stated"))
        .sort(*_KEY)
    )
    return [
        Load(site, date.fromisoformat(first[:10]), date.fromisoformat(last[:10]), int(part), modelled, stated)
        for site, part, first, last, modelled, stated in frames.rows(grouped, [*_KEY, "modelled", "stated"])
    ]


def _meter_widths(tables: RunTables, found: Mapping[str, Sequence[Any]]) -> tuple[float, float]:
    """Squared log widths of a site meter; every site has the same."""
    return tables.widths(tables.used[found["_meter_id"][0]]) if found["_meter_id"] else (0.0, 0.0)
