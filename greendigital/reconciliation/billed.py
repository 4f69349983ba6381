"""Our side: the cloud lines of a run, added up by where and when they were billed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from greendigital.columns import STAGE_COLUMNS
from greendigital.errors import RunDirectoryError
from greendigital.footprint import LineStore
from greendigital.uncertainty import FACTOR_COLUMNS, Spread, spreads

# The id where the bill has one, since an export names accounts so.
_ACCOUNT = "coalesce(account_id, account) AS account, account AS account_name"
_PLACE = f"provider, {_ACCOUNT}, service, region, strftime(period_start, '%Y-%m') AS month"
_COUNTED = "kind = 'cloud' AND status IN ('estimated', 'partial', 'fallback')"


@dataclass(frozen=True, slots=True)
class Billed:
    """Cloud lines of a run.

    Attributes
    ----------
    signatures
        Component sums in kg CO2e by provider, account (its id where known) and what the bill calls it, service, region,
        month (in which the charge period starts) and factor ids, with the number of ``lines``.
    excluded
        Number of ``lines`` that are not estimated, by the same places and ``reason_code``.
    utilisations
        Assumed or stated loads by provider.
    known
        Sources of error of each factor.
    """

    signatures: list[dict[str, Any]]
    excluded: list[dict[str, Any]]
    utilisations: dict[str, list[float]]
    known: dict[str, Spread]


def billed_of(store: LineStore, providers: Collection[str]) -> Billed:
    """Cloud lines of the providers.

    Raises
    ------
    RunDirectoryError
        If the run has no cloud lines at all.
    """
    if not store.query("SELECT 1 FROM lines WHERE kind = 'cloud' LIMIT 1"):
        raise RunDirectoryError(
            "The run has no lines of a cloud bill to compare. Make one with the bill: greendigital report BILL -o DIR."
        )
    only = f"provider IN ({', '.join('?' for _ in providers)})"
    chosen = sorted(providers)
    sums = ", ".join(f'sum("{c}") AS "{c}"' for c in STAGE_COLUMNS)
    factors = ", ".join(FACTOR_COLUMNS)
    signatures = store.query(
        f"SELECT {_PLACE}, {factors}, count(*) AS lines, {sums} FROM lines WHERE {_COUNTED} AND {only} "
        f"GROUP BY ALL ORDER BY ALL",
        chosen,
    )
    excluded = store.query(
        f"SELECT {_PLACE}, reason_code, count(*) AS lines FROM lines WHERE kind = 'cloud' AND status = 'excluded' "
        f"AND {only} GROUP BY ALL ORDER BY ALL",
        chosen,
    )
    loads = store.query(
        f"SELECT DISTINCT provider, utilisation_share FROM lines WHERE {_COUNTED} AND {only} "
        f"AND utilisation_share IS NOT NULL ORDER BY ALL",
        chosen,
    )
    utilisations = {p: [r["utilisation_share"] for r in loads if r["provider"] == p] for p in chosen}
    return Billed(signatures, excluded, utilisations, spreads(store.factors()))
