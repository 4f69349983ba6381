"""Yearly energy of certified computers and displays, from a CSV export of the ENERGY STAR product lists.

Computers are dataset rxdj-2c88 of data.energystar.gov, displays qbg3-d468. An export has either the names shown
("Brand Name", "TEC of Model (kWh)") or those of the interface (``brand_name``, ``tec_of_model_kwh``). The kWh are those
of the programme's test, with its hours in each mode. Nothing is said of embodied carbon.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Mapping
from datetime import date
from pathlib import Path

from greendigital.factorset.imports.devices import keep_known, product_id, product_key, readable
from greendigital.factorset.imports.draft import Draft, counted, slug
from greendigital.factorset.imports.held import held_products, settle
from greendigital.factorset.imports.publication import Publication, suffix_of
from greendigital.factorset.imports.reading import Findings, Table, read_table, refuse
from greendigital.factorset.library import FactorLibrary

PUBLICATION = Publication(
    importer="energy-star",
    kind="products",
    publisher="US Environmental Protection Agency, ENERGY STAR",
    licence_name="other",
    licence_title="Facts cited from the public list; the export states no licence",
    licence_path="",
    url="https://data.energystar.gov/",
    caveats=("kWh of the programme's test, with its hours in each mode; the test differs between versions.",),
)

TYPES: Mapping[str, str] = {
    "notebook": "laptop",
    "two-in-one notebook": "laptop",
    "portable all-in-one": "all_in_one",
    "mobile workstation": "laptop",
    "mobile thin client": "laptop",
    "desktop": "desktop",
    "integrated desktop": "all_in_one",
    "workstation": "workstation",
    "thin client": "thin_client",
    "slate/tablet": "tablet",
    "tablet": "tablet",
    "monitor": "monitor",
    "computer monitor": "monitor",
    "enhanced-performance display": "monitor",
}
_NOT_THE_ENERGY = ("allowance", "requirement", "criteria", "maximum", "limit", "adder", "base")


def columns_of(header: tuple[str, ...]) -> dict[str, str]:
    """The columns of an export by what they hold; without ``energy`` when no yearly kWh is in it."""
    by_slug = {slug(h).replace("-", "_"): h for h in header}
    found = {
        part: by_slug[name]
        for part, names in (
            ("brand", ("brand_name",)),
            ("model", ("model_name",)),
            ("model_number", ("model_number",)),
            ("type", ("type", "product_type", "display_type")),
            ("certified", ("date_certified", "date_qualified")),
            ("id", ("pd_id", "energy_star_unique_id")),
            ("memory", ("system_memory_ram_gb", "system_memory_gb")),
            ("screen", ("screen_size_inches", "screen_size_diagonal_inches")),
        )
        for name in names[::-1]
        if name in by_slug
    }
    energy = [
        n
        for n in by_slug
        if n.endswith(("kwh", "kwh_year", "kwh_yr"))
        and ("tec_of_model" in n or "annual" in n or "total_energy_consumption" in n)
        and not any(word in n for word in _NOT_THE_ENERGY)
    ]
    if energy:
        # A display may have a figure at 115 V and one at 230 V, the voltage of the United Kingdom and Europe.
        found["energy"] = by_slug[next((n for n in energy if "230" in n), energy[0])]
    return found


def from_energy_star(
    path: Path, library: FactorLibrary, today: date, *, name: str | None = None, revisions: bool = False
) -> Draft:
    """A draft of the certified models in an export; several configurations of a model stay several rows.

    Raises
    ------
    InputError
        If a column is missing, no column holds yearly kWh, or a figure is not one.
    """
    table = read_table(path)
    columns = columns_of(table.header)
    for part, shown in (("brand", "Brand Name"), ("model", "Model Name"), ("type", "Type"), ("energy", None)):
        if part not in columns:
            what = (
                f'The column "{shown}" is missing' if shown else 'No column holds yearly energy ("TEC of Model (kWh)")'
            )
            message = f"{what}; the header has {', '.join(table.header[:12])}."
            remedy = "Export the list of computers, or of displays, with all its columns."
            raise refuse(path.name, "column_missing", message, remedy, table.header_row, shown)
    findings = Findings(path.name, [], table.decimal_comma)
    candidates, left_out = _candidates(table, columns, findings)
    findings.stop()
    held = held_products(library)
    own = [r for r in held if r["pcf_id"].startswith("energystar-")]
    settled = settle(candidates, own, _key, ("annual_use_kwh",), 1, revisions, suffix_of(today))
    settled = keep_known(settled, held, revisions)
    title = f"ENERGY STAR certified products, {path.name}"
    return PUBLICATION.draft(
        path,
        today,
        settled,
        findings,
        name=name or f"energy-star-{today.isoformat()}",
        title="Yearly energy of ENERGY STAR certified products",
        edition=today.isoformat(),
        sources=[PUBLICATION.source("energy-star", title, str(today.year), f"column {columns['energy']}")],
        left_out=[f"{counted(count, 'row')} {kind}." for kind, count in sorted(left_out.items())],
        revisions=revisions,
    )


def _key(row: Mapping[str, str]) -> Hashable:
    return product_key(row), re.sub(r"-r\d+$", "", row["pcf_id"])


def _candidates(
    table: Table, columns: Mapping[str, str], findings: Findings
) -> tuple[list[tuple[int, dict[str, str]]], Counter[str]]:
    """The product rows of the export, and the number of rows not taken by reason."""
    found: list[tuple[int, dict[str, str]]] = []
    left_out = Counter[str]()
    for number, cells in table.rows:
        device_type = TYPES.get(" ".join(cells[columns["type"]].casefold().split()))
        energy = findings.number(number, columns["energy"], cells[columns["energy"]])
        if not cells[columns["brand"]] or not cells[columns["model"]]:
            left_out["without brand or model"] += 1
        elif not cells[columns["energy"]]:
            left_out["without yearly energy"] += 1
        elif device_type is None:
            left_out[f'of type "{cells[columns["type"]]}"'] += 1
        elif energy is not None:
            found.append((number, _row(number, cells, columns, energy, device_type, findings)))
    _refuse_duplicates(found, findings)
    return found, left_out


def _row(
    number: int,
    cells: Mapping[str, str],
    columns: Mapping[str, str],
    energy: str,
    device_type: str,
    findings: Findings,
) -> dict[str, str]:
    told = {part: cells[column] for part, column in columns.items()}
    year = re.search(r"\b(19|20)\d\d\b", told.get("certified", ""))
    sizes = {
        column: findings.number(number, columns[part], told[part]) or ""
        for part, column in (("screen", "screen_size_inches"), ("memory", "memory_gb"))
        if part in columns
    }
    row = {
        "manufacturer": told["brand"],
        "model": readable(told["model"] or told.get("model_number", "")),
        "device_type": device_type,
        "subcategory": told["type"],
        "annual_use_kwh": energy,
        **sizes,
        "report_year": year[0] if year else "",
        "usable_embodied": "false",
        "usable_energy": "true",
        "quality_flags": "energy_only",
        "upstream_status": "current",
        "source_id": "energy-star",
    }
    if told.get("id"):
        return {"pcf_id": f"energystar-{slug(told['id'])}", **row}
    # Without the list's own id, the configuration tells two rows of one model apart; never the figure itself.
    return {"pcf_id": product_id("energystar", row, told.get("model_number", ""), *sizes.values()), **row}


def _refuse_duplicates(candidates: list[tuple[int, dict[str, str]]], findings: Findings) -> None:
    seen: dict[str, int] = {}
    for number, row in candidates:
        if (first := seen.setdefault(row["pcf_id"], number)) != number:
            message = (
                f'"{row["manufacturer"]} {row["model"]}" stands in row {first} already, in the same configuration.'
            )
            findings.error(number, None, "duplicate_row", message, "Take out one of the two rows.")
