"""The log: one line a record, whatever is in it, and nothing in it that is somebody's secret."""

import json
import logging
from collections.abc import Callable

import pytest

from webchat.logs import Json, OneLine, Told

CANARY = "canary-that-nobody-may-read"
NASTY = "two\nlines\rand \\ more \x1b[31m\u2028\u202e\x00"
BOTH = pytest.mark.parametrize("formatter", [OneLine("%(message)s"), Json()], ids=["text", "json"])


def record(message: object, error: BaseException | None = None) -> logging.LogRecord:
    caught = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("webchat", logging.INFO, __file__, 1, message, None, caught)


def raised(act: Callable[[], object]) -> Exception:
    try:
        act()
    except Exception as error:
        return error
    raise AssertionError("It did not raise.")


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ('1.2.3.4 - "GET /setup?key=canary HTTP/1.1" 200', '1.2.3.4 - "GET /setup HTTP/1.1" 200'),
        ("two\nlines\rand \\ more", "two\\nlines\\rand \\\\ more"),
        ("bell \x07 and \u2028 and \u202e", "bell \\u0007 and \\u2028 and \\u202e"),
        ("why? because", "why? because"),
        ("简体中文", "简体中文"),
    ],
)
def test_a_record_is_one_line_without_query_strings(message: str, line: str) -> None:
    assert OneLine("%(message)s").format(record(message)) == line


def test_what_is_told_has_fields_in_both_forms() -> None:
    told = Told("Signed in", "signed-in", who="ann", **{"from": "127.0.0.1"})
    assert OneLine("%(message)s").format(record(told)) == "Signed in. event=signed-in who=ann from=127.0.0.1"
    line = json.loads(Json().format(record(told)))
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "info",
        "logger": "webchat",
        "message": "Signed in",
        "event": "signed-in",
        "who": "ann",
        "from": "127.0.0.1",
    }


@BOTH
@pytest.mark.parametrize("nasty", [NASTY, "/x?key=" + CANARY, "x" * 10_000, "\ud800"])
def test_nobody_forges_a_line(formatter: logging.Formatter, nasty: str) -> None:
    for message in (nasty, Told("Refused", "refused", who=nasty)):
        line = formatter.format(record(message))
        assert line.splitlines() == [line]
        assert line.isprintable()
        assert CANARY not in line
        line.encode()
    assert len(formatter.format(record(Told("Refused", "refused", who=nasty)))) < 3000


def test_nobody_forges_a_field() -> None:
    told = Told("Refused", "refused", who='eve" event=signed-in who="ann')
    assert json.loads(Json().format(record(told)))["event"] == "refused"
    assert str(told) == r'Refused. event=refused who="eve\" event=signed-in who=\"ann"'
    assert str(Told("Refused", "refused", who="eve event=signed-in")).endswith('who="eve event=signed-in"')


def nested() -> None:
    try:
        int(CANARY)
    except ValueError as error:
        raise KeyError(CANARY) from error


def grouped() -> None:
    raise ExceptionGroup(CANARY, [raised(nested), OSError(28, "No space left on device")])


@BOTH
@pytest.mark.parametrize(("act", "kinds"), [(nested, ["ValueError", "KeyError"]), (grouped, ["KeyError", "No space"])])
def test_an_error_tells_its_kind_and_place_and_not_what_it_is_about(
    formatter: logging.Formatter, act: Callable[[], None], kinds: list[str]
) -> None:
    line = formatter.format(record("Something broke", raised(act)))
    assert line.splitlines() == [line]
    assert CANARY not in line
    assert f"in {act.__name__}" in line
    for kind in kinds:
        assert kind in line


def test_logging_itself_keeps_no_secret_for_other_handlers() -> None:
    broke = record("Something broke", raised(nested))
    OneLine("%(message)s").format(broke)
    assert CANARY not in (broke.exc_text or "")
