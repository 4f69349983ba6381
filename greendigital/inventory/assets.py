"""The assets frame with what was found while reading it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from greendigital.columns import ASSET_IDENTITY, ASSETS, names
from greendigital.errors import Problem
from greendigital.inputs import InputRecord

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = tuple(names((*ASSETS, *ASSET_IDENTITY)))


@dataclass
class Assets:
    """Rows of asset files, one per input line.

    Attributes
    ----------
    rows
        Dictionaries with the columns of :data:`greendigital.columns.ASSETS` and ``ASSET_IDENTITY``, typed; nothing is
        dropped: a merged row names the line it went into, a set-aside row its reason.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    inputs: list[InputRecord] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"Assets(rows={len(self.rows)}, files={len(self.inputs)}, problems={len(self.problems)})"

    @property
    def frame(self) -> pd.DataFrame:
        """The rows as a pandas DataFrame."""
        import pandas as pd

        return pd.DataFrame(self.rows, columns=list(COLUMNS))
