"""What only PostgreSQL can do to us: break off, cross, answer nothing, be somebody else's."""

import asyncio
import secrets
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.tools.databases import sql
from tests.tools.ports import free_port
from tests.tools.postgres import Pgbouncer, Postgres
from webchat.chat import people
from webchat.errors import StartRefused, Unavailable, Unreachable
from webchat.model import Message
from webchat.store import Reach, Tx, messages, meta, rooms, schema
from webchat.store.lines import Line
from webchat.store.opening import open_store, wait_for_store
from webchat.store.postgres import PostgresStore, open_postgres

pytestmark = pytest.mark.anyio

LOBBY = Reach("ann", "lobby")


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.emptied("stored")


@pytest.fixture
async def store(url: str) -> AsyncIterator[PostgresStore]:
    store = open_postgres(url)
    await store.write(lambda tx: people.set_up(tx, "Here", "Ann", "hash"))
    yield store
    store.close()


def backend(tx: Tx) -> int:
    row = tx.one("SELECT pg_backend_pid()")
    assert row
    return int(row[0])


@pytest.mark.parametrize(
    ("address", "said"),
    [("postgresql://ann:secret@127.0.0.1:1/x", "127.0.0.1:1/x"),
     ("postgresql://ann:secret@127.0.0.1:1,127.0.0.2:1/x?target_session_attrs=any", "127.0.0.1:1,127.0.0.2:1/x"),
     ("postgresql://ann:se/cret@127.0.0.1:1/x", "127.0.0.1:1/x"),
     ("postgresql://ann:se#cret@127.0.0.1:1/x", "127.0.0.1:1/x"),
     ("postgresql://ann:se?cret@127.0.0.1:1/x", "its address"), ("postgresql://[/x", "[/x"),
     ("postgresql:///x?host=/nowhere", "this machine/x")],
)  # fmt: skip
def test_whatever_stands_in_an_address_is_said_in_one_line(address: str, said: str) -> None:
    with pytest.raises(Unreachable) as refused:
        open_postgres(address)
    assert str(refused.value).startswith(f"PostgreSQL at {said} cannot be reached: ")
    assert "cret" not in str(refused.value)


async def test_a_connection_that_breaks_in_a_batch_costs_nobody_anything(store: PostgresStore, url: str) -> None:
    begun: list[int] = []

    def write(tx: Tx) -> None:
        begun.append(backend(tx))
        meta.put(tx, "n", str(len(begun)))
        if len(begun) == 5:
            sql(url, f"SELECT pg_terminate_backend({begun[-1]})")

    await asyncio.gather(*(store.write(write) for _ in range(8)))
    assert len(begun) == 5 + 8
    assert await store.read(lambda tx: meta.get(tx, "n")) == "13"
    sql(url, f"SELECT pg_terminate_backend({await store.read(backend)})")
    assert await store.read(lambda tx: meta.get(tx, "n")) == "13"


@pytest.mark.parametrize("done", [True, False], ids=["done", "undone"])
async def test_a_commit_whose_answer_is_lost_is_looked_up(
    store: PostgresStore, url: str, monkeypatch: pytest.MonkeyPatch, done: bool
) -> None:
    execute, ran, told = Line.execute, [0], [0]

    def lose(self: Line, statement: str) -> str:
        if not statement.endswith("COMMIT") or told[0]:
            return execute(self, statement)
        told[0] += 1
        assert self._connection
        if done:
            execute(self, statement)
        self._connection.close()
        return execute(self, statement)

    def once(tx: Tx) -> None:
        ran[0] += 1
        tx.run("INSERT INTO meta (key, value) VALUES ('once', '')")

    monkeypatch.setattr(Line, "execute", lose)
    heard: list[None] = []
    await store.write(once, heard.append)
    assert (ran, heard) == ([1 if done else 2], [None])
    assert sql(url, "SELECT count(*) FROM meta WHERE key = 'once'") == [(1,)]


async def test_a_commit_whose_fate_nobody_tells_is_to_be_tried_again(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    execute = Line.execute

    def lose(self: Line, statement: str) -> str:
        if statement.endswith("COMMIT"):
            store._dialer.url = f"postgresql://webchat@127.0.0.1:{free_port()}/none"
            assert self._connection
            self._connection.close()
        return execute(self, statement)

    monkeypatch.setattr("webchat.store.postgres_commit.WAIT", 0.3)
    monkeypatch.setattr(Line, "execute", lose)
    with pytest.raises(Unavailable):
        await store.write(lambda tx: meta.put(tx, "a", ""))
    assert "Nobody can tell what became of a commit of 1 writes." in caplog.text


async def test_two_that_lock_each_other_out_are_both_done(store: PostgresStore, url: str) -> None:
    other = open_postgres(url)
    barrier = threading.Barrier(2, timeout=30)
    waits = [True, True]
    for key in ("a", "b"):
        await store.write(lambda tx, key=key: meta.put(tx, key, ""))  # type: ignore[misc]

    def cross(first: str, second: str, place: int) -> Callable[[Tx], None]:
        def write(tx: Tx) -> None:
            tx.run("UPDATE meta SET value = value || $2 WHERE key = $1", first, first)
            if waits[place]:  # the first time
                waits[place] = False
                barrier.wait()
            tx.run("UPDATE meta SET value = value || $2 WHERE key = $1", second, first)

        return write

    await asyncio.gather(
        store.write(cross("a", "b", 0), reach=Reach("ann", "one")),
        other.write(cross("b", "a", 1), reach=Reach("bob", "two")),
    )
    other.close()
    values = await store.read(lambda tx: sorted(meta.get(tx, "a")) + sorted(meta.get(tx, "b")))
    assert values == ["a", "b", "a", "b"]


@contextmanager
def held(store: PostgresStore, reach: Reach, fn: Callable[[Tx], Any]) -> Any:
    """A write that has done what it does and is about to commit, until the block ends."""
    gate, begun = threading.Event(), threading.Event()

    def write(tx: Tx) -> Any:
        found = fn(tx)
        begun.set()
        gate.wait(30)
        return found

    future = asyncio.ensure_future(store.write(write, reach=reach))
    try:
        yield future, begun
    finally:
        gate.set()


def place(tx: Tx, slug: str = "lobby") -> tuple[int, int]:
    room = rooms.by_slug(tx, slug)
    assert room
    cid = secrets.token_hex(8)
    added = messages.add(tx, room.id, Message(0, slug, 0, 0, 0, 0, 1, "webchat", "", "", 0, cid))
    assert added
    return added.message.seq, added.message.rev


async def test_on_two_nodes_who_takes_the_earlier_place_commits_first(store: PostgresStore, url: str) -> None:
    """So that whoever reads what came after the newest place misses nothing: no place is filled later."""
    other = open_postgres(url)
    with held(store, LOBBY, place) as (first, begun):
        await asyncio.to_thread(begun.wait, 30)
        second = asyncio.ensure_future(other.write(place, reach=Reach("bob", "lobby")))
        elsewhere = await other.write(lambda tx: meta.get(tx, "place"), reach=Reach("cat", "elsewhere"))
        head = await other.read(lambda tx: rooms.heads(tx, ["lobby"]))
        assert (elsewhere, head, second.done(), first.done()) == ("Here", {"lobby": 0}, False, False)
    assert (await first, await second) == ((1, 1), (2, 2))
    other.close()


def somebody_waits(url: str, how: str = "NOT granted AND locktype = 'advisory'") -> None:
    """Return once a write waits for another one's lock."""
    while sql(url, f"SELECT count(*) FROM pg_locks WHERE {how}") != [(1,)]:  # noqa: S608 # what tests say
        pass


async def test_what_reaches_anywhere_is_alone(store: PostgresStore, url: str) -> None:
    other = open_postgres(url)
    with held(store, LOBBY, lambda tx: meta.put(tx, "a", "1")) as (first, begun):
        await asyncio.to_thread(begun.wait, 30)
        whole = asyncio.ensure_future(other.write(lambda tx: meta.get(tx, "a")))
        await asyncio.to_thread(somebody_waits, url)
        assert not whole.done()
    assert (await first, await whole) == (None, "1")
    other.close()


async def test_a_message_locks_its_room(store: PostgresStore, url: str) -> None:
    columns = "id, room_id, seq, born, said, rev, author, title, body, html, at, cid, continues"
    sql(url, f"INSERT INTO messages ({columns}) VALUES (7, 1, 1, 1, 1, 1, 2, 'Ann', '', '', 0, 'c', 0)")  # noqa: S608
    free = "SELECT id FROM rooms WHERE id = 1 FOR UPDATE SKIP LOCKED"
    with held(store, Reach("ann", message=7), lambda tx: meta.get(tx, "place")) as (first, begun):
        await asyncio.to_thread(begun.wait, 30)
        assert sql(url, free) == []
    await first
    assert sql(url, free) == [(1,)]


async def test_behind_pgbouncer_nothing_is_kept_in_a_session(postgres: Postgres, url: str, tmp_path: Path) -> None:
    with Pgbouncer(postgres, tmp_path) as pool:
        stores = [open_postgres(postgres.url("stored", pool.port)) for _ in range(2)]
        await stores[0].write(lambda tx: people.set_up(tx, "Here", "Ann", "hash"))
        places = await asyncio.gather(
            *(store.write(place, reach=Reach(f"{n}", "lobby")) for n in range(30) for store in stores),
        )
        assert sorted(places) == [(n, n) for n in range(1, 61)]
        heads = await asyncio.gather(*(stores[0].read(lambda tx: rooms.heads(tx, ["lobby"])) for _ in range(30)))
        assert heads == [{"lobby": 60}] * 30
        assert sql(url, "SELECT count(*) FROM pg_prepared_statements") == [(0,)]
        for store in stores:
            store.close()


async def test_one_that_is_away_is_waited_for_and_then_given_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from webchat.metrics import Metrics

    monkeypatch.setattr("webchat.store.opening.PATIENCE", 0.5)
    with pytest.raises(Unreachable, match=r"PostgreSQL at 127.0.0.1:\d+/none cannot be reached: .*refused"):
        await wait_for_store(f"postgresql://me:secret@127.0.0.1:{free_port()}/none", tmp_path, Metrics())
    assert "It is waited for" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("prepare", "why"),
    [
        ("UPDATE schema_version SET number = 9999", "newer webchat"),
        ("ALTER TABLE schema_version RENAME TO something", "another program's"),
    ],
)
def test_one_that_is_not_ours_is_refused(postgres: Postgres, prepare: str, why: str) -> None:
    postgres.sql("DROP DATABASE IF EXISTS refused")
    postgres.sql("CREATE DATABASE refused TEMPLATE template0")
    open_postgres(postgres.url("refused")).close()
    sql(postgres.url("refused"), prepare)
    with pytest.raises(StartRefused, match=why):
        open_postgres(postgres.url("refused"))
    postgres.sql("DROP DATABASE refused")


def test_without_utf_8_it_is_refused(postgres: Postgres) -> None:
    postgres.sql("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    with pytest.raises(StartRefused, match="LATIN1"):
        open_postgres(postgres.url("latin"))
    postgres.sql("DROP DATABASE latin")


def test_both_kinds_have_the_same_steps_and_come_to_the_same_columns(url: str, tmp_path: Path) -> None:
    assert len(schema.steps("sqlite")) == len(schema.steps("postgres"))
    open_store("", tmp_path).close()
    theirs = {(str(table), str(column)) for table, column in sql(url, COLUMNS)}
    tables = "SELECT m.name, c.name FROM pragma_table_list m, pragma_table_info(m.name) c WHERE m.type = 'table'"
    ours = {(str(table), str(column)) for table, column in sql(tmp_path / "webchat.db", tables)}
    assert {pair for pair in ours if not pair[0].startswith("sqlite_")} == theirs - OWN


OWN = {
    *(("schema_version", "number"), ("search", "rowid"), ("search", "words")),
    *(("commits", column) for column in ("writer", "mark", "at")),
}
"""What only PostgreSQL needs, and the table that is another kind of table on SQLite."""


COLUMNS = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"


def test_without_its_driver_it_says_what_to_install(tmp_path: Path) -> None:
    import subprocess
    import sys

    program = "import sys\nsys.modules['psycopg'] = None\nfrom webchat.cli import main\nmain()"
    environ = {"WEBCHAT_STORE": "postgresql://127.0.0.1:1/none", "WEBCHAT_DATA": str(tmp_path), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", program, "room", "list"], env=environ, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: The driver for PostgreSQL is not installed. Run: pip install")
