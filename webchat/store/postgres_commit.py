"""A commit on PostgreSQL, and what became of it when its answer is lost.

Each transaction leaves a mark that no other has in a row that only its thread writes. Its number would not tell: one
that was not on disk yet when the database crashed is given to another transaction afterwards.
"""

import secrets
import time
from typing import Literal

from webchat.errors import Unavailable
from webchat.store import Tx
from webchat.store.lines import Line, log, one_line
from webchat.store.postgres_wire import psycopg

Fate = Literal["committed", "aborted", "unknown"]

WAIT = 10.0
"""Seconds to find out what became of a commit whose answer was lost."""
KEPT = 86_400
"""Seconds after which the row of a thread that is gone is of no more use."""

_LEAVE = (
    "INSERT INTO commits (writer, mark, at) VALUES ($1, $2, $3) ON CONFLICT (writer) DO UPDATE SET mark = $2, at = $3"
)
# This waits for a transaction that the database still has under way, and would make the row that one did not.
_LOOK = (
    "INSERT INTO commits (writer, mark, at) VALUES ($1, '', $2)"
    " ON CONFLICT (writer) DO UPDATE SET at = $2 RETURNING mark"
)


class Marks:
    """The marks of one thread that writes."""

    def __init__(self) -> None:
        self._writer = secrets.token_urlsafe(12)
        self._mark = ""

    def leave(self, tx: Tx) -> None:
        """Leave a new mark in a transaction."""
        self._mark = secrets.token_urlsafe(12)
        tx.run(_LEAVE, self._writer, self._mark, int(time.time()))

    def commit(self, line: Line) -> Fate:
        """Commit the transaction that has the last mark."""
        try:
            return "committed" if line.execute("COMMIT") == "COMMIT" else "aborted"
        except psycopg.Error as error:
            log.warning("A commit was not answered: %s", one_line(error))
            if not line.is_lost(error):
                line.end()
                return "aborted"
            line.drop()
        until = time.monotonic() + WAIT
        while time.monotonic() < until:
            try:
                return self._look(line)
            except (Unavailable, psycopg.Error):  # it may be starting again
                line.drop()
            time.sleep(0.1)
        return "unknown"

    def _look(self, line: Line) -> Fate:
        tx = line.begin()
        row = tx.one(_LOOK, self._writer, int(time.time()))
        line.execute("COMMIT")
        return "committed" if row and row[0] == self._mark else "aborted"


def forget(tx: Tx) -> None:
    """Remove the rows of threads that left no mark for long."""
    tx.run("DELETE FROM commits WHERE at < $1", int(time.time()) - KEPT)
