"""What one is told, as a stream: by each way the same, nothing lost or doubled, and over when the token is."""

import asyncio
from typing import Any

import pytest

from tests.web.api.conftest import Ask
from tests.web.api.listening import Stream
from tests.web.test_bearer import made
from webchat.app import Webchat
from webchat.chat import news, tokens
from webchat.store import notices, tokens as stored
from webchat.topics import PLACE

pytestmark = pytest.mark.anyio
WAYS = ("sse", "json", "ws")
BOB = "/users/bob/notifications"
ALL = "/notifications"


async def tell(asker: Ask, body: str, key: str = "", **more: Any) -> int:
    """Tell bob something, or everyone."""
    path, fields = (ALL, {"everyone": True}) if more.pop("everyone", False) else (BOB, {})
    answer = await (await asker("builds", "notify")).ask("POST", path, {"body": body, "key": key} | fields | more)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


async def do(asker: Ask, method: str, path: str, json: Any = None, user: str = "bob") -> None:
    answer = await (await asker(user)).ask(method, path, json)
    assert answer.status_code < 300, answer.text


@pytest.mark.parametrize("way", WAYS)
async def test_all_that_happens_is_on_it(app: Webchat, asker: Ask, way: str) -> None:
    async with Stream(app, way, await made(app, "bob", "read")) as heard:
        opened = await heard.next()
        assert opened["open"] == {"since": "", "lost": False, "read": opened["open"]["read"]}
        unread = opened["unread"]
        first = await tell(asker, "One\r\ndata: x", "build", title="CI", tags=["ci"])
        event = await heard.next()
        assert (event["sent"]["id"], event["sent"]["body"], event["sent"]["tags"]) == (first, "One\ndata: x", ["ci"])
        assert (event["quiet"], event["unread"]) == (False, unread + 1)
        second = await tell(asker, "Two", "build", priority=1)
        event = await heard.next()
        assert (event["replaced"]["id"], event["replaces"], event["quiet"]) == (second, first, True)
        await do(asker, "PUT", f"/me/notifications/{second}/read")
        event = await heard.next()
        assert (event["changed"]["id"], event["changed"]["read"] > 0, event["unread"]) == (second, True, unread)
        await do(asker, "DELETE", f"{BOB}/build", user="ann")
        assert (await heard.next())["retracted"] == {"id": second, "key": "build"}
        common = await tell(asker, "All", "all", everyone=True)
        assert (await heard.next())["sent"]["id"] == common
        await do(asker, "PUT", "/me/notifications/read", {"upto": common})
        event = await heard.next()
        assert (event["read"], event["unread"]) == ({"upto": common}, 0)
        await do(asker, "PUT", f"/me/notifications/{common}/archived")
        assert (await heard.next())["changed"]["archived"] > 0
        other = await tell(asker, "All anew", "all", everyone=True)
        event = await heard.next()
        assert (event["replaced"]["id"], event["replaces"]) == (other, common)
        await do(asker, "DELETE", f"{ALL}/all", {"everyone": True}, user="ann")
        assert (await heard.next())["retracted"]["id"] == other
    assert way == "ws" or heard.headers["cache-control"] == "no-store, no-transform"


@pytest.mark.parametrize("way", WAYS)
async def test_it_goes_on_where_it_was(app: Webchat, asker: Ask, way: str) -> None:
    secret = await made(app, "bob", "read")
    async with Stream(app, way, secret) as heard:
        start = (await heard.next())["at"]
    told = [await tell(asker, f"Number {number}", everyone=number == 1) for number in range(3)]
    gone = await tell(asker, "Never mind", "gone")
    await do(asker, "DELETE", f"{BOB}/gone", user="ann")
    async with Stream(app, way, secret, "since=0", last_event_id=start) as heard:
        assert (opened := await heard.next())["open"] == {**opened["open"], "since": start, "lost": False}
        events = [await heard.next() for _ in told]
        assert [event["sent"]["id"] for event in events] == told, "and not what came and went"
        assert gone not in told
        assert [event["at"] for event in events[:2]] == [start, start], "who goes on after those is told the rest again"
        at = events[2]["at"]
        assert way != "sse" or heard.ids == [start, start, start, at]
    async with Stream(app, way, secret, f"since={at}" + ("&poll=1" if way != "ws" else "")) as heard:
        assert not (await heard.next())["open"]["lost"]
        if way == "ws":
            return
        assert await heard.next() == {}, "there is nothing new, and it ends"
    async with Stream(app, way, secret, f"since={told[0]}&poll=true") as heard:
        assert not (await heard.next())["open"]["lost"]
        assert [(await heard.next())["sent"]["id"] for _ in told[1:]] == told[1:]
        assert await heard.next() == {}


async def test_what_is_lost_is_said(app: Webchat, asker: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = await made(app, "bob", "read")
    async with Stream(app, "json", secret) as heard:
        start = (await heard.next())["at"]
    epoch, own, common = start.split(".")
    wrong = (f"x.{own}.{common}", f"{epoch}.{int(own) + 1}.{common}", f"{epoch}.{own}", "nonsense", f"{start}.1", "-1")
    for since in wrong:
        async with Stream(app, "json", secret, f"since={since}&poll=1") as heard:
            told = await heard.next()
            assert (told["open"]["lost"], told["at"]) == (True, start)
            assert await heard.next() == {}
    monkeypatch.setattr(news, "MOST", 1)
    for number in range(2):
        await tell(asker, f"Too much {number}")
    async with Stream(app, "json", secret, f"since={start}&poll=1") as heard:
        assert (await heard.next())["open"]["lost"]
    monkeypatch.undo()
    at = app.state.house
    await tell(asker, "To be forgotten", everyone=True)
    async with Stream(app, "json", secret) as heard:
        await heard.next()
        await at.store.write(lambda tx: notices.sweep(tx, 2**50, 9))
    async with Stream(app, "json", secret, f"since={start}&poll=1") as heard:
        assert (await heard.next())["open"]["lost"], "that it was there is not known any more"


@pytest.mark.parametrize("way", WAYS)
async def test_a_gap_of_the_bus_is_filled_and_silence_is_broken(
    app: Webchat, asker: Ask, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = app.state.doors[f"notices-{way}"]
    async with Stream(app, way, await made(app, "bob", "read")) as heard:
        await heard.next()
        for topic in (PLACE, None):
            with monkeypatch.context() as lost:
                lost.setattr(app.state.house.chat, "_publish", lambda _event: None)
                number = await tell(asker, "Lost by the bus")
            door.refresh(topic)
            assert (await heard.next())["sent"]["id"] == number
        for _ in range(25):
            await door.broker.second()
        assert await heard.next() == {"keepalive": True}


@pytest.mark.parametrize("way", WAYS)
async def test_it_ends_with_the_token(app: Webchat, asker: Ask, way: str) -> None:
    secret = await made(app, "bob", "read")
    number = (await app.state.house.store.read(lambda tx: stored.newest(tx, 1)))[0].id
    async with Stream(app, way, secret) as heard:
        await heard.next()
        async with asyncio.timeout(1):
            await do(asker, "DELETE", f"/tokens/{number}", user="ann")
            end = await heard.next()
        assert (end, heard.status) == ({}, 4401) if way == "ws" else (end["stop"], await heard.next()) == (4401, {})
    async with Stream(app, way, secret) as heard:
        assert heard.status == 401


@pytest.mark.parametrize("way", WAYS)
async def test_who_may_not_hear_is_told_why(app: Webchat, asker: Ask, way: str) -> None:
    for scope, query, status, why in (
        ("post", "", 403, tokens.NOT_IN_SCOPE),
        ("read:lobby", "", 403, tokens.NOT_IN_SCOPE),
        ("read", "since=" + "x" * 65, 400, "since"),
        ("read", "room=lobby", 400, "room"),
        ("read", "poll=perhaps", 400, "poll"),
    ):
        async with Stream(app, way, await made(app, "bob", scope), query) as heard:
            assert (heard.status, heard.headers["content-type"]) == (status, "application/problem+json")
            assert why in (await heard.next())["detail"]
    async with Stream(app, way, "", authorization="", cookie="webchat=x") as heard:
        assert heard.status == (403 if way == "ws" else 401), "a cookie is not looked at"


async def test_whoever_says_too_much_is_sent_away(app: Webchat, asker: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.state.house.limits, "_enabled", True)
    async with Stream(app, "ws", await made(app, "bob", "read")) as heard:
        await heard.next()
        for _ in range(100):
            heard.say("hello")
        assert await heard.next() == {}
        assert heard.status == 4429
