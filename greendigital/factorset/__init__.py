"""Factor sets: load, check and cite. (Nothing may be called ``greendigital/factors``: the data has that name.)"""

from greendigital.factorset.check import check_set
from greendigital.factorset.library import FactorLibrary, factor_folders, load_library
from greendigital.factorset.model import Factor, FactorSet, Source

__all__ = ["Factor", "FactorLibrary", "FactorSet", "Source", "check_set", "factor_folders", "load_library"]
