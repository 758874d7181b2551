"""The support window of a site, as its visitors find it: a page with forms, theirs alone, that a socket makes live."""

import asyncio
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.web.conftest import Visitor
from tests.web.frames import COOKIE, Frame, authors, signed
from tests.web.talks import PATH, asks, room_of, says, sets, talks
from tests.web.test_embed import TALK, seqs
from tests.web.test_support import Ear
from webchat.app import Webchat

pytestmark = pytest.mark.anyio

BLOG = "https://blog.example"


@pytest.fixture
async def desk(ann: Visitor, blog: Any) -> Any:
    """A site whose support is on; Ann answers there."""
    await sets(ann, enabled="true", prechat="never")
    await ann.do("add-agent", site="blog", user="ann")
    return blog


@pytest.mark.usefixtures("desk")
async def test_who_only_looks_is_not_known(frame: Frame) -> None:
    answer = await frame.get(PATH)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    assert f"frame-ancestors 'self' {BLOG}" in answer.headers["content-security-policy"]
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert 'name="email"' not in answer.text
    assert "Hello! What can we do for you?" in answer.text
    assert "您好！" in (await frame.get(f"{PATH}?lang=zh")).text


@pytest.mark.usefixtures("desk")
async def test_the_first_question_makes_a_guest_and_a_conversation(app: Webchat, frame: Frame) -> None:
    where = {"page": f"{BLOG}/lamps?token=secret#mine", "lang": "en"}
    answer = await asks(frame, path=f"{PATH}?theme=dark&lang=en&new=1", name="Gus", **where)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}?theme=dark&lang=en&begun=guest")
    assert frame.cookies[COOKIE].startswith("guest.")
    room = await room_of(frame)
    assert await authors(app, room) == [("Gus", "Does it dim?")]
    [talk] = await talks(app)
    assert (talk.name, talk.page, talk.status) == ("Gus", f"{BLOG}/lamps", "open")
    async with Frame(app) as other:
        assert "Does it dim?" not in (await other.get(PATH)).text
        for path in (f"/embed/blog/support/{room[6:]}", f"/embed/blog/support/{room[6:]}/transcript.txt"):
            answer = await other.get(path)
            assert (answer.status_code, "Does it dim?" in answer.text) == (404 if path.endswith("txt") else 303, False)


@pytest.mark.usefixtures("desk")
async def test_all_of_a_conversation_goes_without_a_script(app: Webchat, ann: Visitor, frame: Frame) -> None:
    await asks(frame)
    room = await room_of(frame)
    await ann.do("post-message", room=room, body="It does.")
    assert "It does." in (await frame.get(PATH)).text
    assert (await says(frame, "post-message", room=room, body="Thanks")).headers["location"] == PATH
    assert [text for _by, text in await authors(app, room)] == ["Does it dim?", "It does.", "Thanks"]
    assert 'id="rate"' not in (await frame.get(PATH)).text
    await ann.do("resolve-conversation", room=room)
    page = (await frame.get(PATH)).text
    assert "This conversation is closed. Write again to go on with it." in page
    assert 'id="rate"' in page
    assert (await says(frame, "rate-conversation", room=room, rating="5", word="fast")).status_code == 303
    [talk] = await talks(app)
    assert (talk.rating, talk.word) == (5, "fast")
    assert "You gave it 5 of 5." in (await frame.get(PATH)).text
    await says(frame, "post-message", room=room, body="One more thing")
    [talk] = await talks(app)
    assert (talk.room, talk.status) == (room, "open")
    kept = await frame.get(f"/embed/blog/support/{room[6:]}/transcript.txt")
    assert kept.headers["content-disposition"] == f'attachment; filename="conversation-{room[6:]}.txt"'
    assert kept.headers["content-type"] == "text/plain; charset=utf-8"
    assert "Ann: It does." in kept.text


@pytest.mark.usefixtures("desk")
async def test_a_new_question_after_the_end_of_one(app: Webchat, ann: Visitor, frame: Frame) -> None:
    await asks(frame)
    room = await room_of(frame)
    await ann.do("resolve-conversation", room=room)
    assert f"{PATH}?new" in (await frame.get(PATH)).text
    assert "<support-start" in (await frame.get(f"{PATH}?new")).text
    await asks(frame, "And this?", path=f"{PATH}?new")
    assert await room_of(frame) != room
    assert len(await talks(app)) == 2
    page = (await frame.get(PATH)).text
    assert "Does it dim?" not in page, "a guest is no verified user, and has no history"
    assert "Does it dim?" in (await frame.get(f"/embed/blog/support/{room[6:]}")).text
    await ann.do("resolve-conversation", room=await room_of(frame))
    await says(frame, "post-message", room=room, body="Back to this")
    assert await room_of(frame) == room, "the one that goes on before the newest"


async def test_a_user_of_the_site_is_asked_nothing_and_has_a_history(
    app: Webchat, ann: Visitor, desk: Any, frame: Frame
) -> None:
    await sets(ann, prechat="always")
    assert 'name="email"' in (await frame.get(PATH)).text
    for body in ("First", "Second"):
        token = signed(desk, email="hanna@example.org")
        assert (await frame.form("/embed/blog/identify", token=token)).status_code == 204
        assert 'name="email"' not in (await frame.get(f"{PATH}?new")).text
        assert (await asks(frame, body, name="Eve", email="eve@example.org")).status_code == 303
        await ann.do("resolve-conversation", room=await room_of(frame))
    assert [(talk.name, talk.email) for talk in await talks(app)] == [("Hanna", "hanna@example.org")] * 2
    async with Frame(app) as phone:
        await phone.form("/embed/blog/identify", token=signed(desk))
        page = (await phone.get(PATH)).text
        assert "Second" in page
        [older] = re.findall(r'href="(/embed/blog/support/[0-9a-f]{16})\?lang=en"', page)
        assert "First" in (await phone.get(older)).text
        await phone.form("/embed/blog/identify", token=signed(desk, sub="8", name="Ida"))
        assert "First" not in (await phone.get(PATH)).text
        assert (await phone.get(older)).headers["location"] == PATH


@pytest.mark.usefixtures("desk")
async def test_what_is_refused_says_why_and_keeps_what_was_written(app: Webchat, ann: Visitor, frame: Frame) -> None:
    await sets(ann, prechat="always")
    for wrong in ({"name": "Gus"}, {"email": "gus@example.org"}, {"name": "Gus", "email": "nowhere"}):
        answer = await asks(frame, **wrong)
        assert answer.status_code == 400
        assert 'role="alert"' in answer.text
        assert "Does it dim?" in answer.text
        assert f"frame-ancestors 'self' {BLOG}" in answer.headers["content-security-policy"]
    right = {"name": "Gus", "email": "gus@example.org"}
    for form, status in (
        ({"body": "x" * 10_001}, 413),
        ({"body": " "}, 400),
        ({"site": "other"}, 400),
        ({"do": "create-room"}, 400),
        ({"do": "no"}, 400),
        ({"cid": "short"}, 400),
    ):
        assert (await asks(frame, **{**right, **form})).status_code == status, form
    assert await talks(app) == []
    assert COOKIE not in frame.cookies


@pytest.mark.usefixtures("desk")
async def test_asked_twice_it_is_asked_once(app: Webchat, frame: Frame) -> None:
    for _time in range(2):
        assert (await asks(frame, cid="the-cid-of-one-question")).status_code == 303
    assert [talk.length for talk in await talks(app)] == [1]


@pytest.mark.usefixtures("desk")
async def test_a_name_of_an_account_is_nobodys_here(app: Webchat, frame: Frame) -> None:
    await asks(frame, name="Ann")
    [(title, _text)] = await authors(app, await room_of(frame))
    assert re.fullmatch(r"Guest \d{4}", title)
    assert [talk.name for talk in await talks(app)] == ["Ann"]


async def test_texts_of_the_owner_and_of_visitors_are_texts(ann: Visitor, desk: Any, frame: Frame) -> None:
    await sets(ann, greeting="<b>Hi</b>")
    assert "&lt;b&gt;Hi&lt;/b&gt;" in (await frame.get(PATH)).text
    await asks(frame, "<script>alert(1)</script>", name="<i>Gus</i>")
    page = (await frame.get(PATH)).text
    assert "<script>alert" not in page
    assert "<i>Gus" not in page


async def test_while_nobody_works_it_says_so_and_asks_for_an_address(ann: Visitor, desk: Any, frame: Frame) -> None:
    await sets(ann, prechat="away", hours="mon-sun 00:00-24:00")
    assert 'name="email"' not in (await frame.get(PATH)).text
    begins = (datetime.now(UTC).hour + 2) % 24  # away from now, whenever that is
    await sets(ann, hours=f"mon-sun {begins:02}:00-{begins:02}:01", away="We are skiing.")
    page = (await frame.get(PATH)).text
    assert re.search(rf"We are away until <time datetime=\"\d{{4}}-\d\d-\d\dT{begins:02}:00:00Z\">", page)
    assert "We are skiing." in page
    assert 'name="email"' in page


async def test_a_site_without_support_may_have_a_thread_of_that_name(
    app: Webchat, ann: Visitor, blog: Any, frame: Frame
) -> None:
    page = await frame.get(PATH)
    assert 'data-room="blog.support"' in page.text
    for path in (PATH, f"{PATH}/0123456789abcdef"):
        assert (await asks(frame, path=path)).status_code == 404
    assert (await frame.get(f"{PATH}/0123456789abcdef")).status_code == 404
    assert (await frame.get("/embed/nobody/support")).status_code == 404
    assert (await frame.get(f"{PATH}/0123456789abcdef/transcript.txt")).status_code == 404


def ear(app: Webchat, frame: Visitor, room: str) -> Ear:
    """A connection of the window."""
    return Ear(app, f"{COOKIE}={frame.cookies[COOKIE]}", room, "support")


@pytest.mark.usefixtures("desk")
async def test_a_visitor_hears_of_the_conversation_and_of_no_notes(app: Webchat, ann: Visitor, frame: Frame) -> None:
    await asks(frame)
    room = await room_of(frame)
    async with ear(app, frame, room) as socket:
        assert "#status:not([data-status='open'])" in socket.first
        await socket.hears('id="seen" data-seq="0"')
        await ann.do("post-message", room=f"{room}~", body="a note of ours")
        await ann.do("mark-read", room=room, seq="1")
        await socket.hears('id="seen" data-seq="1"')
        await ann.do("post-message", room=room, body="It does.")
        await socket.hears("It does.")
        await ann.do("resolve-conversation", room=room)
        await socket.hears('id="rate"')
        assert "a note of ours" not in "".join(socket.frames)
    for other in (f"{room}~", "lobby", "blog.post-1", "blog.~0123456789abcdef"):
        async with ear(app, frame, other) as socket:
            assert socket.code in (4401, 4403), other


@pytest.mark.usefixtures("desk")
async def test_what_a_visitor_waits_for_is_small(ann: Visitor, bob: Visitor, frame: Frame) -> None:
    await ann.do("add-agent", site="blog", user="bob")

    async def size(path: str) -> int:
        answer = await frame.get(path)
        assert answer.headers["content-encoding"] == "gzip"
        return int(answer.headers["content-length"])

    async def whole() -> tuple[list[str], int]:
        page = (await frame.get(PATH)).text
        loads = re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js))"', page)
        return [path.rpartition("/")[2] for path in loads], sum([await size(path) for path in [PATH, *loads]])

    assert await size("/bubble.js") <= 2560
    names, first = await whole()
    assert names == ["support.css", "support-start.js"]
    assert first <= 10 * 1024, first
    await asks(frame)
    room = await room_of(frame)
    for number in range(29):
        await (ann, bob)[number % 2].do("post-message", room=room, body=f"{TALK[number % 4]} ({number})")
    names, then = await whole()
    print(first, then)
    assert names == ["support.css", "htmx.js", "support-room.js"]
    assert then <= 32 * 1024, then


@pytest.mark.usefixtures("desk")
async def test_two_first_questions_at_once_are_one_conversation(app: Webchat, frame: Frame) -> None:
    await frame.form("/embed/blog/enter", name="Gus")
    answers = await asyncio.gather(asks(frame, "one"), asks(frame, "two"))
    assert [answer.status_code for answer in answers] == [303, 303]
    assert [talk.length for talk in await talks(app)] == [2]


@pytest.mark.usefixtures("desk")
async def test_what_a_visitor_wrote_is_edited_and_scrolled_back_to_there(ann: Visitor, frame: Frame) -> None:
    await asks(frame)
    room = await room_of(frame)
    script = {"HX-Request": "true"}
    assert 'id="edit"' in (await frame.get(f"/embed/blog/{room[5:]}/m/1", headers=script)).text
    for number in range(55):
        await ann.do("post-message", room=room, body=f"line {number}")
    assert f'href="{PATH}/{room[6:]}?before=7"' in (await frame.get(PATH)).text
    rows = (await frame.get(f"{PATH}/{room[6:]}?before=7", headers=script)).text
    assert seqs(rows) == [1, 2, 3, 4, 5, 6]
    polled = await frame.get(f"/poll?room={room}&view=support&lang=en")
    assert (polled.status_code, "view=support" in polled.text) == (200, True)
