"""A cast and a place for them: a store in a folder, and what was told, in order."""

import secrets
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from webchat import commands as c
from webchat.chat import Chat, people
from webchat.chat.done import Done
from webchat.events import Event
from webchat.model import Actor, Guest, Message, Role, Room, User
from webchat.store import Store, Tx, messages as stored_messages, rooms as stored_rooms
from webchat.store.opening import open_store


class Place:
    """A set-up place with ann (admin), bob, cat (closed room's moderator) and dan, who is in nothing but open rooms."""

    reopen: Callable[[], Store]
    explain: str

    def __init__(self, store: Store) -> None:
        self.store = store
        self.told: list[Event] = []
        self.chat = Chat(store, self.told.append)
        self.guest = Guest("guest-key", "Gus")
        self.eve: User
        self.welcome = Guest("welcome-key", "Wil", welcome=True)

    async def fill(self) -> None:
        self.ann = await self.store.write(lambda tx: people.set_up(tx, "The Place", "Ann", "hash"))
        self.bob, self.cat, self.dan = [await self.person(name) for name in ("Bob", "Cat", "Dan")]
        await self.do(self.cat, c.CreateRoom("team", new_cid(), kind="closed"))
        await self.do(self.cat, c.InviteUser("team", "bob", new_cid()))
        self.told.clear()

    async def person(self, name: str, role: Role = "member") -> User:
        return await self.store.write(lambda tx: people.add(tx, name, role, "hash"))

    async def do(self, actor: Actor, command: Any) -> Done:
        return await self.chat.perform(actor, command)

    async def say(self, actor: Actor, room: str, body: str = "Hello") -> Message:
        done = await self.do(actor, c.PostMessage(room, body, new_cid()))
        return await self.message(int(done.id))

    async def message(self, message_id: int) -> Message:
        found = await self.store.read(lambda tx: stored_messages.by_id(tx, message_id))
        assert found
        return found

    async def room(self, slug: str) -> Room:
        found = await self.store.read(lambda tx: stored_rooms.by_slug(tx, slug))
        assert found
        return found

    async def everything(self) -> list[tuple[Any, ...]]:
        """All rows of all tables, to see that nothing changed."""
        tables = (
            "users",
            "rooms",
            "memberships",
            "messages",
            "flights",
            "reactions",
            "notices",
            "notifications",
            "scheduled",
            "receipts",
            "invitations",
            "bans",
            "sessions",
            "tokens",
            "sites",
            "site_tokens",
            "site_codes",
            "site_sessions",
            "support",
            "site_agents",
            "answers",
            "conversations",
            "hooks",
            "callbacks",
            "deliveries",
            "rules",
            "site_rules",
            "posters",
            "held",
            "alerts",
            "mutes",
            "acts",
            "reports",
            "reported",
            "files",
            "meta",
        )

        def read(tx: Tx) -> list[tuple[Any, ...]]:
            return [row for table in tables for row in tx.all(f"SELECT * FROM {table}")]  # noqa: S608 - a list of ours

        return await self.store.read(read)


@pytest.fixture
async def place(tmp_path: Path, store_url: str) -> AsyncIterator[Place]:
    place = Place(open_store(store_url, tmp_path))
    place.reopen = partial(open_store, store_url, tmp_path)
    place.explain = "EXPLAIN" if store_url else "EXPLAIN QUERY PLAN"
    await place.fill()
    yield place
    place.store.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    from tests.chat.programs import Clock

    return Clock(monkeypatch)


@pytest.fixture
async def program(place: Place, clock: Any) -> Any:
    """The program of the bot dice, which is in no room."""
    from tests.chat.programs import Program

    await place.do(place.ann, c.CreateBot("dice", new_cid(), "The Dice"))
    return Program(place)


@pytest.fixture
async def desk(place: Place) -> Any:
    """The support window of a site, whose agents are ann, an admin, bob and cat; and two visitors."""
    from tests.chat.desks import opened

    return await opened(place)


@pytest.fixture
def budget() -> float:
    """The seconds that a judge has: more than it gets from users, who are not on a machine that runs tests."""
    return 10


@pytest.fixture
async def court(place: Place, budget: float, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    """A place whose lobby has a judge."""
    from tests.chat.courts import Court
    from tests.tools.receiver import receiving

    monkeypatch.setattr("webchat.chat.judging.BUDGET", budget)
    async with receiving() as receiver:
        court = Court(place, receiver)
        await court.opens()
        yield court


def new_cid() -> str:
    return secrets.token_urlsafe(16)
