"""Everybody who is connected: found by user and session, greeted every 25 seconds, looked after every second."""

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from anyio.lowlevel import checkpoint

from webchat.broker.frames import Frame, Outlet
from webchat.metrics import Metrics
from webchat.model import Message
from webchat.topics import Topic

if TYPE_CHECKING:
    from webchat.broker.audience import Audience

HEARTBEAT = 25
"""Seconds between two heartbeats of a connection."""
STALL = 10.0
"""Seconds without the peer taking anything, while something waits, until it is cut."""
MOST_WAITING = 4 * 2**20
"""The most bytes that may wait for one peer."""
MOST_HELD = 256
"""The most frames that are held back from one connection."""
SLICE = 500
"""Readers looked at before others have their turn."""


Push = Callable[[bytes], object]


def _nothing(_frame: Frame) -> None:
    """What a reader's ``write`` is once it has left."""


class Reader:
    """One connection that hears: its outlet, its view, whose it is, and the room that its page shows. A ``guest`` is
    known by the key where they are to hear what they say themselves.

    Call ``write`` as often as you like; it is the outlet's own, or does nothing once the reader has left. ``push``, if
    there is one, is the same for a frame's bytes and costs the least. What is written after `hold` waits for `release`.
    """

    __slots__ = (
        "_held", "_moved", "_straight", "_taken", "_written",
        "guest", "home", "outlet", "push", "round", "session", "slug", "topics", "user", "view", "write",
    )  # fmt: skip

    def __init__(self, outlet: Outlet, view: str, user: int, session: str, slug: str, guest: str = "") -> None:
        self.outlet = outlet
        self.guest = guest
        self.view = view
        self.user = user
        self.session = session
        self.slug = slug
        self.topics: set[Topic] = set()
        self.round = 0
        self.home: Audience | None = None
        self.write: Callable[[Frame], None] = outlet.write
        self.push: Push | None = None
        self._straight: Push | None = None
        self._held: list[Frame] | None = None
        self._moved: float | None = None
        self._written = 0
        self._taken = 0

    @property
    def gone(self) -> bool:
        """Whether it has left."""
        return self.write is _nothing

    @property
    def behind(self) -> bool:
        """Whether something waited for the peer when it was last asked whether it is stuck."""
        return self._moved is not None

    def shorten(self, push: Push) -> None:
        """Take a shorter way than the outlet's: one that checks and counts nothing."""
        self._straight = push
        self._aim()

    def lengthen(self) -> None:
        """Take the outlet's own way again."""
        self.push = self._straight = None

    def hold(self) -> list[Frame]:
        """Hold back what is written from now on, until it is released with what this gives."""
        held = [*(self._held or ())]
        if not self.gone:
            self._held = held
            self._aim()
        return held

    def release(self, held: list[Frame], *first: Frame) -> bool:
        """Write ``first`` and then what was held back; False if that was too much, and some of it is lost. Nothing is
        written if it was held anew since, as then it is that which is to be released, or if the reader has left."""
        if self._held is not held:
            return True
        if len(held) > MOST_HELD:
            return False
        self._held = None
        self._aim()
        for frame in (*first, *held):
            self.write(frame)
        return True

    def leave(self) -> None:
        """Write nothing from now on."""
        self.write, self._held = _nothing, None
        self.lengthen()

    def stuck(self, now: float) -> bool:
        """Whether the peer has taken nothing for too long, or too much waits for it. To be asked every second.

        Bytes are counted for those few only whose peer is behind, so that nobody else's writes cost anything more.
        """
        waiting = 0 if self.gone else self.outlet.waiting()
        if not waiting:
            if self._moved is not None:
                self._moved = None
                self._aim()
            return False
        if self._moved is None:
            self._moved, self._written, self._taken = now, waiting, 0
            self._aim()
        elif self._written - waiting > self._taken:
            self._moved, self._taken = now, self._written - waiting
        return waiting > MOST_WAITING or now - self._moved >= STALL

    def _aim(self) -> None:
        """Let what is written go the way that it has to."""
        if self.gone:
            return
        if self._held is not None:
            self.write, self.push = self._wait, None
        elif self._moved is not None:
            self.write, self.push = self._counted, None
        else:
            self.write, self.push = self.outlet.write, self._straight

    def _wait(self, frame: Frame) -> None:
        if self._held is not None and len(self._held) <= MOST_HELD:
            self._held.append(frame)

    def _counted(self, frame: Frame) -> None:
        before = self.outlet.waiting()
        self.outlet.write(frame)
        self._written += self.outlet.waiting() - before


class Roll:
    """The readers of this process, in as many rounds as a heartbeat has seconds."""

    def __init__(self) -> None:
        self._rounds: list[dict[Reader, None]] = [{} for _ in range(HEARTBEAT)]
        self._users: dict[int, dict[Reader, None]] = defaultdict(dict)
        self._sessions: dict[str, dict[Reader, None]] = defaultdict(dict)
        self._guests: dict[str, dict[Reader, None]] = defaultdict(dict)
        self._joined = itertools.count()
        self._round = 0

    def __len__(self) -> int:
        return sum(map(len, self._rounds))

    def __iter__(self) -> Iterator[Reader]:
        for members in self._rounds:
            yield from list(members)

    def enrol(self, reader: Reader) -> None:
        """Note that a reader is here."""
        reader.round = next(self._joined) % HEARTBEAT
        self._rounds[reader.round][reader] = None
        if reader.user:
            self._users[reader.user][reader] = None
        if reader.session:
            self._sessions[reader.session][reader] = None
        if reader.guest:
            self._guests[reader.guest][reader] = None

    def strike(self, reader: Reader) -> None:
        """Forget a reader; one that is not here is no matter."""
        self._rounds[reader.round].pop(reader, None)
        _remove(self._users, reader.user, reader)
        _remove(self._sessions, reader.session, reader)
        _remove(self._guests, reader.guest, reader)

    def of_user(self, user: int) -> list[Reader]:
        """All connections of a user."""
        return list(self._users.get(user, ()))

    def of_session(self, session: str) -> list[Reader]:
        """All connections of a session."""
        return list(self._sessions.get(session, ()))

    def written_by(self, message: Message) -> list[Reader]:
        """The connections of a message's author."""
        return self.of_user(message.author) if message.author else list(self._guests.get(message.guest, ()))

    async def beat(self, greeting: Callable[[Reader], Frame | None]) -> None:
        """Send the heartbeat to those whose second this is; each is greeted once in `HEARTBEAT` calls."""
        members = list(self._rounds[self._round])
        self._round = (self._round + 1) % HEARTBEAT
        for number, reader in enumerate(members, 1):
            if (frame := greeting(reader)) is not None:
                reader.write(frame)
            if number % SLICE == 0:
                await checkpoint()

    async def sweep(self, now: float, cut: Callable[[Reader], None], metrics: Metrics) -> None:
        """Cut those whose peers take nothing, and count what waits for all others."""
        unsent = 0
        for number, reader in enumerate(self, 1):
            if reader.stuck(now):
                metrics.slow += 1
                cut(reader)
            elif reader.behind:
                unsent += reader.outlet.waiting()
            if number % SLICE == 0:
                await checkpoint()
        metrics.unsent = unsent


def _remove(index: dict[Any, dict[Reader, None]], key: object, reader: Reader) -> None:
    members = index.get(key)
    if members is not None:
        members.pop(reader, None)
        if not members:
            del index[key]
