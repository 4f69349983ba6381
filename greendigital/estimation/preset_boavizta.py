"""Boavizta's method: a share of the processors and memory of the server behind a type, and a third more for the rest.

Source: BoaviztAPI 2.5.0, cloud instances; facts of it in the factor sets ``cloud-presets`` and ``cloud-instances``.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from greendigital.estimation.cloud_activity import NOTHING, CloudActivity, machine_activity
from greendigital.estimation.cloud_presets import Preset, row_by_type
from greendigital.estimation.cloud_settings import resting_on
from greendigital.estimation.instances import BOAVIZTA_YEARS, instance_key, instance_row, utilisation_span
from greendigital.factorset import Factor
from greendigital.units import GRAMS_PER_KG


class BoaviztaPreset(Preset):
    """BoaviztAPI 2.5.0: instances alone; no PUE, no storage, no network."""

    name = "boavizta"
    short = "boavizta"
    pue_without_figure: float | None = 1.0
    _LOADS = (0, 10, 50, 100)

    def activity(self, key: Mapping[str, str]) -> CloudActivity:
        """What one unit of a kind of usage means to BoaviztAPI."""
        if key["quantity_kind"] != "instance_hours":
            far_side = key["quantity_kind"] == "gb_moved" and key["transfer_path"] in ("ignored_inbound", "processed")
            return CloudActivity(use_basis="counted_elsewhere") if far_side else NOTHING
        provider, name = key["provider"], instance_key(key["provider"], key["instance_type"])
        energy, utilisation = self._energy(provider, name)
        embodied = self._embodied(provider, name)
        if energy is None and embodied is None:
            return NOTHING
        use = (energy, utilisation, "table")
        return machine_activity(use, (embodied, "table"), self.settings.utilisation)

    def _energy(self, provider: str, name: str) -> tuple[Factor | None, Factor | None]:
        """Share of the server's processors and memory at the load, with what the rest of the server takes."""
        row = row_by_type(self.library, "platforms", self.name).get((provider, name))
        if row is None:
            return None, None
        assumed = self.settings.utilisation
        assert assumed.low is not None and assumed.high is not None
        watts, low, high = (self._watts(row, u) for u in (assumed.value, assumed.low, assumed.high))
        factor = self.factor(
            f"{provider}:{name}:watts",
            watts,
            "w/instance",
            "instance_power_fitted",
            error_group="instance_power_preset",
            source_id=row["source_id"],
            source_locator=f"server {row['platform']}",
            note=f"({row['processors']:g} x {row['processor_w']:g} W x {self._load(assumed.value):.4g} + "
            f"{row['memory_modules']:g} x {self._module(row, assumed.value):.4g} W of {row['memory_module_gb']:g} GB) "
            f"x {row['vcpus']:g}/{row['platform_vcpus']:g} vCPU x {1 + self.value('other-share'):.4g}",
        )
        return resting_on(factor, assumed), utilisation_span(provider, name, low / watts, high / watts, assumed)

    def _watts(self, row: Mapping[str, Any], utilisation: float) -> float:
        processors = row["processors"] * row["processor_w"] * self._load(utilisation)
        memory = row["memory_modules"] * self._module(row, utilisation)
        share = row["vcpus"] / row["platform_vcpus"]
        return float((processors + memory) * share * (1 + self.value("other-share")))

    def _load(self, utilisation: float) -> float:
        """Power of a processor at a load over its thermal design power, on a straight line between published loads."""
        points = [(load / 100, self.value(f"processor-load-{load}")) for load in self._LOADS]
        for (first, low), (last, high) in itertools.pairwise(points):
            if utilisation <= last:
                return low + (high - low) * (utilisation - first) / (last - first)
        return points[-1][1]

    def _module(self, row: Mapping[str, Any], utilisation: float) -> float:
        """Watts of one module of memory at a load."""
        full = self.value("memory-module-power") + self.value("memory-power") * row["memory_module_gb"]
        idle = self.value("memory-idle-share")
        return float(full * (idle + (1 - idle) * utilisation))

    def _embodied(self, provider: str, name: str) -> Factor | None:
        """Its figure per hour, as the instance table has it; the platform total of another source never stands in."""
        row, years = instance_row(self.library, provider, name), self.settings.server_life
        if row is None or not row["boavizta_g_co2e_per_hour"]:
            return None
        factor = self.factor(
            f"{provider}:{row['instance_type']}:embodied",
            row["boavizta_g_co2e_per_hour"] / GRAMS_PER_KG * BOAVIZTA_YEARS / years.value,
            "kg_co2e/instance*hour",
            "instance_embodied",
            error_group="instance_embodied",
            basis="manufacture",
            source_id="boaviztapi",
            source_locator=f"{row['name_as_published']}, manufacture per hour",
        )
        return resting_on(factor, years)
