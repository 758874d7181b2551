"""Files in the conversations of a site's support: from its visitor, from its agents, and to nobody else."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.web.conftest import URL, Visitor, add_user
from tests.web.files.conftest import drawn, kept, other, row_of, say, send, sent
from tests.web.frames import Frame, let_in, opened, signed
from tests.web.talks import PATH, asks, room_of, says, talks, turn_on
from webchat.app import Webchat
from webchat.chat import attachments
from webchat.store import files as stored
from webchat.web import files
from webchat.web.limits import Limits

pytestmark = pytest.mark.anyio

HEADERS = {"Origin": URL}


@pytest.fixture(scope="module")
async def site(app: Webchat, ann: Visitor, bob: Visitor) -> Any:
    """A site that bob answers for; ann, an admin, answers everywhere."""
    site = await let_in(app, "blog")
    await ann.do("set-support", site="blog", enabled="true", prechat="never")
    await ann.do("add-agent", site="blog", user="bob")
    return site


class Window(Frame):
    """A visitor with a conversation: its ``room``, and where its files are sent to."""

    room = ""

    async def begin(self) -> "Window":
        self.headers["Referer"] = URL + PATH
        await asks(self)
        self.room = await room_of(self)
        return self

    @property
    def door(self) -> str:
        return f"{PATH}/{self.room.partition('~')[2]}/files"


@pytest.fixture
async def gus(app: Webchat, site: Any) -> AsyncIterator[Window]:
    async with Window(app) as visitor:
        yield await visitor.begin()


@pytest.fixture
async def eve(app: Webchat, site: Any) -> AsyncIterator[Window]:
    """Another visitor, with another conversation."""
    async with Window(app) as visitor:
        yield await visitor.begin()


async def statuses(file: Any, *readers: Visitor) -> list[int]:
    return [(await reader.get(file["url"])).status_code for reader in readers]


async def test_a_visitor_sends_one_and_the_agents_see_it(
    app: Webchat, ann: Visitor, bob: Visitor, gus: Window, eve: Window
) -> None:
    cat = await sent(gus, gus.door, drawn(), "cat.png")
    async with Visitor(app) as stranger:
        assert await statuses(cat, gus, ann, bob, eve, stranger) == [200, 404, 404, 404, 404], "it was not said yet"
        answer = await says(gus, "post-message", room=gus.room, body=cat["markdown"])
        assert answer.status_code == 303
        assert await statuses(cat, gus, ann, bob, eve, stranger) == [200, 200, 200, 404, 404]
    row = f'<img src="{cat["url"]}" alt="cat.png" width="40" height="30"'
    [number] = [one.id for one in await talks(app) if one.room == gus.room]
    for reader, page in ((gus, PATH), (bob, f"/support/{number}")):
        assert row in (await reader.get(page)).text
    inbox = (await bob.get("/support")).text
    assert '<p class="topic" dir="auto">cat.png</p>' in inbox
    told = (await bob.get("/inbox")).text
    assert (">cat.png<" in told, "![cat.png]" in told) == (True, False)


async def test_an_agent_sends_one_and_the_visitor_has_it(bob: Visitor, gus: Window, eve: Window) -> None:
    plan = await sent(bob, gus.room, b"%PDF", "plan.pdf")
    assert await statuses(plan, bob, gus) == [200, 404], "it was not said yet"
    await say(bob, gus.room, plan)
    assert f'<a href="{plan["url"]}">plan.pdf <small>4 B</small></a>' in (await gus.get(PATH)).text
    assert await statuses(plan, gus, eve) == [200, 404]
    kept_text = (await gus.get(f"{PATH}/{gus.room.partition('~')[2]}/transcript.txt")).text
    assert "Bob: plan.pdf\n" in kept_text


async def test_a_file_of_the_notes_is_never_the_visitors(app: Webchat, bob: Visitor, gus: Window) -> None:
    secret = await sent(bob, f"{gus.room}~", b"of ours", "secret.txt")
    await say(bob, f"{gus.room}~", secret)
    assert await statuses(secret, bob, gus) == [200, 404]
    assert (await send(gus, f"{gus.door.removesuffix('/files')}~/files")).status_code == 404
    await says(gus, "post-message", room=gus.room, body=secret["markdown"])
    assert secret["url"] not in (await gus.get(PATH)).text, "who knows its address has it no more for that"
    assert await statuses(secret, gus) == [404]


async def test_nobody_else_puts_one_there(app: Webchat, ann: Visitor, gus: Window, eve: Window) -> None:
    await add_user(app, "Dan")
    async with Visitor(app) as dan, Frame(app) as stranger:
        await dan.sign_in("dan")
        stranger.headers["Referer"] = URL + PATH
        for one in (dan, stranger, eve):
            assert (await send(one, gus.door)).status_code == 404
            assert (await one.get(gus.door)).status_code == 404
    for door in (f"{PATH}/0/files", f"{PATH}/{'0' * 16}/files", "/embed/nowhere/support/0/files"):
        assert (await send(gus, door)).status_code == 404, door
    assert (await send(gus, gus.door, Origin="https://evil.example")).status_code == 403
    assert await kept(app, gus.room) == 0


async def test_a_user_of_the_site_has_theirs_on_each_device(app: Webchat, site: Any) -> None:
    async with Window(app) as laptop, Frame(app) as phone:
        await laptop.form("/embed/blog/identify", token=signed(site))
        await laptop.begin()
        file = await sent(laptop, laptop.door)
        await says(laptop, "post-message", room=laptop.room, body=file["markdown"])
        await phone.form("/embed/blog/identify", token=signed(site))
        phone.headers["Referer"] = URL + PATH
        assert await statuses(file, phone) == [200]
        await phone.form("/embed/blog/leave", token="")
        assert await statuses(file, phone) == [404]


async def test_another_site_does_not_know_its_visitor(app: Webchat, ann: Visitor, gus: Window) -> None:
    file = await sent(gus, gus.door)
    await let_in(app, "shop")
    await ann.do("set-support", site="shop", enabled="true", prechat="never")
    async with Window(app) as visitor:
        value = gus.cookies["webchat-at-blog"]
        visitor.cookies.set("webchat-at-shop", value, domain="127.0.0.1")
        visitor.headers["Referer"] = f"{URL}/embed/shop/support"
        assert await statuses(file, visitor) == [404]
        assert (await send(visitor, gus.door)).status_code == 404


async def test_what_is_refused_says_why_and_leaves_nothing(app: Webchat, gus: Window) -> None:
    large = await send(gus, gus.door, b"x" * (files.limit(app.state.house) + 1))
    assert (large.status_code, large.json()["why"]) == (413, files.TOO_LARGE % {"limit": 10})
    assert (await send(gus, gus.door, b"")).json()["why"] == "This file is empty. Choose another one."
    answer = await gus.post(gus.door, data={"file": "text"}, headers=HEADERS | {"Accept": "application/json"})
    assert answer.json()["why"] == "Choose a file."
    odd = HEADERS | {"Content-Type": "multipart/form-data; boundary=x", "Accept": "application/json"}
    assert (await gus.post(gus.door, content=b"--y\r\n", headers=odd)).status_code == 400
    with other(app, Limits(True, clock=lambda: 0.0)):
        for _ in range(10):
            assert (await send(gus, gus.door, b"", **{"Content-Length": "10000000"})).status_code == 400
        answer = await send(gus, gus.door)
        assert (answer.status_code, answer.json()["after"]) == (429, 36)
    assert await kept(app, gus.room) == 0


async def test_a_place_that_takes_none_shows_no_paper_clip(app: Webchat, gus: Window) -> None:
    asked = {"HX-Request": "true"}
    page = (await gus.get(f"{PATH}?files", headers=asked)).text
    assert (page.strip()[:11], f'data-max="{files.limit(app.state.house)}"' in page) == ("<talk-files", True)
    assert f'data-most="{attachments.MOST}"' in page
    with other(app, file_limit=0):
        assert (await gus.get(f"{PATH}?files", headers=asked)).status_code == 404
        assert (await gus.get(gus.door)).status_code == (await send(gus, gus.door)).status_code == 404


async def test_what_breaks_off_leaves_nothing(app: Webchat, gus: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    put = stored.put

    def dropping(tx: Any, file_id: str, number: int, data: bytes) -> None:
        put(tx, file_id, number, data)
        if number == 1:
            stored.drop(tx, file_id)

    monkeypatch.setattr(stored, "put", dropping)
    answer = await send(gus, gus.door, b"x" * 600_000)
    assert (answer.status_code, answer.json()["why"]) == (409, "This file was deleted while it was being sent.")
    assert await kept(app, gus.room) == 0


async def test_one_goes_with_one_message_and_with_no_others_text(bob: Visitor, gus: Window, eve: Window) -> None:
    file = await sent(gus, gus.door)
    for one in (eve, gus, gus):
        await says(one, "post-message", room=one.room, body=f"See {file['markdown']}")
    assert (await gus.get(PATH)).text.count(f'href="{file["url"]}"') == 1
    assert file["url"] not in (await eve.get(PATH)).text
    mine = await sent(bob, gus.room)
    await says(gus, "post-message", room=gus.room, body=mine["markdown"])
    assert mine["url"] not in (await gus.get(PATH)).text, "it is the agent's, who has not said it"


async def test_two_at_once_are_two(gus: Window, eve: Window) -> None:
    found: list[Any] = []

    async def one(window: Window, sign: bytes) -> None:
        found.append((window, sign * 600_000, await sent(window, window.door, sign * 600_000, "a.bin")))

    async with anyio.create_task_group() as tasks:
        for window, sign in ((gus, b"a"), (eve, b"b"), (gus, b"c")):
            tasks.start_soon(one, window, sign)
    assert len({file["id"] for _window, _data, file in found}) == 3
    for window, data, file in found:
        assert (await window.get(file["url"])).content == data


async def test_without_a_script_a_page_takes_a_file_and_a_text(bob: Visitor, gus: Window) -> None:
    assert f'<noscript><a class="button quiet" target="_self" href="{gus.door}?lang=en">' in (await gus.get(PATH)).text
    page = await gus.get(f"{gus.door}?lang=zh")
    assert "回到对话" in page.text
    assert "frame-ancestors 'self' https://blog.example" in page.headers["content-security-policy"]
    for _ in range(2):  # a second press says nothing more
        said = {"body": "See this", "cid": "a-cid-of-this-page-1"}
        answer = await gus.post(f"{gus.door}?lang=zh", data=said, files={"file": ("a.txt", b"text")}, headers=HEADERS)
        back = f"{gus.door.removesuffix('/files')}?lang=zh"
        assert (answer.status_code, answer.headers["location"]) == (303, back)
    shown = (await gus.get(back)).text
    assert shown.count("<p>See this</p>") == 1
    assert ">a.txt <small>4 B</small></a>" in await row_of(bob, gus.room, 2)
    said["body"] = "x" * 10_000
    answer = await gus.post(gus.door, data=said, files={"file": ("a.txt", b"text")}, headers=HEADERS)
    assert (answer.status_code, "x" * 10_000 in answer.text, 'role="alert"' in answer.text) == (413, True, True)
    answer = await gus.post(gus.door, files={"file": ("a.txt", b"")}, headers=HEADERS)
    assert (answer.status_code, "This file is empty" in answer.text) == (400, True)
    assert "frame-ancestors 'self' https://blog.example" in answer.headers["content-security-policy"]


async def test_it_is_there_after_a_restart(tmp_path: Path) -> None:
    async with opened(tmp_path) as app:
        site = await let_in(app, "blog")
        await turn_on(app)
        async with Window(app) as visitor:
            await visitor.form("/embed/blog/identify", token=signed(site))
            file = await sent((await visitor.begin()), visitor.door)
            cookies, room = dict(visitor.cookies), visitor.room
    async with opened(tmp_path) as app, Window(app) as visitor:
        visitor.cookies.update(cookies)
        visitor.headers["Referer"] = URL + PATH
        assert await statuses(file, visitor) == [200]
        await says(visitor, "post-message", room=room, body=file["markdown"])
        assert file["url"] in (await visitor.get(PATH)).text
