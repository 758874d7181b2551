"""Who is here and who writes, by a clock that the test moves."""

from typing import Any

from webchat.chat.presence import GRACE, NAMED, TYPING, Presence
from webchat.events import PresenceChanged, TypingChanged
from webchat.model import Person

ANN, BOB = Person(2, "ann", "Ann"), Person(3, "bob", "Bob")


class Scene:
    def __init__(self) -> None:
        self.now = 0.0
        self.told: list[Any] = []
        self.presence = Presence(self.told.append, lambda: self.now)

    def tick(self, seconds: float = 1) -> list[Any]:
        self.now += seconds
        self.told.clear()
        self.presence.tick()
        return list(self.told)


def test_two_tabs_are_one_person_and_a_reload_is_no_farewell() -> None:
    scene = Scene()
    scene.presence.enter("lobby", "a", ANN)
    scene.presence.enter("lobby", "a", ANN)
    scene.presence.enter("lobby", "b", BOB)
    assert scene.tick() == [PresenceChanged("lobby", 2, (ANN, BOB))]
    scene.presence.leave("lobby", "a")
    scene.presence.leave("lobby", "a")
    assert scene.tick(GRACE - 1) == []
    scene.presence.enter("lobby", "a", ANN)
    assert scene.tick(GRACE) == []
    scene.presence.leave("lobby", "a")
    assert scene.tick(GRACE) == [PresenceChanged("lobby", 1, (BOB,))]
    scene.presence.leave("lobby", "b")
    assert scene.tick(GRACE) == [PresenceChanged("lobby", 0, ())]
    assert not scene.presence._rooms
    assert not scene.presence._leaving


def test_many_arrivals_are_told_once_and_only_counted_above_a_number() -> None:
    scene = Scene()
    for n in range(NAMED + 1):
        scene.presence.enter("lobby", f"{n}", Person(n, f"{n}", f"{n}"))
    assert scene.tick() == [PresenceChanged("lobby", NAMED + 1, ())]
    scene.presence.leave("lobby", "0")
    (told,) = scene.tick(GRACE)
    assert len(told.people) == NAMED


def test_typing_is_told_when_it_starts_and_ends_by_itself() -> None:
    scene = Scene()
    scene.presence.typing("lobby", "a", ANN)
    scene.presence.typing("lobby", "a", ANN)
    assert scene.told == [TypingChanged("lobby", (ANN,))]
    assert scene.tick(TYPING - 1) == []
    scene.presence.typing("lobby", "a", ANN)
    assert scene.tick(TYPING - 1) == []
    assert scene.tick(1) == [TypingChanged("lobby", ())]
    assert not scene.presence._typing


def test_a_sent_text_ends_typing_at_once() -> None:
    scene = Scene()
    scene.presence.typing("lobby", "a", ANN)
    scene.presence.stopped("lobby", "a")
    scene.presence.stopped("lobby", "a")
    assert scene.told == [TypingChanged("lobby", (ANN,)), TypingChanged("lobby", ())]
