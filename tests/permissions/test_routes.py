"""Every route: who gets what from it, by which method; and that each refuses what does not come from our pages, carries
our headers, changes nothing for being looked at, and tells nothing of what goes wrong inside."""

import re
import secrets
from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.permissions.doors import Headers, guest_cookie, request, scope
from tests.permissions.routes import ACTORS, API, SOCKETS, TABLE
from tests.permissions.test_permissions import facts
from webchat.app import Webchat, create_app
from webchat.chat import people, sessions as stored, sites
from webchat.commands import CreateSite, parse
from webchat.model import Guest, Role
from webchat.routes import ROUTES
from webchat.settings import Settings
from webchat.store import Tx, users
from webchat.web.api.problems import ROOT
from webchat.web.security import _HEADERS, POLICY

pytestmark = pytest.mark.anyio

AVATAR = "/avatar/{hash}/{hue:number}/{letters:path}.svg"
FRAMED = {
    "content-security-policy": POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self' https://site.example"),
    "cross-origin-resource-policy": "cross-origin",
    "cross-origin-opener-policy": "unsafe-none",
}
OTHERWISE = {
    **{
        path: {"cross-origin-resource-policy": "cross-origin"}
        for path in (AVATAR, "/embed.js", "/bubble.js", "/danmaku.js", "/heatmap.js", "/stream.js")
    },
    "/admin/sites/{name}/tag": {"content-security-policy": POLICY + "; frame-src 'self'"},
    "/embed/{site}/{thread}": FRAMED,
    "/embed/{site}/{thread}/known": FRAMED,
    "/embed/{site}/support": FRAMED,
}
"""Where a header is another one than everywhere else: pictures, threads and what brings them may stand in the pages of
others."""
IN_FRAMES = {
    f"/embed/{{site}}/{door}": FRAMED
    for door in ("enter", "identify", "leave", "redeem", "export", "erase", "-/sign-in", "support")
}
"""Where it may be: what is refused in a frame is read there, and a window that a frame opened may answer it."""
DOING = {("/sign-out", "POST"), ("/settings/erase", "POST"), ("/embed/{site}/-/sign-in", "POST")}
"""What changes something, though the form is empty."""
WITHOUT_STORE = (
    "/sw.js",
    "/embed.js",
    "/embed-{hash}.js",
    "/bubble.js",
    "/embed/{site}/{thread}/m/{seq}",
    "/healthz",
    "/readyz",
    "/metrics",
    "/danmaku.js",
    "/heatmap.js",
    "/stream.js",
    "/static/{hash}/{path:path}",
    AVATAR,
    f"{ROOT}/openapi.json",
    *API,
)
"""The routes that need no store, or say themselves that it cannot be read."""
EVERY = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
NOT_OURS = ("evil.test", "127.0.0.1:8000.evil.test", "", "127.0.0.1@evil.test", "a b")
PATHS = [getattr(route, "path", "") for route in ROUTES]


@pytest.fixture(scope="module")
async def app(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Webchat]:
    app = create_app(Settings(data=Path(tmp_path_factory.mktemp("routes")), limits=False))
    async with app.running():
        yield app


@pytest.fixture(scope="module")
async def cookies(app: Webchat) -> dict[str, str]:
    """The cookie of each actor, in a place with a message."""
    at = app.state.house

    def made(tx: Tx) -> dict[str, str]:
        people.set_up(tx, "The Place", "an-owner", "no hash")
        roles: tuple[Role, ...] = ("member", "moderator", "admin")
        for role in roles:
            people.add(tx, f"a-{role}", role, "no hash")
        people.add(tx, "a-bot", "bot", "no hash")
        sites.create(tx, None, CreateSite("a-site", ("https://site.example",), secrets.token_urlsafe(16)))
        found = {role: users.by_name(tx, f"{'an' if role == 'owner' else 'a'}-{role}") for role in (*roles, "owner")}
        return {role: f"webchat={stored.start(tx, user).id}" for role, user in found.items() if user}

    sessions = await at.store.write(made)
    owner = await at.store.read(lambda tx: users.by_name(tx, "an-owner"))
    said = {"do": "post-message", "room": "lobby", "body": "hello", "cid": secrets.token_urlsafe(16)}
    await at.chat.perform(owner, parse(said))
    for form in ({"do": "set-support", "enabled": "true"}, {"do": "begin-conversation", "body": "hello"}):
        await at.chat.perform(owner, parse(form | {"site": "a-site", "cid": secrets.token_urlsafe(16)}))
    return {"stranger": "", "guest": guest_cookie(app, Guest("key", "Gus")), **sessions}


def test_no_route_is_left_out() -> None:
    assert set(TABLE) == set(PATHS), "Say in TABLE what each route answers, and to whom."


@pytest.mark.parametrize("path", PATHS)
async def test_who_gets_what(app: Webchat, cookies: dict[str, str], path: str) -> None:
    row = TABLE[path]
    before = await app.state.house.store.read(facts)
    for number, actor in enumerate(ACTORS):
        for method in [method for method in EVERY if (path, method) not in DOING]:
            allowed = row.methods.get("GET" if method == "HEAD" else method)
            expected = allowed[number] if allowed else 404 if path in SOCKETS else 405
            status, headers, body = await request(app, row.path, cookies[actor], method)
            assert status == expected, f"{actor}: {method} {row.path}: {status}, expected {expected}"
            assert has_our_headers(headers, path, status), (actor, method, headers)
            assert "Traceback" not in body
            if method != "POST":
                assert not [name for name in headers if name == "set-cookie"], (actor, method)
    assert await app.state.house.store.read(facts) == before, "to look changes nothing"


def has_our_headers(headers: dict[str, str], path: str = "", status: int = 0) -> bool:
    """S10: each of the wall's headers as it stands there, and whether it may be kept is said."""
    otherwise = OTHERWISE.get(path, {}) if status == 200 else {}
    expected = {name.lower(): value for name, value in _HEADERS.items()} | otherwise
    also = IN_FRAMES.get(path, {})
    right = all(headers.get(name) in (value, also.get(name, value)) for name, value in expected.items())
    return right and "cache-control" in headers


SAFE = ("GET", "HEAD", "OPTIONS")
COMING: tuple[tuple[Headers, bool], ...] = (
    ({"origin": "http://127.0.0.1:8000"}, True),
    ({"origin": "http://127.0.0.1:8000", "sec-fetch-site": "same-origin"}, True),
    ({"origin": None, "sec-fetch-site": "same-origin"}, True),
    ({"origin": None, "sec-fetch-site": "none"}, True),
    ({"origin": None, "sec-fetch-site": "same-site"}, False),
    ({"origin": None, "sec-fetch-site": "cross-site"}, False),
    ({"origin": None, "sec-fetch-site": ""}, False),
    ({"origin": None}, False),
    ({"origin": "null"}, False),
    ({"origin": "https://evil.test"}, False),
    ({"origin": "https://evil.test", "sec-fetch-site": "same-origin"}, False),
    ({"origin": "http://127.0.0.1:8001"}, False),
)


@pytest.mark.parametrize("path", PATHS)
async def test_only_our_pages_change_anything(app: Webchat, cookies: dict[str, str], path: str) -> None:
    """S4, S5: every method with every way of saying where it comes from."""
    cookie = f"{cookies['member']}; x=1"
    for method, (coming, ours) in product(EVERY, COMING):
        if ours and method == "POST" and path == "/sign-out":
            continue
        status, headers, body = await request(app, TABLE[path].path, cookie, method, headers=coming)
        denied = status == 403 and "did not come from a page of ours" in body
        assert denied == (method not in SAFE and not ours), (method, coming, status)
        assert has_our_headers(headers, path, status)


@pytest.mark.parametrize("path", PATHS)
async def test_a_host_that_is_not_ours(app: Webchat, path: str) -> None:
    for method, host in product(EVERY, NOT_OURS):
        status, headers, body = await request(app, TABLE[path].path, "", method, headers={"host": host})
        assert (status, body) == (400, "This host name is not served here."), (method, host)
        assert has_our_headers(headers), (method, host)


@pytest.mark.parametrize("path", PATHS)
async def test_what_goes_wrong_inside_is_not_told(
    app: Webchat, cookies: dict[str, str], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S37: not even the store can be read, so that no page can be drawn either."""

    async def broken(*_arguments: object) -> Any:
        raise RuntimeError("canary")

    for name in ("read", "write"):
        monkeypatch.setattr(app.state.house.store, name, broken)
    for method, accept in product(TABLE[path].methods, ("text/html", "application/json")):
        status, headers, body = await request(app, TABLE[path].path, cookies["owner"], method, accept=accept)
        assert status == 500 or path in WITHOUT_STORE, f"{method} {path}: {status}"
        assert status != 500 or "Something went wrong here." in body
        assert not re.search(r"canary|Traceback|webchat/|\.py|RuntimeError", body)
        assert has_our_headers(headers, path, status)


@pytest.mark.parametrize("path", ["/nowhere", "/rooms/lobby", "/socket/", "/ws/chat/lobby"])
async def test_no_socket_is_where_none_was_put(app: Webchat, cookies: dict[str, str], path: str) -> None:
    answers: list[Any] = []

    async def hear() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def answer(message: Any) -> None:
        answers.append(message["type"])

    await app(scope(path, cookies["owner"], "websocket", "room=lobby"), hear, answer)
    assert answers == ["websocket.close"]
