"""uvicorn's WebSocket protocol, with three things more: shared frames are written straight to the transport, stalled
peers are let go, and floods that never reach the application are cut.

Given to uvicorn as ``ws=Wire``. Applications find it in ``scope["extensions"]["webchat.wire"]``.
"""

import contextlib
import logging
import socket
import struct
import sys
from collections.abc import Mapping
from typing import Any, ClassVar

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.frames import Frame
from websockets.http11 import Request

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


class Wire(WebSocketsSansIOProtocol):
    """One WebSocket connection.

    A peer may send ``BYTES`` bytes and ``FRAMES`` frames a second; each is (rate, burst).
    """

    BYTES: ClassVar[tuple[float, float]] = (256 * 1024, 2**20)
    FRAMES: ClassVar[tuple[float, float]] = (200, 1000)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.logger.addFilter(_discreet)
        self._bytes = self.BYTES[1]
        self._frames = self.FRAMES[1]
        self._counted_at = self.loop.time()
        self._acked = 0
        self._looks = 0

    # What applications use

    def write(self, data: bytes) -> None:
        """Send whole unmasked frames, unless the connection is ending."""
        if not (self.close_sent or self.transport.is_closing()):
            self.transport.write(data)

    def waiting(self) -> int:
        """Bytes that the peer's kernel has not been handed yet."""
        return self.transport.get_write_buffer_size()

    def cut(self, code: int) -> None:
        """Send a close frame and let the connection go within `GRACE`, whether or not the peer takes it."""
        if self.close_sent or self.transport.is_closing():
            self._abort_soon()
            return
        self.stop_keepalive()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code})
        with contextlib.suppress(InvalidState):  # the peer's own goodbye is being answered
            self.conn.send_close(code)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
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
        if not self.close_sent:
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions["webchat.wire"] = self

    def data_received(self, data: bytes) -> None:
        """Count what comes in, and parse it in pieces, so that a flood costs little until it is seen."""
        now = self.loop.time()
        passed, self._counted_at = now - self._counted_at, now
        self._bytes = min(self.BYTES[1], self._bytes + passed * self.BYTES[0]) - len(data)
        self._frames = min(self.FRAMES[1], self._frames + passed * self.FRAMES[0])
        for low in range(0, len(data), PIECE):
            super().data_received(data if len(data) <= PIECE else data[low : low + PIECE])
            if self.transport.is_closing():
                return
            if (self._bytes < 0 or self._frames < 0) and not self.close_sent:
                self.cut(FLOOD)
                self.transport.pause_reading()
                return

    def handle_events(self) -> None:
        """Count the frames."""
        self._frames -= len(self.conn.events)
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
        self._abort_soon()

    def shutdown(self) -> None:
        """Say goodbye, and do not wait long for those who take nothing."""
        try:
            super().shutdown()
        except InvalidState:  # the peer's goodbye came first
            self.transport.close()
        self._abort_soon()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of what was half received."""
        super().connection_lost(exc)
        self.frames = []

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


def _discreet(record: logging.LogRecord) -> bool:
    """Keep query strings, which may hold secrets, and a stranger's broken bytes out of the log."""
    if isinstance(record.msg, str) and record.msg.startswith("Invalid UTF-8"):
        return False
    if record.args and not isinstance(record.args, Mapping):
        record.args = tuple(a.partition("?")[0] if isinstance(a, str) else a for a in record.args)
    return True
