"""Parts of summary.json on what was billed: splits with cost, water, and meters without a physical estimate."""

from __future__ import annotations

from pydantic import Field

from greendigital.documents.base import Document, FigureDocument


class BilledCost(Document):
    """Billed cost in a currency; null where the bill names none."""

    currency: str | None
    billed: float


class SplitTotal(Document):
    """Total of a group, in kg CO2e, with what was billed; 0 where nothing of it was estimated."""

    total: FigureDocument
    costs: list[BilledCost] = Field(default_factory=list)


class AccountTotal(SplitTotal):
    """Total of a cloud account, subscription or project: its name where the bill has one, and its id."""

    account: str | None
    account_id: str | None


class ServiceTotal(SplitTotal):
    """Total of a cloud service."""

    service: str | None


class RegionTotal(SplitTotal):
    """Total of a cloud region; null: devices, and bill lines of no region."""

    region: str | None


class TagTotal(SplitTotal):
    """Total of a value of a tag; null: untagged, devices among it."""

    value: str | None


class SharedCost(BilledCost):
    """Billed cost with its share of all that was billed in the currency; null where that is nothing."""

    share: float | None


class UntaggedDocument(Document):
    """Bill lines without a tag: their carbon, and their share of that of all bill lines."""

    tag: str
    total: FigureDocument
    share: float | None
    costs: list[SharedCost]


class ExcludedCost(Document):
    """Billed cost that is excluded for one reason; the share is null for what is no part of the charges."""

    reason_code: str | None
    lines: int
    billed: float
    share: float | None


class LitresDocument(Document):
    """Litres; central is null where no WUE is published, low and high where no source gives a range."""

    low: float | None
    central: float | None
    high: float | None


class WaterTotal(Document):
    """Water for cooling and humidification, of the share of the IT energy whose WUE is published."""

    litres: LitresDocument
    it_kwh: float
    covered_share: float | None


class ProviderWater(WaterTotal):
    """Water of a provider."""

    provider: str | None


class RegionWater(Document):
    """IT energy of a region with its WUE; null where none is published."""

    provider: str | None
    region: str | None
    wue_litre_per_kwh: float | None
    scope: str | None
    year: int | None
    source_id: str | None
    it_kwh: float
    litres: float | None


class WaterSource(Document):
    """A source of WUE figures."""

    source_id: str
    source: str
    licence: str


class WaterDocument(WaterTotal):
    """Water of cloud data centres: a second figure, of bill lines with energy in a data centre of the provider."""

    by_provider: list[ProviderWater]
    by_region: list[RegionWater]
    sources: list[WaterSource]


class MeterCost(Document):
    """Cost of a meter in a currency, and its share of the list cost of all usage in it."""

    currency: str | None
    list_: float | None = Field(alias="list")
    billed: float | None
    share: float | None


class UnmatchedMeter(Document):
    """A meter estimated from cost, or of which nothing is known.

    ``next_step``: add_rule, add_unit, add_region, export_column or none, which ``remedy`` says in a sentence;
    ``no_ratio``: why it is not estimated from cost, null where it is.
    """

    provider: str | None
    service: str | None
    meter: str | None
    quantity_unit: str | None
    quantity_kind: str | None
    status: str
    reason_code: str | None
    meter_rule_id: str | None
    meter_seen: str | None
    lines: int
    kg_co2e: float | None
    costs: list[MeterCost]
    next_step: str = "none"
    remedy: str = ""
    no_ratio: str | None = None
