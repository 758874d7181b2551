"""Every route: who gets what from it, by which method; and that each refuses what does not come from our pages, carries
our headers, changes nothing for being looked at, and tells nothing of what goes wrong inside."""

import re
import secrets
from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.permissions.doors import Headers, guest_cookie, request
from tests.permissions.test_permissions import facts
from webchat.app import Webchat, create_app
from webchat.chat import people, sessions as stored, sites
from webchat.commands import CreateSite, parse
from webchat.model import Guest, Role
from webchat.routes import ROUTES
from webchat.settings import Settings
from webchat.store import Tx, users
from webchat.web import api
from webchat.web.api.problems import ROOT
from webchat.web.security import _HEADERS, POLICY

pytestmark = pytest.mark.anyio

ACTORS = ("stranger", "guest", "member", "moderator", "admin", "owner")
Statuses = tuple[int, int, int, int, int, int]


class Row(NamedTuple):
    """A route: an address of it, and for each method the status that each of `ACTORS` gets."""

    path: str
    methods: dict[str, Statuses]


def all_(status: int) -> Statuses:
    return (status,) * 6


def users_(status: int, others: int = 303) -> Statuses:
    """Who is not signed in is sent to do so."""
    return (others, others, status, status, status, status)


def admins(status: int) -> Statuses:
    return (303, 303, 403, 403, status, status)


TABLE = {
    "/": Row("/", {"GET": all_(303)}),
    "/setup": Row("/setup", {"GET": all_(303), "POST": all_(303)}),
    "/sign-in": Row("/sign-in", {"GET": all_(200), "POST": all_(403)}),
    "/sign-up": Row("/sign-up", {"GET": all_(200), "POST": users_(200, 400)}),
    "/sign-out": Row("/sign-out", {"POST": all_(303)}),
    "/join/{code}": Row("/join/no-such-code", {"GET": all_(404), "POST": all_(404)}),
    "/admin": Row("/admin", {"GET": admins(200)}),
    "/admin/users": Row("/admin/users", {"GET": admins(200)}),
    "/admin/users/{name}": Row("/admin/users/a-member", {"GET": admins(200)}),
    "/admin/tokens": Row("/admin/tokens", {"GET": admins(200)}),
    "/admin/bots": Row("/admin/bots", {"GET": admins(200)}),
    "/admin/sites": Row("/admin/sites", {"GET": admins(200)}),
    "/admin/sites/{name}": Row("/admin/sites/a-site", {"GET": admins(200)}),
    "/admin/bots/{name}": Row("/admin/bots/a-bot", {"GET": admins(200)}),
    "/danmaku.js": Row("/danmaku.js", {"GET": all_(200)}),
    "/heatmap.js": Row("/heatmap.js", {"GET": all_(200)}),
    "/embed/{site}/{thread}/danmaku.json": Row("/embed/a-site/film/danmaku.json?s=0", {"GET": all_(200)}),
    "/admin/log": Row("/admin/log", {"GET": admins(200)}),
    "/admin/place": Row("/admin/place", {"GET": admins(200)}),
    "/admin/invitations": Row("/admin/invitations", {"GET": admins(200)}),
    "/rooms": Row("/rooms", {"GET": all_(200)}),
    "/rooms/{slug}": Row("/rooms/lobby", {"GET": users_(200)}),
    "/rooms/{slug}/m/{seq}": Row("/rooms/lobby/m/1", {"GET": users_(200)}),
    "/rooms/{slug}/settings": Row("/rooms/lobby/settings", {"GET": (303, 303, 403, 200, 200, 200)}),
    "/rooms/{slug}/queue": Row("/rooms/lobby/queue", {"GET": (303, 303, 403, 200, 200, 200)}),
    "/rooms/{slug}/members": Row("/rooms/lobby/members", {"GET": users_(200)}),
    "/rooms/{slug}/names": Row("/rooms/lobby/names", {"GET": users_(200, 404)}),
    "/rooms/{slug}/files": Row("/rooms/lobby/files", {"GET": users_(200, 404), "POST": users_(400, 404)}),
    "/files/{id}/{name}": Row("/files/no-such-file/a.txt", {"GET": all_(404)}),
    "/direct": Row("/direct", {"GET": users_(200)}),
    "/direct/{name}": Row("/direct/an-owner", {"GET": users_(200)}),
    "/support": Row("/support", {"GET": (303, 303, 403, 403, 200, 200)}),
    "/support/answers/{site}": Row("/support/answers/a-site", {"GET": (303, 303, 404, 404, 200, 200)}),
    "/support/{number:int}": Row("/support/1", {"GET": (303, 303, 404, 404, 200, 200)}),
    "/support/{number:int}/transcript.txt": Row("/support/1/transcript.txt", {"GET": (303, 303, 404, 404, 200, 200)}),
    "/inbox": Row("/inbox", {"GET": users_(200)}),
    "/settings": Row("/settings", {"GET": all_(200), "POST": all_(303)}),
    "/settings/password": Row("/settings/password", {"POST": users_(403, 401)}),
    "/settings/export": Row("/settings/export", {"POST": (401, 200, 200, 200, 200, 200)}),
    "/settings/erase": Row("/settings/erase", {"POST": (401, 303, 403, 403, 403, 403)}),
    "/settings/push": Row("/settings/push", {"POST": users_(409, 401)}),
    "/settings/mail": Row("/settings/mail", {"POST": users_(409, 401)}),
    "/mail/confirm/{code}": Row("/mail/confirm/x", {"GET": all_(404), "POST": all_(404)}),
    "/mail/stop/{code}": Row("/mail/stop/x", {"GET": all_(404), "POST": all_(404)}),
    "/sw.js": Row("/sw.js", {"GET": all_(200)}),
    "/embed-{hash}.js": Row("/embed-0000000000000000.js", {"GET": all_(404)}),
    "/embed.js": Row("/embed.js", {"GET": all_(200)}),
    "/embed/{site}/{thread}": Row("/embed/a-site/a-page", {"GET": all_(200)}),
    "/embed/{site}/{thread}/tail": Row("/embed/a-site/a-page/tail", {"GET": all_(200)}),
    "/embed/{site}/{thread}/m/{seq}": Row("/embed/a-site/a-page/m/1", {"GET": all_(303)}),
    "/embed/{site}/{thread}/known": Row("/embed/a-site/a-page/known", {"GET": all_(200)}),
    "/bubble.js": Row("/bubble.js", {"GET": all_(200)}),
    "/embed/{site}/support": Row("/embed/a-site/support", {"GET": all_(200), "POST": all_(400)}),
    "/embed/{site}/support/{talk}": Row("/embed/a-site/support/0", {"GET": all_(303), "POST": all_(303)}),
    "/embed/{site}/support/{talk}/transcript.txt": Row("/embed/a-site/support/0/transcript.txt", {"GET": all_(404)}),
    "/embed/{site}/{thread}/files": Row("/embed/a-site/a-page/files", {"GET": all_(200), "POST": all_(400)}),
    "/embed/{site}/{thread}.json": Row("/embed/a-site/a-page.json", {"GET": all_(200)}),
    "/embed/{site}/{thread}.atom": Row("/embed/a-site/a-page.atom", {"GET": all_(200)}),
    "/embed/{site}/counts.json": Row("/embed/a-site/counts.json?thread=a-page", {"GET": all_(200)}),
    "/me/{name}.css": Row("/me/an-owner.css", {"GET": all_(200)}),
    "/do": Row("/do", {"POST": all_(400)}),
    "/avatar/{hash}/{hue:int}/{letters:path}.svg": Row("/avatar/x/1/A.svg", {"GET": all_(200)}),
    "/static/{hash}/{path:path}": Row("/static/x/js/main.js", {"GET": all_(200)}),
    "/embed/{site}/enter": Row("/embed/a-site/enter", {"GET": all_(200), "POST": all_(400)}),
    "/embed/{site}/identify": Row("/embed/a-site/identify", {"GET": all_(200), "POST": all_(401)}),
    "/embed/{site}/leave": Row("/embed/a-site/leave", {"GET": all_(200), "POST": all_(204)}),
    "/embed/{site}/redeem": Row("/embed/a-site/redeem", {"GET": all_(200), "POST": all_(401)}),
    "/embed/{site}/export": Row("/embed/a-site/export", {"GET": all_(200), "POST": all_(404)}),
    "/embed/{site}/erase": Row("/embed/a-site/erase", {"GET": all_(200), "POST": all_(404)}),
    "/embed/{site}/{thread}.html": Row("/embed/a-site/a-post.html", {"GET": all_(200)}),
    "/embed/{site}/-/sign-in": Row("/embed/a-site/-/sign-in", {"GET": users_(200), "POST": users_(200)}),
    "/healthz": Row("/healthz", {"GET": all_(200)}),
    "/readyz": Row("/readyz", {"GET": all_(200)}),
    "/metrics": Row("/metrics", {"GET": all_(200)}),
    "/socket": Row("/socket", {"GET": all_(404)}),
    "/api/v1/hooks/{secret}": Row("/api/v1/hooks/hook_no-such-secret", {"POST": all_(404)}),
    "/api/v1/": Row("/api/v1/", {"GET": all_(200)}),
    "/api/v1/openapi.json": Row("/api/v1/openapi.json", {"GET": all_(200)}),
    "/stream": Row("/stream?room=nowhere", {"GET": (401, 401, 403, 403, 403, 403)}),
    "/poll": Row("/poll?room=lobby", {"GET": (401, 401, 200, 200, 200, 200)}),
    "/ws": Row("/ws", {"GET": all_(404)}),
    "/ws/": Row("/ws/", {"GET": all_(404)}),
    "/ws/{room}/": Row("/ws/lobby/", {"GET": all_(404)}),
    "/ws/chat/{room}/": Row("/ws/chat/lobby/", {"GET": all_(404)}),
    "/ws/user/{name}": Row("/ws/user/a-member", {"GET": all_(404)}),
}
"""What each route answers to an empty form."""
API = {ROOT + endpoint.path for endpoint in (*api.TABLE, *api.STREAMS)}
for path in API:
    methods = {one.method: all_(401) for one in (*api.TABLE, *api.STREAMS) if ROOT + one.path == path}
    TABLE[path] = Row(re.sub(r"\{\w+:(int|path)\}", "1", path).replace("{", "").replace("}", ""), methods)
"""The API takes no cookie: see tests/web/api."""
SOCKETS = [path for path in TABLE if path.startswith(("/socket", "/ws"))] + [f"{ROOT}/me/notifications/ws"]
TABLE[SOCKETS[-1]] = Row(SOCKETS[-1], {"GET": all_(404)})
AVATAR = "/avatar/{hash}/{hue:int}/{letters:path}.svg"
FRAMED = {
    "content-security-policy": POLICY.replace("frame-ancestors 'none'", "frame-ancestors https://site.example"),
    "cross-origin-resource-policy": "cross-origin",
    "cross-origin-opener-policy": "unsafe-none",
}
OTHERWISE = {
    **{
        path: {"cross-origin-resource-policy": "cross-origin"}
        for path in (AVATAR, "/embed.js", "/bubble.js", "/danmaku.js", "/heatmap.js")
    },
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
    "/static/{hash}/{path:path}",
    AVATAR,
    f"{ROOT}/openapi.json",
    *API,
)
"""The routes that need no store, or say themselves that it cannot be read."""
EVERY = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
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
@pytest.mark.parametrize("host", ["evil.test", "127.0.0.1:8000.evil.test", "", "127.0.0.1@evil.test", "a b"])
async def test_a_host_that_is_not_ours(app: Webchat, path: str, host: str) -> None:
    for method in EVERY:
        status, headers, body = await request(app, TABLE[path].path, "", method, headers={"host": host})
        assert (status, body) == (400, "This host name is not served here.")
        assert has_our_headers(headers)


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
