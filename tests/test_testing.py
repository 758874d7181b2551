"""The helpers for people's own tests: they hear what is told, and know when nothing was."""

from pathlib import Path

import pytest

from webchat import testing
from webchat.app import create_app
from webchat.events import PresenceChanged, UserPresenceChanged
from webchat.model import Person
from webchat.settings import Settings

pytestmark = pytest.mark.anyio


async def test_one_who_is_told_expects_it_and_others_nothing() -> None:
    async with testing.place() as place:
        await place.add_user("ann")
        await place.add_user("bob")
        async with place.visit("ann") as ann, place.visit("bob") as bob:
            await ann.expect_nothing()
            await place.chat.notify("ann", "Build <passed>", title="main")
            assert "main" in await ann.expect("Build <passed>")
            await ann.expect_nothing()
            await bob.expect_nothing()
            await place.chat.notify("bob", "Second")
            with pytest.raises(AssertionError, match=r"Expected nothing, and was shown .*Second"):
                await bob.expect_nothing()
            await bob.expect_nothing("Third")
            with pytest.raises(AssertionError, match=r"Expected 'Fourth', and was shown .*Second"):
                await bob.expect("Fourth", within=0.01)


async def test_in_a_room_one_hears_what_is_said_there(tmp_path: Path) -> None:
    chat = create_app(Settings(data=tmp_path))
    async with testing.place(chat) as place:
        await place.add_user("ann")
        assert (await place.token("robot")).startswith("webchat_")
        async with place.visit("ann", "lobby") as ann:
            await place.add_user("bob")
            async with place.visit("bob") as bob:
                ann.say("hello")
                await ann.expect("hello")
                await bob.expect_nothing("hello")


async def test_who_is_here_is_nothing_to_expect() -> None:
    async with testing.place() as place:
        await place.add_user("ann")
        async with place.visit("ann", "lobby") as ann:
            await ann.expect_nothing()
            broker = place.chat.state.doors["socket"].broker
            broker.publish(PresenceChanged("lobby", 1, (Person(2, "bob", "Bob"),)))
            broker.publish(UserPresenceChanged(2, "online", 0, "lobby"))
            await ann.expect_nothing()


async def test_what_is_not_open_to_them_is_said() -> None:
    async with testing.place() as place:
        await place.add_user("ann")
        with pytest.raises(AssertionError, match="closed with 4403"):
            await place.visit("ann", "nowhere").__aenter__()
