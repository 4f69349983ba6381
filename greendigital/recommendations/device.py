"""An asset as the device rules see it: its data, its line, its support, and what one more year of it saves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from greendigital.config import Config
from greendigital.estimation.devices import category_factor
from greendigital.factorset import FactorLibrary
from greendigital.recommendations.model import Advice, Part, spread_of
from greendigital.recommendations.support import Eligibility, SupportState, support_state, windows11_eligibility
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

GONE = ("retired", "disposed")
_DAYS_PER_MONTH = 365.25 / 12
_GRID = ("grid_factor_id", "loss_factor_id", "wtt_factor_id")


@dataclass(frozen=True)
class Settings:
    """Thresholds of the rules: the organisation's, else those of the assumptions set.

    ``displacement_spread`` is empty where the organisation gave its own figure, which is taken as exact.
    """

    not_seen_days: float
    ends_soon_months: float
    keep_support_years: float
    displacement: float
    displacement_spread: tuple[Spread, ...]
    max_data_age_months: float

    @classmethod
    def of(cls, config: Config, library: FactorLibrary) -> Settings:
        """Settings of the config, completed from the assumptions."""
        displacement = library.factor("assumption-displacement")
        given = config.advice.displacement

        def value(name: str, own: float | None) -> float:
            return own if own is not None else library.factor(f"assumption-{name}").value

        return cls(
            value("not-seen-days", config.advice.not_seen_days),
            value("ends-soon-months", config.advice.ends_soon_months),
            value("keep-support-years", config.advice.keep_support_years),
            displacement.value if given is None else given,
            spread_of(displacement, library) if given is None else (),
            value("os-data-max-age-months", None),
        )


@dataclass(frozen=True)
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
    def support(self) -> SupportState:
        """Support of its operating system."""
        soon = self.as_of + timedelta(days=round(self.run.settings.ends_soon_months * _DAYS_PER_MONTH))
        a = self.asset
        return support_state(self.run.library, a["os_name"], a["os_version"], a["os_build"], self.as_of, soon)

    @cached_property
    def eligibility(self) -> Eligibility:
        """Whether it may run Windows 11."""
        a = self.asset
        return windows11_eligibility(self.run.library, a["cpu_model"], a["tpm_version"], a["memory_gb"], a["ssd_gb"])

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
        own, energy_id = self.line.get("annual_kwh"), self.line.get("energy_factor_id")
        successor = category_factor(
            self.run.library, "device_annual_use", self.category, self.line.get("variant") or ""
        )
        if own is None or successor is None or own <= successor.value or self.line.get("use_basis") == "category":
            return ()
        of_successor = spread_of(successor, self.run.library)
        pue = self.line.get("pue") or 1.0
        parts: list[Part] = []
        for name in _GRID:
            factor = self.run.factors.get(self.line.get(name) or "")
            if factor is None:
                continue
            grid = self.run.spreads([self.line[name], self.line.get("pue_factor_id")])
            parts.append(Part(-own * pue * factor["value"], (*self.run.spreads([energy_id]), *grid)))
            parts.append(Part(successor.value * pue * factor["value"], (*of_successor, *grid)))
        return tuple(parts)

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
