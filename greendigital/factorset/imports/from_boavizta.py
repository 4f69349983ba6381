"""Product carbon footprints of devices from Boavizta's ``boavizta-data-us.csv`` (or ``-fr``: semicolons, commas).

The file gives the whole-life total, the shares of the stages and the maker's assumptions. Embodied carbon is the total
less the use share. The stages are split only where all four shares stand and make 1 within 0.03; and figures that
cannot be used for embodied carbon or for energy stay in the table, flagged.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from greendigital.factorset.imports.devices import DeviceTypes, keep_known, product_id, product_key, readable
from greendigital.factorset.imports.draft import Draft, counted
from greendigital.factorset.imports.held import held_products, settle
from greendigital.factorset.imports.publication import Publication, suffix_of
from greendigital.factorset.imports.reading import Findings, Table, read_table, refuse
from greendigital.factorset.library import FactorLibrary

NEEDED = ("manufacturer", "name", "category", "subcategory", "gwp_total", "gwp_use_ratio", "sources", "report_date")
SHARES = ("gwp_manufacturing_ratio", "gwp_transport_ratio", "gwp_use_ratio", "gwp_eol_ratio")
_NUMBERS = ("gwp_total", "yearly_tec", "lifetime", "weight", "gwp_error_ratio", "screen_size", "memory")
_PLACES = {"Worldwide": "WW", "North America": "NA"}
_COMPARED = ("total_kg_co2e", "embodied_kg_co2e", "annual_use_kwh")
PUBLICATION = Publication(
    importer="boavizta",
    kind="products",
    publisher="Boavizta contributors",
    licence_name="ODbL-1.0",
    licence_title="Open Database Licence 1.0",
    licence_path="https://opendatacommons.org/licenses/odbl/1-0/",
    url="https://github.com/Boavizta/environmental-footprint-data",
    caveats=("Orders of magnitude, for comparison within one maker (the maintainers' own warning).",),
    share_alike=True,
)

SUM_TOLERANCE = 0.03
FAR_FROM_ONE = 0.75
GRID = (0.2, 1.0)
"""kg CO2e/kWh that a use share may imply; outside, share, kWh or lifetime is wrong."""
SERVER_GRID = (0.85, 2.0)
"""From the first on a server's use share seems to hold the cooling; above the second it is wrong."""
TIMES_MEDIAN = 6.0
"""A total above so many times the median of its type is no total of such a device."""
LAPTOP_WEIGHT_KG = (0.5, 5.0)


def from_boavizta(
    path: Path, library: FactorLibrary, today: date, *, name: str | None = None, revisions: bool = False
) -> Draft:
    """A draft of the products in the file that the library does not hold.

    Raises
    ------
    InputError
        If a column is missing, or a figure is not one: a percentage where a share belongs, a text, a negative.
    """
    table = read_table(path)
    missing = [c for c in (*NEEDED, *SHARES, *_NUMBERS) if c not in table.header]
    if missing:
        remedy = "Take boavizta-data-us.csv or boavizta-data-fr.csv as published."
        message = f'The column "{missing[0]}" is missing.'
        raise refuse(path.name, "column_missing", message, remedy, table.header_row, missing[0])
    held = held_products(library)
    findings = Findings(path.name, [], table.decimal_comma)
    candidates, left_out = _candidates(table, held, findings)
    findings.stop()
    settled = settle(candidates, held, product_key, _COMPARED, 1, revisions, suffix_of(today))
    settled = keep_known(settled, held, revisions)
    title = f"environmental-footprint-data, {path.name}"
    licence = "ODbL 1.0 / DbCL 1.0"
    return PUBLICATION.draft(
        path,
        today,
        settled,
        findings,
        name=name or f"device-product-footprints-{today.isoformat()}",
        title="Product carbon footprints of devices by model, from Boavizta's table",
        edition=today.isoformat(),
        sources=[PUBLICATION.source("boavizta", title, str(today.year), "the makers' reports remain theirs", licence)],
        left_out=[f"{counted(count, 'row')} {kind}." for kind, count in sorted(left_out.items())],
        revisions=revisions,
    )


def _candidates(
    table: Table, held: list[dict[str, str]], findings: Findings
) -> tuple[list[tuple[int, dict[str, str]]], Counter[str]]:
    """The product rows of the table, and the number of rows not taken by reason."""
    types = DeviceTypes(held)
    # A fault of the publisher's that the library has flagged must not stop the file it stands in.
    flawed = {product_key(r) for r in held if "share_out_of_range" in (r.get("quality_flags") or "")}
    names = Counter((c["manufacturer"], readable(c["name"])) for _, c in table.rows)
    found, left_out = [], Counter[str]()
    for number, cells in table.rows:
        if product_key({**cells, "model": cells["name"], "source_url": cells["sources"]}) in flawed:
            left_out["with a share above 1 that the library has flagged"] += 1
            continue
        figures = _figures(number, cells, findings)
        device_type = types.of(cells["subcategory"], cells["name"], cells.get("server_type", ""))
        if device_type is None or cells["manufacturer"] == "Generic":
            kind = "of averages of Boavizta's own" if device_type else f'of subcategory "{cells["subcategory"]}"'
            left_out[kind] += 1
        elif figures is not None:
            twice = names[cells["manufacturer"], readable(cells["name"])] > 1
            found.append((number, _row(cells, figures, device_type, types, twice)))
    return found, left_out


def _figures(number: int, cells: Mapping[str, str], findings: Findings) -> dict[str, float | None] | None:
    """The figures of a row; None when one of them was refused."""
    before = len(findings.problems)
    found = {c: findings.number(number, c, cells[c]) for c in _NUMBERS}
    found |= {c: findings.share(number, c, cells[c]) for c in SHARES}
    if len(findings.problems) > before:
        return None
    return {c: None if text is None else float(text) for c, text in found.items()}


def _row(
    cells: Mapping[str, str], figures: Mapping[str, float | None], device_type: str, types: DeviceTypes, twice: bool
) -> dict[str, str]:
    flags = _flags(figures, device_type, types) + (["duplicate_model_name"] if twice else [])
    total = None if "total_implausible_for_type" in flags else figures["gwp_total"]
    embodied = None if set(flags) & _NO_EMBODIED else _embodied(total, figures)
    stages = _stages(total, figures) if embodied is not None else {}
    weight = None if "weight_implausible" in flags else figures["weight"]
    year = re.search(r"\b(19|20)\d\d\b", cells["report_date"])
    row = {
        "manufacturer": cells["manufacturer"],
        "model": readable(cells["name"]),
        "device_type": device_type,
        "subcategory": cells["subcategory"],
        "embodied_kg_co2e": _text(embodied),
        **stages,
        "annual_use_kwh": _plain(figures["yearly_tec"]),
        "lifetime_years": _plain(figures["lifetime"]),
        "weight_kg": _plain(weight),
        # 0 inches: a device without a screen.
        "screen_size_inches": _plain(figures["screen_size"] or None),
        "memory_gb": _plain(figures["memory"]),
        "storage": cells.get("hard_drive", ""),
        "report_year": year[0] if year else "",
        # A printed error of 0 means that none is given.
        "error_ratio": _plain(figures["gwp_error_ratio"] or None),
        "total_kg_co2e": _plain(total),
        "use_share": _plain(figures["gwp_use_ratio"]),
        "use_location": _PLACES.get(cells.get("use_location", ""), cells.get("use_location", "")),
        "statistic": "mean",
        "boundary": "manufacture_transport_end_of_life" if embodied is not None else "",
        "usable_embodied": _yes(embodied is not None),
        "usable_energy": _yes(bool(figures["yearly_tec"]) and not set(flags) & _NO_ENERGY),
        "quality_flags": ";".join(flags),
        "upstream_status": "current",
        "source_url": cells["sources"].strip(),
        "source_id": "boavizta",
    }
    return {"pcf_id": product_id("boavizta", row, row["storage"]), **row}


_NO_ENERGY = {"implied_grid_factor_outside_0.2_1.0", "total_implausible_for_type", "shares_far_from_1"}
_NO_EMBODIED = _NO_ENERGY | {"no_phase_split"}


def _flags(figures: Mapping[str, float | None], device_type: str, types: DeviceTypes) -> list[str]:
    """What is wrong with a row, or peculiar to it, in the words of the shipped table."""
    flags = []
    shares = [figures[c] for c in SHARES]
    given = [s for s in shares if s is not None]
    if not given:
        flags.append("no_phase_split")
    if len(given) == len(SHARES) and not _sums_to_one(sum(given)):
        flags.append("four_shares_do_not_sum_to_1")
        if sum(given) < FAR_FROM_ONE:
            flags.append("shares_far_from_1")
    if figures["gwp_manufacturing_ratio"] is not None and figures["gwp_use_ratio"] is not None and sum(given) < 0.9:
        flags.append("manufacturing_plus_use_below_0.9")
    flags += _grid_flags(figures, device_type)
    usual = types.median_total(device_type)
    if (
        usual
        and (figures["gwp_total"] or 0) > TIMES_MEDIAN * usual
        and "use_share_includes_paper_and_toner" not in flags
    ):
        flags.append("total_implausible_for_type")
    low, high = LAPTOP_WEIGHT_KG
    if device_type == "laptop" and figures["weight"] is not None and not low <= figures["weight"] <= high:
        flags.append("weight_implausible")
    return flags


def _grid_flags(figures: Mapping[str, float | None], device_type: str) -> list[str]:
    """Whether total x use share / (kWh a year x years) is the carbon of some grid, in kg CO2e/kWh."""
    total, share, kwh, years = (figures[c] for c in ("gwp_total", "gwp_use_ratio", "yearly_tec", "lifetime"))
    if not (total and share and kwh and years):
        return []
    implied = total * share / (kwh * years)
    if device_type.startswith("printer") and implied > GRID[1]:
        return ["use_share_includes_paper_and_toner"]
    is_server = device_type.startswith(("server", "storage"))
    if is_server and SERVER_GRID[0] <= implied <= SERVER_GRID[1]:
        return ["server_use_implies_factor_above_grid_probably_includes_cooling"]
    return [] if GRID[0] <= implied <= GRID[1] else ["implied_grid_factor_outside_0.2_1.0"]


def _sums_to_one(total: float) -> bool:
    return abs(round(total - 1, 6)) <= SUM_TOLERANCE


def _embodied(total: float | None, figures: Mapping[str, float | None]) -> float | None:
    """Total x (1 - use share), in kg CO2e; where no use share stands, total x the other shares."""
    if total is None:
        return None
    use = figures["gwp_use_ratio"]
    if use is not None:
        return total * (1 - use)
    return total * sum(figures[c] or 0.0 for c in SHARES)


def _stages(total: float | None, figures: Mapping[str, float | None]) -> dict[str, str]:
    shares = {c: figures[c] for c in SHARES}
    given = [s for s in shares.values() if s is not None]
    if total is None or len(given) < len(SHARES) or not _sums_to_one(sum(given)):
        return {}
    return {
        "manufacture_kg_co2e": _round(3, total * (shares["gwp_manufacturing_ratio"] or 0)),
        "transport_kg_co2e": _round(3, total * (shares["gwp_transport_ratio"] or 0)),
        "end_of_life_kg_co2e": _round(3, total * (shares["gwp_eol_ratio"] or 0)),
    }


def _text(value: float | None) -> str:
    return "" if value is None else _round(1, value)


def _round(decimals: int, value: float) -> str:
    """A derived figure, with as many decimals as the shipped table has."""
    return _plain(round(value, decimals))


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.12g}"


def _yes(value: bool) -> str:
    return "true" if value else "false"
