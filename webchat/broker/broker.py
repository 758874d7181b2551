"""Who hears what: readers and their topics, events in, shared frames out.

An event is rendered once per view and framed once; the same bytes go to every reader by a plain call. A room's changes
go in order, each once; what a reader missed it is sent before it hears what comes next. The store is the truth and
events are hints: a lost one is noticed and read from the store.
"""

import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Literal

import anyio
from anyio.abc import TaskStatus
from anyio.lowlevel import checkpoint

from webchat import topics
from webchat.broker.audience import SLICE, Audience
from webchat.broker.frames import Frame, Outlet
from webchat.broker.halls import Halls
from webchat.broker.moves import Gained, ended
from webchat.broker.pace import Paces
from webchat.broker.pump import ANY, ROUTINE, Pump
from webchat.broker.repairs import NOW, RESET, Heads, Load, Render, Repairs
from webchat.broker.roll import Reader, Roll
from webchat.broker.telling import Teller
from webchat.broker.watch import Anew, Watch
from webchat.events import (
    AwayChanged,
    Event,
    MessagePosted,
    Move,
    RoomChange,
    RoomLeft,
    TopsMoved,
    TypingChanged,
)
from webchat.metrics import Metrics
from webchat.pacing import PaceChanged
from webchat.positions import Position
from webchat.topics import Topic

Since = Position | int | Literal["reset"] | None
"""Where a reader stands: at a position, nowhere known (and wants the page), or where everybody is now."""


class Broker:
    """Delivers events to the readers of this process. `run` it; all else is called from the same event loop.

    ``heard`` is called with a topic and whether it has readers here, when that changes. ``share`` is given how far the
    rooms of posts that are counted here are, to tell it to all processes, this one included. ``paces`` thins out.
    """

    def __init__(
        self,
        epoch: str,
        render: Render,
        load: Load,
        heads: Heads,
        anew: Anew,
        clock: Callable[[], float] = time.monotonic,
        metrics: Metrics | None = None,
        heard: Callable[[Topic, bool], None] = lambda _topic, _on: None,
        share: Callable[[Event], None] | None = None,
        paces: Paces | None = None,
    ) -> None:
        self._epoch = epoch
        self._clock = clock
        self._metrics = metrics = metrics or Metrics()
        self._repairs = Repairs(epoch, render, load, heads, metrics)
        self._paces = paces or Paces()
        self._roll = Roll()
        pace = (self._paces, self._roll.written_by)
        self._teller = Teller(render, self._repairs, *pace, clock, self._told, self._fail, metrics)
        self._pump = Pump(self._take, clock)
        self._halls = Halls(heard)
        self._share = share or self.publish
        self._tops: dict[Topic, dict[int, int]] = defaultdict(dict)
        blind = partial(self.close_all, 1012)
        self._watch = Watch(self._halls.rooms, self._repairs, heads, self._pump, clock, self._look, blind, anew)

    def __len__(self) -> int:
        return len(self._roll)

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Deliver until cancelled."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._every_second)
            group.start_soon(self._watch.run)
            await self._pump.run(task_status.started)

    def publish(self, event: Event) -> None:
        """Tell everybody whom an event concerns, soon. Who may not hear any more hears nothing from now on.

        When too many events wait, none is lost silently: a room's changes are read from the store instead, and the
        readers of anything else are cut, because they are sent the whole state when they come back. Only who writes
        in a room is not told then.
        """
        if isinstance(event, RoomChange):
            if not self._pump.put(event, ROUTINE):
                self._overflow(event)
            return
        if isinstance(event, Move):
            self._move(event)
        writes = isinstance(event, TypingChanged)
        if not self._pump.put(event, ROUTINE if writes else ANY) and not writes:
            self._fail(self._halls.of(event.topic))

    def connect(
        self, outlet: Outlet, view: str, user: int = 0, session: str = "", slug: str = "", guest: str = ""
    ) -> Reader:  # fmt: skip
        """A new reader: of a user (0 for guests), on behalf of a session, on the page of the room it will join."""
        reader = Reader(outlet, view, user, session, slug, guest)
        self._roll.enrol(reader)
        return reader

    def disconnect(self, reader: Reader) -> None:
        """Forget a reader. Nothing is written to it any more. Once more is no matter."""
        reader.leave()
        self._roll.strike(reader)
        self._halls.dismiss(reader)

    def subscribe(self, reader: Reader, topic: Topic) -> None:
        """Let a reader hear what is told to a topic from now on; of its room only news, until it joins."""
        self._halls.subscribe(reader, topic)

    def unsubscribe(self, reader: Reader, topic: Topic) -> None:
        """Let a reader hear no more of a topic."""
        self._halls.unsubscribe(reader, topic)

    async def join(self, reader: Reader, slug: str, since: Since, around: int | None = None) -> None:
        """Send a reader what it missed of its room since a position, or the page, and let it hear what comes after.

        A number is a rev as it was read from this store; no position means from now on. Each reader joins once; join
        and repair it one at a time.
        """
        if reader.gone:
            return
        await self._bring(reader, self._halls.enter(reader, slug), self._rev(since), around)

    async def repair(self, reader: Reader, since: Since) -> None:
        """Send a reader what changed since a part of its list was read, at an older position than its own."""
        audience = reader.home
        if audience is None or audience.channel is None or since is None:
            return
        rev = self._rev(since)
        if rev != RESET and audience.hears(reader):
            rev = min(rev, audience.channel.reached)
        audience.withhold(reader)
        await self._bring(reader, audience, rev, None)

    def gap_possible(self, slug: str | None = None) -> None:
        """Events may have been lost, of one room or of any: compare with the store now."""
        self._watch.doubt(slug)

    async def second(self) -> None:
        """What is done once a second, by `run`: tell how far rooms are, and which are calm again; greet those whose
        second this is, and cut those who take nothing."""
        tops, self._tops = self._tops, defaultdict(dict)
        for topic, seqs in tops.items():
            self._share(TopsMoved(topic.kind, topic.id, seqs))
        for slug in self._paces.calmed():
            self._take(PaceChanged(slug))
        await self._roll.beat(self._greeting)
        self._metrics.rooms = len(self._halls.rooms)
        await self._roll.sweep(self._clock(), partial(self._cut, code=1013), self._metrics)

    async def review(self, judge: Callable[[list[Reader]], Awaitable[list[int]]]) -> None:
        """Cut whoever may not hear any more: ``judge`` gives each of some readers a close code, or 0 for who may."""
        everybody = list(self._roll)
        for low in range(0, len(everybody), SLICE):
            some = [reader for reader in everybody[low : low + SLICE] if not reader.gone]
            for reader, code in zip(some, await judge(some), strict=True):
                if code:
                    self._cut(reader, code)
            await checkpoint()

    async def close_all(self, code: int) -> None:
        """Cut everybody, in slices."""
        for number, reader in enumerate(list(self._roll), 1):
            self._cut(reader, code)
            if number % SLICE == 0:
                await checkpoint()

    def _cut(self, reader: Reader, code: int) -> None:
        reader.outlet.cut(code)
        self.disconnect(reader)

    def _move(self, event: Move) -> None:
        """What an event changes in who hears what. At once, and before anything published after it is told."""
        for reader, code in list(ended(event, self._roll)):
            self._cut(reader, code)
        if isinstance(event, RoomLeft):
            for reader in self._roll.of_user(event.user):
                self.unsubscribe(reader, topics.count(event.slug))
        elif isinstance(event, Gained):
            for reader in self._halls.of(event.topic) or ():
                for topic in topics.row(event.room):
                    self.subscribe(reader, topic)

    def _take(self, event: Event) -> None:
        """Take an event off the stream: a room's change to its sequencer, anything else to those who hear it."""
        if isinstance(event, RoomChange):
            self._count(event)
            audience = self._halls.rooms.get(event.message.room)
            if audience is not None:
                audience.take(event.message, self._pump.since)
                self._look(audience)
        elif isinstance(event, AwayChanged):
            for audience in self._halls.everybody():
                audience.hear(event)
                self._look(audience)
        elif (audience := self._halls.of(event.topic)) is not None:
            audience.hear(event)
            self._look(audience)

    def _overflow(self, event: RoomChange) -> None:
        self._count(event)
        audience = self._halls.rooms.get(event.message.room)
        if audience is not None and audience.channel is not None:
            audience.channel.expect(event.message.rev)
            self._look(audience)

    def _look(self, audience: Audience) -> None:
        """See to it that what waits is told, and what is missing is read."""
        if audience.dirty and not audience.waits:
            audience.waits = True
            if audience.due > self._clock():
                self._pump.later(audience.due, partial(self._tell, audience))
            else:
                self._tell(audience)
        self._watch.look(audience)

    def _tell(self, audience: Audience) -> None:
        self._pump.start(self._teller.tell(audience))

    def _told(self, audience: Audience) -> None:
        audience.waits = False
        self._look(audience)

    def _fail(self, audience: Audience | None) -> None:
        """Cut those who could not be told something. They come back, and are sent what they missed."""
        for reader in audience or ():
            self._cut(reader, 1013)

    def _rev(self, since: Since) -> int:
        if since is None:
            return NOW
        if isinstance(since, int):
            return since
        return since.rev if isinstance(since, Position) and since.epoch == self._epoch else RESET

    async def _bring(self, reader: Reader, audience: Audience, rev: int, around: int | None) -> None:
        """Bring a reader that hears no changes to where the others are, and let it hear them: without a pause between
        the two, so that nothing falls through."""
        channel = audience.channel
        assert channel is not None, "only rooms are joined"
        frame = self._repairs.known(channel, reader.view, rev, around)
        if frame is not None:
            self._settle(reader, audience, frame)
            return
        async with channel.lock:
            frame = self._repairs.known(channel, reader.view, rev, around)
            if frame is None:
                frame = await self._repairs.fetched(channel, reader.view, rev, around)
                self._look(audience)
            self._settle(reader, audience, frame)

    def _settle(self, reader: Reader, audience: Audience, frame: Frame | None) -> None:
        if reader.gone:
            return
        if frame is None:
            self._cut(reader, 1013)
            return
        reader.write(frame)
        audience.admit(reader)

    def _count(self, event: RoomChange) -> None:
        if isinstance(event, MessagePosted) and event.room_id:
            tops = self._tops[event.counted]
            tops[event.room_id] = max(event.message.seq, tops.get(event.room_id, 0))

    def _greeting(self, reader: Reader) -> Frame | None:
        """The heartbeat: where the reader stands. None while it is being told or repaired, as it will hear of that."""
        if reader.home is None or reader.home.channel is None:
            return self._repairs.nowhere(reader.view)
        channel = reader.home.channel
        if channel.telling is not None or not reader.home.hears(reader):
            return None
        return self._repairs.known(channel, reader.view, NOW, None)

    async def _every_second(self) -> None:
        while True:
            await anyio.sleep(1)
            await self.second()
