"""A place with people and rooms, and programs that ask its API."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.web.test_bearer import Program, made
from webchat.app import Webchat, create_app
from webchat.chat import people
from webchat.chat.scopes import SCOPES
from webchat.commands import parse
from webchat.settings import Settings
from webchat.store import users
from webchat.web.api.problems import MEDIA_TYPE, ROOT

SAID = {"do": "post-message", "room": "lobby", "body": "hello"}


class Asker(Program):
    """Asks the API with one token."""

    async def ask(self, method: str, path: str, json: Any = None, **more: Any) -> httpx2.Response:
        return await self.request(method, ROOT + path, **({"json": json} if json is not None else {}), **more)


Ask = Callable[..., Awaitable[Asker]]


@asynccontextmanager
async def place(data: Path) -> AsyncIterator[Webchat]:
    """The admin ann, the member bob, the lobby with a message, and a closed room."""
    app = create_app(Settings(data=data, limits=False))
    async with app.running():
        at = app.state.house
        await at.store.write(lambda tx: people.set_up(tx, "The Place", "Ann", "no hash"))
        await at.store.write(lambda tx: people.add(tx, "Bob", "member", "no hash"))
        ann = await at.store.read(lambda tx: users.by_name(tx, "ann"))
        for form in ({"do": "create-room", "room": "team", "kind": "closed"}, SAID):
            await at.chat.perform(ann, parse({**form, "cid": secrets.token_urlsafe(16)}))
        yield app


@pytest.fixture(scope="module")
async def app(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Webchat]:
    """One place for all tests of a file."""
    async with place(tmp_path_factory.mktemp("api")) as app:
        yield app


@pytest.fixture(scope="module")
async def asker(app: Webchat) -> AsyncIterator[Ask]:
    """``await asker("ann", "read", …)`` is a program that speaks for that account with those scopes, or with all."""
    programs: dict[tuple[str, ...], Asker] = {}
    async with AsyncExitStack() as stack:

        async def make(user: str, *scopes: str) -> Asker:
            if (user, *scopes) not in programs:
                secret = await made(app, user, *(scopes or sorted(SCOPES)))
                programs[user, *scopes] = await stack.enter_async_context(Asker(app, secret))
            return programs[user, *scopes]

        yield make


def refused(answer: httpx2.Response, status: int, reason: str = "") -> str:
    """The sentence of an answer that must be a problem of that status."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    told = answer.json()
    assert told["status"] == status
    assert not reason or told["reason"] == reason
    return str(told["detail"])
