"""The import table: a module imports only from its left. And help stays light."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import greendigital

PACKAGE = Path(greendigital.__file__).parent

ORDER = [
    {"errors"},
    {"units"},
    {"columns"},
    {"period"},
    {"config_sections"},
    {"frames", "disk", "inputs", "config"},
    {"factorset"},
    {"inventory", "usage"},
    {"matching"},
    {"estimation"},
    {"uncertainty"},
    {"footprint"},
    {"explain"},
    {"recommendations"},
    {"waste"},
    {"documents"},
    {"reports"},
    {"rundir"},
    {"result"},
    {"api"},
    {"preflight"},
    {"reconciliation"},
    {"cli"},
]
RANK = {name: rank for rank, names in enumerate(ORDER) for name in names}
FREE = {"greendigital", "__main__"}

HEAVY = ["pandas", "numpy", "scipy", "duckdb", "narwhals", "pydantic", "matplotlib", "openpyxl", "xlsxwriter", "jinja2"]


def owner(path: Path) -> str:
    relative = path.relative_to(PACKAGE)
    return relative.parts[0].removesuffix(".py") if relative.parts[0] != "__init__.py" else "greendigital"


def imported(path: Path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
            if node.module == "greendigital":
                names = [f"greendigital.{alias.name}" for alias in node.names]
        for name in names:
            if name.startswith("greendigital."):
                yield name.split(".")[1], node


def type_checking_only(path: Path) -> set[int]:
    lines: set[int] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            lines |= set(range(node.lineno, node.end_lineno + 1))
    return lines


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_imports_only_from_its_left(path):
    name = owner(path)
    if name in FREE:
        return
    assert name in RANK, f"{name} has no place in the import table"
    typing_lines = type_checking_only(path)
    wrong = [
        target
        for target, node in imported(path)
        if target not in ("__version__", name) and node.lineno not in typing_lines and RANK[target] >= RANK[name]
    ]
    assert not wrong, f"{path.relative_to(PACKAGE)} imports {wrong}"


@pytest.mark.parametrize(
    "command",
    [["-m", "greendigital", "--help"], ["-c", "import greendigital"], ["-m", "greendigital", "report", "--help"]],
)
def test_help_and_import_load_no_heavy_module(command):
    # From 0.29 on Typer itself needs pydantic to read the option of a command before it comes to its help.
    heavy = [name for name in HEAVY if name != "pydantic" or "report" not in command]
    code = (
        "import runpy, sys, atexit\n"
        f"atexit.register(lambda: print('HEAVY', [m for m in {heavy!r} if m in sys.modules], file=sys.stderr))\n"
    )
    if command[0] == "-m":
        code += (
            f"sys.argv = ['greendigital', *{command[2:]!r}]\nrunpy.run_module('greendigital', run_name='__main__')\n"
        )
    else:
        code += command[1] + "\n"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
    )
    assert "HEAVY []" in done.stderr, done.stderr


@pytest.mark.parametrize("command", ["report", "explain", "recommend", "check", "reconcile", "schema"])
def test_every_command_has_help_with_an_example(command):
    from typer.testing import CliRunner

    from greendigital.cli.app import app

    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert f"greendigital {command}" in result.output.split("Examples")[1]


def test_no_module_is_called_utils_common_core_or_helpers():
    banned = {"utils", "common", "core", "helpers"}
    assert not [p for p in PACKAGE.rglob("*.py") if p.stem in banned]


def test_no_emission_figure_stands_in_code():
    """Numbers with three or more decimals in the package are conversions or statistics, listed here."""
    allowed = {"1.6448536269514722", "1.2815515655446004"}
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, float) and path.name != "units.py":
                text = repr(node.value)
                if len(text.partition(".")[2]) >= 3 and "e" not in text and text not in allowed:
                    found.add((path.name, text))
    assert not found
