"""Several processes of one command, on one port."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.error import HTTPError
from urllib.request import urlopen

import anyio.to_thread
import pytest

from tests.tools import forks
from tests.tools.clients import Visit
from tests.tools.ports import free_port
from tests.tools.postgres import Postgres
from tests.tools.redis import Redis, running
from tests.tools.server import WITHOUT_OURS, Server

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    with running(tmp_path) as server:
        yield server


@pytest.fixture
def shared(postgres: Postgres, redis: Redis) -> dict[str, str]:
    return {"WEBCHAT_STORE": postgres.emptied("workers"), "WEBCHAT_BUS": redis.url}


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def test_workers_are_one_place_and_one_that_dies_is_replaced(
    make_server: Callable[..., Server], shared: dict[str, str]
) -> None:
    server = make_server("--open", "--workers", "2", environ=shared).start()
    assert server.said[-1].endswith("with 2 workers")
    first = children(server.pid)
    assert len(first) == 2
    visit = Visit(server)
    visit.get("/rooms/lobby")
    async with visit.dial("lobby", "0") as one, visit.dial("lobby", "0") as two, visit.dial("lobby", "0") as three:
        visit.do("post-message", room="lobby", body="Heard by all")
        for socket in (one, two, three):
            with anyio.fail_after(20):
                while "Heard by all" not in str(await socket.recv()):
                    pass
    os.kill(first[0], signal.SIGKILL)
    with anyio.fail_after(60):
        while len([child for child in children(server.pid) if child not in first]) != 1:
            await anyio.to_thread.run_sync(visit.get, "/healthz")
    assert server.stop() == 0
    assert "Another takes its place" in server.errors.read_text()
    for child in first:
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)


def test_workers_end_with_the_command(make_server: Callable[..., Server], shared: dict[str, str]) -> None:
    """However that ends."""
    server = make_server("--open", "--workers", "2", environ=shared).start()
    left = children(server.pid)
    server.kill()
    for child in left:
        subprocess.run(["tail", "--pid", str(child), "-f", "/dev/null"], timeout=30, check=True)


@pytest.mark.parametrize("environ", [{}, {"WEBCHAT_BUS": "redis://127.0.0.1"}, {"WEBCHAT_STORE": "postgresql://x/y"}])
def test_workers_that_share_nothing_are_refused(make_server: Callable[..., Server], environ: dict[str, str]) -> None:
    done = make_server(environ=environ).run("serve", "--workers", "2", "--port", "0")
    assert done.returncode == 1
    assert "set WEBCHAT_STORE to postgresql://… and WEBCHAT_BUS to redis://…" in done.stderr
    assert done.stderr.count("\n") == 1


QUICK = "from webchat.bus import redis\nredis.RedisBus.reach.__defaults__ = (1.0,)"


def test_a_redis_that_is_away_is_waited_for_and_then_given_up(
    make_server: Callable[..., Server], shared: dict[str, str]
) -> None:
    away = shared | {"WEBCHAT_BUS": f"redis://127.0.0.1:{free_port()}"}
    server = make_server(environ=away, patch=QUICK)
    with pytest.raises(AssertionError, match="ended with 1"):
        server.start()
    said = server.errors.read_text()
    assert "Waiting for Redis at 127.0.0.1" in said
    assert said.splitlines()[-1].startswith("Error: Redis at 127.0.0.1")
    assert "Traceback" not in said


@contextmanager
def starting(data: Path, port: int, environ: dict[str, str]) -> Iterator[tuple[forks.Forked, IO[str]]]:
    """A server that need not become ready, and what it logs."""
    read, write = os.pipe()
    with open(read, encoding="utf-8") as said:
        words = ("serve", "--port", str(port), "--data", str(data))
        with open(write, "wb") as errors:
            process = forks.start(*words, environ={**WITHOUT_OURS, **environ}, stderr=errors)
        assert process.stdout
        with process.stdout:
            try:
                yield process, said
            finally:
                process.kill()
                process.wait(20)


def test_who_asks_meanwhile_is_told_to_wait(tmp_path: Path, shared: dict[str, str]) -> None:
    port = free_port()
    environ = shared | {"WEBCHAT_BUS": f"redis://127.0.0.1:{free_port()}"}
    with starting(tmp_path / "data", port, environ) as (_, said):
        assert any("Waiting for Redis" in line for line in said)
        with pytest.raises(HTTPError) as refused:
            urlopen(f"http://127.0.0.1:{port}/readyz", timeout=20)
        assert refused.value.code == 503
        refused.value.close()


async def test_a_server_without_redis_stays_ready_and_says_so_to_its_readers(
    make_server: Callable[..., Server], shared: dict[str, str], redis: Redis
) -> None:
    server = make_server("--open", environ=shared).start()
    visit = Visit(server)
    visit.get("/rooms/lobby")
    async with visit.dial("lobby", "0") as socket:
        redis.kill()
        with anyio.fail_after(30):
            while "A part of this place is away" not in str(await socket.recv()):
                pass
            assert visit.get("/readyz") == "ok"
            visit.do("post-message", room="lobby", body="Told all the same")
            while "Told all the same" not in str(await socket.recv()):
                pass
            await anyio.to_thread.run_sync(redis.start)
            while '"#away"' not in (frame := str(await socket.recv())) or "is away" in frame:
                pass


def test_one_that_waits_for_its_database_ends_at_once_when_asked_to(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        environ = {"WEBCHAT_STORE": f"postgresql://me@127.0.0.1:{silent.getsockname()[1]}/none"}
        with starting(tmp_path / "data", 0, environ) as (process, said):
            silent.settimeout(30)
            with silent.accept()[0]:  # and is told nothing
                process.send_signal(signal.SIGTERM)
                began = time.monotonic()
                assert process.wait(30) == 0
                assert time.monotonic() - began < 3, "a connection is tried for five seconds"
            assert "Traceback" not in said.read()
