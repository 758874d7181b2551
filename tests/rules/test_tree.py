"""What is in the repository, and what is not."""

import re

import pytest

from tests.tools import tree

TEXT = {".py", ".md", ".toml", ".html", ".css", ".js", ".sql", ".po", ".pot", ".txt", ".yml", ".json", ""}
GENERATED = re.compile(
    r"(^|/)(\.venv|__pycache__|dist|build|node_modules|webchat-data|[^/]*\.egg-info|\.[a-z_]+_cache|\.hypothesis)/"
    r"|\.(pyc|mo|db|sqlite3?|db-wal|db-shm|log|whl|swp|orig|rej)$|(^|/)\.coverage|(^|/)\.DS_Store$"
)
PUT_OFF = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")

OURS = [path for path in tree.files() if path.suffix in TEXT and "vendor" not in path.parts]


def test_nothing_is_put_off() -> None:
    assert not [tree.name(path) for path in OURS if PUT_OFF.search(path.read_text("utf-8"))]


def test_every_text_is_clean() -> None:
    assert not {tree.name(path): wrong for path in OURS if (wrong := unclean(path.read_bytes()))}


def unclean(text: bytes) -> list[str]:
    """What is not as it is in a clean text."""
    found = {
        "the line ends of Windows": b"\r" in text,
        "blanks at the end of a line": re.search(rb"[ \t]+$", text, re.MULTILINE),
        "no line end, or several, at its end": text and not re.search(rb"(\A|[^\n])\n\Z", text),
        "a merge that is not finished": re.search(rb"^(<{7}|>{7}) ", text, re.MULTILINE),
    }
    return [what for what, is_so in found.items() if is_so]


@pytest.mark.parametrize("text", [b"a\r\n", b"a \n", b"a\t\nb\n", b"a", b"a\n\n", b"<<<<<<< a\n"])
def test_what_is_unclean_is_recognised(text: bytes) -> None:
    assert len(unclean(text)) == 1
    assert not unclean(b"a\n")
    assert not unclean(b"")


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
