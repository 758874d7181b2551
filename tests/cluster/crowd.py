"""Authors and readers spread over the servers of a cluster, and the judgement of what they saw."""

import time
from collections.abc import Awaitable, Callable

import anyio
import anyio.to_thread

from tests.faults.test_kill import Progress
from tests.tools.clients import Author, Line, Reader, Visit, position
from tests.tools.cluster import Cluster
from tests.tools.logchecker import Log, check, stored

ROOMS = ["lobby", "team"]
AUTHORS = 6
READERS = 9


class Timed(Reader):
    """A reader who notes the longest time without news."""

    gap = 0.0
    heard = 0.0

    def _take(self, frame: str) -> None:
        now = time.monotonic()
        self.gap = max(self.gap, now - (self.heard or now))
        self.heard = now
        super()._take(frame)


async def pause(seconds: float) -> None:
    """Let a fault last."""
    with anyio.move_on_after(seconds):
        await anyio.sleep_forever()


async def survive(
    cluster: Cluster, each: int, fault: Callable[[Progress], Awaitable[None]], readers: int = READERS
) -> float:
    """Post, at least ``each`` messages an author, while something breaks and heals.

    Then every reader's page is as a fresh one, and nothing that was acknowledged is lost or doubled. Returns in how
    many seconds all had converged after all was posted and well.
    """
    log, line, progress = Log(), Line(), Progress()
    line.up()
    visits = [Visit(cluster.front) for _ in range(AUTHORS + 1)]
    for visit in visits:
        await anyio.to_thread.run_sync(visit.get, "/rooms/lobby")
    visits[0].do("post-message", room="team", body="The room is there")
    crowd = [await anyio.to_thread.run_sync(Timed, visits[-1], ROOMS[n % 2], line) for n in range(readers)]
    name = f"author {time.monotonic_ns()}"
    authors = [
        Author(visit, f"{name} {n}", ROOMS[n % 2], 100_000, log, progress.step) for n, visit in enumerate(visits[:-1])
    ]
    async with anyio.create_task_group() as reading:
        for reader in crowd:
            reading.start_soon(reader.run)
        async with anyio.create_task_group() as writing:
            for author in authors:
                writing.start_soon(author.run, line)
            await progress.reach(AUTHORS * each // 4)
            await fault(progress)
            await progress.reach(AUTHORS * each)
            for author in authors:
                author.finish()
        heads = {room: position(await anyio.to_thread.run_sync(visits[0].get, f"/rooms/{room}")) for room in ROOMS}
        well = time.monotonic()
        with anyio.move_on_after(40):  # who does not come to it in this time, differs below
            for reader in crowd:
                await reader.reached(heads[reader.view.room])
        took = time.monotonic() - well
        reading.cancel_scope.cancel()
    assert log.acked == len(log.posts)
    fresh = {room: await anyio.to_thread.run_sync(visits[0].whole, room) for room in ROOMS}
    assert check(log, stored(cluster.store), [reader.view for reader in crowd], fresh) == []
    print(f"converged in {took:.2f} s; the longest time without news was {max(r.gap for r in crowd):.2f} s")
    return took
