"""Connections to PostgreSQL: how it is reached, and what to do with one that broke.

Nothing is kept in a session, so that PgBouncer may give each transaction another one (its transaction mode).
"""

import logging
import random
import threading
import time

from webchat.errors import Unavailable
from webchat.store.postgres_tx import PostgresTx, Prepared, Statement, adapters
from webchat.store.postgres_wire import Connection, psycopg
from webchat.store.writes import CANNOT_READ

log = logging.getLogger("webchat.store")

PATIENCE = 15.0
"""Seconds without a word after which a connection is given up: more than a statement may take."""
SHORTEST_WAIT, LONGEST_WAIT = 0.1, 2.0
"""Seconds between two attempts to reach a database that is away."""
TCP = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""After how long a database that says nothing counts as away. What the address itself says goes before."""
ATTEMPT = 10.0
"""Seconds that one attempt to reach a database that is away may take, before another is made beside it."""
SNAPSHOT = " ISOLATION LEVEL REPEATABLE READ READ ONLY"
BEGIN = "BEGIN{mode}; SET LOCAL statement_timeout = '10s'; SET LOCAL idle_in_transaction_session_timeout = '30s'"
_SNAPSHOT = tuple(Statement(sql, ()) for sql in BEGIN.format(mode=SNAPSHOT).split("; "))

_READ_ONLY = psycopg.errors.ReadOnlySqlTransaction | psycopg.errors.ObjectNotInPrerequisiteState
"""What a database says that only follows another one."""


class Dialer:
    """How a database is reached, and whether it is away: then only one attempt is made in a while."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._lock = threading.Lock()
        self._wait = 0.0
        self._next = 0.0
        self._reached = False
        self.away = ""
        """Why it cannot be reached; empty if it can, or was not tried yet."""
        self.silent = 0.0
        """When a connection was last given up because nothing came."""

    def dial(self) -> tuple[Connection, Prepared]:
        """A new connection, with nothing prepared yet. Raises Unavailable if there is none."""
        with self._lock:
            if self.away:
                if time.monotonic() < self._next:
                    raise Unavailable(CANNOT_READ)
                self._next = time.monotonic() + ATTEMPT
        try:
            connected = _connect(self.url)
        except psycopg.Error as error:
            with self._lock:
                if self._reached and not self.away:
                    log.warning("PostgreSQL cannot be reached: %s", one_line(error))
                self.away = one_line(error)
                self._wait = min(LONGEST_WAIT, max(SHORTEST_WAIT, 2 * self._wait))
                self._next = time.monotonic() + self._wait * random.uniform(0.5, 1)  # noqa: S311 - no secret
            raise Unavailable(CANNOT_READ) from None
        with self._lock:
            if self.away:
                log.warning("PostgreSQL is reached again.")
            self.away, self._wait, self._reached = "", 0.0, True
        return connected


class Line:
    """One connection of one thread, made when it is first needed, and anew when it broke or was silent for ``patience``
    seconds."""

    def __init__(self, dialer: Dialer, patience: float | None) -> None:
        self._dialer = dialer
        self._patience = patience
        self._connection: Connection | None = None
        self._prepared = Prepared(is_pooled=False)
        self._heard = 0.0

    def begin(self, mode: str = "", first: str = "") -> PostgresTx:
        """Begin a transaction, with ``first`` as its first statement.

        Raises:
            Unavailable: the database cannot be reached.
            psycopg.Error: the connection broke. `drop` it and try again.
        """
        connection = self._reached()
        connection.execute(f"{BEGIN.format(mode=mode)}{'; ' if first else ''}{first}".encode())
        return PostgresTx(connection, self._prepared)

    def snapshot(self) -> PostgresTx:
        """A transaction that reads: it begins in one trip with what it asks first, and not at all if it asks nothing.
        Raises Unavailable as `begin` does."""
        return PostgresTx(self._reached(), self._prepared, _SNAPSHOT)

    def execute(self, sql: str) -> str:
        """Run statements without places, such as COMMIT; what the last one says that it did."""
        assert self._connection, "what is ended has begun"
        cursor = self._connection.execute(sql.encode())
        while cursor.nextset():
            pass
        self._heard = time.monotonic()
        return cursor.statusmessage or ""

    def end(self) -> None:
        """Undo what is under way. A connection that cannot even do that is dropped."""
        try:
            if self._connection is not None:
                self._connection.execute("ROLLBACK")
        except psycopg.Error:
            self.drop()

    def is_lost(self, error: BaseException) -> bool:
        """Whether the connection broke, or leads to a database that takes no writes any more."""
        gone = self._connection is None or self._connection.closed or self._connection.broken
        return bool(gone) or isinstance(error, _READ_ONLY)

    def drop(self) -> None:
        """Let go of the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            if connection.silent:
                log.warning("PostgreSQL has not answered for %g seconds.", self._patience)
                self._dialer.silent = time.monotonic()
            connection.close()

    def _reached(self) -> Connection:
        """The connection. One that has said nothing since another was given up is not tried first: it would most
        likely be waited for as long as that one. Raises Unavailable."""
        if self._heard < self._dialer.silent:
            self.drop()
        if self._connection is None:
            self._connection, self._prepared = self._dialer.dial()
            self._connection.patience = self._patience
            self._heard = time.monotonic()
        return self._connection


def is_short_of_something(error: BaseException) -> bool:
    """Whether it failed for want of time, memory, disk or the like, which may be there later."""
    return isinstance(error, psycopg.OperationalError | _READ_ONLY)


def is_crossed(error: BaseException) -> bool:
    """Whether it failed because of what others did at the same time, and all of the transaction with it."""
    return isinstance(error, psycopg.errors.SerializationFailure | psycopg.errors.DeadlockDetected)


def one_line(error: BaseException) -> str:
    """What an error says, without what libpq adds about how it tried."""
    return " ".join(str(error).split()) or type(error).__name__


def where(url: str) -> str:
    """The address without its password, for people: one host or several, which no parser of addresses takes, and
    whatever else may stand there by mistake."""
    rest = url.partition("://")[2]
    head = rest.partition("?")[0]
    if "@" in rest and "@" not in head:  # a password that is not written as it must be, or it stands behind the path
        return "its address"
    hosts, slash, name = head.rpartition("@")[2].partition("/")
    return f"{hosts or 'this machine'}{slash}{name}"


def _connect(url: str) -> tuple[Connection, Prepared]:
    connection = Connection.connect(
        url,
        autocommit=True,
        cursor_factory=psycopg.RawCursor,
        context=adapters(),
        application_name="webchat",
        prepare_threshold=None,  # we do: psycopg would let go of all whenever anything is rolled back
        **TCP,  # type: ignore[arg-type] # parameters of libpq
    )
    connection.patience = TCP["connect_timeout"]  # a pooler lets us in by itself, and then waits for the database
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    return connection, Prepared(is_pooled=bool(row and row[0] != connection.info.backend_pid))
