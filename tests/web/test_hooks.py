"""Addresses at which programs post: in Slack's words, as their bot in its room and nowhere else, while they last."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from tests.web.conftest import Visitor
from webchat.app import Webchat
from webchat.chat.bots import NOT_THERE
from webchat.web.hooks import said

pytestmark = pytest.mark.anyio
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


async def secret_of(admin: Visitor, do: str, **fields: str) -> str:
    """What a command of an admin tells once."""
    data = {"do": do, "cid": f"cid-of-a-secret-{do}-{fields.get('room', '')}", **fields}
    headers = {"Origin": "http://127.0.0.1:8000", "Accept": JSON}
    answer = await admin.post("/do", data=data, headers=headers)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["secret"])


@pytest.fixture
async def address(ann: Visitor) -> str:
    await ann.do("create-bot", user="dice")
    return "/api/v1/hooks/" + await secret_of(ann, "create-hook", user="dice", room="lobby")


@pytest.fixture
async def program(app: Webchat, address: str) -> AsyncIterator[Visitor]:
    async with Visitor(app) as program:
        yield program


async def sent(program: Visitor, address: str, body: Any, kind: str = JSON, **headers: str) -> httpx2.Response:
    content = json.dumps(body) if isinstance(body, dict) else body
    return await program.post(address, content=content, headers={"Content-Type": kind, **headers})


async def test_it_posts_as_the_bot_and_once_for_one_key(ann: Visitor, program: Visitor, address: str) -> None:
    answer = await sent(program, address, {"text": "Build <https://ci.example/1|42> passed"})
    assert (answer.status_code, answer.text) == (200, "ok")
    for _ in range(2):
        assert (await sent(program, address, {"text": "once"}, **{"Idempotency-Key": "build-42"})).text == "ok"
    page = (await ann.get("/rooms/lobby")).text
    assert page.count("<p>once</p>") == 1
    assert '<a href="https://ci.example/1"' in page
    bot = (await ann.get("/admin/bots/dice")).text
    assert "last used" in bot


async def test_what_is_revoked_was_never_there(ann: Visitor, bob: Visitor, program: Visitor, address: str) -> None:
    number = "1"
    assert (await bob.do("revoke-hook", hook=number)).status_code == 403
    assert (await sent(program, address, {"text": "x"})).status_code == 200
    await ann.do("revoke-hook", hook=number)
    answers = [
        await sent(program, path, {"text": "x"}) for path in (address, "/api/v1/hooks/hook_never", "/api/v1/hooks/x")
    ]
    assert {answer.text for answer in answers} == {answers[0].text}
    assert (answers[0].status_code, answers[0].json()["detail"]) == (404, NOT_THERE)


async def test_a_disabled_bot_posts_nothing(ann: Visitor, program: Visitor, address: str) -> None:
    await ann.do("disable-user", user="dice")
    assert (await sent(program, address, {"text": "x"})).json()["detail"] == NOT_THERE


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", JSON, 400),
        (b"{", JSON, 400),
        (b"[]", JSON, 400),
        (b"[" * 50_000, JSON, 400),
        (b'{"text": 5}', JSON, 400),
        (b'{"text": ""}', JSON, 400),
        (b"{}", JSON, 400),
        (b'{"attachments": [5]}', JSON, 400),
        (b'{"text": "a\\u0000b"}', JSON, 400),
        (b'{"text": "\\ud800"}', JSON, 400),
        (b"\xff\xfe", "text/plain", 400),
        (b"\x00\x01\x02", "text/plain", 400),
        (b"   ", "text/plain", 400),
        (b"x=1", FORM, 400),
        (b"payload=5", FORM, 400),
        (b"payload=%ff", FORM, 400),
        (b"&a=1" * 30, FORM, 400),
        (b"<xml/>", "application/xml", 400),
        (b"\x89PNG", "image/png", 400),
        (b"x" * 10_001, "text/plain", 413),
        (b"x" * 200_000, "text/plain", 413),
    ],
)
async def test_what_cannot_be_posted(
    ann: Visitor, program: Visitor, address: str, body: bytes, kind: str, status: int
) -> None:
    answer = await sent(program, address, body, kind)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
    assert await ann.rows("/rooms/lobby") == []


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        ('{"text": "hi"}', JSON, "hi"),
        ('{"text": "hi"}', FORM, "hi"),
        ('{"text": "hi"}', "", "hi"),
        (urlencode({"payload": '{"text": "a & b"}'}), FORM, "a & b"),
        (urlencode({"text": "hi"}), FORM, "hi"),
        ("{not json", "text/plain; charset=utf-8", "{not json"),
        ("hi", "", "hi"),
        ('{"text": "1 &lt; 2 &amp;lt; <https://a.example>"}', JSON, "1 < 2 &lt; <https://a.example>"),
        (
            '{"attachments": [{"title": "T", "title_link": "https://a.example", "text": "x"}]}',
            JSON,
            "[T](https://a.example)\nx",
        ),
        ('{"text": null, "attachments": [{"fallback": "f"}], "channel": "#other", "username": "x"}', JSON, "f"),
    ],
)
def test_how_a_text_may_be_sent(body: str, kind: str, text: str) -> None:
    assert said(body.encode(), kind) == text


async def test_it_is_no_way_around_the_rates(ann: Visitor, app: Webchat, address: str) -> None:
    app.state.house.limits._enabled = True
    app.state.house.limits._clock = lambda: 0.0
    async with Visitor(app) as program:
        answers = [await sent(program, address, {"text": "x"}) for _ in range(22)]
    assert answers[-1].status_code == 429
    assert "retry-after" in answers[-1].headers


async def test_the_pages(ann: Visitor, bob: Visitor) -> None:
    assert "There are no bots yet." in (await ann.get("/admin/bots")).text
    answer = await ann.do("create-bot", user="Dice", title="The Dice")
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/bots/dice")
    assert "It is in none of your rooms yet." in (await ann.get("/admin/bots/dice")).text
    made = await ann.do("create-hook", user="dice", room="lobby")
    [secret] = re.findall(r"http://127.0.0.1:8000/api/v1/hooks/(hook_[\w-]{43})", made.text)
    assert secret not in (await ann.get("/admin/bots/dice")).text
    made = await ann.do("create-command", user="dice", command="/Roll", url="https://dice.example/", hint="Rolls")
    assert "whsec_" in made.text
    page = (await ann.get("/admin/bots/dice")).text
    assert "whsec_" not in page
    assert "/roll" in page
    refused = await ann.do("create-command", user="dice", command="roll", url="https://dice.example/x")
    assert (refused.status_code, "already" in refused.text, "https://dice.example/x" in refused.text) == (
        409,
        True,
        True,
    )
    assert (await ann.do("create-callback", user="bob", room="lobby", url="https://x.example")).status_code == 409
    assert (await ann.do("create-callback", user="nobody", room="lobby", url="https://x.example")).status_code == 404
    assert (await ann.do("create-bot", user="dice")).status_code == 409
    assert (await bob.do("create-bot", user="other")).status_code == 403
    offers = await bob.get("/rooms/lobby/names?q=/ro")
    assert ('data-name="/roll"' in offers.text, "Rolls" in offers.text) == (True, True)
