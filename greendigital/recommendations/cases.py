"""Advice for every asset, worked out once for each case: assets that no rule can tell apart are one case.

A case is what the rules see of an asset and of its line, for one device. A million assets have some ten thousand
cases; which asset is of which case, and the rows of ``recommendations.csv``, are left to the database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from greendigital import frames
from greendigital.config import Config
from greendigital.factorset import FactorLibrary
from greendigital.footprint import LineStore
from greendigital.period import Period
from greendigital.recommendations.cloud import CLOUD_FACTS, cloud_advice
from greendigital.recommendations.group import Counted, group_advice
from greendigital.recommendations.model import Advice
from greendigital.recommendations.rules import device_advice
from greendigital.recommendations.settings import Settings
from greendigital.uncertainty import Spread

ASSET_FACTS = (
    "status",
    "category",
    "ownership",
    "acquired_date",
    "retired_date",
    "last_seen_date",
    "disposal_date",
    "disposal_route",
    "disposal_evidence",
    "sanitisation",
    "os_name",
    "os_version",
    "os_build",
    "cpu_model",
    "tpm_version",
    "memory_gb",
    "ssd_gb",
    "hdd_count",
    "price_gbp",
    "user_role",
    "warranty_end_date",
    "repair_quote_gbp",
    "battery_health_share",
    "utilisation_share",
    "manufacturer",
    "model",
)
"""Columns of an asset that the device rules read; a rule that needs another adds it here."""

_BY_MODEL = (
    "(l.category IN ('smartphone', 'tablet') "
    "OR regexp_matches(lower(concat_ws(' ', a.manufacturer, a.model, a.os_name)), "
    "'apple|microsoft|google|macbook|imac|mac mini|mac pro|surface|chrom'))"
)
"""Devices whose updates end by model."""


def _facts_of_assets(as_of: date, settings: Settings) -> dict[str, str]:
    """The facts of an asset, each as an expression of the database.

    What varies from device to device (days, quotes, loads) is kept only where a rule asks it: else every device would
    be a case of its own. Of a day of purchase that contradicts nothing it only counts that
    there is one.
    """
    day = f"DATE '{as_of.isoformat()}'"
    only = {
        "acquired_date": f"CASE WHEN a.acquired_date > {day} OR a.acquired_date > a.retired_date "
        "OR a.acquired_date > a.last_seen_date THEN a.acquired_date "
        "WHEN a.acquired_date IS NOT NULL THEN DATE '1970-01-01' END",
        "last_seen_date": "CASE WHEN a.last_seen_date < a.acquired_date OR a.last_seen_date > a.retired_date "
        f"OR date_diff('day', a.last_seen_date, {day}) > {settings.not_seen_days} THEN a.last_seen_date END",
        "warranty_end_date": "CASE WHEN a.status IN ('repair', 'faulty') THEN a.warranty_end_date END",
        "repair_quote_gbp": "CASE WHEN a.status IN ('repair', 'faulty') THEN a.repair_quote_gbp END",
        "battery_health_share": f"CASE WHEN a.battery_health_share < {settings.battery_health_share} "
        "THEN a.battery_health_share END",
        "manufacturer": f"CASE WHEN {_BY_MODEL} THEN a.manufacturer END",
        "model": f"CASE WHEN {_BY_MODEL} THEN a.model END",
        "utilisation_share": "CASE WHEN l.category LIKE 'server%' THEN a.utilisation_share END",
    }
    return {name: only.get(name, f"a.{name}") for name in ASSET_FACTS}


LINE_FACTS = (
    "category",
    "variant",
    "match_level",
    "use_basis",
    "life_years",
    "annual_kwh",
    "pue",
    "device_embodied_kg_co2e",
    "embodied_factor_id",
    "energy_factor_id",
    "pue_factor_id",
    "grid_factor_id",
    "loss_factor_id",
    "wtt_factor_id",
)
"""Columns of the first line of an asset that the device rules read."""

_OF_ASSET = ("manufacturer", "model", "site", "department")
_OF_CLOUD_LINE = (*_OF_ASSET, "category", "account", "service", "region")
_WORDS = {
    "rule": "string",
    "action": "string",
    "hierarchy": "string",
    "effect": "string",
    "basis": "string",
    "saving_low_kg_co2e": "float",
    "saving_kg_co2e": "float",
    "saving_high_kg_co2e": "float",
    "saving_gbp": "float",
    "saving_cost": "float",
    "saving_currency": "string",
    "confidence": "string",
    "reason": "string",
    "tcop": "string",
}
_AMOUNTS = [name for name, kind in _WORDS.items() if kind == "float"]


class Case(NamedTuple):
    """Assets that no rule can tell apart: what the rules see of one of them, and how many there are."""

    asset: Mapping[str, Any]
    line: Mapping[str, Any]
    lines: int
    devices: float


class RunAdvice:
    """The advice of a run: worked out by case, and given out to the assets in the database.

    Attributes
    ----------
    cases, devices
        The cases, and the advice for one device of each.
    cloud
        Rows of cloud lines.
    """

    def __init__(
        self,
        store: LineStore,
        library: FactorLibrary,
        period: Period,
        as_of: date,
        config: Config,
        factors: Sequence[Mapping[str, Any]],
        known: Mapping[str, Spread],
    ) -> None:
        self.store = store
        self.cases = self._cases(_facts_of_assets(as_of, Settings.of(config, library)))
        assets, lines = [c.asset for c in self.cases], {c.asset["line_id"]: c.line for c in self.cases}
        self.devices = device_advice(assets, lines, library, as_of, config, factors, known)
        self.cloud = cloud_advice(self._cloud_lines(), library, period, config, known)

    def groups(self, by: Sequence[str]) -> list[dict[str, Any]]:
        """Advice grouped, as in ``summary.json``."""
        of_cases = zip(self.devices, self.cases, strict=True)
        rows = [Counted(advice, case.lines, case.devices) for advice, case in of_cases]
        return group_advice([*rows, *map(Counted, self.cloud)], by)

    @property
    def rows(self) -> list[Advice]:
        """The advice of each asset, in the order of the assets, then that of cloud lines."""
        by_case = {int(advice.line_id): advice for advice in self.devices}
        members = self.store.query(
            "SELECT c.case_id, m.line_id, m.asset_id, coalesce(m.quantity, 1) AS n "
            "FROM (SELECT case_id, unnest(places) AS place FROM cases) c JOIN assets m ON m.place = c.place "
            "ORDER BY m.place"
        )
        found = [_of_asset(by_case[m["case_id"]], m["line_id"], m["asset_id"], m["n"]) for m in members]
        return [*found, *self.cloud]

    def _cases(self, facts: Mapping[str, str]) -> list[Case]:
        """Every case of the assets that are neither merged nor set aside, in the order of their first assets."""
        keys = [
            *(f"{fact} AS asset_{name}" for name, fact in facts.items()),
            *(f"l.{n} AS line_{n}" for n in LINE_FACTS),
        ]
        self.store.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE cases AS SELECT {', '.join(keys)}, min(a.place) AS case_id, "
            "count(*) AS lines, sum(coalesce(a.quantity, 1)) AS devices, list(a.place) AS places "
            f"FROM assets a LEFT JOIN ({self._first_lines()}) l ON l.line_id = a.line_id "
            "WHERE coalesce(a.set_aside, '') = '' AND coalesce(a.merged_into, '') = '' GROUP BY ALL"
        )
        found = []
        for row in self.store.query("SELECT * EXCLUDE (places) FROM cases ORDER BY case_id"):
            own = {
                "line_id": str(row["case_id"]),
                "asset_id": None,
                "quantity": 1.0,
                "merged_into": "",
                "set_aside": "",
            }
            asset = {**own, **{name: row[f"asset_{name}"] for name in ASSET_FACTS}}
            line = {name: row[f"line_{name}"] for name in LINE_FACTS}
            found.append(Case(asset, line, row["lines"], row["devices"]))
        return found

    def _cloud_lines(self) -> list[dict[str, Any]]:
        """Physical lines of bills, in the order of the files."""
        return self.store.query(
            f"SELECT {', '.join(CLOUD_FACTS)} FROM lines WHERE kind = 'cloud' AND status IN ('estimated', 'partial') "
            "ORDER BY source_id, source_row"
        )

    def _first_lines(self) -> str:
        """One line of each device: its first part of the period."""
        columns = ", ".join(("line_id", *LINE_FACTS))
        return (
            f"SELECT {columns} FROM lines WHERE kind = 'hardware' "
            "QUALIFY row_number() OVER (PARTITION BY line_id ORDER BY part) = 1"
            if self.store.query("SELECT 1 FROM lines WHERE part > 1 AND kind = 'hardware' LIMIT 1")
            else f"SELECT {columns} FROM lines WHERE kind = 'hardware'"
        )

    @cached_property
    def _view(self) -> str:
        """The view of a row for every asset, and the rows of cloud lines, with what each line is."""
        of_cases = _advice_table(self.store.connection, self.devices, {"case_id": "int"}, lambda a: [int(a.line_id)])
        of_cases.create_view("advice_of_cases", replace=True)
        of_lines = _advice_table(
            self.store.connection,
            self.cloud,
            {"line_id": "string", "asset_id": "string", "devices": "float"},
            lambda a: [a.line_id, a.asset_id, a.devices],
        )
        of_lines.create_view("advice_of_lines", replace=True)
        words = ", ".join(
            f"CASE WHEN m.quantity <> 1 THEN {_twelve_digits(f'd.{name} * m.quantity')} ELSE d.{name} END AS {name}"
            if name in _AMOUNTS
            else f"d.{name}"
            for name in _WORDS
        )
        asset = ", ".join(f"m.{name}" for name in _OF_ASSET)
        line = ", ".join(f"l.{name}" for name in _OF_CLOUD_LINE)
        self.store.connection.execute(
            f"""
            CREATE OR REPLACE TEMP VIEW advice AS
            SELECT m.line_id, m.asset_id, coalesce(m.quantity, 1) AS devices, {asset}, c.line_category AS category,
                   NULL AS account, NULL AS service, NULL AS region, {words}, m.place AS place
            FROM (SELECT *, unnest(places) AS place FROM cases) c
            JOIN assets m ON m.place = c.place JOIN advice_of_cases d ON d.case_id = c.case_id
            UNION ALL BY NAME
            SELECT d.* EXCLUDE (number), {line}, 1e18::BIGINT + number AS place FROM advice_of_lines d
            LEFT JOIN (
                SELECT DISTINCT ON (line_id) line_id, {line} FROM lines l WHERE kind = 'cloud' ORDER BY line_id, part
            ) l ON l.line_id = d.line_id
            """
        )
        return "advice"

    def first_rows(self, columns: Sequence[str], most: int) -> list[dict[str, Any]]:
        """The first rows of ``recommendations.csv``."""
        return self.store.query(f"{_in_order(self._view, columns)} LIMIT {most}")

    def __len__(self) -> int:
        return sum(case.lines for case in self.cases) + len(self.cloud)

    def write_csv(self, path: Path, columns: Sequence[str]) -> None:
        """Write ``recommendations.csv``, the largest saving first."""
        target = str(path).replace("'", "''")
        self.store.connection.execute(f"COPY ({_in_order(self._view, columns)}) TO '{target}' (FORMAT csv, HEADER)")


def _of_asset(advice: Advice, line_id: str, asset_id: str | None, quantity: float) -> Advice:
    return replace(
        advice,
        line_id=line_id,
        asset_id=asset_id,
        devices=quantity,
        parts=tuple(part.times(quantity) for part in advice.parts),
        saving_gbp=advice.saving_gbp * quantity if advice.saving_gbp is not None else None,
    )


def _in_order(view: str, columns: Sequence[str]) -> str:
    """The largest saving first, then as the files have them."""
    numbers = (*_AMOUNTS, "devices")
    wanted = ", ".join(c if c in numbers else f"nullif({c}, '') AS {c}" for c in columns)
    return f"SELECT {wanted} FROM {view} ORDER BY coalesce({view}.saving_kg_co2e, 0) DESC, place"


def _twelve_digits(value: str) -> str:
    """An amount to twelve digits, as in all our files: expression of the database."""
    return f"format('{{:.12g}}', {value})::DOUBLE"


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.12g}")


def _advice_table(connection: Any, advice: Sequence[Advice], extra: Mapping[str, str], values_of: Any) -> Any:
    kinds = {**extra, **_WORDS, "number": "int"}
    rows = []
    for number, row in enumerate(advice):
        saving = row.saving
        amounts = (saving.low, saving.central, saving.high) if saving else (None, None, None)
        rows.append(
            (
                *values_of(row),
                row.rule,
                row.action,
                row.hierarchy,
                row.effect,
                row.basis,
                *map(_rounded, (*amounts, row.saving_gbp, row.saving_cost)),
                row.saving_currency,
                row.confidence,
                row.reason,
                row.tcop,
                number,
            )
        )
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(kinds)
    return frames.duckdb_table(connection, dict(zip(kinds, columns, strict=True)), kinds)
