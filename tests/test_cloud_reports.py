"""What reports of bills say: charts of splits, settings, sources of error in words, and nothing of devices."""

import re

import openpyxl
import pandas as pd
import pytest

import greendigital as gd
from greendigital.explain import explain_total
from greendigital.footprint.wording import digits, source_words
from greendigital.preflight import check
from greendigital.reports.cloud_sections import meter_rows
from greendigital.reports.cost_words import money, percent
from greendigital.reports.figures import override_rows, overrides_sentence
from greendigital.reports.to_html import _bars, _finding
from tests.test_cloud import BASE as ROW
from tests.test_cloud import D2S, M5
from tests.test_usage import BASE, write_bill


def page_of(footprint, tmp_path):
    return (footprint.write(tmp_path / "run") / "report.html").read_text(encoding="utf-8").replace("&#34;", '"')


def test_the_caption_of_a_tag_tells_the_share_of_the_bills_and_not_of_the_tagged_part(tmp_path):
    """One of four equal machines is tagged: 25 % of the bills, and the untagged three are the largest part."""
    tagged = {**BASE, "Tags": '{"team": "web"}'}
    usage = gd.read_usage(write_bill(tmp_path / "bill.csv", tagged, BASE, BASE, BASE))
    page = page_of(gd.estimate(usage=usage, config={"tags": {"columns": ["team"]}}), tmp_path)
    caption = re.search(r'The largest part by tag "team" is [^.]*\.?[^.]*\.', page)[0]
    assert "untagged bill lines" in caption and "75% of the carbon of the bills" in caption


def figure(central):
    return {"low": central, "central": central, "high": central}


def test_corrections_are_no_part_of_the_bar_of_others():
    """Twelve of 10 kg are drawn; 3 + 2 kg and a correction of -5 kg would come to nothing together."""
    entries = [(f"s{n}", figure(10.0)) for n in range(12)]
    entries += [("x", figure(3.0)), ("y", figure(2.0)), ("refund", figure(-5.0))]
    bars = _bars(entries)
    assert [(bar.label, bar.central) for bar in bars[12:]] == [("2 others", 5.0), ("1 below zero", -5.0)]
    assert _finding(bars, "service", 200.0).endswith("10.0 kg, 5% of the carbon of the bills.")


def test_a_pue_given_for_a_provider_is_one_setting_whatever_number_of_regions_it_is_used_in():
    rows = [ROW | M5 | {"region": region} for region in ("eu-west-1", "eu-west-2", "us-east-1")] + [ROW | D2S]
    footprint = gd.estimate(
        usage=pd.DataFrame(rows), period="2024", config={"cloud": {"pue": {"aws": 1.3}, "utilisation": 0.3}}
    )
    summary = footprint.summary
    assert len(summary["overrides"]) == 4
    assert sorted(row["factor_id"] for row in override_rows(summary)) == [
        "config:cloud-pue:aws",
        "config:cloud-utilisation",
    ]
    assert overrides_sentence(summary) == (
        "2 settings stand in the place of 4 shipped figures (2 from the configuration)."
    )


def test_a_report_of_bills_alone_has_nothing_of_devices(tmp_path):
    footprint = gd.estimate(usage=gd.read_usage(write_bill(tmp_path / "bill.csv", BASE)))
    page = page_of(footprint, tmp_path)
    for words in ('id="levels"', "Manufacture", "Devices are spread", ">Assets<"):
        assert words not in page
    assert "Use (electricity)" in page
    book = openpyxl.load_workbook(tmp_path / "run" / "report.xlsx")
    assert "Sites" not in book.sheetnames
    assert not [row for row in book["Coverage"].values if row[0] == "match level"]


def test_a_report_of_devices_keeps_match_levels_and_stages(tmp_path):
    footprint = gd.estimate(pd.DataFrame([{"category": "laptop", "country": "GBR"}]), period="2024")
    page = page_of(footprint, tmp_path)
    assert 'id="levels"' in page and "Manufacture" in page


def test_sources_of_error_are_words_in_explain_and_in_the_workbook(tmp_path):
    footprint = gd.estimate(usage=gd.read_usage(write_bill(tmp_path / "bill.csv", BASE)))
    told = explain_total(footprint.calculator)
    assert "load of rented machines (assumed) [cloud_utilisation]" in told
    total = footprint.summary["totals"]["total"]["central"]
    assert f"Total, management view: {digits(total)} kg CO2e" in told
    footprint.write(tmp_path / "run", charts=False)
    rows = list(openpyxl.load_workbook(tmp_path / "run" / "report.xlsx")["Drivers"].values)
    assert any(row[0] == "load of rented machines (assumed)" and row[2] == "cloud_utilisation" for row in rows)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("pue:gcp", "PUE of Google Cloud"),
        ("instance:aws:m5.metal:watts", "watts of instance type m5.metal (AWS)"),
        ("core:gcp:e2:embodied", "embodied carbon of series e2 (Google Cloud)"),
        ("derived:provider-ratio:bill.csv:aws:USD", "kg per unit of cost by provider (bill.csv, aws, USD)"),
        ("a_new_group", "a new group"),
    ],
)
def test_a_source_of_error_has_words(source, words):
    assert source_words(source, {}) == words


def test_next_to_nothing_is_not_nothing_with_a_sign(tmp_path):
    assert (money(-1e-9), money(-0.0), percent(-1e-9), percent(-0.0)) == (">-0.01", "0.00", ">-1%", "0%")
    gateway = {**BASE, "ChargeDescription": "$0.05 per NAT Gateway Hour", "ListCost": "-0.0000001"}
    (entry,) = check(write_bill(tmp_path / "bill.csv", {**BASE, "ListCost": "100"}, gateway))
    assert [row["shares"] for row in meter_rows(entry["unmatched_meters"])] == [[">-0.1%"]]
