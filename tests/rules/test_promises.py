"""No promise is skipped: each names its tests, which are there, or says that it is not kept yet."""

import ast
import re

import pytest

from tests.tools import tree

PAGE = "".join((tree.ROOT / "docs/reference" / name).read_text("utf-8") for name in ("promises.md", "embed.md"))
ROWS = dict(re.findall(r"^\| ([RTWD]\d+b?) \| (.*) \|$", PAGE, re.MULTILINE))
TESTS = sorted(set(re.findall(r"`(tests/[^`]*)`", PAGE)))


def test_every_promise_and_every_trap_has_its_row() -> None:
    promises = {f"R{number}" for number in range(1, 25)} | {"R4b"}
    traps = {f"T{number}" for number in (*range(1, 20), *range(33, 46))}
    others = {f"W{number}" for number in range(1, 29)} | {f"D{number}" for number in range(1, 16)}
    assert set(ROWS) == promises | traps | others


@pytest.mark.parametrize("row", ROWS)
def test_every_row_names_a_test_or_says_why_not(row: str) -> None:
    assert "`tests/" in ROWS[row] or re.search(r"[Nn]ot yet|Does not apply", ROWS[row])


@pytest.mark.parametrize("test", TESTS)
def test_every_named_test_is_there(test: str) -> None:
    path, _colons, name = test.partition("::")
    assert (tree.ROOT / path).is_file(), f"{path} is not there"
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    assert name in [node.name for node in tree.parsed(tree.ROOT / path).body if isinstance(node, functions)]
