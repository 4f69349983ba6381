"""Figures of the organisation's own in the place of published ones: computed with, named, and explained."""

import csv
import json

import duckdb
import pandas as pd
import polars as pl
import pytest

import greendigital as gd
from greendigital.errors import ConfigError

GENERATION = "desnz-2025-electricity-generation"
METER = {"source": "Supplier's letter of 3 May 2025", "reason": "the tariff names its mix"}


def estate(*rows, overrides, period="2025", library=None):
    """Footprint of devices given as (category, manufacturer, model, annual kWh or None)."""
    frame = pl.DataFrame(
        [dict(zip(("category", "manufacturer", "model", "annual_kwh"), row, strict=True)) for row in rows],
        schema={"category": str, "manufacturer": str, "model": str, "annual_kwh": float},
    ).with_columns(country=pl.lit("GBR"), acquired_date=pl.lit("2024-01-01"), planned_life_years=pl.lit(4.0))
    return gd.estimate(frame, period=period, config={"overrides": overrides}, library=library)


def line(result):
    return result.lines.iloc[0].to_dict()


def test_a_factor_of_ones_own_is_computed_with_in_its_own_unit():
    """1,000 kWh at 190 g are 190 kg; losses and well-to-tank stay the published ones."""
    own = {"factor": GENERATION, "value": 190, "unit": "g_co2e/kwh", **METER}
    found = line(estate(("laptop", "", "", 1000.0), overrides=[own]))
    assert found["use_direct_kg_co2e"] == pytest.approx(1000 * 0.190)
    assert found["use_losses_kg_co2e"] == pytest.approx(1000 * 0.01853)
    assert found["override_ids"] == f"override:{GENERATION}"


def test_explain_names_the_override_its_source_reason_and_what_it_replaces():
    result = estate(("laptop", "", "", 1000.0), overrides=[{"factor": GENERATION, "value": 0.19, **METER}])
    told = result.explain(line(result)["line_id"])
    assert f"computed with overrides: override:{GENERATION}" in told
    said = (
        "OVERRIDE: in place of desnz-2025-electricity-generation, 0.177 kg_co2e/kwh; reason: the tariff names its mix"
    )
    assert said in told
    assert "Supplier's letter of 3 May 2025" in told


def test_every_report_repeats_the_source_and_the_reason(tmp_path):
    result = estate(("laptop", "", "", 1000.0), overrides=[{"factor": GENERATION, "value": 0.19, **METER}])
    run = result.write(tmp_path / "run", charts=False)
    (told,) = json.loads((run / "summary.json").read_text(encoding="utf-8"))["overrides"]
    assert (told["factor_id"], told["supersedes"], told["value"]) == (f"override:{GENERATION}", GENERATION, 0.19)
    page = (run / "report.html").read_text(encoding="utf-8")
    for text in (told["source"], told["note"]):
        assert text.startswith("Supplier's letter") or text.endswith("reason: the tariff names its mix")
        assert text.replace("'", "&#39;") in page


def test_a_line_without_an_overridden_factor_says_nothing():
    own = {"factor": "desnz-2024-electricity-generation", "value": 0.19, **METER}
    result = estate(("laptop", "", "", 1000.0), overrides=[own])
    assert line(result)["override_ids"] is None
    (problem,) = [p for p in result.problems if p.code == "override_unused"]
    assert "desnz-2024-electricity-generation" in problem.message


def test_a_factor_that_another_is_made_of_is_named_too():
    """Well-to-tank of the UK is the sum of two published factors: 0.05 + 0.00397 with the first overridden."""
    own = {"factor": "desnz-2025-electricity-wtt-generation", "value": 0.05, **METER}
    found = line(estate(("laptop", "", "", 1000.0), overrides=[own]))
    assert found["use_wtt_kg_co2e"] == pytest.approx(1000 * (0.05 + 0.00397))
    assert found["override_ids"] == "override:desnz-2025-electricity-wtt-generation"


def test_the_figures_of_a_model_take_the_place_of_its_published_ones():
    """Four-year life, one year of service: a quarter of 300 kg; 20 kWh x 0.177."""
    own = {"manufacturer": "Dell", "model": "Latitude 5420", "embodied_kg_co2e": 300, "annual_use_kwh": 20, **METER}
    published = line(estate(("laptop", "Dell", "Latitude 5420", None), overrides=[]))
    assert published["match_level"] in "AB" and published["embodied_basis"] in ("product", "variants")
    found = line(estate(("laptop", "Dell", "Latitude 5420", None), overrides=[own]))
    assert found["match_level"] == "A"
    assert found["embodied_unsplit_kg_co2e"] == pytest.approx(300 / 4)
    assert found["use_direct_kg_co2e"] == pytest.approx(20 * 0.177)
    assert found["override_ids"] == "override:dell-latitude-5420,override:dell-latitude-5420:kwh"
    assert found["embodied_factor_id"] != published["embodied_factor_id"]


def test_a_model_overridden_in_one_figure_keeps_the_other():
    own = {"manufacturer": "Dell", "model": "Latitude 5420", "annual_use_kwh": 20, **METER}
    published = line(estate(("laptop", "Dell", "Latitude 5420", None), overrides=[]))
    found = line(estate(("laptop", "Dell", "Latitude 5420", None), overrides=[own]))
    assert found["embodied_factor_id"] == published["embodied_factor_id"]
    assert found["use_kwh"] == 20


def test_a_model_that_nobody_published_gets_the_figures_given():
    own = {"manufacturer": "Acme", "model": "Slab 9", "category": "tablet", "embodied_kg_co2e": 80, **METER}
    found = line(estate(("", "Acme", "Slab 9", None), overrides=[own]))
    assert (found["match_level"], found["category"]) == ("A", "tablet")
    assert found["embodied_unsplit_kg_co2e"] == pytest.approx(80 / 4)


def test_a_product_of_a_reused_name_needs_no_year_when_it_is_overridden():
    own = {"manufacturer": "Dell", "model": "Latitude 5450", "embodied_kg_co2e": 250, **METER}
    assert line(estate(("laptop", "Dell", "Latitude 5450", None), overrides=[own]))["match_level"] == "A"


def test_a_product_footprint_is_overridden_by_its_id():
    published = line(estate(("laptop", "Apple", "13-inch MacBook Air (M1 CPU) 512GB - 2020", None), overrides=[]))
    assert published["embodied_factor_id"] == "boavizta-0002"
    own = {"factor": "boavizta-0002", "value": 150, **METER}
    found = line(estate(("laptop", "Apple", "13-inch MacBook Air (M1 CPU) 512GB - 2020", None), overrides=[own]))
    assert found["embodied_unsplit_kg_co2e"] == pytest.approx(150 / 4)


def test_an_assumption_without_a_range_keeps_the_ends_of_its_own():
    library = gd.load_library()
    assert library.factor("assumption-cloud-utilisation").value == 0.5
    from greendigital.config import load_config
    from greendigital.factorset import overrides_of

    own = {"factor": "assumption-cloud-utilisation", "value": 0.3, **METER}
    found = library.with_overrides(overrides_of(load_config({"overrides": [own]}))).factor(
        "assumption-cloud-utilisation"
    )
    assert (found.low, found.value, found.high) == (0.1, 0.3, 1)


def test_low_and_high_of_an_override_are_its_5th_and_95th_percentile():
    own = {"factor": GENERATION, "value": 0.2, "low": 0.1, "high": 0.4, **METER}
    found = line(estate(("laptop", "", "", 1000.0), overrides=[own]))
    exact = {"factor": GENERATION, "value": 0.2, **METER}
    narrow = line(estate(("laptop", "", "", 1000.0), overrides=[exact]))
    assert found["use_kg_co2e_high"] > narrow["use_kg_co2e_high"]
    assert found["use_kg_co2e_low"] < narrow["use_kg_co2e_low"]


@pytest.mark.parametrize("kind", ["pandas", "polars", "lazy", "duckdb"])
def test_every_kind_of_frame_names_the_override(kind):
    columns = {"category": ["laptop"] * 2, "country": ["GBR", "FRA"], "annual_kwh": [10.0] * 2, "asset_id": ["a", "b"]}
    sql = "SELECT * FROM (VALUES ('laptop', 'GBR', 10.0, 'a'), ('laptop', 'FRA', 10.0, 'b'))"
    given = {
        "pandas": lambda: pd.DataFrame(columns),
        "polars": lambda: pl.DataFrame(columns),
        "lazy": lambda: pl.LazyFrame(columns),
        "duckdb": lambda: duckdb.sql(f"{sql} AS t(category, country, annual_kwh, asset_id)"),
    }[kind]()
    config = {"overrides": [{"factor": GENERATION, "value": 0.19, **METER}]}
    found = gd.estimate_hardware(given, period="2025", config=config)
    wanted = ["country", "override_ids"]
    if kind == "duckdb":
        rows = [dict(zip(wanted, row, strict=True)) for row in found.select(*wanted).fetchall()]
    else:
        found = found.collect() if kind == "lazy" else found
        rows = found[wanted].to_dict("records") if kind == "pandas" else found.select(wanted).to_dicts()
    named = {r["country"]: r["override_ids"] for r in rows}
    assert named["GBR"] == f"override:{GENERATION}"
    assert named["FRA"] is None or named["FRA"] != named["FRA"]


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ({"factor": GENERATION, "value": 0.1}, "overrides.0.source: the key is missing. Add it."),
        ({**METER, "factor": GENERATION}, 'an override of a factor needs "value"'),
        ({**METER, "value": 1}, 'needs either "factor", an id, or "manufacturer" and "model"'),
        ({**METER, "model": "X", "embodied_kg_co2e": 1}, 'an override of a model needs "manufacturer"'),
        ({**METER, "manufacturer": "A", "model": "X"}, 'one of "embodied_kg_co2e"'),
        ({**METER, "factor": GENERATION, "value": 1, "low": 2}, "1 lies outside 2 to 1: let low <= value <= high"),
        ({**METER, "factor": GENERATION, "value": -1}, 'overrides.0.value: "-1" must be at least 0.'),
        ({**METER, "factor": GENERATION, "value": 1, "vlaue": 2}, 'Did you mean "value"?'),
    ],
)
def test_a_mistaken_override_is_refused_in_one_sentence(own, told):
    with pytest.raises(ConfigError) as refused:
        estate(("laptop", "", "", 1000.0), overrides=[own])
    assert told in str(refused.value)


def test_a_unit_of_another_kind_is_refused_with_the_one_that_is_wanted():
    own = {"factor": GENERATION, "value": 0.19, "unit": "kg_co2e/t", **METER}
    with pytest.raises(ConfigError, match=r"Write kg_co2e/kwh, and the value in it\."):
        estate(("laptop", "", "", 1000.0), overrides=[own])


def test_two_overrides_of_one_thing_are_refused():
    own = {"factor": GENERATION, "value": 0.19, **METER}
    with pytest.raises(ConfigError, match="given twice"):
        estate(("laptop", "", "", 1000.0), overrides=[own, own])
    model = {"manufacturer": "A", "model": "X", "mass_kg": 1, **METER}
    with pytest.raises(ConfigError, match="given twice"):
        estate(("laptop", "", "", 1000.0), overrides=[model, {**model, "model": "x"}])


def make_set(folder, name, rows, **package):
    """A small factor set of ones own; rows are of the long schema."""
    folder = folder / name
    folder.mkdir(parents=True)
    columns = ["factor_id", "activity", "value", "unit", "basis", "region", "valid_from", "valid_to", "data_year"]
    columns += ["detail", "source_id", "supersedes", "note"]
    numeric = {"value": "by row", "data_year": "1"}
    fields = [{"name": c, "type": "string"} for c in columns]
    for field in fields:
        if field["name"] in numeric:
            field.update(type="integer" if field["name"] == "data_year" else "number", unit=numeric[field["name"]])
    document = {
        "name": name,
        "title": "A set of ours",
        "version": "1",
        "licenses": [{"name": "CC0-1.0", "title": "CC0 1.0"}],
        "sources": [{"title": "ours", "publisher": "us"}],
        "resources": [
            {
                "name": "factors",
                "path": "factors.csv",
                "activities": sorted({row["activity"] for row in rows}),
                "schema": {"fields": fields},
            }
        ],
        **package,
    }
    (folder / "datapackage.json").write_text(json.dumps(document), encoding="utf-8")
    (folder / "sources.csv").write_text(
        "source_id,publisher,title,year,url,licence\nours,us,Our meters,2025,,CC0 1.0\n", encoding="utf-8"
    )
    with (folder / "factors.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, columns)
        writer.writeheader()
        writer.writerows({"source_id": "ours", **row} for row in rows)
    return folder


def generation(year, value, **more):
    return {
        "factor_id": f"ours-{year}",
        "activity": "electricity_generation",
        "detail": "UK electricity",
        "value": value,
        "unit": "kg_co2e/kwh",
        "basis": "direct",
        "region": "GBR",
        "valid_from": f"{year}-01-01",
        "valid_to": f"{year}-12-31",
        **more,
    }


def test_a_set_given_beside_replaces_by_supersedes_and_the_line_says_so(tmp_path):
    folder = make_set(tmp_path, "ours", [generation(2025, 0.15, supersedes=GENERATION, note="our meters")])
    result = estate(("laptop", "", "", 1000.0), overrides=[], library=gd.load_library([folder]))
    assert line(result)["use_direct_kg_co2e"] == pytest.approx(1000 * 0.15)
    assert line(result)["override_ids"] == "ours-2025"
    said = "OVERRIDE: in place of desnz-2025-electricity-generation, 0.177 kg_co2e/kwh (uk-conversion-factors); reason:"
    assert said in result.explain(line(result)["line_id"])


def test_a_factor_of_the_same_thing_and_time_replaces_without_being_told_to(tmp_path):
    folder = make_set(tmp_path, "ours", [generation(2025, 0.15)])
    result = estate(("laptop", "", "", 1000.0), overrides=[], library=gd.load_library([folder]))
    assert line(result)["override_ids"] == "ours-2025"
    assert line(result)["use_direct_kg_co2e"] == pytest.approx(1000 * 0.15)


def test_the_set_given_last_wins(tmp_path):
    first = make_set(tmp_path, "first", [generation(2025, 0.15)])
    second = make_set(tmp_path, "second", [generation(2025, 0.16, factor_id="second-2025")])
    result = estate(("laptop", "", "", 1000.0), overrides=[], library=gd.load_library([first, second]))
    assert line(result)["use_direct_kg_co2e"] == pytest.approx(1000 * 0.16)


def test_a_newer_edition_is_no_override_and_leaves_a_past_report_as_it_was(tmp_path):
    folder = make_set(tmp_path, "ours", [generation(2027, 0.12)])
    library = gd.load_library([folder])
    later = estate(("laptop", "", "", 1000.0), overrides=[], period="2027", library=library)
    assert line(later)["use_direct_kg_co2e"] == pytest.approx(1000 * 0.12)
    assert line(later)["override_ids"] is None
    now, then = (
        estate(("laptop", "", "", 1000.0), overrides=[], period="2023", library=held) for held in (None, library)
    )
    assert now.lines.equals(then.lines)
    assert now.summary == then.summary
    assert now.factors_used == then.factors_used


def test_a_life_cycle_factor_never_gets_losses_and_well_to_tank_added(tmp_path):
    """Given as generation it would; the check refuses it before it is used."""
    folder = make_set(tmp_path, "ours", [generation(2025, 0.228, basis="life_cycle")])
    with pytest.raises(gd.GreenDigitalError, match='"life_cycle" is not the basis of electricity_generation'):
        gd.load_library([folder])


def test_a_zone_is_used_for_a_site_that_names_it(tmp_path):
    """Electricity of a zone as consumed there: 1,000 kWh x 250 g; the country's figure without the set."""
    row = {
        "factor_id": "zone-us-cal-2024",
        "activity": "electricity_consumption",
        "value": 250,
        "unit": "g_co2e/kwh",
        "basis": "consumption",
        "region": "US-CAL-CISO",
        "valid_from": "2024-01-01",
        "valid_to": "2024-12-31",
    }
    library = gd.load_library([make_set(tmp_path, "zones", [row])])
    frame = pl.DataFrame({"category": ["laptop"], "site": ["Fresno"], "country": ["USA"], "annual_kwh": [1000.0]})
    config = {"sites": [{"name": "Fresno", "country": "USA", "grid_zone": "US-CAL-CISO"}]}
    found = gd.estimate(frame, period="2024", config=config, library=library)
    assert line(found)["use_life_cycle_kg_co2e"] == pytest.approx(1000 * 0.250)
    assert line(found)["grid_factor_id"] == "zone-us-cal-2024"
    without = gd.estimate(frame, period="2024", config=config)
    assert line(without)["grid_factor_id"] == "ember-usa-2024"
    assert "grid_zone_unknown" in {p.code for p in without.problems}


@pytest.mark.parametrize(
    ("own", "told"),
    [
        (
            {"factor": GENERATION, "value": 190},
            r'190 kg_co2e/kwh is not plausible .* Did you mean unit = "g_co2e/kwh"\?',
        ),
        ({"factor": GENERATION, "value": 190, "unit": "gCO2e/kWh"}, r"Write g_co2e/kwh\."),
        ({"manufacturer": "Dell", "model": "X", "embodied_kg_co2e": 1e6}, "kg_co2e/device is not plausible"),
        ({"manufacturer": "Dell", "model": "X", "annual_use_kwh": 1e6}, r"kwh/device\*year is not plausible"),
    ],
)
def test_a_slip_of_unit_is_refused_with_the_unit_that_was_meant(own, told):
    with pytest.raises(ConfigError, match=told):
        estate(("laptop", "", "", 1000.0), overrides=[{**own, **METER}])


def codes(result):
    return {problem.code for problem in result.problems}


def test_a_figure_ten_times_the_published_one_is_told():
    own = {"manufacturer": "Dell", "model": "Latitude 5420", "embodied_kg_co2e": 5000, **METER}
    assert "override_far_from_published" in codes(estate(("laptop", "Dell", "Latitude 5420", None), overrides=[own]))
    near = {"factor": GENERATION, "value": 0.19, **METER}
    assert "override_far_from_published" not in codes(estate(("laptop", "", "", 1000.0), overrides=[near]))


def test_an_electricity_factor_of_ones_own_in_the_location_based_figure_is_noted():
    own = {"factor": GENERATION, "value": 0.19, **METER}
    result = estate(("laptop", "", "", 1000.0), overrides=[own])
    (note,) = [p for p in result.problems if p.code == "own_electricity_factor"]
    assert "[[instruments]]" in note.remedy


def test_an_override_of_another_year_says_which_factor_the_report_uses():
    own = {"factor": "desnz-2024-electricity-generation", "value": 0.19, **METER}
    result = estate(("laptop", "", "", 1000.0), overrides=[own])
    (problem,) = [p for p in result.problems if p.code == "override_unused"]
    assert problem.remedy == f"This report uses {GENERATION}."


def test_a_model_overridden_without_a_category_keeps_that_of_the_published_one():
    """Intune exports carry no category: the laptop must stay a laptop with its life of four years here."""
    own = {"manufacturer": "Dell", "model": "Latitude 5420", "embodied_kg_co2e": 300, "annual_use_kwh": 20, **METER}
    found = line(estate(("", "Dell", "Latitude 5420", None), overrides=[own]))
    assert (found["category"], found["status"]) == ("laptop", "estimated")
    assert found["embodied_unsplit_kg_co2e"] == pytest.approx(300 / 4)


def test_a_set_that_no_line_uses_is_noted(tmp_path):
    folder = make_set(tmp_path, "ours", [generation(2026, 0.15, supersedes="desnz-2026-electricity-generation")])
    library = gd.load_library([folder])
    assert "set_unused" in codes(estate(("laptop", "", "", 1000.0), overrides=[], library=library))
    assert "set_unused" not in codes(estate(("laptop", "", "", 1000.0), overrides=[], period="2026", library=library))


@pytest.mark.parametrize("region", ["UK", "GBX"])
def test_a_region_that_does_not_exist_is_refused(tmp_path, region):
    folder = make_set(tmp_path, "ours", [generation(2025, 0.15, region=region)])
    with pytest.raises(gd.GreenDigitalError, match=f'"{region}" is no region'):
        gd.load_library([folder])


def test_a_factor_that_supersedes_one_of_another_region_is_refused(tmp_path):
    folder = make_set(tmp_path, "ours", [generation(2025, 0.15, region="FRA", supersedes=GENERATION)])
    with pytest.raises(gd.GreenDigitalError, match="would replace nothing"):
        gd.load_library([folder])


def test_a_figure_without_a_range_is_known_as_well_as_what_it_replaces(tmp_path):
    folder = make_set(tmp_path, "ours", [generation(2025, 0.177, supersedes=GENERATION)])
    own, published = (
        line(estate(("laptop", "", "", 1000.0), overrides=[], library=library))
        for library in (gd.load_library([folder]), None)
    )
    assert own["use_kg_co2e_low"] == pytest.approx(published["use_kg_co2e_low"])


def test_a_uk_site_takes_no_grid_zone_and_says_so():
    frame = pl.DataFrame({"category": ["laptop"], "site": ["Omagh"], "country": ["GBR"], "annual_kwh": [1000.0]})
    config = {"sites": [{"name": "Omagh", "country": "GBR", "grid_zone": "GB-NIR"}]}
    assert "grid_zone_unused" in codes(gd.estimate(frame, period="2024", config=config))


def test_imported_device_figures_are_used_with_their_reason(tmp_path):
    """250 kg over four years and 20 kWh x 0.177, as stated in the table; the reason stands in explain."""
    from greendigital.factorset.imports import read_publication, write_set

    table = tmp_path / "ours.csv"
    table.write_text(
        "manufacturer,model,embodied_kg_co2e,annual_use_kwh\nDell,Latitude 5420,250,20\n", encoding="utf-8"
    )
    draft = read_publication(table, name="ours", source="Dell 2024", reason="newer data sheet", licence="facts cited")
    library = gd.load_library([write_set(draft, tmp_path / "sets")])
    result = estate(("laptop", "Dell", "Latitude 5420", None), overrides=[], library=library)
    assert line(result)["embodied_unsplit_kg_co2e"] == pytest.approx(250 / 4)
    assert line(result)["use_direct_kg_co2e"] == pytest.approx(20 * 0.177)
    assert "reason: newer data sheet" in result.explain(line(result)["line_id"])


def test_the_mass_of_a_model_alone_is_used_for_its_waste():
    """14 kg of mixed WEEE to open-loop recycling in 2025: 4.68568 kg CO2e/t (UK government conversion factors 2025)."""
    own = {"manufacturer": "Dell", "model": "Latitude 5420", "mass_kg": 14, **METER}
    frame = pl.DataFrame(
        {
            "category": ["laptop"],
            "manufacturer": ["Dell"],
            "model": ["Latitude 5420"],
            "acquired_date": ["2023-01-01"],
            "retired_date": ["2025-06-30"],
            "status": ["disposed"],
            "country": ["GBR"],
        }
    )
    found = gd.estimate(frame, period="2025", config={"overrides": [own]})
    assert found.lines["disposal_kg_co2e"].sum() == pytest.approx(14 * 4.68568 / 1000)


def products(folder, name, *rows):
    """A set of device models; rows give manufacturer, model, embodied and yearly energy."""
    from greendigital.factorset.imports import read_publication, write_set

    table = folder / f"{name}.csv"
    text = "".join(",".join(map(str, row)) + "\n" for row in rows)
    table.write_text(f"manufacturer,model,category,embodied_kg_co2e,annual_use_kwh\n{text}", encoding="utf-8")
    draft = read_publication(table, name=name, source="ours", reason="measured", licence="facts cited")
    return write_set(draft, folder / "sets")


def test_a_name_without_a_generation_takes_the_figure_given_for_it(tmp_path):
    name = "14-inch MacBook Pro with 64GB"
    library = gd.load_library([products(tmp_path, "ours", ("Apple", name, "laptop", 150, ""))])
    found = line(estate(("laptop", "Apple", name, None), overrides=[], library=library))
    assert (found["match_level"], found["embodied_unsplit_kg_co2e"]) == ("A", pytest.approx(150 / 4))


def test_two_spellings_of_one_model_are_refused():
    own = {"model": "Latitude 5420", "embodied_kg_co2e": 100, **METER}
    both = [{"manufacturer": "Dell", **own}, {"manufacturer": "Dell Inc.", **own, "embodied_kg_co2e": 400}]
    with pytest.raises(ConfigError, match="mean the same model"):
        estate(("laptop", "Dell", "Latitude 5420", None), overrides=both)


def test_an_assumption_that_does_not_exist_is_refused_with_the_nearest():
    own = {"factor": "assumption-cloud-utilizaton", "value": 0.4, **METER}
    with pytest.raises(gd.GreenDigitalError, match="Did you mean assumption-cloud-utilisation"):
        estate(("laptop", "", "", 1000.0), overrides=[own])


def test_an_overridden_assumption_stands_in_every_report():
    own = {"factor": "assumption-displacement", "value": 0.4, **METER}
    result = estate(("laptop", "", "", 1000.0), overrides=[own])
    assert [o["factor_id"] for o in result.summary["overrides"]] == ["override:assumption-displacement"]


def test_a_chain_of_sets_ends_at_the_last_however_it_is_asked(tmp_path):
    sets = [
        make_set(tmp_path, "a", [generation(2025, 0.15, factor_id="a-2025", supersedes=GENERATION)]),
        make_set(tmp_path, "b", [generation(2025, 0.16, factor_id="b-2025", supersedes="a-2025")]),
        make_set(tmp_path, "c", [generation(2025, 0.14, factor_id="c-2025", supersedes="b-2025")]),
    ]
    library = gd.load_library(sets)
    assert library.factor(GENERATION).value == library.at("electricity_generation", "GBR", 2025)[0].value == 0.14


@pytest.mark.parametrize("first", ["ours-2025", GENERATION])
def test_a_factor_that_supersedes_itself_or_another_year_is_refused(tmp_path, first):
    row = (
        generation(2024, 0.15, supersedes=GENERATION)
        if first == GENERATION
        else generation(2025, 0.15, supersedes=first)
    )
    with pytest.raises(gd.GreenDigitalError, match=r"names itself|would replace nothing"):
        gd.load_library([make_set(tmp_path, "ours", [row])])


def test_a_set_cannot_take_the_name_of_the_overrides(tmp_path):
    with pytest.raises(gd.GreenDigitalError, match="cannot be the name of a set"):
        gd.load_library([make_set(tmp_path, "overrides", [generation(2025, 0.15)])])


def test_generation_of_a_year_without_losses_says_what_is_missing(tmp_path):
    library = gd.load_library([make_set(tmp_path, "ours", [generation(2027, 0.12)])])
    found = line(estate(("laptop", "", "", 1000.0), overrides=[], period="2027", library=library))
    assert (found["status"], found["stages_missing"]) == ("partial", "use_losses,use_wtt")


def test_an_assumption_given_without_a_range_keeps_the_one_it_replaces(tmp_path):
    row = {
        "factor_id": "ours-life",
        "activity": "assumption",
        "detail": "server life years",
        "value": 5,
        "unit": "year",
    }
    folder = make_set(tmp_path, "ours", [{**row, "supersedes": "assumption-server-life-years"}])
    found = gd.load_library([folder]).factor("assumption-server-life-years")
    assert (found.low, found.value, found.high) == (4, 5, 8)
