"""Market-based scope 2 beside the location-based figure (GHG Protocol Scope 2 Guidance, chapters 6 and 7)."""

import json

import pytest

import greendigital as gd
from greendigital.config import load_config
from greendigital.errors import ConfigError

ZERO = {"name": "REGO 2025, Whitelee", "kwh": 600, "factor": 0}


def estate(tmp_path, *instruments, kwh=1000, period="2025", rows="", **config):
    path = tmp_path / "assets.csv"
    text = f"category,site,country,location_type,annual_kwh\nlaptop,North,GBR,office,{kwh}\n"
    path.write_text(text + rows, encoding="utf-8")
    return gd.estimate(gd.read_inventory(path), period=period, config={"instruments": list(instruments), **config})


def scope_2(result):
    totals = result.summary["totals"]
    return totals["inventory"]["by_scope"]["2"]["central"], totals["market_based_scope_2"]


def test_600_of_1000_kwh_under_a_zero_instrument_leave_400_at_the_location_factor(tmp_path):
    """UK government conversion factors 2025, electricity generated: 0.177 kg CO2e/kWh; 1000 x 0.177, 400 x 0.177."""
    location, market = scope_2(estate(tmp_path, ZERO))
    assert location == pytest.approx(1000 * 0.177)
    assert market["central"] == pytest.approx(400 * 0.177)
    assert market["low"] < market["central"] < market["high"]


def test_without_instruments_there_is_no_market_based_figure(tmp_path):
    assert scope_2(estate(tmp_path))[1] is None


def test_a_residual_mix_takes_the_place_of_the_location_factor_and_is_named(tmp_path):
    result = estate(tmp_path, ZERO, residual_mix={"factor": 0.4, "source": "AIB 2025, made up here"})
    assert scope_2(result)[1]["central"] == pytest.approx(400 * 0.4)
    (note,) = [p for p in result.problems if p.code == "market_based"]
    assert "600 of 1,000 kWh" in note.message and "AIB 2025" in note.message


def test_the_use_of_the_location_factor_for_the_rest_is_disclosed(tmp_path):
    (note,) = [p for p in estate(tmp_path, ZERO).problems if p.code == "market_based"]
    assert "no residual mix was given" in note.message and "REGO 2025, Whitelee" in note.message


def test_losses_and_well_to_tank_stay_as_they_are(tmp_path):
    plain, covered = estate(tmp_path), estate(tmp_path, ZERO)
    for scope in ("3.3", "2"):
        first, second = (r.summary["totals"]["inventory"]["by_scope"][scope] for r in (plain, covered))
        assert first == second


def test_an_instrument_of_a_site_covers_that_site_alone(tmp_path):
    rows = "laptop,South,GBR,office,500\n"
    result = estate(tmp_path, {**ZERO, "kwh": 500, "sites": ["South"]}, rows=rows)
    assert scope_2(result)[1]["central"] == pytest.approx(1000 * 0.177)
    with pytest.raises(ConfigError, match="more than the 500 kWh"):
        estate(tmp_path, {**ZERO, "sites": ["south"]}, rows=rows)
    with pytest.raises(ConfigError, match='"West" used no scope 2 electricity'):
        estate(tmp_path, {**ZERO, "sites": ["West"]}, rows=rows)


def test_home_use_is_not_scope_2_and_cannot_be_covered(tmp_path):
    with pytest.raises(ConfigError, match="more than the 500 kWh"):
        estate(tmp_path, ZERO, kwh=500, rows="laptop,North,GBR,home,1000\n")


def test_two_instruments_share_what_there_is_and_no_more(tmp_path):
    tariff = {"name": "Green tariff", "kind": "tariff", "kwh": 300, "factor": 0.05}
    assert scope_2(estate(tmp_path, ZERO, tariff))[1]["central"] == pytest.approx(300 * 0.05 + 100 * 0.177)
    with pytest.raises(ConfigError, match="left to cover"):
        estate(tmp_path, ZERO, {**tariff, "kwh": 401})


@pytest.mark.parametrize(
    ("instrument", "words"),
    [
        ({"kwh": 600, "factor": 0}, "a zero factor needs a name"),
        ({"name": " ", "kwh": 600, "factor": 0.1}, "needs a name"),
        ({**ZERO, "kwh": -1}, "kwh"),
        ({**ZERO, "factor": -0.1}, "factor"),
        ({**ZERO, "period": "last year"}, "last year"),
        ({**ZERO, "factr": 0}, "factr"),
    ],
)
def test_an_instrument_that_cannot_be_checked_is_refused(instrument, words):
    with pytest.raises(ConfigError, match=words):
        load_config({"instruments": [instrument]})


def test_more_energy_than_was_used_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r'"1,200" kWh are more than the 1,000 kWh'):
        estate(tmp_path, {**ZERO, "kwh": 1200})


def test_an_instrument_of_another_period_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="not within the report's"):
        estate(tmp_path, {**ZERO, "period": "2024"})
    assert scope_2(estate(tmp_path, {**ZERO, "period": "2025"}))[1]["central"] == pytest.approx(400 * 0.177)


def test_both_methods_stand_in_page_workbook_and_json(tmp_path):
    run = estate(tmp_path, ZERO).write(tmp_path / "run", charts=False)
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "Market-based" in page and 'data-kg="70.8"' in page
    assert json.loads((run / "summary.json").read_text())["totals"]["market_based_scope_2"]["central"] == 70.8
