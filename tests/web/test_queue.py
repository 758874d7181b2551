"""The queue of a room without JavaScript, what its author sees, and what every door says of what waits."""

import re

import pytest

from tests.permissions.doors import Socket, guest_cookie
from tests.web.conftest import Visitor
from tests.web.frames import COOKIE
from tests.web.test_embed import add_site
from tests.web.test_rules import Plain, cookie
from webchat.app import Webchat
from webchat.model import Guest

pytestmark = pytest.mark.anyio


class Frame(Socket):
    """The socket of a frame in somebody else's page."""

    async def __aenter__(self) -> "Frame":
        self._scope["query_string"] += b"&view=widget&lang=en"
        await super().__aenter__()
        return self


WAITS = "Waits for a moderator. Only you see it."


@pytest.fixture
async def lobby(ann: Visitor, bob: Visitor) -> str:
    """The lobby, where all messages wait."""
    await ann.do("edit-room", room="lobby", guests="write")
    await ann.do("set-rules", room="lobby", hold="all")
    return "lobby"


def held(page: str) -> list[str]:
    """The ids of what waits on a page."""
    return re.findall(r'<li id="[qh]-(\d+)"', page)


async def test_it_waits_on_its_authors_page_and_in_the_queue_until_it_is_approved(
    ann: Visitor, bob: Visitor, stranger: Visitor, lobby: str
) -> None:
    said = await bob.do("post-message", room="lobby", body="Let <b>me</b> in")
    assert (said.status_code, WAITS in said.text, "looked at it" in said.text) == (200, True, True)
    assert WAITS in (await bob.get("/rooms/lobby")).text
    for other in (ann, stranger):
        page = (await other.get("/rooms/lobby")).text
        assert "Let &lt;b&gt;me" not in page
    assert '<b class="badge">1</b>' in (await ann.get("/rooms/lobby")).text
    assert 'href="/rooms/lobby/queue"' not in (await bob.get("/rooms/lobby")).text
    queue = (await ann.get("/rooms/lobby/queue")).text
    assert "Let &lt;b&gt;me&lt;/b&gt; in" in queue
    [number] = held(queue)
    done = await ann.do(f"approve-message:{number}", room="lobby")
    assert (done.status_code, done.headers["location"]) == (303, "/rooms/lobby/queue")
    assert held((await ann.get("/rooms/lobby/queue")).text) == []
    assert "Nothing waits." in (await ann.get("/rooms/lobby/queue")).text
    assert await bob.rows("/rooms/lobby") == ["m-1"]
    assert WAITS not in (await bob.get("/rooms/lobby")).text


async def test_a_reason_is_shown_to_its_author_until_it_is_put_away(ann: Visitor, bob: Visitor, lobby: str) -> None:
    await bob.do("post-message", room="lobby", body="Let me in")
    [number] = held((await ann.get("/rooms/lobby/queue")).text)
    await ann.do(f"reject-message:{number}", room="lobby", why="No <ads>")
    page = (await bob.get("/rooms/lobby")).text
    assert "Not approved: No &lt;ads&gt;" in page
    late = await ann.do(f"approve-message:{number}", room="lobby")
    assert (late.status_code, "Somebody else was faster" in late.text, 'id="queue"' in late.text) == (409, True, True)
    done = await bob.do(f"withdraw-message:{number}", room="lobby")
    assert done.headers["location"] == "/rooms/lobby"
    assert "Not approved" not in (await bob.get("/rooms/lobby")).text


async def test_the_queue_is_for_who_moderates(ann: Visitor, bob: Visitor, stranger: Visitor, lobby: str) -> None:
    for visitor, path, status in (
        (ann, "/rooms/lobby/queue", 200),
        (ann, "/rooms/LOBBY/queue", 303),
        (ann, "/rooms/nowhere/queue", 404),
        (ann, "/rooms/lobby/queue?after=x", 200),
        (bob, "/rooms/lobby/queue", 403),
        (stranger, "/rooms/lobby/queue", 403),
        (stranger, "/rooms/nowhere/queue", 303),
    ):
        assert (await visitor.get(path)).status_code == status, path


async def test_a_long_queue_is_turned_over(
    ann: Visitor, bob: Visitor, lobby: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webchat.chat.queue.SHOWN", 2)
    for number in range(3):
        await bob.do("post-message", room="lobby", body=f"{number}")
    first = (await ann.get("/rooms/lobby/queue")).text
    [path] = re.findall(r'href="(/rooms/lobby/queue\?after=\d+)"', first)
    assert [len(held(first)), len(held((await ann.get(path)).text))] == [2, 1]


async def test_a_guest_sees_their_own(app: Webchat, ann: Visitor, stranger: Visitor, lobby: str) -> None:
    await stranger.get("/rooms/lobby")
    await stranger.do("post-message", room="lobby", body="Let me in")
    assert WAITS in (await stranger.get("/rooms/lobby")).text
    async with Visitor(app) as other:
        assert "Let me in" not in (await other.get("/rooms/lobby")).text


async def frames(socket: Socket, marks: set[str]) -> str:
    """What is said until all of some marks were."""
    heard = ""
    while not all(mark in heard for mark in marks):
        heard += (await socket._out.get()).get("text", "")
    return heard


async def test_a_guests_page_is_told_what_became_of_it(app: Webchat, ann: Visitor, lobby: str) -> None:
    async with Socket(app, guest_cookie(app, Guest("key", "Gus")), "lobby") as socket:
        socket.send({"do": "post-message", "room": "lobby", "body": "Let me in", "cid": "c" * 16})
        heard = await frames(socket, {'"ack"', WAITS})
        assert '"id":0' in heard
        [number] = held((await ann.get("/rooms/lobby/queue")).text)
        await ann.do(f"reject-message:{number}", room="lobby", why="No ads")
        await frames(socket, {"Not approved: No ads"})
    async with Socket(app, guest_cookie(app, Guest("key", "Gus")), "lobby") as again:
        await frames(again, {"Not approved: No ads"})


async def test_a_plain_socket_is_told_a_sentence(app: Webchat, ann: Visitor, bob: Visitor, lobby: str) -> None:
    async with Plain(app, cookie(bob), "") as socket:
        socket.send({"message": "Let me in"})
        told = await socket.told()
    assert told == {"message": "Your message waits until a moderator has looked at it.", "note": True}


async def test_in_a_frame_its_author_sees_what_waits(app: Webchat, ann: Visitor, stranger: Visitor) -> None:
    await add_site(app)
    await ann.do("post-message", room="blog.post-42", body="The first")
    await ann.do("set-rules", room="blog.post-42", hold="all")
    await stranger.form("/embed/blog/enter", name="Gus")
    async with Frame(app, f"{COOKIE}={stranger.cookies[COOKIE]}", "blog.post-42") as socket:
        socket.send({"do": "post-message", "room": "blog.post-42", "body": "Let me in", "cid": "c" * 16})
        assert "looked at it" in await frames(socket, {'"ack"', WAITS})
        assert WAITS in (await stranger.get("/embed/blog/post-42?foot")).text
        [number] = held((await ann.get("/rooms/blog.post-42/queue")).text)
        await ann.do(f"approve-message:{number}", room="blog.post-42")
        await frames(socket, {f'hx-target="#h-{number}"', "<p>Let me in</p>"})
    for path in ("/embed/blog/post-42?foot", "/embed/blog/post-42"):
        async with Visitor(app) as other:
            assert WAITS not in (await other.get(path)).text
