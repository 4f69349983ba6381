"""The documents other programs read, as pydantic models: summary.json, run.json and what ``check`` prints.

Keys are only ever added. ``greendigital schema summary`` prints the JSON Schema.
"""

from __future__ import annotations

import json
import math
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, RootModel


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FigureDocument(_Document):
    """kg CO2e (or kWh where said); low and high are the 5th and 95th percentile."""

    low: float
    central: float
    high: float


class PartDocument(_Document):
    """A part of the period with one factor edition."""

    number: int
    start: str
    end: str
    factor_year: int


class PeriodDocument(_Document):
    """The reporting period, both ends included."""

    label: str
    start: str
    end: str
    factor_year: int
    parts: list[PartDocument]


class StageDocument(_Document):
    """Management total by life cycle stage."""

    manufacture: FigureDocument
    transport: FigureDocument
    embodied_unsplit: FigureDocument
    use: FigureDocument
    network: FigureDocument
    end_of_life: FigureDocument
    written_off: FigureDocument
    fallback: FigureDocument


class ComponentDocument(_Document):
    """Management total by component."""

    use_direct: FigureDocument
    use_losses: FigureDocument
    use_wtt: FigureDocument
    use_life_cycle: FigureDocument
    embodied_annualised: FigureDocument
    written_off: FigureDocument
    network: FigureDocument
    fallback: FigureDocument


class CategoryTotal(_Document):
    """Total of a category; null: not stated."""

    category: str | None
    devices: float
    total: FigureDocument


class SiteTotal(_Document):
    """Total of a site."""

    site: str | None
    total: FigureDocument


class MonthTotal(_Document):
    """Total of a calendar month, lines spread by days."""

    month: str | None
    total: FigureDocument


class AccountTotal(_Document):
    """Total of a cloud account, subscription or project."""

    account: str | None
    total: FigureDocument


class ServiceTotal(_Document):
    """Total of a cloud service."""

    service: str | None
    total: FigureDocument


class BasisTotal(_Document):
    """Total by where the figure came from: ``use_basis`` or ``embodied_basis`` of the lines."""

    basis: str | None
    total: FigureDocument


class IntensityDocument(_Document):
    """Total divided by devices, full-time equivalents and income; null where the divisor is not known."""

    per_device: FigureDocument | None
    per_fte: FigureDocument | None
    per_gbp: FigureDocument | None


class InventoryDocument(_Document):
    """GHG Protocol view: year-of-purchase embodied and disposal; scopes add up to the total."""

    total: FigureDocument
    by_scope: dict[str, FigureDocument]


class DriverDocument(_Document):
    """A source of error and its share of the variance of the total."""

    source: str
    share_of_variance: float


class TotalsDocument(_Document):
    """Management view (annualised embodied) with the inventory view beside it, never added."""

    total: FigureDocument
    hardware: FigureDocument
    cloud: FigureDocument
    energy: FigureDocument
    energy_kwh: FigureDocument
    by_stage: StageDocument
    by_component: ComponentDocument
    by_category: list[CategoryTotal]
    by_site: list[SiteTotal]
    by_month: list[MonthTotal]
    by_account: list[AccountTotal]
    by_service: list[ServiceTotal]
    by_basis: list[BasisTotal]
    intensity: IntensityDocument
    inventory: InventoryDocument
    market_based_scope_2: FigureDocument | None
    drivers: list[DriverDocument]


class MatchLevelDocument(_Document):
    """Devices and kg CO2e at a match level."""

    devices: float
    kg_co2e: float


class AssetCoverage(_Document):
    """What became of the lines of the asset files."""

    lines: int
    devices: float
    estimated: int
    partial: int
    fallback: int
    excluded: int
    merged: int
    by_match_level: dict[str, MatchLevelDocument]
    months_covered: list[str]


class CostDocument(_Document):
    """Costs of a currency, and the billed cost by status."""

    currency: str | None
    billed: float
    effective: float
    list_: float = Field(alias="list")
    billed_estimated: float
    billed_partial: float
    billed_fallback: float
    billed_excluded: float


class UsageCoverage(_Document):
    """What became of the lines of the bills."""

    lines: int
    estimated: int
    partial: int
    fallback: int
    excluded: int
    costs: list[CostDocument]
    by_method: dict[str, int]
    months_covered: list[str]


class MeterCoverage(_Document):
    """What became of the rows of meter files; a reading that the devices of its site carry is excluded as a line."""

    lines: int
    estimated: int
    partial: int
    excluded: int
    carried_by_devices: int
    months_covered: list[str]


class CoverageDocument(_Document):
    """Every line of input under one status."""

    assets: AssetCoverage
    usage: UsageCoverage
    meters: MeterCoverage


class SavingCost(_Document):
    """Money saved in a currency."""

    amount: float | None
    currency: str | None


class RecommendationDocument(_Document):
    """A group of advice rows of one rule."""

    rule: str
    action: str
    hierarchy: str
    lines: int
    devices: float
    effect: str
    basis: str
    saving_kg_co2e: FigureDocument | None
    saving_gbp: float | None
    saving_cost: SavingCost
    confidence: str
    reason: str
    tcop: str


class FactorSetDocument(_Document):
    """A factor set that the run used."""

    name: str
    edition: str
    publisher: str
    licence: str
    url: str
    share_alike: bool = False
    data_years: list[int] = []
    published_years: list[int] = []
    caveats: list[str] = []
    imported: dict[str, Any] = {}


class OverrideDocument(_Document):
    """A factor in the place of a shipped one, with its source and, in the note, the reason."""

    factor_id: str
    supersedes: str
    value: float
    unit: str
    set: str
    source: str
    note: str


class InputDocument(_Document):
    """An input file."""

    file: str
    sha256: str
    format: str
    lines: int
    costs: list[dict[str, Any]]
    problems: int


class SummaryDocument(_Document):
    """summary.json."""

    schema_: str = Field(alias="schema")
    tool_version: str
    organisation: str
    period: PeriodDocument
    totals: TotalsDocument
    coverage: CoverageDocument
    recommendations: list[RecommendationDocument]
    factor_sets: list[FactorSetDocument]
    overrides: list[OverrideDocument] = []
    inputs: list[InputDocument]
    not_covered: list[str]
    assurance: str


class RunInput(InputDocument):
    """An input file with how it was understood."""

    source_id: str
    profile_verified: bool | None
    columns: dict[str, str]
    set_aside: dict[str, int]


class RunDocument(_Document):
    """run.json: what a run was made of, enough to make it again."""

    schema_: str = Field(alias="schema")
    tool_version: str
    created: str
    as_of: str
    seconds: float
    options: dict[str, Any]
    config: dict[str, Any]
    versions: dict[str, str]
    inputs: list[RunInput]
    factor_sets: list[FactorSetDocument]
    derived_factors: list[dict[str, Any]]
    problems: list[dict[str, Any]]


class ProblemDocument(_Document):
    """A finding about one place in a file; row as a spreadsheet numbers it."""

    severity: str
    row: int | None
    column: str | None
    code: str
    message: str
    remedy: str


class BlankDocument(_Document):
    """Lines that count in which a column is empty, and their share of the lines that count."""

    lines: int
    share: float


class LackDocument(_Document):
    """Devices for which something cannot be computed, and the column that is missing; null where none would help."""

    column: str | None
    devices: float
    why: str


class ComputableDocument(_Document):
    """Devices whose data suffice; the share is null where there is no device."""

    devices: float
    share: float | None
    missing: list[LackDocument]


class ComputableDocuments(_Document):
    """What can be computed of the devices of a file."""

    use: ComputableDocument
    embodied: ComputableDocument
    age: ComputableDocument
    refresh_advice: ComputableDocument
    waste_mass: ComputableDocument


class CheckLevelDocument(MatchLevelDocument):
    """A match level with its shares; null where the whole is nothing."""

    share_of_devices: float | None
    share_of_kg_co2e: float | None


class FixDocument(_Document):
    """A correction of the data.

    ``narrowing_kg_co2e``: high less low of the total now, less that after it; null where it cannot be computed.
    ``devices_counted``: devices left out now that would be counted.
    """

    cause: str
    column: str
    devices: float
    text: str
    narrowing_kg_co2e: float | None
    devices_counted: float
    examples: list[str]


class BilledDocument(_Document):
    """Billed cost of a currency by status of its lines, and the shares; null where the whole is nothing."""

    currency: str | None
    billed: dict[str, float]
    share: dict[str, float | None]


class CheckEntry(_Document):
    """What a file is and holds; null where a file has no devices, or no bill, to speak of."""

    file: str
    format: str | None
    profile_verified: bool | None
    lines: int
    devices: float
    problems: list[ProblemDocument]
    columns: dict[str, str]
    set_aside: dict[str, int]
    costs: list[dict[str, Any]]
    active_lines: int | None = None
    joined_elsewhere: int | None = None
    period: str | None = None
    blanks: dict[str, BlankDocument] | None = None
    computable: ComputableDocuments | None = None
    match_levels: dict[str, CheckLevelDocument] | None = None
    total_kg_co2e: FigureDocument | None = None
    fixes: list[FixDocument] | None = None
    billed_by_status: list[BilledDocument] | None = None


class CheckDocument(RootModel[list[CheckEntry]]):
    """``greendigital check --format json``: one entry per file."""


SCHEMAS: dict[str, type[BaseModel]] = {"summary": SummaryDocument, "run": RunDocument, "check": CheckDocument}


def to_json(document: Any) -> str:
    """JSON text in a stable order, figures with 12 significant digits, missing numbers as null."""
    return json.dumps(_rounded(document), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return float(f"{value:.12g}")
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(v) for v in value]
    return value
