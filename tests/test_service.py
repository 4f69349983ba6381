"""A device is charged exactly once over all periods, in each view by that view's rule."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greendigital.estimation.service import ServiceKey, charged_over, resolve_service
from greendigital.period import parse_period

FIRST_YEAR, LAST_YEAR = 2000, 2060


def all_services(key: ServiceKey, scale: str):
    labels = (
        [f"{y}-{(y + 1) % 100:02d}" for y in range(FIRST_YEAR, LAST_YEAR)]
        if scale == "financial"
        else [str(y) for y in range(FIRST_YEAR, LAST_YEAR)]
    )
    found = [s for label in labels for s in resolve_service(key, parse_period(label))]
    return [s for s in found if not s.reason_code]


dates = st.dates(date(2001, 4, 1), date(2025, 12, 31))


@given(dates, st.integers(0, 7000), st.floats(0.5, 20), st.sampled_from(["financial", "calendar"]))
def test_over_all_periods_a_retired_device_is_charged_exactly_once(acquired, days, life, scale):
    retired = acquired + timedelta(days=days)
    services = all_services(ServiceKey(acquired, retired, "retired", life), scale)
    assert charged_over(services) == pytest.approx(1.0, abs=1e-9)
    assert sum(s.bought for s in services) == 1
    assert sum(s.left for s in services) == 1


@given(dates, st.floats(0.5, 20), st.sampled_from(["financial", "calendar"]))
def test_over_all_periods_a_kept_device_is_charged_exactly_once(acquired, life, scale):
    services = all_services(ServiceKey(acquired, None, "in_use", life), scale)
    assert charged_over(services) == pytest.approx(1.0, abs=1e-9)
    assert sum(s.bought for s in services) == 1
    assert not any(s.left for s in services)


@given(dates, st.integers(0, 7000), st.floats(0.5, 20))
def test_one_long_period_charges_what_its_years_charge(acquired, days, life):
    key = ServiceKey(acquired, acquired + timedelta(days=days), "disposed", life)
    long = resolve_service(key, parse_period(f"{FIRST_YEAR}-04-01..{LAST_YEAR}-03-31"))
    assert charged_over(long) == pytest.approx(charged_over(all_services(key, "financial")), abs=1e-9)


def test_retired_after_half_its_life_writes_the_other_half_off():
    key = ServiceKey(date(2022, 1, 1), date(2023, 12, 31), "retired", 4.0)
    first, second = all_services(key, "calendar")
    assert (first.charged_share, first.written_off_share) == (pytest.approx(1 / 4), 0.0)
    assert (second.charged_share, second.written_off_share) == (pytest.approx(1 / 4), pytest.approx(2 / 4))


def test_reuse_with_evidence_transfers_the_remainder():
    key = ServiceKey(date(2022, 1, 1), date(2023, 12, 31), "disposed", 4.0, date(2023, 12, 31), "resale", True)
    last = all_services(key, "calendar")[-1]
    assert (last.written_off_share, last.transferred_share) == (0.0, pytest.approx(2 / 4))
    assert not last.left


def test_device_beyond_its_planned_life_carries_no_more_embodied():
    key = ServiceKey(date(2015, 1, 1), None, "in_use", 5.0)
    services = resolve_service(key, parse_period("2024"))
    assert [(s.years, s.charged_share) for s in services] == [(1.0, 0.0)]


def test_without_acquisition_date_one_share_a_year():
    services = resolve_service(ServiceKey(None, None, "in_use", 5.0), parse_period("2024-25"))
    assert [s.charged_share for s in services] == [pytest.approx(1 / 5)]


def test_retired_without_a_date_is_excluded_with_the_reason():
    services = resolve_service(ServiceKey(date(2020, 1, 1), None, "retired", 5.0), parse_period("2024"))
    assert [s.reason_code for s in services] == ["retired_without_date"]


@pytest.mark.parametrize(
    "key",
    [ServiceKey(date(2025, 1, 1), None, "in_use", 5.0), ServiceKey(date(2018, 1, 1), date(2023, 5, 1), "retired", 5.0)],
)
def test_a_device_that_does_not_serve_in_the_period_is_outside_it(key):
    assert [s.reason_code for s in resolve_service(key, parse_period("2024"))] == ["outside_period"]


def test_disposed_in_the_period_after_retiring_before_it_counts_as_waste_only():
    key = ServiceKey(date(2018, 1, 1), date(2023, 5, 1), "disposed", 5.0, date(2024, 2, 1), "recycle", True)
    (service,) = resolve_service(key, parse_period("2024"))
    assert (service.years, service.charged_share, service.written_off_share, service.left) == (0.0, 0.0, 0.0, True)
