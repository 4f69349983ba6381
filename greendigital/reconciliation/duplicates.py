"""Each emission once: what two files hold both, and what a newer method of the provider has replaced, is set aside.

AWS delivers exports of the old and of the new model side by side for three months (Data Exports User Guide, "Carbon
emissions", model versions): adding both would count those months twice.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from greendigital.errors import InputError, Problem
from greendigital.reconciliation.emissions import FIGURES, Emission, Export, add_up


def set_duplicates_aside(exports: Sequence[Export]) -> list[Problem]:
    """Take superseded and repeated records out of the exports, and say how many.

    Raises
    ------
    InputError
        If two answers of Azure give the same items another figure: they are of two months, and neither says which.
    """
    return [*_superseded(exports), *_repeated(exports)]


def _superseded(exports: Sequence[Export]) -> list[Problem]:
    """Records of an older model version than another of the same account and month has."""
    newest: dict[tuple[Any, ...], tuple[int, ...]] = {}
    for export in exports:
        for e in export.emissions:
            newest[_owner(e)] = max(newest.get(_owner(e), ()), _version(e))
    problems = []
    for export in exports:
        old = [e for e in export.emissions if _version(e) < newest[_owner(e)]]
        if old:
            versions = ", ".join(sorted({e.model_version for e in old}))
            message = f"{len(old)} rows of model {versions} are not compared: a newer model gives the same months."
            problems.append(Problem("note", "export_superseded", message, "", export.file))
            _take_out(export, old, "superseded")
    return problems


def _owner(e: Emission) -> tuple[Any, ...]:
    return (e.provider, e.view, e.account, e.month)


def _version(e: Emission) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", e.model_version))


def _repeated(exports: Sequence[Export]) -> list[Problem]:
    """Rows that stand in several files: the one last worked out is kept, else the one of the file named last."""
    places: dict[tuple[str | None, ...], dict[int, list[Emission]]] = defaultdict(lambda: defaultdict(list))
    for number, export in enumerate(exports):
        for e in export.emissions:
            places[e.identity][number].append(e)
    dropped: dict[int, list[Emission]] = defaultdict(list)
    differing: set[int] = set()
    for by_file in places.values():
        if len(by_file) == 1:
            continue
        kept = max(by_file, key=lambda n: (max(e.refreshed for e in by_file[n]), n))
        for number, emissions in by_file.items():
            if number != kept:
                dropped[number] += emissions
                if _figures(emissions) != _figures(by_file[kept]):
                    differing.add(number)
    problems = []
    for number, emissions in dropped.items():
        export = exports[number]
        if number in differing and export.provider == "azure":
            message = "Another answer of Azure gives the same items another figure, so the two are of different months."
            raise InputError(
                Problem(
                    "error", "export_months_mixed", message, "Compare one month at a time, with --month.", export.file
                )
            )
        same = "with other figures, " if number in differing else ""
        message = f"{len(emissions)} rows stand in another export too, {same}and are counted once."
        problems.append(Problem("warning", "export_repeated", message, "Give each export once.", export.file))
        _take_out(export, emissions, "repeated")
    return problems


def _figures(emissions: Sequence[Emission]) -> tuple[float | None, ...]:
    return tuple(add_up(emissions, name) for name in FIGURES)


def _take_out(export: Export, emissions: Sequence[Emission], reason: str) -> None:
    taken = {id(e) for e in emissions}
    export.emissions = [e for e in export.emissions if id(e) not in taken]
    export.set_aside[reason] = export.set_aside.get(reason, 0) + len(taken)
