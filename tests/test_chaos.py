"""The proxy of the fault tests does what it says."""

import time
from collections.abc import AsyncIterator

import anyio
import pytest
from anyio.abc import SocketAttribute, SocketStream

from tests.tools.chaos import Chaos

pytestmark = pytest.mark.anyio


@pytest.fixture
async def chaos() -> AsyncIterator[Chaos]:
    """A proxy to a server that says everything twice."""

    async def echo(stream: SocketStream) -> None:
        async with stream:
            try:
                async for data in stream:
                    await stream.send(data * 2)
            except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                pass

    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, echo)
        async with Chaos(listener.extra(SocketAttribute.local_port)) as chaos:  # noqa: S610 - anyio's
            yield chaos
        tasks.cancel_scope.cancel()


async def dial(chaos: Chaos) -> SocketStream:
    return await anyio.connect_tcp("127.0.0.1", chaos.port)


async def test_by_itself_it_does_nothing(chaos: Chaos) -> None:
    async with await dial(chaos) as line:
        await line.send(b"hello")
        assert await heard(line, 10) == b"hellohello"
    assert chaos.dialled == 1


async def test_it_delays_and_slices(chaos: Chaos) -> None:
    chaos.up.latency, chaos.down.piece = 0.2, 1
    async with await dial(chaos) as line:
        before = time.monotonic()
        await line.send(b"abc" * 100)
        assert await heard(line, 600) == b"abc" * 200
        assert time.monotonic() - before >= 0.2


@pytest.mark.parametrize("abruptly", [False, True])
async def test_it_cuts_at_a_byte_and_inside_a_frame(chaos: Chaos, abruptly: bool) -> None:
    chaos.abruptly = abruptly
    lost = [None] if abruptly else []  # a reset may overtake what was sent before it
    chaos.down.cut_at = 7
    async with await dial(chaos) as line:
        await line.send(b"hello")
        assert await until_it_ends(line) in (b"hellohe", *lost)
    chaos.down.cut_at, chaos.down.cut_frames = None, 1
    async with await dial(chaos) as line:
        await line.send(b"ab")
        assert await until_it_ends(line) in (b"aba", *lost)


async def test_it_stalls_and_swallows_and_heals(chaos: Chaos) -> None:
    async with await dial(chaos) as line:
        await line.send(b"a")
        assert await heard(line, 2) == b"aa"
        chaos.stall()
        await line.send(b"b")
        assert await heard(line, 2, seconds=0.1) == b""
        chaos.heal()
        assert await heard(line, 2) == b"bb"
        chaos.swallow()
        await line.send(b"c")
        assert await heard(line, 2, seconds=0.1) == b""
        chaos.heal()
        await line.send(b"d")
        assert await heard(line, 2) == b"dd"


async def test_who_cannot_be_reached_hangs_up(chaos: Chaos) -> None:
    chaos.to = 1
    async with await dial(chaos) as line:
        assert await until_it_ends(line) == b""


async def heard(line: SocketStream, count: int, seconds: float = 5) -> bytes:
    """What comes, up to so many bytes, in a time."""
    data = b""
    with anyio.move_on_after(seconds):
        while len(data) < count:
            data += await line.receive(count - len(data))
    return data


async def until_it_ends(line: SocketStream) -> bytes | None:
    """All that comes, or None when the end was a reset."""
    data = b""
    with anyio.fail_after(5):
        try:
            while True:
                data += await line.receive()
        except anyio.EndOfStream:
            return data
        except anyio.BrokenResourceError:
            return None
