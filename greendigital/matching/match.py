"""Who a model is, by levels.

A exact product, B one model in several configurations, C its series, D a sibling (only when allowed), E category, F
unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from greendigital.factorset import FactorLibrary
from greendigital.matching.codes import CodedName, name_of_code, without_codes
from greendigital.matching.model_name import ModelName, parse_name, relation
from greendigital.matching.names import category_from_words, maker_of, normalise_model, screen_size_in
from greendigital.matching.rows import (
    Row,
    chosen,
    index_of,
    is_own,
    is_reused_name,
    of_those_years,
    report_year,
    rows_by_id,
)
from greendigital.matching.siblings import siblings_of

_CATEGORY_SET = "device-category-defaults"
_UNKNOWN = "other"
_SIZES = (
    (21.0, "under_21_inch"),
    (23.45, "21_to_23.4_inch"),
    (25.95, "23.5_to_25.9_inch"),
    (29.95, "26_to_29.9_inch"),
    (34.95, "30_to_34.9_inch"),
    (45.05, "35_to_45_inch"),
    (float("inf"), "over_45_inch_signage"),
)


_ALL_IN_ONE = "all_in_one"
_PORTABLE = frozenset({"laptop", "tablet"})
_STATIONARY = frozenset({"desktop", "all_in_one", "thin_client", "monitor"})
_ONE_MAKER_ONCE = {"hp": "hpe", "hpe": "hp"}
"""Makers that were one: inventories and collections file a ProLiant under either."""
_TOWER_UNLESS_SAID = frozenset({"thinkstation"})
"""Families of which the name without a shape is the tower: a ThinkStation P340 is no P340 Tiny."""
_SHAPED_FAMILIES = frozenset({"thinkcentre", "ideacentre"})
"""Families of which one number is a desktop and an all-in-one, as the shape says."""


REASONS = ("year_missing", "other_year", "code_of_several", "sibling", "confirmed", "category_differs")
"""What a note of a match is about: no year of the device, or that of another product of the name; a code of several
products; a sibling; a match that a person confirmed, and one whose product is of another category than the device."""

MATCHES_FILE = "the matches file"

_ALIKE = (
    frozenset({"laptop", "tablet", "workstation"}),
    frozenset({"desktop", "all_in_one", "thin_client", "workstation"}),
    frozenset({"monitor", "tv", "meeting_room_screen"}),
    frozenset({"printer_small", "mfp_floor", "mfp_large"}),
    frozenset({"server_any", "server_blade", "server_rack", "server_tower"}),
)
"""Categories between which registers and product tables draw the line differently."""


class Match(NamedTuple):
    """What a model was matched to.

    Attributes
    ----------
    match_level
        A to F.
    products
        Rows of the product table: one at level A (two documents may share out its figures), several at B, none at E
        and F.
    written, code_name
        The model as written, and the names that its code stands for, joined by " | ".
    note
        Why a name that the table knows did not decide, whose sibling stands in, or where a person confirmed it.
    reason
        One of :data:`REASONS` where there is a note.
    """

    match_level: str
    category: str
    variant: str
    products: tuple[Mapping[str, Any], ...]
    matched_name: str
    written: str = ""
    code_name: str = ""
    note: str = ""
    reason: str = ""


LEVELS = {
    "A": "exact product",
    "B": "same model, several configurations",
    "C": "product series",
    "D": "sibling or neighbouring generation",
    "E": "category, or class of its maker",
    "F": "unknown, not estimated",
}
"""Match levels in words."""


class _Found(NamedTuple):
    """Rows of a model with the level they are of, and what there is to say of them."""

    level: str
    rows: tuple[Row, ...]
    note: str = ""
    reason: str = ""


_NOTHING = _Found("", ())


def match_device(
    library: FactorLibrary,
    manufacturer: str | None,
    model: str | None,
    category: str | None,
    screen_size_inches: float | None,
    acquired_year: int | None,
    allow_siblings: bool = False,
    confirmed: Mapping[tuple[str, str], Sequence[str]] | None = None,
    confirmed_in: str = MATCHES_FILE,
) -> Match:
    """Match a model by what a person confirmed, its code, its name, its category; else not at all.

    Parameters
    ----------
    category, screen_size_inches, acquired_year
        What the inventory says of the device, in our category names; None where it does not.
    allow_siblings
        Whether a neighbouring generation or sibling may stand in (level D), both names shown.
    confirmed
        Factor ids by :func:`model_key`, as :func:`greendigital.matching.review.read_matches` gives them. They win.
    confirmed_in
        Name of the file they are from, for the note.

    Notes
    -----
    Family, number, generation and variant words of two names must be equal: an EliteBook 840 G5 never takes the figure
    of a G6, a G7 or an 845. A name that two products share needs the device's year within two years of the report; so
    does a name without any generation.
    """
    if not model:
        return _of_category(library, "", category, screen_size_inches, None)
    maker = maker_of(manufacturer, model)
    code = name_of_code(library, maker, model)
    found = _confirmed(
        library, (confirmed or {}).get(model_key(manufacturer, model), ()), category, confirmed_in
    ) or _of_model(library, maker, model, code, category, acquired_year)
    if not found.rows and allow_siblings:
        found = _sibling(library, maker, model, code)
    code_name = " | ".join(code.names) if code else ""
    if not found.rows:
        plain = _of_category(library, model, category, screen_size_inches, code)
        return plain._replace(code_name=code_name, note=found.note, reason=found.reason)
    first = found.rows[0]
    told = next((str(r["device_type"]) for r in found.rows if r["device_type"]), category_from_words(model) or "")
    kind = category if category not in (None, _UNKNOWN) else told
    own = told if told in _known_categories(library) else kind
    size = screen_size_inches or first["screen_size_inches"]
    names, variant = _names(found.rows), _variant(own, size)
    return Match(found.level, own or "", variant, found.rows, names, model, code_name, found.note, found.reason)


def _names(rows: Sequence[Row]) -> str:
    return " | ".join(dict.fromkeys(str(row["model"]) for row in rows))


def model_key(manufacturer: str | None, model: str | None) -> tuple[str, str]:
    """Maker and model by which a confirmed match is found again, whatever the case and punctuation.

    A name with letters of another alphabet, or of filler words alone, is kept as it is written.
    """
    maker = maker_of(manufacturer, model)
    name = normalise_model(model, maker)
    plain = " ".join((model or "").casefold().split())
    return maker, name if name and plain.isascii() else plain


def _confirmed(library: FactorLibrary, ids: Sequence[str], category: str | None, file: str) -> _Found | None:
    """The products that a person confirmed; their category may contradict the device's, which is said."""
    rows = [rows_by_id(library)[i] for i in ids if i in rows_by_id(library)]
    if not rows:
        return None
    kept = chosen(library, rows)
    note, kind = f"confirmed in {file} as {_names(kept)}", str(kept[0]["device_type"] or "")
    if not kind or category in (None, _UNKNOWN, kind) or any({kind, category} <= alike for alike in _ALIKE):
        return _Found(_level(kept), tuple(kept), note, "confirmed")
    note += f", which is a {_words(kind)}; the inventory says {_words(category or '')}"
    return _Found(_level(kept), tuple(kept), note, "category_differs")


def _words(category: str) -> str:
    return category.replace("_", " ")


def _of_model(
    library: FactorLibrary, maker: str, model: str, code: CodedName | None, category: str | None, year: int | None
) -> _Found:
    """Rows of a model; of a code that covers several products only what all of them agree on."""
    if code is None:
        return _of_name(library, maker, without_codes(maker, model), category, year, coded=False)
    each = [_of_name(library, code.maker, name, category or code.category, year, coded=True) for name in code.names]
    if len({tuple(r["pcf_id"] for r in found.rows) for found in each}) == 1:
        return each[0]
    return _Found("", (), f"the code stands for several products: {', '.join(code.names)}", "code_of_several")


def _of_name(
    library: FactorLibrary, maker: str, text: str, category: str | None, year: int | None, coded: bool
) -> _Found:
    written = parse_name(text, maker)
    if not written.key:
        return _NOTHING
    candidates = index_of(library, maker).get(written.key, ())
    if not candidates and maker in _ONE_MAKER_ONCE:
        candidates = index_of(library, _ONE_MAKER_ONCE[maker]).get(written.key, ())
    related = [(relation(written, name), name, row) for name, row in candidates]
    kept = [
        (how, name, row)
        for how, name, row in related
        if how and _fits_form(written, name, row, candidates) and _of_that_kind(row, category)
    ]
    undecided = ("", "")
    for how in ("same", "processor", "series"):
        rows = [(name, row) for h, name, row in kept if h == how]
        timely = [(n, r) for n, r in rows if is_own(library, r) or _timely(written, n, r, year, coded)]
        untimely = (_undecided(row, year) for name, row in rows if (name, row) not in timely)
        undecided = undecided if undecided[0] else next(untimely, undecided)
        if timely:
            best = chosen(library, _of_that_capacity(written, timely))
            return _Found(_level(best) if how == "same" else "C", tuple(best))
    return _Found("", (), *undecided)


def _of_that_capacity(written: ModelName, rows: Sequence[tuple[ModelName, Row]]) -> list[Row]:
    """Of several configurations the one with the memory and storage written, where there is one."""
    exact = [row for name, row in rows if written.capacity and written.capacity == name.capacity]
    return exact or [row for _, row in rows]


def _fits_form(written: ModelName, published: ModelName, row: Row, candidates: Sequence[tuple[ModelName, Row]]) -> bool:
    """The shape of the case may be missing on one side, where the rest of the name leaves no doubt of the kind."""
    if not (written.forms <= published.forms or published.forms <= written.forms):
        return False
    if _TOWER_UNLESS_SAID & written.core and (written.forms ^ published.forms) - {"tower"}:
        return False
    kinds = {str(r["device_type"]) for n, r in candidates if n.generation == published.generation and r["device_type"]}
    kind = str(row["device_type"] or "")
    if not kind:  # a row of the user's own, meant for the model as written
        return True
    if ("aio" in written.forms) != ("aio" in published.forms):
        if written.core & _SHAPED_FAMILIES:
            return False
        return kind == _ALL_IN_ONE if "aio" in written.forms else kinds == {_ALL_IN_ONE}
    if kind == _ALL_IN_ONE and len(kinds) > 1 and "aio" not in written.forms:
        return False
    return bool(written.forms) or not published.forms or not any(r["device_type"] in _PORTABLE for _, r in candidates)


def _of_that_kind(row: Row, category: str | None) -> bool:
    """Whether a row is portable if the device is said to be, and not if it is said to be a desktop."""
    if category in _PORTABLE:
        return str(row["device_type"]) not in _STATIONARY
    return category not in _STATIONARY or str(row["device_type"]) not in _PORTABLE


def _timely(written: ModelName, published: ModelName, row: Row, year: int | None, coded: bool) -> bool:
    """Whether a row is of the device's years, where its name does not tell."""
    if is_reused_name(row) or written.is_bare_thinkcentre:
        return of_those_years(row, year)
    if published.tells_generation and not _apple_year_is_needed(written, published):
        return True
    if written.processor_code and written.processor_code == published.processor_code:
        return True
    if written.code_year:
        return report_year(row) == written.code_year
    if published.has_sized_number and (coded or written.generation == "g1"):
        # Of the first ThinkPad T14 the firmware says no generation, and of no later one.
        return True
    known = (written.apple.year if written.apple else None) or year
    return of_those_years(row, known)


def _apple_year_is_needed(written: ModelName, published: ModelName) -> bool:
    """An Apple name that says neither year, generation nor chip is of no one generation."""
    if written.apple is None or published.apple is None:
        return False
    ours, theirs = written.apple, published.apple
    return not (ours.generation or (ours.year and theirs.year) or (ours.chip and theirs.chip))


def _undecided(row: Row, year: int | None) -> tuple[str, str]:
    """Why a row of the same name was not taken, as a sentence and as a reason."""
    reason = "other_year" if year else "year_missing"
    if not is_reused_name(row):
        return f"{row['model']} is of several generations; the device's year does not name one", reason
    told = f"the device of {year} is the later" if year else "the device's year would tell which"
    return f"{row['model']} is the name of two products, of which the older alone has a figure; {told}", reason


def _sibling(library: FactorLibrary, maker: str, model: str, code: CodedName | None) -> _Found:
    """The nearest sibling of a model."""
    name = code.names[0] if code else without_codes(maker, model)
    rows = siblings_of(library, code.maker if code else maker, name)
    if not rows:
        return _NOTHING
    best = chosen(library, rows)
    return _Found("D", tuple(best), f"{best[0]['model']} stands in for {name}", "sibling")


def _level(rows: Sequence[Row]) -> str:
    """B when a figure has several configurations; a product whose documents share out its figures stays exact."""
    each = [sum(bool(row[column]) for row in rows) for column in ("usable_embodied", "usable_energy")]
    count = max(each) or len({row["model"] for row in rows})
    return "B" if count > 1 else "A"


def _of_category(
    library: FactorLibrary, model: str, category: str | None, size: float | None, code: CodedName | None
) -> Match:
    found = category if category not in (None, _UNKNOWN) else None
    if found is None:
        words = next(filter(None, (category_from_words(t) for t in (model, *(code.names if code else ())))), None)
        found = (code.category if code else None) or words
    if found is None or found not in _known_categories(library):
        return Match("F", category or "", "", (), "", model)
    size = size or (screen_size_in(model) if found == "monitor" else None)
    return Match("E", found, _variant(found, size), (), "", model)


def _variant(category: str | None, size: float | None) -> str:
    """Size class of a monitor."""
    if category != "monitor":
        return ""
    if not size:
        return "size_unknown"
    return next(name for limit, name in _SIZES if size < limit)


@lru_cache(maxsize=8)
def _known_categories(library: FactorLibrary) -> frozenset[str]:
    rows = library.table(_CATEGORY_SET, "category_table")
    return frozenset(row["category"] for row in rows if row["category"] != _UNKNOWN)
