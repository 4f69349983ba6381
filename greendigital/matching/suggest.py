"""Products that an unmatched model may be, for a person to confirm; never used for a figure.

Fuzzy scores do not decide: at 90 of 100 within one maker every second answer is a sibling, the next generation or the
twin with another processor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from greendigital.factorset import FactorLibrary
from greendigital.matching.codes import name_of_code, without_codes
from greendigital.matching.names import maker_of, normalise_model
from greendigital.matching.rows import Row, chosen, makers, rows_of_maker

MOST_SUGGESTIONS = 3
_LEAST_SCORE = 50.0
_LEAST_SCORE_OF_OTHERS = 80.0
"""Of another maker only a name that is very like: most often the maker was mistyped, not the model."""


class Suggestion(NamedTuple):
    """A product that a model may be.

    Attributes
    ----------
    score
        Likeness of the two names, 0 to 100; it says nothing of whether they are one product.
    """

    factor_id: str
    name: str
    score: float


def suggest(
    library: FactorLibrary, manufacturer: str | None, model: str | None, limit: int = MOST_SUGGESTIONS
) -> list[Suggestion]:
    """Up to three products whose names are most like a model's, those of its maker first.

    Parameters
    ----------
    limit
        Number of suggestions, three at most.

    Returns
    -------
    list of Suggestion
        Best first within the maker; those of other makers only where the maker is not known and the name very alike;
        empty when no name is half alike.
    """
    if not model:
        return []
    maker = maker_of(manufacturer, model)
    code = name_of_code(library, maker, model)
    text = code.names[0] if code else without_codes(maker, model)
    maker = code.maker if code else maker
    wanted = normalise_model(text, maker)
    limit = min(limit, MOST_SUGGESTIONS)
    own = _alike(wanted, _products_of(library, maker), limit)
    if len(own) == limit or any(_products_of(library, maker)):
        return own
    others: dict[str, Sequence[Row]] = {}
    for other in makers(library):
        others |= {name: rows for name, rows in _products_of(library, other).items() if name not in others}
    return _alike(wanted, others, limit, _LEAST_SCORE_OF_OTHERS)


def _alike(
    wanted: str, products: Mapping[str, Sequence[Row]], limit: int, least: float = _LEAST_SCORE
) -> list[Suggestion]:
    from rapidfuzz import fuzz, process

    near: set[str] = set()
    for scorer in (fuzz.token_sort_ratio, fuzz.token_set_ratio):
        near |= {name for name, _, _ in process.extract(wanted, products.keys(), scorer=scorer, limit=4 * limit)}
    # One score punishes every word too many, the other none: a 2-in-1 of the same number is near, and not the same.
    scores = {n: (fuzz.token_sort_ratio(wanted, n) + fuzz.token_set_ratio(wanted, n)) / 2 for n in near}
    best = sorted((-score, name) for name, score in scores.items() if score >= least)[:limit]
    return [
        Suggestion(str(products[name][0]["pcf_id"]), _shown(products[name][0]), round(-score, 1))
        for score, name in best
    ]


def _shown(row: Row) -> str:
    """Maker and model, the maker once."""
    model, maker = str(row["model"]), str(row["manufacturer"])
    return model if model.casefold().startswith(maker.casefold()) else f"{maker} {model}"


@lru_cache(maxsize=128)
def _products_of(library: FactorLibrary, maker: str) -> Mapping[str, Sequence[Row]]:
    """Rows that carry a figure by normalised name, those that would be used first."""
    by_name: dict[str, list[Row]] = {}
    for row in rows_of_maker(library, maker):
        if row["usable_embodied"] or row["usable_energy"] or row.get("mean_estimate_kg_co2e"):
            by_name.setdefault(normalise_model(row["model"], maker), []).append(row)
    return {name: chosen(library, rows) for name, rows in by_name.items() if name}
