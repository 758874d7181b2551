"""A real server process with its own data folder, as a user would start it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tests.tools import forks
from tests.tools.ports import free_port

WITHOUT_OURS = {name: value for name, value in os.environ.items() if not name.startswith("WEBCHAT_")}


class Server:
    """One data folder and the server on it. It may be started again after `stop` or `kill`, on the same port.

    ``patch`` is Python that runs in the server's process before it starts: a fault that no user could ask for.
    """

    def __init__(self, data: Path, *options: str, environ: Mapping[str, str] | None = None, patch: str = "") -> None:
        self.data = data
        self.patch = patch
        self.options = options
        self.python = sys.executable
        self.environ = {**WITHOUT_OURS, **(environ or {}), "WEBCHAT_DATA": str(data), "PYTHONUNBUFFERED": "1"}
        self.errors = data.with_name(f"{data.name}.stderr")
        self.port = free_port()
        self.said: list[str] = []
        self._process: forks.Forked | None = None

    @property
    def database(self) -> Path | str:
        """What it keeps everything in: a file of SQLite, or an address of PostgreSQL."""
        return self.environ.get("WEBCHAT_STORE") or self.data / "webchat.db"

    @property
    def url(self) -> str:
        """Where it is, without the last slash."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws(self) -> str:
        """The same for WebSockets."""
        return f"ws://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process that serves now."""
        assert self._process, "The server is not running."
        return self._process.pid

    def start(self) -> Self:
        """Start and wait until it is ready. What it said on stdout is in ``said``."""
        self._process = process = self._started("serve", "--port", str(self.port), *self.options)
        assert process.stdout
        self.said = []
        for line in process.stdout:
            self.said.append(line.rstrip("\n"))
            if found := re.match(r"webchat is ready at http://\S+:(\d+)", line):
                self.port = int(found[1])
                return self
        code = self._ended(process)
        raise AssertionError(f"The server ended with {code} before it was ready:\n{self.errors.read_text()}")

    def stop(self) -> int:
        """Ask it to stop; its exit code. Does nothing when it does not run."""
        return self.end(signal.SIGTERM)

    def kill(self) -> int:
        """End it at once, as the machine might."""
        return self.end(signal.SIGKILL)

    def end(self, number: signal.Signals) -> int:
        """Send it a signal and wait until it has ended."""
        process, self._process = self._process, None
        if process is None:
            return 0
        process.send_signal(number)
        return self._ended(process)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal that does not end it."""
        os.kill(self.pid, number)

    def run(self, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        """Run another command on the same data folder."""
        return forks.run(*arguments, environ=self.environ, stdin=stdin)

    def add_user(self, name: str, *options: str) -> str:
        """Add an account; its password."""
        done = self.run("user", "add", name, *options)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()[-1]

    def _started(self, *words: str) -> forks.Forked:
        with self.errors.open("ab") as errors:
            return forks.start(*words, environ=self.environ, stderr=errors, patch=self.patch)

    @staticmethod
    def _ended(process: forks.Forked) -> int:
        try:
            return process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        finally:
            if process.stdout:
                process.stdout.close()
