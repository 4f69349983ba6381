"""Cloud Carbon Footprint's method: watts per vCPU of a processor's generation, memory above the tested one, its PUE.

Source: Cloud Carbon Footprint, methodology (operational: compute, memory, storage, networking; embodied), and constants
of commit b7a049c (2024), in the factor set ``cloud-presets``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from statistics import mean, median
from typing import Any

from greendigital.estimation.cloud_activity import (
    DEVICE,
    NOTHING,
    CloudActivity,
    machine_activity,
    replication,
    resolve_activity,
)
from greendigital.estimation.cloud_presets import Preset, row_by_type
from greendigital.estimation.cloud_settings import resting_on
from greendigital.estimation.instances import instance_key, utilisation_span
from greendigital.factorset import Factor
from greendigital.units import HOURS_PER_YEAR, WATT_HOURS_PER_KWH

_OUTLIERS = ("Sandy Bridge", "Ivy Bridge")
"""Generations that draw so much that Cloud Carbon Footprint takes the median of a group with one of them."""


class CcfPreset(Preset):
    """Cloud Carbon Footprint as its methodology is documented, not as its code has it (embodied carbon)."""

    name = "cloud-carbon-footprint"
    short = "ccf"

    def activity(self, key: Mapping[str, str]) -> CloudActivity:
        """What one unit of a kind of usage means to Cloud Carbon Footprint."""
        kind, provider = key["quantity_kind"], key["provider"]
        if kind == "instance_hours":
            return self._instance(provider, key["instance_type"])
        if kind == "tb_hours":
            return self._storage(provider, key["storage_class"])
        own = resolve_activity(
            self.library,
            provider,
            key["service"],
            kind,
            key["instance_type"] or None,
            None,
            key["transfer_path"] or None,
        )
        if own.network_factor is not None:
            network = self.parameter("network")
            return replace(own, network_factor=network, network_kwh_per_unit=network.value)
        if kind == "vcpu_hours" and own.line_class:
            return self._vcpu(provider, own.line_class)
        if kind == "gb_hours" and own.line_class and not key["instance_type"].startswith("lambda"):
            memory = self.parameter("memory-power")
            return _energy_alone(own.line_class, memory, memory.value / WATT_HOURS_PER_KWH)
        return own if own.use_basis == "counted_elsewhere" else NOTHING

    def _storage(self, provider: str, storage_class: str) -> CloudActivity:
        medium, _, redundancy = storage_class.partition(":")
        copies = replication(self.library, provider, redundancy)
        if copies is None or medium not in ("hdd", "ssd"):
            return NOTHING
        energy = self.parameter(f"storage-{medium}")
        found = _energy_alone("storage", energy, energy.value * copies.value / WATT_HOURS_PER_KWH)
        return replace(found, replication_factor=copies)

    def _vcpu(self, provider: str, line_class: str) -> CloudActivity:
        row = self._processors(provider, "cpu").get("Unknown")
        if row is None:
            return NOTHING
        watts = resting_on(
            self.factor(
                f"vcpu:{provider}",
                _at(row, self.settings.utilisation.value),
                "w/vcpu",
                "serverless_energy",
                source_id=row["source_id"],
                source_locator=f"minimum and maximum watts of processors not known, {provider}",
            ),
            self.settings.utilisation,
        )
        return _energy_alone(line_class, watts, watts.value / WATT_HOURS_PER_KWH)

    def _processors(self, provider: str, kind: str) -> dict[str, Mapping[str, Any]]:
        rows = self.rows("processors")
        return {r["processor"]: r for r in rows if (r["provider"], r["kind"]) == (provider, kind)}

    def _instance(self, provider: str, instance_type: str) -> CloudActivity:
        row = row_by_type(self.library, "machines", self.name).get((provider, instance_key(provider, instance_type)))
        if row is None:
            return NOTHING
        levels = self.settings.utilisation
        assert levels.low is not None and levels.high is not None
        at = {u: self._watts(row, u) for u in (levels.value, levels.low, levels.high)}
        watts = at[levels.value]
        energy = utilisation = None
        if watts is not None:
            energy = self._watts_factor(row, watts)
            span = (at[u] or watts for u in (levels.low, levels.high))
            low, high = (w / watts for w in span)
            utilisation = utilisation_span(provider, row["instance_type"], low, high, levels)
        embodied = self._embodied(row)
        return machine_activity((energy, utilisation, "table"), (embodied, "table"), levels)

    def _watts(self, row: Mapping[str, Any], utilisation: float) -> float | None:
        """Watts of vCPUs, memory above the tested one, and GPUs; None where a GPU is not known."""
        ratio = row["burst_ratio"] or 1.0
        watts = row["vcpus"] * ratio * self._of_processors(row, "min_w", "max_w", utilisation)
        watts += self._memory_gb(row) * self.value("memory-power")
        if row["gpu_count"]:
            gpu = self._processors(row["provider"], "gpu").get(row["gpu_model"])
            if gpu is None:
                return None
            watts += row["gpu_count"] * _at(gpu, utilisation)
        return float(watts)

    def _of_processors(self, row: Mapping[str, Any], least: str, most: str, utilisation: float) -> float:
        """Watts per vCPU: the mean of the processors a type may run on, the median where an outlier is among them."""
        known, names = self._processors(row["provider"], "cpu"), row["processors"].split("; ")
        found = [known[name] for name in names if name in known]
        if len(found) < len(names):
            found = [known["Unknown"]]
        middle = median if any(name in _OUTLIERS for name in names) else mean
        low, high = middle(r[least] for r in found), middle(r[most] for r in found)
        return float(low + utilisation * (high - low))

    def _memory_gb(self, row: Mapping[str, Any]) -> float:
        """Share of the memory of the largest type of the family above that of the tested processors."""
        if not row["memory_gb"]:
            return 0.0
        known, names = self._processors(row["provider"], "cpu"), row["processors"].split("; ")
        tested = [known[name]["tested_memory_gb_per_chip"] for name in names if name in known]
        if len(tested) < len(names):
            tested = [known["Unknown"]["tested_memory_gb_per_chip"]]
        above = max(row["largest_memory_gb"] / row["largest_chips"] - mean(tested), 0.0)
        return float(above * row["memory_gb"] / row["largest_memory_gb"])

    def _watts_factor(self, row: Mapping[str, Any], watts: float) -> Factor:
        ratio = f" x {row['burst_ratio']:g} (baseline of a burstable type)" if row["burst_ratio"] else ""
        factor = self.factor(
            f"{row['provider']}:{row['instance_type']}:watts",
            watts,
            "w/instance",
            "instance_power_fitted",
            error_group="instance_power_preset",
            source_id=row["source_id"],
            source_locator=f"{row['name_as_published']}, {row['processors']}",
            note=f"{row['vcpus']:g} vCPU{ratio} x (minimum + {self.settings.utilisation.value:.0%} x (maximum - "
            f"minimum)) of {row['processors']} + {self._memory_gb(row):.4g} GB above the tested memory x "
            f"{self.value('memory-power'):g} W"
            + (f" + {row['gpu_count']:g} x {row['gpu_model']}" if row["gpu_count"] else ""),
        )
        return resting_on(factor, self.settings.utilisation)

    def _embodied(self, row: Mapping[str, Any]) -> Factor | None:
        whole, years = row["platform_embodied_kg_co2e"], self.settings.server_life
        if not whole:
            return None
        factor = self.factor(
            f"{row['provider']}:{row['instance_type']}:embodied",
            whole * row["vcpus"] / row["largest_vcpus"] / (years.value * HOURS_PER_YEAR),
            "kg_co2e/instance*hour",
            "instance_embodied",
            error_group="instance_embodied",
            basis="manufacture",
            source_id=row["source_id"],
            source_locator=f"{row['name_as_published']}, embodied emissions",
            note=f"{whole:g} kg x {row['vcpus']:g}/{row['largest_vcpus']:g} vCPU / ({years.value:g} years x 8,760 "
            "hours)",
        )
        return resting_on(factor, years)


def _energy_alone(line_class: str, energy: Factor, kwh: float) -> CloudActivity:
    """Usage of which a method has the energy and no embodied carbon: the line is partial."""
    return CloudActivity(line_class, DEVICE, kwh_per_unit=kwh, energy_factor=energy, use_basis="table")


def _at(row: Mapping[str, Any], utilisation: float) -> float:
    return float(row["min_w"] + utilisation * (row["max_w"] - row["min_w"]))
