"""The file in which a person reviews matches, ``matches.csv``: written with suggestions, read back as confirmed.

What is confirmed wins over every rule, and the file can be passed on to others with the same models.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from greendigital.errors import InputError, Problem
from greendigital.factorset import FactorLibrary, load_library
from greendigital.inputs import check_readable, kind_of, utf16_of
from greendigital.matching.match import MATCHES_FILE, Match, match_device, model_key
from greendigital.matching.rows import rows_by_id
from greendigital.matching.suggest import MOST_SUGGESTIONS, suggest

CONFIRMED = "confirmed_factor_id"
SEVERAL = " | "
"""Between factor ids, and between names, of a model in several configurations."""

MATCH_COLUMNS = (
    "manufacturer",
    "model",
    "category",
    "devices",
    "match_level",
    "factor_id",
    "matched_name",
    *(name for n in range(1, MOST_SUGGESTIONS + 1) for name in (f"suggestion_{n}", f"suggestion_{n}_score")),
    "kg_co2e_at_stake",
    CONFIRMED,
    "match_note",
)
_NEEDED = ("manufacturer", "model", CONFIRMED)
_UNMATCHED = ("E", "F")


class DistinctModel(NamedTuple):
    """A model of the estate, with the number of devices of it."""

    manufacturer: str
    model: str
    category: str = ""
    devices: float = 1.0
    screen_size_inches: float | None = None
    acquired_year: int | None = None


class ConfirmedMatches(NamedTuple):
    """What a person confirmed.

    Attributes
    ----------
    by_model
        Factor ids by :func:`greendigital.matching.model_key`; the ``confirmed`` of ``match_device``.
    problems
        Cells that could not be used.
    name
        Name of the file.
    """

    by_model: Mapping[tuple[str, str], tuple[str, ...]]
    problems: Sequence[Problem]
    name: str = MATCHES_FILE


def distinct_models(rows: Iterable[Mapping[str, Any]]) -> list[DistinctModel]:
    """Each model of the rows of an estate once, with its devices; what its rows say most often is taken of the rest."""
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["model"] and not row["merged_into"] and not row["set_aside"]:
            found.setdefault((row["manufacturer"] or "", row["model"]), []).append(row)
    return [
        DistinctModel(
            manufacturer=manufacturer,
            model=model,
            category=_most(of, "category") or "",
            devices=sum(row["quantity"] or 1.0 for row in of),
            screen_size_inches=_most(of, "screen_size_inches"),
            acquired_year=getattr(_most(of, "acquired_date"), "year", None),
        )
        for (manufacturer, model), of in found.items()
    ]


def _most(rows: Sequence[Mapping[str, Any]], column: str) -> Any:
    counted = Counter(row[column] for row in rows if row[column] is not None)
    return counted.most_common(1)[0][0] if counted else None


def review_rows(
    library: FactorLibrary,
    models: Iterable[DistinctModel],
    kg_co2e: Callable[[DistinctModel, Match], float | None],
    *,
    allow_siblings: bool = False,
    confirmed: Mapping[tuple[str, str], Sequence[str]] | None = None,
    confirmed_in: str = MATCHES_FILE,
) -> list[dict[str, object]]:
    """Rows of ``matches.csv``, what is at stake most first.

    Parameters
    ----------
    models
        Each distinct model once, as the inventory writes it.
    kg_co2e
        Emissions of all devices of a model as matched, kg CO2e; None where they are not estimated.

    Returns
    -------
    list of dict
        The columns of ``MATCH_COLUMNS``. Suggestions stand with models matched by category or not at all, each as its
        factor id and name; ``confirmed_factor_id`` is empty but for what was confirmed before; ``match_note`` says why
        a model is undecided, whose sibling stands in, or where it was confirmed.
    """
    rows = []
    for asked in models:
        match = match_device(
            library,
            asked.manufacturer or None,
            asked.model or None,
            asked.category or None,
            asked.screen_size_inches,
            asked.acquired_year,
            allow_siblings,
            confirmed,
            confirmed_in,
        )
        rows.append(_row(library, asked, match, kg_co2e(asked, match), confirmed or {}))
    # A model without any figure has an unknown stake: it comes after those with one, by its number of devices.
    return sorted(rows, key=_rank)


def _row(
    library: FactorLibrary,
    asked: DistinctModel,
    match: Match,
    kilograms: float | None,
    confirmed: Mapping[tuple[str, str], Sequence[str]],
) -> dict[str, object]:
    row: dict[str, object] = dict.fromkeys(MATCH_COLUMNS, "")
    row |= {
        "manufacturer": asked.manufacturer,
        "model": asked.model,
        "category": match.category or asked.category,
        "devices": asked.devices,
        "match_level": match.match_level,
        "factor_id": SEVERAL.join(dict.fromkeys(str(p["pcf_id"]) for p in match.products)),
        "matched_name": match.matched_name or match.code_name,
        "kg_co2e_at_stake": "" if kilograms is None else kilograms,
        CONFIRMED: SEVERAL.join(confirmed.get(model_key(asked.manufacturer, asked.model), ())),
        "match_note": match.note,
    }
    found = suggest(library, asked.manufacturer, asked.model) if match.match_level in _UNMATCHED else []
    for number, suggestion in enumerate(found, start=1):
        row[f"suggestion_{number}"] = f"{suggestion.factor_id} {suggestion.name}"
        row[f"suggestion_{number}_score"] = suggestion.score
    return row


def _rank(row: Mapping[str, object]) -> tuple[bool, float, float, str, str]:
    kilograms, devices = row["kg_co2e_at_stake"], row["devices"]
    known = isinstance(kilograms, (int, float))
    assert isinstance(devices, (int, float))
    return (
        not known,
        -kilograms if isinstance(kilograms, (int, float)) else 0.0,
        -devices,
        str(row["manufacturer"]),
        str(row["model"]),
    )


def write_matches(path: Path | str, rows: Iterable[Mapping[str, object]]) -> None:
    """Write ``matches.csv``, with the mark that makes Excel read it as UTF-8."""
    Path(path).write_text(matches_text(rows), encoding="utf-8-sig", newline="")


def matches_text(rows: Iterable[Mapping[str, object]]) -> str:
    """The text of ``matches.csv``."""
    text = io.StringIO()
    writer = csv.DictWriter(text, MATCH_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def read_matches(path: Path | str, library: FactorLibrary | None = None) -> ConfirmedMatches:
    """Read what was confirmed in ``matches.csv``.

    A cell of ``confirmed_factor_id`` holds a factor id, several joined by " | ", or a suggestion copied whole. Rows
    without one are as before.

    Raises
    ------
    InputError
        If the file cannot be read, or has no column ``manufacturer``, ``model`` or ``confirmed_factor_id``.
    """
    library = library or load_library()
    path = Path(path)
    known = rows_by_id(library)
    by_model: dict[tuple[str, str], tuple[str, ...]] = {}
    problems: list[Problem] = []
    for number, row in _rows(path):
        cell = (row.get(CONFIRMED) or "").strip()
        if not cell:
            continue
        ids = tuple(part.split()[0] for part in cell.split("|") if part.strip())
        unknown = [i for i in ids if i not in known]
        if unknown:
            problems.append(_unknown(path, number, unknown[0], list(known)))
            continue
        if not (row.get("model") or "").strip():
            problems.append(
                _problem(path, number, "model", "It is empty, and a match is confirmed.", "Name the model.")
            )
            continue
        key = model_key(row.get("manufacturer"), row["model"])
        if by_model.get(key, ids) != ids:
            message = f'"{row["model"]}" is confirmed twice, as {SEVERAL.join(by_model[key])} and as {cell}.'
            problems.append(_problem(path, number, CONFIRMED, message, "Keep one; the first is used."))
            continue
        by_model[key] = ids
        if not any(known[i]["usable_embodied"] or known[i]["usable_energy"] for i in ids):
            message = f'"{cell}" has no figure of its own that can be used; others stand in.'
            problems.append(
                Problem(
                    "warning",
                    "match_without_figure",
                    message,
                    "Choose another product, or leave the cell empty.",
                    path.name,
                    number,
                    CONFIRMED,
                )
            )
    return ConfirmedMatches(by_model, problems, path.name)


def _unknown(path: Path, number: int, factor_id: str, known: Sequence[str]) -> Problem:
    near = difflib.get_close_matches(factor_id, known, n=3)
    remedy = f"Nearest: {', '.join(near)}." if near else "Copy an id from the suggestions, such as boavizta-0001."
    return _problem(path, number, CONFIRMED, f'There is no product "{factor_id}".', remedy)


def _problem(path: Path, row: int, column: str, message: str, remedy: str) -> Problem:
    return Problem("error", "match_not_usable", message, remedy, file=path.name, row=row, column=column)


def _rows(path: Path) -> Iterable[tuple[int, dict[str, str]]]:
    """Rows with the number a spreadsheet shows, whatever separator and encoding it was saved with."""
    text = _text(path)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    found: list[tuple[int, list[str]]] = []
    try:
        for number, cells in enumerate(lines, start=1):
            if any(cells) and not (number == 1 and cells[0].casefold().startswith("sep=")):
                found.append((number, cells))
    except csv.Error as error:
        message = f"A quotation mark is not closed or stands in a cell ({error})."
        remedy = "Correct the row, or save the file again."
        raise InputError(_problem(path, lines.line_num, CONFIRMED, message, remedy)) from None
    headed = [name.strip() for name in found[0][1]] if found else []
    missing = [name for name in _NEEDED if name not in headed]
    if missing:
        message = f"The column {missing[0]} is missing."
        raise InputError(
            _problem(path, 1, missing[0], message, "Keep the header of greendigital match as it was written.")
        )
    return [(number, dict(zip(headed, cells, strict=False))) for number, cells in found[1:]]


def _delimiter(text: str) -> str:
    header = next((line for line in text.splitlines() if "," in line or ";" in line or "\t" in line), "")
    return max((",", ";", "\t"), key=header.count)


def _text(path: Path) -> str:
    check_readable(path)
    data = path.read_bytes()
    if kind := kind_of(data[:4096]):
        message = f"It is {kind}, and matches are read from CSV."
        raise InputError(Problem("error", "match_not_usable", message, "Save it as CSV.", file=path.name))
    if encoding := utf16_of(data):
        return data.decode(encoding, errors="replace").removeprefix("\ufeff")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")
