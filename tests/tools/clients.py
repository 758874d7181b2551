"""Authors and readers as a browser's page is one: they come back after every loss, resend and resume."""

import json
import re
import secrets
from collections import deque
from collections.abc import Callable
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import quote, urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import anyio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.tools.dom import Element, parse
from tests.tools.logchecker import Log, View
from tests.tools.server import Server

WINDOW = 4
"""Posts an author has under way at once."""


class Visit:
    """A browser without its script: the cookies that it was given, and pages."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._jar = CookieJar()
        self._opener = build_opener(HTTPCookieProcessor(self._jar))

    @property
    def cookie(self) -> str:
        """The header that tells who it is."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._jar)

    def get(self, path: str, **headers: str) -> str:
        """A page's HTML. The first one brings a guest's cookie, on a server that is open to guests."""
        request = Request(self.server.url + quote(path, "/?=&"), headers=headers)  # noqa: S310 - our own server
        with self._opener.open(request, timeout=20) as response:
            return str(response.read().decode())

    def post(self, path: str, form: dict[str, str], accept: str = "application/json") -> str:
        """What answers a form."""
        headers = {"Origin": self.server.url, "Accept": accept}
        request = Request(self.server.url + path, urlencode(form).encode(), headers)  # noqa: S310 - our own server
        with self._opener.open(request, timeout=20) as response:
            return str(response.read().decode())

    def do(self, word: str, **fields: object) -> Any:
        """The id with which a command is acknowledged."""
        form = {"do": word, "cid": secrets.token_urlsafe(16)} | {name: str(value) for name, value in fields.items()}
        told = json.loads(self.post("/do", form))
        assert told["ack"] == form["cid"]
        return told["id"]

    def whole(self, room: str) -> list[Element]:
        """Every row of a room as its pages show it now, from the first."""
        rows: list[Element] = []
        path = f"/rooms/{room}"
        while log := parse(self.get(path)).find("log"):
            rows[:0] = log.elements
            if not log.elements or rows[0].attributes["data-seq"] == "1":
                break
            path = f"/rooms/{room}?before={rows[0].attributes['data-seq']}"
        return rows

    def dial(self, room: str, since: str = "", port: int = 0) -> "connect":
        """A connection to a room, to be entered with ``async with``; by way of another port, if one is given."""
        port = port or self.server.port
        return connect(
            f"ws://127.0.0.1:{port}/socket?room={quote(room)}" + (f"&since={since}" if since else ""),
            additional_headers={"Cookie": self.cookie},
            origin=f"http://127.0.0.1:{port}",  # type: ignore[arg-type]
            compression=None,
            max_size=None,
            max_queue=None,
            ping_interval=None,
        )


class Line:
    """Whether the server is up, for those who would dial."""

    def __init__(self) -> None:
        self._up = anyio.Event()

    def up(self) -> None:
        """It answers from now on."""
        self._up.set()

    def down(self) -> None:
        """It is about to go."""
        self._up = anyio.Event()

    async def wait(self) -> None:
        """Return once it is up."""
        await self._up.wait()


class Reader:
    """Keeps a room's list, as a page that stays open does; by way of another port, if one is given."""

    def __init__(self, visit: Visit, room: str, line: Line, port: int = 0) -> None:
        page = visit.get(f"/rooms/{room}")
        self.view = View(room, page)
        self.at = position(page)
        self._visit = visit
        self._line = line
        self._port = port
        self._moved = anyio.Event()
        self.dialled = 0

    async def run(self) -> None:
        """Read until cancelled, through every loss of the connection."""
        while True:
            await self._line.wait()
            try:
                async with self._visit.dial(self.view.room, self.at, self._port) as socket:
                    self.dialled += 1
                    async for frame in socket:
                        self._take(str(frame))
            except (OSError, EOFError, WebSocketException):
                continue

    async def reached(self, position: str) -> None:
        """Return once everything up to this position was shown."""
        while self.at != position:
            await self._moved.wait()

    def _take(self, frame: str) -> None:
        if frame.startswith("<"):
            self.view.frames.append(frame)
        elif at := json.loads(frame).get("at"):
            self.at = at
            self._moved.set()
            self._moved = anyio.Event()


def position(page: str) -> str:
    """The position that a room's page was drawn at."""
    earlier = re.search(r'<[^<>]* id="earlier"[^<>]*>', page)
    found = re.search(r' data-at="([^"]*)"', earlier[0]) if earlier else None
    assert found, page
    return found[1]


class Author:
    """Posts ``count`` messages in a room, a few under way at once, and resends in order what was not answered; by way
    of another port, if one is given."""

    def __init__(
        self, visit: Visit, name: str, room: str, count: int, log: Log, acked: Callable[[], None], port: int = 0
    ) -> None:
        self._visit = visit
        self._name = name
        self._room = room
        self._left = count
        self._log = log
        self._acked = acked
        self._port = port
        self._at = ""
        self._outbox: deque[tuple[str, str]] = deque()

    def finish(self) -> None:
        """Post nothing more."""
        self._left = 0

    async def run(self, line: Line) -> None:
        """Post until all are answered."""
        while self._left or self._outbox:
            await line.wait()
            try:
                async with self._visit.dial(self._room, self._at, self._port) as socket:
                    for _cid, frame in self._outbox:
                        await socket.send(frame)
                    await self._talk(socket, line)
            except (OSError, EOFError, WebSocketException):
                continue

    async def _talk(self, socket: ClientConnection, line: Line) -> None:
        while self._left or self._outbox:
            while self._left and len(self._outbox) < WINDOW:
                await socket.send(self._next())
            frame = str(await socket.recv())
            if frame.startswith("<"):
                continue
            told = json.loads(frame)
            self._at = told.get("at") or self._at
            if (cid := told.get("ack") or told.get("nack")) and any(cid == waiting for waiting, _ in self._outbox):
                frame = next(frame for waiting, frame in self._outbox if waiting == cid)
                self._outbox = deque(waiting for waiting in self._outbox if waiting[0] != cid)
                if told.get("after"):  # not now, but soon
                    await line.wait()
                    self._log.again(cid)
                    self._outbox.append((cid, frame))
                    await socket.send(frame)
                else:
                    self._answered(cid, told)

    def _next(self) -> str:
        cid = secrets.token_urlsafe(16)
        self._log.invoke(self._name, self._room, cid)
        body = f"{self._name} says **{self._left}** more things"
        frame = json.dumps({"do": "post-message", "room": self._room, "body": body, "cid": cid})
        self._left -= 1
        self._outbox.append((cid, frame))
        return frame

    def _answered(self, cid: str, told: dict[str, Any]) -> None:
        if "ack" in told:
            self._log.ok(cid, int(told["id"]))
            self._acked()
        else:
            self._log.fail(cid, told["why"])
