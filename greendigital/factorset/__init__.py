"""Factor sets: load, check and cite. (Nothing may be called ``greendigital/factors``: the data has that name.)"""

from greendigital.factorset.check import check_set
from greendigital.factorset.library import FactorLibrary, load_library, sets_in
from greendigital.factorset.model import Factor, FactorSet, Source
from greendigital.factorset.overrides import OVERRIDES, REPLACED, overrides_of, range_kept
from greendigital.factorset.shipped import factor_folders

__all__ = [
    "OVERRIDES",
    "REPLACED",
    "Factor",
    "FactorLibrary",
    "FactorSet",
    "Source",
    "check_set",
    "factor_folders",
    "load_library",
    "overrides_of",
    "range_kept",
    "sets_in",
]
