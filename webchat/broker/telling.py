"""One telling of one topic: everything that waits, rendered once a view, framed once, written to all its readers."""

import logging
from collections.abc import Callable, Generator, Sequence

from webchat.broker.audience import NEVER, SLICE, Audience
from webchat.broker.channel import Batch, Channel
from webchat.broker.frames import Frame
from webchat.broker.pump import Turn
from webchat.broker.repairs import Render, Repairs
from webchat.events import Event
from webchat.metrics import Metrics
from webchat.model import Message

log = logging.getLogger("webchat.broker")

DRAWN = 100
"""Messages rendered before others have their turn."""


class Teller:
    """Tells topics. ``ended`` is called with an audience after each telling, ``failed`` when it could not be told."""

    def __init__(
        self,
        render: Render,
        repairs: Repairs,
        clock: Callable[[], float],
        ended: Callable[[Audience], None],
        failed: Callable[[Audience], None],
        metrics: Metrics,
    ) -> None:
        self._render = render
        self._repairs = repairs
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
        frames, news_frames = {}, {}
        for view in audience.views():
            heard = self._heard(view, news)
            drawn = (yield from self._drawn(view, channel, batch)) if channel and batch else ()
            if texts := (*drawn, *heard):
                frames[view] = Frame(*texts)
            if heard:
                news_frames[view] = Frame(*heard)
        written = yield from audience.write(frames, news_frames, self._metrics)
        now = self._clock()
        audience.end(now, several=batch is not None and len(batch.messages) > 1)
        if batch is not None:
            self._metrics.told.observe(len(batch.messages))
        if since != NEVER:
            self._metrics.waited.observe(now - since)
        return written

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
