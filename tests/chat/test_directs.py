"""Direct rooms: one for each set of people, found fast, and never anything else."""

import asyncio
import re
from typing import Any

import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.chat import directs
from webchat.errors import Forbidden, Malformed, NotFound, Refused, SignInNeeded
from webchat.events import RoomJoined
from webchat.model import RoomLink, User
from webchat.store import Tx, rooms

pytestmark = pytest.mark.anyio


async def direct_links(place: Place, user: User) -> list[RoomLink]:
    links = await place.store.read(lambda tx: rooms.sidebar(tx, user.id))
    return [link for link in links if link.kind == "direct"]


async def test_whoever_of_three_opens_it_it_is_one_room(place: Place) -> None:
    three = (place.bob, place.cat, place.dan)
    opened = await asyncio.gather(
        *(
            place.do(one, c.OpenDirect(tuple(other.name for other in three if other is not one), new_cid()))
            for one in three * 4
        )
    )
    assert {done.id for done in opened} == {directs.slug(user.id for user in three)}
    assert sorted(event.user for event in place.told if isinstance(event, RoomJoined)) == [one.id for one in three]
    assert len(place.told) == 3
    (link,) = await direct_links(place, place.cat)
    assert (link.title, link.person, link.is_group) == ("Bob, Dan", "bob,dan", True)
    assert await direct_links(place, place.ann) == []


async def test_two_of_three_have_a_room_of_their_own(place: Place) -> None:
    two = await place.do(place.bob, c.OpenDirect(("cat",), new_cid()))
    three = await place.do(place.bob, c.OpenDirect(("cat", "dan"), new_cid()))
    again = await place.do(place.bob, c.OpenDirect(("DAN", "cat", "dan", "bob"), new_cid()))
    assert two.id != three.id == again.id
    assert [(link.title, link.is_group) for link in await direct_links(place, place.bob)] == [
        ("Cat", False),
        ("Cat, Dan", True),
    ]


async def test_a_group_can_be_nothing_else(place: Place) -> None:
    slug = str((await place.do(place.bob, c.OpenDirect(("cat", "dan"), new_cid()))).id)
    before = await place.everything()
    place.told.clear()
    for command in (
        c.InviteUser(slug, "ann", new_cid()),
        c.LeaveRoom(slug, new_cid()),
        c.EditRoom(slug, new_cid(), kind="open"),
        c.EditRoom(slug, new_cid(), title="Us"),
        c.ArchiveRoom(slug, new_cid()),
        c.RestoreRoom(slug, new_cid()),
        c.RemoveUser(slug, "dan", new_cid()),
        c.BanUser(slug, "dan", new_cid()),
        c.SetRoomRole(slug, "dan", "moderator", new_cid()),
    ):
        with pytest.raises(Forbidden):
            await place.do(place.bob, command)
        with pytest.raises(NotFound):
            await place.do(place.ann, command)
    assert (await place.everything(), place.told) == (before, [])


@pytest.mark.parametrize(
    ("called", "kind"),
    [
        ((), Malformed),
        (("nobody",), NotFound),
        (("cat", "webchat"), NotFound),
        (("cat", "eve"), NotFound),
        (tuple(f"p{n}" for n in range(8)), Malformed),
        (tuple(f"nobody{n}" for n in range(9)), Malformed),
        (("<b>", "~1.2"), NotFound),
    ],
)
async def test_whom_one_cannot_write_to(place: Place, called: tuple[str, ...], kind: type[Refused]) -> None:
    for number in range(8):
        await place.person(f"p{number}")
    eve = await place.person("eve")
    await place.store.write(lambda tx: tx.run("UPDATE users SET disabled = 1 WHERE id = $1", eve.id))
    before = await place.everything()
    with pytest.raises(kind):
        await place.do(place.bob, c.OpenDirect(called, new_cid()))
    with pytest.raises(SignInNeeded):
        await place.do(place.guest, c.OpenDirect(called, new_cid()))
    assert await place.everything() == before


async def test_as_many_as_can_be_fit_into_a_slug(place: Place) -> None:
    names = tuple(f"p{number}" for number in range(7))
    for name in names:
        await place.person(name)
    await place.do(place.bob, c.OpenDirect(names, new_cid()))
    assert len(directs.slug(range(9_999_999 - directs.MOST, 9_999_999))) <= 64


async def test_it_is_found_by_an_index_among_100000(place: Place) -> None:
    def fill(tx: Tx) -> None:
        tx.run(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
            " INSERT INTO rooms (slug, title, kind, guests, created)"
            " SELECT '~' || i || '.' || (i + 1) || '.' || (i + 2), '', 'direct', 'none', 0 FROM n"
        )

    def plans(tx: Tx) -> str:
        asked: list[tuple[str, tuple[Any, ...]]] = []

        class Asked:
            def one(self, sql: str, *args: object) -> Any:
                asked.append((sql, args))
                return tx.one(sql, *args)

        rooms.by_slug(Asked(), "~500.501.502")  # type: ignore[arg-type]
        rooms.with_membership(Asked(), "~500.501.502", 1)  # type: ignore[arg-type]
        return "\n".join(str(row[-1]) for sql, args in asked for row in tx.all(f"{place.explain} {sql}", *args))

    await place.store.write(fill)
    found = await place.store.read(plans)
    by_slug = "SEARCH r USING INDEX sqlite_autoindex_rooms_1 (slug=?)|Index Scan using rooms_slug_key on rooms r"
    assert len(re.findall(by_slug.replace("(", r"\(").replace(")", r"\)").replace("?", r"\?"), found)) == 2
    assert not re.search("SCAN|Seq Scan on rooms", found)
    done = await place.do(place.bob, c.OpenDirect(("cat", "dan"), new_cid()))
    assert done.id == directs.slug((place.bob.id, place.cat.id, place.dan.id))
