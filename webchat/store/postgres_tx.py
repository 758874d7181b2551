"""A transaction on PostgreSQL. What waits to be done goes to the database together, and is waited for once.

Statements for their effect wait until something is asked: one trip then carries them all. A thread that waits for the
database lets go of the interpreter and has to get it back, from an event loop that is busy: trips are what costs here.
"""

import itertools
import select
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from webchat.store import Row
from webchat.store.postgres_wire import (
    AdaptersMap,
    Buffer,
    Connection,
    ConnStatus,
    ExecStatus,
    Format,
    PGresult,
    PyFormat,
    Transformer,
    psycopg,
)

PREPARED = 300
"""The most statements that a connection keeps prepared; further ones are planned each time."""
TOGETHER = 200
"""Rows that go to the database together."""
GOES_ON = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK, ExecStatus.EMPTY_QUERY)

_Key = tuple[str, tuple[int, ...]]


class Prepared:
    """The statements that a connection has prepared, for which types of values, and what it calls them."""

    def __init__(self, is_pooled: bool) -> None:
        self.is_pooled = is_pooled
        """Whether somebody stands between us and the database, who may give each transaction another session, which
        knows none of them."""
        self.names: dict[_Key, bytes] = {}
        self._count = 0

    def name(self) -> bytes:
        """One that was never used."""
        self._count += 1
        return b"s%d" % self._count


class _Dumped(NamedTuple):
    sql: str
    values: Sequence[Buffer | None]
    types: tuple[int, ...]
    formats: Sequence[Format] | None


class Statement(NamedTuple):
    """What is asked of the database, and with which values."""

    sql: str
    args: tuple[object, ...]

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return self.sql.startswith("SELECT")


class PostgresTx:
    """A transaction on one connection."""

    kind: Literal["postgres"] = "postgres"

    def __init__(self, connection: Connection, prepared: Prepared, first: Sequence[Statement] = ()) -> None:
        """Go on with what was begun, or begin with ``first``, once something is asked."""
        self._connection = connection
        self._pgconn = connection.pgconn
        self._prepared = prepared
        self._transformer = Transformer(connection)
        self._due = list(first)
        self.begun = not first
        """Whether there is something to end."""
        self.wrote = False
        """Whether anything was changed, or is about to be, since it was set to False."""

    def one(self, sql: str, *args: object) -> Row | None:
        """See `webchat.store.Tx`."""
        rows = self.ask([Statement(sql, args)])[0]
        return rows[0] if rows else None

    def all(self, sql: str, *args: object) -> list[Row]:
        """See `webchat.store.Tx`."""
        return self.ask([Statement(sql, args)])[0]

    def run(self, sql: str, *args: object) -> None:
        """See `webchat.store.Tx`. It is done with what is asked next, and fails there if it does. Without values it may
        be several statements, and is done at once."""
        self.wrote = True
        if args:
            self._due.append(Statement(sql, args))
        else:
            self.flush()
            self._connection.execute(sql.encode())

    def many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Run a statement for each row, without waiting for each."""
        left = iter(rows)
        while some := [Statement(sql, tuple(row)) for row in itertools.islice(left, TOGETHER)]:
            self.ask(some)

    def flush(self) -> None:
        """Do what waits to be done."""
        if self._due:
            self.ask([])

    def forget(self) -> None:
        """Let go of what waits to be done."""
        self._due = []

    def ask(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """Do these after what waits, in order and in one trip; the rows of each.

        Raises:
            psycopg.Error: of the first that failed. Those after it are not done.
        """
        waited, self._due = self._due, []
        wrote, self.wrote = self.wrote or not all(statement.reads for statement in statements), True
        asked = [self._dumped(statement) for statement in (*waited, *statements)]
        self.wrote = wrote  # and so it is left if a value cannot be sent: what waited is lost with it
        self.begun = True
        self._pgconn.enter_pipeline_mode()
        try:
            answers = self._receive(self._send(asked))
        finally:
            if self._pgconn.status == ConnStatus.OK:
                self._pgconn.exit_pipeline_mode()
        return answers[len(waited) :]

    @property
    def is_pooled(self) -> bool:
        """Whether somebody stands between us and the database."""
        return self._prepared.is_pooled

    def _dumped(self, statement: Statement) -> _Dumped:
        try:
            values = self._transformer.dump_sequence(statement.args, [PyFormat.AUTO] * len(statement.args))
        except psycopg.DataError:  # a text with a NUL, which it cannot hold: what is looked for is not there
            args = tuple(arg.replace("\0", "\ufffd") if isinstance(arg, str) else arg for arg in statement.args)
            if args == statement.args or not statement.reads:
                raise
            return self._dumped(statement._replace(args=args))
        return _Dumped(statement.sql, values, tuple(self._transformer.types or ()), self._transformer.formats)

    def _send(self, asked: Iterable[_Dumped]) -> list[_Key | None]:
        """Send them; for each answer that comes, what it says was prepared, or None if it has rows."""
        answered: list[_Key | None] = []
        for sql, values, types, formats in asked:
            name = self._prepared.names.get((sql, types))
            if name is None and not self.is_pooled and len(self._prepared.names) < PREPARED:
                name = self._prepared.names[sql, types] = self._prepared.name()
                self._pgconn.send_prepare(name, sql.encode(), types)
                answered.append((sql, types))
            if name is None:
                self._pgconn.send_query_params(sql.encode(), values, types, formats)
            else:
                self._pgconn.send_query_prepared(name, values, formats)
            answered.append(None)
        self._pgconn.pipeline_sync()
        return answered

    def _receive(self, answered: Iterable[_Key | None]) -> list[list[Row]]:
        """The rows of each statement that was sent."""
        answers: list[list[Row]] = []
        error: psycopg.Error | None = None
        for prepared in answered:
            result = self._result()
            if result.status not in GOES_ON:
                error = error or psycopg.errors.error_from_result(result, self._connection.info.encoding)
                if prepared is not None:
                    del self._prepared.names[prepared]
            elif prepared is None:
                self._transformer.set_pgresult(result)
                answers.append(self._transformer.load_rows(0, result.ntuples, tuple))
        self._result()  # of the end of it all
        if error is not None:
            raise error
        return answers

    def _result(self) -> PGresult:
        """The next answer. Raises OperationalError if the connection breaks, or has been silent for too long."""
        while True:
            self._wait()
            if (result := self._pgconn.get_result()) is not None:  # it is between two answers
                return result
            if self._pgconn.status != ConnStatus.OK:
                raise psycopg.OperationalError("the connection is lost")

    def _wait(self) -> None:
        """Wait until there is an answer."""
        while True:
            unsent = self._pgconn.flush()
            self._pgconn.consume_input()
            if not self._pgconn.is_busy():
                return
            self._connection.until(select.POLLIN | (select.POLLOUT if unsent else 0))


@lru_cache(maxsize=1)
def adapters() -> AdaptersMap:
    """Whole numbers, also True and False, are BIGINT and texts TEXT, whatever a place could be: one statement, one
    plan."""
    adapters, types = AdaptersMap(psycopg.adapters), psycopg.adapters.types
    for python, sql, form in ((int, "int8", Format.BINARY), (bool, "int8", Format.BINARY), (str, "text", Format.TEXT)):
        if dumper := adapters.get_dumper_by_oid(types[sql].oid, form):
            adapters.register_dumper(python, dumper)
    return adapters
