"""Answers, votes, and the orders in which a thread is read."""

import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.chat import messages, rights, threads
from webchat.chat.holding import author
from webchat.errors import Conflict, Forbidden, NotFound
from webchat.events import MessagePosted, ReactionsChanged
from webchat.model import Actor, Guest, Message
from webchat.store import Tx

pytestmark = pytest.mark.anyio

THREAD = "blog.post"


@pytest.fixture
async def blog(place: Place) -> Place:
    await place.do(place.ann, c.CreateSite("blog", ("https://blog.example",), new_cid()))
    return place


async def answer(place: Place, actor: Actor, to: Message, body: str = "An answer") -> Message:
    done = await place.do(actor, c.PostMessage(THREAD, body, new_cid(), answers=to.id))
    return await place.message(int(done.id))


async def shown(place: Place, sort: str = "", before: int | None = None, limit: int = 30) -> list[int]:
    room = await place.room(THREAD)

    def read(tx: Tx) -> list[int]:
        run = messages.run(tx, room, before, None, limit)
        return [message.seq for message in threads.arranged(tx, room, run, sort).rows]

    return await place.store.read(read)


async def test_an_answer_knows_what_it_answers_and_where_that_began(blog: Place) -> None:
    first = await blog.say(blog.bob, THREAD)
    second = await answer(blog, blog.ann, first)
    third = await answer(blog, blog.guest, second)
    said = (first, second, third)
    assert [(one.answers, one.root, one.answered) for one in said] == [(0, 0, ""), (1, 1, "Bob"), (2, 1, "Ann")]
    assert [event.message for event in blog.told if isinstance(event, MessagePosted)] == [*said]
    assert not (await answer(blog, blog.guest, third)).continues


async def test_what_is_not_there_is_not_answered(blog: Place) -> None:
    elsewhere, gone = await blog.say(blog.cat, "team"), await blog.say(blog.bob, THREAD)
    await blog.do(blog.bob, c.DeleteMessage(gone.id, new_cid()))
    before = await blog.everything()
    for number in (elsewhere.id, 999):
        with pytest.raises(NotFound):
            await blog.do(blog.ann, c.PostMessage(THREAD, "x", new_cid(), answers=number))
    with pytest.raises(Conflict, match="no longer there"):
        await answer(blog, blog.ann, gone)
    assert await blog.everything() == before


async def test_an_answer_that_waited_still_answers(blog: Place) -> None:
    first = await blog.say(blog.bob, THREAD)
    await blog.do(blog.ann, c.SetSiteRules("blog", new_cid(), hold="all"))
    command = c.PostMessage(THREAD, "waits", new_cid(), answers=first.id)
    assert [(await blog.do(blog.guest, command)).id for _ in range(2)] == [0, 0]
    await blog.do(blog.bob, c.DeleteMessage(first.id, new_cid()))
    done = await blog.do(blog.ann, c.ApproveMessage(1, THREAD, new_cid()))
    assert (await blog.message(int(done.id))).answers == first.seq


async def test_a_thread_is_read_with_what_belongs_together(blog: Place) -> None:
    one, two = [await blog.say(blog.bob, THREAD) for _ in range(2)]
    three = await answer(blog, blog.ann, one)
    await answer(blog, blog.ann, two)
    await answer(blog, blog.cat, three)
    assert await shown(blog) == [1, 3, 5, 2, 4]
    assert await shown(blog, "newest") == [2, 4, 1, 3, 5]
    assert await shown(blog, limit=1) == [1, 3, 5], "what an answer belongs to comes along"
    assert await shown(blog, before=2) == [1, 3, 5]


async def test_the_best_come_first_wherever_they_stand(blog: Place) -> None:
    said = [await blog.say(blog.bob, THREAD) for _ in range(5)]
    voter = Guest("voter", "Val", site=1)
    for actor, message in ((blog.ann, said[1]), (voter, said[1]), (blog.ann, said[3])):
        await blog.do(actor, c.AddReaction(message.id, "👍", new_cid()))
    assert await shown(blog, "best") == [2, 4, 1, 3, 5]
    assert await shown(blog, "best", limit=1) == [2, 4, 5]
    for actor in (voter, blog.ann):
        await blog.do(actor, c.RemoveReaction(said[1].id, "👍", new_cid()))
    assert await shown(blog, "best", limit=1) == [4, 5]
    await blog.do(blog.bob, c.DeleteMessage(said[3].id, new_cid()))
    assert await shown(blog, "best", limit=1) == [5]


async def test_each_votes_once_and_a_guest_with_a_name_there_too(blog: Place) -> None:
    message = await blog.say(blog.bob, THREAD)
    val, vic = Guest("val-key", "Val", site=1), Guest("vic-key", "Vic", site=1)
    for actor in (val, val, vic, blog.ann, blog.ann):
        await blog.do(actor, c.AddReaction(message.id, "👍", new_cid()))
    [given] = (await blog.message(message.id)).reactions
    assert (given.count, given.users, len(set(given.guests))) == (3, (blog.ann.id,), 2)
    assert "val-key" not in repr(given)
    assert len([event for event in blog.told if isinstance(event, ReactionsChanged)]) == 3
    with pytest.raises(Forbidden, match="nothing else"):
        await blog.do(val, c.AddReaction(message.id, "bad words", new_cid()))
    for stranger in (blog.guest, Guest("shop-key", "Val", site=2)):
        with pytest.raises((Forbidden, NotFound)):
            await blog.do(stranger, c.AddReaction(message.id, "👍", new_cid()))
    other = await blog.say(blog.bob, "blog.other")
    await blog.do(val, c.AddReaction(other.id, "👍", new_cid()))
    assert (await blog.message(other.id)).reactions[0].guests[0] not in given.guests, (
        "nobody is followed by their votes"
    )


async def test_a_guest_is_given_out_their_own_votes_and_no_others(blog: Place) -> None:
    val, vic = Guest("val-key", "Val", site=1), Guest("vic-key", "Vic", site=1)
    said = [await blog.say(blog.bob, room) for room in (THREAD, THREAD, "blog.other")]
    for guest, message in ((val, said[0]), (val, said[1]), (val, said[2]), (vic, said[0])):
        await blog.do(guest, c.AddReaction(message.id, "👍", new_cid()))

    def votes(tx: Tx, guest: Guest, limit: int) -> list[int]:
        found, after = [], "0.0"
        while after:
            lines, after = rights.facts(tx, author(guest), after, limit)
            found += [line["message"] for line in lines if line["kind"] == "reaction"]
        return found

    for limit in (1, 100):
        assert await blog.store.read(lambda tx: votes(tx, val, limit)) == [one.id for one in said]  # noqa: B023 - read at once
        assert await blog.store.read(lambda tx: votes(tx, vic, limit)) == [said[0].id]  # noqa: B023 - read at once
