"""What one unit of cloud usage means in kWh and embodied kg CO2e, by kind of quantity.

Sources: Teads measured instances and SPECpower (compute), Etsy Cloud Jewels through Cloud Carbon Footprint (storage,
network), SPRUCE (serverless), BoaviztAPI through SPRUCE and the Teads platform model (embodied).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from greendigital.estimation.cloud_settings import CloudSettings, default_settings
from greendigital.estimation.instances import resolve_instance
from greendigital.estimation.room_pue import room_pue
from greendigital.factorset import Factor, FactorLibrary
from greendigital.units import HOURS_PER_YEAR, WATT_HOURS_PER_KWH

_REGIONS = "cloud-regions"
_PUE = "cloud-pue"
_WITHOUT_PUE = ("oci",)
"""Providers with meter rules and no published PUE; Oracle builds in halls of its own and of others."""

_SERVERLESS = re.compile(
    r"lambda|fargate|functions|container (?:apps|instances|service)|elastic container|emr|mapreduce|glue|\becs\b|eks|"
    r"amazonecs|elastic kubernetes",
    re.I,
)
_DATABASE = re.compile(r"sql|database|postgres|mysql|mariadb|synapse|data factory", re.I)
_FAR_SIDE = ("ignored_inbound", "processed")
_INTERNET = ("internet_out", "internet_in", "cdn_out")
"""Paths from or to a reader outside, who is reached over access networks."""
_CAPACITY_UNITS = ("acu", "rpu", "functions")
"""Memory that stands for a whole capacity unit whose processor is not published: the fallback by cost takes it."""
_SCOPE_ORDER = {"region": 0, "campus": 1, "region_pattern": 2, "continental_average_assigned_to_region": 3, "global": 4}


@dataclass(frozen=True, slots=True)
class CloudActivity:
    """What one unit of a typed quantity means.

    Attributes
    ----------
    line_class
        compute, storage, memory, serverless or network; empty where nothing physical is known.
    stages
        Stages that a line of the class is expected to have.
    kwh_per_unit, network_kwh_per_unit
        IT energy per unit before PUE; utilisation and copies are in.
    embodied_kg_per_unit
        kg CO2e per unit.
    embodied_complete
        False where a known part of the hardware is not in ``embodied_kg_per_unit``: the figure counts, the line is
        partial.
    life
        Years over which the embodied figure is spread, where it is not an hourly figure already.
    pue_applies
        Whether the energy is used inside the provider's data centres.
    """

    line_class: str = ""
    stages: tuple[str, ...] = ()
    kwh_per_unit: float | None = None
    energy_factor: Factor | None = None
    utilisation_factor: Factor | None = None
    replication_factor: Factor | None = None
    use_basis: str = "none"
    network_kwh_per_unit: float | None = None
    network_factor: Factor | None = None
    embodied_kg_per_unit: float | None = None
    embodied_factor: Factor | None = None
    embodied_basis: str = "none"
    embodied_complete: bool = True
    life: Factor | None = None
    hours_per_unit: float | None = None
    utilisation_share: float | None = None
    pue_applies: bool = True


NOTHING = CloudActivity()
DEVICE = ("use", "embodied")


def resolve_activity(
    library: FactorLibrary,
    provider: str,
    service: str,
    quantity_kind: str,
    instance_type: str | None,
    storage_class: str | None,
    transfer_path: str | None,
    settings: CloudSettings | None = None,
) -> CloudActivity:
    """What one unit of the quantity means; an activity without a line class where nothing physical is known."""
    settings = settings or default_settings(library)
    if quantity_kind == "instance_hours":
        return _compute(library, provider, instance_type, settings)
    if quantity_kind == "vcpu_hours":
        return _vcpu(library, service, instance_type or "")
    if quantity_kind == "gb_hours":
        return _memory(library, service, instance_type or "", settings.server_life)
    if quantity_kind == "tb_hours":
        return _storage(library, provider, storage_class or "", settings.storage_life)
    if quantity_kind == "gb_moved":
        return _network(library, transfer_path or "", settings.with_access_networks)
    return NOTHING


def _compute(
    library: FactorLibrary, provider: str, instance_type: str | None, settings: CloudSettings
) -> CloudActivity:
    found = resolve_instance(library, provider, instance_type or "", settings)
    if found is None:
        return NOTHING
    use = (found.watts, found.utilisation, found.use_basis)
    return machine_activity(use, (found.embodied, found.embodied_basis), settings.utilisation)


def machine_activity(
    use: tuple[Factor | None, Factor | None, str], embodied: tuple[Factor | None, str], assumed: Factor
) -> CloudActivity:
    """An hour of a machine, or of a part of one that is billed by itself.

    Parameters
    ----------
    use
        Watts at the assumed load, what the load may be instead, and the basis; without watts there is none.
    embodied
        kg CO2e per hour, and its basis.
    assumed
        The load (share).
    """
    watts, utilisation, use_basis = use
    carbon, embodied_basis = embodied
    return CloudActivity(
        "compute",
        DEVICE,
        kwh_per_unit=watts.value / WATT_HOURS_PER_KWH if watts else None,
        energy_factor=watts,
        utilisation_factor=utilisation,
        use_basis=use_basis if watts else "none",
        embodied_factor=carbon,
        embodied_kg_per_unit=carbon.value if carbon else None,
        embodied_basis=embodied_basis if carbon else "none",
        hours_per_unit=1.0,
        utilisation_share=assumed.value,
    )


def _vcpu(library: FactorLibrary, service: str, runtime: str) -> CloudActivity:
    """vCPU-hours without a server of one's own: containers, functions, and cores of managed databases."""
    if not (runtime or _SERVERLESS.search(service) or _DATABASE.search(service)):
        return NOTHING
    factor = _serverless_vcpu(library, runtime)
    return CloudActivity(
        "serverless", ("use", "embodied"), kwh_per_unit=factor.value, energy_factor=factor, use_basis="table"
    )


def _serverless_vcpu(library: FactorLibrary, runtime: str) -> Factor:
    return library.factor("serverless-vcpu-arm" if runtime.endswith("-arm") else "serverless-vcpu-x86")


def _memory(library: FactorLibrary, service: str, runtime: str, life: Factor) -> CloudActivity:
    if runtime in _CAPACITY_UNITS:
        return NOTHING
    serverless = bool(runtime or _SERVERLESS.search(service))
    factor = library.factor("serverless-memory" if serverless else "memory-energy")
    with_processor = runtime in ("lambda", "lambda-arm")
    if with_processor:
        factor = _lambda_gb_hour(library, factor, runtime)
    dram = library.factor("cloud-component-dram-gb")
    return CloudActivity(
        "serverless" if serverless else "memory",
        DEVICE,
        kwh_per_unit=factor.value,
        energy_factor=factor,
        use_basis="table",
        embodied_kg_per_unit=dram.value / (life.value * HOURS_PER_YEAR),
        life=life,
        embodied_factor=dram,
        embodied_basis="table",
        # Nobody publishes an embodied figure of the processor that comes with the memory.
        embodied_complete=not with_processor,
    )


def _lambda_gb_hour(library: FactorLibrary, memory: Factor, runtime: str) -> Factor:
    """A GB-hour of a function: its memory, and the share of a vCPU that comes with the memory.

    Source: AWS Lambda Developer Guide, "Configure Lambda function memory": at 1,769 MB a function has one vCPU.
    """
    vcpu = _serverless_vcpu(library, runtime)
    gb_per_vcpu = library.factor("serverless-lambda-memory-per-vcpu")
    factor = Factor(
        factor_id=f"derived:{runtime}-gb-hour",
        activity="serverless_energy",
        value=memory.value + vcpu.value / gb_per_vcpu.value,
        unit=memory.unit,
        set_name="derived",
        edition="",
        error_group=vcpu.error_group,
        width_kind=vcpu.width_kind,
        source_id=gb_per_vcpu.source_id,
        source_locator=gb_per_vcpu.source_locator,
        note=(
            f"{memory.value:g} kWh per GB-hour ({memory.factor_id}) + {vcpu.value:.6g} kWh per vCPU-hour "
            f"({vcpu.factor_id}) / {gb_per_vcpu.value:g} GB per vCPU ({gb_per_vcpu.factor_id})"
        ),
    )
    return library.in_place_of(factor)


def _storage(library: FactorLibrary, provider: str, storage_class: str, life: Factor) -> CloudActivity:
    medium, _, key = storage_class.partition(":")
    energy = _pick(library, "storage_energy", "medium", medium)
    embodied = _pick(library, "storage_embodied", "medium", medium)
    copies = replication(library, provider, key)
    if energy is None or copies is None:
        return NOTHING
    life_hours = life.value * HOURS_PER_YEAR
    return CloudActivity(
        "storage",
        DEVICE,
        kwh_per_unit=energy.value * copies.value / WATT_HOURS_PER_KWH,
        energy_factor=energy,
        replication_factor=copies,
        use_basis="table",
        embodied_factor=embodied,
        embodied_kg_per_unit=embodied.value * copies.value / life_hours if embodied else None,
        embodied_basis="table" if embodied else "none",
        life=life if embodied else None,
    )


def _network(library: FactorLibrary, path: str, with_access_networks: bool) -> CloudActivity:
    """Data moved over the provider's links, or end to end; the far side of a transfer is counted once, elsewhere.

    Access networks are beyond the data centre: the end-to-end figure has no PUE, and only the internet has it.
    """
    if path in _FAR_SIDE:
        return CloudActivity(use_basis="counted_elsewhere")
    end_to_end = with_access_networks and path in _INTERNET
    factor = library.factor("network-access" if end_to_end else "network-provider-links")
    return CloudActivity(
        "network",
        ("network",),
        network_kwh_per_unit=factor.value,
        network_factor=factor,
        use_basis="table",
        pue_applies=not end_to_end,
    )


def _pick(library: FactorLibrary, activity: str, column: str, value: str) -> Factor | None:
    return next((f for f in library.find(activity) if f.extra.get(column) == value), None)


def replication(library: FactorLibrary, provider: str, key: str) -> Factor | None:
    """Copies the provider keeps, by redundancy key; the provider's default for a key not listed."""
    found = [f for f in library.find("storage_replication") if f.extra.get("provider") == provider]
    exact = [f for f in found if f.extra.get("replication_key") == key]
    default = [f for f in found if f.extra.get("replication_key") == "default"]
    return next(iter(exact or default), None)


@lru_cache(maxsize=8)
def _regions(library: FactorLibrary) -> dict[tuple[str, str], Mapping[str, Any]]:
    return {(r["provider"], r["region"]): r for r in library.table(_REGIONS, "regions")}


def region_country(library: FactorLibrary, provider: str, region: str) -> str | None:
    """Country of a region, ISO 3166-1 alpha-3; None for a global service or an unknown region."""
    row = _regions(library).get((provider, region.lower()))
    return row["country"] if row else None


def region_zone(library: FactorLibrary, provider: str, region: str) -> str:
    """Grid zone of a region, as in the set of zones: its own, else that of its whole country; empty without either."""
    row = _regions(library).get((provider, region.lower()))
    return (row["grid_zone"] or _zones_of_countries(library).get(row["country"], "")) if row else ""


@lru_cache(maxsize=8)
def _zones_of_countries(library: FactorLibrary) -> dict[str, str]:
    """Zones that are a whole country, where a set of zones was given."""
    tables = [library.table(name, "zones") for name, held in library.sets.items() if "zones" in held.lookups]
    return {r["country"]: r["zone"] for rows in tables for r in rows if r["country"] and "-" not in r["zone"]}


def region_twins(library: FactorLibrary, provider: str) -> list[Mapping[str, Any]]:
    """All regions of a provider in service, with their countries."""
    return [r for (p, _), r in sorted(_regions(library).items()) if p == provider and r["in_service"]]


def resolve_pue(library: FactorLibrary, provider: str, region: str, year: int) -> Factor | None:
    """PUE of a region: its own figure, its area's, then the provider's; the newest year not after ``year``.

    Where sources of one region and year differ the mean is taken and the note names their span; the range is the
    default width of a PUE, which is wider.
    """
    rows = [
        r
        for r in library.table(_PUE, "pue")
        if r["provider"] == provider
        and (r["region_pattern"] == "*" or re.fullmatch(r["region_pattern"], region.lower()))
    ]
    if not rows:
        return room_pue(library, "colocation", year) if provider in _WITHOUT_PUE else None
    best = min(_SCOPE_ORDER[r["scope"]] for r in rows)
    rows = [r for r in rows if _SCOPE_ORDER[r["scope"]] == best]
    years = [r["year"] for r in rows if r["year"] and r["year"] <= year]
    chosen = max(years) if years else min((r["year"] or 0) for r in rows)
    rows = [r for r in rows if (r["year"] or 0) == chosen]
    values = [r["pue"] for r in rows]
    name = region.lower() if best < _SCOPE_ORDER["global"] else "global"
    factor = Factor(
        factor_id=f"pue:{provider}:{name}:{chosen or 'undated'}",
        activity="pue_cloud",
        value=sum(values) / len(values),
        unit="ratio",
        set_name=_PUE,
        edition=library.sets[_PUE].edition,
        data_year=chosen or None,
        error_group=f"pue:{provider}",
        width_kind="pue",
        source_id=rows[0]["source_id"],
        source_locator=", ".join(
            (rows[0]["scope"].replace("_", " "), rows[0]["region_pattern"], str(chosen or "no year given"))
        ),
        note="" if len(values) == 1 else f"mean of {len(values)} published figures, {min(values):g} to {max(values):g}",
    )
    return library.in_place_of(factor)
