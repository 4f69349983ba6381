"""What of the cost is estimated, from usage or from cost, and why the rest is not."""

import openpyxl
import pytest

import greendigital as gd
from greendigital.preflight import check
from greendigital.reports.cost_words import cost_sentences
from greendigital.reports.to_text import summary_text
from tests.test_usage import BASE, write_bill

TAX = {**BASE, "ChargeCategory": "Tax", "ServiceName": "Tax", "ListCost": "0", "RegionId": "", "BilledCost": "20.02"}
CREDIT = {**TAX, "ChargeCategory": "Credit", "BilledCost": "-50.05"}


def of_bills(tmp_path, *bills):
    """The footprint of bills, and its costs by currency."""
    paths = [write_bill(tmp_path / f"bill{number}.csv", *rows) for number, rows in enumerate(bills)]
    footprint = gd.estimate(usage=gd.read_usage(*paths))
    return footprint, {c["currency"]: c for c in footprint.summary["coverage"]["usage"]["costs"]}


def test_shares_of_the_cost_are_of_the_charges_and_credits_are_no_part_of_them(tmp_path):
    """Four machines of 100.10 and tax of 20.02; the credit of 50.05 stands beside them."""
    _, costs = of_bills(tmp_path, [BASE, BASE, BASE, BASE, TAX, CREDIT])
    usd = costs["USD"]
    assert usd["charges"] == pytest.approx(4 * 100.10 + 20.02)
    assert usd["physical_share"] == pytest.approx(400.40 / 420.42)
    assert usd["fallback_share"] == 0
    assert usd["excluded_share"] == pytest.approx(20.02 / 420.42)
    assert [(e["reason_code"], e["lines"], e["billed"]) for e in usd["excluded_by_reason"]] == [
        ("tax", 1, pytest.approx(20.02)),
        ("credit", 1, pytest.approx(-50.05)),
    ]
    assert cost_sentences([usd]) == [
        "Of the cost, 420.42 USD, 95% is estimated physically and 5% is excluded (tax 5%). "
        "Beside that: -50.05 USD of credits."
    ]


def test_currencies_have_a_sentence_each(tmp_path):
    _, costs = of_bills(tmp_path, [BASE, {**TAX, "BillingCurrency": "GBP"}])
    assert cost_sentences(list(costs.values())) == [
        "Of the cost, 20.02 GBP, nothing is estimated and 100% is excluded (tax 100%).",
        "Of the cost, 100.10 USD, 100% is estimated physically.",
    ]


def test_what_another_bill_holds_too_is_told_beside_the_shares(tmp_path):
    usage = {**BASE, "ResourceId": "i-0123456789abcdef0"}
    rows = [usage, {**usage, "ResourceId": "i-0fedcba9876543210"}, TAX]
    _, costs = of_bills(tmp_path, rows, [*rows, {**usage, "ResourceId": "i-00000000000000000"}])
    usd = costs["USD"]
    assert usd["billed_in_other_bill"] > 0
    assert usd["charges"] == pytest.approx(usd["billed"] - usd["billed_in_other_bill"])
    shares = sum(usd[f"{part}_share"] for part in ("physical", "fallback", "excluded"))
    assert shares == pytest.approx(1)
    assert f"{usd['billed_in_other_bill']:,.2f} USD billed twice, in another bill too" in cost_sentences([usd])[0]


def test_the_share_of_the_cost_stands_on_every_first_page(tmp_path):
    footprint, costs = of_bills(tmp_path, [BASE, TAX])
    sentence = cost_sentences([costs["USD"]])[0]
    assert sentence == "Of the cost, 120.12 USD, 83% is estimated physically and 17% is excluded (tax 17%)."
    folder = footprint.write(tmp_path / "run", charts=False)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert sentence in page[: page.index('id="s-advice"')]
    assert "Of the carbon, 100% rests on instance types and cloud tables." in page
    run = {"as_of": "2025-01-31", "config": {"organisation": {"fte": None}}, "problems": []}
    assert sentence in " ".join(summary_text(footprint.summary, run, colour=False).split())
    rows = list(openpyxl.load_workbook(folder / "report.xlsx")["Excluded costs"].values)
    assert any(row[:4] == ("USD", "tax", 1, 20.02) for row in rows)


def test_check_says_why_cost_is_excluded(tmp_path):
    (entry,) = check(write_bill(tmp_path / "bill.csv", BASE, TAX))
    (usd,) = entry["billed_by_status"]
    assert [(e["reason_code"], e["billed"]) for e in usd["excluded_by_reason"]] == [("tax", 20.02)]
    assert usd["excluded_share"] == pytest.approx(20.02 / 120.12)


def test_a_bill_of_credits_alone_has_no_shares(tmp_path):
    _, costs = of_bills(tmp_path, [CREDIT])
    assert costs["USD"]["excluded_share"] is None
    assert cost_sentences([costs["USD"]]) == ["Nothing was charged in USD. Beside that: -50.05 USD of credits."]
