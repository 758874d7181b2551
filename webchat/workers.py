"""Several server processes on one port: started one after another, and replaced when one ends by itself.

They share the listening sockets, so a connection that one of them would have taken is taken by another. They know each
other only by the bus and the store, as the processes of other machines do.
"""

import logging
import os
import selectors
import signal
import sys
import time
from collections.abc import Callable
from typing import NoReturn

log = logging.getLogger("webchat.workers")

STOPS = (signal.SIGTERM, signal.SIGINT)
LEAVE = 10.0
"""Seconds in which one that is asked to end must have ended."""
PAUSE = 1.0
"""Seconds until one is replaced that ended before it was ready."""


class Start:
    """What a worker is given. ``first`` is set for the one that may speak for all; call `ready` once it can work, and
    end when ``parent`` can be read: then nobody looks after it any more."""

    def __init__(self, first: bool, parent: int, news: int) -> None:
        self.first = first
        self.parent = parent
        self._news = news

    def ready(self) -> None:
        """Say that it can work."""
        os.write(self._news, os.getpid().to_bytes(4, "little"))


def supervise(count: int, work: Callable[[Start], None], ready: Callable[[], None]) -> None:
    """Run ``work`` in ``count`` processes until SIGTERM or SIGINT; call ``ready`` when all are.

    When the first one ends before it is ready, which it has explained, so does this process, with its exit code.
    """
    workers, told = _Workers(work), False
    try:
        workers.start()
        while not (workers.failed or workers.stopping):
            workers.wait()
            if workers.working == workers.living and len(workers.living) < count and not workers.failed:
                workers.start()
            elif len(workers.working) == count and not told:
                ready()
                told = True
    finally:
        workers.stop()
    if workers.failed:
        sys.exit(workers.failed)


class _Workers:
    """The processes: those that live, and of these those that are ready."""

    def __init__(self, work: Callable[[Start], None]) -> None:
        self._work = work
        self.living: set[int] = set()
        self.working: set[int] = set()
        self.failed = 0
        self.stopping = False
        self._began = False
        self._again = 0.0
        self._news, self._tell = os.pipe()
        self._life, self._mine = os.pipe()  # only this process holds the end that writes, and never does
        self._signals, woken = os.pipe()
        for end in (self._news, self._signals, woken):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(woken)
        for number in STOPS:
            signal.signal(number, self._asked_to_stop)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)  # only to wake
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._news, selectors.EVENT_READ)
        self._selector.register(self._signals, selectors.EVENT_READ)

    def start(self) -> None:
        """Start one more."""
        if time.monotonic() < self._again:
            return
        # What is sent to the new process waits until it is one of its own: by this process's handlers it would go on.
        held = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
        pid = os.fork()
        if not pid:
            self._be_one(held)
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
        self.living.add(pid)

    def wait(self) -> None:
        """Wait until something happens, and note what."""
        for key, _events in self._selector.select(PAUSE):
            told = os.read(key.fd, 4096)
            if key.fd == self._news:
                self.working |= {int.from_bytes(told[at : at + 4], "little") for at in range(0, len(told), 4)}
                self._began = True
        while self.living and (ended := os.waitpid(-1, os.WNOHANG))[0]:
            self._ended(*ended)
        self.working &= self.living

    def stop(self) -> None:
        """Ask all to end, and wait until they have."""
        self.stopping = True
        for pid in self.living:
            os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + LEAVE
        while self.living and time.monotonic() < until:
            self.wait()
        for pid in self.living:
            log.error("The worker %d has not ended, and is killed.", pid)
            os.kill(pid, signal.SIGKILL)
        while self.living:
            self.living.discard(os.waitpid(-1, 0)[0])

    def _ended(self, pid: int, status: int) -> None:
        code = os.waitstatus_to_exitcode(status)
        was_ready = pid in self.working
        self.living.discard(pid)
        if self.stopping:
            return
        if not self._began:
            self.failed = code or 1
            return
        log.error("The worker %d ended with %d. Another takes its place.", pid, code)
        if not was_ready:
            self._again = time.monotonic() + PAUSE

    def _asked_to_stop(self, _number: int, _frame: object) -> None:
        self.stopping = True

    def _be_one(self, held: set[int | signal.Signals]) -> NoReturn:
        """Become a worker: everything that this process waits by is not its own, and the others are not its to end."""
        self.living = set()
        signal.set_wakeup_fd(-1)
        for number in (*STOPS, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
        os.close(self._mine)
        self._selector.close()
        self._work(Start(not self._began, self._life, self._tell))
        sys.exit(0)
