"""Who is in a room, in databases of both kinds: the first of many as they are found without sorting all."""

from functools import partial

import pytest

from webchat.chat import people, rooms as verbs
from webchat.store import Store, Tx, directory, members, rooms

pytestmark = pytest.mark.anyio


@pytest.fixture
async def hall(either: Store) -> int:
    """The id of an open room with 30 members, of whom two moderate it and one account is disabled."""

    def fill(tx: Tx) -> int:
        room = verbs.add(tx, verbs.draft("hall", "The hall"))
        for number in range(30):
            user = people.add(tx, f"user-{number}", "member", "hash")
            tx.run("UPDATE users SET title = $2 WHERE id = $1", user.id, f"T{number * 7 % 10}")
            if number in (3, 17):
                members.set_role(tx, room.id, user.id, "moderator")
            if number == 5:
                tx.run("UPDATE users SET disabled = 1 WHERE id = $1", user.id)
        return room.id

    return await either.write(fill)


async def test_the_first_of_many_are_those_of_all(either: Store, hall: int) -> None:
    for limit in (1, 2, 10, 100):
        found = await either.read(partial(members.first, room_id=hall, limit=limit))
        assert found == await either.read(partial(members.page, room_id=hall, called="", limit=limit))
        assert len(found) == min(limit, 29)
    assert await either.read(lambda tx: members.how_many(tx, hall)) == 29


async def test_people_are_in_order_whether_they_are_looked_for_or_not(either: Store, hall: int) -> None:
    everybody = [one.id for one in await either.read(lambda tx: members.others(tx, 0, "", 100))]
    assert everybody == [one.id for one in await either.read(lambda tx: members.others(tx, 0, "user", 100))]
    assert len(everybody) == 29


async def test_the_directory_counts_the_rooms_that_it_shows(either: Store, hall: int) -> None:
    """No further than up to many, each of which is looked at."""

    def find(tx: Tx) -> list[tuple[str, int, bool]]:
        tx_user = people.add(tx, "late", "member", "hash")
        rooms.leave(tx, hall, tx_user.id)
        rows = directory.for_user(tx, tx_user.id, False, "", 10, 0)
        return [(one.room.slug, one.members, one.mine) for one in rows]

    assert await either.write(find) == [("hall", 30, False)]
    assert await either.read(lambda tx: [one.members for one in directory.for_guest(tx, True, False, "", 10, 0)]) == [
        30
    ]
