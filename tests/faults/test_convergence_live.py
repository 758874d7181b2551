"""Whatever is done and whatever breaks, on a real server, through real sockets: every page ends as a fresh one."""

import random
import re
from collections.abc import Callable
from urllib.error import HTTPError

import anyio
import anyio.to_thread
import pytest

from tests.tools.chaos import Chaos
from tests.tools.clients import Line, Reader, Visit, position
from tests.tools.logchecker import Log, check, stored
from tests.tools.server import Server

STEPS = 50
DONE = ["post", "post", "post", "rush", "edit", "edit", "delete", "react", "react", "take back"]
BROKEN = ["cut", "cut", "within a frame", "restart", "kill"]


class World:
    """A server, somebody who writes on it, and readers by way of a network that breaks."""

    def __init__(self, server: Server, chaos: Chaos, seed: int) -> None:
        self.server = server
        self.chaos = chaos
        self.chance = random.Random(seed)  # noqa: S311 - to be repeatable, not secret
        self.line = Line()
        self.author = Visit(server)
        self.author.get("/rooms/lobby")
        self.author.post("/sign-in", {"name": "ann", "password": server.add_user("ann")}, accept="text/html")
        self.posted: list[int] = []
        self.readers = [Reader(Visit(server), "lobby", self.line, chaos.port) for _ in range(4)]
        self.line.up()

    async def step(self) -> None:
        """Do something, or let something break."""
        if self.chance.random() < 0.15:
            await self.fail(self.chance.choice(BROKEN))
        else:
            try:
                await anyio.to_thread.run_sync(self.do, self.chance.choice(DONE))
            except HTTPError as refused:  # the message was deleted before
                refused.close()

    def do(self, what: str) -> None:
        if what in ("post", "rush") or not self.posted:
            for number in range(20 if what == "rush" else 1):
                self.posted.append(self.author.do("post-message", room="lobby", body=f"Number **{number}**"))
            return
        message = self.chance.choice(self.posted)
        if what == "edit":
            page = self.author.get(f"/rooms/lobby/m/{1 + self.posted.index(message)}?edit")
            if found := re.search(r'name="based" value="(\d+)"', page):
                self.author.do("edit-message", message=message, based=found[1], body=f"Edited {self.chance.random()}")
        elif what == "delete":
            self.author.do("delete-message", message=message)
        else:
            self.author.do("add-reaction" if what == "react" else "remove-reaction", message=message, emoji="👍")

    async def fail(self, how: str) -> None:
        if how == "cut":
            self.chaos.cut()
        elif how == "within a frame":
            self.chaos.down.cut_frames = self.chance.randint(1, 3)
        else:
            self.line.down()
            await anyio.to_thread.run_sync(self.server.stop if how == "restart" else self.server.kill)
            await anyio.to_thread.run_sync(self.server.start)
            self.line.up()

    async def judge(self) -> list[str]:
        """Wait for all to come to where a fresh page is, then compare."""
        self.chaos.heal()
        head = position(await anyio.to_thread.run_sync(self.author.get, "/rooms/lobby"))
        with anyio.move_on_after(60):  # who does not come to it in this time, differs below
            for reader in self.readers:
                await reader.reached(head)
        fresh = {"lobby": await anyio.to_thread.run_sync(self.author.whole, "lobby")}
        return check(Log(), stored(self.server.data / "webchat.db"), [reader.view for reader in self.readers], fresh)


@pytest.mark.timeout(900)
async def test_every_page_of_a_real_server_ends_as_a_fresh_one(
    make_server: Callable[..., Server], long_run: bool
) -> None:
    for seed in range(20 if long_run else 1):
        server = make_server("--open", environ={"WEBCHAT_LIMITS": "off"}).start()
        async with Chaos(server.port) as chaos, anyio.create_task_group() as reading:
            world = await anyio.to_thread.run_sync(World, server, chaos, seed)
            for reader in world.readers:
                reading.start_soon(reader.run)
            for _ in range(STEPS):
                await world.step()
            assert await world.judge() == [], f"seed {seed}"
            reading.cancel_scope.cancel()
        assert len(world.posted) > STEPS / 5
        assert "Traceback" not in server.errors.read_text()
        server.stop()
