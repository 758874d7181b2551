"""The one message of a room that is shown above the list."""

from contextlib import suppress

import anyio
import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.chat import Chat, pins
from webchat.errors import Conflict, Forbidden, NotFound, SignInNeeded
from webchat.events import MessageDeleted, MessageEdited
from webchat.model import Message
from webchat.pinned import PinChanged

pytestmark = pytest.mark.anyio


async def pinned(place: Place, slug: str = "team") -> Message | None:
    room = await place.room(slug)
    return await place.store.read(lambda tx: pins.pinned(tx, room))


async def test_one_is_pinned_and_the_next_takes_its_place(place: Place) -> None:
    first, second = await place.say(place.bob, "team", "One"), await place.say(place.bob, "team", "Two")
    place.told.clear()
    for message in (first, first, second):
        assert (await place.do(place.cat, c.PinMessage(message.id, new_cid()))).id == message.id
    assert place.told == [PinChanged("team", first), PinChanged("team", second)], "twice is once"
    await place.do(place.cat, c.UnpinMessage(first.id, new_cid()))
    assert await pinned(place) == second, "what took its place stays"
    place.store.close()
    place.store = place.reopen()
    place.chat = Chat(place.store, place.told.append)
    assert await pinned(place) == second
    place.told.clear()
    for _ in range(2):
        await place.do(place.cat, c.UnpinMessage(second.id, new_cid()))
    assert [event for event in place.told if isinstance(event, PinChanged)] == [PinChanged("team")]
    assert await pinned(place) is None


async def test_a_command_that_is_sent_again_does_not_undo_what_others_did_since(place: Place) -> None:
    first, second = await place.say(place.bob, "team"), await place.say(place.bob, "team")
    again = c.PinMessage(first.id, new_cid())
    for command in (again, c.PinMessage(second.id, new_cid()), again):
        await place.do(place.cat, command)
    assert await pinned(place) == second


async def test_it_says_what_it_says_now_and_goes_when_it_says_nothing(place: Place) -> None:
    message = await place.say(place.bob, "team", "One")
    await place.do(place.cat, c.PinMessage(message.id, new_cid()))
    await place.do(place.bob, c.EditMessage(message.id, "Two", message.said, new_cid()))
    shown = await pinned(place)
    assert shown
    assert shown.body == "Two"
    place.told.clear()
    await place.do(place.bob, c.DeleteMessage(message.id, new_cid()))
    assert [type(event) for event in place.told] == [MessageDeleted], "whose fragment takes the line away"
    assert await pinned(place) is None
    with pytest.raises(Conflict, match="was deleted"):
        await place.do(place.cat, c.PinMessage(message.id, new_cid()))


async def test_what_is_hidden_is_pinned_no_longer_also_when_it_is_kept(place: Place) -> None:
    await place.do(place.cat, c.SetRules("team", new_cid(), reports=1))
    message = await place.say(place.bob, "team", "Odd")
    await place.do(place.cat, c.PinMessage(message.id, new_cid()))
    place.told.clear()
    await place.do(place.cat, c.ReportMessage(message.id, new_cid()))
    assert isinstance(place.told[0], MessageEdited)
    assert await pinned(place) is None
    with pytest.raises(Conflict, match="was reported"):
        await place.do(place.cat, c.PinMessage(message.id, new_cid()))
    await place.do(place.cat, c.KeepMessage(message.id, new_cid()))
    assert await pinned(place) is None


async def test_what_is_erased_is_pinned_no_longer(place: Place) -> None:
    message = await place.say(place.bob, "team")
    await place.do(place.cat, c.PinMessage(message.id, new_cid()))
    await place.do(place.ann, c.EraseUser("bob", new_cid()))
    assert await pinned(place) is None


async def test_who_may_not(place: Place) -> None:
    message = await place.say(place.bob, "team")
    direct = await place.do(place.ann, c.OpenDirect(("bob",), new_cid()))
    between = await place.say(place.ann, str(direct.id))
    before = await place.everything()
    for kind in (c.PinMessage, c.UnpinMessage):
        for actor, number, why in (
            (place.bob, message.id, Forbidden),
            (place.dan, message.id, NotFound),
            (place.guest, message.id, SignInNeeded),
            (place.ann, between.id, Forbidden),
            (place.cat, between.id, NotFound),
            (place.cat, 2**53, NotFound),
        ):
            with pytest.raises(why):
                await place.do(actor, kind(number, new_cid()))
    assert await place.everything() == before


async def test_an_archived_room_keeps_what_it_has(place: Place) -> None:
    first, second = await place.say(place.bob, "team"), await place.say(place.bob, "team")
    await place.do(place.cat, c.PinMessage(first.id, new_cid()))
    await place.do(place.cat, c.ArchiveRoom("team", new_cid()))
    for command in (c.PinMessage(second.id, new_cid()), c.UnpinMessage(first.id, new_cid())):
        with pytest.raises(Forbidden, match="archived"):
            await place.do(place.cat, command)
    assert await pinned(place) == first


async def test_of_many_at_the_same_time_one_is_pinned_and_none_that_was_deleted(place: Place) -> None:
    said = [await place.say(place.bob, "team") for _ in range(6)]

    async def tried(command: c.PinMessage) -> None:
        with suppress(Conflict):
            await place.do(place.cat, command)

    async with anyio.create_task_group() as group:
        for message in said:
            group.start_soon(tried, c.PinMessage(message.id, new_cid()))
        for message in said:
            group.start_soon(place.do, place.bob, c.DeleteMessage(message.id, new_cid()))
    assert await pinned(place) is None
