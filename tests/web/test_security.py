"""The wall: which hosts, which origins, which headers, for pages and for sockets."""

from typing import Any

import pytest

from webchat.metrics import Metrics
from webchat.settings import Settings
from webchat.web.security import Wall, is_local

pytestmark = pytest.mark.anyio

OURS = "http://127.0.0.1:8000"


async def through(settings: Settings, scheme: str = "http", method: str = "GET", **headers: str) -> int:
    """The status that a request gets: 200 from the app behind the wall. What is refused is counted. A value of several
    lines is sent as that many headers."""
    metrics = Metrics()
    sent: list[Any] = []
    headers = {"host": "127.0.0.1:8000", **{name.replace("_", "-"): value for name, value in headers.items()}}
    socket = scheme in ("ws", "wss")
    scope: dict[str, Any] = {
        "type": "websocket" if socket else "http",
        "scheme": scheme,
        "path": "/",
        "method": method,
        "headers": [(name.encode(), each.encode()) for name, value in headers.items() for each in value.split("\n")],
        "extensions": {"websocket.http.response": {}},
    }

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(
            {"type": "websocket.accept"} if socket else {"type": "http.response.start", "status": 200, "headers": []}
        )

    async def receive() -> Any:
        return {"type": "websocket.connect" if socket else "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    await Wall(app, settings, metrics)(scope, receive, send)
    status = int(sent[0].get("status", 101))
    assert metrics.refusals == ({status: 1} if status >= 400 else {})
    return status


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "LOCALHOST", "[::1]:8000", "chat.example"])
async def test_hosts_of_ours(host: str) -> None:
    settings = Settings(origins=("https://chat.example",))
    assert await through(settings, host=host) == 200


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.test",
        "127.0.0.1.evil.test",
        "chat.example.evil.test",
        "192.0.2.1",
        "a b",
        "[::",
        "127.0.0.1:8000.evil.test",
        "localhost/x",
        "x@localhost",
        "localhost:0",
        "localhost?",
        "localhost:99999",
    ],
)
async def test_hosts_of_others(host: str) -> None:
    settings = Settings(origins=("https://chat.example",))
    assert await through(settings, host=host) == 400
    assert await through(settings, "ws", host=host) == 400


async def test_who_says_twice_where_it_goes_or_comes_from_is_not_believed_once() -> None:
    """A proxy before us may have looked at the other one."""
    ours = "127.0.0.1:8000"
    for scheme in ("http", "ws"):
        assert await through(Settings(), scheme, host=f"{ours}\nevil.test") == 400
        assert await through(Settings(), scheme, host=f"{ours}\n{ours}") == 400
        assert await through(Settings(), scheme, "POST", origin=f"{OURS}\nhttps://evil.test") == 403


async def test_an_open_server_is_also_asked_for_by_address() -> None:
    assert await through(Settings(open=True), host="192.0.2.1:8000") == 200
    assert await through(Settings(open=True), host="evil.test") == 400


FOREIGN = (
    "https://evil.test",
    "null",
    "",
    "http://127.0.0.1:8001",
    "https://127.0.0.1:8000",
    "http://sub.127.0.0.1:8000",
    "http://127.0.0.1:8000.evil.test",
    "http://127.0.0.1:8000/",
    "HTTP://127.0.0.1:8000",
    "http://127.0.0.1.:8000",
    "http://localhost:8000",
    "http://chat.example",
)


@pytest.mark.parametrize("origin", FOREIGN)
async def test_foreign_origins_reach_neither_socket_nor_form(origin: str) -> None:
    settings = Settings(origins=("https://chat.example",))
    assert await through(settings, "ws", origin=origin) == 403
    assert await through(settings, method="POST", origin=origin, sec_fetch_site="same-origin") == 403


async def headers_of(settings: Settings, **scope: Any) -> dict[str, str]:
    """The headers of an answer to a request from a proxy on this machine."""
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "scheme": "http", "method": "GET", "client": ("127.0.0.1", 1), "path": "/"} | scope

    async def receive() -> Any:
        return {"type": "http.request"}

    await Wall(app, settings, Metrics())(scope, receive, send)
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}


async def test_hsts_where_the_browser_speaks_tls_and_only_there() -> None:
    """S2. A browser that was told so over plain HTTP would not listen, but a proxy in between might."""
    year = "max-age=31536000"
    plain = [(b"host", b"localhost")]
    assert "strict-transport-security" not in await headers_of(Settings(), headers=plain)
    assert (await headers_of(Settings(), headers=plain, scheme="https"))["strict-transport-security"] == year
    forwarded = [*plain, (b"x-forwarded-proto", b"https")]
    assert (await headers_of(Settings(), headers=forwarded))["strict-transport-security"] == year
    assert "strict-transport-security" not in await headers_of(Settings(proxies=()), headers=forwarded)
    listed = Settings(origins=("https://chat.example",))
    assert (await headers_of(listed, headers=[(b"host", b"chat.example")]))["strict-transport-security"] == year
    denied = await headers_of(listed, headers=[*forwarded, (b"host", b"evil.test")])
    assert denied["x-content-type-options"] == "nosniff"


async def test_our_own_pages_and_listed_origins_do() -> None:
    settings = Settings(origins=("https://chat.example",))
    for origin in (OURS, "https://chat.example"):
        assert await through(settings, "ws", origin=origin) == 101
        assert await through(settings, method="POST", origin=origin) == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"cookie": "webchat=x"}, 403),
        ({"cookie": "webchat=x", "sec_fetch_site": "same-origin"}, 200),
        ({"cookie": "webchat=x", "sec_fetch_site": "none"}, 200),
        ({"cookie": "webchat=x", "sec_fetch_site": "same-site"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
    ],
)
async def test_without_an_origin(headers: dict[str, str], status: int) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert await through(Settings(), method=method, **headers) == status
    assert await through(Settings(), method="GET", **headers) == 200


async def test_a_socket_without_an_origin_may_not_bring_a_cookie() -> None:
    assert await through(Settings(), "ws") == 101
    assert await through(Settings(), "ws", cookie="webchat=x") == 403


@pytest.mark.parametrize(
    ("ends", "headers", "local"),
    [
        (("127.0.0.1", "127.0.0.1"), {"host": "localhost:8000"}, True),
        (("::1", "::1"), {"host": "[::1]:8000"}, True),
        (("127.0.0.1", "127.0.0.1"), {"host": "chat.example"}, False),
        (("192.0.2.2", "192.0.2.9"), {"host": "localhost"}, False),
        (("127.0.0.1", "192.0.2.9"), {"host": "localhost"}, False),
        ((None, None), {"host": "localhost"}, False),
        (("127.0.0.1", "127.0.0.1"), {"host": "localhost", "x-forwarded-for": "192.0.2.1"}, False),
        (("127.0.0.1", "127.0.0.1"), {"host": "localhost", "forwarded": "for=192.0.2.1"}, False),
    ],
)
def test_what_counts_as_this_machine(ends: tuple[str | None, ...], headers: dict[str, str], local: bool) -> None:
    server, client = [(end, 8000) if end else None for end in ends]
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    assert is_local({"type": "http", "server": server, "client": client, "headers": raw}) is local
