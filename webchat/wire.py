"""uvicorn's WebSocket protocol, with four things more: shared frames are written straight to the transport, what comes
in is handed over by a plain call, stalled peers are let go, and floods that never reach the application are cut.

Given to uvicorn as ``ws=Wire``. Applications find it in ``scope["extensions"]["webchat.wire"]``.
"""

import asyncio
import contextlib
import logging
import socket
import struct
import sys
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import Event

GRACE = 2.0
"""Seconds that a peer has to take our goodbye."""
FLOOD_GRACE = 0.5
"""Seconds that a flooding peer has."""
LOOK = 1.0
"""Seconds between two looks at a peer whose pong is late."""
LOOKS = 3
"""How many looks see a slow peer take nothing until it counts as gone."""
FRAGMENTS = 64
"""The most frames that one message may come in."""
UNANSWERED = 2**20
"""Bytes waiting for a peer beyond which its pings are not answered: pongs know no back-pressure."""
PIECE = 4096
"""Bytes that are parsed before the frames in them are counted."""
FLOOD = 4429
NOISE = ("Invalid UTF-8", "Invalid HTTP", "Unsupported upgrade", "ASGI callable returned without completing handshake")
"""How the lines of uvicorn's log begin that are about broken bytes, and about a handshake that we refused."""
REVOKED = (4401, 4403)
"""The codes for who may not hear any more: what waits for such a peer is dropped."""


class _Messages:
    """What waits for the application, as an `asyncio.Queue`, whose six deques would be 3 kB of each connection."""

    __slots__ = ("_messages", "_waiter")

    def __init__(self) -> None:
        self._messages: list[Any] = []
        self._waiter: asyncio.Future[None] | None = None

    def empty(self) -> bool:
        return not self._messages

    def put_nowait(self, message: Any) -> None:
        self._messages.append(message)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def get(self) -> Any:
        while not self._messages:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        return self._messages.pop(0)


class Wire(WebSocketsSansIOProtocol):
    """One WebSocket connection.

    A peer may send ``BYTES`` bytes and ``FRAMES`` frames a second; each is (rate, burst).
    """

    BYTES: ClassVar[tuple[float, float]] = (256 * 1024, 2**20)
    FRAMES: ClassVar[tuple[float, float]] = (200, 1000)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.queue = _Messages()  # type: ignore[assignment]
        self.logger.addFilter(discreet)
        self._bytes = self.BYTES[1]
        self._frames = self.FRAMES[1]
        self._counted_at = self.loop.time()
        self._acked = 0
        self._looks = 0
        # Called with each text that comes in one frame, if an application sets it; it must not block or raise. What is
        # rarer comes by ``receive``, in the same order.
        self.receiver: Callable[[str], None] | None = None
        # The transport's own write, for whole frames: it asks nothing, so that it costs less than ours and touches less
        # memory. It is taken away, and ``ended`` called, when nothing may be written any more.
        self.push: Callable[[bytes], object] | None = None
        self.ended: Callable[[], None] | None = None

    # What applications use

    def write(self, data: bytes) -> None:
        """Send whole unmasked frames, unless the connection is ending."""
        if not (self.close_sent or self.transport.is_closing()):
            self.transport.write(data)

    def waiting(self) -> int:
        """Bytes that the peer's kernel has not been handed yet."""
        return self.transport.get_write_buffer_size()

    def cut(self, code: int) -> None:
        """Send a close frame and let the connection go within `GRACE`, whether or not the peer takes it.

        Who may not hear any more and is behind is let go at once, since a transport cannot take back what waits; the
        code is told when the peer dials again.
        """
        if self.close_sent or self.transport.is_closing():
            self._abort_soon()
            return
        if code in REVOKED and self.waiting():
            self.transport.abort()
            return
        self.stop_keepalive()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code})
        with contextlib.suppress(InvalidState):  # the peer's own goodbye is being answered
            self.conn.send_close(code)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self._end_if_over()
        self.frames = []
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        # As uvicorn's own goodbye does: until then the peer may answer, and an answer that nobody reads would be met
        # by a reset that can overtake the code.
        self.close_timer = self.loop.call_later(FLOOD_GRACE if code == FLOOD else GRACE, self.transport.abort)

    # What is different from uvicorn

    def handle_connect(self, event: Request) -> None:
        """Offer ourselves to the application."""
        super().handle_connect(event)
        event.headers.clear()  # the scope has them: a list for each would stay as long as the connection
        if not self.close_sent:
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions["webchat.wire"] = self
            self.push = self.transport.write

    def data_received(self, data: bytes) -> None:
        """Count what comes in, and parse it in pieces, so that a flood costs little until it is seen."""
        now = self.loop.time()
        passed, self._counted_at = now - self._counted_at, now
        self._bytes = min(self.BYTES[1], self._bytes + passed * self.BYTES[0]) - len(data)
        self._frames = min(self.FRAMES[1], self._frames + passed * self.FRAMES[0])
        for low in range(0, len(data), PIECE):
            super().data_received(data if len(data) <= PIECE else data[low : low + PIECE])
            self._end_if_over()
            if self.transport.is_closing():
                return
            if (self._bytes < 0 or self._frames < 0) and not self.close_sent:
                self.cut(FLOOD)
                self.transport.pause_reading()
                return

    def handle_events(self) -> None:
        """Count the frames, and hand over the texts that are whole and next."""
        events = self.conn.events
        self._frames -= len(events)
        while events and self.receiver is not None and (text := self._whole(events[0])) is not None:
            del events[0]
            self.receiver(text)
        super().handle_events()

    def handle_ping(self) -> None:
        """Answer, unless the peer takes nothing of what it asked for."""
        if self.waiting() > UNANSWERED:
            self.conn.data_to_send()
        else:
            super().handle_ping()

    def handle_cont(self, event: Frame) -> None:
        """Add to a message, which may not come in endless pieces."""
        if len(self.frames) >= FRAGMENTS:
            self.cut(FLOOD)
        elif not self.close_sent:
            super().handle_cont(event)

    def send_keepalive_ping(self) -> None:
        """Ask whether the peer is there."""
        self._looks = 0
        super().send_keepalive_ping()

    def keepalive_timeout(self) -> None:
        """Let a silent peer go, but only after a time in which its answer would have been read.

        The timer runs also while the process is busy or reading is paused, so there is always one look more. While
        the peer still takes what was sent before the ping it is slow, and not silent.
        """
        acked, owes = self._progress()
        if not self.read_paused:
            self._looks = 1 if owes and acked > self._acked else self._looks + 1
        self._acked = acked
        if self._looks <= (LOOKS if owes else 1):
            self.pong_timer = self.loop.call_later(LOOK, self.keepalive_timeout)
            return
        super().keepalive_timeout()
        self._end_if_over()
        self._abort_soon()

    def shutdown(self) -> None:
        """Say goodbye, and do not wait long for those who take nothing. May be called again."""
        if self.handshake_complete:
            self.cut(1012)
        elif not self.transport.is_closing():
            super().shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of what was half received, and of what refers to us in turn: Python would find it very late."""
        super().connection_lost(exc)
        self._end_if_over()
        self.frames = []
        self.receiver = None
        self.__dict__.pop("scope", None)
        del self.conn.parser

    def _whole(self, event: Event) -> str | None:
        """The text that came in one frame, if it is one and nothing before it waits."""
        if not (isinstance(event, Frame) and event.opcode is Opcode.TEXT and event.fin):
            return None
        if self.close_sent or not self.queue.empty():
            return None
        try:
            return bytes(event.data).decode()
        except UnicodeDecodeError:
            return None

    def _end_if_over(self) -> None:
        """Let nobody write past us once our goodbye is sent or nothing can be."""
        if self.push is not None and (self.close_sent or self.transport.is_closing()):
            self.push = None
            if self.ended is not None:
                self.ended()
                self.ended = None

    def _abort_soon(self) -> None:
        self.loop.call_later(GRACE, self.transport.abort)

    def _progress(self) -> tuple[int, bool]:
        """How many bytes the peer has acknowledged so far, and whether it still has some to take."""
        waiting = self.waiting() > 0
        if sys.platform != "linux":
            return -self.waiting(), waiting
        try:
            info = self.transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192)
            (unacked,), (acked,), (unsent,) = (
                struct.unpack_from(kind, info, place) for kind, place in (("I", 24), ("Q", 120), ("I", 144))
            )
        except (OSError, struct.error):  # a socket that is not TCP, or an old kernel
            return -self.waiting(), waiting
        return acked, waiting or unacked > 0 or unsent > 0


class Unlimited(Wire):
    """Without limits on what a peer may send, for load tests."""

    BYTES = FRAMES = (float("inf"), float("inf"))


def discreet(record: logging.LogRecord) -> bool:
    """Keep query strings, which may hold secrets, and what strangers can cause as often as they like out of the log."""
    if isinstance(record.msg, str) and record.msg.startswith(NOISE):
        return False
    if record.args and not isinstance(record.args, Mapping):
        record.args = tuple(a.partition("?")[0] if isinstance(a, str) else a for a in record.args)
    return True
