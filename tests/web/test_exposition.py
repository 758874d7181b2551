"""`/metrics`: who may read it, and that what happens is what it tells."""

import re
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.sync.client import ClientConnection, connect

from tests.tools import tree
from tests.tools.clients import Visit
from tests.tools.server import Server
from tests.web.conftest import URL, Visitor
from webchat.app import Webchat, create_app
from webchat.settings import Settings
from webchat.web.exposition import REASONS

Numbers = dict[str, float]


def read(text: str) -> Numbers:
    """The samples by name and labels."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = "".join(f" {value}" for value in sample.labels.values())
            found[sample.name + labels] = sample.value
    return found


async def asked(app: Webchat, client: str = "127.0.0.1", host: str = URL, **headers: str) -> int:
    """The status with which /metrics answers a peer."""
    transport = httpx2.ASGITransport(app=app, client=(client, 123))
    async with httpx2.AsyncClient(transport=transport, base_url=host) as visitor:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await visitor.get("/metrics", headers=given, follow_redirects=True)
        return answer.status_code


@pytest.mark.anyio
async def test_only_this_machine_may_read_it(app: Webchat, ann: Visitor) -> None:
    assert await asked(app) == 200
    assert await asked(app, host="http://localhost:8000") == 200
    assert await asked(app, "192.0.2.1") == 404
    assert await asked(app, X_Forwarded_For="127.0.0.1") == 404
    assert await asked(app, Forwarded="for=192.0.2.1") == 404
    assert (await ann.get("/metrics")).status_code == 200, "signed in or not is no matter"
    nowhere = await ann.get("/nowhere")
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app, client=("192.0.2.1", 1)), base_url=URL, cookies=ann.cookies
    ) as away:
        answer = await away.get("/metrics")
    assert re.sub("cid.*", "", answer.text) == re.sub("cid.*", "", nowhere.text).replace("/nowhere", "/metrics")


@pytest.mark.anyio
async def test_those_may_whom_the_settings_name(tmp_path: Path) -> None:
    named = ("10.0.0.5", "fd00::/8", "192.168.0.0/16")
    app = create_app(Settings(data=tmp_path, open=True, metrics_from=named, origins=("http://chat.example",)))
    async with app.running():
        for client in ("10.0.0.5", "fd00::5", "192.168.7.7", "127.0.0.1"):
            assert await asked(app, client) == 200
        for client in ("10.0.0.6", "fe80::5", "8.8.8.8", "", "testclient"):
            assert await asked(app, client) == 404
        assert await asked(app, "127.0.0.1", "http://chat.example", X_Forwarded_For="8.8.8.8, 10.0.0.5") == 200
        assert await asked(app, "127.0.0.1", "http://chat.example", X_Forwarded_For="10.0.0.5, 8.8.8.8") == 404
        assert await asked(app, "10.0.0.5", X_Forwarded_For="10.0.0.5") == 404, "a proxy elsewhere hides who asks"
        assert await asked(app, "10.0.0.5", "http://evil.test") == 400, "it is behind the wall as everything is"


@pytest.mark.anyio
async def test_two_applications_in_one_process_count_apart(app: Webchat, stranger: Visitor, tmp_path: Path) -> None:
    other = create_app(Settings(data=tmp_path / "other"))
    async with other.running(), Visitor(other) as visitor:
        await visitor.get("/rooms/nowhere", headers={"Host": "evil.test"})
        assert read((await visitor.get("/metrics")).text)["webchat_refusals_total Malformed"] == 1
        assert read((await stranger.get("/metrics")).text)["webchat_refusals_total Malformed"] == 0


@pytest.mark.anyio
async def test_posts_refusals_and_commits(app: Webchat, ann: Visitor) -> None:
    before = read((await ann.get("/metrics")).text)
    assert before["webchat_posts_total"] == 0
    for cid in ("cid-that-is-sent-twice", "cid-that-is-sent-twice", "cid-that-is-sent-once"):
        await ann.do("post-message", room="lobby", body="Hello", cid=cid)
    await ann.do("post-message", room="nowhere", body="Hello")
    await ann.do("post-message", room="lobby", body="")
    await ann.get("/nowhere")
    answer = await ann.get("/metrics")
    after = read(answer.text)
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert answer.headers["cache-control"] == "no-store"
    assert after["webchat_posts_total"] == 2
    assert after["webchat_refusals_total NotFound"] == 2
    assert after["webchat_refusals_total Malformed"] == 1
    commits = after["webchat_commit_seconds_count"] - before["webchat_commit_seconds_count"]
    writes = after["webchat_commit_writes_sum"] - before["webchat_commit_writes_sum"]
    assert 3 <= commits <= writes
    assert after["webchat_commit_seconds_bucket +Inf"] == after["webchat_commit_seconds_count"]
    assert after["webchat_commit_seconds_bucket 2.5"] >= after["webchat_commit_seconds_bucket 0.0005"]
    assert after["process_resident_memory_bytes"] > 2**20


def test_sockets_come_and_go(open_server: Server) -> None:
    visit = Visit(open_server)
    url = f"{open_server.ws}/socket?room=lobby&since=0"
    with connect(url, compression=None) as socket:
        until(socket, '"at"')
        socket.send('{"do":"post-message","room":"lobby","body":"Hello","cid":"cid-0123456789abcdef"}')
        until(socket, '"at"')
        socket.send('{"do":"post-message","room":"lobby","body":"","cid":"cid-0123456789abcdeg"}')
        until(socket, '"nack"')
        during = read(visit.get("/metrics"))
    assert during["webchat_sockets"] == 1
    assert during["webchat_frames_total"] >= 1
    assert during["webchat_messages_per_frame_sum"] == during["webchat_publish_to_write_seconds_count"] == 1
    assert during["webchat_resumes_total reset"] == 1
    assert during["webchat_refusals_total Malformed"] == 1
    while (after := read(visit.get("/metrics")))["webchat_sockets"]:
        pass
    assert after["webchat_closes_total 1000"] == 1


def until(socket: ClientConnection, word: str) -> None:
    """Receive until a text has the word in it."""
    while word not in str(socket.recv(10)):
        pass


def test_what_is_documented_is_told_and_the_other_way_round(open_server: Server) -> None:
    page = (tree.ROOT / "docs/reference/metrics.md").read_text("utf-8")
    documented = set(re.findall(r"^\| `(webchat_\w+)`", page, re.MULTILINE))
    told = re.findall(r"^# TYPE (webchat_\w+) (\w+)", Visit(open_server).get("/metrics"), re.MULTILINE)
    assert documented == {name for name, _kind in told}
    assert {f"`{reason}`" for reason in REASONS.values()} <= set(re.findall(r"`\w+`", page))
