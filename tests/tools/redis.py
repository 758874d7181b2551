"""A real Redis of a test's own, on a free port, that may be killed, stopped in its tracks and started again."""

import contextlib
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import redis

from tests.tools.needs import program
from tests.tools.ports import free_port


class Redis:
    """One redis-server, with options as its configuration has them. It keeps nothing on disk."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.port = free_port()
        self.socket = folder / "redis.sock"
        self.url = f"redis://127.0.0.1:{self.port}"
        self._folder = folder
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it, and wait until it answers."""
        options = ("--port", str(self.port), "--bind", "127.0.0.1", "--unixsocket", str(self.socket))
        cluster_port = ("--cluster-port", str(free_port()))  # else 10,000 higher, where others may be
        self._process = subprocess.Popen(
            [
                program("redis-server", "valkey-server"),
                *options,
                *cluster_port,
                "--save",
                "",
                "--dir",
                str(self._folder),
                *self._options,
            ],
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout
        for line in self._process.stdout:
            if b"Ready to accept connections" in line:
                return self
        self.kill()
        raise AssertionError("Redis ended before it was ready")

    def kill(self) -> None:
        """End it at once."""
        process, self._process = self._process, None
        if process:
            process.kill()
            process.wait(10)
            assert process.stdout
            process.stdout.close()

    def freeze(self) -> None:
        """Let it hold still: its connections stay, and nothing comes."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def ask(self, *command: str) -> object:
        """What it answers to a command."""
        with contextlib.closing(redis.Redis.from_url(self.url)) as client:
            return client.execute_command(*command)  # type: ignore[no-untyped-call]


@contextlib.contextmanager
def running(folder: Path, *options: str) -> Iterator[Redis]:
    """A Redis for the time of the block."""
    server = Redis(folder, *options).start()
    try:
        yield server
    finally:
        server.kill()
