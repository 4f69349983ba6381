"""What charges lack, told once a bill with their number and the first row: cost, currency, quantity, or an end."""

from __future__ import annotations

from typing import Any

from greendigital.errors import Problem, Severity

_CHECKS: tuple[tuple[str, Severity, str, str, str], ...] = (
    (
        "cost_missing",
        "warning",
        "charge_class = 'usage' AND billed_cost IS NULL",
        "without a billed cost: the costs of the bill are too low",
        "Export the billed cost of every charge.",
    ),
    (
        "currency_missing",
        "warning",
        "currency IS NULL AND billed_cost IS NOT NULL "
        "AND EXISTS (SELECT 1 FROM {usage} c WHERE c.currency IS NOT NULL)",
        "with a cost and no currency: told apart from the others",
        "Fill the currency in.",
    ),
    (
        "quantity_missing",
        "note",
        "charge_class = 'usage' AND quantity_kind NOT IN ('unknown', 'not_physical') AND quantity IS NULL "
        "AND EXISTS (SELECT 1 FROM {usage} c WHERE c.quantity IS NOT NULL)",
        "without a quantity: estimated from cost at best",
        "Fill the quantity in.",
    ),
    (
        "charge_period_reversed",
        "warning",
        "charge_class <> 'total_row' AND period_end < period_start",
        "with an end before the start: counted by the start",
        "Correct the two dates.",
    ),
)
"""Code, severity, condition on the usage frame, what is said of the charges, and the remedy."""


_NUMBERS = ("cost_missing", "quantity_missing")


def check_charges(connection: Any, usage: str, file: str, *, numbers_told: bool) -> list[Problem]:
    """A problem for each thing that charges of the bill lack.

    Parameters
    ----------
    numbers_told
        Whether cells that hold no number are told one by one already.
    """
    asked = ", ".join(
        f"count(*) FILTER ({condition.format(usage=usage)}), min(source_row) FILTER ({condition.format(usage=usage)})"
        for _, _, condition, _, _ in _CHECKS
    )
    answers = connection.execute(f"SELECT {asked} FROM {usage}").fetchone()
    found = []
    for (code, severity, _, what, remedy), count, row in zip(_CHECKS, answers[::2], answers[1::2], strict=True):
        if count and not (numbers_told and code in _NUMBERS):
            charges = "1 charge" if count == 1 else f"{count:,} charges"
            found.append(Problem(severity, code, f"{charges} {what}.", remedy, file, row))
    return found
