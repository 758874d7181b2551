"""The table of the API: every command is in it, its document is whole, and each row asks for its scope."""

import re
from typing import Any, get_args

import pytest

from tests.test_commands import SIGNALS, WHOLE
from tests.web.api.conftest import Ask, Asker, refused
from tests.web.conftest import Visitor
from webchat import commands as c
from webchat.app import Webchat
from webchat.chat import rooms, scopes, tokens
from webchat.web.api import TABLE, openapi
from webchat.web.api.endpoint import Endpoint
from webchat.web.api.problems import ROOT

pytestmark = pytest.mark.anyio
ROWS = [pytest.param(row, id=f"{row.method} {row.path}") for row in TABLE]
OF_ROOMS = [pytest.param(row, id=f"{row.method} {row.path}") for row in TABLE if "rooms/{room}" in row.path]
VALUES = {
    "room": "lobby",
    "user": "bob",
    "message": 1,
    "token": 99,
    "invitation": 99,
    "notification": 1,
    "hook": 99,
    "callback": 99,
    "held": 99,
    "mute": 99,
    "site": "blog",
    "key": "build",
    "conversation": 99,
    "sub": "7",
}
"""What stands in a path where the command says nothing."""


def filled(row: Endpoint) -> tuple[str, dict[str, Any] | None]:
    """An address of the row, and a body for it."""
    fields = WHOLE[c.spelled(row.command)] if row.command else {}
    path = re.sub(r"\{(\w+)(:number|:path)?\}", lambda found: str(fields.get(found[1], VALUES.get(found[1]))), row.path)
    named = openapi.in_path(row)
    return path, {name: value for name, value in fields.items() if name not in named} if row.body else None


async def sent(program: Asker, row: Endpoint) -> Any:
    path, body = filled(row)
    return await program.ask(row.method, path, body)


def test_every_command_is_in_it() -> None:
    assert {c.spelled(row.command) for row in TABLE if row.command} == set(c.WORDS) - SIGNALS
    assert set(get_args(c.Signal)) == {c.WORDS[word] for word in SIGNALS}, "they are of a connection, and have no cid"


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("scope", sorted(scopes.SCOPES))
async def test_every_row_by_every_scope(asker: Ask, row: Endpoint, scope: str) -> None:
    answer = await sent(await asker("cy", scope), row)
    outside = answer.status_code == 403 and answer.json()["detail"] == tokens.NOT_IN_SCOPE
    assert outside == (scope != row.scope), answer.text
    assert answer.status_code < 500


@pytest.mark.parametrize("row", ROWS)
async def test_every_row_without_a_token_or_with_a_wrong_one(app: Webchat, row: Endpoint) -> None:
    path, body = filled(row)
    async with Visitor(app) as visitor:
        for headers in ({}, {"Authorization": "Bearer webchat_no-such-token"}, {"Authorization": "Basic YTpi"}):
            answer = await visitor.request(row.method, ROOT + path, json=body, headers=headers)
            refused(answer, 401, "SignInNeeded")
            assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("row", OF_ROOMS)
async def test_a_room_that_is_not_theirs_answers_as_one_that_is_not_there(asker: Ask, row: Endpoint) -> None:
    bob, (path, body) = await asker("bob"), filled(row)
    for slug in ("team", "nowhere"):
        there = re.sub(r"^/rooms/[^/]+", f"/rooms/{slug}", path)
        assert refused(await bob.ask(row.method, there, body), 404) == rooms.NOT_THERE


def test_the_document_is_whole() -> None:
    told = openapi.document(TABLE, "/chat")
    text = str(told)
    for kind, name in re.findall(r"#/components/(\w+)/(\w+)", text):
        assert name in told["components"][kind]
    operations = [one["operationId"] for path in told["paths"].values() for one in path.values()]
    assert len(operations) == len(set(operations)) == len(TABLE)
    assert told["servers"] == [{"url": "/chat/api/v1"}]


async def test_the_document_and_the_page_are_for_everybody(app: Webchat) -> None:
    async with Visitor(app) as stranger:
        document = (await stranger.get(f"{ROOT}/openapi.json")).json()
        pages = {lang: await stranger.get(f"{ROOT}/", headers={"Accept-Language": lang}) for lang in ("en", "zh")}
    assert document["openapi"].startswith("3.1")
    for lang, title in (("en", "List rooms"), ("zh", "列出房间")):
        page = pages[lang].text
        assert title in page
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                assert f"{method.upper()} {ROOT}{path}" in page
                assert f'id="{operation["operationId"]}"' in page
        for name in document["components"]["schemas"]:
            assert f'id="type-{name}"' in page
