"""A proxy that does to connections what networks do to them: it delays, slices, cuts, resets, stalls and swallows.

What is set counts at once, also for the connections that are there. ``up`` is what clients send, ``down`` what they are
sent.
"""

import asyncio
import contextlib
import socket
import struct
from collections import deque
from dataclasses import dataclass, field
from typing import Self, cast


@dataclass
class Way:
    """What happens to the bytes of one direction.

    They are ``latency`` seconds late and come in pieces of ``piece`` bytes; 0 is no matter. A connection is cut after
    ``cut_at`` bytes, and the next ``cut_frames`` connections inside their next frame.
    """

    latency: float = 0.0
    piece: int = 0
    cut_at: int | None = None
    cut_frames: int = 0


@dataclass
class Chaos:
    """A port that leads to port ``to``, while entered. With ``abruptly`` a cut is a reset, and else a goodbye of TCP.

    ``dialled`` counts the connections that there were. With a ``buffer``, about so many bytes are on their way at most.
    """

    to: int
    port: int = 0
    up: Way = field(default_factory=Way)
    down: Way = field(default_factory=Way)
    abruptly: bool = False
    swallowing: bool = False
    stalled: bool = False
    dialled: int = 0
    buffer: int = 0
    ends: set["_End"] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Near(self), "127.0.0.1", 0, backlog=4096)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for end in self.ends:
            end.transport.abort()
        await asyncio.sleep(0)  # lets them close

    def cut(self) -> None:
        """Cut every connection now."""
        for end in list(self.ends):
            end.cut()

    def swallow(self) -> None:
        """Take what comes from both sides and pass nothing on, as a network that lost a route does."""
        self.swallowing = True

    def stall(self) -> None:
        """Take nothing any more from either side, as a peer does that is stopped."""
        self.stalled = True
        for end in self.ends:
            end.transport.pause_reading()

    def heal(self) -> None:
        """Pass on again. What was swallowed stays lost; what was stalled comes."""
        self.swallowing = self.stalled = False
        self.up, self.down = Way(), Way()
        for end in self.ends:
            end.transport.resume_reading()


class _End(asyncio.Protocol):
    """One end of one connection; what it hears goes out at the other."""

    other: "_End | None" = None

    def __init__(self, chaos: Chaos) -> None:
        self.chaos = chaos
        self.passed = 0
        self._pieces: deque[bytes] = deque()

    @property
    def way(self) -> Way:
        """The direction of what is heard here: the server's end."""
        return self.chaos.down

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.chaos.ends.add(self)
        if self.chaos.stalled:
            self.transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        if self.chaos.swallowing:
            return
        size = self.way.piece or len(data)
        for low in range(0, len(data), size):
            self._pieces.append(data[low : low + size])
            asyncio.get_running_loop().call_later(self.way.latency, self._pass_on)

    def connection_lost(self, exc: Exception | None) -> None:
        self.chaos.ends.discard(self)
        if self.other and not self.chaos.swallowing:
            self.other.transport.close()

    def cut(self) -> None:
        """End here and, by that, there."""
        for end in (self, self.other):
            if end is not None:
                end._end()

    def _end(self) -> None:
        if not self.chaos.abruptly:
            self.transport.close()
            return
        with contextlib.suppress(OSError):
            linger = struct.pack("ii", 1, 0)
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.transport.abort()

    def _pass_on(self) -> None:
        data, way = self._pieces.popleft(), self.way
        if self.other is None or self.transport.is_closing() or self.chaos.swallowing:
            return
        until = len(data) if way.cut_at is None else max(0, min(len(data), way.cut_at - self.passed))
        if way.cut_frames and until == len(data):
            way.cut_frames -= 1
            until -= 1  # what is written at once ends with a frame, which has two bytes at least
        self.other.transport.write(data[:until])
        self.passed += until
        if until < len(data) or self.passed == way.cut_at:
            self.cut()


class _Near(_End):
    """The client's end, which dials the far one."""

    @property
    def way(self) -> Way:
        """The direction of what is heard here: the client's."""
        return self.chaos.up

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.chaos.dialled += 1
        self.transport.pause_reading()  # until there is somebody to pass it on to
        self._dialling = asyncio.ensure_future(self._dial())

    async def _dial(self) -> None:
        loop = asyncio.get_running_loop()
        line = socket.socket()
        line.setblocking(False)
        if self.chaos.buffer:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.chaos.buffer)
        try:
            await loop.sock_connect(line, ("127.0.0.1", self.chaos.to))
            _transport, far = await loop.create_connection(lambda: _End(self.chaos), sock=line)
        except OSError:
            line.close()
            self._end()
            return
        except BaseException:  # the loop ends meanwhile
            line.close()
            raise
        self.other, far.other = far, self
        if self.transport.is_closing():
            far.transport.abort()
        elif not self.chaos.stalled:
            self.transport.resume_reading()
