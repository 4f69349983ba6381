"""Where a figure comes from: the formula with its numbers put in, the factors, their sources, and the range."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from typing import Any

from greendigital.columns import STAGE_COLUMNS
from greendigital.errors import UsageError
from greendigital.factorset import load_library
from greendigital.footprint.device_notes import WITHOUT_LOAD
from greendigital.footprint.next_steps import steps_of_line
from greendigital.footprint.notes import REASONS
from greendigital.footprint.store import LineStore
from greendigital.footprint.totals import COMPONENTS, Totals
from greendigital.footprint.unmatched import is_unmatched
from greendigital.footprint.wording import digits, source_words
from greendigital.matching import match_device
from greendigital.matching.match import LEVELS
from greendigital.matching.monitor_sizes import monitor_size_of

_GRID = (
    ("use_direct_kg_co2e", "grid_factor_id", "generation"),
    ("use_losses_kg_co2e", "loss_factor_id", "losses"),
    ("use_wtt_kg_co2e", "wtt_factor_id", "well-to-tank"),
    ("use_life_cycle_kg_co2e", "grid_factor_id", "life-cycle electricity"),
)
_EMBODIED = ("manufacture", "transport", "end_of_life", "embodied_unsplit")


def number(value: float | None) -> str:
    """A number with six significant digits."""
    return "unknown" if value is None else f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"


def explain_line(store: LineStore, line_id: str) -> str:
    """The figure of a line, part by part.

    Raises
    ------
    UsageError
        If no line has the id; the nearest ids are named.
    """
    rows = store.query("SELECT * FROM lines WHERE line_id = ? ORDER BY part", [line_id])
    if not rows:
        known = [r["line_id"] for r in store.query("SELECT DISTINCT line_id FROM lines LIMIT 100000")]
        near = difflib.get_close_matches(line_id, known, n=3, cutoff=0.6)
        such = f"Give file:row, such as {known[0]}, or the id of an asset." if known else ""
        hint = _rows_of_file(store, line_id) or (f"Nearest: {', '.join(near)}." if near else such)
        raise UsageError(f'There is no line "{line_id}", and no asset of that id. {hint}'.rstrip())
    factors = {f["factor_id"]: f for f in store.factors()}
    parts = [
        _explain_part(row, factors, len(rows) > 1, _share_here(row, rows), _is_share_at_home(row, rows)) for row in rows
    ]
    used = [row[c] for row in rows for c in sorted(row) if c.endswith("_factor_id") and row[c] in factors]
    steps = _steps(store, rows[0]) if is_unmatched(rows[0]) else []
    return "\n".join([_head(rows[0]), *steps, *parts, *_sources(dict.fromkeys(used), factors)])


def _steps(store: LineStore, row: Mapping[str, Any]) -> list[str]:
    """What is known of a meter without a physical figure, and what to do."""
    typed = (
        [f"  {row['provider']} {row['region'] or 'no region'}; {_meter_words(row)}"]
        if row["status"] == "excluded"
        else []
    )
    return [*typed, *(f"  {said}" for said in steps_of_line(store, row, load_library()))]


def _meter_words(row: Mapping[str, Any]) -> str:
    """Kind and unit of the quantity of a bill line, and the rule that typed it."""
    amount = "" if row["quantity"] is None else f"{number(row['quantity'])} "
    unit = f"{amount}{row['quantity_unit'] or 'of no unit'}"
    return f"{row['quantity_kind']} ({unit}) by rule {row['meter_rule_id'] or 'none'}"


def _rows_of_file(store: LineStore, line_id: str) -> str:
    """The first and the last row of the file whose rows a line lies beyond; empty where it lies beyond none."""
    file, _, row = line_id.rpartition(":")
    if not row.isdigit():
        return ""
    query = "SELECT min(source_row) AS first, max(source_row) AS last FROM lines WHERE source_id = ?"
    (found,) = store.query(query, [file])
    if found["last"] is None or found["first"] <= int(row) <= found["last"]:
        return ""
    return f"The lines of {file} are those of rows {found['first']} to {found['last']}, as a spreadsheet numbers them."


def _share_here(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> float:
    """Share of the use of a device at the place of the row: all of it, unless it goes home with its user."""
    homes = [r for r in rows if r["location_type"] == "home" and r["period_start"] == row["period_start"]]
    if row["kind"] != "hardware" or len(rows) < 2 or not homes or not homes[0]["use_kwh"]:
        return 1.0
    at_home = _scaled(homes[0])
    return at_home if row["location_type"] == "home" else 1.0 - at_home


def _is_share_at_home(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the row is the share at home of a device that has another place, where its embodied carbon stands."""
    others = (r for r in rows if r["location_type"] != "home" and r["period_start"] == row["period_start"])
    return row["kind"] == "hardware" and row["location_type"] == "home" and any(others)


def _scaled(row: Mapping[str, Any]) -> float:
    """The use of a row over yearly energy x devices x service years x PUE."""
    return float(row["use_kwh"] / (row["annual_kwh"] * row["quantity"] * row["service_years"] * row["pue"]))


def _set_aside(row: Mapping[str, Any]) -> str:
    """What became of a line that is not counted."""
    if row["status"] == "merged":
        return f"  merged: counted in {row['merged_into']}"
    return f"  excluded: {REASONS.get(row['reason_code'] or '', row['reason_code'] or '')}"


def _head(row: Mapping[str, Any]) -> str:
    what = [row["manufacturer"], row["model"]] if row["kind"] == "hardware" else [row["service"], row["meter"]]
    name = " ".join(str(w) for w in what if w) or "(no model)"
    name = f"site meter of {row['site'] or 'no site'}" if row["kind"] == "energy" else name
    lines = [f"{row['line_id']}  {name}"]
    if row["status"] in ("excluded", "merged"):
        return "\n".join([*lines, _set_aside(row)])
    if row["kind"] == "hardware":
        lines.append(
            f"  category {row['category'] or 'unknown'}"
            + (f", {row['variant'].replace('_', ' ')}" if row["variant"] else "")
            + _size_told(row)
            + f"; match {row['match_level'] or '-'}: {_match_words(row)}"
        )
    elif row["kind"] == "energy":
        lines.append(f"  {row['country']}, {(row['location_type'] or '').replace('_', ' ')}; load without devices")
    else:
        lines.append(f"  {row['provider']} {row['region'] or 'no region'}; {_meter_words(row)}")
    missing = f", without {row['stages_missing'].replace('_', ' ')}" if row["stages_missing"] else ""
    lines.append(f"  {row['status']}{missing}; energy: {row['use_basis']}, embodied: {row['embodied_basis'] or 'none'}")
    if row["override_ids"]:
        lines.append(f"  computed with overrides: {row['override_ids'].replace(',', ', ')}")
    return "\n".join(lines)


def _size_told(row: Mapping[str, Any]) -> str:
    """The size that the model of a monitor tells, where it is that of the line's size class."""
    if row["category"] != "monitor" or not row["model"]:
        return ""
    library = load_library()
    size = monitor_size_of(library, row["manufacturer"], row["model"])
    if size is None or match_device(library, None, None, "monitor", size, None).variant != row["variant"]:
        return ""
    return f" (size {size:g} in by the model name)"


def _match_words(row: Mapping[str, Any]) -> str:
    """What the level of a match stands for and what there is to say of it; who was confirmed may be another product."""
    level, note = LEVELS.get(row["match_level"] or "", "not matched"), row["match_note"]
    return level if not note else note if note.startswith("confirmed in ") else f"{level}; {note}"


def _explain_part(
    row: Mapping[str, Any], factors: Mapping[str, Mapping[str, Any]], several: bool, share_here: float, at_home: bool
) -> str:
    if row["total_kg_co2e"] is None:
        return ""
    lines = [""]
    if several:
        lines.append(
            f"  part {row['part']}: {row['period_start']} to {row['period_end']}, {row['location_type'] or ''}"
        )
    if row["kind"] == "energy":
        lines += _metered_use(row)
    else:
        lines += _hardware_use(row, share_here) if row["kind"] == "hardware" else _cloud_use(row, factors)
    for column, id_column, label in _GRID:
        factor = factors.get(row[id_column] or "")
        if row[column] is not None and factor is not None and row[column] != 0:
            energy = row[column] / factor["value"]
            lines.append(
                f"  {label} = {number(energy)} kWh x {number(factor['value'])} kg CO2e/kWh "
                f"= {number(row[column])} kg CO2e   [{row[id_column]}]"
            )
    embodied_elsewhere = ["  embodied carbon of the device: whole with its other place, above"]
    lines += embodied_elsewhere if at_home else _embodied(row, factors)
    lines += _rest(row, factors)
    lines.append(
        f"  total = {number(row['total_kg_co2e'])} kg CO2e "
        f"({number(row['total_kg_co2e_low'])} to {number(row['total_kg_co2e_high'])})"
    )
    inventory = [
        f"{number(row[c])} kg {label}"
        for c, label in (("purchase_year_kg_co2e", "bought"), ("disposal_kg_co2e", "waste"))
        if row[c]
    ]
    if inventory and row["kind"] == "hardware":
        lines.append(f"  year-of-purchase view, not added: {', '.join(inventory)}")
    return "\n".join(lines)


def _metered_use(row: Mapping[str, Any]) -> list[str]:
    pue = f" [{row['pue_factor_id']}]" if row["pue_factor_id"] else ""
    return [
        f"  energy = {number(row['quantity'])} kWh metered from {row['period_start']} to {row['period_end']} x "
        f"PUE {number(row['pue'])}{pue} = {number(row['use_kwh'])} kWh"
    ]


def _hardware_use(row: Mapping[str, Any], share_here: float) -> list[str]:
    if not row["use_kwh"]:
        if row["use_kwh"] is None:
            return []
        if row["use_basis"] == "none":
            return ["  use = 0 kWh: only a device in use draws power"]
        return [f"  use = 0 kWh: {number(row['annual_kwh'])} kWh/year [{row['energy_factor_id'] or 'as stated'}]"]
    source = row["energy_factor_id"] or "metered, stated exact"
    home = "" if math.isclose(share_here, 1.0, rel_tol=1e-9) else f" x {number(share_here)} share of the use here"
    if row["meter_factor_id"]:
        home += (
            f" x {number(_scaled(row) / share_here)} by the site meter ({row['calibrated_share']:.0%} of the use "
            f"metered) [{row['meter_factor_id']}]"
        )
    return [
        f"  use = {number(row['annual_kwh'])} kWh/year [{source}] x {_counted(row['quantity'], 'device')} x "
        f"{_counted(row['service_years'], 'service year')} x PUE {number(row['pue'])}{home} "
        f"= {number(row['use_kwh'])} kWh ({number(row['use_kwh_low'])} to {number(row['use_kwh_high'])})",
        *_load_not_used(row),
    ]


def _load_not_used(row: Mapping[str, Any]) -> list[str]:
    """That a load which the line states did not go into its energy, and why."""
    if row["utilisation_share"] is None or row["use_basis"] not in WITHOUT_LOAD:
        return []
    why = WITHOUT_LOAD[row["use_basis"]]
    return [f"  utilisation of {row['utilisation_share']:.0%} stated, not used: the yearly energy is {why}"]


def _cloud_use(row: Mapping[str, Any], factors: Mapping[str, Mapping[str, Any]]) -> list[str]:
    if row["use_kwh"] is None or not row["quantity"]:
        return []
    per_unit = row["use_kwh"] / row["quantity"] / (row["pue"] or 1.0)
    factor = factors.get(row["energy_factor_id"] or row["network_factor_id"] or "")
    steps = f"{number(per_unit)} kWh per unit"
    if factor is not None:
        steps = f"{number(factor['value'])} {factor['unit']} [{factor['factor_id']}]"
        steps += f" at {row['utilisation_share']:.0%} utilisation" if row["utilisation_share"] is not None else ""
        steps += _copies(row, factors)
        scale = per_unit / factor["value"] / _copies_of(row, factors) if factor["value"] else 1.0
        steps += f" / {number(1 / scale)}" if not math.isclose(scale, 1.0, rel_tol=1e-9) else ""
    return [
        f"  energy = {number(row['quantity'])} {row['quantity_unit'] or row['quantity_kind']} x {steps} x "
        f"PUE {number(row['pue'])} = {number(row['use_kwh'])} kWh "
        f"({number(row['use_kwh_low'])} to {number(row['use_kwh_high'])})"
    ]


def _copies_of(row: Mapping[str, Any], factors: Mapping[str, Mapping[str, Any]]) -> float:
    factor = factors.get(row["replication_factor_id"] or "")
    return float(factor["value"]) if factor else 1.0


def _copies(row: Mapping[str, Any], factors: Mapping[str, Mapping[str, Any]]) -> str:
    if not row["replication_factor_id"]:
        return ""
    return f" x {number(_copies_of(row, factors))} copies [{row['replication_factor_id']}]"


def _embodied(row: Mapping[str, Any], factors: Mapping[str, Mapping[str, Any]]) -> list[str]:
    stages = {s: row[f"{s}_kg_co2e"] for s in _EMBODIED if row[f"{s}_kg_co2e"]}
    charged = sum(stages.values())
    factor = factors.get(row["embodied_factor_id"] or "")
    if factor is None or not row["quantity"]:
        return []
    if row["kind"] != "hardware":
        return _cloud_embodied(row, factor, factors, charged)
    if row["life_years"] is None:
        return ["  embodied carbon not spread: no planned life is known for the category; give planned_life_years"]
    if not charged and not row["written_off_kg_co2e"]:
        life = number(row["life_years"])
        return [f"  embodied, annualised = 0 kg CO2e: the planned life of {life} years is over, all of it was charged"]
    whole, life = factor["value"] * row["quantity"], row["life_years"]
    names = ", ".join(f"{s.replace('_', ' ')} {number(v)}" for s, v in stages.items())
    lines = [
        f"  embodied, annualised = {number(factor['value'])} kg CO2e/device x {_counted(row['quantity'], 'device')} x "
        f"{number(charged / whole * life)} of {number(life)} planned years = {number(charged)} kg CO2e ({names})"
        f"   [{row['embodied_factor_id']}, {row['life_factor_id'] or 'life of the line'}]"
    ]
    if row["written_off_kg_co2e"]:
        years = row["written_off_kg_co2e"] / whole * life
        lines.append(
            f"  written off at retirement = {number(whole)} kg CO2e x {number(years)} of {number(life)} planned years "
            f"= {number(row['written_off_kg_co2e'])} kg CO2e"
        )
    return lines


def _cloud_embodied(
    row: Mapping[str, Any], factor: Mapping[str, Any], factors: Mapping[str, Mapping[str, Any]], charged: float
) -> list[str]:
    """Quantity x factor, spread over the life where the factor is of a whole unit and not of an hour."""
    life = row["life_years"]
    spread = f" / ({number(life)} years x 8,760 hours) [{row['life_factor_id']}]" if life else ""
    return [
        f"  embodied = {number(row['quantity'])} {row['quantity_unit'] or row['quantity_kind']} x "
        f"{number(factor['value'])} {factor['unit']} [{factor['factor_id']}]{_copies(row, factors)}{spread} "
        f"= {number(charged)} kg CO2e"
    ]


def _counted(quantity: float, noun: str) -> str:
    """A number with its noun."""
    return f"{number(quantity)} {noun}{'' if quantity == 1 else 's'}"


def _rest(row: Mapping[str, Any], factors: Mapping[str, Mapping[str, Any]]) -> list[str]:
    lines = []
    if row["network_kg_co2e"] and row["use_kwh"]:
        ids = ", ".join(row[c] for c in ("grid_factor_id", "loss_factor_id", "wtt_factor_id") if row[c] in factors)
        lines.append(
            f"  network = {number(row['use_kwh'])} kWh x {number(row['network_kg_co2e'] / row['use_kwh'])} kg CO2e/kWh "
            f"[{ids}] = {number(row['network_kg_co2e'])} kg CO2e"
        )
    factor = factors.get(row["fallback_factor_id"] or "")
    if row["fallback_kg_co2e"] and factor is not None:
        lines.append(
            f"  fallback = {number(row['list_cost'])} {row['currency']} of list cost x "
            f"{number(factor['value'])} {factor['unit']} = {number(row['fallback_kg_co2e'])} kg CO2e"
        )
    return lines


def _sources(ids: Mapping[str, None], factors: Mapping[str, Mapping[str, Any]]) -> list[str]:
    lines = ["", "Factors"] if ids else []
    for factor_id in ids:
        f = factors[factor_id]
        by = f" by {f['width_factor_id']}" if f["width_factor_id"] else ""
        lines.append(
            f"  {factor_id}: {number(f['value'])} {f['unit']} "
            f"({number(f['low_p5'])} to {number(f['high_p95'])}{by})" + (f", basis {f['basis']}" if f["basis"] else "")
        )
        lines.append(
            f"    {f['source']}"
            + (f"; {f['locator']}" if f["locator"] else "")
            + (f" ({f['licence']})" if f["licence"] else "")
        )
        note = f["note"] if f["set"] != "derived" else ""  # of a derived factor it is the source above
        lines += [f"    {text}" for text in (age_words(f), f"OVERRIDE: {note}" if f["is_override"] else note) if text]
    return lines


def age_words(factor: Mapping[str, Any]) -> str:
    """Set and edition of a factor, the year of its data and their age, as far as they are known."""
    said = [f"published {factor['published_year']}"] if factor["published_year"] else []
    said += [f"data of {factor['data_year']}"] if factor["data_year"] else []
    if factor["data_year"] and factor["age_years"] is not None:
        said.append(f"{factor['age_years']} year{'' if factor['age_years'] == 1 else 's'} old at the period")
    elif said:
        said.append("data year not stated")
    if factor["set"] in ("derived", "config", "overrides"):
        return ", ".join(said)
    edition = "" if factor["set"].endswith(factor["edition"]) else f" {factor['edition']}"
    return ", ".join([*said, f"set {factor['set']}{edition}"])


def _driver(source: str, factors: Mapping[str, Mapping[str, Any]]) -> str:
    """A source of error in words, with its id, by which overrides name it."""
    told = source_words(source, factors)
    return told if told == source else f"{told} [{source}]"


def explain_total(totals: Totals) -> str:
    """The total by component, and the sources of error that matter most."""
    whole = totals.sum(STAGE_COLUMNS)
    figure = whole.figure()
    lines = [
        f"Total, management view: {digits(figure.central)} kg CO2e "
        f"({digits(figure.low)} to {digits(figure.high)}), the sum of"
    ]
    for name, components in COMPONENTS.items():
        part = totals.figure(components)
        lines.append(
            f"  {name.replace('_', ' '):<20} {number(part.central):>14} kg CO2e "
            f"({number(part.low)} to {number(part.high)})"
        )
    lines += ["", "What the range rests on (share of the variance)"]
    factors = {factor["factor_id"]: factor for factor in totals.store.factors()}
    drivers = [(source.removeprefix("own:"), share) for source, share in whole.drivers()[:10]]
    lines += [f"  {share:6.1%}  {_driver(source, factors)}" for source, share in drivers]
    lines += ["", "Lows and highs are not additive. For one line: greendigital explain DIR LINE"]
    return "\n".join(lines)
