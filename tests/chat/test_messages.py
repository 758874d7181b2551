"""Posting, editing, taking back: by whom, once, and in which order."""

import asyncio
from typing import Any

import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.chat import messages, repair
from webchat.errors import Conflict, Forbidden, NotFound, Refused
from webchat.events import MessageDeleted, MessageEdited, MessagePosted, ReactionsChanged, ReadMoved
from webchat.store import Tx

pytestmark = pytest.mark.anyio


async def test_a_post_is_stored_then_told(place: Place) -> None:
    message = await place.say(place.bob, "lobby", "Morning!")
    assert (message.seq, message.born, message.said, message.rev, message.html) == (1, 1, 1, 1, "<p>Morning!</p>")
    posted, read = place.told
    assert isinstance(posted, MessagePosted)
    assert posted.message == message
    assert posted.shared
    assert read == ReadMoved(place.bob.id, posted.room_id, 1)


async def test_a_post_in_a_closed_room_moves_only_its_members_counts(place: Place) -> None:
    await place.say(place.bob, "team")
    posted = place.told[0]
    assert isinstance(posted, MessagePosted)
    assert posted.counted == ("count", "team")


async def test_sent_five_times_at_once_it_is_posted_once(place: Place) -> None:
    command = c.PostMessage("lobby", "Once", new_cid())
    done = await asyncio.gather(*(place.do(place.bob, command) for _ in range(5)))
    assert len({answer.id for answer in done}) == 1
    assert sum(isinstance(event, MessagePosted) for event in place.told) == 1
    assert (await place.room("lobby")).seq == 1


async def test_a_cid_that_was_another_rooms_post_is_refused(place: Place) -> None:
    command = c.PostMessage("lobby", "Once", new_cid())
    await place.do(place.bob, command)
    with pytest.raises(Conflict):
        await place.do(place.bob, c.PostMessage("team", "Once", command.cid))


async def test_a_guests_cid_is_not_anothers(place: Place) -> None:
    command = c.PostMessage("hall", "Once", new_cid())
    await place.do(place.welcome, command)
    with pytest.raises(Conflict):
        await place.do(type(place.welcome)("other", "Oth", welcome=True), command)


async def test_seq_and_rev_have_no_holes_when_a_post_is_refused_between(place: Place) -> None:
    posts = [place.do(place.bob, c.PostMessage("lobby", f"{n}", new_cid())) for n in range(10)]
    refused = [place.do(place.dan, c.PostMessage("team", "no", new_cid())) for _ in range(10)]
    mixed = [one for pair in zip(posts, refused, strict=True) for one in pair]
    results = await asyncio.gather(*mixed, return_exceptions=True)
    assert sum(isinstance(result, NotFound) for result in results) == 10
    page = await place.store.read(lambda tx: messages.last_page(tx, _room(tx, "lobby")))
    assert [(one.seq, one.rev, one.body) for one in page.messages] == [(n + 1, n + 1, f"{n}") for n in range(10)]


async def test_the_next_message_of_an_author_continues_the_last(place: Place) -> None:
    said = [await place.say(actor, "lobby") for actor in (place.bob, place.bob, place.cat, place.bob)]
    assert [message.continues for message in said] == [False, True, False, False]


async def test_an_edit_changes_text_and_positions(place: Place) -> None:
    message = await place.say(place.bob, "lobby")
    await place.say(place.cat, "lobby")
    await place.do(place.bob, c.EditMessage(message.id, "*Bye*", message.said, new_cid()))
    edited = place.told[-1]
    assert isinstance(edited, MessageEdited)
    assert edited.message == await place.message(message.id)
    assert (edited.message.html, edited.message.born, edited.message.said, edited.message.rev, edited.message.seq) == (
        "<p><em>Bye</em></p>", 1, 3, 3, 1,
    )  # fmt: skip
    assert edited.message.edited


async def test_of_two_edits_at_once_the_second_is_told_so(place: Place) -> None:
    message = await place.say(place.bob, "lobby")
    edits = (place.do(place.bob, c.EditMessage(message.id, text, message.said, new_cid())) for text in ("one", "two"))
    _first, second = await asyncio.gather(*edits, return_exceptions=True)
    assert isinstance(second, Conflict)
    assert (await place.message(message.id)).body == "one"


async def test_an_edit_sent_again_after_its_ack_was_lost_is_answered_again(place: Place) -> None:
    message = await place.say(place.bob, "lobby")
    command = c.EditMessage(message.id, "better", message.said, new_cid())
    done = [await place.do(place.bob, command) for _ in range(2)]
    assert [str(answer.id) for answer in done] == [str(message.id)] * 2
    assert sum(isinstance(event, MessageEdited) for event in place.told) == 1


async def test_an_edit_to_the_same_text_changes_nothing(place: Place) -> None:
    message = await place.say(place.bob, "lobby")
    done = await place.do(place.bob, c.EditMessage(message.id, message.body, message.said, new_cid()))
    assert done.events == ()


async def test_a_deleted_message_is_empty_and_keeps_its_place(place: Place) -> None:
    message = await place.say(place.bob, "lobby", "secret")
    await place.do(place.cat, c.AddReaction(message.id, "👍", new_cid()))
    await place.do(place.bob, c.DeleteMessage(message.id, new_cid()))
    gone = place.told[-1]
    assert isinstance(gone, MessageDeleted)
    assert gone.message == await place.message(message.id)
    assert (gone.message.body, gone.message.html, gone.message.reactions, gone.message.seq) == ("", "", (), 1)
    assert not any("secret" in str(row) for row in await place.everything())


async def test_to_delete_twice_is_to_delete_once(place: Place) -> None:
    message = await place.say(place.bob, "lobby")
    for _ in range(2):
        await place.do(place.bob, c.DeleteMessage(message.id, new_cid()))
    assert sum(isinstance(event, MessageDeleted) for event in place.told) == 1


async def test_reactions_are_set_not_toggled(place: Place) -> None:
    message = await place.say(place.bob, "lobby")
    for actor in (place.cat, place.dan, place.cat):
        await place.do(actor, c.AddReaction(message.id, "👍", new_cid()))
    (reaction,) = (await place.message(message.id)).reactions
    assert (reaction.emoji, reaction.users, reaction.names) == ("👍", (place.cat.id, place.dan.id), ("Cat", "Dan"))
    assert sum(isinstance(event, ReactionsChanged) for event in place.told) == 2
    for actor in (place.cat, place.cat, place.dan):
        await place.do(actor, c.RemoveReaction(message.id, "👍", new_cid()))
    assert (await place.message(message.id)).reactions == ()
    assert (await place.message(message.id)).said == message.said


REFUSED: dict[str, tuple[str, Any, type[Refused]]] = {
    "a stranger's post in a closed room": ("dan", c.PostMessage("team", "x", "a" * 16), NotFound),
    "a post in no room": ("bob", c.PostMessage("nowhere", "x", "a" * 16), NotFound),
    "a guest's post where guests may not": ("guest", c.PostMessage("lobby", "x", "a" * 16), NotFound),
    "an edit of somebody else's": ("ann", c.EditMessage(1, "x", 1, "a" * 16), NotFound),
    "an edit of what is not there": ("bob", c.EditMessage(99, "x", 1, "a" * 16), NotFound),
    "an edit based on an older text": ("bob", c.EditMessage(1, "x", 0, "a" * 16), Conflict),
    "another member's edit": ("cat", c.EditMessage(1, "x", 1, "a" * 16), Forbidden),
    "a deletion by a stranger": ("dan", c.DeleteMessage(1, "a" * 16), NotFound),
    "an admin's deletion in a room she is not in": ("ann", c.DeleteMessage(1, "a" * 16), NotFound),
    "a reaction by a stranger": ("dan", c.AddReaction(1, "👍", "a" * 16), NotFound),
    "a reaction of nothing": ("bob", c.AddReaction(1, " ", "a" * 16), Refused),
    "an edit of a deleted message": ("bob", c.EditMessage(2, "x", 3, "a" * 16), Conflict),
    "a reaction to a deleted message": ("bob", c.AddReaction(2, "👍", "a" * 16), Conflict),
    "a deletion of one deleted by its author": ("eve", c.DeleteMessage(2, "a" * 16), Forbidden),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_is_refused_changes_nothing(place: Place, case: str) -> None:
    place.eve = await place.person("Eve")
    await place.do(place.bob, c.InviteUser("team", "eve", new_cid()))
    await place.say(place.bob, "team")
    gone = await place.say(place.bob, "team")
    await place.do(place.bob, c.DeleteMessage(gone.id, new_cid()))
    before, told = await place.everything(), len(place.told)
    actor, command, kind = REFUSED[case]
    with pytest.raises(kind):
        await place.do(getattr(place, actor), command)
    assert await place.everything() == before
    assert len(place.told) == told


async def test_a_moderator_may_delete_and_not_edit(place: Place) -> None:
    message = await place.say(place.bob, "team")
    with pytest.raises(Forbidden):
        await place.do(place.cat, c.EditMessage(message.id, "x", message.said, new_cid()))
    await place.do(place.cat, c.DeleteMessage(message.id, new_cid()))
    assert (await place.message(message.id)).deleted


async def test_two_moderators_who_delete_the_same_message_both_hear_that_it_is_gone(place: Place) -> None:
    message = await place.say(place.bob, "lobby")
    await place.store.write(
        lambda tx: tx.run("UPDATE memberships SET role = 'moderator' WHERE user_id = $1", place.cat.id)
    )
    for actor in (place.ann, place.cat):
        done = await place.do(actor, c.DeleteMessage(message.id, new_cid()))
        assert done.id == message.id
    assert sum(isinstance(event, MessageDeleted) for event in place.told) == 1


async def test_a_guest_owns_only_what_its_own_key_wrote(place: Place) -> None:
    message = await place.say(place.welcome, "hall")
    other = type(place.welcome)("other", "Wil", welcome=True)
    with pytest.raises(Forbidden):
        await place.do(other, c.DeleteMessage(message.id, new_cid()))
    await place.do(place.welcome, c.EditMessage(message.id, "mine", message.said, new_cid()))


async def test_nothing_changes_in_an_archived_room(place: Place) -> None:
    message = await place.say(place.bob, "lobby")
    await place.store.write(lambda tx: tx.run("UPDATE rooms SET archived = 1"))
    for command in (
        c.PostMessage("lobby", "x", new_cid()),
        c.EditMessage(message.id, "x", message.said, new_cid()),
        c.DeleteMessage(message.id, new_cid()),
        c.AddReaction(message.id, "👍", new_cid()),
    ):
        with pytest.raises(Forbidden):
            await place.do(place.bob, command)


async def test_pages_meet_without_gap_or_overlap(place: Place) -> None:
    for n in range(120):
        await place.do(place.bob, c.PostMessage("lobby", f"{n}", new_cid()))

    def pages(tx: Tx) -> list[Any]:
        room = _room(tx, "lobby")
        last = messages.last_page(tx, room)
        middle = messages.page_before(tx, room, last.messages[0].seq)
        first = messages.page_before(tx, room, middle.messages[0].seq)
        around = messages.page_around(tx, room, 60)
        after = messages.page_after(tx, room, 100)
        return [last, middle, first, around, after]

    last, middle, first, around, after = await place.store.read(pages)
    assert [m.seq for page in (first, middle, last) for m in page.messages] == list(range(1, 121))
    assert (first.earlier, first.later, last.earlier, last.later) == (False, True, True, False)
    assert 60 in [m.seq for m in around.messages]
    assert [m.seq for m in after.messages] == list(range(101, 121))
    assert not after.later


async def test_repair_is_all_or_a_page(place: Place) -> None:
    said = [await place.say(place.bob, "lobby", f"{n}") for n in range(310)]
    await place.do(place.bob, c.EditMessage(said[3].id, "edited", said[3].said, new_cid()))
    await place.do(place.bob, c.DeleteMessage(said[5].id, new_cid()))

    async def since(rev: int | None, slug: str = "lobby", around: int | None = None) -> Any:
        return await place.store.read(lambda tx: repair.since(tx, slug, rev, around))

    nothing = await since(312)
    assert (nothing.head, nothing.changes) == (312, ())
    some = await since(309)
    assert [m.rev for m in some.changes] == [310, 311, 312]
    assert [m.id for m in some.changes] == [said[309].id, said[3].id, said[5].id]
    assert len((await since(12)).changes) == 300
    for rev in (11, 0, None, 313, -1):
        reset = await since(rev)
        assert reset.changes is None
        assert [m.seq for m in reset.page.messages] == list(range(261, 311))
    assert 100 in [m.seq for m in (await since(None, around=100)).page.messages]
    unmade = await since(0, "nowhere")
    assert (unmade.head, unmade.changes) == (0, ())
    for known, rev in ((9, 313), (400, 401)):  # also up to where the store, which lost something, is not
        await repair.anew(place.store, "lobby", known)
        assert (await since(rev - 1)).changes is None
        now = await since(rev)
        assert (now.head, now.changes) == (rev, ())


def _room(tx: Tx, slug: str) -> Any:
    from webchat.store import rooms

    return rooms.by_slug(tx, slug)
