"""A post is applied once, however often it is sent, by whichever door."""

import json
import secrets
from collections import Counter
from collections.abc import Callable

import anyio
import anyio.to_thread
import pytest
from websockets.asyncio.client import ClientConnection

from tests.tools.clients import Visit
from tests.tools.dom import parse
from tests.tools.logchecker import Log, check, stored
from tests.tools.server import Server

pytestmark = pytest.mark.usefixtures("store_url")


async def test_the_same_cid_by_two_sockets_and_a_form_is_one_message(
    make_server: Callable[..., Server], long_run: bool
) -> None:
    server = make_server("--open", environ={"WEBCHAT_LIMITS": "off"}).start()
    ann, bob = Visit(server), Visit(server)
    ann.get("/rooms/lobby")
    bob.get("/rooms/lobby")
    log = Log()
    async with ann.dial("lobby") as one, ann.dial("lobby") as two, bob.dial("lobby") as reader:
        for number in range(1000 if long_run else 50):
            cid = secrets.token_urlsafe(16)
            log.invoke("ann", "lobby", cid)
            with anyio.fail_after(20):
                for id in await sent_five_times(ann, one, two, cid, f"message {number}"):
                    log.ok(cid, id)
        assert server.run("send", "lobby", "That was all.").returncode == 0
        with anyio.fail_after(20):
            broadcasts = await rows_seen(reader, "That was all.")

    assert all(len(post.ids) == 5 and len(set(post.ids)) == 1 for post in log.posts.values())
    assert broadcasts == Counter(log.posts.keys())
    assert check(log, stored(server.database), [], {}) == []


async def sent_five_times(visit: Visit, one: ClientConnection, two: ClientConnection, cid: str, body: str) -> list[int]:
    """Send at once, twice by each socket and once as a form; the id in each answer."""
    form = {"do": "post-message", "room": "lobby", "body": body, "cid": cid}
    answers: list[int] = []

    async def by_socket(socket: ClientConnection) -> None:
        await socket.send(json.dumps(form))
        await socket.send(json.dumps(form))
        answers.append(await ack(socket, cid))
        answers.append(await ack(socket, cid))

    async def by_form() -> None:
        told = json.loads(await anyio.to_thread.run_sync(visit.post, "/do", form))
        assert told["ack"] == cid
        answers.append(int(told["id"]))

    async with anyio.create_task_group() as all_at_once:
        all_at_once.start_soon(by_socket, one)
        all_at_once.start_soon(by_socket, two)
        all_at_once.start_soon(by_form)
    return answers


async def ack(socket: ClientConnection, cid: str) -> int:
    """The id that the next ack of this cid names."""
    async for frame in socket:
        told = json.loads(frame) if str(frame).startswith("{") else {}
        assert not told.get("nack"), told
        if told.get("ack") == cid:
            return int(told["id"])
    raise AssertionError("The connection ended before the ack.")


async def rows_seen(socket: ClientConnection, last: str) -> Counter[str]:
    """How often a reader was sent each cid, until a message says ``last``."""
    seen: Counter[str] = Counter()
    async for frame in socket:
        for row in parse(str(frame)).select("li") if str(frame).startswith("<hx-partial") else []:
            if last in str(row):
                return seen
            if "data-seq" in row.attributes:  # and not somebody in the list of those who are here
                seen[row.attributes["data-cid"]] += 1
    raise AssertionError("The connection ended before the last message.")
