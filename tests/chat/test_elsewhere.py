"""Presence over processes, by a roster and a clock that the test moves."""

from webchat.between import Attending
from webchat.chat.elsewhere import HELD, MISSED
from webchat.chat.presence import GRACE, Presence
from webchat.events import Event, PresenceChanged, TypingChanged, UserPresenceChanged
from webchat.model import Person

ANN, BOB = Person(2, "ann", "Ann"), Person(3, "bob", "Bob")


class Site:
    """Processes that hear each other, and a roster that they keep; ``loses`` is what they are not told."""

    def __init__(self) -> None:
        self.now = 100.0
        self.kept: dict[str, tuple[int, bytes]] = {}
        self.told: dict[str, list[Event]] = {}
        self.nodes: dict[str, Presence] = {}
        self.loses = False

    def start(self, name: str) -> Presence:
        self.told[name] = []

        def tell(news: object) -> None:
            for other, presence in self.nodes.items():
                if other != name and not self.loses:
                    presence.heard(news)  # type: ignore[arg-type]

        self.nodes[name] = Presence(self.told[name].append, lambda: self.now, name, tell)
        return self.nodes[name]

    def kill(self, name: str) -> None:
        del self.nodes[name]
        del self.kept[name]

    def pass_(self, seconds: float) -> None:
        for _ in range(round(seconds * 2)):
            self.now += 0.5
            for presence in self.nodes.values():
                presence.tick()

    async def look(self) -> None:
        for name, presence in self.nodes.items():
            roster = Roster(self, name)
            assert presence._others
            await presence._others.look(roster, presence._elsewhere)

    def people(self, name: str) -> tuple[Person, ...]:
        return self.nodes[name].here("lobby").people


class Roster:
    def __init__(self, site: Site, name: str) -> None:
        self.site = site
        self.name = name

    async def keep(self, serial: int, people: bytes) -> None:
        self.site.kept[self.name] = (serial, people)

    async def serials(self) -> dict[str, int]:
        return {name: serial for name, (serial, _people) in self.site.kept.items() if name != self.name}

    async def people(self, node: str) -> tuple[int, bytes] | None:
        return self.site.kept.get(node)


async def test_everybody_is_seen_from_everywhere() -> None:
    site = Site()
    one, two = site.start("one"), site.start("two")
    one.enter("lobby", "user 2", ANN)
    two.enter("lobby", "user 3", BOB)
    site.pass_(2)
    assert site.people("one") == site.people("two") == (ANN, BOB)
    assert (one.state(3), two.state(2)) == ("online", "online")
    assert site.told["two"][-1] in (
        PresenceChanged("lobby", 2, (ANN, BOB)),
        UserPresenceChanged(2, "online", 0, "lobby"),
    )


async def test_one_active_page_anywhere_makes_a_user_online() -> None:
    site = Site()
    one, two = site.start("one"), site.start("two")
    here, there = one.enter("lobby", "user 2", ANN), two.enter("lobby", "user 2", ANN)
    site.pass_(1)
    one.show(here, "away")
    site.pass_(1)
    assert (one.state(2), two.state(2)) == ("online", "online")
    two.show(there, "away")
    site.pass_(1)
    assert (one.state(2), two.state(2)) == ("away", "away")
    assert one.here("lobby").count == 1


async def test_who_moves_to_another_process_has_not_left() -> None:
    site = Site()
    one, two = site.start("one"), site.start("two")
    two.enter("lobby", "user 3", BOB)
    attendance = one.enter("lobby", "user 2", ANN)
    site.pass_(2)
    await site.look()
    one.leave(attendance)
    site.kill("one")  # as a deploy does: without a farewell
    two.enter("lobby", "user 2", ANN)
    site.told["two"].clear()
    for _ in range(MISSED):
        site.pass_(5)
        await site.look()
    site.pass_(GRACE)
    assert site.people("two") == (ANN, BOB)
    assert not [event for event in site.told["two"] if isinstance(event, PresenceChanged) and event.count != 2]
    assert UserPresenceChanged(2, "", 0) not in site.told["two"]


async def test_the_people_of_a_process_that_died_are_gone_after_some_looks_and_not_before() -> None:
    site = Site()
    one, two = site.start("one"), site.start("two")
    two.enter("lobby", "user 3", BOB)
    one.enter("lobby", "user 2", ANN)
    site.pass_(2)
    await site.look()
    site.kill("one")
    for _ in range(MISSED - 1):
        await site.look()
        assert site.people("two") == (ANN, BOB), "a bus that was restarted has forgotten everybody for a moment"
    await site.look()
    site.pass_(2)
    assert site.people("two") == (BOB,)
    assert two.state(2) == ""
    assert PresenceChanged("lobby", 1, (BOB,)) in site.told["two"]
    assert not two._elsewhere._nodes
    assert not two._elsewhere._rooms
    assert not two._elsewhere._keys


async def test_what_was_missed_is_read() -> None:
    site = Site()
    one, two = site.start("one"), site.start("two")
    two.enter("lobby", "user 3", BOB)
    site.loses = True
    one.enter("lobby", "user 2", ANN)
    site.pass_(2)
    site.loses = False
    assert site.people("two") == (BOB,)
    await site.look()
    assert site.people("two") == (ANN, BOB)
    late = site.start("three")
    await site.look()
    assert late.here("lobby").people == (ANN, BOB)
    assert late.state(2) == "online"


async def test_what_is_kept_does_not_take_back_what_was_heard_since() -> None:
    site = Site()
    one, two = site.start("one"), site.start("two")
    one.enter("lobby", "user 2", ANN)
    site.pass_(1)
    await site.look()
    site.loses = True
    one.enter("hall", "user 2", ANN)
    site.pass_(1)
    site.loses = False
    one.enter("lobby", "user 3", BOB)
    site.pass_(1)
    await two._others.look(Roster(site, "two"), two._elsewhere)  # type: ignore[union-attr]
    assert two.here("lobby").people == (ANN, BOB)
    await site.look()
    await site.look()
    assert two.here("hall").people == (ANN,)


async def test_what_was_missed_of_a_process_that_goes_on_telling_is_read() -> None:
    """What it keeps is always older than what it told last."""
    site = Site()
    one, two = site.start("one"), site.start("two")
    gone = one.enter("lobby", "user 2", ANN), one.enter("lobby", "user 3", BOB)
    site.pass_(1)
    await site.look()
    site.loses = True
    for attendance in gone:
        one.leave(attendance)
    site.pass_(GRACE + 1)
    site.loses = False
    assert site.people("two") == (ANN, BOB)
    cats = [one.enter(f"room-{number}", f"user {number}", Person(number, "cat", "Cat")) for number in range(4, 10)]
    site.pass_(1)
    await one._others.look(Roster(site, "one"), one._elsewhere)  # type: ignore[union-attr]
    one.leave(cats[0])
    one.enter("lobby", "user 2", ANN)
    for cat in cats[1:]:
        one.show(cat, "away")
        site.pass_(1)
    await two._others.look(Roster(site, "two"), two._elsewhere)  # type: ignore[union-attr]
    assert site.people("two") == (ANN,)
    assert {two.state(number) for number in range(5, 10)} == {"away"}
    site.pass_(GRACE)
    assert two.here("room-4").count == 0
    assert two._elsewhere._nodes["one"].serial == one._others._serial  # type: ignore[union-attr]
    assert not two._elsewhere._nodes["one"].since


async def test_of_a_process_that_keeps_nothing_that_can_be_read_not_everything_is_held() -> None:
    site = Site()
    two = site.start("two")
    for serial in range(2, 3 * HELD):
        two.heard(Attending("new", serial, ()))
    assert len(two._elsewhere._nodes["new"].since) <= HELD


async def test_a_newer_programs_people_are_left_alone() -> None:
    site = Site()
    one = site.start("one")
    site.kept["new"] = (3, b"\x93\x01\x02\x03")
    await site.look()
    assert one.here("lobby").count == 0


async def test_news_that_was_heard_is_not_taken_again() -> None:
    site = Site()
    one, two = site.start("one"), site.start("two")
    one.enter("lobby", "user 2", ANN)
    site.pass_(1)
    two.heard(Attending("one", 1, ()))
    assert two.here("lobby").people == (ANN,)


async def test_writing_is_seen_from_everywhere_and_ends_by_itself() -> None:
    site = Site()
    one, two = site.start("one"), site.start("two")
    one.enter("lobby", "user 2", ANN)
    two.enter("lobby", "user 3", BOB)
    one.typing("lobby", "user 2", ANN)
    assert site.told["two"][-1] == TypingChanged("lobby", (ANN,))
    one.stopped("lobby", "user 2")
    assert site.told["two"][-1] == TypingChanged("lobby", ())
    one.typing("lobby", "user 2", ANN)
    site.loses = True
    site.pass_(6)
    assert [event for event in site.told["two"] if isinstance(event, TypingChanged)][-1] == TypingChanged("lobby", ())
