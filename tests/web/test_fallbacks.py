"""Streams and polls, without a network between: what a gap of the bus, a stalled peer and a lull make of them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.api.conftest import Asker, place
from tests.web.api.listening import Stream
from tests.web.conftest import Visitor
from tests.web.test_bearer import made
from webchat.app import Webchat
from webchat.broker import roll
from webchat.topics import room
from webchat.web import outlets, poll

pytestmark = pytest.mark.anyio
DATA = {"accept": "application/json"}


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[Webchat]:
    async with place(tmp_path) as app:
        yield app


async def say(app: Webchat, body: str) -> None:
    async with Asker(app, await made(app, "builds", "post")) as program:
        assert (await program.ask("POST", "/rooms/lobby/messages", {"body": body})).status_code == 201


async def test_a_stream_is_told_what_the_bus_lost(app: Webchat, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Stream(app, "sse", await made(app, "bob", "read"), "room=lobby", "/stream", **DATA) as heard:
        assert "at" in await heard.next()
        with monkeypatch.context() as lost:
            lost.setattr(app.state.house.chat, "_publish", lambda _event: None)
            await say(app, "lost")
        app.state.doors["stream"].broker.gap_possible(room("lobby").id)
        assert (await heard.next())["posted"]["body"] == "lost"
        await say(app, "heard")
        assert "at" in await heard.next()
        assert (await heard.next())["posted"]["body"] == "heard"


class Stalled:
    """A connection whose peer takes nothing."""

    def __init__(self) -> None:
        self.goodbye: Any = None
        self.is_gone = False

    def waiting(self) -> int:
        return 1000

    def abort(self) -> None:
        self.is_gone = True


@pytest.mark.parametrize(("path", "query"), [("/stream", "room=lobby"), ("", "")])
async def test_a_stream_whose_reader_takes_nothing_is_cut(
    app: Webchat, monkeypatch: pytest.MonkeyPatch, path: str, query: str
) -> None:
    monkeypatch.setattr(outlets, "GRACE", 0)
    broker, line = app.state.doors["stream"].broker, Stalled()
    async with Stream(app, "sse", await made(app, "bob", "read"), query, path, line, **DATA) as heard:
        await heard.next()
        before = len(broker)
        await broker.second()
        assert len(broker) == before, "it has time"
        monkeypatch.setattr(roll, "STALL", 0)
        await broker.second()
        assert len(broker) == before - 1
        await heard._task
        assert line.is_gone


async def test_whoever_polls_is_told_that_all_is_well_again(app: Webchat, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(_broker: object) -> None:
        """What is away is what the test says."""

    weather = app.state.house.weather
    monkeypatch.setattr(weather, "look", nothing)
    async with Visitor(app) as bob:
        bob.headers["Authorization"] = f"Bearer {await made(app, 'bob', 'read')}"
        monkeypatch.setattr(weather, "away", "bus")
        first = (await bob.get("/poll?room=lobby")).text
        assert "A part of this place is away." in first
        asked = first.rpartition('hx-get="')[2].partition('"')[0].replace("&amp;", "&")
        monkeypatch.setattr(weather, "away", "")
        second = (await bob.get(asked)).text
        assert second.count('hx-target="#away"') == 1
        assert "A part of this place" not in second


async def test_whoever_polls_with_a_text_that_waits_is_told_so_once(
    app: Webchat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll, "PATIENCE", 0)
    async with Asker(app, await made(app, "ann", "admin")) as ann:
        assert (await ann.ask("PATCH", "/rooms/lobby/rules", {"hold": "all"})).status_code == 200
    async with Asker(app, await made(app, "bob", "read", "post")) as bob:
        assert (await bob.ask("POST", "/rooms/lobby/messages", {"body": "in a moment"})).json()["id"] == 0
        first = (await bob.get("/poll?room=lobby")).text
        assert "in a moment" in first
        asked = first.rpartition('hx-get="')[2].partition('"')[0].replace("&amp;", "&")
        second = (await bob.get(asked)).text
        assert "in a moment" not in second, "its form has another id each time, and says the same"
        assert f'hx-get="{asked}"'.replace("&", "&amp;") in second
