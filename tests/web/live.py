"""A real uvicorn with our protocol and the socket door on a free port, in the test's own event loop."""

import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import anyio
import anyio.lowlevel
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from tests.broker.cast import EPOCH, FakeRender, FakeStore
from webchat.broker import Broker
from webchat.chat.done import Done
from webchat.commands import Command, PostMessage, StartTyping
from webchat.errors import Forbidden, Refused, Unavailable
from webchat.model import User
from webchat.web.socket import Admission, Opening, SocketDoor
from webchat.wire import Wire

ANN = User(1, "ann", "Ann")


class House:
    """What the door is given, with what a test may turn. ``performed`` are the commands in order."""

    def __init__(self) -> None:
        self.store = FakeStore()
        self.broker = Broker(EPOCH, FakeRender(), self.store.load, self.store.heads)
        self.admission = Admission(ANN, session="s1", slug="lobby")
        self.refusal: Refused | None = None
        self.opening = Opening(("<state",))
        self.performed: list[Command] = []
        self.typed: list[StartTyping] = []
        self.inside = 0
        self.perform: Callable[[Admission, Command], Awaitable[Done]] = self.post
        self.door = SocketDoor(
            self.broker, self.admit, self.open, lambda a, c: self.perform(a, c), self.typing, self.translate
        )

    @asynccontextmanager
    async def admit(self, websocket: WebSocket) -> AsyncIterator[Admission]:
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

    def typing(self, admission: Admission, command: StartTyping) -> None:
        self.typed.append(command)

    def translate(self, lang: str, sentence: str, values: Mapping[str, object]) -> str:
        return f"[{lang}] " + (sentence % values if values else sentence)


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
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        async with anyio.create_task_group() as tasks:
            await tasks.start(house.broker.run)
            tasks.start_soon(server._serve, [listener])
            while not server.started:
                await anyio.lowlevel.checkpoint()
            try:
                yield Live(server, listener.getsockname()[1])
            finally:
                server.should_exit = True
                with anyio.move_on_after(8, shield=True):
                    while server.server_state.connections or server.server_state.tasks:
                        await anyio.lowlevel.checkpoint()
                tasks.cancel_scope.cancel()


async def until(true: Callable[[], object], seconds: float = 5) -> None:
    """Wait for something that the server does by itself."""
    with anyio.fail_after(seconds):
        while not true():
            await anyio.lowlevel.checkpoint()


__all__ = ["ANN", "EPOCH", "Forbidden", "House", "Live", "Unavailable", "serving", "until"]
