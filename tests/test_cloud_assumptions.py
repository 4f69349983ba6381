"""What cloud lines assume: each key of [cloud] moves them as it must, is told, and its effect on the total is shown.

Sources of expected values: Teads (2021), measured watts of m5.xlarge: 14.0 at 10 %, 28.2 at 50 %, 39.9 at 100 %;
BoaviztAPI through SPRUCE, 0.91 g CO2e an hour over six years; Sustainable Web Design v4, network segment, 0.059 kWh/GB.
"""

import json
import re

import duckdb
import openpyxl
import pandas as pd
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import greendigital as gd
from greendigital.columns import LINES, names
from greendigital.config import load_config
from greendigital.config_sections import Cloud
from greendigital.estimation.cloud_effects import USAGE_SUMS
from greendigital.estimation.cloud_method import cloud_method
from greendigital.estimation.cloud_tables import ACTIVITY_KEY
from greendigital.estimation.instance_power import fit_instance_power, measured_over_fitted
from greendigital.estimation.tables import RunTables
from greendigital.factorset import load_library
from greendigital.period import parse_period
from tests.test_cloud import BASE, D2S, DISK, GATEWAY, M5, MOVED, mixed

LIBRARY = load_library()
LONDON_PUE = 1.11
FEW = settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(FEW, max_examples=100)
METHODS = ["default", "cloud-carbon-footprint", "boavizta"]
KINDS = [M5, D2S, DISK, MOVED]
ALL_SET = {
    "utilisation": 0.3,
    "pue": {"aws": 1.3},
    "server_life_years": 5,
    "storage_life_years": 7,
    "network": "with_access_networks",
    "power_source": "fitted",
}


def estimate(rows, **cloud):
    frame = pl.DataFrame(rows, infer_schema_length=None)
    found = gd.estimate_cloud(frame, period="2024", library=LIBRARY, config={"cloud": cloud})
    return found.sort("source_row").to_dicts()


def line(usage, **cloud):
    (found,) = estimate([BASE | usage], **cloud)
    return found


def activity(usage, **cloud):
    """What one unit of a usage means; quicker than a whole estimate."""
    tables = RunTables(LIBRARY, parse_period("2024"), load_config({"cloud": cloud}))
    return cloud_method(tables).activity({name: (BASE | usage).get(name, "") for name in ACTIVITY_KEY})


def run_of(rows, **cloud):
    return gd.estimate(usage=pd.DataFrame(rows), period="2024", library=LIBRARY, config={"cloud": cloud})


# --- utilisation ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("utilisation", "watts"), [(0.1, 14.0), (0.3, (14.0 + 28.2) / 2), (0.5, 28.2), (1, 39.9)])
def test_watts_follow_the_measured_curve_to_the_load_given(utilisation, watts):
    found = line(M5, utilisation=utilisation)
    assert found["use_kwh"] == pytest.approx(watts * 720 / 1000 * LONDON_PUE)
    assert found["utilisation_share"] == utilisation


def test_the_ends_of_the_load_stay_the_ends_of_the_range():
    """At 30 % the range still reaches from the watts at 10 % to those at 100 %, and a little beyond."""
    found = line(M5, utilisation=0.3)
    assert found["use_kwh_low"] < 14.0 * 720 / 1000 * LONDON_PUE
    assert found["use_kwh_high"] > 39.9 * 720 / 1000 * LONDON_PUE


TYPES = [M5, D2S, {**M5, "instance_type": "m7g.large"}, {**M5, "instance_type": "g5.xlarge"}]


@MANY
@given(st.sampled_from(TYPES), st.sampled_from(METHODS), st.floats(0.1, 1), st.floats(0.1, 1))
def test_more_utilisation_never_takes_less_energy(usage, method, first, second):
    low, high = sorted((first, second))
    less, more = (activity(usage, method=method, utilisation=u).kwh_per_unit for u in (low, high))
    assert (less is None) == (more is None)
    assert less is None or less <= more * (1 + 1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_more_utilisation_never_gives_fewer_kilograms(method):
    totals = [line(M5, method=method, utilisation=u)["total_kg_co2e"] for u in (0.1, 0.4, 0.7, 1.0)]
    assert totals == sorted(totals) and totals[0] < totals[-1]


def test_utilisation_leaves_embodied_carbon_storage_and_transfer_alone():
    for usage in (DISK, MOVED):
        assert line(usage, utilisation=0.9)["total_kg_co2e"] == line(usage)["total_kg_co2e"]
    assert line(M5, utilisation=0.9)["embodied_unsplit_kg_co2e"] == line(M5)["embodied_unsplit_kg_co2e"]


# --- PUE --------------------------------------------------------------------------------------------------------------


@FEW
@given(st.sampled_from(KINDS), st.floats(1, 5), st.floats(1, 5))
def test_energy_is_proportional_to_the_pue(usage, first, second):
    one, other = (line(usage, pue=pue)["use_kwh"] / pue for pue in (first, second))
    assert one == pytest.approx(other)


def test_a_pue_by_provider_leaves_the_others_their_own():
    aws, azure = estimate([BASE | M5, BASE | D2S], pue={"aws": 1.3})
    assert (aws["pue"], aws["pue_factor_id"]) == (1.3, "config:cloud-pue:aws:eu-west-2")
    assert (azure["pue"], azure["override_ids"]) == (line(D2S)["pue"], None)


# --- lives ------------------------------------------------------------------------------------------------------------


def test_boaviztas_figure_is_spread_over_the_life_given():
    assert line(M5, server_life_years=4)["embodied_unsplit_kg_co2e"] == pytest.approx(0.91 / 1000 * 720 * 6 / 4)


@MANY
@given(st.sampled_from(KINDS), st.sampled_from(METHODS), st.floats(1, 20), st.floats(1, 20))
def test_a_longer_life_never_gives_more_embodied_carbon(usage, method, first, second):
    short, long = sorted((first, second))
    keys = ["server_life_years", "storage_life_years"][: 2 if method == "default" else 1]
    found = [activity(usage, method=method, **dict.fromkeys(keys, years)) for years in (long, short)]
    less, more = (known.embodied_kg_per_unit or 0.0 for known in found)
    assert less <= more * (1 + 1e-12)


def test_the_life_of_drives_does_not_move_servers_nor_that_of_servers_drives():
    assert line(M5, storage_life_years=9)["total_kg_co2e"] == line(M5)["total_kg_co2e"]
    assert line(DISK, server_life_years=9)["total_kg_co2e"] == line(DISK)["total_kg_co2e"]


# --- network ----------------------------------------------------------------------------------------------------------

PATHS = ["internet_out", "inter_region", "inter_az", "internet_in", "cdn_out"]


def test_the_switch_moves_thousand_gb_to_the_internet_from_one_kwh_to_fifty_nine():
    links, whole = (
        line({**MOVED, "quantity": 1000.0}, network=network) for network in ("provider_links", "with_access_networks")
    )
    assert links["use_kwh"] == pytest.approx(1000 * 0.001 * LONDON_PUE)
    assert whole["use_kwh"] == pytest.approx(1000 * 0.059)
    assert (whole["pue"], whole["pue_factor_id"]) == (1.0, None)
    assert whole["network_kg_co2e"] == pytest.approx(links["network_kg_co2e"] * 59 / LONDON_PUE)


@pytest.mark.parametrize("path", ["inter_region", "inter_az"])
def test_a_transfer_inside_the_provider_has_no_access_networks(path):
    usage = {**MOVED, "transfer_path": path}
    assert line(usage, network="with_access_networks")["use_kwh"] == line(usage)["use_kwh"]


@pytest.mark.parametrize("path", ["ignored_inbound", "processed"])
def test_the_far_side_of_a_transfer_stays_counted_elsewhere_with_access_networks(path):
    found = line({**MOVED, "transfer_path": path}, network="with_access_networks")
    assert (found["status"], found["reason_code"]) == ("excluded", "counted_elsewhere")


@pytest.mark.parametrize("path", PATHS)
def test_more_networks_never_give_fewer_kilograms(path):
    usage = {**MOVED, "transfer_path": path}
    assert line(usage, network="with_access_networks")["total_kg_co2e"] >= line(usage)["total_kg_co2e"]


def test_what_is_not_covered_names_access_networks_only_where_they_are_left_out():
    sentences = [
        " ".join(run_of([BASE | MOVED], network=network).summary_parts()["not_covered"])
        for network in ("provider_links", "with_access_networks")
    ]
    assert ["access networks" in s for s in sentences] == [True, False]


# --- power source -----------------------------------------------------------------------------------------------------


def test_the_fit_gives_the_watts_of_measured_types_where_it_is_asked_for():
    """k x 4 vCPU x (0.5348 + 4.1485) / 2 W of Skylake + m x (16 - 4 x 1.143) GB, with k and m of the fit."""
    fit = fit_instance_power(LIBRARY)
    watts = fit.k * 4 * (0.5348 + 4.1485) / 2 + fit.m * (16 - 4 * 1.143)
    found = line(M5, power_source="fitted")
    assert found["use_basis"] == "instance_fitted"
    assert found["use_kwh"] == pytest.approx(watts * 720 / 1000 * LONDON_PUE)


def test_a_type_that_the_fit_cannot_give_keeps_its_measured_curve():
    """No watts of an Inferentia chip are published, so that the fit would be far too low."""
    found = line({**M5, "instance_type": "inf1.xlarge"}, power_source="fitted")
    assert found["use_basis"] == "instance_measured"


def test_modelled_watts_agree_with_measured_ones_on_families_not_fitted():
    """Teads' measured types of every other family, which the fit never saw."""
    ratios = sorted(measured_over_fitted(LIBRARY))
    middle, low, high = (ratios[round(q * (len(ratios) - 1))] for q in (0.5, 0.1, 0.9))
    print(f"measured over modelled watts, {len(ratios)} types: median {middle:.3f}, p10 {low:.3f}, p90 {high:.3f}")
    assert len(ratios) >= 100
    assert 0.8 <= middle <= 1.25


# --- never silent -----------------------------------------------------------------------------------------------------


def test_every_figure_given_is_listed_among_the_overrides_with_what_it_replaces():
    summary = run_of([BASE | M5, BASE | DISK], **ALL_SET).summary
    listed = {o["factor_id"]: o for o in summary["overrides"]}
    assert {(i, o["set"], o["supersedes"], o["value"]) for i, o in listed.items()} == {
        ("config:cloud-utilisation", "config", "assumption-cloud-utilisation", 0.3),
        ("config:cloud-server-life-years", "config", "assumption-server-life-years", 5),
        ("config:cloud-storage-life-years", "config", "assumption-storage-life-years", 7),
        ("config:cloud-pue:aws:eu-west-2", "config", "pue:aws:eu-west-2:2024", 1.3),
    }
    assert all("configuration" in o["source"] for o in listed.values())


def test_every_line_names_the_figures_of_the_configuration_it_rests_on():
    compute, disk, moved = estimate([BASE | M5, BASE | DISK, BASE | MOVED], **ALL_SET)
    assert compute["override_ids"].split(",") == [
        "config:cloud-pue:aws:eu-west-2", "config:cloud-server-life-years", "config:cloud-utilisation",
    ]  # fmt: skip
    assert disk["override_ids"].split(",") == ["config:cloud-pue:aws:eu-west-2", "config:cloud-storage-life-years"]
    assert moved["override_ids"] is None


def test_a_choice_in_words_is_told_in_a_note():
    run = run_of([BASE | M5], network="with_access_networks", power_source="fitted")
    told = [p.message for p in run.problems if p.code == "cloud_choice"]
    assert len(told) == 2
    assert '"network"' in told[0] and '"power_source"' in told[1]


def test_nothing_is_told_of_cloud_where_there_is_no_cloud_line():
    assets = pd.DataFrame([{"category": "laptop", "country": "GBR"}])
    run = gd.estimate(assets, period="2024", library=LIBRARY, config={"cloud": ALL_SET})
    assert not [p for p in run.problems if p.code == "cloud_choice"]
    assert (run.summary["overrides"], run.summary["assumptions"]) == ([], [])


def test_explain_says_what_a_figure_of_the_configuration_replaces():
    told = run_of([BASE | M5], utilisation=0.3, pue=1.3).explain("dataframe:2")
    assert "at 30% utilisation" in told
    assert "in place of pue:aws:eu-west-2:2024, 1.11 ratio; pue of [cloud]" in told
    assert "0.3 share (config:cloud-utilisation)" in told


def test_without_a_section_nothing_changes_and_nothing_is_derived():
    (plain,) = gd.estimate_cloud(pd.DataFrame([BASE | M5]), period="2024", library=LIBRARY).to_dict("records")
    found = line(M5)
    assert found["total_kg_co2e"] == plain["total_kg_co2e"]
    assert found["energy_factor_id"] == "instance:aws:m5.xlarge:watts"


def test_a_written_run_keeps_the_section_and_can_be_read_back(tmp_path):
    run = run_of([BASE | M5], **ALL_SET)
    back = gd.read_run(run.write(tmp_path / "run"))
    assert back.config.cloud == load_config({"cloud": ALL_SET}).cloud
    assert back.assumptions == []


# --- engines ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cloud", [ALL_SET, {"method": "cloud-carbon-footprint"}, {"method": "boavizta"}])
def test_engines_agree_whatever_is_assumed(cloud):
    rows = [{"source_id": "bill.csv", "source_row": i + 2, **row} for i, row in enumerate(mixed())]
    config = {"cloud": cloud}
    connection = duckdb.connect()
    connection.register("bill", pd.DataFrame(rows))
    on_duckdb = gd.estimate_cloud(
        connection.table("bill"), period="2024", connection=connection, library=LIBRARY, config=config
    )
    frames = [
        gd.estimate_cloud(pd.DataFrame(rows), period="2024", library=LIBRARY, config=config),
        pd.DataFrame(on_duckdb.fetchall(), columns=on_duckdb.columns),
    ]
    expected = estimate(rows, **cloud)
    for frame in frames:
        found = frame.sort_values("source_row").to_dict("records")
        assert len(found) == len(expected)
        for first, second in zip(expected, found, strict=True):
            for column in (c.name for c in LINES if c.kind == "float"):
                value = None if pd.isna(second[column]) else second[column]
                assert value == (None if first[column] is None else pytest.approx(first[column], rel=1e-12)), column


# --- the effect of each assumption ------------------------------------------------------------------------------------


CORRECTION = {**BASE, **M5, "quantity": -200.0, "list_cost": -30.0}
WITHOUT_REGION = {**BASE, **M5, "region": "", "list_cost": 20.0}
WITHOUT_QUANTITY = {**BASE, "quantity_kind": "instance_hours", "instance_type": "m5.xlarge", "list_cost": 3.0}
BILL = [*mixed(), CORRECTION, WITHOUT_REGION, WITHOUT_QUANTITY, {**BASE, **GATEWAY, "list_cost": None}]
"""Fallback by cost, corrections, lines of which only the embodied carbon is known, and lines that nothing prices."""


def central(rows, **cloud):
    return sum(found["total_kg_co2e"] or 0.0 for found in estimate(rows, **cloud))


def effects(run):
    return {(a["name"], o["value"]): o for a in run.assumptions for o in a["alternatives"]}


@pytest.fixture(scope="module")
def bill():
    return run_of(BILL)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("utilisation", 0.1),
        ("utilisation", 1.0),
        ("server_life_years", 8),
        ("storage_life_years", 4),
        ("network", "with_access_networks"),
        ("power_source", "fitted"),
        ("method", "cloud-carbon-footprint"),
    ],
)
def test_each_effect_is_what_a_run_under_the_other_value_gives(bill, name, value):
    found, reported, other = effects(bill)[name, value], central(BILL), central(BILL, **{name: value})
    assert found["central"] == pytest.approx(other, rel=1e-9)
    assert found["change"] == pytest.approx(other - reported, rel=1e-6)
    assert abs(found["change"]) > 1e-6


def test_an_effect_says_what_of_it_is_estimated_from_cost(bill):
    """As many kilograms as a run of the preset has from cost, by the body of the estimation."""
    found = effects(bill)["method", "cloud-carbon-footprint"]
    lines = estimate(BILL, method="cloud-carbon-footprint")
    assert found["fallback_kg_co2e"] == pytest.approx(sum(of["fallback_kg_co2e"] or 0.0 for of in lines), rel=1e-9)
    assert found["fallback_kg_co2e"] > 0


def test_lines_that_a_preset_has_no_figure_for_are_counted_and_told(tmp_path):
    """A function's memory has no figure in Cloud Carbon Footprint: the line takes the ratio of the others."""
    function = {**BASE, "quantity_kind": "gb_hours", "instance_type": "lambda", "quantity": 5.0, "list_cost": 9.0}
    run = run_of([*mixed(), function])
    found = effects(run)["method", "cloud-carbon-footprint"]
    at_the_end = estimate([*mixed(), function], method="cloud-carbon-footprint")[-1]
    assert (at_the_end["status"], found["lines_without_figure"]) == ("fallback", 1)
    assert found["without_figure_kg_co2e"] == pytest.approx(at_the_end["fallback_kg_co2e"])
    page = (run.write(tmp_path / "run", charts=False) / "report.html").read_text(encoding="utf-8")
    assert "Method cloud-carbon-footprint has no figure for 1 line that this report estimates physically" in page


def test_effects_start_from_what_the_configuration_gives():
    run = run_of(mixed(), **ALL_SET)
    found = {a["name"]: a for a in run.assumptions}
    assert [o["value"] for o in found["utilisation"]["alternatives"]] == [0.1, 0.5, 1]
    assert found["utilisation"]["source"] == "the organisation's configuration file"
    assert [o["value"] for o in found["network"]["alternatives"]] == ["provider_links"]
    other = central(mixed(), **{**ALL_SET, "utilisation": 0.5})
    assert effects(run)["utilisation", 0.5]["central"] == pytest.approx(other, rel=1e-9)


def test_the_pue_shown_is_the_mean_of_the_energy_and_its_ends_are_published():
    run = run_of([BASE | M5, BASE | D2S])
    pue = next(a for a in run.assumptions if a["name"] == "pue")
    lines = run.lines
    mean = lines["use_kwh"].sum() / (lines["use_kwh"] / lines["pue"]).sum()
    assert pue["value"] == pytest.approx(mean)
    rows = LIBRARY.table("cloud-pue", "pue")
    ends = [{p: end(r["pue"] for r in rows if r["provider"] == p) for p in ("aws", "azure")} for end in (min, max)]
    assert [o["value"] for o in pue["alternatives"]] == [f"aws {e['aws']:g}, azure {e['azure']:g}" for e in ends]
    assert pue["alternatives"][1]["central"] == pytest.approx(central([BASE | M5, BASE | D2S], pue=ends[1]))


def test_every_key_of_the_section_has_its_row(bill):
    assert {a["name"] for a in bill.assumptions} == set(Cloud.model_fields)
    for assumption in bill.assumptions:
        assert assumption["source"] and assumption["alternatives"], assumption["name"]


@pytest.mark.parametrize("method", ["cloud-carbon-footprint", "boavizta"])
def test_a_preset_shows_the_assumptions_that_mean_something_to_it(method):
    run = run_of(mixed(), method=method)
    assert [a["name"] for a in run.assumptions] == ["method", "utilisation", "pue", "server_life_years"]
    assert effects(run)["method", "default"]["central"] == pytest.approx(central(mixed()), rel=1e-9)


def test_usage_is_told_apart_by_columns_that_the_lines_have():
    assert set(USAGE_SUMS) - set(names(LINES)) == {"storage_class", "transfer_path", "load_state"}


def test_the_report_and_the_workbook_show_each_assumption_with_its_effect(tmp_path):
    run = run_of(mixed(), utilisation=0.3)
    folder = run.write(tmp_path / "run", charts=False)
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    page = (folder / "report.html").read_text(encoding="utf-8")
    table = re.search(r'<table id="assumptions">.*?</table>', page, flags=re.DOTALL)[0]
    shown = [float(kg) for kg in re.findall(r'data-kg="([^"]+)"', table)]
    expected = [o[k] for a in summary["assumptions"] for o in a["alternatives"] for k in ("central", "change")]
    kinds = ("central", "fallback_kg_co2e", "change")
    assert shown == pytest.approx([o[k] for a in summary["assumptions"] for o in a["alternatives"] for k in kinds])
    assert "30%" in table and "Mean load of a vCPU" in table
    assert 'href="#s-assume"' in page
    sheet = openpyxl.load_workbook(folder / "report.xlsx")["Assumptions"]
    cells = [(row[4], row[5]) for row in sheet.iter_rows(min_row=5, values_only=True)]
    assert [v for pair in cells for v in pair] == pytest.approx(expected)


def test_a_report_of_devices_alone_has_no_such_section(tmp_path):
    run = gd.estimate(pd.DataFrame([{"category": "laptop", "country": "GBR"}]), period="2024", library=LIBRARY)
    folder = run.write(tmp_path / "run", charts=False)
    assert "s-assume" not in (folder / "report.html").read_text(encoding="utf-8")
    assert "Assumptions" not in openpyxl.load_workbook(folder / "report.xlsx").sheetnames
