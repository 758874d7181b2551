"""Who is gone without a goodbye is noticed, and is not shown any more; who is there is."""

import os
import re
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest
from websockets.asyncio.client import ClientConnection

from tests.faults.test_disk import ASKED_OFTEN
from tests.tools.chaos import Chaos
from tests.tools.clients import Visit
from tests.tools.server import Server

Make = Callable[..., Server]

SOON = ASKED_OFTEN + "from webchat.chat import presence\npresence.GRACE = 1.0\n"
PING, PONG, SLACK = 25, 8, 2
LOOKS = 4
"""Seconds in which a late pong may still be read."""


@pytest.mark.timeout(180)
async def test_who_vanished_is_let_go(make_server: Make, long_run: bool) -> None:
    """A hundred peers whose network takes everything and brings nothing."""
    server = make_server("--open", environ={"WEBCHAT_LIMITS": "off"}, patch="" if long_run else SOON).start()
    visits = [entered(server) for _ in range(10)]
    files = open_files(server)
    async with Chaos(server.port) as chaos, AsyncExitStack() as held:
        observer = await held.enter_async_context(visits[0].dial("lobby"))
        for number in range(100):
            held.push_async_callback(gone_too, await visits[number % 9 + 1].dial("lobby", port=chaos.port))
        assert await shown(observer, 10, 30)
        assert open_files(server) > 100
        chaos.swallow()
        seconds = PING + PONG + LOOKS + SLACK + 12 if long_run else 15  # 12 for the grace of presence
        assert await shown(observer, 1, seconds)
        await fewer_files(server, files + 1)


async def test_the_list_of_people_is_right_after_anything(make_server: Make) -> None:
    server = make_server("--open", environ={"WEBCHAT_LIMITS": "off"}, patch=SOON).start()
    visits = [entered(server) for _ in range(8)]
    async with Chaos(server.port) as chaos:
        async with AsyncExitStack() as held:
            observer = await held.enter_async_context(visits[0].dial("lobby"))
            for visit in visits[1:] * 2:  # two tabs each
                held.push_async_callback(gone_too, await visit.dial("lobby", port=chaos.port))
            assert await shown(observer, 8, 20)
            chaos.abruptly = True
            chaos.cut()
            assert await shown(observer, 1, 20)
            for visit in visits[1:4]:
                held.push_async_callback(gone_too, await visit.dial("lobby", port=chaos.port))
            assert await shown(observer, 4, 20)
            server.kill()
        server.start()
        assert here(visits[0].get("/rooms/lobby")) == 0
        async with visits[0].dial("lobby") as observer:
            assert await shown(observer, 1, 20)


def entered(server: Server) -> Visit:
    """A guest with a cookie."""
    visit = Visit(server)
    visit.get("/rooms/lobby")
    return visit


async def gone_too(socket: ClientConnection) -> None:
    """Let go of this end, of which nobody hears any more."""
    socket.transport.abort()
    await anyio.lowlevel.checkpoint()


def here(html: str) -> int | None:
    """How many people a page or a frame says are here."""
    found = re.search(r'(?:id="here">|#here" hx-swap="innerHTML">)(\d+) here', html)
    return int(found[1]) if found else None


async def shown(observer: ClientConnection, count: int, seconds: float) -> bool:
    """Whether somebody is shown so many people within a time."""
    with anyio.move_on_after(seconds):
        async for frame in observer:
            if here(str(frame)) == count:
                return True
    return False


def open_files(server: Server) -> int:
    return len(os.listdir(f"/proc/{server.pid}/fd")) if Path("/proc").exists() else 0


async def fewer_files(server: Server, most: int, seconds: float = 10) -> None:
    """Return once the server has at most so many files open."""
    with anyio.fail_after(seconds):
        while open_files(server) > most:
            with anyio.move_on_after(0.02):  # whoever counts must not slow down what is counted
                await anyio.sleep_forever()
