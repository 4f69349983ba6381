"""The shipped factor files as they stand: whole, cited, told once, and plausible. Read with the csv module alone."""

import itertools
from collections import Counter, defaultdict
from statistics import median

import pytest

from tests.factor_files import FACTORS, SETS, factor_resources, package, rows, sources_of

TO_KG = {"g_co2e/kwh": ("kg_co2e/kwh", 0.001)}
"""Spellings that loading turns into another unit; the plausible ranges are in the unit after loading."""

SHARE_ALIKE = {"device-category-defaults", "device-product-footprints", "electricity-maps-zones", "cloud-regions"}


def in_plausible_unit(row):
    unit, scale = TO_KG.get(row["unit"], (row["unit"], 1))
    return unit, [float(row[c]) * scale for c in ("value", "low", "high") if row[c]]


PLAUSIBLE = {(r["unit"], r["activity"]): (float(r["low"]), float(r["high"])) for r in rows("assumptions", "plausible")}


def inside(unit, activity, value):
    low, high = PLAUSIBLE[unit, activity] if (unit, activity) in PLAUSIBLE else PLAUSIBLE[unit, ""]
    return low <= value <= high


@pytest.mark.parametrize("name", SETS)
def test_a_set_tells_its_facts_in_its_data_package(name):
    facts = package(name)
    assert len(facts["description"]) > 40
    assert facts["caveats"] and all(text.endswith(".") for text in facts["caveats"])
    assert facts["created"].startswith("2026-")
    assert all(source["publisher"] for source in facts["sources"])
    licence = facts["licenses"][0]
    assert licence["name"] and licence["title"]
    text = (FACTORS / name / "LICENSE.txt").read_text(encoding="utf-8")
    if licence["path"].startswith("https://opendatacommons") or licence["name"].startswith(("OGL", "CC")):
        assert licence["path"] in text


def test_share_alike_and_optional_sets_say_so():
    assert {name for name in SETS if package(name).get("share_alike")} == SHARE_ALIKE
    assert {name for name in SETS if package(name).get("optional")} == {"electricity-maps-zones"}


@pytest.mark.parametrize("name", SETS)
def test_a_file_has_the_columns_of_its_schema_and_a_declared_source_on_every_row(name):
    sources = {row["source_id"]: row for row in sources_of(name)}
    assert all(row["publisher"] and row["title"] and row["licence"] and row["retrieved"] for row in sources.values())
    for resource in package(name)["resources"]:
        fields = resource["schema"]["fields"]
        found = rows(name, resource["name"])
        assert list(found[0]) == [field["name"] for field in fields]
        assert {row["source_id"] for row in found} <= set(sources), resource["name"]
        assert all(field.get("unit") for field in fields if field["type"] in ("number", "integer"))


def test_every_set_is_a_valid_data_package():
    frictionless = pytest.importorskip("frictionless")
    for name in SETS:
        report = frictionless.validate(str(FACTORS / name / "datapackage.json"))
        assert report.valid, (name, report.flatten(["title", "rowNumber", "fieldName", "note"]))


def test_an_id_stands_once_in_all_sets():
    ids = Counter(row["factor_id"] for name, resource in factor_resources() for row in rows(name, resource))
    assert [factor_id for factor_id, n in ids.items() if n > 1] == []


SAME_THING = ("activity", "group", "detail", "region", "route", "category", "variant", "location_type", "provider")
SAME_THING += ("replication_key", "medium", "path")


@pytest.mark.parametrize("name", sorted({name for name, _ in factor_resources()}))
def test_one_thing_has_one_factor_at_a_time(name):
    spans = defaultdict(list)
    for of_set, resource in factor_resources():
        for row in rows(of_set, resource) if of_set == name else ():
            key = (row["unit"].partition("/")[2], *(row.get(c) or "" for c in SAME_THING))
            spans[key].append((row["valid_from"] or "0001", row["valid_to"] or "9999", row["factor_id"]))
    for entries in spans.values():
        for (_, end, first), (start, _, second) in itertools.pairwise(sorted(entries)):
            assert end < start, (first, second)


def test_the_activities_declared_are_those_of_the_rows():
    for name, resource in factor_resources():
        declared = next(r["activities"] for r in package(name)["resources"] if r["name"] == resource)
        assert {row["activity"] for row in rows(name, resource)} == set(declared), (name, resource)


def test_every_width_kind_is_in_the_widths_table():
    known = {row["width_kind"] for row in rows("assumptions", "widths")} | {""}
    for name, resource in factor_resources():
        assert {row["width_kind"] for row in rows(name, resource)} <= known, (name, resource)


def test_every_shipped_figure_is_plausible_and_has_a_range_of_its_own():
    for name, resource in factor_resources():
        for row in rows(name, resource):
            unit, values = in_plausible_unit(row)
            assert (unit, row["activity"]) in PLAUSIBLE, row["factor_id"]
            assert all(inside(unit, row["activity"], value) for value in values), row["factor_id"]


# activity, what a slip multiplies it by
SLIPS = [
    ("electricity_generation", 1000),  # grams for kilograms
    ("electricity_life_cycle", 1000),
    ("electricity_consumption", 1000),
    ("heat_and_steam", 1000),
    ("freight", 1000),
    ("homeworking", 1000),
    ("spend", 1000),
    ("device_embodied", 1000),
    ("waste_disposal", 1 / 1000),  # per kilogram for per tonne
    ("carbon_value", 1 / 1000),
    ("water_supply", 1000),  # per megalitre for per cubic metre
    ("pue_room", 100),  # percent
    ("device_lifetime", 12),  # months
    ("network_energy", 1000),  # per terabyte for per gigabyte
]


@pytest.mark.parametrize(("activity", "slip"), SLIPS)
def test_a_slip_of_unit_of_the_usual_figure_is_found(activity, slip):
    usual = defaultdict(list)
    for name, resource in factor_resources():
        for row in rows(name, resource):
            if row["activity"] == activity:
                unit, values = in_plausible_unit(row)
                usual[unit].append(values[0])
    assert usual
    for unit, values in usual.items():
        assert not inside(unit, activity, median(values) * slip), unit


def test_a_share_in_percent_is_not_plausible():
    assert inside("share", "", 0.35) and not inside("share", "", 35)


def test_no_aggregate_of_the_grid_table_looks_like_a_country():
    """ISO 3166-1 alpha-3 codes have three letters; XKX is of the range for private use."""
    for row in rows("grid-intensity-by-country", "factors"):
        region = row["region"]
        assert region.startswith("agg:") or (len(region) == 3 and region.isupper()), row["factor_id"]
    regions = {row["region"] for row in rows("grid-intensity-by-country", "factors")}
    assert {"XKX", "agg:world", "agg:eu-27", "GBR"} <= regions


def test_a_grid_of_zero_is_published_for_two_countries_and_marked():
    """Our World in Data, Carbon intensity of electricity generation: Burundi and the Central African Republic."""
    zero = [row for row in rows("grid-intensity-by-country", "factors") if float(row["value"]) == 0]
    assert {row["region"] for row in zero} == {"BDI", "CAF"}
    assert all("published as zero" in row["note"] for row in zero)


def test_a_zone_lies_in_the_country_of_its_first_two_letters():
    """ISO 3166-1, alpha-2 and alpha-3 codes of some zones."""
    country = {row["zone"]: row["country"] for row in rows("electricity-maps-zones", "zones")}
    assert {z: country[z] for z in ("GB", "US-CAL-CISO", "DK-DK1", "AU-NSW", "XK")} == {
        "GB": "GBR",
        "US-CAL-CISO": "USA",
        "DK-DK1": "DNK",
        "AU-NSW": "AUS",
        "XK": "XKX",
    }
    assert set(country) == {row["region"] for row in rows("electricity-maps-zones", "factors")}


def test_the_zone_of_a_cloud_region_lies_in_its_country():
    country = {row["zone"]: row["country"] for row in rows("electricity-maps-zones", "zones")}
    with_zone = [row for row in rows("cloud-regions", "regions") if row["grid_zone"]]
    assert with_zone
    for row in with_zone:
        assert country[row["grid_zone"]] == row["country"], row["region"]


def test_the_discount_bands_follow_each_other_and_fall():
    bands = rows("uk-discount-rates", "rates")
    for before, after in itertools.pairwise(bands):
        assert int(after["year_from"]) == int(before["year_to"]) + 1
        assert all(float(after[c]) < float(before[c]) for c in ("standard_rate", "health_rate", "reduced_rate"))


def test_a_published_median_lies_among_the_published_values_of_its_category():
    """Defaults not made of product reports: the values behind them are shipped. Any server takes a rack's life."""
    published = defaultdict(list)
    for row in rows("device-category-defaults", "published_values"):
        published[row["category"], row["metric"]].append(float(row["value"]))
    checked = 0
    for row in rows("device-category-defaults", "factors"):
        if row["source_id"] == "category-pcf" or row["category"] == "server_any":
            continue
        values = published[row["category"], row["activity"]]
        assert min(values) <= float(row["value"]) <= max(values), row["factor_id"]
        checked += 1
    assert checked > 50


def test_medians_lie_between_their_tenth_and_ninetieth_percentile():
    for row in rows("device-category-defaults", "class_medians"):
        assert float(row["p10"]) <= float(row["median"]) <= float(row["p90"]), row


def _products():
    found = {}
    for row in rows("device-product-footprints", "products"):
        found[row["pcf_id"]] = {**row, "flags": set(row["quality_flags"].split(";")) - {""}}
    return found


PRODUCTS = _products()


def test_a_ninety_fifth_percentile_lends_no_embodied_figure():
    for row in PRODUCTS.values():
        assert (row["statistic"] == "p95") == ("p95_not_mean" in row["flags"]), row["pcf_id"]
        assert not (row["statistic"] == "p95" and row["usable_embodied"] == "true"), row["pcf_id"]


@pytest.mark.parametrize(
    "flag",
    ["implied_grid_factor_outside_0.2_1.0", "total_implausible_for_type", "shares_far_from_1", "share_out_of_range"],
)
def test_a_row_that_cannot_be_right_lends_no_embodied_figure(flag):
    flagged = [row for row in PRODUCTS.values() if flag in row["flags"]]
    assert flagged
    assert all(row["usable_embodied"] == "false" for row in flagged)


def test_a_boundary_of_manufacture_alone_is_flagged():
    for row in PRODUCTS.values():
        if "manufacturing_only_embodied" in row["flags"]:
            assert row["boundary"] == "manufacture", row["pcf_id"]


def test_a_reissued_report_and_its_elder_name_each_other():
    """HP re-issued its reports with lower totals: EliteBook 840 G7 310 to 160 kg, E24 G4 565 to 250 kg."""
    totals = set()
    for row in PRODUCTS.values():
        for flag in row["flags"]:
            if flag.startswith("reissue_of_"):
                elder = PRODUCTS[flag.removeprefix("reissue_of_")]
                assert f"reissued_as_{row['pcf_id']}" in elder["flags"]
                totals.add((float(elder["total_kg_co2e"]), float(row["total_kg_co2e"])))
    assert {(310, 160), (565, 250)} <= totals


def test_dell_names_of_two_products_are_flagged():
    """Latitude models of 2015 whose names came back in 2024."""
    flagged = {row["model"] for row in PRODUCTS.values() if "name_used_for_two_product_years" in row["flags"]}
    assert flagged == {f"Latitude {n}" for n in (3150, 3350, 3550, 5250, 5450, 5550)}


def test_a_report_without_a_date_says_so():
    for row in PRODUCTS.values():
        assert ("report_date_unknown" in row["flags"]) == (not row["report_year"]), row["pcf_id"]
