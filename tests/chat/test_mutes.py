"""Silence for a time, of users and of guests."""

from typing import Any

import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.chat import Chat, chores, messages, mutes
from webchat.chat.clock import now
from webchat.errors import Conflict, Forbidden, Malformed, NotFound, Refused, SignInNeeded
from webchat.store import mutes as stored

pytestmark = pytest.mark.anyio


async def silence(place: Place, minutes: int = 10, **whom: Any) -> None:
    await place.do(place.cat, c.MuteUser("team", new_cid(), minutes, **whom))


async def test_who_is_silent_reads_and_does_not_write_until_it_is_over(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = await place.say(place.bob, "team")
    await silence(place, user="bob", why="Shouting")
    before = await place.everything()
    for command in (
        c.PostMessage("team", "x", new_cid()),
        c.PostMessage("team", "/roll", new_cid()),
        c.EditMessage(said.id, "x", said.said, new_cid()),
    ):
        with pytest.raises(Forbidden, match="another 10 min"):
            await place.do(place.bob, command)
    assert await place.everything() == before
    await place.do(place.bob, c.AddReaction(said.id, "x", new_cid()))
    await place.say(place.bob, "lobby")
    at = now() + 10 * 60_000
    monkeypatch.setattr(messages, "now", lambda: at)
    await place.say(place.bob, "team")


async def test_the_last_word_counts_and_it_outlives_a_restart(place: Place) -> None:
    await silence(place, 5, user="bob")
    await silence(place, 60, user="bob")
    place.store.close()
    place.store = place.reopen()
    place.chat = Chat(place.store, place.told.append)
    with pytest.raises(Forbidden, match="another 60 min"):
        await place.say(place.bob, "team")
    for _ in range(2):
        await place.do(place.cat, c.UnmuteUser("team", new_cid(), "bob"))
    await place.say(place.bob, "team")
    assert not (await place.room("team")).ruled


async def test_a_guest_is_silenced_by_a_message_and_named_by_a_number(place: Place) -> None:
    await place.do(place.cat, c.EditRoom("team", new_cid(), guests="write"))
    said = await place.say(place.guest, "team")
    await silence(place, message=said.id)
    with pytest.raises(Forbidden):
        await place.say(place.guest, "team")
    await place.say(place.welcome, "team")
    [one] = await place.store.read(lambda tx: stored.listed(tx, 2, now(), mutes.LISTED))
    assert (one.author, one.title) == (0, "Gus")
    await place.do(place.cat, c.UnmuteUser("team", new_cid(), mute=one.id))
    await place.say(place.guest, "team")


async def test_an_author_is_silenced_by_a_message_unless_of_a_higher_rank(place: Place) -> None:
    said = await place.say(place.bob, "team")
    await silence(place, message=said.id)
    with pytest.raises(Forbidden):
        await place.say(place.bob, "team")
    await place.do(place.cat, c.InviteUser("team", "ann", new_cid()))
    high, own, elsewhere = (
        await place.say(place.ann, "team"),
        await place.say(place.cat, "team"),
        await place.say(place.bob, "lobby"),
    )
    for message, why in ((high, Forbidden), (own, Conflict), (elsewhere, NotFound)):
        with pytest.raises(why):
            await silence(place, message=message.id)


@pytest.mark.parametrize("whom", [{}, {"user": "bob", "message": 1}])
async def test_it_is_said_who_it_is(place: Place, whom: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match="Say who"):
        await silence(place, **whom)


async def test_what_is_over_is_forgotten(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    await silence(place, user="bob")
    at = now() + 11 * 60_000
    monkeypatch.setattr(chores, "now", lambda: at)
    await place.store.write(chores.sweep)
    assert await place.store.read(lambda tx: tx.all("SELECT id FROM mutes")) == []


@pytest.mark.parametrize("command", [c.MuteUser("team", "a" * 16, 5, "bob"), c.UnmuteUser("team", "a" * 16, "bob")])
@pytest.mark.parametrize(
    ("actor", "why"), [("guest", SignInNeeded), ("bob", Forbidden), ("ann", NotFound), ("dan", NotFound)]
)
async def test_who_may_not_changes_nothing(place: Place, command: Any, actor: str, why: type[Refused]) -> None:
    before = await place.everything()
    with pytest.raises(why):
        await place.do(getattr(place, actor), command)
    assert (await place.everything(), place.told) == (before, [])
