"""A batch of writes in one transaction on PostgreSQL.

Most batches have nothing in them that fails after it wrote, so that is what is hoped for: no savepoints, which cost as
much as the statements between them, and what is alike is done side by side. A batch in which something does fail is run
once more, carefully: one after another, each with a savepoint to go back to.
"""

import itertools
from collections.abc import Iterator, Sequence
from typing import Literal

from webchat.errors import Unavailable
from webchat.store import Row, postgres_steps
from webchat.store.lines import Line, is_crossed, is_short_of_something, log, one_line
from webchat.store.postgres_commit import Marks
from webchat.store.postgres_tx import PostgresTx, Statement
from webchat.store.postgres_wire import psycopg
from webchat.store.writes import CANNOT_SAVE, Outcome, Write, raised

_LOCK_ROOMS = (
    "SELECT id FROM rooms WHERE slug = ANY($1) OR id IN (SELECT room_id FROM messages WHERE id = ANY($2))"
    " ORDER BY id FOR NO KEY UPDATE"
)


class _Failed(Exception):
    """A write failed that left something."""


class _Asked(BaseException):
    """A write cannot go on before it knows what it asked."""


def run(line: Line, marks: Marks, batch: Sequence[Write]) -> list[Outcome]:
    """Run what is written, up to the commit; what came of each write.

    Raises:
        Unavailable: the database cannot be reached.
        psycopg.Error: nothing of it can stand.
    """
    try:
        return _hopefully(line, _begun(line, marks, batch), batch)
    except _Failed:
        line.end()
    return _carefully(line, _begun(line, marks, batch), batch)


def _begun(line: Line, marks: Marks, batch: Sequence[Write]) -> PostgresTx:
    """A transaction that holds the locks of these writes, and leaves a mark."""
    whole = any(write.reach.is_whole for write in batch)
    tx = line.begin(first=postgres_steps.LOCK if whole else postgres_steps.LOCK_SHARED)
    slugs = sorted({write.reach.room for write in batch if write.reach.room.isprintable()} - {""})
    messages = sorted({write.reach.message for write in batch} - {0})
    if not whole:
        tx.run(_LOCK_ROOMS, slugs, messages)  # with what is asked first, and before it
    marks.leave(tx)
    return tx


def _hopefully(line: Line, tx: PostgresTx, batch: Sequence[Write]) -> list[Outcome]:
    """What came of each. Raises _Failed if one failed and left something."""
    outcomes: list[Outcome] = []
    try:
        for alike, group in itertools.groupby(batch, key=lambda write: write.reach.alike):
            if alike:
                outcomes += _side_by_side(tx, list(group))
            else:
                outcomes += [_alone(tx, write) for write in group]
        tx.flush()
    except BaseException as error:
        if line.is_lost(error) or is_crossed(error):
            raise
        raise _Failed from error
    return outcomes


def _alone(tx: PostgresTx, write: Write) -> Outcome:
    tx.wrote = False
    try:
        return True, write.fn(tx)
    except BaseException as error:
        if tx.wrote or isinstance(error, psycopg.Error):
            raise
        return False, raised(error)


def _side_by_side(tx: PostgresTx, batch: Sequence[Write]) -> Iterator[Outcome]:
    """Take each as far as it gets, ask what all of them ask in one trip, and so on until all are done."""
    replays = [_Replay(write) for write in batch]
    while waiting := [replay for replay in replays if replay.goes_on()]:
        answers = iter(tx.ask([statement for replay in waiting for statement in replay.asked]))
        for replay in waiting:
            replay.known += [(statement.sql, next(answers)) for statement in replay.asked]
    for replay in replays:
        assert replay.outcome, "it is done"
        yield replay.outcome


class _Replay:
    """One write, which is begun again whenever more is known: what it asked before is answered from memory."""

    kind: Literal["postgres"] = "postgres"

    def __init__(self, write: Write) -> None:
        self._write = write
        self._place = 0
        self.known: list[tuple[str, list[Row]]] = []
        self.asked: list[Statement] = []
        self.outcome: Outcome | None = None

    def goes_on(self) -> bool:
        """Take it as far as it gets; whether it ``asked`` anything."""
        self._place, self.asked = 0, []
        if self.outcome:
            return False
        try:
            self.outcome = True, self._write.fn(self)
        except _Asked:
            pass
        except BaseException as error:
            if any(not sql.startswith("SELECT") for sql, _rows in self.known) or self.asked:
                raise
            self.outcome = False, raised(error)
        return bool(self.asked)

    def one(self, sql: str, *args: object) -> Row | None:
        """See `webchat.store.Tx`."""
        rows = self.all(sql, *args)
        return rows[0] if rows else None

    def all(self, sql: str, *args: object) -> list[Row]:
        """See `webchat.store.Tx`."""
        if (rows := self._answer(sql)) is not None:
            return rows
        self.asked.append(Statement(sql, args))
        raise _Asked

    def run(self, sql: str, *args: object) -> None:
        """See `webchat.store.Tx`."""
        if self._answer(sql) is None:
            self.asked.append(Statement(sql, args))

    def _answer(self, sql: str) -> list[Row] | None:
        if self._place == len(self.known):
            return None
        known, rows = self.known[self._place]
        assert known == sql, "a write that is begun again asks the same"
        self._place += 1
        return rows


def _carefully(line: Line, tx: PostgresTx, batch: Sequence[Write]) -> list[Outcome]:
    """What came of each, one after another."""
    outcomes: list[Outcome] = []
    tx.flush()
    for write in batch:
        line.execute("SAVEPOINT one")
        try:
            outcome: Outcome = True, write.fn(tx)
            tx.flush()
        except BaseException as error:
            if line.is_lost(error) or is_crossed(error):
                raise
            line.execute("ROLLBACK TO one")
            tx.forget()
            if isinstance(error, psycopg.Error) and is_short_of_something(error):
                log.error("A write failed: %s", one_line(error))
                error = Unavailable(CANNOT_SAVE)
            outcome = False, raised(error)
        line.execute("RELEASE one")
        outcomes.append(outcome)
    return outcomes
