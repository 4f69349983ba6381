"""Splits of bills with their cost, water of cloud data centres, and the meters to fix first."""

import csv
import json
from decimal import Decimal

import openpyxl
import pytest

import greendigital as gd
from greendigital.errors import GreenDigitalError
from greendigital.footprint.summary import check_invariants
from greendigital.footprint.unmatched import unmatched_meters
from greendigital.footprint.water import find_wue
from tests.conftest import BILLS, EXAMPLES
from tests.test_usage import BASE, write_bill

GATEWAY = {**BASE, "ChargeDescription": "$0.05 per NAT Gateway Hour", "ListCost": "40.16"}
TAX = {**BASE, "ChargeCategory": "Tax", "ServiceName": "Tax", "ListCost": "0", "RegionId": "", "BilledCost": "20.00"}


@pytest.fixture(scope="module")
def library():
    return gd.load_library()


def of_bill(tmp_path, *rows, tags=(), **options):
    """The footprint of one bill."""
    usage = gd.read_usage(write_bill(tmp_path / "bill.csv", *rows))
    return gd.estimate(usage=usage, config={"tags": {"columns": list(tags)}}, **options)


# Splits


def test_every_split_adds_up_to_the_total_in_carbon_and_to_the_bills_in_cost(example_summary):
    totals = example_summary["totals"]
    billed = {"USD": Decimal(0), "GBP": Decimal(0)}
    for name in BILLS:
        with (EXAMPLES / name).open(newline="", encoding="utf-8") as handle:
            for row in csv.DictReader(handle):
                billed[row["BillingCurrency"]] += Decimal(row["BilledCost"])
    arrays = [totals[f"by_{name}"] for name in ("account", "service", "region")] + list(totals["by_tag"].values())
    assert sorted(totals["by_tag"]) == ["department", "environment"]
    for entries in arrays:
        assert sum(e["total"]["central"] for e in entries) == pytest.approx(totals["total"]["central"])
        for currency, cost in billed.items():
            of = sum(c["billed"] for e in entries for c in e["costs"] if c["currency"] == currency)
            assert of == pytest.approx(float(cost))


def test_two_accounts_of_one_name_are_two_entries_with_their_ids(tmp_path):
    first = {**BASE, "SubAccountName": "Web", "SubAccountId": "111122223333"}
    second = {**first, "SubAccountId": "444455556666", "BilledCost": "1.00"}
    footprint = of_bill(tmp_path, first, second, second)
    entries = footprint.summary["totals"]["by_account"]
    billed = {(e["account"], e["account_id"]): e["costs"][0]["billed"] for e in entries}
    assert billed == {("Web", "111122223333"): pytest.approx(100.10), ("Web", "444455556666"): pytest.approx(2.0)}
    page = (footprint.write(tmp_path / "run", charts=False) / "report.html").read_text(encoding="utf-8")
    assert "Web (111122223333)" in page and "Web (444455556666)" in page


def test_a_split_that_lost_some_carbon_or_cost_stops_the_report(example):
    for change in (lambda entry: entry["total"].update(central=0.0), lambda entry: entry.update(costs=[])):
        document = json.loads(json.dumps(example.summary))
        change(next(e for e in document["totals"]["by_region"] if e["region"] == "eu-west-2"))
        with pytest.raises(GreenDigitalError, match="by_region"):
            check_invariants(document, example.inputs, example.store)


def test_what_has_no_tag_stands_under_null_with_its_cost_and_its_shares(tmp_path):
    tagged = {**BASE, "Tags": '{"team": "web"}'}
    totals = of_bill(tmp_path, tagged, tagged, tagged, {**BASE, "Tags": "{}"}, tags=["team"]).summary["totals"]
    entries = {e["value"]: e for e in totals["by_tag"]["team"]}
    assert list(entries) == ["web", None]
    assert entries["web"]["total"]["central"] == pytest.approx(3 * entries[None]["total"]["central"])
    assert entries[None]["costs"] == [{"currency": "USD", "billed": 100.10}]
    (untagged,) = totals["untagged"]
    assert untagged["share"] == pytest.approx(1 / 4)
    assert untagged["costs"][0]["share"] == pytest.approx(1 / 4)


def test_devices_are_no_untagged_bill_lines(example_summary):
    totals = example_summary["totals"]
    (untagged,) = (u for u in totals["untagged"] if u["tag"] == "environment")
    tagged = sum(e["total"]["central"] for e in totals["by_tag"]["environment"] if e["value"] is not None)
    assert untagged["total"]["central"] == pytest.approx(totals["cloud"]["central"] - tagged)


def test_a_charge_that_is_not_estimated_keeps_its_cost_in_the_split(tmp_path):
    by_service = of_bill(tmp_path, BASE, TAX).summary["totals"]["by_service"]
    assert [(e["service"], e["costs"]) for e in by_service] == [
        ("Amazon Elastic Compute Cloud", [{"currency": "USD", "billed": 100.10}]),
        ("Tax", [{"currency": "USD", "billed": 20.0}]),
    ]


def test_currencies_of_a_group_are_kept_apart(tmp_path):
    by_region = of_bill(tmp_path, BASE, {**BASE, "BillingCurrency": "GBP"}).summary["totals"]["by_region"]
    assert by_region[0]["costs"] == [{"currency": "GBP", "billed": 100.10}, {"currency": "USD", "billed": 100.10}]


def test_an_estate_without_bills_stands_under_null_and_has_no_untagged_bill():
    assets = gd.read_inventory(EXAMPLES / "register.xlsx")
    footprint = gd.estimate(assets, period="2024-25", config={"tags": {"columns": ["team"]}})
    totals = footprint.summary["totals"]
    whole = totals["total"]
    assert totals["by_region"] == [{"region": None, "total": whole, "costs": []}]
    assert totals["by_tag"] == {"team": [{"value": None, "total": whole, "costs": []}]}
    assert totals["untagged"] == []
    assert footprint.summary["water"] is None
    assert footprint.summary["unmatched_meters"] == []


# Water


@pytest.mark.parametrize(
    ("provider", "region", "litres"),
    [
        # AWS, Power and water usage effectiveness by region, 2024.
        ("aws", "eu-west-1", 0.03),
        ("aws", "eu-west-2", 0.04),
        ("aws", "ap-southeast-3", 2.75),
        # Microsoft: figures of its continents, and of single regions for 2022.
        ("azure", "uksouth", 0.03),
        ("azure", "westeurope", 0.08),
    ],
)
def test_wue_of_a_region_is_its_own_else_that_of_its_area(library, provider, region, litres):
    assert find_wue(library, provider, region, 2024)["wue_litre_per_kwh"] == litres


@pytest.mark.parametrize(
    ("provider", "region"), [("gcp", "europe-west2"), ("aws", "me-south-1"), ("oci", "uk-london-1"), ("", "")]
)
def test_no_figure_of_another_region_stands_in_where_none_is_published(library, provider, region):
    assert find_wue(library, provider, region, 2024) is None


def test_water_of_the_example_is_it_energy_times_wue_by_region(example_summary, example):
    """IT energy is the energy of the lines over their PUE; AWS 2024, Microsoft 2022 and by continent."""
    wue = {"eu-west-2": 0.04, "eu-west-1": 0.03, "uksouth": 0.03, "ukwest": 0.03, "northeurope": 0.03}
    lines = example.lines
    cloud = lines[(lines["kind"] == "cloud") & (lines["line_class"] != "network") & lines["use_kwh"].notna()]
    litres = (cloud["use_kwh"] / cloud["pue"] * cloud["region"].map(wue)).sum()
    water = example_summary["water"]
    assert water["litres"] == {"low": None, "central": pytest.approx(litres), "high": None}
    assert water["covered_share"] == 1.0
    assert sum(p["litres"]["central"] for p in water["by_provider"]) == pytest.approx(litres)
    assert sum(r["it_kwh"] for r in water["by_region"]) == pytest.approx(water["it_kwh"])
    assert {s["source_id"] for s in water["sources"]} == {"aws-wue", "microsoft-wue", "gsf-regions"}


def test_a_set_of_water_figures_that_was_used_stands_among_the_factor_sets(example_summary):
    (found,) = (s for s in example_summary["factor_sets"] if s["name"] == "cloud-wue")
    assert found["data_years"] == [2022, 2024]
    assert found["licence"]


def test_without_a_published_wue_the_water_is_empty_and_nothing_is_covered(tmp_path):
    water = of_bill(tmp_path, {**BASE, "RegionId": "me-south-1"}).summary["water"]
    assert water["litres"] == {"low": None, "central": None, "high": None}
    assert water["covered_share"] == 0.0
    assert water["it_kwh"] > 0
    assert water["by_region"][0]["litres"] is None


def test_the_covered_share_is_of_the_it_energy(tmp_path):
    """Two like machines, one where AWS publishes no WUE: half the IT energy is covered."""
    water = of_bill(tmp_path, BASE, {**BASE, "RegionId": "me-south-1"}).summary["water"]
    assert water["covered_share"] == pytest.approx(1 / 2)


def test_neither_data_transfer_nor_what_is_estimated_from_cost_has_water(example):
    lines = example.lines.set_index("line_id")
    water = example.store.query("SELECT sum(use_kwh / pue) AS kwh FROM lines WHERE line_class = 'network'")[0]["kwh"]
    cloud = lines[(lines["kind"] == "cloud") & lines["use_kwh"].notna()]
    assert water > 0
    assert example.water["it_kwh"] == pytest.approx((cloud["use_kwh"] / cloud["pue"]).sum() - water)


# Meters without a physical estimate


def test_meters_without_a_physical_estimate_hold_all_the_cost_of_their_lines(example, example_summary):
    meters = example_summary["unmatched_meters"]
    lines = example.lines
    waiting = lines[(lines["status"] == "fallback") | (lines["reason_code"] == "no_basis")]
    assert sum(m["lines"] for m in meters) == len(waiting)
    for currency, cost in waiting.groupby("currency")["list_cost"].sum().items():
        told = [c["list"] for m in meters for c in m["costs"] if c["currency"] == currency]
        assert sum(told) == pytest.approx(cost)


def test_the_dearest_meter_stands_first_with_its_share_of_the_usage(tmp_path):
    small = {**GATEWAY, "ChargeDescription": "$0.005 per In-use public IPv4 address per hour", "ListCost": "1.00"}
    meters = unmatched_meters(of_bill(tmp_path, small, *[BASE] * 20, GATEWAY, TAX).store)
    usage = 1.00 + 20 * 159.84 + 40.16
    assert [(m["meter"], m["lines"]) for m in meters] == [(GATEWAY["ChargeDescription"], 1),
                                                          (small["ChargeDescription"], 1)]  # fmt: skip
    assert meters[0]["costs"] == [{"currency": "USD", "list": 40.16, "billed": 100.10,
                                   "share": pytest.approx(40.16 / usage)}]  # fmt: skip
    assert {m["meter_seen"] for m in meters} == {"verbatim"}
    assert all(m["reason_code"] == "meter_without_physical_meaning" and m["kg_co2e"] > 0 for m in meters)


def test_a_meter_of_which_nothing_is_known_has_no_kilograms(tmp_path):
    """One line alone gives no ratio to estimate others by: method, section 6, fallback."""
    (meter,) = unmatched_meters(of_bill(tmp_path, GATEWAY).store)
    assert (meter["status"], meter["reason_code"], meter["kg_co2e"]) == ("excluded", "no_basis", None)


def test_a_meter_in_two_currencies_is_one_meter_with_two_costs(tmp_path):
    (meter,) = unmatched_meters(of_bill(tmp_path, GATEWAY, {**GATEWAY, "BillingCurrency": "GBP"}).store)
    assert [(c["currency"], c["list"]) for c in meter["costs"]] == [("GBP", 40.16), ("USD", 40.16)]
    assert meter["lines"] == 2


def test_the_check_of_a_bill_names_the_meters_to_fix_first(tmp_path):
    from greendigital.preflight import check

    (entry,) = check(write_bill(tmp_path / "bill.csv", *[BASE] * 20, GATEWAY))
    assert [m["meter"] for m in entry["unmatched_meters"]] == [GATEWAY["ChargeDescription"]]


# The page and the workbook


def test_the_page_shows_cost_beside_carbon_the_untagged_share_water_and_the_meters(example_run):
    page = (example_run / "report.html").read_text(encoding="utf-8")
    for anchor in ("s-account", "s-service", "s-region", "s-tag-1", "s-tag-2", "s-water", "s-unmatched"):
        assert f'<h2 id="{anchor}">' in page
    assert "is without the tag &#34;environment&#34;." in page
    assert "untagged bill lines" in page


def test_the_workbook_holds_the_same_figures(example_run, example_summary, example):
    book = openpyxl.load_workbook(example_run / "report.xlsx", read_only=True)

    def rows(name):
        return [row for row in book[name].iter_rows(min_row=5, values_only=True) if row[0] is not None]

    totals = example_summary["totals"]
    assert [row[2] for row in rows("Regions")] == pytest.approx([e["total"]["central"] for e in totals["by_region"]])
    for tag in totals["by_tag"]:
        assert sum(r[3] for r in rows("Tags") if r[0] == tag) == pytest.approx(totals["total"]["central"])
    assert sum(row[4] for row in rows("Water")) == pytest.approx(example_summary["water"]["litres"]["central"])
    assert len(rows("Unmatched meters")) == sum(len(m["costs"]) for m in example.unmatched_meters)


def test_a_report_of_devices_alone_has_no_part_on_bills(tmp_path):
    (tmp_path / "assets.csv").write_text("category\nlaptop\n", encoding="utf-8")
    run = gd.estimate(gd.read_inventory(tmp_path / "assets.csv"), period="2024-25").write(tmp_path / "run")
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "s-water" not in page
    assert "s-unmatched" not in page
    assert {"Tags", "Water", "Unmatched meters"} & set(openpyxl.load_workbook(run / "report.xlsx").sheetnames) == set()


def test_nothing_estimated_is_no_zero_on_the_page(tmp_path):
    run = of_bill(tmp_path, BASE, TAX).write(tmp_path / "run", charts=False)
    page = (run / "report.html").read_text(encoding="utf-8")
    row = page[page.index('<th scope="row">Tax</th>') :].partition("</tr>")[0]
    assert row.count('<td class="n">-</td>') == 3
    assert "20.00" in row
