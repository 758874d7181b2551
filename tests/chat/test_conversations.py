"""Conversations of visitors with the agents of a site: whose they are, and what may be done in them."""

import asyncio

import pytest

from tests.chat.conftest import new_cid
from tests.chat.desks import Desk
from webchat import commands as c, topics
from webchat.chat import conversations, rooms, support
from webchat.errors import Forbidden, Malformed, NotFound, SignInNeeded
from webchat.events import MessagePosted
from webchat.model import Guest

pytestmark = pytest.mark.anyio


async def test_only_its_visitor_and_the_agents_see_a_conversation(desk: Desk) -> None:
    slug = await desk.ask(desk.vera, page="https://blog.example/help?secret=1#x")
    one = await desk.one(slug)
    assert (one.page, one.name, one.last, one.length) == ("https://blog.example/help", "Vera", "Hello?", 1)
    for who in (desk.vera, desk.place.ann, desk.place.bob, desk.place.cat):
        assert await desk.sees(who, slug), who
    strangers = (desk.will, desk.place.dan, desk.place.guest, desk.place.welcome, Guest("vera-key", "V", site=99))
    for who in strangers:
        assert not await desk.sees(who, slug), who
        with pytest.raises(NotFound):
            await desk.place.say(who, slug)


async def test_what_guests_may_do_at_the_site_does_not_matter(desk: Desk) -> None:
    slug = await desk.ask(desk.vera)
    for guests in ("write", "read"):
        await desk.place.do(desk.place.ann, c.EditSite("blog", new_cid(), guests=guests))
        assert (await desk.place.room(slug)).guests == "none"
        assert not await desk.sees(desk.will, slug)


async def test_notes_are_the_agents_alone(desk: Desk) -> None:
    slug = await desk.ask(desk.vera)
    notes = (await desk.one(slug)).notes
    for who in (desk.vera, desk.will, desk.place.dan):
        assert not await desk.sees(who, notes)
        with pytest.raises(NotFound):
            await desk.place.say(who, notes)
    desk.place.told.clear()
    await desk.place.say(desk.place.bob, notes, "She is angry")
    assert not [event for event in desk.place.told if event.topic in (topics.room(slug), topics.visitor("vera-key"))]
    posted = [event for event in desk.place.told if isinstance(event, MessagePosted)]
    assert [event.topic for event in posted] == [topics.room(notes)]
    one = await desk.one(slug)
    assert (one.waiting > 0, one.assignee) == (True, None)
    assert "angry" not in await desk.place.store.read(lambda tx: conversations.transcript(tx, one))


async def test_a_visitor_has_one_conversation_at_a_time(desk: Desk) -> None:
    first, again = await desk.ask(desk.vera), await desk.ask(desk.vera, "Hello??")
    other = await desk.ask(desk.will)
    assert first == again != other
    await desk.place.do(desk.place.bob, c.ResolveConversation(first, new_cid()))
    assert await desk.ask(desk.vera, "Something else") not in (first, other)
    found = await desk.place.store.read(lambda tx: conversations.history(tx, desk.vera, desk.site))
    assert [one.status for one in found] == ["open", "resolved"]


async def test_one_that_was_opened_again_goes_on(desk: Desk) -> None:
    place, first = desk.place, await desk.ask(desk.vera)
    await place.do(place.bob, c.ResolveConversation(first, new_cid()))
    second = await desk.ask(desk.vera)
    await place.do(place.bob, c.ResolveConversation(second, new_cid()))
    await place.say(desk.vera, first, "About the first one")
    assert await desk.ask(desk.vera, "And this") == first


async def test_what_begins_a_conversation_is_said_once(desk: Desk) -> None:
    command = c.BeginConversation("blog", "Hello?", new_cid())
    slugs = {(await desk.place.do(desk.vera, command)).id for _turn in range(2)}
    assert len(slugs) == 1
    assert (await desk.one(str(slugs.pop()))).length == 1


async def test_two_tabs_that_begin_at_once_begin_one(desk: Desk) -> None:
    slugs = await asyncio.gather(*(desk.ask(desk.vera, f"Hello {turn}") for turn in range(4)))
    assert len(set(slugs)) == 1
    assert (await desk.one(slugs[0])).length == 4


async def test_only_the_visitor_rates(desk: Desk) -> None:
    place, slug = desk.place, await desk.ask(desk.vera)
    await place.do(desk.vera, c.RateConversation(slug, 5, new_cid(), " Very \n kind "))
    one = await desk.one(slug)
    assert (one.rating, one.word) == (5, "Very kind")
    with pytest.raises(Forbidden):
        await place.do(place.bob, c.RateConversation(slug, 5, new_cid()))
    with pytest.raises(NotFound):
        await place.do(desk.will, c.RateConversation(slug, 1, new_cid()))


async def test_a_visitor_does_nothing_that_agents_do(desk: Desk) -> None:
    slug = await desk.ask(desk.vera)
    for command in (
        c.AssignConversation(slug, new_cid()),
        c.ResolveConversation(slug, new_cid()),
        c.SnoozeConversation(slug, 5, new_cid()),
        c.ReopenConversation(slug, new_cid()),
        c.TagConversation(slug, new_cid(), ("x",)),
    ):
        with pytest.raises(SignInNeeded):
            await desk.place.do(desk.vera, command)
        with pytest.raises(NotFound):
            await desk.place.do(desk.place.dan, command)


async def test_somebody_with_an_account_is_a_visitor_too(desk: Desk) -> None:
    place, slug = desk.place, await desk.ask(desk.place.dan)
    assert await desk.sees(place.dan, slug)
    await place.say(place.bob, slug, "Hi Dan")
    await place.say(place.dan, slug, "Hi")
    with pytest.raises(Forbidden):
        await place.do(place.dan, c.ResolveConversation(slug, new_cid()))
    assert (await desk.one(slug)).waiting > 0


async def test_nobody_moderates_invites_leaves_or_lists_a_conversation(desk: Desk) -> None:
    place, slug = desk.place, await desk.ask(desk.vera)
    for command in (
        c.InviteUser(slug, "dan", new_cid()),
        c.LeaveRoom(slug, new_cid()),
        c.ArchiveRoom(slug, new_cid()),
        c.EditRoom(slug, new_cid(), kind="open"),
        c.SetRules(slug, new_cid(), hold="all"),
    ):
        with pytest.raises(Forbidden):
            await place.do(place.ann, command)
    assert slug not in [room.slug for room in await place.store.read(lambda tx: rooms.exported(tx, None))]


async def test_who_answers_no_more_sees_nothing_and_has_nothing(desk: Desk) -> None:
    place, slug = desk.place, await desk.ask(desk.vera)
    await place.say(place.bob, slug, "Hi")
    await place.do(place.ann, c.RemoveAgent("blog", "bob", new_cid()))
    assert not await desk.sees(place.bob, slug)
    assert (await desk.one(slug)).assignee is None
    with pytest.raises(NotFound):
        await place.do(place.ann, c.RemoveAgent("blog", "bob", new_cid()))


async def test_a_window_that_is_closed_takes_nothing(desk: Desk) -> None:
    await desk.place.do(desk.place.ann, c.SetSupport("blog", new_cid(), enabled=False))
    with pytest.raises(NotFound):
        await desk.ask(desk.vera)


async def test_guests_of_another_site_are_sent_to_this_one(desk: Desk) -> None:
    with pytest.raises(SignInNeeded):
        await desk.ask(Guest("key", "Gus", site=99))


async def test_a_form_before_it_asks_for_a_name_and_an_address(desk: Desk) -> None:
    await desk.place.do(desk.place.ann, c.SetSupport("blog", new_cid(), prechat="always"))
    before = await desk.place.everything()
    for given in ({}, {"name": "Vera"}, {"email": "vera@home.example"}, {"name": "Vera", "email": "vera"}):
        with pytest.raises(Malformed):
            await desk.ask(desk.vera, **given)
    assert await desk.place.everything() == before
    slug = await desk.ask(desk.vera, name=" Vera  V ", email="vera@home.example")
    one = await desk.one(slug)
    assert (one.name, one.email) == ("Vera V", "vera@home.example")
    await desk.ask(desk.vera, "And then?")  # nothing is asked while it goes on


async def test_it_is_all_there_after_a_restart(desk: Desk) -> None:
    place, slug = desk.place, await desk.ask(desk.vera)
    await place.do(place.bob, c.TagConversation(slug, new_cid(), ("bug",)))
    before = await desk.one(slug)
    place.store.close()
    place.store = place.reopen()
    assert await desk.one(slug) == before
    frame = await place.store.read(lambda tx: support.frame(tx, desk.site))
    assert [person.name for person in frame.agents] == ["ann", "bob", "cat"]
