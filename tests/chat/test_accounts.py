"""Who gives whom which role, and what disabling ends."""

from functools import partial

import msgspec
import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.chat import access, accounts, directs, invitations, places, sessions, tokens
from webchat.errors import Conflict, Forbidden, Malformed, NotFound, Refused, SignInNeeded
from webchat.events import RoleChanged, SignedOut
from webchat.model import BOT, GivenRole, Role, User
from webchat.store import members, meta, users

pytestmark = pytest.mark.anyio
ROLES: tuple[GivenRole, ...] = ("owner", "admin", "moderator", "member")


async def now(place: Place, user: User) -> User:
    found = await place.store.read(lambda tx: users.by_id(tx, user.id))
    assert found
    return found


@pytest.mark.parametrize("given", ROLES)
@pytest.mark.parametrize("before", ROLES)
@pytest.mark.parametrize("asker", ROLES)
async def test_only_the_higher_changes_the_lower_to_something_lower(
    place: Place, asker: Role, before: Role, given: GivenRole
) -> None:
    ann = await place.person("Asker", asker)
    bob = await place.person("Asked", before)
    rank = access.RANKS
    allowed = rank[asker] >= rank["admin"] and rank[asker] > rank[before] and rank[asker] > rank[given]
    command = c.SetRole("asked", given, new_cid())
    if allowed:
        await place.do(ann, command)
        changed = await now(place, bob)
        assert changed.role == given
        assert place.told == ([RoleChanged(bob.id, changed)] if before != given else [])
    else:
        with pytest.raises(Forbidden, match="lower role"):
            await place.do(ann, command)
        assert await now(place, bob) == bob
        assert place.told == []


async def test_nobody_changes_themselves(place: Place) -> None:
    for role in ROLES:
        with pytest.raises(Forbidden):
            await place.do(place.ann, c.SetRole("ann", role, new_cid()))


async def test_the_last_owner_cannot_be_lost(place: Place) -> None:
    for lost in (
        lambda tx: accounts.set_role(tx, None, c.SetRole("ann", "member", new_cid())),
        lambda tx: accounts.disable(tx, None, c.DisableUser("ann", new_cid())),
    ):
        with pytest.raises(Conflict, match="needs an owner"):
            await place.chat.commit(lost)
    await place.chat.commit(lambda tx: accounts.set_role(tx, None, c.SetRole("bob", "owner", new_cid())))
    await place.chat.commit(lambda tx: accounts.disable(tx, None, c.DisableUser("bob", new_cid())))
    with pytest.raises(Conflict, match="needs an owner"):
        await place.chat.commit(lambda tx: accounts.set_role(tx, None, c.SetRole("ann", "admin", new_cid())))
    await place.chat.commit(lambda tx: accounts.enable(tx, None, c.EnableUser("bob", new_cid())))
    await place.chat.commit(lambda tx: accounts.set_role(tx, None, c.SetRole("ann", "admin", new_cid())))
    assert (await now(place, place.ann)).role == "admin"


async def test_a_program_has_no_other_role_and_the_places_own_stays(place: Place) -> None:
    with pytest.raises(Conflict):
        await place.do(place.ann, c.SetRole("webchat", "member", new_cid()))
    with pytest.raises(Conflict):
        await place.do(place.ann, c.DisableUser("webchat", new_cid()))
    assert await place.store.read(lambda tx: users.by_id(tx, BOT))


async def test_a_role_counts_from_the_next_thing_asked(place: Place) -> None:
    """Also of who was let in as something else."""
    admin = await place.person("Eve", "admin")
    started = await place.store.write(lambda tx: sessions.start(tx, admin))
    await place.do(place.ann, c.SetRole("eve", "member", new_cid()))
    with pytest.raises(Forbidden):
        await place.chat.perform(admin, c.CreateInvitation(new_cid()), started.session)


async def test_disabling_ends_all_sessions_and_tokens_and_tells(place: Place) -> None:
    started = {(await place.store.write(lambda tx: sessions.start(tx, place.bob))).session for _ in range(2)}
    made = await place.store.write(lambda tx: tokens.create(tx, None, c.CreateToken("bob", ("read",), new_cid())))
    before = await place.store.read(meta.revoked)
    await place.do(place.ann, c.DisableUser("bob", new_cid()))
    assert place.told
    assert {event.session for event in place.told if isinstance(event, SignedOut)} == started | {
        tokens.hashed(made.secret)
    }
    assert await place.store.read(meta.revoked) > before
    for credential in (*started, tokens.hashed(made.secret)):
        with pytest.raises(SignInNeeded):
            await place.chat.perform(place.bob, c.PostMessage("lobby", "Hello", new_cid()), credential)
    place.told.clear()
    await place.do(place.ann, c.DisableUser("bob", new_cid()))
    assert place.told == []


async def test_nobody_writes_to_who_is_disabled_and_what_was_said_stays(place: Place) -> None:
    said = await place.say(place.bob, "lobby")
    await place.do(place.ann, c.DisableUser("bob", new_cid()))
    for command in (c.OpenDirect(("bob",), new_cid()), c.InviteUser("team", "bob", new_cid())):
        with pytest.raises(NotFound, match="nobody called bob"):
            await place.do(place.cat, command)
    with pytest.raises(NotFound):
        await place.store.read(lambda tx: directs.person(tx, "bob"))
    lobby = await place.room("lobby")
    assert "bob" not in [
        member.user.name for member in await place.store.read(lambda tx: members.page(tx, lobby.id, "", 9))
    ]
    assert await place.message(said.id) == said
    assert await place.store.read(lambda tx: users.password(tx, place.bob.id)) == ""


async def test_enabling_brings_the_account_back_and_no_session(place: Place) -> None:
    await place.do(place.ann, c.DisableUser("bob", new_cid()))
    late = await place.store.write(lambda tx: sessions.start(tx, place.bob))
    await place.do(place.ann, c.EnableUser("bob", new_cid()))
    assert await place.store.read(lambda tx: sessions.signed_in(tx, late.session)) is None
    assert await place.store.read(lambda tx: users.password(tx, place.bob.id)) == "hash"
    assert await now(place, place.bob) == place.bob
    await place.do(place.cat, c.OpenDirect(("bob",), new_cid()))


async def test_signing_out_ends_sessions_and_no_tokens(place: Place) -> None:
    started = await place.store.write(lambda tx: sessions.start(tx, place.bob))
    made = await place.store.write(lambda tx: tokens.create(tx, None, c.CreateToken("bob", ("read",), new_cid())))
    await place.do(place.ann, c.SignOutUser("bob", new_cid()))
    assert place.told == [SignedOut(place.bob.id, started.session)]
    assert await place.store.read(lambda tx: tokens.signed_in(tx, tokens.hashed(made.secret))) == place.bob


@pytest.mark.parametrize("kind", [c.DisableUser, c.EnableUser, c.SignOutUser])
async def test_others_may_not(place: Place, kind: type[c.DisableUser]) -> None:
    before = await place.everything()
    for actor in (place.bob, await place.person("Mod", "moderator")):
        with pytest.raises(Forbidden):
            await place.do(actor, kind("cat", new_cid()))
    with pytest.raises(SignInNeeded):
        await place.do(place.guest, kind("cat", new_cid()))
    with pytest.raises(NotFound):
        await place.do(place.ann, kind("nobody", new_cid()))
    assert len(await place.everything()) - len(before) == 2, "the moderator, in the lobby"


async def test_a_link_ends_with_its_maker_and_gives_no_role_as_high(place: Place) -> None:
    admin = await place.person("Eve", "admin")
    with pytest.raises(Forbidden, match="lower role"):
        await place.do(admin, c.CreateInvitation(new_cid(), role="admin"))
    for role in ("member", "moderator"):
        await place.do(admin, c.CreateInvitation(new_cid(), role=role))
    codes = [listed.invitation.code for listed in await place.store.read(lambda tx: invitations.listed(tx, place.ann))]
    await place.store.read(lambda tx: invitations.good(tx, codes[0]))
    await place.do(place.ann, c.DisableUser("eve", new_cid()))
    for code in codes:
        with pytest.raises(Refused):
            await place.store.read(partial(invitations.good, code=code))


async def test_what_holds_for_the_place_is_changed_by_admins(place: Place) -> None:
    await place.do(place.ann, c.ChangePlace(new_cid(), name=" Home ", makers="moderator", note="Ask Ann."))
    found = await place.store.read(places.place)
    assert (found.name, found.sign_up, found.makers, found.note) == ("Home", "link", "moderator", "Ask Ann.")
    await place.do(place.ann, c.ChangePlace(new_cid(), sign_up="open", note=""))
    assert await place.store.read(places.place) == msgspec.structs.replace(found, sign_up="open", note="")
    with pytest.raises(Forbidden):
        await place.do(place.bob, c.CreateRoom("new", new_cid()))
    await place.do(await place.person("Mod", "moderator"), c.CreateRoom("new", new_cid()))
    for actor, kind in ((place.bob, Forbidden), (place.guest, SignInNeeded)):
        with pytest.raises(kind):
            await place.do(actor, c.ChangePlace(new_cid(), makers="member"))
    with pytest.raises(Malformed):
        await place.do(place.ann, c.ChangePlace(new_cid(), name=" ", makers="member"))
    assert (await place.store.read(places.place)).makers == "moderator"
