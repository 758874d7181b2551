"""What tokens may be used for, and how they end."""

from typing import Any

import pytest

from tests.chat.conftest import Place, new_cid
from tests.test_commands import SIGNALS, WHOLE
from webchat import commands as c
from webchat.chat import scopes, sessions, tokens
from webchat.chat.clock import DAY, now
from webchat.errors import Conflict, Forbidden, Malformed, NotFound, Refused, SignInNeeded
from webchat.events import SignedOut
from webchat.model import BOT, User
from webchat.store import tokens as stored, users

pytestmark = pytest.mark.anyio
SCOPES = sorted(scopes.SCOPES)


async def token(place: Place, user: str, *scopes: str, days: int = 1) -> str:
    """Make one as an operator; its credential."""
    command = c.CreateToken(user, scopes, new_cid(), days=days)
    return tokens.hashed((await place.chat.commit(lambda tx: tokens.create(tx, None, command))).secret)


async def bot(place: Place, name: str) -> User:
    found = await place.store.read(lambda tx: users.by_name(tx, name))
    assert found
    return found


async def test_the_secret_is_told_once_and_stored_nowhere(place: Place) -> None:
    command = c.CreateToken("Builds", ("post:LOBBY", "read"), new_cid())
    made = await place.do(place.ann, command)
    assert made.secret.startswith("webchat_")
    assert len(made.secret) == len("webchat_") + 43, "256 bits"
    again = await place.do(place.ann, command)
    assert (again.id, again.secret) == (made.id, "")
    [kept] = await place.store.read(lambda tx: stored.newest(tx, 9))
    assert (kept.user.name, kept.user.title, kept.user.role) == ("builds", "Builds", "bot")
    assert (kept.scopes, kept.used) == (("post:lobby", "read"), 0)
    assert made.secret.startswith(kept.prefix)
    assert made.secret not in str(await place.everything())
    assert made.secret[len(kept.prefix) :] not in str(await place.everything())


async def test_a_program_is_made_once(place: Place) -> None:
    for _ in range(2):
        await place.do(place.ann, c.CreateToken("builds", ("post",), new_cid()))
    assert len({one.user.id for one in await place.store.read(lambda tx: stored.newest(tx, 9))}) == 1


async def test_for_oneself_and_for_programs_only(place: Place) -> None:
    admin = await place.person("Eve", "admin")
    await place.do(admin, c.CreateToken("eve", ("admin",), new_cid()))
    before = await place.everything()
    for name in ("ann", "bob"):
        with pytest.raises(Forbidden, match="yourself"):
            await place.do(admin, c.CreateToken(name, ("read",), new_cid()))
    for actor in (place.bob, await bot(place, "webchat")):
        with pytest.raises(Forbidden):
            await place.do(actor, c.CreateToken(actor.name, ("read",), new_cid()))
    with pytest.raises(SignInNeeded):
        await place.do(place.guest, c.CreateToken("builds", ("read",), new_cid()))
    assert await place.everything() == before


@pytest.mark.parametrize(
    ("scope", "only"),
    [("write", ""), ("read:", ""), (":lobby", ""), ("READ", ""), ("post:a:b", ""), ("post:a", "b"), ("x" * 80, "")],
)
async def test_what_is_no_scope_is_refused(place: Place, scope: str, only: str) -> None:
    before = await place.everything()
    with pytest.raises(Malformed):
        await place.do(place.ann, c.CreateToken("builds", (scope,), new_cid(), (only,) if only else ()))
    assert await place.everything() == before


async def test_scopes_for_several_names(place: Place) -> None:
    await place.do(place.ann, c.CreateToken("builds", ("read", "post"), new_cid(), ("lobby", "Team")))
    [kept] = await place.store.read(lambda tx: stored.newest(tx, 9))
    assert kept.scopes == ("read:lobby", "read:team", "post:lobby", "post:team")


@pytest.mark.parametrize("word", sorted(set(WHOLE) - SIGNALS))
async def test_every_scope_by_every_command(place: Place, word: str) -> None:
    """In its scope a token is what its account is; outside of it, it is refused whatever the account may do."""
    await place.say(place.ann, "lobby")
    for scope in SCOPES:
        credential = await token(place, "ann", scope)
        command = c.parse({"do": word, "cid": new_cid(), **WHOLE[word]})
        refusal: Refused | None = None
        try:
            await place.chat.perform(place.ann, command, credential)
        except Refused as refused:
            refusal = refused
        outside = refusal is not None and refusal.sentence == tokens.NOT_IN_SCOPE
        assert outside == (scopes.scope(word) != scope), (scope, refusal)
        assert not outside or isinstance(refusal, Forbidden), scope


@pytest.mark.parametrize(
    ("scope", "fields", "allowed"),
    [
        ("post:lobby", {"do": "post-message", "room": "LOBBY", "body": "x"}, True),
        ("post:lobby", {"do": "post-message", "room": "team", "body": "x"}, False),
        ("post:team", {"do": "post-message", "room": "lobby", "body": "x"}, False),
        ("post:lobby", {"do": "edit-message", "message": 1, "body": "x", "based": 1}, True),
        ("post:team", {"do": "edit-message", "message": 1, "body": "x", "based": 1}, False),
        ("post:team", {"do": "delete-message", "message": 999}, False),
        ("notify:bob", {"do": "send-notification", "user": "Bob", "body": "x"}, True),
        ("notify:bob", {"do": "send-notification", "user": "cat", "body": "x"}, False),
        ("admin:bob", {"do": "disable-user", "user": "bob"}, True),
        ("admin:bob", {"do": "disable-user", "user": "cat"}, False),
        ("admin:bob", {"do": "change-place", "name": "x"}, False),
        ("admin:ann", {"do": "create-token", "user": "ann", "scopes": ["admin"]}, False),
        ("admin:dice", {"do": "create-token", "user": "dice", "scopes": ["read"]}, False),
        ("admin", {"do": "create-token", "user": "dice", "scopes": ["read"]}, True),
        ("notify", {"do": "post-message", "room": "lobby", "body": "x"}, False),
    ],
)
async def test_a_scope_for_one_room_or_user(place: Place, scope: str, fields: dict[str, Any], allowed: bool) -> None:
    credential = await token(place, "ann", scope)
    assert (await place.say(place.ann, "lobby")).id == 1
    command = c.parse({"cid": new_cid(), **fields})
    if allowed:
        await place.chat.perform(place.ann, command, credential)
    else:
        before = await place.everything()
        with pytest.raises(Forbidden, match="may not be used"):
            await place.chat.perform(place.ann, command, credential)
        assert await place.everything() == before


async def test_a_token_does_no_more_than_its_account(place: Place) -> None:
    credential = await token(place, "bob", *SCOPES)
    with pytest.raises(Forbidden, match="Only admins"):
        await place.chat.perform(place.bob, c.CreateInvitation(new_cid()), credential)


async def test_a_program_is_in_open_rooms_and_where_it_was_invited(place: Place) -> None:
    credential = await token(place, "builds", "post")
    builds = await bot(place, "builds")
    post = c.PostMessage("lobby", "Hello", new_cid())
    await place.chat.perform(builds, post, credential)
    with pytest.raises(NotFound):
        await place.chat.perform(builds, c.PostMessage("team", "Hello", new_cid()), credential)
    await place.do(place.cat, c.InviteUser("team", "builds", new_cid()))
    await place.chat.perform(builds, c.PostMessage("team", "Hello", new_cid()), credential)
    own = await bot(place, "webchat")
    assert own.id == BOT
    await place.do(own, c.PostMessage("team", "From the operator", new_cid()))


async def test_revoking_ends_it_and_its_sockets(place: Place) -> None:
    made = await place.do(place.ann, c.CreateToken("builds", ("post",), new_cid()))
    builds = await bot(place, "builds")
    credential = tokens.hashed(made.secret)
    await place.do(place.ann, c.RevokeToken(int(made.id), new_cid()))
    assert place.told == [SignedOut(builds.id, credential)]
    with pytest.raises(SignInNeeded, match="not valid"):
        await place.chat.perform(builds, c.PostMessage("lobby", "Hello", new_cid()), credential)
    with pytest.raises(NotFound):
        await place.do(place.ann, c.RevokeToken(int(made.id), new_cid()))


async def test_who_may_revoke(place: Place) -> None:
    admin = await place.person("Eve", "admin")
    of_owner, of_bob = await token(place, "ann", "read"), await token(place, "bob", "read")
    ids = {one.user.name: one.id for one in await place.store.read(lambda tx: stored.newest(tx, 9))}
    for actor, name in ((admin, "ann"), (place.cat, "bob"), (place.bob, "bob")):
        with pytest.raises(Forbidden):
            await place.do(actor, c.RevokeToken(ids[name], new_cid()))
    await place.do(admin, c.RevokeToken(ids["bob"], new_cid()))
    assert await place.store.read(lambda tx: tokens.signed_in(tx, of_bob)) is None
    assert await place.store.read(lambda tx: tokens.signed_in(tx, of_owner)) == place.ann


async def test_a_token_expires(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    day, forever = await token(place, "bob", "read", days=1), await token(place, "bob", "read", days=0)
    later = now() + DAY + 1
    monkeypatch.setattr(tokens, "now", lambda: later)
    assert await place.store.read(lambda tx: tokens.signed_in(tx, day)) is None
    assert await place.store.read(lambda tx: tokens.signed_in(tx, forever)) == place.bob
    assert await place.store.write(lambda tx: stored.sweep(tx, later)) == 1
    assert len(await place.store.read(lambda tx: stored.newest(tx, 9))) == 1


async def test_there_is_an_end_to_them(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST", 1)
    await token(place, "bob", "read")
    with pytest.raises(Conflict, match="1 tokens"):
        await token(place, "bob", "read")


async def test_a_session_is_no_token_and_a_token_no_session(place: Place) -> None:
    started = await place.store.write(lambda tx: sessions.start(tx, place.bob))
    with pytest.raises(SignInNeeded):
        await place.store.read(lambda tx: tokens.live(tx, started.id))
    made = await place.do(place.ann, c.CreateToken("builds", ("read",), new_cid()))
    hashed = sessions.hashed(made.secret)
    assert await place.store.read(lambda tx: sessions.signed_in(tx, hashed)) is None
    assert await place.store.read(lambda tx: tokens.signed_in(tx, hashed)) is None
