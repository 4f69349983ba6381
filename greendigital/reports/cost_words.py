"""Amounts of money and shares of them in words: what of the cost is estimated, and why the rest is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from greendigital.footprint.notes import REASONS
from greendigital.usage.overlap import IN_OTHER_BILL

_HALF_CENT = 0.01 / 2
_MOST_REASONS = 3


def money(amount: float | None) -> str:
    """An amount with two decimals; what is there is never shown as nothing.

    Examples
    --------
    >>> money(1234.5), money(-0.0000001), money(0.0), money(None)
    ('1,234.50', '>-0.01', '0.00', '-')
    """
    if amount is None:
        return "-"
    if 0 < abs(amount) < _HALF_CENT:
        return "<0.01" if amount > 0 else ">-0.01"
    return f"{amount + 0.0:,.2f}"


def percent(share: float | None) -> str:
    """A share in whole per cent: what is there is never shown as none, nor what is lacking as all.

    Examples
    --------
    >>> percent(0.5), percent(0.0001), percent(0.9999), percent(-0.0001), percent(None)
    ('50%', '<1%', '>99%', '>-1%', '-')
    """
    if share is None:
        return "-"
    if 0 < abs(share) < 0.01:
        return "<1%" if share > 0 else ">-1%"
    if 0.99 < share < 1:
        return ">99%"
    return f"{share + 0.0:.0%}"


def cost_sentences(costs: Sequence[Mapping[str, Any]]) -> list[str]:
    """For each currency what of the cost is estimated physically, from cost, or excluded and why.

    What stands in two bills, and what is below zero as a whole, is told beside: shares are of the rest.
    """
    return [_sentence(cost) for cost in costs if cost["charges"] or cost["excluded_by_reason"]]


def _sentence(cost: Mapping[str, Any]) -> str:
    currency = cost["currency"] or "of no currency"
    apart = [e for e in cost["excluded_by_reason"] if e["share"] is None and e["billed"]]
    beside = [_beside(entry, currency) for entry in apart]
    told = f" Beside that: {', '.join(beside)}." if beside else ""
    if not cost["charges"]:
        return f"Nothing was charged in {cost['currency'] or 'no currency'}.{told}"
    parts = [
        f"{percent(cost[f'{name}_share'])} is estimated {how}"
        for name, how in (("physical", "physically"), ("fallback", "from cost"))
        if cost[f"{name}_share"]
    ] or ["nothing is estimated"]
    if cost["excluded_share"]:
        reasons = reasons_words(cost["excluded_by_reason"])
        parts.append(f"{percent(cost['excluded_share'])} is excluded ({reasons})")
    return f"Of the cost, {money(cost['charges'])} {currency}, {_joined(parts)}.{told}"


def reasons_words(entries: Sequence[Mapping[str, Any]]) -> str:
    """The dearest reasons of what is excluded, each with its share of the charges."""
    found = [entry for entry in entries if entry["share"]]
    # One more is told by its name: "1 more" would be no shorter.
    shown = len(found) if len(found) == _MOST_REASONS + 1 else _MOST_REASONS
    told = [f"{reason(entry['reason_code'])} {percent(entry['share'])}" for entry in found[:shown]]
    rest = found[shown:]
    if rest:
        told.append(f"{len(rest)} more {percent(sum(entry['share'] for entry in rest))}")
    return "; ".join(told)


def reason(code: str | None) -> str:
    """A reason code of an excluded line in words."""
    return REASONS.get(code or "", (code or "no reason").replace("_", " "))


def _beside(entry: Mapping[str, Any], currency: str) -> str:
    amount = f"{money(entry['billed'])} {currency}"
    return (
        f"{amount} billed twice, in another bill too"
        if entry["reason_code"] == IN_OTHER_BILL
        else (f"{amount} of {reason(entry['reason_code'])}")
    )


def _joined(parts: Sequence[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]
