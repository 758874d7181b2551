"""Frames that are no commands, and connections that do not behave: an answer in words, and the connection goes on."""

import json
import secrets
import socket as sockets
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.stories.conftest import Place, answer, is_a_sentence
from tests.tools.clients import Visit, position
from tests.tools.server import Server

KIB_64 = 64 * 1024
POST = '{"do":"post-message","room":"lobby","body":"%s","cid":"0123456789abcdef"}'

FRAMES: list[tuple[str | bytes, str]] = [
    ("", "JSON"),
    ("hello", "JSON"),
    ("null", "JSON"),
    ("[]", "JSON"),
    ('"post-message"', "JSON"),
    ("{", "JSON"),
    ('{"do":NaN}', "JSON"),
    ("[" * 60_000, "JSON"),
    ('{"a":' * 10_000 + "1" + "}" * 10_000, "JSON"),
    ('{"do":"delete-message","message":' + "9" * 5_000 + "}", ""),
    ('{"do":"delete-message","message":1e999}', "JSON"),
    (b"\x00\xff", "Only text"),
    (POST.encode() % b"x", "Only text"),
    (POST % "\\ud800", "JSON"),
    (POST % "\\udc00\\ud800", "JSON"),
    (POST % "a\\u0000b", "cannot be shown"),
    (POST % ("x" * (KIB_64 - len(POST) + 2)), "too long by"),
    (POST % ("x" * (KIB_64 - len(POST) + 3)), "at most 64 KiB"),
    (" " * (2 * KIB_64), "at most 64 KiB"),
    ("{}", "Say what to do"),
    ('{"do":null}', "Say what to do"),
    ('{"do":["post-message"]}', "Say what to do"),
    ('{"do":"post-message","do":"x"}', "cannot be done here"),
    ('{"do":"PostMessage"}', "cannot be done here"),
    ('{"do":"__class__"}', "cannot be done here"),
    ('{"do":"\\u0000"}', "cannot be done here"),
    ('{"do":"read-notifications","upto":1,"cid":"' + "x" * 1_000 + '"}', "cid"),
]


@pytest.mark.parametrize(("frame", "says"), FRAMES, ids=range(len(FRAMES)))
async def test_what_is_no_command(place: Place, frame: str | bytes, says: str) -> None:
    before = place.facts()
    async with place.bob.dial("lobby") as socket:
        await socket.send(frame)
        told = await answer(socket)
        assert told["nack"] in (None, "0123456789abcdef")
        assert says in told["why"]
        assert is_a_sentence(told["why"])
        assert place.facts() == before
        assert await acked(socket)


async def close_code(socket: ClientConnection) -> int:
    """How the server ends the connection, whatever it sends before."""
    with anyio.fail_after(10):
        try:
            async for frame in socket:
                assert "team" not in str(frame)
        except ConnectionClosed:
            pass
    assert socket.close_code is not None
    return socket.close_code


async def acked(socket: ClientConnection) -> bool:
    """Whether a command that changes nothing is still done."""
    cid = secrets.token_urlsafe(16)
    await socket.send(json.dumps({"do": "join-room", "room": "nowhere", "cid": cid}))
    return bool((await answer(socket))["nack"] == cid)


@pytest.mark.parametrize(
    ("frame", "code"),
    [(b"\x81\x02\xc3\x28", 1007), (b"\x83\x00", 1002), (b"\xc1\x00", 1002), (b"x" * (2 * KIB_64 + 1), 1009)],
    ids=["not UTF-8", "no opcode", "a reserved bit", "over 128 KiB"],
)
async def test_what_is_no_frame_ends_the_connection(place: Place, frame: bytes, code: int) -> None:
    before = place.facts()
    async with place.ann.dial("lobby") as other, place.bob.dial("lobby") as socket:
        if len(frame) > KIB_64:
            await socket.send(frame.decode())
        else:  # masked, as a client's frames are
            socket.transport.write(bytes([frame[0], frame[1] | 0x80]) + struct.pack("4x") + frame[2:])
        assert await close_code(socket) == code
        assert await acked(other)
    assert place.facts() == before


@pytest.mark.parametrize(
    "frame",
    [
        '{"do":"catch-up"}',
        '{"do":"catch-up","since":[1]}',
        '{"do":"catch-up","since":"0"}',
        '{"do":"catch-up","since":"{epoch}.-1"}',
        '{"do":"catch-up","since":"\\u0000"}',
    ],
)
async def test_what_is_no_position_to_catch_up_from_brings_the_page(place: Place, frame: str) -> None:
    epoch = position(place.bob.get("/rooms/lobby")).partition(".")[0]
    async with place.bob.dial("lobby") as socket, place.ann.dial("lobby") as other:
        await socket.send(frame.replace("{epoch}", epoch))
        with anyio.fail_after(10):
            async for text in socket:
                if 'hx-target="#history"' in str(text):
                    break
        assert await acked(socket)
        assert await acked(other)


@pytest.mark.parametrize("around", ["0", "-1", "99999", "9" * 15, "9" * 40, "x", "²", "%00", "1.5", ""])
async def test_a_place_that_is_not_there_is_nowhere(place: Place, around: str) -> None:
    async with place.bob.dial("lobby", f"0&around={around}") as socket:
        with anyio.fail_after(10):
            async for text in socket:
                if 'hx-target="#history"' in str(text):
                    break
        assert await acked(socket)
    assert "<h1" in place.bob.get(f"/rooms/lobby?around={around}")


@pytest.mark.parametrize("room", ["nowhere", "team", "~2.4", "%00", "a/b", "x" * 5_000, "..", "lobby\u115f"])
async def test_a_room_that_is_not_open_to_one_is_a_close_code(place: Place, room: str) -> None:
    for visit, code in ((place.bob, 4403), (Visit(place.server), 4401)):
        async with visit.dial(room) as socket:
            assert await close_code(socket) == code


@pytest.mark.parametrize(
    ("headers", "origin", "status"),
    [
        ({}, "https://evil.test", 403),
        ({}, "null", 403),
        ({"Cookie": "{cookie}"}, None, 403),
        ({"Cookie": "{cookie}"}, "https://evil.test", 403),
        ({"Cookie": "{cookie}", "X-Forwarded-Host": "evil.test"}, "http://evil.test", 403),
    ],
)
async def test_a_page_of_somebody_else_is_refused(
    place: Place, headers: dict[str, str], origin: Any, status: int
) -> None:
    headers = {name: value.replace("{cookie}", place.ann.cookie) for name, value in headers.items()}
    url = f"{place.server.ws}/socket?room=lobby"
    with pytest.raises(InvalidStatus) as refused:
        await connect(url, additional_headers=headers, origin=origin)
    assert refused.value.response.status_code == status


async def test_a_flood_ends_the_flooder_and_nobody_else(make_server: Callable[..., Server]) -> None:
    server = make_server("--open").start()
    loud, calm = Visit(server), Visit(server)
    loud.get("/rooms/lobby")
    calm.get("/rooms/lobby")
    async with calm.dial("lobby") as other, loud.dial("lobby") as socket:
        with anyio.fail_after(20), suppress(ConnectionClosed):
            while True:
                await socket.send('{"do":"start-typing","room":"lobby"}')
                await anyio.lowlevel.checkpoint()
        assert await close_code(socket) == 4429
        assert await acked(other)
    server.stop()
    assert "Traceback" not in server.errors.read_text()


async def test_who_says_nothing_or_half_of_something_is_in_nobodys_way(place: Place) -> None:
    halves = [
        b"",
        b"GET / HT",
        b"\x16\x03\x01\x00",
        b"POST /do HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nx",
        b"GET /socket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n",
    ]
    lines = [sockets.create_connection(("127.0.0.1", place.server.port)) for _ in range(100)]
    try:
        for number, line in enumerate(lines):
            line.sendall(halves[number % len(halves)])
        async with place.bob.dial("lobby") as socket:
            assert await acked(socket)
        assert "Lobby" in place.bob.get("/rooms/lobby")
    finally:
        for line in lines:
            line.close()
