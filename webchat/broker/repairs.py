"""What a reader is sent who comes back, or whose page brought an older part of the list: everything it missed, or the
page anew. Never a part of it.

A thousand readers who come back to the same position are answered from one look at the store and one rendering.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from webchat.broker.channel import COLD, Channel
from webchat.broker.frames import Frame
from webchat.events import Event
from webchat.metrics import Metrics
from webchat.model import Message, Page, Repair
from webchat.positions import Position

NOW = -2
"""Instead of a rev: the reader wants what comes from now on."""
RESET = -1
"""Instead of a rev: the reader wants the page."""
MOST_MESSAGES = 300
MOST_BYTES = 256 * 1024
STALE = 50
"""Changes after which a page that was read for another reader is read again."""

Load = Callable[[str, int | None, int | None], Awaitable[Repair]]
"""What changed in a room since a rev, or its page: the newest one or about a seq. A rev of None asks for the page."""
Heads = Callable[[Sequence[str]], Awaitable[Mapping[str, int]]]
"""The revs of rooms by slug; a room that is not there yet is left out."""


class Render(Protocol):
    """How things are shown. Nothing here reads the store."""

    def changes(self, view: str, messages: Sequence[Message], since: int) -> tuple[str, ...]:
        """The texts that bring a list drawn at ``since`` up to these states of messages, which are in order of rev."""

    def reset(self, view: str, room: str, page: Page) -> tuple[str, ...]:
        """The texts that replace the list by a page's own."""

    def news(self, view: str, event: Event) -> tuple[str, ...]:
        """The texts for an event without position; none if the view does not show it."""

    def at(self, view: str, position: str) -> tuple[str, ...]:
        """The texts that say where a reader stands; none for views that keep no position."""


class Repairs:
    """Answers those who come back, from the ring of their room's channel or from the store."""

    def __init__(self, epoch: str, render: Render, load: Load, heads: Heads, metrics: Metrics) -> None:
        self._epoch = epoch
        self._render = render
        self._load = load
        self._heads = heads
        self._resumes = metrics.resumes
        self._nowhere: dict[str, Frame] = {}

    def here(self, channel: Channel, view: str, rev: int = COLD) -> tuple[str, ...]:
        """The texts that say how far a reader is: at what all were told, or further if it was sent more."""
        return self._render.at(view, str(Position(self._epoch, max(channel.told, rev))))

    def nowhere(self, view: str) -> Frame:
        """The heartbeat of a connection without a room."""
        if view not in self._nowhere:
            self._nowhere[view] = Frame(*self._render.at(view, ""))
        return self._nowhere[view]

    def known(self, channel: Channel, view: str, rev: int, around: int | None) -> Frame | None:
        """The answer, if it can be given without the store. It brings a reader exactly to what all were told."""
        if channel.head == COLD or rev > channel.head:
            return None
        rev = RESET if 0 <= rev <= channel.lost else rev
        frame = channel.frames.get((view, rev, around if rev == RESET else None))
        frame = frame or self._drawn(channel, view, rev, around)
        if frame is not None and rev != NOW:
            self._resumes["reset" if rev == RESET else "ring"] += 1
        return frame

    async def fetched(self, channel: Channel, view: str, rev: int, around: int | None) -> Frame | None:
        """The answer after a look at the store, from which the channel learns too. None if so much happens meanwhile
        that the reader must ask again. Hold the channel's lock."""
        repair = None
        if rev == NOW:
            channel.begin((await self._heads([channel.slug])).get(channel.slug, 0))
            return self.known(channel, view, NOW, None)
        if rev > channel.lost:
            since = rev if channel.head == COLD else min(rev, channel.head)
            repair = await self._load(channel.slug, since, around)
            channel.adopt(since, repair)
            if repair.changes is not None and rev <= repair.head:
                frame = self._changes(channel, view, rev, _merged(channel, rev, repair))
                if frame is not None:
                    self._resumes["store"] += 1
                    return frame
            if rev <= repair.head:
                channel.lost = rev
        if repair is None or repair.page is None:
            repair = await self._load(channel.slug, None, around)
            channel.adopt(None, repair)
        channel.pages[around] = repair
        self._resumes["reset"] += 1
        return self._anew(channel, view, around)

    async def refresh(self, channel: Channel) -> None:
        """Read from the store what the channel misses. Hold its lock."""
        since = None if channel.torn else channel.head
        repair = await self._load(channel.slug, since, None)
        if repair.changes is None or since is None:
            channel.restart(repair)
        else:
            channel.adopt(since, repair)

    def _drawn(self, channel: Channel, view: str, rev: int, around: int | None) -> Frame | None:
        if rev == NOW:
            return self._keep(channel, view, NOW, None, Frame(*self.here(channel, view)))
        if rev != RESET:
            return self._changes(channel, view, rev, channel.since(rev))
        repair = channel.pages.get(around)
        return None if repair is None or channel.head - repair.head > STALE else self._anew(channel, view, around)

    def _changes(self, channel: Channel, view: str, rev: int, messages: list[Message] | None) -> Frame | None:
        if messages is None or len(messages) > MOST_MESSAGES:
            return None
        texts = self._render.changes(view, messages, rev) if messages else ()
        frame = Frame(*texts, *self.here(channel, view, rev))
        return self._keep(channel, view, rev, None, frame) if len(frame.wire) <= MOST_BYTES else None

    def _anew(self, channel: Channel, view: str, around: int | None) -> Frame | None:
        repair = channel.pages[around]
        messages = channel.since(repair.head)
        if messages is None or repair.page is None:
            return None
        texts = self._render.reset(view, channel.slug, repair.page)
        if messages:
            # A text of its own: htmx looks for all places of a text before it puts anything there. Who takes one text
            # at a time is told where the page leads.
            texts += self._render.at(view, str(Position(self._epoch, repair.head)))
            texts += self._render.changes(view, messages, repair.head)
        return self._keep(channel, view, RESET, around, Frame(*texts, *self.here(channel, view, repair.head)))

    def _keep(self, channel: Channel, view: str, rev: int, around: int | None, frame: Frame) -> Frame:
        """Keep a frame for the next who comes from there."""
        channel.frames[view, rev, around] = frame
        return frame


def _merged(channel: Channel, rev: int, repair: Repair) -> list[Message] | None:
    """What changed since ``rev``: as the store had it, and as it went on while the store was read."""
    later = channel.since(repair.head)
    if later is None:
        return None
    found = {m.id: m for m in repair.changes or () if m.rev > rev and m.born <= channel.told}
    for message in later:
        found.pop(message.id, None)
        found[message.id] = message
    return list(found.values())
