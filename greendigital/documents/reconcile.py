"""What ``greendigital reconcile --format json`` prints."""

from __future__ import annotations

from pydantic import Field

from greendigital.documents.base import Document, FigureDocument


class TheirsDocument(Document):
    """A provider's figures, kg CO2e; null where its export does not give one.

    ``location`` and ``market`` are totals of all scopes that the export holds; ``unlabelled`` is a total that does not
    say which of the two it is.
    """

    location: float | None
    market: float | None
    unlabelled: float | None
    scope_1: float | None
    scope_2_location: float | None
    scope_2_market: float | None
    scope_3_location: float | None
    scope_3_market: float | None


class OurPartsDocument(Document):
    """What our central figure is made of, kg CO2e; the parts add up to it."""

    electricity: float
    losses_and_well_to_tank: float
    embodied: float
    network: float
    fallback: float


class ComparedDocument(Document):
    """Both sides over what both have, kg CO2e, and ours over theirs; ``basis`` says which of theirs was taken."""

    basis: str
    theirs: float
    ours: float
    ratio: float | None


class ReasonDocument(Document):
    """A likely reason for a difference."""

    code: str
    text: str


class ReconcileGroupDocument(Document):
    """Theirs beside ours; null where a side has no figure."""

    provider: str
    view: str
    side: str
    records: int
    lines: int
    theirs: TheirsDocument
    ours: FigureDocument | None
    our_parts: OurPartsDocument | None
    compared: ComparedDocument | None
    reasons: list[ReasonDocument]


class ReconcileRowDocument(ReconcileGroupDocument):
    """A group at the finest level that both sides have, or at the one asked for; null where the level is not told.

    ``account_name`` is what the bill calls an account that is matched by its id; null where it is not known.
    """

    account: str | None
    account_name: str | None
    service: str | None
    region: str | None
    month: str | None


class ReconcileTotalDocument(ReconcileGroupDocument):
    """All of a provider's view; two views of one provider are the same emissions, and are never added."""

    levels: list[str]
    is_partial: bool


class ExportDocument(Document):
    """A provider's export as read; ``set_aside`` counts the records that are not compared, by reason."""

    file: str
    sha256: str
    provider: str
    format: str
    records: int
    views: list[str]
    set_aside: dict[str, int]
    denied: list[str]
    has_more_pages: bool


class ReconcileProblemDocument(Document):
    """A finding about an export."""

    severity: str
    code: str
    message: str
    remedy: str
    file: str
    row: int | None
    column: str | None


class ReconcileDocument(Document):
    """The provider's own figures beside ours; theirs are for reporting, and nothing of theirs is in ours."""

    schema_: str = Field(alias="schema")
    tool_version: str
    period: str
    exports: list[ExportDocument]
    totals: list[ReconcileTotalDocument]
    rows: list[ReconcileRowDocument]
    problems: list[ReconcileProblemDocument]
