"""A place moves between databases whole, whatever each is kept in, and nothing is overwritten."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.tools.databases import quiet, sql
from tests.tools.postgres import Postgres
from webchat import transfer
from webchat.desk import desk
from webchat.errors import StartRefused
from webchat.settings import Settings
from webchat.store import lines, postgres_copies, rows, schema, servers
from webchat.store.opening import open_store
from webchat.store.postgres import open_postgres


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of SQLite with more messages than are read at once."""
    data = tmp_path_factory.mktemp("full")
    with desk(Settings(data=data)) as at:
        at.add_user("ann", "a long enough one", admin=True)
        at.add_room("中文", "Ä 'title'", "closed", "read")
        for text in ("one", "two 🐸", "three"):
            at.send("lobby", text)
            at.notify("ann", text)
    for statement in (
        "INSERT INTO files (id, room_id, message_id, author, guest, name, type, size, width, height, at, ready)"
        " VALUES ('a', 1, 1, 2, '', '画.png', 'image/png', 9, 3, 2, 5, 1),"
        " ('b', 1, NULL, 0, 'k', 'x', '', 3, 0, 0, 6, 0)",
        "INSERT INTO file_parts (file_id, n, data) VALUES ('a', 0, x'00ff0a27'), ('a', 1, x'89504e470d'),"
        " ('b', 0, x'000000')",
    ):
        sql(data / "webchat.db", statement)
    return data / "webchat.db"


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.emptied("stored")


@pytest.fixture(autouse=True)
def _few_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "TOGETHER", 2)


def everything(database: Path | str) -> dict[str, list[tuple[Any, ...]]]:
    """All that is copied."""
    found = {}
    for table in rows.tables():
        where = " WHERE key <> 'epoch'" if table.name == "meta" else ""
        found[table.name] = sorted(sql(database, f"SELECT {', '.join(table.columns)} FROM {table.name}{where}"))  # noqa: S608
    return found


def test_there_and_back_it_is_the_same(full: Path, url: str, tmp_path: Path) -> None:
    told: list[str] = []
    assert transfer.copy(f"sqlite:{full}", url, told.append) == (1, 2, 3)
    assert any(one.startswith("Copying messages, ") for one in told)
    assert everything(url) == everything(full)
    assert sql(url, "SELECT value FROM meta WHERE key = 'epoch'") == []
    back = tmp_path / "back.db"
    assert transfer.copy(url, f"sqlite:{back}", quiet) == (1, 2, 3)
    assert everything(back) == everything(full)
    assert back.stat().st_mode & 0o777 == 0o600
    with desk(Settings(data=tmp_path, store=url)) as at:  # new rows get new ids
        assert at.send("lobby", "four") == 4
        at.add_user("bob", "a long enough one", admin=False)
        at.add_room("more", "", "open", "none")


def test_a_backup_of_either_is_restored_into_either(full: Path, url: str, postgres: Postgres, tmp_path: Path) -> None:
    first, second = tmp_path / "first.db", tmp_path / "second.db"
    transfer.backup(Settings(data=full.parent), first, quiet)
    transfer.restore(Settings(store=url), first, quiet)
    transfer.backup(Settings(store=url), second, quiet)
    restored = transfer.restore(Settings(data=tmp_path / "new"), second, quiet)
    assert (restored.contents, restored.kept) == ((1, 2, 3), None)
    assert everything(tmp_path / "new" / "webchat.db") == everything(full)
    with pytest.raises(StartRefused, match="is there already"):
        transfer.backup(Settings(store=url), second, quiet)


def test_what_was_deleted_keeps_its_number_in_a_copy(full: Path, url: str, tmp_path: Path) -> None:
    source, back = tmp_path / "source.db", tmp_path / "back.db"
    transfer.backup(Settings(data=full.parent), source, quiet)
    token = "INSERT INTO tokens (user_id, hash, prefix, scopes, created, expires) VALUES (1, 'h', '', '', 1, 0)"
    notice = "INSERT INTO notices (title, body, at) VALUES ('', '', 1)"
    sql(source, "UPDATE sqlite_sequence SET seq = 69 WHERE name = 'tokens'")
    sql(source, token)
    sql(source, "DELETE FROM tokens")
    sql(source, "UPDATE users SET common_read = 80 WHERE name = 'ann'")
    transfer.copy(f"sqlite:{source}", url, quiet)
    transfer.copy(url, f"sqlite:{back}", quiet)
    for database in (url, back):
        assert sql(database, f"{token} RETURNING id") == [(71,)]
        assert sql(database, f"{notice} RETURNING id") == [(81,)]
    sql(url, "DELETE FROM tokens")
    transfer.migrate(Settings(store=url))
    assert sql(url, f"{token} RETURNING id") == [(72,)]


def test_what_reads_or_fills_a_whole_database_takes_as_long_as_it_takes(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "BEGIN", lines.BEGIN.replace("10s", "20ms"))
    for opened in (postgres_copies.snapshot, postgres_copies.alone):
        with opened(url) as tx:
            tx.one("SELECT pg_sleep(0.1)")


def test_what_is_not_empty_stays_as_it_is(full: Path, url: str, tmp_path: Path) -> None:
    transfer.copy(f"sqlite:{full.parent}", url, quiet)
    before = everything(url)
    for again in (
        lambda: transfer.copy(f"sqlite:{full}", url, quiet),
        lambda: transfer.restore(Settings(store=url), full, quiet),
    ):
        with pytest.raises(StartRefused, match="has people or rooms in it"):
            again()
    with pytest.raises(StartRefused, match="is there already"):
        transfer.copy(url, f"sqlite:{full}", quiet)
    assert everything(url) == before


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("sqlite:", "no database"),
        ("mysql://x", "no database"),
        ("sqlite:/none/there.db", "no file"),
        ("postgresql://x@127.0.0.1:1/x", "cannot be reached"),
    ],
)
def test_what_is_no_source_is_refused(url: str, source: str, why: str) -> None:
    with pytest.raises(StartRefused, match=why):
        transfer.copy(source, url, quiet)
    assert sql(url, "SELECT count(*) FROM rooms") == [(0,)]


def test_one_that_breaks_off_leaves_nothing(full: Path, url: str) -> None:
    def stop(what: str) -> None:
        if "messages" in what:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        transfer.copy(f"sqlite:{full}", url, stop)
    assert sql(url, "SELECT count(*) FROM rooms") == [(0,)]


@pytest.fixture
def fresh(postgres: Postgres) -> Iterator[str]:
    """A database without a table."""
    postgres.sql("CREATE DATABASE fresh TEMPLATE template0")
    yield postgres.url("fresh")
    postgres.sql("DROP DATABASE fresh WITH (FORCE)")


def test_the_schema_is_brought_up_to_date(fresh: str) -> None:
    settings = Settings(store=fresh)
    with pytest.raises(StartRefused, match="nothing of webchat"):
        transfer.require_up_to_date(settings)
    assert transfer.migrate(settings) == (0, schema.known())
    assert transfer.require_up_to_date(settings) == schema.known()
    sql(fresh, "UPDATE schema_version SET number = number - 1")
    with pytest.raises(StartRefused, match="Run webchat migrate"):
        transfer.require_up_to_date(settings)


def test_under_a_server_of_an_older_schema_nothing_is_changed(
    fresh: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data=tmp_path, store=fresh)
    transfer.migrate(settings)
    at = time.time_ns() // 1_000_000
    with closing(open_postgres(fresh)) as store:
        asyncio.run(store.write(lambda tx: servers.note(tx, servers.Server("one", "redis", "old.example", at))))
    before = schema.steps("postgres")
    monkeypatch.setattr(schema, "steps", lambda _kind: [*before, "CREATE TABLE later (id BIGINT PRIMARY KEY)"])
    with pytest.raises(StartRefused, match=r"on old\.example, .*Stop the server, then run webchat migrate"):
        transfer.migrate(settings)
    with pytest.raises(StartRefused, match="Stop the server"), desk(settings):
        raise AssertionError("It was opened.")
    assert sql(fresh, "SELECT number FROM schema_version") == [(len(before),)]
    open_store(fresh, tmp_path).close()  # a newer server may
    assert sql(fresh, "SELECT number FROM schema_version") == [(len(before) + 1,)]
    with desk(settings):
        assert transfer.migrate(settings) == (len(before) + 1, len(before) + 1), "nothing is due"


def test_every_table_comes_after_those_that_it_refers_to() -> None:
    names = [table.name for table in rows.tables()]
    assert names.index("users") < names.index("messages") < names.index("reactions")
    assert all(table.key for table in rows.tables())
