"""The one loop that everything to be told goes through: it drains what waits, gives topics their turns, never sleeps
for one of them."""

import heapq
import itertools
from collections import deque
from collections.abc import Callable, Generator

import anyio
from anyio.lowlevel import checkpoint
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from webchat.events import Event

ROUTINE = 16_384
"""The most events that wait, of those whose loss the store makes good."""
ANY = 20_480
"""The most events that wait at all."""
ROUND = 200
"""Work done, in writes, before the loop is others'."""

Turn = Generator[int, None, int]
"""A telling: yields what a part of it cost, in writes, and returns what the rest did."""


class Pump:
    """Takes events and runs turns. ``take`` is called with each event, in order."""

    def __init__(self, take: Callable[[Event], None], clock: Callable[[], float]) -> None:
        self._take = take
        self._clock = clock
        self._send: MemoryObjectSendStream[Event | None] | None = None
        self._waiting = 0
        self._asleep = False
        self._turns: deque[Turn] = deque()
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def put(self, event: Event, most: int = ANY) -> bool:
        """Let an event wait for the pump; False if there is no room for it, or the pump does not run."""
        if self._send is None or self._waiting >= most:
            return False
        self._push(event)
        return True

    def start(self, turn: Turn) -> None:
        """Give a telling its turns, beginning soon."""
        self._turns.append(turn)
        self._wake()

    def later(self, when: float, what: Callable[[], None]) -> None:
        """Call something at a time of the clock."""
        heapq.heappush(self._timers, (when, next(self._order), what))
        self._wake()

    async def run(self, started: Callable[[], None]) -> None:
        """Pump until cancelled."""
        self._send, receive = anyio.create_memory_object_stream[Event | None](ANY + 1)
        started()
        with self._send, receive:
            try:
                while True:
                    self._drain(receive)
                    self._ring()
                    spent = 0
                    while self._turns and spent < ROUND:
                        spent += self._advance(self._turns.popleft())
                    if self._turns:
                        await checkpoint()
                    else:
                        await self._sleep(receive)
            finally:
                self._send = None

    def _drain(self, receive: MemoryObjectReceiveStream[Event | None]) -> None:
        while self._waiting:
            self._waiting -= 1
            if (event := receive.receive_nowait()) is not None:
                self._take(event)

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

    async def _sleep(self, receive: MemoryObjectReceiveStream[Event | None]) -> None:
        rest = max(0.0, self._timers[0][0] - self._clock()) if self._timers else None
        self._asleep = True
        with anyio.move_on_after(rest):
            event = await receive.receive()
            self._waiting -= 1
            if event is not None:
                self._take(event)
        self._asleep = False

    def _wake(self) -> None:
        if self._asleep and self._send is not None:
            self._push(None)

    def _push(self, event: Event | None) -> None:
        assert self._send is not None, "looked at before"
        self._waiting += 1
        self._asleep = False
        self._send.send_nowait(event)
