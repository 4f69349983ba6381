"""Per-device figures: yearly energy, embodied carbon by stage, planned life and mass, best source first.

The match says who the model is; this module says where each figure comes from (``use_basis``, ``embodied_basis``).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import median
from typing import Any

from greendigital.estimation.mean_estimates import embodied_of_mean_estimates
from greendigital.estimation.ranges import default_width
from greendigital.factorset import REPLACED, Factor, FactorLibrary
from greendigital.matching import Match

STAGES = ("manufacture", "transport", "end_of_life", "embodied_unsplit")


@dataclass(frozen=True, slots=True)
class DeviceFigures:
    """What one device of a model needs and carries.

    Attributes
    ----------
    annual_kwh
        kWh a year in use, before PUE; None when no figure is known.
    stages_kg_co2e
        Embodied kg CO2e of one new device by stage; empty when no figure is known.
    life_years, mass_kg
        Category defaults; None when no figure is known.
    utilisation
        The assumed load as a further source of error of the energy, around 1; None where none was assumed.
    """

    energy: Factor | None = None
    use_basis: str = "none"
    stages_kg_co2e: Mapping[str, float] | None = None
    embodied: Factor | None = None
    embodied_basis: str = "none"
    life: Factor | None = None
    mass: Factor | None = None
    utilisation: Factor | None = None

    @property
    def annual_kwh(self) -> float | None:
        """Yearly energy of one device."""
        return self.energy.value if self.energy else None


def resolve_device(library: FactorLibrary, match: Match) -> DeviceFigures:
    """Figures of a matched device: the product's own, else the default of its category.

    Source of the order: method of the project, section 3 and 4; product figures are manufacturers' reports.
    """
    figures = _category_figures(library, match.category, match.variant)
    if not match.products:
        return figures
    energy = _product_energy(library, match)
    embodied = _product_embodied(library, match)
    if energy is not None:
        figures = replace(figures, energy=_at_its_level(match, energy), use_basis=_basis(match, energy))
    if embodied is not None:
        basis = _basis(match, embodied[0])
        factor = _at_its_level(match, embodied[0])
        figures = replace(figures, embodied=factor, stages_kg_co2e=embodied[1], embodied_basis=basis)
    elif (mean := embodied_of_mean_estimates(library, match, _width_kind(match, "embodied"))) is not None:
        stages = {"embodied_unsplit": mean.value}
        factor = _at_its_level(match, mean)
        figures = replace(figures, embodied=factor, stages_kg_co2e=stages, embodied_basis="class")
    mass = _product_mass(library, match)
    return replace(figures, mass=mass) if mass is not None else figures


def _at_its_level(match: Match, factor: Factor) -> Factor:
    """A figure that stands for a relative is another factor than the product's own: its range is wider."""
    relative = {"C": "series", "D": "sibling"}.get(match.match_level)
    return replace(factor, factor_id=f"{factor.factor_id}:{relative}") if relative else factor


def _basis(match: Match, factor: Factor) -> str:
    """Whether a product figure is one report's own, the middle of several configurations, or that of a series."""
    if match.match_level in _OF_OTHERS:
        return "series"
    return "variants" if factor.set_name == "derived" else "product"


_OF_OTHERS = {"C": "series", "D": "category"}
"""Levels at which the figure is of a relative, with the width of its range: of a series, of its category."""


def _width_kind(match: Match, figure: str) -> str:
    """Kind of the default range: a figure of a series, or of a sibling, is less sure than the product's own."""
    return f"{_OF_OTHERS.get(match.match_level, 'product')}_{figure}"


@lru_cache(maxsize=1024)
def _category_figures(library: FactorLibrary, category: str, variant: str) -> DeviceFigures:
    energy = category_factor(library, "device_annual_use", category, variant)
    embodied = category_factor(library, "device_embodied", category, variant)
    return DeviceFigures(
        energy=energy,
        use_basis="category" if energy else "none",
        embodied=embodied,
        stages_kg_co2e={"embodied_unsplit": embodied.value} if embodied else None,
        embodied_basis="category" if embodied else "none",
        life=category_factor(library, "device_lifetime", category, variant),
        mass=category_factor(library, "device_mass", category, variant),
    )


def category_factor(library: FactorLibrary, activity: str, category: str, variant: str = "") -> Factor | None:
    """The default of a category: of the variant where there is one, else of the whole category."""
    found = _by_category(library, activity).get(category, ())
    exact = [f for f in found if f.extra.get("variant", "") == variant]
    whole = [f for f in found if not f.extra.get("variant")]
    chosen = exact or whole or found
    return chosen[0] if chosen else None


@lru_cache(maxsize=32)
def _by_category(library: FactorLibrary, activity: str) -> Mapping[str, Sequence[Factor]]:
    found: dict[str, list[Factor]] = defaultdict(list)
    for factor in library.find(activity):
        if category := factor.extra.get("category"):
            found[category].append(factor)
    return found


def _product_energy(library: FactorLibrary, match: Match) -> Factor | None:
    rows = [r for r in match.products if r["usable_energy"] and r["annual_use_kwh"]]
    return _product_factor(
        library,
        match,
        rows,
        "annual_use_kwh",
        "device_annual_use",
        "kwh/device*year",
        _width_kind(match, "energy"),
        ":kwh",
    )


def _product_embodied(library: FactorLibrary, match: Match) -> tuple[Factor, dict[str, float]] | None:
    rows = [r for r in match.products if r["usable_embodied"] and r["embodied_kg_co2e"]]
    if not rows:
        return None
    # Unlike boundaries are never mixed: keep the one most rows have, the wider one on a tie.
    boundaries = [r["boundary"] or "" for r in rows]
    best = max(sorted(set(boundaries), key=len), key=lambda b: (boundaries.count(b), len(b)))
    rows = [r for r in rows if (r["boundary"] or "") == best]
    factor = _product_factor(
        library,
        match,
        rows,
        "embodied_kg_co2e",
        "device_embodied",
        "kg_co2e/device",
        _width_kind(match, "embodied"),
        "",
    )
    assert factor is not None
    if best == "manufacture":
        return factor, {"manufacture": factor.value}
    middle = _middle(rows, "embodied_kg_co2e")
    split = {
        stage: middle[f"{stage}_kg_co2e"]
        for stage in ("manufacture", "transport", "end_of_life")
        if middle.get(f"{stage}_kg_co2e") is not None
    }
    if "manufacture" not in split or not math.isclose(sum(split.values()), middle["embodied_kg_co2e"], rel_tol=0.05):
        return factor, {"embodied_unsplit": factor.value}
    scale = factor.value / sum(split.values())
    return factor, {stage: value * scale for stage, value in split.items()}


def _middle(rows: Sequence[Mapping[str, Any]], field: str) -> Mapping[str, Any]:
    """The middle row by a figure; of an even number the lower of the two, whose split and document stand for both."""
    ordered = sorted(rows, key=lambda r: (r[field], r["pcf_id"]))
    return ordered[(len(ordered) - 1) // 2]


def _product_factor(
    library: FactorLibrary,
    match: Match,
    rows: Sequence[Mapping[str, Any]],
    field: str,
    activity: str,
    unit: str,
    width_kind: str,
    suffix: str,
) -> Factor | None:
    if not rows:
        return None
    middle = _middle(rows, field)
    factor = Factor(
        factor_id=f"{middle['pcf_id']}{suffix}",
        activity=activity,
        value=middle[field],
        unit=unit,
        set_name=middle["set_name"],
        edition=library.sets[middle["set_name"]].edition,
        basis=(middle["boundary"] or "") if not suffix else "",
        data_year=middle["report_year"],
        error_group=f"maker:{middle['manufacturer'].lower()}:{activity}",
        shared_share=_shared_share(library),
        width_kind=width_kind,
        source_id=middle["source_id"],
        source_locator=middle["source_url"] or "",
        supersedes=" ".join(middle.get(f"{field}_replaces", ())),
        note=_said_of(middle, field, unit),
        extra=_replaced(middle, field),
    )
    if len(rows) == 1:
        return library.in_place_of(factor)
    low, high = min(r[field] for r in rows), max(r[field] for r in rows)
    value = median(r[field] for r in rows)
    factor = replace(factor, value=value)
    width = default_width(factor, library)
    # The span of the configurations and the error of the method are two sources of error on one figure.
    down = math.hypot(math.log(value / low), math.log(value / width.low))
    up = math.hypot(math.log(high / value), math.log(width.high / value))
    ids = sorted(r["pcf_id"] for r in rows)
    found = replace(
        factor,
        # The rows name the factor: one model name may stand for other rows in another year of the device.
        factor_id=f"derived:variants:{'+'.join(ids)}{suffix}",
        set_name="derived",
        low=value * math.exp(-down),
        high=value * math.exp(up),
        interval="p5_p95",
        n_values=None,
        note=f"middle of {len(rows)} configurations, {low:g} to {high:g} ({', '.join(ids)})"
        + _instead(middle, field, unit),
    )
    return library.in_place_of(found)


def _said_of(row: Mapping[str, Any], field: str, unit: str) -> str:
    """Name of the product, what its figure takes the place of, and why."""
    return f"{row['manufacturer']} {row['model']}{_instead(row, field, unit)}"


def _instead(row: Mapping[str, Any], field: str, unit: str) -> str:
    """What a product's figure takes the place of, and why; empty where it is a shipped one."""
    replaced = ", ".join(f"{i}, {value:g} {unit}" for i, value in row.get(f"{field}_replaces", {}).items())
    reason = row.get("reason") or row.get("note") or ""
    return (f"; in place of {replaced}" if replaced else "") + (f"; reason: {reason}" if reason else "")


def _replaced(row: Mapping[str, Any], field: str) -> dict[str, str]:
    """The value replaced, the middle one where several were."""
    values = sorted(v for v in row.get(f"{field}_replaces", {}).values() if v)
    return {REPLACED: repr(values[len(values) // 2])} if values else {}


def _shared_share(library: FactorLibrary) -> float:
    return library.factor("assumption-product-shared-error").value


def _product_mass(library: FactorLibrary, match: Match) -> Factor | None:
    weighed = [r for r in match.products if r["weight_kg"]]
    if not weighed:
        return None
    last = max(library.layer(r["set_name"]) for r in weighed)
    row = _middle([r for r in weighed if library.layer(r["set_name"]) == last], "weight_kg")
    return library.in_place_of(
        Factor(
            factor_id=f"{row['pcf_id']}:mass",
            activity="device_mass",
            value=row["weight_kg"],
            unit="kg/device",
            set_name=row["set_name"],
            edition=library.sets[row["set_name"]].edition,
            data_year=row["report_year"],
            width_kind="mass",
            source_id=row["source_id"],
            source_locator=row["source_url"] or "",
            note=_said_of(row, "weight_kg", "kg/device"),
        )
    )
