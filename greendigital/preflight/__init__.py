"""What files are and what can be computed from them, before a report is made: ``greendigital check``."""

from greendigital.preflight.check import Preflight, check, read_files, run_preflight
from greendigital.preflight.to_text import to_text

__all__ = ["Preflight", "check", "read_files", "run_preflight", "to_text"]
