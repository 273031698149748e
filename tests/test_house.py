"""What a machine can hold of the house style."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import persona

PACKAGE = Path(persona.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc", "manager", "base"}


def _functions(module: Path):
    tree = ast.parse(module.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_is_one_idea_of_less_than_500_lines_and_no_function_is_longer_than_60(module):
    assert module.stem not in FORBIDDEN_NAMES
    assert module.read_text(encoding="utf-8").count("\n") < 500
    assert [f.name for f in _functions(module) if (f.end_lineno or 0) - f.lineno >= 60] == []


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_asserts_prints_or_swallows(module):
    tree = ast.parse(module.read_text(encoding="utf-8"))
    asserts = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    prints = [n.lineno for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "print"]
    swallowed = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and all(isinstance(line, ast.Pass) for line in node.body)
    ]
    assert (asserts, prints, swallowed) == ([], [], [])


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_public_names_are_sorted(module):
    tree = ast.parse(module.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            names = ast.literal_eval(node.value)
            constants = sorted(n for n in names if n.isupper())
            classes = sorted(n for n in names if n[0].isupper() and not n.isupper())
            others = sorted(n for n in names if not n[0].isupper())
            assert names == [*constants, *classes, *others]


def test_help_waits_for_no_engine():
    code = """
import sys
sys.argv = ["persona", "--help"]
from persona.__main__ import main
try:
    main()
except SystemExit:
    print([m for m in ("polars", "duckdb", "sklearn", "sqlglot", "numpy", "pydantic") if m in sys.modules])
"""
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert shown.stdout.strip().endswith("[]")
