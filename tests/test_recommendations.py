"""Every rule fires where it must and not where it must not; savings are sums a reader can check."""

from datetime import date

import pytest

import greendigital as gd
from greendigital.config import Config
from greendigital.factorset import load_library
from greendigital.period import parse_period
from greendigital.recommendations import Counted, cloud_advice, device_advice, group_advice
from greendigital.recommendations.regions import RegionFinder
from tests.conftest import ASSET_FILES, EXAMPLES

LIBRARY = load_library()
END = date(2025, 3, 31)
HEADER = (
    "asset_id",
    "category",
    "model",
    "manufacturer",
    "status",
    "acquired_date",
    "retired_date",
    "last_seen_date",
    "os_name",
    "os_version",
    "os_build",
    "cpu_model",
    "tpm_version",
    "memory_gb",
    "ssd_gb",
    "sanitisation",
    "price_gbp",
    "annual_kwh",
    "planned_life_years",
    "quantity",
)


def advise(tmp_path, *rows, config=None, disposals="", as_of=None):
    """Advice rows, by asset_id, of a small register."""
    path = tmp_path / "assets.csv"
    lines = [",".join(HEADER)]
    for number, row in enumerate(rows):
        lines.append(",".join(str({"asset_id": f"A{number}", **row}.get(name, "")) for name in HEADER))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    files = [path]
    if disposals:
        files.append(tmp_path / "disposals.csv")
        files[-1].write_text(disposals, encoding="utf-8")
    assets = gd.read_inventory(*files)
    result = gd.estimate(assets, period="2024-25", config=config, as_of=as_of)
    return {a.asset_id: a for a in result.advice}


LAPTOP = {"category": "laptop", "acquired_date": "2022-04-01", "planned_life_years": 5}
WINDOWS_11 = {"os_name": "Windows", "os_version": "11 Enterprise", "os_build": "26100"}
WINDOWS_10 = {"os_name": "Windows", "os_version": "10 Pro", "os_build": "19045"}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"acquired_date": "2022-05-01", "retired_date": "2021-05-01", "status": "retired"}, "before it was acquired"),
        ({"acquired_date": "2022-05-01", "last_seen_date": "2022-04-01"}, "before it was acquired"),
        ({"retired_date": "2024-05-01", "status": "in_use"}, "but retired on 2024-05-01"),
        ({"retired_date": "2024-05-01", "status": "retired", "last_seen_date": "2024-06-01"}, "after it was retired"),
        ({"status": "retired"}, "without a date"),
    ],
)
def test_contradictions_come_before_everything_else(tmp_path, row, words):
    advice = advise(tmp_path, {**LAPTOP, **WINDOWS_11, **row})["A0"]
    assert (advice.rule, advice.action) == ("contradiction", "correct_data")
    assert words in advice.reason


def test_bought_or_seen_after_the_day_of_the_advice_is_no_contradiction(tmp_path):
    found = advise(
        tmp_path,
        {**LAPTOP, **WINDOWS_11, "acquired_date": "2025-06-01"},
        {**LAPTOP, **WINDOWS_11, "last_seen_date": "2026-01-01"},
    )
    assert all(a.rule != "contradiction" for a in found.values())


@pytest.mark.parametrize("sanitisation", ["", "none"])
@pytest.mark.parametrize("status", ["retired", "faulty"])
def test_nothing_leaves_without_a_sanitisation_status(tmp_path, sanitisation, status):
    day = "2024-05-01" if status == "retired" else ""
    leaving = {**LAPTOP, "status": status, "retired_date": day, "sanitisation": sanitisation}
    assert advise(tmp_path, leaving)["A0"].action == "sanitise"


@pytest.mark.parametrize(("sanitisation", "action"), [("clear", "reuse"), ("purge", "reuse"), ("destroy", "recycle")])
def test_reuse_comes_before_recycling_once_sanitised(tmp_path, sanitisation, action):
    retired = {**LAPTOP, "status": "retired", "retired_date": "2024-05-01", "sanitisation": sanitisation}
    advice = advise(tmp_path, retired)["A0"]
    assert (advice.rule, advice.action) == ("leaving", action)


def test_what_left_by_reuse_without_sanitisation_must_be_found(tmp_path):
    disposals = "asset_id,disposal_date,disposal_route,carrier,sanitisation\nA0,2024-06-01,resale,Carrier,\n"
    retired = {**LAPTOP, "status": "retired", "retired_date": "2024-05-01"}
    advice = advise(tmp_path, retired, disposals=disposals)["A0"]
    assert advice.action == "sanitise"


def test_what_left_with_evidence_needs_only_its_record_kept(tmp_path):
    disposals = (
        "asset_id,disposal_date,disposal_route,carrier,facility,sanitisation\n"
        "A0,2024-06-01,recycle,Carrier,Plant,destroy\nA1,2024-06-01,recycle,,,destroy\n"
    )
    retired = {**LAPTOP, "status": "retired", "retired_date": "2024-05-01"}
    found = advise(tmp_path, retired, retired, disposals=disposals)
    assert "with evidence" in found["A0"].reason
    assert "missing" in found["A1"].reason


@pytest.mark.parametrize(("last_seen", "fires"), [("2024-12-30", True), ("2024-12-31", False)])
def test_not_seen_for_more_than_90_days_means_redeploy(tmp_path, last_seen, fires):
    """31 March 2025 less 90 days is 31 December 2024."""
    advice = advise(tmp_path, {**LAPTOP, **WINDOWS_11, "last_seen_date": last_seen})["A0"]
    assert (advice.action == "redeploy") is fires


def test_redeploying_avoids_a_share_of_a_new_device_once(tmp_path):
    advice = advise(tmp_path, {**LAPTOP, "status": "in_stock", "price_gbp": 900})["A0"]
    new = next(f for f in LIBRARY.find("device_embodied") if f.extra.get("category") == "laptop"
               and not f.extra.get("variant")).value  # fmt: skip
    displacement = LIBRARY.factor("assumption-displacement").value
    assert (advice.effect, advice.basis) == ("avoids_purchase", "once")
    assert advice.saving.central == pytest.approx(new * displacement)
    assert advice.saving_gbp == pytest.approx(900 * displacement)
    assert advice.saving.low < advice.saving.central < advice.saving.high


def test_windows_10_that_ends_on_eligible_hardware_is_upgraded(tmp_path):
    """Windows 10 22H2 ends on 14 October 2025 (Microsoft lifecycle), within twelve months of March 2025."""
    advice = advise(tmp_path, {**LAPTOP, **WINDOWS_10, "cpu_model": "Intel Core i5-8350U", "tpm_version": "2.0"})["A0"]
    assert (advice.rule, advice.action) == ("system_ends", "upgrade_os")
    assert "2025-10-14" in advice.reason


def test_ended_on_hardware_that_is_not_eligible_says_what_to_compare(tmp_path):
    advice = advise(tmp_path, {**LAPTOP, **WINDOWS_10, "cpu_model": "Intel Core i5-6300U"}, as_of=date(2025, 11, 1))
    assert advice["A0"].action == "check"
    assert "ended on 2025-10-14" in advice["A0"].reason
    assert "extended support" in advice["A0"].reason


@pytest.mark.parametrize("unknown", [{}, {"cpu_model": "Acme 9000"}])
def test_missing_data_gives_check_and_never_replace(tmp_path, unknown):
    advice = advise(tmp_path, {**LAPTOP, **WINDOWS_10, **unknown})["A0"]
    assert advice.action == "check"
    nothing = advise(tmp_path, {**LAPTOP})["A0"]
    assert (nothing.rule, nothing.action) == ("check", "check")
    assert "operating system" in nothing.reason


def test_keeping_saves_a_years_share_of_a_new_one(tmp_path):
    advice = advise(tmp_path, {**LAPTOP, **WINDOWS_11, "price_gbp": 900, "quantity": 3})["A0"]
    new = next(f for f in LIBRARY.find("device_embodied") if f.extra.get("category") == "laptop"
               and not f.extra.get("variant")).value  # fmt: skip
    assert (advice.action, advice.effect, advice.basis) == ("keep", "avoids_purchase", "per_year")
    assert advice.saving.central == pytest.approx(3 * new / 5)
    assert advice.saving_gbp == pytest.approx(3 * 900 / 5)


def test_keeping_a_thirsty_device_saves_less_by_its_extra_electricity(tmp_path):
    """Metered 150 kWh against the category's figure, at the 2024 UK factors: 0.20705 + 0.0183 + 0.0459 + 0.00397."""
    advice = advise(tmp_path, {**LAPTOP, **WINDOWS_11, "annual_kwh": 150})["A0"]
    laptop = [f for a in ("device_embodied", "device_annual_use") for f in LIBRARY.find(a)
              if f.extra.get("category") == "laptop" and not f.extra.get("variant")]  # fmt: skip
    new, successor = laptop[0].value, laptop[1].value
    grid = 0.20705 + 0.0183 + 0.0459 + 0.00397
    assert advice.saving.central == pytest.approx(new / 5 - (150 - successor) * grid, rel=1e-6)


def test_a_device_that_draws_less_than_its_category_gets_no_credit(tmp_path):
    found = advise(tmp_path, {**LAPTOP, **WINDOWS_11, "annual_kwh": 5}, {**LAPTOP, **WINDOWS_11})
    assert found["A0"].saving.central == pytest.approx(found["A1"].saving.central)


def test_keep_needs_a_year_of_support_ahead(tmp_path):
    """Windows 11 23H2 (22631): Pro ends on 11 November 2025, Enterprise a year later (Microsoft lifecycle)."""
    pro = {**LAPTOP, "os_name": "Windows", "os_version": "Pro", "os_build": "22631"}
    found = advise(tmp_path, pro, {**pro, "os_version": "Enterprise"}, {**pro, "os_version": ""})
    assert (found["A0"].rule, found["A0"].action) == ("system_ends", "upgrade_os")
    assert found["A1"].action == "keep"
    assert found["A2"].action in ("upgrade_os", "check")


def test_a_group_of_one_kind_keeps_the_whole_relative_spread(tmp_path):
    found = list(advise(tmp_path, *[{**LAPTOP, **WINDOWS_11}] * 40).values())
    (group,) = group_advice(map(Counted, found))
    one = found[0].saving
    assert group["saving_kg_co2e"]["central"] == pytest.approx(40 * one.central)
    assert group["saving_kg_co2e"]["high"] == pytest.approx(40 * one.high)
    assert group["devices"] == 40


def test_effects_bases_and_currencies_are_never_in_one_group(tmp_path):
    found = advise(tmp_path, {**LAPTOP, **WINDOWS_11}, {**LAPTOP, "status": "in_stock"}, {"category": "monitor"})
    for group in group_advice(map(Counted, found.values()), by=("confidence",)):
        assert group["basis"] in ("per_year", "once", "")
    assert len({(g["effect"], g["basis"]) for g in group_advice(map(Counted, found.values()), by=("confidence",))}) == 2


def instance(**changes):
    row = {
        "line_id": "b:2", "provider": "aws", "region": "eu-west-1", "resource_id": "i-1", "tags": '{"env": "Dev"}',
        "quantity_kind": "instance_hours", "quantity": 720.0, "period_start": date(2024, 4, 1),
        "period_end": date(2024, 4, 30), "instance_type": "m5.large", "effective_cost": 70.0, "currency": "USD",
        "use_direct_kg_co2e": None, "use_losses_kg_co2e": None, "use_wtt_kg_co2e": None,
        "use_life_cycle_kg_co2e": 10.0, "energy_factor_id": "e", "utilisation_factor_id": "", "pue_factor_id": "",
        "replication_factor_id": "", "grid_factor_id": "g", "loss_factor_id": "", "wtt_factor_id": "",
    }  # fmt: skip
    return row | changes


PERIOD = parse_period("2024-25")


def test_off_hours_of_50_a_week_save_1_minus_50_over_168_of_the_electricity():
    (advice,) = cloud_advice([instance()], LIBRARY, PERIOD, Config())
    assert (advice.rule, advice.action, advice.effect) == ("off_hours", "schedule", "reduces_footprint")
    assert advice.saving.central == pytest.approx(10 * (1 - 50 / 168))
    assert advice.saving_cost == pytest.approx(70 * (1 - 50 / 168))


@pytest.mark.parametrize(
    "changes",
    [
        {"tags": '{"env": "prod"}'}, {"tags": ""}, {"tags": "not json"}, {"tags": "[1]"}, {"quantity": 400.0},
        {"quantity_kind": "tb_hours"}, {"tags": '{"owner": "dev"}'},
    ],
)  # fmt: skip
def test_off_hours_needs_a_non_production_tag_and_hours_round_the_clock(changes):
    assert cloud_advice([instance(**changes)], LIBRARY, PERIOD, Config()) == []


def residency(*countries):
    return Config.model_validate({"residency": {"allowed": countries}})


def ember(country, year):
    return next(f.value for f in LIBRARY.find("electricity_life_cycle", country) if f.valid_from.year == year)


def test_london_against_ireland_is_judged_on_one_basis_and_year():
    """Both ends by Ember: never the UK government's direct factor against Ember's life-cycle figure of Ireland."""
    move = RegionFinder(LIBRARY, residency("GBR", "IRL"), 2024).better("aws", "eu-west-1")
    assert move is not None and move.region == "eu-west-2"
    assert move.year == 2024
    assert move.here / move.there == pytest.approx(
        ember("IRL", 2024) / ember("GBR", 2024), rel=0.15
    )  # the rest is the PUE of the two regions
    assert RegionFinder(LIBRARY, residency("GBR", "IRL"), 2024).better("aws", "eu-west-2") is None


def test_a_region_is_proposed_only_within_the_residency_list():
    plain = instance(tags="")
    assert cloud_advice([plain], LIBRARY, PERIOD, Config()) == []
    assert cloud_advice([plain], LIBRARY, PERIOD, residency("IRL")) == []
    (advice,) = cloud_advice([plain], LIBRARY, PERIOD, residency("GBR", "IRL"))
    assert advice.action == "change_region"


def test_rules_apply_to_what_the_one_before_left_and_never_exceed_the_line():
    schedule, region = cloud_advice([instance()], LIBRARY, PERIOD, residency("GBR", "IRL"))
    ratio = RegionFinder(LIBRARY, residency("GBR", "IRL"), 2024).better("aws", "eu-west-1").ratio
    assert region.saving.central == pytest.approx(10 * 50 / 168 * (1 - ratio))
    assert schedule.saving.central + region.saving.central < 10


def test_the_example_fires_every_rule_of_this_version(example):
    fired = {(a.rule, a.action) for a in example.advice}
    for wanted in (
        ("leaving", "reuse"), ("not_in_use", "redeploy"), ("system_ends", "upgrade_os"), ("keep", "keep"),
        ("check", "check"), ("off_hours", "schedule"), ("lower_carbon_region", "change_region"),
    ):  # fmt: skip
        assert wanted in fired


def test_an_asset_is_advised_as_if_it_were_the_only_one_of_its_case(example):
    """Advice is worked out once for assets that no rule tells apart; each alone, all columns at hand, gets the same."""
    config = EXAMPLES / "greendigital.toml"
    rows = gd.read_inventory(*(EXAMPLES / name for name in ASSET_FILES), config=config).rows
    lines = {
        row["line_id"]: row
        for row in example.store.query("SELECT DISTINCT ON (line_id) * FROM lines ORDER BY line_id, part")
    }
    found = {a.line_id: a for a in example.advice if a.line_id.split(":")[0].split("!")[0] in ASSET_FILES}
    known = example.calculator.known
    alone = device_advice(rows, lines, LIBRARY, example.as_of, example.config, example.factors_used, known)
    assert len(alone) == len(found) > 500
    for advice in alone:
        other = found[advice.line_id]
        assert (advice.asset_id, advice.rule, advice.action, advice.reason, advice.devices, advice.effect) == (
            other.asset_id, other.rule, other.action, other.reason, other.devices, other.effect
        )  # fmt: skip
        assert (advice.saving is None) == (other.saving is None)
        if advice.saving:
            assert other.saving.as_dict() == pytest.approx(advice.saving.as_dict(), rel=1e-9)
        assert other.saving_gbp == (pytest.approx(advice.saving_gbp) if advice.saving_gbp is not None else None)


def test_three_devices_of_a_row_save_three_times_as_much_as_one(tmp_path):
    row = {**LAPTOP, **WINDOWS_11, "price_gbp": 600}
    one, three = advise(tmp_path, row, {**row, "quantity": 3}).values()
    assert three.saving.central == pytest.approx(3 * one.saving.central)
    assert three.saving_gbp == pytest.approx(3 * one.saving_gbp) == pytest.approx(3 * 600 / 5)
    assert (one.devices, three.devices) == (1, 3)


def test_staffs_own_devices_are_not_redeployed(tmp_path):
    path = tmp_path / "assets.csv"
    path.write_text("asset_id,category,ownership,last_seen_date\nA,smartphone,byod,2024-06-01\n", encoding="utf-8")
    (advice,) = gd.estimate(gd.read_inventory(path), period="2024-25").advice
    assert advice.action != "redeploy"


def test_redeploying_an_unsupported_computer_asks_first_what_it_can_run(tmp_path):
    old = {**LAPTOP, "status": "in_stock", "os_name": "Windows", "os_version": "7 Pro"}
    found = advise(tmp_path, old, {**LAPTOP, **WINDOWS_11, "status": "in_stock"})
    assert "can run a supported system" in found["A0"].reason and found["A0"].confidence == "low"
    assert "can run a supported system" not in found["A1"].reason


def test_network_kit_is_kept_only_as_long_as_its_firmware_is_supported(tmp_path):
    found = advise(tmp_path, {"category": "switch"}, {"category": "monitor"})
    assert "security updates" in found["A0"].reason
    assert "security updates" not in found["A1"].reason


def test_a_saving_of_some_months_is_no_saving_a_year():
    (advice,) = cloud_advice([instance()], LIBRARY, PERIOD, Config())
    assert advice.basis == "once"
    year = [
        instance(line_id=f"b:{n}", period_start=date(2024 + (n > 8), (n + 3) % 12 + 1, 1),
                 period_end=date(2024 + (n > 8), (n + 3) % 12 + 1, 28), quantity=28 * 24.0)
        for n in range(12)
    ]  # fmt: skip
    assert {a.basis for a in cloud_advice(year, LIBRARY, PERIOD, Config())} == {"per_year"}


def test_a_device_whose_year_costs_more_than_a_new_one_is_to_be_compared_not_kept(tmp_path):
    advice = advise(tmp_path, {"category": "server_rack", "annual_kwh": 9000, "os_name": "Windows Server 2022"})["A0"]
    assert advice.action == "check"
    assert (advice.rule, "Its age is not known" in advice.reason) == ("wasteful", True)
    assert advice.saving is None


def test_no_figure_for_redeploying_what_support_has_left(tmp_path):
    windows_7 = {"os_name": "Windows", "os_version": "7 Pro", "status": "in_stock", "price_gbp": 900}
    advice = advise(tmp_path, {**LAPTOP, **windows_7})["A0"]
    assert (advice.action, advice.saving, advice.saving_gbp) == ("redeploy", None, None)
    assert "support of Windows 7" in advice.reason


def test_owners_decide_what_a_purchase_avoided_is_worth(tmp_path):
    path = tmp_path / "assets.csv"
    path.write_text(
        "asset_id,category,ownership,price_gbp,planned_life_years,acquired_date\nA,monitor,byod,200,5,2022-01-01\n"
        "B,monitor,leased,200,5,2022-01-01\nC,monitor,owned,200,5,2022-01-01\n", encoding="utf-8",
    )  # fmt: skip
    found = {a.asset_id: a for a in gd.estimate(gd.read_inventory(path), period="2024-25").advice}
    assert found["A"].saving is None
    assert found["B"].saving is not None and found["B"].saving_gbp is None
    assert found["C"].saving_gbp == pytest.approx(200 / 5)


def test_what_came_after_the_day_of_the_advice_is_for_a_later_one(tmp_path):
    advice = advise(tmp_path, {**LAPTOP, **WINDOWS_11, "acquired_date": "2025-06-01"})["A0"]
    assert (advice.rule, advice.action) == ("not_yet", "check")


def test_two_years_of_bills_give_no_saving_a_year():
    period = parse_period("2024-04-01..2026-03-31")
    rows = [
        instance(line_id=f"b:{n}", period_start=date(2024 + (n + 3) // 12, (n + 3) % 12 + 1, 1),
                 period_end=date(2024 + (n + 3) // 12, (n + 3) % 12 + 1, 28), quantity=28 * 24.0)
        for n in range(24)
    ]  # fmt: skip
    assert {a.basis for a in cloud_advice(rows, LIBRARY, period, Config())} == {"once"}


def test_the_hours_of_non_production_can_be_set_and_come_from_the_assumptions_otherwise():
    config = Config.model_validate({"advice": {"off_hours_weekly_hours": 84}})
    (advice,) = cloud_advice([instance()], LIBRARY, PERIOD, config)
    assert advice.saving.central == pytest.approx(10 * (1 - 84 / 168))
    assert LIBRARY.factor("assumption-off-hours-weekly-hours").value == 50
