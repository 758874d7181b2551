"""Minutes of what flies over a film, for the pages of its site and no others."""

import json
from typing import Any

import httpx2
import pytest

from tests.web.conftest import Visitor
from webchat.app import Webchat
from webchat.chat import flights
from webchat.flying import Flight, FlightBegun, FlightEnded
from webchat.model import Room
from webchat.store import Tx
from webchat.web.limits import RATES
from webchat.web.views import Views

pytestmark = pytest.mark.anyio

BLOG = "https://blog.example"
FILM = "/embed/blog/film/danmaku.json"


@pytest.fixture
async def blog(ann: Visitor) -> Visitor:
    """The admin of a place that lets a site in."""
    assert (await ann.do("create-site", site="blog", origins=BLOG)).status_code == 200
    return ann


async def say(visitor: Visitor, t: object = None, body: str = "wow", **fields: str) -> httpx2.Response:
    more = {} if t is None else {"t": str(t)}
    headers = {"Origin": "http://127.0.0.1:8000", "Accept": "application/json"}
    visitor.count += 1
    form = {"do": "post-message", "room": "blog.film", "body": body, "cid": f"cid-of-this-film-{visitor.count}"}
    return await visitor.post("/do", data={**form, **more, **fields}, headers=headers)


async def ask(visitor: Visitor, query: str = "?s=0", path: str = FILM, **headers: str) -> httpx2.Response:
    return await visitor.get(path + query, headers=headers)


async def rows(visitor: Visitor, number: int = 0) -> Any:
    return (await ask(visitor, f"?s={number}")).json()


async def test_a_minute_is_what_flies_in_it_by_time(blog: Visitor, stranger: Visitor) -> None:
    second = (await say(blog, 59_999, "<b>second</b>", mode="top", color="#00ff00")).json()["id"]
    first = (await say(blog, 0, "first")).json()["id"]
    await say(blog, 60_000, "later")
    await say(blog, None, "does not fly")
    assert await rows(stranger) == [
        [0, "scroll", "#ffffff", "first", first, "Ann"],
        [59_999, "top", "#00ff00", "<b>second</b>", second, "Ann"],
    ]
    assert [row[3] for row in await rows(stranger, 1)] == ["later"]
    assert (await ask(stranger, "")).json() == {"step": 1000, "counts": [1, *[0] * 58, 1, 1]}


async def test_nobody_said_anything_yet(blog: Visitor, stranger: Visitor) -> None:
    assert await rows(stranger) == []
    assert (await ask(stranger, "")).json() == {"step": 1000, "counts": []}


async def test_it_is_kept_for_half_a_minute_and_known_by_its_position(blog: Visitor, stranger: Visitor) -> None:
    number = (await say(blog, 1)).json()["id"]
    answer = await ask(stranger)
    assert answer.headers["cache-control"] == "public, max-age=30"
    assert "set-cookie" not in answer.headers
    etag = answer.headers["etag"]
    again = await ask(stranger, **{"If-None-Match": etag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    await blog.do(f"delete-message:{number}")
    after = await ask(stranger, **{"If-None-Match": etag})
    assert (after.status_code, after.json()) == (200, [])
    assert after.headers["etag"] != etag


async def test_only_pages_of_the_site_may_read_it(blog: Visitor, stranger: Visitor) -> None:
    for origin in (BLOG, "https://evil.example", "null", "", None):
        for query in ("", "?s=0"):
            answer = await ask(stranger, query, **({} if origin is None else {"Origin": origin}))
            assert answer.status_code == 200
            assert answer.headers.get("access-control-allow-origin") == (BLOG if origin == BLOG else None)
            assert answer.headers["vary"] == "Origin"
            assert "access-control-allow-credentials" not in answer.headers


async def test_what_is_not_there(blog: Visitor, stranger: Visitor) -> None:
    for path in ("/embed/nobody/film/danmaku.json", "/embed/blog/a.b/danmaku.json"):
        assert (await ask(stranger, path=path)).status_code == 404
    for query in ("?s=", "?s=-1", "?s=1.5", "?s=x", "?s=14401", "?s=99999999999999999999"):
        answer = await ask(stranger, query)
        assert answer.status_code == 400
        assert "Ask for a minute of the video" in answer.text


async def test_where_guests_see_nothing_nothing_flies(blog: Visitor, stranger: Visitor) -> None:
    await say(blog, 1)
    etag = (await ask(stranger)).headers["etag"]
    await blog.do("edit-site", site="blog", guests="none")
    for query in ("", "?s=0"):
        assert (await ask(stranger, query, **{"If-None-Match": etag})).status_code == 404
        assert (await ask(blog, query)).status_code == 404  # it is the same for everybody


async def test_it_has_a_rate(app: Webchat, blog: Visitor, stranger: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.state.house.limits, "_enabled", True)
    monkeypatch.setitem(RATES, "guests", (0.001, 2))
    assert [(await ask(stranger)).status_code for _time in range(3)] == [200, 200, 429]


async def test_nonsense_is_refused_and_nothing_is_said(blog: Visitor, stranger: Visitor) -> None:
    for fields in ({"t": "-1"}, {"t": "1", "mode": "dive"}, {"t": "1", "color": "red"}):
        answer = await say(blog, **fields)
        assert answer.status_code == 400
        assert "is missing or wrong" in answer.json()["why"]
    assert await rows(stranger) == []
    assert (await stranger.get("/embed/blog/film.json")).json()["count"] == 0


async def test_in_rooms_of_the_place_nothing_flies(blog: Visitor) -> None:
    answer = await say(blog, 1, room="lobby")
    assert answer.status_code == 403
    assert "page of another site" in answer.json()["why"]
    assert await blog.rows("/rooms/lobby") == []


async def test_the_scripts_are_for_every_page(stranger: Visitor) -> None:
    for path in ("/danmaku.js", "/heatmap.js", "/stream.js"):
        answer = await stranger.get(path)
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert answer.headers["cache-control"].startswith("public, max-age=3600")
        again = await stranger.get(path, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.headers["access-control-allow-origin"]) == (304, "*")


async def test_all_who_have_a_script_hear_what_flies(app: Webchat) -> None:
    views = Views(app.state.house.renderer)
    flight = Flight(7, 1_000, "top", "#ff0000", "wow", "Ann")
    fly = {"id": 7, "t": 1_000, "mode": "top", "color": "#ff0000", "text": "wow", "by": "Ann"}
    for view in ("room.en", "widget.zh", "data"):
        [begun] = views.news(view, FlightBegun("blog.film", flight))
        assert json.loads(begun) == {"fly": fly}
        assert views.news(view, FlightEnded("blog.film", 7)) == ('{"unfly":7}',)
    assert views.news("text", FlightEnded("blog.film", 7)) == ()


async def test_however_many_ask_it_is_read_once(
    blog: Visitor, stranger: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    segment = flights.segment

    def noted(tx: Tx, room: Room, number: int) -> list[Flight]:
        read.append(number)
        return segment(tx, room, number)

    monkeypatch.setattr(flights, "segment", noted)
    for text in ("one", "two"):
        await say(blog, 1, text)
        assert [(await rows(stranger, number))[-1:] != [] for number in (0, 1, 0, 1)] == [True, False] * 2
    assert read == [0, 1, 0, 1]
    assert [row[3] for row in await rows(stranger)] == ["one", "two"]
