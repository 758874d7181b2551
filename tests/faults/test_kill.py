"""The server dies at any moment, and nothing that was acknowledged is lost or doubled."""

import random
from collections.abc import Callable

import anyio
import anyio.to_thread
import pytest

from tests.tools.clients import Author, Line, Reader, Visit
from tests.tools.databases import sql
from tests.tools.logchecker import Log, check, stored
from tests.tools.server import Server

ROOMS = ["lobby", "team", "music", "简体中文", "quiet"]
AUTHORS = 20
READERS = 10


class Progress:
    """Counts acks, and wakes those who wait for a number of them."""

    def __init__(self) -> None:
        self.acked = 0
        self._more = anyio.Event()

    def step(self) -> None:
        """One more."""
        self.acked += 1
        self._more.set()
        self._more = anyio.Event()

    async def reach(self, count: int) -> None:
        """Return once there are so many."""
        while self.acked < count:
            await self._more.wait()


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [20])
async def test_nothing_acknowledged_is_lost_when_the_server_is_killed(
    make_server: Callable[..., Server], long_run: bool, seed: int
) -> None:
    server = make_server("--open", environ={"WEBCHAT_LIMITS": "off"}).start()
    each, kills = (500, 20) if not long_run else (2500, 100)
    moments = random.Random(seed)  # noqa: S311 - to be repeatable, not secret
    await survive(server, each, sorted(moments.sample(range(100, AUTHORS * each - 100), kills)))


CLOCKS = ("real() - 86_400", "real() + 86_400", "1_700_000_000.0", "real() + 40 * 86_400", "real()")
"""What the time is: a day early, a day late, standing, so late that sessions are over, and right."""


@pytest.mark.timeout(1800)
async def test_what_time_it_is_does_not_matter(make_server: Callable[..., Server], long_run: bool) -> None:
    server = make_server("--open", environ={"WEBCHAT_LIMITS": "off"}).start()
    each = 100 if not long_run else 1000
    clocks = iter(CLOCKS)

    def another_time() -> None:
        clock = f"import time\nreal = time.time\ntime.time = lambda: {next(clocks)}\n"
        server.patch = clock + "time.time_ns = lambda: int(time.time() * 1e9)"

    await survive(
        server, each, [AUTHORS * each * (n + 1) // (len(CLOCKS) + 1) for n in range(len(CLOCKS))], another_time
    )


async def survive(server: Server, each: int, marks: list[int], before_start: Callable[[], None] = lambda: None) -> None:
    """Post, killing the server whenever so many posts are acknowledged; then nothing may be wrong."""
    log, line, progress = Log(), Line(), Progress()
    visits = [entered(server) for _ in range(AUTHORS + READERS)]
    rooms = ROOMS[:-1]  # nobody posts in the last one, so that there is one list that must stay empty
    readers = [Reader(visit, ROOMS[n % len(ROOMS)], line) for n, visit in enumerate(visits[AUTHORS:])]
    authors = [
        Author(visit, f"author {n}", rooms[n % len(rooms)], each, log, progress.step)
        for n, visit in enumerate(visits[:AUTHORS])
    ]
    line.up()
    async with anyio.create_task_group() as reading:
        for reader in readers:
            reading.start_soon(reader.run)
        async with anyio.create_task_group() as writing:
            for author in authors:
                writing.start_soon(author.run, line)
            for mark in marks:
                await progress.reach(mark)
                line.down()
                server.kill()
                before_start()
                await anyio.to_thread.run_sync(server.start)
                line.up()
        heads = positions(server)
        with anyio.move_on_after(30):  # who does not come to it in this time, differs below
            for reader in readers:
                if reader.view.room in heads:
                    await reader.reached(heads[reader.view.room])
        reading.cancel_scope.cancel()

    assert log.acked == AUTHORS * each
    fresh = {room: await anyio.to_thread.run_sync(entered(server).whole, room) for room in ROOMS}
    assert server.stop() == 0
    assert check(log, stored(server.database), [reader.view for reader in readers], fresh) == []
    assert integrity(server) == "ok"


def entered(server: Server) -> Visit:
    """A guest with a cookie."""
    visit = Visit(server)
    visit.get("/rooms/lobby")
    return visit


def positions(server: Server) -> dict[str, str]:
    """The newest position of every room."""
    path = server.data / "webchat.db"
    [(epoch,)] = sql(path, "SELECT value FROM meta WHERE key = 'epoch'")
    return {slug: f"{epoch}.{rev}" for slug, rev in sql(path, "SELECT slug, rev FROM rooms")}


def integrity(server: Server) -> str:
    """What SQLite says of the database file."""
    [(answer,)] = sql(server.data / "webchat.db", "PRAGMA integrity_check")
    return str(answer)
