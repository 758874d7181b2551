"""What no code may do: put the words of others into SQL or a template's source, or take long to read them."""

import ast
import contextlib
import logging
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.tools import tree
from webchat import positions
from webchat.chat import names, rules, search, uploads, words
from webchat.chat.text import to_html
from webchat.commands import parse
from webchat.commands.buttons import buttons
from webchat.commands.text import clean
from webchat.errors import Refused
from webchat.logs import OneLine
from webchat.settings import Settings
from webchat.web.answers import local_path
from webchat.web.devices import browser, system
from webchat.web.forwarding import Forwarding
from webchat.web.language import choose
from webchat.web.numbers import whole_number
from webchat.web.session import guest_title

OURS = [*tree.python("webchat")]
STATEMENT = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|PRAGMA|CREATE|DROP|ALTER|ATTACH|VACUUM)\b")
A_PIECE = re.compile(r"_?[A-Z][A-Z_]*")
"""The name of a constant: a piece of a statement that we wrote."""
COPIES = {"rows.py", "postgres_copies.py"}
"""Where whole tables are copied: the names in those statements are read from our own schema."""
PIECES = {
    "_places(...)",
    "where",
    "everybody",
    "pragma",
    "number",
    "which",
    "days",
    "table",
    "key",
    "unruled",
    "places",
}
"""Other names that only ever hold what stands in the source."""
NEVER = {"eval", "exec", "compile", "pickle.loads", "marshal.loads", "yaml.load", "os.system", "subprocess.run"}
NEVER |= {"subprocess.Popen", "from_string", "Template", "shelve.open"}
SLOW = 0.02
"""Seconds that a parser may take. The best of nine: the machine has others to serve."""
SIZE = 64 * 1024
SHORTER = {"markdown": 10_000, "words": 10_000, "what texts look like": 10_000, "files' names": 8 * 1024}
SHORTER |= {"skeletons": 1024, "the log": 16 * 1024}
"""Where less is let in: messages and names have their limits, and a line that is logged is cut."""
PATTERNS: tuple[str, ...] = (
    "a",
    " ",
    "[",
    "![](",
    "*",
    "_a_",
    "`",
    "<",
    "&",
    ":",
    "@",
    "@a",
    "://",
    "\\",
    "\n",
    "> ",
    "- ",
    "|",
    "e\u0301",
)
PATTERNS += ("\u0301", "\u202e", "1", ",", "%", "?a=", ";q=0.", "\x00", "à", "中", "({[", "x\t", '"a,', "'")
PATTERNS += ("\u0315\u0300", "\uff9e\u0334", "\u202a\u2069")  # marks in the wrong order, and more ends than beginnings
PARSERS: dict[str, Callable[[str], object]] = {
    "markdown": to_html,
    "text": clean,
    "slugs": names.slug,
    "names": names.name,
    "skeletons": names.skeleton,
    "guests' names": guest_title,
    "commands": lambda text: parse({"do": text, "room": text, "body": text, "cid": text}),
    "positions": positions.parse,
    "numbers": whole_number,
    "languages": lambda text: choose(text, text),
    "ways back": lambda text: local_path(text, "/"),
    "words": lambda text: list(words.words(words.normal(text))),
    "searches": search.parts,
    "buttons": buttons,
    "files' names": uploads.called,
    "what texts look like": rules.folded,
    "browsers": lambda text: (browser(text), system(text)),
    "forwarding": lambda text: Forwarding(Settings().proxies, ()).resolved(forwarded(text)),
    "the log": lambda text: OneLine().format(record(text)),
}


def interpolated(path: Path) -> Iterator[str]:
    """What is put into texts that look like SQL."""
    for node in ast.walk(tree.parsed(path)):
        if isinstance(node, ast.JoinedStr):
            fixed = "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
            inside = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
            if STATEMENT.search(fixed):
                yield from map(shown, inside)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add):
            left = node.left.value if isinstance(node.left, ast.Constant) else ""
            if isinstance(left, str) and STATEMENT.search(left) and not isinstance(node.right, ast.Constant):
                yield shown(node.right)


def shown(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        return f"{tree.dotted(node.func)}(...)"
    return tree.dotted(node) or ast.unparse(node)


STORE = [path for path in OURS if path.parent.name == "store" and path.name not in COPIES]


def test_a_statement_is_made_of_what_we_wrote() -> None:
    """S38: values are parameters; what is put together are constants."""
    assert STORE
    for path in STORE:
        foreign = [piece for piece in interpolated(path) if not A_PIECE.fullmatch(piece) and piece not in PIECES]
        assert not foreign, tree.name(path)


def test_nothing_is_run_that_somebody_wrote() -> None:
    for path in OURS:
        called = [tree.dotted(node.func) for node in ast.walk(tree.parsed(path)) if isinstance(node, ast.Call)]
        run = [name for name in called if name in NEVER or name.rpartition(".")[2] == "from_string"]
        assert not run, tree.name(path)


def test_a_statement_of_others_words_is_seen() -> None:
    source = 'tx.run(f"SELECT {name} FROM {_TABLE}"); tx.run("DELETE FROM x WHERE y = " + text)'
    found = [*interpolated_in(source)]
    assert found == ["name", "_TABLE", "text"]


def interpolated_in(source: str) -> list[str]:
    path = Path("made-up.py")
    before, tree.parsed = tree.parsed, lambda _path: ast.parse(source)  # type: ignore[assignment]
    try:
        return [*interpolated(path)]
    finally:
        tree.parsed = before


def forwarded(text: str) -> dict[str, object]:
    headers = [(b"x-forwarded-for", text.encode("utf-8", "replace")), (b"host", b"localhost")]
    return {"type": "http", "scheme": "http", "client": ("127.0.0.1", 1), "headers": headers}


def record(text: str) -> logging.LogRecord:
    return logging.LogRecord("webchat", logging.INFO, "", 1, text, None, None)


@pytest.mark.parametrize("name", PARSERS)
def test_no_parser_takes_long(name: str) -> None:
    """S27: texts that make bad patterns go back and forth, as long as a frame may be. On a machine where even that is
    more than `SLOW`, a quarter of the text must take a quarter of the time, about, and not a sixteenth."""
    for pattern in PATTERNS:
        many = (pattern * SIZE)[: SHORTER.get(name, SIZE)]
        for before in ("", "a"):
            text, quarter = f"{before}{many}!", f"{before}{many[: len(many) // 4]}!"
            if seconds(PARSERS[name], text) > SLOW:
                most = max(SLOW, 8 * best(PARSERS[name], quarter))
                assert any(seconds(PARSERS[name], text) < most for _ in range(9)), f"{before}{pattern!r}"


def best(parser: Callable[[str], object], text: str) -> float:
    return min(seconds(parser, text) for _ in range(9))


def seconds(parser: Callable[[str], object], text: str) -> float:
    began = time.thread_time()
    with contextlib.suppress(Refused):
        parser(text)
    return time.thread_time() - began
