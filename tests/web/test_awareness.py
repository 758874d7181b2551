"""What tells readers apart from what they read: names, counts, where a room opens. Without JavaScript."""

import re

import pytest

from tests.web.conftest import Visitor, add_user
from webchat.app import Webchat
from webchat.model import Message
from webchat.store import Tx, messages, rooms

pytestmark = pytest.mark.anyio


async def test_who_is_named_sees_a_count_and_a_link(ann: Visitor, bob: Visitor) -> None:
    answer = await ann.do("post-message", room="lobby", body="Look, @Bob!")
    assert answer.headers["location"] == "/rooms/lobby"
    page = (await bob.get("/rooms/lobby")).text
    assert '<a href="/direct/bob">@Bob</a>' in page
    assert 'data-mentions="1"' in page
    assert "@1" in page
    await bob.do("mark-read", room="lobby", seq="1")
    assert 'data-mentions="0"' in (await bob.get("/rooms")).text


async def test_the_author_is_told_who_is_not_in_the_room(app: Webchat, ann: Visitor) -> None:
    await add_user(app, "Cat")
    await ann.do("create-room", room="den", kind="closed")
    answer = await ann.do("post-message", room="den", body="Where is @cat?")
    assert answer.status_code == 200
    assert "Not in this room, and not told: Cat." in answer.text
    assert await ann.rows("/rooms/den") == ["m-1"]
    told = await ann.post(
        "/do",
        data={"do": "post-message", "room": "den", "body": "@cat?", "cid": "c" * 16},
        headers={"Accept": "application/json", "Sec-Fetch-Site": "same-origin"},
    )
    assert told.json() == {"ack": "c" * 16, "id": 2, "note": "Not in this room, and not told: Cat."}


async def test_names_are_offered_to_those_who_see_the_room(app: Webchat, ann: Visitor, bob: Visitor) -> None:
    for name in ("Bo-Smith", "Cat"):
        await add_user(app, name)
    offered = (await ann.get("/rooms/lobby/names?q=B")).text
    assert re.findall('data-name="([^"]*)"', offered) == ["bo-smith", "bob"]
    assert "data-name" not in (await bob.get("/rooms/lobby/names?q=bob")).text, "nobody names himself"
    assert "data-name" not in (await bob.get("/rooms/lobby/names?q=%25")).text
    assert 'data-name="bo-smith"' in (await bob.get("/rooms/lobby/names?q=BO-s")).text
    await ann.do("create-room", room="den", kind="closed")
    for path in ("/rooms/den/names?q=a", "/rooms/nowhere/names?q=a"):
        assert (await bob.get(path)).status_code == 404


async def fill(app: Webchat, count: int) -> None:
    """Let the lobby have so many more messages, all at once."""

    def write(tx: Tx) -> None:
        room = rooms.by_slug(tx, "lobby")
        assert room
        for n in range(room.seq + 1, room.seq + count + 1):
            html = f"<p>Message {n}</p>"
            messages.add(tx, room.id, Message(0, "", 0, 0, 0, 0, 1, "webchat", html, html, 0, f"cid-{n}"))

    await app.state.house.store.write(write)


def shown(page: str) -> list[int]:
    return [int(seq) for seq in re.findall(r'<li id="m-[1-9]\d*" data-seq="(\d+)"', page)]


@pytest.mark.parametrize("behind", [51, 5_000])
async def test_a_room_opens_at_the_first_unread_however_far_back(
    app: Webchat, ann: Visitor, bob: Visitor, behind: int
) -> None:
    await fill(app, 40)
    await bob.do("mark-read", room="lobby", seq="40")
    await fill(app, behind)
    page = (await bob.get("/rooms/lobby")).text
    assert shown(page) == list(range(16, 67))
    assert "data-end" not in page
    assert "&amp;around=41" in page
    assert f"{behind} new messages" in page
    assert 'href="/rooms/lobby#m-41"' in page
    newest = (await bob.get("/rooms/lobby?newest")).text
    assert shown(newest)[-1] == 40 + behind
    assert " data-end" in newest
    assert "around=" not in newest.partition("</header>")[0]
    await bob.do("mark-read", room="lobby", seq=str(40 + behind))
    page = (await bob.get("/rooms/lobby")).text
    assert shown(page)[-1] == 40 + behind
    assert "First unread" not in page


@pytest.mark.parametrize("unread", [0, 1, 50])
async def test_few_unread_messages_are_among_the_newest(app: Webchat, ann: Visitor, bob: Visitor, unread: int) -> None:
    await fill(app, 60)
    await bob.do("mark-read", room="lobby", seq=str(60 - unread))
    page = (await bob.get("/rooms/lobby")).text
    assert shown(page) == list(range(11, 61))
    assert ("First unread" in page) == bool(unread)


async def test_a_guest_has_no_unread_messages(app: Webchat, ann: Visitor, stranger: Visitor) -> None:
    await ann.do("create-room", room="hall", guests="read")
    assert "First unread" not in (await stranger.get("/rooms/hall")).text
