"""What is read from the UK government's flat file, before it is an edition."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from greendigital.factorset.imports.uk_subjects import Thing


@dataclass(slots=True)
class FlatRow:
    """A factor of the file in one unit, with its gas parts where published."""

    number: int
    thing: Thing
    levels: tuple[str, ...]
    column_text: str
    uom: str
    figures: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class FlatFile:
    """What the workbook holds of the subjects taken.

    Attributes
    ----------
    other, empty
        Number of factor rows by subject that is not taken; of cells without a figure ("not published").
    """

    year: int
    rows: list[FlatRow]
    other: Counter[str]
    empty: int
