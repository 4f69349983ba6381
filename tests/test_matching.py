import csv
import math
from pathlib import Path

import pytest

from greendigital.estimation.devices import resolve_device
from greendigital.factorset import load_library
from greendigital.inventory.values import parse_category
from greendigital.matching import Match, match_device, normalise_model

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
    """Lenovo, IdeaPad 1 14: two reports of one name, 208 kg and 249 kg in the collection."""
    found = match("Lenovo", "IdeaPad 1 14", year=2020)
    assert found.match_level == "B"
    assert len(found.products) > 1


def test_two_documents_that_share_out_the_figures_of_one_product_are_level_a():
    """EliteBook 840 G7: the report issued again has the embodied figure, the retired one the yearly energy."""
    found = match("HP", "EliteBook 840 G7")
    assert found.match_level == "A"
    assert [(p["usable_embodied"], p["usable_energy"]) for p in found.products] == [(True, False), (False, True)]


def variants(*figures):
    """A library match at level B whose configurations have these embodied figures."""
    rows = tuple(
        {
            "pcf_id": f"test-{n}",
            "manufacturer": "Acme",
            "model": "Thing 5",
            "boundary": "manufacture_transport_end_of_life",
            "embodied_kg_co2e": kilograms,
            "annual_use_kwh": None,
            "weight_kg": None,
            "usable_embodied": True,
            "usable_energy": False,
            "source_id": "boavizta",
            "source_url": "",
            "report_year": 2020,
            "set_name": "device-product-footprints",
        }
        for n, kilograms in enumerate(figures)
    )
    return Match("B", "laptop", "", rows, "Thing 5")


@pytest.mark.parametrize(
    ("figures", "middle"), [((300.0, 100.0, 110.0), 110.0), ((100.0, 200.0), 150.0), ((1.0, 2.0, 4.0, 8.0), 3.0)]
)
def test_level_b_takes_the_middle_value_and_at_least_the_span(figures, middle):
    found = resolve_device(LIBRARY, variants(*figures))
    assert found.embodied.value == middle
    assert found.embodied_basis == "variants"
    assert sum(found.stages_kg_co2e.values()) == pytest.approx(middle)
    assert found.embodied.low < min(figures)
    assert found.embodied.high > max(figures)
    assert found.embodied.set_name == "derived"
    assert all(f"test-{n}" in found.embodied.note for n in range(len(figures)))


def test_the_range_of_variants_joins_their_span_and_the_error_of_a_product_figure():
    """Logs in quadrature: span 100 to 200 about 150, and the assumed width of product figures, 0.7 to 1.4."""
    found = resolve_device(LIBRARY, variants(100.0, 200.0)).embodied
    assert found.low == pytest.approx(150 * math.exp(-math.hypot(math.log(1.5), math.log(1 / 0.7))))
    assert found.high == pytest.approx(150 * math.exp(math.hypot(math.log(200 / 150), math.log(1.4))))


def test_other_rows_of_one_name_are_another_factor():
    """One model name may stand for other rows in another year of the device: the factor is named by its rows."""
    match_one, match_two = variants(100.0, 200.0), variants(100.0, 200.0, 300.0)
    ids = {resolve_device(LIBRARY, m).embodied.factor_id for m in (match_one, match_two)}
    assert len(ids) == 2


def test_unlike_boundaries_are_not_mixed():
    rows = variants(300.0, 310.0, 100.0).products
    rows = (*rows[:2], {**rows[2], "boundary": "manufacture"})
    found = resolve_device(LIBRARY, Match("B", "laptop", "", rows, "Thing 5"))
    assert (found.embodied.value, found.embodied.basis) == (305.0, "manufacture_transport_end_of_life")


def test_a_figure_of_manufacture_alone_stands_in_its_own_stage():
    rows = tuple({**r, "boundary": "manufacture"} for r in variants(120.0).products)
    assert resolve_device(LIBRARY, Match("A", "laptop", "", rows, "Thing 5")).stages_kg_co2e == {"manufacture": 120.0}


def test_a_name_used_for_two_products_needs_the_device_year():
    """Dell, Latitude 5450: the report is of the product of 2015, dated 2018; the name came back in 2024."""
    assert match("Dell", "Latitude 5450", "laptop").match_level == "E"
    assert match("Dell", "Latitude 5450", "laptop", year=2024).match_level == "E"
    assert match("Dell", "Latitude 5450", "laptop", year=2017).match_level == "A"


@pytest.mark.parametrize("model", ["Latitude 5550", "Latitude 5450"])
@pytest.mark.parametrize("year", [2021, 2022, 2025, 2026])
def test_the_newer_product_of_a_reused_name_never_takes_the_older_figure(model, year):
    assert match("Dell", model, "laptop", year=year).products == ()


def test_retired_rows_lend_no_embodied_figure():
    for maker, model in (("Dell", "P2721Q"), ("Lenovo", "100e Chromebook"), ("HP", "215 Pro G5 MT")):
        found = match(maker, model, year=2018)
        assert found.products
        assert not any(p["usable_embodied"] for p in found.products)


def test_the_number_of_an_iphone_is_its_generation():
    assert match("Apple", "iPhone 13 128GB", "smartphone").match_level == "A"
    assert match("Apple", "iPhone 13 128GB", "smartphone").products[0]["model"].startswith("iPhone 13")
    assert match("Apple", "iPhone 12 Pro", "smartphone").match_level == "E"


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


@pytest.mark.parametrize(
    ("word", "category"),
    [
        ("Notebook", "laptop"),
        ("LAPTOPS", "laptop"),
        ("Desktop PC", "desktop"),
        ("All-in-One", "all_in_one"),
        ("Mobile phone", "smartphone"),
        ("Display", "monitor"),
        ("Printer", "printer_small"),
        ("Server", "server_any"),
        ("Rack server", "server_rack"),
        ("Access point", "wireless_access_point"),
        ("Thin client", "thin_client"),
        ("Docking station", "docking_station"),
        ("Meeting room display", "meeting_room_screen"),
    ],
)
def test_words_of_exports_name_a_category(word, category):
    assert parse_category(word, LIBRARY) == category


def test_every_synonym_names_a_known_category():
    known = {r["category"] for r in LIBRARY.table("device-category-defaults", "category_table")}
    for row in LIBRARY.table("device-category-defaults", "category_synonyms"):
        assert row["category"] in known, row


@pytest.mark.parametrize(
    ("size", "variant"),
    [
        (20.9, "under_21_inch"),
        (21.0, "21_to_23.4_inch"),
        (23.4, "21_to_23.4_inch"),
        (23.5, "23.5_to_25.9_inch"),
        (25.9, "23.5_to_25.9_inch"),
        (26.0, "26_to_29.9_inch"),
        (29.9, "26_to_29.9_inch"),
        (30.0, "30_to_34.9_inch"),
        (35.0, "35_to_45_inch"),
        (45.0, "35_to_45_inch"),
        (45.1, "over_45_inch_signage"),
    ],
)
def test_the_ends_of_a_size_class_lie_in_it(size, variant):
    assert match("Acme", "X", "monitor", screen=size).variant == variant


def test_a_superseded_document_lends_no_embodied_figure():
    for row in LIBRARY.table("device-product-footprints", "products"):
        if "superseded_by" in (row["quality_flags"] or ""):
            assert not row["usable_embodied"], row["pcf_id"]
