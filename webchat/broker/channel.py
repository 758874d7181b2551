"""What one process knows of one live room: how far it is, how far its readers were told, and the last changes.

The sequencer is here: a change is taken if it is the room's next, so that readers miss none and see none twice. The
ring is a map of messages and not a log, so that nothing superseded or deleted is ever replayed.
"""

from collections.abc import Iterable
from typing import NamedTuple

import anyio

from webchat.broker.frames import Frame
from webchat.model import Message, Page, Repair

COLD = -1
"""The head of a room that nothing is known of yet."""
RING = 300
"""The most messages kept to resume from."""
BACKLOG = 5_000
"""The most untold messages; a room so far behind shows a fresh page instead."""
HELD = 1_000
"""The most changes that wait for one before them."""


class Batch(NamedTuple):
    """What is told in one go: the messages that changed after ``since``, over ``page`` if the list starts anew."""

    since: int
    rev: int
    page: Page | None
    messages: list[Message]


class Channel:
    """A live room. ``head`` is the last change known without a gap, ``told`` the last that readers were told."""

    def __init__(self, slug: str, ring: int = RING) -> None:
        self.slug = slug
        self.head = COLD
        self.told = COLD
        self.start = COLD
        self.telling: int | None = None
        self.torn = False
        self.forked = False
        """Whether a change came in the place of another: the store has lost what was told."""
        self.reading = False
        self.lock = anyio.Lock()
        self.lost = COLD  # up to here, too much has changed since for anything but the page
        self.frames: dict[tuple[str, int, int | None], Frame] = {}  # for those who come back, until more is told
        self.pages: dict[int | None, Repair] = {}
        self._limit = ring
        self._ring: dict[int, Message] = {}
        self._untold: dict[int, Message] = {}
        self._page: Page | None = None
        self._held: dict[int, Message] = {}
        self._expected = COLD

    @property
    def dirty(self) -> bool:
        """Whether there is something that readers were not told."""
        return not self.torn and (bool(self._untold) or self._page is not None)

    @property
    def untold(self) -> int:
        """How many changed messages readers were not told."""
        return len(self._untold)

    @property
    def behind(self) -> bool:
        """Whether the store must be read: a change was seen or announced, and one before it is missing."""
        return self.head != COLD and (self.torn or bool(self._held) or self._expected > self.head)

    @property
    def reached(self) -> int:
        """The position that every reader has for certain, also while some of them are being told more."""
        return self.told if self.telling is None else self.telling

    def take(self, message: Message) -> bool:
        """Take a change if it is the next, with those that waited for it; drop a known one; hold a later one.

        Returns whether there is something new to tell.
        """
        if self.head == COLD or message.rev > self.head + 1:
            if message.rev > self.head and len(self._held) < HELD:
                self._held[message.rev] = message
            self._expected = max(self._expected, message.rev)
            return False
        if message.rev <= self.head:
            self.forked |= message.rev > self.start and self._is_another(message)
            return False
        self._accept(message)
        self._follow()
        return True

    def expect(self, rev: int) -> None:
        """Note that the store is said to be at ``rev``."""
        self._expected = max(self._expected, rev)

    def adopt(self, since: int | None, repair: Repair) -> None:
        """Learn from what the store answered to "what changed since": what is new, and what the ring did not reach."""
        if self.head == COLD:
            self._begin(repair.head)
        if repair.changes is not None and since is not None and since <= self.head:
            for message in repair.changes:
                if message.rev > self.head:
                    self._keep(message)
            self.head = max(self.head, repair.head)
            if since < self.start <= repair.head:
                self._extend(since, repair.changes)
        self._follow()
        self.expect(repair.head)

    def restart(self, repair: Repair) -> None:
        """Give up what is between: too much was missed. Readers will be shown the page, and what came after it."""
        later = {k: m for k, m in self._untold.items() if m.rev > repair.head}
        self._ring, self._untold = dict(later), later
        self.frames.clear()
        self._page, self.start, self.torn, self.forked = repair.page, repair.head, False, False
        self.head = max(self.head, repair.head)
        self._trim()
        self._follow()

    def begin(self, rev: int) -> None:
        """Start from ``rev`` if nothing is known yet."""
        if self.head == COLD:
            self._begin(rev)
            self._follow()

    def since(self, rev: int) -> list[Message] | None:
        """What readers who know everything up to ``rev`` must be shown now, in order of rev; None if the ring does
        not reach so far back. What is born after ``told`` is left out: it comes with the next telling, as new."""
        if self.head == COLD or rev < self.start:
            return None
        found = []
        for message in reversed(self._ring.values()):
            if message.rev <= rev:
                break
            if message.born <= self.told:
                found.append(message)
        return found[::-1]

    def batch(self) -> Batch:
        """Everything that readers were not told; from now on they were."""
        since = self.told if self._page is None else self._page.rev
        batch = Batch(since, self.head, self._page, list(self._untold.values()))
        self._untold, self._page = {}, None
        self.told = self.head
        self.frames.clear()
        return batch

    def forget(self) -> None:
        """Drop what was drawn for those who came back; pages while many come are used for seconds, not hours."""
        self.frames.clear()
        self.pages.clear()

    def _is_another(self, message: Message) -> bool:
        known = self._ring.get(message.id)
        return known is None or known.cid != message.cid

    def _begin(self, rev: int) -> None:
        self.head = self.told = self.start = rev

    def _accept(self, message: Message) -> None:
        self._keep(message)
        self.head = message.rev

    def _keep(self, message: Message) -> None:
        self._ring.pop(message.id, None)
        self._ring[message.id] = message
        self._trim()
        self._untold.pop(message.id, None)
        self._untold[message.id] = message
        if len(self._untold) > BACKLOG:
            self._untold.clear()
            self.torn = True

    def _follow(self) -> None:
        """Take what waited for the head."""
        while (message := self._held.pop(self.head + 1, None)) is not None:
            self._accept(message)
        if self._held:
            self._held = {rev: message for rev, message in self._held.items() if rev > self.head}

    def _extend(self, since: int, changes: Iterable[Message]) -> None:
        """Let the ring reach back to ``since``. Of a message that is in it already, it has the newer state."""
        older = {m.id: m for m in changes if m.rev <= self.start and m.id not in self._ring}
        self._ring = older | self._ring
        self.start = since
        self._trim()

    def _trim(self) -> None:
        while len(self._ring) > self._limit:
            oldest = next(iter(self._ring))
            self.start = self._ring.pop(oldest).rev
