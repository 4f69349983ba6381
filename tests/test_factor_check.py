"""``greendigital factors check``: good sets pass, every kind of mistake is told by file, row, column and remedy."""

# ruff: noqa: E501 - one mistake a line reads better than a wrapped one
import json
import shutil

import pytest

from greendigital.cli.factor_tables import run_check
from greendigital.factorset import factor_folders

PACKAGE = {
    "name": "ours",
    "title": "Figures of ours, made up for these tests",
    "version": "2026",
    "licenses": [{"name": "CC0-1.0", "title": "CC0 1.0"}],
    "sources": [{"title": "ours", "publisher": "us"}],
    "resources": [
        {
            "name": "factors",
            "path": "factors.csv",
            "activities": ["electricity_generation", "waste_disposal"],
            "schema": {
                "fields": [
                    {"name": "factor_id", "type": "string"},
                    {"name": "activity", "type": "string"},
                    {"name": "value", "type": "number", "unit": "by row"},
                    {"name": "low", "type": "number", "unit": "by row"},
                    {"name": "high", "type": "number", "unit": "by row"},
                    {"name": "interval", "type": "string"},
                    {"name": "unit", "type": "string"},
                    {"name": "basis", "type": "string"},
                    {"name": "region", "type": "string"},
                    {"name": "valid_from", "type": "date"},
                    {"name": "valid_to", "type": "date"},
                    {"name": "source_id", "type": "string"},
                    {"name": "kgco2", "type": "number", "unit": "by row"},
                    {"name": "kgch4_co2e", "type": "number", "unit": "by row"},
                    {"name": "kgn2o_co2e", "type": "number", "unit": "by row"},
                ]
            },
        },
        {
            "name": "pue",
            "path": "pue.csv",
            "schema": {
                "fields": [
                    {"name": "room", "type": "string"},
                    {"name": "pue", "type": "number", "unit": "ratio"},
                    {"name": "load", "type": "number", "unit": "share"},
                    {"name": "is_measured", "type": "boolean"},
                    {"name": "source_id", "type": "string"},
                ]
            },
        },
    ],
}
FACTORS = """factor_id,activity,value,low,high,interval,unit,basis,region,valid_from,valid_to,source_id,kgco2,kgch4_co2e,kgn2o_co2e
a-2024,electricity_generation,0.2,0.1,0.3,p5_p95,kg_co2e/kwh,direct,GBR,2024-01-01,2024-12-31,ours,0.19,0.004,0.006
a-2025,electricity_generation,0.18,,,none,kg_co2e/kwh,direct,GBR,2025-01-01,2025-12-31,ours,,,
w-2025,waste_disposal,6.4,,,none,kg_co2e/t,,GBR,2025-01-01,2025-12-31,ours,,,
"""
PUE = "room,pue,load,is_measured,source_id\nA,1.6,0.4,true,ours\nB,2.1,0.3,false,ours\n"
SOURCES = "source_id,publisher,title,year,url,licence\nours,us,Our meters,2025,,CC0 1.0\n"
FILES = {"factors.csv": FACTORS, "pue.csv": PUE, "sources.csv": SOURCES}


def make(folder, **changed):
    """A good set in ``folder``, with some of its files changed; ``package`` changes datapackage.json."""
    folder.mkdir()
    package = json.loads(json.dumps(PACKAGE))
    changed.pop("package", lambda p: None)(package)
    (folder / "datapackage.json").write_text(json.dumps({**package, "name": folder.name}), encoding="utf-8")
    for name, text in {**FILES, **changed}.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def cell(text, old, new):
    assert old in text
    return text.replace(old, new, 1)


def factors(old, new):
    return {"factors.csv": cell(FACTORS, old, new)}


def pue(old, new):
    return {"pue.csv": cell(PUE, old, new)}


def fields(package, resource=0):
    return package["resources"][resource]["schema"]["fields"]


BROKEN = {
    # name: (what is changed, file, row, column, words of the message, words of the remedy)
    "no-source": (factors("12-31,ours,0.19", "12-31,,0.19"), "factors.csv", 2, "source_id", "source_id is empty", "needs id"),
    "no-unit": (factors("p5_p95,kg_co2e/kwh", "p5_p95,"), "factors.csv", 2, "unit", "unit is empty", "needs id"),
    "no-value": (factors("0.18,,,none", ",,,none"), "factors.csv", 3, "value", "value is empty", "needs id"),
    "undeclared-source": (factors("12-31,ours,,,\nw", "12-31,hearsay,,,\nw"), "factors.csv", 3, "source_id", '"hearsay"', "Declare"),
    "duplicate-key": (factors("a-2025,", "a-2024,"), "factors.csv", 3, "factor_id", "row 2 already", "its own id"),
    "overlap": (factors("2025-01-01,2025-12-31,ours,,,\nw", "2024-01-01,2024-12-31,ours,,,\nw"), "factors.csv", 3, "valid_from", "validity of row 2", "end before"),
    "order": (factors("0.2,0.1,0.3", "0.2,0.25,0.3"), "factors.csv", 2, "value", '"0.2" lies outside "0.25" to "0.3"', "low <= value"),
    "text-for-a-number": (factors("0.18,", "O.18,"), "factors.csv", 3, "value", '"O.18" is no number', "plain decimal"),
    "infinite": (factors("0.18,", "inf,"), "factors.csv", 3, "value", '"inf" is no number', "plain decimal"),
    "unknown-unit": (factors("none,kg_co2e/kwh", "none,kg_co2e/furlong"), "factors.csv", 3, "unit", "not a known unit", "kg_co2e/kwh"),
    "another-unit": (factors("none,kg_co2e/kwh", "none,kg_co2e/t"), "factors.csv", 3, "unit", "not a unit of electricity_generation", "kg_co2e/kwh"),
    "grams-for-kilograms": (factors("0.18,,", "180,,"), "factors.csv", 3, "value", "not plausible", "Check the value and its unit"),
    "no-date": (factors("2025-01-01", "2025-13-01"), "factors.csv", 3, "valid_from", "not a date", "YYYY-MM-DD"),
    "reversed": (factors("2025-12-31", "2024-12-31"), "factors.csv", 3, "valid_to", "lies before", "Swap"),
    "half-a-year": (factors("2025-12-31,ours,,,\nw", "2025-06-30,ours,,,\nw"), "factors.csv", 3, "valid_from", "chosen by calendar year", "first and the last day"),
    "undated": (factors("kg_co2e/t,,GBR,2025-01-01,2025-12-31", "kg_co2e/t,,GBR,,"), "factors.csv", 4, "valid_from", "chosen by calendar year", "first and the last day"),
    "day-without-hyphens": (factors("2025-01-01", "20250101"), "factors.csv", 3, "valid_from", "not a date", "YYYY-MM-DD"),
    "id-with-blanks": (factors("a-2025,", "a 2025,"), "factors.csv", 3, "factor_id", "holds blanks", "without blanks"),
    "interval-without-range": (factors("none,kg_co2e/kwh", "p5_p95,kg_co2e/kwh"), "factors.csv", 3, "interval", "low or high is missing", '"none"'),
    "unknown-region": (factors("direct,GBR,2025", "direct,UK,2025"), "factors.csv", 3, "region", '"UK" is no region', "GBR"),
    "column-twice": ({"pue.csv": PUE.replace("room,", "room,room,").replace("A,", "A,A,").replace("B,", "B,B,")}, "pue.csv", 1, "room", "stands twice", "Keep one"),
    "interval": (factors("none,kg_co2e/kwh", "sigma,kg_co2e/kwh"), "factors.csv", 3, "interval", '"sigma"', "p5_p95"),
    "basis": (factors("kwh,direct,GBR,2025", "kwh,life_cycle,GBR,2025"), "factors.csv", 3, "basis", "not the basis of", '"direct"'),
    "undeclared-activity": (factors("waste_disposal,", "alchemy,"), "factors.csv", 4, "activity", '"alchemy"', "Add it there"),
    "co2-part-as-total": (factors("0.2,0.1,0.3", "0.19,0.1,0.3"), "factors.csv", 2, "value", "sum of its gas parts, 0.2", "not its CO2 part"),
    "row-too-long": (factors("ours,,,\nw", "ours,,,,9\nw"), "factors.csv", 3, None, "more cells than the header", "quotation marks"),
    "column-missing": ({"factors.csv": "\n".join(r.rpartition(",")[0] for r in FACTORS.splitlines())}, "factors.csv", 1, "kgn2o_co2e", "missing", "Add it"),
    "column-undeclared": (pue("room,pue", "room,watts,pue"), "pue.csv", 1, "watts", "not in the schema", "Declare it"),
    "percent-for-a-share": (pue("1.6,0.4", "1.6,40"), "pue.csv", 2, "load", '"40" is not a share', "by 100"),
    "lookup-text": (pue("2.1,0.3", "two,0.3"), "pue.csv", 3, "pue", '"two" is no number', "Correct the cell"),
    "lookup-boolean": (pue("false", "perhaps"), "pue.csv", 3, "is_measured", '"perhaps"', "Correct the cell"),
    "lookup-source": (pue("false,ours", "false,"), "pue.csv", 3, "source_id", "not in sources.csv", "Declare"),
    "not-utf-8": ({"factors.csv": FACTORS.replace("GBR", "Gr\xfcn").encode("latin-1")}, "factors.csv", None, None, "not a CSV in UTF-8", "UTF-8"),
    "source-without-licence": ({"sources.csv": cell(SOURCES, ",CC0 1.0\n", ",\n")}, "sources.csv", 2, "licence", "licence is empty", "A source needs"),
    "source-twice": ({"sources.csv": SOURCES + SOURCES.splitlines()[1] + "\n"}, "sources.csv", 3, "source_id", "declared twice", "its own id"),
    "no-licence": ({"package": lambda p: p.pop("licenses")}, "datapackage.json", None, "licenses", "no licence", "Name one"),
    "share-alike": ({"package": lambda p: p["licenses"][0].update(title="ODbL 1.0")}, "datapackage.json", None, "share_alike", "does not say so", '"share_alike": true'),
    "no-unit-of-a-field": ({"package": lambda p: fields(p, 1)[1].pop("unit")}, "datapackage.json", None, "pue", "has no unit", "Add one"),
    "no-source-field": ({"package": lambda p: fields(p, 1).pop()}, "datapackage.json", None, "pue", 'no field "source_id"', "name the source"),
    "file-missing": ({"package": lambda p: p["resources"][1].update(path="gone.csv")}, "datapackage.json", None, "pue", "is missing", "take the resource out"),
    "path-outside": ({"package": lambda p: p["resources"][1].update(path="../pue.csv")}, "datapackage.json", None, "pue", "leads out of the set", "in its folder"),
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder of sets, each broken in one way, and a good one."""
    where = tmp_path_factory.mktemp("broken")
    for name, (changed, *_) in BROKEN.items():
        make(where / name, **changed)
    make(where / "good")
    return where


@pytest.fixture(scope="module")
def found(folder):
    """Problems by set, as ``check --format json`` gives them."""
    import contextlib
    import io

    with contextlib.redirect_stdout(text := io.StringIO()):
        assert run_check([folder], "json") == 1
    return {entry["set"]: entry["problems"] for entry in json.loads(text.getvalue())}


def test_the_good_set_passes(found):
    assert found["good"] == []
    assert set(found) == {*BROKEN, "good"}


@pytest.mark.parametrize("name", BROKEN)
def test_a_mistake_is_told_by_file_row_column_and_remedy(found, name):
    _, file, row, column, words, remedy = BROKEN[name]
    problems = found[name]
    assert len(problems) == 1, problems
    (problem,) = problems
    assert (problem["file"], problem["row"], problem["column"]) == (f"{name}/{file}", row, column)
    assert words in problem["message"]
    assert remedy in problem["remedy"]


def test_the_text_names_each_problem_and_the_exit_code_is_1(folder, capsys):
    assert run_check([folder], "text") == 1
    told = capsys.readouterr().out
    assert "good: good" in told
    assert 'text-for-a-number/factors.csv, row 3, value: "O.18" is no number. Write a plain decimal number.' in told


def test_the_shipped_sets_pass(capsys):
    assert run_check([], "text") == 0
    told = capsys.readouterr().out.splitlines()
    assert len(told) == len(list(factor_folders().glob("*/datapackage.json")))
    assert all(line.endswith(": good") for line in told)


def test_a_set_without_metadata_is_told_and_the_others_are_checked_still(tmp_path, capsys):
    make(tmp_path / "good")
    make(tmp_path / "bad")
    (tmp_path / "bad" / "datapackage.json").write_text("{", encoding="utf-8")
    assert run_check([tmp_path], "text") == 1
    told = capsys.readouterr().out
    assert "good: good" in told
    assert "datapackage.json, line 1: not JSON" in told


def test_a_set_of_a_shipped_name_with_other_content_is_refused(tmp_path):
    from greendigital.errors import FactorError

    copy = shutil.copytree(factor_folders() / "room-pue", tmp_path / "room-pue")
    text = (copy / "factors.csv").read_text(encoding="utf-8")
    (copy / "factors.csv").write_text(text.replace(",1.59,", ",1.60,"), encoding="utf-8")
    with pytest.raises(FactorError, match="other content"):
        run_check([copy], "text")
