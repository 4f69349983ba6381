"""README and docs say what the program does."""

import ast
import itertools
import re
import shlex
import tomllib
from pathlib import Path

import pytest

import greendigital
import greendigital.factorset
from greendigital import columns
from greendigital.config import load_config
from greendigital.units import _SIMPLE
from tests.conftest import ROOT

PACKAGE = Path(greendigital.__file__).parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(marker):
    """The fenced block after a marker in the README."""
    found = re.search(rf"<!-- {marker} -->\n```\w+\n(.*?)```", README, flags=re.DOTALL)
    assert found, marker
    return found[1].strip("\n")


@pytest.mark.parametrize("name", ["main", "tests"])
def test_each_readme_command_is_one_line_that_does_all_the_set_up(name):
    command = block(name)
    assert "\n" not in command
    assert command.startswith("python3 -m venv .venv && .venv/bin/pip install")
    for word in shlex.split(command):
        if word.startswith("examples/"):
            assert (ROOT / word).is_file()


def test_readme_shows_the_output_that_the_main_command_prints(example):
    from greendigital.cli.run import summary_of

    shown = summary_of(example, Path("greendigital-report"), colour=False)
    assert block("main output") == shown


def test_readme_shows_how_the_tests_end():
    assert re.search(r"\d+ passed", block("tests output"))


def test_the_bill_of_the_readme_is_split_by_service_and_tag_in_three_lines(monkeypatch, capsys):
    """Run as it stands. What it prints adds up to the whole, and the tag says what the bill's own tags say."""
    monkeypatch.chdir(ROOT)
    code, names = block("library bill"), {}
    assert len([line for line in code.splitlines() if line]) == 3
    exec(compile(code, "README.md", "exec"), names)
    frame, whole = names["result"].totals(by=["service", "tags_environment"]), names["result"].totals()
    assert capsys.readouterr().out == f"{frame}\n"
    assert frame["central_kg_co2e"].sum() == pytest.approx(whole["central_kg_co2e"].iloc[0])
    tags = re.findall(r'""environment"": ""(\w+)""', (ROOT / "examples" / "aws_focus.csv").read_text(encoding="utf-8"))
    assert set(frame["tags_environment"].dropna()) == set(tags) != set()


def literal(node):
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


_CODE = re.compile(r"[a-z]+(_[a-z]+)+")
_PLACES = {
    ("Name", "error"): 3,  # check of a factor set: file, row, column, code
    ("Attribute", "error"): 2,  # an import's findings: row, column, code
    ("Attribute", "warn"): 2,
    ("Name", "refuse"): 1,  # a file that cannot be imported: file, code
}
"""Where the code stands among the arguments of further makers of problems."""
_SHORTHANDS = ("_error", "_refused")
"""Functions of readers that take a code first and make an error of it."""


def problem_codes():
    """Codes given as literals right after a severity, or first to one of the readers' shorthands."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            texts = [literal(a) for a in node.args]
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in _SHORTHANDS and texts[0]:
                found.add(texts[0])
            place = _PLACES.get((type(node.func).__name__, name))
            if place is not None and len(texts) > place and texts[place]:
                found.add(texts[place])
            for first, second in itertools.pairwise(texts):
                if first in ("error", "warning", "note") and second and _CODE.fullmatch(second):
                    found.add(second)
    return found


def test_every_problem_code_has_its_paragraph():
    text = (ROOT / "docs" / "problems.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\| (`[^|]+`) \|", text, flags=re.MULTILINE)
    documented = {code for cell in cells for code in re.findall(r"`([a-z_]+)`", cell)}
    codes = problem_codes()
    assert len(codes) > 40
    assert codes - documented == set()
    source = " ".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    assert [c for c in sorted(documented) if c not in source and c.removeprefix("date_") not in source] == []


@pytest.mark.parametrize(("page", "names"), [
    ("formats.md", ("ASSETS", "DISPOSALS", "METERS", "USAGE")), ("run-directory.md", ("LINES", "FACTORS_USED")),
])  # fmt: skip
def test_column_tables_of_the_docs_are_those_of_the_program(page, names):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    for name in names:
        rows = "".join(f"| `{c.name}` | {c.kind} | {c.unit or '-'} | {c.meaning} |\n" for c in getattr(columns, name))
        assert f"{rows}<!-- columns: {name} -->" in text, name


def test_links_between_pages_lead_somewhere():
    for page in [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), (page.name, target)


def test_pages_named_in_messages_exist():
    for path in PACKAGE.rglob("*.py"):
        for page in re.findall(r"docs/([a-z-]+\.md)", path.read_text(encoding="utf-8")):
            assert (ROOT / "docs" / page).is_file(), (path.name, page)


def test_the_set_of_the_page_on_factors_is_good_and_used(tmp_path):
    """1,000 kWh of 2025 at the 190 g of the page; without it at the 177 g of the UK set of 2025."""
    page = (ROOT / "docs" / "factors.md").read_text(encoding="utf-8")
    folder = tmp_path / "our-plant"
    folder.mkdir()
    for name in ("datapackage.json", "sources.csv", "factors.csv"):
        found = re.search(rf"^`{name}`\n\n```\w+\n(.*?)```", page, flags=re.DOTALL | re.MULTILINE)
        (folder / name).write_text(found[1], encoding="utf-8")
    assert greendigital.factorset.check_set(folder) == []
    (tmp_path / "estate.csv").write_text("category,country,annual_kwh\nlaptop,GBR,1000\n", encoding="utf-8")
    assets = greendigital.read_inventory(tmp_path / "estate.csv")
    for sets, factor in (([], 0.177), ([folder], 0.190)):
        result = greendigital.estimate(assets, period="2025", library=greendigital.load_library(sets))
        assert result.lines["use_direct_kg_co2e"].sum() == pytest.approx(1000 * factor)


def test_the_overrides_of_the_page_on_factors_are_understood():
    page = (ROOT / "docs" / "factors.md").read_text(encoding="utf-8")
    config = load_config(tomllib.loads(re.search(r"```toml\n(.*?)```", page, flags=re.DOTALL)[1]))
    assert [bool(o.factor) for o in config.overrides] == [True, False]


def test_every_unit_is_named_on_the_page_on_factors():
    page = (ROOT / "docs" / "factors.md").read_text(encoding="utf-8")
    assert [name for name in _SIMPLE if f"`{name}`" not in page] == []


def public(node):
    return isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")


def test_every_public_function_class_and_module_has_a_docstring():
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if tree.body:
            assert ast.get_docstring(tree), path
        for node in tree.body:
            if public(node):
                assert ast.get_docstring(node), (path, node.name)
