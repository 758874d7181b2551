"""What flies over films: said like everything else, and gone like everything else."""

from typing import Any

import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.chat import flights
from webchat.errors import Forbidden, Malformed
from webchat.flying import Flight, FlightBegun, FlightEnded
from webchat.model import Actor, Room
from webchat.store import flights as stored

pytestmark = [pytest.mark.anyio]
FILM = "blog.film"


@pytest.fixture
async def film(place: Place) -> Place:
    """A place with a site, on one of whose pages is a film."""
    await place.do(place.ann, c.CreateSite("blog", ("https://blog.example",), new_cid()))
    place.told.clear()
    return place


async def fly(place: Place, actor: Actor, t: int, body: str = "wow", **more: Any) -> int:
    return int((await place.do(actor, c.PostMessage(FILM, body, new_cid(), t, **more))).id)


async def segment(place: Place, number: int = 0) -> list[Flight]:
    room = await place.room(FILM)
    return await place.store.read(lambda tx: flights.segment(tx, room, number))


async def heat(place: Place, room: Room) -> flights.Heat:
    return await place.store.read(lambda tx: flights.heat(tx, room))


async def test_what_is_said_at_a_moment_flies_at_once_and_in_its_segment(film: Place) -> None:
    number = await fly(film, film.bob, 61_000, "what\n a   goal", mode="top", color="#ff0000")
    flight = Flight(number, 61_000, "top", "#ff0000", "what a goal", "Bob")
    assert [event for event in film.told if isinstance(event, FlightBegun)] == [FlightBegun(FILM, flight)]
    assert (await segment(film, 0), await segment(film, 1)) == ([], [flight])
    assert (await film.message(number)).body == "what\n a   goal"


async def test_long_ones_fly_shortened(film: Place) -> None:
    await fly(film, film.bob, 0, "x" * 101)
    assert (await segment(film))[0].text == "x" * 99 + "…"


@pytest.mark.parametrize("gone", ["deleted", "twice"])
async def test_taken_back_it_flies_no_more(film: Place, gone: str) -> None:
    number = await fly(film, film.bob, 1)
    kept = await fly(film, film.bob, 2, "kept")
    for _time in range(2 if gone == "twice" else 1):
        await film.do(film.bob, c.DeleteMessage(number, new_cid()))
    assert [one.id for one in await segment(film)] == [kept]
    assert [event for event in film.told if isinstance(event, FlightEnded)] == [FlightEnded(FILM, number)]


async def test_what_does_not_fly_says_nothing_of_flying(film: Place) -> None:
    plain = await film.say(film.bob, FILM)
    await film.do(film.bob, c.DeleteMessage(plain.id, new_cid()))
    assert await segment(film) == []
    assert not [event for event in film.told if isinstance(event, FlightBegun | FlightEnded)]


@pytest.mark.parametrize("room", ["lobby", "team"])
async def test_only_threads_have_films(film: Place, room: str) -> None:
    before = await film.everything()
    with pytest.raises(Forbidden, match="another site"):
        await film.do(film.bob, c.PostMessage(room, "wow", new_cid(), 1))
    assert await film.everything() == before
    assert film.told == []


async def test_said_twice_it_flies_once(film: Place) -> None:
    command = c.PostMessage(FILM, "wow", new_cid(), 5)
    assert (await film.do(film.bob, command)).id == (await film.do(film.bob, command)).id
    assert len(await segment(film)) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("t", -1),
        ("t", 864_000_001),
        ("t", 1.5),
        ("t", "soon"),
        ("t", ""),
        ("t", [1]),
        ("mode", "dive"),
        ("mode", 1),
        ("color", "red"),
        ("color", "#FFFFFF"),
        ("color", "#ffffff;top:0"),
        ("color", "#ffffff\n"),
    ],
)
def test_what_makes_no_sense_is_refused(field: str, value: object) -> None:
    form = {"do": "post-message", "room": FILM, "body": "wow", "cid": new_cid(), "t": "1"}
    assert c.parse(form)
    with pytest.raises(Malformed, match=f"The field {field} is missing or wrong"):
        c.parse(form | {field: value})


async def test_of_too_many_the_best_of_every_second_fly(film: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flights, "MOST", 3)
    for number in range(3):
        await fly(film, film.guest, 100 + number, f"first {number}")
    await fly(film, film.guest, 200, "SAME")
    account = await fly(film, film.bob, 300, "same")
    guest = await fly(film, film.guest, 59_000, "late")
    later = await fly(film, film.guest, 59_001, "late")
    best = await segment(film)
    assert [one.t for one in best] == sorted(one.t for one in best)
    assert {account, guest} <= {one.id for one in best}
    assert later not in {one.id for one in best}
    assert len(best) == 3


async def test_only_the_newest_are_looked_at(film: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "LOOKED_AT", 2)
    for t in (1, 2, 3):
        await fly(film, film.bob, t, str(t))
    assert [one.text for one in await segment(film)] == ["2", "3"]


async def test_the_heatmap_counts_by_the_second_or_coarser(film: Place) -> None:
    await film.say(film.bob, FILM)
    room = await film.room(FILM)
    assert await heat(film, room) == (1000, [])
    for t in (0, 999, 2_000):
        await fly(film, film.bob, t)
    assert await heat(film, room) == (1000, [2, 0, 1])
    await fly(film, film.bob, 3_600_000)
    found = await heat(film, room)
    assert (found.step, len(found.counts), sum(found.counts)) == (10_000, 361, 4)
    await fly(film, film.bob, 864_000_000)
    assert len((await heat(film, room)).counts) <= flights.BARS


async def test_flights_outlive_a_restart_and_go_with_their_messages(film: Place) -> None:
    await fly(film, film.bob, 7)
    film.store.close()
    film.store = film.reopen()
    assert [one.t for one in await segment(film)] == [7]
    await film.store.write(lambda tx: tx.run("DELETE FROM messages"))
    assert await film.store.read(lambda tx: tx.all("SELECT * FROM flights")) == []


async def test_what_waited_flies_once_it_is_approved(film: Place) -> None:
    await fly(film, film.ann, 0, "first")
    await film.do(film.ann, c.SetRules(FILM, new_cid(), hold="all"))
    assert await fly(film, film.bob, 5, "later", mode="top", color="#00ff00") == 0
    assert [one.text for one in await segment(film)] == ["first"]
    number = int((await film.do(film.ann, c.ApproveMessage(1, FILM, new_cid()))).id)
    flight = Flight(number, 5, "top", "#00ff00", "later", "Bob")
    assert (await segment(film))[1] == flight
    assert film.told.count(FlightBegun(FILM, flight)) == 1


async def test_what_was_reported_flies_again_when_it_is_kept(film: Place) -> None:
    number = await fly(film, film.bob, 1)
    await film.do(film.ann, c.SetRules(FILM, new_cid(), reports=1))
    await film.do(film.dan, c.ReportMessage(number, new_cid()))
    assert await segment(film) == []
    assert [event for event in film.told if isinstance(event, FlightEnded)] == [FlightEnded(FILM, number)]
    await film.do(film.ann, c.KeepMessage(number, new_cid()))
    assert [one.id for one in await segment(film)] == [number]
