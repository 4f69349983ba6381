"""Each device rule fires where it must and not where it must not; turning its threshold moves the outcome its way."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greendigital.config import Config, load_config
from greendigital.errors import ConfigError
from greendigital.factorset import load_library
from greendigital.recommendations import device_advice
from greendigital.recommendations.cases import ASSET_FACTS, LINE_FACTS
from greendigital.recommendations.device import NO_DATA, Device, Surroundings
from greendigital.recommendations.model import HIERARCHY
from greendigital.recommendations.rules.repair import compare_repair
from greendigital.recommendations.settings import Settings

LIBRARY = load_library()
AS_OF = date(2025, 3, 31)
NEW_KG, LIFE = 240.0, 5.0
"""A laptop of 240 kg CO2e and five years: round figures of the test."""

ASSET = {
    **dict.fromkeys(ASSET_FACTS),
    "line_id": "estate.csv:2",
    "asset_id": "A1",
    "quantity": 1.0,
    "merged_into": "",
    "set_aside": "",
    "status": "in_use",
    "category": "laptop",
    "acquired_date": date(2022, 4, 1),
    "os_name": "Windows",
    "os_version": "11 Enterprise",
    "os_build": "26100",
    "price_gbp": 850.0,
}
LINE = {
    **dict.fromkeys(LINE_FACTS),
    "category": "laptop",
    "match_level": "A",
    "use_basis": "product",
    "life_years": LIFE,
    "annual_kwh": 19.0,
    "device_embodied_kg_co2e": NEW_KG,
    "grid_factor_id": "grid",
}
GRID = {"grid": {"factor_id": "grid", "value": 0.177}}
"""UK government conversion factors 2025, electricity generated, kg CO2e per kWh."""


def advise(config=None, line=(), as_of=AS_OF, **asset):
    """The advice for one device."""
    row = {**ASSET, **asset}
    lines = {row["line_id"]: {**LINE, **dict(line)}}
    given_config = Config.model_validate({"advice": config or {}})
    (advice,) = device_advice([row], lines, LIBRARY, as_of, given_config, list(GRID.values()))
    return advice


def device(config=None, line=(), **asset):
    """One device as the rules see it."""
    found = Settings.of(Config.model_validate({"advice": config or {}}), LIBRARY)
    return Device({**ASSET, **asset}, {**LINE, **dict(line)}, Surroundings(LIBRARY, AS_OF, found, GRID, {}))


def test_a_supported_laptop_of_three_years_is_kept_with_both_figures():
    advice = advise()
    assert (advice.rule, advice.action) == ("keep", "keep")
    assert advice.saving.central == pytest.approx(NEW_KG / LIFE)
    # 19 kWh at 0.177 kg CO2e are 3.4 kg a year in use, against the 240 kg of a new one.
    assert "in use it takes 3.4 kg CO2e a year, to make a new one takes 240 kg" in advice.reason


@pytest.mark.parametrize(
    "change", [{"memory_gb": 4.0}, {"battery_health_share": 0.5}, {"hdd_count": 1.0}, {"user_role": "kiosk"}, {}]
)
def test_a_supported_laptop_is_never_replaced_for_carbon(change):
    assert advise(**change).action != "replace"


# The operating system ends

OLD = {"os_version": "10 Pro", "os_build": "19045", "cpu_model": "Intel Core i5-6300U"}
"""Windows 10 22H2 ended on 14 October 2025 (Microsoft lifecycle), and the sixth generation may not run Windows 11."""
EXITS = {"extended_support": 50, "other_system": 30, "virtual_desktop": 200}
ENDED = date(2025, 12, 1)


def test_every_way_out_is_told_with_the_list_price_of_extended_support():
    """61, 122 and 244 US dollars a device (Microsoft, April 2024)."""
    advice = advise(as_of=ENDED, **OLD)
    assert (advice.rule, advice.action) == ("system_ends", "check")
    for words in ("a virtual desktop (price not given)", "another system", "a new one (170 GBP a year)",
                  "61 + 122 + 244 USD a device for its 3 years"):  # fmt: skip
        assert words in advice.reason


@pytest.mark.parametrize(
    ("prices", "action"),
    [
        (EXITS, "change_os"),
        (EXITS | {"other_system": 90}, "extended_support"),
        (dict.fromkeys(EXITS, 500), "replace"),
        # 48 kg a year less are worth some 13 GBP (DESNZ), so that 180 a year is still less than 170.
        (EXITS | {"extended_support": 180, "other_system": 300}, "extended_support"),
    ],
)
def test_with_all_prices_the_least_a_year_is_taken_the_worth_of_carbon_counted(prices, action):
    advice = advise({"exits_gbp_per_year": prices}, as_of=ENDED, **OLD)
    assert advice.action == action


def test_a_device_of_unknown_age_is_not_replaced_when_its_system_ends():
    prices = {"exits_gbp_per_year": dict.fromkeys(EXITS, 500)}
    assert advise(prices, as_of=ENDED, **OLD, acquired_date=None).action == "check"


def test_in_a_light_role_another_system_goes_on():
    advice = advise(as_of=ENDED, **OLD, user_role="Reception")
    assert (advice.rule, advice.action) == ("system_ends", "change_os")


def test_a_computer_that_lacks_memory_alone_gets_memory():
    newer = {**OLD, "cpu_model": "Intel Core i5-8350U", "memory_gb": 2.0}
    advice = advise({"exits_gbp_per_year": EXITS}, as_of=ENDED, **newer)
    assert (advice.rule, advice.action) == ("system_ends", "replace_part")


def test_an_unknown_release_is_no_reason_to_replace():
    unknown = {**OLD, "os_build": None}
    assert advise({"exits_gbp_per_year": EXITS}, as_of=ENDED, **unknown).action == "check"


def test_pounds_of_a_way_out_are_those_of_a_new_one_less_what_it_costs():
    prices = EXITS | {"other_system": 90}
    # 850 GBP over five years, less 50 a year for extended support.
    assert advise({"exits_gbp_per_year": prices}, as_of=ENDED, **OLD).saving_gbp == pytest.approx(850 / 5 - 50)


@pytest.mark.parametrize("status", ["repair", "faulty"])
def test_what_is_broken_is_compared_with_its_repair_before_its_system_counts(status):
    broken = {**OLD, "status": status, "repair_quote_gbp": 2000.0}
    assert (advise(as_of=ENDED, **broken).rule, advise(as_of=ENDED, **broken).action) == ("repair", "replace")


def test_a_phone_ends_with_its_maker_whatever_its_system():
    """Google supports the Pixel 5 until 5 November 2023 (endoflife.date)."""
    phone = {"category": "smartphone", "manufacturer": "Google", "model": "Pixel 5", "os_name": "Android",
             "os_version": "14", "os_build": None}  # fmt: skip
    advice = advise(line={"category": "smartphone"}, **phone)
    assert (advice.rule, "Pixel 5" in advice.reason) == ("system_ends", True)


@pytest.mark.parametrize(
    ("category", "action"), [("monitor", "reuse"), ("external_hdd", "sanitise"), ("mfp_large", "sanitise")]
)
def test_what_holds_data_is_sanitised_before_it_goes_on(category, action):
    gone = {"status": "retired", "retired_date": date(2025, 1, 1), "category": category}
    assert advise(line={"category": category}, **gone).action == action


# Repair

REPAIR = {"status": "repair", "repair_quote_gbp": 120.0}


def test_under_warranty_a_device_is_repaired_whatever_the_quote():
    advice = advise(**REPAIR | {"repair_quote_gbp": None, "warranty_end_date": AS_OF})
    assert (advice.rule, advice.action, advice.confidence) == ("repair", "repair", "high")


def test_a_repair_that_costs_less_a_year_than_a_new_one_is_advised_with_its_pounds():
    advice = advise(**REPAIR)
    assert (advice.rule, advice.action) == ("repair", "repair")
    # 850 GBP over five years is 170 a year; 120 GBP over the two years that a repair gives is 60.
    assert advice.saving_gbp == pytest.approx(850 / 5 - 120 / 2)
    assert "60 GBP a year over 2 years, a new one 170 GBP a year" in advice.reason


def test_a_repair_that_costs_more_is_none_unless_its_carbon_is_worth_the_difference():
    # A year saves 48 kg; at 273.44 GBP a tonne in 2025 (DESNZ carbon values, 2022 prices: 2026 is 277.22) some 13 GBP.
    value = next(f.value for f in LIBRARY.find("carbon_value", "GBR") if f.valid_from.year == 2025)
    worth = NEW_KG / LIFE / 1000 * value
    found = compare_repair(device(), 2 * 170.0)
    assert found.carbon_gbp == pytest.approx(worth)
    assert advise(**REPAIR | {"repair_quote_gbp": 2 * (170 + worth) - 1}).action == "repair"
    dear = advise(**REPAIR | {"repair_quote_gbp": 2 * (170 + worth) + 1})
    assert (dear.rule, dear.action) == ("repair", "replace")


def test_a_dear_repair_of_a_device_of_unknown_age_is_to_be_checked():
    assert advise(**REPAIR | {"repair_quote_gbp": 900.0, "acquired_date": None}).action == "check"


def test_without_quote_or_price_the_rule_says_what_to_find_out():
    without_quote = advise(**REPAIR | {"repair_quote_gbp": None})
    assert (without_quote.action, "get a quote" in without_quote.reason) == ("check", True)
    without_price = advise(**REPAIR | {"price_gbp": None})
    assert "price of a new one" in without_price.reason
    assert advise({"prices_gbp": {"laptop": 850}}, **REPAIR | {"price_gbp": None}).action == "repair"


def test_a_faulty_device_with_a_quote_is_compared_and_without_one_leaves():
    assert advise(status="faulty", repair_quote_gbp=100.0).rule == "repair"
    assert advise(status="faulty").rule == "leaving"


def test_a_faulty_device_under_warranty_is_repaired_and_the_quote_costs_nothing():
    covered = {"status": "faulty", "warranty_end_date": AS_OF}
    advice = advise(**covered, repair_quote_gbp=900.0)
    assert (advice.rule, advice.action, advice.saving_gbp) == ("repair", "repair", pytest.approx(850 / 5))
    assert advise(**covered).action == "repair"


@pytest.mark.parametrize("change", [{}, REPAIR | {"repair_quote_gbp": 5000.0}, OLD])
def test_what_is_its_users_own_is_never_replaced(change):
    prices = {"exits_gbp_per_year": dict.fromkeys(EXITS, 500)}
    assert advise(prices, as_of=ENDED, **{**change, "ownership": "byod"}).action in ("keep", "check")


@pytest.mark.parametrize(("sanitisation", "category"), [("none", "monitor"), (None, "monitor"), ("destroy", "monitor")])
def test_a_screen_holds_no_data_whatever_is_written_of_it(sanitisation, category):
    gone = {"status": "retired", "retired_date": date(2025, 1, 1), "category": category, "sanitisation": sanitisation}
    assert advise(line={"category": category}, **gone).action == "reuse"


def test_a_leased_device_that_retires_goes_back():
    gone = {"status": "retired", "retired_date": date(2025, 1, 1), "ownership": "leased", "sanitisation": "purge"}
    assert "give it back" in advise(**gone).reason


def test_stock_is_worth_the_price_of_a_new_one_today():
    assert advise(
        {"prices_gbp": {"laptop": 800}, "displacement": 0.6}, status="in_stock", price_gbp=300.0
    ).saving_gbp == (pytest.approx(0.6 * 800))


# Parts


@pytest.mark.parametrize("category", ["smartphone", "tablet", "thin_client"])
def test_nobody_changes_the_memory_of_a_phone(category):
    assert advise(line={"category": category}, category=category, memory_gb=4.0).rule != "part"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"memory_gb": 4.0}, "4 GB of memory where 8 GB are needed"),
        ({"hdd_count": 1.0}, "a spinning disk alone"),
        ({"battery_health_share": 0.71}, "a battery at 71% of its capacity"),
    ],
)
def test_a_slow_or_worn_part_is_changed(change, words):
    advice = advise(**change)
    assert (advice.rule, advice.action, advice.effect) == ("part", "replace_part", "avoids_purchase")
    assert words in advice.reason


def test_a_new_battery_saves_two_years_of_a_new_laptop_less_its_own_carbon():
    """The battery of a laptop is 9 kg CO2e (O'Connell and Stutz, Dell, 2010)."""
    advice = advise({"parts_gbp": {"battery": 70}}, battery_health_share=0.5)
    assert advice.saving.central == pytest.approx(2 * NEW_KG / LIFE - 9)
    assert advice.saving_gbp == pytest.approx(2 * 850 / 5 - 70)


def test_parts_in_order_are_left_alone():
    for change in (
        {"memory_gb": 7.7},
        {"hdd_count": 1.0, "ssd_gb": 256.0},
        {"battery_health_share": 0.8},
    ):
        assert advise(**change).rule == "keep"


def test_several_major_parts_are_left_to_a_person():
    assert advise(memory_gb=4.0, hdd_count=1.0).action == "check"


def test_no_part_is_bought_for_a_system_that_has_ended():
    old = {"os_version": "10 Pro", "os_build": "19045", "memory_gb": 4.0}
    assert advise(as_of=date(2025, 12, 1), **old).rule == "system_ends"


# Wasteful, over-specified, peripherals, idle servers


def test_a_server_that_draws_far_more_than_its_kind_is_replaced_early():
    """5,000 kWh more a year at 0.177 are 885 kg, against 800 kg over five years."""
    kind = next(f for f in LIBRARY.find("device_annual_use") if f.extra.get("category") == "server_rack"
                and not f.extra.get("variant"))  # fmt: skip
    line = {"category": "server_rack", "annual_kwh": kind.value + 5000, "device_embodied_kg_co2e": 800.0,
            "use_basis": "metered"}  # fmt: skip
    asset = {"category": "server_rack", "os_name": "Ubuntu", "os_version": "24.04", "os_build": None}
    advice = advise(line=line, **asset)
    assert (advice.rule, advice.action, advice.effect) == ("wasteful", "replace", "reduces_footprint")
    assert advice.saving.central == pytest.approx(5000 * 0.177 - 800 / LIFE)
    assert advise(line=line, **asset, acquired_date=None).action == "check"
    assert advise(line={**line, "use_basis": "category"}, **asset).rule != "wasteful"
    assert advise(line={**line, "annual_kwh": kind.value + 100}, **asset).rule != "wasteful"


@pytest.mark.parametrize(
    ("change", "fires"),
    [
        ({"user_role": "Kiosk", "memory_gb": 32.0}, True),
        ({"user_role": "kiosk", "memory_gb": 16.0}, False),
        ({"user_role": "engineer", "memory_gb": 64.0}, False),
        ({"user_role": None, "memory_gb": 64.0}, False),
    ],
)
def test_ample_memory_in_a_light_role_is_swapped(change, fires):
    assert (advise(**change).action == "swap") is fires


def test_a_screen_is_kept_when_the_computer_changes():
    advice = advise(line={"category": "monitor"}, category="monitor", os_name=None, os_version=None, os_build=None)
    assert (advice.rule, advice.action) == ("peripheral", "keep")


@pytest.mark.parametrize(("load", "fires"), [(0.04, True), (0.1, False), (None, False)])
def test_a_server_under_a_tenth_of_its_load_is_switched_off(load, fires):
    line = {"category": "server_rack", "annual_kwh": 2000.0, "use_basis": "metered"}
    advice = advise(line=line, category="server_rack", utilisation_share=load)
    assert (advice.rule == "idle_server") is fires
    if fires:
        assert (advice.action, advice.effect) == ("redeploy", "reduces_footprint")
        assert advice.saving.central == pytest.approx(2000 * 0.177)


# Every action has its rank

DEVICE_ACTIONS = {
    "correct_data",
    "sanitise",
    "reuse",
    "resale",
    "donation",
    "recycle",
    "redeploy",
    "upgrade_os",
    "change_os",
    "extended_support",
    "repair",
    "replace_part",
    "replace",
    "swap",
    "keep",
    "check",
}
"""The actions of the run directory's contract."""


def test_every_action_has_a_rank_in_the_waste_hierarchy():
    assert {HIERARCHY[action] for action in DEVICE_ACTIONS} == {"prevent", "reuse", "recycle"}


# What must never be

DAYS = st.dates(date(2012, 1, 1), date(2026, 1, 1))
ANY_DEVICE = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["in_use", "in_stock", "repair", "faulty", "retired", "disposed"]),
        "acquired_date": st.none() | DAYS,
        "retired_date": st.none() | DAYS,
        "last_seen_date": st.none() | DAYS,
        "sanitisation": st.sampled_from([None, "none", "clear", "purge", "destroy"]),
        "disposal_route": st.sampled_from([None, "reuse", "resale", "donation", "recycle", "landfill"]),
        "os_version": st.sampled_from([None, "10 Pro", "11 Enterprise", "7"]),
        "os_build": st.none(),
        "cpu_model": st.sampled_from([None, "Intel Core i5-6300U", "Intel Core i5-8350U"]),
        "memory_gb": st.sampled_from([None, 4.0, 8.0, 64.0]),
        "hdd_count": st.sampled_from([None, 1.0]),
        "battery_health_share": st.sampled_from([None, 0.4, 0.9]),
        "repair_quote_gbp": st.sampled_from([None, 50.0, 5000.0]),
        "user_role": st.sampled_from([None, "kiosk", "engineer"]),
        "ownership": st.sampled_from([None, "owned", "leased", "byod"]),
        "price_gbp": st.sampled_from([None, 850.0]),
    }
)
ANY_LINE = st.fixed_dictionaries(
    {
        "category": st.sampled_from(["laptop", "desktop", "workstation", "monitor", "server_rack"]),
        "annual_kwh": st.sampled_from([None, 19.0, 20000.0]),
        "use_basis": st.sampled_from(["metered", "category"]),
        "match_level": st.sampled_from(["A", "E", "F"]),
    }
)


@settings(max_examples=200, deadline=None)
@given(asset=ANY_DEVICE, line=ANY_LINE)
def test_no_reuse_without_sanitisation_no_replacement_without_age_no_redeployment_of_what_is_broken(asset, line):
    advice = advise(line=line, **asset)
    if line["category"] not in NO_DATA and (asset["sanitisation"] or "none") == "none":
        assert advice.action not in ("reuse", "resale", "donation")
    if asset["acquired_date"] is None:
        assert advice.action != "replace"
    if asset["status"] in ("faulty", "retired", "disposed"):
        assert advice.action != "redeploy"
    assert advice.action in DEVICE_ACTIONS
    assert advice.action != "keep" or advice.saving is None or advice.saving.central > 0


# Thresholds


@settings(max_examples=30, deadline=None)
@given(
    low=st.floats(0.05, 0.95),
    more=st.floats(0.0, 0.05),
    health=st.floats(0.01, 1.0),
)
def test_a_higher_limit_of_battery_health_never_changes_fewer_batteries(low, more, health):
    before, after = (
        advise({"battery_health_share": limit}, battery_health_share=health).rule for limit in (low, low + more)
    )
    assert before != "part" or after == "part"


@settings(max_examples=30, deadline=None)
@given(years=st.floats(0.5, 5), more=st.floats(0, 5), quote=st.floats(1, 2000))
def test_a_repair_that_lasts_longer_is_advised_no_less_often(years, more, quote):
    before, after = (
        advise({"repair_years": n}, status="repair", repair_quote_gbp=quote).action for n in (years, years + more)
    )
    assert before != "repair" or after == "repair"


@settings(max_examples=30, deadline=None)
@given(days=st.integers(1, 400), more=st.integers(0, 400), seen=st.integers(1, 800))
def test_a_longer_absence_allowed_never_finds_more_devices_unused(days, more, seen):
    day = date.fromordinal(AS_OF.toordinal() - seen)
    before, after = (
        advise({"not_seen_days": n}, last_seen_date=day, acquired_date=date(2020, 1, 1)).rule
        for n in (days, days + more)
    )
    assert after != "not_in_use" or before == "not_in_use"


@settings(max_examples=30, deadline=None)
@given(limit=st.floats(1, 64), more=st.floats(0, 64), memory=st.floats(1, 128))
def test_thresholds_of_memory_move_the_outcome_their_way(limit, more, memory):
    needs = [advise({"memory_need_gb": n}, memory_gb=memory).rule == "part" for n in (limit, limit + more)]
    assert needs[0] <= needs[1]
    ample = [
        advise({"ample_memory_gb": n, "memory_need_gb": 0.5}, memory_gb=memory, user_role="kiosk").action == "swap"
        for n in (limit, limit + more)
    ]
    assert ample[0] >= ample[1]


@settings(max_examples=30, deadline=None)
@given(limit=st.floats(0.01, 1), more=st.floats(0, 0.5), load=st.floats(0, 1))
def test_a_higher_limit_of_load_never_finds_fewer_servers_idle(limit, more, load):
    line = {"category": "server_rack", "annual_kwh": 2000.0}
    before, after = (
        advise({"idle_server_share": n}, line=line, category="server_rack", utilisation_share=load).rule
        for n in (limit, min(1.0, limit + more))
    )
    assert before != "idle_server" or after == "idle_server"


@settings(max_examples=30, deadline=None)
@given(share=st.floats(0.05, 0.9), more=st.floats(0, 0.09))
def test_more_displacement_saves_more_of_a_new_device(share, more):
    before, after = (advise({"displacement": n}, status="in_stock").saving.central for n in (share, share + more))
    assert before <= after
    assert before == pytest.approx(share * NEW_KG)


def test_a_threshold_out_of_its_range_is_refused_by_name():
    for name, value in (("battery_health_share", 1.4), ("repair_years", 0), ("idle_server_share", 2)):
        with pytest.raises(ConfigError, match=name):
            load_config({"advice": {name: value}})
