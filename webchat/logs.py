"""The log: one line a record, as text or as JSON, whatever is in it.

No query strings; and of an unforeseen error its kind and where it was, but not what it says: somebody may have
written that.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType

LONGEST = 300
"""Characters of one field; there is no use in more, and a peer may send much."""
_QUERY = re.compile(r"\?[^\s\"'?]*=[^\s\"']*")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\\\\]")
_SHORT = {"\n": "\\n", "\r": "\\r", "\\": "\\\\"}
_PLAIN = re.compile(r"[\w.:/@+-]+")

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Told:
    """What happened, as a sentence and as fields: ``log.info(Told("Signed in", "signed-in", who="ann"))``."""

    def __init__(self, sentence: str, event: str, **fields: str) -> None:
        self.sentence = sentence
        self.fields = {"event": event} | {name: _within(value) for name, value in fields.items()}

    def __str__(self) -> str:
        return " ".join([f"{self.sentence}.", *(f"{name}={_quoted(value)}" for name, value in self.fields.items())])


class OneLine(logging.Formatter):
    """One line a record, so that nobody can forge a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line."""
        return _without_queries(_CONTROL.sub(_escaped, super().format(record)))

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 - the name that logging calls
        """Where an error was."""
        return _where(ei[1]) if ei[1] else ""


class Json(OneLine):
    """One JSON object a line: ``time``, ``level``, ``logger``, ``message``, and the fields of what is told."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line."""
        told = record.msg if isinstance(record.msg, Told) else None
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": told.sentence if told else _without_queries(record.getMessage()),
        }
        if told:
            line |= {name: _without_queries(value) for name, value in told.fields.items()}
        if record.exc_info and record.exc_info[1]:
            line["error"] = _where(record.exc_info[1])
        return json.dumps(line)


_FORMATTERS: Mapping[str, Callable[[], logging.Formatter]] = {
    "text": lambda: OneLine("%(asctime)s %(levelname)s %(name)s: %(message)s"),
    "json": Json,
}


def to_stderr(form: str) -> None:
    """Log to stderr as ``text`` or as ``json``."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_FORMATTERS[form]())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.captureWarnings(True)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)  # else two lines for each connection


def _where(error: BaseException, depth: int = 5) -> str:
    """The kind of an error and its way here. Of what it says, only what the system and the database say."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    within = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    others = [_where(other, depth - 1) for other in (before, *within) if other is not None and depth]
    kind = type(error)
    says = f": {error}" if isinstance(error, OSError) or kind.__module__ == "apsw" else ""
    return "\n".join([*others, "".join(traceback.format_tb(error.__traceback__)) + kind.__qualname__ + says])


def _within(value: str) -> str:
    return value if len(value) <= LONGEST else value[:LONGEST] + "…"


def _quoted(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)


def _without_queries(text: str) -> str:
    return _QUERY.sub("", text)


def _escaped(found: re.Match[str]) -> str:
    return _SHORT.get(found[0]) or f"\\u{ord(found[0]):04x}"
