"""How frames leave a connection: straight through our own protocol, or, on any other ASGI server, through a queue; and
how they leave by an answer to a request, which goes on or comes late."""

import asyncio
import functools
import logging
from collections.abc import AsyncIterator, Callable
from typing import Protocol

import anyio
from starlette.types import Scope
from starlette.websockets import WebSocket, WebSocketDisconnect

from webchat.broker import Frame, position_of

log = logging.getLogger("webchat.socket")

QUEUE = 256
"""Frames that wait for a peer of the slower kind before it is cut."""
GRACE = 2.0
"""Seconds that such a peer has to take our goodbye."""
STOPS = 4000
"""The close codes from here on say not to come back."""


class Wire(Protocol):
    """What `webchat.wire` puts into the scope: the connection's own transport. ``receiver`` is called with what comes
    in, instead of a wait for it, once it is set. ``push``, if there is one, is a shorter way to write, and ``ended`` is
    called when it must not be taken any more."""

    receiver: Callable[[str], None] | None
    push: Callable[[bytes], object] | None
    ended: Callable[[], None] | None

    def write(self, data: bytes) -> None:
        """Send whole frames."""

    def waiting(self) -> int:
        """Bytes that the peer has not taken yet."""

    def cut(self, code: int) -> None:
        """Say goodbye and end soon."""


class WireOutlet:
    """The fast way: a frame's bytes are the same object for everybody."""

    __slots__ = ("_write", "cut", "waiting", "wire")

    def __init__(self, wire: Wire) -> None:
        self._write = wire.write
        self.wire = wire
        self.waiting = wire.waiting
        self.cut = wire.cut

    def write(self, frame: Frame) -> None:
        """Write a frame."""
        self._write(frame.wire)


class QueueOutlet:
    """The way that every ASGI server knows: a bounded stream, which `run` empties in a task of the connection's own.
    ``code`` is what it was cut with, or 0."""

    def __init__(self, websocket: WebSocket) -> None:
        _say_that_it_is_slower()
        self._websocket = websocket
        self._send, self._receive = anyio.create_memory_object_stream[Frame](QUEUE)
        self._sending = anyio.CancelScope()
        self._waiting = 0
        self.code = 0

    def write(self, frame: Frame) -> None:
        """Let a frame wait for its turn; a peer for whom too many wait is cut."""
        if self.code:
            return
        try:
            self._send.send_nowait(frame)
        except anyio.WouldBlock:
            self.cut(1013)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            pass  # the connection has just ended
        else:
            self._waiting += len(frame.wire)

    def waiting(self) -> int:
        """Bytes of the frames that wait."""
        return self._waiting

    def cut(self, code: int) -> None:
        """Send nothing more but a goodbye."""
        if not self.code:
            self.code = code
            self._sending.cancel()

    async def run(self, listening: anyio.CancelScope) -> None:
        """Send what is written, until cut or cancelled. Ends ``listening`` after the goodbye."""
        try:
            with self._send, self._receive, self._sending:
                async for frame in self._receive:
                    for text in frame.texts:
                        if self.code:  # cut after this frame was handed to us, and before our turn
                            break
                        await self._websocket.send_text(text)
                    self._waiting -= len(frame.wire)
            with anyio.move_on_after(GRACE):
                await self._websocket.close(self.code)
            listening.cancel()
        except (WebSocketDisconnect, RuntimeError, OSError):
            pass  # the peer has gone, which whoever receives is told too


class Line(Protocol):
    """What `webchat.http` puts into the scope: the connection that a request came by. ``goodbye`` is called when the
    server stops."""

    goodbye: Callable[[], None] | None

    def waiting(self) -> int:
        """Bytes that the peer has not taken yet."""

    def abort(self) -> None:
        """Let the connection go at once."""


Form = Callable[[Frame], bytes]
"""How an answer that goes on writes a frame."""
REVOKED = (4401, 4403)
"""The codes for who may not hear any more: what waits for such a peer is dropped."""


class StreamOutlet:
    """An answer that goes on: what is written waits together, and all of it goes when the peer took what went before.
    ``code`` is what it was cut with, or 0; `lost` is cancelled for a peer that does not take its goodbye."""

    def __init__(self, scope: Scope, form: Form) -> None:
        self.code = 0
        self._form = form
        self.lost = anyio.CancelScope()
        self._line = line_of(scope)
        if self._line is not None:
            self._line.goodbye = lambda: self.cut(1012)
        self._parts: list[bytes] = []
        self._waiting = 0
        self._bell = asyncio.Event()

    def write(self, frame: Frame) -> None:
        """Let a frame wait for its turn."""
        if not self.code and frame.texts:
            self._parts.append(data := self._form(frame))
            self._waiting += len(data)
            self._bell.set()

    def waiting(self) -> int:
        """Bytes that the peer has not taken yet."""
        return self._waiting + (self._line.waiting() if self._line is not None else 0)

    def cut(self, code: int) -> None:
        """Say goodbye after what waits, or at once to who may not hear that any more, and end within `GRACE`."""
        if self.code:
            return
        self.code = code
        behind = self.waiting()
        if code in REVOKED:
            self._parts.clear()
        if behind and code in REVOKED:
            self._lose()
        else:
            asyncio.get_running_loop().call_later(GRACE, self._lose)
        self._bell.set()

    async def taken(self) -> AsyncIterator[bytes]:
        """What is to be sent, until it was cut. The last is the goodbye of those who are not to come back."""
        while self._parts or not self.code:
            if not self._parts:
                self._bell.clear()
                await self._bell.wait()
                continue
            parts, self._parts = self._parts, []
            data = b"".join(parts)
            yield data
            self._waiting -= len(data)
        if self.code >= STOPS:
            yield self._form(Frame(f'{{"stop":{self.code}}}'))

    def _lose(self) -> None:
        if self._line is not None:
            self._line.abort()
        self.lost.cancel()


class PollOutlet:
    """An answer that comes late: it holds what there was to say, up to the first position after it. What comes then is
    for the next one. ``ready`` when there is something to say, or it was cut with ``code``."""

    def __init__(self, scope: Scope) -> None:
        self.code = 0
        self.texts: list[str] = []
        self.position = ""
        self.ready = anyio.Event()
        line = line_of(scope)
        if line is not None:
            line.goodbye = lambda: self.cut(1012)
        self._full = False

    def write(self, frame: Frame) -> None:
        """Hold what is new."""
        for text in frame.texts:
            if self._full or self.code:
                return
            if (position := position_of(text)) is None:
                self.texts.append(text)
            else:
                self.position, self._full = position or self.position, bool(self.texts)
        if self.texts:
            self.ready.set()

    def waiting(self) -> int:
        """Nothing: it is sent at once."""
        return 0

    def cut(self, code: int) -> None:
        """Answer now."""
        self.code = self.code or code
        self.ready.set()


def line_of(scope: Scope) -> Line | None:
    """The connection that a request came by, if the server tells."""
    line: Line | None = (scope.get("extensions") or {}).get("webchat.http")
    return line


@functools.cache
def _say_that_it_is_slower() -> None:
    log.warning("This server lacks webchat.wire, so frames go to each connection separately, which is slower.")
