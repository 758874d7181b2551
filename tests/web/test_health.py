"""The two doors for those who watch over servers: what they say, to whom, and how seldom they write."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.tools.clients import Visit
from tests.tools.databases import connected, sql
from tests.tools.server import Server
from tests.web.conftest import Visitor
from webchat.app import Webchat
from webchat.errors import Unavailable
from webchat.store import WHOLE, Reach, Rescue
from webchat.web import health
from webchat.web.health import Readiness

pytestmark = pytest.mark.anyio


class Place:
    """A store that counts what it is asked, and may be out of order; a bus that may be deaf; a clock."""

    def __init__(self) -> None:
        self.epoch = ""
        self.writes = 0
        self.now = 100.0
        self.deaf = False
        self.unreadable: Exception | None = None
        self.unwritable: Exception | None = None
        self.slow: asyncio.Event | None = None
        self.hangs = False
        self.readiness = Readiness(self, lambda: not self.deaf, lambda: self.now)

    async def read(self, fn: Callable[[Any], Any]) -> Any:
        if self.hangs:
            await asyncio.Event().wait()
        if self.unreadable:
            raise self.unreadable

    async def browse(self, fn: Callable[[Any], Any]) -> Any:
        raise AssertionError("nothing of it takes long")

    async def write(
        self, fn: Callable[[Any], Any], then: Callable[[Any], object] | None = None, reach: Reach = WHOLE
    ) -> Any:
        self.writes += 1
        if self.slow:
            await self.slow.wait()
        if self.unwritable:
            raise self.unwritable

    def begin(
        self, fn: Callable[[Any], Any], then: Callable[[Any], object] | None = None, reach: Reach = WHOLE,
        rescue: Rescue | None = None,
    ) -> Awaitable[Any]:  # fmt: skip
        return self.write(fn, then)

    def close(self) -> None:
        """Nothing is open."""

    async def why_not(self) -> str:
        return await self.readiness.why_not()


@pytest.mark.parametrize("door", ["/healthz", "/readyz"])
async def test_both_answer_anybody_and_before_the_first_run(stranger: Visitor, door: str) -> None:
    answer = await stranger.get(door)
    assert (answer.status_code, answer.text) == (200, "ok")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"].startswith("text/plain")
    assert "set-cookie" not in answer.headers
    assert (await stranger.head(door)).status_code == 200
    assert (await stranger.form(door)).is_client_error


@pytest.mark.parametrize("door", ["/healthz", "/readyz"])
async def test_they_are_behind_the_wall_as_everything_is(stranger: Visitor, door: str) -> None:
    assert (await stranger.get(door, headers={"Host": "evil.test"})).status_code == 400


async def test_what_is_out_of_order_is_told_in_a_sentence_and_mends_itself(app: Webchat, stranger: Visitor) -> None:
    place = Place()
    app.state.readiness = place.readiness
    place.deaf = True
    answer = await stranger.get("/readyz")
    assert answer.status_code == 503
    assert answer.text.endswith(".")
    assert answer.headers["cache-control"] == "no-store"
    assert (await stranger.get("/healthz")).status_code == 200
    place.deaf = False
    assert (await stranger.get("/readyz")).status_code == 200


async def test_at_most_one_write_a_second_however_many_ask() -> None:
    place = Place()
    for _ in range(3):
        assert await asyncio.gather(*[place.why_not() for _ in range(50)]) == [""] * 50
    assert place.writes == 1
    place.now += health.FRESH
    await place.why_not()
    await place.why_not()
    assert place.writes == 2


async def test_what_cannot_be_written_or_read_is_not_ready_until_it_can() -> None:
    place = Place()
    place.unwritable = Unavailable("no")
    assert "written" in await place.why_not()
    place.unwritable = None
    assert "written" in await place.why_not()
    place.now += health.FRESH
    assert await place.why_not() == ""
    place.unreadable = ValueError("canary")
    assert await place.why_not() == "The database cannot be read."


async def test_a_read_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PATIENCE", 0.01)
    place = Place()
    place.hangs = True
    assert "has not answered a read" in await place.why_not()
    place.hangs = False
    assert await place.why_not() == ""


async def test_a_write_that_hangs_is_not_waited_for_and_not_piled_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PATIENCE", 0.01)
    place = Place()
    place.slow = asyncio.Event()
    for _ in range(3):
        assert "has not taken a write" in await place.why_not()
        place.now += 10
    assert place.writes == 1
    place.slow.set()
    await place.why_not()
    assert await place.why_not() == ""


def test_a_server_whose_database_is_locked_lives_and_is_not_ready(server: Server) -> None:
    with closing(connected(server.data / "webchat.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        assert status(server, "/readyz") == 503
        assert status(server, "/healthz") == 200


def status(server: Server, path: str) -> int:
    try:
        with urlopen(server.url + path, timeout=20) as answer:  # noqa: S310 - our own server
            return int(answer.status)
    except HTTPError as error:
        error.close()
        return error.code


def test_a_folder_whose_bus_cannot_listen_is_not_ready(make_server: Callable[..., Server]) -> None:
    server = make_server()
    (server.data / "bus.sock").mkdir(parents=True)
    server.start()
    assert status(server, "/healthz") == 200
    assert status(server, "/readyz") == 503


def test_the_probe_is_a_row_of_its_own(server: Server) -> None:
    Visit(server).get("/readyz")
    assert sql(server.data / "webchat.db", "SELECT count(*) FROM meta WHERE key = 'probed'") == [(1,)]
