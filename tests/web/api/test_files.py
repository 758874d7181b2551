"""Files by the API: sent into a room, named by their ids in what is said next, and given out again."""

import json
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

from tests.tools.receiver import Receiver
from tests.web.api.conftest import Ask, Asker, place, refused
from tests.web.conftest import PASSWORD, Visitor, add_user
from tests.web.files.conftest import drawn, kept, other
from tests.web.test_bearer import made
from webchat.app import Webchat, create_app
from webchat.settings import Settings
from webchat.web import files
from webchat.web.api.problems import ROOT
from webchat.web.limits import Limits

pytestmark = pytest.mark.anyio
LOBBY = "/rooms/lobby"


async def send(
    program: Asker, data: bytes = b"some bytes", name: str = "a.txt", room: str = LOBBY, **headers: str
) -> httpx2.Response:
    return await program.ask("POST", f"{room}/files", files={"file": (name, data, "text/html")}, headers=headers)


async def sent(program: Asker, data: bytes = b"some bytes", name: str = "a.txt", room: str = LOBBY) -> Any:
    answer = await send(program, data, name, room)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def say(program: Asker, *ids: str, body: str = "", room: str = LOBBY, key: str = "") -> httpx2.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return await program.ask("POST", f"{room}/messages", {"body": body, "files": ids}, headers=headers)


@pytest.fixture
async def bob(asker: Ask) -> Asker:
    return await asker("bob")


async def test_a_message_has_what_was_sent_before(app: Webchat, asker: Ask, bob: Asker) -> None:
    cat, plan = await sent(bob, drawn(), "cat.png"), await sent(bob, b"%PDF", "plan [1].pdf")
    assert set(cat) == {"id", "name", "type", "size", "url", "markdown"}
    assert (cat["type"], plan["type"], plan["size"]) == ("image/png", "", 4)
    answer = await say(bob, cat["id"], plan["id"], body="Look:")
    assert answer.status_code == 201
    message = answer.json()
    assert message["body"] == f"Look:\n\n{cat['markdown']}\n\n{plan['markdown']}"
    assert f'<p><a href="{cat["url"]}"><img src="{cat["url"]}" alt="cat.png"' in message["html"]
    assert f'<p><a href="{plan["url"]}">plan [1].pdf <small>4 B</small></a></p>' in message["html"]
    edited = await bob.ask("PATCH", f"/messages/{message['id']}", {"body": message["body"], "based": message["said"]})
    assert edited.json()["html"] == message["html"], "as if it had been written so"
    ann = await asker("ann")
    for address in (f"{ROOT}/files/{plan['id']}", plan["url"]):
        given = await ann.get(address)
        assert (given.status_code, given.content) == (200, b"%PDF")
    part = await ann.ask("GET", f"/files/{plan['id']}", headers={"Range": "bytes=1-2"})
    assert (part.status_code, part.content) == (206, b"PD")
    lone = await say(bob, (await sent(bob))["id"])
    assert (lone.status_code, lone.json()["body"][:8]) == (201, "[a.txt](")


async def test_what_cannot_go_with_it_is_refused_and_nothing_is_said(app: Webchat, asker: Ask, bob: Asker) -> None:
    ann = await asker("ann")
    await ann.ask("POST", "/rooms", {"room": "second"})
    mine, elsewhere, anns = await sent(bob), await sent(bob, room="/rooms/second"), await sent(ann)
    used = await sent(bob, name="used.txt")
    assert (await say(bob, used["id"])).status_code == 201
    head = (await bob.ask("GET", LOBBY)).json()["seq"]
    for wrong in (elsewhere["id"], anns["id"], "x" * 22):
        why = refused(await say(bob, mine["id"], wrong, body="Look:"), 404, "NotFound")
        assert why == f"There is no file {wrong} of yours in this room. Send it here first."
    why = refused(await say(bob, used["id"], body="Again:"), 409, "Conflict")
    assert why == "The file used.txt is in another message already. Send it here once more."
    for odd in (["x"], ["x" * 23], [1], "x" * 22, [mine["id"]] * 11, None, {"a": 1}):
        answer = await bob.ask("POST", f"{LOBBY}/messages", {"body": "x", "files": odd})
        assert "files" in refused(answer, 400, "Malformed"), odd
    refused(await bob.ask("POST", f"{LOBBY}/messages", {"body": "", "files": []}), 400)
    refused(await bob.ask("POST", f"{LOBBY}/messages", {"files": [mine["id"]]}), 400)
    refused(await say(bob, mine["id"], body="x" * 9_990), 413, "TooLarge")
    more = [(await sent(bob))["markdown"] for _ in range(10)]
    why = refused(await say(bob, mine["id"], body="".join(more)), 413, "TooLarge")
    assert why == "One message can have 10 files. Send these first."
    assert (await bob.ask("GET", LOBBY)).json()["seq"] == head
    twice = (await say(bob, mine["id"], mine["id"])).json()["body"]
    assert twice == mine["markdown"], "still there, and once"


async def test_the_same_again_is_answered_again(bob: Asker) -> None:
    file, key = await sent(bob), secrets.token_hex(8)
    first, again = [await say(bob, file["id"], body="Once", key=key) for _ in range(2)]
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    refused(await say(bob, body="Once", key=key), 422, "KeyReused")


async def test_of_two_at_once_one_has_it(bob: Asker) -> None:
    file, answers = await sent(bob), []

    async def one() -> None:
        answers.append((await say(bob, file["id"])).status_code)

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(one)
    assert sorted(answers) == [201, 409, 409]


async def test_what_is_no_file_too_large_or_not_allowed(app: Webchat, asker: Ask, bob: Asker) -> None:
    before = await kept(app, "lobby")
    path = f"{LOBBY}/files"
    refused(await bob.ask("POST", path, {"file": "text"}), 400, "Malformed")
    assert refused(await bob.ask("POST", path, data={"file": "text"}), 400) == "Choose a file."
    two = [("file", ("a", b"a")), ("file", ("b", b"b"))]
    refused(await bob.ask("POST", path, files=two), 400)
    refused(
        await bob.ask("POST", path, content=b"--y\r\n", headers={"Content-Type": "multipart/form-data; boundary=x"}),
        400,
    )
    assert refused(await send(bob, b""), 400) == "This file is empty. Choose another one."
    too_large = files.TOO_LARGE % {"limit": 10}
    for size in (files.limit(app.state.house) + 1, files.limit(app.state.house) + 2 * files.AROUND):
        assert refused(await send(bob, b"x" * size), 413, "TooLarge") == too_large
    for room in ("/rooms/team", "/rooms/nowhere", "/rooms/%00"):
        refused(await send(bob, room=room), 404)
    for scope in ("read", "notify", "admin", "post:team"):
        refused(await send(await asker("bob", scope)), 403)
    refused(await bob.ask("GET", path), 405)
    with other(app, file_limit=0):
        refused(await send(bob), 404)
    with other(app, Limits(True, clock=lambda: 0.0)):
        for _ in range(10):
            refused(await send(bob, b"", **{"Content-Length": "10000000"}), 400)
        assert refused(await send(bob), 429) == "That was too fast. Try again in 36 seconds."
    assert await kept(app, "lobby") == before


async def test_who_may_not_have_it_is_told_that_it_is_not_there(app: Webchat, asker: Ask, bob: Asker) -> None:
    ann = await asker("ann")
    secret = await sent(ann, room="/rooms/team")
    await say(ann, secret["id"], room="/rooms/team")
    address = f"/files/{secret['id']}"
    assert (await ann.ask("GET", address)).status_code == 200
    for program in (bob, await asker("ann", "post"), await asker("ann", "read:lobby")):
        refused(await program.ask("GET", address), 404)
    assert (await (await asker("ann", "read:team")).ask("GET", address)).status_code == 200
    for name in ("x", "x" * 22, "%00", secret["id"] + "x"):
        refused(await ann.ask("GET", f"/files/{name}"), 404)
    with other(app, Limits(True, clock=lambda: 0.0)):
        asked = [await ann.ask("GET", address) for _ in range(61)]
    assert {answer.status_code for answer in asked[:60]} == {200}
    refused(asked[60], 429, "TooFast")
    unsaid = await sent(bob)
    refused(await (await asker("cy")).ask("GET", f"/files/{unsaid['id']}"), 404)
    async with Visitor(app) as visitor:  # cookies are not looked at
        refused(await visitor.get(ROOT + address), 401, "SignInNeeded")


async def test_the_document_says_both(app: Webchat, bob: Asker) -> None:
    paths = (await bob.get(f"{ROOT}/openapi.json")).json()["paths"]
    sends, gives = paths["/rooms/{room}/files"]["post"], paths["/files/{file}"]["get"]
    [(media, content)] = sends["requestBody"]["content"].items()
    assert (media, content["schema"]["required"]) == ("multipart/form-data", ["file"])
    assert sends["responses"]["201"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/File"}
    assert {"409", "413"} <= set(sends["responses"])
    assert gives["responses"]["200"]["content"] == {
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
    }
    assert "`post`" in sends["description"]


@pytest.fixture
async def judged(calling: Webchat, receiver: Receiver) -> AsyncIterator[tuple[Asker, Asker]]:
    """What ann, an admin, and bob ask, in a lobby where a program judges."""
    async with Visitor(calling) as visitor:
        await visitor.form("/setup", place="The Place", name="Ann", password=PASSWORD)
        await visitor.do("set-rules", room="lobby", judge=receiver.url)
    await add_user(calling, "Bob")
    scopes = ("read", "post", "admin")
    async with (
        Asker(calling, await made(calling, "ann", *scopes)) as ann,
        Asker(calling, await made(calling, "bob", *scopes)) as bob,
    ):
        yield ann, bob


async def test_a_judge_sees_what_it_is_called_and_what_waits_keeps_it(
    judged: tuple[Asker, Asker], receiver: Receiver
) -> None:
    ann, bob = judged
    file = await sent(bob)
    receiver.says(json.dumps({"action": "hold"}), "application/json")
    key = secrets.token_hex(8)
    assert (await say(bob, file["id"], body="Look:", key=key)).json()["id"] == 0
    assert json.loads(receiver.got[-1].body)["data"]["message"]["body"] == f"Look:\n\n{file['markdown']}"
    [held] = (await ann.ask("GET", "/rooms/lobby/queue")).json()["waiting"]
    assert (await ann.ask("PUT", f"/rooms/lobby/queue/{held['id']}/approved")).status_code < 300
    [message] = (await ann.ask("GET", f"{LOBBY}/messages")).json()["messages"]
    assert f'href="{file["url"]}"' in message["html"]
    assert (await say(bob, file["id"], body="Look:", key=key)).status_code == 201, "the same, once more"


async def test_it_is_there_after_a_restart(tmp_path: Path) -> None:
    async with place(tmp_path) as app, Asker(app, secret := await made(app, "bob", "read", "post")) as bob:
        file = await sent(bob)
    app = create_app(Settings(data=tmp_path, limits=False))
    async with app.running(), Asker(app, secret) as bob:
        assert (await bob.ask("GET", f"/files/{file['id']}")).content == b"some bytes"
        assert (await say(bob, file["id"])).status_code == 201
