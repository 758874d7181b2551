"""The sequencer and the ring."""

import pytest

from tests.broker.cast import message
from webchat.broker import channel as channel_module
from webchat.broker.channel import Channel
from webchat.model import Message, Page, Repair


@pytest.fixture
def channel() -> Channel:
    """A room at rev 10."""
    channel = Channel("lobby")
    channel.begin(10)
    return channel


def ids(messages: list[Message] | None) -> list[int] | None:
    return None if messages is None else [m.id for m in messages]


def test_changes_are_taken_in_order_and_once(channel: Channel) -> None:
    assert channel.take(message(11))
    assert not channel.take(message(11))
    assert not channel.take(message(9))
    assert channel.head == 11
    assert ids(channel.batch().messages) == [11]


def test_a_change_that_comes_early_waits_for_those_before_it(channel: Channel) -> None:
    assert not channel.take(message(13))
    assert not channel.take(message(12))
    assert (channel.behind, channel.dirty) == (True, False)
    assert channel.take(message(11))
    assert (channel.behind, channel.dirty) == (False, True)
    assert ids(channel.batch().messages) == [11, 12, 13]


def test_before_anything_is_known_changes_wait() -> None:
    channel = Channel("lobby")
    assert not channel.take(message(6))
    assert not channel.behind
    channel.adopt(3, Repair(5, (message(4), message(5)), None))
    assert (channel.head, channel.told, channel.start) == (6, 5, 3)
    assert ids(channel.since(3)) == [4, 5]
    assert ids(channel.batch().messages) == [6]
    assert ids(channel.since(3)) == [4, 5, 6]


def test_a_message_that_changed_again_is_told_once_as_it_is_now(channel: Channel) -> None:
    channel.take(message(11))
    channel.take(message(12))
    channel.take(message(11, 13))
    batch = channel.batch()
    assert [(m.id, m.rev) for m in batch.messages] == [(12, 12), (11, 13)]
    assert (batch.since, batch.rev) == (10, 13)
    assert ids(channel.since(11)) == [12, 11]
    assert ids(channel.since(12)) == [11]
    assert ids(channel.since(13)) == []


def test_the_ring_reaches_as_far_as_it_is_long() -> None:
    channel = Channel("lobby", ring=3)
    channel.begin(0)
    for number in range(1, 6):
        channel.take(message(number))
    channel.batch()
    assert ids(channel.since(1)) is None
    assert ids(channel.since(2)) == [3, 4, 5]


def test_what_was_not_told_yet_is_left_to_the_next_telling(channel: Channel) -> None:
    channel.take(message(11))
    channel.batch()
    channel.take(message(12))
    channel.take(message(11, 13))
    assert [(m.id, m.rev) for m in channel.since(10) or ()] == [(11, 13)]


def test_the_store_says_what_was_missed(channel: Channel) -> None:
    channel.take(message(13))
    channel.adopt(10, Repair(14, (message(12), message(13), message(11, 14)), None))
    assert not channel.behind
    assert ids(channel.batch().messages) == [12, 13, 11]
    assert ids(channel.since(10)) == [12, 13, 11]


def test_the_ring_grows_backwards_from_what_the_store_says(channel: Channel) -> None:
    channel.take(message(11))
    channel.take(message(4, 12))
    channel.batch()
    changes = (message(6), message(7), message(11), message(4, 12))
    channel.adopt(5, Repair(12, changes, None))
    assert ids(channel.since(5)) == [6, 7, 11, 4]
    assert channel.since(4) is None


def test_a_rev_that_the_store_announces_is_awaited(channel: Channel) -> None:
    behind = []
    for rev in (10, 12):
        channel.expect(rev)
        behind.append(channel.behind)
    for rev in (11, 12):
        channel.take(message(rev))
        behind.append(channel.behind)
    assert behind == [False, True, True, False]


def test_a_room_too_far_behind_starts_anew_from_a_page(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_module, "BACKLOG", 3)
    for number in range(11, 16):
        channel.take(message(number))
    assert channel.torn
    assert not channel.dirty
    assert channel.behind
    page = Page((message(13), message(14)), 14, True, False)
    channel.restart(Repair(14, None, page))
    batch = channel.batch()
    assert batch.page is page
    assert (batch.since, batch.rev) == (14, 15)
    assert ids(batch.messages) == [15], "what came after the page was read"
    assert ids(channel.since(14)) == [15]
    assert channel.since(13) is None


def test_too_many_early_changes_are_left_to_the_store(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_module, "HELD", 2)
    for number in (14, 15, 16):
        channel.take(message(number))
    changes = tuple(message(number) for number in (11, 12, 13))
    channel.adopt(10, Repair(13, changes, None))
    assert channel.head == 15
    assert channel.behind, "16 was seen and not kept"
