"""Programs that hear by the API's streams, without a network between."""

import asyncio
import json
from typing import Any

from tests.web.conftest import URL
from webchat.app import Webchat
from webchat.web.api.problems import ROOT

MINE = f"{ROOT}/me/notifications"


class Stream:
    """An answer that goes on, by ``sse``, ``json`` or ``ws``. ``ids`` are those of server-sent events, ``status`` is
    that of the answer, or the code that a WebSocket was closed with. ``path`` is another one, ``line`` what the server
    knows of the connection."""

    def __init__(
        self, app: Webchat, way: str, secret: str, query: str = "", path: str = "", line: Any = None, **headers: str
    ) -> None:
        self.status = 0
        self.ids: list[str] = []
        self._app = app
        self._way = way
        told = {"host": URL.removeprefix("http://"), "authorization": f"Bearer {secret}", "accept-encoding": "gzip"}
        self._scope: dict[str, Any] = {
            "type": "websocket" if way == "ws" else "http", "asgi": {"version": "3.0"}, "http_version": "1.1",
            "method": "GET", "path": path or f"{MINE}/{way}", "raw_path": b"", "query_string": query.encode(),
            "root_path": "", "scheme": "ws" if way == "ws" else "http", "subprotocols": [],
            "extensions": {"websocket.http.response": {}} | ({"webchat.http": line} if line else {}),
            "client": ("127.0.0.1", 50000), "server": ("127.0.0.1", 8000),
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in (told | headers).items()],
        }  # fmt: skip
        self._in: asyncio.Queue[Any] = asyncio.Queue()
        self._out: asyncio.Queue[Any] = asyncio.Queue()
        self._events: list[dict[str, Any]] = []

    async def __aenter__(self) -> "Stream":
        self._in.put_nowait({"type": "websocket.connect" if self._way == "ws" else "http.request"})
        self._task = asyncio.create_task(self._app(self._scope, self._in.get, self._out.put))
        first = await self._out.get()
        self.status = first.get("status", first.get("code", 200))
        self.headers = {name.decode(): value.decode() for name, value in first.get("headers", ())}
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._in.put_nowait({"type": "websocket.disconnect" if self._way == "ws" else "http.disconnect", "code": 1000})
        await self._task

    def say(self, text: str) -> None:
        """Send something, by a WebSocket."""
        self._in.put_nowait({"type": "websocket.receive", "text": text})

    async def next(self) -> dict[str, Any]:
        """The next event; an empty one at the end."""
        async with asyncio.timeout(10):
            while not self._events:
                message = await self._out.get()
                if message["type"] == "websocket.close":
                    self.status = message["code"]
                    return {}
                if message["type"] in ("http.response.body", "websocket.http.response.body"):
                    self._events += self._read(message.get("body", b"").decode())
                    if not message.get("more_body"):
                        self._events.append({})
                else:
                    self._events.append(json.loads(message["text"]))
        return self._events.pop(0)

    def _read(self, text: str) -> list[dict[str, Any]]:
        if self._way == "json" or self.status >= 400:
            return [json.loads(line) for line in text.splitlines()]
        found = []
        for block in text.split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.splitlines())
            if "data" in fields:
                found.append(json.loads(fields["data"]))
                assert fields["event"] == next(iter(found[-1])), "it is named like what happened"
                self.ids += [fields["id"]] if "id" in fields else []
        return found
