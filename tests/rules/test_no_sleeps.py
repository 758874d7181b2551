"""Tests wait for what happens and not for time to pass, and none is put off."""

import ast
from pathlib import Path

import pytest

from tests.tools import tree

SLEEPS = ("time.sleep", "asyncio.sleep", "anyio.sleep", "trio.sleep")
MARKS = ("skip", "skipif", "xfail")
THE_ONE_WAY = tree.ROOT / "tests/tools/needs.py"

TESTS = [*tree.python("tests", "benchmarks")]


def test_no_test_sleeps() -> None:
    assert TESTS
    assert not [
        f"{tree.name(path)}:{line}"
        for path in TESTS
        for line, name in calls(path)
        if name in SLEEPS or name.endswith(".wait_for_timeout")
    ]


def test_no_test_is_skipped_but_for_what_is_not_there() -> None:
    marks = [
        f"{tree.name(path)}:{node.lineno}: {tree.dotted(node)}"
        for path in TESTS
        if path != THE_ONE_WAY
        for node in ast.walk(tree.parsed(path))
        if isinstance(node, ast.Attribute)
        and (
            tree.dotted(node) in ("pytest.skip", "pytest.xfail", "pytest.importorskip")
            or tree.dotted(node) in [f"pytest.mark.{mark}" for mark in MARKS]
            or tree.dotted(node).startswith("unittest.skip")
        )
    ]
    assert not marks


@pytest.mark.parametrize(
    ("source", "sleeps"),
    [("import time\ntime.sleep(1)", 1), ("await anyio.sleep(0)", 0), ("await asyncio.sleep(delay)", 1), ("sleep()", 0)],
)
def test_a_sleep_is_seen(source: str, sleeps: int) -> None:
    assert len([name for _, name in called(ast.parse(source)) if name in SLEEPS]) == sleeps


def calls(path: Path) -> list[tuple[int, str]]:
    """The line and the dotted name of each call in the file that is not of the form ``sleep(0)``."""
    return called(tree.parsed(path))


def called(module: ast.Module) -> list[tuple[int, str]]:
    """See `calls`."""
    return [
        (node.lineno, tree.dotted(node.func))
        for node in ast.walk(module)
        if isinstance(node, ast.Call)
        and not (node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0)
    ]
