"""What the importers of device figures share: the device type, and the product rows that the library holds."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from statistics import median

from greendigital.factorset.imports.draft import slug
from greendigital.factorset.imports.held import Settled

Row = Mapping[str, str]

_BY_NAME = (
    (re.compile(r"\b(aio|all[- ]in[- ]one|imac|eliteone|proone|surface studio)\b", re.I), "all_in_one"),
    (re.compile(r"\b(precision|thinkstation|mac pro|z[1-9]( mini)? g\d+|workstation)\b", re.I), "workstation"),
    (re.compile(r"\bsurface hub\b", re.I), "meeting_room_screen"),
)
"""Names that tell what a subcategory such as "Desktop" leaves open."""

_ENOUGH = 10  # Totals of a type, for their median to say what is usual.
_SERVERS = {"rack": "server_rack", "tower": "server_tower", "blade": "server_blade"}


class DeviceTypes:
    """Device types by the subcategories of the product tables that the library holds."""

    def __init__(self, held: Iterable[Row]) -> None:
        pairs: dict[str, Counter[str]] = {}
        totals: dict[str, list[float]] = {}
        for row in held:
            device_type = row.get("device_type") or ""
            pairs.setdefault((row.get("subcategory") or "").casefold(), Counter())[device_type] += 1
            if row.get("total_kg_co2e"):
                totals.setdefault(device_type, []).append(float(row["total_kg_co2e"]))
        self._of = {name: counted.most_common(1)[0][0] for name, counted in pairs.items() if name}
        self._median = {t: median(values) for t, values in totals.items() if len(values) >= _ENOUGH}

    def of(self, subcategory: str, model: str, server_type: str = "") -> str | None:
        """The device type; None for a subcategory that no product has had yet."""
        if subcategory.casefold() == "server":
            return _SERVERS.get(server_type.casefold(), "server_any")
        if subcategory.casefold() in ("desktop", "workstation", "monitor"):
            for pattern, device_type in _BY_NAME:
                if pattern.search(model):
                    return device_type
        return self._of.get(subcategory.casefold())

    def median_total(self, device_type: str) -> float | None:
        """Median of the whole-life totals of a type, in kg CO2e; None for a type with few products."""
        return self._median.get(device_type)


def readable(name: str) -> str:
    """A product name with plain spaces, and without the escapes (``\\xe2\\x80\\x9d``) that some files carry.

    Examples
    --------
    >>> readable("Legion 5  15\\\\xe2\\\\x80\\\\x9d")
    'Legion 5 15”'
    """
    if "\\x" in name:
        with contextlib.suppress(UnicodeDecodeError, UnicodeEncodeError):
            name = name.encode("latin-1").decode("unicode_escape").encode("latin-1").decode("utf-8")
    return " ".join(name.split())


def product_key(row: Row) -> tuple[str, str, str]:
    """What makes two rows figures of one product from one report."""
    return (
        slug(row.get("manufacturer") or ""),
        slug(readable(row.get("model") or "")),
        # As a slug: the file with decimal commas has them in names and addresses too.
        slug(row.get("source_url") or ""),
    )


def keep_known(settled: Settled, held: Iterable[Row], revisions: bool) -> Settled:
    """Leave out figures of models whose figure is held already, by whatever document, unless revisions are asked for.

    A newer document would otherwise change the reports of past years; a figure that is not held (the yearly energy of
    a product with embodied carbon alone) is taken.
    """
    if revisions:
        return settled
    known: dict[tuple[tuple[str, str], str], Row] = {}
    for row in held:
        for usable, figure in _FIGURES:
            if row.get(usable) == "true":
                known[product_key(row)[:2], figure] = row
    kept: list[tuple[int, dict[str, str]]] = []
    left: list[str] = []
    for number, row in zip(settled.row_numbers, settled.rows, strict=True):
        model, before, row = product_key(row)[:2], row, dict(row)
        for usable, figure in _FIGURES:
            if row.get(usable) == "true" and (old := known.get((model, figure))) is not None:
                row[usable] = "false"
                left.append(
                    f"Row {number}: {figure} of {row['manufacturer']} {row['model']} is {old.get(figure)} in the "
                    f"library ({old['pcf_id']}), {row.get(figure)} in the file."
                )
        if row == before or any(row.get(usable) == "true" for usable, _ in _FIGURES):
            kept.append((number, row))
    rows, numbers = tuple(r for _, r in kept), tuple(n for n, _ in kept)
    return Settled(rows, numbers, settled.alike, (*settled.revisions, *left))


_FIGURES = (("usable_embodied", "embodied_kg_co2e"), ("usable_energy", "annual_use_kwh"))


def product_id(prefix: str, row: Row, *further: str) -> str:
    """An id that the same row of a publisher's file always gets."""
    told = "|".join((*product_key(row), row.get("report_year") or "", row.get("total_kg_co2e") or "", *further))
    name = slug(f"{row.get('manufacturer')} {row.get('model')}")[:60].strip("-")
    return f"{prefix}-{name}-{hashlib.sha256(told.encode()).hexdigest()[:8]}"
