"""The rows of a user's table of device figures."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from datetime import date

from greendigital.factorset.check_products import BOUNDARIES
from greendigital.factorset.imports.devices import product_id, product_key, readable
from greendigital.factorset.imports.held import Settled, held_products, settle
from greendigital.factorset.imports.publication import suffix_of
from greendigital.factorset.imports.reading import Findings, Table, number_text, refuse
from greendigital.factorset.imports.user_sources import Told
from greendigital.factorset.library import FactorLibrary

FIGURES = (
    "embodied_kg_co2e",
    "manufacture_kg_co2e",
    "transport_kg_co2e",
    "end_of_life_kg_co2e",
    "annual_use_kwh",
    "weight_kg",
)
_STAGES = FIGURES[1:4]
_ALL_BUT_USE = "manufacture_transport_end_of_life"
"""What an embodied figure is meant to hold without a word."""
_SYNONYMS = ("device-category-defaults", "category_synonyms")


def device_rows(
    table: Table,
    name: str,
    told: Told,
    findings: Findings,
    library: FactorLibrary,
    revisions: bool,
    today: date,
) -> Settled:
    """The device figures of a table. Figures of a model that the library knows stand beside the known ones.

    Raises
    ------
    InputError
        If no column holds a figure, or a row is wrong.
    """
    if not set(FIGURES) & set(table.header):
        message = f"No column holds a figure; the header has {', '.join(table.header)}."
        raise refuse(
            table.file, "column_missing", message, f"Add one of {', '.join(FIGURES)}.", table.header_row, FIGURES[0]
        )
    held = held_products(library)
    types = _Types(library, held)
    rows = [(number, _row(number, cells, name, told, findings, types)) for number, cells in table.rows]
    seen: dict[str, int] = {}
    for number, row in rows:
        if (first := seen.setdefault(row["pcf_id"], number)) != number:
            message = f'"{row["manufacturer"]} {row["model"]}" stands in row {first} already.'
            findings.error(number, "model", "duplicate_row", message, "Take out one of the two rows.")
    findings.stop()
    values = ("embodied_kg_co2e", "annual_use_kwh", "weight_kg")
    own = [row for row in held if row["pcf_id"].startswith("user-")]
    return settle(rows, own, product_key, values, least=12, revisions=revisions, suffix=suffix_of(today))


class _Types:
    """Device types by the words that people use, and by the models that the library knows."""

    def __init__(self, library: FactorLibrary, held: list[dict[str, str]]) -> None:
        self.known = {row["device_type"]: row["device_type"] for row in held if row.get("device_type")}
        if _SYNONYMS[0] in library.sets:
            for row in library.table(*_SYNONYMS):
                self.known |= {str(row["synonym"]): str(row["category"]), str(row["category"]): str(row["category"])}
        self._by_model = {product_key(row)[:2]: row["device_type"] for row in held}

    def of(self, category: str, key: tuple[str, str]) -> str | None:
        """The type of a category as written, else that of the model."""
        if category:
            return self.known.get(category.casefold())
        return self._by_model.get(key)


def _row(
    number: int, cells: Mapping[str, str], name: str, told: Told, findings: Findings, types: _Types
) -> dict[str, str]:
    source_id, reason = told.of(number, cells, findings)
    figures = {c: findings.number(number, c, cells[c]) or "" for c in FIGURES if c in cells}
    if not any(figures.values()) and not any(cells.get(c) for c in FIGURES):
        findings.error(number, None, "value_missing", "The row has no figure.", "Fill one, or take the row out.")
    for column in ("manufacturer", "model"):
        if not cells[column]:
            findings.error(number, column, "value_missing", f"{column} is empty.", "Fill it, or take the row out.")
    year = findings.year(number, "report_year", cells["report_year"]) if cells.get("report_year") else None
    row = {
        "manufacturer": cells["manufacturer"],
        "model": readable(cells["model"]),
        **figures,
        **_embodied(figures, cells.get("boundary", ""), number, findings),
        "report_year": str(year or ""),
        "usable_energy": "true" if figures.get("annual_use_kwh") else "false",
        "quality_flags": "stated_by_the_user",
        "upstream_status": "current",
        "source_url": _url(told, source_id),
        "source_id": source_id,
        "note": reason,
    }
    category = cells.get("category", "")
    device_type = types.of(category, product_key(row)[:2])
    if device_type is None:
        near = difflib.get_close_matches(category.casefold(), sorted(types.known), n=3) or ["laptop", "monitor"]
        message = f'"{category}" is not a category.' if category else "The row has no category, and the model is new."
        findings.error(number, "category", "category_unknown", message, f"Write for example {' or '.join(near)}.")
    row["device_type"] = device_type or ""
    return {"pcf_id": product_id(f"user-{name}", row), **row}


def _embodied(figures: Mapping[str, str], stated: str, number: int, findings: Findings) -> dict[str, str]:
    """Embodied carbon as stated, else the sum of the stages stated; and which stages that holds."""
    stages = [stage for stage in _STAGES if figures.get(stage)]
    embodied = figures.get("embodied_kg_co2e") or ""
    boundary = stated.casefold()
    if boundary and boundary not in BOUNDARIES:
        message = f'"{stated}" is no boundary.'
        findings.error(number, "boundary", "boundary_unknown", message, f"Write {', '.join(BOUNDARIES)}.")
    if not embodied and "manufacture_kg_co2e" in stages:
        embodied = number_text(sum(float(figures[stage]) for stage in stages))
        boundary = "_".join(stage.removesuffix("_kg_co2e") for stage in stages)
    boundary = boundary or (_ALL_BUT_USE if embodied else "")
    return {
        "embodied_kg_co2e": embodied,
        "boundary": boundary,
        "usable_embodied": "true" if embodied else "false",
    }


def _url(told: Told, source_id: str) -> str:
    return next((s["url"] for s in told.sources.values() if s["source_id"] == source_id), "")
