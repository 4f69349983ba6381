"""README and docs say what the program does."""

import ast
import itertools
import re
import shlex
from pathlib import Path

import pytest

import greendigital
from greendigital import columns
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


def literal(node):
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


_CODE = re.compile(r"[a-z]+(_[a-z]+)+")
_SHORTHANDS = ("_error", "_refused")
"""Functions of readers that take a code first and make an error of it."""


def problem_codes():
    """Codes given as literals right after a severity, or first to one of the readers' shorthands."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or "check.py" in path.name:
                continue
            texts = [literal(a) for a in node.args]
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in _SHORTHANDS and texts[0]:
                found.add(texts[0])
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
    ("formats.md", ("ASSETS", "DISPOSALS", "USAGE")), ("run-directory.md", ("LINES", "FACTORS_USED")),
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
