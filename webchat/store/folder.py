"""The data folder: one server at a time, and room to write."""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from webchat.errors import StartRefused

ROOM_TO_WRITE = 16 * 2**20
"""The least space a disk must have for a server to start, in bytes: a few thousand messages and the log before them."""


@contextlib.contextmanager
def only_server(data: Path) -> Iterator[None]:
    """Hold the data folder for this process. The lock goes with the process, however that ends.

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
            raise StartRefused(
                f"Another server (process {lock.read().strip() or 'unknown'}) already uses the data folder {data}. "
                "Stop it, or choose another folder with --data."
            ) from None
        if shutil.disk_usage(data).free < ROOM_TO_WRITE:
            raise StartRefused(f"The disk of the data folder {data} is full. Free some space first.")
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
