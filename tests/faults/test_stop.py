"""A server that is asked to stop does so at once, says so to everybody, and loses nothing."""

import random
import re
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack

import anyio
import anyio.to_thread
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from tests.faults.test_kill import Progress
from tests.stories.conftest import signed_in
from tests.tools.clients import Author, Line, Reader, Visit, position
from tests.tools.databases import sql
from tests.tools.logchecker import Log, check, stored
from tests.tools.server import Server

DEAF = 10


@pytest.mark.timeout(300)
async def test_it_stops_in_five_seconds_and_everybody_comes_back(
    make_server: Callable[..., Server], long_run: bool
) -> None:
    """Under load, with readers who take nothing. They come back as hx-ws does with the page's own settings: each waits
    for less than 10 seconds, and the first time that it dials when the server is there again it comes in, or is told
    that too many come at once."""
    server = make_server("--open").start()
    ann = Visit(server)
    longest, jitter = patience(ann.get("/rooms/lobby"))
    assert longest * (1 + jitter) < 10
    arrivals = Progress()
    crowd = [Member(server.port, n, arrivals.step, longest, jitter) for n in range(2000 if long_run else 200)]
    line, log = Line(), Log()
    line.up()
    with ExitStack() as deaf:
        for number in range(DEAF * 2 if long_run else DEAF):
            deaf.enter_context(deaf_reader(ann, number))
        async with anyio.create_task_group() as tasks:
            for member in crowd:
                tasks.start_soon(member.run)
            with anyio.fail_after(60):
                await arrivals.reach(len(crowd))
            for number in range(4):  # they have more to say than there is time for
                visit = Visit(server)
                visit.get("/rooms/lobby")
                tasks.start_soon(Author(visit, f"author {number}", "lobby", 10_000, log, lambda: None).run, line)
            for _ in range(15):
                ann.do("post-message", room="lobby", body="x" * 9000)
            line.down()
            before = time.monotonic()
            assert await anyio.to_thread.run_sync(server.stop) == 0
            assert time.monotonic() - before < 5
            assert {member.code for member in crowd} == {1012}
            goodbyes = [member.ended for member in crowd]
            assert max(goodbyes) - min(goodbyes) > 0.1, "not all in one moment"  # half a second, heard by a busy crowd
            await anyio.to_thread.run_sync(server.start)
            there = time.monotonic()
            with anyio.fail_after(90):  # on a machine that does nothing else it is ten
                await arrivals.reach(2 * len(crowd))
            tasks.cancel_scope.cancel()
    assert [member.number for member in crowd if sum(dial > there for dial in member.dials) > 1 + member.refused] == []
    assert "Traceback" not in server.errors.read_text()


def test_where_nobody_is_nobody_is_waited_for(make_server: Callable[..., Server]) -> None:
    patch = "from webchat import process\nprocess.DRAIN = 60.0\n"
    assert make_server(patch=patch).start().stop() == 0  # or it is given up after twenty


def test_a_mail_server_that_says_nothing_holds_nobody_up(make_server: Callable[..., Server]) -> None:
    """The letter is owed still, and sent after the next start."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        mute.settimeout(20)
        environ = {
            "WEBCHAT_SMTP": f"smtp://127.0.0.1:{mute.getsockname()[1]}",
            "WEBCHAT_CONTACT": "mailto:ann@chat.example",
        }
        server = make_server(environ=environ)
        password = server.add_user("ann", "--admin")
        ann = signed_in(server.start(), "ann", password)
        ann.post("/settings/mail", {"do": "on", "address": "ann@home.example", "minutes": "10"}, accept="text/html")
        for _start in range(2):
            talk, _peer = mute.accept()
            with talk:
                before = time.monotonic()
                assert server.stop() == 0
                assert time.monotonic() - before < 5
            sql(server.database, "UPDATE mails SET due = 0")
            server.start()


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
    assert check(log, stored(server.database), [reader.view for reader in readers], fresh) == []
    assert "Traceback" not in server.errors.read_text()


class Member:
    """A browser in the lobby, at an address of its own, that reads and dials again in the way of hx-ws, after
    ``longest`` seconds at most, give or take ``jitter`` of them.

    ``code`` and ``ended`` are of its last goodbye, ``dials`` when it dialled, ``refused`` how often it was told to.
    """

    def __init__(self, port: int, number: int, arrived: Callable[[], None], longest: float, jitter: float) -> None:
        self.code = 0
        self.ended = 0.0
        self.number = number
        self.dials: list[float] = []
        self.refused = 0
        self._longest = longest
        self._jitter = jitter
        self._arrived = arrived
        self._port = port
        self._headers = {"X-Forwarded-For": f"10.0.{number // 250}.{number % 250}"}
        self._chance = random.Random(number)  # noqa: S311 - to be repeatable, not secret

    async def run(self) -> None:
        """Read until cancelled."""
        attempt = 0
        while True:
            url = f"ws://127.0.0.1:{self._port}/socket?room=lobby&since=0"
            self.dials.append(time.monotonic())
            try:
                async with connect(
                    url, additional_headers=self._headers, compression=None, ping_interval=None, open_timeout=None
                ) as socket:
                    try:
                        await self._read(socket)
                    finally:
                        socket.transport.abort()
                attempt = 0
            except InvalidStatus as refusal:
                self.refused += refusal.response.status_code == 503
            except (OSError, EOFError, InvalidHandshake):
                pass
            wait = min(self._longest, 2.0**attempt) * (1 + self._jitter * self._chance.uniform(-1, 1))
            attempt += 1
            with anyio.move_on_after(wait):
                await anyio.sleep_forever()

    async def _read(self, socket: ClientConnection) -> None:
        await socket.recv()
        self._arrived()
        try:
            async for _frame in socket:
                pass
        except ConnectionClosed:
            pass
        self.code, self.ended = socket.close_code or 0, time.monotonic()


def patience(page: str) -> tuple[float, float]:
    """The most seconds for which a page lets hx-ws wait before it dials again, and the part by which that varies."""
    found = re.search(r'"reconnectJitter":([\d.]+),"reconnectMaxDelay":"(\d+)s"', page)
    assert found, "the page says nothing of it"
    return float(found[2]), float(found[1])


def deaf_reader(visit: Visit, number: int) -> socket.socket:
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
        f"X-Forwarded-For: 10.1.0.{number}",
    ]
    found.sendall("\r\n".join([*asks, "", ""]).encode())
    assert found.recv(12) == b"HTTP/1.1 101"
    return found
