"""A place under load for those whom something is taken from: the whole application behind a real uvicorn in the test's
own event loop, with every write to every socket noted when it is made."""

import asyncio
import re
import secrets
import socket
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import anyio
import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.web.conftest import Visitor
from tests.wire.live import until
from webchat import commands as c
from webchat.app import Webchat, create_app
from webchat.chat import people, sessions
from webchat.model import Role, User
from webchat.settings import Settings
from webchat.store import rooms, users
from webchat.wire import Wire

RATE = 1_000
"""Posts a second."""
BEAT = 0.01
"""Seconds between two handfuls of them."""
UNDER_WAY = 200
"""The most that wait to be stored: a machine that is busy with something else is not made up for."""


class Noted:
    """A transport that notes how often it is written to, by its peer's port; a goodbye is no writing."""

    writes: ClassVar[dict[int, int]] = {}

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._port = transport.get_extra_info("peername")[1]

    def write(self, data: bytes) -> None:
        if data[:1] != b"\x88":
            self.writes[self._port] = self.writes.get(self._port, 0) + 1
        self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class NotedWire(Wire):
    """The fast way."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(Noted(transport))  # type: ignore[arg-type]


class NotedPlain(WebSocketsSansIOProtocol):
    """uvicorn as it is, which makes the door use its queue."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(Noted(transport))  # type: ignore[arg-type]


class Moment(NamedTuple):
    """A time: on the clock, and in work that this process has done."""

    clock: float
    work: float

    @classmethod
    def now(cls) -> "Moment":
        """This one."""
        return cls(time.monotonic(), time.process_time())

    def since(self, before: "Moment") -> float:
        """Seconds, without those in which others had the machine while there was work to do."""
        return min(self.clock - before.clock, self.work - before.work)


class Ear:
    """What a connection hears: the newest message, and how it ended."""

    def __init__(self, client: ClientConnection) -> None:
        self.client = client
        self.port = client.local_address[1]
        self.seq = 0
        self.code: int | None = None
        self.ended: Moment | None = None

    async def listen(self) -> None:
        try:
            async for frame in self.client:
                for seq in re.findall(r'data-seq="(\d+)"', str(frame)):
                    self.seq = max(self.seq, int(seq))
        except ConnectionClosed:
            pass
        self.code, self.ended = self.client.close_code, Moment.now()

    @property
    def writes(self) -> int:
        return Noted.writes.get(self.port, 0)


class Person(NamedTuple):
    """Somebody with a session: the account, the id that the browser holds, and a browser."""

    user: User
    session: str
    browser: Visitor


class World:
    """A set-up place. ``ann`` owns it, and posts."""

    def __init__(self, app: Webchat, server: uvicorn.Server, port: int) -> None:
        self.app = app
        self.server = server
        self.at = app.state.house
        self.port = port
        self.ann: Person

    async def person(self, name: str, role: Role = "member") -> Person:
        """Somebody new, signed in. Nobody knows the password."""
        await self.at.store.write(lambda tx: people.add(tx, name, role, "no hash"))
        return await self.again(name)

    async def again(self, name: str) -> Person:
        """Somebody known, in one browser more."""
        user = await self.at.store.read(lambda tx: users.by_name(tx, name))
        started = await self.at.store.write(lambda tx: sessions.start(tx, user))
        browser = Visitor(self.app)
        browser.cookies.set("webchat", started.id)
        return Person(user, started.id, browser)

    async def perform(self, person: Person, do: str, **fields: Any) -> Any:
        command = c.parse({"do": do, "cid": secrets.token_urlsafe(16), **fields})
        return await self.at.chat.perform(person.user, command, sessions.hashed(person.session))

    async def head(self, slug: str) -> int:
        room = await self.at.store.read(lambda tx: rooms.by_slug(tx, slug))
        return int(room.seq)

    @asynccontextmanager
    async def ear(self, slug: str, person: Person | None = None, token: str = "", **options: Any) -> AsyncIterator[Ear]:
        """A connection to a room, of a person, of a program or of a guest, while the block lasts."""
        said = {"Cookie": f"webchat={person.session}"} if person else {}
        if token:
            said = {"Authorization": f"Bearer {token}"}
        url = f"ws://127.0.0.1:{self.port}/socket?room={slug}"
        origin: Any = f"http://127.0.0.1:{self.port}"
        async with (
            connect(url, additional_headers=said, origin=origin, compression=None, max_queue=None, **options) as one,
            anyio.create_task_group() as tasks,
        ):
            ear = Ear(one)
            tasks.start_soon(ear.listen)
            yield ear
            tasks.cancel_scope.cancel()

    @asynccontextmanager
    async def talk(self, slug: str) -> AsyncIterator[None]:
        """`RATE` posts a second while the block lasts."""
        loop = asyncio.get_running_loop()
        async with anyio.create_task_group() as tasks:
            began, posted, answered, ringing = loop.time(), 0, 0, True

            async def say() -> None:
                nonlocal answered
                await self.perform(self.ann, "post-message", room=slug, body="Something **new**.")
                answered += 1

            def beat() -> None:
                nonlocal posted
                while ringing and posted < (loop.time() - began) * RATE and posted - answered < UNDER_WAY:
                    posted += 1
                    tasks.start_soon(say)
                if ringing:
                    loop.call_later(BEAT, beat)

            beat()
            try:
                yield
            finally:
                ringing = False


@asynccontextmanager
async def world(data: Path, protocol: type[WebSocketsSansIOProtocol]) -> AsyncIterator[World]:
    """The place, while the block lasts."""
    app = create_app(Settings(data=data, limits=False))
    config = uvicorn.Config(app, ws=protocol, ws_per_message_deflate=False, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        async with app.running(), anyio.create_task_group() as tasks:
            tasks.start_soon(server._serve, [listener])
            await until(lambda: server.started)
            here = World(app, server, listener.getsockname()[1])
            await here.at.store.write(lambda tx: people.set_up(tx, "The Place", "ann", "no hash"))
            here.ann = await here.again("ann")
            try:
                yield here
            finally:
                server.should_exit = True


Revoke = Callable[[World, Person, str], Coroutine[Any, Any, None]]
