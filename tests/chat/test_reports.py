"""Reports of messages: once by each reader, and what moderators make of them."""

from typing import Any

import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.chat import Chat, repair
from webchat.errors import Conflict, Forbidden, NotFound, Refused, SignInNeeded
from webchat.events import MessageEdited
from webchat.queued import QueueChanged
from webchat.store import reports as stored

pytestmark = pytest.mark.anyio


@pytest.fixture
async def team(place: Place) -> Place:
    """`place`, with dan in the room team, where two reports hide a message."""
    await place.do(place.cat, c.InviteUser("team", "dan", new_cid()))
    await place.do(place.cat, c.SetRules("team", new_cid(), reports=2))
    place.told.clear()
    return place


async def report(place: Place, actor: Any, message: int, why: str = "") -> None:
    await place.do(actor, c.ReportMessage(message, new_cid(), why))


async def test_each_reader_reports_once_and_the_moderators_are_told(team: Place) -> None:
    message = await team.say(team.bob, "team", "Something bad")
    team.told.clear()
    for _ in range(2):
        await report(team, team.dan, message.id, "It is\nbad")
    [told] = team.told
    assert isinstance(told, QueueChanged)
    assert (told.user, told.count) == (team.cat.id, 1)
    assert told.reported
    assert (told.reported.count, told.reported.why, told.reported.hidden) == (1, ("It is bad",), False)
    assert (await team.message(message.id)).body == "Something bad"
    assert not (await team.room("team")).ruled, "to post asks no more than before"


async def test_enough_of_them_hide_it_from_everybody(team: Place) -> None:
    message = await team.say(team.bob, "team", "Something bad")
    await report(team, team.dan, message.id)
    team.told.clear()
    await report(team, team.cat, message.id)
    [edited] = [event for event in team.told if isinstance(event, MessageEdited)]
    hidden = await team.message(message.id)
    assert (hidden.body, hidden.html, bool(hidden.hidden)) == ("", "", True)
    assert edited.message == hidden
    assert hidden.rev == (await team.room("team")).rev
    found = await team.store.read(lambda tx: repair.since(tx, "team", message.rev, None))
    assert found.changes == (hidden,)
    [waiting] = await team.store.read(lambda tx: stored.waiting(tx, 2, 9))
    assert (waiting.body, waiting.count, waiting.hidden) == ("Something bad", 2, True)
    for command in (
        c.EditMessage(message.id, "Better", hidden.said, new_cid()),
        c.AddReaction(message.id, "x", new_cid()),
    ):
        with pytest.raises(Conflict, match="was reported"):
            await team.do(team.bob, command)


async def test_what_is_kept_stands_as_it_stood_and_is_not_asked_again(team: Place) -> None:
    message = await team.say(team.bob, "team", "Not **bad**")
    for actor in (team.dan, team.cat):
        await report(team, actor, message.id)
    team.store.close()
    team.store = team.reopen()
    team.chat = Chat(team.store, team.told.append)
    team.told.clear()
    for _ in range(2):
        await team.do(team.cat, c.KeepMessage(message.id, new_cid()))
    edited, told = team.told
    kept = await team.message(message.id)
    assert isinstance(edited, MessageEdited)
    assert edited.message == kept
    assert (kept.body, kept.html, kept.hidden, kept.seq, kept.edited) == (
        message.body,
        message.html,
        0,
        message.seq,
        0,
    )
    assert isinstance(told, QueueChanged)
    assert (told.settled, told.count) == (message.id, 0)
    team.told.clear()
    await team.do(team.cat, c.InviteUser("team", "ann", new_cid()))
    await report(team, team.ann, message.id)
    assert not [event for event in team.told if isinstance(event, MessageEdited | QueueChanged)]


async def test_of_two_at_once_that_hide_it_both_count(team: Place) -> None:
    message = await team.say(team.bob, "team")
    asked = [team.chat.begin(actor, c.ReportMessage(message.id, new_cid())) for actor in (team.dan, team.cat)]
    for one in asked:
        await one
    assert (await team.message(message.id)).hidden


async def test_a_hidden_one_that_is_deleted_waits_no_more(team: Place) -> None:
    message = await team.say(team.bob, "team")
    for actor in (team.dan, team.cat):
        await report(team, actor, message.id)
    team.told.clear()
    await team.do(team.cat, c.DeleteMessage(message.id, new_cid()))
    gone = await team.message(message.id)
    assert (bool(gone.deleted), gone.hidden, gone.body) == (True, 0, "")
    [told] = [event for event in team.told if isinstance(event, QueueChanged)]
    assert (told.settled, told.count) == (message.id, 0)
    with pytest.raises(Conflict):
        await report(team, team.dan, message.id)


async def test_guests_report_where_they_may_write(team: Place) -> None:
    message = await team.say(team.bob, "team")
    await team.do(team.cat, c.EditRoom("team", new_cid(), guests="read"))
    with pytest.raises(Forbidden):
        await report(team, team.guest, message.id)
    await team.do(team.cat, c.EditRoom("team", new_cid(), guests="write"))
    for guest in (team.guest, team.guest, team.welcome):
        await report(team, guest, message.id)
    assert (await team.message(message.id)).hidden


async def test_a_room_that_hides_nothing_still_tells_its_moderators(place: Place) -> None:
    message = await place.say(place.bob, "team")
    await report(place, place.cat, message.id)
    assert not (await place.message(message.id)).hidden
    assert await place.store.read(lambda tx: stored.how_many(tx, 2)) == 1


@pytest.mark.parametrize(
    ("kind", "actor", "why"),
    [
        (c.ReportMessage, "bob", Forbidden),
        (c.ReportMessage, "guest", NotFound),
        (c.ReportMessage, "ann", NotFound),
        (c.KeepMessage, "guest", SignInNeeded),
        (c.KeepMessage, "dan", Forbidden),
        (c.KeepMessage, "ann", NotFound),
    ],
)
async def test_who_may_not_changes_nothing(team: Place, kind: Any, actor: str, why: type[Refused]) -> None:
    message = await team.say(team.bob, "team")
    await report(team, team.cat, message.id)
    before = await team.everything()
    team.told.clear()
    with pytest.raises(why):
        await team.do(getattr(team, actor), kind(message.id, new_cid()))
    assert (await team.everything(), team.told) == (before, [])


async def test_what_nobody_moderates_is_not_reported(place: Place) -> None:
    direct = await place.do(place.bob, c.OpenDirect(("ann",), new_cid()))
    message = await place.say(place.bob, str(direct.id))
    place.told.clear()
    with pytest.raises(Forbidden):
        await report(place, place.ann, message.id)
    assert place.told == []
    assert await place.store.read(lambda tx: stored.find(tx, message.id)) is None
