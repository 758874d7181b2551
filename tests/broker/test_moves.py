"""What news changes in who hears what."""

from msgspec.structs import replace

from tests.broker.cast import FakeStore, joined, kinds, rest, running
from webchat import topics
from webchat.events import MessagePosted, RoomEdited, RoomRelisted
from webchat.model import Message, Room, RoomLink

TEAM = Room(7, "team", "Team", "", "open", "read", 0, 0)


async def test_who_may_not_be_of_those_that_a_room_is_for_is_let_go_to_be_asked_at_the_door() -> None:
    async with running(FakeStore()) as broker:
        outlets = {}
        for name, user in (("guest", 0), ("visitor", 1), ("member", 2)):
            reader, outlets[name] = await joined(broker, user=user, slug="team")
            if name == "member":
                broker.subscribe(reader, topics.count("team"))
        _elsewhere, outlets["elsewhere"] = await joined(broker, slug="attic")
        gone: list[set[str]] = []
        for room in (
            TEAM,
            replace(TEAM, kind="closed"),
            replace(TEAM, guests="none"),
            replace(TEAM, guests="none", kind="closed"),
        ):
            broker.publish(RoomEdited(room, "Place"))
            gone.append({name for name, outlet in outlets.items() if outlet.code == 1013})
        await rest()
    assert gone == [set(), set(), {"guest"}, {"guest", "visitor"}]
    assert kinds(outlets["member"]) == ["RoomEdited"] * 4
    assert kinds(outlets["guest"]) == kinds(outlets["elsewhere"]) == []


async def test_a_member_of_a_room_that_closes_goes_on_hearing_how_far_it_is() -> None:
    async with running(FakeStore()) as broker:
        reader, outlet = await joined(broker, user=1, slug="attic")
        broker.subscribe(reader, topics.user(1))
        broker.publish(RoomRelisted(1, RoomLink(7, "team", "Team", "closed", 0, 0)))
        assert topics.count("team") in reader.topics
        message = Message(1, "team", 1, 1, 1, 1, 2, "Bob", "x", "<p>x</p>", 0)
        broker.publish(MessagePosted(message, room_id=7, shared=False))
        await rest()
        await broker.second()
        await rest()
    assert kinds(outlet) == ["RoomRelisted", "TopsMoved"]
