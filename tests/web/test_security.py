"""The wall: which hosts, which origins, which headers, for pages and for sockets."""

from typing import Any

import pytest

from webchat.settings import Settings
from webchat.web.security import Wall, is_local

pytestmark = pytest.mark.anyio

OURS = "http://127.0.0.1:8000"


async def through(settings: Settings, scheme: str = "http", method: str = "GET", **headers: str) -> int:
    """The status that a request gets: 200 from the app behind the wall."""
    sent: list[Any] = []
    headers = {"host": "127.0.0.1:8000", **{name.replace("_", "-"): value for name, value in headers.items()}}
    socket = scheme in ("ws", "wss")
    scope: dict[str, Any] = {
        "type": "websocket" if socket else "http",
        "scheme": scheme,
        "path": "/",
        "method": method,
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
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

    await Wall(app, settings)(scope, receive, send)
    return int(sent[0].get("status", 101))


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "LOCALHOST", "[::1]:8000", "chat.example"])
async def test_hosts_of_ours(host: str) -> None:
    settings = Settings(origins=("https://chat.example",))
    assert await through(settings, host=host) == 200


@pytest.mark.parametrize(
    "host", ["", "evil.test", "127.0.0.1.evil.test", "chat.example.evil.test", "192.0.2.1", "a b", "[::"]
)
async def test_hosts_of_others(host: str) -> None:
    settings = Settings(origins=("https://chat.example",))
    assert await through(settings, host=host) == 400
    assert await through(settings, "ws", host=host) == 400


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
