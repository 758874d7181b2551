"""The data folder, who may work in it at a time, and how a file gets its name only once it is whole."""

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from webchat.errors import StartRefused

STAGING = ".webchat-part"
ROOM_TO_WRITE = 16 * 2**20
"""The least space a disk must have for a server to start, in bytes: a few thousand messages and the log before them."""


@contextlib.contextmanager
def only_server(data: Path, busy: Callable[[str], str] | None = None) -> Iterator[None]:
    """Hold the data folder for this process. The lock goes with the process, however that ends. ``busy`` says why that
    cannot be, of the process that holds it.

    Raises:
        StartRefused: another server holds it, it cannot be written, or its disk is full.
    """
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (data / "server.lock").open("a+")
    except FileExistsError:
        raise StartRefused(f"{data} is a file. The data folder must be a folder.") from None
    except OSError as error:
        raise StartRefused(f"The data folder {data} cannot be written: {error.strerror}.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            pid = lock.read().strip() or "unknown"
            raise StartRefused(
                busy(pid)
                if busy
                else f"Another server or restore (process {pid}) already uses the data folder {data}. "
                "Stop it, or choose another folder with --data."
            ) from None
        if shutil.disk_usage(data).free < ROOM_TO_WRITE:
            raise StartRefused(f"The disk of the data folder {data} is full. Free some space first.")
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def server_id(data: Path) -> str:
    """What tells the server of this folder from others; made when it is asked for first."""
    file = data / "server.id"
    with contextlib.suppress(FileNotFoundError):
        if found := file.read_text("ascii").strip():
            return found
    file.write_text(f"{secrets.token_hex(8)}\n", "ascii")
    return file.read_text("ascii").strip()


@contextlib.contextmanager
def at_work(data: Path) -> Iterator[None]:
    """Work on the database without being its server; many may. It stays where it is meanwhile.

    Raises:
        StartRefused: the database is being replaced.
    """
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _folder_lock(
        data.resolve(), fcntl.LOCK_SH, f"The database of {data} is being replaced. Try again in a moment."
    ):
        yield


@contextlib.contextmanager
def alone(data: Path) -> Iterator[None]:
    """Be the only one who works in the folder.

    Raises:
        StartRefused: a server, or another command, is at work there.
    """
    busy = f"Another webchat command is at work in {data}. Try again when it has ended."
    with only_server(data), _folder_lock(data.resolve(), fcntl.LOCK_EX, busy):
        yield


@contextlib.contextmanager
def staging(target: Path) -> Iterator[Path]:
    """A private folder beside ``target``, for what will have its name; it goes when the block ends.

    What was left there by those who were killed goes when it begins.

    Raises:
        StartRefused: another process is about to write the same file.
    """
    for left in target.parent.glob(f".*{STAGING}"):
        with contextlib.suppress(OSError, StartRefused), _folder_lock(left, fcntl.LOCK_EX, ""):
            if any(left.iterdir()):  # an empty one may have been made just now
                shutil.rmtree(left, ignore_errors=True)
    place = target.with_name(f".{target.name}{STAGING}")
    place.mkdir(mode=0o700, exist_ok=True)
    busy = f"Another command is about to write {target}. Try again when it has ended."
    with _folder_lock(place, fcntl.LOCK_EX, busy):
        if place.stat().st_uid != os.geteuid():
            raise StartRefused(f"{place} is somebody else's. Choose another name or another folder.")
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)


def give_name(staged: Path, target: Path) -> None:
    """Call a finished file ``target``; never instead of what has that name. Raises StartRefused if something has."""
    try:
        os.link(staged, target)
    except FileExistsError:
        raise StartRefused(f"{target} is there already, and is left as it is. Choose another name.") from None
    except OSError:  # a file system without links
        if os.path.lexists(target):
            raise StartRefused(f"{target} is there already, and is left as it is. Choose another name.") from None
        staged.rename(target)
    sync(target.parent)


def sync(place: Path) -> None:
    """Bring to disk which names a folder has."""
    folder = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextlib.contextmanager
def _folder_lock(place: Path, kind: int, busy: str) -> Iterator[None]:
    """A lock on the folder itself, which needs no file of its own and goes with the process."""
    folder = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        try:
            fcntl.flock(folder, kind | fcntl.LOCK_NB)
            if not os.path.samestat(os.fstat(folder), place.stat()):
                raise FileNotFoundError  # it has just gone, and another one came
        except (BlockingIOError, FileNotFoundError):
            raise StartRefused(busy) from None
        yield
    finally:
        os.close(folder)
