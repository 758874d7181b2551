"""Who comes back is sent exactly what was missed, or the whole list anew; never a part."""

import json
from collections.abc import Callable

import anyio
import pytest

from tests.tools.clients import Visit, position
from tests.tools.logchecker import Log, View, check, stored
from tests.tools.server import Server

Make = Callable[..., Server]


pytestmark = pytest.mark.usefixtures("store_url")


@pytest.fixture
def visits(make_server: Make) -> tuple[Visit, Visit]:
    """Ann and Bob, signed in, on a server without rates."""
    server = make_server(environ={"WEBCHAT_LIMITS": "off"})
    passwords = {"ann": server.add_user("ann", "--admin"), "bob": server.add_user("bob")}
    server.start()
    entered = []
    for name, password in passwords.items():
        visit = Visit(server)
        visit.post("/sign-in", {"name": name, "password": password})
        entered.append(visit)
    ann, bob = entered
    return ann, bob


async def received(visit: Visit, since: str, head: str) -> list[str]:
    """The room's frames that a connection begins with, up to the newest position."""
    frames: list[str] = []
    with anyio.fail_after(20):
        async with visit.dial("lobby", since) as socket:
            async for frame in socket:
                if str(frame).startswith("<"):
                    frames.append(str(frame))
                elif json.loads(frame).get("at") == head:
                    break
    return frames


def say(visit: Visit, count: int) -> list[int]:
    return [int(visit.do("post-message", room="lobby", body=f"message {number}")) for number in range(count)]


def change_everything(ann: Visit, bob: Visit, ids: list[int]) -> None:
    """Posts, edits, deletions and reactions, of old messages and of those posted meanwhile."""
    seen = stored(ann.server.database)
    revs = {row.id: row.seq for row in seen}  # nothing else has happened in the room yet
    for id in ids[::5]:
        ann.do("edit-message", message=id, body=f"edited {id}", based=revs[id])
    for id in ids[1::5]:
        bob.do("add-reaction", message=id, emoji="👍")
    for id in ids[2::5]:
        ann.do("delete-message", message=id)
    new = say(ann, 60)
    ann.do("delete-message", message=new[0])
    bob.do("add-reaction", message=new[1], emoji="🎉")
    bob.do("remove-reaction", message=ids[1], emoji="👍")


@pytest.mark.parametrize(("more", "resets"), [(150, False), (700, True)])
async def test_a_list_that_missed_much_ends_as_a_fresh_page(
    visits: tuple[Visit, Visit], more: int, resets: bool
) -> None:
    ann, bob = visits
    ids = say(ann, 40)
    page = bob.get("/rooms/lobby")
    view = View("lobby", page)
    change_everything(ann, bob, ids)
    say(bob, more)
    head = position(bob.get("/rooms/lobby"))
    view.frames = await received(bob, position(page), head)
    assert any('hx-target="#history"' in frame for frame in view.frames) is resets
    rows = stored(ann.server.database)
    assert check(Log(), rows, [view], {"lobby": bob.whole("lobby")}) == []


async def test_up_to_300_messages_come_as_changes(visits: tuple[Visit, Visit]) -> None:
    ann, bob = visits
    for away in (299, 300, 301):
        page = bob.get("/rooms/lobby")
        say(ann, away)
        frames = await received(bob, position(page), position(bob.get("/rooms/lobby")))
        assert any('hx-target="#history"' in frame for frame in frames) is (away > 300)
        placed = sum(frame.count('<li id="m-') for frame in frames if 'hx-swap="place"' in frame)
        assert placed == (away if away <= 300 else 0)


NO_POSITIONS = ["0", "7", "x", "%00", "0000000000.5", "{epoch}", "{epoch}.-1", "{epoch}.1e3", "{epoch}.5.5"]
FROM_THE_FUTURE = ["{epoch}.11", "{epoch}.999999999999999999", "{epoch}." + "9" * 400]


async def test_what_is_no_position_of_this_room_means_a_reset(visits: tuple[Visit, Visit]) -> None:
    ann, bob = visits
    say(ann, 10)
    head = position(bob.get("/rooms/lobby"))
    for since in NO_POSITIONS + FROM_THE_FUTURE:
        frames = await received(bob, since.format(epoch=head.partition(".")[0]), head)
        [frame] = [frame for frame in frames if 'id="m-' in frame]
        assert frame.startswith('<hx-partial hx-target="#history" hx-swap="outerHTML">'), since
        assert frame.count('<li id="m-') == 10


async def test_who_missed_nothing_is_sent_nothing(visits: tuple[Visit, Visit]) -> None:
    ann, bob = visits
    say(ann, 3)
    head = position(bob.get("/rooms/lobby"))
    assert not [frame for frame in await received(bob, head, head) if 'id="m-' in frame]


async def test_a_position_outlives_the_server(visits: tuple[Visit, Visit]) -> None:
    ann, bob = visits
    say(ann, 3)
    page = bob.get("/rooms/lobby")
    say(ann, 2)
    ann.server.kill()
    await anyio.to_thread.run_sync(ann.server.start)
    view = View("lobby", page)
    view.frames = await received(bob, position(page), position(bob.get("/rooms/lobby")))
    assert not [frame for frame in view.frames if "#history" in frame]
    assert check(Log(), stored(ann.server.database), [view], {"lobby": bob.whole("lobby")}) == []
