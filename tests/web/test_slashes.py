"""Commands that people write, from the doors to a program of a bot and back."""

import anyio.lowlevel
import pytest

from tests.permissions.doors import Socket
from tests.tools.receiver import Receiver
from tests.web.conftest import URL, Visitor
from webchat.app import Webchat

pytestmark = pytest.mark.anyio


@pytest.fixture
def app(calling: Webchat) -> Webchat:
    return calling


@pytest.fixture
async def asker(app: Webchat, ann: Visitor, receiver: Receiver) -> Visitor:
    """Ann, in whose lobby there is the command ``/deploy``."""
    await ann.do("create-bot", user="ship")
    await ann.do("create-command", user="ship", command="deploy", url=receiver.url)
    assert (await ann.do("invite-user", user="ship", room="lobby")).status_code == 303
    return ann


def cookie(visitor: Visitor) -> str:
    return "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())


async def shown(visitor: Visitor, text: str) -> None:
    """Wait until the lobby shows a text."""
    with anyio.fail_after(10):
        while f"<p>{text}</p>" not in (await visitor.get("/rooms/lobby")).text:
            await anyio.lowlevel.checkpoint()


async def test_by_the_socket(app: Webchat, asker: Visitor, receiver: Receiver) -> None:
    receiver.says("Deployed prod.")
    async with Socket(app, cookie(asker), "lobby") as socket:
        socket.send({"do": "post-message", "room": "lobby", "body": "/deploy prod", "cid": "c" * 16})
        told = await socket.answer()
        assert (told["ack"], told["id"]) == ("c" * 16, 0)
        assert told["note"].startswith("ship was asked: /deploy")
        socket.send({"do": "post-message", "room": "lobby", "body": "/nothing", "cid": "d" * 16})
        told = await socket.answer()
        assert told["nack"] == "d" * 16
        assert "begin it with //" in told["why"]
    await shown(asker, "Deployed prod.")
    assert len(await asker.rows("/rooms/lobby")) == 1
    assert b'"text":"prod"' in receiver.got[0].body


async def test_by_a_form_without_script(asker: Visitor, receiver: Receiver) -> None:
    answer = await asker.do("post-message", room="lobby", body="/deploy prod")
    assert (answer.status_code, "ship was asked: /deploy" in answer.text) == (200, True)
    refused = await asker.do("post-message", room="lobby", body="/nothing at all")
    assert (refused.status_code, "/nothing at all</textarea>" in refused.text) == (404, True)
    assert "There is no command /nothing here." in refused.text
    assert (await asker.do("post-message", room="lobby", body="//deploy")).status_code == 303
    await shown(asker, "/deploy")
    assert len(await asker.rows("/rooms/lobby")) == 1


async def test_a_program_that_comes_with_a_token_says_what_it_says(asker: Visitor, app: Webchat) -> None:
    data = {"do": "create-token", "user": "ann", "scopes": "post read", "cid": "cid-of-a-token-of-ann"}
    made = await asker.post("/do", data=data, headers={"Origin": URL, "Accept": "application/json"})
    async with Visitor(app) as program:
        answer = await program.post(
            "/api/v1/rooms/lobby/messages",
            json={"body": "/deploy prod"},
            headers={"Authorization": f"Bearer {made.json()['secret']}"},
        )
    assert (answer.status_code, answer.json()["body"]) == (201, "/deploy prod")


async def test_what_a_room_says_and_what_fails(asker: Visitor, receiver: Receiver) -> None:
    receiver.says("broken", status=500)
    await asker.do("create-callback", user="ship", room="lobby", url=receiver.url)
    await asker.do("post-message", room="lobby", body="hello")
    with anyio.fail_after(10):
        while "It answered with status 500. broken" not in (page := (await asker.get("/admin/bots/ship")).text):
            await anyio.lowlevel.checkpoint()
    assert ("1 call failed since." in page, "1 call waits" in page) == (True, True)
