"""What the load counts: one short talk with a real server, and its parts."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from benchmarks import crowd, load as loads, polls
from benchmarks.crowd import NEVER, Chunk
from benchmarks.load import parser, percentiles
from benchmarks.servers import KINDS
from tests.tools import tree
from tests.tools.clients import Visit
from tests.tools.server import Server


def load(server: Server, *options: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "benchmarks.load", "--port", str(server.port), "--pid", str(server.pid)]
    return subprocess.run([*command, *options], cwd=tree.ROOT, capture_output=True, text=True, check=False)


def test_a_talk_is_counted_and_nothing_is_lost(make_server: Callable[..., Server]) -> None:
    server = make_server("--open", environ=dict(KINDS["webchat"].environ)).start()
    options = ("--rooms", "2", "--members", "3", "--writers", "2", "--window", "2", "--seconds", "0.3", "--warm", "0.1")
    done = load(server, *KINDS["webchat"].speaks, *options, "--settle", "0")
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["connections"] == 6
    assert told["lost"] == 0
    assert 0 < told["deliveries_per_s"] <= 3 * told["posts_per_s"]
    assert 0 < told["p50_ms"] <= told["p99_ms"] <= told["max_ms"]
    assert told["open_p50_ms"] > 0
    posted = {row.attributes["id"] for room in ("room-0", "room-1") for row in Visit(server).whole(room)}
    assert len(posted) >= 0.3 * told["posts_per_s"]


def test_what_does_not_come_is_lost(open_server: Server) -> None:
    """A server with limits refuses most of it."""
    speaks = KINDS["webchat"].speaks
    options = ["--members=2", "--window=50", "--patience=4", *speaks]
    talking = crowd.Crowd(parser().parse_args([f"--port={open_server.port}", f"--pid={open_server.pid}", *options]))
    try:
        talking.dial()
        talking.begin()
        talking.writing = False
        lost = talking.drain()
    finally:
        for member in talking.members.values():
            member.socket.close()
    assert 0 < lost < 100
    assert lost % 2 == 0, "both miss the same"


def test_who_is_refused_polls(make_server: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polls, "EVERY", 0.1)
    monkeypatch.setattr(polls, "COMING", 0.1)
    server = make_server("--open", environ={"WEBCHAT_LIMITS": "off", "WEBCHAT_SOCKETS": "1"})
    server.run("site", "add", "blog", "--origin", "https://blog.example")
    server.start()
    options = ["--path=/socket?room=blog.post&view=widget", "--polls=/embed/blog/post", "--members=3", "--seconds=0.5"]
    told = loads.polls(parser().parse_args([f"--port={server.port}", f"--pid={server.pid}", *options]))
    assert (told["refused"], told["wrong"]) == (3, 0)
    assert told["polls"] >= 3
    assert told["unchanged"] == pytest.approx(1 - 3 / told["polls"], abs=0.001)


def test_pages_are_asked_for(open_server: Server) -> None:
    done = load(open_server, "--pages", "--path", "/healthz", "--members", "2", "--seconds", "0.2")
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["bytes"] == 2
    assert 0 < told["p50_ms"] <= told["p99_ms"]
    assert "status is 404" in load(open_server, "--pages", "--path", "/nowhere").stderr


def test_a_server_that_refuses_is_said_in_one_line(open_server: Server) -> None:
    done = load(open_server, "--path", "/nowhere")
    assert done.returncode == 1
    assert done.stderr == "ConnectionError: Refused: HTTP/1.1 403 Forbidd\n"


def test_only_what_was_sent_while_it_was_measured_counts() -> None:
    data = bytearray(b"<p>^T00000000000000000007^</p> ^T9^ <p>^T00000000000000000009^</p>")
    assert (Chunk(data, 8).stamps, Chunk(data, 8).counted) == ([7, 9], [9])
    assert Chunk(data, NEVER).counted == []


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({1_000_000: 99, 5_000_000: 1}, [1.0, 1.0, 5.0]),
        ({1_000_000: 40, 2_000_000: 58, 9_000_000: 2}, [2.0, 9.0, 9.0]),
        ({}, []),
    ],
)
def test_percentiles_weigh(times: dict[int, int], expected: list[float]) -> None:
    assert list(percentiles(Counter(times)).values()) == expected
