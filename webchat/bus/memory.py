"""One server process: events go straight to its broker. Command-line processes on the same data ring at its door, a
datagram socket in the data folder that only its owner can reach."""

import contextlib
import logging
import os
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import anyio
import msgspec
from anyio.abc import TaskStatus

from webchat.between import Between
from webchat.bus import Gap
from webchat.events import Event
from webchat.topics import Topic

log = logging.getLogger("webchat.bus")

LONGEST = 60_000
"""Bytes of a datagram that every receiver takes whole."""
LONGEST_PATH = 100
"""Bytes of a socket's path that every system takes; Linux takes 107."""
RECEIVED = 65_536
RING_SECONDS = 1.0


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Event | Gap)


class MemoryBus:
    """The bus of a single server. ``deliver`` is called with what happened, ``gap`` with a topic of which
    something was missed; ``listening`` is whether it hears other processes."""

    def __init__(self, path: Path, deliver: Callable[[Event], None], gap: Callable[[Topic | None], None]) -> None:
        self._path = path
        self._deliver = deliver
        self._gap = gap
        self.listening = False

    node = ""
    """It has no name among others, since there are none."""

    def publish(self, event: Event) -> None:
        """Tell the readers of this process."""
        self._deliver(event)

    def tell(self, news: Between) -> None:
        """Tell the other processes, of which there are none."""

    def hear(self, topic: Topic, on: bool) -> None:
        """Whatever happens is heard."""

    async def settled(self, topic: Topic) -> None:
        """It is heard at once."""

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Listen for command-line processes until cancelled. A socket that a killed server left is replaced."""
        try:
            listener = _listener(self._path)
        except OSError as error:
            log.error(
                "Cannot listen at %s: %s. What the command line does is seen a few seconds later.", self._path, error
            )
            task_status.started()
            return
        try:
            self.listening = True
            task_status.started()
            while True:
                await anyio.wait_readable(listener)
                with contextlib.suppress(BlockingIOError):
                    self._heard(listener.recv(RECEIVED))
        finally:
            self.listening = False
            listener.close()
            self._path.unlink(missing_ok=True)

    def _heard(self, datagram: bytes) -> None:
        try:
            news = _decoder.decode(datagram)
        except (msgspec.DecodeError, RecursionError) as error:
            log.warning("Ignored a datagram of %d bytes that is no event: %s", len(datagram), error)
            return
        if isinstance(news, Gap):
            for topic in news.topics:
                self._gap(topic)
        else:
            self._deliver(news)


def ring(path: Path, event: Event) -> bool:
    """Tell the server that listens at ``path``, if there is one, what this process has just stored; whether it heard.

    An event that is too long for a datagram is told as a gap, which the server fills from the store.
    """
    datagram = _encoder.encode(event)
    if len(datagram) > LONGEST:
        datagram = _encoder.encode(Gap((event.topic,)))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.settimeout(RING_SECONDS)  # the queue of a busy server is short
        try:
            with _address(path) as address:
                sender.sendto(datagram, address)
        except OSError:
            return False
    return True


def is_heard(path: Path) -> bool:
    """Whether a server listens at ``path``. Tells it nothing."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        try:
            with _address(path) as address:
                sender.connect(address)
        except OSError:
            return False
    return True


def _listener(path: Path) -> socket.socket:
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISSOCK(path.lstat().st_mode):
            path.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        listener.setblocking(False)
        os.fchmod(listener.fileno(), 0o600)  # before it has a name, so that nobody else ever reaches it
        with _address(path) as address:
            listener.bind(address)
        path.chmod(0o600)
    except BaseException:
        listener.close()
        raise
    return listener


@contextlib.contextmanager
def _address(path: Path) -> Iterator[str]:
    """A name for ``path`` that is short enough for a socket: through its folder's descriptor if need be."""
    if len(os.fsencode(path)) <= LONGEST_PATH:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
