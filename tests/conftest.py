"""One run of the example council for all tests that look at a whole report."""

import json
from pathlib import Path

import pytest

import greendigital as gd

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
ASSET_FILES = ("register.xlsx", "intune.csv", "disposals.csv")
BILLS = ("aws_focus.csv", "azure_focus.csv")


@pytest.fixture(scope="session")
def example():
    """The example council as a Footprint."""
    config = EXAMPLES / "greendigital.toml"
    assets = gd.read_inventory(*(EXAMPLES / name for name in ASSET_FILES), config=config)
    usage = gd.read_usage(*(EXAMPLES / name for name in BILLS))
    return gd.estimate(assets, usage, period="2024-25", config=config)


@pytest.fixture(scope="session")
def example_run(example, tmp_path_factory):
    """The written run directory of the example council."""
    return example.write(tmp_path_factory.mktemp("example") / "run")


@pytest.fixture(scope="session")
def example_summary(example_run):
    """summary.json as written."""
    return json.loads((example_run / "summary.json").read_text(encoding="utf-8"))
