"""Device rules, tested in order; the first that fires wins, and every asset gets exactly one row.

Source of the order: waste hierarchy (Waste (England and Wales) Regulations 2011, regulation 12) and the Technology Code
of Practice point 12. Embodied carbon and price of a device already bought are sunk and never count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from greendigital.columns import REUSE_ROUTES
from greendigital.config import Config
from greendigital.factorset import FactorLibrary
from greendigital.recommendations.model import (
    TCOP_LIFESPAN,
    TCOP_RECORD,
    TCOP_REUSE,
    TCOP_SANITISE,
    TCOP_WASTE,
    Advice,
    Saving,
)
from greendigital.recommendations.support import (
    Eligibility,
    SupportState,
    data_age_months,
    support_state,
    windows11_eligibility,
)

_COMPUTERS = (
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
_WIPED = ("clear", "purge")
_GONE = ("retired", "disposed")
_DAYS_PER_MONTH = 365.25 / 12


@dataclass(frozen=True)
class Settings:
    """Thresholds of the rules: the organisation's, else those of the assumptions set."""

    not_seen_days: float
    ends_soon_months: float
    keep_support_years: float
    displacement: Saving
    max_data_age_months: float

    @classmethod
    def of(cls, config: Config, library: FactorLibrary) -> Settings:
        """Settings of the config, completed from the assumptions."""
        displacement = library.factor("assumption-displacement")
        given = config.advice.displacement
        low, high = displacement.low or displacement.value, displacement.high or displacement.value

        def value(name: str, own: float | None) -> float:
            return own if own is not None else library.factor(f"assumption-{name}").value

        return cls(
            value("not-seen-days", config.advice.not_seen_days),
            value("ends-soon-months", config.advice.ends_soon_months),
            value("keep-support-years", config.advice.keep_support_years),
            Saving(low, displacement.value, high) if given is None else Saving(given, given, given),
            value("os-data-max-age-months", None),
        )


@dataclass
class Device:
    """An asset with its line, as the rules see it."""

    asset: Mapping[str, Any]
    line: Mapping[str, Any]
    library: FactorLibrary
    as_of: date
    settings: Settings

    @property
    def status(self) -> str:
        """Status, in use when not given."""
        return str(self.asset["status"] or "in_use")

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
        soon = self.as_of + timedelta(days=round(self.settings.ends_soon_months * _DAYS_PER_MONTH))
        return support_state(
            self.library, self.asset["os_name"], self.asset["os_version"], self.asset["os_build"], self.as_of, soon
        )

    @cached_property
    def eligibility(self) -> Eligibility:
        """Whether it may run Windows 11."""
        a = self.asset
        return windows11_eligibility(self.library, a["cpu_model"], a["tpm_version"], a["memory_gb"], a["ssd_gb"])

    @property
    def new_device(self) -> Saving | None:
        """Embodied kg CO2e of a new device of the kind; None when no figure is known."""
        central = self.line.get("device_embodied_kg_co2e")
        if central is None:
            return None
        return Saving(self.line["device_embodied_kg_co2e_low"], central, self.line["device_embodied_kg_co2e_high"])

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
        saving: Saving | None = None,
        share: float = 1.0,
    ) -> Advice:
        """A row for this device; the saving is of one device and counts for all of the row."""
        n = self.quantity * share
        return Advice(
            self.asset["line_id"],
            self.asset["asset_id"],
            rule,
            action,
            reason,
            tcop,
            confidence,
            self.quantity,
            effect if saving else "",
            basis if saving else "",
            saving.low * n if saving else None,
            saving.central * n if saving else None,
            saving.high * n if saving else None,
        )


def contradiction(device: Device) -> Advice | None:
    """Data that cannot all be true."""
    a, as_of = device.asset, device.as_of
    acquired, retired, seen = a["acquired_date"], a["retired_date"], a["last_seen_date"]
    found = None
    if acquired and retired and retired < acquired:
        found = f"retired on {retired}, before it was acquired on {acquired}"
    elif acquired and acquired > as_of:
        found = f"acquired on {acquired}, after {as_of}"
    elif retired and retired <= as_of and device.status not in _GONE:
        found = f"{device.status.replace('_', ' ')}, but retired on {retired}"
    elif device.status in _GONE and seen and retired and seen > retired:
        found = f"last seen on {seen}, after it was retired on {retired}"
    elif device.status in _GONE and not retired:
        found = f"{device.status} without a date"
    if not found:
        return None
    return device.advise(
        "contradiction", "correct_data", f"The data contradict each other: {found}.", TCOP_RECORD, "high"
    )


def leaving(device: Device) -> Advice | None:
    """A device that leaves or has left: sanitisation first, then reuse before recycling."""
    a = device.asset
    if device.status == "faulty":
        if not a["sanitisation"] or a["sanitisation"] == "none":
            return device.advise(
                "leaving",
                "sanitise",
                "Faulty and without a sanitisation status: wipe or destroy the storage before it leaves.",
                TCOP_SANITISE,
                "high",
            )
        return device.advise(
            "leaving", "recycle", "Faulty: parts first, then a WEEE recycler with a certificate.", TCOP_WASTE, "medium"
        )
    if device.status not in _GONE:
        return None
    route = a["disposal_route"]
    if route and a["disposal_date"] and a["disposal_date"] <= device.as_of:
        return _left(device, str(route))
    if device.category not in _COMPUTERS and not a["sanitisation"]:
        return device.advise(
            "leaving",
            "reuse",
            "Retired and holds no personal storage: offer it for reuse before recycling.",
            TCOP_REUSE,
            "medium",
        )
    if not a["sanitisation"] or a["sanitisation"] == "none":
        return device.advise(
            "leaving",
            "sanitise",
            "Retired without a sanitisation status: sanitise and record it, then "
            "reuse, resale or donation come before recycling.",
            TCOP_SANITISE,
            "high",
        )
    if a["sanitisation"] in _WIPED:
        action = route if route in REUSE_ROUTES else "reuse"
        return device.advise(
            "leaving",
            action,
            f"Retired and sanitised ({a['sanitisation']}): reuse comes before recycling.",
            TCOP_REUSE,
            "medium",
        )
    return device.advise(
        "leaving", "recycle", "Retired with its storage destroyed: recycle, with a certificate.", TCOP_WASTE, "medium"
    )


def _left(device: Device, route: str) -> Advice:
    """What is still missing of a device that has gone."""
    a = device.asset
    if route in REUSE_ROUTES and (not a["sanitisation"] or a["sanitisation"] == "none"):
        return device.advise(
            "leaving",
            "sanitise",
            f"Left by {route} on {a['disposal_date']} without a sanitisation "
            "status: find the certificate, or report the loss.",
            TCOP_SANITISE,
            "high",
        )
    if not a["disposal_evidence"]:
        return device.advise(
            "leaving",
            "check",
            f"Left by {route} on {a['disposal_date']}: carrier, facility or transfer note is missing.",
            TCOP_WASTE,
            "medium",
        )
    return device.advise(
        "leaving",
        "check",
        f"Left by {route} on {a['disposal_date']} with evidence: keep the record.",
        TCOP_WASTE,
        "high",
    )


def not_in_use(device: Device) -> Advice | None:
    """Stock, and devices in use that nobody has seen: redeploy before buying."""
    if device.status == "in_stock":
        why = "In stock"
    elif device.status == "in_use" and device.asset["last_seen_date"]:
        days = (device.as_of - device.asset["last_seen_date"]).days
        if days <= device.settings.not_seen_days:
            return None
        why = f"In use but last seen {days} days before {device.as_of}"
    else:
        return None
    new, share = device.new_device, device.settings.displacement
    saving = Saving(new.low * share.low, new.central * share.central, new.high * share.high) if new else None
    text = (
        f"{why}: redeploy it before buying; a new one is {new.central:.0f} kg CO2e, of which {share.central:.0%} is "
        "taken as avoided."
        if new
        else f"{why}: redeploy it before buying."
    )
    return device.advise(
        "not_in_use", "redeploy", text, TCOP_REUSE, "medium", effect="avoids_purchase", basis="once", saving=saving
    )


def system_ends(device: Device) -> Advice | None:
    """Operating system that has ended or ends within the year."""
    support = device.support
    if support.state not in ("ended", "ends_soon"):
        return None
    verb = "ended" if support.state == "ended" else "ends"
    text = f"{support.label} {verb} on {support.until}"
    if not support.label.startswith("Windows"):
        return device.advise(
            "system_ends",
            "check",
            f"{text}: find out whether a newer system runs on the device.",
            TCOP_LIFESPAN,
            "medium",
        )
    if support.label.startswith("Windows 11"):
        return device.advise(
            "system_ends",
            "upgrade_os",
            f"{text}; the hardware runs Windows 11 already: update to a newer release.",
            TCOP_LIFESPAN,
            "high",
            **_one_year(device),
        )
    answer = device.eligibility
    if answer.answer == "eligible":
        return device.advise(
            "system_ends",
            "upgrade_os",
            f"{text}; the hardware may run Windows 11 ({answer.reason}): upgrade instead of replacing.",
            TCOP_LIFESPAN,
            "high",
            **_one_year(device),
        )
    if answer.answer == "not eligible":
        return device.advise(
            "system_ends",
            "check",
            f"{text} and the hardware may not run Windows 11 ({answer.reason}): "
            "compare extended support, another system, a light role and replacement.",
            TCOP_LIFESPAN,
            "medium",
        )
    return device.advise(
        "system_ends",
        "check",
        f"{text}; whether it may run Windows 11 is {answer.answer}: {answer.reason}.",
        TCOP_LIFESPAN,
        "low",
    )


def keep(device: Device) -> Advice | None:
    """Supported for another year, or a device without a system within its planned life: one more year saves a share."""
    if device.status not in ("in_use", "repair"):
        return None
    if device.category in _COMPUTERS:
        horizon = device.as_of + timedelta(days=round(365.25 * device.settings.keep_support_years))
        if device.support.state != "supported" or (device.support.until or device.as_of) < horizon:
            return None
        why = f"{device.support.label} is supported until {device.support.until}"
    elif device.line.get("match_level") in (None, "F"):
        return None
    else:
        why = "It has no operating system that ends"
    saving = _one_year(device)
    found = saving.get("saving")
    more = (
        f": one more year saves {found.central:.0f} kg CO2e of a new one's embodied carbon a device." if found else "."
    )
    return device.advise("keep", "keep", why + more, TCOP_LIFESPAN, "medium", **saving)


def _one_year(device: Device) -> dict[str, Any]:
    """Embodied of a new device over its planned life, less nothing: a successor is taken to use as much energy."""
    new, life = device.new_device, device.line.get("device_life_years")
    if new is None or not life:
        return {}
    saving = Saving(new.low / life, new.central / life, new.high / life)
    return {"effect": "avoids_purchase", "basis": "per_year", "saving": saving}


def check(device: Device) -> Advice | None:
    """Everything else: what to find out."""
    if device.line.get("match_level") in (None, "F"):
        what = "its category and model"
    elif device.support.state == "unknown" and device.support.dates:
        days = " or ".join(d.isoformat() for d in device.support.dates)
        what = f"the edition of {device.support.label}, which decides whether support ends on {days}"
    elif device.category in _COMPUTERS and device.support.state == "unknown":
        what = "its operating system and build"
    elif data_age_months(device.support, device.as_of) > device.settings.max_data_age_months:
        what = "the present end of support: the data are older than six months"
    else:
        what = f"what follows {device.support.label}, which is supported until {device.support.until}"
    return device.advise("check", "check", f"Find out {what}.", TCOP_RECORD, "low")


RULES: tuple[Callable[[Device], Advice | None], ...] = (
    contradiction,
    leaving,
    not_in_use,
    system_ends,
    keep,
    check,
)
"""The rules in order."""


def device_advice(
    assets: Sequence[Mapping[str, Any]],
    lines: Mapping[str, Mapping[str, Any]],
    library: FactorLibrary,
    as_of: date,
    config: Config,
) -> list[Advice]:
    """One row for every asset that is neither merged nor set aside.

    Parameters
    ----------
    assets
        Rows of an assets frame.
    lines
        Lines of the footprint by ``line_id``, with the per-device figures of ``footprint.facts.device_facts``.
    """
    settings = Settings.of(config, library)
    found = []
    for asset in assets:
        if asset["merged_into"] or asset["set_aside"]:
            continue
        device = Device(asset, lines.get(asset["line_id"], {}), library, as_of, settings)
        found.append(next(advice for rule in RULES if (advice := rule(device)) is not None))
    return found
