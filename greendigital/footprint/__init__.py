"""Lines, the factors they used, totals and groups."""

from greendigital.footprint.factors import factors_used_rows
from greendigital.footprint.store import LineStore
from greendigital.footprint.totals import Totals

__all__ = ["LineStore", "Totals", "factors_used_rows"]
