"""Device rules, tested in order; the first that fires wins, and every asset gets exactly one row.

Source of the order: waste hierarchy (Waste (England and Wales) Regulations 2011, regulation 12) and the Technology Code
of Practice point 12. Embodied carbon and price of a device already bought are sunk and never count; what counts is the
new device that need not be bought, at the organisation's price, else at the price once paid for this one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from greendigital.config import Config
from greendigital.factorset import FactorLibrary
from greendigital.recommendations.device import Device, Surroundings
from greendigital.recommendations.model import Advice
from greendigital.recommendations.rules.check import check
from greendigital.recommendations.rules.idle_server import idle_server
from greendigital.recommendations.rules.keep import keep
from greendigital.recommendations.rules.leaving import leaving
from greendigital.recommendations.rules.not_in_use import not_in_use
from greendigital.recommendations.rules.over_specified import over_specified
from greendigital.recommendations.rules.part import part
from greendigital.recommendations.rules.peripheral import peripheral
from greendigital.recommendations.rules.records import contradiction, not_yet
from greendigital.recommendations.rules.repair import repair
from greendigital.recommendations.rules.system_ends import system_ends
from greendigital.recommendations.rules.wasteful import wasteful
from greendigital.recommendations.settings import Settings
from greendigital.uncertainty import Spread

RULES: tuple[Callable[[Device], Advice | None], ...] = (
    contradiction,
    not_yet,
    leaving,
    not_in_use,
    idle_server,
    system_ends,
    repair,
    part,
    wasteful,
    over_specified,
    peripheral,
    keep,
)
"""The rules in order; :func:`check` takes what none of them does."""


def device_advice(
    assets: Sequence[Mapping[str, Any]],
    lines: Mapping[str, Mapping[str, Any]],
    library: FactorLibrary,
    as_of: date,
    config: Config,
    factors: Sequence[Mapping[str, Any]] = (),
    known: Mapping[str, Spread] | None = None,
) -> list[Advice]:
    """One row for every asset that is neither merged nor set aside.

    Parameters
    ----------
    assets
        Rows of an assets frame.
    lines
        Lines of the footprint by ``line_id``, with the columns of ``cases.LINE_FACTS``.
    factors, known
        Rows of ``factors_used``, and their errors by id.
    """
    by_id = {factor["factor_id"]: factor for factor in factors}
    run = Surroundings(library, as_of, Settings.of(config, library), by_id, known or {})
    found = []
    for asset in assets:
        if asset["merged_into"] or asset["set_aside"]:
            continue
        device = Device(asset, lines.get(asset["line_id"], {}), run)
        found.append(next((advice for rule in RULES if (advice := rule(device)) is not None), None) or check(device))
    return found
