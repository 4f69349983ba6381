"""Servers and network equipment beyond the product table: how their names are looked up, and what a line says of them.

Two figures of a device are refined here, its yearly energy and, for a server of stated configuration, its embodied
carbon; a product's own figures and metered energy always go before.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from greendigital.errors import UsageError
from greendigital.factorset import FactorLibrary
from greendigital.matching import Match
from greendigital.matching.names import normalise_maker, normalise_model
from greendigital.units import HOURS_PER_YEAR, WATT_HOURS_PER_KWH

KWH_PER_WATT_YEAR = HOURS_PER_YEAR / WATT_HOURS_PER_KWH
"""kWh of one watt drawn for a year of 8,760 hours."""

SERVERS = ("server_any", "server_blade", "server_rack", "server_tower")
WEAK_BASES = ("none", "class", "category")
"""Where a yearly energy came from that one of the model or of its parts goes before."""

SEPARATOR = "\x1e"
CONFIGURATION = ("cpu_model", "cpu_units", "memory_gb", "ssd_gb", "hdd_count", "utilisation_share")
"""Columns of a line that say how a server is made up, and used, in the order of its key."""

_LEGAL = re.compile(
    r"\b(inc|incorporated|ltd|limited|llc|plc|gmbh|ag|sa|bv|co|corp|corporation|company|group|global|international|"
    r"systems|networks|technology|technologies)\b"
)
_NO_DIFFERENCE = re.compile(r"\b(servers?|rack|rackmount|system(?= x\d)|switch|router|firewall)\b")
"""Words of a name that say what a thing is and never tell two models apart."""
_PART_IN_BRACKETS = re.compile(r"-?\s*\[[^\]]*\]\s*-?")
"""Part number that firmware appends to a name: ThinkSystem SR650 -[7X06CTO1WW]-."""
_COUNT = re.compile(r"\s*\(?([1-8])\)?\s*[x×*]\s*(?=[a-z])")
_ONE_HOUSE = {"hp": "hpe", "hpe": "hp"}
"""Hewlett-Packard's servers and switches went to HPE in 2015: registers hold both names for one product."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a line says of a server: number of processors, GB, share of full load; None where it does not say."""

    cpu_model: str = ""
    cpu_units: float | None = None
    memory_gb: float | None = None
    ssd_gb: float | None = None
    hdd_count: float | None = None
    utilisation_share: float | None = None


def read_configuration(key: str) -> Configuration:
    """The configuration of a line from its key, the cells of :data:`CONFIGURATION` as text.

    Raises
    ------
    UsageError
        If the utilisation is not a share.
    """
    if not key:
        return Configuration()
    model, *cells = key.split(SEPARATOR)
    numbers = [float(cell) if cell else None for cell in cells]
    utilisation = numbers[-1]
    if utilisation is not None and not 0 <= utilisation <= 1:
        raise UsageError(
            f'utilisation_share: "{utilisation:g}" is not a share from 0 to 1. Divide a percentage by 100.'
        )
    # Nought processors or memory is an empty cell of an export, never a server; nought disks is an answer.
    units, memory, ssd, disks = numbers[:-1]
    return Configuration(model, units or _units_in(model), memory or None, ssd, disks, utilisation)


def _units_in(cpu_model: str) -> float | None:
    """How many processors a name counts (2 x E5-2680 v4); None where it counts none."""
    match = _COUNT.match(cpu_model.casefold())
    return float(match[1]) if match else None


def maker_names(text: str) -> list[str]:
    """Names under which a maker may stand in a table: as known, without legal form, its first word, its other house."""
    plain = " ".join(_LEGAL.sub(" ", re.sub(r"[^a-z0-9]+", " ", text.casefold())).split())
    found = [normalise_maker(text), normalise_maker(plain), normalise_maker(plain.split(" ")[0])]
    found += [_ONE_HOUSE[name] for name in found if name in _ONE_HOUSE]
    return list(dict.fromkeys(name for name in found if name))


def model_name(text: str, maker: str) -> str:
    """A model name in one spelling, without the words that say what kind of thing it is."""
    plain = normalise_model(_PART_IN_BRACKETS.sub(" ", text), maker)
    plain = re.sub(r"\bthink system\b", "thinksystem", plain)
    words = _NO_DIFFERENCE.sub(" ", plain).split()
    # What is left after a word of kind may begin with the maker again: FUJITSU Server PRIMERGY.
    while words and normalise_maker(words[0]) == maker:
        words = words[1:]
    return " ".join(words)


Rows = Sequence[Mapping[str, Any]]
Index = Mapping[str, Rows]
"""Rows of one maker by the names of their models."""


def names_of(match: Match, model: str) -> list[str]:
    """Names of a device: as written, the one its code stands for, and that of the product it was found to be.

    A code of several names does not say which it is; the name of a sibling or a series is another model's.
    """
    codes = [match.code_name] if " | " not in match.code_name else []
    products = match.matched_name.split(" | ") if match.match_level in ("A", "B") else []
    return list(dict.fromkeys(filter(None, (model, *codes, *products))))


def rows_by_maker(rows: Iterable[Mapping[str, Any]]) -> Mapping[str, Rows]:
    """Rows of a table by maker, in our spelling."""
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        found[maker_names(row["manufacturer"])[0]].append(row)
    return dict(found)


def index_models(rows: Rows, maker: str, column: str) -> Index:
    """Rows of a maker by the names that a column gives."""
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        if row[column] and (name := model_name(row[column], maker)):
            found[name].append(row)
    return dict(found)


def rows_of_model(index_of: Callable[[str], Index], manufacturer: str, names: Iterable[str]) -> Rows:
    """Rows whose maker and name equal those of a device, word by word; empty when none does."""
    for name in filter(None, names):
        for maker in maker_names(manufacturer or name.split()[0]):
            if rows := index_of(maker).get(model_name(name, maker)):
                return rows
    return ()


def lookup(library: FactorLibrary, set_name: str, resource: str) -> list[dict[str, Any]]:
    """Rows of a table, none where its set is not at hand (a library put together by hand)."""
    return library.table(set_name, resource) if set_name in library.sets else []


def named(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[tuple[str, str], Mapping[str, Any]]]:
    """Rows of a table of parts by component and parameter."""
    return (((row["component"], row["parameter"]), row) for row in rows)
