"""What the two sides call the same account, service and region."""

from __future__ import annotations

import re

from greendigital.factorset import FactorLibrary
from greendigital.usage.account_ids import ACCOUNT_IDS

_SUBSCRIPTION = re.compile(ACCOUNT_IDS["azure"])
_ACCOUNT_DIGITS = 12
_CODE = re.compile(r"(Amazon|AWS)(?=[A-Z][a-z])")
"""Begin of a code that is the service's name without its first space: AWSGlue."""


class Names:
    """Keys by which accounts, services and regions of an export and of a bill are matched."""

    def __init__(self, library: FactorLibrary) -> None:
        rows = library.table("cloud-meters", "services")
        self._names: dict[str, str] = {r["service_code"].casefold(): r["service_name"] for r in rows}
        self._keys: dict[tuple[str, str, str], str] = {}

    def key(self, level: str, provider: str, text: str | None) -> str | None:
        """The key of a value of a level; None where there is none."""
        if not text or level == "month":
            return text or None
        asked = (level, provider, text)
        if asked not in self._keys:
            self._keys[asked] = self._key(*asked)
        return self._keys[asked]

    def _key(self, level: str, provider: str, text: str) -> str:
        if level == "service":
            return self._service(provider, text)
        return _account(provider, text) if level == "account" else "".join(text.casefold().split())

    def full(self, service: str) -> str:
        """The name of a service that is written by its code; any other text as it is."""
        return self._names.get(service.casefold(), service)

    def shown(self, service: str) -> str:
        """The name of a service for people; a code that no table has gets the space behind its first word.

        Examples
        --------
        >>> from greendigital.factorset import load_library
        >>> [Names(load_library()).shown(code) for code in ("AWSGlue", "AmazonEC2", "AWS Lambda")]
        ['AWS Glue', 'Amazon Elastic Compute Cloud', 'AWS Lambda']
        """
        return _CODE.sub(r"\1 ", self.full(service), count=1)

    def _service(self, provider: str, text: str) -> str:
        """Letters and digits of the service's name, found by its code where there is one."""
        name = self.full(text)
        # microsoft.compute/virtualmachines: the type of a resource ends in the name of what it is.
        name = name.rpartition("/")[2] if provider == "azure" else name
        return "".join(c for c in name.casefold() if c.isalnum())


def _account(provider: str, text: str) -> str:
    found = text.strip().casefold()
    if provider == "aws" and found.isdigit():
        # A spreadsheet program takes the zeros off the front of an account's number.
        return found.zfill(_ACCOUNT_DIGITS)
    guid = _SUBSCRIPTION.search(found) if provider == "azure" else None
    return guid[0] if guid else found


def is_account_id(provider: str, key: str) -> bool:
    """Whether the key of an account is an id as the provider writes it, and not a name that a person gave."""
    form = ACCOUNT_IDS.get(provider)
    return bool(form and re.fullmatch(form, key))
