"""The command line as people use it: output, streams, exit codes."""

import contextlib
import csv
import gc
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import greendigital
from greendigital import documents
from greendigital.cli import main
from tests.conftest import EXAMPLES


def run(*arguments, cwd=None):
    """The program with these arguments: in a process of its own where it needs a folder, else in this one, sooner."""
    if cwd is not None:
        return subprocess.run(
            [sys.executable, "-m", "greendigital", *map(str, arguments)],
            capture_output=True, text=True, cwd=cwd, check=False, encoding="utf-8",
        )  # fmt: skip
    out, err, code, thresholds = io.StringIO(), io.StringIO(), 0, gc.get_threshold()
    argv, sys.argv = sys.argv, ["greendigital", *map(str, arguments)]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
    except SystemExit as end:
        code = end.code or 0
    finally:
        sys.argv = argv
        gc.set_threshold(*thresholds)
        gc.unfreeze()
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


@pytest.fixture
def register(tmp_path):
    path = tmp_path / "register.csv"
    path.write_text("asset_id,category,acquired_date,country\nA,laptop,2023-04-01,GBR\n", encoding="utf-8")
    return path


def test_report_prints_the_summary_on_stdout_and_writes_the_folder(register, tmp_path):
    done = run("report", register, "--period", "2024-25", "-o", tmp_path / "out", "--no-charts")
    assert done.returncode == 0, done.stderr
    for words in ("Total", "Inventory", "Hotspots", "Actions", "What it rests on", "Left out", "2024-25"):
        assert words in done.stdout
    assert (tmp_path / "out" / "report.html").is_file()
    assert "Traceback" not in done.stderr


def test_nothing_but_results_goes_to_stdout_and_quiet_silences_stderr(register, tmp_path):
    register.write_text("asset_id,category,colour\nA,laptop,red\n", encoding="utf-8")
    loud = run("report", register, "--period", "2024", "-o", tmp_path / "a", "--no-charts")
    assert "colour" in loud.stderr and "colour" not in loud.stdout
    quiet = run("report", register, "--period", "2024", "-o", tmp_path / "b", "--no-charts", "--quiet")
    assert quiet.stderr == ""
    assert "\033[" not in loud.stdout


def test_budget_gate_exits_with_3_and_one_sentence_above_and_0_below(register, tmp_path):
    above = run("report", register, "--period", "2024", "-o", tmp_path / "a", "--no-charts", "--quiet",
                "--budget-kg", "1")  # fmt: skip
    assert above.returncode == 3
    assert above.stderr.count("\n") == 1 and "budget of 1 kg" in above.stderr
    below = run("report", register, "--period", "2024", "-o", tmp_path / "b", "--no-charts", "--budget-kg", "100000")
    assert below.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--period", "2024-26"], 2, "2024-25"),
        (["--period", "last year"], 2, "2025-26"),
        (["--as-of", "31/03/2025"], 2, "YYYY-MM-DD"),
        (["--config", "missing.toml"], 1, "no such file"),
        (["--factors", "missing"], 1, "no factor set"),
        (["--nonsense"], 2, "nonsense"),
    ],
)
def test_wrong_usage_is_one_sentence_with_the_remedy(register, tmp_path, arguments, code, words):
    done = run("report", register, "-o", tmp_path / "out", "--no-charts", *arguments, cwd=tmp_path)
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_an_existing_folder_is_not_replaced_without_force(register, tmp_path):
    target = tmp_path / "out"
    assert run("report", register, "--period", "2024", "-o", target, "--no-charts").returncode == 0
    again = run("report", register, "--period", "2024", "-o", target, "--no-charts")
    assert again.returncode == 1 and "--force" in again.stderr
    assert run("report", register, "--period", "2024", "-o", target, "--no-charts", "--force").returncode == 0


def test_explain_gives_formula_numbers_factors_and_sources(example_run):
    done = run("explain", example_run, "register.xlsx:14")
    assert done.returncode == 0
    for words in ("kWh/year", "1 service year ", "kg CO2e/kWh", "planned years", "Factors", "DESNZ", "match"):
        assert words in done.stdout
    total = run("explain", example_run)
    assert "share of the variance" in total.stdout


def test_explain_of_a_cloud_line_and_of_a_fallback_line(example, example_run):
    rows = example.store.query(
        "SELECT status, line_class, min(line_id) AS line_id FROM lines WHERE kind = 'cloud' AND total_kg_co2e > 0 "
        "GROUP BY ALL"
    )
    assert {row["status"] for row in rows} >= {"estimated", "fallback"}
    for row in rows:
        text = example.explain(row["line_id"])
        assert " = " in text and "Factors" in text, row


def test_the_formula_of_a_line_multiplies_out_to_its_figure(example):
    text = example.explain("register.xlsx:14")
    use = next(line for line in text.splitlines() if line.startswith("  use = "))
    left, _, right = use.partition("= ")[2].rpartition(" = ")
    numbers = [float(part.split()[0].replace(",", "")) for part in left.replace("PUE ", "").split(" x ")]
    product = 1.0
    for number in numbers:
        product *= number
    assert product == pytest.approx(float(right.split()[0].replace(",", "")), rel=1e-4)


def test_an_unknown_line_names_the_nearest_file_or_the_rows_that_the_file_has(example_run):
    done = run("explain", example_run, "regster.xlsx:14")
    assert done.returncode == 2
    assert "Nearest: register.xlsx:" in done.stderr
    beyond = run("explain", example_run, "register.xlsx:9999")
    assert "The lines of register.xlsx are those of rows 5 to " in beyond.stderr


def test_recommend_gives_the_same_numbers_in_every_format(example_run):
    rows = json.loads(run("recommend", example_run, "--format", "json").stdout)
    table = list(csv.DictReader(io.StringIO(run("recommend", example_run, "--format", "csv").stdout)))
    shown = [None if r["saving_kg_co2e"] == "" else float(r["saving_kg_co2e"]) for r in table]
    wanted = [r["saving_kg_co2e"] for r in rows]
    assert [kg is None for kg in shown] == [kg is None for kg in wanted]
    assert [kg for kg in shown if kg is not None] == pytest.approx([kg for kg in wanted if kg is not None])
    # What nothing is known of is empty, never nought.
    assert {r["saving_kg_co2e"] is None for r in rows if r["effect"] is None} == {True}
    wrong = run("recommend", example_run, "--by", "colour")
    assert wrong.returncode == 2 and "rule" in wrong.stderr


@pytest.mark.parametrize("by", ["rule", "site", "category"])
def test_the_savings_of_an_effect_are_the_same_by_rule_by_site_and_by_category(example_run, by):
    sums = {}
    for group in json.loads(run("recommend", example_run, "--by", by, "--format", "json").stdout):
        for name in ("saving_kg_co2e", "saving_gbp", "saving_cost", "rows", "devices"):
            key = (name, group["effect"], group["basis"], group["saving_currency"])
            sums[key] = sums.get(key, 0.0) + (group[name] or 0.0)
    with (example_run / "recommendations.csv").open(encoding="utf-8", newline="") as handle:
        advice = list(csv.DictReader(handle))
    for name, *part in sums:
        rows = [r for r in advice if [r[k] or None for k in ("effect", "basis", "saving_currency")] == part]
        wanted = len(rows) if name == "rows" else sum(float(r[name] or 0) for r in rows)
        assert sums[(name, *part)] == pytest.approx(wanted)


def test_recommend_has_a_table_for_each_effect_with_its_total(example_run):
    text = run("recommend", example_run).stdout
    for title in ("Avoids a purchase, once", "Avoids a purchase, a year", "Reduces the footprint, a year", "No figure"):
        assert f"{title}\n" in text
    assert "never added" in text


def test_check_tells_what_each_file_is(tmp_path):
    done = run("check", EXAMPLES / "register.xlsx", EXAMPLES / "aws_focus.csv", "--format", "json")
    found = json.loads(done.stdout)
    assert [f["format"] for f in found] == ["register", "focus-1.0"]
    assert found[0]["columns"]["Date Purchased"] == "acquired_date"
    for entry in found:
        assert set(entry) >= {"file", "format", "profile_verified", "lines", "devices", "problems", "columns",
                              "set_aside"}  # fmt: skip
    text = run("check", EXAMPLES / "register.xlsx").stdout
    assert "Date Purchased -> acquired_date" in text


def test_schema_prints_the_json_schema_of_each_document():
    for name in documents.SCHEMAS:
        assert json.loads(run("schema", name).stdout)["type"] == ("array" if name == "check" else "object")
    assert run("schema", "nonsense").returncode == 2


def test_version_names_the_package_and_its_factor_sets():
    done = run("--version")
    assert done.stdout.startswith(f"greendigital {greendigital.__version__}\n")
    assert "uk-conversion-factors 2026" in done.stdout


def test_strict_stops_on_warnings_and_writes_nothing(tmp_path):
    path = tmp_path / "register.csv"
    path.write_text("Asset Tag,Asset Type,Model\nA,Laptop,X\nTotal,,\n", encoding="utf-8")
    loose = run("report", path, "--period", "2024", "-o", tmp_path / "a", "--no-charts")
    assert loose.returncode == 0 and "totals row" in loose.stderr
    strict = run("report", path, "--period", "2024", "-o", tmp_path / "b", "--no-charts", "--strict")
    assert strict.returncode == 1 and "Stopped" in strict.stderr
    assert not (tmp_path / "b").exists()


def test_a_good_file_is_reported_beside_one_that_is_missing(register, tmp_path):
    done = run("report", register, tmp_path / "missing.csv", "--period", "2024", "-o", tmp_path / "out", "--no-charts")
    assert done.returncode == 1
    assert "missing.csv" in done.stderr and "no such file" in done.stderr
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["coverage"]["assets"]["lines"] == 1


def test_output_into_a_closed_pipe_ends_quietly(example_run):
    done = subprocess.run(
        f"{sys.executable} -m greendigital explain {example_run} register.xlsx:14 | head -1",
        shell=True, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr


def test_the_library_script_of_the_examples_runs(tmp_path):
    copy = tmp_path / "examples"
    copy.mkdir()
    for path in EXAMPLES.iterdir():
        if path.is_file():
            (copy / path.name).write_bytes(path.read_bytes())
    done = subprocess.run(
        [sys.executable, "library.py"], cwd=copy, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(Path(greendigital.__file__).parent.parent), "PATH": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (copy / "library-report" / "report.html").is_file()
    source = (EXAMPLES / "library.py").read_text(encoding="utf-8")
    code = [line for line in source.splitlines() if line and not line.startswith(('"""', "#"))]
    assert len(code) <= 10


def test_a_line_can_be_named_by_its_asset_id(example_run):
    by_line, by_asset = run("explain", example_run, "register.xlsx:14"), run("explain", example_run, "EC-10210")
    assert by_asset.returncode == 0
    assert by_asset.stdout == by_line.stdout


def test_advice_can_be_grouped_by_site_and_cut(example_run):
    rows = json.loads(run("recommend", example_run, "--by", "site,action", "--format", "json", "--top", "3").stdout)
    assert len(rows) == 3
    assert rows[0]["site"] and rows[0]["saving_kg_co2e"] >= rows[1]["saving_kg_co2e"]


def test_where_nothing_could_be_estimated_there_is_no_figure_and_no_zero(tmp_path):
    path = tmp_path / "assets.csv"
    path.write_text("category,model\n,Unheard of\n", encoding="utf-8")
    done = run("report", path, "--period", "2024", "-o", tmp_path / "out", "--no-charts")
    assert "no figure: none of 1 line could be estimated" in done.stdout
    assert "0 kg" not in done.stdout


def test_a_device_past_its_planned_life_says_why_it_carries_no_embodied_carbon(tmp_path):
    path = tmp_path / "assets.csv"
    path.write_text("category,acquired_date,planned_life_years\nlaptop,2015-01-01,4\n", encoding="utf-8")
    run("report", path, "--period", "2024", "-o", tmp_path / "out", "--no-charts")
    assert "planned life of 4 years is over" in run("explain", tmp_path / "out", "assets.csv:2").stdout


def test_storage_and_embodied_figures_of_the_cloud_multiply_out(example):
    """The steps that explain prints, with their numbers: quantity x factor x copies / (years x 8,760 hours)."""
    row = example.store.query("SELECT * FROM lines WHERE quantity_kind = 'tb_hours' AND embodied_unsplit_kg_co2e > 0")[
        0
    ]
    text = example.explain(row["line_id"])
    formula = next(line for line in text.splitlines() if line.startswith("  embodied = "))
    numbers = [float(n.replace(",", "")) for n in re.findall(r"(?<![\w-])\d[\d,.]*(?:e-?\d+)?(?= )", formula)]
    quantity, factor, copies, years, hours, result = numbers
    assert quantity * factor * copies / (years * hours) == pytest.approx(result, rel=1e-4)
    assert result == pytest.approx(row["embodied_unsplit_kg_co2e"], rel=1e-4)


@pytest.mark.parametrize("command", [("report", "--no-charts"), ("match",), ("check",)])
def test_a_settings_file_in_the_folder_that_was_not_given_is_told(register, tmp_path, command):
    (tmp_path / "greendigital.toml").write_text("", encoding="utf-8")
    name, *options = command
    told = "note: greendigital.toml in this folder is not used. Give it with --config greendigital.toml.\n"
    assert told in run(name, register, "--period", "2024", *options, cwd=tmp_path).stderr
    if name == "report":
        options.append("--force")
    given = run(name, register, "--period", "2024", "--config", "greendigital.toml", *options, cwd=tmp_path)
    assert given.returncode == 0
    assert "is not used" not in given.stderr
