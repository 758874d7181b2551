"""Slow mode that comes by itself: where very much is said, guests wait between two posts, the longer the more it is.

Each process counts what is said through it, and writes nothing down. Who has an account here waits for nothing.
"""

import time
from collections.abc import Callable

from webchat.chat import names
from webchat.commands import PostMessage
from webchat.errors import TooFast, sentence as _
from webchat.model import Actor, Guest

WINDOW = 5.0
"""Seconds over which posts are counted."""
FIRST = 5
LONGEST = 30
"""Seconds that a guest waits at first, and at most: twice as long with each window that has too many posts."""
TABLE = 1_000
"""The most threads that are counted; the longest unused go first."""


class _Thread:
    """One thread: its posts since ``began``, how many seconds guests ``wait``, and who posted when, and what."""

    __slots__ = ("began", "posts", "said", "wait")

    def __init__(self, now: float) -> None:
        self.began = now
        self.posts = 0
        self.wait = 0
        self.said: dict[str, tuple[float, str]] = {}


class Rush:
    """The threads of one process. Above ``limit`` posts a second, over a window, guests wait longer; below half of it,
    less. 0 lets nobody wait."""

    def __init__(self, limit: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._threads: dict[str, _Thread] = {}

    def take(self, command: PostMessage, actor: Actor) -> None:
        """Count a post. Raises TooFast for a guest who has to wait; what comes again under its cid is no other post."""
        slug, now = names.folded(command.room), self._clock()
        if not self._limit or "." not in slug:
            return
        thread = self._threads.pop(slug, None) or _Thread(now)
        self._threads[slug] = thread
        if len(self._threads) > TABLE:
            del self._threads[next(iter(self._threads))]
        self._turn(thread, now)
        if isinstance(actor, Guest):
            at, cid = thread.said.get(actor.key, (-LONGEST, ""))
            if cid == command.cid:
                return
            left = at + thread.wait - now
            if left > 0:
                seconds = int(-(-left // 1))
                raise TooFast(
                    _("This room is in slow mode: you can write again in %(seconds)s seconds."), seconds=seconds
                )
            thread.said[actor.key] = now, command.cid
        thread.posts += 1

    def _turn(self, thread: _Thread, now: float) -> None:
        """Begin another window, at once if too much was said in this one, and let guests wait longer or less."""
        most = self._limit * WINDOW
        if thread.posts < most and now - thread.began < WINDOW:
            return
        if thread.posts >= most:
            thread.wait = min(LONGEST, thread.wait * 2 or FIRST)
        else:
            calm = int((now - thread.began) // WINDOW) - (thread.posts > most / 2)
            thread.wait >>= min(calm, LONGEST)
            thread.wait = thread.wait if thread.wait >= FIRST else 0
        thread.began, thread.posts = now, 0
        thread.said = {key: last for key, last in thread.said.items() if now - last[0] < LONGEST}
