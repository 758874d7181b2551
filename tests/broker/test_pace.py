"""A thread that is faster than anybody reads: frames are told a part of it, rooms all, and nothing is lost."""

from itertools import pairwise
from typing import Any

import msgspec

from tests.broker.cast import Clock, FakeOutlet, FakeRender, FakeStore, Window, at, joined, message, rest, running
from webchat.broker import Broker
from webchat.broker.pace import BURST, CALM, FORGOTTEN, PAUSE, Paces
from webchat.events import MessageDeleted, MessageEdited, MessagePosted
from webchat.flying import Flight, FlightBegun
from webchat.model import Message

LIMIT = 8
AT_ONCE = int(LIMIT * BURST)
ROOM, FRAME, OTHER = "room.en", "widget.en", "widget.zh"


def paces(clock: Clock, limit: float = LIMIT) -> Paces:
    return Paces(limit, lambda view: view.startswith("widget"), clock)


def said(number: int, who: str = "", **more: Any) -> MessagePosted:
    """What a guest said."""
    return MessagePosted(message(number, author=0, guest=who or f"guest-{number}", **more), room_id=7)


def flown(number: int) -> FlightBegun:
    return FlightBegun("lobby", Flight(number, 0, "scroll", "#ffffff", "x", "Ann"))


def shown(outlet: FakeOutlet) -> dict[int, Any]:
    """The rows of a page that was empty."""
    window = Window()
    for frame in outlet.frames:
        window.apply(frame)
    return window.rows


def told(outlet: FakeOutlet, kind: str) -> list[str]:
    return [text for text in outlet.texts if text.startswith(f"<{kind} ")]


async def rush(broker: Broker, numbers: range) -> None:
    for number in numbers:
        broker.publish(said(number))
    await rest()


async def test_frames_are_told_a_part_and_rooms_all() -> None:
    clock, render = Clock(), FakeRender()
    async with running(FakeStore(), render, clock=clock, paces=paces(clock)) as broker:
        outlets = [(await joined(broker, view))[1] for view in (ROOM, FRAME, OTHER, "data")]
        await rush(broker, range(1, 101))
    room, frame, other, data = outlets
    assert [*shown(room)] == [*shown(data)] == [*range(1, 101)]
    assert [*shown(frame)] == [*shown(other)] == [*range(61, 101)], "the newest, in order"
    assert sum(count for what, view, count in render.calls if what == "changes" and view == FRAME) == AT_ONCE
    assert [outlet.at for outlet in outlets] == ["e1.100"] * 4
    assert told(frame, "PaceChanged") == ['<PaceChanged {"type":"PaceChanged","slug":"lobby","after":0}']


async def test_a_frame_is_told_so_many_a_second_and_some_of_each_telling() -> None:
    clock = Clock()
    async with running(FakeStore(), clock=clock, paces=paces(clock)) as broker:
        _reader, frame = await joined(broker, FRAME)
        for tick in range(200):
            clock.now = tick * 0.05
            await rush(broker, range(10 * tick + 1, 10 * tick + 11))
    assert AT_ONCE + LIMIT * 8 <= len(shown(frame)) <= AT_ONCE + LIMIT * 10
    assert len(frame.frames) <= 10 / PAUSE + 5
    moved = [sent.texts for before, sent in pairwise(frame.frames) if sent.texts[-1] != before.texts[-1]]
    assert all("posted" in texts[0] for texts in moved), "a new position alone says that something is missing"
    assert len(told(frame, "PaceChanged")) == 1


async def test_what_comes_one_by_one_is_too_fast_too() -> None:
    clock = Clock()
    async with running(FakeStore(), clock=clock, paces=paces(clock)) as broker:
        _reader, frame = await joined(broker, FRAME)
        for number in range(1, 201):
            clock.now = number * 0.05
            await rush(broker, range(number, number + 1))
    assert AT_ONCE + LIMIT * 8 <= len(shown(frame)) <= AT_ONCE + LIMIT * 10
    assert len(told(frame, "PaceChanged")) == 1


async def test_a_burst_that_can_be_read_is_told_whole() -> None:
    clock = Clock()
    async with running(FakeStore(), clock=clock, paces=paces(clock)) as broker:
        _reader, frame = await joined(broker, FRAME)
        await rush(broker, range(1, AT_ONCE + 1))
        for second in range(1, 30):
            clock.now = float(second)
            await rush(broker, range(AT_ONCE + LIMIT * (second - 1) + 1, AT_ONCE + LIMIT * second + 1))
    assert len(shown(frame)) == AT_ONCE + LIMIT * 29
    assert not told(frame, "PaceChanged")


async def test_who_said_it_is_told_it() -> None:
    clock = Clock()
    async with running(FakeStore(), clock=clock, paces=paces(clock, 1)) as broker:
        mine_, mine = await joined(broker, FRAME, guest="me")
        _other, other = await joined(broker, FRAME, guest="other")
        user_, users = await joined(broker, FRAME, user=5)
        elsewhere_, elsewhere = await joined(broker, FRAME, slug="elsewhere", guest="me")
        for number in range(1, 41):
            broker.publish(said(number, "me") if number < 11 else said(number))
        broker.publish(MessagePosted(message(41, author=5), room_id=7))
        broker.publish(MessagePosted(message(42, author=5), room_id=7))
        await rest()
        for reader in (mine_, user_, elsewhere_):
            broker.disconnect(reader)
        assert not any(broker._roll.written_by(one) for one in (message(1, author=0, guest="me"), message(1, author=5)))
    assert set(range(1, 11)) < set(shown(mine))
    assert not set(range(2, 10)) & set(shown(other))
    assert {41, 42} < set(shown(users))
    assert not elsewhere.frames


async def test_it_is_calm_again() -> None:
    clock = Clock()
    async with running(FakeStore(), clock=clock, paces=paces(clock)) as broker:
        _reader, frame = await joined(broker, FRAME)
        await rush(broker, range(1, 101))
        clock.now = CALM - 0.1
        await broker.second()
        await rest()
        assert len(told(frame, "PaceChanged")) == 1
        clock.now = CALM
        await broker.second()
        await rest()
        assert told(frame, "PaceChanged")[1:] == ['<PaceChanged {"type":"PaceChanged","slug":"lobby","after":null}']
        await broker.second()
        frame.frames.clear()
        await rush(broker, range(101, 111))
    assert [*shown(frame)] == [*range(101, 111)]
    assert not told(frame, "PaceChanged")


async def test_who_comes_back_is_sent_all_that_was_said_meanwhile() -> None:
    clock, store = Clock(), FakeStore()
    async with running(store, clock=clock, paces=paces(clock)) as broker:
        _reader, frame = await joined(broker, FRAME)
        for _number in range(100):
            broker.publish(store.post())
        await rest()
        assert len(shown(frame)) == AT_ONCE
        for since, found in ((20, [*range(21, 101)]), (100, [])):
            outlet = FakeOutlet()
            await broker.join(broker.connect(outlet, FRAME), "lobby", at(since))
            assert [*shown(outlet)] == found
            assert outlet.at == "e1.100"


async def test_what_happens_to_what_was_left_out_does_no_harm() -> None:
    """It is told, for who has asked for what was left out; a page that has not shows nothing of it."""
    clock = Clock()
    async with running(FakeStore(), clock=clock, paces=paces(clock)) as broker:
        _reader, frame = await joined(broker, FRAME)
        await rush(broker, range(1, 101))
        clock.now = 1.0
        broker.publish(MessageEdited(message(3, 101, born=3)))
        broker.publish(MessageDeleted(message(4, 102, born=4, deleted=1)))
        broker.publish(MessageEdited(message(99, 103, born=99)))
        await rest()
    assert [*shown(frame)] == [*range(61, 101)]
    assert shown(frame)[99] == (99, 103, 103)
    assert '["edited", 3,' in frame.texts[-2]
    assert frame.at == "e1.103"


async def test_what_was_left_out_does_not_fly() -> None:
    clock = Clock()
    async with running(FakeStore(), clock=clock, paces=paces(clock)) as broker:
        _room, data = await joined(broker, "data")
        _reader, frame = await joined(broker, FRAME)
        for number in range(1, 101):
            broker.publish(said(number))
            broker.publish(flown(number))
        await rest()
    assert len(told(data, "FlightBegun")) == 100
    assert len(told(frame, "FlightBegun")) == AT_ONCE


async def test_without_a_limit_everything_is_told() -> None:
    clock = Clock()
    async with running(FakeStore(), clock=clock, paces=paces(clock, 0)) as broker:
        _reader, frame = await joined(broker, FRAME)
        await rush(broker, range(1, 201))
        await broker.second()
    assert len(shown(frame)) == 200
    assert not told(frame, "PaceChanged")


def chosen(posted: list[Message], limit: float = 1) -> list[int]:
    """What is told of this, of five at once."""
    left = paces(Clock(), limit).choose("lobby", posted)
    return [one.id for one in posted if one not in left]


def test_each_author_has_a_turn_before_one_has_two() -> None:
    loud = [message(number, author=0, guest="loud") for number in range(1, 21)]
    others = [message(number, author=0, guest=f"guest-{number}") for number in range(21, 24)]
    assert chosen([*others, *loud]) == [21, 22, 23, 19, 20]
    users = [message(number, author=number) for number in range(30, 33)]
    assert chosen([*users, *(message(number, author=0, guest=f"guest-{number}") for number in range(40, 60))]) == [
        30, 31, 32, 58, 59,
    ]  # fmt: skip


def test_who_wrote_it_is_shown_where_the_message_before_is_missing() -> None:
    at_work = paces(Clock(), 1)
    posted = [message(number, author=0, guest=f"guest-{number}", continues=True) for number in range(1, 11)]
    assert [one.seq for one in at_work.choose("lobby", posted)] == [5, 4, 3, 2, 1]
    assert [at_work.whole(one).continues for one in posted[5:]] == [False, True, True, True, True]
    assert at_work.whole(msgspec.structs.replace(posted[5], room="elsewhere")).continues


def test_rooms_that_are_quiet_are_forgotten() -> None:
    clock = Clock()
    at_work = paces(clock)
    at_work.choose("lobby", [message(number) for number in range(1, 101)])
    clock.now = CALM
    assert [*at_work.calmed()] == ["lobby"]
    clock.now = FORGOTTEN
    assert not [*at_work.calmed()]
    assert not at_work._rooms
    assert at_work.after("lobby") is None
