"""Whatever is done and whatever breaks, in any order: every page ends as a fresh one. The whole application in this
process, whose database is opened anew when the server restarts; only sockets are played."""

import asyncio
import secrets
import tempfile
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import anyio.lowlevel
import pytest
from hypothesis import Phase, given, settings, strategies as st

from tests.broker.cast import FakeOutlet
from tests.tools.dom import Element, parse
from tests.tools.logchecker import Log, View, check, stored
from tests.web.conftest import Visitor
from webchat import commands as c, positions
from webchat.app import Webchat, create_app
from webchat.broker import Broker, Reader
from webchat.chat import people
from webchat.errors import Refused
from webchat.model import Message, User
from webchat.settings import Settings
from webchat.store import Tx, messages as stored_messages

STEPS = st.sampled_from(
    ["post", "post", "post", "edit", "edit", "delete", "react", "react", "take back", "rush", "open", "open", "drop",
     "drop in a frame", "show", "show", "run", "run", "restart"]
)  # fmt: skip
TABS = 3


class Tab:
    """A page of the lobby, and the connection it has or has not. What is sent lies there until it is shown."""

    def __init__(self, page: str) -> None:
        self.view = View("lobby", page)
        self.at = _position(page)
        self.outlet = FakeOutlet()
        self.reader: Reader | None = None

    async def open(self, broker: Broker) -> None:
        if self.reader is None:
            self.outlet = FakeOutlet()
            self.reader = broker.connect(self.outlet, "room.en", slug="lobby")
            await broker.join(self.reader, "lobby", positions.parse(self.at) or "reset")

    def show(self, most: int | None = None) -> None:
        """Apply what was sent, or only so many texts of it."""
        for text in self.outlet.texts[:most]:
            if text.startswith('{"at"'):
                self.at = text.split('"')[3]
            elif text.startswith("<"):
                self.view.frames.append(text)
        self.outlet.frames.clear()
        if self.outlet.code:
            self.reader = None

    def drop(self, broker: Broker, most: int = 0) -> None:
        """Lose the connection and what of it was not shown yet, but for so many texts."""
        self.show(most)
        if self.reader is not None:
            broker.disconnect(self.reader)
            self.reader = None


class World:
    """The application on a folder, two people and their tabs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tabs: list[Tab] = []
        self.app: Webchat
        self.ann: User
        self.bob: User
        self._running = AsyncExitStack()

    async def start(self) -> None:
        self.app = create_app(Settings(data=self.folder, open=True, limits=False))
        await self._running.enter_async_context(self.app.running())

    async def restart(self) -> None:
        for tab in self.tabs:
            tab.drop(self.broker)
        await self.stop()
        await self.start()

    async def stop(self) -> None:
        await self._running.aclose()

    @property
    def broker(self) -> Broker:
        found = self.app.state.doors["socket"].broker
        assert isinstance(found, Broker)
        return found

    async def do(self, who: User, command: c.Command) -> None:
        """Do it, or be refused: it is done to some message, whatever that is by now."""
        with suppress(Refused):
            await self.app.state.house.chat.perform(who, command)

    async def page(self, path: str = "/rooms/lobby") -> str:
        async with Visitor(self.app) as visitor:
            return str((await visitor.get(path)).text)

    async def whole(self) -> list[Element]:
        """Every row of the lobby as its pages show it."""
        rows: list[Element] = []
        path = "/rooms/lobby"
        while (log := parse(await self.page(path)).find("log")) and log.elements:
            rows[:0] = log.elements
            path = f"/rooms/lobby?before={rows[0].attributes['data-seq']}"
        return rows

    async def step(self, step: str, number: int) -> None:
        tab = self.tabs[number % TABS]
        who = self.ann if number % 2 else self.bob
        cid = secrets.token_urlsafe(16)
        match step:
            case "post":
                await self.do(who, c.PostMessage("lobby", f"Number **{number}**", cid))
            case "rush":
                posts = [c.PostMessage("lobby", f"{n}", secrets.token_urlsafe(16)) for n in range(number * 2)]
                await asyncio.gather(*(self.do(who, post) for post in posts))
            case "open":
                await tab.open(self.broker)
            case "show":
                tab.show()
            case "drop":
                tab.drop(self.broker)
            case "drop in a frame":
                tab.drop(self.broker, number % 5)
            case "restart":
                await self.restart()
            case "run":
                for _ in range(30):
                    await anyio.lowlevel.checkpoint()
            case _:
                await self.change(step, who, number, cid)

    async def change(self, step: str, who: User, number: int, cid: str) -> None:
        """Do something to one of the messages, if there are any."""

        def read(tx: Tx) -> Message | None:
            [(count,)] = tx.all("SELECT count(*) FROM messages")
            return stored_messages.by_id(tx, 1 + number % count) if count else None

        message = await self.app.state.house.store.read(read)
        if message is None:
            return
        commands: dict[str, c.Command] = {
            "edit": c.EditMessage(message.id, f"Edited {cid}", message.said, cid),
            "delete": c.DeleteMessage(message.id, cid),
            "react": c.AddReaction(message.id, "👍", cid),
            "take back": c.RemoveReaction(message.id, "👍", cid),
        }
        await self.do(who, commands[step])


def _position(page: str) -> str:
    earlier = parse(page).find("earlier")
    assert earlier
    return earlier.attributes["data-at"]


async def play(steps: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        await world.start()
        store = world.app.state.house.store
        world.ann = await store.write(lambda tx: people.set_up(tx, "The Place", "Ann", "hash"))
        world.bob = await store.write(lambda tx: people.add(tx, "Bob", "member", "hash"))
        world.tabs = [Tab(await world.page()) for _ in range(TABS)]
        try:
            for step, number in steps:
                await world.step(step, number)
            await settle(world)
            views = [tab.view for tab in world.tabs]
            wrong = check(Log(), stored(world.folder / "webchat.db"), views, {"lobby": await world.whole()})
        finally:
            await world.stop()
    assert wrong == []


async def settle(world: World) -> None:
    """All come back and see what there is: until each is where a fresh page is."""
    head = _position(await world.page())
    with anyio.fail_after(20):
        while any(tab.at != head for tab in world.tabs):
            for tab in world.tabs:
                tab.show()
                await tab.open(world.broker)
            await anyio.lowlevel.checkpoint()


@pytest.mark.timeout(1800)
def test_every_page_ends_as_a_fresh_one(long_run: bool) -> None:
    # Not shrunk: that takes longer than to read fifty steps.
    @settings(max_examples=500 if long_run else 25, deadline=None, database=None, phases=(Phase.generate,))
    @given(st.lists(st.tuples(STEPS, st.integers(0, 60)), min_size=20, max_size=50))
    def converges(steps: list[tuple[str, int]]) -> None:
        asyncio.run(play(steps))

    converges()
