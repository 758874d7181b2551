"""Frames in the pages of other sites, and what such sites sign."""

import re
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import jwt

from tests.web.conftest import URL, Visitor
from webchat.app import Webchat, create_app
from webchat.chat import people, sites
from webchat.commands import CreateSite
from webchat.errors import Conflict
from webchat.model import Site
from webchat.settings import Settings
from webchat.web.house import House

COOKIE = "webchat-at-blog"
THREAD = "blog.post-1"


async def let_in(app: Webchat, name: str, guests: Any = "write") -> Site:
    cid = secrets.token_urlsafe(16)
    command = CreateSite(name, ("https://blog.example",), cid, guests=guests, title=name.title())
    at: House = app.state.house
    await at.store.write(lambda tx: sites.create(tx, None, command))
    return await at.store.read(lambda tx: sites.found(tx, name))


@asynccontextmanager
async def opened(data: Path, **settings: Any) -> AsyncIterator[Webchat]:
    """A place that is set up, of its own."""
    app = create_app(Settings(data=data, **{"limits": False, **settings}))
    async with app.running():
        with suppress(Conflict):
            await app.state.house.store.write(lambda tx: people.set_up(tx, "The Place", "Ann", ""))
        yield app


class Frame(Visitor):
    async def do(self, do: str, **fields: str) -> Any:
        self.headers["Referer"] = f"{URL}/embed/blog/post-1"
        return await super().do(do, **fields)

    async def says(self, body: str) -> int:
        """The status of a post in the thread."""
        return int((await self.do("post-message", room=THREAD, body=body)).status_code)


def claims(**other: Any) -> dict[str, Any]:
    at = int(time.time())
    said = {"iss": "blog", "aud": URL, "sub": "7", "name": "Hanna", "iat": at, "exp": at + 300}
    return said | {"jti": secrets.token_urlsafe(8)} | other


def signed(site: Site, **other: Any) -> str:
    return jwt.encode({name: value for name, value in claims(**other).items() if value is not None}, site.secret)


async def authors(app: Webchat, room: str = THREAD) -> list[tuple[str, str]]:
    """Who wrote what."""

    def read(tx: Any) -> list[tuple[str, str]]:
        found = tx.all(
            "SELECT m.title, body FROM messages m JOIN rooms r ON r.id = room_id WHERE slug = $1 ORDER BY m.seq", room
        )
        return [(row[0], row[1]) for row in found]

    at: House = app.state.house
    return await at.store.read(read)


async def kept(app: Webchat) -> list[Any]:
    """What a refusal must not change."""

    def read(tx: Any) -> list[Any]:
        tables = ("site_tokens", "site_codes", "site_sessions", "sessions", "messages", "rooms")
        return [row for table in tables for row in tx.all(f"SELECT * FROM {table}")]  # noqa: S608 - a list of ours

    at: House = app.state.house
    return await at.store.read(read)


async def handed_over(visitor: Visitor, site: str = "blog") -> str:
    """What the window hands over, in which somebody with an account says yes."""
    answer = await visitor.form(f"/embed/{site}/-/sign-in")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.headers["cross-origin-opener-policy"] == "unsafe-none"
    [found] = re.findall(r'data-code="([\w-]+)"', answer.text)
    return str(found)
