"""Sites by the API: made, looked at, changed, and the secret that is told once."""

import pytest

from tests.web.api.conftest import Ask, refused

pytestmark = pytest.mark.anyio


async def test_a_site_from_its_making_to_another_secret(asker: Ask) -> None:
    ann = await asker("ann", "admin")
    made = await ann.ask(
        "POST", "/sites", {"site": "blog", "origins": ["https://blog.example"]}, headers={"Idempotency-Key": "once"}
    )
    site = made.json()
    secret = site.pop("secret")
    assert made.status_code == 201
    assert (site["site"], site["title"], site["guests"], site["threads"]) == ("blog", "blog", "write", 0)
    again = await ann.ask(
        "POST", "/sites", {"site": "blog", "origins": ["https://blog.example"]}, headers={"Idempotency-Key": "once"}
    )
    assert again.json() == site | {"secret": ""}
    changed = await ann.ask("PATCH", "/sites/blog", {"title": "The Blog", "guests": "read", "origins": []})
    assert changed.json() == site | {"title": "The Blog", "guests": "read", "origins": [], "secret": ""}
    assert (await ann.ask("GET", "/sites")).json() == {"sites": [changed.json()]}
    assert (await ann.ask("POST", "/sites/blog/secret")).json()["secret"] not in ("", secret)
    refused(await ann.ask("PATCH", "/sites/blog", {"origins": ["blog.example"]}), 400)
    refused(await ann.ask("GET", "/sites/shop"), 404)


async def test_the_rules_of_its_threads(asker: Ask) -> None:
    ann = await asker("ann", "admin", "post")
    await ann.ask("POST", "/sites", {"site": "blog", "origins": ["https://blog.example"]})
    told = (await ann.ask("GET", "/sites/blog/rules")).json()
    assert (told["slow"], told["editing"], told["edits"]) == (0, 15, 0)
    changed = (await ann.ask("PATCH", "/sites/blog/rules", {"slow": 30, "words": ["bad"], "closes": 90})).json()
    assert changed == told | {"slow": 30, "words": ["bad"], "closes": 90, "edits": 1}
    refused(await ann.ask("PATCH", "/sites/blog/rules", {"slow": 1, "based": 0}), 409)
    refused(await ann.ask("PATCH", "/sites/blog/rules", {"own": False}), 400)
    await ann.ask("POST", "/rooms/blog.post/messages", {"body": "hello"})
    assert (await ann.ask("GET", "/rooms/blog.post/rules")).json() == changed
    assert (await ann.ask("PATCH", "/rooms/blog.post/rules", {"slow": 5})).json()["slow"] == 5
    assert (await ann.ask("PATCH", "/rooms/blog.post/rules", {"own": False})).json() == changed


async def test_what_flies_in_a_thread_says_when_in_milliseconds(asker: Ask) -> None:
    ann = await asker("ann", "admin", "post")
    await ann.ask("POST", "/sites", {"site": "sport", "origins": ["https://sport.example"]})
    path, said = "/rooms/sport.match/messages", {"body": "goal", "t": 864_000_000}
    for t in (-1, 864_000_001, 1_795_197_600_000, 1.5, True, [1], "soon", "2026-11-20T18:00Z"):
        answer = await ann.ask("POST", path, said | {"t": t})
        refused(answer, 400)
        assert "The field t is missing or wrong" in answer.text
    for _time in range(2):
        assert (await ann.ask("POST", path, said, headers={"Idempotency-Key": "goal"})).status_code == 201
    found = (await ann.get("/embed/sport/match/danmaku.json?s=14400")).json()
    assert [row[:4] for row in found] == [[864_000_000, "scroll", "#ffffff", "goal"]]


async def test_who_is_no_admin_sees_none_and_makes_none(asker: Ask) -> None:
    bob = await asker("bob", "admin:bob")
    for method, path in (("GET", "/sites"), ("GET", "/sites/blog"), ("POST", "/sites/blog/secret")):
        refused(await bob.ask(method, path), 403)


async def test_conversations_are_found_by_names_as_they_may_be_written(asker: Ask) -> None:
    program = await asker("ann")
    made = await program.ask("POST", "/sites", {"site": "desk", "origins": ["https://desk.example"]})
    assert made.status_code == 201
    assert (await program.ask("PATCH", "/sites/desk/support", {"enabled": True})).status_code == 200
    room = (await program.ask("POST", "/sites/desk/conversations", {"body": "help"})).json()["room"]
    assert (await program.ask("PUT", f"/conversations/{room}/assignee", {"user": "ANN"})).status_code == 200
    assert (await program.ask("PUT", f"/conversations/{room}/tags", {"tags": ["#Billing"]})).status_code == 200
    for asked in ("site=Desk", "assignee=Ann", "tag=Billing", "tag=%23billing", "site=desk&assignee=ann&tag=billing"):
        found = (await program.ask("GET", f"/conversations?{asked}")).json()["conversations"]
        assert [one["room"] for one in found] == [room], asked
    for asked in ("site=other", "assignee=nobody", "assignee=zoe", "tag=bill"):
        assert (await program.ask("GET", f"/conversations?{asked}")).json()["conversations"] == []
