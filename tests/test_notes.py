"""What is said beside the figures: provisional editions, old data, what is left out."""

import pytest

import greendigital as gd


def codes(tmp_path, text, period):
    path = tmp_path / "assets.csv"
    path.write_text("category,country,home_share,annual_kwh\n" + text, encoding="utf-8")
    result = gd.estimate(gd.read_inventory(path), period=period)
    return {problem.code: problem for problem in result.problems}


@pytest.mark.parametrize("period", ["2024", "2025-26", "2024-04-01..2026-03-31"])
def test_a_period_whose_editions_exist_is_not_called_provisional(tmp_path, period):
    assert "provisional_edition" not in codes(tmp_path, "laptop,GBR,0.5,\n", period)


def test_a_period_without_an_edition_says_which_one_stands_in(tmp_path):
    found = codes(tmp_path, "laptop,GBR,,\n", "2028-29")
    assert "2026 stands in" in found["provisional_edition"].message


def test_electricity_data_more_than_two_years_old_is_named(tmp_path):
    assert "old_electricity_factor" not in codes(tmp_path, "laptop,FRA,,\n", "2026")
    assert '"FRA" is of 2024, 3 years' in codes(tmp_path, "laptop,FRA,,\n", "2027")["old_electricity_factor"].message


def test_sites_abroad_are_noted_to_include_upstream(tmp_path):
    assert "includes_upstream" in codes(tmp_path, "laptop,FRA,,\n", "2024")
    assert "includes_upstream" not in codes(tmp_path, "laptop,GBR,,\n", "2024")


def test_what_is_left_out_is_told_with_counts_and_reasons(tmp_path):
    path = tmp_path / "assets.csv"
    path.write_text("category,model,status,acquired_date\nlaptop,X,retired,2020-01-01\n,Thing,,\nrouter,Y,,\n",
                    encoding="utf-8")  # fmt: skip
    told = " ".join(gd.estimate(gd.read_inventory(path), period="2024").summary["not_covered"])
    for words in (
        "1 asset line excluded: retired or disposed without a date",
        "1 asset line excluded: model and category",
        "1 line of router without a whole figure for electricity",
    ):
        assert words in told


def test_lines_left_out_say_how_many_devices_they_are(tmp_path):
    path = tmp_path / "assets.csv"
    path.write_text("category,model,quantity\n,Thing,490\nlaptop,X,3\n", encoding="utf-8")
    told = gd.estimate(gd.read_inventory(path), period="2024").summary["not_covered"]
    assert "1 asset line (490 devices) excluded: model and category unknown." in told


def test_devices_without_a_date_of_purchase_are_told_to_be_in_no_year_of_purchase(tmp_path):
    path = tmp_path / "assets.csv"
    path.write_text("category,acquired_date,quantity,ownership\nlaptop,,7,\nlaptop,2024-05-01,2,\nlaptop,,4,byod\n",
                    encoding="utf-8")  # fmt: skip
    result = gd.estimate(gd.read_inventory(path), period="2024")
    told = [text for text in result.summary["not_covered"] if text.startswith("Capital goods")]
    # Staff's own devices are outside the inventory anyhow.
    assert len(told) == 1 and told[0].startswith("Capital goods of 7 devices without a date of purchase: ")


def test_a_keyboard_in_use_draws_nothing_of_its_own_by_its_factor(tmp_path):
    path = tmp_path / "assets.csv"
    path.write_text("category,status\nkeyboard,in_use\nkeyboard,in_stock\n", encoding="utf-8")
    result = gd.estimate(gd.read_inventory(path), period="2024")
    assert "use = 0 kWh: 0 kWh/year [category-keyboard-annual-kwh]" in result.explain("assets.csv:2")
    assert "use = 0 kWh: only a device in use draws power" in result.explain("assets.csv:3")


def test_the_share_at_home_says_where_the_embodied_carbon_stands(tmp_path):
    path = tmp_path / "assets.csv"
    path.write_text("category,home_share,status,acquired_date\nlaptop,0.2,in_use,2024-01-01\nlaptop,0.2,in_stock,2024-01-01\n",
                    encoding="utf-8")  # fmt: skip
    result = gd.estimate(gd.read_inventory(path), period="2024")
    for line in ("assets.csv:2", "assets.csv:3"):
        told = result.explain(line)
        assert told.count("whole with its other place, above") == 1
        assert "is over" not in told


def bill(tmp_path, months):
    header = (
        "ProviderName,BillingAccountId,ServiceName,ServiceCategory,RegionId,ChargeCategory,ChargePeriodStart,"
        "ChargePeriodEnd,ChargeDescription,ConsumedQuantity,ConsumedUnit,BilledCost,ListCost,BillingCurrency"
    )
    rows = [
        f"AWS,1,Amazon Elastic Compute Cloud,Compute,eu-west-2,Usage,2024-{m:02d}-01,2024-{m:02d}-28,"
        "$0.222 per On Demand Linux m5.xlarge Instance Hour,100,Hours,22,22,USD"
        for m in months
    ]
    path = tmp_path / "bill.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return gd.read_usage(path)


def test_a_bill_that_covers_part_of_the_period_is_warned_of_and_not_scaled_up(tmp_path):
    result = gd.estimate(usage=bill(tmp_path, [4]), period="2024")
    (problem,) = [p for p in result.problems if p.code == "months_missing"]
    assert problem.severity == "warning" and problem.message.startswith("The bill covers 1 of the 12 months")
    assert result.summary["coverage"]["usage"]["months_covered"] == ["2024-04"]
    whole = gd.estimate(usage=bill(tmp_path, range(1, 13)), period="2024")
    assert not [p for p in whole.problems if p.code == "months_missing"]
    assert whole.totals()["central_kg_co2e"][0] == pytest.approx(12 * result.totals()["central_kg_co2e"][0])


def test_a_bill_of_other_months_than_the_period_is_told_with_those_that_it_has(tmp_path):
    usage = bill(tmp_path, [9, 10])
    (problem,) = [p for p in gd.estimate(usage=usage, period="2025-26").problems if p.code == "no_charge_in_period"]
    assert problem.message == "The bill has no charge in the period 2025-26; its charges are of 2024-09 to 2024-10."
    assert "--period 2024-09-01..2024-10-31" in problem.remedy
    fitting = gd.estimate(usage=usage, period="2024-09-01..2024-10-31")
    assert not {"no_charge_in_period", "charges_outside_period"} & {p.code for p in fitting.problems}
    assert len(fitting.lines[fitting.lines.status != "excluded"]) == 2


def test_a_bill_of_more_months_than_the_period_says_how_many_lines_are_left_out(tmp_path):
    found = gd.estimate(usage=bill(tmp_path, [8, 9, 10]), period="2024-09-01..2024-09-30")
    (problem,) = [p for p in found.problems if p.code == "charges_outside_period"]
    assert problem.message == "2 lines lie outside the period; the bill has charges of 2024-08 to 2024-10."


def test_a_charge_on_both_sides_of_an_end_of_the_period_is_told_and_never_cut(tmp_path):
    path = bill(tmp_path, [3, 4, 5])  # a charge for each month
    found = gd.estimate(usage=path, period="2024-03-20..2024-05-15")
    (problem,) = [p for p in found.problems if p.code == "charge_across_period"]
    assert problem.message.endswith(
        "1 charge begun before it (from 2024-03-01) is not counted, and 1 charge lasting beyond it (to 2024-05-27) "
        "counts whole."
    )
    assert list(found.lines.status) == ["excluded", "estimated", "estimated"]
    whole = gd.estimate(usage=path, period="2024-03-01..2024-05-31")
    assert "charge_across_period" not in {p.code for p in whole.problems}
