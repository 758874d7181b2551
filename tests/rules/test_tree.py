"""What is in the repository, and what is not."""

import re
from pathlib import Path

import pytest

from tests.tools import tree

TEXT = {".py", ".md", ".toml", ".html", ".css", ".js", ".sql", ".po", ".pot", ".txt", ".yml", ".json", ""}
GENERATED = re.compile(
    r"(^|/)(\.venv|__pycache__|dist|build|node_modules|webchat-data|[^/]*\.egg-info|\.[a-z_]+_cache|\.hypothesis)/"
    r"|\.(pyc|mo|db|sqlite3?|db-wal|db-shm|log|whl|swp|orig|rej)$|(^|/)\.coverage|(^|/)\.DS_Store$"
)
PUT_OFF = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")

OURS = [path for path in tree.files() if path.suffix in TEXT and "vendor" not in path.parts]


@pytest.mark.parametrize("path", OURS, ids=tree.name)
def test_nothing_is_put_off(path: Path) -> None:
    assert not PUT_OFF.search(path.read_text("utf-8"))


@pytest.mark.parametrize("path", OURS, ids=tree.name)
def test_a_text_is_clean(path: Path) -> None:
    text = path.read_bytes()
    assert b"\r" not in text
    assert not re.search(rb"[ \t]+$", text, re.MULTILINE)
    assert not text or (text.endswith(b"\n") and not text.endswith(b"\n\n"))
    assert not re.search(rb"^(<{7}|>{7}) ", text, re.MULTILINE)


def test_nothing_generated_is_in_it() -> None:
    assert not [tree.name(path) for path in tree.files() if GENERATED.search(tree.name(path))]


def test_nothing_big_is_in_it() -> None:
    assert not [tree.name(path) for path in tree.files() if path.stat().st_size > 1_000_000]


@pytest.mark.parametrize(
    "name",
    ["webchat/__pycache__/cli.cpython-311.pyc", "webchat-data/webchat.db", ".mypy_cache/x", "a.egg-info/PKG-INFO"],
)
def test_what_is_generated_is_recognised(name: str) -> None:
    assert GENERATED.search(name)
