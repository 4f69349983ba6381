"""End of updates by device model: published dates, names that must not be mixed up, and what is only a status."""

from datetime import date
from statistics import median

import pytest

from greendigital.factorset import load_library
from greendigital.recommendations import combined, device_support, support_state
from greendigital.recommendations.support import UNKNOWN
from tests.factor_files import rows

LIBRARY = load_library()
DAY = date(2026, 8, 22)


def state(manufacturer, model, identifier="", as_of=DAY, soon=None):
    return device_support(LIBRARY, manufacturer, model, identifier, as_of, soon)


@pytest.mark.parametrize(
    ("manufacturer", "model", "end"),
    [
        # Google, Pixel phones: guaranteed security updates until at least (support.google.com/pixelphone 4457705)
        ("Google", "Pixel 6", date(2026, 10, 1)),
        ("Google", "Pixel 8 Pro", date(2030, 10, 1)),
        # Microsoft, Surface driver and firmware lifecycle for Windows-based devices
        ("Microsoft Corporation", "Surface Pro 7+", date(2027, 1, 15)),
        ("Microsoft", "Surface Laptop 4", date(2027, 4, 15)),
        # The rest as collected by endoflife.date from the makers' pages, August 2026
        ("Samsung", "Galaxy S20", date(2025, 3, 5)),
        ("HMD Global", "Nokia 7.2", date(2022, 9, 1)),
        ("Motorola", "moto g54 5G", date(2027, 6, 30)),
    ],
)
def test_end_is_the_published_one_and_counts_on_the_day_itself(manufacturer, model, end):
    before = date(end.year - 2, end.month, end.day)
    found = state(manufacturer, model, as_of=before)
    assert (found.state, found.until, found.basis) == ("supported", end, "published")
    assert state(manufacturer, model, as_of=end).state == "ended"
    assert state(manufacturer, model, as_of=before, soon=end).state == "ends_soon"


@pytest.mark.parametrize(
    ("manufacturer", "one", "other"),
    [
        ("Apple", "iPhone 12", "iPhone 12 Pro"),
        ("Samsung", "Galaxy S20", "Galaxy S20 FE"),
        ("Samsung", "Galaxy A52", "Galaxy A52 5G"),
        ("Samsung", "Galaxy S9", "Galaxy S9+"),
        ("Google", "Pixel 4a", "Pixel 4a (5G)"),
        ("Microsoft", "Surface Pro 7", "Surface Pro 7+"),
        ("Apple", "iPhone X", "iPhone XR"),
    ],
)
def test_a_name_is_never_taken_for_that_of_a_sibling(manufacturer, one, other):
    assert state(manufacturer, one).label.endswith(one)
    assert state(manufacturer, other).label.endswith(other)


@pytest.mark.parametrize(
    ("manufacturer", "model"),
    [
        ("Apple", "iPhone 12 Ultra"),
        ("Samsung", "Galaxy S20 Lite"),
        ("Dell", "Latitude 5420"),
        ("Lenovo", "ThinkPad 13"),  # the name of a Windows laptop too
        ("Google", "Galaxy S20"),
        ("", "13T"),
        ("", ""),
        (None, None),
    ],
)
def test_what_is_not_listed_is_unknown_and_not_ended(manufacturer, model):
    assert state(manufacturer, model) == UNKNOWN


@pytest.mark.parametrize(
    ("model", "identifier", "label"),
    [
        ("MacBookPro16,1", "", "Apple MacBook Pro (16-inch, 2019)"),
        ("", "MacBookPro16,1", "Apple MacBook Pro (16-inch, 2019)"),
        ("MacBook Pro", "Mac14,7", "Apple MacBook Pro (13-inch, M2, 2022)"),
        ("iPhone12,1", "", "Apple iPhone 11"),
        ("iPhone11,8", "", "Apple iPhone XR"),  # the source gives it to the iPhone X
        ("iPhone SE (2nd Gen)", "", "Apple iPhone SE (2nd generation)"),
        ("Apple iPad (9th generation)", "", "Apple iPad (9th generation)"),
    ],
)
def test_apple_by_identifier_and_by_name(model, identifier, label):
    assert state("Apple", model, identifier).label == label


@pytest.mark.parametrize(("maker", "number"), [("samsung", "SM-A536B"), ("", "SM-A536B/DS"), ("Samsung", "SM-A536U1")])
def test_samsung_phone_by_its_number_whatever_the_region(maker, number):
    """Samsung: SM-A536 is the Galaxy A53 5G."""
    assert state(maker, number).label == "Samsung Galaxy A53 5G"


@pytest.mark.parametrize("number", ["SM-A065F", "SM-X300"])
def test_a_number_that_the_source_links_to_two_models_is_not_used(number):
    assert state("Samsung", number) == UNKNOWN


def test_end_of_a_mac_is_derived_and_says_so():
    """A Mac that stops at macOS 12 ends with it: September 2024 (endoflife.date, macOS)."""
    found = state("Apple", "MacBookAir7,2")
    assert (found.state, found.until, found.basis) == ("ended", date(2024, 9, 16), "derived")
    assert found.until == support_state(LIBRARY, "macOS 12", "", "", DAY).until


def test_a_mac_whose_last_system_is_patched_has_a_status_and_no_date():
    found = state("Apple", "MacBook Pro (16-inch, 2019)")
    assert (found.state, found.until, found.basis) == ("supported", None, "status")


def test_a_name_of_many_models_is_undecided_where_they_differ():
    assert state("Apple", "MacBook Pro").state == "unknown"
    assert state("Apple", "iPhone SE").state == "unknown"
    assert state("Apple", "iPad Air 11-inch").state == "supported", "all of them get updates"


@pytest.mark.parametrize(
    ("manufacturer", "model", "expected"),
    [
        ("Acer", "Chromebook 311 (C733)", "supported"),
        ("HP", "HP Chromebook 14 G6", "supported"),  # the source has it under the maker "Chromebook"
        ("Lenovo", "IdeaPad Flex 5i Chromebook", "supported"),  # ... "IdeaPad"
        ("ASUS", "CX1500FKA", "supported"),  # ... "CX1500FKA"
        ("Samsung", "Galaxy Chromebook Go", "supported"),
        ("Toshiba", "Chromebook 2", "ended"),
        ("", "Google Chromebook Pixel (2015)", "ended"),
    ],
)
def test_chromeos_has_a_status_and_never_a_date(manufacturer, model, expected):
    found = state(manufacturer, model)
    assert (found.state, found.until, found.basis) == (expected, None, "status")
    assert found.what == "automatic updates"


def test_chromeos_by_its_board_only_where_a_board_is_meant():
    assert state("", "", "eve").label == "Google Pixelbook"
    assert state("", "eve") == UNKNOWN


def test_an_end_by_status_says_nothing_of_a_day_before_the_data():
    assert state("Toshiba", "Chromebook 2", as_of=date(2015, 1, 1)).state == "unknown"


def test_day_of_the_admin_export_goes_before_the_status():
    told = date(2029, 6, 1)
    found = device_support(LIBRARY, "HP", "HP Chromebook 14 G6", "", DAY, None, told)
    assert (found.state, found.until, found.basis) == ("supported", told, "published")
    assert device_support(LIBRARY, "HP", "HP Chromebook 14 G6", "", told, None, told).state == "ended"


def test_firmware_of_a_surface_ends_and_its_windows_goes_on():
    firmware = state("Microsoft", "Surface Pro 7")
    windows = support_state(LIBRARY, "Windows 11 Pro 25H2", "", "", DAY)
    assert firmware.state == "ended" and firmware.what == "firmware and driver servicing"
    assert "firmware" in firmware.label
    assert combined(windows, firmware) is windows


def test_of_system_and_device_the_one_that_ends_first_is_told():
    phone = state("Google", "Pixel 6")  # until October 2026
    system = support_state(LIBRARY, "Windows Server 2016", "", "", DAY)  # until January 2027
    assert combined(system, phone) is phone
    ended = support_state(LIBRARY, "Windows 7", "", "", DAY)
    assert combined(ended, phone) is ended
    undated = state("Apple", "iPhone 12")
    assert combined(system, undated) is system, "a date goes before a status"


def test_what_is_unknown_of_one_leaves_the_other_and_two_ends_of_one_build_leave_it_open():
    system = support_state(LIBRARY, "Windows 11 Pro 25H2", "", "", DAY)
    assert combined(system, UNKNOWN) is system
    assert combined(UNKNOWN, system) is system
    assert combined(UNKNOWN, UNKNOWN).state == "unknown"
    open_ = support_state(LIBRARY, "Windows", "", "22631", date(2026, 1, 1))
    phone = state("Apple", "iPhone 12")
    assert combined(open_, phone).state == "unknown"


DEVICES = rows("device-support", "device_support")


def test_every_device_row_is_found_by_its_own_name():
    for row in DEVICES:
        found = state(row["manufacturer"], row["model"])
        assert found != UNKNOWN, row["model"]
        if found.state != "unknown" and row["security_support_end"]:
            assert date.fromisoformat(row["security_support_end"]) in found.dates, row["model"]


def test_makers_of_chromeos_rows_are_makers():
    """The source takes the first word of a name as the maker."""
    wrong = {"Chromebook", "Chromebox", "IdeaPad", "Ideapad", "ThinkPad", "Galaxy", "IP", "100e", "CA21A,", "CX1500FKA"}
    assert not wrong & {row["manufacturer"] for row in DEVICES}


def test_a_status_agrees_with_the_date():
    for row in DEVICES:
        assert (row["security_support_status"] == "dated") == bool(row["security_support_end"]), row["model"]
        assert row["category"] != "chromeos" or not row["security_support_end"]


@pytest.mark.parametrize(
    ("manufacturer", "since", "years", "n"),
    [("Google", True, 6.9, 26), ("Google", False, 3.0, 13), ("Nokia", True, 3.0, 31)],
)
def test_years_of_support_of_a_maker_are_those_of_the_rows(manufacturer, since, years, n):
    """policies.csv: median years from release to the end of security updates, by time of launch."""
    spans = [
        (date.fromisoformat(r["security_support_end"]) - date.fromisoformat(r["release_date"])).days / 365.25
        for r in DEVICES
        if r["manufacturer"] == manufacturer and r["category"] == "smartphone" and r["security_support_end"]
        if (r["release_date"] >= "2021") == since
    ]
    assert (round(median(spans), 1), len(spans)) == (years, n)
    cohort = "launched 2021 and later" if since else "launched before 2021"
    policy = next(
        r for r in rows("device-support", "policies") if (r["manufacturer"], r["cohort"]) == (manufacturer, cohort)
    )
    assert (float(policy["median_years"]), int(policy["n"])) == (years, n)
