"""One telling of one topic: everything that waits, rendered once a view, framed once, written to all its readers."""

import logging
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import NamedTuple

from webchat.broker.audience import NEVER, SLICE, Audience
from webchat.broker.channel import Batch, Channel
from webchat.broker.frames import Frame
from webchat.broker.pace import Paces
from webchat.broker.pump import Turn
from webchat.broker.repairs import Render, Repairs
from webchat.broker.roll import Reader
from webchat.events import Event
from webchat.flying import FlightBegun
from webchat.metrics import Metrics
from webchat.model import Message
from webchat.pacing import PaceChanged

log = logging.getLogger("webchat.broker")

DRAWN = 100
"""Messages rendered before others have their turn."""


class Telling(NamedTuple):
    """What is told in one go: a room's changes, and news; and what is left out of it."""

    batch: Batch | None
    news: Sequence[Event]
    left: Sequence[Message] = ()


class Teller:
    """Tells topics. ``ended`` is called with an audience after each telling, ``failed`` when it could not be told;
    ``written_by`` gives the readers of a message's author."""

    def __init__(
        self,
        render: Render,
        repairs: Repairs,
        paces: Paces,
        written_by: Callable[[Message], Iterable[Reader]],
        clock: Callable[[], float],
        ended: Callable[[Audience], None],
        failed: Callable[[Audience], None],
        metrics: Metrics,
    ) -> None:
        self._render = render
        self._repairs = repairs
        self._paces = paces
        self._written_by = written_by
        self._clock = clock
        self._ended = ended
        self._failed = failed
        self._metrics = metrics

    def tell(self, audience: Audience) -> Turn:
        """A turn that tells an audience what waits for it when the turn begins."""
        try:
            return (yield from self._tell(audience))
        except Exception:  # the others must still be told; these come back and are sent what they missed
            log.exception("A telling of %s failed", audience.topic)
            self._failed(audience)
            return 1
        finally:
            if audience.channel is not None:
                audience.channel.telling = None
            self._ended(audience)

    def _tell(self, audience: Audience) -> Turn:
        news = audience.begin(self._clock())
        since, audience.since = audience.since, NEVER
        channel = audience.channel
        batch: Batch | None = None
        if channel is not None and channel.dirty:
            channel.telling = channel.told
            batch = channel.batch()
        whole = Telling(batch, news)
        views = audience.views()
        thin = self._thinned(views, channel, whole)
        frames, news_frames = {}, {}
        for view in views:
            telling = thin if self._paces.thins([view]) else whole
            heard = self._heard(view, telling.news)
            drawn = (yield from self._drawn(view, channel, telling.batch)) if channel and telling.batch else ()
            if texts := (*drawn, *heard):
                frames[view] = Frame(*texts)
            if heard:
                news_frames[view] = Frame(*heard)
        written = yield from audience.write(frames, news_frames, self._metrics)
        self._echo(audience, thin)
        self._end(audience, batch, since)
        return written

    def _end(self, audience: Audience, batch: Batch | None, since: float) -> None:
        now = self._clock()
        pause = self._paces.pause(audience.channel.slug) if audience.channel is not None else 0.0
        audience.end(now, several=batch is not None and len(batch.messages) > 1, pause=pause)
        if batch is not None:
            self._metrics.told.observe(len(batch.messages))
        if since != NEVER:
            self._metrics.waited.observe(now - since)

    def _thinned(self, views: Sequence[str], channel: Channel | None, whole: Telling) -> Telling:
        """What those are told who need not be told all."""
        batch = whole.batch
        if batch is None or channel is None or not self._paces.thins(views):
            return whole
        before = self._paces.after(channel.slug)
        left = self._paces.choose(channel.slug, [m for m in batch.messages if m.born > batch.since])
        gone = {message.id for message in left}
        news = [one for one in whole.news if not (isinstance(one, FlightBegun) and one.flight.id in gone)]
        if (after := self._paces.after(channel.slug)) != before:
            news.append(PaceChanged(channel.slug, after))
        told = [self._paces.whole(message) for message in batch.messages if message.id not in gone]
        return Telling(batch._replace(messages=told), news, left)

    def _echo(self, audience: Audience, thin: Telling) -> None:
        """Tell authors what they said, though nobody else is told it."""
        mine: dict[Reader, list[Message]] = defaultdict(list)
        for message in thin.left:
            for reader in self._written_by(message):
                if audience.hears(reader) and self._paces.thins([reader.view]):
                    mine[reader].append(message)
        for reader, messages in mine.items():
            assert thin.batch, "it was left out of one"
            reader.write(Frame(*self._changes(reader.view, messages, thin.batch.since)))

    def _drawn(self, view: str, channel: Channel, batch: Batch) -> Generator[int, None, list[str]]:
        """The texts for a room's changes, and where they bring a reader."""
        texts = [] if batch.page is None else [*self._render.reset(view, channel.slug, batch.page)]
        for low in range(0, len(batch.messages), DRAWN):
            if low:
                yield SLICE
            texts += self._changes(view, batch.messages[low : low + DRAWN], batch.since)
        return [*texts, *self._repairs.here(channel, view)]

    def _changes(self, view: str, messages: Sequence[Message], since: int) -> tuple[str, ...]:
        try:
            return self._render.changes(view, messages, since)
        except Exception:
            if len(messages) == 1:  # one message that cannot be shown must not silence its room
                log.exception("Message %s cannot be shown", messages[0].id)
                return ()
            return tuple([text for message in messages for text in self._changes(view, [message], since)])

    def _heard(self, view: str, news: Sequence[Event]) -> list[str]:
        texts: list[str] = []
        for event in news:
            try:
                texts += self._render.news(view, event)
            except Exception:
                log.exception("News %s cannot be shown", type(event).__name__)
        return texts
