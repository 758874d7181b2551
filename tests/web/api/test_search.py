"""The API's search."""

import pytest

from tests.web.api.conftest import Ask, refused
from tests.web.test_search import searchable
from webchat.app import Webchat
from webchat.chat import search

pytestmark = pytest.mark.anyio


async def test_it_finds_what_the_account_may_read(app: Webchat, asker: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    ann, bob = await asker("ann"), await asker("bob", "read")
    for room in ("lobby", "team", "lobby"):
        assert (await ann.ask("POST", f"/rooms/{room}/messages", {"body": f"find me in {room}"})).status_code == 201
    await searchable(app)
    told = (await ann.ask("GET", "/search?q=find+me")).json()
    assert [one["room"] for one in told["messages"]] == ["lobby", "team", "lobby"]
    assert told["next"] is None
    one = told["messages"][1]
    assert (await ann.ask("GET", f"/messages/{one['id']}")).json() == one
    assert [one["room"] for one in (await bob.ask("GET", "/search?q=find")).json()["messages"]] == ["lobby", "lobby"]
    monkeypatch.setattr(search, "SHOWN", 1)
    first = (await bob.ask("GET", "/search?q=find")).json()
    second = (await bob.ask("GET", f"/search?q=find&after={first['next']}")).json()
    assert first["messages"][0]["id"] > second["messages"][0]["id"]
    best = (await bob.ask("GET", "/search?q=find&sort=best")).json()
    assert (len(best["messages"]), best["next"]) == (1, None)


@pytest.mark.parametrize(
    ("asked", "status", "says"),
    [
        ("", 400, search.NOTHING_ASKED),
        ("q=x&after=y", 400, "after"),
        ("q=x&sort=worst", 400, "sort"),
        ("q=in:team+x", 404, "There is no room"),
        ("q=%00", 400, "cannot be shown"),
        ("q=before:1+x", 400, "Write the day"),
        ("q=x&limit=3", 400, ""),
    ],
)
async def test_what_it_refuses(asker: Ask, asked: str, status: int, says: str) -> None:
    assert says in refused(await (await asker("bob", "read")).ask("GET", f"/search?{asked}"), status)


async def test_a_token_for_one_room_does_not_search(asker: Ask) -> None:
    refused(await (await asker("ann", "read:lobby")).ask("GET", "/search?q=x"), 403, "Forbidden")
