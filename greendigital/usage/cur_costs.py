"""What a row of an AWS Cost and Usage Report costs: effectively, and at list price.

Source of the effective cost: AWS, CUR Query Library and Cloud Intelligence Dashboards, "amortized_cost", 2020 to 2026:
covered usage at its effective cost, fees of commitments at the part that was not used, so that nothing counts twice.
"""

from __future__ import annotations

from greendigital.usage.cur_columns import both_names, number_sql, text_sql
from greendigital.usage.own_columns import OwnColumns

_PLAN_COST, _RESERVED_COST = "savingsPlan/SavingsPlanEffectiveCost", "reservation/EffectiveCost"


def unused_commitment_sql(own: OwnColumns) -> str:
    """What of a fee paid for commitment that nothing used; NULL where the report does not say, or it is no such fee."""
    reserved = _sum_sql(own, "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod", "reservation/UnusedRecurringFee")
    committed, used = (number_sql(own, f"savingsPlan/{c}") for c in ("TotalCommitmentToDate", "UsedCommitment"))
    return (
        f"CASE {_kind(own)} WHEN 'rifee' THEN {reserved} WHEN 'savingsplanrecurringfee' THEN {committed} - {used} END"
    )


def effective_cost_sql(own: OwnColumns) -> str:
    """Cost with commitments spread over the usage they covered.

    Where the report has no effective cost of a kind of commitment, its rows keep their unblended cost: fee, negation
    and usage then still add up.
    """
    unblended = number_sql(own, "lineItem/UnblendedCost")
    cases = []
    if own.all_of(both_names(_PLAN_COST)):
        cases += [
            ("savingsplancoveredusage", number_sql(own, _PLAN_COST)),
            ("savingsplanrecurringfee", f"coalesce({unused_commitment_sql(own)}, 0)"),
            ("savingsplannegation", "0"),
            ("savingsplanupfrontfee", "0"),
        ]
    if own.all_of(both_names(_RESERVED_COST)):
        arn = text_sql(own, "reservation/ReservationARN")
        cases += [
            ("discountedusage", number_sql(own, _RESERVED_COST)),
            ("rifee", f"coalesce({unused_commitment_sql(own)}, 0)"),
            ("fee", f"CASE WHEN {arn} IS NOT NULL THEN 0 END"),
        ]
    if not cases:
        return unblended
    listed = " ".join(f"WHEN '{kind}' THEN {cost}" for kind, cost in cases)
    return f"coalesce(CASE {_kind(own)} {listed} END, {unblended})"


def list_cost_sql(own: OwnColumns, effective: str) -> str:
    """Public on-demand cost, else amount x public rate, else amount x unblended rate, else the effective cost."""
    public = number_sql(own, "pricing/publicOnDemandCost")
    amount, rate = number_sql(own, "lineItem/UsageAmount"), number_sql(own, "pricing/publicOnDemandRate")
    paid = number_sql(own, "lineItem/UnblendedRate")
    return f"coalesce(nullif({public}, 0), {amount} * {rate}, {public}, {amount} * {paid}, {effective})"


def _kind(own: OwnColumns) -> str:
    return f"lower({text_sql(own, 'lineItem/LineItemType')})"


def _sum_sql(own: OwnColumns, *columns: str) -> str:
    """Sum of the numbers that are there; NULL where none is."""
    numbers = [number_sql(own, c) for c in columns]
    filled = " + ".join(f"coalesce({n}, 0)" for n in numbers)
    return f"CASE WHEN coalesce({', '.join(numbers)}) IS NOT NULL THEN {filled} END"
