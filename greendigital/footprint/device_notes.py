"""What a reader must know of the devices matched: undecided, taken for a relative, measured in another make-up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from greendigital.errors import Problem
from greendigital.estimation.servers import FOR_OTHER_COUNT
from greendigital.footprint.store import LineStore

WITHOUT_LOAD = {
    "product": "the maker's own figure, which states no load",
    "variants": "the maker's own figure, which states no load",
    "series": "that of its series, which states no load",
    "class": "that of its class, whatever the load",
    "category": "that of its category, whatever the load",
}
"""Where a yearly energy that no stated load goes into came from, by ``use_basis``."""

_MATCHES = {
    "year_missing": (
        "match_undecided",
        "stand for several products, and no date says which; the figures of their category are used",
        "Give acquired_date, or confirm the product with greendigital match.",
    ),
    "other_year": (
        "match_undecided",
        "have the name of several products, and the one with a figure is not of their year; those of their category "
        "are used",
        "Confirm the product with greendigital match where it is the right one all the same.",
    ),
    "code_of_several": (
        "match_undecided",
        "stand under a code of several products; the figures of their category are used",
        "Give the name of the model in place of its code, or confirm the product with greendigital match.",
    ),
    "sibling": (
        "match_sibling",
        "take the figures of a sibling, as the configuration allows",
        "Explain a line to see which; its range is wide.",
    ),
}
_NAMED = 3


def device_notes(store: LineStore, match_reasons: Mapping[str, str], matches_file: str) -> list[Problem]:
    """Notes on how devices were matched, one by reason, and on servers whose load or processors did not count.

    ``match_reasons``: what each ``match_note`` of the lines is about, as :data:`greendigital.matching.match.REASONS`.
    """
    return [
        *_undecided(store, match_reasons),
        *_other_category(store, match_reasons, matches_file),
        *_loads_not_used(store),
        *_other_count(store),
    ]


def _undecided(store: LineStore, match_reasons: Mapping[str, str]) -> Iterator[Problem]:
    rows = [row for row in _devices(store, "match_note IS NOT NULL", "match_note") if row["match_note"]]
    for reason, (code, message, remedy) in _MATCHES.items():
        of = [row for row in rows if match_reasons.get(row["match_note"]) == reason]
        if of:
            yield Problem("note", code, f"{_counted(of)} {message}.", remedy)


def _other_category(store: LineStore, match_reasons: Mapping[str, str], file: str) -> Iterator[Problem]:
    """A warning for each confirmed product that is another kind of thing than the devices it was confirmed for."""
    for row in _devices(store, "match_note LIKE 'confirmed in %'", "match_note"):
        if match_reasons.get(row["match_note"]) == "category_differs":
            name = " ".join(filter(None, (row["manufacturer"], row["model"])))
            yield Problem(
                "warning",
                "match_category_differs",
                f'"{name}" is {row["match_note"]} ({_devices_words(row["devices"])}).',
                "Confirm another product, or correct the category of the inventory.",
                file,
            )


def _loads_not_used(store: LineStore) -> Iterator[Problem]:
    bases = ", ".join(f"'{basis}'" for basis in WITHOUT_LOAD)
    rows = _devices(store, f"utilisation_share IS NOT NULL AND use_basis IN ({bases})", "use_basis")
    for why in dict.fromkeys(WITHOUT_LOAD.values()):
        of = [row for row in rows if WITHOUT_LOAD[row["use_basis"]] == why]
        if of:
            yield Problem(
                "note",
                "utilisation_not_used",
                f"{_counted(of)} state how busy they are, which is not used: the yearly energy is {why}.",
                "Give annual_kwh where it is metered.",
            )


def _other_count(store: LineStore) -> Iterator[Problem]:
    of = _devices(store, f"energy_factor_id LIKE 'server-power:%{FOR_OTHER_COUNT}%'", "energy_factor_id")
    if of:
        yield Problem(
            "note",
            "server_processors_differ",
            f"{_counted(of)} have another number of processors than any of their model that was measured; the measured "
            "power is used as it stands, in a wider range.",
            "Give cpu_model, cpu_units and memory_gb: the energy is then put together from the parts.",
        )


def _devices(store: LineStore, where: str, column: str) -> list[dict[str, Any]]:
    """Devices by maker, model and a column, most first; a line in several parts of the period counts once."""
    return store.query(
        f"SELECT manufacturer, model, {column}, sum(quantity) AS devices FROM (SELECT DISTINCT line_id, manufacturer, "
        f"model, {column}, quantity FROM lines WHERE kind = 'hardware' AND {where}) GROUP BY ALL "
        f"ORDER BY devices DESC, manufacturer, model, {column}"
    )


def _counted(rows: Sequence[Mapping[str, Any]]) -> str:
    """How many devices of how many models, with the names of the first."""
    names = list(dict.fromkeys(" ".join(filter(None, (r["manufacturer"], r["model"]))) or "no model" for r in rows))
    named = ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")
    models = f"{len(names):,} model{'' if len(names) == 1 else 's'}"
    return f"{_devices_words(sum(row['devices'] or 0.0 for row in rows))} of {models} ({named})"


def _devices_words(count: float) -> str:
    return f"{count:,.6g} device{'' if count == 1 else 's'}"
