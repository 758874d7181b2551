"""Whatever is under way is given up at any of its steps, and nothing half done is left."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from starlette.websockets import WebSocket

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.app import Webchat, create_app
from webchat.chat import people
from webchat.settings import Settings
from webchat.store.sqlite import open_sqlite
from webchat.web.house import House

pytestmark = pytest.mark.anyio

MOST = 100
"""Steps after which everything here has ended by itself."""


class Cancelled:
    """A coroutine that is cancelled when it waits for the ``at``-th time; ``whole`` if it did not wait so often."""

    def __init__(self, coroutine: Coroutine[Any, Any, object], at: int) -> None:
        self._coroutine = coroutine
        self._at = at
        self.whole = True

    def __await__(self) -> Generator[Any, Any, None]:
        resume: Callable[[], Any] = partial(self._coroutine.send, None)
        for step in count():
            try:
                waits_for = resume()
            except (StopIteration, asyncio.CancelledError):
                return
            if step == self._at:
                self.whole = False
                task = asyncio.current_task()
                assert task
                task.cancel()
            try:
                yield waits_for
                resume = partial(self._coroutine.send, None)
            except asyncio.CancelledError as cancelled:
                resume = partial(self._coroutine.throw, cancelled)


async def run(coroutine: Coroutine[Any, Any, object], at: int) -> bool:
    """Run it in a task of its own and give it up at a step; whether it had ended before."""
    cancelled = Cancelled(coroutine, at)

    async def task() -> None:
        await cancelled

    await asyncio.ensure_future(task())
    return cancelled.whole


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    store = open_sqlite(tmp_path / "webchat.db")
    place = Place(store)
    await place.fill()
    yield place
    store.close()


@pytest.mark.parametrize("word", ["post-message", "join-room", "leave-room", "create-room"])
async def test_a_command_is_done_or_not_and_told_if_done(place: Place, word: str) -> None:
    for at in range(MOST):
        room = f"room-{at}"
        if word != "create-room":
            await place.do(place.ann, c.CreateRoom(room, new_cid()))
        if word == "join-room":
            await place.do(place.dan, c.LeaveRoom(room, new_cid()))
        place.told.clear()
        commands = {
            "post-message": c.PostMessage(room, "Hello", new_cid()),
            "join-room": c.JoinRoom(room, new_cid()),
            "leave-room": c.LeaveRoom(room, new_cid()),
            "create-room": c.CreateRoom(room, new_cid()),
        }
        whole = await run(place.do(place.dan, commands[word]), at)
        await place.store.write(lambda _tx: None)  # what was queued before is settled
        once = [type(event).__name__ for event in place.told]
        await place.do(place.dan, commands[word])  # who was not answered asks again
        assert once, "it was in the queue, so it is done and told"
        assert [type(event).__name__ for event in place.told] == once, "once"
        found = await place.room(room)
        assert (found.seq, found.rev) == ((1, 1) if word == "post-message" else (0, 0))
        if whole:
            return
    raise AssertionError("It never ended.")


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[Webchat]:
    app = create_app(Settings(data=tmp_path, open=True))
    async with app.running():
        await app.state.house.store.write(people.ensure_lobby)
        yield app


async def test_a_connection_that_ends_at_any_step_leaves_nothing(app: Webchat) -> None:
    """The whole of a connection, from the handshake through a post and something written to it, to its end."""
    house: House = app.state.house
    door = app.state.doors["socket"]
    for at in range(MOST):
        whole = await run(door.enter(websocket(app)), at)
        await house.store.write(lambda _tx: None)
        assert len(door.broker) == 0
        assert not door.broker._halls.rooms
        assert not door.broker._halls._topics
        assert not house.limits._sockets
        assert not any(here.connections for room in house.presence._rooms.values() for here in room.values())
        if whole:
            break
    else:
        raise AssertionError("It never ended.")
    assert at > 10
    rows = await house.store.read(lambda tx: tx.all("SELECT seq FROM messages ORDER BY seq"))
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))


def websocket(app: Webchat) -> WebSocket:
    """A handshake for the lobby, then a post, then a goodbye; each frame lets others run."""
    frame = f'{{"do": "post-message", "room": "lobby", "body": "Hello", "cid": "{new_cid()}"}}'
    coming = iter(
        (
            {"type": "websocket.connect"},
            {"type": "websocket.receive", "text": frame},
            {"type": "websocket.disconnect", "code": 1001},
        )
    )

    async def receive() -> dict[str, Any]:
        for _ in range(5):
            await asyncio.sleep(0)
        return next(coming)

    async def send(_message: Any) -> None:
        await asyncio.sleep(0)

    scope = {
        "type": "websocket",
        "app": app,
        "path": "/socket",
        "query_string": b"room=lobby&since=0",
        "headers": [(b"host", b"127.0.0.1:8000")],
        "client": ("127.0.0.1", 1),
        "scheme": "ws",
        "extensions": {},
    }
    return WebSocket(scope, receive, send)
