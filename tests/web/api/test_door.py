"""What is asked of the API and how it answers: done once, read on, and refused with a clear sentence and no change."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.permissions.test_permissions import facts
from tests.web.api.conftest import Ask, refused
from tests.web.conftest import URL, Visitor
from tests.web.test_bearer import made
from webchat.app import Webchat, create_app
from webchat.chat import tokens
from webchat.chat.clock import DAY, now
from webchat.settings import Settings
from webchat.web.api.problems import ROOT

pytestmark = pytest.mark.anyio
SAY = "/rooms/lobby/messages"


async def test_a_direct_room_is_opened_with_and_without_words(asker: Ask) -> None:
    program = await asker("ann", "admin", "post", "read")
    opened = await program.ask("POST", "/directs", {"users": ["bob"]})
    assert opened.is_success, opened.text
    said = await program.ask("POST", "/directs", {"users": ["bob"], "body": "hi"})
    assert said.json()["room"] == opened.json()["room"]
    listed = (await program.ask("GET", f"/rooms/{opened.json()['room']}/messages")).json()
    assert [one["body"] for one in listed["messages"]] == ["hi"]
    refused(await program.ask("POST", "/directs", {"users": ["bob"], "body": " "}), 400, "Malformed")


async def test_a_post_is_answered_with_the_message(asker: Ask) -> None:
    program = await asker("ann")
    answer = await program.ask("POST", SAY, {"body": "**hi**"})
    assert answer.status_code == 201
    message = answer.json()
    assert message["author"] == {"id": 2, "name": "ann", "title": "Ann"}
    assert (message["room"], message["body"], message["html"]) == ("lobby", "**hi**", "<p><strong>hi</strong></p>")
    path = f"/messages/{message['id']}"
    assert (await program.ask("GET", path)).json() == message
    edited = await program.ask("PATCH", path, {"body": "ho", "based": message["said"]})
    assert edited.json()["body"] == "ho"
    refused(await program.ask("PATCH", path, {"body": "no", "based": message["said"]}), 409, "Conflict")
    assert (await program.ask("PUT", f"{path}/reactions/👍")).status_code == 204
    assert (await program.ask("GET", path)).json()["reactions"] == [{"emoji": "👍", "users": [2]}]
    assert (await program.ask("DELETE", path)).status_code == 204
    gone = (await program.ask("GET", path)).json()
    assert gone["deleted"] > 0
    assert gone["body"] == gone["html"] == ""


@pytest.mark.parametrize("emoji", ["👩‍💻", "❤️‍🔥", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"])
async def test_an_emoji_of_several_parts_is_given_and_taken_away(asker: Ask, emoji: str) -> None:
    program = await asker("ann")
    path = f"/messages/{(await program.ask('POST', SAY, {'body': emoji})).json()['id']}"
    assert (await program.ask("PUT", f"{path}/reactions/{emoji}")).status_code == 204
    assert (await program.ask("GET", path)).json()["reactions"] == [{"emoji": emoji, "users": [2]}]
    assert (await program.ask("DELETE", f"{path}/reactions/{emoji}")).status_code == 204
    assert (await program.ask("GET", path)).json()["reactions"] == []


async def test_a_thread_with_long_names_is_a_room_as_any_other(asker: Ask) -> None:
    program, room = await asker("ann"), f"{'s' * 64}.{'t' * 64}"
    answer = await program.ask("POST", "/sites", {"site": "s" * 64, "origins": ["https://blog.example"]})
    assert answer.status_code == 201
    said = await program.ask("POST", f"/rooms/{room}/messages", {"body": "hello"})
    assert (said.status_code, said.json().get("room")) == (201, room)
    read = (await program.ask("GET", f"/rooms/{room}/messages")).json()["messages"]
    assert [one["body"] for one in read] == ["hello"]
    assert (await program.ask("GET", f"/rooms/{room}")).json()["room"] == room
    found = (await program.ask("GET", "/openapi.json")).json()["paths"]["/rooms/{room}/messages"]
    assert {found[method]["parameters"][0]["schema"]["maxLength"] for method in ("get", "post")} == {len(room)}


async def test_the_same_key_is_done_once(asker: Ask) -> None:
    program, key = await asker("ann"), {"Idempotency-Key": "a key of one's own / 1".replace(" ", "-")}
    first, *others = await asyncio.gather(*(program.ask("POST", SAY, {"body": "once"}, headers=key) for _ in range(5)))
    assert {first.status_code} == {201}
    assert {other.text for other in others} == {first.text}
    spaced = await program.ask("POST", SAY, headers=key, content=b' { "body" : "once" } ')
    assert spaced.text == first.text, "what is asked counts, not how it is written"
    refused(await program.ask("POST", SAY, {"body": "twice"}, headers=key), 422, "KeyReused")
    refused(await program.ask("POST", "/rooms/team/messages", {"body": "once"}, headers=key), 422)
    refused(await program.ask("PUT", "/rooms/lobby/archived", headers=key), 422)
    other = await (await asker("other")).ask("POST", SAY, {"body": "once"}, headers=key)
    assert other.status_code == 201, "keys are each account's own"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("POST", "/invitations", {}), ("POST", "/tokens", {"user": "t", "scopes": ["read"]}),
     ("POST", "/users", {"name": "fay"}),
     ("PATCH", "/place", {}),
     ("PUT", "/rooms/lobby/membership", None), ("PUT", "/me/notifications/read", {"upto": 1})],
)  # fmt: skip
async def test_whatever_it_is_the_same_key_is_answered_the_same(asker: Ask, method: str, path: str, body: Any) -> None:
    program, key = await asker("ann"), {"Idempotency-Key": f"{method}{path}"}
    answers = [await program.ask(method, path, body, headers=key) for _ in range(2)]
    told = [json.loads(answer.text or "{}") for answer in answers]
    name = "password" if "password" in told[0] else "secret"
    secret = told[0].pop(name, "") and told[1].pop(name)
    assert told[0] == told[1]
    assert answers[0].status_code == answers[1].status_code < 300
    assert secret == "", "a secret is told once"


async def test_a_room_is_read_in_runs_and_from_a_position(asker: Ask) -> None:
    program, path = await asker("ann"), "/rooms/run/messages"
    await program.ask("POST", "/rooms", {"room": "run"})
    for number in range(7):
        await program.ask("POST", path, {"body": str(number)})

    async def run(query: str) -> dict[str, Any]:
        told: dict[str, Any] = (await program.ask("GET", f"{path}?{query}")).json()
        return told | {"messages": [one["body"] for one in told["messages"]]}

    newest = await run("limit=3")
    assert (newest["messages"], newest["earlier"], newest["later"]) == (["4", "5", "6"], True, False)
    assert (await run("before=5&limit=3"))["messages"] == ["1", "2", "3"]
    assert (await run("after=5"))["messages"] == ["5", "6"]
    assert await run(f"since={newest['at']}") == newest | {"messages": [], "earlier": False}
    first = (await program.ask("GET", f"{path}?after=0&limit=1")).json()["messages"][0]
    await program.ask("PATCH", f"/messages/{first['id']}", {"body": "changed", "based": first["said"]})
    await program.ask("POST", path, {"body": "7"})
    assert (await run(f"since={newest['at']}"))["messages"] == ["changed", "7"]
    for position in ("0", "nonsense", "otherepoch.3", newest["at"] + "9"):
        told = await run(f"since={position}")
        assert told["reset"]
        assert len(told["messages"]) == 8


async def test_lists_have_pages(asker: Ask) -> None:
    program = await asker("ann")
    for number in range(3):
        await program.ask("POST", "/rooms", {"room": f"paged-{number}"})
    for path, key, name in (("/rooms?q=paged&", "rooms", "room"), ("/users?", "users", "name")):
        whole = [one[name] for one in (await program.ask("GET", f"{path}limit=100")).json()[key]]
        found: list[str] = []
        told: dict[str, Any] = {"next": ""}
        while told["next"] is not None:
            told = (await program.ask("GET", f"{path}limit=1&after={told['next']}")).json()
            found += [one[name] for one in told[key]]
        assert found == whole
        assert len(found) >= 3
    refused(await program.ask("GET", "/rooms?after=x"), 400)


async def test_a_narrow_token_reads_its_room_and_no_more(asker: Ask) -> None:
    program = await asker("ann", "read:lobby")
    assert (await program.ask("GET", SAY)).status_code == 200
    assert (await program.ask("GET", "/messages/1")).status_code == 200
    for path in ("/rooms", "/rooms/team", "/rooms/team/messages", "/users", "/me", "/messages/99999"):
        assert refused(await program.ask("GET", path), 403) == tokens.NOT_IN_SCOPE
    assert (await (await asker("ann", "read:bob")).ask("GET", "/users/bob")).status_code == 200


BODIES: list[tuple[bytes, int]] = [
    (b"", 400), (b"[]", 400), (b'"x"', 400), (b"null", 400), (b"{", 400), (b"\xff\xfe", 400), (b"\x00" * 99, 400),
    (b'{"body": 1}', 400), (b'{"body": null}', 400), (b'{"body": ["x"]}', 400), (b'{"body": ""}', 400),
    (b'{"body": " "}', 400), (b'{"body": "x", "no": 1}', 400), (b'{"body": "x", "cid": "0123456789abcdef"}', 400),
    (b'{"body": "x", "room": "team"}', 400), (b'{"body": "\\ud800"}', 400), (b'{"body": "\\u0000"}', 400),
    (b"[" * 50_000, 400), (b'{"body": "' + b"x" * 10_001 + b'"}', 413), (b" " * (128 * 1024 + 1), 413),
    (b"body=x", 400),
]  # fmt: skip


async def test_bad_bodies_change_nothing(app: Webchat, asker: Ask) -> None:
    program, store = await asker("ann"), app.state.house.store
    await program.ask("GET", SAY)
    before = await store.read(facts)
    for body, status in BODIES:
        assert refused(await program.ask("POST", SAY, content=body), status)
    assert await store.read(facts) == before


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing", 404), ("GET", "/rooms/%00", 404),
     ("GET", "/rooms/" + "x" * 65, 404), ("GET", "/rooms/a%0d%0aSet-Cookie:x", 404), ("GET", "/messages/0", 404),
     ("GET", "/messages/9007199254740993", 404), ("GET", "/messages/" + "9" * 99, 404), ("GET", "/messages/x", 404),
     ("DELETE", "/messages/999", 404), ("PUT", "/messages/999/reactions/x", 404),
     ("PUT", "/messages/1/reactions/a%0ab", 404),
     ("PUT", "/messages/1/reactions/" + "x" * 17, 400), ("DELETE", "/tokens/999", 404),
     ("DELETE", "/invitations/999", 404),
     ("GET", "/users/nobody", 404), ("PUT", "/users/nobody/disabled", 404), ("DELETE", "/sessions/x", 400),
     ("GET", "/rooms?limit=0", 400), ("GET", "/rooms?limit=101", 400), ("GET", "/rooms?limit=x", 400),
     ("GET", "/rooms?archived=maybe", 400), ("GET", "/rooms?unknown=1", 400), ("GET", f"{SAY}?before=1&after=1", 400),
     ("POST", "/rooms/lobby", 405), ("PATCH", "/me", 405), ("OPTIONS", "/rooms", 405), ("PUT", "/openapi.json", 405)],
)  # fmt: skip
async def test_bad_addresses(asker: Ask, method: str, path: str, status: int) -> None:
    answer = await (await asker("ann")).ask(method, path)
    assert refused(answer, status)
    assert (status == 405) == ("allow" in answer.headers)
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "é", "a\tb"])
async def test_a_key_that_is_none(asker: Ask, key: str) -> None:
    headers = {b"Idempotency-Key": key.encode()}
    refused(await (await asker("ann")).ask("POST", SAY, {"body": "x"}, headers=headers), 400)


async def test_it_is_said_in_the_language_of_who_asks(asker: Ask) -> None:
    answer = await (await asker("ann")).ask("GET", "/rooms/nowhere", headers={"Accept-Language": "zh-CN"})
    assert "没有" in refused(answer, 404)


async def test_a_cookie_opens_nothing(app: Webchat) -> None:
    async with Visitor(app) as visitor:
        refused(await visitor.get(f"{ROOT}/me", headers={"Cookie": "webchat=x"}), 401)
        answer = await visitor.post(f"{ROOT}{SAY}", json={"body": "x"}, headers={"Origin": URL, "Cookie": "webchat=x"})
        refused(answer, 401)


async def test_a_token_that_is_over(app: Webchat, asker: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    program = await asker("over")
    assert (await program.ask("GET", "/me")).status_code == 200
    later = now() + 366 * DAY
    monkeypatch.setattr(tokens, "now", lambda: later)
    for method, path, body in (("GET", "/me", None), ("POST", SAY, {"body": "x"})):
        refused(await program.ask(method, path, body), 401)


async def test_a_flood_is_told_how_long_to_wait(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path))
    async with app.running(), Visitor(app) as program:
        app.state.house.limits._clock = lambda: 0.0
        program.headers["Authorization"] = f"Bearer {await made(app, 'flood', 'read', 'post')}"
        for method, path in (("GET", "/me"), ("POST", "/rooms/nowhere/messages")):
            answers = [await program.request(method, ROOT + path, json={"body": "x"}) for _ in range(80)]
            last = answers[-1]
            refused(last, 429, "TooFast")
            assert int(last.headers["retry-after"]) == last.json()["after"] >= 1
            assert answers[0].status_code != 429


async def test_where_it_is_mounted(tmp_path: Path) -> None:
    chat = create_app(Settings(data=tmp_path, base="/chat"))
    outer = Starlette(routes=[Mount("/chat", chat)])
    async with chat.running(), httpx2.AsyncClient(transport=httpx2.ASGITransport(app=outer), base_url=URL) as program:
        refused(await program.get("/chat/api/v1/rooms"), 401)
        refused(await program.get("/chat/api/v1/nothing"), 404)
        assert (await program.get("/chat/api/v1/openapi.json")).json()["servers"] == [{"url": "/chat/api/v1"}]
        program.headers["Authorization"] = f"Bearer {await made(chat, 'builds', 'read')}"
        assert (await program.get("/chat/api/v1/me")).json()["name"] == "builds"
