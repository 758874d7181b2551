"""Who says nothing, or half of something, is not waited for long; who is slow is."""

import inspect
import logging
import socket
import weakref
from asyncio.transports import Transport
from collections.abc import AsyncIterator

import anyio
import anyio.lowlevel
import pytest
from anyio.abc import SocketStream
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.wire.live import House, Live, gone, serving, until
from webchat import http
from webchat.errors import Unavailable
from webchat.http import HEAD, Http

HOST = b"Host: localhost\r\n"
WHOLE = b"GET /nowhere HTTP/1.1\r\n" + HOST + b"\r\n"
BODY = b"POST /nowhere HTTP/1.1\r\n" + HOST + b"Content-Length: 100000\r\n\r\n"

UPGRADE = (
    b"GET /socket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@pytest.fixture
async def live(house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Live]:
    """A server whose patience is short."""
    monkeypatch.setattr(http, "PATIENCE", 0.5)
    async with serving(house, http=Http) as live:
        yield live


async def dial(live: Live, *sends: bytes) -> SocketStream:
    stream = await anyio.connect_tcp("127.0.0.1", live.port)
    for data in sends:
        await stream.send(data)
        await anyio.lowlevel.checkpoint()
    return stream


def test_what_of_uvicorn_we_stand_on() -> None:
    source = inspect.getsource(HttpToolsProtocol)
    for line in ("if self.cycle is None or self.cycle.response_complete:", "self.flow.pause_reading()"):
        assert line in source, f"uvicorn changed: {line}"
    for name, method in vars(Http).items():
        base = getattr(HttpToolsProtocol, name, None)
        if callable(method) and base is not None and name != "__init__":
            assert list(inspect.signature(method).parameters) == list(inspect.signature(base).parameters), name


@pytest.mark.parametrize("sends", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: local", b"\r\n\r\n", WHOLE + b"GET /"])
async def test_who_does_not_say_what_is_wanted_is_let_go(live: Live, sends: bytes) -> None:
    async with await dial(live, sends) as stream:
        answer = await gone(stream)
        assert answer.startswith(b"HTTP/1.1 404 " if sends.startswith(WHOLE) else b"HTTP/1.1 408 " if sends else b"")
    await until(lambda: live.held == 0)


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("sends", [b"", WHOLE, WHOLE[:9], UPGRADE])
async def test_who_has_left_is_gone_without_being_collected(
    live: Live, sends: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    come: list[weakref.ref[Http]] = []
    begin = Http.connection_made

    def noted(self: Http, transport: Transport) -> None:
        come.append(weakref.ref(self))
        begin(self, transport)

    monkeypatch.setattr(Http, "connection_made", noted)
    async with await dial(live, sends) as stream:
        if sends in (WHOLE, UPGRADE):
            await stream.receive()
        await until(lambda: come)
    await until(lambda: [each() for each in come] == [None])


async def test_a_head_that_drips_is_let_go(live: Live) -> None:
    async with await dial(live, b"GET / HTTP/1.1\r\n") as stream, anyio.create_task_group() as tasks:
        tasks.start_soon(drip, stream, b"X: y\r\n")
        assert (await gone(stream)).startswith(b"HTTP/1.1 408 ")
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize("part", [b"X: yyyyy\r\n", b"y"])
async def test_a_head_has_an_end(live: Live, part: bytes) -> None:
    async with await dial(live, b"GET / HTTP/1.1\r\nX: ", part * (HEAD // len(part) + 1)) as stream:
        assert (await gone(stream)).startswith(b"HTTP/1.1 431 ")


async def test_a_body_that_drips_is_let_go_and_one_that_comes_is_not(
    house: House, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with await dial(live, BODY) as stream, anyio.create_task_group() as tasks:
        await stream.receive()  # nobody is asked for it, so that it is refused at once; the rest is still to come
        tasks.start_soon(drip, stream, b"y")
        await gone(stream)
        tasks.cancel_scope.cancel()
    monkeypatch.setattr(http, "LEAST", 1)
    async with await dial(live, BODY) as stream, anyio.create_task_group() as tasks:
        await stream.receive()
        tasks.start_soon(drip, stream, b"y")
        with anyio.move_on_after(1.2) as waited:
            await gone(stream)
        assert waited.cancelled_caught
        tasks.cancel_scope.cancel()


async def test_who_says_it_all_is_served_again_and_again(live: Live) -> None:
    async with await dial(live) as stream:
        for count in (1, 1, 1, 2):
            await stream.send(WHOLE * count)
            answers = b""
            while answers.count(b"Not Found") < 2 * count:  # in the first line and as the text
                answers += await stream.receive()
    async with connect(live.url) as client:
        await client.recv()
        await client.recv()
        with anyio.move_on_after(0.8) as waited:  # its request is over
            await client.recv()
        assert waited.cancelled_caught


async def test_of_very_many_who_come_at_once_some_are_told_to_come_later(
    house: House, live: Live, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(http, "TOGETHER", 3)
    lines = [socket.create_connection(("127.0.0.1", live.port)) for _ in range(20)]
    await until(lambda: live.held == 20)
    answers = []
    for line in lines:  # all before the server, which is in this thread, reads any
        line.sendall(UPGRADE)
    for line in lines:
        await anyio.wait_readable(line)
        answers.append(line.recv(4096))
    assert sum(answer.startswith(b"HTTP/1.1 101 ") for answer in answers) == 3
    refused = [answer for answer in answers if answer.startswith(b"HTTP/1.1 503 ")]
    assert len(refused) == 17
    assert all(b"\r\nRetry-After: 5\r\n" in answer for answer in refused)
    async with connect(live.url) as client:  # those who came in are in, and no handshake of theirs is under way
        await client.recv()
    house.refusal = Unavailable("You may not come in now.")
    for _ in range(5):  # nor is one that was refused in words
        with pytest.raises(InvalidStatus) as refusal:
            await connect(live.url)
        assert refusal.value.response.body == b"You may not come in now."
        await until(lambda: live.held == 6)  # three connections with a task each
    for line in lines:
        line.close()
    assert "without completing" not in caplog.text


async def test_who_leaves_in_the_middle_of_a_handshake_is_not_in_the_way(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "TOGETHER", 1)
    for _ in range(5):
        async with await dial(live, UPGRADE):
            pass
        await until(lambda: live.held == 0)
    async with connect(live.url):
        pass


async def test_noise_is_not_logged(live: Live, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with await dial(live, b"\x16\x03\x01 What is this?\r\n\r\n") as stream:
        assert (await gone(stream)).startswith(b"HTTP/1.1 400 ")
    async with await dial(
        live, b"GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: h2c\r\n" + HOST + b"\r\n"
    ) as stream:
        assert (await stream.receive()).startswith(b"HTTP/1.1 404 ")
    assert not caplog.records


async def drip(stream: SocketStream, data: bytes) -> None:
    """Send a little all the time."""
    try:
        while True:
            await stream.send(data)
            with anyio.move_on_after(0.01):
                await anyio.sleep_forever()
    except anyio.BrokenResourceError:
        pass
