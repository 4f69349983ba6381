"""How the resolution tables of cloud lines are filled: by this program's own method, or by another's published one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from greendigital.estimation.cloud_activity import CloudActivity, resolve_activity, resolve_pue
from greendigital.estimation.cloud_settings import CloudSettings, at_load, cloud_settings, own_figure
from greendigital.estimation.core_hours import core_activity
from greendigital.estimation.grid import GridFactors
from greendigital.estimation.preset_boavizta import BoaviztaPreset
from greendigital.estimation.preset_ccf import CcfPreset
from greendigital.estimation.tables import RunTables
from greendigital.factorset import Factor


class CloudMethod(Protocol):
    """What a method says of usage and places; the body joins it and multiplies.

    Attributes
    ----------
    settings
        The assumptions it works with.
    pue_without_figure
        PUE of a region without a factor; None leaves it unknown, and with it the energy.
    """

    settings: CloudSettings
    pue_without_figure: float | None

    def activity(self, key: Mapping[str, str]) -> CloudActivity:
        """What one unit of a kind of usage means."""

    def pue(self, provider: str, region: str, year: int) -> Factor | None:
        """PUE of a region; None where it has none."""

    def electricity(self, provider: str, region: str, country: str, year: int, zone: str) -> GridFactors:
        """Electricity of a region."""


class DefaultMethod:
    """This program's own method (docs/method.md, Cloud)."""

    pue_without_figure: float | None = None

    def __init__(self, tables: RunTables) -> None:
        self.tables = tables
        self.settings = cloud_settings(tables.library, tables.config.cloud)

    def activity(self, key: Mapping[str, str]) -> CloudActivity:
        """By the core where a machine is billed by it, else :func:`~.cloud_activity.resolve_activity`."""
        settings = at_load(self.settings, self.tables.library, key["load_state"])
        by_the_core = core_activity(
            self.tables.library, key["provider"], key["quantity_kind"], key["instance_type"], settings
        )
        return by_the_core or resolve_activity(
            self.tables.library,
            key["provider"],
            key["service"],
            key["quantity_kind"],
            key["instance_type"] or None,
            key["storage_class"] or None,
            key["transfer_path"] or None,
            settings,
        )

    def pue(self, provider: str, region: str, year: int) -> Factor | None:
        """PUE of the configuration, else the published one."""
        return resolve_pue(self.tables.library, provider, region, year)

    def electricity(self, provider: str, region: str, country: str, year: int, zone: str) -> GridFactors:
        """Electricity of the country or zone of the region."""
        return self.tables.grid(country, year, zone)


class _WithOwnPue:
    """A method with the PUE of the configuration in the place of its own."""

    def __init__(self, method: CloudMethod) -> None:
        self.method = method
        self.settings = method.settings
        self.pue_without_figure = method.pue_without_figure
        self.activity = method.activity
        self.electricity = method.electricity

    def pue(self, provider: str, region: str, year: int) -> Factor | None:
        """PUE of the configuration, else of the method."""
        published, given = self.method.pue(provider, region, year), (self.settings.pue or {}).get(provider)
        if given is None:
            return published
        stands_for = published or _NO_PUE
        return own_figure(stands_for, given, "pue", f":{provider}:{region.lower() or 'no-region'}")


_NO_PUE = Factor("no-pue", "pue_cloud", 1.0, "ratio", "", "", width_kind="pue")
"""What a PUE of the configuration stands for where nothing is published."""


def cloud_method(tables: RunTables) -> CloudMethod:
    """The method that the configuration asks for."""
    name = tables.config.cloud.method
    method: CloudMethod = DefaultMethod(tables)
    if name == "cloud-carbon-footprint":
        method = CcfPreset(tables)
    elif name == "boavizta":
        method = BoaviztaPreset(tables)
    return _WithOwnPue(method) if method.settings.pue else method
