"""Nothing grows beyond what one reader can hold in mind."""

import ast
import re
from pathlib import Path

import pytest

from tests.tools import tree

LINES_OF_A_FILE = 300
METHODS_OF_A_CLASS = 12
LINES_OF_A_FUNCTION = 25
LINES_OF_THE_CRUX = 60
LINES_OF_A_SCRIPT = 25

Function = ast.FunctionDef | ast.AsyncFunctionDef


@pytest.mark.parametrize("path", [*tree.python("webchat", "tests", "benchmarks", "examples")], ids=tree.name)
def test_a_file_has_at_most_300_lines(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LINES_OF_A_FILE


@pytest.mark.parametrize("path", [*tree.python("webchat")], ids=tree.name)
def test_a_class_has_at_most_12_public_methods(path: Path) -> None:
    for node in ast.walk(tree.parsed(path)):
        if isinstance(node, ast.ClassDef):
            public = [item.name for item in node.body if isinstance(item, Function) and item.name[0] != "_"]
            assert len(public) <= METHODS_OF_A_CLASS, f"{node.name} has {len(public)}: {', '.join(public)}"


@pytest.mark.parametrize("path", [*tree.python("webchat")], ids=tree.name)
def test_functions_are_short_but_for_one_a_module(path: Path) -> None:
    lengths = {node.name: length(node) for node in ast.walk(tree.parsed(path)) if isinstance(node, Function)}
    long = {name: lines for name, lines in lengths.items() if lines > LINES_OF_A_FUNCTION}
    assert len(long) <= 1, f"More than one function is longer than {LINES_OF_A_FUNCTION} lines: {long}"
    assert all(lines <= LINES_OF_THE_CRUX for lines in long.values()), long


@pytest.mark.parametrize("path", [*tree.python("webchat")], ids=tree.name)
def test_no_check_is_silenced_without_a_reason(path: Path) -> None:
    for line in path.read_text("utf-8").splitlines():
        assert "noqa" not in line or re.search(r"# noqa: [A-Z]+[0-9]+ [-#] \w", line), line
        assert "type: ignore" not in line or re.search(r"# type: ignore\[[a-z-]+\]", line), line


@pytest.mark.parametrize("path", [path for path in tree.files() if path.parent.name in ("bin", ".ci")], ids=tree.name)
def test_a_script_has_at_most_25_lines_and_can_be_run(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LINES_OF_A_SCRIPT
    assert path.stat().st_mode & 0o111 == 0o111


def length(function: Function) -> int:
    """The lines of the body, without the docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0
