"""Dates as people and tools write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greendigital.inventory.dates import DateOrder, ImplausibleDateError, order_of, orders_of, parse_date

DAY_FIRST = DateOrder(True, True)
MONTH_FIRST = DateOrder(False, True)

WRITTEN = {
    "2021-09-14": date(2021, 9, 14),
    "2021/09/14": date(2021, 9, 14),
    "2021-09-14 09:14:03.1234567": date(2021, 9, 14),
    "2021-09-14T09:14:03.1234567Z": date(2021, 9, 14),
    "20210914": date(2021, 9, 14),
    "14/09/2021": date(2021, 9, 14),
    "14.09.2021": date(2021, 9, 14),
    "14-09-21": date(2021, 9, 14),
    "14/9/2021 08:01:55": date(2021, 9, 14),
    "14-Sep-21": date(2021, 9, 14),
    "14 September 2021": date(2021, 9, 14),
    "14th September 2021": date(2021, 9, 14),
    "14/Sep/2021": date(2021, 9, 14),
    "Sep 14, 2021": date(2021, 9, 14),
    "September 14 2021": date(2021, 9, 14),
    "14 SEPTEMBER 2021": date(2021, 9, 14),
    "14 March 2021": date(2021, 3, 14),
    "14 mars 2021": date(2021, 3, 14),
    "2 février 2022": date(2022, 2, 2),
    "2 fevrier 2022": date(2022, 2, 2),
    "1er août 2020": date(2020, 8, 1),
    "15-déc-21": date(2021, 12, 15),
    "30 avr. 2021": date(2021, 4, 30),
    "9 mai 2019": date(2019, 5, 9),
    "14 juillet 2021": date(2021, 7, 14),
    "14 juin 2021": date(2021, 6, 14),
    "14 Juil 2021": date(2021, 7, 14),
    # Excel counts days from 1900, with a 29 February 1900 that never was: 45322 is 2024-01-31.
    "45322": date(2024, 1, 31),
    "01/02/98": date(1998, 2, 1),
}


@pytest.mark.parametrize("text", WRITTEN)
def test_a_date_is_read_in_every_form_registers_use(text):
    assert parse_date(text, DAY_FIRST) == (WRITTEN[text], "excel_day" if text == "45322" else "")


def test_an_excel_day_number_counts_from_the_origin_of_excel():
    """Excel's day 43831 is 1 January 2020: 120 years of 365 days, 29 leap days from 1904 to 2016, and Excel's own."""
    assert 120 * 365 + 29 + 1 + 1 == 43831
    assert parse_date(43831, DAY_FIRST) == (date(2020, 1, 1), "excel_day")
    assert parse_date(43831.75, DAY_FIRST) == (date(2020, 1, 1), "excel_day")


@pytest.mark.parametrize(
    ("text", "day", "code"),
    [
        ("2014", date(2014, 1, 1), "year_only"),
        (2014, date(2014, 1, 1), "year_only"),
        (2014.0, date(2014, 1, 1), "year_only"),
        ("Mar-23", date(2023, 3, 1), "month_only"),
        ("March 2023", date(2023, 3, 1), "month_only"),
        ("2019-06", date(2019, 6, 1), "month_only"),
        ("06/2019", date(2019, 6, 1), "month_only"),
        ("FY 2012/13", date(2012, 4, 1), "financial_year"),
        ("FY2012-13", date(2012, 4, 1), "financial_year"),
        ("2012/13", date(2012, 4, 1), "financial_year"),
        ("2012/2013", date(2012, 4, 1), "financial_year"),
    ],
)
def test_a_loose_date_says_how_loose_it_is(text, day, code):
    assert parse_date(text, DAY_FIRST) == (day, code)


@pytest.mark.parametrize(
    "text",
    [
        "31/02/2021",
        "2021-13-01",
        "soon",
        "14/09",
        "14 jui 2021",
        "30 février 2021",
        "2012/15",
        "12",
        3.5,
        True,
        "1e5",
        "99999999",
        10**400,
        float("nan"),
    ],
)
def test_what_is_no_date_is_refused(text):
    with pytest.raises(ValueError):
        parse_date(text, DAY_FIRST)


@pytest.mark.parametrize("text", ["01/01/1900", "1899-12-30", "31/12/9999", date(1900, 1, 1)])
def test_what_databases_write_for_no_date_is_no_date_of_a_device(text):
    """Otherwise a laptop of 1900 would be free of embodied carbon."""
    with pytest.raises(ImplausibleDateError):
        parse_date(text, DAY_FIRST)


def test_a_day_above_12_decides_that_the_day_comes_first():
    assert order_of(["03/04/2021", "25/12/2021"]) == DateOrder(True, True, "03/04/2021")


def test_a_second_number_above_12_decides_that_the_month_comes_first():
    order = order_of(["03/04/2021", "12/25/2021"])
    assert order == DateOrder(False, True, "03/04/2021")
    assert parse_date("03/04/2021", order) == (date(2021, 3, 4), "")


def test_without_a_deciding_value_the_day_comes_first_and_that_is_said():
    assert order_of(["03/04/2021", "05/05/2021", "2021-12-25"]) == DateOrder(True, False, "03/04/2021")


def test_equal_day_and_month_leave_nothing_to_decide():
    assert order_of(["05/05/2021"]).decided


def test_a_column_that_says_both_is_told():
    order = order_of(["03/04/2021", "25/12/2021", "12/25/2021"])
    assert order.mixed
    assert order.day_first


def test_a_column_that_decides_nothing_follows_the_others_of_its_file():
    """One column has a 25th of December in American order, so the file does."""
    orders = orders_of({3: ["12/25/2021"], 5: ["03/04/2021"]})
    assert orders[5] == DateOrder(False, True, "03/04/2021")


def test_columns_that_disagree_decide_nothing_for_others():
    orders = orders_of({1: ["12/25/2021"], 2: ["25/12/2021"], 3: ["03/04/2021"]})
    assert not orders[3].decided
    assert (orders[1].day_first, orders[2].day_first) == (False, True)


@given(st.dates(date(1980, 1, 1), date(2100, 12, 31)))
def test_a_date_written_in_any_order_comes_back(day):
    assert parse_date(day.isoformat(), DAY_FIRST)[0] == day
    assert parse_date(day.strftime("%d/%m/%Y"), DAY_FIRST)[0] == day
    assert parse_date(day.strftime("%m/%d/%Y"), MONTH_FIRST)[0] == day
    assert parse_date(f"{day.day} {day:%B} {day.year}", DAY_FIRST)[0] == day
    assert parse_date((day - date(1899, 12, 30)).days, DAY_FIRST)[0] == day


@given(st.one_of(st.text(max_size=20), st.integers(), st.floats(), st.booleans()))
def test_anything_at_all_is_a_date_or_a_value_error(value):
    try:
        found, _ = parse_date(value, DAY_FIRST)
    except ValueError:
        return
    assert 1980 <= found.year <= 2100
