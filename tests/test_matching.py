import csv
from pathlib import Path

import pytest

from greendigital.factorset import load_library
from greendigital.matching import match_device, normalise_model

DATA = Path(__file__).parent / "data"
LIBRARY = load_library()


def match(manufacturer, model, category=None, screen=None, year=None):
    return match_device(LIBRARY, manufacturer, model, category, screen, year)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("HP EliteBook 840 G7 Notebook PC", "Elite Book 840 Gen 7"),
        ("Dell Latitude 5420", "latitude 5420"),
        ("iPad (9th generation)", "iPad Gen 9"),
    ],
)
def test_spellings_of_one_model_are_equal(one, other):
    maker = "hp" if "HP" in one else "dell" if "Dell" in one else "apple"
    assert normalise_model(one, maker) == normalise_model(other, maker)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Surface Pro 7", "Surface Pro 7+"),
        ("Surface Laptop Go 2", "Surface Go 2"),
        ("ThinkPad T480", "ThinkPad T480s"),
        ("EliteBook 840 G5", "EliteBook 840 G6"),
        ("EliteBook 840 G5", "EliteBook 845 G5"),
        ("Latitude 7420", "Latitude 7420 2-in-1"),
        ("Latitude 5400", "Latitude 5400 Chromebook"),
        ("Surface Book", "Surface Book 2"),
        ("ThinkCentre M90s", "ThinkCentre M900"),
    ],
)
def test_siblings_stay_apart(one, other):
    assert normalise_model(one) != normalise_model(other)


@pytest.mark.parametrize("generation", ["G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8"])
@pytest.mark.parametrize("number", ["840", "845", "830", "850"])
def test_an_elitebook_takes_only_the_figure_of_its_own_number_and_generation(number, generation):
    found = match("HP", f"HP EliteBook {number} {generation} Notebook PC", "laptop", year=2020)
    for product in found.products:
        words = normalise_model(product["model"], "hp").split()
        assert number in words
        assert generation.lower() in words


def test_labelled_models_get_no_wrong_row():
    """203 inventory strings labelled by hand; rows of the collection, and rows of later reports, share their tokens."""
    wrong = []
    hits = 0
    with (DATA / "model_strings.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            if row["pcf_match_class"] == "ambiguous":
                continue
            found = match(row["manufacturer_raw"], row["model_raw"])
            if found.match_level not in "AB":
                continue
            true_rows = set(filter(None, row["pcf_rows"].split(" | ")))
            own = {normalise_model(row["canonical_model"], found.products[0]["manufacturer"].lower())}
            got = {p["model"] for p in found.products}
            if got & true_rows:
                hits += 1
            elif {normalise_model(p["model"], p["manufacturer"].lower()) for p in found.products} != own:
                wrong.append((row["model_raw"], got))
            if row["tempting_wrong_row"] and row["tempting_wrong_row"] in got - true_rows:
                wrong.append((row["model_raw"], row["tempting_wrong_row"]))
    assert not wrong
    assert hits >= 20


def test_several_configurations_are_level_b():
    found = match("HP", "EliteBook 840 G7")
    assert found.match_level == "B"
    assert len(found.products) > 1


def test_a_name_used_for_two_products_needs_the_device_year():
    assert match("Dell", "Latitude 5450", "laptop").match_level == "E"
    assert match("Dell", "Latitude 5450", "laptop", year=2024).match_level == "E"


def test_a_name_without_generation_needs_the_device_year():
    assert match("Lenovo", "ThinkPad X1 Carbon", "laptop").match_level == "E"


def test_category_from_the_word_of_the_export_then_from_the_model():
    assert match("Acme", "Thing 5", "laptop").match_level == "E"
    assert match("Dell", "OptiPlex 9999", None)[:2] == ("E", "desktop")
    assert match("Acme", "Thing 5", None).match_level == "F"


def test_monitor_takes_the_variant_of_its_size():
    assert match("Acme", "X", "monitor", screen=24.0).variant == "23.5_to_25.9_inch"
    assert match("Acme", 'Widget 27"', "monitor").variant == "26_to_29.9_inch"
    assert match("Acme", "X", "monitor").variant == "size_unknown"


def test_rows_that_are_95th_percentiles_lend_no_embodied_figure():
    for row in LIBRARY.table("device-product-footprints", "products"):
        if row["statistic"] == "p95":
            assert not row["usable_embodied"], row["pcf_id"]
