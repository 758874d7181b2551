"""What leaves a connection: WebSocket text frames, encoded once and shared by everybody they go to."""

from typing import Any, Protocol

import msgspec

_encode = msgspec.json.Encoder().encode


class Frame:
    """One or several texts that are written together. ``wire`` holds them as unmasked RFC 6455 text frames."""

    __slots__ = ("texts", "wire")

    def __init__(self, *texts: str) -> None:
        self.texts = texts
        self.wire = b"".join([_framed(text) for text in texts])


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
    return f'{{"at":"{position}"}}'


def _framed(text: str) -> bytes:
    # Half of a surrogate pair has no encoding. The gate lets none in; should one come, a room must not stop for it.
    payload = text.encode(errors="replace")
    size = len(payload)
    if size < 126:
        return bytes((0x81, size)) + payload
    if size < 65536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


NOWHERE = Frame(at(""))
"""The heartbeat of a connection without a room."""
