"""SQLite: one thread owns the writing connection and commits what waits together; reads run on their own connection.

A commit is synced to disk (``synchronous=FULL``) before any of its writers hears of it, and the cost of the sync is
shared by all that wait.
"""

import asyncio
import logging
import os
import re
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeVar

import apsw

from webchat.errors import StartRefused, Unavailable
from webchat.metrics import Metrics
from webchat.store import WHOLE, Reach, Rescue, Row, Tx, meta, steps
from webchat.store.backlog import Backlog
from webchat.store.writes import BATCH, CANNOT_READ, CANNOT_SAVE, QUEUE, Outcome, Write, raised, resolve

T = TypeVar("T")
log = logging.getLogger("webchat.store")

CHECKPOINT, LONGEST_LOG = 4_000, 8_000
"""Pages of the write-ahead log that are copied into the database once nobody waits, and that are even if many do."""
KEPT_LOG = 64 * 2**20
"""Bytes of the log's file that are kept for what comes next; what a burst made it longer is given back after it."""


class SqliteTx:
    """A transaction on one connection."""

    kind: Literal["sqlite"] = "sqlite"

    def __init__(self, connection: apsw.Connection) -> None:
        self._execute = connection.cursor().execute

    def one(self, sql: str, *args: object) -> Row | None:
        """See `webchat.store.Tx`."""
        found: Row | None = None
        for row in self._execute(_numbered(sql), args):
            found = found or row
        return found

    def all(self, sql: str, *args: object) -> list[Row]:
        """See `webchat.store.Tx`."""
        return list(self._execute(_numbered(sql), args))

    def run(self, sql: str, *args: object) -> None:
        """See `webchat.store.Tx`."""
        for _row in self._execute(_numbered(sql), args):
            pass

    def many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Run a statement for each row."""
        for row in rows:
            self.run(sql, *row)


class SqliteStore:
    """One database file. Make it with `open_sqlite`."""

    def __init__(self, path: Path, metrics: Metrics) -> None:
        self._writer = _connect(path)
        self._reader = _connect(path, apsw.SQLITE_OPEN_READONLY)
        self._read_tx = SqliteTx(self._reader)
        self._browser = _connect(path, apsw.SQLITE_OPEN_READONLY)
        self._browse_tx = SqliteTx(self._browser)
        self._browsing = ThreadPoolExecutor(1, "webchat-browser")
        self._queue: Backlog[Write | None] = Backlog()
        self._thread = threading.Thread(target=self._run, name="webchat-writer", daemon=True)
        self._closed = False
        self._logged = 0
        self._writer.set_wal_hook(self._note)
        self._metrics = metrics
        self.epoch = ""

    def start(self) -> None:
        """Bring the schema up to date, find or make the epoch, and start the writer."""
        tx = SqliteTx(self._writer)
        tx.run("PRAGMA foreign_keys=OFF")  # a table that is made anew would take along what refers to it
        tx.run("BEGIN IMMEDIATE")
        try:
            steps.bring_up(self._writer)
            self.epoch = meta.epoch(tx)
        except BaseException:
            tx.run("ROLLBACK")
            raise
        tx.run("COMMIT")
        tx.run("PRAGMA foreign_keys=ON")
        self._thread.start()

    async def read(self, fn: Callable[[Tx], T]) -> T:
        """Run ``fn`` in a snapshot, here in the event loop: an indexed read takes less than a hop to a thread."""
        return _snapshot(self._read_tx, fn)

    async def browse(self, fn: Callable[[Tx], T]) -> T:
        """Run ``fn`` in a snapshot in a thread, one after the other."""
        if self._closed:
            raise Unavailable(CANNOT_READ)
        return await asyncio.get_running_loop().run_in_executor(self._browsing, _snapshot, self._browse_tx, fn)

    async def write(self, fn: Callable[[Tx], T], then: Callable[[T], object] | None = None, reach: Reach = WHOLE) -> T:
        """See `webchat.store.Store`."""
        return await self.begin(fn, then, reach)

    def begin(
        self, fn: Callable[[Tx], T], then: Callable[[T], object] | None = None, reach: Reach = WHOLE,
        rescue: Rescue | None = None,
    ) -> asyncio.Future[T]:  # fmt: skip
        """See `webchat.store.Store`."""
        if self._closed or len(self._queue) >= QUEUE:
            raise Unavailable(CANNOT_SAVE)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._queue.put(Write(fn, loop, future, then, reach, rescue))
        return future

    def close(self) -> None:
        """Finish what is queued, then close. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()
        self._queue.close()
        self._browsing.shutdown(cancel_futures=True)
        self._browser.close()
        self._reader.close()
        self._writer.close()

    def _run(self) -> None:
        tx = SqliteTx(self._writer)
        while (first := self._queue.take()) is not None:
            batch = [first]
            ended = False
            while self._queue and len(batch) < BATCH:
                more = self._queue.take()
                if more is None:
                    ended = True
                    break
                batch.append(more)
            began = time.perf_counter()
            try:
                outcomes = self._commit(tx, batch)
            except BaseException:  # whatever it is, those who come next must not wait for a thread that is gone
                log.exception("A commit of %d writes failed.", len(batch))
                outcomes = [(False, Unavailable(CANNOT_SAVE))] * len(batch)
            self._metrics.writes.observe(len(batch))
            self._metrics.synced.observe(time.perf_counter() - began)
            resolve(batch, outcomes)
            if ended:
                return
            if self._logged >= LONGEST_LOG or (self._logged >= CHECKPOINT and not self._queue):
                self._checkpoint()

    def _note(self, _connection: apsw.Connection, _database: str, pages: int) -> int:
        self._logged = pages
        return apsw.SQLITE_OK

    def _checkpoint(self) -> None:
        """Copy the log into the database: after the answers, since it takes as long as ten commits."""
        self._logged = 0
        try:
            self._writer.wal_checkpoint()
        except apsw.Error as error:
            log.warning("The log of the database could not be copied into it: %s. It grows until it can.", error)

    def _commit(self, tx: SqliteTx, batch: list[Write]) -> list[Outcome]:
        """Each write's outcome, (done, result or error), decided only once the commit is on disk."""
        try:
            if self._writer.in_transaction:  # what a commit left that failed as none should
                tx.run("ROLLBACK")
            tx.run("BEGIN IMMEDIATE")
            outcomes = [self._one(tx, write.fn, alone=len(batch) == 1) for write in batch]
            if self._writer.in_transaction:
                tx.run("COMMIT")
        except apsw.Error as error:
            log.error("A commit of %d writes failed: %s", len(batch), error)
            if self._writer.in_transaction:
                tx.run("ROLLBACK")
            return [(False, Unavailable(CANNOT_SAVE))] * len(batch)
        return outcomes

    def _one(self, tx: SqliteTx, fn: Callable[[Tx], T], *, alone: bool) -> Outcome:
        """Do one, or leave nothing of it. ``alone`` it needs no savepoint, as nobody else's work is undone with it."""
        if not alone:
            tx.run("SAVEPOINT one")
        try:
            outcome: Outcome = (True, fn(tx))
        except BaseException as error:
            # Some errors (a full disk) make SQLite roll back the whole transaction: then nobody's work is left.
            if not self._writer.in_transaction:
                raise apsw.AbortError(str(error)) from error
            tx.run("ROLLBACK" if alone else "ROLLBACK TO one")
            if isinstance(error, apsw.FullError | apsw.IOError | apsw.ReadOnlyError | apsw.NoMemError):
                log.error("A write failed: %s", error)
                error = Unavailable(CANNOT_SAVE)
            outcome = (False, raised(error))
        if not alone:
            tx.run("RELEASE one")
        return outcome


def _snapshot(tx: SqliteTx, fn: Callable[[Tx], T]) -> T:
    tx.run("BEGIN")
    try:
        return fn(tx)
    finally:
        tx.run("COMMIT")


def open_sqlite(path: Path, metrics: Metrics | None = None) -> SqliteStore:
    """Open or make the database at ``path`` and bring its schema up to date. Its commits are counted in ``metrics``.

    Raises:
        StartRefused: the folder or the file cannot be written, or a newer program made it.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        _keep_private(path)
        store = SqliteStore(path, metrics or Metrics())
        try:
            store.start()
        except BaseException:
            store.close()
            raise
    except (apsw.Error, OSError) as error:
        raise StartRefused(f"The database {path} cannot be opened for writing: {error}.") from None
    return store


def _keep_private(path: Path) -> None:
    """Only we may read the database. SQLite gives the log beside it the same mode when it makes that."""
    if not path.exists():  # to close a file gives back the locks that any connection of this process has on it
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        try:
            if file.stat().st_mode & 0o077:
                file.chmod(0o600)
        except FileNotFoundError:
            continue
        except PermissionError:
            log.warning("Others may be able to read %s: its mode cannot be changed.", file)


def _connect(path: Path, flags: int = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE) -> apsw.Connection:
    connection = apsw.Connection(str(path), flags=flags, statementcachesize=200)
    connection.set_busy_timeout(5000)
    # Otherwise a kept statement is prepared anew whenever a value is bound that its plan could depend on.
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    writing = not flags & apsw.SQLITE_OPEN_READONLY
    pragmas = ["foreign_keys=ON", "cache_size=-65536", "temp_store=MEMORY"]
    if writing:
        pragmas = ["journal_mode=WAL", "synchronous=FULL", f"journal_size_limit={KEPT_LOG}", *pragmas]
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}").fetchall()
    return connection


@lru_cache(maxsize=1000)
def _numbered(sql: str) -> str:
    """SQLite takes ``$1`` for a name and counts places by first use; ``?1`` is the number that is meant."""
    return re.sub(r"\$(\d+)", r"?\1", sql)
