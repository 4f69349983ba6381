"""summary.json and run.json."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from greendigital.documents.base import Document, FigureDocument
from greendigital.documents.cloud import (
    AccountTotal,
    ExcludedCost,
    RegionTotal,
    ServiceTotal,
    TagTotal,
    UnmatchedMeter,
    UntaggedDocument,
    WaterDocument,
)
from greendigital.documents.waste import WasteDocument


class PartDocument(Document):
    """A part of the period with one factor edition."""

    number: int
    start: str
    end: str
    factor_year: int


class PeriodDocument(Document):
    """The reporting period, both ends included."""

    label: str
    start: str
    end: str
    factor_year: int
    parts: list[PartDocument]


class StageDocument(Document):
    """Management total by life cycle stage."""

    manufacture: FigureDocument
    transport: FigureDocument
    embodied_unsplit: FigureDocument
    use: FigureDocument
    network: FigureDocument
    end_of_life: FigureDocument
    written_off: FigureDocument
    fallback: FigureDocument


class ComponentDocument(Document):
    """Management total by component."""

    use_direct: FigureDocument
    use_losses: FigureDocument
    use_wtt: FigureDocument
    use_life_cycle: FigureDocument
    embodied_annualised: FigureDocument
    written_off: FigureDocument
    network: FigureDocument
    fallback: FigureDocument


class CategoryTotal(Document):
    """Total of a category; null: not stated."""

    category: str | None
    devices: float
    total: FigureDocument


class SiteTotal(Document):
    """Total of a site."""

    site: str | None
    total: FigureDocument


class MonthTotal(Document):
    """Total of a calendar month, lines spread by days."""

    month: str | None
    total: FigureDocument


class BasisTotal(Document):
    """Total by where the figure came from: ``use_basis`` or ``embodied_basis`` of the lines."""

    basis: str | None
    total: FigureDocument


class IntensityDocument(Document):
    """Total divided by devices, full-time equivalents and income; null where the divisor is not known."""

    per_device: FigureDocument | None
    per_fte: FigureDocument | None
    per_gbp: FigureDocument | None


class InventoryDocument(Document):
    """GHG Protocol view: year-of-purchase embodied and disposal; scopes add up to the total."""

    total: FigureDocument
    by_scope: dict[str, FigureDocument]


class DriverDocument(Document):
    """A source of error and its share of the variance of the total."""

    source: str
    share_of_variance: float


class TotalsDocument(Document):
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
    by_region: list[RegionTotal] = Field(default_factory=list)
    by_tag: dict[str, list[TagTotal]] = Field(default_factory=dict)
    untagged: list[UntaggedDocument] = Field(default_factory=list)
    by_basis: list[BasisTotal]
    intensity: IntensityDocument
    inventory: InventoryDocument
    market_based_scope_2: FigureDocument | None
    drivers: list[DriverDocument]


class MatchLevelDocument(Document):
    """Devices and kg CO2e at a match level."""

    devices: float
    kg_co2e: float


class AssetCoverage(Document):
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


class CostDocument(Document):
    """Costs of a currency, and the billed cost by status.

    ``billed_in_other_bill``: of what is excluded, charges that another bill of the run holds too. ``charges``: billed
    cost without these and without what is below zero as a whole, such as credits; the three shares are of it and add
    up to one, null where it is nothing.
    """

    currency: str | None
    billed: float
    effective: float
    list_: float = Field(alias="list")
    billed_estimated: float
    billed_partial: float
    billed_fallback: float
    billed_excluded: float
    billed_in_other_bill: float
    charges: float = 0.0
    physical_share: float | None = None
    fallback_share: float | None = None
    excluded_share: float | None = None
    excluded_by_reason: list[ExcludedCost] = Field(default_factory=list)


class UsageCoverage(Document):
    """What became of the lines of the bills."""

    lines: int
    estimated: int
    partial: int
    fallback: int
    excluded: int
    costs: list[CostDocument]
    by_method: dict[str, int]
    months_covered: list[str]


class MeterCoverage(Document):
    """What became of the rows of meter files; a reading that the devices of its site carry is excluded as a line."""

    lines: int
    estimated: int
    partial: int
    excluded: int
    carried_by_devices: int
    months_covered: list[str]


class CoverageDocument(Document):
    """Every line of input under one status."""

    assets: AssetCoverage
    usage: UsageCoverage
    meters: MeterCoverage


class SavingCost(Document):
    """Money saved in a currency."""

    amount: float | None
    currency: str | None


class RecommendationDocument(Document):
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


class FactorSetDocument(Document):
    """A factor set that the run used."""

    name: str
    edition: str
    publisher: str
    licence: str
    url: str
    share_alike: bool = False
    data_years: list[int] = Field(default_factory=list)
    published_years: list[int] = Field(default_factory=list)
    caveats: list[str] = Field(default_factory=list)
    imported: dict[str, Any] = Field(default_factory=dict)


class OverrideDocument(Document):
    """A factor in the place of a shipped one, with its source and, in the note, the reason."""

    factor_id: str
    supersedes: str
    value: float
    unit: str
    set: str
    source: str
    note: str


class AlternativeDocument(Document):
    """Another value of an assumption: the central total of the run under it, and its distance from the one reported.

    ``fallback_kg_co2e``: what of it is estimated from cost. ``lines_without_figure``: lines that are so and have a
    figure by hardware in the report; ``without_figure_kg_co2e``: what they take by cost.
    """

    value: float | str
    central: float
    change: float
    fallback_kg_co2e: float = 0.0
    lines_without_figure: int = 0
    without_figure_kg_co2e: float = 0.0


class AssumptionDocument(Document):
    """What cloud lines assume, under its key of ``[cloud]``, with its source and its effect on the total."""

    name: str
    value: float | str
    unit: str
    source: str
    factor_id: str
    alternatives: list[AlternativeDocument]


class InputDocument(Document):
    """An input file."""

    file: str
    sha256: str
    format: str
    lines: int
    costs: list[dict[str, Any]]
    problems: int


class SummaryDocument(Document):
    """summary.json."""

    schema_: str = Field(alias="schema")
    tool_version: str
    organisation: str
    period: PeriodDocument
    totals: TotalsDocument
    coverage: CoverageDocument
    recommendations: list[RecommendationDocument]
    factor_sets: list[FactorSetDocument]
    overrides: list[OverrideDocument] = Field(default_factory=list)
    assumptions: list[AssumptionDocument] = Field(default_factory=list)
    inputs: list[InputDocument]
    not_covered: list[str]
    assurance: str
    water: WaterDocument | None = None
    unmatched_meters: list[UnmatchedMeter] = Field(default_factory=list)
    waste: WasteDocument | None = None


class RunInput(InputDocument):
    """An input file with how it was understood."""

    source_id: str
    profile_verified: bool | None
    columns: dict[str, str]
    set_aside: dict[str, int]


class RunDocument(Document):
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
