"""What paid security updates cost after the end of support: list prices by year of the programme.

A price is no support: nothing here calls a device supported. Source: factors/extended-support-prices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from greendigital.factorset import FactorLibrary

_SET = "extended-support-prices"


@dataclass(frozen=True, slots=True)
class ProgrammeYear:
    """One year of a programme; ``price`` is None where it was not found, and days where they are not published."""

    year: int
    start: date | None
    end: date | None
    price: float | None
    note: str
    source_id: str


@dataclass(frozen=True, slots=True)
class Offer:
    """Extended security updates of one system, by one channel and for one kind of customer.

    Attributes
    ----------
    currency, per, includes_vat
        Of the prices: for each ``device``, ``core`` ... and year.
    earlier_years_charged
        Whether one who joins in a later year pays for the earlier ones too; None where that is not known.
    on_sale
        Whether the day falls into the programme; None where its days are not known.
    year
        The year of the programme on that day, or the first before it begins; None after its end and where not known.
    total
        What it costs to be covered for the years asked for, from ``year`` on; None where a price is not known, or the
        programme ends before.
    """

    product: str
    channel: str
    customer: str
    currency: str
    per: str
    includes_vat: bool | None
    earlier_years_charged: bool | None
    years: tuple[ProgrammeYear, ...]
    on_sale: bool | None
    year: int | None
    total: float | None

    def cost(self, first: int, last: int) -> float | None:
        """Sum of the list prices for the years ``first`` to ``last`` of the programme when joining in ``first``.

        Earlier years are added where they are charged; None where a price of those years, or whether the earlier ones
        are charged, is not known.
        """
        if first > 1 and self.earlier_years_charged is None:
            return None
        wanted = range(1 if self.earlier_years_charged else first, last + 1)
        prices = {y.year: y.price for y in self.years}
        found = [prices.get(year) for year in wanted]
        return None if not found or None in found else float(sum(p for p in found if p is not None))


def offers(library: FactorLibrary, product: str, as_of: date, years: int = 1) -> list[Offer]:
    """Every offer for a system, priced for some years from a day on.

    Parameters
    ----------
    product
        The label of the operating system as :func:`support_state` gives it: ``Windows 10 22H2``,
        ``Windows Server 2012 R2``. Windows 10 of an earlier release has no offer: it is first brought to 22H2.
    years
        Years of the programme to be paid for, that of ``as_of`` included.

    Returns
    -------
    list of Offer
        In the order of the table; empty for a system without a programme here.
    """
    by_offer: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in library.table(_SET, "prices"):
        if product.casefold() in _names(row["product"]):
            by_offer.setdefault((row["channel"] or "", row["customer"]), []).append(row)
    return [_offer(product, rows, as_of, years) for rows in by_offer.values()]


def _names(products: str) -> set[str]:
    """``Windows Server 2012 / 2012 R2`` is two systems."""
    first, *others = products.casefold().split(" / ")
    return {first, *(f"{first.rpartition(' ')[0]} {other}" for other in others)}


def _offer(product: str, rows: list[Mapping[str, Any]], as_of: date, years: int) -> Offer:
    held = tuple(
        ProgrammeYear(year, r["period_start"], r["period_end"], r["price"], r["note"] or "", r["source_id"])
        for r in rows
        for year in range(r["year_from"], r["year_to"] + 1)
    )
    one = rows[0]
    starts, ends = [y.start for y in held if y.start], [y.end for y in held if y.end]
    on_sale = min(starts) <= as_of <= max(ends) if starts and ends else None
    # A row for all years at once has their first and last day, and none of those between.
    by_year = all(r["year_from"] == r["year_to"] for r in rows)
    year = None
    if starts and as_of < min(starts):
        year = held[0].year
    elif by_year:
        year = next((y.year for y in held if y.start and y.end and y.start <= as_of <= y.end), None)
    found = Offer(
        product=product,
        channel=one["channel"] or "",
        customer=one["customer"],
        currency=one["currency"],
        per=one["per"] or "",
        includes_vat=one["includes_vat"],
        earlier_years_charged=one["earlier_years_charged"],
        years=held,
        on_sale=on_sale,
        year=year,
        total=None,
    )
    return found if year is None else replace(found, total=found.cost(year, year + years - 1))
