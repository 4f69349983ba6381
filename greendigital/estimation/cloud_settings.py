"""What cloud lines assume: utilisation, lives, network boundary, power source, from the set or the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from greendigital.config_sections import CLOUD_ASSUMPTIONS, Cloud
from greendigital.factorset import REPLACED, Factor, FactorLibrary, range_kept

_OWN = "config"
"""Set of figures that the configuration gives."""


_SHIPPED = ("assumptions", "cloud-presets")
_PRESET = "cloud_preset"
"""Activity of the parameters of a preset; the ends of its load are as fixed as those of an assumption."""


@dataclass(frozen=True)
class CloudSettings:
    """The assumptions of the cloud lines of a run.

    Attributes
    ----------
    utilisation
        Mean load of a rented vCPU (share); low and high are the ends of the load.
    server_life, storage_life
        Years over which embodied carbon is spread.
    with_access_networks
        Whether a transfer to or from the internet counts the networks up to its reader.
    fitted_power
        Whether the fit gives the watts of types with a measured curve too.
    pue
        PUE of the configuration by provider.
    """

    utilisation: Factor
    server_life: Factor
    storage_life: Factor
    with_access_networks: bool = False
    fitted_power: bool = False
    pue: Mapping[str, float] | None = None

    @property
    def own(self) -> list[Factor]:
        """The assumptions that the configuration gives."""
        return [f for f in (self.utilisation, self.server_life, self.storage_life) if f.set_name == _OWN]


def cloud_settings(library: FactorLibrary, cloud: Cloud, published: Mapping[str, str] | None = None) -> CloudSettings:
    """The assumptions of a configuration; what it does not give is that of the assumptions set.

    Parameters
    ----------
    published
        Ids of the factors that stand for the assumptions in a preset, by key of ``[cloud]``.
    """
    found = {}
    for key, factor_id in (CLOUD_ASSUMPTIONS | dict(published or {})).items():
        given, factor = getattr(cloud, key), library.factor(factor_id)
        found[key] = factor if given is None else own_figure(factor, given, key)
    return CloudSettings(
        found["utilisation"],
        found["server_life_years"],
        found["storage_life_years"],
        cloud.network == "with_access_networks",
        cloud.power_source == "fitted",
        cloud.pue,
    )


IDLE = "idle"
"""State of load of a machine that is held and not used."""


def at_load(settings: CloudSettings, library: FactorLibrary, load_state: str) -> CloudSettings:
    """The settings for machines in a state of load: held and not used they idle, whatever load is assumed of others."""
    if load_state != IDLE:
        return settings
    return replace(settings, utilisation=library.factor("assumption-idle-capacity"))


@lru_cache(maxsize=8)
def default_settings(library: FactorLibrary) -> CloudSettings:
    """The assumptions without a configuration."""
    return cloud_settings(library, Cloud())


def own_figure(published: Factor, value: float, key: str, place: str = "") -> Factor:
    """A figure of the configuration in the place of a published one; its range is kept.

    One mean load says little of each machine, and a life little of each server: the ends of an assumption stay.
    """
    low, high, interval = range_kept(published, value)
    if published.activity == _PRESET and published.low is not None and published.high is not None:
        low, high = min(published.low, value), max(published.high, value)
    return replace(
        published,
        factor_id=f"config:cloud-{key.replace('_', '-')}{place}",
        value=value,
        low=low,
        high=high,
        interval=interval,
        n_values=None,
        set_name=_OWN,
        edition="",
        data_year=None,
        source_id="",
        source_locator="",
        supersedes=published.factor_id,
        quality="override",
        note=f"in place of {published.factor_id}, {published.value:g} {published.unit}; {key} of [cloud]",
        extra={**published.extra, REPLACED: repr(published.value)},
    )


def resting_on(factor: Factor, *assumptions: Factor) -> Factor:
    """The factor, told as derived in this run where it rests on an assumption that is not the shipped one."""
    own = [a for a in assumptions if a.set_name not in _SHIPPED]
    if not own:
        return factor
    told = ", ".join(f"{a.value:g} {a.unit} ({a.factor_id})" for a in own)
    said = "; ".join(part for part in (factor.note or factor.source_locator, f"at {told}") if part)
    return replace(factor, set_name="derived", edition="", note=said)
