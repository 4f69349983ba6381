"""Rows that a set of one's own adds to the tables of meters and regions: the set that docs/meters.md prints."""

import json
import re

import pytest

import greendigital as gd
from greendigital.cli.factor_tables import run_check
from greendigital.errors import FactorError
from greendigital.factorset import check_set, factor_folders
from greendigital.usage.meters import Meter, type_meter
from tests.conftest import ROOT
from tests.test_factorset import edit_rows
from tests.test_usage import BASE, write_bill

SHIPPED_LINE = BASE | {
    "ServiceName": "Amazon Elastic Compute Cloud",
    "x_ServiceCode": "AmazonEC2",
    "x_UsageType": "EUN1-BoxUsage:m5.large",
    "RegionId": "eu-north-1",
    "ConsumedQuantity": "100",
}
OWN_LINE = SHIPPED_LINE | {
    "ServiceName": "Example Search",
    "x_ServiceCode": "ExampleSearch",
    "x_UsageType": "EUN9-SearchNode:m5.large",
    "RegionId": "eu-north-9",
    "ConsumedUnit": "Search-Node-Hours",
}


@pytest.fixture
def own_sets(tmp_path):
    """The folder that the page prints, as it stands there."""
    page = (ROOT / "docs" / "meters.md").read_text(encoding="utf-8")
    for name, text in re.findall(r"^`(our-cloud/[\w./]+)`[^\n]*\n\n```\w+\n(.*?)```", page, flags=re.DOTALL | re.M):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    folder = tmp_path / "our-cloud"
    (folder / "regions" / "sources.csv").write_bytes((folder / "meters" / "sources.csv").read_bytes())
    return folder


def estimate(tmp_path, sets, *rows):
    library = gd.load_library(sets)
    usage = gd.read_usage(write_bill(tmp_path / "bill.csv", *rows), library=library)
    return gd.estimate(usage=usage, library=library)


def codes(result):
    return {problem.code for problem in result.problems}


def test_the_set_of_the_page_is_good(own_sets, capsys):
    assert run_check([own_sets], "text") == 0
    assert capsys.readouterr().out.splitlines() == ["our-meters: good", "our-regions: good"]


def test_a_meter_unit_and_region_of_ones_own_are_estimated_like_a_shipped_instance(own_sets, tmp_path):
    """100 hours of an m5.large in Sweden, once by shipped rows and once by those of the page."""
    result = estimate(tmp_path, [own_sets], SHIPPED_LINE, OWN_LINE)
    shipped, own = result.lines.sort_values("source_row").to_dict("records")
    assert (own["meter_rule_id"], own["status"], own["country"]) == ("ours-search-node", "estimated", "SWE")
    assert own["quantity"] == shipped["quantity"] == 100
    assert own["use_kwh"] / own["pue"] == pytest.approx(shipped["use_kwh"] / shipped["pue"])
    assert own["embodied_unsplit_kg_co2e"] == pytest.approx(shipped["embodied_unsplit_kg_co2e"])
    assert own["grid_factor_id"] == shipped["grid_factor_id"]
    assert not codes(result) & {"set_unused", "region_unknown", "meter_unit_unexpected"}


def test_without_the_set_the_same_line_has_no_quantity_and_no_region(tmp_path):
    result = estimate(tmp_path, [], OWN_LINE)
    (line,) = result.lines.to_dict("records")
    assert line["quantity_kind"] == "unknown"
    assert "region_unknown" in codes(result)


def test_a_used_set_of_rows_is_named_in_the_run(own_sets, tmp_path):
    run = estimate(tmp_path, [own_sets], OWN_LINE).write(tmp_path / "run", charts=False)
    named = {s["name"] for s in json.loads((run / "run.json").read_text(encoding="utf-8"))["factor_sets"]}
    assert {"our-meters", "our-regions"} <= named


def test_rules_of_ones_own_that_no_line_meets_are_noted_whatever_else_the_set_holds(own_sets, tmp_path):
    result = estimate(tmp_path, [own_sets / "meters"], SHIPPED_LINE)
    assert [p.message for p in result.problems if p.code == "set_unused"] == [
        'No line uses a row of the set "our-meters" (rules, services).'
    ]


def test_a_region_of_ones_own_that_no_line_is_in_is_noted(own_sets, tmp_path):
    result = estimate(tmp_path, [own_sets / "regions"], SHIPPED_LINE)
    assert [p.message for p in result.problems if p.code == "set_unused"] == [
        'No line uses a row of the set "our-regions" (regions).'
    ]


@pytest.mark.parametrize(("priority", "taken"), [
    ("1", "ours-search-node"),
    ("10", "ours-search-node"),
    ("11", "aws-0010"),
])  # fmt: skip
def test_a_rule_of_ones_own_is_tried_by_its_priority_and_first_of_equal_ones(own_sets, priority, taken):
    """The rule of the page on the meter of the shipped rule of instances, aws-0010, which has the priority 10."""
    own = {"priority": priority, "service_pattern": "AmazonEC2", "pattern": "BoxUsage", "example": "BoxUsage:m5.large"}
    edit_rows(own_sets / "meters" / "rules.csv", lambda rows: rows[0].update(own))
    meter = Meter("aws", "AmazonEC2", "BoxUsage:m5.large", "", "", "Hours")
    assert type_meter(gd.load_library([own_sets]), meter).rule_id == taken


def test_a_rule_with_the_id_of_a_shipped_one_stands_in_its_place(own_sets):
    edit_rows(own_sets / "meters" / "rules.csv", lambda rows: rows[0].update(rule_id="aws-0010"))
    library, shipped = gd.load_library([own_sets]), gd.load_library()
    assert len(library.table("cloud-meters", "rules")) == len(shipped.table("cloud-meters", "rules"))
    assert type_meter(library, Meter("aws", "AmazonEC2", "BoxUsage:m5.large", "", "", "Hours")).rule_id != "aws-0010"


def test_the_shipped_tables_are_as_they_were_beside_a_set_of_rows(own_sets):
    before = len(gd.load_library().table("cloud-meters", "rules"))
    assert len(gd.load_library([own_sets]).table("cloud-meters", "rules")) == before + 1
    assert len(gd.load_library().table("cloud-meters", "rules")) == before


@pytest.mark.parametrize(("table", "column", "value", "code", "told"), [
    ("rules", "pattern", "SearchNode:(", "pattern_invalid", "is no regular expression"),
    ("rules", "pattern", "SearchNodes:", "example_not_found", '"EUN9-SearchNode:m5.large"'),
    ("rules", "quantity_kind", "instance_hour", "value_unknown", "Did you mean instance_hours?"),
    ("rules", "match_field", "usagetype", "value_unknown", "Did you mean usage_type?"),
    ("rules", "provider", "AWS", "value_unknown", "Write aws, azure, gcp, oci."),
    ("rules", "unit_family", "hour", "value_unknown", "Did you mean hours?"),
    ("rules", "multiplier", "0", "value_unknown", "is not above 0"),
    ("rules", "multiplier", "one", "wrong_type", '"one" is no number'),
    ("rules", "priority", "", "value_missing", "priority is empty"),
    ("rules", "source_id", "bill", "source_undeclared", '"bill" is not in sources.csv'),
    ("units", "unit", "Search-Node-Hours", "value_unknown", 'Write "search-node-hours".'),
    ("regions", "country", "SE", "region_unknown", '"SE" is no country'),
    ("regions", "region", "EU North 9", "value_unknown", "in lower case"),
])  # fmt: skip
def test_a_row_that_does_not_fit_its_table_is_refused_by_row_and_column(own_sets, table, column, value, code, told):
    folder = own_sets / ("regions" if table == "regions" else "meters")
    edit_rows(folder / f"{table}.csv", lambda rows: rows[0].update({column: value}))
    (problem,) = check_set(folder)
    assert (problem.code, problem.row) == (code, 2)
    assert told in str(problem)
    with pytest.raises(FactorError, match=re.escape(told)):
        gd.load_library([own_sets])


def test_a_key_that_is_there_twice_is_refused(own_sets):
    edit_rows(own_sets / "meters" / "units.csv", lambda rows: rows.append(dict(rows[0])))
    (problem,) = check_set(own_sets / "meters")
    assert (problem.code, problem.row) == ("duplicate_id", 3)


def edit_package(folder, **changes):
    path = folder / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8")) | changes
    path.write_text(json.dumps({k: v for k, v in package.items() if v is not None}), encoding="utf-8")


@pytest.mark.parametrize(("changes", "told"), [
    ({"adds_to": "cloud-meter"}, 'rows can be added to cloud-meters or cloud-regions, not to "cloud-meter"'),
    ({"resources": [{"name": "rule", "path": "rules.csv"}]}, 'did you mean "rules"?'),
])  # fmt: skip
def test_a_set_or_table_that_rows_cannot_be_added_to_is_refused(own_sets, changes, told):
    edit_package(own_sets / "meters", **changes)
    (problem,) = check_set(own_sets / "meters")
    assert problem.code == "package_incomplete"
    assert told in problem.message


def test_a_column_that_the_shipped_table_does_not_have_is_refused(own_sets):
    (own_sets / "meters" / "services.csv").write_text(
        "service_name,service_code,source_id,owner\nExample Search,ExampleSearch,bills,us\n", encoding="utf-8"
    )
    (problem,) = check_set(own_sets / "meters")
    assert (problem.code, problem.column) == ("column_undeclared", "owner")
    assert "cloud-meters" in str(problem)


def test_a_copy_of_the_shipped_set_is_told_how_to_add_rows(tmp_path):
    import shutil

    copy = shutil.copytree(factor_folders() / "cloud-meters", tmp_path / "cloud-meters")
    edit_rows(copy / "services.csv", lambda rows: rows.pop())
    with pytest.raises(FactorError, match='"adds_to": "cloud-meters"'):
        gd.load_library([copy])
    edit_package(copy, name="our-meters")
    with pytest.raises(FactorError, match=r'nothing reads them from another set.*"adds_to": "cloud-meters"'):
        gd.load_library([copy])


def test_check_takes_the_set(own_sets, tmp_path, capsys):
    from greendigital.cli.run import run_check as check

    bill = write_bill(tmp_path / "bill.csv", OWN_LINE)
    check([bill], "json", None, factors=[own_sets])
    (entry,) = json.loads(capsys.readouterr().out)
    assert "region_unknown" not in {problem["code"] for problem in entry["problems"]}
