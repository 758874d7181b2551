"""A real uvicorn with our protocol and the socket door on a free port, in the test's own event loop; and peers."""

import contextlib
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import anyio
import anyio.lowlevel
import uvicorn
from anyio.abc import SocketStream
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.routing import WebSocketRoute
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.broker.cast import EPOCH, FakeRender, FakeStore
from webchat.broker import Broker, Frame, Reader
from webchat.chat.done import Done
from webchat.commands import Command, PostMessage, Signal
from webchat.errors import Refused
from webchat.metrics import Metrics
from webchat.model import User
from webchat.web.door import Admission, Opening
from webchat.web.socket import SocketDoor
from webchat.wire import Wire

MIB = 2**20
CID = "cid-0123456789abcdef"
ANN = User(1, "ann", "Ann")


class House:
    """What the door is given, with what a test may turn. ``performed`` are the commands in order."""

    def __init__(self) -> None:
        self.store = FakeStore()
        self.metrics = Metrics()
        store = self.store
        self.broker = Broker(EPOCH, FakeRender(), store.load, store.heads, store.anew, metrics=self.metrics)
        self.admission = Admission(ANN, session="s1", slug="lobby")
        self.refusal: Refused | None = None
        self.opening = Opening(("<state",))
        self.performed: list[Command] = []
        self.signals: list[Signal] = []
        self.inside = 0
        self.charged: Refused | None = None
        self.perform: Callable[[Admission, Command], Awaitable[Done]] = self.post
        self.door = SocketDoor(
            self.broker,
            self.admit,
            self.open,
            lambda a, c: self.perform(a, c),
            self.signal,
            self.charge,
            self.translate,
            self.metrics,
        )

    def charge(self, admission: Admission) -> None:
        if self.charged is not None:
            raise self.charged

    @asynccontextmanager
    async def admit(self, connection: HTTPConnection, surface: str) -> AsyncIterator[Admission]:
        if self.refusal is not None:
            raise self.refusal
        self.inside += 1
        try:
            yield self.admission
        finally:
            self.inside -= 1

    async def open(self, admission: Admission) -> Opening:
        return self.opening

    async def post(self, admission: Admission, command: Command) -> Done:
        """As the real one does: the order is that of the calls, and the answer comes after a pause."""
        self.performed.append(command)
        event = self.store.post() if isinstance(command, PostMessage) else None
        await anyio.lowlevel.checkpoint()
        if event is None:
            return Done("done")
        self.broker.publish(event)
        return Done(event.message.id)

    def signal(self, admission: Admission, command: Signal) -> None:
        self.signals.append(command)

    def translate(self, lang: str, sentence: str, values: Mapping[str, object]) -> str:
        return f"[{lang}] " + (sentence % values if values else sentence)


class Prompt(uvicorn.Server):
    """One that ends when it is asked to, and not within a tenth of a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.asked = anyio.Event()

    async def main_loop(self) -> None:
        await self.asked.wait()


class Live:
    """The running server: its url, its uvicorn, and how many connections it holds."""

    def __init__(self, server: uvicorn.Server, port: int) -> None:
        self.server = server
        self.port = port
        self.url = f"ws://127.0.0.1:{port}/socket"

    @property
    def held(self) -> int:
        """Connections and tasks that the server has not let go."""
        return len(self.server.server_state.connections) + len(self.server.server_state.tasks)


@asynccontextmanager
async def serving(house: House, wire: type[Wire] = Wire, **options: object) -> AsyncIterator[Live]:
    """Serve the house while the block lasts."""
    app = Starlette(routes=[WebSocketRoute("/socket", house.door.enter)])
    settings = {"ws_max_size": 256 * 1024, "ws_ping_interval": 25, "ws_ping_timeout": 8, "timeout_graceful_shutdown": 5}
    config = uvicorn.Config(
        app,
        ws=wire,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        **(settings | options),  # type: ignore[arg-type]
    )
    server = Prompt(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        async with anyio.create_task_group() as broker:
            await broker.start(house.broker.run)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(server._serve, [listener])
                await until(lambda: server.started)
                try:
                    yield Live(server, listener.getsockname()[1])
                finally:
                    server.asked.set()
            broker.cancel_scope.cancel()


async def until(true: Callable[[], object], seconds: float = 5) -> None:
    """Wait for something that the server does by itself."""
    with anyio.fail_after(seconds):
        while not true():
            await anyio.lowlevel.checkpoint()


async def code_of(client: ClientConnection) -> int | None:
    """The code that the server closes with."""
    with anyio.fail_after(5):
        try:
            while True:
                await client.recv()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None


@asynccontextmanager
async def raw(live: Live) -> AsyncIterator[SocketStream]:
    """A connection after its handshake, whose frames the test writes itself."""
    async with await anyio.connect_tcp("127.0.0.1", live.port) as stream:
        await stream.send(
            b"GET /socket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += await stream.receive()
        assert b" 101 " in answer
        yield stream


async def filled(reader: Reader, size: int) -> None:
    """Write to a reader until that much waits for its peer."""
    while reader.outlet.waiting() < size:
        reader.write(Frame("x" * MIB))
        await anyio.lowlevel.checkpoint()


def protocols(live: Live) -> list[Wire]:
    return [connection for connection in live.server.server_state.connections if isinstance(connection, Wire)]


async def gone(stream: SocketStream, seconds: float = 5) -> bytes:
    """All that comes until the server has let go."""
    read = b""
    with anyio.fail_after(seconds), contextlib.suppress(anyio.EndOfStream, anyio.BrokenResourceError):
        while True:
            read += await stream.receive()
    return read


def frame(opcode: int, payload: bytes = b"", fin: bool = True) -> bytes:
    head = bytes(((0x80 if fin else 0) | opcode,))
    size = bytes((0x80 | len(payload),)) if len(payload) < 126 else b"\xfe" + struct.pack("!H", len(payload))
    return head + size + bytes(4) + payload


def post(body: object = "hello", cid: object = CID, **more: object) -> str:
    return json.dumps({"do": "post-message", "room": "lobby", "body": body, "cid": cid, **more})


async def answer(client: ClientConnection) -> dict[str, Any]:
    """The next data frame that is an answer."""
    with anyio.fail_after(5):
        while True:
            text = await client.recv()
            if text[:5] in ('{"ack', '{"nac'):
                found: dict[str, Any] = json.loads(text)
                return found
