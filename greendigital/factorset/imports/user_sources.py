"""Where the rows of a user's table are from, and why they are used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from greendigital.factorset.imports.reading import Findings

NOT_STATED = "own figures; no licence stated"


@dataclass(slots=True)
class Told:
    """What the caller says of all rows, and the sources met so far."""

    source: str
    reason: str
    licence: str
    sources: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)

    def of(self, number: int, cells: Mapping[str, str], findings: Findings) -> tuple[str, str]:
        """The id of the source of a row, and the reason for the row; what is missing is noted."""
        source, reason, licence = (
            cells.get(part) or said
            for part, said in (("source", self.source), ("reason", self.reason), ("licence", self.licence))
        )
        for part, text, code in (("source", source, "source_missing"), ("reason", reason, "reason_missing")):
            if not text and code not in self.told:
                self.told.add(code)  # once for the table: most often it is missing from every row
                remedy = f"Fill the column {part}, or give one for the whole table with --{part}."
                findings.error(number, part, code, f"The row has no {part}.", remedy)
        key = (source, licence or NOT_STATED)
        address = re.search(r"https?://\S+", source)
        entry = self.sources.setdefault(
            key,
            {
                "source_id": f"user-{len(self.sources) + 1}",
                "publisher": source,
                "title": source,
                "url": address[0] if address else "",
                "licence": key[1],
            },
        )
        return entry["source_id"], reason
