"""uvicorn's HTTP protocol, with four things more: who says nothing or half of something is not waited for long, the
head of a request has an end, of very many WebSockets that come at once, as after a restart, some shall come later, and
answers that go on see how much waits for their peer and when the server stops.

Given to uvicorn as ``http=Http``. Applications find it in ``scope["extensions"]["webchat.http"]``.
"""

from asyncio import TimerHandle
from asyncio.transports import Transport
from collections.abc import Callable
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from webchat.wire import Wire, discreet

PATIENCE = 10.0
"""Seconds in which a request's head must come, and between two looks at its body."""
LEAST = 10 * 1024
"""Bytes of a body that must have come from one look to the next."""
HEAD = 32 * 1024
"""The most bytes of a head that is not whole yet."""
TOGETHER = 200
"""The most WebSocket handshakes that are under way at once, unless the load is a test."""


class Http(HttpToolsProtocol):
    """One connection that speaks HTTP, until it becomes a WebSocket."""

    _coming: ClassVar[list[Wire]] = []

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.logger.addFilter(discreet)
        self._head = 0
        self._body = 0
        self._in_head = True
        self._look: TimerHandle | None = None
        # Called when the server stops, if an application sets it.
        self.goodbye: Callable[[], None] | None = None

    # What applications use

    def waiting(self) -> int:
        """Bytes that the peer's kernel has not been handed yet."""
        return self.transport.get_write_buffer_size()

    def abort(self) -> None:
        """Let the connection go at once, with what waits."""
        self.transport.abort()

    # What is different from uvicorn

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Wait for a request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Wait for the rest of what comes here, but not for an endless head."""
        self._wait()
        self._head += len(data)
        super().data_received(data)
        if self._in_head and self._head > HEAD and not self.transport.is_closing():
            self._refuse(431, "Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        """Another request, perhaps in the same bytes as the end of the one before."""
        super().on_message_begin()
        extensions: dict[str, Any] = {"webchat.http": self}
        self.scope["extensions"] = extensions
        self.goodbye = None
        self._wait()

    def on_headers_complete(self) -> None:
        """Its head is whole."""
        super().on_headers_complete()
        self._in_head, self._body = False, 0

    def on_body(self, body: bytes) -> None:
        """Some of its body."""
        super().on_body(body)
        self._body += len(body)

    def on_message_complete(self) -> None:
        """It is whole."""
        super().on_message_complete()
        self._in_head, self._head = True, 0
        self._stop_waiting()

    def handle_websocket_upgrade(self) -> None:
        """Let a WebSocket begin. To refuse one costs a small part of that, and browsers come back later and later."""
        coming = self._coming
        if len(coming) >= TOGETHER:
            coming[:] = [wire for wire in coming if not wire.handshake_complete]
        if len(coming) >= TOGETHER and self.ws_protocol_class is Wire:
            self._refuse(503, "Service Unavailable", "Retry-After: 5\r\n")
            return
        super().handle_websocket_upgrade()
        self._let_go()
        wire = self.transport.get_protocol()
        if isinstance(wire, Wire):
            coming.append(wire)

    def shutdown(self) -> None:
        """Say to an answer that goes on that it is over."""
        super().shutdown()
        if self.goodbye is not None:
            self.goodbye()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more will come."""
        super().connection_lost(exc)
        self._stop_waiting()
        self.goodbye = None
        self._let_go()

    def _wait(self) -> None:
        if self._look is None:
            self._look = self.loop.call_later(PATIENCE, self._late)

    def _stop_waiting(self) -> None:
        if self._look is not None:
            self._look.cancel()
            self._look = None

    def _let_go(self) -> None:
        """Leave what refers to us in turn, which else only Python's collector could find, and very late."""
        if self.scope is not None:
            self.scope["extensions"] = {}
        self.parser = self.scope = None  # type: ignore[assignment]

    def _late(self) -> None:
        """Go on waiting for a body that comes, or that waits for us; for nothing else."""
        self._look = None
        if not self._in_head and (self._body >= LEAST or self.flow.read_paused):
            self._body = 0
            self._wait()
        elif self._head and self._in_head:
            self._refuse(408, "Request Timeout")
        else:
            self.transport.abort()

    def _refuse(self, status: int, phrase: str, more: str = "") -> None:
        """Say why, unless the answer to the request before is still under way, and let go."""
        if self.cycle is None or self.cycle.response_complete:
            answer = f"HTTP/1.1 {status} {phrase}\r\n{more}Connection: close\r\nContent-Length: 0\r\n\r\n"
            self.transport.write(answer.encode())
            self.transport.close()
        else:
            self.transport.abort()
