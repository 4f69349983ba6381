import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greendigital.errors import PeriodError
from greendigital.period import last_complete_financial_year, parse_period, service_years, span_of


def test_financial_year_runs_from_april_to_march():
    period = parse_period("2025-26")
    assert (period.start, period.end) == (date(2025, 4, 1), date(2026, 3, 31))
    assert period.scale == "financial"
    assert [part.factor_year for part in period.parts] == [2025]


def test_calendar_year_takes_its_own_edition():
    period = parse_period("2024")
    assert period.scale == "calendar"
    assert [part.factor_year for part in period.parts] == [2024]


def test_last_quarter_of_a_leap_year_is_92_of_366_days():
    period = parse_period("2024-10-01..2024-12-31")
    assert service_years(period.start, period.end, period.scale) == pytest.approx(92 / 366, rel=1e-12)


@pytest.mark.parametrize("label", ["2023-24", "2024-25", "2025-26"])
def test_a_full_financial_year_is_exactly_one(label):
    period = parse_period(label)
    assert service_years(period.start, period.end, "financial") == 1.0


def test_three_financial_years_are_three_parts_with_their_own_editions():
    period = parse_period("2023-04-01..2026-03-31")
    assert [(p.start.isoformat(), p.end.isoformat(), p.factor_year) for p in period.parts] == [
        ("2023-04-01", "2024-03-31", 2023),
        ("2024-04-01", "2025-03-31", 2024),
        ("2025-04-01", "2026-03-31", 2025),
    ]


def test_fifteen_months_from_october_are_cut_after_december():
    parts = parse_period("2023-10-01..2024-12-31").parts
    assert [p.end.isoformat() for p in parts] == ["2023-12-31", "2024-12-31"]


@given(st.dates(date(1990, 1, 1), date(2060, 1, 1)), st.integers(0, 9000), st.integers(0, 9000))
def test_service_years_add_up_when_a_span_is_cut(start, first_days, more_days):
    from datetime import timedelta

    middle = start + timedelta(days=first_days)
    end = middle + timedelta(days=more_days)
    for scale in ("financial", "calendar"):
        whole = service_years(start, end, scale)
        cut = service_years(start, middle, scale) + service_years(middle + timedelta(days=1), end, scale)
        assert whole == pytest.approx(cut, abs=1e-9)


@pytest.mark.parametrize("text", ["2025-27", "25", "2024-13-01..2024-12-31", "2024-12-31..2024-01-01", "last year"])
def test_what_is_no_period_is_refused_with_the_text_met(text):
    with pytest.raises(PeriodError, match=text.replace(".", r"\.")):
        parse_period(text)


def test_default_is_the_last_financial_year_that_has_ended():
    assert last_complete_financial_year(date(2026, 3, 31)).label == "2024-25"
    assert last_complete_financial_year(date(2026, 4, 1)).label == "2025-26"


def test_span_of_whole_years_carries_their_label():
    assert span_of(date(2024, 4, 1), date(2025, 3, 31)).label == "2024-25"
    assert span_of(date(2024, 9, 1), date(2024, 9, 30)).label == "2024-09-01..2024-09-30"


@pytest.mark.parametrize(("text", "month"), [
    ("2024-09", "2024-09-01..2024-09-30"),
    ("2024-02", "2024-02-01..2024-02-29"),
    ("2025/12", "2025-12-01..2025-12-31"),
])  # fmt: skip
def test_a_month_is_refused_with_its_two_dates_which_are_a_period(text, month):
    """2009-10 would be a month and a financial year: months are written by their days."""
    with pytest.raises(PeriodError, match=re.escape(f"or for the month {month}.")):
        parse_period(text)
    assert parse_period(month).months() == [text.replace("/", "-")]


def test_what_is_neither_a_month_nor_a_financial_year_is_told_the_year_alone():
    with pytest.raises(PeriodError, match=r"Write 2024-25\.$"):
        parse_period("2024-26")
