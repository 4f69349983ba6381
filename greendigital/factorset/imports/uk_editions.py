"""The editions of the UK factors that the library holds, and the rows of a new one in continuation of them."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence

from greendigital.factorset.imports.reading import AGAIN, Findings
from greendigital.factorset.imports.uk_flat_rows import FlatFile, FlatRow
from greendigital.factorset.imports.uk_subjects import (
    ATTRIBUTES,
    UNITS,
    Thing,
    new_id,
    next_id,
    plain,
    route_of,
    thing_of_held,
)

Row = Mapping[str, str]

_TOLERANCE = 0.00002  # Four figures of five decimals each: their sum may be off by two units of the last one.
_COMPLETE_SINCE = 2016  # The first edition with well-to-tank factors; what all have had since must be in the next.
_WITH_DATA_YEAR = ("electricity_generation", "electricity_td_losses")
_ONE_YEAR_LAG_SINCE = 2026
_CARRIED = ("basis", "life_cycle_stage", "scope", "gwp_basis", "error_group", "shared_share", "width_kind")
_GASES = ("kgco2", "kgch4_co2e", "kgn2o_co2e")


class Editions:
    """The rows held, by what they are of."""

    def __init__(self, held: Sequence[dict[str, str]]) -> None:
        self.held = sorted(held, key=lambda row: row.get("valid_from") or "")
        self._by_thing: dict[Thing, list[Row]] = {}
        self._by_activity: dict[str, list[Row]] = {}
        for row in self.held:
            self._by_thing.setdefault(thing_of_held(row), []).append(row)
            self._by_activity.setdefault(row["activity"], []).append(row)

    def key(self, row: Row) -> Hashable:
        """What makes two rows figures of the same thing, year and unit."""
        return thing_of_held(row), (row.get("unit") or "").lower(), (row.get("valid_from") or "")[:4]

    def check(self, flat: FlatFile, findings: Findings) -> None:
        """Note a file that is cut short, a changed unit, and gas parts that do not make the total."""
        self._check_whole(flat, findings)
        units: dict[Thing, set[str]] = {}
        for row in flat.rows:
            units.setdefault(row.thing, set()).add(UNITS.get(plain(row.uom), ""))
        for row in flat.rows:
            self._check_unit(row, units[row.thing], findings)
            _check_gases(row, findings)

    def _check_whole(self, flat: FlatFile, findings: Findings) -> None:
        editions: dict[str, set[str]] = {}
        for row in self.held:
            if (year := (row.get("valid_from") or "")[:4]) >= str(_COMPLETE_SINCE):
                editions.setdefault(year, set()).add(row["activity"])
        expected = set.intersection(*editions.values()) if editions else {"electricity_generation"}
        missing = sorted(expected - {row.thing[0] for row in flat.rows})
        if missing:
            findings.error(
                None,
                None,
                "file_cut_short",
                f"There is no figure for {', '.join(missing)}, which every edition since {_COMPLETE_SINCE} has.",
                f"The file was cut short, or a subject was renamed (others found: {', '.join(flat.other) or 'none'}). "
                f"{AGAIN}",
            )

    def _check_unit(self, row: FlatRow, here: set[str], findings: Findings) -> None:
        unit = UNITS.get(plain(row.uom))
        known = {(r.get("unit") or "").lower() for r in self._by_thing.get(row.thing, ())}
        if known and unit not in known and known - here:
            before = ", ".join(sorted(known - here))
            message = f'"{row.uom}" is not the unit of earlier editions ({before}) for {" | ".join(_named(row))}.'
            remedy = "Check the row against the publisher's file: a factor of another unit is another factor."
            findings.error(row.number, "UOM", "unit_changed", message, remedy)
        elif unit is None:
            message = f'"{row.uom}" is not a known unit.'
            findings.error(row.number, "UOM", "unit_unknown", message, f"Known are {', '.join(UNITS)}.")

    def rows_for(self, flat: FlatFile) -> list[tuple[int, dict[str, str]]]:
        """The rows of the new edition, each with its row number in the file."""
        rows = [(row.number, self._row(row, flat.year)) for row in flat.rows]
        ids = Counter(row["factor_id"] for _, row in rows)
        for _, row in rows:
            if ids[row["factor_id"]] > 1:
                # Names that differ only in signs: told apart by a checksum of the name itself.
                row["factor_id"] += f"-{zlib.crc32(row['source_locator'].encode()) & 0xFFFFFFFF:08x}"
        return rows

    def _row(self, flat_row: FlatRow, year: int) -> dict[str, str]:
        unit = UNITS[plain(flat_row.uom)]
        activity = flat_row.thing[0]
        known = [r for r in self._by_thing.get(flat_row.thing, ()) if (r.get("unit") or "").lower() == unit]
        model = known[-1] if known else None
        group, *detail = [n for n in flat_row.levels if n and plain(n) not in UNITS] or [activity]
        route = route_of(flat_row.column_text)
        names = {"group": group, "detail": " | ".join(detail), "route": route}
        if model is not None:
            names = {column: model.get(column) or "" for column in names}
        factor_id = next_id(model["factor_id"], year) if model is not None else None
        text = f"; {route}" if flat_row.column_text else ""
        return {
            "factor_id": factor_id or new_id(year, activity, names["group"], names["detail"], names["route"], unit),
            "activity": activity,
            **self._carried(activity, model),
            **names,
            **{c: v for c, v in flat_row.figures.items() if c not in _GASES or _parts(flat_row) is None},
            "interval": "none",
            "unit": unit,
            "region": "GBR",
            "valid_from": f"{year}-01-01",
            "valid_to": f"{year}-12-31",
            "data_year": _data_year(activity, year),
            "source_id": f"desnz-{year}",
            "source_locator": " | ".join(_levels(flat_row)) + text,
            "quality": "flat file as published",
            "note": self._note(activity, known),
        }

    def _carried(self, activity: str, model: Row | None) -> dict[str, str]:
        """Attributes of the newest edition of the same thing, else of the activity's newest, else of the activity."""
        like = model or next(reversed(self._by_activity.get(activity, [])), None)
        if like is not None:
            return {column: like.get(column) or "" for column in _CARRIED}
        basis, stage, scope = ATTRIBUTES[activity]
        return {"basis": basis, "life_cycle_stage": stage, "scope": scope, "error_group": f"desnz:{activity}"}

    def _note(self, activity: str, known: Sequence[Row]) -> str:
        """A note that the last two editions share; one that only the last has is about that year."""
        notes = [row.get("note") or "" for row in known[-2:]]
        if len(notes) == 2:
            return notes[0] if notes[0] == notes[1] else ""
        counted = Counter(row.get("note") or "" for row in self._by_activity.get(activity, ()))
        return max(counted, key=lambda n: counted[n], default="")


def _data_year(activity: str, year: int) -> str:
    if activity not in _WITH_DATA_YEAR:
        return ""
    return str(year - (1 if year >= _ONE_YEAR_LAG_SINCE else 2))


def _levels(row: FlatRow) -> list[str]:
    return [n for n in row.levels if n and plain(n) not in UNITS]


def _named(row: FlatRow) -> Iterable[str]:
    return [n for n in (*_levels(row), row.column_text) if n]


def _parts(row: FlatRow) -> float | None:
    """Sum of the gas parts where all three are published and do not make the total within rounding; else None."""
    if not set(_GASES) <= set(row.figures):
        return None
    total = float(row.figures["value"])
    parts = sum(float(row.figures[gas]) for gas in _GASES)
    return parts if round(abs(total - parts), 7) > _TOLERANCE * max(1.0, total) else None


def _check_gases(row: FlatRow, findings: Findings) -> None:
    if (parts := _parts(row)) is not None:
        message = f"The gas parts make {parts:.6g}, the total is {float(row.figures['value']):.6g}; they are left out."
        findings.warn(row.number, None, "parts_and_total", message, "Check the row against the publisher's file.")
