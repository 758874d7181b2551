"""The store is the truth: live rooms are compared with it, and what their channels miss is read from it."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

import anyio
from anyio.abc import TaskGroup

from webchat.broker.audience import Audience
from webchat.broker.channel import COLD, Channel
from webchat.broker.pump import Pump
from webchat.broker.repairs import Heads, Repairs
from webchat.errors import Unavailable

log = logging.getLogger("webchat.broker")

PATIENCE = 0.05
"""Seconds that a change waits for one before it until the store is read."""
AGAIN = 1.0
"""Seconds until the store is read again when that did not help."""
COMPARED = 5.0
"""Seconds between two comparisons."""
TOGETHER = 500
"""Rooms compared at once."""
Anew = Callable[[str, int], Awaitable[object]]
"""Lets everybody who has seen a room up to a rev be shown its page."""
BLIND = 30.0
"""Seconds without being able to read the store until everybody is sent away, to another node if there is one."""


class Watch:
    """Watches the live rooms. ``learned`` is called with an audience whose channel knows more than before, ``blind``
    when the store could not be read for long, and ``anew`` for a room of which the store has lost what was told."""

    def __init__(
        self,
        rooms: Mapping[str, Audience],
        repairs: Repairs,
        heads: Heads,
        pump: Pump,
        clock: Callable[[], float],
        learned: Callable[[Audience], None],
        blind: Callable[[], Awaitable[None]],
        anew: Anew,
    ) -> None:
        self._rooms = rooms
        self._repairs = repairs
        self._heads = heads
        self._pump = pump
        self._clock = clock
        self._learned = learned
        self._blind = blind
        self._anew = anew
        self._group: TaskGroup | None = None
        self._doubt = anyio.Event()
        self._doubted: set[str] | None = set()
        self._read_at = clock()

    async def run(self) -> None:
        """Compare every few seconds, or when in doubt, until cancelled."""
        async with anyio.create_task_group() as self._group:
            due = anyio.current_time() + COMPARED
            while True:
                with anyio.move_on_after(due - anyio.current_time()):
                    await self._doubt.wait()
                if anyio.current_time() < due:
                    await self._compare(self._doubted)
                else:  # also where there is always something to doubt
                    await self._compare(None)
                    due = anyio.current_time() + COMPARED

    def doubt(self, slug: str | None) -> None:
        """Something may have been missed, in one room or in any."""
        self._doubted = None if slug is None or self._doubted is None else self._doubted | {slug}
        self._doubt.set()

    def look(self, audience: Audience, *, again: bool = False) -> None:
        """See to it that the store is read if the channel still misses something after a moment."""
        channel = audience.channel
        if channel is not None and channel.behind and not channel.reading:
            channel.reading = True
            self._pump.later(self._clock() + (AGAIN if again else PATIENCE), partial(self._overdue, audience, channel))

    def _overdue(self, audience: Audience, channel: Channel) -> None:
        if channel.behind and audience and self._group is not None:
            self._group.start_soon(self._read, audience, channel)
        else:
            channel.reading = False

    async def _read(self, audience: Audience, channel: Channel) -> None:
        async with channel.lock:
            try:
                if channel.behind:
                    await self._repairs.refresh(channel)
            except Unavailable:
                log.warning("What a room missed is read later: the store cannot be read.")
            except Exception:
                log.exception("The store cannot be read")
        channel.reading = False
        self.look(audience, again=True)
        self._learned(audience)

    async def _compare(self, slugs: set[str] | None) -> None:
        """Compare rooms with the store, or all."""
        self._doubt, self._doubted = anyio.Event(), set()
        audiences = list(self._rooms.values()) if slugs is None else [a for s in slugs if (a := self._rooms.get(s))]
        if not self._rooms:
            self._read_at = self._clock()
        for low in range(0, len(audiences), TOGETHER):
            if not await self._compare_some(audiences[low : low + TOGETHER]) and self._clock() - self._read_at > BLIND:
                log.error("The store could not be read for %d seconds: everybody is sent away", BLIND)
                await self._blind()

    async def _compare_some(self, audiences: Sequence[Audience]) -> bool:
        """Compare some of them; whether the store could be read."""
        channels = {a.channel.slug: (a, a.channel) for a in audiences if a.channel and a.channel.head != COLD}
        known = {slug: channel.head for slug, (_audience, channel) in channels.items()}
        try:
            heads = await self._heads(list(channels))
            # What was told was stored before, so the store is never behind, unless it lost something.
            for slug in [slug for slug, rev in heads.items() if channels[slug][1].forked or rev < known[slug]]:
                log.error("The store has lost what was told of the room %s: its page is shown anew", slug)
                await self._anew(slug, max(heads[slug], channels[slug][1].head))
                channels[slug][1].forked = False
                self.doubt(slug)
        except Unavailable:
            log.warning("Rooms are not compared: the store cannot be read.")
            return False
        except Exception:
            log.exception("The store cannot be read")
            return False
        self._read_at = self._clock()
        for slug, (audience, channel) in channels.items():
            channel.forget()
            channel.expect(heads.get(slug, 0))
            self.look(audience)
        return True
