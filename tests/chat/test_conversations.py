"""Conversations of visitors with the agents of a site: whose they are, who waits, and who is told."""

import asyncio
from typing import Any, NamedTuple

import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c, topics
from webchat.chat import chores, conversations, messages, rooms, support
from webchat.chat.clock import now
from webchat.chat.done import Done
from webchat.errors import Conflict, Forbidden, Malformed, NotFound, SignInNeeded
from webchat.events import MessagePosted
from webchat.model import Actor, Guest, Site, User
from webchat.notified import NotificationRetracted, NotificationSent
from webchat.store import conversations as stored, sites as stored_sites
from webchat.support import Conversation, ConversationChanged, SeenMoved, StatusChanged

pytestmark = pytest.mark.anyio


class Desk(NamedTuple):
    """A site with an open support window, whose agents are ann, an admin, bob and cat; and two visitors."""

    place: Place
    site: Site
    vera: Guest
    will: Guest

    async def ask(self, who: Actor, body: str = "Hello?", **given: Any) -> str:
        return str((await self.place.do(who, c.BeginConversation("blog", body, new_cid(), **given))).id)

    async def one(self, slug: str) -> Conversation:
        found = await self.place.store.read(lambda tx: stored.by_room(tx, slug))
        assert found
        return found

    async def sees(self, who: Actor, slug: str) -> bool:
        return await self.place.store.read(lambda tx: rooms.is_visible(tx, who, slug))

    def told(self) -> list[int]:
        """Who was notified since this was asked last."""
        users = [event.user for event in self.place.told if isinstance(event, NotificationSent)]
        self.place.told.clear()
        return users


@pytest.fixture
async def desk(place: Place) -> Desk:
    await place.do(place.ann, c.CreateSite("blog", ("https://blog.example",), new_cid(), guests="none"))
    await place.do(place.ann, c.SetSupport("blog", new_cid(), enabled=True, prechat="never"))
    for agent in ("bob", "cat"):
        await place.do(place.ann, c.AddAgent("blog", agent, new_cid()))
    site = await place.store.read(lambda tx: stored_sites.by_name(tx, "blog"))
    assert site
    place.told.clear()
    return Desk(place, site, Guest("vera-key", "Vera", site=site.id), Guest("will-key", "Will", site=site.id))


class Clock:
    """The time of the verbs, which goes on when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = now()
        for module in (messages, conversations, chores):
            monkeypatch.setattr(module, "now", lambda: self.at)

    def go_on(self, seconds: int) -> None:
        self.at += seconds * 1000


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


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


async def test_what_begins_a_conversation_is_said_once(desk: Desk) -> None:
    command = c.BeginConversation("blog", "Hello?", new_cid())
    slugs = {(await desk.place.do(desk.vera, command)).id for _turn in range(2)}
    assert len(slugs) == 1
    assert (await desk.one(str(slugs.pop()))).length == 1


async def test_two_tabs_that_begin_at_once_begin_one(desk: Desk) -> None:
    slugs = await asyncio.gather(*(desk.ask(desk.vera, f"Hello {turn}") for turn in range(4)))
    assert len(set(slugs)) == 1
    assert (await desk.one(slugs[0])).length == 4


async def test_all_agents_are_told_until_somebody_has_it(desk: Desk) -> None:
    place = desk.place
    slug = await desk.ask(desk.vera)
    assert desk.told() == [place.ann.id, place.bob.id, place.cat.id]
    await place.say(desk.vera, slug, "Anybody?")
    assert desk.told() == [place.ann.id, place.bob.id, place.cat.id]
    await place.say(place.bob, slug, "Yes")
    assert [e.user for e in place.told if isinstance(e, NotificationRetracted)] == [
        place.ann.id,
        place.bob.id,
        place.cat.id,
    ]
    assert (await desk.one(slug)).assignee.name == "bob"  # type: ignore[union-attr]
    desk.told()
    await place.say(desk.vera, slug, "Good")
    assert desk.told() == [place.bob.id]


async def test_who_waits_longest_is_first(desk: Desk, clock: Clock) -> None:
    place = desk.place
    first = await desk.ask(desk.vera)
    clock.go_on(1)
    second = await desk.ask(desk.will)
    clock.go_on(1)
    await place.say(desk.vera, first, "Still here")

    async def order(status: str = "open", assignee: int | None = None, tag: str = "") -> list[str]:
        found = await place.store.read(lambda tx: stored.listed(tx, [desk.site.id], status, assignee, tag, 10))
        return [one.room for one in found]

    assert await order() == [first, second]
    await place.say(place.bob, first, "Here")
    assert await order() == [second, first]
    assert await order(assignee=place.bob.id) == [first]
    assert await order(assignee=0) == [second]
    await place.do(place.cat, c.TagConversation(second, new_cid(), ("Bug", "#pay-ment", "bug")))
    assert (await desk.one(second)).tags == ("bug", "pay-ment")
    assert (await order(tag="bug"), await order(tag="pay"), await order(tag="%")) == ([second], [], [])
    await place.do(place.cat, c.ResolveConversation(second, new_cid()))
    assert (await order(), await order("resolved"), await order("")) == ([first], [second], [first, second])


async def test_of_two_who_take_it_the_first_has_it_and_the_other_is_told(desk: Desk) -> None:
    place, slug = desk.place, await desk.ask(desk.vera)

    async def take(who: User) -> Done | Conflict:
        try:
            return await place.do(who, c.AssignConversation(slug, new_cid(), user=who.name, based=""))
        except Conflict as conflict:
            return conflict

    came = await asyncio.gather(take(place.bob), take(place.cat))
    assert [type(one) for one in came].count(Conflict) == 1
    holder = (await desk.one(slug)).assignee
    assert holder
    assert holder.name == ("bob" if isinstance(came[0], Done) else "cat")
    # Who does not say what they saw decides for all.
    await place.do(place.ann, c.AssignConversation(slug, new_cid(), user=""))
    assert (await desk.one(slug)).assignee is None


async def test_whoever_is_given_a_conversation_is_told(desk: Desk) -> None:
    slug = await desk.ask(desk.vera)
    desk.told()
    await desk.place.do(desk.place.ann, c.AssignConversation(slug, new_cid(), user="cat"))
    assert desk.told() == [desk.place.cat.id]
    await desk.place.do(desk.place.bob, c.AssignConversation(slug, new_cid(), user="bob"))
    assert desk.told() == []
    with pytest.raises(NotFound):
        await desk.place.do(desk.place.ann, c.AssignConversation(slug, new_cid(), user="dan"))


async def test_what_its_visitor_says_opens_it_again(desk: Desk) -> None:
    place, slug = desk.place, await desk.ask(desk.vera)
    for command in (c.ResolveConversation(slug, new_cid()), c.SnoozeConversation(slug, 60, new_cid())):
        await place.do(place.bob, command)
        await place.say(place.bob, slug, "By the way")
        assert (await desk.one(slug)).status != "open"
        place.told.clear()
        await place.say(desk.vera, slug, "One more thing")
        assert StatusChanged(slug, "open") in place.told
        assert (await desk.one(slug)).status == "open"
    await place.do(place.bob, c.ResolveConversation(slug, new_cid()))
    await place.do(place.bob, c.ReopenConversation(slug, new_cid()))
    assert (await desk.one(slug)).status == "open"


async def test_what_was_put_off_comes_back(desk: Desk, clock: Clock) -> None:
    place, slug = desk.place, await desk.ask(desk.vera)
    await place.do(place.bob, c.SnoozeConversation(slug, 60, new_cid()))
    while await chores.do_one(place.store, place.told.append):
        pass
    assert (await desk.one(slug)).status == "snoozed"
    desk.told()
    clock.go_on(3600)
    while await chores.do_one(place.store, place.told.append):
        pass
    one = await desk.one(slug)
    assert (one.status, one.snoozed) == ("open", 0)
    assert desk.told() == [place.ann.id, place.bob.id, place.cat.id]


async def test_both_sides_know_how_far_the_other_has_seen_it(desk: Desk) -> None:
    place, slug = desk.place, await desk.ask(desk.vera)
    await place.do(place.bob, c.MarkRead(slug, 99, new_cid()))
    assert SeenMoved(slug, 1, 1) in place.told
    await place.say(place.bob, slug, "Yes?")
    place.told.clear()
    await place.do(desk.vera, c.MarkRead(slug, 2, new_cid()))
    await place.do(desk.vera, c.MarkRead(slug, 1, new_cid()))
    assert place.told == [SeenMoved(slug, 2, 2), ConversationChanged(desk.site.id, (await desk.one(slug)).id)]


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


@pytest.mark.parametrize("who", ["guest", "welcome"])
async def test_who_did_not_come_in_at_the_site_is_sent_there(desk: Desk, who: str) -> None:
    with pytest.raises(SignInNeeded):
        await desk.ask(getattr(desk.place, who))


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
