"""The page of the search, without JavaScript: what it finds, what it says, and what it does not let happen."""

import re
from html import unescape
from pathlib import Path

import pytest

from tests.web.conftest import Visitor
from webchat.app import Webchat, create_app
from webchat.chat import indexing, search
from webchat.settings import Settings
from webchat.store import Store, search as stored

pytestmark = pytest.mark.anyio


async def searchable(app: Webchat) -> None:
    """Return once all that was said is found; the application itself may be at it."""
    store: Store = app.state.house.store
    while await store.browse(stored.left):
        await indexing.do_some(store)


def excerpts(page: str) -> list[str]:
    return [unescape(found) for found in re.findall(r'<span class="excerpt" dir="auto">(.*?)</span>', page)]


def links(page: str) -> list[str]:
    return re.findall(r'<li><a href="(/rooms/[^"]+)"', page)


async def test_what_is_found_leads_to_its_place(app: Webchat, ann: Visitor) -> None:
    await ann.do("post-message", room="lobby", body="A **plan** & <b>more</b>, of _plans_ and a plan")
    await ann.do("post-message", room="lobby", body="Nothing")
    await searchable(app)
    page = (await ann.get("/search?q=PLAN")).text
    assert excerpts(page) == ["A **<mark>plan</mark>** & <b>more</b>, of _plans_ and a <mark>plan</mark>"]
    assert "&lt;b&gt;more&lt;/b&gt;" in page
    assert links(page) == ["/rooms/lobby/m/1"]
    there = (await ann.get(links(page)[0])).text
    assert "Nothing" in there, "what was said around it is there"
    assert 'value="PLAN"' in page
    assert "Ann" in page


async def test_nobody_finds_what_is_not_theirs(app: Webchat, ann: Visitor, bob: Visitor, stranger: Visitor) -> None:
    await ann.do("create-room", room="team", kind="closed")
    await ann.do("create-room", room="hall", guests="read")
    for room in ("team", "hall", "lobby"):
        await ann.do("post-message", room=room, body=f"secret of {room}")
    await ann.do("open-direct", users="bob")
    await ann.do("post-message", room="~2.3", body="secret of ours")
    await searchable(app)
    for visitor, rooms in ((ann, 4), (bob, 3), (stranger, 1)):
        assert len(links((await visitor.get("/search?q=secret")).text)) == rooms
    assert ">Ann</span>" in (await bob.get("/search?q=ours")).text.split('aria-label="Messages found"')[1]
    for visitor, room in ((bob, "team"), (stranger, "lobby"), (bob, "nowhere")):
        answer = await visitor.get(f"/search?q=in:{room}+secret")
        assert answer.status_code == 404
        assert "There is no room" in answer.text
        assert not links(answer.text)
    assert (await stranger.get("/search?q=from:ann+secret+in:hall")).status_code == 200


async def test_a_page_for_a_room_begins_with_it(ann: Visitor) -> None:
    assert 'href="/search?in=lobby"' in (await ann.get("/rooms/lobby")).text
    assert 'href="/search"' in (await ann.get("/rooms")).text
    page = (await ann.get("/search?in=lobby")).text
    assert 'value="in:lobby "' in page
    assert "What you can write" in page
    assert "Nothing was found" not in page


async def test_it_says_what_to_do_where_nothing_is_found(app: Webchat, ann: Visitor) -> None:
    page = (await ann.get("/search?q=nothing")).text
    assert "Nothing was found." in page
    assert "Look for fewer words" in page
    for asked, status, says in (
        ("before:soon x", 400, "Write the day as 2026-01-31, not as"),
        ("has:it x", 400, "has:file or has:link"),
        ("!", 400, "Write a word"),
        ("a\x00b", 400, "cannot be shown"),
    ):
        answer = await ann.get("/search", params={"q": asked})
        assert (answer.status_code, says in unescape(answer.text)) == (status, True)
        assert 'role="alert"' in answer.text
    assert "什么也没有找到" in (await ann.get("/search?q=x", headers={"Accept-Language": "zh"})).text


async def test_older_results_follow(app: Webchat, ann: Visitor, bob: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SHOWN", 2)
    for n in range(5):
        await ann.do("post-message", room="lobby", body=f"word {n}")
    await searchable(app)
    path, pages = "/search?q=word", []
    while path:
        page = (await ann.get(path)).text
        pages.append(links(page))
        path = next(iter(re.findall(r'rel="next" href="([^"]+)"', page)), "").replace("&amp;", "&")
    assert [len(page) for page in pages] == [2, 2, 1]
    assert pages[-1] == ["/rooms/lobby/m/1"]
    best = (await ann.get("/search?q=word&sort=best")).text
    assert len(links(best)) == 2
    assert "rel=" not in best.split('class="prose search"')[1]
    await ann.do("create-room", room="team", kind="closed")
    await ann.do("post-message", room="team", body="word")
    await searchable(app)
    monkeypatch.setattr(search, "LOOKED_AT", 1)
    page = (await bob.get("/search?q=word")).text
    assert "among older ones" in page
    assert 'rel="next"' in page


async def test_what_is_not_read_yet_is_said(app: Webchat, ann: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "FAR_BEHIND", -1)
    assert "still reading them" in (await ann.get("/search?q=word")).text


async def test_there_is_a_limit(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path, open=True))
    async with app.running(), Visitor(app) as visitor:
        app.state.house.limits._clock = lambda: 0.0
        answers = [(await visitor.get("/search?q=word")).status_code for _ in range(22)]
        assert answers[0] == 200
        assert answers[-1] == 429
        assert (await visitor.get("/search")).status_code == 200
