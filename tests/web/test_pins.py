"""A pinned message: above the list of pages and frames, at every door, for who is there and who comes late."""

import re
import secrets
from typing import Any

import pytest

from tests.permissions.doors import Socket
from tests.web.conftest import Visitor
from tests.web.frames import THREAD, Frame
from tests.web.test_rules import cookie
from webchat.app import Webchat
from webchat.chat import tokens
from webchat.commands import CreateToken

pytestmark = pytest.mark.anyio
LINE = re.compile(r'hx-target="#(?:pin|p-\d+)" hx-swap="(\w+)">(.*?)</hx-')


class Ear(Socket):
    """A socket that listens."""

    async def __aenter__(self) -> "Ear":
        await super().__aenter__()
        return self

    async def line(self) -> str:
        """What the next text that says something of a pinned message puts above the list."""
        while True:
            message = await self._out.get()
            for swap, html in LINE.findall(message["text"]):
                return "" if swap == "delete" else shown(html)

    async def begins(self) -> str:
        found = re.findall(r'hx-target="#pin" hx-swap="innerHTML">(.*?)</hx-', self.first)
        return shown(found[0]) if found else await self.line()


def shown(html: str) -> str:
    """Who says what, in a line, and where that leads."""
    found = re.findall(r'<p id="p-\d+"><b>(.*?)</b> <a href="(.*?)"[^>]*>(.*?)</a>', html)
    return "|".join(found[0]) if found else ""


def above(page: str) -> str:
    """The line of a page."""
    return shown(page.partition('<div id="pin">')[2].partition("</div>")[0])


async def test_it_is_pinned_and_unpinned_on_the_pages_without_a_script(ann: Visitor, bob: Visitor) -> None:
    await bob.do("post-message", room="lobby", body="Read *this*\n\n<b>first</b>, " + "and on " * 30)
    assert above((await bob.get("/rooms/lobby")).text) == ""
    assert 'value="pin-message:1"' not in (await bob.get("/rooms/lobby/m/1")).text
    assert 'value="pin-message:1"' in (await ann.get("/rooms/lobby/m/1")).text
    assert (await bob.do("pin-message:1", room="lobby")).status_code == 403
    done = await ann.do("pin-message:1", room="lobby")
    assert (done.status_code, done.headers["location"]) == (303, "/rooms/lobby/m/1")
    for reader in (ann, bob):
        line = above((await reader.get("/rooms/lobby")).text)
        assert line.startswith("Bob|/rooms/lobby/m/1|Read this &lt;b&gt;first&lt;/b&gt;, and on")
        assert len(line) < 190
    assert 'id="unpin"' in (await ann.get("/rooms/lobby")).text
    assert 'id="unpin"' not in (await bob.get("/rooms/lobby")).text
    assert 'value="unpin-message:1"' in (await ann.get("/rooms/lobby/m/1")).text
    await ann.do("unpin-message:1", room="lobby")
    assert above((await bob.get("/rooms/lobby")).text) == ""
    log = (await ann.get("/admin/log")).text
    assert ("pinned a message of Bob" in log, "unpinned a message of Bob" in log) == (True, True)


async def test_it_is_in_the_first_html_of_a_frame_and_in_its_json(
    ann: Visitor, frame: Frame, stranger: Visitor
) -> None:
    await frame.form("/embed/blog/enter", name="Gus")
    for body in ("one", "two"):
        assert await frame.says(body) == 303
    path = "/embed/blog/post-1"
    before = await stranger.get(path)
    assert (above(before.text), (await stranger.get(f"{path}.json")).json()["pinned"]) == ("", None)
    assert (await frame.do("pin-message:1", room=THREAD)).status_code in (401, 403)
    await ann.do("pin-message:1", room=THREAD)
    for mode in ("thread", "live"):
        page = await stranger.get(f"{path}?mode={mode}", headers={"If-None-Match": before.headers["etag"]})
        assert above(page.text) == f"Gus|/rooms/{THREAD}/m/1|one", "and no cache has the old one"
    told = (await stranger.get(f"{path}.json")).json()["pinned"]
    assert (told["seq"], told["body"]) == (1, "one")
    assert 'value="unpin-message"' in (await ann.get(f"{path}?tools")).text
    await frame.do("delete-message:1", room=THREAD)
    assert above((await stranger.get(path)).text) == ""
    assert (await stranger.get(f"{path}.json")).json()["pinned"] is None


@pytest.mark.parametrize("view", ["room", "widget"])
async def test_it_is_above_the_list_live_and_after_an_absence(
    app: Webchat, ann: Visitor, bob: Visitor, view: str
) -> None:
    room = f"lobby&view={view}"
    for body in ("one", "two"):
        await bob.do("post-message", room="lobby", body=body)
    async with Ear(app, cookie(bob), room) as ear:
        assert await ear.begins() == ""
        await ann.do("pin-message:1", room="lobby")
        assert await ear.line() == "Bob|/rooms/lobby/m/1|one"
        await ann.do("pin-message:2", room="lobby")
        assert await ear.line() == "Bob|/rooms/lobby/m/2|two"
        said = re.findall(r'name="based" value="(\d+)"', (await bob.get("/rooms/lobby/m/2?edit")).text)[0]
        await bob.do("edit-message:2", room="lobby", body="three", based=said)
        assert await ear.line() == "Bob|/rooms/lobby/m/2|three"
    async with Ear(app, cookie(bob), room) as ear:
        assert await ear.begins() == "Bob|/rooms/lobby/m/2|three"
        await bob.do("delete-message:2", room="lobby")
        assert await ear.line() == ""
        await ann.do("pin-message:1", room="lobby")
        assert await ear.line() == "Bob|/rooms/lobby/m/1|one"
    await ann.do("unpin-message:1", room="lobby")
    async with Ear(app, cookie(bob), room) as ear:
        assert await ear.begins() == ""


async def test_programs_pin_and_look(app: Webchat, ann: Visitor, bob: Visitor) -> None:
    await bob.do("post-message", room="lobby", body="one")

    async def program(name: str) -> Visitor:
        command = CreateToken(name, ("read", "post", "admin"), secrets.token_urlsafe(16))
        token: Any = await app.state.house.store.write(lambda tx: tokens.create(tx, None, command))
        visitor = Visitor(app)
        visitor.headers["Authorization"] = f"Bearer {token.secret}"
        return visitor

    async def pinned(visitor: Visitor) -> Any:
        return (await visitor.get("/api/v1/rooms/lobby")).json()["pinned"]

    async with await program("ann") as moderator, await program("bob") as member:
        assert await pinned(member) is None
        assert (await member.put("/api/v1/messages/1/pin")).status_code == 403
        for _ in range(2):
            assert (await moderator.put("/api/v1/messages/1/pin")).status_code in (200, 204)
        assert await pinned(member) == 1
        assert (await moderator.put("/api/v1/messages/99/pin")).status_code == 404
        for _ in range(2):
            assert (await moderator.delete("/api/v1/messages/1/pin")).status_code in (200, 204)
        assert await pinned(member) is None
