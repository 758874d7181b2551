"""Databases with something in them, commands that are killed, and what a database holds."""

import atexit
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import apsw
import psycopg
import pytest

from webchat.desk import desk
from webchat.metrics import Metrics
from webchat.settings import Settings
from webchat.store import opening, sqlite as sqlite_store, steps


def filled(data: Path) -> Path:
    """A folder with a database that has a few hundred pages: a copy of one that is made once."""
    return Path(shutil.copytree(_original(), data))


@contextmanager
def prepared() -> Iterator[None]:
    """Every store on a new file begins with a copy of one whose schema was made once, as its steps make it."""
    with tempfile.TemporaryDirectory(prefix="webchat-schema-") as place, pytest.MonkeyPatch.context() as patch:
        made = Path(place) / "webchat.db"
        with closing(sqlite_store._connect(made)) as connection, connection:
            steps.bring_up(connection)

        def opened(path: Path, metrics: Metrics | None = None) -> sqlite_store.SqliteStore:
            with suppress(OSError):  # which is told by who opens it
                if not path.exists():
                    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                    shutil.copy(made, path)
            return sqlite_store.open_sqlite(path, metrics)

        made.chmod(0o600)
        patch.setattr(opening, "open_sqlite", opened)
        yield


@cache
def _original() -> Path:
    made = Path(tempfile.mkdtemp(prefix="webchat-filled-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    with desk(Settings(data=made / "data")) as at:
        at.add_user("ann", "a long enough one", admin=True)
        for number in range(60):
            at.send("lobby", f"{number} " + "x" * 9000)
    return made / "data"


def quiet(_what: str) -> None:
    """Nobody watches."""


def connected(path: Path) -> apsw.Connection:
    """A file of SQLite, opened as the store does: by a second copy of SQLite in one process each would take the other's
    locks for its own, and cut off memory that the other is reading (https://sqlite.org/howtocorrupt.html, 2.2.1)."""
    connection = apsw.Connection(str(path))
    connection.set_busy_timeout(5000)
    connection.transaction_mode = "IMMEDIATE"  # of "with": what is read first is still so when the rest is written
    return connection


def sql(database: Path | str, statement: str, *arguments: object) -> list[tuple[Any, ...]]:
    """What a statement gives, in a file of SQLite or at an address of PostgreSQL."""
    if isinstance(database, str):
        with psycopg.connect(database) as postgres:
            cursor = postgres.execute(statement.encode(), arguments or None)
            return cursor.fetchall() if cursor.description else []
    with closing(connected(database)) as connection:
        return list(connection.execute(statement, arguments))


def say(data: Path, text: str) -> None:
    with desk(Settings(data=data)) as at:
        at.send("lobby", text)


def bodies(data: Path) -> list[object]:
    return [row[0] for row in sql(data / "webchat.db", "SELECT body FROM messages ORDER BY id")]


def files(place: Path) -> dict[str, bytes]:
    """What is in a folder, but for what SQLite and the lock leave there."""
    own = ("-wal", "-shm", ".lock")
    return {path.name: path.read_bytes() for path in place.iterdir() if path.is_file() and path.suffix != ".lock"
            and not path.name.endswith(own)}  # fmt: skip


def broken(copy: Path) -> Path:
    """A backup of which a page in the middle was overwritten."""
    content = bytearray(copy.read_bytes())
    for page in range(20, 60):
        content[page * 4096 : page * 4096 + 512] = b"\xff" * 512
    copy.write_bytes(content)
    return copy


KILLED = (
    "import os, sys\n"
    "from pathlib import Path\n"
    "from webchat import backups\n"
    "{patch}\n"
    "def kill(*_):\n"
    "    os.kill(os.getpid(), 9)\n"
    "backups.{command}(Path(sys.argv[1]), Path(sys.argv[2]), {tell})\n"
)


def killed(command: str, data: Path, file: Path, patch: str = "") -> None:
    """Run it in a process that is killed when it first tells how far it is, or where the patch says."""
    tell = "lambda _: None" if patch else "kill"
    program = KILLED.format(command=command, patch=patch, tell=tell)
    done = subprocess.run([sys.executable, "-c", program, str(data), str(file)], capture_output=True, check=False)
    assert done.returncode == -9, done.stderr
