"""Who is in a room and as what, and who is kept out of it."""

from typing import Any

import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.errors import Conflict, Forbidden, NotFound, Refused, SignInNeeded
from webchat.events import RoomJoined, RoomLeft, RoomRoleSet
from webchat.store import directory, members, meta, rooms

pytestmark = pytest.mark.anyio


@pytest.fixture
async def team(place: Place) -> Place:
    """`place`, with dan in the room team, where cat is the moderator and bob a member."""
    await place.do(place.cat, c.InviteUser("team", "dan", new_cid()))
    place.told.clear()
    return place


async def slugs(place: Place, user: Any) -> list[str]:
    return [link.slug for link in await place.store.read(lambda tx: rooms.sidebar(tx, user.id))]


async def test_who_is_invited_is_told_by_whom(team: Place) -> None:
    await team.person("Eve")
    await team.do(team.bob, c.InviteUser("team", "eve", new_cid()))
    (joined,) = team.told
    assert isinstance(joined, RoomJoined)
    assert (joined.room.slug, joined.by) == ("team", "Bob")


async def test_who_is_removed_is_out_at_once_and_may_be_invited_again(team: Place) -> None:
    room, before = await team.room("team"), await team.store.read(meta.revoked)
    await team.do(team.cat, c.RemoveUser("team", "bob", new_cid()))
    assert team.told == [RoomLeft(team.bob.id, "team", room.id)]
    assert await team.store.read(meta.revoked) == before + 1
    with pytest.raises(NotFound):
        await team.say(team.bob, "team")
    with pytest.raises(Conflict, match="not in this room"):
        await team.do(team.cat, c.RemoveUser("team", "bob", new_cid()))
    await team.do(team.cat, c.InviteUser("team", "bob", new_cid()))
    await team.say(team.bob, "team")


async def test_a_removal_that_is_sent_twice_is_done_once(team: Place) -> None:
    cid = new_cid()
    await team.do(team.cat, c.RemoveUser("team", "bob", cid))
    await team.do(team.cat, c.InviteUser("team", "bob", new_cid()))
    await team.do(team.cat, c.RemoveUser("team", "bob", cid))
    await team.say(team.bob, "team")


async def test_for_who_is_banned_the_room_is_not_there(place: Place) -> None:
    await place.do(place.cat, c.CreateRoom("garden", new_cid()))
    own = await place.say(place.bob, "garden")
    place.told.clear()
    room, before = await place.room("garden"), await place.store.read(meta.revoked)
    for _ in range(2):
        await place.do(place.cat, c.BanUser("garden", "bob", new_cid()))
    assert place.told == [RoomLeft(place.bob.id, "garden", room.id)]
    assert await place.store.read(meta.revoked) == before + 1
    assert "garden" not in await slugs(place, place.bob)
    for command in (
        c.PostMessage("garden", "x", new_cid()),
        c.EditMessage(own.id, "x", own.said, new_cid()),
        c.DeleteMessage(own.id, new_cid()),
        c.AddReaction(own.id, "x", new_cid()),
        c.JoinRoom("garden", new_cid()),
        c.LeaveRoom("garden", new_cid()),
        c.MarkRead("garden", 1, new_cid()),
        c.InviteUser("garden", "bob", new_cid()),
    ):
        with pytest.raises(NotFound) as refused:
            await place.do(place.bob, command)
        assert "garden" not in str(refused.value)
    listed = await place.store.read(lambda tx: directory.for_user(tx, place.bob.id, False, "", 50, 0))
    assert [one.room.slug for one in listed] == ["lobby", "team"]


async def test_nothing_brings_the_banned_back_but_the_end_of_the_ban(team: Place) -> None:
    invitation = await team.do(team.ann, c.CreateInvitation(new_cid()))
    await team.do(team.cat, c.InviteUser("team", "ann", new_cid()))
    await team.store.write(
        lambda tx: tx.run(
            "INSERT INTO invitation_rooms (invitation_id, room_id) SELECT $1, id FROM rooms", invitation.id
        )
    )
    code = await team.store.read(lambda tx: tx.one("SELECT code FROM invitations"))
    assert code
    await team.do(team.cat, c.BanUser("team", "bob", new_cid()))
    await team.do(team.bob, c.AcceptInvitation(code[0], new_cid()))
    with pytest.raises(Conflict, match="banned"):
        await team.do(team.cat, c.InviteUser("team", "bob", new_cid()))
    await team.do(team.cat, c.EditRoom("team", new_cid(), kind="open"))
    with pytest.raises(NotFound):
        await team.do(team.bob, c.JoinRoom("team", new_cid()))
    assert "team" not in await slugs(team, team.bob)
    for _ in range(2):
        await team.do(team.cat, c.UnbanUser("team", "bob", new_cid()))
    assert "team" not in await slugs(team, team.bob)
    await team.do(team.bob, c.JoinRoom("team", new_cid()))


async def test_a_moderator_of_the_room_is_made_and_unmade(team: Place) -> None:
    message = await team.say(team.cat, "team")
    room = await team.room("team")
    team.told.clear()
    for _ in range(2):
        await team.do(team.cat, c.SetRoomRole("team", "bob", "moderator", new_cid()))
    assert team.told == [RoomRoleSet(team.bob.id, "team", room.id)]
    await team.do(team.bob, c.DeleteMessage(message.id, new_cid()))
    await team.do(team.bob, c.SetRoomRole("team", "cat", "member", new_cid()))
    with pytest.raises(Forbidden):
        await team.do(team.cat, c.RemoveUser("team", "bob", new_cid()))
    await team.do(team.bob, c.SetRoomRole("team", "bob", "member", new_cid()))
    assert await team.store.read(lambda tx: members.role(tx, room.id, team.bob.id)) == "member"


async def test_the_last_moderator_may_leave_and_those_of_the_place_look_after_it(place: Place) -> None:
    await place.do(place.cat, c.CreateRoom("garden", new_cid()))
    await place.do(place.cat, c.LeaveRoom("garden", new_cid()))
    with pytest.raises(Forbidden):
        await place.do(place.bob, c.RemoveUser("garden", "dan", new_cid()))
    await place.do(place.ann, c.RemoveUser("garden", "dan", new_cid()))


async def test_nobody_acts_on_who_ranks_higher(team: Place) -> None:
    eve = await team.person("Eve", "moderator")
    for name in ("ann", "eve"):
        await team.do(team.cat, c.InviteUser("team", name, new_cid()))
    before = await team.everything()
    for actor, name in ((team.cat, "ann"), (team.cat, "eve"), (eve, "ann")):
        for command in (
            c.RemoveUser("team", name, new_cid()),
            c.BanUser("team", name, new_cid()),
            c.SetRoomRole("team", name, "moderator", new_cid()),
        ):
            with pytest.raises(Forbidden, match="ranks higher"):
                await team.do(actor, command)
    assert await team.everything() == before
    await team.do(eve, c.RemoveUser("team", "cat", new_cid()))


@pytest.mark.parametrize("kind", [c.RemoveUser, c.BanUser, c.UnbanUser, c.SetRoomRole])
@pytest.mark.parametrize(
    ("actor", "room", "user", "why"),
    [
        ("guest", "team", "bob", SignInNeeded),
        ("bob", "team", "cat", Forbidden),
        ("ann", "team", "bob", NotFound),
        ("cat", "nowhere", "bob", NotFound),
        ("cat", "lobby", "bob", Forbidden),
        ("cat", "team", "nobody", NotFound),
        ("cat", "team", "webchat", NotFound),
    ],
)
async def test_what_is_refused_changes_nothing(
    place: Place, kind: Any, actor: str, room: str, user: str, why: type[Refused]
) -> None:
    before = await place.everything()
    command = kind(room, user, *(["member"] if kind is c.SetRoomRole else []), new_cid())
    with pytest.raises(why):
        await place.do(getattr(place, actor), command)
    assert (await place.everything(), place.told) == (before, [])


async def test_one_does_not_remove_oneself(place: Place) -> None:
    for kind in (c.RemoveUser, c.BanUser):
        with pytest.raises(Conflict, match="yourself"):
            await place.do(place.cat, kind("team", "cat", new_cid()))
