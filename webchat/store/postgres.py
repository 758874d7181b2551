"""PostgreSQL: a few threads write, each committing together what waits for it; a few others read.

Who writes what is a matter of speed only. That no two writes get into each other's way is seen to by locks that every
transaction takes first, on this node and on others: on the rooms it reaches into, in the order of their ids, or on all.
So verbs are the plain functions that they are on SQLite: what one looks at stays so until it has committed.
"""

import asyncio
import queue
import threading
import time
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from webchat.errors import StartRefused, Unavailable, Unreachable
from webchat.metrics import Metrics
from webchat.store import WHOLE, Reach, Rescue, Tx, meta, postgres_batch, postgres_commit, postgres_steps
from webchat.store.lines import (
    PATIENCE,
    Dialer,
    Line,
    is_crossed,
    is_short_of_something,
    log,
    one_line,
    where,
)
from webchat.store.postgres_commit import Marks
from webchat.store.postgres_wire import psycopg
from webchat.store.writes import BATCH, CANNOT_READ, CANNOT_SAVE, QUEUE, Outcome, Write, raised, resolve

T = TypeVar("T")

WRITERS, READERS, BROWSERS = 4, 4, 2
"""Connections of one server. A page does not wait for those who browse, who may take their time."""
TRIES, TRIED = 5, 20.0
"""How often a batch is run until those in it are told to try again, and the seconds after which it is not run anew."""
LEAVE = 0.5
"""Seconds in which something of what is queued must get done, or the rest is left undone when the store is closed."""


class _Read(NamedTuple):
    fn: Callable[[Tx], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]


class PostgresStore:
    """One database. Make it with `open_postgres`."""

    def __init__(self, dialer: Dialer, metrics: Metrics) -> None:
        self._dialer = dialer
        self._metrics = metrics
        self._closed = threading.Event()
        self._reads: queue.SimpleQueue[_Read | None] = queue.SimpleQueue()
        self._browses: queue.SimpleQueue[_Read | None] = queue.SimpleQueue()
        self._writes: list[queue.SimpleQueue[Write | None]] = [queue.SimpleQueue() for _ in range(WRITERS)]
        self._lock = threading.Lock()
        self._waiting: dict[str, tuple[int, int]] = {}
        """Authors of whom something waits: with which writer, and how much."""
        self._threads = [
            *(threading.Thread(target=self._write_on, args=(q,), daemon=True) for q in self._writes),
            *(threading.Thread(target=self._read_on, args=(self._reads,), daemon=True) for _ in range(READERS)),
            *(threading.Thread(target=self._read_on, args=(self._browses,), daemon=True) for _ in range(BROWSERS)),
        ]
        self._done = 0
        """Commits and reads so far, more or less: the threads do not wait for each other to count."""
        self.epoch = ""

    def start(self, *, serves: bool) -> None:
        """Bring the schema up to date, find or make the epoch, and start the threads. See `postgres_steps.bring_up`."""
        line = Line(self._dialer, patience=None)  # another server may be at it, and a step takes its time
        try:
            tx = line.begin(first=postgres_steps.ALONE)
            postgres_steps.bring_up(tx, serves=serves)
            self.epoch = meta.epoch(tx)
            postgres_commit.forget(tx)
            tx.flush()
            line.execute("COMMIT")
        finally:
            line.drop()
        for thread in self._threads:
            thread.start()

    async def read(self, fn: Callable[[Tx], T]) -> T:
        """See `webchat.store.Store`."""
        return await self._ask(self._reads, fn)

    async def browse(self, fn: Callable[[Tx], T]) -> T:
        """See `webchat.store.Store`; all reads are beside the event loop, these have threads of their own."""
        return await self._ask(self._browses, fn)

    async def write(self, fn: Callable[[Tx], T], then: Callable[[T], object] | None = None, reach: Reach = WHOLE) -> T:
        """See `webchat.store.Store`."""
        return await self.begin(fn, then, reach)

    def begin(
        self, fn: Callable[[Tx], T], then: Callable[[T], object] | None = None, reach: Reach = WHOLE,
        rescue: Rescue | None = None,
    ) -> asyncio.Future[T]:  # fmt: skip
        """See `webchat.store.Store`."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        with self._lock:
            chosen, count = self._waiting.get(reach.author, (_hashed(reach.room or reach.author), 0))
            if self._closed.is_set() or self._writes[chosen].qsize() >= QUEUE:
                raise Unavailable(CANNOT_SAVE)
            if reach.author:
                self._waiting[reach.author] = (chosen, count + 1)
            self._writes[chosen].put(Write(fn, future.get_loop(), future, then, reach, rescue))
        return future

    def close(self) -> None:
        """Finish what is queued, then close; what a database that does not answer has of it is left to the threads,
        which end with the process. Safe to call twice."""
        with self._lock:
            if self._closed.is_set():
                return
            self._closed.set()
        for waiting in self._writes:
            waiting.put(None)
        for reads, count in ((self._reads, READERS), (self._browses, BROWSERS)):
            for _ in range(count):
                reads.put(None)
        for thread in self._threads:
            done = -1
            while thread.is_alive() and done != self._done:
                done = self._done
                thread.join(LEAVE)
            if thread.is_alive():
                log.error("PostgreSQL does not answer: what was not saved yet is left.")
                return

    async def _ask(self, reads: "queue.SimpleQueue[_Read | None]", fn: Callable[[Tx], T]) -> T:
        if self._closed.is_set() or reads.qsize() >= QUEUE:
            raise Unavailable(CANNOT_READ)
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        reads.put(_Read(fn, future.get_loop(), future))
        return await future

    def _read_on(self, reads: "queue.SimpleQueue[_Read | None]") -> None:
        line = Line(self._dialer, PATIENCE)
        while (read := reads.get()) is not None:
            if not read.future.cancelled():
                outcome = _snapshot(line, read.fn)
                resolve([Write(read.fn, read.loop, read.future, None, WHOLE)], [outcome])
                self._done += 1
        line.drop()

    def _write_on(self, waiting: "queue.SimpleQueue[Write | None]") -> None:
        line, marks = Line(self._dialer, PATIENCE), Marks()
        ended = False
        while not ended and (first := waiting.get()) is not None:
            batch = [first]
            ended = _take(waiting, batch, BATCH)
            began = time.perf_counter()
            try:
                outcomes = _commit(line, marks, batch)
            except BaseException:  # whatever it is, those who come next must not wait for a thread that is gone
                log.exception("A commit of %d writes failed.", len(batch))
                outcomes = None
                line.drop()
            self._metrics.writes.observe(len(batch))
            self._metrics.synced.observe(time.perf_counter() - began)
            if outcomes is None:  # those who wait were asked for later than these, and are not to come before them
                ended = ended or _take(waiting, batch, QUEUE)
                outcomes = [(False, Unavailable(CANNOT_SAVE))] * len(batch)
            self._forget(batch)
            resolve(batch, outcomes)
            self._done += 1
        line.drop()

    def _forget(self, batch: list[Write]) -> None:
        with self._lock:
            for author in (write.reach.author for write in batch if write.reach.author):
                chosen, count = self._waiting.pop(author)
                if count > 1:
                    self._waiting[author] = (chosen, count - 1)


def _commit(line: Line, marks: Marks, batch: list[Write]) -> list[Outcome] | None:
    """Each write's outcome, decided only once the commit is on disk; None if nothing of it can be done now."""
    until = time.monotonic() + TRIED
    for _attempt in range(TRIES):
        try:
            outcomes = postgres_batch.run(line, marks, batch)
        except Unavailable:  # said by whoever tried to reach it
            break
        except psycopg.Error as error:
            if not _may_help(line, error) or time.monotonic() > until:
                log.error("A commit of %d writes failed: %s", len(batch), one_line(error))
                break
            continue
        fate = marks.commit(line)
        if fate == "committed":
            return outcomes
        if fate == "unknown":
            log.error("Nobody can tell what became of a commit of %d writes.", len(batch))
            break
    return None


def _take(waiting: "queue.SimpleQueue[Write | None]", batch: list[Write], most: int) -> bool:
    """Add what waits to a batch of at most so many; whether the last one has come."""
    while len(batch) < most and not waiting.empty():
        if (more := waiting.get()) is None:
            return True
        batch.append(more)
    return False


def _may_help(line: Line, error: psycopg.Error) -> bool:
    """Whether to run a batch again that failed with ``error``; lets go of what it left."""
    if line.is_lost(error):
        line.drop()
        return True
    line.end()
    return is_crossed(error)


def _snapshot(line: Line, fn: Callable[[Tx], Any]) -> Outcome:
    """What ``fn`` reads. A connection that had broken since it was used last is made anew."""
    for again in (True, False):
        try:
            tx = line.snapshot()
            value = fn(tx)
            if tx.begun or tx.wrote:
                tx.flush()  # what it was to do, and may not
                line.execute("COMMIT")
        except psycopg.Error as error:
            if _may_help(line, error) and again:
                continue
            if not (line.is_lost(error) or is_short_of_something(error)):
                return False, error
            log.error("A read failed: %s", one_line(error))
            return False, Unavailable(CANNOT_READ)
        except BaseException as error:
            line.end()
            return False, raised(error)
        else:
            return True, value
    raise AssertionError("The second attempt ends it.")


def open_postgres(url: str, metrics: Metrics | None = None, *, serves: bool = True) -> PostgresStore:
    """Open the database at ``url`` and bring its schema up to date. Its commits are counted in ``metrics``.

    Raises:
        Unreachable: it cannot be reached now.
        StartRefused: it cannot be used, or a newer program made it, or it is not ours to change: see
            `postgres_steps.bring_up`.
    """
    dialer = Dialer(url)
    store = PostgresStore(dialer, metrics or Metrics())
    try:
        store.start(serves=serves)
    except Unavailable:
        raise Unreachable(f"PostgreSQL at {where(url)} cannot be reached: {dialer.away}") from None
    except psycopg.Error as error:
        raise StartRefused(f"The database at {where(url)} cannot be used: {one_line(error)}.") from None
    return store


def _hashed(text: str) -> int:
    return zlib.crc32(text.encode(errors="surrogatepass")) % WRITERS
