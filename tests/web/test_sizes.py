"""Large rooms: what their pages, and lists of people, ask of the database, and where."""

import threading
from typing import Any

import pytest

from tests.web.conftest import Visitor, add_user
from webchat.app import Webchat
from webchat.store import Tx, members, mentions
from webchat.web import sizes
from webchat.web.limits import RATES, Limits
from webchat.web.sizes import Sizes

pytestmark = pytest.mark.anyio


async def test_many_are_counted_once_in_a_while(
    app: Webchat, ann: Visitor, bob: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, now = app.state.house, [0.0]
    counts = Sizes(lambda: now[0])

    async def count() -> int:
        return int(await at.store.read(lambda tx: counts.of(tx, 1)))

    assert await count() == 2
    await add_user(app, "Cat")
    assert await count() == 3
    monkeypatch.setattr(members, "MANY", 2)
    assert await count() == 3
    await add_user(app, "Dan")
    now[0] += sizes.KEPT - 1
    assert await count() == 3
    now[0] += 1
    assert await count() == 4


async def test_a_large_room_looks_like_any_other(
    app: Webchat, ann: Visitor, bob: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def panel(page: str) -> str:
        return page.split('id="people"')[1].split("</aside>")[0]

    before = panel((await ann.get("/rooms/lobby")).text)
    monkeypatch.setattr(sizes, "LARGE", 1)
    monkeypatch.setattr("webchat.web.directory.stored_members.MANY", 1)
    monkeypatch.setattr(members, "page", None)
    assert panel((await ann.get("/rooms/lobby")).text).split("<form")[0] == before.split("<form")[0]
    assert "2 members" in (await ann.get("/rooms")).text
    assert "2 members" in (await ann.get("/rooms/lobby/settings")).text


async def test_parts_of_a_page_ask_for_no_members(
    app: Webchat, ann: Visitor, bob: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ann.do("post-message", room="lobby", body="Hello")
    monkeypatch.setattr(Sizes, "of", None)
    for query in ("before=2", "after=0", "foot"):
        answer = await bob.get(f"/rooms/lobby?{query}", headers={"HX-Request": "true"})
        assert answer.status_code == 200, query
    assert (await bob.get("/rooms/lobby/m/1")).status_code == 200


SEARCHES = ("/direct", "/direct?q=b", "/rooms/lobby/members", "/rooms/lobby/members?q=b", "/rooms/lobby/names?q=b")


async def test_people_are_looked_for_beside_the_event_loop(
    app: Webchat, ann: Visitor, bob: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def noted(what: Any) -> Any:
        def ask(tx: Tx, *args: Any) -> Any:
            asked.append(threading.get_ident())
            return what(tx, *args)

        return ask

    for module, name in ((members, "page"), (members, "others"), (mentions, "like")):
        monkeypatch.setattr(module, name, noted(getattr(module, name)))
    for path in SEARCHES:
        assert (await ann.get(path)).status_code == 200
    assert len(asked) == 7
    assert threading.get_ident() not in asked


async def test_looking_for_people_has_goes_of_its_own(
    app: Webchat, ann: Visitor, bob: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.state.house = app.state.house._replace(limits=Limits(True))
    monkeypatch.setitem(RATES, "people", (0.001, len(SEARCHES)))
    assert [(await ann.get(path)).status_code for path in SEARCHES] == [200] * len(SEARCHES)
    assert [(await ann.get(path)).status_code for path in SEARCHES] == [429] * len(SEARCHES)
    assert (await bob.get(SEARCHES[0])).status_code == 200
    assert (await ann.get("/rooms/lobby")).status_code == 200
