"""Product figures against the makers' own carbon footprint reports.

Source of the transcription: Boavizta contributors, environmental-footprint-data (commit 61323eb, 2023, ODbL 1.0), and
the CarbonPDF dataset (commit 02f07ec, 2025) for the HP reports that were issued again. Each case names the maker's
report: total over the life cycle in kg CO2e, its shares, the yearly energy in kWh.
"""

from types import SimpleNamespace

import polars as pl
import pytest

import greendigital as gd

LIBRARY = gd.load_library()


def line(period="2024", **device):
    frame = pl.DataFrame([{"country": "GBR", "acquired_date": "2022-01-01", **device}])
    return SimpleNamespace(**gd.estimate_hardware(frame, period=period, library=LIBRARY).to_dicts()[0])


def test_dell_latitude_5420():
    """Dell, product carbon footprint of the Latitude 5420, January 2021: 364 kg, use 12.2 %, 21.35 kWh a year.

    Its other shares sum to 97 %: the figure is not split by stage.
    """
    found = line(manufacturer="Dell Inc.", model="Latitude 5420", planned_life_years=4.0)
    assert (found.match_level, found.use_basis, found.embodied_basis) == ("A", "product", "product")
    assert found.use_kwh == pytest.approx(21.35)
    assert found.embodied_unsplit_kg_co2e == pytest.approx(364 * (1 - 0.122) / 4, rel=1e-3)
    assert found.manufacture_kg_co2e == 0


def test_dell_precision_7760_by_stage():
    """Dell, Precision 7760, June 2021: 533 kg; manufacture 87.1 %, transport 3.8 %, use 8.9 %, end of life 0.2 %."""
    found = line(
        manufacturer="Dell", model="Precision 7760", planned_life_years=4.0, acquired_date="2024-01-01", quantity=2.0
    )
    assert found.use_kwh == pytest.approx(2 * 22.52)
    assert found.manufacture_kg_co2e == pytest.approx(2 * 533 * 0.871 / 4, rel=1e-3)
    assert found.transport_kg_co2e == pytest.approx(2 * 533 * 0.038 / 4, rel=2e-3)
    assert found.end_of_life_kg_co2e == pytest.approx(2 * 533 * 0.002 / 4, rel=2e-2)
    # GHG Protocol, category 2: cradle to gate, so that end of life is left out in the year of purchase.
    assert found.purchase_year_kg_co2e == pytest.approx(2 * 533 * (0.871 + 0.038), rel=1e-3)


def test_hp_elitebook_840_g7_takes_the_report_that_was_issued_again():
    """HP, c07525090: 160 kg, manufacture 72 %; the older document had 310 kg. Only the older one names 15.98 kWh."""
    found = line(manufacturer="HP", model="HP EliteBook 840 G7 Notebook PC", planned_life_years=4.0)
    assert (found.match_level, found.embodied_factor_id) == ("A", "gd-0031")
    assert found.manufacture_kg_co2e == pytest.approx(160 * 0.72 / 4)
    assert found.embodied_unsplit_kg_co2e == 0
    assert found.use_kwh == pytest.approx(15.98)


def test_hp_chromebook_11a_takes_the_later_document():
    """HP, c08733839: 90 kg, manufacture 72 %; the earlier c07887773 of February 2022 had 174 kg."""
    found = line(manufacturer="HP", model="Chromebook 11a", planned_life_years=4.0)
    assert found.manufacture_kg_co2e == pytest.approx(90 * 0.72 / 4)
    assert found.use_kwh == pytest.approx(15.08)


def test_a_server_is_it_load_and_the_room_comes_on_top():
    """Dell, PowerEdge R740, January 2019: 1,760.3 kWh a year; the use share of the report holds cooling already."""
    found = line(manufacturer="Dell", model="PowerEdge R740", location_type="server_room", pue=1.5)
    assert found.use_kwh == pytest.approx(1760.3 * 1.5)


def test_a_report_that_the_collection_retired_lends_its_energy_and_not_its_embodied_figure():
    """Dell, P2721Q, 2020 (retired 2022-09-26, source unreachable): 57.2 kWh a year."""
    found = line(manufacturer="Dell", model="P2721Q", category="monitor", screen_size_inches=27.0)
    assert (found.match_level, found.use_basis, found.embodied_basis) == ("A", "product", "class")
    assert found.use_kwh == pytest.approx(57.2)
    assert found.embodied_factor_id == "class:dell:monitor:26_to_29.9_inch:2021_and_later:embodied"


def test_a_figure_printed_as_95th_percentile_enters_by_its_mean_estimate():
    """Lenovo, ThinkPad X1 Carbon 7th Gen: the collection has the 95th percentile, whose mean is worked out as 317 kg.

    Only a part of the mean is embodied: the total of the whole life is never taken for it, nor the percentile.
    """
    found = line(manufacturer="Lenovo", model="ThinkPad X1 Carbon Gen 7", category="laptop", planned_life_years=4.0)
    assert (found.match_level, found.embodied_basis) == ("A", "class")
    assert found.embodied_factor_id == "derived:mean-estimate:gd-0467"
    assert 317 / 2 < 4 * found.embodied_unsplit_kg_co2e < 317


def test_the_total_of_a_printer_that_holds_paper_and_toner_is_not_its_embodied_figure():
    """Lexmark, B3340dw: 97 to 99 % of the total is paper and toner; what is left is 89.7 kg."""
    found = line(manufacturer="Lexmark", model="B3340dw", planned_life_years=5.0)
    stages = ("manufacture", "transport", "end_of_life", "embodied_unsplit")
    assert sum(getattr(found, f"{s}_kg_co2e") for s in stages) == pytest.approx(89.7 / 5, rel=1e-3)
    assert found.use_kwh == pytest.approx(23.4)
