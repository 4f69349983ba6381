"""Which text of a bill is the id of an account, subscription or project, and which a name that a person gave.

Source of the forms: AWS, Account Management Reference Guide, "View AWS account identifiers" (12 digits); Microsoft,
Azure PowerShell reference, "IPortalIdentity.SubscriptionId" (a UUID); Google Cloud, Resource Manager, "Creating and
managing projects" (6 to 30 small letters, digits and hyphens; or a number); Oracle, "Resource Identifiers".
"""

from __future__ import annotations

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
