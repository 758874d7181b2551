"""Who waits in conversations with agents, who has them, and who is told."""

import asyncio

import pytest

from tests.chat.conftest import new_cid
from tests.chat.counted import Counted
from tests.chat.desks import Clock, Desk
from webchat import commands as c
from webchat.chat import chores, conversations, messages
from webchat.chat.done import Done
from webchat.errors import Conflict, NotFound
from webchat.model import Actor, User
from webchat.notified import NotificationRetracted
from webchat.store import Tx, conversations as stored, notifications
from webchat.support import ConversationChanged, SeenMoved, StatusChanged

pytestmark = pytest.mark.anyio


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


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


async def test_who_waits_longest_is_first(desk: Desk, hands: Clock) -> None:
    place = desk.place
    first = await desk.ask(desk.vera)
    hands.go_on(1)
    second = await desk.ask(desk.will)
    hands.go_on(1)
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


@pytest.mark.parametrize("how", ["remove-agent", "set-role", "disable-user", "erase-user"])
async def test_what_somebody_had_who_answers_no_more_is_nobodys_and_the_others_are_told(desk: Desk, how: str) -> None:
    place = desk.place
    await place.do(place.ann, c.SetRole("bob", "admin" if how == "set-role" else "member", new_cid()))
    if how == "set-role":
        await place.do(place.ann, c.RemoveAgent("blog", "bob", new_cid()))
    await place.do(place.ann, c.SendNotification(body="Else", cid=new_cid(), users=("bob",), key="support-of-tools"))
    had, asked = await desk.ask(desk.vera), await desk.ask(desk.will)
    await place.say(place.bob, had, "Yes?")
    await place.say(desk.vera, had, "One more thing")
    place.told.clear()
    await place.do(
        place.ann,
        {
            "remove-agent": c.RemoveAgent("blog", "bob", new_cid()),
            "set-role": c.SetRole("bob", "member", new_cid()),
            "disable-user": c.DisableUser("bob", new_cid()),
            "erase-user": c.EraseUser("bob", new_cid()),
        }[how],
    )
    one, other = await desk.one(had), await desk.one(asked)
    assert (one.assignee, one.status) == (None, "open")
    assert ConversationChanged(desk.site.id, one.id) in place.told
    gone = {e.user for e in place.told if isinstance(e, NotificationRetracted)}
    assert gone == (set() if how == "erase-user" else {place.bob.id}), "erased with all else"
    assert desk.told() == [place.ann.id, place.cat.id]
    kept = await place.store.read(lambda tx: notifications.keys(tx, place.bob.id, "support"))
    assert kept == ([] if how == "erase-user" else ["support-of-tools"])
    assert other.assignee is None


async def test_one_is_not_ended_by_who_has_not_seen_what_the_visitor_wrote(desk: Desk) -> None:
    place, slug = desk.place, await desk.ask(desk.vera)
    await place.say(place.bob, slug, "Anything else?")
    await place.say(desk.vera, slug, "Yes")
    for command in (
        c.ResolveConversation(slug, new_cid(), based=2),
        c.SnoozeConversation(slug, 60, new_cid(), based=2),
    ):
        with pytest.raises(Conflict, match="written something in the meantime"):
            await place.do(place.bob, command)
    one = await desk.one(slug)
    assert (one.status, one.waiting > 0) == ("open", True)
    await place.say(place.cat, slug, "By the way")  # what an agent says is no reason
    await place.do(place.bob, c.SnoozeConversation(slug, 60, new_cid(), based=3))
    await place.do(place.bob, c.ResolveConversation(slug, new_cid(), based=3))
    assert (await desk.one(slug)).status == "resolved"


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


async def test_what_was_put_off_comes_back(desk: Desk, hands: Clock) -> None:
    place, slug = desk.place, await desk.ask(desk.vera)
    await place.do(place.bob, c.SnoozeConversation(slug, 60, new_cid()))
    while await chores.do_one(place.store, place.told.append):
        pass
    assert (await desk.one(slug)).status == "snoozed"
    desk.told()
    hands.go_on(3600)
    while await chores.do_one(place.store, place.told.append):
        pass
    one = await desk.one(slug)
    assert (one.status, one.snoozed) == ("open", 0)
    assert desk.told() == [place.ann.id, place.bob.id, place.cat.id]


async def test_what_is_said_reads_no_table_as_a_whole(desk: Desk) -> None:
    slug, dans = await desk.ask(desk.vera), await desk.ask(desk.place.dan)

    said: list[tuple[Actor, str]] = [(desk.vera, slug), (desk.place.bob, slug), (desk.place.bob, dans)]

    def asked_and_answered(tx: Tx) -> set[str]:
        counted = Counted(tx)
        for number, (who, room) in enumerate(said):
            messages.post(counted, who, c.PostMessage(room, "Hello?", f"said-so-{number}"), "<p>Hello?</p>")
        conversations.forget(counted, "vera-key", "Nobody")
        return counted.scanned()

    assert await desk.place.store.write(asked_and_answered) <= {"u USING INDEX users_admins"}


async def test_both_sides_know_how_far_the_other_has_seen_it(desk: Desk) -> None:
    place, slug = desk.place, await desk.ask(desk.vera)
    await place.do(place.bob, c.MarkRead(slug, 99, new_cid()))
    assert SeenMoved(slug, 1, 1) in place.told
    await place.say(place.bob, slug, "Yes?")
    place.told.clear()
    await place.do(desk.vera, c.MarkRead(slug, 2, new_cid()))
    await place.do(desk.vera, c.MarkRead(slug, 1, new_cid()))
    assert place.told == [SeenMoved(slug, 2, 2), ConversationChanged(desk.site.id, (await desk.one(slug)).id)]
