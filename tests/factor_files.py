"""Reading the shipped factor files as they stand, with the csv module alone."""

import csv
import json
from pathlib import Path

FACTORS = Path(__file__).resolve().parent.parent / "factors"
SETS = sorted(p.parent.name for p in FACTORS.glob("*/datapackage.json"))
UK_FILES = ("factors", "waste", "materials", "freight")


def package(name):
    return json.loads((FACTORS / name / "datapackage.json").read_text(encoding="utf-8"))


def _read(path):
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def rows(name, resource):
    """Rows of a resource of a set, as text."""
    return _read(FACTORS / name / next(r["path"] for r in package(name)["resources"] if r["name"] == resource))


def sources_of(name):
    """Rows of the sources of a set."""
    return _read(FACTORS / name / "sources.csv")


def factor_resources():
    """(set, resource) of every table of factors."""
    return [(name, r["name"]) for name in SETS for r in package(name)["resources"] if r.get("activities")]


def half_a_last_digit(text):
    """What a published figure of so many decimals can differ by from the one it was rounded from."""
    decimals = len(text.partition(".")[2])
    return 0.5 * 10**-decimals * (1 + 1e-9)
