"""The factors a footprint used, with the range each entered it by and where it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from greendigital.estimation.ranges import Range, percentiles
from greendigital.factorset import Factor, FactorLibrary


def factors_used_rows(
    used: Mapping[str, Factor], wanted: Iterable[str], library: FactorLibrary, year: int
) -> list[dict[str, Any]]:
    """Rows of ``factors_used.parquet`` for the wanted ids, sorted by id; ages are counted to ``year``.

    A derived factor brings the factors it was made of, where they are known.
    """
    ids = set(wanted)
    ids |= {f.factor_id for f in library.own_assumptions()}
    # What the configuration assumes of cloud lines is told, whether or not a line names it.
    ids |= {i for i, f in used.items() if f.set_name == "config" and f.supersedes}
    derived = [used[i] for i in ids if i in used and used[i].set_name == "derived"]
    ids |= {i for i in used if any(factor.is_made_of(i) for factor in derived)}
    return [_row(used[i], library, year) for i in sorted(ids) if i in used]


def _row(factor: Factor, library: FactorLibrary, year: int) -> dict[str, Any]:
    # A policy of the organisation is a choice, not an estimate: it has no range.
    is_policy = factor.set_name == "config" and not factor.supersedes
    found = Range(factor.value, factor.value) if is_policy else percentiles(factor, library)
    own = factor.set_name in ("derived", "config")
    published = None if own else _year_in(library.source(factor.set_name, factor.source_id).year)
    as_of = factor.data_year or published
    return {
        "factor_id": factor.factor_id,
        "value": factor.value,
        "low": factor.low,
        "high": factor.high,
        "interval": factor.interval,
        "n_values": factor.n_values,
        "unit": factor.unit,
        "basis": factor.basis,
        "error_group": factor.error_group,
        "set": factor.set_name,
        "edition": factor.edition,
        "data_year": factor.data_year,
        "published_year": published,
        "age_years": None if as_of is None else max(0, year - as_of),
        "supersedes": factor.supersedes,
        "source": _source(factor, library),
        "locator": factor.source_locator,
        "low_p5": found.low,
        "high_p95": found.high,
        "shared_share": factor.shared_share,
        "width_factor_id": found.width_id,
        "licence": "" if own else library.licence(factor),
        "note": factor.note,
        "is_override": library.is_override(factor),
    }


def _year_in(text: str) -> int | None:
    """The last year that a source names: 2025 of "2020-2025"."""
    years = re.findall(r"\b(?:19|20)\d\d\b", text)
    return int(years[-1]) if years else None


def _source(factor: Factor, library: FactorLibrary) -> str:
    if factor.set_name == "derived":
        return f"derived in this run: {factor.note}" if factor.note else "derived in this run"
    if factor.set_name == "config":
        return "the organisation's configuration file"
    return library.cite(factor)
