"""Part of summary.json on what left the organisation: reuse, recycling, and the notes of its batches."""

from __future__ import annotations

from greendigital.documents.base import Document, FigureDocument


class ItemsOfCategory(Document):
    """Items of a category; null: no asset is known, or its category is not."""

    category: str | None
    items: float


class MassFrom(Document):
    """Items and kg whose mass is the ``record``'s, the ``asset``'s, the ``product``'s or the ``category``'s."""

    mass_from: str
    items: float
    mass_kg: float


class WithoutRecord(Document):
    """Assets that the device list calls retired or disposed, without a record of their disposal."""

    items: float
    by_category: list[ItemsOfCategory]


class RouteShare(Document):
    """A route with its rank in the waste hierarchy (1 the best) and its shares; a route not recorded stands under null.

    ``mass_kg`` is null where there are items and the mass of none is known.
    """

    route: str | None
    hierarchy: str | None
    rank: int | None
    items: float
    share_of_items: float | None
    mass_kg: float | None
    share_of_mass: float | None


class PeriodShares(Document):
    """What left in the reporting period, by route; the routes add up to the whole."""

    label: str
    items: float
    mass_kg: float | None
    items_without_mass: float
    routes: list[RouteShare]


class YearShares(Document):
    """What left in an April to March year; label null: on a day not recorded.

    ``in_period``: whether the year lies in the reporting period, ``yes``, ``in part`` or ``no``.
    """

    label: str | None
    in_period: str | None
    items: float
    mass_kg: float | None
    items_without_mass: float
    routes: list[RouteShare]


class MissingField(Document):
    """What the note of a batch lacks, and of how many records."""

    field: str
    records: int
    text: str


class DeclarationDocument(Document):
    """The declaration of the waste hierarchy, and whether the device list shows it of every item."""

    can_be_signed: bool
    items: float
    items_shown: float
    text: str


class BatchDocument(Document):
    """What left together: one day, route, carrier, facility and note.

    ``hazardous``: yes, no, in part or unknown. ``add_by_person``: what its note asks that no column holds.
    """

    disposal_date: str | None
    in_period: bool
    route: str | None
    carrier: str | None
    facility: str | None
    transfer_note_id: str | None
    records: int
    unmatched_records: int
    items: float
    mass_kg: float | None
    items_without_mass: float
    categories: list[ItemsOfCategory]
    hazardous: str
    income_gbp: float | None
    missing: list[MissingField]
    add_by_person: list[str]
    declaration: DeclarationDocument


class GateEntry(Document):
    """A record of reuse, resale or donation without a sanitisation status."""

    record: str
    asset_id: str | None
    serial_number: str | None
    category: str | None
    route: str | None
    disposal_date: str | None
    items: float


class GateDocument(Document):
    """What left for reuse, resale or donation without a sanitisation status."""

    records: int
    items: float
    listed: list[GateEntry]


class AvoidedDocument(Document):
    """Manufacture that reuse by others is taken to avoid, in the reporting period; in no total."""

    effect: str
    basis: str
    items: float
    items_without_figure: float
    displacement: float
    displacement_source: str
    saving_kg_co2e: FigureDocument | None


class WasteEmissions(Document):
    """Waste treatment in the inventory, scope 3.5, with what it must not be used for."""

    scope: str
    total: FigureDocument
    note: str


class SourceDocument(Document):
    """Where a requirement is published."""

    what: str
    source: str
    url: str


class WasteDocument(Document):
    """What left the organisation; batches and gate list the first 500."""

    records: int
    replaced_records: int
    unmatched_records: int
    undated_records: int
    items: float
    mass_kg: float | None
    items_without_mass: float
    mass_from: list[MassFrom]
    without_record: WithoutRecord
    period: PeriodShares
    by_year: list[YearShares]
    batches_in_all: int
    batches_incomplete: int
    batches: list[BatchDocument]
    sanitisation_gate: GateDocument
    avoided_manufacture: AvoidedDocument
    emissions: WasteEmissions
    sources: list[SourceDocument]
