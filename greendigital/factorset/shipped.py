"""Where the shipped sets are."""

from __future__ import annotations

from pathlib import Path

from greendigital.errors import FactorError


def factor_folders() -> Path:
    """The folder of the shipped sets: inside the installed package, else beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "factors", package.parent / "factors"):
        if folder.is_dir():
            return folder
    raise FactorError("The shipped factor sets are missing. Install the package again.")
