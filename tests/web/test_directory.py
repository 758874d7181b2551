"""The lists of rooms and people, without JavaScript."""

import re
from urllib.parse import unquote

import pytest

from tests.web.conftest import URL, Visitor, add_user
from webchat.app import Webchat

pytestmark = pytest.mark.anyio


def listed(page: str) -> list[str]:
    """The rooms of a directory page, the archived ones last."""
    return re.findall(r'<li id="listed-\d+"><a href="/rooms/([^"]+)"', page)


async def test_the_directory_has_what_one_may_see(ann: Visitor, bob: Visitor, stranger: Visitor) -> None:
    await ann.do("create-room", room="team", kind="closed")
    await ann.do("create-room", room="cellar", kind="closed", guests="read")
    await ann.do("create-room", room="garden", topic="Seeds <b>", guests="read")
    await ann.do("create-room", room="old")
    await ann.do("archive-room", room="old")
    await bob.do("leave-room", room="garden")
    assert listed((await ann.get("/rooms")).text) == ["lobby", "cellar", "garden", "team", "old"]
    page = (await bob.get("/rooms")).text
    assert listed(page) == ["lobby", "cellar", "garden", "old"]
    assert "Seeds &lt;b&gt;" in page
    assert page.count('value="join-room"') == 1
    assert page.count('value="leave-room"') == 1
    assert listed((await stranger.get("/rooms")).text) == ["cellar", "garden"]
    assert 'value="join-room"' not in (await stranger.get("/rooms")).text


@pytest.mark.parametrize(
    ("query", "found"), [("SEEDS", ["garden"]), ("gard", ["garden"]), ("%", []), ("_", []), ("!", []), ("x" * 500, [])]
)
async def test_a_room_is_found(ann: Visitor, query: str, found: list[str]) -> None:
    await ann.do("create-room", room="garden", topic="Seeds")
    page = (await ann.get("/rooms", params={"q": query})).text
    assert listed(page) == found
    assert bool(found) != ("No room has that name" in page)


async def test_many_rooms_are_turned_over(ann: Visitor) -> None:
    for number in range(51):
        await ann.do("create-room", room=f"r{number:02d}")
    assert len(listed((await ann.get("/rooms")).text)) == 50
    page = (await ann.get("/rooms?page=2")).text
    assert len(listed(page)) == 2
    assert 'rel="prev"' in page
    assert 'rel="next"' not in page


async def test_a_room_is_made_with_all_that_can_be_said_of_it(ann: Visitor) -> None:
    refused = await ann.do("create-room", room="a b", title="Kept", kind="closed", posting="moderators", guests="read")
    assert refused.status_code == 400
    for field in ('value="Kept"', 'value="closed" checked', 'value="moderators" checked', 'value="read" checked'):
        assert field in refused.text
    await ann.do("create-room", room="news", posting="moderators")
    assert 'data-gate="open none moderators live"' in (await ann.get("/rooms/news")).text


async def test_people_are_chosen_by_a_form(app: Webchat, ann: Visitor, bob: Visitor) -> None:
    await add_user(app, "Cat")
    page = (await ann.get("/direct?q=ca&users=bob")).text
    assert re.findall(r'name="users" value="(\w+)"( checked)?', page) == [("bob", " checked"), ("cat", "")]
    chosen = await ann.get("/direct?users=bob&users=cat&users=bob&write=1")
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/direct/bob,cat")
    start = (await ann.get("/direct/bob,cat")).text
    assert "You have not written to Bob, Cat yet." in start
    opened = await ann.do("open-direct", users="bob cat")
    assert opened.headers["location"] == "/direct/bob,cat"
    assert "Bob, Cat" in (await ann.get("/direct/cat,bob")).text
    assert 'href="/rooms/~2.3.4"' in (await bob.get("/rooms")).text


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/direct?write=1", 400, "Choose somebody"),
        ("/direct?users=nobody&write=1", 400, "nobody called nobody"),
        ("/direct?q=zzz", 200, "Nobody has that name"),
        ("/direct/nobody", 404, "nobody called nobody"),
        ("/direct/ann,nobody", 404, "nobody called nobody"),
        ("/direct/,", 404, "nobody called"),
        ("/direct/a,b,c,d,e,f,g,h,i,j", 400, "At most 8 people"),
    ],
)
async def test_whom_one_cannot_write_to(ann: Visitor, path: str, status: int, says: str) -> None:
    answer = await ann.get(path)
    assert answer.status_code == status
    assert says in answer.text


async def test_a_guest_writes_to_nobody(ann: Visitor, stranger: Visitor) -> None:
    for path in ("/direct", "/direct/ann"):
        assert (await stranger.get(path)).headers["location"].startswith("/sign-in")


async def test_a_room_without_an_address_gets_one_of_its_title(ann: Visitor) -> None:
    page = (await ann.get("/rooms")).text
    assert page.index('id="f-title"') < page.index('id="f-room"')
    assert not re.search(r'<input id="f-room"[^>]* required', page)
    for title, slug in (("Tea & cake, daily!", "tea-cake-daily"), ("茶 馆", "茶-馆"), ("x" * 70, "x" * 64)):
        made = await ann.do("create-room", room=" ", title=title)
        assert unquote(made.headers["location"]) == f"/rooms/{slug}", title
    again = await ann.do("create-room", room="", title="Tea cake: daily")
    assert again.status_code == 409
    assert 'value="tea-cake-daily"' in again.text, "to be changed"
    for title in ("", "!?"):
        refused = await ann.do("create-room", room="", title=title)
        assert (refused.status_code, "Give the room a title" in refused.text) == (400, True), title
    program = await ann.post(
        "/do",
        data={"do": "create-room", "room": "", "title": "Made of it", "cid": "c" * 22},
        headers={"Origin": URL, "Accept": "application/json"},
    )
    assert program.status_code == 400
