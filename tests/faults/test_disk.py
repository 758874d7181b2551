"""The disk is slow, locked or read-only: nobody is sent away for it, nothing is acknowledged that is not stored, and
when it is well again so is everything."""

import json
import os
import secrets
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack, closing
from typing import Any

import anyio
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.stories.conftest import answer, is_a_sentence
from tests.tools.clients import Visit
from tests.tools.databases import connected
from tests.tools.logchecker import stored
from tests.tools.server import Server

Make = Callable[..., Server]

ASKED_OFTEN = """
import uvicorn
from webchat import wire
config, wire.LOOK = uvicorn.Config, 0.2
uvicorn.Config = lambda *a, **k: config(*a, **{**k, "ws_ping_interval": 0.5, "ws_ping_timeout": 0.5})
"""
"""Pings every half second, so that seconds are enough to be taken for gone."""

ON_A_SIGNAL = """
import signal, threading
from webchat.store import sqlite
well = threading.Event()
well.set()
commit = sqlite.SqliteStore._commit
def ill(store, tx, batch):
    {illness}
    return commit(store, tx, batch)
sqlite.SqliteStore._commit = ill
signal.signal(signal.SIGUSR1, lambda *_: well.clear())
signal.signal(signal.SIGUSR2, lambda *_: well.set())
"""
"""From SIGUSR1 to SIGUSR2 the disk is ill."""

SLOW = ON_A_SIGNAL.format(illness="well.wait()")
HASTY = ON_A_SIGNAL.format(illness="store._writer.set_busy_timeout(500)")
READ_ONLY = ON_A_SIGNAL.format(illness='store._writer.execute(f"PRAGMA query_only = {not well.is_set():d}").fetchall()')
CLIENTS = 20
POSTS = 40


@pytest.mark.timeout(300)
async def test_a_disk_that_hangs_sends_nobody_away(make_server: Make, long_run: bool) -> None:
    patch = SLOW + ("" if long_run else ASKED_OFTEN) + "sqlite.QUEUE = 2\n"
    server = make_server("--open", environ={"WEBCHAT_LIMITS": "off"}, patch=patch).start()
    visit = Visit(server)
    visit.get("/rooms/lobby")
    async with AsyncExitStack() as held:
        sockets = [await held.enter_async_context(visit.dial("lobby")) for _ in range(CLIENTS)]
        [writer, *readers] = sockets
        acked = [await posted(writer)]
        os.kill(server.pid, signal.SIGUSR1)
        sent = [await send(writer) for _ in range(POSTS)]
        closed = anyio.Event()
        with anyio.move_on_after(60 if long_run else 2.5) as hanging:
            async with anyio.create_task_group() as tasks:
                for reader in readers:
                    tasks.start_soon(until_closed, reader, closed)
                await closed.wait()
        assert hanging.cancelled_caught, "somebody was sent away"
        assert "Lobby" in visit.get("/rooms/lobby")  # who only reads is served
        os.kill(server.pid, signal.SIGUSR2)
        answers: dict[str, Any] = {
            told.get("ack") or told["nack"]: told for told in [await answer(writer) for _ in sent]
        }
        assert set(answers) == set(sent)
        acked += [cid for cid in sent if "ack" in answers[cid]]
        refused = [told for told in answers.values() if "nack" in told]
        assert refused
        assert all("cannot be saved" in told["why"] and told["after"] for told in refused)
        acked.append(await posted(writer))
    assert [row.cid for row in stored(server.database)] == acked
    assert server.stop() == 0
    assert "Traceback" not in server.errors.read_text()


async def test_a_database_that_others_lock_for_long_refuses_and_recovers(make_server: Make, long_run: bool) -> None:
    server = make_server("--open", environ={"WEBCHAT_LIMITS": "off"}, patch="" if long_run else HASTY).start()
    visit = Visit(server)
    visit.get("/rooms/lobby")
    async with visit.dial("lobby") as socket:
        acked = [await posted(socket)]
        with closing(connected(server.data / "webchat.db")) as other:
            other.execute("BEGIN IMMEDIATE")
            for _ in range(5 if long_run else 1):  # each waits as long as SQLite does, which is really five seconds
                await send(socket)
                said = await answer(socket)
                assert is_a_sentence(said["why"])
                assert "cannot be saved" in said["why"]
            waiting = await send(socket)
            other.execute("ROLLBACK")
        assert (await answer(socket))["ack"] == waiting
        acked += [waiting, await posted(socket)]
    assert [row.cid for row in stored(server.database)] == acked
    assert server.stop() == 0
    assert "Traceback" not in server.errors.read_text()


async def test_a_disk_that_becomes_read_only_refuses_and_recovers(make_server: Make) -> None:
    server = make_server("--open", environ={"WEBCHAT_LIMITS": "off"}, patch=READ_ONLY).start()
    visit = Visit(server)
    visit.get("/rooms/lobby")
    async with visit.dial("lobby") as socket:
        acked = [await posted(socket)]
        os.kill(server.pid, signal.SIGUSR1)
        cid = await send(socket)
        said = await answer(socket)
        assert said["nack"] == cid
        assert is_a_sentence(said["why"])
        os.kill(server.pid, signal.SIGUSR2)
        acked.append(await posted(socket))
    assert [row.cid for row in stored(server.database)] == acked
    assert server.stop() == 0
    assert "Traceback" not in server.errors.read_text()


async def send(socket: ClientConnection) -> str:
    """Ask for a post; its cid."""
    cid = secrets.token_urlsafe(16)
    await socket.send(json.dumps({"do": "post-message", "room": "lobby", "body": "hello", "cid": cid}))
    return cid


async def posted(socket: ClientConnection) -> str:
    """Post, and be told so; the cid."""
    cid = await send(socket)
    assert (await answer(socket))["ack"] == cid
    return cid


async def until_closed(socket: ClientConnection, closed: anyio.Event) -> None:
    try:
        async for _frame in socket:
            pass
    except ConnectionClosed:
        pass
    closed.set()
