"""Embodied carbon of replacement parts, by the component model of UBA, TEXTE 94/2021."""

import pytest

from greendigital.config import load_config
from greendigital.factorset import load_library
from greendigital.factorset.overrides import overrides_of
from greendigital.recommendations import part_figure
from tests.factor_files import half_a_last_digit, rows

LIBRARY = load_library()
EMBODIED = {(r["component"], r["parameter"]): float(r["value"]) for r in rows("server-components", "embodied")}
DENSITY = {r["component"]: r for r in rows("server-components", "parameters") if r["parameter"] == "density"}


def by_model(part, size, bound="value"):
    """Base of a module or drive, and die area by density: the densest die gives the least."""
    density = float(DENSITY[part][{"value": "value", "low": "high", "high": "low"}[bound]])
    return EMBODIED[part, "per_unit"] + size * EMBODIED[part, "per_die_cm2"] / density


@pytest.mark.parametrize(
    "row", [r for r in rows("replacement-parts", "factors") if r["size_gb"]], ids=lambda r: r["factor_id"]
)
def test_memory_and_flash_are_a_base_and_so_much_a_gigabyte(row):
    for bound in ("value", "low", "high"):
        expected = by_model(row["category"], float(row["size_gb"]), bound)
        assert float(row[bound]) == pytest.approx(expected, abs=half_a_last_digit(row[bound]) * 1.5)


@pytest.mark.parametrize(("part", "size"), [("ram", 12), ("ssd", 300), ("ssd", 480)])
def test_sizes_between_follow_the_same_model(part, size):
    """The rows are rounded to a tenth of a kilogram."""
    found = part_figure(LIBRARY, part, size)
    assert found.kg_co2e == pytest.approx(by_model(part, size), abs=0.1)
    assert found.low == pytest.approx(by_model(part, size, "low"), abs=0.1)
    assert found.high == pytest.approx(by_model(part, size, "high"), abs=0.1)
    assert len(found.factors) == 2 and all(f.factor_id in found.how for f in found.factors)


@pytest.mark.parametrize(
    ("part", "size"),
    [
        ("ram", 4),
        ("ram", 32),
        ("ssd", 128),
        ("ssd", 1000),
        ("ram", None),
        ("ssd", None),
        ("screen", None),
        ("keyboard", None),
    ],
)
def test_no_figure_beyond_what_is_published(part, size):
    assert part_figure(LIBRARY, part, size) is None


@pytest.mark.parametrize(
    ("part", "kilograms"),
    [
        ("battery", 9),  # O'Connell and Stutz (Dell), 2010: Latitude E6400, as reported
        ("hdd", 31.1),  # UBA, TEXTE 94/2021
        ("motherboard", 66.1),  # UBA, TEXTE 94/2021
    ],
)
def test_parts_without_a_size_have_the_published_figure(part, kilograms):
    assert part_figure(LIBRARY, part).kg_co2e == kilograms
    assert part_figure(LIBRARY, part, 500).kg_co2e == kilograms


def test_drive_of_a_server_by_teads_is_shipped_and_not_chosen():
    """Teads engineering, as used by Cloud Carbon Footprint: 100 kg an SSD, 50 kg an HDD."""
    shipped = {r["factor_id"]: float(r["value"]) for r in rows("replacement-parts", "factors")}
    assert (shipped["part-ssd-server-drive-embodied"], shipped["part-hdd-server-drive-embodied"]) == (100, 50)
    chosen = {r["factor_id"] for r in rows("replacement-parts", "choices")}
    assert chosen <= set(shipped) and not any("server-drive" in factor_id for factor_id in chosen)


def test_a_part_can_be_overridden():
    change = {
        "factor": "part-laptop-battery-embodied",
        "value": 12.0,
        "unit": "kg_co2e/part",
        "source": "our maker",
        "reason": "own cells",
    }
    library = LIBRARY.with_overrides(overrides_of(load_config({"overrides": [change]})))
    assert part_figure(library, "battery").kg_co2e == 12
    assert part_figure(LIBRARY, "battery").kg_co2e == 9
