"""Between a page and its connection nothing falls through, and nothing does when the network keeps breaking."""

import random
from collections.abc import Callable

import anyio
import anyio.to_thread
import pytest

from tests.faults.test_kill import Progress
from tests.tools.chaos import Chaos
from tests.tools.clients import Author, Line, Reader, Visit, position
from tests.tools.logchecker import Log, check, stored
from tests.tools.server import Server

Make = Callable[..., Server]
AUTHORS = 8


class Crowd:
    """Authors who post in the lobby, and readers; `judge` says what is wrong in the end."""

    def __init__(self, server: Server, each: int) -> None:
        self.log, self.line, self.progress = Log(), Line(), Progress()
        self.server = server
        self.total = AUTHORS * each
        self.readers: list[Reader] = []
        self.visits = [Visit(server) for _ in range(AUTHORS)]
        for visit in self.visits:
            visit.get("/rooms/lobby")
        self.line.up()

    def authors(self, port: int = 0) -> list[Author]:
        each = self.total // AUTHORS
        names = ((f"author {number}", visit) for number, visit in enumerate(self.visits))
        return [Author(visit, name, "lobby", each, self.log, self.progress.step, port) for name, visit in names]

    async def read(self, port: int = 0) -> None:
        """Come with a page, then read until cancelled."""
        visit = self.visits[len(self.readers) % AUTHORS]
        reader = await anyio.to_thread.run_sync(Reader, visit, "lobby", self.line, port)
        self.readers.append(reader)
        await reader.run()

    async def judge(self) -> list[str]:
        """Wait for all to come to the end, then compare."""
        head = position(await anyio.to_thread.run_sync(self.visits[0].get, "/rooms/lobby"))
        with anyio.move_on_after(60):  # who does not come to it in this time, differs below
            for reader in self.readers:
                await reader.reached(head)
        fresh = {"lobby": await anyio.to_thread.run_sync(self.visits[0].whole, "lobby")}
        assert self.log.acked == self.total
        return check(self.log, stored(self.server.database), [one.view for one in self.readers], fresh)


@pytest.mark.timeout(1200)
async def test_who_comes_while_others_post_misses_nothing_and_sees_nothing_twice(
    make_server: Make, long_run: bool
) -> None:
    server = make_server("--open", environ={"WEBCHAT_LIMITS": "off"}).start()
    crowd = Crowd(server, 1250 if long_run else 80)
    count = 500 if long_run else 100
    async with anyio.create_task_group() as reading:
        async with anyio.create_task_group() as writing:
            for author in crowd.authors():
                writing.start_soon(author.run, crowd.line)
            for number in range(count):
                await crowd.progress.reach(crowd.total * number // (count + 1))
                reading.start_soon(crowd.read)
        assert await crowd.judge() == []
        reading.cancel_scope.cancel()
    assert len(crowd.readers) == count
    assert "Traceback" not in server.errors.read_text()


@pytest.mark.timeout(1200)
async def test_a_network_that_keeps_breaking_loses_and_doubles_nothing(make_server: Make, long_run: bool) -> None:
    """It is slow, hands over a few bytes at a time, and cuts: in the middle of frames, at a byte, by resets."""
    server = make_server("--open", environ={"WEBCHAT_LIMITS": "off"}).start()
    crowd = Crowd(server, 600 if long_run else 70)
    chance = random.Random(9)  # noqa: S311 - to be repeatable, not secret
    breaks = 60 if long_run else 12
    async with Chaos(server.port) as chaos, anyio.create_task_group() as reading:
        for _ in range(20):
            reading.start_soon(crowd.read, chaos.port)
        async with anyio.create_task_group() as writing:
            for author in crowd.authors(chaos.port):
                writing.start_soon(author.run, crowd.line)
            for number in range(breaks):
                await crowd.progress.reach(crowd.total * (number + 1) // (breaks + 2))
                chaos.heal()
                chaos.abruptly = chance.random() < 0.5
                match number % 4:
                    case 0:
                        chaos.down.latency, chaos.down.piece = 0.02, 700
                    case 1:
                        chaos.down.cut_frames = 10
                    case 2:
                        chaos.up.cut_at = 2_000
                    case _:
                        chaos.cut()
            await crowd.progress.reach(crowd.total * (breaks + 1) // (breaks + 2))
            chaos.heal()
        assert await crowd.judge() == []
        reading.cancel_scope.cancel()
    assert chaos.dialled > 60
    assert "Traceback" not in server.errors.read_text()
