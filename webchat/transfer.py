"""A place's data as a whole, whatever database it is in: backed up, restored, moved to another one, brought up to date.

A backup is always one file of SQLite, so that it can be restored into either database.
"""

import contextlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from webchat import backups
from webchat.backups import Restored
from webchat.errors import StartRefused
from webchat.settings import POSTGRES, Settings
from webchat.store import Tx, copies, folder, rows, schema, servers, steps
from webchat.store.copies import Contents as Contents, Tell
from webchat.store.sqlite import SqliteTx, open_sqlite


def backup(settings: Settings, file: Path, tell: Tell) -> Contents:
    """Write the database as it is now to the new ``file``, also while servers work on it; what is in it.

    Raises:
        StartRefused: there is nothing to copy, or ``file`` cannot be written or is there already.
    """
    if not settings.store:
        return backups.backup(settings.data, file, tell)
    with _postgres(settings.store) as source:
        return _to_file(source, file, tell)


def restore(settings: Settings, file: Path, tell: Tell) -> Restored:
    """Put a backup in the place of the database. SQLite's is kept under another name; one of PostgreSQL must be empty.

    Raises:
        StartRefused: ``file`` is not a whole database of ours, or the database is not empty, or somebody works on it.
    """
    if not settings.store:
        return backups.restore(settings.data, file, tell)
    with _file(file, tell) as source:
        return Restored(_to_postgres(source, settings.store, tell), None)


def copy(source: str, target: str, tell: Tell) -> Contents:
    """Copy a whole place from one database to another, which must be empty, or a file that is not there.

    Each is ``sqlite:FILE``, or a folder with one, or ``postgresql://…``. The copy is of one moment; who goes on writing
    to the source writes to the source only.

    Raises:
        StartRefused: an address makes no sense, the source is not a whole database of ours, or the target not empty.
    """
    with contextlib.ExitStack() as held:
        if source.startswith(POSTGRES):
            found = held.enter_context(_postgres(source))
        else:
            found = held.enter_context(_file(_path(source), tell))
        if target.startswith(POSTGRES):
            return _to_postgres(found, target, tell)
        return _to_file(found, _path(target), tell)


def migrate(settings: Settings) -> tuple[int, int]:
    """Bring the schema up to date, making it if there is none; which it was, and which it is.

    Raises:
        StartRefused: a newer program made it, or it cannot be written, or a step is due and a server works on it.
    """
    if not settings.store:
        return backups.migrate(settings.data)
    from webchat.store import postgres_copies, postgres_steps

    with postgres_copies.snapshot(settings.store) as tx:
        before = postgres_steps.version(tx)
    with postgres_copies.alone(settings.store):
        return before, schema.known()


def require_up_to_date(settings: Settings) -> int:
    """The schema, if no step is due. Raises StartRefused if one is, or if the database is not one of ours."""
    if not settings.store:
        return backups.require_up_to_date(settings.data)
    with _postgres(settings.store):
        return schema.known()


def _path(address: str) -> Path:
    kind, colon, name = address.partition(":")
    if kind != "sqlite" or not colon or not name:
        raise StartRefused(f"{address} is no database. Write sqlite:FILE or postgresql://USER@HOST/DATABASE.")
    path = Path(name)
    return path / backups.DATABASE if path.is_dir() else path


@contextlib.contextmanager
def _postgres(url: str) -> Iterator[Tx]:
    from webchat.store import postgres_copies

    with postgres_copies.snapshot(url) as tx:
        postgres_copies.require_ours(tx, url)
        yield tx


@contextlib.contextmanager
def _file(file: Path, tell: Tell) -> Iterator[Tx]:
    """A database of SQLite as it is now; one with an older schema is brought up to date in a copy."""
    if not file.is_file():
        raise StartRefused(f"There is no file {file}.")
    with contextlib.ExitStack() as held:
        connection = held.enter_context(copies.snapshot(file, resting=True))
        steps.require_ours(connection, file)
        if damage := copies.damage(connection, tell):
            raise StartRefused(f"{file} is damaged: {damage}.")
        if steps.version(connection) < schema.known():
            place = Path(held.enter_context(tempfile.TemporaryDirectory())) / "old"
            place.mkdir()
            copies.copy(connection, place / backups.STAGED, tell)
            open_sqlite(place / backups.STAGED).close()
            connection = held.enter_context(copies.snapshot(place / backups.STAGED))
        yield SqliteTx(connection)


def _to_postgres(source: Tx, url: str, tell: Tell) -> Contents:
    from webchat.store import postgres_copies

    with postgres_copies.alone(url) as target:
        rows.require_empty(target, "The database")
        if servers.at_work(target, time.time_ns() // 1_000_000):
            raise StartRefused("A server works on the database. Stop it first; one that was killed is forgotten soon.")
        rows.copy(source, target, tell)
        return rows.contents(target)


def _to_file(source: Tx, file: Path, tell: Tell) -> Contents:
    backups.require_free(file)
    with folder.staging(file) as place:
        filled, whole = place / "filling.db", place / backups.STAGED
        open_sqlite(filled).close()
        with copies.filling(filled) as connection:
            rows.copy(source, SqliteTx(connection), tell)
        with copies.snapshot(filled) as connection:
            copies.copy(connection, whole, tell)
            contents = copies.contents(connection)
        folder.give_name(whole, file)
    return contents
