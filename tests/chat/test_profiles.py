"""What people are called and say of themselves."""

import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.errors import Conflict, Malformed, SignInNeeded
from webchat.events import ProfileChanged
from webchat.model import BOT
from webchat.store import messages, rooms, users

pytestmark = pytest.mark.anyio


async def test_a_profile_is_kept_and_told(place: Place) -> None:
    done = await place.do(place.bob, c.SetProfile("  Bob the  Builder ", new_cid(), "back on\nMonday 👩‍💻"))
    user = await place.store.read(lambda tx: users.by_id(tx, place.bob.id))
    assert user
    assert (user.name, user.title, user.status) == ("bob", "Bob the Builder", "back on Monday 👩‍💻")
    assert (done.id, place.told) == ("bob", [ProfileChanged(user)])


async def test_what_was_said_keeps_its_name_and_what_comes_has_the_new_one(place: Place) -> None:
    before = await place.say(place.bob, "lobby")
    await place.do(place.bob, c.SetProfile("Robert", new_cid()))
    bob = await place.store.read(lambda tx: users.by_id(tx, place.bob.id))
    assert bob
    after = await place.say(bob, "lobby")
    assert (before.title, (await place.message(before.id)).title, after.title) == ("Bob", "Bob", "Robert")
    assert not after.continues, "the new name would not be seen"
    assert (await place.say(bob, "lobby")).continues


async def test_a_new_name_changes_no_message_that_nothing_else_touches(place: Place) -> None:
    first = await place.say(place.bob, "lobby")
    await place.say(place.bob, "lobby")
    await place.do(place.ann, c.PostMessage("lobby", "Hello @bob", new_cid(), answers=first.id))
    await place.do(place.bob, c.AddReaction(first.id, "👍", new_cid()))
    before = await place.store.read(lambda tx: messages.between(tx, 1, 1, 9))
    await place.do(place.bob, c.SetProfile("Robert", new_cid()))
    assert await place.store.read(lambda tx: messages.between(tx, 1, 1, 9)) == before, "open pages show these"
    bob = await place.store.read(lambda tx: users.by_id(tx, place.bob.id))
    assert bob
    await place.do(bob, c.AddReaction(first.id, "🎉", new_cid()))
    assert [one.names for one in (await place.message(first.id)).reactions] == [("Bob",), ("Robert",)]


async def test_the_other_of_a_direct_room_is_shown_as_they_are_now(place: Place) -> None:
    await place.do(place.ann, c.OpenDirect(("bob",), new_cid()))
    await place.do(place.bob, c.SetProfile("Robert", new_cid(), "at lunch"))
    links = await place.store.read(lambda tx: rooms.sidebar(tx, place.ann.id))
    [link] = [link for link in links if link.kind == "direct"]
    assert (link.title, link.status, link.person) == ("Robert", "at lunch", "bob")


async def test_the_same_again_tells_nobody(place: Place) -> None:
    for _ in range(2):
        await place.do(place.bob, c.SetProfile("Robert", new_cid(), "at lunch"))
    assert len(place.told) == 1


async def test_markup_is_text(place: Place) -> None:
    await place.do(place.bob, c.SetProfile("<b>Bob</b>", new_cid(), "<script>"))
    user = await place.store.read(lambda tx: users.by_id(tx, place.bob.id))
    assert user
    assert (user.title, user.status) == ("<b>Bob</b>", "<script>")


@pytest.mark.parametrize(
    ("title", "status"),
    [(" \n ", ""), ("Bob\u200b", ""), ("\u202eboB", ""), ("Bob", "\u202etxet"), ("B\u200dob", "")],
)
async def test_what_cannot_be_seen_is_refused(place: Place, title: str, status: str) -> None:
    before = await place.everything()
    with pytest.raises(Malformed):
        await place.do(place.bob, c.SetProfile(title, new_cid(), status))
    assert (await place.everything(), place.told) == (before, [])


@pytest.mark.parametrize("title", ["Ann", "ANN", "\uff21nn", "Саt", "С\u0430т", "webchat", "System"])
async def test_nobody_is_called_by_the_name_of_somebody_else(place: Place, title: str) -> None:
    with pytest.raises(Conflict):
        await place.do(place.bob, c.SetProfile(title, new_cid()))


async def test_guests_have_none(place: Place) -> None:
    with pytest.raises(SignInNeeded):
        await place.do(place.guest, c.SetProfile("Gus", new_cid()))


async def test_a_program_has_none(place: Place) -> None:
    bot = await place.store.read(lambda tx: users.by_id(tx, BOT))
    assert bot
    with pytest.raises(Exception, match="may not change"):
        await place.do(bot, c.SetProfile("Ann's friend", new_cid()))
