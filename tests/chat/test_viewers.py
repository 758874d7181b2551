"""How many read a thread, by a clock that the test moves."""

from typing import Any

import pytest

from webchat.between import Attending, Present
from webchat.chat.presence import GRACE, Presence
from webchat.chat.viewers import REST, Viewers
from webchat.model import Person
from webchat.viewing import ViewersChanged

THREAD = "blog.post-1"


def test_they_are_told_when_they_are_others_and_rarely() -> None:
    told: list[Any] = []
    viewers = Viewers(told.append)

    def after(moment: float, *counts: int, slug: str = THREAD) -> list[int]:
        for count in counts:
            viewers.count(slug, count)
        told.clear()
        viewers.tick(moment)
        return [event.count for event in told]

    assert after(0, 1) == [], "who is alone"
    assert after(1, 2, 40) == [40]
    assert after(REST, 41, 50) == []
    assert after(REST + 1) == [50], "the last of what came meanwhile"
    assert after(9 * REST) == []
    assert after(10 * REST, 51, 50) == [], "the same again"
    assert viewers.told(THREAD) == 50
    assert after(11 * REST, 1) == [0]
    assert after(12 * REST, 0) == []
    assert after(13 * REST, 40, slug="lobby") == [], "no thread of a site"
    assert not viewers._now
    assert not viewers._told


@pytest.mark.parametrize(("count", "number"), [(999, 999), (1_000, 1_000), (1_239, 1_230), (12_345, 12_300)])
def test_many_are_a_round_number(count: int, number: int) -> None:
    viewers = Viewers(lambda _event: None)
    viewers.count(THREAD, count)
    viewers.tick(0)
    assert viewers.told(THREAD) == number


def test_who_left_is_counted_no_more_and_nothing_is_kept_of_an_empty_thread() -> None:
    told: list[Any] = []
    now = [0.0]
    presence = Presence(told.append, lambda: now[0])
    here = [presence.enter(THREAD, f"guest {number}", Person(0, "", f"Guest {number}")) for number in range(3)]
    presence.tick()
    for attendance in here:
        presence.leave(attendance)
    for now[0] in (GRACE, 2 * GRACE):
        presence.tick()
    assert [event for event in told if isinstance(event, ViewersChanged)] == [
        ViewersChanged(THREAD, 3), ViewersChanged(THREAD, 0),
    ]  # fmt: skip
    assert not presence.viewers._told


def test_those_of_other_processes_count() -> None:
    told: list[Any] = []
    presence = Presence(told.append, lambda: 0.0, node="one")
    presence.enter(THREAD, "guest here", Person(0, "", "Guest 1"))
    there = [Present(f"guest {number}", Person(0, "", "Guest 2"), "online", 0, (THREAD,)) for number in range(3)]
    presence.heard(Attending("two", 1, tuple(there)))
    presence.tick()
    assert ViewersChanged(THREAD, 4) in told
