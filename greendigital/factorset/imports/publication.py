"""What is known of a publication whatever is in the file, and the draft that comes of it with the rows taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from greendigital.factorset.imports.draft import Draft, checksum
from greendigital.factorset.imports.held import Settled
from greendigital.factorset.imports.reading import Findings


@dataclass(frozen=True, slots=True)
class Publication:
    """A publisher's file as such: see the attributes of the same name of :class:`Draft`."""

    importer: str
    kind: Literal["factors", "products"]
    publisher: str
    licence_name: str
    licence_title: str
    licence_path: str
    url: str
    caveats: tuple[str, ...]
    share_alike: bool = False

    def draft(
        self,
        path: Path,
        today: date,
        settled: Settled,
        findings: Findings,
        *,
        name: str,
        title: str,
        edition: str,
        sources: Sequence[Mapping[str, str]],
        left_out: Sequence[str] = (),
        options: Mapping[str, str] | None = None,
        revisions: bool = False,
    ) -> Draft:
        """The draft of a set with the rows that were settled on."""
        options = {**(options or {}), **({"revisions": "yes"} if revisions else {})}
        return Draft(
            name=name,
            title=title,
            edition=edition,
            description=f"What the library did not hold of {path.name} on {today.isoformat()}.",
            caveats=self.caveats,
            publisher=self.publisher,
            licence_name=self.licence_name,
            licence_title=self.licence_title,
            licence_path=self.licence_path,
            url=self.url,
            share_alike=self.share_alike,
            kind=self.kind,
            rows=settled.rows,
            row_numbers=settled.row_numbers,
            sources=tuple(sources),
            file=path.name,
            sha256=checksum(path),
            imported=today,
            importer=self.importer,
            options=options,
            left_out=(*left_out, *settled.sentences(revisions)),
            revisions=settled.revisions,
            problems=tuple(findings.problems),
        )

    def source(self, source_id: str, title: str, year: str, note: str, licence: str = "") -> dict[str, str]:
        """The row of ``sources.csv`` for the publication."""
        return {
            "source_id": source_id,
            "publisher": self.publisher,
            "title": title,
            "year": year,
            "url": self.url,
            "licence": licence or self.licence_title,
            "note": note,
        }


def suffix_of(today: date) -> str:
    """What the ids of revised figures end in: the day they came in."""
    return f"{today:%Y%m%d}"
