"""Who is here and who writes, by a clock that the test moves."""

from typing import Any

from tests.chat.conftest import Place
from webchat.chat.clock import now
from webchat.chat.presence import GRACE, NAMED, SEEN, TOLD, Presence
from webchat.chat.writers import TYPING
from webchat.events import PresenceChanged, TypingChanged, UserPresenceChanged
from webchat.model import Person, User
from webchat.store import users

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


def online(person: Person, slug: str) -> list[UserPresenceChanged]:
    return [UserPresenceChanged(person.id, "online", 0, place) for place in ("", slug)]


def kinds(told: list[Any]) -> list[Any]:
    """What was told, of users without the time."""
    return [(each.user, each.state, each.slug) if isinstance(each, UserPresenceChanged) else each for each in told]


def test_two_tabs_are_one_person_and_a_reload_is_no_farewell() -> None:
    scene = Scene()
    tabs = [scene.presence.enter("lobby", "a", ANN) for _ in range(2)]
    other = scene.presence.enter("lobby", "b", BOB)
    assert scene.tick() == [PresenceChanged("lobby", 2, (ANN, BOB)), *online(ANN, "lobby"), *online(BOB, "lobby")]
    for tab in tabs:
        scene.presence.leave(tab)
    assert scene.tick(GRACE - 1) == []
    tab = scene.presence.enter("lobby", "a", ANN)
    assert scene.tick(GRACE) == []
    scene.presence.leave(tab)
    assert scene.presence.state(ANN.id) == "online"
    assert kinds(scene.tick(GRACE)) == [PresenceChanged("lobby", 1, (BOB,)), (ANN.id, "", "")]
    scene.presence.leave(other)
    assert kinds(scene.tick(GRACE)) == [PresenceChanged("lobby", 0, ()), (BOB.id, "", "")]
    assert scene.presence.state(ANN.id) == ""
    for held in ("_rooms", "_everybody", "_users", "_leaving", "_moved", "_lists"):
        assert not getattr(scene.presence, held)


def test_one_active_page_makes_a_user_online() -> None:
    scene = Scene()
    tabs = [scene.presence.enter(slug, "a", ANN) for slug in ("lobby", "")]
    scene.tick()
    scene.presence.show(tabs[0], "away")
    assert scene.tick() == []
    scene.presence.show(tabs[1], "away")
    scene.presence.show(tabs[1], "away")
    assert kinds(scene.tick()) == [(ANN.id, "away", ""), (ANN.id, "away", "lobby")]
    assert scene.presence.state(ANN.id) == "away"
    scene.presence.show(tabs[0], "online")
    assert kinds(scene.tick()) == [(ANN.id, "online", ""), (ANN.id, "online", "lobby")]
    scene.presence.leave(tabs[0])
    assert kinds(scene.tick()) == [(ANN.id, "away", ""), (ANN.id, "away", "lobby")]


def test_who_comes_and_goes_at_once_was_here_for_the_time_of_grace() -> None:
    scene = Scene()
    scene.presence.leave(scene.presence.enter("lobby", "a", ANN))
    assert scene.tick() == [PresenceChanged("lobby", 1, (ANN,))]
    assert scene.tick(GRACE) == [PresenceChanged("lobby", 0, ())]


def test_guests_are_in_rooms_only() -> None:
    scene = Scene()
    scene.presence.enter("lobby", "g", Person(0, "", "Gus"))
    assert scene.tick() == [PresenceChanged("lobby", 1, (Person(0, "", "Gus"),))]


def test_a_room_is_told_once_a_second_at_most() -> None:
    scene = Scene()
    scene.presence.enter("lobby", "a", ANN)
    scene.tick(0.5)
    scene.presence.enter("lobby", "b", BOB)
    assert kinds(scene.tick(0.5)) == [(BOB.id, "online", ""), (BOB.id, "online", "lobby")]
    assert scene.tick(0.5) == [PresenceChanged("lobby", 2, (ANN, BOB))]


def test_whoever_comes_is_shown_the_list_now_or_within_a_second() -> None:
    scene = Scene()
    scene.presence.enter("lobby", "a", ANN)
    assert not scene.presence.told("lobby")
    told = scene.tick()
    scene.presence.enter("lobby", "a", ANN)
    assert scene.presence.told("lobby") is told[0]
    scene.presence.enter("lobby", "b", BOB)
    assert not scene.presence.told("lobby")
    assert scene.tick()[0] == PresenceChanged("lobby", 2, (ANN, BOB))


def test_who_is_asked_for_is_who_is_here_at_that_moment() -> None:
    scene = Scene()
    assert scene.presence.here("lobby") == PresenceChanged("lobby", 0, ())
    tab = scene.presence.enter("lobby", "a", ANN)
    for _ in range(2):
        assert scene.presence.here("lobby").people == (ANN,)
    scene.presence.enter("lobby", "b", BOB)
    assert scene.presence.here("lobby").people == (ANN, BOB)
    scene.tick()
    scene.presence.rename("a", Person(ANN.id, "ann", "Zoe"))
    assert [person.title for person in scene.presence.here("lobby").people] == ["Bob", "Zoe"]
    scene.presence.leave(tab)
    scene.tick(GRACE)
    assert scene.presence.here("lobby").people == (BOB,)
    assert scene.presence.told("lobby") == PresenceChanged("lobby", 1, (BOB,))
    assert scene.presence.here("elsewhere").count == 0
    assert scene.presence.told("elsewhere") is None


def test_many_arrivals_are_told_once_and_only_counted_above_a_number() -> None:
    scene = Scene()
    here = [scene.presence.enter("lobby", f"{n}", Person(n, f"{n}", f"{n}")) for n in range(1, NAMED + 2)]
    told = scene.tick()
    assert told[0] == PresenceChanged("lobby", NAMED + 1, ())
    assert {event.slug for event in told[1:]} == {""}
    scene.presence.typing("lobby", "1", here[0].somebody.person)
    assert len(scene.told) == len(told)
    scene.presence.leave(here[0])
    assert len(scene.tick(GRACE)[0].people) == NAMED


def test_ten_thousand_arrivals_are_told_a_part_at_a_time() -> None:
    scene = Scene()
    for n in range(1, 10_001):
        scene.presence.enter("", f"{n}", Person(n, f"{n}", f"{n}"))
    told = [len(scene.tick(0.5)) for _ in range(21)]
    assert told == [TOLD] * 20 + [0]


async def test_when_users_were_seen_is_stored_when_they_go_and_once_a_minute(place: Place) -> None:
    now = 0.0
    presence = Presence(lambda event: None, lambda: now)
    ann, bob = (
        presence.enter("", user.name, Person(user.id, user.name, user.title)) for user in (place.ann, place.bob)
    )

    async def seen(user: User) -> int:
        return await place.store.read(lambda tx: users.seen(tx, user.id))

    presence.leave(ann)
    await presence._save(place.store)
    at = await seen(place.ann)
    assert at
    assert await seen(place.bob) == 0
    now = SEEN
    presence.tick()
    await presence._save(place.store)
    assert await seen(place.bob) >= at
    assert await seen(place.ann) == at
    now += 1
    presence.tick()
    assert not presence._seen
    presence.leave(bob)
    assert list(presence._seen) == [place.bob.id]


def test_typing_is_told_when_it_starts_and_ends_by_itself() -> None:
    scene = Scene()
    scene.presence.typing("lobby", "a", ANN)
    scene.presence.typing("lobby", "a", ANN)
    assert scene.told == [TypingChanged("lobby", (ANN,))]
    assert scene.tick(TYPING - 1) == []
    scene.presence.typing("lobby", "a", ANN)
    assert scene.tick(TYPING - 1) == []
    assert scene.tick(1) == [TypingChanged("lobby", ())]
    assert not scene.presence._writers._rooms


def test_a_sent_text_ends_typing_at_once() -> None:
    scene = Scene()
    scene.presence.typing("lobby", "a", ANN)
    scene.presence.stopped("lobby", "a")
    scene.presence.stopped("lobby", "a")
    assert scene.told == [TypingChanged("lobby", (ANN,)), TypingChanged("lobby", ())]


def test_nobody_is_told_when_somebody_writes_who_is_hushed() -> None:
    scene = Scene()
    for key, person in (("a", ANN), ("b", BOB)):
        scene.presence.enter("lobby", key, person)
    scene.told.clear()
    scene.presence.hushed = {("lobby", "a"): now() + 60_000, ("lobby", "b"): now() - 1}
    scene.presence.typing("lobby", "a", ANN)
    assert scene.told == []
    scene.presence.typing("lobby", "b", BOB)
    assert scene.told == [TypingChanged("lobby", (BOB,))]
