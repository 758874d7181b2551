"""For the tests of applications that hold a chat: a place in this process, and people in it who expect something.

    async with testing.place(chat) as place:
        await place.add_user("ann")
        async with place.visit("ann") as ann:
            await something_that_should_notify_her()
            await ann.expect("Build passed")
            await ann.expect_nothing()

What people hear is what their browsers would be sent, by the same socket.
"""

import asyncio
import html
import json
import re
import secrets
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from webchat.app import Webchat, create_app
from webchat.chat import people, sessions, tokens
from webchat.commands import CreateToken
from webchat.events import ReadMoved
from webchat.model import Role, User
from webchat.settings import Settings

WITHIN = 10.0
"""Seconds that something expected may take."""
NOWHERE = 0
"""The number of no room: that somebody read it is shown nowhere."""
_TAG = re.compile(r"<[^>]*>")
_PRESENCE = re.compile(r"""hx-target="(#here"|\[data-dot)""")
"""Who is here is told when there is time for it, which no test can wait for."""
_HOST = "127.0.0.1"


class Visitor:
    """Somebody with a page open: at a room, or at none. Made by `Place.visit`."""

    def __init__(self, chat: Webchat, user: User, cookie: str, room: str) -> None:
        self._chat = chat
        self._user = user
        self._room = room
        self._scope = _scope(cookie, room)
        self._in: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._out: asyncio.Queue[Any] = asyncio.Queue()
        self._heard: list[str] = []

    def say(self, body: str, room: str = "") -> None:
        """Post in the room of the page, or in another one."""
        room = room or self._room
        form = {"do": "post-message", "room": room, "body": body, "cid": secrets.token_urlsafe(16)}
        self._in.put_nowait({"type": "websocket.receive", "text": json.dumps(form)})

    async def expect(self, text: str, within: float = WITHIN) -> str:
        """Wait until something with that text is shown; all of what is shown with it, without its markup.

        Raises AssertionError, saying what was shown instead.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                while not (found := [shown for shown in self._heard if text in shown]):
                    self._take(await self._out.get())
                self._heard = self._heard[self._heard.index(found[0]) + 1 :]
                return found[0]
        raise AssertionError(f"Expected {text!r}, and was shown {self._heard or 'nothing'}.")

    async def expect_nothing(self, text: str = "") -> None:
        """Nothing (with that text) was shown that was not expected before, but for who is here. It takes no time: all
        that was told has come.

        Raises AssertionError, saying what was shown.
        """
        for _ in range(2):  # the first may be told together with what was told at the same time
            await self._all_is_told()
        found = [shown for shown in self._heard if text in shown]
        assert not found, f"Expected nothing, and was shown {found}."

    async def _all_is_told(self) -> None:
        self._chat.state.doors["socket"].broker.publish(ReadMoved(self._user.id, NOWHERE, 0))
        async with asyncio.timeout(WITHIN):
            while not self._take(await self._out.get()):
                pass

    def _take(self, message: Any) -> bool:
        """Keep what is shown; whether it is the sign that all before it was told."""
        if message["type"] == "websocket.close":
            raise AssertionError(f"The connection was closed with {message.get('code')}.")
        text = message.get("text", "")
        if text.startswith("{"):
            return bool(json.loads(text).get("read") == {str(NOWHERE): 0})
        if not _PRESENCE.search(text) and (shown := " ".join(html.unescape(_TAG.sub(" ", text)).split())):
            self._heard.append(shown)
        return False

    async def _come(self) -> None:
        self._in.put_nowait({"type": "websocket.connect"})
        self._task = asyncio.create_task(self._chat(self._scope, self._in.get, self._out.put))
        first = await self._out.get()
        if first["type"] != "websocket.accept":
            raise AssertionError(f"The connection was refused: {first}.")
        self._take(await self._out.get())  # what a connection begins with, by when it listens
        await self._all_is_told()
        self._heard.clear()

    async def _go(self) -> None:
        self._in.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await self._task


class Place:
    """A chat that runs in this process. Made by `place`."""

    def __init__(self, chat: Webchat) -> None:
        self.chat = chat
        self._users: dict[str, User] = {}

    async def add_user(self, name: str, role: Role = "member") -> None:
        """Make an account, without a password."""
        store = self.chat.state.house.store
        self._users[name] = await store.write(lambda tx: people.add(tx, name, role, ""))

    async def token(self, user: str, *scopes: str) -> str:
        """The secret of a new token, for a user or a program."""
        command = CreateToken(user, scopes or ("read", "post", "notify"), secrets.token_urlsafe(16))
        done = await self.chat.state.house.chat.commit(lambda tx: tokens.create(tx, None, command))
        return str(done.secret)

    @asynccontextmanager
    async def visit(self, user: str, room: str = "") -> AsyncIterator[Visitor]:
        """Somebody who has a page open while the block lasts: a room's, or another one."""
        found = self._users[user]
        store = self.chat.state.house.store
        sign_in = await store.write(lambda tx: sessions.start(tx, found))
        visitor = Visitor(self.chat, found, f"webchat={sign_in.id}", room)
        await visitor._come()
        try:
            yield visitor
        finally:
            await visitor._go()


@asynccontextmanager
async def place(chat: Webchat | None = None) -> AsyncIterator[Place]:
    """Run a chat while the block lasts: one that an application holds, or one of its own in a folder that goes away.

    It has the room ``lobby``.
    """
    with tempfile.TemporaryDirectory() as folder:
        chat = chat or create_app(Settings(data=Path(folder), limits=False))
        await chat._start()  # by a task of its own, so that what a test raises is raised as it is
        try:
            await chat.state.house.store.write(people.ensure_lobby)
            yield Place(chat)
        finally:
            await chat.stop()


def _scope(cookie: str, room: str) -> dict[str, Any]:
    headers = {"host": _HOST, "origin": f"http://{_HOST}", "cookie": cookie}
    return {
        "type": "websocket",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": "/socket",
        "raw_path": b"/socket",
        "root_path": "",
        "query_string": urlencode({"room": room} if room else {}).encode(),
        "subprotocols": [],
        "client": (_HOST, 1),
        "server": (_HOST, 80),
        "extensions": {},
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
