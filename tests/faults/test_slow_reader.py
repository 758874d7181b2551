"""Who takes nothing hurts nobody else, is cut after ten seconds, and misses nothing when it comes back."""

import json
import secrets
import time
from collections.abc import Callable

import anyio
import anyio.to_thread
import pytest
from websockets.asyncio.client import ClientConnection

from tests.faults.test_gone import fewer_files, open_files
from tests.stories.conftest import answer
from tests.tools.chaos import Chaos
from tests.tools.clients import Line, Reader, Visit, position
from tests.tools.logchecker import Log, check, stored
from tests.tools.server import Server

SOON = "from webchat.broker import roll\nroll.STALL = 3.0\n"
BODY = "x" * 8000


@pytest.mark.timeout(900)
async def test_one_that_takes_nothing_is_cut_and_nobody_else_is_slower(
    make_server: Callable[..., Server], long_run: bool
) -> None:
    """The stalled one is a page behind a network that takes nothing more and, later, everything again."""
    server = make_server("--open", environ={"WEBCHAT_LIMITS": "off"}, patch="" if long_run else SOON).start()
    visits = [Visit(server) for _ in range(2)]
    for visit in visits:
        visit.get("/rooms/lobby")
    line, log = Line(), Log()
    line.up()
    posts = 500 if long_run else 60
    async with Chaos(server.port, buffer=4096) as chaos:
        readers = [Reader(visits[0], "lobby", line) for _ in range(199 if long_run else 50)]
        stalled = Reader(visits[1], "lobby", line, chaos.port)
        async with anyio.create_task_group() as tasks, visits[0].dial("lobby") as author:
            for reader in (stalled, *readers):
                tasks.start_soon(reader.run)
            await everybody([stalled, *readers], await post(author, visits[0]))
            calm = [await timed(author) for _ in range(posts)]
            files = open_files(server)
            chaos.stall()
            async with anyio.create_task_group() as watching:
                watching.start_soon(fewer_files, server, files - 1, 20 if long_run else 10)
                busy = [await timed(author) for _ in range(posts)]
            busy += [await timed(author) for _ in range(posts)]
            chaos.heal()  # now it hears that it was cut, and comes back
            await everybody([stalled, *readers], await post(author, visits[0]))
            tasks.cancel_scope.cancel()
    assert middle(busy) < 2 * middle(calm) + 0.01
    fresh = {"lobby": await anyio.to_thread.run_sync(visits[0].whole, "lobby")}
    views = [reader.view for reader in (stalled, *readers)]
    assert check(log, stored(server.database), views, fresh) == []
    assert server.stop() == 0
    assert "Traceback" not in server.errors.read_text()


async def timed(author: ClientConnection) -> float:
    """Seconds from a post to its ack."""
    form = {"do": "post-message", "room": "lobby", "body": BODY, "cid": secrets.token_urlsafe(16)}
    before = time.monotonic()
    await author.send(json.dumps(form))
    assert (await answer(author))["ack"] == form["cid"]
    return time.monotonic() - before


async def post(author: ClientConnection, visit: Visit) -> str:
    """Post once more; the room's position then."""
    await timed(author)
    return position(await anyio.to_thread.run_sync(visit.get, "/rooms/lobby"))


async def everybody(readers: list[Reader], at: str) -> None:
    """Return once all are there."""
    with anyio.fail_after(30):
        for reader in readers:
            await reader.reached(at)


def middle(times: list[float]) -> float:
    return sorted(times)[len(times) // 2]
