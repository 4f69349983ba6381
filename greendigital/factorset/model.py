"""What a factor and a factor set are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

INTERVALS = ("p5_p95", "p10_p90", "min_max", "none")


@dataclass(frozen=True, slots=True)
class Factor:
    """One emission factor or other sourced figure.

    Attributes
    ----------
    value, low, high
        In ``unit``; low and high as published, None where not.
    interval, n_values
        What low and high are (``p5_p95``, ``p10_p90``, ``min_max`` or ``none``), and of how many values.
    basis
        Electricity: ``direct``, ``losses``, ``wtt``, ``life_cycle``; embodied: the stages the figure holds.
    error_group, shared_share
        Factors of one group share an error; the share of the log variance that is shared.
    data_year
        Year the underlying data are of, which is not the year of the edition; None where the source does not say.
    width_kind
        Row of the assumptions' ``widths`` table that applies when the source gives no range.
    supersedes
        Id of the factor that this one takes the place of.
    extra
        Further columns of the row, as text.
    """

    factor_id: str
    activity: str
    value: float
    unit: str
    set_name: str
    edition: str
    low: float | None = None
    high: float | None = None
    interval: str = "none"
    n_values: float | None = None
    basis: str = ""
    region: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    data_year: int | None = None
    life_cycle_stage: str = ""
    scope: str = ""
    gwp_basis: str = ""
    error_group: str = ""
    shared_share: float = 1.0
    width_kind: str = ""
    source_id: str = ""
    source_locator: str = ""
    supersedes: str = ""
    quality: str = ""
    note: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)

    def is_made_of(self, factor_id: str) -> bool:
        """Whether this is a derived factor whose note names the other as one it was made of."""
        if self.set_name != "derived" or factor_id not in self.note:
            return False
        return re.search(rf"[( ]{re.escape(factor_id)}[,)]", self.note) is not None


@dataclass(frozen=True, slots=True)
class FactorSet:
    """A Data Package of factors: ``datapackage.json`` with factor resources and lookup tables.

    Attributes
    ----------
    resources
        Resource name to its description in ``datapackage.json`` (path, schema, and the activities of its factors).
    description, caveats
        What the figures are, and the traps in using them; told in ``datapackage.json`` and nowhere else.
    created
        Date the data were collected, as written there.
    share_alike
        Whether derived data must carry the same licence.
    optional
        Read only when asked for by name, not with the other shipped sets.
    adds_to
        Shipped set whose tables this one adds rows to; empty for a set that stands by itself.
    imported
        What an import wrote about its file: name, checksum, date; empty for other sets.
    """

    name: str
    title: str
    edition: str
    publisher: str
    licence: str
    url: str
    path: Path
    resources: Mapping[str, Mapping[str, Any]]
    description: str = ""
    caveats: tuple[str, ...] = ()
    created: str = ""
    share_alike: bool = False
    optional: bool = False
    adds_to: str = ""
    imported: Mapping[str, Any] = field(default_factory=dict)

    @property
    def factor_resources(self) -> dict[str, tuple[str, ...]]:
        """Resources in the long schema of factors, with the activities each holds."""
        return {name: tuple(r["activities"]) for name, r in self.resources.items() if r.get("activities")}

    @property
    def lookups(self) -> tuple[str, ...]:
        """Resources that are lookup tables."""
        return tuple(name for name, r in self.resources.items() if not r.get("activities"))

    def file(self, resource: str) -> Path:
        """Path of a resource's file."""
        return self.path / str(self.resources[resource]["path"])


@dataclass(frozen=True, slots=True)
class Source:
    """A row of ``sources.csv``."""

    source_id: str
    publisher: str
    title: str
    year: str
    url: str
    licence: str
    note: str = ""
