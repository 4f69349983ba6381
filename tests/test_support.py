"""Support ends and Windows 11 eligibility, by published dates and lists."""

from datetime import date

import pytest

from greendigital.factorset import load_library
from greendigital.recommendations import support_state, windows11_eligibility
from greendigital.recommendations.support import data_age_months, old_data_note
from tests.factor_files import rows

LIBRARY = load_library()


@pytest.mark.parametrize(
    ("name", "edition", "build", "end"),
    [
        # Microsoft product lifecycle pages, as collected by endoflife.date (August 2026)
        ("Windows", "Pro", "19045", date(2025, 10, 14)),
        ("Windows", "Enterprise", "19045", date(2025, 10, 14)),
        ("Windows", "Pro", "22631", date(2025, 11, 11)),
        ("Windows", "Enterprise", "22631", date(2026, 11, 10)),
        ("Windows", "Education", "22621", date(2025, 10, 14)),
        ("Windows", "Home", "22621", date(2024, 10, 8)),
        ("Windows", "Enterprise LTSC", "26100", date(2029, 10, 9)),
        ("Windows 11 Pro 24H2", "", "", date(2026, 10, 13)),
    ],
)
def test_edition_and_build_decide_the_end(name, edition, build, end):
    found = support_state(LIBRARY, name, edition, build, date(2024, 1, 1))
    assert found.until == end
    assert end in found.dates


def test_a_build_of_two_ends_is_unknown_between_them():
    found = support_state(LIBRARY, "Windows", "", "22631", date(2026, 1, 1))
    assert found.state == "unknown"
    assert found.dates == (date(2025, 11, 11), date(2026, 11, 10))


@pytest.mark.parametrize(
    ("as_of", "state"),
    [
        (date(2025, 10, 13), "ends_soon"), (date(2025, 10, 14), "ended"), (date(2024, 10, 13), "supported"),
        (date(2024, 10, 14), "ends_soon"),
    ],
)  # fmt: skip
def test_ended_on_the_day_itself_and_soon_within_twelve_months(as_of, state):
    soon = date(as_of.year + 1, as_of.month, as_of.day)
    assert support_state(LIBRARY, "Windows", "Pro", "19045", as_of, soon).state == state


@pytest.mark.parametrize("text", ["", "TempleOS", "Windows", "Linux"])
def test_what_is_not_listed_is_unknown_not_ended(text):
    assert support_state(LIBRARY, text, "", "", date(2026, 1, 1)).state == "unknown"


def test_a_server_is_no_client_of_the_same_build():
    found = support_state(LIBRARY, "Windows Server 2019", "", "17763", date(2024, 6, 1))
    assert "Server" in found.label


@pytest.mark.parametrize(
    ("processor", "answer"),
    [
        # Comparing lists naively calls the first two unsupported.
        ("Intel(R) Core(TM) i7-14700K", "eligible"),
        ("Intel(R) Core(TM) Ultra 7 155H", "eligible"),
        ("13th Gen Intel(R) Core(TM) i5-1335U", "eligible"),
        ("11th Gen Intel(R) Core(TM) i5-1135G7 @ 2.40GHz", "eligible"),
        ("Intel(R) Core(TM) i5-8350U CPU @ 1.70GHz", "eligible"),
        ("Intel(R) Core(TM) i7-7820HQ CPU @ 2.90GHz", "unclear"),
        ("Intel(R) Core(TM) i5-7500 CPU @ 3.40GHz", "not eligible"),
        ("Intel(R) Core(TM) i5-6300U CPU @ 2.40GHz", "not eligible"),
        ("AMD Ryzen 5 PRO 4650U with Radeon Graphics", "eligible"),
        ("Intel(R) Core(TM) i5-14500T", "eligible"),
        ("Intel(R) Core(TM) Ultra 9 285K", "eligible"),
        ("Intel(R) Core(TM) 5 120U", "eligible"),
        ("Intel(R) N100", "eligible"),
        # Zen 2 is not the floor: Microsoft lists these of Zen+ ...
        ("AMD Ryzen 5 2600 Six-Core Processor", "eligible"),
        ("AMD Ryzen 7 2700 Eight-Core Processor", "eligible"),
        ("AMD Ryzen 7 2700X Eight-Core Processor", "eligible"),
        # ... and not those of Zen with the same thousand
        ("AMD Ryzen 5 2500U with Radeon Vega Mobile Gfx", "not eligible"),
        ("AMD Ryzen 5 PRO 2400GE w/ Radeon Vega Graphics", "not eligible"),
        ("AMD Ryzen 7 1700 Eight-Core Processor", "not eligible"),
        ("AMD Ryzen 3 3200U with Radeon Vega Mobile Gfx", "eligible"),
        ("AMD Ryzen AI 9 HX 370 w/ Radeon 890M", "eligible"),
        ("AMD Ryzen 7 PRO 7840U w/ Radeon 780M Graphics", "eligible"),
        ("Snapdragon(R) X Elite - X1E78100 - Qualcomm(R) Oryon(TM) CPU", "eligible"),
        ("Intel(R) Core(TM) i7-8705G CPU @ 3.10GHz", "not eligible"),
        ("Intel(R) Xeon(R) Gold 6130 CPU @ 2.10GHz", "unclear"),
        ("Intel(R) Xeon(R) W-2123 CPU @ 3.60GHz", "unclear"),
        ("AMD Ryzen Threadripper 2950X 16-Core Processor", "unclear"),
        ("Intel(R) Core(TM)2 Duo CPU E8400 @ 3.00GHz", "not eligible"),
        ("", "unknown"),
        ("Acme Turbo 9000", "unknown"),
    ],
)
def test_windows_11_eligibility_by_processor(processor, answer):
    """Microsoft's lists of supported processors, as the rules of the set summarise them."""
    assert windows11_eligibility(LIBRARY, processor).answer == answer


def test_every_status_of_the_lists_becomes_one_of_three_answers():
    """Lists that disagree say so at length; an answer is a word that rules can compare."""
    for table in ("rules", "exceptions"):
        for row in rows("windows11-processors", table):
            name = row.get("model") or row["family"]
            assert windows11_eligibility(LIBRARY, name).answer in ("eligible", "not eligible", "unclear", "unknown"), (
                name
            )


def test_reason_names_the_family_that_decides():
    assert windows11_eligibility(LIBRARY, "AMD Ryzen 3 3200U").reason.startswith("Ryzen 3000 and 4000")


def test_requirements_other_than_the_processor_come_first():
    good = "Intel Core i5-8350U"
    assert windows11_eligibility(LIBRARY, good, "1.2").answer == "not eligible"
    assert windows11_eligibility(LIBRARY, good, "2.0", 8.0, 256.0).answer == "eligible"
    assert windows11_eligibility(LIBRARY, good, None, 2.0).answer == "not eligible"
    assert windows11_eligibility(LIBRARY, good, None, None, 32.0).answer == "not eligible"
    assert windows11_eligibility(LIBRARY, good, None, 3.8, 59.0).answer == "eligible", "tools report a little less"


@pytest.mark.parametrize(("as_of", "told"), [(date(2027, 2, 28), False), (date(2027, 3, 1), True)])
def test_end_dates_taken_over_six_months_before_the_advice_are_warned_of(as_of, told):
    """The shipped dates are of 22 August 2026."""
    found = old_data_note(LIBRARY, as_of)
    assert [(p.severity, p.code) for p in found] == [("warning", "support_data_old")] * told


def test_age_of_the_data_counts_in_whole_months_and_never_backwards():
    found = support_state(LIBRARY, "Windows", "Pro", "19045", date(2024, 1, 1))
    assert data_age_months(found, date(2024, 1, 1)) == 0
    taken = found.as_of
    assert data_age_months(found, date(taken.year + 1, taken.month, taken.day)) == 12
