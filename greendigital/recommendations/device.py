"""An asset as the device rules see it: its data, its line, its support, and what one more year of it saves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from greendigital.estimation.devices import category_factor
from greendigital.factorset import FactorLibrary
from greendigital.recommendations.device_horizons import device_support
from greendigital.recommendations.model import Advice, Part, spread_of
from greendigital.recommendations.settings import Settings
from greendigital.recommendations.support import (
    UNKNOWN,
    Eligibility,
    SupportState,
    combined,
    support_state,
    windows11_eligibility,
)
from greendigital.uncertainty import Spread

COMPUTERS = (
    "laptop",
    "desktop",
    "workstation",
    "all_in_one",
    "tablet",
    "smartphone",
    "server_rack",
    "server_blade",
    "server_tower",
    "server_any",
    "thin_client",
)
"""Categories whose life depends on an operating system, and that hold personal data."""

FIRMWARE = (
    "switch",
    "router",
    "firewall",
    "wireless_access_point",
    "home_network",
    "desk_phone",
    "printer_small",
    "mfp_floor",
    "mfp_large",
    "tv",
)
"""Categories whose firmware ends, on dates that no set here holds."""

SERVERS = ("server_rack", "server_blade", "server_tower", "server_any")

PERIPHERALS = (
    "monitor",
    "docking_station",
    "keyboard",
    "mouse",
    "laptop_charger",
    "desk_phone",
    "projector",
    "meeting_room_screen",
    "external_hdd",
    "external_ssd",
    "usb_stick",
)
"""Categories that outlive the computers they serve."""

NO_DATA = ("monitor", "docking_station", "keyboard", "mouse", "laptop_charger")
"""Categories that hold no data: they may go on for reuse without being wiped (ours)."""

GONE = ("retired", "disposed")
_DAYS_PER_MONTH = 365.25 / 12
_GRID = ("grid_factor_id", "loss_factor_id", "wtt_factor_id")


@dataclass
class Surroundings:
    """What all devices of a run share.

    Attributes
    ----------
    factors
        Rows of ``factors_used`` by id.
    known
        Their errors, by id.
    """

    library: FactorLibrary
    as_of: date
    settings: Settings
    factors: Mapping[str, Mapping[str, Any]]
    known: Mapping[str, Spread]

    @cached_property
    def carbon_value_gbp_per_t(self) -> float | None:
        """The government's appraisal value of a tonne in the year of the advice; None where none is published."""
        found = self.library.find("carbon_value", "GBR")
        year = next((f for f in found if f.valid_from and f.valid_from.year == self.as_of.year), None)
        return year.value if year is not None else None

    def spreads(self, ids: Sequence[str | None]) -> tuple[Spread, ...]:
        """Errors of the factors, those without any left out."""
        return tuple(self.known[i] for i in ids if i and i in self.known)


@dataclass
class Device:
    """An asset with its line."""

    asset: Mapping[str, Any]
    line: Mapping[str, Any]
    run: Surroundings

    @property
    def as_of(self) -> date:
        """Day at which the advice is given."""
        return self.run.as_of

    @property
    def status(self) -> str:
        """Status, in use when not given."""
        return str(self.asset["status"] or "in_use")

    @property
    def is_sanitised(self) -> bool:
        """Whether a sanitisation status is recorded."""
        return (self.asset["sanitisation"] or "none") != "none"

    @property
    def quantity(self) -> float:
        """Number of devices of the row."""
        return float(self.asset["quantity"] or 1.0)

    @property
    def category(self) -> str:
        """Category as matched."""
        return str(self.line.get("category") or self.asset["category"] or "")

    @cached_property
    def _horizons(self) -> tuple[SupportState, SupportState]:
        """Support of its operating system, and of the device itself."""
        soon = self.as_of + timedelta(days=round(self.run.settings.ends_soon_months * _DAYS_PER_MONTH))
        a, library = self.asset, self.run.library
        system = support_state(library, a["os_name"], a["os_version"], a["os_build"], self.as_of, soon)
        own = device_support(library, a["manufacturer"], a["model"], None, self.as_of, soon) if a["model"] else UNKNOWN
        return system, own

    @cached_property
    def support(self) -> SupportState:
        """Support of its operating system, or that of the device where it ends first."""
        return combined(*self._horizons)

    @property
    def ends_by_itself(self) -> bool:
        """Whether it is the device whose updates end, and not the system that runs on it."""
        system, own = self._horizons
        return self.support is own and own is not system

    @cached_property
    def eligibility(self) -> Eligibility:
        """Whether it may run Windows 11."""
        a = self.asset
        return windows11_eligibility(self.run.library, a["cpu_model"], a["tpm_version"], a["memory_gb"], a["ssd_gb"])

    @property
    def role(self) -> str:
        """Role of the user, in small letters."""
        return str(self.asset["user_role"] or "").casefold().strip()

    @property
    def age_is_known(self) -> bool:
        """Whether there is a day of purchase: without it nothing is advised to be replaced."""
        return self.asset["acquired_date"] is not None

    @property
    def price_of_new(self) -> float | None:
        """Pounds for a new one of its kind: the organisation's price of the category, else what this one cost."""
        own = self.run.settings.prices_gbp.get(self.category)
        return own if own is not None else (self.asset["price_gbp"] or None)

    @property
    def price_per_year(self) -> float | None:
        """Pounds a year for a new one, its price spread over its planned life; None without price or life."""
        price, life = self.price_of_new, self.line.get("life_years")
        return price / life if price and life else None

    @property
    def new_device(self) -> Part | None:
        """Embodied carbon of one new device of the kind; None when no figure is known."""
        kilograms = self.line.get("device_embodied_kg_co2e")
        if kilograms is None:
            return None
        return Part(kilograms, self.run.spreads([self.line["embodied_factor_id"]]))

    def one_more_year(self) -> tuple[Part, ...]:
        """What one more year of one device saves: a share of a new one, less the electricity it draws beyond a new one.

        Embodied carbon of a new device / planned life - extra kWh x grid. A successor draws what its category draws,
        and never more than this device; where both figures are the category's there is no difference.
        """
        new, life = self.new_device, self.line.get("life_years")
        if new is None or not life:
            return ()
        return (new.times(1 / life), *self._extra_electricity())

    def _extra_electricity(self) -> tuple[Part, ...]:
        own = self.line.get("annual_kwh")
        successor = category_factor(
            self.run.library, "device_annual_use", self.category, self.line.get("variant") or ""
        )
        if own is None or successor is None or own <= successor.value or self.line.get("use_basis") == "category":
            return ()
        of_successor = spread_of(successor, self.run.library)
        less = self._emissions_of(own, self.run.spreads([self.line.get("energy_factor_id")]), -1.0)
        return (*less, *self._emissions_of(successor.value, of_successor, 1.0))

    def electricity_of_a_year(self) -> tuple[Part, ...]:
        """Emissions of its electricity in a year, with losses and well-to-tank; empty where it is not known."""
        own = self.line.get("annual_kwh")
        if own is None:
            return ()
        return self._emissions_of(own, self.run.spreads([self.line.get("energy_factor_id")]), 1.0)

    def _emissions_of(self, kwh: float, spreads: tuple[Spread, ...], sign: float) -> tuple[Part, ...]:
        pue = self.line.get("pue") or 1.0
        found = []
        for name in _GRID:
            factor = self.run.factors.get(self.line.get(name) or "")
            if factor is not None:
                grid = self.run.spreads([self.line[name], self.line.get("pue_factor_id")])
                found.append(Part(sign * kwh * pue * factor["value"], (*spreads, *grid)))
        return tuple(found)

    def advise(
        self,
        rule: str,
        action: str,
        reason: str,
        tcop: str,
        confidence: str,
        *,
        effect: str = "",
        basis: str = "",
        parts: tuple[Part, ...] = (),
        gbp: float | None = None,
    ) -> Advice:
        """A row for this asset; ``parts`` and ``gbp`` are of one device and count for all of the row."""
        n = self.quantity
        return Advice(
            self.asset["line_id"],
            self.asset["asset_id"],
            rule,
            action,
            reason,
            tcop,
            confidence,
            n,
            effect if parts else "",
            basis if parts else "",
            tuple(part.times(n) for part in parts),
            gbp * n if gbp is not None and parts else None,
        )
