import re
import time
from pathlib import Path

import frictionless
import pytest

from greendigital.factorset import FactorLibrary, check_set, load_library
from greendigital.matching import match_device
from greendigital.matching.codes import CODE_SET, name_of_code

LIBRARY = load_library()
FOLDER = LIBRARY.sets[CODE_SET].path


def match(manufacturer, model, year=None):
    return match_device(LIBRARY, manufacturer, model, None, None, year)


def test_the_set_is_a_good_data_package():
    assert check_set(FOLDER) == []
    report = frictionless.validate(str(FOLDER / "datapackage.json"))
    assert report.valid, report.flatten(["fieldName", "message"])[:3]


@pytest.mark.parametrize(
    ("maker", "code", "name"),
    [
        ("LENOVO", "20L7S0XX00", "ThinkPad T480s"),
        ("LENOVO", "20L7", "ThinkPad T480s"),
        (None, "LENOVO 20L7S0XX00", "ThinkPad T480s"),
        ("Lenovo", "ThinkPad 20L7", "ThinkPad T480s"),
        ("Apple Inc.", "MacBookPro16,1", "MacBook Pro (16-inch, 2019)"),
        (None, "MacBookPro16,1", "MacBook Pro (16-inch, 2019)"),
        ("Apple", "iPhone14,5", "iPhone 13"),
        ("Dell", "DEL40F4", "DELL P2317H"),
        ("HP", "59S25EA", "HP 255 G8 Notebook PC"),
        ("HP", "59S25EA#ABU", "HP 255 G8 Notebook PC"),
        ("Dell Inc.", "05A4", "OptiPlex 9020"),
        ("Microsoft Corporation", "Surface_Pro_7+_1960", "Surface Pro 7+"),
    ],
)
def test_a_code_becomes_the_name_that_the_source_gives_and_stands_beside_what_was_written(maker, code, name):
    """Names as linuxhw/DMI, linuxhw/EDID and the lists of Apple identifiers have them."""
    found = match(maker, code)
    assert (found.code_name, found.written) == (name, code)


@pytest.mark.parametrize(
    ("maker", "code", "row"),
    [
        ("LENOVO", "20L7S0XX00", "ThinkPad T480s"),
        ("Apple", "MacBookPro17,1", "13-inch MacBook Pro (M1 CPU) 256GB - 2020"),
        ("Dell", "DEL40F4", "P2317H Monitor"),
        ("Microsoft", "Surface_Pro_7_1866", "Surface Pro 7"),
        ("HP", "59S25EA", "255 G8 Notebook PC"),
    ],
)
def test_the_name_of_a_code_finds_its_product(maker, code, row):
    found = match(maker, code)
    assert found.match_level in "AB"
    assert row in {p["model"] for p in found.products}


@pytest.mark.parametrize(
    ("maker", "model"),
    [
        ("HP", "HP EliteBook 840 G5 (3JX07EA#ABU)"),
        ("Lenovo", "ThinkPad T470s W10DG (20JTS0HT00)"),
        ("Dell", "DEL4231 DELL U2722DE"),
        ("Lenovo", "YOGA 900S-12ISK"),
        ("Lenovo", "T480"),
        ("Dell", "5420"),
    ],
)
def test_a_name_beside_a_code_and_what_only_looks_like_one_are_no_code(maker, model):
    assert name_of_code(LIBRARY, maker.casefold(), model) is None


def test_a_code_beside_a_name_does_not_disturb_it():
    assert match("HP", "HP EliteBook 840 G5 (3JX07EA#ABU)").products == match("HP", "EliteBook 840 G5").products
    assert match("Lenovo", "ThinkPad T470s W10DG (20JTS0HT00)").products == match("Lenovo", "ThinkPad T470s").products


def test_a_code_of_several_products_gives_candidates_and_no_guess():
    """iMac9,1 is the 20 and the 24 inch iMac of early 2009; MacBookPro15,1 the 15 inch of 2018 and of 2019."""
    assert match("Apple", "iMac9,1").code_name == "iMac (20-inch, Early 2009) | iMac (24-inch, Early 2009)"
    found = match("Apple", "MacBookPro15,1")
    assert (found.match_level, found.products) == ("E", ())
    assert "several products" in found.note
    assert match("Apple", "MacBook Pro (15-inch, 2019)").match_level == "B"


def test_names_of_an_ambiguous_code_that_agree_on_the_product_decide():
    """MacPro7,1 is the Mac Pro of 2019, standing or in a rack."""
    assert match("Apple", "MacPro7,1").match_level == "B"


def test_the_table_tells_the_category_where_no_product_is_known():
    assert match("Lenovo", "20BV0001US")[:2] == ("E", "laptop")
    assert match("Dell", "DELA014")[:2] == ("E", "monitor")
    assert match("HP", "D1L50EA")[:2] == ("E", "laptop")


def test_no_row_says_nothing():
    for table in LIBRARY.sets[CODE_SET].lookups:
        for row in LIBRARY.table(CODE_SET, table):
            code = next(iter(row.values()))
            plain = re.sub(r"[^a-z0-9]", "", row["model_name"].casefold())
            assert plain != code.casefold(), code
            assert not re.fullmatch(r"notavailable|invalid|none|defaultstring|tobefilledbyoem|undefined", plain), code


def test_every_code_stands_once():
    for table in LIBRARY.sets[CODE_SET].lookups:
        codes = [next(iter(row.values())).casefold() for row in LIBRARY.table(CODE_SET, table)]
        assert len(codes) == len(set(codes)), table


def test_every_category_of_a_code_is_a_known_one():
    known = {row["category"] for row in LIBRARY.table("device-category-defaults", "category_table")}
    for table in ("lenovo_machine_types", "hp_product_numbers", "dell_system_ids", "apple_identifiers"):
        assert {row["category"] for row in LIBRARY.table(CODE_SET, table)} - {None, ""} <= known


def fresh_library():
    shipped = load_library()
    return FactorLibrary(shipped.sets)


def read_of(library):
    return {Path(path).stem for path in library.files_read if path.parent.name == CODE_SET}


def test_a_table_is_read_only_when_a_string_has_the_shape_of_its_codes():
    library = fresh_library()
    for maker, model in (("HP", "EliteBook 840 G6"), ("Dell", "Latitude 5420"), ("Apple", "iPad (9th generation)")):
        match_device(library, maker, model, None, None, None)
    assert read_of(library) == set()
    match_device(library, "LENOVO", "20L7S0XX00", None, None, None)
    assert read_of(library) == {"lenovo_machine_types"}
    match_device(library, "HP", "59S25EA", None, None, None)
    assert read_of(library) == {"lenovo_machine_types", "hp_product_numbers"}


def test_the_tables_of_an_estate_without_hp_numbers_are_read_in_150_ms():
    library = fresh_library()
    start = time.process_time()
    for table in ("lenovo_machine_types", "apple_identifiers", "dell_system_ids", "edid_monitor_codes", "surface_skus"):
        library.table(CODE_SET, table)
    assert time.process_time() - start < 0.15


def test_a_library_without_the_set_matches_by_name():
    shipped = load_library()
    library = FactorLibrary({name: s for name, s in shipped.sets.items() if name != CODE_SET})
    assert match_device(library, "Dell", "Latitude 5420", None, None, None).match_level == "A"
    assert match_device(library, "LENOVO", "20L7S0XX00", "laptop", None, None).match_level == "E"
