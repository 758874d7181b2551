"""Telling people something by the API: in ntfy's words, as JSON, once, and taking it back."""

from typing import Any

import pytest

from tests.web.api.conftest import Ask, refused
from webchat.chat.clock import DAY, HOUR, MINUTE, now

pytestmark = pytest.mark.anyio
BOB = "/users/bob/notifications"


async def newest(asker: Ask, user: str = "bob") -> dict[str, Any]:
    program = await asker(user, "read")
    told = (await program.ask("GET", "/me/notifications")).json()
    return dict(told["notifications"][0]) if told["notifications"] else {}


async def test_a_text_with_ntfys_headers(asker: Ask) -> None:
    sender = await asker("builds", "notify")
    headers = {
        "X-Title": "Der Bär 熊".encode(), "Priority": b"urgent", "Tags": b"disk, full", "Click": b"https://a.example/x",
        "Actions": b"view, Open, /rooms/lobby; press, 'I, me'", "Key": b"disk", "TTL": b"2h",
        "Content-Type": b"application/x-www-form-urlencoded",
    }  # fmt: skip
    answer = await sender.ask("POST", BOB, content=b"Backup done\n", headers=headers)
    assert answer.status_code == 201, answer.text
    one = await newest(asker)
    assert (one["id"], one["body"], one["title"]) == (answer.json()["id"], "Backup done", "Der Bär 熊")
    assert (one["priority"], one["tags"], one["key"]) == (5, ["disk", "full"], "disk")
    assert one["click"] == "https://a.example/x"
    assert one["actions"] == [{"label": "Open", "url": "/rooms/lobby"}, {"label": "I, me"}]
    assert HOUR < one["expires"] - now() <= 2 * HOUR


async def test_an_object_of_json_says_the_same(asker: Ask) -> None:
    sender = await asker("builds", "notify")
    told = {
        "body": "Done",
        "title": "db",
        "priority": 4,
        "tags": ["a"],
        "actions": [{"label": "Look", "url": "/rooms"}],
    }
    assert (await sender.ask("POST", BOB, told)).status_code == 201
    one = await newest(asker)
    assert {name: one[name] for name in told} == told


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, b"", 400),
        ({}, b"\xff\xfe", 400),
        ({}, b"x" * 4097, 413),
        ({}, b"x" * 200_000, 413),
        ({"Title": b"x" * 251}, b"x", 400),
        ({"Title": b"\xff\xfe"}, b"x", 400),
        ({"Title": b"a\x1bb"}, b"x", 400),
        ({"Priority": b"6"}, b"x", 400),
        ({"Priority": b"high!"}, b"x", 400),
        ({"Click": b"javascript:alert(1)"}, b"x", 400),
        ({"Click": b"//evil.example"}, b"x", 400),
        ({"Actions": b"http, Close, https://a.example"}, b"x", 400),
        ({"Actions": b"press, a; press, b; press, c; press, d"}, b"x", 400),
        ({"Actions": b"view, Go, javascript:x"}, b"x", 400),
        ({"Delay": b"soon"}, b"x", 400),
        ({"In": b"999d"}, b"x", 400),
        ({"Key": b"a b"}, b"x", 400),
        ({"Tags": b"x" * 33}, b"x", 400),
        ({"Content-Type": b"application/json"}, b"[]", 400),
        ({"Content-Type": b"application/json"}, b'{"body":"x","nothing":1}', 400),
        ({"Content-Type": b"application/json"}, b'{"body":"x","everyone":true}', 400),
        ({"Content-Type": b"application/json"}, b'{"body":"x","actions":[{"label":"a\\u0000"}]}', 400),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_is_stored(asker: Ask, headers: Any, body: bytes, status: int) -> None:
    before = await newest(asker)
    sender = await asker("builds", "notify")
    refused(await sender.ask("POST", BOB, content=body, headers=headers), status)
    assert await newest(asker) == before


async def test_who_is_not_there_and_who_may_not(asker: Ask) -> None:
    sender = await asker("builds", "notify")
    refused(await sender.ask("POST", "/users/nobody/notifications", content="x"), 404)
    refused(await (await asker("builds", "read")).ask("POST", BOB, content="x"), 403)
    refused(await (await asker("bob", "notify")).ask("POST", BOB, content="x"), 403)
    refused(await (await asker("alerts", "notify:ann")).ask("POST", BOB, content="x"), 403)
    refused(
        await (await asker("alerts", "notify:ann")).ask("POST", "/notifications", {"users": ["ann"], "body": "x"}), 403
    )
    assert (await (await asker("alerts", "notify:bob")).ask("POST", BOB, content="x")).status_code == 201


async def test_an_idempotency_key_tells_once(asker: Ask) -> None:
    sender = await asker("builds", "notify")
    answers = [await sender.ask("POST", BOB, content="Once", headers={"Idempotency-Key": "once-1"}) for _ in range(3)]
    assert len({answer.text for answer in answers}) == 1
    refused(await sender.ask("POST", BOB, content="Twice", headers={"Idempotency-Key": "once-1"}), 422)
    program = await asker("bob", "read")
    told = (await program.ask("GET", "/me/notifications")).json()["notifications"]
    assert [one["body"] for one in told].count("Once") == 1


async def test_a_key_replaces_moves_and_takes_back(asker: Ask) -> None:
    sender = await asker("builds", "notify")
    for text in ("First", "Second"):
        assert (await sender.ask("PUT", BOB + "/build-1", content=text)).status_code == 200
    one = await newest(asker)
    assert (one["body"], one["key"]) == ("Second", "build-1")
    later = await sender.ask("PUT", BOB + "/alive", content="Silent for an hour", headers={"In": "1 hour"})
    assert later.json() == {"id": 0}
    assert (await sender.ask("DELETE", BOB + "/alive")).status_code == 204
    assert (await sender.ask("DELETE", BOB + "/build-1")).status_code == 204
    refused(await sender.ask("DELETE", BOB + "/build-1"), 404)
    assert (await newest(asker)).get("key") != "build-1"


async def test_several_are_told_and_what_became_of_it(asker: Ask) -> None:
    sender = await asker("builds", "notify")
    program = await asker("bob", "read")
    told = {"body": "Who?", "users": ["ann", "bob"], "actions": "press, Me", "key": "who"}
    number = (await sender.ask("POST", "/notifications", {**told, "actions": [{"label": "Me"}]})).json()["id"]
    assert (await program.ask("POST", f"/me/presses/{number}.1")).status_code == 204
    assert "Bob was faster" in refused(await (await asker("ann", "read")).ask("POST", f"/me/presses/{number}.1"), 409)
    receipts = (await sender.ask("GET", f"/notifications/{number}/receipts")).json()
    assert (receipts["pressed"], receipts["presser"]) == ("Me", "Bob")
    on = {one["user"]: (one["seen_on"], one["read_on"]) for one in receipts["receipts"]}
    assert on["ann"] == ("", "")
    assert on["bob"][0] == on["bob"][1] == receipts["pressed_on"]
    assert on["bob"][0].startswith("webchat_"), "by a token"
    assert {one["user"]: bool(one["read"]) for one in receipts["receipts"]} == {"ann": False, "bob": True}
    assert (await sender.ask("DELETE", "/notifications/who", {"users": ["ann", "bob"]})).status_code == 204
    refused(await sender.ask("GET", f"/notifications/{number}/receipts"), 404)


async def test_what_became_of_it_is_for_who_may_send_it(asker: Ask) -> None:
    sender = await asker("builds", "notify")
    number = (await sender.ask("POST", BOB, content="Seen?")).json()["id"]
    path = f"/notifications/{number}/receipts"
    for user in ("builds", "ann"):
        assert (await (await asker(user, "notify")).ask("GET", path)).status_code == 200
    told, nothing = [
        refused(await (await asker("bob", "notify")).ask("GET", where), 403, "Forbidden")
        for where in (path, "/notifications/99999/receipts")
    ]
    assert told == nothing, "nor whether there is one"
    refused(await (await asker("alerts", "notify:bob")).ask("GET", path), 403)
    refused(await (await asker("ann", "read")).ask("GET", path), 403)


async def test_states_by_the_api(asker: Ask) -> None:
    sender, program = await asker("builds", "notify"), await asker("bob", "read")
    number = (await sender.ask("POST", BOB, content="State")).json()["id"]
    for method, what, body in (
        ("PUT", "read", None), ("DELETE", "read", None), ("PUT", "snoozed", {"minutes": 5}), ("PUT", "archived", None),
    ):  # fmt: skip
        answer = await program.ask(method, f"/me/notifications/{number}/{what}", body)
        assert answer.status_code == 204, answer.text
    away = (await program.ask("GET", "/me/notifications?away=true")).json()["notifications"]
    assert away[0]["id"] == number
    refused(await program.ask("PUT", "/me/notifications/99999/read"), 404)


@pytest.mark.parametrize(
    ("text", "span"), [("30s", 30_000), ("15 min", 15 * MINUTE), ("2 hours", 2 * HOUR), ("3d", 3 * DAY)]
)
async def test_times_are_spans_or_seconds(asker: Ask, app: Any, text: str, span: int) -> None:
    sender = await asker("builds", "notify")
    await sender.ask("PUT", BOB + "/later", content="x", headers={"Delay": text})
    rows = await app.state.house.store.read(lambda tx: tx.all("SELECT due FROM scheduled WHERE key = 'later'"))
    assert span - HOUR < rows[0][0] - now() <= span
    await sender.ask("PUT", BOB + "/later", content="x", headers={"At": str((now() + span) // 1000)})
    [(due,)] = await app.state.house.store.read(lambda tx: tx.all("SELECT due FROM scheduled WHERE key = 'later'"))
    assert due % 1000 == 0
    assert (await sender.ask("DELETE", BOB + "/later")).status_code == 204
