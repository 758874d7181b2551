"""What a connection begins with, where the store takes a while: nothing that is told meanwhile is missed, or written
over by what was read before it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import anyio
import pytest

from tests.broker.cast import Clock, FakeOutlet, FakeStore, posted, rest, running, shown
from tests.permissions.doors import Socket
from tests.web.conftest import PASSWORD, Visitor
from webchat import topics
from webchat.app import create_app
from webchat.broker import Broker, Reader, data, roll
from webchat.chat import passwords, people
from webchat.errors import Unavailable, sentence as _
from webchat.events import ReadMoved
from webchat.model import User
from webchat.pinned import PinChanged
from webchat.settings import Settings
from webchat.web import door as door_module
from webchat.web.door import Admission, Door, Opening

pytestmark = pytest.mark.anyio

ANN = User(1, "ann", "Ann")
HERE = Admission(ANN, slug="lobby")


READ = ReadMoved(1, 1, 1)
PINNED = PinChanged("lobby")


class Late(Door):
    """A door whose openings are read when a test says so; each says its number, but for those in ``found``."""

    def __init__(self, broker: Broker) -> None:
        self.reads: list[anyio.Event] = []
        self.found: dict[int, Opening | Exception] = {}
        none = cast(Any, None)
        super().__init__(broker, none, self._late, none, none, none, none)

    async def _late(self, admission: Admission) -> Opening:
        number = len(self.reads)
        self.reads.append(anyio.Event())
        await self.reads[number].wait()
        found = self.found.get(number, Opening((f"<state{number} ",)))
        if isinstance(found, Exception):
            raise found
        return found


@asynccontextmanager
async def coming(inside: bool = False) -> AsyncIterator[tuple[Late, Reader, FakeOutlet, list[int]]]:
    """Ann at the door of a room, while what she begins with is read, or once she is ``inside`` and has it. The last of
    what is given holds whether she may stay, once that is known."""
    async with running(FakeStore()) as broker, anyio.create_task_group() as tasks:
        door, outlet = Late(broker), FakeOutlet()
        reader, stops = door._connect(outlet, HERE), list[int]()

        async def begin() -> None:
            stops.append((await door.begin(reader, HERE, 0, None)).stop)

        tasks.start_soon(begin)
        tasks.start_soon(door.run)
        await rest()
        if inside:
            door.reads[0].set()
            await rest()
            outlet.frames.clear()
        yield door, reader, outlet, stops
        tasks.cancel_scope.cancel()


async def test_what_is_told_while_the_state_is_read_comes_after_it() -> None:
    async with coming() as (door, _reader, outlet, _stops):
        door.broker.publish(READ)
        door.broker.publish(PINNED)
        await rest()
        assert outlet.frames == []
        door.reads[0].set()
        await rest()
        assert sorted(shown(outlet)[1:3]) == ["PinChanged", "ReadMoved"]
        assert shown(outlet)[0] == "state0"
        assert outlet.texts[3:] == ['{"at":"e1.0"}']
        door.broker.publish(READ)
        await rest()
        assert shown(outlet)[3:] == ["ReadMoved"]


async def test_so_it_is_when_the_state_is_sent_again() -> None:
    async with coming(inside=True) as (door, reader, outlet, _stops):
        door.refresh(topics.PLACE)
        await rest()
        for event in (READ, posted(1), PINNED):
            door.broker.publish(event)
            await rest()
        reader.write(data({"ack": "cid"}))
        assert outlet.frames == []
        door.reads[1].set()
        await rest()
        assert shown(outlet) == ["state1", "ReadMoved", "changes", "PinChanged"]
        assert outlet.texts[-1] == '{"ack":"cid"}'


async def test_of_two_states_the_one_that_is_read_last_counts() -> None:
    for order in ((0, 1), (1, 0)):
        async with coming() as (door, _reader, outlet, stops):
            door.refresh(None)
            await rest()
            door.broker.publish(READ)
            await rest()
            for number in order:
                door.reads[number].set()
                await rest()
            assert [text for text in shown(outlet) if text != "reset"] == ["state1", "ReadMoved"]
            assert stops == [0]


async def test_who_may_not_stay_is_told_nothing_of_it() -> None:
    async with coming() as (door, reader, outlet, stops):
        door.broker.publish(PINNED)
        await rest()
        door.found[0] = Opening(stop=4403)
        door.reads[0].set()
        await rest()
        door.broker.publish(PINNED)
        await rest()
        assert (stops, outlet.frames) == ([4403], [])
        door._disconnect(reader)
        assert not door.broker._halls.rooms
        assert not door.broker._halls._topics


async def test_while_the_store_is_away_it_is_told_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_module, "AGAIN", 0)
    async with coming(inside=True) as (door, _reader, outlet, _stops):
        door.found[1] = Unavailable(_("Try again in a moment."))
        door.refresh(None)
        await rest()
        door.broker.publish(PINNED)
        await rest()
        door.reads[1].set()
        await rest()
        assert shown(outlet) == ["PinChanged"]
        door.reads[2].set()
        await rest()
        assert (shown(outlet), outlet.code) == (["PinChanged", "state2"], 0)


async def test_who_is_told_too_much_meanwhile_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roll, "MOST_HELD", 2)
    for inside in (False, True):
        async with coming(inside) as (door, reader, outlet, stops):
            door.refresh(None)
            await rest()
            for _number in range(4):
                door.broker.publish(PINNED)
                await rest()
            for read in door.reads:
                read.set()
            await rest()
            assert (outlet.frames, outlet.code, reader.gone) == ([], 1013, True)
            assert stops == [0]


async def test_a_peer_that_is_behind_meanwhile_is_counted_on() -> None:
    clock, outlet = Clock(), FakeOutlet()
    reader = Reader(outlet, "room.en", 1, "", "lobby")
    straight: list[bytes] = []
    reader.shorten(straight.append)
    outlet.unread = 5
    for _second in range(2):
        held = reader.hold()
        assert not reader.stuck(clock.now)
        reader.write(data({"ack": "cid"}))
        assert (reader.push, len(outlet.frames)) == (None, 0)
        reader.release(held)
        assert reader.behind
        assert (reader.push is None, len(outlet.frames)) == (True, 1)
        outlet.frames.clear()
    outlet.unread = 0
    held = reader.hold()
    assert not reader.stuck(clock.now)
    reader.release(held)
    assert reader.push is not None
    reader.leave()
    reader.release(reader.hold(), data({"late": 1}))
    assert (reader.gone, outlet.frames) == (True, [])


async def test_a_page_hears_all_on_either_database(
    tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list of rooms has one that was made meanwhile, and the room says what it is about by now."""
    app = create_app(Settings(data=tmp_path, store=store_url, limits=False))
    async with app.running(), Visitor(app) as ann:
        at = app.state.house
        hashed = await passwords.hashed(PASSWORD)
        await at.store.write(lambda tx: people.set_up(tx, "The Place", "Ann", hashed))
        await ann.sign_in("ann")
        read, is_read, go = at.store.read, anyio.Event(), anyio.Event()

        async def late(fn: Callable[[Any], Any]) -> Any:
            found = await read(fn)
            if fn.__qualname__.startswith("opening."):
                is_read.set()
                await go.wait()
            return found

        async def change() -> None:
            await is_read.wait()
            for do, fields in (("create-room", {"room": "garden"}), ("edit-room", {"room": "lobby", "topic": "Roses"})):
                assert (await ann.do(do, **fields)).status_code == 303
            go.set()

        monkeypatch.setattr(at.store, "read", late)
        cookie = "; ".join(f"{name}={value}" for name, value in ann.cookies.items())
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(change)
            async with Socket(app, cookie, "lobby") as socket:
                told, missing = socket.first, {"garden", "Roses"}
                assert 'hx-target="#rooms" hx-swap="innerHTML"' in told
                assert not [one for one in missing if one in told]
                with anyio.fail_after(10):
                    while missing := {one for one in missing if one not in told}:
                        told = (await socket._out.get())["text"]
