"""Whoever lost a session or a room is let go also when the news of it was lost."""

from typing import Any

import anyio
import pytest

from tests.broker.cast import FakeOutlet
from tests.web.conftest import Visitor
from webchat.app import Webchat
from webchat.chat import sessions as verbs
from webchat.chat.clock import now
from webchat.errors import Unavailable
from webchat.store import meta, sessions, users
from webchat.web import revocation
from webchat.web.limits import actor_key

pytestmark = pytest.mark.anyio


async def hearing(app: Webchat, name: str, slug: str = "") -> tuple[Any, str]:
    """An outlet that hears as the user called ``name``, in a session of its own."""
    store = app.state.house.store
    user = await store.read(lambda tx: users.by_name(tx, name))
    started = await store.write(lambda tx: verbs.start(tx, user))
    outlet = FakeOutlet()
    app.state.doors["socket"].broker.connect(outlet, "room.en", user.id, started.session, slug)
    return outlet, started.session


async def test_a_session_that_ended_unheard_ends_its_connections(app: Webchat, bob: Visitor) -> None:
    at, broker = app.state.house, app.state.doors["socket"].broker
    gone, session = await hearing(app, "bob")
    stays, _session = await hearing(app, "bob")
    seen = await at.store.read(meta.revoked)
    assert await revocation.look(at, broker, seen) == seen
    await at.store.write(lambda tx: sessions.end(tx, session))
    await at.store.write(meta.revoke)
    assert await revocation.look(at, broker, seen) > seen
    assert (gone.code, stays.code) == (4401, 0)


async def test_a_room_that_was_lost_unheard_ends_its_connections(app: Webchat, ann: Visitor, bob: Visitor) -> None:
    at, broker = app.state.house, app.state.doors["socket"].broker
    await ann.do("create-room", room="team", kind="closed")
    await ann.do("invite-user", room="team", user="bob")
    inside, _session = await hearing(app, "bob", "team")
    elsewhere, _session = await hearing(app, "bob", "lobby")
    await revocation.look(at, broker, -1)
    assert inside.code == 0
    await at.store.write(lambda tx: tx.run("DELETE FROM memberships WHERE user_id = 3"))
    await at.store.write(meta.revoke)
    await revocation.look(at, broker, -1)
    assert inside.code == 4403
    assert elsewhere.code == 0


@pytest.mark.parametrize("shadow", [{}, {"shadow": "true"}])
async def test_who_is_silenced_is_hushed_until_it_is_over(
    app: Webchat, ann: Visitor, bob: Visitor, shadow: dict[str, str]
) -> None:
    at, broker = app.state.house, app.state.doors["socket"].broker
    seen = await at.store.read(meta.revoked)
    await ann.do("mute-user", room="lobby", user="bob", minutes="5", **shadow)
    seen = await revocation.look(at, broker, seen)
    bobs = await at.store.read(lambda tx: users.by_name(tx, "bob"))
    assert [(*place, until > now()) for place, until in at.presence.hushed.items()] == [
        ("lobby", actor_key(bobs), True)
    ]
    await ann.do("unmute-user", room="lobby", user="bob")
    await revocation.look(at, broker, seen)
    assert at.presence.hushed == {}


async def test_a_store_that_is_away_at_the_start_ends_nothing(
    app: Webchat, ann: Visitor, bob: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, broker = app.state.house, app.state.doors["socket"].broker
    await ann.do("mute-user", room="lobby", user="bob", minutes="5")
    at.presence.hushed = {}
    read, again, asked = at.store.read, anyio.Event(), 0

    async def away(fn: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise Unavailable("It is away.")
        found = await read(fn)
        if at.presence.hushed:
            again.set()
        return found

    monkeypatch.setattr(revocation, "COMPARED", 0)
    monkeypatch.setattr(at.store, "read", away)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(revocation.run, at, broker)
        with anyio.fail_after(10):
            await again.wait()
        tasks.cancel_scope.cancel()
