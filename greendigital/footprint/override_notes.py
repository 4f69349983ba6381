"""What a reader must know of figures in the place of shipped ones: not used, or far from what they replace."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping

from greendigital.errors import Problem
from greendigital.factorset import OVERRIDES, REPLACED, Factor, FactorLibrary
from greendigital.footprint.store import LineStore

_FAR = 10.0
"""A figure more than so many times another is taken for a slip of unit, and told."""


def override_notes(store: LineStore, used: Mapping[str, Factor], library: FactorLibrary) -> list[Problem]:
    """Overrides and sets given beside that no line uses, and figures far from those they replace."""
    return [
        *_unused_overrides(store, library, used),
        *_far_overrides(used, library, store),
        *_unused_sets(used, library, store),
    ]


def _unused_overrides(
    store: LineStore, library: FactorLibrary, used_factors: Mapping[str, Factor]
) -> Iterator[Problem]:
    """A warning for each override that no line uses: most often its id or model is mistyped."""
    used = set(store.used_factor_ids())
    factors = {i: f for i, f in used_factors.items() if i in used}
    stand_in = {f.activity: i for i, f in factors.items()}
    for name, ids in library.own_figures().items():
        is_used = any(i in used or any(f.is_made_of(i) for f in factors.values()) for i in ids)
        if not is_used and not name.startswith("assumption-"):
            yield Problem(
                "warning",
                "override_unused",
                f'No line uses the override of "{name}".',
                _what_is_used(name, stand_in, used, library),
            )


def _what_is_used(name: str, by_activity: Mapping[str, str], used: Collection[str], library: FactorLibrary) -> str:
    """What the report used where the override was meant to be used, as far as that can be told."""
    published = library.published(name)
    if published is not None and published.activity in by_activity:
        return f"This report uses {by_activity[published.activity]}."
    near = difflib.get_close_matches(name, used, n=1)
    if near:
        return f"Did you mean {near[0]}?"
    return "Compare its id or model with greendigital explain, or take it out."


def _far_overrides(used: Mapping[str, Factor], library: FactorLibrary, store: LineStore) -> Iterator[Problem]:
    """A warning where a figure is far from the one it takes the place of: most often its unit slipped."""
    named = store.used_factor_ids()
    for factor in (f for f in used.values() if f.factor_id in named and library.is_override(f)):
        old = float(factor.extra.get(REPLACED, 0))
        if old and not 1 / _FAR <= factor.value / old <= _FAR:
            yield Problem(
                "warning",
                "override_far_from_published",
                f"{factor.factor_id}, {factor.value:g} {factor.unit}, stands in place of {old:g}: "
                f"{factor.value / old:.3g} times as much.",
                "Check its unit.",
            )


def _unused_sets(used: Mapping[str, Factor], library: FactorLibrary, store: LineStore) -> Iterator[Problem]:
    """A note for each set given beside the shipped ones that no line uses."""
    named = [used[i] for i in store.used_factor_ids() if i in used]
    names = {f.set_name for f in named}
    replaced = {old for f in named for old in f.supersedes.split()}
    for name, metadata in library.sets.items():
        held = {a for activities in metadata.factor_resources.values() for a in activities}
        # What is made of assumptions is not told line by line.
        if not library.layer(name) or name in (*names, OVERRIDES) or "assumption" in held:
            continue
        ids = [f.factor_id for f in library.factors_of(name)]
        ids += [str(row["pcf_id"]) for of, rows in library.products() if of == name for row in rows]
        if replaced.isdisjoint(ids) and not any(f.is_made_of(i) for f in named for i in ids if i in f.note):
            message = f'No line uses a figure of the set "{name}": it has none of this period, these places or models.'
            yield Problem("note", "set_unused", message)
