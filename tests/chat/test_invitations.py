"""Join links: who makes them, what they lead to, and every way in which they end."""

import asyncio
from typing import Any

import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.chat import invitations, people
from webchat.chat.clock import DAY
from webchat.chat.done import Done
from webchat.errors import Conflict, Forbidden, Malformed, NotFound, SignInNeeded
from webchat.events import RoomJoined
from webchat.keys import Invitation
from webchat.model import User
from webchat.store import Tx, rooms as stored_rooms, users as stored_users

pytestmark = pytest.mark.anyio


async def link(place: Place, *rooms: str, actor: User | None = None, **fields: Any) -> Invitation:
    done = await place.do(actor or place.ann, c.CreateInvitation(new_cid(), rooms=rooms, **fields))
    listed = await place.store.read(lambda tx: invitations.listed(tx, actor or place.ann))
    [found] = [one.invitation for one in listed if one.invitation.id == done.id]
    return found


async def sign_up(place: Place, code: str, name: str) -> User:
    return await place.store.write(lambda tx: invitations.sign_up(tx, code, name, "hash"))


async def slugs(place: Place, user: User) -> list[str]:
    return [row.slug for row in await place.store.read(lambda tx: stored_rooms.sidebar(tx, user.id))]


async def secret_room(place: Place) -> None:
    await place.do(place.ann, c.CreateRoom("den", new_cid(), kind="closed"))


async def run(place: Place, sql: str, *args: object) -> None:
    await place.store.write(lambda tx: tx.run(sql, *args))


async def test_a_link_makes_a_member_of_the_open_rooms_and_its_own(place: Place) -> None:
    await secret_room(place)
    made = await link(place, "den", role="member")
    eve = await sign_up(place, made.code, "Eve")
    assert (eve.role, await slugs(place, eve)) == ("member", ["lobby", "den"])
    boss = await sign_up(place, (await link(place, role="admin")).code, "Boss")
    assert (boss.role, await slugs(place, boss)) == ("admin", ["lobby"])


async def test_codes_have_128_bits_and_none_is_like_another(place: Place) -> None:
    codes = {(await link(place)).code for _ in range(20)}
    assert len(codes) == 20
    assert all(len(code) == 22 for code in codes)


@pytest.mark.parametrize("name", ["bob", "guest", "welcome"])
async def test_only_admins_make_and_revoke_links(place: Place, name: str) -> None:
    made = await link(place)
    actor = getattr(place, name)
    before = await place.everything()
    commands = (
        c.CreateInvitation(new_cid()),
        c.RevokeInvitation(made.id, new_cid()),
        c.RevokeInvitation(999, new_cid()),
    )
    for command in commands:
        with pytest.raises((Forbidden, SignInNeeded)):
            await place.do(actor, command)
    assert await place.everything() == before


async def test_a_link_leads_only_where_its_maker_may_invite(place: Place) -> None:
    for slug in ("team", "nowhere"):
        with pytest.raises(NotFound, match="no such room"):
            await place.do(place.ann, c.CreateInvitation(new_cid(), rooms=("lobby", slug)))
    assert await place.store.read(lambda tx: invitations.listed(tx, place.ann)) == []


async def end(place: Place, made: Invitation, how: str) -> str:
    """End a link; the code to try it with."""
    match how:
        case "revoked":
            await place.do(place.ann, c.RevokeInvitation(made.id, new_cid()))
        case "expired":
            await run(place, "UPDATE invitations SET expires = $1", made.created)
        case "used up":
            await sign_up(place, made.code, "Early")
        case "unknown":
            return "no-code-that-there-is"
        case "room archived":
            await run(place, "UPDATE rooms SET archived = 1 WHERE slug = 'den'")
        case "room deleted":
            await run(place, "DELETE FROM rooms WHERE slug = 'den'")
        case "maker left the room":
            await place.do(place.ann, c.LeaveRoom("den", new_cid()))
        case "maker no admin":
            await run(place, "UPDATE users SET role = 'member' WHERE name = 'ann'")
    return made.code


GONE = ["room archived", "room deleted", "maker left the room", "maker no admin"]


@pytest.mark.parametrize("how", ["revoked", "expired", "used up", "unknown", *GONE])
async def test_a_link_that_is_over_says_the_same_however_it_ended(place: Place, how: str) -> None:
    await secret_room(place)
    code = await end(place, await link(place, "den", uses=1), how)
    before = await place.everything()
    for attempt in (sign_up(place, code, "Eve"), place.do(place.bob, c.AcceptInvitation(code, new_cid()))):
        with pytest.raises(NotFound, match="This link does not work"):
            await attempt
    assert await place.everything() == before


async def test_a_room_that_is_gone_is_left_out_while_another_is_there(place: Place) -> None:
    await secret_room(place)
    await place.do(place.ann, c.CreateRoom("cave", new_cid(), kind="closed"))
    made = await link(place, "den", "cave")
    await run(place, "DELETE FROM rooms WHERE slug = 'den'")
    assert await slugs(place, await sign_up(place, made.code, "Eve")) == ["lobby", "cave"]


async def test_one_use_for_many_at_once(place: Place) -> None:
    made = await link(place, uses=3)
    tries = [sign_up(place, made.code, f"Newcomer-{number}") for number in range(10)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert len([one for one in outcomes if isinstance(one, User)]) == 3
    assert len([one for one in outcomes if isinstance(one, NotFound)]) == 7


async def test_a_name_that_cannot_be_uses_nothing_up(place: Place) -> None:
    made = await link(place, uses=1)
    with pytest.raises(Conflict):
        await sign_up(place, made.code, "BOB")
    with pytest.raises(Malformed):
        await sign_up(place, made.code, "a b")
    assert (await sign_up(place, made.code, "Eve")).name == "eve"


async def test_who_has_an_account_enters_the_rooms_and_is_told_everywhere(place: Place) -> None:
    await secret_room(place)
    made = await link(place, "den", role="admin", uses=1)
    cid = new_cid()
    for _ in range(2):  # sent twice, done once
        assert (await place.do(place.bob, c.AcceptInvitation(made.code, cid))).id == "den"
    assert [(event.user, event.room.slug) for event in place.told if isinstance(event, RoomJoined)][-1:] == [
        (place.bob.id, "den")
    ]
    bob = await place.store.read(lambda tx: stored_users.by_id(tx, place.bob.id))
    assert bob == place.bob, "a link changes nobody's role"
    with pytest.raises(NotFound):
        await place.do(place.dan, c.AcceptInvitation(made.code, new_cid()))


async def test_who_is_in_already_uses_nothing_up(place: Place) -> None:
    await secret_room(place)
    made = await link(place, "den", uses=1)
    assert await place.do(place.ann, c.AcceptInvitation(made.code, new_cid())) == Done("den")
    nowhere = await link(place, uses=1)
    assert await place.do(place.bob, c.AcceptInvitation(nowhere.code, new_cid())) == Done("")
    await sign_up(place, made.code, "Eve")
    await sign_up(place, nowhere.code, "Fay")


async def test_guests_are_asked_to_sign_in(place: Place) -> None:
    made = await link(place)
    with pytest.raises(SignInNeeded):
        await place.do(place.guest, c.AcceptInvitation(made.code, new_cid()))


async def test_revoking_twice_is_done_once_and_an_unknown_one_is_said(place: Place) -> None:
    made = await link(place)
    for _ in range(2):
        await place.do(place.ann, c.RevokeInvitation(made.id, new_cid()))
    with pytest.raises(NotFound, match="no such link"):
        await place.do(place.ann, c.RevokeInvitation(made.id + 1, new_cid()))


async def test_another_admin_may_end_a_link_into_a_room_of_others_but_is_not_shown_it(place: Place) -> None:
    boss = await place.person("Boss", "admin")
    await secret_room(place)
    made = await link(place, "den")

    def listed(tx: Tx) -> list[tuple[bool, bool, str, int]]:
        found = invitations.listed(tx, boss)
        return [(one.live, one.shown, one.invitation.code, len(one.rooms)) for one in found]

    assert await place.store.read(listed) == [(True, False, "", 0)]
    await place.do(boss, c.RevokeInvitation(made.id, new_cid()))
    assert (await place.store.read(listed))[0][0] is False


async def test_a_link_that_leads_nowhere_now_is_not_shown_either_since_it_may_work_again(place: Place) -> None:
    boss = await place.person("Boss", "admin")
    await secret_room(place)
    await place.do(place.ann, c.CreateRoom("cave", new_cid(), kind="closed"))
    await place.do(place.ann, c.InviteUser("cave", "boss", new_cid()))
    await place.do(place.ann, c.InviteUser("den", "bob", new_cid()))
    await link(place, "den", "cave")
    await place.do(place.ann, c.LeaveRoom("den", new_cid()))
    [one] = await place.store.read(lambda tx: invitations.listed(tx, boss))
    assert (one.live, one.shown, one.invitation.code, one.rooms) == (True, False, "", ())
    await place.do(place.bob, c.InviteUser("den", "boss", new_cid()))
    [one] = await place.store.read(lambda tx: invitations.listed(tx, boss))
    assert (one.shown, bool(one.invitation.code), [room.slug for room in one.rooms]) == (True, True, ["cave"])


async def test_an_admin_who_is_banned_from_a_room_still_has_the_list_and_leads_nobody_there(place: Place) -> None:
    boss = await place.person("Boss", "admin")
    await secret_room(place)
    await place.do(place.ann, c.InviteUser("den", "boss", new_cid()))
    theirs, others = await link(place, "den", actor=boss), await link(place, "den")
    await place.do(place.ann, c.BanUser("den", "boss", new_cid()))
    listed = await place.store.read(lambda tx: invitations.listed(tx, boss))
    found = [(one.invitation.id, one.live, one.shown) for one in listed]
    assert sorted(found) == [(theirs.id, False, False), (others.id, True, False)]
    with pytest.raises(NotFound, match="This link does not work"):
        await sign_up(place, theirs.code, "Eve")


async def test_there_may_be_a_hundred_links_and_no_more(place: Place) -> None:
    first = await link(place)
    for _ in range(invitations.MOST - 1):
        await place.do(place.ann, c.CreateInvitation(new_cid()))
    with pytest.raises(Conflict, match="100 links"):
        await place.do(place.ann, c.CreateInvitation(new_cid()))
    await place.do(place.ann, c.RevokeInvitation(first.id, new_cid()))
    await place.do(place.ann, c.CreateInvitation(new_cid()))


async def test_links_outlive_a_restart(place: Place) -> None:
    made = await link(place, uses=2, days=1)
    place.store.close()
    place.store = place.reopen()
    eve = await sign_up(place, made.code, "Eve")
    assert await place.store.read(lambda tx: people.is_set_up(tx))
    [listed] = await place.store.read(lambda tx: invitations.listed(tx, place.ann))
    assert (listed.invitation.used, listed.invitation.expires - made.created, eve.name) == (1, DAY, "eve")
