"""Texts that cannot be taken at the doors for plain clients: a sentence to their sender, and nothing is changed."""

import json
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.stories.conftest import Place, is_a_sentence
from tests.tools.server import Server

pytestmark = pytest.mark.anyio

BAD: list[tuple[str, str | bytes, int]] = [
    ("/ws/{}/", "", 400),
    ("/ws/{}/", " \n ", 400),
    ("/ws/{}/", "a\x00b", 400),
    ("/ws/{}/", b"hello", 400),
    ("/ws/{}/", "x" * 10_001, 413),
    ("/ws/{}/", "x" * 65_537, 413),
    ("/ws/chat/{}/", "hello", 400),
    ("/ws/chat/{}/", "[]", 400),
    ("/ws/chat/{}/", "{}", 400),
    ("/ws/chat/{}/", '{"message": 1}', 400),
    ("/ws/chat/{}/", '{"message": null}', 400),
    ("/ws/chat/{}/", '{"message": " "}', 400),
    ("/ws/chat/{}/", '{"message": "\\ud800"}', 400),
    ("/ws/chat/{}/", "[" * 60_000, 400),
    ("/ws/chat/{}/", b'{"message": "x"}', 400),
    ("/ws/chat/{}/", json.dumps({"message": "x" * 10_001}), 413),
    ("/ws/user/bob", "psst", 400),
    ("/ws/user/bob", '{"message": "x"}', 400),
    ("/ws/user/bob", '{"to_user": "cat"}', 400),
    ("/ws/user/bob", '{"to_user": ["cat"], "message": "x"}', 400),
    ("/ws/user/bob", '{"to_user": "", "message": "x"}', 400),
    ("/ws/user/bob", '{"to_user": "no-such", "message": "x"}', 404),
    ("/ws/user/bob", '{"to_user": "no such one", "message": "x"}', 404),
    ("/ws/user/bob", json.dumps({"to_user": "x" * 65, "message": "x"}), 400),
    ("/ws/user/bob", json.dumps({"to_user": "cat", "message": "x" * 10_001}), 413),
]


def dial(place: Place, path: str) -> Any:
    headers = {"Cookie": place.bob.cookie, "Origin": place.server.url}
    return connect(place.server.ws + path, additional_headers=headers, max_size=None)


async def refusal(socket: ClientConnection) -> tuple[int, str]:
    """What the next answer says; a plain text has no number."""
    with anyio.fail_after(10):
        text = str(await socket.recv())
    if not text.startswith("{"):
        return 0, text
    told = json.loads(text)
    return told["error"], told["message"]


@pytest.mark.parametrize(("path", "said", "status"), BAD, ids=range(len(BAD)))
async def test_what_cannot_be_taken(place: Place, path: str, said: str | bytes, status: int) -> None:
    before = place.facts()
    async with dial(place, path.format("lobby")) as socket, dial(place, "/ws/lobby/") as other:
        await socket.send(said)
        error, why = await refusal(socket)
        assert error in (0, status)
        assert is_a_sentence(why)
        assert place.facts() == before
        await other.send("ping")
        assert await other.recv() == "pong!"


@pytest.mark.parametrize("path", ["/ws/{}/", "/ws/chat/{}/"])
async def test_a_room_that_cannot_be_written_in(place: Place, path: str) -> None:
    before = place.facts()
    async with dial(place, path.format("old")) as socket:
        await socket.send('{"message": "hello"}')
        _error, why = await refusal(socket)
    assert is_a_sentence(why)
    assert "archived" in why
    for room in ("team", "nowhere", "no%20such", "~1.2", "a%00b", "%F0%9F"):
        async with dial(place, path.format(room)) as socket:
            with pytest.raises(ConnectionClosed) as closed, anyio.fail_after(10):
                await socket.recv()
        assert closed.value.rcvd
        assert closed.value.rcvd.code == 4403, room
    assert place.facts() == before


@pytest.mark.parametrize("path", ["/ws/lobby/", "/ws/chat/lobby/", "/ws/user/bob", "/ws", "/"])
async def test_a_foreign_page_is_refused(place: Place, path: str) -> None:
    headers = {"Cookie": place.bob.cookie, "Origin": "https://evil.test"}
    with pytest.raises(InvalidStatus) as refused:
        async with connect(place.server.ws + path, additional_headers=headers):
            pass
    assert refused.value.response.status_code == 403


STILL = """
from webchat.web.limits import Limits
Limits.__init__.__defaults__ = (lambda: 0.0, *Limits.__init__.__defaults__[1:])
"""
"""The clock of the rates stands: however long the posts take, no more of them are let in."""


async def test_who_says_too_much_is_told_so_and_then_cut(make_server: Callable[..., Server]) -> None:
    server = make_server("--open", patch=STILL).start()
    async with connect(server.ws + "/ws/chat/flood/", max_size=None) as socket:
        for number in range(30):
            await socket.send(json.dumps({"message": f"{number}"}))
        told = [json.loads(await socket.recv()) for _ in range(30)]
        assert [one["message"] for one in told if "id" in one] == [f"{number}" for number in range(20)]
        late = next(one for one in told if one.get("error") == 429)
        assert is_a_sentence(late["message"])
        assert late["after"] > 0
        for _ in range(2_000):
            await socket.send("x" * 1000)
        with pytest.raises(ConnectionClosed) as closed, anyio.fail_after(20):
            await drained(socket)
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 4429


async def drained(socket: ClientConnection) -> None:
    while True:
        await socket.recv()
