"""The doors by which a command can be asked for, without a network between: the application is called as a server
would call it."""

import asyncio
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from http.cookies import SimpleCookie
from typing import Any, NamedTuple
from urllib.parse import urlencode

import anyio
from starlette.requests import HTTPConnection
from starlette.responses import Response

from tests.web.conftest import URL
from webchat.app import Webchat
from webchat.model import Guest

_FRESH = re.compile(r'(?<=name="cid" value=")[^"]*')
Headers = Mapping[str, str | None]
TOGETHER = 32
"""Commands asked for at once, so that they share commits."""


class Asked(NamedTuple):
    """One command for a door: who asks, by a cookie, and its form."""

    cookie: str
    form: dict[str, Any]


class Answer(NamedTuple):
    """What a door says: whether it was done, the status if it has one, the sentence or the page if it was refused."""

    done: bool
    status: int
    why: str


async def by_json(app: Webchat, asked: Sequence[Asked]) -> list[Answer]:
    """``POST /do`` as a script sends it."""
    answers = []
    for status, _headers, body in await _posted(app, asked, "application/json"):
        told = json.loads(body)
        answers.append(Answer("ack" in told, status, told.get("why", "")))
    return answers


async def by_form(app: Webchat, asked: Sequence[Asked]) -> list[Answer]:
    """``POST /do`` as a browser without script sends it."""
    posted = await _posted(app, asked, "text/html")
    # What is told once, such as a password, stands in the answer itself.
    told = [status == 303 or (status == 200 and "<copy-text>" in body) for status, _headers, body in posted]
    return [
        Answer(done, status, _FRESH.sub("", body)) for done, (status, _headers, body) in zip(told, posted, strict=True)
    ]


async def by_socket(app: Webchat, asked: Sequence[Asked]) -> list[Answer]:
    """Frames, on one socket for each who asks."""
    found: dict[str, Answer] = {}
    for cookie in dict.fromkeys(one.cookie for one in asked):
        room = "hall" if "webchat-guest=" in cookie else ""
        async with Socket(app, cookie, room) as socket:
            for part in _parts([one.form for one in asked if one.cookie == cookie]):
                for form in part:
                    socket.send(form)
                for _form in part:
                    told = await socket.answer()
                    found[told.get("ack") or told["nack"]] = Answer("ack" in told, 0, told.get("why", ""))
    return [found[one.form["cid"]] for one in asked]


DOORS = {"socket": by_socket, "json": by_json, "form": by_form}


class Socket:
    """A WebSocket to the application. ``code`` is what it was closed with."""

    def __init__(self, app: Webchat, cookie: str, room: str) -> None:
        self.code, self.first = 0, ""
        self._app = app
        self._scope = scope("/socket", cookie, "websocket", f"room={room}")
        self._in: asyncio.Queue[Any] = asyncio.Queue()
        self._out: asyncio.Queue[Any] = asyncio.Queue()

    async def __aenter__(self) -> "Socket":
        self._in.put_nowait({"type": "websocket.connect"})
        self._task = asyncio.create_task(self._app(self._scope, self._in.get, self._out.put))
        first = await self._out.get()
        if first["type"] == "websocket.accept":
            first = await self._out.get()  # the state, or where it is, or the end
        self.code, self.first = first.get("code", 0), first.get("text", "")
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._in.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await self._task

    def send(self, form: dict[str, Any]) -> None:
        self._in.put_nowait({"type": "websocket.receive", "text": json.dumps(form)})

    async def answer(self) -> dict[str, Any]:
        """The next ack or nack."""
        while True:
            message = await self._out.get()
            assert message["type"] == "websocket.send", message
            told: dict[str, Any] = json.loads(message["text"]) if message["text"].startswith("{") else {}
            if told.keys() & {"ack", "nack"}:
                return told

    async def end(self) -> int:
        """The code that it is closed with, soon."""
        with anyio.fail_after(2):
            while (message := await self._out.get())["type"] != "websocket.close":
                pass
        return int(message["code"])


def scope(path: str, cookie: str, kind: str, query: str = "", method: str = "GET", accept: str = "text/html") -> Any:
    """What a server tells an application of a request."""
    headers = {"host": URL.removeprefix("http://"), "origin": URL, "accept": accept, "cookie": cookie}
    headers["content-type"] = "application/x-www-form-urlencoded"
    return {
        "type": kind, "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "path": path,
        "raw_path": path.encode(), "query_string": query.encode(), "root_path": "", "subprotocols": [],
        "scheme": "ws" if kind == "websocket" else "http", "extensions": {},
        "client": ("127.0.0.1", 50000), "server": ("127.0.0.1", 8000),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items() if value],
    }  # fmt: skip


async def request(
    app: Webchat, path: str, cookie: str = "", method: str = "GET", form: dict[str, Any] | None = None,
    accept: str = "text/html", headers: Headers | None = None,
) -> tuple[int, dict[str, str], str]:  # fmt: skip
    """The status, the headers and the text of an answer. ``headers`` go before the usual ones; None is none."""
    body = urlencode(form or {}).encode()
    sent: list[Any] = []
    said = False

    async def receive() -> Any:
        nonlocal said
        if said:  # whoever asked goes on listening
            await anyio.sleep_forever()
        said = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    path, _mark, query = path.partition("?")
    asked = scope(path, cookie, "http", query, method, accept)
    other = {name.encode(): None if value is None else value.encode() for name, value in (headers or {}).items()}
    kept = [(name, value) for name, value in asked["headers"] if name not in other]
    asked["headers"] = kept + [(name, value) for name, value in other.items() if value is not None]
    try:
        await app(asked, receive, send)
    except Exception:  # what was answered already is raised again, for the log
        if not sent:
            raise
    told = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], told, b"".join(message.get("body", b"") for message in sent[1:]).decode()


def guest_cookie(app: Webchat, guest: Guest) -> str:
    """The cookie of a guest, as the application gives it."""
    response = Response()
    connection = HTTPConnection(scope("/", "", "http"))
    app.state.house.sessions.enter(connection, response, guest)
    jar: SimpleCookie = SimpleCookie(response.headers["set-cookie"])
    return f"webchat-guest={jar['webchat-guest'].value}"


async def _posted(app: Webchat, asked: Sequence[Asked], accept: str) -> list[tuple[int, dict[str, str], str]]:
    answers = []
    for part in _parts(asked):
        sent = (request(app, "/do", one.cookie, "POST", one.form, accept) for one in part)
        answers += await asyncio.gather(*sent)
    return answers


def _parts(things: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (things[low : low + TOGETHER] for low in range(0, len(things), TOGETHER))
