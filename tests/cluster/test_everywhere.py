"""What is for one user reaches all of its tabs, on all servers, and nobody else; what is taken away is, everywhere."""

import json
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import anyio
import anyio.to_thread
import httpx2
import jwt
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.tools.clients import Visit
from tests.tools.cluster import Cluster

pytestmark = pytest.mark.timeout(180)
PATIENCE = 30


class Tab:
    """A page's connection, by one of the servers; all it is sent."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[str] = []
        self.code = 0
        self._more = anyio.Event()

    async def run(self) -> None:
        try:
            async for frame in self.socket:
                self.frames.append(str(frame))
                self._wake()
        except ConnectionClosed:
            pass
        self.code = self.socket.close_code or 0
        self._wake()

    def _wake(self) -> None:
        self._more.set()
        self._more = anyio.Event()

    async def until(self, true: Callable[["Tab"], object]) -> None:
        with anyio.fail_after(PATIENCE):
            while not true(self):
                await self._more.wait()

    async def sees(self, text: str) -> None:
        await self.until(lambda tab: any(text in frame for frame in tab.frames))


def person(cluster: Cluster, name: str) -> Visit:
    """Somebody who signs in by the proxy."""
    password = cluster.nodes[1].add_user(name)
    visit = Visit(cluster.front)
    visit.post("/sign-in", {"name": name, "password": password}, "text/html")
    return visit


@asynccontextmanager
async def tabs(cluster: Cluster, visit: Visit, room: str) -> AsyncIterator[list[Tab]]:
    """One tab at each server, all of which are sent what the room is."""
    async with AsyncExitStack() as open_, anyio.create_task_group() as tasks:
        found = [Tab(await open_.enter_async_context(visit.dial(room, "0", node.port))) for node in cluster.nodes]
        for tab in found:
            tasks.start_soon(tab.run)
        for tab in found:
            await tab.sees('{"at"')
        yield found
        tasks.cancel_scope.cancel()


async def test_notifications_and_direct_messages_reach_all_tabs_and_nobody_else(cluster: Cluster) -> None:
    ann, bob, eve = [await anyio.to_thread.run_sync(person, cluster, name) for name in ("ann", "bob", "eve")]
    slug = bob.do("open-direct", users="ann")
    async with (
        tabs(cluster, ann, "lobby") as anns, tabs(cluster, eve, "lobby") as eves, tabs(cluster, ann, slug) as direct
    ):  # fmt: skip
        done = await anyio.to_thread.run_sync(cluster.nodes[2].run, "notify", "ann", "Lunch is ready")
        assert done.returncode == 0, done.stderr
        bob.do("post-message", room=slug, body="A word between us")
        for tab in (*anns, *direct):
            await tab.sees("Lunch is ready")
        for tab in direct:
            await tab.sees("A word between us")
        for tab in anns:
            await tab.until(lambda tab: any(frame.startswith('{"top"') for frame in tab.frames))
        bob.do("post-message", room="lobby", body="To all")
        for tab in eves:
            await tab.sees("To all")
            assert not any("Lunch" in frame or "between us" in frame or slug in frame for frame in tab.frames)


async def test_who_is_here_and_writes_is_seen_from_every_server(cluster: Cluster) -> None:
    dan, fay = [await anyio.to_thread.run_sync(person, cluster, name) for name in ("dan", "fay")]
    async with dan.dial("lobby", "0", cluster.nodes[0].port) as here, tabs(cluster, fay, "lobby") as others:
        for tab in others:
            await tab.sees("/direct/dan")
        await here.send(json.dumps({"do": "start-typing", "room": "lobby"}))
        for tab in others:
            await tab.until(lambda tab: any('"#typing"' in f and "dan" in f for f in tab.frames))


async def test_a_session_that_ends_ends_everywhere(cluster: Cluster) -> None:
    gus = await anyio.to_thread.run_sync(person, cluster, "gus")
    async with tabs(cluster, gus, "lobby") as open_tabs:
        await anyio.to_thread.run_sync(gus.post, "/sign-out", {}, "text/html")
        for tab in open_tabs:
            await tab.until(lambda tab: tab.code == 4401)


async def test_a_session_that_ends_while_a_server_is_cut_off_ends_there_too(cluster: Cluster) -> None:
    """By the number in the database, which every server looks at every five seconds."""
    hal = await anyio.to_thread.run_sync(person, cluster, "hal")
    async with tabs(cluster, hal, "lobby") as open_tabs:
        cluster.cable.pull_out()
        try:
            await open_tabs[0].sees("A part of this place is away")
            done = await anyio.to_thread.run_sync(cluster.nodes[1].run, "user", "passwd", "hal")
            assert done.returncode == 0, done.stderr
            for tab in open_tabs:
                await tab.until(lambda tab: tab.code == 4401)
        finally:
            cluster.cable.plug_in()


async def test_a_sites_token_is_taken_at_one_server_whichever(cluster: Cluster) -> None:
    nodes, at = cluster.nodes, int(time.time())
    secret = nodes[0].run("site", "add", "paper", "--origin", "https://paper.example").stdout.split()[-1]
    claims = {"iss": "paper", "aud": [node.url for node in nodes], "sub": "7", "iat": at, "exp": at + 60, "jti": "once"}
    token, codes = jwt.encode(claims, secret), []

    def show(url: str) -> None:
        codes.append(httpx2.post(f"{url}/embed/paper/identify", data={"token": token}).status_code)

    async with anyio.create_task_group() as tasks:
        for node in nodes:
            tasks.start_soon(anyio.to_thread.run_sync, show, node.url)
    assert sorted(codes) == [204, 401, 401]


async def test_who_signs_out_is_gone_from_the_frames_of_sites_everywhere(cluster: Cluster) -> None:
    kit = await anyio.to_thread.run_sync(person, cluster, "kit")
    frame = Visit(cluster.nodes[1])
    assert cluster.nodes[0].run("site", "add", "blog", "--origin", "https://blog.example").returncode == 0
    [code] = re.findall(r'data-code="([^"]+)"', kit.post("/embed/blog/-/sign-in", {}, "text/html"))
    frame.post("/embed/blog/redeem", {"code": code})
    frame.do("post-message", room="blog.post", body="As myself")
    async with tabs(cluster, frame, "blog.post") as open_tabs:
        await anyio.to_thread.run_sync(kit.post, "/sign-out", {}, "text/html")
        for tab in open_tabs:
            await tab.until(lambda tab: tab.code == 4401)


async def test_what_was_missed_of_a_user_while_a_server_was_cut_off_is_sent_anew(cluster: Cluster) -> None:
    ida = await anyio.to_thread.run_sync(person, cluster, "ida")
    async with tabs(cluster, ida, "lobby") as open_tabs:
        cluster.cable.pull_out()
        try:
            await open_tabs[0].sees("A part of this place is away")
            done = await anyio.to_thread.run_sync(cluster.nodes[1].run, "notify", "ida", "Missed?")
            assert done.returncode == 0, done.stderr
            await open_tabs[1].sees("Missed?")
        finally:
            cluster.cable.plug_in()
        await open_tabs[0].until(
            lambda tab: any('hx-target="#badge"' in frame and ">1<" in frame for frame in tab.frames)
        )
        assert not any("Missed?" in frame for frame in open_tabs[0].frames[:1])


async def test_guests_of_a_name_are_told_at_whatever_server(cluster: Cluster) -> None:
    one, two = (f"{node.ws}/ws/user/" for node in cluster.nodes[:2])
    async with connect(one + "gina") as gina, connect(two + "hugo") as hugo:
        heard: dict[str, object] = {}
        with anyio.fail_after(PATIENCE):
            while not heard:  # within a second it is known there that he is here, and what was cut off sends again
                await gina.send('{"to_user": "hugo", "message": "psst"}')
                with anyio.move_on_after(0.5):
                    heard = json.loads(await hugo.recv())
            assert heard == {"to_user": "hugo", "message": "psst", "user": "gina"}
            await gina.send('{"to_user": "nobody-here", "message": "psst"}')
            told: dict[str, object] = {}
            while "nobody-here" not in str(told.get("message")):
                told = json.loads(await gina.recv())
            assert told["error"] == 404
