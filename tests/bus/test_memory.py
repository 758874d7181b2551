"""The bell between the command line and the server beside it."""

import os
import socket
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from tests.broker.cast import message
from webchat import topics
from webchat.bus.memory import MemoryBus, ring
from webchat.events import Event, MessagePosted, RoomLeft
from webchat.notices import Notification, Tally
from webchat.notified import NotificationSent
from webchat.topics import Topic

EVENTS: list[Event] = [
    MessagePosted(message(1, body="héllo 你好"), room_id=7),
    NotificationSent(1, Tally(1), Notification(1, "Build", "passed", 0)),
    RoomLeft(1, "lobby", 7),
]


class Heard:
    def __init__(self) -> None:
        self.events: list[Event] = []
        self.gaps: list[Topic | None] = []


@asynccontextmanager
async def listening(path: Path) -> AsyncIterator[tuple[MemoryBus, Heard]]:
    heard = Heard()
    bus = MemoryBus(path, heard.events.append, heard.gaps.append)
    async with anyio.create_task_group() as tasks:
        await tasks.start(bus.run)
        yield bus, heard
        tasks.cancel_scope.cancel()


async def until(true: Callable[[], object]) -> None:
    with anyio.fail_after(5):
        while not true():
            await anyio.lowlevel.checkpoint()


@pytest.fixture(params=["short", "long" * 40], ids=["short path", "long path"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder: Path = tmp_path / request.param
    folder.mkdir()
    return folder / "bus.sock"


async def test_what_this_process_does_goes_straight_to_its_broker(path: Path) -> None:
    heard = Heard()
    MemoryBus(path, heard.events.append, heard.gaps.append).publish(EVENTS[0])
    assert heard.events == [EVENTS[0]]


async def test_a_ring_is_heard_whole_and_in_order(path: Path) -> None:
    async with listening(path) as (_bus, heard):
        for event in EVENTS:
            assert await anyio.to_thread.run_sync(ring, path, event)
        await until(lambda: len(heard.events) == len(EVENTS))
        assert heard.events == EVENTS


async def test_nobody_else_can_ring_and_nothing_is_left(path: Path) -> None:
    async with listening(path):
        assert stat.S_IMODE(os.lstat(path).st_mode) == 0o600
    assert path.name not in os.listdir(os.path.dirname(path))
    assert not ring(path, EVENTS[0])


async def test_what_a_killed_server_left_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "bus.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as left:
        left.bind(os.fspath(path))
    assert not ring(path, EVENTS[0])
    async with listening(path) as (_bus, heard):
        assert await anyio.to_thread.run_sync(ring, path, EVENTS[0])
        await until(lambda: heard.events)


async def test_what_does_not_fit_is_told_as_a_gap(path: Path) -> None:
    big = "x" * 100_000
    async with listening(path) as (_bus, heard):
        too_long: list[Event] = [
            MessagePosted(message(1, html=big)), NotificationSent(1, Tally(1), Notification(1, "t", big, 0)),
        ]  # fmt: skip
        for event in too_long:
            assert await anyio.to_thread.run_sync(ring, path, event)
        await until(lambda: len(heard.gaps) == 2)
        assert heard.gaps == [topics.room("lobby"), topics.user(1)]
        assert heard.events == []


@pytest.mark.parametrize(
    "junk", [b"", b"junk", b"\x81\xa4type\xa9SignedOut", b"\x91" * 60_000, b'{"type":"SignedOut"}']
)
async def test_junk_is_ignored_with_one_line(tmp_path: Path, junk: bytes, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "bus.sock"
    async with listening(path) as (_bus, heard):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.sendto(junk, os.fspath(path))
        assert await anyio.to_thread.run_sync(ring, path, EVENTS[0])
        await until(lambda: heard.events)
    assert len(caplog.records) == 1
    assert "\n" not in caplog.records[0].getMessage()


async def test_a_folder_that_cannot_hold_it_is_said_and_the_server_lives(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(tmp_path / "missing" / "bus.sock") as (bus, heard):
        bus.publish(EVENTS[0])
    assert heard.events == [EVENTS[0]]
    assert "Cannot listen" in caplog.text
