"""Site meters: reading a meter file, and the devices of a site brought to what its meter of IT equipment read.

2024 has 366 days, so of a year's energy 31/366 fall on January and 29/366 on February.
"""

import zipfile
from datetime import date

import duckdb
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

import greendigital as gd
from greendigital import frames
from greendigital.config import Config, load_config
from greendigital.estimation.hardware import hardware_lines
from greendigital.estimation.tables import RunTables
from greendigital.explain import explain_line
from greendigital.factorset import load_library
from greendigital.inventory.site_meters import MeterReading
from greendigital.period import parse_period

LIBRARY = load_library()
LAPTOP_KWH = LIBRARY.factor("category-laptop-annual-kwh").value
JANUARY, FEBRUARY = 31 / 366, 29 / 366

# UK Government GHG Conversion Factors for Company Reporting 2024 (DESNZ), sheets "UK electricity", "Transmission and
# distribution" and "WTT- UK electricity": kg CO2e per kWh.
GENERATION, LOSSES, WTT = 0.20705, 0.0183, 0.0459 + 0.00397


def written(path, *rows, head="site,month,kwh,it_only"):
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def readings(tmp_path, *rows, head="Site,Month,kWh,IT only"):
    assets = gd.read_inventory(written(tmp_path / "meters.csv", *rows, head=head), library=LIBRARY)
    return assets.meters, assets.problems


# --- reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["2025-04", "2025/04", "202504", "Apr 2025", "April 2025", "Apr-25", "04/2025", "01/04/2025", "30/04/2025",
     "2025-04-30", "1 April 2025", "45748", "avril 2025"],
)  # fmt: skip
def test_a_month_is_read_however_it_is_written(tmp_path, text):
    """45748 is the day number of 1 April 2025 in a spreadsheet."""
    (found,), problems = readings(tmp_path, f"HQ,{text},1200,yes")
    assert (found.site, found.month, found.kwh, found.it_only) == ("HQ", date(2025, 4, 1), 1200.0, True)
    assert problems == []


@pytest.mark.parametrize("text", ["2025", "2024/25", "2025-13", "spring", "31/02/2025", "01/04/1950"])
def test_what_is_no_month_is_told_and_not_used(tmp_path, text):
    (found,), (problem,) = readings(tmp_path, f"HQ,{text},1200,yes")
    assert (found.month, found.reason_code) == (None, "invalid_reading")
    assert (problem.code, problem.row, problem.column) == ("month_invalid", 2, "Month")


def test_the_part_that_is_always_one_is_the_day(tmp_path):
    months, problems = readings(tmp_path, "HQ,04/01/2025,1,yes", "HQ,05/01/2025,1,yes", "HQ,06/01/2025,1,yes")
    assert [m.month.month for m in months] == [4, 5, 6]
    assert problems == []


def test_months_that_may_be_read_either_way_are_told(tmp_path):
    months, (problem,) = readings(tmp_path, "HQ,03/04/2025,1,yes", "HQ,04/05/2025,1,yes")
    assert [m.month.month for m in months] == [4, 5]
    assert problem.code == "date_order_undecided"


@pytest.mark.parametrize(
    ("heading", "kwh"),
    [
        ("kWh", 1.5),
        ("Energy (MWh)", 1500.0),
        ("MWh used", 1500.0),
        ("Electricity Wh", 0.0015),
        ("Consumption kWh", 1.5),
    ],
)
def test_the_heading_says_the_unit(tmp_path, heading, kwh):
    (found,), _ = readings(tmp_path, "HQ,2025-04,1.5,yes", head=f"Location,Month,{heading},IT only")
    assert found.kwh == pytest.approx(kwh)


@pytest.mark.parametrize(
    ("word", "reason"),
    [("yes", ""), ("Y", ""), ("true", ""), ("1", ""), ("IT only", ""), ("no", "meter_not_it_only"),
     ("0", "meter_not_it_only"), ("whole building", "meter_not_it_only"), ("", "meter_not_it_only")],
)  # fmt: skip
def test_only_a_meter_marked_as_it_only_is_used(tmp_path, word, reason):
    (found,), _ = readings(tmp_path, f"HQ,2025-04,1200,{word}")
    assert found.reason_code == reason


def test_without_the_column_no_meter_is_taken_to_be_it_only(tmp_path):
    (found,), problems = readings(tmp_path, "HQ,2025-04,1200", head="Site,Month,kWh")
    assert found.reason_code == "meter_not_it_only"
    assert [p.code for p in problems] == ["meter_not_it_only"]


def test_every_data_row_is_a_reading_and_repeated_headers_are_none(tmp_path):
    rows = ["HQ,2025-04,1200,yes", "", "Site,Month,kWh,IT only", "HQ,2025-05,1100,yes", "Total,,2300,"]
    found, _ = readings(tmp_path, *rows)
    assert [(m.source_row, m.reason_code) for m in found] == [(2, ""), (5, ""), (6, "total_row")]


def test_a_row_with_more_cells_than_the_header_is_left_out(tmp_path):
    (found,), (problem,) = readings(tmp_path, "HQ,2025-04,1,200,yes")
    assert (found.reason_code, problem.code) == ("row_too_long", "row_too_long")


def test_a_device_list_with_months_and_kwh_is_no_meter_file(tmp_path):
    path = written(tmp_path / "r.csv", "laptop,Latitude 5420,HQ,2025-04,21", head="Category,Model,Site,Month,kWh")
    assets = gd.read_inventory(path, library=LIBRARY)
    assert (len(assets.rows), assets.meters) == (1, [])


ODS_CELL = (
    '<table:table-cell office:value-type="{kind}" office:{attribute}="{value}"><text:p>{value}</text:p>'
    "</table:table-cell>"
)


def as_workbook(path):
    book = Workbook()
    book.active.append(["Site", "Month", "MWh", "IT only"])
    book.active.append(["HQ", date(2025, 4, 1), 1.2, True])
    book.save(path)


def as_opendocument(path):
    def row(*cells):
        texts = (ODS_CELL.format(kind=k, attribute="date-value" if k == "date" else "value", value=v) for k, v in cells)
        return f"<table:table-row>{''.join(texts)}</table:table-row>"

    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text", "table")
    )
    rows = row(*(("string", h) for h in ("Site", "Month", "MWh", "IT only")))
    rows += row(("string", "HQ"), ("date", "2025-04-01"), ("float", "1.2"), ("string", "yes"))
    body = f"<office:body><office:spreadsheet><table:table>{rows}</table:table></office:spreadsheet></office:body>"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", f"<office:document-content {spaces}>{body}</office:document-content>")


def as_text(path):
    path.write_text("Site;Month;MWh;IT only\nHQ;01/04/2025;1,2;yes\n", encoding="utf-16")


@pytest.mark.parametrize(("ending", "write"), [("xlsx", as_workbook), ("ods", as_opendocument), ("csv", as_text)])
def test_workbooks_and_text_are_read_alike(tmp_path, ending, write):
    path = tmp_path / f"meters.{ending}"
    write(path)
    assets = gd.read_inventory(path, library=LIBRARY)
    (found,) = assets.meters
    assert (found.site, found.month, found.it_only) == ("HQ", date(2025, 4, 1), True)
    assert found.kwh == pytest.approx(1200)
    (record,) = assets.inputs
    assert (record.format, record.lines) == ("meter", 1)
    assert record.columns == {"Site": "site", "Month": "month", "MWh": "kwh", "IT only": "it_only"}


def test_devices_and_meters_may_be_sheets_of_one_workbook(tmp_path):
    book = Workbook()
    book.active.append(["Category", "Site", "Qty", "Country"])
    book.active.append(["Laptop", "HQ", 10, "UK"])
    sheet = book.create_sheet("Meters")
    sheet.append(["Site", "Month", "kWh", "IT only"])
    sheet.append(["HQ", date(2024, 1, 1), 20, "yes"])
    book.save(tmp_path / "estate.xlsx")
    found = gd.estimate(gd.read_inventory(tmp_path / "estate.xlsx", library=LIBRARY), period="2024", library=LIBRARY)
    assert found.lines["line_id"].tolist() == ["estate.xlsx:2", "estate.xlsx!Meters:2"]
    assert [i["lines"] for i in found.summary["inputs"]] == [2]
    assert found.lines["use_kwh"].iloc[0] == pytest.approx(10 * LAPTOP_KWH * (1 - JANUARY) + 20)


def test_sub_meters_of_one_site_and_month_are_not_used_and_another_site_is(tmp_path):
    found, problems = readings(tmp_path, "HQ,2025-04,1,yes", "hq ,2025-04,2,yes", "DC,2025-04,3,yes", "HQ,2025-04,4,no")
    assert [m.reason_code for m in found] == ["meter_twice", "meter_twice", "", "meter_not_it_only"]
    assert [(p.severity, p.row) for p in problems if p.code == "meter_twice"] == [("error", 2)]


@pytest.mark.parametrize(
    ("name", "severity", "remedy"), [("Town Hal", "warning", '"Town Hall"'), ("Quay 9", "note", "")]
)
def test_a_site_that_nothing_knows_is_told_with_the_nearest_name(tmp_path, name, severity, remedy):
    register = written(tmp_path / "r.csv", "laptop,Town Hall", head="category,site")
    assets = gd.read_inventory(register, written(tmp_path / "m.csv", f"{name},2024-01,5,yes"), library=LIBRARY)
    (told,) = (p for p in assets.problems if p.code == "meter_site_unknown")
    assert (told.severity, told.row) == (severity, 2)
    assert remedy in told.remedy


def test_a_site_of_the_configuration_that_only_a_meter_names_is_used(tmp_path):
    config = load_config({"sites": [{"name": "DC", "country": "GBR", "location_type": "data_centre", "pue": 1.4}]})
    register = written(tmp_path / "r.csv", "laptop,HQ,GBR", head="category,site,country")
    meters = written(tmp_path / "m.csv", "dc,2024-01,5,yes")
    assets = gd.read_inventory(register, meters, config=config, library=LIBRARY)
    assert "site_unused" not in {p.code for p in assets.problems}
    (found,) = assets.meters
    assert (found.site, found.country, found.location_type, found.pue) == ("DC", "GBR", "data_centre", 1.4)


# --- calibration: sums a reader can check ----------------------------------------------------------------------------


def meter(month, kwh, site="HQ", row=2, **values):
    return MeterReading(f"m.csv:{row}", "m.csv", row, site, date.fromisoformat(f"{month}-01"), kwh, True, **values)


def year(kwh, months=range(1, 13)):
    return [meter(f"2024-{m:02d}", kwh, row=m + 1) for m in months]


def laptops(**values):
    """Ten laptops at HQ that serve all of 2024, at the yearly kWh of their category, unless told otherwise."""
    return {"category": "laptop", "site": "HQ", "country": "GBR", "acquired_date": "2023-01-01", "quantity": 10.0,
            **values}  # fmt: skip


WANTED = (
    "line_id",
    "part",
    "location_type",
    "use_kwh",
    "use_kwh_low",
    "use_kwh_high",
    "calibrated_share",
    "use_basis",
    "meter_factor_id",
    "energy_factor_id",
    "annual_kwh",
)


def table_of(devices):
    columns = {name: [d.get(name) for d in devices] for name in dict.fromkeys(n for d in devices for n in d)}
    numbers = list(range(2, len(devices) + 2))
    return columns | {"source_id": ["r"] * len(devices), "source_row": numbers, "line_id": [f"r:{n}" for n in numbers]}


def estimated(frame, meters, period, connection=None):
    """Rows of the hardware body under the meters, in order, and the tables of the run."""
    tables = RunTables(LIBRARY, parse_period(period), Config(), readings=meters)
    rows = frames.rows(hardware_lines(frame, tables, connection), WANTED)
    return sorted(rows, key=lambda r: r[:2]), tables


def calibrated(devices, meters=(), period="2024"):
    """By way of Polars, the quickest engine for a few rows."""
    rows, tables = estimated(pl.DataFrame(table_of(devices), infer_schema_length=None), meters, period)
    return pd.DataFrame(rows, columns=WANTED), tables


def test_a_month_above_the_model_scales_that_month_alone():
    modelled = 10 * LAPTOP_KWH
    (line,) = calibrated([laptops()], [meter("2024-01", 1.2 * modelled * JANUARY)])[0].to_dict("records")
    assert line["use_kwh"] == pytest.approx(modelled * (1 - JANUARY + 1.2 * JANUARY))
    assert line["calibrated_share"] == pytest.approx(1.2 * JANUARY / (1 - JANUARY + 1.2 * JANUARY))
    assert (line["use_basis"], line["meter_factor_id"]) == ("calibrated_to_meter", "derived:meter:HQ")
    assert (line["energy_factor_id"], line["annual_kwh"]) == ("category-laptop-annual-kwh", LAPTOP_KWH)


def test_a_site_that_is_metered_all_year_is_what_its_meter_read():
    lines, tables = calibrated([laptops(), laptops(quantity=5.0)], year(25.0))
    assert lines["use_kwh"].tolist() == pytest.approx([300 * 10 / 15, 300 * 5 / 15])
    assert lines["calibrated_share"].tolist() == pytest.approx([1.0, 1.0])
    factor = tables.used["derived:meter:HQ"]
    assert factor.value == pytest.approx(300 / (15 * LAPTOP_KWH))
    assert factor.unit == "ratio"
    assert set(tables.meters.reasons.values()) == {"carried_by_devices"}


def test_the_pue_is_applied_on_top_of_what_the_meter_read():
    (line,) = calibrated([laptops(location_type="server_room", pue=1.5)], year(20.0))[0].to_dict("records")
    assert line["use_kwh"] == pytest.approx(12 * 20 * 1.5)


def test_devices_with_a_meter_of_their_own_keep_it_and_are_taken_off_first():
    """366 kWh a year are 31 kWh in January; the other 18 of the 49 kWh read are those of the laptops."""
    lines, tables = calibrated([laptops(), laptops(quantity=1.0, annual_kwh=366.0)], [meter("2024-01", 49.0)])
    modelled = 10 * LAPTOP_KWH
    assert lines["use_kwh"].tolist() == pytest.approx([modelled * (1 - JANUARY) + 18, 366.0])
    assert lines["use_basis"].tolist() == ["calibrated_to_meter", "metered"]
    assert "less 31 kWh of devices with a meter of their own" in tables.used["derived:meter:HQ"].note


def test_a_device_counts_by_the_days_it_serves_in_the_month():
    """Ten laptops all January, ten from the 17th: 310 and 150 of 460 laptop-days, 30 kWh read."""
    later = laptops(acquired_date="2024-01-17")
    lines, _ = calibrated([laptops(), later], [meter("2024-01", 30.0)], period="2024-01-01..2024-01-31")
    assert lines["use_kwh"].tolist() == pytest.approx([30 * 310 / 460, 30 * 150 / 460])


def test_a_month_that_the_period_cuts_counts_by_its_days():
    """16 of the 31 days of January, 62 kWh read: 32 kWh."""
    lines, _ = calibrated([laptops(quantity=35.0)], [meter("2024-01", 62.0)], period="2024-01-16..2024-01-31")
    assert lines["use_kwh"].sum() == pytest.approx(32.0)


def test_the_share_at_home_is_not_on_the_meter():
    lines, _ = calibrated([laptops(home_share=0.4)], year(15.0))
    office, home = lines.to_dict("records")
    assert (office["location_type"], office["use_kwh"]) == ("office", pytest.approx(180.0))
    assert (home["location_type"], home["use_kwh"]) == ("home", pytest.approx(0.4 * 10 * LAPTOP_KWH))
    assert home["use_basis"] == "category"
    assert pd.isna(home["meter_factor_id"])


def test_stock_draws_nothing_and_another_site_is_left_alone():
    devices = [laptops(), laptops(status="in_stock"), laptops(site="Depot")]
    lines, _ = calibrated(devices, year(20.0))
    assert lines["use_kwh"].tolist() == pytest.approx([240.0, 0.0, 10 * LAPTOP_KWH])
    assert lines["use_basis"].tolist() == ["calibrated_to_meter", "none", "category"]


def test_each_part_of_a_long_period_has_its_own_months():
    lines, _ = calibrated([laptops()], [meter("2024-02", 20.0)], period="2023-01-01..2024-12-31")
    first, second = lines["use_kwh"]
    assert first == pytest.approx(10 * LAPTOP_KWH)
    assert second == pytest.approx(10 * LAPTOP_KWH * (1 - FEBRUARY) + 20)


@pytest.mark.parametrize(("ratio", "applies"), [(0.5, True), (2.0, True), (0.49, False), (2.01, False), (0.0, False)])
def test_a_ratio_outside_one_half_to_two_is_told_and_not_applied(ratio, applies):
    modelled = 10 * LAPTOP_KWH
    lines, tables = calibrated([laptops()], [meter("2024-01", ratio * modelled * JANUARY, row=7)])
    assert lines["use_kwh"].sum() == pytest.approx(modelled * (1 - JANUARY + (ratio if applies else 1.0) * JANUARY))
    assert tables.meters.reasons == {"m.csv:7": "carried_by_devices" if applies else "meter_ratio"}
    told = [(p.severity, p.code, p.file, p.row) for p in tables.meters.problems]
    assert told == ([] if applies else [("error", "meter_ratio", "m.csv", 7)])


def test_a_refused_ratio_names_site_months_both_energies_and_ratio():
    (problem,) = calibrated([laptops(annual_kwh=366.0, quantity=1.0)], [meter("2024-01", 310.0)])[1].meters.problems
    assert '"HQ"' in problem.message
    assert "2024-01 310 kWh metered, 31 kWh estimated, ratio 10" in problem.message


def test_site_names_are_compared_without_case_and_blanks():
    lines, _ = calibrated([laptops(site=" hq")], [*year(20.0, range(1, 7)), *year(20.0, range(7, 13))])
    assert lines["use_kwh"].sum() == pytest.approx(240.0)


def test_the_meter_narrows_the_range_of_its_share_alone():
    """The width of a site meter is 0.95 to 1.05; laptops without a meter are far wider."""

    def down_and_up(meters):
        (line,) = calibrated([laptops()], meters)[0].to_dict("records")
        return line["use_kwh_low"] / line["use_kwh"], line["use_kwh_high"] / line["use_kwh"]

    none, half, whole = (down_and_up(m) for m in ((), year(20.0, range(1, 7)), year(20.0)))
    assert whole == pytest.approx((0.95, 1.05))
    assert none[0] < half[0] < whole[0]
    assert whole[1] < half[1] < none[1]


def mixed_site():
    devices = [laptops(home_share=0.3), laptops(acquired_date="2024-02-10"), laptops(annual_kwh=30.0),
               laptops(site="Depot"), laptops(status="in_stock")]  # fmt: skip
    return devices, [meter("2024-01", 60.0, row=2), meter("2024-02", 70.0, row=3), meter("2024-03", 5000.0, row=4)]


@pytest.mark.parametrize("period", ["2024", "2023-07-01..2025-06-30"])
def test_all_engines_give_the_same_lines(period):
    devices, meters = mixed_site()
    table = table_of(devices)
    connection = duckdb.connect()
    connection.register("devices", pd.DataFrame(table))
    given = [(pd.DataFrame(table), None), (pl.DataFrame(table), None), (connection.table("devices"), connection)]
    first, *others = (estimated(frame, meters, period, own)[0] for frame, own in given)
    assert sum(row[WANTED.index("calibrated_share")] is not None for row in first) >= 2
    for other in others:
        for one, two in zip(first, other, strict=True):
            words = [[v for v in row if not isinstance(v, float)] for row in (one, two)]
            numbers = [[v for v in row if isinstance(v, float)] for row in (one, two)]
            assert words[0] == words[1]
            assert numbers[0] == pytest.approx(numbers[1], rel=1e-12)


# --- properties -------------------------------------------------------------------------------------------------------

some_devices = st.lists(
    st.builds(
        lambda quantity, category, day, home: laptops(
            quantity=float(quantity), category=category, acquired_date=day.isoformat(), home_share=home
        ),
        st.integers(1, 50),
        st.sampled_from(["laptop", "tablet", "desktop"]),
        st.dates(date(2023, 6, 1), date(2024, 11, 30)),
        st.sampled_from([None, 0.25]),
    ),
    min_size=1,
    max_size=4,
)
some_ratios = st.dictionaries(st.integers(1, 12), st.floats(0.51, 1.99), min_size=1, max_size=12)


def modelled_in(devices, month):
    """kWh of a month of 2024 by hand: devices x yearly kWh x days served / 366, without the share at home."""
    first, after = date(2024, month, 1), (date(2024, month + 1, 1) if month < 12 else date(2025, 1, 1))
    return sum(
        d["quantity"]
        * LIBRARY.factor(f"category-{d['category']}-annual-kwh").value
        * (1 - (d["home_share"] or 0.0))
        * max(0, (after - max(first, date.fromisoformat(d["acquired_date"]))).days)
        / 366
        for d in devices
    )


@settings(max_examples=20, deadline=None)
@given(some_devices, some_ratios)
def test_over_the_metered_months_a_site_adds_up_to_its_meter(devices, ratios):
    meters = [
        meter(f"2024-{m:02d}", ratio * kwh, row=m) for m, ratio in ratios.items() if (kwh := modelled_in(devices, m))
    ]
    unmetered = set(range(1, 13)) - {m.month.month for m in meters}
    lines, tables = calibrated(devices, meters)
    found = lines.loc[lines["location_type"] != "home", "use_kwh"].sum()
    expected = sum(m.kwh for m in meters) + sum(modelled_in(devices, m) for m in unmetered)
    assert found == pytest.approx(expected, rel=1e-9)
    assert not meters or tables.meters.problems == []


@settings(max_examples=10, deadline=None)
@given(some_devices, some_ratios, st.randoms())
def test_neither_the_order_of_rows_nor_splitting_a_line_changes_a_site(devices, ratios, random):
    meters = [meter(f"2024-{m:02d}", modelled_in(devices, m) * r, row=m) for m, r in ratios.items()]
    split = [{**d, "quantity": d["quantity"] / 2} for d in devices for _ in range(2)]
    random.shuffle(split)
    once, twice = (calibrated(d, meters)[0] for d in (devices, split))
    assert once["use_kwh"].sum() == pytest.approx(twice["use_kwh"].sum(), rel=1e-9)


# --- whole runs -------------------------------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path):
    """Ten laptops at HQ, metered in January and February; a meter of its own at the Annex, and one of a building."""
    register = written(
        tmp_path / "register.csv", "laptop,HQ,GBR,2023-01-01,10", head="category,site,country,acquired_date,quantity"
    )
    rows = ["HQ,2024-01,20,yes", "HQ,2024-02,18,yes", "Annex,2024-05,1000,yes", "HQ,2024-03,500,no", "HQ,2022-01,9,yes"]
    assets = gd.read_inventory(register, written(tmp_path / "meters.csv", *rows), library=LIBRARY)
    return gd.estimate(assets, period="2024", library=LIBRARY, config={"organisation": {"country": "GBR"}})


def test_load_without_devices_takes_the_uk_factors_and_no_embodied_carbon(run):
    totals = run.summary["totals"]
    assert totals["energy"]["central"] == pytest.approx(1000 * (GENERATION + LOSSES + WTT))
    (line,) = run.lines.query("line_id == 'meters.csv:4'").to_dict("records")
    assert (line["kind"], line["status"], line["use_basis"], line["use_kwh"]) == (
        "energy",
        "estimated",
        "metered",
        1000,
    )
    assert (line["use_scope"], line["upstream_scope"], line["category"]) == ("2", "3.3", "metered_load")
    assert line["use_direct_kg_co2e"] == pytest.approx(1000 * GENERATION)
    assert [e["total"]["central"] for e in totals["by_site"] if e["site"] == "Annex"] == [
        pytest.approx(totals["energy"]["central"])
    ]
    (may,) = (e["total"]["central"] for e in totals["by_month"] if e["month"] == "2024-05")
    assert may > totals["energy"]["central"]


def test_every_row_of_the_meter_file_is_a_line(run):
    lines = run.lines.query("source_id == 'meters.csv'")
    assert list(zip(lines["source_row"], lines["status"], lines["reason_code"].fillna("").tolist(), strict=True))[
        :2
    ] == [
        (2, "excluded", "carried_by_devices"),
        (3, "excluded", "carried_by_devices"),
    ]
    assert lines["reason_code"].iloc[3:].tolist() == ["meter_not_it_only", "outside_period"]
    summary = run.summary
    assert summary["coverage"]["meters"] == {
        "lines": 5,
        "estimated": 1,
        "partial": 0,
        "excluded": 4,
        "carried_by_devices": 2,
        "months_covered": ["2024-01", "2024-02", "2024-05"],
    }
    assert (summary["coverage"]["assets"]["lines"], summary["coverage"]["assets"]["devices"]) == (1, 10)
    assert [(i["file"], i["format"], i["lines"]) for i in summary["inputs"]][1] == ("meters.csv", "meter", 5)


def test_energy_of_the_run_is_meter_and_model(run):
    modelled = 10 * LAPTOP_KWH * (1 - JANUARY - FEBRUARY)
    assert run.summary["totals"]["energy_kwh"]["central"] == pytest.approx(modelled + 20 + 18 + 1000)


def test_the_total_errs_as_the_meter_does_where_the_meter_gave_it(tmp_path):
    """All of the energy is metered: its range is that of the meter, 0.95 to 1.05, whatever the range of a laptop."""
    register = written(tmp_path / "r.csv", "laptop,HQ,GBR,2023-01-01,10", "laptop,HQ,GBR,2023-01-01,5",
                       head="category,site,country,acquired_date,quantity")  # fmt: skip
    meters = written(tmp_path / "m.csv", *(f"HQ,2024-{m:02d},25,yes" for m in range(1, 13)))
    found = gd.estimate(gd.read_inventory(register, meters, library=LIBRARY), period="2024", library=LIBRARY)
    energy = found.summary["totals"]["energy_kwh"]
    assert [energy[k] for k in ("low", "central", "high")] == pytest.approx([285, 300, 315])
    assert found.calculator.known["derived:meter:HQ"].sources


def test_explain_shows_the_ratio_and_what_it_was_made_of(run):
    text = run.explain("register.csv:2")
    ratio = (1 - JANUARY - FEBRUARY) + 38 / (10 * LAPTOP_KWH)
    assert f"x {ratio:.6g} by the site meter" in text
    assert "[derived:meter:HQ]" in text
    assert "38 kWh metered / " in text
    assert "1,000 kWh metered from 2024-05-01 to 2024-05-31 x PUE 1 = 1,000 kWh" in run.explain("meters.csv:4")
    assert "energy that the devices of the site carry" in run.explain("meters.csv:2")


def test_a_written_run_says_the_same_as_the_one_in_memory(run, tmp_path):
    folder = run.write(tmp_path / "out", charts=False)
    read = gd.read_run(folder)
    assert read.totals(["site", "month"]).equals(run.totals(["site", "month"]))
    for line_id in ("register.csv:2", "meters.csv:4"):
        assert explain_line(read.store, line_id) == run.explain(line_id)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Site meters" in page
    assert "Metered load without devices" in page


def test_the_commands_say_what_the_meter_file_is_and_what_became_of_it(tmp_path):
    from typer.testing import CliRunner

    from greendigital.cli.app import app

    register = written(tmp_path / "r.csv", "laptop,HQ,GBR,10", head="category,site,country,quantity")
    meters = written(tmp_path / "m.csv", "HQ,2024-01,20,yes", "HQ,2024-02,900,yes", "Annex,2024-05,1000,yes")
    checked = CliRunner().invoke(app, ["check", str(register), str(meters)])
    assert "m.csv: read as meter, 3 lines, 0 devices" in checked.output
    out = tmp_path / "out"
    command = ["report", str(register), str(meters), "-o", str(out), "--period", "2024", "--no-charts"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 1
    assert "3 meter lines: 1 estimated, 2 excluded" in done.output
    assert 'error: m.csv, row 3: The meter of "HQ" and its devices are too far apart' in done.output
    explained = CliRunner().invoke(app, ["explain", str(out), "m.csv:3"])
    assert "a meter too far from what the devices of its site are estimated at" in explained.output


def test_instruments_cover_metered_load_too(tmp_path):
    """1,000 kWh at the Annex, all under a certificate of zero: nothing is left of market-based scope 2."""
    config = load_config({
        "sites": [{"name": "Annex", "country": "GBR"}],
        "instruments": [{"name": "REGO 2024", "kwh": 1000, "factor": 0}],
    })  # fmt: skip
    path = written(tmp_path / "m.csv", "Annex,2024-05,1000,yes")
    assets = gd.read_inventory(path, config=config, library=LIBRARY)
    found = gd.estimate(assets, period="2024", library=LIBRARY, config=config)
    assert found.summary["totals"]["market_based_scope_2"]["central"] == pytest.approx(0.0, abs=1e-9)


def test_a_meter_file_alone_is_load_without_devices(tmp_path):
    assets = gd.read_inventory(written(tmp_path / "m.csv", "Paris,2024-01,100,yes"), config=load_config(
        {"sites": [{"name": "Paris", "country": "FRA", "location_type": "server_room", "pue": 1.5}]}
    ), library=LIBRARY)  # fmt: skip
    found = gd.estimate(assets, period="2024", library=LIBRARY)
    (line,) = found.lines.to_dict("records")
    assert (line["use_kwh"], line["pue"], line["country"]) == (pytest.approx(150.0), 1.5, "FRA")
    factor = {f["factor_id"]: f["value"] for f in found.factors_used}[line["grid_factor_id"]]
    assert found.summary["totals"]["total"]["central"] == pytest.approx(150.0 * factor)


def test_without_a_figure_nothing_is_made_up(tmp_path):
    """Liechtenstein has no electricity figure in the shipped sets."""
    config = load_config({"sites": [{"name": "Vaduz", "country": "LIE"}]})
    path = written(tmp_path / "m.csv", "Vaduz,2024-01,100,yes", "Vaduz,2024-02,,yes")
    found = gd.estimate(gd.read_inventory(path, config=config, library=LIBRARY), period="2024", library=LIBRARY)
    assert found.lines["reason_code"].tolist() == ["no_factor", "invalid_reading"]
    assert found.summary["totals"]["total"]["central"] == 0
