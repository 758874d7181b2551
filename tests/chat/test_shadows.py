"""Silence that is not told: who is in the shadow writes on, and nobody but they and the moderators sees it."""

from typing import Any

import pytest

from tests.chat.conftest import Place, new_cid
from tests.chat.programs import Program, offer
from webchat import commands as c, topics
from webchat.chat import chores, deliveries, holding, messages, mutes as silence, queue, rooms
from webchat.chat.clock import MINUTE, now
from webchat.errors import Conflict, TooFast, Unavailable
from webchat.events import MessagePosted
from webchat.queued import HeldChanged, ReactionsSeen
from webchat.rules import Held
from webchat.store import Tx, held as stored, mentions, mutes, rules

pytestmark = pytest.mark.anyio


@pytest.fixture
async def dark(place: Place) -> Place:
    """`place`, in whose room team Bob is in the shadow."""
    await place.do(place.cat, c.MuteUser("team", new_cid(), 60, user="bob", shadow=True))
    place.told.clear()
    return place


async def post(place: Place, actor: Any, body: str = "Hello @cat", room: str = "team", cid: str = "") -> Any:
    return await place.do(actor, c.PostMessage(room, body, cid or new_cid()))


def later(monkeypatch: Any, by: int) -> None:
    """Let time have passed for who speaks, who silences, and who sweeps."""
    for module in (messages, silence, chores):
        monkeypatch.setattr(module, "now", lambda: now() + by)


async def own(place: Place, actor: Any, room: int = 2) -> list[Held]:
    return await place.store.read(lambda tx: stored.of(tx, room, *holding.author(actor)))


async def test_it_is_as_if_it_was_posted_and_nobody_hears_of_it(dark: Place) -> None:
    before = await dark.room("team")
    cid = new_cid()
    done = await post(dark, dark.bob, cid=cid)
    assert (done.id, done.note) == (0, None)
    [told] = dark.told
    assert isinstance(told, HeldChanged)
    assert (told.topic.id, told.held.shadow, told.held.html) == (
        str(dark.bob.id),
        True,
        '<p>Hello <a href="/direct/cat">@cat</a></p>',
    )
    after = await dark.room("team")
    assert (after.rev, after.seq) == (before.rev, before.seq)
    assert await dark.store.read(lambda tx: mentions.unread(tx, 2, dark.cat.id)) == 0

    def waits(tx: Tx) -> tuple[int, list[Held]]:
        return holding.how_many(tx, after), stored.waiting(tx, 2, 100)

    assert await dark.store.read(waits) == (0, [])
    again = await post(dark, dark.bob, cid=cid)
    assert (again.id, again.note) == (0, None)
    assert [one.body for one in await own(dark, dark.bob)] == ["Hello @cat"]


async def test_its_author_has_it_after_a_restart_and_moderators_find_it(dark: Place) -> None:
    await post(dark, dark.bob)
    dark.store.close()
    dark.store = dark.reopen()
    assert [(one.body, one.shadow) for one in await own(dark, dark.bob)] == [("Hello @cat", True)]
    found = await dark.store.read(lambda tx: stored.shadows(tx, 2, queue.SHOWN))
    assert [(one.author, one.body) for one in found] == [(dark.bob.id, "Hello @cat")]


async def test_others_rooms_and_moderators_are_as_before(dark: Place) -> None:
    assert (await post(dark, dark.bob, "Hello", "lobby")).id > 0
    assert (await post(dark, dark.cat)).id > 0
    await dark.do(dark.cat, c.SetRoomRole("team", "bob", "moderator", new_cid()))
    assert (await post(dark, dark.bob)).id == 0, "who was made a moderator stays in the shadow until it is over"


async def test_undone_or_over_one_is_seen_again_and_what_was_said_stays_hidden(dark: Place, monkeypatch: Any) -> None:
    await post(dark, dark.bob, "first")
    later(monkeypatch, 60 * MINUTE + 1)
    assert (await post(dark, dark.bob, "second")).id > 0
    await dark.do(dark.cat, c.MuteUser("team", new_cid(), 60, user="bob", shadow=True))
    await post(dark, dark.bob, "third")
    await dark.do(dark.cat, c.UnmuteUser("team", new_cid(), user="bob"))
    assert (await post(dark, dark.bob, "fourth")).id > 0
    assert [one.body for one in await own(dark, dark.bob)] == ["first", "third"]
    assert [event.message.body for event in dark.told if isinstance(event, MessagePosted)] == ["second", "fourth"]


async def test_the_last_word_counts(dark: Place) -> None:
    await dark.do(dark.cat, c.MuteUser("team", new_cid(), 5, user="bob"))
    with pytest.raises(Exception, match="silenced"):
        await post(dark, dark.bob)
    await dark.do(dark.cat, c.MuteUser("team", new_cid(), 5, user="bob", shadow=True))
    assert (await post(dark, dark.bob)).id == 0
    [mute] = await dark.store.read(lambda tx: mutes.listed(tx, 2, 0, 10))
    assert mute.shadow


async def test_a_moderator_shows_it_to_everybody_but_does_not_tell_of_it(dark: Place) -> None:
    await post(dark, dark.bob)
    [held] = await own(dark, dark.bob)
    with pytest.raises(Conflict):
        await dark.do(dark.cat, c.RejectMessage(held.id, "team", new_cid()))
    number = (await dark.do(dark.cat, c.ApproveMessage(held.id, "team", new_cid()))).id
    said = await dark.message(int(number))
    assert (said.body, said.html) == ("Hello @cat", '<p>Hello <a href="/direct/cat">@cat</a></p>')
    assert await dark.store.read(lambda tx: mentions.unread(tx, 2, dark.cat.id)) == 1, "now she is told"
    assert await own(dark, dark.bob) == []


async def test_its_author_is_told_who_is_not_there_as_ever(dark: Place) -> None:
    done = await post(dark, dark.bob, "Hello @dan")
    assert done.note
    assert done.note.values == {"names": "Dan"}


async def test_how_they_react_is_seen_by_them_alone(dark: Place) -> None:
    said = await dark.say(dark.cat, "team")
    await dark.do(dark.cat, c.AddReaction(said.id, "👍", new_cid()))
    before, dark.told[:] = await dark.message(said.id), []
    for emoji, shown in (("👍", [(4, 3)]), ("🎉", [(4,), (3,)])):
        await dark.do(dark.bob, c.AddReaction(said.id, emoji, new_cid()))
        [told] = dark.told
        assert isinstance(told, ReactionsSeen)
        assert told.topic == topics.user(dark.bob.id)
        assert [one.users for one in told.message.reactions] == shown
        dark.told.clear()
    assert await dark.message(said.id) == before
    await dark.do(dark.bob, c.RemoveReaction(said.id, "👍", new_cid()))
    assert [type(one) for one in dark.told] == [ReactionsSeen]
    await dark.do(dark.cat, c.UnmuteUser("team", new_cid(), user="bob"))
    await dark.do(dark.bob, c.AddReaction(said.id, "👍", new_cid()))
    assert (await dark.message(said.id)).votes == 2


async def test_an_edit_of_what_stands_there_is_refused_as_a_fault_would_be(place: Place) -> None:
    said = await place.say(place.bob, "team")
    await place.do(place.cat, c.MuteUser("team", new_cid(), 60, user="bob", shadow=True))
    with pytest.raises(Unavailable):
        await place.do(place.bob, c.EditMessage(said.id, "Buy this", said.said, new_cid()))
    assert (await place.message(said.id)).body == "Hello"
    await place.do(place.bob, c.DeleteMessage(said.id, new_cid()))


async def test_the_rules_of_the_room_hold_and_too_much_lets_the_oldest_go(dark: Place) -> None:
    for number in range(holding.MOST_OF_ONE + 2):
        await post(dark, dark.bob, str(number))
    found = [one.body for one in await own(dark, dark.bob)]
    assert (len(found), found[0]) == (holding.MOST_OF_ONE, "2")
    assert await dark.store.read(lambda tx: rules.posts(tx, 2, dark.bob.id, "")) == 0
    await dark.do(dark.cat, c.SetRules("team", new_cid(), slow=60))
    with pytest.raises(TooFast):
        await post(dark, dark.bob)


async def test_a_guest_by_a_message_and_all_of_it_is_forgotten_after_a_month(place: Place, monkeypatch: Any) -> None:
    await place.chat.commit(lambda tx: rooms.made(tx, "hall", "", "closed", "write"))
    said = await place.say(place.guest, "hall")
    await place.do(place.ann, c.MuteUser("hall", new_cid(), 43_200, message=said.id, shadow=True))
    assert (await post(place, place.guest, "Buy this", "hall")).id == 0
    room = (await place.room("hall")).id
    assert len(await own(place, place.guest, room)) == 1
    later(monkeypatch, chores.RECEIPTS + 1)
    await place.store.write(chores.sweep)
    assert await own(place, place.guest, room) == []


async def test_no_program_is_asked_for_them(place: Place, program: Program) -> None:
    await offer(place)
    await place.do(place.ann, c.MuteUser("lobby", new_cid(), 60, user="bob", shadow=True))
    done = await post(place, place.bob, "/roll buy this", "lobby")
    assert (done.id, bool(done.note)) == (0, True), "as ever"
    await deliveries.do_some(program.caller)
    assert program.heard == []
