"""Rules of a room on its page, and at every door that something is said at."""

import asyncio
import json
from typing import Any

import pytest

from tests.permissions.doors import Socket, guest_cookie
from tests.web.conftest import Visitor
from tests.web.test_room_settings import value
from webchat.app import Webchat
from webchat.model import Guest

pytestmark = pytest.mark.anyio


def cookie(visitor: Visitor) -> str:
    return "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())


class Plain(Socket):
    """A socket that speaks JSON, in the lobby."""

    async def __aenter__(self) -> "Plain":
        self._scope["path"] = "/ws/chat/lobby/"
        self._in.put_nowait({"type": "websocket.connect"})
        self._task = asyncio.create_task(self._app(self._scope, self._in.get, self._out.put))
        assert (await self._out.get())["type"] == "websocket.accept"
        return self

    async def told(self) -> dict[str, Any]:
        """What is said next."""
        return dict(json.loads((await self._out.get())["text"]))


async def test_rules_are_set_on_the_settings_page(ann: Visitor, bob: Visitor) -> None:
    page = (await ann.get("/rooms/lobby/settings")).text
    assert value(page, "slow") == "0"
    form = {"room": "lobby", "slow": "30", "links": "known", "known": "5", "repeats": "refused", "based": "0"}
    done = await ann.do("set-rules", **form, words="bad\r\n<b>very evil</b>\n\n")
    assert (done.status_code, done.headers["location"]) == (303, "/rooms/lobby/settings")
    page = (await ann.get("/rooms/lobby/settings")).text
    assert "bad\n&lt;b&gt;very evil&lt;/b&gt;</textarea>" in page
    assert 'name="links" value="known" checked' in page
    assert (value(page, "slow"), value(page, "known")) == ("30", "5")
    wrong = await ann.do("set-rules", **form | {"slow": "9999"}, words="kept")
    assert (wrong.status_code, wrong.text.count('role="alert"')) == (400, 1)
    assert "kept</textarea>" in wrong.text
    await ann.do("set-rules", room="lobby", words="")
    assert "very evil" not in (await ann.get("/rooms/lobby/settings")).text
    assert (await bob.do("set-rules", room="lobby", slow="0")).status_code == 403


async def test_those_of_a_site_are_set_on_its_page(ann: Visitor, bob: Visitor, stranger: Visitor) -> None:
    await ann.do("create-site", site="blog", origins="https://blog.example")
    page = (await ann.get("/admin/sites/blog")).text
    assert (value(page, "closes"), value(page, "editing")) == ("0", "15")
    form = {"slow": "30", "closes": "90", "based": "0"}
    done = await ann.do("set-site-rules:blog", **form, words="bad")
    assert (done.status_code, done.headers["location"]) == (303, "/admin/sites/blog")
    wrong = await ann.do("set-site-rules:blog", **form | {"slow": "9999"}, words="kept")
    assert (wrong.status_code, wrong.text.count('role="alert"')) == (400, 1)
    assert "kept</textarea>" in wrong.text
    assert (await stranger.do("post-message", room="blog.post", body="so bad")).status_code == 403
    await stranger.do("post-message", room="blog.post", body="good")
    settings = (await ann.get("/rooms/blog.post/settings")).text
    assert (value(settings, "slow"), "Go by the rules of the site again" in settings) == ("30", False)
    await ann.do("set-rules", room="blog.post", slow="0")
    assert "Go by the rules of the site again" in (await ann.get("/rooms/blog.post/settings")).text
    await ann.do("set-rules", room="blog.post", own="false", slow="0", based="2")
    assert value((await ann.get("/rooms/blog.post/settings")).text, "slow") == "30"
    assert (await bob.do("set-site-rules:blog", slow="0")).status_code == 403


async def test_guests_are_not_offered_to_edit_what_is_old(app: Webchat, ann: Visitor, stranger: Visitor) -> None:
    await ann.do("create-site", site="blog", origins="https://blog.example")
    await stranger.do("post-message", room="blog.post", body="one")
    assert 'id="edit"' in (await stranger.get("/rooms/blog.post/m/1?edit")).text
    await app.state.house.store.write(lambda tx: tx.run("UPDATE messages SET at = at - 900000"))
    assert 'id="edit"' not in (await stranger.get("/rooms/blog.post/m/1?edit")).text
    assert "m/1?edit" not in (await stranger.get("/rooms/blog.post/m/1")).text


async def test_a_thread_that_is_closed_says_so_and_is_read_on(ann: Visitor, stranger: Visitor) -> None:
    await ann.do("create-site", site="blog", origins="https://blog.example")
    await stranger.do("post-message", room="blog.post", body="one")
    await ann.do("edit-room", room="blog.post", posting="moderators")
    page = (await stranger.get("/embed/blog/post")).text
    assert "Nothing more is written here." in page
    assert ('id="write"' in page, "one" in page) == (False, True)


async def test_every_door_keeps_them(app: Webchat, ann: Visitor, bob: Visitor) -> None:
    await ann.do("edit-room", room="lobby", guests="write")
    await ann.do("set-rules", room="lobby", slow="60", words="bad")
    await bob.do("post-message", room="lobby", body="one")
    by_form = await bob.do("post-message", room="lobby", body="kept text")
    assert by_form.status_code == 429
    assert "kept text</textarea>" in by_form.text
    async with Socket(app, cookie(bob), "lobby") as socket:
        socket.send({"do": "post-message", "room": "lobby", "body": "two", "cid": "c" * 16})
        told = await socket.answer()
        assert "slow mode" in told["why"]
        assert 50 < told["after"] <= 60
    async with Socket(app, guest_cookie(app, Guest("key", "Gus")), "lobby") as socket:
        socket.send({"do": "post-message", "room": "lobby", "body": "bad", "cid": "c" * 16})
        assert "is not allowed" in (await socket.answer())["why"]
    assert await bob.rows("/rooms/lobby") == ["m-1"]


async def test_a_plain_socket_keeps_them(app: Webchat, ann: Visitor, bob: Visitor) -> None:
    await ann.do("set-rules", room="lobby", words="bad")
    async with Plain(app, cookie(bob), "") as socket:
        socket.send({"message": "bad"})
        socket.send({"message": "good"})
        heard = [await socket.told() for _ in range(2)]
    assert sorted(said.get("error", 0) for said in heard) == [0, 403]
    assert await bob.rows("/rooms/lobby") == ["m-1"]


async def test_who_is_silent_is_listed_on_the_settings_page(ann: Visitor, bob: Visitor) -> None:
    await bob.do("post-message", room="lobby", body="Shouting")
    assert 'value="mute-user"' in (await ann.get("/rooms/lobby/m/1")).text
    assert 'value="mute-user"' not in (await bob.get("/rooms/lobby/m/1")).text
    done = await ann.do("mute-user", room="lobby", message="1", minutes="60")
    assert (done.status_code, done.headers["location"]) == (303, "/rooms/lobby/settings")
    page = (await ann.get("/rooms/lobby/settings")).text
    assert "silent until" in page
    refused = await bob.do("post-message", room="lobby", body="Kept")
    assert (refused.status_code, "another 60 min" in refused.text, "Kept" in refused.text) == (403, True, True)
    await ann.do("unmute-user", room="lobby", mute=value(page, "mute"))
    assert "silent until" not in (await ann.get("/rooms/lobby/settings")).text


async def test_who_reported_a_message_sees_that_it_was_taken(ann: Visitor, bob: Visitor) -> None:
    await ann.do("post-message", room="lobby", body="Something odd")
    await bob.do("report-message:1", room="lobby", why="So odd")
    page = (await bob.get("/rooms/lobby/m/1")).text
    assert "You reported this. A moderator looks at it." in page
    assert 'value="report-message:1"' not in page
    assert "You reported this" not in (await ann.get("/rooms/lobby/m/1")).text
    await ann.do("keep-message:1", room="lobby")
    page = (await bob.get("/rooms/lobby/m/1")).text
    assert ("You reported this." in page, "A moderator looks at it" in page) == (True, False)


async def test_a_message_is_reported_and_kept_on_the_pages(ann: Visitor, bob: Visitor) -> None:
    await ann.do("set-rules", room="lobby", reports="1")
    await ann.do("post-message", room="lobby", body="Something odd")
    assert 'value="report-message:1"' in (await bob.get("/rooms/lobby/m/1")).text
    assert 'value="report-message:1"' not in (await ann.get("/rooms/lobby/m/1")).text
    done = await bob.do("report-message:1", room="lobby", why="So <odd>")
    assert (done.status_code, done.headers["location"]) == (303, "/rooms/lobby/m/1")
    for path in ("/rooms/lobby", "/rooms/lobby/m/1"):
        page = (await bob.get(path)).text
        assert ("A moderator looks at it" in page, "Something odd" in page) == (True, False), path
    queue = (await ann.get("/rooms/lobby/queue")).text
    assert ("Something odd" in queue, "So &lt;odd&gt;" in queue, "1 report" in queue) == (True, True, True)
    done = await ann.do("keep-message:1", room="lobby", next="/rooms/lobby/queue")
    assert done.headers["location"] == "/rooms/lobby/queue"
    assert "Something odd" in (await bob.get("/rooms/lobby")).text
    assert "Something odd" not in (await ann.get("/rooms/lobby/queue")).text
