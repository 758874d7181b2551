"""Whole copies of a database, taken while it is written, and whether a database is sound."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import apsw

from webchat.errors import StartRefused

Connection = apsw.Connection
Tell = Callable[[str], None]
"""Is told, again and again, what is being done and how far it has come."""
PAGES = 1000
"""Pages copied between two tellings."""
OPERATIONS = 1_000_000
"""Operations of SQLite between two tellings of a check."""
BESIDE = ("-wal", "-journal", "-shm")
"""What SQLite keeps beside a database while that is open."""


class Contents(NamedTuple):
    """What a database holds."""

    users: int
    rooms: int
    messages: int


@contextlib.contextmanager
def snapshot(path: Path, *, resting: bool = False) -> Iterator[apsw.Connection]:
    """A connection that only reads, and sees the database as it is now until the block ends.

    ``resting`` says that no server works on it, so that it is read even where nothing can be written beside it.

    Raises:
        StartRefused: it cannot be read, or is no database.
    """
    flags, name = apsw.SQLITE_OPEN_READONLY, str(path)
    if resting and not any(os.path.lexists(f"{path.resolve()}{suffix}") for suffix in BESIDE):
        flags, name = flags | apsw.SQLITE_OPEN_URI, f"file:{quote(os.fsencode(path.absolute()))}?immutable=1"
    with _refusing(f"{path} cannot be read"), contextlib.closing(apsw.Connection(name, flags=flags)) as connection:
        connection.set_busy_timeout(5000)
        connection.execute("BEGIN").fetchall()
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        yield connection


def copy(source: apsw.Connection, path: Path, tell: Tell) -> None:
    """Make the new file ``path`` the same as ``source``, but for the epoch: whoever serves it makes another one.

    It is one file, readable by its owner only, and on disk when this returns.

    Raises:
        StartRefused: it cannot be written.
    """
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with _refusing(f"{path.parent.parent} cannot be written"):
        with contextlib.closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)) as target:
            target.execute("PRAGMA synchronous=OFF").fetchall()
            with target.backup("main", source, "main") as under_way:
                while not under_way.done:
                    under_way.step(PAGES)
                    tell(f"Copying, {_percent(under_way.page_count - under_way.remaining, under_way.page_count)}")
            target.execute("PRAGMA journal_mode=DELETE").fetchall()
            target.execute("DELETE FROM meta WHERE key = 'epoch'").fetchall()
        with path.open("rb") as written:
            os.fsync(written.fileno())


@contextlib.contextmanager
def filling(path: Path) -> Iterator[apsw.Connection]:
    """A connection in a transaction that fills a new database; its rows may refer to some that come later."""
    with _refusing(f"{path} cannot be written"), contextlib.closing(apsw.Connection(str(path))) as connection:
        connection.execute("PRAGMA synchronous=OFF").fetchall()
        connection.execute("BEGIN IMMEDIATE").fetchall()
        yield connection
        if connection.execute("PRAGMA foreign_key_check").fetchall():
            raise StartRefused("The source refers to rows that it does not have, so it cannot be copied.")
        connection.execute("COMMIT").fetchall()


def sqlite_version() -> tuple[int, ...]:
    """The version of SQLite."""
    return tuple(int(part) for part in apsw.sqlite_lib_version().split("."))


def damage(connection: apsw.Connection, tell: Tell) -> str:
    """What is wrong with the database, in SQLite's words; an empty string if nothing is."""

    def go_on() -> bool:
        tell("Checking")
        return False

    connection.set_progress_handler(go_on, OPERATIONS)
    try:
        found = str(connection.execute("PRAGMA integrity_check(1)").fetchall()[0][0])
    except apsw.CorruptError as error:
        found = str(error)
    finally:
        connection.set_progress_handler(None)
    return "" if found == "ok" else " ".join(found.removeprefix("*** in database main ***").split())


def contents(connection: apsw.Connection) -> Contents:
    """How much there is in a database of ours."""
    people = "SELECT count(*) FROM users WHERE role <> 'bot'"
    counts = [people, "SELECT count(*) FROM rooms", "SELECT count(*) FROM messages"]
    return Contents(*(int(str(connection.execute(sql).fetchall()[0][0])) for sql in counts))


def newest(connection: apsw.Connection) -> int:
    """When the newest message was posted, by the clock of then; 0 if there is none."""
    sql = "SELECT max((SELECT at FROM messages m WHERE m.room_id = r.id ORDER BY seq DESC LIMIT 1)) FROM rooms r"
    return int(str(connection.execute(sql).fetchall()[0][0] or 0))


def fold(path: Path) -> bool:
    """Bring what SQLite keeps beside a database into it; False if that cannot be, since it is damaged or no database.

    Raises:
        StartRefused: another program has it open, or it cannot be written.
    """
    with _refusing(f"{path} cannot be written"), contextlib.suppress(apsw.CorruptError, apsw.NotADBError):
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        with contextlib.closing(connection):
            try:
                connection.execute("PRAGMA journal_mode=DELETE").fetchall()
            except (apsw.BusyError, apsw.LockedError):
                raise StartRefused(f"Another program has {path} open. Close that first.") from None
        return True
    return False


@contextlib.contextmanager
def _refusing(what: str) -> Iterator[None]:
    try:
        yield
    except apsw.Error as error:
        raise StartRefused(f"{what}: {error}.") from None


def _percent(part: int, whole: int) -> str:
    return f"{100 * part // max(1, whole)} %"
