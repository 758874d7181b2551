"""What a statement touches: no more than it must, by an index, and as PostgreSQL takes it too."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from webchat.chat import messages as verbs, people, rooms as room_verbs
from webchat.commands import PostMessage
from webchat.model import Actor, Room, User
from webchat.store import Row, Tx, members, messages, meta, notifications, rooms, rules, sessions, users
from webchat.store.sqlite import SqliteStore, SqliteTx, open_sqlite
from webchat.store.together import MOST

pytestmark = pytest.mark.anyio


class Counting(SqliteTx):
    """Counts the rows it gives, and keeps the statements."""

    def __init__(self, store: SqliteStore) -> None:
        super().__init__(store._reader)
        self.rows = 0
        self.asked: list[tuple[str, tuple[object, ...]]] = []

    def one(self, sql: str, *args: object) -> Row | None:
        self.asked.append((sql, args))
        return super().one(sql, *args)

    def all(self, sql: str, *args: object) -> list[Row]:
        self.asked.append((sql, args))
        found = super().all(sql, *args)
        self.rows += len(found)
        return found

    def plans(self) -> str:
        """How each statement would be done."""
        asked, self.asked = self.asked, []
        return "\n".join(str(row[3]) for sql, args in asked for row in self.all(f"EXPLAIN QUERY PLAN {sql}", *args))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = open_sqlite(tmp_path / "webchat.db")
    yield store
    store.close()


@pytest.fixture
async def ann(store: SqliteStore) -> User:
    return await store.write(lambda tx: people.set_up(tx, "Here", "Ann", "hash"))


def say(tx: Tx, actor: Actor, cid: str, room: str = "lobby") -> int:
    return int(verbs.post(tx, actor, PostMessage(room, "Hello", cid), "<p>Hello</p>").id)


async def test_a_resume_reads_the_reactions_of_what_it_sends_and_no_others(store: SqliteStore, ann: User) -> None:
    def fill(tx: Tx) -> None:
        for n in range(20):
            messages.add_reaction(tx, say(tx, ann, f"cid-{n}"), ann.id, "", "Ann", "", "👍", n)

    await store.write(fill)
    tx = Counting(store)
    found = messages.changed(tx, 1, 5, 3)
    assert [(one.rev, len(one.reactions)) for one in found] == [(6, 1), (7, 1), (8, 1)]
    assert tx.rows == 6
    assert [len(one.reactions) for one in messages.between(tx, 1, 4, 6)] == [1, 1, 1]


async def test_a_message_takes_its_place_in_the_transaction_that_adds_it(store: SqliteStore, ann: User) -> None:
    """Not a place that was read before, which another server may have given away meanwhile."""

    def read_then_post(tx: Tx) -> tuple[int, int]:
        room = rooms.by_slug(tx, "lobby")
        assert room
        say(tx, ann, "zero")
        say(tx, ann, "half")
        message = messages.by_id(tx, say(tx, ann, "one"))
        assert message
        return message.seq, message.rev

    assert await store.write(read_then_post) == (3, 3)


async def test_a_room_with_many_is_one_row_of_the_sidebar(store: SqliteStore, ann: User) -> None:
    def fill(tx: Tx) -> None:
        for name in ("Bob", "Cat", "Dan"):
            people.add(tx, name, "member", "hash")
        room = room_verbs.add(tx, room_verbs.draft("hall", "The hall"))
        tx.run("UPDATE rooms SET kind = 'direct' WHERE id = $1", room.id)

    await store.write(fill)
    links = await store.read(lambda tx: rooms.sidebar(tx, ann.id))
    assert [(link.title, link.other) for link in links] == [("Lobby", 0), ("Bob, Cat, Dan", ann.id + 1)]


async def test_what_is_asked_often_scans_no_table(store: SqliteStore, ann: User) -> None:
    tx = Counting(store)
    users.any_admin(tx)
    tx.one("SELECT 1 FROM notifications WHERE snoozed > 0 AND snoozed <= $1 AND gone = 0", 1)
    notifications.tally(tx, ann.id)
    tx.asked.append(("DELETE FROM sessions WHERE user_id = $1 RETURNING id", (ann.id,)))
    plans = tx.plans()
    for index in (
        "users_admins",
        "notifications_unread",
        "notifications_snoozed",
        "notices_for_everyone",
        "sessions_by_user",
    ):
        assert f"INDEX {index}" in plans
    assert "SCAN notifications" not in plans
    assert "SCAN c" not in plans
    assert "SCAN sessions" not in plans


async def test_that_rules_end_looks_only_at_what_waits_in_the_room(store: SqliteStore) -> None:
    tx = Counting(store)
    tx.asked.append((f"SELECT id FROM rooms WHERE id = $1{rules._IDLE}", (1,)))  # noqa: S608
    plans = tx.plans()
    assert "SEARCH h USING INDEX held_unposted" in plans
    assert "SCAN" not in plans


async def test_a_page_of_a_room_with_everybody_in_it_sorts_nobody(store: SqliteStore, ann: User) -> None:
    tx = Counting(store)
    members.first(tx, 1, 50)
    members.others(tx, 0, "", 50)
    plans = tx.plans()
    assert "INDEX memberships_moderating" in plans
    assert plans.count("SCAN u USING INDEX users_by_title") == 2
    assert plans.count("USE TEMP B-TREE FOR ORDER BY") == 1, "that of the moderators"


async def test_the_heads_of_all_rooms_are_asked_together(store: SqliteStore, ann: User) -> None:
    slugs = [f"room-{number}" for number in range(MOST + 5)]
    await store.write(lambda tx: [rooms.add(tx, Room(0, slug, slug, "", "open", "none", 0, 0), 1) for slug in slugs])
    await store.write(lambda tx: tx.run("UPDATE rooms SET rev = id"))
    tx = Counting(store)
    expected: dict[str, int] = dict(tx.all("SELECT slug, rev FROM rooms WHERE slug LIKE 'room-%'"))
    tx.asked.clear()
    assert rooms.heads(tx, [*slugs[:-1], "none", slugs[-1]]) == expected
    assert len(tx.asked) == 2
    assert "SCAN" not in tx.plans()
    tx.asked.clear()
    for some in (slugs[:5], slugs[:7], [], ["none"]):
        assert rooms.heads(tx, some) == {slug: expected[slug] for slug in some if slug in expected}
    assert len({sql for sql, _args in tx.asked}) == 2, "a connection keeps few of them prepared"


async def test_revocations_are_counted_with_what_they_take_away(store: SqliteStore, ann: User) -> None:
    def revoked_and_undone(tx: Tx) -> None:
        meta.revoke(tx)
        raise ZeroDivisionError

    assert await store.read(meta.revoked) == 0
    assert [await store.write(meta.revoke) for _ in range(3)] == [1, 2, 3]
    with pytest.raises(ZeroDivisionError):
        await store.write(revoked_and_undone)
    assert await store.read(meta.revoked) == 3
    await store.write(lambda tx: sessions.add(tx, "hash", ann.id, 1, 2, "", ""))

    def ended(tx: Tx) -> Any:
        return sessions.end(tx, "hash"), sessions.end(tx, "hash")

    assert await store.write(ended) == (["hash"], [])


def test_a_kept_statement_is_not_prepared_again_for_another_value(store: SqliteStore) -> None:
    looked_at: list[object] = []

    def authorize(*what: object) -> int:
        looked_at.append(what)
        return apsw.SQLITE_OK

    store._reader.authorizer = authorize
    tx = SqliteTx(store._reader)
    for user in range(5):
        looked_at.clear()
        rooms.with_membership(tx, "lobby", user)
        messages.posted(tx, user, "a cid")
        assert bool(looked_at) == (user == 0)
