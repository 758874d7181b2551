"""What leaves a connection: WebSocket text frames, server-sent events or lines, encoded once and shared by everybody
they go to."""

import re
from typing import Any, Protocol

import msgspec

_encode = msgspec.json.Encoder().encode
_AT = '{"at":"'
_ENDS = re.compile(r'[{,]"at":"([^"\\]+)"}\Z')
_LINES = re.compile(r"\r\n|\r|\n")


class Frame:
    """One or several texts that are written together. ``wire`` holds them as unmasked RFC 6455 text frames, ``events``
    as server-sent events."""

    __slots__ = ("_events", "texts", "wire")

    def __init__(self, *texts: str) -> None:
        self.texts = texts
        self.wire = b"".join([_framed(text) for text in texts])
        self._events: bytes | None = None

    @property
    def events(self) -> bytes:
        """Made when the first asks for them, as most frames go to WebSockets only."""
        if self._events is None:
            self._events = b"".join([_event(text) for text in self.texts])
        return self._events

    @property
    def lines(self) -> bytes:
        """The texts as a line each, for what is all JSON."""
        return "".join([f"{text}\n" for text in self.texts]).encode(errors="replace")


class Outlet(Protocol):
    """How frames leave one connection; made by its door."""

    def write(self, frame: Frame) -> None:
        """Send a frame, or drop it if the connection is ending. Never blocks, never raises."""

    def waiting(self) -> int:
        """Bytes that the peer has not taken yet."""

    def cut(self, code: int) -> None:
        """Say goodbye with a close code and end soon, even if the peer takes nothing. Again does nothing."""


def data(value: dict[str, Any]) -> Frame:
    """A data frame, which htmx hands to the page's script and does not swap."""
    return Frame(_encode(value).decode())


def at(position: object) -> str:
    """The text that says where in its room a reader stands once the text before it is shown."""
    return f'{_AT}{position}"}}'


def position_of(text: str) -> str | None:
    """The position that a text says; None if it is about something else."""
    return text[len(_AT) : -2] if text.startswith(_AT) else None


def _event(text: str) -> bytes:
    """HTML as a message, data as an event named like its first key; where it ends with a position, that is the event's
    id.

    An event's data cannot hold a carriage return, which HTML reads as the end of a line anyway.
    """
    head = ""
    if text.startswith("{"):
        head = f"event: {text[2 : text.index(chr(34), 2)]}\n"
        if position := _ENDS.search(text):
            head = f"id: {position[1]}\n{head}"
    lines = "".join([f"data: {line}\n" for line in _LINES.split(text)])
    return f"{head}{lines}\n".encode(errors="replace")


def _framed(text: str) -> bytes:
    # Half of a surrogate pair has no encoding. The gate lets none in; should one come, a room must not stop for it.
    payload = text.encode(errors="replace")
    size = len(payload)
    if size < 126:
        return bytes((0x81, size)) + payload
    if size < 65536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload
