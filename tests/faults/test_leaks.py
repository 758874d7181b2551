"""Nothing is left of connections, however they end: no task, no file, no reader, no person, no memory."""

import asyncio
import gc
import json
import os
import secrets
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest
import uvicorn
from anyio.abc import SocketAttribute, SocketStream

from tests.wire.live import MIB, frame, gone, until
from webchat import wire
from webchat.app import Webchat, create_app
from webchat.chat import people, presence
from webchat.http import Http
from webchat.settings import Settings
from webchat.web import limits
from webchat.wire import Wire

Leave = Callable[[SocketStream], Awaitable[None]]

TOGETHER = 40
UPGRADE = (
    b"GET /socket?room=lobby&since=0 HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


async def goodbye(stream: SocketStream) -> None:
    await stream.send(frame(8, struct.pack("!H", 1000)))
    await gone(stream)


async def going_away(stream: SocketStream) -> None:
    await stream.send(frame(8, struct.pack("!H", 1001)))


async def just_ends(_stream: SocketStream) -> None:
    pass


async def reset(stream: SocketStream) -> None:
    linger = struct.pack("ii", 1, 0)
    stream.extra(SocketAttribute.raw_socket).setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)  # noqa: S610 - anyio's


async def half_close(stream: SocketStream) -> None:
    await stream.send_eof()


async def mid_frame(stream: SocketStream) -> None:
    await stream.send(frame(1, post())[:9])


async def during_a_post(stream: SocketStream) -> None:
    await stream.send(frame(1, post()) * 5)


async def kicked(stream: SocketStream) -> None:
    await stream.send(frame(1, b"x", fin=False) + frame(0, fin=False) * 70)
    await gone(stream)


async def broken(stream: SocketStream) -> None:
    await stream.send(b"\xff\xff\xff\xff")
    await gone(stream)


WAYS: list[Leave] = [
    goodbye, going_away, just_ends, reset, half_close, mid_frame, during_a_post, kicked, broken
]  # fmt: skip


def post() -> bytes:
    form = {"do": "post-message", "room": "lobby", "body": "hello", "cid": secrets.token_urlsafe(16)}
    return json.dumps(form).encode()


@asynccontextmanager
async def serving(app: Webchat) -> AsyncIterator[tuple[uvicorn.Server, int]]:
    """The whole application behind our protocols, in this event loop."""
    config = uvicorn.Config(
        app, http=Http, ws=Wire, ws_per_message_deflate=False, lifespan="off", log_config=None, access_log=False,
        ws_max_size=2**17,
    )  # fmt: skip
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        async with app.running(), anyio.create_task_group() as tasks:
            tasks.start_soon(server._serve, [listener])
            await until(lambda: server.started)
            try:
                yield server, listener.getsockname()[1]
            finally:
                server.should_exit = True


@pytest.mark.timeout(900)
@pytest.mark.anyio
async def test_nothing_is_left_of_those_who_came_and_went(
    tmp_path: Path, long_run: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "GRACE", 0.0)
    monkeypatch.setattr(wire, "FLOOD_GRACE", 0.05)
    monkeypatch.setattr(limits, "RATES", dict.fromkeys(limits.RATES, (1e9, 1e9)))
    app = create_app(Settings(data=tmp_path, open=True))
    async with serving(app) as (server, port):
        house, door = app.state.house, app.state.doors["socket"]
        await house.store.write(people.ensure_lobby)
        state = server.server_state

        async def cycles(count: int) -> None:
            for low in range(0, count, TOGETHER):
                async with anyio.create_task_group() as tasks:
                    for number in range(low, low + TOGETHER):
                        tasks.start_soon(come_and_go, port, WAYS[number % len(WAYS)], number % 10 != 0)

        async def rest() -> None:
            await until(lambda: not state.connections and not state.tasks, 15)
            await until(lambda: not house.presence._rooms, 15)
            gc.collect()

        def left() -> dict[str, int]:
            return {
                "tasks": len(asyncio.all_tasks()),
                "files": len(os.listdir("/proc/self/fd")),
                "readers": len(door.broker),
                "rooms": len(door.broker._halls.rooms),
                "topics": len(door.broker._halls._topics),
                "sockets": len(house.limits._sockets),
            }

        await cycles(2000 if long_run else 200)  # what is made once, and what grows up to a limit, is there now
        await rest()
        before, memory = left(), resident()
        for _ in range(20 if long_run else 1):
            await cycles(1000 if long_run else 400)
            await rest()
        assert left() == before
        assert left()["readers"] == 0
        assert resident() < memory * 1.05 + MIB


async def come_and_go(port: int, leave: Leave, whole: bool) -> None:
    """Connect, and leave in one of the ways; or in the middle of the handshake."""
    async with await anyio.connect_tcp("127.0.0.1", port) as stream:
        if not whole:
            await stream.send(UPGRADE[:60])
            return
        await stream.send(UPGRADE)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += await stream.receive()
        assert b" 101 " in answer
        with suppress(anyio.BrokenResourceError):
            await leave(stream)


def resident() -> int:
    """Bytes of memory that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
