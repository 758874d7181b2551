"""The door of one person: nothing is said before what others say is heard."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.broker.cast import rest
from tests.permissions.doors import scope
from webchat import topics
from webchat.app import create_app
from webchat.events import GuestAddressed
from webchat.settings import Settings
from webchat.topics import Topic

pytestmark = pytest.mark.anyio


async def test_who_comes_in_is_heard_once_it_hears(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path, open=True, limits=False))
    asked: asyncio.Queue[Topic] = asyncio.Queue()
    heard = asyncio.Event()

    async def settled(topic: Topic) -> None:
        asked.put_nowait(topic)
        await heard.wait()

    async with app.running():
        app.state.doors["user"].settled = settled
        coming: asyncio.Queue[Any] = asyncio.Queue()
        going: asyncio.Queue[Any] = asyncio.Queue()
        coming.put_nowait({"type": "websocket.connect"})
        coming.put_nowait({"type": "websocket.receive", "text": json.dumps({"to_user": "gus", "message": "me"})})
        visit = asyncio.create_task(app(scope("/ws/user/gus", "", "websocket"), coming.get, going.put))
        assert (await going.get())["type"] == "websocket.accept"
        assert await asked.get() == topics.guest("gus")
        assert going.empty(), "what it says to itself would be lost by a bus that is not heard yet"
        heard.set()
        told = json.loads((await going.get())["text"])
        assert told == {"to_user": "gus", "message": "me", "user": "gus"}
        coming.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await visit


async def test_a_guest_hears_from_the_moment_that_it_is_let_in(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path, open=True, limits=False))
    async with app.running():
        door, reading = app.state.doors["user"], asyncio.Event()
        opening = door.opening

        async def slow(admission: Any) -> Any:
            await reading.wait()
            return await opening(admission)

        door.opening = slow
        coming: asyncio.Queue[Any] = asyncio.Queue()
        going: asyncio.Queue[Any] = asyncio.Queue()
        coming.put_nowait({"type": "websocket.connect"})
        visit = asyncio.create_task(app(scope("/ws/user/gus", "", "websocket"), coming.get, going.put))
        assert (await going.get())["type"] == "websocket.accept"
        door.broker.publish(GuestAddressed("gus", "ann", "psst"))
        await rest()
        reading.set()
        told = json.loads((await going.get())["text"])
        assert told == {"to_user": "gus", "message": "psst", "user": "ann"}
        coming.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await visit
