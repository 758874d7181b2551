"""Who is silent is let go; who was only not heard, or is slow, is not."""

import struct
import time

import anyio
import anyio.lowlevel
import pytest
from websockets.asyncio.client import connect

from tests.wire.live import MIB, House, filled, gone, protocols, raw, serving, until
from webchat import wire as wire_module


async def test_a_late_pong_is_read_before_its_time_is_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process was busy for longer than a peer may be silent; the peer was not silent."""
    monkeypatch.setattr(wire_module, "LOOK", 0.05)
    async with serving(house, ws_ping_interval=0.05, ws_ping_timeout=0.1) as live, connect(live.url) as client:
        await client.recv()
        [connection] = protocols(live)
        for _ in range(3):
            await until(lambda: connection.pending_ping_payload)
            _busy(0.3)
            await until(lambda: not connection.pending_ping_payload)
        connection.read_paused = True
        connection.transport.pause_reading()
        await until(lambda: connection.pending_ping_payload)
        asked = connection.ping_sent_at
        await until(lambda: connection.loop.time() - asked > 0.5)
        connection.read_paused = False
        connection.transport.resume_reading()
        await until(lambda: not connection.pending_ping_payload)
        assert not connection.close_sent


async def test_a_silent_peer_is_let_go(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire_module, "LOOK", 0.02)
    async with serving(house, ws_ping_interval=0.05, ws_ping_timeout=0.05) as live, raw(live) as stream:
        assert struct.pack("!H", 1011) in await gone(stream)
        await until(lambda: live.held == 0)


async def test_a_slow_peer_that_moves_is_not_taken_for_silent(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire_module, "LOOK", 0.5)
    async with serving(house, ws_ping_interval=0.05, ws_ping_timeout=0.05) as live, raw(live) as stream:
        await until(lambda: len(house.broker))
        [reader] = house.broker._roll
        await filled(reader, MIB)
        [connection] = protocols(live)
        start = connection.loop.time()
        with anyio.fail_after(30):
            while connection.loop.time() - start < 2.5:
                await filled(reader, MIB // 2)
                await stream.receive(MIB)
                assert not connection.close_sent
        assert connection.pending_ping_payload, "its pong is far behind"


def _busy(seconds: float) -> None:
    """Keep the event loop from doing anything else."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass
