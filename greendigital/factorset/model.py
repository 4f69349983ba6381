"""What a factor and a factor set are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

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
    width_kind
        Row of the assumptions' ``widths`` table that applies when the source gives no range.
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
    life_cycle_stage: str = ""
    scope: str = ""
    error_group: str = ""
    shared_share: float = 1.0
    width_kind: str = ""
    source_id: str = ""
    source_locator: str = ""
    quality: str = ""
    note: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FactorSet:
    """A Data Package of factors: ``datapackage.json`` with ``factors.csv`` and lookup tables.

    Attributes
    ----------
    activities
        Activities of ``factors.csv``, declared so that a set is read only when one of them is asked for.
    resources
        Resource name to its description in ``datapackage.json`` (path and schema).
    share_alike
        Whether derived data must carry the same licence.
    """

    name: str
    title: str
    edition: str
    publisher: str
    licence: str
    url: str
    path: Path
    activities: tuple[str, ...]
    resources: Mapping[str, Mapping[str, object]]
    share_alike: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A row of ``sources.csv``."""

    source_id: str
    publisher: str
    title: str
    year: str
    url: str
    licence: str
