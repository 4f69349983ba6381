"""Which text of a bill is the id of an account, subscription or project, and which a name that a person gave.

Source of the forms: AWS, Account Management Reference Guide, "View AWS account identifiers" (12 digits); Microsoft,
Azure PowerShell reference, "IPortalIdentity.SubscriptionId" (a UUID); Google Cloud, Resource Manager, "Creating and
managing projects" (6 to 30 small letters, digits and hyphens; or a number); Oracle, "Resource Identifiers".
"""

from __future__ import annotations

from typing import Any

from greendigital.usage.own_columns import literal

ACCOUNT_IDS = {
    "aws": r"[0-9]{12}",
    "azure": r"(?i:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})",
    "gcp": r"[0-9]+|[a-z][a-z0-9-]{4,28}[a-z0-9]",
    "oci": r"ocid1\.[a-z0-9._-]+",
}
"""How providers write the id of an account, as an expression that the whole text must match."""


def account_id_sql(provider: str, key: str, name: str) -> str:
    """Expression of the database for the id of an account; NULL where the bill has its name alone.

    Parameters
    ----------
    provider, key, name
        Expressions for the provider, for the key that bills are compared by, which is the name where the bill has no
        column of ids, and for what the bill calls the account.
    """
    forms = " ".join(
        f"WHEN {literal(known)} THEN regexp_full_match({name}, {literal(form)})" for known, form in ACCOUNT_IDS.items()
    )
    return f"CASE WHEN {key} <> lower({name}) OR CASE {provider} {forms} ELSE false END THEN {key} END"


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
