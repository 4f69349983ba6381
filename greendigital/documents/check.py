"""What ``greendigital check`` prints."""

from __future__ import annotations

from typing import Any

from pydantic import Field, RootModel

from greendigital.documents.base import Document, FigureDocument
from greendigital.documents.cloud import ExcludedCost, UnmatchedMeter
from greendigital.documents.run import MatchLevelDocument


class ProblemDocument(Document):
    """A finding about one place in a file; row as a spreadsheet numbers it."""

    severity: str
    row: int | None
    column: str | None
    code: str
    message: str
    remedy: str


class BlankDocument(Document):
    """Lines that count in which a column is empty, and their share of the lines that count."""

    lines: int
    share: float


class LackDocument(Document):
    """Devices for which something cannot be computed, and the column that is missing; null where none would help."""

    column: str | None
    devices: float
    why: str


class ComputableDocument(Document):
    """Devices whose data suffice; the share is null where there is no device."""

    devices: float
    share: float | None
    missing: list[LackDocument]


class ComputableDocuments(Document):
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


class FixDocument(Document):
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


class BilledDocument(Document):
    """Billed cost of a currency by status of its lines, and the shares; null where the whole is nothing.

    ``charges``, the three shares of it and ``excluded_by_reason``: as in ``coverage.usage.costs`` of summary.json.
    """

    currency: str | None
    billed: dict[str, float]
    share: dict[str, float | None]
    charges: float = 0.0
    physical_share: float | None = None
    fallback_share: float | None = None
    excluded_share: float | None = None
    excluded_by_reason: list[ExcludedCost] = Field(default_factory=list)


class TagKeyDocument(Document):
    """A tag key of a bill, in the case that the bill has, with the lines that have a value and their share of all."""

    key: str
    lines: int
    share: float


class CheckEntry(Document):
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
    source_id: str = ""
    active_lines: int | None = None
    joined_elsewhere: int | None = None
    period: str | None = None
    blanks: dict[str, BlankDocument] | None = None
    computable: ComputableDocuments | None = None
    match_levels: dict[str, CheckLevelDocument] | None = None
    total_kg_co2e: FigureDocument | None = None
    fixes: list[FixDocument] | None = None
    billed_by_status: list[BilledDocument] | None = None
    unmatched_meters: list[UnmatchedMeter] | None = None
    tags: list[TagKeyDocument] | None = None


class CheckDocument(RootModel[list[CheckEntry]]):
    """``greendigital check --format json``: one entry per file."""
