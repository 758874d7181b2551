"""Below a path: of an application that mounts us, and of a proxy that passes the path on or takes it away."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.web.conftest import PASSWORD, URL, Visitor, add_user
from tests.web.frames import authors, let_in
from webchat.app import Webchat, create_app
from webchat.chat import support
from webchat.commands import SetSupport
from webchat.settings import Settings

pytestmark = pytest.mark.anyio
BASE = "/chat"


def taken_away(app: Webchat) -> ASGIApp:
    """Behind a proxy that takes the path away."""

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "path": scope["path"].removeprefix(BASE)}, receive, send)

    return inner


WAYS: dict[str, Any] = {
    "mounted": lambda app: Starlette(routes=[Mount(BASE, app)]),
    "passed on": lambda app: app,
    "taken away": taken_away,
}


class Below(Visitor):
    """A browser at pages below the path."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app)  # type: ignore[arg-type]
        self.base_url = f"{URL}{BASE}"


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[Webchat]:
    app = create_app(Settings(data=tmp_path, base=BASE, limits=False))
    async with app.running():
        yield app


@pytest.fixture(params=WAYS)
async def bob(chat: Webchat, request: pytest.FixtureRequest) -> AsyncIterator[Below]:
    """A member, who comes that way."""
    async with Below(WAYS[request.param](chat)) as ann:
        assert (await ann.form("/setup", place="The Place", name="Ann", password=PASSWORD)).status_code == 303
    await add_user(chat, "Bob")
    await let_in(chat, "blog")
    async with Below(WAYS[request.param](chat)) as visitor:
        await visitor.sign_in("bob")
        yield visitor


async def test_all_that_a_page_leads_to_is_there(bob: Below) -> None:
    home = await bob.get("/")
    assert (home.status_code, home.headers["location"]) == (303, f"{BASE}/rooms/lobby")
    page = (await bob.get("/rooms/lobby")).text
    for address in re.findall(r'(?:href|src|action)="(/[^"]*)"', page):
        assert address.startswith(f"{BASE}/")
    style = re.search(r'rel="stylesheet" href="/chat(/[^"]*)"', page)
    assert style
    assert (await bob.get(style[1])).status_code == 200
    assert (await bob.get("/nothing")).status_code == 404
    assert (await bob.get("/api/v1/nothing")).json()["status"] == 404
    assert (await bob.get("/healthz")).text == "ok"


async def test_who_is_a_guest_in_a_frame_is_no_account_there(chat: Webchat, bob: Below) -> None:
    frame = f"{URL}{BASE}/embed/blog/post-1"
    assert (await bob.form("/embed/blog/enter", name="Gustav")).status_code == 204
    bob.headers["Referer"] = frame
    assert (await bob.do("post-message", room="blog.post-1", body="hello")).status_code == 303
    assert await authors(chat) == [("Gustav", "hello")]


async def test_the_support_window_and_the_feed_say_where_they_are(chat: Webchat, bob: Below) -> None:
    command = SetSupport("blog", "a-cid-of-sixteen-signs", enabled=True)
    await chat.state.house.store.write(lambda tx: support.set_(tx, None, command))
    page = (await bob.get("/embed/blog/support")).text
    assert f'action="{BASE}/embed/blog/support"' in page
    await bob.do("post-message", room="blog.post-1", body="hello")
    assert f'href="{URL}{BASE}/embed/blog/post-1.atom"' in (await bob.get("/embed/blog/post-1.atom")).text


async def test_a_path_that_is_one_of_ours_is_taken_away(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path, base="/support", limits=False))
    async with app.running(), Visitor(app) as visitor:
        await visitor.form("/setup", place="The Place", name="Ann", password=PASSWORD)
        visitor.cookies.clear()
        answer = await visitor.get("/support")
        assert answer.headers["location"] == "/support/sign-in?next=/support"
