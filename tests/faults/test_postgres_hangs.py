"""PostgreSQL takes connections and says nothing, as when its disk hangs: nobody waits forever, and nothing is lost."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError

import anyio
import anyio.to_thread
import pytest
from websockets.asyncio.client import ClientConnection

from tests.faults.test_kill import Progress, entered
from tests.faults.test_postgres import AUTHORS, READERS, ROOMS, all_agree, answer, asked, caught_up, post
from tests.tools.clients import Author, Line, Reader, Visit
from tests.tools.logchecker import Log
from tests.tools.postgres import Postgres
from tests.tools.redis import running
from tests.tools.server import Server

Make = Callable[..., Server]

SOON = """
from webchat.broker import watch
from webchat.store import lines, postgres, postgres_commit
postgres.PATIENCE, lines.TCP["connect_timeout"], postgres_commit.WAIT = 1.0, 2, 2.0
watch.COMPARED, watch.BLIND = 0.5, 6.0
"""
"""A server that waits for seconds where others wait for a quarter of a minute."""


@pytest.fixture
def hanging(postgres: Postgres) -> Iterator[Postgres]:
    """A PostgreSQL that may be made to hang; it goes on afterwards."""
    yield postgres
    postgres.go_on()


@pytest.mark.timeout(300)
async def test_nobody_waits_forever_and_nothing_is_lost(hanging: Postgres, make_server: Make, long_run: bool) -> None:
    url, each = hanging.emptied("hanging"), 60 if not long_run else 600
    environ = {"WEBCHAT_LIMITS": "off", "WEBCHAT_STORE": url}
    server = make_server("--open", environ=environ, patch="" if long_run else SOON).start()
    log, line, progress = Log(), Line(), Progress()
    visits = [entered(server) for _ in range(AUTHORS + READERS + 1)]
    readers = [Reader(visit, ROOMS[n % 3], line) for n, visit in enumerate(visits[AUTHORS:-1])]
    authors = [
        Author(visit, f"author {n}", ROOMS[n % 3], each, log, progress.step) for n, visit in enumerate(visits[:AUTHORS])
    ]
    line.up()
    async with anyio.create_task_group() as reading:
        for reader in readers:
            reading.start_soon(reader.run)
        async with visits[-1].dial("quiet", "0") as socket:
            assert "ack" in await asked(socket, "quiet")
            async with anyio.create_task_group() as writing:
                for author in authors:
                    writing.start_soon(author.run, line)
                await progress.reach(AUTHORS * each // 3)
                line.down()
                hanging.hang()
                try:
                    await told_so(visits[-1], socket, long_run)
                finally:
                    hanging.go_on()
                line.up()
        await caught_up(url, readers)
        reading.cancel_scope.cancel()
    await all_agree(server, url, log, readers, AUTHORS * each)
    assert "Traceback" not in server.errors.read_text()


async def told_so(visit: Visit, socket: ClientConnection, long_run: bool) -> None:
    """Who watches over the server, who posts and who reads are all told in time."""
    before = time.monotonic()
    with pytest.raises(HTTPError) as refused:
        await anyio.to_thread.run_sync(visit.get, "/readyz")
    with refused.value:
        assert refused.value.code == 503
    assert time.monotonic() - before < 4
    why = await asked(socket, "quiet")  # where nobody else waits for a commit
    assert (why["why"], why["after"]) == ("This cannot be saved right now. Try again in a moment.", 2)
    with anyio.fail_after(60 if long_run else 20):
        await socket.wait_closed()
    assert socket.close_code == 1012


@pytest.mark.timeout(120)
@pytest.mark.parametrize("workers", [1, 2])
async def test_a_server_that_is_asked_to_stop_meanwhile_stops(
    hanging: Postgres, make_server: Make, tmp_path: Path, workers: int
) -> None:
    """With posts, a page and a connection under way, which wait for the database."""
    with running(tmp_path) as redis:
        environ = {"WEBCHAT_STORE": hanging.emptied("hanging"), "WEBCHAT_BUS": redis.url}
        server = make_server("--open", "--workers", str(workers), environ=environ).start()
        visit = entered(server)
        async with visit.dial("lobby", "0") as socket, anyio.create_task_group() as waiting:
            assert "ack" in await asked(socket)
            hanging.hang()
            try:
                for _ in range(3):
                    await socket.send(post(secrets.token_urlsafe(16)))
                waiting.start_soon(anyio.to_thread.run_sync, in_vain, visit)
                assert await anyio.to_thread.run_sync(answer, server, "/readyz") == 503
                before = time.monotonic()
                assert await anyio.to_thread.run_sync(server.stop) == 0
                assert time.monotonic() - before < 5
            finally:
                hanging.go_on()
    assert "Traceback" not in server.errors.read_text()


def in_vain(visit: Visit) -> None:
    """Ask for a page that nobody will bring."""
    with suppress(OSError, HTTPException):
        visit.get("/rooms/lobby")
