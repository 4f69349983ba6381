"""Reuse and recycling: batches, notes, declaration, sanitisation, shares, avoided manufacture. All rows are made up."""

import csv
import dataclasses
import io
import math
from datetime import date

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import greendigital as gd
from greendigital.columns import DISPOSAL_ROUTES, REUSE_ROUTES
from greendigital.documents.waste import WasteDocument
from greendigital.estimation.hardware_tables import waste_factor
from greendigital.factorset import load_library
from greendigital.inventory.disposals import DisposalRecord
from greendigital.period import parse_period
from greendigital.waste import ROUTES, rank_of
from greendigital.waste.batches import batches_of
from greendigital.waste.notes import NEEDED, missing_of
from greendigital.waste.records import Disposal
from greendigital.waste.shares import shares_by_year, shares_of_period

ASSET = {"category": "laptop", "quantity": "1", "acquired_date": "2021-04-01", "status": "in_use"}
FULL = {
    "disposal_date": "2024-06-01",
    "disposal_route": "recycle",
    "mass_kg": "2",
    "carrier": "Carrier Ltd",
    "transfer_note_id": "N1",
    "facility": "Site",
    "hazardous": "no",
    "sanitisation": "destroy",
}
PERIOD = parse_period("2024-25")


@pytest.fixture
def report(tmp_path):
    """The key ``waste`` of a run over assets and disposals, given as dictionaries; A0, A1, ... name them in turn."""

    def run(assets, disposals, period="2024-25", config=None):
        given = {"assets": [{"asset_id": f"A{i}", **ASSET, **a} for i, a in enumerate(assets)]}
        if disposals:
            given["disposals"] = [{"asset_id": f"A{i}", **d} for i, d in enumerate(disposals)]
        paths = []
        for name, rows in given.items():
            text = io.StringIO()
            columns = list(dict.fromkeys(key for row in rows for key in row))
            if name == "disposals":
                columns = list(dict.fromkeys([*columns, "disposal_date", "disposal_route"]))
            writer = csv.DictWriter(text, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)
            paths.append(tmp_path / f"{name}.csv")
            paths[-1].write_text(text.getvalue(), encoding="utf-8")
        return gd.estimate(gd.read_inventory(*paths, config=config), period=period, config=config)

    return run


def disposal(*considered, items=1.0, mass=2.0, **cells):
    """A disposal of laptops that lacks nothing but what is given as None."""
    given = {**FULL, "disposal_date": date(2024, 6, 1), "mass_kg": mass, "hazardous": False, **cells}
    record = DisposalRecord("d:2", "d", 2, **given, asset_line_id="a:2")
    return Disposal(record, "laptop", items, mass, "record", "destroy", considered)


def batch_of(*disposals):
    (batch,) = batches_of(disposals, PERIOD)
    return batch


def shares(part):
    return {r["route"]: (r["items"], r["mass_kg"]) for r in part["routes"] if r["items"]}


def test_without_disposals_and_retired_assets_there_is_no_waste_no_section_and_no_sheet(report, tmp_path):
    run = report([{}], [])
    assert run.summary["waste"] is None
    folder = run.write(tmp_path / "run", charts=False)
    assert "s-waste" not in (folder / "report.html").read_text(encoding="utf-8")
    sheets = openpyxl.load_workbook(folder / "report.xlsx", read_only=True).sheetnames
    assert not {"Disposals", "Waste shares", "Sanitisation gate"} & set(sheets)


def test_retired_assets_without_a_disposals_table_are_told(report, tmp_path):
    retired = {"status": "retired", "retired_date": "2024-05-01"}
    run = report([{}, retired, {**retired, "category": "monitor", "quantity": "3"}], [])
    waste = run.summary["waste"]
    assert waste["records"] == 0
    assert waste["without_record"] == {
        "items": 4,
        "by_category": [{"category": "monitor", "items": 3}, {"category": "laptop", "items": 1}],
    }
    assert waste["by_year"] == []
    page = (run.write(tmp_path / "run", charts=False) / "report.html").read_text(encoding="utf-8")
    assert "No disposals table was given. 4 devices retired or disposed of on the device list without a record" in page


def test_what_left_together_is_one_batch_and_another_note_is_another(report):
    disposals = [FULL, FULL, {**FULL, "mass_kg": ""}, {**FULL, "transfer_note_id": "N2", "income_gbp": "12.5"}]
    waste = report([{}, {"category": "monitor", "quantity": "4"}, {}, {}], disposals).waste
    first, second = waste["batches"]
    assert (first["transfer_note_id"], first["records"], first["items"]) == ("N1", 3, 1 + 4 + 1)
    laptop = load_library().factor("category-laptop-mass").value
    assert first["mass_kg"] == pytest.approx(2 + 4 * 2 + laptop)
    assert first["categories"] == [{"category": "monitor", "items": 4}, {"category": "laptop", "items": 2}]
    assert (first["income_gbp"], second["income_gbp"]) == (None, 12.5)


def test_the_mass_is_the_record_s_else_the_asset_s_else_the_category_s_and_it_is_said_which(report):
    disposals = [FULL, {**FULL, "mass_kg": ""}, {**FULL, "mass_kg": ""}]
    waste = report([{"mass_kg": "5"}, {"mass_kg": "3"}, {}], disposals).waste
    category = load_library().factor("category-laptop-mass").value
    assert waste["mass_from"] == [
        {"mass_from": "record", "items": 1, "mass_kg": 2},
        {"mass_from": "asset", "items": 1, "mass_kg": 3},
        {"mass_from": "category", "items": 1, "mass_kg": category},
    ]


def test_a_mass_stands_also_for_a_device_that_left_before_the_period(report):
    waste = report([{}], [{**FULL, "disposal_date": "2022-06-01", "mass_kg": ""}]).waste
    assert waste["mass_kg"] == load_library().factor("category-laptop-mass").value


def test_a_mass_that_nothing_gives_is_unknown_and_not_zero(report):
    waste = report([{"category": "other"}], [{**FULL, "mass_kg": ""}]).waste
    assert (waste["mass_kg"], waste["items_without_mass"]) == (None, 1)
    assert shares(waste["period"]) == {"recycle": (1, None)}
    assert [m["field"] for m in waste["batches"][0]["missing"]] == ["mass_kg", "declaration"]


def test_an_unmatched_record_counts_as_one_item_and_is_told(report):
    run = report([{}], [{**FULL, "asset_id": "A9"}])
    waste = run.waste
    assert (waste["unmatched_records"], waste["items"], waste["mass_kg"]) == (1, 1, 2)
    assert waste["batches"][0]["categories"] == [{"category": None, "items": 1}]
    assert "category" in [m["field"] for m in waste["batches"][0]["missing"]]
    assert [d.asset_line_id for d in run.disposals] == [""]


def test_a_record_that_a_later_row_replaces_counts_once(report):
    twice = [FULL, {**FULL, "asset_id": "A0", "disposal_route": "donation", "mass_kg": "3"}]
    waste = report([{}], twice).waste
    assert (waste["records"], waste["replaced_records"], waste["items"], waste["mass_kg"]) == (2, 1, 1, 3)
    assert shares(waste["period"]) == {"donation": (1, 3)}


def test_an_asset_in_two_disposals_tables_counts_once(tmp_path):
    (tmp_path / "assets.csv").write_text("asset_id,category\nA0,laptop\n", encoding="utf-8")
    for name in ("first", "second"):
        text = f"asset_id,disposal_date,disposal_route,carrier\nA0,2024-06-01,recycle,{name}\n"
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    assets = gd.read_inventory(*(tmp_path / f"{name}.csv" for name in ("assets", "first", "second")))
    assert [(d.carrier, d.is_replaced) for d in assets.disposals] == [("first", True), ("second", False)]
    (problem,) = [p for p in assets.problems if p.code == "disposal_twice"]
    assert "in row 2 of first.csv already" in problem.message


def test_years_run_from_april_and_those_outside_the_period_are_marked(report):
    days = ["2023-03-31", "2023-04-01", "2024-04-01", "2025-03-31", ""]
    waste = report([{}] * 5, [{**FULL, "disposal_date": day} for day in days]).waste
    assert [(y["label"], y["in_period"], y["items"]) for y in waste["by_year"]] == [
        ("2022-23", "no", 1),
        ("2023-24", "no", 1),
        ("2024-25", "yes", 2),
        (None, None, 1),
    ]
    assert (waste["period"]["items"], waste["undated_records"]) == (2, 1)


def test_a_calendar_year_holds_its_financial_years_in_part(report):
    waste = report([{}, {}], [FULL, {**FULL, "disposal_date": "2024-03-01"}], period="2024").waste
    assert [(y["label"], y["in_period"]) for y in waste["by_year"]] == [("2023-24", "in part"), ("2024-25", "in part")]
    assert waste["period"]["items"] == 2


def test_shares_are_of_items_and_of_the_mass_that_is_known(report):
    routes = ["recycle", "resale", "landfill", "recycle"]
    masses = ["1", "2", "5", "2"]
    disposals = [{**FULL, "disposal_route": r, "mass_kg": m} for r, m in zip(routes, masses, strict=True)]
    found = {r["route"]: r for r in report([{}] * 4, disposals).waste["period"]["routes"]}
    assert list(found) == ["reuse", "resale", "donation", "recycle", "recovery", "landfill"]
    assert (found["recycle"]["share_of_items"], found["recycle"]["share_of_mass"]) == (2 / 4, (1 + 2) / 10)
    assert (found["resale"]["share_of_items"], found["landfill"]["share_of_mass"]) == (1 / 4, 5 / 10)
    assert (found["donation"]["items"], found["donation"]["share_of_items"]) == (0, 0)


@pytest.mark.parametrize(("period", "landfill_reads_lower"), [("2019", True), ("2024", False)])
def test_landfill_ranks_below_recycling_whatever_the_waste_factors_of_the_year(report, period, landfill_reads_lower):
    """UK conversion factors, WEEE - mixed, kg CO2e/t: 2019 21.3538 recycled and 8.9864 in landfill; 2024 6.41061 and
    8.88386: ranked by them, the answer of 2019 would be landfill."""
    part = parse_period(period).parts[0]
    recycled, buried = (waste_factor(load_library(), part, route) for route in ("recycle", "landfill"))
    assert (buried.value < recycled.value) is landfill_reads_lower
    assert rank_of("recycle") < rank_of("recovery") < rank_of("landfill")
    day = f"{period}-06-01"
    disposals = [{**FULL, "disposal_date": day, "disposal_route": r} for r in ("landfill", "recycle")]
    run = report([{"acquired_date": "2018-04-01"}] * 2, disposals, period=period)
    routes = [r["route"] for r in run.waste["period"]["routes"]]
    assert routes.index("recycle") < routes.index("landfill")
    kilograms = 2 * (recycled.value + buried.value) / 1000
    assert run.waste["emissions"]["total"]["central"] == pytest.approx(kilograms)
    assert "never rank routes" in run.waste["emissions"]["note"]
    assert {a.action for a in run.advice}.isdisjoint({"landfill", "recovery"})


def test_every_route_has_its_place_in_the_hierarchy():
    assert sorted(ROUTES) == sorted(DISPOSAL_ROUTES)
    assert {rank_of(route) for route in REUSE_ROUTES} == {2}


@pytest.mark.parametrize("name", ["carrier", "transfer_note_id", "facility", "hazardous", "disposal_date"])
def test_what_a_note_lacks_is_listed(name):
    assert batch_of(disposal("grade"))["missing"] == []
    batch = batch_of(disposal("grade", **{name: None}))
    assert [(m["field"], m["records"]) for m in batch["missing"]] == [(name, 1)]


def test_what_a_note_lacks_is_counted_by_record():
    lacking = disposal("grade", mass=None)
    missing = batch_of(disposal("grade"), lacking, lacking)["missing"]
    assert [(m["field"], m["records"]) for m in missing] == [("mass_kg", 2)]


def test_what_goes_on_for_reuse_needs_no_facility():
    assert batch_of(disposal(disposal_route="resale", facility=None))["missing"] == []


@pytest.mark.parametrize(
    ("flags", "said", "asks_code", "asks_part_b"),
    [
        ([False, False], "no", True, False),
        ([True, True], "yes", False, True),
        ([True, False], "in part", True, True),
        ([None, False], "unknown", True, True),
    ],
)
def test_hazardous_waste_needs_a_consignment_note_and_other_waste_a_transfer_note(flags, said, asks_code, asks_part_b):
    """Waste (England and Wales) Regulations 2011, regulation 35(2): codes, SIC code and the carrier's registration
    number; consignment note: parts A to E (Environment Agency, Natural Resources Wales)."""
    batch = batch_of(*(disposal(hazardous=flag) for flag in flags))
    assert batch["hazardous"] == said
    asked = " ".join(batch["add_by_person"])
    assert ("SIC code" in asked) is asks_code
    assert ("part B" in asked) is asks_part_b
    assert "registration number" in asked


@pytest.mark.parametrize("route", REUSE_ROUTES)
def test_the_hierarchy_is_declared_as_applied_to_what_went_on_for_reuse(route):
    declaration = batch_of(disposal(disposal_route=route))["declaration"]
    assert declaration["can_be_signed"] is True
    assert "I confirm that the duty to apply the waste hierarchy in regulation 12" in declaration["text"]


@pytest.mark.parametrize("route", REUSE_ROUTES)
def test_nothing_is_declared_of_what_went_on_without_a_sanitisation_status(route):
    unwiped = dataclasses.replace(disposal(disposal_route=route), sanitisation=None)
    declaration = batch_of(disposal(disposal_route=route), unwiped)["declaration"]
    assert declaration["can_be_signed"] is False
    assert declaration["text"].endswith("Find the sanitisation certificate of 1 item first.")


def test_recycling_is_declared_where_the_device_list_shows_that_reuse_was_considered(report):
    assets = [{"status": "faulty"}, {"repair_quote_gbp": "300"}, {"grade": "D"}]
    batches = report(assets, [{**FULL, "transfer_note_id": f"N{i}"} for i in range(3)]).waste["batches"]
    for batch, words in zip(batches, ("1 with a fault", "1 with a quote for repair", "1 with a grade"), strict=True):
        assert batch["declaration"]["can_be_signed"] is True
        assert f"Reuse was considered first: {words}." in batch["declaration"]["text"]


def test_recycling_is_not_declared_where_nothing_shows_that_reuse_was_considered():
    """Destroyed storage is no sign of it."""
    declaration = batch_of(disposal(items=3.0), disposal("grade"))["declaration"]
    assert (declaration["can_be_signed"], declaration["items"], declaration["items_shown"]) == (False, 4, 1)
    assert "I confirm" not in declaration["text"]
    assert "does not show of 3 of them that reuse was considered first" in declaration["text"]


@pytest.mark.parametrize("route", ["recovery", "landfill", None])
def test_recovery_landfill_and_an_unknown_route_are_never_declared(route):
    declaration = batch_of(disposal("grade", disposal_route=route))["declaration"]
    assert declaration["can_be_signed"] is False
    assert "I confirm" not in declaration["text"]


def test_the_gate_lists_what_was_reused_sold_or_donated_without_a_sanitisation_status(report):
    routes = ["reuse", "resale", "donation", "recycle", "resale", "resale"]
    states = ["", "none", "purge", "", "", ""]
    disposals = [
        {**FULL, "disposal_route": r, "sanitisation": s, "serial_number": f"S{i}"}
        for i, (r, s) in enumerate(zip(routes, states, strict=True))
    ]
    # The asset's own status counts where the record has none, and a monitor holds no data.
    assets = [{}, {}, {}, {}, {"sanitisation": "clear"}, {"category": "monitor"}]
    gate = report(assets, disposals).waste["sanitisation_gate"]
    assert (gate["records"], gate["items"]) == (2, 2)
    assert [(g["serial_number"], g["asset_id"], g["route"]) for g in gate["listed"]] == [
        ("S0", "A0", "reuse"),
        ("S1", "A1", "resale"),
    ]


def test_avoided_manufacture_is_a_new_device_times_the_displacement(report):
    new = load_library().factor("category-laptop-embodied").value
    assets = [{}, {"quantity": "2"}, {}, {"condition": "refurbished"}, {}]
    routes = ["resale", "donation", "recycle", "reuse", "resale"]
    disposals = [{**FULL, "disposal_route": r} for r in routes]
    disposals[4]["disposal_date"] = "2023-06-01"
    run = report(assets, disposals)
    avoided = run.waste["avoided_manufacture"]
    assert (avoided["items"], avoided["items_without_figure"]) == (1 + 2 + 1, 1)
    assert (avoided["effect"], avoided["basis"]) == ("avoided_elsewhere", "once")
    figure = avoided["saving_kg_co2e"]
    assert figure["central"] == pytest.approx(3 * new * 0.6)
    assert figure["low"] < figure["central"] < figure["high"]


def test_the_organisation_s_own_displacement_is_taken_as_exact_and_moves_no_total(report):
    config = {"advice": {"displacement": 0.5}}
    run = report([{}], [{**FULL, "disposal_route": "resale"}], config=config)
    avoided, new = run.waste["avoided_manufacture"], load_library().factor("category-laptop-embodied")
    assert avoided["displacement_source"] == "[advice] displacement"
    assert avoided["saving_kg_co2e"]["central"] == pytest.approx(new.value * 0.5)
    other = report([{}], [{**FULL, "disposal_route": "resale"}])
    assumed, own = other.waste["avoided_manufacture"]["saving_kg_co2e"], avoided["saving_kg_co2e"]
    assert own["high"] / own["low"] < assumed["high"] / assumed["low"]
    assert own["central"] != assumed["central"]
    assert run.summary["totals"] == other.summary["totals"]


def test_the_page_and_the_workbook_hold_the_shares_and_batches_of_the_summary(report, tmp_path):
    disposals = [
        {**FULL, "disposal_route": "resale", "sanitisation": ""},
        FULL,
        {**FULL, "disposal_date": "2022-06-01"},
    ]
    run = report([{}] * 3, disposals)
    folder = run.write(tmp_path / "run", charts=False)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert 'id="s-waste"' in page
    assert "2 items left in 2024-25, 4.0 kg; 50% of them for reuse, resale or donation." in page
    assert "2022-23 (outside the period)" in page
    book = openpyxl.load_workbook(folder / "report.xlsx", read_only=True)
    rows = list(book["Waste shares"].iter_rows(min_row=5, values_only=True))
    assert [r[4] for r in rows if r[0] == "2024-25" and r[4]] == [1, 1]
    assert len(list(book["Disposals"].iter_rows(min_row=5))) == 3
    assert len(list(book["Sanitisation gate"].iter_rows(min_row=5))) == 1


def test_the_example_council_s_disposals_are_all_there(example_summary):
    """examples/disposals.csv: eight rows, four recycled, three sold, one donated; one without carrier and note."""
    waste = example_summary["waste"]
    WasteDocument.model_validate(waste)
    assert {route: items for route, (items, _) in shares(waste["period"]).items()} == {
        "resale": 3,
        "donation": 1,
        "recycle": 4,
    }
    lacking = [b for b in waste["batches"] if "carrier" in [m["field"] for m in b["missing"]]]
    assert [b["disposal_date"] for b in lacking] == ["2024-06-07"]
    assert waste["emissions"]["total"] == example_summary["totals"]["inventory"]["by_scope"]["3.5"]


CELLS = {
    "disposal_date": st.sampled_from([None, date(2022, 5, 1), date(2024, 6, 1), date(2024, 6, 2)]),
    "disposal_route": st.sampled_from([None, *DISPOSAL_ROUTES]),
    "carrier": st.sampled_from([None, "Carrier Ltd", "carrier ltd "]),
    "facility": st.sampled_from([None, "Site"]),
    "transfer_note_id": st.sampled_from([None, "N1", "N2"]),
    "hazardous": st.sampled_from([None, True, False]),
}


@st.composite
def tables(draw):
    found = []
    for number in range(draw(st.integers(0, 6))):
        cells = {name: draw(values) for name, values in CELLS.items()}
        record = DisposalRecord(f"d:{number}", "d", number, **cells, asset_line_id=draw(st.sampled_from(["", "a:1"])))
        mass = draw(st.sampled_from([None, 0.5, 2.0]))
        considered = draw(st.sampled_from([(), ("grade",)]))
        category = "laptop" if record.asset_line_id else ""
        found.append(Disposal(record, category, draw(st.sampled_from([1.0, 3.0])), mass, considered=considered))
    return found


def total(parts, name):
    return math.fsum(part[name] or 0.0 for part in parts)


@given(tables())
@settings(max_examples=40, deadline=None)
def test_batches_years_and_routes_add_up_to_the_table(disposals):
    items = math.fsum(d.items for d in disposals)
    kilograms = math.fsum(d.mass_kg or 0.0 for d in disposals)
    batches, years = batches_of(disposals, PERIOD), shares_by_year(disposals, PERIOD)
    for parts in (batches, years):
        assert (total(parts, "items"), total(parts, "mass_kg")) == (items, kilograms)
    assert total(batches, "records") == len(disposals)
    for part in (*years, shares_of_period(disposals, PERIOD)):
        assert total(part["routes"], "items") == part["items"]
        assert total(part["routes"], "mass_kg") == (part["mass_kg"] or 0.0)
        assert part["items"] == 0 or total(part["routes"], "share_of_items") == pytest.approx(1)


@given(tables(), st.data())
@settings(max_examples=40, deadline=None)
def test_filling_in_a_cell_never_makes_more_missing(disposals, data):
    before = [set(missing_of(d)) for d in disposals]
    lacking = total([m for b in batches_of(disposals, PERIOD) for m in b["missing"]], "records")
    for disposal in disposals:
        for name, values in CELLS.items():
            if getattr(disposal.record, name) is None:
                setattr(disposal.record, name, data.draw(values))
    assert all(set(missing_of(d)) <= b for d, b in zip(disposals, before, strict=True))
    assert total([m for b in batches_of(disposals, PERIOD) for m in b["missing"]], "records") <= lacking


def test_every_field_that_a_note_needs_can_be_missing():
    nothing = Disposal(DisposalRecord("d:1", "d", 1))
    assert missing_of(nothing) == tuple(NEEDED)
