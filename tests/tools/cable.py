"""The cable between browsers and a server: pulled out, every connection through it breaks and none comes back. Or it is
like a proxy that knows no WebSockets, or one that passes an answer on when it is whole. With a ``tls`` context browsers
speak TLS to it."""

import asyncio
import ssl
import threading
from typing import Self, cast


class Cable:
    """A port that leads to another one, in a thread of its own."""

    def __init__(self, to: int, tls: ssl.SSLContext | None = None) -> None:
        self.port = 0
        self.to = to
        self.tls = tls
        self.plugged = True
        self.upgrades = True
        self.streams = True
        self.ends: set[asyncio.Transport] = set()
        self._ready = threading.Event()
        self._done: asyncio.Event
        self._loop: asyncio.AbstractEventLoop
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join()

    def pull_out(self) -> None:
        """Break every connection, without a goodbye, and let none through."""
        self.plugged = False
        self._loop.call_soon_threadsafe(self._cut)

    def plug_in(self) -> None:
        """Let connections through again."""
        self.plugged = True

    def refuse(self, *, streams: bool = True) -> None:
        """Let no WebSocket through from now on, and of streams what comes before they end if ``streams`` is False."""
        self.upgrades, self.streams = False, streams
        self._loop.call_soon_threadsafe(self._cut)

    def allow(self) -> None:
        """Let everything through again."""
        self.upgrades = self.streams = True

    def _cut(self) -> None:
        for end in list(self.ends):
            end.abort()

    async def _run(self) -> None:
        self._loop, self._done = asyncio.get_running_loop(), asyncio.Event()
        server = await self._loop.create_server(lambda: _Near(self), "127.0.0.1", 0, ssl=self.tls)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._done.wait()
        server.close()
        self._cut()
        await asyncio.sleep(0)  # lets the transports that were aborted close


class _End(asyncio.Protocol):
    """One end of one connection; what it hears goes out at the other."""

    other: "_End | None" = None

    def __init__(self, cable: Cable) -> None:
        self.cable = cable
        self.early = b""
        self.held = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.cable.ends.add(self.transport)

    def data_received(self, data: bytes) -> None:
        if self.held:
            return
        if self.other:
            self.other.transport.write(data)
        else:
            self.early += data

    def connection_lost(self, exc: Exception | None) -> None:
        self.cable.ends.discard(self.transport)
        if self.other:
            self.other.transport.close()


class _Near(_End):
    """The browser's end, which dials the far one."""

    holds = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self.cable.plugged:
            self.dialling = asyncio.ensure_future(self._dial())
        else:
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        if not self.cable.upgrades and b"\r\nupgrade: websocket\r\n" in data.lower():
            self.transport.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            self.transport.close()
            return
        self.holds = not self.cable.streams and data.startswith(b"GET /stream")
        if self.other:
            self.other.held = self.holds
        super().data_received(data)

    async def _dial(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            _transport, far = await loop.create_connection(lambda: _End(self.cable), "127.0.0.1", self.cable.to)
        except OSError:
            self.transport.abort()
            return
        self.other, far.other = far, self
        far.held = self.holds
        if self.transport.is_closing():
            far.transport.abort()
        far.transport.write(self.early)
