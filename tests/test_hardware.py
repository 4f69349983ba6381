"""The hardware body: scopes, use, embodied in both views, disposal, and the state of each line."""

from datetime import date, timedelta

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import greendigital as gd
from greendigital.factorset import load_library

LIBRARY = load_library()
LAPTOP = LIBRARY.factor("category-laptop-embodied").value
LAPTOP_LIFE = LIBRARY.factor("category-laptop-lifetime").value

# UK Government GHG Conversion Factors for Company Reporting 2024 (DESNZ), sheets "UK electricity", "Transmission and
# distribution" and "WTT- UK electricity": kg CO2e per kWh.
GENERATION, LOSSES, WTT = 0.20705, 0.0183, 0.0459 + 0.00397
EMBODIED = ["manufacture", "transport", "end_of_life", "embodied_unsplit", "written_off"]


def device(**values):
    """A laptop of 100 kWh a year, bought on the first day of 2024, unless told otherwise."""
    return {"category": "laptop", "annual_kwh": 100.0, "country": "GBR", "acquired_date": "2024-01-01", **values}


def lines(*devices, period="2024"):
    """Lines by way of Polars, the quickest engine for a few rows; test_engines.py holds all engines equal."""
    frame = pl.DataFrame(list(devices), infer_schema_length=None)
    found = pd.DataFrame(gd.estimate_hardware(frame, period=period, library=LIBRARY).to_dicts())
    # Lazy engines leave the order of rows open.
    return found.sort_values(["source_id", "source_row", "part"], ignore_index=True)


def line(period="2024", **values):
    found = lines(device(**values), period=period)
    assert len(found) == 1
    return found.iloc[0]


def footprint(*devices, period="2024"):
    return gd.estimate(pd.DataFrame(list(devices)), period=period, library=LIBRARY)


def scopes(*devices):
    by_scope = footprint(*devices).summary["totals"]["inventory"]["by_scope"]
    return {scope: figure["central"] for scope, figure in by_scope.items() if figure["central"]}


def embodied_of(found):
    """Everything charged in the annualised view."""
    return sum(found[f"{name}_kg_co2e"].fillna(0).sum() for name in EMBODIED)


# Scopes: GHG Protocol Corporate Standard, chapter 4; Corporate Value Chain (Scope 3) Standard, categories 1 to 3 and
# 5 to 8. Each row: the device, scope of use, of losses and well-to-tank, of the embodied figure in the year bought.
OWNED, CONTROLLED, NOT_CONTROLLED = {}, {"operational_control": True}, {"operational_control": False}
LEASED, EXPENSED = {"ownership": "leased"}, {"expensed": True}
SCOPES = [
    ({"location_type": "office"}, "2", "3.3", "3.2"),
    ({"location_type": "server_room"}, "2", "3.3", "3.2"),
    ({"location_type": "data_centre"}, "2", "3.3", "3.2"),
    ({"location_type": "office", **EXPENSED}, "2", "3.3", "3.1"),
    ({"location_type": "home"}, "3.7", "3.7", "3.2"),
    ({"location_type": "home", **EXPENSED}, "3.7", "3.7", "3.1"),
    ({"location_type": "home", "home_share": 0.4}, "3.7", "3.7", "3.2"),
    ({"location_type": "office", "home_share": 1.0}, "3.7", "3.7", "3.2"),
    ({"location_type": "colocation"}, "3.8", "3.8", "3.2"),
    ({"location_type": "colocation", **NOT_CONTROLLED}, "3.8", "3.8", "3.2"),
    ({"location_type": "colocation", **NOT_CONTROLLED, **EXPENSED}, "3.8", "3.8", "3.1"),
    ({"location_type": "colocation", **CONTROLLED}, "2", "3.3", "3.2"),
    ({"location_type": "colocation", **LEASED}, "3.8", "3.8", None),
    ({"location_type": "colocation", **LEASED, **CONTROLLED}, "2", "3.3", "3.2"),
    ({"location_type": "office", **LEASED}, "2", "3.3", "3.2"),
    ({"location_type": "office", **LEASED, **CONTROLLED}, "2", "3.3", "3.2"),
    ({"location_type": "office", **LEASED, **NOT_CONTROLLED}, "3.8", "3.8", None),
    ({"location_type": "home", **LEASED, **NOT_CONTROLLED}, "3.7", "3.7", None),
    ({"location_type": "office", "ownership": "byod"}, "3.7", "3.7", None),
    ({"location_type": "home", "ownership": "byod"}, "3.7", "3.7", None),
]


@pytest.fixture(scope="module")
def placed():
    """All devices of the table in one register."""
    return footprint(*(device(pue=1.0, **where) for where, *_ in SCOPES))


@pytest.mark.parametrize("number", range(len(SCOPES)), ids=lambda n: "-".join(str(v) for v in SCOPES[n][0].values()))
def test_scopes_of_place_and_ownership(placed, number):
    _, use, upstream, embodied = SCOPES[number]
    found = placed.lines[placed.lines.source_row == number + 2].iloc[0]
    assert (found.use_scope, found.upstream_scope) == (use, upstream)
    assert found.use_direct_kg_co2e == pytest.approx(100 * GENERATION)
    assert found.use_losses_kg_co2e + found.use_wtt_kg_co2e == pytest.approx(100 * (LOSSES + WTT))
    if embodied is None:
        assert pd.isna(found.embodied_scope)
        assert pd.isna(found.purchase_year_kg_co2e)
    else:
        assert (found.embodied_scope, found.purchase_year_kg_co2e) == (embodied, pytest.approx(LAPTOP))
    # Scopes move no kilogram of the management total, which also holds what the inventory leaves out.
    assert found.total_kg_co2e == pytest.approx(100 * (GENERATION + LOSSES + WTT) + LAPTOP / LAPTOP_LIFE)


def test_scopes_of_the_inventory_are_the_sums_of_their_devices(placed):
    expected = dict.fromkeys(("2", "3.1", "3.2", "3.3", "3.5", "3.7", "3.8"), 0.0)
    for _, use, upstream, embodied in SCOPES:
        expected[use] += 100 * GENERATION
        expected[upstream] += 100 * (LOSSES + WTT)
        if embodied is not None:
            expected[embodied] += LAPTOP
    inventory = placed.summary["totals"]["inventory"]
    assert {s: f["central"] for s, f in inventory["by_scope"].items()} == pytest.approx(expected)
    assert inventory["total"]["central"] == pytest.approx(sum(expected.values()))


def test_a_hybrid_device_has_a_row_at_home_and_adds_up():
    found = lines(device(home_share=0.4))
    assert list(found.part) == [1, 2]
    assert list(found.location_type) == ["office", "home"]
    assert list(found.use_kwh) == [pytest.approx(60), pytest.approx(40)]
    assert found.line_id.nunique() == 1
    whole = line()
    for column in ("use_kwh", "use_direct_kg_co2e", "embodied_unsplit_kg_co2e", "total_kg_co2e"):
        assert found[column].sum() == pytest.approx(whole[column])
    assert found.purchase_year_kg_co2e.sum() == pytest.approx(LAPTOP)
    assert scopes(device(home_share=0.4)) == {
        "2": pytest.approx(60 * GENERATION),
        "3.2": pytest.approx(LAPTOP),
        "3.3": pytest.approx(60 * (LOSSES + WTT)),
        "3.7": pytest.approx(40 * (GENERATION + LOSSES + WTT)),
    }


def test_a_hybrid_device_is_one_line_and_one_device_over_two_years():
    result = footprint(device(home_share=0.4), period="2024-04-01..2026-03-31")
    assert sorted(result.lines.part) == [1, 2, 3, 4]
    assets = result.summary["coverage"]["assets"]
    assert (assets["lines"], assets["devices"], assets["estimated"]) == (1, 1, 1)


@pytest.mark.parametrize("status", ["in_stock", "repair", "faulty"])
def test_what_lies_in_a_cupboard_draws_nothing_and_keeps_its_embodied_share(status):
    found = line(status=status)
    assert (found.status, found.use_kwh, found.use_basis) == ("estimated", 0, "none")
    assert found.total_kg_co2e == pytest.approx(LAPTOP / LAPTOP_LIFE)


@pytest.mark.parametrize("place", ["office", "home"])
def test_pue_does_not_apply_outside_server_rooms(place):
    assert line(location_type=place, pue=1.9).use_kwh == pytest.approx(100)


@pytest.mark.parametrize("place", ["server_room", "data_centre", "colocation"])
def test_pue_multiplies_the_energy_of_server_rooms(place):
    found = line(location_type=place, pue=1.4)
    assert (found.pue, found.use_kwh) == (1.4, pytest.approx(140))
    assert pd.isna(found.pue_factor_id)


def test_the_default_pue_of_a_data_centre_is_the_survey_of_the_year():
    """Uptime Institute, Global Data Center Survey 2024: average PUE 1.56; 2020, the oldest here: 1.59."""
    found = line(location_type="data_centre")
    assert (found.pue_factor_id, found.use_kwh) == ("pue-data-centre-2024", pytest.approx(156))
    assert found.use_kwh_low < found.use_kwh < found.use_kwh_high
    older = line(location_type="data_centre", acquired_date="2018-01-01", period="2018")
    assert (older.pue_factor_id, older.use_kwh) == ("pue-data-centre-2020", pytest.approx(159))


def test_abroad_the_life_cycle_factor_stands_alone():
    """Our World in Data / Ember, carbon intensity of electricity, France 2024: 44.179 gCO2e/kWh, life cycle."""
    found = line(country="FRA")
    assert found.use_life_cycle_kg_co2e == pytest.approx(100 * 44.179 / 1000)
    assert pd.isna(found.use_direct_kg_co2e)
    assert pd.isna(found.use_losses_kg_co2e)
    assert pd.isna(found.use_wtt_kg_co2e)
    assert pd.isna(found.loss_factor_id)
    assert pd.isna(found.wtt_factor_id)
    assert found.status == "estimated"
    assert "includes_upstream" in {p.code for p in footprint(device(country="FRA")).problems}


def test_a_country_without_a_factor_makes_the_line_partial():
    found = line(country="LIE")
    assert (found.status, found.stages_missing) == ("partial", "use")
    assert found.use_kwh == pytest.approx(100)
    assert found.total_kg_co2e == pytest.approx(LAPTOP / LAPTOP_LIFE)


def test_a_frame_without_a_country_takes_the_united_kingdom_and_says_so():
    found = lines({"category": "laptop", "annual_kwh": 100.0, "acquired_date": "2024-01-01"}).iloc[0]
    assert (found.country, found.reason_code, found.status) == ("GBR", "country_assumed", "estimated")


# A laptop of second life: 3 Step IT, Sustainability report 2017, p. 13 (refurbishing and second delivery, 25 kg);
# Circular Computing, 2021 (331 kg of a new one less 316 kg saved by remanufacturing).
REFURBISHED = {"refurbished": 25.0, "remanufactured": 331.0 - 316.0}


@pytest.mark.parametrize("condition", REFURBISHED)
def test_refurbished_laptop_carries_refurbishing_and_delivery_in_place_of_first_manufacture(condition):
    found = line(condition=condition, planned_life_years=3.0)
    assert (found.status, found.embodied_basis) == ("estimated", "category")
    assert found.embodied_factor_id == f"{condition}-laptop-embodied"
    assert found.embodied_unsplit_kg_co2e == pytest.approx(REFURBISHED[condition] / 3)
    # Neither figure holds an end of life, so that all of it counts in the year of purchase.
    assert found.purchase_year_kg_co2e == pytest.approx(REFURBISHED[condition])
    assert found.end_of_life_kg_co2e == 0


def test_range_of_refurbishing_reaches_as_far_as_practices_differ():
    """ADEME, environmental impact of a set of refurbished products, 2022: a factor of 2 to 11 between practices."""
    found = line(condition="refurbished")
    assert found.embodied_kg_co2e_high / found.embodied_kg_co2e_low == pytest.approx(11, rel=0.02)


def test_refurbished_laptop_is_charged_once_over_all_periods():
    """Three years planned from mid-2022, retired at the end of 2024: five sixths charged and the rest written off."""
    bought = {"acquired_date": "2022-07-02", "planned_life_years": 3.0, "condition": "refurbished"}
    gone = {**bought, "status": "retired", "retired_date": "2024-12-31"}
    charged = [embodied_of(lines(device(**gone), period=str(year))) for year in (2022, 2023, 2024, 2025)]
    assert sum(charged) == pytest.approx(25.0)
    written_off = line(**gone).written_off_kg_co2e
    assert written_off == pytest.approx(25.0 / 6, rel=0.01)


def test_model_of_a_refurbished_laptop_keeps_its_energy_and_not_its_manufacture():
    """Dell, Latitude 5420, January 2021: 21.35 kWh a year."""
    laptop = {"manufacturer": "Dell", "model": "Latitude 5420", "condition": "refurbished", "annual_kwh": None}
    found = line(**laptop)
    assert found.use_kwh == pytest.approx(21.35)
    assert found.embodied_factor_id == "refurbished-laptop-embodied"


@pytest.mark.parametrize("condition", REFURBISHED)
@pytest.mark.parametrize("category", ["desktop", "monitor", "server_rack", "smartphone"])
def test_refurbished_intake_without_a_published_figure_is_partial(category, condition):
    """No figure of refurbishing is published for these: the stage is missing, and never zero."""
    found = line(category=category, condition=condition)
    assert (found.status, found.stages_missing) == ("partial", "embodied")
    assert found.reason_code == "refurbishment_factor_missing"
    assert pd.isna(found.embodied_unsplit_kg_co2e)
    assert pd.isna(found.purchase_year_kg_co2e)
    assert found.total_kg_co2e == pytest.approx(100 * (GENERATION + LOSSES + WTT))


@pytest.mark.parametrize("status", ["retired", "disposed"])
def test_retired_without_a_date_is_excluded(status):
    found = line(status=status)
    assert (found.status, found.reason_code) == ("excluded", "retired_without_date")
    assert pd.isna(found.total_kg_co2e)


def test_retired_before_it_was_acquired_is_excluded():
    found = line(status="retired", retired_date="2023-01-01")
    assert (found.status, found.reason_code) == ("excluded", "retired_before_acquired")


def test_past_its_planned_life_a_device_carries_no_embodied_but_its_energy():
    found = line(acquired_date="2010-01-01")
    assert (found.status, embodied_of(lines(device(acquired_date="2010-01-01")))) == ("estimated", 0)
    assert found.total_kg_co2e == pytest.approx(100 * (GENERATION + LOSSES + WTT))


def test_early_retirement_writes_the_rest_off():
    """Four years planned, three served by the end of 2024: a quarter charged this year, a quarter written off."""
    found = line(acquired_date="2022-01-01", planned_life_years=4.0, status="retired", retired_date="2024-12-31")
    assert found.embodied_unsplit_kg_co2e == pytest.approx(LAPTOP / 4)
    assert found.written_off_kg_co2e == pytest.approx(LAPTOP / 4)


def test_reuse_with_evidence_transfers_the_rest():
    found = footprint(
        device(
            acquired_date="2022-01-01",
            planned_life_years=4.0,
            status="disposed",
            retired_date="2024-12-31",
            disposal_date="2024-12-31",
            disposal_route="donation",
            disposal_evidence=True,
        )
    )
    assert found.lines.written_off_kg_co2e[0] == 0
    assert found.lines.reason_code[0] == "transferred_to_another_owner"
    assert any(f"{LAPTOP / 4:,.0f} kg CO2e of embodied carbon went on" in text for text in found.summary["not_covered"])


def test_without_a_purchase_date_one_share_a_year_is_charged_and_nothing_counts_as_bought():
    found = line(acquired_date=None)
    assert found.reason_code == "acquired_date_unknown"
    assert found.embodied_unsplit_kg_co2e == pytest.approx(LAPTOP / LAPTOP_LIFE)
    assert found.purchase_year_kg_co2e == 0


def test_a_planned_life_of_zero_years_is_no_life_and_the_embodied_figure_is_missing():
    found = line(planned_life_years=0.0)
    assert (found.status, found.stages_missing) == ("partial", "embodied")


def test_the_days_of_a_disposed_device_end_with_its_disposal():
    found = line(status="disposed", disposal_date="2024-06-30", disposal_route="recycle")
    assert (str(found.period_start)[:10], str(found.period_end)[:10]) == ("2024-01-01", "2024-06-30")
    assert found.use_kwh == pytest.approx(100 * 182 / 366)


WASTE_2024 = 6.41061 / 1000
"""Conversion factors 2024, sheet "Waste disposal", WEEE - mixed, open-loop recycling: 6.41061 kg CO2e per tonne."""


def gone(**values):
    return device(acquired_date="2018-01-01", status="disposed", retired_date="2024-06-30", **values)


@pytest.mark.parametrize(
    ("route", "factor"), [("", WASTE_2024), ("recycle", WASTE_2024), ("landfill", 8.88386 / 1000), ("resale", 0)]
)
def test_disposal_is_the_mass_of_each_device_times_their_number_by_route(route, factor):
    found = line(**{**gone(mass_kg=2.5, quantity=3.0, disposal_route=route), "disposal_date": "2024-06-30"})
    assert found.disposal_kg_co2e == pytest.approx(3 * 2.5 * factor)


def test_disposal_without_a_mass_takes_the_category_mass():
    assert line(**gone(quantity=3.0)).disposal_kg_co2e == pytest.approx(3 * 1.8 * WASTE_2024)


def test_disposal_without_any_mass_is_unknown_and_not_partial():
    found = line(**{**gone(), "category": "keyboard"})
    assert (found.status, pd.isna(found.disposal_kg_co2e)) == ("estimated", True)


@pytest.mark.parametrize(
    "owner", [{"ownership": "byod"}, {"ownership": "leased", "operational_control": False}], ids=["byod", "leased"]
)
def test_what_is_outside_the_inventory_brings_no_waste_into_it(owner):
    """Somebody else's device is somebody else's waste; the management view still writes it off."""
    assert "3.5" not in scopes(gone(mass_kg=2.5, **owner))


def test_unknown_model_and_category_is_counted_and_not_estimated():
    result = footprint({"model": "Gizmo", "manufacturer": "Acme", "quantity": 7.0, "country": "GBR"})
    found = result.lines.iloc[0]
    assert (found.status, found.reason_code, found.match_level) == ("excluded", "not_matched", "F")
    assert pd.isna(found.total_kg_co2e)
    assets = result.summary["coverage"]["assets"]
    assert (assets["lines"], assets["excluded"], assets["devices"]) == (1, 1, 7)
    assert assets["by_match_level"]["F"] == {"devices": 7, "kg_co2e": 0}


def test_an_unknown_device_with_a_meter_is_partial():
    found = lines({"model": "Gizmo", "annual_kwh": 100.0, "country": "GBR"}).iloc[0]
    assert (found.status, found.stages_missing, found.match_level) == ("partial", "embodied", "F")
    assert found.use_direct_kg_co2e == pytest.approx(100 * GENERATION)


def test_a_category_without_any_published_figure_is_counted_and_not_estimated():
    found = line(category="ups", annual_kwh=None)
    assert (found.status, found.reason_code, found.match_level) == ("excluded", "no_factor", "E")


def test_a_category_without_energy_is_partial():
    found = line(category="firewall", annual_kwh=None)
    assert (found.status, found.stages_missing) == ("partial", "use")
    assert found.embodied_unsplit_kg_co2e > 0


CATEGORIES = sorted(
    {f.extra["category"] for f in LIBRARY.find("device_embodied")}
    & {f.extra["category"] for f in LIBRARY.find("device_lifetime")}
)


@pytest.fixture(scope="module")
def one_of_each():
    found = lines(*(device(category=c, annual_kwh=None, location_type="server_room") for c in CATEGORIES))
    return found.set_index("category")


@pytest.mark.parametrize("category", CATEGORIES)
def test_no_estimated_line_has_a_point_for_a_range(one_of_each, category):
    found = one_of_each.loc[category]
    assert found.status in ("estimated", "partial")
    assert found.total_kg_co2e_low < found.total_kg_co2e < found.total_kg_co2e_high
    if found.use_kwh > 0:
        assert found.use_kwh_low < found.use_kwh < found.use_kwh_high
        assert found.use_kg_co2e_low < found.use_kg_co2e_high


def test_metered_energy_is_exact_and_its_carbon_is_not():
    found = line()
    assert found.use_kwh_low == found.use_kwh == found.use_kwh_high
    assert found.use_kg_co2e_low < 100 * (GENERATION + LOSSES + WTT) < found.use_kg_co2e_high


def test_every_figure_names_its_factor():
    found = line(annual_kwh=None, location_type="server_room", category="server_rack")
    for column in ("energy", "grid", "loss", "wtt", "pue", "embodied", "life"):
        assert found[f"{column}_factor_id"], column


def test_more_energy_is_never_fewer_kilograms():
    totals = list(lines(*(device(annual_kwh=kwh) for kwh in (0.0, 1.0, 50.0, 5000.0))).total_kg_co2e)
    assert totals == sorted(set(totals))


FIGURES = ["use_kwh", "total_kg_co2e", "purchase_year_kg_co2e", "disposal_kg_co2e", "written_off_kg_co2e"]
MODELS = st.sampled_from(
    [
        {"category": "laptop"},
        {"category": "monitor", "screen_size_inches": 24.0},
        {"category": "server_rack", "location_type": "server_room"},
        {"category": "laptop", "manufacturer": "Dell", "model": "Latitude 5420"},
        {"category": "workstation", "manufacturer": "Dell", "model": "Precision 7760"},
        {"category": "laptop", "home_share": 0.5},
    ]
)


@st.composite
def registers(draw):
    """A dozen devices with random dates of purchase and retirement, lives and quantities."""
    found = []
    for _ in range(12):
        bought = draw(st.dates(date(2012, 4, 1), date(2034, 3, 31)))
        served = draw(st.none() | st.integers(0, 5000))
        gone_on = None if served is None else bought + timedelta(days=served)
        found.append(
            {
                "country": "GBR",
                "quantity": float(draw(st.integers(1, 9))),
                "acquired_date": bought.isoformat(),
                "retired_date": gone_on.isoformat() if gone_on else None,
                "status": "in_use" if gone_on is None else "retired",
                "planned_life_years": draw(st.sampled_from([0.5, 3.0, 4.5, 8.0])),
                "screen_size_inches": None,
                "manufacturer": None,
                "model": None,
                "location_type": None,
                "home_share": None,
                **draw(MODELS),
            }
        )
    return found


@settings(max_examples=8, deadline=None)
@given(registers(), st.sampled_from(["2012-04-01..2049-03-31", "2012-01-01..2049-12-31"]))
def test_over_all_periods_each_device_is_charged_exactly_once_in_each_view(register, period):
    """Annualised and written off make the whole figure; the year of purchase holds it once, without end of life."""
    found = lines(*register, period=period)
    for number, asset in enumerate(register):
        own = found[found.source_row == number + 2]
        new = own.embodied_factor_id.dropna().unique()
        assert len(new) == 1
        whole = _embodied_figure(new[0]) * asset["quantity"]
        assert embodied_of(own) == pytest.approx(whole, rel=1e-9)
        share = _end_of_life_share(own)
        assert own.purchase_year_kg_co2e.sum() == pytest.approx(whole * (1 - share), rel=1e-9)
        assert (own.purchase_year_kg_co2e > 0).sum() == 1
        assert (own.disposal_kg_co2e > 0).sum() == (asset["status"] == "retired")


def _embodied_figure(factor_id):
    """The figure as the factor set has it, category or product."""
    if factor_id.startswith("category-"):
        return LIBRARY.factor(factor_id).value
    rows = LIBRARY.table("device-product-footprints", "products")
    return next(r["embodied_kg_co2e"] for r in rows if r["pcf_id"] == factor_id)


def _end_of_life_share(own):
    stages = own[[f"{n}_kg_co2e" for n in EMBODIED[:4]]].sum()
    return stages["end_of_life_kg_co2e"] / stages.sum() if stages.sum() else _product_share(own)


def _product_share(own):
    rows = LIBRARY.table("device-product-footprints", "products")
    row = next((r for r in rows if r["pcf_id"] == own.embodied_factor_id.dropna().iloc[0]), {})
    return (row.get("end_of_life_kg_co2e") or 0) / row["embodied_kg_co2e"] if row else 0


@settings(max_examples=4, deadline=None)
@given(registers())
def test_single_years_charge_what_the_long_period_charges(register):
    years = [lines(*register, period=str(year)) for year in (2016, 2017)]
    long = lines(*register, period="2016-01-01..2017-12-31")
    for column in FIGURES:
        assert sum(y[column].fillna(0).sum() for y in years) == pytest.approx(long[column].fillna(0).sum(), abs=1e-6)


@settings(max_examples=2, deadline=None)
@given(registers(), st.randoms(use_true_random=False))
def test_splitting_rows_and_changing_their_order_changes_nothing(register, random):
    split = [{**asset, "quantity": 1.0} for asset in register for _ in range(int(asset["quantity"]))]
    random.shuffle(split)
    whole, parts = (footprint(*r, period="2019-20").summary["totals"] for r in (register, split))
    for name in ("total", "hardware", "energy_kwh"):
        for bound in ("low", "central", "high"):
            assert parts[name][bound] == pytest.approx(whole[name][bound], rel=1e-9, abs=1e-9)
    assert parts["inventory"]["total"]["central"] == pytest.approx(whole["inventory"]["total"]["central"], rel=1e-9)


def test_a_quantity_of_three_is_three_rows_of_one():
    three = footprint(device(quantity=3.0))
    ones = footprint(device(), device(), device())
    assert three.summary["totals"]["total"] == pytest.approx(ones.summary["totals"]["total"])
    assert three.summary["coverage"]["assets"]["devices"] == ones.summary["coverage"]["assets"]["devices"] == 3
