"""Writes that are committed together on PostgreSQL: what each costs, and that none of them is another one's concern."""

import asyncio
import secrets
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import Any

import pytest

from tests.store.test_postgres import LOBBY, held, place, somebody_waits
from tests.tools.databases import sql
from tests.tools.postgres import Postgres
from webchat import commands as c
from webchat.chat import Chat, people, sessions
from webchat.chat.done import Done
from webchat.errors import Conflict, NotFound
from webchat.model import User
from webchat.store import ASIDE, Reach, Row, Tx, conversations, mails, messages, meta, pushes, rooms, users
from webchat.store.postgres import PostgresStore, open_postgres
from webchat.store.postgres_tx import PostgresTx, Statement

pytestmark = pytest.mark.anyio

ALIKE = Reach("ann", "lobby", alike=True)


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.emptied("stored")


@pytest.fixture
async def store(url: str) -> AsyncIterator[PostgresStore]:
    store = open_postgres(url)
    yield store
    store.close()


@pytest.fixture
async def ann(store: PostgresStore) -> User:
    return await store.write(lambda tx: people.set_up(tx, "Here", "Ann", "hash"))


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many statements each trip to the database carries."""
    ask, counted = PostgresTx.ask, list[int]()

    def count(self: PostgresTx, statements: Sequence[Statement]) -> list[list[Row]]:
        counted.append(len(self._due) + len(statements))
        return ask(self, statements)

    monkeypatch.setattr(PostgresTx, "ask", count)
    return counted


async def test_a_read_begins_with_what_it_asks(store: PostgresStore, trips: list[int]) -> None:
    assert await store.read(lambda tx: [meta.get(tx, "place"), meta.get(tx, "a")]) == ["", ""]
    assert trips == [3 + 1, 1]
    assert await store.read(lambda tx: "nothing") == "nothing"
    assert trips == [3 + 1, 1], "what asks nothing does not even begin"


async def test_posts_that_wait_together_make_as_many_trips_as_one(
    store: PostgresStore, ann: User, trips: list[int], url: str
) -> None:
    chat, gate, begun = Chat(store, lambda event: None), threading.Event(), threading.Event()
    session = (await store.write(lambda tx: sessions.start(tx, ann))).session
    blocked = store.begin(lambda tx: begun.set() or gate.wait(), reach=Reach("a", "lobby"))  # type: ignore[func-returns-value]
    await asyncio.to_thread(begun.wait, 30)
    asked = [
        chat.begin(ann, c.PostMessage("lobby", f"{n}", secrets.token_urlsafe(16)), session) for n in range(100)
    ]  # fmt: skip
    trips.clear()
    gate.set()
    await asyncio.gather(blocked, *asked)
    assert len(trips) <= 7, "who speaks, whether it is there, the room, the message, and how far its author has read"
    assert sum(trips) <= 100 * 6 + 2 * 2, "and of each transaction its locks and its mark"
    assert sql(url, "SELECT body FROM messages ORDER BY seq") == [(f"{n}",) for n in range(100)]
    assert sql(url, "SELECT min(seq), max(seq), max(rev), sum(continues) FROM messages") == [(1, 100, 100, 99)]
    assert sql(url, "SELECT read FROM memberships") == [(100,)]


async def test_one_that_is_refused_among_many_that_are_alike(store: PostgresStore, ann: User, url: str) -> None:
    chat, gate = Chat(store, lambda event: None), threading.Event()
    await store.write(lambda tx: meta.put(tx, "before", ""))
    blocked = asyncio.ensure_future(store.write(lambda tx: gate.wait(), reach=Reach("a", "lobby")))
    cids = [secrets.token_urlsafe(16) for _ in range(4)]
    texts = [("lobby", "one", 0), ("nowhere", "two", 1), ("lobby", "one", 0), ("lobby", "other", 2), ("den", "", 2)]
    asked = [chat.begin(ann, c.PostMessage(room, body, cids[cid])) for room, body, cid in texts]
    gate.set()
    _blocked, *found = await asyncio.gather(blocked, *asked, return_exceptions=True)
    assert [type(one) for one in found] == [Done, NotFound, Done, Done, Conflict]
    assert isinstance(found[0], Done)
    assert isinstance(found[2], Done)
    assert found[0].id == found[2].id, "what is sent twice is done once, also in one commit"
    assert sql(url, "SELECT seq, body FROM messages ORDER BY seq") == [(1, "one"), (2, "other")]


@pytest.mark.parametrize("reach", [Reach("ann", "lobby"), ALIKE], ids=["one by one", "alike"])
@pytest.mark.parametrize("bad", ["\0", "\ud800"], ids=["NUL", "surrogate"])
async def test_a_value_that_cannot_be_sent_costs_those_around_it_nothing(
    store: PostgresStore, reach: Reach, bad: str
) -> None:
    gate = threading.Event()

    def put(key: str, value: str) -> asyncio.Future[None]:
        return store.begin(lambda tx: meta.put(tx, key, value), reach=reach)

    def fail_late(tx: Tx) -> None:
        meta.put(tx, "late", "")
        raise NotFound("no")

    blocked = store.begin(lambda tx: gate.wait(), reach=Reach("a", "lobby"))
    asked = [put("a", "1"), put("b", bad), put("c", "3"), store.begin(fail_late, reach=reach), put("d", "4")]
    gate.set()
    found = await asyncio.gather(*asked, return_exceptions=True)
    await blocked
    assert [one is None for one in found] == [True, False, True, False, True]
    values = await store.read(lambda tx: [meta.get(tx, key) for key in ("a", "b", "c", "late", "d")])
    assert values == ["1", "", "3", "", "4"]


async def test_what_is_refused_often_leaves_everything_prepared(store: PostgresStore, ann: User) -> None:
    def refuse(tx: Tx) -> None:
        meta.get(tx, "a")
        raise NotFound("no")

    def prepared(tx: Tx) -> int:
        row = tx.one("SELECT count(*) FROM pg_prepared_statements")
        assert row
        return int(row[0])

    for _ in range(50):  # whichever of the connections is free
        with pytest.raises(NotFound):
            await store.read(refuse)
        assert await store.read(lambda tx: meta.get(tx, "place")) == "Here"
        assert await store.read(prepared) <= 5, "three that begin it, and these two"


async def test_of_two_transactions_the_earlier_commits_last_and_nobody_loses_a_message(
    store: PostgresStore, ann: User, url: str
) -> None:
    """A reader who follows both rooms by positions while the first is held sees each message once, in order."""
    other, reader = open_postgres(url), open_postgres(url)
    sql(url, "INSERT INTO rooms (slug, title, kind, guests, created) VALUES ('den', 'Den', 'open', 'none', 0)")
    seen: dict[str, list[int]] = {"lobby": [], "den": []}

    def changes(tx: Tx) -> None:
        for slug, revs in seen.items():
            room = rooms.by_slug(tx, slug)
            assert room
            revs += [one.rev for one in messages.changed(tx, room.id, max(revs, default=0), 300)]

    with held(store, LOBBY, place) as (first, begun):
        await asyncio.to_thread(begun.wait, 30)
        second = asyncio.ensure_future(other.write(place, reach=Reach("bob", "lobby")))
        await asyncio.to_thread(somebody_waits, url, "NOT granted AND locktype IN ('transactionid', 'tuple')")
        await reader.write(partial(place, slug="den"), reach=Reach("cat", "den"))
        await reader.read(changes)
        assert (seen, first.done(), second.done()) == ({"lobby": [], "den": [1]}, False, False)
    await asyncio.gather(first, second)
    await reader.read(changes)
    assert seen == {"lobby": [1, 2], "den": [1]}
    other.close()
    reader.close()


OWED = """
INSERT INTO sessions (id, user_id, created, expires) VALUES ('s', 2, 1, 9);
INSERT INTO notices (id, title, body, at) VALUES (1, '', '', 1);
INSERT INTO subscriptions (id, user_id, session, endpoint, p256dh, auth, at) VALUES (1, 2, 's', '', '', '', 1);
INSERT INTO pushes (subscription_id, notice_id, due) VALUES (1, 1, 1);
INSERT INTO mail_addresses (user_id, address, minutes, lang, code, asked) VALUES (2, '', 1, '', '', 1);
INSERT INTO mails (user_id, due) VALUES (2, 1);
INSERT INTO rooms (id, slug, title, kind, guests, created) VALUES (8, 'a', '', 'closed', 'none', 1),
 (9, 'b', '', 'closed', 'none', 1);
INSERT INTO sites (id, name, skeleton, title, origins, guests, secret, created)
 VALUES (1, '', '', '', '', 'none', '', 1);
INSERT INTO conversations (site_id, room_id, notes_id, visitor, name, email, page, lang, created, changed, due)
 VALUES (1, 8, 9, '', '', '', '', '', 1, 1, 1);
"""


@pytest.mark.parametrize(
    "lease",
    [
        lambda tx: pushes.lease(tx, 2, 3, 9),
        lambda tx: mails.lease(tx, 2, 3),
        lambda tx: conversations.lease_letter(tx, 2, 3),
    ],
)
async def test_of_two_who_take_what_is_due_beside_others_one_gets_it(
    store: PostgresStore, ann: User, url: str, lease: Callable[[Tx], Any]
) -> None:
    """And neither waits for who writes in a room."""

    def leased(tx: Tx) -> Any:
        found = lease(tx)
        tx.one("SELECT 1")  # with which what is asked for its effect is done
        return found

    nodes = [open_postgres(url), open_postgres(url)]
    await store.write(lambda tx: tx.run(OWED))
    with held(store, LOBBY, place) as (said, posting):
        await asyncio.to_thread(posting.wait, 30)
        with held(nodes[0], ASIDE, leased) as (first, begun):
            await asyncio.to_thread(begun.wait, 30)
            second = asyncio.ensure_future(nodes[1].write(leased, reach=ASIDE))
            await asyncio.to_thread(somebody_waits, url, "NOT granted AND locktype = 'transactionid'")
        assert (bool(await first), bool(await second)) == (True, False)
        await nodes[0].write(partial(users.saw, times={ann.id: 5}), reach=ASIDE)
        assert not said.done()
    for node in nodes:
        node.close()
