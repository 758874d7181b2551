"""Writes share commits and nothing else; what is acknowledged is on disk; what cannot be, says so."""

import asyncio
import os
import subprocess
import sys
import threading
from importlib.resources import files
from pathlib import Path

import apsw
import pytest

from webchat.errors import StartRefused, Unavailable
from webchat.store import Tx, meta
from webchat.store.sqlite import SqliteStore, open_sqlite

pytestmark = pytest.mark.anyio


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return open_sqlite(tmp_path / "webchat.db")


async def keys(store: SqliteStore) -> set[str]:
    return {row[0] for row in await store.read(lambda tx: tx.all("SELECT key FROM meta"))} - {"epoch"}


async def test_what_waits_is_committed_together_in_order(store: SqliteStore) -> None:
    gate = threading.Event()
    commits: list[int] = []
    store._writer.set_commit_hook(lambda: commits.append(1) or False)  # type: ignore[func-returns-value]
    first = asyncio.ensure_future(store.write(lambda tx: gate.wait()))
    done: list[int] = []

    async def write(n: int) -> None:
        await store.write(lambda tx: meta.put(tx, "n", str(n)))
        done.append(n)

    tasks = [asyncio.ensure_future(write(n)) for n in range(100)]
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(first, *tasks)
    assert done == list(range(100))
    assert len(commits) <= 3
    assert await store.read(lambda tx: meta.get(tx, "n")) == "99"
    store.close()


async def test_a_read_sees_one_moment(store: SqliteStore) -> None:
    await store.write(lambda tx: meta.put(tx, "a", "1"))

    def read(tx: Tx) -> tuple[str, str]:
        before = meta.get(tx, "a")
        other = apsw.Connection(store._writer.filename)
        other.set_busy_timeout(5000)
        other.execute("UPDATE meta SET value = '2' WHERE key = 'a'")
        other.close()
        return before, meta.get(tx, "a")

    assert await store.read(read) == ("1", "1")
    assert await store.read(lambda tx: meta.get(tx, "a")) == "2"
    store.close()


async def test_the_log_is_short_again_after_a_burst(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webchat.store.sqlite.KEPT_LOG", 100_000)
    monkeypatch.setattr("webchat.store.sqlite.CHECKPOINT", 50)
    copied, checkpoint = threading.Event(), SqliteStore._checkpoint

    def noted(store: SqliteStore) -> None:
        checkpoint(store)
        copied.set()

    monkeypatch.setattr(SqliteStore, "_checkpoint", noted)
    store = open_sqlite(tmp_path / "webchat.db")
    log = tmp_path / "webchat.db-wal"
    await store.write(lambda tx: meta.put(tx, "a", "x" * 2_000_000))
    assert log.stat().st_size > 2_000_000
    assert await asyncio.to_thread(copied.wait, 60)
    await store.write(lambda tx: meta.put(tx, "b", "y"))
    assert log.stat().st_size <= 100_000
    store.close()


async def test_more_than_may_wait_is_told_to_try_again(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webchat.store.sqlite.QUEUE", 2)
    gate, begun = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def block(tx: Tx) -> None:
        loop.call_soon_threadsafe(begun.set)
        gate.wait()

    blocked = asyncio.ensure_future(store.write(block))
    await begun.wait()
    waiting = [asyncio.ensure_future(store.write(lambda tx: None)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await store.write(lambda tx: None)
    gate.set()
    await asyncio.gather(blocked, *waiting)
    store.close()


async def test_a_full_database_refuses_and_recovers(store: SqliteStore) -> None:
    pages = int(str(store._writer.execute("PRAGMA page_count").fetchall()[0][0]))
    store._writer.execute(f"PRAGMA max_page_count={pages + 2}").fetchall()
    with pytest.raises(Unavailable):
        await store.write(lambda tx: meta.put(tx, "big", "x" * 100_000))
    assert "big" not in await keys(store)
    store._writer.execute("PRAGMA max_page_count=1000000").fetchall()
    await store.write(lambda tx: meta.put(tx, "big", "x" * 100_000))
    assert "big" in await keys(store)
    store.close()


async def test_a_database_locked_by_another_for_long_refuses_and_recovers(store: SqliteStore) -> None:
    store._writer.set_busy_timeout(1)
    other = apsw.Connection(store._writer.filename)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable):
        await store.write(lambda tx: meta.put(tx, "a", ""))
    other.execute("ROLLBACK")
    await store.write(lambda tx: meta.put(tx, "a", ""))
    other.close()
    store.close()


def test_the_steps_of_the_schema_are_numbered_without_a_gap() -> None:
    """A database remembers how many it has taken, so a step must not come before one that was there."""
    names = sorted(step.name for step in files("webchat.store").joinpath("schema/sqlite").iterdir())
    assert [int(name.partition("_")[0]) for name in names] == list(range(1, len(names) + 1))


def test_a_database_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "webchat.db"
    open_sqlite(path).close()
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA user_version=9999")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StartRefused, match="newer"):
        open_sqlite(path)
    assert path.read_bytes() == before


def test_what_was_refused_holds_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[SqliteStore] = []

    def start(store: SqliteStore) -> None:
        made.append(store)
        raise apsw.CorruptError("database disk image is malformed")

    monkeypatch.setattr(SqliteStore, "start", start)
    with pytest.raises(StartRefused, match="malformed"):
        open_sqlite(tmp_path / "webchat.db")
    with pytest.raises(apsw.ConnectionClosedError):
        made[0]._writer.execute("SELECT 1")
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(made[0]._queue._bell)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "webchat.db"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(StartRefused):
        open_sqlite(path)


@pytest.mark.parametrize("before", [None, 0o644], ids=["new", "loose"])
async def test_nobody_else_may_read_the_files(tmp_path: Path, before: int | None) -> None:
    folder = tmp_path / "data"
    if before is not None:
        folder.mkdir()
        (folder / "webchat.db").touch()
        (folder / "webchat.db").chmod(before)
    mask = os.umask(0)
    try:
        store = open_sqlite(folder / "webchat.db")
        await store.write(lambda tx: meta.put(tx, "a", ""))
        modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    finally:
        os.umask(mask)
    assert modes == {"webchat.db": 0o600, "webchat.db-wal": 0o600, "webchat.db-shm": 0o600}
    assert before is not None or folder.stat().st_mode & 0o777 == 0o700
    store.close()


def test_what_is_committed_is_synced_and_logged_ahead(store: SqliteStore) -> None:
    assert store._writer.execute("PRAGMA synchronous").fetchall() == [(2,)]
    assert store._writer.execute("PRAGMA journal_mode").fetchall() == [("wal",)]
    store.close()


async def test_the_thread_goes_on_whatever_happens_in_it(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(self: SqliteStore, tx: Tx, fn: object) -> None:
        meta.put(tx, "half", "")
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(SqliteStore, "_one", fail)
        with pytest.raises(Unavailable):
            await asyncio.wait_for(store.write(lambda tx: None), 10)
    assert "A commit of 1 writes failed" in caplog.text
    await asyncio.wait_for(store.write(lambda tx: meta.put(tx, "after", "")), 10)
    assert await keys(store) == {"after"}
    store.close()


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    """The child kills itself the moment its write is acknowledged."""
    program = (
        "import asyncio, os, signal, sys\n"
        "from pathlib import Path\n"
        "from webchat.store import meta\n"
        "from webchat.store.sqlite import open_sqlite\n"
        "store = open_sqlite(Path(sys.argv[1]))\n"
        "asyncio.run(store.write(lambda tx: meta.put(tx, 'acked', 'yes')))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "webchat.db")], check=False)
    store = open_sqlite(tmp_path / "webchat.db")
    assert asyncio.run(store.read(lambda tx: meta.get(tx, "acked"))) == "yes"
    store.close()


def test_who_opens_it_once_more_leaves_the_first_its_locks(tmp_path: Path, store: SqliteStore) -> None:
    """Those that SQLite holds on the bytes from 2**30 + 2 on while somebody has the database open."""
    open_sqlite(tmp_path / "webchat.db").close()
    program = "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'r+b'), fcntl.LOCK_EX | fcntl.LOCK_NB, 510, 2**30 + 2)"
    command = [sys.executable, "-c", program, str(tmp_path / "webchat.db")]
    assert "BlockingIOError" in subprocess.run(command, capture_output=True, text=True, check=False).stderr
    store.close()
