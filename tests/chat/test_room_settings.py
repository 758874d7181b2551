"""What a room is, changed: by whom, what is told, and what happens to who is in it."""

from typing import Any

import msgspec
import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.chat import room_settings, rooms as room_verbs
from webchat.errors import Conflict, Forbidden, Malformed, NotFound, Refused, SignInNeeded, TooFast
from webchat.events import RoomArchived, RoomEdited, RoomJoined, RoomRelisted
from webchat.listed import DirectoryChanged, RoomRenewed
from webchat.store import directory, meta, rooms

pytestmark = pytest.mark.anyio


async def slugs(place: Place, user: Any) -> list[str]:
    return [link.slug for link in await place.store.read(lambda tx: rooms.sidebar(tx, user.id))]


async def test_a_rename_is_told_to_each_member_and_to_the_readers(place: Place) -> None:
    await place.say(place.cat, "team")
    place.told.clear()
    await place.do(place.cat, c.EditRoom("team", new_cid(), title=" The team ", topic="Us", based=0))
    room = await place.room("team")
    assert (room.title, room.topic, room.edits) == ("The team", "Us", 1)
    *rows, edited, changed = place.told
    assert [(type(row), row.user, row.room.title, row.room.read) for row in rows] == [  # type: ignore[union-attr]
        (RoomRelisted, place.bob.id, "The team", 0),
        (RoomRelisted, place.cat.id, "The team", 1),
    ]
    assert (edited, changed) == (RoomEdited(room, "The Place"), DirectoryChanged())
    place.told.clear()
    await place.do(place.cat, c.EditRoom("team", new_cid(), topic="We"))
    assert [type(event) for event in place.told] == [RoomEdited, DirectoryChanged]
    place.told.clear()
    await place.do(place.cat, c.EditRoom("team", new_cid(), topic="We"))
    assert place.told == []


async def test_of_two_who_edit_at_once_the_second_is_told(place: Place) -> None:
    await place.do(place.cat, c.SetRoomRole("team", "bob", "moderator", new_cid()))
    cid = new_cid()
    for _ in range(2):
        await place.do(place.cat, c.EditRoom("team", cid, title="One", based=0))
    with pytest.raises(Conflict, match="Somebody else"):
        await place.do(place.bob, c.EditRoom("team", new_cid(), title="Two", based=0))
    assert (await place.room("team")).title == "One"
    await place.do(place.bob, c.EditRoom("team", new_cid(), title="Two", based=1))


async def test_a_closed_room_that_opens_takes_everybody_in_and_closed_again_it_keeps_them(place: Place) -> None:
    await place.do(place.bob, c.LeaveRoom("lobby", new_cid()))
    await place.say(place.cat, "team")
    place.told.clear()
    await place.do(place.cat, c.EditRoom("team", new_cid(), kind="open"))
    told = {type(event): event for event in place.told}
    assert set(told) == {RoomRelisted, RoomJoined, RoomEdited, DirectoryChanged}
    newcomers = [event for event in place.told if isinstance(event, RoomJoined)]
    assert [(event.user, event.room.seq, event.room.read) for event in newcomers] == [
        (place.ann.id, 1, 1),
        (place.dan.id, 1, 1),
    ]
    await place.do(place.dan, c.LeaveRoom("team", new_cid()))
    before = await place.store.read(meta.revoked)
    place.told.clear()
    await place.do(place.cat, c.EditRoom("team", new_cid(), kind="closed"))
    assert await place.store.read(meta.revoked) == before + 1
    assert sorted(event.user for event in place.told if isinstance(event, RoomRelisted)) == [
        place.ann.id,
        place.bob.id,
        place.cat.id,
    ]
    with pytest.raises(NotFound):
        await place.say(place.dan, "team")
    await place.do(place.ann, c.EditRoom("lobby", new_cid(), topic="Hello"))
    assert "lobby" not in await slugs(place, place.bob), "an open room that is edited takes nobody in"


async def test_a_room_with_many_members_is_told_of_once(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_settings, "FEW", 1)
    changes: list[dict[str, Any]] = [{"title": "The team"}, {"kind": "open"}, {"kind": "closed"}]
    for change in changes:
        place.told.clear()
        await place.do(place.cat, c.EditRoom("team", new_cid(), **change))
        assert place.told == [RoomRenewed(await place.room("team"), "The Place")]
    await place.do(place.cat, c.ArchiveRoom("team", new_cid()))
    place.told.clear()
    await place.do(place.cat, c.RestoreRoom("team", new_cid()))
    assert place.told == [RoomRenewed(await place.room("team"), "The Place")]
    place.told.clear()
    await place.do(place.cat, c.EditRoom("team", new_cid(), topic="We"))
    assert [type(event) for event in place.told] == [RoomEdited, DirectoryChanged]


async def test_where_only_moderators_write_others_are_told_so(place: Place) -> None:
    await place.do(place.cat, c.EditRoom("team", new_cid(), posting="moderators"))
    with pytest.raises(Forbidden, match="Only moderators write"):
        await place.say(place.bob, "team")
    message = await place.say(place.cat, "team")
    await place.do(place.bob, c.AddReaction(message.id, "👍", new_cid()))
    await place.do(place.cat, c.CreateRoom("news", new_cid(), posting="moderators", guests="write"))
    for actor in (place.bob, place.guest):
        with pytest.raises(Forbidden):
            await place.say(actor, "news")


async def test_guests_who_are_shut_out_are_counted(place: Place) -> None:
    await place.do(place.cat, c.EditRoom("team", new_cid(), guests="write"))
    await place.say(place.guest, "team")
    before = await place.store.read(meta.revoked)
    await place.do(place.cat, c.EditRoom("team", new_cid(), guests="read"))
    assert await place.store.read(meta.revoked) == before
    await place.do(place.cat, c.EditRoom("team", new_cid(), guests="none"))
    assert await place.store.read(meta.revoked) == before + 1
    with pytest.raises(NotFound):
        await place.say(place.guest, "team")


async def test_an_archived_room_is_read_only_out_of_the_way_and_comes_back_as_it_was(place: Place) -> None:
    await place.say(place.cat, "team")
    place.told.clear()
    for _ in range(2):
        await place.do(place.cat, c.ArchiveRoom("team", new_cid()))
    room = await place.room("team")
    assert place.told == [RoomArchived("team", room.id, False), RoomEdited(room, "The Place")]
    assert "team" not in await slugs(place, place.bob)
    listed = await place.store.read(lambda tx: directory.for_user(tx, place.bob.id, True, "TEA", 50, 0))
    assert [(one.room.slug, one.members, one.mine) for one in listed] == [("team", 2, True)]
    assert await place.store.read(lambda tx: directory.for_user(tx, place.dan.id, True, "", 50, 0)) == []
    for actor, command in (
        (place.bob, c.PostMessage("team", "x", new_cid())),
        (place.bob, c.InviteUser("team", "dan", new_cid())),
        (place.cat, c.EditRoom("team", new_cid(), title="x")),
    ):
        with pytest.raises(Forbidden):
            await place.do(actor, command)
    place.told.clear()
    for _ in range(2):
        await place.do(place.cat, c.RestoreRoom("team", new_cid()))
    rows = {event.user: event.room for event in place.told if isinstance(event, RoomRelisted)}
    assert {user: (link.seq, link.read) for user, link in rows.items()} == {place.bob.id: (1, 0), place.cat.id: (1, 1)}
    assert len(place.told) == 4
    await place.say(place.bob, "team")


@pytest.mark.parametrize(
    "command",
    [
        c.EditRoom("team", "a" * 16, title="x"),
        c.ArchiveRoom("team", "a" * 16),
        c.RestoreRoom("team", "a" * 16),
    ],
)
async def test_who_may_not_changes_nothing(place: Place, command: Any) -> None:
    before = await place.everything()
    elsewhere = msgspec.structs.replace(command, room="nowhere")
    for actor, asked, kind in (
        ("guest", command, SignInNeeded),
        ("bob", command, Forbidden),
        ("dan", command, NotFound),
        ("ann", command, NotFound),
        ("cat", elsewhere, NotFound),
    ):
        with pytest.raises(kind):
            await place.do(getattr(place, actor), asked)
    assert (await place.everything(), place.told) == (before, [])


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"kind": "direct"}, Forbidden),
        ({"title": "x" * 81}, Malformed),
        ({"based": 7}, Conflict),
    ],
)
async def test_what_a_room_cannot_be(place: Place, changes: dict[str, Any], kind: type[Refused]) -> None:
    before = await place.everything()
    with pytest.raises(kind):
        await place.do(place.cat, c.EditRoom("team", new_cid(), **changes))
    assert (await place.everything(), place.told) == (before, [])


async def test_there_are_only_so_many_rooms(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_verbs, "MOST", 2)
    with pytest.raises(TooFast):
        await place.do(place.cat, c.CreateRoom("one-more", new_cid()))
    await place.do(place.bob, c.OpenDirect(("cat",), new_cid()))
