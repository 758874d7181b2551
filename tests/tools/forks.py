"""Processes of webchat that need not import anything, nor compile templates: they are forked from one that has, which
is most of what starting takes. Each is a process as any other, with its own arguments, environment and files."""

import atexit
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any


class Forked:
    """A process with the command line of webchat; what `subprocess.Popen` is, as far as it is asked for here. It does
    not outlive this: keep it."""

    def __init__(self, pid: int, ended: socket.socket, stdout: IO[str] | None) -> None:
        self.pid = pid
        self.stdout = stdout
        self._ended = ended
        self._code: int | None = None

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it has not ended."""
        if self._code is None and not self._has_ended(0):
            with suppress(ProcessLookupError):  # it has, and its keeper is about to say so
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, negative for a signal. Raises subprocess.TimeoutExpired."""
        if self._code is None:
            if not self._has_ended(timeout):
                raise subprocess.TimeoutExpired("webchat", timeout or 0)
            with self._ended:
                self._code = int(self._ended.recv(16))
        return self._code

    def _has_ended(self, timeout: float | None) -> bool:
        ending = select.poll()  # which takes any number of a file, as there are very many where crowds are made
        ending.register(self._ended, select.POLLIN)
        return bool(ending.poll(None if timeout is None else timeout * 1000))


def start(*arguments: str, environ: Mapping[str, str], stderr: IO[Any], patch: str = "") -> Forked:
    """Start ``webchat …``, whose output can be read as text. ``patch`` is Python that runs in it before."""
    read, write = os.pipe()
    stdout = open(read, encoding="utf-8")  # noqa: SIM115 - whoever waits for the process closes it
    with open(os.devnull) as nothing, open(write, "wb") as output:
        pid, ended = _spring().fork(arguments, environ, (nothing, output, stderr), patch)
    return Forked(pid, ended, stdout)


def run(
    *arguments: str, environ: Mapping[str, str], stdin: str = "", timeout: float = 30
) -> "subprocess.CompletedProcess[str]":
    """Run ``webchat …`` to its end. Raises subprocess.TimeoutExpired."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        given.write(stdin.encode())
        given.seek(0)
        process = Forked(*_spring().fork(arguments, environ, (given, output, errors)), None)
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        said = []
        for file in (output, errors):
            file.seek(0)
            said.append(file.read().decode())
        return subprocess.CompletedProcess(["webchat", *arguments], code, *said)


class _Spring:
    """The process that the others are forked from. It ends when this one does."""

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-c", f"from tests.tools import forks; forks.spring({theirs.fileno()})"]
            root = Path(__file__).parents[2]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], cwd=root, stdin=subprocess.DEVNULL)
        atexit.register(self._end)

    def fork(
        self,
        arguments: tuple[str, ...],
        environ: Mapping[str, str],
        files: tuple[IO[Any], IO[Any], IO[Any]],
        patch: str = "",
    ) -> tuple[int, socket.socket]:
        ended, keeper = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with keeper:
            asked = {"arguments": arguments, "environ": dict(environ), "cwd": str(Path.cwd()), "patch": patch}
            numbers = [*(file.fileno() for file in files), keeper.fileno()]
            socket.send_fds(self._ours, [json.dumps(asked).encode()], numbers)
        return int(ended.recv(16)), ended

    def _end(self) -> None:
        self._ours.close()
        self._process.wait()


@cache
def _spring() -> _Spring:
    return _Spring()


def spring(number: int) -> None:
    """What that process does. Returns in each forked one, when it has become what was asked for."""
    import webchat.cli
    from webchat.web import render

    for name in webchat.cli.COMMANDS.values():
        importlib.import_module(f"webchat.cli.{name}")
    for environment in render.Renderer()._environments.values():
        for template in environment.list_templates():
            environment.get_template(template)
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the keepers
    with socket.socket(fileno=number) as asked:
        while True:
            data, files, _, _ = socket.recv_fds(asked, 1 << 20, 4)
            if not data:
                return
            what = json.loads(data)
            if what["environ"].get("WEBCHAT_STORE"):  # what only those import who are one of several
                import webchat.bus.redis
                import webchat.store.postgres
            if os.fork() == 0:
                break
            for file in files:
                os.close(file)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _keep(files)
    _become(files, **what)
    webchat.cli.main(sys.argv[1:], prog_name="webchat")


def _keep(files: list[int]) -> None:
    """Fork once more, and return in the forked one; the other one tells its number, and how it ended, or ends it when
    nobody is there any more who could be told."""
    with socket.socket(fileno=files.pop()) as tell:
        if (pid := os.fork()) == 0:
            return
        try:
            _watch(pid, tell, files)
        finally:
            os._exit(0)


def _watch(pid: int, tell: socket.socket, files: list[int]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # which is for the tests, and whose process is this one's to end
    with open(os.devnull, "r+b", buffering=0) as nothing:  # else who reads what the tests say would wait for this too
        for number in range(3):
            os.dup2(nothing.fileno(), number)
    for file in files:
        os.close(file)
    with suppress(OSError):  # it has hung up
        tell.send(str(pid).encode())
    first = select.poll()
    first.register(os.pidfd_open(pid), select.POLLIN)
    first.register(tell, 0)  # of which it is told only that the other end is gone
    first.poll()
    os.kill(pid, signal.SIGKILL)  # which is nothing to one that has ended
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with suppress(OSError):
        tell.send(str(code).encode())


def _become(files: list[int], arguments: list[str], environ: dict[str, str], cwd: str, patch: str) -> None:
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(cwd)
    sys.argv[1:] = arguments
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        before = getattr(sys, name)
        setattr(sys, name, open(before.fileno(), mode, buffering=1, encoding="utf-8", errors=before.errors))  # noqa: SIM115 - it stays
    exec(patch, {})  # noqa: S102 - the test's own
