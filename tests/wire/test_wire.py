"""Our protocol on a real uvicorn: shared frames, goodbyes that do not wait, floods that do not reach the application.

The first test names what of uvicorn's own class we stand on, so that an update that moves it is seen here.
"""

import contextlib
import inspect
import logging
import os
import socket
import struct
import weakref

import anyio
import anyio.lowlevel
import pytest
from anyio.abc import SocketAttribute
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.asyncio.client import connect

from tests.broker.cast import posted, rest
from tests.wire.live import MIB, House, Live, code_of, filled, frame, gone, post, protocols, raw, serving, until
from webchat.broker import Frame
from webchat.commands import PostMessage
from webchat.wire import LOOKS, PIECE, Unlimited, Wire

PING = b"\x89\x80\x00\x00\x00\x00"


def test_what_of_uvicorn_we_stand_on() -> None:
    source = inspect.getsource(WebSocketsSansIOProtocol)
    for line in (
        'self.queue.put_nowait({"type": "websocket.disconnect", "code": 1012})',
        "for event in self.conn.events_received():",
        "self.close_timer = self.loop.call_later(self.close_timeout, self.transport.close)",
        "if self.close_timer is None:\n            self.transport.close()",
        "self.pong_timer = self.loop.call_later(self.ping_timeout, self.keepalive_timeout)",
        "self.scope: WebSocketScope = {",
        "if self.read_paused and self.queue.empty():",
    ):
        assert line in source, f"uvicorn changed: {line}"
    for name, method in vars(Wire).items():
        base = getattr(WebSocketsSansIOProtocol, name, None)
        if callable(method) and base is not None and name != "__init__":
            assert list(inspect.signature(method).parameters) == list(inspect.signature(base).parameters), name


async def test_shared_frames_arrive_whole_and_in_order(live: Live, house: House) -> None:
    async with connect(live.url, max_size=None) as one, connect(live.url, max_size=None) as other:
        await until(lambda: len(house.broker) == 2)
        texts = ("<p>é 你好 " + "x" * 70_000, "", '{"at":"e.1"}')
        shared = Frame(*texts)
        for client in (one, other):
            assert [await client.recv() for _ in range(2)] == ["<state", '{"at":"e1.0"}']
        for reader in list(house.broker._roll):
            reader.write(shared)
            reader.write(Frame("last"))
        for client in (one, other):
            assert [await client.recv() for _ in range(4)] == [*texts, "last"]


async def test_of_what_a_peer_said_of_itself_only_the_application_keeps_anything(live: Live) -> None:
    async with connect(live.url, additional_headers={"Cookie": "webchat=x"}) as client:
        await client.recv()
        [wire] = protocols(live)
        assert not wire.request.headers
        assert dict(wire.scope["headers"])[b"cookie"] == b"webchat=x"


@pytest.mark.parametrize("code", [1012, 1013, 4401, 4403, 4429])
async def test_a_reader_is_told_the_code_and_nothing_after_it(live: Live, house: House, code: int) -> None:
    async with connect(live.url) as client:
        await client.recv()
        [reader] = house.broker._roll
        outlet = reader.outlet
        outlet.cut(code)
        outlet.cut(1000)
        outlet.write(Frame("too late"))
        assert await code_of(client) == code
    await until(lambda: live.held == 0)


@pytest.mark.parametrize("ending", ["cut", "goodbye", "nonsense", "gone", "silent"])
async def test_the_short_way_is_taken_until_the_end_begins(live: Live, house: House, ending: str) -> None:
    async with raw(live) as stream:
        await until(lambda: len(house.broker))
        [reader] = house.broker._roll
        [connection] = protocols(live)
        assert reader.push == connection.transport.write
        if ending == "cut":
            connection.cut(1013)
        elif ending == "goodbye":
            await stream.send(frame(8, struct.pack("!H", 1000)))
        elif ending == "nonsense":
            await stream.send(frame(3))
        elif ending == "gone":
            await stream.aclose()
        else:
            for _ in range(LOOKS + 1):
                connection.keepalive_timeout()

        def over() -> bool:
            assert reader.push is None or not connection.close_sent, "nothing may follow a goodbye"
            return reader.push is None

        await until(over)
        assert connection.push is None
        reader.write(Frame("too late"))
        await until(lambda: live.held == 0)


async def test_a_stalled_peer_is_let_go(live: Live, house: House) -> None:
    async with raw(live):
        await until(lambda: len(house.broker))
        [reader] = house.broker._roll
        await filled(reader, 4 * MIB + 1)
        await house.broker.second()
        assert reader.gone
        await until(lambda: live.held == 0)
        assert house.inside == 0


async def test_a_shutdown_does_not_wait_for_a_stalled_peer(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(house) as live, raw(live):
        await until(lambda: len(house.broker))
        [stalled] = house.broker._roll
        await filled(stalled, MIB)
        async with connect(live.url) as client:
            await client.recv()
            for connection in protocols(live):
                connection.shutdown()
            assert await code_of(client) == 1012
        await until(lambda: live.held == 0)


async def test_a_peer_that_says_goodbye_during_shutdown(
    live: Live, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with raw(live) as stream:
        await until(lambda: len(house.broker))
        [reader] = house.broker._roll
        [connection] = protocols(live)
        await filled(reader, MIB)
        await stream.send(frame(8, struct.pack("!H", 1000)))
        await until(lambda: connection.conn.close_rcvd)
        connection.shutdown()
        connection.cut(1013)
        await until(lambda: live.held == 0)


async def test_a_flood_of_pings_is_cut(live: Live, house: House) -> None:
    async with raw(live) as stream:
        with contextlib.suppress(anyio.BrokenResourceError):
            await stream.send(PING * 400_000)
        await until(lambda: live.held == 0)
        assert len(house.broker) == 0


async def test_pings_of_a_peer_that_takes_nothing_are_not_answered(house: House) -> None:
    async with serving(house, Unlimited) as live, raw(live) as stream:
        await until(lambda: len(house.broker))
        [reader] = house.broker._roll
        await filled(reader, 2 * MIB)
        before = reader.outlet.waiting()
        await stream.send(PING * 20_000)
        await rest()
        assert reader.outlet.waiting() < before + 1000, "pongs would be forty thousand"


async def test_endless_fragments_are_cut(live: Live) -> None:
    async with raw(live) as stream:
        await stream.send(frame(1, b"{", fin=False) + frame(0, fin=False) * 62 + frame(0, b"}"))
        await stream.send(frame(1, b"{", fin=False) + frame(0, fin=False) * 65)
        assert struct.pack("!H", 4429) in await gone(stream)
        await until(lambda: live.held == 0)


async def test_what_comes_in_pieces_keeps_its_place_among_what_comes_whole(live: Live, house: House) -> None:
    texts = [post(f"{number} " + "x" * PIECE, f"cid-0123456789-{number}").encode() for number in range(6)]
    async with raw(live) as stream:
        await until(lambda: len(house.broker) == 1)
        for number, text in enumerate(texts):  # every other one in two pieces, and a ping between them
            pieces = frame(1, text[:9], fin=False) + PING + frame(0, text[9:])
            texts[number] = pieces if number % 2 else frame(1, text)
        await stream.send(b"".join(texts))
        await until(lambda: len(house.performed) == 6)
    assert [command.body[0] for command in house.performed if isinstance(command, PostMessage)] == [*"012345"]


async def test_too_many_bytes_are_cut(live: Live) -> None:
    async with raw(live) as stream:
        with contextlib.suppress(anyio.BrokenResourceError):
            for _ in range(40):
                await stream.send(frame(1, b"x" * 60_000))
        await until(lambda: live.held == 0)


async def test_without_limits_a_load_test_may_send_what_it_likes(house: House) -> None:
    async with serving(house, Unlimited) as live, raw(live) as stream:
        await stream.send(PING * 3_000 + frame(1, b"x" * 60_000) * 30 + frame(9, b"last"))
        read = b""
        with anyio.fail_after(5):
            while b"\x8a\x04last" not in read:
                read += await stream.receive()
        assert read.count(b"\x8a\x00") == 3_000


async def test_the_log_keeps_no_secrets_and_no_strangers_bytes(live: Live, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with connect(f"{live.url}?ticket=canary"):
        pass
    async with raw(live) as stream:
        await stream.send(frame(1, b"\xff\xfe"))
        assert struct.pack("!H", 1007) in await gone(stream)
    text = "\n".join(record.getMessage() for record in caplog.records)
    assert "/socket" in text
    assert "canary" not in text
    assert "UTF-8" not in text
    assert not [record for record in caplog.records if record.exc_info]


GOODBYES = (
    b"", frame(8, struct.pack("!H", 1000)), frame(8), b"\x81\xfe\xff", frame(1, b"{", fin=False), b"\xff\xff"
)  # fmt: skip


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("abruptly", [False, True])
async def test_who_has_left_is_gone_without_being_collected(live: Live, abruptly: bool) -> None:
    async with connect(live.url) as client:
        await client.recv()
        [wire] = protocols(live)
        held = [weakref.ref(each) for each in (wire, wire.conn)]
        if abruptly:
            wire.transport.abort()
        del wire
    await until(lambda: [ref() for ref in held] == [None, None])


@pytest.mark.parametrize("abruptly", [False, True])
async def test_nothing_leaks_however_a_peer_leaves(live: Live, house: House, abruptly: bool) -> None:
    files = len(os.listdir("/proc/self/fd"))
    for goodbye in GOODBYES:
        async with raw(live) as stream:
            if goodbye:
                await stream.send(goodbye)
            if abruptly:
                reset = struct.pack("ii", 1, 0)
                stream.extra(SocketAttribute.raw_socket).setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)  # noqa: S610 - anyio's
            house.broker.publish(posted(1))
    await until(lambda: live.held == 0)
    assert (len(house.broker), house.inside) == (0, 0)
    await until(lambda: len(os.listdir("/proc/self/fd")) <= files)
