"""PostgreSQL goes and comes back under load, and a pooler stands between: nothing is lost, doubled or out of order."""

import json
import secrets
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import anyio
import anyio.to_thread
import pytest
from websockets.exceptions import InvalidStatus

from tests.faults.test_kill import Progress, entered
from tests.tools.clients import Author, Line, Reader, Visit
from tests.tools.databases import sql
from tests.tools.logchecker import Log, check, stored
from tests.tools.postgres import Pgbouncer, Postgres
from tests.tools.server import Server
from webchat.store import Tx, lines
from webchat.store.postgres import open_postgres

ROOMS = ["lobby", "team", "music"]
AUTHORS, READERS = 9, 6
TERMINATE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'webchat'"


@pytest.fixture(scope="module")
def shaken(postgres: Postgres) -> Iterator[Postgres]:
    """A PostgreSQL that nobody else uses meanwhile, so that it may be stopped."""
    yield postgres
    postgres.start()


Make = Callable[..., Server]


def restarted(postgres: Postgres) -> None:
    postgres.stop()
    postgres.start()


def crashed(postgres: Postgres) -> None:
    postgres.stop(signal.SIGQUIT)
    postgres.start()


def cut_off(postgres: Postgres) -> None:
    postgres.sql(TERMINATE)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("pooled", [False, True], ids=["directly", "pooled"])
async def test_nothing_is_lost_when_postgresql_goes(
    shaken: Postgres, make_server: Make, long_run: bool, tmp_path: Path, pooled: bool
) -> None:
    url = shaken.emptied("shaken")
    each = 60 if not long_run else 600
    faults = [cut_off, restarted, crashed, cut_off] * (1 if not long_run else 5)
    with Pgbouncer(shaken, tmp_path) if pooled else nullcontext() as pool:
        address = shaken.url("shaken", pool.port) if pool else url
        server = make_server("--open", environ={"WEBCHAT_LIMITS": "off", "WEBCHAT_STORE": address}).start()
        log, line, progress = Log(), Line(), Progress()
        visits = [entered(server) for _ in range(AUTHORS + READERS)]
        readers = [Reader(visit, ROOMS[n % 3], line) for n, visit in enumerate(visits[AUTHORS:])]
        authors = [
            Author(visit, f"author {n}", ROOMS[n % 3], each, log, progress.step)
            for n, visit in enumerate(visits[:AUTHORS])
        ]
        line.up()
        async with anyio.create_task_group() as reading:
            for reader in readers:
                reading.start_soon(reader.run)
            async with anyio.create_task_group() as writing:
                for author in authors:
                    writing.start_soon(author.run, line)
                for number, fault in enumerate(faults, 1):
                    await progress.reach(AUTHORS * each * number // (len(faults) + 1))
                    line.down()
                    await anyio.to_thread.run_sync(fault, shaken)
                    line.up()
            await caught_up(url, readers)
            reading.cancel_scope.cancel()
        await all_agree(server, url, log, readers, AUTHORS * each)
    assert {reader.dialled for reader in readers} == {1}  # all stayed connected


async def all_agree(server: Server, url: str, log: Log, readers: list[Reader], acked: int) -> None:
    """What authors were told, what readers saw, fresh pages and the store are the same, and the server stops well."""
    fresh = {room: await anyio.to_thread.run_sync(entered(server).whole, room) for room in ROOMS}
    assert server.stop() == 0
    assert log.acked == acked
    assert check(log, stored(url), [reader.view for reader in readers], fresh) == []


async def caught_up(url: str, readers: list[Reader]) -> None:
    """Wait until all have seen everything; who has not by then differs from a fresh page."""
    [(epoch,)] = sql(url, "SELECT value FROM meta WHERE key = 'epoch'")
    heads = {slug: f"{epoch}.{rev}" for slug, rev in sql(url, "SELECT slug, rev FROM rooms")}
    with anyio.move_on_after(30):
        for reader in readers:
            await reader.reached(heads[reader.view.room])


async def test_a_number_that_a_crash_gives_to_another_transaction_tells_nothing(
    shaken: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = shaken.emptied("shaken")
    store, execute, begun = open_postgres(url), lines.Line.execute, list[int]()
    number = "SELECT CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)"

    def crash(self: lines.Line, statement: str) -> str:
        if statement == "COMMIT" and begun and not crashes:
            crashes.append(True)
            crashed(shaken)
            while sql(url, number)[0][0] < begun[0]:  # until somebody has, or had, the number of what is lost
                pass
        return execute(self, statement)

    def once(tx: Tx) -> None:
        row = tx.one(number)
        assert row
        begun.append(row[0])
        tx.run("INSERT INTO meta (key, value) VALUES ('once', '')")

    crashes: list[bool] = []
    monkeypatch.setattr(lines.Line, "execute", crash)
    with closing(store):
        await store.write(once)
    assert len(begun) == 2
    assert sql(url, "SELECT count(*) FROM meta WHERE key = 'once'") == [(1,)]


@pytest.mark.timeout(120)
async def test_while_it_is_away_everybody_is_told_to_try_again(shaken: Postgres, make_server: Make) -> None:
    store = shaken.emptied("shaken")
    server = make_server("--open", environ={"WEBCHAT_STORE": store, "WEBCHAT_LIMITS": "off"}).start()
    visit = entered(server)
    async with visit.dial("lobby") as socket:
        while not str(await socket.recv()).startswith('{"at"'):  # before it has begun it would be told to come again
            pass
        assert "ack" in await asked(socket)
        shaken.stop()
        try:
            why = await asked(socket)
            with pytest.raises(InvalidStatus) as denied:
                await visit.dial("lobby")
            assert denied.value.response.status_code == 503
            assert why["why"] == "This cannot be saved right now. Try again in a moment."
            assert why["after"] == 2
            for path in ("/rooms/lobby", "/readyz"):
                with pytest.raises(HTTPError) as refused:
                    await anyio.to_thread.run_sync(visit.get, path)
                with refused.value:
                    assert refused.value.code == 503
            assert visit.get("/healthz") == "ok"
        finally:
            shaken.start()
        while "ack" not in await asked(socket):
            pass
    assert "Traceback" not in server.errors.read_text()


async def asked(socket: Any, room: str = "lobby") -> dict[str, Any]:
    """How a post is answered."""
    cid = secrets.token_urlsafe(16)
    await socket.send(post(cid, room))
    with anyio.fail_after(30):
        while True:
            frame = str(await socket.recv())
            if frame.startswith("{") and cid in (json.loads(frame).get("ack"), json.loads(frame).get("nack")):
                told: dict[str, Any] = json.loads(frame)
                return told


def post(cid: str, room: str = "lobby") -> str:
    """The frame of a post."""
    return json.dumps({"do": "post-message", "room": room, "body": "Hello", "cid": cid})


async def test_a_server_waits_for_it_and_says_so(shaken: Postgres, make_server: Make) -> None:
    store = shaken.emptied("shaken")
    server = make_server(environ={"WEBCHAT_STORE": store}).start()
    server.stop()
    shaken.stop()
    try:
        async with anyio.create_task_group() as starting:
            starting.start_soon(anyio.to_thread.run_sync, server.start)
            with anyio.fail_after(60):
                assert await anyio.to_thread.run_sync(answer, server, "/readyz") == 503
                assert await anyio.to_thread.run_sync(answer, server, "/healthz") == 200
            await anyio.to_thread.run_sync(shaken.start)
    finally:
        shaken.start()
    assert answer(server, "/readyz") == 200
    assert "cannot be reached: connection failed" in server.errors.read_text()


def answer(server: Server, path: str) -> int:
    """The status of a page, once somebody answers."""
    while True:
        try:
            Visit(server).get(path)
        except HTTPError as refused:
            with refused:
                return refused.code
        except OSError:
            continue
        return 200


def test_two_servers_that_do_not_hear_each_other_are_refused(shaken: Postgres, make_server: Make) -> None:
    store = shaken.emptied("shaken")
    first, second = (make_server(environ={"WEBCHAT_STORE": store}) for _ in range(2))
    first.start()
    with pytest.raises(AssertionError, match="memory: joins no two servers"):
        second.start()
    first.kill()
    first.start()  # it knows itself again
    first.stop()
    second.start()
    assert second.run("restore", str(second.data / "none")).returncode == 1
