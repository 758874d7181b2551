"""A PostgreSQL that takes connections and does not answer is given up, once for all."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import psycopg
import pytest

from tests.store.test_postgres import somebody_waits
from tests.tools.databases import sql
from tests.tools.postgres import Postgres
from webchat.errors import Unavailable
from webchat.store import Tx, meta
from webchat.store.lines import Dialer, Line
from webchat.store.postgres import READERS, open_postgres
from webchat.store.postgres_steps import LOCK

pytestmark = pytest.mark.anyio


@pytest.fixture
def url(postgres: Postgres) -> Iterator[str]:
    yield postgres.emptied("stored")
    postgres.go_on()


async def test_a_commit_that_is_not_answered_is_given_up_and_looked_up(
    url: str, postgres: Postgres, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    execute, dial, hung = Line.execute, Dialer.dial, list[bool]()

    def hang(self: Line, statement: str) -> str:
        if statement == "COMMIT" and not hung:
            hung.append(True)
            postgres.hang()
        return execute(self, statement)

    def go_on(self: Dialer) -> Any:
        postgres.go_on()
        return dial(self)

    def once(tx: Tx) -> None:
        tx.run("INSERT INTO meta (key, value) VALUES ('once', '')")

    monkeypatch.setattr("webchat.store.postgres.PATIENCE", 0.2)
    with closing(open_postgres(url)) as store:
        await store.write(lambda tx: meta.put(tx, "a", ""))  # from now on it has a connection
        monkeypatch.setattr(Dialer, "dial", go_on)
        monkeypatch.setattr(Line, "execute", hang)
        try:
            await store.write(once)
        finally:
            postgres.go_on()
    assert sql(url, "SELECT count(*) FROM meta WHERE key = 'once'") == [(1,)]
    assert "A commit was not answered: the database has not answered for 0.2 seconds" in caplog.text


async def test_one_that_is_silent_is_not_waited_for_by_each_connection(
    url: str, postgres: Postgres, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("webchat.store.postgres.PATIENCE", 0.2)
    together = threading.Barrier(READERS, timeout=30)
    with closing(open_postgres(url)) as store:

        def read(tx: Tx) -> None:
            tx.one("SELECT 1")
            together.wait()

        await asyncio.gather(*(store.read(read) for _ in range(READERS)))  # all have a connection
        postgres.hang()
        try:
            for _ in range(2 * READERS):
                with pytest.raises(Unavailable):
                    await store.read(lambda tx: meta.get(tx, "place"))
        finally:
            postgres.go_on()
        while True:
            with suppress(Unavailable):
                await store.read(lambda tx: meta.get(tx, "place"))
                break
    assert caplog.text.count("PostgreSQL has not answered for 0.2 seconds.") == 1


async def test_a_step_of_the_schema_may_take_longer_than_anything_else(
    url: str, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webchat.store.postgres.PATIENCE", 0.1)
    with psycopg.connect(url) as other:  # who is at it already
        other.execute(LOCK.encode())
        opening = asyncio.create_task(asyncio.to_thread(open_postgres, url))
        await asyncio.to_thread(somebody_waits, url)
        assert other.execute("SELECT pg_sleep(0.3)").fetchone()
        assert not opening.done()
    (await opening).close()


def test_its_end_is_not_waited_for(url: str, postgres: Postgres, caplog: pytest.LogCaptureFixture) -> None:
    async def asks_in_vain() -> None:
        with closing(open_postgres(url)) as store:
            await store.write(lambda tx: meta.put(tx, "a", ""))
            postgres.hang()
            store.begin(lambda tx: meta.put(tx, "a", "b"))

    asyncio.run(asks_in_vain())
    assert "what was not saved yet is left" in caplog.text
