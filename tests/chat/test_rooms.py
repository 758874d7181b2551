"""Rooms, direct rooms, and reading."""

import asyncio
from functools import partial
from typing import Any

import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.chat import directs, people, rooms as verbs, sessions
from webchat.errors import Conflict, Forbidden, Malformed, NotFound, Refused, SignInNeeded, TooFast
from webchat.events import (
    MessagePosted,
    ReadMoved,
    RoomJoined,
    RoomLeft,
    RoomOpened,
)
from webchat.store import meta, rooms

pytestmark = pytest.mark.anyio


async def slugs(place: Place, user: Any) -> list[str]:
    return [link.slug for link in await place.store.read(lambda tx: rooms.sidebar(tx, user.id))]


async def test_everybody_is_in_an_open_room_those_who_come_later_too(place: Place) -> None:
    await place.do(place.bob, c.CreateRoom("garden", new_cid(), title="The garden"))
    assert isinstance(place.told[-1], RoomOpened)
    eve = await place.person("Eve")
    for user in (place.ann, place.dan, eve):
        assert "garden" in await slugs(place, user)


async def test_a_closed_room_is_only_its_members(place: Place) -> None:
    assert "team" in await slugs(place, place.bob)
    assert "team" not in await slugs(place, place.dan)
    await place.do(place.bob, c.InviteUser("team", "dan", new_cid()))
    joined = place.told[-1]
    assert isinstance(joined, RoomJoined)
    assert (joined.user, joined.room.slug) == (place.dan.id, "team")
    assert "team" in await slugs(place, place.dan)


async def test_leaving_a_closed_room_closes_its_door(place: Place) -> None:
    room = await place.room("team")
    await place.do(place.bob, c.LeaveRoom("team", new_cid()))
    assert place.told == [RoomLeft(place.bob.id, "team", room.id)]
    with pytest.raises(NotFound):
        await place.do(place.bob, c.PostMessage("team", "x", new_cid()))
    await place.do(place.bob, c.LeaveRoom("lobby", new_cid()))
    left = place.told[-1]
    assert isinstance(left, RoomLeft)
    with pytest.raises(Forbidden):
        await place.do(place.bob, c.PostMessage("lobby", "x", new_cid()))
    await place.do(place.bob, c.JoinRoom("lobby", new_cid()))
    await place.say(place.bob, "lobby")


async def test_where_guests_may_write_a_user_who_cannot_join_may_too(place: Place) -> None:
    await place.do(place.cat, c.CreateRoom("help", new_cid(), kind="closed", guests="write"))
    await place.do(place.cat, c.CreateRoom("news", new_cid(), kind="closed", guests="read"))
    message = await place.say(place.guest, "help")
    await place.say(place.dan, "help")
    await place.do(place.dan, c.AddReaction(message.id, "👍", new_cid()))
    with pytest.raises(Forbidden):
        await place.say(place.dan, "news")
    await place.store.write(lambda tx: tx.run("UPDATE rooms SET archived = 1"))
    with pytest.raises(Forbidden):
        await place.say(place.dan, "help")


async def test_an_operators_closed_room_has_the_admins_as_moderators(place: Place) -> None:
    await place.person("Eve", "admin")
    await place.chat.commit(lambda tx: verbs.made(tx, "board", "", "closed", "none"))
    assert [(event.user, event.room.slug) for event in place.told if isinstance(event, RoomJoined)] == [
        (place.ann.id, "board"),
        (place.dan.id + 1, "board"),
    ]
    await place.do(place.ann, c.InviteUser("board", "bob", new_cid()))
    message = await place.say(place.bob, "board")
    await place.do(place.ann, c.DeleteMessage(message.id, new_cid()))
    assert "board" not in await slugs(place, place.cat)


async def test_a_title_has_a_length_whoever_gives_it(place: Place) -> None:
    for title in ("x" * 81, "a\x00", "a\udcff"):
        with pytest.raises(Malformed):
            await place.chat.commit(partial(verbs.made, slug="hall", title=title, kind="open", guests="none"))
    await place.chat.commit(lambda tx: verbs.made(tx, "hall", "x" * 80, "open", "none"))


async def test_what_takes_access_away_is_counted(place: Place) -> None:
    async def count() -> int:
        return await place.store.read(meta.revoked)

    started = [await place.store.write(lambda tx: sessions.start(tx, place.bob)) for _ in range(2)]
    assert await count() == 0
    for _ in range(2):
        await place.chat.commit(lambda tx: sessions.sign_out(tx, place.bob, started[0].session))
        assert await count() == 1
    for _ in range(2):
        await place.chat.commit(lambda tx: people.set_password(tx, place.bob, "other"))
        assert await count() == 2
    await place.do(place.bob, c.LeaveRoom("team", new_cid()))
    assert await count() == 3


async def test_two_who_write_to_each_other_at_once_share_one_room(place: Place) -> None:
    opened = await asyncio.gather(
        *(
            place.do(one, c.OpenDirect((other.name,), new_cid()))
            for one, other in [(place.bob, place.cat), (place.cat, place.bob)] * 5
        )
    )
    assert {done.id for done in opened} == {directs.slug((place.cat.id, place.bob.id))}
    assert len(place.told) == 2
    (link,) = [
        link for link in await place.store.read(lambda tx: rooms.sidebar(tx, place.bob.id)) if link.kind == "direct"
    ]
    assert (link.title, link.person) == ("Cat", "cat")


async def test_what_is_said_first_is_said_once_in_the_room_that_it_makes(place: Place) -> None:
    first = c.OpenDirect(("cat",), new_cid(), "hello *Cat*")
    slug = str((await place.do(place.bob, first)).id)
    assert (await place.do(place.bob, first)).id == slug
    await place.do(place.cat, c.OpenDirect(("bob",), new_cid(), "hello *Bob*"))
    said = [event.message for event in place.told if isinstance(event, MessagePosted)]
    assert [(one.room, one.seq, one.title, one.html) for one in said] == [
        (slug, 1, "Bob", "<p>hello <em>Cat</em></p>"),
        (slug, 2, "Cat", "<p>hello <em>Bob</em></p>"),
    ]


async def test_a_direct_room_cannot_be_widened_left_or_seen(place: Place) -> None:
    slug = str((await place.do(place.bob, c.OpenDirect(("cat",), new_cid()))).id)
    for actor, command, kind in (
        (place.bob, c.InviteUser(slug, "dan", new_cid()), Forbidden),
        (place.bob, c.LeaveRoom(slug, new_cid()), Forbidden),
        (place.ann, c.PostMessage(slug, "x", new_cid()), NotFound),
        (place.dan, c.JoinRoom(slug, new_cid()), NotFound),
        (place.bob, c.CreateRoom("~9.9", new_cid()), Malformed),
        (place.bob, c.CreateRoom("x", new_cid(), kind="direct"), Forbidden),
    ):
        with pytest.raises(kind):
            await place.do(actor, command)


async def test_one_may_write_to_oneself(place: Place) -> None:
    await place.do(place.bob, c.OpenDirect(("bob",), new_cid()))
    await place.say(place.bob, directs.slug((place.bob.id,)))
    (link,) = [
        link for link in await place.store.read(lambda tx: rooms.sidebar(tx, place.bob.id)) if link.kind == "direct"
    ]
    assert link.title == "Bob"


async def test_the_read_cursor_goes_forward_only_and_not_beyond_the_end(place: Place) -> None:
    for _ in range(5):
        await place.say(place.bob, "lobby")
    place.told.clear()
    room = await place.room("lobby")
    for seq in (3, 2, 3, 99):
        await place.do(place.cat, c.MarkRead("lobby", seq, new_cid()))
    assert place.told == [ReadMoved(place.cat.id, room.id, 3), ReadMoved(place.cat.id, room.id, 5)]


async def test_a_welcome_guests_first_post_makes_the_room_up_to_a_number(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    await place.say(place.welcome, "Hall")
    room = await place.room("hall")
    assert (room.kind, room.guests) == ("open", "write")
    opened, posted = place.told
    assert isinstance(opened, RoomOpened)
    assert isinstance(posted, MessagePosted)
    assert opened.room.slug == posted.message.room == "hall"
    await place.say(place.welcome, "hall")
    assert [type(event) for event in place.told[2:]] == [MessagePosted]
    monkeypatch.setattr("webchat.chat.rooms.MADE_BY_GUESTS", 3)
    with pytest.raises(TooFast):
        await place.say(place.welcome, "another")
    with pytest.raises(NotFound):
        await place.say(place.guest, "another")
    monkeypatch.setattr("webchat.chat.rooms.MADE_BY_GUESTS", 99)
    with pytest.raises(Malformed):
        await place.say(place.welcome, "no such name!")


@pytest.mark.parametrize(
    ("actor", "command", "kind"),
    [
        ("guest", c.CreateRoom("x", "a" * 16), SignInNeeded),
        ("guest", c.OpenDirect(("bob",), "a" * 16), SignInNeeded),
        ("guest", c.JoinRoom("lobby", "a" * 16), SignInNeeded),
        ("bob", c.CreateRoom("lobby", "a" * 16), Conflict),
        ("bob", c.CreateRoom("LOBBY", "a" * 16), Conflict),
        ("bob", c.CreateRoom("a b", "a" * 16), Malformed),
        ("bob", c.CreateRoom("a/b", "a" * 16), Malformed),
        ("bob", c.CreateRoom("\u202eabc", "a" * 16), Malformed),
        ("bob", c.CreateRoom("x" * 65, "a" * 16), Malformed),
        ("dan", c.InviteUser("team", "ann", "a" * 16), NotFound),
        ("dan", c.JoinRoom("team", "a" * 16), NotFound),
        ("bob", c.InviteUser("team", "nobody", "a" * 16), NotFound),
        ("bob", c.InviteUser("team", "webchat", "a" * 16), NotFound),
        ("bob", c.OpenDirect(("nobody",), "a" * 16), NotFound),
        ("bob", c.SendNotification(user="ann", body="x", cid="a" * 16), Forbidden),
        ("guest", c.SendNotification(user="ann", body="x", cid="a" * 16), Forbidden),
        ("ann", c.SendNotification(user="nobody", body="x", cid="a" * 16), NotFound),
    ],
)
async def test_what_is_refused_changes_nothing(place: Place, actor: str, command: Any, kind: type[Refused]) -> None:
    before = await place.everything()
    with pytest.raises(kind):
        await place.do(getattr(place, actor), command)
    assert await place.everything() == before
    assert place.told == []


async def test_the_first_run_happens_once(place: Place) -> None:
    with pytest.raises(Conflict):
        await place.store.write(lambda tx: people.set_up(tx, "Mine", "Eve", "hash"))
    assert await place.store.read(people.place) == "The Place"
    await place.store.write(lambda tx: tx.run("UPDATE users SET role = 'member' WHERE role = 'owner'"))
    for name in ("", "x" * 81, "a\x00", "a\udcff"):
        with pytest.raises(Malformed):
            await place.store.write(partial(people.set_up, place=name, name="Eve", password="hash"))


@pytest.mark.parametrize(
    "name",
    [
        "", " ", "a b", "a\u202eb", "a\u200bb", "x" * 65, "webchat", "Admin", "<b>", "a@b", "\x00", "a\udcff",
        # letters and marks that are drawn as nothing
        "a\u3164", "\u3164", "a\u115f", "a\u1160", "a\uffa0", "a\ufe0f", "a\U000e0100", "a\u00ad", "a\u034f", "a\u180b",
        "a\u180f",
        # a mark on nothing
        "\u0301a", "\u0301",
        # letters of two scripts that look alike: Cyrillic o and a, Greek o
        "b\u043eb", "\u0430nn", "b\u03bfb", "\u0416\u03b1",
    ],
)  # fmt: skip
async def test_names_that_cannot_be(place: Place, name: str) -> None:
    with pytest.raises(Malformed):
        await place.person(name)


@pytest.mark.parametrize("name", ["bob", "BOB", "Ｂｏｂ"])
async def test_names_that_are_taken(place: Place, name: str) -> None:
    with pytest.raises(Conflict):
        await place.person(name)


async def test_names_of_any_script(place: Place) -> None:
    for name in ("小明", "Жанна", "أحمد", "José", "ann-2", "Ελένη", "Анна-2", "小明ann", "한글", "हिन्दी", "ทดสอบ"):
        assert (await place.person(name)).title == name


async def test_a_session_lasts_until_it_is_ended(place: Place) -> None:
    started = await place.store.write(lambda tx: sessions.start(tx, place.bob))
    assert await place.store.read(lambda tx: sessions.signed_in(tx, started.session)) == place.bob
    assert started.id not in str(await place.everything())
    await place.chat.commit(lambda tx: sessions.sign_out(tx, place.bob, started.session))
    assert await place.store.read(lambda tx: sessions.signed_in(tx, started.session)) is None


async def test_a_new_password_ends_every_session(place: Place) -> None:
    started = [await place.store.write(lambda tx: sessions.start(tx, place.bob)) for _ in range(3)]
    await place.chat.commit(lambda tx: people.set_password(tx, place.bob, "other"))
    assert {event.session for event in place.told} == {one.session for one in started}  # type: ignore[union-attr]
