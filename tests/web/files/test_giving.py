"""How a file is given out, to whom, and for how long."""

import re

import pytest

from tests.web.conftest import Visitor, add_user
from tests.web.files.conftest import drawn, kept, number_of, row_of, say, sent
from webchat.app import Webchat
from webchat.chat import chores, clock
from webchat.chat.clock import DAY
from webchat.model import Message
from webchat.web.render import Renderer

pytestmark = pytest.mark.anyio


async def test_who_has_it_is_told_so_and_parts_are_given(ann: Visitor, app: Webchat, room: str) -> None:
    data = bytes(range(256)) * 2500  # three parts
    file = await sent(ann, room, data, "a.bin")
    whole = await ann.get(file["url"])
    assert whole.content == data
    assert whole.headers["cache-control"] == "private, no-cache"
    again = await ann.get(file["url"], headers={"If-None-Match": whole.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    ranges = {
        "5-9": (5, 10),
        "262140-262150": (262140, 262151),
        "639990-": (639990, None),
        "-3": (-3, None),
        "600000-999999999": (600000, None),
    }
    for asked, (start, end) in ranges.items():
        part = await ann.get(file["url"], headers={"Range": f"bytes={asked}"})
        assert (part.status_code, part.content) == (206, data[start:end]), asked
        assert part.headers["content-length"] == str(len(part.content))
    assert part.headers["content-range"] == "bytes 600000-639999/640000"
    assert (await ann.get(file["url"], headers={"Range": "bytes=640000-"})).status_code == 416
    for asked in ("bytes=1-2,4-5", "lines=1-2", "bytes=-", "bytes=x-y", "bytes=3-x"):
        assert (await ann.get(file["url"], headers={"Range": asked})).content == data


def test_it_is_shown_where_the_app_is_mounted() -> None:
    row = Renderer("/chat").message(
        "en",
        Message(
            1, "lobby", 1, 1, 1, 1, 1, "Ann", "", '<p><a href="/files/x/a"><img src="/files/x/a" alt=""></a></p>', 1
        ),
    )
    assert '<a href="/chat/files/x/a"><img src="/chat/files/x/a"' in row


async def test_before_it_is_said_it_is_its_uploaders_and_the_moderators(
    app: Webchat, ann: Visitor, bob: Visitor, room: str
) -> None:
    await add_user(app, "Cat")
    async with Visitor(app) as cat:
        await cat.sign_in("cat")
        file = await sent(bob, room)
        assert [(await one.get(file["url"])).status_code for one in (bob, ann, cat)] == [200, 200, 404]
        await say(bob, room, file)
        assert (await cat.get(file["url"])).status_code == 200


async def test_only_who_sees_the_room_has_its_files(app: Webchat, ann: Visitor, bob: Visitor) -> None:
    await ann.do("create-room", room="secret", kind="closed")
    file = await sent(ann, "secret")
    await say(ann, "secret", file)
    async with Visitor(app) as stranger:
        assert [(await one.get(file["url"])).status_code for one in (ann, bob, stranger)] == [200, 404, 404]
    await ann.do("invite-user", room="secret", user="bob")
    assert (await bob.get(file["url"])).status_code == 200
    await ann.do("ban-user", room="secret", user="bob")
    assert (await bob.get(file["url"])).status_code == 404
    for path in ("/files/x/a.txt", f"/files/{'x' * 22}/a.txt", "/files/%00/a", f"/files/{file['id']}x/a.txt"):
        assert (await ann.get(path)).status_code == 404


async def test_a_text_shows_only_files_of_its_author_in_its_room(ann: Visitor, bob: Visitor, room: str) -> None:
    file = await sent(ann, room, drawn(), "mine.png")
    await say(bob, room, file, before="stolen: ")
    row = await row_of(bob, room, 1)
    assert "stolen: mine.png" in row
    assert "/files/" not in row
    await ann.do("create-room", room="other")
    await say(ann, "other", file)
    assert "/files/" not in await row_of(ann, "other", 1)
    await say(ann, room, file)
    assert "<img" in await row_of(bob, room, 2)
    await say(ann, room, file)
    assert "/files/" not in await row_of(bob, room, 3), "it goes with the first"
    await ann.do("post-message", room=room, body=f"`{file['markdown']}` [x](/direct/bob)")
    assert '<a href="/direct' not in (await row_of(bob, room, 4)).partition("<div>")[2]


async def test_it_goes_with_its_message(app: Webchat, ann: Visitor, bob: Visitor, room: str) -> None:
    first, second = await sent(ann, room, drawn(), "a.png"), await sent(ann, room)
    await ann.do("post-message", room=room, body=f"{first['markdown']} {second['markdown']}")
    number = await number_of(ann, room, 1)
    said = re.search(r'name="based" value="(\d+)"', (await ann.get(f"/rooms/{room}/m/1?edit")).text)
    assert said
    await ann.do("edit-message", message=number, based=said[1], body=f"only {second['markdown']}")
    statuses = [(await bob.get(file["url"])).status_code for file in (first, second)]
    assert statuses == [404, 200], "an edit that leaves it out lets it go"
    assert "<img" not in await row_of(bob, room, 1)
    await ann.do("delete-message", message=number)
    assert (await bob.get(second["url"])).status_code == 404
    assert await kept(app, room) == 0


async def test_what_was_reported_and_hidden_is_shown_to_nobody_else(ann: Visitor, bob: Visitor, room: str) -> None:
    await ann.do("set-rules", room=room, reports="1")
    file = await sent(ann, room)
    await say(ann, room, file)
    number = await number_of(ann, room, 1)
    await bob.do("report-message", message=number)
    assert [(await one.get(file["url"])).status_code for one in (ann, bob)] == [200, 404]
    await ann.do("keep-message", message=number)
    assert (await bob.get(file["url"])).status_code == 200
    assert file["url"] in await row_of(bob, room, 1)


async def test_what_nothing_names_goes_after_a_day(
    app: Webchat, ann: Visitor, bob: Visitor, room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    named, lost, waits = await sent(ann, room), await sent(ann, room), await sent(bob, room)
    await say(ann, room, named)
    await ann.do("set-rules", room=room, hold="all")
    await say(bob, room, waits)
    at = clock.now()
    for later, left in ((DAY - 60_000, 3), (DAY + 60_000, 2)):
        monkeypatch.setattr(chores, "now", lambda later=later: at + later)
        await app.state.house.store.write(chores.sweep)
        assert await kept(app, room) == left, "what waits for a moderator may still be approved"
    assert (await ann.get(lost["url"])).status_code == 404
    assert (await ann.get(waits["url"])).status_code == 200, "who is to look at it"
    held = re.search(r'name="held" value="(\d+)"|approve-message:(\d+)', (await ann.get(f"/rooms/{room}/queue")).text)
    assert held
    await ann.do("approve-message", room=room, held=held[1] or held[2])
    assert waits["url"] in await row_of(ann, room, 2)
