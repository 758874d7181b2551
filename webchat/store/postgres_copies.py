"""A PostgreSQL database as a whole: read as it is at one moment, filled by one command, looked at by an operator."""

import contextlib
from collections.abc import Iterator
from typing import NamedTuple

from webchat.errors import StartRefused, Unavailable, Unreachable
from webchat.store import numbers, postgres_steps, schema
from webchat.store.lines import SNAPSHOT, Dialer, Line, one_line, where
from webchat.store.postgres_tx import PostgresTx
from webchat.store.postgres_wire import psycopg

_PATIENT = "SET LOCAL statement_timeout = 0"
_NEWEST = "SELECT max((SELECT m.at FROM messages m WHERE m.room_id = r.id ORDER BY m.seq DESC LIMIT 1)) FROM rooms r"


class Facts(NamedTuple):
    """What an operator may want to know. ``newest`` is the time of the newest message, 0 if there is none."""

    version: str
    keeps: bool
    pooled: str
    schema: int
    newest: int


def facts(url: str) -> Facts:
    """Look at a database. Raises StartRefused if it cannot be reached, or is another program's."""
    with snapshot(url) as tx:
        found = postgres_steps.version(tx)
        row = tx.one("SELECT current_setting('server_version'), current_setting('synchronous_commit')") or ("", "off")
        newest = tx.one(_NEWEST) if found else None
        pooled = "behind a pooler" if tx.is_pooled else "reached directly"
        return Facts(row[0].split()[0], row[1] != "off", pooled, found, newest[0] or 0 if newest else 0)


@contextlib.contextmanager
def snapshot(url: str) -> Iterator[PostgresTx]:
    """The database as it is now, until the block ends. It may have any schema; see `require_ours`. What is asked of it
    takes as long as it takes: much is asked that reads a whole table.

    Raises:
        StartRefused: it cannot be read.
    """
    with _refusing(url) as line:
        tx = line.begin(SNAPSHOT, first=_PATIENT)
        yield tx


@contextlib.contextmanager
def alone(url: str) -> Iterator[PostgresTx]:
    """The database, brought up to date, while nobody else writes in it. What is done stands when the block ends.

    Raises:
        StartRefused: it cannot be written, or another program made it, or a step is due and a server works on it.
    """
    with _refusing(url) as line:
        tx = line.begin(first=postgres_steps.ALONE)
        postgres_steps.bring_up(tx, serves=False)
        yield tx
        numbers.go_on(tx, {})  # rows that came with their ids did not count
        tx.flush()
        line.execute("COMMIT")


def require_ours(tx: PostgresTx, url: str) -> None:
    """Raises StartRefused unless the database is one of ours, with the schema of this program."""
    found = postgres_steps.version(tx)
    if found == 0:
        raise StartRefused(f"There is nothing of webchat in {where(url)} yet.")
    if found > schema.known():
        raise StartRefused(schema.newer("The database", found))
    if found < schema.known():
        raise StartRefused(
            f"The database has schema {found}, this program needs {schema.known()}. Run webchat migrate, or start it."
        )


@contextlib.contextmanager
def _refusing(url: str) -> Iterator[Line]:
    dialer = Dialer(url)
    line = Line(dialer, patience=None)  # a whole database may take its time
    try:
        yield line
    except Unavailable:
        raise Unreachable(f"PostgreSQL at {where(url)} cannot be reached: {dialer.away}") from None
    except psycopg.Error as error:
        raise StartRefused(f"The database {where(url)} cannot be used: {one_line(error)}.") from None
    finally:
        line.drop()
