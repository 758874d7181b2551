"""The one loop that everything to be told goes through: it drains what waits, gives topics their turns, never sleeps
for one of them."""

import asyncio
import heapq
import itertools
from collections import deque
from collections.abc import Callable, Generator

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from webchat.events import Event

ROUTINE = 16_384
"""The most events that wait, of those whose loss the store makes good."""
ANY = 20_480
"""The most events that wait at all."""
ROUND = 50
"""Work done, in writes, before the loop is others'."""

Turn = Generator[int, None, int]
"""A telling: yields what a part of it cost, in writes, and returns what the rest did."""


class Pump:
    """Takes events and runs turns. ``take`` is called with each event, in order; none of those that it is called with
    was put before ``since``."""

    def __init__(self, take: Callable[[Event], None], clock: Callable[[], float]) -> None:
        self._take = take
        self._clock = clock
        self._send: MemoryObjectSendStream[Event] | None = None
        self.since = 0.0
        self._waiting = 0
        self._bell = asyncio.Event()
        self._turns: deque[Turn] = deque()
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def put(self, event: Event, most: int = ANY) -> bool:
        """Let an event wait for the pump; False if there is no room for it, or the pump does not run."""
        if self._send is None or self._waiting >= most:
            return False
        if not self._waiting:
            self.since = self._clock()
        self._waiting += 1
        self._send.send_nowait(event)
        self._bell.set()
        return True

    def start(self, turn: Turn) -> None:
        """Give a telling its turns, beginning soon."""
        self._turns.append(turn)
        self._bell.set()

    def later(self, when: float, what: Callable[[], None]) -> None:
        """Call something at a time of the clock."""
        heapq.heappush(self._timers, (when, next(self._order), what))
        self._bell.set()

    async def run(self, started: Callable[[], None]) -> None:
        """Pump until cancelled."""
        self._send, receive = anyio.create_memory_object_stream[Event](ANY)
        started()
        with self._send, receive:
            try:
                while True:
                    self._bell.clear()
                    self._drain(receive)
                    self._ring()
                    spent = 0
                    while self._turns and spent < ROUND:
                        spent += self._advance(self._turns.popleft())
                    if self._turns:
                        await asyncio.sleep(0)  # a fifth of what anyio's checkpoint costs
                    else:
                        await self._sleep()
            finally:
                self._send = None

    def _drain(self, receive: MemoryObjectReceiveStream[Event]) -> None:
        while self._waiting:
            self._waiting -= 1
            self._take(receive.receive_nowait())

    def _ring(self) -> None:
        while self._timers and self._timers[0][0] <= self._clock():
            heapq.heappop(self._timers)[2]()

    def _advance(self, turn: Turn) -> int:
        try:
            cost = next(turn)
        except StopIteration as end:
            return int(end.value)
        self._turns.append(turn)
        return cost

    async def _sleep(self) -> None:
        if not self._timers:  # to wait on an event costs a tenth of waiting on a stream or with a deadline
            await self._bell.wait()
            return
        with anyio.move_on_after(max(0.0, self._timers[0][0] - self._clock())):
            await self._bell.wait()
