"""The corrections of the data that would narrow the range of the total most, each with its computed effect.

The effect of a correction is the width of the total, high less low, as it is, less the width with the sources of error
that it settles set to what they would be: the width of a product in place of that of a category, none for a metered
quantity or a stated PUE. Central figures are held as they are: what the answer will be is not known. Effects of several
corrections do not add up. What no source of error stands for (a date, a device that is not counted) has no effect that
can be computed; it is told with its number of devices, behind the others.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from greendigital.columns import STAGE_COLUMNS
from greendigital.estimation.equipment import SERVERS
from greendigital.estimation.ranges import default_width
from greendigital.factorset import Factor
from greendigital.matching.names import normalise_maker
from greendigital.matching.rows import rows_by_id
from greendigital.preflight.cells import Estate
from greendigital.preflight.wording import named_models, plural, words_of
from greendigital.result import Footprint
from greendigital.uncertainty import COMPONENT_SOURCES, Figure, Spread, Sum, sum_components

MOST_FIXES = 10
_LEAST_SCORE = 80.0
"""Below it a suggestion is hardly ever the product, and no correction."""

_METERED = {
    "servers": (*SERVERS, "storage_array"),
    "network devices": ("firewall", "router", "switch", "wireless_access_point"),
}
"""Devices that a rack's power strip or the switch itself can meter."""

_DRAWN_FROM_A_RACK = (*(name for names in _METERED.values() for name in names), "ups")
_NO_PRODUCT_ENERGY = _METERED["network devices"]
Cell = Mapping[str, Any]
Change = Mapping[str, Spread | None]
"""Error that a factor column has after a correction; None for none."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A correction of the data.

    Attributes
    ----------
    cause, column
        What is the matter, a stable code; the column to fill or correct.
    narrowing_kg_co2e
        kg CO2e by which the range of the total gets narrower; None where that cannot be computed.
    devices_counted
        Devices that are left out now and would be counted.
    examples
        Models or sites that are meant, those with the most devices first.
    """

    cause: str
    column: str
    devices: float
    text: str
    narrowing_kg_co2e: float | None = None
    devices_counted: float = 0.0
    examples: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The correction as ``check --format json`` carries it."""
        return {
            "cause": self.cause,
            "column": self.column,
            "devices": self.devices,
            "text": self.text,
            "narrowing_kg_co2e": self.narrowing_kg_co2e,
            "devices_counted": self.devices_counted,
            "examples": list(self.examples),
        }


class FixFinder:
    """Finds the corrections of an estate, whole or by file."""

    def __init__(self, footprint: Footprint, estate: Estate) -> None:
        self.footprint = footprint
        self.estate = estate
        self.known = footprint.calculator.known
        self._sums: dict[str | None, tuple[Sum, Figure]] = {}

    def total(self, source: str | None) -> Figure:
        """Management total of the lines of a file, or of all, kg CO2e."""
        return self._sum(source)[1]

    def _sum(self, source: str | None) -> tuple[Sum, Figure]:
        if source not in self._sums:
            whole = sum_components(self.estate.of(source), STAGE_COLUMNS, self.known)
            self._sums[source] = whole, whole.figure()
        return self._sums[source]

    def find(self, source: str | None) -> list[Fix]:
        """At most ten corrections of the lines of a file, or of all, that which narrows the range most first."""
        cells = self.estate.of(source)
        computed = [
            Fix(**told, narrowing_kg_co2e=effect)
            for told, affected, change in self._with_effect(cells)
            if (effect := self.narrowing(source, affected, change)) > 0
        ]
        counted = [Fix(**told) for told in _by_count(cells)]
        computed.sort(key=lambda fix: (-(fix.narrowing_kg_co2e or 0.0), fix.text))
        counted.sort(key=lambda fix: (-fix.devices, fix.text))
        return [*computed, *counted][:MOST_FIXES]

    def narrowing(self, source: str | None, affected: Iterable[Cell], change: Change) -> float:
        """kg CO2e by which the range gets narrower when the affected cells have the changed errors."""
        whole, before = self._sum(source)
        after = Sum(whole.central, {name: dict(by) for name, by in whole.amounts.items()})
        for cell in affected:
            for component in STAGE_COLUMNS:
                for column in COMPONENT_SOURCES[component] if cell[component] else ():
                    if column in change:
                        known = self.known.get(cell[column]) if cell[column] else None
                        _move(after, known, -cell[component])
                        _move(after, change[column] if cell[column] else None, cell[component])
        found = _width(before) - _width(_without_residues(after).figure())
        # Figures are sums of thousands of floats: less than that is no effect.
        return found if found > 1e-9 * abs(whole.central) else 0.0

    def _with_effect(self, cells: Sequence[Cell]) -> Iterable[tuple[dict[str, Any], list[Cell], Change]]:
        yield from self._models_unknown(cells)
        yield from self._models_to_confirm(cells)
        yield from self._server_parts(cells)
        yield from self._metering(cells)
        yield from self._rooms(cells)

    def _models_unknown(self, cells: Sequence[Cell]) -> Iterable[tuple[dict[str, Any], list[Cell], Change]]:
        """Devices known by category alone, with no model, in categories of which makers publish figures."""
        meant = [c for c in cells if c["match_level"] == "E" and not c["has_model"]]
        for category, of in _grouped(meant, "category").items():
            if category in SERVERS:
                continue
            change = self._as_product(category, of)
            if change and (of := _by_category(of, change)):
                n = _devices(of)
                text = f"Give the model of {plural(n, words_of(category))} known by category only"
                yield {"cause": "model_missing", "column": "model", "devices": n, "text": text}, of, change

    def _models_to_confirm(self, cells: Sequence[Cell]) -> Iterable[tuple[dict[str, Any], list[Cell], Change]]:
        """Models that are written and not found, of which a product's name is very like."""
        meant = [c for c in cells if c["match_level"] == "E" and c["has_model"] and _written(c) in self._suggested]
        for category, of in _grouped(meant, "category").items():
            change = self._as_product(category, of)
            of = _by_category(of, change)
            if category in SERVERS or not of:
                continue
            n, models = _devices(of), named_models(of)
            several = "suggestions for the models" if len(models) > 1 else "suggestion for the model"
            text = f"Run greendigital match, and confirm the {several} of {plural(n, words_of(category))}, where right"
            yield (
                {"cause": "match_to_confirm", "column": "model", "devices": n, "text": text, "examples": models},
                of,
                change,
            )

    def _server_parts(self, cells: Sequence[Cell]) -> Iterable[tuple[dict[str, Any], list[Cell], Change]]:
        of = [c for c in cells if c["category"] in SERVERS and c["embodied_basis"] == "category"]
        if of:
            n = _devices(of)
            text = f"Give cpu_model, cpu_units and memory_gb of {plural(n, 'server')}"
            width = self._width_of("server_components_embodied", "server_components_embodied")
            told = {"cause": "server_configuration_missing", "column": "cpu_model", "devices": n, "text": text}
            yield told, of, {"embodied_factor_id": width}

    def _metering(self, cells: Sequence[Cell]) -> Iterable[tuple[dict[str, Any], list[Cell], Change]]:
        for name, categories in _METERED.items():
            of = [
                c
                for c in cells
                if c["category"] in categories
                and c["energy_factor_id"]
                and (c["use_basis"] in ("category", "class", "series") or c["utilisation_factor_id"])
            ]
            if of:
                n = _devices(of)
                text = f"Give the metered kWh a year (annual_kwh) of {plural(n, name.removesuffix('s'))}"
                told = {"cause": "energy_not_metered", "column": "annual_kwh", "devices": n, "text": text}
                yield told, of, {"energy_factor_id": None, "utilisation_factor_id": None}

    def _rooms(self, cells: Sequence[Cell]) -> Iterable[tuple[dict[str, Any], list[Cell], Change]]:
        for site, of in _grouped([c for c in cells if c["pue_factor_id"]], "written_site").items():
            n = _devices(of)
            where = f'of site "{site}"' if site else "of the room without a site"
            text = f"Give the PUE {where}, with {plural(n, 'device')}"
            told = {"cause": "pue_assumed", "column": "pue", "devices": n, "text": text}
            yield told | {"examples": (site,) if site else ()}, of, {"pue_factor_id": None}

    def _as_product(self, category: str, cells: Sequence[Cell]) -> dict[str, Spread | None]:
        """Errors of a product's figures; of one maker where the lines name but one, else of one not known."""
        makers = {normalise_maker(c["written_maker"]) if c["written_maker"] else "" for c in cells}
        maker = makers.pop() if len(makers) == 1 else ""
        change: dict[str, Spread | None] = {}
        for column, activity, figure in (
            ("energy_factor_id", "device_annual_use", "energy"),
            ("embodied_factor_id", "device_embodied", "embodied"),
        ):
            if (category, figure) in self._published and not (figure == "energy" and category in _NO_PRODUCT_ENERGY):
                group = f"maker:{maker or f'unknown of {category}'}:{activity}"
                change[column] = self._width_of(f"product_{figure}", group, f"product of {category}")
        return change

    def _width_of(self, kind: str, group: str, own: str = "") -> Spread:
        """The error of a figure of a kind: as much shared with its group as the assumptions say, the rest its own."""
        width = default_width(Factor(kind, "", 1.0, "", "", "", width_kind=kind), self.estate.library)
        up, down = math.log(width.high), -math.log(width.low)
        shared = self.estate.library.factor("assumption-product-shared-error").value
        parts = ((group, math.sqrt(shared)), (f"own:{own or kind}", math.sqrt(1 - shared)))
        return Spread(tuple((name, up * k, down * k) for name, k in parts))

    @cached_property
    def _published(self) -> frozenset[tuple[str, str]]:
        """Categories of which some product has a figure that can be used, with the figure."""
        return frozenset(
            (str(row["device_type"]), figure)
            for row in rows_by_id(self.estate.library).values()
            for figure in ("energy", "embodied")
            if row[f"usable_{figure}"]
        )

    @cached_property
    def _suggested(self) -> frozenset[tuple[str, str]]:
        """Maker and model of the unmatched models that have a suggestion worth a look."""
        return frozenset(
            (str(row["manufacturer"]), str(row["model"]))
            for row in self.footprint.match_review()
            if row["match_level"] in ("E", "F") and float(row["suggestion_1_score"] or 0) >= _LEAST_SCORE
        )


def _by_count(cells: Sequence[Cell]) -> Iterable[dict[str, Any]]:
    """Corrections whose effect on the range cannot be computed."""
    for cause, column, is_meant, text_of, left_out in _COUNTED:
        meant = [c for c in cells if is_meant(c)]
        n = _devices(meant)
        if n:
            told = {"cause": cause, "column": column, "devices": n, "text": text_of(n)}
            of_models = named_models(meant) if cause in _NAMES_MODELS else ()
            yield told | {"devices_counted": n if left_out else 0.0, "examples": of_models}


_NAMES_MODELS = ("category_unknown", "consumption_unknown")


def _has_embodied(cell: Cell) -> bool:
    return any(cell[name] for name in STAGE_COLUMNS if "embodied_factor_id" in COMPONENT_SOURCES[name])


_COUNTED: tuple[tuple[str, str, Callable[[Cell], bool], Callable[[float], str], bool], ...] = (
    (
        "category_unknown",
        "category",
        lambda c: c["match_level"] == "F" and c["has_model"],
        lambda n: f"Name the category of {plural(n, 'device')} of unmatched models",
        True,
    ),
    (
        "device_unknown",
        "category",
        lambda c: c["match_level"] == "F" and not c["has_model"],
        lambda n: f"Give the category or the model of {plural(n, 'device')} of which neither is known",
        True,
    ),
    (
        "retired_without_date",
        "retired_date",
        lambda c: c["reason_code"] == "retired_without_date",
        lambda n: f"Give retired_date of {plural(n, 'device')} that left",
        True,
    ),
    (
        "retired_before_acquired",
        "retired_date",
        lambda c: c["reason_code"] == "retired_before_acquired",
        lambda n: f"Correct the dates of {plural(n, 'device')} retired before they were acquired",
        True,
    ),
    (
        "consumption_unknown",
        "annual_kwh",
        # Nobody meters a headset.
        lambda c: c["category"] in _DRAWN_FROM_A_RACK and "use" in (c["stages_missing"] or "") and not c["has_kwh"],
        lambda n: f"Give annual_kwh of {plural(n, 'device')} without a published consumption",
        False,
    ),
    (
        "acquired_date_missing",
        "acquired_date",
        lambda c: not c["has_date"] and _has_embodied(c),
        lambda n: (
            f"Give acquired_date of {plural(n, 'device')}: past its planned life a device carries no embodied carbon"
        ),
        False,
    ),
    (
        "room_unknown",
        "location_type",
        lambda c: not c["has_room"] and c["status"] in ("estimated", "partial"),
        lambda n: f"State the room (location_type) of {plural(n, 'server')}: no PUE is applied",
        False,
    ),
    (
        "country_assumed",
        "country",
        lambda c: c["country_assumed"] and c["status"] in ("estimated", "partial"),
        lambda n: f"Name the country of {plural(n, 'device')}, or of the organisation: GBR is assumed",
        False,
    ),
)
"""Cause, column, the cells that are meant, the words for so many devices, and whether these are left out now."""


def _grouped(cells: Iterable[Cell], key: str) -> dict[Any, list[Cell]]:
    found: dict[Any, list[Cell]] = {}
    for cell in cells:
        found.setdefault(cell[key], []).append(cell)
    return found


def _devices(cells: Iterable[Cell]) -> float:
    return math.fsum(cell["devices"] for cell in cells)


def _written(cell: Cell) -> tuple[str, str]:
    return cell["written_maker"] or "", cell["written_model"] or ""


_WEAK = ("category", "class")


def _by_category(cells: Iterable[Cell], change: Change) -> list[Cell]:
    """Cells whose figure that would change is that of their category, or of their maker's class."""
    bases = {"energy_factor_id": "use_basis", "embodied_factor_id": "embodied_basis"}
    return [c for c in cells if any(c[column] and c[bases[column]] in _WEAK for column in change)]


def _move(found: Sum, spread: Spread | None, amount: float) -> None:
    for source, up, down in spread.sources if spread else ():
        by = found.amounts.setdefault(source, {})
        by[up, down] = by.get((up, down), 0.0) + amount


def _without_residues(found: Sum) -> Sum:
    """The sum without the amounts that are nothing but what floats leave of a difference."""
    least = 1e-9 * abs(found.central)
    kept = {name: {k: a for k, a in by.items() if abs(a) > least} for name, by in found.amounts.items()}
    return Sum(found.central, {name: by for name, by in kept.items() if by})


def _width(figure: Figure) -> float:
    return figure.high - figure.low
