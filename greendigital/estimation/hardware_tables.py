"""Resolution tables of the hardware body: distinct models, service spans and places, resolved in plain Python."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from greendigital.errors import UsageError
from greendigital.estimation.devices import STAGES, DeviceFigures, resolve_device
from greendigital.estimation.equipment import read_configuration
from greendigital.estimation.maker_classes import report_generation, with_maker_class
from greendigital.estimation.network_devices import with_network_figures
from greendigital.estimation.refurbished import NEW, with_refurbishment
from greendigital.estimation.room_pue import room_pue
from greendigital.estimation.scopes import scopes_of
from greendigital.estimation.servers import utilisation_of, with_server_figures
from greendigital.estimation.service import ServiceKey, resolve_service
from greendigital.estimation.tables import GRID_SCHEMA, RunTables, Table, columnar
from greendigital.factorset import Factor, FactorLibrary
from greendigital.inventory.completion import ROOMS_WITH_PUE
from greendigital.matching import Match, match_device, model_key
from greendigital.matching.monitor_sizes import SIZE_UNKNOWN, monitor_size_of
from greendigital.period import Part
from greendigital.units import KG_PER_TONNE

PRODUCT_KEY = ("category", "manufacturer", "model", "_screen", "_year", "condition", "_configuration")
SERVICE_KEY = (
    "acquired_date",
    "retired_date",
    "status",
    "_life",
    "disposal_date",
    "disposal_route",
    "disposal_evidence",
)
PLACE_KEY = ("country", "location_type", "ownership", "operational_control", "expensed", "_home", "_pue", "_zone")

_WASTE_ROUTES = {
    "recycle": "recycling_open_loop",
    "recovery": "incineration_with_energy_recovery",
    "landfill": "landfill",
}
_WASTE_DETAIL = "WEEE - mixed"
_RECYCLING = "recycle"
_ISO_DATES = "Give dates as YYYY-MM-DD or as dates, or use estimate or read_inventory, which read others."


_PRODUCT_SCHEMA = {
    "_product_key": "string",
    "match_level": "string",
    "match_note": "string",
    "variant": "string",
    "matched_category": "string",
    "product_kwh": "float",
    "product_energy_id": "string",
    "product_use_basis": "string",
    "utilisation_factor_id": "string",
    "product_utilisation": "float",
    "energy_down2": "float",
    "energy_up2": "float",
    **{f"device_{s}": "float" for s in STAGES},
    "device_total": "float",
    "embodied_factor_id": "string",
    "embodied_basis": "string",
    "embodied_down2": "float",
    "embodied_up2": "float",
    "life_default": "float",
    "product_life_id": "string",
    "mass_default": "float",
    "mass_from": "string",
    "product_reason": "string",
}


def product_table(tables: RunTables, keys: Sequence[Mapping[str, str]]) -> Table:
    """Match level and per-device figures of each distinct model."""
    known: dict[tuple[Any, ...], dict[str, Any]] = {}
    return columnar([_product_row(tables, key, known) for key in keys], _PRODUCT_SCHEMA)


def _product_row(
    tables: RunTables, key: Mapping[str, str], known: dict[tuple[Any, ...], dict[str, Any]]
) -> dict[str, Any]:
    """What is known of a model; devices of one model bought in different years are most often the same product."""
    if tables.confirmed and (name := model_key(key["manufacturer"] or None, key["model"] or None)) in tables.confirmed:
        tables.confirmed_used.add(name)
    screen, year = float(key["_screen"]) if key["_screen"] else None, _year(key["_year"])
    if key["condition"] != NEW:
        year = None  # it was bought years after it was made: the year says nothing of the model
    match = _match(tables, key, screen, year)
    if match.variant == SIZE_UNKNOWN and (told := monitor_size_of(tables.library, key["manufacturer"], key["model"])):
        match = _match(tables, key, told, year)
    if match.note:
        tables.match_reasons[match.note] = match.reason
    products = tuple((r["pcf_id"], r["usable_embodied"], r["usable_energy"]) for r in match.products)
    said = tuple(key[name] for name in PRODUCT_KEY if name != "_year")
    same = (said, report_generation(year), match.match_level, match.note, match.reason, products)
    if same not in known:
        known[same] = _product_values(tables, match, *_product_figures(tables, key, match, screen, year))
    return {"_product_key": key["_product_key"], **known[same]}


def _product_figures(
    tables: RunTables, key: Mapping[str, str], match: Match, screen: float | None, year: int | None
) -> tuple[DeviceFigures, str]:
    """Figures of one device, and why one is lacking; of the year only the generation of reports counts."""
    figures = resolve_device(tables.library, match) if match.match_level != "F" else DeviceFigures()
    stated = read_configuration(key["_configuration"])
    figures = with_server_figures(tables.library, figures, match, key["manufacturer"], key["model"], stated)
    figures = with_network_figures(tables.library, figures, match, key["manufacturer"], key["model"])
    # After the parts of a stated configuration, which say more of a server than its maker does.
    figures = with_maker_class(tables.library, figures, match, key["manufacturer"], key["model"], screen, year)
    reason = "not_matched" if match.match_level == "F" else ""
    figures, lacking = with_refurbishment(tables.library, figures, match.category, key["condition"])
    return figures, reason or lacking


def _match(tables: RunTables, key: Mapping[str, str], screen: float | None, year: int | None) -> Match:
    return match_device(
        tables.library,
        key["manufacturer"] or None,
        key["model"] or None,
        key["category"] or None,
        screen,
        year,
        tables.config.matching.allow_siblings,
        tables.confirmed,
        tables.confirmed_in,
    )


def _product_values(tables: RunTables, match: Match, figures: DeviceFigures, reason: str) -> dict[str, Any]:
    stages = figures.stages_kg_co2e
    life = _planned_life(tables, match.category) or figures.life
    energy_down2, energy_up2 = (
        of_energy + of_load
        for of_energy, of_load in zip(tables.widths(figures.energy), tables.widths(figures.utilisation), strict=True)
    )
    embodied_down2, embodied_up2 = tables.widths(figures.embodied)
    return {
        "match_level": match.match_level,
        "match_note": match.note,
        "variant": match.variant,
        "matched_category": match.category,
        "product_kwh": figures.annual_kwh,
        "product_energy_id": tables.use(figures.energy),
        "product_use_basis": figures.use_basis,
        "utilisation_factor_id": tables.use(figures.utilisation),
        "product_utilisation": utilisation_of(figures.utilisation),
        "energy_down2": energy_down2,
        "energy_up2": energy_up2,
        **{f"device_{s}": None if stages is None else stages.get(s, 0.0) for s in STAGES},
        "device_total": None if stages is None else math.fsum(stages.values()),
        "embodied_factor_id": tables.use(figures.embodied),
        "embodied_basis": figures.embodied_basis,
        "embodied_down2": embodied_down2,
        "embodied_up2": embodied_up2,
        "life_default": life.value if life else None,
        "product_life_id": tables.use(life),
        "mass_default": figures.mass.value if figures.mass else None,
        "mass_from": _mass_from(figures.mass),
        "product_reason": reason,
    }


def _mass_from(mass: Factor | None) -> str:
    """Whether a mass is that of the product or of its category; empty for none."""
    if mass is None:
        return ""
    return "category" if mass.extra.get("category") else "product"


def _planned_life(tables: RunTables, category: str) -> Factor | None:
    """The organisation's own policy for the category."""
    years = tables.planned_lives.get(category)
    if years is None:
        return None
    return Factor(
        factor_id=f"policy:planned-life:{category}",
        activity="device_lifetime",
        value=years,
        unit="year",
        set_name="config",
        edition="",
        note="planned life set in the configuration file",
    )


_SERVICE_SCHEMA = {
    "_service_key": "string",
    "period_part": "int",
    "part_start": "string",
    "part_end": "string",
    "years": "float",
    "charged_share": "float",
    "written_off_share": "float",
    "transferred_share": "float",
    "bought": "float",
    "left_part": "float",
    "time_reason": "string",
    "waste_kg_co2e_per_kg": "float",
    "waste_factor_id": "string",
}


def service_table(tables: RunTables, keys: Sequence[Mapping[str, str]]) -> Table:
    """Service by part of each distinct combination of dates, status and planned life."""
    rows = []
    for key in keys:
        route = key["disposal_route"]
        service_key = ServiceKey(
            acquired=_day(key["acquired_date"]),
            retired=_day(key["retired_date"]),
            status=key["status"],
            life_years=(float(key["_life"]) or None) if key["_life"] else None,
            disposal=_day(key["disposal_date"]),
            disposal_route=route,
            evidence=key["disposal_evidence"] == "true",
        )
        for service in resolve_service(service_key, tables.period):
            part = tables.period.parts[service.part - 1]
            waste = waste_factor(tables.library, part, route or _RECYCLING) if service.left else None
            rows.append(
                {
                    "_service_key": key["_service_key"],
                    "period_part": service.part,
                    "part_start": (service.first or part.start).isoformat(),
                    "part_end": (service.last or part.end).isoformat(),
                    "years": service.years,
                    "charged_share": service.charged_share,
                    "written_off_share": service.written_off_share,
                    "transferred_share": service.transferred_share,
                    "bought": float(service.bought),
                    "left_part": float(service.left),
                    "time_reason": service.reason_code,
                    "waste_kg_co2e_per_kg": waste.value / KG_PER_TONNE if waste else None,
                    "waste_factor_id": tables.use(waste),
                }
            )
    return columnar(rows, _SERVICE_SCHEMA)


def waste_factor(library: FactorLibrary, part: Part, route: str) -> Factor | None:
    """UK government factor of mixed WEEE by the route, for scope 3 category 5; never to rank routes by.

    Where the part's own edition does not exist yet, the newest earlier one stands in.
    """
    found = [(f.valid_from.year, f) for f in library.find("waste_disposal", "GBR") if f.valid_from is not None]
    # Only an edition that is not published yet is stood in for: a route that an edition leaves out has no factor.
    edition = min(part.factor_year, max((year for year, _ in found), default=0))
    for year, factor in found:
        extra = factor.extra
        if year == edition and extra.get("route") == _WASTE_ROUTES.get(route) and extra.get("detail") == _WASTE_DETAIL:
            return factor
    return None


def _year(text: str) -> int | None:
    if text and not text.isdigit():
        raise UsageError(f'acquired_date: "{text}..." is not an ISO date. {_ISO_DATES}')
    return int(text) if text else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(f'"{text}" is not an ISO date. {_ISO_DATES}') from None


_PLACE_SCHEMA = {
    "_place_key": "string",
    "period_part": "int",
    "part_offset": "int",
    "use_share": "float",
    "embodied_share": "float",
    "place_location_type": "string",
    "pue_applied": "float",
    "pue_factor_id": "string",
    "pue_down2": "float",
    "pue_up2": "float",
    **GRID_SCHEMA,
    "place_use_scope": "string",
    "upstream_scope": "string",
    "embodied_scope": "string",
}


def place_table(tables: RunTables, keys: Sequence[Mapping[str, str]]) -> Table:
    """Electricity factors, PUE and scopes of each distinct place, by part; two rows for a hybrid device."""
    rows = [
        _place_row(tables, key, part, shares)
        for key in keys
        for part in tables.period.parts
        for shares in _place_shares(key, len(tables.period.parts))
    ]
    return columnar(rows, _PLACE_SCHEMA)


def _place_shares(key: Mapping[str, str], n_parts: int) -> Iterable[tuple[str, float, float, int]]:
    """Location type, share of the use, share of the embodied, and offset of the part number."""
    home = float(key["_home"]) if key["_home"] else 0.0
    if home <= 0 or key["location_type"] == "home":
        return [(key["location_type"], 1.0, 1.0, 0)]
    if home >= 1:
        return [("home", 1.0, 1.0, 0)]
    return [(key["location_type"], 1.0 - home, 1.0, 0), ("home", home, 0.0, n_parts)]


def _place_row(
    tables: RunTables, key: Mapping[str, str], part: Part, shares: tuple[str, float, float, int]
) -> dict[str, Any]:
    location, use_share, embodied_share, offset = shares
    pue, pue_factor = _pue(tables, key["_pue"], location, part.factor_year)
    pue_down2, pue_up2 = tables.widths(pue_factor)
    control = {"true": True, "false": False}.get(key["operational_control"])
    scopes = scopes_of(location, key["ownership"], control, key["expensed"] == "true")
    return {
        "_place_key": key["_place_key"],
        "period_part": part.number,
        "part_offset": offset,
        "use_share": use_share,
        "embodied_share": embodied_share,
        "place_location_type": location,
        "pue_applied": pue,
        "pue_factor_id": tables.use(pue_factor),
        "pue_down2": pue_down2,
        "pue_up2": pue_up2,
        **tables.grid_values(key["country"], part.factor_year, key["_zone"]),
        "place_use_scope": scopes.use,
        "upstream_scope": scopes.upstream,
        "embodied_scope": scopes.embodied if embodied_share else "",
    }


def _pue(tables: RunTables, given: str, location: str, year: int) -> tuple[float, Factor | None]:
    """PUE given for the line or site, else the sourced default of the room; 1 outside server rooms."""
    if location not in ROOMS_WITH_PUE:
        return 1.0, None
    if given:
        return float(given), None
    chosen = room_pue(tables.library, location, year)
    return (chosen.value, chosen) if chosen else (1.0, None)
