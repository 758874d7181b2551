"""How frames leave a connection: straight through our own protocol, or, on any other ASGI server, through a queue."""

import functools
import logging
from typing import Protocol

import anyio
from starlette.websockets import WebSocket, WebSocketDisconnect

from webchat.broker import Frame

log = logging.getLogger("webchat.socket")

QUEUE = 256
"""Frames that wait for a peer of the slower kind before it is cut."""
GRACE = 2.0
"""Seconds that such a peer has to take our goodbye."""


class Wire(Protocol):
    """What `webchat.wire` puts into the scope: the connection's own transport."""

    def write(self, data: bytes) -> None:
        """Send whole frames."""

    def waiting(self) -> int:
        """Bytes that the peer has not taken yet."""

    def cut(self, code: int) -> None:
        """Say goodbye and end soon."""


class WireOutlet:
    """The fast way: a frame's bytes are the same object for everybody."""

    __slots__ = ("_write", "cut", "waiting")

    def __init__(self, wire: Wire) -> None:
        self._write = wire.write
        self.waiting = wire.waiting
        self.cut = wire.cut

    def write(self, frame: Frame) -> None:
        """Write a frame."""
        self._write(frame.wire)


class QueueOutlet:
    """The way that every ASGI server knows: a bounded stream, which `run` empties in a task of the connection's own."""

    def __init__(self, websocket: WebSocket) -> None:
        _say_that_it_is_slower()
        self._websocket = websocket
        self._send, self._receive = anyio.create_memory_object_stream[Frame](QUEUE)
        self._sending = anyio.CancelScope()
        self._waiting = 0
        self._code = 0

    def write(self, frame: Frame) -> None:
        """Let a frame wait for its turn; a peer for whom too many wait is cut."""
        if self._code:
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
        if not self._code:
            self._code = code
            self._sending.cancel()

    async def run(self, listening: anyio.CancelScope) -> None:
        """Send what is written, until cut or cancelled. Ends ``listening`` after the goodbye."""
        try:
            with self._send, self._receive, self._sending:
                async for frame in self._receive:
                    for text in frame.texts:
                        await self._websocket.send_text(text)
                    self._waiting -= len(frame.wire)
            with anyio.move_on_after(GRACE):
                await self._websocket.close(self._code)
            listening.cancel()
        except (WebSocketDisconnect, RuntimeError, OSError):
            pass  # the peer has gone, which whoever receives is told too


@functools.cache
def _say_that_it_is_slower() -> None:
    log.warning("This server lacks webchat.wire, so frames go to each connection separately, which is slower.")
