"""Whatever order things happen in, every reader ends with exactly what a fresh page would show."""

import anyio
import anyio.lowlevel
import pytest
from anyio.abc import TaskGroup
from hypothesis import given, settings, strategies as st

from tests.broker.cast import EPOCH, FakeOutlet, FakeStore, Window, running
from webchat import positions
from webchat.broker import Broker, Reader, watch
from webchat.events import Event
from webchat.model import Page

STEPS = st.sampled_from(
    ["post", "post", "post", "edit", "react", "delete", "deliver", "deliver", "deliver", "twice", "lose", "swap",
     "open", "open", "leave", "read", "read", "rush", "flood", "history", "arrive", "let", "let", "run", "run",
     "compare"]
)  # fmt: skip


class Tab:
    """A browser tab: what it shows, and the connection it has or has not. Frames lie unread until `read`."""

    def __init__(self, broker: Broker, tasks: TaskGroup) -> None:
        self.broker = broker
        self.tasks = tasks
        self.window = Window()
        self.outlet = FakeOutlet()
        self.reader: Reader | None = None
        self.history: list[tuple[int, Page]] = []
        self.repairing = anyio.Lock()

    def open(self, store: FakeStore) -> None:
        if self.reader is not None:
            return
        if not self.window.at:
            self.window.draw(store.page("lobby"))
        self.outlet = FakeOutlet()
        self.reader = self.broker.connect(self.outlet, "room.en")
        self.tasks.start_soon(self._join, self.reader, self.outlet)

    async def _join(self, reader: Reader, outlet: FakeOutlet) -> None:
        async with self.repairing:
            await self.broker.join(reader, "lobby", positions.parse(self.window.at) or "reset")

    def read(self) -> None:
        for frame in self.outlet.frames:
            self.window.apply(frame)
        self.outlet.frames.clear()
        if self.outlet.code:
            self.reader = None

    def leave(self) -> None:
        """What was not read yet is lost with the connection."""
        self.outlet.frames.clear()
        if self.reader is not None:
            self.broker.disconnect(self.reader)
            self.reader = None

    def fetch_history(self, store: FakeStore) -> None:
        if first := min((seq for seq, _said, _rev in self.window.rows.values()), default=0):
            rows = store.rooms["lobby"][max(0, first - 6) : first - 1]
            self.history.append((self.window.resets, Page(tuple(rows), store.revs["lobby"], True, True)))

    async def show_history(self) -> None:
        """An older part comes, read at some rev; what changed in it since is asked for. What was asked for before the
        list began anew has no place any more."""
        async with self.repairing:
            if not self.history or self.reader is None:
                return
            resets, page = self.history.pop()
            if resets != self.window.resets:
                return
            for m in page.messages:
                self.window.rows.setdefault(m.id, (m.seq, m.said, m.rev))
            await self.broker.repair(self.reader, positions.Position(EPOCH, page.rev))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "PATIENCE", 0.0)
    monkeypatch.setattr(watch, "AGAIN", 0.0)


async def play(steps: list[tuple[str, int]], before: int) -> None:
    store = FakeStore()
    for _ in range(before):
        store.post()
    store.gate = anyio.Semaphore(0)
    news: list[Event] = []
    async with running(store, clock=lambda: 0.0) as broker, anyio.create_task_group() as tasks:
        tabs = [Tab(broker, tasks) for _ in range(4)]
        for step, number in steps:
            await _step(step, number, store, news, tabs, broker)
        gate, store.gate = store.gate, None
        for _ in range(1_000):
            gate.release()
        await _settle(store, broker, tabs)
        tasks.cancel_scope.cancel()
    expected = {m.id: (m.seq, m.said, m.rev) for m in store.rooms.get("lobby", ())}
    for tab in tabs:
        first = min((seq for seq, _said, _rev in tab.window.rows.values()), default=1)
        assert tab.window.rows == {k: row for k, row in expected.items() if row[0] >= first}
        assert tab.window.at == f"{EPOCH}.{store.revs.get('lobby', 0)}"


async def _step(step: str, number: int, store: FakeStore, news: list[Event], tabs: list[Tab], broker: Broker) -> None:
    tab = tabs[number % len(tabs)]
    count = len(store.rooms.get("lobby", ()))
    if step == "post":
        news.append(store.post())
    elif step in ("edit", "react", "delete") and count:
        news.append(store.change(step, 1 + number % count))
    elif step == "deliver" and news:
        broker.publish(news.pop(0))
    elif step == "twice" and news:
        broker.publish(news[0])
    elif step == "lose" and news:
        news.pop(number % len(news))
    elif step == "swap":
        news[:] = news[number % 7 :] + news[: number % 7]
    elif step == "rush":
        for _ in range(number):
            broker.publish(store.post())
    elif step == "flood":
        for _ in range(number * 6):
            store.post()
    elif step == "open":
        tab.open(store)
    elif step == "leave":
        tab.leave()
    elif step == "read":
        tab.read()
    elif step == "history":
        tab.fetch_history(store)
    elif step == "arrive":
        tab.read()
        tab.tasks.start_soon(tab.show_history)
    elif step == "let" and store.gate is not None:
        store.gate.release()
    elif step == "compare":
        broker.gap_possible("lobby" if number % 2 else None)
    for _ in range(30 if step == "run" else 1):
        await anyio.lowlevel.checkpoint()


async def _settle(store: FakeStore, broker: Broker, tabs: list[Tab]) -> None:
    """Everything comes to rest: the store answers, those who were cut or left come back, a comparison is made."""
    for _ in range(3):
        for tab in tabs:
            tab.read()
            tab.open(store)
        broker.gap_possible()
        for _ in range(200):
            await anyio.lowlevel.checkpoint()
    for tab in tabs:
        tab.read()
        assert tab.reader is not None


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(STEPS, st.integers(0, 60)), min_size=40, max_size=150), st.integers(0, 80))
def test_every_reader_converges_to_the_fresh_page(steps: list[tuple[str, int]], before: int) -> None:
    anyio.run(play, steps, before)
