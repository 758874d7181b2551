"""The log of what moderators do."""

from typing import Any

import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.chat import acts
from webchat.errors import Refused
from webchat.model import User
from webchat.store import acts as stored, held

pytestmark = pytest.mark.anyio


async def log(place: Place) -> list[tuple[str, str, str, str]]:
    """Who did what to whom and why, the oldest first."""
    found = await place.store.read(lambda tx: stored.newest(tx, 2**53, 100))
    return [(act.title, act.what, act.whom, act.why) for act in reversed(found)]


async def test_every_act_is_noted_once_with_its_reason(place: Place) -> None:
    await place.do(place.cat, c.InviteUser("team", "dan", new_cid()))
    own, theirs = await place.say(place.cat, "team"), await place.say(place.bob, "team")
    reported = await place.say(place.dan, "team")
    await place.do(place.bob, c.ReportMessage(reported.id, new_cid(), "odd"))
    await place.do(place.cat, c.SetRules("team", new_cid(), hold="all"))
    for _ in range(2):
        await place.do(place.bob, c.PostMessage("team", "x", new_cid()))
    first, second = [one.id for one in await place.store.read(lambda tx: held.waiting(tx, 2, 9))]
    done: list[Any] = [
        c.ApproveMessage(first, "team", new_cid()),
        c.RejectMessage(second, "team", new_cid(), "No\nads"),
        c.DeleteMessage(own.id, new_cid()),
        c.DeleteMessage(theirs.id, new_cid()),
        c.KeepMessage(reported.id, new_cid()),
        c.PinMessage(reported.id, new_cid()),
        c.UnpinMessage(reported.id, new_cid()),
        c.MuteUser("team", new_cid(), 5, "bob", why="Loud"),
        c.UnmuteUser("team", new_cid(), "bob"),
        c.SetRoomRole("team", "bob", "moderator", new_cid()),
        c.RemoveUser("team", "bob", new_cid()),
        c.BanUser("team", "dan", new_cid()),
        c.UnbanUser("team", "dan", new_cid()),
        c.EditRoom("team", new_cid(), title="The team"),
        c.ArchiveRoom("team", new_cid()),
        c.RestoreRoom("team", new_cid()),
    ]
    for command in done:
        for _ in range(2):
            await place.do(place.cat, command)
    noted = [(what, whom, why) for _title, what, whom, why in await log(place)]
    assert noted == [
        ("set-rules", "", ""),
        ("approve-message", "Bob", ""),
        ("reject-message", "Bob", "No ads"),
        ("delete-message", "Bob", ""),
        ("keep-message", "Dan", ""),
        ("pin-message", "Dan", ""),
        ("unpin-message", "Dan", ""),
        ("mute-user", "Bob", "Loud"),
        ("unmute-user", "Bob", ""),
        ("set-room-role", "Bob", ""),
        ("remove-user", "Bob", ""),
        ("ban-user", "Dan", ""),
        ("unban-user", "Dan", ""),
        ("edit-room", "", ""),
        ("archive-room", "", ""),
        ("restore-room", "", ""),
    ]
    assert {title for title, *_rest in await log(place)} == {"Cat"}


async def test_what_is_refused_or_changes_nothing_is_not_noted(place: Place) -> None:
    for actor, command in (
        (place.bob, c.MuteUser("team", new_cid(), 5, "cat")),
        (place.cat, c.MuteUser("team", new_cid(), 5, "nobody")),
        (place.cat, c.RemoveUser("team", "dan", new_cid())),
    ):
        with pytest.raises(Refused):
            await place.do(actor, command)
    for idle in (c.UnbanUser("team", "dan", new_cid()), c.SetRoomRole("team", "bob", "member", new_cid())):
        await place.do(place.cat, idle)
    assert await log(place) == []


async def test_an_admin_reads_of_a_room_of_others_only_who_did_what_and_when(place: Place) -> None:
    await place.do(place.cat, c.MuteUser("team", new_cid(), 5, "bob", why="Loud"))
    await place.do(place.ann, c.MuteUser("lobby", new_cid(), 5, "bob", why="Louder"))

    async def read(user: User) -> list[tuple[str, ...]]:
        found = await place.store.read(lambda tx: acts.listed(tx, user, 2**53, 100))
        assert [act.id for act in found] == sorted((act.id for act in found), reverse=True)
        return [(act.title, act.what, act.room, act.room_title, act.whom, act.why) for act in reversed(found)]

    theirs = ("Cat", "mute-user", "team", "team", "Bob", "Loud")
    lobby = ("Ann", "mute-user", "lobby", "Lobby", "Bob", "Louder")
    assert await read(place.ann) == [("Cat", "mute-user", "", "", "", ""), lobby]
    await place.do(place.cat, c.InviteUser("team", "ann", new_cid()))
    assert await read(place.ann) == [theirs, lobby]
    await place.do(place.cat, c.SetRoomRole("team", "bob", "moderator", new_cid()))
    await place.do(place.cat, c.RemoveUser("team", "bob", new_cid()))
    boss = await place.person("Boss", "admin")
    await place.do(place.ann, c.BanUser("lobby", "boss", new_cid()))
    assert {act[2:] for act in await read(boss)} == {("", "", "", "")}, "banned from one, not in the other"
    assert len(await read(boss)) == len(await read(place.ann)) == 5
