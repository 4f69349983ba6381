"""Tag keys of bills, and chosen tags that no bill has."""

import pytest

import greendigital as gd
from greendigital.preflight import check
from greendigital.preflight.check import run_preflight
from greendigital.preflight.to_text import to_text
from tests.test_usage import BASE, write_bill

TAGGED = {**BASE, "Tags": '{"environment": "prod", "cost centre": "42"}'}
EMPTY = {**BASE, "Tags": '{"environment": ""}'}
BARE = {**BASE, "Tags": "{}"}
BROKEN = {**BASE, "Tags": "environment=prod"}


def warnings_of(tmp_path, *chosen, rows=(TAGGED, TAGGED, EMPTY, BARE)):
    usage = gd.read_usage(write_bill(tmp_path / "bill.csv", *rows))
    footprint = gd.estimate(usage=usage, config={"tags": {"columns": list(chosen)}})
    return footprint, [p for p in footprint.problems if p.code == "tag_not_found"]


@pytest.mark.parametrize(
    ("tag", "remedy"),
    [
        ("Environment", 'Did you mean "environment", in capitals and small letters as the bill has it?'),
        ("enviroment", 'Did you mean "environment"?'),
        ("owner", "The bills have: cost centre, environment."),
    ],
)
def test_a_chosen_tag_that_no_bill_has_is_told_with_the_nearest_key(tmp_path, tag, remedy):
    _, (warning,) = warnings_of(tmp_path, tag)
    assert warning.severity == "warning"
    assert f'"{tag}"' in warning.message
    assert warning.remedy == remedy


def test_a_tag_that_a_line_has_is_no_problem_and_bills_without_tags_say_so(tmp_path):
    assert warnings_of(tmp_path, "environment", "cost centre")[1] == []
    (warning,) = warnings_of(tmp_path, "environment", rows=(BARE,))[1]
    assert warning.remedy.startswith("The bills have no tags")


def test_a_wholly_untagged_tag_keeps_its_section_on_the_page(tmp_path):
    footprint, _ = warnings_of(tmp_path, "Environment")
    page = (footprint.write(tmp_path / "run", charts=False) / "report.html").read_text(encoding="utf-8")
    assert 'By tag "Environment"' in page.replace("&#34;", '"')
    assert 'Of the bills, 100% of the carbon and 100% of the cost in USD is without the tag "Environment".' in (
        page.replace("&#34;", '"')
    )


def test_check_lists_the_tag_keys_of_each_bill_with_the_lines_that_have_a_value(tmp_path):
    """Two of four lines have an environment; the third has the key alone, the fourth is no JSON."""
    first = write_bill(tmp_path / "first.csv", TAGGED, TAGGED, EMPTY, BROKEN)
    second = write_bill(tmp_path / "second.csv", {**BARE, "RegionId": "eu-west-1"})
    entries = {entry["file"]: entry for entry in check(first, second)}
    assert entries["first.csv"]["tags"] == [
        {"key": "cost centre", "lines": 2, "share": 0.5},
        {"key": "environment", "lines": 2, "share": 0.5},
    ]
    assert entries["second.csv"]["tags"] == []
    text = to_text(run_preflight([first, second], config={"tags": {"columns": ["Environment"]}}))
    assert "tags, of all lines: cost centre 50%, environment 50%" in text
    assert "tags, of all lines: none" in text


def test_keys_with_quotes_and_dots_are_keys(tmp_path):
    odd = {**BASE, "Tags": '{"a.b": "1", "say \\"x\\"": "2"}'}
    (entry,) = check(write_bill(tmp_path / "bill.csv", odd))
    assert [tag["key"] for tag in entry["tags"]] == ["a.b", 'say "x"']
