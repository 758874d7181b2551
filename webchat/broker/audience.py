"""Who hears of a topic: its readers by view, what waits to be told to them, and when it may be."""

import logging
from collections.abc import Generator, Iterator, Mapping, Sequence
from itertools import islice

from webchat.broker.channel import Channel
from webchat.broker.frames import Frame
from webchat.broker.roll import Reader
from webchat.events import Event, PresenceChanged, ProfileChanged, TypingChanged
from webchat.metrics import Metrics
from webchat.model import Message
from webchat.support import ConversationChanged
from webchat.topics import Topic
from webchat.viewing import ViewersChanged

log = logging.getLogger("webchat.broker")

SLICE = 50
"""Readers written to before other topics have their turn, and what came in meanwhile is read: half a millisecond."""
TICK = 1.25
"""What a busy topic's tick is to the time that its last telling took: tried, 1 tells too little at once, 2 idles."""
LONGEST_TICK = 2.0
"""The most seconds that a busy topic collects before it tells."""
NEVER = float("inf")


class Audience:
    """The readers of one topic. ``channel`` is what is known of the room, if the topic is one; ``since`` is when the
    oldest of its changes that wait was published."""

    __slots__ = (
        "_apart", "_before", "_began", "_news", "_serial", "_turns", "_views",
        "channel", "due", "since", "topic", "waits",
    )  # fmt: skip

    def __init__(self, topic: Topic, channel: Channel | None = None) -> None:
        self.topic = topic
        self.channel = channel
        self.due = self._began = self._before = float("-inf")
        self.since = NEVER
        self.waits = False
        self._serial = 0
        self._news: dict[object, Event] = {}
        self._views: dict[str, dict[Reader, int]] = {}
        self._apart: dict[Reader, None] = {}
        self._turns = 0

    def __bool__(self) -> bool:
        """Whether anybody hears, or will as soon as what it missed is known."""
        return bool(self._views or self._apart)

    def __iter__(self) -> Iterator[Reader]:
        for members in list(self._views.values()):
            yield from list(members)
        yield from list(self._apart)

    def hears(self, reader: Reader) -> bool:
        """Whether a reader hears everything, and is not being repaired."""
        return reader in self._views.get(reader.view, ())

    def admit(self, reader: Reader) -> None:
        """Let a reader hear from the next telling on. It has what an earlier one says, also if that goes on."""
        self._apart.pop(reader, None)
        self._turns += 1
        self._views.setdefault(reader.view, {})[reader] = self._turns

    def withhold(self, reader: Reader) -> None:
        """Keep the room's changes from a reader while what it missed is looked up. It still hears news."""
        self.dismiss(reader)
        self._apart[reader] = None

    def dismiss(self, reader: Reader) -> None:
        """Let a reader hear no more, not even the rest of a telling that goes on."""
        self._apart.pop(reader, None)
        members = self._views.get(reader.view)
        if members is not None and members.pop(reader, None) is not None:
            self._turns += 1
            if not members:
                del self._views[reader.view]

    def take(self, message: Message, since: float) -> None:
        """Give the room's channel a change that was published at ``since``, or a little later."""
        if self.channel is not None and self.channel.take(message):
            self.since = min(self.since, since)

    def hear(self, event: Event) -> None:
        """Take news in, to be told at the next turn. Of who is here and how many, who writes, who somebody is and how a
        conversation stands only the last word counts."""
        kind = type(event)
        if kind in (TypingChanged, PresenceChanged, ViewersChanged):
            self._news[kind] = event
        elif isinstance(event, ProfileChanged):
            self._news[kind, event.user.id] = event
        elif isinstance(event, ConversationChanged):
            self._news[kind, event.id] = event
        else:
            self._news[object()] = event

    @property
    def dirty(self) -> bool:
        """Whether there is something to tell."""
        return bool(self._news) or (self.channel is not None and self.channel.dirty)

    def _wait(self) -> int:
        """How many changes and news wait."""
        return len(self._news) + (0 if self.channel is None else self.channel.untold)

    def views(self) -> list[str]:
        """The views that its readers have."""
        apart = [reader.view for reader in self._apart]
        return list(dict.fromkeys([*self._views, *apart]) if apart else self._views)

    def begin(self, now: float) -> Sequence[Event]:
        """Begin to tell; the news to be told."""
        self._before, self._began = self._began, now
        self._serial = self._turns
        news, self._news = list(self._news.values()), {}
        return news

    def end(self, now: float, several: bool, pause: float = 0.0) -> None:
        """Note that all was told. If it took over half of the time since the telling before, and was of several
        changes or several more came meanwhile, the next waits a little, so that it tells more at once. A lone author
        waits for nothing, unless there is to be a ``pause`` between two tellings: then half of the time is for those
        who come, and for all else."""
        took = now - self._began
        busy = 2 * took >= self._began - self._before and (several or self._wait() > 1)
        due = self._began + min(TICK * took, LONGEST_TICK) if busy else now
        self.due = max(due, self._began + max(pause, min(2 * took, LONGEST_TICK))) if pause else due

    def write(
        self, frames: Mapping[str, Frame], news: Mapping[str, Frame], metrics: Metrics
    ) -> Generator[int, None, int]:
        """Write each view's frame to all who were here at the beginning, and news alone to those who are or come to be
        repaired.

        Yields between two slices how many it wrote to since it did so last; returns how many since then.
        """
        for view, frame in news.items():
            _write([reader for reader in self._apart if reader.view == view], frame)
        left = {reader for view in news for reader in self._views.get(view, ())}
        written = 0
        for view, frame in frames.items():
            members = self._views.get(view, {})
            ahead = iter(list(members))
            while part := list(islice(ahead, SLICE)):
                if written >= SLICE:
                    yield written
                    written = 0
                if self._turns != self._serial:  # somebody came or left: only those who were here then and still are
                    part = [reader for reader in part if members.get(reader, NEVER) <= self._serial]
                _write(part, frame)
                if left:
                    left.difference_update(part)
                metrics.frames += len(part)
                written += len(part)
        for view, frame in news.items():
            _write([reader for reader in left if reader.view == view and self._has(reader)], frame)
        return written

    def _has(self, reader: Reader) -> bool:
        return reader in self._apart or self.hears(reader)


def _write(readers: Sequence[Reader], frame: Frame) -> None:
    wire = frame.wire
    for reader in readers:
        try:
            if (push := reader.push) is not None:
                push(wire)
            else:
                reader.write(frame)
        except Exception:  # an outlet must not raise; if one does, it is that reader's loss and nobody else's
            log.exception("An outlet failed")
            reader.leave()
            reader.outlet.cut(1013)
