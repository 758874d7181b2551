"""Nothing grows beyond what one reader can hold in mind."""

import ast
import re
from pathlib import Path

from tests.tools import tree

LINES_OF_A_FILE = 300
METHODS_OF_A_CLASS = 12
LINES_OF_A_FUNCTION = 25
LINES_OF_THE_CRUX = 60
LINES_OF_A_SCRIPT = 25

Function = ast.FunctionDef | ast.AsyncFunctionDef


def lines_of(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


def test_a_file_has_at_most_300_lines() -> None:
    lengths = {
        tree.name(path): len(lines_of(path)) for path in tree.python("webchat", "tests", "benchmarks", "examples")
    }
    assert len(lengths) > 400
    assert not {name: lines for name, lines in lengths.items() if lines > LINES_OF_A_FILE}


def test_a_class_has_at_most_12_public_methods() -> None:
    for path in tree.python("webchat"):
        for node in ast.walk(tree.parsed(path)):
            if isinstance(node, ast.ClassDef):
                public = [item.name for item in node.body if isinstance(item, Function) and item.name[0] != "_"]
                says = f"{tree.name(path)}: {node.name} has {len(public)}: {', '.join(public)}"
                assert len(public) <= METHODS_OF_A_CLASS, says


def test_functions_are_short_but_for_one_a_module() -> None:
    for path in tree.python("webchat"):
        lengths = {node.name: length(node) for node in ast.walk(tree.parsed(path)) if isinstance(node, Function)}
        long = {name: lines for name, lines in lengths.items() if lines > LINES_OF_A_FUNCTION}
        says = f"{tree.name(path)}: more than one function is longer than {LINES_OF_A_FUNCTION} lines: {long}"
        assert len(long) <= 1, says
        assert all(lines <= LINES_OF_THE_CRUX for lines in long.values()), (tree.name(path), long)


def test_no_check_is_silenced_without_a_reason() -> None:
    for path in tree.python("webchat"):
        for line in lines_of(path):
            at = tree.name(path), line
            assert "noqa" not in line or re.search(r"# noqa: [A-Z]+[0-9]+ [-#] \w", line), at
            assert "type: ignore" not in line or re.search(r"# type: ignore\[[a-z-]+\]", line), at


def test_a_script_has_at_most_25_lines_and_can_be_run() -> None:
    scripts = [path for path in tree.files() if path.parent.name in ("bin", ".ci")]
    assert scripts
    assert not [tree.name(path) for path in scripts if len(lines_of(path)) > LINES_OF_A_SCRIPT]
    assert not [tree.name(path) for path in scripts if path.stat().st_mode & 0o111 != 0o111]


def length(function: Function) -> int:
    """The lines of the body, without the docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0
