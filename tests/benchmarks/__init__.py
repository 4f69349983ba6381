"""Speed of whole commands and of their parts, as ratios taken in one run: ``python -m tests.benchmarks.report``."""
