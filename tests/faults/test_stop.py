"""A server that is asked to stop does so at once, says so to everybody, and loses nothing."""

import socket
import time
from collections.abc import Callable

import anyio
import anyio.to_thread
import pytest
from websockets.exceptions import ConnectionClosed

from tests.tools.clients import Author, Line, Reader, Visit, position
from tests.tools.logchecker import Log, check, stored
from tests.tools.server import Server

READERS = 20


async def test_it_stops_in_five_seconds_with_readers_who_take_nothing(make_server: Callable[..., Server]) -> None:
    server = make_server("--open", environ={"WEBCHAT_LIMITS": "off"}).start()
    ann = Visit(server)
    ann.get("/rooms/lobby")
    deaf = deaf_reader(ann)
    with deaf:
        for _ in range(60):
            ann.do("post-message", room="lobby", body="x" * 9000)
        async with anyio.create_task_group() as tasks:
            codes: list[int] = []
            ready = [anyio.Event() for _ in range(READERS)]
            for event in ready:
                tasks.start_soon(until_closed, ann, codes, event)
            for event in ready:
                await event.wait()
            before = time.monotonic()
            assert await anyio.to_thread.run_sync(server.stop) == 0
            assert time.monotonic() - before < 5
    assert codes == [1012] * READERS
    assert "Traceback" not in server.errors.read_text()


@pytest.mark.timeout(300)
async def test_a_restart_under_load_loses_nothing(make_server: Callable[..., Server]) -> None:
    server = make_server("--open", environ={"WEBCHAT_LIMITS": "off"}).start()
    log, line = Log(), Line()
    halfway = anyio.Event()

    def count() -> None:
        if log.acked == 500:
            halfway.set()

    visits = [Visit(server) for _ in range(12)]
    for visit in visits:
        visit.get("/rooms/lobby")
    readers = [Reader(visit, "lobby", line) for visit in visits[:4]]
    authors = [Author(visit, f"author {n}", "lobby", 150, log, count) for n, visit in enumerate(visits[4:])]
    line.up()
    async with anyio.create_task_group() as reading:
        for reader in readers:
            reading.start_soon(reader.run)
        async with anyio.create_task_group() as writing:
            for author in authors:
                writing.start_soon(author.run, line)
            await halfway.wait()
            line.down()
            assert await anyio.to_thread.run_sync(server.stop) == 0
            await anyio.to_thread.run_sync(server.start)
            line.up()
        head = position(visits[0].get("/rooms/lobby"))
        with anyio.move_on_after(20):
            for reader in readers:
                await reader.reached(head)
        reading.cancel_scope.cancel()
    fresh = {"lobby": visits[0].whole("lobby")}
    assert log.acked == 8 * 150
    assert check(log, stored(server.data / "webchat.db"), [reader.view for reader in readers], fresh) == []
    assert "Traceback" not in server.errors.read_text()


def deaf_reader(visit: Visit) -> socket.socket:
    """A connection to the lobby that is accepted and then never read from."""
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    found.connect(("127.0.0.1", visit.server.port))
    asks = [
        "GET /socket?room=lobby HTTP/1.1",
        f"Host: 127.0.0.1:{visit.server.port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]
    found.sendall("\r\n".join([*asks, "", ""]).encode())
    assert found.recv(12) == b"HTTP/1.1 101"
    return found


async def until_closed(visit: Visit, codes: list[int], ready: anyio.Event) -> None:
    """Read until the server says goodbye, and note its code."""
    async with visit.dial("lobby", "0") as connection:
        await connection.recv()
        ready.set()
        try:
            async for _frame in connection:
                pass
        except ConnectionClosed as closed:
            codes.append(closed.rcvd.code if closed.rcvd else 0)
        else:
            codes.append(connection.close_code or 0)
