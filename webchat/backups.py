"""What happens to the database as a whole: copied while it is served, replaced by a copy, brought up to date."""

import contextlib
import os
import shutil
import stat
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from webchat.errors import StartRefused
from webchat.store import copies, folder, schema, steps
from webchat.store.copies import Contents as Contents, Tell
from webchat.store.opening import open_file_beside

DATABASE = "webchat.db"
KEPT = "webchat-before-restore-"
"""How the names of replaced databases begin."""
STAGED = "copy.db"


class Restored(NamedTuple):
    """What was put in place, and what the database is called now that was there before."""

    contents: Contents
    kept: Path | None


def backup(data: Path, file: Path, tell: Tell) -> Contents:
    """Write the database as it is now to the new ``file``, also while a server works on it; what is in it.

    The copy has no epoch, so that whoever serves it makes a new one and every client starts afresh.

    Raises:
        StartRefused: there is nothing to copy, it is damaged, or ``file`` cannot be written or is there already.
    """
    database = _database(data)
    require_free(file)
    with folder.at_work(data), folder.staging(file) as place:
        with copies.snapshot(database) as source:  # for as short as can be: meanwhile the server's log only grows
            steps.require_ours(source, database)
            copies.copy(source, place / STAGED, tell)
        with copies.snapshot(place / STAGED, resting=True) as copied:
            if damage := copies.damage(copied, tell):
                raise StartRefused(f"No backup was made, since {database} is damaged: {damage}.")
            contents = copies.contents(copied)
        folder.give_name(place / STAGED, file)
    return contents


def restore(data: Path, file: Path, tell: Tell) -> Restored:
    """Put a copy of ``file`` in the place of the database, which is kept beside it under a dated name.

    Raises:
        StartRefused: ``file`` is not a whole database of ours, or somebody works on the one that is there. Nothing
            has changed then.
    """
    database = (data / DATABASE).resolve()
    _require_file(file, database)
    with contextlib.ExitStack() as held:
        source = held.enter_context(copies.snapshot(file, resting=True))
        steps.require_ours(source, file)
        if is_there := data.is_dir():  # else it is made only if there is something to put into it
            held.enter_context(folder.alone(data))
        if damage := copies.damage(source, tell):
            raise StartRefused(f"{file} is damaged: {damage}.")
        if not is_there:
            held.enter_context(folder.alone(data))
        staged = held.enter_context(folder.staging(database)) / STAGED
        copies.copy(source, staged, tell)
        _same_owner(staged, database if database.exists() else data)
        kept = _keep(database)
        staged.replace(database)
        folder.sync(database.parent)
        return Restored(copies.contents(source), kept)


def migrate(data: Path) -> tuple[int, int]:
    """Bring the schema up to date, making the database if there is none; which it was, and which it is.

    Raises:
        StartRefused: a newer program made it, or it cannot be written, or a step is due and a server works on it.
    """
    before = 0
    if (data / DATABASE).exists():
        with copies.snapshot(data / DATABASE, resting=True) as connection:
            before = steps.version(connection)
    with folder.at_work(data), closing(open_file_beside(data)):
        return before, schema.known()


def require_up_to_date(data: Path) -> int:
    """The schema, if no step is due. Raises StartRefused if one is, or if the database is not one of ours."""
    database = _database(data)
    with copies.snapshot(database, resting=True) as connection:
        steps.require_ours(connection, database)
        found = steps.version(connection)
    if found < schema.known():
        raise StartRefused(
            f"The database has schema {found}, this program needs {schema.known()}. Run webchat migrate, or start it."
        )
    return found


def _database(data: Path) -> Path:
    database = data / DATABASE
    if not database.is_file():
        raise StartRefused(f"There is no database in {data}. Say with --data where it is.")
    return database


def require_free(file: Path) -> None:
    """Raises StartRefused unless a file of that name can be made."""
    if file.is_dir():
        raise StartRefused(f"{file} is a folder. Give the name of a file in it.")
    if os.path.lexists(file):
        raise StartRefused(f"{file} is there already, and is left as it is. Choose another name.")
    if not file.parent.is_dir():
        raise StartRefused(f"There is no folder {file.parent}. Make it first.")


def _require_file(file: Path, database: Path) -> None:
    try:
        found = file.stat()
    except FileNotFoundError:
        raise StartRefused(f"There is no file {file}.") from None
    if not stat.S_ISREG(found.st_mode):
        raise StartRefused(f"{file} is not a file. Give the name of one that webchat backup wrote.")
    if database.exists() and file.samefile(database):
        raise StartRefused(f"{file} is the database itself. Give the name of one that webchat backup wrote.")


def _keep(database: Path) -> Path | None:
    """Give the database a second, dated name, and take away what SQLite would mix with the one that comes."""
    kept = database.with_name(f"{KEPT}{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.db")
    beside = [suffix for suffix in copies.BESIDE if os.path.exists(f"{database}{suffix}")]
    for suffix in beside:  # before SQLite looks at it, which throws away what does not fit
        shutil.copy2(f"{database}{suffix}", f"{kept}{suffix}")
    if is_there := database.exists():
        if copies.fold(database):
            _remove(f"{kept}{suffix}" for suffix in beside)
        for name in database.parent.glob(f"{KEPT}*.db"):
            if name.samefile(database):  # of one that was killed while there were two names
                name.unlink()
        folder.give_name(database, kept)
    _remove(f"{database}{suffix}" for suffix in copies.BESIDE)
    return kept if is_there else None


def _remove(paths: Iterable[str]) -> None:
    for path in paths:
        Path(path).unlink(missing_ok=True)


def _same_owner(staged: Path, like: Path) -> None:
    """A restore by root leaves the database to the account that serves it."""
    found = like.stat()
    if (found.st_uid, found.st_gid) != (os.geteuid(), os.getegid()):
        with contextlib.suppress(PermissionError):
            os.chown(staged, found.st_uid, found.st_gid)
