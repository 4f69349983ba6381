"""What charges lack, told once a bill with their number and the first row: cost, currency, quantity, or an end."""

from __future__ import annotations

from typing import Any

from greendigital.errors import Problem, Severity
from greendigital.usage.own_columns import literal

_CHECKS: tuple[tuple[str, Severity, str, str, str], ...] = (
    (
        "cost_missing",
        "warning",
        "charge_class = 'usage' AND billed_cost IS NULL",
        "no billed cost, so that the costs of the bill are too low",
        "Export the billed cost of every charge.",
    ),
    (
        "currency_missing",
        "warning",
        "currency IS NULL AND billed_cost IS NOT NULL "
        "AND EXISTS (SELECT 1 FROM {usage} c WHERE c.currency IS NOT NULL)",
        "a cost and no currency, and stand apart from the others",
        "Fill the currency in.",
    ),
    (
        "quantity_missing",
        "note",
        "charge_class = 'usage' AND quantity_kind NOT IN ('unknown', 'not_physical') AND quantity IS NULL "
        "AND EXISTS (SELECT 1 FROM {usage} c WHERE c.quantity IS NOT NULL)",
        "no quantity, and are estimated from cost at best",
        "Fill the quantity in.",
    ),
    (
        "charge_period_reversed",
        "warning",
        "charge_class <> 'total_row' AND period_end < period_start",
        "an end before the start, and count by the start",
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
            charges = "1 charge has" if count == 1 else f"{count:,} charges have"
            said = what if count > 1 else what.replace("and stand", "and stands").replace("and are", "and is")
            said = said if count > 1 else said.replace("and count", "and counts")
            found.append(Problem(severity, code, f"{charges} {said}.", remedy, file, row))
    return found


def account_names(connection: Any, views: list[str]) -> dict[tuple[str, str], str]:
    """Name of each account that any bill names, by provider and id; of several names the one billed last."""
    each = " UNION ALL ".join(
        "SELECT provider, account_id, coalesce(sub_account, account) AS name, max(period_start) AS day "
        f"FROM {view} WHERE account_id IS NOT NULL GROUP BY ALL"
        for view in views
    )
    rows = connection.execute(
        f"SELECT provider, account_id, arg_max(name, (day, name)) FROM ({each}) "
        "WHERE name IS NOT NULL AND lower(name) NOT LIKE '%' || lower(account_id) || '%' GROUP BY ALL"
    ).fetchall()
    return {(provider, account): name for provider, account, name in rows}


def named_accounts_sql(names: dict[tuple[str, str], str]) -> str:
    """The sub-account by the name that another bill gives it, where its own has the id alone."""
    if not names:
        return "sub_account"
    cases = " ".join(
        f"WHEN {literal(provider + ':' + account)} THEN {literal(name)}" for (provider, account), name in names.items()
    )
    known = f"CASE provider || ':' || account_id {cases} END"
    is_id = "lower(coalesce(sub_account, account)) LIKE '%' || lower(account_id) || '%'"
    return f"CASE WHEN {is_id} THEN coalesce({known}, sub_account) ELSE sub_account END"
