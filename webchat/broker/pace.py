"""How fast rooms go. Of one that is faster than anybody can read, those who need not be told all are told a part.

Nothing is lost by that: the store has everything, a reader who comes back is sent all it missed, and what was left out
can be asked for. What is left out is not even drawn.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from webchat.model import Message

BURST = 5.0
"""Seconds' worth of messages that are told at once: a room may be faster for a moment."""
PAUSE = 0.5
"""Seconds from one telling of a room that is too fast to the next: so little is told that it is told together."""
CALM = 5.0
"""Seconds in which nothing was left out, until a room is calm."""
FORGOTTEN = 600.0
"""Seconds after which nothing is known any more of a room in which nothing was said."""
MEMORY = 2_000
"""The most messages of a room that are known to have been left out."""


class _Pace:
    """One room: how many more may be told ``now``, when something was ``said`` and left out last, the seqs left out of
    late, and that after which it is too fast."""

    __slots__ = ("after", "allowed", "last", "missing", "now", "said")

    def __init__(self, allowed: float, now: float) -> None:
        self.allowed = allowed
        self.now = self.said = self.last = now
        self.after: int | None = None
        self.missing: set[int] = set()


class Paces:
    """The paces of one process. ``limit`` is how many messages a second a reader is told, on the average of some
    seconds, of those whose views are ``thin``; 0 lets everybody hear everything."""

    def __init__(
        self,
        limit: float = 0,
        thin: Callable[[str], bool] = lambda _view: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = limit
        self._thin = thin
        self._clock = clock
        self._rooms: dict[str, _Pace] = {}

    def thins(self, views: Iterable[str]) -> bool:
        """Whether some of these views may be told less than all."""
        return self._limit > 0 and any(map(self._thin, views))

    def choose(self, slug: str, posted: Sequence[Message]) -> list[Message]:
        """Count what was said in a room, and choose what of it is left out: of each author the newest is told first,
        and who has an account here goes before who has none. Something is always told."""
        pace = self._rooms.setdefault(slug, _Pace(self._limit * BURST, self._clock()))
        self._refill(pace)
        pace.said = pace.now
        count = max(1, int(pace.allowed))
        pace.allowed = max(0.0, pace.allowed - min(count, len(posted)))
        if len(posted) <= count:
            return []
        left = _ranked(posted)[count:]
        missing = pace.missing.union(message.seq for message in left)
        pace.last, pace.missing = pace.now, set(sorted(missing)[-MEMORY:])
        if pace.after is None:
            pace.after = min(message.seq for message in left) - 1
        return left

    def after(self, slug: str) -> int | None:
        """The seq after which messages of a room have been left out since it became too fast; None while it is calm."""
        pace = self._rooms.get(slug)
        return None if pace is None else pace.after

    def pause(self, slug: str) -> float:
        """The least seconds from one telling of a room to the next: some, once no more may be told at once."""
        pace = self._rooms.get(slug)
        if pace is not None:
            self._refill(pace)
        return 0.0 if pace is None or pace.allowed >= 1 else max(PAUSE, 1 / self._limit)

    def whole(self, message: Message) -> Message:
        """A message as it is shown where the one before it may be missing: with its author."""
        pace = self._rooms.get(message.room) if message.continues else None
        if pace is None or message.seq - 1 not in pace.missing:
            return message
        return msgspec.structs.replace(message, continues=False)

    def calmed(self) -> Iterator[str]:
        """The rooms that are calm again, since this was asked last."""
        now = self._clock()
        for slug, pace in list(self._rooms.items()):
            if pace.after is not None and now - pace.last >= CALM:
                pace.after = None
                yield slug
            elif now - pace.said >= FORGOTTEN:
                del self._rooms[slug]

    def _refill(self, pace: _Pace) -> None:
        now = self._clock()
        pace.allowed = min(self._limit * BURST, pace.allowed + (now - pace.now) * self._limit)
        pace.now = now


def _ranked(posted: Sequence[Message]) -> list[Message]:
    """Messages, best first."""
    said: Counter[object] = Counter()
    turns: dict[int, int] = {}
    for message in reversed(posted):
        author = message.author or message.guest
        turns[message.id] = said[author]
        said[author] += 1
    return sorted(posted, key=lambda m: (turns[m.id], not m.author, -m.seq))
